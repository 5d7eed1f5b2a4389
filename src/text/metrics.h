/*
 * The rows of the table of metrics, each defined in the file of its family, and what they share.
 */
#ifndef PL_TEXT_METRICS_H
#define PL_TEXT_METRICS_H

#include "text/metric.h"

extern const struct pl_text_metric PL_TEXT_BLEU;
extern const struct pl_text_metric PL_TEXT_CHRF;
extern const struct pl_text_metric PL_TEXT_CHRF_WORDS;
extern const struct pl_text_metric PL_TEXT_TER;
extern const struct pl_text_metric PL_TEXT_GLEU;
extern const struct pl_text_metric PL_TEXT_ROUGE_1;
extern const struct pl_text_metric PL_TEXT_ROUGE_2;
extern const struct pl_text_metric PL_TEXT_ROUGE_L;
extern const struct pl_text_metric PL_TEXT_ROUGE_LSUM;
extern const struct pl_text_metric PL_TEXT_EDIT_SIMILARITY;
extern const struct pl_text_metric PL_TEXT_TOKEN_F1;
extern const struct pl_text_metric PL_TEXT_SQUAD_EXACT;
extern const struct pl_text_metric PL_TEXT_EXACT;
extern const struct pl_text_metric PL_TEXT_NORMALISED_EXACT;
extern const struct pl_text_metric PL_TEXT_CONTAINS;
extern const struct pl_text_metric PL_TEXT_CONTAINS_ALL;
extern const struct pl_text_metric PL_TEXT_ONE_OF;
extern const struct pl_text_metric PL_TEXT_NUMERIC;
extern const struct pl_text_metric PL_TEXT_REFUSAL;
extern const struct pl_text_metric PL_TEXT_LENGTH_CHARACTERS;
extern const struct pl_text_metric PL_TEXT_LENGTH_WORDS;

/* The signature that sacrebleu gives figures computed by its rules. */
#define PL_SACREBLEU_VERSION "2.6.0"

#define PL_TEXT_OPTION_BIT(id) (1u << (id))

/* For metrics that are a mean: the statistics are {value, 1}. */
size_t pl_text_mean_count(const struct pl_text_options *options);
double pl_text_mean_score(const struct pl_text_options *options, const double *stats);

/* "nrefs:1", or "nrefs:var". */
void pl_text_sign_references(size_t references_count, struct pl_buffer *buffer);

/* "name|nrefs:1|option:value|…|version:plimsoll-1" with every option of the row. */
void pl_text_sign_options(const struct pl_text_metric *metric,
                          const struct pl_text_options *options, size_t references_count,
                          struct pl_buffer *buffer);

#endif
