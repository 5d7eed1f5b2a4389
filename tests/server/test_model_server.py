"""The model server answers as OpenAI's API does, to a client that is not ours: urllib of Python."""

import base64
import json
import math
import struct
import urllib.error
import urllib.request

import pytest

from call_fixtures import server  # noqa: F401  a fixture
from model_server import ModelServer


def post(server, path, body):
    request = urllib.request.Request(server.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as reply:
        return reply.status, reply.headers, reply.read()


def chat(text, **more):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **more}


def test_a_chat_is_echoed_with_its_usage(server):
    status, headers, data = post(server, "/chat/completions", chat("say this"))
    body = json.loads(data)
    assert status == 200 and headers["content-type"] == "application/json"
    assert body["choices"][0]["message"]["content"] == "say this"
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"]["prompt_tokens"] == 2 and body["usage"]["completion_tokens"] == 2


def test_answers_come_from_the_map_or_the_function():
    with ModelServer(answers={"2 + 2": "4"}) as server:
        assert json.loads(post(server, "/chat/completions", chat("2 + 2"))[2])["choices"][0]["message"]["content"] == "4"
    with ModelServer(answer=lambda body: body["model"].upper()) as server:
        assert json.loads(post(server, "/chat/completions", chat("x"))[2])["choices"][0]["message"]["content"] == "M"


def test_a_stream_is_events_that_end_with_done(server):
    body = chat("one two three", stream=True, stream_options={"include_usage": True})
    _, headers, data = post(server, "/chat/completions", body)
    assert headers["content-type"].startswith("text/event-stream")
    events = [line.removeprefix("data: ") for line in data.decode().split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"]) == "one two three"
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] == 3


def test_embeddings_are_unit_vectors_near_for_words_in_common(server):
    body = {"model": "e", "input": ["the cat sat", "the cat stood", "entirely different words"]}
    vectors = [item["embedding"] for item in json.loads(post(server, "/embeddings", body)[2])["data"]]
    assert all(math.isclose(sum(x * x for x in v), 1.0, rel_tol=1e-6) for v in vectors)
    dot = [sum(a * b for a, b in zip(vectors[0], v)) for v in vectors]
    assert dot[1] > 0.4 > abs(dot[2])
    coded = json.loads(post(server, "/embeddings", {**body, "encoding_format": "base64"})[2])["data"][0]["embedding"]
    assert list(struct.unpack("<64f", base64.b64decode(coded))) == vectors[0]


def test_faults_pass_after_so_many_times(server):
    for _ in range(2):
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(server, "/chat/completions", chat("fault:retry-after=1*2"))
        assert caught.value.code == 429 and caught.value.headers["retry-after"] == "1"
    assert post(server, "/chat/completions", chat("fault:retry-after=1*2"))[0] == 200
    assert server.attempts() == {"fault:retry-after=1*2": 3}
