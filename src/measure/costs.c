/*
 * Costs differ by what was said, what turned out, and where. Every combination of leaf, label and
 * prediction has one cost, decisions are counted by distinct costs, and the mean follows from the shares:
 * so the overall figure is the mean of the slices whatever they cost.
 */
#include "measure/costs.h"

#include "measure/metrics.h"
#include "stats/mean.h"

#include <math.h>
#include <stdlib.h>

#define GROUPS_NAMED_MAX 64

/* The number of a group among those of its segment; false when there is none of that name. */
static bool find_group(const struct pl_groups *groups, struct pl_str name, uint32_t *ret_group)
{
    for (uint32_t g = 0; g < groups->count; g++)
        if (pl_str_equal(groups->names[g], name)) {
            *ret_group = g;
            return true;
        }
    return false;
}

/* An entry with its groups as numbers; `holds` is false when one of them does not occur. */
struct entry {
    const struct pl_cost_slice *slice;
    uint32_t groups[PL_CROSSING_MAX];
    bool holds;
};

static struct entry entry_of(const struct pl_cells *cells, const struct pl_cost_slice *slice)
{
    struct entry entry = {.slice = slice, .holds = true};

    for (uint32_t i = 0; i < slice->crossing.count; i++)
        entry.holds = entry.holds && find_group(&cells->segments[slice->crossing.segments[i]],
                                                slice->groups[i], &entry.groups[i]);
    return entry;
}

static void apply(const struct pl_cells *cells, const struct entry *entry, size_t leaf,
                  struct pl_cost_matrix *matrix)
{
    const uint32_t *groups = &cells->leaf_groups[leaf * cells->segments_count];

    for (uint32_t i = 0; i < entry->slice->crossing.count; i++)
        if (groups[entry->slice->crossing.segments[i]] != entry->groups[i])
            return;
    for (int label = 0; label < 2; label++)
        for (int prediction = 0; prediction < 2; prediction++)
            if (entry->slice->given[label][prediction])
                matrix->costs[label][prediction] = entry->slice->costs[label][prediction];
}

enum pl_status pl_cost_matrices_make(const struct pl_cells *cells, const struct pl_costs *costs,
                                     struct pl_arena *arena, struct pl_cost_matrix **ret_matrices,
                                     struct pl_error *error)
{
    struct pl_cost_matrix *matrices =
        pl_arena_alloc_array(arena, cells->leaves_count + 1, sizeof *matrices);

    if (matrices == NULL)
        return pl_arena_error(arena, "the costs of the slices", error);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        matrices[leaf] = (struct pl_cost_matrix){{{costs->true_negative, costs->false_positive},
                                                  {costs->false_negative, costs->true_positive}}};
    for (size_t i = 0; i < costs->slices_count; i++) {
        const struct entry entry = entry_of(cells, &costs->slices[i]);

        for (size_t leaf = 0; entry.holds && leaf < cells->leaves_count; leaf++)
            apply(cells, &entry, leaf, &matrices[leaf]);
    }
    *ret_matrices = matrices;
    return PL_OK;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;

    return (first > second) - (first < second);
}

/* Every cost that the line names, ascending and each once. */
static void list_costs(const struct pl_costs *costs, struct pl_cost_table *table)
{
    size_t count = 0;
    size_t distinct = 0;

    table->costs[count++] = costs->true_negative;
    table->costs[count++] = costs->false_positive;
    table->costs[count++] = costs->false_negative;
    table->costs[count++] = costs->true_positive;
    for (size_t i = 0; i < costs->slices_count; i++)
        for (int cell = 0; cell < 4; cell++)
            if (costs->slices[i].given[cell / 2][cell % 2])
                table->costs[count++] = costs->slices[i].costs[cell / 2][cell % 2];
    qsort(table->costs, count, sizeof *table->costs, compare_doubles);
    for (size_t i = 0; i < count; i++)
        if (distinct == 0 || table->costs[i] > table->costs[distinct - 1])
            table->costs[distinct++] = table->costs[i];
    table->count = distinct;
    for (size_t i = 0; i < distinct; i++)
        if (fabs(table->costs[i]) <= 0.0)
            table->base = i;
}

static uint16_t kind_of(const struct pl_cost_table *table, double cost)
{
    uint16_t kind = 0;

    while (table->costs[kind] < cost)
        kind++;
    return kind;
}

enum pl_status pl_cost_table_make(const struct pl_cells *cells, const struct pl_costs *costs,
                                  struct pl_arena *arena, struct pl_cost_table **ret_table,
                                  struct pl_error *error)
{
    struct pl_cost_table *table = pl_arena_alloc(arena, sizeof *table);
    uint16_t *kinds = pl_arena_alloc_array(arena, 4 * cells->leaves_count + 1, sizeof *kinds);
    struct pl_cost_matrix *matrices = NULL;

    if (table == NULL || kinds == NULL)
        return pl_arena_error(arena, "the costs of the slices", error);
    PL_RETURN_IF(pl_cost_matrices_make(cells, costs, arena, &matrices, error));
    list_costs(costs, table);
    for (size_t i = 0; i < 4 * cells->leaves_count; i++)
        kinds[i] = kind_of(table, matrices[i / 4].costs[i % 4 / 2][i % 2]);
    table->kinds = kinds;
    *ret_table = table;
    return PL_OK;
}

void pl_cost_sums_add(struct pl_cost_sums *sums, const struct pl_cost_table *table, size_t leaf,
                      const struct pl_confusion *confusion)
{
    for (int cell = 0; cell < 4; cell++) {
        struct pl_cost_sums *sum = &sums[table->kinds[4 * leaf + (size_t)cell]];

        sum->n += confusion->n[cell / 2][cell % 2];
        sum->weight += confusion->weight[cell / 2][cell % 2];
        sum->weight_squared += confusion->weight_squared[cell / 2][cell % 2];
        sum->places++;
    }
}

static struct pl_cost_sums total_of(const struct pl_cost_table *table,
                                    const struct pl_cost_sums *sums)
{
    struct pl_cost_sums total = {0};

    for (size_t k = 0; k < table->count; k++) {
        total.n += sums[k].n;
        total.weight += sums[k].weight;
        total.weight_squared += sums[k].weight_squared;
    }
    return total;
}

static struct pl_rate rate_of(const struct pl_cost_sums *kind, const struct pl_cost_sums *total,
                              bool weighted)
{
    const struct pl_rate_sums sums = {
        .successes = kind->weight,
        .total = total->weight,
        .successes_squared = kind->weight_squared,
        .total_squared = total->weight_squared,
        .count = total->n,
    };

    return weighted ? pl_rate_effective(&sums)
                    : (struct pl_rate){(double)kind->n, (double)total->n};
}

/* The correlation of two shares of one sample: -sqrt(p q / ((1 - p)(1 - q))). */
static double share_correlation(double p, double q)
{
    return p >= 1.0 || q >= 1.0 ? 0.0 : -sqrt(p * q / ((1.0 - p) * (1.0 - q)));
}

/* Two shares, or one, that cost something: a mixture of rates. */
static void mix_shares(struct pl_stat *stat)
{
    const struct pl_priced_share *shares = stat->priced.shares;
    const struct pl_priced_share first = shares[0];
    const struct pl_priced_share second =
        stat->priced.count > 1 ? shares[1] : (struct pl_priced_share){first.rate, 0.0};

    stat->kind = PL_STAT_MIX;
    stat->mix.rates[0] = first.rate;
    stat->mix.rates[1] = second.rate;
    stat->mix.coefficients[0] = first.price;
    stat->mix.coefficients[1] = second.price;
    stat->mix.correlation =
        fabs(second.price) > 0.0
            ? share_correlation(first.rate.k / first.rate.n, second.rate.k / second.rate.n)
            : 0.0;
}

struct pl_stat pl_cost_stat(const struct pl_cost_table *table, const struct pl_cost_sums *sums,
                            bool weighted, struct pl_priced_share *shares)
{
    const struct pl_cost_sums total = total_of(table, sums);
    const double base = table->costs[table->base];
    struct pl_stat stat = {.kind = PL_STAT_PRICED, .n = total.n, .value = base};
    size_t count = 0;

    for (size_t k = 0; k < table->count; k++) {
        const double price = table->costs[k] - base;

        if (k == table->base || sums[k].places == 0)
            continue;
        shares[count++] = (struct pl_priced_share){rate_of(&sums[k], &total, weighted), price};
        stat.value += price * (weighted ? sums[k].weight / total.weight
                                        : (double)sums[k].n / (double)total.n);
    }
    if (count == 0)
        return (struct pl_stat){.kind = PL_STAT_EXACT, .n = total.n, .value = base};
    stat.priced.shares = shares;
    stat.priced.count = count;
    stat.priced.factor = 1.0;
    if (count <= 2 && fabs(base) <= 0.0)
        mix_shares(&stat);
    return stat;
}

/* The groups that there are, for a message; the nearest first when one is near. */
static enum pl_status unknown_group(const struct pl_line *line, const struct pl_cost_slice *slice,
                                    uint32_t at, const struct pl_groups *groups,
                                    struct pl_error *error)
{
    const char *names[GROUPS_NAMED_MAX];
    size_t count = 0;

    for (; count < groups->count && count < GROUPS_NAMED_MAX; count++)
        names[count] = groups->names[count].ptr;

    const char *nearest = pl_str_nearest(slice->groups[at], names, count);

    return pl_line_error(line, slice->place, PL_E_LINE, error,
                         "`costs.slices` names the group `%.*s`, and `%.*s` has no such group in "
                         "the data%s%s%s",
                         PL_STR_ARG(slice->groups[at]), PL_STR_ARG(groups->segment),
                         nearest == NULL ? "" : "; did you mean `", nearest == NULL ? "" : nearest,
                         nearest == NULL ? "" : "`?");
}

enum pl_status pl_costs_check(const struct pl_line *line, const struct pl_cells *cells,
                              struct pl_error *error)
{
    for (size_t i = 0; i < line->costs.slices_count; i++) {
        const struct pl_cost_slice *slice = &line->costs.slices[i];

        for (uint32_t at = 0; at < slice->crossing.count; at++) {
            const struct pl_groups *groups = &cells->segments[slice->crossing.segments[at]];
            uint32_t group = 0;

            if (!find_group(groups, slice->groups[at], &group))
                return unknown_group(line, slice, at, groups, error);
        }
    }
    return PL_OK;
}

bool pl_metric_below_zero(const struct pl_metric *metric, const struct pl_costs *costs)
{
    bool below = costs->true_positive < 0.0 || costs->true_negative < 0.0;

    for (size_t i = 0; i < costs->slices_count; i++)
        for (int cell = 0; cell < 4; cell++)
            below = below || (costs->slices[i].given[cell / 2][cell % 2] &&
                              costs->slices[i].costs[cell / 2][cell % 2] < 0.0);
    return metric->row->below_zero || (below && (metric->row->needs & PL_NEEDS_COSTS) != 0);
}
