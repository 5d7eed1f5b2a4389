/*
 * A fit as JSON: what `route fit --json` prints, and the file that a server reads (see
 * src/cascade/calibration_file.c for what it takes of it). The shape is that of
 * docs/reference/route-fit.schema.json. A tier that is not asked has "deliver_at": null.
 */
#include "report/cascade.h"
#include "report/values.h"

#include <math.h>

static const char *const BOUNDS[] = {"quality", "loss"};
static const char *const PROCEDURES[] = {"fixed_sequence", "bonferroni", "conformal"};
static const char *const KINDS[] = {"tier", "rule", "mixture"};

static const struct {
    enum pl_cascade_doubt doubt;
    const char *name;
} DOUBTS[] = {
    {PL_DOUBT_STRONG, "not_cheaper_than_last_tier"},
    {PL_DOUBT_CHEAP, "single_tier_keeps_the_bound"},
    {PL_DOUBT_RULE, "rule_keeps_the_bound"},
    {PL_DOUBT_MIXTURE, "not_cheaper_than_random_mixture"},
};

static void add_threshold(struct pl_json *json, const char *key, double threshold)
{
    pl_json_key(json, key);
    if (isinf(threshold))
        pl_json_null(json);
    else
        pl_json_double(json, threshold);
}

static void write_data(struct pl_json *json, const struct pl_cascade_result *result)
{
    const struct pl_cascade_fit *fit = result->fit;

    pl_json_key(json, "data");
    pl_json_open_object(json);
    pl_json_member_str(json, "file", result->data_file);
    pl_json_member_text(json, "hash", result->data.hash);
    pl_json_member_bool(json, "whole", result->data.whole);
    pl_json_member_uint64(json, "requests", fit->data->count);
    pl_json_member_uint64(json, "used", fit->used);
    pl_json_member_uint64(json, "left_out", fit->left_out);
    pl_json_member_uint64(json, "calibration", fit->calibration_count);
    pl_json_member_uint64(json, "selection", fit->selection_count);
    pl_json_member_uint64(json, "held_out", fit->held_out_count);
    pl_json_member_text(json, "shown",
                        fit->options.held_out_share > 0.0 ? "held_out" : "selection");
    pl_json_member_double(json, "calibration_share", fit->options.calibration_share);
    pl_json_member_double(json, "held_out_share", fit->options.held_out_share);
    if (fit->data->groups != NULL) {
        pl_json_member_uint64(json, "selection_groups", fit->selection_units);
        pl_json_member_uint64(json, "group_size_max", fit->group_size_max);
    }
    pl_json_member_uint64(json, "seed", fit->options.seed);
    pl_json_close_object(json);
}

static void write_guarantee(struct pl_json *json, const struct pl_cascade_fit *fit)
{
    pl_json_key(json, "guarantee");
    pl_json_open_object(json);
    pl_json_member_text(json, "bound", BOUNDS[fit->options.bound]);
    pl_json_member_double(json, "level", fit->options.level);
    pl_json_member_double(json, "confidence", fit->options.confidence);
    pl_json_member_text(json, "procedure", PROCEDURES[fit->options.procedure]);
    pl_json_member_text(json, "test", pl_cascade_test_name(fit));
    pl_json_member_uint64(json, "settings", fit->path_count);
    pl_json_member_uint64(json, "settings_kept", fit->kept_count);
    pl_json_member_uint64(json, "selection_needed", fit->needed);
    pl_json_member_uint64(json, "selection_wanted", fit->selection_wanted);
    pl_json_member_double(json, "fallback_worth", fit->options.fallback_worth);
    pl_json_close_object(json);
}

static void write_steps(struct pl_json *json, const struct pl_cascade_signal *signal)
{
    pl_json_key(json, "steps");
    pl_json_open_object(json);
    pl_json_key(json, "signals");
    pl_json_open_array(json);
    for (size_t i = 0; i < signal->steps_count; i++)
        pl_json_double(json, signal->steps[i].x);
    pl_json_close_array(json);
    pl_json_key(json, "values");
    pl_json_open_array(json);
    for (size_t i = 0; i < signal->steps_count; i++)
        pl_json_double(json, signal->steps[i].value);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_signal(struct pl_json *json, const struct pl_cascade_signal *signal)
{
    pl_json_member_uint64(json, "fitted_on", signal->fitted_on);
    pl_json_member_uint64(json, "missing", signal->missing);
    write_steps(json, signal);
    pl_json_key(json, "ece");
    pl_json_open_object(json);
    pl_json_member_estimate(json, "before", &signal->ece_before);
    pl_json_member_estimate(json, "after", &signal->ece_after);
    pl_json_close_object(json);
    pl_json_key(json, "brier");
    pl_json_open_object(json);
    pl_json_member_estimate(json, "before", &signal->brier_before);
    pl_json_member_estimate(json, "after", &signal->brier_after);
    pl_json_close_object(json);
    pl_json_key(json, "bins");
    pl_json_open_array(json);
    for (size_t i = 0; i < signal->bins_count; i++) {
        pl_json_open_object(json);
        pl_json_member_uint64(json, "n", signal->bins[i].n);
        pl_json_member_double(json, "confidence", signal->bins[i].confidence);
        pl_json_member_estimate(json, "right", &signal->bins[i].right);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_tiers(struct pl_json *json, const struct pl_cascade_fit *fit)
{
    pl_json_key(json, "tiers");
    pl_json_open_array(json);
    for (size_t t = 0; t < fit->data->tiers_count; t++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "model", pl_cascade_model(fit, t));
        add_threshold(json, "deliver_at",
                      fit->chosen_given ? fit->chosen.policy.deliver_at[t] : (double)INFINITY);
        if (fit->signals[t].given)
            write_signal(json, &fit->signals[t]);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_policy(struct pl_json *json, const struct pl_cascade_fit *fit,
                         const struct pl_policy_result *result)
{
    pl_json_key(json, "deliver_at");
    pl_json_open_object(json);
    for (size_t t = 0; t < fit->data->tiers_count; t++) {
        pl_json_key_str(json, pl_cascade_model(fit, t));
        if (isinf(result->policy.deliver_at[t]))
            pl_json_null(json);
        else
            pl_json_double(json, result->policy.deliver_at[t]);
    }
    pl_json_close_object(json);
}

/* The members of a result, inside an open object. */
static void write_result(struct pl_json *json, const struct pl_cascade_fit *fit,
                         const struct pl_policy_result *result)
{
    pl_json_key(json, "delivered");
    pl_json_open_object(json);
    for (size_t t = 0; t < fit->data->tiers_count; t++) {
        pl_json_key_str(json, pl_cascade_model(fit, t));
        pl_json_uint64(json, result->delivered[t]);
    }
    pl_json_close_object(json);
    pl_json_member_uint64(json, "fallback", result->delivered[fit->data->tiers_count]);
    pl_json_member_estimate(json, "cost", &result->cost);
    pl_json_member_estimate(json, "quality", &result->quality);
    pl_json_member_double(json, "risk", result->risk);
    pl_json_member_double(json, "p_value", result->p_value);
}

static void write_choice(struct pl_json *json, const struct pl_cascade_fit *fit, const char *key,
                         const struct pl_policy_result *result)
{
    pl_json_key(json, key);
    if (result == NULL) {
        pl_json_null(json);
        return;
    }
    pl_json_open_object(json);
    write_policy(json, fit, result);
    write_result(json, fit, result);
    if (result == &fit->present)
        pl_json_member_bool(json, "keeps", fit->present_keeps);
    pl_json_close_object(json);
}

static void write_mixture(struct pl_json *json, const struct pl_cascade_fit *fit,
                          const struct pl_cascade_baseline *baseline)
{
    pl_json_member_str(json, "other", pl_cascade_model(fit, baseline->other));
    pl_json_member_double(json, "share_of_other", baseline->share);
    pl_json_member_double(json, "cost", baseline->result.cost.value);
    pl_json_member_double(json, "quality", baseline->result.quality.value);
}

static void write_baselines(struct pl_json *json, const struct pl_cascade_fit *fit)
{
    pl_json_key(json, "baselines");
    pl_json_open_array(json);
    for (size_t i = 0; i < fit->baselines_count; i++) {
        const struct pl_cascade_baseline *baseline = &fit->baselines[i];

        pl_json_open_object(json);
        pl_json_member_text(json, "kind", KINDS[baseline->kind]);
        pl_json_member_str(json, "model", pl_cascade_model(fit, baseline->tier));
        if (baseline->kind == PL_BASELINE_RULE)
            pl_json_member_str(json, "when", fit->data->rules[baseline->rule].when);
        if (baseline->kind == PL_BASELINE_MIXTURE) {
            write_mixture(json, fit, baseline);
        } else {
            write_result(json, fit, &baseline->result);
            pl_json_member_bool(json, "keeps", baseline->keeps);
        }
        if (fit->chosen_given)
            pl_json_member_estimate(json, "cost_more", &baseline->cost_more);
        if (fit->chosen_given && baseline->kind != PL_BASELINE_MIXTURE)
            pl_json_member_estimate(json, "quality_more", &baseline->quality_more);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_doubts(struct pl_json *json, const struct pl_cascade_fit *fit)
{
    pl_json_member_bool(json, "pays", fit->chosen_given && fit->doubts == 0);
    pl_json_key(json, "doubts");
    pl_json_open_array(json);
    for (size_t i = 0; i < sizeof DOUBTS / sizeof DOUBTS[0]; i++)
        if ((fit->doubts & DOUBTS[i].doubt) != 0)
            pl_json_text(json, DOUBTS[i].name);
    pl_json_close_array(json);
}

static void write_note(struct pl_str note, void *context)
{
    pl_json_str(context, note);
}

static void write_notes(struct pl_json *json, const struct pl_cascade_result *result)
{
    pl_json_key(json, "notes");
    pl_json_open_array(json);
    pl_cascade_notes(result, write_note, json);
    pl_json_close_array(json);
}

void pl_cascade_json(const struct pl_cascade_result *result, struct pl_style style,
                     struct pl_buffer *out)
{
    const struct pl_cascade_fit *fit = result->fit;
    struct pl_json json;

    (void)style;
    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_uint64(&json, "plimsoll_fit", 1);
    pl_json_member_text(&json, "version", result->version);
    pl_json_member_str(&json, "feature", result->feature);
    pl_json_member_str(&json, "from", result->from);
    pl_json_member_str(&json, "signal", result->signal);
    pl_json_member_text(&json, "line_hash", result->line_hash);
    write_data(&json, result);
    write_guarantee(&json, fit);
    write_tiers(&json, fit);
    write_choice(&json, fit, "chosen", fit->chosen_given ? &fit->chosen : NULL);
    write_choice(&json, fit, "conformal", fit->conformal_given ? &fit->conformal : NULL);
    write_choice(&json, fit, "present", fit->present_given ? &fit->present : NULL);
    write_baselines(&json, fit);
    write_doubts(&json, fit);
    write_notes(&json, result);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}
