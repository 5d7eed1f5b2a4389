"""gate: verdicts and exit codes, every way that data comes in, the record, and what may go wrong."""

import fcntl
import gzip
import json
import os
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
from conftest import CROSSED, DECISIONS, LINE, UNPROVEN, csv_of


def test_a_line_that_is_kept_is_allowed(project, run, schema):
    verdict = run.json("gate", "--json")
    schema("gate.schema.json", verdict)
    assert verdict["verdict"] in ("ship", "ship_with_monitoring")
    assert verdict["allowed"] is True
    assert [finding["state"] for finding in verdict["findings"]] == ["clear", "clear"]
    assert verdict["ledger"]["block"] == 1


def test_a_crossed_limit_is_no_ship(project, run, schema):
    project(CROSSED)
    verdict = run.json("gate", "--json", code=1)
    schema("gate.schema.json", verdict)
    assert verdict["verdict"] == "no_ship"
    assert [finding["state"] for finding in verdict["findings"]] == ["breach", "clear"]
    assert verdict["reasons"][0]["kind"] == "breach"
    assert verdict["findings"][0]["high"] < 0.95


def test_an_unproven_limit_holds_and_says_what_would_settle_it(project, run):
    project(UNPROVEN)
    verdict = run.json("gate", "--json", code=1)
    assert verdict["verdict"] == "hold"
    assert verdict["findings"][0]["state"] == "unproven"


def test_figures_are_those_of_the_data(project, run):
    verdict = run.json("gate", "--json")
    overall = verdict["overall"]["measures"]
    assert verdict["overall"]["n"] == 800
    assert overall["accuracy"]["value"] == pytest.approx(640 / 800, abs=1e-12)
    assert overall["false_positive_rate"]["value"] == pytest.approx(60 / 400, abs=1e-12)
    teams = {slice["slice"]["team"]: slice for slice in verdict["slices"] if set(slice["slice"]) == {"team"}}
    assert {name: team["n"] for name, team in teams.items()} == {"A": 400, "B": 400}


def test_the_text_begins_with_the_verdict(project, run):
    project(CROSSED)
    result = run("gate")
    assert result.returncode == 1 and result.stderr == ""
    assert result.stdout.startswith("✕ NO SHIP  A test feature\n\nDo not ship: 1 of 2 limits is crossed.\n")
    assert result.stdout.rstrip().splitlines()[-1].startswith("Next: plimsoll ")
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_markdown_and_junit_are_written(project, run):
    project(CROSSED)
    markdown = run("gate", "--format", "markdown").stdout
    assert markdown.startswith("## ✕ NO SHIP: A test feature\n")
    suite = ElementTree.fromstring(run("gate", "--format", "junit").stdout.encode()).find("testsuite")
    assert suite.get("tests") == "2" and suite.get("failures") == "1"
    cases = suite.findall("testcase")
    assert len(cases) == 2
    assert cases[0].find("failure").get("type") == "breach"
    assert cases[1].find("failure") is None


def test_the_same_input_gives_the_same_figures_on_any_number_of_threads(project, run):
    first = run.json("gate", "--json", "--threads", "1")
    second = run.json("gate", "--json", "--threads", "2")
    for verdict in (first, second):
        del verdict["ledger"]
    assert first == second


def write_tsv(folder):
    (folder / "d.tsv").write_text(csv_of(DECISIONS, "\t"))
    return "d.tsv"


def write_jsonl(folder):
    lines = (json.dumps({"team": team, "label": label, "score": score}) for team, label, score in DECISIONS)
    (folder / "d.jsonl").write_text("\n".join(lines) + "\n")
    return "d.jsonl"


def write_gz(folder):
    (folder / "d.csv.gz").write_bytes(gzip.compress(csv_of(DECISIONS).encode()))
    return "d.csv.gz"


def write_glob(folder):
    (folder / "part-1.csv").write_text(csv_of(DECISIONS[:300]))
    (folder / "part-2.csv").write_text(csv_of(DECISIONS[300:]))
    return "part-*.csv"


def write_parquet(folder):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    columns = list(zip(*DECISIONS))
    parquet.write_table(
        arrow.table({"team": columns[0], "label": columns[1], "score": columns[2]}), folder / "d.parquet"
    )
    return "d.parquet"


@pytest.mark.parametrize("write", [write_tsv, write_jsonl, write_gz, write_glob, write_parquet])
def test_every_format_gives_the_same_figures(project, run, write):
    expected = run.json("gate", "--json")
    project(decisions=write(run.folder))
    verdict = run.json("gate", "--json")
    for key in ("findings", "overall", "slices", "unlabelled"):
        assert verdict[key] == expected[key]


def test_the_fingerprint_is_that_of_b2sum(project, run):
    verdict = run.json("gate", "--json")
    result = subprocess.run(
        ["b2sum", "-l", "256", run.folder / "decisions.csv"], capture_output=True, text=True, check=True
    )
    assert verdict["data"]["hash"] == result.stdout.split()[0]
    assert verdict["data"]["hashed"] == "whole"


def test_the_line_may_stand_in_another_folder(project, run):
    (run.folder / "elsewhere").mkdir()
    run.json("gate", "../plimsoll.yaml", "--json", cwd=run.folder / "elsewhere")
    assert (run.folder / ".plimsoll" / "ledger" / "head").exists()
    assert not (run.folder / "elsewhere" / ".plimsoll").exists()


def test_missing_groups_and_labels_are_listed(project, run):
    rows = list(DECISIONS) + [("", "", 0.3)] * 5
    project(rows=rows)
    verdict = run.json("gate", "--json")
    missing = [slice for slice in verdict["slices"] if slice["slice"].get("team") == "(missing)"]
    assert len(missing) == 1
    assert missing[0]["n"] == 5 and missing[0]["unlabelled"] == 5 and missing[0]["too_small"] is True
    assert verdict["unlabelled"] == 5


def test_a_hostile_group_name_reaches_neither_terminal_nor_markup(project, run):
    name = '"</testcase>\x1b[31m|`<b>"'
    rows = list(DECISIONS) + [(name, 1, 0.9)] * 40 + [(name, 0, 0.9)] * 40
    project("  - {metric: accuracy, min: 0.7, by: team}", rows=rows)
    text = run("gate").stdout
    assert "\x1b" not in text and "</testcase>" in text
    junit = run("gate", "--format", "junit").stdout
    ElementTree.fromstring(junit.encode())
    assert "<b>" not in run("gate", "--format", "markdown").stdout
    names = [slice["slice"]["team"] for slice in run.json("gate", "--json", code=1)["slices"]]
    assert any("\x1b[31m" in team for team in names)


def test_the_verdict_is_on_the_record(project, run):
    verdict = run.json("gate", "--json")
    shown = run.json("ledger", "show", "--json")
    assert len(shown["records"]) == 1
    record = shown["records"][0]
    assert record["kind"] == "verdict" and record["block"] == verdict["ledger"]["block"]
    body = record["body"]
    for key in ("verdict", "allowed", "feature", "reasons", "overall", "data", "line", "seed", "version"):
        assert body[key] == verdict[key]
    assert body["slices"] == verdict["slices"] and body["slices_omitted"] == 0
    assert shown["ledger"]["hash"] == verdict["ledger"]["hash"]


def test_a_trial_is_not_on_the_record_and_says_so(project, run):
    verdict = run.json("gate", "--json", "--no-record")
    assert verdict["ledger"] is None
    assert "NOT on the record" in run.good("gate", "--no-record")
    assert not (run.folder / ".plimsoll").exists()


def test_two_gates_at_once_both_stand_on_the_record(project, run):
    gates = [
        subprocess.Popen(
            run.command("gate", "--json"), cwd=run.folder, env=run.environment(), stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    blocks = {json.loads(gate.communicate(timeout=120)[0])["ledger"]["block"] for gate in gates}
    assert [gate.returncode for gate in gates] == [0, 0, 0, 0]
    assert blocks == {1, 2, 3, 4}
    assert run.json("ledger", "verify", "--json")["records"] == 4


def assert_nothing_was_written(folder):
    assert not (folder / ".plimsoll").exists()


def test_missing_data_are_an_error(project, run):
    project(decisions="nowhere.csv")
    error = run.fails("gate")
    assert "nowhere.csv" in error
    assert_nothing_was_written(run.folder)


def test_a_missing_column_names_the_near_ones(project, run):
    project(line=LINE.replace("label: label", "label: lable"))
    error = run.fails("gate")
    assert "plimsoll.yaml:8:" in error and "`lable`" in error and "label" in error
    assert_nothing_was_written(run.folder)


@pytest.mark.parametrize(
    "row, words",
    [
        (("A", 2, 0.5), "2"),
        (("A", 1, "high"), "high"),
        (("A", "maybe", 0.5), "maybe"),
    ],
    ids=["a third label", "text for a score", "text for a label"],
)
def test_a_value_that_cannot_be_judged_is_shown(project, run, row, words):
    project(rows=list(DECISIONS) + [row])
    error = run.fails("gate")
    assert words in error and ("`label`" in error or "`score`" in error)
    assert_nothing_was_written(run.folder)


def test_empty_data_are_an_error(project, run):
    (run.folder / "decisions.csv").write_text("")
    run.fails("gate")
    assert_nothing_was_written(run.folder)


def test_a_truncated_parquet_is_an_error(project, run):
    name = write_parquet(run.folder)
    project(decisions=name)
    whole = (run.folder / name).read_bytes()
    (run.folder / name).write_bytes(whole[: len(whole) // 2])
    assert "d.parquet" in run.fails("gate")
    assert_nothing_was_written(run.folder)


def test_a_segment_of_too_many_groups_is_an_error(project, run):
    project(rows=[(f"g{i}", i % 2, 0.5) for i in range(100_000)])
    error = run.fails("gate")
    assert "team" in error and "10" in error
    assert_nothing_was_written(run.folder)


def test_without_a_record_there_is_no_verdict(project, run):
    (run.folder / ".plimsoll").write_text("a file where the folder should be")
    error = run.fails("gate")
    assert ".plimsoll" in error


@pytest.fixture
def disk(project, run):
    """A small disk of its own with the project on it; root is not held back by permissions."""
    folder = run.folder / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a disk cannot be mounted here")
    for name in ("plimsoll.yaml", "decisions.csv"):
        (folder / name).write_text((run.folder / name).read_text())
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_read_only_disk_is_an_error(disk, run):
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    assert "Read-only file system" in run.fails("gate", cwd=disk)
    assert sorted(path.name for path in disk.iterdir()) == ["decisions.csv", "plimsoll.yaml"]


def test_a_full_disk_leaves_no_half_record(disk, run):
    recorded = 0
    result = run("gate", "--json", cwd=disk)
    while result.returncode == 0 and recorded < 100:
        recorded += 1
        result = run("gate", "--json", cwd=disk)
    assert recorded > 0, result.stderr
    assert result.returncode == 2 and result.stdout == ""
    assert "No space left" in result.stderr and result.stderr.count("\n") == 1
    check = run.json("ledger", "verify", "--json", cwd=disk)
    assert check["holds"] is True and check["records"] == recorded


def test_a_ledger_that_does_not_hold_is_not_added_to(project, run):
    run.good("gate", "--json")
    run.good("gate", "--json")
    segment = run.folder / ".plimsoll" / "ledger" / "segment-000001.jsonl"
    whole = segment.read_bytes()
    segment.write_bytes(whole.replace(b'"verdict":"ship', b'"verdict":"shjp', 1))
    damaged = segment.read_bytes()
    assert damaged != whole
    error = run.fails("gate")
    assert "block 1" in error
    assert segment.read_bytes() == damaged


def test_a_ledger_that_another_process_writes_is_waited_for_and_then_an_error(project, run):
    run.good("gate", "--json")
    before = (run.folder / ".plimsoll" / "ledger" / "segment-000001.jsonl").read_bytes()
    with open(run.folder / ".plimsoll" / "ledger" / "lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        started = time.monotonic()
        error = run.fails("gate", "--json")
        assert time.monotonic() - started >= 9
    assert "ledger" in error
    assert (run.folder / ".plimsoll" / "ledger" / "segment-000001.jsonl").read_bytes() == before


def test_a_verdict_nobody_can_read_is_an_error(project, run):
    with open("/dev/full", "w") as full:
        result = run("gate", stdout=full)
    assert result.returncode == 2
    assert "No space left" in result.stderr
    assert run.json("ledger", "verify", "--json")["records"] == 1


def test_a_closed_pipe_is_an_error(project, run):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        result = run("gate", stdout=pipe)
    assert result.returncode == 2
    assert "Broken pipe" in result.stderr
