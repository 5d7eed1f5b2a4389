/*
 * The engine that calls models and commands: many calls in flight at once, each endpoint within its
 * bounds, failures tried again, every call ended with a result that says what became of it. It does its
 * work inside pl_caller_wait, in the thread of the caller; a caller belongs to one thread.
 *
 *     pl_caller_new → pl_caller_add (each endpoint) → pl_caller_submit … pl_caller_wait … → pl_caller_free
 */
#ifndef PL_CLIENT_CALLER_H
#define PL_CLIENT_CALLER_H

#include "client/call.h"

#define PL_CALLER_ENDPOINTS_MAX 64
#define PL_CALLER_CALLS_MAX     4096

struct pl_caller;

struct pl_caller_options {
    uint32_t calls_max; /* submitted and not yet released; 0: 256. The memory grows with it */
    uint64_t seed;      /* of the jitter */
};

/* Calls by what they are at; they always add up to `submitted`. */
struct pl_caller_counts {
    uint64_t submitted;
    uint64_t waiting; /* for their turn, or for the next attempt */
    uint64_t running;
    uint64_t done;
    uint64_t failed; /* every other end, cancelled ones apart */
    uint64_t cancelled;
    uint64_t attempts;
    uint64_t ends[PL_CALL_ENDS_COUNT]; /* done, failed and cancelled by their end */
    struct pl_usage paid;
    double cost;
};

/* PL_E_ENGINE when the transport cannot be set up. `options` NULL: all defaults. */
PL_MUST_CHECK enum pl_status pl_caller_new(const struct pl_caller_options *options,
                                           struct pl_caller **ret_caller, struct pl_error *error);

/* Ends every call that is under way and frees all, results not released included. NULL is allowed. */
void pl_caller_free(struct pl_caller *caller);

/*
 * Adds an endpoint; its key is taken from the environment now. PL_E_LINE when the URL will not do (it must
 * be http or https, without a name or password in it; a key goes over https only, but to this machine),
 * PL_E_NOT_FOUND when the key's variable is not set, PL_E_LIMIT past PL_CALLER_ENDPOINTS_MAX.
 */
PL_MUST_CHECK enum pl_status pl_caller_add(struct pl_caller *caller,
                                           const struct pl_endpoint *endpoint,
                                           uint32_t *ret_endpoint, struct pl_error *error);

/* Whether a submission would be taken. */
bool pl_caller_has_room(const struct pl_caller *caller);

/*
 * Submits a call; everything of it is copied. Nothing is sent before the next pl_caller_wait. PL_E_BUSY when
 * `calls_max` are submitted and not released: wait, release, and submit again. PL_E_LINE when the
 * request cannot be written.
 */
PL_MUST_CHECK enum pl_status pl_caller_submit(struct pl_caller *caller,
                                              const struct pl_call_request *request, void *tag,
                                              struct pl_error *error);

/*
 * Works until a call has ended, or for `timeout_ms` (0: once, without waiting), and gives its result; NULL
 * when none has ended in this time, and at once when none is submitted. Who watches for Ctrl-C waits for a
 * fraction of a second at a time.
 */
const struct pl_call_result *pl_caller_wait(struct pl_caller *caller, uint64_t timeout_ms);

/* Done with a result that pl_caller_wait gave. NULL is allowed. */
void pl_caller_release(struct pl_caller *caller, const struct pl_call_result *result);

/* Ends every call that has not ended: their results, PL_CALL_CANCELLED, come from pl_caller_wait. Commands are
   killed with all that they started. */
void pl_caller_cancel(struct pl_caller *caller);

struct pl_caller_counts pl_caller_counts(const struct pl_caller *caller);

#endif
