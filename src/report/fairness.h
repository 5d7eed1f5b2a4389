/*
 * The definitions of fairness side by side, on a page, as Markdown and as JSON. The sentences are
 * shared by all formats.
 */
#ifndef PL_REPORT_FAIRNESS_H
#define PL_REPORT_FAIRNESS_H

#include "base/json.h"
#include "fairness/fairness.h"
#include "report/number.h"
#include "report/report.h"

/* "Against race=Caucasian, the largest group": what a form compares. */
void pl_fairness_form_words(const struct pl_measured *measured,
                            const struct pl_fairness_grouping *grouping, enum pl_fairness_form form,
                            struct pl_buffer *out);

/* "5 groups are compared; too small: Native American (18)." */
void pl_fairness_groups_words(const struct pl_measured *measured,
                              const struct pl_fairness_grouping *grouping, struct pl_buffer *out);

/* "African-American × Female": the group's names alone; "overall". */
void pl_fairness_group_words(const struct pl_measured *measured, const struct pl_slice *slice,
                             struct pl_buffer *out);

/* Differential fairness and the indices of inequality, a sentence each; nothing without them. */
void pl_fairness_differential_words(const struct pl_fairness_grouping *grouping,
                                    struct pl_buffer *out);
void pl_fairness_inequality_words(const struct pl_fairness_grouping *grouping,
                                  struct pl_buffer *out);

/* The sentences on predictive parity with equal error rates, and on demographic parity with
   equalized odds. */
void pl_fairness_errors_words(const struct pl_fairness_grouping *grouping, struct pl_buffer *out);
void pl_fairness_selection_words(const struct pl_fairness_grouping *grouping,
                                 struct pl_buffer *out);

/* How the difference of a definition is shown. */
enum pl_figure pl_fairness_figure(const struct pl_fairness_definition *definition);

/* Sections of the page, of the Markdown, and "fairness": {…} with its key. */
void pl_fairness_page(const struct pl_fairness *fairness, const struct pl_measured *measured,
                      struct pl_page *page);
void pl_fairness_markdown(const struct pl_fairness *fairness, const struct pl_measured *measured,
                          struct pl_buffer *out);
void pl_json_fairness(struct pl_json *json, const struct pl_fairness *fairness,
                      const struct pl_measured *measured);

#endif
