"""Every template of `plimsoll init` is a line that good data can pass and bad data cannot."""

import csv
import json
import random

import pytest

SIZE = 6000


def rows_of(make, size=SIZE, seed=11):
    numbers = random.Random(seed)
    return [make(numbers, index) for index in range(size)]


def chance(numbers, share):
    return int(numbers.random() < share)


def classifier(numbers, index, quality=0.93):
    label = chance(numbers, 0.5)
    right = chance(numbers, quality)
    score = 0.5 + (0.45 if label == right else -0.45) * numbers.random()
    return {"label": label, "score": round(score, 4), "group": "ab"[index % 2]}


def scorer(numbers, index, sharpness=1.0):
    probability = numbers.betavariate(0.3, 0.5)
    label = chance(numbers, probability)
    return {
        "label": label,
        "score": round(probability * sharpness, 4),
        "group": "ab"[index % 2],
    }


def regressor(numbers, index, spread=4.0):
    actual = numbers.gauss(100, 20)
    return {
        "actual": round(actual, 3),
        "predicted": round(actual + numbers.gauss(0, spread), 3),
        "region": "ns"[index % 2],
    }


def ranker(numbers, index, direction=1):
    relevance = numbers.choice([0, 0, 1, 2])
    return {
        "query": f"q{index // 10}",
        "relevance": relevance,
        "score": round(direction * relevance + numbers.gauss(0, 0.1), 4),
        "language": ["en", "es"][index // 10 % 2],
        "seller_size": ["large", "small"][index % 2],
    }


def llm(numbers, index, unsafe=0.0):
    return {
        "correct": chance(numbers, 0.93),
        "grounded": chance(numbers, 0.98),
        "refused_wrongly": chance(numbers, 0.005),
        "unsafe": chance(numbers, unsafe),
        "leaked_personal_data": 0,
        "latency_ms": round(numbers.lognormvariate(7, 0.3), 1),
        "cost": round(numbers.uniform(0.005, 0.02), 5),
        "language": ["en", "es"][index % 2],
        "topic": ["billing", "technical"][index // 2 % 2],
    }


def hiring(numbers, index, gap=0.0):
    sex = ["Female", "Male"][index % 2]
    return {
        "score": round(numbers.gauss(50, 10) + (10 * gap if sex == "Male" else 0), 2),
        "selected": chance(numbers, 0.3 + (gap if sex == "Male" else 0)),
        "sex": sex,
        "race_ethnicity": ["Asian", "Black or African American", "White"][index // 2 % 3],
    }


def fraud(numbers, index, alarm=0.02):
    fraudulent = chance(numbers, 0.1)
    held = chance(numbers, 0.95 if fraudulent else alarm)
    return {
        "payment_id": index,
        "fraud": fraudulent,
        "score": round(0.5 + (0.4 if held else -0.4) * numbers.random(), 4),
        "incumbent_held": chance(numbers, 0.9 if fraudulent else 0.05),
        "country": ["fr", "de"][index % 2],
        "latency_ms": round(numbers.lognormvariate(4.5, 0.2), 2),
        "available": chance(numbers, 0.999),
    }


def chatbot(numbers, index, resolved=0.8, cost=0.5, turns=5):
    return {
        "resolved": chance(numbers, resolved),
        "contained": chance(numbers, 0.7),
        "first_contact_resolution": chance(numbers, 0.75),
        "hallucinated": chance(numbers, 0.005),
        "csat": numbers.choice([3, 4, 5]),
        "turns": numbers.randint(2, 2 * turns - 2),
        "minutes_to_resolution": round(numbers.expovariate(0.2), 2),
        "cost": round(numbers.uniform(0.5, 1.5) * cost, 4),
        "language": ["en", "es"][index % 2],
        "channel": ["web", "app"][index // 2 % 2],
    }


# The rows that pass, those that do not, and what the reason then speaks of.
TEMPLATES = {
    "classifier": (classifier, {"quality": 0.7}, "accuracy"),
    "scorer": (scorer, {"sharpness": 0.6}, "calibration_error"),
    "regressor": (regressor, {"spread": 9.0}, "mae"),
    "ranker": (ranker, {"direction": -1}, "ndcg"),
    "llm": (llm, {"unsafe": 0.01}, "unsafe"),
    "hiring": (hiring, {"gap": 0.15}, "selection_rate"),
    "fraud": (fraud, {"alarm": 0.06}, "false_positive_rate"),
    "chatbot": (chatbot, {"resolved": 0.5}, "resolved"),
}

FILES = {"ranker": "lists.csv", "llm": "answers.jsonl", "hiring": "applicants.csv",
         "chatbot": "conversations.csv"}


def write(path, rows):
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def prepare(run, name, **worse):
    make = TEMPLATES[name][0]
    run.good("init", "--template", name)
    line = (run.folder / "plimsoll.yaml").read_text()
    if name == "fraud":  # so that the test needs no writer of Parquet
        (run.folder / "plimsoll.yaml").write_text(line.replace("payments.parquet", "payments.csv"))
    data = FILES.get(name, "payments.csv" if name == "fraud" else "decisions.csv")
    write(run.folder / data, rows_of(lambda numbers, index: make(numbers, index, **worse)))
    if name == "chatbot":
        people = rows_of(lambda numbers, index: chatbot(numbers, index, 0.75, 6.0, 9), 3000, 5)
        write(run.folder / "human.csv", people)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_can_be_checked_and_explained(run, name):
    said = run.good("init", "--template", name)
    assert "plimsoll check --explain" in said
    assert run.good("check", "--explain")


@pytest.mark.parametrize("name", TEMPLATES)
def test_good_data_pass(run, name):
    prepare(run, name)
    if name == "hiring":
        run.good("sign", "--as", "legal", "--reason", "The categories are those of the EEO-1 form.")
    verdict = run.json("gate", "--json")
    assert verdict["allowed"], verdict["reasons"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_bad_data_do_not(run, name):
    _, worse, subject = TEMPLATES[name]
    prepare(run, name, **worse)
    verdict = run.json("gate", "--json", code=1)
    assert verdict["verdict"] == "no_ship"
    assert any(
        subject in finding["metric"]
        for finding in verdict["findings"]
        if finding["state"] == "breach"
    )


def test_every_template_is_tried_here(run):
    said = run.fails("init", "--template", "none")
    for name in TEMPLATES:
        assert name in said
    assert said.count(",") >= len(TEMPLATES) - 2


def test_a_template_never_overwrites(run):
    run.good("init", "--template", "fraud")
    before = (run.folder / "plimsoll.yaml").read_bytes()
    assert "already" in run.fails("init", "--template", "llm")
    assert (run.folder / "plimsoll.yaml").read_bytes() == before
