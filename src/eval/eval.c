/*
 * The run of a suite. Items wait in a ring in the order of the cases: an item is begun when there is a place,
 * its calls go out as the engine has room, and it is written when it and all before it are finished. So
 * the files do not depend on which call came back first, and memory does not grow with the cases.
 */
#include "eval/work.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX     1024 /* items under way, where there is anything to wait for */
#define WAIT_MS        200
#define PROGRESS_EVERY 64
#define HOPELESS_MAX   25

/* ---- setting up ---- */

static enum pl_status open_scorers(struct pl_work *work, struct pl_error *error)
{
    const struct pl_suite *suite = work->suite;

    for (size_t i = 0; i < suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->scorers[i];
        const struct pl_scorer_row *row = pl_scorer_row_of(scorer->kind);
        const struct pl_scorer_setup setup = {.line = suite->line,
                                              .suite = suite,
                                              .scorer = scorer,
                                              .seed = suite->seed,
                                              .arena = work->arena};

        if (row->score == NULL && row->asks_count == NULL)
            return pl_line_error(suite->line, scorer->place, PL_E_UNSUPPORTED, error,
                                 "the scorer `%s` is not in this version",
                                 pl_scorer_kind_name(scorer->kind));
        if (row->open != NULL)
            PL_RETURN_IF(row->open(&setup, &work->states[i], error));
    }
    return PL_OK;
}

static enum pl_status open_template(struct pl_work *work, struct pl_error *error)
{
    const struct pl_suite *suite = work->suite;
    struct pl_str path;

    if (suite->prompt.len == 0 || pl_suite_is_builtin(suite))
        return PL_OK;
    path = pl_line_path(suite->line, suite->prompt, work->arena);
    if (path.ptr == NULL)
        return pl_arena_error(work->arena, "the path of the prompt", error);

    const enum pl_status status = pl_template_read(path.ptr, work->arena, &work->template, error);

    if (status == PL_E_NOT_FOUND)
        return pl_line_error(suite->line, suite->prompt_place, status, error,
                             "there is no file %s, which `prompt` names", path.ptr);
    return status;
}
static void tell(struct pl_work *work)
{
    const struct pl_eval_progress progress = {.counts = &work->counts,
                                              .outputs_expected = work->outputs_expected,
                                              .under_way = work->begun - work->written};

    if (work->options->progress != NULL)
        work->options->progress(&progress, work->options->context);
}

/* Failures that the next call will meet as well: nobody there, no entry, no money. */
static bool is_hopeless(enum pl_call_end end)
{
    return end == PL_CALL_UNREACHABLE || end == PL_CALL_UNTRUSTED || end == PL_CALL_NO_ENTRY ||
           end == PL_CALL_NO_QUOTA || end == PL_CALL_NO_START;
}

/* A run that nothing comes of is stopped, and can be gone on with. */
static enum pl_status look_for_hope(struct pl_work *work, const struct pl_item *item,
                                    struct pl_error *error)
{
    work->hopeless = is_hopeless(item->output.end) ? work->hopeless + 1 : 0;
    if (work->hopeless < HOPELESS_MAX || work->options->replay || work->gave_up.len > 0)
        return PL_OK;
    work->gave_up =
        pl_arena_format(work->arena, "The run gave up after %d outputs in a row had failed: %.*s",
                        HOPELESS_MAX, PL_STR_ARG(item->output.sentence));
    return work->gave_up.ptr == NULL ? pl_arena_error(work->arena, "a sentence", error) : PL_OK;
}

static void count_item(struct pl_work *work, const struct pl_item *item)
{
    struct pl_eval_counts *counts = &work->counts;

    counts->outputs++;
    counts->ends[item->output.end]++;
    if (item->output.end == PL_CALL_DONE)
        counts->done++;
    else
        counts->failed++;
    counts->timed += item->output.has_latency ? 1 : 0;
    counts->priced += item->output.has_cost ? 1 : 0;
    counts->cost += item->output.has_cost ? item->output.cost : 0.0;
    for (size_t i = 0; i < work->suite->scorers_count; i++) {
        uint64_t *const TALLIES[] = {
            [PL_SCORE_MISSING] = counts->unscored,
            [PL_SCORE_GIVEN] = counts->scored,
            [PL_SCORE_UNPARSED] = counts->unparsed,
            [PL_SCORE_FAILED] = counts->unasked,
        };

        TALLIES[item->scores[i].state][i]++;
    }
}

/* Writes an item and gives its place free. */
static enum pl_status write_item(struct pl_work *work, struct pl_item *item, struct pl_error *error)
{
    for (size_t i = 0; i < work->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(work->suite->scorers[i].kind);

        if (row->add != NULL && item->scores[i].state == PL_SCORE_GIVEN)
            row->add(work->states[i], &item->scores[i]);
    }
    count_item(work, item);
    PL_RETURN_IF(look_for_hope(work, item, error));
    PL_RETURN_IF(pl_results_add(work->results, item, error));
    pl_item_reset(item);
    if (work->counts.outputs % PROGRESS_EVERY == 0)
        tell(work);
    return PL_OK;
}

/* In order: the first that is not finished holds up those behind it. */
static enum pl_status write_finished(struct pl_work *work, struct pl_error *error)
{
    while (work->written < work->begun && work->items[work->written % work->window].finished) {
        PL_RETURN_IF(write_item(work, &work->items[work->written % work->window], error));
        work->written++;
    }
    return PL_OK;
}

/* Works once: sends what there is room for, waits a moment, takes what came. */
static enum pl_status pump(struct pl_work *work, struct pl_error *error)
{
    const struct pl_call_result *result = NULL;
    enum pl_status status = PL_OK;

    if (work->caller != NULL) {
        PL_RETURN_IF(pl_work_submit(work, error));
        result = pl_caller_wait(work->caller, WAIT_MS);
        while (result != NULL && status == PL_OK) {
            status = pl_work_take_result(work, result, error);
            pl_caller_release(work->caller, result);
            result = status == PL_OK ? pl_caller_wait(work->caller, 0) : NULL;
        }
        PL_RETURN_IF(status);
    }
    tell(work);
    return write_finished(work, error);
}

/* ---- the second reading: every case is asked ---- */

/* The messages one after the other, for a model that only goes on with a text. */
static enum pl_status join_messages(struct pl_item *item, struct pl_str *ret_text,
                                    struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    pl_buffer_init(&text, PL_BODY_BYTES_MAX);
    for (size_t i = 0; i < item->messages.count; i++) {
        pl_buffer_add_text(&text, i == 0 ? "" : "\n\n");
        pl_buffer_add(&text, item->messages.items[i].content);
    }
    PL_RETURN_IF(pl_buffer_check(&text, "a prompt", error));
    *ret_text = pl_arena_copy(&item->arena, pl_buffer_view(&text));
    return ret_text->ptr == NULL ? pl_arena_error(&item->arena, "a prompt", error) : PL_OK;
}

static enum pl_status set_request(const struct pl_work *work, struct pl_item *item,
                                  struct pl_openai_request *request, struct pl_error *error)
{
    struct pl_str *input = NULL;

    if (work->suite->model == NULL || work->suite->model->api == PL_MODEL_CHAT) {
        request->api = PL_OPENAI_CHAT;
        request->messages = item->messages.items;
        request->messages_count = item->messages.count;
        return PL_OK;
    }
    input = pl_arena_alloc(&item->arena, sizeof *input);
    if (input == NULL)
        return pl_arena_error(&item->arena, "a prompt", error);
    PL_RETURN_IF(join_messages(item, input, error));
    request->api = PL_OPENAI_COMPLETIONS;
    request->inputs = input;
    request->inputs_count = 1;
    return PL_OK;
}

static enum pl_status begin_output(struct pl_work *work, struct pl_item *item,
                                   const struct pl_case_text *text, struct pl_error *error)
{
    struct pl_ask *ask = NULL;

    if (work->suite->output_column.len > 0) {
        PL_RETURN_IF(pl_item_take_recorded(item, work->suite, text, error));
        return pl_work_score_item(work, item, error);
    }
    ask = pl_arena_alloc(&item->arena, sizeof *ask);
    if (ask != NULL)
        ask->record = pl_arena_alloc(&item->arena, sizeof *ask->record);
    if (ask == NULL || ask->record == NULL)
        return pl_arena_error(&item->arena, "a call", error);
    ask->item = item;
    ask->scorer = PL_ASK_OUTPUT;
    PL_RETURN_IF(set_request(work, item, &ask->request.ask, error));
    ask->request.ask.tools = item->tools;
    ask->request.input = item->input;
    return pl_work_begin_ask(work, ask, error);
}

static enum pl_status begin_item(struct pl_work *work, const struct pl_case_text *text,
                                 uint32_t repeat, bool *ret_wanted, struct pl_error *error)
{
    struct pl_item *item = &work->items[work->begun % work->window];

    pl_item_reset(item);
    PL_RETURN_IF(pl_work_take_case(work, item, text, ret_wanted, error));
    if (!*ret_wanted)
        return PL_OK;
    item->repeat = repeat;
    work->begun++;
    PL_RETURN_IF(begin_output(work, item, text, error));
    return write_finished(work, error);
}

static enum pl_status run_case(const struct pl_case_text *text, void *context,
                               struct pl_error *error)
{
    struct pl_work *work = context;
    bool is_wanted = true;

    if (pl_work_limit_is_reached(work) || pl_work_is_stopping(work))
        return PL_E_INTERRUPTED;
    for (uint32_t repeat = 0; repeat < work->suite->repeats && is_wanted; repeat++) {
        while (work->begun - work->written == work->window && !pl_work_is_stopping(work))
            PL_RETURN_IF(pump(work, error));
        if (pl_work_is_stopping(work))
            return PL_E_INTERRUPTED;
        PL_RETURN_IF(begin_item(work, text, repeat, &is_wanted, error));
    }
    if (is_wanted) {
        work->taken++;
        work->counts.cases++;
    }
    if (work->caller != NULL && work->first != NULL)
        return pl_work_submit(work, error);
    return PL_OK;
}

/* Waits for what is under way. A person who stops the run waits for the answers that are paid for already;
   one who stops it twice does not. */
static enum pl_status drain(struct pl_work *work, struct pl_error *error)
{
    while (work->written < work->begun) {
        if (pl_work_is_stopping(work) && work->caller != NULL) {
            const struct pl_caller_counts counts = pl_caller_counts(work->caller);

            if (work->gave_up.len > 0 || *work->options->stop > 1)
                pl_caller_cancel(work->caller);
            if (counts.waiting + counts.running == 0)
                return pump(work, error);
        }
        PL_RETURN_IF(pump(work, error));
    }
    return PL_OK;
}

/* What is finished behind an item that is not, in a run that was stopped. */
static enum pl_status write_rest(struct pl_work *work, struct pl_error *error)
{
    for (uint64_t i = work->written; i < work->begun; i++)
        if (work->items[i % work->window].finished)
            PL_RETURN_IF(write_item(work, &work->items[i % work->window], error));
    return PL_OK;
}

static enum pl_status run_cases(struct pl_work *work, struct pl_error *error)
{
    const enum pl_status status = pl_cases_read(work->suite, work->arena, run_case, work, error);

    if (status != PL_OK && status != PL_E_INTERRUPTED)
        return status;
    PL_RETURN_IF(drain(work, error));
    PL_RETURN_IF(write_rest(work, error));
    PL_RETURN_IF(pl_answers_sync(work->answers, error));
    return pl_results_finish(work->results, error);
}

static enum pl_status make_outcome(struct pl_work *work, struct pl_eval_outcome *outcome,
                                   struct pl_error *error)
{
    outcome->counts = work->counts;
    outcome->gave_up = work->gave_up;
    outcome->interrupted = work->counts.outputs < work->outputs_expected;
    for (size_t i = 0; i < work->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(work->suite->scorers[i].kind);

        if (row->corpus != NULL)
            PL_RETURN_IF(row->corpus(work->states[i], work->arena, &outcome->corpus[i], error));
    }
    tell(work);
    return PL_OK;
}

static enum pl_status run(struct pl_work *work, struct pl_eval_outcome *outcome,
                          struct pl_error *error)
{
    PL_RETURN_IF(open_template(work, error));
    PL_RETURN_IF(open_scorers(work, error));
    PL_RETURN_IF(pl_work_check_cases(work, error));
    PL_RETURN_IF(pl_work_open_answers(work, error));
    PL_RETURN_IF(pl_results_open(work->options->folder, work->suite, &work->results, error));
    PL_RETURN_IF(run_cases(work, error));
    return make_outcome(work, outcome, error);
}

static void deinit(struct pl_work *work)
{
    pl_caller_free(work->caller);
    pl_answers_close(work->answers);
    pl_results_close(work->results);
    for (size_t i = 0; i < work->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(work->suite->scorers[i].kind);

        if (row->close != NULL)
            row->close(work->states[i]);
    }
    for (size_t i = 0; i < work->window; i++)
        pl_item_deinit(&work->items[i]);
    free(work->items);
    free(work->ids);
    pl_buffer_deinit(&work->body);
}

enum pl_status pl_eval_run(const struct pl_eval_options *options, struct pl_arena *arena,
                           struct pl_eval_outcome *ret_outcome, struct pl_error *error)
{
    struct pl_eval_outcome outcome = {0};
    struct pl_work work = {
        .options = options,
        .suite = options->suite,
        .arena = arena,
        .window = pl_suite_asks(options->suite) ? WINDOW_MAX : 1,
    };

    work.items = calloc(work.window, sizeof *work.items);

    if (work.items == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the run of a suite");
    pl_buffer_init(&work.body, PL_BODY_BYTES_MAX);

    const enum pl_status status = run(&work, &outcome, error);

    deinit(&work);
    if (status == PL_OK)
        *ret_outcome = outcome;
    return status;
}
