"""flag: what each command records and puts in force, what is refused, what several processes and deaths leave."""

import json
import os
import pwd
import random
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import TIMEOUT_SECONDS

LINE = """plimsoll: 1
feature: answers
title: Answers
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: d.csv
  columns: {{label: label, prediction: prediction}}
  segments: {{language: language}}
limits:
  - {{metric: accuracy, min: 0.8, by: language}}
watch: {{}}
release: {{allow: [ship, ship_with_monitoring]}}
launch: {{by: language}}
flag: {flag}
serve: {{segments: {{language: "header:x-language", plan: "header:x-plan"}}}}
"""
ROLLOUT = "{state: on, rollout: [5%, 25%, 100%]}"
WHY = ("--why", "Because.")


@pytest.fixture
def feature(run):
    """A line with a flag and its data, of which `right` is the share of right answers in each language."""

    def write(flag=ROLLOUT, right=None):
        rows = ["language,label,prediction"]
        for language, share in (right or {"en": 0.95, "hi": 0.95}).items():
            rows += [f"{language},1,{int(i < share * 400)}" for i in range(400)]
        (run.folder / "d.csv").write_text("\n".join(rows) + "\n")
        (run.folder / "plimsoll.yaml").write_text(LINE.format(flag=flag))
        return run

    write()
    return write


def records(run, kind="flag"):
    """The bodies of all records of a kind, after the chain was checked."""
    if not (run.folder / ".plimsoll" / "ledger").exists():
        return []
    run.good("ledger", "verify")
    # Asked of the segments themselves: what `ledger show` leaves out would not be missed.
    bodies = []
    for segment in sorted((run.folder / ".plimsoll" / "ledger").glob("segment-*.jsonl")):
        lines = [json.loads(line) for line in segment.read_text().splitlines()]
        bodies += [line["body"] for line in lines if line.get("kind") == kind]
    return bodies


def fold(changes):
    """The state that changes make of nothing: killed, the share by hand, the stage, dark slices, the version."""
    state = {"killed": False, "share": None, "stage": 0, "off_in": [], "version": 0, "who": "", "why": ""}
    for change in changes:
        what = change["change"]
        if what in ("off", "on"):
            state["killed"] = what == "off"
        if what == "share":
            state["share"] = change["share"] if change["share"] < 1 else None
        if what == "stage":
            state.update(stage=change["stage"], share=None)
        if what.startswith("slice_"):
            state["off_in"] = [slice for slice in state["off_in"] if slice != change["slice"]]
            state["off_in"] += [change["slice"]] if what == "slice_off" else []
        assert change["version"] == state["version"] + 1
        state.update(version=change["version"], who=change["who"], why=change["why"])
    return state


def check_law(run):
    """The state is what the ledger makes of nothing; gives both."""
    state = run.json("flag", "--json")["state"]  # which first makes good what was left half done
    changes = records(run)
    now = {"share": None, **{key: value for key, value in state.items() if key != "changed_ms"}}
    assert now == fold(changes)
    return changes, state


@pytest.fixture
def project(feature):
    return feature()


def test_an_untouched_flag_is_that_of_the_line(project, schema):
    shown = project.json("flag", "show", "--json")
    schema("flag.schema.json", shown)
    assert shown["on"] is True
    assert shown["share"] == 0.05
    assert shown["state"]["version"] == 0
    assert shown["line"] == {"state": "on", "share": 1, "rollout": [0.05, 0.25, 1], "by": {}, "launch": False}
    assert "verdict" not in shown
    assert project.good("flag") == (
        "answers: on for 5 % of subjects\n"
        "  rollout  stage 0 (0: 5 %, 1: 25 %, 2: 100 %)\n"
        "  verdict  none is on the record\n"
    )
    # To look is not to write: no ledger is made.
    assert not (project.folder / ".plimsoll" / "ledger").exists()


CHANGES = [
    (("off",), {"change": "off"}, {"killed": True}),
    (("on",), {"change": "on"}, {"killed": False}),
    (("share", "2.5%"), {"change": "share", "share": 0.025}, {"share": 0.025}),
    (("share", "0.01"), {"change": "share", "share": 0.01}, {"share": 0.01}),
    (("slice", "language=hi", "off"), {"change": "slice_off", "slice": "language=hi"}, {"off_in": ["language=hi"]}),
    (
        ("off", "--slice", "language=hi * plan=free"),
        {"change": "slice_off", "slice": "language=hi * plan=free"},
        {"off_in": ["language=hi", "language=hi * plan=free"]},
    ),
    (
        ("on", "--slice", "language=hi"),
        {"change": "slice_on", "slice": "language=hi"},
        {"off_in": ["language=hi * plan=free"]},
    ),
    (("stage", "2", "--force"), {"change": "stage", "stage": 2, "forced": True}, {"stage": 2}),
    (("stage", "0"), {"change": "stage", "stage": 0}, {"stage": 0}),
    (("advance", "--force"), {"change": "stage", "stage": 1, "forced": True}, {"stage": 1}),
]


def test_each_change_is_on_the_record_and_in_force(project, schema):
    for version, (words, recorded, state) in enumerate(CHANGES, 1):
        why = f"Reason {version} of “many”."
        done = project.json("flag", *words, "--why", why, "--who", "ann@example.org", "--json")
        schema("flag.schema.json", done)
        expected = {"feature": "answers", **recorded, "who": "ann@example.org", "why": why, "version": version}
        assert done["changed"] and done["recorded"]
        assert done["change"] == expected
        assert records(project)[-1] == expected
        assert done["hash"] == project.good("ledger", "head").split()[-1]
        assert done["state"].items() >= state.items()
        assert abs(done["state"]["changed_ms"] / 1000 - time.time()) < 60
        check_law(project)


def test_what_is_so_already_is_not_changed(project):
    for words in (("on",), ("share", "100%"), ("stage", "0"), ("on", "--slice", "language=hi")):
        assert project.json("flag", *words, *WHY, "--json")["changed"] is False
    assert records(project) == []
    project.good("flag", "off", *WHY)
    assert "It was so before; nothing was changed or recorded." in project.good("flag", "off", *WHY).replace("\n", " ")
    assert len(records(project)) == 1


def test_who_is_the_account_unless_it_is_said(project):
    project.good("flag", "off", *WHY, env={"USER": "somebody-else"})
    project.good("flag", "on", *WHY, "--who", " Ada Lovelace ")
    account = f"{pwd.getpwuid(os.getuid()).pw_name}@{os.uname().nodename}"
    assert [record["who"] for record in records(project)] == [account, "Ada Lovelace"]


MISTAKES = [
    (("off",), "a change of the flag needs its reason: add --why TEXT"),
    (("off", "--why", " \n"), "a change of the flag needs its reason: add --why TEXT"),
    (("off", "--why", "x" * 4001), "`--why` is longer than 4000 bytes"),
    (("off", "--why", b"\xff".decode("utf-8", "surrogateescape")), "`--why` is not valid UTF-8"),
    (("off", "--why", "x", "--who", " "), "--who names nobody"),
    (("share", "101%", *WHY), "`101%` is no share: write 0.25 or 25%, at most all"),
    (("share", "-1%", *WHY), "unknown option"),
    (("share", "nan", *WHY), "`nan` is no share"),
    (("share", "2", *WHY), "`2` is no share"),
    (("share", *WHY), "needs SHARE"),
    (("stage", "3", *WHY), "flag.rollout has no stage 3; its last one is 2"),
    (("stage", "first", *WHY), "`first` is no stage: they are counted from 0"),
    (("slice", "language=hi", "dark", *WHY), "a slice goes `off` or `on`, not `dark`"),
    (("slice", "language", "off", *WHY), "`language` is no slice: write SEGMENT=GROUP, such as language=hi"),
    (("slice", "colour=red", "off", *WHY), "`colour` is no segment of `serve.segments`"),
    (("off", "--slice", "language=hi * colour=red", *WHY), "`colour` is no segment of `serve.segments`"),
    (("off", "nowhere.yaml", *WHY), "nowhere.yaml"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=lambda value: None)
def test_a_mistake_is_told_and_changes_nothing(project, words, message):
    assert message in project.fails("flag", *words)
    assert not (project.folder / ".plimsoll" / "ledger").exists()


def test_a_line_without_a_rollout_has_no_stages(feature):
    assert "the line has no plan of a rollout" in feature("{share: 50%}").fails("flag", "advance", *WHY)


def test_a_line_that_says_nothing_of_its_flag_can_be_killed(project):
    text = LINE.replace("flag: {flag}\n", "").format()
    (project.folder / "plimsoll.yaml").write_text(text)
    assert project.good("flag").startswith("answers: on\n")
    project.good("flag", "off", *WHY)
    assert project.good("flag").startswith("answers: off: killed\n")


# ---- verdicts ----


def test_a_rollout_goes_on_by_a_verdict_only(feature):
    run = feature()
    for words in (("advance",), ("stage", "2")):
        refused = run.json("flag", *words, *WHY, "--json", code=1)
        assert refused["changed"] is False
        assert refused["refused"] == "no verdict of this feature is on the record; run `plimsoll gate` first"
    run.good("gate")
    assert [run.json("flag", "advance", *WHY, "--json")["state"]["stage"] for _ in range(2)] == [1, 2]
    assert run.json("flag", "advance", *WHY, "--json")["changed"] is False
    # The data go bad: back is always allowed, forward is not.
    feature(right={"en": 0.95, "hi": 0.5})
    assert run("gate").returncode == 1
    run.good("flag", "stage", "0", *WHY)
    assert run.json("flag", "advance", *WHY, "--json", code=1)["refused"] == "the last verdict does not allow it"
    assert run.json("flag", "advance", *WHY, "--force", "--json")["change"]["forced"] is True
    check_law(run)


def test_what_was_closed_opens_again_by_the_last_verdict_only(feature):
    run = feature()
    run.good("flag", "off", *WHY)
    run.good("flag", "on", *WHY)  # there never was a verdict
    run.good("flag", "share", "1%", *WHY)
    feature(right={"en": 0.5, "hi": 0.5})
    assert run("gate").returncode == 1
    run.good("flag", "off", *WHY)
    for words in (("on",), ("share", "3%")):
        assert run.json("flag", *words, *WHY, "--json", code=1)["refused"] == "the last verdict does not allow it"
    run.good("flag", "share", "0.5%", *WHY)
    feature()
    run.good("gate")
    run.good("flag", "on", *WHY)
    run.good("flag", "share", "3%", *WHY)
    check_law(run)


def test_a_launch_follows_the_slices_of_the_last_verdict(feature, schema):
    run = feature("{state: on, rollout: [5%, 100%], launch: true}", {"en": 0.95, "hi": 0.5, "sw": 0.95})
    assert run.good("flag").startswith("answers: off: no verdict is on the record, and flag.launch waits for one\n")
    assert run.json("flag", "--json")["on"] is False
    assert run("gate").returncode == 1  # not for all decisions
    shown = run.json("flag", "--json")
    schema("flag.schema.json", shown)
    assert shown["on"] is True
    assert shown["verdict"]["by"] == "language"
    slices = {slice.pop("slice"): slice for slice in shown["verdict"]["slices"]}
    assert slices["en"] == slices["sw"] == {
        "status": "judged", "verdict": "ship", "allowed": True, "on": True}
    assert slices["hi"] == {
        "status": "judged", "verdict": "no_ship", "allowed": False, "on": False,
        "why": "the last verdict does not allow the slice"}

    # The rollout may go on in what is allowed; one slice goes dark and may be lit again, the other may not.
    run.good("flag", "advance", *WHY)
    run.good("flag", "slice", "language=sw", "off", *WHY)
    run.good("flag", "slice", "language=hi", "off", *WHY)
    rows = [line.split() for line in run.good("flag").splitlines() if line.startswith("  ")][-3:]
    assert rows == [
        ["en", "ship", "yes", "on"],
        ["hi", "no_ship", "no", "off:", "the", "slice", "is", "dark"],
        ["sw", "ship", "yes", "off:", "the", "slice", "is", "dark"],
    ]
    run.good("flag", "slice", "language=sw", "on", *WHY)
    refused = run.json("flag", "slice", "language=hi", "on", *WHY, "--json", code=1)
    assert refused["refused"] == "the last verdict does not allow this slice"

    # No slice is allowed: it is off, as requests will find it.
    feature("{state: on, rollout: [5%, 100%], launch: true}", {"en": 0.5, "hi": 0.5, "sw": 0.5})
    assert run("gate").returncode == 1
    assert run.good("flag").startswith("answers: off: the last verdict allows no slice\n")


def state_of(run):
    """The rows of the state, by area and name."""
    with sqlite3.connect(run.folder / ".plimsoll" / "state.db") as db:
        rows = {(area, name): value for area, name, value in db.execute("SELECT area, name, value FROM entry")}
    db.close()
    return rows


def test_a_gate_tells_servers_what_it_judged(feature):
    """They look into the state, not into the ledger that they write themselves."""
    run = feature("{launch: true}")
    run.good("gate")
    assert json.loads(state_of(run)["verdict", "answers"]) == records(run, "verdict")[-1]
    feature("{launch: true}", {"en": 0.5, "hi": 0.5})
    assert run("gate").returncode == 1
    assert json.loads(state_of(run)["verdict", "answers"]) == records(run, "verdict")[-1]
    assert len(records(run, "verdict")) == 2


def test_a_flag_by_groups_says_so(feature):
    run = feature("{by: {language: [en, hi]}}")
    assert "  only if  language is en or hi\n" in run.good("flag")
    assert run.json("flag", "--json")["line"]["by"] == {"language": ["en", "hi"]}


# ---- what is left behind ----


def test_the_state_is_made_again_from_the_ledger(project):
    for words, _, _ in CHANGES:
        project.good("flag", *words, *WHY)
    before = project.json("flag", "--json")
    for path in (project.folder / ".plimsoll").glob("state.db*"):
        path.unlink()
    assert project.json("flag", "--json") == before
    check_law(project)


def restore(run, rows):
    """Puts rows of the state back, as a process leaves them that dies before it is done."""
    with sqlite3.connect(run.folder / ".plimsoll" / "state.db") as db:
        db.execute("DELETE FROM entry")
        db.executemany("INSERT INTO entry VALUES (?, ?, ?)", [(*key, value) for key, value in rows.items()])
    db.close()


def test_a_death_between_ledger_and_state_is_made_good(project):
    project.good("flag", "share", "1%", *WHY)
    before = state_of(project)
    project.good("flag", "off", "--why", "In the ledger.")
    restore(project, before | {("~flag", "answers"): json.dumps(records(project)[-1], separators=(",", ":"))})
    state = check_law(project)[1]
    assert state["killed"] and state["why"] == "In the ledger."
    assert ("~flag", "answers") not in state_of(project)


def test_a_death_before_the_ledger_is_as_if_nothing_was(project):
    project.good("flag", "share", "1%", *WHY)
    body = {**records(project)[-1], "change": "off", "version": 2}
    del body["share"]
    restore(project, state_of(project) | {("~flag", "answers"): json.dumps(body, separators=(",", ":"))})
    state = check_law(project)[1]
    assert not state["killed"] and state["version"] == 1
    assert ("~flag", "answers") not in state_of(project)
    # The next change has that version, and is not taken for the other one.
    project.good("flag", "off", *WHY)
    assert len(check_law(project)[0]) == 2


@pytest.mark.parametrize("seed", range(3))
def test_whoever_is_killed_leaves_a_change_whole_or_none(project, seed):
    rng = random.Random(seed)
    acknowledged = []
    project.good("flag", "off", "--why", "first")
    for i in range(25):
        words = rng.choice((("off",), ("on",), ("share", f"{rng.randrange(5)}%"), ("stage", "0")))
        command = project.command("flag", *words, "--why", f"{i}", "--json")
        process = subprocess.Popen(command, cwd=project.folder, env=project.environment(), stdout=subprocess.PIPE)
        time.sleep(rng.uniform(0, 0.03))
        process.send_signal(signal.SIGKILL)
        out = process.communicate(timeout=TIMEOUT_SECONDS)[0]
        if out and json.loads(out)["changed"]:
            acknowledged.append(f"{i}")
    whys = [change["why"] for change in check_law(project)[0]]
    assert len(set(whys)) == len(whys)
    assert set(acknowledged) <= set(whys)


def at_once(run, commands):
    """Runs all commands at the same time, and gives their exit codes and errors."""
    processes = [
        subprocess.Popen(
            run.command(*command),
            cwd=run.folder,
            env=run.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    ends = [process.communicate(timeout=TIMEOUT_SECONDS)[1] for process in processes]
    return [(process.returncode, error) for process, error in zip(processes, ends, strict=True)]


def test_two_processes_at_once_are_one_after_the_other(project):
    for i in range(10):
        ends = at_once(project, [("flag", "share", f"{i % 5 + 1}%", "--why", f"{i}.{p}") for p in "ab"])
        for code, error in ends:
            # Who was slower is told, and has changed nothing.
            assert code == 0 or (code == 2 and "somebody else has just changed the flag of answers" in error)
        assert 0 in [code for code, _ in ends]
        check_law(project)


def test_a_kill_holds_whatever_others_do(project):
    others = [("flag", "share", f"{i % 5 + 1}%", "--why", f"{i}") for i in range(6)]
    ends = at_once(project, [*others, ("flag", "off", "--why", "Stop."), *others])
    assert ends[6] == (0, "")
    changes, state = check_law(project)
    assert state["killed"]
    assert "Stop." in [change["why"] for change in changes]


# ---- a ledger that cannot be written ----


def test_without_a_ledger_there_is_no_change(project):
    (project.folder / ".plimsoll").mkdir()
    (project.folder / ".plimsoll" / "ledger").write_text("no folder")
    assert "ledger" in project.fails("flag", "off", *WHY)
    (project.folder / ".plimsoll" / "ledger").unlink()
    assert project.json("flag", "--json")["state"]["version"] == 0


def test_a_forced_kill_goes_ahead_and_is_recorded_later(project, schema):
    (project.folder / ".plimsoll").mkdir()
    (project.folder / ".plimsoll" / "ledger").write_text("no folder")
    done = project.json("flag", "off", "--why", "At once.", "--force", "--json")
    schema("flag.schema.json", done)
    assert done["state"]["killed"] and done["changed"] and not done["recorded"]
    assert "block" not in done
    assert "NOT on the record" not in project.good("flag", "off", "--why", "Again.", "--force")
    # Nothing else may happen before it is on the record.
    assert "ledger" in project.fails("flag", "on", *WHY, "--force")
    (project.folder / ".plimsoll" / "ledger").unlink()
    changes, state = check_law(project)
    assert [change["why"] for change in changes] == ["At once."]
    assert changes[0]["forced"] and state["killed"]


def test_a_ledger_that_was_tampered_with_is_not_read(project):
    for i in range(3):
        project.good("flag", "share", f"{i + 1}%", *WHY)
    segment = project.folder / ".plimsoll" / "ledger" / "segment-000001.jsonl"
    segment.write_text(segment.read_text().replace("0.02", "0.92"))
    (project.folder / ".plimsoll" / "state.db").unlink()
    assert "does not hold" in project.fails("flag")
    assert "does not hold" in project.fails("flag", "on", *WHY, "--force")
    assert project.json("flag", "off", *WHY, "--force", "--json")["state"]["killed"]


def test_what_is_shown_cannot_drive_the_terminal(project):
    project.good("flag", "off", "--why", "a\x1b[2Jb\nc", "--who", "d\x9be")
    assert not set("\x1b\x9b") & set(project.good("flag"))
    assert project.json("flag", "--json")["state"]["why"] == "a\x1b[2Jb\nc"
