/* What the last verdict on the record says of a feature, for its flag. */
#ifndef PL_GATEWAY_LAUNCH_NOW_H
#define PL_GATEWAY_LAUNCH_NOW_H

#include "flag/change.h"
#include "line/line.h"

#define PL_VERDICT_AREA "verdict" /* of the state, by feature: the body of the newest record */

/* A slice of the launch as the verdict says it. */
struct pl_slice_now {
    struct pl_str groups;  /* "hi"; of a crossing "hi * free" */
    struct pl_str verdict; /* "ship"; of one that was not judged what would be said of it */
    struct pl_str status;  /* "judged", "too_small", "missing" */
    bool allowed;          /* judged, and its verdict is one that the line allows */
};

struct pl_verdict_now {
    struct pl_launch_now launch; /* `known`: there is a verdict of this feature at all */
    bool passes;                 /* the gate passed: the verdict for all decisions is allowed */
    struct pl_str verdict;       /* "hold"; empty when there is none */
    uint64_t block;              /* of the ledger */
    uint64_t time_ms;            /* Unix time of the record */
    const struct pl_slice_now *slices; /* of the launch, in the record's order */
    size_t slices_count;
};

/*
 * Reads the whole ledger in `folder` and takes the newest record of kind "verdict" of the line's feature,
 * whatever line or data it was about. A folder that is not there has none. A chain that does not hold is
 * PL_E_CORRUPT. The result lives in `arena`.
 */
PL_MUST_CHECK enum pl_status pl_verdict_now_read(const char *folder, const struct pl_line *line,
                                                 struct pl_arena *arena,
                                                 struct pl_verdict_now *ret_verdict,
                                                 struct pl_error *error);

/* From the body of one such record. PL_E_CORRUPT when it is no verdict. */
PL_MUST_CHECK enum pl_status pl_verdict_now_parse(struct pl_str body, const struct pl_line *line,
                                                  struct pl_arena *arena,
                                                  struct pl_verdict_now *ret_verdict,
                                                  struct pl_error *error);

/* Whether a change is one that the last verdict must allow, unless it is forced: it lets more people meet
   the feature, or moves its rollout on. Then the verdict is read, and asked: */
bool pl_opening_needs_verdict(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                              const struct pl_flag_change *change);

/* Why it does not allow it, or NULL. A rollout goes on by a verdict only; what was closed by hand may be opened
   again where there never was one. Where the flag goes by the launch, any slice that is allowed lets it go
   on, as no other gets it. */
const char *pl_opening_refusal(const struct pl_flag_line *line, const struct pl_flag_state_now *now,
                               const struct pl_flag_change *change,
                               const struct pl_verdict_now *verdict);

/*
 * Tells servers that run: puts the body of a verdict of the line's feature, which is on the record already,
 * into the state beside the line, where they look for it. The one before is replaced.
 */
PL_MUST_CHECK enum pl_status pl_verdict_now_tell(const struct pl_line *line, struct pl_str body,
                                                 struct pl_error *error);

#endif
