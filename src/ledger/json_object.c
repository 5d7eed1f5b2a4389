/*
 * A checker of JSON's grammar (RFC 8259) that builds nothing: one function for each rule, each
 * taking what it matches off the front of the text. Line breaks are not white space here.
 */
#include "ledger/json_object.h"

#include <string.h>

/* The next byte, or -1 at the end. */
static int peek(const struct pl_str *text)
{
    return text->len == 0 ? -1 : (unsigned char)text->ptr[0];
}

static void skip(struct pl_str *text, size_t bytes)
{
    text->ptr += bytes;
    text->len -= bytes;
}

static bool take(struct pl_str *text, char c)
{
    if (peek(text) != (unsigned char)c)
        return false;
    skip(text, 1);
    return true;
}

static void skip_blanks(struct pl_str *text)
{
    while (peek(text) == ' ' || peek(text) == '\t')
        skip(text, 1);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool take_digits(struct pl_str *text)
{
    if (!is_digit(peek(text)))
        return false;
    while (is_digit(peek(text)))
        skip(text, 1);
    return true;
}

static bool take_number(struct pl_str *text)
{
    (void)take(text, '-');
    if (!take(text, '0') && !take_digits(text))
        return false;
    if (take(text, '.') && !take_digits(text))
        return false;
    if (!take(text, 'e') && !take(text, 'E'))
        return true;
    if (!take(text, '+'))
        (void)take(text, '-');
    return take_digits(text);
}

static bool take_escape(struct pl_str *text)
{
    static const char SHORT[] = "\"\\/bfnrt";

    if (peek(text) > 0 && strchr(SHORT, peek(text)) != NULL) {
        skip(text, 1);
        return true;
    }
    if (!take(text, 'u'))
        return false;
    for (int i = 0; i < 4; i++) {
        if (peek(text) <= 0 || strchr("0123456789abcdefABCDEF", peek(text)) == NULL)
            return false;
        skip(text, 1);
    }
    return true;
}

/* A byte of each of eight, and their highest bits. */
#define EACH(byte) (0x0101010101010101u * (byte))
#define HIGHEST    EACH(0x80u)

static uint64_t has_zero(uint64_t word)
{
    return (word - EACH(1u)) & ~word & HIGHEST;
}

/* Not 0 when one of eight bytes ends a string, begins an escape or is a control character. */
static uint64_t has_special(uint64_t word)
{
    return has_zero(word ^ EACH((unsigned)'"')) | has_zero(word ^ EACH((unsigned)'\\')) |
           ((word - EACH(0x20u)) & ~word & HIGHEST);
}

/* Bytes of a string that mean themselves: most of what a ledger keeps, so eight at a time. */
static void skip_plain(struct pl_str *text)
{
    uint64_t word;

    while (text->len >= sizeof word) {
        memcpy(&word, text->ptr, sizeof word);
        if (has_special(word) != 0)
            return;
        skip(text, sizeof word);
    }
}

static bool take_string(struct pl_str *text)
{
    if (!take(text, '"'))
        return false;
    skip_plain(text);
    while (!take(text, '"')) {
        if (take(text, '\\')) {
            if (!take_escape(text))
                return false;
            skip_plain(text);
        } else if (peek(text) >= 0x20) {
            skip(text, 1);
        } else {
            return false;
        }
    }
    return true;
}

static bool take_word(struct pl_str *text, struct pl_str word)
{
    if (!pl_str_starts_with(*text, word))
        return false;
    skip(text, word.len);
    return true;
}

static bool take_value(struct pl_str *text, int depth);

static bool take_member(struct pl_str *text, int depth)
{
    if (!take_string(text))
        return false;
    skip_blanks(text);
    if (!take(text, ':'))
        return false;
    skip_blanks(text);
    return take_value(text, depth);
}

/* An object or an array: items between brackets, parted by commas. */
static bool take_items(struct pl_str *text, char close,
                       bool (*take_item)(struct pl_str *text, int depth), int depth)
{
    if (depth > PL_JSON_OBJECT_DEPTH_MAX)
        return false;
    skip(text, 1);
    skip_blanks(text);
    if (take(text, close))
        return true;
    for (;;) {
        if (!take_item(text, depth))
            return false;
        skip_blanks(text);
        if (take(text, close))
            return true;
        if (!take(text, ','))
            return false;
        skip_blanks(text);
    }
}

static bool take_value(struct pl_str *text, int depth)
{
    switch (peek(text)) {
    case '{':
        return take_items(text, '}', take_member, depth + 1);
    case '[':
        return take_items(text, ']', take_value, depth + 1);
    case '"':
        return take_string(text);
    case 't':
        return take_word(text, PL_STR("true"));
    case 'f':
        return take_word(text, PL_STR("false"));
    case 'n':
        return take_word(text, PL_STR("null"));
    default:
        return take_number(text);
    }
}

bool pl_json_object_is_valid(struct pl_str text)
{
    struct pl_str rest = text;

    return peek(&rest) == '{' && take_value(&rest, 0) && rest.len == 0 && pl_str_is_utf8(text);
}
