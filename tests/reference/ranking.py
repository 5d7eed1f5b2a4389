"""Writes the reference figures of rankings, from implementations that are not ours.

Needs numpy, scipy and scikit-learn:

    venv/bin/python tests/reference/ranking.py

Two sets of items are made: in one no two items of a query share a score, in the other many do. NDCG and
DCG are scikit-learn's, query by query. The other measures are their published definitions, applied to
every order of the tied items and averaged. Exposure is 1 / log2(1 + place), ties sharing the mean of
their places (A. Singh & T. Joachims, KDD 2018). Bounds are Student's t, on the logit scale, with the
linearised variance that has one influence for each query.
"""

import csv
import itertools
import json
import math
import pathlib

import numpy as np
import scipy.stats
import sklearn
import sklearn.metrics

FOLDER = pathlib.Path(__file__).parent / "ranking"
COLUMNS = ["query", "score", "label", "language", "sex", "weight"]
CUTS = (1, 3, 10)
CONFIDENCE = 0.95


def items(name, steps):
    """Items of 120 queries; `steps` is how fine the scores are. Some labels and scores are missing."""
    rng = np.random.default_rng(len(name))
    for query in range(120):
        count = int(rng.integers(1, 12))
        language = str(rng.choice(["en", "es", "hi"]))
        weight = float(np.round(rng.uniform(0.5, 3), 2))
        labels = rng.choice([0, 0, 0, 1, 2, 3], count)
        if query % 17 == 0:
            labels[:] = 0
        sexes = rng.choice(["F", "M"], count)
        scores = 0.4 * labels + rng.normal(size=count) - 0.3 * (sexes == "F")
        scores = np.round(scores * steps) / steps
        for i in rng.permutation(count):
            yield {
                "query": f"q{query:03}",
                "score": None if rng.uniform() < 0.03 else float(scores[i]),
                "label": None if rng.uniform() < 0.05 else float(labels[i]),
                "language": language,
                "sex": str(sexes[i]),
                "weight": weight,
            }


def orders(scores):
    """All orders of the items, highest score first, ties in any order."""
    groups = [np.flatnonzero(scores == value) for value in sorted(set(scores), reverse=True)]
    for parts in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield [i for part in parts for i in part]


def of_order(labels, k):
    found = [label > 0 for label in labels]
    relevant = sum(found)
    places = [place for place, is_found in enumerate(found, 1) if is_found and place <= k]
    return {
        "precision": len(places) / k,
        "recall": len(places) / relevant,
        "hit_rate": float(len(places) > 0),
        "mrr": 1 / places[0] if places else 0.0,
        "map": math.fsum(sum(found[:place]) / place for place in places) / relevant,
    }


def of_list(scores, labels):
    """Every measure of one list, or nothing when no item is relevant."""
    if not len(labels) or not any(labels > 0):
        return {}
    every = list(orders(scores))
    figures = {}
    for k in CUTS:
        parts = [of_order(labels[order], k) for order in every]
        for name in parts[0]:
            figures[f"{name}@{k}"] = math.fsum(part[name] for part in parts) / len(parts)
        figures[f"dcg@{k}"] = dcg(labels, scores, k)
        figures[f"ndcg@{k}"] = ndcg(labels, scores, k)
        figures[f"ndcg_exponential@{k}"] = ndcg(2.0**labels - 1, scores, k)
    parts = [of_order(labels[order], len(labels)) for order in every]
    figures["mrr"] = math.fsum(part["mrr"] for part in parts) / len(parts)
    figures["map"] = math.fsum(part["map"] for part in parts) / len(parts)
    figures["ndcg"] = ndcg(labels, scores, None)
    return figures


# scikit-learn refuses a list of one item; there the only order is the best one.


def dcg(labels, scores, k):
    return sklearn.metrics.dcg_score([labels], [scores], k=k) if len(labels) > 1 else labels[0]


def ndcg(labels, scores, k):
    return sklearn.metrics.ndcg_score([labels], [scores], k=k) if len(labels) > 1 else 1.0


def exposures(scores):
    weights = 1 / np.log2(np.arange(len(scores)) + 2)
    out = np.zeros(len(scores))
    for score in set(scores):
        tied = np.flatnonzero(scores == score)
        first = (scores > score).sum()
        out[tied] = weights[first : first + len(tied)].mean()
    return out


def ratio(a, b, weight):
    """sum a / sum b with the bounds of a statistic between 0 and 1."""
    a, b, weight = np.array(a), np.array(b), np.array(weight)
    value = math.fsum(weight * a) / math.fsum(weight * b)
    influence = weight * (a - value * b) / math.fsum(weight * b)
    n = len(a)
    se = math.sqrt(n / (n - 1) * math.fsum(influence**2)) / (value * (1 - value))
    df = math.fsum(weight) ** 2 / math.fsum(weight**2) - 1
    t = scipy.stats.t.isf((1 - CONFIDENCE) / 2, df)
    logit = math.log(value / (1 - value))
    return {"value": value, "n": n, "low": 1 / (1 + math.exp(t * se - logit)),
            "high": 1 / (1 + math.exp(-t * se - logit))}


def gather(rows, keep, weighted):
    """The observations of a slice: of each query its measures and totals."""
    for _, group in itertools.groupby(sorted(rows, key=lambda row: row["query"]), key=lambda row: row["query"]):
        ranked = [row for row in group if row["score"] is not None]
        exposure = exposures(np.array([row["score"] for row in ranked]))
        own = [(row, e) for row, e in zip(ranked, exposure) if keep(row)]
        labelled = [(row, e) for row, e in own if row["label"] is not None]
        yield {
            "weight": ranked[0]["weight"] if weighted and ranked else 1.0,
            "figures": of_list(np.array([row["score"] for row, _ in labelled]),
                               np.array([row["label"] for row, _ in labelled])),
            "exposure": math.fsum(e for _, e in own),
            "count": len(own),
            "full": math.fsum(exposure),
            "labelled_exposure": math.fsum(e for _, e in labelled),
            "relevance": math.fsum(row["label"] for row, _ in labelled),
            "labelled": len(labelled),
        }  # fmt: skip


def figures_of(rows, keep, weighted):
    seen = list(gather(rows, keep, weighted))
    out = {}
    for name in sorted({name for one in seen for name in one["figures"]}):
        held = [one for one in seen if name in one["figures"]]
        values = [one["figures"][name] for one in held]
        weights = [one["weight"] for one in held]
        rate = all(min(abs(value), abs(value - 1)) < 1e-12 for value in values)  # has the bounds of one
        if name.startswith("dcg") or rate:
            out[name] = {"value": float(np.average(values, weights=weights)), "n": len(held)}
            continue
        out[name] = ratio(values, [1.0] * len(held), weights)
    own = [one for one in seen if one["count"] > 0]
    out["exposure"] = ratio([o["exposure"] for o in own], [o["count"] for o in own], [o["weight"] for o in own])
    every = [one for one in seen if one["full"] > 0]
    share = [o["exposure"] for o in every], [o["full"] for o in every], [o["weight"] for o in every]
    out["exposure_share"] = {"value": 1.0} if share[0] == share[1] else ratio(*share)
    held = [one for one in seen if one["labelled"] > 0]
    weight = np.array([o["weight"] for o in held])
    out["exposure_to_relevance"] = {
        "value": math.fsum(weight * [o["labelled_exposure"] for o in held])
        / math.fsum(weight * [o["relevance"] for o in held])
    }
    return out


def slices(rows):
    yield "overall", lambda row: True
    for column in ("language", "sex"):
        for value in sorted({row[column] for row in rows}):
            yield f"{column}={value}", lambda row, column=column, value=value: row[column] == value


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    made = f"scikit-learn {sklearn.__version__}, NumPy {np.__version__} and SciPy {scipy.__version__}; tests/reference/ranking.py"
    for name, steps in (("distinct", 10**9), ("tied", 2)):
        rows = list(items(name, steps))
        with open(FOLDER / f"{name}.csv", "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in rows)
        figures = {
            "source": made,
            "plain": {slice: figures_of(rows, keep, False) for slice, keep in slices(rows)},
            "weighted": {slice: figures_of(rows, keep, True) for slice, keep in slices(rows)},
        }
        (FOLDER / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
