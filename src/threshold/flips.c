/*
 * A decision flips when its score lies between the two thresholds. Its cost changes by that of the
 * error that it becomes, or that it was; all others change by nothing.
 */
#include "threshold/flips.h"

#include "stats/mean.h"

uint64_t pl_flips_total(const struct pl_flips *flips)
{
    uint64_t total = 0;

    for (int label = 0; label < 3; label++)
        total += flips->to_positive[label] + flips->to_negative[label];
    return total;
}

void pl_flips_count(const struct pl_move *move, const uint32_t *group_of_leaf,
                    struct pl_flips *flips)
{
    const struct pl_runs *runs = &move->cells->columns[0];

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;
        const bool before = runs->values[i] >= move->before[leaf];
        const bool after = runs->values[i] >= move->after[leaf];
        struct pl_flips *own = &flips[group_of_leaf == NULL ? 0 : group_of_leaf[leaf]];

        if (before != after)
            (after ? own->to_positive : own->to_negative)[runs->keys[i] % 4] += runs->counts[i];
    }
}

struct pl_stat pl_cost_change(const struct pl_move *move, const struct pl_costs *costs)
{
    const struct pl_runs *runs = &move->cells->columns[0];
    struct pl_mean mean;
    bool any = false;

    pl_mean_init(&mean);
    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;
        const uint32_t label = runs->keys[i] % 4;
        const bool before = runs->values[i] >= move->before[leaf];
        const bool after = runs->values[i] >= move->after[leaf];
        const double price = label == PL_NEGATIVE ? costs->false_positive : -costs->false_negative;
        const double change = (double)(after - before) * price;

        if (label == PL_UNKNOWN)
            continue;
        any = any || before != after;
        pl_mean_add(&mean, change, runs->counts[i], runs->weights == NULL ? 1.0 : runs->weights[i]);
    }
    if (!any && mean.n > 0)
        return (struct pl_stat){.kind = PL_STAT_EXACT, .n = mean.n, .value = 0.0};
    return pl_mean_finish(&mean);
}
