/*
 * Launch by slice: a verdict for each slice of one segment or crossing, as if the slice were the whole
 * feature. What is judged how, and what is promised, stands in docs/launch.md.
 */
#ifndef PL_LAUNCH_LAUNCH_H
#define PL_LAUNCH_LAUNCH_H

#include "judge/judge.h"

#define PL_LAUNCH_SLICES_MAX 1000

enum pl_launch_kind {
    PL_LAUNCH_JUDGED,
    PL_LAUNCH_TOO_SMALL, /* held: too few decisions, or too small a share */
    PL_LAUNCH_MISSING,   /* held: the group is not known, so nothing can be launched */
};

/* "judged", "too_small", "missing". */
const char *pl_launch_kind_name(enum pl_launch_kind kind);

struct pl_launch_slice {
    const struct pl_slice *slice; /* among all decisions */
    enum pl_launch_kind kind;
    const struct pl_line *line; /* the line as it stands for this slice */
    struct pl_measured
        *measured; /* its own decisions only; its overall slice has the slice's name */
    const struct pl_judgement *judgement;
    const struct pl_finding
        *deciding; /* the finding that decides; the nearest to its limit when all are
                                          clear; NULL when no limit could be judged */
    uint64_t
        needed; /* more decisions that would settle every unproven limit at the present estimates,
                        and make the slice large enough; 0: none are needed, or no number is known */
    uint64_t short_of; /* too few: how many are missing to be judged at all */
};

struct pl_launch {
    const struct pl_measured *measured; /* all decisions */
    struct pl_crossing crossing;
    const struct pl_launch_slice *slices; /* in the order of their groups */
    size_t slices_count;
    size_t judged_count; /* the level of a breach is divided among so many */
    enum pl_decides decides;
};

struct pl_launch_request {
    const struct pl_line *line;         /* with a launch */
    const struct pl_measured *measured; /* of this line, its cells still there */
    const struct pl_record_facts *facts;
    uint32_t threads;
};

/*
 * Judges every slice. The result lives in `arena` and points into the line and the measures; it is to be
 * given to pl_launch_deinit, before the measures are, even when the status is an error. The result does
 * not depend on `threads`.
 */
PL_MUST_CHECK enum pl_status pl_launch_judge(const struct pl_launch_request *request,
                                             struct pl_arena *arena, struct pl_launch **ret_launch,
                                             struct pl_error *error);

/* Frees what lies outside the arena. NULL is allowed. */
void pl_launch_deinit(struct pl_launch *launch);

/* Whether the gate passes by this launch and the verdict for all decisions. */
bool pl_launch_passes(const struct pl_launch *launch, const struct pl_judgement *overall);

/*
 * The slice that is named as "language=hi", or "language=hi * plan=free" for a crossing. PL_E_USAGE when
 * there is none; the message then names the nearest, or those there are.
 */
PL_MUST_CHECK enum pl_status pl_launch_find(const struct pl_launch *launch, struct pl_str name,
                                            struct pl_arena *arena,
                                            const struct pl_launch_slice **ret_slice,
                                            struct pl_error *error);

#endif
