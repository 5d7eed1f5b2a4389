/* What outcomes cost, how good they are, and whether they are shown to keep the bound. */
#include "cascade/fit.h"

#include "stats/mean.h"
#include "stats/risk_control.h"

#include <math.h>

/* A label that is missing by rounding from a whole number of losses. */
static const double HALF = 0.5;

static double loss_of(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                      const struct pl_policy_outcome *outcome, size_t i)
{
    const struct pl_cascade_tier *last = &part->data->tiers[part->data->tiers_count - 1];
    const double best = fit->options.bound == PL_BOUND_LOSS ? last->right[part->rows[i]] : 1.0;

    return best - outcome->quality;
}

static double p_of_quality(const struct pl_cascade_fit *fit, double losses, uint64_t n)
{
    const double bound = 1.0 - fit->options.level;

    if (fit->binary)
        return pl_risk_p_binomial((uint64_t)(losses + HALF), n, bound);
    return pl_risk_p_hoeffding_bentkus(fmin(1.0, fmax(0.0, losses / (double)n)), n, bound);
}

static double p_of(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                   const struct pl_policy_outcome *outcomes, double *ret_risk)
{
    struct pl_sum losses = {0};
    struct pl_wager wager;

    pl_wager_init(&wager, fit->options.level, 1.0 - fit->options.confidence, part->count);
    for (size_t i = 0; i < part->count; i++) {
        const double loss = loss_of(fit, part, &outcomes[i], i);

        pl_sum_add(&losses, loss);
        pl_wager_add(&wager, loss);
    }
    *ret_risk = pl_sum_value(&losses) / (double)part->count;
    return fit->options.bound == PL_BOUND_LOSS
               ? pl_wager_p(&wager)
               : p_of_quality(fit, pl_sum_value(&losses), part->count);
}

void pl_cascade_judge(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                      const struct pl_policy_outcome *outcomes, struct pl_policy_result *result)
{
    struct pl_mean cost;
    struct pl_mean quality;

    pl_mean_init(&cost);
    pl_mean_init(&quality);
    pl_mean_refuse_rate(&cost);
    for (size_t t = 0; t <= PL_CASCADE_TIERS_MAX; t++)
        result->delivered[t] = 0;
    for (size_t i = 0; i < part->count; i++) {
        pl_mean_add(&cost, outcomes[i].cost, 1, 1.0);
        pl_mean_add(&quality, outcomes[i].quality, 1, 1.0);
        result->delivered[outcomes[i].delivered]++;
    }

    const struct pl_stat stats[] = {pl_mean_finish(&cost), pl_mean_finish(&quality)};

    result->cost = pl_stat_estimate(&stats[0], fit->options.confidence, PL_RATE_WILSON);
    result->quality = pl_stat_estimate(&stats[1], fit->options.confidence, PL_RATE_WILSON);
    result->p_value = p_of(fit, part, outcomes, &result->risk);
}
