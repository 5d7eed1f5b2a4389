/*
 * Figures of a grouping as a whole: differential fairness, and how much of the inequality of
 * benefits lies between groups.
 *
 * Differential fairness (J. R. Foulds et al., ICDE 2020) is the least e for which the chances of a
 * yes, and of a no, of any two groups are within a factor exp(e). Its interval follows from those
 * of the smallest ratio of both, each at (1 + c) / 2 (stats/gap.h). Smoothed it is AIF360's with
 * concentration 1: half a decision of each kind is added to every group.
 *
 * An index of inequality splits into a part within and a part between groups (Shorrocks 1980); the
 * latter is the index of decisions that all bring the mean benefit of their group.
 */
#include "fairness/compare.h"

#include "measure/metrics.h"
#include "stats/gap.h"
#include "stats/inequality.h"

#include <math.h>

#define CONCENTRATION 1.0 /* of the Dirichlet prior, over both outcomes */

/* ---- inequality ---- */

struct benefit {
    double weight;
    double sum;
};

static struct benefit benefit_of(const struct pl_confusion *confusion)
{
    const double wrong_yes = pl_confusion_weight(confusion, PL_FP);
    const double right = pl_confusion_weight(confusion, PL_TP | PL_TN);

    return (struct benefit){.weight = pl_confusion_weight(confusion, PL_LABELLED),
                            .sum = right + 2.0 * wrong_yes};
}

/* The index of the groups' mean benefits. */
static double between_groups(const struct pl_grouping *grouping, double mean,
                             enum pl_entropy_order order)
{
    double total = 0.0;
    double sum = 0.0;

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct benefit benefit = benefit_of(&grouping->slices[i].confusion);

        if (benefit.weight <= 0.0)
            continue;

        const double part = benefit.sum / benefit.weight / mean;

        total += benefit.weight;
        if (order == PL_ENTROPY_SQUARED)
            sum += benefit.weight * 0.5 * (part * part - 1.0);
        else if (part > 0.0)
            sum += benefit.weight * part * log(part);
    }
    return fmax(0.0, sum / total);
}

/* The index of all decisions, and its part between groups. */
static struct pl_fairness_inequality inequality_of(const struct pl_fairness_field *field,
                                                   enum pl_entropy_order order)
{
    static const unsigned BENEFITS[] = {PL_FN, PL_TP | PL_TN, PL_FP};
    const struct pl_measured *measured = field->measured;
    const struct pl_confusion *confusion = &measured->overall.confusion;
    const struct benefit all = benefit_of(confusion);
    struct pl_benefits benefits;
    struct pl_fairness_inequality inequality = {0};

    for (int b = 0; b < PL_BENEFITS; b++) {
        benefits.n[b] = pl_confusion_count(confusion, BENEFITS[b]);
        benefits.weight[b] = pl_confusion_weight(confusion, BENEFITS[b]);
        benefits.weight_squared[b] = pl_confusion_weight_squared(confusion, BENEFITS[b]);
    }

    const struct pl_stat stat = pl_generalized_entropy(&benefits, order);

    inequality.overall =
        pl_stat_estimate(&stat, measured->confidence,
                         measured->interval == PL_INTERVAL_EXACT ? PL_RATE_EXACT : PL_RATE_WILSON);
    if (stat.kind != PL_STAT_NONE)
        inequality.between = between_groups(field->grouping, all.sum / all.weight, order);
    return inequality;
}

void pl_fairness_inequalities(const struct pl_fairness_field *field,
                              struct pl_fairness_grouping *grouping)
{
    const struct pl_cells *cells = field->measured->cells;

    if (!cells->has_labels || !cells->has_predictions)
        return;
    grouping->has_inequality = true;
    grouping->generalized_entropy = inequality_of(field, PL_ENTROPY_SQUARED);
    grouping->theil = inequality_of(field, PL_ENTROPY_THEIL);
}

/* ---- differential fairness ---- */

/* The smallest ratio of the chances of a yes, or of a no, over the groups. */
static enum pl_status smallest_ratio(const struct pl_fairness_field *field, size_t metric,
                                     bool of_no, struct pl_arena *arena,
                                     struct pl_estimate *ret_ratio, struct pl_error *error)
{
    struct pl_stat *stats = pl_arena_alloc_array(arena, field->judged_count + 1, sizeof *stats);
    struct pl_gap gap = {0};

    if (stats == NULL)
        return pl_arena_error(arena, "the comparison of groups", error);
    for (size_t i = 0; i < field->judged_count; i++) {
        stats[i] = field->judged[i]->stats[metric];
        if (!of_no || stats[i].kind != PL_STAT_RATE)
            continue;
        stats[i].value = 1.0 - stats[i].value;
        stats[i].rate.rate.k = stats[i].rate.rate.n - stats[i].rate.rate.k;
    }

    const struct pl_gap_request request = {
        .stats = stats,
        .count = field->judged_count,
        .confidence = field->measured->confidence,
        .seed = field->measured->seed,
    };

    PL_RETURN_IF(pl_gap_ratio(&request, arena, &gap, error));
    *ret_ratio = gap.of_two;
    return PL_OK;
}

/* |ln| of the smaller of two ratios; infinite where one is 0, which has no value. */
static struct pl_estimate epsilon_of(const struct pl_estimate *yes, const struct pl_estimate *no)
{
    if (yes->status == PL_ESTIMATE_UNDEFINED || no->status == PL_ESTIMATE_UNDEFINED)
        return yes->status == PL_ESTIMATE_UNDEFINED ? *yes : *no;
    if (yes->value <= 0.0 || no->value <= 0.0)
        return pl_fairness_undefined(PL_UNDEFINED_ZERO_REFERENCE);

    const double low = fmin(yes->low, no->low);

    return (struct pl_estimate){
        .value = fabs(log(fmin(yes->value, no->value))),
        .low = fabs(log(fmin(yes->high, no->high))),
        .high = low <= 0.0 ? HUGE_VAL : fabs(log(low)),
        .n = yes->n,
        .status = PL_ESTIMATE_OK,
    };
}

static void smooth(const struct pl_fairness_field *field,
                   struct pl_fairness_differential *differential)
{
    double least[2] = {HUGE_VAL, HUGE_VAL};
    double most[2] = {0.0, 0.0};
    size_t count = 0;

    for (size_t i = 0; i < field->judged_count; i++) {
        const struct pl_confusion *confusion = &field->judged[i]->confusion;
        const double yes = pl_confusion_weight(confusion, PL_PREDICTED_POSITIVE);
        const double no = pl_confusion_weight(confusion, PL_PREDICTED_NEGATIVE);
        const double chance = (yes + 0.5 * CONCENTRATION) / (yes + no + CONCENTRATION);

        if (yes + no <= 0.0)
            continue;
        count++;
        least[0] = fmin(least[0], chance);
        most[0] = fmax(most[0], chance);
        least[1] = fmin(least[1], 1.0 - chance);
        most[1] = fmax(most[1], 1.0 - chance);
    }
    differential->smoothed_defined = count > 1;
    if (count > 1)
        differential->smoothed = fmax(log(most[0] / least[0]), log(most[1] / least[1]));
}

enum pl_status pl_fairness_differ(const struct pl_fairness_field *field, struct pl_arena *arena,
                                  struct pl_fairness_grouping *grouping, struct pl_error *error)
{
    struct pl_estimate yes;
    struct pl_estimate no;
    size_t metric = 0;

    if (!pl_fairness_find_metric(field->measured, "selection_rate", &metric))
        return PL_OK;
    PL_RETURN_IF(smallest_ratio(field, metric, true, arena, &no, error));
    yes = field->betweens[metric].ratio_of_two;
    grouping->has_differential = true;
    grouping->differential.epsilon = epsilon_of(&yes, &no);
    smooth(field, &grouping->differential);
    return PL_OK;
}
