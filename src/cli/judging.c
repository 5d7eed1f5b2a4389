/*
 * Measures, judges and records, in that order: what `gate` and `report` share. The record is durable
 * before anybody is shown the verdict, so that no verdict is ever seen that is not on the record.
 */
#include "cli/judging.h"

#include "base/file.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/extras.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "cli/screen.h"
#include "gateway/launch_now.h"
#include "ledger/ledger.h"
#include "line/evals.h"
#include "measure/run.h"
#include "report/cells_json.h"
#include "report/html.h"

#define ARENA_SIZE_BYTES_MAX  ((size_t)64 << 30)
#define RECORD_SIZE_BYTES_MAX ((size_t)768 << 10)

static enum pl_status read_line(struct pl_judging *judging, struct pl_error *error)
{
    PL_RETURN_IF(pl_measure_read(judging->request.line, &judging->arena, &judging->line, error));
    if (!pl_line_is_judged(judging->line))
        return pl_error_set(error, PL_E_LINE,
                            "%s has neither `data` nor `evals`, so there is nothing to judge; for "
                            "the traffic that it serves add `data: {decisions: \"ledger:\"}`",
                            judging->request.line);
    if (judging->request.slice != NULL && !judging->line->launch.given)
        return pl_error_set(error, PL_E_USAGE,
                            "`--slice` names a slice of the launch, and %s has no section "
                            "`launch`; add `launch: {by: SEGMENT}`",
                            judging->request.line);
    pl_hash_bytes(judging->line->text, judging->line_hash);
    judging->ledger = pl_line_path(judging->line, PL_STR(PL_LEDGER_FOLDER), &judging->arena);
    if (judging->ledger.ptr == NULL)
        return pl_arena_error(&judging->arena, "the path of the ledger", error);
    return PL_OK;
}

/* Fingerprints of all that the line compares with; one in the data's own rows has that of the data. */
static enum pl_status print_baselines(struct pl_judging *judging, struct pl_error *error)
{
    const struct pl_line *line = judging->line;

    judging->baselines = pl_arena_alloc_array(&judging->arena, line->baselines_count + 1,
                                              sizeof *judging->baselines);
    if (judging->baselines == NULL)
        return pl_arena_error(&judging->arena, "the baselines", error);
    for (size_t i = 0; i < line->baselines_count; i++) {
        const struct pl_baseline *baseline = &line->baselines[i];
        const struct pl_str path = pl_line_path(line, baseline->decisions, &judging->arena);

        judging->baselines[i] = (struct pl_baseline_print){baseline, judging->data};
        if (baseline->decisions.len == 0)
            continue;
        if (path.ptr == NULL)
            return pl_arena_error(&judging->arena, "the path of a baseline", error);
        PL_RETURN_IF(pl_data_print_make(path, &judging->arena, &judging->baselines[i].data, error));
    }
    return PL_OK;
}

/* A line of evals alone has no data. */
static enum pl_status print_data(struct pl_judging *judging, struct pl_error *error)
{
    if (judging->line->data.decisions.len == 0)
        return print_baselines(judging, error);

    const struct pl_str path =
        pl_line_path(judging->line, judging->line->data.decisions, &judging->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&judging->arena, "the path of the data", error);
    PL_RETURN_IF(pl_data_print_make(path, &judging->arena, &judging->data, error));
    return print_baselines(judging, error);
}

static enum pl_status measure(struct pl_judging *judging, struct pl_error *error)
{
    if (judging->line->data.decisions.len == 0)
        return pl_measure_nothing(judging->line, &judging->arena, &judging->measured, error);

    const struct pl_measure_request request = {
        .threads = (uint32_t)judging->request.threads,
        .with_scores = judging->request.with_scores && judging->line->data.task == PL_TASK_BINARY,
    };
    const struct pl_str note = pl_arena_format(&judging->arena, "measuring %.*s ...",
                                               PL_STR_ARG(judging->line->data.decisions));
    struct pl_progress *progress = pl_progress_start(note);
    const enum pl_status status =
        pl_measure_line(judging->line, &request, &judging->arena, &judging->measured, error);

    pl_progress_stop(progress);
    return status;
}

struct pl_gate_result pl_judging_result(const struct pl_judging *judging)
{
    const bool recorded = judging->head.block > 0;

    return (struct pl_gate_result){
        .line = judging->line,
        .line_hash = judging->line_hash,
        .measured = judging->measured,
        .judgement = judging->judgement,
        .launch = judging->launch,
        .slice = judging->slice,
        .suites = judging->suites.judged,
        .suites_count = judging->suites.judged_count,
        .data = judging->data,
        .baselines = judging->baselines,
        .baselines_count = judging->line->baselines_count,
        .version = PL_VERSION,
        .figures_hash = judging->figures_hash,
        .binary_hash = judging->binary_hash,
        .ledger_block = judging->head.block,
        .ledger_hash = recorded ? judging->head.hash : NULL,
        .elapsed_seconds = (double)(pl_clock_monotonic_ns() - judging->started_ns) / 1e9,
    };
}

/* What a card must show to be current, known only once all is measured. */
static enum pl_status print_figures(struct pl_judging *judging, struct pl_error *error)
{
    const struct pl_gate_result result = pl_judging_result(judging);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer figures = {0};

    pl_buffer_init(&figures, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_gate_figures(&result, &figures);
    PL_RETURN_IF(pl_buffer_check(&figures, "the figures", error));
    pl_hash_bytes(pl_buffer_view(&figures), judging->figures_hash);
    pl_facts_compare(&judging->facts, judging->figures_hash);
    return pl_hash_file("/proc/self/exe", judging->binary_hash, error);
}

/* A server that runs goes by the verdict at once: for its flag, and for who may open it further. */
static enum pl_status tell_servers(const struct pl_judging *judging, struct pl_str body,
                                   struct pl_error *error)
{
    const struct pl_line *line = judging->line;
    struct pl_error failure = {0};

    if (line->serving == NULL || !(line->serving->route.given || line->serving->flag.given) ||
        pl_verdict_now_tell(line, body, &failure) == PL_OK)
        return PL_OK;
    return pl_error_set(error, failure.status,
                        "the verdict is on the record, block %llu, but a server that runs goes by "
                        "the one before until it starts again: %s",
                        (unsigned long long)judging->head.block, failure.message);
}

static enum pl_status record(struct pl_judging *judging, struct pl_error *error)
{
    const struct pl_gate_result result = pl_judging_result(judging);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};

    pl_buffer_init(&body, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    pl_gate_record(&result, RECORD_SIZE_BYTES_MAX, &body);
    PL_RETURN_IF(pl_buffer_check(&body, "the record of the verdict", error));
    PL_RETURN_IF(pl_record_write(judging->ledger.ptr, "verdict", pl_buffer_view(&body),
                                 &judging->head, error));
    return tell_servers(judging, pl_buffer_view(&body), error);
}

static enum pl_status launch(struct pl_judging *judging, struct pl_error *error)
{
    const uint64_t threads = judging->request.threads;
    /* A card shows the verdict for all decisions: where it is current, it is for every slice. */
    struct pl_record_facts facts = judging->facts.record;
    const struct pl_launch_request request = {
        .line = judging->line,
        .measured = judging->measured,
        .facts = &facts,
        .threads = threads == 0 ? pl_processors_count() : (uint32_t)threads,
    };

    if (!judging->line->launch.given)
        return PL_OK;
    facts.card_met = judging->judgement->card_met;
    PL_RETURN_IF(pl_launch_judge(&request, &judging->arena, &judging->launch, error));
    if (judging->request.slice == NULL)
        return PL_OK;
    return pl_launch_find(judging->launch, pl_str_of(judging->request.slice), &judging->arena,
                          &judging->slice, error);
}

static enum pl_status judge(struct pl_judging *judging, struct pl_error *error)
{
    PL_RETURN_IF(read_line(judging, error));
    PL_RETURN_IF(pl_live_window_set(&judging->request.window, judging->line, error));
    PL_RETURN_IF(pl_live_use_begin(judging->line, &judging->arena, &judging->live, error));
    PL_RETURN_IF(print_data(judging, error));

    const struct pl_facts_about about = {judging->line_hash, judging->data.hash,
                                         judging->line->feature};

    PL_RETURN_IF(pl_facts_read(judging->ledger.ptr, &about, &judging->facts, error));
    PL_RETURN_IF(measure(judging, error));
    PL_RETURN_IF(pl_suites_judge(judging->line, &judging->facts, (uint32_t)judging->request.threads,
                                 &judging->arena, &judging->suites, error));
    judging->facts.record.evals = judging->suites.facts;
    judging->facts.record.evals_count = judging->suites.facts_count;
    judging->facts.record.evals_compare_groups = judging->suites.compare_groups;
    judging->facts.record.evals_groups_clear = judging->suites.groups_clear;
    PL_RETURN_IF(print_figures(judging, error));
    PL_RETURN_IF(pl_judge(judging->line, judging->measured, &judging->facts.record, &judging->arena,
                          &judging->judgement, error));
    PL_RETURN_IF(launch(judging, error));
    if (judging->request.no_record)
        return PL_OK;
    return record(judging, error);
}

struct pl_gate_result pl_judging_shown(const struct pl_judging *judging)
{
    struct pl_gate_result result = pl_judging_result(judging);

    if (judging->slice != NULL) {
        result.line = judging->slice->line;
        result.measured = judging->slice->measured;
        result.judgement = judging->slice->judgement;
    }
    return result;
}

enum pl_status pl_judging_run(const struct pl_judging_request *request, struct pl_judging *judging,
                              struct pl_error *error)
{
    *judging = (struct pl_judging){.request = *request, .started_ns = pl_clock_monotonic_ns()};
    pl_arena_init(&judging->arena, ARENA_SIZE_BYTES_MAX);
    return judge(judging, error);
}

static enum pl_status gather_extras(struct pl_judging *judging, const struct pl_gate_result *result,
                                    struct pl_html_extras *extras, struct pl_error *error)
{
    struct pl_progress *progress = pl_progress_start(PL_STR("making the report ..."));
    const enum pl_status status = pl_extras_gather(result, (uint32_t)judging->request.threads,
                                                   &judging->arena, extras, error);

    pl_progress_stop(progress);
    return status;
}

enum pl_status pl_judging_write_html(struct pl_judging *judging, const char *path,
                                     struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    const struct pl_gate_result result = pl_judging_shown(judging);
    struct pl_html_extras extras = {0};
    const struct pl_html_request request = {
        .result = &result, .extras = &extras, .runs_max = PL_CELLS_JSON_RUNS_MAX};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    PL_RETURN_IF(gather_extras(judging, &result, &extras, error));
    PL_RETURN_IF(pl_gate_html(&request, &judging->arena, &out, error));
    return pl_file_write(path, pl_buffer_view(&out), false, error);
}

void pl_judging_deinit(struct pl_judging *judging)
{
    pl_live_use_end(&judging->live);
    pl_launch_deinit(judging->launch);
    pl_suites_deinit(&judging->suites);
    pl_measured_deinit(judging->measured);
    pl_arena_deinit(&judging->arena);
}
