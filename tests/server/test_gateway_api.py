"""What is beside the OpenAI API: feedback, decisions made elsewhere, any other model, flags over OFREP, limits, admin."""

import json
import re
import urllib.request
from contextlib import contextmanager

import pytest

from gateway_fixtures import FEATURE, Gateway, gateway, line_for, model_of, pair, serving, upstream, wait_until  # noqa: F401
from model_server import ModelServer

FLAGS = "/ofrep/v1/evaluate/flags"


def post(gateway, path, body, headers=None):
    status, got, data = gateway.request("POST", path, body, headers)
    return status, got, json.loads(data) if data else None


# --- Feedback and decisions ------------------------------------------------------------------------------


def test_feedback_is_in_the_ledger_before_it_is_acknowledged(gateway):
    _, headers, _ = gateway.chat("q")
    decision = headers["x-plimsoll-decision"]
    bodies = [
        {"decision": decision, "label": 1}, {"decision": decision, "name": "rating", "value": 4.5, "id": "r-1"},
        {"decision": decision, "accepted": False, "edited": "better \"so\" é"}, {"decision": "not-known-yet", "value": 12.75},
    ]  # fmt: skip
    for body in bodies:
        status, _, data = post(gateway, "/v1/feedback", body)
        assert status == 200 and data["recorded"] >= 1
        stored = [f for f in gateway.records("feedback") if f["decision"] == body["decision"]]
        names = {body["name"]: body["value"]} if "name" in body else {k: v for k, v in body.items() if k not in ("decision", "id")}
        assert all(any(f["name"] == k and f["value"] == v for f in stored) for k, v in names.items())


@pytest.mark.parametrize(
    "body",
    [{}, {"decision": "d"}, {"decision": 5, "label": 1}, {"decision": "d", "label": {"a": 1}}, {"decision": "d", "bad name": 1},
     {"decision": "d" * 200, "label": 1}, {"decision": "d", "name": "label"}, [], "text", {"decision": "", "label": 1}],
)  # fmt: skip
def test_wrong_feedback_is_refused_and_nothing_of_it_is_kept(gateway, body):
    before = len(gateway.records("feedback"))
    status, _, data = post(gateway, "/v1/feedback", body)
    assert status == 400 and data["error"]["type"] == "invalid_request_error"
    assert len(gateway.records("feedback")) == before


def test_decisions_of_an_application_come_in_batches(gateway):
    batch = [{"id": f"own-{i}", "label": i % 2, "prediction": 1, "score": i / 10} for i in range(10)]
    status, _, data = post(gateway, "/v1/decisions", {"decisions": batch})
    assert status == 200 and data["recorded"] == 10
    stored = {r["id"]: r for r in gateway.records("decision") if r.get("api") == "reported"}
    assert all(stored[b["id"]]["score"] == b["score"] and stored[b["id"]]["status"] == "served" for b in batch)


@pytest.mark.parametrize("body", [{}, {"decisions": []}, {"decisions": [5]}, {"decisions": [{}] * 1001}, {"decisions": {"a": 1}}])
def test_a_wrong_batch_is_refused(gateway, body):
    assert post(gateway, "/v1/decisions", body)[0] == 400


# --- Any other model -----------------------------------------------------------------------------------


def test_any_json_is_passed_to_an_upstream_and_back(tmp_path):
    import http.server
    import threading

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            data = json.dumps({"score": body["amount"] / 100, "path": self.path}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    models = {"scorer": {"endpoint": f"http://127.0.0.1:{server.server_port}/predict", "api": "decide", "model": "scorer"}}
    try:
        with Gateway(tmp_path, line_for(models=models)) as gateway:
            status, headers, data = post(gateway, f"/v1/decide/{FEATURE}", {"amount": 42})
            assert status == 200 and data == {"score": 0.42, "path": "/predict"}
            record = gateway.wait_for_record(headers["x-plimsoll-decision"])
            assert record["api"] == "decide" and record["status"] == "served"
            assert post(gateway, "/v1/decide/other", {})[0] == 404
    finally:
        server.shutdown()


def test_a_model_is_asked_in_its_own_way_only(tmp_path):
    with ModelServer() as server:
        decides = {"endpoint": server.url, "api": "decide", "model": "scorer"}
        models = {"small": model_of(server), "scorer": decides}
        line = json.loads(line_for(models=models))
        with Gateway(tmp_path, json.dumps(line)) as gateway:
            status, _, data = post(gateway, f"/v1/decide/{FEATURE}", {"amount": 1})
            assert status == 404 and data["error"]["code"] == "feature_not_found"
            assert gateway.chat("q", model="scorer")[0] == 404 and server.requests == []
        del line["route"]  # models by their names only
        with Gateway(tmp_path, json.dumps(line)) as gateway:
            assert post(gateway, f"/v1/decide/{FEATURE}", {"amount": 1})[0] == 404
            assert gateway.chat("q")[0] == 404 and gateway.chat("q", model="small")[0] == 200


# --- Flags -----------------------------------------------------------------------------------------------


def test_flags_are_answered_one_by_one_and_all_at_once(gateway):
    context = {"context": {"targetingKey": "u1", "language": "en"}}
    status, _, one = post(gateway, f"{FLAGS}/{FEATURE}", context)
    assert status == 200 and one["key"] == FEATURE and one["value"] is True and one["reason"] == "STATIC"
    status, headers, data = post(gateway, FLAGS, context)
    assert status == 200 and [f["key"] for f in data["flags"]] == [FEATURE]
    status, _, data = gateway.request("POST", FLAGS, context, {"If-None-Match": headers["etag"]})
    assert status == 304 and data == b""
    assert post(gateway, f"{FLAGS}/no-such-flag", context)[0] == 404
    status, _, data = post(gateway, FLAGS, {"context": {}})
    assert status in (200, 400)
    status, _, data = gateway.request("POST", FLAGS, b"{not json")
    assert status == 400 and json.loads(data)["errorCode"] == "PARSE_ERROR"


def test_only_pages_of_listed_origins_may_ask_for_flags(tmp_path):
    with serving(tmp_path, serve={"cors": ["https://app.example.org"]}) as (gateway, _):
        asked = {"Origin": "https://app.example.org", "Access-Control-Request-Method": "POST"}
        status, headers, _ = gateway.request("OPTIONS", FLAGS, None, asked)
        assert status == 204 and headers["access-control-allow-origin"] == "https://app.example.org"
        status, headers, _ = gateway.request("OPTIONS", FLAGS, None, {**asked, "Origin": "https://evil.example"})
        assert status == 405 and "access-control-allow-origin" not in headers
        assert gateway.request("OPTIONS", "/v1/chat/completions", None, asked)[0] == 405
        _, headers, _ = gateway.request("POST", FLAGS, {"context": {"targetingKey": "u"}}, {"Origin": asked["Origin"]})
        assert headers["access-control-allow-origin"] == asked["Origin"] and headers["vary"] == "Origin"


def test_an_exposure_comes_from_asking_for_one_experiment(tmp_path):
    experiment = [{"name": "tone", "arms": {"plain": "50%", "warm": "50%"}}]
    with serving(tmp_path, experiment=experiment) as (gateway, _):
        answers = {}
        for user in ("u1", "u2", "u1"):
            _, _, one = post(gateway, f"{FLAGS}/{FEATURE}.tone", {"context": {"targetingKey": user}})
            assert answers.setdefault(user, one["value"]) == one["value"]
        post(gateway, FLAGS, {"context": {"targetingKey": "u3"}})  # all flags at once are no exposure
        wait_until(lambda: len(gateway.records("exposure")) == 2, what="the exposures")
        assert {e["subject"]: e["arm"] for e in gateway.records("exposure")} == answers


# --- Limits of keys ---------------------------------------------------------------------------------------


@contextmanager
def with_key(folder, *terms, **parts):
    with ModelServer() as server:
        serve = {"keys": "required", **parts.pop("serve", {})}
        models = {"small": model_of(server, price={"input": 100_000, "output": 100_000})}
        gateway = Gateway(folder, line_for(models=models, serve=serve, **parts))
        key = gateway.make_key("--name", "app", *terms)
        with gateway:
            yield gateway, server, {"Authorization": f"Bearer {key}"}


def test_speed_is_limited_and_told(tmp_path):
    with with_key(tmp_path, "--requests-per-minute", "5") as (gateway, server, auth):
        got = [gateway.chat("q", auth) for _ in range(8)]
        assert [status for status, _, _ in got].count(200) == 5
        refused = next(one for one in got if one[0] == 429)
        assert refused[2]["error"]["code"] == "rate_limit_exceeded" and int(refused[1]["retry-after-ms"]) > 0
        assert got[0][1]["x-ratelimit-limit-requests"] == "5" and got[0][1]["x-ratelimit-remaining-requests"] == "4"
        assert len(server.requests) == 5


def test_the_line_says_the_speed_of_keys_that_say_none(tmp_path):
    with with_key(tmp_path, serve={"requests_per_minute": 3}) as (gateway, _, auth):
        assert [gateway.chat("q", auth)[0] for _ in range(5)].count(200) == 3


def test_a_budget_is_never_overspent(tmp_path):
    with with_key(tmp_path, "--budget", "10/day") as (gateway, server, auth):
        statuses = [gateway.chat("some words", auth, max_tokens=10)[0] for _ in range(20)]
        assert 429 in statuses
        spent = sum(r.get("cost", 0) for r in gateway.records("decision"))
        assert spent <= 10 and len(server.requests) == statuses.count(200)


def test_a_key_may_only_do_what_it_is_for(tmp_path):
    with with_key(tmp_path, "--scope", "feedback") as (gateway, _, auth):
        assert gateway.chat("q", auth)[0] == 403
        assert post(gateway, "/v1/feedback", {"decision": "d", "label": 1}, auth)[0] == 200
        status, _, _ = gateway.request("POST", "/admin/flag", {"change": "off", "who": "a", "why": "b"}, auth, admin=True)
        assert status == 403 and gateway.request("GET", "/metrics", admin=True)[0] == 200
        assert gateway.request("GET", "/healthz", admin=True)[0] == 200


def test_a_key_that_is_revoked_is_of_no_use_any_more(tmp_path):
    with with_key(tmp_path) as (gateway, _, auth):
        assert gateway.chat("q", auth)[0] == 200
        gateway.command("key", "revoke", auth["Authorization"].split("_")[1])
        wait_until(lambda: gateway.chat("q", auth)[0] == 401, what="the end of the key")


# --- Admin ------------------------------------------------------------------------------------------------


def test_what_was_served_is_what_was_recorded_and_dropped(gateway):
    for body in ({"model": FEATURE}, {"model": "nobody", "messages": [{"role": "user", "content": "x"}]}, b"{"):
        gateway.request("POST", "/v1/chat/completions", body)
    gateway.chat("fault:status=500 x")
    numbers = gateway.metrics()
    served, recorded, dropped = (numbers[f"plimsoll_decisions_{n}_total"] for n in ("served", "recorded", "dropped"))
    assert served == recorded + dropped and dropped == 0
    wait_until(lambda: len([r for r in gateway.records("decision") if r["api"] != "reported"]) == served, what="all records")


def test_the_admin_address_serves_nothing_else_and_the_other_way_round(gateway):
    assert gateway.request("POST", "/v1/chat/completions", {}, admin=True)[0] == 404
    for path in ("/metrics", "/admin/flag", "/healthz"):
        assert gateway.request("GET", path)[0] == 404
    for path in ("/healthz", "/readyz"):
        status, _, data = gateway.request("GET", path, admin=True)
        assert status == 200 and json.loads(data) == {"status": "ok"}
    assert gateway.request("POST", "/metrics", {}, admin=True)[0] == 405


def test_two_servers_on_one_record_are_refused(gateway):
    import subprocess

    done = subprocess.run([str(gateway.program), "serve", "plimsoll.yaml"], cwd=gateway.folder, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and re.search(r"another|in use|holds", done.stderr)


def test_it_says_what_is_wrong_before_it_listens(tmp_path):
    import subprocess

    with ModelServer() as server:
        gateway = Gateway(tmp_path, line_for(server, serve={"listen": "0.0.0.0:0", "keys": "required"}))
        done = subprocess.run([str(gateway.program), "serve"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and "key make" in done.stderr
        gateway.write_line(line_for(server, serve={"listen": "0.0.0.0:0"}))
        done = subprocess.run([str(gateway.program), "serve"], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        assert done.returncode == 2 and "plimsoll.yaml:" in done.stderr


def test_events_are_those_of_the_protocol(gateway):
    with urllib.request.urlopen(gateway.url + "/ofrep/v1/events", timeout=5) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        assert reply.readline().startswith(b"retry:")
