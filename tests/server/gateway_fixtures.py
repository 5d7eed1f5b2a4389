"""A gateway for tests: `plimsoll serve` on a line of its own, before the model server of these tests.

    with Gateway(folder, line_for(server)) as gateway:
        ... gateway.v1 ...           # "http://127.0.0.1:PORT/v1", for a client of OpenAI's
        ... gateway.admin ...        # "http://127.0.0.1:PORT"
    gateway.records("decision")      # what stands in the ledger

At the end of `with` the server is asked to end (SIGTERM) and must do so, with exit status 0. A test imports the
fixtures that it uses, as with call_fixtures.py.
"""

import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.parse
from contextlib import contextmanager

import pytest

from call_fixtures import PROGRAM, UNWANTED
from model_server import ModelServer

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 15
SANITIZED = any(name in str(PROGRAM) for name in ("asan", "tsan"))
LISTENING = re.compile(r"listening on (https?://(?:127\.0\.0\.1|\[::1\]):(\d+))")
ADMIN = re.compile(r"admin on (https?://(?:127\.0\.0\.1|\[::1\]):(\d+))")
FEATURE = "answers"


def have_serve():
    """Whether the program has the command."""
    done = subprocess.run([str(PROGRAM), "help", "serve"], capture_output=True, check=False)
    return done.returncode == 0


def model_of(server, model="small-8b", **more):
    """An entry of `models:`."""
    return {"endpoint": server if isinstance(server, str) else server.url, "model": model, **more}


def line_for(server=None, models=None, route=None, serve=None, **sections):
    """A line, as what JSON and YAML have in common. By default one tier, which delivers whatever comes."""
    models = models or {
        "small": model_of(server, price={"input": 0.15, "output": 0.60}, timeout={"total": "60s"}),
        "vectors": model_of(server, "embed", api="embeddings"),
        "replies": model_of(server, "small-8b", api="responses"),
        "older": model_of(server, "small-8b", api="completions"),
    }
    route = route or {"tiers": [{"model": next(iter(models)), "deliver_at": 0}]}
    line = {
        "plimsoll": 1, "feature": FEATURE, "owner": "tests@example.org", "models": models, "route": route,
        "serve": {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "keys": "none", "workers": 2, **(serve or {})},
        **sections,
    }  # fmt: skip
    return json.dumps(line, indent=1, ensure_ascii=False)


class Gateway:
    """One server, from start to end; may be started again in the same folder."""

    def __init__(self, folder, line, env=None, program=PROGRAM):
        self.folder, self.program, self.env = pathlib.Path(folder), program, env or {}
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write_line(line)
        self.process, self.lines = None, []

    def write_line(self, line):
        """Whole or not at all, as an editor does."""
        new = self.folder / "plimsoll.yaml.new"
        new.write_text(line, encoding="utf-8")
        new.rename(self.folder / "plimsoll.yaml")

    def environment(self):
        clean = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        return {**clean, **self.env}

    def command(self, *arguments):
        """Another command of the program on this line; its standard output."""
        done = subprocess.run(
            [str(self.program), *arguments], cwd=self.folder, env=self.environment(), capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def make_key(self, *arguments):
        """A key for clients, `pl_…`."""
        return re.search(r"pl_[A-Za-z0-9]+_[A-Za-z0-9_-]+", self.command("key", "make", *arguments)).group()

    # --- Start and end -----------------------------------------------------------------------------

    def start(self):
        self.lines, self.v1, self.url, self.admin = [], None, None, None
        self.process = subprocess.Popen(
            [str(self.program), "serve", "plimsoll.yaml"], cwd=self.folder, env=self.environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )  # fmt: skip
        self.ready, self.ended = threading.Event(), threading.Event()
        self.reader = threading.Thread(target=self.read, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        self.ready.wait(START_SECONDS_MAX)
        if self.url is None or self.admin is None:
            self.kill()
            raise RuntimeError(f"the gateway did not say where it listens: {self.stderr!r}")
        return self

    def read(self, stream):
        """Standard error, line by line; the first two that name addresses make it ready."""
        for line in stream:
            self.lines.append(line)
            if match := LISTENING.search(line):
                self.url, self.port = match.group(1), int(match.group(2))
                self.v1 = self.url + "/v1"
            if match := ADMIN.search(line):
                self.admin, self.admin_port = match.group(1), int(match.group(2))
            if self.url and self.admin:
                self.ready.set()
        self.ready.set()

    @property
    def stderr(self):
        return "".join(self.lines)

    def stop(self):
        """Asks it to end; its exit status. It has seconds to do so."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the gateway did not end within {STOP_SECONDS_MAX} s: {self.stderr}") from None
        finally:
            self.reader.join(5)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.reader.join(5)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if self.process.poll() is not None:
            assert kind is not None or self.process.returncode == 0, self.stderr
            return
        code = self.stop()
        if kind is None:
            assert code == 0, f"exit status {code}: {self.stderr}"

    # --- What it is asked, and what it recorded ------------------------------------------------------

    def request(self, method, path, body=None, headers=None, admin=False, timeout=20):
        """(status, headers in lower case, body) of one request, by Python's own client."""
        address = urllib.parse.urlsplit(self.admin if admin else self.url)
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=timeout)
        try:
            data = body if isinstance(body, (bytes, type(None))) else json.dumps(body, ensure_ascii=False).encode()
            named = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(method, path, data, {**named, **(headers or {})})
            reply = connection.getresponse()
            return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
        finally:
            connection.close()

    def chat(self, text, headers=None, timeout=20, **more):
        """(status, headers, body as JSON) of a chat with one message."""
        body = {"model": FEATURE, "messages": [{"role": "user", "content": text}], **more}
        status, got, data = self.request("POST", "/v1/chat/completions", body, headers, timeout=timeout)
        return status, got, json.loads(data)

    def metrics(self):
        """The samples of /metrics by their name and labels as written."""
        _, _, data = self.request("GET", "/metrics", admin=True)
        rows = [line.rsplit(" ", 1) for line in data.decode().splitlines() if line and not line.startswith("#")]
        return {name: float(value) for name, value in rows}

    def memory_bytes(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024

    def records(self, kind=None):
        """The bodies of the ledger's records, oldest first."""
        found = []
        for segment in sorted((self.folder / ".plimsoll" / "ledger").glob("segment-*.jsonl")):
            for line in segment.read_bytes().splitlines():
                row = json.loads(line)
                if "kind" in row and kind in (None, row["kind"]):
                    found.append(row["body"])
        return found

    def wait_for_record(self, decision, seconds=5):
        """The record of a decision, which comes into the ledger a few milliseconds after its answer."""
        return wait_until(lambda: next((r for r in self.records("decision") if r["id"] == decision), None), seconds)


def wait_until(found, seconds=5, what="it"):
    """The first value of `found` that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.002)
    raise AssertionError(f"{what} did not come within {seconds} s")


@contextmanager
def serving(folder, answers=None, answer=None, **parts):
    """A model server and a gateway before it: (gateway, server)."""
    with ModelServer(answers=answers, answer=answer) as server, Gateway(folder, line_for(server, **parts)) as gateway:
        yield gateway, server


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """(gateway, server) with one tier, shared by the tests of a file."""
    with serving(tmp_path_factory.mktemp("gateway")) as both:
        yield both


@pytest.fixture(scope="module")
def gateway(pair):
    return pair[0]


@pytest.fixture(scope="module")
def upstream(pair):
    return pair[1]
