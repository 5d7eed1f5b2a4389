"""Writes paired.csv: tests and intervals for two answers to the same decisions.

Needs numpy, scipy and statsmodels; see generate.py. The exact and the asymptotic one-sided p-values are
McNemar's, from SciPy's binomial test and statsmodels' mcnemar; the correlation of two precisions is that
of bootstrap samples of the joint table (NumPy), to about 0.01.
"""

import pathlib

import numpy as np
import scipy
import scipy.stats
import statsmodels
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

FOLDER = pathlib.Path(__file__).parent

# Successes of both, of the first alone, of the second alone, of neither. The first row is Table 6.2 of
# Altman, Machin, Bryant & Gardner, Statistics with Confidence (2000).
TABLES = [
    (14, 5, 0, 22),
    (36, 12, 2, 0),
    (1, 7, 1, 12),
    (59, 16, 6, 80),
    (400, 40, 20, 540),
    (4000, 320, 250, 430),
    (90000, 1250, 1100, 7650),
]


def newcombe(both, first, second, neither):
    """The 95% interval of method 10 (R. G. Newcombe, Stat. Med. 17 (1998) 2635), of Wilson's by statsmodels."""
    n = both + first + second + neither
    here, there = both + first, both + second
    (low_here, high_here), (low_there, high_there) = (
        proportion_confint(k, n, 0.05, "wilson") for k in (here, there)
    )
    excess = both * neither - first * second
    corrected = excess - n / 2 if excess > n / 2 else min(excess, 0)
    phi = corrected / np.sqrt(float(here * (n - here) * there * (n - there)))
    below = (here / n - low_here, high_there - there / n)
    above = (there / n - low_there, high_here - here / n)
    low, high = (np.sqrt(a * a + b * b - 2 * phi * a * b) for a, b in (below, above))
    return (first - second) / n - low, (first - second) / n + high


def write_mcnemar():
    lines = [
        f"# McNemar's one-sided p-values by SciPy {scipy.__version__} (binomtest) and"
        f" statsmodels {statsmodels.__version__} (mcnemar without correction, halved);"
        " Newcombe's 95% interval from Wilson's by statsmodels",
        "both,first,second,neither,exact,asymptotic,low,high",
    ]
    for both, first, second, neither in TABLES:
        exact = scipy.stats.binomtest(first, first + second, 0.5, alternative="greater").pvalue
        table = [[both, first], [second, neither]]
        asymptotic = mcnemar(table, exact=False, correction=False).pvalue / 2
        values = (exact, asymptotic, *newcombe(both, first, second, neither))
        numbers = ",".join(repr(float(value)) for value in values)
        lines.append(f"{both},{first},{second},{neither},{numbers}")
    (FOLDER / "paired.csv").write_text("\n".join(lines) + "\n")


# Positive and negative labels by (here, there): (both, here alone, there alone).
PRECISIONS = [
    ((180, 12, 9), (40, 8, 11)),
    ((900, 150, 130), (100, 60, 70)),
    ((60, 30, 25), (20, 15, 12)),
]


def write_correlations():
    rng = np.random.default_rng(1)
    lines = [
        f"# correlation of two precisions over 400,000 multinomial samples, by NumPy {np.__version__}, seed 1",
        "right_both,right_here,right_there,wrong_both,wrong_here,wrong_there,correlation",
    ]
    for right, wrong in PRECISIONS:
        counts = np.array(right + wrong, dtype=float)
        draws = rng.multinomial(int(counts.sum()), counts / counts.sum(), 400_000).astype(float)
        here = (draws[:, 0] + draws[:, 1]) / draws[:, [0, 1, 3, 4]].sum(axis=1)
        there = (draws[:, 0] + draws[:, 2]) / draws[:, [0, 2, 3, 5]].sum(axis=1)
        values = ",".join(str(int(value)) for value in counts)
        lines.append(f"{values},{np.corrcoef(here, there)[0, 1]:.5f}")
    (FOLDER / "paired_precision.csv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    write_mcnemar()
    write_correlations()
