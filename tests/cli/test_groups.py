"""Decisions in groups: figures of other implementations, laws, what is said of them, and what is refused."""

import csv
import gzip
import json
import random
import re
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "groups"
FIGURES = json.loads((REFERENCE / "figures.json").read_text())
MMLU = ROOT.parent / "shared" / "data" / "mmlu"
COLUMNS = ("--label", "label", "--prediction", "prediction", "--group", "passage")
MEASURES = [
    "accuracy",
    "error_rate",
    "selection_rate",
    "precision",
    "true_positive_rate",
    "false_positive_rate",
    "rate(right)",
    "mean(seconds)",
    "ratio(cost, solved)",
]
AUDIT = ("audit", "plimsoll.yaml", "--metrics", "accuracy")
TOLERANCE = 1e-8

LINE = """\
plimsoll: 1
feature: answers
title: Answers
owner: answers@example.org
data:
  decisions: decisions.csv
  task: binary
  columns: {label: label, prediction: prediction}
  group: passage
  segments: {language: language, kind: kind}
limits:
"""


def rows():
    with open(REFERENCE / "decisions.csv", newline="") as file:
        return list(csv.DictReader(file))


def write(path, data):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, list(data[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(data)
    return path


def audit(run, path, *options, metrics=MEASURES):
    return run.json("audit", path, *COLUMNS, "--metrics", ",".join(metrics), "--smallest", "1", "--json", *options)


def slices_of(result):
    yield "overall", result["overall"]
    for one in result["slices"]:
        yield " × ".join(f"{segment}={group}" for segment, group in one["slice"].items()), one


def gate_line(tmp_path, *limits, data=None, text=LINE):
    write(tmp_path / "decisions.csv", data or rows())
    (tmp_path / "plimsoll.yaml").write_text(text + "".join(f"  - {limit}\n" for limit in limits))
    return tmp_path / "plimsoll.yaml"


# ---- figures of others ----


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_figures_equal_those_of_statsmodels(run, weighted):
    expected = FIGURES["weighted" if weighted else "plain"]
    options = ("--weight", "w") if weighted else ()
    result = audit(run, REFERENCE / "decisions.csv", "--by", "language", "--by", "kind", "--depth", "1", *options)
    compared = 0
    for name, ours in slices_of(result):
        assert ours["groups"] == expected[name]["groups"]
        for metric in MEASURES:
            for key in ("value", "low", "high"):
                assert ours["measures"][metric][key] == pytest.approx(expected[name][metric][key], rel=TOLERANCE)
                compared += 1
    assert compared == 5 * len(MEASURES) * 3


def test_a_count_column_stands_for_rows(run, tmp_path):
    single = [{key: row[key] for key in ("passage", "language", "label", "prediction", "right")} for row in rows()]
    counted = {}
    for row in single:
        counted[tuple(row.values())] = counted.get(tuple(row.values()), 0) + 1
    merged = [dict(zip(single[0], key), n=count) for key, count in counted.items()]
    metrics = ["accuracy", "precision", "rate(right)"]
    plain = audit(run, write(tmp_path / "single.csv", single), "--by", "language", metrics=metrics)
    other = audit(run, write(tmp_path / "counted.csv", merged), "--by", "language", "--count", "n", metrics=metrics)
    assert len(merged) < len(single)
    assert plain["overall"] == other["overall"]
    assert plain["slices"] == other["slices"]


def mmlu(tmp_path):
    if not MMLU.is_dir():
        pytest.skip("the MMLU answers are not there")
    data = []
    for path in sorted(MMLU.glob("*.csv.gz")):
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.reader(file):
                if row[0] != "prompt":
                    data.append({"subject": path.name.removesuffix(".csv.gz"), "mixtral": row[1], "gpt4": row[2]})
    return write(tmp_path / "mmlu.csv", data)


def test_questions_of_a_subject_are_not_independent(run, tmp_path):
    result = run.json("audit", mmlu(tmp_path), "--group", "subject", "--metrics", "rate(mixtral),rate(gpt4)", "--json")
    assert (result["overall"]["n"], result["overall"]["groups"]) == (2449, 17)
    for name, expected in zip(("rate(mixtral)", "rate(gpt4)"), FIGURES["mmlu"].values()):
        ours = result["overall"]["measures"][name]
        for key in ("value", "low", "high"):
            assert ours[key] == pytest.approx(expected[key], rel=TOLERANCE)
        alone = ours["ungrouped"]
        assert alone["high"] - alone["low"] == pytest.approx(2 * 1.96 * expected["se_alone"], rel=0.01)
        assert (ours["high"] - ours["low"]) / (alone["high"] - alone["low"]) > 3.5


# ---- laws ----


def flat(measured):
    return {key: measured[key] for key in ("value", "low", "high", "n")}


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_order_nor_threads_nor_names_show(run, tmp_path, seed):
    data = rows()
    options = ("--by", "language", "--by", "kind", "--weight", "w")
    first = audit(run, write(tmp_path / "first.csv", data), *options, "--threads", "1")
    random.Random(seed).shuffle(data)
    names = {row["passage"]: f"{random.Random(row['passage']).random()}" for row in data}
    for row in data:
        row["passage"] = names[row["passage"]]
    other = audit(run, write(tmp_path / "other.csv", data), *options, "--threads", "2")
    for result in (first, other):
        result.pop("data")
    for (name, ours), (_, theirs) in zip(slices_of(first), slices_of(other)):
        assert ours["groups"] == theirs["groups"], name
        for metric in MEASURES:
            assert flat(ours["measures"][metric]) == pytest.approx(flat(theirs["measures"][metric]), rel=1e-12)


def test_a_group_of_each_decision_is_nearly_none(run, tmp_path):
    data = [row | {"passage": i} for i, row in enumerate(rows())]
    result = audit(run, write(tmp_path / "own.csv", data), "--by", "kind", "--depth", "1")
    for name, ours in slices_of(result):
        assert ours["groups"] == ours["n"], name
        for metric in MEASURES:
            one = ours["measures"][metric]
            assert one["low"] == pytest.approx(one["ungrouped"]["low"], rel=0.02)
            assert one["high"] == pytest.approx(one["ungrouped"]["high"], rel=0.02)


def test_repeats_of_a_case_add_next_to_nothing(run, tmp_path):
    cases = [{"case": i, "right": int(i % 4 > 0)} for i in range(40)]
    once = write(tmp_path / "once.csv", cases)
    often = write(tmp_path / "often.csv", cases * 10)
    options = ("--group", "case", "--metrics", "rate(right)", "--json")
    one = run.json("audit", once, *options)["overall"]["measures"]["rate(right)"]
    ten = run.json("audit", often, *options)["overall"]["measures"]["rate(right)"]
    assert ten["n"] == 400
    assert ten["low"] == pytest.approx(one["low"], rel=0.02)
    assert ten["high"] == pytest.approx(one["high"], rel=0.02)
    assert ten["ungrouped"]["high"] - ten["ungrouped"]["low"] < 0.5 * (ten["high"] - ten["low"])


def test_three_cases_that_always_pass_prove_almost_nothing(run, tmp_path):
    data = write(tmp_path / "data.csv", [{"case": i % 3, "right": 1} for i in range(300)])
    measured = run.json("audit", data, "--group", "case", "--metrics", "rate(right)", "--json")["overall"]["measures"]["rate(right)"]
    assert measured["value"] == 1
    assert measured["low"] == pytest.approx(1 / (1 + 1.959963984540054**2 / 3))
    assert measured["ungrouped"]["low"] > 0.98


# ---- slices ----


def test_gaps_know_that_slices_share_groups(run, tmp_path):
    """Both kinds have the same level in each passage: what passages share takes nothing from the gap."""
    generator = random.Random(5)
    data = []
    for passage in range(30):
        level = 0.2 if passage % 2 else 0.9
        for i in range(40):
            kind = "short" if i % 2 else "long"
            data.append({"passage": passage, "kind": kind, "part": f"{passage}/{kind}", "right": int(generator.random() < level)})
    path = write(tmp_path / "data.csv", data)
    options = ("--by", "kind", "--metrics", "rate(right)", "--json")
    crossed = run.json("audit", path, "--group", "passage", *options)["between"][0]["difference"]
    nested = run.json("audit", path, "--group", "part", *options)["between"][0]["difference"]
    assert crossed["value"] == nested["value"]
    assert crossed["high"] < 0.5 * nested["high"]


def test_limits_between_slices_and_to_overall_are_judged(run, tmp_path):
    gate_line(
        tmp_path,
        "{metric: accuracy, max_difference: 0.5, by: [language, kind]}",
        "{metric: accuracy, max_difference_to_overall: 0.4, by: [language, kind]}",
        "{metric: rate(right), min_ratio: 0.5, by: language * kind}",
        "{metric: mean(seconds), max: 60, by: language}",
        "{metric: count, min: 3, by: kind}",
    )
    result = run.json("gate", "--no-record", "--json")
    assert [one["state"] for one in result["findings"]] == ["clear"] * 5
    assert result["data"]["group"] == "passage"
    schema = json.loads((ROOT / "docs" / "reference" / "gate.schema.json").read_text())
    jsonschema.validate(result, schema)


def test_groups_may_keep_a_limit_from_being_proven(run, tmp_path):
    limit = "{metric: accuracy, min: 0.70}"
    gate_line(tmp_path, limit)
    grouped = run.json("gate", "--no-record", "--json", code=1)["findings"][0]
    gate_line(tmp_path, limit, text=LINE.replace("  group: passage\n", ""))
    alone = run.json("gate", "--no-record", "--json", code=1)["findings"][0]
    assert (grouped["state"], alone["state"]) == ("unproven", "clear")
    assert grouped["needed"] > 0
    gate_line(tmp_path, limit)
    assert "in new groups like these" in run("gate", "--no-record").stdout


def test_a_launch_by_slice_takes_its_own_groups(run, tmp_path):
    text = LINE.replace("limits:\n", "launch: {by: language}\nlimits:\n")
    gate_line(tmp_path, "{metric: accuracy, min: 0.5}", "{metric: accuracy, max_difference_to_overall: 0.4, by: language}", text=text)
    result = run("gate", "--no-record", "--json", "--slice", "language=hi")
    assert result.stderr == ""
    measured = json.loads(result.stdout)["overall"]
    assert measured["groups"] == FIGURES["plain"]["language=hi"]["groups"]
    assert measured["measures"]["accuracy"]["low"] == pytest.approx(FIGURES["plain"]["language=hi"]["accuracy"]["low"], rel=TOLERANCE)


def test_classes_have_groups_too(run, tmp_path):
    names = {"0": "cat", "1": "dog"}
    data = [{"passage": row["passage"], "label": names[row["label"]], "prediction": names[row["prediction"]]} for row in rows()]
    result = audit(run, write(tmp_path / "classes.csv", data), "--task", "multiclass", metrics=["accuracy", "error_rate", "macro_f1"])
    for metric in ("accuracy", "error_rate"):
        for key in ("value", "low", "high"):
            assert result["overall"]["measures"][metric][key] == pytest.approx(FIGURES["plain"]["overall"][metric][key], rel=TOLERANCE)
    assert result["overall"]["measures"]["macro_f1"]["unbounded"] is True


# ---- baselines ----

T_23 = 1.713871527747048  # Student's t, 95 % one-sided
T_16 = 1.7458836762762405


def gains(run, line):
    result = run("gate", line, "--no-record", "--json")
    assert result.stderr == ""
    return {json.dumps(case["slice"]): case for case in json.loads(result.stdout)["findings"][0]["cases"]}


def baseline_line(tmp_path, limit, group=True, by_id=True):
    data = [row | {"id": i} for i, row in enumerate(rows())]
    write(tmp_path / "old.csv", [row | {"cost": row["w"], "prediction": row["solved"]} for row in data])
    text = LINE if group else LINE.replace("  group: passage\n", "")
    columns = "{decisions: old.csv, columns: {id: id}}" if by_id else "{decisions: old.csv}"
    text = text.replace("limits:\n", f"baselines:\n  old: {columns}\nlimits:\n")
    if by_id:
        text = text.replace("prediction: prediction}", "prediction: prediction, id: id}")
    return gate_line(tmp_path, limit, data=data, text=text)


def test_paired_means_rest_on_groups_as_in_statsmodels(run, tmp_path):
    limit = "{metric: mean(cost), non_inferior_to: old, margin: 1, better: lower}"
    one = gains(run, baseline_line(tmp_path, limit))["{}"]
    paired = FIGURES["paired"]
    assert one["method"] == "paired"
    assert one["value"] == pytest.approx(-paired["value"], rel=TOLERANCE)
    assert one["low"] == pytest.approx(-paired["value"] - T_23 * paired["se"], rel=TOLERANCE)


def test_paired_rates_rest_on_groups(run, tmp_path):
    path = mmlu(tmp_path)
    with open(path, newline="") as file:
        write(path, [row | {"true": 1} for row in csv.DictReader(file)])
    text = LINE.replace("decisions.csv", "mmlu.csv").replace("{label: label, prediction: prediction}", "{label: true, prediction: gpt4}")
    text = text.replace("group: passage", "group: subject").replace("  segments: {language: language, kind: kind}\n", "")
    text = text.replace("limits:\n", "baselines:\n  mixtral: {columns: {prediction: mixtral}}\nlimits:\n")
    line = gate_line(tmp_path, "{metric: accuracy, superior_to: mixtral, margin: 0.05}", text=text)
    one = gains(run, line)["{}"]
    expected = FIGURES["mmlu"]["difference"]
    assert one["value"] == pytest.approx(expected["value"])
    assert one["value"] - one["low"] == pytest.approx(T_16 * expected["se"], rel=0.05)


def test_repeated_pairs_add_next_to_nothing(run, tmp_path):
    cases = [{"case": i, "y": 1, "p": int(i % 4 > 0), "q": int(i % 3 > 0)} for i in range(60)]
    text = LINE.replace("{label: label, prediction: prediction}", "{label: y, prediction: p}").replace("group: passage", "group: case")
    text = text.replace("  segments: {language: language, kind: kind}\n", "").replace("limits:\n", "baselines:\n  old: {columns: {prediction: q}}\nlimits:\n")
    limit = "{metric: accuracy, non_inferior_to: old, margin: 0.01}"
    once = gains(run, gate_line(tmp_path, limit, data=cases, text=text))["{}"]
    often = gains(run, gate_line(tmp_path, limit, data=cases * 10, text=text))["{}"]
    alone = gains(run, gate_line(tmp_path, limit, data=cases * 10, text=text.replace("  group: case\n", "")))["{}"]
    assert often["low"] == pytest.approx(once["low"], rel=0.05)
    assert alone["low"] > 0.0 > often["low"]


def test_a_baseline_without_ids_has_groups_of_its_own(run, tmp_path):
    limit = "{metric: accuracy, non_inferior_to: old, margin: 0.01}"
    one = gains(run, baseline_line(tmp_path, limit, by_id=False))["{}"]
    alone = gains(run, baseline_line(tmp_path, limit, group=False, by_id=False))["{}"]
    assert one["method"] == alone["method"] == "unpaired"
    assert one["value"] == pytest.approx(alone["value"])
    assert one["low"] < alone["low"]


def test_pairs_of_a_rate_with_trials_of_its_own_are_correlated(run, tmp_path):
    limit = "{metric: precision, non_inferior_to: old, margin: 0.5, by: kind}"
    paired = gains(run, baseline_line(tmp_path, limit))
    samples = gains(run, baseline_line(tmp_path, limit, by_id=False))
    assert set(paired) == set(samples) and len(paired) == 3
    for name, one in paired.items():
        assert one["method"] == "paired"
        assert one["value"] == pytest.approx(samples[name]["value"])
        assert one["low"] != pytest.approx(samples[name]["low"], abs=1e-6)


@pytest.mark.parametrize("count", [False, True], ids=["plain", "count"])
def test_predicted_numbers_have_groups_too(run, tmp_path, count):
    data = [row | {"n": 2 if i == 5 else 1} for i, row in enumerate(rows())] if count else rows()
    expected = FIGURES["regression"]
    options = ["--task", "regression", "--label", "cost", "--prediction", "w", "--group", "passage", "--by", "kind", "--smallest", "1", "--json"]
    options += ["--metrics", ",".join([*expected["overall"], "r2"])] + (["--count", "n"] if count else [])
    result = run.json("audit", write(tmp_path / "data.csv", data), *options)
    for name, ours in slices_of(result):
        for metric, theirs in expected[name].items():
            for key in ("value", "low", "high"):
                assert ours["measures"][metric][key] == pytest.approx(theirs[key], rel=0.02 if count else TOLERANCE)
        assert ours["measures"]["r2"]["unbounded"] is True


def test_a_limit_on_predicted_numbers_is_judged(run, tmp_path):
    text = LINE.replace("task: binary", "task: regression").replace("{label: label, prediction: prediction}", "{label: cost, prediction: w}")
    gate_line(tmp_path, "{metric: rmse, max: 3}", "{metric: mae, max_difference_to_overall: 1, by: [language, kind]}", text=text)
    assert {one["state"] for one in run.json("gate", "--no-record", "--json")["findings"]} == {"clear"}


# ---- what is said ----


def test_what_is_not_known_with_groups_is_shown_without_bounds(run):
    result = audit(run, REFERENCE / "decisions.csv", metrics=["accuracy", "balanced_accuracy", "quantile(seconds, 0.5)", "count"])
    measures = result["overall"]["measures"]
    for name in ("balanced_accuracy", "quantile(seconds, 0.5)"):
        assert (measures[name]["low"], measures[name]["high"], measures[name]["unbounded"]) == (None, None, True)
        assert measures[name]["value"] is not None
        assert measures[name]["ungrouped"]["low"] < measures[name]["value"] < measures[name]["ungrouped"]["high"]
    assert "unbounded" not in measures["accuracy"] and measures["count"]["low"] == len(rows())
    jsonschema.validate(result, json.loads((ROOT / "docs" / "reference" / "audit.schema.json").read_text()))
    text = run.good("audit", REFERENCE / "decisions.csv", *COLUMNS, "--metrics", "accuracy,balanced_accuracy")
    assert "without bounds: balanced_accuracy." in " ".join(text.split())


def test_the_method_says_what_groups_cost(run, tmp_path):
    gate_line(tmp_path, "{metric: accuracy, min: 0.5}")
    for arguments in (("gate", "--no-record"), AUDIT, (*AUDIT, "--format", "markdown")):
        text = " ".join(run(*arguments).stdout.split())
        assert "Decisions that share passage are not independent: 424 decisions in 24 groups" in text
        assert re.search(r"up to [\d.]+ × those of independent decisions, for which \w+ would be in", text)
    assert "1.7 × those of independent decisions, for which accuracy would be in [70.9, 79.1]" in " ".join(run(*AUDIT).stdout.split())
    assert "`passage` belong together" in " ".join(run.good("check", "--explain").split())


def test_nothing_is_said_of_columns_that_the_line_has_not(run, tmp_path):
    text = LINE.replace("  columns: {label: label, prediction: prediction}\n", "").replace("  group: passage\n", "")
    gate_line(tmp_path, "{metric: rate(right), min: 0.5}", text=text)
    for arguments in (("gate", "--no-record"), ("gate", "--no-record", "--format", "markdown"), ("audit", "plimsoll.yaml"), ("audit", "plimsoll.yaml", "--format", "markdown")):
        shown = run(*arguments).stdout
        assert "lack" not in shown and "without a label" not in shown and "without a score" not in shown
        assert "independent" not in shown


# ---- what is refused ----


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("{metric: balanced_accuracy, min: 0.5}", "how uncertain `balanced_accuracy` is, is not known"),
        ('{metric: "quantile(seconds, 0.9)", max: 60}', "how uncertain `quantile(seconds, 0.9)` is, is not known"),
        ("{metric: share, min: 0.1, by: kind}", "how uncertain `share` is, is not known"),
    ],
)
def test_a_limit_that_could_never_be_kept_is_an_error(run, tmp_path, limit, message):
    gate_line(tmp_path, limit)
    for command in ("check", "gate"):
        result = run(command)
        assert result.returncode == 2
        assert "plimsoll.yaml:12:14" in result.stderr and message in result.stderr


def test_the_value_alone_may_be_judged(run, tmp_path):
    gate_line(tmp_path, "{metric: balanced_accuracy, min: 0.5, judge: point}")
    assert run.json("gate", "--no-record", "--json", code=1)["findings"][0]["state"] == "clear"


def test_a_ranking_has_its_queries(run, tmp_path):
    line = gate_line(tmp_path, "{metric: ndcg, min: 0.5}")
    line.write_text(
        line.read_text().replace("task: binary", "task: ranking").replace("{label: label, prediction: prediction}", "{label: label, score: w, query: kind}")
    )
    result = run("check")
    assert result.returncode == 2
    assert "`group` does not go with a ranking" in result.stderr


@pytest.mark.parametrize("option", ["--search", "--mix", "--fairness", "--calibration"])
def test_what_takes_decisions_for_independent_is_refused(run, option):
    result = run("audit", REFERENCE / "decisions.csv", *COLUMNS, "--by", "kind", option)
    assert result.returncode == 2
    assert f"`{option}` takes decisions for independent" in result.stderr


def test_a_threshold_is_refused(run, tmp_path):
    line = gate_line(tmp_path, "{metric: accuracy, min: 0.5}")
    line.write_text(line.read_text().replace("prediction: prediction", "score: w"))
    result = run("threshold")
    assert result.returncode == 2
    assert "belong together" in result.stderr


def test_a_decision_without_a_group_is_an_error(run, tmp_path):
    data = rows()
    data[6]["passage"] = ""
    result = run("audit", write(tmp_path / "data.csv", data), *COLUMNS)
    assert result.returncode == 2
    assert "row 7: column `passage`: nothing is no group: every decision needs one" in result.stderr


def test_an_unknown_column_is_an_error(run):
    result = run("audit", REFERENCE / "decisions.csv", "--prediction", "prediction", "--group", "pasage")
    assert result.returncode == 2
    assert "did you mean `passage`?" in result.stderr
