// What the data do not settle, and how much more would.
import type { Case, Finding, Gate } from "./model";
import { Name } from "./parts";
import { count, figure, interval, limitText, unitOfLimit } from "./text";

const ROWS_MAX = 200;

interface Open {
  finding: Finding;
  one: Case;
}

function openCases(gate: Gate): Open[] {
  return gate.findings
    .flatMap((finding) => (finding.cases ?? [finding]).filter((one) => one.state === "unproven" && one.status !== "too_small").map((one) => ({ finding, one })))
    .sort((a, b) => (a.one.needed || Infinity) - (b.one.needed || Infinity));
}

function more({ one }: Open): string {
  if (one.status === "undefined") return one.reason ?? "no data";
  return one.needed > 0 ? `about ${count(one.needed)}` : "no number would, at this value";
}

export function Unproven({ gate }: { gate: Gate }) {
  const cases = openCases(gate);
  const most = Math.max(...cases.map(({ one }) => one.needed), 1);
  return (
    <section id="unproven" aria-labelledby="unproven-title">
      <h2 id="unproven-title">What is unproven</h2>
      <p class="lead">{count(cases.length)} {cases.length === 1 ? "case is" : "cases are"} neither clear nor crossed: the interval lies across the limit. More decisions narrow it; the numbers hold if the estimate stays as it is.</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Unproven cases">
        <table class="data stack">
          <thead><tr><th scope="col">Limit</th><th scope="col">Group</th><th scope="col" class="number">Value</th><th scope="col" class="number">Interval</th><th scope="col" class="number">n</th><th scope="col">More that would settle it</th></tr></thead>
          <tbody>
            {cases.slice(0, ROWS_MAX).map((open, i) => {
              const unit = unitOfLimit(open.finding);
              return (
                <tr key={i}>
                  <th scope="row" class="prose"><bdi>{limitText(open.finding, 90)}</bdi></th>
                  <td data-label="Group"><Name slice={open.one.slice} length={28} />{open.one.against !== null && Object.keys(open.one.against).length > 0 && <> against <Name slice={open.one.against} length={28} /></>}</td>
                  <td class="number" data-label="Value">{figure(open.one.value, unit)}</td>
                  <td class="number quiet" data-label="Interval">{interval(open.one, unit)}</td>
                  <td class="number" data-label="n">{count(open.one.n)}</td>
                  <td class="bar" data-label="To settle it">{more(open)}{open.one.needed > 0 && <span class="length" style={{ width: `${Math.max(1, (100 * Math.log1p(open.one.needed)) / Math.log1p(most))}%` }} aria-hidden="true" />}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {cases.length > ROWS_MAX && <p class="quiet">The first {ROWS_MAX}; the table of each limit has all.</p>}
    </section>
  );
}
