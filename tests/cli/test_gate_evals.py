"""The gate and the suites of its line: the newest complete run of each counts, and without one it holds."""

import json

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
    scorers:
      - {scorer: exact}
    limits:
      - {metric: rate(exact), min: 0.8}
"""


@pytest.fixture
def capitals(run):
    def write(right=190, count=200, line=LINE):
        rows = [{"id": i, "question": "?", "answer": "a", "output": "a" if i < right else "b"} for i in range(count)]
        (run.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (run.folder / "plimsoll.yaml").write_text(line)
        return run

    return write


def reasons(result, kind):
    return [reason["text"] for reason in result["reasons"] if reason["kind"] == kind]


def test_without_a_run_the_gate_holds_and_says_what_to_run(capitals):
    result = capitals().json("gate", "--json", code=1)

    assert result["verdict"] == "hold"
    assert reasons(result, "need") == [
        "Evals, golden: there is no complete run of the suite as it stands; run `plimsoll eval --suite golden`."
    ]


def test_a_line_of_evals_alone_ships_by_its_runs(capitals):
    run = capitals()
    run.good("eval")
    result = run.json("gate", "--json")

    assert result["verdict"] == "ship_with_monitoring" and result["findings"] == []
    assert result["evals"][0]["suite"] == "golden" and result["evals"][0]["state"] == "clear"
    assert "the suite of evals is clear" in run.good("gate")


def test_a_crossed_suite_is_no_ship_with_its_sentence(capitals):
    run = capitals(right=100)
    assert run("eval").returncode == 1
    result = run.json("gate", "--json", code=1)

    assert result["verdict"] == "no_ship"
    assert reasons(result, "breach")[0].startswith("Evals, golden: rate(exact) is 50.0 % for all decisions")


@pytest.mark.parametrize(
    "change",
    [
        lambda run: (run.folder / "cases.jsonl").open("a").write('{"id": "new", "answer": "a", "output": "a"}\n'),
        lambda run: (run.folder / "plimsoll.yaml").write_text(LINE.replace("{scorer: exact}", "{scorer: exact, invert: true}")),
    ],
)
def test_a_run_of_another_state_of_the_suite_does_not_count(capitals, change):
    run = capitals()
    run.good("eval")
    assert run.json("gate", "--json")["verdict"] == "ship_with_monitoring"
    change(run)
    assert run.json("gate", "--json", code=1)["verdict"] == "hold"


def test_other_limits_judge_the_same_run(capitals):
    run = capitals()
    run.good("eval")
    (run.folder / "plimsoll.yaml").write_text(LINE.replace("min: 0.8", "min: 0.99"))

    assert run.json("gate", "--json", code=1)["verdict"] == "no_ship"


@pytest.mark.parametrize("arguments", [["--limit", "100"], ["--no-record"]])
def test_runs_of_a_part_or_off_the_record_do_not_count(capitals, arguments):
    run = capitals()
    run.good("eval", *arguments)

    assert run.json("gate", "--json", code=1)["verdict"] == "hold"


def test_the_verdict_on_the_record_names_the_run(capitals):
    run = capitals()
    run.good("eval")
    run.good("gate")
    segment = next((run.folder / ".plimsoll" / "ledger").glob("segment-*.jsonl")).read_text()
    hashes = [
        json.loads(path.read_text())["results_hash"]
        for path in (run.folder / ".plimsoll" / "evals" / "golden").glob("*/run.json")
    ]

    assert segment.count(hashes[0]) == 2


def test_data_and_evals_are_judged_together(capitals, run):
    line = LINE + (
        "data: {decisions: d.csv, columns: {label: y, prediction: p}}\n"
        "limits: [{metric: accuracy, min: 0.5}]\n"
    )
    capitals(right=100, line=line)
    (run.folder / "d.csv").write_text("y,p\n" + "1,1\n0,0\n" * 200)
    run("eval")
    result = run.json("gate", "--json", code=1)

    assert [finding["state"] for finding in result["findings"]] == ["clear"]
    assert result["verdict"] == "no_ship"


def test_a_suite_that_compares_groups_is_a_bias_audit(capitals):
    risky = LINE.replace("severity: low", "severity: medium").replace(
        "    limits:\n", "    segments: {group: question}\n    limits:\n"
    )
    run = capitals(line=risky)
    run.good("eval")
    assert run.json("gate", "--json", code=1)["verdict"] == "human_in_the_loop"
    rows = [{"id": i, "question": "ab"[i % 2], "answer": "a", "output": "a" if i % 20 > 1 else "b"} for i in range(2000)]
    (run.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (run.folder / "plimsoll.yaml").write_text(risky + "      - {metric: rate(exact), max_difference: 0.1, by: group}\n")
    run.good("eval")
    assert run.json("gate", "--json")["verdict"] == "ship_with_monitoring"
