"""Suites of evals against a model server over real sockets: right answers, faults of every kind, stopping and going
on, the record, and what is paid."""

import collections
import json
import os
import pathlib
import signal
import subprocess
import time

import pytest

from model_server import ModelServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))

LINE = """
plimsoll: 1
feature: echo
title: Echo
owner: team@example.org
risk: {{severity: low, reversibility: full, users: general, scale: 10/day}}
models:
  small:
    endpoint: {url}
    key: env:MODELS_KEY
    price: {{input: 1000000, output: 2000000}}
    timeout: {{connect: 5s, first_token: 2s, total: 3s}}
    parameters: {{temperature: 0}}
    attempts: 3
    stream: {stream}
evals:
  golden:
    cases: cases.jsonl
    columns: {{id: id}}
    output: {{model: small}}
    scorers:
      - {{scorer: exact}}
{more}
"""

FAULTS = [
    ("", "done"),
    ("fault:retry-after=1*1", "done"),
    ("fault:retry-after-ms=40*1", "done"),
    ("fault:status=500*2", "done"),
    ("fault:status=500", "server"),
    ("fault:status=400", "rejected"),
    ("fault:truncated", "not_json"),
    ("fault:cut", "cut"),
    ("fault:stall=60", "timeout"),
    ("fault:html", "wrong_type"),
    ("fault:big=10000000", "done"),
    ("fault:reset*1", "done"),
]


class Project:
    def __init__(self, folder):
        self.folder = folder

    def write(self, url, rows, more="", stream="false"):
        (self.folder / "plimsoll.yaml").write_text(LINE.format(url=url, more=more, stream=stream))
        (self.folder / "cases.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def start(self, *arguments):
        environment = {**os.environ, "MODELS_KEY": "test-key-never-printed", "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(
            [PROGRAM, "eval", *arguments], cwd=self.folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *arguments, code=None):
        process = self.start("--json", *arguments)
        out, err = process.communicate(timeout=120)
        assert code is None or process.returncode == code, out + err
        return json.loads(out)["suites"][0] if process.returncode != 2 else err

    def runs(self):
        return sorted((self.folder / ".plimsoll" / "evals" / "golden").iterdir())

    def rows(self, name, run=-1):
        return [json.loads(line) for line in (self.runs()[run] / name).read_text().splitlines()]


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def echo(text, number):
    return {"id": f"c{number}", "input": f"{number} {text}".strip(), "expected": f"{number} {text}".strip()}


@pytest.mark.parametrize("stream", ["false", "true"])
def test_answers_come_in_order_with_their_time_tokens_and_cost(project, stream):
    with ModelServer() as server:
        project.write(server.url, [echo("two words", i) for i in range(40)], stream=stream)
        golden = project(code=0)
        sent = server.requests

    results = project.rows("results.jsonl")
    assert [row["id"] for row in results] == [f"c{i}" for i in range(40)]
    assert golden["overall"]["measures"]["rate(exact)"]["value"] == 1.0
    assert all(row["cost"] == row["input_tokens"] * 1 + row["output_tokens"] * 2 for row in results)
    assert golden["run"]["cost"] == pytest.approx(sum(row["cost"] for row in results), rel=1e-12)
    assert len(sent) == 40 and all(r["body"]["temperature"] == 0 for r in sent)
    assert all(r["headers"]["authorization"] == "Bearer test-key-never-printed" for r in sent)


def test_every_fault_ends_as_an_answer_or_as_a_failure_with_its_reason(project):
    rows = [echo(fault, i) for i, (fault, _) in enumerate(FAULTS)]
    with ModelServer() as server:
        project.write(server.url, rows)
        golden = project(code=1)
        attempts = len(server.requests)

    outputs = project.rows("outputs.jsonl")
    assert [(row["id"], row["end"]) for row in outputs] == [(f"c{i}", end) for i, (_, end) in enumerate(FAULTS)]
    failed = [row for row in outputs if row["end"] != "done"]
    assert all(row["why"] for row in failed)
    assert golden["run"]["done"] + golden["run"]["failed"] == golden["run"]["outputs"] == len(FAULTS)
    assert attempts > len(FAULTS)
    assert "outputs failed" in golden["shortfalls"][0] and golden["state"] == "unproven"


def test_what_was_asked_before_is_not_paid_for_again(project):
    rows = [echo("x", i) for i in range(20)]
    with ModelServer() as server:
        project.write(server.url, rows, more="    repeats: 2")
        first = project(code=0)
        asked = len(server.requests)
        second = project(code=0)
        assert len(server.requests) == asked == 40
        project("--no-cache", code=0)
        assert len(server.requests) == 80
        project.write(server.url, [*rows, echo("new", 99)], more="    repeats: 2")
        third = project(code=0)
        assert len(server.requests) == 82

    assert first["run"]["cost_paid"] == first["run"]["cost"] > 0
    assert second["run"]["cost_paid"] == 0 and second["run"]["cost"] == first["run"]["cost"]
    assert third["run"]["cost_paid"] > 0
    # The time that an answer took is that of the call, not of the record.
    assert project.rows("results.jsonl", run=1) == project.rows("results.jsonl", run=0)


def test_a_replay_needs_no_server_and_gives_the_same_bytes(project):
    rows = [echo(fault, i) for i, (fault, _) in enumerate(FAULTS) if "stall" not in fault]
    with ModelServer() as server:
        project.write(server.url, rows)
        project()
    before = (project.runs()[0] / "results.jsonl").read_bytes()
    for name in ("results.jsonl", "outputs.jsonl"):
        (project.runs()[0] / name).unlink()
    project("--replay")

    assert (project.runs()[0] / "results.jsonl").read_bytes() == before
    assert len(project.runs()) == 1


def test_control_c_stops_cleanly_and_resume_goes_on_without_paying_twice(project):
    rows = [echo("fault:slow-start=0.2", i) for i in range(60)]
    with ModelServer() as server:
        project.write(server.url, rows)
        process = project.start("--json")
        while len(server.requests) < 16:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1, out + err
        stopped = json.loads(out)["suites"][0]
        asked = len(server.requests)
        assert stopped["run"]["state"] == "stopped" and asked < 60
        assert "was stopped before every case was asked" in stopped["shortfalls"][0]
        assert len(project.rows("answers.jsonl")) == asked

        golden = project("--resume", code=0)
        assert golden["run"]["state"] == "complete" and golden["run"]["outputs"] == 60
        assert len(server.requests) == 60
    assert len(project.runs()) == 1


def test_a_run_that_was_killed_loses_no_answer_that_came(project):
    rows = [echo("fault:slow-start=0.2", i) for i in range(40)]
    with ModelServer() as server:
        project.write(server.url, rows)
        process = project.start()
        while len(server.requests) < 20:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        record = project.runs()[0] / "answers.jsonl"
        kept = len(record.read_text().splitlines())
        with record.open("a") as file:
            file.write('{"key":"cut off')
        golden = project("--resume", code=0)
        again = collections.Counter(r["body"]["messages"][0]["content"] for r in server.requests)

    assert golden["run"]["outputs"] == 40 and golden["run"]["failed"] == 0
    assert sum(again.values()) <= 40 + (20 + 8 - kept)


def test_the_key_is_nowhere(project):
    with ModelServer() as server:
        project.write(server.url, [echo("fault:echo-key", 1)])
        process = project.start()
        out, err = process.communicate(timeout=60)

    found = [p for p in project.folder.rglob("*") if p.is_file() and b"never-printed" in p.read_bytes()]
    assert "never-printed" not in out + err and found == []


def test_a_key_that_is_not_set_is_one_clear_error(project, monkeypatch):
    project.write("https://models.example.org/v1", [echo("x", 1)])
    environment = {k: v for k, v in os.environ.items() if k != "MODELS_KEY"}
    result = subprocess.run([PROGRAM, "eval"], cwd=project.folder, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode == 2
    assert "MODELS_KEY" in result.stderr and result.stderr.startswith("plimsoll: plimsoll.yaml:8:3:")


def test_meaning_is_compared_by_embeddings(project):
    more = "      - {scorer: semantic_similarity, name: near, model: small}"
    rows = [
        {"id": "same", "input": "the red fox", "expected": "the red fox"},
        {"id": "near", "input": "the red fox", "expected": ["blue whale", "the red wolf"]},
        {"id": "far", "input": "the red fox", "expected": "economic policy"},
    ]
    with ModelServer() as server:
        project.write(server.url, rows, more=more)
        project(code=0)
    same, near, far = (row["near"] for row in project.rows("results.jsonl"))

    assert same == pytest.approx(1.0, abs=1e-6)
    assert 1 > near > far


def test_a_run_that_nothing_comes_of_gives_up_and_can_be_gone_on_with(project):
    with ModelServer() as server:
        project.write(server.url, [echo("fault:status=401", i) for i in range(300)])
        golden = project(code=1)
        asked = len(server.requests)

    assert asked < 100 and golden["run"]["state"] == "stopped"
    assert golden["shortfalls"][0].startswith("The run gave up after 25 outputs in a row had failed: ")
    project.write("http://127.0.0.1:9", [echo("x", i) for i in range(300)])
    assert "gave up" in project(code=1)["shortfalls"][0]


def test_a_model_of_the_completions_api_gets_one_text(project):
    with ModelServer() as server:
        project.write(server.url, [echo("x", i) for i in range(5)])
        line = project.folder / "plimsoll.yaml"
        line.write_text(line.read_text().replace("    price:", "    api: completions\n    price:"))
        golden = project(code=0)
        paths = {request["path"] for request in server.requests}
        prompts = {request["body"]["prompt"] for request in server.requests}

    assert golden["overall"]["measures"]["rate(exact)"]["value"] == 1.0
    assert len(paths) == 1 and paths.pop().endswith("/completions") and "3 x" in prompts
