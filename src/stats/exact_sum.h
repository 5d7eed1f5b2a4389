/*
 * A sum of doubles without any error: the same whatever the order in which they come, and however they
 * are divided among threads and merged again. It is rounded once, when it is read. About 1 KB of plain
 * memory; one thread for each struct.
 */
#ifndef PL_STATS_EXACT_SUM_H
#define PL_STATS_EXACT_SUM_H

#include "base/error.h"
#include "stats/double_double.h"

#include <stdint.h>
#include <string.h>

#define PL_EXACT_SUM_BINS 64

__extension__ typedef __int128 pl_int128;

/* The bins and what they mean are described in exact_sum.c. Zeroed is an empty sum. */
struct pl_exact_sum {
    pl_int128 bins[PL_EXACT_SUM_BINS];
    uint64_t used;   /* bit i: bin i may be other than 0 */
    uint64_t broken; /* not 0: an infinity or NaN was added */
};

/*
 * Adds a value. Up to 2^42 values may be added to one sum (and those it is merged with). An infinity or
 * NaN makes the sum unreadable for good; it is the caller's product that overflowed, as a rule.
 */
static inline void pl_exact_sum_add(struct pl_exact_sum *sum, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);

    const uint64_t biased = bits >> 52 & 0x7ffu;
    const uint64_t is_normal = biased != 0;
    const uint64_t mantissa = (bits & 0xfffffffffffffu) | is_normal << 52;
    const uint64_t exponent = biased - is_normal;
    const pl_int128 sign = -(pl_int128)(bits >> 63);
    const pl_int128 part = (pl_int128)mantissa << (exponent & 31u);

    sum->bins[exponent >> 5] += (part ^ sign) - sign;
    sum->used |= (uint64_t)1 << (exponent >> 5);
    sum->broken |= (uint64_t)(biased == 0x7ffu);
}

/* Adds a * b as it is, not rounded, as long as it does not underflow. */
static inline void pl_exact_sum_add_product(struct pl_exact_sum *sum, double a, double b)
{
    const struct pl_double_double product = pl_double_double_two_product(a, b);

    pl_exact_sum_add(sum, product.high);
    pl_exact_sum_add(sum, product.low);
}

/* Empties the sum; quicker than zeroing it. */
void pl_exact_sum_reset(struct pl_exact_sum *sum);

/* Adds another sum, or takes away one that is a part of this. Both are exact. */
void pl_exact_sum_merge(struct pl_exact_sum *sum, const struct pl_exact_sum *other);
void pl_exact_sum_subtract(struct pl_exact_sum *sum, const struct pl_exact_sum *part);

/*
 * The double nearest to the sum, ties to even; or the sum to twice that precision, the nearest double
 * and the nearest to what it leaves. PL_E_DATA when it is too large for a double, or when a value was
 * none. A sum of 0 is +0.
 */
PL_MUST_CHECK enum pl_status pl_exact_sum_value(const struct pl_exact_sum *sum, double *ret_value,
                                                struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_exact_sum_double_double(const struct pl_exact_sum *sum,
                                                        struct pl_double_double *ret_value,
                                                        struct pl_error *error);

#endif
