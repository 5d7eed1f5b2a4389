"""The figures of the program against tables that other libraries made: tests/reference says how.

The tables are of the same rows, by their hash: `script/reference --write` makes them anew.
"""

import json
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


def program_measures(kind):
    run = subprocess.run([tables.PROGRAM, "measures", "--format", kind], capture_output=True,
                         text=True, check=True)
    return run.stdout


def test_every_measure_of_the_program_is_in_a_table():
    compared = {re.sub(r"\(.*", "", name) for dataset in datasets.ALL for name in dataset.measures}
    names = {re.sub(r"\(.*", "", one["name"]) for one in json.loads(program_measures("json"))}
    assert len(names) > 25
    assert names == compared


def test_the_table_of_measures_in_the_manual_is_that_of_the_program():
    text = (ROOT / "docs" / "statistics.md").read_text()
    section = re.search(r"^## Measures\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    assert section, "docs/statistics.md has no section `## Measures`"
    shown = [line for line in section.group(1).splitlines() if line.startswith("|")]
    assert shown == program_measures("markdown").splitlines(), (
        "put the output of `plimsoll measures --format markdown` there")
