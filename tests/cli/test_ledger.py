"""ledger verify, show and head: what holds, and that every damage is named by its block."""

import random

import pytest


@pytest.fixture
def ledger(project, run):
    """A ledger of three verdicts."""
    for _ in range(3):
        run.json("gate", "--json")
    return run.folder / ".plimsoll" / "ledger"


def test_a_whole_ledger_holds(ledger, run):
    check = run.json("ledger", "verify", "--json")
    assert check["holds"] is True and check["bad_block"] is None and check["problem"] is None
    assert check["blocks"] == 3 and check["records"] == 3
    assert "The chain holds: 3 records in 3 blocks" in run.good("ledger", "verify")


def test_the_head_is_the_last_block(ledger, run):
    head = run.json("ledger", "head", "--json")
    check = run.json("ledger", "verify", "--json")
    assert head == {"block": 3, "records": 3, "hash": check["hash"]}
    assert check["hash"] in run.good("ledger", "head")


def test_show_lists_the_records_in_order(ledger, run):
    shown = run.json("ledger", "show", "--json")
    assert [record["sequence"] for record in shown["records"]] == [1, 2, 3]
    assert shown["ledger"]["holds"] is True
    last = run.json("ledger", "show", "--last", "1", "--json")
    assert last["records"] == shown["records"][2:]
    assert run.json("ledger", "show", "--kind", "card", "--json")["records"] == []
    assert run.good("ledger", "show").count("verdict\n") == 3


def test_the_key_that_signed_can_be_demanded(ledger, run):
    key = (ledger / "key.pub").read_text().strip()
    run.good("ledger", "verify", "--key", key)
    other = ("0" if key[0] != "0" else "1") + key[1:]
    assert run("ledger", "verify", "--key", other).returncode == 1
    assert "64" in run.fails("ledger", "verify", "--key", "abc")


def test_any_changed_byte_is_noticed(ledger, run):
    seed = 20240612
    segment = ledger / "segment-000001.jsonl"
    whole = segment.read_bytes()
    chance = random.Random(seed)
    for _ in range(25):
        at = chance.randrange(len(whole))
        changed = bytes([whole[at] ^ (1 << chance.randrange(8))])
        segment.write_bytes(whole[:at] + changed + whole[at + 1 :])
        check = run.json("ledger", "verify", "--json", code=1)
        assert check["holds"] is False, f"byte {at}, seed {seed}"
        assert 1 <= check["bad_block"] <= 4 and f"block {check['bad_block']}" in check["problem"]
    segment.write_bytes(whole)
    run.good("ledger", "verify")


def test_a_cut_tail_is_noticed(ledger, run):
    segment = ledger / "segment-000001.jsonl"
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-2]))
    check = run.json("ledger", "verify", "--json", code=1)
    assert check["bad_block"] == 3
    text = run("ledger", "verify")
    assert text.returncode == 1 and "does not hold" in text.stdout and "block 3" in text.stdout


def test_show_stops_where_the_chain_does_not_hold(ledger, run):
    segment = ledger / "segment-000001.jsonl"
    lines = segment.read_bytes().splitlines(keepends=True)
    assert len(lines) == 7, "a header, and for each block a record and its seal"
    segment.write_bytes(b"".join(lines[:3] + lines[5:]))
    result = run("ledger", "show", "--json")
    assert result.returncode == 1
    assert "block 2" in result.stderr
    assert '"sequence": 1' in result.stdout and '"sequence": 3' not in result.stdout


@pytest.mark.parametrize("command", ["verify", "show", "head"])
def test_without_a_ledger_there_is_an_error(run, command):
    assert "there is no ledger in .plimsoll/ledger" in run.fails("ledger", command)
    assert "nowhere" in run.fails("ledger", command, "--ledger", "nowhere")
