/* The JSON of fairness; the shapes are those of docs/reference/audit.schema.json. */
#include "report/fairness.h"

#include "report/values.h"

#define TEXT_SIZE_BYTES_MAX ((size_t)1 << 20)

static void member_slice(struct pl_json *json, const char *key, const struct pl_measured *measured,
                         const struct pl_slice *slice)
{
    pl_json_key(json, key);
    if (slice == NULL)
        pl_json_null(json);
    else
        pl_json_slice(json, measured, slice);
}

static void write_gap(struct pl_json *json, const struct pl_measured *measured,
                      const struct pl_fairness_definition *definition,
                      const struct pl_fairness_gap *gap)
{
    if (!definition->ratio_only) {
        pl_json_key(json, "difference");
        pl_json_open_object(json);
        pl_json_estimate_members(json, &gap->difference);
        member_slice(json, "larger", measured, gap->first);
        member_slice(json, "smaller", measured, gap->second);
        if (definition->measures[1] != NULL && definition->combine == PL_FAIRNESS_WORST)
            pl_json_member_text(json, "measure", definition->measures[gap->measure]);
        pl_json_close_object(json);
    }
    pl_json_key(json, "ratio");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &gap->ratio);
    member_slice(json, "larger", measured, gap->ratio_first);
    member_slice(json, "smaller", measured, gap->ratio_second);
    pl_json_close_object(json);
}

static void write_groups(struct pl_json *json, const struct pl_measured *measured,
                         const struct pl_fairness_figures *figures)
{
    pl_json_key(json, "groups");
    pl_json_open_array(json);
    for (size_t i = 0; i < figures->groups_count; i++) {
        pl_json_open_object(json);
        member_slice(json, "slice", measured, figures->groups[i].slice);
        if (!figures->definition->ratio_only)
            pl_json_member_estimate(json, "difference", &figures->groups[i].difference);
        pl_json_member_estimate(json, "ratio", &figures->groups[i].ratio);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_figures(struct pl_json *json, const struct pl_measured *measured,
                          const struct pl_fairness_figures *figures)
{
    const struct pl_fairness_definition *definition = figures->definition;

    pl_json_open_object(json);
    pl_json_member_text(json, "name", definition->name);
    pl_json_key(json, "measures");
    pl_json_open_array(json);
    for (size_t i = 0; i < PL_FAIRNESS_MEASURES_MAX && definition->measures[i] != NULL; i++)
        pl_json_text(json, definition->measures[i]);
    pl_json_close_array(json);
    pl_json_member_text(json, "combine", pl_fairness_combine_name(definition->combine));
    pl_json_member_text(json, "question", definition->question);
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++) {
        pl_json_key(json, pl_fairness_form_name((enum pl_fairness_form)form));
        pl_json_open_object(json);
        write_gap(json, measured, definition, &figures->gaps[form]);
        pl_json_close_object(json);
    }
    write_groups(json, measured, figures);
    pl_json_close_object(json);
}

static void write_differential(struct pl_json *json, const struct pl_fairness_grouping *grouping)
{
    if (!grouping->has_differential)
        return;
    pl_json_key(json, "differential_fairness");
    pl_json_open_object(json);
    pl_json_estimate_members(json, &grouping->differential.epsilon);
    pl_json_key(json, "smoothed");
    if (grouping->differential.smoothed_defined)
        pl_json_double(json, grouping->differential.smoothed);
    else
        pl_json_null(json);
    pl_json_close_object(json);
}

static void write_inequality(struct pl_json *json, const char *key,
                             const struct pl_fairness_inequality *inequality)
{
    pl_json_key(json, key);
    pl_json_open_object(json);
    pl_json_estimate_members(json, &inequality->overall);
    pl_json_key(json, "between_groups");
    if (inequality->overall.status == PL_ESTIMATE_UNDEFINED)
        pl_json_null(json);
    else
        pl_json_double(json, inequality->between);
    pl_json_close_object(json);
}

static void member_words(struct pl_json *json,
                         void (*write)(const struct pl_fairness_grouping *, struct pl_buffer *),
                         const struct pl_fairness_grouping *grouping)
{
    struct pl_buffer text;

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    write(grouping, &text);
    pl_json_member_str(json, "text", pl_buffer_view(&text));
    pl_buffer_deinit(&text);
}

static void write_implied(struct pl_json *json, const struct pl_measured *measured,
                          const struct pl_fairness_conflicts *conflicts)
{
    pl_json_key(json, "implied");
    pl_json_open_array(json);
    for (size_t i = 0; i < conflicts->implied_count; i++) {
        pl_json_open_object(json);
        member_slice(json, "slice", measured, conflicts->implied[i].slice);
        pl_json_member_estimate(json, "base_rate", &conflicts->implied[i].base_rate);
        pl_json_member_estimate(json, "false_positive_rate", &conflicts->implied[i].now);
        pl_json_member_estimate(json, "implied_false_positive_rate",
                                &conflicts->implied[i].implied);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_conflicts(struct pl_json *json, const struct pl_measured *measured,
                            const struct pl_fairness_grouping *grouping)
{
    const struct pl_fairness_conflicts *conflicts = &grouping->conflicts;

    pl_json_key(json, "conflicts");
    pl_json_open_object(json);
    pl_json_member_estimate(json, "base_rate_gap", &conflicts->base_gap);
    pl_json_key(json, "predictive_parity_and_error_rates");
    pl_json_open_object(json);
    pl_json_member_text(json, "state", pl_fairness_conflict_name(conflicts->parity_and_errors));
    member_words(json, pl_fairness_errors_words, grouping);
    if (conflicts->parity_and_errors == PL_CONFLICT_EXCLUDE) {
        pl_json_member_double(json, "precision", conflicts->precision);
        pl_json_member_double(json, "false_negative_rate", conflicts->false_negative_rate);
        write_implied(json, measured, conflicts);
    }
    pl_json_close_object(json);
    pl_json_key(json, "demographic_parity_and_equalized_odds");
    pl_json_open_object(json);
    pl_json_member_text(json, "state", pl_fairness_conflict_name(conflicts->selection_and_errors));
    member_words(json, pl_fairness_selection_words, grouping);
    if (conflicts->selection_and_errors == PL_CONFLICT_EXCLUDE)
        pl_json_member_double(json, "implied_selection_rate_difference", conflicts->selection_gap);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void write_grouping(struct pl_json *json, const struct pl_measured *measured,
                           const struct pl_fairness_grouping *grouping)
{
    const struct pl_crossing *crossing = &grouping->grouping->crossing;

    pl_json_open_object(json);
    pl_json_key(json, "by");
    pl_json_open_array(json);
    for (uint32_t i = 0; i < crossing->count; i++)
        pl_json_str(json, measured->cells->segments[crossing->segments[i]].segment);
    pl_json_close_array(json);
    member_slice(json, "reference", measured, grouping->reference);
    pl_json_member_text(json, "reference_is", grouping->reference_named ? "named" : "largest");
    pl_json_member_uint64(json, "groups_compared", grouping->judged_count);
    pl_json_key(json, "too_small");
    pl_json_open_array(json);
    for (size_t i = 0; i < grouping->too_small_count; i++)
        pl_json_slice(json, measured, grouping->too_small[i]);
    pl_json_close_array(json);
    pl_json_key(json, "definitions");
    pl_json_open_array(json);
    for (size_t i = 0; i < grouping->figures_count; i++)
        write_figures(json, measured, &grouping->figures[i]);
    pl_json_close_array(json);
    write_differential(json, grouping);
    if (grouping->has_inequality) {
        write_inequality(json, "generalized_entropy", &grouping->generalized_entropy);
        write_inequality(json, "theil_index", &grouping->theil);
    }
    write_conflicts(json, measured, grouping);
    pl_json_close_object(json);
}

void pl_json_fairness(struct pl_json *json, const struct pl_fairness *fairness,
                      const struct pl_measured *measured)
{
    pl_json_key(json, "fairness");
    pl_json_open_object(json);
    pl_json_key(json, "groupings");
    pl_json_open_array(json);
    for (size_t i = 0; i < fairness->groupings_count; i++)
        write_grouping(json, measured, &fairness->groupings[i]);
    pl_json_close_array(json);
    pl_json_key(json, "left_out");
    pl_json_open_array(json);
    for (size_t i = 0; i < fairness->left_out_count; i++)
        pl_json_text(json, fairness->left_out[i]->name);
    pl_json_close_array(json);
    pl_json_close_object(json);
}
