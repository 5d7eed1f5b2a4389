/* What a fit of a cascade found, on a page and as JSON; the JSON is the file that a server reads,
 * too. */
#ifndef PL_REPORT_CASCADE_H
#define PL_REPORT_CASCADE_H

#include "cascade/fit.h"
#include "report/report.h"

/* All that there is to say. Nothing is owned. */
struct pl_cascade_result {
    const struct pl_cascade_fit *fit;
    struct pl_str feature;   /* empty: no line was read */
    struct pl_str from;      /* "logprobs" */
    struct pl_str signal;    /* "margin"; empty for others than logprobs */
    const char *line_hash;   /* of the line's bytes, lower-case hex; NULL: no line */
    struct pl_str data_file; /* as it was given */
    struct pl_data_print data;
    const char *output;    /* where the fit is written; NULL: it is not */
    const char *from_line; /* the same, as the line would call it */
    size_t rules_unread;   /* of the line: their columns are not in the data */
    const char *version;
};

typedef void (*pl_cascade_write)(const struct pl_cascade_result *result, struct pl_style style,
                                 struct pl_buffer *out);

void pl_cascade_text(const struct pl_cascade_result *result, struct pl_style style,
                     struct pl_buffer *out);
void pl_cascade_json(const struct pl_cascade_result *result, struct pl_style style,
                     struct pl_buffer *out);
void pl_cascade_markdown(const struct pl_cascade_result *result, struct pl_style style,
                         struct pl_buffer *out);

/* The name of a tier's model. */
struct pl_str pl_cascade_model(const struct pl_cascade_fit *fit, size_t tier);

/* "binomial", "hoeffding_bentkus", "wager": how the bound was tested. */
const char *pl_cascade_test_name(const struct pl_cascade_fit *fit);

/* "`small` alone", "the rule `length < 200` to `small`", "a mixture: 40.0 % `large`, else `small`".
 */
void pl_baseline_words(const struct pl_cascade_fit *fit, const struct pl_cascade_baseline *baseline,
                       struct pl_buffer *out);

/* An amount, and what a request costs, to three digits, which are as many as anybody knows: "8.16 [7.79,
   8.53]". */
void pl_cascade_amount(double amount, struct pl_buffer *out);
void pl_cascade_cost(const struct pl_estimate *cost, struct pl_buffer *out);

/* "Deliver `small` from 0.87 on, else ask `large`." or that nothing can be shown to keep the bound.
 */
void pl_cascade_verdict(const struct pl_cascade_fit *fit, struct pl_buffer *out);

/* Everything else that was found, a sentence or a few each: what is promised, what it costs,
 * whether it pays. */
typedef void (*pl_cascade_note)(struct pl_str note, void *context);
void pl_cascade_notes(const struct pl_cascade_result *result, pl_cascade_note write, void *context);

/* How it was found, and from which data. */
void pl_cascade_method(const struct pl_cascade_result *result, struct pl_buffer *out);

#endif
