/*
 * The run of a suite. Items wait in a ring in the order of the cases: an item is begun when there is a place,
 * its calls go out as the engine has room, and it is written when it and all before it are finished. So
 * the files do not depend on which call came back first, and memory does not grow with the cases.
 */
#include "eval/eval.h"

#include "base/file.h"
#include "client/caller.h"
#include "eval/item.h"
#include "eval/locate.h"
#include "eval/results.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_MAX     1024 /* items under way, where there is anything to wait for */
#define CALLS_MAX      512
#define WAIT_MS        200
#define PROGRESS_EVERY 64
#define BODY_BYTES_MAX ((size_t)64 << 20)
#define IDS_COUNT_MAX  100000000

struct eval {
    const struct pl_eval_options *options;
    const struct pl_suite *suite;
    struct pl_arena *arena;
    struct pl_template *template;
    void *states[PL_SCORERS_MAX];
    struct pl_caller *caller;
    uint32_t endpoint; /* of the suite's outputs */
    uint32_t endpoints[PL_SCORERS_MAX];
    struct pl_answers *answers;
    struct pl_results *results;
    struct pl_item *items;
    size_t window;        /* how many there are */
    uint64_t begun;       /* items that have a place, or had one */
    uint64_t written;     /* items that were written */
    struct pl_ask *first; /* calls that wait for room */
    struct pl_ask *last;
    struct pl_buffer body;
    struct pl_eval_counts counts;
    uint64_t outputs_expected;
    uint64_t taken; /* cases that the filter let through */
    bool full;      /* the limit is reached */
    uint64_t *ids;  /* hashes of the ids, a table of a power of two; 0 is empty */
    size_t ids_size;
    size_t ids_count;
};

/* ---- setting up ---- */

static enum pl_status open_scorers(struct eval *eval, struct pl_error *error)
{
    const struct pl_suite *suite = eval->suite;

    for (size_t i = 0; i < suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->scorers[i];
        const struct pl_scorer_row *row = pl_scorer_row_of(scorer->kind);
        const struct pl_scorer_setup setup = {.line = suite->line,
                                              .suite = suite,
                                              .scorer = scorer,
                                              .seed = suite->seed,
                                              .arena = eval->arena};

        if (row->score == NULL && row->asks_count == NULL)
            return pl_line_error(suite->line, scorer->place, PL_E_UNSUPPORTED, error,
                                 "the scorer `%s` is not in this version",
                                 pl_scorer_kind_name(scorer->kind));
        if (row->open != NULL)
            PL_RETURN_IF(row->open(&setup, &eval->states[i], error));
    }
    return PL_OK;
}

static enum pl_status open_template(struct eval *eval, struct pl_error *error)
{
    const struct pl_suite *suite = eval->suite;
    struct pl_str path;

    if (suite->prompt.len == 0)
        return PL_OK;
    path = pl_line_path(suite->line, suite->prompt, eval->arena);
    if (path.ptr == NULL)
        return pl_arena_error(eval->arena, "the path of the prompt", error);

    const enum pl_status status = pl_template_read(path.ptr, eval->arena, &eval->template, error);

    if (status == PL_E_NOT_FOUND)
        return pl_line_error(suite->line, suite->prompt_place, status, error,
                             "there is no file %s, which `prompt` names", path.ptr);
    return status;
}

static const char *text_of(struct eval *eval, struct pl_str text)
{
    return text.len == 0 ? NULL : pl_arena_copy(eval->arena, text).ptr;
}

static enum pl_status add_model(struct eval *eval, const struct pl_model *model,
                                uint32_t *ret_endpoint, struct pl_error *error)
{
    const struct pl_line *line = eval->suite->line;
    const struct pl_endpoint endpoint = {
        .name = text_of(eval, model->name),
        .url = text_of(eval, model->endpoint),
        .model = text_of(eval, model->model),
        .key_variable = text_of(eval, model->key),
        .ca_file =
            model->ca_file.len == 0 ? NULL : pl_line_path(line, model->ca_file, eval->arena).ptr,
        .price = {.given = model->price.given,
                  .input = model->price.input,
                  .cached_input =
                      model->price.cached_given ? model->price.cached_input : model->price.input,
                  .output = model->price.output},
        .timeouts = {model->connect_ms, model->first_token_ms, model->total_ms},
        .pace = {.in_flight_max = model->at_once,
                 .requests_per_minute = (double)model->requests_per_minute,
                 .tokens_per_minute = (double)model->tokens_per_minute},
        .attempts_max = model->attempts,
    };
    const enum pl_status status = pl_caller_add(eval->caller, &endpoint, ret_endpoint, error);

    if (status != PL_OK && error != NULL && error->file[0] == '\0')
        (void)pl_error_locate(error, line->file, model->place.line, model->place.column);
    return status;
}

static enum pl_status add_command(struct eval *eval, const struct pl_strs *command,
                                  struct pl_str name, uint32_t *ret_endpoint,
                                  struct pl_error *error)
{
    const struct pl_suite *suite = eval->suite;
    const char **words = pl_arena_alloc_array(eval->arena, command->count + 1, sizeof *words);

    if (words == NULL)
        return pl_arena_error(eval->arena, "a command", error);
    for (size_t i = 0; i < command->count; i++)
        words[i] = pl_arena_copy(eval->arena, command->items[i]).ptr;

    const struct pl_endpoint endpoint = {
        .name = text_of(eval, name),
        .argv = words,
        .folder = text_of(eval, suite->line->folder),
        .timeouts = {.total_ms = suite->command_ms},
        .pace = {.in_flight_max = suite->at_once},
    };

    return pl_caller_add(eval->caller, &endpoint, ret_endpoint, error);
}

static enum pl_status open_endpoints(struct eval *eval, struct pl_error *error)
{
    const struct pl_suite *suite = eval->suite;
    const struct pl_caller_options options = {.calls_max = CALLS_MAX, .seed = suite->seed};

    PL_RETURN_IF(pl_caller_new(&options, &eval->caller, error));
    if (suite->model != NULL)
        PL_RETURN_IF(add_model(eval, suite->model, &eval->endpoint, error));
    if (suite->command.count > 0)
        PL_RETURN_IF(add_command(eval, &suite->command, suite->name, &eval->endpoint, error));
    for (size_t i = 0; i < suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->scorers[i];

        if (scorer->model != NULL)
            PL_RETURN_IF(add_model(eval, scorer->model, &eval->endpoints[i], error));
        else if (scorer->command.count > 0)
            PL_RETURN_IF(
                add_command(eval, &scorer->command, scorer->name, &eval->endpoints[i], error));
    }
    return PL_OK;
}

static bool asks(const struct pl_suite *suite)
{
    bool any = suite->output_column.len == 0;

    for (size_t i = 0; i < suite->scorers_count; i++)
        any = any || pl_scorer_row_of(suite->scorers[i].kind)->asks_count != NULL;
    return any;
}

static enum pl_status open_answers(struct eval *eval, struct pl_error *error)
{
    char path[4096];

    if (!asks(eval->suite))
        return pl_answers_open(NULL, &eval->answers, error);
    (void)snprintf(path, sizeof path, "%s/" PL_ANSWERS_FILE, eval->options->folder);
    PL_RETURN_IF(pl_answers_open(path, &eval->answers, error));
    for (size_t i = 0; eval->options->earlier != NULL && eval->options->earlier[i] != NULL; i++)
        PL_RETURN_IF(pl_answers_add_source(eval->answers, eval->options->earlier[i], error));
    if (eval->options->replay)
        return PL_OK;
    return open_endpoints(eval, error);
}

/* ---- which cases ---- */

static bool passes_filter(const struct eval *eval, struct pl_item *item)
{
    struct pl_str text;

    if (eval->options->filter_column.len == 0)
        return true;
    (void)pl_case_text_of(item->root, eval->options->filter_column, &item->arena, &text);
    return pl_str_equal(text, eval->options->filter_value);
}

/* The case as an item; `ret_wanted` false when the filter leaves it out. */
static enum pl_status take_case(struct eval *eval, struct pl_item *item,
                                const struct pl_case_text *text, bool *ret_wanted,
                                struct pl_error *error)
{
    const enum pl_status status = pl_item_take(item, eval->suite, eval->template, text, error);

    *ret_wanted = status == PL_OK && passes_filter(eval, item);
    if (status == PL_E_DATA && error != NULL && error->file[0] == '\0')
        return pl_case_locate(eval->suite, text->number, eval->arena, error);
    if (status == PL_E_DATA && error != NULL) {
        char message[PL_ERROR_MESSAGE_SIZE];

        (void)snprintf(message, sizeof message, "%.900s (case %llu)", error->message,
                       (unsigned long long)text->number);
        (void)snprintf(error->message, sizeof error->message, "%s", message);
    }
    return status;
}

static bool limit_is_reached(const struct eval *eval)
{
    return eval->options->limit > 0 && eval->taken >= eval->options->limit;
}

/* ---- the first reading: is every case in order? ---- */

static enum pl_status grow_ids(struct eval *eval, struct pl_error *error)
{
    const size_t old_size = eval->ids_size;
    uint64_t *old = eval->ids;

    eval->ids_size = old_size == 0 ? 4096 : 2 * old_size;
    eval->ids = calloc(eval->ids_size, sizeof *eval->ids);
    if (eval->ids == NULL || eval->ids_count > IDS_COUNT_MAX) {
        free(old);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the ids of the cases");
    }
    for (size_t i = 0; i < old_size; i++) {
        size_t at = (size_t)old[i] & (eval->ids_size - 1);

        while (old[i] != 0 && eval->ids[at] != 0)
            at = (at + 1) & (eval->ids_size - 1);
        if (old[i] != 0)
            eval->ids[at] = old[i];
    }
    free(old);
    return PL_OK;
}

/* Two ids of one hash are taken for the same: of a million cases with odds of one in ten million. */
static enum pl_status check_id(struct eval *eval, const struct pl_item *item,
                               struct pl_error *error)
{
    const uint64_t hash = pl_str_hash(item->id) | 1u;
    size_t at = 0;

    if (eval->suite->columns.id.len == 0)
        return PL_OK;
    if (4 * (eval->ids_count + 1) > 3 * eval->ids_size)
        PL_RETURN_IF(grow_ids(eval, error));
    at = (size_t)hash & (eval->ids_size - 1);
    while (eval->ids[at] != 0 && eval->ids[at] != hash)
        at = (at + 1) & (eval->ids_size - 1);
    if (eval->ids[at] == hash) {
        (void)pl_error_set(error, PL_E_DATA,
                           "the id `%.*s` stands twice, in the cases or in the "
                           "recorded outputs",
                           PL_STR_ARG(item->id));
        return pl_case_locate(eval->suite, item->number, eval->arena, error);
    }
    eval->ids[at] = hash;
    eval->ids_count++;
    return PL_OK;
}

static enum pl_status check_case(const struct pl_case_text *text, void *context,
                                 struct pl_error *error)
{
    struct eval *eval = context;
    struct pl_item *item = &eval->items[0];
    bool is_wanted = false;

    if (limit_is_reached(eval))
        return PL_E_INTERRUPTED;
    pl_item_reset(item);
    PL_RETURN_IF(take_case(eval, item, text, &is_wanted, error));
    PL_RETURN_IF(check_id(eval, item, error));
    eval->taken += is_wanted ? 1 : 0;
    return PL_OK;
}

static enum pl_status check_cases(struct eval *eval, struct pl_error *error)
{
    const enum pl_status status = pl_cases_read(eval->suite, eval->arena, check_case, eval, error);

    free(eval->ids);
    eval->ids = NULL;
    pl_item_reset(&eval->items[0]);
    if (status != PL_OK && !(status == PL_E_INTERRUPTED && limit_is_reached(eval)))
        return status;
    if (eval->taken == 0)
        return pl_line_error(eval->suite->line, eval->suite->cases_place, PL_E_DATA, error,
                             eval->options->filter_column.len > 0
                                 ? "no case of %.*s passes the filter"
                                 : "%.*s holds no cases",
                             PL_STR_ARG(eval->suite->cases));
    eval->outputs_expected = eval->taken * eval->suite->repeats;
    eval->taken = 0;
    return PL_OK;
}

/* ---- calls ---- */

static void queue(struct eval *eval, struct pl_ask *ask)
{
    if (eval->last == NULL)
        eval->first = ask;
    else
        eval->last->next = ask;
    eval->last = ask;
}

static uint32_t endpoint_of(const struct eval *eval, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? eval->endpoint : eval->endpoints[ask->scorer];
}

static const struct pl_model *model_of(const struct eval *eval, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? eval->suite->model
                                        : eval->suite->scorers[ask->scorer].model;
}

static const char *role_of(struct eval *eval, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? "output" : eval->suite->scorers[ask->scorer].name.ptr;
}

/* All that the answer depends on: where it goes, what is asked, and which time it is. */
static enum pl_status make_key(struct eval *eval, struct pl_ask *ask, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    const struct pl_model *model = model_of(eval, ask);
    const struct pl_strs *command = ask->scorer == PL_ASK_OUTPUT
                                        ? &eval->suite->command
                                        : &eval->suite->scorers[ask->scorer].command;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];

    pl_buffer_init(&text, 2 * BODY_BYTES_MAX);
    if (model != NULL)
        pl_buffer_add_format(&text, "%.*s%s\n", PL_STR_ARG(model->endpoint),
                             pl_openai_path(ask->request.ask.api));
    for (size_t i = 0; model == NULL && i < command->count; i++)
        pl_buffer_add_format(&text, "%zu:%.*s\n", command->items[i].len,
                             PL_STR_ARG(command->items[i]));
    pl_buffer_add_format(&text, "%s %u %u\n", role_of(eval, ask), ask->index, ask->item->repeat);
    pl_buffer_add(&text, ask->body);
    PL_RETURN_IF(pl_buffer_check(&text, "a request", error));
    pl_hash_bytes(pl_buffer_view(&text), hash);
    memcpy(ask->key, hash, PL_ANSWER_KEY_SIZE - 1);
    ask->key[PL_ANSWER_KEY_SIZE - 1] = '\0';
    return PL_OK;
}

static enum pl_status make_body(struct eval *eval, struct pl_ask *ask, struct pl_error *error)
{
    const struct pl_model *model = model_of(eval, ask);
    struct pl_openai_request *request = &ask->request.ask;

    if (model == NULL) {
        ask->body = ask->request.input;
        return PL_OK;
    }
    request->model = model->model;
    request->stream = model->stream && request->api != PL_OPENAI_EMBEDDINGS;
    if (request->api != PL_OPENAI_EMBEDDINGS)
        request->extra = model->parameters;
    pl_buffer_reset(&eval->body);
    PL_RETURN_IF(pl_openai_write(request, &eval->body, error));
    PL_RETURN_IF(pl_buffer_check(&eval->body, "a request", error));
    ask->body = pl_arena_copy(&ask->item->arena, pl_buffer_view(&eval->body));
    if (ask->body.ptr == NULL)
        return pl_arena_error(&ask->item->arena, "a request", error);
    return PL_OK;
}

static enum pl_status take_answer(struct eval *eval, struct pl_ask *ask, struct pl_error *error);

/* Answers the call from the record, or puts it in the queue. */
static enum pl_status begin_ask(struct eval *eval, struct pl_ask *ask, struct pl_error *error)
{
    bool found = false;

    ask->request.endpoint = endpoint_of(eval, ask);
    PL_RETURN_IF(make_body(eval, ask, error));
    PL_RETURN_IF(make_key(eval, ask, error));
    PL_RETURN_IF(
        pl_answers_find(eval->answers, ask->key, &ask->item->arena, ask->record, &found, error));
    if (found) {
        eval->counts.from_record++;
        return take_answer(eval, ask, error);
    }
    if (eval->options->replay) {
        *ask->record = (struct pl_answer_record){
            .end = PL_CALL_LOCAL, .sentence = PL_STR("the record of the run has no such call")};
        return take_answer(eval, ask, error);
    }
    queue(eval, ask);
    return PL_OK;
}

/* ---- scoring ---- */

static void finish_score(struct eval *eval, struct pl_item *item, size_t i)
{
    pl_scorer_settle(&eval->suite->scorers[i], &item->scores[i]);
}

/* A fault of one output is the score's, and not the end of the run. */
static enum pl_status settle(struct pl_item *item, struct pl_score *score, enum pl_status status,
                             const struct pl_error *fault, struct pl_error *error)
{
    if (status == PL_OK)
        return PL_OK;
    if (status != PL_E_LIMIT && status != PL_E_DATA) {
        if (error != NULL)
            *error = *fault;
        return status;
    }
    *score = (struct pl_score){.state = PL_SCORE_FAILED,
                               .note = pl_arena_copy(&item->arena, pl_str_of(fault->message))};
    return PL_OK;
}

static enum pl_status begin_asks(struct eval *eval, struct pl_item *item, size_t i,
                                 const struct pl_scored *scored, struct pl_error *error)
{
    const struct pl_scorer_row *row = pl_scorer_row_of(eval->suite->scorers[i].kind);
    const size_t count = row->asks_count(eval->states[i], scored);
    struct pl_ask *list = pl_arena_alloc_array(&item->arena, count + 1, sizeof *list);

    item->answers[i] = pl_arena_alloc_array(&item->arena, count + 1, sizeof *item->answers[i]);
    if (list == NULL || item->answers[i] == NULL)
        return pl_arena_error(&item->arena, "the calls of a scorer", error);
    if (count == 0)
        return row->take(eval->states[i], scored, item->answers[i], 0, &item->scores[i], error);
    item->answers_count[i] = (uint32_t)count;
    item->waiting[i] = (uint32_t)count;
    item->waiting_scorers++;
    for (size_t k = 0; k < count; k++) {
        list[k].item = item;
        list[k].scorer = (uint32_t)i;
        list[k].index = (uint32_t)k;
        list[k].record = &item->answers[i][k];
        PL_RETURN_IF(row->ask(eval->states[i], scored, k, &list[k].request, error));
    }
    for (size_t k = 0; k < count; k++)
        PL_RETURN_IF(begin_ask(eval, &list[k], error));
    return PL_OK;
}

static enum pl_status begin_scorer(struct eval *eval, struct pl_item *item, size_t i,
                                   struct pl_error *error)
{
    const struct pl_scorer *scorer = &eval->suite->scorers[i];
    const struct pl_scorer_row *row = pl_scorer_row_of(scorer->kind);
    struct pl_scored scored;
    struct pl_error fault = {0};
    enum pl_status status = pl_item_scored(item, eval->suite, scorer, &scored, &fault);

    if (status == PL_OK && row->score != NULL) {
        status = row->score(eval->states[i], scorer, &scored, &item->scores[i], &fault);
        finish_score(eval, item, i);
    } else if (status == PL_OK) {
        return begin_asks(eval, item, i, &scored, error);
    }
    return settle(item, &item->scores[i], status, &fault, error);
}

/* The output is there, or will not come. */
static enum pl_status score_item(struct eval *eval, struct pl_item *item, struct pl_error *error)
{
    item->waiting_scorers = 1; /* held until all have begun */
    for (size_t i = 0; i < eval->suite->scorers_count; i++) {
        if (item->output.end != PL_CALL_DONE)
            item->scores[i].note = PL_STR("there is no output");
        else
            PL_RETURN_IF(begin_scorer(eval, item, i, error));
    }
    if (--item->waiting_scorers == 0)
        item->finished = true;
    return PL_OK;
}

/* Every call of the scorer has come back. One that failed is no verdict. */
static enum pl_status take_scorer(struct eval *eval, struct pl_item *item, size_t i,
                                  struct pl_error *error)
{
    const struct pl_scorer *scorer = &eval->suite->scorers[i];
    struct pl_score *score = &item->scores[i];
    struct pl_scored scored;
    struct pl_error fault = {0};
    enum pl_status status = PL_OK;

    for (size_t k = 0; k < item->answers_count[i] && score->state != PL_SCORE_FAILED; k++)
        if (item->answers[i][k].end != PL_CALL_DONE)
            *score =
                (struct pl_score){.state = PL_SCORE_FAILED, .note = item->answers[i][k].sentence};
    if (score->state != PL_SCORE_FAILED) {
        status = pl_item_scored(item, eval->suite, scorer, &scored, &fault);
        if (status == PL_OK)
            status = pl_scorer_row_of(scorer->kind)
                         ->take(eval->states[i], &scored, item->answers[i], item->answers_count[i],
                                score, &fault);
        PL_RETURN_IF(settle(item, score, status, &fault, error));
    }
    finish_score(eval, item, i);
    if (--item->waiting_scorers == 0)
        item->finished = true;
    return PL_OK;
}

static enum pl_status take_answer(struct eval *eval, struct pl_ask *ask, struct pl_error *error)
{
    struct pl_item *item = ask->item;

    if (ask->scorer == PL_ASK_OUTPUT) {
        PL_RETURN_IF(pl_item_take_answer(item, ask->record, error));
        return score_item(eval, item, error);
    }
    if (--item->waiting[ask->scorer] > 0)
        return PL_OK;
    return take_scorer(eval, item, ask->scorer, error);
}

/* ---- the engine ---- */

static bool is_stopping(const struct eval *eval)
{
    return eval->options->stop != NULL && *eval->options->stop != 0;
}

static enum pl_status submit(struct eval *eval, struct pl_error *error)
{
    while (eval->first != NULL && !is_stopping(eval) && pl_caller_has_room(eval->caller)) {
        struct pl_ask *ask = eval->first;

        PL_RETURN_IF(pl_caller_submit(eval->caller, &ask->request, ask, error));
        eval->first = ask->next;
        if (eval->first == NULL)
            eval->last = NULL;
    }
    return PL_OK;
}

/* Texts of a result live until it is released; those of a record as long as the item. */
static enum pl_status copy_result(const struct pl_call_result *result, struct pl_arena *arena,
                                  struct pl_answer_record *record, struct pl_error *error)
{
    const struct pl_answer *from = &result->answer;
    struct pl_reply *reply = pl_arena_alloc(arena, sizeof *reply);
    struct pl_embedding *embeddings =
        pl_arena_alloc_array(arena, from->embeddings_count + 1, sizeof *embeddings);

    if (reply == NULL || embeddings == NULL)
        return pl_arena_error(arena, "an answer", error);
    *record = (struct pl_answer_record){
        .end = result->end,
        .sentence = pl_arena_copy(arena, result->sentence),
        .answer = {.usage = result->paid, .replies = reply, .embeddings = embeddings},
        .latency_ms = result->latency_ms,
        .first_token_ms = result->first_token_ms,
        .attempts = result->attempts,
        .cost_known = result->cost_known,
        .cost = result->cost,
    };
    if (from->replies_count > 0) {
        const struct pl_reply *source = &from->replies[0];

        record->answer.replies_count = 1;
        *reply = (struct pl_reply){
            .has_text = source->has_text,
            .text = pl_arena_copy(arena, source->text),
            .refusal = pl_arena_copy(arena, source->refusal),
            .finish_reason = pl_arena_copy(arena, source->finish_reason),
            .tool_calls = pl_arena_alloc_array(arena, source->tool_calls_count + 1,
                                               sizeof *reply->tool_calls),
            .tool_calls_count = source->tool_calls_count,
        };
        for (size_t i = 0; reply->tool_calls != NULL && i < source->tool_calls_count; i++)
            reply->tool_calls[i] = (struct pl_tool_call){
                .name = pl_arena_copy(arena, source->tool_calls[i].name),
                .arguments = pl_arena_copy(arena, source->tool_calls[i].arguments)};
        if (reply->tool_calls == NULL || reply->text.ptr == NULL)
            return pl_arena_error(arena, "an answer", error);
    }
    record->answer.embeddings_count = from->embeddings_count;
    for (size_t i = 0; i < from->embeddings_count; i++) {
        const size_t count = from->embeddings[i].count;
        float *values = pl_arena_alloc_array(arena, count + 1, sizeof *values);

        if (values == NULL)
            return pl_arena_error(arena, "an answer", error);
        memcpy(values, from->embeddings[i].values, count * sizeof *values);
        embeddings[i] = (struct pl_embedding){values, count};
    }
    return PL_OK;
}

/* A call that was broken off by the person is as if it had not been made: the item stays unfinished. */
static enum pl_status take_result(struct eval *eval, const struct pl_call_result *result,
                                  struct pl_error *error)
{
    struct pl_ask *ask = result->tag;
    const struct pl_answer_note note = {.key = ask->key,
                                        .role = role_of(eval, ask),
                                        .request = ask->body,
                                        .request_is_json = model_of(eval, ask) != NULL};

    eval->counts.calls++;
    eval->counts.cost_paid += result->cost_known ? result->cost : 0.0;
    pl_usage_add(&eval->counts.usage, &result->paid);
    if (result->end == PL_CALL_CANCELLED)
        return PL_OK;
    PL_RETURN_IF(pl_answers_write(eval->answers, &note, result, error));
    PL_RETURN_IF(copy_result(result, &ask->item->arena, ask->record, error));
    return take_answer(eval, ask, error);
}

static void tell(struct eval *eval)
{
    const struct pl_eval_progress progress = {.counts = &eval->counts,
                                              .outputs_expected = eval->outputs_expected,
                                              .under_way = eval->begun - eval->written};

    if (eval->options->progress != NULL)
        eval->options->progress(&progress, eval->options->context);
}

static void count_item(struct eval *eval, const struct pl_item *item)
{
    struct pl_eval_counts *counts = &eval->counts;

    counts->outputs++;
    counts->ends[item->output.end]++;
    if (item->output.end == PL_CALL_DONE)
        counts->done++;
    else
        counts->failed++;
    counts->timed += item->output.has_latency ? 1 : 0;
    counts->priced += item->output.has_cost ? 1 : 0;
    counts->cost += item->output.has_cost ? item->output.cost : 0.0;
    for (size_t i = 0; i < eval->suite->scorers_count; i++) {
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
static enum pl_status write_item(struct eval *eval, struct pl_item *item, struct pl_error *error)
{
    for (size_t i = 0; i < eval->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(eval->suite->scorers[i].kind);

        if (row->add != NULL && item->scores[i].state == PL_SCORE_GIVEN)
            row->add(eval->states[i], &item->scores[i]);
    }
    count_item(eval, item);
    PL_RETURN_IF(pl_results_add(eval->results, item, error));
    pl_item_reset(item);
    if (eval->counts.outputs % PROGRESS_EVERY == 0)
        tell(eval);
    return PL_OK;
}

/* In order: the first that is not finished holds up those behind it. */
static enum pl_status write_finished(struct eval *eval, struct pl_error *error)
{
    while (eval->written < eval->begun && eval->items[eval->written % eval->window].finished) {
        PL_RETURN_IF(write_item(eval, &eval->items[eval->written % eval->window], error));
        eval->written++;
    }
    return PL_OK;
}

/* Works once: sends what there is room for, waits a moment, takes what came. */
static enum pl_status pump(struct eval *eval, struct pl_error *error)
{
    const struct pl_call_result *result = NULL;
    enum pl_status status = PL_OK;

    if (eval->caller != NULL) {
        PL_RETURN_IF(submit(eval, error));
        result = pl_caller_wait(eval->caller, WAIT_MS);
        while (result != NULL && status == PL_OK) {
            status = take_result(eval, result, error);
            pl_caller_release(eval->caller, result);
            result = status == PL_OK ? pl_caller_wait(eval->caller, 0) : NULL;
        }
        PL_RETURN_IF(status);
    }
    tell(eval);
    return write_finished(eval, error);
}

/* ---- the second reading: every case is asked ---- */

static enum pl_status begin_output(struct eval *eval, struct pl_item *item,
                                   const struct pl_case_text *text, struct pl_error *error)
{
    struct pl_ask *ask = NULL;

    if (eval->suite->output_column.len > 0) {
        PL_RETURN_IF(pl_item_take_recorded(item, eval->suite, text, error));
        return score_item(eval, item, error);
    }
    ask = pl_arena_alloc(&item->arena, sizeof *ask);
    if (ask != NULL)
        ask->record = pl_arena_alloc(&item->arena, sizeof *ask->record);
    if (ask == NULL || ask->record == NULL)
        return pl_arena_error(&item->arena, "a call", error);
    ask->item = item;
    ask->scorer = PL_ASK_OUTPUT;
    ask->request.ask.api = PL_OPENAI_CHAT;
    ask->request.ask.messages = item->messages.items;
    ask->request.ask.messages_count = item->messages.count;
    ask->request.input = item->input;
    return begin_ask(eval, ask, error);
}

static enum pl_status begin_item(struct eval *eval, const struct pl_case_text *text,
                                 uint32_t repeat, bool *ret_wanted, struct pl_error *error)
{
    struct pl_item *item = &eval->items[eval->begun % eval->window];

    pl_item_reset(item);
    PL_RETURN_IF(take_case(eval, item, text, ret_wanted, error));
    if (!*ret_wanted)
        return PL_OK;
    item->repeat = repeat;
    eval->begun++;
    PL_RETURN_IF(begin_output(eval, item, text, error));
    return write_finished(eval, error);
}

static enum pl_status run_case(const struct pl_case_text *text, void *context,
                               struct pl_error *error)
{
    struct eval *eval = context;
    bool is_wanted = true;

    if (limit_is_reached(eval) || is_stopping(eval))
        return PL_E_INTERRUPTED;
    for (uint32_t repeat = 0; repeat < eval->suite->repeats && is_wanted; repeat++) {
        while (eval->begun - eval->written == eval->window && !is_stopping(eval))
            PL_RETURN_IF(pump(eval, error));
        if (is_stopping(eval))
            return PL_E_INTERRUPTED;
        PL_RETURN_IF(begin_item(eval, text, repeat, &is_wanted, error));
    }
    if (is_wanted) {
        eval->taken++;
        eval->counts.cases++;
    }
    if (eval->caller != NULL && eval->first != NULL && pl_caller_has_room(eval->caller))
        return submit(eval, error);
    return PL_OK;
}

/* Waits for what is under way. A person who stops the run waits for the answers that are paid for already;
   one who stops it twice does not. */
static enum pl_status drain(struct eval *eval, struct pl_error *error)
{
    while (eval->written < eval->begun) {
        if (is_stopping(eval) && eval->caller != NULL) {
            const struct pl_caller_counts counts = pl_caller_counts(eval->caller);

            if (*eval->options->stop > 1)
                pl_caller_cancel(eval->caller);
            if (counts.waiting + counts.running == 0)
                return pump(eval, error);
        }
        PL_RETURN_IF(pump(eval, error));
    }
    return PL_OK;
}

/* What is finished behind an item that is not, in a run that was stopped. */
static enum pl_status write_rest(struct eval *eval, struct pl_error *error)
{
    for (uint64_t i = eval->written; i < eval->begun; i++)
        if (eval->items[i % eval->window].finished)
            PL_RETURN_IF(write_item(eval, &eval->items[i % eval->window], error));
    return PL_OK;
}

static enum pl_status run_cases(struct eval *eval, struct pl_error *error)
{
    const enum pl_status status = pl_cases_read(eval->suite, eval->arena, run_case, eval, error);

    if (status != PL_OK && status != PL_E_INTERRUPTED)
        return status;
    PL_RETURN_IF(drain(eval, error));
    PL_RETURN_IF(write_rest(eval, error));
    PL_RETURN_IF(pl_answers_sync(eval->answers, error));
    return pl_results_finish(eval->results, error);
}

static enum pl_status make_outcome(struct eval *eval, struct pl_eval_outcome *outcome,
                                   struct pl_error *error)
{
    outcome->counts = eval->counts;
    outcome->interrupted = eval->counts.outputs < eval->outputs_expected;
    for (size_t i = 0; i < eval->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(eval->suite->scorers[i].kind);

        if (row->corpus != NULL)
            PL_RETURN_IF(row->corpus(eval->states[i], eval->arena, &outcome->corpus[i], error));
    }
    tell(eval);
    return PL_OK;
}

static enum pl_status run(struct eval *eval, struct pl_eval_outcome *outcome,
                          struct pl_error *error)
{
    PL_RETURN_IF(open_template(eval, error));
    PL_RETURN_IF(open_scorers(eval, error));
    PL_RETURN_IF(check_cases(eval, error));
    PL_RETURN_IF(open_answers(eval, error));
    PL_RETURN_IF(pl_results_open(eval->options->folder, eval->suite, &eval->results, error));
    PL_RETURN_IF(run_cases(eval, error));
    return make_outcome(eval, outcome, error);
}

static void deinit(struct eval *eval)
{
    pl_caller_free(eval->caller);
    pl_answers_close(eval->answers);
    pl_results_close(eval->results);
    for (size_t i = 0; i < eval->suite->scorers_count; i++) {
        const struct pl_scorer_row *row = pl_scorer_row_of(eval->suite->scorers[i].kind);

        if (row->close != NULL)
            row->close(eval->states[i]);
    }
    for (size_t i = 0; i < eval->window; i++)
        pl_item_deinit(&eval->items[i]);
    free(eval->items);
    free(eval->ids);
    pl_buffer_deinit(&eval->body);
}

enum pl_status pl_eval_run(const struct pl_eval_options *options, struct pl_arena *arena,
                           struct pl_eval_outcome *ret_outcome, struct pl_error *error)
{
    struct pl_eval_outcome outcome = {0};
    struct eval eval = {
        .options = options,
        .suite = options->suite,
        .arena = arena,
        .window = asks(options->suite) ? WINDOW_MAX : 1,
    };

    eval.items = calloc(eval.window, sizeof *eval.items);

    if (eval.items == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the run of a suite");
    pl_buffer_init(&eval.body, BODY_BYTES_MAX);

    const enum pl_status status = run(&eval, &outcome, error);

    deinit(&eval);
    if (status == PL_OK)
        *ret_outcome = outcome;
    return status;
}
