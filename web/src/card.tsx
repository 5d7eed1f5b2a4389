// The model card from top to bottom: the verdict, what it is for, how good for whom, and how to check it.
import { useEffect } from "preact/hooks";
import { ByGroup } from "./by-group";
import { BriefGroups, BriefLimits, EveryMeasure, Overall } from "./card-figures";
import { Limits } from "./limits-section";
import { Definitions, HowJudged } from "./method";
import type { Card } from "./card-model";
import type { AboutMeasure, Gate, Report } from "./model";
import { Facts, Mark, Name, Section, Top, unfoldForPaper } from "./parts";
import { count, figure, limitText, limitsSentence, measureName, capital, short, VERDICT_STATE, VERDICT_WORDS } from "./text";
import { VerdictHead } from "./verdict";
import "./card.css";

const AUDIENCES = { public: "for the public", auditor: "for auditors", regulator: "for the regulator" };

// A card in the shape of a gate's result, for the sections that both have. The verdict is the one that
// holds with a card; the public's card has no figures of findings, and those sections are not drawn.
function gateOf(card: Card): Gate {
  const { method } = card;
  return {
    verdict: card.verdict.but_for_card,
    allowed: card.verdict.allowed,
    feature: card.feature,
    title: card.title,
    reasons: card.verdict.reasons.filter((reason) => reason.need !== "card"),
    findings: card.findings,
    overall: card.overall as Gate["overall"],
    slices: card.slices as Gate["slices"],
    ...(card.launch ? { launch: card.launch } : {}),
    unlabelled: card.data.unlabelled ?? 0,
    unpredicted: card.data.unpredicted ?? 0,
    family_size: method.family_size ?? 0,
    confidence: method.confidence ?? 0,
    smallest_slice: method.smallest_slice ?? 0,
    smallest_share: method.smallest_share ?? 0,
    missing: method.missing ?? "",
    seed: method.seed ?? 0,
    data: card.data,
    line: { file: "", hash: card.hashes.line },
    version: method.version ?? "",
    ledger: { block: card.verdict.block, hash: "" },
  };
}

// A card is made before it can be current: its own verdict may be on the record as held for want of it.
function wanting(card: Card): string {
  const { verdict, but_for_card } = card.verdict;
  return verdict === but_for_card ? "" : `The record says “${VERDICT_WORDS[verdict].toLowerCase()}” only for want of this card.`;
}

function definitions(card: Card): AboutMeasure[] {
  return Object.entries(card.method.measures).map(([name, one]) => ({
    name, summary: one.summary ?? "", formula: one.formula ?? "", interval: one.interval ?? "", better: "neither", figure: "number",
  }));
}

function List({ items }: { items: readonly string[] }) {
  return <ul class="plain-list">{items.map((item, i) => <li key={i}><bdi>{item}</bdi></li>)}</ul>;
}

function Use({ card }: { card: Card }) {
  const { intended, out_of_scope, limitations } = card.purpose;
  return (
    <Section id="use" title="What it is for">
      <p class="intended"><bdi>{intended || "The line declares no intended use."}</bdi></p>
      <div class="pair">
        <div><h3>Not for</h3>{out_of_scope.length > 0 ? <List items={out_of_scope} /> : <p class="quiet">The line names nothing.</p>}</div>
        <div><h3>Limitations</h3>{limitations.length > 0 ? <List items={limitations} /> : <p class="quiet">The line declares none.</p>}</div>
      </div>
      <h3>Risk</h3>
      <Facts rows={[
        ["Harm of a wrong output", `${card.risk.severity}${card.risk.declared ? "" : " (taken, as the line declares no risk)"}`],
        ["It can be undone", { full: "fully", partial: "in part", none: "not at all" }[card.risk.reversibility] ?? card.risk.reversibility],
        ["Who it is used on", card.risk.users === "vulnerable" ? "people who are vulnerable" : "people in general"],
        ["Decisions a year", card.risk.scale_per_year === null ? null : count(card.risk.scale_per_year)],
        ["Owner", card.owner || "nobody is named"],
        ["In use since", card.distributed ?? null],
      ]} />
    </Section>
  ); // prettier-ignore
}

function impacts(card: Card): { measure: string; slice: Card["slices"][number]; ratio: number }[] {
  return card.slices.flatMap((slice) => Object.entries(slice.impact_ratios ?? {}).flatMap(([measure, ratio]) => (ratio === null ? [] : [{ measure, slice, ratio }])));
}

// A limit as the other sections say it; the audit names limits by the words of the line.
function inWords(card: Card, limit: string): string {
  const finding = card.findings.find((one) => one.limit === limit);
  return finding ? limitText(finding) : limit;
}

function BiasAudit({ card }: { card: Card }) {
  const { state, limits } = card.bias_audit;
  const rows = impacts(card);
  return (
    <Section id="audit" title="Bias audit">
      {state === "none"
        ? <p class="lead">The line sets no limit between groups: there was no bias audit.</p>
        : <p><Mark state={state} /> The limits between groups, as far as the worst of them:</p>}
      <List items={limits.map((limit) => inWords(card, limit))} />
      {rows.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Impact ratios">
          <table class="data">
            <thead><tr><th scope="col">Group</th><th scope="col">Of</th><th scope="col" class="number">Impact ratio</th></tr></thead>
            <tbody>{rows.map(({ measure, slice, ratio }, i) => <tr key={i}><th scope="row"><Name slice={slice.slice} /></th><td>{measureName(measure)}</td><td class="number">{ratio.toFixed(3)}</td></tr>)}</tbody>
          </table>
        </div>
      )}
    </Section>
  ); // prettier-ignore
}

function SignOffs({ card }: { card: Card }) {
  const named = card.sign_offs.some((one) => one.name !== undefined);
  return (
    <>
      <h3>Sign-offs</h3>
      {card.sign_offs.length === 0 ? <p class="quiet">None is on the record.</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Sign-offs">
          <table class="data stack">
            <thead><tr><th scope="col">Date</th><th scope="col">As</th>{named && <><th scope="col">By</th><th scope="col">Why</th></>}<th scope="col">Counts</th><th scope="col" class="number">Block</th></tr></thead>
            <tbody>
              {card.sign_offs.map((one) => (
                <tr key={one.block}>
                  <th scope="row" class="nowrap">{one.date}</th><td data-label="As">{one.role}</td>
                  {named && <><td data-label="By"><bdi>{one.name}</bdi></td><td class="prose" data-label="Why"><bdi>{one.reason}</bdi></td></>}
                  <td data-label="Counts"><Mark state={one.current ? "clear" : "unproven"} words={one.current ? "yes" : "expired: line or data have changed"} /></td>
                  <td class="number" data-label="Block">{one.block}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  ); // prettier-ignore
}

function History({ card }: { card: Card }) {
  const history = card.history;
  if (!history) return null;
  return (
    <>
      <h3>Verdicts so far</h3>
      {(card.history_omitted ?? 0) > 0 && <p class="quiet">{count(card.history_omitted!)} older ones are in the ledger.</p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Verdicts so far">
        <table class="data stack">
          <thead><tr><th scope="col">Date</th><th scope="col">Verdict</th><th scope="col">Allowed</th><th scope="col">Line</th><th scope="col">Data</th><th scope="col" class="number">Block</th></tr></thead>
          <tbody>
            {history.map((one) => (
              <tr key={one.block}>
                <th scope="row" class="nowrap">{one.date}</th>
                <td data-label="Verdict"><Mark state={VERDICT_STATE[one.verdict]} words={VERDICT_WORDS[one.verdict]} /></td>
                <td data-label="Allowed">{one.allowed ? "yes" : "no"}</td>
                <td data-label="Line"><code>{one.line_hash.slice(0, 12)}</code></td><td data-label="Data"><code>{(one.data_hash ?? "").slice(0, 12)}</code></td>
                <td class="number" data-label="Block">{one.block}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  ); // prettier-ignore
}

function BriefMethod({ card }: { card: Card }) {
  return (
    <>
      <dl class="facts">{Object.entries(card.method.measures).map(([name, one]) => <div key={name}><dt>{capital(measureName(name))}</dt><dd>{one.summary}</dd></div>)}</dl>
      <p class="quiet">Figures about fewer than 10 people are suppressed, and with them as many others that they cannot be worked out.</p>
    </>
  ); // prettier-ignore
}

function Method({ card }: { card: Card }) {
  const { method, data } = card;
  const whole = method.confidence !== undefined;
  return (
    <Section id="method" title="Data and method">
      <Facts rows={[
        ["Data", data.source],
        ["Decisions", count(data.decisions)],
        ["Without a label", data.unlabelled === null ? "suppressed" : count(data.unlabelled)],
        ["Without a score or prediction", data.unpredicted === null ? "suppressed" : count(data.unpredicted)],
        ["Rows that count", data.where || null],
        ["Segments", data.segments.join(", ") || "none"],
        ["Threshold", method.threshold === undefined ? null : String(method.threshold)],
        ["Confidence", method.confidence === undefined ? null : figure(method.confidence, "percent").replace(".0", "")],
        ["Too small to judge", method.smallest_slice === undefined ? null : `below ${count(method.smallest_slice)} decisions`],
        ["Seed", method.seed === undefined ? null : String(method.seed)],
        ["Program", method.version === undefined ? null : `plimsoll ${method.version}`],
      ]} />
      {whole ? <><HowJudged comparisons={method.family_size ?? 0} /><Definitions measures={definitions(card)} /></> : <BriefMethod card={card} />}
    </Section>
  ); // prettier-ignore
}

function Checking({ card }: { card: Card }) {
  const { hashes } = card;
  return (
    <Section id="checking" title="How to check this card" lead={<>This file is signed as a whole: <code>plimsoll ledger verify --card FILE</code> says whether it is as it was made, and on the record. Every hash is a BLAKE2b-256.</>}>
      <Facts rows={[
        ["Verdict", `block ${card.verdict.block}, of ${card.date}`],
        ["Line", hashes.line],
        ["Data", hashes.data ?? null],
        ["Figures", hashes.figures ?? null],
        ["Program", hashes.binary],
        ["Ledger", `block ${hashes.ledger_block}${hashes.ledger ? `, ${hashes.ledger}` : ""}`],
        ["Public key", hashes.public_key],
      ]} />
      {card.verification && <ol class="steps">{card.verification.map((step, i) => <li key={i}>{step}</li>)}</ol>}
      {card.ledger_extract && (
        <>
          <h3>From the ledger</h3>
          {card.ledger_extract.map((record, i) => <pre key={i} class="source record" tabIndex={0} role="region" aria-label={`Record ${i + 1}`}><bdi>{record}</bdi></pre>)}
        </>
      )}
    </Section>
  ); // prettier-ignore
}

function omitted(card: Card): string | null {
  const parts: string[] = [];
  if ((card.findings_omitted ?? 0) > 0) parts.push(`${count(card.findings_omitted!)} limits`);
  if ((card.slices_omitted ?? 0) > 0) parts.push(`${count(card.slices_omitted!)} groups`);
  return parts.length === 0 ? null : `${parts.join(" and ")} did not fit into the record, and are not on this card.`;
}

function Groups({ card, gate }: { card: Card; gate: Gate }) {
  if (card.slices.length === 0) return null;
  if (card.audience === "public") return <BriefGroups card={card} />;
  const report: Report = { gate, about_measures: definitions(card), limits: [], provenance: {}, cells: null };
  return <><ByGroup report={report} /><EveryMeasure card={card} /></>;
}

function PageLimits({ card, gate }: { card: Card; gate: Gate }) {
  if (card.findings.length === 0) return null;
  return card.audience === "public" ? <BriefLimits card={card} /> : <Limits gate={gate} />;
}

export function CardPage({ card }: { card: Card }) {
  const gate = gateOf(card);
  const leftOut = omitted(card);
  useEffect(() => unfoldForPaper("#method details"), []);
  const parts: [string, string, boolean][] = [
    ["use", "Use", true],
    ["limits", "Limits", card.findings.length > 0],
    ["audit", "Bias audit", true],
    ["measures", "Measures", true],
    ["groups", "By group", card.slices.length > 0],
    ["record", "Record", true],
    ["method", "Method", true],
    ["checking", "Check", true],
  ];
  return (
    <>
      <a class="skip" href="#verdict">Skip to the verdict</a>
      <Top what="card" parts={parts.filter((part) => part[2]).map(([id, name]) => [id, name] as const)} />
      <main class="card">
        <VerdictHead gate={gate} eyebrow={`Model card ${AUDIENCES[card.audience]}`} summary={wanting(card)} brief={card.audience === "public"} />
        <Use card={card} />
        <PageLimits card={card} gate={gate} />
        <BiasAudit card={card} />
        <Overall card={card} />
        <Groups card={card} gate={gate} />
        {leftOut && <p class="note">{leftOut}</p>}
        <Section id="record" title="On the record"><SignOffs card={card} /><History card={card} /></Section>
        <Method card={card} />
        <Checking card={card} />
      </main>
      <footer>{short(card.title || card.feature, 120)}, {limitsSentence(card.findings).toLowerCase()} Judged on {card.date}. This file asks the network for nothing.</footer>
    </>
  );
}
