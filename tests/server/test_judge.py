"""Models as judges: what they say, what nobody can read, how they compare with people, and what that is worth."""

import json
import os
import pathlib
import random
import subprocess

import pytest

from model_server import ModelServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))

LINE = """
plimsoll: 1
feature: judged
title: Judged
owner: team@example.org
risk: {{severity: low, reversibility: full, users: general, scale: 10/day}}
models:
  large: {{endpoint: {url}, attempts: 1}}
evals:
  golden:
    cases: cases.jsonl
    columns: {{id: id}}
    output: {{column: output}}
    scorers:
      - {scorer}
{more}
"""


class Project:
    def __init__(self, folder):
        self.folder = folder

    def __call__(self, server, rows, scorer, more="", code=None):
        (self.folder / "plimsoll.yaml").write_text(LINE.format(url=server.url, scorer=scorer, more=more))
        (self.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (self.folder / "rubric.txt").write_text("[system]\nJudge strictly.\n[user]\nAnswer: {{output}}\nNote: {{note}}")
        (self.folder / "pair.txt").write_text("A: {{a}}\nB: {{b}}")
        result = subprocess.run(
            [PROGRAM, "eval", "--json"], cwd=self.folder, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert code is None or result.returncode == code, result.stdout + result.stderr
        return json.loads(result.stdout)["suites"][0]

    def rows(self, name):
        run = sorted((self.folder / ".plimsoll" / "evals" / "golden").iterdir())[-1]
        return [json.loads(line) for line in (run / name).read_text().splitlines()]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def last(body):
    return body["messages"][-1]["content"]


def test_what_a_judge_may_say_and_what_nobody_can_read(project):
    replies = {
        "r0": 'Good. {"verdict": "pass"}',
        "r1": '```json\n{"verdict": "fail"}\n```',
        "r2": "PASS",
        "r3": "It passes, I think.",
        "r4": '{"verdict": "maybe"}',
        "r5": '{"verdict": "pass"',
        "r6": "",
    }
    rows = [{"id": name, "output": name, "note": ""} for name in replies]
    with ModelServer(answer=lambda body: replies[last(body).split()[1]]) as server:
        golden = project(server, rows, "{scorer: judge, name: good, model: large, rubric: rubric.txt}", code=1)
        asked = server.requests[0]["body"]["messages"]

    assert [row["good"] for row in project.rows("results.jsonl")] == [1, 0, 1, None, None, None, None]
    assert golden["scorers"][0]["unparsed"] == 4 and golden["scorers"][0]["scored"] == 3
    assert golden["state"] == "unproven"
    assert "4 of 7 verdicts of `good` cannot be read, and the suite allows 2 %." in golden["shortfalls"]
    assert asked[0] == {"role": "system", "content": "Judge strictly."}
    assert asked[1]["content"].startswith("Answer: r0\nNote:") and '{"verdict": "pass"}' in asked[1]["content"]


def test_votes_need_more_than_half(project):
    said = {"a": ["pass", "pass", "fail"], "b": ["fail", "fail", "junk"], "c": ["pass", "fail", "junk"]}
    rows = [{"id": name, "output": name, "note": ""} for name in said]
    turns = {name: iter(votes) for name, votes in said.items()}
    with ModelServer(answer=lambda body: next(turns[last(body).split()[1]])) as server:
        project(server, rows, "{scorer: judge, name: good, model: large, rubric: rubric.txt, votes: 3}")
        assert len(server.requests) == 9

    results = project.rows("results.jsonl")
    assert [row["good"] for row in results] == [1, 0, None]
    assert results[0]["good.agreement"] == pytest.approx(2 / 3)


def test_marks_are_on_the_scale_or_nothing(project):
    replies = ['{"mark": 5}', '{"mark": 0}', '{"mark": 6}', '{"mark": 2.5}', "3", '{"mark": "4"}']
    rows = [{"id": i, "output": str(i), "note": ""} for i in range(len(replies))]
    with ModelServer(answer=lambda body: replies[int(last(body).split()[1])]) as server:
        project(server, rows, "{scorer: judge, name: mark, model: large, rubric: rubric.txt, form: scale, scale: 5}")

    assert [row["mark"] for row in project.rows("results.jsonl")] == [5, None, None, None, 3, None]


def test_pairs_are_asked_in_both_orders_and_a_favoured_place_shows(project):
    rows = [
        {"id": "better", "output": "long answer", "other": "x"},
        {"id": "worse", "output": "x", "other": "long answer"},
        {"id": "equal", "output": "same", "other": "same"},
    ]

    def longer(body):
        a, b = [line[3:] for line in last(body).splitlines()[:2]]
        return json.dumps({"better": "A" if len(a) >= len(b) else "B"})

    scorer = "{scorer: judge, name: win, model: large, rubric: pair.txt, form: pairwise, against: other}"
    with ModelServer(answer=longer) as server:
        golden = project(server, rows, scorer)
        assert len(server.requests) == 6

    results = project.rows("results.jsonl")
    assert [row["win"] for row in results] == [1, 0, 0.5]
    assert [row["win.consistent"] for row in results] == [1, 1, 0]
    assert golden["overall"]["measures"]["mean(win)"]["value"] == 0.5


def people_and_judge(count, labelled, sensitivity, specificity, share, seed):
    """Cases that people would pass with the given share, judged with the given errors; some are labelled."""
    draw = random.Random(seed)
    for i in range(count):
        good = draw.random() < share
        passes = draw.random() < (sensitivity if good else 1 - specificity)
        human = ("pass" if good else "fail") if i < labelled else None
        yield {"id": i, "output": "pass" if passes else "fail", "note": "", "human": human, "good": good}


SCORER = "{scorer: judge, name: good, model: large, rubric: rubric.txt, human: human}"


def judge_of(body):
    return last(body).split()[1]


def test_a_lenient_judge_is_corrected_by_people(project):
    rows = list(people_and_judge(1000, 300, 0.97, 0.75, 0.70, seed=3))
    with ModelServer(answer=judge_of) as server:
        golden = project(server, rows, SCORER, more="    limits: [{metric: rate(good), min: 0.5}]", code=0)

    measures = golden["overall"]["measures"]
    truth = sum(row["good"] for row in rows) / len(rows)
    labelled = [row for row in rows if row["human"]]
    assert measures["rate(good)"]["value"] > truth + 0.03
    assert measures["corrected_rate"]["low"] < truth < measures["corrected_rate"]["high"]
    assert measures["rate(good)"]["high"] - measures["rate(good)"]["low"] < (
        measures["corrected_rate"]["high"] - measures["corrected_rate"]["low"]
    )
    assert measures["accuracy"]["n"] == 300
    assert measures["accuracy"]["value"] == sum((r["human"] == r["output"]) for r in labelled) / 300
    # The limit on the rate is judged by the corrected share.
    assert golden["findings"][0]["value"] == measures["corrected_rate"]["value"]


def test_kappa_is_that_of_the_table(project):
    rows = list(people_and_judge(400, 400, 0.9, 0.8, 0.6, seed=5))
    with ModelServer(answer=judge_of) as server:
        golden = project(server, rows, SCORER)
    n = len(rows)
    table = [[sum(r["human"] == h and r["output"] == j for r in rows) / n for j in ("fail", "pass")] for h in ("fail", "pass")]
    observed = table[0][0] + table[1][1]
    expected = sum(sum(table[i]) * (table[0][i] + table[1][i]) for i in range(2))

    assert golden["overall"]["measures"]["cohen_kappa"]["value"] == pytest.approx(
        (observed - expected) / (1 - expected), abs=1e-12
    )


def test_a_judge_under_its_bar_clears_nothing(project):
    rows = list(people_and_judge(600, 200, 0.8, 0.4, 0.9, seed=7))
    with ModelServer(answer=judge_of) as server:
        golden = project(server, rows, SCORER, more="    limits: [{metric: rate(good), min: 0.1}]", code=1)

    assert golden["findings"][0]["state"] == "clear" and golden["state"] == "unproven"
    assert "under its bar of 0.60: it can clear nothing" in golden["shortfalls"][0]


def test_a_judge_that_cannot_be_reached_is_no_verdict(project):
    rows = [{"id": i, "output": "x", "note": "fault:status=500"} for i in range(4)]
    with ModelServer() as server:
        golden = project(server, rows, "{scorer: judge, name: good, model: large, rubric: rubric.txt}", code=1)

    assert golden["scorers"][0]["unasked"] == 4 and golden["scorers"][0]["scored"] == 0
    assert "4 of 4 outputs could not be scored by `good`." in golden["shortfalls"]


def test_a_scale_is_measured_by_weighted_kappa_alpha_and_a_corrected_mean(project):
    draw = random.Random(11)
    rows = []
    for i in range(400):
        truth = draw.randint(1, 5)
        judged = min(5, truth + (draw.random() < 0.6))
        rows.append({"id": i, "output": str(judged), "note": "", "human": truth if i < 150 else None, "truth": truth})
    scorer = "{scorer: judge, name: mark, model: large, rubric: rubric.txt, form: scale, scale: 5, human: human}"
    with ModelServer(answer=judge_of) as server:
        golden = project(server, rows, scorer)

    judge = golden["judges"][0]
    truth = sum(row["truth"] for row in rows) / len(rows)
    pairs = [(int(row["output"]), row["human"]) for row in rows if row["human"]]
    n = len(pairs)
    observed = sum((a - b) ** 2 for a, b in pairs) / n
    expected = sum((a - b) ** 2 for a, _ in pairs for _, b in pairs) / n**2
    assert judge["n"] == n == 150
    assert judge["kappa"]["value"] == pytest.approx(1 - observed / expected, abs=1e-12)
    assert judge["agreement"]["value"] == pytest.approx(sum(a == b for a, b in pairs) / n)
    assert golden["overall"]["measures"]["mean(mark)"]["value"] > truth + 0.3
    assert judge["corrected_mean"]["low"] < truth < judge["corrected_mean"]["high"]


def test_a_judge_of_pass_or_fail_shows_its_alpha(project):
    rows = list(people_and_judge(300, 120, 0.9, 0.85, 0.6, seed=9))
    with ModelServer(answer=judge_of) as server:
        golden = project(server, rows, SCORER)
    judge = golden["judges"][0]

    assert judge["n"] == 120
    assert judge["kappa"]["value"] == pytest.approx(golden["overall"]["measures"]["cohen_kappa"]["value"], abs=1e-12)
    # Alpha of two raters on two categories: kappa with the mean of both margins, and a correction for n.
    labelled = [(row["human"] == "pass", row["output"] == "pass") for row in rows if row["human"]]
    ones = sum(a + b for a, b in labelled)
    total = 2 * len(labelled)
    disagreement = sum(a != b for a, b in labelled) * 2 / total
    chance = 2 * ones * (total - ones) / (total * (total - 1))
    assert judge["alpha"]["value"] == pytest.approx(1 - disagreement / chance, abs=1e-12)
