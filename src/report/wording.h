/*
 * The words that all formats share: what a state, a verdict, a slice and a finding are called, and
 * how a case of a limit is said in figures. One place, so that no two formats disagree.
 */
#ifndef PL_REPORT_WORDING_H
#define PL_REPORT_WORDING_H

#include "base/buffer.h"
#include "judge/judge.h"
#include "report/number.h"
#include "report/page.h"
#include "report/report.h"

/* "●", "◐", "✕" and the inks of the states. */
const char *pl_state_glyph(enum pl_state state);
enum pl_ink pl_state_ink(enum pl_state state);

/* The state that a verdict or a kind of reason is shown as. */
enum pl_state pl_state_of_verdict(enum pl_verdict verdict);
enum pl_state pl_state_of_reason(const struct pl_reason *reason);

/* "NO SHIP" */
const char *pl_verdict_title(enum pl_verdict verdict);

/* "Do not ship: 3 of 6 limits are crossed and 1 is unproven." */
void pl_verdict_sentence(const struct pl_gate_result *result, struct pl_buffer *out);

/* "race=Asian × sex=F"; "overall". */
void pl_slice_words(const struct pl_measured *measured, const struct pl_slice *slice,
                    struct pl_buffer *out);

/* "race × sex" */
void pl_crossing_words(const struct pl_measured *measured, const struct pl_crossing *crossing,
                       struct pl_buffer *out);

/* The slice of a case, and what it is compared with: "race=A against race=B". */
void pl_case_words(const struct pl_measured *measured, const struct pl_case *one,
                   struct pl_buffer *out);

/* How the value of a limit is shown: as the measure, as a difference or as a ratio. */
enum pl_figure pl_figure_of_limit(const struct pl_measured *measured,
                                  const struct pl_finding *finding);

/* "at most 10 points": the comparator and its threshold. */
void pl_threshold_words(const struct pl_measured *measured, const struct pl_finding *finding,
                        struct pl_buffer *out);

/* What decides a finding: "race=Asian: 42.3 %  [40.1, 44.6], n 317", or why there are no data. */
void pl_finding_words(const struct pl_measured *measured, const struct pl_finding *finding,
                      struct pl_buffer *out);

/* What is left out besides slices of few decisions: ", or with less than 2 % of those in their segment
   or crossing, and groups of missing values,"; nothing when nothing is. */
void pl_aside_words(const struct pl_measured *measured, struct pl_buffer *out);

/* How many findings are in a state. */
size_t pl_findings_count(const struct pl_judgement *judgement, enum pl_state state);

/* "1 limit", "3 limits" */
void pl_plural_write(struct pl_buffer *out, uint64_t count, const char *one, const char *many);

/* What one can do about the findings and reasons, one sentence each, most pressing first. Calls
   `write` for each; at most `advice_max`. */
typedef void (*pl_advice_write)(struct pl_str advice, void *context);

void pl_advice_each(const struct pl_gate_result *result, size_t advice_max, pl_advice_write write,
                    void *context);

/* How it was measured, in a few sentences: data, confidence, family, seed. */
void pl_method_words(const struct pl_gate_result *result, struct pl_buffer *out);

/* " Decisions that share article_id are not independent: …", where data.group says so. */
void pl_groups_words(const struct pl_measured *measured, struct pl_buffer *out);

/* Whether some decisions lack one, where others or a column of the line could have it. */
bool pl_cells_lack_labels(const struct pl_cells *cells);
bool pl_cells_lack_predictions(const struct pl_cells *cells);

/* Of a ranking: " in 400 queries, 12 of them left out: no item is relevant"; else nothing. */
void pl_queries_words(const struct pl_measured *measured, struct pl_buffer *out);

/* "4 files, 12,345,678 bytes, BLAKE2b 1a2b3c4d" */
void pl_data_words(const struct pl_data_print *data, struct pl_buffer *out);

#endif
