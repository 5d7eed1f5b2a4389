/*
 * The table of text metrics, and a scorer: a metric with its options. A segment (an output and its
 * references) becomes a fixed array of sums, its statistics; the score of any set of segments is a
 * function of the sums over them. So a corpus of a million outputs needs one pass, and a bootstrap
 * adds arrays instead of reading text again.
 *
 * A scorer is constant once set up and may be shared by threads; each thread has a scratch of its own.
 */
#ifndef PL_TEXT_METRIC_H
#define PL_TEXT_METRIC_H

#include "base/buffer.h"
#include "text/options.h"
#include "text/scratch.h"

#define PL_TEXT_STATS_MAX      64
#define PL_TEXT_REFERENCES_MAX 1024

/* What a segment is made of. Text is UTF-8; a byte sequence that is not counts as U+FFFD, by the
   rule of text/unicode.h. */
struct pl_text_segment {
    struct pl_str output;
    const struct pl_str *references;
    size_t references_count;
};

struct pl_text_metric {
    const char *name;  /* as in the line: "bleu", "rouge_l" */
    const char *help;  /* one sentence */
    uint32_t options;  /* bits 1u << enum pl_text_option_id */
    double scale;      /* the best value is 100 or 1; of an error rate or a count, the unit */
    bool lower_better; /* TER */
    bool is_mean;      /* the figure of many segments is the mean of theirs; otherwise it is not */
    bool needs_reference;
    void (*prepare)(struct pl_text_options *options); /* defaults of its own; NULL for none */

    /* How many statistics a segment has, at most PL_TEXT_STATS_MAX. */
    size_t (*stats_count)(const struct pl_text_options *options);
    enum pl_status (*collect)(const struct pl_text_options *options,
                              const struct pl_text_segment *segment,
                              struct pl_text_scratch *scratch, double *ret_stats,
                              struct pl_error *error);
    double (*score)(const struct pl_text_options *options, const double *stats);
    /* Adds "name|key:value|…"; `references_count` 0 stands for a varying number. */
    void (*sign)(const struct pl_text_metric *metric, const struct pl_text_options *options,
                 size_t references_count, struct pl_buffer *buffer);
};

/* Ends with NULL. */
extern const struct pl_text_metric *const PL_TEXT_METRICS[];

/* NULL when there is none of that name. */
const struct pl_text_metric *pl_text_metric_find(struct pl_str name);

struct pl_text_scorer {
    const struct pl_text_metric *metric;
    struct pl_text_options options;
    size_t stats_count; /* valid after pl_text_scorer_check */
};

/* The metric of that name with its defaults; PL_E_USAGE, with the nearest name, when there is none. */
PL_MUST_CHECK enum pl_status pl_text_scorer_init(struct pl_text_scorer *scorer, struct pl_str name,
                                                 struct pl_error *error);

/* One option from its text; PL_E_USAGE for an option the metric does not have or a value out of
   bounds. */
PL_MUST_CHECK enum pl_status pl_text_scorer_set(struct pl_text_scorer *scorer, struct pl_str name,
                                                struct pl_str value, struct pl_error *error);

/* To be called once, after the last option: PL_E_UNSUPPORTED for a tokeniser that needs a model. */
PL_MUST_CHECK enum pl_status pl_text_scorer_check(struct pl_text_scorer *scorer,
                                                  struct pl_error *error);

/*
 * The statistics of one segment into ret_stats[0 .. stats_count). PL_E_DATA without a reference where
 * the metric needs one, PL_E_LIMIT for a text over the scratch's bound. The scratch is reset.
 */
PL_MUST_CHECK enum pl_status pl_text_scorer_collect(const struct pl_text_scorer *scorer,
                                                    const struct pl_text_segment *segment,
                                                    struct pl_text_scratch *scratch,
                                                    double *ret_stats, struct pl_error *error);

/* The score of the sums over one segment or more; finite. */
double pl_text_scorer_score(const struct pl_text_scorer *scorer, const double *stats);

/*
 * The signature: what must be equal for two figures to be comparable, "BLEU|nrefs:1|case:mixed|…".
 * After the first bar it is sacrebleu's own signature for BLEU, chrF and TER. `references_count` 0
 * stands for a number that varies between segments.
 */
void pl_text_scorer_sign(const struct pl_text_scorer *scorer, size_t references_count,
                         struct pl_buffer *buffer);

#endif
