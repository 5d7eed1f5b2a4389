/*
 * The slice grows (growth.h) until the case is settled: bounds shrink steadily. A slice is part of the
 * overall figure, so there the rest grows with it and its share stays.
 */
#include "judge/needed.h"

#include "stats/growth.h"

#include <math.h>

#define FACTOR_MAX       1e9
#define FACTOR_ALONE_MAX 1e3 /* beyond it the other side is the reason, and grows too */

struct growth {
    const struct pl_test *test;
    double alpha;
    double level;
    double slice_n;
    bool with_other;
};

static bool is_settled(const void *context, double factor)
{
    const struct growth *growth = context;
    const struct pl_test *test = growth->test;
    const double other = growth->with_other ? factor : 1.0;
    const double a = test->turned ? other : factor;
    const double b = test->turned ? factor : other;
    struct pl_test grown = *test;

    grown.comparison = pl_comparison_scale(&test->comparison, a, b);
    if (test->two_directions)
        grown.opposite = pl_comparison_scale(&test->opposite, b, a);

    /* What is rejected at one half lies beyond the limit, and cannot be clear. */
    const double p_value = pl_test_p_crossed(&grown);

    return p_value < 1.0 ? p_value <= growth->level : pl_test_is_clear(&grown, growth->alpha);
}

static double find_factor(const struct growth *growth, double factor_max)
{
    const struct pl_growth_search search = {
        .is_settled = is_settled,
        .context = growth,
        .factor_max = factor_max,
        .step = 0.5 / growth->slice_n,
    };

    return pl_growth_find(&search);
}

uint64_t pl_needed(const struct pl_test *test, double alpha, double level, uint64_t slice_n,
                   bool *ret_in_both)
{
    struct growth growth = {
        .test = test, .alpha = alpha, .level = level, .slice_n = (double)slice_n};
    const bool alone = test->comparison.form == PL_FORM_VALUE;
    double factor = 0.0;

    /* A slice that grew alone would move the overall figure that it is compared with. */
    if (test->comparison.share == 0.0 && !(test->paired && !alone))
        factor = find_factor(&growth, alone ? FACTOR_MAX : FACTOR_ALONE_MAX);
    if (factor == 0.0 && !alone) {
        growth.with_other = true;
        factor = find_factor(&growth, FACTOR_MAX);
    }
    /* A pair is one decision that both sides have answered. */
    *ret_in_both = growth.with_other && !test->paired;
    return factor == 0.0 ? 0 : (uint64_t)ceil((factor - 1.0) * (double)slice_n);
}
