/*
 * Whether a feature is on for a request, and which arm of an experiment its subject is in. Pure
 * functions of the line, the current state and the request; no I/O. Any thread.
 *
 * The same subject is always in the same bucket of a salt, on every machine, and a share that grows
 * keeps whom it had. docs/flags.md has the hash in full, for whoever computes it elsewhere; the salts
 * are
 *
 *     share/FEATURE                 who is within the share
 *     holdout/FEATURE               who is held out of all experiments
 *     layer/FEATURE/LAYER           where in a layer; each experiment has a range of it
 *     experiment/FEATURE/NAME       the same, of an experiment without a layer
 *     arm/FEATURE/NAME              which arm
 */
#ifndef PL_FLAG_FLAG_H
#define PL_FLAG_FLAG_H

#include "base/arena.h"
#include "base/json.h"
#include "condition/condition.h"
#include "line/serving.h"

/* In [0, 1): a multiple of 2^-53. */
double pl_bucket(struct pl_str salt, struct pl_str subject);

/* The group of a request that lacks one. */
#define PL_GROUP_MISSING "(missing)"

#define PL_FLAG_OFF_IN_MAX 256 /* slices that are dark at once */

/* What is current: changed by people and by the watch, kept in the state as JSON, every change in the
   ledger. All zero is the state of a feature that nobody has touched. */
struct pl_flag_state_now {
    bool killed;    /* off, whatever else is said */
    bool has_share; /* the smaller one of this and of what the line says counts */
    double share;
    uint32_t stage; /* of flag.rollout, from 0 */
    struct pl_strs
        off_in;       /* slices taken dark one by one: "language=hi", "language=hi * plan=free" */
    uint64_t version; /* counts the changes */
    uint64_t changed_ms; /* Unix time */
    struct pl_str who, why;
};

/* Slices that the last verdict allows; `known` false: no verdict on the record, and then
   `flag.launch` holds all back. */
struct pl_launch_now {
    bool known;
    bool whole;             /* all decisions are allowed */
    struct pl_str segment;  /* of launch.by; a crossing is "language * plan" */
    struct pl_strs allowed; /* its groups; of a crossing "hi * free" */
};

/* Reads and writes the state's JSON. PL_E_CORRUPT when it is none of ours. What is read lives in the
   arena, its texts end in NUL. */
PL_MUST_CHECK enum pl_status pl_flag_now_read(struct pl_str json, struct pl_arena *arena,
                                              struct pl_flag_state_now *ret_now,
                                              struct pl_error *error);
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
    const char *why;     /* "killed", "the slice is dark", "outside of the share": a phrase */
    struct pl_str where; /* the slice or segment that decided it; empty: none. Of line or state */
};

/* A group of a segment as the request has it; of one that it lacks PL_GROUP_MISSING. */
typedef struct pl_str (*pl_group_of)(struct pl_str segment, void *context);

/* Who asks. A request without a subject is outside of every share below 1, and in no experiment:
   fail closed, never assigned at random. */
struct pl_flag_request {
    struct pl_str feature;
    struct pl_str subject; /* empty: none */
    pl_group_of group;
    pl_datum_of datum; /* for the conditions of experiments */
    void *context;     /* of both */
};

/* The share of subjects that the line and the state allow together, in [0, 1]. Where the line has a
   rollout its stage stands in place of flag.share; what the state says beside it can only be less. */
double pl_flag_share(const struct pl_flag_line *line, const struct pl_flag_state_now *now);

/* In this order: killed, off by the line, a slice that is dark, flag.by (every rule must hold),
   flag.launch, the share. The first that says off decides. `launch` NULL: no verdict is known. */
struct pl_flag_answer pl_flag_evaluate(const struct pl_flag_line *line,
                                       const struct pl_flag_state_now *now,
                                       const struct pl_launch_now *launch,
                                       const struct pl_flag_request *request);

/* Whether the request is in a slice, "language=hi" or "language=hi * plan=free". A text that is no
   slice holds everybody. */
bool pl_flag_in_slice(struct pl_str slice, const struct pl_flag_request *request);

/* Whether it can be taken for a slice. */
bool pl_flag_slice_is_valid(struct pl_str slice);

/* ---- experiments ---- */

enum pl_part {
    PL_PART_ASSIGNED,
    PL_PART_NO_SUBJECT,
    PL_PART_HELD_OUT,
    PL_PART_OTHER,     /* another experiment of the layer has the subject */
    PL_PART_OUTSIDE,   /* outside of the experiment's share */
    PL_PART_CONDITION, /* `when` does not hold */
};

struct pl_assignment {
    const struct pl_experiment_line *experiment;
    const struct pl_arm *arm; /* NULL: takes no part */
    enum pl_part part;
    const char
        *why; /* the same in words: "assigned", "held out", "another experiment of the layer" */
};

/*
 * Assigns to every experiment of the line, in its order; `whens` are their compiled conditions, NULL
 * where they have none. Experiments of one layer are mutually exclusive: each has a range of the layer's
 * buckets in the order of the line, and the layer is shared out by what its first experiment is sticky
 * by. An experiment whose share grows keeps its subjects, and each its arm, when it is the last one of
 * its layer. `ret` has room for experiments_count. Returns how many have an arm.
 */
size_t pl_assign(const struct pl_serving *serving, struct pl_condition *const *whens,
                 const struct pl_flag_request *request, struct pl_assignment *ret);

#endif
