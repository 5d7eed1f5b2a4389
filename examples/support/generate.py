"""Writes golden.jsonl: 720 made-up questions to a support assistant, with the recorded answers of two models.

    python examples/support/generate.py

Nothing in it is of real people or models. The seed is fixed, so the file is the same each time.
"""

import json
import pathlib
import random

ARTICLES = 60
QUESTIONS = 4  # of each article, in each language
LANGUAGES = ("en", "de", "hi")
UNITS = ("days", "EUR", "MB", "minutes")
ASKED = {
    "en": "What is the limit in article {article}, point {point}?",
    "de": "Was ist die Grenze in Artikel {article}, Punkt {point}?",
    "hi": "लेख {article}, बिंदु {point} में सीमा क्या है?",
}
SAID = {
    "en": "The limit is {value} {unit}.",
    "de": "Die Grenze liegt bei {value} {unit}.",
    "hi": "सीमा {value} {unit} है।",
}
SKILL = {"small": {"en": 1.7, "de": 1.5, "hi": 0.6}, "large": {"en": 3.0, "de": 2.9, "hi": 2.2}}


def logistic(x):
    return 1 / (1 + 2.718281828459045 ** -x)


def answer(rng, model, language, ease, value, unit):
    if rng.random() < 0.004:
        return None
    if rng.random() >= logistic(SKILL[model][language] + ease):
        value += rng.choice((-10, 10, 100))
    return SAID[language].format(value=value, unit=unit)


def main():
    rng = random.Random(5)
    with open(pathlib.Path(__file__).parent / "golden.jsonl", "w", encoding="utf-8", newline="") as file:
        for article in range(1, ARTICLES + 1):
            ease = rng.gauss(0, 0.8)
            unit = rng.choice(UNITS)
            for point in range(1, QUESTIONS + 1):
                value = 10 * rng.randrange(1, 60)
                for language in LANGUAGES:
                    row = {
                        "id": f"{article}.{point}.{language}",
                        "article": f"A{article}",
                        "language": language,
                        "question": ASKED[language].format(article=article, point=point),
                        "limit": value,
                    }
                    for model in SKILL:
                        row[model] = answer(rng, model, language, ease, value, unit)
                        row[f"{model}_ms"] = round(rng.lognormvariate(5.6 if model == "small" else 6.9, 0.35))
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
