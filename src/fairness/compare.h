/* Comparing the groups of one grouping: the pieces that fairness.c puts together. Private to the
   layer. */
#ifndef PL_FAIRNESS_COMPARE_H
#define PL_FAIRNESS_COMPARE_H

#include "fairness/fairness.h"

/* The groups of a grouping that are judged, and what they are held against. */
struct pl_fairness_field {
    const struct pl_measured *measured;
    const struct pl_grouping *grouping;
    const struct pl_between *betweens; /* those of the grouping, one for each metric */
    const struct pl_slice **judged;    /* large enough */
    size_t judged_count;
    const struct pl_slice *reference; /* NULL: none is judged */
};

/* The indices of a definition's measures among those measured. */
struct pl_fairness_indices {
    size_t metrics[PL_FAIRNESS_MEASURES_MAX];
    size_t count;
};

/*
 * The figures of a definition. `groups` has room for every judged group; in `scratch` lives what is
 * needed on the way.
 */
void pl_fairness_compare(const struct pl_fairness_field *field,
                         const struct pl_fairness_definition *definition,
                         const struct pl_fairness_indices *indices,
                         struct pl_fairness_group *groups, struct pl_fairness_figures *ret_figures);

/* "undefined" with a reason. */
struct pl_estimate pl_fairness_undefined(enum pl_undefined reason);

/* The index of a measure among those measured; false when it was not. */
bool pl_fairness_find_metric(const struct pl_measured *measured, const char *name,
                             size_t *ret_index);

/* Both indices of inequality, and their part between all groups, small ones too. */
void pl_fairness_inequalities(const struct pl_fairness_field *field,
                              struct pl_fairness_grouping *grouping);

/* Differential fairness of the predictions. */
PL_MUST_CHECK enum pl_status pl_fairness_differ(const struct pl_fairness_field *field,
                                                struct pl_arena *arena,
                                                struct pl_fairness_grouping *grouping,
                                                struct pl_error *error);

/* Which definitions cannot hold together. The implied rates live in `arena`. */
PL_MUST_CHECK enum pl_status pl_fairness_find_conflicts(const struct pl_fairness_field *field,
                                                        struct pl_arena *arena,
                                                        struct pl_fairness_conflicts *ret_conflicts,
                                                        struct pl_error *error);

#endif
