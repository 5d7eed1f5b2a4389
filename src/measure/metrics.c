/*
 * The measures. Most are rates: a share of the decisions with some combination of label and
 * prediction, so a row names the combinations and needs no code. The others name a function.
 *
 * Definitions follow scikit-learn; docs/conventions.md says where they differ, mostly because 0/0 is
 * undefined here and not 0.
 */
#include "measure/metrics.h"

#include "stats/mcc.h"

#include <math.h>
#include <string.h>

#define LABELLED           (PL_TN | PL_FP | PL_FN | PL_TP)
#define ANY_POSITIVE_LABEL (PL_FN | PL_TP | PL_POSITIVE_UNPREDICTED)
#define ANY_NEGATIVE_LABEL (PL_TN | PL_FP | PL_NEGATIVE_UNPREDICTED)
#define PREDICTED_POSITIVE (PL_FP | PL_TP | PL_UNLABELLED_POSITIVE)
#define PREDICTED_NEGATIVE (PL_TN | PL_FN | PL_UNLABELLED_NEGATIVE)

#define WILSON  "Wilson score; exact (Clopper-Pearson) where it decides"
#define SKLEARN "sklearn.metrics."

double pl_confusion_weight(const struct pl_confusion *confusion, unsigned bits)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->weight[i / 3][i % 3];
    return sum;
}

double pl_confusion_weight_squared(const struct pl_confusion *confusion, unsigned bits)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->weight_squared[i / 3][i % 3];
    return sum;
}

uint64_t pl_confusion_count(const struct pl_confusion *confusion, unsigned bits)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->n[i / 3][i % 3];
    return sum;
}

static struct pl_stat undefined(enum pl_undefined reason)
{
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason};
}

/* Why there are no trials: no decision at all, or none of the kind the measure counts. */
static enum pl_undefined why_no_trials(const struct pl_confusion *confusion,
                                       enum pl_undefined reason)
{
    if (pl_confusion_count(confusion, 0x1ffu) == 0)
        return PL_UNDEFINED_NO_DECISIONS;
    if (pl_confusion_count(confusion, ANY_POSITIVE_LABEL | ANY_NEGATIVE_LABEL) == 0 &&
        reason != PL_UNDEFINED_NO_PREDICTIONS)
        return PL_UNDEFINED_NO_LABELS;
    return reason;
}

static struct pl_rate rate_of(const struct pl_confusion *confusion, unsigned successes,
                              unsigned trials, bool weighted)
{
    if (!weighted)
        return (struct pl_rate){(double)pl_confusion_count(confusion, successes),
                                (double)pl_confusion_count(confusion, trials)};

    const struct pl_rate_sums sums = {
        .successes = pl_confusion_weight(confusion, successes),
        .total = pl_confusion_weight(confusion, trials),
        .successes_squared = pl_confusion_weight_squared(confusion, successes),
        .total_squared = pl_confusion_weight_squared(confusion, trials),
        .count = pl_confusion_count(confusion, trials),
    };

    return pl_rate_effective(&sums);
}

static double shaped(double rate, enum pl_rate_shape shape)
{
    return shape == PL_RATE_JACCARD_TO_F1 ? 2.0 * rate / (1.0 + rate) : rate;
}

struct pl_stat pl_rate_stat(const struct pl_metric_row *row, const struct pl_confusion *confusion,
                            bool weighted)
{
    const uint64_t n = pl_confusion_count(confusion, row->trials);

    if (n == 0)
        return undefined(why_no_trials(confusion, row->without_trials));

    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = n};
    const double total = pl_confusion_weight(confusion, row->trials);

    stat.rate.rate = rate_of(confusion, row->successes, row->trials, weighted);
    stat.rate.shape = row->shape;
    stat.value = shaped(weighted ? pl_confusion_weight(confusion, row->successes) / total
                                 : stat.rate.rate.k / stat.rate.rate.n,
                        row->shape);
    return stat;
}

/* (true_positive_rate + true_negative_rate) / 2: two samples, the positives and the negatives. */
static struct pl_stat make_balanced_accuracy(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const uint64_t positives = pl_confusion_count(confusion, PL_FN | PL_TP);
    const uint64_t negatives = pl_confusion_count(confusion, PL_TN | PL_FP);

    (void)metric;
    if (positives == 0)
        return undefined(why_no_trials(confusion, PL_UNDEFINED_NO_LABELLED_POSITIVES));
    if (negatives == 0)
        return undefined(why_no_trials(confusion, PL_UNDEFINED_NO_LABELLED_NEGATIVES));

    struct pl_stat stat = {.kind = PL_STAT_MIX, .n = positives + negatives};

    stat.mix.rates[0] = rate_of(confusion, PL_TP, PL_FN | PL_TP, tally->weighted);
    stat.mix.rates[1] = rate_of(confusion, PL_TN, PL_TN | PL_FP, tally->weighted);
    stat.mix.coefficients[0] = 0.5;
    stat.mix.coefficients[1] = 0.5;
    stat.value =
        0.5 * pl_confusion_weight(confusion, PL_TP) /
            pl_confusion_weight(confusion, PL_FN | PL_TP) +
        0.5 * pl_confusion_weight(confusion, PL_TN) / pl_confusion_weight(confusion, PL_TN | PL_FP);
    return stat;
}

/* The correlation of two shares of one sample: -sqrt(p q / ((1 - p)(1 - q))). */
static double share_correlation(double p, double q)
{
    return p >= 1.0 || q >= 1.0 ? 0.0 : -sqrt(p * q / ((1.0 - p) * (1.0 - q)));
}

/* Mean cost of a decision: each false positive and each false negative at its price. */
static struct pl_stat make_expected_cost(const struct pl_tally *tally,
                                         const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const uint64_t n = pl_confusion_count(confusion, LABELLED);

    (void)metric;
    if (n == 0)
        return undefined(why_no_trials(confusion, PL_UNDEFINED_NO_PREDICTIONS));

    struct pl_stat stat = {.kind = PL_STAT_MIX, .n = n};
    const double total = pl_confusion_weight(confusion, LABELLED);
    const double wrong_positive = pl_confusion_weight(confusion, PL_FP) / total;
    const double wrong_negative = pl_confusion_weight(confusion, PL_FN) / total;

    stat.mix.rates[0] = rate_of(confusion, PL_FP, LABELLED, tally->weighted);
    stat.mix.rates[1] = rate_of(confusion, PL_FN, LABELLED, tally->weighted);
    stat.mix.coefficients[0] = tally->costs->false_positive;
    stat.mix.coefficients[1] = tally->costs->false_negative;
    stat.mix.correlation = share_correlation(wrong_positive, wrong_negative);
    stat.value = tally->costs->false_positive * wrong_positive +
                 tally->costs->false_negative * wrong_negative;
    return stat;
}

static struct pl_stat make_mcc(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    struct pl_two_by_two table = {.count = pl_confusion_count(confusion, LABELLED)};

    (void)metric;
    if (table.count == 0)
        return undefined(why_no_trials(confusion, PL_UNDEFINED_NO_PREDICTIONS));
    for (int label = 0; label < 2; label++)
        for (int prediction = 0; prediction < 2; prediction++) {
            table.weight[label][prediction] = confusion->weight[label][prediction];
            table.weight_squared[label][prediction] = confusion->weight_squared[label][prediction];
        }
    return pl_mcc(&table);
}

static struct pl_stat make_count(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return (struct pl_stat){.kind = PL_STAT_EXACT, .n = tally->n, .value = (double)tally->n};
}

/* The slice's part of all decisions. */
static struct pl_stat make_share(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_rate_sums sums = {
        .successes = tally->weight,
        .total = tally->all->weight,
        .successes_squared = tally->weight_squared,
        .total_squared = tally->all->weight_squared,
        .count = tally->all->n,
    };
    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = tally->all->n};

    (void)metric;
    if (tally == tally->all)
        return (struct pl_stat){.kind = PL_STAT_EXACT, .n = tally->n, .value = 1.0};
    stat.rate.rate = tally->weighted ? pl_rate_effective(&sums)
                                     : (struct pl_rate){(double)tally->n, (double)tally->all->n};
    stat.value = sums.successes / sums.total;
    return stat;
}

/* Why a measure of scores cannot be made, before its kernel is asked. */
static enum pl_undefined scores_missing(const struct pl_tally *tally)
{
    const struct pl_confusion *confusion = &tally->confusion;

    if (!tally->has_scores)
        return PL_UNDEFINED_NO_SCORES;
    if (tally->score_totals.positives_count + tally->score_totals.negatives_count > 0)
        return PL_DEFINED;
    return why_no_trials(confusion, PL_UNDEFINED_NO_SCORES);
}

static struct pl_stat make_roc_auc(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_auc(&tally->roc) : undefined(missing);
}

static struct pl_stat make_average_precision(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_average_precision(&tally->roc)
                                 : undefined(missing);
}

static struct pl_stat make_ks(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = scores_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_roc_finish_ks(&tally->roc) : undefined(missing);
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
    return missing == PL_DEFINED ? pl_mean_finish(&tally->log_loss) : undefined(missing);
}

static struct pl_stat make_brier(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_mean_finish(&tally->brier) : undefined(missing);
}

static struct pl_stat make_calibration_error(const struct pl_tally *tally,
                                             const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_calibration_finish_error(&tally->calibration)
                                 : undefined(missing);
}

static struct pl_stat make_ecce(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const enum pl_undefined missing = probabilities_missing(tally);

    (void)metric;
    return missing == PL_DEFINED ? pl_calibration_finish_ecce(&tally->calibration)
                                 : undefined(missing);
}

static struct pl_stat make_mean(const struct pl_tally *tally, const struct pl_metric *metric)
{
    return pl_mean_finish(&tally->columns[metric->column].mean);
}

/* The total: the mean times the sum of weights, which is taken as given. */
static struct pl_stat make_sum(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_column_tally *column = &tally->columns[metric->column];
    struct pl_stat stat = pl_mean_finish(&column->mean);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.value = pl_sum_value(&column->mean.total);
    if (stat.kind == PL_STAT_NORMAL) {
        stat.normal.se *= column->weight;
        return stat;
    }

    struct pl_stat total = {.kind = PL_STAT_MIX, .n = stat.n, .value = stat.value};

    total.mix.rates[0] = stat.rate.rate;
    total.mix.rates[1] = stat.rate.rate;
    total.mix.coefficients[0] = column->weight;
    return total;
}

static struct pl_stat make_quantile(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_quantile_tally *quantile = &tally->quantiles[metric - tally->metrics];
    const struct pl_column_tally *column = &tally->columns[metric->column];

    if (!quantile->found)
        return undefined(PL_UNDEFINED_NO_VALUES);

    struct pl_stat stat = {.kind = PL_STAT_QUANTILE, .n = column->n, .value = quantile->value};

    stat.quantile.q = metric->argument;
    stat.quantile.n = pl_kish_n(column->weight, column->weight_squared);
    stat.quantile.window.values = quantile->values;
    stat.quantile.window.rank_last = quantile->rank_last;
    stat.quantile.window.count = quantile->count;
    return stat;
}

#define NEEDS_BOTH (PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS)

static const struct pl_metric_row ROWS[] = {
    {{"accuracy", NULL, "(TP + TN) / (TP + TN + FP + FN)", WILSON, SKLEARN "accuracy_score",
      "The share of labelled decisions that are right."},
     NEEDS_BOTH,
     PL_TP | PL_TN,
     LABELLED,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTIONS,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"error_rate", NULL, "(FP + FN) / (TP + TN + FP + FN)", WILSON, SKLEARN "zero_one_loss",
      "The share of labelled decisions that are wrong."},
     NEEDS_BOTH,
     PL_FP | PL_FN,
     LABELLED,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTIONS,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"balanced_accuracy", NULL, "(TP / (TP + FN) + TN / (TN + FP)) / 2",
      "MOVER on two exact or Wilson rates", SKLEARN "balanced_accuracy_score",
      "The mean of the true positive and the true negative rate."},
     NEEDS_BOTH,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_balanced_accuracy},
    {{"precision", NULL, "TP / (TP + FP)", WILSON, SKLEARN "precision_score",
      "Of those predicted positive, the share that is."},
     NEEDS_BOTH,
     PL_TP,
     PL_TP | PL_FP,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTED_POSITIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"true_positive_rate", "recall", "TP / (TP + FN)", WILSON, SKLEARN "recall_score",
      "Of the positives, the share that is found."},
     NEEDS_BOTH,
     PL_TP,
     PL_TP | PL_FN,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_LABELLED_POSITIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"true_negative_rate", "specificity", "TN / (TN + FP)", WILSON,
      SKLEARN "recall_score (pos_label=0)", "Of the negatives, the share that is left alone."},
     NEEDS_BOTH,
     PL_TN,
     PL_TN | PL_FP,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_LABELLED_NEGATIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"false_positive_rate", NULL, "FP / (FP + TN)", WILSON,
      "fairlearn.metrics.false_positive_rate",
      "Of the negatives, the share wrongly called positive."},
     NEEDS_BOTH,
     PL_FP,
     PL_TN | PL_FP,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_LABELLED_NEGATIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"false_negative_rate", NULL, "FN / (FN + TP)", WILSON,
      "fairlearn.metrics.false_negative_rate", "Of the positives, the share that is missed."},
     NEEDS_BOTH,
     PL_FN,
     PL_TP | PL_FN,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_LABELLED_POSITIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"false_discovery_rate", NULL, "FP / (FP + TP)", WILSON,
      "aif360 ClassificationMetric.false_discovery_rate",
      "Of those predicted positive, the share that is not."},
     NEEDS_BOTH,
     PL_FP,
     PL_TP | PL_FP,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTED_POSITIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"false_omission_rate", NULL, "FN / (FN + TN)", WILSON,
      "aif360 ClassificationMetric.false_omission_rate",
      "Of those predicted negative, the share that is positive."},
     NEEDS_BOTH,
     PL_FN,
     PL_TN | PL_FN,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTED_NEGATIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"negative_predictive_value", NULL, "TN / (TN + FN)", WILSON,
      "aif360 ClassificationMetric.negative_predictive_value",
      "Of those predicted negative, the share that is."},
     NEEDS_BOTH,
     PL_TN,
     PL_TN | PL_FN,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTED_NEGATIVES,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"f1", NULL, "2 TP / (2 TP + FP + FN)",
      "Wilson on TP / (TP + FP + FN), of which F1 is a monotone function", SKLEARN "f1_score",
      "The harmonic mean of precision and recall."},
     NEEDS_BOTH,
     PL_TP,
     PL_TP | PL_FP | PL_FN,
     PL_RATE_JACCARD_TO_F1,
     PL_UNDEFINED_NO_LABELLED_POSITIVES,
     PL_ADDITIVE_NOT,
     true,
     NULL},
    {{"matthews_corrcoef", "mcc", "(TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN))",
      "delta method on Fisher's scale", SKLEARN "matthews_corrcoef",
      "The correlation of labels and predictions."},
     NEEDS_BOTH,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     false,
     make_mcc},
    {{"selection_rate", NULL, "(TP + FP) / n", WILSON, "fairlearn.metrics.selection_rate",
      "The share predicted positive, labelled or not."},
     PL_NEEDS_PREDICTIONS,
     PREDICTED_POSITIVE,
     PREDICTED_POSITIVE | PREDICTED_NEGATIVE,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTIONS,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"base_rate", NULL, "(TP + FN) / n", WILSON, "aif360 BinaryLabelDatasetMetric.base_rate",
      "The share labelled positive, predicted or not."},
     PL_NEEDS_LABELS,
     ANY_POSITIVE_LABEL,
     ANY_POSITIVE_LABEL | ANY_NEGATIVE_LABEL,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_LABELS,
     PL_ADDITIVE_RATE,
     true,
     NULL},
    {{"count", NULL, "n", "none: it is counted", "fairlearn.metrics.count",
      "The number of decisions."},
     0,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_count},
    {{"share", NULL, "n / n overall", WILSON, "the slice's part of all decisions",
      "The slice's part of all decisions."},
     0,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_share},
    {{"roc_auc", "auc", "P(score of a positive > score of a negative), ties half",
      "DeLong on the logit scale", SKLEARN "roc_auc_score",
      "The chance that a positive scores above a negative."},
     PL_NEEDS_LABELS | PL_NEEDS_AREA,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_roc_auc},
    {{"average_precision", NULL, "sum of (R_i - R_(i-1)) P_i over thresholds",
      "influence function on the logit scale", SKLEARN "average_precision_score",
      "Precision averaged over the positives, from the top score down."},
     PL_NEEDS_LABELS | PL_NEEDS_PRECISION,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_average_precision},
    {{"log_loss", NULL, "- mean(y ln p + (1 - y) ln(1 - p))", "Student's t", SKLEARN "log_loss",
      "The mean surprise of the labels at the predicted probabilities."},
     PL_NEEDS_LABELS | PL_NEEDS_LOG_LOSS,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_MEAN,
     true,
     make_log_loss},
    {{"brier_score", NULL, "mean((p - y)^2)", "Student's t", SKLEARN "brier_score_loss",
      "The mean squared distance of probability and label."},
     PL_NEEDS_LABELS | PL_NEEDS_BRIER,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_MEAN,
     true,
     make_brier},
    {{"ks_separation", NULL, "max |F1(s) - F0(s)|",
      "upper: normal at the maximum; lower: Kolmogorov", "scipy.stats.ks_2samp",
      "How far apart the score distributions of positives and negatives are."},
     PL_NEEDS_LABELS | PL_NEEDS_SEPARATION,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_ks},
    {{"calibration_error", "ece", "sum over 10 equal-mass bins of W_b / W |mean y - mean p|",
      "upper: normal; lower: less the noise of the bins",
      "Naeini et al., AAAI 2015, with equal-mass bins",
      "The mean distance of probability and frequency, over bins of equal size."},
     PL_NEEDS_LABELS | PL_NEEDS_CALIBRATION,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_calibration_error},
    {{"ecce", NULL, "range of the cumulated (y - p) / n in the order of p",
      "upper: normal; lower: range of Brownian motion",
      "Arrieta-Ibarra et al., JMLR 23 (2022), ECCE-R",
      "Calibration error without bins: how far the labels run ahead of the probabilities."},
     PL_NEEDS_LABELS | PL_NEEDS_CALIBRATION,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_ecce},
    {{"expected_cost", NULL, "(c_FP FP + c_FN FN) / n", "MOVER on two correlated rates",
      "Elkan, IJCAI 2001", "The mean cost of a decision at the prices of `costs`."},
     NEEDS_BOTH,
     PL_FP | PL_FN,
     LABELLED,
     PL_RATE_AS_IS,
     PL_UNDEFINED_NO_PREDICTIONS,
     PL_ADDITIVE_RATE,
     true,
     make_expected_cost},
    {{"mean(COLUMN)", NULL, "sum(w c) / sum(w)", "Student's t; Wilson when every value is 0 or 1",
      "numpy.average", "The mean of a column."},
     PL_NEEDS_MEAN,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_MEAN,
     true,
     make_mean},
    {{"rate(COLUMN)", NULL, "share of 1 or true", WILSON, "numpy.average",
      "The share of decisions for which a column of 0 and 1 (or false and true) is 1."},
     PL_NEEDS_MEAN,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_MEAN,
     true,
     make_mean},
    {{"sum(COLUMN)", NULL, "sum(w c)", "that of the mean, times the sum of weights", "numpy.sum",
      "The total of a column."},
     PL_NEEDS_MEAN,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_sum},
    {{"quantile(COLUMN, Q)", NULL, "the smallest c whose cumulative share is at least q",
      "exact order statistics", "numpy.quantile (method='inverted_cdf')",
      "A quantile of a column, 0 < Q < 1."},
     PL_NEEDS_QUANTILE,
     0,
     0,
     PL_RATE_AS_IS,
     PL_DEFINED,
     PL_ADDITIVE_NOT,
     true,
     make_quantile},
};

#define ROWS_COUNT (sizeof ROWS / sizeof *ROWS)

size_t pl_metric_rows_count(void)
{
    return ROWS_COUNT;
}

const struct pl_metric_row *pl_metric_row_at(size_t index)
{
    return &ROWS[index];
}

size_t pl_metric_help_count(void)
{
    return ROWS_COUNT;
}

struct pl_metric_help pl_metric_help_at(size_t index)
{
    return ROWS[index].help;
}
