"""key: keys are made, listed and revoked; the key itself is shown once and kept nowhere."""

import datetime
import json
import os
import re
import sqlite3
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

KEY = re.compile(r"pl_([0-9a-hjkmnp-tv-z]{12})_[0-9A-Za-z]{43}\n")


@pytest.fixture
def line(run):
    """A folder with a line."""
    run.good("init", "plimsoll.yaml")
    return run


def make(run, *options):
    """Makes a key; its text and its id."""
    text = run.good("key", "make", *(options if "--name" in options else ("--name", "web", *options)))
    match = KEY.fullmatch(text)
    assert match, text
    return text.strip(), match.group(1)


def listed(run):
    return {key["id"]: key for key in run.json("key", "list", "--json")}


def test_a_key_is_shown_once_and_kept_nowhere(line):
    text, ident = make(line)
    secret = text.rsplit("_", 1)[1]
    for arguments in (["key", "list"], ["key", "list", "--json"]):
        out = line.good(*arguments)
        assert ident in out
        assert secret not in out
    files = [path for path in line.folder.rglob("*") if path.is_file()]
    assert any(path.name == "state.db" for path in files)
    for path in files:
        assert secret.encode() not in path.read_bytes(), path


def test_the_state_is_for_its_owner_only(line):
    make(line)
    assert stat.S_IMODE((line.folder / ".plimsoll/state.db").stat().st_mode) == 0o600


def test_the_terms_are_kept(line):
    _, ident = make(
        line, "--name", "Ada's app", "--scope", "infer,flags", "--scope", "admin", "--budget", "12.5/month",
        "--token-budget", "1_000/month", "--requests-per-minute", "60", "--tokens-per-minute", "9000",
        "--expires", "2999-12-31")
    key = listed(line)[ident]
    made = datetime.datetime.fromisoformat(key.pop("made"))
    assert abs((datetime.datetime.now(datetime.UTC) - made).total_seconds()) < 60
    assert key == {
        "id": ident, "name": "Ada's app", "scopes": ["infer", "flags", "admin"], "requests_per_minute": 60,
        "tokens_per_minute": 9000, "period": "month", "money_max": 12.5, "tokens_max": 1000,
        "expires": "3000-01-01T00:00:00Z", "expired": False, "last_use": None, "money": 0, "money_left": 12.5,
        "tokens": 0, "tokens_left": 1000, "ever": {"money": 0, "tokens": 0, "requests": 0}}


def test_what_is_not_asked_for_is_no_bound(line):
    _, ident = make(line)
    key = listed(line)[ident]
    assert key["scopes"] == ["infer"]
    for name in ("requests_per_minute", "tokens_per_minute", "money_max", "tokens_max", "expires", "money_left",
                 "tokens_left"):
        assert key[name] is None
    assert "no bound" in line.good("key", "list")


def test_json_has_the_key_and_its_terms(line):
    made = line.json("key", "make", "--name", "web", "--json", "--expires", "12h")
    assert KEY.fullmatch(made["key"] + "\n").group(1) == made["id"]
    expires = datetime.datetime.fromisoformat(made["expires"])
    hours = (expires - datetime.datetime.now(datetime.UTC)).total_seconds() / 3600
    assert 11.9 < hours < 12.1


def spend(run, ident, numbers):
    """Puts into the state what a server would: see src/keys/entry.h."""
    with sqlite3.connect(run.folder / ".plimsoll/state.db") as state:
        state.execute("INSERT OR REPLACE INTO entry VALUES ('~key-spent', ?, ?)", (ident, " ".join(map(str, numbers))))


def test_what_was_spent_is_taken_off_and_an_earlier_period_is_over(line):
    _, ident = make(line, "--budget", "20/day", "--token-budget", "1000/day")
    used = datetime.datetime(2026, 3, 1, 12, 30, tzinfo=datetime.UTC)
    today = int(datetime.datetime.now(datetime.UTC).timestamp() // 86400)
    spend(line, ident, [today, 500_000_000, today, 300, 7_000_000_000, 9000, 42, int(used.timestamp() * 1000)])
    key = listed(line)[ident]
    if int(datetime.datetime.now(datetime.UTC).timestamp() // 86400) == today:
        assert (key["money"], key["money_left"], key["tokens"], key["tokens_left"]) == (0.5, 19.5, 300, 700)
        text = re.sub(r"\s+", " ", line.good("key", "list"))
        assert "19.5 of 20 a day" in text
    assert key["ever"] == {"money": 7, "tokens": 9000, "requests": 42}
    assert key["last_use"] == "2026-03-01T12:30:00Z"
    spend(line, ident, [today - 1, 500_000_000, today - 1, 300, 7_000_000_000, 9000, 42, 1])
    key = listed(line)[ident]
    assert (key["money"], key["money_left"], key["tokens_left"]) == (0, 20, 1000)


def test_more_than_the_budget_leaves_nothing(line):
    _, ident = make(line, "--budget", "1/total")
    spend(line, ident, [0, 1_500_000_000, 0, 0, 1_500_000_000, 0, 1, 1])
    key = listed(line)[ident]
    assert (key["money"], key["money_left"]) == (1.5, 0)


def test_a_key_whose_time_is_over_says_so(line):
    _, ident = make(line, "--expires", "1h")
    with sqlite3.connect(line.folder / ".plimsoll/state.db") as state:
        (value,) = state.execute("SELECT value FROM entry WHERE area = 'key' AND name = ?", (ident,)).fetchone()
        entry = json.loads(value) | {"expires_ms": 1_700_000_000_000}
        state.execute("UPDATE entry SET value = ? WHERE area = 'key'", (json.dumps(entry),))
    assert listed(line)[ident]["expired"] is True
    assert "2023-11-14, over" in line.good("key", "list")


@pytest.mark.parametrize("whole", [False, True])
def test_a_revoked_key_is_gone(line, whole):
    text, ident = make(line)
    _, other = make(line)
    spend(line, ident, [0, 1, 0, 1, 1, 1, 1, 1])
    assert ident in line.good("key", "revoke", text if whole else ident)
    assert list(listed(line)) == [other]
    with sqlite3.connect(line.folder / ".plimsoll/state.db") as state:
        assert state.execute("SELECT count(*) FROM entry WHERE name = ?", (ident,)).fetchone() == (0,)
    assert "there is no key" in line.fails("key", "revoke", ident)


def test_making_and_revoking_are_changes_that_a_server_sees(line):
    def version():
        with sqlite3.connect(line.folder / ".plimsoll/state.db") as state:
            return state.execute("SELECT number FROM change").fetchone()[0]

    _, ident = make(line)
    before = version()
    spend(line, ident, [0, 1, 0, 1, 1, 1, 1, 1])
    assert version() == before  # what is spent makes nobody read the keys anew
    make(line)
    after = version()
    assert after > before
    line.good("key", "revoke", ident)
    assert version() > after


def test_without_a_state_there_are_no_keys_and_none_is_made(line):
    assert "no key yet" in line.good("key", "list")
    assert line.json("key", "list", "--json") == []
    assert "no key was made" in line.fails("key", "revoke", "0123456789ab")
    assert not (line.folder / ".plimsoll").exists()


def test_each_line_has_keys_of_its_own(line):
    other = line.folder / "other"
    other.mkdir()
    line.good("init", other / "plimsoll.yaml")
    make(line)
    assert line.json("key", "list", other / "plimsoll.yaml", "--json") == []
    line.good("key", "make", "--name", "b", other / "plimsoll.yaml")
    assert len(line.json("key", "list", other / "plimsoll.yaml", "--json")) == 1
    assert len(listed(line)) == 1


def test_a_key_that_cannot_be_shown_is_not_kept(line):
    make(line)
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = line("key", "make", "--name", "lost", stdout=full)
    assert result.returncode == 2
    assert "No space left" in result.stderr
    assert [key["name"] for key in listed(line).values()] == ["web"]


def test_many_at_once_are_all_kept(line):
    with ThreadPoolExecutor(8) as pool:
        idents = list(pool.map(lambda _: make(line)[1], range(24)))
    assert sorted(idents) == sorted(listed(line))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda ident: line.good("key", "revoke", ident), idents))
    assert listed(line) == {}


def test_a_key_that_was_shown_survives_a_kill(line):
    """Killed at many moments: whatever came out whole is kept, and the state is sound."""
    began = time.monotonic()
    make(line)
    whole = time.monotonic() - began
    shown = 0
    for step in range(41):
        child = subprocess.Popen(line.command("key", "make", "--name", "k"), cwd=line.folder,
                                 env=line.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            child.wait(timeout=whole * step / 20 if step < 40 else 60)
        except subprocess.TimeoutExpired:
            child.kill()
        out = child.communicate()[0]
        match = KEY.fullmatch(out)
        if match:
            shown += 1
            assert match.group(1) in listed(line)
    assert shown > 0
    with sqlite3.connect(line.folder / ".plimsoll/state.db") as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "a key needs a name"),
        (["--name", "  "], "a key needs a name"),
        (["--name", "a\x1b[2J"], "without control characters"),
        (["--name", "n" * 201], "at most 200 bytes"),
        (["--name", "a", "--scope", "root"], "`--scope` is `root`; must be infer, feedback, flags or admin"),
        (["--name", "a", "--scope", "infer,"], "`--scope` is ``"),
        (["--name", "a", "--budget", "20"], "20/day, 20/month or 20/total"),
        (["--name", "a", "--budget", "20/week"], "20/day, 20/month or 20/total"),
        (["--name", "a", "--budget", "/day"], "must be a number above 0"),
        (["--name", "a", "--budget", "0/day"], "must be a number above 0"),
        (["--name", "a", "--budget=-1/day"], "must be a number above 0"),
        (["--name", "a", "--budget", "nan/day"], "must be a number above 0"),
        (["--name", "a", "--budget", "2e9/day"], "at most 1000000000"),
        (["--name", "a", "--token-budget", "1.5/day"], "must be a whole number from 1"),
        (["--name", "a", "--token-budget", "0/day"], "must be a whole number from 1"),
        (["--name", "a", "--budget", "1/day", "--token-budget", "1/month"], "must be for the same time"),
        (["--name", "a", "--requests-per-minute", "0"], "`--requests-per-minute` is `0`"),
        (["--name", "a", "--tokens-per-minute", "many"], "`--tokens-per-minute` is `many`"),
        (["--name", "a", "--expires", "tomorrow"], "write its last day"),
        (["--name", "a", "--expires", "2027-02-29"], "write its last day"),
        (["--name", "a", "--expires", "0d"], "write its last day"),
        (["--name", "a", "--expires", "99999999d"], "write its last day"),
        (["--name", "a", "--expires", "2020-01-01"], "is over"),
        (["--name", "a", "nowhere.yaml"], "nowhere.yaml"),
    ],
)
def test_mistakes_are_said_and_make_no_key(line, arguments, words):
    assert words in line.fails("key", "make", *arguments)
    assert not (line.folder / ".plimsoll").exists()


def test_a_state_that_is_none_is_told(line):
    (line.folder / ".plimsoll").mkdir()
    (line.folder / ".plimsoll/state.db").write_text("not a database, but long enough to look like one\n" * 100)
    for arguments in (["make", "--name", "a"], ["list"], ["revoke", "0123456789ab"]):
        assert ".plimsoll/state.db" in line.fails("key", *arguments)


def test_a_damaged_entry_is_told_by_its_id_and_can_be_revoked(line):
    _, ident = make(line)
    _, other = make(line)
    with sqlite3.connect(line.folder / ".plimsoll/state.db") as state:
        state.execute("UPDATE entry SET value = '{' WHERE area = 'key' AND name = ?", (ident,))
    error = line.fails("key", "list")
    assert ident in error and "revoke it" in error
    line.good("key", "revoke", ident)
    assert list(listed(line)) == [other]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(line):
    line.folder.chmod(0o555)
    try:
        assert ".plimsoll" in line.fails("key", "make", "--name", "a")
    finally:
        line.folder.chmod(0o755)
