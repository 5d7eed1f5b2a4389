/*
 * A slice is part of the whole, so the two cannot be compared as if they were strangers. What can be is
 * the slice and the rest: with overall = s * slice + (1 - s) * rest, a comparison of slice and overall
 * is one of slice and rest, which are independent given how many decisions each has.
 */
#include "measure/rest.h"

#include "measure/regression.h"

#include <math.h>

static struct pl_confusion subtract(const struct pl_confusion *whole,
                                    const struct pl_confusion *part)
{
    struct pl_confusion rest = *whole;

    for (int label = 0; label < 3; label++)
        for (int prediction = 0; prediction < 3; prediction++) {
            rest.n[label][prediction] -= part->n[label][prediction];
            /* Sums of weights are rounded: where no decision is left, no weight is. */
            if (rest.n[label][prediction] == 0) {
                rest.weight[label][prediction] = 0.0;
                rest.weight_squared[label][prediction] = 0.0;
                continue;
            }
            rest.weight[label][prediction] -= part->weight[label][prediction];
            rest.weight_squared[label][prediction] -= part->weight_squared[label][prediction];
        }
    return rest;
}

/* The same by costs. A cost that no place outside the slice has cannot occur there. */
static void subtract_costs(const struct pl_tally *slice, struct pl_cost_sums *ret_sums)
{
    for (size_t k = 0; k < slice->cost_table->count; k++) {
        const struct pl_cost_sums *whole = &slice->all->by_cost[k];
        const struct pl_cost_sums *part = &slice->by_cost[k];
        const bool none = whole->n == part->n;

        ret_sums[k] = (struct pl_cost_sums){
            .n = whole->n - part->n,
            .weight = none ? 0.0 : whole->weight - part->weight,
            .weight_squared = none ? 0.0 : whole->weight_squared - part->weight_squared,
            .places = whole->places - part->places,
        };
    }
}

static struct pl_rest rest_of_rate(const struct pl_metric *metric, const struct pl_tally *slice)
{
    const struct pl_metric_row *row = metric->row;
    const struct pl_confusion *whole = pl_metric_confusion(slice->all, metric);
    const struct pl_confusion *part = pl_metric_confusion(slice, metric);
    struct pl_tally rest = *slice;
    struct pl_regression_tally regression;
    struct pl_within withins[PL_TOLERANCES_MAX];
    struct pl_cost_sums by_cost[PL_COST_KINDS_MAX];

    rest.confusion = subtract(whole, part);
    rest.by_cost = by_cost;
    rest.shares = slice->rest_shares;
    if (slice->cost_table != NULL)
        subtract_costs(slice, by_cost);
    if (slice->regression != NULL) {
        pl_regression_rest(slice, withins, &regression);
        rest.regression = &regression;
    }
    return (struct pl_rest){
        .stat = row->make != NULL ? row->make(&rest, metric)
                                  : pl_rate_stat(row, &rest.confusion, slice->weighted),
        .share = pl_confusion_weight(part, row->trials) / pl_confusion_weight(whole, row->trials),
    };
}

/* Sum of squares about the mean, from the standard error of the mean. */
static double squares_of(const struct pl_stat *mean)
{
    const double n = (double)mean->n;

    return mean->normal.se * mean->normal.se * n * (n - 1.0);
}

/* Mean and spread of the rest by the decomposition of squares into within and between. */
static struct pl_stat subtract_normal(const struct pl_stat *part, const struct pl_stat *whole)
{
    const double n = (double)whole->n;
    const double n_part = (double)part->n;
    const double n_rest = n - n_part;
    struct pl_stat rest = *whole;

    rest.n = whole->n - part->n;
    rest.value = (n * whole->value - n_part * part->value) / n_rest;

    const double gap = part->value - rest.value;
    const double squares = squares_of(whole) - squares_of(part) - n_part * n_rest / n * gap * gap;

    rest.normal.se = squares <= 0.0 ? 0.0 : sqrt(squares / (n_rest * (n_rest - 1.0)));
    rest.normal.df = n_rest - 1.0;
    rest.normal.n_effective = n_rest;
    return rest;
}

static struct pl_rest rest_of_mean(const struct pl_tally *slice, const struct pl_stat *part,
                                   const struct pl_stat *whole)
{
    struct pl_rest rest = {.share = (double)part->n / (double)whole->n};

    /* With weights the squares do not decompose like this: no rest, and the judge is conservative. */
    if (slice->weighted || part->kind == PL_STAT_NONE || part->kind != whole->kind ||
        whole->n < part->n + 2)
        return rest;
    if (part->kind == PL_STAT_NORMAL) {
        rest.stat = subtract_normal(part, whole);
    } else if (part->kind == PL_STAT_RATE) {
        rest.stat = *whole;
        rest.stat.n -= part->n;
        rest.stat.rate.rate.k -= part->rate.rate.k;
        rest.stat.rate.rate.n -= part->rate.rate.n;
        rest.stat.value = rest.stat.rate.rate.k / rest.stat.rate.rate.n;
    }
    return rest;
}

static struct pl_rest rest_of_lists(const struct pl_metric *metric, const struct pl_tally *slice)
{
    struct pl_rest rest = {0};

    rest.stat = pl_list_rest(slice, metric, &rest.share);
    return rest;
}

struct pl_rest pl_rest_make(const struct pl_metric *metric, const struct pl_tally *slice,
                            const struct pl_stat *part, const struct pl_stat *whole)
{
    if (whole->kind == PL_STAT_NONE || part->kind == PL_STAT_NONE)
        return (struct pl_rest){0};
    switch (metric->row->additivity) {
    case PL_ADDITIVE_RATE:
        return rest_of_rate(metric, slice);
    case PL_ADDITIVE_MEAN:
        return rest_of_mean(slice, part, whole);
    case PL_ADDITIVE_LISTS:
        return rest_of_lists(metric, slice);
    case PL_ADDITIVE_NOT:
    default:
        return (struct pl_rest){0};
    }
}
