/*
 * The JSON of estimates, slices and findings. A bound that does not exist is null and sets
 * "unbounded"; a value that does not exist is null and has a "reason".
 */
#include "report/values.h"

#include "measure/against.h"
#include "measure/clusters.h"
#include "measure/impact.h"
#include "measure/metrics.h"
#include "report/mix.h"

#include <math.h>

static const char *const REASON_KINDS[] = {
    [PL_REASON_BREACH] = "breach",   [PL_REASON_UNPROVEN] = "unproven", [PL_REASON_SMALL] = "small",
    [PL_REASON_MISSING] = "missing", [PL_REASON_NEED] = "need",         [PL_REASON_RISK] = "risk",
    [PL_REASON_CLEAR] = "clear",
};

static void member_null(struct pl_json *json, const char *key)
{
    pl_json_key(json, key);
    pl_json_null(json);
}

void pl_json_slice(struct pl_json *json, const struct pl_measured *measured,
                   const struct pl_slice *slice)
{
    const uint32_t count = slice->crossing == NULL ? 0 : slice->crossing->count;

    pl_json_open_object(json);
    for (uint32_t i = 0; i < count; i++) {
        pl_json_key_str(json, pl_slice_segment(measured, slice, i));
        pl_json_str(json, pl_slice_group(measured, slice, i));
    }
    pl_json_close_object(json);
}

/* value, low and high, and whether a bound is missing because there is none. */
static void interval_members(struct pl_json *json, double value, double low, double high)
{
    pl_json_member_double(json, "value", value);
    pl_json_member_double(json, "low", low);
    pl_json_member_double(json, "high", high);
    if (!isfinite(low) || !isfinite(high))
        pl_json_member_bool(json, "unbounded", true);
}

static void no_interval_members(struct pl_json *json)
{
    member_null(json, "value");
    member_null(json, "low");
    member_null(json, "high");
}

void pl_json_estimate_members(struct pl_json *json, const struct pl_estimate *estimate)
{
    const bool defined = estimate->status != PL_ESTIMATE_UNDEFINED;

    if (defined)
        interval_members(json, estimate->value, estimate->low, estimate->high);
    else
        no_interval_members(json);
    pl_json_member_uint64(json, "n", estimate->n);
    pl_json_member_text(json, "status", pl_estimate_status_name(estimate->status));
    if (!defined)
        pl_json_member_text(json, "reason", pl_undefined_text(estimate->reason));
}

void pl_json_member_estimate(struct pl_json *json, const char *key,
                             const struct pl_estimate *estimate)
{
    pl_json_key(json, key);
    pl_json_open_object(json);
    pl_json_estimate_members(json, estimate);
    pl_json_close_object(json);
}

/* Of the test that goes with the measure, where there is one. */
static void write_p_value(struct pl_json *json, const struct pl_metric *metric,
                          const struct pl_slice *slice, size_t i)
{
    if (metric->row == NULL || metric->row->p_value == NULL || slice->stats[i].kind == PL_STAT_NONE)
        return;
    pl_json_member_double(json, "p_value", metric->row->p_value(&slice->stats[i]));
}

/* What the interval would be if decisions that belong together were independent. */
static void write_ungrouped(struct pl_json *json, const struct pl_measured *measured,
                            const struct pl_slice *slice, size_t i)
{
    if (slice->alone == NULL)
        return;

    const struct pl_estimate estimate = pl_slice_ungrouped(measured, slice, i);

    pl_json_key(json, "ungrouped");
    pl_json_open_object(json);
    if (estimate.status == PL_ESTIMATE_UNDEFINED) {
        member_null(json, "low");
        member_null(json, "high");
    } else {
        pl_json_member_double(json, "low", estimate.low);
        pl_json_member_double(json, "high", estimate.high);
    }
    pl_json_close_object(json);
}

void pl_json_measures(struct pl_json *json, const struct pl_measured *measured,
                      const struct pl_slice *slice)
{
    pl_json_key(json, "measures");
    pl_json_open_object(json);
    for (size_t i = 0; i < measured->metrics_count; i++) {
        pl_json_key_str(json, measured->metrics[i].name);
        pl_json_open_object(json);
        pl_json_estimate_members(json, &slice->estimates[i]);
        write_ungrouped(json, measured, slice, i);
        write_p_value(json, &measured->metrics[i], slice, i);
        pl_json_close_object(json);
    }
    pl_json_close_object(json);
}

/* Groups of decisions that belong together; of a ranking in how many queries the slice has items, and
   which of those say nothing. */
static void write_sample(struct pl_json *json, const struct pl_measured *measured,
                         const struct pl_slice *slice)
{
    if (slice->alone != NULL)
        pl_json_member_uint64(json, "groups", slice->clusters);
    if (measured->cells->task != PL_TASK_RANKING)
        return;
    pl_json_member_uint64(json, "queries", slice->queries);
    pl_json_member_uint64(json, "queries_without_relevant", slice->irrelevant);
}

void pl_json_overall(struct pl_json *json, const struct pl_measured *measured)
{
    pl_json_key(json, "overall");
    pl_json_open_object(json);
    pl_json_member_uint64(json, "n", measured->overall.n);
    write_sample(json, measured, &measured->overall);
    pl_json_measures(json, measured, &measured->overall);
    pl_json_close_object(json);
}

/* "impact_ratios": {"selection_rate": 0.8}, of the measures that have one. */
static void write_impacts(struct pl_json *json, const struct pl_measured *measured,
                          const struct pl_slice *slice)
{
    if (slice->impacts == NULL)
        return;
    pl_json_key(json, "impact_ratios");
    pl_json_open_object(json);
    for (size_t i = 0; i < measured->metrics_count; i++) {
        double ratio = 0.0;

        if (!pl_metric_has_impact(&measured->metrics[i]))
            continue;
        pl_json_key_str(json, measured->metrics[i].name);
        if (pl_slice_impact(slice, i, &ratio))
            pl_json_double(json, ratio);
        else
            pl_json_null(json);
    }
    pl_json_close_object(json);
}

static void write_slice(struct pl_json *json, const struct pl_measured *measured,
                        const struct pl_slice *slice)
{
    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_json_slice(json, measured, slice);
    pl_json_member_uint64(json, "n", slice->n);
    write_sample(json, measured, slice);
    pl_json_member_uint64(json, "unlabelled", slice->unlabelled);
    pl_json_member_bool(json, "too_small", slice->too_small);
    if (slice->too_small)
        pl_json_member_text(json, "aside", pl_aside_name(slice->aside));
    pl_json_measures(json, measured, slice);
    write_impacts(json, measured, slice);
    pl_json_close_object(json);
}

void pl_json_slices(struct pl_json *json, const struct pl_measured *measured)
{
    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t g = 0; g < measured->groupings_count; g++)
        for (size_t s = 0; s < measured->groupings[g].slices_count; s++)
            write_slice(json, measured, &measured->groupings[g].slices[s]);
    pl_json_close_array(json);
}

/* A run of slices that is cut once it would be too long. */
struct cut {
    struct pl_buffer text; /* of one slice */
    size_t size_bytes_left;
    uint64_t omitted;
};

static void write_if_room(struct pl_json *json, const struct pl_measured *measured,
                          const struct pl_slice *slice, struct cut *cut)
{
    struct pl_json one;

    if (cut->omitted == 0) {
        pl_buffer_reset(&cut->text);
        pl_json_init(&one, &cut->text, false);
        write_slice(&one, measured, slice);
    }
    if (cut->omitted > 0 || cut->text.failed != PL_OK || cut->text.len >= cut->size_bytes_left) {
        cut->omitted++;
        return;
    }
    cut->size_bytes_left -= cut->text.len + 1; /* and a comma */
    pl_json_raw(json, pl_buffer_view(&cut->text));
}

void pl_json_slices_within(struct pl_json *json, const struct pl_measured *measured,
                           size_t size_bytes_left)
{
    struct cut cut = {.size_bytes_left = size_bytes_left};

    pl_buffer_init(&cut.text, size_bytes_left + 1);
    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (uint32_t depth = 1; depth <= PL_CROSSING_MAX; depth++)
        for (size_t g = 0; g < measured->groupings_count; g++)
            for (size_t s = 0; s < measured->groupings[g].slices_count; s++)
                if (measured->groupings[g].crossing.count == depth)
                    write_if_room(json, measured, &measured->groupings[g].slices[s], &cut);
    pl_json_close_array(json);
    pl_json_member_uint64(json, "slices_omitted", cut.omitted);
    pl_buffer_deinit(&cut.text);
}

static const char *case_status(const struct pl_case *one)
{
    if (!one->judged)
        return pl_estimate_status_name(PL_ESTIMATE_TOO_SMALL);
    return pl_estimate_status_name(one->reason == PL_DEFINED ? PL_ESTIMATE_OK
                                                             : PL_ESTIMATE_UNDEFINED);
}

/* One side of a comparison with a baseline: a value, or why there is none. */
static void write_side(struct pl_json *json, const char *key, const struct pl_stat *stat)
{
    pl_json_key(json, key);
    pl_json_open_object(json);
    if (stat->kind == PL_STAT_NONE)
        member_null(json, "value");
    else
        pl_json_member_double(json, "value", stat->value);
    pl_json_member_uint64(json, "n", stat->n);
    if (stat->kind == PL_STAT_NONE)
        pl_json_member_text(json, "reason", pl_undefined_text(stat->reason));
    pl_json_close_object(json);
}

void pl_json_sides(struct pl_json *json, const struct pl_sides *sides)
{
    write_side(json, "here", &sides->here);
    write_side(json, "there", &sides->there);
    pl_json_member_text(json, "method", pl_sides_method_name(sides->method));
}

static void case_members(struct pl_json *json, const struct pl_measured *measured,
                         const struct pl_case *one)
{
    pl_json_member_text(json, "state", pl_state_name(one->state));
    pl_json_key(json, "slice");
    pl_json_slice(json, measured, one->slice);
    pl_json_key(json, "against");
    if (one->against == NULL)
        pl_json_null(json);
    else
        pl_json_slice(json, measured, one->against);
    if (one->reason == PL_DEFINED)
        interval_members(json, one->value, one->low, one->high);
    else
        no_interval_members(json);
    if (one->sides != NULL)
        pl_json_sides(json, one->sides);
    pl_json_member_uint64(json, "n", one->n);
    pl_json_member_uint64(json, "needed", one->needed);
    if (one->needed_in_both)
        pl_json_member_bool(json, "needed_in_both", true);
    pl_json_member_text(json, "status", case_status(one));
    if (one->reason != PL_DEFINED)
        pl_json_member_text(json, "reason", pl_undefined_text(one->reason));
    pl_json_member_double(json, "p_value", one->p_value);
}

/* A limit for which no slice exists at all: the same members, and nothing in them. */
static void no_case_members(struct pl_json *json, const struct pl_finding *finding)
{
    pl_json_member_text(json, "state", pl_state_name(finding->state));
    pl_json_key(json, "slice");
    pl_json_open_object(json);
    pl_json_close_object(json);
    member_null(json, "against");
    no_interval_members(json);
    pl_json_member_uint64(json, "n", 0);
    pl_json_member_uint64(json, "needed", 0);
    pl_json_member_text(json, "status", pl_estimate_status_name(PL_ESTIMATE_UNDEFINED));
    pl_json_member_text(json, "reason", "there is no slice to judge");
    pl_json_member_double(json, "p_value", 1.0);
}

void pl_json_reasons(struct pl_json *json, const struct pl_judgement *judgement, size_t max)
{
    pl_json_key(json, "reasons");
    pl_json_open_array(json);
    for (size_t i = 0; i < judgement->reasons_count && i < max; i++) {
        const struct pl_reason *reason = &judgement->reasons[i];

        pl_json_open_object(json);
        pl_json_member_text(json, "kind", REASON_KINDS[reason->kind]);
        pl_json_member_text(json, "verdict", pl_verdict_name(reason->verdict));
        pl_json_member_str(json, "text", reason->text);
        if (reason->for_card)
            pl_json_member_text(json, "need", "card");
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* The worst come first, so that what is left out is the best. */
static void write_cases(struct pl_json *json, const struct pl_measured *measured,
                        const struct pl_finding *finding, size_t cases_max)
{
    const size_t count = finding->cases_count < cases_max ? finding->cases_count : cases_max;

    pl_json_key(json, "cases");
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++) {
        pl_json_open_object(json);
        case_members(json, measured, &finding->cases[i]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    if (count < finding->cases_count)
        pl_json_member_uint64(json, "cases_omitted", finding->cases_count - count);
}

static void write_note(struct pl_json *json, const struct pl_measured *measured,
                       const struct pl_mix *note, bool with_strata)
{
    pl_json_key(json, "note");
    pl_json_mix(json, note, measured, with_strata);
}

void pl_json_finding(struct pl_json *json, const struct pl_measured *measured,
                     const struct pl_finding *finding, size_t cases_max)
{
    const struct pl_limit *limit = finding->limit;

    pl_json_open_object(json);
    pl_json_member_str(json, "limit", limit->text);
    pl_json_member_str(json, "metric", measured->metrics[finding->metric_index].name);
    pl_json_member_text(json, "comparator", pl_comparator_name(limit->comparator));
    pl_json_member_double(json, "threshold", limit->threshold);
    if (limit->baseline != NULL) {
        pl_json_member_str(json, "baseline", limit->baseline->name);
        pl_json_member_bool(json, "relative", limit->relative);
    }
    pl_json_member_double(json, "confidence", limit->confidence);
    pl_json_member_text(json, "judge", limit->judge == PL_JUDGE_POINT ? "point" : "interval");
    if (finding->deciding != NULL)
        case_members(json, measured, finding->deciding);
    else
        no_case_members(json, finding);
    pl_json_member_uint64(json, "judged", finding->judged_count);
    pl_json_member_uint64(json, "too_small", finding->small_count);
    if (finding->note != NULL)
        write_note(json, measured, finding->note, cases_max > 0);
    if (cases_max > 0)
        write_cases(json, measured, finding, cases_max);
    pl_json_close_object(json);
}

static void data_members(struct pl_json *json, const struct pl_data_print *data)
{
    pl_json_member_uint64(json, "files", data->files);
    pl_json_member_uint64(json, "size_bytes", data->size_bytes);
    if (data->hash == NULL) {
        member_null(json, "hash");
        member_null(json, "hashed");
    } else {
        pl_json_member_text(json, "hash", data->hash);
        pl_json_member_text(json, "hashed",
                            data->ledger_block > 0 ? "ledger"
                            : data->whole          ? "whole"
                                                   : "ends");
    }
    if (data->ledger_block > 0)
        pl_json_member_uint64(json, "ledger_block", data->ledger_block);
    if (data->since_ms > 0)
        pl_json_member_uint64(json, "since_ms", data->since_ms);
    if (data->until_ms > 0)
        pl_json_member_uint64(json, "until_ms", data->until_ms);
}

void pl_json_against(struct pl_json *json, const struct pl_against *against,
                     const struct pl_data_print *data)
{
    static const char *const PAIRINGS[] = {
        [PL_UNPAIRED] = "none", [PL_PAIRED_BY_ID] = "id", [PL_PAIRED_BY_ROW] = "row"};
    const struct pl_matching *matching = &against->matching;

    pl_json_open_object(json);
    pl_json_member_str(json, "name", against->baseline->name);
    pl_json_member_str(json, "source", against->source);
    pl_json_member_uint64(json, "decisions", against->decisions);
    pl_json_member_text(json, "pairing", PAIRINGS[matching->pairing]);
    if (matching->pairing == PL_PAIRED_BY_ID) {
        pl_json_member_uint64(json, "matched", matching->matched);
        pl_json_member_uint64(json, "only_here", matching->only_here);
        pl_json_member_uint64(json, "only_there", matching->only_there);
    }
    data_members(json, data);
    pl_json_close_object(json);
}

void pl_json_data(struct pl_json *json, const struct pl_measured *measured,
                  const struct pl_data_print *data)
{
    pl_json_key(json, "data");
    pl_json_open_object(json);
    pl_json_member_str(json, "source", measured->cells->source);
    pl_json_member_uint64(json, "rows", measured->cells->rows);
    if (measured->cells->clusters != NULL)
        pl_json_member_str(json, "group", measured->cells->clusters->column);
    data_members(json, data);
    pl_json_close_object(json);
}
