"""The model server answers as OpenAI's API does, to a client that is not ours: urllib of Python."""

import base64
import json
import math
import socket
import struct
import time
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


def events_of(data):
    """The data of a stream's events, without [DONE]."""
    events = [line.removeprefix("data: ") for line in data.decode().split("\n\n") if line.startswith("data: ")]
    return [json.loads(event) for event in events if event != "[DONE]"]


def named_events(data):
    """The events of the Responses API: (name, data)."""
    blocks = [block.split("\n") for block in data.decode().split("\n\n") if block]
    return [(name.removeprefix("event: "), json.loads(said.removeprefix("data: "))) for name, said in blocks]


def test_usage_is_null_on_every_chunk_but_the_last_when_asked_for_and_absent_otherwise(server):
    asked = events_of(post(server, "/chat/completions", chat("a b", stream=True, stream_options={"include_usage": True}))[2])
    assert all(chunk["usage"] is None for chunk in asked[:-1]) and asked[-1]["usage"]["total_tokens"] == 4
    assert not any("usage" in chunk for chunk in events_of(post(server, "/chat/completions", chat("a b", stream=True))[2]))


TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("weather", "clock")]


def test_tools_are_called_whose_names_stand_in_the_message(server):
    body = chat("ask clock and weather", tools=TOOLS)
    choice = json.loads(post(server, "/chat/completions", body)[2])["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert [call["function"]["name"] for call in choice["message"]["tool_calls"]] == ["clock", "weather"]
    assert json.loads(choice["message"]["tool_calls"][1]["function"]["arguments"]) == {"of": "ask clock and weather", "at": 1}
    assert json.loads(post(server, "/chat/completions", chat("neither", tools=TOOLS))[2])["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    "choice, more, names",
    [
        ("none", {}, []), ("required", {}, ["clock", "weather"]), ("auto", {"parallel_tool_calls": False}, ["clock"]),
        ({"type": "function", "function": {"name": "weather"}}, {}, ["weather"]),
    ],
)  # fmt: skip
def test_the_choice_of_tools_decides(server, choice, more, names):
    body = chat("ask clock and weather", tools=TOOLS, tool_choice=choice, **more)
    message = json.loads(post(server, "/chat/completions", body)[2])["choices"][0]["message"]
    assert [call["function"]["name"] for call in message.get("tool_calls") or []] == names


def test_tool_calls_of_a_stream_come_in_turns_each_with_its_index(server):
    chunks = events_of(post(server, "/chat/completions", chat("ask clock and weather", tools=TOOLS, stream=True))[2])
    pieces = [call for chunk in chunks for call in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert [piece["index"] for piece in pieces[:4]] == [0, 1, 0, 1]
    assert [piece["function"]["name"] for piece in pieces if "id" in piece] == ["clock", "weather"]
    joined = "".join(piece["function"]["arguments"] for piece in pieces if piece["index"] == 1)
    assert json.loads(joined) == {"of": "ask clock and weather", "at": 1}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks].count("tool_calls") == 1


def test_a_schema_is_answered_with_json_of_it(server):
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "n": {"type": "integer"}, "ok": {"type": "boolean"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "place", "schema": schema, "strict": True}}
    said = json.loads(post(server, "/chat/completions", chat("Zürich", response_format=wanted))[2])
    assert json.loads(said["choices"][0]["message"]["content"]) == {"city": "Zürich", "n": 1, "ok": True}
    said = json.loads(post(server, "/chat/completions", chat("x", response_format={"type": "json_object"}))[2])
    assert json.loads(said["choices"][0]["message"]["content"]) == {"said": "x"}


def test_logprobs_and_several_choices_come_in_both_modes(server):
    body = chat("one two", logprobs=True, top_logprobs=2, n=2)
    whole = json.loads(post(server, "/chat/completions", body)[2])["choices"]
    chunks = events_of(post(server, "/chat/completions", {**body, "stream": True})[2])
    for i in range(2):
        listed = whole[i]["logprobs"]["content"]
        assert [token["token"] for token in listed] == ["one", " two"] and len(listed[0]["top_logprobs"]) == 2
        streamed = [c["choices"][0] for c in chunks if c["choices"][0]["index"] == i]
        assert [t for c in streamed if c.get("logprobs") for t in c["logprobs"]["content"]] == listed
        assert [c["finish_reason"] for c in streamed if c["finish_reason"]] == ["stop"]


def test_the_older_api_answers_texts_with_logprobs(server):
    body = {"model": "m", "prompt": "one two", "logprobs": 1}
    choice = json.loads(post(server, "/completions", body)[2])["choices"][0]
    assert choice["text"] == "one two" and choice["logprobs"]["tokens"] == ["one", " two"]
    chunks = events_of(post(server, "/completions", {**body, "stream": True})[2])
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks) == "one two"


def test_embeddings_take_tokens_as_numbers(server):
    one = json.loads(post(server, "/embeddings", {"model": "e", "input": [5, 6, 7]})[2])["data"]
    many = json.loads(post(server, "/embeddings", {"model": "e", "input": [[5, 6, 7], [8]]})[2])["data"]
    assert len(one) == 1 and len(many) == 2 and one[0]["embedding"] == many[0]["embedding"]


def test_a_response_is_one_object(server):
    body = json.loads(post(server, "/responses", {"model": "m", "input": "say this"})[2])
    assert body["object"] == "response" and body["status"] == "completed"
    assert body["output"][0]["content"][0]["text"] == "say this"
    assert body["usage"]["input_tokens"] == 2 and body["usage"]["output_tokens"] == 2
    items = [{"role": "system", "content": "be brief"}, {"role": "user", "content": [{"type": "input_text", "text": "and this"}]}]
    body = json.loads(post(server, "/responses", {"model": "m", "input": items})[2])
    assert body["output"][0]["content"][0]["text"] == "and this" and body["usage"]["input_tokens"] == 4


def test_a_streamed_response_is_named_events_in_their_order(server):
    events = named_events(post(server, "/responses", {"model": "m", "input": "say this", "stream": True})[2])
    assert [name for name, _ in events] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
        "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
        "response.content_part.done", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    assert all(said["type"] == name and said["sequence_number"] == i for i, (name, said) in enumerate(events))
    whole = json.loads(post(server, "/responses", {"model": "m", "input": "say this"})[2])
    assert events[-1][1]["response"] == whole


def test_a_response_that_is_cut_off_is_incomplete_and_has_its_usage(server):
    events = named_events(post(server, "/responses", {"model": "m", "input": "one two three", "max_output_tokens": 2, "stream": True})[2])
    name, said = events[-1]
    assert name == "response.incomplete" and said["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert said["response"]["usage"]["output_tokens"] == 2


def test_a_response_calls_tools(server):
    tools = [{"type": "function", "name": "weather", "parameters": {}}]
    body = {"model": "m", "input": "ask weather", "tools": tools}
    item = json.loads(post(server, "/responses", body)[2])["output"][0]
    assert item["type"] == "function_call" and item["name"] == "weather"
    events = named_events(post(server, "/responses", {**body, "stream": True})[2])
    joined = "".join(said["delta"] for name, said in events if name == "response.function_call_arguments.delta")
    assert joined == item["arguments"]


def test_a_response_fails_in_the_middle_of_its_stream(server):
    events = named_events(post(server, "/responses", {"model": "m", "input": "fault:stream-error a b c", "stream": True})[2])
    assert events[-1][0] == "error" and events[-1][1]["message"] == "the engine fell over"
    assert "response.completed" not in [name for name, _ in events]


def test_lines_may_end_otherwise_and_comments_come_between(server):
    data = post(server, "/chat/completions", chat("fault:crlf a", stream=True))[2]
    assert b"\r\n\r\n" in data and data.replace(b"\r\n", b"\n").endswith(b"data: [DONE]\n\n")
    data = post(server, "/chat/completions", chat("fault:comments a", stream=True))[2]
    assert data.startswith(b": still here\n\n") and len(events_of(data)) == 4


@pytest.mark.parametrize("fault", ["pace=50", "stall=30", "slow-start=30"])
def test_a_client_that_goes_away_is_noticed(server, fault):
    body = json.dumps(chat(f"fault:{fault} " + "word " * 100, stream=True)).encode()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        while not server.requests:
            time.sleep(0.001)
        if fault != "slow-start=30":
            connection.recv(100)
    left = time.monotonic()
    while not server.gone and time.monotonic() < left + 5:
        time.sleep(0.001)
    assert server.gone[0]["at"] - left < 0.5


def test_what_came_is_kept_byte_for_byte(server):
    post(server, "/chat/completions", chat("x", unheard_of={"a": 1.50}))
    assert server.requests[0]["raw"] == json.dumps(chat("x", unheard_of={"a": 1.50})).encode()
