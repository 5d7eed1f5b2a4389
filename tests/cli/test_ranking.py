"""Rankings: figures of other implementations, edges, limits between groups, and what is refused."""

import csv
import json
import random
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "ranking"
TASK = ("--task", "ranking", "--query", "query", "--label", "label")
CUTS = (1, 3, 10)
MEASURES = [f"{name}@{k}" for name in ("ndcg", "ndcg_exponential", "dcg", "precision", "recall", "hit_rate", "mrr", "map")
            for k in CUTS] + ["ndcg", "mrr", "map", "exposure", "exposure_share", "exposure_to_relevance"]  # fmt: skip
TOLERANCE = 1e-9


def write(path, rows, columns=("query", "score", "label", "language", "sex")):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def audit(run, path, *options, metrics=MEASURES):
    return run.json("audit", path, *TASK, "--score", "score", "--metrics", ",".join(metrics), "--smallest", "1", "--json", *options)


def name_of(one):
    return " × ".join(f"{segment}={group}" for segment, group in one.items())


def slices_of(result):
    yield "overall", result["overall"]
    for one in result["slices"]:
        yield name_of(one["slice"]), one


def measure(result, name, which="overall"):
    return dict(slices_of(result))[which]["measures"][name]


# ---- figures of others ----


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", ["distinct", "tied"])
def test_figures_equal_those_of_other_implementations(run, name, weighted):
    table = json.loads((REFERENCE / f"{name}.json").read_text())["weighted" if weighted else "plain"]
    options = ["--weight", "weight"] if weighted else []
    result = audit(run, REFERENCE / f"{name}.csv", "--by", "language", "--by", "sex", "--depth", "1", *options)
    compared = 0
    for slice_name, ours in slices_of(result):
        for metric, theirs in table[slice_name].items():
            for key, value in theirs.items():
                assert ours["measures"][metric][key] == pytest.approx(value, abs=TOLERANCE), (slice_name, metric, key)
                compared += 1
    assert compared > 500
