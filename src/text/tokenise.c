/*
 * The tokenisers of BLEU as sacrebleu 2.6.0 has them (mteval-v13a, mteval-v14 --international-
 * tokenization, Huang's Chinese tokeniser). They agree with it on random text of many scripts
 * (tests/cli/test_text_metrics.py), and so include what it does by accident: its table of Chinese
 * characters holds "\u20000" for U+20000, which compares as the range from U+2001 to U+2A6D.
 */
#include "text/tokenise.h"

#include "text/separate.h"

/* s/-\n//g, then s/\n/ /g. */
static void join_lines(struct pl_codes *codes)
{
    size_t count = 0;

    for (size_t i = 0; i < codes->count; i++) {
        const uint32_t code = codes->ptr[i];

        if (code == '-' && i + 1 < codes->count && codes->ptr[i + 1] == '\n')
            i++;
        else
            codes->ptr[count++] = code == '\n' ? ' ' : code;
    }
    codes->count = count;
}

/* Marks, line ends and entities as mteval-v13a reads them, in its order. */
static void unescape(struct pl_codes *codes)
{
    bool has_mark = false;
    bool has_line_end = false;
    bool has_entity = false;

    for (size_t i = 0; i < codes->count; i++) {
        has_mark |= codes->ptr[i] == '<' && i + 1 < codes->count && codes->ptr[i + 1] == 's';
        has_line_end |= codes->ptr[i] == '\n';
        has_entity |= codes->ptr[i] == '&';
    }
    if (has_mark)
        pl_codes_replace(codes, "<skipped>", "");
    if (has_line_end)
        join_lines(codes);
    if (!has_entity)
        return;
    pl_codes_replace(codes, "&quot;", "\"");
    pl_codes_replace(codes, "&amp;", "&");
    pl_codes_replace(codes, "&lt;", "<");
    pl_codes_replace(codes, "&gt;", ">");
}

static bool cut_13a(struct pl_codes codes, struct pl_text_scratch *scratch,
                    struct pl_words *ret_words)
{
    struct pl_separated text;

    unescape(&codes);
    if (!pl_separated_init(&text, codes, true, scratch))
        return false;
    pl_separated_mark(&text, &PL_KINDS_WESTERN);
    pl_separated_split_points(&text);
    return pl_words_split(text.codes, text.breaks, scratch, ret_words);
}

static uint32_t kind_international(uint32_t code)
{
    const uint32_t classes = pl_code_classes(code);

    return ((classes & PL_CODE_PUNCTUATION) != 0 ? PL_KIND_POINT : 0) |
           ((classes & PL_CODE_NUMBER) != 0 ? PL_KIND_NUMBER : 0) |
           ((classes & PL_CODE_SYMBOL) != 0 ? PL_KIND_DASH : 0);
}

/* The categories of ASCII: punctuation, numbers, symbols. */
static const struct pl_kinds INTERNATIONAL = {
    .ascii = "0000000000000000"
             "0000000000000000"
             "0222822222282222"  /*  !"#$%&'()*+,-./ */
             "4444444444228882"  /* 0123456789:;<=>? */
             "2000000000000000"  /* @ */
             "0000000000022282"  /* [ \ ] ^ _ */
             "8000000000000000"  /* ` */
             "0000000000028280", /* {|}~ */
    .other = kind_international,
};

/* Symbols are the last rule here, so that the rules of punctuation do not see their blanks. */
static bool cut_intl(struct pl_codes codes, struct pl_text_scratch *scratch,
                     struct pl_words *ret_words)
{
    struct pl_separated text;

    if (!pl_separated_init(&text, codes, false, scratch))
        return false;
    pl_separated_mark(&text, &INTERNATIONAL);
    pl_separated_split_points(&text);
    for (size_t k = 0; k < text.signs_count; k++)
        if ((text.kinds[text.signs[k]] & PL_KIND_DASH) != 0)
            pl_separated_set_apart(&text, text.signs[k]);
    return pl_words_split(text.codes, text.breaks, scratch, ret_words);
}

static bool is_chinese(uint32_t code)
{
    static const uint32_t RANGES[][2] = {
        {0x2001, 0x2A6D}, {0x2E80, 0x2EFF}, {0x2F00, 0x2FDF}, {0x2FF0, 0x2FFF}, {0x3000, 0x303F},
        {0x3100, 0x312F}, {0x31A0, 0x31BF}, {0x31C0, 0x31EF}, {0x3200, 0x33FF}, {0x3400, 0x4DB5},
        {0x4E00, 0x9FBB}, {0xF900, 0xFA2D}, {0xFA30, 0xFA6A}, {0xFA70, 0xFAD9}, {0xFE10, 0xFE1F},
        {0xFE30, 0xFE4F}, {0xFF00, 0xFFEF},
    };

    if (code < RANGES[0][0])
        return false;
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++)
        if (code >= RANGES[i][0] && code <= RANGES[i][1])
            return true;
    return false;
}

static uint32_t kind_chinese(uint32_t code)
{
    return is_chinese(code) ? PL_KIND_ALONE : 0;
}

static bool cut_zh(struct pl_codes codes, struct pl_text_scratch *scratch,
                   struct pl_words *ret_words)
{
    const struct pl_kinds kinds = {PL_KINDS_WESTERN.ascii, kind_chinese};
    struct pl_separated text;

    pl_codes_strip_start(&codes);
    if (!pl_separated_init(&text, codes, false, scratch))
        return false;
    pl_separated_mark(&text, &kinds);
    pl_separated_split_points(&text);
    return pl_words_split(text.codes, text.breaks, scratch, ret_words);
}

static bool cut_char(struct pl_codes codes, struct pl_text_scratch *scratch,
                     struct pl_words *ret_words)
{
    struct pl_separated text;

    if (!pl_separated_init(&text, codes, false, scratch))
        return false;
    for (size_t i = 0; i < codes.count; i++)
        text.breaks[i] = 1;
    return pl_words_split(codes, text.breaks, scratch, ret_words);
}

static bool cut_none(struct pl_codes codes, struct pl_text_scratch *scratch,
                     struct pl_words *ret_words)
{
    return pl_words_split(codes, NULL, scratch, ret_words);
}

bool pl_tokenise(struct pl_codes codes, const struct pl_text_options *options,
                 struct pl_text_scratch *scratch, struct pl_words *ret_words)
{
    static bool (*const CUTTERS[PL_TOKENISER_BUILT_IN_COUNT])(
        struct pl_codes, struct pl_text_scratch *, struct pl_words *) = {
        [PL_TOKENISER_NONE] = cut_none, [PL_TOKENISER_13A] = cut_13a,
        [PL_TOKENISER_INTL] = cut_intl, [PL_TOKENISER_ZH] = cut_zh,
        [PL_TOKENISER_CHAR] = cut_char,
    };

    if (options->lowercase && !pl_codes_lower(&codes, scratch))
        return false;
    pl_codes_strip_end(&codes);
    return CUTTERS[options->tokenize](codes, scratch, ret_words);
}
