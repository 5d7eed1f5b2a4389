"""The clients from npm, unmodified but for their base URL, against the gateway: OpenAI's for JavaScript, and
OpenFeature's with its provider for OFREP. They run in one Node program, clients/clients.mjs, which does as it is told.
"""

import base64
import json
import pathlib
import shutil
import struct
import subprocess
import time

import pytest

from gateway_fixtures import FEATURE, Gateway, gateway, line_for, pair, serving, upstream, wait_until  # noqa: F401
from model_server import ModelServer

CLIENTS = pathlib.Path(__file__).parent / "clients"
ABORT_SECONDS_MAX = 0.5  # a few milliseconds, on a machine that has time
pytestmark = pytest.mark.skipif(
    not (CLIENTS / "node_modules" / "openai").is_dir() or not shutil.which("node"),
    reason="the npm packages of tests/server/clients are not there; script/test installs them",
)


class Refused(Exception):
    """What a client threw; its class and members are those of the JavaScript error."""

    def __init__(self, told):
        super().__init__(told)
        self.__dict__.update(told)


class Node:
    """The program, and what it is told."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["node", "clients.mjs"], cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.count = 0

    def tell(self, what, **order):
        self.count += 1
        self.process.stdin.write(json.dumps({"id": self.count, "do": what, **order}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert answer["id"] == self.count
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["ok"]

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="module")
def node():
    one = Node()
    yield one
    one.close()


def said(text):
    return {"model": FEATURE, "messages": [{"role": "user", "content": text}]}


# --- OpenAI's client -------------------------------------------------------------------------------------


def test_a_chat_is_answered_with_its_usage_and_a_request_id(node, gateway):
    reply = node.tell("chat", base=gateway.v1, request=said("Grüße 🚢"))
    assert reply["data"]["choices"][0]["message"]["content"] == "Grüße 🚢" and reply["data"]["usage"]["total_tokens"] == 4
    assert reply["requestId"] == reply["decision"] and gateway.wait_for_record(reply["decision"])["status"] == "served"


def test_a_stream_has_usage_only_when_asked(node, gateway):
    chunks = node.tell("stream", base=gateway.v1, request=said("one two"))
    assert "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks) == "one two"
    assert all("usage" not in c for c in chunks)
    request = {**said("one two"), "stream_options": {"include_usage": True}}
    chunks = node.tell("stream", base=gateway.v1, request=request)
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["total_tokens"] == 4
    whole = node.tell("streamWhole", base=gateway.v1, request=request)
    assert whole["message"]["content"] == "one two" and whole["usage"]["total_tokens"] == 4


def test_parallel_tools_come_whole_in_streams_at_the_same_time(node, gateway):
    texts = [f"weather and clock of place {i} " + "é" * i for i in range(12)]
    calls = node.tell("streamsAtOnce", base=gateway.v1, model=FEATURE, texts=texts, tools=["weather", "clock"])
    assert calls == [
        [["call_1", "weather", {"of": text, "at": 0}], ["call_2", "clock", {"of": text, "at": 1}]] for text in texts
    ]


def test_an_answer_of_a_schema_is_parsed_in_both_modes(node, gateway):
    parsed = node.tell("parse", base=gateway.v1, model=FEATURE, text="Zürich")
    assert parsed["whole"] == parsed["streamed"] == {"city": "Zürich", "people": 1}


def test_embeddings_come_as_base64_unless_asked_otherwise(node, gateway, upstream):
    request = {"model": "vectors", "input": ["from javascript", "b"]}
    default = node.tell("embed", base=gateway.v1, request=request)
    sent = next(r["body"] for r in upstream.requests if "from javascript" in r["raw"].decode())
    floats = node.tell("embed", base=gateway.v1, request={**request, "encoding_format": "float"})
    assert sent["encoding_format"] == "base64"
    assert [pytest.approx(one, abs=1e-7) for one in floats] == default and len(default) == 2
    coded = node.tell("embed", base=gateway.v1, request={**request, "encoding_format": "base64"})
    assert struct.unpack("<64f", base64.b64decode(coded[1])) == pytest.approx(default[1], abs=1e-7)


def test_the_older_api_and_responses_are_answered(node, gateway):
    reply = node.tell("complete", base=gateway.v1, request={"model": "older", "prompt": "one two"})
    assert reply["choices"][0]["text"] == "one two"
    reply = node.tell("respond", base=gateway.v1, request={"model": "replies", "input": "say this"})
    assert reply["text"] == "say this" and reply["usage"]["total_tokens"] == 4
    assert reply["kinds"][0] == "response.created" and reply["kinds"][-1] == "response.completed"


def test_the_models_are_listed_and_retrieved(node, gateway):
    listed = node.tell("models", base=gateway.v1, model=FEATURE)
    assert {FEATURE, "small", "vectors"} <= set(listed["ids"]) and listed["one"] == FEATURE
    with pytest.raises(Refused) as caught:
        node.tell("retrieve", base=gateway.v1, model="no-such-model")
    assert caught.value.kind == "NotFoundError" and caught.value.code == "model_not_found"


CLASSES = [
    ("fault:status=400", "BadRequestError"), ("fault:status=422", "UnprocessableEntityError"),
    ("fault:status=429", "RateLimitError"), ("fault:status=500", "InternalServerError"),
    ("fault:status=503", "InternalServerError"), ("fault:reset", "InternalServerError"),
]  # fmt: skip


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """A gateway for what fails: its circuits open, and the others' stay closed."""
    with serving(tmp_path_factory.mktemp("troubled")) as (one, server):
        yield one


@pytest.mark.parametrize("text, kind", CLASSES)
def test_errors_are_of_the_right_class(node, troubled, text, kind):
    with pytest.raises(Refused) as caught:
        node.tell("chat", base=troubled.v1, request=said(text))
    assert caught.value.kind == kind and caught.value.requestId.startswith("d_") and caught.value.type


def test_a_wrong_key_is_an_authentication_error(node, tmp_path):
    with serving(tmp_path, serve={"keys": "required"}) as (gateway, server):
        with pytest.raises(Refused) as caught:
            node.tell("chat", base=gateway.v1, key="sk-wrong", request=said("x"))
        assert caught.value.kind == "AuthenticationError" and caught.value.code == "invalid_api_key"
        assert server.requests == []


@pytest.mark.parametrize("fault", ["status=500", "retry-after-ms=1", "reset"])
def test_the_client_does_not_multiply_the_retries_of_the_gateway(node, tmp_path, fault):
    with serving(tmp_path) as (gateway, server):
        with pytest.raises(Refused) as caught:
            node.tell("chat", base=gateway.v1, retries=2, request=said(f"fault:{fault} once and for all"))
        assert caught.value.retry == "false" and 1 <= len(server.requests) <= 3
        assert gateway.metrics()["plimsoll_decisions_served_total"] == 1


def test_the_client_waits_as_long_as_the_gateway_says_and_tries_again(node, tmp_path):
    with ModelServer() as server:
        gateway = Gateway(tmp_path, line_for(server, serve={"keys": "required"}))
        key = gateway.make_key("--name", "app", "--requests-per-minute", "60")
        with gateway:
            auth, codes = {"Authorization": f"Bearer {key}"}, [200]
            while codes[-1] == 200:
                codes.append(gateway.chat("x", auth)[0])
            begun = time.monotonic()
            assert node.tell("chat", base=gateway.v1, key=key, retries=2, request=said("at last"))["data"]["choices"]
            assert codes[-1] == 429 and time.monotonic() - begun < 5
            assert gateway.metrics()["plimsoll_decisions_served_total"] > len(codes)  # at least one more was refused


@pytest.mark.parametrize("fault", ["cut", "stream-error", "unfinished", "truncated"])
def test_a_stream_that_fails_in_the_middle_throws(node, troubled, fault):
    with pytest.raises(Refused) as caught:
        node.tell("stream", base=troubled.v1, request=said(f"fault:{fault} one two three four five"))
    assert caught.value.kind in ("APIError", "APIConnectionError", "TypeError", "InternalServerError")


def gone(upstream, text):
    """When the model server saw that its client of this request was gone."""
    return next((g["at"] for g in upstream.gone if text in json.dumps(g["body"])), None)


def test_an_abort_in_a_stream_cancels_the_call_upstream(node, gateway, upstream):
    request = {**said("fault:pace=30 " + "abandoned " * 300), "stream": True}
    begun = time.monotonic()
    assert node.tell("abort", base=gateway.v1, request=request)["pieces"] >= 1
    left = time.monotonic()
    assert begun < wait_until(lambda: gone(upstream, "abandoned"), what="the abort") < left + ABORT_SECONDS_MAX
    wait_until(lambda: any(r["status"] == "aborted" for r in gateway.records("decision")), what="its record")


def test_an_abort_before_the_answer_cancels_the_call_upstream(node, gateway, upstream):
    with pytest.raises(Refused) as caught:
        node.tell("abort", base=gateway.v1, request=said("fault:slow-start=20 not waited for"), after=200)
    left = time.monotonic()
    assert caught.value.kind == "APIUserAbortError"
    assert wait_until(lambda: gone(upstream, "not waited for"), what="the abort") < left + ABORT_SECONDS_MAX


# --- OpenFeature's client --------------------------------------------------------------------------------


def change_flag(gateway, **change):
    status, _, data = gateway.request("POST", "/admin/flag", {"who": "a test", "why": "to see", **change}, admin=True)
    assert status == 200, data


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """A gateway whose feature half of the subjects meet, with an experiment."""
    experiment = [{"name": "tone", "arms": {"plain": "50%", "warm": "50%"}}]
    folder = tmp_path_factory.mktemp("flags")
    with serving(folder, experiment=experiment, flag={"state": "on", "share": 0.5}) as (one, _):
        yield one


def value_of(node, flags, flag=FEATURE, fallback=False, **more):
    kind = "string" if isinstance(fallback, str) else "boolean"
    return node.tell("evaluate", base=flags.url, flag=flag, type=kind, fallback=fallback, **more)


def test_a_boolean_flag_depends_on_the_targeting_key_and_on_nothing_else(node, flags):
    keys = [f"user-{i}" for i in range(40)]
    first = [value_of(node, flags, context={"targetingKey": key})["value"] for key in keys]
    again = [value_of(node, flags, fallback=True, context={"targetingKey": key, "x": 1})["value"] for key in keys]
    assert first == again and 8 < sum(first) < 32


def test_a_string_flag_is_the_arm_of_an_experiment(node, flags):
    met = {False: [], True: []}
    for key in (f"user-{i}" for i in range(24)):
        lit = value_of(node, flags, context={"targetingKey": key})["value"]
        met[lit].append(value_of(node, flags, f"{FEATURE}.tone", "none", context={"targetingKey": key}))
    assert {one["value"] for one in met[True]} == {"plain", "warm"}
    assert all(one["variant"] == one["value"] and "errorCode" not in one for one in met[True])
    assert {one["value"] for one in met[False]} == {"none"}  # what the application falls back to


def test_what_is_wrong_is_told_in_the_words_of_openfeature(node, flags):
    missing = value_of(node, flags, "no-such-flag", True, context={"targetingKey": "u"})
    assert (missing["value"], missing["errorCode"], missing["reason"]) == (True, "FLAG_NOT_FOUND", "ERROR")
    other = node.tell("evaluate", base=flags.url, flag=FEATURE, type="string", fallback="f", context={"targetingKey": "u"})
    assert (other["value"], other["errorCode"]) == ("f", "TYPE_MISMATCH")
    keyless = value_of(node, flags, f"{FEATURE}.tone", "none")
    assert (keyless["value"], keyless["errorCode"]) == ("none", "TARGETING_KEY_MISSING")


def test_all_flags_are_polled_with_an_etag(node, flags):
    context = {"targetingKey": "user-1"}
    first = node.tell("poll", base=flags.url, context=context)
    assert first["status"] == 200 and {f["key"] for f in first["flags"]} == {FEATURE, f"{FEATURE}.tone"}
    assert node.tell("poll", base=flags.url, context=context, etag=first["etag"])["status"] == 304


def test_a_kill_is_seen_by_the_next_evaluation_and_the_next_poll(node, flags):
    context = {"targetingKey": next(k for k in map(str, range(40)) if value_of(node, flags, context={"targetingKey": k})["value"])}
    before = node.tell("poll", base=flags.url, context=context)
    change_flag(flags, change="off")
    try:
        killed = value_of(node, flags, fallback=True, context=context)
        assert killed["value"] is False and killed["reason"] == "DISABLED"
        after = node.tell("poll", base=flags.url, context=context, etag=before["etag"])
        assert after["status"] == 200 and after["etag"] != before["etag"]
        assert next(f for f in after["flags"] if f["key"] == FEATURE)["value"] is False
    finally:
        change_flag(flags, change="on")
    assert value_of(node, flags, context=context)["value"] is True
