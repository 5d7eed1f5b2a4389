/*
 * The rows of the options of text metrics, and how a value becomes a field.
 */
#include "text/options.h"

#include <math.h>
#include <string.h>

const char *const PL_TOKENISER_NAMES[] = {
    "none",     "13a", "intl",      "zh",        "char",      "ja-mecab",
    "ko-mecab", "spm", "flores101", "flores200", "spBLEU-1K", NULL,
};

const char *const PL_SMOOTHING_NAMES[] = {"none", "floor", "add-k", "exp", NULL};

static const char *const ROUGE_TOKENIZERS[] = {"default", "unicode", NULL};
static const char *const ROUGE_FIGURES[] = {"precision", "recall", "f", NULL};

#define AT(field)   offsetof(struct pl_text_options, field)
#define BOOL(field) PL_TEXT_OPTION_BOOL, AT(field), 0.0, 0.0, 1.0, NULL
#define COUNT(field, initial, low, high)                                                           \
    PL_TEXT_OPTION_COUNT, AT(field), (initial), (low), (high), NULL
#define NUMBER(field, initial, low, high)                                                          \
    PL_TEXT_OPTION_NUMBER, AT(field), (initial), (low), (high), NULL
#define WORD(field, initial, words) PL_TEXT_OPTION_WORD, AT(field), (initial), 0.0, 0.0, (words)

const struct pl_text_option PL_TEXT_OPTIONS[PL_TEXT_OPTIONS_COUNT] = {
    [PL_TEXT_TOKENIZE] = {"tokenize", "how text is cut into tokens",
                          WORD(tokenize, PL_TOKENISER_13A, PL_TOKENISER_NAMES)},
    [PL_TEXT_SMOOTH_METHOD] = {"smooth_method", "what stands for an order without a match",
                               WORD(smooth_method, PL_SMOOTHING_EXP, PL_SMOOTHING_NAMES)},
    [PL_TEXT_SMOOTH_VALUE] = {"smooth_value", "the value of floor (0.1) and add-k (1)",
                              NUMBER(smooth_value, -1.0, 0.0, 1e6)},
    [PL_TEXT_MAX_NGRAM_ORDER] = {"max_ngram_order", "the longest n-grams",
                                 COUNT(max_ngram_order, 4, 1, 16)},
    [PL_TEXT_EFFECTIVE_ORDER] = {"effective_order", "leave out orders longer than the output",
                                 BOOL(effective_order)},
    [PL_TEXT_LOWERCASE] = {"lowercase", "compare in lower case", BOOL(lowercase)},
    [PL_TEXT_FORCE] = {"force", "do not warn of text that is cut already", BOOL(force)},
    [PL_TEXT_CHAR_ORDER] = {"char_order", "the longest n-grams of characters",
                            COUNT(char_order, 6, 0, 16)},
    [PL_TEXT_WORD_ORDER] = {"word_order", "the longest n-grams of words; 2 is chrF++",
                            COUNT(word_order, 0, 0, 4)},
    [PL_TEXT_BETA] = {"beta", "how much more recall weighs than precision", COUNT(beta, 2, 0, 100)},
    [PL_TEXT_WHITESPACE] = {"whitespace", "count white space as characters", BOOL(whitespace)},
    [PL_TEXT_EPS_SMOOTHING] = {"eps_smoothing", "a small number for orders without n-grams",
                               BOOL(eps_smoothing)},
    [PL_TEXT_NORMALIZED] = {"normalized", "set punctuation apart, as tercom does",
                            BOOL(normalized)},
    [PL_TEXT_NO_PUNCT] = {"no_punct", "leave punctuation out", BOOL(no_punct)},
    [PL_TEXT_ASIAN_SUPPORT] = {"asian_support", "treat Asian characters one by one",
                               BOOL(asian_support)},
    [PL_TEXT_CASE_SENSITIVE] = {"case_sensitive", "keep upper and lower case apart",
                                BOOL(case_sensitive)},
    [PL_TEXT_ROUGE_TOKENIZER] = {"tokenizer", "default as rouge-score, or unicode",
                                 WORD(rouge_tokenizer, PL_ROUGE_DEFAULT, ROUGE_TOKENIZERS)},
    [PL_TEXT_ROUGE_FIGURE] = {"figure", "precision, recall or f",
                              WORD(rouge_figure, PL_ROUGE_F, ROUGE_FIGURES)},
    [PL_TEXT_USE_STEMMER] = {"use_stemmer", "compare Porter's stems", BOOL(use_stemmer)},
    [PL_TEXT_MIN_LEN] = {"min_len", "the shortest n-grams", COUNT(min_len, 1, 1, 16)},
    [PL_TEXT_NORMALISE] = {"normalise", "compare in NFKC, case and white space folded",
                           BOOL(normalise)},
    [PL_TEXT_DROP_PUNCTUATION] = {"drop_punctuation", "and without punctuation",
                                  BOOL(drop_punctuation)},
    [PL_TEXT_TOLERANCE] = {"tolerance", "how far off a number may be",
                           NUMBER(tolerance, 1e-6, 0.0, 1e300)},
    [PL_TEXT_TOLERANCE_RELATIVE] = {"tolerance_relative", "and as a share of the reference",
                                    NUMBER(tolerance_relative, 0.0, 0.0, 1.0)},
};

static void store(struct pl_text_options *options, const struct pl_text_option *row, double value)
{
    char *field = (char *)options + row->offset;

    switch (row->type) {
    case PL_TEXT_OPTION_BOOL:
        *(bool *)(void *)field = value > 0.0;
        break;
    case PL_TEXT_OPTION_NUMBER:
        *(double *)(void *)field = value;
        break;
    case PL_TEXT_OPTION_COUNT:
    case PL_TEXT_OPTION_WORD:
    default:
        *(uint32_t *)(void *)field = (uint32_t)value;
        break;
    }
}

struct pl_text_options pl_text_options_initial(void)
{
    struct pl_text_options options;

    memset(&options, 0, sizeof options);
    for (size_t i = 0; i < PL_TEXT_OPTIONS_COUNT; i++)
        store(&options, &PL_TEXT_OPTIONS[i], PL_TEXT_OPTIONS[i].initial);
    return options;
}

static bool read_bool(struct pl_str text, double *ret_value)
{
    const bool is_true = pl_str_equal_text(text, "true") || pl_str_equal_text(text, "yes");

    *ret_value = is_true ? 1.0 : 0.0;
    return is_true || pl_str_equal_text(text, "false") || pl_str_equal_text(text, "no");
}

static bool read_word(const struct pl_text_option *row, struct pl_str text, double *ret_value)
{
    for (size_t i = 0; row->words[i] != NULL; i++)
        if (pl_str_equal_text(text, row->words[i])) {
            *ret_value = (double)i;
            return true;
        }
    return false;
}

static enum pl_status refuse_word(const struct pl_text_option *row, struct pl_str text,
                                  struct pl_error *error)
{
    size_t count = 0;

    while (row->words[count] != NULL)
        count++;

    const char *nearest = pl_str_nearest(text, row->words, count);

    return pl_error_set(error, PL_E_USAGE, "%s cannot be '%.*s'; there is %s, among others",
                        row->name, PL_STR_ARG(text), nearest == NULL ? row->words[0] : nearest);
}

enum pl_status pl_text_option_set(struct pl_text_options *options, const struct pl_text_option *row,
                                  struct pl_str value, struct pl_error *error)
{
    double number;

    switch (row->type) {
    case PL_TEXT_OPTION_BOOL:
        if (!read_bool(value, &number))
            return pl_error_set(error, PL_E_USAGE, "%s must be true or false, not '%.*s'",
                                row->name, PL_STR_ARG(value));
        break;
    case PL_TEXT_OPTION_WORD:
        if (!read_word(row, value, &number))
            return refuse_word(row, value, error);
        break;
    case PL_TEXT_OPTION_COUNT:
    case PL_TEXT_OPTION_NUMBER:
    default:
        if (!pl_str_to_double(value, &number) || number < row->low || number > row->high ||
            (row->type == PL_TEXT_OPTION_COUNT && floor(number) < number))
            return pl_error_set(error, PL_E_USAGE, "%s must be a %s from %g to %g, not '%.*s'",
                                row->name,
                                row->type == PL_TEXT_OPTION_COUNT ? "whole number" : "number",
                                row->low, row->high, PL_STR_ARG(value));
        break;
    }
    store(options, row, number);
    return PL_OK;
}
