/*
 * Decisions that name one of several classes, or any number of them. The parts are in class_plan.c (the
 * query), class_collect.c (its rows), class_order.c (the cells) and class_scan.c (the tallies).
 */
#include "measure/class_loader.h"
#include "measure/metrics.h"

static const char *const SINGLE[] = {
    "accuracy",          "balanced_accuracy", "macro_precision",   "macro_f1", "weighted_f1",
    "matthews_corrcoef", "cohen_kappa",       "macro_roc_auc_ovr", "log_loss", NULL,
};

static const char *const SEVERAL[] = {
    "subset_accuracy", "hamming_loss", "jaccard", "micro_precision", "micro_recall", "micro_f1",
    "macro_f1",        "samples_f1",   NULL,
};

static bool has_data(const struct pl_data *data, unsigned needs)
{
    const bool has_probabilities = data->probabilities.count > 0;

    if ((needs & PL_NEEDS_LABELS) != 0 && data->label.len == 0)
        return false;
    if ((needs & PL_NEEDS_PROBABILITIES) != 0 && !has_probabilities)
        return false;
    return (needs & PL_NEEDS_PREDICTIONS) == 0 || data->prediction.len > 0 || has_probabilities;
}

const struct pl_task_kind PL_TASK_KIND_MULTICLASS = {
    .standard = SINGLE,
    .has_data = has_data,
    .plan = pl_classes_plan,
    .take = pl_classes_take,
    .answer = pl_classes_answer,
    .mark = pl_classes_mark,
    .finish = pl_classes_finish,
    .abandon = pl_classes_abandon,
    .filter = pl_classes_filter,
    .free_cells = pl_classes_free_cells,
    .scan = pl_classes_scan,
    .free_tally = pl_classes_free_tally,
};

const struct pl_task_kind PL_TASK_KIND_MULTILABEL = {
    .standard = SEVERAL,
    .has_data = has_data,
    .plan = pl_classes_plan,
    .take = pl_classes_take,
    .answer = pl_classes_answer,
    .finish = pl_classes_finish,
    .abandon = pl_classes_abandon,
    .filter = pl_classes_filter,
    .free_cells = pl_classes_free_cells,
    .scan = pl_classes_scan,
    .free_tally = pl_classes_free_tally,
};
