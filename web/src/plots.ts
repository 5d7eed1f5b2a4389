// The plots, drawn by Observable Plot. Colours are the page's variables, so that light and dark, screen
// and paper need no second drawing.
import * as Plot from "@observablehq/plot";
import type { Bin, CurvePoint, HistogramBar } from "./rates";
import { figure, type Unit } from "./text";

const COLOURS_COUNT = 8;

// The colour of a group, the same in every plot.
export function groupColour(index: number): string {
  return index < COLOURS_COUNT ? `var(--group-${index})` : "var(--quiet)";
}

// Beyond colour: every other group is dashed.
function dash(index: number): string {
  return index % 2 === 0 ? "none" : index % 4 === 1 ? "6 3" : "2 2";
}

const PERCENT = (value: number) => `${Math.round(value * 1000) / 10} %`;

// As many decimals as it takes to tell neighbouring ticks apart.
function tick(unit: Unit, [low, high]: [number, number], count: number): (value: number) => string {
  const scale = unit === "percent" || unit === "points" ? 100 : 1;
  const step = (scale * (high - low)) / count;
  const decimals = step > 0 ? Math.min(8, Math.max(0, Math.ceil(-Math.log10(step)) + (step < 1 ? 1 : 0))) : 3;
  const after = unit === "percent" ? " %" : "";
  return (value) => `${(value * scale).toLocaleString("en-GB", { maximumFractionDigits: decimals }).replace("-", "−")}${after}`;
}

export interface DotRow {
  key: string;
  name: string;
  value: number;
  low: number | null;
  high: number | null;
  n: string;
  colour: string; // a variable of the page
  symbol: "circle" | "diamond2" | "times";
  hollow?: boolean; // too small to judge
}

export interface DotsOptions {
  rows: DotRow[];
  unit: Unit;
  axis: string;
  limit?: { threshold: number; upper: boolean; text: string };
  reference?: { value: number; text: string };
  zero?: boolean;
  width: number;
}

function domainOf({ rows, limit, reference, zero }: DotsOptions): [number, number] {
  const all = rows.flatMap((row) => [row.value, row.low ?? row.value, row.high ?? row.value]);
  if (limit) all.push(limit.threshold);
  if (reference) all.push(reference.value);
  if (zero) all.push(0);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [zero && low === 0 ? 0 : low - room, high + room];
}

// How many letters of a name there is room for beside a plot.
export function letters(width: number): number {
  return isNarrow(width) ? Math.floor(width / 8) : width < 700 ? 36 : 50;
}

// On a narrow page a name stands above its dot, and not beside it.
function isNarrow(width: number): boolean {
  return width < 440;
}

// Letters of wide scripts and pictures take the room of two.
function roomOf(letter: string): number {
  return letter.codePointAt(0)! >= 0x1100 && !/[\u2000-\u206f]/.test(letter) ? 2 : 1;
}

function cut(text: string, length: number): string {
  let room = length;
  const all = [...text];
  const over = all.findIndex((letter) => {
    room -= roomOf(letter);
    return room < 0;
  });
  return over < 0 ? text : `${all.slice(0, Math.max(1, over - 1)).join("")}…`;
}

// Where a rule stands near an end of the axis, what is written on it runs inwards.
function inside(value: number, [low, high]: [number, number]): { textAnchor: "start" | "middle" | "end" } {
  const share = (value - low) / (high - low);
  return { textAnchor: share < 0.2 ? "start" : share > 0.8 ? "end" : "middle" };
}

// An estimate is a dot, its interval a line, the limit a rule with the allowed side tinted.
export function dots(options: DotsOptions): SVGElement | HTMLElement {
  const { rows, unit, limit, reference, width } = options;
  const domain = domainOf(options);
  const longest = letters(width);
  const names = new Map(rows.map((row) => [row.key, cut(row.name, longest)]));
  const widestName = Math.max(4, ...[...names.values()].map((name) => [...name].length));
  const narrow = isNarrow(width);
  const ticks = Math.max(3, Math.floor(width / 130));
  const allowed = limit && (limit.upper ? [domain[0], limit.threshold] : [limit.threshold, domain[1]]);
  return Plot.plot({
    className: "plot",
    width,
    height: rows.length * (narrow ? 42 : 26) + (narrow ? 74 : 66),
    marginLeft: narrow ? 16 : Math.min(width * 0.45, widestName * 6.6 + 14),
    marginRight: 62,
    marginTop: narrow ? 32 : 24,
    marginBottom: 40,
    x: { domain, label: cut(options.axis, Math.floor(width / 6.6)), labelAnchor: "center", labelArrow: "none", tickFormat: tick(unit, domain, ticks), ticks, grid: true },
    y: { domain: rows.map((row) => row.key), label: null, tickFormat: (key: string) => (narrow ? "" : (names.get(key) ?? "")), tickSize: 0 },
    marks: [
      allowed ? Plot.rect([allowed], { x1: (d: number[]) => d[0], x2: (d: number[]) => d[1], fill: "var(--clear)", fillOpacity: 0.09 }) : null,
      limit ? Plot.ruleX([limit.threshold], { stroke: "var(--ink)", strokeWidth: 1.5 }) : null,
      limit ? Plot.text([limit], { x: "threshold", text: "text", frameAnchor: "top", ...inside(limit.threshold, domain), dy: narrow ? -22 : -14, fill: "var(--ink)", fontWeight: 600 }) : null,
      reference ? Plot.ruleX([reference.value], { stroke: "var(--quiet)", strokeDasharray: "3 3" }) : null,
      reference ? Plot.text([reference], { x: "value", text: "text", frameAnchor: "top", ...inside(reference.value, domain), dy: narrow ? -22 : -14, fill: "var(--quiet)" }) : null,
      Plot.ruleY(rows, { y: "key", x1: (row: DotRow) => row.low ?? domain[0], x2: (row: DotRow) => row.high ?? domain[1], stroke: "colour", strokeWidth: 2, strokeLinecap: "round" }),
      Plot.dot(rows, {
        y: "key", x: "value", fill: (row: DotRow) => (row.symbol === "times" ? "none" : row.hollow ? "var(--paper)" : row.colour), stroke: "colour", symbol: "symbol", r: 4.5, strokeWidth: (row: DotRow) => (row.symbol === "times" ? 2.5 : 1.5),
        title: (row: DotRow) => `${row.name}\n${figure(row.value, unit)}  [${figure(row.low, unit)}, ${figure(row.high, unit)}]\nn = ${row.n}`, tip: { fill: "var(--paper)", stroke: "var(--line)" },
      }),
      Plot.text(["n"], { text: (d: string) => d, frameAnchor: "top-right", dx: 56, dy: narrow ? -22 : -14, textAnchor: "end", fill: "var(--quiet)" }),
      narrow ? Plot.text(rows, { y: "key", text: (row: DotRow) => names.get(row.key) ?? "", frameAnchor: "left", textAnchor: "start", dx: 2, dy: -15, fill: "var(--ink)", stroke: "var(--paper)", strokeWidth: 4 }) : null,
      Plot.text(rows, { y: "key", text: "n", frameAnchor: "right", dx: 56, textAnchor: "end", fill: "var(--quiet)" }),
    ],
  }); // prettier-ignore
}

export interface Curve {
  name: string;
  index: number; // of the group, for its colour
  points: CurvePoint[];
  at: CurvePoint | null; // at the threshold in use
}

const SQUARE = { marginLeft: 54, marginBottom: 44, marginRight: 16, marginTop: 12 };

function shareAxis(label: string): Plot.ScaleOptions {
  return { domain: [0, 1], label, labelAnchor: "center", labelArrow: "none", tickFormat: PERCENT, ticks: 5, grid: true };
}

type Point = { x: number; y: number; curve: Curve; threshold: number };

function curvesPlot(width: number, curves: Curve[], x: [string, (p: CurvePoint) => number | null], y: [string, (p: CurvePoint) => number | null], chance: boolean): SVGElement | HTMLElement {
  const place = (curve: Curve, point: CurvePoint): Point[] => {
    const at = [x[1](point), y[1](point)];
    return at[0] == null || at[1] == null ? [] : [{ x: at[0], y: at[1], curve, threshold: point.threshold }];
  };
  const marked = curves.flatMap((curve) => (curve.at ? place(curve, curve.at) : []));
  return Plot.plot({
    className: "plot", width, height: width, ...SQUARE,
    x: shareAxis(x[0]), y: shareAxis(y[0]),
    marks: [
      chance ? Plot.line([[0, 0], [1, 1]], { stroke: "var(--quiet)", strokeDasharray: "3 3" }) : null,
      ...curves.map((curve) => Plot.line(curve.points.flatMap((point) => place(curve, point)), {
        x: "x", y: "y", stroke: groupColour(curve.index), strokeWidth: 2, strokeDasharray: dash(curve.index),
      })),
      Plot.dot(marked, {
        x: "x", y: "y", r: 5, fill: (d: Point) => groupColour(d.curve.index), stroke: "var(--paper)",
        title: (d: Point) => `${d.curve.name} at ${d.threshold}\n${x[0]}: ${PERCENT(d.x)}\n${y[0]}: ${PERCENT(d.y)}`, tip: { fill: "var(--paper)", stroke: "var(--line)" },
      }),
    ],
  }); // prettier-ignore
}

export function roc(width: number, curves: Curve[]): SVGElement | HTMLElement {
  return curvesPlot(width, curves, ["False positive rate", (p) => p.falsePositiveRate], ["True positive rate", (p) => p.truePositiveRate], true);
}

export function precisionRecall(width: number, curves: Curve[]): SVGElement | HTMLElement {
  return curvesPlot(width, curves, ["True positive rate (recall)", (p) => p.truePositiveRate], ["Precision", (p) => p.precision], false);
}

export interface Reliability {
  name: string;
  index: number;
  bins: Bin[];
}

type BinOf = Bin & { name: string; index: number };

// How often it came true at each score; on the diagonal where scores are probabilities.
export function calibration(width: number, groups: Reliability[], probabilities: boolean, axis: string): SVGElement | HTMLElement {
  const all = groups.flatMap((group) => group.bins.map((bin): BinOf => ({ ...bin, name: group.name, index: group.index })));
  const scores = all.map((bin) => bin.score);
  const most = Math.max(...all.map((bin) => bin.n), 1);
  const domain = probabilities ? [0, 1] : [Math.min(...scores), Math.max(...scores)];
  return Plot.plot({
    className: "plot", width, height: Math.min(width * 0.8, 380), ...SQUARE,
    x: { domain, label: axis, labelAnchor: "center", labelArrow: "none", grid: true, inset: 8 },
    y: shareAxis("How often it came true"),
    r: { type: "identity" },
    marks: [
      probabilities ? Plot.line([[0, 0], [1, 1]], { stroke: "var(--quiet)", strokeDasharray: "3 3" }) : null,
      ...groups.map((group) => Plot.line(group.bins, { x: "score", y: "rate", stroke: groupColour(group.index), strokeDasharray: dash(group.index), strokeWidth: 1.5, strokeOpacity: 0.8 })),
      Plot.ruleX(all, { x: "score", y1: "low", y2: "high", stroke: (d: BinOf) => groupColour(d.index), strokeWidth: 1.5, strokeOpacity: 0.6 }),
      Plot.dot(all, {
        x: "score", y: "rate", fill: (d: BinOf) => groupColour(d.index), r: (d: BinOf) => 2.5 + 4.5 * Math.sqrt(d.n / most),
        title: (d: BinOf) => `${d.name}\nscore ${d.score.toPrecision(3)}: ${PERCENT(d.rate)}\n[${PERCENT(d.low)}, ${PERCENT(d.high)}]\nn = ${d.n.toLocaleString("en-GB")}`, tip: { fill: "var(--paper)", stroke: "var(--line)" },
      }),
    ],
  }); // prettier-ignore
}

// Positives upwards, negatives downwards, each as a share of its label; without labels all upwards.
export function distribution(width: number, bars: HistogramBar[], options: { labelled: boolean; threshold: number | null; highest: number; axis: string; domain: [number, number] }): SVGElement | HTMLElement {
  return Plot.plot({
    className: "plot", width, height: 170, marginLeft: 50, marginBottom: 40, marginTop: 18, marginRight: 8,
    x: { domain: options.domain, label: options.axis, labelAnchor: "center", labelArrow: "none", ticks: 5 },
    y: { domain: [options.labelled ? -options.highest : 0, options.highest], label: null, tickFormat: (v: number) => PERCENT(Math.abs(v)), ticks: 4, grid: true },
    marks: [
      Plot.rect(bars, { x1: "from", x2: "to", y1: 0, y2: options.labelled ? "positive" : "all", fill: "var(--yes)", insetLeft: 0.5, insetRight: 0.5 }),
      options.labelled ? Plot.rect(bars, { x1: "from", x2: "to", y1: 0, y2: (bar: HistogramBar) => -bar.negative, fill: "var(--no)", insetLeft: 0.5, insetRight: 0.5 }) : null,
      Plot.ruleY([0], { stroke: "var(--ink)" }),
      options.threshold === null ? null : Plot.ruleX([options.threshold], { stroke: "var(--ink)", strokeDasharray: "4 3" }),
    ],
  }); // prettier-ignore
}
