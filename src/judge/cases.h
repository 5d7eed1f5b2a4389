/* The cases of a limit: the slices, or pairs of slices, in which it is judged. */
#ifndef PL_JUDGE_CASES_H
#define PL_JUDGE_CASES_H

#include "judge/compare.h"
#include "judge/judge.h"

#define PL_CASES_MAX 2000000 /* of all limits together */

/*
 * One hypothesis that may be crossed. A comparison of two groups without a reference is crossed when
 * either differs from the other too much, so it stands for two directions: `comparison` in the
 * direction that the data show, `opposite` the other way round.
 */
/* What is shown of a comparison: itself, or for a ratio to a baseline how much it gains or saves. */
enum pl_shown { PL_SHOWN_AS_IS, PL_SHOWN_GAIN, PL_SHOWN_SAVING };

struct pl_test {
    struct pl_comparison comparison;
    struct pl_comparison opposite;
    bool two_directions;
    bool turned; /* the case's slice is `b` of `comparison`, not `a` */
    bool strict; /* the threshold itself does not do: `superior_to` */
    bool paired; /* both sides are of the same decisions, and grow together */
    enum pl_shown shown;
    bool upper; /* the limit is a maximum: crossed above the threshold */
    double threshold;
};

/* What a comparator compares. */
enum pl_compared { PL_AGAINST_NOTHING, PL_AGAINST_GROUPS, PL_AGAINST_OVERALL, PL_AGAINST_BASELINE };

struct pl_comparator_shape {
    enum pl_form form;
    enum pl_compared against;
    bool upper;
};

struct pl_comparator_shape pl_comparator_shape(enum pl_comparator comparator);

/* Whether the limit is crossed in either direction. */
bool pl_limit_is_mirrored(const struct pl_limit *limit);

/* The comparison the other way round: of a difference the sign, of a ratio numerator and denominator. */
struct pl_comparison pl_comparison_turn(const struct pl_comparison *comparison);

/* Whether the data show the opposite direction, so that the comparison should be turned round. */
bool pl_comparison_points_away(const struct pl_comparison *comparison, bool upper);

/* A limit with its cases and their tests, side by side. Cases come unjudged. */
struct pl_trial {
    const struct pl_limit *limit;
    size_t metric_index;
    bool lenient; /* a reference group that is not there makes no cases, in place of an error */
    struct pl_case *cases;
    struct pl_test *tests;
    size_t count;
};

/*
 * All cases of a limit, in `arena`. Slices that are too small make cases with `judged` false. The
 * reference group must exist: else PL_E_LINE with the place of the limit and the groups there are.
 */
PL_MUST_CHECK enum pl_status pl_trial_make(const struct pl_line *line,
                                           const struct pl_measured *measured,
                                           const struct pl_limit *limit, struct pl_arena *arena,
                                           struct pl_trial *ret_trial, struct pl_error *error);

/* Adds the cases of a slice beside the others of its launch. `index` is that of the limit. */
PL_MUST_CHECK enum pl_status pl_trial_add_beside(struct pl_trial *trial,
                                                 const struct pl_judge_beside *beside, size_t index,
                                                 struct pl_arena *arena, struct pl_error *error);

/* Adds the case of a slice of `measured` beside the same slice of the limit's baseline. The trial has
   room for it. */
void pl_trial_add_sides(struct pl_trial *trial, const struct pl_measured *measured,
                        const struct pl_slice *slice);

/* P-value that the limit is crossed in this case: of the one direction, or the smaller of the two. */
double pl_test_p_crossed(const struct pl_test *test);

/* The case is clear: every one-sided bound at `alpha` lies on the good side. */
bool pl_test_is_clear(const struct pl_test *test, double alpha);

/* A value of the comparison lies on the good side of the threshold. */
bool pl_test_is_good(const struct pl_test *test, double value);

/* How many hypotheses the test stands for: 1 or 2. */
size_t pl_test_size(const struct pl_test *test);

/* The bound that decides clear (at `alpha`), and the one that decides breach (at `level`). */
double pl_test_clear_bound(const struct pl_test *test, double alpha);
double pl_test_breach_bound(const struct pl_test *test, double level);

#endif
