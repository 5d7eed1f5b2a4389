/* What the last verdict on the record says of a feature, for its flag. */
#ifndef PL_GATEWAY_LAUNCH_NOW_H
#define PL_GATEWAY_LAUNCH_NOW_H

#include "flag/flag.h"
#include "line/line.h"

struct pl_verdict_now {
    struct pl_launch_now launch; /* `known`: there is a verdict of this feature at all */
    bool passes;                 /* the gate passed: the verdict for all decisions is allowed */
    struct pl_str verdict;       /* "hold"; empty when there is none */
    uint64_t block;              /* of the ledger */
    uint64_t time_ms;            /* Unix time of the record */
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

#endif
