// How well the score tells apart, how far it can be believed, and how it is spread: overall or by group.
import { useMemo, useState } from "preact/hooks";
import type { Cells } from "./cells";
import { Matrices, type NamedSlice } from "./confusion";
import type { Gate } from "./model";
import { Choice, Figure } from "./parts";
import { calibration, distribution, groupColour, precisionRecall, roc } from "./plots";
import { bins, curve, histogram, thin } from "./rates";
import { count, short, sliceName } from "./text";

const GROUPS_MAX = 6;
const CURVE_POINTS_MAX = 400;
const NONE = "(none)";

interface Group extends NamedSlice {
  index: number;
}

function groupsOf(cells: Cells, gate: Gate, segment: string): { groups: Group[]; left: number } {
  if (segment === NONE) return { groups: [{ slice: {}, name: "overall", index: 0 }], left: 0 };
  const all = cells.groupsOf(segment).map((one, index) => ({ ...one, index, name: sliceName(one.slice, 24) }));
  const large = all.filter((one) => one.n >= gate.smallest_slice);
  const kept = [...large].sort((a, b) => b.n - a.n).slice(0, GROUPS_MAX).sort((a, b) => a.index - b.index);
  return { groups: kept, left: all.length - kept.length };
}

function segmentOptions(segments: readonly string[]): { value: string; text: string }[] {
  return [...segments.map((value) => ({ value, text: short(value, 40) })), { value: NONE, text: "all together" }];
}

function Legend({ groups }: { groups: readonly Group[] }) {
  return (
    <ul class="legend">
      {groups.map((group) => <li key={group.name}><span class="swatch" style={{ background: groupColour(group.index) }} aria-hidden="true" /><bdi>{group.name}</bdi></li>)}
    </ul>
  );
}

export function Curves({ cells, gate }: { cells: Cells; gate: Gate }) {
  const segments = cells.data.segments.map((one) => one.segment);
  const [segment, setSegment] = useState(segments[0] ?? NONE);
  const { groups, left } = useMemo(() => groupsOf(cells, gate, segment), [cells, gate, segment]);
  const scored = useMemo(() => {
    const scores = cells.scoresBy(groups.map((group) => group.slice));
    return groups.map((group, i) => ({ ...group, scores: scores[i]! }));
  }, [cells, groups]);
  const threshold = cells.data.decides ? cells.data.threshold : null;
  const values = useMemo(() => Array.from(cells.values), [cells]);
  const column = short(cells.data.runs?.column ?? "score", 40);
  const probabilities = (values[0] ?? 0) >= 0 && (values[values.length - 1] ?? 1) <= 1;

  const curves = useMemo(() => scored.map((group) => {
    const points = curve(group.scores);
    return { name: group.name, index: group.index, points: thin(points, CURVE_POINTS_MAX), at: threshold === null ? null : (points.filter((point) => point.threshold >= threshold).pop() ?? null) };
  }), [scored, threshold]); // prettier-ignore
  const reliable = useMemo(() => scored.map((group) => ({ name: group.name, index: group.index, bins: bins(group.scores) })), [scored]);
  const bars = useMemo(() => scored.map((group) => ({ ...group, bars: histogram(group.scores, values) })), [scored, values]);
  const labelled = curves.some((one) => one.points.length > 0);
  const highest = Math.max(...bars.flatMap((group) => group.bars.flatMap((bar) => (labelled ? [bar.positive, bar.negative] : [bar.all]))), 0.01);
  const domain: [number, number] = [Math.min(...bars.flatMap((group) => group.bars.map((bar) => bar.from))), Math.max(...bars.flatMap((group) => group.bars.map((bar) => bar.to)))];
  const curveTable = {
    columns: ["group", "threshold", "false positive rate", "true positive rate", "precision"],
    rows: curves.flatMap((one) => one.points.map((point) => [one.name, Number.isFinite(point.threshold) ? point.threshold : "nobody", point.falsePositiveRate, point.truePositiveRate, point.precision])),
  };
  return (
    <section id="curves" aria-labelledby="curves-title">
      <h2 id="curves-title">Scores</h2>
      <p class="lead">{labelled ? <>How well <bdi>{column}</bdi> tells yes from no, how far it can be believed, and how it is spread</> : <>How <bdi>{column}</bdi> is spread</>}{threshold === null ? "." : <>. Dots mark the threshold of {threshold}.</>}</p>
      <div class="controls">
        <Choice label="By" value={segment} onChange={setSegment} options={segmentOptions(segments)} />
      </div>
      {segment !== NONE && <h3>By <bdi>{short(segment, 40)}</bdi></h3>}
      <Legend groups={groups} />
      {left > 0 && <p class="quiet">{count(left)} more {left === 1 ? "group is" : "groups are"} not drawn, those with the fewest decisions; the table by group has all.</p>}
      {cells.data.runs?.reduced_from !== undefined && <p class="note">{count(cells.data.runs.reduced_from)} different scores were put into {count(cells.values.length)} bins, so that this file stays small. Counts at the edges of bins are exact.</p>}
      {labelled && (
        <div class="pair">
          <div><h3>Found against false alarms</h3><Figure label="ROC curve by group" of={[curves]} width={420} table={curveTable} draw={(width) => roc(width, curves)} /></div>
          <div><h3>Precision against recall</h3><Figure label="Precision and recall by group" of={[curves]} width={420} table={curveTable} draw={(width) => precisionRecall(width, curves)} /></div>
        </div>
      )}
      {labelled && (
        <>
          <h3>{probabilities ? "Calibration" : "What a score has meant"}</h3>
          <p class="lead">{probabilities ? "On the dashed diagonal a score of 30 % came true 3 times in 10." : "How often it came true at each score, with 95 % intervals. Groups apart: the same score does not mean the same for all."} At most ten bins of about equal size; the larger the dot, the more decisions.</p>
          <Figure
            label="How often it came true by score and group" of={[reliable]} width={760} draw={(width) => calibration(width, reliable, probabilities, column)}
            table={{ columns: ["group", "mean score", "came true", "low", "high", "n"], rows: reliable.flatMap((one) => one.bins.map((bin) => [one.name, bin.score, bin.rate, bin.low, bin.high, bin.n])) }}
          />
        </>
      )}
      <h3>How scores are spread</h3>
      {labelled
        ? <p class="lead"><span class="key yes" aria-hidden="true" /> upwards: those that came true. <span class="key no" aria-hidden="true" /> downwards: those that did not. Each as a share of its own.</p>
        : <p class="lead">Shares of the decisions of each group. None has a label, so that nothing here says what came true.</p>}
      <div class="multiples">
        {bars.map((group) => (
          <div key={group.name}>
            <h4><bdi>{group.name}</bdi></h4>
            <Figure
              label={`Spread of scores, ${group.name}`} of={[group.bars, highest]} width={360}
              draw={(width) => distribution(width, group.bars, { labelled, threshold, highest, axis: column, domain })}
              table={{ columns: ["from", "to", "share of those that came true", "share of those that did not", "share of all"], rows: group.bars.map((bar) => [bar.from, bar.to, bar.positive, bar.negative, bar.all]) }}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

// Right and wrong by group, whether there are scores or not.
export function RightAndWrong({ cells, gate }: { cells: Cells; gate: Gate }) {
  const segments = cells.data.segments.map((one) => one.segment);
  const [segment, setSegment] = useState(segments[0] ?? NONE);
  const { groups, left } = useMemo(() => groupsOf(cells, gate, segment), [cells, gate, segment]);
  const shown = segment === NONE ? groups : [{ slice: {}, name: "overall", index: 0 }, ...groups];
  return (
    <section id="confusion" aria-labelledby="confusion-title">
      <h2 id="confusion-title">Right and wrong</h2>
      <p class="lead">What was said, and what turned out to be true{cells.data.decides ? <>, at the threshold of {cells.data.threshold}</> : ""}{cells.data.weights ? "; sums of sampling weights" : ""}.</p>
      <div class="controls">
        <Choice label="By" value={segment} onChange={setSegment} options={segmentOptions(segments)} />
      </div>
      {segment !== NONE && <h3>By <bdi>{short(segment, 40)}</bdi></h3>}
      <Matrices cells={cells} groups={shown} />
      {left > 0 && <p class="quiet">{count(left)} more {left === 1 ? "group is" : "groups are"} not shown, those with the fewest decisions; the table by group has all.</p>}
    </section>
  );
}
