// Each limit with its value, interval and state, drawn against the line.
import { useState } from "preact/hooks";
import { badness, isUpper } from "./limits";
import type { Case, Finding, Gate } from "./model";
import { Figure, Mark } from "./parts";
import { dots, letters, type DotRow } from "./plots";
import { capital, caseName, count, figure, interval, limitText, measureName, sentence, short, statusWords, unitOf, unitOfLimit, type Unit } from "./text";

const ROWS_FIRST = 8;
const ORDER = { breach: 0, unproven: 1, clear: 2 } as const;
const SYMBOLS = { clear: "circle", unproven: "diamond2", breach: "times" } as const;

function rank(finding: Finding) {
  return (a: Case, b: Case) => ORDER[a.state] - ORDER[b.state] || badness(finding, b.value) - badness(finding, a.value);
}

// A baseline's margin lies on the other side of nought.
function thresholdOf(finding: Finding): number {
  return finding.comparator === "non_inferior_to" ? -finding.threshold : finding.threshold;
}

function ruleText(finding: Finding, unit: Unit): string {
  return `${isUpper(finding.comparator) ? "at most" : "at least"} ${figure(thresholdOf(finding), unit)}`;
}

function axisText(finding: Finding): string {
  const name = capital(measureName(finding.metric));
  if (finding.comparator.includes("ratio_to_overall")) return `${name}, times the overall figure`;
  if (finding.comparator.includes("ratio")) return `${name}, ratio of the two groups`;
  if (finding.comparator.endsWith("_to")) return `${name}, gain over ${finding.baseline ?? "the baseline"}`;
  return finding.comparator.includes("difference") ? `${name}, difference in points` : name;
}

function rowOf(one: Case, i: number, width: number): DotRow {
  return {
    key: String(i),
    name: caseName(one, letters(width)),
    value: one.value ?? 0,
    low: one.low,
    high: one.high,
    n: count(one.n),
    colour: `var(--${one.state})`,
    symbol: SYMBOLS[one.state],
  };
}

export function Limit({ finding }: { finding: Finding }) {
  const [all, setAll] = useState(false);
  const unit = unitOfLimit(finding);
  const judged = (finding.cases ?? [finding]).filter((one) => one.status === "ok" && one.value !== null).sort(rank(finding));
  const shown = judged.slice(0, all ? 60 : ROWS_FIRST);
  const table = {
    columns: ["slice", "against", "value", "low", "high", "n", "state", "more decisions needed", ...(finding.here ? ["here", "baseline"] : [])],
    rows: (finding.cases ?? [finding]).map((one) => [
      Object.entries(one.slice).map(([k, v]) => `${k}=${v}`).join(" × ") || "overall",
      one.against === null ? "" : Object.entries(one.against).map(([k, v]) => `${k}=${v}`).join(" × ") || "overall",
      one.value, one.low, one.high, one.n, one.status === "ok" ? one.state : statusWords(one.status, one.reason), one.needed,
      ...(finding.here ? [one.here?.value ?? null, one.there?.value ?? null] : []),
    ]),
  }; // prettier-ignore
  return (
    <article class="limit">
      <h3><Mark state={finding.state} /> <bdi>{limitText(finding)}</bdi></h3>
      <p class="decides">
        {finding.value === null ? `No figure: ${finding.reason ?? "undefined"}.` : (
          <><strong>{figure(finding.value, unit)}</strong> <span class="quiet">[{interval(finding, unit)}]</span> <bdi>{caseName(finding)}</bdi>
            {finding.judge === "point" && <span class="quiet">, judged by the value alone</span>}</>
        )}
        {finding.here && finding.there && <span class="quiet"> · {figure(finding.here.value, unitOf(finding.metric))} against {figure(finding.there.value, unitOf(finding.metric))} of <bdi>{short(finding.baseline ?? "the baseline", 40)}</bdi></span>}
        {finding.judged > 1 && <span class="quiet"> · the worst of {count(finding.judged)}</span>}
        {finding.too_small > 0 && <span class="quiet"> · {count(finding.too_small)} too small to judge</span>}
      </p>
      {finding.note && <p class="note"><bdi>{sentence(finding.note.text)}</bdi></p>}
      {shown.length > 0 && (
        <Figure
          label={`${finding.limit}: value and interval of each case against the limit`}
          of={[all]}
          table={table}
          draw={(width) => dots({
            rows: shown.map((one, i) => rowOf(one, i, width)), unit, width, axis: axisText(finding), zero: unit === "points" && !finding.comparator.endsWith("_to"),
            limit: { threshold: thresholdOf(finding), upper: isUpper(finding.comparator), text: ruleText(finding, unit) },
          })}
        />
      )}
      {finding.cases_omitted !== undefined && <p class="quiet">This file has the {count(finding.cases?.length ?? 0)} worst of {count((finding.cases?.length ?? 0) + finding.cases_omitted)} cases; <code>plimsoll gate --json</code> has all.</p>}
      {judged.length > shown.length && !all && (
        <button type="button" class="plain" onClick={() => setAll(true)}>Show {count(Math.min(60, judged.length) - ROWS_FIRST)} more</button>
      )}
    </article>
  );
}

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
}

export function Limits({ gate }: { gate: Gate }) {
  return (
    <section id="limits" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      <p class="lead">Each dot is an estimate, its line the interval that decides, at {figure(gate.confidence, "percent").replace(".0", "")} confidence. The tinted side is allowed. Worst first.</p>
      {worstFirst(gate.findings).map((finding, i) => <Limit key={i} finding={finding} />)}
    </section>
  );
}
