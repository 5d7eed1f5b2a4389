"""Writes decisions.csv and figures.json: consistency as AIF360 defines it, by scikit-learn.

BinaryLabelDatasetMetric.consistency of AIF360 0.6.1 is

    nbrs = NearestNeighbors(n_neighbors=n_neighbors, algorithm="ball_tree").fit(X)
    _, indices = nbrs.kneighbors(X)
    1 - abs(y - y[indices].mean(axis=1)).mean()

with n_neighbors=5, all features weighing the same. The same lines stand below, so AIF360 itself is not needed;
no two distances of a decision are equal, for among equal ones scikit-learn takes whichever comes first. The
standard error is that of the mean of the decisions' values.

    venv/bin/python tests/reference/consistency/generate.py
"""

import csv
import json
import pathlib

import numpy as np
import sklearn
from sklearn.neighbors import NearestNeighbors

FOLDER = pathlib.Path(__file__).parent
K = 5


def values(features, answers):
    neighbours = NearestNeighbors(n_neighbors=K, algorithm="ball_tree").fit(features)
    distances, indices = neighbours.kneighbors(features, n_neighbors=K + 1)
    assert (np.diff(distances, axis=1) > 1e-9).all(), "ties"
    return 1 - np.abs(answers - answers[indices[:, :K]].mean(axis=1))


def figure(each):
    return {"n": len(each), "value": each.mean(), "se": each.std(ddof=1) / np.sqrt(len(each))}


def main():
    rng = np.random.default_rng(20130617)
    n, sides = 600, 4
    features = rng.normal(size=(n, sides)).round(6)
    group = rng.choice(["a", "b", "c"], n, p=[0.6, 0.3, 0.1])
    noise = np.where(group == "a", 0.3, 1.5)
    answers = (features[:, 0] + features[:, 1] + noise * rng.normal(size=n) > 0).astype(int)
    each = values(features, answers)
    with (FOLDER / "decisions.csv").open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["group", "approved", *(f"x{i}" for i in range(sides))])
        writer.writerows([g, a, *map(repr, map(float, x))] for g, a, x in zip(group, answers, features))
    figures = {
        "made_with": f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}",
        "overall": figure(each),
        "group": {g: figure(each[group == g]) for g in "abc"},
    }
    (FOLDER / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
