"""Limits that compare with a baseline: a file, or a second answer in the rows of the data."""

import json

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
