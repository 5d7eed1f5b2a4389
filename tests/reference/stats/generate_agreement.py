"""Writes the reference tables of agreement: kappa by scikit-learn and statsmodels, alpha by the PyPI
package krippendorff (nominal alpha also by NLTK), Fleiss' kappa by statsmodels, AC1 by irrCAC, and
jackknife errors by leaving out each unit in turn.

    /path/to/venv/bin/python tests/reference/stats/generate_agreement.py

Needs krippendorff, irrCAC (which asks for an older SciPy, and works with this one), nltk, pandas,
scikit-learn and statsmodels. The examples by name are published:
Fleiss, Cohen & Everitt, Psychol. Bull. 72 (1969) 323 (kappa .429); Fleiss, Psychol. Bull. 76 (1971) 378
(30 patients, 6 psychiatrists, kappa .430); Krippendorff, Computing Krippendorff's Alpha-Reliability (2011),
section C (nominal .743, ordinal .815, interval .849, ratio .797). Ratings are whole numbers from 0 in the
data, -1 for none, and stand for themselves plus 1.
"""

import importlib.metadata
import pathlib

import krippendorff
import numpy as np
import pandas as pd
import sklearn
import statsmodels
from irrCAC.raw import CAC
from nltk.metrics.agreement import AnnotationTask
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

FOLDER = pathlib.Path(__file__).parent
SEED = 20250612
LEVELS = ("nominal", "ordinal", "interval", "ratio")
ABSENT = -9.0  # no value of this kind

KRIPPENDORFF = """
1 2 3 3 2 1 4 1 2 . . .
1 2 3 3 2 2 4 1 2 5 . 3
. 3 3 3 2 3 4 2 2 5 1 .
1 2 3 3 2 4 4 1 2 5 1 .
"""
FLEISS = """
444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555
"""
EVERITT = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]


def published():
    rows = [line.split() for line in KRIPPENDORFF.split("\n") if line]
    yield "krippendorff_2011", np.array([[-1 if x == "." else int(x) - 1 for x in row] for row in rows]).T
    yield "fleiss_1971", np.array([[int(x) - 1 for x in patient] for patient in FLEISS.split()])
    pairs = [(i, j) for i, row in enumerate(EVERITT) for j, n in enumerate(row) for _ in range(n)]
    yield "everitt_1969", np.array(pairs)


def drawn(rng):
    """Raters who see the truth with an error, and leave some out."""
    for name, units, raters, categories, noise, missing in (
        ("two_raters", 80, 2, 5, 0.9, 0.0),
        ("judge_and_people", 120, 3, 2, 0.35, 0.2),
        ("five_raters", 60, 5, 4, 0.8, 0.3),
        ("skewed", 90, 2, 2, 0.2, 0.0),
        ("seven_grades", 40, 8, 7, 1.3, 0.5),
        ("no_agreement", 50, 3, 3, 20.0, 0.0),
    ):
        truth = rng.integers(0, categories, units) if name != "skewed" else (rng.random(units) < 0.08) * 1
        seen = np.rint(truth[:, None] + rng.normal(0, noise, (units, raters)))
        ratings = np.clip(seen, 0, categories - 1).astype(int)
        if name == "no_agreement":
            ratings = rng.integers(0, categories, (units, raters))
        ratings[rng.random(ratings.shape) < missing] = -1
        yield name, ratings


def alpha(ratings, level):
    values = np.where(ratings < 0, np.nan, ratings + 1.0).T
    return krippendorff.alpha(reliability_data=values, level_of_measurement=level)


def nltk_alpha(ratings):
    cells = [(f"r{r}", f"u{u}", int(v)) for (u, r), v in np.ndenumerate(ratings) if v >= 0]
    return AnnotationTask(data=cells).alpha()


def fleiss(ratings):
    if (ratings < 0).any():
        return ABSENT
    return fleiss_kappa(aggregate_raters(ratings)[0])


def ac1(ratings):
    frame = pd.DataFrame(np.where(ratings < 0, np.nan, ratings + 1.0))
    categories = sorted(np.unique(ratings[ratings >= 0] + 1.0))
    return CAC(frame, categories=categories, digits=15).gwet()["est"]["coefficient_value"]


def jackknife(measure, ratings):
    """Over the units that were rated twice."""
    ratings = ratings[(ratings >= 0).sum(axis=1) >= 2]
    n = len(ratings)
    values = np.array([measure(np.delete(ratings, u, axis=0)) for u in range(n)])
    return np.sqrt((n - 1) / n * ((values - values.mean()) ** 2).sum())


def write_many(sets):
    versions = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("krippendorff", "irrCAC", "nltk"))
    lines = [
        f"# alpha by {versions}; Fleiss' kappa by statsmodels {statsmodels.__version__}; -9: none",
        "name,nominal,ordinal,interval,ratio,fleiss,ac1,se_nominal,se_ordinal",
    ]
    for name, ratings in sets:
        values = [alpha(ratings, level) for level in LEVELS]
        assert abs(values[0] - nltk_alpha(ratings)) < 1e-12, name
        values += [fleiss(ratings), ac1(ratings)]
        values += [jackknife(lambda r, level=level: alpha(r, level), ratings) for level in LEVELS[:2]]
        lines.append(",".join([name, *(repr(float(v)) for v in values)]))
    (FOLDER / "agreement.csv").write_text("\n".join(lines) + "\n")


def everitt_error(table, weights):
    """statsmodels' standard error of kappa, which is that of Fleiss, Cohen & Everitt."""
    wt = {None: None, "linear": "ca", "quadratic": "fc"}[weights]
    return cohens_kappa(table, wt=wt).std_kappa


def write_kappas(sets):
    lines = [
        f"# kappa by scikit-learn {sklearn.__version__}, its error by statsmodels {statsmodels.__version__}",
        "name,kappa,se,linear,se_linear,quadratic,se_quadratic,agreement",
    ]
    for name, ratings in sets:
        pairs = ratings[(ratings[:, :2] >= 0).all(axis=1)][:, :2]
        labels = np.arange(ratings.max() + 1)
        table = np.zeros((len(labels), len(labels)))
        np.add.at(table, (pairs[:, 0], pairs[:, 1]), 1)
        values = []
        for weights in (None, "linear", "quadratic"):
            kappa = cohen_kappa_score(pairs[:, 0], pairs[:, 1], weights=weights, labels=labels)
            values += [kappa, everitt_error(table, weights)]
        values.append((pairs[:, 0] == pairs[:, 1]).mean())
        lines.append(",".join([name, *(repr(float(v)) for v in values)]))
    (FOLDER / "kappa.csv").write_text("\n".join(lines) + "\n")


def write_data(sets):
    lines = ["# ratings from 0, a row for each unit, -1 for none; see generate_agreement.py", "name,ratings"]
    lines += [",".join([name, *map(str, row)]) for name, ratings in sets for row in ratings]
    (FOLDER / "agreement_data.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    all_sets = [*published(), *drawn(np.random.default_rng(SEED))]
    write_data(all_sets)
    write_many(all_sets)
    write_kappas(all_sets)
