"""conditional_demographic_disparity: the figures of SageMaker Clarify, and where there are none."""

import json

import pages
import pytest

TABLE = json.loads((pages.ROOT / "tests" / "reference" / "data" / "clarify.json").read_text())
NAMES = ("conditional_demographic_disparity", "conditional_demographic_disparity_in_labels")
OPTIONS = ("--label", "label", "--prediction", "said", "--count", "n", "--by", "group", "--by", "stratum",
           "--strata", "stratum", "--metrics", ",".join(NAMES), "--smallest", "1", "--json")  # fmt: skip


@pytest.fixture
def audit(run, schema):
    def make(rows, *options):
        lines = [",".join(TABLE["columns"])] + [",".join("" if v is None else str(v) for v in row) for row in rows]
        (run.folder / "d.csv").write_text("\n".join(lines) + "\n")
        value = run.json("audit", "d.csv", *OPTIONS, *options)
        schema("audit.schema.json", value)
        return value

    return make


def by_group(value):
    return {s["slice"]["group"]: s["measures"] for s in value["slices"] if list(s["slice"]) == ["group"]}


@pytest.mark.parametrize("case", TABLE["cases"])
def test_the_figures_are_those_of_clarify(audit, case):
    found = by_group(audit(case["rows"]))
    assert found.keys() == case["figures"].keys()
    for group, figures in case["figures"].items():
        for name in NAMES:
            assert found[group][name]["value"] == pytest.approx(figures[name], abs=1e-9), (group, name)
            assert found[group][name]["low"] < figures[name] < found[group][name]["high"]


def test_strata_with_one_outcome_are_left_out_where_clarify_takes_a_share_of_nobody_for_0(audit):
    case = TABLE["cases"][0]
    more = [*case["rows"], ["male", "Z", 1, 1, 90], ["female", "Z", 1, 1, 10]]
    value = by_group(audit(more))["female"][NAMES[0]]["value"]
    assert value == pytest.approx(case["figures"]["female"][NAMES[0]], abs=1e-9)


def reason(measures, name=NAMES[0]):
    assert measures[name]["status"] == "undefined" and measures[name]["value"] is None
    return measures[name]["reason"]


def test_what_cannot_be_compared_is_undefined_with_its_reason(audit):
    value = audit([["a", "s", None, 1, 40], ["b", "s", None, 1, 40], ["c", "s", None, None, 5]])
    found = by_group(value)
    assert reason(found["a"]) == "no stratum in which both outcomes occur"
    assert reason(found["c"]) == "no predictions in this group"
    assert reason(found["a"], NAMES[1]) == "no labelled decisions in this group"

    value = audit(TABLE["cases"][0]["rows"])
    assert reason(value["overall"]["measures"]) == "nobody else in the strata of this group"
    departments = [s for s in value["slices"] if list(s["slice"]) == ["stratum"]]
    assert {reason(s["measures"]) for s in departments} == {"nobody else in the strata of this group"}
    assert {(b["difference"]["reason"], b["ratio"]["reason"]) for b in value["between"]} == {
        ("it compares groups already",) * 2}


def test_a_group_that_is_all_of_the_turned_down_has_the_value_1_and_a_bound_below_it(audit):
    value = by_group(audit([["a", "s", 1, 1, 40], ["b", "s", 0, 0, 40]]))["b"][NAMES[0]]
    assert value["value"] == 1 and value["high"] == 1 and 0.8 < value["low"] < 1


def test_weights_of_2_keep_the_value_and_not_the_width(audit, run):
    rows = TABLE["cases"][3]["rows"]
    plain = by_group(audit(rows))
    (run.folder / "d.csv").write_text("\n".join(
        ["group,stratum,label,said,n,w", *(",".join(map(str, [*row, 1 + i % 2])) for i, row in enumerate(rows))]))
    weighted = by_group(run.json("audit", "d.csv", *OPTIONS, "--weight", "w"))
    doubled = by_group(audit([[*row[:4], row[4] * (1 + i % 2)] for i, row in enumerate(rows)]))
    for group in plain:
        a, b = weighted[group][NAMES[0]], doubled[group][NAMES[0]]
        assert a["value"] == pytest.approx(b["value"], abs=1e-12)
        assert a["high"] - a["low"] > b["high"] - b["low"]


def test_a_line_can_limit_it_and_needs_strata_for_it(run):
    source = pages.ROOT / "examples" / "admissions"
    (run.folder / "decisions.csv").write_text((source / "decisions.csv").read_text())
    line = (source / "plimsoll.yaml").read_text()
    old = "{metric: selection_rate, min_ratio: 0.8, by: sex}"
    assert old in line
    new = line.replace(old, "{metric: conditional_demographic_disparity, max: 0.06, by: sex}")
    (run.folder / "plimsoll.yaml").write_text(new)
    finding = run.json("gate", "plimsoll.yaml", "--no-record", "--json")["findings"][0]
    assert (finding["state"], finding["slice"], finding["judged"]) == ("clear", {"sex": "male"}, 2)

    (run.folder / "plimsoll.yaml").write_text(new.replace("  strata: department", "  # "))
    assert "needs strata: name in `data.strata`" in run.fails("gate", "plimsoll.yaml")
    (run.folder / "plimsoll.yaml").write_text(new.replace("max: 0.06", "max_difference: 0.06"))
    assert "compares each group with the others itself; use `max`" in run.fails("gate", "plimsoll.yaml")
    (run.folder / "plimsoll.yaml").write_text(new.replace("max: 0.06, by: sex", "max: 0.06"))
    assert "compares groups, and the limit has no `by`" in run.fails("gate", "plimsoll.yaml")
    assert "needs strata" in run.fails("audit", "decisions.csv", "-p", "admitted", "-b", "sex",
                                       "-m", "conditional_demographic_disparity")
