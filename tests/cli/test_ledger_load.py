"""The ledger's live traffic is loaded into the warehouse, each record once, whatever happens on the way."""

import json
import random
import shutil
import signal
import subprocess
import time

import pytest

from live_traffic import LEDGER, START_MS, WAREHOUSE, decision, feedback, id_of, traffic, write

LINE = """plimsoll: 1
feature: answers
title: Answers
owner: team@example.org
risk: {severity: low, reversibility: full}
data:
  decisions: "ledger:"
  columns: {label: label, score: confidence, id: id}
  segments: {language: language}
limits:
  - {metric: accuracy, min: 0.1}
evidence: {seed: 7}
"""


@pytest.fixture
def live(run):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    return run


def load(live, *more, **options):
    return live.json("ledger", "load", "--json", *more, **options)


def new(result):
    return {name: count for name, count in result["new"].items() if count > 0}


def count(live, where):
    """How many decisions of the view meet a condition."""
    result = live("audit", "ledger:*", "--score", "confidence", "--metrics", "selection_rate", "--where", where, "--json")
    if result.returncode == 2:
        assert "has no decisions" in result.stderr
        return 0
    return json.loads(result.stdout)["overall"]["n"]


def test_a_ledger_that_is_not_there_is_an_empty_one(live):
    result = load(live)
    assert new(result) == {} and result["warehouse"]["block"] == 0
    assert not (live.folder / LEDGER).exists()


def test_what_is_new_is_loaded_and_nothing_twice(live):
    first = decision(1)
    write(live.folder, [first, feedback(id_of(first), "label", 1)])
    assert new(load(live)) == {"decisions": 1, "attempts": 1, "feedback": 1}
    assert new(load(live)) == {}
    write(live.folder, [decision(2), decision(3)])
    result = load(live)
    assert new(result) == {"decisions": 2, "attempts": 2}
    assert result["warehouse"]["decisions"] == 3 and result["warehouse"]["block"] == 2


def test_a_decision_or_an_outcome_that_is_said_again_is_counted_as_a_repeat(live):
    first = decision(1)
    outcome = feedback(id_of(first), "rating", 3, "same")
    write(live.folder, [first, outcome, outcome, first], block=2)
    result = load(live)
    assert new(result) == {"decisions": 1, "attempts": 1, "feedback": 1} and result["repeats"] == 2
    # A retry that comes a day later, in a load of its own, with another value under the same id.
    write(live.folder, [feedback(id_of(first), "rating", 5, "same"), feedback(id_of(first), "value", 5, "same"), first])
    result = load(live)
    assert new(result) == {"feedback": 1} and result["repeats"] == 2
    assert result["warehouse"]["repeats"] == 4


def test_records_that_say_nothing_to_us_are_passed_over_counted_and_said(live):
    good = decision(1)
    broken = [
        ("decision", START_MS, {"feature": "answers"}),
        ("decision", START_MS, {"id": 7, "feature": "answers"}),
        ("feedback", START_MS, {"name": "label", "value": 1}),
        ("decision", START_MS, '{"id":"d_x","feature":"answers","cost":1e999}'),
        ("decision", START_MS, '{"id":"d_y","feature":"\\ud800"}'),
    ]
    unknown = [("weather", START_MS, {"id": "w"}), ("weather", START_MS, {"id": "v"})]
    write(live.folder, [*broken, good, *unknown])
    result = load(live)
    assert new(result) == {"decisions": 1, "attempts": 1}
    assert result["unreadable"] == len(broken) and result["others"] == len(unknown)
    text = live.good("ledger", "load")
    assert "5 records could not be read" in text and "2 records are of other kinds" in text


def test_a_record_of_a_newer_program_gives_what_is_understood(live):
    """Members that are new are passed over, one whose type has changed counts as absent."""
    newer = decision(1, http="two hundred", verdicts=[1, {"deep": [None]}], cost=None, segments={"language": "en", "age": 41})
    write(live.folder, [newer])
    assert new(load(live)) == {"decisions": 1, "attempts": 1}
    assert count(live, "http IS NULL AND cost IS NULL AND status = 'served' AND age = '41' AND language = 'en'") == 1


def test_a_tail_that_was_never_sealed_is_not_loaded_and_harms_nothing(live):
    write(live.folder, [decision(1)])
    segment = live.folder / LEDGER / "segment-000001.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole + whole.splitlines(keepends=True)[0].replace(b'"', b'"', 1)[:120])
    assert new(load(live)) == {"decisions": 1, "attempts": 1}
    write(live.folder, [decision(2)])  # the writer repairs the tail
    assert new(load(live)) == {"decisions": 1, "attempts": 1}


def test_many_segments_are_followed_from_one_to_the_next(live):
    records, rows = traffic(400)
    write(live.folder, records[:300], block=7, segment_bytes=20000)
    assert len(list((live.folder / LEDGER).glob("segment-*"))) > 5
    before = load(live)["warehouse"]["decisions"]
    write(live.folder, records[300:], block=7, segment_bytes=20000)
    result = load(live)
    assert before + result["new"]["decisions"] == len(rows) == result["warehouse"]["decisions"]


def test_a_flipped_byte_stops_the_load_before_its_block(live):
    write(live.folder, [decision(number) for number in range(10)], block=5)
    segment = live.folder / LEDGER / "segment-000001.jsonl"
    data = bytearray(segment.read_bytes())
    at = data.rindex(b'"small"')
    data[at + 1] ^= 1
    segment.write_bytes(bytes(data))
    error = live.fails("ledger", "load")
    assert "does not hold: block 2" in error and "segment-000001.jsonl" in error and "--rebuild" in error


def test_a_ledger_that_was_replaced_is_noticed_and_a_rebuild_takes_it(live):
    write(live.folder, [decision(1)])
    load(live)
    shutil.rmtree(live.folder / LEDGER)
    assert "is gone since it was read up to block 1" in live.fails("ledger", "load")
    write(live.folder, [decision(2), decision(3)])
    assert "was replaced or cut" in live.fails("ledger", "load")
    result = load(live, "--rebuild")
    assert result["rebuilt"] and new(result) == {"decisions": 2, "attempts": 2}


def test_a_ledger_that_was_cut_is_noticed(live):
    write(live.folder, [decision(1)])
    shutil.copytree(live.folder / LEDGER, live.folder / "copy")
    write(live.folder, [decision(2)])
    load(live)
    shutil.rmtree(live.folder / LEDGER)
    shutil.copytree(live.folder / "copy", live.folder / LEDGER)
    assert "its head ends before that" in live.fails("ledger", "load")


def gate(live, *more):
    result = live.json("gate", "--json", "--no-record", *more)
    return {name: value for name, value in result.items() if name not in ("version",)}


def test_a_warehouse_that_was_deleted_is_rebuilt_to_the_same(live):
    records, _ = traffic(300)
    write(live.folder, records[:200], block=10)
    load(live)
    write(live.folder, records[200:], block=10)
    load(live)
    grown, state = gate(live), load(live)["warehouse"]
    (live.folder / WAREHOUSE).unlink()
    assert gate(live) == grown
    assert load(live)["warehouse"] == state
    load(live, "--rebuild")
    assert gate(live) == grown and load(live)["warehouse"] == state


def test_a_file_that_is_no_warehouse_is_said_and_made_anew_on_request(live):
    write(live.folder, [decision(1)])
    (live.folder / WAREHOUSE).write_bytes(b"not a database" * 1000)
    assert "--rebuild" in live.fails("ledger", "load")
    assert new(load(live, "--rebuild")) == {"decisions": 1, "attempts": 1}


def test_two_loaders_at_once_load_each_record_once(live):
    records, rows = traffic(4000)
    write(live.folder, records)
    command = live.command("ledger", "load", "--json")
    loaders = [
        subprocess.Popen(command, cwd=live.folder, env=live.environment(), stdout=subprocess.PIPE) for _ in range(3)
    ]  # fmt: skip
    results = [json.loads(loader.communicate(timeout=120)[0]) for loader in loaders]
    assert [loader.returncode for loader in loaders] == [0, 0, 0]
    assert sorted(result["new"]["decisions"] for result in results) == [0, 0, len(rows)]
    assert load(live)["warehouse"]["decisions"] == len(rows)


def test_a_loader_that_may_not_wait_says_that_the_warehouse_is_in_use(live):
    fcntl = pytest.importorskip("fcntl")
    write(live.folder, [decision(1)])
    load(live)
    with open(f"{live.folder / WAREHOUSE}.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # somebody measures
        error = live.fails("ledger", "load", "--wait", "50")
        assert "in use by another process" in error and "try again" in error
    assert load(live, "--wait", "50")["warehouse"]["decisions"] == 1


def killed_after(live, seconds):
    loader = subprocess.Popen(live.command("ledger", "load"), cwd=live.folder, env=live.environment(),
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    time.sleep(seconds)
    loader.send_signal(signal.SIGKILL)
    return loader.wait(timeout=30) == -signal.SIGKILL


def test_a_loader_that_is_killed_leaves_neither_gaps_nor_doubles(live):
    """Killed at moments all over a load of several transactions; a last one, undisturbed, brings what is missing."""
    draw = random.Random(11)
    records = []
    for number in range(8000):
        records += [decision(number, input="x" * 4500, confidence=draw.random()), feedback(id_of(decision(number)), "label", 1)]
    write(live.folder, records[:2000])
    load(live)
    begun = (live.folder / WAREHOUSE).read_bytes()
    write(live.folder, records[2000:])
    started = time.monotonic()
    load(live)
    whole = time.monotonic() - started
    expected = gate(live)
    killed = 0
    for step in range(9):
        if step % 3 == 0:
            (live.folder / WAREHOUSE).write_bytes(begun)
            (live.folder / f"{WAREHOUSE}.wal").unlink(missing_ok=True)
        killed += killed_after(live, whole * (step + 1) / 11)
    assert killed >= 3, "the loads were over before they were killed"
    state = load(live)["warehouse"]
    assert state["decisions"] == state["feedback"] == 8000 and state["repeats"] == 0
    assert gate(live) == expected
