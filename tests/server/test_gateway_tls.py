"""TLS on both sides, with an authority made for the test: who has no certificate of it is not spoken to."""

import ssl
import subprocess
from contextlib import contextmanager

import pytest

from gateway_fixtures import Gateway, have_serve, line_for, model_of
from gateway_raw import answer_of, chat_body, connect, head_of, received
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="this program has no command `serve`")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


class Authority:
    """Signs certificates."""

    def __init__(self, folder, name):
        self.folder = folder / name
        self.folder.mkdir()
        self.file = self.folder / "ca.pem"
        openssl(self.folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", f"/CN={name}", "-keyout", "ca.key", "-out", "ca.pem")  # fmt: skip

    def certificate(self, name, alternative, *more):
        """(certificate, key) for that subject: "IP:127.0.0.1", "DNS:example.org"."""
        openssl(self.folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")  # fmt: skip
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative}\n")
        openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem", *(more or ("-days", "2")))  # fmt: skip
        return str(self.folder / f"{name}.pem"), str(self.folder / f"{name}.key")


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("good"), "good")


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"), "other")


@pytest.fixture(scope="module")
def ours(good):
    """The certificate of the servers of this machine."""
    return good.certificate("ours", "IP:127.0.0.1")


@contextmanager
def serving_tls(folder, ours, upstream_certificate, trusted, **models):
    certificate, key = ours
    with ModelServer(tls=upstream_certificate) as server:
        entry = model_of(server, timeout={"connect": "2s", "total": "5s"}, **({"ca_file": str(trusted)} if trusted else {}))
        route = {"tiers": [{"model": "small", "deliver_at": 0}], "attempts": 1}
        serve = {"tls": {"certificate": certificate, "key": key}}
        with Gateway(folder, line_for(models={"small": entry, **models}, route=route, serve=serve)) as gateway:
            yield gateway, server


def secured(gateway, trusted):
    context = ssl.create_default_context(cafile=str(trusted))
    return context.wrap_socket(connect(gateway), server_hostname="127.0.0.1")


def asked(connection, text, **more):
    body = chat_body(text, **more)
    connection.sendall(head_of(len(body)) + body)
    return answer_of(connection)


def test_both_sides_speak_tls(tmp_path, good, ours):
    with serving_tls(tmp_path, ours, ours, good.file) as (gateway, server):
        assert gateway.url.startswith("https://") and server.url.startswith("https://")
        with secured(gateway, good.file) as connection:
            for text in ("one", "x" * 300_000, "Grüße"):  # one connection, also past the size of a record
                status, _, body = asked(connection, text)
                assert status == 200 and text.encode() in body
            assert connection.version() in ("TLSv1.2", "TLSv1.3")
            connection.sendall(head_of(len(chat_body("a b c", stream=True))) + chat_body("a b c", stream=True))
            assert received(connection, b"0\r\n\r\n").count(b"data: ") == 6  # a role, three words, an end, [DONE]
        assert server.connections == 1


def test_a_client_that_trusts_another_authority_does_not_connect(tmp_path, good, other, ours):
    with serving_tls(tmp_path, ours, ours, good.file) as (gateway, _):
        with pytest.raises(ssl.SSLCertVerificationError):
            secured(gateway, other.file)
        with connect(gateway) as plain:  # nor one that speaks no TLS
            plain.sendall(b"GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n")
            assert not received(plain).startswith(b"HTTP/1.1 200")
        with secured(gateway, good.file) as connection:
            assert asked(connection, "still there")[0] == 200


WRONG = {
    "of another authority": lambda good, other: (other.certificate("wrong", "IP:127.0.0.1"), good.file),
    "of nobody that the system trusts": lambda good, other: (good.certificate("local", "IP:127.0.0.1"), None),
    "of another host": lambda good, other: (good.certificate("elsewhere", "DNS:example.org"), good.file),
    "of another address": lambda good, other: (good.certificate("address", "IP:127.0.0.2"), good.file),
    "that is over": lambda good, other: (good.certificate("past", "IP:127.0.0.1", "-days", "-1"), good.file),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_upstream_with_a_certificate_is_refused(tmp_path, good, other, ours, name):
    certificate, trusted = WRONG[name](good, other)
    with serving_tls(tmp_path, ours, certificate, trusted) as (gateway, server):
        with secured(gateway, good.file) as connection:
            status, headers, body = asked(connection, "a secret")
            assert status == 502 and b"a secret" not in body and server.requests == []
        record = gateway.wait_for_record(headers["x-plimsoll-decision"])
        assert record["status"] == "failed" and record["attempts"][0]["end"] == "untrusted"


@pytest.mark.parametrize("broken", ["certificate", "key"])
def test_a_certificate_that_cannot_be_used_is_said_before_it_listens(tmp_path, good, ours, broken):
    pair = {"certificate": ours[0], "key": ours[1]}
    pair[broken] = str(good.folder / "no-such-file.pem") if broken == "certificate" else str(good.folder / "ca.key")
    with ModelServer() as server:
        gateway = Gateway(tmp_path, line_for(server, serve={"tls": pair}))
        done = subprocess.run([str(gateway.program), "serve"], cwd=tmp_path, env=gateway.environment(), capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and pair[broken].rpartition("/")[2] in done.stderr and "listening" not in done.stderr
