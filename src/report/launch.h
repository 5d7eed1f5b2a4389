/*
 * A launch by slice in words: the summary in one sentence, and the cells of its table. Every format says
 * the same.
 */
#ifndef PL_REPORT_LAUNCH_H
#define PL_REPORT_LAUNCH_H

#include "base/json.h"
#include "report/page.h"
#include "report/report.h"

/* The columns of the table, in their order. */
enum pl_launch_column {
    PL_LAUNCH_SLICE,
    PL_LAUNCH_N,
    PL_LAUNCH_VERDICT,
    PL_LAUNCH_DECIDED_BY,
    PL_LAUNCH_VALUE,
    PL_LAUNCH_INTERVAL,
    PL_LAUNCH_TO_SETTLE,
};
#define PL_LAUNCH_COLUMNS_COUNT 7

/* "Decided by"; whether it holds figures. */
struct pl_launch_title {
    const char *text;
    bool right;
};
extern const struct pl_launch_title PL_LAUNCH_TITLES[PL_LAUNCH_COLUMNS_COUNT];

/* What stands in a cell. */
void pl_launch_cell(const struct pl_launch *launch, const struct pl_launch_slice *slice,
                    enum pl_launch_column column, struct pl_buffer *out);

/* "Launch by language" */
void pl_launch_heading(const struct pl_launch *launch, struct pl_buffer *out);

/* "Ship in en and es; hold in hi (accuracy 76.0 %, must be at least 85.0 %; about 420 more labelled
   decisions would settle it)." */
void pl_launch_sentence(const struct pl_launch *launch, struct pl_buffer *out);

/* Whose verdict lets the gate pass, where that is not the one above it; else nothing. */
void pl_launch_passing(const struct pl_gate_result *result, struct pl_buffer *out);

/* How the level is divided among the slices. */
void pl_launch_method(const struct pl_launch *launch, struct pl_buffer *out);

/* The state that a slice is shown in. */
enum pl_state pl_launch_state(const struct pl_launch_slice *slice);

/* The heading and the table, on a page. */
void pl_launch_page(const struct pl_launch *launch, struct pl_page *page);

/* How much of a launch is written: all for the report, the most that fits for the record. */
struct pl_launch_extent {
    size_t slices_max;
    bool with_findings;
};

/* "slice": …, and "launch": {…}, with their keys; nothing when the line has no launch. */
void pl_json_launch(struct pl_json *json, const struct pl_gate_result *result,
                    struct pl_launch_extent extent);

#endif
