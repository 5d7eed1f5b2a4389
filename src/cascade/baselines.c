/*
 * What a cascade is held against: each tier alone, rules that pick a tier before any is asked, and
 * random mixtures of two tiers. A mixture of A and B with the cascade's quality Q costs C = C_A +
 * (Q - Q_A) (C_B - C_A) / (Q_B - Q_A); its difference to the cascade is a smooth function of means,
 * and the interval is that of the mean of its influences c - (1 - t) c_A - t c_B - b (q - (1 - t)
 * q_A - t q_B), t = (Q - Q_A) / (Q_B - Q_A), b = (C_B - C_A) / (Q_B - Q_A).
 */
#include "cascade/fit.h"

#include "stats/pairs.h"

#include <math.h>

struct comparing {
    struct pl_cascade_fit *fit;
    const struct pl_cascade_part *tested;
    const struct pl_cascade_part *shown;
    struct pl_policy_outcome *chosen;   /* on `shown`; NULL: nothing was chosen */
    struct pl_policy_outcome *outcomes; /* of a baseline, on either part */
    struct pl_cascade_baseline *baselines;
    size_t count;
};

static struct pl_policy_outcome of_tier(const struct pl_cascade_part *part, uint32_t tier,
                                        size_t row)
{
    const struct pl_cascade_tier *columns = &part->data->tiers[tier];

    return (struct pl_policy_outcome){columns->costs[row], columns->right[row], tier};
}

/* What a tier or a rule makes of one request. */
static struct pl_policy_outcome of_baseline(const struct pl_cascade_part *part,
                                            const struct pl_cascade_baseline *baseline, size_t row)
{
    const uint32_t last = (uint32_t)part->data->tiers_count - 1;
    const bool holds =
        baseline->kind == PL_BASELINE_TIER || part->data->rules[baseline->rule].holds[row];

    return of_tier(part, holds ? baseline->tier : last, row);
}

static void apply(const struct comparing *comparing, const struct pl_cascade_part *part,
                  const struct pl_cascade_baseline *baseline)
{
    for (size_t i = 0; i < part->count; i++)
        comparing->outcomes[i] = of_baseline(part, baseline, part->rows[i]);
}

static struct pl_estimate cost_more(const struct comparing *comparing)
{
    struct pl_average mean;

    pl_average_init(&mean, comparing->shown, PL_RANGE_OPEN);
    for (size_t i = 0; i < comparing->shown->count; i++)
        pl_average_add(&mean, i, comparing->chosen[i].cost - comparing->outcomes[i].cost);
    return pl_average_finish(&mean, comparing->fit->options.confidence);
}

/* Independent rates by the pairs that differ; scores and groups by the mean of their differences. */
static struct pl_estimate quality_more(const struct comparing *comparing)
{
    const double n = (double)comparing->shown->count;
    double better = 0.0;
    double worse = 0.0;
    struct pl_average mean;

    pl_average_init(&mean, comparing->shown, PL_RANGE_OPEN);
    for (size_t i = 0; i < comparing->shown->count; i++) {
        const double more = comparing->chosen[i].quality - comparing->outcomes[i].quality;

        better += more > 0.0;
        worse += more < 0.0;
        pl_average_add(&mean, i, more);
    }
    if (!comparing->fit->binary || comparing->fit->data->groups != NULL)
        return pl_average_finish(&mean, comparing->fit->options.confidence);

    const struct pl_stat stat = pl_paired_difference(&(struct pl_discordance){
        .only_first = {better, n},
        .only_second = {worse, n},
        .value = (better - worse) / n,
        .n = comparing->shown->count,
    });

    return pl_stat_estimate(&stat, comparing->fit->options.confidence, PL_RATE_WILSON);
}

/* Whether the choice is the baseline, as far as the tested part can tell. */
static bool is_the_same(const struct comparing *comparing)
{
    const struct pl_cascade_part *part = comparing->tested;
    const struct pl_policy *policy = &comparing->fit->chosen.policy;

    for (size_t i = 0; i < part->count; i++) {
        const struct pl_policy_outcome chosen = pl_policy_apply(part, policy, part->rows[i]);

        if (chosen.delivered != comparing->outcomes[i].delivered ||
            chosen.cost > comparing->outcomes[i].cost)
            return false;
    }
    return true;
}

/* How many baselines may be found to keep the bound: the risk is shared out among them. */
static double family(const struct comparing *comparing)
{
    return (double)(comparing->shown->data->tiers_count + comparing->shown->data->rules_count);
}

static void add_baseline(struct comparing *comparing, struct pl_cascade_baseline baseline)
{
    const double delta = 1.0 - comparing->fit->options.confidence;
    const bool is_compared = comparing->chosen != NULL;

    apply(comparing, comparing->tested, &baseline);
    pl_cascade_judge(comparing->fit, comparing->tested, comparing->outcomes, &baseline.result);
    baseline.keeps =
        pl_cascade_keeps(comparing->fit, &baseline.result, delta / family(comparing)) ||
        (is_compared && is_the_same(comparing));
    apply(comparing, comparing->shown, &baseline);
    pl_cascade_measure(comparing->fit, comparing->shown, comparing->outcomes, &baseline.result);
    if (is_compared) {
        baseline.cost_more = cost_more(comparing);
        baseline.quality_more = quality_more(comparing);
    }
    comparing->baselines[comparing->count++] = baseline;
}

static void add_baselines(struct comparing *comparing)
{
    const struct pl_cascade_data *data = comparing->shown->data;

    for (uint32_t t = 0; t < data->tiers_count; t++)
        add_baseline(comparing, (struct pl_cascade_baseline){.kind = PL_BASELINE_TIER, .tier = t});
    for (uint32_t r = 0; r < data->rules_count; r++)
        add_baseline(comparing, (struct pl_cascade_baseline){.kind = PL_BASELINE_RULE,
                                                             .tier = data->rules[r].tier,
                                                             .rule = r});
}

/* The cheapest mixture of two tiers (or one tier) with at least the quality; false when none has
 * it. */
static bool find_mixture(const struct comparing *comparing, double quality,
                         struct pl_cascade_baseline *mixture)
{
    const size_t tiers_count = comparing->shown->data->tiers_count;
    double least = (double)INFINITY;

    for (uint32_t b = 0; b < tiers_count; b++) {
        const struct pl_policy_result *dear = &comparing->baselines[b].result;

        for (uint32_t a = 0; a < tiers_count && dear->quality.value >= quality; a++) {
            const struct pl_policy_result *cheap = &comparing->baselines[a].result;
            const double gap = dear->quality.value - cheap->quality.value;
            const bool alone = a == b;
            const double share = alone ? 1.0 : (quality - cheap->quality.value) / gap;
            const double cost =
                alone ? dear->cost.value
                      : cheap->cost.value + share * (dear->cost.value - cheap->cost.value);

            if ((!alone && cheap->quality.value >= quality) || cost >= least)
                continue;
            least = cost;
            *mixture = (struct pl_cascade_baseline){
                .kind = PL_BASELINE_MIXTURE, .tier = a, .other = b, .share = share};
        }
    }
    return isfinite(least);
}

static void add_mixture(struct comparing *comparing)
{
    const struct pl_policy_result *chosen = &comparing->fit->chosen;
    const struct pl_cascade_tier *tiers = comparing->shown->data->tiers;
    struct pl_cascade_baseline mixture = {.kind = PL_BASELINE_MIXTURE};
    struct pl_average mean;

    if (!find_mixture(comparing, chosen->quality.value, &mixture))
        return;

    const struct pl_policy_result *a = &comparing->baselines[mixture.tier].result;
    const struct pl_policy_result *b = &comparing->baselines[mixture.other].result;
    const double t = mixture.share;
    const double gap = b->quality.value - a->quality.value;
    const double price = gap > 0.0 ? (b->cost.value - a->cost.value) / gap : 0.0;

    pl_average_init(&mean, comparing->shown, PL_RANGE_OPEN);
    for (size_t i = 0; i < comparing->shown->count; i++) {
        const size_t row = comparing->shown->rows[i];
        const struct pl_cascade_tier *x = &tiers[mixture.tier];
        const struct pl_cascade_tier *y = &tiers[mixture.other];
        const double cost =
            comparing->chosen[i].cost - (1.0 - t) * x->costs[row] - t * y->costs[row];
        const double quality =
            comparing->chosen[i].quality - (1.0 - t) * x->right[row] - t * y->right[row];

        pl_average_add(&mean, i, cost - price * quality);
    }
    mixture.cost_more = pl_average_finish(&mean, comparing->fit->options.confidence);
    mixture.quality_more.status = PL_ESTIMATE_UNDEFINED;
    mixture.result.cost.value = (1.0 - t) * a->cost.value + t * b->cost.value;
    mixture.result.quality.value = (1.0 - t) * a->quality.value + t * b->quality.value;
    comparing->baselines[comparing->count++] = mixture;
}

static bool is_cheaper(const struct pl_cascade_baseline *baseline)
{
    return baseline->cost_more.status != PL_ESTIMATE_UNDEFINED && baseline->cost_more.high < 0.0;
}

static uint32_t doubt_of(const struct comparing *comparing,
                         const struct pl_cascade_baseline *baseline)
{
    const bool is_last = baseline->tier + 1 == comparing->shown->data->tiers_count;

    if (is_cheaper(baseline))
        return 0;
    if (baseline->kind == PL_BASELINE_MIXTURE)
        return PL_DOUBT_MIXTURE;
    if (baseline->kind == PL_BASELINE_TIER && is_last)
        return PL_DOUBT_STRONG;
    if (!baseline->keeps)
        return 0;
    return baseline->kind == PL_BASELINE_TIER ? PL_DOUBT_CHEAP : PL_DOUBT_RULE;
}

enum pl_status pl_cascade_compare(struct pl_cascade_fit *fit, const struct pl_cascade_part *tested,
                                  const struct pl_cascade_part *shown, struct pl_arena *arena)
{
    const size_t most = shown->data->tiers_count + shown->data->rules_count + 1;
    const size_t count = tested->count > shown->count ? tested->count : shown->count;
    struct comparing comparing = {
        .fit = fit,
        .tested = tested,
        .shown = shown,
        .outcomes = pl_arena_alloc_array(arena, count + 1, sizeof *comparing.outcomes),
        .baselines = pl_arena_alloc_array(arena, most, sizeof *comparing.baselines),
    };
    struct pl_policy_outcome *chosen =
        pl_arena_alloc_array(arena, shown->count + 1, sizeof *chosen);

    if (comparing.outcomes == NULL || comparing.baselines == NULL || chosen == NULL)
        return PL_E_MEMORY;
    for (size_t i = 0; i < shown->count && fit->chosen_given; i++)
        chosen[i] = pl_policy_apply(shown, &fit->chosen.policy, shown->rows[i]);
    comparing.chosen = fit->chosen_given ? chosen : NULL;
    add_baselines(&comparing);
    if (fit->chosen_given)
        add_mixture(&comparing);
    fit->baselines = comparing.baselines;
    fit->baselines_count = comparing.count;
    fit->doubts = 0;
    for (size_t i = 0; i < comparing.count && fit->chosen_given; i++)
        fit->doubts |= doubt_of(&comparing, &comparing.baselines[i]);
    return PL_OK;
}
