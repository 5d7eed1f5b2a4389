"""What came back for decisions joins them, from the network and from files; the last word counts, whenever it comes."""

import csv
import json
import subprocess

import pytest

from live_traffic import DAY_MS, LEDGER, START_MS, decision, feedback, id_of, traffic, write
from test_ledger_load import count, live, load, new  # noqa: F401  a fixture


def test_each_kind_of_outcome_has_its_column_and_type(live):
    first, second = decision(1), decision(2)
    target = id_of(first)
    write(live.folder, [
        first, second, feedback(target, "label", 1), feedback(target, "rating", 4.5), feedback(target, "accepted", True),
        feedback(target, "edited", "better – so"), feedback(target, "value", 12), feedback(target, "resolved in", 7),
    ])  # fmt: skip
    load(live)
    assert count(live, "label = 1 AND rating = 4.5 AND accepted AND edited = 'better – so' AND \"value\" = 12") == 1
    assert count(live, '"resolved in" > 6.5 AND outcomes = 6 AND outcome_time IS NOT NULL') == 1
    assert count(live, "label IS NULL AND rating IS NULL AND accepted IS NULL AND edited IS NULL AND outcomes = 0") == 1


def test_the_last_outcome_counts_and_a_null_takes_it_back(live):
    target = id_of(decision(1))
    write(live.folder, [decision(1), feedback(target, "rating", 2, "a"), feedback(target, "rating", 5, "b")])
    load(live)
    assert count(live, "rating = 5") == 1
    write(live.folder, [feedback(target, "rating", 2, "a")])  # the first one, sent again
    load(live)
    assert count(live, "rating = 5") == 1
    write(live.folder, [feedback(target, "rating", None, "c")])
    load(live)
    assert count(live, "rating IS NULL AND outcomes = 3") == 1


def test_an_outcome_before_its_decision_waits_for_it(live):
    target = id_of(decision(1))
    write(live.folder, [feedback(target, "label", 0)])
    result = load(live)
    assert new(result) == {"feedback": 1} and result["warehouse"]["waiting"] == 1
    assert "1 of it for decisions that are not known" in live.good("ledger", "load")
    write(live.folder, [decision(1)])
    assert load(live)["warehouse"]["waiting"] == 0
    assert count(live, "label = 0") == 1


def test_an_outcome_that_comes_days_later_counts_for_the_day_of_its_decision(live):
    early, late = decision(1), decision(2, START_MS + DAY_MS)
    write(live.folder, [early, late, feedback(id_of(early), "label", 1, time_ms=START_MS + 5 * DAY_MS)])
    result = live.json("audit", "ledger:answers", "--label", "label", "--score", "confidence", "--metrics", "accuracy",
                       "--until", "2026-03-02", "--json")  # fmt: skip
    assert result["overall"]["n"] == 1 and result["overall"]["measures"]["accuracy"]["n"] == 1


def test_a_label_that_came_back_stands_before_the_one_that_was_reported(live):
    reported = [decision(number, api="reported", label=label, prediction=1) for number, label in ((1, 0), (2, 1), (3, None))]
    write(live.folder, [*reported, feedback(id_of(reported[0]), "label", 1)])
    load(live)
    assert count(live, "label = 1 AND prediction = 1") == 2 and count(live, "label IS NULL") == 1


def test_decisions_of_every_end_are_there_with_their_status(live):
    ends = ["served", "fallback", "refused", "blocked", "failed", "aborted", "interrupted", "dark"]
    bare = {"model": None, "confidence": None, "attempts": None, "tokens": None, "cost": None, "http": None}
    write(live.folder, [decision(number, status=status, **bare) for number, status in enumerate(ends)])
    assert new(load(live)) == {"decisions": len(ends)}
    result = live.json("audit", "ledger:answers", "--prediction", "http", "--metrics", "selection_rate", "--by", "status",
                       "--smallest", "1", "--json")  # fmt: skip
    assert sorted(row["slice"]["status"] for row in result["slices"]) == sorted(ends)


def test_names_of_segments_and_experiments_do_not_take_each_others_columns(live):
    write(live.folder, [
        decision(1, segments={"model": "phone", "language": "en", "Language": "EN"}, experiments={"tone": "warm", "language": "b"}),
    ])  # fmt: skip
    load(live)
    assert count(live, "model = 'small' AND segment_model = 'phone' AND language = 'en' AND \"segment_Language\" = 'EN'") == 1
    assert count(live, "experiment_tone = 'warm' AND experiment_language = 'b'") == 1


# ---- files ----


def outcomes(live, *arguments, **options):
    return live.json("import", "outcomes", *arguments, "--json", **options)


def records(live, kind="feedback"):
    lines = b"".join(path.read_bytes() for path in sorted((live.folder / LEDGER).glob("segment-*"))).splitlines()
    found = [json.loads(line) for line in lines]
    return [record["body"] for record in found if record.get("kind") == kind]


def test_a_file_of_outcomes_becomes_feedback_once(live):
    decisions = [decision(number) for number in range(5)]
    write(live.folder, decisions)
    ids = [id_of(record) for record in decisions]
    (live.folder / "o.csv").write_text(
        f"decision,label,accepted,edited,other\n{ids[0]},1,true,007,x\n{ids[1]},0,,,y\n{ids[2]},,false,,z\nd_none,1,true,,w\n")
    result = outcomes(live, "o.csv")
    assert {name: result[name] for name in ("written", "known", "earlier", "strange")} == {
        "written": 5, "known": 0, "earlier": 0, "strange": 2}  # fmt: skip
    bodies = records(live)
    assert [(body["decision"], body["name"], body["value"]) for body in bodies] == [
        (ids[0], "label", 1), (ids[1], "label", 0), (ids[0], "accepted", True), (ids[2], "accepted", False),
        (ids[0], "edited", "007")]  # fmt: skip
    assert len({body["id"] for body in bodies}) == 5
    again = outcomes(live, "o.csv")
    assert again["written"] == 0 and again["known"] == 5 and len(records(live)) == 5
    assert count(live, "label = 1 AND accepted AND edited = '007'") == 1
    live.good("ledger", "verify")


def test_a_value_that_changes_and_changes_back_counts_each_time(live):
    write(live.folder, [decision(1)])
    for label in (1, 0, 1):
        (live.folder / "o.jsonl").write_text(json.dumps({"id": id_of(decision(1)), "label": label}) + "\n")
        assert outcomes(live, "o.jsonl")["written"] == 1
        load(live)
        assert count(live, f"label = {label}") == 1
    assert load(live)["warehouse"]["repeats"] == 0


def test_the_last_row_of_a_decision_counts(live):
    target = id_of(decision(1))
    write(live.folder, [decision(1)])
    (live.folder / "o.csv").write_text(f"decision,rating\n{target},1\n{target},\n{target},2.5\n")
    result = outcomes(live, "o.csv")
    assert result["written"] == 1 and result["earlier"] == 1
    assert [body["value"] for body in records(live)] == [2.5]


def test_own_ids_and_own_names_of_outcomes(live):
    write(live.folder, [decision(1, id="0042", api="reported"), decision(2, id="43", api="reported")])
    (live.folder / "o.csv").write_text("order,state,done\n0042,paid,7\n43,open,8\n42,paid,9\n")
    result = outcomes(live, "o.csv", "--decision", "order", "--outcome", "state", "--outcome", "days=done")
    assert result["written"] == 4 and result["strange"] == 2
    load(live)
    assert count(live, "id = '0042' AND state = 'paid' AND days = 7") == 1


def test_early_outcomes_are_taken_when_asked_for(live):
    (live.folder / "o.csv").write_text(f"decision,label\n{id_of(decision(1))},1\n")
    assert outcomes(live, "o.csv")["written"] == 0
    assert "--early takes them" in live.good("import", "outcomes", "o.csv")
    assert outcomes(live, "o.csv", "--early")["written"] == 1
    assert outcomes(live, "o.csv", "--early")["written"] == 0
    write(live.folder, [decision(1)])
    load(live)
    assert count(live, "label = 1") == 1


def test_what_is_wrong_with_the_file_is_said_and_nothing_is_written(live):
    write(live.folder, [decision(1)])
    (live.folder / "a.csv").write_text("decison,label\nx,1\n")
    assert "no column `decision`; did you mean `decison`?" in live.fails("import", "outcomes", "a.csv")
    (live.folder / "b.csv").write_text("id,stars\nx,1\n")
    assert "--outcome NAME=COLUMN" in live.fails("import", "outcomes", "b.csv")
    assert "did you mean `stars`?" in live.fails("import", "outcomes", "b.csv", "--outcome", "rating=start")
    assert "no such file" in live.fails("import", "outcomes", "c.csv")
    assert "of a known kind" in live.fails("import", "outcomes", "c.xlsx")
    assert "neither NAME nor NAME=COLUMN" in live.fails("import", "outcomes", "b.csv", "--outcome", "=stars")
    assert records(live) == []


def test_many_outcomes_leave_room_for_other_writers(live):
    """A file of several blocks; a gateway writes meanwhile, and the chain holds."""
    some, rows = traffic(6000, labelled=0.0)
    write(live.folder, some)
    with open(live.folder / "o.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["decision", "label"])
        writer.writerows([row["id"], number % 2] for number, row in enumerate(rows))
    importing = subprocess.Popen(live.command("import", "outcomes", "o.csv", "--json"), cwd=live.folder,
                                 env=live.environment(), stdout=subprocess.PIPE)  # fmt: skip
    write(live.folder, [decision(900000 + number) for number in range(50)], block=1)
    result = json.loads(importing.communicate(timeout=60)[0])
    assert result["written"] == 6000
    state = load(live)["warehouse"]
    assert state["decisions"] == 6050 and state["feedback"] == 6000 and state["waiting"] == 0
    assert outcomes(live, "o.csv")["written"] == 0
    live.good("ledger", "verify")


def test_outcomes_come_out_of_parquet(live, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    write(live.folder, [decision(1)])
    parquet.write_table(pyarrow.table({"id": [id_of(decision(1))], "accepted": [True], "rating": [3.0]}), tmp_path / "o.parquet")
    assert outcomes(live, "o.parquet")["written"] == 2
    assert outcomes(live, "o.parquet")["written"] == 0
    load(live)
    assert count(live, "accepted AND rating = 3") == 1
