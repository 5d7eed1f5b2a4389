/*
 * GLEU (Wu et al. 2016, arXiv 1609.08144, section 8.1) as NLTK's corpus_gleu computes it: shared n-grams
 * of orders min_len to max_ngram_order over the larger of the two totals; of several references the
 * one with the highest ratio. NLTK takes tokens; here the text is cut by `tokenize`, at white space
 * unless told. Statistics: shared, total.
 */
#include "text/metrics.h"
#include "text/ngrams.h"
#include "text/tokenise.h"

static const struct pl_cutters CUTTERS = {pl_tokenise, pl_tokenise};

static size_t stats_count(const struct pl_text_options *options)
{
    (void)options;
    return 2;
}

static uint64_t total_of(const struct pl_text_options *options, const struct pl_sequence *text)
{
    uint64_t total = 0;

    for (uint32_t n = options->min_len; n <= options->max_ngram_order; n++)
        total += pl_ngrams_total(text->count, n);
    return total;
}

static uint64_t sum_of(const struct pl_text_options *options, const uint64_t *matches)
{
    uint64_t sum = 0;

    for (uint32_t n = options->min_len; n <= options->max_ngram_order; n++)
        sum += matches[n - 1];
    return sum;
}

static enum pl_status collect(const struct pl_text_options *options,
                              const struct pl_text_segment *segment,
                              struct pl_text_scratch *scratch, double *ret_stats,
                              struct pl_error *error)
{
    double best = -1.0;
    struct pl_sequences texts;

    if (!pl_segment_cut(segment, options, CUTTERS, scratch, &texts))
        return pl_text_scratch_error(scratch, error);
    ret_stats[0] = 0.0;
    ret_stats[1] = 0.0;
    for (size_t i = 1; i < texts.count; i++) {
        const struct pl_ngram_task task = {&texts.items[0], &texts.items[i], 1, texts.distinct,
                                           options->max_ngram_order};
        const uint64_t output = total_of(options, &texts.items[0]);
        const uint64_t reference = total_of(options, &texts.items[i]);
        const uint64_t total = output > reference ? output : reference;
        uint64_t matches[PL_NGRAM_ORDER_MAX];

        if (!pl_ngrams_match(&task, scratch, matches))
            return pl_text_scratch_error(scratch, error);

        const double shared = (double)sum_of(options, matches);

        if (total > 0 && shared / (double)total > best) {
            best = shared / (double)total;
            ret_stats[0] = shared;
            ret_stats[1] = (double)total;
        }
    }
    return PL_OK;
}

static double score(const struct pl_text_options *options, const double *stats)
{
    (void)options;
    return stats[1] > 0.0 ? stats[0] / stats[1] : 0.0;
}

static void prepare(struct pl_text_options *options)
{
    options->tokenize = PL_TOKENISER_NONE;
}

const struct pl_text_metric PL_TEXT_GLEU = {
    .name = "gleu",
    .help = "GLEU, as NLTK computes it: the lesser of n-gram precision and recall.",
    .options = PL_TEXT_OPTION_BIT(PL_TEXT_TOKENIZE) | PL_TEXT_OPTION_BIT(PL_TEXT_LOWERCASE) |
               PL_TEXT_OPTION_BIT(PL_TEXT_MIN_LEN) | PL_TEXT_OPTION_BIT(PL_TEXT_MAX_NGRAM_ORDER),
    .scale = 1.0,
    .needs_reference = true,
    .prepare = prepare,
    .stats_count = stats_count,
    .collect = collect,
    .score = score,
    .sign = pl_text_sign_options,
};
