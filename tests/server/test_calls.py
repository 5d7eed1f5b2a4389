"""The engine against a server that behaves, and one that does not: every call ends with a result that says
what became of it, and the counts add up (call_fixtures.check_counts sees to it in each test)."""

import json
import socket
import time

import pytest

from call_fixtures import certificates, driver, server  # noqa: F401  fixtures
from model_server import ModelServer, embedding_of, logprob_of, tokens_of

PRICE = {"input": 0.15, "cached_input": 0.08, "output": 0.60}


def endpoint(server, **more):
    return {"name": "small", "url": server.url, "model": "small-8b", "retry_delay_ms": 1, **more}


def text_of(result):
    assert result["end"] == "done", result
    return result["replies"][0]["text"]


# --- Answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_is_answered(driver, server, stream):
    result = driver.one(endpoint(server, price=PRICE), {"prompt": "Grüße aus Zürich 🚢", "stream": stream})
    assert text_of(result) == "Grüße aus Zürich 🚢"
    assert result["replies"][0]["finish_reason"] == "stop"
    assert result["model"] == "small-8b" and result["id"] == "cmpl-test" and result["request_id"] == "req-test"
    assert result["usage"] == {"known": True, "prompt": 4, "cached": 0, "completion": 4, "reasoning": 0}
    assert result["cost_known"] and result["cost"] == (4 * 0.15 + 0 * 0.08 + 4 * 0.60) / 1e6
    assert result["attempts"] == 1 and result["status"] == 200
    assert 0 < result["first_token_ms"] <= result["latency_ms"] <= result["total_ms"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_pieces_cut_characters_and_lines(driver, server, stream, size):
    text = f"fault:split={size} é漢🚢\t\"quoted\"\nnext"
    assert text_of(driver.one(endpoint(server), {"prompt": text, "stream": stream})) == text


@pytest.mark.parametrize("stream", [False, True])
def test_a_completion_and_its_logprobs(driver, server, stream):
    call = {"api": "completions", "inputs": ["one two three"], "logprobs": True, "top_logprobs": 3}
    result = driver.one(endpoint(server), {**call, "stream": stream})
    assert text_of(result) == "one two three" and result["replies"][0]["finish_reason"] == "stop"
    check_logprobs(result["replies"][0]["logprobs"], "one two three")
    assert server.requests[0]["path"] == "/v1/completions"


@pytest.mark.parametrize("stream", [False, True])
def test_the_logprobs_of_a_chat_are_summed_up(driver, server, stream):
    text = "the quick brown fox"
    call = {"prompt": text, "logprobs": True, "top_logprobs": 2, "stream": stream}
    check_logprobs(driver.one(endpoint(server), call)["replies"][0]["logprobs"], text)


def check_logprobs(logprobs, text):
    expected = [logprob_of(token) for token in tokens_of(text)]
    assert logprobs["count"] == logprobs["margins_count"] == len(expected)
    assert logprobs["mean"] == pytest.approx(sum(expected) / len(expected), rel=1e-12)
    assert logprobs["min"] == min(expected)
    # The best other token of the server is less likely by a factor of e.
    assert logprobs["margin_mean"] == pytest.approx(1.0, abs=1e-12)
    assert logprobs["margin_min"] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("stream", [False, True])
def test_parallel_tool_calls_are_put_together(driver, server, stream):
    result = driver.one(endpoint(server), {"prompt": "fault:tools", "stream": stream})
    reply = result["replies"][0]
    assert result["end"] == "done" and reply["finish_reason"] == "tool_calls" and not reply["has_text"]
    assert reply["tool_calls"] == [
        {"id": "call_1", "name": "weather", "arguments": '{"city": "Zürich"}'},
        {"id": "call_2", "name": "clock", "arguments": '{"zone": "CET"}'},
    ]


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_told(driver, server, stream):
    reply = driver.one(endpoint(server), {"prompt": "fault:refusal", "stream": stream})["replies"][0]
    assert reply["refusal"] == "I cannot help with that." and reply["text"] == ""


@pytest.mark.parametrize("stream", [False, True])
def test_several_replies_stand_in_their_order(driver, server, stream):
    result = driver.one(endpoint(server), {"prompt": "thrice", "n": 3, "stream": stream})
    assert [reply["text"] for reply in result["replies"]] == ["thrice"] * 3


@pytest.mark.parametrize("stream", [False, True])
def test_the_most_tokens_are_kept_to(driver, server, stream):
    result = driver.one(endpoint(server), {"prompt": "one two three", "max_tokens": 2, "stream": stream})
    assert text_of(result) == "one two" and result["replies"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("extra", ["", '{"encoding_format": "base64"}'])
def test_embeddings_come_as_numbers_or_base64(driver, server, extra):
    texts = ["the cat sat", "the cat stood"]
    result = driver.one(endpoint(server, price=PRICE), {"api": "embeddings", "inputs": texts, "extra": extra})
    assert result["end"] == "done" and result["embeddings"] == [embedding_of(text) for text in texts]
    assert result["usage"]["prompt"] == 6 and result["cost"] == 6 * 0.15 / 1e6


def test_a_server_may_stream_unasked_or_not_though_asked(driver, server):
    assert text_of(driver.one(endpoint(server), {"prompt": "fault:plain x", "stream": True})) == "fault:plain x"
    assert text_of(driver.one(endpoint(server), {"prompt": "fault:as-stream x"})) == "fault:as-stream x"


def test_what_is_asked_is_what_the_server_gets(driver, server):
    call = {
        "messages": [
            {"role": "system", "content": "Be brief.\n\"Quotes\" and \\ are data."},
            {"role": "user", "parts": '[{"type": "text", "text": "hello"}]'},
            {"role": "assistant", "tool_calls": '[{"id": "a", "type": "function", "function": {"name": "f"}}]'},
            {"role": "tool", "tool_call_id": "a", "content": "42"},
        ],
        "temperature": 0.5, "seed": 7, "max_tokens": 9, "logprobs": True, "top_logprobs": 4, "stream": True,
        "tools": '[{"type": "function", "function": {"name": "f"}}]', "tool_choice": '"auto"',
        "response_format": '{"type": "text"}', "extra": '{"top_p": 0.9, "seed": 8, "max_completion_tokens": 5}',
    }  # fmt: skip
    assert driver.one(endpoint(server), call)["end"] == "done"
    (request,) = server.requests
    assert request["path"] == "/v1/chat/completions"
    assert request["body"] == {
        "model": "small-8b",
        "messages": [
            {"role": "system", "content": "Be brief.\n\"Quotes\" and \\ are data."},
            {"role": "user", "content": [{"type": "text", "text": "hello"}]},
            {"role": "assistant", "content": None,
             "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "42"},
        ],
        "temperature": 0.5, "logprobs": True, "top_logprobs": 4, "stream": True,
        "stream_options": {"include_usage": True}, "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto", "response_format": {"type": "text"},
        "top_p": 0.9, "seed": 8, "max_completion_tokens": 5,
    }  # fmt: skip
    headers = request["headers"]
    assert headers["user-agent"].startswith("plimsoll/") and headers["content-type"] == "application/json"
    assert headers["accept"] == "text/event-stream" and "authorization" not in headers and "expect" not in headers


@pytest.mark.parametrize(
    "call, words",
    [
        ({"prompt": "x", "tools": '{"a": 1}'}, "`tools` of a request must be JSON of type array"),
        ({"prompt": "x", "response_format": "{"}, "`response_format` of a request is not JSON"),
        ({"prompt": "x", "extra": "[]"}, "must be a JSON object"),
        ({"prompt": "x", "extra": '{"stream": true}'}, "`stream` is not among the further parameters"),
        ({"messages": []}, "at least one message"),
        ({"api": "embeddings", "inputs": []}, "1 to 2048 texts"),
        ({"api": "completions"}, "one prompt"),
    ],
)
def test_a_request_that_cannot_be_written_is_refused(driver, server, call, words):
    assert words in driver.refuses(endpoint(server), call)
    assert server.requests == []


# --- Failures that do not pass -------------------------------------------------------------------------

BOTH, WHOLE, STREAMED = (False, True), (False,), (True,)


@pytest.mark.parametrize(
    "fault, streams, end, words",
    [
        ("status=400", BOTH, "rejected", "small answered with status 400: a status of 400, as asked"),
        ("status=404", BOTH, "rejected", "small answered with status 404: a status of 404, as asked"),
        ("status=501", BOTH, "rejected", "status 501"),
        ("status=401", BOTH, "no_entry", "status 401"),
        ("status=403", BOTH, "no_entry", "status 403"),
        ("quota", BOTH, "no_quota", "You exceeded your current quota."),
        ("never-again", BOTH, "server", "small answered with status 500: it would be in vain"),
        ("redirect", BOTH, "redirected", "a redirect, which is not followed"),
        ("html", BOTH, "wrong_type", "small answered with text/html, where JSON was due: <html><body>Sign in"),
        ("other-shape", BOTH, "shape", "there are no choices in it"),
    ],
)
def test_a_failure_that_does_not_pass_is_not_tried_again(driver, server, fault, streams, end, words):
    for stream in streams:
        prompt = f"fault:{fault} {stream}"
        result = driver.one(endpoint(server, price=PRICE), {"prompt": prompt, "stream": stream})
        assert result["end"] == end and words in result["sentence"], result
        assert result["attempts"] == 1 == server.attempts()[prompt]
        assert result["cost"] == 0 and not result["cost_known"]


def test_an_answer_too_large_is_broken_off(driver, server):
    for stream in BOTH:
        call = {"prompt": f"fault:big=300000 {stream}", "stream": stream}
        result = driver.one(endpoint(server, answer_bytes=200000), call)
        assert result["end"] == "too_large" and result["attempts"] == 1, result
        assert "larger than 200000 bytes, its limit" in result["sentence"]


@pytest.mark.parametrize("stream", [False, True])
def test_ten_megabytes_are_an_answer_like_any_other(driver, server, stream):
    result = driver.one(endpoint(server), {"prompt": "fault:big=10000000", "stream": stream})
    assert result["end"] == "done" and result["replies"][0]["text_size"] == 10_000_000


def test_headers_without_end_are_refused(driver, server):
    result = driver.one(endpoint(server, attempts=1), {"prompt": "fault:headers=400000"})
    assert result["end"] == "cut" and "headers are too large" in result["sentence"], result


# --- Failures that may pass ----------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    "fault, end",
    [
        ("status=500", "server"), ("status=502", "server"), ("status=503", "server"), ("status=408", "busy"),
        ("status=409", "busy"), ("retry-after=0", "busy"), ("retry-after-ms=5", "busy"), ("reset", "cut"),
        ("cut", "cut"), ("truncated", "not_json"), ("garbage", "cut"), ("empty", "not_json"),
    ],
)  # fmt: skip
def test_a_failure_that_passes_is_tried_again(driver, server, fault, end, stream):
    prompt = f"fault:{fault}*2 one two"
    result = driver.one(endpoint(server, attempts=3, price=PRICE), {"prompt": prompt, "stream": stream})
    assert text_of(result) == prompt and result["attempts"] == 3 == server.attempts()[prompt]
    assert result["cost"] == pytest.approx((3 * 0.15 + 3 * 0.60) / 1e6, rel=1e-12)
    prompt = f"fault:{fault} for ever"
    result = driver.one(endpoint(server, attempts=3), {"prompt": prompt, "stream": stream})
    assert result["end"] == end and result["attempts"] == 3 == server.attempts()[prompt], result
    assert result["sentence"].endswith(" (the last of 3 attempts)")


def test_a_stream_may_end_in_an_error_or_too_early(driver, server):
    result = driver.one(endpoint(server, attempts=1), {"prompt": "one two three fault:stream-error", "stream": True})
    assert result["end"] == "stream_error" and "the engine fell over" in result["sentence"]
    assert result["replies"][0]["text"] and "one" in result["replies"][0]["text"]
    result = driver.one(endpoint(server, attempts=1), {"prompt": "fault:unfinished", "stream": True})
    assert result["end"] == "cut" and "the stream of small ended before the answer did" in result["sentence"]


def test_a_stream_without_its_last_word_is_whole_when_all_have_finished(driver, server):
    assert text_of(driver.one(endpoint(server), {"prompt": "fault:no-done", "stream": True})) == "fault:no-done"


def test_the_end_of_the_connection_may_be_the_end_of_the_answer(driver, server):
    for stream in BOTH:
        prompt = f"fault:http10 {stream}"
        assert text_of(driver.one(endpoint(server), {"prompt": prompt, "stream": stream})) == prompt


def test_a_server_that_lingers_after_the_last_word_is_not_waited_for(driver, server):
    result = driver.one(endpoint(server, total_ms=30000), {"prompt": "fault:linger=30", "stream": True})
    assert text_of(result) == "fault:linger=30" and result["attempts"] == 1
    assert result["total_ms"] < 20000


def test_what_a_failed_attempt_took_is_paid_as_well(driver, server):
    """A stream that told its usage before it was cut: 3 tokens of the prompt and 1 of the answer."""
    prompt = "fault:charged-cut*2 two three"
    result = driver.one(endpoint(server, price=PRICE), {"prompt": prompt, "stream": True})
    assert result["end"] == "done" and result["attempts"] == 3
    assert result["usage"]["prompt"] == 3 and result["usage"]["completion"] == 3
    assert result["paid"]["prompt"] == 9 and result["paid"]["completion"] == 5
    assert result["cost"] == pytest.approx((9 * 0.15 + 5 * 0.60) / 1e6, rel=1e-12)


@pytest.mark.parametrize("stream", [False, True])
def test_a_cost_is_not_known_without_a_usage(driver, server, stream):
    result = driver.one(endpoint(server, price=PRICE), {"prompt": "fault:no-usage", "stream": stream})
    assert result["end"] == "done" and not result["cost_known"] and result["cost"] == 0


def test_cached_tokens_cost_less(driver, server):
    result = driver.one(endpoint(server, price=PRICE), {"prompt": "fault:cached=2 two three four"})
    assert result["usage"]["cached"] == 2
    assert result["cost"] == pytest.approx((2 * 0.15 + 2 * 0.08 + 4 * 0.60) / 1e6, rel=1e-12)


def test_what_is_written_into_the_cache_has_a_price_of_its_own(driver, server):
    price = {**PRICE, "cache_write": 0.19}
    result = driver.one(endpoint(server, price=price), {"prompt": "fault:written=3 two three four"})
    assert result["cost"] == pytest.approx((1 * 0.15 + 3 * 0.19 + 4 * 0.60) / 1e6, rel=1e-12)
    result = driver.one(endpoint(server, price=PRICE), {"prompt": "fault:written=3 two three four"})
    assert result["cost"] == pytest.approx((4 * 0.15 + 4 * 0.60) / 1e6, rel=1e-12)


def test_reasoning_has_a_price_of_its_own(driver, server):
    price = {**PRICE, "reasoning": 1.2}
    result = driver.one(endpoint(server, price=price), {"prompt": "fault:reasoning=3 two three four"})
    assert result["usage"]["reasoning"] == 3
    assert result["cost"] == pytest.approx((4 * 0.15 + 1 * 0.60 + 3 * 1.2) / 1e6, rel=1e-12)


def test_each_attempt_that_told_its_usage_costs_what_a_request_costs(driver, server):
    price = {**PRICE, "request": 0.005}
    result = driver.one(endpoint(server, price=price), {"prompt": "one two three four"})
    once = (4 * 0.15 + 4 * 0.60) / 1e6 + 0.005
    assert result["cost"] == pytest.approx(once, rel=1e-12)
    # The first attempt is refused and told no usage: it costs nothing that is known.
    result = driver.one(endpoint(server, price=price), {"prompt": "fault:retry-after-ms=1*1"})
    assert result["attempts"] == 2
    assert result["cost"] == pytest.approx((0.15 + 0.60) / 1e6 + 0.005, rel=1e-12)


# --- Waiting -------------------------------------------------------------------------------------------


def test_a_server_that_says_when_is_believed(driver, server):
    result = driver.one(endpoint(server), {"prompt": "fault:retry-after=1*1"})
    assert result["end"] == "done" and result["total_ms"] >= 1000
    # 3600 s by the one header, 200 ms by the other, which is the finer.
    result = driver.one(endpoint(server), {"prompt": "fault:retry-after-ms=200*1"})
    assert result["end"] == "done" and 200 <= result["total_ms"] < 60000
    # A date is in whole seconds, so that half a second may be gone already.
    result = driver.one(endpoint(server), {"prompt": "fault:retry-after-date=2*1"})
    assert result["end"] == "done" and result["total_ms"] >= 900


def test_a_wait_beyond_the_time_there_is_is_not_begun(driver, server):
    result = driver.one(endpoint(server, retry_total_ms=5000), {"prompt": "fault:retry-after=3600"})
    assert result["end"] == "busy" and result["attempts"] == 1 and result["total_ms"] < 5000
    assert "the next would begin in 3600.0 s, beyond the 5 s there are" in result["sentence"]


def test_a_server_that_is_too_busy_for_one_is_left_alone_by_all(driver, server):
    """One call in flight at a time: the second is held as long as the first was told to wait."""
    calls = [{"prompt": "fault:retry-after-ms=400*1"}, {"prompt": "second"}]
    results, _ = driver(endpoint(server, in_flight=1), calls)
    assert results[1]["end"] == "done" and results[1]["waited_ms"] >= 400


def test_a_stall_ends_at_the_time_limit(driver, server):
    for stream in BOTH:
        call = {"prompt": f"fault:stall=60 one two three {stream}", "stream": stream}
        result = driver.one(endpoint(server, total_ms=1500, attempts=2), call)
        assert result["end"] == "timeout" and result["attempts"] == 2, result
        assert "small was not done within 1500 ms (the last of 2 attempts)" == result["sentence"]
        if stream:
            assert result["replies"][0]["text"].startswith("fault:stall=60")


def test_no_first_token_in_time(driver, server):
    slow = {"prompt": "fault:slow-start=60", "stream": True}
    result = driver.one(endpoint(server, first_token_ms=200, attempts=2), slow)
    assert result["end"] == "slow_start" and result["attempts"] == 2
    assert result["sentence"].startswith("no token came from small within 200 ms")
    # It is about streams only, and not about what comes after the first token.
    calls = [{"prompt": "fault:slow-start=3"}, {"prompt": "fault:stall=3 a b c d", "stream": True}]
    results, _ = driver(endpoint(server, first_token_ms=2000), calls)
    assert [result["end"] for result in results] == ["done", "done"]


def test_nobody_is_there(driver):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        result = driver.one({"name": "gone", "url": url, "retry_delay_ms": 1}, {"prompt": "x"})
    assert result["end"] == "unreachable" and result["attempts"] == 3 and result["status"] == 0
    assert result["sentence"].startswith("gone cannot be reached: ")
    result = driver.one({"name": "gone", "url": "http://no-such-host.invalid/v1", "attempts": 1}, {"prompt": "x"})
    assert result["end"] == "unreachable"


def test_nobody_accepts_in_time(driver):
    """A full queue of connections that nobody takes: the connection is never made."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"
        result = driver.one({"name": "deaf", "url": url, "connect_ms": 300, "attempts": 1}, {"prompt": "x"})
    assert result["end"] == "unreachable" and result["latency_ms"] < 30000


# --- Many ----------------------------------------------------------------------------------------------


def test_calls_in_flight_are_bounded_and_used(driver, server):
    calls = [{"prompt": f"fault:slow-start=0.05 {i}"} for i in range(40)]
    results, counts = driver(endpoint(server, in_flight=5), calls)
    assert counts["done"] == 40 and server.in_flight_most == 5
    # Connections are kept: there are no more of them than calls at one time.
    assert server.connections <= 5


def test_requests_per_minute_are_kept_to(driver, server):
    """A hundred a second in the bucket, the rest at a hundred a second: 150 take at least half a second."""
    results, counts = driver(endpoint(server, requests_per_minute=6000, in_flight=100),
                             [{"prompt": str(i)} for i in range(150)])  # fmt: skip
    assert counts["done"] == 150
    assert max(result["waited_ms"] for result in results) >= 490


def test_tokens_per_minute_are_kept_to(driver, server):
    """A thousand tokens a second; each call takes 1,002, 501 sent and as many come back."""
    calls = [{"prompt": f"{i}" + " w" * 500, "max_tokens": 1000} for i in range(3)]
    results, counts = driver(endpoint(server, tokens_per_minute=60000, in_flight=1), calls)
    assert counts["done"] == 3 and counts["paid"]["prompt"] + counts["paid"]["completion"] == 3 * 1002
    # The bucket holds 1,000 and is full for each to start: a second passes before the second, and another.
    waits = [result["waited_ms"] for result in results]
    assert waits[1] >= 990 and waits[2] >= 1980


def test_a_thousand_calls_with_every_fault_among_them_all_end(driver, server):
    faults = ["", "status=500*1", "retry-after-ms=5*1", "truncated*1", "cut*1", "reset*1", "html", "empty*1",
              "stream-error*1", "status=400", "never-again", "split=3", "http10", "stall=60"]  # fmt: skip
    calls = [
        {"prompt": f"fault:{faults[i % len(faults)]} case {i}" if faults[i % len(faults)] else f"case {i}",
         "stream": i % 3 == 0, "endpoint": int(faults[i % len(faults)] == "stall=60")}
        for i in range(1000)
    ]  # fmt: skip
    patient = endpoint(server, in_flight=32, attempts=2, price=PRICE)
    results, counts = driver([patient, {**patient, "total_ms": 300}], calls, calls_max=200, seed=3)
    ends = {}
    for call, result in zip(calls, results):
        fault = call["prompt"].split()[0].removeprefix("fault:")
        expected = {"html": "wrong_type", "status=400": "rejected", "never-again": "server", "stall=60": "timeout"}
        assert result["end"] == expected.get(fault, "done"), (call, result)
        if result["end"] == "done":
            assert result["replies"][0]["text"] == call["prompt"]
            words = len(call["prompt"].split())
            assert result["cost"] == pytest.approx(words * (0.15 + 0.60) / 1e6, rel=1e-12)
        ends[result["end"]] = ends.get(result["end"], 0) + 1
    assert ends == {name: count for name, count in counts["ends"].items() if count}
    # A request may be sent twice in one attempt: on a kept connection that turns out to be closed.
    assert counts["attempts"] <= len(server.requests) <= counts["attempts"] + 200


def test_cancelling_ends_every_call_at_once(driver, server):
    calls = [{"prompt": f"fault:slow-start=60 {i}", "stream": i % 2 == 0} for i in range(50)]
    began = time.monotonic()
    results, counts = driver(endpoint(server, in_flight=8), calls, cancel_after_ms=400)
    assert time.monotonic() - began < 30
    assert counts["cancelled"] == 50 and counts["attempts"] == 8
    assert {result["sentence"] for result in results} == {"cancelled"}


# --- Keys and trust ------------------------------------------------------------------------------------

KEY = "sk-not-to-be-shown-0123456789"


def test_the_key_is_sent_and_nowhere_shown(driver, server):
    result = driver.run({"endpoints": [endpoint(server, key="TEST_KEY")],
                         "calls": [{"prompt": "hello"}, {"prompt": "fault:echo-key"}]}, env={"TEST_KEY": f" {KEY}\n"})  # fmt: skip
    assert result.returncode == 0
    assert all(request["headers"]["authorization"] == f"Bearer {KEY}" for request in server.requests)
    assert len(server.requests) == 2
    assert KEY.encode() not in result.stdout + result.stderr
    told = json.loads(result.stdout)["results"][1]
    assert told["end"] == "no_entry" and f"Incorrect key provided: Bearer {'*' * len(KEY)}." in told["sentence"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_key_that_comes_back_in_an_answer_is_masked(driver, stream):
    with ModelServer(answers={"x": f"the key is {KEY}, is it not"}) as server:
        result = driver.one(endpoint(server, key="TEST_KEY"), {"prompt": "x", "stream": stream, "endpoint": 0},
                            env={"TEST_KEY": KEY})  # fmt: skip
    text = text_of(result)
    assert KEY not in json.dumps(result)
    if not stream:
        assert text == f"the key is {'*' * len(KEY)}, is it not"


@pytest.mark.parametrize(
    "value, words",
    [
        (None, "the environment variable TEST_KEY, which holds a key, is not set"),
        ("  ", "the environment variable TEST_KEY, which holds a key, is not set"),
        ("two words", "holds blanks or characters that no header may hold"),
        ("line\r\nX-Evil: 1", "holds blanks or characters that no header may hold"),
        ("k" * 9000, "longer than 8192 bytes"),
    ],
)
def test_a_key_that_will_not_do_is_refused_without_being_shown(driver, server, value, words):
    message = driver.refuses(endpoint(server, key="TEST_KEY"), env={} if value is None else {"TEST_KEY": value})
    assert words in message
    assert value is None or not value.strip() or value not in message


@pytest.mark.parametrize(
    "url, key, words",
    [
        ("ftp://models.internal/v1", None, "must begin with https:// or http://"),
        ("file:///etc/passwd", None, "must begin with https:// or http://"),
        ("models.internal/v1", None, "cannot be read"),
        ("https:/" "/me:secret@models.internal/v1", None, "must not hold a name or password"),
        ("https://models.internal/v1?key=x", None, "must end with its path"),
        ("http://models.internal/v1", "TEST_KEY", "must begin with https://, or the key would go over the network"),
    ],
)
def test_a_url_that_will_not_do_is_refused(driver, url, key, words):
    message = driver.refuses({"name": "small", "url": url, "key": key}, env={"TEST_KEY": KEY})
    assert words in message and "the URL of the endpoint 'small'" in message and "secret" not in message


def test_https_is_verified(driver, certificates):
    tls = (certificates / "server.pem", certificates / "server.key")
    with ModelServer(tls=tls) as server:
        good = endpoint(server, ca_file=str(certificates / "server.pem"), key="TEST_KEY")
        for stream in BOTH:
            assert text_of(driver.one(good, {"prompt": "hello", "stream": stream}, env={"TEST_KEY": KEY})) == "hello"
        asked = len(server.requests)
        for bad in (endpoint(server), endpoint(server, ca_file=str(certificates / "other.pem"))):
            result = driver.one(bad, {"prompt": "hello"})
            assert result["end"] == "untrusted" and result["attempts"] == 1, result
            assert result["sentence"].startswith("small is not trusted: ")
        other_name = {**good, "url": server.url.replace("127.0.0.1", "localhost")}
        assert driver.one(other_name, {"prompt": "x"}, env={"TEST_KEY": KEY})["end"] == "untrusted"
        assert len(server.requests) == asked


def test_a_certificate_file_that_is_not_there(driver, server, tmp_path):
    point = {"name": "small", "url": server.url.replace("http", "https"), "ca_file": str(tmp_path / "none.pem")}
    assert driver.one(point, {"prompt": "x"})["end"] in ("untrusted", "unreachable")


def test_the_proxies_of_the_environment_are_not_used(driver, server):
    env = {name: "http://127.0.0.1:1/" for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY")}
    assert text_of(driver.one(endpoint(server), {"prompt": "direct"}, env=env)) == "direct"
    result = driver.one(endpoint(server, proxy="http://127.0.0.1:1/", attempts=1), {"prompt": "by proxy"})
    assert result["end"] == "unreachable"


@pytest.mark.parametrize(
    "more, words",
    [
        ({"argv": ["true"]}, "needs either a URL or a command"),
        ({"in_flight": 1000}, "more than 512 calls in flight"),
        ({"total_ms": 1e9}, "a timeout of more than a day"),
        ({"requests_per_minute": -1}, "a limit per minute that is no number from 0 on"),
        ({"price": {"input": -1}}, "a price that is no number from 0 on"),
        ({"attempts": 1000}, "more than 100 attempts"),
        ({"answer_bytes": 2**31}, "answers of more than 1 GiB"),
    ],
)
def test_an_endpoint_out_of_bounds_is_refused(driver, server, more, words):
    assert words in driver.refuses(endpoint(server, **more))
