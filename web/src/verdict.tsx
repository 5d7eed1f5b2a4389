// The verdict in one sentence, why, and the launch by slice.
import { Mark, Name } from "./parts";
import type { Gate, LaunchSlice, Reason, State, Verdict } from "./model";
import { capital, count, limitsSentence, sentence, short, sliceName, VERDICT_STATE, VERDICT_WORDS } from "./text";

function Why({ reasons }: { reasons: readonly Reason[] }) {
  const state = (reason: Reason) => (reason.kind === "breach" ? "breach" : VERDICT_STATE[reason.verdict]);
  return (
    <ol class="why">
      {reasons.map((reason, i) => (
        <li key={i} class={state(reason)}>
          <Mark state={state(reason)} words="" />
          <p><bdi>{capital(sentence(reason.text, 900))}</bdi></p>
        </li>
      ))}
    </ol>
  );
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

const ORDER: readonly Verdict[] = ["ship", "ship_with_monitoring", "human_in_the_loop", "hold", "no_ship"];
const NAMES_IN_SENTENCE_MAX = 8;

// "Ship in de, en and es; hold in hi; do not ship in fr."
function launchSentence(slices: readonly LaunchSlice[]): string {
  const parts = ORDER.flatMap((verdict) => {
    const names = slices.filter((one) => one.verdict === verdict).map((one) => sliceName(one.slice, 24));
    if (names.length === 0) return [];
    const more = names.length - NAMES_IN_SENTENCE_MAX;
    const shown = more > 0 ? [...names.slice(0, NAMES_IN_SENTENCE_MAX), `${more} more`] : names;
    const words = VERDICT_WORDS[verdict];
    return [`${words.charAt(0).toLowerCase()}${words.slice(1)} in ${listed(shown)}`];
  });
  return `${capital(parts.join("; "))}.`;
}

function inOrder(slices: readonly LaunchSlice[]): LaunchSlice[] {
  return [...slices].sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || b.n - a.n);
}

function what(one: LaunchSlice): string {
  if (one.status === "missing") return "group unknown: listed, not launched";
  if (one.status === "too_small") return one.short_of > 0 ? `too small: ${count(one.short_of)} decisions short` : "too small to judge";
  if (one.verdict === "hold" && one.needed > 0) return `about ${count(one.needed)} more decisions would settle it`;
  const reason = one.reasons?.find((reason) => reason.kind === "clear") ?? one.reasons?.[0];
  return sentence(reason?.text ?? "", 240);
}

// On a card for the public it is brief: what may ship where.
function Launch({ gate, brief }: { gate: Gate; brief: boolean }) {
  const launch = gate.launch;
  if (!launch) return null;
  const order = inOrder(launch.slices);
  return (
    <div class="launch">
      <h2>Launch by {launch.by.join(" × ")}</h2>
      {launch.decides === "overall" && <p class="lead"><bdi>{launchSentence(order)}</bdi></p>}
      <div class="scroll" tabIndex={0} role="region" aria-label="Launch by slice">
        <table class="data stack">
          <thead><tr><th scope="col">{capital(launch.by.join(" × "))}</th><th scope="col">Verdict</th>{!brief && <><th scope="col" class="number">Decisions</th><th scope="col">Why</th></>}</tr></thead>
          <tbody>
            {order.map((one) => (
              <tr key={JSON.stringify(one.slice)}>
                <th scope="row"><Name slice={one.slice} /></th>
                <td data-label="Verdict"><Mark state={one.status === "judged" ? VERDICT_STATE[one.verdict] : "small"} words={VERDICT_WORDS[one.verdict]} /></td>
                {!brief && <td class="number" data-label="Decisions">{count(one.n)}</td>}
                {!brief && <td class="prose" data-label="Why"><bdi>{capital(what(one))}</bdi></td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

// Where the launch decides, it is the headline, and the verdict for all decisions comes after it.
function headline(gate: Gate, ofSlice: boolean): { text: string; before: string; state: State } {
  const launch = gate.launch;
  const state = VERDICT_STATE[gate.verdict];
  if (!launch || launch.decides === "overall" || ofSlice) return { text: `${VERDICT_WORDS[gate.verdict]}.`, before: "", state };
  const words = VERDICT_WORDS[gate.verdict];
  return {
    text: launchSentence(inOrder(launch.slices)),
    before: `All together: ${words.charAt(0).toLowerCase()}${words.slice(1)}. `,
    state: !gate.allowed ? state : launch.slices.every((one) => one.allowed) ? "clear" : "unproven",
  };
}

interface VerdictHeadProps {
  gate: Gate;
  eyebrow?: string; // what the page is, where it is no report
  summary?: string; // what is said after the limits
  brief?: boolean;
}

export function VerdictHead({ gate, eyebrow, summary, brief = false }: VerdictHeadProps) {
  const slice = gate.slice && Object.keys(gate.slice).length > 0 ? gate.slice : null;
  const { text, before, state } = headline(gate, slice !== null);
  return (
    <section id="verdict" class={`verdict ${state}`} aria-labelledby="verdict-title">
      <p class="eyebrow">{eyebrow && `${eyebrow} · `}<bdi>{short(gate.title || gate.feature, 120)}</bdi>{slice && <> · <Name slice={slice} /></>}</p>
      <h1 id="verdict-title" class={before ? "long" : ""}>
        <span class={`sign ${state}`} aria-hidden="true">{state === "clear" ? "●" : state === "breach" ? "✕" : "◐"}</span>
        <bdi>{text}</bdi>
      </h1>
      <p class="summary">
        {before}{gate.data.source === "" ? "Judged by its evals alone" : `${limitsSentence(gate.findings)} Measured on ${count(gate.overall.n)} decisions`}
        {gate.ledger ? `; on the record as block ${gate.ledger.block}.` : "; not on the record."}
        {summary && ` ${summary}`}
      </p>
      <Why reasons={gate.reasons} />
      <Launch gate={gate} brief={brief} />
    </section>
  );
}
