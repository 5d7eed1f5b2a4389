"""From the record of live traffic to thresholds and back: `plimsoll route fit` learns from signals that the gateway
recorded, and the gateway then delivers by them."""

import json
import random
import re

import pytest

from gateway_fixtures import Gateway, line_for, model_of
from model_server import ModelServer

ANSWERS = [f"{a}{b}" for a in "abcdefghijklmnop" for b in ("e", "i", "o", "u", "ast", "orm")]
REQUESTS = 1500


def echo(body):
    """The question is the answer."""
    return body["messages"][-1]["content"]


def line_of(low, high, deliver_at, calibration=None):
    confidence = {"from": "logprobs", "signal": "mean"}
    route = {
        "tiers": [{"model": "small", "deliver_at": deliver_at}, {"model": "large", "deliver_at": 0}],
        "confidence": confidence | ({"calibration": calibration} if calibration else {}),
    }
    return line_for(models={"small": model_of(low), "large": model_of(high, "large-70b")}, route=route)


def attempts_of(gateway, question):
    _, headers, _ = gateway.chat(question)
    return headers, gateway.wait_for_record(headers["x-plimsoll-decision"])["attempts"]


def write_labels(path, signals):
    """Made-up labels for the signals that were seen: the surer, the more often right."""
    rng = random.Random(3)
    ranks = {signal: rank / len(signals) for rank, signal in enumerate(sorted(signals))}
    with path.open("w") as file:
        for i in range(REQUESTS):
            signal = rng.choice(signals)
            rows = [
                {"id": i, "model": "small", "signal": signal, "right": rng.random() < 0.4 + 0.6 * ranks[signal], "cost": 1},
                {"id": i, "model": "large", "right": rng.random() < 0.97, "cost": 10},
            ]
            file.writelines(json.dumps(row) + "\n" for row in rows)


def value_at(steps, signal):
    below = [value for at, value in zip(steps["signals"], steps["values"]) if at <= signal]
    return below[-1] if below else steps["values"][0]


def test_the_gateway_delivers_by_what_was_fitted_on_its_own_record(tmp_path):
    with ModelServer(answer=echo) as low, ModelServer(answer=echo) as high:
        with Gateway(tmp_path, line_of(low, high, 1e-6)) as gateway:  # at 0 nobody would ask for a signal
            seen = {answer: attempts_of(gateway, answer)[1][0]["signal"] for answer in ANSWERS[:60]}
        write_labels(tmp_path / "labelled.jsonl", list(seen.values()))
        words = gateway.command("route", "fit", "plimsoll.yaml", "labelled.jsonl", "--quality", "85%", "-o", "small.fit.json")
        assert re.search(r"Deliver `small` from 0\.\d+ on", words)
        fit = json.loads((tmp_path / "small.fit.json").read_text())
        threshold, steps = fit["tiers"][0]["deliver_at"], fit["tiers"][0]["steps"]

        line = line_of(low, high, threshold, "small.fit.json")
        with Gateway(tmp_path, line) as gateway:
            tiers = {}
            for answer in ANSWERS[:60:3]:
                headers, attempts = attempts_of(gateway, answer)
                expected = value_at(steps, seen[answer])
                assert attempts[0]["signal"] == pytest.approx(seen[answer], rel=1e-12)
                assert attempts[0]["confidence"] == pytest.approx(expected, rel=1e-12)
                tiers.setdefault(headers["x-plimsoll-model"], []).append(expected)
        assert min(tiers["small"]) >= threshold > max(tiers["large"])
