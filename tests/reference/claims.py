"""What docs/conventions.md says of other libraries, held against the libraries.

Each claim is a sentence and a check. A new version of a library that answers otherwise makes one
fail, and then the page is wrong.
"""

import contextlib
import inspect
import io
import math
import warnings

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd
import sklearn.metrics as sklearn
from scipy.stats import ks_2samp
from sklearn.calibration import calibration_curve
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier

NO, YES, MIXED = [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]
GROUPS = list("xxyy")
RISING = [0.1, 0.2, 0.3, 0.4]
NAN = float("nan")


def raises(call):
    try:
        call()
    except ValueError:
        return True
    return False


def warns(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return bool(caught)


def frame(metric, y, x, groups, **more):
    return fairlearn.MetricFrame(metrics=metric, y_true=y, y_pred=x, sensitive_features=groups,
                                 **more)


def nan_recall(y, x):
    return sklearn.recall_score(y, x, zero_division=NAN)


def aif360(y, x, groups, labels_only=False):
    from aif360.datasets import BinaryLabelDataset
    from aif360.metrics import ClassificationMetric

    rows = pd.DataFrame({"group": np.array(groups, float), "label": np.array(y, float)})
    truth = BinaryLabelDataset(df=rows, label_names=["label"], favorable_label=1,
                               unfavorable_label=0, protected_attribute_names=["group"])
    if labels_only:
        return truth
    predicted = truth.copy()
    predicted.labels = np.array(x, float).reshape(-1, 1)
    return ClassificationMetric(truth, predicted, unprivileged_groups=[{"group": 0}],
                                privileged_groups=[{"group": 1}])


def average_odds_cancel():
    """One rate 0.5 lower, the other 0.5 higher."""
    metric = aif360([1, 1, 0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 1, 0, 0], [0] * 4 + [1] * 4)
    return metric.average_odds_difference() == 0 and metric.equalized_odds_difference() == 0.5


def predicts_positive_at_threshold():
    """scikit-learn's two ways with a score that lies on the threshold."""
    points, labels = [[-1.0], [1.0]], [0, 1]
    strict = LogisticRegression().fit(points, labels)
    strict.coef_, strict.intercept_ = np.array([[1.0]]), np.array([0.0])
    even = DummyClassifier(strategy="prior").fit(points, labels)
    fixed = FixedThresholdClassifier(even, threshold=0.5, response_method="predict_proba")
    return (int(strict.predict([[0.0]])[0]), int(fixed.fit(points, labels).predict([[0.0]])[0]))


def ratio_to_overall():
    """Groups at 1.5 and 0.5 of the whole."""
    return frame(fairlearn.selection_rate, NO, [1, 1, 1, 0], GROUPS).ratio(method="to_overall")


CLAIMS = {
    # 0/0
    "precision without a predicted positive: scikit-learn says 0 and warns":
        lambda: sklearn.precision_score(MIXED, NO) == 0
        and warns(lambda: sklearn.precision_score(MIXED, NO)),
    "recall without a positive: scikit-learn says 0 and warns":
        lambda: sklearn.recall_score(NO, MIXED) == 0
        and warns(lambda: sklearn.recall_score(NO, MIXED)),
    "zero_division=nan makes it NaN": lambda: math.isnan(nan_recall(NO, MIXED)),
    "Fairlearn's rates say 0, without a warning":
        lambda: fairlearn.false_positive_rate(YES, MIXED) == 0
        and not warns(lambda: fairlearn.false_positive_rate(YES, MIXED)),
    "AIF360's rates over a label say NaN":
        lambda: math.isnan(aif360(NO, MIXED, [0, 0, 1, 1]).true_positive_rate())
        and math.isnan(aif360(YES, MIXED, [0, 0, 1, 1]).false_positive_rate()),
    "AIF360's rates over a prediction say 0":
        lambda: aif360(MIXED, NO, [0, 0, 1, 1]).positive_predictive_value() == 0
        and aif360(MIXED, NO, [0, 0, 1, 1]).false_discovery_rate() == 0
        and aif360(MIXED, YES, [0, 0, 1, 1]).negative_predictive_value() == 0
        and aif360(MIXED, YES, [0, 0, 1, 1]).false_omission_rate() == 0,
    "a 0/0 taken for 0 widens Fairlearn's difference from 0.5 to 1":
        lambda: frame(sklearn.recall_score, [0, 0, 1, 1, 1], [0, 1, 1, 0, 1],
                      list("xxyyz")).difference() == 1
        and frame(nan_recall, [0, 0, 1, 1, 1], [0, 1, 1, 0, 1], list("xxyyz")).difference() == 0.5,
    "Matthews with an empty margin: scikit-learn says 0, without a warning":
        lambda: sklearn.matthews_corrcoef(NO, MIXED) == 0
        and not warns(lambda: sklearn.matthews_corrcoef(NO, MIXED)),
    "F1 without positives and predictions: scikit-learn says 0 and warns":
        lambda: sklearn.f1_score(NO, NO) == 0 and warns(lambda: sklearn.f1_score(NO, NO)),
    "F1 without positives but with predictions is 0, for all":
        lambda: sklearn.f1_score(NO, MIXED, zero_division=NAN) == 0,
    "balanced accuracy of one class is the rate of that class, with a warning":
        lambda: sklearn.balanced_accuracy_score(NO, [0, 0, 0, 1]) == 0.75
        and warns(lambda: sklearn.balanced_accuracy_score(NO, MIXED)),
    # Ratios
    "Fairlearn's ratio of 0 and 0 is NaN":
        lambda: math.isnan(fairlearn.demographic_parity_ratio(NO, NO, sensitive_features=GROUPS)),
    "AIF360's disparate impact is NaN for 0/0 and infinite for x/0":
        lambda: math.isnan(aif360(MIXED, NO, [0, 0, 1, 1]).disparate_impact())
        and aif360(MIXED, [1, 1, 0, 0], [0, 0, 1, 1]).disparate_impact() == math.inf,
    "Fairlearn gives a ratio of values below 0":
        lambda: frame(sklearn.matthews_corrcoef, [0, 1, 1, 0, 1, 0, 0, 1],
                      [0, 1, 1, 1, 0, 1, 1, 0], list("xxxxyyyy")).ratio() < 0,
    "Fairlearn's ratio to overall is folded below 1":
        lambda: abs(ratio_to_overall() - 2 / 3) < 1e-12,
    # Signs
    "AIF360's differences are unprivileged less privileged":
        lambda: aif360(MIXED, [0, 0, 1, 1], [0, 0, 1, 1]).statistical_parity_difference() == -1,
    "Fairlearn's are largest less smallest":
        lambda: frame(fairlearn.selection_rate, NO, [0, 0, 1, 1], GROUPS).difference() == 1,
    "AIF360's average odds difference can be 0 where both rates differ": average_odds_cancel,
    # What is missing
    "an empty crossing is a row of NaN in Fairlearn":
        lambda: frame(fairlearn.selection_rate, NO, NO,
                      pd.DataFrame({"a": GROUPS, "b": list("ppqp")})).by_group.isna().sum() == 1,
    "Fairlearn refuses a missing group":
        lambda: raises(lambda: frame(fairlearn.count, NO, NO, ["x", None, "y", NAN])),
    "AIF360 refuses a missing group or label":
        lambda: raises(lambda: aif360(NO, NO, [0, 0, 1, NAN], True))
        and raises(lambda: aif360([0, 0, 1, NAN], NO, [0, 0, 1, 1], True)),
    "scikit-learn refuses a missing label":
        lambda: raises(lambda: sklearn.accuracy_score([0, 1, NAN], [0, 1, 1])),
    "scikit-learn refuses a missing prediction or score":
        lambda: raises(lambda: sklearn.accuracy_score([0, 1], [NAN, 1]))
        and raises(lambda: sklearn.roc_auc_score([0, 1], [NAN, 1])),
    "Fairlearn's selection rate reads no label, and takes a missing prediction for a no":
        lambda: fairlearn.selection_rate([NAN, 0], [1, 0]) == 0.5
        and fairlearn.selection_rate([0, 0], [NAN, 1]) == 0.5,
    "numpy.mean of a column with a gap is NaN, pandas leaves it out":
        lambda: math.isnan(np.mean([1, NAN])) and pd.Series([1, NAN]).mean() == 1,
    # Ranking
    "AUC counts ties half": lambda: sklearn.roc_auc_score(MIXED, [0.5] * 4) == 0.5,
    "AUC of one label is NaN with a warning":
        lambda: warns(lambda: sklearn.roc_auc_score(NO, RISING))
        and math.isnan(sklearn.roc_auc_score(NO, RISING)),
    "average precision takes a tie as one threshold":
        lambda: sklearn.average_precision_score(MIXED, [0.5] * 4) == 0.5,
    "average precision without a positive is 0 with a warning":
        lambda: warns(lambda: sklearn.average_precision_score(NO, RISING))
        and sklearn.average_precision_score(NO, RISING) == 0,
    "average precision without a negative is 1":
        lambda: sklearn.average_precision_score(YES, RISING) == 1,
    "auc of the precision-recall curve is another figure":
        lambda: abs(trapezoid([0, 1, 0, 1, 0], [0.1, 0.4, 0.45, 0.8, 0.9]) - 1 / 3) < 1e-12
        and sklearn.average_precision_score([0, 1, 0, 1, 0], [0.1, 0.4, 0.45, 0.8, 0.9]) == 0.5,
    "ks_2samp takes no weights":
        lambda: not any("weight" in name for name in inspect.signature(ks_2samp).parameters),
    # Losses
    "log loss clips at the epsilon of the type":
        lambda: abs(sklearn.log_loss([1], [0.0], labels=[0, 1]) + math.log(2.0**-52)) < 1e-9
        and abs(sklearn.log_loss([1], np.zeros(1, np.float32), labels=[0, 1])
                + math.log(2.0**-23)) < 1e-3,
    "log loss of one label needs `labels`":
        lambda: raises(lambda: sklearn.log_loss(NO, RISING))
        and sklearn.log_loss(NO, RISING, labels=[0, 1]) > 0,
    "log loss and Brier score refuse what is no probability":
        lambda: raises(lambda: sklearn.log_loss([0, 1], [0.5, 1.5]))
        and raises(lambda: sklearn.brier_score_loss([0, 1], [0.5, 1.5])),
    "calibration_curve makes five bins of equal width":
        lambda: len(calibration_curve(np.arange(100) % 2, np.arange(100) / 99)[0]) == 5,
    "with ties its quantile bins are fewer than asked for":
        lambda: len(calibration_curve([0, 1] * 5, [0.1] * 7 + [0.2, 0.3, 0.9], n_bins=4,
                                      strategy="quantile")[0]) == 2,
    # The rest
    "numpy.quantile interpolates":
        lambda: np.quantile([1, 2, 3, 4], 0.5) == 2.5
        and np.quantile([1, 2, 3, 4], 0.5, method="inverted_cdf") == 2,
    "a score on the threshold: no for LogisticRegression, yes for FixedThresholdClassifier":
        lambda: predicts_positive_at_threshold() == (0, 1),
    "Fairlearn counts a row of weight 0": lambda: fairlearn.count(NO, NO) == 4
        and math.isnan(fairlearn.selection_rate([1], [1], sample_weight=[0])),
    "equalized odds difference is the larger of two":
        lambda: fairlearn.equalized_odds_difference(
            [1, 1, 0, 0, 1, 1, 0, 0], [1, 0, 1, 0, 1, 1, 0, 0],
            sensitive_features=[0] * 4 + [1] * 4) == 0.5,
    # Predicted numbers
    "mape divides by 2.2e-16 where a label is 0":
        lambda: sklearn.mean_absolute_percentage_error([0, 1], [1, 1]) == 0.5 / 2.0**-52,
    "mape is a share": lambda: sklearn.mean_absolute_percentage_error([2, 4], [3, 6]) == 0.5,
    "r2 of labels that are all the same is 1 without errors, else 0":
        lambda: sklearn.r2_score([1, 1], [1, 1]) == 1 and sklearn.r2_score([1, 1], [1, 2]) == 0
        and sklearn.r2_score([1, 1], [1, 2], force_finite=False) == -math.inf
        and math.isnan(sklearn.r2_score([1, 1], [1, 1], force_finite=False)),
    "r2 of one row is NaN, with a warning":
        lambda: math.isnan(sklearn.r2_score([1], [2])) and warns(lambda: sklearn.r2_score([1], [2])),
    "the mean absolute error of one row is its error":
        lambda: sklearn.mean_absolute_error([1], [3]) == 2,
    "Fairlearn's r2 of a group is about the group's mean":
        lambda: frame(sklearn.r2_score, [1, 2, 11, 12], [1, 2, 11.5, 11.5],
                      GROUPS).by_group.tolist() == [1, 0],
    "Fairlearn's mean prediction reads no label":
        lambda: fairlearn.mean_prediction([NAN, 1], [3, 5]) == 4,
    "regression measures refuse NaN": lambda: raises(
        lambda: sklearn.mean_absolute_error([NAN, 1], [1, 1])),
}  # fmt: skip

COUNT = len(CLAIMS)


def trapezoid(y, x):
    precision, recall, _ = sklearn.precision_recall_curve(y, x)
    return sklearn.auc(recall, precision)


def check():
    """The claims that do not hold."""
    wrong = []
    for text, holds in CLAIMS.items():
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                if not holds():
                    wrong.append(f"does not hold: {text}")
            except Exception as problem:  # the claim is reported, whatever broke it
                wrong.append(f"cannot be checked: {text}: {type(problem).__name__}: {problem}")
    return wrong
