/*
 * The table of text metrics, and what a scorer does with a row of it.
 */
#include "text/metric.h"

#include "text/metrics.h"
#include "text/words.h"

#include <assert.h>
#include <math.h>

const struct pl_text_metric *const PL_TEXT_METRICS[] = {
    &PL_TEXT_BLEU,         &PL_TEXT_CHRF,
    &PL_TEXT_CHRF_WORDS,   &PL_TEXT_TER,
    &PL_TEXT_GLEU,         &PL_TEXT_ROUGE_1,
    &PL_TEXT_ROUGE_2,      &PL_TEXT_ROUGE_L,
    &PL_TEXT_ROUGE_LSUM,   &PL_TEXT_EDIT_SIMILARITY,
    &PL_TEXT_TOKEN_F1,     &PL_TEXT_SQUAD_EXACT,
    &PL_TEXT_EXACT,        &PL_TEXT_NORMALISED_EXACT,
    &PL_TEXT_CONTAINS,     &PL_TEXT_CONTAINS_ALL,
    &PL_TEXT_ONE_OF,       &PL_TEXT_NUMERIC,
    &PL_TEXT_REFUSAL,      &PL_TEXT_LENGTH_CHARACTERS,
    &PL_TEXT_LENGTH_WORDS, NULL,
};

#define METRICS_COUNT (sizeof PL_TEXT_METRICS / sizeof *PL_TEXT_METRICS - 1)

const struct pl_text_metric *pl_text_metric_find(struct pl_str name)
{
    for (size_t i = 0; PL_TEXT_METRICS[i] != NULL; i++)
        if (pl_str_equal_text(name, PL_TEXT_METRICS[i]->name))
            return PL_TEXT_METRICS[i];
    return NULL;
}

static const char *nearest_metric(struct pl_str name)
{
    const char *names[METRICS_COUNT];

    for (size_t i = 0; i < METRICS_COUNT; i++)
        names[i] = PL_TEXT_METRICS[i]->name;
    return pl_str_nearest(name, names, METRICS_COUNT);
}

enum pl_status pl_text_scorer_init(struct pl_text_scorer *scorer, struct pl_str name,
                                   struct pl_error *error)
{
    const struct pl_text_metric *metric = pl_text_metric_find(name);

    if (metric == NULL) {
        const char *nearest = nearest_metric(name);

        return pl_error_set(error, PL_E_USAGE, "there is no text metric '%.*s'%s%s%s",
                            PL_STR_ARG(name), nearest == NULL ? "" : "; did you mean '",
                            nearest == NULL ? "" : nearest, nearest == NULL ? "" : "'?");
    }
    *scorer = (struct pl_text_scorer){.metric = metric, .options = pl_text_options_initial()};
    if (metric->prepare != NULL)
        metric->prepare(&scorer->options);
    return PL_OK;
}

static const struct pl_text_option *find_option(const struct pl_text_metric *metric,
                                                struct pl_str name)
{
    for (uint32_t i = 0; i < PL_TEXT_OPTIONS_COUNT; i++)
        if ((metric->options & PL_TEXT_OPTION_BIT(i)) != 0 &&
            pl_str_equal_text(name, PL_TEXT_OPTIONS[i].name))
            return &PL_TEXT_OPTIONS[i];
    return NULL;
}

enum pl_status pl_text_scorer_set(struct pl_text_scorer *scorer, struct pl_str name,
                                  struct pl_str value, struct pl_error *error)
{
    const struct pl_text_option *row = find_option(scorer->metric, name);

    if (row == NULL)
        return pl_error_set(error, PL_E_USAGE, "%s has no option '%.*s'", scorer->metric->name,
                            PL_STR_ARG(name));
    return pl_text_option_set(&scorer->options, row, value, error);
}

enum pl_status pl_text_scorer_check(struct pl_text_scorer *scorer, struct pl_error *error)
{
    const struct pl_text_options *options = &scorer->options;

    if ((scorer->metric->options & PL_TEXT_OPTION_BIT(PL_TEXT_TOKENIZE)) != 0 &&
        options->tokenize >= PL_TOKENISER_BUILT_IN_COUNT)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the tokeniser %s needs a model or a dictionary that is not part of"
                            " Plimsoll; there are none, 13a, intl, zh and char",
                            PL_TOKENISER_NAMES[options->tokenize]);
    if ((scorer->metric->options & PL_TEXT_OPTION_BIT(PL_TEXT_CHAR_ORDER)) != 0 &&
        options->char_order + options->word_order == 0)
        return pl_error_set(error, PL_E_USAGE, "char_order and word_order cannot both be 0");
    if ((scorer->metric->options & PL_TEXT_OPTION_BIT(PL_TEXT_MIN_LEN)) != 0 &&
        options->min_len > options->max_ngram_order)
        return pl_error_set(error, PL_E_USAGE, "min_len is above max_ngram_order");
    scorer->stats_count = scorer->metric->stats_count(options);
    assert(scorer->stats_count <= PL_TEXT_STATS_MAX);
    return PL_OK;
}

enum pl_status pl_text_scorer_collect(const struct pl_text_scorer *scorer,
                                      const struct pl_text_segment *segment,
                                      struct pl_text_scratch *scratch, double *ret_stats,
                                      struct pl_error *error)
{
    assert(scorer->stats_count > 0);
    if (scorer->metric->needs_reference && segment->references_count == 0)
        return pl_error_set(error, PL_E_DATA, "%s compares with a reference, and there is none",
                            scorer->metric->name);
    PL_RETURN_IF(pl_segment_check(segment, scratch, error));
    pl_text_scratch_reset(scratch);
    return scorer->metric->collect(&scorer->options, segment, scratch, ret_stats, error);
}

double pl_text_scorer_score(const struct pl_text_scorer *scorer, const double *stats)
{
    const double score = scorer->metric->score(&scorer->options, stats);

    assert(isfinite(score));
    return score;
}

void pl_text_scorer_sign(const struct pl_text_scorer *scorer, size_t references_count,
                         struct pl_buffer *buffer)
{
    scorer->metric->sign(scorer->metric, &scorer->options, references_count, buffer);
}

/* --- what rows share ----------------------------------------------------------------------------- */

size_t pl_text_mean_count(const struct pl_text_options *options)
{
    (void)options;
    return 2;
}

double pl_text_mean_score(const struct pl_text_options *options, const double *stats)
{
    (void)options;
    return stats[0] / stats[1];
}

void pl_text_sign_references(size_t references_count, struct pl_buffer *buffer)
{
    if (references_count == 0)
        pl_buffer_add_text(buffer, "nrefs:var");
    else
        pl_buffer_add_format(buffer, "nrefs:%zu", references_count);
}

static void sign_option(const struct pl_text_option *row, const struct pl_text_options *options,
                        struct pl_buffer *buffer)
{
    const char *field = (const char *)options + row->offset;

    pl_buffer_add_format(buffer, "|%s:", row->name);
    switch (row->type) {
    case PL_TEXT_OPTION_BOOL:
        pl_buffer_add_text(buffer, *(const bool *)(const void *)field ? "yes" : "no");
        break;
    case PL_TEXT_OPTION_NUMBER:
        pl_buffer_add_format(buffer, "%g", *(const double *)(const void *)field);
        break;
    case PL_TEXT_OPTION_WORD:
        pl_buffer_add_text(buffer, row->words[*(const uint32_t *)(const void *)field]);
        break;
    case PL_TEXT_OPTION_COUNT:
    default:
        pl_buffer_add_format(buffer, "%u", *(const uint32_t *)(const void *)field);
        break;
    }
}

void pl_text_sign_options(const struct pl_text_metric *metric,
                          const struct pl_text_options *options, size_t references_count,
                          struct pl_buffer *buffer)
{
    pl_buffer_add_text(buffer, metric->name);
    if (metric->needs_reference) {
        pl_buffer_add_char(buffer, '|');
        pl_text_sign_references(references_count, buffer);
    }
    for (uint32_t i = 0; i < PL_TEXT_OPTIONS_COUNT; i++)
        if ((metric->options & PL_TEXT_OPTION_BIT(i)) != 0)
            sign_option(&PL_TEXT_OPTIONS[i], options, buffer);
    pl_buffer_add_text(buffer, "|version:plimsoll-1");
}
