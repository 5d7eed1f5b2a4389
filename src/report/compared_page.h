/* What the repeats of a run say, and a run beside another, on the terminal. */
#ifndef PL_REPORT_COMPARED_PAGE_H
#define PL_REPORT_COMPARED_PAGE_H

#include "eval/agreement.h"
#include "eval/compare.h"
#include "report/page.h"

/* How far judges and people agree; nothing where no judge has people's verdicts. */
void pl_judges_page(const struct pl_judge_agreements *judges, struct pl_page *page);

/* Nothing where nothing was repeated. */
void pl_repeats_page(const struct pl_repeats *repeats, struct pl_page *page);

/* NULL: nothing. */
void pl_comparison_page(const struct pl_comparison *comparison, struct pl_page *page);

#endif
