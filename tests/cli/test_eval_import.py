"""Failures in production become golden cases, once."""

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
    cases: golden/*.jsonl
    columns: {id: id, input: question, expected: answer}
    output: {column: output}
    scorers:
      - {scorer: exact}
    segments: {language: language}
    limits:
      - {metric: rate(exact), min: 0.1}
"""

DECISIONS = [
    {"id": "007", "text": "What is the capital of Peru?", "right": "Lima", "stars": 1, "language": "en", "email": "a@example.org"},
    {"id": "008", "text": "Is Oslo in Norway?", "right": "yes", "stars": 5, "language": "en", "email": "b@example.org"},
    {"id": "009", "text": " what is the  CAPITAL of peru? ", "right": "Lima", "stars": 1, "language": "en", "email": "c@example.org"},
    {"id": "010", "text": "Known already?", "right": "no", "stars": 2, "language": "hi", "email": "d@example.org"},
    {"id": "011", "text": "", "right": "no", "stars": 1, "language": "hi", "email": "e@example.org"},
    {"id": "012", "text": "New one", "right": None, "stars": 2, "language": "hi", "email": "f@example.org"},
]


@pytest.fixture
def suite(run):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    (run.folder / "golden").mkdir()
    (run.folder / "golden" / "old.jsonl").write_text(json.dumps({"id": "a", "question": "known ALREADY?", "output": "x"}) + "\n")
    (run.folder / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in DECISIONS))
    return run


def take(run, file="d.jsonl", *more, where=("stars <= 2",)):
    conditions = [word for condition in where for word in ("--where", condition)]
    return run(
        "eval", "import", file, "--suite", "golden", "-o", "golden/new.jsonl",
        "--input", "text", "--expected", "right", *conditions, *more,
    )


def new_cases(run):
    return [json.loads(line) for line in (run.folder / "golden" / "new.jsonl").read_text().splitlines()]


def test_bad_answers_become_cases_without_what_the_suite_has(suite):
    result = take(suite)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "5 rows selected: 2 new, 2 duplicates, 1 skipped.",
        "1 cases in golden/new.jsonl have no right answer yet.",
    ]
    rows = new_cases(suite)
    stamps = [row["origin"].pop("imported_ms") for row in rows]
    assert all(stamp > 1.6e12 for stamp in stamps)
    assert rows[0] == {
        "id": "007", "question": "What is the capital of Peru?", "answer": "Lima", "language": "en",
        "origin": {"file": "d.jsonl", "id": "007"},
    }
    assert [row["id"] for row in rows] == ["007", "012"] and "answer" not in rows[1]


def test_all_conditions_must_hold_and_a_comment_ends_with_its_line(suite):
    assert take(suite, where=("stars <= 2 -- bad", "language = 'hi'")).returncode == 0
    assert [row["id"] for row in new_cases(suite)] == ["012"]


def test_csv_keeps_ids_as_they_stand_there(suite):
    names = list(DECISIONS[0])
    lines = [",".join(names), *(",".join(str(row[name] or "") for name in names) for row in DECISIONS)]
    (suite.folder / "d.csv").write_text("\n".join(lines) + "\n")
    assert take(suite, "d.csv").returncode == 0
    assert [row["id"] for row in new_cases(suite)] == ["007", "012"]


def test_the_cases_can_be_run(suite):
    take(suite)
    result = suite("eval", "--json")
    assert result.returncode in (0, 1) and json.loads(result.stdout)["suites"][0]["run"]["outputs"] == 3


def test_nothing_is_overwritten_and_nothing_new_writes_nothing(suite):
    assert take(suite).returncode == 0
    before = (suite.folder / "golden" / "new.jsonl").read_bytes()
    again = take(suite)
    assert again.returncode == 2 and "nothing is overwritten" in again.stderr
    assert (suite.folder / "golden" / "new.jsonl").read_bytes() == before
    third = suite("eval", "import", "d.jsonl", "-o", "golden/third.jsonl", "--input", "text", "--where", "stars <= 2")
    assert third.returncode == 1 and "0 new, 4 duplicates, 1 skipped" in third.stdout
    assert not (suite.folder / "golden" / "third.jsonl").exists()


def test_a_suite_without_cases_gets_its_first_and_ids_are_made(suite):
    (suite.folder / "golden" / "old.jsonl").unlink()
    (suite.folder / "d.jsonl").write_text('{"question": "Why?", "bad": true}\n{"question": "WHY?", "bad": true}\n')
    text = suite.good("eval", "import", "d.jsonl", "-o", "golden/new.jsonl", "--where", "bad")
    assert "1 new, 1 duplicates" in text
    assert new_cases(suite)[0]["id"].startswith("import-")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--where", "stars < 3"], "-o is needed"),
        (["-o", "n.jsonl"], "--where is needed"),
        (["-o", "n.jsonl", "--where", "stars < 3"], "has no column `question`"),
        (["-o", "n.jsonl", "--where", "stars < 3", "--input", "txt"], "did you mean `text`?"),
        (["-o", "n.jsonl", "--where", "sterne < 3", "--input", "text"], "--where"),
        (["-o", "n.jsonl", "--where", "1) OR (1", "--input", "text", "--expected", "wrong"], "has no column `wrong`"),
        (["-o", "n.jsonl", "--where", "stars < 3", "--suite", "gold"], "has no suite `gold`"),
    ],
)
def test_what_is_missing_is_said(suite, arguments, message):
    assert message in suite.fails("eval", "import", "d.jsonl", *arguments)
    assert not (suite.folder / "n.jsonl").exists()


def test_eval_itself_is_still_a_command(suite):
    assert suite.good("eval", "--help").startswith("plimsoll eval [OPTION…]")
    assert suite.good("eval", "import", "--help").startswith("plimsoll eval import [OPTION…]")
    assert suite.good("help", "eval", "rate").startswith("plimsoll eval rate [OPTION…]")
