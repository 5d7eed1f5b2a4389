"""`plimsoll threshold` on the example: every figure against trying every threshold here."""

import csv
import itertools
import json
import re
import shutil
from collections import defaultdict

import pytest
from conftest import ROOT

EXAMPLE = ROOT / "examples" / "recidivism"
NOBODY = float("inf")
PRESENT = 5
ROWS = [
    (row["race"], row["sex"], int(row["decile_score"]), int(row["two_year_recid"]), int(row["n"]))
    for row in csv.DictReader((EXAMPLE / "decisions.csv").open())
]
RACES = sorted({row[0] for row in ROWS})
SMALLEST = 30
SIZES = {race: sum(row[4] for row in ROWS if row[0] == race) for race in RACES}
FITTED = [race for race in RACES if SIZES[race] >= SMALLEST]


@pytest.fixture
def example(run):
    for name in ("plimsoll.yaml", "decisions.csv"):
        shutil.copy(EXAMPLE / name, run.folder)
    return run


def confusion(threshold_of, group=lambda row: None):
    """tp, fn, fp and tn by group, at a threshold for each row."""
    out = defaultdict(lambda: dict.fromkeys(("tp", "fn", "fp", "tn"), 0))
    for row in ROWS:
        yes = row[2] >= threshold_of(row)
        key = ("tp" if yes else "fn") if row[3] else ("fp" if yes else "tn")
        out[group(row)][key] += row[4]
    return out


# Everything that can be chosen in a group: counts by race and threshold.
TABLE = {
    race: {t: confusion(lambda row, t=t: t, lambda row: row[0])[race] for t in [*range(1, 11), NOBODY]} for race in RACES
}


def cost(counts, false_positive=1, false_negative=1):
    return false_positive * counts["fp"] + false_negative * counts["fn"]


def flips(race, threshold):
    return sum(row[4] for row in ROWS if row[0] == race and (row[2] >= threshold) != (row[2] >= PRESENT))


def rate(counts, good, bad):
    return counts[good] / (counts[good] + counts[bad])


def thresholds_of(choice):
    return {one["slice"].get("race"): NOBODY if one["threshold"] is None else one["threshold"] for one in choice["thresholds"]}


def combinations():
    for combination in itertools.product(*(TABLE[race] for race in FITTED)):
        yield dict(zip(FITTED, combination)) | {race: PRESENT for race in RACES if race not in FITTED}


def total(chosen, **costs):
    return sum(cost(TABLE[race][t], **costs) for race, t in chosen.items())


def choices_of(result):
    return {choice["choice"]: choice for choice in result["choices"]}


@pytest.mark.parametrize("false_positive, false_negative", [(1, 1), (1, 2), (3, 1), (1, 50), (50, 1)])
def test_one_threshold_is_the_cheapest_of_all(example, schema, false_positive, false_negative):
    result = example.json(
        "threshold", "--json", "--false-positive", false_positive, "--false-negative", false_negative
    )
    schema("threshold.schema.json", result)
    costs = {}
    for t in [*range(1, 11), NOBODY]:
        costs[t] = total(dict.fromkeys(RACES, t), false_positive=false_positive, false_negative=false_negative)
    one = choices_of(result)["one"]
    best = min(costs.values())
    assert one["expected_cost"]["value"] == pytest.approx(best / 7214, abs=1e-12)
    # Of equals the one that flips least.
    ties = [t for t in costs if costs[t] == best]
    assert thresholds_of(one)[None] == min(ties, key=lambda t: sum(flips(race, t) for race in RACES))
    assert one["flips"]["decisions"] == sum(flips(race, thresholds_of(one)[None]) for race in RACES)
    assert one["proven"] and one["kept"]


def test_thresholds_by_group_are_the_cheapest_of_each(example, schema):
    result = example.json("threshold", "--json", "--by", "race", "--false-negative", 2)
    schema("threshold.schema.json", result)
    groups = choices_of(result)["groups"]
    chosen = thresholds_of(groups)
    for race in FITTED:
        best = min(cost(counts, false_negative=2) for counts in TABLE[race].values())
        assert cost(TABLE[race][chosen[race]], false_negative=2) == best
    small = {one["slice"]["race"]: one for one in groups["thresholds"]}["Native American"]
    assert small["threshold"] == PRESENT and not small["fitted"] and small["flips"]["decisions"] == 0
    for one in groups["thresholds"]:
        assert one["flips"]["decisions"] == flips(one["slice"]["race"], chosen[one["slice"]["race"]])
    for choice in result["choices"]:
        for name, index in (("race", 0), ("sex", 1)):
            by = {one["slice"][name]: one["flips"] for one in choice["flips_by_slice"] if name in one["slice"]}
            assert by.keys() == {row[index] for row in ROWS}
            assert sum(flipped["decisions"] for flipped in by.values()) == choice["flips"]["decisions"]
    by_race = {one["slice"]["race"]: one for one in groups["flips_by_slice"] if "race" in one["slice"]}
    for race in RACES:
        assert by_race[race]["flips"]["decisions"] == flips(race, chosen[race])
        assert by_race[race]["n"] == SIZES[race]
    assert groups["change"]["value"] == pytest.approx(
        (total(chosen, false_negative=2) - total(dict.fromkeys(RACES, PRESENT), false_negative=2)) / 7214, abs=1e-12
    )


def gap(chosen, good, bad):
    rates = [rate(TABLE[race][chosen[race]], good, bad) for race in FITTED]
    return max(rates) - min(rates)


def worst(chosen):
    """The excess over both limits of the test below."""
    return max(gap(chosen, "fp", "tn") - 0.1, gap(chosen, "tp", "fn") - 0.1)


def test_equal_odds_by_group_are_as_cheap_as_trying_everything(example):
    result = example.json(
        "threshold", "--json", "--by", "race",
        "--keep", "false_positive_rate max_difference 0.1 by race",
        "--keep", "true_positive_rate max_difference 0.1 by race",
    )  # fmt: skip
    groups = choices_of(result)["groups"]
    kept = [(total(chosen), chosen) for chosen in combinations() if worst(chosen) <= 0]
    assert kept, "the test is of nothing"
    assert groups["kept"] and groups["proven"]
    assert worst(thresholds_of(groups)) <= 0
    assert groups["expected_cost"]["value"] == pytest.approx(min(kept, key=lambda one: one[0])[0] / 7214, abs=1e-12)
    # The judge sees the same gaps.
    for finding, (good, bad) in zip(groups["findings"][-2:], [("fp", "tn"), ("tp", "fn")]):
        assert finding["value"] == pytest.approx(gap(thresholds_of(groups), good, bad), abs=1e-12)


def test_what_nothing_keeps_has_the_nearest(example):
    result = example.json("threshold", "--json", "--by", "race", "--keep", "precision min 0.8 by race", code=1)
    groups = choices_of(result)["groups"]

    def excess(race):
        values = [rate(c, "tp", "fp") for t, c in TABLE[race].items() if t != NOBODY]
        return min(0.8 - value for value in values)

    # The overall precision is between those of the groups, but for the small one.
    assert groups["excess"] == pytest.approx(max(excess(race) for race in FITTED), abs=1e-9)
    assert not groups["kept"]
    assert "which nothing does" in " ".join(result["notes"])


def test_a_limit_kept_by_one_threshold(example):
    result = example.json("threshold", "--json", "--keep", "false_positive_rate max 10%")
    one = choices_of(result)["one"]
    threshold = thresholds_of(one)[None]
    at = {t: confusion(lambda row, t=t: t)[None] for t in [*range(1, 11), NOBODY]}
    kept = [t for t in at if rate(at[t], "fp", "tn") <= 0.1]
    assert threshold == min(kept, key=lambda t: cost(at[t]))
    assert result["keep"] == ["false_positive_rate max 10%"]
    assert one["findings"][-1]["value"] == pytest.approx(rate(at[threshold], "fp", "tn"), abs=1e-12)


def test_the_line_and_its_present_threshold_are_shown_as_gate_shows_them(example):
    verdict = example.json("gate", "--json", "--no-record", code=1)
    present = example.json("threshold", "--json")["choices"][0]
    assert [finding["state"] for finding in present["findings"]] == [finding["state"] for finding in verdict["findings"]]
    assert [finding["value"] for finding in present["findings"]] == [finding["value"] for finding in verdict["findings"]]
    assert present["change"]["value"] == 0 and present["flips"]["decisions"] == 0


def test_the_halves_are_the_whole_and_follow_the_seed(example):
    def held_out(seed):
        line = (EXAMPLE / "plimsoll.yaml").read_text().replace("  confidence: 0.95", f"  confidence: 0.95\n  seed: {seed}")
        (example.folder / "plimsoll.yaml").write_text(line)
        return example.json("threshold", "--json", "--by", "race")["held_out"]

    first, again, other = held_out(3), held_out(3), held_out(4)
    assert first["fitted_decisions"] + first["seen_decisions"] == 7214
    assert first == again and first != other
    # The option comes before the line.
    assert example.json("threshold", "--json", "--by", "race", "--seed", 3)["held_out"] == first
    for before, after in itertools.pairwise(first["choices"]):
        # Fitted costs fall with freedom; those seen need not.
        assert after["fitted_expected_cost"]["value"] <= before["fitted_expected_cost"]["value"] + 1e-12
    for choice in first["choices"]:
        seen = choice["expected_cost"]["value"] - first["choices"][0]["expected_cost"]["value"]
        assert choice["change"]["value"] == pytest.approx(seen, abs=1e-12)
    against = first["choices"][2]["expected_cost"]["value"] - first["choices"][1]["expected_cost"]["value"]
    assert first["groups_against_one"]["value"] == pytest.approx(against, abs=1e-12)


@pytest.mark.parametrize("share", ["10%", "0.5", "80%"])
def test_as_much_is_held_out_as_was_asked_for(example, share):
    held_out = example.json("threshold", "--json", "--held-out", share)["held_out"]
    wanted = float(share.rstrip("%")) / (100 if "%" in share else 1)
    assert held_out["share"] == pytest.approx(wanted)
    # Five standard deviations of 7,214 tosses.
    assert abs(held_out["seen_decisions"] - 7214 * wanted) < 5 * (7214 * wanted * (1 - wanted)) ** 0.5


def test_a_limit_is_kept_by_its_number(example):
    by_number = example.json("threshold", "--json", "--keep", 5)
    by_name = example.json("threshold", "--json", "--keep", "false_negative_rate")
    assert by_number["keep"] == ["false_negative_rate at most 0.1 apart from Caucasian, by race"]
    assert by_number == by_name


def test_markdown_has_the_same_figures_and_escapes_names(example):
    text = (EXAMPLE / "plimsoll.yaml").read_text().replace("title: ", "title: <b> ", 1)
    (example.folder / "plimsoll.yaml").write_text(text)
    page = example.good("threshold", "--format", "markdown", "--by", "race")
    result = example.json("threshold", "--json", "--by", "race")
    assert "<b>" not in page and page.startswith("## Which threshold\n")
    for one in choices_of(result)["groups"]["thresholds"]:
        assert f"race={one['slice']['race']}" in page
    rows = [line.count("|") for line in page.splitlines() if line.startswith("| race=")]
    assert rows and set(rows) <= {5, 7}


def test_the_output_does_not_depend_on_threads(example):
    arguments = ["threshold", "--json", "--by", "race*sex", "--keep", "selection_rate min_ratio 0.8 by race"]
    once, more = (example(*arguments, "--threads", threads) for threads in (1, 4))
    assert once.stdout == more.stdout
    assert json.loads(once.stdout)["by"] == ["race", "sex"]


def test_group_thresholds_come_with_what_the_law_says(example):
    assert "disparate treatment" in example.good("threshold", "--by", "race").replace("\n", " ")
    assert "disparate treatment" not in example.good("threshold")
    assert "disparate treatment" in " ".join(example.json("threshold", "--json", "--by", "race")["notes"])


@pytest.mark.parametrize("columns", ["60", "100"])
def test_the_page_keeps_to_its_width(example, columns):
    text = example("threshold", "--by", "race", "--keep", "every", env={"COLUMNS": columns}).stdout
    assert max(len(line) for line in text.splitlines()) <= int(columns)
    assert "held out" in text


def test_the_page_about_it_shows_what_it_prints(run):
    page = (ROOT / "docs" / "threshold.md").read_text()
    command, text = re.search(r"<!-- output of: plimsoll (.*?) -->\n```\n(.*?)```", page, re.S).groups()
    shutil.copytree(ROOT / "examples", run.folder / "examples", ignore=shutil.ignore_patterns(".plimsoll"))
    assert len(text.splitlines()) > 10
    assert run.good(*command.split(), env={"COLUMNS": "100"}).startswith(text)


def test_nothing_is_recorded(example):
    example.good("threshold")
    assert not (example.folder / ".plimsoll").exists()


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--keep", "roc_auc min 0.8"], "no threshold changes that measure"),
        (["--keep", "precison min 0.8"], "there is no such measure"),
        (["--keep", "precision mni 0.8"], "did you mean `min`?"),
        (["--keep", "precision"], "no limit on that measure"),
        (["--keep", "7"], "numbered 1 to 6"),
        (["--keep", "0"], "numbered 1 to 6"),
        (["--keep", "1.5"], "numbered 1 to 6"),
        (["--keep", "2"], "no threshold changes that measure"),
        (["--held-out", "0"], "above 0 and below 1"),
        (["--held-out", "100%"], "above 0 and below 1"),
        (["--held-out", "some"], "above 0 and below 1"),
        (["--keep", "selection_rate min_ratio 0.8"], "add `by SEGMENT`"),
        (["--keep", "selection_rate min_ratio 0.8 by rase"], "did you mean `race`?"),
        (["--keep", "precision max_difference 0.1 by race reference Klingon"], "no group `Klingon`"),
        (["--by", "rase"], "did you mean `race`?"),
        (["--by", "race*race"], "with itself"),
        (["--false-positive", "0"], "must be a number"),
    ],
)
def test_what_is_wrong_is_said(example, arguments, words):
    assert words in example.fails("threshold", *arguments)


def test_a_line_without_a_score_or_label_is_refused(run, project):
    project(limits="  - {metric: selection_rate, min: 0}")
    line = (run.folder / "plimsoll.yaml").read_text()
    (run.folder / "plimsoll.yaml").write_text(line.replace("{label: label, score: score}", "{score: score}"))
    assert "names no label" in run.fails("threshold")
    (run.folder / "plimsoll.yaml").write_text(line.replace("{label: label, score: score}", "{label: label, prediction: score}"))
    assert "names no score" in run.fails("threshold")


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_is_refused(run, project, label):
    project(rows=[("A", label, 0.9), ("A", label, 0.1)])
    assert "turned out positive" in run.fails("threshold")


def test_degenerate_groups_do_not_trouble(run, project, schema):
    """One with a constant score, one all positive, one without labels, one of a single row."""
    rows = [("A", 1, 0.5)] * 40 + [("A", 0, 0.5)] * 40 + [("B", 1, s / 100) for s in range(60)]
    rows += [("C", "", 0.3)] * 50 + [("D", 0, 0.4)] + [("E", y, s / 50) for y in (0, 1) for s in range(50)]
    project(rows=rows)
    for keep in ("precision min 0.4 by team", "false_positive_rate max_difference 0.1 by team", "every"):
        result = run("threshold", "--json", "--by", "team", "--keep", keep)
        assert result.returncode in (0, 1) and result.stderr == ""
        schema("threshold.schema.json", json.loads(result.stdout))
        assert "NaN" not in result.stdout
