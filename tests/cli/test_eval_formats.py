"""Suites of evals in every format: what build servers, pull requests and spreadsheets read."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import pytest

LINE = """
plimsoll: 1
feature: capitals
title: Capitals
owner: team@example.org
risk: {severity: low, reversibility: full, users: general, scale: 10/day}
evals:
  golden:
    cases: cases.jsonl
    columns: {id: id, input: question, expected: answer}
    output: {column: output}
    scorers: [{scorer: exact}]
    segments: {language: language}
    failures: 50%
    limits:
      - {metric: rate(exact), min: 0.95}
      - {metric: rate(exact), min: 0.2, by: language}
"""


@pytest.fixture
def suite(run):
    rows = [
        {"id": f"c{i}", "question": "?", "answer": "a", "output": "<b> & \"c\"" if i % 4 == 0 else "a", "language": "=en" if i % 2 else "hi"}
        for i in range(200)
    ]
    rows[1]["output"] = None
    (run.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run.folder / "plimsoll.yaml").write_text(LINE)
    return run


def test_junit_has_a_case_for_each_limit(suite):
    result = suite("eval", "--format", "junit")
    root = ElementTree.fromstring(result.stdout)
    cases = root.findall("./testsuite/testcase")

    assert result.returncode == 1
    assert root[0].attrib == {"name": "golden", "tests": "2", "failures": "1"}
    assert [case.find("failure") is not None for case in cases] == [True, False]
    assert cases[0].find("failure").attrib["type"] == "breach"


def test_sarif_names_rules_places_and_failed_cases(suite):
    result = json.loads(suite("eval", "--format", "sarif").stdout)
    run = result["runs"][0]
    levels = [entry["level"] for entry in run["results"]]

    assert result["version"] == "2.1.0" and run["tool"]["driver"]["name"] == "plimsoll"
    assert levels.count("error") == 1 and levels.count("note") == 51
    crossed = run["results"][0]
    assert crossed["ruleId"] == "limit-crossed"
    assert crossed["locations"][0]["physicalLocation"]["region"]["startLine"] == 16
    assert all(run["tool"]["driver"]["rules"][entry["ruleIndex"]]["id"] == entry["ruleId"] for entry in run["results"])
    assert {entry["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for entry in run["results"]} == {
        "plimsoll.yaml", "cases.jsonl",
    }  # fmt: skip


def test_csv_has_a_row_for_each_measure_and_slice_and_no_formula(suite):
    rows = list(csv.DictReader(io.StringIO(suite("eval", "--format", "csv").stdout)))
    figures = {(row["measure"], row["slice"]): row for row in rows}

    assert figures["rate(exact)", "overall"]["n"] == "199"
    assert float(figures["rate(exact)", "language=hi"]["value"]) == 0.5
    assert float(figures["rate(exact)", "language==en"]["low"]) < 1
    assert all(not row["slice"].startswith("=") for row in rows)


def test_markdown_is_a_comment_for_a_pull_request(suite):
    text = suite("eval", "--format", "markdown").stdout

    assert text.startswith("# Evals: Capitals\n\n## ✕ golden: breach")
    assert "| Measure | Value | Interval | n |" in text


def test_text_shows_a_few_of_what_failed(suite):
    text = suite("eval").stdout

    assert "Failed\n" in text and "· c0, exact:" in text and "· c1, no output:" in text
    assert "more; all in .plimsoll/evals/golden/" in " ".join(text.split())


def test_json_is_as_its_schema_says(suite, schema):
    schema("eval.schema.json", json.loads(suite("eval", "--json").stdout))
