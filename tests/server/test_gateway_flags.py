"""Flags of a server that runs: OFREP over HTTP, and how soon what a command changes is in force."""

import http.client
import json
import statistics
import subprocess
import time
import urllib.parse

import pytest
from gateway_fixtures import FEATURE, PROGRAM, Gateway, have_serve, line_for, wait_until
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="the program has no `serve`")

FLAG = f"/ofrep/v1/evaluate/flags/{FEATURE}"
ALL = "/ofrep/v1/evaluate/flags"
IN_FORCE_MS_MAX = 100
CHANGES = 12
SERVE = {"segments": {"language": "header:x-language"}}
EXPERIMENT = {"name": "tone", "arms": {"plain": "50%", "warm": "50%"}}


def start(folder, server, **parts):
    return Gateway(folder, line_for(server, serve=SERVE, **parts))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with ModelServer() as server, start(tmp_path_factory.mktemp("flags"), server, experiment=EXPERIMENT) as gateway:
        yield gateway


def ask(gateway, path=FLAG, headers=None, **context):
    """(status, headers, answer) for a context of its own."""
    body = {"context": {"targetingKey": "user-1", **context}}
    status, got, data = gateway.request("POST", path, body, headers)
    return status, got, json.loads(data) if data else None


def is_on(gateway, **context):
    status, _, answer = ask(gateway, **context)
    assert status == 200
    return answer["value"]


def change(gateway, *words):
    gateway.command("flag", *words, "--why", "A test.")


@pytest.fixture
def lit(gateway):
    """The gateway with its flag as the line has it."""
    yield gateway
    change(gateway, "on")
    for language in ("hi", "sw"):
        change(gateway, "on", "--slice", f"language={language}")
    # The server itself answers once this and all before it hold, so that no event of them comes later.
    last = {"change": "share", "share": 1, "who": "a test", "why": "A test."}
    assert gateway.request("POST", "/admin/flag", last, admin=True)[0] == 200
    wait_until(lambda: is_on(gateway, language="hi") and is_on(gateway, language="sw"))


def test_when_a_command_has_ended_the_server_goes_by_it(lit):
    for _ in range(10):
        done = json.loads(lit.command("flag", "off", "--why", "A test.", "--json"))
        assert done["server"] == "follows"
        # Every worker: each connection may come to another one.
        assert [is_on(lit) for _ in range(6)] == [False] * 6
        change(lit, "on")
        assert [is_on(lit) for _ in range(6)] == [True] * 6


def test_one_flag_and_all_flags_agree(gateway):
    status, headers, one = ask(gateway)
    assert (status, headers["content-type"]) == (200, "application/json")
    assert one == {
        "key": FEATURE, "reason": "STATIC", "variant": "on", "value": True, "metadata": {"why": "on"}}
    tone = ask(gateway, f"{FLAG}.tone")[2]
    assert tone["value"] in ("plain", "warm") and tone["variant"] == tone["value"]
    status, headers, everything = ask(gateway, ALL)
    assert status == 200
    assert everything["flags"] == [one, tone]
    assert everything["eventStreams"] == [{"type": "sse", "endpoint": {"requestUri": "/ofrep/v1/events"}}]


def test_the_tag_stands_until_the_answer_changes(lit):
    change(lit, "off", "--slice", "language=hi")
    wait_until(lambda: not is_on(lit, language="hi"))
    status, headers, _ = ask(lit, ALL)
    etag = headers["etag"]
    assert status == 200
    status, headers, body = ask(lit, ALL, {"If-None-Match": etag})
    assert (status, headers["etag"], body) == (304, etag, None)
    assert ask(lit, ALL, {"If-None-Match": '"other"'})[0] == 200
    # Another slice goes dark: the answer to this context stays.
    change(lit, "off", "--slice", "language=sw")
    wait_until(lambda: not is_on(lit, language="sw"))
    assert ask(lit, ALL, {"If-None-Match": etag})[0] == 304
    change(lit, "off")
    wait_until(lambda: not is_on(lit))
    status, headers, body = ask(lit, ALL, {"If-None-Match": etag})
    assert status == 200 and headers["etag"] != etag
    assert [flag.get("value") for flag in body["flags"]] == [False, None]


WRONG = [
    (FLAG, b"{", 400, {"key": FEATURE, "errorCode": "PARSE_ERROR"}),
    (FLAG, b"", 400, {"key": FEATURE, "errorCode": "PARSE_ERROR"}),
    (ALL, b"[]", 400, {"errorCode": "INVALID_CONTEXT"}),
    (FLAG, b'{"context":{}}', 400, {"key": FEATURE, "errorCode": "TARGETING_KEY_MISSING"}),
    (ALL, b'{"context":{}}', 400, {"errorCode": "TARGETING_KEY_MISSING"}),
    (FLAG, b'{"context":{"targetingKey":1}}', 400, {"key": FEATURE, "errorCode": "INVALID_CONTEXT"}),
    (ALL + "/other", b'{"context":{"targetingKey":"a"}}', 404, {"key": "other", "errorCode": "FLAG_NOT_FOUND"}),
]


@pytest.mark.parametrize(("path", "body", "status", "answer"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_has_its_code(gateway, path, body, status, answer):
    got, headers, data = gateway.request("POST", path, body)
    told = json.loads(data)
    assert (got, headers["content-type"]) == (status, "application/json")
    assert told.pop("errorDetails")
    assert told == answer


def until_ms(gateway, value, **context):
    """How long after now the flag has this value."""
    begin = time.monotonic()
    wait_until(lambda: is_on(gateway, **context) == value)
    return (time.monotonic() - begin) * 1000


def test_a_running_server_follows_a_command(lit):
    took = []
    for i in range(CHANGES):
        change(lit, "on" if i % 2 else "off")
        took.append(until_ms(lit, bool(i % 2)))
    assert statistics.median(took) <= IN_FORCE_MS_MAX, took


def test_a_kill_refuses_the_next_request(lit):
    assert lit.chat("hello")[0] == 200
    change(lit, "off")
    wait_until(lambda: not is_on(lit))
    status, _, answer = lit.chat("hello")
    assert status == 503 and answer["error"]["code"] == "feature_dark"


def test_a_slice_goes_dark_alone(lit):
    change(lit, "slice", "language=hi", "off")
    wait_until(lambda: not is_on(lit, language="hi"))
    assert is_on(lit, language="en") and is_on(lit)
    assert lit.chat("hello", {"x-language": "hi"})[0] == 503
    assert lit.chat("hello", {"x-language": "en"})[0] == 200


def test_a_share_of_subjects_is_the_same_for_every_way_to_ask(lit):
    """Who is in by OFREP is in for requests: the subject of a chat is its `user`."""
    change(lit, "share", "50%")
    wait_until(lambda: ask(lit)[2]["reason"] == "SPLIT")
    served = {}
    for i in range(20):
        user = f"user-{i}"
        status, _, data = lit.request("POST", FLAG, {"context": {"targetingKey": user}})
        assert status == 200
        served[user] = json.loads(data)["value"]
        assert (lit.chat("hello", user=user)[0] == 200) == served[user]
    assert set(served.values()) == {True, False}


class Events:
    """A subscriber to the stream of events."""

    def __init__(self, gateway):
        address = urllib.parse.urlsplit(gateway.url)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        self.connection.request("GET", "/ofrep/v1/events", headers={"Accept": "text/event-stream"})
        self.reply = self.connection.getresponse()
        assert self.reply.status == 200
        assert self.reply.getheader("content-type").startswith("text/event-stream")

    def next(self):
        """The members of the next event that has data, and when it came."""
        event = {}
        while True:
            line = self.reply.readline().decode().rstrip("\n")
            if not line and "data" in event:
                return event, time.monotonic()
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                event[name] = value

    def close(self):
        self.connection.close()


def test_subscribers_are_told_to_ask_again(lit):
    subscribers = [Events(lit) for _ in range(5)]
    took, tags = [], []
    for i in range(CHANGES):
        change(lit, "on" if i % 2 else "off")
        done = time.monotonic()
        for subscriber in subscribers:
            event, at = subscriber.next()
            data = json.loads(event["data"])
            assert event["event"] == "message" and data["type"] == "refetchEvaluation"
            took.append((at - done) * 1000)
        tags.append(data["etag"])
        # Who asks now gets what the event was about.
        assert is_on(lit) == bool(i % 2)
    assert len(set(tags)) == CHANGES
    assert statistics.median(took) <= IN_FORCE_MS_MAX, took
    for subscriber in subscribers:
        subscriber.close()


def test_a_kill_outlives_the_server(tmp_path):
    with ModelServer() as server:
        gateway = start(tmp_path, server).start()
        change(gateway, "off")
        wait_until(lambda: not is_on(gateway))
        gateway.kill()
        with start(tmp_path, server) as gateway:
            assert not is_on(gateway)
            change(gateway, "on")
            wait_until(lambda: is_on(gateway))
        # Killed while no server runs.
        change(gateway, "off")
        with start(tmp_path, server) as gateway:
            assert not is_on(gateway)


def judged(right):
    """Decisions in which `right` is the share of right ones in each language."""
    rows = ["language,label,prediction"]
    for language, share in right.items():
        rows += [f"{language},1,{int(i < share * 400)}" for i in range(400)]
    return "\n".join(rows) + "\n"


def gate(gateway):
    """The exit code of a gate on the gateway's line."""
    done = subprocess.run([str(PROGRAM), "gate"], cwd=gateway.folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode


def test_a_launch_opens_the_slices_of_the_last_verdict(tmp_path):
    parts = {
        "data": {
            "decisions": "d.csv",
            "columns": {"label": "label", "prediction": "prediction"},
            "segments": {"language": "language"},
        },
        "limits": [{"metric": "accuracy", "min": 0.8, "by": "language"}],
        "watch": {},
        "risk": {"severity": "low", "reversibility": "full"},
        "launch": {"by": "language"},
        "flag": {"launch": True},
    }  # fmt: skip
    with ModelServer() as server, start(tmp_path, server, **parts) as gateway:
        assert not is_on(gateway, language="en")
        (tmp_path / "d.csv").write_text(judged({"en": 0.95, "hi": 0.5}))
        assert gate(gateway) == 1
        wait_until(lambda: is_on(gateway, language="en"))
        assert not is_on(gateway, language="hi") and not is_on(gateway)
        (tmp_path / "d.csv").write_text(judged({"en": 0.5, "hi": 0.95}))
        assert gate(gateway) == 1
        wait_until(lambda: is_on(gateway, language="hi"))
        assert not is_on(gateway, language="en")
