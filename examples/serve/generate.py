"""Writes requests.jsonl beside this file: questions with the right answer, as a shop might hear them. Always the same
ones; most orders are short, a few are long."""

import json
import pathlib
import random

COUNT = 240
SEED = 8700
# How many items an order has, and how often.
ITEMS = (1, 2, 3, 4, 5, 7)
OFTEN = (30, 28, 20, 12, 7, 3)
PLANS = ("free", "basic", "gold")
GOODS = {
    "en": ("cups", "plates", "forks", "bowls", "lamps", "chairs", "rugs", "towels"),
    "de": ("Tassen", "Teller", "Gabeln", "Schalen", "Lampen", "Stühle", "Teppiche", "Tücher"),
}
AT = {"en": "at", "de": "zu"}
AND = {"en": "and", "de": "und"}
QUESTION = {"en": "What do {} cost?", "de": "Was kosten {}?"}


def request_of(rng, number):
    language = rng.choice(("en", "en", "de"))
    count = rng.choices(ITEMS, OFTEN)[0]
    goods = rng.sample(GOODS[language], count)
    items = [(rng.randint(2, 9), good, rng.randint(2, 60)) for good in goods]
    texts = [f"{many} {good} {AT[language]} {price} EUR" for many, good, price in items]
    order = texts[0] if count == 1 else f"{', '.join(texts[:-1])} {AND[language]} {texts[-1]}"
    return {
        "id": f"q{number:03d}",
        "question": QUESTION[language].format(order),
        "expected": str(sum(many * price for many, _, price in items)),
        "language": language,
        "plan": rng.choice(PLANS),
        "items": count,
        "user": f"user-{rng.randint(1, 60)}",
    }


def main():
    rng = random.Random(SEED)
    path = pathlib.Path(__file__).with_name("requests.jsonl")
    with path.open("w", encoding="utf-8") as out:
        for number in range(1, COUNT + 1):
            out.write(json.dumps(request_of(rng, number), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
