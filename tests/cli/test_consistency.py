"""Consistency: whether those who are alike in data.features are decided alike."""

import json
import pathlib
import random

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "consistency"
LINE = """plimsoll: 1
feature: f
data:
  decisions: {decisions}
  columns: {columns}
  segments: {{group: group}}
  {features}
{more}
"""


def write_line(folder, decisions, columns="{prediction: approved}", features="features: [x0, x1]", more=""):
    (folder / "line.yaml").write_text(
        LINE.format(decisions=decisions, columns=columns, features=features, more=more)
    )
    return "line.yaml"


def write_rows(folder, rows, name="rows.jsonl"):
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def audit(run, line, *options):
    got = run.json("audit", line, "--metrics", "consistency", "--smallest", "1", "--json", *options)
    slices = {each["slice"]["group"]: each["measures"]["consistency"] for each in got["slices"]}
    return got["overall"]["measures"]["consistency"], slices


def random_rows(n, steps=4, seed=3):
    pick = random.Random(seed)
    return [
        {"group": pick.choice("abc"), "approved": pick.randrange(2), "x0": pick.randrange(steps),
         "x1": pick.randrange(steps)}
        for _ in range(n)
    ]


def by_definition(rows, k=5):
    """|answer - mean over the neighbours| of each row; the tied share the places that are left."""
    x = np.array([[row["x0"], row["x1"]] for row in rows], dtype=float)
    y = np.array([row["approved"] for row in rows], dtype=float)
    each = []
    for i in range(len(rows)):
        distance = ((x - x[i]) ** 2).sum(axis=1)
        reach = np.sort(distance)[k - 1]
        near, tied = distance < reach, distance == reach
        mean = (y[near].sum() + (k - near.sum()) * y[tied].mean()) / k
        each.append(abs(y[i] - mean))
    return np.array(each)


def test_agrees_with_scikit_learn_where_there_are_no_ties(run):
    expected = json.loads((REFERENCE / "figures.json").read_text())
    line = write_line(run.folder, REFERENCE / "decisions.csv", features="features: [x0, x1, x2, x3]")
    overall, slices = audit(run, line)
    assert set(slices) == set(expected["group"])
    for got, want in [(overall, expected["overall"])] + [(slices[g], expected["group"][g]) for g in slices]:
        assert got["n"] == want["n"]
        assert got["value"] == pytest.approx(want["value"], abs=1e-12)
        logit = np.log([got[x] / (1 - got[x]) for x in ("low", "value", "high")])
        scaled = want["se"] / want["value"] / (1 - want["value"])
        assert logit[1] - logit[0] == pytest.approx(logit[2] - logit[1], rel=1e-9)
        assert 1.95 < (logit[2] - logit[1]) / scaled < 2.02


def test_agrees_with_the_definition_where_there_are_ties(run):
    rows = random_rows(300)
    each = by_definition(rows)
    overall, slices = audit(run, write_line(run.folder, write_rows(run.folder, rows)))
    assert overall["value"] == pytest.approx(1 - each.mean(), abs=1e-12)
    for group, got in slices.items():
        own = each[[row["group"] == group for row in rows]]
        assert got["value"] == pytest.approx(1 - own.mean(), abs=1e-12)
        assert got["n"] == len(own)


def test_neither_the_order_of_rows_nor_threads_matter(run):
    rows = random_rows(2000, steps=30)
    line = write_line(run.folder, "rows.jsonl")
    write_rows(run.folder, rows)
    first = audit(run, line, "--threads", "1")
    random.Random(1).shuffle(rows)
    write_rows(run.folder, rows)
    assert audit(run, line, "--threads", "2") == first


def test_a_count_is_as_many_rows(run):
    rows = random_rows(60)
    counts = [1 + i % 3 for i in range(len(rows))]
    write_rows(run.folder, [row | {"n": n} for row, n in zip(rows, counts)])
    counted = audit(run, write_line(run.folder, "rows.jsonl", columns="{prediction: approved, count: n}"))
    write_rows(run.folder, [row for row, n in zip(rows, counts) for _ in range(n)])
    assert audit(run, write_line(run.folder, "rows.jsonl")) == counted


def test_a_score_decides_as_predictions_do(run):
    rows = random_rows(200)
    write_rows(run.folder, [row | {"score": 0.4 + 0.2 * row["approved"], "label": 1} for row in rows])
    line = write_line(run.folder, "rows.jsonl")
    by_prediction = audit(run, line)
    assert audit(run, write_line(run.folder, "rows.jsonl", columns="{score: score}")) == by_prediction
    line = write_line(run.folder, "rows.jsonl", columns="{score: score, label: label}")
    got = run.json("audit", line, "--metrics", "consistency", "--metrics", "log_loss", "--json")
    assert got["overall"]["measures"]["consistency"] == by_prediction[0]


def test_decisions_without_a_feature_or_prediction_are_left_out(run):
    rows = random_rows(100)
    missing = [
        {"group": "a", "approved": 1, "x0": None, "x1": 1},
        {"group": "b", "approved": None, "x0": 1, "x1": 1},
        {"group": "z", "approved": 0, "x0": 1, "x1": None},
    ]
    line = write_line(run.folder, "rows.jsonl")
    write_rows(run.folder, rows)
    without = audit(run, line)
    write_rows(run.folder, rows + missing)
    overall, slices = audit(run, line)
    assert overall == without[0]
    assert slices.pop("z")["reason"] == "no decision in this group has all features and a prediction"
    assert slices == without[1]


def test_what_has_no_value_says_why(run):
    line = write_line(run.folder, "rows.jsonl")
    write_rows(run.folder, random_rows(4))
    overall, slices = audit(run, line)
    assert overall["reason"] == "fewer than five decisions have all features and a prediction"
    assert all(each["status"] == "undefined" for each in slices.values())

    same = [{"group": "ab"[i % 2], "approved": int(i < 10), "x0": 1, "x1": 1} for i in range(20)]
    write_rows(run.folder, same)
    assert audit(run, line)[0]["reason"] == "only one value in this group"

    alike = [{"group": "a" if i else "one", "approved": 1, "x0": i, "x1": 0} for i in range(20)]
    write_rows(run.folder, alike)
    overall, slices = audit(run, line)
    assert (overall["value"], overall["high"], slices["one"]["value"]) == (1, 1, 1)
    assert 0.8 < overall["low"] < 0.9
    assert slices["one"]["low"] < 0.5


def test_a_launch_by_slice_compares_with_everybody(run):
    rows = random_rows(400)
    write_rows(run.folder, rows)
    more = "limits:\n  - {metric: consistency, min: 0.1}\nlaunch: {by: group}"
    line = write_line(run.folder, "rows.jsonl", more=more)
    got = run.json("gate", line, "--json", code=run("gate", line).returncode)
    each = by_definition(rows)
    values = {}
    for launch in got["launch"]["slices"]:
        group = launch["slice"]["group"]
        values[group] = launch["findings"][0]["value"]
    for group, value in values.items():
        assert value == pytest.approx(1 - each[[row["group"] == group for row in rows]].mean(), abs=1e-12)
    assert set(values) == set("abc")


def test_a_limit_and_its_gap_are_judged(run):
    line = write_line(
        run.folder, REFERENCE / "decisions.csv", features="features: [x0, x1]",
        more="limits:\n  - {metric: consistency, max_difference: 0.001, by: group}\n"
             "  - {metric: consistency, min: 0.99}",
    )
    got = run.json("gate", line, "--json", code=1)
    assert [finding["state"] for finding in got["findings"]] == ["breach", "breach"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"features": "where: 'true'"}, "`consistency` needs `data.features`"),
        ({"columns": "{prediction: approved, weight: x0}"}, "takes no sampling weights"),
        ({"features": "features: [x0, x7]"}, "has no column `x7`"),
        ({"features": "features: [x0, group]"}, "is not a number"),
        ({"features": "features: [" + ", ".join(["x0"] * 33) + "]"}, "more than 32 columns"),
    ],
)
def test_errors_say_what_to_do(run, changes, message):
    write_rows(run.folder, random_rows(20))
    line = write_line(run.folder, "rows.jsonl", **changes)
    result = run("audit", line, "--metrics", "consistency")
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr


def test_without_a_line_the_missing_key_is_named(run):
    write_rows(run.folder, random_rows(20))
    result = run("audit", "rows.jsonl", "--prediction", "approved", "--metrics", "consistency")
    assert result.returncode == 2
    assert "data.features" in result.stderr


def test_an_infinite_feature_is_refused(run):
    (run.folder / "rows.csv").write_text("group,approved,x0,x1\n" + "a,1,2,3\n" * 9 + "a,0,inf,1\n")
    result = run("audit", write_line(run.folder, "rows.csv"), "--metrics", "consistency")
    assert result.returncode == 2
    assert "column `x0` holds inf" in result.stderr


def test_a_limit_against_a_baseline_is_refused(run):
    write_rows(run.folder, random_rows(20))
    more = "limits:\n  - {metric: consistency, non_inferior_to: rows.jsonl, margin: 0.1}"
    line = write_line(run.folder, "rows.jsonl", more=more)
    for command in ("check", "gate"):
        result = run(command, line)
        assert result.returncode == 2
        assert "`consistency` is not compared with a baseline" in result.stderr + result.stdout
