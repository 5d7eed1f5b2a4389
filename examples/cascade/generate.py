"""Writes labelled.csv: 1,600 made-up questions to a support assistant, as two models answered them.

    python examples/cascade/generate.py

Nothing in it is of real people. Needs the standard library only; the seed is fixed, so the file is the same each time.
"""

import csv
import pathlib
import random

REQUESTS = 1_600
PLANS = {"free": 0.6, "paid": 0.4}

# Per million tokens, in cents: what goes in, what comes out.
PRICES = {"small": (15, 60), "large": (250, 1000)}


def cost(model, tokens_in, tokens_out):
    price_in, price_out = PRICES[model]
    return round((tokens_in * price_in + tokens_out * price_out) / 1e6, 5)


def main():
    rng = random.Random(6)
    with open(pathlib.Path(__file__).parent / "labelled.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "model", "signal", "right", "cost", "plan", "length"))
        for i in range(REQUESTS):
            plan = rng.choices(list(PLANS), PLANS.values())[0]
            ease = rng.betavariate(1.6, 1.0)
            # Hard questions tend to be long ones, and say so only now and then.
            length = int(60 + 500 * rng.random() + 300 * (1 - ease) * rng.random())
            right = rng.random() < 0.35 + 0.64 * ease
            # The margin of the tokens knows how easy it is, and thinks too much of itself.
            margin = round(min(1.0, max(0.0, 1 - 0.6 * (1 - ease) ** 1.5 + rng.gauss(0, 0.04))), 3)
            strong = rng.random() < (0.985 if right else 0.90)
            tokens_in, tokens_out = 300 + length // 4, int(40 + 160 * rng.random())
            shared = (plan, length)
            writer.writerow((f"q{i:04}", "small", margin, int(right), cost("small", tokens_in, tokens_out), *shared))
            writer.writerow((f"q{i:04}", "large", "", int(strong), cost("large", tokens_in, tokens_out), *shared))


if __name__ == "__main__":
    main()
