/*
 * Decisions that say yes or no, or give a score that a threshold cuts. Label and prediction are marks;
 * the score comes as the first of the value columns where a measure needs the scores themselves, and
 * else as its side of the threshold, found by the engine.
 */
#include "measure/metrics.h"
#include "measure/moved.h"
#include "measure/task.h"

#include <stdio.h>

static const char *const STANDARD[] = {
    "selection_rate",
    "base_rate",
    "accuracy",
    "error_rate",
    "balanced_accuracy",
    "precision",
    "true_positive_rate",
    "false_positive_rate",
    "false_negative_rate",
    "f1",
    "roc_auc",
    "conditional_demographic_disparity",
    NULL,
};

static bool has_data(const struct pl_data *data, unsigned needs)
{
    if ((needs & PL_NEEDS_LABELS) != 0 && data->label.len == 0)
        return false;
    if ((needs & PL_NEEDS_SCORES) != 0 && data->score.len == 0)
        return false;
    if ((needs & PL_NEEDS_STRATA) != 0 && data->strata.len == 0)
        return false;
    if ((needs & PL_NEEDS_NEIGHBOURS) != 0 && data->features.count == 0)
        return false;
    return (needs & PL_NEEDS_PREDICTIONS) == 0 || data->score.len > 0 || data->prediction.len > 0;
}

/* The score's side of the threshold, when the scores themselves are not needed. */
static void add_side(struct pl_builder *builder, struct pl_str score)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_format(&sql,
                         "CASE WHEN %s IS NULL OR isnan(%s) THEN NULL WHEN %s >= " PL_SQL_NUMBER
                         " THEN CAST(1 AS BIGINT) ELSE CAST(0 AS BIGINT) END",
                         score.ptr, score.ptr, score.ptr, builder->plan->line->data.threshold);
    builder->plan->prediction = pl_builder_add(builder, pl_buffer_view(&sql), true);
    builder->plan->prediction_is_side = true;
}

static enum pl_status add_score(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column named = {data->score, data->score_place};
    const struct pl_check finite = pl_check_finite();
    struct pl_str score;

    if (data->score.len == 0)
        return PL_OK;
    PL_RETURN_IF(pl_builder_checked_number(builder, &named, &finite, &score, error));
    if (builder->request->needs_scores)
        builder->plan->score = pl_builder_add_value(builder, score);
    else if (data->prediction.len == 0)
        add_side(builder, score);
    return PL_OK;
}

static enum pl_status plan(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column label = {data->label, data->label_place};
    const struct pl_named_column prediction = {data->prediction, data->prediction_place};

    if (data->label.len > 0)
        PL_RETURN_IF(pl_builder_add_mark(builder, &label, &builder->plan->label, error));
    if (data->prediction.len > 0)
        PL_RETURN_IF(pl_builder_add_mark(builder, &prediction, &builder->plan->prediction, error));
    return add_score(builder, error);
}

static enum pl_status take_mark(struct pl_marks *marks, const struct pl_vector *vector, size_t row,
                                enum pl_mark *ret_mark, struct pl_error *error)
{
    char digits[24];

    *ret_mark = PL_UNKNOWN;
    if (!pl_vector_valid(vector->valid, row))
        return PL_OK;
    if (vector->type == PL_TYPE_INTEGER) {
        (void)snprintf(digits, sizeof digits, "%lld", (long long)vector->integers[row]);
        return pl_marks_take(marks, pl_str_of(digits), ret_mark, error);
    }
    return pl_marks_take(marks, vector->texts[row], ret_mark, error);
}

/* The side of the threshold, as the engine found it. */
static enum pl_mark side_of(const struct pl_vector *vector, size_t row)
{
    if (!pl_vector_valid(vector->valid, row))
        return PL_UNKNOWN;
    return vector->integers[row] != 0 ? PL_POSITIVE : PL_NEGATIVE;
}

enum pl_status pl_binary_prediction(struct pl_loader *loader, const struct pl_plan *made,
                                    const struct pl_batch *batch, size_t row,
                                    enum pl_mark *ret_mark, struct pl_error *error)
{
    if (made->prediction == PL_PLAN_NONE)
        return PL_OK;
    if (!made->prediction_is_side)
        return take_mark(&loader->predictions, &batch->columns[made->prediction], row, ret_mark,
                         error);
    *ret_mark = side_of(&batch->columns[made->prediction], row);
    return PL_OK;
}

static enum pl_status answer(struct pl_loader *loader, const struct pl_plan *made,
                             const struct pl_batch *batch, struct pl_loader_row *row,
                             struct pl_error *error)
{
    if (made->label != PL_PLAN_NONE)
        PL_RETURN_IF(take_mark(&loader->labels, &batch->columns[made->label], row->index,
                               &row->kind.label, error));
    return pl_binary_prediction(loader, made, batch, row->index, &row->kind.prediction, error);
}

static enum pl_status take(struct pl_loader *loader, const struct pl_batch *batch,
                           struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_plan *made = loader->plan;

    PL_RETURN_IF(answer(loader, made, batch, row, error));
    /* Else predictions follow from the scores, once all are in. */
    if (!pl_plan_predicts_by_score(made))
        pl_confusion_add(&loader->confusions[row->leaf], &row->kind);
    return PL_OK;
}

/* Predictions from scores: every run falls on one side of the threshold. */
static enum pl_status finish(struct pl_loader *loader, struct pl_cells *cells,
                             struct pl_error *error)
{
    (void)error;
    if (pl_plan_predicts_by_score(loader->plan))
        pl_scores_confuse(cells, NULL, loader->placed);
    return PL_OK;
}

const struct pl_task_kind PL_TASK_KIND_BINARY = {
    .standard = STANDARD,
    .has_data = has_data,
    .plan = plan,
    .take = take,
    .answer = answer,
    .finish = finish,
};
