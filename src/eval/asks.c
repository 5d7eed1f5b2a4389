/* Calls of a run: what is sent, by which key the record knows it, and how the answer comes back. */
#include "eval/work.h"

#include "ledger/ledger.h"

#include <string.h>

/* ---- calls ---- */

static void queue(struct pl_work *work, struct pl_ask *ask)
{
    if (work->last == NULL)
        work->first = ask;
    else
        work->last->next = ask;
    work->last = ask;
}

static uint32_t endpoint_of(const struct pl_work *work, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? work->endpoint : work->endpoints[ask->scorer];
}

static const struct pl_model *model_of(const struct pl_work *work, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? work->suite->model
                                        : work->suite->scorers[ask->scorer].model;
}

static const char *role_of(struct pl_work *work, const struct pl_ask *ask)
{
    return ask->scorer == PL_ASK_OUTPUT ? "output" : work->suite->scorers[ask->scorer].name.ptr;
}

/* All that the answer depends on: where it goes, what is asked, and which time it is. */
static enum pl_status make_key(struct pl_work *work, struct pl_ask *ask, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    const struct pl_model *model = model_of(work, ask);
    const struct pl_strs *command = ask->scorer == PL_ASK_OUTPUT
                                        ? &work->suite->command
                                        : &work->suite->scorers[ask->scorer].command;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];

    pl_buffer_init(&text, 2 * PL_BODY_BYTES_MAX);
    if (model != NULL)
        pl_buffer_add_format(&text, "%.*s%s\n", PL_STR_ARG(model->endpoint),
                             pl_openai_path(ask->request.ask.api));
    for (size_t i = 0; model == NULL && i < command->count; i++)
        pl_buffer_add_format(&text, "%zu:%.*s\n", command->items[i].len,
                             PL_STR_ARG(command->items[i]));
    pl_buffer_add_format(&text, "%s %u %u\n", role_of(work, ask), ask->index, ask->item->repeat);
    pl_buffer_add(&text, ask->body);
    PL_RETURN_IF(pl_buffer_check(&text, "a request", error));
    pl_hash_bytes(pl_buffer_view(&text), hash);
    memcpy(ask->key, hash, PL_ANSWER_KEY_SIZE - 1);
    ask->key[PL_ANSWER_KEY_SIZE - 1] = '\0';
    return PL_OK;
}

static enum pl_status make_body(struct pl_work *work, struct pl_ask *ask, struct pl_error *error)
{
    const struct pl_model *model = model_of(work, ask);
    struct pl_openai_request *request = &ask->request.ask;

    if (model == NULL) {
        ask->body = ask->request.input;
        return PL_OK;
    }
    request->model = model->model;
    request->stream = model->stream && request->api != PL_OPENAI_EMBEDDINGS;
    if (request->api != PL_OPENAI_EMBEDDINGS)
        request->extra = model->parameters;
    pl_buffer_reset(&work->body);
    PL_RETURN_IF(pl_openai_write(request, &work->body, error));
    PL_RETURN_IF(pl_buffer_check(&work->body, "a request", error));
    ask->body = pl_arena_copy(&ask->item->arena, pl_buffer_view(&work->body));
    if (ask->body.ptr == NULL)
        return pl_arena_error(&ask->item->arena, "a request", error);
    return PL_OK;
}

/* Answers the call from the record, or puts it in the queue. */
enum pl_status pl_work_begin_ask(struct pl_work *work, struct pl_ask *ask, struct pl_error *error)
{
    const struct pl_answer_wish wish = {ask->key, work->options->replay};
    bool found = false;

    ask->request.endpoint = endpoint_of(work, ask);
    PL_RETURN_IF(make_body(work, ask, error));
    PL_RETURN_IF(make_key(work, ask, error));
    PL_RETURN_IF(
        pl_answers_find(work->answers, &wish, &ask->item->arena, ask->record, &found, error));
    if (found) {
        work->counts.from_record++;
        return pl_work_take_answer(work, ask, error);
    }
    if (work->options->replay) {
        *ask->record = (struct pl_answer_record){
            .end = PL_CALL_LOCAL, .sentence = PL_STR("the record of the run has no such call")};
        return pl_work_take_answer(work, ask, error);
    }
    queue(work, ask);
    return PL_OK;
}

bool pl_work_is_stopping(const struct pl_work *work)
{
    return work->gave_up.len > 0 || (work->options->stop != NULL && *work->options->stop != 0);
}

enum pl_status pl_work_submit(struct pl_work *work, struct pl_error *error)
{
    while (work->first != NULL && !pl_work_is_stopping(work) && work->calls < work->calls_max &&
           pl_caller_has_room(work->caller)) {
        struct pl_ask *ask = work->first;

        PL_RETURN_IF(pl_caller_submit(work->caller, &ask->request, ask, error));
        work->calls++;
        work->first = ask->next;
        if (work->first == NULL)
            work->last = NULL;
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
enum pl_status pl_work_take_result(struct pl_work *work, const struct pl_call_result *result,
                                   struct pl_error *error)
{
    struct pl_ask *ask = result->tag;
    const struct pl_answer_note note = {.key = ask->key,
                                        .role = role_of(work, ask),
                                        .request = ask->body,
                                        .request_is_json = model_of(work, ask) != NULL};

    work->calls--;
    work->counts.calls++;
    work->counts.cost_paid += result->cost_known ? result->cost : 0.0;
    pl_usage_add(&work->counts.usage, &result->paid);
    if (result->end == PL_CALL_CANCELLED)
        return PL_OK;
    PL_RETURN_IF(pl_answers_write(work->answers, &note, result, error));
    PL_RETURN_IF(copy_result(result, &ask->item->arena, ask->record, error));
    return pl_work_take_answer(work, ask, error);
}
