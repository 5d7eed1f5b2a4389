/*
 * From labelled requests to thresholds. The requests are split by a hash of their ids, or of their
 * groups. One part calibrates each tier's signal (isotonic regression) and orders the thresholds to
 * be tried, from the last tier alone to the first alone; the second part tests them in that order,
 * each hypothesis "it does not keep the bound" at delta, until one cannot be rejected. Nothing of
 * the second part is used for the order, so that with probability 1 - delta no threshold that was
 * found to keep the bound breaks it; the one of them that was cheapest on that part is the choice.
 * What it costs and how good it is stands for the third part, which had no say in the choice.
 * Sources: see stats/risk_control.c.
 */
#include "cascade/fit.h"

#include "base/rng.h"
#include "stats/mean.h"
#include "stats/risk_control.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALIBRATION, SELECTION, HELD_OUT, PARTS_COUNT };

struct fitting {
    struct pl_cascade_fit *fit;
    struct pl_arena *arena;
    struct pl_error *error;
    struct pl_cascade_part parts[PARTS_COUNT];
    struct pl_cascade_part uncalibrated; /* all but the first */
    struct pl_policy *path;
    struct pl_policy_outcome *outcomes; /* of one policy on the selection part */
};

static enum pl_status no_room(const struct fitting *fitting)
{
    return pl_arena_error(fitting->arena, "the fit of a cascade", fitting->error);
}

/* ---- the parts ---- */

struct drawn {
    size_t part;
    uint64_t key; /* its place in the order of the part */
    size_t row;
};

static int compare_drawn(const void *a, const void *b)
{
    const struct drawn *p = a;
    const struct drawn *q = b;

    if (p->part != q->part)
        return p->part < q->part ? -1 : 1;
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

static size_t part_of(const struct pl_cascade_options *options, double drawn)
{
    if (drawn < options->calibration_share)
        return CALIBRATION;
    return drawn < options->calibration_share + options->held_out_share ? HELD_OUT : SELECTION;
}

/* Draws a part and a place in it for every usable request, the same for all of a group; returns how
   many there are. */
static size_t draw(struct fitting *fitting, struct drawn *drawn)
{
    struct pl_cascade_fit *fit = fitting->fit;
    const struct pl_cascade_data *data = fit->data;
    const uint64_t *names = data->groups != NULL ? data->groups : data->ids;
    size_t count = 0;

    for (size_t row = 0; row < data->count; row++) {
        struct pl_rng rng;

        if (!is_usable(data, row))
            continue;
        pl_rng_init(&rng, fit->options.seed, names[row]);

        const size_t part = part_of(&fit->options, pl_rng_uniform(&rng));

        drawn[count++] = (struct drawn){part, pl_rng_next(&rng), row};
        fit->binary = fit->binary && is_binary(fitting, row);
    }
    qsort(drawn, count, sizeof *drawn, compare_drawn);
    return count;
}

static struct pl_cascade_part cut_part(const struct fitting *fitting, const size_t *rows,
                                       size_t count)
{
    return (struct pl_cascade_part){
        .data = fitting->fit->data,
        .rows = rows,
        .count = count,
        .fallback_worth = fitting->fit->options.fallback_worth,
    };
}

/* Sizes of the groups of one part. */
static void count_groups(struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                         uint64_t *ret_groups)
{
    uint64_t size = 0;

    *ret_groups = 0;
    for (size_t i = 0; i < part->count; i++) {
        const bool begins = pl_cascade_begins_group(part, i);

        *ret_groups += begins;
        size = begins ? 1 : size + 1;
        if (size > fit->group_size_max)
            fit->group_size_max = size;
    }
}

static void count_parts(struct fitting *fitting, size_t used)
{
    struct pl_cascade_fit *fit = fitting->fit;
    uint64_t groups[PARTS_COUNT];

    for (size_t k = 0; k < PARTS_COUNT; k++)
        count_groups(fit, &fitting->parts[k], &groups[k]);
    fit->calibration_count = fitting->parts[CALIBRATION].count;
    fit->selection_count = fitting->parts[SELECTION].count;
    fit->held_out_count = fitting->parts[HELD_OUT].count;
    fit->selection_units = groups[SELECTION];
    fit->shown_count =
        fit->options.held_out_share > 0.0 ? fit->held_out_count : fit->selection_count;
    fit->used = used;
    fit->left_out = fit->data->count - used;
}

static enum pl_status split(struct fitting *fitting)
{
    const size_t most = fitting->fit->data->count + 1;
    struct drawn *drawn = pl_arena_alloc_array(fitting->arena, most, sizeof *drawn);
    size_t *rows = pl_arena_alloc_array(fitting->arena, most, sizeof *rows);
    size_t counts[PARTS_COUNT] = {0};
    size_t from = 0;
    size_t used;

    if (drawn == NULL || rows == NULL)
        return no_room(fitting);
    used = draw(fitting, drawn);
    for (size_t i = 0; i < used; i++) {
        rows[i] = drawn[i].row;
        counts[drawn[i].part]++;
    }
    for (size_t k = 0; k < PARTS_COUNT; k++) {
        fitting->parts[k] = cut_part(fitting, rows + from, counts[k]);
        from += counts[k];
    }
    fitting->uncalibrated =
        cut_part(fitting, rows + counts[CALIBRATION], used - counts[CALIBRATION]);
    count_parts(fitting, used);
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
    for (size_t k = 0; k < PARTS_COUNT; k++)
        fitting->parts[k].confidences[tier] = confidences;
    return pl_cascade_reliability(&fitting->uncalibrated, tier, fitting->fit->options.confidence,
                                  fitting->arena, signal) == PL_OK
               ? PL_OK
               : no_room(fitting);
}

/* ---- the choice ---- */

static const struct pl_cascade_part *shown_part(const struct fitting *fitting)
{
    return &fitting->parts[fitting->fit->options.held_out_share > 0.0 ? HELD_OUT : SELECTION];
}

static void apply(const struct fitting *fitting, const struct pl_cascade_part *part,
                  const struct pl_policy *policy)
{
    for (size_t i = 0; i < part->count; i++)
        fitting->outcomes[i] = pl_policy_apply(part, policy, part->rows[i]);
}

/* Tests a policy on the selection part; returns what a request costs there. */
static double test(const struct fitting *fitting, const struct pl_policy *policy,
                   struct pl_policy_result *result)
{
    const struct pl_cascade_part *part = &fitting->parts[SELECTION];
    struct pl_sum cost = {0};

    apply(fitting, part, policy);
    result->policy = *policy;
    pl_cascade_judge(fitting->fit, part, fitting->outcomes, result);
    for (size_t i = 0; i < part->count; i++)
        pl_sum_add(&cost, fitting->outcomes[i].cost);
    return pl_sum_value(&cost) / (double)part->count;
}

/* What a tested policy costs, and how good it is. */
static void show(const struct fitting *fitting, struct pl_policy_result *result)
{
    const struct pl_cascade_part *part = shown_part(fitting);

    apply(fitting, part, &result->policy);
    pl_cascade_measure(fitting->fit, part, fitting->outcomes, result);
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
    double least = (double)INFINITY;

    for (size_t i = 0; i < fit->path_count; i++) {
        struct pl_policy_result result;
        const double cost = test(fitting, &fitting->path[i], &result);

        if (result.p_value <= level_of(fit)) {
            fit->kept_count++;
            if (cost < least) {
                fit->chosen = result;
                least = cost;
            }
            fit->chosen_given = true;
        } else if (in_sequence) {
            break;
        }
    }
    if (fit->chosen_given)
        show(fitting, &fit->chosen);
}

/* What conformal risk control found, as the choice. */
static void take_conformal(struct pl_cascade_fit *fit)
{
    fit->chosen_given = fit->conformal_given;
    fit->chosen = fit->conformal;
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

/* Adds the losses of the policy that was applied last to the worst so far; returns their sum, a mean
   for each group. */
static double add_worst(const struct fitting *fitting, double *worst)
{
    const struct pl_cascade_part *part = &fitting->parts[SELECTION];
    struct pl_sum sum = {0};
    double of_group = 0.0;
    double size = 0.0;

    for (size_t i = 0; i < part->count; i++) {
        if (i > 0 && pl_cascade_begins_group(part, i)) {
            pl_sum_add(&sum, of_group / size);
            of_group = size = 0.0;
        }
        worst[i] = worst_of(fitting, i, worst[i]);
        of_group += worst[i];
        size += 1.0;
    }
    if (size > 0.0)
        pl_sum_add(&sum, of_group / size);
    return pl_sum_value(&sum);
}

static enum pl_status choose_conformal(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;
    const bool is_choice = fit->options.procedure == PL_PROCEDURE_CONFORMAL;
    const double bound = pl_cascade_risk_max(fit);
    double *worst = pl_arena_alloc_array(fitting->arena, fit->selection_count + 1, sizeof *worst);

    if (worst == NULL)
        return no_room(fitting);
    for (size_t p = 0; p < fit->path_count; p++) {
        struct pl_policy_result result;

        (void)test(fitting, &fitting->path[p], &result);
        if (!pl_conformal_risk_holds(add_worst(fitting, worst), fit->selection_units, 1.0, bound))
            break;
        fit->conformal = result;
        fit->conformal_given = true;
        fit->kept_count += is_choice ? 1 : 0;
    }
    if (fit->conformal_given)
        show(fitting, &fit->conformal);
    if (is_choice)
        take_conformal(fit);
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
    (void)test(fitting, &policy, &fit->present);
    show(fitting, &fit->present);
    fit->present_given = true;
    fit->present_keeps = pl_cascade_keeps(fit, &fit->present, 1.0 - fit->options.confidence);
}

/* ---- what is needed ---- */

/* Rounded up; 0 where that is more than anybody has. */
static uint64_t units_up_to(double units)
{
    return units <= PL_RISK_LOSSES_MAX ? (uint64_t)ceil(units * (1.0 - 1e-12)) : 0;
}

static uint64_t least_needed(const struct pl_cascade_fit *fit)
{
    const double delta = 1.0 - fit->options.confidence;
    const double bound = pl_cascade_risk_max(fit);

    if (fit->options.procedure == PL_PROCEDURE_CONFORMAL)
        return units_up_to((1.0 - bound) / bound);
    return pl_cascade_test_of(fit) == PL_TEST_WAGER ? pl_wager_losses_needed(bound, delta)
                                                    : pl_risk_losses_needed(bound, delta);
}

static double selection_share(const struct pl_cascade_fit *fit)
{
    return 1.0 - fit->options.calibration_share - fit->options.held_out_share;
}

static enum pl_status too_few(const struct fitting *fitting)
{
    const struct pl_cascade_fit *fit = fitting->fit;
    const bool is_expected = fit->options.procedure == PL_PROCEDURE_CONFORMAL;
    const char *units = fit->data->groups != NULL ? "groups of requests" : "requests";
    char sure[64];

    (void)snprintf(sure, sizeof sure, "at %g %% confidence", 100.0 * fit->options.confidence);
    return pl_error_set(
        fitting->error, PL_E_DATA,
        "too few labelled requests: %llu have every label and cost, and %llu %s of them choose the "
        "thresholds; to show %s %g %s takes at least %llu there, even if no answer is wrong: about "
        "%llu labelled %s in all",
        (unsigned long long)fit->used, (unsigned long long)fit->selection_units, units,
        fit->options.bound == PL_BOUND_LOSS ? "a loss of at most" : "a quality of at least",
        fit->options.level, is_expected ? "in expectation" : sure, (unsigned long long)fit->needed,
        (unsigned long long)ceil((double)fit->needed / selection_share(fit)), units);
}

static enum pl_status check_enough(const struct fitting *fitting)
{
    const struct pl_cascade_fit *fit = fitting->fit;

    if (fit->needed == 0)
        return pl_error_set(
            fitting->error, PL_E_DATA,
            "a bound of %.12g at %g %% confidence needs more than %d labelled requests",
            fit->options.level, 100.0 * fit->options.confidence, PL_RISK_LOSSES_MAX);
    if (fit->selection_units < fit->needed)
        return too_few(fitting);
    if (fit->options.held_out_share > 0.0 && fit->held_out_count < PL_CASCADE_HELD_OUT_MIN)
        return pl_error_set(fitting->error, PL_E_DATA,
                            "too few labelled requests to show what the choice is worth: %llu are "
                            "held out, and at least %d are needed; label more, raise --held-out "
                            "(now %g), or set it to 0 to see the requests that choose",
                            (unsigned long long)fit->held_out_count, PL_CASCADE_HELD_OUT_MIN,
                            fit->options.held_out_share);
    return PL_OK;
}

/* As many that the last tier alone, as good as it was seen to be, would be found to keep the bound;
   of groups about so many, as if all of one shared their label. */
static uint64_t wanted(const struct pl_cascade_fit *fit)
{
    const double bound = 1.0 - fit->options.level;
    const double delta = 1.0 - fit->options.confidence;
    const double risk = fit->baselines[fit->data->tiers_count - 1].result.risk;

    if (fit->options.bound == PL_BOUND_LOSS || risk >= bound)
        return 0;
    if (fit->options.procedure == PL_PROCEDURE_CONFORMAL)
        return units_up_to((1.0 - bound) / (bound - risk));
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
    assert(options->calibration_share > 0.0 && options->held_out_share >= 0.0);
    assert(options->calibration_share + options->held_out_share < 1.0);
    for (size_t t = 0; t + 1 < data->tiers_count; t++)
        assert(data->tiers[t].signals != NULL);
}

static enum pl_status compare(struct fitting *fitting)
{
    struct pl_cascade_fit *fit = fitting->fit;

    if (pl_cascade_compare(fit, &fitting->parts[SELECTION], shown_part(fitting), fitting->arena) !=
        PL_OK)
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
        pl_arena_alloc_array(fitting->arena, fit->used + 1, sizeof *fitting->outcomes);
    if (fitting->outcomes == NULL ||
        pl_cascade_path(&fitting->parts[CALIBRATION], fit, fitting->arena, &fitting->path,
                        &fit->path_count) != PL_OK)
        return no_room(fitting);
    if (fit->options.procedure != PL_PROCEDURE_CONFORMAL)
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
        .group_size_max = 1,
    };
    fit->needed = least_needed(fit);
    fitting.fit = fit;
    PL_RETURN_IF(run(&fitting));
    *ret_fit = fit;
    return PL_OK;
}
