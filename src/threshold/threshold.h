/*
 * Which threshold: the one that costs least, or that costs least among those that keep given limits,
 * for all or for each group; what each choice does to every limit of the line and to every decision,
 * and what it is worth on decisions that it was not fitted to.
 */
#ifndef PL_THRESHOLD_THRESHOLD_H
#define PL_THRESHOLD_THRESHOLD_H

#include "judge/judge.h"
#include "threshold/flips.h"

/* The choices that are shown beside each other. */
enum pl_choice_kind {
    PL_CHOICE_PRESENT, /* the line's threshold */
    PL_CHOICE_ONE,     /* one threshold for all */
    PL_CHOICE_GROUPS,  /* one for each group; only where a segment is given */
};
#define PL_CHOICES_COUNT 3

/* "present", "one", "groups". */
const char *pl_choice_name(enum pl_choice_kind kind);

struct pl_group_choice {
    const struct pl_slice *slice; /* only which groups it is of, or overall */
    uint64_t n;                   /* decisions */
    double threshold;             /* the least score that is a yes; INFINITY: nobody */
    bool fitted;                  /* false: too small, and left at the present threshold */
    struct pl_flips flips;        /* against the present threshold */
};

struct pl_choice {
    enum pl_choice_kind kind;
    const struct pl_group_choice *groups; /* one, or one for each group */
    size_t groups_count;
    bool kept;     /* by its value every limit that was to be kept is; true when none was */
    bool defined;  /* false: a limit to keep has no value here */
    bool proven;   /* no choice of its kind is better */
    double bound;  /* not proven: none of its kind has a lower expected cost than this */
    double excess; /* not kept: how far past its bound the worst limit is */
    const struct pl_measured *measured;
    struct pl_measured *owned_measured; /* what pl_thresholds_deinit frees; may be NULL */
    const struct pl_judgement *judgement;
    struct pl_estimate cost;   /* expected_cost */
    struct pl_estimate change; /* of it against the present threshold, decision by decision */
    struct pl_flips flips;
    const struct pl_flips *flips_by_slice; /* by slice of pl_thresholds; NULL held out */
};

/* Fitted on one part of the decisions and seen on the other. */
struct pl_held_out {
    bool given; /* false: a part has no labelled positive or negative decision */
    double share;
    uint64_t fitted_decisions;
    uint64_t seen_decisions;
    struct pl_choice choices[PL_CHOICES_COUNT];        /* on the part held out */
    struct pl_estimate fitted_costs[PL_CHOICES_COUNT]; /* on the part they were fitted to */
    struct pl_estimate groups_against_one; /* change of cost by the group thresholds; held out */
};

struct pl_thresholds {
    const struct pl_line *line;
    const bool *kept; /* by limit of the line */
    size_t kept_count;
    const struct pl_crossing *by; /* NULL: one threshold for all */
    struct pl_choice choices[PL_CHOICES_COUNT];
    size_t choices_count;          /* 3 with `by`, else 2 */
    const struct pl_slice *slices; /* every group of every segment; only name and n */
    size_t slices_count;
    struct pl_held_out held_out;
};

struct pl_threshold_request {
    const struct pl_line *line;         /* with what must be kept among its limits */
    const bool *kept;                   /* by limit: see pl_keeps_read */
    const struct pl_measured *measured; /* with the score, expected_cost and `by` among it */
    const struct pl_crossing *by;       /* NULL: one threshold for all */
    double held_out;                    /* the share of decisions to hold out, 0 < held_out < 1 */
    uint32_t threads;
};

/* PL_E_LINE when the task is not binary, or the line has no score or label, or a column of predictions
   that decides instead. */
PL_MUST_CHECK enum pl_status pl_threshold_check(const struct pl_line *line, struct pl_error *error);

/*
 * Finds the thresholds. The result lives in `arena` and points into the request; call
 * pl_thresholds_deinit. Deterministic: what is held out is drawn with the line's seed.
 */
PL_MUST_CHECK enum pl_status pl_thresholds_find(const struct pl_threshold_request *request,
                                                struct pl_arena *arena,
                                                struct pl_thresholds **ret_thresholds,
                                                struct pl_error *error);

/* Frees what lies outside the arena. NULL is allowed. */
void pl_thresholds_deinit(struct pl_thresholds *thresholds);

#endif
