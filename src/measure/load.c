/*
 * From a plan to cells: runs the query, checks what came, orders the groups, and turns loose values
 * into runs.
 */
#include "measure/load.h"

#include "measure/clusters.h"
#include "measure/loader.h"
#include "measure/neighbours.h"
#include "measure/ratios.h"
#include "measure/task.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static struct pl_str column_name(const struct pl_loader *loader, size_t column)
{
    const struct pl_plan *plan = loader->plan;

    if (!pl_plan_has_scores(plan))
        return plan->columns[column].name;
    return column == 0 ? plan->line->data.score : plan->columns[column - 1].name;
}

/* Sorts the runs of every column; infinite values sort to the ends and are refused there. */
static enum pl_status make_runs(struct pl_loader *loader, uint32_t threads,
                                struct pl_runs *ret_runs, struct pl_error *error)
{
    const bool weighted = loader->plan->weight != PL_PLAN_NONE;
    const struct pl_loose_rows rows = {
        .counts = loader->row_counts,
        .weights = weighted ? loader->row_weights : NULL,
    };

    for (size_t column = 0; column < loader->columns_count; column++) {
        struct pl_runs *runs = &ret_runs[column];
        const struct pl_str name = column_name(loader, column);

        PL_RETURN_IF(pl_runs_make(&loader->columns[column], &rows, threads, runs, error));
        runs->column = name;
        runs->missing = loader->missing[column];
        if (runs->count > 0 && (isinf(runs->values[0]) || isinf(runs->values[runs->count - 1])))
            return pl_error_set(error, PL_E_DATA,
                                "%.*s: column `%.*s` holds an infinite value; a finite number is "
                                "needed",
                                PL_STR_ARG(loader->plan->path), PL_STR_ARG(name));
    }
    return PL_OK;
}

static enum pl_status check_rows(const struct pl_loader *loader, struct pl_error *error)
{
    const struct pl_data *data = &loader->plan->line->data;

    for (size_t i = 0; i < loader->plan->checks_count; i++)
        if (loader->bad[i] > 0)
            return pl_plan_report(loader->plan, i, loader->arena, error);
    if (loader->decisions == 0)
        return pl_error_set(
            error, PL_E_DATA, "%.*s has no decisions%s%s", PL_STR_ARG(loader->plan->path),
            data->since_ms + data->until_ms > 0 ? " between --since and --until" : "",
            data->where.len > 0 ? " that meet data.where" : "");
    return PL_OK;
}

static void count_unknown(struct pl_cells *cells)
{
    uint64_t known = 0;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const struct pl_confusion *confusion = &cells->confusions[leaf];

        for (int label = 0; label < 3; label++)
            for (int prediction = 0; prediction < 3; prediction++) {
                const uint64_t n = confusion->n[label][prediction];

                known += n;
                cells->unlabelled += label == PL_UNKNOWN ? n : 0;
                cells->unpredicted += prediction == PL_UNKNOWN ? n : 0;
            }
    }
    assert(known == cells->decisions);
}

static enum pl_status finish(struct pl_loader *loader, uint32_t threads, struct pl_cells *cells,
                             struct pl_error *error)
{
    const struct pl_plan *plan = loader->plan;
    struct pl_runs *runs =
        pl_arena_alloc_array(loader->arena, loader->columns_count + 1, sizeof *runs);

    if (runs == NULL)
        return pl_arena_error(loader->arena, "the columns", error);
    PL_RETURN_IF(pl_loader_order(loader, cells, error));
    cells->columns = runs;
    cells->columns_count = loader->columns_count;
    cells->has_labels = plan->label != PL_PLAN_NONE;
    cells->has_scores = pl_plan_has_scores(plan);
    cells->has_predictions = plan->prediction != PL_PLAN_NONE || cells->has_scores;
    cells->has_weights = plan->weight != PL_PLAN_NONE;
    cells->task = plan->line->data.task;
    cells->threshold = plan->line->data.threshold;
    cells->decisions = loader->decisions;
    cells->rows = loader->file_rows;
    cells->source = plan->path;
    PL_RETURN_IF(make_runs(loader, threads, runs, error));
    PL_RETURN_IF(pl_ratios_finish(loader, cells, error));
    return loader->kind->finish == NULL ? PL_OK : loader->kind->finish(loader, cells, error);
}

static enum pl_status query_rows(const struct pl_plan *plan, struct pl_loader *loader,
                                 struct pl_error *error)
{
    const enum pl_status status =
        plan->driver->query(plan->connection, plan->sql, pl_loader_take, loader, error);

    return status == PL_OK ? PL_OK : pl_plan_blame(plan, status, loader->arena, error);
}

enum pl_status pl_cells_load(const struct pl_plan *plan, uint32_t threads, struct pl_arena *arena,
                             struct pl_cells *ret_cells, struct pl_error *error)
{
    struct pl_loader *loader = malloc(sizeof *loader);
    struct pl_neighbour_rows *neighbours = NULL;
    struct pl_cluster_rows *clusters = NULL;
    struct pl_cells cells = {0};

    if (loader == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to load the data");

    enum pl_status status = pl_loader_init(loader, plan, arena, error);

    loader->threads = threads;
    if (status == PL_OK)
        status = query_rows(plan, loader, error);
    if (status == PL_OK)
        status = check_rows(loader, error);
    if (status == PL_OK && plan->neighbours != NULL)
        status = pl_neighbours_read(loader, &neighbours, error);
    if (status == PL_OK)
        status = pl_clusters_read(loader, &clusters, error);
    if (status == PL_OK)
        status = finish(loader, threads, &cells, error);
    if (status == PL_OK && neighbours != NULL)
        status = pl_neighbours_finish(loader, neighbours, &cells, error);
    if (status == PL_OK && clusters != NULL)
        status = pl_clusters_make(clusters, loader->places, &cells.clusters, error);
    pl_cluster_rows_free(clusters);
    pl_neighbour_rows_free(neighbours);
    if (status == PL_OK) {
        count_unknown(&cells);
        *ret_cells = cells;
    } else {
        pl_cells_deinit(&cells);
    }
    pl_loader_deinit(loader);
    free(loader);
    return status;
}

void pl_cells_drop_columns(struct pl_cells *cells)
{
    for (size_t i = 0; i < cells->columns_count; i++) {
        struct pl_runs *runs = (struct pl_runs *)(uintptr_t)&cells->columns[i];

        pl_runs_deinit(runs);
    }
    cells->columns_count = 0;
}

void pl_cells_deinit(struct pl_cells *cells)
{
    const struct pl_task_kind *kind = pl_task_kind_of(cells->task);

    pl_cells_drop_columns(cells);
    pl_clusters_free(cells->clusters);
    cells->clusters = NULL;
    if (kind->free_cells != NULL)
        kind->free_cells(cells);
}
