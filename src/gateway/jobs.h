/* Work that the main thread does for the admin's listener, and its answer on the way back. */
#ifndef PL_GATEWAY_JOBS_H
#define PL_GATEWAY_JOBS_H

#include "flag/change.h"
#include "gateway/worker.h"

#include <pthread.h>

#define PL_JOBS_MAX 64

enum pl_job_kind { PL_JOB_FLAG, PL_JOB_RELOAD };

struct pl_job {
    struct pl_job *next;
    struct pl_worker *worker;
    struct pl_request *request; /* the worker's; NULL: its client went away */
    enum pl_job_kind kind;
    struct pl_arena arena;
    struct pl_flag_change change; /* texts in the arena; without version and time */
    uint32_t status;              /* of the answer */
    struct pl_buffer answer;
};

struct pl_jobs {
    pthread_mutex_t lock;
    struct pl_job *first, *last;
    uint32_t count;
    bool closed; /* nobody does them any more */
};

/* NULL when there is no memory. The request's going away is noticed from here on. */
struct pl_job *pl_job_new(struct pl_worker *worker, struct pl_request *request,
                          enum pl_job_kind kind);

/* Hands it over; false when too many wait or the server is ending: it is still the caller's. */
PL_MUST_CHECK bool pl_jobs_put(struct pl_jobs *jobs, struct pl_job *job);
void pl_job_free(struct pl_job *job);

/* Does what waits. In the main thread. */
void pl_jobs_do(struct pl_gateway *gateway);

/* No more jobs; those that wait are answered as refused. */
void pl_jobs_close(struct pl_jobs *jobs);

#endif
