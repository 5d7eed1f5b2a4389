/*
 * The measures of decisions that say yes or no. Most are rates: a share of the decisions with some
 * combination of label and prediction, so a row names the combinations and needs no code. The others
 * name a function.
 */
#include "measure/metrics.h"

#include "stats/mcc.h"

#include <math.h>

#define WILSON     "Wilson score; exact (Clopper-Pearson) where it decides"
#define SKLEARN    "sklearn.metrics."
#define NEEDS_BOTH (PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS)

/* (true_positive_rate + true_negative_rate) / 2. */
static struct pl_stat make_balanced_accuracy(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    (void)metric;
    return pl_mean_of_rates(tally, PL_TN);
}

/* Mean cost of a decision at the costs of where it is. */
static struct pl_stat make_expected_cost(const struct pl_tally *tally,
                                         const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;

    (void)metric;
    if (pl_confusion_count(confusion, PL_LABELLED) == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
    return pl_cost_stat(tally->cost_table, tally->by_cost, tally->weighted, tally->shares);
}

static struct pl_stat make_mcc(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    struct pl_two_by_two table = {.count = pl_confusion_count(confusion, PL_LABELLED)};

    (void)metric;
    if (table.count == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
    for (int label = 0; label < 2; label++)
        for (int prediction = 0; prediction < 2; prediction++) {
            table.weight[label][prediction] = confusion->weight[label][prediction];
            table.weight_squared[label][prediction] = confusion->weight_squared[label][prediction];
        }
    return pl_mcc(&table);
}

/* Why a measure of scores cannot be made, before its kernel is asked. */
static enum pl_undefined scores_missing(const struct pl_tally *tally)
{
    const struct pl_confusion *confusion = &tally->confusion;

    if (!tally->has_scores)
        return PL_UNDEFINED_NO_SCORES;
    if (tally->score_totals.positives_count + tally->score_totals.negatives_count > 0)
        return PL_DEFINED;
    return pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_SCORES);
}

static struct pl_stat make_roc_auc(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_auc(&tally->roc) : pl_stat_undefined(missing);
}

static struct pl_stat make_average_precision(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_average_precision(&tally->roc)
                                 : pl_stat_undefined(missing);
}

static struct pl_stat make_ks(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_ks(&tally->roc) : pl_stat_undefined(missing);
}

/* Whether scores are probabilities is settled by all decisions: a slice of scores from 1 to 10 in
   which all happen to be 1 has no log loss either. */
static enum pl_undefined probabilities_missing(const struct pl_tally *tally)
{
    const enum pl_undefined missing = scores_missing(tally);

    if (missing == PL_DEFINED && (tally->all->score_min < 0.0 || tally->all->score_max > 1.0))
        return PL_UNDEFINED_NOT_PROBABILITIES;
    return missing;
}

static struct pl_stat make_log_loss(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_mean_finish(&tally->log_loss) : pl_stat_undefined(missing);
}

static struct pl_stat make_brier(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_mean_finish(&tally->brier) : pl_stat_undefined(missing);
}

static struct pl_stat make_calibration_error(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_calibration_finish_error(&tally->calibration)
                                 : pl_stat_undefined(missing);
}

static struct pl_stat make_ecce(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_calibration_finish_ecce(&tally->calibration)
                                 : pl_stat_undefined(missing);
}

static struct pl_stat make_multicalibration(const struct pl_tally *tally,
                                            const struct pl_metric *metric)
{
    (void)metric;
    return tally->multicalibration == NULL ? pl_stat_undefined(PL_UNDEFINED_OF_ALL)
                                           : tally->multicalibration->stat;
}

/* That the scores are calibrated in every slice. */
static double p_of_multicalibration(const struct pl_stat *stat)
{
    return pl_stat_p_above(stat, 0.0, PL_RATE_WILSON);
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "accuracy",
                 .alias = "accuracy_equality",
                 .formula = "(TP + TN) / (TP + TN + FP + FN)",
                 .interval = WILSON,
                 .source = SKLEARN "accuracy_score",
                 .summary = "The share of labelled decisions that are right."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP | PL_TN,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "error_rate",
                 .formula = "(FP + FN) / (TP + TN + FP + FN)",
                 .interval = WILSON,
                 .source = SKLEARN "zero_one_loss",
                 .summary = "The share of labelled decisions that are wrong."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FP | PL_FN,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "balanced_accuracy",
                 .formula = "(TP / (TP + FN) + TN / (TN + FP)) / 2",
                 .interval = "MOVER on two exact or Wilson rates",
                 .source = SKLEARN "balanced_accuracy_score",
                 .summary = "The mean of the true positive and the true negative rate."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .make = make_balanced_accuracy,
    },
    {
        .help = {.name = "precision",
                 .alias = "positive_predictive_value",
                 .also = {"predictive_parity"},
                 .formula = "TP / (TP + FP)",
                 .interval = WILSON,
                 .source = SKLEARN "precision_score",
                 .summary = "Of those predicted positive, the share that is."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FP,
        .without_trials = PL_UNDEFINED_NO_PREDICTED_POSITIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "true_positive_rate",
                 .alias = "recall",
                 .also = {"sensitivity", "equal_opportunity"},
                 .formula = "TP / (TP + FN)",
                 .interval = WILSON,
                 .source = SKLEARN "recall_score",
                 .summary = "Of the positives, the share that is found."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FN,
        .without_trials = PL_UNDEFINED_NO_LABELLED_POSITIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "true_negative_rate",
                 .alias = "specificity",
                 .formula = "TN / (TN + FP)",
                 .interval = WILSON,
                 .source = SKLEARN "recall_score (pos_label=0)",
                 .summary = "Of the negatives, the share that is left alone."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TN,
        .trials = PL_TN | PL_FP,
        .without_trials = PL_UNDEFINED_NO_LABELLED_NEGATIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "false_positive_rate",
                 .alias = "predictive_equality",
                 .formula = "FP / (FP + TN)",
                 .interval = WILSON,
                 .source = "fairlearn.metrics.false_positive_rate",
                 .summary = "Of the negatives, the share wrongly called positive."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FP,
        .trials = PL_TN | PL_FP,
        .without_trials = PL_UNDEFINED_NO_LABELLED_NEGATIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "false_negative_rate",
                 .formula = "FN / (FN + TP)",
                 .interval = WILSON,
                 .source = "fairlearn.metrics.false_negative_rate",
                 .summary = "Of the positives, the share that is missed."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FN,
        .trials = PL_TP | PL_FN,
        .without_trials = PL_UNDEFINED_NO_LABELLED_POSITIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "false_discovery_rate",
                 .formula = "FP / (FP + TP)",
                 .interval = WILSON,
                 .source = "aif360 ClassificationMetric.false_discovery_rate",
                 .summary = "Of those predicted positive, the share that is not."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FP,
        .trials = PL_TP | PL_FP,
        .without_trials = PL_UNDEFINED_NO_PREDICTED_POSITIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "false_omission_rate",
                 .alias = "false_omission_parity",
                 .formula = "FN / (FN + TN)",
                 .interval = WILSON,
                 .source = "aif360 ClassificationMetric.false_omission_rate",
                 .summary = "Of those predicted negative, the share that is positive."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .successes = PL_FN,
        .trials = PL_TN | PL_FN,
        .without_trials = PL_UNDEFINED_NO_PREDICTED_NEGATIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "negative_predictive_value",
                 .formula = "TN / (TN + FN)",
                 .interval = WILSON,
                 .source = "aif360 ClassificationMetric.negative_predictive_value",
                 .summary = "Of those predicted negative, the share that is."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TN,
        .trials = PL_TN | PL_FN,
        .without_trials = PL_UNDEFINED_NO_PREDICTED_NEGATIVES,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "f1",
                 .formula = "2 TP / (2 TP + FP + FN)",
                 .interval = "Wilson on TP / (TP + FP + FN), of which F1 is a monotone function",
                 .source = SKLEARN "f1_score",
                 .summary = "The harmonic mean of precision and recall."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .successes = PL_TP,
        .trials = PL_TP | PL_FP | PL_FN,
        .shape = PL_RATE_JACCARD_TO_F1,
        .without_trials = PL_UNDEFINED_NO_LABELLED_POSITIVES,
    },
    {
        .help = {.name = "matthews_corrcoef",
                 .alias = "mcc",
                 .formula = "(TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN))",
                 .interval = "delta method on Fisher's scale",
                 .source = SKLEARN "matthews_corrcoef",
                 .summary = "The correlation of labels and predictions."},
        .better = PL_BETTER_HIGHER,
        .needs = NEEDS_BOTH,
        .below_zero = true,
        .make = make_mcc,
    },
    {
        .help = {.name = "selection_rate",
                 .alias = "demographic_parity",
                 .also = {"statistical_parity"},
                 .formula = "(TP + FP) / n",
                 .interval = WILSON,
                 .source = "fairlearn.metrics.selection_rate",
                 .summary = "The share predicted positive, labelled or not."},
        .needs = PL_NEEDS_PREDICTIONS,
        .successes = PL_PREDICTED_POSITIVE,
        .trials = PL_PREDICTED_POSITIVE | PL_PREDICTED_NEGATIVE,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "base_rate",
                 .formula = "(TP + FN) / n",
                 .interval = WILSON,
                 .source = "aif360 BinaryLabelDatasetMetric.base_rate",
                 .summary = "The share labelled positive, predicted or not."},
        .needs = PL_NEEDS_LABELS,
        .successes = PL_ANY_POSITIVE_LABEL,
        .trials = PL_ANY_POSITIVE_LABEL | PL_ANY_NEGATIVE_LABEL,
        .without_trials = PL_UNDEFINED_NO_LABELS,
        .additivity = PL_ADDITIVE_RATE,
    },
    {
        .help = {.name = "roc_auc",
                 .alias = "auc",
                 .formula = "P(score of a positive > score of a negative), ties half",
                 .interval = "DeLong on the logit scale",
                 .source = SKLEARN "roc_auc_score",
                 .summary = "The chance that a positive scores above a negative."},
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_AREA,
        .make = make_roc_auc,
    },
    {
        .help = {.name = "average_precision",
                 .formula = "sum of (R_i - R_(i-1)) P_i over thresholds",
                 .interval = "influence function on the logit scale",
                 .source = SKLEARN "average_precision_score",
                 .summary = "Precision averaged over the positives, from the top score down."},
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PRECISION,
        .make = make_average_precision,
    },
    {
        .help = {.name = "log_loss",
                 .formula = "- mean(y ln p + (1 - y) ln(1 - p))",
                 .interval = "Student's t",
                 .source = SKLEARN "log_loss",
                 .summary = "The mean surprise of the labels at the predicted probabilities."},
        .better = PL_BETTER_LOWER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_LOG_LOSS,
        .additivity = PL_ADDITIVE_MEAN,
        .make = make_log_loss,
    },
    {
        .help = {.name = "brier_score",
                 .formula = "mean((p - y)^2)",
                 .interval = "Student's t",
                 .source = SKLEARN "brier_score_loss",
                 .summary = "The mean squared distance of probability and label."},
        .better = PL_BETTER_LOWER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_BRIER,
        .additivity = PL_ADDITIVE_MEAN,
        .make = make_brier,
    },
    {
        .help = {.name = "ks_separation",
                 .formula = "max |F1(s) - F0(s)|",
                 .interval = "upper: normal at the maximum; lower: Kolmogorov",
                 .source = "scipy.stats.ks_2samp",
                 .summary =
                     "How far apart the score distributions of positives and negatives are."},
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_SEPARATION,
        .make = make_ks,
    },
    {
        .help = {.name = "calibration_error",
                 .alias = "ece",
                 .formula = "sum over 10 equal-mass bins of W_b / W |mean y - mean p|",
                 .interval = "upper: normal; lower: less the noise of the bins",
                 .source = "Naeini et al., AAAI 2015, with equal-mass bins",
                 .summary =
                     "The mean distance of probability and frequency, over bins of equal size."},
        .better = PL_BETTER_LOWER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_CALIBRATION,
        .make = make_calibration_error,
    },
    {
        .help = {.name = "ecce",
                 .formula = "range of the cumulated (y - p) / n in the order of p",
                 .interval = "upper: normal; lower: range of Brownian motion",
                 .source = "Arrieta-Ibarra et al., JMLR 23 (2022), ECCE-R",
                 .summary = "Calibration error without bins: how far the labels run ahead of the "
                            "probabilities."},
        .better = PL_BETTER_LOWER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_CALIBRATION,
        .make = make_ecce,
        .p_value = pl_ecce_p_value,
    },
    {
        .help =
            {.name = "multicalibration_error",
             .formula = "max over slices of ecce / s times s of all, s = sqrt(sum w^2 p (1 - p)) / "
                        "sum w",
             .interval = "upper: normal; lower: less the largest noise of all slices, simulated",
             .source = "Guy et al., arXiv 2506.11251 (2025); mcgrad MulticalibrationError.mce",
             .summary = "The calibration error of the worst slice, each in units of its noise."},
        .needs = PL_NEEDS_LABELS | PL_NEEDS_CALIBRATION | PL_NEEDS_MULTICALIBRATION,
        .of_all = true,
        .make = make_multicalibration,
        .p_value = p_of_multicalibration,
    },
    {
        .help = {.name = "expected_cost",
                 .formula = "(c_FP FP + c_FN FN + c_TP TP + c_TN TN) / n",
                 .interval = "MOVER on the correlated shares of each cost",
                 .source = "Elkan, IJCAI 2001",
                 .summary = "The mean cost of a decision, by the costs of the line."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH | PL_NEEDS_COSTS,
        .successes = PL_FP | PL_FN,
        .trials = PL_LABELLED,
        .without_trials = PL_UNDEFINED_NO_PREDICTIONS,
        .additivity = PL_ADDITIVE_RATE,
        .make = make_expected_cost,
    },
};

const struct pl_metric_table PL_METRICS_BINARY = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_BINARY,
};
