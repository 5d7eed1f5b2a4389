"""Writes the reference tables of ranked lists and of ratios over clusters.

Needs numpy, scikit-learn and statsmodels, as generate.py beside it does:

    venv/bin/python tests/reference/stats/generate_ranking.py

Discounted gain is scikit-learn's, ties averaged by it. The other measures are their published
definitions applied to every order of the tied items (or to the one order, where there are no ties) and
averaged; average precision without ties is checked against scikit-learn's on the way. Ratios over
clusters are weighted least squares through the origin for the value, and their linearised variance from
the influences one by one; a mean without weights is checked against statsmodels.
"""

import itertools
import math
import pathlib

import numpy as np
import sklearn
import sklearn.metrics
import statsmodels
import statsmodels.stats.weightstats as weightstats

FOLDER = pathlib.Path(__file__).parent


def lists():
    rng = np.random.default_rng(11)
    yield "distinct", np.arange(40.0)[::-1], rng.integers(0, 4, 40).astype(float)
    yield "continuous", np.sort(rng.normal(size=200))[::-1], np.round(rng.exponential(1, 200), 3) * rng.integers(0, 2, 200)
    yield "sparse", np.arange(100.0)[::-1], (np.arange(100) == 41).astype(float)
    yield "tied", np.array([5, 4, 4, 4, 3, 2, 2, 1.0]), np.array([0, 3, 0, 1, 0, 2, 0, 1.0])
    yield "all tied", np.ones(7), np.array([0, 0, 3, 0, 1, 0, 0.0])
    yield "pairs", np.array([3, 3, 2, 2, 1, 1.0]), np.array([0, 1, 0, 1, 0, 1.0])


def orders(scores):
    """All orders, best score first, as the places of the items."""
    groups = [np.flatnonzero(scores == value) for value in sorted(set(scores), reverse=True)]
    for parts in itertools.product(*(itertools.permutations(group) for group in groups)):
        yield np.concatenate([np.array(part) for part in parts])


def of_order(relevances, k):
    found = relevances[:k] > 0
    places = np.flatnonzero(found) + 1
    relevant = (relevances > 0).sum()
    precisions = [found[:place].sum() / place for place in places]
    return np.array([found.sum(), found.any(), 1 / places[0] if len(places) else 0, math.fsum(precisions) / relevant])


def figures(scores, relevances, k):
    cut = None if k == 0 else k
    ndcg = sklearn.metrics.ndcg_score([relevances], [scores], k=cut)
    dcg = sklearn.metrics.dcg_score([relevances], [scores], k=cut)
    exponential = sklearn.metrics.ndcg_score([2.0**relevances - 1], [scores], k=cut)
    rows = [of_order(relevances[order], cut or len(scores)) for order in orders(scores)]
    mean = [math.fsum(column) / len(rows) for column in zip(*rows)]
    if len(rows) == 1 and k == 0:
        theirs = sklearn.metrics.label_ranking_average_precision_score([relevances > 0], [scores])
        assert abs(theirs - mean[3]) < 1e-12
    return [k, dcg, ndcg, exponential, *mean]


def clusters():
    rng = np.random.default_rng(12)
    b = rng.integers(1, 20, 60).astype(float)
    yield "ratio", b * rng.uniform(0.2, 0.6, 60), b, np.ones(60)
    yield "mean", rng.normal(3, 1, 50), np.ones(50), np.ones(50)
    yield "weighted mean", rng.normal(3, 1, 50), np.ones(50), rng.uniform(0.5, 4, 50)
    yield "weighted ratio", b * rng.uniform(0.2, 0.6, 60), b, rng.uniform(0.5, 4, 60)


def of_clusters(name, a, b, weight):
    ratio = math.fsum(weight * a) / math.fsum(weight * b)
    influence = weight * (a - ratio * b) / math.fsum(weight * b)
    n = len(a)
    se = math.sqrt(n / (n - 1) * math.fsum(influence**2))
    df = math.fsum(weight) ** 2 / math.fsum(weight**2) - 1
    if name == "mean":
        assert abs(se - weightstats.DescrStatsW(a).std_mean) < 1e-14
    return [ratio, se, df]


def write(name, source, columns, rows):
    with open(FOLDER / name, "w") as file:
        file.write(f"# {source}\n{columns}\n")
        for row in rows:
            file.write(",".join(x if isinstance(x, str) else repr(float(x)) for x in row) + "\n")


if __name__ == "__main__":
    made = "tests/reference/stats/generate_ranking.py"
    rankings = list(lists())
    ratios = list(clusters())
    write("ranking_data.csv", f"ranked lists made by {made}", "name,score,relevance",
          [(name, s, r) for name, scores, relevances in rankings for s, r in zip(scores, relevances)])
    write("ranking.csv", f"scikit-learn {sklearn.__version__} and the definitions over all orders of ties ({made}); k 0: no cut",
          "name,k,dcg,ndcg,ndcg_exponential,hits,hit,reciprocal_rank,average_precision",
          [(name, *figures(scores, relevances, k)) for name, scores, relevances in rankings for k in (0, 1, 3, 5, 10)])
    write("clusters_data.csv", f"clusters made by {made}", "name,a,b,weight",
          [(name, *row) for name, *columns in ratios for row in zip(*columns)])
    write("clusters.csv", f"the linearised definition with NumPy {np.__version__}; the mean as statsmodels {statsmodels.__version__} ({made})",
          "name,ratio,se,df", [(row[0], *of_clusters(*row)) for row in ratios])
