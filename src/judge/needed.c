/* Doubles the slice until the case is settled, then halves the interval: bounds shrink steadily. */
#include "judge/needed.h"

#include <math.h>

#define FACTOR_MAX 1e9
#define FACTOR_ALONE_MAX 1e3 /* beyond it the other side is the reason, and grows too */
#define STEPS 40

struct growth {
    const struct pl_test *test;
    double alpha;
    double level;
    bool with_other;
};

static bool is_settled(const struct growth *growth, double factor)
{
    const double other = growth->with_other ? factor : 1.0;
    struct pl_test grown = *growth->test;

    grown.comparison = pl_comparison_scale(&growth->test->comparison, factor, other);
    if (growth->test->two_directions)
        grown.opposite = pl_comparison_scale(&growth->test->opposite, other, factor);
    return pl_test_is_clear(&grown, growth->alpha) || pl_test_p_crossed(&grown) <= growth->level;
}

/* The smallest factor that settles, or 0 when none up to `factor_max` does. */
static double find_factor(const struct growth *growth, double factor_max)
{
    double unsettled = 1.0;
    double settled = 2.0;

    while (settled <= factor_max && !is_settled(growth, settled)) {
        unsettled = settled;
        settled *= 2.0;
    }
    if (settled > factor_max)
        return 0.0;
    for (int step = 0; step < STEPS && settled - unsettled > 1e-6 * settled; step++) {
        const double middle = 0.5 * (unsettled + settled);

        if (is_settled(growth, middle))
            settled = middle;
        else
            unsettled = middle;
    }
    return settled;
}

uint64_t pl_needed(const struct pl_test *test, double alpha, double level, uint64_t slice_n)
{
    struct growth growth = {.test = test, .alpha = alpha, .level = level};
    double factor = find_factor(&growth, FACTOR_ALONE_MAX);

    if (factor == 0.0) {
        growth.with_other = true;
        factor = find_factor(&growth, FACTOR_MAX);
    }
    return factor == 0.0 ? 0 : (uint64_t)ceil((factor - 1.0) * (double)slice_n);
}
