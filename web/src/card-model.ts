// A card: docs/reference/card.schema.json. What an audience is not to see is absent.
import type { DataPrint, Estimate, Finding, Gate, MeasuredSlice, Reason, State, Status, Verdict } from "./model";
import type { Unit } from "./text";

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

export interface MeasureDefinition {
  summary?: string;
  formula?: string;
  interval?: string;
  source?: string;
}

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
  data: DataPrint & { decisions: number; unlabelled: number | null; unpredicted: number | null; task: string; weighted: boolean; where: string; segments: string[]; segments_left_out?: string[] };
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
    measures: Record<string, MeasureDefinition>;
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

// What the page holds: the card, and as what each of its measures is shown.
export interface CardIsland {
  card: Card;
  figures: { name: string; figure: Unit }[];
}
