/*
 * Gate, audit and record as JSON. The same input gives the same bytes: no clock and no number of
 * threads is in it. The schemas stand in docs/reference.
 */
#include "report/confusion.h"
#include "measure/against.h"
#include "report/calibration.h"
#include "report/evals.h"
#include "report/fairness.h"
#include "report/launch.h"
#include "report/mix.h"
#include "report/search.h"
#include "report/values.h"

/* More findings and reasons than a line can bring about: all of them. */
#define ITEMS_MAX ((size_t)4 * PL_LIMITS_MAX)

/* How much of a result is written: all for the report, the most that fits for the record. */
struct extent {
    size_t items_max; /* findings and reasons */
    size_t cases_max; /* of each finding; 0: the deciding one only */
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void write_findings(struct pl_json *json, const struct pl_gate_result *result,
                           struct extent extent)
{
    const struct pl_judgement *judgement = result->judgement;

    pl_json_key(json, "findings");
    pl_json_open_array(json);
    for (size_t i = 0; i < smaller(judgement->findings_count, extent.items_max); i++)
        pl_json_finding(json, result->measured, &judgement->findings[i], extent.cases_max);
    pl_json_close_array(json);
}

static void write_verdict(struct pl_json *json, const struct pl_gate_result *result)
{
    pl_json_member_text(json, "verdict", pl_verdict_name(result->judgement->verdict));
    pl_json_member_bool(json, "allowed", pl_gate_passes(result));
    pl_json_member_str(json, "feature", result->line->feature);
    pl_json_member_str(json, "title", result->line->title);
}

static const struct pl_data_print *print_of(const struct pl_gate_result *result,
                                            const struct pl_baseline *baseline)
{
    static const struct pl_data_print NONE = {0};

    for (size_t i = 0; i < result->baselines_count; i++)
        if (result->baselines[i].baseline == baseline)
            return &result->baselines[i].data;
    return &NONE;
}

/* Only where there are any, so that lines without baselines give what they always gave. */
static void write_baselines(struct pl_json *json, const struct pl_gate_result *result)
{
    const struct pl_measured *measured = result->measured;

    if (measured->againsts_count == 0)
        return;
    pl_json_key(json, "baselines");
    pl_json_open_array(json);
    for (size_t i = 0; i < measured->againsts_count; i++)
        pl_json_against(json, &measured->againsts[i],
                        print_of(result, measured->againsts[i].baseline));
    pl_json_close_array(json);
}

/* Which slices are listed only. */
static void write_smallest(struct pl_json *json, const struct pl_measured *measured)
{
    pl_json_member_uint64(json, "smallest_slice", measured->smallest_slice);
    pl_json_member_double(json, "smallest_share", measured->smallest_share);
    pl_json_member_text(json, "missing", measured->missing == PL_MISSING_LIST ? "list" : "judge");
}

/* What was read, and with which settings. */
static void write_basis(struct pl_json *json, const struct pl_gate_result *result)
{
    pl_json_member_double(json, "confidence", result->line->evidence.confidence);
    write_smallest(json, result->measured);
    pl_json_member_uint64(json, "seed", result->measured->seed);
    pl_json_data(json, result->measured, &result->data);
    write_baselines(json, result);
    pl_json_key(json, "line");
    pl_json_open_object(json);
    pl_json_member_text(json, "file", result->line->file);
    pl_json_member_text(json, "hash", result->line_hash);
    pl_json_close_object(json);
    pl_json_member_text(json, "version", result->version);
}

/* How the verdict came about. */
static void write_origin(struct pl_json *json, const struct pl_gate_result *result)
{
    pl_json_member_uint64(json, "unlabelled", result->measured->cells->unlabelled);
    pl_json_member_uint64(json, "unpredicted", result->measured->cells->unpredicted);
    pl_json_member_uint64(json, "family_size", result->judgement->family_size);
    write_basis(json, result);
}

/* Only where there are any, so that lines without evals give what they always gave. */
static void write_suites(struct pl_json *json, const struct pl_gate_result *result,
                         size_t cases_max)
{
    if (result->suites_count == 0)
        return;
    pl_json_key(json, "evals");
    pl_json_open_array(json);
    for (size_t i = 0; i < result->suites_count; i++)
        pl_json_suite(json, result->suites[i], cases_max);
    pl_json_close_array(json);
}

static void write_ledger(struct pl_json *json, const struct pl_gate_result *result)
{
    pl_json_key(json, "ledger");
    if (result->ledger_hash == NULL) {
        pl_json_null(json);
        return;
    }
    pl_json_open_object(json);
    pl_json_member_uint64(json, "block", result->ledger_block);
    pl_json_member_text(json, "hash", result->ledger_hash);
    pl_json_close_object(json);
}

void pl_json_gate(struct pl_json *json, const struct pl_gate_result *result, size_t cases_max)
{
    const struct extent all = {.items_max = ITEMS_MAX, .cases_max = cases_max};

    pl_json_open_object(json);
    write_verdict(json, result);
    pl_json_reasons(json, result->judgement, all.items_max);
    write_findings(json, result, all);
    pl_json_overall(json, result->measured);
    pl_json_slices(json, result->measured);
    pl_json_launch(json, result, (struct pl_launch_extent){ITEMS_MAX, true});
    write_suites(json, result, cases_max);
    write_origin(json, result);
    write_ledger(json, result);
    pl_json_close_object(json);
}

void pl_gate_json(const struct pl_gate_result *result, struct pl_style style, struct pl_buffer *out)
{
    struct pl_json json;

    (void)style;
    pl_json_init(&json, out, true);
    pl_json_gate(&json, result, SIZE_MAX);
    pl_buffer_add_char(out, '\n');
}

/* Null where there is none. */
static void write_text_or_null(struct pl_json *json, const char *text)
{
    if (text == NULL)
        pl_json_null(json);
    else
        pl_json_text(json, text);
}

/* No path is in it: from wherever the line is read, its figures are the same. */
void pl_gate_figures(const struct pl_gate_result *result, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_overall(&json, result->measured);
    pl_json_slices(&json, result->measured);
    pl_json_member_text(&json, "version", result->version);
    pl_json_member_text(&json, "line", result->line_hash);
    pl_json_key(&json, "data");
    pl_json_open_array(&json);
    write_text_or_null(&json, result->data.hash);
    for (size_t i = 0; i < result->baselines_count; i++)
        write_text_or_null(&json, result->baselines[i].data.hash);
    for (size_t i = 0; i < result->suites_count; i++)
        pl_json_text(&json, result->suites[i]->run->results);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
}

/* How much goes into a record. */
struct record_extent {
    size_t items_max;        /* findings and reasons */
    size_t slices_size_left; /* bytes for the slices */
};

/* For the record only: what a card must show to be current, and which program found it. */
static void write_hashes(struct pl_json *json, const struct pl_gate_result *result)
{
    pl_json_member_text(json, "but_for_card", pl_verdict_name(result->judgement->but_for_card));
    if (result->figures_hash != NULL)
        pl_json_member_text(json, "figures_hash", result->figures_hash);
    if (result->binary_hash != NULL)
        pl_json_member_text(json, "binary_hash", result->binary_hash);
}

/* Which runs the verdict rests on; what they found stands in records of their own. */
static void write_suite_records(struct pl_json *json, const struct pl_gate_result *result)
{
    if (result->suites_count == 0)
        return;
    pl_json_key(json, "evals");
    pl_json_open_array(json);
    for (size_t i = 0; i < result->suites_count; i++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "suite", result->suites[i]->suite->name);
        pl_json_member_text(json, "state", pl_state_name(result->suites[i]->state));
        pl_json_member_str(json, "run", result->suites[i]->run->id);
        pl_json_member_text(json, "results_hash", result->suites[i]->run->results);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_record(const struct pl_gate_result *result, struct record_extent extent,
                         struct pl_buffer *out)
{
    const struct pl_judgement *judgement = result->judgement;
    const size_t items_max = extent.items_max;
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    write_verdict(&json, result);
    pl_json_reasons(&json, judgement, items_max);
    pl_json_member_uint64(&json, "reasons_omitted",
                          judgement->reasons_count - smaller(judgement->reasons_count, items_max));
    write_findings(&json, result, (struct extent){.items_max = items_max});
    pl_json_member_uint64(&json, "findings_omitted",
                          judgement->findings_count -
                              smaller(judgement->findings_count, items_max));
    pl_json_overall(&json, result->measured);
    pl_json_slices_within(&json, result->measured, extent.slices_size_left);
    pl_json_launch(&json, result, (struct pl_launch_extent){items_max, false});
    write_suite_records(&json, result);
    write_origin(&json, result);
    write_hashes(&json, result);
    pl_json_close_object(&json);
}

void pl_gate_record(const struct pl_gate_result *result, size_t size_bytes_max,
                    struct pl_buffer *out)
{
    struct record_extent extent = {.items_max = ITEMS_MAX};

    for (;;) {
        pl_buffer_reset(out);
        write_record(result, extent, out);
        if ((out->failed == PL_OK && out->len <= size_bytes_max) || extent.items_max == 0)
            break;
        extent.items_max /= 2;
    }
    if (out->failed != PL_OK || out->len >= size_bytes_max)
        return;
    /* What is left is for the slices. Without them "slices_omitted" has its most digits. */
    extent.slices_size_left = size_bytes_max - out->len;
    pl_buffer_reset(out);
    write_record(result, extent, out);
}

static void write_between(struct pl_json *json, const struct pl_measured *measured,
                          const struct pl_between *one)
{
    pl_json_open_object(json);
    pl_json_key(json, "by");
    pl_json_open_array(json);
    for (uint32_t i = 0; i < one->grouping->crossing.count; i++)
        pl_json_str(json, measured->cells->segments[one->grouping->crossing.segments[i]].segment);
    pl_json_close_array(json);
    pl_json_member_str(json, "metric", measured->metrics[one->metric_index].name);
    pl_json_key(json, "difference");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &one->difference);
    pl_json_key(json, "largest");
    if (one->largest == NULL)
        pl_json_null(json);
    else
        pl_json_slice(json, measured, one->largest);
    pl_json_key(json, "smallest");
    if (one->smallest == NULL)
        pl_json_null(json);
    else
        pl_json_slice(json, measured, one->smallest);
    pl_json_close_object(json);
    pl_json_key(json, "ratio");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &one->ratio);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

void pl_audit_json(const struct pl_audit_result *result, struct pl_style style,
                   struct pl_buffer *out)
{
    const struct pl_measured *measured = result->measured;
    struct pl_json json;

    (void)style;
    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_overall(&json, measured);
    pl_json_slices(&json, measured);
    pl_json_key(&json, "between");
    pl_json_open_array(&json);
    for (size_t i = 0; i < result->betweens_count; i++)
        write_between(&json, measured, &result->betweens[i]);
    pl_json_close_array(&json);
    if (result->search != NULL)
        pl_json_search(&json, result->search, measured);
    if (result->fairness != NULL)
        pl_json_fairness(&json, result->fairness, measured);
    if (result->calibration != NULL)
        pl_json_calibration(&json, result->calibration, measured);
    if (result->mixes != NULL)
        pl_json_mixes(&json, result->mixes, measured);
    pl_json_confusions(&json, result->confusions, measured);
    pl_json_member_uint64(&json, "unlabelled", measured->cells->unlabelled);
    pl_json_member_uint64(&json, "unpredicted", measured->cells->unpredicted);
    pl_json_member_double(&json, "confidence", measured->confidence);
    write_smallest(&json, measured);
    pl_json_member_uint64(&json, "seed", measured->seed);
    pl_json_data(&json, measured, &result->data);
    pl_json_member_text(&json, "version", result->version);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}
