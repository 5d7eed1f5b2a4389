/*
 * The engine's own view of endpoints and calls; for the files of the engine only (caller.c, endpoint.c,
 * ask.c, run.c). A call waits, runs an attempt, waits again or has ended, and is taken by the caller.
 */
#ifndef PL_CLIENT_CALL_STATE_H
#define PL_CLIENT_CALL_STATE_H

#include "base/rng.h"
#include "client/call.h"
#include "client/http.h"
#include "client/process.h"
#include "client/retry.h"
#include "client/sse.h"

#define PL_NS_PER_MS 1000000ull

/* An endpoint as it is used: every default put in, every text copied. */
struct pl_endpoint_state {
    struct pl_endpoint settled;
    const char *urls[PL_OPENAI_EMBEDDINGS + 1]; /* by API */
    struct pl_secret *secret;
    struct pl_http_server server;
    struct pl_pace pace;
    struct pl_retry_policy retry;
    struct pl_call_state *first_waiting, *last_waiting; /* in their order */
};

/* One try. `end` is PL_CALL_DONE until something else is known. */
struct pl_attempt {
    uint64_t begun_ns;
    uint64_t first_byte_ns; /* 0: none came, as with the next two */
    uint64_t first_token_ns;
    uint64_t done_ns; /* when [DONE] came */
    enum pl_call_end end;
    bool sent;
    struct pl_retry_hint hint;
    struct pl_http_exchange *exchange;
    size_t received_size_bytes;
    struct pl_buffer body; /* of an answer that is no stream */
    bool is_stream;        /* an event stream came, and the next two are there */
    struct pl_sse sse;
    struct pl_openai_stream *stream;
    struct pl_process *process;
};

enum pl_call_stage { PL_STAGE_WAITING, PL_STAGE_RUNNING, PL_STAGE_ENDED, PL_STAGE_TAKEN };

struct pl_call_state {
    struct pl_call_result result; /* first, so that a result leads back to its call */
    enum pl_call_stage stage;
    struct pl_endpoint_state *endpoint;
    enum pl_openai_api api;
    bool stream;
    uint32_t replies;  /* asked for */
    uint32_t answered; /* attempts whose usage the server told */
    double tokens_estimated;
    struct pl_buffer input; /* what is sent, or fed to the command */
    struct pl_arena arena;  /* of the last attempt: its answer */
    struct pl_rng rng;
    uint64_t submitted_ns;
    uint64_t first_begun_ns;
    uint64_t not_before_ns;
    struct pl_attempt attempt;
    char sentence[PL_ERROR_MESSAGE_SIZE];
    char request_id[PL_HTTP_NAME_SIZE];
    struct pl_call_state *next, *previous; /* in the list of its stage */
};

/* Takes in an endpoint; texts are copied into `arena`. To be given to pl_endpoint_state_deinit. */
PL_MUST_CHECK enum pl_status pl_endpoint_settle(struct pl_endpoint_state *state,
                                                const struct pl_endpoint *endpoint,
                                                struct pl_arena *arena, struct pl_error *error);
void pl_endpoint_state_deinit(struct pl_endpoint_state *state);

/* Says how the attempt failed: the first word counts, later ones change nothing. */
void pl_attempt_fail(struct pl_call_state *call, enum pl_call_end end, const char *format, ...)
    PL_FORMAT(3, 4);

/* Frees what the attempt holds, and stops it if it is under way. `http` may be NULL for a command. */
void pl_attempt_drop(struct pl_call_state *call, struct pl_http *http);

/* --- ask.c: an attempt with a server ------------------------------------------------------------ */

/* Begins it; false when it has failed already. */
bool pl_ask_begin(struct pl_call_state *call, struct pl_http *http);

/* The exchange has ended: reads what came into the result. */
void pl_ask_end(struct pl_call_state *call, const struct pl_http_reply *reply);

/* Whether it is to be ended at this time: no first token, or all said and the connection still open. Sets
   what is then to be told; `ret_next_ns` is lowered to when to look again. */
bool pl_ask_is_over(struct pl_call_state *call, uint64_t now_ns, uint64_t *ret_next_ns);

/* --- run.c: an attempt with a command ----------------------------------------------------------- */

bool pl_run_begin(struct pl_call_state *call);

/* Moves it on; true when it has ended, and the result is filled in. */
bool pl_run_work(struct pl_call_state *call, uint64_t now_ns, uint64_t *ret_next_ns);

#endif
