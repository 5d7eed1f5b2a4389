"""Rankings: figures of other implementations, edges, limits between groups, and what is refused."""

import csv
import json
import math
import random
from pathlib import Path

import duckdb
import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference" / "ranking"
TASK = ("--task", "ranking", "--query", "query", "--label", "label")
CUTS = (1, 3, 10)
MEASURES = [f"{name}@{k}" for name in ("ndcg", "ndcg_exponential", "dcg", "precision", "recall", "hit_rate", "mrr", "map")
            for k in CUTS] + ["ndcg", "mrr", "map", "exposure", "exposure_share", "exposure_to_relevance"]  # fmt: skip
TOLERANCE = 1e-9


def write(path, rows, columns=("query", "score", "label", "language", "sex")):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def audit(run, path, *options, metrics=MEASURES):
    return run.json("audit", path, *TASK, "--score", "score", "--metrics", ",".join(metrics), "--smallest", "1", "--json", *options)


def name_of(one):
    return " × ".join(f"{segment}={group}" for segment, group in one.items())


def slices_of(result):
    yield "overall", result["overall"]
    for one in result["slices"]:
        yield name_of(one["slice"]), one


def measure(result, name, which="overall"):
    return dict(slices_of(result))[which]["measures"][name]


# ---- figures of others ----


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", ["distinct", "tied"])
def test_figures_equal_those_of_other_implementations(run, name, weighted):
    table = json.loads((REFERENCE / f"{name}.json").read_text())["weighted" if weighted else "plain"]
    options = ["--weight", "weight"] if weighted else []
    result = audit(run, REFERENCE / f"{name}.csv", "--by", "language", "--by", "sex", "--depth", "1", *options)
    compared = 0
    for slice_name, ours in slices_of(result):
        for metric, theirs in table[slice_name].items():
            for key, value in theirs.items():
                assert ours["measures"][metric][key] == pytest.approx(value, abs=TOLERANCE), (slice_name, metric, key)
                compared += 1
    assert compared > 500


def test_every_measure_of_rankings_is_among_them(run):
    names = {one["name"] for one in run.json("measures", "--json") if one["tasks"] == ["ranking"]}
    assert names == {name.split("@")[0] + "@K" if "@" in name else name for name in MEASURES}


def influences(rows, sex):
    """The exposure of a group, and what each query adds to it, by the definition."""
    totals = {}
    for row in rows:
        if row["score"]:
            totals.setdefault(row["query"], []).append((float(row["score"]), row["sex"]))
    parts = {}
    for query, items in totals.items():
        exposure = count = 0.0
        for score, of in items:
            if of == sex:
                before = sum(other > score for other, _ in items)
                tied = sum(other == score for other, _ in items)
                exposure += sum(1 / math.log2(2 + before + i) for i in range(tied)) / tied
                count += 1
        parts[query] = exposure, count
    total, number = (sum(part[i] for part in parts.values()) for i in range(2))
    value = total / number
    return value, {query: (e - value * c) / number for query, (e, c) in parts.items()}


@pytest.mark.parametrize("name", ["distinct", "tied"])
def test_the_gap_between_groups_of_items_knows_that_they_share_queries(run, name):
    path = REFERENCE / f"{name}.csv"
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    (women, of_women), (men, of_men) = influences(rows, "F"), influences(rows, "M")
    apart = [of_women[query] - of_men[query] for query in of_women]
    n = len(apart)
    se = math.sqrt(n / (n - 1) * sum(one**2 for one in apart))
    gap = audit(run, path, "--by", "sex", metrics=["exposure"])["between"][0]["difference"]
    assert gap["value"] == pytest.approx(abs(women - men), abs=TOLERANCE)
    # Student's t of about 119 degrees of freedom; the bounds of each group are on the logit scale.
    assert gap["high"] - gap["value"] == pytest.approx(1.98 * se, rel=0.005)
    independent = math.sqrt(sum(a**2 for a in of_women.values()) + sum(b**2 for b in of_men.values()))
    assert se > 1.015 * independent


# ---- nothing depends on how the rows come ----


def many_rows(seed=1):
    rng = random.Random(seed)
    for query in range(300):
        language = rng.choice(["en", "es", "hi", ""])
        for _ in range(rng.randint(1, 60 if query % 50 == 0 else 9)):
            yield f"query {query}", rng.randint(0, 20) / 4, rng.choice([0, 0, 1, 2]), language, rng.choice("FM")


def test_row_order_threads_and_formats_change_no_byte(run, tmp_path):
    rows = list(many_rows())
    one = write(tmp_path / "one.csv", rows)
    random.Random(7).shuffle(rows)
    two = write(tmp_path / "two.csv", rows)
    outputs = {json.dumps({**audit(run, path, "--by", "language", "--by", "sex", "--threads", threads), "data": 0})
               for path in (one, two) for threads in (1, 2, 5)}  # fmt: skip
    assert len(outputs) == 1


def test_ids_are_the_same_queries_as_numbers_and_as_text(run, tmp_path):
    rows = [(query * 37 - 5000, score, label, language, sex) for query, (_, score, label, language, sex)
            in ((int(row[0].split()[1]), row) for row in many_rows())]  # fmt: skip
    text = write(tmp_path / "text.csv", rows)
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{text}')) TO '{tmp_path}/number.parquet' (FORMAT parquet)")
    assert {**audit(run, text, "--by", "sex"), "data": 0} == {**audit(run, tmp_path / "number.parquet", "--by", "sex"), "data": 0}


def test_ranks_are_an_order_as_scores_are(run, tmp_path):
    rows = list(many_rows())
    scored = write(tmp_path / "scored.csv", rows)
    ranked = write(tmp_path / "ranked.csv", [(query, 10 - score, *rest) for query, score, *rest in rows],
                   ("query", "place", "label", "language", "sex"))  # fmt: skip
    by_rank = run.json("audit", ranked, *TASK, "--rank", "place", "--metrics", ",".join(MEASURES), "--by", "sex",
                       "--smallest", "1", "--json")  # fmt: skip
    assert by_rank["slices"] == audit(run, scored, "--by", "sex")["slices"]


def test_a_slice_is_measured_as_if_the_file_held_no_other_items(run, tmp_path):
    rows = list(many_rows())
    whole = audit(run, write(tmp_path / "whole.csv", rows), "--by", "sex")
    women = audit(run, write(tmp_path / "women.csv", [row for row in rows if row[4] == "F"]))
    for name in MEASURES:
        if not name.startswith("exposure"):
            assert measure(whole, name, "sex=F") == measure(women, name), name


def test_weight_2_counts_as_the_query_twice(run, tmp_path):
    rows = list(many_rows())
    twice = rows + [(query + " again", *rest) for query, *rest in rows if query.endswith("7")]
    weighted = write(tmp_path / "weighted.csv", [(*row, 2 if row[0].endswith("7") else 1) for row in rows],
                     ("query", "score", "label", "language", "sex", "weight"))  # fmt: skip
    ours = audit(run, weighted, "--weight", "weight", "--by", "sex")
    theirs = audit(run, write(tmp_path / "twice.csv", twice), "--by", "sex")
    for (name, one), (_, other) in zip(slices_of(ours), slices_of(theirs), strict=True):
        for metric in MEASURES:
            assert one["measures"][metric]["value"] == pytest.approx(other["measures"][metric]["value"], abs=1e-12), name


# ---- the edges ----


def values_of(run, path, *options):
    result = audit(run, path, *options)
    jsonschema.validate(result, json.loads((ROOT / "docs" / "reference" / "audit.schema.json").read_text()))
    return {name: (one["value"] if one["status"] != "undefined" else one["reason"])
            for name, one in result["overall"]["measures"].items()}  # fmt: skip


def test_one_relevant_item_is_a_perfect_list(run, tmp_path):
    values = values_of(run, write(tmp_path / "d.csv", [("a", 0.3, 2, "en", "F")]))
    assert values["ndcg@10"] == values["mrr"] == values["map"] == values["recall@1"] == values["exposure"] == 1
    assert values["precision@10"] == pytest.approx(0.1)
    assert values["dcg@10"] == "only one value in this group"


def test_one_query_has_the_widest_interval_there_is(run, tmp_path):
    rows = [("a", 3 - i, label, "en", "F") for i, label in enumerate((0, 1, 2))]
    result = audit(run, write(tmp_path / "d.csv", rows))
    ndcg = measure(result, "ndcg")
    assert ndcg["value"] == pytest.approx((1 / math.log2(3) + 2 / 2) / (2 + 1 / math.log2(3)))
    assert ndcg["n"] == 1
    assert ndcg["low"] < 0.1 and ndcg["high"] > 0.9


def test_no_relevant_item_leaves_the_order_undefined(run, tmp_path):
    rows = [(query, score, 0, "en", "F") for query in "ab" for score in (1, 2, 3)]
    result = audit(run, write(tmp_path / "d.csv", rows))
    for name in MEASURES:
        if not name.startswith("exposure"):
            assert measure(result, name)["reason"] == "no query with a relevant item in this group", name
    assert measure(result, "exposure")["value"] == pytest.approx((1 + 1 / math.log2(3) + 0.5) / 3)
    assert (result["overall"]["queries"], result["overall"]["queries_without_relevant"]) == (2, 2)


def test_only_queries_with_a_relevant_item_count(run, tmp_path):
    rows = [("a", 2, 1, "en", "F"), ("a", 1, 0, "en", "F"), ("b", 2, 0, "en", "F"), ("b", 1, 0, "en", "F")]
    result = audit(run, write(tmp_path / "d.csv", rows))
    assert (measure(result, "ndcg")["value"], measure(result, "ndcg")["n"]) == (1, 1)
    assert (result["overall"]["queries"], result["overall"]["queries_without_relevant"]) == (2, 1)


def test_all_relevant_is_perfect_in_any_order(run, tmp_path):
    rows = [(query, score, 1, "en", "F") for query in "abc" for score in (1, 2, 2)]
    values = values_of(run, write(tmp_path / "d.csv", rows))
    assert values["ndcg"] == values["map"] == values["mrr"] == values["precision@3"] == pytest.approx(1)


def test_a_constant_score_is_the_mean_over_all_orders(run, tmp_path):
    rows = [(query, 0.5, label, "en", "F") for query in "abc" for label in (1, 0, 0)]
    values = values_of(run, write(tmp_path / "d.csv", rows))
    assert values["mrr"] == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert values["hit_rate@1"] == values["precision@1"] == pytest.approx(1 / 3)
    assert values["ndcg"] == pytest.approx((1 + 1 / math.log2(3) + 0.5) / 3)


def test_what_is_missing_is_counted_and_left_out(run, tmp_path):
    rows = [("a", "", 3, "en", "F"), ("a", 2, "", "en", "F"), ("a", 1, 1, "en", "F"), ("b", 1, 1, "es", "M")]
    result = audit(run, write(tmp_path / "d.csv", rows))
    assert (result["unpredicted"], result["unlabelled"]) == (1, 1)
    assert measure(result, "mrr")["value"] == 1
    assert measure(result, "exposure")["value"] == pytest.approx((1 + 1 / math.log2(3) + 1) / 3)


def test_a_slice_without_a_score_or_a_label_says_so(run, tmp_path):
    rows = [("a", "", 3, "en", "F"), ("b", 2, "", "es", "F"), ("c", 1, 1, "hi", "M")]
    result = audit(run, write(tmp_path / "d.csv", rows), "--by", "language")
    assert measure(result, "ndcg", "language=en")["reason"] == "no scores in this group"
    assert measure(result, "ndcg", "language=es")["reason"] == "no labelled decisions in this group"
    assert measure(result, "exposure", "language=es")["value"] == 1
    assert measure(result, "exposure_share", "language=en")["reason"] == "no scores in this group"


def test_relevant_is_what_reaches_positive(run, tmp_path):
    rows = [(query, 3 - i, label, "en", "F") for query in "ab" for i, label in enumerate((1, 2, 3))]
    values = values_of(run, write(tmp_path / "d.csv", rows), "--positive", "2")
    assert values["mrr"] == 0.5
    assert values["recall@3"] == 1
    assert values["precision@1"] == 0


def test_a_ranking_without_labels_has_exposure(run, tmp_path):
    path = write(tmp_path / "d.csv", many_rows())
    result = run.json("audit", path, "--task", "ranking", "--query", "query", "--score", "score", "--by", "sex", "--json")
    assert set(result["overall"]["measures"]) == {"exposure", "exposure_share"}


# ---- what is refused ----


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([("a", 1, 1, "en", "F"), ("", 1, 1, "en", "F")], ["--score", "score"], ["row 2", "`query`", "is no query"]),
        ([("a", 1, -1, "en", "F")], ["--score", "score"], ["row 1", "`label`", "-1 is not a relevance"]),
        ([("a", 1, "x", "en", "F")], ["--score", "score"], ["row 1", "`label`", "is not a number"]),
        ([("a", "inf", 1, "en", "F")], ["--score", "score"], ["row 1", "`score`", "finite"]),
        ([("a", 0, 1, "en", "F")], ["--rank", "score"], ["row 1", "is not a rank"]),
        ([("a", 1, 1, "en", "F")], [], ["`score`", "`rank`"]),
        ([("a", 1, 1, "en", "F")], ["--score", "score", "--rank", "score"], ["not both"]),
        ([("a", 1, 1, "en", "F")], ["--score", "score", "--count", "label"], ["`count`", "a list"]),
        ([("a", 1, 1, "en", "F")], ["--score", "score", "--positive", "yes"], ["`positive`", "above 0"]),
        ([("a", 1, 1, "en", "F"), ("a", 1, 2, "en", "F")], ["--score", "score", "--weight", "label"],
         ["query `a`", "different weights, 1 and 2"]),
    ],
)  # fmt: skip
def test_data_that_are_no_ranking_are_refused(run, tmp_path, rows, options, words):
    message = run.fails("audit", write(tmp_path / "d.csv", rows), *TASK, *options)
    for word in words:
        assert word in message


def test_measures_of_other_tasks_are_refused(run, tmp_path):
    path = write(tmp_path / "d.csv", [("a", 1, 1, "en", "F")])
    assert "task `binary`" in run.fails("audit", path, *TASK, "--score", "score", "--metrics", "roc_auc")
    assert "10000" in run.fails("audit", path, *TASK, "--score", "score", "--metrics", "ndcg@0")


# ---- limits ----

LINE = """
plimsoll: 1
feature: search
title: Search
owner: search@example.org
risk: {severity: low, reversibility: full}
data:
  decisions: d.csv
  task: ranking
  columns: {query: query, score: score, label: label}
  segments: {language: language, sex: sex}
limits:
"""


def gate(run, limits, code):
    (run.folder / "plimsoll.yaml").write_text(LINE + "".join(f"  - {limit}\n" for limit in limits))
    result = run.json("gate", "--json", code=code)
    jsonschema.validate(result, json.loads((ROOT / "docs" / "reference" / "gate.schema.json").read_text()))
    return result["findings"]


def fair_rows(shift, seed=3):
    """Lists in which women's items score lower by `shift`."""
    rng = random.Random(seed)
    for query in range(400):
        language = rng.choice(["en", "es"])
        for _ in range(8):
            sex, label = rng.choice("FM"), rng.choice([0, 0, 1])
            yield f"q{query}", round(label + rng.gauss(0, 1) - shift * (sex == "F"), 6), label, language, sex


def test_parity_of_exposure_is_judged_between_groups_of_items(run):
    limit = "{metric: exposure, min_ratio: 0.9, by: sex}"
    write(run.folder / "d.csv", fair_rows(0.0))
    assert gate(run, [limit], 0)[0]["state"] == "clear"
    write(run.folder / "d.csv", fair_rows(2.0))
    finding = gate(run, [limit], 1)[0]
    assert finding["state"] == "breach"
    assert finding["slice"] == {"sex": "F"}


def test_quality_is_judged_in_each_slice_and_to_overall(run):
    write(run.folder / "d.csv", fair_rows(0.0))
    findings = gate(run, ["{metric: ndcg@5, min: 0.6, by: language}", "{metric: mrr, max_difference_to_overall: 0.1, by: language}",
                          "{metric: exposure, max_ratio_to_overall: 1.2, by: sex}",
                          "{metric: map, max_difference: 0.15, by: sex}"], 0)  # fmt: skip
    assert [finding["state"] for finding in findings] == ["clear"] * 4


def test_explain_says_what_a_ranking_is(run):
    (run.folder / "plimsoll.yaml").write_text(LINE + "  - {metric: ndcg@10, min: 0.5}\n")
    text = run.good("check", "--explain")
    assert "`query`" in text
    assert "is a yes" not in text
