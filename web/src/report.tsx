// The report from top to bottom: the verdict, why, what to do about it, the evidence, the method.
import { useEffect, useMemo } from "preact/hooks";
import { Cells } from "./cells";
import { ByGroup } from "./by-group";
import { Classes } from "./confusion";
import { Curves, RightAndWrong } from "./curves";
import { Evals } from "./evals";
import { Explorer } from "./explorer";
import { FairnessSection } from "./fairness";
import { Limits } from "./limits-section";
import { Method, Quality } from "./method";
import type { Report } from "./model";
import { Top, unfoldForPaper } from "./parts";
import { count } from "./text";
import { Unproven } from "./unproven";
import { VerdictHead } from "./verdict";

// Nothing is cut silently.
function whatIsLeftOut(report: Report): string | null {
  return [cellsLeftOut(report), fairnessLeftOut(report)].filter((one) => one !== null).join(" ") || null;
}

function fairnessLeftOut(report: Report): string | null {
  if (report.fairness || !report.fairness_left_out) return null;
  return "Definitions of fairness are not in this file: every segment and crossing has more than a hundred groups.";
}

function cellsLeftOut(report: Report): string | null {
  if (report.cells_left_out !== undefined)
    return `Curves and thresholds are not in this file: segments cross in ${count(report.cells_left_out)} ways, which would make it too large. Name fewer segments to see them.`;
  const runs = report.cells?.runs;
  if (runs?.reduced_from !== undefined && runs.values.length === 0)
    return `Curves and thresholds are not in this file: ${count(runs.reduced_from)} scores of groups could not be put into few enough bins. Name fewer segments to see them.`;
  if (report.cells && !report.cells.decides && report.cells.runs) return "There are no thresholds to try: a column of the data says what was answered.";
  return null;
}

export function App({ report }: { report: Report }) {
  const { gate } = report;
  const measured = gate.data.source !== "";
  const suites = gate.evals ?? [];
  const cells = useMemo(() => (report.cells ? new Cells(report.cells) : null), [report]);
  const scored = cells?.hasScores ?? false;
  const fair = report.fairness?.groupings.some((one) => one.groups_compared > 1) ?? false;
  const confused = report.confusion !== undefined || (cells?.hasConfusions ?? false);
  const unproven = gate.findings.some((finding) => finding.state === "unproven");
  const parts: [string, string, boolean][] = [
    ["limits", "Limits", gate.findings.length > 0],
    ["evals", "Evals", suites.length > 0],
    ["groups", "By group", measured],
    ["fairness", "Fairness", fair],
    ["curves", "Scores", scored],
    ["confusion", "Right and wrong", confused],
    ["explorer", "Thresholds", scored && report.cells?.decides === true],
    ["unproven", "Unproven", unproven],
    ["quality", "Data", measured],
    ["method", "Method", true],
  ];
  useEffect(() => unfoldForPaper("#quality details, #method details"), []);
  const leftOut = whatIsLeftOut(report);
  const has = (id: string) => parts.some((part) => part[0] === id && part[2]);
  return (
    <>
      <a class="skip" href="#verdict">Skip to the verdict</a>
      <Top what="report" parts={parts.filter((part) => part[2]).map(([id, name]) => [id, name] as const)} />
      <main>
        <VerdictHead gate={gate} />
        {has("limits") && <Limits gate={gate} />}
        {has("evals") && <Evals suites={suites} />}
        {measured && <ByGroup report={report} />}
        {fair && <FairnessSection fairness={report.fairness!} leftOut={report.fairness_left_out ?? 0} />}
        {leftOut && <p class="note">{leftOut}</p>}
        {cells && scored && <Curves cells={cells} gate={gate} />}
        {report.confusion && <Classes confusion={report.confusion} ofClass={report.classes ?? []} />}
        {cells?.hasConfusions && <RightAndWrong cells={cells} gate={gate} />}
        {cells && has("explorer") && <Explorer report={report} cells={cells} />}
        {unproven && <Unproven gate={gate} />}
        {measured && <Quality report={report} />}
        <Method report={report} />
      </main>
      <footer>
        Plimsoll {gate.version}. This file holds all it shows and asks the network for nothing.
      </footer>
    </>
  );
}
