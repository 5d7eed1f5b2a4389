/*
 * Tercom's normalisation as sacrebleu 2.6.0 has it (TercomTokenizer). Its rules for runs of hiragana and
 * katakana are anchored at the start of a text that begins with a blank, so they never match; its range
 * of enclosed letters ends at U+3F22. Both are kept, for the figures to agree.
 */
#include "text/separate.h"
#include "text/tokenise.h"

#include <string.h>

struct range {
    uint32_t first;
    uint32_t last;
};

#define IS_IN(code, ranges) is_in((code), (ranges), sizeof(ranges) / sizeof *(ranges))

static bool is_in(uint32_t code, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static bool is_asian_punctuation(uint32_t code)
{
    static const struct range RANGES[] = {
        {0x3001, 0x3002}, {0x3008, 0x3011}, {0x3014, 0x301F}, {0x30FB, 0x30FB},
        {0xFF01, 0xFF02}, {0xFF08, 0xFF09}, {0xFF0C, 0xFF0C}, {0xFF0E, 0xFF0E},
        {0xFF1A, 0xFF1B}, {0xFF1F, 0xFF1F}, {0xFF61, 0xFF65},
    };

    return code >= 0x3000 && IS_IN(code, RANGES);
}

static bool is_asian_alone(uint32_t code)
{
    static const struct range RANGES[] = {
        {0x2E80, 0x2EFF}, {0x31C0, 0x31EF}, {0x3200, 0x3F22}, {0x3400, 0x4DBF},
        {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0xFE30, 0xFE4F},
    };

    return code >= 0x2E80 && (IS_IN(code, RANGES) || is_asian_punctuation(code));
}

static bool is_removed(uint32_t code, bool asian)
{
    static const struct range RANGES[] = {
        {'!', '"'}, {'(', ')'}, {',', ','}, {'.', '.'}, {':', ';'}, {'?', '?'},
    };

    return IS_IN(code, RANGES) || (asian && is_asian_punctuation(code));
}

static void unescape(struct pl_codes *codes)
{
    pl_codes_replace(codes, "\n-", "");
    pl_codes_replace(codes, "\n", " ");
    pl_codes_replace(codes, "&quot;", "\"");
    pl_codes_replace(codes, "&amp;", "&");
    pl_codes_replace(codes, "&lt;", "<");
    pl_codes_replace(codes, "&gt;", ">");
}

/* s/'s / 's /g: a possessive before a blank. */
static void split_possessives(struct pl_separated *text)
{
    const uint32_t *codes = text->codes.ptr;

    for (size_t i = 0; i + 1 < text->codes.count; i++)
        if (codes[i] == '\'' && codes[i + 1] == 's' && text->breaks[i + 1] == 0 &&
            text->breaks[i + 2] != 0)
            text->breaks[i] = 1;
}

static void normalise(struct pl_separated *text, bool asian)
{
    pl_separated_mark(text, &PL_KINDS_WESTERN);
    split_possessives(text);
    pl_separated_split_points(text);
    for (size_t i = 0; asian && i < text->codes.count; i++)
        if (is_asian_alone(text->codes.ptr[i]))
            pl_separated_set_apart(text, i);
}

/* Takes signs out; what stood on both sides becomes one word unless a blank was there. */
static void remove_punctuation(struct pl_separated *text, bool asian)
{
    size_t count = 0;
    uint8_t blank = 0;

    for (size_t i = 0; i < text->codes.count; i++) {
        const uint32_t code = text->codes.ptr[i];

        blank |= text->breaks[i];
        if (is_removed(code, asian))
            continue;
        text->breaks[count] = blank;
        text->codes.ptr[count++] = code;
        blank = 0;
    }
    text->codes.count = count;
    text->breaks[count] = 1;
}

bool pl_tokenise_tercom(struct pl_codes codes, const struct pl_text_options *options,
                        struct pl_text_scratch *scratch, struct pl_words *ret_words)
{
    struct pl_separated text;

    pl_codes_strip_end(&codes);
    if (!options->case_sensitive && !pl_codes_lower(&codes, scratch))
        return false;
    if (!options->normalized && !options->no_punct)
        return pl_words_split(codes, NULL, scratch, ret_words);
    if (options->normalized)
        unescape(&codes);
    if (!pl_separated_init(&text, codes, true, scratch))
        return false;
    if (options->normalized)
        normalise(&text, options->asian_support);
    if (options->no_punct)
        remove_punctuation(&text, options->asian_support);
    return pl_words_split(text.codes, text.breaks, scratch, ret_words);
}

/* The words with a blank between them. */
static bool join(const struct pl_words *words, struct pl_text_scratch *scratch,
                 struct pl_codes *ret_codes)
{
    size_t count = 0;

    for (size_t i = 0; i < words->count; i++)
        count += words->items[i].count + 1;

    uint32_t *codes = pl_text_scratch_alloc(scratch, count + 1, sizeof *codes);

    if (codes == NULL)
        return false;
    count = 0;
    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            codes[count++] = ' ';
        memcpy(codes + count, words->items[i].codes, words->items[i].count * sizeof *codes);
        count += words->items[i].count;
    }
    *ret_codes = (struct pl_codes){codes, count};
    return true;
}

bool pl_tokenise_tercom_twice(struct pl_codes codes, const struct pl_text_options *options,
                              struct pl_text_scratch *scratch, struct pl_words *ret_words)
{
    if (!pl_tokenise_tercom(codes, options, scratch, ret_words))
        return false;
    if (!options->normalized)
        return true;
    return join(ret_words, scratch, &codes) &&
           pl_tokenise_tercom(codes, options, scratch, ret_words);
}
