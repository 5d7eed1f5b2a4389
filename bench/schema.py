"""JSON Schema beside ajv: nanoseconds for each document on one core, reading it included and compiling
the schema not. Generates its documents (seeded), checks that both find the same ones valid, and
writes bench/out/schema.json.

    script/bench schema [--seconds S]

Environment: SCHEMA_BENCH is the program in C, AJV the folder that has node_modules/ajv.
"""

import argparse
import json
import os
import random
import string
import subprocess
import time
from pathlib import Path

OUT = Path(__file__).resolve().parent / "out"
HERE = Path(__file__).resolve().parent
SEED = 20240229

DECISION = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^d-[0-9]{6}$"},
        "prediction": {"enum": ["approve", "refer", "decline"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "latency_ms": {"type": "integer", "minimum": 0},
        "model": {"type": "string", "minLength": 1, "maxLength": 40},
        "cost": {"type": "number", "multipleOf": 0.01},
        "segments": {"type": "object", "additionalProperties": {"type": "string"}},
        "delivered": {"type": "boolean"},
    },
    "required": ["id", "prediction", "confidence", "model"],
    "additionalProperties": False,
}

ANSWER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "chat.completion"},
        "created": {"type": "integer"},
        "model": {"type": "string"},
        "choices": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/choice"}},
        "usage": {"$ref": "#/$defs/usage"},
    },
    "required": ["id", "object", "created", "model", "choices"],
    "$defs": {
        "usage": {
            "type": "object",
            "properties": {
                "prompt_tokens": {"type": "integer", "minimum": 0},
                "completion_tokens": {"type": "integer", "minimum": 0},
                "total_tokens": {"type": "integer", "minimum": 0},
            },
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
        },
        "choice": {
            "type": "object",
            "properties": {
                "index": {"type": "integer"},
                "message": {"$ref": "#/$defs/message"},
                "finish_reason": {"enum": ["stop", "length", "tool_calls", None]},
            },
            "required": ["index", "message", "finish_reason"],
        },
        "message": {
            "type": "object",
            "properties": {
                "role": {"enum": ["assistant", "user", "system", "tool"]},
                "content": {"type": ["string", "null"]},
                "tool_calls": {"type": "array", "items": {"$ref": "#/$defs/call"}},
                "citations": {"type": "array", "items": {"$ref": "#/$defs/citation"}, "uniqueItems": True},
            },
            "required": ["role"],
            "anyOf": [{"required": ["content"]}, {"required": ["tool_calls"]}],
        },
        "call": {
            "type": "object",
            "properties": {
                "id": {"type": "string"},
                "type": {"const": "function"},
                "function": {
                    "type": "object",
                    "properties": {"name": {"type": "string", "pattern": "^[a-z_]+$"},
                                   "arguments": {"type": "string"}},
                    "required": ["name", "arguments"],
                },
            },
            "required": ["id", "type", "function"],
            "unevaluatedProperties": False,
        },
        "citation": {
            "oneOf": [
                {"type": "object", "properties": {"url": {"type": "string"}, "title": {"type": "string"}},
                 "required": ["url"]},
                {"type": "object", "properties": {"file": {"type": "string"}, "page": {"type": "integer"}},
                 "required": ["file"]},
            ]
        },
    },
}  # fmt: skip


def words(rng, count):
    return " ".join("".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(count))


def decision(rng):
    return {
        "id": f"d-{rng.randrange(10**6):06}",
        "prediction": rng.choice(["approve", "refer", "decline"]),
        "confidence": round(rng.random(), 4),
        "latency_ms": rng.randint(20, 4000),
        "model": rng.choice(["small-8b", "large-70b"]),
        "cost": rng.randint(0, 500) / 100,
        "segments": {"language": rng.choice(["en", "hi", "es"]), "plan": rng.choice(["free", "paid"])},
        "delivered": rng.random() < 0.9,
    }


def citation(rng, i):
    if rng.random() < 0.5:
        return {"url": f"https://example.org/{i}/{words(rng, 1)}", "title": words(rng, 4)}
    return {"file": words(rng, 1) + ".pdf", "page": i}


def answer(rng):
    message = {"role": "assistant", "content": words(rng, 130) + " \u2013 caf\u00e9\n\"" + words(rng, 20) + "\""}
    message["tool_calls"] = [
        {"id": f"call_{i}", "type": "function",
         "function": {"name": "look_up", "arguments": json.dumps({"q": words(rng, 3), "n": i})}}
        for i in range(2)
    ]  # fmt: skip
    message["citations"] = [citation(rng, i) for i in range(5)]
    return {
        "id": "chatcmpl-" + words(rng, 1), "object": "chat.completion", "created": 1700000000 + rng.randrange(10**6),
        "model": "large-70b", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 812, "completion_tokens": 240, "total_tokens": 1052},
    }  # fmt: skip


def spoil(rng, document):
    """One in twenty is not as the schema says."""
    if rng.random() < 0.05:
        target = document[-1] if isinstance(document, list) else document
        target.pop("id")
    return document


def cases():
    rng = random.Random(SEED)
    listed = {"type": "array", "items": DECISION}
    yield "flat object", DECISION, [spoil(rng, decision(rng)) for _ in range(500)]
    yield "nested answer", ANSWER, [spoil(rng, answer(rng)) for _ in range(200)]
    yield "1,000 objects", listed, [spoil(rng, [decision(rng) for _ in range(1000)]) for _ in range(10)]


def run(command, environment=None):
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(result.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = str(parser.parse_args().seconds)
    OUT.mkdir(exist_ok=True)
    rows = []
    print(f"{'documents':<16}{'bytes':>9}{'plimsoll us':>13}{'reading':>9}{'ajv us':>10}{'reading':>9}{'times':>7}")
    for name, schema, documents in cases():
        path = OUT / f"schema-{name.replace(' ', '-').replace(',', '')}.jsonl"
        texts = [json.dumps(document, ensure_ascii=False) for document in documents]
        path.write_text("\n".join([json.dumps(schema), *texts]) + "\n", encoding="utf-8")
        ours = run([os.environ["SCHEMA_BENCH"], str(path), seconds])
        theirs = run(["node", str(HERE / "schema_ajv.cjs"), str(path), seconds],
                     {**os.environ, "NODE_PATH": str(Path(os.environ["AJV"]) / "node_modules")})  # fmt: skip
        if ours["valid"] != theirs["valid"]:
            raise SystemExit(f"{name}: {ours['valid']} valid here, {theirs['valid']} by ajv")
        size = sum(len(text.encode()) for text in texts) // len(texts)
        rows.append({"documents": name, "bytes": size, "plimsoll": ours, "ajv": theirs})
        print(f"{name:<16}{size:>9,}{ours['ns'] / 1e3:>13.2f}{ours['ns_reading'] / 1e3:>9.2f}"
              f"{theirs['ns'] / 1e3:>10.2f}{theirs['ns_reading'] / 1e3:>9.2f}{theirs['ns'] / ours['ns']:>7.1f}")
    (OUT / "schema.json").write_text(json.dumps({"when": time.strftime("%Y-%m-%d"), "rows": rows}, indent=1) + "\n")


main()
