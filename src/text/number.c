/*
 * The last number in a text.
 *
 *   number   = [sign] [currency] [sign] magnitude [blank] ["%"]
 *   magnitude = digits [exponent] | fraction
 *   digits   = 1-3 digits ("," 3 digits)+ ["." digits]  |  digits ["." digits]  |  "." digits
 *   exponent = ("e" | "E") ["+" | "-"] digits
 *   fraction = [whole " "] whole "/" whole, the last not 0  |  [whole] one of the signs ½ ⅓ ¼ …
 *
 * A minus is a sign only where no word, digit or closing bracket stands before it, so "16-3" is 16 and
 * 3. A number glued to a Latin letter before it (H2O, x1) is part of a word. Runs with more points or
 * slashes than a number has (1.2.3, 12/25/2020) are no decimal and no fraction: the first is no number,
 * of the second each part is one. A comma is a thousands separator only before exactly three digits;
 * a decimal comma is not read. Digits are ASCII. After the last "####", the mark of GSM8K's answers,
 * the first number counts, when there is one.
 */
#include "text/number.h"

#include "text/unicode.h"

#include <math.h>
#include <string.h>

/* A longer row of digits is no number. */
#define DIGITS_MAX 400

struct cursor {
    struct pl_str text;
    size_t at;
};

static unsigned char byte_at(const struct cursor *cursor, size_t at)
{
    return at < cursor->text.len ? (unsigned char)cursor->text.ptr[at] : 0;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_latin(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static size_t digits_at(const struct cursor *cursor, size_t at)
{
    size_t end = at;

    while (is_digit(byte_at(cursor, end)))
        end++;
    return end - at;
}

static bool has_text(const struct cursor *cursor, size_t at, const char *text)
{
    const size_t length = strlen(text);

    return at <= cursor->text.len && cursor->text.len - at >= length &&
           memcmp(cursor->text.ptr + at, text, length) == 0;
}

/* --- magnitudes ---------------------------------------------------------------------------------- */

/* Where the whole part that begins here ends, its thousands separators included. */
static size_t whole_end(const struct cursor *cursor, size_t at)
{
    size_t end = at + digits_at(cursor, at);

    if (end == at || end - at > 3)
        return end;
    while (byte_at(cursor, end) == ',' && digits_at(cursor, end + 1) == 3)
        end += 4;
    return end;
}

static size_t exponent_end(const struct cursor *cursor, size_t at)
{
    const unsigned char byte = byte_at(cursor, at);
    size_t digits = at + 1;

    if (byte != 'e' && byte != 'E')
        return at;
    digits += byte_at(cursor, digits) == '+' || byte_at(cursor, digits) == '-';

    const size_t count = digits_at(cursor, digits);

    return count == 0 || is_latin(byte_at(cursor, digits + count)) ? at : digits + count;
}

/* The value of the bytes [at, end), commas left out; false when it is no finite number. */
static bool value_of(const struct cursor *cursor, size_t at, size_t end, double *ret_value)
{
    char digits[DIGITS_MAX];
    size_t count = 0;

    if (end - at >= sizeof digits - 1)
        return false;
    if (byte_at(cursor, at) == '.')
        digits[count++] = '0';
    for (size_t i = at; i < end; i++)
        if (cursor->text.ptr[i] != ',')
            digits[count++] = cursor->text.ptr[i];
    return pl_str_to_double((struct pl_str){digits, count}, ret_value);
}

/* A sign of a fraction at this place: its value, and how many bytes it takes; 0 for none. */
static size_t vulgar_at(const struct cursor *cursor, size_t at, double *ret_value)
{
    static const struct {
        const char *sign;
        double over;
        double under;
    } SIGNS[] = {
        {"½", 1, 2}, {"⅓", 1, 3}, {"⅔", 2, 3}, {"¼", 1, 4}, {"¾", 3, 4},
        {"⅕", 1, 5}, {"⅖", 2, 5}, {"⅗", 3, 5}, {"⅘", 4, 5}, {"⅙", 1, 6},
        {"⅚", 5, 6}, {"⅛", 1, 8}, {"⅜", 3, 8}, {"⅝", 5, 8}, {"⅞", 7, 8},
    };

    for (size_t i = 0; byte_at(cursor, at) >= 0xC2 && i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (has_text(cursor, at, SIGNS[i].sign)) {
            *ret_value = SIGNS[i].over / SIGNS[i].under;
            return strlen(SIGNS[i].sign);
        }
    return 0;
}

/* "/" and a whole number other than 0, and no slash after it; returns where it ends, or 0. */
static size_t denominator_end(const struct cursor *cursor, size_t at, double *ret_value)
{
    const size_t end = byte_at(cursor, at) == '/' ? whole_end(cursor, at + 1) : 0;
    const unsigned char after = byte_at(cursor, end);

    if (end <= at + 1 || after == '/' || (after == '.' && is_digit(byte_at(cursor, end + 1))))
        return 0;
    return value_of(cursor, at + 1, end, ret_value) && *ret_value > 0.0 ? end : 0;
}

/* What may follow a whole number that ends at `end`: a fraction that belongs to it. */
static size_t fraction_end(const struct cursor *cursor, size_t end, struct pl_number *number)
{
    double part;
    double under;
    const size_t sign = vulgar_at(cursor, end, &part);

    if (sign > 0) {
        number->value += part;
        number->is_fraction = true;
        return end + sign;
    }

    const size_t whole = denominator_end(cursor, end, &under);

    if (whole > 0) {
        number->value /= under;
        number->is_fraction = true;
        return whole;
    }

    const size_t over = byte_at(cursor, end) == ' ' ? whole_end(cursor, end + 1) : 0;
    const size_t mixed = over > end + 1 ? denominator_end(cursor, over, &under) : 0;

    if (mixed == 0 || !value_of(cursor, end + 1, over, &part) || part >= under)
        return end;
    number->value += part / under;
    number->is_fraction = true;
    return mixed;
}

static size_t skip_run(const struct cursor *cursor, size_t at)
{
    while (is_digit(byte_at(cursor, at)) ||
           (byte_at(cursor, at) == '.' && is_digit(byte_at(cursor, at + 1))))
        at++;
    return at;
}

/* The magnitude at a digit, a point before one, or a sign of a fraction. Returns where it ends; false
   in ret_is_number when what stands there is none. */
static size_t magnitude_end(const struct cursor *cursor, size_t at, struct pl_number *number,
                            bool *ret_is_number)
{
    const size_t sign = vulgar_at(cursor, at, &number->value);
    size_t end = whole_end(cursor, at);
    const bool is_whole = byte_at(cursor, end) != '.' || digits_at(cursor, end + 1) == 0;

    *ret_is_number = true;
    if (sign > 0) {
        number->is_fraction = true;
        return at + sign;
    }
    if (!is_whole)
        end += 1 + digits_at(cursor, end + 1);
    if (byte_at(cursor, end) == '.' && is_digit(byte_at(cursor, end + 1))) {
        *ret_is_number = false;
        return skip_run(cursor, end);
    }

    const size_t with_exponent = exponent_end(cursor, end);

    *ret_is_number = value_of(cursor, at, with_exponent, &number->value);
    if (!*ret_is_number || !is_whole || with_exponent > end ||
        (at > 0 && byte_at(cursor, at - 1) == '/'))
        return with_exponent;
    return fraction_end(cursor, end, number);
}

/* --- what stands before and after ---------------------------------------------------------------- */

static size_t minus_at(const struct cursor *cursor, size_t at)
{
    if (byte_at(cursor, at) == '-')
        return 1;
    return has_text(cursor, at, "\u2212") ? 3 : 0;
}

static size_t currency_at(const struct cursor *cursor, size_t at)
{
    static const char *const SIGNS[] = {"$", "€", "£", "¥", "₹"};

    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (has_text(cursor, at, SIGNS[i]))
            return strlen(SIGNS[i]);
    return 0;
}

/* Whether a magnitude begins here. */
static bool begins_at(const struct cursor *cursor, size_t at)
{
    double value;

    return is_digit(byte_at(cursor, at)) ||
           (byte_at(cursor, at) == '.' && is_digit(byte_at(cursor, at + 1))) ||
           vulgar_at(cursor, at, &value) > 0;
}

/* A sign, a currency, a sign, as far as they are there. Returns where the magnitude begins. */
static size_t prefix_end(const struct cursor *cursor, size_t at, bool *ret_is_negative)
{
    const unsigned char before = at > 0 ? byte_at(cursor, at - 1) : 0;
    const bool may_be_signed =
        !is_digit(before) && !is_latin(before) && before != ')' && before != ']' && before < 0x80;
    size_t minus = may_be_signed ? minus_at(cursor, at) : 0;

    *ret_is_negative = minus > 0;
    at += minus;

    const size_t currency = currency_at(cursor, at);

    at += currency;
    minus = currency > 0 && !*ret_is_negative ? minus_at(cursor, at) : 0;
    *ret_is_negative |= minus > 0;
    return at + minus;
}

static size_t percent_end(const struct cursor *cursor, size_t at)
{
    if (byte_at(cursor, at) == '%')
        return at + 1;
    return byte_at(cursor, at) == ' ' && byte_at(cursor, at + 1) == '%' ? at + 2 : at;
}

/* The number that begins at the cursor, if one does; moves the cursor on, past it or by one byte. */
static bool read_number(struct cursor *cursor, struct pl_number *ret_number)
{
    const size_t begin = cursor->at;
    const unsigned char before = begin > 0 ? byte_at(cursor, begin - 1) : 0;
    struct pl_number number = {.value = 0.0};
    bool is_negative;
    bool is_number;
    const size_t at = prefix_end(cursor, begin, &is_negative);

    cursor->at++;
    if (!begins_at(cursor, at))
        return false;

    size_t end = magnitude_end(cursor, at, &number, &is_number);

    cursor->at = end;
    if (!is_number || (at == begin && is_latin(before)))
        return false;
    number.value = is_negative ? -number.value : number.value;
    number.is_percent = percent_end(cursor, end) > end;
    end = percent_end(cursor, end);
    number.text = (struct pl_str){cursor->text.ptr + begin, end - begin};
    cursor->at = end;
    *ret_number = number;
    return true;
}

/* The first number from an offset on, or the last one. */
static bool find(struct pl_str text, size_t from, bool is_first, struct pl_number *ret_number)
{
    struct cursor cursor = {text, from};
    bool found = false;

    while (cursor.at < text.len && !(found && is_first))
        found |= read_number(&cursor, ret_number);
    return found;
}

bool pl_number_last(struct pl_str text, struct pl_number *ret_number)
{
    static const struct pl_str MARK = {"####", 4};

    for (size_t at = text.len; at-- > 0;)
        if (text.len - at >= MARK.len && memcmp(text.ptr + at, MARK.ptr, MARK.len) == 0) {
            if (find(text, at + MARK.len, true, ret_number))
                return true;
            break;
        }
    return find(text, 0, false, ret_number);
}

bool pl_number_is_near(double output, double reference, double tolerance, double relative)
{
    const double allowed = fmax(tolerance, relative * fabs(reference));

    return fabs(output - reference) <= allowed;
}
