"""Writes decisions.csv: 200,000 made-up card payments, as two classifiers saw them, counted.

    python examples/fraud/generate.py

Nothing in it is of real people or payments. Needs NumPy; the seed is fixed, so the file is the same each time.
"""

import collections
import csv
import pathlib

import numpy as np

PAYMENTS = 200_000
CHANNELS = {"app": 0.5, "shop": 0.3, "web": 0.2}
FRAUD = {"app": 0.004, "shop": 0.003, "web": 0.03}


def main():
    rng = np.random.default_rng(20)
    channel = rng.choice(list(CHANNELS), size=PAYMENTS, p=list(CHANNELS.values()))
    fraud = rng.random(PAYMENTS) < np.vectorize(FRAUD.get)(channel)
    # Both look at the same payment, so what is odd about it to one is odd to the other.
    oddness = rng.normal(size=PAYMENTS) + 3.0 * fraud
    incumbent = oddness + 0.6 * rng.normal(size=PAYMENTS) > 2.2
    candidate = oddness + 0.45 * rng.normal(size=PAYMENTS) > 2.15
    available = rng.random(PAYMENTS) < 0.9968
    latency = np.minimum(20 * np.ceil(rng.gamma(4.0, 22.0, PAYMENTS) / 20), 400).astype(int)
    rows = collections.Counter(
        zip(
            channel,
            fraud.astype(int),
            np.where(available, candidate.astype(int).astype(str), ""),
            incumbent.astype(int),
            np.where(available, latency.astype(str), ""),
            available.astype(int),
        )
    )
    with open(pathlib.Path(__file__).parent / "decisions.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("channel", "fraud", "blocked", "blocked_before", "latency_ms", "available", "n"))
        for row in sorted(rows, key=lambda row: tuple(map(str, row))):
            writer.writerow((*row, rows[row]))


if __name__ == "__main__":
    main()
