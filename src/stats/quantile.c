/*
 * The ranks that can bound a quantile: the number of values at or below it is binomial (n, q), so
 * no bound at alpha >= 1e-12 reaches beyond the binomial's own 1e-12 quantiles. They are enclosed
 * by Bernstein's inequality, P(|X - n q| >= t) <= 2 exp(-t^2 / (2 n q (1 - q) + 2 t / 3)), which
 * costs a few more ranks than need be and is safe for any n.
 */
#include "stats/quantile.h"

#include <assert.h>
#include <math.h>

/* ln(2 / 1e-12). */
static const double EXPONENT = 28.33;

struct pl_rank_range pl_quantile_ranks(double q, double n)
{
    assert(q > 0.0 && q < 1.0 && n > 0.0);

    const double third = EXPONENT / 3.0;
    const double reach = third + sqrt(third * third + 2.0 * EXPONENT * n * q * (1.0 - q)) + 2.0;

    return (struct pl_rank_range){
        .first = fmax(1.0, floor(n * q - reach)),
        .last = fmin(n, ceil(n * q + reach)),
    };
}
