/*
 * Hypergeometric masses and tails. A mass is a product of three binomial masses, each by Loader's
 * deviance form, so that no large logarithms cancel; a tail is summed from its largest term, each
 * next term by the ratio of masses, until the rest is below rounding.
 *
 * Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000). Agrees with
 * scipy.stats.hypergeom to 1e-11 on tests/reference/stats/hypergeometric.csv.
 */
#include "stats/hypergeometric.h"

#include <assert.h>
#include <math.h>

#define LN_2_PI     1.8378770664093454836
#define NEGLIGIBLE  1e-17
#define SERIES_FROM 16

/* ln n! less Stirling's n ln n - n + ln(2 pi n) / 2, for n > 0. */
static double stirling_error(double n)
{
    if (n < SERIES_FROM) {
        double factorial = 1.0;

        for (int i = 2; i <= (int)n; i++)
            factorial *= i;
        return log(factorial) - (n * log(n) - n + 0.5 * (LN_2_PI + log(n)));
    }

    const double square = n * n;

    return (1.0 / 12.0 -
            (1.0 / 360.0 -
             (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) /
                square) /
           n;
}

/* x ln(x / mean) + mean - x, which is near 0 when x is near the mean. */
static double deviance(double x, double mean)
{
    const double excess = (x - mean) / mean;

    return mean * ((1.0 + excess) * log1p(excess) - excess);
}

/* ln of the binomial mass at x of n, for a rate of drawn / population. */
static double log_binomial(double x, double n, double drawn, double population)
{
    const double rate = drawn / population;
    const double rest = (population - drawn) / population;

    if (n == 0.0)
        return 0.0;
    if (x == 0.0)
        return n * (rate < 0.5 ? log1p(-rate) : log(rest));
    if (x == n)
        return n * (rate < 0.5 ? log(rate) : log1p(-rest));
    return stirling_error(n) - stirling_error(x) - stirling_error(n - x) - deviance(x, n * rate) -
           deviance(n - x, n * rest) - 0.5 * (LN_2_PI + log(x) + log1p(-x / n));
}

static uint64_t smallest_possible(const struct pl_hypergeometric *law)
{
    const uint64_t unmarked = law->population - law->marked;

    return law->drawn > unmarked ? law->drawn - unmarked : 0;
}

static uint64_t largest_possible(const struct pl_hypergeometric *law)
{
    return law->drawn < law->marked ? law->drawn : law->marked;
}

double pl_hypergeometric_log_mass(const struct pl_hypergeometric *law, uint64_t k)
{
    const double population = (double)law->population;
    const double marked = (double)law->marked;
    const double drawn = (double)law->drawn;
    const double x = (double)k;

    assert(law->marked <= law->population && law->drawn <= law->population);
    if (k < smallest_possible(law) || k > largest_possible(law))
        return -HUGE_VAL;
    if (law->drawn == 0 || law->drawn == law->population)
        return 0.0;
    return log_binomial(x, marked, drawn, population) +
           log_binomial(drawn - x, population - marked, drawn, population) -
           log_binomial(drawn, population, drawn, population);
}

/* Sums the masses from k upwards; above the mode they fall ever faster. */
static double sum_up(const struct pl_hypergeometric *law, uint64_t k)
{
    const double marked = (double)law->marked;
    const double drawn = (double)law->drawn;
    const double unmarked = (double)law->population - marked;
    const double last = (double)largest_possible(law);
    double term = 1.0;
    double sum = 1.0;

    for (double x = (double)k; x < last && term > NEGLIGIBLE * sum; x++) {
        term *= (marked - x) / (x + 1.0) * ((drawn - x) / (unmarked - drawn + x + 1.0));
        sum += term;
    }
    return exp(pl_hypergeometric_log_mass(law, k) + log(sum));
}

/* Likewise from k downwards. */
static double sum_down(const struct pl_hypergeometric *law, uint64_t k)
{
    const double marked = (double)law->marked;
    const double drawn = (double)law->drawn;
    const double unmarked = (double)law->population - marked;
    const double last = (double)smallest_possible(law);
    double term = 1.0;
    double sum = 1.0;

    for (double x = (double)k; x > last && term > NEGLIGIBLE * sum; x--) {
        term *= x / (marked - x + 1.0) * ((unmarked - drawn + x) / (drawn - x + 1.0));
        sum += term;
    }
    return exp(pl_hypergeometric_log_mass(law, k) + log(sum));
}

double pl_hypergeometric_at_least(const struct pl_hypergeometric *law, uint64_t k)
{
    const double mean = (double)law->drawn / (double)law->population * (double)law->marked;

    if (k <= smallest_possible(law))
        return 1.0;
    if (k > largest_possible(law))
        return 0.0;
    if ((double)k > mean)
        return fmin(1.0, sum_up(law, k));
    return fmax(0.0, 1.0 - sum_down(law, k - 1));
}
