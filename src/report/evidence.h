/* The evidence on the terminal: every limit of a judgement, with what decides it. */
#ifndef PL_REPORT_EVIDENCE_H
#define PL_REPORT_EVIDENCE_H

#include "judge/judge.h"
#include "report/page.h"

/* Nothing where there are no limits. */
void pl_evidence_page(const struct pl_measured *measured, const struct pl_judgement *judgement,
                      struct pl_page *page);

#endif
