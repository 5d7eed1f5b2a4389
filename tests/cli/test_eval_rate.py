"""People rate outputs: at a prompt, in sheets, blind and in their own order; and how far they agree."""

import csv
import json
import subprocess

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
      - {metric: rate(exact), min: 0.1}
"""

COUNT = 20


@pytest.fixture
def rated(run):
    """A line with one run of twenty outputs."""
    (run.folder / "plimsoll.yaml").write_text(LINE)
    rows = [
        {"id": f"c{i}", "question": f"Question {i}?", "answer": "a", "output": "a" if i % 2 else f"=1+{i}, \"so\"\nline two"}
        for i in range(COUNT)
    ]
    (run.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("eval")
    return run


def session(run, answers, *arguments, rater="ada"):
    result = subprocess.run(
        run.command("eval", "rate", "--rater", rater, *arguments),
        cwd=run.folder, env=run.environment(), input=answers, capture_output=True, text=True, timeout=60, check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def ratings(run):
    path = run.folder / ".plimsoll" / "evals" / "golden" / "ratings.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def asked(text):
    return [line.strip() for line in text.splitlines() if line.strip().startswith("Question ")]


def test_what_is_rated_is_kept_at_once_and_not_shown_again(rated):
    first = session(rated, "p\nf\nx\ns\nq\n")
    rows = ratings(rated)
    assert [row["rating"] for row in rows] == ["pass", "fail"]
    assert all(row["rater"] == "ada" and len(row["output_hash"]) == 64 and row["run"] for row in rows)
    assert "2 rated now, 18 of 20 left" in first and "That is no answer." in first
    again = session(rated, "p\n" * COUNT)
    assert not set(asked(again)) & set(asked(first)[:2])
    assert len(ratings(rated)) == COUNT
    assert len({(row["id"], row["repeat"]) for row in ratings(rated)}) == COUNT


def test_the_rater_sees_no_score_and_no_right_answer(rated):
    text = session(rated, "s\n" * COUNT)
    assert len(asked(text)) == COUNT
    for word in ("exact", "score", "expected", "missing"):
        assert word not in text


def test_back_shows_the_one_before_and_the_later_rating_counts(rated):
    text = session(rated, "p\nb\nf\nq\n")
    rows = ratings(rated)
    assert asked(text)[0] == asked(text)[2] and "1 rated now" in text
    assert [row["rating"] for row in rows] == ["pass", "fail"] and rows[0]["id"] == rows[1]["id"]
    report = rated.json("eval", "rate", "--agreement", "--json")
    assert report["raters"] == [{"rater": "ada", "rated": 1, "passed": 0}]


def test_raters_share_a_sample_and_not_its_order(rated):
    ada = asked(session(rated, "s\n" * 10, "--sample", "10"))
    bob = asked(session(rated, "s\n" * 10, "--sample", "10", rater="bob"))
    again = asked(session(rated, "s\n" * 10, "--sample", "10"))
    assert len(ada) == 10 and sorted(ada) == sorted(bob) and ada != bob and ada == again
    assert sorted(asked(session(rated, "s\n" * 10, "--sample", "10", "--seed", "7"))) != sorted(ada)


def export(run, name="sheet.csv", *arguments):
    run.good("eval", "rate", "--rater", "ada", "--export", name, *arguments)
    with open(run.folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fill(run, rows, name="filled.csv"):
    with open(run.folder / name, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return name


def test_a_sheet_goes_out_blind_and_comes_back(rated):
    rows = export(rated)
    assert list(rows[0]) == ["id", "repeat", "input", "output", "rating"] and len(rows) == COUNT
    assert [row["id"] for row in rows] != [f"c{i}" for i in range(COUNT)]
    assert all(not row["output"].startswith("=") for row in rows)
    assert any(row["output"].startswith("'=1+") for row in rows)
    for row in rows[:5]:
        row["rating"] = "pass"
    text = rated.good("eval", "rate", "--rater", "ada", "--import", fill(rated, rows))
    assert text == "5 ratings taken, 15 rows without one\n"
    assert {row["id"] for row in ratings(rated)} == {row["id"] for row in rows[:5]}
    assert len(export(rated, "rest.csv")) == 15
    assert "rest.csv" in rated.fails("eval", "rate", "--rater", "ada", "--export", "rest.csv")


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda rows: rows[1].update(id="nobody"), "filled.csv:4: run "),
        (lambda rows: rows[1].update(rating="great"), "the rating `great` is neither pass nor fail"),
        (lambda rows: rows[1].update(id=rows[0]["id"]), "stands in line 2"),
        (lambda rows: rows[1].update(output="other"), "is another one in run"),
    ],
)
def test_a_sheet_with_a_fault_is_not_taken_at_all(rated, change, message):
    rows = sorted(export(rated), key=lambda row: "\n" not in row["output"])
    rows = [rows[0], *[row for row in rows[1:] if "\n" not in row["output"]]]
    for row in rows:
        row["rating"] = "p"
    change(rows)
    error = rated.fails("eval", "rate", "--rater", "ada", "--import", fill(rated, rows))
    assert message in error and "filled.csv:4: " in error
    assert not ratings(rated)


@pytest.mark.parametrize(
    "text, message",
    [
        ('id,repeat,output,rating\na,1,"open', "bad.csv:2: the quotation mark of a cell is not closed"),
        ('id,repeat,output,rating\na,1,x"y,p\n', "bad.csv:2: a quotation mark in a cell that does not begin with one"),
        ('id,repeat,output,rating\n"a"b,1,x,p\n', "bad.csv:2: text behind the closing quotation mark"),
        ("id,repeat,output,rating\na,1,x\n", "bad.csv:2: the row has 3 cells, and the first row has 4"),
        ("id;repeat;output;rating\n", "bad.csv:1: the sheet has no column `id`"),
        ("", "bad.csv is empty"),
    ],
)
def test_what_is_no_sheet_is_refused_with_its_line(rated, text, message):
    (rated.folder / "bad.csv").write_text(text)
    assert message in rated.fails("eval", "rate", "--rater", "ada", "--import", "bad.csv")


def test_agreement_is_that_of_the_textbook(rated):
    """2 x 2 counts 8, 2, 3, 7: kappa = (0.75 - 0.5) / 0.5 = 0.5."""
    rows = sorted(export(rated), key=lambda row: row["id"])
    first = ["pass"] * 10 + ["fail"] * 10
    second = ["pass"] * 8 + ["fail"] * 2 + ["pass"] * 3 + ["fail"] * 7
    for rater, given in (("ada", first), ("bob", second)):
        filled = [dict(row, rating=rating) for row, rating in zip(rows, given, strict=True)]
        rated.good("eval", "rate", "--rater", rater, "--import", fill(rated, filled))
    report = rated.json("eval", "rate", "--agreement", "--json")
    pair = report["pairs"][0]
    assert report["outputs"] == 20 and report["rated_twice"] == 20
    assert pair["agreement"]["value"] == 0.75
    assert pair["cohen_kappa"]["value"] == pytest.approx(0.5)
    assert pair["cohen_kappa"]["low"] < 0.5 < pair["cohen_kappa"]["high"]
    # Of 40 ratings 21 are pass: expected disagreement 2 * 21 * 19 / (40 * 39), observed 1/4.
    assert report["krippendorff_alpha"]["value"] == pytest.approx(1 - 0.25 / (2 * 21 * 19 / (40 * 39)))
    text = rated.good("eval", "rate", "--agreement")
    assert "ada and bob, 20 outputs" in text and "Cohen's kappa" in text and "0.500" in text


def test_one_rater_agrees_with_nobody(rated):
    session(rated, "p\nf\nq\n")
    report = rated.json("eval", "rate", "--agreement", "--json")
    assert report["pairs"] == [] and report["krippendorff_alpha"]["status"] == "undefined"


def test_a_scale_takes_its_marks_and_no_others(rated):
    scale = "\n      - {scorer: judge, name: tone, model: m, rubric: tone.txt, form: scale, scale: 5, min: 3}\n    limits:"
    models = "models:\n  m: {endpoint: \"http://127.0.0.1:9/v1\", model: m}\n"
    (rated.folder / "tone.txt").write_text("How is {{output}}?")
    (rated.folder / "plimsoll.yaml").write_text(LINE.replace("evals:\n", models + "evals:\n").replace("\n    limits:", scale))
    text = session(rated, "6\n0\np\n4\nq\n")
    assert "1 to 5, s skip" in text and text.count("That is no answer.") == 3
    assert [(row["rating"], row["scorer"]) for row in ratings(rated)] == [(4, "tone")]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--suite", "goldn"], "did you mean `golden`?"),
        (["--scorer", "none"], "has no scorer `none`"),
        (["--run", "20000101T000000Z"], "20000101T000000Z"),
        (["--agreement"], "nobody has rated"),
        (["--agreement", "--export", "x.csv"], "only one of"),
        (["--import", "x.csv"], "--rater is needed"),
    ],
)
def test_what_is_not_there_is_said(rated, arguments, message):
    assert message in rated.fails("eval", "rate", *arguments, env={"USER": "ada"})


def test_without_a_run_there_is_nothing_to_rate(run):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    (run.folder / "cases.jsonl").write_text("")
    assert "has no complete run" in run.fails("eval", "rate", "--rater", "ada")
