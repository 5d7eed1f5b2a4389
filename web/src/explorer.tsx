// What another threshold would do: everything is counted again from the cells in this file.
import { useMemo, useState } from "preact/hooks";
import { FN, FP, TN, TP, type Cells, type Thresholds } from "./cells";
import { moveLimit, type MovedLimit } from "./limits";
import { measure } from "./measures";
import type { Report, Slice } from "./model";
import { Choice, Figure, Mark } from "./parts";
import { dots } from "./plots";
import { capital, caseName, count, figure, limitText, measureName, short, sliceName, unitOf, unitOfLimit } from "./text";

const ONE = "(one)";
const SLIDERS_MAX = 30;
const BY_GROUP = ["selection_rate", "true_positive_rate", "false_positive_rate", "precision", "accuracy", "expected_cost"];
const FIGURES = ["accuracy", "selection_rate", "true_positive_rate", "false_positive_rate", "precision", "expected_cost"];

// The index of the least score that is a yes; values.length lets nobody pass.
function indexOf(cells: Cells, threshold: number): number {
  const at = cells.values.findIndex((value) => value >= threshold);
  return at < 0 ? cells.values.length : at;
}

interface SliderProps {
  label: string;
  cells: Cells;
  value: number;
  onChange: (value: number) => void;
}

function Slider({ label, cells, value, onChange }: SliderProps) {
  const last = cells.values.length;
  const pick = (index: number) => onChange(index >= last ? Infinity : cells.values[index]!);
  const text = value === Infinity ? "nobody" : String(Number(value.toPrecision(8)));
  return (
    <div class="slider">
      <label><span><bdi>{label}</bdi></span>
        <input type="range" min={0} max={last} step={1} value={indexOf(cells, value)} aria-valuetext={text} onInput={(event) => pick(Number(event.currentTarget.value))} />
      </label>
      <input
        class="exact" aria-label={`${label}: threshold`} inputMode="decimal" value={text}
        onChange={(event) => { const typed = event.currentTarget.value.trim(); const number = typed === "nobody" ? Infinity : Number(typed); if (typed !== "" && !Number.isNaN(number)) onChange(number); }}
      />
    </div>
  ); // prettier-ignore
}

// The threshold of every leaf, from those of its groups.
function byLeaf(cells: Cells, segment: string, chosen: Readonly<Record<string, number>>): Thresholds {
  const at = cells.segmentIndex(segment);
  const groups = cells.data.segments[at]!.groups;
  const out = new Float64Array(cells.leavesCount);
  for (let leaf = 0; leaf < cells.leavesCount; leaf++) out[leaf] = chosen[groups[cells.groupOfLeaf(leaf, at)]!] ?? cells.data.threshold;
  return out;
}

function change(before: number | null, now: number | null, unit: ReturnType<typeof unitOf>): string {
  if (before === null || now === null) return "";
  const by = now - before;
  if (Math.abs(by) < 1e-12) return "no change";
  return `${by > 0 ? "+" : ""}${figure(by, unit === "percent" ? "points" : unit)}`;
}

// A measure at this threshold, with the reader's own costs where there are some.
function measureWith(cells: Cells, metric: string, slice: Slice, counts: Float64Array, costs: number[] | null): number | null {
  if (metric !== "expected_cost" || costs === null) return measure(cells, metric, slice, counts);
  const c = cells.sum(slice, counts);
  const labelled = c[TN]! + c[FP]! + c[FN]! + c[TP]!;
  return labelled > 0 ? cells.cost(slice, counts, costs) / labelled : null;
}

function Figures({ cells, base, counts, costs }: { cells: Cells; base: Float64Array; counts: Float64Array; costs: number[] | null }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Figures at this threshold">
      <table class="data">
        <thead><tr><th scope="col">Overall</th><th scope="col" class="number">At the line’s</th><th scope="col" class="number">Here</th><th scope="col" class="number">Change</th></tr></thead>
        <tbody>
          {FIGURES.map((metric) => {
            const unit = unitOf(metric);
            const before = measureWith(cells, metric, {}, base, costs), now = measureWith(cells, metric, {}, counts, costs);
            return (
              <tr key={metric} data-metric={metric} data-value={now ?? ""}>
                <th scope="row">{metric === "expected_cost" ? "Cost of a decision" : capital(measureName(metric))}</th>
                <td class="number quiet">{figure(before, unit)}</td><td class="number"><strong>{figure(now, unit)}</strong></td><td class="number quiet">{change(before, now, unit)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function LimitsThen({ before, now }: { before: MovedLimit[]; now: MovedLimit[] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Limits at this threshold">
      <table class="data stack">
        <thead><tr><th scope="col">Limit</th><th scope="col">By its value</th><th scope="col" class="number">At the line’s</th><th scope="col" class="number">Here</th><th scope="col">Where it is worst</th></tr></thead>
        <tbody>
          {now.map((one, i) => {
            const unit = unitOfLimit(one.finding);
            const value = one.worst?.value ?? null;
            return (
              <tr key={i} data-limit={i} data-value={value ?? ""} class={one.moves ? "" : "unmoved"}>
                <th scope="row" class="prose"><bdi>{limitText(one.finding, 120)}</bdi></th>
                <td data-label="By its value">{one.good === null ? <span class="quiet">no data</span> : <Mark state={one.good ? "clear" : "breach"} words={one.good ? "kept" : "crossed"} />}</td>
                <td class="number quiet" data-label="At the line’s">{figure(before[i]?.worst?.value ?? null, unit)}</td>
                <td class="number" data-label="Here"><strong>{figure(value, unit)}</strong></td>
                <td data-label="Worst in">{one.moves ? <><bdi>{one.worst ? caseName(one.worst) : ""}</bdi>{one.finding.cases_omitted !== undefined && <span class="quiet">, of the {count(one.cases.length)} that were worst</span>}</> : <span class="quiet">a threshold does not move it</span>}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Costs({ costs, onChange }: { costs: number[]; onChange: (costs: number[]) => void }) {
  const field = (place: number, text: string) => (
    <label class="choice"><span>{text}</span>
      <input type="number" step="any" value={costs[place]} onInput={(event) => { const value = event.currentTarget.valueAsNumber; if (Number.isFinite(value)) onChange(costs.map((old, i) => (i === place ? value : old))); }} />
    </label>
  );
  return <>{field(1, "A false alarm costs")}{field(2, "A miss costs")}</>;
}

export function Explorer({ report, cells }: { report: Report; cells: Cells }) {
  const { gate } = report;
  const segments = cells.data.segments.map((one) => one.segment);
  const parted = segments.filter((name) => cells.groupsOf(name).length <= SLIDERS_MAX);
  const own = cells.data.costs;
  const [mode, setMode] = useState(ONE);
  const [one, setOne] = useState(cells.data.threshold);
  const [chosen, setChosen] = useState<Record<string, number>>({});
  const [costs, setCosts] = useState<number[]>(own?.default ?? [0, 1, 1, 0]);
  const [seen, setSeen] = useState(segments[0] ?? ONE);
  const [shown, setShown] = useState("selection_rate");
  const edited = own === undefined || own.default.some((cost, i) => cost !== costs[i]);
  const mine = edited ? costs : null;
  const counts = useMemo(() => cells.move(mode === ONE ? one : byLeaf(cells, mode, chosen)), [cells, mode, one, chosen]);
  const base = useMemo(() => cells.move(cells.data.threshold), [cells]);
  const limits = (at: Float64Array) => gate.findings.map((finding, i) => moveLimit(cells, finding, report.limits[i]?.reference ?? null, at));
  const before = useMemo(() => limits(base), [base]);
  const now = useMemo(() => limits(counts), [counts]);
  const crossed = now.filter((limit) => limit.good === false).length;
  const by = mode === ONE ? seen : mode;
  const large = by === ONE ? [] : cells.groupsOf(by).filter((group) => group.n >= gate.smallest_slice);
  const groups = large.slice(0, SLIDERS_MAX);
  const reset = () => { setOne(cells.data.threshold); setChosen({}); };
  const rates = groups.map((group, index) => ({ name: sliceName(group.slice, 28), index, n: group.n, before: measureWith(cells, shown, group.slice, base, mine), now: measureWith(cells, shown, group.slice, counts, mine) }));
  const unit = unitOf(shown);
  return (
    <section id="explorer" aria-labelledby="explorer-title">
      <h2 id="explorer-title">Thresholds</h2>
      <p class="lead">Move the threshold and see what it would do to these same decisions. A score of at least the threshold is a yes. Limits are shown by their values alone; only the gate says what is proven.</p>
      <div class="controls">
        <Choice label="Threshold" value={mode} onChange={setMode} options={[{ value: ONE, text: "one for all" }, ...parted.map((value) => ({ value, text: `one for each ${short(value, 30)}` }))]} />
        <Costs costs={costs} onChange={setCosts} />
        <button type="button" class="plain" onClick={reset}>Back to the line’s {cells.data.threshold}</button>
      </div>
      <div class="sliders">
        {mode === ONE
          ? <Slider label="Threshold" cells={cells} value={one} onChange={setOne} />
          : cells.groupsOf(mode).map(({ slice }) => {
            const group = slice[mode]!;
            return <Slider key={group} label={sliceName(slice, 28)} cells={cells} value={chosen[group] ?? cells.data.threshold} onChange={(value) => setChosen((old) => ({ ...old, [group]: value }))} />;
          })}
      </div>
      {mode !== ONE && <p class="note">Thresholds by group can be unlawful. Ask before using one.</p>}
      <p class="summary" role="status">{crossed === 0 ? "By their values every limit is kept." : `By their values ${crossed} of ${now.length} limits ${crossed === 1 ? "is" : "are"} crossed.`}</p>
      <div class="pair wide">
        <Figures cells={cells} base={base} counts={counts} costs={mine} />
        {groups.length > 0 && (
          <div>
            <div class="controls">
              <Choice label="Show" value={shown} onChange={setShown} options={BY_GROUP.map((value) => ({ value, text: capital(measureName(value)) }))} />
              {mode === ONE && segments.length > 1 && <Choice label="By" value={seen} onChange={setSeen} options={segments.map((value) => ({ value, text: short(value, 30) }))} />}
            </div>
            <Figure
              label={`${capital(measureName(shown))} by ${by} at this threshold; the line is from where it was at the line's own`} of={[counts, by, shown, mine?.join()]} width={520}
              table={{ columns: ["group", "at the line's", "here", "n"], rows: rates.map((row) => [row.name, row.before, row.now, row.n]) }}
              draw={(width) => dots({
                rows: rates.filter((row) => row.now !== null).map((row) => ({ key: String(row.index), name: row.name, value: row.now!, low: Math.min(row.now!, row.before ?? row.now!), high: Math.max(row.now!, row.before ?? row.now!), n: count(row.n), colour: "var(--accent)", symbol: "circle" as const })),
                unit, axis: `${capital(measureName(shown))}, and where it was`, zero: true, width,
              })}
            />
            {large.length > groups.length && <p class="quiet">The first {groups.length} of {count(large.length)} groups.</p>}
          </div>
        )}
      </div>
      <LimitsThen before={before} now={now} />
    </section>
  );
}
