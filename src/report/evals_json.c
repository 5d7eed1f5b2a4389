/* Suites of evals as JSON. The schema stands in docs/reference/eval.schema.json. */
#include "report/evals.h"
#include "report/values.h"

#define CASES_MAX 1000

static const char *const RUN_STATES[] = {
    [PL_RUN_RUNNING] = "running", [PL_RUN_STOPPED] = "stopped", [PL_RUN_COMPLETE] = "complete"};

static void write_corpus(struct pl_json *json, const struct pl_corpus_figure *corpus)
{
    if (corpus->signature.len > 0)
        pl_json_member_str(json, "signature", corpus->signature);
    if (!corpus->given)
        return;
    pl_json_key(json, "corpus");
    pl_json_open_object(json);
    pl_json_member_double(json, "value", corpus->value);
    pl_json_member_double(json, "low", corpus->low);
    pl_json_member_double(json, "high", corpus->high);
    pl_json_close_object(json);
}

static void write_scorers(struct pl_json *json, const struct pl_suite_judged *judged)
{
    pl_json_key(json, "scorers");
    pl_json_open_array(json);
    for (size_t i = 0; i < judged->run->scorers_count; i++) {
        const struct pl_run_scorer *scorer = &judged->run->scorers[i];

        pl_json_open_object(json);
        pl_json_member_str(json, "name", scorer->name);
        pl_json_member_text(json, "scorer", pl_scorer_kind_name(judged->suite->scorers[i].kind));
        pl_json_member_uint64(json, "scored", scorer->scored);
        pl_json_member_uint64(json, "unscored", scorer->unscored);
        pl_json_member_uint64(json, "unparsed", scorer->unparsed);
        pl_json_member_uint64(json, "unasked", scorer->unasked);
        write_corpus(json, &scorer->corpus);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_run(struct pl_json *json, const struct pl_run *run)
{
    pl_json_key(json, "run");
    pl_json_open_object(json);
    pl_json_member_str(json, "id", run->id);
    pl_json_member_text(json, "state", RUN_STATES[run->state]);
    pl_json_member_text(json, "settings", run->settings);
    pl_json_member_text(json, "cases_hash", run->cases);
    pl_json_member_text(json, "results_hash", run->results);
    pl_json_member_uint64(json, "cases", run->cases_count);
    pl_json_member_uint64(json, "outputs", run->outputs);
    pl_json_member_uint64(json, "done", run->done);
    pl_json_member_uint64(json, "failed", run->failed);
    pl_json_member_double(json, "cost", run->cost);
    pl_json_member_double(json, "cost_paid", run->cost_paid);
    pl_json_close_object(json);
}

static void write_shortfalls(struct pl_json *json, const struct pl_suite_judged *judged)
{
    pl_json_key(json, "shortfalls");
    pl_json_open_array(json);
    for (size_t i = 0; i < judged->shortfalls_count; i++)
        pl_json_str(json, judged->shortfalls[i]);
    pl_json_close_array(json);
}

static void write_suite(struct pl_json *json, const struct pl_suite_judged *judged,
                        size_t cases_max)
{
    pl_json_member_str(json, "suite", judged->suite->name);
    pl_json_member_text(json, "state", pl_state_name(judged->state));
    write_run(json, judged->run);
    write_shortfalls(json, judged);
    write_scorers(json, judged);
    pl_json_key(json, "findings");
    pl_json_open_array(json);
    for (size_t i = 0; i < judged->judgement->findings_count; i++)
        pl_json_finding(json, judged->measured, &judged->judgement->findings[i], cases_max);
    pl_json_close_array(json);
    pl_json_overall(json, judged->measured);
}

static void write_judges(struct pl_json *json, const struct pl_judge_agreements *judges)
{
    if (judges->count == 0)
        return;
    pl_json_key(json, "judges");
    pl_json_open_array(json);
    for (size_t i = 0; i < judges->count; i++) {
        const struct pl_judge_agreement *judge = &judges->judges[i];

        pl_json_open_object(json);
        pl_json_member_str(json, "name", judge->name);
        pl_json_member_uint64(json, "n", judge->n);
        pl_json_member_estimate(json, "agreement", &judge->raw);
        pl_json_member_estimate(json, "kappa", &judge->kappa);
        pl_json_member_estimate(json, "alpha", &judge->alpha);
        if (judge->is_scale)
            pl_json_member_estimate(json, "corrected_mean", &judge->corrected);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_repeats(struct pl_json *json, const struct pl_repeats *repeats)
{
    if (repeats->scorers_count == 0)
        return;
    pl_json_key(json, "repeats");
    pl_json_open_array(json);
    for (size_t i = 0; i < repeats->scorers_count; i++) {
        const struct pl_repeated_scorer *scorer = &repeats->scorers[i];

        pl_json_open_object(json);
        pl_json_member_str(json, "name", scorer->name);
        pl_json_member_uint64(json, "k", scorer->k);
        pl_json_member_estimate(json, "pass_at_k", &scorer->at_k);
        pl_json_member_estimate(json, "pass_all_k", &scorer->all_k);
        pl_json_member_estimate(json, "unanimous", &scorer->unanimous);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* A standard error that there is none of is null. */
static void write_error(struct pl_json *json, const char *key, double se)
{
    pl_json_key(json, key);
    if (se >= 0.0)
        pl_json_double(json, se);
    else
        pl_json_null(json);
}

static void write_tests(struct pl_json *json, const struct pl_compared *compared)
{
    if (compared->is_binary) {
        pl_json_key(json, "mcnemar");
        pl_json_open_object(json);
        pl_json_member_uint64(json, "only_here", compared->mcnemar.only_first);
        pl_json_member_uint64(json, "only_there", compared->mcnemar.only_second);
        pl_json_member_double(json, "exact", compared->mcnemar.exact);
        pl_json_member_double(json, "mid_p", compared->mcnemar.mid);
        pl_json_close_object(json);
        return;
    }
    pl_json_key(json, "bootstrap");
    pl_json_open_object(json);
    pl_json_member_double(json, "low", compared->bootstrap.interval.low);
    pl_json_member_double(json, "high", compared->bootstrap.interval.high);
    pl_json_member_double(json, "p_value", compared->bootstrap.p_value);
    pl_json_member_uint64(json, "replicates", compared->bootstrap.replicates);
    pl_json_close_object(json);
}

static void write_compared(struct pl_json *json, const struct pl_compared *compared)
{
    pl_json_open_object(json);
    pl_json_member_str(json, "name", compared->name);
    pl_json_member_text(json, "change", pl_change_name(compared->outcome.change));
    pl_json_member_uint64(json, "cases", compared->common);
    pl_json_member_double(json, "here", compared->here);
    pl_json_member_double(json, "there", compared->there);
    pl_json_member_estimate(json, "difference", &compared->difference);
    pl_json_member_bool(json, "grouped", compared->grouped);
    write_error(json, "se_unpaired", compared->se_unpaired);
    write_error(json, "se_paired", compared->se_paired);
    write_error(json, "se_grouped", compared->se_grouped);
    pl_json_member_double(json, "p_value", compared->outcome.p_value);
    pl_json_member_uint64(json, "needed", compared->outcome.more);
    pl_json_member_uint64(json, "needed_at_power", compared->outcome.more_at_power);
    write_tests(json, compared);
    pl_json_close_object(json);
}

static void write_comparison(struct pl_json *json, const struct pl_comparison *comparison)
{
    if (comparison == NULL)
        return;
    pl_json_key(json, "comparison");
    pl_json_open_object(json);
    pl_json_member_str(json, "baseline", comparison->baseline);
    pl_json_member_uint64(json, "cases", comparison->common);
    pl_json_member_uint64(json, "only_here", comparison->only_here);
    pl_json_member_uint64(json, "only_there", comparison->only_there);
    pl_json_key(json, "scorers");
    pl_json_open_array(json);
    for (size_t i = 0; i < comparison->scorers_count; i++)
        write_compared(json, &comparison->scorers[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

void pl_json_suite(struct pl_json *json, const struct pl_suite_judged *judged, size_t cases_max)
{
    pl_json_open_object(json);
    write_suite(json, judged, cases_max);
    write_judges(json, &judged->judges);
    write_repeats(json, &judged->repeats);
    write_comparison(json, judged->comparison);
    pl_json_slices(json, judged->measured);
    pl_json_close_object(json);
}

void pl_json_suite_record(struct pl_json *json, const struct pl_suite_judged *judged,
                          const char *line_hash)
{
    pl_json_open_object(json);
    write_suite(json, judged, 0);
    pl_json_member_text(json, "line", line_hash);
    pl_json_close_object(json);
}

void pl_evals_json(const struct pl_evals_result *result, struct pl_style style,
                   struct pl_buffer *out)
{
    struct pl_json json;

    (void)style;
    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_text(&json, "state", pl_state_name(pl_evals_state(result)));
    pl_json_member_bool(&json, "passes", pl_evals_pass(result));
    pl_json_member_str(&json, "feature", result->line->feature);
    pl_json_key(&json, "suites");
    pl_json_open_array(&json);
    for (size_t i = 0; i < result->suites_count; i++)
        pl_json_suite(&json, result->suites[i], CASES_MAX);
    pl_json_close_array(&json);
    pl_json_member_double(&json, "confidence", result->line->evidence.confidence);
    pl_json_key(&json, "line");
    pl_json_open_object(&json);
    pl_json_member_text(&json, "file", result->line->file);
    pl_json_member_text(&json, "hash", result->line_hash);
    pl_json_close_object(&json);
    pl_json_member_text(&json, "version", result->version);
    pl_json_key(&json, "ledger");
    if (result->ledger_hash == NULL) {
        pl_json_null(&json);
    } else {
        pl_json_open_object(&json);
        pl_json_member_uint64(&json, "block", result->ledger_block);
        pl_json_member_text(&json, "hash", result->ledger_hash);
        pl_json_close_object(&json);
    }
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}
