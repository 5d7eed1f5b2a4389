/*
 * What a subgroup search found, on a page and as JSON. The words of both are shared with Markdown.
 */
#ifndef PL_REPORT_SEARCH_H
#define PL_REPORT_SEARCH_H

#include "base/json.h"
#include "report/report.h"
#include "search/search.h"

/* A section of the page of an audit: heading, how much was searched, and the slices found. */
void pl_search_page(const struct pl_search *search, const struct pl_measured *measured,
                    struct pl_page *page);

/* "search": {…} with its key. */
void pl_json_search(struct pl_json *json, const struct pl_search *search,
                    const struct pl_measured *measured);

/* "Worst slices by error_rate" */
void pl_search_title(const struct pl_search *search, struct pl_buffer *out);

/* What was searched, how much was found, and, when it was not all, how much better the rest could
   be; a few sentences. */
void pl_search_summary(const struct pl_search *search, struct pl_buffer *out);

/* "error_rate is 16.0 % against 10.3 % overall: …", without the slice's name. */
void pl_search_words(const struct pl_search *search, const struct pl_search_found *found,
                     struct pl_buffer *out);

/* "41 folded: race=B (not worse outside this slice), … and 38 more"; empty when none is. */
void pl_search_folded_words(const struct pl_measured *measured, const struct pl_search_found *found,
                            struct pl_buffer *out);

#endif
