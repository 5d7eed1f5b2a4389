"""The figures of the program against tables that other libraries made: tests/reference says how.

The tables are of the same rows, by their hash: `script/reference --write` makes them anew.
"""

import dataclasses
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "reference"))

import datasets  # noqa: E402
import tables  # noqa: E402

DATA = {dataset.name: dataset for dataset in datasets.ALL}
AGAIN = "run `script/reference --write`"


def content_of(dataset):
    content = dataset.make()
    if content is None:
        pytest.skip(f"the file of {dataset.name} is not beside this tree")
    return content


def table_of(dataset, content):
    table = tables.read(dataset.name)
    assert table is not None, f"there is no table of {dataset.name}; {AGAIN}"
    assert table["data"]["sha256"] == datasets.digest(content), f"the rows changed; {AGAIN}"
    return table


def disagreements(ours, theirs, measure_of):
    """What differs, and what only one of the two has."""
    out = [f"{at}: {ours[at]} and not {theirs[at]}" for at in ours.keys() & theirs.keys()
           if tables.distance(measure_of(at), ours[at], theirs[at])
           > tables.tolerance(measure_of(at))]
    out += [f"{at}: only the program has it" for at in ours.keys() - theirs.keys()]
    out += [f"{at}: only the table has it" for at in theirs.keys() - ours.keys()]
    return sorted(out)


@pytest.mark.parametrize("name", DATA)
def test_audit_gives_the_figures_of_other_libraries(name, tmp_path):
    content = content_of(DATA[name])
    theirs = tables.figures(table_of(DATA[name], content))
    ours = tables.figures(tables.audit(DATA[name], content, tmp_path))
    assert len([value for value in theirs.values() if value is not None]) > 20
    assert disagreements(ours, theirs, lambda at: at[1]) == []


@pytest.mark.parametrize("name", ["recidivism", "discrete", "weighted", "degenerate"])
def test_rates_are_the_same_when_nothing_asks_for_the_scores(name, tmp_path):
    """Then the engine finds the side of the threshold, and no score is loaded."""
    dataset = dataclasses.replace(DATA[name], measures=tuple(datasets.RATES))
    content = content_of(dataset)
    theirs = {at: value for at, value in tables.figures(table_of(dataset, content)).items()
              if at[1] in (*datasets.RATES, "n")}
    ours = tables.figures(tables.audit(dataset, content, tmp_path))
    assert disagreements(ours, theirs, lambda at: at[1]) == []


@pytest.mark.parametrize("name", datasets.LIMITS)
def test_gate_gives_the_comparisons_of_other_libraries(name, tmp_path):
    content = content_of(DATA[name])
    limits = datasets.LIMITS[name]
    table = table_of(DATA[name], content)
    assert [finding["limit"] for finding in table["findings"]] == [one.text for one in limits]
    theirs = tables.cases(table["findings"])
    ours = tables.cases(tables.gate(DATA[name], limits, content, tmp_path)["findings"])
    assert disagreements(ours, theirs, lambda at: limits[at[0]].measure) == []


def test_the_published_figures_of_the_example_come_out(tmp_path):
    """ProPublica, 2016: how often a score of 5 and more was wrong, by race."""
    dataset = DATA["recidivism"]
    figures = tables.figures(tables.audit(dataset, dataset.make(), tmp_path))
    published = {
        ("African-American", "false_positive_rate"): 0.4485,
        ("Caucasian", "false_positive_rate"): 0.2345,
        ("African-American", "false_negative_rate"): 0.2799,
        ("Caucasian", "false_negative_rate"): 0.4772,
    }
    found = {(race, name): round(figures[(("race", race),), name], 4) for race, name in published}
    assert found == published


def test_a_count_of_n_equals_n_rows(tmp_path):
    """Every figure and every bound, on the same decisions written the two ways."""
    dataset = DATA["recidivism"]
    rows = datasets.rows(dataset.make())
    header = [name for name in rows[0] if name != dataset.count]
    lines = [[row[name] for name in header] for row in rows for _ in range(int(row["n"]))]
    (tmp_path / "expanded.csv").write_bytes(datasets.to_csv(header, lines))
    (tmp_path / "counted.csv").write_bytes(dataset.make())

    def report(path, *arguments):
        out = tables.run(["audit", str(tmp_path / path), "--label", dataset.label, "--score",
                          dataset.score, "--threshold", "5", "--by", "race", "--by", "sex",
                          "--metrics", "accuracy,f1,roc_auc,ks_separation,mean(decile_score),"
                          "quantile(decile_score, 0.9)", "--format", "json", *arguments])
        return {name: out[name] for name in ("overall", "slices", "between")}

    assert len(lines) == 7214
    assert report("counted.csv", "--count", "n") == report("expanded.csv")


def test_null_and_no_value_are_not_taken_for_zero():
    """The comparison itself can fail."""
    assert tables.distance("accuracy", None, 0.0) == float("inf")
    assert tables.distance("accuracy", 0.0, None) == float("inf")
    assert tables.distance("accuracy", 0.5, 0.5 + 1e-8) > tables.tolerance("accuracy")
    assert tables.distance("sum(x)", 1e9 + 1, 1e9) < tables.tolerance("sum(x)")


# What docs/conventions.md says of the program: rows of label and score (and of more, as the header
# says), a measure, its value, and a word of the reason when it has none. The threshold is 0.5.
NONE_YES = "0,0.1 1,0.2 0,0.3"
CONVENTIONS = {
    "no predicted positive": (NONE_YES, "precision", None, "no predicted positives"),
    "no predicted positive, discovered": (NONE_YES, "false_discovery_rate", None, "positives"),
    "no predicted negative": ("0,0.6 1,0.7", "false_omission_rate", None, "predicted negatives"),
    "no positive": ("0,0.1 0,0.9", "true_positive_rate", None, "no labelled positives"),
    "no negative": ("1,0.1 1,0.9", "false_positive_rate", None, "no labelled negatives"),
    "f1 of nothing": ("0,0.1 0,0.2", "f1", None, "no labelled positives"),
    "f1 without a positive but wrong": ("0,0.1 0,0.9", "f1", 0, ""),
    "f1 without a yes but wrong": (NONE_YES, "f1", 0, ""),
    "one class, balanced": ("0,0.1 0,0.9", "balanced_accuracy", None, "no labelled positives"),
    "an empty margin": ("0,0.1 0,0.9", "matthews_corrcoef", None, "no labelled positives"),
    "an empty margin of predictions": (NONE_YES, "matthews_corrcoef", None, "predicted positives"),
    "one class, ranked": ("0,0.1 0,0.9", "roc_auc", None, "no labelled positives"),
    "no positive to be precise about": ("0,0.1 0,0.9", "average_precision", None, "positives"),
    "no negative in the way": ("1,0.1 1,0.9", "average_precision", 1, ""),
    "ties in the ranking": ("0,0.5 1,0.5 0,0.5 1,0.5", "roc_auc", 0.5, ""),
    "ties are one threshold": ("0,0.5 1,0.5 0,0.5 1,0.5", "average_precision", 0.5, ""),
    "steps and not trapezoids":
        ("0,0.1 1,0.4 0,0.45 1,0.8 0,0.9", "average_precision", 0.5, ""),
    "a probability of 0 for what happened":
        ("1,0 1,0", "log_loss", 52 * math.log(2), ""),
    "log loss of one label":
        ("0,0.5 0,0.25", "log_loss", (math.log(2) + math.log(4 / 3)) / 2, ""),
    "no probabilities": ("0,0.5 1,1.5", "brier_score", None, "not probabilities"),
    "a score on the threshold": ("1,0.5 0,0.4", "accuracy", 1, ""),
    "an unlabelled row is selected": (",0.9 1,0.1", "selection_rate", 0.5, ""),
    "an unlabelled row is not right or wrong": (",0.9 1,0.9", "accuracy", 1, ""),
    "an unscored row has a label": ("1, 0,0.9", "base_rate", 0.5, ""),
    "one loss has no spread": ("1,0.5", "brier_score", None, "only one value"),
    "a mean of one value": ("c,label,score 3,0,0.1", "mean(c)", None, "only one value"),
    "a mean of one 1": ("c,label,score 1,0,0.1", "mean(c)", 1, ""),
    "gaps are left out": ("c,label,score 3,0,0.1 ,1,0.9 5,1,0.2", "mean(c)", 4, ""),
    "a quantile is a value that occurred":
        ("c,label,score 1,0,0.1 2,0,0.1 3,0,0.1 4,0,0.1", "quantile(c, 0.5)", 2, ""),
    "a row of weight 0 is none": ("w,label,score 0,0,0.1 2,1,0.9 1,1,0.1", "count", 2, ""),
}


def measure(folder, rows, name):
    """One measure of a few rows, written with blanks for line ends."""
    lines = rows.split(" ")
    header = lines.pop(0) if "label" in lines[0] else "label,score"
    (folder / "rows.csv").write_text("\n".join([header, *lines]) + "\n")
    weight = ["--weight", "w"] if header.startswith("w,") else []
    return tables.run(["audit", str(folder / "rows.csv"), "--label", "label", "--score", "score",
                       "--metrics", name, "--smallest", "1", "--format", "json", *weight])


@pytest.mark.parametrize("case", CONVENTIONS)
def test_the_conventions_of_the_manual(case, tmp_path):
    rows, name, value, reason = CONVENTIONS[case]
    (found,) = measure(tmp_path, rows, name)["overall"]["measures"].values()
    assert found["value"] == (value if value is None else pytest.approx(value, abs=1e-12))
    assert found["status"] == ("undefined" if value is None else "ok")
    assert reason in found.get("reason", "")


def between(folder, rows, name):
    """Difference and ratio over the groups of the column g."""
    (folder / "groups.csv").write_text("\n".join(["g,label,score", *rows.split(" ")]) + "\n")
    out = tables.run(["audit", str(folder / "groups.csv"), "--label", "label", "--score", "score",
                      "--by", "g", "--metrics", name, "--smallest", "1", "--format", "json"])
    (one,) = out["between"]
    return one["difference"]["value"], one["ratio"]["value"], out["slices"]


def test_a_group_without_a_value_is_listed_and_not_compared(tmp_path):
    difference, _, slices = between(
        tmp_path, "x,0,0.1 x,0,0.9 y,1,0.9 y,1,0.1 z,1,0.9", "true_positive_rate")
    assert difference == 0.5
    assert [one["slice"]["g"] for one in slices] == ["x", "y", "z"]
    assert slices[0]["measures"]["true_positive_rate"]["status"] == "undefined"


@pytest.mark.parametrize("rows, name", [
    ("x,0,0.1 x,1,0.1 y,0,0.1 y,1,0.1", "selection_rate"),  # 0 and 0
    ("x,0,0.1 x,1,0.9 y,0,0.9 y,1,0.1", "matthews_corrcoef"),  # 1 and -1
])  # fmt: skip
def test_a_ratio_of_nothing_or_of_what_is_negative_has_no_value(rows, name, tmp_path):
    assert between(tmp_path, rows, name)[1] is None


def test_a_missing_group_is_a_group(tmp_path):
    _, _, slices = between(tmp_path, "x,0,0.1 ,1,0.9 ,1,0.1", "count")
    assert [(one["slice"]["g"], one["n"]) for one in slices] == [("x", 1), ("(missing)", 2)]


def test_probabilities_are_so_in_every_slice_or_in_none(tmp_path):
    _, _, slices = between(tmp_path, "low,0,1 low,1,1 high,0,9 high,1,7", "log_loss")
    assert len(slices) == 2
    assert all(one["measures"]["log_loss"]["value"] is None for one in slices)


def program_measures(kind):
    run = subprocess.run([tables.PROGRAM, "measures", "--format", kind], capture_output=True,
                         text=True, check=True)
    return run.stdout


# Measures that need more than these tables hold, and the test that has figures for them.
ELSEWHERE = {
    "corrected_rate": "test_corrected.py",
    "multicalibration_error": "test_calibration.py",
    "conditional_demographic_disparity": "test_disparity.py",
    "conditional_demographic_disparity_in_labels": "test_disparity.py",
    "treatment_equality": "test_fairness_measures.py",
    "average_odds": "test_fairness_measures.py",
    "scoring_rate": "test_fairness_measures.py",
    "generalized_entropy": "test_fairness_measures.py",
    "theil_index": "test_fairness_measures.py",
    "ratio": "test_ratio.py",
    "consistency": "test_consistency.py",
    **dict.fromkeys(("mae", "mse", "rmse", "mape", "mean_error", "r2", "within", "mean_label",
                     "mean_prediction"), "test_regression.py"),
}


def test_every_measure_of_the_program_is_in_a_table():
    compared = {re.sub(r"\(.*", "", name) for dataset in datasets.ALL for name in dataset.measures}
    for path in (ROOT / "tests" / "reference" / "classes").glob("*.json"):
        figures = json.loads(path.read_text())["figures"]["overall"]
        compared |= {re.sub(r"\(.*", "", name) for name in figures}
    ranking = json.loads((ROOT / "tests" / "reference" / "ranking" / "tied.json").read_text())
    compared |= {re.sub(r"@.*", "", name) for name in ranking["plain"]["overall"]}
    names = {re.sub(r"[(@].*", "", one["name"]) for one in json.loads(program_measures("json"))}
    assert len(names) > 25
    assert names == compared | ELSEWHERE.keys() and not compared & ELSEWHERE.keys()
    for name, test in ELSEWHERE.items():
        assert name in (Path(__file__).parent / test).read_text()


def test_the_table_of_measures_in_the_manual_is_that_of_the_program():
    text = (ROOT / "docs" / "statistics.md").read_text()
    section = re.search(r"^## Measures\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    assert section, "docs/statistics.md has no section `## Measures`"
    shown = [line for line in section.group(1).splitlines() if line.startswith("|")]
    assert shown == program_measures("markdown").splitlines(), (
        "put the output of `plimsoll measures --format markdown` there")
