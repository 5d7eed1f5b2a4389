"""A disk that is full, played by a limit on the size of the server's files, which can be given back: nothing goes out
unrecorded, or it is counted, as the line says; and all goes on when there is room."""

import resource

import pytest

from gateway_fixtures import Gateway, have_serve, line_for, wait_until
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="there is no `plimsoll serve`")
TEXT = "a" * 60_000  # so that a lane of 4 MiB is full soon
FULL_BYTES = 8192
ASKED_MAX = 400


def limit(gateway, size=None):
    hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def sums(gateway):
    """What the metrics say: served, recorded, dropped."""
    samples = gateway.metrics()
    return [int(sum(value for name, value in samples.items() if name.startswith(f"plimsoll_decisions_{part}")))
            for part in ("served", "recorded", "dropped")]  # fmt: skip


@pytest.mark.parametrize("unlogged", ["refuse", "serve"])
def test_a_full_disk_follows_the_line_and_is_got_over(tmp_path, unlogged):
    with ModelServer() as upstream:
        line = line_for(upstream, serve={"unlogged": unlogged, "payloads": "plain", "workers": 1})
        with Gateway(tmp_path / "folder", line) as gateway:
            assert gateway.chat("hi")[0] == 200
            assert gateway.request("GET", "/readyz", admin=True)[0] == 200
            limit(gateway, FULL_BYTES)

            whole, refused = 1, 0
            for _ in range(ASKED_MAX):
                status, headers, body = gateway.chat(TEXT)
                whole += status == 200
                refused += status != 200
                if status != 200:
                    assert (status, body["error"]["code"]) == (503, "ledger_unavailable")
                if refused >= 5 or sums(gateway)[2] >= 5:
                    break
            served, recorded, dropped = sums(gateway)
            assert served == recorded + dropped and dropped >= 5
            assert (refused == 0) == (unlogged == "serve")
            assert whole == (recorded if unlogged == "refuse" else served)
            assert gateway.request("GET", "/readyz", admin=True)[0] == (503 if unlogged == "refuse" else 200)
            assert gateway.request("POST", "/v1/feedback", {"decision": "d_1", "name": "rating", "value": 1})[0] == 503

            limit(gateway)
            wait_until(lambda: gateway.request("GET", "/readyz", admin=True)[0] == 200 and
                       gateway.chat("hi")[0] == 200, 10, "room")  # fmt: skip
            served, recorded, dropped = sums(gateway)
            assert served == recorded + dropped
        records = gateway.records("decision")
        assert len(records) == recorded == len({record["id"] for record in records})
        assert {record["status"] for record in records} == {"served"}
        assert "hold" in gateway.command("ledger", "verify")
