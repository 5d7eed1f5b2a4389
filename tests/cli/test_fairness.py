"""`audit --fairness`: figures against Fairlearn and AIF360, what cannot hold together, and its views."""

import itertools
import json
import math
import re
from pathlib import Path

import pages
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = json.loads((ROOT / "tests" / "reference" / "fairness" / "figures.json").read_text(encoding="utf-8"))["data"]
NAMES = {
    "demographic_parity": "selection_rate", "equal_opportunity": "true_positive_rate",
    "predictive_equality": "false_positive_rate", "accuracy_equality": "accuracy", "predictive_parity": "precision",
    "equalized_odds": "equalized_odds", "equalized_odds_mean": "equalized_odds_mean",
}
RECIDIVISM = ("--label", "two_year_recid", "--score", "decile_score", "--threshold", "5", "--count", "n")


def document(run, cells, *more):
    (run.folder / "d.csv").write_text("team,label,score,said,n\n" + "\n".join(cells) + "\n")
    return run.json("audit", "d.csv", "--label", "label", "--prediction", "said", "--count", "n", "--by", "team",
                    "--smallest", "1", "--json", *(more or ("--fairness",)))


def grouping_of(run, cells, *more):
    return document(run, cells, *more)["fairness"]["groupings"][0]


def definitions(grouping):
    return {one["name"]: one for one in grouping["definitions"]}


def near(ours, theirs):
    assert ours["value"] == pytest.approx(theirs, abs=1e-9)
    assert ours["low"] <= ours["value"]
    assert ours["high"] is None or ours["value"] <= ours["high"]


@pytest.mark.parametrize("name", REFERENCE)
def test_gaps_between_groups_and_to_overall_are_fairlearns(run, schema, name):
    whole = document(run, REFERENCE[name]["cells"])
    schema("audit.schema.json", whole)
    ours = definitions(whole["fairness"]["groupings"][0])
    for definition, metric in NAMES.items():
        theirs = REFERENCE[name]["fairlearn"][metric]
        near(ours[definition]["between"]["difference"], theirs["difference"])
        near(ours[definition]["between"]["ratio"], theirs["ratio"])
        near(ours[definition]["to_overall"]["difference"], theirs["difference_to_overall"])
        near(ours[definition]["to_overall"]["ratio"], theirs["ratio_to_overall"])
    near(ours["impact_ratio"]["between"]["ratio"], REFERENCE[name]["fairlearn"]["selection_rate"]["ratio"])


@pytest.mark.parametrize("name", REFERENCE)
def test_every_group_against_the_reference_is_aif360s(run, name):
    theirs = REFERENCE[name]["aif360"]
    grouping = grouping_of(run, REFERENCE[name]["cells"])
    ours = definitions(grouping)
    assert grouping["reference"] == {"team": theirs["reference"]}
    assert grouping["reference_is"] == "largest"

    def groups(definition, form):
        return {one["slice"]["team"]: one[form] for one in ours[definition]["groups"]}

    for group, figures in theirs["pairs"].items():
        near(groups("demographic_parity", "difference")[group], figures["statistical_parity_difference"])
        near(groups("impact_ratio", "ratio")[group], figures["disparate_impact"])
        near(groups("equal_opportunity", "difference")[group], figures["equal_opportunity_difference"])
        near(groups("average_odds", "difference")[group], figures["average_odds_difference"])
        near(groups("equalized_odds_mean", "difference")[group], figures["average_abs_odds_difference"])
        near(groups("equalized_odds", "difference")[group], figures["equalized_odds_difference"])
        near(groups("predictive_equality", "ratio")[group], figures["false_positive_rate_ratio"])
        near(groups("false_omission_parity", "difference")[group], figures["false_omission_rate_difference"])
    assert set(groups("average_odds", "difference")) == set(theirs["pairs"])


@pytest.mark.parametrize("name", REFERENCE)
def test_figures_of_the_whole_are_aif360s(run, name):
    theirs = REFERENCE[name]["aif360"]
    grouping = grouping_of(run, REFERENCE[name]["cells"])
    near(grouping["differential_fairness"], theirs["differential_fairness"])
    assert grouping["differential_fairness"]["smoothed"] == pytest.approx(
        theirs["differential_fairness_smoothed"], abs=1e-9)
    for index in ("generalized_entropy", "theil_index"):
        near(grouping[index], theirs[index])
        assert grouping[index]["between_groups"] == pytest.approx(theirs[index + "_between"], abs=1e-9)


def test_a_named_reference_is_used_and_said(run):
    grouping = grouping_of(run, REFERENCE["five groups"]["cells"], "--fairness", "--reference", "team=g0")
    assert (grouping["reference"], grouping["reference_is"]) == ({"team": "g0"}, "named")
    assert {"team": "g0"} not in [one["slice"] for one in grouping["definitions"][0]["groups"]]


@pytest.mark.parametrize(("options", "expected"), [
    (("--fairness", "--reference", "team=g9"), "there is no group `g9` in segment `team`"),
    (("--fairness", "--reference", "tema=g1"), "there is no segment `tema`"),
    (("--fairness", "--reference", "g1"), "write SEGMENT=GROUP"),
    (("--reference", "team=g1"), "`--reference` goes with `--fairness`"),
    (("--fairness=equalised_odds",), "did you mean `equalized_odds`?"),
    (("--fairness=equalized_odds,,impact_ratio",), "there is no definition of fairness ``"),
    (("--fairness", "--reference", "team=g1", "--reference", "team=g2"), "two groups of one segment"),
])
def test_what_cannot_be_asked_is_an_error(run, options, expected):
    (run.folder / "d.csv").write_text("team,label,score,said,n\n" + "\n".join(REFERENCE["five groups"]["cells"]))
    assert expected in run.fails("audit", "d.csv", "--label", "label", "--prediction", "said", "--by", "team", *options)


def test_some_definitions_can_be_asked_for(run):
    grouping = grouping_of(run, REFERENCE["five groups"]["cells"], "--fairness=equalized_odds,impact_ratio")
    assert [one["name"] for one in grouping["definitions"]] == ["equalized_odds", "impact_ratio"]


def test_without_labels_what_needs_none_is_shown(run, schema):
    (run.folder / "d.csv").write_text("team,said\n" + "a,1\na,0\nb,1\nb,1\n" * 30)
    whole = run.json("audit", "d.csv", "--prediction", "said", "--by", "team", "--fairness", "--json")
    schema("audit.schema.json", whole)
    grouping = whole["fairness"]["groupings"][0]
    assert [one["name"] for one in grouping["definitions"]] == ["demographic_parity", "impact_ratio"]
    assert "equalized_odds" in whole["fairness"]["left_out"]
    assert grouping["conflicts"]["demographic_parity_and_equalized_odds"]["state"] == "unknown"


# ---- what cannot hold together ----

def cells_of(*groups):
    """(name, TP, FN, FP, TN) of each group."""
    return [f"{name},{label},0,{said},{n}" for name, *counts in groups
            for (label, said), n in zip(((1, 1), (1, 0), (0, 1), (0, 0)), counts) if n > 0]


def conflicts_of(run, *groups):
    conflicts = grouping_of(run, cells_of(*groups))["conflicts"]
    return (conflicts["predictive_parity_and_error_rates"], conflicts["demographic_parity_and_equalized_odds"])


def test_where_base_rates_differ_the_implied_rates_are_chouldechovas(run):
    groups = (("a", 300, 100, 90, 510), ("b", 100, 60, 80, 760))
    errors, selection = conflicts_of(run, *groups)
    precision = 400 / 570
    miss = 160 / 560
    assert errors["state"] == "exclude_each_other"
    for one, (_, tp, fn, fp, tn) in zip(errors["implied"], groups):
        p = (tp + fn) / (tp + fn + fp + tn)
        implied = p / (1 - p) * (1 - precision) / precision * (1 - miss)
        assert one["implied_false_positive_rate"]["value"] == pytest.approx(implied, abs=1e-12)
        assert one["false_positive_rate"]["value"] == pytest.approx(fp / (fp + tn), abs=1e-12)
    assert selection["state"] == "exclude_each_other"
    gap = (400 / 560 - 170 / 1440) * (400 / 1000 - 160 / 1000)
    assert selection["implied_selection_rate_difference"] == pytest.approx(gap, abs=1e-12)


def test_where_base_rates_may_be_equal_nothing_is_excluded(run):
    errors, selection = conflicts_of(run, ("a", 80, 20, 30, 70), ("b", 81, 20, 30, 70))
    assert errors["state"] == selection["state"] == "base_rates_may_be_equal"
    assert "need not exclude each other here" in errors["text"]


def test_where_no_prediction_is_wrong_error_rates_and_parity_hold_together(run):
    errors, selection = conflicts_of(run, ("a", 300, 0, 0, 700), ("b", 700, 0, 0, 300))
    assert errors["state"] == "predictions_are_perfect"
    assert selection["state"] == "exclude_each_other"


def test_a_score_that_says_nothing_lets_parity_and_equalized_odds_hold(run):
    _, selection = conflicts_of(run, ("a", 150, 150, 350, 350), ("b", 350, 350, 150, 150))
    assert selection["state"] == "score_may_say_nothing"


# ---- degenerate groups ----

DEGENERATE = (("all_yes", 60, 0, 0, 0), ("all_no", 0, 0, 0, 60), ("all_missed", 0, 60, 0, 0), ("alarms", 0, 0, 60, 0))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_degenerate_groups_give_reasons_and_no_strange_numbers(run, schema, count):
    for groups in itertools.combinations(DEGENERATE, count):
        whole = document(run, cells_of(*groups))
        schema("audit.schema.json", whole)
        for form in ("text", "markdown"):
            out = run.good("audit", "d.csv", "--label", "label", "--prediction", "said", "--count", "n", "--by", "team",
                           "--fairness", "--format", form)
            assert "nan" not in out.lower().replace("domin", ""), out
            assert " inf" not in out.lower().replace("infer", ""), out


def test_one_row_is_listed_and_not_judged(run, schema):
    (run.folder / "d.csv").write_text("team,label,said\na,1,1\n")
    whole = run.json("audit", "d.csv", "--label", "label", "--prediction", "said", "--by", "team", "--fairness", "--json")
    schema("audit.schema.json", whole)
    grouping = whole["fairness"]["groupings"][0]
    assert grouping["too_small"] == [{"team": "a"}]
    assert grouping["reference"] is None
    out = run.good("audit", "d.csv", "--label", "label", "--prediction", "said", "--by", "team", "--fairness")
    assert "too small: a (1)" in out


def test_nothing_depends_on_the_order_of_rows_or_the_threads(run):
    cells = REFERENCE["twelve groups"]["cells"]
    forward = grouping_of(run, cells, "--fairness", "--threads", "1")
    assert grouping_of(run, cells[::-1], "--fairness", "--threads", "3") == forward


def test_a_group_is_found_worse_only_against_what_it_is_compared_with(run):
    ours = definitions(grouping_of(run, cells_of(("a", 50, 50, 20, 80), ("b", 90, 10, 20, 80), ("c", 50, 50, 60, 40))))
    odds = ours["equalized_odds"]["between"]["difference"]
    assert (odds["value"], odds["measure"]) == (pytest.approx(0.4), "true_positive_rate")
    assert (odds["larger"], odds["smaller"]) == ({"team": "b"}, {"team": "a"})
    mean = ours["equalized_odds_mean"]["between"]["difference"]
    assert mean["value"] == pytest.approx((0.4 + 0.4) / 2)


# ---- views ----

def recidivism(run, *more):
    return run.good("audit", ROOT / "examples" / "recidivism" / "decisions.csv", *RECIDIVISM, "--by", "race",
                    "--by", "sex", "--fairness", *more)


def test_the_page_fits_the_terminal(run):
    out = recidivism(run)
    assert max(len(line) for line in out.splitlines()) <= 100
    for words in ("Fairness by race", "Fairness by race × sex", "Against race=African-American, the largest group",
                  "What cannot hold together by sex", "FPR it would have to be", "Native American (18)"):
        assert words in out
    narrow = recidivism(run, "--depth", "1")
    assert "race × sex" not in narrow


def test_a_narrow_terminal_gets_a_narrow_page(run):
    out = run.good("audit", ROOT / "examples" / "recidivism" / "decisions.csv", *RECIDIVISM, "--by", "race",
                   "--fairness", env={"COLUMNS": "100"})
    assert max(len(line) for line in out.splitlines()) <= 100


def test_markdown_says_the_same(run):
    out = recidivism(run, "--format", "markdown")
    assert "### Fairness by race" in out
    assert "| equalized_odds | Both of the above: the worse of the two. |" in out
    assert "exclude each other here" in out


def test_measures_are_tabled_when_they_are_named(run):
    assert "By race\n" not in recidivism(run)
    assert "By race\n" in recidivism(run, "--metrics", "accuracy")


def test_two_gaps_at_once_are_wider_than_each_alone(run):
    ours = definitions(grouping_of(run, REFERENCE["five groups"]["cells"]))
    single, both = ours["equal_opportunity"]["between"], ours["equalized_odds"]["between"]
    if both["difference"]["measure"] == "true_positive_rate":
        assert both["difference"]["high"] >= single["difference"]["high"]
    assert both["ratio"]["low"] <= min(single["ratio"]["low"], ours["predictive_equality"]["between"]["ratio"]["low"])


def test_differential_fairness_without_end_is_undefined(run):
    grouping = grouping_of(run, cells_of(("a", 0, 50, 0, 50), ("b", 25, 25, 25, 25)))
    assert grouping["differential_fairness"]["status"] == "undefined"
    assert math.isfinite(grouping["differential_fairness"]["smoothed"])


def test_the_output_in_the_page_is_what_is_printed(run):
    assert len(pages.shown("docs/fairness.md")) == 2
    pages.check(run, "docs/fairness.md")


def test_the_page_names_every_definition_and_its_limits_can_be_read(run, project):
    page = (ROOT / "docs" / "fairness.md").read_text(encoding="utf-8")
    grouping = grouping_of(run, REFERENCE["two groups"]["cells"])
    assert [name for name in definitions(grouping) if f"`{name}`" not in page] == []
    limits = re.findall(r"`- (\{metric: .*?\})`", page)
    assert len(limits) == 4
    for limit in limits:
        text = limit.replace("[race, sex]", "team").replace("race * sex", "team").replace("race", "team")
        project(limits="  - " + text.replace("Caucasian", "A"))
        run.good("check")
