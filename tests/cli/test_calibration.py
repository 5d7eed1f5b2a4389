"""audit --calibration and multicalibration_error: MCGrad's figures, the bins, and what has none."""

import json
import random
import shutil

import pages
import pytest

TABLE = json.loads((pages.ROOT / "tests" / "reference" / "data" / "mcgrad.json").read_text())
EXAMPLE = pages.ROOT / "examples" / "calibration"
OPTIONS = ("--label", "label", "--score", "score", "--calibration", "--json")
BY = ("--by", "a", "--by", "b", "--by", "c")


@pytest.fixture
def audit(run, schema):
    def make(columns, rows, *options):
        lines = [",".join(columns)] + [",".join(str(value) for value in row) for row in rows]
        (run.folder / "d.csv").write_text("\n".join(lines) + "\n")
        value = run.json("audit", "d.csv", *OPTIONS, *options)
        schema("audit.schema.json", value)
        return value["calibration"]

    return make


@pytest.mark.parametrize("case", TABLE["cases"])
def test_multicalibration_error_is_that_of_mcgrad(audit, case):
    options = [*BY, "--smallest", case["smallest"], "--depth", case["depth"]]
    found = audit(case["columns"], case["rows"], *options, *(["--weight", "w"] if case["weighted"] else []))
    multi = found["multicalibration"]
    assert multi["error"]["value"] == pytest.approx(case["mce"], abs=1e-9)
    assert multi["sigmas"] == pytest.approx(case["mce_sigma"], abs=1e-9)
    assert multi["slices"] == case["segments"]
    assert found["reliability"][0]["ecce"]["value"] == pytest.approx(case["global_ecce"], abs=1e-9)
    assert multi["error"]["low"] <= multi["error"]["value"] <= multi["error"]["high"]


def test_the_slice_that_is_wrong_is_found_and_right_scores_are_not_called_wrong(audit):
    wrong, right = TABLE["cases"][0], TABLE["cases"][1]
    found = audit(wrong["columns"], wrong["rows"], *BY)["multicalibration"]
    assert found["p_value"] < 0.05 and found["error"]["low"] > 0
    assert {key: float(group) for key, group in found["worst"].items()} == {"a": 1, "b": 0}
    found = audit(right["columns"], right["rows"], *BY)["multicalibration"]
    assert found["p_value"] > 0.05 and found["error"]["low"] == 0


def made_up(n, seed, off=1.0):
    rng = random.Random(seed)
    rows = []
    for _ in range(n):
        score = round(rng.random(), 5)
        rows.append((rng.randrange(3), rng.randrange(2), score, int(rng.random() < score * off)))
    return rows


def equal_mass(rows):
    """(n, mean score, rate) of ten bins: a tie belongs to the bin of its middle rank."""
    bins = [[] for _ in range(10)]
    scores = sorted({row[2] for row in rows})
    below = 0
    for score in scores:
        tie = [row for row in rows if row[2] == score]
        bins[min(9, int(10 * (below + len(tie) / 2) / len(rows)))] += tie
        below += len(tie)
    return [(len(b), sum(r[2] for r in b) / len(b), sum(r[3] for r in b) / len(b)) for b in bins if b]


@pytest.mark.parametrize("digits", [5, 1])
def test_the_bins_are_those_of_the_calibration_error(audit, digits):
    rows = [(a, b, round(score, digits), y) for a, b, score, y in made_up(731, 5, 0.8)]
    for item in audit(("a", "b", "score", "label"), rows, "--by", "a", "--by", "b")["reliability"]:
        inside = [r for r in rows if all(str(r["ab".index(k)]) == v for k, v in item["slice"].items())]
        wanted = equal_mass(inside)
        assert [b["n"] for b in item["bins"]] == [n for n, _, _ in wanted]
        for found, (_, score, rate) in zip(item["bins"], wanted):
            assert found["score"] == pytest.approx(score, abs=1e-12)
            assert found["rate"]["value"] == pytest.approx(rate, abs=1e-12)
            assert found["gap"]["value"] == pytest.approx(rate - score, abs=1e-12)
            assert found["gap"]["high"] - found["gap"]["low"] == pytest.approx(
                found["rate"]["high"] - found["rate"]["low"], abs=1e-12)
        error = sum(n * abs(rate - score) for n, score, rate in wanted) / len(inside)
        assert item["calibration_error"]["value"] == pytest.approx(error, abs=1e-12)


def test_neither_rows_nor_threads_change_anything(audit):
    rows = made_up(500, 8, 0.7)
    found = audit(("a", "b", "score", "label"), rows, "--by", "a", "--by", "b", "--threads", 1)
    random.Random(1).shuffle(rows)
    assert audit(("a", "b", "score", "label"), rows, "--by", "a", "--by", "b", "--threads", 4) == found


def test_scores_that_are_no_probabilities_are_said_so(run):
    path = pages.ROOT / "examples" / "recidivism" / "decisions.csv"
    options = ("-l", "two_year_recid", "-s", "decile_score", "--count", "n", "--by", "sex", "--calibration")
    value = run.json("audit", path, *options, "--json")["calibration"]
    assert value["multicalibration"]["error"]["reason"] == "the scores are not probabilities between 0 and 1"
    assert all(item["bins"] == [] for item in value["reliability"])
    text = " ".join(run.good("audit", path, *options).split())
    assert "Nothing can be said of calibration: the scores are not probabilities between 0 and 1." in text


def test_calibration_needs_a_score_and_a_label(run):
    (run.folder / "d.csv").write_text("a,label,score\nx,1,0.5\n")
    for options in (("-l", "label", "-p", "label2"), ("-s", "score"), ()):
        assert "name both columns" in run.fails("audit", "d.csv", "--by", "a", "--calibration", *options)


@pytest.mark.parametrize("rows, reason", [
    ([("x", 1, 1), ("x", 0, 0)] * 40, "every score is 0 or 1"),
    ([("x", "", 1), ("y", "", 0)] * 40, None),
    ([("x", 0.5, "")] * 40, None),
    ([("x", 0.5, 1)], ""),
    ([("x", 0.5, 1)] * 50 + [("y", 0.5, 1)] * 50, ""),
    ([("x", 0.3, 0)] * 50 + [("y", 0.3, 1)], ""),
    ([("x", 0, 0)] * 50 + [("y", 0.3, 1)] * 40, ""),
])  # fmt: skip
def test_degenerate_groups_give_figures_or_reasons(audit, run, rows, reason):
    error = audit(("a", "score", "label"), rows, "--by", "a")["multicalibration"]["error"]
    if reason == "":
        assert error["value"] >= 0 and error["low"] <= error["value"] <= error["high"]
    else:
        assert error["value"] is None and (reason is None or error["reason"] == reason)
    for form in ("text", "markdown"):
        out = run.good("audit", "d.csv", *OPTIONS[:-1], "--by", "a", "--format", form)
        assert "nan" not in out.lower() and "inf" not in out.lower()


LINE = """plimsoll: 1
feature: renewals
risk: {severity: low, reversibility: full}
data:
  decisions: decisions.csv
  columns: {label: left, score: score, count: n}
  segments: {plan: plan, region: region}
limits:
  - {metric: multicalibration_error, max: MAX}
"""


@pytest.fixture
def gate(run):
    shutil.copy(EXAMPLE / "decisions.csv", run.folder)

    def judge(limit):
        (run.folder / "plimsoll.yaml").write_text(LINE.replace("max: MAX", limit))
        result = run("gate", "plimsoll.yaml", "--no-record", "--json")
        assert result.returncode in (0, 1), result.stderr
        return json.loads(result.stdout)["findings"][0]["state"]

    return judge


def test_a_line_can_limit_it(gate, run):
    assert [gate(f"max: {limit}") for limit in (0.2, 0.03, 0.001)] == ["clear", "unproven", "breach"]
    for limit in ("max: 0.05, by: plan", "max_difference: 0.05, by: plan"):
        (run.folder / "plimsoll.yaml").write_text(LINE.replace("max: MAX", limit))
        assert "looks at every slice itself; use `max`, without `by`" in run.fails("gate", "plimsoll.yaml")


def test_the_terminal_without_utf8_and_a_narrow_one_show_the_same_figures(run):
    options = ("-l", "left", "-s", "score", "--count", "n", "--by", "plan", "--by", "region", "--calibration")
    ascii_text = run.good("audit", EXAMPLE / "decisions.csv", *options, env={"LC_ALL": "C", "COLUMNS": "100"})
    assert ascii_text.isascii() and "| predicted, o came true" in ascii_text
    shutil.copy(EXAMPLE / "decisions.csv", run.folder / "d.csv")
    narrow = run.good("audit", "d.csv", *options, env={"COLUMNS": "60"})
    assert "predicted, ●" not in narrow and max(map(len, narrow.splitlines())) <= 60
    markdown = run.good("audit", EXAMPLE / "decisions.csv", *options, "--format", "markdown")
    assert "\n### Calibration\n\nMulticalibration error 0.0" in markdown


def test_the_output_on_the_page_is_what_the_program_prints(run):
    pages.check(run, "docs/calibration.md")
