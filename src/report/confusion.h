/* Confusion matrices on a page, in Markdown and as JSON. NULL where a task has none is allowed. */
#ifndef PL_REPORT_CONFUSION_H
#define PL_REPORT_CONFUSION_H

#include "base/json.h"
#include "measure/confusions.h"
#include "report/page.h"

/*
 * A section: the matrix of all decisions, or, where there are more classes than fit beside each other,
 * the most frequent confusions; of a multilabel task the classes with most errors.
 */
void pl_confusions_page(const struct pl_confusions *confusions, struct pl_page *page);
void pl_confusions_markdown(const struct pl_confusions *confusions, struct pl_buffer *out);

/* "confusion": {…} with its key. */
void pl_json_confusions(struct pl_json *json, const struct pl_confusions *confusions,
                        const struct pl_measured *measured);

#endif
