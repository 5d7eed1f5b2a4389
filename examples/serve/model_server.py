#!/usr/bin/env python3
"""Three small models that speak the OpenAI API, to try `plimsoll serve` on without a model of your own.

    python3 model_server.py                        small and challenger at port 8801, large at 8802
    python3 model_server.py --model small:9001     one of them, at a port of its own; 0 is any free one

The models say what an order costs: "What do 3 cups at 4 EUR and 2 plates at 7 EUR cost?". They compute the
right total, and then err as often as a model of their size would. How often depends on the number of items, and
what they say of their own certainty (the log-probability of the token with the number) is that very chance, so
that it is worth something. `large` errs rarely and costs more. The same question always gets the same answer.

Chat completions (streamed or not, logprobs, n, usage, response_format), completions and embeddings are served,
and /healthz. `POST /fail {"mode": "error"}` has every call fail until `{"mode": "none"}`; `stall` answers nothing,
`cut` ends a stream or an answer in the middle.

Nothing but Python's standard library is needed. For demonstrations only: it listens on loopback.
"""

import argparse
import base64
import hashlib
import http.server
import json
import math
import re
import signal
import struct
import threading
import time

HOST = "127.0.0.1"
BODY_BYTES_MAX = 1 << 20
CHOICES_MAX = 16
STALL_SECONDS = 30
DIMENSIONS = 64
MODES = ("none", "error", "stall", "cut")
PORTS = {"small": 8801, "challenger": 8801, "large": 8802}

# How often the answer is right, by how many items the order has; the last is for all longer ones.
SKILL = {
    "small": (0.99, 0.96, 0.72, 0.55, 0.40),
    "challenger": (0.99, 0.97, 0.85, 0.65, 0.50),
    "large": (0.999, 0.995, 0.985, 0.96, 0.93, 0.93, 0.60),
}
ITEM = re.compile(r"(\d{1,4})\s+\S+(?:\s+\S+)?\s+(?:at|zu|à)\s+(\d{1,4})\s+EUR", re.IGNORECASE)


def share(*parts):
    """A number in [0, 1) that only depends on the parts."""
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:6], "big") / (1 << 48)


def certainty_of(model, question, items):
    skill = SKILL[model][min(items, len(SKILL[model])) - 1]
    spread = min(0.15, 0.9 * (1 - skill))
    return skill + spread * (2 * share(model, question, "certainty") - 1)


def answer_of(model, question, draw=0):
    """The tokens of the answer, each with its probability and that of the runner-up."""
    items = [(int(count), int(price)) for count, price in ITEM.findall(question)]
    if not items:
        return [("I", 0.6, 0.3), (" do", 0.5, 0.4), (" not", 0.6, 0.2), (" know", 0.7, 0.2), (".", 0.9, 0.05)]
    certainty = certainty_of(model, question, len(items))
    total = sum(count * price for count, price in items)
    if share(model, question, "right", draw) >= certainty:
        total += 1 + int(9 * share(model, question, "slip", draw))
    return [
        ("That", 0.999, 0.0005), (" makes", 0.999, 0.0005), (" ", 0.9995, 0.0002),
        (str(total), certainty, (1 - certainty) * 0.8), (" EUR", 0.999, 0.0005), (".", 0.999, 0.0005),
    ]  # fmt: skip


def as_json(tokens):
    """The same as a JSON object: the number stays one token."""
    number = next((token for token in tokens if token[0].isdigit()), ("null", 0.5, 0.4))
    return [('{"', 0.999, 0.0005), ("total", 0.999, 0.0005), ('":', 0.999, 0.0005), number, ("}", 0.999, 0.0005)]


def text_of(content):
    if isinstance(content, list):
        return " ".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def question_of(body):
    """The last thing that a user said, or the prompt."""
    if "prompt" in body:
        return text_of(body["prompt"])
    said = [text_of(message.get("content")) for message in body.get("messages", []) if message.get("role") == "user"]
    return said[-1] if said else ""


def tokens_of(body, choice):
    seed = body.get("seed", 0) if body.get("temperature", 0) else 0
    tokens = answer_of(body["model"], question_of(body), f"{seed}/{choice}" if seed or choice else 0)
    if (body.get("response_format") or {}).get("type") in ("json_object", "json_schema"):
        return as_json(tokens)
    if (body.get("metadata") or {}).get("tone") == "warm":
        return [("Gladly", 0.999, 0.0005), ("!", 0.999, 0.0005), (" ", 0.9995, 0.0002), *tokens]
    return tokens


def logprob_of(token, top):
    text, probability, next_probability = token
    entry = {"token": text, "logprob": math.log(probability), "bytes": list(text.encode())}
    others = [(text, probability), ("?", next_probability)][: int(top)]
    entry["top_logprobs"] = [
        {"token": other, "logprob": math.log(p), "bytes": list(other.encode())} for other, p in others
    ]
    return entry


def usage_of(body, completion):
    texts = [text_of(message.get("content")) for message in body.get("messages", [])] or [question_of(body)]
    prompt = sum(3 + len(text.split()) for text in texts)
    return {
        "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip


def embedding_of(text):
    """A direction in which texts with the same words lie near each other."""
    vector = [0.0] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        vector[int(share(word) * DIMENSIONS)] += 1.0 if share(word, "sign") < 0.5 else -1.0
    length = math.sqrt(sum(value * value for value in vector)) or 1.0
    return [value / length for value in vector]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def log_message(self, *_):
        pass

    # --- In and out ------------------------------------------------------------------------------------

    def send(self, status, document):
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if self.server.mode == "cut" and status == 200 else data)
        self.close_connection = self.close_connection or self.server.mode == "cut"

    def refuse(self, status, message, kind="invalid_request_error"):
        self.send(status, {"error": {"message": message, "type": kind, "param": None, "code": None}})

    def body(self):
        """The object that came in; None when it was refused."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            return self.refuse(413 if length.isdigit() else 411, f"a body of at most {BODY_BYTES_MAX} bytes, please")
        try:
            body = json.loads(self.rfile.read(int(length)) or b"{}")
        except ValueError as error:
            return self.refuse(400, f"the body is not JSON: {error}")
        return body if isinstance(body, dict) else self.refuse(400, "the body is not an object")

    def event(self, document):
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        data = b"data: " + data + b"\n\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    # --- The addresses ---------------------------------------------------------------------------------

    def do_GET(self):
        if self.path == "/healthz":
            self.send(200, {"models": self.server.models, "mode": self.server.mode})
        elif self.path == "/v1/models":
            data = [{"id": model, "object": "model", "owned_by": "examples"} for model in self.server.models]
            self.send(200, {"object": "list", "data": data})
        else:
            self.refuse(404, f"{self.path} is not served")

    def do_POST(self):
        body = self.body()
        if body is None:
            return
        served = {
            "/v1/chat/completions": self.complete, "/v1/completions": self.complete, "/v1/embeddings": self.embed,
        }  # fmt: skip
        if self.path == "/fail":
            self.set_mode(body)
        elif self.path not in served:
            self.refuse(404, f"{self.path} is not served")
        elif self.server.mode == "error":
            self.refuse(503, "the model is told to fail", "server_error")
        elif body.get("model") not in self.server.models:
            self.refuse(404, f"the model {body.get('model')!r} is not here; there are {', '.join(self.server.models)}")
        else:
            if self.server.mode == "stall":
                self.server.ended.wait(STALL_SECONDS)
            served[self.path](body)

    def set_mode(self, body):
        if body.get("mode") not in MODES:
            return self.refuse(400, f"mode is one of {', '.join(MODES)}")
        self.server.mode = "none"  # so that this answer is whole
        self.send(200, {"mode": body["mode"]})
        self.server.mode = body["mode"]

    def embed(self, body):
        texts = body.get("input")
        texts = [texts] if isinstance(texts, str) else texts
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            return self.refuse(400, "input is a text or a list of texts")
        data = []
        for index, text in enumerate(texts):
            vector = embedding_of(text)
            if body.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": vector})
        spent = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": spent, "total_tokens": spent}
        self.send(200, {"object": "list", "model": body["model"], "data": data, "usage": usage})

    # --- Completions -----------------------------------------------------------------------------------

    def complete(self, body):
        choices = body.get("n") or 1
        if not isinstance(choices, int) or not 1 <= choices <= CHOICES_MAX:
            return self.refuse(400, f"n is a whole number from 1 to {CHOICES_MAX}")
        if not isinstance(body.get("messages", []), list) or not ("messages" in body or "prompt" in body):
            return self.refuse(400, "there are neither messages nor a prompt")
        answers = [tokens_of(body, choice) for choice in range(choices)]
        chat = self.path.startswith("/v1/chat")
        head = {
            "id": f"chatcmpl-{int(share(question_of(body), body['model']) * 1e12):012d}", "created": int(time.time()),
            "model": body["model"], "object": "chat.completion" if chat else "text_completion",
        }  # fmt: skip
        usage = usage_of(body, sum(len(tokens) for tokens in answers))
        if body.get("stream"):
            return self.stream(body, {**head, "object": head["object"] + (".chunk" if chat else "")}, answers, usage)
        whole = []
        for index, tokens in enumerate(answers):
            text = "".join(token[0] for token in tokens)
            said = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
            whole.append({"index": index, **said, "logprobs": self.logprobs(body, tokens), "finish_reason": "stop"})
        self.send(200, {**head, "choices": whole, "usage": usage})

    def logprobs(self, body, tokens):
        if not body.get("logprobs"):
            return None
        if "prompt" in body:
            entries = [logprob_of(token, body["logprobs"]) for token in tokens]
            return {
                "tokens": [entry["token"] for entry in entries],
                "token_logprobs": [entry["logprob"] for entry in entries],
                "top_logprobs": [{top["token"]: top["logprob"] for top in entry["top_logprobs"]} for entry in entries],
            }
        return {"content": [logprob_of(token, body.get("top_logprobs", 0)) for token in tokens]}

    def stream(self, body, head, answers, usage):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        chat = head["object"].startswith("chat")
        for index, tokens in enumerate(answers):
            for place, token in enumerate(tokens):
                if self.server.mode == "cut" and place == len(tokens) // 2:
                    self.close_connection = True
                    return
                role = {"role": "assistant"} if place == 0 else {}
                said = {"delta": {**role, "content": token[0]}} if chat else {"text": token[0]}
                said = {"index": index, **said, "logprobs": self.logprobs(body, [token]), "finish_reason": None}
                self.event({**head, "choices": [said]})
                time.sleep(self.server.pause)
            said = {"delta": {}} if chat else {"text": ""}
            self.event({**head, "choices": [{"index": index, **said, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self.event({**head, "choices": [], "usage": usage})
        self.event(b"[DONE]")
        self.wfile.write(b"0\r\n\r\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, models, pause):
        super().__init__((HOST, port), Handler)
        self.models, self.pause = models, pause
        self.mode = "none"
        self.ended = threading.Event()

    def handle_error(self, request, client_address):
        pass  # a client that went away


def main():
    parser = argparse.ArgumentParser(description="Small models that speak the OpenAI API.")
    parser.add_argument(
        "--model", action="append", metavar="NAME:PORT", help=f"one of {', '.join(SKILL)}; may be given several times"
    )
    parser.add_argument("--token-ms", type=float, default=2, help="the time between two streamed tokens (%(default)s)")
    settings = parser.parse_args()

    at = {}
    for word in settings.model or [f"{name}:{port}" for name, port in PORTS.items()]:
        name, _, port = word.partition(":")
        if name not in SKILL or not port.isdigit():
            parser.error(f"{word!r} is not NAME:PORT with one of {', '.join(SKILL)}")
        at.setdefault(int(port), []).append(name)
    servers = [Server(port, models, settings.token_ms / 1000) for port, models in at.items()]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(f"{', '.join(server.models)}: http://{HOST}:{server.server_address[1]}/v1", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: servers[0].ended.set())
    servers[0].ended.wait()
    for server in servers:
        server.shutdown()


if __name__ == "__main__":
    main()
