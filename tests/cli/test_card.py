"""card: the model card is made from the record, number for number; it is signed, and it lets the gate pass
while its line, its data and its verdict are what they were."""

import json
import re
import shutil

import conftest
import pages
import pytest
import yaml

RELEASE = "release:\n  allow: [ship, ship_with_monitoring]\n  needs: [{needs}]\n"


def need(run, *needs):
    """The line of the folder, which now needs these."""
    path = run.folder / "plimsoll.yaml"
    kept = re.sub(r"^release:.*?(?=^\S|\Z)", "", path.read_text(), flags=re.S | re.M)
    path.write_text(kept + RELEASE.format(needs=", ".join(needs)))
    return path


def needs_of(verdict):
    return [reason["text"] for reason in verdict["reasons"] if reason["kind"] == "need"]


def make(run, name="card.json", *options):
    run.good("card", "-o", name, *options)
    return run.folder / name


def card_of(run, name="card.json", *options):
    return json.loads(make(run, name, *options).read_text())


def records(run, kind):
    return [one["body"] for one in run.json("ledger", "show", "--kind", kind, "--json")["records"]]


def test_no_card_no_ship_and_with_a_card_it_ships(project, run):
    need(run, "card")
    held = run.json("gate", "--json", code=1)
    assert held["verdict"] == "hold" and len(needs_of(held)) == 1
    assert "plimsoll card -o card.md" in run("gate").stdout
    assert run("card", "--check").returncode == 1
    card = card_of(run)
    assert card["verdict"]["verdict"] == "hold"
    assert card["verdict"]["but_for_card"] == "ship_with_monitoring"
    for _ in range(3):
        passed = run.json("gate", "--json", code=0)
        assert passed["verdict"] == "ship_with_monitoring" and needs_of(passed) == []
    assert "current" in run.good("card", "--check")


def test_a_card_made_from_a_passing_verdict_stays_current(project, run):
    need(run, "card")
    run.json("gate", "--json", code=1)
    make(run)
    run.json("gate", "--json", code=0)
    card = card_of(run, "again.json")
    assert card["verdict"]["verdict"] == "ship_with_monitoring"
    run.json("gate", "--json", code=0)


def change_line(run):
    path = run.folder / "plimsoll.yaml"
    path.write_text(path.read_text() + "# changed\n")


def change_data(run):
    path = run.folder / "decisions.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")


@pytest.mark.parametrize(("change", "word"), [(change_line, "line has"), (change_data, "data have")])
def test_a_card_is_stale_once_line_or_data_change(project, run, change, word):
    need(run, "card")
    run("gate")
    make(run)
    change(run)
    checked = run("card", "--check")
    assert checked.returncode == 1 and "stale" in checked.stdout and word in checked.stdout
    assert word in run.fails("card", "-o", "new.json")
    held = run.json("gate", "--json", code=1)
    assert len(needs_of(held)) == 1 and "stale" in needs_of(held)[0] and word in needs_of(held)[0]
    make(run)
    assert run.json("gate", "--json", code=0)["verdict"] == "ship_with_monitoring"


def test_a_card_is_stale_once_its_verdict_changes(project, run):
    need(run, "card", "legal")
    run("gate")
    card = card_of(run)
    assert card["verdict"]["but_for_card"] == "hold" and card["sign_offs"] == []
    run.good("sign", "--as", "legal", "--reason", "Read.", "--name", "Ada")
    held = run.json("gate", "--json", code=1)
    assert needs_of(held) == [
        "The line needs a current model card, and that of block 2 is stale: it shows the verdict hold, which is "
        "ship_with_monitoring by now."
    ]
    checked = run("card", "--check")
    assert checked.returncode == 1 and "verdict hold" in checked.stdout
    card = card_of(run)
    assert [(one["role"], one["name"], one["current"]) for one in card["sign_offs"]] == [("legal", "Ada", True)]
    assert run.json("gate", "--json", code=0)["verdict"] == "ship_with_monitoring"


def test_a_card_is_one_for_every_slice_of_a_launch(run):
    shutil.copytree(pages.ROOT / "examples" / "languages", run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip

    def verdicts(verdict):
        return {json.dumps(one["slice"]): one["verdict"] for one in verdict["launch"]["slices"]}

    without = verdicts(json.loads(run("gate", "--json").stdout))
    path = run.folder / "plimsoll.yaml"
    text = path.read_text()
    path.write_text(re.sub(r"needs: \[", "needs: [card, ", text) if "needs: [" in text
                    else re.sub(r"^release:\n", "release:\n  needs: [card]\n", text, flags=re.M))
    held = verdicts(json.loads(run("gate", "--json").stdout))
    assert set(held.values()) <= {"hold", "no_ship"} and held != without
    make(run)
    assert verdicts(json.loads(run("gate", "--json").stdout)) == without


def test_where_the_line_is_read_from_does_not_matter(project, run):
    need(run, "card")
    run("gate")
    make(run)
    elsewhere = run.folder / "elsewhere"
    elsewhere.mkdir()
    assert run.json("gate", run.folder / "plimsoll.yaml", "--json", cwd=elsewhere)["verdict"] == "ship_with_monitoring"


def test_the_figures_are_those_of_the_record_to_the_last_bit(run):
    shutil.copytree(pages.ROOT / "examples" / "recidivism", run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
    shown = run.json("gate", "--json", code=1)
    card = card_of(run)
    for key in ("overall", "slices"):
        assert card[key] == shown[key]
    for mine, theirs in zip(card["findings"], shown["findings"], strict=True):
        assert mine == {key: value for key, value in theirs.items() if key in mine}
        assert {"state", "value", "low", "high", "n", "status"} <= set(mine)
    text = make(run, "card.md").read_text()
    for one in shown["slices"]:
        name = " × ".join(f"{key}={value}" for key, value in one["slice"].items())
        estimate = one["measures"]["accuracy"]
        assert f"| {name} | {100 * estimate['value']:.1f} % " in text


def test_slices_that_do_not_fit_are_counted(run):
    """3,000 groups do not go into one record."""
    rows = "\n".join(f"g{i},1,0.9\ng{i},0,0.1" for i in range(3000))
    (run.folder / "decisions.csv").write_text("team,label,score\n" + rows + "\n")
    (run.folder / "plimsoll.yaml").write_text(
        conftest.LINE.format(limits="  - {metric: accuracy, min: 0.7}", decisions="decisions.csv"))
    run("gate")
    body = records(run, "verdict")[0]
    assert 0 < len(body["slices"]) and len(body["slices"]) + body["slices_omitted"] == 3000
    card = card_of(run)
    assert card["slices_omitted"] == body["slices_omitted"] > 0
    assert f"{body['slices_omitted']:,} more groups" in make(run, "card.md").read_text()


def test_yaml_says_what_json_says(project, run):
    run("gate")
    make(run)
    card = json.loads((run.folder / "card.json").read_text())
    card.pop("signature")
    told = yaml.safe_load(make(run, "card.yaml").read_text())
    for one in (card, told):
        one["hashes"].pop("ledger"), one["hashes"].pop("ledger_block")
    assert told == card


@pytest.mark.parametrize("name", ["card.md", "card.json", "card.yaml", "card.html"])
def test_a_card_verifies_offline_and_a_changed_byte_shows(project, run, name):
    run("gate")
    path = make(run, name)
    good = run.json("ledger", "verify", "--card", name, "--json")
    assert good["holds"] and good["block"] == 2
    assert good["public_key"] == (run.folder / ".plimsoll/ledger/key.pub").read_text().strip()
    alone = run.json("ledger", "verify", "--card", name, "--ledger", "nowhere", "--json")
    assert alone["holds"] and alone["block"] is None
    other = run("ledger", "verify", "--card", name, "--ledger", "nowhere", "--key", "0" * 64)
    assert other.returncode == 1 and "another key" in other.stdout
    text = path.read_bytes()
    for at in (0, 40, len(text) // 2, len(text) - 200, len(text) - 2):
        path.write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
        assert run("ledger", "verify", "--card", name).returncode == 1, at
        assert run("ledger", "verify", "--card", name, "--ledger", "nowhere").returncode == 1, at


def stale(run, name="card.json"):
    checked = run.json("ledger", "verify", "--card", name, "--json")
    assert checked["holds"]
    said = re.findall(r"It is stale: by the verdict of block (\d+) its (\w+) changed", run("ledger", "verify", "--card", name).stdout)
    assert said == ([] if checked["stale"] is None else [(str(checked["stale"]["block"]), checked["stale"]["changed"])])
    return checked["stale"] and checked["stale"]["changed"]


def test_a_card_that_is_handed_on_says_whether_it_is_stale(project, run):
    path = need(run, "card", "legal")
    text = path.read_text()
    run("gate")
    make(run)
    run("gate")
    assert stale(run) is None
    path.write_text(text + "# changed\n")
    assert stale(run) is None  # the record does not know yet
    run("gate")
    assert stale(run) == "line"
    path.write_text(text)
    run("gate")
    assert stale(run) is None
    run.good("sign", "--as", "legal", "--reason", "Read.", "--name", "Ada")
    run("gate")
    assert stale(run) == "verdict"
    make(run, "again.json")
    assert stale(run, "again.json") is None and stale(run) == "verdict"
    change_data(run)
    run("gate")
    assert stale(run) == stale(run, "again.json") == "data"


def test_a_verdict_of_another_feature_makes_no_card_stale(project, run):
    run("gate")
    make(run)
    path = run.folder / "plimsoll.yaml"
    path.write_text(path.read_text().replace("test-feature", "other-feature"))
    run("gate")
    assert stale(run) is None


def test_a_card_that_is_not_on_the_record_is_found_out(project, run):
    run("gate")
    make(run)
    ledger = run.folder / ".plimsoll" / "ledger"
    elsewhere = run.folder / "other" / "ledger"
    shutil.copytree(ledger, elsewhere)
    make(run, "later.json", "--audience", "regulator")
    assert run("ledger", "verify", "--card", "later.json").returncode == 0
    result = run("ledger", "verify", "--card", "later.json", "--ledger", elsewhere)
    assert result.returncode == 1 and "no record of it" in result.stdout


def test_the_record_of_a_card_says_what_it_was_made_from(project, run):
    verdict = run.json("gate", "--json")
    card = card_of(run)
    body = records(run, "card")[0]
    assert body["card_hash"] == card["signature"]["hash"]
    assert body["verdict_block"] == card["verdict"]["block"] == verdict["ledger"]["block"]
    assert body["line_hash"] == card["hashes"]["line"] == verdict["line"]["hash"]
    assert body["data_hash"] == card["hashes"]["data"] == verdict["data"]["hash"]
    assert body["figures_hash"] == card["hashes"]["figures"]
    assert re.fullmatch("[0-9a-f]{64}", card["hashes"]["binary"])


def test_the_standard_output_has_the_card_and_nothing_else(project, run):
    run("gate")
    assert json.loads(run.good("card", "-o", "-", "--format", "json"))["feature"] == "test-feature"
    assert run.good("card", "-o", "-", "-f", "markdown").startswith("# Model card: A test feature\n")


def test_what_cannot_be_done_is_said(project, run):
    assert "gate` first" in run.fails("card", "-o", "card.md")
    run("gate")
    assert "-o card.md" in run.fails("card")
    assert "no form" in run.fails("card", "-o", "card.pdf")
    for date in ("March", "2026-02-30", "2026-3-1", "2026-03-01 "):
        assert "2026-03-01" in run.fails("card", "-o", "card.md", "--distributed", date)
    assert "no/such" in run.fails("card", "-o", "no/such/card.md")
    assert records(run, "card") == []


def test_a_broken_ledger_makes_no_card(project, run):
    run("gate")
    segment = run.folder / ".plimsoll/ledger/segment-000001.jsonl"
    segment.write_text(segment.read_text().replace("test-feature", "best-feature"))
    assert "block 1" in run.fails("card", "-o", "card.md")


def test_text_of_the_line_is_text_in_the_card(project, run):
    path = run.folder / "plimsoll.yaml"
    path.write_text(path.read_text().replace("A test feature", '"<script>x</script> | `a` [b](c)"'))
    run("gate")
    text = make(run, "card.md").read_text()
    assert "<script>" not in text and "[b](c)" not in text
    assert yaml.safe_load(make(run, "card.yaml").read_text())["title"] == "<script>x</script> | `a` [b](c)"


GROUPS = ["</script>", "\u202eabc", "a\x7fb\x85c", "| # - : 'q' \"w\"", "x" * 5000, "ü", "---", "*b* `c`"]


def test_groups_with_any_name_stand_in_every_form(run):
    rows = [f'"{name.replace(chr(34), chr(34) * 2)}",{label},0.9' for name in GROUPS for label in (0, 1) * 20]
    (run.folder / "decisions.csv").write_text("team,label,score\n" + "\n".join(rows) + "\n", newline="")
    (run.folder / "plimsoll.yaml").write_text(
        conftest.LINE.format(limits="  - {metric: accuracy, min: 0.1, by: team}", decisions="decisions.csv"))
    run("gate")
    card = card_of(run)
    assert {one["slice"]["team"] for one in card["slices"]} == set(GROUPS)
    told = yaml.safe_load(make(run, "card.yaml").read_text())
    assert told["slices"] == card["slices"]
    text = make(run, "card.md").read_text()
    assert "</script>" not in text and "*b*" not in text
    assert all(line.count("|") == 5 for line in text.splitlines() if line.startswith("| team="))


@pytest.mark.parametrize("audience", ["public", "auditor", "regulator"])
@pytest.mark.parametrize("example", ["recidivism", "hiring", "languages", "admissions", "fraud"])
def test_cards_of_the_examples_are_as_the_schema_says(run, schema, example, audience):
    shutil.copytree(pages.ROOT / "examples" / example, run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
    run("gate")
    run.good("sign", "--as", "legal", "--reason", "Read.")
    card = card_of(run, "card.json", "--audience", audience, "--distributed", "2026-03-01")
    schema("card.schema.json", card)
    assert card["audience"] == audience and card["distributed"] == "2026-03-01"
    assert len(card["sign_offs"]) == 1
