"""A small model server for tests: the OpenAI wire format, streaming and not, over real sockets, which
misbehaves on demand. Standard library only; the same request always has the same answer.

    with ModelServer(answers={"2 + 2": "4"}) as server:
        ... server.url ...                # "http://127.0.0.1:PORT/v1"
        server.requests                   # what came: [{"path", "headers", "body", "raw", "attempt"}, …]
        server.in_flight_most             # how many were answered at one time
        server.gone                       # whose clients went away: [{"path", "body", "at"}, …], monotonic time

What it answers: the text that `answers` (or `answer`, a function of the request's body) has for the last
message, else that message itself ("echo"). A text of `answer` that has an attribute `tool_calls` comes with these
calls. Without `answer`, a request with `tools` calls those whose names stand in the message, or those that its
`tool_choice` demands, and one with a JSON Schema as `response_format` is answered with JSON of that schema. An
embedding is the normalised sum of one hashed vector for each word, so that texts with words in common are near
each other. Tokens are counted as words. The Responses API is in model_responses.py.

A fault is asked for in the text of the last message, or in the model's name: `fault:NAME`, `fault:NAME=ARG`,
and `*N` after it: the first N times that this very request comes; after that the answer is right.

    status=CODE            an error object with this status
    retry-after=SECONDS    429 with retry-after; retry-after-date=SECONDS: as a date;
    retry-after-ms=MS      429 with retry-after-ms
    never-again            500 with x-should-retry: false
    quota                  429, insufficient_quota
    truncated              half of the JSON, as if it were all
    cut                    the connection closes in the middle of the answer
    charged-cut            so does a stream, after it has told its usage
    reset                  the connection is reset before the answer
    stall=SECONDS          half of the answer, then nothing for so long
    slow-start=SECONDS     nothing at all for so long
    html                   200 with a page
    big=BYTES              a text of this size
    http10                 HTTP/1.0, its end is the end of the connection
    split=N                chunks of N bytes: inside characters and lines
    pace=MS                a stream with so much time between its events
    crlf, comments         a stream with lines that end in CRLF; with comments between its events
    stream-error           an error object in the middle of the stream
    empty, other-shape     200 with nothing; with JSON of another shape
    no-done                a stream without [DONE]; unfinished: and without a finish_reason
    linger=SECONDS         the connection stays open after [DONE]
    echo-key               401, with the key in its message
    redirect               302 to another path
    garbage                no HTTP
    headers=BYTES          headers of this size
    no-usage, cached=N     no usage; N of the prompt's tokens cached
    written=N, reasoning=N  N of the prompt's tokens written into the cache; N of the answer's of its reasoning
    refusal, tools         a refusal; two tool calls
    plain                  JSON though a stream was asked for; as-stream: the other way round

A stall, a slow start and the pauses of `pace` end early when the server is closed, or the client goes away.
"""

import argparse
import asyncio
import base64
import email.utils
import hashlib
import json
import math
import re
import struct
import sys
import threading
import time
from contextlib import suppress

import model_responses
from model_texts import Said, all_text_of, called_tools, prompt_of, shaped, texts_of_input, tokens_of, words_of

FAULT = re.compile(r"fault:([a-z0-9-]+)(?:=([^\s*]+))?(?:\*(\d+))?")
DIMENSIONS = 64
CREATED = 1700000000
LOOK_SECONDS = 0.002  # how often a pause looks whether the client is still there


class Gone(Exception):
    """The connection is to be closed without a further word."""


def embedding_of(text, dimensions=DIMENSIONS):
    """The normalised sum of a hashed vector for each word; a text without words has the first axis."""
    sums = [0.0] * dimensions
    for word in words_of(text.lower()):
        for i in range(dimensions):
            digest = hashlib.sha256(f"{word}/{i // 8}".encode()).digest()
            (number,) = struct.unpack_from("<i", digest, i % 8 * 4)
            sums[i] += number / 2.0**31
    norm = math.sqrt(sum(x * x for x in sums))
    if norm == 0.0:
        return [1.0] + [0.0] * (dimensions - 1)
    # Rounded to what a float holds, so that both encodings say the same.
    return list(struct.unpack(f"<{dimensions}f", struct.pack(f"<{dimensions}f", *(x / norm for x in sums))))


def logprob_of(token):
    """A probability that depends on the token alone, between 1/2 and 1."""
    byte = hashlib.sha256(token.encode()).digest()[0]
    return math.log(0.5 + byte / 512.0)


def logprobs_of(token, top):
    mine = logprob_of(token)
    others = [{"token": f"~{i}", "logprob": mine - 1.0 - i, "bytes": None} for i in range(max(0, top - 1))]
    listed = [{"token": token, "logprob": mine, "bytes": None}] + others if top > 0 else []
    return {"token": token, "logprob": mine, "bytes": list(token.encode()), "top_logprobs": listed}


class Request:
    """One request: what came, and which fault it asks for."""

    def __init__(self, path, headers, body, attempt):
        self.path, self.headers, self.body, self.attempt = path, headers, body, attempt
        found = FAULT.search(all_text_of(body)) or FAULT.search(str(body.get("model", "")))
        self.fault, self.argument = None, None
        if found and (found.group(3) is None or attempt <= int(found.group(3))):
            self.fault, self.argument = found.group(1), found.group(2)
        self.stream = bool(body.get("stream")) and self.fault != "plain" or self.fault == "as-stream"
        self.chat = path.endswith("/chat/completions")

    def number(self):
        return float(self.argument)


class ModelServer:
    """Serves in a thread of its own between `with` and its end."""

    def __init__(self, answers=None, answer=None, tls=None, port=0):
        self.answers, self.answer = dict(answers or {}), answer
        self.tls, self.port = tls, port  # tls: (certificate file, key file)
        self.requests, self.connections, self.gone = [], 0, []
        self.in_flight, self.in_flight_most = 0, 0
        self.seen, self.lock, self.ready = {}, threading.Lock(), threading.Event()
        self.failure = None

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    def attempts(self):
        """How often each request came, by its prompt."""
        counts = {}
        for request in self.requests:
            text = all_text_of(request["body"])
            counts[text] = counts.get(text, 0) + 1
        return counts

    # --- A thread and its loop ---------------------------------------------------------------------

    def __enter__(self):
        self.thread = threading.Thread(target=lambda: asyncio.run(self.run()), daemon=True)
        self.thread.start()
        if not self.ready.wait(10) or self.failure:
            raise RuntimeError(f"the model server did not start: {self.failure}")
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.closing.set)
        self.thread.join(10)

    async def run(self):
        self.loop, self.closing = asyncio.get_running_loop(), asyncio.Event()
        self.tasks = set()
        try:
            server = await asyncio.start_server(self.connection, "127.0.0.1", self.port, ssl=self.context())
        except Exception as error:  # told to who waits in __enter__
            self.failure = error
            self.ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.closing.wait()
        server.close()
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def context(self):
        if not self.tls:
            return None
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.tls)
        return context

    # --- Connections -------------------------------------------------------------------------------

    async def connection(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        self.connections += 1
        try:
            with suppress(Gone, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self.exchange(reader, writer):
                    pass
        finally:
            self.tasks.discard(asyncio.current_task())
            with suppress(Exception):
                writer.close()

    async def exchange(self, reader, writer):
        """One request and its answer; whether the connection goes on."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.strip().lower(): v.strip() for k, v in (line.split(":", 1) for line in head[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        reply = Reply(reader, writer, self.closing)
        if method != "POST":
            await reply.error(405, "only POST")
            return True
        try:
            body = json.loads(raw)
        except ValueError:
            await reply.error(400, "the body is not JSON")
            return True
        with self.lock:
            attempt = self.seen[raw] = self.seen.get(raw, 0) + 1
            self.requests.append({"path": path, "headers": headers, "body": body, "raw": raw, "attempt": attempt})
            self.in_flight += 1
            self.in_flight_most = max(self.in_flight_most, self.in_flight)
        try:
            await self.respond(Request(path, headers, body, attempt), reply)
        except (Gone, ConnectionError):
            if reply.client_is_gone():
                self.gone.append({"path": path, "body": body, "at": time.monotonic()})
            raise
        finally:
            with self.lock:
                self.in_flight -= 1
        return not reply.closes

    async def respond(self, request, reply):
        fault = FAULTS_BEFORE.get(request.fault)
        if fault and await fault(self, request, reply):
            return
        if request.path.endswith("/embeddings"):
            await send_whole(request, reply, embeddings_body(request))
        elif request.path.endswith("/responses"):
            await send_response(request, reply, self.reply_text(request))
        elif not request.path.endswith("/completions"):
            await reply.error(404, f"no such path: {request.path}")
        elif request.stream:
            await send_stream(request, reply, self.reply_text(request))
        else:
            await send_whole(request, reply, completion_body(request, self.reply_text(request)))

    def reply_text(self, request):
        if request.fault == "big":
            return "x" * int(request.argument)
        prompt = prompt_of(request.body)
        if self.answer:
            text = self.answer(request.body)
            if text is not None:
                return text
        if isinstance(prompt, list):  # the older API takes several prompts; the rest of them are not looked at
            prompt = prompt[0]
        said = Said(self.answers.get(prompt) or shaped(request.body, prompt) or prompt)
        if names := called_tools(request.body, prompt):
            said = Said("")
            said.tool_calls = [
                {"id": f"call_{i + 1}", "type": "function", "function": {
                    "name": name, "arguments": json.dumps({"of": prompt, "at": i}, ensure_ascii=False)}}
                for i, name in enumerate(names)
            ]  # fmt: skip
        return said


class Reply:
    """Writes an answer."""

    def __init__(self, reader, writer, closing):
        self.reader, self.writer, self.closing, self.closes = reader, writer, closing, False

    def client_is_gone(self):
        return self.reader.at_eof() or self.reader.exception() is not None

    async def pause(self, seconds):
        """Waits; not for a client that is gone, nor when the server is closed."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.closing.is_set():
            if self.client_is_gone():
                raise Gone
            await asyncio.sleep(min(left, LOOK_SECONDS))

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status, headers, version="1.1"):
        lines = [f"HTTP/{version} {status} Status", "x-request-id: req-test"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def whole(self, status, data, kind="application/json", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.head(status, {"content-type": kind, "content-length": len(data), **named})
        await self.send(data)

    async def error(self, status, message, code=None, **headers):
        kind = "insufficient_quota" if code == "insufficient_quota" else "test_error"
        body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
        await self.whole(status, json.dumps(body).encode(), **headers)

    async def chunk(self, data):
        await self.send(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def reset(self):
        """A reset rather than an orderly end."""
        import socket

        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
        raise Gone


# --- What is answered ----------------------------------------------------------------------------------


def usage_of(request, text):
    prompt, completion = len(words_of(all_text_of(request.body))), len(tokens_of(text))
    cached, written, reasoning = (
        int(request.argument) if request.fault == fault else 0 for fault in ("cached", "written", "reasoning")
    )
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached, "cache_write_tokens": written},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }  # fmt: skip


TOOL_CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Zürich"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "clock", "arguments": '{"zone": "CET"}'}},
]


def calls_of(request, text):
    return TOOL_CALLS if request.fault == "tools" else getattr(text, "tool_calls", None)


def message_of(request, text):
    if request.fault == "refusal":
        return {"role": "assistant", "content": None, "refusal": "I cannot help with that."}, "stop"
    if calls := calls_of(request, text):
        content = None if request.fault == "tools" else str(text) or None
        return {"role": "assistant", "content": content, "tool_calls": calls}, "tool_calls"
    return {"role": "assistant", "content": text, "refusal": None}, "stop"


def cut_to_length(request, text):
    """At most max_tokens words, and why it ended."""
    most = request.body.get("max_completion_tokens") or request.body.get("max_tokens")
    tokens = tokens_of(text)
    if most and len(tokens) > most:
        return "".join(tokens[:most]), "length"
    return text, None


def completion_logprobs(tokens, top):
    """The shape of the older API: lists side by side."""
    listed = [logprobs_of(token, top)["top_logprobs"] for token in tokens]
    return {
        "tokens": tokens, "token_logprobs": [logprob_of(token) for token in tokens],
        "top_logprobs": [{one["token"]: one["logprob"] for one in others} for others in listed],
        "text_offset": [0 for _ in tokens],
    }  # fmt: skip


def choice_of(request, text, index):
    text, length = cut_to_length(request, text)
    tokens, wanted = tokens_of(text), request.body.get("logprobs")
    if not request.chat:
        choice = {"index": index, "text": text, "finish_reason": length or "stop", "logprobs": None}
        if wanted is not None and wanted is not False:
            choice["logprobs"] = completion_logprobs(tokens, int(wanted))
        return choice
    message, reason = message_of(request, text)
    choice = {"index": index, "message": message, "finish_reason": length or reason, "logprobs": None}
    if wanted:
        top = int(request.body.get("top_logprobs") or 0)
        choice["logprobs"] = {"content": [logprobs_of(token, top) for token in tokens], "refusal": None}
    return choice


def completion_body(request, text):
    body = {
        "id": "cmpl-test", "object": "chat.completion" if request.chat else "text_completion",
        "created": CREATED, "model": request.body.get("model", ""), "system_fingerprint": "fp_test",
        "choices": [choice_of(request, text, i) for i in range(int(request.body.get("n") or 1))],
    }  # fmt: skip
    if request.fault != "no-usage":
        body["usage"] = usage_of(request, cut_to_length(request, text)[0])
    return body


def embeddings_body(request):
    texts = texts_of_input(request.body.get("input", ""))
    dimensions = int(request.body.get("dimensions") or DIMENSIONS)
    data = []
    for i, text in enumerate(texts):
        vector = embedding_of(text, dimensions)
        if request.body.get("encoding_format") == "base64":
            vector = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
        data.append({"object": "embedding", "index": i, "embedding": vector})
    tokens = sum(len(words_of(text)) for text in texts)
    return {"object": "list", "model": request.body.get("model", ""), "data": data,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens}}  # fmt: skip


def deltas_of(request, text):
    """The pieces of one reply: (delta, finish_reason)."""
    if calls := calls_of(request, text):
        for i, call in enumerate(calls):
            head = {"index": i, "id": call["id"], "type": "function",
                    "function": {"name": call["function"]["name"], "arguments": ""}}  # fmt: skip
            yield {"tool_calls": [head]}, None
        # The arguments of all come in turns, a few characters at a time.
        for at in range(0, max(len(call["function"]["arguments"]) for call in calls), 4):
            for i, call in enumerate(calls):
                if piece := call["function"]["arguments"][at : at + 4]:
                    yield {"tool_calls": [{"index": i, "function": {"arguments": piece}}]}, None
        yield {}, "tool_calls"
        return
    name = "refusal" if request.fault == "refusal" else "content"
    text = "I cannot help with that." if name == "refusal" else text
    text, length = cut_to_length(request, text)
    pieces = tokens_of(text) if len(text) < 100000 else [text[i : i + 16384] for i in range(0, len(text), 16384)]
    for piece in pieces:
        yield {name: piece}, None
    yield {}, length or "stop"


def chunks_of(request, text):
    """The data of each event of the stream."""
    base = {"id": "cmpl-test", "created": CREATED, "model": request.body.get("model", ""),
            "object": "chat.completion.chunk" if request.chat else "text_completion",
            "system_fingerprint": "fp_test"}  # fmt: skip
    told = bool((request.body.get("stream_options") or {}).get("include_usage")) and request.fault != "no-usage"
    if told:
        base["usage"] = None
    count = int(request.body.get("n") or 1)
    top = int(request.body.get("top_logprobs") or 0)
    if request.chat:
        for i in range(count):
            delta = {"role": "assistant", "content": ""}
            yield {**base, "choices": [{"index": i, "delta": delta, "finish_reason": None}]}
    for i in range(count):
        for delta, reason in deltas_of(request, text):
            if request.fault == "unfinished":
                reason = None
            choice = {"index": i, "finish_reason": reason, "logprobs": None}
            if request.chat:
                choice["delta"] = delta
                if request.body.get("logprobs") and "content" in delta:
                    choice["logprobs"] = {"content": [logprobs_of(delta["content"], top)]}
            else:
                choice["text"] = delta.get("content", "")
                if request.body.get("logprobs") and choice["text"]:
                    choice["logprobs"] = completion_logprobs([choice["text"]], int(request.body["logprobs"]))
            yield {**base, "choices": [choice]}
    if told:
        yield {**base, "choices": [], "usage": usage_of(request, cut_to_length(request, text)[0])}


# --- How it is sent ------------------------------------------------------------------------------------


async def send_whole(request, reply, body):
    data = json.dumps(body, ensure_ascii=False).encode()
    half = len(data) // 2
    if request.fault == "truncated":
        data = data[:half]
    if request.fault == "cut":
        await reply.head(200, {"content-type": "application/json", "content-length": len(data)})
        await reply.send(data[:half])
        raise Gone
    if request.fault == "stall":
        await reply.head(200, {"content-type": "application/json", "content-length": len(data)})
        await reply.send(data[:half])
        await reply.pause(request.number())
        data = data[half:]
        await reply.send(data)
        return
    if request.fault == "http10":
        await reply.head(200, {"content-type": "application/json"}, version="1.0")
        await reply.send(data)
        raise Gone
    if request.fault == "split":
        await reply.head(200, {"content-type": "application/json", "transfer-encoding": "chunked"})
        await send_split(request, reply, data)
        await reply.send(b"0\r\n\r\n")
        return
    await reply.whole(200, data)


async def send_split(request, reply, data):
    """In chunks of so many bytes, each a packet of its own as far as the system lets it."""
    size = int(request.argument)
    for at in range(0, len(data), size):
        await reply.chunk(data[at : at + size])
        if at < 64 * size:
            await asyncio.sleep(0)


def event_of(chunk):
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


async def send_stream(request, reply, text):
    events = [event_of(chunk) for chunk in chunks_of(request, text)]
    half = max(1, len(events) // 2)
    if request.fault == "comments":
        events = [piece for event in events for piece in (b": still here\n\n", event)]
    if request.fault not in ("no-done", "unfinished"):
        events.append(b"data: [DONE]\n\n")
    if request.fault == "http10":
        await reply.head(200, {"content-type": "text/event-stream"}, version="1.0")
        await reply.send(b": keep-alive\n\n" + b"".join(events))
        raise Gone
    if request.fault == "crlf":
        events = [event.replace(b"\n", b"\r\n") for event in events]
    await reply.head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})
    if request.fault == "split":
        await send_split(request, reply, b"".join(events))
    else:
        await send_events(request, reply, events, half)
    await reply.send(b"0\r\n\r\n")


async def send_response(request, reply, text):
    if not request.stream:
        await send_whole(request, reply, model_responses.finished(request, text))
        return
    events = model_responses.events(request, text)
    await reply.head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})
    if request.fault == "split":
        await send_split(request, reply, b"".join(events))
    else:
        await send_events(request, reply, events, max(1, len(events) // 2))
    await reply.send(b"0\r\n\r\n")


async def send_events(request, reply, events, half):
    for i, event in enumerate(events):
        if i == half and request.fault == "cut":
            raise Gone
        if i == half and request.fault == "charged-cut":
            chunk = {"choices": [], "usage": usage_of(request, "one")}
            await reply.chunk(event_of(chunk))
            raise Gone
        if i == half and request.fault == "truncated":
            await reply.chunk(event[: len(event) // 2] + b"\n\n")
            return
        if i == half and request.fault == "stall":
            await reply.pause(request.number())
        if i == half and request.fault == "stream-error":
            error = {"error": {"message": "the engine fell over", "type": "server_error", "code": None}}
            of_responses = request.path.endswith("/responses")
            await reply.chunk(model_responses.error_event(i) if of_responses else event_of(error))
            return
        await reply.chunk(event)
        if request.fault == "pace":
            await reply.pause(request.number() / 1000)
    if request.fault == "linger":
        await reply.pause(request.number())


# --- Faults that stand in the place of an answer -------------------------------------------------------


async def fail_status(_, request, reply):
    await reply.error(int(request.argument), f"a status of {request.argument}, as asked")
    return True


async def fail_retry_after(_, request, reply):
    await reply.error(429, "too many requests", code="rate_limit_exceeded", retry_after=request.argument)
    return True


async def fail_retry_after_date(_, request, reply):
    date = email.utils.formatdate(time.time() + request.number(), usegmt=True)
    await reply.error(429, "too many requests", code="rate_limit_exceeded", retry_after=date)
    return True


async def fail_retry_after_ms(_, request, reply):
    await reply.error(429, "too many requests", code="rate_limit_exceeded", retry_after="3600",
                      retry_after_ms=request.argument)  # fmt: skip
    return True


async def fail_never_again(_, __, reply):
    await reply.error(500, "it would be in vain", x_should_retry="false")
    return True


async def fail_quota(_, __, reply):
    await reply.error(429, "You exceeded your current quota.", code="insufficient_quota")
    return True


async def fail_reset(_, __, reply):
    await reply.reset()


async def slow_start(_, request, reply):
    await reply.pause(request.number())
    return False


async def fail_html(_, __, reply):
    await reply.whole(200, b"<html><body>Sign in to continue</body></html>", kind="text/html; charset=utf-8")
    return True


async def fail_empty(_, __, reply):
    await reply.whole(200, b"")
    return True


async def fail_other_shape(_, __, reply):
    await reply.whole(200, b'{"object": "list", "data": {"a": [1, 2]}}')
    return True


async def fail_echo_key(_, request, reply):
    await reply.error(401, f"Incorrect key provided: {request.headers.get('authorization', '')}.")
    return True


async def fail_redirect(_, __, reply):
    await reply.whole(302, b"", location="/v1/elsewhere/chat/completions")
    return True


async def fail_garbage(_, __, reply):
    await reply.send(b"\x00\x01this is no HTTP\r\n\r\n")
    raise Gone


async def fail_headers(_, request, reply):
    lines = {f"x-filler-{i}": "y" * 1000 for i in range(int(request.argument) // 1000)}
    await reply.head(200, {"content-type": "application/json", **lines, "content-length": 2})
    await reply.send(b"{}")
    return True


FAULTS_BEFORE = {
    "status": fail_status, "retry-after": fail_retry_after, "retry-after-date": fail_retry_after_date,
    "retry-after-ms": fail_retry_after_ms, "never-again": fail_never_again, "quota": fail_quota,
    "reset": fail_reset, "slow-start": slow_start, "html": fail_html, "empty": fail_empty,
    "other-shape": fail_other_shape, "echo-key": fail_echo_key, "redirect": fail_redirect,
    "garbage": fail_garbage, "headers": fail_headers,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--answers", help="a JSON object: prompt to answer")
    options = parser.parse_args()
    answers = json.load(open(options.answers, encoding="utf-8")) if options.answers else {}
    with ModelServer(answers=answers, port=options.port) as server, suppress(KeyboardInterrupt):
        print(server.url, flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
