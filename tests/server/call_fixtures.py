"""Fixtures for the tests of the engine: the program that drives it, and model servers. A test imports those
that it uses; there is no conftest.py here, as tests/cli has one that is imported by its name.
"""

import json
import os
import pathlib
import subprocess

import pytest

from model_server import ModelServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("PLIMSOLL", ROOT / "build" / "plimsoll"))
DRIVER = PROGRAM.parent / "tests" / "server" / "call_driver"
TIMEOUT_SECONDS = 120

# What must not decide how the engine calls.
UNWANTED = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY")


class Driver:
    """Runs the engine over endpoints and calls."""

    def run(self, document, env=None, timeout=TIMEOUT_SECONDS):
        clean = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        return subprocess.run(
            [str(DRIVER)], input=json.dumps(document).encode(), env={**clean, **(env or {})},
            capture_output=True, timeout=timeout, check=False,
        )  # fmt: skip

    def __call__(self, endpoints, calls, env=None, **options):
        """The results in the order of the calls, and the counts; both checked to add up."""
        endpoints = endpoints if isinstance(endpoints, list) else [endpoints]
        result = self.run({"endpoints": endpoints, "calls": calls, **options}, env=env)
        assert result.returncode == 0, result.stderr.decode()
        assert result.stderr == b"", result.stderr.decode()
        document = json.loads(result.stdout)
        check_counts(document, len(calls))
        return document["results"], document["counts"]

    def one(self, endpoint, call, **options):
        results, _ = self(endpoint, [call], **options)
        return results[0]

    def refuses(self, endpoint, call=None, env=None):
        """The line of the error."""
        result = self.run({"endpoints": [endpoint], "calls": [call] if call else []}, env=env)
        assert result.returncode == 2, result.stdout
        return result.stderr.decode()


def check_counts(document, calls):
    results, counts = document["results"], document["counts"]
    assert len(results) == calls == counts["submitted"]
    assert counts["waiting"] == counts["running"] == 0
    assert counts["done"] + counts["failed"] + counts["cancelled"] == calls
    assert sum(counts["ends"].values()) == calls
    for name, count in counts["ends"].items():
        assert count == sum(result["end"] == name for result in results)
    assert counts["attempts"] == sum(result["attempts"] for result in results)
    assert counts["cost"] == pytest.approx(sum(result["cost"] for result in results), rel=1e-12)
    for name in ("prompt", "cached", "completion", "reasoning"):
        assert counts["paid"][name] == sum(result["paid"][name] for result in results)
    for result in results:
        assert (result["sentence"] == "") == (result["end"] == "done")


@pytest.fixture(scope="session")
def driver():
    assert os.access(DRIVER, os.X_OK), f"{DRIVER} is not there: build it, or set PLIMSOLL"
    return Driver()


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, its key, and another that has nothing to do with it."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "other"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder
