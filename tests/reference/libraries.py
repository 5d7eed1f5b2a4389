"""The measures as other libraries compute them, overall and in every slice.

Fairlearn's MetricFrame cuts the data into slices and compares them; the measure itself is a
function of scikit-learn, Fairlearn or SciPy where there is one, and a direct reading of the
definition in NumPy where there is none. AIF360 does the same again with its own slicing.

Where a library answers 0/0 with a number, the answer here is NaN: see docs/conventions.md.
"""

import math
import warnings

import fairlearn.metrics as fairlearn
import numpy as np
import pandas as pd
import sklearn.metrics as sklearn
from scipy.stats import ks_2samp
from sklearn.calibration import calibration_curve

import datasets

NAN = float("nan")
BINS = 10


# --- Measures: functions of (y_true, y_pred or y_score or a column, sample_weight) ---------------


def both_classes(function):
    """scikit-learn leaves a class that is not there out of the mean, or warns; here it is NaN."""
    def guarded(y, x, sample_weight=None):
        return function(y, x, sample_weight) if len(set(y)) == 2 else NAN
    return guarded


def balanced_accuracy(y, x, sample_weight=None):
    return sklearn.balanced_accuracy_score(y, x, sample_weight=sample_weight)


def precision(label):
    def function(y, x, sample_weight=None):
        return sklearn.precision_score(y, x, pos_label=label, sample_weight=sample_weight,
                                       zero_division=NAN)
    return function


def recall(label):
    def function(y, x, sample_weight=None):
        return sklearn.recall_score(y, x, pos_label=label, sample_weight=sample_weight,
                                    zero_division=NAN)
    return function


def complement(function):
    return lambda y, x, sample_weight=None: 1 - function(y, x, sample_weight)


def with_label(function, label):
    """A rate of Fairlearn over the decisions of one label; without any it says 0, and here NaN."""
    def guarded(y, x, sample_weight=None):
        return function(y, x, sample_weight=sample_weight) if label in set(y) else NAN
    return guarded


def f1(y, x, sample_weight=None):
    return sklearn.f1_score(y, x, sample_weight=sample_weight, zero_division=NAN)


def matthews(y, x, sample_weight=None):
    if len(set(y)) < 2 or len(set(x)) < 2:
        return NAN
    return sklearn.matthews_corrcoef(y, x, sample_weight=sample_weight)


def expected_cost(false_positive, false_negative):
    prices = np.array([[0, false_positive], [false_negative, 0]])

    def function(y, x, sample_weight=None):
        matrix = sklearn.confusion_matrix(y, x, labels=[0, 1], sample_weight=sample_weight)
        return (matrix * prices).sum() / matrix.sum()
    return function


def roc_auc(y, x, sample_weight=None):
    return sklearn.roc_auc_score(y, x, sample_weight=sample_weight)


def average_precision(y, x, sample_weight=None):
    if 1 not in set(y):
        return NAN
    return sklearn.average_precision_score(y, x, sample_weight=sample_weight)


def ks_scipy(y, x, sample_weight=None):
    return ks_2samp(x[y == 1], x[y == 0]).statistic


def ks_numpy(y, x, sample_weight=None):
    """The largest distance of the two weighted distribution functions, at every score."""
    y, x, w = arrays(y, x, sample_weight)
    at = np.unique(x)
    below = [[w[(y == label) & (x <= s)].sum() for s in at] for label in (0, 1)]
    return max(abs(np.divide(below[1], w[y == 1].sum()) - np.divide(below[0], w[y == 0].sum())))


def is_probability(function):
    """scikit-learn raises for what is no probability; here it is NaN."""
    def guarded(y, x, sample_weight=None):
        if min(x) < 0 or max(x) > 1:
            return NAN
        return function(y, x, sample_weight)
    return guarded


def more_than_one(function):
    """A mean of one value, unless it is 0 or 1, has no spread to judge it by; here it is NaN."""
    def guarded(y, x, sample_weight=None):
        value = function(y, x, sample_weight)
        return value if len(x) > 1 or value in (0, 1) else NAN
    return guarded


def log_loss(y, x, sample_weight=None):
    return sklearn.log_loss(y, x, labels=[0, 1], sample_weight=sample_weight)


def brier(y, x, sample_weight=None):
    return sklearn.brier_score_loss(y, x, pos_label=1, sample_weight=sample_weight)


def arrays(y, x, sample_weight):
    y, x = np.asarray(y, float), np.asarray(x, float)
    return y, x, np.ones(len(x)) if sample_weight is None else np.asarray(sample_weight, float)


def ties(y, x, sample_weight):
    """Ascending scores, with the weight and the sum of w (y - p) of each."""
    y, x, w = arrays(y, x, sample_weight)
    at, where = np.unique(x, return_inverse=True)
    return at, np.bincount(where, w), np.bincount(where, w * (y - x))


def calibration_error(y, x, sample_weight=None):
    """Ten bins of equal mass: a tie goes whole to the bin that the middle of its mass falls in."""
    _, weight, residual = ties(y, x, sample_weight)
    total = weight.sum()
    middle = np.cumsum(weight) - weight / 2
    # The middle of a tie may be an edge itself; a rounding error must not decide.
    bins = np.minimum(BINS - 1, np.floor(np.round(BINS * middle / total, 12))).astype(int)
    return np.abs(np.bincount(bins, residual)).sum() / total


def calibration_error_by_curve(y, x, sample_weight=None):
    """The same from calibration_curve, whose bins are equal when scores are distinct and ten
    divides their number; elsewhere there is nothing to compare."""
    if sample_weight is not None or len(x) % BINS != 0 or len(set(x)) < len(x):
        return None
    true, predicted = calibration_curve(y, x, n_bins=BINS, strategy="quantile")
    return np.abs(true - predicted).mean()


def ecce(y, x, sample_weight=None):
    """Arrieta-Ibarra et al. (2022), ECCE-R: the range of the cumulated differences, 0 included."""
    _, weight, residual = ties(y, x, sample_weight)
    walk = np.concatenate([[0.0], np.cumsum(residual)]) / weight.sum()
    return walk.max() - walk.min()


def average(y, x, sample_weight=None):
    return np.average(x, weights=sample_weight)


def total(y, x, sample_weight=None):
    return np.dot(x, np.ones(len(x)) if sample_weight is None else sample_weight)


def quantile(q):
    def function(y, x, sample_weight=None):
        return float(np.quantile(x, q, method="inverted_cdf", weights=sample_weight))
    return function


def share_of(all_weight):
    def function(y, x, sample_weight=None):
        return (len(x) if sample_weight is None else np.sum(sample_weight)) / all_weight
    return function


def count(y, x, sample_weight=None):
    return fairlearn.count(y, x)


# Measure: rows it is of, and the functions that compute it. The first is the one tables keep.
MEASURES = {
    "accuracy": ("predictions", {"sklearn.metrics.accuracy_score": sklearn.accuracy_score}),
    "error_rate": ("predictions", {"sklearn.metrics.zero_one_loss": sklearn.zero_one_loss}),
    "balanced_accuracy": ("predictions", {
        "sklearn.metrics.balanced_accuracy_score": both_classes(balanced_accuracy)}),
    "precision": ("predictions", {"sklearn.metrics.precision_score": precision(1)}),
    "true_positive_rate": ("predictions", {
        "sklearn.metrics.recall_score": recall(1),
        "fairlearn.metrics.true_positive_rate": with_label(fairlearn.true_positive_rate, 1)}),
    "true_negative_rate": ("predictions", {
        "sklearn.metrics.recall_score(pos_label=0)": recall(0),
        "fairlearn.metrics.true_negative_rate": with_label(fairlearn.true_negative_rate, 0)}),
    "false_positive_rate": ("predictions", {
        "fairlearn.metrics.false_positive_rate": with_label(fairlearn.false_positive_rate, 0)}),
    "false_negative_rate": ("predictions", {
        "fairlearn.metrics.false_negative_rate": with_label(fairlearn.false_negative_rate, 1)}),
    "false_discovery_rate": ("predictions", {
        "1 - sklearn.metrics.precision_score": complement(precision(1))}),
    "false_omission_rate": ("predictions", {
        "1 - sklearn.metrics.precision_score(pos_label=0)": complement(precision(0))}),
    "negative_predictive_value": ("predictions", {
        "sklearn.metrics.precision_score(pos_label=0)": precision(0)}),
    "f1": ("predictions", {"sklearn.metrics.f1_score": f1}),
    "matthews_corrcoef": ("predictions", {"sklearn.metrics.matthews_corrcoef": matthews}),
    "selection_rate": ("predicted", {"fairlearn.metrics.selection_rate": fairlearn.selection_rate}),
    "base_rate": ("labelled", {"numpy.average of the label": average}),
    "count": ("all", {"fairlearn.metrics.count": count}),
    "expected_cost": ("predictions", {
        "sklearn.metrics.confusion_matrix, times prices": expected_cost(1, 1)}),
    "roc_auc": ("scores", {"sklearn.metrics.roc_auc_score": both_classes(roc_auc)}),
    "average_precision": ("scores", {"sklearn.metrics.average_precision_score": average_precision}),
    "ks_separation": ("scores", {"numpy, both distribution functions": both_classes(ks_numpy)}),
    "log_loss": ("scores", {"sklearn.metrics.log_loss": is_probability(more_than_one(log_loss))}),
    "brier_score": ("scores", {
        "sklearn.metrics.brier_score_loss": is_probability(more_than_one(brier))}),
    "calibration_error": ("scores", {"numpy, equal-mass bins": is_probability(calibration_error)}),
    "ecce": ("scores", {"numpy, cumulated differences": is_probability(ecce)}),
}  # fmt: skip

# What AIF360's ClassificationMetric has.
AIF360_NAMES = {
    "accuracy": "accuracy",
    "error_rate": "error_rate",
    "precision": "positive_predictive_value",
    "true_positive_rate": "true_positive_rate",
    "true_negative_rate": "true_negative_rate",
    "false_positive_rate": "false_positive_rate",
    "false_negative_rate": "false_negative_rate",
    "false_discovery_rate": "false_discovery_rate",
    "false_omission_rate": "false_omission_rate",
    "negative_predictive_value": "negative_predictive_value",
    "selection_rate": "selection_rate",
    "base_rate": "base_rate",
}


# --- Decisions: the rows of a data set, a row for each --------------------------------------------


class Decisions:
    def __init__(self, dataset, content):
        self.dataset = dataset
        rows = pd.DataFrame(datasets.rows(content), dtype=str)
        if dataset.count:
            rows = rows.loc[rows.index.repeat(rows[dataset.count].astype(int))]
        rows = rows.reset_index(drop=True)
        self.rows = rows
        self.label = self.marks(dataset.label)
        self.score = self.numbers(dataset.score) if dataset.score else None
        self.prediction = np.where(np.isnan(self.score), NAN, self.score >= dataset.threshold)
        self.weight = self.numbers(dataset.weight) if dataset.weight else None
        names = sorted({name for crossing in dataset.by for name in crossing})
        # MetricFrame takes no missing values, so they get the name that the program gives them.
        self.groups = rows[names].replace("", datasets.MISSING)

    def numbers(self, column):
        return pd.to_numeric(self.rows[column].replace("", None)).to_numpy(float)

    def marks(self, column):
        text = self.rows[column]
        positive = self.dataset.positive or "1"
        return np.where(text == "", NAN, (text == positive).astype(float))

    def rows_of(self, kind):
        """(y, x) of the rows that a measure is of; NaN in either leaves the row out."""
        ones = np.ones(len(self.rows))
        return {
            "predictions": lambda: (self.label, self.prediction),
            "predicted": lambda: (ones, self.prediction),
            "labelled": lambda: (self.label, self.label),
            "scores": lambda: (self.label, self.score),
            "all": lambda: (ones, ones),
        }.get(kind, lambda: (ones, self.numbers(kind)))()


def measure_of(name, decisions):
    """The rows and the functions of a measure by its name in the program."""
    if name == "share":
        whole = len(decisions.rows) if decisions.weight is None else decisions.weight.sum()
        return "all", {"numpy": share_of(whole)}
    if "(" in name:
        kind, rest = name.rstrip(")").split("(")
        column, *argument = [part.strip() for part in rest.split(",")]
        if kind == "quantile":
            return column, {"numpy.quantile(inverted_cdf)": quantile(float(argument[0]))}
        if kind == "sum":
            return column, {"numpy.dot": more_than_one(total)}
        return column, {"numpy.average": more_than_one(average)}
    rows, functions = MEASURES[name]
    functions = dict(functions)
    if name == "ks_separation" and decisions.weight is None:
        functions = {"scipy.stats.ks_2samp": both_classes(ks_scipy), **functions}
    if name == "calibration_error":
        functions["sklearn.calibration.calibration_curve"] = calibration_error_by_curve
    return rows, functions


# --- Slices and comparisons -----------------------------------------------------------------------


def number(value):
    """A figure for JSON; None when it has no value."""
    return None if value is None or not math.isfinite(value) else float(value)


def places_of(frame, columns):
    """{slice: value} of a MetricFrame; combinations that do not occur are no slices."""
    out = {}
    for index, value in frame.by_group.items():
        values = index if isinstance(index, tuple) else (index,)
        out[tuple(sorted(zip(columns, values)))] = number(value)
    return out


def frame_of(decisions, kind, function, crossing):
    y, x = decisions.rows_of(kind)
    keep = ~np.isnan(y) & ~np.isnan(x)
    weights = None if decisions.weight is None else {"sample_weight": decisions.weight[keep]}
    return fairlearn.MetricFrame(metrics=function, y_true=y[keep], y_pred=x[keep],
                                 sensitive_features=decisions.groups.loc[keep, list(crossing)],
                                 sample_params=weights)


def comparisons_of(frame, values):
    """Difference and ratio between the groups; none with fewer than two groups, and no ratio of
    what is below 0 or all 0."""
    defined = [value for value in values.values() if value is not None]
    if len(defined) < 2:
        return None, None
    difference = frame.difference(method="between_groups")
    ratio = frame.ratio(method="between_groups") if min(defined) >= 0 < max(defined) else None
    return number(difference), number(ratio)


def figures(decisions):
    """{(place, measure): {function: value}} by every function there is."""
    out = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in decisions.dataset.measures:
            kind, functions = measure_of(name, decisions)
            for source, function in functions.items():
                for crossing in decisions.dataset.by:
                    add_figures(out, decisions, (name, kind, source, function), crossing)
    return out


def add_figures(out, decisions, measure, crossing):
    name, kind, source, function = measure
    frame = frame_of(decisions, kind, function, crossing)
    values = places_of(frame, crossing)
    if function is calibration_error_by_curve:
        # It answers for some slices only; what it does not answer is no disagreement.
        values = {place: value for place, value in values.items() if value is not None}
        if number(frame.overall) is not None:
            values["overall"] = number(frame.overall)
        for place, value in values.items():
            out.setdefault((place, name), {})[source] = value
        return
    difference, ratio = comparisons_of(frame, values)
    values = {**values, "overall": number(frame.overall), ("difference", *crossing): difference,
              ("ratio", *crossing): ratio}
    for place, value in values.items():
        out.setdefault((place, name), {})[source] = value


# --- AIF360 --------------------------------------------------------------------------------------


class Aif360:
    """A data set in AIF360's terms: groups are numbers, a slice is a `privileged group`."""

    def __init__(self, decisions, kind):
        from aif360.datasets import BinaryLabelDataset
        from aif360.metrics import ClassificationMetric

        self.metric = ClassificationMetric
        y, x = decisions.rows_of(kind)
        keep = ~np.isnan(y) & ~np.isnan(x)
        self.codes, frame = {}, pd.DataFrame({"label": y[keep]})
        for column in decisions.groups:
            numbers, names = pd.factorize(decisions.groups.loc[keep, column], sort=True)
            frame[column] = numbers.astype(float)
            self.codes.update({(column, name): float(i) for i, name in enumerate(names)})
        if decisions.weight is not None:
            frame["instance weight"] = decisions.weight[keep]
        self.truth = BinaryLabelDataset(
            df=frame, label_names=["label"], protected_attribute_names=list(decisions.groups),
            instance_weights_name=None if decisions.weight is None else "instance weight",
            favorable_label=1.0, unfavorable_label=0.0)
        self.predicted = self.truth.copy()
        self.predicted.labels = x[keep].reshape(-1, 1)

    def of(self, place, against=None):
        """The metric of AIF360 with `place` as the privileged group, or as the unprivileged one
        when it is compared with another."""
        def condition(slice_):
            return [{column: self.codes[column, name] for column, name in slice_}]

        groups = {} if place == "overall" else {"privileged_groups": condition(place)}
        if against is not None:
            groups = {"unprivileged_groups": condition(place),
                      "privileged_groups": condition(against)}
        return self.metric(self.truth, self.predicted, **groups)

    def has(self, place):
        return place == "overall" or all(pair in self.codes for pair in place)


def aif360_figures(decisions, places):
    """{(place, measure): value} of what AIF360 has."""
    out = {}
    kinds = {kind: Aif360(decisions, kind) for kind in ("predictions", "predicted", "labelled")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in decisions.dataset.measures:
            if name not in AIF360_NAMES:
                continue
            data = kinds[measure_of(name, decisions)[0]]
            for place in places:
                if data.has(place):
                    metric = data.of(place)
                    function = getattr(metric, AIF360_NAMES[name])
                    out[place, name] = number(
                        function() if place == "overall" else function(privileged=True))
    return out


# --- Limits --------------------------------------------------------------------------------------

AIF360_COMPARISONS = {
    ("selection_rate", "max_difference"): "statistical_parity_difference",
    ("selection_rate", "min_ratio"): "disparate_impact",
}


def cases_of(decisions, limit):
    """The cases of a limit: [{slice, against, value}], and whose figures they are."""
    kind, functions = measure_of(limit.measure, decisions)
    source, function = next(iter(functions.items()))
    if limit.measure == "expected_cost":
        function = expected_cost(*datasets.COSTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if limit.reference:
            return against_reference(decisions, limit, kind)
        frame = frame_of(decisions, kind, function, limit.by)
        values, overall = places_of(frame, limit.by), number(frame.overall)
    if limit.comparator in ("min", "max"):
        cases = [(place, None, value) for place, value in values.items()]
        return [*cases, ((), None, overall)], source
    if limit.comparator.endswith("to_overall"):
        is_ratio = "ratio" in limit.comparator
        return [(place, (), compared(is_ratio, value, overall))
                for place, value in values.items()], source
    return pairs(limit, values), source


def compared(is_ratio, value, other):
    if value is None or other is None:
        return None
    if is_ratio:
        return None if other == 0 else value / other
    return abs(value - other)


def pairs(limit, values):
    """Every two groups: their distance, or the smaller over the larger or the other way round."""
    out = []
    places = sorted(values)
    for i, first in enumerate(places):
        for second in places[i + 1:]:
            ends = [values[first], values[second]]
            if None not in ends:
                ends.sort(reverse=limit.comparator != "min_ratio")
            out.append((first, second, compared("ratio" in limit.comparator, *ends)))
    return out


def against_reference(decisions, limit, kind):
    """Every group against the reference, by AIF360: unprivileged less, or over, privileged."""
    suffix = "difference" if "difference" in limit.comparator else "ratio"
    name = AIF360_COMPARISONS.get((limit.measure, limit.comparator), f"{limit.measure}_{suffix}")
    data, column, out = Aif360(decisions, kind), limit.by[0], []
    privileged = ((column, limit.reference),)
    for group in sorted(set(decisions.groups[column]) - {limit.reference}):
        place = ((column, group),)
        value = number(getattr(data.of(place, privileged), name)())
        out.append((place, privileged, abs(value) if suffix == "difference" else value))
    return out, f"aif360 ClassificationMetric.{name}"
