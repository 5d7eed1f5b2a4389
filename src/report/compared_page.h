/* What the repeats of a run say, and a run beside another, on the terminal. */
#ifndef PL_REPORT_COMPARED_PAGE_H
#define PL_REPORT_COMPARED_PAGE_H

#include "eval/compare.h"
#include "report/page.h"

/* Nothing where nothing was repeated. */
void pl_repeats_page(const struct pl_repeats *repeats, struct pl_page *page);

/* NULL: nothing. */
void pl_comparison_page(const struct pl_comparison *comparison, struct pl_page *page);

#endif
