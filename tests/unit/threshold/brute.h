/*
 * The search for thresholds done again by trying everything, from the runs alone and with formulas of
 * its own: every threshold of every group, every slice, every limit.
 */
#ifndef PL_TESTS_BRUTE_H
#define PL_TESTS_BRUTE_H

#include "small_cells.h"

#define BRUTE_GROUPS_MAX 12

struct brute {
    const struct pl_cells *cells;
    const struct pl_limit *limits;
    size_t limits_count;
    const struct pl_crossing *crossing; /* NULL: one threshold */
    struct pl_costs costs;
    uint64_t smallest_slice;
    double thresholds[LEAVES_MAX]; /* the try: by group */
    /* The best so far: by excess (0 when all is kept), cost, flips, positives. */
    bool any;
    double best_excess;
    struct pl_rank best;
    size_t tries;
};

/* Weights by label and prediction, what they cost, and how many decisions. */
struct brute_counts {
    double w[3][3];
    double cost;
    uint64_t n;
};

/* What one decision costs, in tenths, so that sums are exact: the last entry that holds for it and gives its cost has the word. */
static inline double brute_cost(const struct brute *brute, uint32_t leaf, uint32_t label, bool said)
{
    const struct pl_costs *costs = &brute->costs;
    double cost = label == 1 ? (said ? costs->true_positive : costs->false_negative)
                             : (said ? costs->false_positive : costs->true_negative);

    for (size_t i = 0; i < costs->slices_count; i++) {
        const struct pl_cost_slice *slice = &costs->slices[i];
        bool holds = slice->given[label][said];

        for (uint32_t at = 0; at < slice->crossing.count; at++) {
            const uint32_t s = slice->crossing.segments[at];

            holds = holds &&
                    pl_str_equal(
                        brute->cells->segments[s].names[brute->cells->leaf_groups[leaf * 2 + s]],
                        slice->groups[at]);
        }
        cost = holds ? slice->costs[label][said] : cost;
    }
    return round(10.0 * cost);
}

static inline uint32_t brute_group(const struct pl_cells *cells, const struct pl_crossing *crossing,
                                   uint32_t leaf)
{
    uint32_t group = 0;

    for (uint32_t i = 0; crossing != NULL && i < crossing->count; i++) {
        const uint32_t s = crossing->segments[i];

        group = group * cells->segments[s].count + cells->leaf_groups[leaf * 2 + s];
    }
    return group;
}

static inline uint32_t brute_groups_count(const struct pl_cells *cells,
                                          const struct pl_crossing *crossing)
{
    uint32_t count = 1;

    for (uint32_t i = 0; crossing != NULL && i < crossing->count; i++)
        count *= cells->segments[crossing->segments[i]].count;
    return count;
}

/* The decisions of one group of `slices`, at the thresholds being tried. */
static inline struct brute_counts brute_count(const struct brute *brute,
                                              const struct pl_crossing *slices, uint32_t slice)
{
    const struct pl_cells *cells = brute->cells;
    const struct pl_runs *runs = cells->columns;
    struct brute_counts counts = {0};

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;
        const uint32_t label = runs->keys[i] % 4;
        const double weight = runs->weights == NULL ? 1.0 : runs->weights[i];
        const double threshold = brute->thresholds[brute_group(cells, brute->crossing, leaf)];

        if (brute_group(cells, slices, leaf) != slice)
            continue;
        counts.w[label][runs->values[i] >= threshold] += weight * (double)runs->counts[i];
        counts.n += runs->counts[i];
        if (label < 2)
            counts.cost += weight * (double)runs->counts[i] *
                           brute_cost(brute, leaf, label, runs->values[i] >= threshold);
    }
    for (uint32_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (int label = 0; label < 3; label++) {
            if (brute_group(cells, slices, leaf) != slice)
                continue;
            counts.w[label][2] += cells->confusions[leaf].weight[label][2];
            counts.n += cells->confusions[leaf].n[label][2];
        }
    return counts;
}

static inline double brute_divide(double a, double b)
{
    return b > 0.0 ? a / b : (double)NAN;
}

static inline double brute_metric(struct pl_str name, const struct brute_counts *c)
{
    const double tn = c->w[0][0], fp = c->w[0][1], fn = c->w[1][0], tp = c->w[1][1];
    const double yes = fp + tp + c->w[2][1], no = tn + fn + c->w[2][0];

    if (pl_str_equal_text(name, "selection_rate"))
        return brute_divide(yes, yes + no);
    if (pl_str_equal_text(name, "true_positive_rate"))
        return brute_divide(tp, tp + fn);
    if (pl_str_equal_text(name, "false_positive_rate"))
        return brute_divide(fp, fp + tn);
    if (pl_str_equal_text(name, "precision"))
        return brute_divide(tp, tp + fp);
    if (pl_str_equal_text(name, "accuracy"))
        return brute_divide(tp + tn, tp + tn + fp + fn);
    if (pl_str_equal_text(name, "f1"))
        return brute_divide(2 * tp, 2 * tp + fp + fn);
    if (pl_str_equal_text(name, "expected_cost"))
        return brute_divide(c->cost / 10.0, tp + tn + fp + fn);
    fail_msg("no formula for %.*s", PL_STR_ARG(name));
    return 0.0;
}

/* The value at the two ends: a slice without one at both has none at all. */
static inline bool brute_has_value(const struct brute *brute, const struct pl_limit *limit,
                                   const struct pl_crossing *slices, uint32_t slice)
{
    struct brute ends = *brute;
    bool has = false;

    for (int end = 0; end < 2; end++) {
        for (uint32_t g = 0; g < LEAVES_MAX; g++)
            ends.thresholds[g] = end == 0 ? -HUGE_VAL : HUGE_VAL;

        const struct brute_counts counts = brute_count(&ends, slices, slice);

        has = has || !isnan(brute_metric(limit->metric, &counts));
    }
    return has;
}

/* How far one limit is crossed over one crossing (NULL: overall); all pairs, by their definition. */
static inline double brute_excess_over(const struct brute *brute, const struct pl_limit *limit,
                                       const struct pl_crossing *slices)
{
    const uint32_t count = brute_groups_count(brute->cells, slices);
    const struct brute_counts all = brute_count(brute, NULL, 0);
    const double overall = brute_metric(limit->metric, &all);
    double values[LEAVES_MAX];
    uint32_t used = 0;
    uint32_t reference = UINT32_MAX;
    double worst = -HUGE_VAL;
    double largest = 0.0;

    for (uint32_t slice = 0; slice < count; slice++) {
        const struct brute_counts counts = brute_count(brute, slices, slice);

        if (counts.n == 0 || (slices != NULL && counts.n < brute->smallest_slice) ||
            !brute_has_value(brute, limit, slices, slice))
            continue;
        if (limit->reference.len > 0 && slices != NULL &&
            pl_str_equal(brute->cells->segments[slices->segments[0]].names[slice],
                         limit->reference))
            reference = used;
        values[used] = brute_metric(limit->metric, &counts);
        largest = fmax(largest, values[used++]);
    }
    if (limit->comparator == PL_COMPARE_MIN || limit->comparator == PL_COMPARE_MAX) {
        for (uint32_t i = 0; i < used; i++) {
            const double past = limit->comparator == PL_COMPARE_MIN ? limit->threshold - values[i]
                                                                    : values[i] - limit->threshold;

            worst = fmax(worst, isnan(values[i]) ? HUGE_VAL : past);
        }
        return worst;
    }

    const bool whole = limit->comparator == PL_COMPARE_MAX_RATIO_TO_OVERALL ||
                       limit->comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL;

    if (limit->reference.len > 0 && reference == UINT32_MAX)
        return -HUGE_VAL;
    for (uint32_t i = 0; i < used; i++)
        for (uint32_t j = 0; j < (whole ? 1 : used); j++) {
            const double a = values[i];
            const double b = whole ? overall : values[j];
            double past = 0.0;

            if (!whole && (i == j || (limit->reference.len > 0 && j != reference)))
                continue;
            if (isnan(a) || isnan(b))
                past = HUGE_VAL;
            else if (limit->comparator == PL_COMPARE_MAX_DIFFERENCE ||
                     limit->comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL)
                past = fabs(a - b) - limit->threshold;
            else if (b <= 0.0 && limit->comparator == PL_COMPARE_MIN_RATIO &&
                     limit->reference.len == 0 && largest > 0.0)
                past = -HUGE_VAL; /* said by the other way round, and by those above 0 */
            else if (b <= 0.0)
                past = HUGE_VAL;
            else if (limit->comparator == PL_COMPARE_MIN_RATIO)
                past = limit->threshold - a / b;
            else
                past = a / b - limit->threshold;
            worst = fmax(worst, past);
        }
    return worst;
}

static inline double brute_excess(const struct brute *brute)
{
    double worst = -HUGE_VAL;

    for (size_t i = 0; i < brute->limits_count; i++) {
        const struct pl_limit *limit = &brute->limits[i];

        if (limit->comparator == PL_COMPARE_MIN || limit->comparator == PL_COMPARE_MAX)
            worst = fmax(worst, brute_excess_over(brute, limit, NULL));
        for (size_t c = 0; c < limit->crossings_count; c++)
            worst = fmax(worst, brute_excess_over(brute, limit, &limit->crossings[c]));
    }
    return worst;
}

static inline struct pl_rank brute_rank(const struct brute *brute)
{
    const struct pl_runs *runs = brute->cells->columns;
    const struct brute_counts all = brute_count(brute, NULL, 0);
    struct pl_rank rank = {.cost = all.cost};

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t group = brute_group(brute->cells, brute->crossing, runs->keys[i] / 4);
        const bool after = runs->values[i] >= brute->thresholds[group];

        rank.flips += after != (runs->values[i] >= brute->cells->threshold) ? runs->counts[i] : 0;
        rank.positives += after ? runs->counts[i] : 0;
    }
    return rank;
}

static inline void brute_try(struct brute *brute)
{
    const double found = brute_excess(brute);
    const double excess = found <= 0.0 ? 0.0 : found;
    const struct pl_rank rank = brute_rank(brute);

    brute->tries++;
    if (isinf(excess))
        return;
    if (brute->any &&
        (excess > brute->best_excess + 1e-12 ||
         (excess > brute->best_excess - 1e-12 && pl_rank_compare(&rank, &brute->best) >= 0)))
        return;
    brute->any = true;
    brute->best_excess = excess;
    brute->best = rank;
}

static inline bool brute_is_fixed(const struct brute *brute, uint32_t group)
{
    return brute->crossing != NULL &&
           brute_count(brute, brute->crossing, group).n < brute->smallest_slice;
}

/* Every threshold (each score, and above all) of this group and those behind it. */
static inline void brute_from(struct brute *brute, uint32_t group, uint32_t scores)
{
    if (group == brute_groups_count(brute->cells, brute->crossing)) {
        brute_try(brute);
        return;
    }
    if (brute_is_fixed(brute, group)) {
        brute->thresholds[group] = brute->cells->threshold;
        brute_from(brute, group + 1, scores);
        return;
    }
    for (uint32_t score = 0; score <= scores; score++) {
        brute->thresholds[group] = score;
        brute_from(brute, group + 1, scores);
    }
}

#endif
