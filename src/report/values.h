/*
 * The JSON of what measures and judgements are made of: estimates, slices, cases, findings. The
 * gate, the audit and the record are written with these, so that one thing has one shape
 * everywhere. The shapes are those of docs/reference/gate.schema.json.
 */
#ifndef PL_REPORT_VALUES_H
#define PL_REPORT_VALUES_H

#include "base/json.h"
#include "report/report.h"

/* {"race": "Asian", "sex": "F"}; {} overall. */
void pl_json_slice(struct pl_json *json, const struct pl_measured *measured,
                   const struct pl_slice *slice);

/* The members of an estimate, inside an open object: value, low, high, n, status, and reason. */
void pl_json_estimate_members(struct pl_json *json, const struct pl_estimate *estimate);

/* The same as an object of its own, the member `key`. */
void pl_json_member_estimate(struct pl_json *json, const char *key,
                             const struct pl_estimate *estimate);

/* "measures": {name: {estimate}} */
void pl_json_measures(struct pl_json *json, const struct pl_measured *measured,
                      const struct pl_slice *slice);

/* "overall": {…} and "slices": […] with their keys. */
void pl_json_overall(struct pl_json *json, const struct pl_measured *measured);
void pl_json_slices(struct pl_json *json, const struct pl_measured *measured);

/* "slices": […] and "slices_omitted", with their keys: as many slices as take `size_bytes_left`, those
   of one segment before crossings, and the number of the others. */
void pl_json_slices_within(struct pl_json *json, const struct pl_measured *measured,
                           size_t size_bytes_left);

/* "reasons": […] with its key, at most `max` of them. */
void pl_json_reasons(struct pl_json *json, const struct pl_judgement *judgement, size_t max);

/* One finding with at most so many of its cases, worst first; 0: the deciding one only. */
void pl_json_finding(struct pl_json *json, const struct pl_measured *measured,
                     const struct pl_finding *finding, size_t cases_max);

/* A gate as docs/reference/gate-json.md has it, with at most so many cases of each finding. */
void pl_json_gate(struct pl_json *json, const struct pl_gate_result *result, size_t cases_max);

/* "data": {…} with its key. */
void pl_json_data(struct pl_json *json, const struct pl_measured *measured,
                  const struct pl_data_print *data);

/* The measure here and in the baseline, as members "here", "there" and "method". */
void pl_json_sides(struct pl_json *json, const struct pl_sides *sides);

/* A baseline as an object: what was read, and how its decisions were matched. */
void pl_json_against(struct pl_json *json, const struct pl_against *against,
                     const struct pl_data_print *data);

#endif
