"""Counts the right answers of known evaluation data: what runs had right together and alone. The data are
not part of this repository (MMLU by RouteLLM, Apache-2.0; GSM8K by OpenAI, MIT); the counts are.
"""

import csv
import gzip
import itertools
import json


def pair_counts(first, second):
    """How many both, only the first, only the second and neither got right."""
    pairs = list(zip(first, second))
    return [pairs.count(kind) for kind in ((True, True), (True, False), (False, True), (False, False))]


def mmlu(folder):
    """By subject: Mixtral-8x7B and GPT-4."""
    counts = {}
    for path in sorted(folder.glob("*.csv.gz")):
        with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
            items = list(csv.reader(file))[1:]
        first, second = ([item[column] == "True" for item in items] for column in (1, 2))
        counts[path.name.removesuffix(".csv.gz")] = pair_counts(first, second)
    return counts


def gsm8k(path):
    """By pair of systems."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    systems = [name for name, value in rows[0].items() if isinstance(value, dict)]
    right = {name: [row[name]["is_correct"] for row in rows] for name in systems}
    return {
        f"{a} {b}": pair_counts(right[a], right[b]) for a, b in itertools.combinations(systems, 2)
    }
