/*
 * A decision flips when its score lies between the two thresholds. Its cost changes by that of the
 * error that it becomes, or that it was; all others change by nothing.
 */
#include "threshold/flips.h"

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

/* The number of a change among the distinct ones; one more when it is new and there is room. */
static uint16_t kind_of(struct pl_cost_table *table, double change)
{
    for (size_t k = 0; k < table->count; k++)
        if (table->costs[k] >= change && table->costs[k] <= change)
            return (uint16_t)k;
    if (table->count == PL_COST_KINDS_MAX)
        return UINT16_MAX;
    table->costs[table->count] = change;
    return (uint16_t)table->count++;
}

/* What a labelled decision that flips gains or loses, by leaf * 2 + label; what may happen counts
   even where it did not. False: too many kinds. */
static bool list_changes(const struct pl_move *move, const struct pl_cost_matrix *matrices,
                         struct pl_cost_table *table, uint16_t *kinds)
{
    table->count = 1; /* no change, of price 0, is the first and the base */
    for (size_t i = 0; i < 2 * move->cells->leaves_count; i++) {
        const double *costs = matrices[i / 2].costs[i % 2];
        const bool falls = move->after[i / 2] < move->before[i / 2];
        const double change = costs[PL_POSITIVE] - costs[PL_NEGATIVE];

        if (move->after[i / 2] > move->before[i / 2] || falls)
            kinds[i] = kind_of(table, falls ? change : -change);
        if (kinds[i] == UINT16_MAX)
            return false;
    }
    return true;
}

/* Counts the labelled decisions by what changes for them. */
static void count_changes(const struct pl_move *move, const uint16_t *kinds,
                          struct pl_cost_sums *sums)
{
    const struct pl_runs *runs = &move->cells->columns[0];

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;
        const uint32_t label = runs->keys[i] % 4;
        const bool before = runs->values[i] >= move->before[leaf];
        const bool after = runs->values[i] >= move->after[leaf];
        const double weight = runs->weights == NULL ? 1.0 : runs->weights[i];
        const double total = (double)runs->counts[i] * weight;

        if (label == PL_UNKNOWN)
            continue;

        struct pl_cost_sums *sum = &sums[before == after ? 0 : kinds[2 * leaf + label]];

        sum->n += runs->counts[i];
        sum->weight += total;
        sum->weight_squared += total * weight;
    }
}

enum pl_status pl_cost_change(const struct pl_move *move, const struct pl_costs *costs,
                              struct pl_arena *arena, struct pl_stat *ret_change,
                              struct pl_error *error)
{
    struct pl_cost_table table = {.count = 0};
    struct pl_cost_sums sums[PL_COST_KINDS_MAX] = {0};
    struct pl_cost_matrix *matrices = NULL;
    uint16_t *kinds = pl_arena_alloc_array(arena, 2 * move->cells->leaves_count + 1, sizeof *kinds);
    struct pl_priced_share *shares = pl_arena_alloc_array(arena, PL_COST_KINDS_MAX, sizeof *shares);
    uint64_t labelled = 0;
    uint64_t flipped = 0;

    if (kinds == NULL || shares == NULL)
        return pl_arena_error(arena, "the change of cost", error);
    PL_RETURN_IF(pl_cost_matrices_make(move->cells, costs, arena, &matrices, error));
    if (!list_changes(move, matrices, &table, kinds))
        return pl_error_set(error, PL_E_LIMIT,
                            "the costs differ in more than %d ways between slices: give fewer "
                            "`costs.slices`",
                            PL_COST_KINDS_MAX);
    count_changes(move, kinds, sums);
    for (size_t k = 0; k < table.count; k++) {
        sums[k].places++;
        labelled += sums[k].n;
        flipped += k > 0 ? sums[k].n : 0;
    }
    if (labelled == 0)
        *ret_change = (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_LABELS};
    else if (flipped == 0)
        *ret_change = (struct pl_stat){.kind = PL_STAT_EXACT, .n = labelled};
    else
        *ret_change = pl_cost_stat(&table, sums, move->cells->has_weights, shares);
    return PL_OK;
}
