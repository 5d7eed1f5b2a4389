"""What `script/bench gateway` measures side by side: each peer is a process in front of the same upstream.

A peer that cannot be started says why, and stands in the results as missing. Portkey's gateway and LiteLLM are
installed by script/bench under build/peers/.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

START_SECONDS_MAX = 90
HOST = "127.0.0.1"
UNWANTED = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY")


class Missing(Exception):
    """This peer cannot be measured here; the text says why."""


def environment(**more):
    return {**{name: value for name, value in os.environ.items() if name not in UNWANTED}, **more}


def free_port():
    import socket

    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


class Peer:
    """A process, pinned to processors; `body` is the request that it is asked with."""

    name, path, headers = "", "/v1/chat/completions", ()
    processes = 1

    def __init__(self, folder, upstream, pin, models):
        self.folder = Path(folder) / self.name
        self.upstream, self.pin, self.models = upstream, pin, models
        self.process, self.port = None, None
        self.started_seconds = None

    @property
    def host(self):
        return f"{HOST}:{self.port}"

    def spawn(self, command, **more):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = open(self.folder / "log", "wb")
        pinned = ["taskset", "-c", self.pin, *command] if self.pin else command
        self.process = subprocess.Popen(
            pinned, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env=environment(**more), start_new_session=True,
        )  # fmt: skip

    def start(self):
        begun = time.monotonic()
        self.launch()
        while not self.answers():
            if self.process and self.process.poll() is not None:
                raise Missing(f"it ended with {self.process.returncode}: {self.log_tail()}")
            if time.monotonic() - begun > START_SECONDS_MAX:
                self.stop()
                raise Missing(f"it does not answer after {START_SECONDS_MAX} s: {self.log_tail()}")
            time.sleep(0.01)
        self.started_seconds = time.monotonic() - begun
        return self

    def log_tail(self):
        text = (self.folder / "log").read_text(errors="replace").strip()
        return text[-600:]

    def answers(self):
        """Whether it passes one request on."""
        if self.port is None:
            return False
        try:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
            headers = dict(header.split(": ", 1) for header in self.headers)
            body = json.dumps(request_body(self.model_of("mock")))
            connection.request("POST", self.path, body, {"Content-Type": "application/json", **headers})
            reply = connection.getresponse()
            reply.read()
            return reply.status == 200
        except (OSError, http.client.HTTPException):
            return False

    def model_of(self, model):
        """What this peer calls a model of the upstream."""
        return model

    def pids(self):
        """The process and what it has started."""
        found, waiting = [], [self.process.pid] if self.process else []
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    waiting += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
        return found

    def memory_bytes(self):
        """The resident size of all its processes, now."""
        total = 0
        for pid in self.pids():
            try:
                match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
            except OSError:
                continue
            total += int(match.group(1)) * 1024 if match else 0
        return total

    def processor_seconds(self):
        """What its processes have used, user and system."""
        total = 0
        for pid in self.pids():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def stop(self):
        """Ends the process group that `spawn` has made, and nothing else."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        code, self.process = self.process.returncode, None
        self.log.close()
        return code


class Direct(Peer):
    """No gateway: the upstream itself."""

    name = "direct"

    def launch(self):
        self.port = int(self.upstream.rsplit(":", 1)[1])

    def memory_bytes(self):
        return 0


NGINX = """daemon off;
worker_processes {workers};
worker_rlimit_nofile 40000;
pid nginx.pid;
error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_max_body_size 16m;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  tcp_nodelay on;
  upstream model.internal {{ server {upstream}; keepalive 1024; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location / {{
      proxy_pass http://model.internal;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_read_timeout 600s;
    }}
  }}
}}
"""


class Nginx(Peer):
    """A plain reverse proxy with kept connections; it parses and records nothing."""

    name = "nginx"

    def launch(self):
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
        if program is None:
            raise Missing("nginx is not installed (Debian: nginx-light)")
        self.port = free_port()
        self.folder.mkdir(parents=True, exist_ok=True)
        text = NGINX.format(workers=self.processes, upstream=self.upstream.split("//")[1], port=self.port)
        (self.folder / "nginx.conf").write_text(text)
        self.spawn([program, "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"])


class Portkey(Peer):
    """Portkey's gateway from npm: one process of Node. Without keys, limits or a record, which it has not."""

    name = "portkey"

    def launch(self):
        folder = Path(os.environ.get("PORTKEY", "/nonexistent"))
        script = folder / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
        if not script.exists() or shutil.which("node") is None:
            raise Missing(f"{script} is not there, or node is not")
        self.port = free_port()
        self.headers = (
            "Authorization: Bearer bench", "x-portkey-provider: openai",
            f"x-portkey-custom-host: {self.upstream}/v1",
        )  # fmt: skip
        self.spawn(["node", str(script), f"--port={self.port}", "--headless"], NODE_ENV="production")


class LiteLLM(Peer):
    """LiteLLM's proxy from PyPI: one worker, with a key (the master key; others need PostgreSQL)."""

    name = "litellm"

    def launch(self):
        program = Path(os.environ.get("LITELLM", "/nonexistent")) / "bin" / "litellm"
        if not program.exists():
            raise Missing(f"{program} is not there")
        self.port = free_port()
        self.headers = ("Authorization: Bearer sk-bench",)
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = [
            {"model_name": model, "litellm_params": {
                "model": f"openai/{model}", "api_base": f"{self.upstream}/v1", "api_key": "none"}}
            for model in self.models
        ]  # fmt: skip
        config = {
            "model_list": listed, "general_settings": {"master_key": "sk-bench"},
            "litellm_settings": {"telemetry": False, "num_retries": 0},
        }  # fmt: skip
        (self.folder / "config.yaml").write_text(json.dumps(config))
        command = [str(program), "--config", "config.yaml", "--host", HOST, "--port", str(self.port), "--num_workers", "1"]
        self.spawn(command, LITELLM_LOG="ERROR", LITELLM_LOCAL_MODEL_COST_MAP="True", DISABLE_ADMIN_UI="True")


LINE = """plimsoll: 1
feature: bench
owner: bench@example.org
models:
{models}
route:
  tiers: [{{model: mock, deliver_at: 0}}]
serve:
  listen: "127.0.0.1:0"
  admin: "127.0.0.1:0"
  keys: required
  workers: {workers}
  connections: 16_000
  requests_per_minute: 10_000_000
  tokens_per_minute: 10_000_000_000
"""
MODEL = "  {name}: {{endpoint: {upstream}/v1, model: {model}, price: {{input: 0.15, output: 0.60}}}}"
LISTENING = re.compile(r"^(?:\S+: )?listening on http:/{2}[0-9.]+:(\d+)", re.MULTILINE)
ADMIN = re.compile(r"^(?:\S+: )?admin on http:/{2}[0-9.]+:(\d+)", re.MULTILINE)


class Plimsoll(Peer):
    """The gateway with its ledger, its key check and the limits of the key on."""

    name = "plimsoll"

    def launch(self):
        program = os.environ.get("PLIMSOLL", "")
        if not os.access(program, os.X_OK):
            raise Missing(f"'{program}' is not there: build it, or set PLIMSOLL")
        if subprocess.run([program, "help", "serve"], capture_output=True, check=False).returncode != 0:
            raise Missing(f"'{program}' has no command serve")
        self.folder.mkdir(parents=True, exist_ok=True)
        rows = [MODEL.format(name=self.model_of(model), upstream=self.upstream, model=model) for model in self.models]
        (self.folder / "plimsoll.yaml").write_text(LINE.format(models="\n".join(rows), workers=self.processes))
        key = self.make_key(program)
        self.headers = (f"Authorization: Bearer {key}",)
        self.admin_port = None
        self.spawn([program, "serve", "plimsoll.yaml"])

    def pids(self):
        """The server. What loads its ledger into the warehouse is a process for some moments, told by script/bench live."""
        return [self.process.pid] if self.process else []

    def make_key(self, program):
        command = [program, "key", "make", "--name", "bench", "--requests-per-minute", "10000000", "--tokens-per-minute", "1000000000"]
        made = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        match = re.search(r"pl_[A-Za-z0-9]+_[A-Za-z0-9_-]+", made.stdout)
        if made.returncode != 0 or match is None:
            raise Missing(f"'{' '.join(command)}': {made.stderr.strip() or made.stdout.strip()}")
        return match.group()

    def answers(self):
        if self.port is None:
            text = (self.folder / "log").read_text(errors="replace")
            listening, admin = LISTENING.search(text), ADMIN.search(text)
            if not listening:
                return False
            self.port = int(listening.group(1))
            self.admin_port = int(admin.group(1)) if admin else None
        return super().answers()


PEERS = (Direct, Nginx, Plimsoll, Portkey, LiteLLM)


def request_body(model, stream=False, size=None):
    """A chat of about `size` bytes; what the OpenAI clients send for it."""
    text = "How deep may a ship be loaded?"
    if size:
        text += " " + "x" * max(0, size - 200)
    body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 256, "logprobs": True}
    if stream:
        body["stream"] = True
    return body
