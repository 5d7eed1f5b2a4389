/*
 * Who has met which arm of which experiment, put on the record once. What was recorded is remembered as hashes, in
 * bounded memory and for the life of the process: who reads the ledger takes the first of those that say the same.
 */
#ifndef PL_GATEWAY_EXPOSURE_H
#define PL_GATEWAY_EXPOSURE_H

#include "gateway/decision.h"

#define PL_EXPOSURES_MAX ((size_t)1 << 20) /* remembered at once */

struct pl_exposures;

PL_MUST_CHECK enum pl_status pl_exposures_new(struct pl_exposures **ret_exposures,
                                              struct pl_error *error);
void pl_exposures_free(struct pl_exposures *exposures); /* NULL is allowed */

/* One exposure: `subject` has met the arm. `decision` may be empty. */
struct pl_exposure {
    struct pl_str feature;
    const struct pl_assignment *assignment;
    struct pl_str subject;
    struct pl_str decision;
};

/* Records it in the worker's lane unless it was recorded before. One without an arm or a subject is none. */
void pl_exposure_note(struct pl_worker *worker, const struct pl_exposure *exposure);

/* Those of a decision that was served. */
void pl_exposures_note(const struct pl_decision *decision);

#endif
