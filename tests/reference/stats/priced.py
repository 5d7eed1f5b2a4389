"""Writes priced_data.csv and priced.csv: bounds of mean prices, from bounds of rates that are not ours.

The bounds of each share come from statsmodels; the variances are recovered by the double sum over all
pairs of shares, with the correlation matrix of a multinomial sample written out.

    venv/bin/python tests/reference/stats/priced.py
"""

import pathlib
import random

import numpy as np
import statsmodels
from statsmodels.stats.proportion import proportion_confint

FOLDER = pathlib.Path(__file__).parent


def cases():
    """Each case: counts and prices of the kinds, and how many decisions are of none of them."""
    yield "two", [(30, 1.0), (12, 5.0)], 158
    yield "benefit", [(400, -2.0), (50, 1.0), (80, 5.0)], 470
    yield "rare_and_dear", [(21, 1.0), (9, 5.0), (0, 100.0)], 170
    yield "none_seen", [(0, 1.0), (0, 5.0), (0, 10.0)], 40
    yield "all_of_one", [(60, 3.0), (0, 7.0), (0, -1.0)], 0
    rng = random.Random(2801)
    for i in range(6):
        kinds = [(rng.randrange(200), rng.choice([-3, -1, 0.5, 2, 10])) for _ in range(rng.randrange(3, 7))]
        yield f"random_{i}", kinds, rng.randrange(1, 400)


def bounds(kinds, n, alpha, method):
    counts = np.array([k for k, _ in kinds], float)
    prices = np.array([price for _, price in kinds], float)
    p = counts / n
    low, high = np.array([proportion_confint(k, n, 2 * alpha, method) for k in counts]).T
    odds = np.sqrt(p / np.where(p < 1, 1 - p, np.inf))
    correlation = -np.outer(odds, odds)
    np.fill_diagonal(correlation, 1.0)
    value = float(prices @ p)
    out = []
    for sign in (-1, 1):
        reach = np.where(prices * sign > 0, high - p, p - low) * prices
        out.append(value + sign * np.sqrt(max(0.0, reach @ correlation @ reach)))
    return [value, *out]


def main():
    data = ["# the cases of priced.csv", "case,k,n,price"]
    rows = [f"# proportion_confint of statsmodels {statsmodels.__version__}, numpy {np.__version__}",
            "case,alpha,value,wilson_low,wilson_high,exact_low,exact_high"]  # fmt: skip
    for name, kinds, others in cases():
        n = sum(k for k, _ in kinds) + others
        data += [f"{name},{k},{n},{price!r}" for k, price in kinds]
        for alpha in (0.05, 0.001):
            value, *wilson = bounds(kinds, n, alpha, "wilson")
            exact = bounds(kinds, n, alpha, "beta")[1:]
            rows.append(",".join([name, *(repr(float(v)) for v in (alpha, value, *wilson, *exact))]))
    (FOLDER / "priced_data.csv").write_text("\n".join(data) + "\n")
    (FOLDER / "priced.csv").write_text("\n".join(rows) + "\n")


main()
