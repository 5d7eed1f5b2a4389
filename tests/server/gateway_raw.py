"""Bytes to and from a gateway without a client or a server that knows better: for what is wrong on purpose."""

import json
import socket
import threading
import urllib.parse
from contextlib import contextmanager, suppress

from gateway_fixtures import FEATURE

END_OF_HEAD = b"\r\n\r\n"


def connect(gateway, timeout=20, receive_bytes=None):
    """A connection to the API; `receive_bytes`: how much the system holds for who does not read."""
    address = urllib.parse.urlsplit(gateway.url)
    one = socket.socket()
    if receive_bytes:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    one.settimeout(timeout)
    one.connect((address.hostname, address.port))
    return one


def chat_body(text="x", **more):
    return json.dumps({"model": FEATURE, "messages": [{"role": "user", "content": text}], **more}, ensure_ascii=False).encode()


def head_of(length, path="/v1/chat/completions", extra=""):
    return f"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{extra}\r\n".encode()


def received(connection, until=None, bytes_max=64 << 20):
    """What comes until the connection ends, or `until` is in it."""
    data = b""
    with suppress(ConnectionError):
        while (until is None or until not in data) and len(data) < bytes_max:
            piece = connection.recv(1 << 16)
            if not piece:
                break
            data += piece
    return data


def answer_of(connection):
    """(status, headers, body) of one answer that has a length."""
    data = received(connection, END_OF_HEAD)
    head, _, body = data.partition(END_OF_HEAD)
    lines = head.decode("latin-1").split("\r\n")
    headers = {k.lower(): v.strip() for k, v in (line.split(":", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        piece = connection.recv(1 << 16)
        assert piece, "the answer is shorter than it says"
        body += piece
    return int(lines[0].split(" ")[1]), headers, body


def sent(gateway, data):
    """The answer to these bytes, on a connection of their own."""
    with connect(gateway) as connection:
        with suppress(ConnectionError):  # it may be refused before the end
            connection.sendall(data)
        return answer_of(connection)


def error_of(body):
    """The error of an answer, which has the shape of OpenAI's API."""
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"} and error["message"] and error["type"]
    return error


EVENT_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def event(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


class Upstream:
    """What an upstream does with a connection, once a request came: `behave(connection, upstream)`, in a thread each."""

    def __init__(self, behave):
        self.behave, self.sent_bytes, self.requests, self.ended = behave, 0, 0, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/v1"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(60)
        with connection, suppress(OSError):
            while self.take_request(connection):
                self.requests += 1
                if self.behave(connection, self) is None:
                    return

    def take_request(self, connection):
        data = received(connection, END_OF_HEAD)
        if END_OF_HEAD not in data:
            return False
        head, _, body = data.partition(END_OF_HEAD)
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += connection.recv(1 << 16)
        return True

    def send(self, connection, data):
        connection.sendall(data)
        self.sent_bytes += len(data)

    def close(self):
        self.ended.set()
        self.listener.close()


@contextmanager
def behaving(behave):
    upstream = Upstream(behave)
    try:
        yield upstream
    finally:
        upstream.close()
