"""Guards on requests and answers, whole and streamed, against real sockets."""

import json

import pytest

from gateway_fixtures import FEATURE, serving
from test_gateway_route import events_of, stream, streamed_text, text_of

DENY = {"filter": "deny", "pattern": "secret-[0-9]+", "name": "secrets"}


def guard(side, **row):
    return {side: [{**DENY, **row}]}


def said(text):
    return lambda body: text


def test_a_request_is_blocked_before_a_model_is_asked(tmp_path):
    with serving(tmp_path, guard=guard("input", do="block")) as (gateway, server):
        status, headers, data = gateway.chat("tell me secret-42")
        assert status == 400 and data["error"]["code"] == "content_filter" and "secrets" in data["error"]["message"]
        assert server.requests == [] and headers["x-should-retry"] == "false"
        record = gateway.wait_for_record(headers["x-plimsoll-decision"])
        assert record["status"] == "blocked"
        assert record["guards"] == [{"name": "secrets", "side": "input", "act": "block", "reason": "found", "count": 1}]
        assert gateway.metrics()['plimsoll_guard_total{name="secrets",side="input",act="block"}'] == 1
        assert gateway.chat("nothing of the kind")[0] == 200


def test_a_request_is_masked_in_every_message_and_nothing_else_of_it_changes(tmp_path):
    with serving(tmp_path, guard=guard("input", do="mask"), serve={"payloads": "plain"}) as (gateway, server):
        messages = [
            {"role": "system", "content": "never say secret-1"},
            {"role": "user", "content": [{"type": "text", "text": "is it secret-2?"}, {"type": "image_url", "image_url": {"url": "http://x.example/secret-3"}}]},
            {"role": "user", "content": "or secret-44\n\"quoted\" é"},
        ]  # fmt: skip
        body = {"model": FEATURE, "messages": messages, "metadata": {"a": 1.50}}
        status, headers, _ = gateway.request("POST", "/v1/chat/completions", body)
        came = server.requests[0]["body"]
        assert status == 200
        assert came["messages"][0]["content"] == "never say ***"
        assert came["messages"][1]["content"][0]["text"] == "is it ***?"
        assert came["messages"][1]["content"][1]["image_url"]["url"] == "http://x.example/secret-3"
        assert came["messages"][2]["content"] == "or ***\n\"quoted\" é"
        assert came["metadata"] == {"a": 1.50}
        record = gateway.wait_for_record(headers["x-plimsoll-decision"])
        assert record["guards"][0]["count"] == 3 and "secret-44" not in json.dumps(record)


def test_an_answer_that_is_blocked_says_so_and_shows_nothing(tmp_path):
    parts = {"guard": guard("output", do="block"), "serve": {"payloads": "plain"}}
    with serving(tmp_path, answer=said("it is secret-7, really"), **parts) as (gateway, _):
        status, headers, data = gateway.chat("q")
        assert status == 200 and data["choices"][0]["finish_reason"] == "content_filter" and text_of(data) == ""
        record = gateway.wait_for_record(headers["x-plimsoll-decision"])
        assert record["status"] == "blocked" and "secret" not in record.get("output", "")
        assert record["guards"][0]["act"] == "block"


def test_an_answer_is_masked(tmp_path):
    with serving(tmp_path, answer=said("it is secret-7, or secret-8"), guard=guard("output", do="mask")) as (gateway, _):
        _, _, data = gateway.chat("q")
        assert text_of(data) == "it is ***, or ***" and data["choices"][0]["finish_reason"] == "stop"
        _, _, data = gateway.chat("q", logprobs=True, n=2)
        assert [choice["message"]["content"] for choice in data["choices"]] == ["it is ***, or ***"] * 2
        assert "secret" not in json.dumps(data)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_stream_is_masked_as_the_whole_text_is(tmp_path, size):
    text = "before secret-123 between secret-9 after"
    with serving(tmp_path, answer=said(text), guard=guard("output", do="mask")) as (gateway, _):
        for logprobs in (False, True):
            status, _, data = gateway.request(
                "POST", "/v1/chat/completions",
                {"model": FEATURE, "stream": True, "logprobs": logprobs,
                 "messages": [{"role": "user", "content": f"fault:split={size} q"}]},
            )  # fmt: skip
            assert status == 200 and streamed_text(data) == "before *** between *** after" and events_of(data)[1]
            assert b"secret" not in data and b"123" not in data


def test_a_stream_that_is_blocked_in_the_middle_never_shows_what_was_found(tmp_path):
    text = "a good many words come first " * 5 + "secret-123 and what comes after"
    with serving(tmp_path, answer=said(text), guard=guard("output", do="block")) as (gateway, _):
        _, headers, data = stream(gateway, "fault:pace=2 q")
        events, done = events_of(data)
        finishes = [e["choices"][0]["finish_reason"] for e in events if e.get("choices") and e["choices"][0].get("finish_reason")]
        assert done and finishes == ["content_filter"]
        assert b"123" not in data and "after" not in streamed_text(data)
        assert text.startswith(streamed_text(data)) and "words" in streamed_text(data)
        assert gateway.wait_for_record(headers["x-plimsoll-decision"])["status"] == "blocked"


def test_another_answer_is_asked_for(tmp_path):
    answers = iter(["secret-1", "secret-2", "a good answer", "secret-3"] + ["secret-4"] * 9)
    with serving(tmp_path, answer=lambda body: next(answers), guard=guard("output", do="retry")) as (gateway, server):
        status, headers, data = gateway.chat("q")
        assert status == 200 and text_of(data) == "a good answer" and len(server.requests) == 3
        _, _, data = gateway.chat("q")
        assert data["choices"][0]["finish_reason"] == "content_filter" and len(server.requests) == 6
        assert gateway.wait_for_record(headers["x-plimsoll-decision"])["guards"][0]["count"] == 2


def test_json_that_was_asked_for_must_be_json(tmp_path):
    answers = iter(["no JSON", '```json\n{"a": 1}\n```', '{"a": 1}', "no JSON, and none was asked for"])
    rows = {"output": [{"filter": "json", "do": "retry"}]}
    with serving(tmp_path, answer=lambda body: next(answers), guard=rows) as (gateway, server):
        _, _, data = gateway.chat("q", response_format={"type": "json_object"})
        assert text_of(data) == '{"a": 1}' and len(server.requests) == 3
        assert text_of(gateway.chat("q")[2]) == "no JSON, and none was asked for"


def test_a_size_is_a_bound(tmp_path):
    rows = {"input": [{"filter": "size", "max": "100B", "do": "block"}]}
    with serving(tmp_path, guard=rows) as (gateway, _):
        assert gateway.chat("x" * 100)[0] == 200 and gateway.chat("x" * 101)[0] == 400


def test_the_fallback_stands_in_for_what_is_blocked(tmp_path):
    route = {"tiers": [{"model": "small", "deliver_at": 0}], "fallback": {"reply": "Ask a colleague."}}
    with serving(tmp_path, answer=said("secret-1"), guard=guard("output", do="block"), route=route) as (gateway, _):
        assert text_of(gateway.chat("q")[2]) == "Ask a colleague."
        assert streamed_text(stream(gateway)[2]) == "Ask a colleague."


def test_a_note_changes_nothing(tmp_path):
    with serving(tmp_path, answer=said("secret-1"), guard=guard("output", do="note")) as (gateway, _):
        _, headers, data = gateway.chat("q")
        assert text_of(data) == "secret-1"
        assert gateway.wait_for_record(headers["x-plimsoll-decision"])["guards"][0]["act"] == "note"
        assert streamed_text(stream(gateway)[2]) == "secret-1"


def test_a_response_passes_the_guards_too(tmp_path):
    with serving(tmp_path, guard=guard("output", do="block")) as (gateway, _):
        for stream_it in (False, True):
            body = {"model": "replies", "input": "secret-5 please", "stream": stream_it}
            status, _, data = gateway.request("POST", "/v1/responses", body)
            assert status == 400 and b"secret-5" not in data
            body = {"model": "replies", "input": "hello", "stream": stream_it}
            status, _, data = gateway.request("POST", "/v1/responses", body)
            assert status == 200 and b"hello" in data


def test_a_pattern_that_costs_too_much_blocks_and_does_not_hang(tmp_path):
    row = {"filter": "deny", "pattern": "^(a+)+$", "name": "costly", "do": "block"}
    with serving(tmp_path, answer=said("a" * 40 + "!"), guard={"output": [row]}) as (gateway, _):
        _, _, data = gateway.chat("q", timeout=10)
        assert data["choices"][0]["finish_reason"] in ("content_filter", "stop")
