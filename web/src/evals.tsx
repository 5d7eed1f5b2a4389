// Suites of evals that decide with the limits: what was run, what it must hold, and every scorer by slice.
import { Limit, worstFirst } from "./limits-section";
import type { Estimate, MeasuredSlice, Suite } from "./model";
import { Facts, Mark, Name, Section } from "./parts";
import { capital, count, figure, interval, measureName, sentence, statusWords, unitOf } from "./text";

const SLICES_SHOWN_MAX = 100;

function Value({ estimate, metric }: { estimate: Estimate | undefined; metric: string }) {
  if (!estimate) return <>–</>;
  if (estimate.value === null) return <small class="quiet">{statusWords("undefined", estimate.reason)}</small>;
  const bounded = estimate.low !== null || estimate.high !== null;
  return <>{figure(estimate.value, unitOf(metric))} <small class="quiet">{bounded ? `[${interval(estimate, unitOf(metric))}]` : "no interval"}</small></>;
}

function BySlice({ suite }: { suite: Suite }) {
  const metrics = Object.keys(suite.overall.measures);
  const rows: MeasuredSlice[] = [{ slice: {}, n: suite.overall.n, too_small: false, measures: suite.overall.measures }, ...suite.slices.slice(0, SLICES_SHOWN_MAX)];
  const left = suite.slices.length - SLICES_SHOWN_MAX;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={`${suite.suite}: measures by slice`}>
        <table class="data">
          <caption class="unseen">{suite.suite}: measures by slice</caption>
          <thead><tr><th scope="col">Slice</th><th scope="col" class="number">Outputs</th>{metrics.map((metric) => <th key={metric} scope="col" class="number">{capital(measureName(metric))}</th>)}</tr></thead>
          <tbody>
            {rows.map((one) => (
              <tr key={JSON.stringify(one.slice)}>
                <th scope="row"><Name slice={one.slice} />{one.too_small && <> <Mark state="small" /></>}</th>
                <td class="number">{count(one.n)}</td>
                {metrics.map((metric) => <td key={metric} class="number"><Value estimate={one.measures[metric]} metric={metric} /></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {left > 0 && <p class="quiet">{count(left)} more slices are in <code>plimsoll gate --json</code>.</p>}
    </>
  ); // prettier-ignore
}

function OneSuite({ suite }: { suite: Suite }) {
  const { run } = suite;
  return (
    <article class="suite">
      <h3><Mark state={suite.state} /> <bdi>{suite.suite}</bdi></h3>
      <Facts rows={[
        ["Cases", count(run.cases)],
        ["Outputs", `${count(run.done)} of ${count(run.outputs)} came${run.failed > 0 ? `; ${count(run.failed)} failed` : ""}`],
        ["Run", run.id],
        ["Hash of the cases", run.cases_hash],
        ["Hash of the results", run.results_hash],
      ]} />
      {suite.shortfalls.map((text) => <p key={text} class="note"><bdi>{sentence(text)}</bdi></p>)}
      {worstFirst(suite.findings).map((finding, i) => <Limit key={i} finding={finding} />)}
      <BySlice suite={suite} />
    </article>
  ); // prettier-ignore
}

export function Evals({ suites }: { suites: readonly Suite[] }) {
  return (
    <Section id="evals" title="Evals" lead="Each suite of cases has a verdict of its own, by the same rules as the limits; its newest complete run counts.">
      {suites.map((suite) => <OneSuite key={suite.suite} suite={suite} />)}
    </Section>
  );
}
