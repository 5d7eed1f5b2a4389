/*
 * Calibration on a page, as Markdown and as JSON: what was predicted beside what came true, for all
 * decisions and every slice, and the worst slice of all.
 */
#ifndef PL_REPORT_CALIBRATION_H
#define PL_REPORT_CALIBRATION_H

#include "base/json.h"
#include "measure/reliability.h"
#include "report/report.h"

void pl_calibration_page(const struct pl_reliabilities *reliabilities,
                         const struct pl_measured *measured, struct pl_page *page);

void pl_calibration_markdown(const struct pl_reliabilities *reliabilities,
                             const struct pl_measured *measured, struct pl_buffer *out);

/* "calibration": {…} with its key. */
void pl_json_calibration(struct pl_json *json, const struct pl_reliabilities *reliabilities,
                         const struct pl_measured *measured);

#endif
