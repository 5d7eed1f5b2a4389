/*
 * Metrics that look for one thing in an output: its last number, or a refusal.
 */
#include "text/metrics.h"
#include "text/number.h"
#include "text/refusal.h"

/* --- numeric ------------------------------------------------------------------------------------- */

/* Statistics: 1 when the number is right, 1, and 1 when there was none. */
static size_t numeric_count(const struct pl_text_options *options)
{
    (void)options;
    return 3;
}

static enum pl_status collect_numeric(const struct pl_text_options *options,
                                      const struct pl_text_segment *segment,
                                      struct pl_text_scratch *scratch, double *ret_stats,
                                      struct pl_error *error)
{
    struct pl_number output;
    const bool has_number = pl_number_last(segment->output, &output);
    bool is_right = false;

    (void)scratch;
    for (size_t i = 0; i < segment->references_count; i++) {
        struct pl_number reference;

        if (!pl_number_last(segment->references[i], &reference))
            return pl_error_set(error, PL_E_DATA, "reference %zu has no number: '%.*s'", i + 1,
                                segment->references[i].len > 60 ? 60
                                                                : (int)segment->references[i].len,
                                segment->references[i].ptr);
        is_right |=
            has_number && pl_number_is_near(output.value, reference.value, options->tolerance,
                                            options->tolerance_relative);
    }
    ret_stats[0] = is_right ? 1.0 : 0.0;
    ret_stats[1] = 1.0;
    ret_stats[2] = has_number ? 0.0 : 1.0;
    return PL_OK;
}

const struct pl_text_metric PL_TEXT_NUMERIC = {
    .name = "numeric",
    .help = "1 when the last number of the output is that of a reference, within the tolerance.",
    .options =
        PL_TEXT_OPTION_BIT(PL_TEXT_TOLERANCE) | PL_TEXT_OPTION_BIT(PL_TEXT_TOLERANCE_RELATIVE),
    .scale = 1.0,
    .is_mean = true,
    .needs_reference = true,
    .stats_count = numeric_count,
    .collect = collect_numeric,
    .score = pl_text_mean_score,
    .sign = pl_text_sign_options,
};

/* --- refusal ------------------------------------------------------------------------------------- */

/* Statistics: 1 when it refuses, in full or in part; 1; and 1 when it does in full. */
static size_t refusal_count(const struct pl_text_options *options)
{
    (void)options;
    return 3;
}

static enum pl_status collect_refusal(const struct pl_text_options *options,
                                      const struct pl_text_segment *segment,
                                      struct pl_text_scratch *scratch, double *ret_stats,
                                      struct pl_error *error)
{
    const enum pl_refusal refusal = pl_refusal_find(segment->output).refusal;

    (void)options;
    (void)scratch;
    (void)error;
    ret_stats[0] = refusal == PL_REFUSAL_NONE ? 0.0 : 1.0;
    ret_stats[1] = 1.0;
    ret_stats[2] = refusal == PL_REFUSAL_FULL ? 1.0 : 0.0;
    return PL_OK;
}

const struct pl_text_metric PL_TEXT_REFUSAL = {
    .name = "refusal",
    .help = "1 when the output refuses, in full or in part, by a table of phrases.",
    .scale = 1.0,
    .is_mean = true,
    .stats_count = refusal_count,
    .collect = collect_refusal,
    .score = pl_text_mean_score,
    .sign = pl_text_sign_options,
};
