"""What clients and upstreams do wrong, by mistake or on purpose: the gateway says so, stays within its bounds, and goes
on serving. With PLIMSOLL_LONG=1 in the environment (script/soak) the same at full length.
"""

import os
import socket
import struct
import threading
import time
from contextlib import ExitStack, suppress

import pytest

from gateway_fixtures import FEATURE, SANITIZED, Gateway, have_serve, line_for, model_of, wait_until
from gateway_raw import (
    END_OF_HEAD, EVENT_STREAM, answer_of, behaving, chat_body, chunk, connect, error_of, event, head_of, received, sent,
)  # fmt: skip
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="this program has no command `serve`")

LONG = bool(os.environ.get("PLIMSOLL_LONG"))
MEGABYTE = 1 << 20
BODY_SIZE_BYTES_MAX = 10_000_000  # of the line, when it says nothing
HEAD_SECONDS_MAX = 10
BODY_SECONDS_MAX = 60


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A model server and a gateway before it."""
    with ModelServer() as server, Gateway(tmp_path_factory.mktemp("faults"), line_for(server)) as gateway:
        gateway.chat("once, so that all is there that a request needs")
        yield gateway, server


@pytest.fixture
def gateway(pair):
    """The gateway, which is as well after each test as before it."""
    one = pair[0]
    yield one
    assert one.process.poll() is None, one.stderr
    assert one.chat("still there")[0] == 200
    numbers = one.metrics()
    wait_until(lambda: one.metrics()["plimsoll_open_streams"] == 0, what="the end of all streams")
    assert numbers["plimsoll_decisions_served_total"] == (
        numbers["plimsoll_decisions_recorded_total"] + numbers["plimsoll_decisions_dropped_total"]
    )


@pytest.fixture
def upstream(pair):
    return pair[1]


def within(gateway, megabytes):
    """After the block the gateway has not grown by more than this, at its highest."""

    class Watch:
        def __enter__(self):
            self.before = self.most = gateway.memory_bytes()
            self.over = threading.Event()
            self.thread = threading.Thread(target=self.look, daemon=True)
            self.thread.start()

        def look(self):
            while not self.over.wait(0.02):
                self.most = max(self.most, gateway.memory_bytes())

        def __exit__(self, kind, *_):
            self.over.set()
            self.thread.join()
            if kind is None and not SANITIZED:  # sanitizers keep what was freed
                grown = (self.most - self.before) / MEGABYTE
                assert grown <= megabytes, f"it grew by {grown:.1f} MiB"

    return Watch()


# --- Bodies and heads --------------------------------------------------------------------------------------


def test_a_body_at_the_limit_is_served_and_one_byte_more_is_not(gateway):
    padding = BODY_SIZE_BYTES_MAX - len(chat_body(""))
    status, _, body = sent(gateway, head_of(BODY_SIZE_BYTES_MAX) + chat_body("x" * padding))
    assert status == 200 and len(body) > padding
    status, _, body = sent(gateway, head_of(BODY_SIZE_BYTES_MAX + 1) + chat_body("x" * (padding + 1)))
    assert status == 413 and error_of(body)["type"] == "invalid_request_error"


def test_a_body_in_chunks_ends_at_the_limit_too(gateway):
    head = head_of(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    with connect(gateway) as connection:
        with suppress(ConnectionError):
            connection.sendall(head)
            for _ in range(BODY_SIZE_BYTES_MAX // 65536 + 2):
                connection.sendall(chunk(b" " * 65536))
        status, _, body = answer_of(connection)
    assert status == 413 and error_of(body)


def test_bodies_that_are_announced_take_no_memory_before_they_come(gateway):
    with within(gateway, 40), ExitStack() as stack:
        for _ in range(200):
            connection = stack.enter_context(connect(gateway))
            connection.sendall(head_of(BODY_SIZE_BYTES_MAX) + b"{" + b" " * 1000)
        assert gateway.chat("in between")[0] == 200


def large_heads():
    one, many = "X-Large: " + "a" * 40000 + "\r\n", "".join(f"X-{i}: b\r\n" for i in range(150))
    return [(head_of(2, extra=one), 431), (head_of(2, extra=many), 431), (head_of(2, path="/" + "a" * 20000), 414)]


@pytest.mark.parametrize("number", range(3))
def test_heads_have_limits(gateway, number):
    head, expected = large_heads()[number]
    status, headers, body = sent(gateway, head + b"{}")
    assert status == expected and error_of(body) and headers["connection"] == "close"


MESSAGES = b'"messages":[{"role":"user","content":"never sent on"}]'
CHAT = b'{"model":"answers",' + MESSAGES
WRONG_BODIES = {
    "nothing": b"", "its beginning": b"{", "more after its end": CHAT + b"} x", "a NUL after its end": CHAT + b"}\0",
    "no UTF-8": b'{"model":"answers","messages":[{"role":"user","content":"never sent on \xff"}]}',
    "UTF-8 that is longer than needed": CHAT + b',"a":"\xc0\xaf"}',
    "half of a surrogate pair": CHAT + b',"a":"\\ud800"}', "a byte order mark": b"\xef\xbb\xbf" + CHAT + b"}",
    "100,000 lists in lists": CHAT + b',"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "1,000 objects in objects": CHAT + b',"a":' + b'{"a":' * 1000 + b"1" + b"}" * 1000 + b"}",
    "5,000,000 open brackets": CHAT + b',"a":' + b"[" * 5_000_000,
    "two models": b'{"model":"answers","model":"small",' + MESSAGES + b"}",
    "two models, one in escapes": b'{"model":"answers","mod\\u0065l":"small",' + MESSAGES + b"}",
    "two lists of messages": CHAT + b"," + MESSAGES + b"}", "an unknown member twice": CHAT + b',"z":1,"z":2}',
    "no number": CHAT + b',"temperature":NaN}', "a comment": CHAT + b"/* */}", "a list": b"[" + CHAT + b"}]",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_BODIES)
def test_a_body_that_is_wrong_is_refused_and_not_sent_on(gateway, upstream, name):
    body, before = WRONG_BODIES[name], len(upstream.requests)
    status, headers, data = sent(gateway, head_of(len(body)) + body)
    assert status == 400 and error_of(data)["type"] == "invalid_request_error"
    assert len(upstream.requests) == before
    assert gateway.wait_for_record(headers["x-plimsoll-decision"])["status"] == "refused"


def chunked(extra, body=b"0\r\n\r\n"):
    return b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n" + extra + b"\r\n\r\n" + body


WRONG_REQUESTS = {
    "a length and chunks": (chunked(b"Content-Length: 5\r\nTransfer-Encoding: chunked"), 400),
    "two lengths": (chunked(b"Content-Length: 2\r\nContent-Length: 3", b"{}"), 400),
    "a length with a sign": (chunked(b"Content-Length: +2", b"{}"), 400),
    "another coding": (chunked(b"Transfer-Encoding: gzip, chunked"), 501),
    "a chunk of no length": (chunked(b"Transfer-Encoding: chunked", b"zz\r\n{}\r\n0\r\n\r\n"), 400),
    "a line feed alone": (b"GET /v1/models HTTP/1.1\nHost: a\n\n", 400),
    "a header in two lines": (b"GET /v1/models HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n", 400),
    "a blank before the colon": (b"GET /v1/models HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n", 400),
    "no host": (b"GET /v1/models HTTP/1.1\r\n\r\n", 400), "two hosts": (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_REQUESTS)
def test_a_request_of_two_readings_is_refused_and_the_connection_closed(gateway, upstream, name):
    data, expected = WRONG_REQUESTS[name]
    before = len(upstream.requests)
    with connect(gateway) as connection:
        connection.sendall(data + b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")  # what would be smuggled in
        everything = received(connection)
    assert everything.startswith(b"HTTP/1.1 %d " % expected) and everything.count(b"\r\nDate: ") == 1
    assert error_of(everything.partition(END_OF_HEAD)[2]) and len(upstream.requests) == before


# --- Slow clients and many of them -------------------------------------------------------------------------


def test_heads_that_trickle_in_are_given_up_in_time_and_hold_nobody_up(gateway):
    with within(gateway, 40), ExitStack() as stack:
        slow = [stack.enter_context(connect(gateway, timeout=BODY_SECONDS_MAX)) for _ in range(100)]
        begun = time.monotonic()
        while time.monotonic() - begun < HEAD_SECONDS_MAX - 2:
            for connection in slow:
                connection.sendall(b"P" if time.monotonic() - begun < 0.1 else b"O")
            asked = time.monotonic()
            assert gateway.chat("in between")[0] == 200 and time.monotonic() - asked < 2
            time.sleep(0.5)
        ends = [received(connection) for connection in slow]
        assert HEAD_SECONDS_MAX - 1 < time.monotonic() - begun < HEAD_SECONDS_MAX + 5
        assert all(end == b"" or end.startswith(b"HTTP/1.1 4") for end in ends)


@pytest.mark.skipif(not LONG, reason="a body has a minute; script/soak waits for it")
def test_bodies_that_trickle_in_are_given_up_in_time(gateway):
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(gateway, timeout=2 * BODY_SECONDS_MAX)) for _ in range(50)]
        for connection in slow:
            connection.sendall(head_of(1000))
        begun = time.monotonic()
        while time.monotonic() - begun < BODY_SECONDS_MAX - 3:
            for connection in slow:
                connection.sendall(b" ")
            time.sleep(1)
        assert all(received(connection).startswith(b"HTTP/1.1 408 ") for connection in slow)
        assert BODY_SECONDS_MAX - 2 < time.monotonic() - begun < BODY_SECONDS_MAX + 5


def open_files(gateway):
    return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))


FLOOD = [b"", b"\x00" * 64, b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", head_of(100) + b"{"]


def test_floods_of_connections_pass_and_leave_nothing_behind(gateway):
    files = open_files(gateway)

    def flood(count):
        for number in range(count):
            with suppress(OSError), connect(gateway, timeout=5) as connection:
                if number % 3 == 0:  # a reset rather than an orderly end
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.sendall(FLOOD[number % len(FLOOD)])

    with within(gateway, 40):
        threads = [threading.Thread(target=flood, args=(100_000 // 4 if LONG else 750,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert gateway.chat("in between")[0] == 200
        for thread in threads:
            thread.join()
    wait_until(lambda: open_files(gateway) <= files + 16, 20, "the end of the flood's connections")


def test_more_clients_than_may_be_connected_do_not_shut_others_out(tmp_path):
    with ModelServer() as server, Gateway(tmp_path, line_for(server, serve={"connections": 64})) as one, ExitStack() as stack:
        for _ in range(300):
            with suppress(OSError):
                stack.enter_context(connect(one))
        for _ in range(20):
            assert one.chat("all the same")[0] == 200
        assert open_files(one) < 64 + 64


# --- Upstreams ---------------------------------------------------------------------------------------------

QUICK = {"connect": "500ms", "first_token": "500ms", "total": "2s"}


def line_before(url, **parts):
    return line_for(models={"small": model_of(url, timeout=QUICK)}, route={
        "tiers": [{"model": "small", "deliver_at": 0}], "attempts": 1}, serve={"workers": 1}, **parts)  # fmt: skip


def answer_with(data):
    def behave(connection, upstream):
        upstream.send(connection, data)

    return behave


def wait_for_end(connection, upstream):
    upstream.ended.wait(30)


def endless(head, piece):
    def behave(connection, upstream):
        upstream.send(connection, head)
        while not upstream.ended.is_set():
            upstream.send(connection, piece)

    return behave


def reset(connection, _):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
UPSTREAMS = {
    "says nothing": wait_for_end,
    "resets": reset,
    "sends no HTTP": answer_with(b"\x00\x01\x02 nothing that is known\r\n\r\n"),
    "sends a head without an end": endless(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 1000 + b"\r\n"),
    "sends a body without an end": endless(JSON_HEAD + b"transfer-encoding: chunked\r\n\r\n", chunk(b" " * 65536)),
    "announces more than there can be": answer_with(JSON_HEAD + b"content-length: 99999999999999999999\r\n\r\n{}"),
    "announces more than there is": answer_with(JSON_HEAD + b"content-length: 1000\r\n\r\n{}"),
    "has a length and chunks": answer_with(JSON_HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    "sends chunks that are none": answer_with(JSON_HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n"),
    "switches protocols": answer_with(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    "is but informed": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "is redirected": answer_with(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"),
    "answers another JSON": answer_with(JSON_HEAD + b"content-length: 2\r\n\r\n[]"),
    "answers no JSON": answer_with(JSON_HEAD + b"content-length: 4\r\n\r\n\xff{}\x00"),
}  # fmt: skip


@pytest.mark.parametrize("name", UPSTREAMS)
def test_an_upstream_that_fails_is_an_error_in_time_and_in_bounds(tmp_path, name):
    with behaving(UPSTREAMS[name]) as upstream, Gateway(tmp_path, line_before(upstream.url)) as one:
        with within(one, 60):
            for stream in (False, True):
                begun = time.monotonic()
                body = chat_body(stream=stream)
                status, headers, data = sent(one, head_of(len(body)) + body)
                assert status >= 500 and error_of(data)["code"] and time.monotonic() - begun < 8
                assert one.wait_for_record(headers["x-plimsoll-decision"])["status"] == "failed"


def stream_through(one):
    """All that came after the head of one stream."""
    body = chat_body(stream=True)
    with connect(one) as connection:
        connection.sendall(head_of(len(body), extra="Connection: close\r\n") + body)
        return received(connection).partition(END_OF_HEAD)[2]


STREAMS = {
    "stalls": lambda connection, upstream: (upstream.send(connection, EVENT_STREAM + chunk(event("a"))), upstream.ended.wait(30)),
    "never ends": endless(EVENT_STREAM, chunk(event("word ") * 8)),
    "has an event without an end": endless(EVENT_STREAM + chunk(event("a")) + chunk(b"data: "), chunk(b"x" * 65536)),
    "has a line of 50 MB": endless(EVENT_STREAM + chunk(event("a")), chunk(b"data: {" + b" " * (1 << 20))),
    "has garbage": answer_with(EVENT_STREAM + chunk(event("a")) + chunk(b"data: {no json}\n\n") + b"0\r\n\r\n"),
    "breaks off": answer_with(EVENT_STREAM + chunk(event("a")) + b"ff\r\nda"),
    "is reset": lambda connection, upstream: (upstream.send(connection, EVENT_STREAM + chunk(event("a"))), reset(connection, upstream))[2:],
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_fails_never_ends_as_if_it_were_whole(tmp_path, name):
    with behaving(STREAMS[name]) as upstream, Gateway(tmp_path, line_before(upstream.url)) as one:
        with within(one, 60):
            begun = time.monotonic()
            data = stream_through(one)
            assert b"[DONE]" not in data and b'"error"' in data and time.monotonic() - begun < 12
        assert wait_until(lambda: one.records("decision"), what="the record")[0]["status"] == "failed"


def test_a_circuit_opens_and_closes_again(tmp_path):
    well = threading.Event()

    def behave(connection, upstream):
        status = b"200 OK" if well.is_set() else b"500 Broken"
        body = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}'
        upstream.send(connection, b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body))
        return True

    def is_open(one):
        return next(v for k, v in one.metrics().items() if k.startswith("plimsoll_circuit_open"))

    with behaving(behave) as upstream, Gateway(tmp_path, line_before(upstream.url)) as one:
        statuses = [one.chat("x")[0] for _ in range(30)]
        assert set(statuses[:5]) == {502} and set(statuses[-5:]) == {503}
        assert upstream.requests == 5 and is_open(one) == 1
        time.sleep(1.1)
        assert one.chat("a probe")[0] == 502 and upstream.requests == 6 and one.chat("closed to it")[0] == 503
        well.set()
        wait_until(lambda: one.chat("again")[0] == 200, 10, "the end of the open circuit")
        assert is_open(one) == 0 and {one.chat("x")[0] for _ in range(10)} == {200}


# --- Streams -----------------------------------------------------------------------------------------------


def test_a_client_that_does_not_read_pauses_its_upstream(tmp_path):
    piece = chunk(event("y" * 4000) * 16)
    line = line_for(models={"small": model_of("URL", timeout={"total": "120s"})}, serve={"workers": 1})
    with behaving(endless(EVENT_STREAM, piece)) as upstream, Gateway(tmp_path, line.replace("URL", upstream.url)) as one:
        with within(one, 20), connect(one, receive_bytes=8192) as connection:
            body = chat_body(stream=True)
            connection.sendall(head_of(len(body)) + body)
            before, now = -1, 0
            while now != before:
                time.sleep(0.5)
                before, now = now, upstream.sent_bytes
            assert 0 < now < 16 * MEGABYTE  # what the buffers of three processes and the system hold
            data = b""
            while len(data) < now + 8 * MEGABYTE:  # it goes on when it is read, and nothing is missing
                data += connection.recv(1 << 16)
            assert upstream.sent_bytes > now
            if LONG:
                begun = time.monotonic()
                wait_until(lambda: one.metrics()["plimsoll_open_streams"] == 0, 90, "the end of the stream")
                assert time.monotonic() - begun > 30
        assert wait_until(lambda: one.records("decision"), what="the record")[0]["status"] == "aborted"


def test_500_streams_at_once_take_little_memory(gateway, upstream):
    words = "fault:pace=400 one two three four"
    body = chat_body(words, stream=True)
    with within(gateway, 30), ExitStack() as stack:
        all_of_them = [stack.enter_context(connect(gateway, timeout=60)) for _ in range(500)]
        for connection in all_of_them:
            connection.sendall(head_of(len(body)) + body)
        wait_until(lambda: gateway.metrics()["plimsoll_open_streams"] >= 450, 30, "500 streams")
        for connection in all_of_them:
            data = received(connection, b"0\r\n\r\n")
            assert data.startswith(b"HTTP/1.1 200 ") and data.count(b"[DONE]") == 1
