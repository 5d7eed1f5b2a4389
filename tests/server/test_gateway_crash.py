"""What happens to the process, its disk and its clock while it serves: orderly ends, reloads, a disk that is full in
earnest, a clock that jumps. (Kills are in test_gateway_kill.py.) PLIMSOLL_LONG=1 (script/soak): the same for longer.
"""

import ctypes
import glob
import http.client
import os
import threading
import time
from contextlib import ExitStack, suppress

import pytest

from gateway_fixtures import SANITIZED, Gateway, have_serve, line_for, model_of, wait_until
from gateway_raw import END_OF_HEAD, chat_body, connect, head_of, received
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="this program has no command `serve`")

LONG = bool(os.environ.get("PLIMSOLL_LONG"))
THREADS = 8


class Load:
    """Clients, each in a thread, that note what was delivered in whole, and what failed."""

    KINDS = [{}, {"stream": True}, {"stream": True, "stream_options": {"include_usage": True}}]

    def __init__(self, gateway, words):
        self.port, self.words = gateway.port, words
        self.delivered, self.failed, self.over = set(), [], threading.Event()
        self.threads = [threading.Thread(target=self.client, args=(i,), daemon=True) for i in range(THREADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()

    def client(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        while not self.over.is_set():
            number += 1
            more = self.KINDS[number % 3]
            try:
                connection.request("POST", "/v1/chat/completions", chat_body(self.words, **more))
                reply = connection.getresponse()
                decision = reply.getheader("x-plimsoll-decision")
                data = reply.read()
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(error)
                return
            if reply.status != 200 or more and not data.endswith(b"data: [DONE]\n\n"):
                self.failed.append(data)
            else:
                self.delivered.add(decision)


def ids_of(gateway, kind="decision"):
    return [record["id"] for record in gateway.records(kind)]


# --- Orderly ends, and lines read again ------------------------------------------------------------------


def open_stream(stack, gateway, words):
    connection = stack.enter_context(connect(gateway, timeout=30))
    body = chat_body(words, stream=True)
    connection.sendall(head_of(len(body)) + body)
    return connection, received(connection, END_OF_HEAD)


def test_streams_under_way_are_finished_before_the_end(tmp_path):
    with ModelServer() as server, Gateway(tmp_path, line_for(server)) as gateway, ExitStack() as stack:
        streams = [open_stream(stack, gateway, "fault:pace=100 " + "word " * 10) for _ in range(20)]
        ending = threading.Thread(target=gateway.stop)
        ending.start()
        wait_until(lambda: not is_listening(gateway), what="the end of listening")
        for connection, begun in streams:
            data = begun + received(connection)
            assert data.count(b"word") == 10 and data.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
        ending.join()
        assert gateway.process.returncode == 0
    assert [record["status"] for record in gateway.records("decision")] == ["served"] * 20


def is_listening(gateway):
    with suppress(OSError), connect(gateway, timeout=5) as connection:
        connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
        return received(connection, END_OF_HEAD) != b""
    return False


def test_streams_that_take_longer_than_the_end_may_take_are_cut_and_on_the_record(tmp_path):
    with ModelServer() as server, Gateway(tmp_path, line_for(server, serve={"drain": "300ms"})) as gateway, ExitStack() as stack:
        connection, begun = open_stream(stack, gateway, "fault:pace=200 " + "word " * 100)
        asked = time.monotonic()
        assert gateway.stop() == 0 and time.monotonic() - asked < 5
        data = begun + received(connection)
        assert b"[DONE]" not in data and not data.endswith(b"0\r\n\r\n")
    records = gateway.records("decision")
    assert [(record["status"], record["error"]) for record in records] == [("interrupted", "server_stopped")]


def test_streams_under_way_outlive_the_reading_of_another_line(tmp_path):
    with ModelServer() as server, ModelServer(answer=lambda body: "the other") as other:
        with Gateway(tmp_path, line_for(server)) as gateway, Load(gateway, "fault:pace=20 some words that take a while") as load:
            for number in range(30 if LONG else 12):
                gateway.write_line(line_for([server, other][number % 2], **({"flag": {"share": 1}} if number % 3 else {})))
                assert gateway.request("POST", "/admin/reload", {}, admin=True)[0] == 200
                time.sleep(0.05)
            load.over.set()
        assert load.failed == [] and len(load.delivered) > THREADS
        assert server.requests and other.requests
    assert sorted(ids_of(gateway)) == sorted(load.delivered)


# --- A full disk (and one played by a limit of the size of files: test_gateway_disk.py) ------------------

LIBC = ctypes.CDLL(None, use_errno=True)
DISK_SIZE_BYTES = 48 << 20


@pytest.fixture
def disk(tmp_path):
    """A small file system of its own. Only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if LIBC.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={DISK_SIZE_BYTES}".encode()) != 0:
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    assert LIBC.umount2(str(folder).encode(), 2) == 0


def fill(folder):
    """Takes every byte that is left."""
    with open(folder / "filler", "wb", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"\0" * 65536)
    with open(folder / "filler", "ab", buffering=0) as filler, suppress(OSError):
        while True:
            filler.write(b"\0")


def line_on_disk(server, unlogged):
    # Few connections, for a lane has room for what each may have under way.
    serve = {"unlogged": unlogged, "payloads": "plain", "workers": 1, "connections": 64}
    return line_for(models={"small": model_of(server)}, serve=serve)


def ask_until(gateway, wanted, count_max=400):
    """Statuses of large requests, up to the one that is wanted."""
    statuses = []
    while not statuses or not wanted(statuses[-1]):
        assert len(statuses) < count_max
        statuses.append(gateway.chat("word " * 20000)[0])
    return statuses


def test_a_full_disk_refuses_what_cannot_be_recorded(disk):
    with ModelServer() as server, Gateway(disk, line_on_disk(server, "refuse")) as gateway:
        delivered = ask_until(gateway, lambda status: True)
        fill(disk)
        delivered += ask_until(gateway, lambda status: status != 200)
        status, _, body = gateway.chat("word " * 20000)
        assert status == 503 and body["error"]["code"] and gateway.process.poll() is None
        assert gateway.request("GET", "/healthz", admin=True)[0] == 200
        (disk / "filler").unlink()
        wait_until(lambda: gateway.chat("again")[0] == 200, 10, "the end of the refusals")
        wait_until(lambda: gateway.metrics()["plimsoll_spool_waiting"] == 0, 10, "the last commit")
        numbers = gateway.metrics()
    ids = ids_of(gateway)
    assert len(ids) == len(set(ids)) and [r["status"] for r in gateway.records("decision")].count("served") == delivered.count(200) + 1
    assert numbers["plimsoll_decisions_recorded_total"] == len(ids)
    assert gateway.command("ledger", "verify")


def test_a_full_disk_is_served_on_and_counted_where_the_line_says_so(disk):
    with ModelServer() as server, Gateway(disk, line_on_disk(server, "serve")) as gateway:
        asked = len(ask_until(gateway, lambda status: True))
        fill(disk)

        def dropped():
            return gateway.metrics()["plimsoll_decisions_dropped_total"]

        while dropped() < 3:
            assert gateway.chat("word " * 20000)[0] == 200 and asked < 400
            asked += 1
        (disk / "filler").unlink()
        wait_until(lambda: gateway.metrics()["plimsoll_spool_waiting"] == 0, 10, "the last commit")
        lost = dropped()
        assert gateway.chat("again")[0] == 200 and dropped() == lost
        numbers = gateway.metrics()
        assert numbers["plimsoll_decisions_served_total"] == asked + 1 == numbers["plimsoll_decisions_recorded_total"] + lost
    ids = ids_of(gateway)
    assert len(ids) == len(set(ids)) == asked + 1 - lost
    assert gateway.command("ledger", "verify")


# --- A clock that jumps ----------------------------------------------------------------------------------

FAKE_CLOCK = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


@pytest.mark.skipif(FAKE_CLOCK is None, reason="libfaketime is not there; script/bootstrap --test installs it")
@pytest.mark.skipif(SANITIZED, reason="a sanitizer wants to see the waits that libfaketime takes over")
def test_a_clock_that_jumps_changes_neither_ids_nor_times_nor_the_flag(tmp_path):
    offset = tmp_path / "offset"

    def jump(seconds):
        new = tmp_path / "offset.new"
        new.write_text(f"{seconds:+d}s\n")
        new.rename(offset)

    jump(0)
    env = {"LD_PRELOAD": FAKE_CLOCK, "FAKETIME_TIMESTAMP_FILE": str(offset), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with ModelServer() as server, Gateway(tmp_path / "line", line_for(server), env=env) as gateway:
        ids = []
        for seconds in (0, 86400, -3600, -31_536_000, 2 * 31_536_000, 0):
            jump(seconds)
            wait_until(lambda wanted=seconds: abs(told_clock(gateway) - time.time() - wanted) < 5, what="the jump")
            for _ in range(3):
                begun = time.monotonic()
                status, headers, _ = gateway.chat("q")
                assert status == 200 and time.monotonic() - begun < 2
                ids.append(headers["x-plimsoll-decision"])
            with suppress(KeyError):
                assert open_circuits(gateway) == 0
        change = {"change": "off", "who": "a test", "why": "to see"}
        jump(-86400)
        assert gateway.request("POST", "/admin/flag", change, admin=True)[0] == 200 and gateway.chat("q")[0] == 503
    records = {record["id"]: record for record in gateway.records("decision")}
    assert len(set(ids)) == len(ids) and set(ids) <= set(records)
    assert all(0 <= records[one]["total_ms"] < 2000 and records[one]["upstream_ms"] >= 0 for one in ids)
    assert gateway.command("ledger", "verify")


def told_clock(gateway):
    """The server's clock, as the Date of an answer says it."""
    import email.utils

    return email.utils.parsedate_to_datetime(gateway.request("GET", "/v1/models")[1]["date"]).timestamp()


def open_circuits(gateway):
    return sum(value for name, value in gateway.metrics().items() if name.startswith("plimsoll_circuit_open"))
