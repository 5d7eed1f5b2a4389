// The figures of a card: overall, by group in brief, and every measure in every group. Small counts of the
// public's card are suppressed, which is said in place of the figure.
import { useState } from "preact/hooks";
import type { Card, CardEstimate, CardSlice } from "./card-model";
import { Mark, Name, Section } from "./parts";
import { capital, count, figure, groupingName, interval, limitText, measureName, unitOf } from "./text";

function value(estimate: CardEstimate | undefined, measure: string): string {
  if (estimate === undefined) return "–";
  return estimate.status === "suppressed" ? "suppressed" : figure(estimate.value, unitOf(measure));
}

function note(estimate: CardEstimate): string {
  if (estimate.status === "too_small") return "too small to judge";
  return estimate.status === "undefined" ? `no data: ${estimate.reason ?? "undefined"}` : "";
}

function bounds(estimate: CardEstimate, measure: string): string {
  return estimate.low === null && estimate.high === null ? "" : interval(estimate, unitOf(measure));
}

export function Overall({ card }: { card: Card }) {
  const measures = Object.entries(card.overall.measures);
  const counted = measures.some(([, one]) => one.n !== undefined);
  return (
    <Section id="measures" title="Measures" lead={`Of ${count(card.overall.n)} decisions, all groups together.`}>
      <div class="scroll" tabIndex={0} role="region" aria-label="Measures overall">
        <table class="data">
          <thead><tr><th scope="col">Measure</th><th scope="col" class="number">Value</th><th scope="col" class="number">Interval</th>{counted && <th scope="col" class="number">n</th>}<th scope="col">Note</th></tr></thead>
          <tbody>
            {measures.map(([name, one]) => (
              <tr key={name}>
                <th scope="row">{capital(measureName(name))}</th>
                <td class="number">{value(one, name)}</td>
                <td class="number quiet">{bounds(one, name)}</td>
                {counted && <td class="number">{one.n === undefined ? "" : count(one.n)}</td>}
                <td class="quiet">{note(one)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  ); // prettier-ignore
}

export function BriefLimits({ card }: { card: Card }) {
  return (
    <Section id="limits" title="Limits" lead="What had to hold, set before the figures were known, and how it stands.">
      <div class="scroll" tabIndex={0} role="region" aria-label="Limits">
        <table class="data">
          <thead><tr><th scope="col">State</th><th scope="col">Limit</th></tr></thead>
          <tbody>{card.findings.map((one, i) => <tr key={i}><td><Mark state={one.state} /></td><th scope="row"><bdi>{limitText(one)}</bdi></th></tr>)}</tbody>
        </table>
      </div>
    </Section>
  ); // prettier-ignore
}

function bySegment(slices: readonly CardSlice[]): [string, CardSlice[]][] {
  const found = new Map<string, CardSlice[]>();
  for (const one of slices) {
    const key = JSON.stringify(Object.keys(one.slice));
    found.set(key, [...(found.get(key) ?? []), one]);
  }
  return [...found.entries()];
}

function Matrix({ slices, measures, brief }: { slices: readonly CardSlice[]; measures: readonly string[]; brief: boolean }) {
  const title = groupingName(slices[0]!.slice);
  return (
    <>
      <h3><bdi>{title}</bdi></h3>
      <div class="scroll" tabIndex={0} role="region" aria-label={`Measures by ${title}`}>
        <table class="data matrix-of">
          <thead><tr><th scope="col">Group</th><th scope="col" class="number">Decisions</th>{measures.map((name) => <th key={name} scope="col" class="number">{capital(measureName(name))}</th>)}</tr></thead>
          <tbody>
            {slices.map((one) => (
              <tr key={JSON.stringify(one.slice)} class={one.too_small ? "is-small" : ""}>
                <th scope="row"><Name slice={one.slice} /></th>
                <td class="number">{one.n === null ? "suppressed" : count(one.n)}</td>
                {measures.map((name) => {
                  const estimate = one.measures[name];
                  return (
                    <td key={name} class="number">
                      {value(estimate, name)}
                      {estimate && estimate.value !== null && !brief && <small class="quiet bounds">{bounds(estimate, name)}</small>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  ); // prettier-ignore
}

export function BriefGroups({ card }: { card: Card }) {
  const measures = Object.keys(card.overall.measures);
  return (
    <Section id="groups" title="By group" lead="Where a figure would be about few people, or would tell of few, it is suppressed.">
      {bySegment(card.slices).map(([key, slices]) => <Matrix key={key} slices={slices} measures={measures} brief />)}
      {(card.data.segments_left_out ?? []).map((name) => <p key={name} class="quiet"><bdi>{name}</bdi> divides another segment further, and is left out.</p>)}
    </Section>
  );
}

const CELLS_SHOWN_MAX = 800;

// On paper as well where there are not too many, since a card is filed.
export function EveryMeasure({ card }: { card: Card }) {
  const [open, setOpen] = useState(false);
  const measures = Object.keys(card.overall.measures);
  const matrices = () => bySegment(card.slices).map(([key, slices]) => <Matrix key={key} slices={slices} measures={measures} brief={false} />);
  if (measures.length * card.slices.length <= CELLS_SHOWN_MAX)
    return <Section id="every" title="Every measure in every group">{matrices()}</Section>;
  return (
    <details class="every" onToggle={(event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>Every measure in every group</summary>
      {open && matrices()}
    </details>
  );
}
