// The definitions of fairness side by side, and which of them cannot hold together here.
import { useState } from "preact/hooks";
import type { Table } from "./copy";
import type { Definition, Estimate, Fairness, FairnessForm, FairnessGrouping, Gap } from "./model";
import { Choice, Figure, Name } from "./parts";
import { dots, letters } from "./plots";
import { capital, caseName, count, figure, groupingName, interval, measureName, sentence, short, sliceName, unitOf, type Unit } from "./text";

function unitOfDifference(definition: Definition): Unit {
  return definition.measures.every((name) => unitOf(name) === "percent" || name === "average_odds") ? "points" : "number";
}

function formOptions(grouping: FairnessGrouping): { value: FairnessForm; text: string }[] {
  const reference = grouping.reference === null ? "the reference group" : sliceName(grouping.reference, 24);
  return [
    { value: "between", text: "the two groups furthest apart" },
    { value: "to_reference", text: `against ${reference}` },
    { value: "to_overall", text: "against all decisions" },
  ];
}

function who(gap: Gap): string {
  return gap.larger === null || gap.smaller === null ? "" : caseName({ slice: gap.larger, against: gap.smaller }, 60);
}

function Value({ estimate, unit }: { estimate: Estimate | undefined; unit: Unit }) {
  if (!estimate) return <span class="quiet">–</span>;
  if (estimate.value === null) return <span class="quiet">{estimate.reason ?? "undefined"}</span>;
  return <>{figure(estimate.value, unit)} <span class="quiet">[{interval(estimate, unit)}]</span></>;
}

function gapsTable(definitions: Definition[], form: FairnessForm): Table {
  return {
    columns: ["definition", "question", "difference", "low", "high", "ratio", "ratio low", "ratio high", "larger", "smaller"],
    rows: definitions.map((one) => {
      const { difference, ratio } = one[form];
      return [
        one.name, one.question, difference?.value ?? null, difference?.low ?? null, difference?.high ?? null, ratio.value, ratio.low, ratio.high,
        ratio.larger === null ? "" : sliceName(ratio.larger), ratio.smaller === null ? "" : sliceName(ratio.smaller),
      ];
    }),
  }; // prettier-ignore
}

function Definitions({ definitions, form }: { definitions: Definition[]; form: FairnessForm }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Definitions of fairness">
      <table class="data stack" data-fairness={form}>
        <thead><tr><th scope="col">Definition</th><th scope="col" class="number">Difference</th><th scope="col" class="number">Ratio</th><th scope="col">Between</th></tr></thead>
        <tbody>
          {definitions.map((one) => {
            const { difference, ratio } = one[form];
            return (
              <tr key={one.name} data-definition={one.name}>
                <th scope="row" class="prose">{capital(measureName(one.name))}<small>{one.question}</small></th>
                <td class="number" data-label="Difference"><Value estimate={difference} unit={unitOfDifference(one)} /></td>
                <td class="number" data-label="Ratio"><Value estimate={ratio} unit="times" /></td>
                <td data-label="Between"><bdi>{who(difference ?? ratio)}</bdi></td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

// Every group against the reference, by one definition.
function AgainstReference({ grouping }: { grouping: FairnessGrouping }) {
  const usable = grouping.definitions.filter((one) => one.groups.length > 0);
  const [name, setName] = useState(usable[0]?.name ?? "");
  const definition = usable.find((one) => one.name === name) ?? usable[0];
  if (!definition || grouping.reference === null) return null;
  const rows = definition.groups.slice(0, 40);
  const table: Table = {
    columns: ["group", "difference", "low", "high", "ratio", "ratio low", "ratio high", "n"],
    rows: definition.groups.map((one) => [sliceName(one.slice), one.difference?.value ?? null, one.difference?.low ?? null, one.difference?.high ?? null, one.ratio.value, one.ratio.low, one.ratio.high, one.ratio.n]),
  };
  const unit = definition.groups.some((one) => one.difference) ? unitOfDifference(definition) : "times";
  const estimate = (one: Definition["groups"][number]) => one.difference ?? one.ratio;
  const drawn = rows.filter((one) => estimate(one).value !== null);
  return (
    <div>
      <h3>Each group against <Name slice={grouping.reference} /></h3>
      <div class="controls"><Choice label="Definition" value={definition.name} onChange={setName} options={usable.map((one) => ({ value: one.name, text: capital(measureName(one.name)) }))} /></div>
      {drawn.length > 0 && (
        <Figure
          label={`${measureName(definition.name)}: each group against the reference, with intervals`} of={[definition]} table={table}
          draw={(width) => dots({
            rows: drawn.map((one, i) => ({
              key: String(i), name: sliceName(one.slice, letters(width)), value: estimate(one).value!, low: estimate(one).low, high: estimate(one).high,
              n: count(estimate(one).n), colour: "var(--accent)", symbol: "circle",
            })),
            unit, width, axis: unit === "times" ? `${capital(measureName(definition.measures[0]!))}, times that of the reference` : `${capital(measureName(definition.name))}, difference from the reference${unit === "points" ? " in points" : ""}`,
            zero: unit !== "times",
            reference: unit === "times" ? { value: 1, text: "the same" } : { value: 0, text: "no difference" },
          })}
        />
      )}
      {definition.groups.length > rows.length && <p class="quiet">The first {rows.length} of {count(definition.groups.length)} groups; the CSV has all.</p>}
    </div>
  ); // prettier-ignore
}

function Whole({ grouping }: { grouping: FairnessGrouping }) {
  const { differential_fairness: epsilon, generalized_entropy: entropy, theil_index: theil } = grouping;
  const row = (name: string, what: string, estimate: Estimate | undefined, between?: number | null) =>
    estimate && (
      <div key={name}><dt>{name}</dt><dd>
        <Value estimate={estimate} unit="number" />{typeof between === "number" && <span class="quiet">, of which {between.toFixed(4)} between these groups</span>}<small class="quiet">{what}</small>
      </dd></div>
    );
  if (!epsilon && !entropy && !theil) return null;
  return (
    <dl class="facts">
      {row("Differential fairness", "ε: the largest |ln| of the ratio of two groups’ chances of the same answer; 0 is none.", epsilon)}
      {row("Generalised entropy", "How unevenly benefits fall on people; 0 is evenly.", entropy, entropy?.between_groups)}
      {row("Theil index", "The same, weighing those who get little less.", theil, theil?.between_groups)}
    </dl>
  ); // prettier-ignore
}

function nameOf(grouping: FairnessGrouping): string {
  return groupingName(Object.fromEntries(grouping.by.map((one) => [one, ""])));
}

export function FairnessSection({ fairness, leftOut }: { fairness: Fairness; leftOut: number }) {
  const groupings = fairness.groupings.filter((one) => one.groups_compared > 1);
  const [by, setBy] = useState(groupings[0] ? nameOf(groupings[0]) : "");
  const [form, setForm] = useState<FairnessForm>("between");
  const grouping = groupings.find((one) => nameOf(one) === by) ?? groupings[0];
  if (!grouping) return null;
  const { predictive_parity_and_error_rates: errors, demographic_parity_and_equalized_odds: selection } = grouping.conflicts;
  return (
    <section id="fairness" aria-labelledby="fairness-title">
      <h2 id="fairness-title">Fairness</h2>
      <p class="lead">There is no one definition. Each asks another question of the same decisions; which one counts is for people to say, and the line says it in its limits. Intervals hold for all groups at once.</p>
      <div class="controls">
        <Choice label="By" value={nameOf(grouping)} onChange={setBy} options={groupings.map((one) => ({ value: nameOf(one), text: nameOf(one) }))} />
        <Choice label="Compared" value={form} onChange={setForm} options={formOptions(grouping)} />
      </div>
      <h3>By <bdi>{nameOf(grouping)}</bdi>: {formOptions(grouping).find((one) => one.value === form)!.text}</h3>
      <Definitions definitions={grouping.definitions} form={form} />
      <FigureOfGaps definitions={grouping.definitions} form={form} />
      <AgainstReference grouping={grouping} />
      <h3>What cannot hold together</h3>
      {[errors, selection].filter((one) => one.text !== "").map((one, i) => <p key={i}><bdi>{sentence(one.text)}</bdi></p>)}
      <Whole grouping={grouping} />
      {grouping.too_small.length > 0 && <p class="quiet">Listed, not compared: {grouping.too_small.slice(0, 12).map((slice, i) => <span key={i}>{i > 0 && ", "}<Name slice={slice} length={28} /></span>)}{grouping.too_small.length > 12 && ` and ${count(grouping.too_small.length - 12)} more`}.</p>}
      {fairness.left_out.length > 0 && <p class="quiet">Not measured, for the data have no labels or no scores: {fairness.left_out.map(measureName).join(", ")}.</p>}
      {leftOut > 0 && <p class="quiet">{count(leftOut)} {leftOut === 1 ? "crossing has" : "crossings have"} more than a hundred groups and {leftOut === 1 ? "is" : "are"} not compared here.</p>}
    </section>
  ); // prettier-ignore
}

// All differences of rates on one axis, the largest on top.
function FigureOfGaps({ definitions, form }: { definitions: Definition[]; form: FairnessForm }) {
  const rates = definitions.filter((one) => one[form].difference?.value != null && unitOfDifference(one) === "points");
  const order = [...rates].sort((a, b) => b[form].difference!.value! - a[form].difference!.value!);
  if (order.length === 0) return null;
  return (
    <Figure
      label="Differences by every definition of fairness, with intervals" of={[definitions, form]} table={gapsTable(definitions, form)}
      draw={(width) => dots({
        rows: order.map((one, i) => {
          const gap = one[form].difference!;
          return { key: String(i), name: short(capital(measureName(one.name)), letters(width)), value: gap.value!, low: gap.low, high: gap.high, n: count(gap.n), colour: "var(--accent)", symbol: "circle" as const };
        }),
        unit: "points", width, axis: "Difference in points", zero: true,
      })}
    />
  ); // prettier-ignore
}
