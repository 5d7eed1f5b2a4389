/*
 * What outcomes cost, how good they are, and whether they are shown to keep the bound.
 *
 * Where requests come in groups, the losses L of a group of n requests become
 * alpha + (L - alpha n) / N, N the size of the largest group: within [-1, 1], independent, and of a
 * mean at or above alpha exactly where the risk of a request, E[L] / E[n], is. Wagers on them are as
 * valid as those on the losses of independent requests.
 */
#include "cascade/fit.h"

#include "stats/risk_control.h"

#include <math.h>

/* A label that is missing by rounding from a whole number of losses. */
static const double HALF = 0.5;

enum pl_cascade_test pl_cascade_test_of(const struct pl_cascade_fit *fit)
{
    if (fit->options.bound == PL_BOUND_LOSS || fit->data->groups != NULL)
        return PL_TEST_WAGER;
    return fit->binary ? PL_TEST_BINOMIAL : PL_TEST_HOEFFDING_BENTKUS;
}

double pl_cascade_risk_max(const struct pl_cascade_fit *fit)
{
    return fit->options.bound == PL_BOUND_LOSS ? fit->options.level : 1.0 - fit->options.level;
}

bool pl_cascade_keeps(const struct pl_cascade_fit *fit, const struct pl_policy_result *result,
                      double p_value_max)
{
    const double n = (double)fit->selection_units;

    if (fit->options.procedure != PL_PROCEDURE_CONFORMAL)
        return result->p_value <= p_value_max;
    return pl_conformal_risk_holds(fmax(0.0, result->risk) * n, fit->selection_units, 1.0,
                                   pl_cascade_risk_max(fit));
}

static double loss_of(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                      const struct pl_policy_outcome *outcome, size_t i)
{
    const struct pl_cascade_tier *last = &part->data->tiers[part->data->tiers_count - 1];
    const double best = fit->options.bound == PL_BOUND_LOSS ? last->right[part->rows[i]] : 1.0;

    return best - outcome->quality;
}

/* What a group has lost, less what it may lose. */
static void bet_on_group(const struct pl_cascade_fit *fit, double excess, struct pl_wager *wager)
{
    const double loss = pl_cascade_risk_max(fit) + excess / (double)fit->group_size_max;

    pl_wager_add(wager, fmin(1.0, fmax(-1.0, loss)));
}

static double p_by_wager(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                         const struct pl_policy_outcome *outcomes)
{
    const double bound = pl_cascade_risk_max(fit);
    double excess = 0.0;
    struct pl_wager wager;

    pl_wager_init(&wager, bound, 1.0 - fit->options.confidence, fit->selection_units);
    for (size_t i = 0; i < part->count; i++) {
        if (i > 0 && pl_cascade_begins_group(part, i)) {
            bet_on_group(fit, excess, &wager);
            excess = 0.0;
        }
        excess += loss_of(fit, part, &outcomes[i], i) - bound;
    }
    if (part->count > 0)
        bet_on_group(fit, excess, &wager);
    return pl_wager_p(&wager);
}

void pl_cascade_judge(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                      const struct pl_policy_outcome *outcomes, struct pl_policy_result *result)
{
    const double n = (double)part->count;
    struct pl_sum sum = {0};
    double losses;

    for (size_t i = 0; i < part->count; i++)
        pl_sum_add(&sum, loss_of(fit, part, &outcomes[i], i));
    losses = pl_sum_value(&sum);
    result->risk = losses / n;
    switch (pl_cascade_test_of(fit)) {
    case PL_TEST_BINOMIAL:
        result->p_value =
            pl_risk_p_binomial((uint64_t)(losses + HALF), part->count, pl_cascade_risk_max(fit));
        break;
    case PL_TEST_HOEFFDING_BENTKUS:
        result->p_value = pl_risk_p_hoeffding_bentkus(fmin(1.0, fmax(0.0, losses / n)), part->count,
                                                      pl_cascade_risk_max(fit));
        break;
    case PL_TEST_WAGER:
        result->p_value = p_by_wager(fit, part, outcomes);
        break;
    }
}

void pl_cascade_measure(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                        const struct pl_policy_outcome *outcomes, struct pl_policy_result *result)
{
    struct pl_average cost;
    struct pl_average quality;

    pl_average_init(&cost, part, PL_RANGE_OPEN);
    pl_average_init(&quality, part, PL_RANGE_UNIT);
    for (size_t t = 0; t <= PL_CASCADE_TIERS_MAX; t++)
        result->delivered[t] = 0;
    for (size_t i = 0; i < part->count; i++) {
        pl_average_add(&cost, i, outcomes[i].cost);
        pl_average_add(&quality, i, outcomes[i].quality);
        result->delivered[outcomes[i].delivered]++;
    }
    result->cost = pl_average_finish(&cost, fit->options.confidence);
    result->quality = pl_average_finish(&quality, fit->options.confidence);
}
