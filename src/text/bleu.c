/*
 * BLEU (Papineni et al. 2002, ACL) as sacrebleu 2.6.0 computes it (Post 2018, WMT): clipped n-gram
 * precisions over the corpus, their geometric mean, the brevity penalty by the closest reference length,
 * and the smoothings of Chen & Cherry (2014, WMT). Scores and signatures agree with sacrebleu to 1e-9
 * (tests/cli/test_text_metrics.py).
 *
 * Statistics: length of the output, closest length of a reference, then for each order the shared and
 * then the total n-grams.
 */
#include "text/metrics.h"
#include "text/ngrams.h"
#include "text/tokenise.h"

#include <math.h>

/* What sacrebleu takes for the logarithm of nothing. */
static const double LOG_ZERO = -9999999999.0;

static const double SMOOTH_INITIAL[] = {
    [PL_SMOOTHING_NONE] = 0.0,
    [PL_SMOOTHING_FLOOR] = 0.1,
    [PL_SMOOTHING_ADD_K] = 1.0,
    [PL_SMOOTHING_EXP] = 0.0,
};

static const struct pl_cutters CUTTERS = {pl_tokenise, pl_tokenise};

static size_t stats_count(const struct pl_text_options *options)
{
    return 2 + 2 * (size_t)options->max_ngram_order;
}

/* The reference length nearest to the output's, the shorter of two as near. */
static size_t closest_length(const struct pl_sequences *texts)
{
    const size_t length = texts->items[0].count;
    size_t closest = 0;
    size_t closest_apart = SIZE_MAX;

    for (size_t i = 1; i < texts->count; i++) {
        const size_t here = texts->items[i].count;
        const size_t apart = here < length ? length - here : here - length;

        if (apart < closest_apart || (apart == closest_apart && here < closest)) {
            closest_apart = apart;
            closest = here;
        }
    }
    return closest;
}

static enum pl_status collect(const struct pl_text_options *options,
                              const struct pl_text_segment *segment,
                              struct pl_text_scratch *scratch, double *ret_stats,
                              struct pl_error *error)
{
    const uint32_t order_max = options->max_ngram_order;
    uint64_t matches[PL_NGRAM_ORDER_MAX];
    struct pl_sequences texts;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);

    const struct pl_ngram_task task = {
        .output = &texts.items[0],
        .references = texts.items + 1,
        .references_count = texts.count - 1,
        .distinct = texts.distinct,
        .order_max = order_max,
    };

    if (!pl_ngrams_match(&task, scratch, matches))
        return pl_text_scratch_error(scratch, error);
    ret_stats[0] = (double)texts.items[0].count;
    ret_stats[1] = (double)closest_length(&texts);
    for (uint32_t n = 1; n <= order_max; n++) {
        ret_stats[1 + n] = (double)matches[n - 1];
        ret_stats[1 + order_max + n] = (double)pl_ngrams_total(texts.items[0].count, n);
    }
    return PL_OK;
}

static double brevity_penalty(double length, double reference_length)
{
    if (length >= reference_length)
        return 1.0;
    return length > 0.0 ? exp(1.0 - reference_length / length) : 0.0;
}

static double smooth_value_of(const struct pl_text_options *options)
{
    return options->smooth_value < 0.0 ? SMOOTH_INITIAL[options->smooth_method]
                                       : options->smooth_value;
}

/* The precision of one order in per cent; `factor` is the power of two of exponential smoothing. */
static double precision_of(const struct pl_text_options *options, double correct, double total,
                           double *factor)
{
    if (correct > 0.0)
        return 100.0 * correct / total;
    if (options->smooth_method == PL_SMOOTHING_EXP) {
        *factor *= 2.0;
        return 100.0 / (*factor * total);
    }
    if (options->smooth_method == PL_SMOOTHING_FLOOR)
        return 100.0 * smooth_value_of(options) / total;
    return 0.0;
}

static bool has_match(const struct pl_text_options *options, const double *stats)
{
    for (uint32_t n = 1; n <= options->max_ngram_order; n++)
        if (stats[1 + n] > 0.0)
            return true;
    return false;
}

static double score(const struct pl_text_options *options, const double *stats)
{
    const uint32_t order_max = options->max_ngram_order;
    double precisions[PL_NGRAM_ORDER_MAX] = {0.0};
    uint32_t order = order_max;
    double factor = 1.0;
    double logs = 0.0;

    if (!has_match(options, stats))
        return 0.0;
    for (uint32_t n = 1; n <= order_max; n++) {
        const double more =
            options->smooth_method == PL_SMOOTHING_ADD_K && n > 1 ? smooth_value_of(options) : 0.0;
        const double correct = stats[1 + n] + more;
        const double total = stats[1 + order_max + n] + more;

        if (total <= 0.0)
            break;
        if (options->effective_order)
            order = n;
        precisions[n - 1] = precision_of(options, correct, total, &factor);
    }
    for (uint32_t n = 0; n < order; n++)
        logs += precisions[n] > 0.0 ? log(precisions[n]) : LOG_ZERO;
    return brevity_penalty(stats[0], stats[1]) * exp(logs / order);
}

static void sign(const struct pl_text_metric *metric, const struct pl_text_options *options,
                 size_t references_count, struct pl_buffer *buffer)
{
    const bool has_value = options->smooth_method == PL_SMOOTHING_FLOOR ||
                           options->smooth_method == PL_SMOOTHING_ADD_K;

    (void)metric;
    pl_buffer_add_text(buffer, "BLEU|");
    pl_text_sign_references(references_count, buffer);
    pl_buffer_add_format(
        buffer, "|case:%s|eff:%s|tok:%s|smooth:%s", options->lowercase ? "lc" : "mixed",
        options->effective_order ? "yes" : "no", PL_TOKENISER_NAMES[options->tokenize],
        PL_SMOOTHING_NAMES[options->smooth_method]);
    if (has_value)
        pl_buffer_add_format(buffer, "[%.2f]", smooth_value_of(options));
    pl_buffer_add_text(buffer, "|version:" PL_SACREBLEU_VERSION);
}

const struct pl_text_metric PL_TEXT_BLEU = {
    .name = "bleu",
    .help = "BLEU, as sacrebleu computes it: n-gram precision with a penalty for brevity.",
    .options = PL_TEXT_OPTION_BIT(PL_TEXT_TOKENIZE) | PL_TEXT_OPTION_BIT(PL_TEXT_SMOOTH_METHOD) |
               PL_TEXT_OPTION_BIT(PL_TEXT_SMOOTH_VALUE) |
               PL_TEXT_OPTION_BIT(PL_TEXT_MAX_NGRAM_ORDER) |
               PL_TEXT_OPTION_BIT(PL_TEXT_EFFECTIVE_ORDER) | PL_TEXT_OPTION_BIT(PL_TEXT_LOWERCASE) |
               PL_TEXT_OPTION_BIT(PL_TEXT_FORCE),
    .scale = 100.0,
    .needs_reference = true,
    .stats_count = stats_count,
    .collect = collect,
    .score = score,
    .sign = sign,
};
