/*
 * A decision under way: what was asked, who asked, where it has been, what goes out, and its record. It
 * lives in one worker, from the request to the end of its answer; its arena goes with it.
 *
 *     pl_decision_new → pl_route_begin → legs … → pl_decision_deliver… → pl_decision_close
 */
#ifndef PL_GATEWAY_DECISION_H
#define PL_GATEWAY_DECISION_H

#include "client/sse.h"
#include "gateway/answer.h"
#include "gateway/otlp.h"
#include "gateway/worker.h"
#include "guard/guard.h"

#define PL_DECISION_ID_SIZE  29 /* "d_", 26 characters, NUL */
#define PL_DECISION_LEGS_MAX 24

/* How it ended, as in its record. */
enum pl_outcome {
    PL_OUTCOME_SERVED,
    PL_OUTCOME_FALLBACK,    /* the fixed reply, or the fallback's model */
    PL_OUTCOME_REFUSED,     /* the client's own fault: what it sent, its rate, its budget */
    PL_OUTCOME_BLOCKED,     /* by a guard */
    PL_OUTCOME_DARK,        /* the flag is off for it */
    PL_OUTCOME_FAILED,      /* no model answered */
    PL_OUTCOME_ABORTED,     /* the client went away */
    PL_OUTCOME_INTERRUPTED, /* the server ended before it was answered */
};
#define PL_OUTCOMES_COUNT (PL_OUTCOME_INTERRUPTED + 1)
const char *pl_outcome_name(enum pl_outcome outcome);

/* Why a model was asked. */
enum pl_leg_purpose { PL_PURPOSE_ANSWER, PL_PURPOSE_SAMPLE, PL_PURPOSE_VERIFY, PL_PURPOSE_SHADOW };
const char *pl_purpose_name(enum pl_leg_purpose purpose);

/* How a leg ended. */
enum pl_leg_end {
    PL_LEG_UNDER_WAY,
    PL_LEG_DONE,      /* the answer is whole */
    PL_LEG_CANCELLED, /* by us: the client went away, or a stream was not sure enough */
    PL_LEG_TRANSPORT, /* see `exchange_end` */
    PL_LEG_STATUS,    /* an HTTP status other than 2xx */
    PL_LEG_SHAPE,     /* a success that is no answer of the API */
    PL_LEG_ERROR,     /* an error object in the stream */
    PL_LEG_CUT,       /* a stream that ended before the answer did */
    PL_LEG_TOO_LARGE,
    PL_LEG_GUARDED, /* stopped by a guard in the middle of a stream */
};
#define PL_LEG_ENDS_COUNT (PL_LEG_GUARDED + 1)

struct pl_decision;
struct pl_guarding; /* guarding.h */

/* What a guard found. */
struct pl_guard_hit {
    const struct pl_guard_line *row; /* NULL: the text itself would not do */
    bool of_answer;                  /* else of the request */
    bool stopped;                    /* it is why nothing went on */
    enum pl_guard_reason reason;     /* PASSES: it was found and masked, or noted */
    uint64_t count;
};
#define PL_GUARD_HITS_MAX 32

/* One call to one address of one model. */
struct pl_leg {
    struct pl_decision *decision;
    enum pl_leg_purpose purpose;
    uint32_t tier;
    const struct pl_plan_model *model;
    struct pl_outlet_target *target;      /* NULL once it has ended */
    const struct pl_outlet_target *asked; /* the same, also after the end */
    struct pl_exchange *exchange;         /* NULL: it has ended */
    enum pl_leg_end end;
    enum pl_exchange_end exchange_end;
    uint32_t status;
    bool is_stream;      /* the answer is an event stream */
    bool lingers;        /* it was, and only the end of the response is waited for */
    bool told_done;      /* [DONE] came, or the last event of a response */
    bool logprobs_added; /* we asked for them, the client did not */
    bool usage_added;
    struct pl_buffer request; /* the body; the exchange looks at it */
    struct pl_buffer body;    /* of an answer in one piece */
    struct pl_str content_type;
    struct pl_buffer held; /* of a stream: events for the client, not yet released */
    struct pl_buffer text; /* of choice 0 */
    struct pl_sse sse;
    struct pl_heard heard;
    struct pl_trace trace;
    struct pl_guarding *guarding; /* NULL: none */
    bool asks_again;              /* GUARDED: another answer is to be asked for */
    bool signal_known, confidence_known;
    double signal, confidence;
    uint64_t retry_after_ms;
    uint64_t begun_ns, first_byte_ns, first_token_ns, ended_ns;
    double cost;
};

/* What the client is told, beside the answer itself. */
struct pl_refusal {
    uint32_t status;
    const char *type;
    const char *code;  /* NULL: null */
    const char *param; /* NULL: null */
    const char *message;
    bool never_again;        /* x-should-retry: false */
    uint64_t retry_after_ms; /* 0: not said */
};

struct pl_decision {
    struct pl_worker *worker;
    struct pl_decision *next, *previous; /* of the worker's */
    struct pl_outlet *outlet;
    struct pl_request *request; /* NULL once it is answered or gone */
    struct pl_arena arena;
    char id[PL_DECISION_ID_SIZE];
    uint64_t begun; /* in the lane; 0: not */
    uint64_t received_ms, begun_ns, received_ns;
    struct pl_ask ask;
    struct pl_trace trace;
    struct pl_keys *keys;      /* the table that `key` is of */
    struct pl_client_key *key; /* NULL: none was needed */
    struct pl_reservation reservation;
    struct pl_key_room room; /* what is left to the key, for x-ratelimit-* */
    struct pl_str subject;
    struct pl_str *groups; /* of serve.segments, in their order; NULL `ptr`: missing */
    struct pl_assignment *assignments;
    size_t assignments_count;
    const struct pl_arm *arm; /* that changes where or how it is asked; NULL: none */
    struct pl_str preference; /* "speed", "quality" or empty */
    int rule;                 /* of route.rules, or -1 */

    /* The route: either the tiers of the line, or one model that was asked for by name. */
    const struct pl_plan_model *direct;
    bool climbing; /* confidence decides between tiers */
    bool is_fallback;
    uint32_t tier;
    uint32_t attempts_left;
    uint64_t tried; /* addresses of the present model, as bits */
    struct pl_leg *legs[PL_DECISION_LEGS_MAX];
    size_t legs_count;
    struct pl_leg *leg; /* that answers, or is hoped to */
    struct pl_timer hold_timer;
    uint32_t waiting_for; /* samples or a verifier */

    /* The way out. */
    bool released; /* pieces of a stream have gone out */
    bool closed;
    enum pl_outcome outcome;
    uint32_t status;
    const char *error; /* code of the refusal; NULL: none */
    double confidence, signal, threshold;
    bool confidence_known, signal_known, threshold_known;
    uint64_t first_out_ns;
    struct pl_guard_hit hits[PL_GUARD_HITS_MAX];
    size_t hits_count;
};

/* "d_" and a UUIDv7 in Crockford's base32. */
void pl_decision_id_make(struct pl_rng *rng, uint64_t time_ms, char ret_id[PL_DECISION_ID_SIZE]);

/* ---- route.c: where it goes ---- */

/* Everything before the first model: reads, checks, reserves, assigns; then asks, or answers at once. */
void pl_decision_start(struct pl_worker *worker, struct pl_request *request, enum pl_api api,
                       struct pl_client_key *key);

/* The next model, or the fallback, or the end. */
void pl_route_next(struct pl_decision *decision);

/* Whether the answer of the present tier is judged at all: where everything is delivered (`deliver_at: 0`) no confidence
   is asked for. */
bool pl_route_judges(const struct pl_decision *decision);

/* Has `work` done with the decision in so many ms, in place of what it waited for so far: it never waits for two
   things. False: it will not be done. */
bool pl_decision_wait(struct pl_decision *decision, pl_loop_work work, uint64_t ms);

/* A leg has ended, or enough of its stream has come to decide. */
void pl_route_leg_ended(struct pl_leg *leg);
void pl_route_leg_heard(struct pl_leg *leg);

/* ---- leg.c: one call ---- */

PL_MUST_CHECK bool pl_leg_begin(struct pl_decision *decision, const struct pl_plan_model *model,
                                enum pl_leg_purpose purpose, struct pl_str body_instead);
void pl_leg_cancel(struct pl_leg *leg);
void pl_leg_free(struct pl_leg *leg);

/* What it used, for the budget of its key: as it was told; of an answer that was cut off before that, the prompt by
   its length, and the pieces that came. */
struct pl_usage pl_leg_used(const struct pl_leg *leg);

/* "done", "status", "timeout": as in records. */
const char *pl_leg_end_name(const struct pl_leg *leg);

/* ---- deliver.c: what goes out; each of these closes the decision, at once or when its stream has ended ---- */

void pl_deliver_whole(struct pl_decision *decision, struct pl_leg *leg);
void pl_deliver_stream_release(struct pl_decision *decision, struct pl_leg *leg);
void pl_deliver_stream_piece(struct pl_decision *decision, struct pl_str piece);
void pl_deliver_stream_end(struct pl_decision *decision, struct pl_leg *leg);
void pl_deliver_stream_broken(struct pl_decision *decision, struct pl_leg *leg);
void pl_deliver_reply(struct pl_decision *decision, struct pl_str text); /* a fixed text */
void pl_deliver_upstream_error(struct pl_decision *decision, struct pl_leg *leg);
void pl_deliver_refusal(struct pl_decision *decision, enum pl_outcome outcome,
                        const struct pl_refusal *refusal);

/* A guard stopped the request, or the answer: before any of it went out, or in the middle of a stream. */
void pl_deliver_request_blocked(struct pl_decision *decision);
void pl_deliver_blocked(struct pl_decision *decision);
void pl_deliver_stream_blocked(struct pl_decision *decision, struct pl_leg *leg);

/* The client went away. */
void pl_decision_gone(void *decision);

/* The server ends before it is answered; its request is no more. */
void pl_decision_interrupt(struct pl_decision *decision);

/* Settles, writes the record, frees. False when there is no room for the record and the line says that
   nothing is served without: the caller then answers that instead. */
PL_MUST_CHECK bool pl_decision_record(struct pl_decision *decision);
void pl_decision_free(struct pl_decision *decision);

/* Into the worker's list, until it is freed. */
void pl_decision_keep(struct pl_decision *decision);

/* ---- record.c ---- */

/* The facts as far as they are known when it begins, without whose it is where those are too long; and the whole
   record. */
void pl_decision_facts(const struct pl_decision *decision, bool with_who, struct pl_buffer *out);
void pl_decision_write(const struct pl_decision *decision, struct pl_buffer *out);

/* The time so far in which no model was at work. */
uint64_t pl_decision_own_ns(const struct pl_decision *decision, uint64_t now_ns);

/* A call, as it stands in a record; and a text, cut where it is longer than a record can take. */
struct pl_json;
void pl_record_leg(struct pl_json *json, const struct pl_leg *leg);
void pl_record_text(struct pl_json *json, const char *name,
                    struct pl_str value);                                        /* none if empty */
void pl_record_hash(struct pl_json *json, const char *name, struct pl_str text); /* of a text */
const char *pl_guard_hit_act(const struct pl_guard_hit *hit);
bool pl_record_payload(struct pl_json *json, struct pl_str text); /* false: it was cut */

/* ---- refuse.c ---- */

/* A body of JSON. */
void pl_answer_json(struct pl_request *request, uint32_t status, const struct pl_buffer *body);

/* What is wrong with a request at `param` (NULL: at no one place), or with the server where `status` says so. */
void pl_refuse_fault(struct pl_request *request, uint32_t status, const char *param,
                     const char *message);

/* An error in the shape of the OpenAI API, for a request that is no decision (yet). */
void pl_refuse(struct pl_request *request, const struct pl_refusal *refusal, const char *id);
/* The headers that go with a refusal. */
struct pl_refusal_head {
    struct pl_http_header items[4];
    size_t count;
    char seconds[32], milliseconds[32];
};
void pl_refusal_head_make(const struct pl_refusal *refusal, struct pl_refusal_head *ret_head);

void pl_refusal_body(const struct pl_refusal *refusal, struct pl_buffer *out);

#endif
