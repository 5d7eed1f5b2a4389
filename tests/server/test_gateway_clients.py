"""OpenAI's own client for Python, unmodified but for its base URL, against the gateway: what it sends must arrive, and
what it reads must be what the model server said.
"""

import base64
import json
import struct
import time

import openai
import pytest

from gateway_fixtures import (  # noqa: F401  fixtures
    FEATURE,
    Gateway,
    gateway,
    have_serve,
    line_for,
    model_of,
    pair,
    serving,
    upstream,
    wait_until,
)
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="this program has no command `serve`")

ABORT_SECONDS_MAX = 0.5  # a few milliseconds, on a machine that has time
TOOLS = [
    {"type": "function", "function": {"name": name, "description": f"Asks the {name}.", "parameters": {
        "type": "object", "properties": {"of": {"type": "string"}}, "required": ["of"]}}}
    for name in ("weather", "clock")
]  # fmt: skip
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "place", "strict": True, "schema": {
        "type": "object", "properties": {"city": {"type": "string"}, "people": {"type": "integer"}},
        "required": ["city", "people"], "additionalProperties": False}},
}  # fmt: skip


def client_for(gateway, key="none", retries=0, **more):
    return openai.OpenAI(
        base_url=gateway.v1, api_key=key, max_retries=retries, timeout=20,
        http_client=openai.DefaultHttpxClient(trust_env=False), **more,
    )  # fmt: skip


@pytest.fixture(scope="module")
def client(gateway):
    with client_for(gateway) as one:
        yield one


def said(text):
    return [{"role": "user", "content": text}]


def asked(upstream, text):
    """What came to the model server for this message."""
    return [r for r in upstream.requests if text in r["raw"].decode()]


# --- Chat ----------------------------------------------------------------------------------------------


def test_a_chat_is_answered_with_its_usage_and_a_request_id(client):
    raw = client.chat.completions.with_raw_response.create(model=FEATURE, messages=said("say this"))
    reply = raw.parse()
    assert reply.object == "chat.completion" and reply.choices[0].message.content == "say this"
    assert reply.choices[0].message.role == "assistant" and reply.choices[0].finish_reason == "stop"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (2, 2, 4)
    assert raw.headers["x-request-id"] == raw.headers["x-plimsoll-decision"] == reply._request_id
    assert raw.headers["x-request-id"].startswith("d_") and raw.headers["content-type"].startswith("application/json")


def test_every_answer_has_an_id_of_its_own(client):
    ids = {client.chat.completions.create(model=FEATURE, messages=said("x"))._request_id for _ in range(20)}
    assert len(ids) == 20


def streamed(client, **request):
    with client.chat.completions.create(stream=True, **request) as stream:
        return list(stream)


def test_a_stream_is_chunks_of_one_id_with_one_finish_reason_and_no_usage(client):
    chunks = streamed(client, model=FEATURE, messages=said("one two three"))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "one two three"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert len({(c.id, c.created, c.model, c.system_fingerprint, c.object) for c in chunks}) == 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["stop"]
    assert all(c.usage is None and c.choices for c in chunks)


def test_a_stream_without_being_asked_says_no_word_of_usage(gateway):
    body = {"model": FEATURE, "stream": True, "messages": said("one two")}
    _, headers, data = gateway.request("POST", "/v1/chat/completions", body)
    assert headers["content-type"].startswith("text/event-stream") and b'"usage"' not in data
    assert headers["cache-control"] == "no-cache" and headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in headers and b"event:" not in data
    assert data.endswith(b"data: [DONE]\n\n")


def test_a_stream_with_usage_has_it_in_one_last_chunk_without_choices(client):
    chunks = streamed(client, model=FEATURE, messages=said("one two"), stream_options={"include_usage": True})
    assert [c.usage for c in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 4


def test_the_upstream_is_asked_for_usage_even_when_the_client_is_not(client, upstream):
    streamed(client, model=FEATURE, messages=said("count me anyway"))
    assert asked(upstream, "count me anyway")[0]["body"]["stream_options"]["include_usage"] is True


def test_texts_of_all_scripts_come_whole_when_they_are_split_inside_characters(client):
    text = "fault:split=7 Grüße 你好 🚢🚢 مرحبا"
    assert client.chat.completions.create(model=FEATURE, messages=said(text)).choices[0].message.content == text
    chunks = streamed(client, model=FEATURE, messages=said(text))
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == text


@pytest.mark.parametrize("fault", ["split=1", "crlf", "comments", "http10", "linger=0.2"])
def test_streams_of_other_servers_are_read(client, fault):
    text = f"fault:{fault} one two"
    assert "".join(c.choices[0].delta.content or "" for c in streamed(client, model=FEATURE, messages=said(text))) == text


def test_several_choices_come_in_both_modes(client):
    whole = client.chat.completions.create(model=FEATURE, messages=said("one two"), n=3)
    assert [(c.index, c.message.content) for c in whole.choices] == [(i, "one two") for i in range(3)]
    texts = ["", "", ""]
    for chunk in streamed(client, model=FEATURE, messages=said("one two"), n=3):
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == ["one two"] * 3


def test_logprobs_come_in_both_modes(client):
    request = {"model": FEATURE, "messages": said("one two"), "logprobs": True, "top_logprobs": 2}
    whole = client.chat.completions.create(**request).choices[0].logprobs.content
    assert [token.token for token in whole] == ["one", " two"] and all(token.logprob < 0 for token in whole)
    assert len(whole[0].top_logprobs) == 2
    parts = [c.choices[0].logprobs for c in streamed(client, **request)]
    assert [token for part in parts if part for token in part.content] == whole


def test_logprobs_that_were_not_asked_for_do_not_come(client):
    assert client.chat.completions.create(model=FEATURE, messages=said("x")).choices[0].logprobs is None


@pytest.mark.parametrize("stop", ["END", ["END", "FIN"]], ids=["text", "list"])
def test_stop_is_passed_on_as_it_was_written(client, upstream, stop):
    text = f"stop {type(stop).__name__}"
    client.chat.completions.create(model=FEATURE, messages=said(text), stop=stop)
    assert asked(upstream, text)[0]["body"]["stop"] == stop


def test_a_picture_in_a_message_is_passed_on(client, upstream):
    picture = "data:image/png;base64," + base64.b64encode(bytes(range(256)) * 8).decode()
    content = [{"type": "text", "text": "what is this picture"}, {"type": "image_url", "image_url": {"url": picture}}]
    reply = client.chat.completions.create(model=FEATURE, messages=[{"role": "user", "content": content}])
    assert reply.choices[0].message.content == "what is this picture"
    assert asked(upstream, "what is this picture")[0]["body"]["messages"][0]["content"] == content


# --- Tools and shapes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["weather"], ["clock", "weather"]], ids=["one", "parallel"])
def test_tools_are_called_in_both_modes(client, names):
    request = {"model": FEATURE, "messages": said("ask " + " and ".join(names)), "tools": TOOLS}
    reply = client.chat.completions.create(**request)
    whole = reply.choices[0].message.tool_calls
    assert reply.choices[0].finish_reason == "tool_calls" and [call.function.name for call in whole] == names
    chunks = streamed(client, **request)
    heads, arguments = {}, {}
    for call in (call for c in chunks if c.choices for call in c.choices[0].delta.tool_calls or []):
        if call.id:
            assert call.index not in heads
            heads[call.index] = (call.id, call.function.name)
        arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    assert sorted(heads) == list(range(len(names)))
    assert [heads[i] for i in sorted(heads)] == [(call.id, call.function.name) for call in whole]
    assert [arguments[i] for i in sorted(arguments)] == [call.function.arguments for call in whole]
    assert [c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason] == ["tool_calls"]


@pytest.mark.parametrize(
    "choice, names",
    [("none", []), ("auto", ["clock", "weather"]), ("required", ["clock", "weather"]),
     ({"type": "function", "function": {"name": "weather"}}, ["weather"])],
)  # fmt: skip
def test_every_form_of_tool_choice_arrives(client, choice, names):
    reply = client.chat.completions.create(model=FEATURE, messages=said("ask clock and weather"), tools=TOOLS, tool_choice=choice)
    assert [call.function.name for call in reply.choices[0].message.tool_calls or []] == names


def test_a_conversation_with_tool_results_is_passed_on(client, upstream):
    call = {"id": "call_1", "type": "function", "function": {"name": "clock", "arguments": '{"of": "x"}'}}
    messages = [
        {"role": "user", "content": "what time"}, {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "it is noon here"},
    ]  # fmt: skip
    reply = client.chat.completions.create(model=FEATURE, messages=messages, tools=TOOLS, parallel_tool_calls=False)
    assert reply.choices[0].message.content == "it is noon here"
    assert asked(upstream, "it is noon here")[0]["body"]["messages"] == messages


def test_an_answer_of_a_schema_comes_in_both_modes(client):
    request = {"model": FEATURE, "messages": said("Zürich"), "response_format": SCHEMA}
    expected = {"city": "Zürich", "people": 1}
    assert json.loads(client.chat.completions.create(**request).choices[0].message.content) == expected
    text = "".join(c.choices[0].delta.content or "" for c in streamed(client, **request))
    assert json.loads(text) == expected


def test_a_refusal_comes_in_both_modes(client):
    request = {"model": FEATURE, "messages": said("fault:refusal")}
    assert client.chat.completions.create(**request).choices[0].message.refusal == "I cannot help with that."
    parts = [c.choices[0].delta.refusal or "" for c in streamed(client, **request) if c.choices]
    assert "".join(parts) == "I cannot help with that."


# --- What passes untouched -----------------------------------------------------------------------------


def test_a_body_of_a_megabyte_passes(client):
    text = "x" * 1_000_000
    assert client.chat.completions.create(model=FEATURE, messages=said(text)).choices[0].message.content == text


def test_a_hundred_tools_pass(client, upstream):
    tools = [
        {"type": "function", "function": {"name": f"tool_{i}", "description": "d" * 300, "parameters": {
            "type": "object", "properties": {f"p{j}": {"type": "string", "description": "e" * 40} for j in range(10)}}}}
        for i in range(100)
    ]  # fmt: skip
    reply = client.chat.completions.create(model=FEATURE, messages=said("use tool_7 and tool_99"), tools=tools)
    assert [call.function.name for call in reply.choices[0].message.tool_calls] == ["tool_7", "tool_99"]
    assert asked(upstream, "use tool_7")[0]["body"]["tools"] == tools


UNKNOWN = '"unheard_of" :  {"a": 1.50, "b": [1e2, -0.0, "\\u00e9\\ud83d\\udea2 é"], "big": 123456789012345678901234567890}'


def test_members_that_nobody_knows_pass_byte_for_byte(gateway, upstream):
    body = '{ "messages": [{"role":"user","content":"odd member"}],\n  %s,"model":"%s", "temperature":0.10}' % (UNKNOWN, FEATURE)
    status, _, _ = gateway.request("POST", "/v1/chat/completions", body.encode())
    assert status == 200
    raw = asked(upstream, "odd member")[0]["raw"].decode()
    assert UNKNOWN in raw and '"temperature":0.10' in raw


def test_a_request_for_one_model_arrives_byte_for_byte(tmp_path):
    models = lambda server: {"small-8b": model_of(server)}  # noqa: E731  the entry is named as its server names it
    with ModelServer() as server, Gateway(tmp_path, line_for(models=models(server))) as gateway:
        body = ('{ "model" : "small-8b",\n\t"messages": [{"role":"user","content":"as it \\u0069s"}], %s }' % UNKNOWN).encode()
        assert gateway.request("POST", "/v1/chat/completions", body)[0] == 200
        assert server.requests[0]["raw"] == body


def test_the_upstream_is_not_asked_for_compression_nor_told_what_is_not_its_business(gateway, upstream):
    headers = {"Accept-Encoding": "gzip, br", "Cookie": "secret=1", "Authorization": "Bearer none", "X-Forwarded-For": "1.2.3.4"}
    body = {"model": FEATURE, "messages": said("what comes along")}
    _, got, _ = gateway.request("POST", "/v1/chat/completions", body, headers)
    came = asked(upstream, "what comes along")[0]["headers"]
    assert "content-encoding" not in got
    assert came.get("accept-encoding", "identity") == "identity"
    assert "cookie" not in came and came.get("authorization") != "Bearer none"


# --- Errors and retries --------------------------------------------------------------------------------


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no-such-model", messages=said("x"))
    assert caught.value.code == "model_not_found" and "no-such-model" in caught.value.message
    assert caught.value.type == "invalid_request_error" and caught.value.request_id.startswith("d_")


def test_a_path_that_is_not_there_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.get("/no/such/path", cast_to=object)


def test_a_body_that_is_no_chat_is_a_bad_request(client):
    for body in ({"model": FEATURE}, {"model": FEATURE, "messages": "no list"}, {"messages": said("x")}, []):
        with pytest.raises(openai.BadRequestError) as caught:
            client.post("/chat/completions", body=body, cast_to=object)
        assert caught.value.body["message"]


STATUS_CLASSES = [
    (400, openai.BadRequestError), (422, openai.UnprocessableEntityError), (429, openai.RateLimitError),
    (500, openai.InternalServerError), (503, openai.InternalServerError),
]  # fmt: skip


@pytest.mark.parametrize("status, kind", STATUS_CLASSES)
def test_errors_of_the_upstream_are_of_the_right_class(client, status, kind):
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=FEATURE, messages=said(f"fault:status={status}"))
    assert caught.value.response.headers["x-request-id"].startswith("d_")
    assert isinstance(caught.value.body, dict) and caught.value.body["message"]


def test_a_wrong_or_missing_key_is_an_authentication_error(tmp_path):
    with serving(tmp_path, serve={"keys": "required"}) as (gateway, server):
        for key in ("sk-wrong", "pl_aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb"):
            with client_for(gateway, key) as client, pytest.raises(openai.AuthenticationError) as caught:
                client.chat.completions.create(model=FEATURE, messages=said("x"))
            assert caught.value.code == "invalid_api_key" and key not in caught.value.message
        status, _, data = gateway.request("POST", "/v1/chat/completions", {"model": FEATURE, "messages": said("x")})
        assert status == 401 and json.loads(data)["error"]["type"] == "invalid_request_error"
        assert server.requests == []


def test_a_key_that_was_made_opens(tmp_path):
    with ModelServer() as server:
        gateway = Gateway(tmp_path, line_for(server, serve={"keys": "required"}))
        key = gateway.make_key("--name", "app")
        with gateway, client_for(gateway, key) as client:
            reply = client.chat.completions.create(model=FEATURE, messages=said("x"))
            assert reply.choices[0].message.content == "x"
            assert gateway.wait_for_record(reply._request_id)["key"] == key.split("_")[1]
            assert key.split("_", 2)[2] not in gateway.stderr


@pytest.mark.parametrize("fault", ["status=500", "status=503", "retry-after-ms=1", "reset", "empty"])
def test_clients_do_not_multiply_the_retries_of_the_gateway(tmp_path, fault):
    route = {"tiers": [{"model": "small", "deliver_at": 0}], "attempts": 2}
    with serving(tmp_path, route=route) as (gateway, server), client_for(gateway, retries=2) as client:
        with pytest.raises(openai.APIStatusError) as caught:
            client.chat.completions.create(model=FEATURE, messages=said(f"fault:{fault}"))
        assert caught.value.response.headers["x-should-retry"] == "false"
        assert 1 <= len(server.requests) <= 2


def test_a_fault_that_passes_is_not_seen_by_the_client(tmp_path):
    text = "fault:status=500*1 all is well"
    with serving(tmp_path) as (gateway, _), client_for(gateway) as client:
        assert client.chat.completions.create(model=FEATURE, messages=said(text)).choices[0].message.content == text


@pytest.mark.parametrize("fault", ["stream-error", "cut", "no-done", "unfinished", "truncated"])
def test_a_stream_that_fails_in_the_middle_raises_and_never_ends_as_if_whole(client, gateway, fault):
    text = f"fault:{fault} one two three four five"
    if fault != "no-done":  # it has its finish_reason, so nothing of it is missing
        with pytest.raises(openai.APIError):
            streamed(client, model=FEATURE, messages=said(text))
    body = {"model": FEATURE, "stream": True, "messages": said(text)}
    data = gateway.request("POST", "/v1/chat/completions", body)[2]
    assert b"[DONE]" not in data or fault == "no-done"


# --- Aborts --------------------------------------------------------------------------------------------


def gone_after(server, text):
    """When the model server saw that the client of this request was gone."""
    return wait_until(lambda: next((g["at"] for g in server.gone if text in json.dumps(g["body"])), None), what="the abort")


def test_a_stream_that_is_closed_early_cancels_the_call_upstream(tmp_path):
    text = "fault:pace=30 " + "close " * 200
    with serving(tmp_path) as (gateway, upstream), client_for(gateway) as client:
        stream = client.chat.completions.create(model=FEATURE, messages=said(text), stream=True)
        chunk = next(iter(stream))
        left = time.monotonic()
        stream.close()
        assert chunk.choices and gone_after(upstream, "close") - left < ABORT_SECONDS_MAX
        record = gateway.wait_for_record(stream.response.headers["x-plimsoll-decision"])
        assert record["status"] == "aborted"


def test_a_request_whose_client_is_gone_is_cancelled_upstream(tmp_path):
    with serving(tmp_path) as (gateway, upstream), client_for(gateway) as client:
        with pytest.raises(openai.APITimeoutError):
            client.with_options(timeout=0.4).chat.completions.create(
                model=FEATURE, messages=said("fault:slow-start=20 whole")
            )
        left = time.monotonic()
        assert gone_after(upstream, "slow-start=20 whole") - left < ABORT_SECONDS_MAX


# --- Models, embeddings, the older API ------------------------------------------------------------------


def test_the_models_are_the_feature_and_the_entries(client):
    listed = client.models.list().data
    assert {model.id for model in listed} >= {FEATURE, "small"} and all(model.object == "model" for model in listed)
    assert client.models.retrieve(FEATURE).id == FEATURE
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("no-such-model")
    assert caught.value.code == "model_not_found"


def test_embeddings_come_as_base64_unless_asked_otherwise(client, upstream):
    default = client.embeddings.create(model="vectors", input=["the default coding", "b"])
    assert asked(upstream, "the default coding")[0]["body"]["encoding_format"] == "base64"
    floats = client.embeddings.create(model="vectors", input=["the default coding", "b"], encoding_format="float")
    assert [item.index for item in default.data] == [0, 1]
    assert default.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-7)
    coded = client.embeddings.create(model="vectors", input="c", encoding_format="base64").data[0].embedding
    assert isinstance(coded, str) and len(struct.unpack("<64f", base64.b64decode(coded))) == 64
    assert default.usage.prompt_tokens == 4


@pytest.mark.parametrize("value", ["text", ["a", "b"], [1, 2, 3], [[1, 2], [3]]])
def test_every_form_of_input_is_embedded(client, value):
    many = isinstance(value, list) and not isinstance(value[0], int)
    assert len(client.embeddings.create(model="vectors", input=value, dimensions=8).data) == (2 if many else 1)


def test_the_older_api_answers_in_both_modes(client):
    whole = client.completions.create(model="older", prompt="one two", logprobs=1, max_tokens=9)
    assert whole.choices[0].text == "one two" and whole.choices[0].logprobs.tokens == ["one", " two"]
    with client.completions.create(model="older", prompt="one two", stream=True) as stream:
        assert "".join(chunk.choices[0].text for chunk in stream) == "one two"


# --- Responses -----------------------------------------------------------------------------------------


def test_a_response_comes_whole(client, gateway):
    reply = client.responses.create(model="replies", input="say this", instructions="be brief", store=False)
    assert reply.status == "completed" and reply.output_text == "say this" and reply.usage.total_tokens == 4
    record = gateway.wait_for_record(reply._request_id)
    assert record["api"] == "responses" and record["tokens"]["completion"] == 2


def test_a_response_comes_as_named_events(client, gateway):
    with client.responses.create(model="replies", input="say this", stream=True) as stream:
        events = list(stream)
        decision = stream.response.headers["x-plimsoll-decision"]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0].type == "response.created" and events[-1].type == "response.completed"
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == "say this"
    assert gateway.wait_for_record(decision)["tokens"]["completion"] == 2


def test_a_response_that_is_incomplete_has_its_usage_recorded(client, gateway):
    with client.responses.create(model="replies", input="one two three", stream=True, max_output_tokens=2) as stream:
        assert list(stream)[-1].type == "response.incomplete"
        decision = stream.response.headers["x-plimsoll-decision"]
    assert gateway.wait_for_record(decision)["tokens"]["completion"] == 2


def test_a_response_calls_tools_and_its_failure_raises(client):
    tools = [{"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {}}}]
    reply = client.responses.create(model="replies", input="ask weather", tools=tools)
    assert [item.name for item in reply.output if item.type == "function_call"] == ["weather"]
    with client.responses.create(model="replies", input="fault:stream-error a b c d", stream=True) as stream:
        kinds = []
        try:
            kinds += [event.type for event in stream]
        except openai.APIError:
            kinds.append("error")
    assert kinds[-1] == "error" and "response.completed" not in kinds


# --- The record ----------------------------------------------------------------------------------------


def test_every_request_leaves_one_decision_also_those_that_failed(tmp_path):
    with serving(tmp_path) as (gateway, _), client_for(gateway) as client:
        ids = {}
        for name, text in (("served", "x"), ("failed", "fault:status=500"), ("refused", None)):
            model = FEATURE if text else "no-such-model"
            try:
                reply = client.chat.completions.create(model=model, messages=said(text or "x"))
                ids[name] = reply._request_id
            except openai.APIStatusError as error:
                ids[name] = error.request_id
    records = {record["id"]: record for record in gateway.records("decision")}
    assert len(records) == 3
    assert {name: records[key]["status"] for name, key in ids.items()} == {name: name for name in ids}
    served = records[ids["served"]]
    assert served["feature"] == FEATURE and served["model"] == "small" and served["tokens"]["prompt"] == 1
    assert served["cost"] == pytest.approx(0.15e-6 + 0.60e-6) and served["http"] == 200
    assert served["total_ms"] >= served["upstream_ms"] > 0
