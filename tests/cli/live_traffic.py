"""Live traffic for tests: decisions and feedback as a gateway records them, put into a ledger by the program's own writer."""

import json
import os
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("PLIMSOLL", ROOT / "build" / "plimsoll"))
WRITER = PROGRAM.parent / "tests" / "server" / "ledger_write"
LEDGER = pathlib.Path(".plimsoll") / "ledger"
WAREHOUSE = pathlib.Path(".plimsoll") / "warehouse.duckdb"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# 2026-03-01T00:00:00Z
START_MS = 1772323200000
DAY_MS = 86400000


def decision_id(time_ms, number):
    value = time_ms << 80 | number
    return "d_" + "".join(CROCKFORD[value >> 5 * place & 31] for place in reversed(range(26)))


def decision(number, time_ms=START_MS, **more):
    """A decision of the cascade, in the order of keys in which it is recorded."""
    body = {
        "id": decision_id(time_ms, number), "feature": "answers", "api": "chat", "status": "served", "http": 200,
        "stream": True, "key": "k_1", "subject": f"user-{number % 97}", "segments": {"language": ("en", "hi")[number % 2]},
        "config": "0123456789ab", "model": "small", "tier": 0, "confidence": 0.9375, "signal": 0.8, "threshold": 0.9,
        "experiments": {"tone": ("control", "warm")[number % 3 == 0]},
        "attempts": [{"tier": 0, "model": "small", "end": "done", "http": 200, "signal": 0.8, "confidence": 0.9375,
                      "tokens": {"prompt": 12, "cached": 4, "completion": 30}, "cost": 0.00012, "ms": 12.5, "first_ms": 8.25,
                      "purpose": "answer"}],
        "tokens": {"prompt": 12, "cached": 4, "completion": 30}, "cost": 0.00012, "queue_ms": 0.01, "upstream_ms": 12.5,
        "own_ms": 0.05, "first_ms": 8.3, "total_ms": 12.6, "input_hash": f"{number:032x}",
    }  # fmt: skip
    body.update(more)
    return "decision", time_ms, {key: value for key, value in body.items() if value is not None}


def feedback(target, name, value, id=None, time_ms=START_MS + 1000):
    body = {"decision": target, "name": name, "value": value}
    return "feedback", time_ms, body if id is None else {**body, "id": id}


def id_of(record):
    return record[2]["id"]


def write(folder, records, block=1000, segment_bytes=None):
    """Appends records to the ledger of a folder; one is (kind, time in ms, body), where the body may be text."""
    lines = (
        f"{kind} {time_ms} {body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(',', ':'))}\n"
        for kind, time_ms, body in records
    )  # fmt: skip
    (folder / ".plimsoll").mkdir(exist_ok=True)
    more = [] if segment_bytes is None else [str(segment_bytes)]
    subprocess.run(
        [str(WRITER), str(folder / LEDGER), str(block), *more], input="".join(lines).encode(), check=True, timeout=300
    )


def traffic(count, seed=7, labelled=0.6, days=2):
    """Decisions over some days and labels for most of them: the records in the order in which they would come, and as rows."""
    draw = random.Random(seed)
    records, rows = [], []
    step = days * DAY_MS // count
    for number in range(count):
        time_ms = START_MS + number * step
        language = draw.choice(("en", "en", "hi", "de"))
        score = round(draw.random(), 3)
        wrong = 0.10 if language == "en" else 0.14
        label = int(score >= 0.5) if draw.random() >= wrong else int(score < 0.5)
        new = decision(number, time_ms, segments={"language": language, "plan": draw.choice(("free", "paid"))}, confidence=score)
        records.append(new)
        is_labelled = draw.random() < labelled
        if is_labelled:
            records.append(feedback(id_of(new), "label", label, f"l{number}", time_ms + 500))
        rows.append({"id": id_of(new), "time_ms": time_ms, **new[2]["segments"], "confidence": score,
                     "label": label if is_labelled else None})  # fmt: skip
    return records, rows
