/* The gateway's own state, for the files that make up the server only. */
#ifndef PL_GATEWAY_GATEWAY_STATE_H
#define PL_GATEWAY_GATEWAY_STATE_H

#include "gateway/exposure.h"
#include "gateway/figures.h"
#include "gateway/flag_store.h"
#include "gateway/gateway.h"
#include "gateway/jobs.h"
#include "gateway/metrics.h"
#include "gateway/shadow.h"
#include "live/keeper.h"
#include "gateway/worker.h"

#include <pthread.h>

#define PL_WORKERS_MAX 256

struct pl_gateway {
    struct pl_gateway_options options;
    struct pl_plan *plan; /* the current one; the main thread's */
    struct pl_spool *spool;
    struct pl_live_keeper *loader; /* of the ledger into the warehouse */
    struct pl_state *state;        /* the main thread's */
    struct pl_keys *keys;
    struct pl_now *now;
    struct pl_metrics *metrics;
    struct pl_figures *figures;
    struct pl_exposures *exposures;
    struct pl_shadow_budget shadow_budget;
    struct pl_jobs jobs;
    bool flag_noted; /* in the state, and which: see follow.h */
    uint64_t flag_version;
    uint64_t state_version,
        keys_version; /* of the state: that the flag is of, and that the keys are of */
    struct pl_worker *workers;
    uint32_t workers_count;
    struct pl_server *admin; /* in the first worker's loop */
    pthread_t threads[PL_WORKERS_MAX];
    uint32_t threads_count;
    struct pl_arena arena;
    struct pl_str ledger_folder, spool_folder, state_file;
    atomic_bool draining;
    atomic_bool worker_failed;
    struct pl_error worker_error; /* the first that failed; behind `worker_failed` */
    atomic_bool loading_failing;  /* and it was told */
    atomic_bool ledger_failing;   /* and it was told */
    atomic_uint adopting;         /* handed over and not yet taken */
    atomic_uint drained;          /* workers that have no connection left */
    atomic_uint_fast64_t reloads, reloads_failed;
};

/* ---- worker.c ---- */

PL_MUST_CHECK enum pl_status pl_worker_init(struct pl_worker *worker, struct pl_gateway *gateway,
                                            uint32_t index, struct pl_error *error);
/* Opens the listener, and on the first worker that of the admin. */
PL_MUST_CHECK enum pl_status pl_worker_listen(struct pl_worker *worker, uint16_t port,
                                              struct pl_error *error);
void pl_worker_deinit(struct pl_worker *worker);

/* Hands over what has changed; each may be NULL. References are taken here. Any thread. */
PL_MUST_CHECK enum pl_status pl_worker_adopt(struct pl_worker *worker, struct pl_plan *plan,
                                             struct pl_now *now, struct pl_keys *keys,
                                             struct pl_error *error);

/* No new connections; the loop stops when the last is gone. Any thread. */
PL_MUST_CHECK enum pl_status pl_worker_drain(struct pl_worker *worker, struct pl_error *error);

/* ---- life.c: in the main thread ---- */

/* Before the first thread, so that signals wait for the main one. */
void pl_gateway_block_signals(void);

/* The keys as the state has them, with the usual speed of the line; `previous` as of pl_keys_load. */
PL_MUST_CHECK enum pl_status pl_gateway_load_keys(struct pl_gateway *gateway,
                                                  struct pl_keys *previous,
                                                  struct pl_keys **ret_keys,
                                                  struct pl_error *error);

/* Reads the line again, and hands it over; a line that is wrong changes nothing. */
PL_MUST_CHECK enum pl_status pl_gateway_reload(struct pl_gateway *gateway, struct pl_error *error);

/* Looks whether flags or keys have changed; if so hands them over and waits until every worker has them. */
PL_MUST_CHECK enum pl_status pl_gateway_take_changes(struct pl_gateway *gateway,
                                                     struct pl_error *error);

/* ---- trim.c ---- */

/* Gives back memory that only the start needed. */
void pl_gateway_trim(void);

/* ---- now.c ---- */

/* The flag where it is kept. */
struct pl_flag_store pl_gateway_flag_store(const struct pl_gateway *gateway);

/* Where the last verdict is looked for; the flag itself is always that of the state. */
enum pl_now_look {
    PL_NOW_QUICK, /* in the state, where `gate` puts it */
    PL_NOW_WHOLE, /* in the ledger, all of it */
};

/* What is current of the flag. */
PL_MUST_CHECK enum pl_status pl_now_load(struct pl_gateway *gateway, enum pl_now_look look,
                                         struct pl_now **ret_now, struct pl_error *error);

/* The last verdict: out of the state, where `gate` puts it; where it has none, out of the whole ledger. */
struct pl_verdict_now;
PL_MUST_CHECK enum pl_status pl_verdict_last(struct pl_gateway *gateway, struct pl_arena *arena,
                                             struct pl_verdict_now *ret_verdict,
                                             struct pl_error *error);

void pl_sleep_ms(uint32_t ms);

#endif
