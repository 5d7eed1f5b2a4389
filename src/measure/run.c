/*
 * From a line to measures: which metrics and which groupings, one plan, one load, one measuring. What
 * every limit asks for is measured, and the standard set besides, so that a report can show more than
 * the line demands.
 */
#include "measure/run.h"

#include "base/file.h"
#include "line/evals.h"
#include "line/problem.h"
#include "measure/against.h"
#include "measure/classes.h"
#include "measure/clusters.h"
#include "measure/costs.h"
#include "measure/join.h"
#include "measure/load.h"
#include "measure/metrics.h"
#include "measure/plan.h"
#include "measure/task.h"

#include <string.h>

#define GROUPINGS_MAX 1000

/* The metrics and value columns gathered so far. */
struct gathering {
    const struct pl_line *line;
    struct pl_arena *arena;
    struct pl_metric *metrics;
    size_t metrics_count;
    struct pl_value_column *columns;
    size_t columns_count;
    struct pl_ratio_columns *ratios;
    size_t ratios_count;
    struct pl_crossing *crossings;
    size_t crossings_count;
    unsigned needs;
    const struct pl_join *join; /* NULL: the data stand alone */
    bool with_multicalibration;
};

static enum pl_status find_value_column(struct gathering *gathering, struct pl_str name,
                                        struct pl_place place, int *ret_index,
                                        struct pl_error *error)
{
    for (size_t i = 0; i < gathering->columns_count; i++)
        if (pl_str_equal(gathering->columns[i].name, name)) {
            *ret_index = (int)i;
            return PL_OK;
        }
    /* One place is the score's. */
    if (gathering->columns_count == PL_COLUMNS_MAX - 1)
        return pl_error_set(error, PL_E_LIMIT, "measures of more than %d columns",
                            PL_COLUMNS_MAX - 1);
    gathering->columns[gathering->columns_count] = (struct pl_value_column){name, place};
    *ret_index = (int)gathering->columns_count++;
    return PL_OK;
}

static enum pl_status add_ratio(struct gathering *gathering, struct pl_metric *metric,
                                struct pl_place place, struct pl_error *error)
{
    if (gathering->ratios_count == PL_RATIOS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d ratios of two columns", PL_RATIOS_MAX);
    gathering->ratios[gathering->ratios_count] = (struct pl_ratio_columns){
        .columns = {{metric->column_name, place}, {metric->second_name, place}}};
    metric->column = (int)gathering->ratios_count++;
    return PL_OK;
}

static const char STRATA_NEEDED[] = "`%.*s` needs strata: name in `data.strata`, or with "
                                    "`--strata`, the segment within which groups "
                                    "are to be compared";

static bool lacks_strata(const struct pl_line *line, const struct pl_metric *metric)
{
    return (metric->row->needs & PL_NEEDS_STRATA) != 0 && line->data.strata.len == 0;
}

/* Why decisions of this line cannot be in groups at all; empty when they can, or are not. */
static const char *wrong_group(const struct pl_line *line)
{
    if (line->data.group.len == 0)
        return "";
    if (line->data.task == PL_TASK_RANKING)
        return "does not go with a ranking, in which the items of a query belong together already";
    return "";
}

/* Why a limit on a measure cannot be judged over groups of decisions; empty when it can. In `arena`. */
static struct pl_str wrong_in_groups(const struct pl_line *line, const struct pl_metric *metric,
                                     const struct pl_limit *limit, struct pl_arena *arena)
{
    if (line->data.group.len == 0 || limit->judge == PL_JUDGE_POINT)
        return PL_STR("");
    if (pl_metric_knows_clusters(metric))
        return PL_STR("");
    return pl_arena_format(arena,
                           "how uncertain `%.*s` is, is not known where decisions belong together "
                           "(`data.group`), so no limit on it can be kept; use `judge: point`, or "
                           "another measure",
                           PL_STR_ARG(metric->name));
}

/* What the line lacks, or has too much of, for a measure of neighbours; empty when it is right. */
static const char *wrong_features(const struct pl_line *line, const struct pl_metric *metric)
{
    if ((metric->row->needs & PL_NEEDS_NEIGHBOURS) == 0)
        return "";
    if (line->data.features.count == 0)
        return "needs `data.features`: list in the line the columns by which decisions are alike";
    if (line->data.weight.len > 0)
        return "takes no sampling weights: leave it out, or `data.columns.weight`";
    return "";
}

static enum pl_status check_features(const struct pl_line *line, const struct pl_metric *metric,
                                     struct pl_place place, struct pl_error *error)
{
    const char *wrong = wrong_features(line, metric);

    if (wrong[0] == '\0')
        return PL_OK;
    return pl_line_error(line, place, PL_E_LINE, error, "`%.*s` %s", PL_STR_ARG(metric->name),
                         wrong);
}

static enum pl_status add_metric(struct gathering *gathering, struct pl_str name,
                                 struct pl_place place, struct pl_error *error)
{
    struct pl_metric metric;
    const enum pl_status status =
        pl_metric_parse(name, gathering->line->data.task, gathering->arena, &metric, error);

    if (status == PL_E_LINE && gathering->line->file != NULL)
        return pl_error_locate(error, gathering->line->file, place.line, place.column);
    PL_RETURN_IF(status);
    if (lacks_strata(gathering->line, &metric))
        return pl_error_set(error, PL_E_LINE, STRATA_NEEDED, PL_STR_ARG(metric.name));
    PL_RETURN_IF(check_features(gathering->line, &metric, place, error));
    for (size_t i = 0; i < gathering->metrics_count; i++)
        if (pl_str_equal(gathering->metrics[i].name, metric.name))
            return PL_OK;
    if (gathering->metrics_count == PL_METRICS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d measures", PL_METRICS_MAX);
    if ((metric.row->needs & PL_NEEDS_RATIO) != 0)
        PL_RETURN_IF(add_ratio(gathering, &metric, place, error));
    else if (metric.column_name.len > 0)
        PL_RETURN_IF(
            find_value_column(gathering, metric.column_name, place, &metric.column, error));
    gathering->needs |= metric.row->needs;
    gathering->metrics[gathering->metrics_count++] = metric;
    return PL_OK;
}

/* Adds a measure when the data has what it needs. */
static enum pl_status add_if_there(struct gathering *gathering, struct pl_str name,
                                   struct pl_error *error)
{
    const struct pl_data *data = &gathering->line->data;
    const struct pl_place nowhere = {0};
    struct pl_metric metric;

    PL_RETURN_IF(pl_metric_parse(name, data->task, gathering->arena, &metric, error));
    if (!pl_task_kind_of(data->task)->has_data(data, metric.row->needs))
        return PL_OK;
    return add_metric(gathering, name, nowhere, error);
}

/* The standard measures of the task. */
static enum pl_status add_standard(struct gathering *gathering, struct pl_error *error)
{
    const struct pl_task_kind *kind = pl_task_kind_of(gathering->line->data.task);

    for (size_t i = 0; kind->standard[i] != NULL; i++)
        PL_RETURN_IF(add_if_there(gathering, pl_str_of(kind->standard[i]), error));
    return PL_OK;
}

/* The columns of the classes' probabilities, where a measure needs them. */
static enum pl_status gather_probabilities(struct gathering *gathering, struct pl_error *error)
{
    const struct pl_data *data = &gathering->line->data;
    int index = 0;

    if ((gathering->needs & PL_NEEDS_PROBABILITIES) == 0)
        return PL_OK;
    if (data->probabilities.count == 0)
        return pl_error_set(error, PL_E_LINE,
                            "a measure needs the probability of each class: name their columns in "
                            "`data.columns.probabilities`");
    for (size_t i = 0; i < data->probabilities.count; i++)
        PL_RETURN_IF(find_value_column(gathering, data->probabilities.items[i].to,
                                       data->probabilities_place, &index, error));
    return PL_OK;
}

static enum pl_status gather_metrics(struct gathering *gathering,
                                     const struct pl_measure_request *request,
                                     struct pl_error *error)
{
    const struct pl_line *line = gathering->line;
    const struct pl_place nowhere = {0};

    for (size_t i = 0; i < line->limits_count; i++)
        PL_RETURN_IF(
            add_metric(gathering, line->limits[i].metric, line->limits[i].metric_place, error));
    for (size_t i = 0; i < request->metrics.count; i++)
        PL_RETURN_IF(add_metric(gathering, request->metrics.items[i], nowhere, error));
    if (request->metrics.count == 0)
        PL_RETURN_IF(add_standard(gathering, error));
    for (size_t i = 0; i < request->also.count; i++)
        PL_RETURN_IF(add_if_there(gathering, request->also.items[i], error));
    if (gathering->metrics_count == 0)
        return add_metric(gathering, PL_STR("count"), nowhere, error);
    return gather_probabilities(gathering, error);
}

static enum pl_status add_crossings(struct gathering *gathering,
                                    const struct pl_crossing *crossings, size_t count,
                                    struct pl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        bool known = false;

        for (size_t j = 0; j < gathering->crossings_count; j++)
            known |= pl_crossing_is_same(&gathering->crossings[j], &crossings[i]);
        if (known)
            continue;
        if (gathering->crossings_count == GROUPINGS_MAX)
            return pl_error_set(error, PL_E_LIMIT, "more than %d segments and crossings",
                                GROUPINGS_MAX);
        gathering->crossings[gathering->crossings_count++] = crossings[i];
    }
    return PL_OK;
}

static enum pl_status gather_crossings(struct gathering *gathering,
                                       const struct pl_measure_request *request,
                                       struct pl_error *error)
{
    const struct pl_line *line = gathering->line;
    const struct pl_crossing *every = NULL;
    size_t every_count = 0;

    PL_RETURN_IF(add_crossings(gathering, request->crossings, request->crossings_count, error));
    if (request->crossings_count == 0) {
        PL_RETURN_IF(pl_crossings_every(line->data.segments_count, line->evidence.depth,
                                        gathering->arena, &every, &every_count, error));
        PL_RETURN_IF(add_crossings(gathering, every, every_count, error));
    }
    for (size_t i = 0; i < line->limits_count; i++)
        PL_RETURN_IF(add_crossings(gathering, line->limits[i].crossings,
                                   line->limits[i].crossings_count, error));
    if (line->launch.given)
        return add_crossings(gathering, &line->launch.crossing, 1, error);
    return PL_OK;
}

static enum pl_status gathering_init(struct gathering *gathering, const struct pl_line *line,
                                     struct pl_arena *arena, struct pl_error *error)
{
    *gathering = (struct gathering){.line = line, .arena = arena};
    gathering->metrics = pl_arena_alloc_array(arena, PL_METRICS_MAX, sizeof *gathering->metrics);
    gathering->columns = pl_arena_alloc_array(arena, PL_COLUMNS_MAX, sizeof *gathering->columns);
    gathering->ratios = pl_arena_alloc_array(arena, PL_RATIOS_MAX, sizeof *gathering->ratios);
    gathering->crossings = pl_arena_alloc_array(arena, GROUPINGS_MAX, sizeof *gathering->crossings);
    if (gathering->metrics == NULL || gathering->columns == NULL || gathering->ratios == NULL ||
        gathering->crossings == NULL)
        return pl_arena_error(arena, "the measures", error);
    return PL_OK;
}

/* rate(c) is of 0 and 1 only: anything else in the column is an error, and shown. */
static enum pl_status check_rates(const struct gathering *gathering, const struct pl_cells *cells,
                                  struct pl_error *error)
{
    for (size_t i = 0; i < gathering->metrics_count; i++) {
        const struct pl_metric *metric = &gathering->metrics[i];

        if (!pl_str_starts_with(metric->name, PL_STR("rate(")))
            continue;

        const struct pl_runs *runs = &cells->columns[metric->column];

        for (size_t run = 0; run < runs->count; run++)
            if (runs->values[run] != 0.0 && runs->values[run] != 1.0)
                return pl_error_set(error, PL_E_DATA,
                                    "%.*s: column `%.*s` holds %.15g: `%.*s` needs 0 and 1 or "
                                    "false and true; use `mean(…)` for other numbers",
                                    PL_STR_ARG(cells->source), PL_STR_ARG(runs->column),
                                    runs->values[run], PL_STR_ARG(metric->name));
    }
    return PL_OK;
}

/* Says of an error where the line names the measure, if it does. */
static enum pl_status locate_metric(const struct pl_line *line, const struct pl_metric *metric,
                                    enum pl_status status, struct pl_error *error)
{
    for (size_t i = 0; i < line->limits_count; i++) {
        const struct pl_limit *limit = &line->limits[i];

        if (pl_str_equal(pl_str_trim(limit->metric), metric->name))
            return pl_error_locate(error, line->file, limit->metric_place.line,
                                   limit->metric_place.column);
    }
    return status;
}

/* A class that a measure names must be one of the data's. */
static enum pl_status check_classes(const struct gathering *gathering, const struct pl_cells *cells,
                                    struct pl_error *error)
{
    for (size_t i = 0; i < gathering->metrics_count; i++) {
        const struct pl_metric *metric = &gathering->metrics[i];

        if (metric->row->argument != PL_ARGUMENT_CLASS)
            continue;

        const enum pl_status status = pl_class_check(cells, metric->group, metric->name, error);

        if (status != PL_OK)
            return locate_metric(gathering->line, metric, status, error);
    }
    return PL_OK;
}

/* Value columns of a join have other names, and their differences come after them. */
static enum pl_status join_columns(const struct gathering *gathering,
                                   struct pl_plan_request *request, struct pl_error *error)
{
    const struct pl_join *join = gathering->join;

    if (join == NULL)
        return PL_OK;
    request->join = join;
    request->joined = gathering->columns;
    request->joined_count = gathering->columns_count;
    return pl_join_columns(join, gathering->arena, request, error);
}

static enum pl_status load_cells(struct gathering *gathering, uint32_t threads,
                                 struct pl_cells *cells, struct pl_error *error)
{
    struct pl_plan_request plan_request = {
        .line = gathering->line,
        .metrics = gathering->metrics,
        .metrics_count = gathering->metrics_count,
        .columns = gathering->columns,
        .columns_count = gathering->columns_count,
        .ratios = gathering->ratios,
        .ratios_count = gathering->ratios_count,
        .needs_scores =
            (gathering->needs & PL_NEEDS_SCORES) != 0 && gathering->line->data.score.len > 0,
        .needs_neighbours = (gathering->needs & PL_NEEDS_NEIGHBOURS) != 0,
        .needs_probabilities = (gathering->needs & PL_NEEDS_PROBABILITIES) != 0,
    };
    struct pl_plan *plan = pl_arena_alloc(gathering->arena, sizeof *plan);

    if (plan == NULL)
        return pl_arena_error(gathering->arena, "the plan", error);
    PL_RETURN_IF(join_columns(gathering, &plan_request, error));
    PL_RETURN_IF(pl_plan_make(&plan_request, threads, gathering->arena, plan, error));

    const enum pl_status status = pl_cells_load(plan, threads, gathering->arena, cells, error);

    pl_plan_deinit(plan);
    PL_RETURN_IF(status);
    /* Value columns stand after the score among the cells' columns. */
    for (size_t i = 0; i < gathering->metrics_count; i++)
        if (gathering->metrics[i].column >= 0 && cells->has_scores &&
            (gathering->metrics[i].row->needs & PL_NEEDS_RATIO) == 0)
            gathering->metrics[i].column++;
    return PL_OK;
}

/* The segment of data.strata plus 1, or 0. */
static uint32_t find_strata(const struct pl_line *line)
{
    for (size_t i = 0; line->data.strata.len > 0 && i < line->data.segments_count; i++)
        if (pl_str_equal(line->data.segments[i].name, line->data.strata))
            return (uint32_t)i + 1;
    return 0;
}

static enum pl_status measure_cells(const struct gathering *gathering, uint32_t threads,
                                    struct pl_cells *cells, struct pl_measured **ret_measured,
                                    struct pl_error *error)
{
    const struct pl_evidence *evidence = &gathering->line->evidence;
    const struct pl_measure_options options = {
        .metrics = gathering->metrics,
        .metrics_count = gathering->metrics_count,
        .crossings = gathering->crossings,
        .crossings_count = gathering->crossings_count,
        .costs = gathering->line->costs,
        .confidence = evidence->confidence,
        .interval = evidence->interval,
        .smallest_slice = evidence->smallest_slice,
        .smallest_share = evidence->smallest_share,
        .missing = evidence->missing,
        .seed = evidence->seed,
        .strata = find_strata(gathering->line),
        .with_multicalibration = gathering->with_multicalibration,
        .threads = threads,
    };

    PL_RETURN_IF(check_rates(gathering, cells, error));
    PL_RETURN_IF(pl_costs_check(gathering->line, cells, error));
    PL_RETURN_IF(check_classes(gathering, cells, error));
    PL_RETURN_IF(pl_measure(cells, &options, gathering->arena, ret_measured, error));
    (*ret_measured)->owned_cells = cells;
    return PL_OK;
}

enum pl_status pl_measure_line(const struct pl_line *line, const struct pl_measure_request *request,
                               struct pl_arena *arena, struct pl_measured **ret_measured,
                               struct pl_error *error)
{
    const uint32_t threads = request->threads == 0 ? pl_processors_count() : request->threads;
    struct pl_cells *cells = pl_arena_alloc(arena, sizeof *cells);
    struct gathering gathering;

    if (cells == NULL)
        return pl_arena_error(arena, "the cells", error);
    if (line->data.decisions.len == 0)
        return pl_error_set(error, PL_E_LINE,
                            "%s has no section `data`, so there are no decisions to measure; %s",
                            line->file,
                            line->evals != NULL && line->evals->suites_count > 0
                                ? "its evals are run by `plimsoll eval`"
                                : "for the traffic that it serves add `data: {decisions: "
                                  "\"ledger:\"}`");
    if (wrong_group(line)[0] != '\0')
        return pl_line_error(line, line->data.group_place, PL_E_LINE, error, "`group` %s",
                             wrong_group(line));
    PL_RETURN_IF(gathering_init(&gathering, line, arena, error));
    PL_RETURN_IF(gather_metrics(&gathering, request, error));
    PL_RETURN_IF(gather_crossings(&gathering, request, error));
    gathering.join = request->join;
    gathering.with_multicalibration = request->with_multicalibration;
    gathering.needs |= request->with_scores ? PL_NEEDS_SCORES : 0;
    PL_RETURN_IF(load_cells(&gathering, threads, cells, error));

    struct pl_measured *measured = NULL;
    enum pl_status status = measure_cells(&gathering, threads, cells, &measured, error);

    if (status != PL_OK) {
        pl_cells_deinit(cells);
        return status;
    }
    status = pl_againsts_make(line, request, measured, arena, error);
    if (status == PL_OK)
        *ret_measured = measured;
    else
        pl_measured_deinit(measured);
    return status;
}

/* Why a measure cannot be compared with a baseline as the limit asks; empty when it can. */
static struct pl_str wrong_better(const struct pl_line *line, const struct pl_metric *metric,
                                  const struct pl_limit *limit, struct pl_arena *arena)
{
    const enum pl_better own = metric->row->better;

    if (own == PL_BETTER_NEITHER && limit->better == PL_BETTER_NEITHER)
        return pl_arena_format(arena,
                               "`%.*s` does not say by itself which side is better; add `better: "
                               "higher` or `better: lower`",
                               PL_STR_ARG(metric->name));
    if (own != PL_BETTER_NEITHER && limit->better != PL_BETTER_NEITHER && own != limit->better)
        return pl_arena_format(arena, "`%.*s` is better when it is %s; take `better: %s` out",
                               PL_STR_ARG(metric->name), pl_better_name(own),
                               pl_better_name(limit->better));
    if (limit->relative && pl_metric_below_zero(metric, &line->costs))
        return pl_arena_format(arena,
                               "`%.*s` can be below 0, so no share of it makes a margin; use "
                               "`margin`",
                               PL_STR_ARG(metric->name));
    return PL_STR("");
}

/* Why a measure that compares slices itself cannot stand in a limit as it does; empty when it can. */
static struct pl_str wrong_comparison(const struct pl_metric *metric, const struct pl_limit *limit,
                                      struct pl_arena *arena)
{
    if (limit->comparator != PL_COMPARE_MIN && limit->comparator != PL_COMPARE_MAX)
        return pl_arena_format(arena,
                               "`%.*s` compares each group with the others itself; use `max` or "
                               "`min`",
                               PL_STR_ARG(metric->name));
    if (limit->crossings_count > 0)
        return PL_STR("");
    return pl_arena_format(arena, "`%.*s` compares groups, and the limit has no `by`",
                           PL_STR_ARG(metric->name));
}

/* Why a measure cannot stand in a limit as it does; empty when it can. In `arena`. */
static struct pl_str wrong_limit(const struct pl_line *line, const struct pl_metric *metric,
                                 const struct pl_limit *limit, struct pl_arena *arena)
{
    const enum pl_comparator comparator = limit->comparator;
    const bool is_ratio = comparator == PL_COMPARE_MIN_RATIO ||
                          comparator == PL_COMPARE_MAX_RATIO ||
                          comparator == PL_COMPARE_MAX_RATIO_TO_OVERALL;

    if (lacks_strata(line, metric))
        return pl_arena_format(arena, STRATA_NEEDED, PL_STR_ARG(metric->name));
    if (wrong_features(line, metric)[0] != '\0')
        return pl_arena_format(arena, "`%.*s` %s", PL_STR_ARG(metric->name),
                               wrong_features(line, metric));
    if (wrong_in_groups(line, metric, limit, arena).len > 0)
        return wrong_in_groups(line, metric, limit, arena);
    if (metric->row->of_all && (limit->crossings_count > 0 ||
                                (comparator != PL_COMPARE_MIN && comparator != PL_COMPARE_MAX)))
        return pl_arena_format(arena, "`%.*s` looks at every slice itself; use `max`, without `by`",
                               PL_STR_ARG(metric->name));
    if (metric->row->comparison)
        return wrong_comparison(metric, limit, arena);
    if (limit->baseline != NULL && (metric->row->needs & PL_NEEDS_NEIGHBOURS) != 0)
        return pl_arena_format(arena, "`%.*s` is not compared with a baseline",
                               PL_STR_ARG(metric->name));
    if (limit->baseline != NULL)
        return wrong_better(line, metric, limit, arena);
    if (!is_ratio || !pl_metric_below_zero(metric, &line->costs))
        return PL_STR("");
    return pl_arena_format(arena,
                           "`%.*s` can be below 0, so it has no ratios; use `max_difference` or "
                           "`max_difference_to_overall`",
                           PL_STR_ARG(metric->name));
}

enum pl_status pl_measure_nothing(const struct pl_line *line, struct pl_arena *arena,
                                  struct pl_measured **ret_measured, struct pl_error *error)
{
    const struct pl_evidence *evidence = &line->evidence;
    struct pl_cells *cells = pl_arena_alloc(arena, sizeof *cells);
    struct pl_crossing *overall = pl_arena_alloc(arena, sizeof *overall);
    struct pl_measured *measured = pl_arena_alloc(arena, sizeof *measured);

    if (cells == NULL || measured == NULL || overall == NULL)
        return pl_arena_error(arena, "the measures", error);
    cells->source = PL_STR("");
    *measured = (struct pl_measured){
        .cells = cells,
        .overall = {.crossing = overall},
        .confidence = evidence->confidence,
        .interval = evidence->interval,
        .smallest_slice = evidence->smallest_slice,
        .smallest_share = evidence->smallest_share,
        .missing = evidence->missing,
        .seed = evidence->seed,
    };
    *ret_measured = measured;
    return PL_OK;
}

static void check_limits(const struct pl_line *line, struct pl_arena *arena,
                         struct pl_problems *problems)
{
    if (wrong_group(line)[0] != '\0' && problems->count < PL_LINE_PROBLEMS_MAX)
        problems->items[problems->count++] =
            (struct pl_problem){.place = line->data.group_place,
                                .key = PL_STR("group"),
                                .message = pl_str_of(wrong_group(line))};
    for (size_t i = 0; i < line->limits_count; i++) {
        const struct pl_limit *limit = &line->limits[i];
        struct pl_problem problem = {.place = limit->metric_place, .key = PL_STR("metric")};
        struct pl_metric metric;
        struct pl_error error;

        if (problems->count == PL_LINE_PROBLEMS_MAX)
            return;
        if (pl_metric_parse(limit->metric, line->data.task, arena, &metric, &error) == PL_OK)
            problem.message = wrong_limit(line, &metric, limit, arena);
        else
            problem.message = pl_arena_format(arena, "must name a measure: %s", error.message);
        if (problem.message.len > 0)
            problems->items[problems->count++] = problem;
    }
}

void pl_measure_check(const struct pl_line *line, struct pl_arena *arena,
                      struct pl_problems *problems)
{
    check_limits(line, arena, problems);
    for (size_t i = 0; line->evals != NULL && i < line->evals->suites_count; i++)
        check_limits(line->evals->suites[i].line, arena, problems);
}

enum pl_status pl_measure_read(const char *path, struct pl_arena *arena, struct pl_line **ret_line,
                               struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};
    struct pl_line *line = NULL;

    PL_RETURN_IF(pl_line_read(path, arena, &line, &problems, error));
    pl_measure_check(line, arena, &problems);
    if (problems.count > 0)
        return pl_problems_error(&problems, path, error);
    *ret_line = line;
    return PL_OK;
}

/* Adds all crossings of `size` segments, in lexicographic order. */
static bool add_of_size(size_t segments_count, uint32_t size, struct pl_crossing *crossings,
                        size_t *count)
{
    struct pl_crossing crossing = {.count = size};

    for (uint32_t i = 0; i < size; i++)
        crossing.segments[i] = i;
    while (size <= segments_count) {
        if (*count == GROUPINGS_MAX)
            return false;
        crossings[(*count)++] = crossing;

        uint32_t at = size;

        while (at > 0 && crossing.segments[at - 1] == segments_count - size + at - 1)
            at--;
        if (at == 0)
            break;
        crossing.segments[at - 1]++;
        for (uint32_t i = at; i < size; i++)
            crossing.segments[i] = crossing.segments[i - 1] + 1;
    }
    return true;
}

enum pl_status pl_crossings_every(size_t segments_count, uint32_t depth, struct pl_arena *arena,
                                  const struct pl_crossing **ret_crossings, size_t *ret_count,
                                  struct pl_error *error)
{
    struct pl_crossing *crossings = pl_arena_alloc_array(arena, GROUPINGS_MAX, sizeof *crossings);
    size_t count = 0;

    if (crossings == NULL)
        return pl_arena_error(arena, "the crossings", error);
    for (uint32_t size = 1; size <= depth && size <= PL_CROSSING_MAX; size++)
        if (!add_of_size(segments_count, size, crossings, &count))
            return pl_error_set(error, PL_E_LIMIT,
                                "the segments make more than %d crossings: lower evidence.depth",
                                GROUPINGS_MAX);
    *ret_crossings = crossings;
    *ret_count = count;
    return PL_OK;
}
