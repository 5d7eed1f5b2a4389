/*
 * Groups and candidates. Runs are sorted by score, so one pass from the top meets the candidates of
 * every group in order, and the decisions above each are counted on the way.
 */
#include "threshold/quest.h"

#include "measure/moved.h"
#include "measure/partition.h"

#include <math.h>

#define COST_SCALE_MAX 1e6

static const double WHOLE_WITHIN = 1e-12;

void pl_side_add(struct pl_side *side, const struct pl_side *other)
{
    for (int label = 0; label < 3; label++) {
        side->n[label] += other->n[label];
        side->weight[label] += other->weight[label];
        side->weight_squared[label] += other->weight_squared[label];
    }
    for (int answer = 0; answer < 2; answer++)
        side->cost[answer] += other->cost[answer];
}

void pl_side_add_run(struct pl_side *side, const struct pl_quest *quest, size_t run)
{
    const struct pl_runs *runs = &quest->cells->columns[0];
    const int label = (int)(runs->keys[run] % 4);
    const double count = (double)runs->counts[run];
    const double weight = runs->weights == NULL ? 1.0 : runs->weights[run];

    side->n[label] += runs->counts[run];
    side->weight[label] += count * weight;
    side->weight_squared[label] += count * weight * weight;
    for (int answer = 0; label != PL_UNKNOWN && answer < 2; answer++)
        side->cost[answer] +=
            count * weight * quest->costs[runs->keys[run] / 4].costs[label][answer];
}

static enum pl_status make_groups(struct pl_quest *quest, const struct pl_crossing *crossing,
                                  struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_cells *cells = quest->cells;
    struct pl_partition partition;
    struct pl_slice *slices = NULL;

    if (crossing == NULL)
        PL_RETURN_IF(pl_partition_all(cells, arena, &partition, error));
    else
        PL_RETURN_IF(pl_partition_make(cells, crossing, arena, &partition, &slices, error));
    if (partition.slices_count > PL_THRESHOLD_GROUPS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "thresholds for %zu groups; at most %d are found at once",
                            partition.slices_count, PL_THRESHOLD_GROUPS_MAX);
    quest->groups = pl_arena_alloc_array(arena, partition.slices_count, sizeof *quest->groups);
    if (quest->groups == NULL)
        return pl_arena_error(arena, "the groups", error);
    quest->group_of_leaf = partition.slice_of_leaf;
    quest->groups_count = partition.slices_count;
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const struct pl_confusion *confusion = &cells->confusions[leaf];
        const uint32_t g = partition.slice_of_leaf[leaf];

        quest->groups[g].n += pl_confusion_count(confusion, 0x1ffu);
        if (slices == NULL)
            continue;
        slices[g].n += pl_confusion_count(confusion, 0x1ffu);
        slices[g].weight += pl_confusion_weight(confusion, 0x1ffu);
    }
    if (slices == NULL)
        return PL_OK;
    pl_slices_set_aside(cells, &quest->aside, slices, quest->groups_count);
    for (size_t g = 0; g < quest->groups_count; g++)
        quest->groups[g].fixed = slices[g].too_small;
    return PL_OK;
}

/* The candidate of every run, and how many each group has. */
static enum pl_status number_candidates(struct pl_quest *quest, struct pl_arena *arena,
                                        struct pl_error *error)
{
    const struct pl_runs *runs = &quest->cells->columns[0];
    uint32_t *candidates = pl_arena_alloc_array(arena, runs->count, sizeof *candidates);
    double *last = pl_arena_alloc_array(arena, quest->groups_count, sizeof *last);

    if (candidates == NULL || last == NULL)
        return pl_arena_error(arena, "the candidates", error);
    for (size_t g = 0; g < quest->groups_count; g++) {
        quest->groups[g].count = 1;
        last[g] = HUGE_VAL;
    }
    for (size_t i = runs->count; i > 0; i--) {
        const uint32_t g = quest->group_of_leaf[runs->keys[i - 1] / 4];

        quest->groups[g].count += runs->values[i - 1] < last[g] ? 1 : 0;
        last[g] = runs->values[i - 1];
        candidates[i - 1] = (uint32_t)(quest->groups[g].count - 1);
    }
    quest->candidates = candidates;
    return PL_OK;
}

static enum pl_status allocate_candidates(struct pl_quest *quest, struct pl_arena *arena,
                                          struct pl_error *error)
{
    for (size_t g = 0; g < quest->groups_count; g++) {
        struct pl_choosing *group = &quest->groups[g];

        group->thresholds = pl_arena_alloc_array(arena, group->count, sizeof *group->thresholds);
        group->ranks = pl_arena_alloc_array(arena, group->count, sizeof *group->ranks);
        group->excess = pl_arena_alloc_array(arena, group->count, sizeof *group->excess);
        if (group->thresholds == NULL || group->ranks == NULL || group->excess == NULL)
            return pl_arena_error(arena, "the candidates", error);
        group->thresholds[0] = HUGE_VAL;
        for (size_t k = 0; k < group->count; k++)
            group->excess[k] = -HUGE_VAL;
    }
    return PL_OK;
}

/* The cost of a candidate at which `above` pass: a no for all, and what each yes changes. */
static double cost_of(const struct pl_choosing *group, const struct pl_side *above)
{
    return group->scored.cost[PL_NEGATIVE] - above->cost[PL_NEGATIVE] + above->cost[PL_POSITIVE];
}

/* Thresholds and ranks but for the flips, which need the present candidate. */
static enum pl_status fill_candidates(struct pl_quest *quest, struct pl_arena *arena,
                                      struct pl_error *error)
{
    const struct pl_runs *runs = &quest->cells->columns[0];
    struct pl_side *above = pl_arena_alloc_array(arena, quest->groups_count, sizeof *above);

    if (above == NULL)
        return pl_arena_error(arena, "the candidates", error);
    for (size_t i = 0; i < runs->count; i++)
        pl_side_add_run(&quest->groups[quest->group_of_leaf[runs->keys[i] / 4]].scored, quest, i);
    for (size_t g = 0; g < quest->groups_count; g++)
        quest->groups[g].ranks[0].cost = cost_of(&quest->groups[g], &above[g]);
    for (size_t i = runs->count; i > 0; i--) {
        const uint32_t g = quest->group_of_leaf[runs->keys[i - 1] / 4];
        const uint32_t k = quest->candidates[i - 1];
        struct pl_choosing *group = &quest->groups[g];

        pl_side_add_run(&above[g], quest, i - 1);
        group->thresholds[k] = runs->values[i - 1];
        group->ranks[k].cost = cost_of(group, &above[g]);
        group->ranks[k].positives =
            above[g].n[PL_NEGATIVE] + above[g].n[PL_POSITIVE] + above[g].n[PL_UNKNOWN];
        if (runs->values[i - 1] >= quest->present)
            group->present = k;
    }
    return PL_OK;
}

static void count_flips(struct pl_quest *quest)
{
    for (size_t g = 0; g < quest->groups_count; g++) {
        struct pl_choosing *group = &quest->groups[g];
        const uint64_t now = group->ranks[group->present].positives;

        group->thresholds[group->present] = quest->present;
        for (size_t k = 0; k < group->count; k++) {
            const uint64_t then = group->ranks[k].positives;

            group->ranks[k].flips = then > now ? then - now : now - then;
        }
    }
}

/* The mean cost: a no for all, and what each yes changes. */
static double mean_cost(const struct pl_quest *quest, const struct pl_side *scored,
                        const struct pl_side *positive)
{
    const double cost =
        scored->cost[PL_NEGATIVE] - positive->cost[PL_NEGATIVE] + positive->cost[PL_POSITIVE];

    if (scored->n[PL_NEGATIVE] + scored->n[PL_POSITIVE] == 0)
        return (double)NAN;
    return cost / quest->cost_scale / (scored->weight[PL_NEGATIVE] + scored->weight[PL_POSITIVE]);
}

double pl_side_value(const struct pl_quest *quest, const struct pl_mixed *slice,
                     const struct pl_side *positive)
{
    struct pl_tally tally = {.weighted = quest->cells->has_weights};
    struct pl_confusion *confusion = &tally.confusion;

    if ((slice->metric->row->needs & PL_NEEDS_COSTS) != 0)
        return mean_cost(quest, &slice->scored, positive);
    for (int label = 0; label < 3; label++) {
        const uint64_t below = slice->scored.n[label] - positive->n[label];

        confusion->n[label][PL_POSITIVE] = positive->n[label];
        confusion->weight[label][PL_POSITIVE] = positive->weight[label];
        confusion->weight_squared[label][PL_POSITIVE] = positive->weight_squared[label];
        confusion->n[label][PL_NEGATIVE] = below;
        /* What rounding left of nothing is nothing. */
        confusion->weight[label][PL_NEGATIVE] =
            below == 0 ? 0.0 : slice->scored.weight[label] - positive->weight[label];
        confusion->weight_squared[label][PL_NEGATIVE] =
            below == 0 ? 0.0
                       : slice->scored.weight_squared[label] - positive->weight_squared[label];
        confusion->n[label][PL_UNKNOWN] = slice->unscored.n[label];
        confusion->weight[label][PL_UNKNOWN] = slice->unscored.weight[label];
        confusion->weight_squared[label][PL_UNKNOWN] = slice->unscored.weight_squared[label];
    }
    tally.all = &tally;
    tally.n = pl_confusion_count(confusion, 0x1ffu);
    tally.weight = pl_confusion_weight(confusion, 0x1ffu);

    const struct pl_metric_row *row = slice->metric->row;
    const struct pl_stat stat = row->make != NULL ? row->make(&tally, slice->metric)
                                                  : pl_rate_stat(row, confusion, tally.weighted);

    return stat.kind == PL_STAT_NONE ? (double)NAN : stat.value;
}

static double ratio(double a, double b)
{
    return b > 0.0 ? a / b : HUGE_VAL;
}

double pl_limit_excess(const struct pl_limit *limit, const struct pl_extent *extent)
{
    const double t = limit->threshold;
    const double beside = extent->has_beside ? extent->beside : 0.0;

    if (isnan(extent->low) || isnan(extent->high) || isnan(beside))
        return HUGE_VAL;
    switch (limit->comparator) {
    case PL_COMPARE_MIN:
        return t - extent->low;
    case PL_COMPARE_MAX:
        return extent->high - t;
    case PL_COMPARE_MIN_RATIO: {
        const double whole = extent->has_beside ? beside : extent->high;

        return whole > 0.0 ? t - extent->low / whole : HUGE_VAL;
    }
    case PL_COMPARE_MAX_RATIO:
        return ratio(extent->high, extent->has_beside ? beside : extent->low) - t;
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        return ratio(extent->high, beside) - t;
    case PL_COMPARE_MAX_DIFFERENCE:
        if (!extent->has_beside)
            return extent->high - extent->low - t;
        return fmax(extent->high - beside, beside - extent->low) - t;
    case PL_COMPARE_NON_INFERIOR_TO: /* are not kept: pl_keeps_read */
    case PL_COMPARE_SUPERIOR_TO:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
    default:
        return fmax(extent->high - beside, beside - extent->low) - t;
    }
}

/*
 * Thresholds descend, and each candidate stands for itself and all above the next lower score. The
 * present threshold stands in for a score at or above it, so scores are compared, not thresholds.
 */
uint32_t pl_quest_locate(const struct pl_quest *quest, size_t group, double threshold)
{
    const struct pl_runs *runs = &quest->cells->columns[0];
    uint32_t found = 0;

    for (size_t i = runs->count; i > 0 && runs->values[i - 1] >= threshold; i--)
        if (quest->group_of_leaf[runs->keys[i - 1] / 4] == group)
            found = quest->candidates[i - 1];
    return found;
}

static bool is_whole(const struct pl_cost_matrix *matrix, double scale)
{
    for (int cell = 0; cell < 4; cell++) {
        const double scaled = matrix->costs[cell / 2][cell % 2] * scale;

        if (fabs(scaled - round(scaled)) > WHOLE_WITHIN * fmax(1.0, fabs(scaled)))
            return false;
    }
    return true;
}

/*
 * Costs such as 0.1 and 0.3 are turned into 1 and 3 where a power of ten does it: sums of whole numbers
 * are exact, so that thresholds which cost the same are seen to.
 */
static enum pl_status scale_costs(struct pl_quest *quest, const struct pl_costs *costs,
                                  struct pl_arena *arena, struct pl_error *error)
{
    const size_t count = quest->cells->leaves_count;
    struct pl_cost_matrix *matrices = NULL;
    double scale = 1.0;
    size_t whole = 0;

    PL_RETURN_IF(pl_cost_matrices_make(quest->cells, costs, arena, &matrices, error));
    for (; scale <= COST_SCALE_MAX; scale *= 10.0) {
        for (whole = 0; whole < count && is_whole(&matrices[whole], scale); whole++)
            continue;
        if (whole == count)
            break;
    }
    quest->cost_scale = whole == count ? scale : 1.0;
    for (size_t i = 0; whole == count && i < 4 * count; i++) {
        double *cost = &matrices[i / 4].costs[i % 4 / 2][i % 2];

        *cost = round(*cost * scale);
    }
    quest->costs = matrices;
    return PL_OK;
}

enum pl_status pl_quest_make(const struct pl_quest_request *request, struct pl_arena *arena,
                             struct pl_quest *ret_quest, struct pl_error *error)
{
    struct pl_quest quest = {
        .cells = request->cells,
        .aside = request->aside,
        .present = request->cells->threshold,
    };

    PL_RETURN_IF(scale_costs(&quest, request->costs, arena, error));
    PL_RETURN_IF(make_groups(&quest, request->crossing, arena, error));
    PL_RETURN_IF(number_candidates(&quest, arena, error));
    PL_RETURN_IF(allocate_candidates(&quest, arena, error));
    PL_RETURN_IF(fill_candidates(&quest, arena, error));
    count_flips(&quest);
    for (size_t i = 0; i < request->limits_count; i++)
        if (request->kept[i])
            PL_RETURN_IF(pl_bands_add(&quest, &request->limits[i], arena, error));
    *ret_quest = quest;
    return PL_OK;
}
