"""sign: sign-offs are on the record, count in the gate, and expire with the line and the data."""

import json
import re


def sign(run, role, *more):
    return run("sign", "--as", role, "--reason", "Read and agreed.", *more)


def needs_of(verdict):
    return [reason["text"] for reason in verdict["reasons"] if reason["kind"] == "need"]


RELEASE = """
release:
  allow: [ship, ship_with_monitoring, human_in_the_loop]
  needs: [executive, legal]
"""


def write_line(run):
    path = run.folder / "plimsoll.yaml"
    kept = re.sub(r"^release:.*?(?=^\S|\Z)", "", path.read_text(), flags=re.S | re.M)
    path.write_text(kept + RELEASE)
    return path


def test_a_sign_off_counts_in_the_gate(project, run):
    write_line(run)
    before = run.json("gate", "--json", code=1)
    assert before["verdict"] == "hold"
    assert len(needs_of(before)) == 2
    assert sign(run, "executive", "--name", "Ada").returncode == 0
    assert len(needs_of(run.json("gate", "--json", code=1))) == 1
    assert sign(run, "legal").returncode == 0
    after = run.json("gate", "--json", code=0)
    assert needs_of(after) == []
    records = [json.loads(line) for line in
               (run.folder / ".plimsoll/ledger/segment-000001.jsonl").read_text().splitlines()]
    signed = [record["body"] for record in records if record.get("kind") == "signoff"]
    assert [(body["role"], body["reason"]) for body in signed] == [
        ("executive", "Read and agreed."), ("legal", "Read and agreed.")]
    assert signed[0]["name"] == "Ada"


def test_a_sign_off_expires_when_the_line_changes(project, run):
    path = write_line(run)
    assert sign(run, "executive").returncode == 0
    assert len(needs_of(run.json("gate", "--json", code=1))) == 1
    path.write_text(path.read_text() + "# changed\n")
    assert len(needs_of(run.json("gate", "--json", code=1))) == 2


def test_a_sign_off_expires_when_the_data_change(project, run):
    write_line(run)
    assert sign(run, "legal").returncode == 0
    assert len(needs_of(run.json("gate", "--json", code=1))) == 1
    data = next(run.folder.glob("*.csv"))
    lines = data.read_text().splitlines()
    data.write_text("\n".join(lines + [lines[-1]]) + "\n")
    assert len(needs_of(run.json("gate", "--json", code=1))) == 2


def test_a_sign_off_needs_its_reason(project, run):
    result = run("sign", "--as", "legal")
    assert result.returncode == 2
    assert "--reason" in result.stderr
    assert not (run.folder / ".plimsoll").exists()


def test_an_unknown_role_is_refused(project, run):
    result = run("sign", "--as", "intern", "--reason", "x")
    assert result.returncode == 2
    assert "executive" in result.stderr


def test_a_broken_ledger_is_not_added_to(project, run):
    assert sign(run, "legal").returncode == 0
    segment = run.folder / ".plimsoll/ledger/segment-000001.jsonl"
    before = segment.read_text().replace("agreed", "Agreed")
    segment.write_text(before)
    result = sign(run, "executive")
    assert result.returncode == 2
    assert "block 1" in result.stderr
    assert segment.read_text() == before
