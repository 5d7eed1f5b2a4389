/*
 * From a limit to what it asks of each group's threshold. A slice that lies in one group has a value
 * at each of that group's candidates; one that lies in several has none until all have chosen. What
 * binds one group only becomes a number for each candidate, and the rest becomes bands.
 */
#include "measure/partition.h"
#include "threshold/quest.h"

#include <math.h>

#define MIXED_GROUP UINT32_MAX

/* One limit over one segment or crossing, or overall. */
struct target {
    struct pl_quest *quest;
    struct pl_arena *arena;
    const struct pl_limit *limit;
    const struct pl_metric *metric;
    const struct pl_crossing *crossing; /* NULL: overall */
    struct pl_partition partition;
    struct pl_slice *slices; /* named; NULL overall */
    uint32_t *owners;        /* by slice: its group, or MIXED_GROUP */
    uint64_t *n;
    struct pl_side *scored;
    struct pl_side *unscored;
    uint32_t *runs; /* by slice, descending by score */
    size_t *starts; /* of each slice in `runs`, and the end */
    struct pl_band band;
    size_t compared; /* slices that have values */
};

static bool is_alone(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MIN || limit->comparator == PL_COMPARE_MAX;
}

static bool is_to_overall(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MAX_RATIO_TO_OVERALL ||
           limit->comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL;
}

static enum pl_status find_slices(struct target *target, struct pl_error *error)
{
    const struct pl_cells *cells = target->quest->cells;
    struct pl_slice *slices = NULL;

    if (target->crossing == NULL)
        PL_RETURN_IF(pl_partition_all(cells, target->arena, &target->partition, error));
    else
        PL_RETURN_IF(pl_partition_make(cells, target->crossing, target->arena, &target->partition,
                                       &slices, error));

    const size_t count = target->partition.slices_count;

    target->slices = slices;
    target->owners = pl_arena_alloc_array(target->arena, count, sizeof *target->owners);
    target->n = pl_arena_alloc_array(target->arena, count, sizeof *target->n);
    target->scored = pl_arena_alloc_array(target->arena, count, sizeof *target->scored);
    target->unscored = pl_arena_alloc_array(target->arena, count, sizeof *target->unscored);
    target->starts = pl_arena_alloc_array(target->arena, count + 2, sizeof *target->starts);
    target->runs =
        pl_arena_alloc_array(target->arena, cells->columns[0].count, sizeof *target->runs);
    if (target->owners == NULL || target->n == NULL || target->scored == NULL ||
        target->unscored == NULL || target->starts == NULL || target->runs == NULL)
        return pl_arena_error(target->arena, "the slices of a limit", error);
    return PL_OK;
}

/* Owners, sizes and what has no score, from the leaves. */
static void read_leaves(struct target *target)
{
    const struct pl_cells *cells = target->quest->cells;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const struct pl_confusion *confusion = &cells->confusions[leaf];
        const uint32_t slice = target->partition.slice_of_leaf[leaf];
        const uint32_t group = target->quest->group_of_leaf[leaf];
        struct pl_side *unscored = &target->unscored[slice];

        if (target->n[slice] == 0)
            target->owners[slice] = group;
        else if (target->owners[slice] != group)
            target->owners[slice] = MIXED_GROUP;
        target->n[slice] += pl_confusion_count(confusion, 0x1ffu);
        if (target->slices != NULL) {
            target->slices[slice].n += pl_confusion_count(confusion, 0x1ffu);
            target->slices[slice].weight += pl_confusion_weight(confusion, 0x1ffu);
        }
        for (int label = 0; label < 3; label++) {
            unscored->n[label] += confusion->n[label][PL_UNKNOWN];
            unscored->weight[label] += confusion->weight[label][PL_UNKNOWN];
            unscored->weight_squared[label] += confusion->weight_squared[label][PL_UNKNOWN];
        }
    }
}

/* Runs by slice (a counting sort), the highest score first. */
static void sort_runs(struct target *target)
{
    const struct pl_runs *runs = &target->quest->cells->columns[0];
    const uint32_t *slice_of_leaf = target->partition.slice_of_leaf;
    size_t *starts = target->starts;

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t slice = slice_of_leaf[runs->keys[i] / 4];

        starts[slice + 2]++;
        pl_side_add_run(&target->scored[slice], target->quest, i);
    }
    for (size_t s = 2; s < target->partition.slices_count + 2; s++)
        starts[s] += starts[s - 1];
    for (size_t i = runs->count; i > 0; i--)
        target->runs[starts[slice_of_leaf[runs->keys[i - 1] / 4] + 1]++] = (uint32_t)(i - 1);
}

static struct pl_mixed slice_at(const struct target *target, size_t slice)
{
    return (struct pl_mixed){
        .metric = target->metric,
        .scored = target->scored[slice],
        .unscored = target->unscored[slice],
    };
}

/* A slice that has no value at either end has none in between: it has no labels of the kind. */
static bool has_values(const struct target *target, const struct pl_mixed *slice)
{
    const struct pl_side none = {0};

    return !isnan(pl_side_value(target->quest, slice, &none)) ||
           !isnan(pl_side_value(target->quest, slice, &slice->scored));
}

/* The values of a slice of one group at each of its candidates; in the arena. */
static double *own_values(const struct target *target, size_t slice)
{
    const struct pl_quest *quest = target->quest;
    const struct pl_choosing *group = &quest->groups[target->owners[slice]];
    const struct pl_mixed one = slice_at(target, slice);
    double *values = pl_arena_alloc_array(target->arena, group->count, sizeof *values);
    struct pl_side above = {0};
    size_t at = target->starts[slice];

    for (size_t k = 0; values != NULL && k < group->count; k++) {
        const size_t before = at;

        for (; at < target->starts[slice + 1] && quest->candidates[target->runs[at]] == k; at++)
            pl_side_add_run(&above, quest, target->runs[at]);
        values[k] = k > 0 && at == before ? values[k - 1] : pl_side_value(quest, &one, &above);
    }
    return values;
}

/* The positive side of a slice in every group, by candidate. */
static enum pl_status mix_sides(struct target *target, size_t slice, struct pl_mixed *mixed,
                                struct pl_error *error)
{
    struct pl_quest *quest = target->quest;
    const struct pl_runs *runs = &quest->cells->columns[0];
    struct pl_side **sides =
        pl_arena_alloc_array(target->arena, quest->groups_count, sizeof *sides);

    mixed->sides = pl_arena_alloc_array(target->arena, quest->groups_count, sizeof *sides);
    if (sides == NULL || mixed->sides == NULL)
        return pl_arena_error(target->arena, "the slices of a limit", error);
    for (size_t i = target->starts[slice]; i < target->starts[slice + 1]; i++) {
        const uint32_t run = target->runs[i];
        const uint32_t g = quest->group_of_leaf[runs->keys[run] / 4];
        const size_t count = quest->groups[g].count;

        if (sides[g] == NULL) {
            quest->sides_count += count;
            if (quest->sides_count > PL_THRESHOLD_SIDES_MAX)
                return pl_error_set(error, PL_E_LIMIT,
                                    "`%.*s` ties the thresholds of groups with too many distinct "
                                    "scores together: round the scores, or leave that limit out",
                                    PL_STR_ARG(target->limit->text));
            sides[g] = pl_arena_alloc_array(target->arena, count, sizeof **sides);
            if (sides[g] == NULL)
                return pl_arena_error(target->arena, "the slices of a limit", error);
        }
        pl_side_add_run(&sides[g][quest->candidates[run]], quest, run);
    }
    for (size_t g = 0; g < quest->groups_count; g++) {
        for (size_t k = 1; sides[g] != NULL && k < quest->groups[g].count; k++)
            pl_side_add(&sides[g][k], &sides[g][k - 1]);
        mixed->sides[g] = sides[g];
    }
    return PL_OK;
}

/* A slice of one group widens the group's extremes; with one slice without a value they have none. */
static enum pl_status add_own(struct target *target, size_t slice, struct pl_error *error)
{
    const uint32_t g = target->owners[slice];
    const struct pl_choosing *group = &target->quest->groups[g];
    const double *before_low = target->band.low[g];
    const double *before_high = target->band.high[g];
    double *low = own_values(target, slice);
    double *high = pl_arena_alloc_array(target->arena, group->count, sizeof *high);

    if (low == NULL || high == NULL)
        return pl_arena_error(target->arena, "the slices of a limit", error);
    for (size_t k = 0; k < group->count; k++) {
        high[k] = low[k];
        if (before_low == NULL || isnan(low[k]))
            continue;
        low[k] = low[k] < before_low[k] ? low[k] : before_low[k];
        high[k] = high[k] > before_high[k] ? high[k] : before_high[k];
    }
    target->band.low[g] = low;
    target->band.high[g] = high;
    return PL_OK;
}

static enum pl_status add_mixed(struct target *target, size_t slice, struct pl_error *error)
{
    struct pl_mixed *mixed = &target->band.mixed[target->band.mixed_count++];

    *mixed = slice_at(target, slice);
    return mix_sides(target, slice, mixed, error);
}

static bool is_reference(const struct target *target, size_t slice)
{
    const struct pl_cells *cells = target->quest->cells;

    return target->limit->reference.len > 0 && target->slices != NULL &&
           target->crossing->count == 1 &&
           pl_str_equal(cells->segments[target->crossing->segments[0]]
                            .names[target->slices[slice].groups[0]],
                        target->limit->reference);
}

/* What slices are held against: one slice of this target. */
static enum pl_status hold_beside(struct target *target, struct target *whole, size_t slice,
                                  struct pl_error *error)
{
    struct pl_band *band = &target->band;

    if (whole->owners[slice] == MIXED_GROUP) {
        band->beside = PL_BESIDE_MIXED;
        band->beside_mixed = slice_at(whole, slice);
        return mix_sides(whole, slice, &band->beside_mixed, error);
    }

    const double *values = own_values(whole, slice);

    if (values == NULL)
        return pl_arena_error(target->arena, "the slices of a limit", error);
    band->beside = PL_BESIDE_OWN;
    band->beside_group = whole->owners[slice];
    band->beside_values = values;
    return PL_OK;
}

static enum pl_status add_slices(struct target *target, struct pl_error *error)
{
    const size_t count = target->partition.slices_count;

    for (size_t slice = 0; slice < count; slice++) {
        const struct pl_mixed one = slice_at(target, slice);
        const bool too_small = target->slices != NULL && target->slices[slice].too_small;

        if (too_small || !has_values(target, &one))
            continue;
        if (is_reference(target, slice)) {
            PL_RETURN_IF(hold_beside(target, target, slice, error));
            continue;
        }
        target->compared++;
        if (target->owners[slice] == MIXED_GROUP)
            PL_RETURN_IF(add_mixed(target, slice, error));
        else
            PL_RETURN_IF(add_own(target, slice, error));
    }
    return PL_OK;
}

/* The group that the band is all about, or MIXED_GROUP when several are. */
static uint32_t only_group(const struct target *target)
{
    const struct pl_band *band = &target->band;
    uint32_t only = band->beside == PL_BESIDE_OWN ? band->beside_group : MIXED_GROUP;

    if (band->mixed_count > 0 || band->beside == PL_BESIDE_MIXED)
        return MIXED_GROUP;
    for (uint32_t g = 0; g < target->quest->groups_count; g++) {
        if (band->low[g] == NULL || g == only)
            continue;
        if (only != MIXED_GROUP)
            return MIXED_GROUP;
        only = g;
    }
    return only;
}

/* The limit as a number at each candidate of a group. */
static void bind_group(struct target *target, uint32_t g, const double *beside)
{
    struct pl_choosing *group = &target->quest->groups[g];

    if (target->band.low[g] == NULL)
        return;
    for (size_t k = 0; k < group->count; k++) {
        const struct pl_extent extent = {
            .low = target->band.low[g][k],
            .high = target->band.high[g][k],
            .beside = beside == NULL ? 0.0 : beside[k],
            .has_beside = beside != NULL,
        };

        group->excess[k] = fmax(group->excess[k], pl_limit_excess(target->limit, &extent));
    }
}

/* A candidate at which some slice has no value cannot be chosen. */
static void forbid_undefined(struct pl_choosing *group, const double *values)
{
    for (size_t k = 0; k < group->count; k++)
        if (isnan(values[k]))
            group->excess[k] = HUGE_VAL;
}

static void keep_band(struct target *target)
{
    struct pl_quest *quest = target->quest;
    const struct pl_band *band = &target->band;

    for (size_t g = 0; g < quest->groups_count; g++)
        if (band->low[g] != NULL)
            forbid_undefined(&quest->groups[g], band->low[g]);
    if (band->beside == PL_BESIDE_OWN)
        forbid_undefined(&quest->groups[band->beside_group], band->beside_values);
    quest->bands[quest->bands_count++] = *band;
}

/* Keeps the band, or turns it into what it asks of single groups. */
static void settle_band(struct target *target)
{
    struct pl_quest *quest = target->quest;
    struct pl_band *band = &target->band;
    const bool pairs = !is_alone(target->limit) && !is_to_overall(target->limit);
    const bool has_reference = target->limit->reference.len > 0;
    const uint32_t only = only_group(target);

    if (target->compared == 0 ||
        (pairs && (has_reference ? band->beside == PL_BESIDE_NOTHING : target->compared < 2)))
        return;
    if (only != MIXED_GROUP) {
        bind_group(target, only, band->beside_values);
        return;
    }
    if (is_alone(target->limit)) {
        for (uint32_t g = 0; g < quest->groups_count; g++) {
            bind_group(target, g, NULL);
            band->low[g] = NULL;
            band->high[g] = NULL;
        }
        if (band->mixed_count == 0)
            return;
    }
    keep_band(target);
}

static enum pl_status allocate_band(struct target *target, struct pl_error *error)
{
    const size_t groups = target->quest->groups_count;
    const size_t slices = target->partition.slices_count;

    target->band.limit = target->limit;
    target->band.low = pl_arena_alloc_array(target->arena, groups, sizeof *target->band.low);
    target->band.high = pl_arena_alloc_array(target->arena, groups, sizeof *target->band.high);
    target->band.mixed = pl_arena_alloc_array(target->arena, slices, sizeof *target->band.mixed);
    if (target->band.low == NULL || target->band.high == NULL || target->band.mixed == NULL)
        return pl_arena_error(target->arena, "the slices of a limit", error);
    return PL_OK;
}

/* Every slice is counted at every candidate of its group. */
static enum pl_status check_work(const struct target *target, struct pl_error *error)
{
    size_t candidates = 0;

    for (size_t g = 0; g < target->quest->groups_count; g++)
        candidates = target->quest->groups[g].count > candidates ? target->quest->groups[g].count
                                                                 : candidates;
    if (candidates <= PL_THRESHOLD_WORK_MAX / (target->partition.slices_count + 1))
        return PL_OK;
    return pl_error_set(error, PL_E_LIMIT,
                        "`%.*s` over %zu slices at %zu thresholds is too much to search: round "
                        "the scores, or leave that limit out",
                        PL_STR_ARG(target->limit->text), target->partition.slices_count,
                        candidates);
}

static enum pl_status read_slices(struct target *target, struct pl_error *error)
{
    PL_RETURN_IF(find_slices(target, error));
    PL_RETURN_IF(check_work(target, error));
    read_leaves(target);
    if (target->slices != NULL)
        pl_slices_set_aside(target->quest->cells, &target->quest->aside, target->slices,
                            target->partition.slices_count);
    sort_runs(target);
    return PL_OK;
}

static enum pl_status add_target(const struct target *base, const struct pl_crossing *crossing,
                                 struct pl_error *error)
{
    struct target target = *base;
    struct target whole = *base;

    target.crossing = crossing;
    PL_RETURN_IF(read_slices(&target, error));
    PL_RETURN_IF(allocate_band(&target, error));
    if (is_to_overall(target.limit)) {
        PL_RETURN_IF(read_slices(&whole, error));

        const struct pl_mixed all = slice_at(&whole, 0);

        if (!has_values(&whole, &all))
            return PL_OK;
        PL_RETURN_IF(hold_beside(&target, &whole, 0, error));
    }
    PL_RETURN_IF(add_slices(&target, error));
    settle_band(&target);
    return PL_OK;
}

enum pl_status pl_bands_add(struct pl_quest *quest, const struct pl_limit *limit,
                            struct pl_arena *arena, struct pl_error *error)
{
    struct pl_metric *metric = pl_arena_alloc(arena, sizeof *metric);
    struct pl_band *bands =
        pl_arena_alloc_array(arena, quest->bands_count + limit->crossings_count + 1, sizeof *bands);
    const struct target target = {.quest = quest, .arena = arena, .limit = limit, .metric = metric};

    if (metric == NULL || bands == NULL)
        return pl_arena_error(arena, "the limits to keep", error);
    PL_RETURN_IF(pl_metric_parse(limit->metric, quest->cells->task, arena, metric, error));
    for (size_t i = 0; i < quest->bands_count; i++)
        bands[i] = quest->bands[i];
    quest->bands = bands;
    if (is_alone(limit))
        PL_RETURN_IF(add_target(&target, NULL, error));
    for (size_t i = 0; i < limit->crossings_count; i++)
        PL_RETURN_IF(add_target(&target, &limit->crossings[i], error));
    return PL_OK;
}
