/* What is shown of suites of evals: one or several, each with the run that it is judged by. */
#ifndef PL_REPORT_EVALS_H
#define PL_REPORT_EVALS_H

#include "base/json.h"
#include "eval/judged.h"
#include "report/page.h"

/* All that `plimsoll eval` has to say. Nothing is owned. */
struct pl_evals_result {
    const struct pl_line *line; /* the whole line */
    const char *line_hash;
    struct pl_suite_judged *const *suites;
    size_t suites_count;
    const char *version;
    uint64_t ledger_block;
    const char *ledger_hash; /* NULL: not on the record */
    double elapsed_seconds;
};

typedef void (*pl_evals_write)(const struct pl_evals_result *result, struct pl_style style,
                               struct pl_buffer *out);

/* The writers. pl_buffer_check says afterwards whether everything fitted. */
void pl_evals_text(const struct pl_evals_result *result, struct pl_style style,
                   struct pl_buffer *out);
void pl_evals_json(const struct pl_evals_result *result, struct pl_style style,
                   struct pl_buffer *out);

void pl_evals_markdown(const struct pl_evals_result *result, struct pl_style style,
                       struct pl_buffer *out);
void pl_evals_junit(const struct pl_evals_result *result, struct pl_style style,
                    struct pl_buffer *out);
void pl_evals_sarif(const struct pl_evals_result *result, struct pl_style style,
                    struct pl_buffer *out);
void pl_evals_csv(const struct pl_evals_result *result, struct pl_style style,
                  struct pl_buffer *out);

/* One suite as an object: run, counts, measures, findings, shortfalls. */
void pl_json_suite(struct pl_json *json, const struct pl_suite_judged *judged, size_t cases_max);

/* The body of the ledger's record of a run: without slices, and of each finding the case that decides. */
void pl_json_suite_record(struct pl_json *json, const struct pl_suite_judged *judged,
                          const char *line_hash);

/* One suite on the page, without its method; in brief without its reasons and measures. */
void pl_suite_page(const struct pl_suite_judged *judged, struct pl_page *page);
void pl_suite_brief(const struct pl_suite_judged *judged, struct pl_page *page);

/* Of a suite that is attacked: detection and over-blocking by every segment. Nothing of other suites. */
void pl_attacks_page(const struct pl_suite_judged *judged, struct pl_page *page);

/* "clear", "unproven" or "breach": the worst of all suites. */
enum pl_state pl_evals_state(const struct pl_evals_result *result);

/* Whether the suites pass: nothing is crossed, and what is unproven is allowed by `evidence.unproven`. */
bool pl_evals_pass(const struct pl_evals_result *result);

#endif
