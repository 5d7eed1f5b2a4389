"""Measures of fairness in one slice, their other names, and the words of fairness in a limit."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = json.loads((ROOT / "tests" / "reference" / "fairness" / "figures.json").read_text(encoding="utf-8"))["data"]
OPTIONS = ("--label", "label", "--score", "score", "--threshold", "6", "--count", "n", "--by", "team", "--smallest", "1")


def write_cells(run, name):
    cells = "\n".join(REFERENCE[name]["cells"])
    (run.folder / "d.csv").write_text("team,label,score,said,n\n" + cells + "\n")
    threshold = "5" if name == "recidivism" else "6"
    return [threshold if option == "6" else option for option in OPTIONS]


def audit(run, name, *more):
    return run.json("audit", "d.csv", *write_cells(run, name), "--json", *more)


@pytest.mark.parametrize("name", REFERENCE)
def test_measures_of_a_group_are_those_of_the_formulas(run, name):
    measures = "treatment_equality,scoring_rate,average_odds,generalized_entropy,theil_index"
    slices = audit(run, name, "--metrics", measures)["slices"]
    expected = REFERENCE[name]["groups"]
    assert {one["slice"]["team"] for one in slices} == set(expected)
    for one in slices:
        for measure, value in expected[one["slice"]["team"]].items():
            ours = one["measures"][measure]
            assert ours["value"] == pytest.approx(value, abs=1e-9), (one["slice"], measure)
            assert ours["low"] <= ours["value"] <= ours["high"]


@pytest.mark.parametrize("name", REFERENCE)
def test_indices_of_inequality_overall_are_those_of_aif360(run, name):
    overall = audit(run, name, "--metrics", "generalized_entropy,theil_index")["overall"]["measures"]
    for measure in ("generalized_entropy", "theil_index"):
        assert overall[measure]["value"] == pytest.approx(REFERENCE[name]["aif360"][measure], abs=1e-9)


@pytest.mark.parametrize(("alias", "measure"), [
    ("demographic_parity", "selection_rate"), ("statistical_parity", "selection_rate"),
    ("equal_opportunity", "true_positive_rate"), ("recall", "true_positive_rate"),
    ("predictive_parity", "precision"), ("predictive_equality", "false_positive_rate"),
    ("accuracy_equality", "accuracy"), ("false_omission_parity", "false_omission_rate"),
])
def test_a_measure_is_found_by_the_names_that_people_know(run, alias, measure):
    assert list(audit(run, "two groups", "--metrics", alias)["overall"]["measures"]) == [measure]


def test_measures_lists_every_name(run):
    measures = {one["name"]: one for one in run.json("measures", "--json")}
    assert measures["true_positive_rate"]["aliases"] == ["recall", "sensitivity", "equal_opportunity"]
    assert "recall, sensitivity, equal_opportunity" in run.good("measures", "--format", "markdown")


def rows(*cells):
    return "team,label,score\n" + "".join(f"{team},{label},{score}\n" * n for team, label, score, n in cells)


def measure(run, text, name, *more):
    (run.folder / "d.csv").write_text(text)
    document = run.json("audit", "d.csv", "--label", "label", "--score", "score", "--by", "team", "--smallest", "1",
                        "--metrics", name, "--json", *more)
    return {one["slice"]["team"]: one["measures"][name] for one in document["slices"]}


def test_what_cannot_be_said_of_a_group_says_why(run):
    text = rows(("all_missed", 1, 0.1, 5), ("all_right", 1, 0.9, 5), ("no_negatives", 1, 0.9, 3),
                ("no_negatives", 1, 0.2, 2), ("one", 0, 0.9, 1))
    assert measure(run, text, "treatment_equality")["all_right"]["reason"] == "no false positives in this group"
    assert measure(run, text, "treatment_equality")["one"]["value"] == 0
    assert measure(run, text, "average_odds")["no_negatives"]["reason"] == "no labelled negatives in this group"
    for index in ("generalized_entropy", "theil_index"):
        figures = measure(run, text, index)
        assert figures["all_missed"]["reason"] == "all decisions in this group are false negatives"
        assert figures["all_right"]["value"] == 0
        assert figures["all_right"]["high"] > 0
        assert figures["one"]["value"] == 0


def test_a_score_on_the_median_is_not_above_it(run):
    text = rows(("a", 1, 0.2, 3), ("a", 0, 0.5, 3), ("b", 1, 0.5, 2), ("b", "", 0.9, 2), ("c", 1, "", 2))
    figures = measure(run, text, "scoring_rate")
    assert figures["a"]["value"] == 0
    assert (figures["b"]["value"], figures["b"]["n"]) == (0.5, 4)
    assert figures["c"]["reason"] == "no scores in this group"


def test_the_median_of_weighted_scores_is_that_of_the_weights(run):
    (run.folder / "d.csv").write_text("team,score,w\na,1,1\na,2,1\nb,3,5\nb,4,3\n")
    document = run.json("audit", "d.csv", "--score", "score", "--threshold", "2", "--by", "team", "--weight", "w",
                        "--metrics", "scoring_rate", "--smallest", "1", "--json")
    values = [one["measures"]["scoring_rate"]["value"] for one in document["slices"]]
    assert values == [0, pytest.approx(3 / 8)]



@pytest.mark.parametrize(("term", "meant"), [
    ("equalized_odds, max_difference: 0.1, by: team",
     ["true_positive_rate, max_difference: 0.1, by: team", "false_positive_rate, max_difference: 0.1, by: team"]),
    ("equalized_odds_ratio, min: 0.8, by: team",
     ["true_positive_rate, min_ratio: 0.8, by: team", "false_positive_rate, min_ratio: 0.8, by: team"]),
    ("impact_ratio, min: 0.8, by: team", ["selection_rate, min_ratio: 0.8, by: team"]),
    ("impact_ratio, min_ratio: 0.8, by: team", ["selection_rate, min_ratio: 0.8, by: team"]),
    ("demographic_parity_difference, max: 0.1, by: team", ["selection_rate, max_difference: 0.1, by: team"]),
    ("equal_opportunity_difference, max: 0.1, by: team", ["true_positive_rate, max_difference: 0.1, by: team"]),
    ("average_odds_difference, max: 0.1, by: team", ["average_odds, max_difference: 0.1, by: team"]),
])
def test_a_limit_in_the_words_of_fairness_is_the_limits_it_means(run, project, term, meant):
    words = []
    for one in meant:
        project(limits=f"  - {{metric: {one}}}")
        words.append([line for line in run.good("check", "--explain").splitlines() if line.startswith("- ")][-1].rstrip(".;"))
    project(limits=f"  - {{metric: {term}}}")
    explained = run.good("check", "--explain")
    for one in words:
        assert one in explained


@pytest.mark.parametrize(("limit", "expected"), [
    ("impact_ratio, max: 0.8, by: team",
     "`limits[0].max` does not go with `impact_ratio`, which compares groups; "
     "write for example `- {metric: selection_rate, min_ratio: 0.8, by: race}`"),
    ("equalized_odds, max: 0.1, by: team",
     "`limits[0].max` does not go with `equalized_odds`, which compares groups; "
     "write for example `- {metric: equalized_odds, max_difference: 0.1, by: race}`"),
])
def test_a_term_with_the_wrong_comparator_shows_what_to_write(run, project, limit, expected):
    project(limits=f"  - {{metric: {limit}}}")
    assert expected in run.fails("check")


def test_a_term_needs_groups_to_compare(run, project):
    project(limits="  - {metric: impact_ratio, min: 0.8}")
    assert "compares slices, and the limit has no `by`" in run.fails("check")


def test_a_term_is_no_measure_of_one_slice(run):
    assert "`impact_ratio` compares groups" in run.fails(
        "audit", "d.csv", *write_cells(run, "two groups"), "--metrics", "impact_ratio")


def test_the_schema_for_editors_knows_the_terms(run):
    assert "equalized_odds" in run.good("check", "--schema")
