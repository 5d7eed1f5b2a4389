#!/usr/bin/env python3
"""Writes figures.json: fairness figures by implementations that are not ours.

Fairlearn's MetricFrame and its difference and ratio functions, AIF360's ClassificationMetric and
BinaryLabelDatasetMetric, and the formulas of SageMaker Clarify's documentation (TE) and of New York City's rule
on scoring rates, written out in NumPy. Run with both libraries installed (tests/requirements-reference.txt):

    python tests/reference/fairness/generate.py

The data are counts by group, label, score and prediction, so that the file is small and the test needs no library.
"""

import csv
import itertools
import json
import pathlib
import warnings

import fairlearn.metrics as fl
import numpy as np
import pandas as pd
from aif360.datasets import BinaryLabelDataset
from aif360.metrics import ClassificationMetric
import aif360
import fairlearn
from sklearn.metrics import accuracy_score, precision_score

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def recidivism():
    with open(ROOT / "examples" / "recidivism" / "decisions.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            score = int(row["decile_score"])
            yield row["race"], int(row["two_year_recid"]), score, int(score >= 5), int(row["n"])


def drawn(seed, groups, size):
    """Groups of unequal size, base rate and error rates; scores are the deciles of a noisy probability."""
    rng = np.random.default_rng(seed)
    for g in range(groups):
        n = int(size * rng.uniform(0.3, 3.0))
        label = rng.random(n) < rng.uniform(0.15, 0.75)
        score = np.clip(np.round(10 * (0.35 + 0.3 * label + rng.normal(0, 0.22, n))), 1, 10).astype(int)
        cells = pd.Series(1, index=range(n)).groupby([label.astype(int), score]).sum()
        for (truth, value), count in cells.items():
            yield f"g{g}", truth, int(value), int(value >= 6), int(count)


def expand(cells):
    rows = [(group, label, score, said) for group, label, score, said, n in cells for _ in range(n)]
    return pd.DataFrame(rows, columns=["group", "label", "score", "said"])


RATES = {
    "selection_rate": fl.selection_rate,
    "true_positive_rate": fl.true_positive_rate,
    "false_positive_rate": fl.false_positive_rate,
    "accuracy": accuracy_score,
    "precision": precision_score,
}


def by_fairlearn(frame):
    truth, said, group = frame["label"], frame["said"], frame["group"]
    metrics = fl.MetricFrame(metrics=RATES, y_true=truth, y_pred=said, sensitive_features=group)
    figures = {}
    for name in RATES:
        figures[name] = {
            "difference": metrics.difference()[name],
            "ratio": metrics.ratio()[name],
            "difference_to_overall": metrics.difference(method="to_overall")[name],
            "ratio_to_overall": metrics.ratio(method="to_overall")[name],
        }
    arguments = {"y_true": truth, "y_pred": said, "sensitive_features": group}
    for agg, name in (("worst_case", "equalized_odds"), ("mean", "equalized_odds_mean")):
        figures[name] = {
            "difference": fl.equalized_odds_difference(agg=agg, **arguments),
            "ratio": fl.equalized_odds_ratio(agg=agg, **arguments),
            "difference_to_overall": fl.equalized_odds_difference(agg=agg, method="to_overall", **arguments),
            "ratio_to_overall": fl.equalized_odds_ratio(agg=agg, method="to_overall", **arguments),
        }
    return figures


def dataset(frame, column):
    codes = {name: i for i, name in enumerate(sorted(frame["group"].unique()))}
    table = pd.DataFrame({"group": frame["group"].map(codes), "y": frame[column]}).astype(float)
    return BinaryLabelDataset(df=table, label_names=["y"], protected_attribute_names=["group"]), codes


def by_aif360(frame, reference):
    truth, codes = dataset(frame, "label")
    said, _ = dataset(frame, "said")
    pairs = {}
    for name, code in codes.items():
        if name == reference:
            continue
        metric = ClassificationMetric(
            truth, said, unprivileged_groups=[{"group": code}], privileged_groups=[{"group": codes[reference]}])
        pairs[name] = {
            "statistical_parity_difference": metric.statistical_parity_difference(),
            "disparate_impact": metric.disparate_impact(),
            "equal_opportunity_difference": metric.equal_opportunity_difference(),
            "average_odds_difference": metric.average_odds_difference(),
            "average_abs_odds_difference": metric.average_abs_odds_difference(),
            "equalized_odds_difference": metric.equalized_odds_difference(),
            "false_positive_rate_ratio": metric.false_positive_rate_ratio(),
            "false_omission_rate_difference": metric.false_omission_rate_difference(),
        }
    predicted = ClassificationMetric(said, said, unprivileged_groups=[{"group": 0}], privileged_groups=[{"group": 1}])
    return {
        "reference": reference,
        "pairs": pairs,
        "differential_fairness_smoothed": predicted.smoothed_empirical_differential_fairness(),
        "differential_fairness": differential_fairness(frame),
        "generalized_entropy": metric.generalized_entropy_index(alpha=2),
        "theil_index": metric.theil_index(),
        "generalized_entropy_between": metric.between_all_groups_generalized_entropy_index(alpha=2),
        "theil_index_between": metric.between_all_groups_generalized_entropy_index(alpha=1),
    }


def differential_fairness(frame):
    """Foulds et al. (2020), definition 2, without smoothing."""
    rates = frame.groupby("group")["said"].mean()
    return max(max(abs(np.log(a / b)), abs(np.log((1 - a) / (1 - b)))) for a, b in itertools.combinations(rates, 2))


def by_formula(frame):
    """FN / FP (Clarify's TE compares it), scoring rates (6 RCNY 5-301), and both indices of each group."""
    figures = {}
    median = np.median(frame["score"])
    for name, part in frame.groupby("group"):
        benefits = (part["said"] - part["label"] + 1).to_numpy(dtype=float)
        share = benefits / benefits.mean()
        figures[name] = {
            "treatment_equality": ((part["label"] == 1) & (part["said"] == 0)).sum()
            / ((part["label"] == 0) & (part["said"] == 1)).sum(),
            "scoring_rate": (part["score"] > median).mean(),
            "average_odds": (part.loc[part["label"] == 1, "said"].mean() + part.loc[part["label"] == 0, "said"].mean())
            / 2,
            "generalized_entropy": np.mean(share**2 - 1) / 2,
            "theil_index": np.mean(np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0)),
        }
    return figures


def plain(value):
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value if isinstance(value, str) else float(value)


def main():
    sources = {
        "recidivism": list(recidivism()),
        "five groups": list(drawn(1, 5, 400)),
        "twelve groups": list(drawn(2, 12, 250)),
        "two groups": list(drawn(3, 2, 900)),
    }
    data = {}
    for name, cells in sources.items():
        frame = expand(cells)
        largest = frame["group"].value_counts().idxmax()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data[name] = {
                "cells": [",".join(map(str, cell)) for cell in cells],
                "fairlearn": plain(by_fairlearn(frame)),
                "aif360": plain(by_aif360(frame, largest)),
                "groups": plain(by_formula(frame)),
            }
    document = {
        "made_by": f"Fairlearn {fairlearn.__version__}, AIF360 {aif360.__version__}, NumPy {np.__version__}",
        "data": data,
    }
    text = json.dumps(document, indent=1)
    (HERE / "figures.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
