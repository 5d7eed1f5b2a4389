/*
 * The exact sum of doubles, a fixed-point number wide enough for any of them. Adding puts the 53 bits of
 * a value where they belong; carries are settled only when the sum is read.
 *
 * Layout. A finite double is m 2^(e - 1074) with an integer m < 2^53 and 0 <= e <= 2045 (a subnormal has
 * e = 0). Bin i holds, as a signed integer of 128 bits, the sum of m 2^(e mod 32) over the values with
 * floor(e / 32) = i; the sum is that of bin_i 2^(32 i - 1074). One value is below 2^84, which leaves
 * room for 2^42 of them with a bit to spare.
 *
 * Reading settles the carries into digits of 32 bits, in two's complement, and rounds the digits to
 * nearest, ties to even, as IEEE 754 does; below 2^-1022 the digits are the subnormal itself. For a
 * double-double what is left after the first double is rounded once more. The sum itself is not changed,
 * so more may be added.
 *
 * Error: none but the rounding when read. Source: R. M. Neal, Fast exact summation using small and large
 * superaccumulators, arXiv:1505.05571 (2015), of which this is the small one with wider bins; U. W.
 * Kulisch, Computer Arithmetic and Validity (2008), chapter 8. Checked against Python's math.fsum and
 * exact fractions: tests/reference/stats/exact_sum.csv.
 */
#include "stats/exact_sum.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

/* 64 bins and the four digits that the top one can reach beyond them. */
#define DIGITS 68

#define LEAST_EXPONENT (-1074)

/* A sum with its carries settled: the size as digits from the lowest, and whether it is below 0. */
struct settled {
    uint32_t digits[DIGITS];
    int first; /* digits outside first .. last are 0 */
    int last;  /* below first: the sum is 0 */
    bool negative;
};

void pl_exact_sum_reset(struct pl_exact_sum *sum)
{
    for (uint64_t left = sum->used; left != 0; left &= left - 1)
        sum->bins[__builtin_ctzll(left)] = 0;
    sum->used = 0;
    sum->broken = 0;
}

void pl_exact_sum_merge(struct pl_exact_sum *sum, const struct pl_exact_sum *other)
{
    for (uint64_t left = other->used; left != 0; left &= left - 1) {
        const int i = __builtin_ctzll(left);

        sum->bins[i] += other->bins[i];
    }
    sum->used |= other->used;
    sum->broken |= other->broken;
}

void pl_exact_sum_subtract(struct pl_exact_sum *sum, const struct pl_exact_sum *part)
{
    for (uint64_t left = part->used; left != 0; left &= left - 1) {
        const int i = __builtin_ctzll(left);

        sum->bins[i] -= part->bins[i];
    }
    sum->used |= part->used;
    sum->broken |= part->broken;
}

/* Turns two's complement round: all bits the other way, and one more. */
static void negate(struct settled *settled)
{
    uint64_t carry = 1;

    for (int i = settled->first; i <= settled->last; i++) {
        carry += (uint32_t)~settled->digits[i];
        settled->digits[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void settle(const struct pl_exact_sum *sum, struct settled *settled)
{
    pl_int128 carry = 0;

    settled->first = __builtin_ctzll(sum->used);
    settled->last = 63 - __builtin_clzll(sum->used) + 4;
    for (int i = settled->first; i <= settled->last; i++) {
        carry += i < PL_EXACT_SUM_BINS ? sum->bins[i] : 0;
        settled->digits[i] = (uint32_t)((uint64_t)carry & 0xffffffffu);
        carry >>= 32;
    }
    settled->negative = carry < 0;
    if (settled->negative)
        negate(settled);
    while (settled->last >= settled->first && settled->digits[settled->last] == 0)
        settled->last--;
}

static uint32_t digit_at(const struct settled *settled, int i)
{
    return i >= settled->first && i <= settled->last ? settled->digits[i] : 0;
}

/* The 64 bits from bit `lowest` of the number upwards. */
static uint64_t bits_from(const struct settled *settled, int lowest)
{
    const int digit = lowest / 32;
    const int shift = lowest % 32;
    const uint64_t low = digit_at(settled, digit) | (uint64_t)digit_at(settled, digit + 1) << 32;
    const uint64_t high = digit_at(settled, digit + 2);

    return shift == 0 ? low : low >> shift | high << (64 - shift);
}

static bool any_below(const struct settled *settled, int bit)
{
    for (int i = settled->first; i < bit / 32 && i <= settled->last; i++)
        if (settled->digits[i] != 0)
            return true;
    return (digit_at(settled, bit / 32) & (((uint32_t)1 << bit % 32) - 1)) != 0;
}

/* The size of a settled sum as a double, to nearest and ties to even; infinite when too large. */
static double round_settled(const struct settled *settled)
{
    if (settled->last < settled->first)
        return 0.0;

    const int top = 32 * settled->last + 31 - __builtin_clz(settled->digits[settled->last]);
    const int lowest = top > 52 ? top - 52 : 0;
    uint64_t mantissa = bits_from(settled, lowest) & 0x1fffffffffffffu;

    if (lowest > 0) {
        const bool half = (bits_from(settled, lowest - 1) & 1u) != 0;

        mantissa += half && ((mantissa & 1u) != 0 || any_below(settled, lowest - 1));
    }
    return ldexp((double)mantissa, lowest + LEAST_EXPONENT);
}

static enum pl_status unreadable(struct pl_error *error)
{
    return pl_error_set(error, PL_E_DATA, "a sum is too large for a number of 64 bits");
}

enum pl_status pl_exact_sum_value(const struct pl_exact_sum *sum, double *ret_value,
                                  struct pl_error *error)
{
    struct settled settled;
    double size = 0.0;

    if (sum->broken != 0)
        return unreadable(error);
    if (sum->used != 0) {
        settle(sum, &settled);
        size = round_settled(&settled);
    }
    if (size > DBL_MAX)
        return unreadable(error);
    *ret_value = size > 0.0 && settled.negative ? -size : size;
    return PL_OK;
}

enum pl_status pl_exact_sum_double_double(const struct pl_exact_sum *sum,
                                          struct pl_double_double *ret_value,
                                          struct pl_error *error)
{
    struct pl_double_double value = {0};
    struct pl_exact_sum rest;

    PL_RETURN_IF(pl_exact_sum_value(sum, &value.high, error));
    rest = *sum;
    pl_exact_sum_add(&rest, -value.high);
    PL_RETURN_IF(pl_exact_sum_value(&rest, &value.low, error));
    *ret_value = value;
    return PL_OK;
}
