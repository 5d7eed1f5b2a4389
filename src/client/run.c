/* One attempt with a command: started, fed, and its end told in words. */
#include "client/call_state.h"

#include <stdio.h>
#include <string.h>

static const char *name_of(const struct pl_call_state *call)
{
    return call->endpoint->settled.name;
}

bool pl_run_begin(struct pl_call_state *call)
{
    const struct pl_endpoint *endpoint = &call->endpoint->settled;
    const struct pl_process_request request = {
        .argv = endpoint->argv,
        .folder = endpoint->folder,
        .input = pl_buffer_view(&call->input),
        .output_size_bytes_max = endpoint->answer_size_bytes_max,
    };
    struct pl_error error = {0};
    const enum pl_status status = pl_process_start(&request, &call->attempt.process, &error);

    call->attempt.sent = status == PL_OK;
    if (status == PL_OK)
        return true;
    pl_attempt_fail(call, status == PL_E_MEMORY ? PL_CALL_LOCAL : PL_CALL_NO_START, "%s: %s",
                    name_of(call), error.message);
    return false;
}

/* The last line of stderr that says something, cut to what fits a sentence. */
static struct pl_str last_line(struct pl_str errors)
{
    struct pl_str rest = pl_str_trim(errors);
    size_t at = rest.len;

    while (at > 0 && rest.ptr[at - 1] != '\n')
        at--;
    rest = (struct pl_str){rest.ptr + at, rest.len - at};
    return rest.len > 200 ? (struct pl_str){rest.ptr, 200} : rest;
}

static void tell(struct pl_call_state *call, const struct pl_process_end *end)
{
    const struct pl_str said = last_line(end->errors);
    const char *colon = said.len == 0 ? "" : ": ";

    if (end->state == PL_PROCESS_SIGNALLED)
        pl_attempt_fail(call, PL_CALL_SIGNAL, "%s was ended by the signal %s%s%.*s", name_of(call),
                        sigabbrev_np(end->status) == NULL ? "?" : sigabbrev_np(end->status), colon,
                        PL_STR_ARG(said));
    else if (end->state == PL_PROCESS_TOO_LARGE)
        pl_attempt_fail(call, PL_CALL_TOO_LARGE, "%s wrote more than %zu bytes, its limit",
                        name_of(call), call->endpoint->settled.answer_size_bytes_max);
    else if (end->state == PL_PROCESS_LOCAL)
        pl_attempt_fail(call, PL_CALL_LOCAL, "no memory left for what %s writes", name_of(call));
    else if (end->status != 0)
        pl_attempt_fail(call, PL_CALL_EXIT, "%s ended with status %d%s%.*s", name_of(call),
                        end->status, colon, PL_STR_ARG(said));
}

/* What it wrote becomes the text of one reply. */
static void fill_in(struct pl_call_state *call, const struct pl_process_end *end)
{
    struct pl_call_result *result = &call->result;
    struct pl_reply *reply = pl_arena_alloc(&call->arena, sizeof *reply);
    const struct pl_str text = pl_arena_copy(&call->arena, end->output);
    const struct pl_str errors = pl_arena_copy(&call->arena, end->errors);

    if (reply == NULL || text.ptr == NULL || errors.ptr == NULL) {
        pl_attempt_fail(call, PL_CALL_LOCAL, "no memory left for what %s wrote", name_of(call));
        return;
    }
    reply->text = text;
    reply->has_text = true;
    result->answer = (struct pl_answer){.replies = reply, .replies_count = 1};
    result->errors = errors;
    if (end->state == PL_PROCESS_EXITED)
        result->status = end->status;
    else if (end->state == PL_PROCESS_SIGNALLED)
        result->signal = end->status;
}

static bool is_out_of_time(struct pl_call_state *call, uint64_t now_ns, uint64_t *ret_next_ns)
{
    const uint64_t most_ms = call->endpoint->settled.timeouts.total_ms;
    const uint64_t until_ns = call->attempt.begun_ns + most_ms * PL_NS_PER_MS;

    if (now_ns < until_ns) {
        if (until_ns < *ret_next_ns)
            *ret_next_ns = until_ns;
        return false;
    }
    pl_attempt_fail(call, PL_CALL_TIMEOUT, "%s was not done within %llu ms, and was killed",
                    name_of(call), (unsigned long long)most_ms);
    return true;
}

bool pl_run_work(struct pl_call_state *call, uint64_t now_ns, uint64_t *ret_next_ns)
{
    struct pl_process_end end;

    if (pl_process_work(call->attempt.process, &end) == PL_PROCESS_RUNNING)
        return is_out_of_time(call, now_ns, ret_next_ns);
    tell(call, &end);
    fill_in(call, &end);
    return true;
}
