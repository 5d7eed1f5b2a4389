/* Decimal digits and a power of ten: parsed, compared, and divided digit by digit as by hand. */
#include "json/decimal.h"

#include <assert.h>
#include <string.h>

#define EXPONENT_MAX INT64_C(1000000000000)

/* --- parsing ---------------------------------------------------------------------------------- */

static bool is_digit(struct pl_str text, size_t at)
{
    return at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9';
}

/* Adds one digit of the number; `shift` counts those behind the point, and those cut off before it. */
static void add_digit(struct pl_json_decimal *decimal, char digit, bool behind_point)
{
    if (decimal->count == 0 && digit == '0') {
        decimal->exponent -= behind_point;
    } else if (decimal->count < PL_JSON_DECIMAL_DIGITS_MAX) {
        decimal->digits[decimal->count++] = digit;
        decimal->exponent -= behind_point;
    } else {
        decimal->exponent += !behind_point;
    }
}

static size_t parse_run(struct pl_str text, size_t at, bool behind_point,
                        struct pl_json_decimal *decimal)
{
    for (; is_digit(text, at); at++)
        add_digit(decimal, text.ptr[at], behind_point);
    return at;
}

/* The exponent at `at`, right after the e; false when there is none. */
static bool parse_exponent(struct pl_str text, size_t at, int64_t *ret_exponent)
{
    const bool negative = at < text.len && text.ptr[at] == '-';
    int64_t exponent = 0;

    if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
        at++;
    if (!is_digit(text, at))
        return false;
    for (; is_digit(text, at); at++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text.ptr[at] - '0');
    if (exponent > EXPONENT_MAX)
        exponent = EXPONENT_MAX;
    *ret_exponent = negative ? -exponent : exponent;
    return at == text.len;
}

/* No zeros at the end, and an exponent within its bounds. */
static void trim(struct pl_json_decimal *decimal)
{
    while (decimal->count > 0 && decimal->digits[decimal->count - 1] == '0') {
        decimal->count--;
        decimal->exponent++;
    }
    if (decimal->exponent > EXPONENT_MAX)
        decimal->exponent = EXPONENT_MAX;
    if (decimal->exponent < -EXPONENT_MAX)
        decimal->exponent = -EXPONENT_MAX;
    if (decimal->count == 0) {
        decimal->exponent = 0;
        decimal->negative = false;
    }
}

bool pl_json_decimal_parse(struct pl_str text, struct pl_json_decimal *ret_decimal)
{
    size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    int64_t exponent = 0;

    ret_decimal->negative = at == 1;
    ret_decimal->count = 0;
    ret_decimal->exponent = 0;
    if (!is_digit(text, at) || (text.ptr[at] == '0' && is_digit(text, at + 1)))
        return false;
    at = parse_run(text, at, false, ret_decimal);
    if (at < text.len && text.ptr[at] == '.') {
        if (!is_digit(text, at + 1))
            return false;
        at = parse_run(text, at + 1, true, ret_decimal);
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        if (!parse_exponent(text, at + 1, &exponent))
            return false;
        at = text.len;
    }
    ret_decimal->exponent += exponent;
    trim(ret_decimal);
    return at == text.len;
}

void pl_json_decimal_of(const struct pl_json_value *value, struct pl_json_decimal *ret_decimal)
{
    char room[32];
    const bool parsed = pl_json_decimal_parse(pl_json_value_digits(value, room), ret_decimal);

    assert(parsed);
    (void)parsed;
}

/* --- comparing -------------------------------------------------------------------------------- */

static int compare_magnitudes(const struct pl_json_decimal *a, const struct pl_json_decimal *b)
{
    const int64_t a_places = a->count + a->exponent, b_places = b->count + b->exponent;
    const uint32_t shared = a->count < b->count ? a->count : b->count;

    if (a->count == 0 || b->count == 0)
        return (a->count > 0) - (b->count > 0);
    if (a_places != b_places)
        return a_places < b_places ? -1 : 1;

    const int order = memcmp(a->digits, b->digits, shared);

    return order != 0 ? order : (a->count > b->count) - (a->count < b->count);
}

int pl_json_decimal_compare(const struct pl_json_decimal *a, const struct pl_json_decimal *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

bool pl_json_decimal_is_integer(const struct pl_json_decimal *a)
{
    return a->exponent >= 0;
}

/* --- dividing --------------------------------------------------------------------------------- */

/* Digits that surely fit 64 bits, with one more digit behind them. */
#define SHORT_DIGITS_MAX 18

/*
 * Digits are taken in from the left, the remainder of what was taken so far is kept, and zeros follow
 * for the exponent. Zeros past the number of twos and fives that the divisor can hold change nothing.
 */
static uint64_t zeros_that_matter(int64_t exponent, uint32_t divisor_digits)
{
    const uint64_t twos_max = (uint64_t)divisor_digits * 10 / 3 + 1;

    return (uint64_t)exponent < twos_max ? (uint64_t)exponent : twos_max;
}

static bool divides_short(const struct pl_json_decimal *a, uint64_t zeros, struct pl_str divisor)
{
    uint64_t b = 0, rest = 0;

    for (size_t i = 0; i < divisor.len; i++)
        b = b * 10 + (uint64_t)(divisor.ptr[i] - '0');
    for (uint32_t i = 0; i < a->count; i++)
        rest = (rest * 10 + (uint64_t)(a->digits[i] - '0')) % b;
    for (; zeros > 0 && rest != 0; zeros--)
        rest = rest * 10 % b;
    return rest == 0;
}

/* A remainder with as many digits as the divisor and one more, most significant first. */
struct remainder {
    uint32_t count;
    char digits[PL_JSON_DECIMAL_DIGITS_MAX + 1];
};

static bool is_at_least(const struct remainder *rest, struct pl_str divisor)
{
    return rest->digits[0] != 0 || memcmp(rest->digits + 1, divisor.ptr, divisor.len) >= 0;
}

static void subtract(struct remainder *rest, struct pl_str divisor)
{
    int borrow = 0;

    for (uint32_t i = rest->count; i-- > 0;) {
        const int digit = rest->digits[i] - (i > 0 ? divisor.ptr[i - 1] : 0) - borrow;

        borrow = digit < 0;
        rest->digits[i] = (char)(digit + (borrow ? 10 : 0));
    }
}

static void take_digit(struct remainder *rest, struct pl_str divisor, char digit)
{
    memmove(rest->digits, rest->digits + 1, rest->count - 1);
    rest->digits[rest->count - 1] = digit;
    while (is_at_least(rest, divisor))
        subtract(rest, divisor);
}

static bool divides_long(const struct pl_json_decimal *a, uint64_t zeros,
                         const struct pl_json_decimal *b)
{
    char values[PL_JSON_DECIMAL_DIGITS_MAX];
    struct remainder rest = {.count = b->count + 1};
    const struct pl_str divisor = {values, b->count};

    for (uint32_t i = 0; i < b->count; i++)
        values[i] = (char)(b->digits[i] - '0');
    for (uint32_t i = 0; i < a->count; i++)
        take_digit(&rest, divisor, (char)(a->digits[i] - '0'));
    for (; zeros > 0; zeros--)
        take_digit(&rest, divisor, 0);
    for (uint32_t i = 0; i < rest.count; i++)
        if (rest.digits[i] != 0)
            return false;
    return true;
}

bool pl_json_decimal_is_multiple(const struct pl_json_decimal *a, const struct pl_json_decimal *b)
{
    const int64_t exponent = a->exponent - b->exponent;

    assert(b->count > 0);
    if (a->count == 0)
        return true;
    /* The digits of a do not end in 0, so no ten divides them. */
    if (exponent < 0)
        return false;

    const uint64_t zeros = zeros_that_matter(exponent, b->count);

    if (b->count <= SHORT_DIGITS_MAX)
        return divides_short(a, zeros, (struct pl_str){b->digits, b->count});
    return divides_long(a, zeros, b);
}
