"""Writes the reference tables of judges: Rogan & Gladen's correction and prediction-powered means.

    /path/to/venv/bin/python tests/reference/stats/generate_judges.py

Needs numpy, ppi-python, scipy and statsmodels. Prediction-powered values and intervals are those of ppi_py;
those of groups are the influences of groups, squared and summed in NumPy. The bounds of a corrected share are
found here by root search on the test they invert, with statsmodels' Wilson and exact bounds; the interval of
Lang & Reiczigel (2014) from the formulas of arXiv 2511.21140, with its own example (.1667).
"""

import importlib.metadata
import pathlib

import numpy as np
import ppi_py
import scipy
import statsmodels
from ppi_py.ppi import _calc_lam_glm
from scipy.optimize import brentq
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

FOLDER = pathlib.Path(__file__).parent
SEED = 20250613
ALPHA = 0.05  # one-sided


def write(name, lines):
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def row(*cells):
    return ",".join(c if isinstance(c, str) else repr(float(c)) for c in cells)


# ---- shares ----

# Judged and passed, specificity, sensitivity: k of n each. The first is the example of arXiv 2511.21140.
JUDGED = [
    (400, 1000, 140, 200, 180, 200),
    (480, 500, 45, 50, 48, 50),
    (995, 1000, 19, 20, 198, 200),
    (120, 200, 21, 30, 27, 30),
    (300, 1000, 70, 100, 16, 20),
    (270, 300, 30, 30, 100, 100),
    (0, 50, 20, 25, 24, 25),
    (50, 50, 20, 25, 24, 25),
    (900, 1000, 12, 20, 95, 100),
    (60, 100, 8, 10, 7, 10),
]


def rogan_gladen(p, q0, q1):
    return (p + q0 - 1) / (q0 + q1 - 1)


def delta_error(k, n, k0, m0, k1, m1):
    """By numeric derivatives."""
    rates = np.array([k / n, k0 / m0, k1 / m1])
    variances = rates * (1 - rates) / np.array([n, m0, m1])
    slopes = []
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-6
        slopes.append((rogan_gladen(*(rates + step)) - rogan_gladen(*(rates - step))) / 2e-6)
    return np.sqrt((np.array(slopes) ** 2 * variances).sum())


def lang_reiczigel(k, n, k0, m0, k1, m1, alpha):
    z = norm.ppf(1 - alpha / 2)
    p, q0, q1 = (k + z**2 / 2) / (n + z**2), (k0 + 1) / (m0 + 2), (k1 + 1) / (m1 + 2)
    n, m0, m1 = n + z**2, m0 + 2, m1 + 2
    theta = rogan_gladen(p, q0, q1)
    shift = 2 * z**2 * (-(1 - theta) * q0 * (1 - q0) / m0 + theta * q1 * (1 - q1) / m1)
    spread = p * (1 - p) / n + (1 - theta) ** 2 * q0 * (1 - q0) / m0 + theta**2 * q1 * (1 - q1) / m1
    half = z * np.sqrt(spread) / (q0 + q1 - 1)
    return max(0, theta + shift - half), min(1, theta + shift + half)


def bounds(k, n, k0, m0, k1, m1, method):
    """One-sided at ALPHA each, by search; a share beyond what any theta gives is taken for the nearest."""
    q0, q1 = k0 / m0, k1 / m1
    low_p, high_p = min(k / n, q1), max(k / n, 1 - q0)
    (low0, high0), (low1, high1) = (
        proportion_confint(a, b, 2 * ALPHA, method) for a, b in ((k0, m0), (k1, m1))
    )
    p_low = proportion_confint(low_p * n, n, 2 * ALPHA, method)[0]
    p_high = proportion_confint(high_p * n, n, 2 * ALPHA, method)[1]

    def low_of(t):
        return (low_p - t * q1 - (1 - t) * (1 - q0)) - np.sqrt(
            (low_p - p_low) ** 2 + t**2 * (high1 - q1) ** 2 + (1 - t) ** 2 * (q0 - low0) ** 2
        )

    def high_of(t):
        return (high_p - t * q1 - (1 - t) * (1 - q0)) + np.sqrt(
            (p_high - high_p) ** 2 + t**2 * (q1 - low1) ** 2 + (1 - t) ** 2 * (high0 - q0) ** 2
        )

    low = brentq(low_of, 0, min(1, rogan_gladen(low_p, q0, q1))) if low_of(0) > 0 else 0.0
    high = brentq(high_of, max(0, rogan_gladen(high_p, q0, q1)), 1) if high_of(1) < 0 else 1.0
    return low, high


def write_shares():
    lines = [
        f"# corrected shares: delta method, Lang & Reiczigel at 95 %, and one-sided 95 % bounds by search,"
        f" SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}",
        "passed,n,specific,m0,sensitive,m1,value,se,lang_low,lang_high,wilson_low,wilson_high,exact_low,exact_high",
    ]
    for judged in JUDGED:
        k, n, k0, m0, k1, m1 = judged
        value = rogan_gladen(k / n, k0 / m0, k1 / m1)
        lines.append(
            row(*judged, value, delta_error(*judged), *lang_reiczigel(*judged, 0.05),
                *bounds(*judged, "wilson"), *bounds(*judged, "beta"))
        )  # fmt: skip
    write("rogan_gladen.csv", lines)


# ---- means ----


def draw(rng, name, n, others, scale):
    groups = rng.integers(0, 24, n + others)
    base = rng.normal(0, 0.5, 24)[groups]
    label = rng.normal(3, 1, n + others) + base
    judged = 0.8 * label + 0.9 + rng.normal(0, 0.6, n + others)
    if scale == "grades":
        label, judged = np.clip(np.rint(label), 1, 5), np.clip(np.rint(judged), 1, 5)
    if scale == "passes":
        label, judged = (label > 2.2) * 1.0, (judged > 2.4) * 1.0
    if scale == "useless":
        judged = rng.normal(3, 1, n + others)
    return name, np.arange(n + others) < n, np.round(label, 6), np.round(judged, 6), groups


def tuned(label, judged, others):
    point = ppi_py.ppi_mean_pointestimate(label, judged, others, lam=1)
    return _calc_lam_glm(label - point, judged - point, others - point, np.eye(1), clip=True)


def cross_fitted(label, judged, others):
    """Ten folds in order; value, mean lambda and standard error."""
    n, fold = len(label), np.arange(len(label)) % 10
    lam = np.array([tuned(label[fold != k], judged[fold != k], others) for k in range(10)])[fold]
    terms = label - lam * (judged - others.mean())
    variance = (lam.mean() * others.std()) ** 2 / len(others) + terms.var() / n
    return terms.mean(), lam.mean(), np.sqrt(variance)


def left_out(label, judged, others):
    """Each case with the lambda of all others: the value for pass or fail."""
    places = range(len(label))
    lam = np.array([tuned(np.delete(label, i), np.delete(judged, i), others) for i in places])
    return (label - lam * (judged - others.mean())).mean()


def grouped(label, judged, labelled, groups, lam):
    """The standard error by groups, factor C / (C - 1) with C those that have labels."""
    n, others = labelled.sum(), (~labelled).sum()
    rest = label - lam * judged
    influence = np.where(
        labelled, (rest - rest[labelled].mean()) / n, lam * (judged - judged[~labelled].mean()) / others
    )
    sums = np.bincount(groups, influence)
    c = len(np.unique(groups[labelled]))
    return np.sqrt(c / (c - 1) * (sums**2).sum())


def write_means():
    rng = np.random.default_rng(SEED)
    version = importlib.metadata.version("ppi-python")
    data = ["# cases: labelled or not, label, judge, group; see generate_judges.py", "name,labelled,label,judged,group"]
    lines = [
        f"# prediction-powered means at 95 % by ppi_py {version}; errors by groups by NumPy {np.__version__}",
        "name,lambda,value,low,high,plain,plain_low,plain_high,grouped_plain,grouped_half,"
        "crossed,crossed_lambda,crossed_se,left_out",
    ]
    for drawn in (
        draw(rng, "numbers", 60, 240, "numbers"),
        draw(rng, "grades", 40, 160, "grades"),
        draw(rng, "passes", 80, 220, "passes"),
        draw(rng, "useless", 30, 90, "useless"),
    ):
        name, labelled, label, judged, groups = drawn
        data += [row(name, *values) for values in zip(labelled, label, judged, groups)]
        args = label[labelled], judged[labelled], judged[~labelled]
        cells = [tuned(*args), ppi_py.ppi_mean_pointestimate(*args)[0], *np.ravel(ppi_py.ppi_mean_ci(*args, alpha=0.05))]
        cells += [np.ravel(ppi_py.ppi_mean_pointestimate(*args, lam=1))[0]]
        cells += [*np.ravel(ppi_py.ppi_mean_ci(*args, alpha=0.05, lam=1))]
        cells += [grouped(label, judged, labelled, groups, lam) for lam in (1.0, 0.5)]
        cells += [*cross_fitted(*args), left_out(*args)]
        lines.append(row(name, *cells))
    write("prediction_powered.csv", lines)
    write("prediction_powered_data.csv", data)


if __name__ == "__main__":
    write_shares()
    write_means()
