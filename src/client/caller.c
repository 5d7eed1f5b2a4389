/*
 * The engine: lists of calls that wait, run and have ended, and one loop over them. A call that waits stands
 * in the list of its endpoint; one that runs or has ended in a list of the caller. Times are read once in
 * a round of the loop.
 */
#include "client/caller.h"

#include "base/file.h"
#include "client/call_state.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALLS_DEFAULT            256u
#define ENDPOINTS_SIZE_BYTES_MAX ((size_t)4 << 20)
#define PROCESSES_MAX            256
/* What a call's arena may hold besides its answer, which is there once as it came, once as it is read. */
#define ARENA_EXTRA_BYTES ((size_t)1 << 20)
#define REQUEST_BYTES_MAX ((size_t)64 << 20)
#define ROUND_NS_MAX      (60000ull * PL_NS_PER_MS)
/* While results are taken one by one, the others move on this often. */
#define ROUND_NS_MIN (2ull * PL_NS_PER_MS)

struct list {
    struct pl_call_state *first, *last;
};

struct pl_caller {
    struct pl_caller_options options;
    struct pl_http *http;
    struct pl_arena arena; /* of the endpoints */
    struct pl_endpoint_state endpoints[PL_CALLER_ENDPOINTS_MAX];
    uint32_t endpoints_count;
    struct list running, ended, taken;
    uint32_t calls; /* not released */
    uint32_t processes;
    uint64_t worked_ns; /* when the last round began */
    struct pl_caller_counts counts;
    struct pl_http_fd fds[PROCESSES_MAX * PL_PROCESS_FDS_MAX];
};

/* --- Lists -------------------------------------------------------------------------------------- */

static void append(struct pl_call_state **first, struct pl_call_state **last,
                   struct pl_call_state *call)
{
    call->previous = *last;
    call->next = NULL;
    if (*last == NULL)
        *first = call;
    else
        (*last)->next = call;
    *last = call;
}

static void unlink_call(struct pl_call_state **first, struct pl_call_state **last,
                        struct pl_call_state *call)
{
    if (call->previous == NULL)
        *first = call->next;
    else
        call->previous->next = call->next;
    if (call->next == NULL)
        *last = call->previous;
    else
        call->next->previous = call->previous;
}

static void link_to(struct pl_caller *caller, struct pl_call_state *call, enum pl_call_stage stage)
{
    struct pl_endpoint_state *endpoint = call->endpoint;
    struct list *const lists[] = {
        [PL_STAGE_RUNNING] = &caller->running,
        [PL_STAGE_ENDED] = &caller->ended,
        [PL_STAGE_TAKEN] = &caller->taken,
    };

    call->stage = stage;
    if (stage == PL_STAGE_WAITING)
        append(&endpoint->first_waiting, &endpoint->last_waiting, call);
    else
        append(&lists[stage]->first, &lists[stage]->last, call);
}

static void unlink_from(struct pl_caller *caller, struct pl_call_state *call)
{
    struct pl_endpoint_state *endpoint = call->endpoint;
    struct list *const lists[] = {
        [PL_STAGE_RUNNING] = &caller->running,
        [PL_STAGE_ENDED] = &caller->ended,
        [PL_STAGE_TAKEN] = &caller->taken,
    };

    if (call->stage == PL_STAGE_WAITING)
        unlink_call(&endpoint->first_waiting, &endpoint->last_waiting, call);
    else
        unlink_call(&lists[call->stage]->first, &lists[call->stage]->last, call);
}

static void move_to(struct pl_caller *caller, struct pl_call_state *call, enum pl_call_stage stage)
{
    unlink_from(caller, call);
    link_to(caller, call, stage);
}

/* --- A broken pipe must not end the program ----------------------------------------------------- */

struct pipe_guard {
    sigset_t before;
    bool was_pending;
};

static bool pipe_is_pending(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

static struct pipe_guard guard_begin(void)
{
    struct pipe_guard guard = {.was_pending = pipe_is_pending()};
    sigset_t pipe;

    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &guard.before);
    return guard;
}

/* Takes away the signal that our own writing raised, and no other. */
static void guard_end(struct pipe_guard *guard)
{
    const struct timespec none = {0};
    sigset_t pipe;

    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    if (!guard->was_pending && pipe_is_pending())
        (void)sigtimedwait(&pipe, NULL, &none);
    (void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

/* --- A caller's life ---------------------------------------------------------------------------- */

enum pl_status pl_caller_new(const struct pl_caller_options *options, struct pl_caller **ret_caller,
                             struct pl_error *error)
{
    struct pl_caller *caller = calloc(1, sizeof *caller);
    enum pl_status status = PL_OK;

    if (caller == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for calling models");
    if (options != NULL)
        caller->options = *options;
    if (caller->options.calls_max == 0)
        caller->options.calls_max = CALLS_DEFAULT;
    if (caller->options.calls_max > PL_CALLER_CALLS_MAX)
        caller->options.calls_max = PL_CALLER_CALLS_MAX;
    status = pl_http_new(&caller->http, error);
    if (status != PL_OK) {
        free(caller);
        return status;
    }
    pl_arena_init(&caller->arena, ENDPOINTS_SIZE_BYTES_MAX);
    *ret_caller = caller;
    return PL_OK;
}

void pl_attempt_drop(struct pl_call_state *call, struct pl_http *http)
{
    struct pl_attempt *attempt = &call->attempt;

    if (attempt->exchange != NULL)
        pl_http_stop(http, attempt->exchange, NULL);
    pl_process_free(attempt->process);
    pl_buffer_deinit(&attempt->body);
    if (attempt->is_stream)
        pl_sse_deinit(&attempt->sse);
    pl_openai_stream_end(attempt->stream);
    *attempt = (struct pl_attempt){0};
}

/* Frees a call that stands in no list, or whose list is freed with it. */
static void free_call(struct pl_caller *caller, struct pl_call_state *call)
{
    pl_attempt_drop(call, caller->http);
    pl_buffer_deinit(&call->input);
    pl_arena_deinit(&call->arena);
    free(call);
}

static void free_list(struct pl_caller *caller, struct pl_call_state *first)
{
    struct pl_call_state *next = NULL;

    for (struct pl_call_state *call = first; call != NULL; call = next) {
        next = call->next;
        free_call(caller, call);
    }
}

void pl_caller_free(struct pl_caller *caller)
{
    if (caller == NULL)
        return;

    struct pipe_guard guard = guard_begin();

    free_list(caller, caller->running.first);
    free_list(caller, caller->ended.first);
    free_list(caller, caller->taken.first);
    for (uint32_t i = 0; i < caller->endpoints_count; i++) {
        free_list(caller, caller->endpoints[i].first_waiting);
        pl_endpoint_state_deinit(&caller->endpoints[i]);
    }
    pl_http_free(caller->http);
    guard_end(&guard);
    pl_arena_deinit(&caller->arena);
    free(caller);
}

enum pl_status pl_caller_add(struct pl_caller *caller, const struct pl_endpoint *endpoint,
                             uint32_t *ret_endpoint, struct pl_error *error)
{
    const uint32_t index = caller->endpoints_count;

    if (index == PL_CALLER_ENDPOINTS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "there are more than %d endpoints, the limit",
                            PL_CALLER_ENDPOINTS_MAX);

    const enum pl_status status =
        pl_endpoint_settle(&caller->endpoints[index], endpoint, &caller->arena, error);

    if (status != PL_OK) {
        pl_endpoint_state_deinit(&caller->endpoints[index]);
        return status;
    }
    caller->endpoints_count++;
    *ret_endpoint = index;
    return PL_OK;
}

/* --- Submitting --------------------------------------------------------------------------------- */

bool pl_caller_has_room(const struct pl_caller *caller)
{
    return caller->calls < caller->options.calls_max;
}

/* What is to be sent, or fed. */
static enum pl_status write_input(struct pl_call_state *call, const struct pl_call_request *request,
                                  struct pl_error *error)
{
    const struct pl_endpoint *endpoint = &call->endpoint->settled;
    struct pl_openai_request ask = request->ask;

    pl_buffer_init(&call->input, REQUEST_BYTES_MAX);
    if (endpoint->url == NULL) {
        pl_buffer_add(&call->input, request->input);
        return pl_buffer_check(&call->input, "the input of a command", error);
    }
    if (ask.model.len == 0)
        ask.model = pl_str_of(endpoint->model);
    PL_RETURN_IF(pl_openai_write(&ask, &call->input, error));
    call->api = ask.api;
    call->replies = ask.n;
    call->stream = ask.stream && ask.api != PL_OPENAI_EMBEDDINGS;
    call->tokens_estimated = pl_openai_estimate(&ask, call->input.len);
    return pl_buffer_check(&call->input, "a request", error);
}

enum pl_status pl_caller_submit(struct pl_caller *caller, const struct pl_call_request *request,
                                void *tag, struct pl_error *error)
{
    struct pl_call_state *call = NULL;
    enum pl_status status = PL_OK;

    assert(request->endpoint < caller->endpoints_count);
    if (!pl_caller_has_room(caller))
        return pl_error_set(error, PL_E_BUSY, "%u calls are under way already, the limit",
                            caller->options.calls_max);
    call = calloc(1, sizeof *call);
    if (call == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a call");
    call->endpoint = &caller->endpoints[request->endpoint];
    call->submitted_ns = pl_clock_monotonic_ns();
    call->result.tag = tag;
    pl_arena_init(&call->arena,
                  2 * call->endpoint->settled.answer_size_bytes_max + ARENA_EXTRA_BYTES);
    pl_rng_init(&call->rng, caller->options.seed, caller->counts.submitted);
    status = write_input(call, request, error);
    if (status != PL_OK) {
        pl_buffer_deinit(&call->input);
        free(call);
        return status;
    }
    link_to(caller, call, PL_STAGE_WAITING);
    caller->calls++;
    caller->counts.submitted++;
    caller->counts.waiting++;
    return PL_OK;
}

/* --- An attempt ends, and with it perhaps the call ---------------------------------------------- */

static double ms_between(uint64_t from_ns, uint64_t to_ns)
{
    return from_ns == 0 || to_ns <= from_ns ? 0.0
                                            : (double)(to_ns - from_ns) / (double)PL_NS_PER_MS;
}

static void end_call(struct pl_caller *caller, struct pl_call_state *call, enum pl_call_end end)
{
    struct pl_call_result *result = &call->result;
    const struct pl_price *price = &call->endpoint->settled.price;

    result->end = end;
    result->sentence = end == PL_CALL_DONE ? (struct pl_str){"", 0} : pl_str_of(call->sentence);
    result->request_id = pl_str_of(call->request_id);
    if (price->given) {
        result->cost = pl_price_of_tokens(price, &result->paid) + call->answered * price->request;
        result->cost_known = result->answer.usage.known;
    }
    pl_buffer_deinit(&call->input);
    move_to(caller, call, PL_STAGE_ENDED);
    caller->counts.ends[end]++;
    if (end == PL_CALL_DONE)
        caller->counts.done++;
    else if (end == PL_CALL_CANCELLED)
        caller->counts.cancelled++;
    else
        caller->counts.failed++;
    pl_usage_add(&caller->counts.paid, &result->paid);
    caller->counts.cost += result->cost;
}

/* Tokens that the attempt took, as far as is known: an attempt that was not sent took none. */
static double tokens_used(const struct pl_call_state *call)
{
    const struct pl_usage *usage = &call->result.answer.usage;

    if (usage->known)
        return (double)pl_usage_tokens(usage);
    return call->attempt.sent ? call->tokens_estimated : 0.0;
}

/* Takes down what the attempt was, whatever follows. */
static void note_attempt(struct pl_caller *caller, struct pl_call_state *call, uint64_t now_ns)
{
    const struct pl_attempt *attempt = &call->attempt;
    struct pl_call_result *result = &call->result;

    result->latency_ms = ms_between(attempt->begun_ns, now_ns);
    result->total_ms = ms_between(call->first_begun_ns, now_ns);
    result->first_token_ms = ms_between(
        attempt->begun_ns, attempt->is_stream ? attempt->first_token_ns : attempt->first_byte_ns);
    pl_usage_add(&result->paid, &result->answer.usage);
    call->answered += result->answer.usage.known;
    pl_pace_end(&call->endpoint->pace, call->tokens_estimated, tokens_used(call), now_ns);
    caller->counts.running--;
    caller->processes -= attempt->process != NULL;
}

/* Adds to the sentence why there is no further attempt. */
static void tell_of_retry(struct pl_call_state *call, enum pl_retry_answer answer,
                          uint64_t delay_ms)
{
    const size_t len = strlen(call->sentence);
    char *end = call->sentence + len;
    const size_t room = sizeof call->sentence - len;

    if (answer == PL_RETRY_EXHAUSTED && call->result.attempts > 1)
        (void)snprintf(end, room, " (the last of %u attempts)", call->result.attempts);
    else if (answer == PL_RETRY_TOO_LATE)
        (void)snprintf(end, room,
                       " (attempt %u; the next would begin in %.1f s, beyond the %.0f s there are)",
                       call->result.attempts, (double)delay_ms / 1000.0,
                       (double)call->endpoint->settled.retry_total_ms_max / 1000.0);
}

/* A server that is too busy for one is too busy for all. */
static void hold_endpoint(struct pl_call_state *call, uint64_t now_ns)
{
    const struct pl_attempt *attempt = &call->attempt;

    if (attempt->hint.has_after && (call->result.status == 429 || call->result.status == 503))
        pl_pace_hold(&call->endpoint->pace, now_ns + attempt->hint.after_ms * PL_NS_PER_MS);
}

static void try_again_later(struct pl_caller *caller, struct pl_call_state *call, uint64_t delay_ms,
                            uint64_t now_ns)
{
    hold_endpoint(call, now_ns);
    pl_attempt_drop(call, caller->http);
    call->result.answer = (struct pl_answer){0};
    call->result.errors = (struct pl_str){0};
    call->result.status = call->result.signal = 0;
    pl_arena_deinit(&call->arena);
    call->not_before_ns = now_ns + delay_ms * PL_NS_PER_MS;
    move_to(caller, call, PL_STAGE_WAITING);
    caller->counts.waiting++;
}

static void end_attempt(struct pl_caller *caller, struct pl_call_state *call, uint64_t now_ns)
{
    const enum pl_call_end end = call->attempt.end;
    const struct pl_retry_case one = {
        .retryable = pl_call_end_may_pass(end),
        .hint = call->attempt.hint,
        .attempts = call->result.attempts,
        .elapsed_ms = (uint64_t)ms_between(call->first_begun_ns, now_ns),
    };
    uint64_t delay_ms = 0;
    enum pl_retry_answer answer = PL_RETRY_NOT;

    note_attempt(caller, call, now_ns);
    if (end != PL_CALL_DONE)
        answer = pl_retry_decide(&call->endpoint->retry, &one, &call->rng, &delay_ms);
    if (answer == PL_RETRY_AGAIN) {
        try_again_later(caller, call, delay_ms, now_ns);
        return;
    }
    if (end != PL_CALL_DONE)
        tell_of_retry(call, answer, delay_ms);
    pl_attempt_drop(call, caller->http);
    end_call(caller, call, end);
}

/* --- Beginning attempts ------------------------------------------------------------------------- */

static void begin_attempt(struct pl_caller *caller, struct pl_call_state *call, uint64_t now_ns)
{
    const bool is_server = call->endpoint->settled.url != NULL;

    pl_pace_start(&call->endpoint->pace, call->tokens_estimated, now_ns);
    move_to(caller, call, PL_STAGE_RUNNING);
    caller->counts.waiting--;
    caller->counts.running++;
    caller->counts.attempts++;
    if (call->result.attempts++ == 0) {
        call->first_begun_ns = now_ns;
        call->result.waited_ms = ms_between(call->submitted_ns, now_ns);
    }
    call->sentence[0] = '\0';
    call->attempt.begun_ns = now_ns;

    const bool begun = is_server ? pl_ask_begin(call, caller->http) : pl_run_begin(call);

    if (!begun)
        end_attempt(caller, call, now_ns);
    else
        caller->processes += !is_server;
}

static void look_at(uint64_t when_ns, uint64_t *ret_next_ns)
{
    if (when_ns < *ret_next_ns)
        *ret_next_ns = when_ns;
}

/* Begins what may begin at this endpoint, in the order of submission. */
static void begin_due(struct pl_caller *caller, struct pl_endpoint_state *endpoint, uint64_t now_ns,
                      uint64_t *ret_next_ns)
{
    struct pl_call_state *next = NULL;

    for (struct pl_call_state *call = endpoint->first_waiting; call != NULL; call = next) {
        next = call->next;
        if (call->not_before_ns > now_ns) {
            look_at(call->not_before_ns, ret_next_ns);
            continue;
        }

        const uint64_t wait_ns = pl_pace_wait_ns(&endpoint->pace, call->tokens_estimated, now_ns);

        if (wait_ns == PL_PACE_AFTER_A_CALL)
            return;
        if (wait_ns > 0) {
            look_at(wait_ns < ROUND_NS_MAX ? now_ns + wait_ns : now_ns + ROUND_NS_MAX, ret_next_ns);
            return;
        }
        if (endpoint->settled.url == NULL && caller->processes >= PROCESSES_MAX)
            return;
        begin_attempt(caller, call, now_ns);
    }
}

/* --- The loop ----------------------------------------------------------------------------------- */

/* Ends the attempts whose exchange is over. */
static void take_replies(struct pl_caller *caller)
{
    struct pl_http_reply reply;
    struct pl_call_state *call = NULL;

    while ((call = pl_http_next(caller->http, &reply)) != NULL) {
        pl_ask_end(call, &reply);
        end_attempt(caller, call, pl_clock_monotonic_ns());
    }
}

/* What has come of an answer that is broken off. */
static void break_off(struct pl_call_state *call, struct pl_http *http)
{
    struct pl_http_reply reply;

    pl_http_stop(http, call->attempt.exchange, &reply);
    pl_ask_end(call, &reply);
}

/* Commands move on; exchanges that take too long are ended. */
static void look_after(struct pl_caller *caller, uint64_t now_ns, uint64_t *ret_next_ns)
{
    struct pl_call_state *next = NULL;

    for (struct pl_call_state *call = caller->running.first; call != NULL; call = next) {
        next = call->next;
        if (call->attempt.process != NULL) {
            if (pl_run_work(call, now_ns, ret_next_ns))
                end_attempt(caller, call, pl_clock_monotonic_ns());
        } else if (pl_ask_is_over(call, now_ns, ret_next_ns)) {
            break_off(call, caller->http);
            end_attempt(caller, call, pl_clock_monotonic_ns());
        }
    }
}

static void work(struct pl_caller *caller, uint64_t *ret_next_ns)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();

    caller->worked_ns = now_ns;
    for (uint32_t i = 0; i < caller->endpoints_count; i++)
        begin_due(caller, &caller->endpoints[i], now_ns, ret_next_ns);
    pl_http_work(caller->http);
    take_replies(caller);
    look_after(caller, now_ns, ret_next_ns);
}

static void wait_until(struct pl_caller *caller, uint64_t until_ns)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();
    const uint64_t wait_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    size_t count = 0;

    for (const struct pl_call_state *call = caller->running.first; call != NULL;
         call = call->next) {
        int fds[PL_PROCESS_FDS_MAX];
        bool to_write[PL_PROCESS_FDS_MAX];

        if (call->attempt.process == NULL)
            continue;

        const size_t more = pl_process_fds(call->attempt.process, fds, to_write);

        for (size_t i = 0; i < more; i++)
            caller->fds[count++] = (struct pl_http_fd){fds[i], to_write[i]};
    }
    pl_http_wait(caller->http, caller->fds, count, (wait_ns + PL_NS_PER_MS - 1) / PL_NS_PER_MS);
}

static bool is_idle(const struct pl_caller *caller)
{
    return caller->counts.waiting == 0 && caller->counts.running == 0;
}

/* Whether something changed that may let another call begin at once. */
static bool may_begin_more(const struct pl_caller *caller, uint64_t ends_before)
{
    return caller->counts.waiting > 0 &&
           caller->counts.done + caller->counts.failed + caller->counts.attempts != ends_before;
}

static struct pl_call_state *await_end(struct pl_caller *caller, uint64_t until_ns)
{
    for (;;) {
        const uint64_t before =
            caller->counts.done + caller->counts.failed + caller->counts.attempts;
        uint64_t next_ns = until_ns;

        work(caller, &next_ns);
        if (caller->ended.first != NULL)
            return caller->ended.first;
        if (is_idle(caller) || pl_clock_monotonic_ns() >= until_ns)
            return NULL;
        if (!may_begin_more(caller, before))
            wait_until(caller, next_ns);
    }
}

const struct pl_call_result *pl_caller_wait(struct pl_caller *caller, uint64_t timeout_ms)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();
    const uint64_t most_ms = (UINT64_MAX - now_ns) / PL_NS_PER_MS;
    const uint64_t until_ns =
        timeout_ms < most_ms ? now_ns + timeout_ms * PL_NS_PER_MS : UINT64_MAX;
    struct pl_call_state *call = caller->ended.first;

    if (call == NULL || now_ns - caller->worked_ns > ROUND_NS_MIN) {
        struct pipe_guard guard = guard_begin();

        call = await_end(caller, until_ns);
        guard_end(&guard);
    }
    if (call == NULL)
        return NULL;
    move_to(caller, call, PL_STAGE_TAKEN);
    return &call->result;
}

/* A result stands at the beginning of its call. */
static struct pl_call_state *call_of(const struct pl_call_result *result)
{
    union {
        const struct pl_call_result *result;
        struct pl_call_state *call;
    } both = {.result = result};

    return both.call;
}

void pl_caller_release(struct pl_caller *caller, const struct pl_call_result *result)
{
    if (result == NULL)
        return;

    struct pl_call_state *call = call_of(result);

    assert(call->stage == PL_STAGE_TAKEN);
    unlink_from(caller, call);
    free_call(caller, call);
    caller->calls--;
}

static void cancel_call(struct pl_caller *caller, struct pl_call_state *call)
{
    (void)snprintf(call->sentence, sizeof call->sentence, "cancelled");
    end_call(caller, call, PL_CALL_CANCELLED);
}

void pl_caller_cancel(struct pl_caller *caller)
{
    struct pipe_guard guard = guard_begin();
    const uint64_t now_ns = pl_clock_monotonic_ns();

    while (caller->running.first != NULL) {
        struct pl_call_state *call = caller->running.first;

        call->attempt.sent = true;
        note_attempt(caller, call, now_ns);
        pl_attempt_drop(call, caller->http);
        cancel_call(caller, call);
    }
    for (uint32_t i = 0; i < caller->endpoints_count; i++) {
        while (caller->endpoints[i].first_waiting != NULL) {
            caller->counts.waiting--;
            cancel_call(caller, caller->endpoints[i].first_waiting);
        }
    }
    guard_end(&guard);
}

struct pl_caller_counts pl_caller_counts(const struct pl_caller *caller)
{
    return caller->counts;
}
