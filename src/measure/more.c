/*
 * What a report shows beyond the limits is measured here, on the cells of the verdict itself: the same
 * counts, so that no figure of a report can be of other data than its verdict.
 */
#include "measure/more.h"

#include "base/file.h"
#include "measure/metrics.h"
#include "measure/task.h"

/* What the cells may lack although the data have it, for nobody asked for it when they were loaded. */
#define NEEDS_MORE_CELLS                                                                           \
    (PL_NEEDS_PROBABILITIES | PL_NEEDS_RATIO | PL_NEEDS_NEIGHBOURS | PL_NEEDS_STRATA)

static bool is_there(const struct pl_more_request *request, const struct pl_metric *metric)
{
    const struct pl_data *data = &request->line->data;
    const unsigned needs = metric->row->needs;

    if ((needs & NEEDS_MORE_CELLS) != 0 || metric->column_name.len > 0)
        return false;
    if ((needs & PL_NEEDS_SCORES) != 0 && !request->measured->cells->has_scores)
        return false;
    return pl_task_kind_of(data->task)->has_data(data, needs);
}

/* The metrics of the names, without those that cannot be measured. */
static enum pl_status find_metrics(const struct pl_more_request *request, struct pl_arena *arena,
                                   struct pl_measure_options *options, struct pl_error *error)
{
    struct pl_metric *metrics =
        pl_arena_alloc_array(arena, request->names.count + 1, sizeof *metrics);
    size_t count = 0;

    if (metrics == NULL)
        return pl_arena_error(arena, "the measures", error);
    for (size_t i = 0; i < request->names.count && count < PL_METRICS_MAX; i++) {
        struct pl_error ignored;

        if (pl_metric_parse(request->names.items[i], request->line->data.task, arena,
                            &metrics[count], &ignored) == PL_OK &&
            is_there(request, &metrics[count]))
            count++;
    }
    options->metrics = metrics;
    options->metrics_count = count;
    return PL_OK;
}

enum pl_status pl_measure_more(const struct pl_more_request *request, struct pl_arena *arena,
                               struct pl_measured **ret_measured, struct pl_error *error)
{
    const struct pl_measured *measured = request->measured;
    struct pl_measure_options options = pl_measure_options_like(measured);

    options.crossings = request->crossings;
    options.crossings_count = request->crossings_count;
    options.costs = request->line->costs;
    options.threads = request->threads == 0 ? pl_processors_count() : request->threads;
    PL_RETURN_IF(find_metrics(request, arena, &options, error));
    return pl_measure(measured->cells, &options, arena, ret_measured, error);
}
