"""Tasks with many classes: the figures of scikit-learn, degenerate data, and what goes wrong."""

import json
import random

import pytest

from conftest import ROOT

TABLES = sorted((ROOT / "tests" / "reference" / "classes").glob("*.json"))
LOSSES = ("log_loss", "roc_auc", "macro_roc_auc")


def line_of(data, task, columns, more="", limits=""):
    """A line over the file; JSON is YAML."""
    return (f"plimsoll: 1\nfeature: test\ndata:\n  decisions: {json.dumps(str(data))}\n  task: {task}\n"
            f"  columns: {json.dumps(columns)}\n  segments: {{g: g}}\n{more}{limits}"
            "evidence: {smallest_slice: 1}\n")


def audit(run, line, *more):
    (run.folder / "line.yaml").write_text(line)
    return run.json("audit", "line.yaml", "--format", "json", *more)


def measured(report, group):
    if group == "overall":
        return report["overall"]["measures"]
    return next(one["measures"] for one in report["slices"] if one["slice"] == {"g": group})


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_the_figures_are_those_of_scikit_learn(run, path):
    table = json.loads(path.read_text())
    names = list(table["figures"]["overall"])
    report = audit(run, line_of(path.with_suffix(".csv"), table["task"], table["columns"]),
                   "--metrics", ",".join(names))
    compared = 0
    for group, figures in table["figures"].items():
        ours = measured(report, group)
        assert sorted(ours) == sorted(names)
        for name, value in figures.items():
            found = ours[name]
            if value is None:
                assert found["status"] == "undefined" and found["reason"], (group, name)
                continue
            assert found["status"] == "ok", (group, name, found)
            allowed = 1e-6 if name.startswith(LOSSES) else 1e-9
            assert abs(found["value"] - value) <= allowed, (group, name)
            assert found["low"] <= found["value"] <= found["high"]
            compared += 1
    assert compared > 40


def test_every_table_is_there():
    assert len(TABLES) == 13


def rows_file(run, rows, head="label,prediction,g", name="rows.csv"):
    (run.folder / name).write_text("\n".join([head, *rows]) + "\n")
    return name


COLUMNS = {"label": "label", "prediction": "prediction"}


def test_the_order_of_rows_does_not_show(run):
    path = ROOT / "tests" / "reference" / "classes" / "weighted.csv"
    head, *rows = path.read_text().splitlines()
    columns = {**COLUMNS, "weight": "w"}
    reports = []
    for seed in range(2):
        random.Random(seed).shuffle(rows)
        reports.append(audit(run, line_of(rows_file(run, rows, head), "multiclass", columns)))
    assert reports[0]["overall"] == reports[1]["overall"]
    assert reports[0]["slices"] == reports[1]["slices"]


@pytest.mark.parametrize("rows", [
    ["cat,cat,a"],
    ["cat,dog,a"],
    ["cat,,a"],
    [",cat,a"],
    ["cat,cat,a", "cat,cat,a", "cat,cat,b"],
    ["cat,dog,a", "dog,cat,a"],
    ["cat,dog,a", ",cat,b", "dog,,b"],
], ids=lambda rows: " ".join(rows))
@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_degenerate_groups_show_no_nonsense(run, rows, task):
    report = audit(run, line_of(rows_file(run, rows), task, COLUMNS), "--metrics", ",".join(
        ["error_rate", "macro_f1", "macro_precision", "micro_f1", "weighted_precision", "weighted_f1",
         "precision(cat)", "recall(cat)", "f1(cat)", "selection_rate(cat)", "base_rate(cat)"]
        + (["matthews_corrcoef", "cohen_kappa", "balanced_accuracy"] if task == "multiclass" else
           ["samples_precision", "jaccard", "hamming_loss", "subset_accuracy"])))
    text = json.dumps(report)
    assert "NaN" not in text and "Infinity" not in text
    for place in [report["overall"], *report["slices"]]:
        for name, one in place["measures"].items():
            assert one["status"] in ("ok", "undefined", "too_small"), name
            assert one["status"] != "undefined" or one["reason"], name


def test_a_class_that_is_never_predicted_has_no_precision_and_no_part_in_the_mean(run):
    report = audit(run, line_of(rows_file(run, ["cat,cat,a", "cat,dog,a", "dog,dog,a", "eel,dog,a"]),
                                "multiclass", COLUMNS),
                   "--metrics", "precision(eel),recall(eel),macro_precision,macro_recall")
    ours = report["overall"]["measures"]
    assert ours["precision(eel)"]["reason"] == "this class is never predicted in this group"
    assert ours["recall(eel)"]["value"] == 0
    assert ours["macro_precision"]["value"] == pytest.approx((1 + 1 / 3) / 2, abs=1e-12)
    assert ours["macro_recall"]["value"] == pytest.approx((1 / 2 + 1 + 0) / 3, abs=1e-12)


def test_one_class_has_one_spelling(run):
    rows = ["1,1.0,a", "2,2,a", "True,true,a", " cat ,cat,a", "1.50,1.5,a"]
    report = audit(run, line_of(rows_file(run, rows), "multiclass", COLUMNS),
                   "--metrics", "accuracy,recall(1.0),recall(TRUE),recall(1.5)")
    ours = report["overall"]["measures"]
    assert ours["accuracy"]["value"] == pytest.approx(0.8)
    assert ours["recall(1.0)"]["value"] == 1 and ours["recall(TRUE)"]["value"] == 1
    assert ours["recall(1.5)"]["status"] == "undefined"


def test_lists_texts_and_separators_are_the_same_sets(run):
    sets = [(["p", "q"], ["q", "p"]), ([], []), (["p"], []), (None, ["p"]), (["r", "q"], ["r", "r"])]
    as_lists = "".join(json.dumps({"label": a, "prediction": b, "g": "a"}) + "\n" for a, b in sets)
    (run.folder / "lists.jsonl").write_text(as_lists)
    texts = ["{},{},a".format(*("" if one is None else ";".join(one) or ";" for one in pair))
             for pair in sets]
    by_list = audit(run, line_of("lists.jsonl", "multilabel", COLUMNS))
    by_text = audit(run, line_of(rows_file(run, texts), "multilabel", COLUMNS, '  separator: ";"\n'))
    assert by_list["overall"]["measures"] == by_text["overall"]["measures"]
    assert by_list["overall"]["measures"]["subset_accuracy"]["value"] == 0.5
    assert by_list["overall"]["measures"]["subset_accuracy"]["n"] == 4


def test_the_most_probable_class_is_the_prediction_and_the_first_by_name_where_two_are(run):
    rows = ["b,0.4,0.4,0.2,a", "b,0.2,0.5,0.3,a", "c,0.1,0.1,0.8,a", "c,,0.1,0.8,a"]
    columns = {"label": "label", "probabilities": {"c": "pc", "b": "pb", "a": "pa"}}
    report = audit(run, line_of(rows_file(run, rows, "label,pa,pb,pc,g"), "multiclass", columns),
                   "--metrics", "accuracy,selection_rate(a)")
    assert report["overall"]["measures"]["accuracy"]["value"] == pytest.approx(2 / 3)
    assert report["overall"]["measures"]["selection_rate(a)"]["value"] == pytest.approx(1 / 3)


def test_a_limit_on_a_class_is_judged(run):
    rows = ["cat,cat,a"] * 60 + ["cat,dog,b"] * 40 + ["cat,cat,b"] * 20 + ["dog,dog,a"] * 30
    limits = ("limits:\n  - {metric: recall(cat), min: 0.8, by: g}\n"
              "  - {metric: recall(cat), max_ratio_to_overall: 2, by: g}\n"
              "  - {metric: accuracy, max_difference: 0.1, by: g}\n")
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, rows), "multiclass", COLUMNS,
                                                  limits=limits))
    report = run.json("gate", "line.yaml", "--format", "json", code=1)
    states = [finding["state"] for finding in report["findings"]]
    assert states == ["breach", "clear", "breach"]


@pytest.mark.parametrize("metric, words", [
    ("recall(cta)", "has no class `cta`; did you mean `cat`?"),
    ("recall(mouse)", "has no class `mouse`; it has `cat`, `dog`"),
    ("recall", "write `recall(CLASS)` with the name of a class"),
    ("log_loss", "name their columns in `data.columns.probabilities`"),
    ("hamming_loss", "is a measure of task `multilabel`"),
    ("brier_score", "is a measure of task `binary`"),
])
def test_a_measure_that_cannot_be_made_says_why(run, metric, words):
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, ["cat,cat,a", "dog,cat,a"]),
                                                  "multiclass", COLUMNS))
    assert words in run.fails("audit", "line.yaml", "--metrics", metric)


def test_a_limit_on_a_class_that_is_not_there_names_its_place(run):
    limits = "limits:\n  - {metric: recall(mouse), min: 0.5}\n"
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, ["cat,cat,a", "dog,cat,a"]),
                                                  "multiclass", COLUMNS, limits=limits))
    said = run.fails("gate", "line.yaml")
    text = (run.folder / "line.yaml").read_text().splitlines()
    row = next(i for i, line in enumerate(text, 1) if "recall(mouse)" in line)
    assert f"line.yaml:{row}:14: `recall(mouse)`" in said


def test_a_label_without_a_probability_is_an_error(run):
    columns = {"label": "label", "probabilities": {"cat": "p"}}
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, ["cat,0.5,a", "dog,0.5,a"], "label,p,g"),
                                                  "multiclass", columns))
    assert "label `dog` has no column" in run.fails("audit", "line.yaml", "--metrics", "log_loss")


def test_a_probability_above_one_is_an_error(run):
    columns = {"label": "label", "probabilities": {"cat": "p"}}
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, ["cat,1.5,a"], "label,p,g"),
                                                  "multiclass", columns))
    assert "is not a probability" in run.fails("audit", "line.yaml")


def test_too_many_classes_are_an_error(run):
    rows = [f"c{i},c0,a" for i in range(1001)]
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, rows), "multiclass", COLUMNS))
    assert "more than 1000 classes" in run.fails("audit", "line.yaml")


def test_a_list_is_no_single_class(run):
    (run.folder / "rows.jsonl").write_text('{"label": ["p"], "prediction": ["p"], "g": "a"}\n')
    (run.folder / "line.yaml").write_text(line_of("rows.jsonl", "multiclass", COLUMNS))
    message = run.fails("audit", "line.yaml")
    assert "`multilabel` takes lists" in message


def test_a_launch_by_slice_takes_tasks_with_classes(run):
    rows = ["cat,cat,a"] * 200 + ["dog,dog,a"] * 100 + ["cat,dog,b"] * 150 + ["dog,dog,b"] * 100
    limits = "limits:\n  - {metric: macro_recall, min: 0.8}\nlaunch: {by: g}\n"
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, rows), "multiclass", COLUMNS,
                                                  limits=limits))
    report = run.json("gate", "line.yaml", "--format", "json", code=1)
    states = {one["slice"]["g"]: one["findings"][0]["state"] for one in report["launch"]["slices"]}
    assert states == {"a": "clear", "b": "breach"}


def test_the_confusion_matrix_is_that_of_the_rows(run, schema):
    rows = ["cat,cat,a"] * 5 + ["cat,dog,a"] * 2 + ["dog,cat,b"] * 3 + [",cat,b", "dog,,b"]
    line = line_of(rows_file(run, rows), "multiclass", COLUMNS)
    report = audit(run, line, "--metrics", "accuracy", "--confusion")
    schema("audit.schema.json", report)
    assert report["confusion"]["classes"] == ["cat", "dog"]
    assert report["confusion"]["counts"] == [[5, 2], [3, 0]]
    assert report["confusion"]["slices"] == [{"slice": {"g": "a"}, "counts": [[5, 2], [0, 0]]},
                                             {"slice": {"g": "b"}, "counts": [[0, 0], [3, 0]]}]
    assert "slices" not in audit(run, line, "--metrics", "accuracy")["confusion"]
    text = run.good("audit", "line.yaml", "--metrics", "accuracy")
    assert "Confusion: label by prediction" in text
    assert ["cat", "5", "2"] in [row.split() for row in text.splitlines()]
    assert "| cat | 5 | 2 |" in run.good("audit", "line.yaml", "--metrics", "accuracy", "-f", "markdown")


def test_of_many_classes_the_most_frequent_confusions_show(run):
    rows = [f"c{i:02},c{i:02},a" for i in range(20) for _ in range(5)] + ["c03,c07,a"] * 3
    (run.folder / "line.yaml").write_text(line_of(rows_file(run, rows), "multiclass", COLUMNS))
    text = run.good("audit", "line.yaml", "--metrics", "accuracy")
    assert "Most frequent confusions" in text
    assert ["c03", "c07", "3", "37.5", "%"] in [row.split() for row in text.splitlines()]


def test_the_confusions_of_a_set_are_by_class(run, schema):
    rows = ["p|q,p,a", "p,p|q,a", "q,q,b", "|,p,b"]
    report = audit(run, line_of(rows_file(run, rows), "multilabel", COLUMNS), "--metrics",
                   "jaccard", "--confusion")
    schema("audit.schema.json", report)
    assert report["confusion"]["counts"] == [[[1, 1], [0, 2]], [[1, 1], [1, 1]]]
    assert report["confusion"]["slices"][1]["counts"] == [[[1, 1], [0, 0]], [[1, 0], [0, 1]]]


def test_a_binary_task_has_no_confusions_to_show(run):
    report = run.json("audit", rows_file(run, ["1,1,a", "0,1,a"]), "--label", "label", "--prediction",
                      "prediction", "--json")
    assert "confusion" not in report
