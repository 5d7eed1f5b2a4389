// The limits of the line at another threshold, by their values: what the program's cases are made of, computed
// again from cells.
import type { Cells } from "./cells";
import { howItMoves, measure } from "./measures";
import type { Case, Finding, Slice } from "./model";

export interface MovedCase {
  slice: Slice;
  against: Slice | null;
  value: number | null;
  good: boolean | null; // null: undefined
}

export interface MovedLimit {
  finding: Finding;
  moves: boolean;
  worst: MovedCase | null;
  cases: MovedCase[];
  good: boolean | null;
}

export function isUpper(comparator: string): boolean {
  return comparator.startsWith("max");
}

export function isGood(finding: Pick<Finding, "comparator" | "threshold">, value: number | null): boolean | null {
  if (value === null) return null;
  if (finding.comparator === "superior_to") return value > finding.threshold;
  if (finding.comparator === "non_inferior_to") return value >= -finding.threshold;
  return isUpper(finding.comparator) ? value <= finding.threshold : value >= finding.threshold;
}

// How far a value is on the bad side; the larger, the worse.
export function badness(finding: Pick<Finding, "comparator" | "threshold">, value: number | null): number {
  if (value === null) return -Infinity;
  return isUpper(finding.comparator) ? value - finding.threshold : finding.threshold - value;
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null || b === 0 ? null : a / b;
}

// A ratio between groups without a reference is told from the side that is worse.
function ratioBetween(comparator: string, a: number | null, b: number | null, turns: boolean): number | null {
  const one = ratio(a, b);
  const other = ratio(b, a);
  if (!turns) return one;
  if (a === 0 && b === 0) return null;
  if (comparator === "min_ratio") return one === null ? (other === null ? null : 0) : Math.min(one, other ?? one);
  return one === null || other === null ? null : Math.max(one, other);
}

function compared(finding: Finding, reference: string | null, a: number | null, b: number | null): number | null {
  switch (finding.comparator) {
    case "min":
    case "max":
      return a;
    case "max_difference":
    case "max_difference_to_overall":
      return a === null || b === null ? null : Math.abs(a - b);
    case "max_ratio_to_overall":
      return ratio(a, b);
    default:
      return ratioBetween(finding.comparator, a, b, reference === null);
  }
}

const BASELINE = new Set(["non_inferior_to", "superior_to"]);

// Which of the two a ratio between groups is told of: the one that is worse by it.
function told(finding: Finding, one: Case, a: number | null, b: number | null, turns: boolean): [Slice, Slice | null] {
  if (one.against === null || !turns || a === null || b === null) return [one.slice, one.against];
  const swap = finding.comparator === "min_ratio" ? a > b : a < b;
  return swap ? [one.against, one.slice] : [one.slice, one.against];
}

export function moveLimit(cells: Cells, finding: Finding, reference: string | null, counts: Float64Array): MovedLimit {
  const moves = howItMoves(finding.metric) === "moves" && !BASELINE.has(finding.comparator);
  const known = new Map<string, number | null>();
  const value = (slice: Slice) => {
    const key = JSON.stringify(slice);
    if (!known.has(key)) known.set(key, measure(cells, finding.metric, slice, counts));
    return known.get(key) ?? null;
  };
  const turns = reference === null && finding.comparator !== "max_ratio_to_overall" && finding.comparator !== "max_difference_to_overall";
  const cases = (finding.cases ?? [finding]).filter((one) => one.status !== "too_small").map((one): MovedCase => {
    if (!moves) return { slice: one.slice, against: one.against, value: one.value, good: isGood(finding, one.value) };
    const a = value(one.slice);
    const b = one.against === null ? null : value(one.against);
    const result = compared(finding, reference, a, b);
    const [slice, against] = told(finding, one, a, b, turns);
    return { slice, against, value: result, good: isGood(finding, result) };
  });
  let worst: MovedCase | null = null;
  for (const one of cases)
    if (one.value !== null && (worst === null || badness(finding, one.value) > badness(finding, worst.value))) worst = one;
  return { finding, moves, worst, cases, good: worst === null ? null : worst.good };
}
