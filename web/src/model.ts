// The JSON that the program puts into the page: docs/reference/gate-json.md, and the cells of
// src/report/cells_json.h.

export type Slice = Readonly<Record<string, string>>;
export type Status = "ok" | "undefined" | "too_small";
export type State = "clear" | "unproven" | "breach";
export type Verdict = "ship" | "ship_with_monitoring" | "human_in_the_loop" | "hold" | "no_ship";

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  unbounded?: boolean;
  n: number;
  status: Status;
  reason?: string;
}

export interface Side {
  value: number | null;
  n: number;
}

export interface Case extends Estimate {
  state: State;
  slice: Slice;
  against: Slice | null;
  needed: number;
  p_value: number;
  here?: Side;
  there?: Side;
}

export interface Finding extends Case {
  limit: string;
  metric: string;
  comparator: string;
  threshold: number;
  baseline?: string;
  relative?: boolean;
  confidence: number;
  judge: "interval" | "point";
  judged: number;
  too_small: number;
  cases?: Case[];
  cases_omitted?: number; // the best ones, where there are too many for the file
  note?: { text: string };
}

export interface Reason {
  kind: "breach" | "unproven" | "small" | "missing" | "need" | "risk" | "clear";
  verdict: Verdict;
  text: string;
}

export interface MeasuredSlice {
  slice: Slice;
  n: number;
  unlabelled?: number;
  unpredicted?: number;
  too_small: boolean;
  aside?: "few" | "share" | "missing";
  measures: Record<string, Estimate>;
}

export interface LaunchSlice {
  slice: Slice;
  n: number;
  status: "judged" | "too_small" | "missing";
  verdict: Verdict;
  allowed: boolean;
  needed: number;
  short_of: number;
  reasons?: Reason[]; // a report has them, a card does not
}

export interface DataPrint {
  source: string; // empty where the line names no decisions
  rows?: number;
  files?: number;
  size_bytes?: number;
  hash?: string | null;
  hashed?: string;
}

// A suite of evals, judged on its newest complete run.
export interface Suite {
  suite: string;
  state: State;
  run: { id: string; cases: number; outputs: number; done: number; failed: number; cases_hash: string; results_hash: string };
  shortfalls: string[];
  findings: Finding[];
  overall: { n: number; measures: Record<string, Estimate> };
  slices: MeasuredSlice[];
}

export interface Gate {
  verdict: Verdict;
  allowed: boolean;
  feature: string;
  title: string;
  reasons: Reason[];
  findings: Finding[];
  overall: { n: number; measures: Record<string, Estimate> };
  slices: MeasuredSlice[];
  evals?: Suite[];
  launch?: { by: string[]; decides: string; judged: number; slices: LaunchSlice[] };
  slice?: Slice | null;
  unlabelled: number;
  unpredicted: number;
  family_size: number;
  confidence: number;
  smallest_slice: number;
  smallest_share: number;
  missing: string;
  seed: number;
  data: DataPrint;
  baselines?: (DataPrint & { name: string; decisions: number; pairing: string })[];
  line: { file: string; hash: string };
  version: string;
  ledger: { block: number; hash: string } | null;
}

export interface AboutMeasure {
  name: string;
  summary: string;
  formula: string;
  interval: string;
  better: "higher" | "lower" | "neither";
  figure: "percent" | "points" | "number";
}

export interface RunsData {
  column: string;
  reduced_from?: number;
  values: number[];
  sizes: number[];
  keys: number[];
  counts: number[];
  weights?: number[];
}

export interface CellsData {
  segments: { segment: string; groups: string[] }[];
  leaves: number[];
  counts: number[];
  weights?: number[];
  threshold: number;
  decides: boolean;
  costs?: { default: number[]; slices: { slice: Slice; costs: (number | null)[] }[] };
  runs?: RunsData;
}

export interface Gap extends Estimate {
  larger: Slice | null;
  smaller: Slice | null;
  measure?: string; // which of two measures decides
}

export type FairnessForm = "between" | "to_reference" | "to_overall";
export type GapPair = { difference?: Gap; ratio: Gap };

export interface Definition extends Record<FairnessForm, GapPair> {
  name: string;
  measures: string[];
  question: string;
  groups: { slice: Slice; difference?: Estimate; ratio: Estimate }[]; // each against the reference
}

export interface FairnessGrouping {
  by: string[];
  reference: Slice | null;
  reference_is: "named" | "largest";
  groups_compared: number;
  too_small: Slice[];
  definitions: Definition[];
  differential_fairness?: Estimate & { smoothed: number | null };
  generalized_entropy?: Estimate & { between_groups: number | null };
  theil_index?: Estimate & { between_groups: number | null };
  conflicts: {
    predictive_parity_and_error_rates: { state: string; text: string };
    demographic_parity_and_equalized_odds: { state: string; text: string };
  };
}

export interface Fairness {
  groupings: FairnessGrouping[];
  left_out: string[]; // definitions for which the data lack something
}

// Where classes exclude each other a matrix by label and prediction; else for each class a matrix of no and yes.
export type ClassCounts = number[][] | number[][][];

export interface ConfusionOfClasses {
  classes: string[];
  counts: ClassCounts;
  slices?: { slice: Slice; counts: ClassCounts }[];
}

export interface OfClass extends Estimate {
  class: string;
  measure: string; // "precision(CLASS)"
}

export interface QualityOfSource {
  rows: number;
  columns: { name: string; role: string; missing: number }[];
  columns_left_out: number;
  repeated_rows?: number; // absent: there are too many rows to count them
  id?: string;
  repeated_ids?: number;
}

export interface Provenance {
  line?: string; // its text
  binary_hash?: string;
  figures_hash?: string;
}

export interface Report {
  gate: Gate;
  about_measures: AboutMeasure[];
  limits: { reference: string | null }[];
  fairness?: Fairness;
  fairness_left_out?: number; // groupings with too many groups
  classes?: OfClass[];
  confusion?: ConfusionOfClasses;
  quality?: QualityOfSource;
  provenance: Provenance;
  cells: CellsData | null;
  cells_left_out?: number; // leaves, where there are too many for the file
}
