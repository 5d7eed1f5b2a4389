/*
 * Changes of a flag: what a person or the watch does to its state, as the ledger records it. A state is
 * what its changes make of nothing, one after the other. Pure; any thread.
 */
#ifndef PL_FLAG_CHANGE_H
#define PL_FLAG_CHANGE_H

#include "flag/flag.h"

enum pl_flag_act {
    PL_FLAG_ACT_OFF, /* killed */
    PL_FLAG_ACT_ON,  /* no longer killed; all else stays as it is */
    PL_FLAG_ACT_SHARE,
    PL_FLAG_ACT_STAGE, /* of the rollout; a share that was set by hand goes */
    PL_FLAG_ACT_SLICE_OFF,
    PL_FLAG_ACT_SLICE_ON,
};

struct pl_flag_change {
    enum pl_flag_act act;
    double share;        /* SHARE: 1 takes away what was set */
    uint32_t stage;      /* STAGE, from 0 */
    struct pl_str slice; /* SLICE_OFF, SLICE_ON */
    struct pl_str who, why;
    bool forced;      /* though the last verdict did not allow it */
    uint64_t version; /* of the state that it makes */
    uint64_t time_ms; /* Unix time; that of the record, not in its body */
};

/* "off", "slice_on": as in the record. */
const char *pl_flag_act_name(enum pl_flag_act act);

/* The body of a record of kind "flag". */
void pl_flag_change_write(struct pl_json *json, struct pl_str feature,
                          const struct pl_flag_change *change);

/* Reads one; PL_E_CORRUPT when it is none of ours. Texts are copied into the arena. */
PL_MUST_CHECK enum pl_status pl_flag_change_read(struct pl_str body, struct pl_arena *arena,
                                                 struct pl_str *ret_feature,
                                                 struct pl_flag_change *ret_change,
                                                 struct pl_error *error);

/* Whether it would change anything. */
bool pl_flag_change_matters(const struct pl_flag_state_now *now,
                            const struct pl_flag_change *change);

/* Whether more people may meet the feature than before. */
bool pl_flag_change_opens(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                          const struct pl_flag_change *change);

/* The state after it; PL_E_LIMIT when more than PL_FLAG_OFF_IN_MAX slices would be dark. Texts are those
   of `now` and `change`, the list of slices lives in the arena. */
PL_MUST_CHECK enum pl_status pl_flag_change_apply(const struct pl_flag_state_now *now,
                                                  const struct pl_flag_change *change,
                                                  struct pl_arena *arena,
                                                  struct pl_flag_state_now *ret_now,
                                                  struct pl_error *error);

#endif
