/*
 * The parts that task regression has in cells and tallies, and how they are added up. Leaves are always
 * added in their own order, so that the result is the same in every run.
 */
#include "measure/regression.h"

#include "measure/metrics.h"

#include <stdlib.h>

static bool is_known(const double *tolerances, size_t count, double tolerance)
{
    for (size_t i = 0; i < count; i++)
        if (!(tolerances[i] < tolerance || tolerances[i] > tolerance))
            return true;
    return false;
}

size_t pl_tolerances_of(const struct pl_metric *metrics, size_t metrics_count,
                        double tolerances[PL_TOLERANCES_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < metrics_count; i++)
        if (metrics[i].row->argument == PL_ARGUMENT_NUMBER &&
            !is_known(tolerances, count, metrics[i].argument))
            tolerances[count++] = metrics[i].argument;
    return count;
}

struct pl_regression_cells *pl_regression_cells_new(size_t leaves_count, const double *tolerances,
                                                    size_t tolerances_count)
{
    struct pl_regression_cells *cells = calloc(1, sizeof *cells);

    if (cells == NULL)
        return NULL;
    cells->moments = calloc(leaves_count + 1, sizeof *cells->moments);
    cells->withins = calloc(leaves_count * tolerances_count + 1, sizeof *cells->withins);
    cells->tolerances_count = tolerances_count;
    for (size_t i = 0; i < tolerances_count; i++)
        cells->tolerances[i] = tolerances[i];
    if (cells->moments != NULL && cells->withins != NULL)
        return cells;
    pl_regression_cells_free(cells);
    return NULL;
}

void pl_regression_cells_free(struct pl_regression_cells *cells)
{
    if (cells == NULL)
        return;
    free(cells->moments);
    free(cells->withins);
    free(cells);
}

void pl_withins_merge(struct pl_within *withins, const struct pl_within *other, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        withins[i].n += other[i].n;
        withins[i].weight += other[i].weight;
        withins[i].weight_squared += other[i].weight_squared;
    }
}

static enum pl_status allocate(const struct pl_regression_cells *cells,
                               const struct pl_partition *partition, struct pl_tally *tallies,
                               struct pl_error *error)
{
    for (size_t slice = 0; slice < partition->slices_count; slice++) {
        struct pl_regression_tally *tally = calloc(1, sizeof *tally);

        tallies[slice].regression = tally;
        if (tally != NULL)
            tally->withins = calloc(cells->tolerances_count + 1, sizeof *tally->withins);
        if (tally == NULL || tally->withins == NULL)
            return pl_error_set(error, PL_E_MEMORY, "no memory left for the moments of %zu slices",
                                partition->slices_count);
        tally->tolerances = cells->tolerances;
        tally->tolerances_count = cells->tolerances_count;
    }
    return PL_OK;
}

enum pl_status pl_regression_scan(const struct pl_scan *scan, const struct pl_partition *partition,
                                  struct pl_tally *tallies, struct pl_error *error)
{
    const struct pl_regression_cells *cells = scan->cells->regression;
    const size_t count = cells->tolerances_count;

    PL_RETURN_IF(allocate(cells, partition, tallies, error));
    for (size_t leaf = 0; leaf < scan->cells->leaves_count; leaf++) {
        struct pl_regression_tally *tally = tallies[partition->slice_of_leaf[leaf]].regression;

        pl_moments_merge(&tally->moments, &cells->moments[leaf]);
        pl_withins_merge(tally->withins, &cells->withins[leaf * count], count);
    }
    return PL_OK;
}

void pl_regression_free_tally(struct pl_tally *tally)
{
    if (tally->regression != NULL)
        free(tally->regression->withins);
    free(tally->regression);
    tally->regression = NULL;
}

void pl_regression_rest(const struct pl_tally *slice, struct pl_within withins[PL_TOLERANCES_MAX],
                        struct pl_regression_tally *ret_rest)
{
    const struct pl_regression_tally *whole = slice->all->regression;
    const struct pl_regression_tally *part = slice->regression;

    *ret_rest = *whole;
    ret_rest->withins = withins;
    pl_moments_subtract(&ret_rest->moments, &part->moments);
    for (size_t i = 0; i < part->tolerances_count; i++) {
        const uint64_t n = whole->withins[i].n - part->withins[i].n;
        const double weight = whole->withins[i].weight - part->withins[i].weight;
        const double squares = whole->withins[i].weight_squared - part->withins[i].weight_squared;

        /* Sums of weights are rounded: where no decision is left, no weight is. */
        withins[i] = (struct pl_within){n, n == 0 ? 0.0 : weight, n == 0 ? 0.0 : squares};
    }
}
