/*
 * The report: one HTML file that holds the gate's JSON, the cells behind it, and the script and style
 * that draw them. It asks the network for nothing. Other documents are drawn by the same page.
 */
#ifndef PL_REPORT_HTML_H
#define PL_REPORT_HTML_H

#include "base/arena.h"
#include "fairness/fairness.h"
#include "measure/confusions.h"
#include "measure/quality.h"
#include "report/report.h"

/* What the report shows besides the verdict. Every pointer may be NULL, and then its part is left out. */
struct pl_html_extras {
    const struct pl_fairness *fairness;
    const struct pl_measured *compared; /* what fairness was found in */
    size_t groupings_left_out;          /* with too many groups to compare */
    const struct pl_confusions *confusions;
    const struct pl_measured *classes; /* overall measures of single classes */
    const struct pl_quality *quality;
};

struct pl_html_request {
    const struct pl_gate_result *result;
    const struct pl_html_extras *extras; /* NULL: none */
    size_t runs_max;                     /* scores in the page: PL_CELLS_JSON_RUNS_MAX */
};

/* Writes the page. Scratch memory is taken from `arena`. */
PL_MUST_CHECK enum pl_status pl_gate_html(const struct pl_html_request *request,
                                          struct pl_arena *arena, struct pl_buffer *out,
                                          struct pl_error *error);

/* A page of the web bundle, which draws what it finds in it. Both texts are HTML of ours. */
struct pl_html_page {
    const char *title;          /* until the script has a better one */
    const char *without_script; /* what to do where scripts are off */
};

/* Writes the page around `json`, which lies in it as pl_html_add_json writes it. */
void pl_html_page(const struct pl_html_page *page, struct pl_str json, struct pl_buffer *out);

/* As what the page shows a measure: "percent", "points" or "number". */
const char *pl_html_figure(struct pl_str measure);

/*
 * Adds JSON so that it can stand inside <script type="application/json">: `<`, `>`, `&`, the line ends
 * U+2028 and U+2029 and all marks of direction become escapes, which JSON reads back as the same text.
 */
void pl_html_add_json(struct pl_buffer *out, struct pl_str json);

#endif
