/*
 * chrF (Popović 2015, WMT) and chrF++ (Popović 2017, WMT) as sacrebleu 2.6.0 computes them: F-beta of
 * the mean precision and the mean recall over character n-grams, and for chrF++ word n-grams too. Of
 * several references the one with the highest F counts. Scores and signatures agree with sacrebleu to
 * 1e-9 (tests/cli/test_text_metrics.py).
 *
 * Statistics: for each order, characters first, the n-grams of the output, of the reference, and shared.
 */
#include "text/alphabet.h"
#include "text/metrics.h"
#include "text/ngrams.h"
#include "text/unicode.h"

#include <string.h>

/* What sacrebleu puts in the place of nothing. */
static const double EPSILON = 1e-16;

static uint32_t orders_of(const struct pl_text_options *options)
{
    return options->char_order + options->word_order;
}

static size_t stats_count(const struct pl_text_options *options)
{
    return 3 * (size_t)orders_of(options);
}

static double f_score(const struct pl_text_options *options, const double *stats)
{
    const uint32_t orders = orders_of(options);
    const double factor = (double)options->beta * options->beta;
    double smoothed = 0.0;
    double precisions = 0.0;
    double recalls = 0.0;
    uint32_t effective = 0;

    for (uint32_t i = 0; i < orders; i++) {
        const double *counts = stats + (size_t)3 * i;
        const double precision = counts[0] > 0.0 ? counts[2] / counts[0] : EPSILON;
        const double recall = counts[1] > 0.0 ? counts[2] / counts[1] : EPSILON;
        const double below = factor * precision + recall;

        smoothed += below > 0.0 ? (1.0 + factor) * precision * recall / below : EPSILON;
        if (counts[0] > 0.0 && counts[1] > 0.0) {
            precisions += precision;
            recalls += recall;
            effective++;
        }
    }
    if (options->eps_smoothing)
        return 100.0 * smoothed / orders;
    if (effective == 0)
        return 0.0;
    precisions /= effective;
    recalls /= effective;
    if (precisions + recalls <= 0.0)
        return 0.0;
    return 100.0 * ((1.0 + factor) * precisions * recalls / (factor * precisions + recalls));
}

/* --- characters ---------------------------------------------------------------------------------- */

static bool read_codes(const struct pl_text_segment *segment, size_t index,
                       const struct pl_text_options *options, struct pl_text_scratch *scratch,
                       struct pl_codes *ret_codes)
{
    return pl_codes_decode(pl_segment_text(segment, index), scratch, ret_codes) &&
           (!options->lowercase || pl_codes_lower(ret_codes, scratch));
}

/* --- words --------------------------------------------------------------------------------------- */

static bool is_ascii_punctuation(uint32_t code)
{
    return (code >= '!' && code <= '/') || (code >= ':' && code <= '@') ||
           (code >= '[' && code <= '`') || (code >= '{' && code <= '~');
}

/* A sign at the end of a word, or else at its start, is a word of its own: "(hi)" is "(hi" and ")". */
static bool split_signs(const struct pl_codes *codes, struct pl_text_scratch *scratch,
                        struct pl_words *ret_words)
{
    struct pl_words words;

    if (!pl_words_split(*codes, NULL, scratch, &words))
        return false;

    struct pl_word *items = pl_text_scratch_alloc(scratch, 2 * words.count + 1, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return false;
    for (size_t i = 0; i < words.count; i++) {
        const struct pl_word word = words.items[i];
        size_t cut = 0;

        if (word.count > 1 && is_ascii_punctuation(word.codes[word.count - 1]))
            cut = word.count - 1;
        else if (word.count > 1 && is_ascii_punctuation(word.codes[0]))
            cut = 1;
        if (cut > 0)
            items[count++] = (struct pl_word){word.codes, cut};
        items[count++] = (struct pl_word){word.codes + cut, word.count - cut};
    }
    *ret_words = (struct pl_words){items, count};
    return true;
}

static bool number_words(const struct pl_codes *codes, size_t count,
                         struct pl_text_scratch *scratch, struct pl_sequences *ret_words)
{
    struct pl_words *texts = pl_text_scratch_alloc(scratch, count, sizeof *texts);

    if (texts == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!split_signs(&codes[i], scratch, &texts[i]))
            return false;
    return pl_sequences_number(texts, count, scratch, ret_words);
}

/* --- statistics ---------------------------------------------------------------------------------- */

/* The counts of one reference (from 1) for orders 1 to order_max. */
static bool count_shared(const struct pl_sequences *texts, size_t reference, uint32_t order_max,
                         struct pl_text_scratch *scratch, double *ret_stats)
{
    const struct pl_sequence *output = &texts->items[0];
    const struct pl_sequence *other = &texts->items[reference];
    const struct pl_ngram_task task = {output, other, 1, texts->distinct, order_max};
    uint64_t matches[PL_NGRAM_ORDER_MAX];

    if (!pl_ngrams_match(&task, scratch, matches))
        return false;
    for (uint32_t n = 1; n <= order_max; n++) {
        const uint64_t total = pl_ngrams_total(other->count, n);

        ret_stats[3 * n - 3] = total > 0 ? (double)pl_ngrams_total(output->count, n) : 0.0;
        ret_stats[3 * n - 2] = (double)total;
        ret_stats[3 * n - 1] = (double)matches[n - 1];
    }
    return true;
}

static bool collect_best(const struct pl_text_options *options, const struct pl_codes *codes,
                         size_t count, struct pl_text_scratch *scratch, double *ret_stats)
{
    struct pl_sequences characters;
    struct pl_sequences words = {.count = 0};
    double best = -1.0;

    if (!pl_codes_number(codes, count, options->whitespace, scratch, &characters) ||
        (options->word_order > 0 && !number_words(codes, count, scratch, &words)))
        return false;
    for (size_t i = 1; i < count; i++) {
        double stats[PL_TEXT_STATS_MAX];

        if (!count_shared(&characters, i, options->char_order, scratch, stats) ||
            (options->word_order > 0 && !count_shared(&words, i, options->word_order, scratch,
                                                      stats + (size_t)3 * options->char_order)))
            return false;

        const double here = f_score(options, stats);

        if (here > best) {
            best = here;
            memcpy(ret_stats, stats, stats_count(options) * sizeof *stats);
        }
    }
    return true;
}

static enum pl_status collect(const struct pl_text_options *options,
                              const struct pl_text_segment *segment,
                              struct pl_text_scratch *scratch, double *ret_stats,
                              struct pl_error *error)
{
    const size_t count = segment->references_count + 1;
    struct pl_codes *codes = pl_text_scratch_alloc(scratch, count, sizeof *codes);

    for (size_t i = 0; codes != NULL && i < count; i++)
        if (!read_codes(segment, i, options, scratch, &codes[i]))
            return pl_text_scratch_error(scratch, error);
    if (codes == NULL || !collect_best(options, codes, count, scratch, ret_stats))
        return pl_text_scratch_error(scratch, error);
    return PL_OK;
}

static void sign(const struct pl_text_metric *metric, const struct pl_text_options *options,
                 size_t references_count, struct pl_buffer *buffer)
{
    (void)metric;
    pl_buffer_add_format(buffer, "chrF%u", options->beta);
    for (uint32_t i = 0; i < options->word_order; i++)
        pl_buffer_add_char(buffer, '+');
    pl_buffer_add_char(buffer, '|');
    pl_text_sign_references(references_count, buffer);
    pl_buffer_add_format(buffer, "|case:%s|eff:%s|nc:%u|nw:%u|space:%s|version:%s",
                         options->lowercase ? "lc" : "mixed", options->eps_smoothing ? "no" : "yes",
                         options->char_order, options->word_order,
                         options->whitespace ? "yes" : "no", PL_SACREBLEU_VERSION);
}

static void prepare_words(struct pl_text_options *options)
{
    options->word_order = 2;
}

#define CHRF_OPTIONS                                                                               \
    (PL_TEXT_OPTION_BIT(PL_TEXT_CHAR_ORDER) | PL_TEXT_OPTION_BIT(PL_TEXT_WORD_ORDER) |             \
     PL_TEXT_OPTION_BIT(PL_TEXT_BETA) | PL_TEXT_OPTION_BIT(PL_TEXT_LOWERCASE) |                    \
     PL_TEXT_OPTION_BIT(PL_TEXT_WHITESPACE) | PL_TEXT_OPTION_BIT(PL_TEXT_EPS_SMOOTHING))

const struct pl_text_metric PL_TEXT_CHRF = {
    .name = "chrf",
    .help = "chrF, as sacrebleu computes it: an F score of character n-grams.",
    .options = CHRF_OPTIONS,
    .scale = 100.0,
    .needs_reference = true,
    .stats_count = stats_count,
    .collect = collect,
    .score = f_score,
    .sign = sign,
};

const struct pl_text_metric PL_TEXT_CHRF_WORDS = {
    .name = "chrf++",
    .help = "chrF++, as sacrebleu computes it: chrF with word n-grams up to order 2.",
    .options = CHRF_OPTIONS,
    .scale = 100.0,
    .needs_reference = true,
    .prepare = prepare_words,
    .stats_count = stats_count,
    .collect = collect,
    .score = f_score,
    .sign = sign,
};
