/*
 * Measures every metric in every slice: each segment or crossing is a task of its own, and tasks share
 * nothing but what they read, so threads change nothing but the time.
 */
#include "measure/measure.h"

#include "base/pool.h"
#include "measure/against.h"
#include "measure/clusters.h"
#include "measure/correlate.h"
#include "measure/impact.h"
#include "measure/metrics.h"
#include "measure/multicalibration.h"
#include "measure/partition.h"
#include "measure/rest.h"
#include "measure/scan.h"

#include <stdlib.h>

/* The figures of a slice while they are being written; the slice shows them as const. */
struct figures {
    struct pl_stat *stats;
    struct pl_stat *alone; /* NULL: decisions are independent */
    struct pl_stat *rests;
    double *shares;
    struct pl_estimate *estimates;
    struct pl_priced_share *priced; /* of mean costs; NULL when there are none */
    struct pl_priced_share *rest_priced;
};

/* One grouping: its leaves, its slices, and what came of it. */
struct task {
    struct pl_partition partition;
    struct pl_slice *slices;
    struct figures *figures; /* one for each slice */
    struct pl_tally *tallies;
    enum pl_status status;
    struct pl_error error;
};

/* Task 0 is the overall slice; the others are the groupings. */
struct job {
    struct pl_scan scan;
    const struct pl_measure_options *options;
    struct task *tasks;
    size_t tasks_count;
    struct pl_arena *arena;
    struct pl_multicalibration *multicalibration; /* NULL unless a measure asks for it */
};

static enum pl_rate_method rate_method(enum pl_interval_method interval)
{
    return interval == PL_INTERVAL_EXACT ? PL_RATE_EXACT : PL_RATE_WILSON;
}

static void estimate_metrics(const struct job *job, const struct pl_tally *tally, bool too_small,
                             const struct figures *figures)
{
    const struct pl_measure_options *options = job->options;

    for (size_t i = 0; i < options->metrics_count; i++) {
        const struct pl_metric *metric = &options->metrics[i];
        struct pl_estimate *estimate = &figures->estimates[i];

        figures->stats[i] =
            metric->row->make != NULL
                ? metric->row->make(tally, metric)
                : pl_rate_stat(metric->row, pl_metric_confusion(tally, metric), tally->weighted);
        if (figures->alone != NULL) {
            figures->alone[i] = figures->stats[i];
            figures->stats[i] = pl_metric_over_clusters(tally, metric, &figures->alone[i]);
        }
        *estimate = pl_stat_estimate(&figures->stats[i], options->confidence,
                                     rate_method(options->interval));
        if (estimate->status == PL_ESTIMATE_OK && too_small)
            estimate->status = PL_ESTIMATE_TOO_SMALL;
    }
}

static void fill_slice(const struct pl_tally *tally, struct pl_slice *slice)
{
    const unsigned unlabelled =
        PL_UNLABELLED_NEGATIVE | PL_UNLABELLED_POSITIVE | PL_UNLABELLED_UNPREDICTED;
    const unsigned unpredicted =
        PL_NEGATIVE_UNPREDICTED | PL_POSITIVE_UNPREDICTED | PL_UNLABELLED_UNPREDICTED;

    slice->n = tally->n;
    slice->clusters = tally->clustered.count;
    slice->weight = tally->weight;
    slice->confusion = tally->confusion;
    slice->queries = tally->ranking.queries;
    slice->irrelevant = tally->ranking.without_relevant;
    slice->unlabelled = pl_confusion_count(&tally->confusion, unlabelled);
    slice->unpredicted = pl_confusion_count(&tally->confusion, unpredicted);
}

/* Which slices of a task are listed only. A share is one of the decisions whose groups count. */
static void set_aside(const struct job *job, const struct task *task)
{
    const struct pl_aside_rule rule = {
        .smallest_slice = job->options->smallest_slice,
        .smallest_share = job->options->smallest_share,
        .missing = job->options->missing,
    };

    pl_slices_set_aside(job->scan.cells, &rule, task->slices, task->partition.slices_count);
}

static void fill_rests(const struct job *job, const struct pl_tally *tally,
                       const struct figures *figures, const struct figures *overall)
{
    const bool clustered = figures->alone != NULL;

    for (size_t i = 0; i < job->options->metrics_count; i++) {
        const struct pl_metric *metric = &job->options->metrics[i];
        const struct pl_stat *part = clustered ? &figures->alone[i] : &figures->stats[i];
        const struct pl_stat *whole = clustered ? &overall->alone[i] : &overall->stats[i];
        const struct pl_rest rest = pl_rest_make(metric, tally, part, whole);

        figures->rests[i] =
            clustered ? pl_metric_rest_over_clusters(tally, metric, &rest.stat) : rest.stat;
        figures->shares[i] = rest.share;
    }
}

static void scan_task(size_t index, uint32_t worker, void *context)
{
    const struct job *job = context;
    struct task *task = &job->tasks[index];

    (void)worker;
    task->status = pl_scan_run(&job->scan, &task->partition, &task->tallies, &task->error);
}

/* Tallies are complete: every slice knows the overall one, which `share` and the rests need. */
static void fill_task(size_t index, uint32_t worker, void *context)
{
    const struct job *job = context;
    struct task *task = &job->tasks[index];

    (void)worker;
    for (size_t i = 0; i < task->partition.slices_count; i++) {
        task->tallies[i].all = &job->tasks[0].tallies[0];
        task->tallies[i].shares = task->figures[i].priced;
        task->tallies[i].rest_shares = task->figures[i].rest_priced;
        fill_slice(&task->tallies[i], &task->slices[i]);
    }
    set_aside(job, task);
    for (size_t i = 0; i < task->partition.slices_count; i++)
        estimate_metrics(job, &task->tallies[i], task->slices[i].too_small, &task->figures[i]);
}

static void rest_task(size_t index, uint32_t worker, void *context)
{
    const struct job *job = context;
    const struct task *task = &job->tasks[index];

    (void)worker;
    for (size_t i = 0; index > 0 && i < task->partition.slices_count; i++)
        fill_rests(job, &task->tallies[i], &task->figures[i], &job->tasks[0].figures[0]);
}

static bool allocate_figures_of(struct figures *figures, size_t count, bool clustered,
                                struct pl_arena *arena)
{
    if (clustered)
        figures->alone = pl_arena_alloc_array(arena, count, sizeof *figures->alone);
    figures->stats = pl_arena_alloc_array(arena, count, sizeof *figures->stats);
    figures->rests = pl_arena_alloc_array(arena, count, sizeof *figures->rests);
    figures->shares = pl_arena_alloc_array(arena, count, sizeof *figures->shares);
    figures->estimates = pl_arena_alloc_array(arena, count, sizeof *figures->estimates);
    return figures->stats != NULL && figures->rests != NULL && figures->shares != NULL &&
           figures->estimates != NULL && (figures->alone != NULL || !clustered);
}

/* Arrays for the figures of every slice, so that tasks need no memory of the arena. */
static enum pl_status allocate_figures(const struct job *job, struct task *task,
                                       struct pl_arena *arena, struct pl_error *error)
{
    const size_t metrics_count = job->options->metrics_count;
    const bool clustered = job->scan.cells->clusters != NULL;
    const size_t count = task->partition.slices_count;

    task->figures = pl_arena_alloc_array(arena, count, sizeof *task->figures);
    for (size_t i = 0; i < count; i++) {
        struct pl_slice *slice = &task->slices[i];

        if (task->figures == NULL ||
            !allocate_figures_of(&task->figures[i], metrics_count, clustered, arena))
            return pl_arena_error(arena, "the figures of all slices", error);
        slice->stats = task->figures[i].stats;
        slice->alone = task->figures[i].alone;
        slice->rests = task->figures[i].rests;
        slice->shares = task->figures[i].shares;
        slice->estimates = task->figures[i].estimates;
    }
    return PL_OK;
}

/* Room for what mean costs consist of. */
static enum pl_status allocate_priced(const struct job *job, struct task *task,
                                      struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_cost_table *table = job->scan.cost_table;

    for (size_t i = 0; table != NULL && i < task->partition.slices_count; i++) {
        struct figures *figures = &task->figures[i];

        figures->priced = pl_arena_alloc_array(arena, table->count, sizeof *figures->priced);
        figures->rest_priced =
            pl_arena_alloc_array(arena, table->count, sizeof *figures->rest_priced);
        if (figures->priced == NULL || figures->rest_priced == NULL)
            return pl_arena_error(arena, "the costs of all slices", error);
    }
    return PL_OK;
}

static enum pl_status make_tasks(const struct pl_cells *cells, struct job *job,
                                 struct pl_arena *arena, struct pl_grouping *groupings,
                                 struct pl_error *error)
{
    const struct pl_measure_options *options = job->options;

    job->tasks[0].slices = pl_arena_alloc(arena, sizeof *job->tasks[0].slices);
    if (job->tasks[0].slices == NULL)
        return pl_arena_error(arena, "the overall figures", error);
    PL_RETURN_IF(pl_partition_all(cells, arena, &job->tasks[0].partition, error));
    PL_RETURN_IF(allocate_figures(job, &job->tasks[0], arena, error));
    PL_RETURN_IF(allocate_priced(job, &job->tasks[0], arena, error));
    for (size_t i = 0; i < options->crossings_count; i++) {
        struct task *task = &job->tasks[i + 1];
        struct pl_grouping *grouping = &groupings[i];

        grouping->crossing = options->crossings[i];
        PL_RETURN_IF(pl_partition_make(cells, &grouping->crossing, arena, &task->partition,
                                       &task->slices, error));
        PL_RETURN_IF(allocate_figures(job, task, arena, error));
        PL_RETURN_IF(allocate_priced(job, task, arena, error));
        grouping->slices = task->slices;
        grouping->slices_count = task->partition.slices_count;
    }
    return PL_OK;
}

static enum pl_status first_failure(const struct job *job, struct pl_error *error)
{
    for (size_t i = 0; i < job->tasks_count; i++)
        if (job->tasks[i].status != PL_OK) {
            *error = job->tasks[i].error;
            return job->tasks[i].status;
        }
    return PL_OK;
}

/* Where the slices of all groupings are looked at together. */
static enum pl_status multicalibrate(struct job *job, struct pl_error *error)
{
    struct pl_multicalibration_part *parts;

    if ((job->scan.needs & PL_NEEDS_MULTICALIBRATION) == 0)
        return PL_OK;
    parts = pl_arena_alloc_array(job->arena, job->tasks_count, sizeof *parts);
    job->multicalibration = pl_arena_alloc(job->arena, sizeof *job->multicalibration);
    if (parts == NULL || job->multicalibration == NULL)
        return pl_arena_error(job->arena, "the calibration of all slices", error);
    for (size_t i = 0; i < job->tasks_count; i++)
        parts[i] = (struct pl_multicalibration_part){&job->tasks[i].partition, job->tasks[i].slices,
                                                     job->tasks[i].tallies};
    job->tasks[0].tallies->multicalibration = job->multicalibration;

    const struct pl_multicalibration_parts all = {parts, job->tasks_count};

    return pl_multicalibrate(&job->scan, job->options, &all, job->arena, job->multicalibration,
                             error);
}

static enum pl_status correlate(const struct job *job, struct pl_grouping *groupings,
                                struct pl_arena *arena, struct pl_error *error)
{
    for (size_t i = 1; i < job->tasks_count; i++)
        PL_RETURN_IF(
            pl_correlate(job->options, job->tasks[i].tallies, &groupings[i - 1], arena, error));
    return PL_OK;
}

static enum pl_status run_tasks(struct job *job, struct pl_grouping *groupings,
                                struct pl_arena *arena, struct pl_error *error)
{
    const uint32_t threads = job->options->threads;

    pl_pool_run(job->tasks_count, threads, scan_task, job);

    enum pl_status status = first_failure(job, error);

    if (status == PL_OK)
        status = multicalibrate(job, error);
    if (status == PL_OK) {
        pl_pool_run(job->tasks_count, threads, fill_task, job);
        pl_pool_run(job->tasks_count, threads, rest_task, job);
        status = correlate(job, groupings, arena, error);
    }
    for (size_t i = 0; i < job->tasks_count; i++)
        pl_tallies_free(job->tasks[i].tallies, job->tasks[i].partition.slices_count,
                        status == PL_OK ? 0 : job->options->metrics_count);
    return status;
}

static struct pl_measured *make_measured(const struct pl_cells *cells,
                                         const struct pl_measure_options *options,
                                         struct pl_arena *arena)
{
    struct pl_measured *measured = pl_arena_alloc(arena, sizeof *measured);

    if (measured == NULL)
        return NULL;
    measured->cells = cells;
    measured->metrics = options->metrics;
    measured->metrics_count = options->metrics_count;
    measured->confidence = options->confidence;
    measured->interval = options->interval;
    measured->smallest_slice = options->smallest_slice;
    measured->smallest_share = options->smallest_share;
    measured->missing = options->missing;
    measured->seed = options->seed;
    measured->strata = options->strata;
    return measured;
}

struct pl_measure_options pl_measure_options_like(const struct pl_measured *like)
{
    return (struct pl_measure_options){
        .confidence = like->confidence,
        .interval = like->interval,
        .smallest_slice = like->smallest_slice,
        .smallest_share = like->smallest_share,
        .missing = like->missing,
        .seed = like->seed,
        .strata = like->strata,
    };
}

enum pl_status pl_measure(const struct pl_cells *cells, const struct pl_measure_options *options,
                          struct pl_arena *arena, struct pl_measured **ret_measured,
                          struct pl_error *error)
{
    struct job job = {
        .options = options, .tasks_count = options->crossings_count + 1, .arena = arena};
    struct pl_measured *measured = make_measured(cells, options, arena);
    struct pl_grouping *groupings =
        pl_arena_alloc_array(arena, options->crossings_count + 1, sizeof *groupings);

    job.tasks = pl_arena_alloc_array(arena, job.tasks_count, sizeof *job.tasks);
    if (measured == NULL || groupings == NULL || job.tasks == NULL)
        return pl_arena_error(arena, "the measures", error);
    PL_RETURN_IF(pl_scan_init(&job.scan, cells, options, arena, error));
    PL_RETURN_IF(make_tasks(cells, &job, arena, groupings, error));
    PL_RETURN_IF(run_tasks(&job, groupings, arena, error));
    for (size_t i = 1; i < job.tasks_count; i++)
        PL_RETURN_IF(pl_impacts_make(job.tasks[i].slices, job.tasks[i].partition.slices_count,
                                     options, arena, error));
    measured->overall = job.tasks[0].slices[0];
    measured->multicalibration = job.multicalibration;
    measured->groupings = groupings;
    measured->groupings_count = options->crossings_count;
    *ret_measured = measured;
    return PL_OK;
}

struct pl_estimate pl_slice_ungrouped(const struct pl_measured *measured,
                                      const struct pl_slice *slice, size_t metric_index)
{
    return pl_stat_estimate(&slice->alone[metric_index], measured->confidence,
                            rate_method(measured->interval));
}

double pl_slice_inflation(const struct pl_slice *slice, size_t metric_index)
{
    return pl_clusters_inflation(&slice->stats[metric_index], &slice->alone[metric_index]);
}

/* The windows of quantiles were allocated outside the arena, by the scan. */
static void free_windows(const struct pl_measured *measured, const struct pl_slice *slice)
{
    const struct pl_stat *stats = slice->alone != NULL ? slice->alone : slice->stats;

    for (size_t i = 0; i < measured->metrics_count; i++)
        if (stats[i].kind == PL_STAT_QUANTILE) {
            free((void *)(uintptr_t)stats[i].quantile.window.values);
            free((void *)(uintptr_t)stats[i].quantile.window.rank_last);
        }
}

void pl_measured_deinit(struct pl_measured *measured)
{
    if (measured == NULL)
        return;
    free_windows(measured, &measured->overall);
    for (size_t g = 0; g < measured->groupings_count; g++)
        for (size_t i = 0; i < measured->groupings[g].slices_count; i++)
            free_windows(measured, &measured->groupings[g].slices[i]);
    for (size_t i = 0; i < measured->againsts_count; i++) {
        pl_measured_deinit(measured->againsts[i].here);
        pl_measured_deinit(measured->againsts[i].there);
    }
    measured->againsts_count = 0;
    if (measured->owned_cells != NULL)
        pl_cells_deinit(measured->owned_cells);
    measured->metrics_count = 0;
    measured->owned_cells = NULL;
}
