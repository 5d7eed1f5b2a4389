/*
 * What a cascade is held against: each tier alone, rules that pick a tier before any is asked, and
 * random mixtures of two tiers. A mixture of A and B with the cascade's quality Q costs C = C_A +
 * (Q - Q_A) (C_B - C_A) / (Q_B - Q_A); its difference to the cascade is a smooth function of means,
 * and the interval is that of the mean of its influences c - (1 - t) c_A - t c_B - b (q - (1 - t)
 * q_A - t q_B), t = (Q - Q_A) / (Q_B - Q_A), b = (C_B - C_A) / (Q_B - Q_A).
 */
#include "cascade/fit.h"

#include "stats/mean.h"
#include "stats/pairs.h"

#include <math.h>

struct comparing {
    struct pl_cascade_fit *fit;
    const struct pl_cascade_part *part;
    const struct pl_policy_outcome *chosen; /* or NULL */
    struct pl_policy_outcome *outcomes;     /* of a baseline */
    struct pl_cascade_baseline *baselines;
    size_t count;
};

static struct pl_policy_outcome of_tier(const struct pl_cascade_part *part, uint32_t tier,
                                        size_t row)
{
    const struct pl_cascade_tier *columns = &part->data->tiers[tier];

    return (struct pl_policy_outcome){columns->costs[row], columns->right[row], tier};
}

static struct pl_estimate estimate_mean(const struct pl_mean *mean,
                                        const struct comparing *comparing)
{
    const struct pl_stat stat = pl_mean_finish(mean);

    return pl_stat_estimate(&stat, comparing->fit->options.confidence, PL_RATE_WILSON);
}

static struct pl_estimate cost_more(const struct comparing *comparing)
{
    struct pl_mean mean;

    pl_mean_init(&mean);
    pl_mean_refuse_rate(&mean);
    for (size_t i = 0; i < comparing->part->count; i++)
        pl_mean_add(&mean, comparing->chosen[i].cost - comparing->outcomes[i].cost, 1, 1.0);
    return estimate_mean(&mean, comparing);
}

/* Rates by the pairs that differ; scores by the mean of their differences. */
static struct pl_estimate quality_more(const struct comparing *comparing)
{
    const double n = (double)comparing->part->count;
    double better = 0.0;
    double worse = 0.0;
    struct pl_mean mean;

    pl_mean_init(&mean);
    pl_mean_refuse_rate(&mean);
    for (size_t i = 0; i < comparing->part->count; i++) {
        const double more = comparing->chosen[i].quality - comparing->outcomes[i].quality;

        better += more > 0.0;
        worse += more < 0.0;
        pl_mean_add(&mean, more, 1, 1.0);
    }
    if (!comparing->fit->binary)
        return estimate_mean(&mean, comparing);

    const struct pl_stat stat = pl_paired_difference(&(struct pl_discordance){
        .only_first = {better, n},
        .only_second = {worse, n},
        .value = (better - worse) / n,
        .n = comparing->part->count,
    });

    return pl_stat_estimate(&stat, comparing->fit->options.confidence, PL_RATE_WILSON);
}

static bool is_the_same(const struct comparing *comparing)
{
    for (size_t i = 0; i < comparing->part->count; i++)
        if (comparing->chosen[i].delivered != comparing->outcomes[i].delivered ||
            comparing->chosen[i].cost > comparing->outcomes[i].cost)
            return false;
    return true;
}

/* How many baselines may be found to keep the bound: the risk is shared out among them. */
static double family(const struct comparing *comparing)
{
    return (double)(comparing->part->data->tiers_count + comparing->part->data->rules_count);
}

static void add_baseline(struct comparing *comparing, struct pl_cascade_baseline baseline)
{
    const double delta = 1.0 - comparing->fit->options.confidence;

    pl_cascade_judge(comparing->fit, comparing->part, comparing->outcomes, &baseline.result);
    baseline.keeps = baseline.result.p_value <= delta / family(comparing);
    if (comparing->chosen != NULL) {
        baseline.keeps = baseline.keeps || is_the_same(comparing);
        baseline.cost_more = cost_more(comparing);
        baseline.quality_more = quality_more(comparing);
    }
    comparing->baselines[comparing->count++] = baseline;
}

static void add_tiers(struct comparing *comparing)
{
    for (uint32_t t = 0; t < comparing->part->data->tiers_count; t++) {
        for (size_t i = 0; i < comparing->part->count; i++)
            comparing->outcomes[i] = of_tier(comparing->part, t, comparing->part->rows[i]);
        add_baseline(comparing, (struct pl_cascade_baseline){.kind = PL_BASELINE_TIER, .tier = t});
    }
}

static void add_rules(struct comparing *comparing)
{
    const struct pl_cascade_data *data = comparing->part->data;
    const uint32_t last = (uint32_t)data->tiers_count - 1;

    for (uint32_t r = 0; r < data->rules_count; r++) {
        const struct pl_cascade_rule *rule = &data->rules[r];

        for (size_t i = 0; i < comparing->part->count; i++) {
            const size_t row = comparing->part->rows[i];

            comparing->outcomes[i] =
                of_tier(comparing->part, rule->holds[row] ? rule->tier : last, row);
        }
        add_baseline(comparing, (struct pl_cascade_baseline){
                                    .kind = PL_BASELINE_RULE, .tier = rule->tier, .rule = r});
    }
}

/* The cheapest mixture of two tiers (or one tier) with at least the quality; false when none has
 * it. */
static bool find_mixture(const struct comparing *comparing, double quality,
                         struct pl_cascade_baseline *mixture)
{
    const size_t tiers_count = comparing->part->data->tiers_count;
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
    const struct pl_cascade_tier *tiers = comparing->part->data->tiers;
    struct pl_cascade_baseline mixture;
    struct pl_mean mean;

    if (!find_mixture(comparing, chosen->quality.value, &mixture))
        return;

    const struct pl_policy_result *a = &comparing->baselines[mixture.tier].result;
    const struct pl_policy_result *b = &comparing->baselines[mixture.other].result;
    const double t = mixture.share;
    const double gap = b->quality.value - a->quality.value;
    const double price = gap > 0.0 ? (b->cost.value - a->cost.value) / gap : 0.0;

    pl_mean_init(&mean);
    pl_mean_refuse_rate(&mean);
    for (size_t i = 0; i < comparing->part->count; i++) {
        const size_t row = comparing->part->rows[i];
        const struct pl_cascade_tier *x = &tiers[mixture.tier];
        const struct pl_cascade_tier *y = &tiers[mixture.other];
        const double cost =
            comparing->chosen[i].cost - (1.0 - t) * x->costs[row] - t * y->costs[row];
        const double quality =
            comparing->chosen[i].quality - (1.0 - t) * x->right[row] - t * y->right[row];

        pl_mean_add(&mean, cost - price * quality, 1, 1.0);
    }
    mixture.cost_more = estimate_mean(&mean, comparing);
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
    const bool is_last = baseline->tier + 1 == comparing->part->data->tiers_count;

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

enum pl_status pl_cascade_compare(struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                                  const struct pl_policy_outcome *chosen, struct pl_arena *arena)
{
    const size_t most = part->data->tiers_count + part->data->rules_count + 1;
    struct comparing comparing = {
        .fit = fit,
        .part = part,
        .chosen = chosen,
        .outcomes = pl_arena_alloc_array(arena, part->count + 1, sizeof *comparing.outcomes),
        .baselines = pl_arena_alloc_array(arena, most, sizeof *comparing.baselines),
    };

    if (comparing.outcomes == NULL || comparing.baselines == NULL)
        return PL_E_MEMORY;
    add_tiers(&comparing);
    add_rules(&comparing);
    if (chosen != NULL)
        add_mixture(&comparing);
    fit->baselines = comparing.baselines;
    fit->baselines_count = comparing.count;
    fit->doubts = 0;
    for (size_t i = 0; i < comparing.count && chosen != NULL; i++)
        fit->doubts |= doubt_of(&comparing, &comparing.baselines[i]);
    return PL_OK;
}
