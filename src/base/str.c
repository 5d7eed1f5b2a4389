/*
 * Slices of text. Numbers are read in the C locale by strtod on a bounded copy; the nearest name is
 * found by optimal string alignment distance (Damerau 1964, Levenshtein 1966) with a band.
 */
#include "base/str.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_LENGTH_MAX   64
#define DISTANCE_LENGTH_MAX 64

struct pl_str pl_str_of(const char *text)
{
    return (struct pl_str){text, text == NULL ? 0 : strlen(text)};
}

bool pl_str_equal(struct pl_str a, struct pl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool pl_str_equal_text(struct pl_str a, const char *text)
{
    return pl_str_equal(a, pl_str_of(text));
}

int pl_str_compare(struct pl_str a, struct pl_str b)
{
    const size_t shorter = a.len < b.len ? a.len : b.len;
    const int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);

    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool pl_str_starts_with(struct pl_str text, struct pl_str prefix)
{
    return text.len >= prefix.len && pl_str_equal((struct pl_str){text.ptr, prefix.len}, prefix);
}

bool pl_str_ends_with(struct pl_str text, struct pl_str suffix)
{
    return text.len >= suffix.len &&
           pl_str_equal((struct pl_str){text.ptr + (text.len - suffix.len), suffix.len}, suffix);
}

struct pl_str pl_str_trim(struct pl_str text)
{
    while (text.len > 0 && isspace((unsigned char)text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 0 && isspace((unsigned char)text.ptr[text.len - 1]))
        text.len--;
    return text;
}

/* FNV-1a, then the finaliser of MurmurHash3 so that the low bits are good table indices. */
uint64_t pl_str_hash(struct pl_str text)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3u;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    return hash ^ (hash >> 33);
}

static bool is_between_digits(struct pl_str text, size_t i)
{
    return i > 0 && i + 1 < text.len && isdigit((unsigned char)text.ptr[i - 1]) &&
           isdigit((unsigned char)text.ptr[i + 1]);
}

/* Copies a number without its `_` between digits; false when it cannot be one. */
static bool copy_number(struct pl_str text, char ret_copy[NUMBER_LENGTH_MAX])
{
    size_t length = 0;

    if (text.len == 0 || text.len >= NUMBER_LENGTH_MAX || isspace((unsigned char)text.ptr[0]))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '_' && is_between_digits(text, i))
            continue;
        if (strchr("0123456789+-.eE", text.ptr[i]) == NULL || text.ptr[i] == '\0')
            return false;
        ret_copy[length++] = text.ptr[i];
    }
    ret_copy[length] = '\0';
    return true;
}

bool pl_str_to_double(struct pl_str text, double *ret_value)
{
    char copy[NUMBER_LENGTH_MAX];
    char *end = NULL;

    if (!copy_number(text, copy))
        return false;

    const double value = strtod(copy, &end);

    if (end == copy || *end != '\0' || !isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

bool pl_str_to_uint64(struct pl_str text, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (c == '_' && is_between_digits(text, i))
            continue;
        if (c < '0' || c > '9')
            return false;

        const uint64_t digit = (uint64_t)(c - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

/* Length and smallest code point of a sequence by its first byte; 0 when it cannot start one. */
static size_t lead_length(unsigned char lead, uint32_t *ret_bits)
{
    if (lead < 0x80) {
        *ret_bits = lead;
        return 1;
    }
    if (lead >= 0xc2 && lead < 0xe0) {
        *ret_bits = lead & 0x1fu;
        return 2;
    }
    if (lead >= 0xe0 && lead < 0xf0) {
        *ret_bits = lead & 0x0fu;
        return 3;
    }
    if (lead >= 0xf0 && lead < 0xf5) {
        *ret_bits = lead & 0x07u;
        return 4;
    }
    return 0;
}

/* Decodes one code point; 0 bytes when the text is not valid here. */
static size_t decode(struct pl_str text, uint32_t *ret_code)
{
    static const uint32_t SMALLEST[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = 0;
    const size_t length = lead_length((unsigned char)text.ptr[0], &code);

    if (length == 0 || length > text.len)
        return 0;
    for (size_t i = 1; i < length; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];

        if ((c & 0xc0u) != 0x80u)
            return 0;
        code = (code << 6) | (c & 0x3fu);
    }
    if (code < SMALLEST[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    *ret_code = code;
    return length;
}

/* How many of the first bytes are ASCII, counted in eights. */
static size_t ascii_length(struct pl_str text)
{
    size_t length = 0;
    uint64_t word;

    for (; text.len - length >= sizeof word; length += sizeof word) {
        memcpy(&word, text.ptr + length, sizeof word);
        if ((word & 0x8080808080808080u) != 0)
            break;
    }
    return length;
}

bool pl_str_is_utf8(struct pl_str text)
{
    while (text.len > 0) {
        const size_t ascii = ascii_length(text);
        uint32_t code = 0;

        text.ptr += ascii;
        text.len -= ascii;
        if (text.len == 0)
            return true;

        const size_t length = decode(text, &code);

        if (length == 0)
            return false;
        text.ptr += length;
        text.len -= length;
    }
    return true;
}

/* Combining marks and joiners take no column; East Asian wide letters and emoji take two. */
static size_t code_columns(uint32_t code)
{
    static const struct {
        uint32_t first, last;
        size_t columns;
    } CLASSES[] = {
        {0x0300, 0x036f, 0},   {0x200b, 0x200f, 0},   {0x202a, 0x202e, 0},   {0x20d0, 0x20ff, 0},
        {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},   {0x2e80, 0x303e, 2},   {0x3041, 0xa4cf, 2},
        {0xac00, 0xd7a3, 2},   {0xf900, 0xfaff, 2},   {0xfe30, 0xfe6f, 2},   {0xff00, 0xff60, 2},
        {0x1f300, 0x1f64f, 2}, {0x1f680, 0x1f6ff, 2}, {0x1f900, 0x1f9ff, 2}, {0x20000, 0x3fffd, 2},
    };

    for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++)
        if (code >= CLASSES[i].first && code <= CLASSES[i].last)
            return CLASSES[i].columns;
    return 1;
}

size_t pl_str_columns(struct pl_str text)
{
    size_t columns = 0;

    while (text.len > 0) {
        uint32_t code = '?';
        size_t length = decode(text, &code);

        if (length == 0)
            length = 1;
        columns += code_columns(code);
        text.ptr += length;
        text.len -= length;
    }
    return columns;
}

static uint32_t smallest(uint32_t a, uint32_t b, uint32_t c)
{
    const uint32_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

uint32_t pl_str_distance(struct pl_str a, struct pl_str b, uint32_t distance_max)
{
    uint32_t rows[3][DISTANCE_LENGTH_MAX + 1];
    const size_t a_len = a.len < DISTANCE_LENGTH_MAX ? a.len : DISTANCE_LENGTH_MAX;
    const size_t b_len = b.len < DISTANCE_LENGTH_MAX ? b.len : DISTANCE_LENGTH_MAX;

    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (uint32_t)j;
    for (size_t i = 1; i <= a_len; i++) {
        uint32_t *row = rows[i % 3];
        const uint32_t *above = rows[(i + 2) % 3];
        const uint32_t *two_above = rows[(i + 1) % 3];

        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= b_len; j++) {
            const bool same = a.ptr[i - 1] == b.ptr[j - 1];
            const bool swapped =
                i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];

            row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1));
            if (swapped && two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }

    const uint32_t distance = rows[a_len % 3][b_len];

    return distance > distance_max ? distance_max + 1 : distance;
}

const char *pl_str_nearest(struct pl_str text, const char *const *names, size_t names_count)
{
    uint32_t best = (uint32_t)(text.len / 3 > 1 ? text.len / 3 : 1);
    const char *nearest = NULL;

    for (size_t i = 0; i < names_count; i++) {
        const uint32_t distance = pl_str_distance(text, pl_str_of(names[i]), best);

        if (distance < best || (distance == best && nearest == NULL)) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
