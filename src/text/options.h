/*
 * What a text metric may be told. The names are those of the implementations that the figures agree
 * with (sacrebleu, rouge-score), so that a known configuration can be copied. One row for each
 * option; a metric names the rows that it listens to.
 */
#ifndef PL_TEXT_OPTIONS_H
#define PL_TEXT_OPTIONS_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* How BLEU and GLEU cut text into tokens. The last six need models that are not part of Plimsoll:
   asking for one is PL_E_UNSUPPORTED. */
enum pl_tokeniser {
    PL_TOKENISER_NONE, /* at white space */
    PL_TOKENISER_13A,
    PL_TOKENISER_INTL,
    PL_TOKENISER_ZH,
    PL_TOKENISER_CHAR,
    PL_TOKENISER_BUILT_IN_COUNT,
    PL_TOKENISER_JA_MECAB = PL_TOKENISER_BUILT_IN_COUNT,
    PL_TOKENISER_KO_MECAB,
    PL_TOKENISER_SPM,
    PL_TOKENISER_FLORES101,
    PL_TOKENISER_FLORES200,
    PL_TOKENISER_SPBLEU_1K,
};

enum pl_smoothing {
    PL_SMOOTHING_NONE,
    PL_SMOOTHING_FLOOR,
    PL_SMOOTHING_ADD_K,
    PL_SMOOTHING_EXP,
};

/* How ROUGE cuts text into words. */
enum pl_rouge_tokeniser {
    PL_ROUGE_DEFAULT, /* runs of a-z and 0-9, as rouge-score and ROUGE-1.5.5: other scripts vanish */
    PL_ROUGE_UNICODE, /* runs of letters, marks and numbers; each Han, kana, Thai … letter alone */
};

/* Which of the three figures a ROUGE score is. */
enum pl_rouge_figure {
    PL_ROUGE_PRECISION,
    PL_ROUGE_RECALL,
    PL_ROUGE_F,
};

/* Set by pl_text_scorer_init and pl_text_scorer_set; zeroed is not a default. */
struct pl_text_options {
    uint32_t tokenize;      /* enum pl_tokeniser */
    uint32_t smooth_method; /* enum pl_smoothing */
    double smooth_value;    /* below 0: the default of the method */
    uint32_t max_ngram_order;
    bool effective_order;
    bool lowercase;
    bool force; /* as in sacrebleu, silences a warning only; no figure depends on it */

    uint32_t char_order;
    uint32_t word_order;
    uint32_t beta;
    bool whitespace;
    bool eps_smoothing;

    bool normalized;
    bool no_punct;
    bool asian_support;
    bool case_sensitive;

    uint32_t rouge_tokenizer; /* enum pl_rouge_tokeniser */
    uint32_t rouge_figure;    /* enum pl_rouge_figure */
    bool use_stemmer;

    uint32_t min_len;

    bool normalise; /* contains, contains_all, one_of: compare after normalisation */
    bool drop_punctuation;

    double tolerance;          /* numeric: |output - reference| at most this … */
    double tolerance_relative; /* … or this share of |reference| */
};

enum pl_text_option_type {
    PL_TEXT_OPTION_BOOL,   /* true, false, yes, no */
    PL_TEXT_OPTION_COUNT,  /* a whole number from low to high */
    PL_TEXT_OPTION_NUMBER, /* from low to high */
    PL_TEXT_OPTION_WORD,   /* one of words, stored as its index */
};

/* Which options a metric listens to: bits by the index of the row in PL_TEXT_OPTIONS. */
enum pl_text_option_id {
    PL_TEXT_TOKENIZE,
    PL_TEXT_SMOOTH_METHOD,
    PL_TEXT_SMOOTH_VALUE,
    PL_TEXT_MAX_NGRAM_ORDER,
    PL_TEXT_EFFECTIVE_ORDER,
    PL_TEXT_LOWERCASE,
    PL_TEXT_FORCE,
    PL_TEXT_CHAR_ORDER,
    PL_TEXT_WORD_ORDER,
    PL_TEXT_BETA,
    PL_TEXT_WHITESPACE,
    PL_TEXT_EPS_SMOOTHING,
    PL_TEXT_NORMALIZED,
    PL_TEXT_NO_PUNCT,
    PL_TEXT_ASIAN_SUPPORT,
    PL_TEXT_CASE_SENSITIVE,
    PL_TEXT_ROUGE_TOKENIZER,
    PL_TEXT_ROUGE_FIGURE,
    PL_TEXT_USE_STEMMER,
    PL_TEXT_MIN_LEN,
    PL_TEXT_NORMALISE,
    PL_TEXT_DROP_PUNCTUATION,
    PL_TEXT_TOLERANCE,
    PL_TEXT_TOLERANCE_RELATIVE,
    PL_TEXT_OPTIONS_COUNT,
};

struct pl_text_option {
    const char *name;
    const char *help;
    enum pl_text_option_type type;
    size_t offset; /* in struct pl_text_options */
    double initial;
    double low;
    double high;
    const char *const *words; /* NULL-terminated */
};

extern const struct pl_text_option PL_TEXT_OPTIONS[PL_TEXT_OPTIONS_COUNT];

/* The names that enum pl_tokeniser stands for, as sacrebleu writes them; likewise the smoothings. */
extern const char *const PL_TOKENISER_NAMES[];
extern const char *const PL_SMOOTHING_NAMES[];

/* Every option at its default. */
struct pl_text_options pl_text_options_initial(void);

/* One option from its text; PL_E_USAGE when the text is no value of that row. */
PL_MUST_CHECK enum pl_status pl_text_option_set(struct pl_text_options *options,
                                                const struct pl_text_option *row,
                                                struct pl_str value, struct pl_error *error);

#endif
