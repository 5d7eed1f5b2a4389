/*
 * The ratio of two sums and its standard error. The sums carry twice the precision of a double, for the
 * squares of what is left of x after r y are a small difference of large numbers where the two columns
 * go together.
 */
#include "measure/ratio_sums.h"

#include "stats/mean.h"

#include <math.h>

void pl_ratio_sums_add(struct pl_ratio_sums *sums, const struct pl_ratio_sums *part)
{
    sums->n += part->n;
    sums->weight += part->weight;
    sums->weight_squared += part->weight_squared;
    sums->x = pl_double_double_add(sums->x, part->x);
    sums->y = pl_double_double_add(sums->y, part->y);
    sums->xx = pl_double_double_add(sums->xx, part->xx);
    sums->xy = pl_double_double_add(sums->xy, part->xy);
    sums->yy = pl_double_double_add(sums->yy, part->yy);
}

/* sum w^2 (x - r y)^2; at least 0, though what is left of near proportion may round below it. */
static double residual_squares(const struct pl_ratio_sums *sums, double r)
{
    const struct pl_double_double ratio = pl_double_double_of(r);
    const struct pl_double_double cross =
        pl_double_double_multiply(pl_double_double_of(-2.0 * r), sums->xy);
    const struct pl_double_double own =
        pl_double_double_multiply(pl_double_double_multiply(ratio, ratio), sums->yy);
    const struct pl_double_double squares =
        pl_double_double_add(sums->xx, pl_double_double_add(cross, own));
    const double value = pl_double_double_value(squares);

    return value > 0.0 ? value : 0.0;
}

struct pl_stat pl_ratio_stat(const struct pl_ratio_sums *sums)
{
    const double denominator = pl_double_double_value(sums->y);
    const double n = pl_kish_n(sums->weight, sums->weight_squared);
    struct pl_stat stat = {.kind = PL_STAT_NONE, .n = sums->n};

    if (sums->n == 0)
        stat.reason = PL_UNDEFINED_NO_VALUES;
    else if (denominator == 0.0)
        stat.reason = PL_UNDEFINED_ZERO_DENOMINATOR;
    else if (sums->n == 1 || n <= 1.0)
        stat.reason = PL_UNDEFINED_ONE_VALUE;
    if (stat.reason != PL_DEFINED)
        return stat;
    stat.kind = PL_STAT_NORMAL;
    stat.value = pl_double_double_value(sums->x) / denominator;
    stat.normal.se = sqrt(n / (n - 1.0) * residual_squares(sums, stat.value)) / fabs(denominator);
    stat.normal.df = n - 1.0;
    stat.normal.scale = PL_SCALE_IDENTITY;
    stat.normal.n_effective = n;
    return stat;
}
