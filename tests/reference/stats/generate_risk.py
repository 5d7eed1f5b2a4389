"""Writes isotonic.csv, risk.csv, wager.csv and wager_data.csv: scikit-learn's isotonic regression, MAPIE's p-values of
Hoeffding and Bentkus, SciPy's binomial tails, and the wager of Waudby-Smith and Ramdas written out in NumPy.

    venv/bin/pip install mapie==1.6.0
    venv/bin/python tests/reference/stats/generate_risk.py
"""

import pathlib

import mapie
import numpy as np
import scipy
import sklearn
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value
from scipy.stats import binom
from sklearn.isotonic import IsotonicRegression

FOLDER = pathlib.Path(__file__).parent
RNG = np.random.default_rng(31)


def write(name, source, columns, rows):
    lines = [f"# {source}", columns, *(",".join(v if isinstance(v, str) else repr(float(v)) for v in row) for row in rows)]
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def isotonic_cases():
    x = np.linspace(0, 1, 60)
    yield "binary", x, (RNG.uniform(size=60) < x).astype(float), np.ones(60)
    x = RNG.integers(0, 12, 120) / 10
    yield "ties", x, (RNG.uniform(size=120) < x / 1.2).astype(float), np.ones(120)
    yield "weights", RNG.normal(size=100), RNG.normal(size=100), RNG.uniform(0.01, 5, 100)
    x = np.arange(40.0)
    yield "falling", x, -x, RNG.uniform(0.5, 2, 40)
    yield "rising", x, np.cumsum(RNG.uniform(0, 1, 40)), np.ones(40)
    yield "one", np.array([0.3]), np.array([0.7]), np.array([2.0])
    yield "one_x", np.full(9, 0.5), RNG.uniform(size=9), RNG.uniform(1, 2, 9)
    x = RNG.uniform(-1, 1, 300)
    yield "margin", x, 1 / (1 + np.exp(-4 * x)) + 0.2 * RNG.normal(size=300), RNG.uniform(0.1, 3, 300)


def isotonic():
    for name, x, y, w in isotonic_cases():
        fit = IsotonicRegression().fit(x, y, w)
        yield from zip([name] * len(x), x, y, w, fit.predict(x))


def risks():
    for n in (1, 7, 50, 400, 5000):
        for bound in (0.01, 0.1, 0.35, 0.9):
            for share in (0.0, 0.3, 0.8, 1.0, 1.3):
                losses = min(n, round(n * bound * share))
                # a mean that makes no whole number of losses, but where there is none
                mean = losses / n if share in (0.0, 1.0) else min(1.0, 0.987654 * bound * share)
                bentkus = compute_hoeffding_bentkus_p_value(np.array([mean]), n, bound)[0, 0]
                yield "p", n, bound, losses, binom.cdf(losses, n, bound), mean, min(1.0, bentkus)


def wager_p(losses, bound, delta, n):
    """K over all times, from the definition: bets from what was seen before, sums anew at each time."""
    cap = 0.75 / (1 - bound)
    means = np.concatenate([[0.0], np.cumsum(losses) / np.arange(2, len(losses) + 2)])
    capital, best = 1.0, 1.0
    for i, loss in enumerate(losses):
        variance = (0.25 + np.sum((losses[:i] - means[1 : i + 1]) ** 2)) / (i + 1)
        bet = min(np.sqrt(2 * np.log(1 / delta) / (n * variance)), cap)
        capital *= 1 + bet * (bound - loss)
        best = max(best, capital)
    return 1 / best


def wagers():
    yield "none_lost", np.zeros(90), 0.05, 0.05
    yield "rare", (RNG.uniform(size=150) < 0.03).astype(float), 0.08, 0.05
    yield "pairs", RNG.choice([-1.0, 0.0, 1.0], 250, p=[0.06, 0.9, 0.04]), 0.02, 0.1
    yield "scores", RNG.uniform(-0.3, 0.2, 120), 0.05, 0.05
    yield "lost", np.ones(20), 0.1, 0.05
    yield "gained", -np.ones(20), -0.2, 0.01
    yield "above", RNG.choice([-1.0, 0.0, 1.0], 200, p=[0.02, 0.9, 0.08]), 0.01, 0.05


write("isotonic.csv", f"IsotonicRegression of scikit-learn {sklearn.__version__}, predicted at the points", "case,x,y,weight,fit", isotonic())
write("risk.csv", f"binom.cdf of SciPy {scipy.__version__}; compute_hoeffding_bentkus_p_value of MAPIE {mapie.__version__}",
      "case,n,bound,losses,binomial,mean,hoeffding_bentkus", risks())  # fmt: skip
cases = list(wagers())
write("wager_data.csv", "the losses of wager.csv", "case,loss", [(name, x) for name, losses, *_ in cases for x in losses])
write("wager.csv", f"the definition in NumPy {np.__version__}", "case,bound,delta,p",
      [(name, b, d, wager_p(losses, b, d, len(losses))) for name, losses, b, d in cases])  # fmt: skip
