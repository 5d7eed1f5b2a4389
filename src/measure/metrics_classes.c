/*
 * The measures of tasks with more than two classes. Those of one class are rates of that class against
 * all others; those of all classes are made while the tallies are filled (class_scan.c), and here only
 * taken out.
 *
 * Definitions follow scikit-learn with zero_division=np.nan: a class for which a measure is 0/0 has no
 * part in a mean over classes. docs/conventions.md says why.
 */
#include "measure/metrics_classes.h"

#include "measure/metrics.h"

#define WILSON    "Wilson score; exact (Clopper-Pearson) where it decides"
#define INFLUENCE "influence functions on the logit scale"
#define DELTA     "delta method on Fisher's scale"
#define MEAN      "Student's t on the logit scale"
#define SKLEARN   "sklearn.metrics."

#define NEEDS_BOTH    (PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS | PL_NEEDS_TASK)
#define NEEDS_CHANCES (PL_NEEDS_LABELS | PL_NEEDS_TASK | PL_NEEDS_PROBABILITIES)

#define MEASURES_COUNT 3
#define WHICH(average, measure)                                                                    \
    ((unsigned)(PL_AVERAGE_##average) * MEASURES_COUNT + (unsigned)(PL_CLASS_##measure))

/* What the scan made. */
static struct pl_stat take(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_stat stat = tally->classes[metric - tally->metrics].stat;

    if (stat.kind != PL_STAT_NONE || stat.n > 0)
        return stat;
    return pl_stat_undefined(
        pl_why_no_trials(&tally->confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
}

static struct pl_stat average(const struct pl_class_table *table, unsigned which)
{
    return pl_class_average(table, (enum pl_class_measure)(which % MEASURES_COUNT),
                            (enum pl_class_average)(which / MEASURES_COUNT));
}

static struct pl_stat matthews(const struct pl_class_table *table, unsigned which)
{
    (void)which;
    return pl_class_matthews(table);
}

static struct pl_stat kappa(const struct pl_class_table *table, unsigned which)
{
    (void)which;
    return pl_class_kappa(table);
}

static struct pl_stat hamming(const struct pl_class_table *table, unsigned which)
{
    (void)which;
    return pl_class_hamming_loss(table);
}

static struct pl_stat jaccard(const struct pl_class_table *table, unsigned which)
{
    (void)which;
    return pl_class_jaccard(table);
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "accuracy",
                 .formula = "right / (right + wrong)",
                 .interval = WILSON,
                 .source = SKLEARN "accuracy_score",
                 .summary = "The share of labelled decisions whose class is right."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS,
        .successes = PL_TP,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "subset_accuracy",
                 .alias = "accuracy",
                 .formula = "decisions with exactly the labelled classes / labelled decisions",
                 .interval = WILSON,
                 .source = SKLEARN "accuracy_score",
                 .summary = "The share of labelled decisions whose classes are all right."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS,
        .successes = PL_TP,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "error_rate",
                 .formula = "wrong / (right + wrong)",
                 .interval = WILSON,
                 .source = SKLEARN "zero_one_loss",
                 .summary = "The share of labelled decisions that are wrong."},
        .better = PL_BETTER_LOWER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS,
        .successes = PL_FN,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "balanced_accuracy",
                 .formula = "mean over classes of recall",
                 .interval = INFLUENCE,
                 .source = SKLEARN "balanced_accuracy_score",
                 .summary = "The share that is right, each labelled class counting the same."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MACRO, RECALL),
    },
    {
        .help = {.name = "precision(CLASS)",
                 .formula = "TP / (TP + FP)",
                 .interval = WILSON,
                 .source = SKLEARN "precision_score (labels=[CLASS])",
                 .summary = "Of those predicted to be of the class, the share that is."},
        .argument = PL_ARGUMENT_CLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FP,
        .without_trials = PL_UNDEFINED_NOT_PREDICTED_SO,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "recall(CLASS)",
                 .alias = "true_positive_rate",
                 .formula = "TP / (TP + FN)",
                 .interval = WILSON,
                 .source = SKLEARN "recall_score (labels=[CLASS])",
                 .summary = "Of those labelled with the class, the share that is found."},
        .argument = PL_ARGUMENT_CLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FN,
        .without_trials = PL_UNDEFINED_NOT_LABELLED_SO,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "false_positive_rate(CLASS)",
                 .formula = "FP / (FP + TN)",
                 .interval = WILSON,
                 .source = "fairlearn.metrics.false_positive_rate (the class against the others)",
                 .summary =
                     "Of those not labelled with the class, the share predicted to be of it."},
        .argument = PL_ARGUMENT_CLASS,
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FP,
        .trials = PL_FP | PL_TN,
        .without_trials = PL_UNDEFINED_ONE_CLASS_LABELLED,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "f1(CLASS)",
                 .formula = "2 TP / (2 TP + FP + FN)",
                 .interval = "Wilson on TP / (TP + FP + FN), of which F1 is a monotone function",
                 .source = SKLEARN "f1_score (labels=[CLASS])",
                 .summary = "The harmonic mean of the class's precision and recall."},
        .argument = PL_ARGUMENT_CLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FP | PL_FN,
        .shape = PL_RATE_JACCARD_TO_F1,
        .without_trials = PL_UNDEFINED_CLASS_ABSENT,
    },
    {
        .help = {.name = "selection_rate(CLASS)",
                 .formula = "(TP + FP) / n",
                 .interval = WILSON,
                 .source = "fairlearn.metrics.selection_rate (pos_label=CLASS)",
                 .summary = "The share predicted to be of the class, labelled or not."},
        .argument = PL_ARGUMENT_CLASS,
        .needs = PL_NEEDS_PREDICTIONS | PL_NEEDS_TASK,
        .successes = PL_PREDICTED_POSITIVE,
        .trials = PL_PREDICTED_POSITIVE | PL_PREDICTED_NEGATIVE,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "base_rate(CLASS)",
                 .formula = "(TP + FN) / n",
                 .interval = WILSON,
                 .source =
                     "aif360 BinaryLabelDatasetMetric.base_rate (the class against the others)",
                 .summary = "The share labelled with the class, predicted or not."},
        .argument = PL_ARGUMENT_CLASS,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_TASK,
        .successes = PL_ANY_POSITIVE_LABEL,
        .trials = PL_ANY_POSITIVE_LABEL | PL_ANY_NEGATIVE_LABEL,
        .without_trials = PL_UNDEFINED_NO_LABELS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "macro_precision",
                 .formula = "mean over classes of precision(CLASS)",
                 .interval = INFLUENCE,
                 .source = SKLEARN "precision_score (average='macro')",
                 .summary = "The mean precision, each class counting the same."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MACRO, PRECISION),
    },
    {
        .help = {.name = "macro_recall",
                 .formula = "mean over classes of recall(CLASS)",
                 .interval = INFLUENCE,
                 .source = SKLEARN "recall_score (average='macro')",
                 .summary = "The mean recall, each class counting the same."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MACRO, RECALL),
    },
    {
        .help = {.name = "macro_f1",
                 .formula = "mean over classes of f1(CLASS)",
                 .interval = INFLUENCE,
                 .source = SKLEARN "f1_score (average='macro')",
                 .summary = "The mean F1, each class counting the same."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MACRO, F1),
    },
    {
        .help = {.name = "micro_precision",
                 .formula = "TP / (TP + FP), summed over classes",
                 .interval = INFLUENCE "; Wilson for multiclass",
                 .source = SKLEARN "precision_score (average='micro')",
                 .summary = "The precision of all classes taken together."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MICRO, PRECISION),
    },
    {
        .help = {.name = "micro_recall",
                 .formula = "TP / (TP + FN), summed over classes",
                 .interval = INFLUENCE "; Wilson for multiclass",
                 .source = SKLEARN "recall_score (average='micro')",
                 .summary = "The recall of all classes taken together."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MICRO, RECALL),
    },
    {
        .help = {.name = "micro_f1",
                 .formula = "2 TP / (2 TP + FP + FN), summed over classes",
                 .interval = INFLUENCE "; Wilson for multiclass",
                 .source = SKLEARN "f1_score (average='micro')",
                 .summary = "The F1 of all classes taken together."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(MICRO, F1),
    },
    {
        .help = {.name = "weighted_precision",
                 .formula = "mean over classes of precision(CLASS), by their labels",
                 .interval = INFLUENCE,
                 .source = SKLEARN "precision_score (average='weighted')",
                 .summary = "The mean precision, each class counting as often as it is labelled."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(WEIGHTED, PRECISION),
    },
    {
        .help = {.name = "weighted_recall",
                 .formula = "mean over classes of recall(CLASS), by their labels",
                 .interval = INFLUENCE "; Wilson for multiclass",
                 .source = SKLEARN "recall_score (average='weighted')",
                 .summary = "The mean recall, each class counting as often as it is labelled."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(WEIGHTED, RECALL),
    },
    {
        .help = {.name = "weighted_f1",
                 .formula = "mean over classes of f1(CLASS), by their labels",
                 .interval = INFLUENCE,
                 .source = SKLEARN "f1_score (average='weighted')",
                 .summary = "The mean F1, each class counting as often as it is labelled."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(WEIGHTED, F1),
    },
    {
        .help = {.name = "samples_precision",
                 .formula = "mean over decisions of TP / (TP + FP) of its classes",
                 .interval = MEAN,
                 .source = SKLEARN "precision_score (average='samples')",
                 .summary = "The mean over decisions of the precision of its classes."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(SAMPLES, PRECISION),
    },
    {
        .help = {.name = "samples_recall",
                 .formula = "mean over decisions of TP / (TP + FN) of its classes",
                 .interval = MEAN,
                 .source = SKLEARN "recall_score (average='samples')",
                 .summary = "The mean over decisions of the recall of its classes."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(SAMPLES, RECALL),
    },
    {
        .help = {.name = "samples_f1",
                 .formula = "mean over decisions of 2 TP / (2 TP + FP + FN) of its classes",
                 .interval = MEAN,
                 .source = SKLEARN "f1_score (average='samples')",
                 .summary = "The mean over decisions of the F1 of its classes."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = average,
        .which = WHICH(SAMPLES, F1),
    },
    {
        .help = {.name = "matthews_corrcoef",
                 .alias = "mcc",
                 .formula = "(c s - sum t_k p_k) / sqrt((s^2 - sum p_k^2)(s^2 - sum t_k^2))",
                 .interval = DELTA,
                 .source = SKLEARN "matthews_corrcoef",
                 .summary = "The correlation of labels and predictions over all classes."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .below_zero = true,
        .make = take,
        .of_classes = matthews,
    },
    {
        .help = {.name = "cohen_kappa",
                 .alias = "kappa",
                 .formula = "(p_o - p_e) / (1 - p_e)",
                 .interval = DELTA,
                 .source = SKLEARN "cohen_kappa_score",
                 .summary = "Agreement of labels and predictions beyond what chance gives."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .below_zero = true,
        .make = take,
        .of_classes = kappa,
    },
    {
        .help = {.name = "hamming_loss",
                 .formula = "mean over decisions of |label xor prediction| / classes",
                 .interval = MEAN,
                 .source = SKLEARN "hamming_loss",
                 .summary = "The mean share of all classes that are wrong in a decision."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = hamming,
    },
    {
        .help = {.name = "jaccard",
                 .formula = "mean over decisions of |label and prediction| / |label or prediction|",
                 .interval = MEAN,
                 .source = SKLEARN "jaccard_score (average='samples')",
                 .summary = "How much of the classes labelled or predicted is in both."},
        .tasks = PL_FOR_MULTILABEL,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = take,
        .of_classes = jaccard,
    },
    {
        .help = {.name = "log_loss",
                 .formula = "- mean ln p(label)",
                 .interval = "Student's t",
                 .source = SKLEARN "log_loss",
                 .summary = "The mean surprise of the labels at the predicted probabilities."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_CHANCES,
        .make = take,
        .which = PL_PROBABILITY_LOSS,
    },
    {
        .help = {.name = "roc_auc(CLASS)",
                 .alias = "auc",
                 .formula = "P(p(CLASS) where it is the label > p(CLASS) where not), ties half",
                 .interval = "DeLong on the logit scale",
                 .source = SKLEARN "roc_auc_score (the class against the others)",
                 .summary = "The chance that one of the class has more of its probability than one "
                            "that is not."},
        .tasks = PL_FOR_MULTICLASS,
        .argument = PL_ARGUMENT_CLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_CHANCES,
        .make = take,
    },
    {
        .help = {.name = "macro_roc_auc_ovr",
                 .formula = "mean over classes of roc_auc(CLASS)",
                 .interval = "DeLong on the logit scale, as if all classes were fully correlated",
                 .source = SKLEARN "roc_auc_score (multi_class='ovr')",
                 .summary = "The mean over classes of the area of each against the others."},
        .tasks = PL_FOR_MULTICLASS,
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_CHANCES,
        .make = take,
        .which = PL_PROBABILITY_AREA,
    },
};

const struct pl_metric_table PL_METRICS_CLASSES = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_MULTICLASS | PL_FOR_MULTILABEL,
};
