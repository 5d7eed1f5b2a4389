// What curves and bins are drawn from: counts by score and label, ascending.
import type { RunsAtScore } from "./cells";

export interface CurvePoint {
  threshold: number;
  falsePositiveRate: number;
  truePositiveRate: number;
  precision: number | null;
}

// Every distinct threshold from the highest down; the first point lets nobody pass.
export function curve(scores: readonly RunsAtScore[]): CurvePoint[] {
  const positives = scores.reduce((sum, one) => sum + one.positive, 0);
  const negatives = scores.reduce((sum, one) => sum + one.negative, 0);
  if (positives === 0 || negatives === 0) return [];
  const points: CurvePoint[] = [{ threshold: Infinity, falsePositiveRate: 0, truePositiveRate: 0, precision: null }];
  let tp = 0, fp = 0;
  for (let i = scores.length - 1; i >= 0; i--) {
    tp += scores[i]!.positive;
    fp += scores[i]!.negative;
    points.push({
      threshold: scores[i]!.value,
      falsePositiveRate: fp / negatives,
      truePositiveRate: tp / positives,
      precision: tp + fp > 0 ? tp / (tp + fp) : null,
    });
  }
  return points;
}

// At most `max` points, evenly spread along the curve, both ends among them: what the eye can tell apart.
export function thin<T>(points: readonly T[], max: number): T[] {
  if (points.length <= max) return [...points];
  return Array.from({ length: max }, (_, i) => points[Math.round((i * (points.length - 1)) / (max - 1))]!);
}

export interface Bin {
  n: number;
  score: number;
  rate: number;
  low: number;
  high: number;
}

const Z_95 = 1.959963984540054;

// Wilson's score interval of a share.
export function wilson(successes: number, n: number, z = Z_95): [number, number] {
  const p = successes / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

const BINS_MAX = 10;
const BIN_DECISIONS_MIN = 20;

// Bins of equal mass by the rule of the program's calibration error: a tie is never divided, and belongs to
// the bin in which the middle of it lies. There are fewer bins where they would hold too few decisions.
export function bins(scores: readonly RunsAtScore[]): Bin[] {
  const total = scores.reduce((sum, one) => sum + one.positive + one.negative, 0);
  const labelled = scores.reduce((sum, one) => sum + (one.decisions ?? one.positive + one.negative), 0);
  const wanted = Math.max(1, Math.min(BINS_MAX, Math.floor(labelled / BIN_DECISIONS_MIN)));
  const out: Bin[] = [];
  let place = -1, below = 0, n = 0, positive = 0, weighted = 0, decisions = 0, squares = 0;
  const close = () => {
    if (n === 0) return;
    // With weights the interval is that of Kish's effective number.
    const effective = (n * n) / squares;
    const [low, high] = wilson((positive / n) * effective, effective);
    out.push({ n: decisions, score: weighted / n, rate: positive / n, low, high });
    n = positive = weighted = decisions = squares = 0;
  };
  for (const one of scores) {
    const here = one.positive + one.negative;
    if (here === 0) continue;
    const at = Math.min(wanted - 1, Math.floor((wanted * (below + here / 2)) / total));
    if (at !== place) close();
    place = at;
    below += here;
    n += here;
    positive += one.positive;
    decisions += one.decisions ?? here;
    squares += one.squares ?? here;
    weighted += here * one.value;
  }
  close();
  return out;
}

export interface HistogramBar {
  from: number;
  to: number;
  positive: number; // shares of the decisions of that label
  negative: number;
  all: number; // share of all decisions with a score
}

// One bar for each score where they are few, else bars of one width over `range`.
export function histogram(scores: readonly RunsAtScore[], all: readonly number[], bars = 30): HistogramBar[] {
  const positives = scores.reduce((sum, one) => sum + one.positive, 0);
  const negatives = scores.reduce((sum, one) => sum + one.negative, 0);
  const total = scores.reduce((sum, one) => sum + one.positive + one.negative + one.unknown, 0);
  const first = all[0] ?? 0;
  const last = all[all.length - 1] ?? 1;
  const few = all.length <= bars;
  const gap = few ? Math.min(...all.slice(1).map((value, i) => value - all[i]!), Infinity) : (last - first) / bars;
  const width = Number.isFinite(gap) && gap > 0 ? gap : 1;
  const out = new Map<number, HistogramBar>();
  for (const one of scores) {
    const at = few ? one.value - width / 2 : first + Math.min(bars - 1, Math.floor((one.value - first) / width)) * width;
    const bar = out.get(at) ?? { from: at, to: at + width, positive: 0, negative: 0, all: 0 };
    bar.positive += positives > 0 ? one.positive / positives : 0;
    bar.negative += negatives > 0 ? one.negative / negatives : 0;
    bar.all += (one.positive + one.negative + one.unknown) / total;
    out.set(at, bar);
  }
  return [...out.values()].sort((a, b) => a.from - b.from);
}
