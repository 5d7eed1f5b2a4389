"""Keys on a running server: made and revoked while it serves, budgets and speed under many requests at once, and
what a kill leaves of the metering."""

import http.client
import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway_fixtures import FEATURE, Gateway, have_serve, line_for, wait_until
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="there is no `plimsoll serve`")
SEEN_SECONDS = 10  # a server looks every 20 ms; a busy machine is no failure


@pytest.fixture(scope="module")
def upstream():
    with ModelServer() as server:
        yield server


@pytest.fixture
def gateway(tmp_path, upstream):
    with Gateway(tmp_path, line_for(upstream, serve={"keys": "required"})) as running:
        yield running


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


def ident(key):
    return key.split("_")[1]


def listed(gateway, key):
    return next(row for row in json.loads(gateway.command("key", "list", "--json")) if row["id"] == ident(key))


def is_known(gateway, key):
    """By OFREP, which asks no model: 403 or an answer to a key that is known."""
    return gateway.request("POST", "/ofrep/v1/evaluate/flags/none", {}, bearer(key))[0] != 401


def made(gateway, *options):
    """A key that the server knows."""
    key = gateway.make_key("--name", "test", *options)
    wait_until(lambda: is_known(gateway, key), SEEN_SECONDS, "the key")
    return key


def test_a_request_needs_a_key_that_is_right(gateway):
    key = made(gateway)
    last = "A" if key[-1] != "A" else "B"
    for wrong in (None, "", "sk-123", key[:-1], key[:-1] + last, key + "x", "pl_000000000000_" + "0" * 43):
        status, _, body = gateway.chat("hi", bearer(wrong) if wrong is not None else None)
        assert (status, body["error"]["code"]) == (401, "invalid_api_key"), wrong
    assert gateway.chat("hi", bearer(key))[0] == 200
    assert gateway.chat("hi", {"x-api-key": key})[0] == 200


def test_a_key_is_for_its_scopes_only(gateway):
    key = made(gateway, "--scope", "feedback,flags")
    assert gateway.chat("hi", bearer(key))[0] == 403


def test_a_revoked_key_is_refused_by_all_workers(gateway):
    key, other = made(gateway), made(gateway)
    assert gateway.chat("hi", bearer(key))[0] == 200
    gateway.command("key", "revoke", ident(key))
    wait_until(lambda: gateway.chat("hi", bearer(key))[0] == 401, SEEN_SECONDS, "the refusal")
    # Each request is a connection of its own, which the kernel deals out to the workers.
    time.sleep(0.1)
    assert {gateway.chat("hi", bearer(key))[0] for _ in range(40)} == {401}
    assert gateway.chat("hi", bearer(other))[0] == 200


def test_a_request_under_way_is_carried_to_its_end_when_its_key_is_revoked(tmp_path):
    hold = threading.Event()

    def slowly(request):
        hold.wait(20)
        return None

    with ModelServer(answer=slowly) as server, Gateway(tmp_path, line_for(server, serve={"keys": "required"})) as gateway:
        key = made(gateway)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(gateway.chat, "hi", bearer(key))
            wait_until(lambda: gateway.metrics()["plimsoll_open_requests"] >= 1, 5, "the request")
            gateway.command("key", "revoke", ident(key))
            wait_until(lambda: not is_known(gateway, key), SEEN_SECONDS, "the refusal")
            hold.set()
            assert asked.result(20)[0] == 200


def test_many_at_once_spend_no_more_than_the_budget_and_all_that_is_said(gateway):
    key = made(gateway, "--token-budget", "1500/day")

    def ask(number):
        status, _, body = gateway.chat("word " * (number % 7 + 1), bearer(key), max_tokens=100)
        return status, body["usage"]["total_tokens"] if status == 200 else body["error"]["code"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(200)))
    while (last := ask(6))[0] == 200:  # alone, so that nothing is reserved by others
        answers.append(last)
    answers.append(last)
    spent = sum(answer for status, answer in answers if status == 200)
    refused = [answer for status, answer in answers if status != 200]
    assert 1300 < spent <= 1500
    assert set(refused) == {"insufficient_quota"}
    row = wait_until(lambda: (now := listed(gateway, key))["tokens"] == spent and now, 5, "what was spent")
    assert row["tokens_left"] == 1500 - spent
    assert row["ever"]["requests"] == len(answers) - len(refused)
    assert row["money"] > 0 and row["last_use"] is not None


def test_money_is_what_the_records_say(gateway):
    key = made(gateway, "--budget", "1/month")
    for number in range(5):
        assert gateway.chat("word " * number, bearer(key), max_tokens=50)[0] == 200
    cost = wait_until(lambda: len(found := [r for r in gateway.records("decision") if r.get("key") == ident(key)]) == 5
                      and sum(r["cost"] for r in found), 5, "the records")
    row = wait_until(lambda: (now := listed(gateway, key))["ever"]["requests"] == 5 and now, 5, "what was spent")
    assert row["money"] == pytest.approx(cost, abs=5e-9)
    assert row["money_left"] == pytest.approx(1 - cost, abs=5e-9)


def test_no_more_requests_a_minute_than_allowed(gateway):
    key = made(gateway, "--requests-per-minute", "6")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: gateway.chat("hi", bearer(key)), range(24)))
    codes = [status for status, _, _ in answers]
    # One comes back every ten seconds: a slow machine may see one more or two.
    assert 6 <= codes.count(200) <= 8
    for status, headers, body in answers:
        if status != 200:
            assert (status, body["error"]["code"]) == (429, "rate_limit_exceeded")
            assert 0 < float(headers["retry-after"]) <= 11


def test_a_kill_loses_no_key_and_no_more_than_was_not_saved(tmp_path, upstream):
    gateway = Gateway(tmp_path, line_for(upstream, serve={"keys": "required"}))
    gateway.start()
    try:
        key = made(gateway, "--token-budget", "100000/month")
        spent = [gateway.chat("hi", bearer(key))[2]["usage"]["total_tokens"] for _ in range(10)]
        wait_until(lambda: listed(gateway, key)["tokens"] == sum(spent), 5, "what was spent")
        more = [gateway.chat("hi", bearer(key))[2]["usage"]["total_tokens"] for _ in range(10)]
    finally:
        gateway.kill()
    after = listed(gateway, key)["tokens"]
    assert sum(spent) <= after <= sum(spent) + sum(more)
    with gateway:
        assert gateway.chat("hi", bearer(key))[0] == 200
    assert listed(gateway, key)["tokens"] > after  # saved at the end


def test_the_page_of_metrics_is_read_by_prometheus(gateway):
    parser = pytest.importorskip("prometheus_client.parser")
    key = made(gateway)
    for _ in range(3):
        assert gateway.chat("hi", bearer(key))[0] == 200
    gateway.chat("hi")

    def families():
        status, headers, page = gateway.request("GET", "/metrics", admin=True)
        assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4")
        return {family.name: family for family in parser.text_string_to_metric_families(page.decode())}

    def value(name):
        return sum(sample.value for sample in families()[name].samples if not sample.name.endswith("_created"))

    wait_until(lambda: value("plimsoll_decisions_recorded") >= 3, 5, "the records")
    assert value("plimsoll_decisions_served") == value("plimsoll_decisions_recorded") + value("plimsoll_decisions_dropped")
    chats = {sample.labels["status"]: sample.value for sample in families()["plimsoll_requests"].samples
             if sample.labels["api"] == "chat"}
    assert chats["served"] == 3


def test_what_is_no_key_in_the_state_does_not_keep_a_kill_from_working(gateway):
    key = made(gateway)
    with sqlite3.connect(gateway.folder / ".plimsoll" / "state.db") as state:
        state.execute("INSERT INTO entry VALUES ('key', '0123456789ab', '{')")
    assert gateway.chat("hi", bearer(key))[0] == 200
    gateway.command("flag", "off", "--why", "a test", "plimsoll.yaml")
    wait_until(lambda: gateway.chat("hi", bearer(key))[0] == 503, SEEN_SECONDS, "the dark")


def test_an_answer_that_the_client_cuts_off_is_not_free(gateway):
    key = made(gateway, "--token-budget", "100000/day")
    body = json.dumps({"model": FEATURE, "stream": True,
                       "messages": [{"role": "user", "content": "word " * 2000 + "fault:pace=20"}]})  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    connection.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json", **bearer(key)})
    assert connection.getresponse().read(200)
    connection.sock.close()
    connection.close()
    row = wait_until(lambda: (now := listed(gateway, key))["tokens"] > 0 and now, 10, "what was spent")
    assert len(body) / 4 < row["tokens"] < 2 * len(body)
    assert row["money"] > 0
