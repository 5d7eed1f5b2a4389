// Any measure in every group and crossing: a table to sort, filter and search, and a map of crossings.
import { useMemo, useState } from "preact/hooks";
import type { Table } from "./copy";
import type { Estimate, Gate, MeasuredSlice, Report } from "./model";
import { Choice, Figure, Mark, Name, StatusText } from "./parts";
import { dots } from "./plots";
import { capital, count, figure, groupingName, interval, measureName, short, sliceName, unitOf } from "./text";

const PAGE = 50;
const ALL = "(all)";
const PLOTTED_MAX = 24;

interface Row {
  slice: MeasuredSlice;
  estimate: Estimate;
  small: boolean;
}

type SortKey = "value" | "n" | "name";

const NOTHING: Estimate = { value: null, low: null, high: null, n: 0, status: "undefined", reason: "not measured here" };

function rowsOf(gate: Gate, metric: string): Row[] {
  return gate.slices.map((slice) => {
    const estimate = slice.measures[metric] ?? NOTHING;
    return { slice, estimate, small: slice.too_small || estimate.status === "too_small" };
  });
}

function sorted(rows: Row[], key: SortKey, down: boolean): Row[] {
  const sign = down ? -1 : 1;
  const number = (row: Row) => (key === "n" ? row.slice.n : (row.estimate.value ?? NaN));
  return [...rows].sort((a, b) => {
    if (key === "name") return sign * sliceName(a.slice.slice).localeCompare(sliceName(b.slice.slice));
    const x = number(a), y = number(b);
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y);
  });
}

function tableOf(rows: Row[], metric: string): Table {
  return {
    columns: ["slice", metric, "low", "high", "n", "decisions", "unlabelled", "status"],
    rows: rows.map(({ slice, estimate, small }) => [
      Object.entries(slice.slice).map(([k, v]) => `${k}=${v}`).join(" × "),
      estimate.value, estimate.low, estimate.high, estimate.n, slice.n, slice.unlabelled ?? 0,
      estimate.status === "undefined" ? (estimate.reason ?? "undefined") : small ? "too small" : "ok",
    ]),
  }; // prettier-ignore
}

function Head({ text, name, sort, onSort, numeric }: { text: string; name: SortKey; sort: [SortKey, boolean]; onSort: (key: SortKey) => void; numeric?: boolean }) {
  const active = sort[0] === name;
  return (
    <th scope="col" class={numeric ? "number" : ""} aria-sort={active ? (sort[1] ? "descending" : "ascending") : "none"}>
      <button type="button" class="sort" onClick={() => onSort(name)}>{text}<span aria-hidden="true">{active ? (sort[1] ? " ↓" : " ↑") : ""}</span></button>
    </th>
  );
}

// Why a figure is not there, or not to be relied on.
function Note({ estimate, small, aside }: { estimate: Estimate; small?: boolean; aside?: MeasuredSlice["aside"] }) {
  if (estimate.status === "undefined") return <small><StatusText status="undefined" reason={estimate.reason} /></small>;
  return small ? <small><Mark state="small" words={aside === "missing" ? "listed only" : "too small to judge"} /></small> : null;
}

function GroupTable({ rows, metric, overall, sort, onSort }: { rows: Row[]; metric: string; overall: Estimate; sort: [SortKey, boolean]; onSort: (key: SortKey) => void }) {
  const [pages, setPages] = useState(1);
  const unit = unitOf(metric);
  const shown = rows.slice(0, pages * PAGE);
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label="Measure by group">
        <table class="data groups">
          <thead>
            <tr>
              <Head text="Group" name="name" sort={sort} onSort={onSort} />
              <Head text={capital(measureName(metric))} name="value" sort={sort} onSort={onSort} numeric />
              <th scope="col" class="number">Interval</th>
              <Head text="n" name="n" sort={sort} onSort={onSort} numeric />
            </tr>
          </thead>
          <tbody>
            <tr class="whole">
              <th scope="row">overall<Note estimate={overall} /></th>
              <td class="number"><strong>{figure(overall.value, unit)}</strong></td>
              <td class="number quiet">{interval(overall, unit)}</td>
              <td class="number">{count(overall.n)}</td>
            </tr>
            {shown.map(({ slice, estimate, small }) => (
              <tr key={JSON.stringify(slice.slice)} class={small ? "is-small" : ""}>
                <th scope="row"><Name slice={slice.slice} length={44} /><Note estimate={estimate} small={small} aside={slice.aside} /></th>
                <td class="number">{figure(estimate.value, unit)}</td>
                <td class="number quiet">{interval(estimate, unit)}</td>
                <td class="number">{count(estimate.n)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 && <p class="quiet">No group matches. Clear the search, or choose all groups.</p>}
      {rows.length > shown.length && (
        <button type="button" class="plain" onClick={() => setPages(pages + 2)}>Show more ({count(rows.length - shown.length)} left)</button>
      )}
    </>
  );
}

const MAP_SIDE_MAX = 24;

function CrossingMap({ gate, metric }: { gate: Gate; metric: string }) {
  const crossings = useMemo(() => {
    const found = new Map<string, [string, string]>();
    for (const { slice } of gate.slices) {
      const keys = Object.keys(slice);
      if (keys.length === 2) found.set(JSON.stringify(keys), [keys[0]!, keys[1]!]);
    }
    return [...found.entries()];
  }, [gate]);
  const [chosen, setChosen] = useState(crossings[0]?.[0] ?? "");
  const pair = crossings.find(([key]) => key === chosen)?.[1];
  if (!pair) return null;
  const [down, across] = pair;
  const unit = unitOf(metric);
  const cells = rowsOf(gate, metric).filter((row) => JSON.stringify(Object.keys(row.slice.slice)) === chosen);
  const names = (segment: string) => [...new Set(cells.map((row) => row.slice.slice[segment]!))];
  const rowNames = names(down), columnNames = names(across);
  const byPlace = new Map(cells.map((row) => [JSON.stringify([row.slice.slice[down], row.slice.slice[across]]), row]));
  const find = (row: string, column: string) => byPlace.get(JSON.stringify([row, column]));
  const values = cells.filter((row) => !row.small && row.estimate.value !== null).map((row) => row.estimate.value!);
  const least = Math.min(...values), most = Math.max(...values);
  const depth = (value: number) => Math.round((42 * (value - least)) / (most - least || 1));
  return (
    <div class="crossing">
      <h3>Where <bdi>{short(down, 32)}</bdi> and <bdi>{short(across, 32)}</bdi> cross</h3>
      <p class="lead">{capital(measureName(metric))} from {figure(least, unit)} (light) to {figure(most, unit)} (deep). Hatched: too few decisions to judge.</p>
      {crossings.length > 1 && (
        <Choice label="Crossing" value={chosen} onChange={setChosen} options={crossings.map(([value, names]) => ({ value, text: names.join(" × ") }))} />
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Map of crossings">
        <table class="map">
          <caption class="unseen">{measureName(metric)} by {down} and {across}</caption>
          <thead><tr><td />{columnNames.slice(0, MAP_SIDE_MAX).map((name) => <th key={name} scope="col"><Name slice={{ [across]: name }} length={20} /></th>)}</tr></thead>
          <tbody>
            {rowNames.slice(0, MAP_SIDE_MAX).map((row) => (
              <tr key={row}>
                <th scope="row"><Name slice={{ [down]: row }} length={24} /></th>
                {columnNames.slice(0, MAP_SIDE_MAX).map((column) => {
                  const cell = find(row, column);
                  if (!cell) return <td key={column} class="none"><span class="unseen">no decisions</span></td>;
                  const { estimate, small } = cell;
                  if (estimate.value === null) return <td key={column} class="none">no data<small>n {count(estimate.n)}</small></td>;
                  return (
                    <td key={column} class={small ? "hatched" : ""} style={small ? {} : { background: `color-mix(in srgb, var(--accent) ${depth(estimate.value)}%, var(--paper))` }}>
                      {figure(estimate.value, unit)}<small>n {count(estimate.n)}{small && <span class="unseen">, too small to judge</span>}</small>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(rowNames.length > MAP_SIDE_MAX || columnNames.length > MAP_SIDE_MAX) && (
        <p class="quiet">The first {MAP_SIDE_MAX} groups of each side; the table above has all {count(cells.length)}.</p>
      )}
    </div>
  );
}

function firstMetric(gate: Gate): string {
  const inSlices = (name: string) => gate.slices.length === 0 || gate.slices.some((one) => one.measures[name]?.value != null);
  const worst = [...gate.findings].sort((a, b) => ["breach", "unproven", "clear"].indexOf(a.state) - ["breach", "unproven", "clear"].indexOf(b.state));
  return worst.map((one) => one.metric).find((name) => name in gate.overall.measures && inSlices(name)) ?? Object.keys(gate.overall.measures)[0] ?? "";
}

export function ByGroup({ report }: { report: Report }) {
  const { gate } = report;
  const metrics = Object.keys(gate.overall.measures);
  const groupings = useMemo(() => [...new Set(gate.slices.map(({ slice }) => JSON.stringify(Object.keys(slice))))], [gate]);
  const [metric, setMetric] = useState(firstMetric(gate));
  const [grouping, setGrouping] = useState(groupings[0] ?? ALL);
  const [search, setSearch] = useState("");
  const [large, setLarge] = useState(false);
  const [sort, setSort] = useState<[SortKey, boolean]>(["value", true]);
  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    const kept = rowsOf(gate, metric).filter(({ slice, small }) =>
      (grouping === ALL || JSON.stringify(Object.keys(slice.slice)) === grouping) &&
      (!large || !small) &&
      (wanted === "" || Object.values(slice.slice).some((group) => group.toLowerCase().includes(wanted))));
    return sorted(kept, sort[0], sort[1]);
  }, [gate, metric, grouping, search, large, sort]);
  const about = report.about_measures.find((one) => one.name === metric);
  const overall = gate.overall.measures[metric] ?? NOTHING;
  const unit = unitOf(metric);
  const plotted = rows.filter((row) => row.estimate.value !== null).slice(0, PLOTTED_MAX);
  // The map does not depend on what is searched or sorted; the same element is not drawn again.
  const crossings = useMemo(() => <CrossingMap gate={gate} metric={metric} />, [gate, metric]);
  const onSort = (key: SortKey) => setSort(([old, down]) => (old === key ? [key, !down] : [key, key !== "name"]));
  return (
    <section id="groups" aria-labelledby="groups-title">
      <h2 id="groups-title">By group</h2>
      {about && <p class="lead">{about.summary}</p>}
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <Choice label="Measure" value={metric} onChange={setMetric} options={metrics.map((value) => ({ value, text: capital(measureName(value)) }))} />
        <Choice label="Groups" value={grouping} onChange={setGrouping} options={[
          ...groupings.map((value) => ({ value, text: groupingName(Object.fromEntries((JSON.parse(value) as string[]).map((name) => [name, ""]))) })),
          { value: ALL, text: "All groups and crossings" },
        ]} />
        <label class="choice"><span>Search</span><input type="search" value={search} placeholder="a group’s name" onInput={(event) => setSearch(event.currentTarget.value)} /></label>
        <label class="tick"><input type="checkbox" checked={large} onChange={(event) => setLarge(event.currentTarget.checked)} /> only groups large enough to judge</label>
      </form>
      <h3>{capital(measureName(metric))}{grouping === ALL ? ", all groups" : <> by <bdi>{groupingName(Object.fromEntries((JSON.parse(grouping) as string[]).map((name) => [name, ""])))}</bdi></>}</h3>
      {plotted.length > 0 && (
        <Figure
          label={`${measureName(metric)} by group with intervals`}
          of={[rows, metric]}
          table={tableOf(rows, metric)}
          draw={(width) => dots({
            rows: plotted.map(({ slice, estimate, small }, i) => ({
              key: String(i), name: sliceName(slice.slice, 30), value: estimate.value!, low: estimate.low, high: estimate.high,
              n: count(estimate.n), colour: small ? "var(--quiet)" : "var(--accent)", symbol: "circle", hollow: small,
            })),
            unit, width, axis: capital(measureName(metric)), zero: unit === "percent",
            ...(overall.value === null ? {} : { reference: { value: overall.value, text: `overall ${figure(overall.value, unit)}` } }),
          })}
        />
      )}
      <p class="quiet after" role="status">{count(rows.length)} {rows.length === 1 ? "group" : "groups"}{rows.length > plotted.length && plotted.length === PLOTTED_MAX ? `, the first ${PLOTTED_MAX} drawn` : ""}{plotted.some((row) => row.small) ? "; hollow dots: listed, not judged" : ""}</p>
      <GroupTable rows={rows} metric={metric} overall={overall} sort={sort} onSort={onSort} />
      {crossings}
    </section>
  );
}
