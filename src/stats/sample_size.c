/*
 * Sample sizes. Clearing a limit is asked of the bounds themselves (proportion.h), by bisection, since a
 * bound rises with the number of cases when the failures stay as many. Detecting a difference is the
 * usual normal formula. Checked against a search with statsmodels' bounds and Miller's example of 969
 * (tests/unit/stats/test_sample_size.c).
 */
#include "stats/sample_size.h"

#include "stats/normal.h"
#include "stats/proportion.h"

#include <assert.h>
#include <math.h>

static bool clears(const struct pl_clearing *clearing, uint64_t cases)
{
    const struct pl_rate rate = {.k = (double)(cases - clearing->failures), .n = (double)cases};

    return (clearing->method == PL_RATE_EXACT
                ? pl_exact_low(rate, clearing->alpha)
                : pl_wilson_low(rate, clearing->alpha)) >= clearing->threshold;
}

uint64_t pl_cases_to_clear(const struct pl_clearing *clearing)
{
    uint64_t too_few = clearing->failures;
    uint64_t enough = clearing->failures + 1;

    assert(clearing->threshold > 0.0 && clearing->threshold < 1.0);
    while (enough <= PL_SAMPLE_SIZE_MAX && !clears(clearing, enough)) {
        too_few = enough;
        enough *= 2;
    }
    while (enough - too_few > 1) {
        const uint64_t middle = too_few + (enough - too_few) / 2;

        if (clears(clearing, middle))
            enough = middle;
        else
            too_few = middle;
    }
    return enough <= PL_SAMPLE_SIZE_MAX ? enough : 0;
}

static double variance_of(const struct pl_detecting *detecting)
{
    double variance = detecting->between;

    for (int i = 0; i < 2; i++)
        if (detecting->within[i] > 0.0)
            variance += detecting->within[i] / fmax(1.0, detecting->repeats[i]);
    return variance;
}

static double distance_of(const struct pl_detecting *detecting)
{
    return pl_normal_upper_quantile(0.5 * detecting->alpha) + pl_normal_quantile(detecting->power);
}

uint64_t pl_cases_to_detect(const struct pl_detecting *detecting)
{
    const double times = distance_of(detecting) / detecting->difference;
    const double cases = ceil(times * times * variance_of(detecting));

    return cases <= PL_SAMPLE_SIZE_MAX ? (uint64_t)fmax(1.0, cases) : 0;
}

double pl_detectable_difference(const struct pl_detecting *detecting, uint64_t cases)
{
    assert(cases > 0);
    return distance_of(detecting) * sqrt(variance_of(detecting) / (double)cases);
}
