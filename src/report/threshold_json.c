/*
 * Thresholds as JSON; the shape is that of docs/reference/threshold.schema.json. A threshold that lets
 * nobody pass is null, for it is no number.
 */
#include "report/threshold.h"
#include "report/values.h"

#include <math.h>

static void write_sides(struct pl_json *json, const char *key, const uint64_t counts[3])
{
    pl_json_key(json, key);
    pl_json_open_object(json);
    pl_json_member_uint64(json, "positive", counts[PL_POSITIVE]);
    pl_json_member_uint64(json, "negative", counts[PL_NEGATIVE]);
    pl_json_member_uint64(json, "unlabelled", counts[PL_UNKNOWN]);
    pl_json_close_object(json);
}

static void write_flips(struct pl_json *json, const struct pl_flips *flips)
{
    pl_json_key(json, "flips");
    pl_json_open_object(json);
    pl_json_member_uint64(json, "decisions", pl_flips_total(flips));
    write_sides(json, "to_positive", flips->to_positive);
    write_sides(json, "to_negative", flips->to_negative);
    pl_json_close_object(json);
}

static void write_estimate(struct pl_json *json, const char *key,
                           const struct pl_estimate *estimate)
{
    pl_json_key(json, key);
    pl_json_open_object(json);
    pl_json_estimate_members(json, estimate);
    pl_json_close_object(json);
}

static void write_groups(struct pl_json *json, const struct pl_choice *choice)
{
    pl_json_key(json, "thresholds");
    pl_json_open_array(json);
    for (size_t i = 0; i < choice->groups_count; i++) {
        const struct pl_group_choice *group = &choice->groups[i];

        pl_json_open_object(json);
        pl_json_key(json, "slice");
        pl_json_slice(json, choice->measured, group->slice);
        pl_json_member_uint64(json, "n", group->n);
        pl_json_member_double(json, "threshold", group->threshold);
        pl_json_member_bool(json, "fitted", group->fitted);
        write_flips(json, &group->flips);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* Of every group of every segment. */
static void write_slice_flips(struct pl_json *json, const struct pl_thresholds *thresholds,
                              const struct pl_choice *choice)
{
    pl_json_key(json, "flips_by_slice");
    pl_json_open_array(json);
    for (size_t i = 0; i < thresholds->slices_count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "slice");
        pl_json_slice(json, choice->measured, &thresholds->slices[i]);
        pl_json_member_uint64(json, "n", thresholds->slices[i].n);
        write_flips(json, &choice->flips_by_slice[i]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_findings(struct pl_json *json, const struct pl_choice *choice)
{
    pl_json_key(json, "findings");
    pl_json_open_array(json);
    for (size_t i = 0; i < choice->judgement->findings_count; i++)
        pl_json_finding(json, choice->measured, &choice->judgement->findings[i], 0);
    pl_json_close_array(json);
}

/* The members of a choice, inside an open object. */
static void write_choice(struct pl_json *json, const struct pl_choice *choice)
{
    pl_json_member_text(json, "choice", pl_choice_name(choice->kind));
    write_groups(json, choice);
    pl_json_member_bool(json, "kept", choice->kept);
    pl_json_member_double(json, "excess", choice->excess > 0.0 ? choice->excess : 0.0);
    pl_json_member_bool(json, "proven", choice->proven);
    if (!choice->proven)
        pl_json_member_double(json, "bound", choice->bound);
    write_estimate(json, "expected_cost", &choice->cost);
    write_estimate(json, "change", &choice->change);
    write_flips(json, &choice->flips);
    write_findings(json, choice);
}

static void write_choices(struct pl_json *json, const struct pl_thresholds *thresholds)
{
    pl_json_key(json, "choices");
    pl_json_open_array(json);
    for (size_t i = 0; i < thresholds->choices_count; i++) {
        pl_json_open_object(json);
        write_choice(json, &thresholds->choices[i]);
        write_slice_flips(json, thresholds, &thresholds->choices[i]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_held_out(struct pl_json *json, const struct pl_thresholds *thresholds)
{
    const struct pl_held_out *held_out = &thresholds->held_out;

    pl_json_key(json, "held_out");
    if (!held_out->given) {
        pl_json_null(json);
        return;
    }
    pl_json_open_object(json);
    pl_json_member_double(json, "share", held_out->share);
    pl_json_member_uint64(json, "fitted_decisions", held_out->fitted_decisions);
    pl_json_member_uint64(json, "seen_decisions", held_out->seen_decisions);
    pl_json_key(json, "choices");
    pl_json_open_array(json);
    for (size_t i = 0; i < thresholds->choices_count; i++) {
        pl_json_open_object(json);
        write_choice(json, &held_out->choices[i]);
        write_estimate(json, "fitted_expected_cost", &held_out->fitted_costs[i]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    if (thresholds->by != NULL)
        write_estimate(json, "groups_against_one", &held_out->groups_against_one);
    pl_json_close_object(json);
}

/* The entries of the line, in their order; a cost that an entry does not give is not there. */
static void write_cost_slices(struct pl_json *json, const struct pl_line *line)
{
    static const char *const NAMES[2][2] = {{"true_negative", "false_positive"},
                                            {"false_negative", "true_positive"}};

    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t i = 0; i < line->costs.slices_count; i++) {
        const struct pl_cost_slice *slice = &line->costs.slices[i];

        pl_json_open_object(json);
        pl_json_key(json, "slice");
        pl_json_open_object(json);
        for (uint32_t at = 0; at < slice->crossing.count; at++) {
            pl_json_key_str(json, line->data.segments[slice->crossing.segments[at]].name);
            pl_json_str(json, slice->groups[at]);
        }
        pl_json_close_object(json);
        for (int cell = 0; cell < 4; cell++)
            if (slice->given[cell / 2][cell % 2])
                pl_json_member_double(json, NAMES[cell / 2][cell % 2],
                                      slice->costs[cell / 2][cell % 2]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

/* What was asked: costs, limits to keep, and the segment. */
static void write_request(struct pl_json *json, const struct pl_thresholds *thresholds)
{
    const struct pl_line *line = thresholds->line;

    pl_json_member_str(json, "feature", line->feature);
    pl_json_key(json, "costs");
    pl_json_open_object(json);
    pl_json_member_double(json, "false_positive", line->costs.false_positive);
    pl_json_member_double(json, "false_negative", line->costs.false_negative);
    pl_json_member_double(json, "true_positive", line->costs.true_positive);
    pl_json_member_double(json, "true_negative", line->costs.true_negative);
    write_cost_slices(json, line);
    pl_json_close_object(json);
    pl_json_key(json, "keep");
    pl_json_open_array(json);
    for (size_t i = 0; i < line->limits_count; i++)
        if (thresholds->kept[i])
            pl_json_str(json, line->limits[i].text);
    pl_json_close_array(json);
    pl_json_key(json, "by");
    pl_json_open_array(json);
    for (uint32_t i = 0; thresholds->by != NULL && i < thresholds->by->count; i++)
        pl_json_str(json, line->data.segments[thresholds->by->segments[i]].name);
    pl_json_close_array(json);
}

static void write_note(struct pl_str note, void *context)
{
    struct pl_json *json = context;

    pl_json_str(json, note);
}

void pl_threshold_json(const struct pl_threshold_result *result, struct pl_style style,
                       struct pl_buffer *out)
{
    const struct pl_thresholds *thresholds = result->thresholds;
    const struct pl_measured *measured = thresholds->choices[0].measured;
    struct pl_json json;

    (void)style;
    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    write_request(&json, thresholds);
    write_choices(&json, thresholds);
    write_held_out(&json, thresholds);
    pl_json_key(&json, "notes");
    pl_json_open_array(&json);
    pl_threshold_notes(thresholds, write_note, &json);
    pl_json_close_array(&json);
    pl_json_member_uint64(&json, "unlabelled", measured->cells->unlabelled);
    pl_json_member_uint64(&json, "unpredicted", measured->cells->unpredicted);
    pl_json_member_double(&json, "confidence", measured->confidence);
    pl_json_member_uint64(&json, "smallest_slice", measured->smallest_slice);
    pl_json_member_uint64(&json, "seed", measured->seed);
    pl_json_data(&json, measured, &result->data);
    pl_json_key(&json, "line");
    pl_json_open_object(&json);
    pl_json_member_text(&json, "file", thresholds->line->file);
    pl_json_member_text(&json, "hash", result->line_hash);
    pl_json_close_object(&json);
    pl_json_member_text(&json, "version", result->version);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}
