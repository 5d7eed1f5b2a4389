/*
 * A number exactly as decimal digits times a power of ten, so that 0.3 is a multiple of 0.1 and big
 * numbers keep all their digits. A double stands for the shortest decimal that reads back to it,
 * which is what was written wherever 15 digits or fewer were. Owns nothing; safe in any thread.
 */
#ifndef PL_JSON_DECIMAL_H
#define PL_JSON_DECIMAL_H

#include "json/value.h"

#define PL_JSON_DECIMAL_DIGITS_MAX 1024

/* The value is digits × 10^exponent. No zeros lead or trail; 0 has no digits, exponent 0, no sign. */
struct pl_json_decimal {
    bool negative;
    uint32_t count;
    int64_t exponent;
    char digits[PL_JSON_DECIMAL_DIGITS_MAX];
};

/*
 * Of JSON's number syntax. False when the text is no number. Digits past the maximum are cut off, and
 * exponents beyond ±10^12 are held there.
 */
bool pl_json_decimal_parse(struct pl_str text, struct pl_json_decimal *ret_decimal);

void pl_json_decimal_of(const struct pl_json_value *value, struct pl_json_decimal *ret_decimal);

/* Negative, zero or positive as a is less than, equal to or greater than b. */
int pl_json_decimal_compare(const struct pl_json_decimal *a, const struct pl_json_decimal *b);

bool pl_json_decimal_is_integer(const struct pl_json_decimal *a);

/* Whether a is an integer times b, exactly, with all digits of both; b is not 0. */
bool pl_json_decimal_is_multiple(const struct pl_json_decimal *a, const struct pl_json_decimal *b);

#endif
