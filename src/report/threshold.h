/* What a search for thresholds found, on a page and as JSON. The sentences of both are the same. */
#ifndef PL_REPORT_THRESHOLD_H
#define PL_REPORT_THRESHOLD_H

#include "report/report.h"
#include "threshold/threshold.h"

/* All that there is to say. Nothing is owned. */
struct pl_threshold_result {
    const struct pl_thresholds *thresholds;
    const char *line_hash; /* of the line's bytes, lower-case hex */
    struct pl_data_print data;
    const char *version;
    double elapsed_seconds; /* not in the JSON */
};

typedef void (*pl_threshold_write)(const struct pl_threshold_result *result, struct pl_style style,
                                   struct pl_buffer *out);

void pl_threshold_text(const struct pl_threshold_result *result, struct pl_style style,
                       struct pl_buffer *out);
void pl_threshold_json(const struct pl_threshold_result *result, struct pl_style style,
                       struct pl_buffer *out);
void pl_threshold_markdown(const struct pl_threshold_result *result, struct pl_style style,
                           struct pl_buffer *out);

/* "present", "one for all", "by race". */
void pl_choice_words(const struct pl_thresholds *thresholds, enum pl_choice_kind kind,
                     struct pl_buffer *out);

/* "5"; "nobody" for the threshold that lets nobody pass. */
void pl_threshold_words_of(double threshold, struct pl_buffer *out);

/* "A false positive costs 1 and a false negative 5, …": whole sentences. */
void pl_threshold_costs(const struct pl_costs *costs, struct pl_buffer *out);

/* Decisions of any label. */
uint64_t pl_flips_sum(const uint64_t counts[3]);

/* What was found, a sentence or a few each: what moving would do, whether limits are kept, what it is
   worth on decisions held out, and what group thresholds mean in law. Calls `write` for each. */
typedef void (*pl_note_write)(struct pl_str note, void *context);

void pl_threshold_notes(const struct pl_thresholds *thresholds, pl_note_write write, void *context);

/* How it was found, and from which data. */
void pl_threshold_method(const struct pl_threshold_result *result, struct pl_buffer *out);

#endif
