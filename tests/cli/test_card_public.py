"""card --audience: one source, three cards. The public's says nothing from which a count below ten can be
worked out; the tests take totals and differences as somebody who wants to know would."""

import itertools
import json
import random

import pytest

SMALL = 10
RATES = ("accuracy", "false_positive_rate", "false_negative_rate", "selection_rate", "base_rate")
LINE = """plimsoll: 1
feature: f
owner: team@example.org
risk: {severity: low, reversibility: full}
data:
  decisions: d.csv
  columns: {label: label, prediction: prediction, count: n}
  segments: {g: g, h: h}
limits:
  - {metric: accuracy, min: 0.2, by: [g, h, g * h]}
  - {metric: false_positive_rate, max: 0.9, by: g}
evidence: {smallest_slice: 1}
"""


def write(run, counts):
    """counts: (g, h) -> (TP, FN, FP, TN)."""
    rows = ["g,h,label,prediction,n"]
    for (g, h), four in counts.items():
        for (label, prediction), n in zip(((1, 1), (1, 0), (0, 1), (0, 0)), four, strict=True):
            rows += [f"{g},{h},{label},{prediction},{n}"] if n else []
    (run.folder / "d.csv").write_text("\n".join(rows) + "\n")
    (run.folder / "plimsoll.yaml").write_text(LINE)
    assert run("gate").returncode in (0, 1)


def card_of(run, audience):
    run.good("card", "-o", "card.json", "--audience", audience)
    return json.loads((run.folder / "card.json").read_text())


def segments_of(card):
    return {name: list(group) for name, group in
            itertools.groupby(card["slices"], key=lambda one: next(iter(one["slice"])))}  # fmt: skip


def counted(estimate):
    """The counts behind a rate: n, k, n - k."""
    k = round(estimate["value"] * estimate["n"]) if estimate["value"] is not None else 0
    return estimate["n"], k, estimate["n"] - k


def assert_safe(suppressed, truths):
    """What a difference with the total tells: the sums of what is suppressed."""
    if not suppressed:
        return
    if len(suppressed) < len(truths):
        assert len(suppressed) >= 2
    if len(suppressed) < len(truths):
        assert all(sum(side) >= SMALL for side in zip(*(truths[i] for i in suppressed), strict=True))


def assert_public_is_safe(public, auditor):
    truths = {json.dumps(one["slice"]): one for one in auditor["slices"]}
    for slices in segments_of(public).values():
        true = [truths[json.dumps(one["slice"])] for one in slices]
        hidden = [i for i, one in enumerate(slices) if one["n"] is None]
        assert all(one["n"] >= SMALL for i, one in enumerate(true) if i not in hidden)
        assert_safe(hidden, [(one["n"],) for one in true])
        gone = [i for i, one in enumerate(slices) if one["measures"]["accuracy"]["status"] == "suppressed"]
        assert set(hidden) <= set(gone)
        for i, one in enumerate(slices):
            for measure, estimate in one["measures"].items():
                assert "n" not in estimate and (estimate["status"] == "suppressed") == (i in gone)
                if i in gone:
                    assert estimate["value"] is estimate["low"] is estimate["high"] is None
                elif estimate["value"] is not None:
                    assert estimate["value"] == pytest.approx(true[i]["measures"][measure]["value"], abs=5e-4 + 1e-12)
        # Every rate that was measured, shown or not: what is shown can be solved for the others.
        for measure in RATES:
            counts = [counted(one["measures"][measure]) for one in true]
            assert all(min(counts[i]) >= SMALL for i in range(len(slices)) if i not in gone)
            assert_safe(gone, counts)


def test_one_small_group_takes_the_next_smallest_with_it(run):
    write(run, {("A", "x"): (200, 100, 100, 200), ("B", "x"): (40, 30, 30, 40), ("C", "y"): (2, 1, 1, 2),
                ("A", "y"): (200, 100, 100, 200)})  # fmt: skip
    public, auditor = card_of(run, "public"), card_of(run, "auditor")
    shown = {one["slice"]["g"]: one["n"] for one in public["slices"] if "g" in one["slice"]}
    assert shown == {"A": 1200, "B": None, "C": None}
    assert_public_is_safe(public, auditor)


def test_a_small_numerator_hides_all_figures_of_its_group_and_one_more(run):
    write(run, {("A", "x"): (200, 100, 100, 200), ("A", "y"): (20, 20, 20, 20), ("B", "x"): (100, 30, 3, 100),
                ("C", "y"): (90, 60, 60, 90)})  # fmt: skip
    public, auditor = card_of(run, "public"), card_of(run, "auditor")
    for measure in ("accuracy", "false_positive_rate"):
        state = {one["slice"]["g"]: one["measures"][measure]["status"] for one in public["slices"]
                 if "g" in one["slice"]}  # fmt: skip
        assert state == {"A": "ok", "B": "suppressed", "C": "suppressed"}
    assert all(one["n"] is not None for one in public["slices"])
    assert_public_is_safe(public, auditor)


def test_overall_a_few_are_hidden_and_nobody_may_be_said(run):
    write(run, {("A", "x"): (200, 100, 3, 200), ("B", "x"): (100, 30, 0, 100)})
    public = card_of(run, "public")
    assert {one["status"] for one in public["overall"]["measures"].values()} == {"suppressed"}
    write(run, {("A", "x"): (200, 100, 0, 200), ("B", "x"): (100, 30, 0, 100)})
    public = card_of(run, "public")
    assert public["overall"]["measures"]["false_positive_rate"]["value"] == 0
    assert {one["measures"]["accuracy"]["status"] for one in public["slices"]} == {"suppressed"}


@pytest.mark.parametrize("seed", range(12))
def test_nothing_small_can_be_worked_out(run, seed):
    dice = random.Random(seed)
    pick = lambda: tuple(dice.choice([0, 1, 3, 8, 12, 40, 200]) for _ in range(4))  # noqa: E731
    counts = {(g, h): pick() for g in "ABCDE" for h in "xyz"}
    counts["A", "x"] = (300, 300, 300, 300)
    write(run, counts)
    assert_public_is_safe(card_of(run, "public"), card_of(run, "auditor"))


def test_the_public_sees_no_crossing_no_case_and_no_figure_in_words(run):
    write(run, {("A", "x"): (200, 100, 100, 200), ("B", "y"): (40, 30, 30, 40)})
    run.good("sign", "--as", "legal", "--reason", "Secret grounds.", "--name", "Ada")
    run("gate")
    public = card_of(run, "public")
    assert all(len(one["slice"]) == 1 for one in public["slices"])
    assert set(public["slices"][0]["measures"]) <= {"accuracy", "selection_rate", "false_positive_rate"}
    assert all(set(one) == {"limit", "metric", "comparator", "threshold", "state"} for one in public["findings"])
    assert {one["kind"] for one in public["verdict"]["reasons"]} <= {"need", "risk", "clear"}
    assert "history" not in public and set(public["method"]) == {"measures"}
    assert set(public["method"]["measures"]["accuracy"]) == {"summary"}
    text = json.dumps(public)
    assert "Ada" not in text and "Secret" not in text
    markdown = run.good("card", "-o", "-", "-f", "markdown", "--audience", "public")
    assert "Ada" not in markdown and "for the public" in markdown and "Seed" not in markdown and "(about 2 in 3)" in markdown
    assert "| ● clear | accuracy at least 0.2" in markdown


def nested(run, rows):
    """rows: (years, decade) -> n, half of them right."""
    lines = [f"{years},{decade},{i % 2},1,{n // 2}" for (years, decade), n in rows.items() for i in range(2)]
    (run.folder / "d.csv").write_text("\n".join(["g,h,label,prediction,n", *lines]) + "\n")
    (run.folder / "plimsoll.yaml").write_text(LINE)
    assert run("gate").returncode in (0, 1)


def test_of_nested_segments_the_public_sees_the_coarser(run):
    """Otherwise a group of years could be taken from its decade: 30 less 24 is 6."""
    nested(run, {("20", "20s"): 400, ("21", "20s"): 24, ("22", "20s"): 6, ("30", "30s"): 80, ("(missing)", "30s"): 60})
    public, auditor = card_of(run, "public"), card_of(run, "auditor")
    assert public["data"]["segments_left_out"] == ["g"] and "segments_left_out" not in auditor["data"]
    assert set(segments_of(public)) == {"h"} and set(segments_of(auditor)) >= {"g", "h"}
    assert "g divides another segment further" in run.good("card", "-o", "-", "-f", "markdown", "-a", "public")


def test_of_two_segments_that_divide_people_alike_the_first_stays(run):
    nested(run, {("a", "A"): 400, ("b", "B"): 200, ("c", "C"): 100})
    assert card_of(run, "public")["data"]["segments_left_out"] == ["h"]


def test_segments_that_cross_and_those_of_one_group_are_not_nested(run):
    nested(run, {("a", "A"): 400, ("a", "B"): 200, ("b", "A"): 100})
    assert card_of(run, "public")["data"]["segments_left_out"] == []
    nested(run, {("a", "A"): 400, ("b", "A"): 200})
    assert card_of(run, "public")["data"]["segments_left_out"] == []


def test_the_public_gets_no_hash_that_suppressed_counts_could_be_tried_against(run):
    """The rest of the figures and of the data may be known: then a hash of them tells what is left."""
    write(run, {("A", "x"): (200, 100, 100, 200), ("B", "y"): (2, 1, 1, 2)})
    run.good("sign", "--as", "legal", "--reason", "Read.")
    auditor, public = card_of(run, "auditor"), card_of(run, "public")
    assert set(public["hashes"]) == {"line", "binary", "public_key", "ledger_block"}
    text = json.dumps({key: value for key, value in public.items() if key != "signature"})
    for name in ("data", "figures", "ledger"):
        assert auditor["hashes"][name] and auditor["hashes"][name] not in text
    assert "time_ms" not in text and "size_bytes" not in text


def test_a_few_decisions_without_a_label_are_suppressed(run):
    write(run, {("A", "x"): (200, 100, 100, 200), ("B", "y"): (40, 30, 30, 40)})
    for few, shown in ((0, 0), (9, None), (10, 10)):
        with (run.folder / "d.csv").open("a") as file:
            file.write(f"A,x,,1,{few}\n" if few else "")
        run("gate")
        assert card_of(run, "public")["data"]["unlabelled"] == shown
        if few == 9:
            assert "; suppressed without a label" in run.good("card", "-o", "-", "-f", "markdown", "-a", "public")
            write(run, {("A", "x"): (200, 100, 100, 200), ("B", "y"): (40, 30, 30, 40)})


def test_the_auditor_sees_every_slice_and_method_the_regulator_the_records_too(run):
    write(run, {("A", "x"): (200, 100, 100, 200), ("B", "y"): (2, 1, 1, 2)})
    run.good("sign", "--as", "legal", "--reason", "Read.")
    auditor, regulator = card_of(run, "auditor"), card_of(run, "regulator")
    assert {len(one["slice"]) for one in auditor["slices"]} == {1, 2}
    assert auditor["method"]["measures"]["accuracy"]["formula"]
    assert "ledger_extract" not in auditor
    segment = (run.folder / ".plimsoll/ledger/segment-000001.jsonl").read_text().splitlines()
    assert [json.loads(one)["kind"] for one in regulator["ledger_extract"]] == ["verdict", "signoff"]
    assert set(regulator["ledger_extract"]) <= set(segment)
    assert any("ledger verify" in step for step in regulator["verification"])
