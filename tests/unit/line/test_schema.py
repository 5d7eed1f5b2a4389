"""The JSON Schema of the line, checked by an implementation that is not ours: it is a valid schema, it
accepts every line that reads, and it refuses what the reader refuses for a fault of one key.

Needs the built program in PLIMSOLL; skipped without it."""

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

PLIMSOLL = os.environ.get("PLIMSOLL")
ROOT = pathlib.Path(__file__).resolve().parents[3]
HEAD = {"plimsoll": 1, "feature": "f", "data": {"decisions": "d.csv"}}

pytestmark = pytest.mark.skipif(
    not PLIMSOLL, reason="PLIMSOLL does not name the built program"
)


def load_yaml(path):
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed (tests/requirements.txt)")
    return yaml.safe_load(path.read_text())


def run(*arguments):
    return subprocess.run([PLIMSOLL, *map(str, arguments)], capture_output=True, text=True)


@pytest.fixture(scope="module")
def schema():
    result = run("check", "--schema")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def validator(schema):
    return jsonschema.Draft202012Validator(schema)


def write(folder, line):
    path = folder / "plimsoll.yaml"
    path.write_text(json.dumps(line))
    return path


def test_it_is_a_valid_schema(schema):
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("examples/*/plimsoll.yaml")), ids=lambda path: path.parent.name
)
def test_the_examples_pass(validator, path):
    validator.validate(load_yaml(path))


def test_the_line_to_start_from_passes(validator, tmp_path):
    path = tmp_path / "plimsoll.yaml"
    assert run("init", path).returncode == 0
    validator.validate(load_yaml(path))


GOOD = {
    "smallest": {},
    "underscores and units": {
        "risk": {"scale": "10_000/year"},
        "evidence": {"confidence": "99%", "smallest_slice": "1_000"},
        "watch": {"window": "300s", "watch": "limits"},
    },
    "texts alone and in lists": {"purpose": {"out_of_scope": "a", "limitations": ["b", "c"]}},
    "scalars as text": {"title": 2024, "data": {"decisions": "d.csv", "positive": True}},
    "segments": {
        "data": {
            "decisions": "d.csv",
            "segments": {
                "race": "race",
                "age": {"column": "age", "bins": [25, "4_5"]},
                "plan": {"column": "plan", "map": {"a": "b"}, "other": "c"},
                "night": {"sql": "hour(at) < 6"},
            },
        }
    },
    "limits": {
        "data": {"decisions": "d.csv", "segments": {"race": "race", "sex": "sex"}},
        "limits": [
            {"metric": "accuracy", "min": 0.5, "max": "90%"},
            {"metric": "mean(latency_ms)", "max": 300},
            {"metric": "quantile(latency_ms, 0.95)", "max": 300},
            {"metric": "accuracy", "max_difference": 0.1, "by": "race", "reference": "Asian"},
            {"metric": "accuracy", "min_ratio": 0.8, "by": ["race", "race * sex"]},
            {"metric": "accuracy", "max_ratio_to_overall": 1.5, "by": "every"},
        ],
    },
    "live traffic": {
        "models": {
            "small": {"endpoint": "http://127.0.0.1:9/v1", "model": "s", "can": ["logprobs", "tools"],
                      "price": {"input": 1, "output": 2, "reasoning": 3, "cache_write": 0, "request": "1_0"}},
            "large": {"endpoints": ["http://127.0.0.1:9/v1"], "model": "l", "private": True},
        },
        "route": {
            "tiers": [{"model": "small", "deliver_at": "95%"}, {"model": "large"}],
            "confidence": {"from": "logprobs", "signal": "minimum"},
            "fallback": {"reply": "Later."},
            "rules": [{"when": "plan = 'free'", "tier": "large", "only": True}],
            "hold_back": {"tokens": 24, "time": "300ms"},
            "preference": {"speed": -0.1, "quality": 0.1},
        },
        "flag": {"state": "off", "share": 0.5, "rollout": ["5%", 1], "by": {"plan": ["a", "b"]}},
        "shadow": {"model": "large", "share": 0.1, "at_once": 4},
        "experiment": [
            {"name": "tone", "arms": {"a": "50%", "b": {"share": 0.5, "parameters": {"temperature": 1}}}},
            {"name": "length", "arms": {"a": 0.25, "b": "75%"}, "layer": "prompts", "sticky": "plan"},
        ],
        "holdout": "10%",
        "guard": {
            "input": [{"filter": "size", "max": "1MB"}],
            "output": [{"filter": "deny", "pattern": "a+", "do": "mask", "ignore_case": True, "name": "as"}],
        },
        "serve": {"segments": {"plan": "header:x-plan"}, "workers": 2, "body": "1MiB", "keys": "required"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_reads_passes(validator, tmp_path, name):
    line = {**HEAD, **GOOD[name]}
    result = run("check", write(tmp_path, line))
    assert result.returncode == 0, result.stderr
    validator.validate(line)


MODELS = {"m": {"endpoint": "http://127.0.0.1:9/v1", "model": "m"}}
BAD = {
    "version": {"plimsoll": 2},
    "unknown key": {"titel": "x"},
    "unknown key below": {"data": {"decisions": "d.csv", "colums": {}}},
    "no decisions": {"data": {}},
    "empty feature": {"feature": ""},
    "null": {"owner": None},
    "list for text": {"owner": ["a"]},
    "word": {"risk": {"severity": "severe"}},
    "scale without a period": {"risk": {"scale": 10000}},
    "confidence": {"evidence": {"confidence": 1.5}},
    "depth": {"evidence": {"depth": 5}},
    "text for a number": {"data": {"decisions": "d.csv", "threshold": "high"}},
    "verdict": {"release": {"allow": ["sip"]}},
    "segment with both": {
        "data": {"decisions": "d.csv", "segments": {"a": {"column": "a", "sql": "b"}}}
    },
    "segment with neither": {"data": {"decisions": "d.csv", "segments": {"a": {"bins": [1]}}}},
    "segment name": {"data": {"decisions": "d.csv", "segments": {"a*b": "a"}}},
    "no metric": {"limits": [{"min": 0.5}]},
    "no comparator": {"limits": [{"metric": "accuracy"}]},
    "unknown metric": {"limits": [{"metric": "acuracy", "min": 0.5}]},
    "between without by": {"limits": [{"metric": "accuracy", "min_ratio": 0.8}]},
    "ratio as percent": {"limits": [{"metric": "accuracy", "min_ratio": 80, "by": "a"}]},
    "window": {"watch": {"window": 5}},
    "tier without a model": {"models": MODELS, "route": {"tiers": [{"deliver_at": 0.9}]}},
    "deliver_at": {"models": MODELS, "route": {"tiers": [{"model": "m", "deliver_at": 1.5}]}},
    "confidence from": {"models": MODELS, "route": {"tiers": [{"model": "m"}], "confidence": {"from": "luck"}}},
    "state of a flag": {"flag": {"state": "maybe"}},
    "share of a flag": {"flag": {"share": 2}},
    "shadow without a share": {"models": MODELS, "shadow": {"model": "m"}},
    "arm with an unknown key": {"experiment": {"name": "e", "arms": {"a": "50%", "b": {"shares": 0.5}}}},
    "filter": {"guard": {"input": [{"filter": "pii"}]}},
    "keys": {"serve": {"keys": "maybe"}},
    "body": {"serve": {"body": "much"}},
    "price": {"models": {"m": {**MODELS["m"], "price": {"input": 1, "output": 1, "request": -1}}}},
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_read_is_refused(validator, tmp_path, name):
    line = {**HEAD, **BAD[name]}
    assert run("check", write(tmp_path, line)).returncode == 2
    assert not validator.is_valid(line)
