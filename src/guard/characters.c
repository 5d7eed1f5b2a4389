/* Where characters begin and end in UTF-8 that comes in pieces. */
#include "guard/filter.h"

#include <string.h>

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t pl_guard_character_before(struct pl_str text, size_t at)
{
    while (at > 0 && at < text.len && continues(text.ptr[at]))
        at--;
    return at < text.len ? at : text.len;
}

size_t pl_guard_character_after(struct pl_str text, size_t at)
{
    while (at < text.len && continues(text.ptr[at]))
        at++;
    return at < text.len ? at : text.len;
}

/* How long the character is that a byte begins; 0: none begins so. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/* Whether the second byte may follow the first: no overlong form, surrogate or code past the last. */
static bool may_follow(unsigned char first, unsigned char second)
{
    const unsigned char least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    return second >= least && second <= most;
}

/* Bytes of the character that the text begins with: 0 when it is not all there, or no character. */
static size_t character(struct pl_str text, bool *ret_valid)
{
    const size_t length = length_of((unsigned char)text.ptr[0]);

    *ret_valid = length > 0;
    for (size_t i = 1; i < length; i++) {
        if (i == text.len)
            return 0;
        if (!continues(text.ptr[i]) ||
            (i == 1 && !may_follow((unsigned char)text.ptr[0], (unsigned char)text.ptr[1]))) {
            *ret_valid = false;
            return 0;
        }
    }
    return length;
}

/* Bytes of ASCII that the text begins with, or a few less. */
static size_t plain(struct pl_str text)
{
    size_t at = 0;
    uint64_t word;

    for (; at + sizeof word <= text.len; at += sizeof word) {
        memcpy(&word, text.ptr + at, sizeof word);
        if ((word & UINT64_C(0x8080808080808080)) != 0)
            break;
    }
    return at;
}

size_t pl_guard_characters(struct pl_str text, bool *ret_valid)
{
    size_t at = 0;

    *ret_valid = true;
    while (at < text.len) {
        at += plain((struct pl_str){text.ptr + at, text.len - at});
        if (at == text.len)
            break;

        const size_t length = character((struct pl_str){text.ptr + at, text.len - at}, ret_valid);

        if (length == 0)
            break;
        at += length;
    }
    return at;
}
