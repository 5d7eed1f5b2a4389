"""audit: figures without a line, its options, and their errors."""

import pytest
from conftest import DECISIONS, csv_of

STANDARD = ("--label", "label", "--score", "score", "--by", "team")


@pytest.fixture
def data(run):
    (run.folder / "d.csv").write_text(csv_of(DECISIONS))
    return "d.csv"


def measures_of(audit, **slice_of):
    found = [slice for slice in audit["slices"] if slice["slice"] == slice_of]
    assert len(found) == 1
    return found[0]["measures"]


def test_the_json_keeps_its_schema(run, data, schema):
    audit = run.json("audit", data, *STANDARD, "--json")
    schema("audit.schema.json", audit)
    assert audit["overall"]["n"] == len(DECISIONS)
    assert audit["overall"]["measures"]["accuracy"]["value"] == pytest.approx(0.8, abs=1e-12)


def test_figures_equal_those_of_scikit_learn(run, schema):
    metrics = pytest.importorskip("sklearn.metrics")
    numpy = pytest.importorskip("numpy")
    random = numpy.random.default_rng(20240611)
    n = 3000
    score = random.random(n).round(3)
    label = (random.random(n) < score).astype(int)
    team = random.choice(["A", "B", "C"], n)
    (run.folder / "r.csv").write_text(csv_of(list(zip(team, label, score))))
    audit = run.json("audit", "r.csv", *STANDARD, "--threshold", "0.4", "--json")
    schema("audit.schema.json", audit)
    for name in ("A", "B", "C"):
        measures = measures_of(audit, team=name)
        y, s = label[team == name], score[team == name]
        predicted = (s >= 0.4).astype(int)
        for measure, value in {
            "accuracy": metrics.accuracy_score(y, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
            "precision": metrics.precision_score(y, predicted),
            "true_positive_rate": metrics.recall_score(y, predicted),
            "f1": metrics.f1_score(y, predicted),
        }.items():
            assert measures[measure]["value"] == pytest.approx(value, abs=1e-9)
        assert measures["roc_auc"]["value"] == pytest.approx(metrics.roc_auc_score(y, s), abs=1e-6)


def test_a_count_column_equals_the_expanded_data(run, data):
    counts = {}
    for row in DECISIONS:
        counts[row] = counts.get(row, 0) + 1
    lines = ["team,label,score,n"] + [f"{t},{y},{s},{n}" for (t, y, s), n in counts.items()]
    (run.folder / "counted.csv").write_text("\n".join(lines) + "\n")
    expanded = run.json("audit", data, *STANDARD, "--json")
    counted = run.json("audit", "counted.csv", *STANDARD, "--count", "n", "--json")
    for key in ("overall", "slices", "between"):
        assert counted[key] == expanded[key]


def test_differences_and_ratios_are_those_of_the_slices(run, data):
    audit = run.json("audit", data, *STANDARD, "--metrics", "selection_rate,accuracy", "--json")
    between = {one["metric"]: one for one in audit["between"]}
    assert set(between) == {"selection_rate", "accuracy"}
    values = [measures_of(audit, team=name)["selection_rate"]["value"] for name in ("A", "B")]
    one = between["selection_rate"]
    assert one["by"] == ["team"]
    assert one["difference"]["value"] == pytest.approx(max(values) - min(values), abs=1e-12)
    assert one["ratio"]["value"] == pytest.approx(min(values) / max(values), abs=1e-12)


def test_crossings_bins_and_conditions(run, data):
    audit = run.json(
        "audit", data, "--label", "label", "--score", "score", "--by", "team*level=score:0.15,0.5",
        "--where", "team = 'A'", "--metrics", "count", "--json",
    )  # fmt: skip
    crossed = {
        (slice["slice"]["team"], slice["slice"]["level"]): slice["n"]
        for slice in audit["slices"]
        if set(slice["slice"]) == {"team", "level"}
    }
    assert sum(crossed.values()) == 400
    assert sorted(crossed.values()) == [50, 170, 180]


def test_a_prediction_stands_in_for_a_score(run):
    lines = ["yes,label"] + ["1,1"] * 3 + ["0,1"] * 1 + ["0,0"] * 4
    (run.folder / "p.csv").write_text("\n".join(lines) + "\n")
    audit = run.json("audit", "p.csv", "--label", "label", "--prediction", "yes", "--json")
    assert audit["overall"]["measures"]["accuracy"]["value"] == pytest.approx(7 / 8)
    assert "roc_auc" not in audit["overall"]["measures"]


def test_named_values_may_be_the_positive_ones(run):
    lines = ["said,was"] + ["good,good"] * 3 + ["bad,good"] + ["bad,bad"] * 4
    (run.folder / "v.csv").write_text("\n".join(lines) + "\n")
    audit = run.json(
        "audit", "v.csv", "--label", "was", "--prediction", "said", "--positive", "good", "--metrics", "recall", "--json"
    )
    assert audit["overall"]["measures"]["true_positive_rate"]["value"] == pytest.approx(3 / 4)


def test_columns_of_any_kind_have_means_and_quantiles(run):
    lines = ["team,ms"] + [f"A,{value}" for value in range(1, 101)]
    (run.folder / "m.csv").write_text("\n".join(lines) + "\n")
    audit = run.json("audit", "m.csv", "--metrics", "mean(ms),quantile(ms, 0.5)", "--json")
    measures = audit["overall"]["measures"]
    assert measures["mean(ms)"]["value"] == pytest.approx(50.5)
    assert len(measures) == 2


def test_undefined_has_a_reason_and_no_number(run):
    (run.folder / "u.csv").write_text("team,label,score\n" + "A,0,0.4\n" * 40)
    audit = run.json("audit", "u.csv", *STANDARD, "--json")
    recall = audit["overall"]["measures"]["true_positive_rate"]
    assert recall["value"] is None and recall["status"] == "undefined"
    assert "positives" in recall["reason"]


def test_the_text_fits_its_page_and_lists_every_slice(run, data):
    text = run.good("audit", data, *STANDARD)
    assert text.startswith("800 decisions in d.csv.\n")
    assert "team=A" in text and "team=B" in text
    assert max(len(line) for line in text.splitlines()) <= 100
    narrow = run.good("audit", data, *STANDARD, env={"COLUMNS": "60"})
    assert max(len(line) for line in narrow.splitlines()) <= 60


def test_markdown_has_a_table_for_each_grouping(run, data):
    text = run.good("audit", data, *STANDARD, "--format", "markdown")
    assert "### By team" in text and "| team=A | 400 |" in text and "### Between slices" in text


def test_nothing_is_recorded(run, data):
    run.good("audit", data, *STANDARD)
    assert [path.name for path in run.folder.iterdir()] == ["d.csv"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["none.csv", "--label", "label"], "none.csv"),
        (["d.csv", "--label", "lable", "--score", "score"], "label"),
        (["d.csv", *STANDARD, "--metrics", "acuracy"], "accuracy"),
        (["d.csv", *STANDARD, "--metrics", "accuracy,,f1"], "empty name"),
        (["d.csv", *STANDARD, "--by", "taem"], "team"),
        (["d.csv", *STANDARD, "--task", "binry"], "none of: binary"),
        (["d.csv", *STANDARD, "--where", "team ="], "where"),
        (["d.csv", *STANDARD, "--where", "1=1); DROP TABLE x; --"], "where"),
        (["d.csv", *STANDARD, "--count", "score"], "score"),
        (["d.csv", *STANDARD, "--weight", "team"], "team"),
    ],
)
def test_errors_name_what_is_wrong(run, data, arguments, words):
    assert words in run.fails("audit", *arguments)


def test_ecce_has_the_p_value_of_calibration(run, schema):
    def p_value(shift):
        # A label that comes true just as often as the score says, or more often by the shift.
        scores = [(i + 0.5) / 4000 for i in range(4000)]
        rows = [("A", int(i * 0.6180339887498949 % 1 < p + shift), p) for i, p in enumerate(scores)]
        (run.folder / "p.csv").write_text(csv_of(rows))
        audit = run.json("audit", "p.csv", *STANDARD, "--metrics", "ecce,accuracy", "--json")
        schema("audit.schema.json", audit)
        assert "p_value" not in audit["overall"]["measures"]["accuracy"]
        return audit["overall"]["measures"]["ecce"]["p_value"]

    assert p_value(0.0) > 0.5
    assert p_value(0.1) < 1e-6


LINE = """\
plimsoll: 1
feature: f
data:
  decisions: d.csv
  columns: {label: label, score: score}
  threshold: 0.6
  segments: {team: team, half: {column: score, bins: [0.5]}}
limits:
  - {metric: accuracy, min: 0.99}
evidence: {confidence: 0.9, smallest_slice: 2}
"""


def test_a_line_says_itself_what_its_data_are(run, data):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    audit = run.json("audit", "plimsoll.yaml", "--json")
    assert audit["confidence"] == 0.9
    assert {tuple(one["slice"]) for one in audit["slices"]} == {
        ("team",), ("half",), ("team", "half")
    }
    by_options = run.json(
        "audit", data, *STANDARD, "--threshold", "0.6", "--smallest", "2", "--confidence", "0.9",
        "--json",
    )
    assert by_options["overall"] == audit["overall"]
    teams = [one for one in audit["slices"] if list(one["slice"]) == ["team"]]
    assert len(teams) > 1 and teams == by_options["slices"]


def test_options_of_the_evidence_stand_above_the_line(run, data):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    audit = run.json("audit", "plimsoll.yaml", "--confidence", "0.8", "--by", "half", "--json")
    assert audit["confidence"] == 0.8
    assert {tuple(one["slice"]) for one in audit["slices"]} == {("half",)}


def test_a_line_takes_no_options_that_say_what_the_data_are(run, data):
    (run.folder / "plimsoll.yaml").write_text(LINE)
    said = run.fails("audit", "plimsoll.yaml", "--threshold", "0.5")
    assert "`--threshold` does not go with a line" in said
    (run.folder / "plimsoll.yaml").write_text(LINE.replace("accuracy", "acuracy"))
    assert "plimsoll.yaml:9:" in run.fails("audit", "plimsoll.yaml")


def test_the_rows_of_the_file_are_counted_and_not_the_decisions(run, data):
    rows = len((run.folder / data).read_text().splitlines()) - 1
    audit = run.json("audit", data, *STANDARD, "--json")
    assert audit["data"]["rows"] == rows == audit["overall"]["n"]
    (run.folder / "c.csv").write_text("label,score,team,n\n1,0.9,a,3\n0,0.1,a,0\n1,0.2,b,5\n")
    counted = run.json("audit", "c.csv", *STANDARD, "--count", "n", "--json")
    assert (counted["data"]["rows"], counted["overall"]["n"]) == (3, 8)
    some = run.json("audit", "c.csv", *STANDARD, "--count", "n", "--where", "team = 'a'", "--json")
    assert (some["data"]["rows"], some["overall"]["n"]) == (2, 3)
