/* A run judged. The suite's line is copied and pointed at the file of results; the columns of its segments are
   those that results carry over from the cases. */
#include "eval/judged.h"

#include "measure/run.h"

#include <string.h>

#define METRICS_EXTRA 16

struct pl_str pl_scorer_metric(const struct pl_scorer *scorer, struct pl_arena *arena)
{
    return pl_arena_format(arena, "%s(%.*s)", pl_scorer_passes(scorer) ? "rate" : "mean",
                           PL_STR_ARG(scorer->name));
}

/* ---- the line of the results ---- */

static enum pl_status take_segments(const struct pl_suite *suite, struct pl_line *line,
                                    struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_data *data = &suite->line->data;
    struct pl_segment *segments =
        pl_arena_alloc_array(arena, data->segments_count + 1, sizeof *segments);

    if (segments == NULL)
        return pl_arena_error(arena, "the segments of a suite", error);
    for (size_t i = 0; i < data->segments_count; i++) {
        segments[i] = data->segments[i];
        segments[i].column = pl_arena_format(arena, PL_RESULTS_CASE_PREFIX "%.*s",
                                             PL_STR_ARG(data->segments[i].column));
        if (segments[i].column.ptr == NULL)
            return pl_arena_error(arena, "the segments of a suite", error);
    }
    line->data.segments = segments;
    return PL_OK;
}

static enum pl_status make_line(const struct pl_suite *suite, const struct pl_run *run,
                                struct pl_arena *arena, const struct pl_line **ret_line,
                                struct pl_error *error)
{
    struct pl_line *line = pl_arena_alloc(arena, sizeof *line);
    const char *path = pl_run_path(run, PL_RESULTS_FILE, arena);

    if (line == NULL || path == NULL)
        return pl_arena_error(arena, "the line of a suite", error);
    *line = *suite->line;
    line->folder = PL_STR(".");
    line->data.decisions = pl_str_of(path);
    PL_RETURN_IF(take_segments(suite, line, arena, error));
    *ret_line = line;
    return PL_OK;
}

/* ---- measuring ---- */

/* How a judge whom people have checked is measured, the corrected share first. */
static const char *const JUDGE_METRICS[] = {
    "corrected_rate", "accuracy", "cohen_kappa", "true_positive_rate", "true_negative_rate",
};
#define JUDGE_METRICS_COUNT (sizeof JUDGE_METRICS / sizeof *JUDGE_METRICS)

static const struct pl_scorer *measured_judge(const struct pl_suite *suite)
{
    const struct pl_scorer *scorer = pl_suite_labelled(suite);

    return scorer != NULL && scorer->kind == PL_SCORER_JUDGE ? scorer : NULL;
}

static enum pl_status list_metrics(const struct pl_suite *suite, const struct pl_run *run,
                                   struct pl_arena *arena, struct pl_strs *ret_metrics,
                                   struct pl_error *error)
{
    static const char *const OF_TIME[] = {"quantile(latency_ms, 0.5)",
                                          "quantile(latency_ms, 0.95)"};
    struct pl_str *names =
        pl_arena_alloc_array(arena, suite->scorers_count + METRICS_EXTRA, sizeof *names);
    size_t count = 0;

    if (names == NULL)
        return pl_arena_error(arena, "the measures of a suite", error);
    for (size_t i = 0; i < suite->scorers_count; i++) {
        if (run->scorers[i].scored == 0)
            continue;
        names[count] = pl_scorer_metric(&suite->scorers[i], arena);
        if (names[count++].ptr == NULL)
            return pl_arena_error(arena, "the measures of a suite", error);
    }
    for (size_t i = 0; i < JUDGE_METRICS_COUNT && measured_judge(suite) != NULL; i++)
        names[count++] = pl_str_of(JUDGE_METRICS[i]);
    names[count++] = PL_STR("rate(failed)");
    for (size_t i = 0; i < 2 && run->timed > 0; i++)
        names[count++] = pl_str_of(OF_TIME[i]);
    if (run->priced > 0)
        names[count++] = PL_STR("mean(cost)");
    *ret_metrics = (struct pl_strs){names, count};
    return PL_OK;
}

static enum pl_status check_results(const struct pl_run *run, struct pl_arena *arena,
                                    struct pl_error *error)
{
    const char *path = pl_run_path(run, PL_RESULTS_FILE, arena);
    char hash[PL_LEDGER_HASH_TEXT_SIZE];

    if (path == NULL)
        return pl_arena_error(arena, "the results of a run", error);
    PL_RETURN_IF(pl_hash_file(path, hash, error));
    if (strcmp(hash, run->results) == 0)
        return PL_OK;
    return pl_error_set(
        error, PL_E_CORRUPT,
        "%s is not as the run left it; `plimsoll eval --replay` makes it again from "
        "the record of answers",
        path);
}

/* ---- what keeps it from proving anything ---- */

static void add_shortfall(struct pl_suite_judged *judged, struct pl_str sentence)
{
    if (sentence.ptr != NULL && judged->shortfalls_count < PL_SHORTFALLS_MAX)
        judged->shortfalls[judged->shortfalls_count++] = sentence;
}

static bool is_over(uint64_t count, uint64_t of, double share)
{
    return of > 0 && (double)count > share * (double)of;
}

static void find_failures(struct pl_suite_judged *judged, struct pl_arena *arena)
{
    const struct pl_run *run = judged->run;
    const struct pl_suite *suite = judged->suite;

    if (run->gave_up.len > 0)
        add_shortfall(judged, run->gave_up);
    if (run->state != PL_RUN_COMPLETE)
        add_shortfall(judged, PL_STR("The run was stopped before every case was asked; "
                                     "`plimsoll eval --resume` goes on with it."));
    if (is_over(run->failed, run->outputs, suite->failures))
        add_shortfall(
            judged,
            pl_arena_format(arena,
                            "%llu of %llu outputs failed, and the suite allows %.4g %%: what they "
                            "would have been is not known.",
                            (unsigned long long)run->failed, (unsigned long long)run->outputs,
                            100.0 * suite->failures));
}

static void find_scorer(struct pl_suite_judged *judged, const struct pl_run_scorer *scorer,
                        struct pl_arena *arena)
{
    const uint64_t asked = scorer->scored + scorer->unparsed + scorer->unasked;

    if (is_over(scorer->unparsed, asked, judged->suite->unparsed))
        add_shortfall(
            judged, pl_arena_format(arena,
                                    "%llu of %llu verdicts of `%.*s` cannot be read, and the "
                                    "suite allows %.4g %%.",
                                    (unsigned long long)scorer->unparsed, (unsigned long long)asked,
                                    PL_STR_ARG(scorer->name), 100.0 * judged->suite->unparsed));
    if (is_over(scorer->unasked, asked, judged->suite->failures))
        add_shortfall(judged,
                      pl_arena_format(arena, "%llu of %llu outputs could not be scored by `%.*s`.",
                                      (unsigned long long)scorer->unasked,
                                      (unsigned long long)asked, PL_STR_ARG(scorer->name)));
}

static const struct pl_estimate *estimate_of(const struct pl_measured *measured, const char *metric)
{
    for (size_t i = 0; i < measured->metrics_count; i++)
        if (pl_str_equal_text(measured->metrics[i].name, metric))
            return &measured->overall.estimates[i];
    return NULL;
}

static const struct pl_scorer *scorer_of(const struct pl_suite *suite, struct pl_str name)
{
    for (size_t i = 0; i < suite->scorers_count; i++)
        if (pl_str_equal(suite->scorers[i].name, name))
            return &suite->scorers[i];
    return NULL;
}

/* A judge that agrees with people too little is no instrument. */
static void check_kappa(struct pl_suite_judged *judged, const struct pl_scorer *judge,
                        const struct pl_estimate *kappa, struct pl_arena *arena)
{
    if (kappa->status == PL_ESTIMATE_UNDEFINED)
        add_shortfall(judged,
                      pl_arena_format(arena, "The judge `%.*s` cannot be measured: %s.",
                                      PL_STR_ARG(judge->name), pl_undefined_text(kappa->reason)));
    else if (kappa->value < judge->bar)
        add_shortfall(
            judged, pl_arena_format(arena,
                                    "The judge `%.*s` agrees with people by a kappa of %.2f "
                                    "(%.2f to %.2f) on %llu outputs, under its bar of %.2f: it can "
                                    "clear nothing.",
                                    PL_STR_ARG(judge->name), kappa->value, kappa->low, kappa->high,
                                    (unsigned long long)kappa->n, judge->bar));
}

/* Marks that are cut to pass or fail are measured with the suite, all others by themselves. */
static void find_judges(struct pl_suite_judged *judged, struct pl_arena *arena)
{
    const struct pl_scorer *cut = measured_judge(judged->suite);
    const struct pl_estimate *kappa = estimate_of(judged->measured, "cohen_kappa");

    if (cut != NULL && cut->form == PL_JUDGE_SCALE && kappa != NULL)
        check_kappa(judged, cut, kappa, arena);
    for (size_t i = 0; i < judged->judges.count; i++)
        check_kappa(judged, scorer_of(judged->suite, judged->judges.judges[i].name),
                    &judged->judges.judges[i].kappa, arena);
}

static enum pl_state worst_state(const struct pl_suite_judged *judged)
{
    enum pl_state worst = judged->shortfalls_count > 0 ? PL_STATE_UNPROVEN : PL_STATE_CLEAR;

    for (size_t i = 0; i < judged->judgement->findings_count; i++)
        if (judged->judgement->findings[i].state > worst)
            worst = judged->judgement->findings[i].state;
    return worst;
}

static enum pl_status judge(struct pl_suite_judged *judged, uint32_t threads,
                            struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_record_facts facts = {0};
    /* A second thread would read results that are small beside the outputs no faster, and takes memory. */
    struct pl_measure_request request = {.threads = threads == 0 ? 1 : threads};

    PL_RETURN_IF(check_results(judged->run, arena, error));
    PL_RETURN_IF(make_line(judged->suite, judged->run, arena, &judged->line, error));
    PL_RETURN_IF(list_metrics(judged->suite, judged->run, arena, &request.metrics, error));
    PL_RETURN_IF(pl_measure_line(judged->line, &request, arena, &judged->measured, error));
    PL_RETURN_IF(
        pl_judge(judged->line, judged->measured, &facts, arena, &judged->judgement, error));
    PL_RETURN_IF(pl_judges_measure(judged->suite, judged->run, arena, &judged->judges, error));
    PL_RETURN_IF(pl_repeats_measure(judged->suite, judged->run, arena, &judged->repeats, error));
    PL_RETURN_IF(pl_run_failures(judged->run, PL_FAILURES_MAX, arena, &judged->failures, error));
    find_failures(judged, arena);
    for (size_t i = 0; i < judged->run->scorers_count; i++)
        find_scorer(judged, &judged->run->scorers[i], arena);
    find_judges(judged, arena);
    judged->state = worst_state(judged);
    return PL_OK;
}

enum pl_status pl_suite_judge(const struct pl_suite *suite, const struct pl_run *run,
                              uint32_t threads, struct pl_arena *arena,
                              struct pl_suite_judged **ret_judged, struct pl_error *error)
{
    struct pl_suite_judged *judged = pl_arena_alloc(arena, sizeof *judged);

    if (judged == NULL)
        return pl_arena_error(arena, "a suite", error);
    judged->suite = suite;
    judged->run = run;

    const enum pl_status status = judge(judged, threads, arena, error);

    if (status != PL_OK) {
        pl_suite_judged_deinit(judged);
        return status;
    }
    *ret_judged = judged;
    return PL_OK;
}

void pl_suite_judged_deinit(struct pl_suite_judged *judged)
{
    if (judged != NULL)
        pl_measured_deinit(judged->measured);
}
