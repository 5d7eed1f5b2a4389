"""Runs compared case by case, repeats, and the public data whose answers are known."""

import csv
import gzip
import json
import math
import pathlib

import pytest

DATA = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "data"

LINE = """
plimsoll: 1
feature: systems
title: Systems
owner: team@example.org
risk: {risk}
evals:
{suites}
"""

RISK = "{severity: low, reversibility: full, users: general, scale: 10/day}"


def needs(*parts):
    path = DATA.joinpath(*parts)
    return pytest.mark.skipif(not path.exists(), reason=f"{'/'.join(parts)} is not there")


def write(run, suites, rows):
    (run.folder / "plimsoll.yaml").write_text(LINE.format(risk=RISK, suites=suites))
    (run.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


SYSTEMS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]


@pytest.fixture
def gsm8k(run):
    suites = "".join(
        f"""  {name}:
    cases: cases.jsonl
    columns: {{input: question, expected: ground_truth}}
    output: {{column: {name}.solution}}
    scorers: [{{scorer: numeric, name: right}}, {{scorer: bleu}}]
"""
        for name in SYSTEMS
    )
    with gzip.open(DATA / "gsm8k" / "example_model_solutions.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    write(run, suites, rows)
    return run, rows


@needs("gsm8k", "example_model_solutions.jsonl.gz")
def test_the_four_systems_of_gsm8k_rank_as_published(gsm8k):
    run, rows = gsm8k
    result = run.json("eval", "--json")
    right = {s["suite"]: s["overall"]["measures"]["rate(right)"] for s in result["suites"]}
    published = {name: sum(row[name]["is_correct"] for row in rows) for name in SYSTEMS}

    assert {name: round(figure["value"] * 1319) for name, figure in right.items()} == published
    assert sorted(right, key=lambda name: right[name]["value"]) == sorted(published, key=published.get)


@needs("gsm8k", "example_model_solutions.jsonl.gz")
def test_what_bleu_prefers_is_less_often_right(gsm8k):
    run, _ = gsm8k
    run.good("eval", "--suite", "6b_verification")
    suite = run.json("eval", "--suite", "175b_finetuning", "--compare=6b_verification", "--json")["suites"][0]
    right, bleu = suite["comparison"]["scorers"]

    assert (right["change"], bleu["change"]) == ("worse", "improved")
    assert (right["mcnemar"]["only_here"], right["mcnemar"]["only_there"]) == (152, 209)
    # scipy.stats.binomtest(152, 361).pvalue
    assert right["mcnemar"]["exact"] == pytest.approx(0.003150656880, abs=1e-11)
    assert round(suite["scorers"][1]["corpus"]["value"], 1) == 34.9


@needs("mmlu")
def test_mmlu_shows_the_unpaired_the_paired_and_the_clustered_error(run):
    rows = []
    for path in sorted((DATA / "mmlu").glob("*.csv.gz")):
        with gzip.open(path, "rt", newline="") as file:
            reader = csv.reader(file)
            next(reader)
            for i, (_, *answers) in enumerate(reader):
                a, b = (answer == "True" for answer in answers[-2:])
                rows.append({"id": f"{path.name}:{i}", "subject": path.name, "a": "1" if a else "0", "b": "1" if b else "0", "one": "1"})
    suites = "".join(
        f"""  {name}:
    cases: cases.jsonl
    columns: {{id: id, expected: one}}
    output: {{column: {name}}}
    group: subject
    scorers: [{{scorer: exact, name: right}}]
"""
        for name in "ab"
    )
    write(run, suites, rows)
    run.good("eval", "--suite", "a")
    suite = run.json("eval", "--suite", "b", "--compare=a", "--json")["suites"][0]
    right = suite["comparison"]["scorers"][0]

    n = len(rows)
    first = [int(row["b"]) for row in rows]
    second = [int(row["a"]) for row in rows]
    differences = [x - y for x, y in zip(first, second)]
    mean = sum(differences) / n

    def variance(values):
        m = sum(values) / n
        return sum((v - m) ** 2 for v in values) / (n - 1)

    totals = {}
    for row, difference in zip(rows, differences):
        totals[row["subject"]] = totals.get(row["subject"], 0.0) + difference - mean
    clusters = len(totals)
    clustered = math.sqrt(clusters / (clusters - 1) * sum(t * t for t in totals.values())) / n
    assert clusters == 17 and n == 2449
    assert right["se_unpaired"] == pytest.approx(math.sqrt((variance(first) + variance(second)) / n), rel=2e-3)
    assert right["se_paired"] == pytest.approx(math.sqrt(variance(differences) / n), rel=2e-3)
    assert right["se_grouped"] == pytest.approx(clustered, rel=1e-9)
    assert right["se_grouped"] > right["se_paired"] > 0
    figure = suite["overall"]["measures"]["rate(right)"]
    assert suite["overall"]["groups"] == 17
    assert figure["high"] - figure["low"] > 2 * (figure["ungrouped"]["high"] - figure["ungrouped"]["low"])


REPEATED = """  dice:
    cases: cases.jsonl
    columns: {id: id, input: q, expected: a}
    output: {command: [python3, dice.py]}
    repeats: 4
    scorers: [{scorer: exact, name: right}]
"""

# Of case N the repeats are told apart by a file that counts, so that the first N of four are right.
DICE = """import pathlib, sys
case = sys.stdin.read().strip()
path = pathlib.Path(f"count-{case}")
count = int(path.read_text()) if path.exists() else 0
path.write_text(str(count + 1))
print("yes" if count < int(case) % 5 else "no")
"""


def test_repeats_say_how_often_at_least_one_and_every_one_passed(run):
    write(run, REPEATED.replace("{command: [python3, dice.py]}", "{command: [python3, dice.py], at_once: 1}"),
          [{"id": i, "q": str(i), "a": "yes"} for i in range(20)])  # fmt: skip
    (run.folder / "dice.py").write_text(DICE)
    suite = run.json("eval", "--json")["suites"][0]
    repeats = suite["repeats"][0]

    assert suite["run"]["outputs"] == 80
    assert repeats["k"] == 4
    assert repeats["pass_at_k"]["value"] == pytest.approx(16 / 20)
    assert repeats["pass_all_k"]["value"] == pytest.approx(4 / 20)
    assert repeats["unanimous"]["value"] == pytest.approx(8 / 20)
    # Four answers of one case are no four cases.
    assert suite["overall"]["groups"] == 20


def test_a_run_is_compared_with_the_one_before_it(run):
    rows = [{"id": i, "q": "?", "a": "x", "o": "x" if i % 2 else "y"} for i in range(200)]
    suites = REPEATED.replace("dice:", "golden:").replace("repeats: 4", "repeats: 1").replace(
        "{command: [python3, dice.py]}", "{column: o}"
    )
    write(run, suites, rows)
    assert "no complete run to compare with" in run("eval", "--compare").stderr
    better = [{**row, "o": "x" if row["id"] % 4 else "y"} for row in rows]
    write(run, suites, better)
    text = run.good("eval", "--compare")
    assert "right improved: 75.0 % against 50.0 %, by 25.0 points" in " ".join(text.split())
    same = run.json("eval", "--compare", "--json")["suites"][0]["comparison"]["scorers"][0]
    assert same["change"] == "no_evidence" and same["p_value"] == 1
