/*
 * Code points. Categories, simple lower case and NFKC come from utf8proc (Unicode 15); what Python does
 * beyond the simple mappings is added here: white space by its bidirectional classes, U+0130, and the
 * final sigma of SpecialCasing (Unicode 15, 3.13, Final_Sigma). The classes agree with Python's own
 * tables on every code point that both know (tests/cli/test_text_metrics.py).
 */
#include "text/unicode.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

#define CODE_MAX         0x10FFFFu
#define DOTTED_CAPITAL_I 0x130u
#define DOT_ABOVE        0x307u
#define CAPITAL_SIGMA    0x3A3u
#define SMALL_SIGMA      0x3C3u
#define FINAL_SIGMA      0x3C2u

bool pl_code_is_rare_space(uint32_t code)
{
    if (code < 0x80)
        return code == ' ' || (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F);
    switch (code) {
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
        return true;
    default:
        return code >= 0x2000 && code <= 0x200A;
    }
}

static uint32_t class_of_category(utf8proc_category_t category)
{
    switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return PL_CODE_LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return PL_CODE_MARK;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return PL_CODE_NUMBER;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
        return PL_CODE_PUNCTUATION;
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK:
    case UTF8PROC_CATEGORY_SO:
        return PL_CODE_SYMBOL;
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    default:
        return 0;
    }
}

uint32_t pl_code_classes(uint32_t code)
{
    if (code - 'a' < 26 || code - 'A' < 26)
        return PL_CODE_LETTER;
    if (code == ' ')
        return PL_CODE_SPACE;
    return class_of_category(utf8proc_category((utf8proc_int32_t)code)) |
           (pl_code_is_space(code) ? PL_CODE_SPACE : 0);
}

/* What the first byte of a sequence promises: how many follow, and the bounds of the first of them. */
struct lead {
    uint32_t following;
    uint32_t low;
    uint32_t high;
};

static struct lead lead_of(unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF)
        return (struct lead){1, 0x80, 0xBF};
    if (byte >= 0xE0 && byte <= 0xEF)
        return (struct lead){2, byte == 0xE0 ? 0xA0 : 0x80, byte == 0xED ? 0x9F : 0xBF};
    if (byte >= 0xF0 && byte <= 0xF4)
        return (struct lead){3, byte == 0xF0 ? 0x90 : 0x80, byte == 0xF4 ? 0x8F : 0xBF};
    return (struct lead){0, 0, 0};
}

size_t pl_utf8_next(struct pl_str text, uint32_t *ret_code)
{
    const unsigned char *bytes = (const unsigned char *)text.ptr;

    assert(text.len > 0);
    if (bytes[0] < 0x80) {
        *ret_code = bytes[0];
        return 1;
    }

    const struct lead lead = lead_of(bytes[0]);
    uint32_t code = bytes[0] & (0x3Fu >> lead.following);

    *ret_code = PL_CODE_REPLACEMENT;
    if (lead.following == 0)
        return 1;
    for (uint32_t i = 1; i <= lead.following; i++) {
        const uint32_t low = i == 1 ? lead.low : 0x80;
        const uint32_t high = i == 1 ? lead.high : 0xBF;

        if (i >= text.len || bytes[i] < low || bytes[i] > high)
            return i;
        code = code << 6 | (bytes[i] & 0x3Fu);
    }
    *ret_code = code;
    return lead.following + 1;
}

size_t pl_utf8_put(uint32_t code, char *bytes)
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = (char)(0xE0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    assert(code <= CODE_MAX);
    bytes[0] = (char)(0xF0 | code >> 18);
    bytes[1] = (char)(0x80 | (code >> 12 & 0x3F));
    bytes[2] = (char)(0x80 | (code >> 6 & 0x3F));
    bytes[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

bool pl_codes_decode(struct pl_str text, struct pl_text_scratch *scratch,
                     struct pl_codes *ret_codes)
{
    uint32_t *codes = pl_text_scratch_alloc(scratch, text.len + 1, sizeof *codes);
    size_t count = 0;

    if (codes == NULL)
        return false;
    for (size_t at = 0; at < text.len; count++) {
        const unsigned char byte = (unsigned char)text.ptr[at];

        if (byte < 0x80) {
            codes[count] = byte;
            at++;
        } else {
            at += pl_utf8_next((struct pl_str){text.ptr + at, text.len - at}, &codes[count]);
        }
    }
    *ret_codes = (struct pl_codes){codes, count};
    return true;
}

/* --- lower case ---------------------------------------------------------------------------------- */

/* Unicode's Cased, of which utf8proc knows the categories only. */
static bool is_cased(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);

    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT || code == 0xAA || code == 0xBA ||
           (code >= 0x2B0 && code <= 0x2B8) || (code >= 0x2160 && code <= 0x217F) ||
           (code >= 0x24B6 && code <= 0x24E9);
}

/* Unicode's Case_Ignorable: these categories, and what word breaking calls MidLetter, MidNumLet and
   Single_Quote. */
static bool is_case_ignorable(uint32_t code)
{
    static const uint32_t MIDDLE[] = {
        '\'',   '.',    ':',    0xB7,   0x387,  0x55F,  0x5F4,  0x2018, 0x2019,
        0x2024, 0x2027, 0xFE13, 0xFE52, 0xFE55, 0xFF07, 0xFF0E, 0xFF1A,
    };
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);

    for (size_t i = 0; i < sizeof MIDDLE / sizeof *MIDDLE; i++)
        if (code == MIDDLE[i])
            return true;
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
           category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_LM ||
           category == UTF8PROC_CATEGORY_SK;
}

/* A cased letter before it, none after it, whatever may be ignored between. */
static bool is_final_sigma(const struct pl_codes *codes, size_t at)
{
    size_t before = at;
    size_t after = at + 1;

    while (before > 0 && is_case_ignorable(codes->ptr[before - 1]))
        before--;
    while (after < codes->count && is_case_ignorable(codes->ptr[after]))
        after++;
    return before > 0 && is_cased(codes->ptr[before - 1]) &&
           (after == codes->count || !is_cased(codes->ptr[after]));
}

static size_t count_of(const struct pl_codes *codes, uint32_t code)
{
    size_t count = 0;

    for (size_t i = 0; i < codes->count; i++)
        count += codes->ptr[i] == code;
    return count;
}

bool pl_codes_lower(struct pl_codes *codes, struct pl_text_scratch *scratch)
{
    const size_t more = count_of(codes, DOTTED_CAPITAL_I);
    uint32_t *lower = pl_text_scratch_alloc(scratch, codes->count + more + 1, sizeof *lower);
    size_t count = 0;

    if (lower == NULL)
        return false;
    for (size_t i = 0; i < codes->count; i++) {
        const uint32_t code = codes->ptr[i];

        if (code < 0x80) {
            lower[count++] = code - 'A' < 26 ? code + 32 : code;
        } else if (code == DOTTED_CAPITAL_I) {
            lower[count++] = 'i';
            lower[count++] = DOT_ABOVE;
        } else if (code == CAPITAL_SIGMA) {
            lower[count++] = is_final_sigma(codes, i) ? FINAL_SIGMA : SMALL_SIGMA;
        } else {
            lower[count++] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
        }
    }
    *codes = (struct pl_codes){lower, count};
    return true;
}

/* --- normal form --------------------------------------------------------------------------------- */

static bool encode(const struct pl_codes *codes, struct pl_text_scratch *scratch,
                   struct pl_str *ret_text)
{
    char *bytes = pl_text_scratch_alloc(scratch, codes->count + 1, 4);
    size_t len = 0;

    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < codes->count; i++)
        len += pl_utf8_put(codes->ptr[i], bytes + len);
    *ret_text = (struct pl_str){bytes, len};
    return true;
}

bool pl_codes_fold(struct pl_codes *codes, struct pl_text_scratch *scratch)
{
    const utf8proc_option_t options =
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
    struct pl_str text;

    if (!encode(codes, scratch, &text))
        return false;

    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    const utf8proc_ssize_t len = (utf8proc_ssize_t)text.len;
    const utf8proc_ssize_t needed = utf8proc_decompose(bytes, len, NULL, 0, options);

    if (needed < 0)
        return false;

    utf8proc_int32_t *folded = pl_text_scratch_alloc(scratch, (size_t)needed + 1, sizeof(uint32_t));

    if (folded == NULL || utf8proc_decompose(bytes, len, folded, needed, options) != needed)
        return false;

    const utf8proc_ssize_t count = utf8proc_normalize_utf32(folded, needed, options);

    if (count < 0)
        return false;
    *codes = (struct pl_codes){(uint32_t *)folded, (size_t)count};
    return true;
}

/* --- small edits --------------------------------------------------------------------------------- */

static bool stands_at(const struct pl_codes *codes, size_t at, const char *text, size_t length)
{
    if (codes->count - at < length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (codes->ptr[at + i] != (unsigned char)text[i])
            return false;
    return true;
}

void pl_codes_replace(struct pl_codes *codes, const char *from, const char *to)
{
    const size_t from_length = strlen(from);
    const size_t to_length = strlen(to);
    size_t count = 0;

    assert(to_length <= from_length);
    for (size_t at = 0; at < codes->count;) {
        if (codes->ptr[at] != (unsigned char)from[0] || !stands_at(codes, at, from, from_length)) {
            codes->ptr[count++] = codes->ptr[at++];
            continue;
        }
        for (size_t i = 0; i < to_length; i++)
            codes->ptr[count++] = (unsigned char)to[i];
        at += from_length;
    }
    codes->count = count;
}

void pl_codes_strip_end(struct pl_codes *codes)
{
    while (codes->count > 0 && pl_code_is_space(codes->ptr[codes->count - 1]))
        codes->count--;
}

void pl_codes_strip_start(struct pl_codes *codes)
{
    while (codes->count > 0 && pl_code_is_space(codes->ptr[0])) {
        codes->ptr++;
        codes->count--;
    }
}
