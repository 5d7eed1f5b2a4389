"""Makes data sets with many classes, and scikit-learn's figures of them: one CSV and one JSON each.

    /path/to/venv/bin/python tests/reference/classes/generate.py

Needs numpy and scikit-learn. tests/cli/test_classes.py compares the program with these tables. What
has no value is null: where scikit-learn says NaN with zero_division=np.nan, and where it gives 0 for
a correlation with labels or predictions that are all the same.
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

FOLDER = pathlib.Path(__file__).parent
ANIMALS = ["bird", "cat", "dog", "fish"]
SCORES = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}


def number(value):
    return None if value is None or np.isnan(value) else float(value)


class Rows:
    """Columns of one data set, as text for the file and as sets for scikit-learn."""

    def __init__(self, names, labels, predictions, groups, **more):
        self.names, self.labels, self.predictions, self.groups = names, labels, predictions, groups
        self.size = more.pop("count", None)
        self.weight = more.pop("weight", None)
        self.probabilities = more.pop("probabilities", None)
        self.spell = more.pop("spell", lambda label, prediction: (label, prediction))
        self.task = more.pop("task", "multiclass")
        assert not more

    def weights(self):
        out = np.ones(len(self.labels))
        for column in (self.size, self.weight):
            out = out if column is None else out * column
        return out

    def columns(self):
        out = {"label": "label", "prediction": "prediction"}
        out |= {"count": "n"} if self.size is not None else {}
        out |= {"weight": "w"} if self.weight is not None else {}
        if self.probabilities is not None:
            out["probabilities"] = {name: f"p_{name}" for name in self.names}
            del out["prediction"]
        return out

    def write(self, path):
        head = [*(value for key, value in self.columns().items() if key != "probabilities"), "g"]
        if self.probabilities is not None:
            head += [f"p_{name}" for name in self.names]
        lines = [",".join(head)]
        for i, group in enumerate(self.groups):
            label, prediction = self.spell(self.labels[i], self.predictions[i])
            cells = [label] + ([prediction] if "prediction" in head else [])
            cells += [str(self.size[i])] if self.size is not None else []
            cells += [repr(float(self.weight[i]))] if self.weight is not None else []
            cells += [group]
            if self.probabilities is not None:
                cells += [repr(float(p)) for p in self.probabilities[i]]
            lines.append(",".join("" if cell is None else cell for cell in cells))
        path.write_text("\n".join(lines) + "\n")


def draw(rng, names, shares, hits, n):
    label = rng.choice(len(names), n, p=shares)
    other = (label + rng.integers(1, len(names), n)) % len(names)
    prediction = np.where(rng.random(n) < np.array(hits)[label], label, other)
    groups = rng.choice(["a", "b", "c"], n, p=[0.6, 0.32, 0.08])
    return [names[i] for i in label], [names[i] for i in prediction], list(groups)


def probabilities(rng, labels, names, n):
    score = rng.normal(size=(n, len(names)))
    score[np.arange(n), [names.index(label) for label in labels]] += 1.0
    share = np.exp(score)
    share /= share.sum(axis=1, keepdims=True)
    share = share.round(3)
    share[0] = [0.0, 1.0, 0.0, 0.0]  # clipped where it is not the label
    share[1] = [0.25] * 4  # the first by name
    return share


def tags(rng, n, spell_empty="|"):
    names = list("pqrst")
    label = rng.random((n, 5)) < [0.5, 0.3, 0.2, 0.1, 0.04]
    prediction = label ^ (rng.random((n, 5)) < 0.12)
    groups = list(rng.choice(["a", "b", "c"], n, p=[0.6, 0.32, 0.08]))

    def sets(matrix):
        return [frozenset(np.array(names)[row]) for row in matrix]

    def spell(first, second):  # in any order, with blanks, and once even twice
        return ("|".join(sorted(first)) or spell_empty,
                " | ".join(sorted(second, reverse=True) + sorted(second)[:1]) or spell_empty)

    return names, sets(label), sets(prediction), groups, spell


def data_sets():
    rng = np.random.default_rng(20250611)
    yield "balanced", Rows(ANIMALS, *draw(rng, ANIMALS, [0.25] * 4, [0.9, 0.8, 0.7, 0.6], 240))
    yield "skewed", Rows(ANIMALS, *draw(rng, ANIMALS, [0.75, 0.15, 0.07, 0.03], [0.9] * 4, 240))
    labels, predictions, groups = draw(rng, ANIMALS, [0.3, 0.3, 0.2, 0.2], [0.8] * 4, 160)
    yield "unpredicted", Rows(ANIMALS, labels, ["cat" if p == "fish" else p for p in predictions], groups)
    labels, predictions, groups = draw(rng, ANIMALS, [0.3, 0.3, 0.2, 0.2], [0.8] * 4, 160)
    yield "unlabelled", Rows(ANIMALS, ["cat" if y == "fish" else y for y in labels], predictions, groups)
    labels, predictions, groups = draw(rng, ANIMALS, [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 160)
    yield "one class in c", Rows(ANIMALS, ["dog" if g == "c" else y for y, g in zip(labels, groups)],
                                 ["dog" if g == "c" else p for p, g in zip(predictions, groups)], groups)
    labels, predictions, groups = draw(rng, ANIMALS, [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 160)
    yield "gaps", Rows(ANIMALS, [None if i % 7 == 0 else y for i, y in enumerate(labels)],
                       [None if i % 11 == 0 else p for i, p in enumerate(predictions)], groups)
    drawn = draw(rng, ANIMALS, [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 200)
    yield "weighted", Rows(ANIMALS, *drawn, weight=rng.uniform(0.2, 3, 200).round(3))
    drawn = draw(rng, ANIMALS, [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 80)
    yield "counted", Rows(ANIMALS, *drawn, count=rng.integers(0, 30, 80))
    whole = [str(i) for i in range(1, 13)]
    yield "numbers", Rows(whole, *draw(rng, whole, [1 / 12] * 12, [0.7] * 12, 240),
                          spell=lambda y, p: (y, p + ".0"))
    labels, predictions, groups = draw(rng, ANIMALS, [0.4, 0.3, 0.2, 0.1], [0.7] * 4, 200)
    share = probabilities(rng, labels, ANIMALS, 200)
    best = [ANIMALS[i] for i in share.argmax(axis=1)]
    yield "probabilities", Rows(ANIMALS, labels, best, groups, probabilities=share)
    yield "probabilities weighted", Rows(ANIMALS, labels, best, groups, probabilities=share,
                                         weight=rng.uniform(0.2, 3, 200).round(3))
    names, *drawn, spell = tags(rng, 240)
    yield "tags", Rows(names, *drawn, spell=spell, task="multilabel")
    names, *drawn, spell = tags(rng, 160)
    yield "tags weighted", Rows(names, *drawn, spell=spell, task="multilabel",
                                weight=rng.uniform(0.2, 3, 160).round(3))


def of_classes(names, y, p, w, averages):
    out = {}
    labels = list(range(len(names)))
    for measure, score in SCORES.items():
        for average in averages:
            out[f"{average}_{measure}"] = score(y, p, average=average, sample_weight=w, zero_division=np.nan)
        each = score(y, p, average=None, labels=labels, sample_weight=w, zero_division=np.nan)
        out |= {f"{measure}({name})": value for name, value in zip(names, each)}
    return out


def single(names, labels, predictions, w):
    y = np.array([names.index(label) for label in labels])
    p = np.array([names.index(prediction) for prediction in predictions])
    out = of_classes(names, y, p, w, ("macro", "micro", "weighted"))
    out["accuracy"] = metrics.accuracy_score(y, p, sample_weight=w)
    out["error_rate"] = metrics.zero_one_loss(y, p, sample_weight=w)
    out["balanced_accuracy"] = metrics.balanced_accuracy_score(y, p, sample_weight=w)
    several = len(set(y)) > 1 and len(set(p)) > 1
    out["matthews_corrcoef"] = metrics.matthews_corrcoef(y, p, sample_weight=w) if several else None
    out["cohen_kappa"] = metrics.cohen_kappa_score(y, p, sample_weight=w)
    for i, name in enumerate(names):
        out[f"selection_rate({name})"] = np.average(p == i, weights=w)
        out[f"base_rate({name})"] = np.average(y == i, weights=w)
        others = y != i
        out[f"false_positive_rate({name})"] = (
            np.average(p[others] == i, weights=w[others]) if others.any() else None)
    return out


def several(names, labels, predictions, w):
    y = np.array([[name in one for name in names] for one in labels])
    p = np.array([[name in one for name in names] for one in predictions])
    out = of_classes(names, y, p, w, ("macro", "micro", "weighted", "samples"))
    some = (y | p).any(axis=1)
    out["subset_accuracy"] = metrics.accuracy_score(y, p, sample_weight=w)
    out["hamming_loss"] = metrics.hamming_loss(y, p, sample_weight=w)
    out["jaccard"] = metrics.jaccard_score(y[some], p[some], average="samples", sample_weight=w[some])
    return out


def chances(names, labels, share, w):
    y = np.array([names.index(label) for label in labels])
    out = {"log_loss": metrics.log_loss(y, share, labels=range(len(names)), sample_weight=w)}
    areas = []
    for i, name in enumerate(names):
        two = 0 < (y == i).sum() < len(y)
        area = metrics.roc_auc_score(y == i, share[:, i], sample_weight=w) if two else None
        out[f"roc_auc({name})"] = area
        areas += [area] if two else []
    out["macro_roc_auc_ovr"] = np.mean(areas)
    if len(set(y)) == len(names) and np.allclose(share.sum(axis=1), 1, atol=1e-7):
        assert np.isclose(out["macro_roc_auc_ovr"],
                          metrics.roc_auc_score(y, share, multi_class="ovr", sample_weight=w))
    return out


def figures(rows, group):
    w = rows.weights()
    known = [i for i in range(len(w)) if group in (None, rows.groups[i]) and w[i] > 0
             and rows.labels[i] is not None and rows.predictions[i] is not None]
    make = single if rows.task == "multiclass" else several
    out = make(rows.names, [rows.labels[i] for i in known], [rows.predictions[i] for i in known], w[known])
    if rows.probabilities is not None:
        out |= chances(rows.names, [rows.labels[i] for i in known], rows.probabilities[known], w[known])
    if any(x is None for x in rows.labels + rows.predictions):  # these are of more decisions
        out = {name: value for name, value in out.items() if not name.startswith(("selection", "base"))}
    return {name: number(value) for name, value in out.items()}


def main():
    warnings.simplefilter("ignore")
    for name, rows in data_sets():
        stem = name.replace(" ", "_")
        rows.write(FOLDER / f"{stem}.csv")
        table = {
            "source": f"scikit-learn {sklearn.__version__}, zero_division=np.nan",
            "task": rows.task,
            "columns": rows.columns(),
            "figures": {group or "overall": figures(rows, group) for group in (None, "a", "b", "c")},
        }
        text = json.dumps(table, indent=1, ensure_ascii=False)
        (FOLDER / f"{stem}.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
