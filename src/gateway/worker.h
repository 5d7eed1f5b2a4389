/*
 * A worker: a thread with its loop, listener, pools of connections and lane of the spool. All that a
 * request touches belongs to one worker; what is shared is a snapshot with counted references, handed
 * over through the loop.
 */
#ifndef PL_GATEWAY_WORKER_H
#define PL_GATEWAY_WORKER_H

#include "base/rng.h"
#include "flag/flag.h"
#include "flag/ofrep.h"
#include "gateway/plan.h"
#include "json/document.h"
#include "keys/keys.h"
#include "net/server.h"
#include "net/upstream.h"
#include "spool/spool.h"

struct pl_gateway;
struct pl_worker;
struct pl_decision;     /* decision.h */
struct pl_spans;        /* spans.h */
struct pl_event_client; /* events.h */

/* One address of a model as a worker sees it. */
struct pl_outlet_target {
    struct pl_plan_target *target;
    struct pl_upstream *upstream;
    uint32_t outstanding;
    double latency_ms;      /* an exponentially weighted mean; 0: not known */
    uint32_t failures;      /* one after the other */
    uint64_t open_until_ns; /* the circuit is open: nothing is sent; 0: closed */
    bool probing;           /* half open: one request is under way to find out */
};

/* The pools of a plan. Freed when it is not current and no request uses it. */
struct pl_outlet {
    struct pl_worker *worker;
    struct pl_plan *plan;
    struct pl_outlet_target **models; /* by model, then by target */
    uint32_t in_use;
    bool retired;
};

/* What is current of flags; immutable, shared. */
struct pl_now {
    atomic_uint references;
    struct pl_arena arena;
    struct pl_flag_state_now flag;
    struct pl_launch_now launch;
};
struct pl_now *pl_now_ref(struct pl_now *now);
void pl_now_unref(struct pl_now *now); /* NULL is allowed */

/* Counts of one worker; written by its thread, read by any. */
struct pl_worker_counts {
    atomic_uint_fast64_t begun, served, recorded, dropped; /* decisions */
    atomic_uint_fast64_t open_streams;
    atomic_uint_fast64_t exposures_dropped, shadows_dropped; /* no room for the record */
};

struct pl_worker {
    struct pl_gateway *gateway;
    uint32_t index;
    struct pl_loop *loop;
    struct pl_server *server;
    struct pl_tls_server *tls; /* its certificate, as long as it listens; NULL: plain */
    struct pl_lane *lane;
    struct pl_outlet *outlet; /* the current one */
    struct pl_now *now;
    struct pl_keys *keys;
    struct pl_json_document *asked;    /* scratch: the request being read */
    struct pl_json_document *answered; /* scratch: the chunk or answer being read */
    struct pl_buffer scratch;
    struct pl_guard_scratch *guard_scratch;
    struct pl_rng rng;
    struct pl_decision *decisions;       /* under way */
    struct pl_spans *spans;              /* NULL: nobody wants them */
    atomic_uint_fast64_t traces_dropped; /* spans */
    struct pl_event_client *events;      /* subscribers of OFREP's stream */
    uint32_t events_count;
    char events_tag[PL_OFREP_ETAG_SIZE]; /* of what subscribers were told last */
    struct pl_worker_counts counts;
};

/* Pools for a plan. */
PL_MUST_CHECK enum pl_status pl_outlet_new(struct pl_worker *worker, struct pl_plan *plan,
                                           struct pl_outlet **ret_outlet, struct pl_error *error);
void pl_outlet_take(struct pl_outlet *outlet);    /* a request uses it */
void pl_outlet_release(struct pl_outlet *outlet); /* and does no more */
void pl_outlet_retire(struct pl_outlet *outlet);  /* it is not current any more; NULL is allowed */

/*
 * The address to ask next: of two drawn at random the one with less work before it, outstanding requests
 * times latency (power of two choices, peak EWMA). Those in `tried` (bits) and with an open circuit are left
 * out; NULL when none is left.
 */
struct pl_outlet_target *pl_outlet_choose(struct pl_outlet *outlet,
                                          const struct pl_plan_model *model, uint64_t tried,
                                          uint64_t now_ns);

/* How a call to it ended: `healthy` closes the circuit, the fifth failure in a row opens it for a
   second, each probe that fails for twice as long as before, at most half a minute. */
void pl_outlet_begun(struct pl_outlet_target *target);

/* What that changes about the address, for all workers together. */
enum pl_outlet_change {
    PL_OUTLET_SAME,
    PL_OUTLET_RESTS, /* the first circuit to it has opened */
    PL_OUTLET_BACK,  /* the last one has closed */
};
enum pl_outlet_change pl_outlet_ended(struct pl_outlet_target *target, bool healthy,
                                      double latency_ms, uint64_t now_ns);

#endif
