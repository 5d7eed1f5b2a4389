// Cells in the browser: what is measured of them here equals what the program measured, because both
// are functions of the same counts.
import type { CellsData, Slice } from "./model";

// Places of a confusion, by label * 3 + prediction; each is negative, positive or unknown.
export const TN = 0, FP = 1, FN = 3, TP = 4;
const PLACES = 9;
const LABELS_A_LEAF = 4;
const SUMS = 5; // of a score in a slice

export type Confusion = Float64Array;

// The threshold of every leaf: one number, or one by leaf.
export type Thresholds = number | Float64Array;

export interface RunsAtScore {
  value: number;
  negative: number;
  positive: number;
  unknown: number;
  // Of the labelled ones, where weights make them differ from the sums above: how many decisions, and the
  // sum of the squares of their weights.
  decisions?: number;
  squares?: number;
}

export class Cells {
  readonly leavesCount: number;
  readonly counts: Float64Array; // weights where there are any, for rates
  readonly decisions: Float64Array; // always numbers of decisions
  private readonly keys: Uint32Array;
  private readonly runWeights: Float64Array;
  private readonly runCounts: Float64Array;
  private readonly runStarts: Uint32Array; // by value, and one more
  readonly values: Float64Array;
  private readonly costs: Float64Array; // four for each leaf
  private readonly leafSets = new Map<string, Int32Array>();

  constructor(readonly data: CellsData) {
    const runs = data.runs;
    this.leavesCount = data.counts.length / PLACES;
    this.decisions = Float64Array.from(data.counts);
    this.counts = data.weights ? Float64Array.from(data.weights) : this.decisions;
    this.keys = Uint32Array.from(runs?.keys ?? []);
    this.runWeights = Float64Array.from(runs?.weights ?? runs?.counts ?? []);
    this.runCounts = runs?.weights ? Float64Array.from(runs.counts) : this.runWeights;
    this.values = Float64Array.from(runs?.values ?? []);
    this.runStarts = new Uint32Array(this.values.length + 1);
    for (let i = 0; i < this.values.length; i++) this.runStarts[i + 1] = this.runStarts[i]! + (runs?.sizes[i] ?? 0);
    this.costs = costsByLeaf(data, this.leavesCount);
  }

  get hasScores(): boolean {
    return this.values.length > 0;
  }

  // Whether some decision has both a label and a prediction, so that it is right or wrong.
  get hasConfusions(): boolean {
    for (let i = 0; i < this.decisions.length; i++) if ([TN, FP, FN, TP].includes(i % PLACES) && this.decisions[i]! > 0) return true;
    return false;
  }

  segmentIndex(name: string): number {
    return this.data.segments.findIndex((segment) => segment.segment === name);
  }

  groupOfLeaf(leaf: number, segment: number): number {
    return this.data.leaves[leaf * this.data.segments.length + segment]!;
  }

  // The leaves that a slice is made of. {} is all of them.
  leavesOf(slice: Slice): Int32Array {
    const key = JSON.stringify(slice);
    let found = this.leafSets.get(key);
    if (!found) {
      found = this.findLeaves(slice);
      this.leafSets.set(key, found);
    }
    return found;
  }

  private findLeaves(slice: Slice): Int32Array {
    const wanted = Object.entries(slice).map(([segment, group]) => {
      const index = this.segmentIndex(segment);
      return [index, this.data.segments[index]?.groups.indexOf(group) ?? -1] as const;
    });
    const leaves: number[] = [];
    for (let leaf = 0; leaf < this.leavesCount; leaf++)
      if (wanted.every(([segment, group]) => segment >= 0 && this.groupOfLeaf(leaf, segment) === group)) leaves.push(leaf);
    return Int32Array.from(leaves);
  }

  // Counts of all leaves with the threshold elsewhere. Decisions without a score stay as they were.
  move(thresholds: Thresholds): Float64Array {
    const moved = new Float64Array(this.counts.length);
    for (let i = 2; i < moved.length; i += 3) moved[i] = this.counts[i]!;
    for (let v = 0; v < this.values.length; v++) {
      const value = this.values[v]!;
      for (let run = this.runStarts[v]!; run < this.runStarts[v + 1]!; run++) {
        const key = this.keys[run]!;
        const leaf = key >>> 2;
        const threshold = typeof thresholds === "number" ? thresholds : thresholds[leaf]!;
        const place = leaf * PLACES + (key % LABELS_A_LEAF) * 3 + (value >= threshold ? 1 : 0);
        moved[place] = moved[place]! + this.runWeights[run]!;
      }
    }
    return moved;
  }

  sum(slice: Slice, counts: Float64Array = this.counts): Confusion {
    const total = new Float64Array(PLACES);
    for (const leaf of this.leavesOf(slice))
      for (let place = 0; place < PLACES; place++) total[place] = total[place]! + counts[leaf * PLACES + place]!;
    return total;
  }

  // What the labelled and predicted decisions of a slice cost together, with the line's costs or `given`
  // (TN, FP, FN, TP).
  cost(slice: Slice, counts: Float64Array = this.counts, given?: readonly number[]): number {
    let total = 0;
    for (const leaf of this.leavesOf(slice))
      [TN, FP, FN, TP].forEach((place, i) => {
        total += counts[leaf * PLACES + place]! * (given ? given[i]! : this.costs[leaf * 4 + i]!);
      });
    return total;
  }

  // The scores of a slice, ascending, with how many decisions have each by label.
  scores(slice: Slice): RunsAtScore[] {
    return this.scoresBy([slice])[0]!;
  }

  // The same for several slices that share no decision, in one pass over all of them.
  scoresBy(slices: readonly Slice[]): RunsAtScore[][] {
    const of = new Int32Array(this.leavesCount).fill(-1);
    slices.forEach((slice, i) => {
      for (const leaf of this.leavesOf(slice)) of[leaf] = i;
    });
    const out = slices.map((): RunsAtScore[] => []);
    const sums = new Float64Array(slices.length * SUMS);
    for (let v = 0; v < this.values.length; v++) {
      sums.fill(0);
      for (let run = this.runStarts[v]!; run < this.runStarts[v + 1]!; run++) this.addRun(run, of, sums);
      out.forEach((scores, i) => {
        const [negative, positive, unknown, decisions, squares] = sums.subarray(i * SUMS, (i + 1) * SUMS) as unknown as [number, number, number, number, number];
        if (negative + positive + unknown > 0) scores.push({ value: this.values[v]!, negative, positive, unknown, decisions, squares });
      });
    }
    return out;
  }

  // Adds a run to the sums of its slice: weights by label, then decisions and squares of the labelled ones.
  private addRun(run: number, of: Int32Array, sums: Float64Array): void {
    const key = this.keys[run]!;
    const at = of[key >>> 2]! * SUMS;
    if (at < 0) return;
    const label = key % LABELS_A_LEAF;
    sums[at + label] = sums[at + label]! + this.runWeights[run]!;
    if (label === 2) return;
    sums[at + 3] = sums[at + 3]! + this.runCounts[run]!;
    sums[at + 4] = sums[at + 4]! + this.runWeights[run]! ** 2 / this.runCounts[run]!;
  }

  // Groups of a segment with the decisions in each, as the program sorts them.
  groupsOf(segment: string): { slice: Slice; n: number }[] {
    const index = this.segmentIndex(segment);
    return (this.data.segments[index]?.groups ?? []).map((group) => {
      const slice = { [segment]: group };
      return { slice, n: this.sum(slice, this.decisions).reduce((a, b) => a + b, 0) };
    });
  }
}

function costsByLeaf(data: CellsData, leavesCount: number): Float64Array {
  const costs = new Float64Array(leavesCount * 4);
  const width = data.segments.length;
  const normal = data.costs?.default ?? [0, 1, 1, 0];
  for (let i = 0; i < costs.length; i++) costs[i] = normal[i % 4]!;
  for (const entry of data.costs?.slices ?? [])
    for (let leaf = 0; leaf < leavesCount; leaf++) {
      const holds = Object.entries(entry.slice).every(([segment, group]) => {
        const at = data.segments.findIndex((one) => one.segment === segment);
        return data.segments[at]?.groups[data.leaves[leaf * width + at]!] === group;
      });
      entry.costs.forEach((cost, i) => {
        if (holds && cost !== null) costs[leaf * 4 + i] = cost;
      });
    }
  return costs;
}
