"""What `plimsoll serve` tells the person who starts it: mistakes, with what to do; how it goes; and its end."""

import socket
import subprocess

import pytest

from call_fixtures import PROGRAM
from gateway_fixtures import Gateway, line_for, model_of, serving, wait_until
from model_server import ModelServer

MODELS = "models:\n  small: {endpoint: http://127.0.0.1:9/v1}\n"
ROUTE = "route:\n  tiers: [{model: small, deliver_at: 0}]\n"


def serve(folder, line=None, *arguments):
    """Standard error of a server that cannot start."""
    if line is not None:
        (folder / "plimsoll.yaml").write_text("plimsoll: 1\nfeature: a\n" + line)
    done = subprocess.run([PROGRAM, "serve", *arguments], cwd=folder, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("plimsoll: ") and done.stderr.endswith("\n")
    return done.stderr


@pytest.mark.parametrize(
    "line, words",
    [
        ("", "`data` is missing"),
        (MODELS, "`route` is missing; write `route: {tiers: [{model: NAME}]}` to serve its models"),
        (MODELS + "rout:\n  tiers: []\n", "(and 1 more; `plimsoll check` lists all)"),
        (MODELS + "route:\n  tiers: [{model: smal}]\n", "plimsoll.yaml:6:19: `route.tiers[0].model` is `smal`, which is not in `models`; did you mean `small`?"),
        ("models:\n  small: {endpoint: http://127.0.0.1:9/v1, key: env:NOT_SET_HERE}\n" + ROUTE, "the environment variable NOT_SET_HERE, which holds a key, is not set"),
        (MODELS + ROUTE + "serve: {listen: '0.0.0.0:0', keys: none}\n", "write `keys: required`, or an address of this machine"),
        (MODELS + ROUTE + "serve: {listen: '8700'}\n", "must be a host and a port; for example `127.0.0.1:8700`"),
        (MODELS + ROUTE + "serve: {tls: {certificate: no.pem, key: no.key}}\n", 'cannot use the certificates of "no.pem": No such file or directory'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_line_is_told_with_what_to_do(tmp_path, line, words):
    assert words in serve(tmp_path, line)


def test_a_line_that_is_not_there_is_named(tmp_path):
    assert serve(tmp_path) == "plimsoll: plimsoll.yaml: cannot open plimsoll.yaml: No such file or directory\n"
    assert "other.yaml: cannot open" in serve(tmp_path, None, "other.yaml")


@pytest.mark.parametrize("where", ["listen", "admin"])
def test_a_port_that_is_taken_is_told(tmp_path, where):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        addresses = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", where: f"127.0.0.1:{port}"}
        line = f"{MODELS}{ROUTE}serve: {{listen: '{addresses['listen']}', admin: '{addresses['admin']}'}}\n"
        told = serve(tmp_path, line)
        assert f"cannot listen on 127.0.0.1 port {port}: another program does; stop it, or choose another port" in told


def test_localhost_is_an_address_of_this_machine(tmp_path):
    (tmp_path / "plimsoll.yaml").write_text("plimsoll: 1\nfeature: a\n" + MODELS + ROUTE + "serve: {listen: 'localhost:0', admin: 'localhost:0'}\n")
    server = subprocess.Popen([PROGRAM, "serve"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        for what in ("listening", "admin"):
            line = server.stderr.readline()
            assert line.startswith(f"plimsoll: {what} on http://localhost:")
            socket.create_connection(("127.0.0.1", int(line.rsplit(":", 1)[1])), timeout=10).close()
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
        server.stderr.close()


def test_the_terminal_tells_addresses_reloads_and_the_end(tmp_path):
    with serving(tmp_path) as (gateway, server):
        assert [line.split(" on ")[0] for line in gateway.lines] == ["plimsoll: listening", "plimsoll: admin"]
        gateway.reload()
        wait_until(lambda: "plimsoll: the line was read again\n" in gateway.lines, what="the reload")
        gateway.write_line("plimsoll: 1\nfeature: a\n" + MODELS + ROUTE + "nonsense: 1\n")
        gateway.reload()
        wait_until(lambda: "the old one stays" in gateway.stderr, what="the refusal")
        assert "plimsoll.yaml:7:1: `nonsense`" in gateway.stderr
        gateway.write_line(line_for(server))
        assert gateway.chat("q")[0] == 200
    assert gateway.lines[-2:] == ["plimsoll: ending: requests under way are answered, no new ones are taken\n", "plimsoll: ended\n"]


@pytest.mark.parametrize("change", [{"body": "1MB"}, {"connections": 5}, {"commit": "20ms"}, {"workers": 1}, {"listen": "127.0.0.1:1"}])
def test_a_reload_that_could_not_take_hold_is_refused(tmp_path, change):
    with serving(tmp_path) as (gateway, server):
        gateway.write_line(line_for(server, serve=change))
        status, _, data = gateway.request("POST", "/admin/reload", {}, admin=True)
        assert status == 400 and b"are those of the start" in data
        gateway.write_line(line_for(server, serve={"payloads": "none"}))
        assert gateway.request("POST", "/admin/reload", {}, admin=True)[0] == 200


def ends_of(folder, name, port):
    """How a call of a model at this name of the machine ended."""
    with Gateway(folder, line_for(models={"small": model_of(f"http://{name}:{port}")})) as gateway:
        _, headers, _ = gateway.chat("q")
        return {attempt["end"] for attempt in gateway.wait_for_record(headers["x-plimsoll-decision"])["attempts"]}


def test_localhost_can_be_asked(tmp_path):
    with ModelServer() as server:
        assert ends_of(tmp_path, "localhost", server.url.split(":")[2]) == {"done"}


def test_another_name_of_this_machine_cannot_be_asked(tmp_path):
    name = socket.gethostname()
    try:
        loopback = socket.gethostbyname(name).startswith("127.")
    except OSError:
        loopback = False
    if not loopback or name == "localhost":
        pytest.skip("this machine's name does not stand for loopback")
    with ModelServer() as server:
        assert ends_of(tmp_path, name, server.url.split(":")[2]) == {"forbidden"}


def test_who_asks_at_the_wrong_address_is_told_where_the_right_one_is(tmp_path):
    with serving(tmp_path) as (gateway, _):
        for path in ("/chat/completions", "/metrics"):
            status, _, data = gateway.request("POST", path, {})
            assert status == 404 and b"ends in /v1; metrics, health and administration have an address of their own" in data
