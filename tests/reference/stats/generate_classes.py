"""Writes the reference tables of measures of many classes: scikit-learn's values, and standard errors
by numeric derivatives of its weighted functions.

    /path/to/venv/bin/python tests/reference/stats/generate_classes.py

A label or prediction is a set of classes, written as a sum of powers of two. With v the derivative of
a measure by the weight of a decision, the variance is n / (n - 1) sum w^2 v^2. To the variance of a
macro average comes what that of each class lacks at Jeffreys' mean (src/stats/class_average.c), here
from the counts of each class, one by one.
"""

import pathlib

import numpy as np
import sklearn
import sklearn.metrics as metrics

FOLDER = pathlib.Path(__file__).parent
SEED = 20250611
SKLEARN = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}


def draw_single(rng, shares, hits, n):
    """Labels by `shares`; right with `hits` of the class, else any other class."""
    k = len(shares)
    labels = rng.choice(k, n, p=shares)
    others = (labels + rng.integers(1, k, n)) % k
    return labels, np.where(rng.random(n) < np.array(hits)[labels], labels, others)


def draw_tags(rng, n, k):
    labels = rng.random((n, k)) < np.linspace(0.6, 0.1, k)
    flips = rng.random((n, k)) < 0.15
    return labels, labels ^ flips


def masks(matrix):
    return matrix.astype(int) @ (1 << np.arange(matrix.shape[1]))


def sets():
    """Name, classes, label masks, prediction masks, counts, weights."""
    rng = np.random.default_rng(SEED)

    def single(name, shares, hits, n, weights=None, counts=None, edit=None):
        labels, predictions = draw_single(rng, shares, hits, n)
        if edit:
            labels, predictions = edit(labels, predictions)
        return (name, len(shares), 1 << labels, 1 << predictions,
                np.ones(n, int) if counts is None else counts, np.ones(n) if weights is None else weights)

    yield single("balanced", [0.25] * 4, [0.9, 0.8, 0.7, 0.6], 120)
    yield single("skewed", [0.6, 0.2, 0.1, 0.05, 0.03, 0.02], [0.9] * 6, 150)
    yield single("unpredicted", [0.5, 0.3, 0.2], [0.8] * 3, 60,
                 edit=lambda y, p: (y, np.where(p == 2, 0, p)))
    yield single("unlabelled", [0.5, 0.3, 0.2], [0.8] * 3, 60,
                 edit=lambda y, p: (np.where(y == 2, 1, y), p))
    yield single("weighted", [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 80, weights=rng.uniform(0.2, 3.0, 80).round(3))
    yield single("counted", [0.4, 0.3, 0.3], [0.8, 0.7, 0.9], 40, counts=rng.integers(1, 30, 40))
    yield single("two", [0.7, 0.3], [0.8, 0.7], 60)
    for name, n, counts, weights in (("tags", 150, None, None),
                                     ("tags w", 80, None, rng.uniform(0.2, 3.0, 80).round(3)),
                                     ("tags n", 40, rng.integers(1, 30, 40), None)):
        labels, predictions = draw_tags(rng, n, 5)
        yield (name, 5, masks(labels), masks(predictions), np.ones(n, int) if counts is None else counts,
               np.ones(n) if weights is None else weights)


def indicator(masks_, k):
    return (masks_[:, None] >> np.arange(k)) & 1


def averages(single):
    for measure in SKLEARN:
        for average in ("macro", "micro", "weighted") + (() if single else ("samples",)):
            yield f"{average}_{measure}"


def functions(single, k, labels, predictions):
    """Measures as functions of the decisions' weights."""
    y, p = indicator(labels, k), indicator(predictions, k)
    flat = (lambda m: m.argmax(axis=1)) if single else (lambda m: m)

    def average(name):
        kind, measure = name.split("_")
        return lambda w: SKLEARN[measure](flat(y), flat(p), average=kind, sample_weight=w,
                                          zero_division=np.nan)

    result = {name: average(name) for name in averages(single)}
    result["accuracy"] = lambda w: metrics.accuracy_score(flat(y), flat(p), sample_weight=w)
    if single:
        result["matthews"] = lambda w: metrics.matthews_corrcoef(flat(y), flat(p), sample_weight=w)
        result["kappa"] = lambda w: metrics.cohen_kappa_score(flat(y), flat(p), sample_weight=w)
    else:
        some = (y.sum(axis=1) + p.sum(axis=1)) > 0
        result["hamming"] = lambda w: metrics.hamming_loss(y, p, sample_weight=w)
        result["jaccard"] = lambda w: metrics.jaccard_score(y[some], p[some], average="samples",
                                                            sample_weight=w[some])
    return result


def decisions_of(name, y, p):
    """How many rows have a value: those of a mean over decisions."""
    has = {"samples_precision": p.any(axis=1), "samples_recall": y.any(axis=1),
           "samples_f1": (y | p).any(axis=1), "jaccard": (y | p).any(axis=1)}
    return has.get(name, np.ones(len(y), bool))


def jeffreys(measure, y, p, total, squared, counts):
    """What the variances of classes lack, over the number of classes squared."""
    lacking, classes = 0.0, 0
    for c in range(y.shape[1]):
        both = (y[:, c] & p[:, c]).astype(bool)
        whole = {"precision": p[:, c], "recall": y[:, c], "f1": y[:, c] | p[:, c]}[measure].astype(bool)
        if not whole.any():
            continue
        classes += 1
        r = total[both].sum() / total[whole].sum()
        kish = total[whole].sum() ** 2 / squared[whole].sum()
        n = kish
        if 0 < r < 1:
            variance = (squared[whole] * (both[whole] - r) ** 2).sum() / total[whole].sum() ** 2
            n = min(counts[whole].sum(), r * (1 - r) / variance)
        at = (r * n + 0.5) / (n + 1)

        def variance_at(q):
            return (2 / (1 + q) ** 2 if measure == "f1" else 1) ** 2 * q * (1 - q) / n

        lacking += max(0.0, variance_at(at) - variance_at(r))
    return lacking / classes ** 2


def standard_error(function, total, squared, n):
    squares = 0.0
    for i in range(len(total)):
        step = 1e-4 * total[i]
        up, down = total.copy(), total.copy()
        up[i] += step
        down[i] -= step
        squares += squared[i] * ((function(up) - function(down)) / (2 * step)) ** 2
    return n / (n - 1) * squares


def main():
    data, values = [], []
    for name, k, labels, predictions, counts, weights in sets():
        single = not name.startswith("tags")
        total, squared = counts * weights, counts * weights ** 2
        y, p = indicator(labels, k), indicator(predictions, k)
        for row in zip(labels, predictions, counts, weights):
            data.append(f"{name},{row[0]},{row[1]},{row[2]},{float(row[3])!r}")
        for measure, function in functions(single, k, labels, predictions).items():
            has = decisions_of(measure, y, p)
            variance = standard_error(function, total, squared, counts[has].sum())
            if measure.startswith("macro"):
                variance += jeffreys(measure.split("_")[1], y, p, total, squared, counts)
            values.append(f"{name}/{measure},{float(function(total))!r},{float(variance ** 0.5)!r}")
        if single:
            flat = y.argmax(axis=1), p.argmax(axis=1)
            balanced = metrics.balanced_accuracy_score(*flat, sample_weight=total)
            values.append(f"{name}/balanced_accuracy,{float(balanced)!r},0.0")
    write = lambda file, head, columns, rows: (FOLDER / file).write_text(
        "\n".join([f"# {head}", columns, *rows]) + "\n")
    write("classes_data.csv", f"Simulated labels and predictions, as sums of powers of two; seed {SEED}",
          "set,label,prediction,count,weight", data)
    write("classes.csv", f"Values of sklearn {sklearn.__version__}, standard errors by numeric derivatives "
          "of its functions (0: not compared)", "set/measure,value,se", values)


if __name__ == "__main__":
    main()
