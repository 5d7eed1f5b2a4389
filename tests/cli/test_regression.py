"""Task regression: figures of scikit-learn, what is undefined, what is refused, and laws of order and parts."""

import itertools
import json
import math
import random
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "tests" / "reference"))

import regression  # noqa: E402

duckdb = pytest.importorskip("duckdb")

MEASURES = "mae,mse,rmse,mape,mean_error,r2,mean_label,mean_prediction," + ",".join(
    f"within({tolerance})" for tolerance in regression.TOLERANCES
)
READ = ("--task", "regression", "--label", "y", "--prediction", "p", "--metrics", MEASURES)
TABLES = json.loads(regression.TABLE.read_text())["tables"]


def audit(run, source, *arguments, by=("g", "h")):
    """The audit without what names the source."""
    given = [word for segment in by for word in ("--by", segment)]
    value = run.json("audit", source, *READ, *given, "--json", *arguments)
    for key in ("data", "source", "elapsed_seconds"):
        value.pop(key, None)
    return value


def slices(value):
    yield "overall", value["overall"]["measures"]
    for part in value["slices"]:
        yield " * ".join(f"{segment}={group}" for segment, group in part["slice"].items()), part["measures"]


def write(run, rows, name="rows.csv"):
    (run.folder / name).write_text(regression.text_of(rows))
    return name


@pytest.mark.parametrize("name", regression.ROWS)
def test_figures_are_those_of_scikit_learn(run, name):
    make, arguments = regression.ROWS[name]
    rows = make()
    assert TABLES[name]["sha256"] == regression.digest(regression.text_of(rows)), "make the table anew"
    theirs = TABLES[name]["slices"]
    ours = dict(slices(audit(run, write(run, rows), *arguments, "--smallest", "1")))
    assert ours.keys() == theirs.keys()
    for place, measures in theirs.items():
        for measure, value in measures.items():
            estimate = ours[place][measure]
            if value is None:
                assert estimate["status"] == "undefined", (place, measure)
                continue
            assert estimate["value"] == pytest.approx(value, rel=1e-9, abs=0), (place, measure)
            assert estimate["low"] <= estimate["value"] <= estimate["high"], (place, measure)


def shuffled(rows, seed):
    rows = rows[:]
    random.Random(seed).shuffle(rows)
    return rows


def parquet(run, source, name, order="rowid"):
    """Small row groups, so that several threads have something to share."""
    path = run.folder / name
    duckdb.sql(
        f"COPY (SELECT * EXCLUDE (rowid) FROM (SELECT row_number() OVER () AS rowid, * FROM read_csv('{run.folder}/{source}',"
        f" header=true)) ORDER BY {order}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    return name


@pytest.mark.parametrize("arguments", [(), ("--count", "n"), ("--weight", "w"), ("--count", "n", "--weight", "w")])
def test_neither_order_nor_threads_nor_files_leave_a_trace(run, arguments):
    rows = regression.spread_rows(11, offset=1e6, scale=1e-2, noise=1e-3) + regression.spread_rows(12)
    first = audit(run, write(run, rows), *arguments)
    write(run, shuffled(rows, 1), "other.csv")
    assert audit(run, "other.csv", *arguments) == first
    assert audit(run, parquet(run, "other.csv", "other.parquet"), *arguments, "--threads", "1") == first
    assert audit(run, "other.parquet", *arguments, "--threads", "3") == first
    for part, number in ((shuffled(rows, 2)[:500], 1), (shuffled(rows, 2)[500:], 2)):
        write(run, part, f"part-{number}.csv")
    assert audit(run, "part-*.csv", *arguments) == first


def test_a_long_list_is_shared_among_threads_without_a_trace(run):
    """One group of 150,000 decisions: enough that each of three threads takes a part of it."""
    duckdb.sql(
        "COPY (SELECT 1000 + hash(i) % 7919 / 13 AS y, 1000 + hash(i) % 7919 / 13 + hash(i + 1) % 97 / 7 - 5 AS p,"
        f" 'A' AS g, 'u' AS h FROM range(150000) t(i)) TO '{run.folder}/long.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4096)"
    )
    parts = [audit(run, "long.parquet", "--threads", str(threads)) for threads in (1, 2, 3, 8)]
    assert all(part == parts[0] for part in parts)
    assert parts[0]["overall"]["measures"]["mae"]["n"] == 150_000


def test_a_count_is_as_many_rows(run):
    rows = regression.spread_rows(13)
    counted = audit(run, write(run, rows), "--count", "n")
    repeated = [row for row in rows for _ in range(row[5])]
    assert audit(run, write(run, repeated)) == counted


def test_equal_weights_change_nothing(run):
    rows = [(*row[:4], 2.0, 1) for row in regression.spread_rows(14)]
    plain = dict(slices(audit(run, write(run, rows))))
    weighted = dict(slices(audit(run, "rows.csv", "--weight", "w")))
    for place, measures in plain.items():
        for name, estimate in measures.items():
            for part in ("value", "low", "high"):
                assert weighted[place][name][part] == pytest.approx(estimate[part], rel=1e-12), (place, name)


def test_a_segment_value_that_reads_as_missing_joins_what_is_missing(run):
    rows = [(repr(float(i)), repr(i + generator), group, "u", 1.0, 1)
            for i, (generator, group) in enumerate(itertools.product((0.25, -1.5, 0.75), ("(missing)", "", "A")))]
    first = audit(run, write(run, rows), "--smallest", "1")
    assert audit(run, write(run, rows[::-1]), "--smallest", "1") == first
    assert dict(slices(first))["g=(missing)"]["mae"]["n"] == 6


def test_score_is_another_word_for_prediction(run):
    rows = regression.spread_rows(15)
    write(run, rows)
    common = ("--task", "regression", "--label", "y", "--by", "g", "--json")
    one, other = (run.json("audit", "rows.csv", *common, option, "p") for option in ("--prediction", "--score"))
    assert one["overall"]["measures"].keys() == {
        "mean_label", "mean_prediction", "mean_error", "mae", "rmse", "r2"}
    assert one["slices"] == other["slices"]


def test_the_json_is_as_the_schema_says(run, schema):
    write(run, regression.degenerate_rows())
    schema("audit.schema.json", run.json("audit", "rows.csv", *READ, "--by", "g", "--json"))


@pytest.mark.parametrize(
    ("value", "said"),
    [("seven", "seven is not a number"), ("inf", "inf is not a finite number below 1e70"),
     ("-1e70", "-1e70 is not a finite number below 1e70")],
)
@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("arguments", [(), ("--weight", "w")])
def test_what_is_no_number_is_refused_with_its_row(run, value, said, column, arguments):
    rows = regression.spread_rows(16, gaps=0)
    row = list(rows[7])
    row[column] = value
    rows[7] = tuple(row)
    write(run, rows)
    error = run.fails("audit", "rows.csv", *READ, *arguments)
    assert f"rows.csv: row 8: column `{'yp'[column]}`: {said}" in error


def test_nan_is_not_known(run):
    rows = [("nan", "1.5", "A", "u", 1.0, 1), ("2.5", "nan", "A", "u", 1.0, 1), ("2.5", "2", "A", "u", 1.0, 1)]
    value = audit(run, write(run, rows), "--smallest", "1")
    assert (value["unlabelled"], value["unpredicted"]) == (1, 1)
    assert value["overall"]["measures"]["mean_label"]["n"] == 2
    assert value["overall"]["measures"]["mae"]["reason"] == "only one value in this group"


def test_weights_too_large_to_add_are_refused(run):
    rows = [(1e60, 2e60, "A", "u", 1e100, 1)] * 3
    write(run, rows)
    assert "too large" in run.fails("audit", "rows.csv", *READ, "--weight", "w")


def test_measures_of_another_task_are_refused(run):
    write(run, regression.spread_rows(17))
    error = run.fails("audit", "rows.csv", "--task", "regression", "--label", "y", "--score", "p", "--metrics", "f1")
    assert "`f1` is a measure of task `binary`, and the task here is `regression`" in error
    error = run.fails("audit", "rows.csv", "--label", "y", "--score", "p", "--metrics", "mae")
    assert "`mae` is a measure of task `regression`" in error
    error = run.fails("audit", "rows.csv", *READ[:-1], "within(-1)")
    assert "write `within(TOLERANCE)` with a number of at least 0" in error


def test_a_search_is_for_shares_of_decisions(run):
    write(run, regression.spread_rows(23))
    common = ("audit", "rows.csv", "--task", "regression", "--label", "y", "--prediction", "p", "--by", "g")
    assert "task `regression` has none that can be searched" in run.fails(*common, "--search")
    assert "`mae` cannot be searched" in run.fails(*common, "--search=mae")


LINE = """plimsoll: 1
feature: prices
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: rows.csv
  task: regression
  columns: {{{columns}}}
  segments: {{g: g, h: h}}
limits:
{limits}
"""


def gate(run, *limits, columns="label: y, prediction: p", code=0):
    text = LINE.format(limits="\n".join(f"  - {{{limit}}}" for limit in limits), columns=columns)
    (run.folder / "plimsoll.yaml").write_text(text)
    return run.json("gate", "--json", "--no-record", code=code)


def test_limits_hold_or_are_crossed(run):
    write(run, regression.spread_rows(18))
    value = gate(
        run,
        "metric: mae, max: 5, by: every",
        "metric: mean_error, max_difference: 5, by: g",
        "metric: rmse, max_ratio_to_overall: 1.5, by: g",
        "metric: mae, max_ratio_to_overall: 1.5, by: g",
        "metric: mean_error, max_difference_to_overall: 3, by: g",
        "metric: r2, min: 0.9",
        "metric: within(5), min: 0.5, by: g",
        "metric: mae, max: 0.5",
        code=1,
    )
    assert [finding["state"] for finding in value["findings"]] == ["clear"] * 7 + ["breach"]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("metric", ["mae", "mean_error", "mape", "mean_label"])
def test_a_slice_is_compared_with_the_rest_and_not_with_itself(run, metric, weighted):
    """With overall = s slice + (1 - s) rest the difference to overall is (1 - s) (slice - rest), by MOVER."""
    rows = regression.spread_rows(19, gaps=0)
    write(run, rows)
    columns = "label: y, prediction: p" + (", weight: w" if weighted else "")
    value = gate(run, f"metric: {metric}, max_difference_to_overall: 30, by: g", columns=columns)
    arguments = ("--confidence", "0.9", *(("--weight", "w") if weighted else ()))
    overall = dict(slices(audit(run, "rows.csv", *arguments)))
    rest = audit(run, "rows.csv", *arguments, "--where", "g <> 'C'")["overall"]["measures"][metric]
    part = overall["g=C"][metric]
    weight = [row[4] if weighted else 1.0 for row in rows]
    share = sum(w for w, row in zip(weight, rows) if row[2] == "C") / sum(weight)
    difference = part["value"] - rest["value"]
    sign = 1 if difference >= 0 else -1
    side, other = ("high", "low") if difference >= 0 else ("low", "high")
    reach = math.hypot(part[side] - part["value"], rest["value"] - rest[other])
    case = next(case for case in value["findings"][0]["cases"] if case["slice"] == {"g": "C"})
    assert abs(case["value"]) == pytest.approx((1 - share) * abs(difference), rel=1e-9)
    assert case["high"] == pytest.approx((1 - share) * (sign * difference + reach), rel=1e-9)


def test_what_can_be_below_0_has_no_ratio(run):
    write(run, regression.spread_rows(20))
    for metric in ("mean_error", "r2"):
        (run.folder / "plimsoll.yaml").write_text(
            LINE.format(limits=f"  - {{metric: {metric}, max_ratio: 2, by: g}}", columns="label: y, prediction: p")
        )
        assert "can be below 0" in run("check").stderr + run("check").stdout


def test_two_names_for_the_predicted_number_are_refused(run):
    write(run, regression.spread_rows(21))
    text = LINE.format(limits="  - {metric: mae, max: 5}", columns="label: y, prediction: p, score: w")
    (run.folder / "plimsoll.yaml").write_text(text)
    result = run("check")
    assert result.returncode == 2
    assert "plimsoll.yaml:8" in result.stderr and "`data.columns.score`" in result.stderr


def test_gaps_between_groups_have_intervals(run):
    write(run, regression.spread_rows(22))
    value = run.json("audit", "rows.csv", *READ, "--by", "g", "--json")
    between = {(part["metric"]): part for part in value["between"]}
    for name in MEASURES.split(","):
        gap = between[name]["difference"]
        assert gap["status"] == "ok" and gap["low"] <= gap["value"] <= gap["high"], name
    assert between["mean_error"]["difference"]["value"] > 0
    assert between["mean_error"]["ratio"]["status"] == "undefined"
    assert between["mae"]["ratio"]["low"] > 0


def test_a_launch_takes_each_slice_by_itself(run):
    rows = [(label, "" if prediction == "" else repr(float(prediction) + (9 if group == "B" else 0)), group, *rest)
            for label, prediction, group, *rest in regression.spread_rows(24)]
    write(run, rows)
    limits = "  - {metric: mae, max: 5}\n  - {metric: within(5), min: 0.5, by: h}\nlaunch: {by: g}"
    (run.folder / "plimsoll.yaml").write_text(LINE.format(limits=limits, columns="label: y, prediction: p"))
    value = json.loads(run("gate", "--json", "--no-record").stdout)
    verdicts = {part["slice"]["g"]: part["verdict"] for part in value["launch"]["slices"]}
    assert verdicts["B"] == "no_ship" and verdicts["A"] != "no_ship"
    alone = audit(run, "rows.csv", "--where", "g = 'A'", by=("h",))
    part = next(part for part in value["launch"]["slices"] if part["slice"] == {"g": "A"})
    mae = next(finding for finding in part["findings"] if finding["limit"].startswith("mae"))
    assert mae["value"] == pytest.approx(alone["overall"]["measures"]["mae"]["value"], rel=1e-14)


def test_a_baseline_is_compared_with(run):
    rows = regression.spread_rows(25)
    write(run, rows)
    write(run, [(row[0], "" if row[1] == "" else repr(float(row[1]) + 4), *row[2:]) for row in rows], "other.csv")
    value = gate(run, "metric: mae, superior_to: other.csv", "metric: r2, non_inferior_to: other.csv, margin: 0.01")
    assert [finding["state"] for finding in value["findings"]] == ["clear", "clear"]


def test_a_line_is_explained_without_yes_and_no(run):
    write(run, regression.spread_rows(26))
    for columns in ("label: y, prediction: p", "label: y, score: p"):
        (run.folder / "plimsoll.yaml").write_text(LINE.format(limits="  - {metric: mae, max: 5}", columns=columns))
        said = run.good("check", "--explain")
        assert "`p`" in said and "yes" not in said
