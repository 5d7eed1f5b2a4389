/*
 * The search for thresholds as numbers: groups with their candidates, what each candidate costs, and
 * which limits bind which groups. Everything comes from the cells by counting, so it is exact.
 */
#ifndef PL_THRESHOLD_QUEST_H
#define PL_THRESHOLD_QUEST_H

#include "measure/costs.h"
#include "measure/metrics.h"
#include "threshold/ranges.h"

#define PL_THRESHOLD_GROUPS_MAX 256
#define PL_THRESHOLD_SIDES_MAX  ((size_t)24 << 20) /* counts of mixed slices that are kept */
#define PL_THRESHOLD_WORK_MAX   ((size_t)2 << 30)  /* slices times candidates */

/* Decisions by label, and what they cost when the answer is no, and when it is yes. */
struct pl_side {
    uint64_t n[3];
    double weight[3];
    double weight_squared[3];
    double cost[2];
};

/*
 * A group with a threshold of its own. Its candidates are its distinct scores, descending, after one
 * at which nobody passes; the one that decides as the present threshold does is that threshold itself.
 */
struct pl_choosing {
    size_t count;          /* candidates, at least 1 */
    double *thresholds;    /* descending; INFINITY first, unless the present one lets nobody pass */
    struct pl_rank *ranks; /* what each costs */
    double *excess;        /* how far limits on this group alone are crossed; INFINITY: no value */
    uint32_t present;      /* the candidate that decides as now */
    uint64_t n;            /* decisions */
    struct pl_side scored;
    bool fixed; /* too small to be fitted: it keeps the present threshold */
};

/* A slice whose decisions lie in several groups: its value follows from all of theirs. */
struct pl_mixed {
    const struct pl_metric *metric;
    struct pl_side scored;
    struct pl_side unscored;
    const struct pl_side **sides; /* by group: positive decisions at each candidate, or NULL */
};

enum pl_beside { PL_BESIDE_NOTHING, PL_BESIDE_OWN, PL_BESIDE_MIXED };

/* A limit that binds several groups: the extremes of its slices, and what they are held against. */
struct pl_band {
    const struct pl_limit *limit;
    const double **low; /* by group: least and largest of its own slices by candidate, or NULL */
    const double **high;
    struct pl_mixed *mixed;
    size_t mixed_count;
    enum pl_beside beside; /* what the slices are held against */
    uint32_t beside_group; /* OWN: one slice of one group, by candidate */
    const double *beside_values;
    struct pl_mixed beside_mixed;
};

struct pl_quest {
    const struct pl_cells *cells;
    const struct pl_cost_matrix *costs; /* by leaf; times `cost_scale`, so that sums are exact */
    double cost_scale;
    struct pl_aside_rule aside; /* which slices bind nothing, and which groups stay as they are */
    double present;             /* the threshold now */
    const uint32_t *group_of_leaf;
    struct pl_choosing *groups;
    size_t groups_count;
    const uint32_t *candidates; /* by run: the candidate of its group that its score is */
    struct pl_band *bands;
    size_t bands_count;
    size_t sides_count;
};

struct pl_quest_request {
    const struct pl_cells *cells;
    const struct pl_limit *limits;
    const bool *kept; /* by limit: whether it is searched for */
    size_t limits_count;
    const struct pl_crossing *crossing; /* NULL: one threshold for all */
    const struct pl_costs *costs;
    struct pl_aside_rule aside; /* which slices bind nothing, and which groups stay as they are */
};

/* Everything lives in `arena` or in the cells, which must outlive it. */
PL_MUST_CHECK enum pl_status pl_quest_make(const struct pl_quest_request *request,
                                           struct pl_arena *arena, struct pl_quest *ret_quest,
                                           struct pl_error *error);

/* Adds a limit: to the groups that it binds alone, or as a band. Private to the making. */
PL_MUST_CHECK enum pl_status pl_bands_add(struct pl_quest *quest, const struct pl_limit *limit,
                                          struct pl_arena *arena, struct pl_error *error);

/* What the slices of a limit come to. */
struct pl_extent {
    double low;
    double high;
    double beside;
    bool has_beside;
};

/* How far past the limit they are: at most 0 when it is kept, INFINITY without a value. */
double pl_limit_excess(const struct pl_limit *limit, const struct pl_extent *extent);

/* A measure from the positive side of a slice; NAN where it has no value. */
double pl_side_value(const struct pl_quest *quest, const struct pl_mixed *slice,
                     const struct pl_side *positive);

/* The candidate of a group that decides as `threshold` does. */
uint32_t pl_quest_locate(const struct pl_quest *quest, size_t group, double threshold);

void pl_side_add(struct pl_side *side, const struct pl_side *other);
void pl_side_add_run(struct pl_side *side, const struct pl_quest *quest, size_t run);

#endif
