"""What is measured on `ledger:` is what is measured on the same decisions out of a file."""

import csv
import datetime
import json

import pytest

from live_traffic import DAY_MS, START_MS, decision, feedback, id_of, traffic, write
from test_ledger_load import LINE, live, load  # noqa: F401  a fixture

LIMITS = """  - {metric: accuracy, min: 0.87, by: every}
  - {metric: false_positive_rate, max_difference: 0.03, by: language}
  - {metric: roc_auc, min: 0.85, by: plan}
  - {metric: selection_rate, min_ratio: 0.8, by: language}
"""


def line(decisions, limits=LIMITS, feature="answers", segments="language: language, plan: plan"):
    return f"""plimsoll: 1
feature: {json.dumps(feature)}
title: Answers
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: {json.dumps(decisions)}
  columns: {{label: label, score: confidence, id: id}}
  segments: {{{segments}}}
limits:
{limits}evidence: {{seed: 7}}
"""


def export(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ["id", "time_ms", "language", "plan", "confidence", "label"])
        writer.writeheader()
        writer.writerows(rows)


def gate(run, name, *more):
    """The verdict and its figures, without what says where the data are from."""
    result = run("gate", name, "--json", *more)
    assert result.returncode in (0, 1), result.stderr
    verdict = json.loads(result.stdout)
    data = verdict.pop("data")
    for name in ("line", "ledger", "version"):
        verdict.pop(name, None)
    return verdict, data


def test_a_hundred_thousand_decisions_get_the_same_verdict_as_their_file(run, schema):
    records, rows = traffic(100000)
    write(run.folder, records)
    export(run.folder / "rows.csv", rows)
    (run.folder / "live.yaml").write_text(line("ledger:"))
    (run.folder / "file.yaml").write_text(line("rows.csv"))
    here, data = gate(run, "live.yaml")
    there, _ = gate(run, "file.yaml", "--no-record")
    there.pop("record", None), here.pop("record", None)
    assert here == there
    assert data["source"] == "ledger:answers" and data["rows"] == 100000 and data["hashed"] == "ledger"
    schema("gate.schema.json", json.loads(run("gate", "live.yaml", "--json", "--since", "2026-03-01").stdout))
    # A day of it.
    export(run.folder / "rows.csv", [row for row in rows if row["time_ms"] < START_MS + DAY_MS])
    here, data = gate(run, "live.yaml", "--no-record", "--since", "2026-03-01", "--until", "2026-03-02")
    assert here == gate(run, "file.yaml", "--no-record")[0]
    assert data["rows"] == 50000 and (data["since_ms"], data["until_ms"]) == (START_MS, START_MS + DAY_MS)


def test_yesterday_is_the_whole_day_before_in_utc(live):
    while True:
        midnight = datetime.datetime.now(datetime.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        today_ms = int(midnight.timestamp()) * 1000
        times = [today_ms - DAY_MS - 1, today_ms - DAY_MS, today_ms - 1, today_ms]
        write(live.folder, [decision(number, time_ms) for number, time_ms in enumerate(times)])
        result = live.json("audit", "ledger:answers", "--score", "confidence", "--metrics", "selection_rate",
                           "--since", "yesterday", "--until", "today", "--json")  # fmt: skip
        if midnight.date() == datetime.datetime.now(datetime.UTC).date():
            break
    assert result["overall"]["n"] == 2
    assert result["data"]["since_ms"] == today_ms - DAY_MS and result["data"]["until_ms"] == today_ms


def test_two_windows_are_two_data(live):
    write(live.folder, [decision(number, START_MS + number * 3600000) for number in range(48)])
    write(live.folder, [feedback(id_of(decision(number, START_MS + number * 3600000)), "label", 1) for number in range(48)])
    prints = set()
    for window in ([], ["--since", "2026-03-01"], ["--until", "2026-03-02"], ["--since", "2026-03-01", "--until", "2026-03-02"]):
        result = live("gate", "--json", "--no-record", *window)
        prints.add(json.loads(result.stdout)["data"]["hash"])
    assert len(prints) == 4


def test_a_window_that_is_none_is_refused(live):
    write(live.folder, [decision(1)])
    assert "`--since soon` is no moment" in live.fails("gate", "--since", "soon")
    assert "is not after" in live.fails("gate", "--since", "2026-03-02", "--until", "2026-03-01")
    assert "has no decisions between --since and --until" in live.fails("gate", "--since", "2026-03-02")
    (live.folder / "rows.csv").write_text("confidence,label\n0.5,1\n")
    assert "`data.where` takes a part of a file" in live.fails("audit", "rows.csv", "--score", "confidence", "--since", "1d")
    assert "which feature?" in live.fails("audit", "ledger:", "--score", "confidence")


@pytest.mark.parametrize("feature", ["ä @ b?since=1&x", "100%40", "it's; \"quoted\" -- \\", "ledger:x"])
def test_any_name_of_a_feature_is_found(live, feature):
    (live.folder / "plimsoll.yaml").write_text(line("ledger:", "  - {metric: selection_rate, min: 0.1}\n", feature, "language: language"))
    write(live.folder, [decision(number, feature=feature) for number in range(40)] + [decision(99)])
    assert live.json("gate", "--json", "--no-record")["data"]["rows"] == 40
    assert live.json("gate", "--json", "--no-record", "--since", "2026-03-01")["data"]["rows"] == 40


def test_a_challenger_is_compared_with_the_live_incumbent(live):
    limits = '  - {metric: accuracy, non_inferior_to: "ledger:old", margin: 0.1}\n'
    records = []
    for number in range(1000):
        for feature, wrong in (("answers", 10), ("old", 5)):
            new = decision(number, feature=feature, id=f"{feature}-{number}", confidence=float(number % wrong > 0))
            records += [new, feedback(id_of(new), "label", 1)]
    write(live.folder, records)
    (live.folder / "plimsoll.yaml").write_text(line("ledger:", limits, segments="language: language"))
    error = live.fails("gate", "--no-record")
    assert "no id in column `id` of ledger:answers is in column `id` of ledger:old" in error
    path = live.folder / "plimsoll.yaml"
    path.write_text(path.read_text().replace(", id: id}", "}"))
    verdict = live.json("gate", "--json", "--no-record")
    assert verdict["verdict"] == "ship_with_monitoring"
    (against,) = verdict["baselines"]
    assert against["source"] == "ledger:old" and against["decisions"] == 1000 and against["hashed"] == "ledger"


def test_a_sign_off_counts_until_new_traffic_comes(live):
    high = LINE.replace("severity: low, reversibility: full", "severity: high, reversibility: none")
    (live.folder / "plimsoll.yaml").write_text(high)
    records = []
    for number in range(200):
        records += [decision(number), feedback(id_of(decision(number)), "label", 1)]
    write(live.folder, records)

    def unsigned():
        return [reason for reason in json.dumps(live.json("gate", "--json", code=1)["reasons"]).split("{") if "sign" in reason]

    missing = len(unsigned())
    live.good("sign", "--as", "legal", "--reason", "read", "--name", "L")
    live.good("sign", "--as", "executive", "--reason", "read", "--name", "E")
    signed = live("gate", "--json")
    write(live.folder, [decision(1000)])
    assert len(unsigned()) == missing > 0
    assert signed.stdout != live("gate", "--json").stdout


# ---- eval import ----

SUITE = """plimsoll: 1
feature: answers
title: Answers
owner: team@example.org
risk: {severity: low, reversibility: full, users: general, scale: 10/day}
evals:
  golden:
    cases: golden/*.jsonl
    columns: {id: id, input: question, expected: answer}
    output: {column: output}
    scorers:
      - {scorer: exact}
    segments: {language: language}
    limits:
      - {metric: rate(exact), min: 0.1}
"""


def take(live, *more):
    return live("eval", "import", "ledger:", "--where", "rating <= 2", "-o", "golden/new.jsonl", *more)


def test_what_people_complained_of_becomes_a_case(live):
    (live.folder / "plimsoll.yaml").write_text(SUITE)
    (live.folder / "golden").mkdir()
    questions = ["Why?", "How?", " WHY? ", "When?"]
    records = [decision(number, START_MS + number, input=text, output="No.") for number, text in enumerate(questions)]
    records += [feedback(id_of(record), "rating", rating) for record, rating in zip(records, (1, 5, 2, 2))]
    records.append(feedback(id_of(records[3]), "edited", "At noon."))
    records.append(decision(9, feature="other", input="Not ours", output="x"))
    records.append(feedback(id_of(records[-1]), "rating", 1))
    write(live.folder, records)
    result = take(live, "--expected", "edited", "--since", "2026-03-01")
    assert result.returncode == 0, result.stderr
    assert "3 rows selected: 2 new, 1 duplicates, 0 skipped." in result.stdout
    cases = [json.loads(text) for text in (live.folder / "golden" / "new.jsonl").read_text().splitlines()]
    assert [(case["question"], case.get("answer"), case["language"]) for case in cases] == [
        ("Why?", None, "en"), ("When?", "At noon.", "hi")]  # fmt: skip
    assert cases[0]["id"] == id_of(records[0]) and cases[0]["origin"]["file"] == "ledger:answers"


def test_traffic_without_texts_gives_no_cases_and_says_why(live):
    (live.folder / "plimsoll.yaml").write_text(SUITE)
    (live.folder / "golden").mkdir()
    write(live.folder, [decision(1), feedback(id_of(decision(1)), "rating", 1)])
    result = take(live)
    assert result.returncode == 1 and "1 skipped" in result.stdout and "serve.payloads: plain" in result.stdout
