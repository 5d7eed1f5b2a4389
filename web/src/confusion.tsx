// Right and wrong in counts: of yes and no by group, and of many classes.
import { useMemo, useState } from "preact/hooks";
import { FN, FP, TN, TP, type Cells } from "./cells";
import type { Table } from "./copy";
import type { ClassCounts, ConfusionOfClasses, OfClass, Slice } from "./model";
import { Choice, CopyCsv, Name } from "./parts";
import { capital, count, figure, interval, short, sliceName } from "./text";

export interface NamedSlice {
  slice: Slice;
  name: string;
}

// Said yes and no, was yes and no, for each of the groups.
export function Matrices({ cells, groups }: { cells: Cells; groups: readonly NamedSlice[] }) {
  return (
    <div class="matrices">
      {groups.map((group) => {
        const c = cells.sum(group.slice);
        const all = c[TP]! + c[FP]! + c[FN]! + c[TN]!;
        const cell = (place: number, words: string, good: boolean) => (
          <td class={good ? "right" : "wrong"}>{count(c[place]!)} <span class="share">{figure(all > 0 ? c[place]! / all : null, "percent")}</span><small>{words}</small></td>
        );
        return (
          <table class="matrix" key={group.name}>
            <caption><bdi>{group.name}</bdi></caption>
            <thead><tr><td /><th scope="col">Said yes</th><th scope="col">Said no</th></tr></thead>
            <tbody>
              <tr><th scope="row">Was yes</th>{cell(TP, "found", true)}{cell(FN, "missed", false)}</tr>
              <tr><th scope="row">Was no</th>{cell(FP, "false alarm", false)}{cell(TN, "left alone", true)}</tr>
            </tbody>
          </table>
        );
      })}
    </div>
  );
}

const MATRIX_CLASSES_MAX = 16;
const LARGEST_MAX = 24;

// Classes exclude each other when a row holds numbers, and not matrices.
function isSingle(counts: ClassCounts): counts is number[][] {
  return counts.length > 0 && typeof counts[0]![0] === "number";
}

function rowSum(row: readonly number[]): number {
  return row.reduce((sum, n) => sum + n, 0);
}

function ClassMatrix({ classes, counts }: { classes: string[]; counts: number[][] }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Confusion matrix">
      <table class="map classes">
        <caption class="unseen">Labels by row, answers by column, with the share of the label</caption>
        <thead>
          <tr><td /><th scope="colgroup" colSpan={classes.length}>Answered</th></tr>
          <tr><th scope="col">Was</th>{classes.map((name) => <th key={name} scope="col"><Name slice={{ answer: name }} length={16} /></th>)}</tr>
        </thead>
        <tbody>
          {counts.map((row, i) => {
            const all = rowSum(row);
            return (
              <tr key={i}>
                <th scope="row"><Name slice={{ label: classes[i]! }} length={20} /></th>
                {row.map((n, j) => {
                  const depth = all > 0 ? Math.round((42 * n) / all) : 0;
                  const colour = i === j ? "--clear" : "--breach";
                  return <td key={j} style={{ background: `color-mix(in srgb, var(${colour}) ${depth}%, var(--paper))` }}>{count(n)}<small>{figure(all > 0 ? n / all : null, "percent")}</small></td>;
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface Mistake {
  label: string;
  answer: string;
  n: number;
  share: number;
}

function mistakes(classes: string[], counts: number[][]): Mistake[] {
  const found = counts.flatMap((row, i) => {
    const all = rowSum(row);
    return row.flatMap((n, j) => (i !== j && n > 0 ? [{ label: classes[i]!, answer: classes[j]!, n, share: n / all }] : []));
  });
  return found.sort((a, b) => b.n - a.n);
}

function Mistakes({ all }: { all: Mistake[] }) {
  if (all.length === 0) return <p>No class is taken for another.</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Most frequent confusions">
      <table class="data">
        <thead><tr><th scope="col">Was</th><th scope="col">Answered</th><th scope="col" class="number">n</th><th scope="col" class="number">Of the label</th></tr></thead>
        <tbody>
          {all.slice(0, LARGEST_MAX).map((one, i) => (
            <tr key={i}><th scope="row"><Name slice={{ label: one.label }} /></th><td><Name slice={{ answer: one.answer }} /></td><td class="number">{count(one.n)}</td><td class="number">{figure(one.share, "percent")}</td></tr>
          ))}
        </tbody>
      </table>
      {all.length > LARGEST_MAX && <p class="quiet">The {LARGEST_MAX} most frequent of {count(all.length)}; the CSV has all.</p>}
    </div>
  );
}

function csvOfCounts(classes: string[], counts: ClassCounts): Table {
  if (isSingle(counts)) return { columns: ["label", ...classes], rows: counts.map((row, i) => [classes[i]!, ...row]) };
  return { columns: ["class", "neither", "answered only", "labelled only", "both"], rows: counts.map((one, i) => [classes[i]!, one[0]![0]!, one[0]![1]!, one[1]![0]!, one[1]![1]!]) };
}

const OF_CLASS = ["base_rate", "selection_rate", "precision", "recall", "f1"];
const OF_CLASS_WORDS: Readonly<Record<string, string>> = { base_rate: "was it", selection_rate: "answered", precision: "precision", recall: "recall", f1: "F1" };

// Measures of each class by itself, as the program found them, with intervals.
function PerClass({ ofClass, total }: { ofClass: OfClass[]; total: number }) {
  const names = [...new Set(ofClass.map((one) => one.class))];
  const byKey = new Map(ofClass.map((one) => [`${one.measure.replace("(CLASS)", "")} ${one.class}`, one]));
  const kinds = OF_CLASS.filter((kind) => ofClass.some((one) => one.measure === `${kind}(CLASS)`));
  return (
    <>
      <h3>Class by class</h3>
      <div class="scroll" tabIndex={0} role="region" aria-label="Measures of each class">
        <table class="data per-class">
          <thead><tr><th scope="col">Class</th>{kinds.map((kind) => <th key={kind} scope="col" class="number">{capital(OF_CLASS_WORDS[kind]!)}</th>)}</tr></thead>
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row"><Name slice={{ class: name }} length={40} /></th>
                {kinds.map((kind) => {
                  const one = byKey.get(`${kind} ${name}`);
                  if (!one || one.value === null) return <td key={kind} class="number quiet">{one?.reason ?? "–"}</td>;
                  return <td key={kind} class="number">{figure(one.value, "percent")}<small class="quiet">{interval(one, "percent")}, n {count(one.n)}</small></td>;
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {total > names.length && <p class="quiet">The first {count(names.length)} of {count(total)} classes; name one in a limit, as in <code>recall(CLASS)</code>, to measure it.</p>}
    </>
  );
}

const OVERALL = "{}";

export function Classes({ confusion, ofClass }: { confusion: ConfusionOfClasses; ofClass: OfClass[] }) {
  const [chosen, setChosen] = useState(OVERALL);
  const { classes } = confusion;
  const counts = confusion.slices?.find((one) => JSON.stringify(one.slice) === chosen)?.counts ?? confusion.counts;
  const single = isSingle(counts);
  const all = useMemo(() => (single ? mistakes(classes, counts) : []), [counts]);
  const options = [{ value: OVERALL, text: "all decisions" }, ...(confusion.slices ?? []).map(({ slice }) => ({ value: JSON.stringify(slice), text: short(sliceName(slice, 30), 60) }))];
  const table = csvOfCounts(classes, counts);
  return (
    <section id="confusion" aria-labelledby="confusion-title">
      <h2 id="confusion-title">Right and wrong</h2>
      <p class="lead">{single ? "How often each class was answered, and how often it was taken for another. Shares are of the label’s decisions." : "How often each class was labelled, answered, or both."}</p>
      <div class="controls">
        {options.length > 1 && <Choice label="Of" value={chosen} onChange={setChosen} options={options} />}
        <CopyCsv table={table} />
      </div>
      {single && classes.length <= MATRIX_CLASSES_MAX && <ClassMatrix classes={classes} counts={counts} />}
      {single && classes.length > 2 && <><h3>Most frequent confusions</h3><Mistakes all={all} /></>}
      {!single && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Counts of each class">
          <table class="data">
            <thead><tr>{["Class", "Labelled and answered", "Labelled only", "Answered only", "Neither"].map((name, i) => <th key={name} scope="col" class={i > 0 ? "number" : ""}>{name}</th>)}</tr></thead>
            <tbody>
              {(counts as number[][][]).slice(0, 200).map((one, i) => (
                <tr key={i}><th scope="row"><Name slice={{ class: classes[i]! }} /></th><td class="number">{count(one[1]![1]!)}</td><td class="number">{count(one[1]![0]!)}</td><td class="number">{count(one[0]![1]!)}</td><td class="number">{count(one[0]![0]!)}</td></tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {ofClass.length > 0 && <PerClass ofClass={ofClass} total={classes.length} />}
    </section>
  );
}
