// What the data lack, and how everything came about.
import type { AboutMeasure, Gate, QualityOfSource, Report } from "./model";
import { Facts } from "./parts";
import { capital, count, figure, groupingName, measureName, short } from "./text";

function ofAll(n: number, all: number): string {
  return n === 0 ? "none" : `${count(n)} (${figure(n / all, "percent")})`;
}

function missingGroups(gate: Gate): number {
  return gate.slices.filter(({ slice }) => Object.keys(slice).length === 1 && Object.values(slice)[0] === "(missing)").reduce((sum, one) => sum + one.n, 0);
}

function repeatsHow(quality: QualityOfSource): string {
  return `counted by a 64-bit hash of ${quality.columns_left_out > 0 ? `the first ${count(quality.columns.length)}` : "all"} columns`;
}

function repeatedRows(quality: QualityOfSource): string {
  if (quality.repeated_rows === undefined) return "not counted: more than 20 million rows";
  if (quality.repeated_rows === 0) return `none, ${repeatsHow(quality)}`;
  return `${ofAll(quality.repeated_rows, quality.rows)}, ${repeatsHow(quality)}${quality.id === undefined ? "; without an id, decisions may well agree in everything" : ""}`;
}

function Columns({ quality }: { quality: QualityOfSource }) {
  const lacking = quality.columns.filter((one) => one.missing > 0).length;
  return (
    <details>
      <summary>{lacking === 0 ? "No column lacks a value" : `${count(lacking)} of ${count(quality.columns.length)} columns lack values`}</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Columns of the data">
        <table class="data columns">
          <thead><tr><th scope="col">Column</th><th scope="col">Used as</th><th scope="col" class="number">Rows without a value</th></tr></thead>
          <tbody>
            {quality.columns.map((one) => (
              <tr key={one.name}><th scope="row"><bdi>{short(one.name, 60)}</bdi></th><td class="quiet">{one.role}</td><td class="number">{ofAll(one.missing, quality.rows)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
      {quality.columns_left_out > 0 && <p class="quiet">{count(quality.columns_left_out)} further columns were not looked at.</p>}
    </details>
  );
}

export function Quality({ report }: { report: Report }) {
  const { gate, cells, quality } = report;
  const n = gate.overall.n;
  const small = gate.slices.filter((one) => one.too_small).length;
  const groupings = new Set(gate.slices.map(({ slice }) => groupingName(slice)));
  return (
    <section id="quality" aria-labelledby="quality-title">
      <h2 id="quality-title">The data</h2>
      <Facts rows={[
        ["Decisions", count(n)],
        ["Rows", quality && quality.rows !== n ? `${count(quality.rows)}, each standing for one or more decisions` : null],
        ["Without a label", gate.unlabelled === n ? "all: no measure here compares with labels" : ofAll(gate.unlabelled, n)],
        ["Without a score or prediction", gate.unpredicted === n ? "all: no measure here is of predictions" : ofAll(gate.unpredicted, n)],
        ["In no known group", `${ofAll(missingGroups(gate), n)}${missingGroups(gate) > 0 ? ", counted once for each segment" : ""}`],
        ["Equal rows", quality ? repeatedRows(quality) : null],
        [quality?.id === undefined ? "" : `${capital(short(quality.id, 30))} twice`, quality?.repeated_ids === undefined ? null : ofAll(quality.repeated_ids, quality.rows)],
        ["Groups and crossings", `${count(gate.slices.length)} in ${count(groupings.size)} groupings`],
        ["Too small to judge", small === 0 ? "none" : `${count(small)}, of fewer than ${count(gate.smallest_slice)} decisions${gate.smallest_share > 0 ? ` or ${figure(gate.smallest_share, "percent")}` : ""}`],
        ["Different scores", cells?.runs ? count(cells.runs.reduced_from ?? cells.runs.values.length) : null],
      ]} />
      {quality && <Columns quality={quality} />}
    </section>
  ); // prettier-ignore
}

function bytes(size: number | undefined): string | null {
  return size === undefined ? null : `${count(size)} bytes`;
}

export function Definitions({ measures }: { measures: readonly Pick<AboutMeasure, "name" | "summary" | "formula" | "interval">[] }) {
  return (
    <details>
      <summary>How each measure is defined</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Definitions">
        <table class="data">
          <thead><tr><th scope="col">Measure</th><th scope="col">What it says</th><th scope="col">Formula</th><th scope="col">Interval</th></tr></thead>
          <tbody>{measures.map((one) => <tr key={one.name}><th scope="row">{capital(measureName(one.name))}</th><td class="prose">{one.summary}</td><td><code>{one.formula}</code></td><td class="prose">{one.interval}</td></tr>)}</tbody>
        </table>
      </div>
    </details>
  ); // prettier-ignore
}

// What clear, crossed and unproven mean, for those who check.
export function HowJudged({ comparisons }: { comparisons: number }) {
  return (
    <p class="prose">
      A limit is <em>clear</em> when in every group the one-sided bound at its confidence lies on the good side; it is <em>crossed</em> when
      in some group a one-sided test says that the value lies on the bad side, corrected after Holm for all {count(comparisons)} comparisons;
      else it is <em>unproven</em>. Groups that are too small are listed and not judged. What is undefined is never nought.
    </p>
  );
}

export function Method({ report }: { report: Report }) {
  const { gate } = report;
  return (
    <section id="method" aria-labelledby="method-title">
      <h2 id="method-title">Method and provenance</h2>
      <HowJudged comparisons={gate.family_size} />
      <Facts rows={[
        ["Feature", gate.feature],
        ["Line", gate.line.file],
        ["Hash of the line", gate.line.hash],
        ["Data", gate.data.source || "none: judged by its evals alone"],
        ["Size of the data", gate.data.source === "" ? null : bytes(gate.data.size_bytes)],
        ["Hash of the data", gate.data.hash ? `${gate.data.hash}${gate.data.hashed === "ends" ? " (of the ends of the files)" : ""}` : null],
        ...(gate.baselines ?? []).map((one): [string, string] => [`Baseline ${one.name}`, `${one.source}, ${count(one.decisions)} decisions, ${one.hash ?? "no hash"}`]),
        ["Confidence", figure(gate.confidence, "percent")],
        ["Seed", String(gate.seed)],
        ["Record", gate.ledger ? `block ${gate.ledger.block}, ${gate.ledger.hash}` : "not on the record"],
        ["Hash of the figures", report.provenance.figures_hash ?? null],
        ["Program", `plimsoll ${gate.version}`],
        ["Hash of the program", report.provenance.binary_hash ?? null],
      ]} />
      <Definitions measures={report.about_measures} />
      {report.provenance.line !== undefined && (
        <details>
          <summary>The line, as it was read</summary>
          <pre class="source" tabIndex={0}><bdi>{report.provenance.line}</bdi></pre>
        </details>
      )}
    </section>
  ); // prettier-ignore
}
