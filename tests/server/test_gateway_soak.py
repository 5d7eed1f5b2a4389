"""Everything at the same time for a while: all APIs, tiers, a shadow, an experiment, guards, traces, keys that come and go,
the line read again, the flag killed and lit. A few seconds in the suite; script/soak runs it for ten minutes, or for
PLIMSOLL_SOAK_SECONDS, also against a build with the thread sanitizer (PLIMSOLL=build-tsan/plimsoll).
"""

import http.client
import http.server
import itertools
import json
import os
import threading
import time
import urllib.request
from collections import Counter
from contextlib import contextmanager, suppress

import pytest

from gateway_fixtures import FEATURE, SANITIZED, Gateway, have_serve, line_for, model_of, wait_until
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="this program has no command `serve`")

SECONDS = float(os.environ.get("PLIMSOLL_SOAK_SECONDS", "3"))
GROWTH_BYTES_MAX = 8 << 20  # from half of the time to its end
CLIENTS = 6
FLAGS = "/ofrep/v1/evaluate/flags"


class Sink(http.server.BaseHTTPRequestHandler):
    """A collector of traces, and a model of another kind: JSON in, JSON out."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b'{"score": 1}')

    def log_message(self, *_):
        pass


@contextmanager
def sink():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def full_line(server, collector, tier):
    models = {
        "small": model_of(server, price={"input": 1, "output": 1}), "large": model_of(server, "large-70b"),
        "challenger": model_of(server, "challenger"), "vectors": model_of(server, "embed", api="embeddings"),
        "replies": model_of(server, "small-8b", api="responses"), "older": model_of(server, "small-8b", api="completions"),
        "scorer": {"endpoint": collector + "/predict", "api": "decide", "model": "scorer"},
    }  # fmt: skip
    route = {"tiers": [{"model": "small", "deliver_at": tier}, {"model": "large", "deliver_at": 0}],
             "confidence": {"from": "logprobs"}, "hold_back": {"tokens": 3}}  # fmt: skip
    return line_for(
        models=models, route=route, shadow={"model": "challenger", "share": 0.2}, flag={"reply": "Not now."},
        experiment=[{"name": "tone", "arms": {"plain": "50%", "warm": {"share": "50%", "parameters": {"temperature": 0.9}}}}],
        guard={"output": [{"filter": "deny", "pattern": "secret-[0-9]+", "do": "mask"}]},
        serve={"keys": "required", "otlp": collector, "segments": {"language": "header:x-language"}},
    )  # fmt: skip


def chat(words, **more):
    return {"model": FEATURE, "messages": [{"role": "user", "content": words}], **more}


REQUESTS = [
    ("/v1/chat/completions", chat("some words")), ("/v1/chat/completions", chat("some words", stream=True, user="u1")),
    ("/v1/chat/completions", chat("secret-123 and more", stream=True, logprobs=True)),
    ("/v1/chat/completions", chat("fault:pace=5 one two three", stream=True, user="u2")),
    ("/v1/chat/completions", chat("fault:cut one two three", stream=True)), ("/v1/chat/completions", {"model": FEATURE}),
    ("/v1/chat/completions", chat("x", model="no-such-model")),
    ("/v1/completions", {"model": "older", "prompt": "one two"}), ("/v1/embeddings", {"model": "vectors", "input": ["a", "b"]}),
    ("/v1/responses", {"model": "replies", "input": "say this", "stream": True}), ("/v1/models", None),
    ("/v1/decisions", {"decisions": [{"label": 1, "prediction": 0}]}), ("/v1/feedback", {"decision": "d", "rating": 3}),
    (FLAGS, {"context": {"targetingKey": "u1"}}), (f"{FLAGS}/{FEATURE}.tone", {"context": {"targetingKey": "u2"}}),
    (f"/v1/decide/{FEATURE}", {"amount": 1}),
]  # fmt: skip
EXPECTED = {200, 400, 404, 502, 503}  # 502 and 503: what was asked to fail, and circuits that open over it


class Soak:
    """Threads that run until the end; what they found wrong stands in `wrong`."""

    def __init__(self, gateway, key):
        self.gateway, self.auth, self.over = gateway, {"Authorization": f"Bearer {key}"}, threading.Event()
        self.statuses, self.wrong, self.rounds, self.heard, self.threads = Counter(), [], 0, 0, []

    def start(self, work, *arguments):
        def run():
            try:
                work(*arguments)
            except Exception as error:  # told to the test, which waits for the thread
                self.wrong.append(f"{work.__name__}: {error!r}")

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def ask(self, first):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=60)
        for path, body in itertools.islice(itertools.cycle(REQUESTS), first, None):
            if self.over.is_set():
                return
            data = None if body is None else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, data, {"Content-Type": "application/json", **self.auth})
            reply = connection.getresponse()
            reply.read()
            self.statuses[reply.status] += 1
            if reply.status not in EXPECTED:
                self.wrong.append(f"{path}: {reply.status}")

    def leave(self):
        """Clients that go away in the middle of streams, and of what they send."""
        while not self.over.wait(0.05):
            connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=60)
            body = json.dumps(chat("fault:pace=20 " + "word " * 50, stream=True))
            connection.request("POST", "/v1/chat/completions", body, self.auth)
            connection.getresponse().read(20)
            connection.close()

    def listen(self):
        """A subscriber of the flag after the other."""
        while not self.over.is_set():
            request = urllib.request.Request(self.gateway.url + "/ofrep/v1/events", headers=self.auth)
            with urllib.request.urlopen(request, timeout=1) as reply, suppress(TimeoutError):
                for _ in range(5):
                    self.heard += bool(reply.readline())

    def administer(self, lines):
        for number in itertools.count():
            if self.over.wait(0.03):
                return
            self.gateway.write_line(lines[number % 2])
            status, _, data = self.gateway.request("POST", "/admin/reload", {}, self.auth, admin=True, timeout=60)
            assert status == 200, data
            change = {"change": ["off", "on"][number % 2], "who": "a test", "why": "to see"}
            status, _, data = self.gateway.request("POST", "/admin/flag", change, self.auth, admin=True, timeout=60)
            assert status == 200, data
            assert self.gateway.request("GET", "/metrics", None, self.auth, admin=True)[0] == 200
            self.rounds += 1

    def change_keys(self):
        while not self.over.wait(0.2):
            key = self.gateway.make_key("--name", "passing")
            self.gateway.command("key", "revoke", key.split("_")[1])


def run_for(soak, lines):
    """The memory after half of the time, and at its end."""
    for number in range(CLIENTS):
        soak.start(soak.ask, number * len(REQUESTS) // CLIENTS)
    for work in (soak.leave, soak.listen, soak.change_keys):
        soak.start(work)
    soak.start(soak.administer, lines)
    time.sleep(SECONDS / 2)
    half = soak.gateway.memory_bytes()
    time.sleep(SECONDS / 2)
    full = soak.gateway.memory_bytes()
    soak.end()
    return half, full


def test_everything_at_once_goes_on_and_on(tmp_path):
    with ModelServer() as server, sink() as collector:
        lines = [full_line(server, collector, tier) for tier in (0.5, 0.9)]
        gateway = Gateway(tmp_path, lines[0])
        key = gateway.make_key("--name", "app", "--scope", "infer,feedback,flags,admin")
        with gateway:
            soak = Soak(gateway, key)
            half, full = run_for(soak, lines)
            print(f"{dict(soak.statuses)}, {soak.rounds} reloads, {half >> 10} KiB after half of the time, {full >> 10} KiB after all")
            assert soak.wrong == [] and soak.rounds > SECONDS / 2 and soak.statuses[200] > 20 * SECONDS and soak.heard
            if not SANITIZED:
                assert full - half < GROWTH_BYTES_MAX
            wait_until(lambda: gateway.metrics()["plimsoll_open_requests"] == 0, 20, "the end of all requests")
            numbers = gateway.metrics()
            served, recorded, dropped = (numbers[f"plimsoll_decisions_{n}_total"] for n in ("served", "recorded", "dropped"))
            assert served == recorded + dropped and dropped == 0
    ids = [r["id"] for r in gateway.records("decision") if r["api"] != "reported"]
    assert len(ids) == len(set(ids)) == served
    assert "Sanitizer" not in gateway.stderr and gateway.command("ledger", "verify")
