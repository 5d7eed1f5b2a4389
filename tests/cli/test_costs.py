"""Costs of all four answers and by slice: the mean cost in every slice against a plain computation here."""

import csv
import itertools
import json
import random

import pytest

ROWS = [
    (language, plan, label, score, weight)
    for language, plan, n in (("en", "free", 220), ("en", "paid", 180), ("hi", "free", 90), ("hi", "paid", 60), ("ta", "free", 12))
    for label, score, weight in [
        (r.random() < 0.4, round(r.random(), 2), r.choice([1, 2, 0.5]))
        for r in [random.Random(f"{language}{plan}")]
        for _ in range(n)
    ]
]

LINE = """plimsoll: 1
feature: costs
data:
  decisions: decisions.csv
  columns: {{label: label, score: score{weight}}}
  segments: {{language: language, plan: plan}}
costs:
{costs}
limits:
{limits}
evidence: {{seed: 7}}
"""

COSTS = """  false_positive: 1
  false_negative: 5
  true_positive: -2
  true_negative: 0.1
  slices:
    - {slice: {language: hi}, false_negative: 10}
    - {slice: {plan: paid}, false_negative: 7, false_positive: 2.5}
    - {slice: {language: hi, plan: paid}, true_positive: -4}
"""
ERRORS_ONLY = """  false_positive: 1
  false_negative: 5
  slices: [{slice: {language: hi}, false_negative: 10}]
"""


def cost_of(row, costs=COSTS):
    language, plan, label, score, _ = row
    said = score >= 0.5
    tp, tn, fp, fn = (-2, 0.1, 1, 5) if costs == COSTS else (0, 0, 1, 5)
    if language == "hi":
        fn = 10
    if costs == COSTS and plan == "paid":
        fn, fp = 7, 2.5
    if costs == COSTS and plan == "paid" and language == "hi":
        tp = -4
    return (tp if said else fn) if label else (fp if said else tn)


def mean_cost(rows, weighted=False, costs=COSTS):
    total = sum(row[4] if weighted else 1 for row in rows)
    return sum(cost_of(row, costs) * (row[4] if weighted else 1) for row in rows) / total


@pytest.fixture
def priced(run):
    def write(limits="  - {metric: expected_cost, max: 3}", costs=COSTS, weighted=False, rows=ROWS):
        with (run.folder / "decisions.csv").open("w", newline="") as file:
            out = csv.writer(file)
            out.writerow(("language", "plan", "label", "score", "w"))
            out.writerows((language, plan, int(label), score, weight) for language, plan, label, score, weight in rows)
        text = LINE.format(costs=costs, limits=limits, weight=", weight: w" if weighted else "")
        (run.folder / "plimsoll.yaml").write_text(text)
        return run

    return write


def slices_of(result):
    """Every slice with its estimate of the mean cost, and the rows that lie in it."""
    for one in [{"slice": {}, "measures": result["overall"]["measures"]}, *result["slices"]]:
        where = one["slice"]
        rows = [row for row in ROWS if where.get("language", row[0]) == row[0] and where.get("plan", row[1]) == row[1]]
        yield rows, one["measures"]["expected_cost"]


@pytest.mark.parametrize("costs, weighted", list(itertools.product((COSTS, ERRORS_ONLY), (False, True))))
def test_the_mean_cost_is_that_of_the_rows_in_every_slice(priced, costs, weighted):
    run = priced(costs=costs, weighted=weighted, limits="  - {metric: expected_cost, max: 4, by: every}")
    result = json.loads(run("gate", "--json", "--no-record").stdout)
    seen = 0
    for rows, estimate in slices_of(result):
        assert estimate["value"] == pytest.approx(mean_cost(rows, weighted, costs), abs=1e-9)
        assert estimate["low"] < estimate["value"] < estimate["high"]
        seen += 1
    assert seen == 1 + 3 + 2 + 5
    # The overall figure is the mean of the slices.
    parts = [(rows, estimate["value"]) for rows, estimate in slices_of(result)][1:4]
    weights = [sum(row[4] if weighted else 1 for row in rows) for rows, _ in parts]
    mean = sum(w * value for w, (_, value) in zip(weights, parts)) / sum(weights)
    assert mean == pytest.approx(result["overall"]["measures"]["expected_cost"]["value"], abs=1e-9)


def test_a_cost_that_a_slice_cannot_have_does_not_widen_its_interval(priced):
    """Without the entry for `hi` the figures of `en` are the same, to the last digit."""

    def of_english(costs):
        limits = "  - {metric: expected_cost, max: 3, by: language}"
        result = json.loads(priced(costs=costs, limits=limits)("gate", "--json", "--no-record").stdout)
        return next(one for one in result["slices"] if one["slice"] == {"language": "en"})["measures"]["expected_cost"]

    assert of_english(ERRORS_ONLY) == of_english("  false_positive: 1\n  false_negative: 5\n")


@pytest.mark.parametrize("costs", [COSTS, ERRORS_ONLY])
def test_comparisons_between_slices_and_with_the_whole_work(priced, costs):
    limits = """  - {metric: expected_cost, max_difference: 0.2, by: language}
  - {metric: expected_cost, max_difference_to_overall: 0.2, by: language}
  - {metric: expected_cost, max_difference: 9, by: plan, reference: free}"""
    result = json.loads(priced(costs=costs, limits=limits)("gate", "--json", "--no-record").stdout)
    english, hindi = ([row for row in ROWS if row[0] == one] for one in ("en", "hi"))
    free, paid = ([row for row in ROWS if row[1] == one] for one in ("free", "paid"))
    between, to_overall, reference = result["findings"]
    gap = abs(mean_cost(english, costs=costs) - mean_cost(hindi, costs=costs))
    assert between["value"] == pytest.approx(gap, abs=1e-9)
    assert between["low"] < gap < between["high"]
    whole = mean_cost(ROWS, costs=costs)
    furthest = max(abs(mean_cost(rows, costs=costs) - whole) for rows in (english, hindi))
    assert to_overall["value"] == pytest.approx(furthest, abs=1e-9)
    assert to_overall["low"] < furthest < to_overall["high"]
    assert reference["state"] == "clear"
    assert reference["value"] == pytest.approx(abs(mean_cost(free, costs=costs) - mean_cost(paid, costs=costs)), abs=1e-9)


def test_ratios_hold_where_nothing_is_below_zero_and_are_refused_where_something_is(priced):
    limits = "  - {metric: expected_cost, max_ratio_to_overall: 1.5, by: language}"
    result = json.loads(priced(costs=ERRORS_ONLY, limits=limits)("gate", "--json", "--no-record").stdout)
    hindi = [row for row in ROWS if row[0] == "hi"]
    expected = mean_cost(hindi, costs=ERRORS_ONLY) / mean_cost(ROWS, costs=ERRORS_ONLY)
    assert result["findings"][0]["value"] == pytest.approx(expected, abs=1e-9)
    assert "can be below 0" in priced(limits=limits).fails("gate")


def test_the_audit_compares_groups_by_cost(priced):
    run = priced()
    result = run.json("audit", "plimsoll.yaml", "--metrics", "expected_cost", "--by", "language", "--json")
    gaps = [one for one in result["between"] if one["metric"] == "expected_cost"]
    assert len(gaps) == 1
    english, hindi = (mean_cost([row for row in ROWS if row[0] == one]) for one in ("en", "hi"))
    assert gaps[0]["difference"]["value"] == pytest.approx(abs(english - hindi), abs=1e-9)
    assert gaps[0]["difference"]["low"] < gaps[0]["difference"]["value"] < gaps[0]["difference"]["high"]


def test_the_cheapest_threshold_is_that_of_these_costs(priced, schema):
    run = priced()
    result = run.json("threshold", "--json", "--by", "language")
    schema("threshold.schema.json", result)
    assert result["costs"]["slices"][1] == {"slice": {"plan": "paid"}, "false_positive": 2.5, "false_negative": 7}

    def total(rows, threshold):
        return sum(cost_of((*row[:3], 1.0 if row[3] >= threshold else 0.0, row[4])) for row in rows)

    scores = sorted({row[3] for row in ROWS}) + [2]
    one, groups = result["choices"][1:]
    cheapest = min(total(ROWS, t) for t in scores)
    assert one["expected_cost"]["value"] == pytest.approx(cheapest / len(ROWS), abs=1e-9)
    by_group = 0.0
    for group in groups["thresholds"]:
        rows = [row for row in ROWS if row[0] == group["slice"]["language"]]
        by_group += min(total(rows, t) for t in scores) if group["fitted"] else total(rows, 0.5)
    assert groups["expected_cost"]["value"] == pytest.approx(by_group / len(ROWS), abs=1e-9)
    present = total(ROWS, 0.5) / len(ROWS)
    assert one["change"]["value"] == pytest.approx(cheapest / len(ROWS) - present, abs=1e-9)


def test_the_line_says_it_back(priced):
    said = " ".join(priced().good("check", "--explain").split())
    assert "A right yes costs -2 and a right no 0.1." in said
    assert "Where language is hi, a wrong no costs 10." in said
    assert "Where language is hi and plan is paid, a right yes costs -4." in said


def test_a_group_that_is_not_there_is_an_error_with_its_place(priced):
    costs = "  slices:\n    - {slice: {language: hin}, false_negative: 10}\n"
    error = priced(costs=costs).fails("gate")
    assert "plimsoll.yaml:9:7" in error and "`hin`" in error and "did you mean `hi`?" in error


def test_slices_without_labels_or_of_one_kind_do_not_trouble(priced):
    rows = [("en", "free", label, score, 1) for label in (0, 1) for score in (0.2, 0.7)] * 20
    rows += [("hi", "free", 1, 0.9, 1)] * 40
    run = priced(rows=rows, costs=ERRORS_ONLY, limits="  - {metric: expected_cost, max: 9, by: every}")
    result = run("gate", "--json", "--no-record")
    assert result.returncode in (0, 1) and "NaN" not in result.stdout
    hindi = next(one for one in json.loads(result.stdout)["slices"] if one["slice"] == {"language": "hi"})
    # All are right: the cost is 0, and what it may be is a matter of what an error would cost there.
    assert hindi["measures"]["expected_cost"]["value"] == 0
    assert hindi["measures"]["expected_cost"]["high"] > 0.3
