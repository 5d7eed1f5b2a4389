/*
 * Fairness between the groups of a segment or crossing: every definition side by side, as
 * difference and as ratio, between the furthest groups, to a reference group and to overall, with
 * intervals that hold for all groups at once; and which definitions cannot hold together in these
 * data.
 */
#ifndef PL_FAIRNESS_FAIRNESS_H
#define PL_FAIRNESS_FAIRNESS_H

#include "fairness/definitions.h"
#include "measure/measure.h"
#include "measure/run.h"

/* A group that others are compared with: its segment and its name. */
struct pl_fairness_reference {
    uint32_t segment; /* index into the line's segments */
    struct pl_str group;
};

struct pl_fairness_options {
    const struct pl_fairness_definition *const *definitions;
    size_t definitions_count;
    const struct pl_fairness_reference *references; /* at most one for each segment */
    size_t references_count;
};

/* What a figure compares. */
enum pl_fairness_form {
    PL_FAIRNESS_BETWEEN,      /* the two furthest groups */
    PL_FAIRNESS_TO_REFERENCE, /* the group furthest from the reference */
    PL_FAIRNESS_TO_OVERALL,   /* the group furthest from all decisions, itself included */
    PL_FAIRNESS_FORMS_COUNT,
};

/*
 * A definition in one form. The difference is at least 0, the ratio at most 1: which of two is on
 * top says `first`, the one with the larger value. Intervals hold for all groups, and for both
 * measures, at once. `first` and `second` are NULL where there is no value; in the form to overall
 * one of them is the overall slice. With the mean of two measures the groups are those of its
 * first.
 */
struct pl_fairness_gap {
    struct pl_estimate difference;
    struct pl_estimate ratio;
    const struct pl_slice *first; /* of the difference */
    const struct pl_slice *second;
    const struct pl_slice *ratio_first; /* of the ratio: not always the same, in the forms to one */
    const struct pl_slice *ratio_second;
    size_t measure; /* which of two measures decides the difference */
};

/* One group against the reference: signed, group less reference and group over reference; with
   the worst or the mean of two measures both are without sign. Intervals hold for all groups at
   once. */
struct pl_fairness_group {
    const struct pl_slice *slice;
    struct pl_estimate difference;
    struct pl_estimate ratio;
};

struct pl_fairness_figures {
    const struct pl_fairness_definition *definition;
    struct pl_fairness_gap gaps[PL_FAIRNESS_FORMS_COUNT];
    const struct pl_fairness_group *groups; /* every group that is judged but the reference */
    size_t groups_count;
};

/*
 * Differential fairness (Foulds et al. 2020): the largest |ln| of the ratio of two groups' chances
 * of a yes, or of a no. `smoothed` has half a decision of each kind added to every group, and no
 * interval.
 */
struct pl_fairness_differential {
    struct pl_estimate epsilon;
    double smoothed;
    bool smoothed_defined;
};

/* An index of inequality: of all decisions, and the part of it that lies between groups. */
struct pl_fairness_inequality {
    struct pl_estimate overall;
    double between;
};

/* Whether two definitions can hold together here. */
enum pl_fairness_conflict {
    PL_CONFLICT_UNKNOWN,     /* no labels, or fewer than two groups */
    PL_CONFLICT_EXCLUDE,     /* they cannot */
    PL_CONFLICT_EQUAL_BASES, /* base rates may be equal: their interval holds 0 */
    PL_CONFLICT_PERFECT,     /* no prediction is wrong */
    PL_CONFLICT_USELESS,     /* true and false positive rate may be equal: the score says nothing */
};

/* What would follow in one group if precision and false negative rate were the overall ones in
   all. */
struct pl_fairness_implied {
    const struct pl_slice *slice;
    struct pl_estimate base_rate;
    struct pl_estimate now;     /* false positive rate */
    struct pl_estimate implied; /* p / (1 - p) (1 - PPV) / PPV (1 - FNR), with the interval of p */
};

struct pl_fairness_conflicts {
    enum pl_fairness_conflict parity_and_errors;    /* predictive parity and equal error rates */
    enum pl_fairness_conflict selection_and_errors; /* demographic parity and equalized odds */
    struct pl_estimate base_gap;                    /* largest less smallest base rate */
    double precision;                               /* overall, where the first is decided */
    double false_negative_rate;
    const struct pl_fairness_implied *implied; /* one for each group judged, where they exclude */
    size_t implied_count;
    double selection_gap; /* of selection rates, if error rates were the overall ones everywhere */
};

struct pl_fairness_grouping {
    const struct pl_grouping *grouping;
    const struct pl_slice *reference; /* NULL: no group is large enough */
    bool reference_named;             /* false: it is the largest group */
    size_t judged_count;              /* groups that are large enough */
    const struct pl_slice *const *too_small;
    size_t too_small_count;
    const struct pl_fairness_figures *figures;
    size_t figures_count;
    bool has_differential;
    struct pl_fairness_differential differential;
    bool has_inequality;
    struct pl_fairness_inequality generalized_entropy;
    struct pl_fairness_inequality theil;
    struct pl_fairness_conflicts conflicts;
};

struct pl_fairness {
    const struct pl_fairness_grouping *groupings; /* as those measured */
    size_t groupings_count;
    const struct pl_fairness_definition *const *left_out; /* for which the data lack something */
    size_t left_out_count;
};

/* The names of all measures that the definitions need, and those that conflicts do; in `arena`. */
PL_MUST_CHECK enum pl_status pl_fairness_measures(const struct pl_fairness_options *options,
                                                  struct pl_arena *arena, struct pl_strs *ret_names,
                                                  struct pl_error *error);

/*
 * Compares the groups of everything measured. `betweens` are those of pl_measure_between for the
 * same. Definitions whose measures were not measured are left out. The result lives in `arena`.
 * PL_E_USAGE: a reference that is no group.
 */
PL_MUST_CHECK enum pl_status
pl_fairness_run(const struct pl_measured *measured, const struct pl_between *betweens,
                const struct pl_fairness_options *options, struct pl_arena *arena,
                struct pl_fairness **ret_fairness, struct pl_error *error);

/* "between", "to_reference", "to_overall"; "exclude", "equal_base_rates", … */
const char *pl_fairness_form_name(enum pl_fairness_form form);
const char *pl_fairness_conflict_name(enum pl_fairness_conflict conflict);

#endif
