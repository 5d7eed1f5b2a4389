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
  source: string;
  rows?: number;
  files?: number;
  size_bytes?: number;
  hash?: string | null;
  hashed?: string;
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

// A card: docs/reference/card.schema.json. What an audience is not to see is absent.

export type Audience = "public" | "auditor" | "regulator";

// A figure that is suppressed is null, with a status of its own; for the public it has no n.
export interface CardEstimate extends Omit<Estimate, "n" | "status"> {
  n?: number;
  status: Status | "suppressed";
}

export interface CardSlice extends Omit<MeasuredSlice, "n" | "measures"> {
  n: number | null;
  impact_ratios?: Record<string, number | null>;
  measures: Record<string, CardEstimate>;
}

export interface CardEvent {
  block: number;
  date: string;
  line_hash: string;
  data_hash?: string;
}

export interface SignOff extends CardEvent {
  role: string;
  name?: string;
  reason?: string;
  current: boolean;
}

export interface PastVerdict extends CardEvent {
  verdict: Verdict;
  allowed: boolean;
  version: string;
}

export type Definition = Partial<Omit<AboutMeasure, "name" | "better">> & { source?: string };

export interface Card {
  audience: Audience;
  feature: string;
  title: string;
  owner: string;
  date: string;
  distributed?: string;
  purpose: { intended: string; out_of_scope: string[]; limitations: string[] };
  verdict: { verdict: Verdict; allowed: boolean; but_for_card: Verdict; reasons: (Reason & { need?: string })[]; reasons_omitted?: number; block: number };
  risk: { declared: boolean; severity: string; reversibility: string; users: string; scale_per_year: number | null };
  data: DataPrint & { decisions: number; unlabelled: number | null; unpredicted: number | null; task: string; weighted: boolean; where: string; segments: string[] };
  findings: Finding[]; // for the public only limit, metric, comparator, threshold and state
  findings_omitted?: number;
  overall: { n: number; measures: Record<string, CardEstimate> };
  slices: CardSlice[];
  slices_omitted?: number;
  launch?: Gate["launch"];
  baselines?: Gate["baselines"];
  bias_audit: { state: State | "none"; limits: string[] };
  sign_offs: SignOff[];
  sign_offs_omitted: number;
  history?: PastVerdict[];
  history_omitted?: number;
  method: {
    measures: Record<string, Definition>;
    confidence?: number;
    smallest_slice?: number;
    smallest_share?: number;
    missing?: string;
    seed?: number;
    family_size?: number;
    version?: string;
    threshold?: number;
  };
  hashes: { line: string; data?: string | null; figures?: string; binary: string; ledger_block: number; ledger?: string; public_key: string };
  ledger_extract?: string[];
  verification?: string[];
}

export interface Report {
  gate: Gate;
  about_measures: AboutMeasure[];
  limits: { reference: string | null }[];
  cells: CellsData | null;
  cells_left_out?: number; // leaves, where there are too many for the file
}
