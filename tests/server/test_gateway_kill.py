"""A server killed under load, again and again in one folder: what its clients have in whole is on the record once, and
what was under way is on it as interrupted. PLIMSOLL_LONG=1 (script/soak): again and again and again."""

import collections
import http.client
import json
import os
import random
import threading
import time

import pytest

from gateway_fixtures import FEATURE, SANITIZED, Gateway, have_serve, line_for
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="there is no `plimsoll serve`")
ROUNDS = 50 if os.environ.get("PLIMSOLL_LONG") else 4 if SANITIZED else 8
CLIENTS = 8
TEXTS = ["hi", "fault:pace=5 piece by piece by piece", "fault:slow-start=0.05 late"]


def body_of(text, stream):
    return {"model": FEATURE, "messages": [{"role": "user", "content": text}], "stream": stream}


class Client(threading.Thread):
    """Asks until the connection breaks, and notes what it was told in whole."""

    def __init__(self, gateway, index):
        super().__init__(daemon=True)
        self.gateway, self.stream, self.text = gateway, index % 2 == 1, TEXTS[index % 3]
        self.seen, self.whole, self.feedback = set(), set(), set()

    def ask(self, connection):
        connection.request("POST", "/v1/chat/completions", json.dumps(body_of(self.text, self.stream)),
                           {"Content-Type": "application/json"})  # fmt: skip
        reply = connection.getresponse()
        decision = reply.getheader("x-plimsoll-decision")
        self.seen.add(decision)
        text = reply.read()  # raises when the answer is not whole
        assert reply.status == 200, text
        if not self.stream or text.rstrip().endswith(b"data: [DONE]"):
            self.whole.add(decision)
        return decision

    def rate(self, connection, decision):
        connection.request("POST", "/v1/feedback", json.dumps({"decision": decision, "name": "rating", "value": 4}),
                           {"Content-Type": "application/json"})  # fmt: skip
        reply = connection.getresponse()
        text = reply.read()
        assert reply.status == 200, text
        self.feedback.add(decision)

    def run(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.gateway.port, timeout=20)
            for i in range(1_000_000):
                decision = self.ask(connection)
                if i % 5 == 0:
                    self.rate(connection, decision)
        except (OSError, http.client.HTTPException):
            pass  # the server was killed


def test_what_was_delivered_before_a_kill_is_on_the_record_once(tmp_path):
    seed = time.time_ns()
    rng = random.Random(seed)
    seen, whole, feedback = set(), set(), set()
    with ModelServer() as upstream:
        gateway = Gateway(tmp_path, line_for(upstream))
        for _ in range(ROUNDS):
            gateway.start()
            clients = [Client(gateway, i) for i in range(CLIENTS)]
            for client in clients:
                client.start()
            time.sleep(rng.uniform(0.05, 0.6))
            gateway.kill()
            for client in clients:
                client.join(30)
                seen |= client.seen
                whole |= client.whole
                feedback |= client.feedback
        with gateway:  # recovers, and ends in peace
            pass
    assert len(whole) > 10 * ROUNDS and feedback, (seed, len(whole), len(feedback))

    records = gateway.records("decision")
    times = collections.Counter(record["id"] for record in records)
    status = {record["id"]: record["status"] for record in records}
    assert [id for id, count in times.items() if count > 1] == [], seed
    assert [id for id in whole if status.get(id) != "served"] == [], seed
    assert [id for id in seen if id not in status] == [], seed
    assert "interrupted" in status.values() and set(status.values()) <= {"served", "interrupted", "aborted"}, seed
    rated = collections.Counter(record["decision"] for record in gateway.records("feedback"))
    assert [id for id in feedback if rated[id] != 1] == [], seed
    assert "hold" in gateway.command("ledger", "verify")
