"""Limits that compare with a baseline: a file, or a second answer in the rows of the data."""

import json
import math

import pytest

LINE = """plimsoll: 1
feature: test-feature
data:
  decisions: decisions.csv
  columns: {{label: label, score: score{columns}}}
  segments: {{team: team}}
{baselines}limits:
{limits}
evidence: {{seed: 7, smallest_slice: 10}}
"""


def csv_of(names, rows):
    return "\n".join([",".join(names)] + [",".join(str(value) for value in row) for row in rows]) + "\n"


def answers(right, wrong, team="A", label=1):
    """Decisions of one label: so many right, so many wrong."""
    good, bad = (0.9, 0.1) if label == 1 else (0.1, 0.9)
    return [(team, label, good)] * right + [(team, label, bad)] * wrong


@pytest.fixture
def files(run):
    def write(limits, here, there=None, columns="", baselines=""):
        (run.folder / "decisions.csv").write_text(csv_of(("team", "label", "score"), here))
        if there is not None:
            (run.folder / "incumbent.csv").write_text(csv_of(("team", "label", "score"), there))
        (run.folder / "plimsoll.yaml").write_text(
            LINE.format(limits=limits, columns=columns, baselines=baselines)
        )

    return write


def gate(run, code=1):
    return run.json("gate", "--no-record", "--json", code=code)


def test_a_model_that_is_as_good_is_not_inferior(files, run, schema):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.05}", answers(1800, 200), answers(1800, 200))
    verdict = gate(run)
    schema("gate.schema.json", verdict)
    finding = verdict["findings"][0]
    assert finding["state"] == "clear"
    assert finding["limit"] == "accuracy at most 0.05 worse than incumbent.csv"
    assert finding["value"] == 0
    assert finding["threshold"] == 0.05
    assert finding["here"] == {"value": 0.9, "n": 2000}
    assert finding["there"] == {"value": 0.9, "n": 2000}
    assert finding["method"] == "unpaired"
    assert -0.05 < finding["low"] < -0.01
    assert verdict["baselines"][0]["name"] == "incumbent.csv"
    assert verdict["baselines"][0]["pairing"] == "none"
    assert len(verdict["baselines"][0]["hash"]) == 64


def test_a_model_that_is_worse_than_the_margin_is_a_breach(files, run):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.02}", answers(1600, 400), answers(1800, 200))
    finding = gate(run)["findings"][0]
    assert finding["state"] == "breach"
    assert finding["value"] == pytest.approx(-0.1)
    assert finding["high"] < -0.02
    text = run("gate", "--no-record").stdout
    assert "accuracy is 80.0 % for all decisions, against 90.0 % of incumbent.csv: 10.0 points worse" in " ".join(text.split())
    assert "the line allows at most 2.0 points worse" in " ".join(text.split())


def test_what_the_data_do_not_settle_is_unproven_and_says_what_would(files, run):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.02}", answers(180, 20), answers(180, 20))
    finding = gate(run)["findings"][0]
    assert finding["state"] == "unproven"
    assert finding["needed"] > 1000
    assert finding["low"] < -0.02 < finding["high"]


def test_an_error_rate_is_better_when_it_is_lower(files, run):
    files("  - {metric: error_rate, superior_to: incumbent.csv}", answers(1900, 100), answers(1800, 200))
    finding = gate(run)["findings"][0]
    assert finding["state"] == "clear"
    assert finding["value"] == pytest.approx(0.05)
    assert 0 < finding["low"] < 0.05 < finding["high"]


def test_a_tie_is_not_better(files, run):
    files("  - {metric: count, superior_to: incumbent.csv, better: higher}", answers(20, 0), answers(20, 0))
    finding = gate(run)["findings"][0]
    assert finding["value"] == 0
    assert finding["state"] != "clear"
    files("  - {metric: count, non_inferior_to: incumbent.csv, margin: 0, better: higher}", answers(20, 0), answers(20, 0))
    assert gate(run)["findings"][0]["state"] == "clear"


@pytest.mark.parametrize("wrong, state", [(600, "clear"), (1000, "breach"), (850, "unproven")])
def test_false_positives_down_by_a_share(files, run, wrong, state):
    files(
        "  - {metric: false_positive_rate, superior_to: incumbent.csv, relative_margin: 15%}",
        answers(10000 - wrong, wrong, label=0),
        answers(9000, 1000, label=0),
    )
    finding = gate(run)["findings"][0]
    assert finding["state"] == state
    assert finding["relative"] is True
    assert finding["value"] == pytest.approx(1 - wrong / 1000)
    assert finding["low"] <= finding["value"] <= finding["high"]


def test_an_accuracy_up_by_a_share(files, run):
    files("  - {metric: accuracy, superior_to: incumbent.csv, relative_margin: 50%}", answers(1800, 200), answers(1000, 1000))
    finding = gate(run)["findings"][0]
    assert finding["state"] == "clear"
    assert finding["value"] == pytest.approx(0.8)


def test_each_slice_is_compared_with_the_same_slice(files, run):
    files(
        "  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.05, by: team}",
        answers(900, 100, "A") + answers(600, 400, "B") + answers(50, 0, "C"),
        answers(900, 100, "A") + answers(900, 100, "B"),
    )
    verdict = gate(run)
    cases = {json.dumps(case["slice"]): case for case in verdict["findings"][0]["cases"]}
    assert cases['{"team": "A"}']["state"] == "clear"
    assert cases['{"team": "B"}']["state"] == "breach"
    assert cases['{"team": "B"}']["value"] == pytest.approx(-0.3)
    assert cases['{"team": "C"}']["status"] == "too_small"
    assert cases['{"team": "C"}']["there"]["value"] is None
    assert cases["{}"]["state"] == "breach"
    assert verdict["family_size"] == 3


def test_a_segment_that_no_limit_asks_about_need_not_be_in_the_baseline(files, run):
    files("  - {metric: accuracy, non_inferior_to: bare.csv, margin: 0.05}", answers(1800, 200))
    (run.folder / "bare.csv").write_text(csv_of(("label", "score"), [row[1:] for row in answers(1800, 200)]))
    assert gate(run)["findings"][0]["state"] == "clear"
    files("  - {metric: accuracy, non_inferior_to: bare.csv, margin: 0.05, by: team}", answers(1800, 200))
    message = run.fails("gate", "--no-record")
    assert "bare.csv has no column `team`" in message


def test_a_named_baseline_says_how_it_differs(files, run):
    files(
        "  - {metric: accuracy, superior_to: incumbent}",
        answers(1900, 100),
        baselines="baselines:\n  incumbent: {decisions: old.csv, columns: {label: truth, score: points}, threshold: 5}\n",
    )
    (run.folder / "old.csv").write_text(csv_of(("truth", "points"), [(1, 7)] * 1000 + [(1, 4)] * 1000))
    verdict = gate(run)
    assert verdict["findings"][0]["there"]["value"] == 0.5
    assert verdict["findings"][0]["state"] == "clear"
    assert verdict["baselines"][0]["name"] == "incumbent"
    assert verdict["baselines"][0]["source"] == "old.csv"


def test_the_record_names_the_baseline_and_its_fingerprint(files, run):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.05}", answers(1800, 200), answers(1800, 200))
    verdict = run.json("gate", "--json", code=1)
    shown = run.good("ledger", "show", "--json")
    assert verdict["baselines"][0]["hash"] in shown


def test_every_format_says_both_figures(files, run):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.02}", answers(1600, 400), answers(1800, 200))
    assert "0.8 against 0.9" in run("gate", "--no-record").stdout.replace("\n", " ")
    assert "0.8 against 0.9" in run("gate", "--no-record", "--format", "markdown").stdout
    junit = run("gate", "--no-record", "--format", "junit").stdout
    assert "0.8 against 0.9" in junit
    assert "must be at most 2.0 points worse than incumbent.csv" in junit


WRONG_LINES = [
    ("{metric: accuracy, non_inferior_to: incumbent.csv}", "does not say how much worse is still good enough"),
    ("{metric: accuracy, non_inferior_to: incumbent, margin: 0.01}", "is `incumbent`, which is neither a baseline of this line nor a file"),
    ("{metric: accuracy, min: 0.5, margin: 0.01}", "goes with `non_inferior_to` or `superior_to`"),
    ("{metric: accuracy, min: 0.5, better: lower}", "goes with `non_inferior_to` or `superior_to`"),
    ("{metric: accuracy, non_inferior_to: a.csv, margin: 0.01, relative_margin: 5%}", "stands beside `margin`"),
    ("{metric: accuracy, non_inferior_to: a.csv, superior_to: b.csv, margin: 0.01}", "one margin cannot serve both"),
    ("{metric: accuracy, non_inferior_to: a.csv, margin: -0.01}", "must be at least 0"),
    ("{metric: selection_rate, superior_to: a.csv}", "add `better: higher` or `better: lower`"),
    ("{metric: mean(score), superior_to: a.csv}", "add `better: higher` or `better: lower`"),
    ("{metric: accuracy, superior_to: a.csv, better: lower}", "better when it is higher"),
    ("{metric: matthews_corrcoef, superior_to: a.csv, relative_margin: 5%}", "can be below 0"),
]


@pytest.mark.parametrize("limit, expected", WRONG_LINES, ids=[text for _, text in WRONG_LINES])
def test_a_line_that_cannot_be_meant_is_told_where(files, run, limit, expected):
    files("  - " + limit, answers(20, 20))
    message = run.fails("gate", "--no-record")
    assert expected in message
    assert "plimsoll.yaml:8:" in message
    result = run("check")
    assert result.returncode == 2
    assert expected in result.stdout + result.stderr


WRONG_BASELINES = [
    ("{}", "is the feature itself"),
    ("{columns: {prediction: p, id: x}}", "is of the data, in whose rows this baseline stands"),
    ("{decisions: a.csv, columns: {id: x}}", "names decisions by which the data's own cannot be matched"),
    ("{decision: a.csv}", "did you mean `decisions`?"),
]


@pytest.mark.parametrize("baseline, expected", WRONG_BASELINES, ids=[text for _, text in WRONG_BASELINES])
def test_a_baseline_that_cannot_be_meant_is_told_where(files, run, baseline, expected):
    files("  - {metric: accuracy, superior_to: old}", answers(20, 20), baselines=f"baselines:\n  old: {baseline}\n")
    message = run.fails("gate", "--no-record")
    assert expected in message
    assert "plimsoll.yaml:8:" in message


def test_a_name_that_is_nearly_right_is_suggested(files, run):
    files(
        "  - {metric: accuracy, superior_to: incumbant}",
        answers(20, 20),
        baselines="baselines:\n  incumbent: {decisions: a.csv}\n",
    )
    assert "did you mean `incumbent`?" in run.fails("gate", "--no-record")


def test_an_id_does_not_go_with_a_count(files, run):
    files("  - {metric: accuracy, min: 0.5}", answers(20, 20), columns=", id: team, count: label")
    assert "take out `id` or `count`" in run.fails("gate", "--no-record")


WRONG_DATA = [
    (None, "no such file"),
    ("team,label\nA,1\n", "has no column `score`"),
    ("team,label,score\nA,1,high\n", "is not a number"),
    ("team,label,score\n", "incumbent.csv"),
    ("", "incumbent.csv"),
    ("team,label,score\nA,7,0.5\n", "column `label` holds"),
]


@pytest.mark.parametrize("text, expected", WRONG_DATA, ids=[text for _, text in WRONG_DATA])
def test_a_baseline_that_cannot_be_read_is_told_where_the_line_names_it(files, run, text, expected):
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.05}", answers(20, 20))
    if text is not None:
        (run.folder / "incumbent.csv").write_text(text)
    message = run.fails("gate", "--no-record")
    assert expected in message
    assert message.startswith("plimsoll: plimsoll.yaml:8:41: ")


def test_people_have_no_scores(files, run):
    files(
        "  - {metric: roc_auc, superior_to: human}",
        answers(20, 20),
        baselines="baselines:\n  human: {decisions: people.csv, columns: {prediction: answer}}\n",
    )
    (run.folder / "people.csv").write_text("label,answer\n1,1\n0,1\n")
    message = run.fails("gate", "--no-record")
    assert "the baseline `human` has no column for what `roc_auc` needs" in message
    assert "plimsoll.yaml:10:" in message


def test_a_threshold_search_leaves_baselines_to_the_gate(files, run):
    files(
        "  - {metric: accuracy, min: 0.5}\n  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.05}",
        answers(180, 20) + answers(180, 20, label=0),
        answers(180, 20) + answers(180, 20, label=0),
    )
    run.json("threshold", "--keep", "every", "--json")
    assert "cannot be kept by a search" in run.fails("threshold", "--keep", "2")
    assert "cannot be kept by a search" in run.fails("threshold", "--keep", "accuracy superior_to 0.1")


def paired(run, limits, both, here_alone, there_alone, neither, extra="", baselines=""):
    """Decisions with an id, on all of which both sides answer; the order of the baseline's rows is another."""
    rows = [(1, 0.9, 0.9)] * both + [(1, 0.9, 0.1)] * here_alone + [(1, 0.1, 0.9)] * there_alone + [(1, 0.1, 0.1)] * neither
    here = [(f"d{i:05}", "AB"[i % 2], label, score) for i, (label, score, _) in enumerate(rows)]
    there = [(f"d{i:05}", "AB"[i % 2], label, score) for i, (label, _, score) in enumerate(rows)][::-1]
    names = ("id", "team", "label", "score")
    (run.folder / "decisions.csv").write_text(csv_of(names, here))
    (run.folder / "incumbent.csv").write_text(csv_of(names, there))
    (run.folder / "plimsoll.yaml").write_text(
        LINE.format(limits=limits, columns=", id: id" + extra, baselines=baselines)
    )


PAIRED = "  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.02}"


def test_pairs_settle_what_two_samples_do_not(run, schema):
    paired(run, PAIRED, 880, 10, 10, 100)
    verdict = gate(run)
    schema("gate.schema.json", verdict)
    finding = verdict["findings"][0]
    assert finding["method"] == "paired"
    assert finding["state"] == "clear"
    assert finding["here"] == {"value": 0.89, "n": 1000}
    assert verdict["baselines"][0]["pairing"] == "id"
    assert verdict["baselines"][0]["matched"] == 1000
    assert verdict["baselines"][0]["only_here"] == verdict["baselines"][0]["only_there"] == 0
    line = run.folder / "plimsoll.yaml"
    line.write_text(line.read_text().replace(", id: id", ""))
    alone = gate(run)["findings"][0]
    assert alone["method"] == "unpaired"
    assert alone["state"] == "unproven"
    assert alone["low"] < finding["low"] < 0


def test_the_interval_of_pairs_is_that_of_the_two_discordant_shares(run):
    """Newcombe's method 10 for 59, 6, 16 and 80 is -0.1186 to -0.0046 (two-sided, 95 %); exact bounds lie outside."""
    limit = "  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.01, confidence: 0.975}"
    paired(run, limit, 59, 6, 16, 80)
    finding = gate(run)["findings"][0]
    assert finding["value"] == pytest.approx(-10 / 161)
    assert -0.135 < finding["low"] < -0.1186
    assert -0.0046 < finding["high"] < 0.005


def test_only_matched_decisions_are_compared(run):
    paired(run, PAIRED, 880, 10, 10, 100)
    here = (run.folder / "decisions.csv").read_text().splitlines()
    there = (run.folder / "incumbent.csv").read_text().splitlines()
    (run.folder / "decisions.csv").write_text("\n".join(here[:-50]) + "\n")
    (run.folder / "incumbent.csv").write_text("\n".join(there[:-20]) + "\nelsewhere,A,1,0.5\n,A,1,0.5\n")
    verdict = gate(run)
    baseline = verdict["baselines"][0]
    assert baseline["matched"] == 930
    assert baseline["only_here"] == 20
    assert baseline["only_there"] == 52
    assert verdict["findings"][0]["here"]["n"] == verdict["findings"][0]["there"]["n"] == 930
    text = " ".join(run("gate", "--no-record").stdout.split())
    assert "paired by id: 930 matched, 20 only in the data and 52 only in the baseline, which are left out" in text


def test_segments_and_labels_of_pairs_are_those_of_the_data(run):
    paired(run, PAIRED.replace("0.02}", "0.05, by: team}"), 880, 10, 10, 100)
    (run.folder / "incumbent.csv").write_text(
        "\n".join(",".join((row.split(",")[0], row.split(",")[3])) for row in (run.folder / "incumbent.csv").read_text().splitlines())
        + "\n"
    )
    verdict = gate(run)
    assert verdict["findings"][0]["state"] == "clear"
    assert {case["n"] for case in verdict["findings"][0]["cases"]} == {1000, 500}


def test_the_order_of_rows_does_not_matter(run):
    limits = PAIRED + "\n  - {metric: brier_score, non_inferior_to: incumbent.csv, margin: 0.02}"
    paired(run, limits, 880, 10, 10, 100)
    first = gate(run)
    rows = (run.folder / "incumbent.csv").read_text().splitlines()
    (run.folder / "incumbent.csv").write_text("\n".join([rows[0]] + rows[:0:-1]) + "\n")
    second = gate(run)
    assert first["findings"] == second["findings"]
    assert first["findings"] == run.json("gate", "--no-record", "--json", "--threads", "1", code=1)["findings"]


def test_a_baseline_in_the_same_rows_is_paired_row_by_row(run):
    rows = [(1, 0.9, 1)] * 400 + [(1, 0.9, 0)] * 60 + [(1, 0.1, 1)] * 20 + [(0, 0.1, 0)] * 520
    (run.folder / "decisions.csv").write_text(csv_of(("team", "label", "score", "person"), [("A", *row) for row in rows]))
    (run.folder / "plimsoll.yaml").write_text(
        LINE.format(
            limits="  - {metric: error_rate, superior_to: human}",
            columns="",
            baselines="baselines:\n  human: {columns: {prediction: person}}\n",
        )
    )
    verdict = gate(run)
    finding = verdict["findings"][0]
    assert finding["here"]["value"] == pytest.approx(0.02)
    assert finding["there"]["value"] == pytest.approx(0.06)
    assert finding["method"] == "paired"
    assert finding["state"] == "clear"
    assert verdict["baselines"][0]["pairing"] == "row"


def test_rows_with_a_count_can_be_paired_with_themselves(run):
    (run.folder / "decisions.csv").write_text("team,label,score,person,n\nA,1,0.9,1,400\nA,1,0.9,0,60\nA,1,0.1,1,20\nA,0,0.1,0,520\n")
    (run.folder / "plimsoll.yaml").write_text(
        LINE.format(
            limits="  - {metric: error_rate, superior_to: human}",
            columns=", count: n",
            baselines="baselines:\n  human: {columns: {prediction: person}}\n",
        )
    )
    finding = gate(run)["findings"][0]
    assert finding["here"] == {"value": 0.02, "n": 1000}
    assert finding["method"] == "paired"
    assert finding["state"] == "clear"


def test_answers_that_never_differ_are_not_proven_equal_by_a_few(run):
    paired(run, PAIRED, 45, 0, 0, 5)
    finding = gate(run)["findings"][0]
    assert finding["state"] == "unproven"
    assert finding["value"] == 0
    assert finding["low"] == pytest.approx(-(1 - 0.05 ** (1 / 50)))


def test_precision_of_pairs_is_correlated(run):
    limits = "  - {metric: precision, non_inferior_to: incumbent.csv, margin: 0.02}\n  - {metric: f1, non_inferior_to: incumbent.csv, margin: 0.02}"
    rows = [(1, 0.9, 0.9)] * 800 + [(1, 0.9, 0.1)] * 20 + [(1, 0.1, 0.9)] * 20 + [(0, 0.9, 0.9)] * 150 + [(0, 0.9, 0.1)] * 5
    rows += [(0, 0.1, 0.9)] * 5 + [(0, 0.1, 0.1)] * 500
    names = ("id", "team", "label", "score")
    (run.folder / "decisions.csv").write_text(csv_of(names, [(i, "A", y, s) for i, (y, s, _) in enumerate(rows)]))
    (run.folder / "incumbent.csv").write_text(csv_of(names, [(i, "A", y, t) for i, (y, _, t) in enumerate(rows)]))
    line = run.folder / "plimsoll.yaml"
    line.write_text(LINE.format(limits=limits, columns=", id: id", baselines=""))
    findings = gate(run)["findings"]
    assert [finding["method"] for finding in findings] == ["paired", "paired"]
    assert [finding["state"] for finding in findings] == ["clear", "clear"]
    line.write_text(LINE.format(limits=limits, columns="", baselines=""))
    alone = gate(run)["findings"]
    assert alone[0]["state"] == "unproven"
    for before, after in zip(alone, findings):
        assert before["value"] == pytest.approx(after["value"])
        assert after["value"] - after["low"] < 0.75 * (before["value"] - before["low"])


def test_means_are_compared_by_their_differences(run):
    """Differences 1, 2, 3, 4, 5 (mean 3, sd 1.5811): one-sided 95 % bounds 3 -+ 2.13185 * 0.70711, by Student's t."""
    here = [(f"d{i}", "A", 1, 0.9, 100 + 50 * (i % 3)) for i in range(5)]
    there = [(f"d{i}", "A", 1, 0.9, 101 + i + 50 * (i % 3)) for i in range(5)]
    names = ("id", "team", "label", "score", "minutes")
    (run.folder / "decisions.csv").write_text(csv_of(names, here))
    (run.folder / "incumbent.csv").write_text(csv_of(names, there))
    line = run.folder / "plimsoll.yaml"
    line.write_text(
        LINE.format(
            limits="  - {metric: mean(minutes), superior_to: incumbent.csv, better: lower}", columns=", id: id", baselines=""
        ).replace("smallest_slice: 10", "smallest_slice: 1")
    )
    finding = gate(run)["findings"][0]
    assert finding["method"] == "paired"
    assert finding["state"] == "clear"
    assert finding["value"] == pytest.approx(3)
    assert finding["low"] == pytest.approx(3 - 2.131847 * 0.7071068, rel=1e-5)
    assert finding["high"] == pytest.approx(3 + 2.131847 * 0.7071068, rel=1e-5)


def test_losses_are_compared_pair_by_pair(run):
    limits = "  - {metric: brier_score, superior_to: incumbent.csv}\n  - {metric: log_loss, superior_to: incumbent.csv}"
    pairs = [(1, 0.9, 0.6), (1, 0.7, 0.65), (0, 0.2, 0.45), (0, 0.35, 0.4), (1, 0.4, 0.45)] * 8
    names = ("id", "team", "label", "score")
    (run.folder / "decisions.csv").write_text(csv_of(names, [(i, "A", y, s) for i, (y, s, _) in enumerate(pairs)]))
    (run.folder / "incumbent.csv").write_text(csv_of(names, [(i, "A", y, t) for i, (y, _, t) in enumerate(pairs)]))
    (run.folder / "plimsoll.yaml").write_text(LINE.format(limits=limits, columns=", id: id", baselines=""))
    findings = gate(run)["findings"]
    brier = [(t - y) ** 2 - (s - y) ** 2 for y, s, t in pairs]
    logs = [math.log((s if y else 1 - s) / (t if y else 1 - t)) for y, s, t in pairs]
    for finding, gains in zip(findings, (brier, logs)):
        mean = sum(gains) / len(gains)
        error = math.sqrt(sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1) / len(gains))
        assert finding["method"] == "paired"
        assert finding["value"] == pytest.approx(mean)
        assert finding["low"] == pytest.approx(mean - 1.684875 * error, rel=1e-5)


def test_what_pairs_say_nothing_about_is_compared_as_two_samples(run):
    paired(run, "  - {metric: quantile(score, 0.5), non_inferior_to: incumbent.csv, margin: 1, better: higher}", 880, 10, 10, 100)
    assert gate(run)["findings"][0]["method"] == "independent"


WRONG_IDS = [
    ("id,team,label,score\nd1,A,1,0.9\nd1,A,1,0.8\n", "the id `d1` in column `id` names 2 decisions"),
    ("key,team,label,score\nd1,A,1,0.9\n", "incumbent.csv has no column `id`"),
    ("id,team,label,score\nx1,A,1,0.9\n", "no id in column `id` of decisions.csv is in column `id` of incumbent.csv"),
    ("id,team,label,score\nd00001,A,1,high\n", "is not a number"),
]


@pytest.mark.parametrize("text, expected", WRONG_IDS, ids=[text for _, text in WRONG_IDS])
def test_ids_that_cannot_be_matched_are_told(run, text, expected):
    paired(run, PAIRED, 20, 2, 2, 5)
    (run.folder / "incumbent.csv").write_text(text)
    message = run.fails("gate", "--no-record")
    assert expected in message
    assert "plimsoll.yaml:8:" in message


def test_an_id_that_names_two_decisions_of_the_data_is_told_where_the_line_names_it(run):
    paired(run, PAIRED, 20, 2, 2, 5)
    text = (run.folder / "decisions.csv").read_text()
    (run.folder / "decisions.csv").write_text(text + text.splitlines()[1] + "\n")
    message = run.fails("gate", "--no-record")
    assert "decisions.csv: the id `d00000` in column `id` names 2 decisions" in message
    assert "plimsoll.yaml:5:" in message


def test_ids_are_text_so_zeros_in_front_count(run):
    limits = PAIRED.replace("0.02", "0.5")
    (run.folder / "decisions.csv").write_text("id,team,label,score\n" + "".join(f"{i:04},A,1,0.9\n" for i in range(20)))
    (run.folder / "incumbent.csv").write_text("id,team,label,score\n" + "".join(f"{i},A,1,0.9\n" for i in range(20)))
    (run.folder / "plimsoll.yaml").write_text(LINE.format(limits=limits, columns=", id: id", baselines=""))
    assert "no id in column" in run.fails("gate", "--no-record")


def test_needed_is_said_in_pairs(run):
    paired(run, PAIRED, 170, 4, 4, 22)
    finding = gate(run)["findings"][0]
    assert finding["state"] == "unproven"
    assert 100 < finding["needed"] < 2000
    assert "needed_in_both" not in finding


def test_other_tasks_are_compared_as_two_samples(run):
    rows = [("A", *answer) for answer in [("x", "x", "x"), ("y", "y", "x"), ("z", "z", "z")] * 40]
    (run.folder / "decisions.csv").write_text(csv_of(("team", "label", "answer", "old"), rows))
    (run.folder / "plimsoll.yaml").write_text(
        "plimsoll: 1\nfeature: f\ndata: {decisions: decisions.csv, task: multiclass, columns: {label: label, prediction: answer}}\n"
        "baselines: {old: {columns: {prediction: old}}}\nlimits:\n  - {metric: accuracy, superior_to: old}\n"
    )
    verdict = gate(run)
    assert verdict["findings"][0]["state"] == "clear"
    assert verdict["findings"][0]["value"] == pytest.approx(1 / 3)
    assert verdict["findings"][0]["method"] == "unpaired"
    assert "compared as two samples: only binary tasks are paired" in " ".join(run("gate", "--no-record").stdout.split())


def test_a_launch_compares_each_of_its_slices_with_the_baseline(files, run):
    here = answers(950, 50, "A") + answers(600, 400, "B")
    there = answers(900, 100, "A") + answers(900, 100, "B")
    files("  - {metric: accuracy, non_inferior_to: incumbent.csv, margin: 0.02}", here, there)
    line = run.folder / "plimsoll.yaml"
    line.write_text(line.read_text() + "risk: {severity: low, reversibility: full}\nlaunch: {by: team}\n")
    verdict = gate(run)
    slices = {part["slice"]["team"]: part["verdict"] for part in verdict["launch"]["slices"]}
    assert slices["A"] in ("ship", "ship_with_monitoring")
    assert slices["B"] == "no_ship"
