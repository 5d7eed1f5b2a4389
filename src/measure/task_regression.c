/*
 * Decisions that are numbers. The GROUP BY brings a list of pairs (label, prediction) for each leaf,
 * which is summed up as it comes and not kept: once for the mean label, once for the moments about it.
 * With a count or a weight every distinct row comes by itself; such rows are kept, put together by leaf
 * and then summed up in the same way. Sums are exact, so neither way leaves a trace of the order of rows
 * or of the number of threads.
 */
#include "base/pool.h"
#include "measure/metrics.h"
#include "measure/regression.h"
#include "measure/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_PAIRS       1024  /* pairs handed to the sums at once where some may be NULL */
#define THREAD_PAIRS_MIN  32768 /* fewer than this for each thread are not worth starting it */
#define STRING_OF(number) #number
#define TEXT_OF(macro)    STRING_OF(macro)

static const char *const STANDARD[] = {
    "mean_label", "mean_prediction", "mean_error", "mae", "rmse", "r2", NULL,
};

/* What one thread sums up. */
struct worker {
    struct pl_moment_sums sums;
    struct pl_exact_sum labels; /* for their mean */
    uint64_t labels_count;
    uint64_t withins[PL_TOLERANCES_MAX];
    struct pl_exact_sum within_weights[PL_TOLERANCES_MAX]; /* of rows with weights */
    struct pl_exact_sum within_squares[PL_TOLERANCES_MAX];
    enum pl_status status;
    struct pl_error error;
};

/* A row of the result that is summed up: the moments of a leaf, as a rule all of them. */
struct part {
    uint32_t leaf;
    uint32_t number; /* of its withins */
    struct pl_moments moments;
};

/* A row with a count or a weight, until all are in. */
struct kept_row {
    uint32_t leaf;
    struct pl_regression_row row;
};

/* loader->task */
struct regression {
    double tolerances[PL_TOLERANCES_MAX];
    size_t tolerances_count;
    struct worker *workers;
    uint32_t workers_count;
    struct part *parts;
    struct pl_within *withins; /* parts_count x tolerances_count */
    size_t parts_count;
    size_t parts_size;
    struct kept_row *rows;
    size_t rows_count;
    size_t rows_size;
};

/* ---- the plan ---- */

static struct pl_named_column prediction_of(const struct pl_data *data)
{
    if (data->prediction.len > 0)
        return (struct pl_named_column){data->prediction, data->prediction_place};
    return (struct pl_named_column){data->score, data->score_place};
}

static bool has_data(const struct pl_data *data, unsigned needs)
{
    if ((needs & PL_NEEDS_LABELS) != 0 && data->label.len == 0)
        return false;
    return (needs & PL_NEEDS_PREDICTIONS) == 0 || prediction_of(data).name.len > 0;
}

/* The SQL of a label or prediction; nobody has one where no column is named. */
static enum pl_status number_of(struct pl_builder *builder, const struct pl_named_column *named,
                                struct pl_str *ret_sql, struct pl_error *error)
{
    /* NaN counts as the largest of numbers there. */
    const struct pl_check rule = {
        .condition = PL_STR(
            "coalesce(NOT isnan(?) AND abs(?) >= " TEXT_OF(PL_REGRESSION_VALUE_MAX) ", false)"),
        .wrong = "is not a finite number below " TEXT_OF(PL_REGRESSION_VALUE_MAX) " in size",
    };

    if (named->name.len == 0) {
        *ret_sql = PL_STR("CAST(NULL AS DOUBLE)");
        return PL_OK;
    }
    return pl_builder_checked_number(builder, named, &rule, ret_sql, error);
}

static void add_pairs(struct pl_builder *builder, struct pl_str label, struct pl_str prediction)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_format(&sql, "list(struct_pack(label := %s, prediction := %s))", label.ptr,
                         prediction.ptr);
    builder->plan->label = pl_builder_add(builder, pl_buffer_view(&sql), false);
    builder->plan->prediction = builder->plan->label;
}

static enum pl_status plan(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column labels = {data->label, data->label_place};
    const struct pl_named_column predictions = prediction_of(data);
    struct pl_plan *made = builder->plan;
    struct pl_str label;
    struct pl_str prediction;

    PL_RETURN_IF(number_of(builder, &labels, &label, error));
    PL_RETURN_IF(number_of(builder, &predictions, &prediction, error));
    if (made->lists) {
        add_pairs(builder, label, prediction);
    } else {
        made->label = pl_builder_add(builder, label, true);
        made->prediction = pl_builder_add(builder, prediction, true);
    }
    return PL_OK;
}

/* ---- state ---- */

static enum pl_status no_memory(struct pl_error *error)
{
    return pl_error_set(error, PL_E_MEMORY, "no memory left for the labels and predictions");
}

static enum pl_status start(struct pl_loader *loader, struct pl_error *error)
{
    struct regression *state = calloc(1, sizeof *state);

    loader->task = state;
    if (state == NULL)
        return no_memory(error);
    state->tolerances_count =
        pl_tolerances_of(loader->plan->metrics, loader->plan->metrics_count, state->tolerances);
    state->workers_count = loader->threads == 0 ? 1 : loader->threads;
    state->workers = calloc(state->workers_count, sizeof *state->workers);
    return state->workers == NULL ? no_memory(error) : PL_OK;
}

static void abandon(struct pl_loader *loader)
{
    struct regression *state = loader->task;

    if (state == NULL)
        return;
    free(state->workers);
    free(state->parts);
    free(state->withins);
    free(state->rows);
    free(state);
    loader->task = NULL;
}

static enum pl_status reserve_part(struct regression *state, struct pl_error *error)
{
    const size_t size = state->parts_size == 0 ? 64 : state->parts_size * 2;

    if (state->parts_count < state->parts_size)
        return PL_OK;

    struct part *parts = realloc(state->parts, size * sizeof *parts);

    if (parts != NULL)
        state->parts = parts;

    struct pl_within *withins =
        realloc(state->withins, (size * state->tolerances_count + 1) * sizeof *withins);

    if (withins != NULL)
        state->withins = withins;
    if (parts == NULL || withins == NULL)
        return no_memory(error);
    state->parts_size = size;
    return PL_OK;
}

static void worker_reset(const struct regression *state, struct worker *worker, bool weighted)
{
    pl_exact_sum_reset(&worker->labels);
    worker->labels_count = 0;
    worker->status = PL_OK;
    pl_moment_sums_reset(&worker->sums, 0.0, weighted);
    for (size_t i = 0; i < state->tolerances_count; i++) {
        worker->withins[i] = 0;
        pl_exact_sum_reset(&worker->within_weights[i]);
        pl_exact_sum_reset(&worker->within_squares[i]);
    }
}

/* The mean label of what these workers have seen, rounded; 0 when there was none. */
static enum pl_status find_centre(struct worker *workers, uint32_t count, double *ret_centre,
                                  struct pl_error *error)
{
    double total = 0.0;

    for (uint32_t i = 1; i < count; i++) {
        pl_exact_sum_merge(&workers[0].labels, &workers[i].labels);
        workers[0].labels_count += workers[i].labels_count;
    }
    PL_RETURN_IF(pl_exact_sum_value(&workers[0].labels, &total, error));
    *ret_centre = workers[0].labels_count == 0 ? 0.0 : total / (double)workers[0].labels_count;
    return PL_OK;
}

/* Reads off what a worker has summed up; `ret_withins` has room for all tolerances. */
static enum pl_status read_worker(const struct regression *state, const struct worker *worker,
                                  struct pl_moments *ret_moments, struct pl_within *ret_withins,
                                  struct pl_error *error)
{
    PL_RETURN_IF(pl_moment_sums_read(&worker->sums, ret_moments, error));
    for (size_t i = 0; i < state->tolerances_count; i++) {
        const double n = (double)worker->withins[i];

        ret_withins[i] = (struct pl_within){worker->withins[i], n, n};
        if (!worker->sums.weighted)
            continue;
        PL_RETURN_IF(pl_exact_sum_value(&worker->within_weights[i], &ret_withins[i].weight, error));
        PL_RETURN_IF(
            pl_exact_sum_value(&worker->within_squares[i], &ret_withins[i].weight_squared, error));
    }
    return PL_OK;
}

static enum pl_status keep_part(struct regression *state, uint32_t leaf,
                                const struct worker *worker, struct pl_error *error)
{
    PL_RETURN_IF(reserve_part(state, error));

    struct part *part = &state->parts[state->parts_count];

    *part = (struct part){.leaf = leaf, .number = (uint32_t)state->parts_count};
    PL_RETURN_IF(read_worker(state, worker, &part->moments,
                             &state->withins[state->parts_count * state->tolerances_count], error));
    state->parts_count++;
    return PL_OK;
}

/* ---- lists ---- */

/* The list of one row of the result, divided among the workers. */
struct division {
    const struct regression *state;
    const struct pl_vector *vector;
    struct pl_list range;
    uint32_t workers_count;
    bool centring; /* the first pass, which finds the mean label */
};

/* NULL becomes NaN, which is as unknown. */
static void copy_known(const double *values, const uint64_t *valid, struct pl_list range,
                       double *ret_values)
{
    for (uint64_t i = 0; i < range.length; i++)
        ret_values[i] =
            pl_vector_valid(valid, range.offset + i) ? values[range.offset + i] : (double)NAN;
}

static void add_labels(struct worker *worker, const double *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (isnan(labels[i]))
            continue;
        pl_exact_sum_add(&worker->labels, labels[i]);
        worker->labels_count++;
    }
}

static void count_withins(const struct regression *state, struct worker *worker,
                          const double *labels, const double *predictions, size_t count)
{
    for (size_t t = 0; t < state->tolerances_count; t++) {
        const double tolerance = state->tolerances[t];
        uint64_t within = 0;

        /* Never true of NaN. */
        for (size_t i = 0; i < count; i++)
            within += fabs(predictions[i] - labels[i]) <= tolerance;
        worker->withins[t] += within;
    }
}

static void add_block(const struct division *division, struct worker *worker, struct pl_list range)
{
    double labels[BLOCK_PAIRS];
    double predictions[BLOCK_PAIRS];

    copy_known(division->vector->reals, division->vector->valid_reals, range, labels);
    if (division->centring) {
        add_labels(worker, labels, range.length);
        return;
    }
    copy_known(division->vector->seconds, division->vector->valid_seconds, range, predictions);
    pl_moment_sums_add_many(&worker->sums, labels, predictions, range.length);
    count_withins(division->state, worker, labels, predictions, range.length);
}

/* The share of the list that is item `index` of as many as there are workers. */
static void sum_share(size_t index, uint32_t number, void *context)
{
    const struct division *division = context;
    const uint64_t length = division->range.length;
    const uint64_t first = length * index / division->workers_count;
    const uint64_t last = length * (index + 1) / division->workers_count;

    (void)number;
    for (uint64_t i = first; i < last; i += BLOCK_PAIRS) {
        const uint64_t left = last - i;
        const struct pl_list block = {division->range.offset + i,
                                      left < BLOCK_PAIRS ? left : BLOCK_PAIRS};

        add_block(division, &division->state->workers[index], block);
    }
}

static uint32_t workers_for(const struct regression *state, uint64_t pairs)
{
    const uint64_t worth = pairs / THREAD_PAIRS_MIN + 1;

    return worth < state->workers_count ? (uint32_t)worth : state->workers_count;
}

static enum pl_status take_list(struct regression *state, const struct pl_vector *vector,
                                const struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_list range = vector->lists[row->index];
    struct division division = {
        .state = state,
        .vector = vector,
        .range = range,
        .workers_count = workers_for(state, range.length),
        .centring = true,
    };
    double centre = 0.0;

    for (uint32_t i = 0; i < division.workers_count; i++)
        worker_reset(state, &state->workers[i], false);
    pl_pool_run(division.workers_count, division.workers_count, sum_share, &division);
    PL_RETURN_IF(find_centre(state->workers, division.workers_count, &centre, error));
    for (uint32_t i = 0; i < division.workers_count; i++)
        pl_moment_sums_reset(&state->workers[i].sums, centre, false);
    division.centring = false;
    pl_pool_run(division.workers_count, division.workers_count, sum_share, &division);
    for (uint32_t i = 1; i < division.workers_count; i++) {
        pl_moment_sums_merge(&state->workers[0].sums, &state->workers[i].sums);
        for (size_t t = 0; t < state->tolerances_count; t++)
            state->workers[0].withins[t] += state->workers[i].withins[t];
    }
    return keep_part(state, row->leaf, &state->workers[0], error);
}

/* The decisions of a list by what is known of them. */
static void confuse_list(struct pl_loader *loader, const struct pl_loader_row *row,
                         const struct pl_moment_counts *counts)
{
    const uint64_t lone_labels = counts->labelled - counts->pairs;
    const uint64_t lone_predictions = counts->predicted - counts->pairs;
    const uint64_t neither = row->kind.count - counts->pairs - lone_labels - lone_predictions;
    const struct pl_kind kinds[] = {
        {PL_POSITIVE, PL_POSITIVE, counts->pairs, 1.0},
        {PL_POSITIVE, PL_UNKNOWN, lone_labels, 1.0},
        {PL_UNKNOWN, PL_POSITIVE, lone_predictions, 1.0},
        {PL_UNKNOWN, PL_UNKNOWN, neither, 1.0},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        pl_confusion_add(&loader->confusions[row->leaf], &kinds[i]);
}

/* ---- rows with a count or a weight ---- */

static double known_value(const struct pl_vector *vector, size_t row)
{
    return pl_vector_valid(vector->valid, row) ? vector->reals[row] : (double)NAN;
}

static enum pl_status keep_row(struct regression *state, const struct kept_row *row,
                               struct pl_error *error)
{
    if (state->rows_count == state->rows_size) {
        const size_t size = state->rows_size == 0 ? 4096 : state->rows_size * 2;
        struct kept_row *rows =
            size > PL_RUNS_MAX ? NULL : realloc(state->rows, size * sizeof *rows);

        if (rows == NULL)
            return pl_error_set(error, PL_E_LIMIT, "no room for %zu rows of counts or weights",
                                size);
        state->rows = rows;
        state->rows_size = size;
    }
    state->rows[state->rows_count++] = *row;
    return PL_OK;
}

static enum pl_status take_single(struct pl_loader *loader, const struct pl_batch *batch,
                                  struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_plan *made = loader->plan;
    const struct kept_row kept = {
        .leaf = row->leaf,
        .row = {.label = known_value(&batch->columns[made->label], row->index),
                .prediction = known_value(&batch->columns[made->prediction], row->index),
                .count = row->kind.count,
                .weight = row->kind.weight},
    };

    row->kind.label = isnan(kept.row.label) ? PL_UNKNOWN : PL_POSITIVE;
    row->kind.prediction = isnan(kept.row.prediction) ? PL_UNKNOWN : PL_POSITIVE;
    pl_confusion_add(&loader->confusions[row->leaf], &row->kind);
    return keep_row(loader->task, &kept, error);
}

/* ---- taking ---- */

/* Rows that broke a rule end the load once all are in: what they hold need not add up. */
static bool is_broken(const struct pl_loader *loader)
{
    for (size_t i = 0; i < loader->plan->checks_count; i++)
        if (loader->bad[i] > 0)
            return true;
    return false;
}

static enum pl_status take(struct pl_loader *loader, const struct pl_batch *batch,
                           struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_plan *made = loader->plan;

    if (loader->task == NULL)
        PL_RETURN_IF(start(loader, error));
    if (is_broken(loader))
        return PL_OK;
    if (!made->lists)
        return take_single(loader, batch, row, error);

    struct regression *state = loader->task;

    PL_RETURN_IF(take_list(state, &batch->columns[made->label], row, error));
    confuse_list(loader, row, &state->parts[state->parts_count - 1].moments.counts);
    return PL_OK;
}

/* ---- finishing ---- */

/* Kept rows put together by leaf, each leaf summed up by whoever takes it. */
struct gathered {
    struct regression *state;
    struct pl_regression_cells *cells;
    bool weighted;
    const uint32_t *places;
    const size_t *firsts;  /* by leaf: where its rows start in `order`; one more at the end */
    const uint32_t *order; /* indices of rows */
};

static void add_row(const struct regression *state, struct worker *worker,
                    const struct pl_regression_row *row)
{
    const double count = (double)row->count;

    pl_moment_sums_add(&worker->sums, row);
    for (size_t t = 0; t < state->tolerances_count; t++) {
        if (!(fabs(row->prediction - row->label) <= state->tolerances[t]))
            continue;
        worker->withins[t] += row->count;
        pl_exact_sum_add(&worker->within_weights[t], count * row->weight);
        pl_exact_sum_add(&worker->within_squares[t], count * row->weight * row->weight);
    }
}

static const struct pl_regression_row *row_at(const struct gathered *gathered, size_t i)
{
    return &gathered->state->rows[gathered->order[i]].row;
}

static enum pl_status sum_rows(const struct gathered *gathered, size_t leaf, struct worker *worker,
                               struct pl_error *error)
{
    const struct regression *state = gathered->state;
    const size_t first = gathered->firsts[leaf];
    const size_t last = gathered->firsts[leaf + 1];
    const uint32_t place = gathered->places[leaf];
    double centre = 0.0;

    worker_reset(state, worker, gathered->weighted);
    for (size_t i = first; i < last; i++) {
        const struct pl_regression_row *row = row_at(gathered, i);

        if (isnan(row->label))
            continue;
        pl_exact_sum_add_product(&worker->labels, row->label, (double)row->count);
        worker->labels_count += row->count;
    }
    PL_RETURN_IF(find_centre(worker, 1, &centre, error));
    pl_moment_sums_reset(&worker->sums, centre, gathered->weighted);
    for (size_t i = first; i < last; i++)
        add_row(state, worker, row_at(gathered, i));
    return read_worker(state, worker, &gathered->cells->moments[place],
                       &gathered->cells->withins[place * state->tolerances_count], error);
}

static void sum_leaf(size_t leaf, uint32_t number, void *context)
{
    const struct gathered *gathered = context;
    struct worker *worker = &gathered->state->workers[number];

    if (worker->status == PL_OK)
        worker->status = sum_rows(gathered, leaf, worker, &worker->error);
}

static enum pl_status sum_leaves(const struct gathered *gathered, size_t leaves_count,
                                 struct pl_error *error)
{
    struct regression *state = gathered->state;
    struct gathered context = *gathered;

    for (uint32_t i = 0; i < state->workers_count; i++)
        state->workers[i].status = PL_OK;
    pl_pool_run(leaves_count, state->workers_count, sum_leaf, &context);
    for (uint32_t i = 0; i < state->workers_count; i++)
        if (state->workers[i].status != PL_OK) {
            *error = state->workers[i].error;
            return state->workers[i].status;
        }
    return PL_OK;
}

/* Counting sort: `firsts` has leaves_count + 1 places, all 0; `order` one for each row. */
static void order_rows(const struct regression *state, size_t leaves_count, size_t *firsts,
                       uint32_t *order)
{
    for (size_t i = 0; i < state->rows_count; i++)
        firsts[state->rows[i].leaf]++;
    for (size_t leaf = 0, sum = 0; leaf <= leaves_count; leaf++) {
        const size_t count = firsts[leaf];

        firsts[leaf] = sum;
        sum += count;
    }
    for (size_t i = 0; i < state->rows_count; i++)
        order[firsts[state->rows[i].leaf]++] = (uint32_t)i;
    /* Each now holds where its leaf ends, which is where the next begins. */
    memmove(firsts + 1, firsts, leaves_count * sizeof *firsts);
    firsts[0] = 0;
}

static enum pl_status finish_rows(struct pl_loader *loader, struct pl_regression_cells *cells,
                                  struct pl_error *error)
{
    struct regression *state = loader->task;
    const size_t leaves_count = loader->leaves.count;
    size_t *firsts = calloc(leaves_count + 1, sizeof *firsts);
    uint32_t *order = malloc((state->rows_count + 1) * sizeof *order);
    enum pl_status status = PL_OK;

    if (firsts == NULL || order == NULL) {
        status = no_memory(error);
    } else {
        const struct gathered gathered = {
            .state = state,
            .cells = cells,
            .weighted = loader->plan->weight != PL_PLAN_NONE,
            .places = loader->places,
            .firsts = firsts,
            .order = order,
        };

        order_rows(state, leaves_count, firsts, order);
        status = sum_leaves(&gathered, leaves_count, error);
    }
    free(firsts);
    free(order);
    return status;
}

/* By leaf. A leaf has two parts where text of the data equals the name for what is missing: these are
   put in an order that does not depend on which came first. */
static int compare_parts(const void *a, const void *b)
{
    const struct part *first = a;
    const struct part *second = b;

    if (first->leaf != second->leaf)
        return first->leaf < second->leaf ? -1 : 1;
    return memcmp(first->moments.by_weight, second->moments.by_weight,
                  sizeof first->moments.by_weight);
}

static void finish_parts(const struct pl_loader *loader, struct pl_regression_cells *cells)
{
    struct regression *state = loader->task;
    const size_t tolerances = state->tolerances_count;

    if (state->parts_count > 0)
        qsort(state->parts, state->parts_count, sizeof *state->parts, compare_parts);
    for (size_t i = 0; i < state->parts_count; i++) {
        const struct part *part = &state->parts[i];
        const size_t place = loader->places[part->leaf];

        pl_moments_merge(&cells->moments[place], &part->moments);
        pl_withins_merge(&cells->withins[place * tolerances],
                         &state->withins[part->number * tolerances], tolerances);
    }
}

static enum pl_status finish(struct pl_loader *loader, struct pl_cells *cells,
                             struct pl_error *error)
{
    const struct regression *state = loader->task;
    struct pl_regression_cells *made =
        pl_regression_cells_new(cells->leaves_count, state->tolerances, state->tolerances_count);

    if (made == NULL)
        return no_memory(error);
    cells->regression = made;
    cells->has_labels = loader->plan->line->data.label.len > 0;
    cells->has_predictions = prediction_of(&loader->plan->line->data).name.len > 0;
    if (!loader->plan->lists)
        return finish_rows(loader, made, error);
    finish_parts(loader, made);
    return PL_OK;
}

/* The leaves that stay, in their order. */
static enum pl_status filter(const struct pl_cells *cells, const uint32_t *places,
                             struct pl_cells *filtered, struct pl_arena *arena,
                             struct pl_error *error)
{
    const struct pl_regression_cells *from = cells->regression;
    const size_t tolerances = from->tolerances_count;
    struct pl_regression_cells *made =
        pl_regression_cells_new(filtered->leaves_count, from->tolerances, tolerances);

    (void)arena;
    if (made == NULL)
        return no_memory(error);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const size_t place = places[leaf];

        if (places[leaf] == PL_LEAF_OUT)
            continue;
        made->moments[place] = from->moments[leaf];
        pl_withins_merge(&made->withins[place * tolerances], &from->withins[leaf * tolerances],
                         tolerances);
    }
    filtered->regression = made;
    return PL_OK;
}

static void free_cells(struct pl_cells *cells)
{
    pl_regression_cells_free(cells->regression);
    cells->regression = NULL;
}

/* What is there counts as positive. */
static enum pl_status answer(struct pl_loader *loader, const struct pl_plan *made,
                             const struct pl_batch *batch, struct pl_loader_row *row,
                             struct pl_error *error)
{
    (void)loader;
    (void)error;
    if (!isnan(known_value(&batch->columns[made->label], row->index)))
        row->kind.label = PL_POSITIVE;
    if (!isnan(known_value(&batch->columns[made->prediction], row->index)))
        row->kind.prediction = PL_POSITIVE;
    return PL_OK;
}

const struct pl_task_kind PL_TASK_KIND_REGRESSION = {
    .standard = STANDARD,
    .has_data = has_data,
    .plan = plan,
    .take = take,
    .answer = answer,
    .finish = finish,
    .filter = filter,
    .abandon = abandon,
    .free_cells = free_cells,
    .scan = pl_regression_scan,
    .free_tally = pl_regression_free_tally,
};
