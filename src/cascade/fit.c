/*
 * From labelled requests to thresholds. The requests are split by a hash of their ids. One part
 * calibrates each tier's signal (isotonic regression) and orders the thresholds to be tried, from
 * the last tier alone to the first alone; the other part tests them in that order, each hypothesis
 * "it does not keep the bound" at delta, until one cannot be rejected. Nothing of the second part
 * is used for the order, so that with probability 1 - delta no threshold that was found to keep the
 * bound breaks it; the cheapest of them is the choice. Sources: see stats/risk_control.c.
 */
#include "cascade/fit.h"

#include "base/rng.h"
#include "stats/mean.h"
#include "stats/risk_control.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fitting {
    struct pl_cascade_fit *fit;
    struct pl_arena *arena;
    struct pl_error *error;
    struct pl_cascade_part parts[2]; /* calibration, selection */
    struct pl_policy *path;
    struct pl_policy_outcome *outcomes; /* of one policy on the selection part */
};

enum { CALIBRATION, SELECTION };

static enum pl_status no_room(const struct fitting *fitting)
{
    return pl_arena_error(fitting->arena, "the fit of a cascade", fitting->error);
}

/* ---- the parts ---- */

struct drawn {
    uint64_t key; /* its place in the order of the part */
    size_t row;
};

static int compare_drawn(const void *a, const void *b)
{
    const struct drawn *p = a;
    const struct drawn *q = b;

    if (p->key != q->key)
        return p->key < q->key ? -1 : 1;
    return (p->row > q->row) - (p->row < q->row);
}

static bool is_usable(const struct pl_cascade_data *data, size_t row)
{
    for (size_t t = 0; t < data->tiers_count; t++)
        if (!isfinite(data->tiers[t].right[row]) || !isfinite(data->tiers[t].costs[row]))
            return false;
    return true;
}

static bool is_binary(const struct fitting *fitting, size_t row)
{
    const struct pl_cascade_data *data = fitting->fit->data;

    for (size_t t = 0; t < data->tiers_count; t++)
        if (data->tiers[t].right[row] > 0.0 && data->tiers[t].right[row] < 1.0)
            return false;
    return true;
}

static enum pl_status make_part(const struct fitting *fitting, struct drawn *drawn, size_t count,
                                struct pl_cascade_part *part)
{
    size_t *rows = pl_arena_alloc_array(fitting->arena, count + 1, sizeof *rows);

    if (rows == NULL)
        return no_room(fitting);
    qsort(drawn, count, sizeof *drawn, compare_drawn);
    for (size_t i = 0; i < count; i++)
        rows[i] = drawn[i].row;
    *part = (struct pl_cascade_part){
        .data = fitting->fit->data,
        .rows = rows,
        .count = count,
        .fallback_worth = fitting->fit->options.fallback_worth,
    };
    return PL_OK;
}

static enum pl_status split(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;
    const struct pl_cascade_data *data = fit->data;
    struct drawn *drawn[2];
    size_t counts[2] = {0, 0};

    for (size_t k = 0; k < 2; k++) {
        drawn[k] = pl_arena_alloc_array(fitting->arena, data->count + 1, sizeof **drawn);
        if (drawn[k] == NULL)
            return no_room(fitting);
    }
    for (size_t row = 0; row < data->count; row++) {
        struct pl_rng rng;
        size_t part;

        if (!is_usable(data, row))
            continue;
        pl_rng_init(&rng, fit->options.seed, data->ids[row]);
        part = pl_rng_uniform(&rng) < fit->options.calibration_share ? CALIBRATION : SELECTION;
        drawn[part][counts[part]++] = (struct drawn){pl_rng_next(&rng), row};
        fit->binary = fit->binary && is_binary(fitting, row);
    }
    for (size_t k = 0; k < 2; k++)
        PL_RETURN_IF(make_part(fitting, drawn[k], counts[k], &fitting->parts[k]));
    fit->calibration_count = counts[CALIBRATION];
    fit->selection_count = counts[SELECTION];
    fit->used = counts[CALIBRATION] + counts[SELECTION];
    fit->left_out = data->count - fit->used;
    return PL_OK;
}

/* ---- calibration ---- */

static enum pl_status too_few_signals(const struct fitting *fitting, uint32_t tier, uint64_t count)
{
    const struct pl_cascade_tier *columns = &fitting->fit->data->tiers[tier];

    return pl_error_set(fitting->error, PL_E_DATA,
                        "too few labelled requests with a signal of \"%.*s\": %llu of the "
                        "calibration part have one, "
                        "and at least %d are needed; label more, or raise --calibration (now %g)",
                        PL_STR_ARG(columns->model), (unsigned long long)count,
                        PL_CASCADE_CALIBRATION_MIN, fitting->fit->options.calibration_share);
}

static enum pl_status fit_signal(struct fitting *fitting, uint32_t tier)
{
    const struct pl_cascade_part *part = &fitting->parts[CALIBRATION];
    const struct pl_cascade_tier *columns = &part->data->tiers[tier];
    struct pl_cascade_signal *signal = &fitting->fit->signals[tier];
    struct pl_isotonic_point *points =
        pl_arena_alloc_array(fitting->arena, part->count + 1, sizeof *points);
    struct pl_isotonic_step *steps =
        pl_arena_alloc_array(fitting->arena, part->count + 1, sizeof *steps);
    size_t count = 0;

    if (points == NULL || steps == NULL)
        return no_room(fitting);
    for (size_t i = 0; i < part->count; i++) {
        const size_t row = part->rows[i];

        if (isfinite(columns->signals[row]))
            points[count++] =
                (struct pl_isotonic_point){columns->signals[row], columns->right[row], 1.0};
    }
    if (count < PL_CASCADE_CALIBRATION_MIN)
        return too_few_signals(fitting, tier, count);
    signal->given = true;
    signal->steps_count = pl_isotonic_fit(points, count, steps);
    signal->steps = steps;
    signal->fitted_on = count;
    return PL_OK;
}

/* The confidence of every request at a tier; NAN without a signal. */
static enum pl_status calibrate(struct fitting *fitting, uint32_t tier)
{
    const struct pl_cascade_data *data = fitting->fit->data;
    struct pl_cascade_signal *signal = &fitting->fit->signals[tier];
    double *confidences =
        pl_arena_alloc_array(fitting->arena, data->count + 1, sizeof *confidences);

    if (confidences == NULL)
        return no_room(fitting);
    PL_RETURN_IF(fit_signal(fitting, tier));
    for (size_t row = 0; row < data->count; row++) {
        const double x = data->tiers[tier].signals[row];

        confidences[row] =
            isfinite(x) ? pl_isotonic_at(signal->steps, signal->steps_count, x) : (double)NAN;
        signal->missing += !isfinite(x) && is_usable(data, row);
    }
    for (size_t k = 0; k < 2; k++)
        fitting->parts[k].confidences[tier] = confidences;
    return pl_cascade_reliability(&fitting->parts[SELECTION], tier,
                                  fitting->fit->options.confidence, fitting->arena, signal) == PL_OK
               ? PL_OK
               : no_room(fitting);
}

/* ---- the choice ---- */

static void apply(const struct fitting *fitting, const struct pl_policy *policy,
                  struct pl_policy_result *result)
{
    const struct pl_cascade_part *part = &fitting->parts[SELECTION];

    for (size_t i = 0; i < part->count; i++)
        fitting->outcomes[i] = pl_policy_apply(part, policy, part->rows[i]);
    result->policy = *policy;
    pl_cascade_judge(fitting->fit, part, fitting->outcomes, result);
}

/* The p-value at which a hypothesis of the path is rejected. */
static double level_of(const struct pl_cascade_fit *fit)
{
    const double delta = 1.0 - fit->options.confidence;

    return fit->options.procedure == PL_PROCEDURE_SEQUENCE ? delta
                                                           : delta / (double)fit->path_count;
}

static void choose(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;
    const bool in_sequence = fit->options.procedure == PL_PROCEDURE_SEQUENCE;

    for (size_t i = 0; i < fit->path_count; i++) {
        struct pl_policy_result result;

        apply(fitting, &fitting->path[i], &result);
        if (result.p_value <= level_of(fit)) {
            fit->kept_count++;
            if (!fit->chosen_given || result.cost.value < fit->chosen.cost.value)
                fit->chosen = result;
            fit->chosen_given = true;
        } else if (in_sequence) {
            break;
        }
    }
}

/* The loss for conformal control: it may only grow along the path, so each request keeps its worst.
 */
static double worst_of(const struct fitting *fitting, size_t i, double before)
{
    const struct pl_cascade_part *part = &fitting->parts[SELECTION];
    const struct pl_cascade_tier *last = &part->data->tiers[part->data->tiers_count - 1];
    const bool relative = fitting->fit->options.bound == PL_BOUND_LOSS;
    const double best = relative ? last->right[part->rows[i]] : 1.0;

    return fmax(before, best - fitting->outcomes[i].quality);
}

static enum pl_status choose_conformal(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;
    const double bound =
        fit->options.bound == PL_BOUND_LOSS ? fit->options.level : 1.0 - fit->options.level;
    double *worst = pl_arena_alloc_array(fitting->arena, fit->selection_count + 1, sizeof *worst);

    if (worst == NULL)
        return no_room(fitting);
    for (size_t p = 0; p < fit->path_count; p++) {
        struct pl_policy_result result;
        struct pl_sum sum = {0};

        apply(fitting, &fitting->path[p], &result);
        for (size_t i = 0; i < fit->selection_count; i++) {
            worst[i] = worst_of(fitting, i, worst[i]);
            pl_sum_add(&sum, worst[i]);
        }
        if (!pl_conformal_risk_holds(pl_sum_value(&sum), fit->selection_count, 1.0, bound))
            break;
        fit->conformal = result;
        fit->conformal_given = true;
    }
    return PL_OK;
}

static void judge_present(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;
    struct pl_policy policy;

    if (fit->options.present == NULL)
        return;
    for (size_t t = 0; t < fit->data->tiers_count; t++)
        policy.deliver_at[t] = fit->options.present[t];
    apply(fitting, &policy, &fit->present);
    fit->present_given = true;
    fit->present_keeps = fit->present.p_value <= 1.0 - fit->options.confidence;
}

/* ---- what is needed ---- */

static uint64_t least_needed(const struct pl_cascade_options *options)
{
    const double delta = 1.0 - options->confidence;

    return options->bound == PL_BOUND_LOSS ? pl_wager_losses_needed(options->level, delta)
                                           : pl_risk_losses_needed(1.0 - options->level, delta);
}

static enum pl_status check_enough(const struct fitting *fitting)
{
    const struct pl_cascade_fit *fit = fitting->fit;
    const double share = 1.0 - fit->options.calibration_share;
    const bool relative = fit->options.bound == PL_BOUND_LOSS;

    if (fit->needed > 0 && fit->selection_count >= fit->needed)
        return PL_OK;
    if (fit->needed == 0)
        return pl_error_set(
            fitting->error, PL_E_DATA,
            "a bound of %g at %g %% confidence needs more than %d labelled requests",
            fit->options.level, 100.0 * fit->options.confidence, PL_RISK_LOSSES_MAX);
    return pl_error_set(
        fitting->error, PL_E_DATA,
        "too few labelled requests: %llu have every label and cost, and %llu of them choose the "
        "thresholds; to show %s %g at %g %% confidence takes at least %llu there, even if no "
        "answer "
        "is wrong: about %llu labelled requests in all",
        (unsigned long long)fit->used, (unsigned long long)fit->selection_count,
        relative ? "a loss of at most" : "a quality of at least", fit->options.level,
        100.0 * fit->options.confidence, (unsigned long long)fit->needed,
        (unsigned long long)ceil((double)fit->needed / share));
}

/* As many that the last tier alone, as good as it was seen to be, would be found to keep the bound.
 */
static uint64_t wanted(const struct pl_cascade_fit *fit)
{
    const double bound = 1.0 - fit->options.level;
    const double delta = 1.0 - fit->options.confidence;
    const double risk = fit->baselines[fit->data->tiers_count - 1].result.risk;

    if (fit->options.bound == PL_BOUND_LOSS || risk >= bound)
        return 0;
    for (uint64_t n = fit->needed; n < PL_RISK_LOSSES_MAX; n += 1 + n / 20) {
        const double losses = ceil(risk * (double)n);
        const double p = fit->binary ? pl_risk_p_binomial((uint64_t)losses, n, bound)
                                     : pl_risk_p_hoeffding_bentkus(risk, n, bound);

        if (p <= delta)
            return n;
    }
    return 0;
}

/* ---- all of it ---- */

static void check_options(const struct pl_cascade_data *data,
                          const struct pl_cascade_options *options)
{
    assert(data->tiers_count >= 2 && data->tiers_count <= PL_CASCADE_TIERS_MAX);
    assert(data->rules_count <= PL_CASCADE_RULES_MAX);
    assert(options->level > 0.0 && options->level < 1.0);
    assert(options->confidence > 0.0 && options->confidence < 1.0);
    assert(options->calibration_share > 0.0 && options->calibration_share < 1.0);
    for (size_t t = 0; t + 1 < data->tiers_count; t++)
        assert(data->tiers[t].signals != NULL);
}

static enum pl_status compare(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;

    if (fit->chosen_given)
        apply(fitting, &fit->chosen.policy, &fit->chosen);
    if (pl_cascade_compare(fit, &fitting->parts[SELECTION],
                           fit->chosen_given ? fitting->outcomes : NULL, fitting->arena) != PL_OK)
        return no_room(fitting);
    fit->selection_wanted = fit->chosen_given ? 0 : wanted(fit);
    return PL_OK;
}

static enum pl_status run(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;

    PL_RETURN_IF(split(fitting));
    PL_RETURN_IF(check_enough(fitting));
    for (uint32_t t = 0; t < fit->data->tiers_count; t++)
        if (fit->data->tiers[t].signals != NULL)
            PL_RETURN_IF(calibrate(fitting, t));
    fitting->outcomes =
        pl_arena_alloc_array(fitting->arena, fit->selection_count + 1, sizeof *fitting->outcomes);
    if (fitting->outcomes == NULL ||
        pl_cascade_path(&fitting->parts[CALIBRATION], fit, fitting->arena, &fitting->path,
                        &fit->path_count) != PL_OK)
        return no_room(fitting);
    choose(fitting);
    PL_RETURN_IF(choose_conformal(fitting));
    judge_present(fitting);
    return compare(fitting);
}

enum pl_status pl_cascade_fit(const struct pl_cascade_data *data,
                              const struct pl_cascade_options *options, struct pl_arena *arena,
                              struct pl_cascade_fit **ret_fit, struct pl_error *error)
{
    struct fitting fitting = {.arena = arena, .error = error};
    struct pl_cascade_fit *fit = pl_arena_alloc(arena, sizeof *fit);
    const double worth = options->fallback_worth;

    check_options(data, options);
    if (fit == NULL)
        return pl_arena_error(arena, "the fit of a cascade", error);
    *fit = (struct pl_cascade_fit){
        .data = data,
        .options = *options,
        .binary = !(worth > 0.0 && worth < 1.0),
        .needed = least_needed(options),
    };
    fitting.fit = fit;
    PL_RETURN_IF(run(&fitting));
    *ret_fit = fit;
    return PL_OK;
}
