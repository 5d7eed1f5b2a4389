"""Groups in which there is little or nothing to measure: every measure of every task must say so, with
a reason, and never crash, print NaN or infinity, or call 0 what has no value."""

import json
import math
import re

import pytest

# Each group: rows of (label, score), None for missing. Every task gets its own columns from these.
GROUPS = {
    "usual": [(1, 0.9), (0, 0.2), (1, 0.6), (0, 0.7), (1, 0.4), (0, 0.1), (1, 0.8), (0, 0.3)] * 10,
    "all positive": [(1, 0.9), (1, 0.3), (1, 0.6)] * 5,
    "all negative": [(0, 0.9), (0, 0.3), (0, 0.6)] * 5,
    "one row": [(1, 0.7)],
    "no labels": [(None, 0.7), (None, 0.2)] * 5,
    "no answers": [(1, None), (0, None)] * 5,
    "nothing at all": [(None, None)] * 3,
    "always yes": [(1, 0.9), (0, 0.8)] * 5,
    "always no": [(1, 0.1), (0, 0.2)] * 5,
    "constant": [(1, 0.5), (0, 0.5), (1, 0.5)] * 5,
    "ties": [(1, 0.5), (0, 0.5), (1, 0.25), (0, 0.25)] * 5,
    "always right": [(1, 0.75), (0, 0.25)] * 5,
    "always wrong": [(1, 0.25), (0, 0.75)] * 5,
}

CLASSES = "xyz"


def binary(index, label, score):
    return {"label": label, "score": score}


def class_of(value, index):
    """A positive is x; a negative y or z."""
    return None if value is None else "x" if value >= 0.5 else "yz"[index % 2]


def multiclass(index, label, score):
    return {"label": class_of(label, index), "prediction": class_of(score, index)}


def multilabel(index, label, score):
    sets = {None: None, 0: "", 1: "x|y" if index % 2 else "x"}
    return {"label": sets[label], "prediction": sets[None if score is None else int(score >= 0.5)]}


def regression(index, label, score):
    return {
        "label": None if label is None else 10 * label + (index % 3) * (score or 0),
        "prediction": None if score is None else 10 * score,
    }


def ranking(index, label, score):
    return {"query": f"q{index // 3}", "label": label, "score": score}


LABEL_AND_PREDICTION = ["--label", "label", "--prediction", "prediction"]

# For each task: its columns from a row, and the options that name them.
TASKS = {
    "binary": (binary, ["--label", "label", "--score", "score"]),
    "multiclass": (multiclass, LABEL_AND_PREDICTION),
    "multilabel": (multilabel, LABEL_AND_PREDICTION),
    "regression": (regression, LABEL_AND_PREDICTION),
    "ranking": (ranking, ["--query", "query", "--label", "label", "--score", "score"]),
}

# Measures that need columns which a task's data here do not have.
LEFT_OUT = {
    "binary": {"consistency"},  # it needs data.features: test_consistency.py
    "multiclass": {"log_loss", "roc_auc(CLASS)", "macro_roc_auc_ovr", "top_accuracy@K"},
}

ARGUMENTS = {
    "COLUMN": "extra",
    "COLUMN, COLUMN": "extra, other",
    "COLUMN, Q": "extra, 0.5",
    "CLASS": "x",
    "LABEL": "x",
    "TOLERANCE": "0.5",
    "K": "3",
}


def write(path, task):
    columns_of, _ = TASKS[task]
    with path.open("w") as out:
        for group, rows in GROUPS.items():
            for index, (label, score) in enumerate(rows):
                # `other` is 0 throughout one group, and `extra` is empty in another.
                row = {
                    "group": group,
                    "extra": None if group == "no labels" else index % 3,
                    "other": 0 if group == "constant" else 1 + index % 2,
                    "yes": index % 2,
                    "half": "ab"[index // 2 % 2],
                } | columns_of(index, label, score)
                out.write(json.dumps(row) + "\n")


def name_of(measure):
    """The measure with something in its parentheses, or behind its @."""
    argument = "yes" if measure.startswith("rate(") else None
    measure = re.sub(r"\(([^)]+)\)", lambda m: f"({argument or ARGUMENTS[m[1]]})", measure)
    return re.sub(r"@K$", "@" + ARGUMENTS["K"], measure)


def no_constant(text):
    raise AssertionError(f"{text} in JSON")


def assert_estimate(name, estimate):
    assert estimate["status"] in ("ok", "undefined", "too_small"), name
    if estimate["status"] == "undefined":
        assert estimate["reason"], name
        assert estimate.get("value") is None, name
        return
    bounds = [estimate.get("low"), estimate.get("high")]
    assert math.isfinite(estimate["value"]), name
    for bound in bounds:
        assert bound is None or math.isfinite(bound), name
    if None not in bounds:
        slack = 1e-12 * max(1.0, abs(estimate["value"]))
        assert bounds[0] - slack <= estimate["value"] <= bounds[1] + slack, name


@pytest.mark.parametrize("task", TASKS)
def test_every_measure_says_what_it_cannot_know(run, task):
    write(run.folder / "d.jsonl", task)
    names = [
        name_of(measure["name"])
        for measure in run.json("measures", "--json")
        if task in measure["tasks"] and measure["name"] not in LEFT_OUT.get(task, ())
    ]
    arguments = ["audit", "d.jsonl", "--task", task, *TASKS[task][1], "--by", "group"]
    arguments += ["--by", "half", "--strata", "half", "--depth", "1"]
    for name in names:
        arguments += ["--metrics", name]
    text = run.good(*arguments, "--smallest", "1", "--json")
    audit = json.loads(text, parse_constant=no_constant)
    assert {one["slice"].get("group") for one in audit["slices"]} == {None, *GROUPS}
    for one in [audit["overall"], *audit["slices"]]:
        assert set(one["measures"]) == set(names)
        for name, estimate in one["measures"].items():
            assert_estimate(f"{name} of {one.get('slice')}", estimate)
    for way in ("text", "markdown"):
        shown = run.good(*arguments, "--smallest", "1", "--format", way)
        assert not re.search(r"(?<![\w-])-?(nan|inf|infinity)(?![\w-])", shown, re.IGNORECASE)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("group", GROUPS)
def test_a_file_of_one_such_group_can_be_measured(run, task, group):
    write(run.folder / "all.jsonl", task)
    rows = (run.folder / "all.jsonl").read_text().splitlines(keepends=True)
    (run.folder / "d.jsonl").write_text(
        "".join(row for row in rows if json.loads(row)["group"] == group)
    )
    arguments = ["audit", "d.jsonl", "--task", task, *TASKS[task][1], "--by", "group"]
    audit = json.loads(run.good(*arguments, "--json"), parse_constant=no_constant)
    for name, estimate in audit["overall"]["measures"].items():
        assert_estimate(name, estimate)
