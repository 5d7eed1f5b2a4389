/*
 * Numbers of twice the precision of a double: the unevaluated sum of two, of which `low` is at most half
 * a unit in the last place of `high`. About 106 bits, relative error below 2^-104 for each operation;
 * for sums that have been made exactly and are then combined, where a double would cancel. Pure
 * functions on values below 2^960 in size; safe in any thread.
 *
 * Sources: T. J. Dekker, Numer. Math. 18 (1971) 224 (normalisation, division); D. E. Knuth, The Art of
 * Computer Programming 2, 4.2.2 (two_sum); M. Joldes, J.-M. Muller & V. Popescu, ACM Trans. Math.
 * Softw. 44 (2017) 15 (the errors). Needs round to nearest and no contraction of a * b + c.
 */
#ifndef PL_STATS_DOUBLE_DOUBLE_H
#define PL_STATS_DOUBLE_DOUBLE_H

#include <math.h>

struct pl_double_double {
    double high;
    double low;
};

/* a + b without error. */
static inline struct pl_double_double pl_double_double_two_sum(double a, double b)
{
    const double sum = a + b;
    const double b_taken = sum - a;

    return (struct pl_double_double){sum, (a - (sum - b_taken)) + (b - b_taken)};
}

/* a * b without error, but for underflow. */
static inline struct pl_double_double pl_double_double_two_product(double a, double b)
{
    const double product = a * b;

    return (struct pl_double_double){product, fma(a, b, -product)};
}

static inline struct pl_double_double pl_double_double_of(double value)
{
    return (struct pl_double_double){value, 0.0};
}

static inline double pl_double_double_value(struct pl_double_double a)
{
    return a.high + a.low;
}

/* Where |high| >= |low| or high is 0: the same value with its parts apart. */
static inline struct pl_double_double pl_double_double_normal(double high, double low)
{
    const double sum = high + low;

    return (struct pl_double_double){sum, low - (sum - high)};
}

static inline struct pl_double_double pl_double_double_add(struct pl_double_double a,
                                                           struct pl_double_double b)
{
    const struct pl_double_double highs = pl_double_double_two_sum(a.high, b.high);
    const struct pl_double_double lows = pl_double_double_two_sum(a.low, b.low);
    const struct pl_double_double sum = pl_double_double_normal(highs.high, highs.low + lows.high);

    return pl_double_double_normal(sum.high, sum.low + lows.low);
}

static inline struct pl_double_double pl_double_double_negate(struct pl_double_double a)
{
    return (struct pl_double_double){-a.high, -a.low};
}

static inline struct pl_double_double pl_double_double_subtract(struct pl_double_double a,
                                                                struct pl_double_double b)
{
    return pl_double_double_add(a, pl_double_double_negate(b));
}

static inline struct pl_double_double pl_double_double_multiply(struct pl_double_double a,
                                                                struct pl_double_double b)
{
    const struct pl_double_double product = pl_double_double_two_product(a.high, b.high);

    return pl_double_double_normal(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/* b must not be 0. */
static inline struct pl_double_double pl_double_double_divide(struct pl_double_double a,
                                                              struct pl_double_double b)
{
    const double first = a.high / b.high;
    const struct pl_double_double rest =
        pl_double_double_subtract(a, pl_double_double_multiply(b, pl_double_double_of(first)));
    const double second = rest.high / b.high;
    const struct pl_double_double left =
        pl_double_double_subtract(rest, pl_double_double_multiply(b, pl_double_double_of(second)));
    const struct pl_double_double quotient = pl_double_double_normal(first, second);

    return pl_double_double_add(quotient, pl_double_double_of(left.high / b.high));
}

#endif
