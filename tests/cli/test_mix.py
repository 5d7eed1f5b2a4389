"""Gaps within strata: Simpson's paradox is said, and the split is Kitagawa's."""

import json
import random
import shutil

import pages
import pytest

EXAMPLE = pages.ROOT / "examples" / "admissions"

# department: (men, admitted, women, admitted); Bickel, Hammel & O'Connell, Science 187 (1975) 398.
ADMISSIONS = {
    "A": (825, 512, 108, 89), "B": (560, 353, 25, 17), "C": (325, 120, 593, 202),
    "D": (417, 138, 375, 131), "E": (191, 53, 393, 94), "F": (373, 22, 341, 24),
}  # fmt: skip
OPTIONS = ("--prediction", "admitted", "--count", "n", "--by", "sex", "--by", "department",
           "--metrics", "selection_rate", "--depth", "1")  # fmt: skip


def csv_of(table):
    lines = ["department,sex,admitted,n"]
    for name, (men, men_in, women, women_in) in table.items():
        for sex, n, k in (("male", men, men_in), ("female", women, women_in)):
            lines += [f"{name},{sex},{y},{count}" for y, count in ((1, k), (0, n - k)) if count]
    return "\n".join(lines) + "\n"


def kitagawa(table):
    """(mix, within, standardised men, standardised women) from the formula, over common strata."""
    common = [row for row in table.values() if row[0] and row[2]]
    men, women = sum(r[0] for r in common), sum(r[2] for r in common)
    mix = sum((a / men - b / women) * (x / a + y / b) / 2 for a, x, b, y in common)
    within = sum((x / a - y / b) * (a / men + b / women) / 2 for a, x, b, y in common)
    pooled = [(r[0] + r[2]) / (men + women) for r in common]
    return (mix, within, sum(w * r[1] / r[0] for w, r in zip(pooled, common)),
            sum(w * r[3] / r[2] for w, r in zip(pooled, common)))  # fmt: skip


@pytest.fixture
def audit(run, schema):
    def make(table, *options):
        (run.folder / "d.csv").write_text(csv_of(table))
        value = run.json("audit", "d.csv", *OPTIONS, *options, "--json")
        schema("audit.schema.json", value)
        return value["mix"]

    return make


def test_admissions_are_simpsons_paradox_and_the_figures_are_kitagawas(audit):
    found = audit(ADMISSIONS, "--strata", "department")
    assert (found["strata"], found["tried"], len(found["gaps"])) == ("department", 1, 1)
    gap = found["gaps"][0]
    mix, within, men, women = kitagawa(ADMISSIONS)

    assert [side["group"] for side in gap["groups"]] == ["male", "female"]
    assert gap["reversed"] and gap["proven"]
    assert gap["gap"]["value"] == pytest.approx(1198 / 2691 - 557 / 1835, abs=1e-12)
    assert gap["mix"]["value"] == pytest.approx(mix, abs=1e-9)
    assert gap["within"]["value"] == pytest.approx(within, abs=1e-9)
    assert gap["groups"][0]["standardised"]["value"] == pytest.approx(men, abs=1e-9)
    assert gap["groups"][1]["standardised"]["value"] == pytest.approx(women, abs=1e-9)
    assert gap["outside"] == 0
    assert (gap["common_strata"], gap["strata_along"], gap["strata_against"]) == (6, 2, 4)
    assert sum(stratum["mix"] for stratum in gap["by_stratum"]) == pytest.approx(mix, abs=1e-9)
    for stratum in gap["by_stratum"]:
        a, x, b, y = ADMISSIONS[stratum["stratum"]]
        assert stratum["gap"]["value"] == pytest.approx(x / a - y / b, abs=1e-12)
        assert stratum["groups"][0]["share"] == pytest.approx(a / 2691, abs=1e-12)
    assert gap["text"].startswith(
        "Simpson's paradox: overall selection_rate is higher for sex=male than for sex=female, 44.5 % "
        "against 30.4 %; within department it is higher for sex=female, by 3.6 points on average")


def test_strata_are_found_where_none_are_named_and_only_proven_reversals_are_shown(audit):
    found = audit(ADMISSIONS)
    assert (found["strata"], found["tried"]) == (None, 2)
    assert [(gap["by"], gap["strata"]) for gap in found["gaps"]] == [("sex", "department")]

    same = {name: (men, men_in, men, men_in) for name, (men, men_in, _, _) in ADMISSIONS.items()}
    assert audit(same)["gaps"] == []
    whole = audit(same, "--mix")
    assert len(whole["gaps"]) == 2 and not any(gap["reversed"] for gap in whole["gaps"])


def test_a_gap_that_is_the_same_inside_is_not_called_a_reversal(audit):
    table = {"A": (100, 60, 100, 40), "B": (300, 90, 300, 30)}
    gap = audit(table, "--strata", "department")["gaps"][0]
    assert not gap["reversed"] and not gap["proven"]
    assert gap["within"]["value"] == pytest.approx(0.2, abs=1e-12)
    assert gap["mix"]["value"] == pytest.approx(0.0, abs=1e-12)
    assert "the mix of department makes 0.0 points" in gap["text"]


def test_strata_with_one_group_only_stay_outside_and_are_counted(audit):
    table = {**ADMISSIONS, "G": (200, 180, 0, 0), "H": (0, 0, 50, 5)}
    gap = audit(table, "--strata", "department")["gaps"][0]
    mix, within, _, _ = kitagawa(table)
    assert gap["mix"]["value"] == pytest.approx(mix, abs=1e-9)
    assert gap["within"]["value"] == pytest.approx(within, abs=1e-9)
    assert gap["gap"]["value"] == pytest.approx(mix + within + gap["outside"], abs=1e-9)
    assert [side["outside"] for side in gap["groups"]] == [200, 50]
    assert gap["common_strata"] == 6 and len(gap["by_stratum"]) == 8
    assert gap["by_stratum"][6]["gap"]["status"] == "undefined"
    assert "250 decisions lie in strata where only one of the two has any" in gap["text"]


def test_without_a_common_stratum_nothing_is_compared(audit, run):
    gap = audit({"A": (100, 60, 0, 0), "B": (0, 0, 100, 30)}, "--strata", "department")["gaps"][0]
    assert gap["within"] == {"value": None, "low": None, "high": None, "n": 0, "status": "undefined",
                             "reason": "no stratum in which both groups have decisions"}  # fmt: skip
    assert not gap["reversed"] and gap["outside"] == 0
    text = run.good("audit", "d.csv", *OPTIONS, "--strata", "department")
    assert "nothing can be compared within" in " ".join(text.split())


@pytest.mark.parametrize("table", [
    {"A": (50, 50, 50, 0)},
    {"A": (50, 50, 50, 50), "B": (40, 40, 40, 40)},
    {"A": (50, 0, 50, 0), "B": (1, 1, 40, 0)},
    {"A": (30, 30, 1, 0), "B": (1, 0, 60, 60)},
])  # fmt: skip
@pytest.mark.parametrize("options", [("--mix",), ("--mix", "--strata", "department")])
def test_degenerate_strata_give_figures_and_no_nan(audit, run, table, options):
    audit(table, *options)
    for form in ("text", "markdown", "json"):
        out = run.good("audit", "d.csv", *OPTIONS, *options, "--format", form)
        assert "nan" not in out.lower().replace("finan", "") and "inf" not in out.lower()


def test_rows_in_another_order_and_ones_of_weight_1_change_nothing(audit, run):
    found = audit(ADMISSIONS)
    lines = csv_of(ADMISSIONS).splitlines()
    body = lines[1:]
    random.Random(4).shuffle(body)
    (run.folder / "w.csv").write_text(
        "\n".join([lines[0] + ",w", *(line + ",1" for line in body)]) + "\n")
    weighted = run.json("audit", "w.csv", *OPTIONS, "--weight", "w", "--json")["mix"]
    assert json.dumps(weighted) == json.dumps(found)


def test_what_takes_long_and_was_not_asked_for_is_left_out_and_said(run, schema):
    rng = random.Random(9)
    names = [f"s{i}" for i in range(16)]
    lines = [",".join([*names, "admitted"])]
    lines += [",".join(str(rng.randrange(2)) for _ in range(17)) for _ in range(100000)]
    (run.folder / "wide.csv").write_text("\n".join(lines) + "\n")
    options = ["audit", "wide.csv", "-p", "admitted", "-m", "selection_rate", "--depth", "1"]
    options += [word for name in names for word in ("--by", name)]
    value = run.json(*options, "--json")
    schema("audit.schema.json", value)
    assert value["mix"]["too_many"] and value["mix"]["tried"] == 0
    assert "Not looked at: 16 segments in" in run.good(*options)
    named = run.json(*options, "--strata", "s3", "--json")["mix"]
    assert not named["too_many"] and named["tried"] == 15


def test_strata_that_are_no_segment_are_refused(run):
    (run.folder / "d.csv").write_text(csv_of(ADMISSIONS))
    assert "`--strata faculty` is none of the segments" in run.fails(
        "audit", "d.csv", *OPTIONS, "--strata", "faculty")
    shutil.copytree(EXAMPLE, run.folder / "x", ignore=shutil.ignore_patterns(".plimsoll"))
    line = run.folder / "x" / "plimsoll.yaml"
    line.write_text(line.read_text().replace("strata: department ", "strata: departement "))
    message = run.fails("gate", line)
    assert "plimsoll.yaml:28:11" in message and "did you mean `department`?" in message


@pytest.fixture
def gate(run):
    shutil.copytree(EXAMPLE, run.folder / "x", ignore=shutil.ignore_patterns(".plimsoll"))
    return lambda *options, **more: run.json("gate", run.folder / "x" / "plimsoll.yaml",
                                             "--no-record", "--json", *options, code=1, **more)


def test_the_gate_notes_the_paradox_beside_its_finding(gate, run, schema):
    value = gate()
    schema("gate.schema.json", value)
    finding = value["findings"][0]
    assert finding["state"] == "breach"
    assert (finding["note"]["strata"], finding["note"]["reversed"]) == ("department", True)
    line = run.folder / "x" / "plimsoll.yaml"
    markdown = run("gate", line, "--no-record", "--format", "markdown").stdout
    assert "\n  - Simpson's paradox: overall selection_rate" in markdown


def test_the_record_keeps_the_note_without_the_strata(gate, run):
    line = run.folder / "x" / "plimsoll.yaml"
    assert run("gate", line).returncode == 1
    records = list((run.folder / "x" / ".plimsoll" / "ledger").rglob("*.jsonl"))
    text = "".join(path.read_text() for path in records)
    assert "Simpson's paradox" in text and "by_stratum" not in text


def test_a_finding_whose_gap_does_not_turn_round_has_no_note(run, gate):
    table = {"A": (100, 60, 100, 40), "B": (300, 90, 300, 30)}
    (run.folder / "x" / "decisions.csv").write_text(csv_of(table))
    assert "note" not in gate()["findings"][0]


@pytest.mark.parametrize("page", ["examples/admissions/README.md", "docs/mix.md"])
def test_the_output_on_the_page_is_what_the_program_prints(run, page):
    pages.check(run, page)


def test_check_explains_the_strata(run):
    text = run.good("check", "--explain", EXAMPLE / "plimsoll.yaml")
    assert "within each department" in text
