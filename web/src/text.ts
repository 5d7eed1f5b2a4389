// Figures and names in the words of people. Rounding happens here and nowhere else.
import type { Estimate, Finding, Slice, State, Status, Verdict } from "./model";

const NAME_LENGTH_MAX = 48;
const TITLE_LENGTH_MAX = 400;
const ISOLATE = "\u2068";
const POP = "\u2069";

const LABEL_OF: Readonly<Record<string, string>> = {
  equalized_odds_mean: "equalized odds (mean)",
  roc_auc: "ROC AUC",
  f1: "F1",
  matthews_corrcoef: "Matthews correlation",
  log_loss: "log loss",
  ecce: "ECCE",
  brier_score: "Brier score",
  mae: "mean absolute error",
  mse: "mean squared error",
  rmse: "root mean squared error",
  r2: "R²",
  ks_separation: "KS separation",
};

const SHORTENED = /^(ndcg|dcg|mrr|map|mape)(?=@|_|$)/;

// "mean(x)" is the mean of x, "precision(cat)" the precision for cat.
function nameOfCall(measure: string, argument: string): string {
  const quantile = measure === "quantile" ? /^(.*), *(0?\.\d+)$/.exec(argument) : null;
  if (quantile) return `${Number((Number(quantile[2]) * 100).toPrecision(6))} % quantile of ${quantile[1]}`;
  const column = ["mean", "rate", "sum", "ratio"].includes(measure);
  return `${measureName(measure)} ${column ? "of" : measure === "within" ? "" : "for"} ${argument}`.replace("  ", " ");
}

export function measureName(name: string): string {
  const call = /^(\w+)\((.*)\)$/s.exec(name);
  if (call) return nameOfCall(call[1]!, call[2]!);
  return LABEL_OF[name] ?? (name.includes("(") ? name : name.replace(SHORTENED, (letters) => letters.toUpperCase()).replaceAll("_", " "));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Marks that would turn the text beside them around.
const DIRECTION = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// Text as it is shown: without marks of direction, and cut when it is long, never inside a surrogate pair.
export function short(whole: string, length = NAME_LENGTH_MAX): string {
  const text = whole.replaceAll(DIRECTION, "");
  if (text.length <= length) return text;
  const letters = [...text.slice(0, 2 * length)];
  return letters.length <= length && text.length <= 2 * length ? text : `${letters.slice(0, length - 1).join("")}…`;
}

const WORD_LENGTH_MAX = 64;
const SENTENCE_LENGTH_MAX = 1200;

// A sentence of the program, with names of the data in it, which may be of any length.
export function sentence(text: string, length = SENTENCE_LENGTH_MAX): string {
  return short(text.replaceAll(/\S{65,}/g, (word) => short(word, WORD_LENGTH_MAX)), length);
}

export function forTitle(text: string): string {
  return short(text, TITLE_LENGTH_MAX);
}

// Text whose direction must not run over into what stands beside it.
export function isolated(text: string): string {
  return ISOLATE + text.replaceAll(DIRECTION, "") + POP;
}

export function sliceName(slice: Slice, length = NAME_LENGTH_MAX): string {
  const groups = Object.values(slice);
  return groups.length === 0 ? "overall" : groups.map((group) => isolated(short(group, length))).join(" × ");
}

export function groupingName(slice: Slice): string {
  return Object.keys(slice).map((segment) => short(segment, 32)).join(" × ");
}

// `room` is about how many letters there are for all of it; each group gets its part.
export function caseName(one: { slice: Slice; against: Slice | null }, room = 100): string {
  const pair = one.against !== null && Object.keys(one.against).length > 0;
  const groups = Object.keys(one.slice).length + (pair ? Object.keys(one.against!).length : 0);
  const each = Math.max(5, Math.floor((room - 4 * (groups - 1)) / Math.max(1, groups)));
  const name = sliceName(one.slice, each);
  return pair ? `${name} vs ${sliceName(one.against!, each)}` : name;
}

export function count(n: number): string {
  return Math.round(n).toLocaleString("en-GB");
}

const RATES = /_rate$|^(accuracy|balanced_accuracy|precision|f1|negative_predictive_value|share)$|^rate\(/;

export type Unit = "percent" | "number" | "times" | "points";

// What the program shows each measure as, which it says of those in its report.
const units = new Map<string, Unit>();

export function learnUnits(measures: readonly { name: string; figure: Unit }[]): void {
  for (const one of measures) units.set(one.name, one.figure);
}

export function unitOf(metric: string): Unit {
  return units.get(metric) ?? (RATES.test(metric) ? "percent" : "number");
}

// The unit of what a limit is judged by: a difference of rates is in points, a ratio is in times.
export function unitOfLimit(finding: Pick<Finding, "metric" | "comparator" | "relative">): Unit {
  if (finding.comparator.includes("ratio")) return "times";
  if (finding.relative === true) return "percent";
  const unit = unitOf(finding.metric);
  const differs = finding.comparator.includes("difference") || finding.comparator.endsWith("_to");
  return unit === "percent" && differs ? "points" : unit;
}

function plain(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en-GB");
  return size >= 100 ? value.toFixed(1) : size >= 10 ? value.toFixed(2) : value.toFixed(3);
}

export function figure(value: number | null, unit: Unit): string {
  if (value === null) return "–";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (unit === "percent") return `${sign}${(size * 100).toFixed(1)} %`;
  if (unit === "points") return `${sign}${(size * 100).toFixed(1)} points`;
  return unit === "times" ? `${sign}${size.toFixed(2)} ×` : sign + plain(size);
}

function bound(value: number | null, unit: Unit): string {
  if (value === null) return "∞";
  const text = figure(value, unit);
  return text.replace(/ (%|points|×)$/, "");
}

export function interval(estimate: Pick<Estimate, "low" | "high" | "value">, unit: Unit): string {
  if (estimate.value === null) return "";
  return `${estimate.low === null ? "−∞" : bound(estimate.low, unit)} to ${bound(estimate.high, unit)}`;
}

// A limit as the line says it, with the measure's name in the words used here.
export function limitText(finding: Pick<Finding, "limit" | "metric">, length = 300): string {
  // It begins with the measure as the line writes it, which may be another name of the same.
  const rest = finding.limit.startsWith(finding.metric) ? finding.limit.slice(finding.metric.length) : finding.limit.replace(/^[\w@]+(\([^)]*\))?/, "");
  return sentence(capital(measureName(finding.metric)) + rest, length);
}

export function statusWords(status: Status, reason?: string): string {
  if (status === "ok") return "";
  return status === "too_small" ? "too small to judge" : `no data: ${reason ?? "undefined"}`;
}

export const STATE_WORDS: Readonly<Record<State, string>> = {
  clear: "clear",
  unproven: "unproven",
  breach: "crossed",
};

export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  ship: "Ship",
  ship_with_monitoring: "Ship with monitoring",
  human_in_the_loop: "Ship only with a person in the loop",
  hold: "Hold",
  no_ship: "Do not ship",
};

export const VERDICT_STATE: Readonly<Record<Verdict, State>> = {
  ship: "clear",
  ship_with_monitoring: "clear",
  human_in_the_loop: "unproven",
  hold: "unproven",
  no_ship: "breach",
};

function howMany(findings: readonly Finding[], state: State): number {
  return findings.filter((finding) => finding.state === state).length;
}

// "3 of 6 limits are crossed, 1 is unproven."
export function limitsSentence(findings: readonly Finding[]): string {
  const all = findings.length;
  const breach = howMany(findings, "breach");
  const unproven = howMany(findings, "unproven");
  const be = (n: number) => (n === 1 ? "is" : "are");
  if (all === 0) return "The line sets no limits.";
  if (breach === 0 && unproven === 0) return all === 1 ? "Its one limit is clear." : `All ${all} limits are clear.`;
  const parts: string[] = [];
  if (breach > 0) parts.push(`${breach} of ${all} limits ${be(breach)} crossed`);
  if (unproven > 0) parts.push(`${breach > 0 ? unproven : `${unproven} of ${all} limits`} ${be(unproven)} unproven`);
  return `${parts.join(", ")}.`;
}
