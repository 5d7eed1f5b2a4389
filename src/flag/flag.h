/*
 * Whether a feature is on for a request, and which arm of an experiment its subject is in. Pure functions of
 * the line, the current state and the request; no I/O. Any thread.
 *
 * Buckets: the first 8 bytes of BLAKE2b-256 would do, but speed counts: pl_bucket is the 64-bit hash of salt, a NUL and the
 * subject, finished by a full-avalanche mix, over 2^64. The same subject is always in the same bucket of a salt, on
 * every machine, and a share that grows keeps whom it had.
 */
#ifndef PL_FLAG_FLAG_H
#define PL_FLAG_FLAG_H

#include "base/arena.h"
#include "base/json.h"
#include "condition/condition.h"
#include "line/serving.h"

/* In [0, 1). */
double pl_bucket(struct pl_str salt, struct pl_str subject);

/* What is current: changed by people and by the watch, kept in the state as JSON, every change in the ledger. */
struct pl_flag_state_now {
    bool killed;         /* off, whatever else is said */
    bool has_share;      /* overrides the line's, downwards or by the rollout's stages */
    double share;
    uint32_t stage;      /* of flag.rollout, from 0 */
    struct pl_strs off_in; /* "language=hi": slices taken dark one by one */
    uint64_t version;    /* counts the changes */
    uint64_t changed_ms; /* Unix time */
    struct pl_str who, why;
};

/* Slices that the last verdict allows; `known` false: no verdict on the record, and then `flag.launch` holds all back. */
struct pl_launch_now {
    bool known;
    bool whole; /* all decisions are allowed */
    struct pl_str segment; /* of launch.by, one segment */
    struct pl_strs allowed; /* groups */
};

/* Reads and writes the state's JSON. PL_E_CORRUPT when it is none of ours. */
PL_MUST_CHECK enum pl_status pl_flag_now_read(struct pl_str json, struct pl_arena *arena,
                                              struct pl_flag_state_now *ret_now, struct pl_error *error);
void pl_flag_now_write(struct pl_json *json, const struct pl_flag_state_now *now);

enum pl_flag_reason {
    PL_FLAG_REASON_STATIC,    /* on or off for everybody */
    PL_FLAG_REASON_TARGETING, /* by a segment, or by a slice */
    PL_FLAG_REASON_SPLIT,     /* by a share of subjects */
    PL_FLAG_REASON_DISABLED,  /* killed */
};

struct pl_flag_answer {
    bool on;
    enum pl_flag_reason reason;
    const char *why; /* "killed", "off in language=hi", "outside of the share": a phrase */
};

/* A group of a segment as the request has it; groups that it lacks are "(missing)". */
typedef struct pl_str (*pl_group_of)(struct pl_str segment, void *context);

/* A request without a subject is outside of every share below 1 (fail closed), never assigned at random. */
struct pl_flag_answer pl_flag_evaluate(const struct pl_flag_line *line, struct pl_str feature,
                                       const struct pl_flag_state_now *now,
                                       const struct pl_launch_now *launch, struct pl_str subject,
                                       pl_group_of group, void *context);

/* ---- experiments ---- */

struct pl_assignment {
    const struct pl_experiment_line *experiment;
    const struct pl_arm *arm; /* NULL: takes no part */
    const char *why;          /* "assigned", "held out", "another experiment of the layer", "no subject", "condition" */
};

/* Assigns to every experiment of the line, in its order; `whens` are their compiled conditions, NULL where they have none.
   Experiments of one layer are mutually exclusive: each has a range of the layer's buckets in the order of the
   line. `ret` has room for experiments_count. Returns how many have an arm. */
size_t pl_assign(const struct pl_serving *serving, struct pl_condition *const *whens,
                 struct pl_str subject, pl_group_of group, pl_datum_of datum, void *context,
                 struct pl_assignment *ret);

#endif
