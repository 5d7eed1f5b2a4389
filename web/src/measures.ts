// Measures that follow from a confusion alone, so that a threshold moves them. The formulas are those
// of the program's table of measures; null is undefined.
import { FN, FP, TN, TP, type Cells, type Confusion } from "./cells";
import type { Slice } from "./model";

type Formula = (c: Confusion) => number | null;

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

const labelled: (c: Confusion) => number = (c) => c[TP]! + c[TN]! + c[FP]! + c[FN]!;

function selectionRate(c: Confusion): number | null {
  const positive = c[1]! + c[4]! + c[7]!;
  return share(positive, positive + c[0]! + c[3]! + c[6]!);
}

function baseRate(c: Confusion): number | null {
  const positive = c[3]! + c[4]! + c[5]!;
  return share(positive, positive + c[0]! + c[1]! + c[2]!);
}

function balancedAccuracy(c: Confusion): number | null {
  const yes = share(c[TP]!, c[TP]! + c[FN]!);
  const no = share(c[TN]!, c[TN]! + c[FP]!);
  return yes === null || no === null ? null : (yes + no) / 2;
}

function matthews(c: Confusion): number | null {
  const tp = c[TP]!, tn = c[TN]!, fp = c[FP]!, fn = c[FN]!;
  const product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return product > 0 ? (tp * tn - fp * fn) / Math.sqrt(product) : null;
}

const FORMULAS: Readonly<Record<string, Formula>> = {
  accuracy: (c) => share(c[TP]! + c[TN]!, labelled(c)),
  error_rate: (c) => share(c[FP]! + c[FN]!, labelled(c)),
  balanced_accuracy: balancedAccuracy,
  precision: (c) => share(c[TP]!, c[TP]! + c[FP]!),
  true_positive_rate: (c) => share(c[TP]!, c[TP]! + c[FN]!),
  true_negative_rate: (c) => share(c[TN]!, c[TN]! + c[FP]!),
  false_positive_rate: (c) => share(c[FP]!, c[TN]! + c[FP]!),
  false_negative_rate: (c) => share(c[FN]!, c[TP]! + c[FN]!),
  false_discovery_rate: (c) => share(c[FP]!, c[TP]! + c[FP]!),
  false_omission_rate: (c) => share(c[FN]!, c[TN]! + c[FN]!),
  negative_predictive_value: (c) => share(c[TN]!, c[TN]! + c[FN]!),
  f1: (c) => share(2 * c[TP]!, 2 * c[TP]! + c[FP]! + c[FN]!),
  matthews_corrcoef: matthews,
  selection_rate: selectionRate,
  base_rate: baseRate,
};

// Measures that a threshold does not move, whatever it is.
const UNMOVED = new Set([
  "roc_auc", "average_precision", "log_loss", "brier_score", "ks_separation", "calibration_error", "ecce",
  "multicalibration_error", "scoring_rate", "count", "share",
]); // prettier-ignore

export type Moves = "moves" | "stays" | "unknown";

// Whether a threshold moves a measure, and whether that can be computed here.
export function howItMoves(metric: string): Moves {
  if (metric in FORMULAS || metric === "expected_cost") return "moves";
  return UNMOVED.has(metric) || metric.includes("(") ? "stays" : "unknown";
}

export function measure(cells: Cells, metric: string, slice: Slice, counts?: Float64Array): number | null {
  const confusion = cells.sum(slice, counts);
  if (metric === "expected_cost") return share(cells.cost(slice, counts), labelled(confusion));
  return FORMULAS[metric]?.(confusion) ?? null;
}
