/*
 * A line made ready for traffic: addresses read, keys taken from the environment, conditions and filters
 * compiled, calibration loaded. Immutable, with counted references; a reload makes a new one, and the old
 * one goes with the last request that began under it.
 */
#ifndef PL_GATEWAY_PLAN_H
#define PL_GATEWAY_PLAN_H

#include "cascade/confidence.h"
#include "client/price.h"
#include "client/secret.h"
#include "condition/condition.h"
#include "guard/guard.h"
#include "line/serving.h"
#include "net/tls.h"

#include <stdatomic.h>

/* One address of a model. */
struct pl_plan_target {
    const char *host;
    uint16_t port;
    bool tls;
    struct pl_str path;        /* "/v1"; without a slash at its end */
    struct pl_str url;         /* as written, for people */
    atomic_uint circuits_open; /* of the workers' */
};

struct pl_plan_model {
    const struct pl_model *line;
    uint32_t index;
    struct pl_plan_target *targets;
    size_t targets_count;
    struct pl_tls_client *tls; /* NULL: no target is https */
    struct pl_secret *key;     /* NULL: none is sent */
    struct pl_price price;
    uint32_t label; /* of figures.h */
};

struct pl_plan {
    atomic_uint references;
    struct pl_arena arena;
    const struct pl_line *line;
    const struct pl_serving *serving;
    struct pl_plan_model *models; /* in the order of the line */
    size_t models_count;
    struct pl_condition **rules;       /* of route.rules */
    struct pl_condition **experiments; /* NULL where one has no condition */
    struct pl_guard_chain *guards_of_requests;
    struct pl_guard_chain *guards_of_answers;
    uint32_t guard_labels[2][PL_GUARDS_MAX]; /* of figures.h: of requests, of answers */
    struct pl_str verifier_prompt;           /* of its file; empty: the built-in question */
    struct pl_calibration_map *calibration;  /* of the first tier; NULL: none */
    char config[13];                         /* of the line's hash */
};

/* Reads the line and everything that it names. */
PL_MUST_CHECK enum pl_status pl_plan_new(const char *path, struct pl_plan **ret_plan,
                                         struct pl_error *error);
struct pl_plan *pl_plan_ref(struct pl_plan *plan);
void pl_plan_unref(struct pl_plan *plan); /* NULL is allowed */

/* The model of an entry of the line. */
const struct pl_plan_model *pl_plan_model_of(const struct pl_plan *plan,
                                             const struct pl_model *model);

/* "https://models.internal:443/v1" into its parts. PL_E_LINE for what is no such address. */
PL_MUST_CHECK enum pl_status pl_target_read(struct pl_str url, struct pl_arena *arena,
                                            struct pl_plan_target *ret_target,
                                            struct pl_error *error);

#endif
