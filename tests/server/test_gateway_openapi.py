"""docs/reference/gateway.openapi.yaml against the server, in both directions: its table of addresses, the errors that the
sources can send, what it takes and refuses, and what it answers to real requests."""

import json
import re
import subprocess
from contextlib import contextmanager

import jsonschema
import pytest
import yaml

from call_fixtures import PROGRAM, ROOT
from gateway_fixtures import FEATURE, Gateway, gateway, line_for, model_of, pair, serving, upstream, wait_until  # noqa: F401
from model_server import ModelServer

FILE = ROOT / "docs" / "reference" / "gateway.openapi.yaml"
DOCUMENT = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
FLAGS = "/ofrep/v1/evaluate/flags"
# Headers of HTTP itself, which no description of an API lists.
HTTP_HEADERS = {"date", "content-length", "content-type", "connection", "transfer-encoding", "cache-control", "x-accel-buffering", "vary"}


def looked_up(value):
    """What stands at a `$ref`, and what stands beside it."""
    while isinstance(value, dict) and "$ref" in value:
        found = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        value = {**found, **{k: v for k, v in value.items() if k != "$ref"}}
    return value


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item, item[method]


def template(path):
    return re.sub(r"\{[^}]*\}", "{}", path)


def operation_of(method, path):
    """The operation that a request is for, by its path as it was sent."""
    for one, written, _, operation in operations():
        if one == method and re.fullmatch(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(written)), path):
            return operation
    raise AssertionError(f"{method} {path} is not in the file")


def faults(schema, value):
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": DOCUMENT["components"], **schema}
    checker = jsonschema.Draft202012Validator(whole)
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(value)]


def named(name):
    return {"$ref": f"#/components/schemas/{name}"}


# --- The file by itself ------------------------------------------------------------------------------------


def walk(value):
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(child)


def test_every_schema_is_one_and_every_reference_leads_somewhere():
    assert DOCUMENT["openapi"].startswith("3.1.")
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema({**schema, "title": name})
    references = [value["$ref"] for value in walk(DOCUMENT) if isinstance(value, dict) and "$ref" in value]
    assert len(references) > 50
    for reference in references:
        assert looked_up({"$ref": reference}) is not None
    used = {reference.rsplit("/", 1)[1] for reference in references}
    for kind in ("schemas", "parameters", "headers", "responses"):
        assert DOCUMENT["components"][kind].keys() <= used, kind


def test_operations_have_names_of_their_own_and_describe_the_parts_of_their_paths():
    names = [operation["operationId"] for *_, operation in operations()]
    assert len(names) == len(set(names))
    for _, path, _, operation in operations():
        parts = {p["name"] for p in map(looked_up, operation.get("parameters", [])) if p["in"] == "path"}
        assert parts == set(re.findall(r"\{(\w+)\}", path)), path


# --- The table ---------------------------------------------------------------------------------------------


def test_the_addresses_are_those_of_the_server():
    done = subprocess.run([PROGRAM.parent / "tests" / "server" / "api_table"], capture_output=True, check=True, timeout=60)
    rows = {(row["method"], row["path"]): row for row in json.loads(done.stdout)}
    told = {(method, template(path)): (item, operation) for method, path, item, operation in operations()}
    assert len(rows) > 15 and rows.keys() == told.keys()
    admin_address = DOCUMENT["paths"]["/healthz"]["servers"]
    for key, row in rows.items():
        item, operation = told[key]
        assert operation["summary"] == row["summary"], key
        assert [operation["x-plimsoll-scope"]] == row["scopes"] if row["scopes"] else operation["security"] == [{}], key
        assert item.get("servers") == (admin_address if row["admin"] else None), key
        assert ("admin" in operation["tags"]) == row["admin"], key
        assert ({"401", "403"} <= operation["responses"].keys()) == bool(row["scopes"]), key


# Requests by which an address shows that it is there: whatever they are answered, it is not 404 or 405.
SHOWN = {"/v1/models/{model}": "/v1/models/small", "/v1/decide/{feature}": f"/v1/decide/{FEATURE}", FLAGS + "/{key}": f"{FLAGS}/{FEATURE}"}


@pytest.mark.parametrize("method, path, item", [(m, p, i) for m, p, i, _ in operations() if p != "/ofrep/v1/events"])
def test_every_address_is_there_on_its_listener_and_not_on_the_other(gateway, method, path, item):
    admin = "servers" in item
    body = None if method == "GET" else {}
    status, headers, _ = gateway.request(method, SHOWN.get(path, path), body, admin=admin)
    assert status not in (404, 405) or "x-plimsoll-model" in headers  # that is what the model's server says
    assert gateway.request(method, SHOWN.get(path, path), body, admin=not admin)[0] == 404
    others = {"get", "post", "put", "delete", "patch"} - item.keys()
    for other in others:
        status, _, data = gateway.request(other.upper(), SHOWN.get(path, path), body, admin=admin)
        assert status == 405 and json.loads(data)["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/models/", "/v1/models/a/b", "/v1/files", "/v1/decide", "/v1/chat", "/metrics/x"])
def test_what_is_not_in_the_file_is_not_there(gateway, path):
    for admin in (False, True):
        status, _, data = gateway.request("GET", path, admin=admin)
        assert status == 404 and json.loads(data)["error"]["code"] == "unknown_url"


# --- The codes of errors -------------------------------------------------------------------------------------


def strings_after(pattern, folder):
    """The words in quotes of each statement that begins with the pattern."""
    found = set()
    for path in sorted((ROOT / "src" / folder).glob("*.c")):
        for statement in re.findall(pattern + r"([^;{}]*?)(?:;|,\n\s*\.|\})", path.read_text(encoding="utf-8"), re.S):
            found |= set(re.findall(r'"([a-z_]+)"', statement))
    return found


def test_the_codes_of_errors_are_those_that_the_sources_send():
    sent = strings_after(r"\bcode = ", "gateway")
    assert len(sent) > 15
    assert sent == set(SCHEMAS["ErrorCode"]["enum"])


def test_the_codes_of_the_admin_are_the_names_of_statuses():
    text = (ROOT / "src" / "base" / "error.c").read_text(encoding="utf-8")
    names = set(re.findall(r'\[PL_E_\w+\] = "(\w+)"', text))
    assert len(names) > 10 and names == set(SCHEMAS["AdminErrorCode"]["enum"])


def test_the_codes_of_evaluations_are_those_that_the_sources_send():
    text = "".join((ROOT / "src" / "flag" / name).read_text(encoding="utf-8") for name in ("ofrep.c", "ofrep_read.c"))
    sent = set(re.findall(r'fail\(failure, "(\w+)"', text)) | set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)",\n\s*"no such flag', text))
    sent |= set(re.findall(r'\? "([A-Z]+)" : "PARSE_ERROR"', text)) | {"PARSE_ERROR"}
    assert sent == set(SCHEMAS["EvaluationErrorCode"]["enum"])


def test_every_code_is_explained_where_it_can_come():
    words = " ".join(value["description"] for value in walk(DOCUMENT) if isinstance(value, dict) and isinstance(value.get("description"), str))
    unexplained = {code for code in SCHEMAS["ErrorCode"]["enum"] if f"`{code}`" not in words}
    assert unexplained == {"feature_not_found"}  # its response says it in words


# --- Answers to real requests --------------------------------------------------------------------------------


def described(operation, status):
    responses = operation["responses"]
    for name in (str(status), f"{str(status)[0]}XX", "default"):
        if name in responses:
            return looked_up(responses[name])
    raise AssertionError(f"no response for {status}")


def events_in(data):
    lines = [line[6:] for line in data.decode().split("\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def check_headers(response, headers):
    told = {name.lower(): looked_up(header) for name, header in response.get("headers", {}).items()}
    for name, value in headers.items():
        if name in told:
            assert faults(told[name]["schema"], value) == [], name
        else:
            assert name in HTTP_HEADERS, f"the header {name} is not in the file"
    missing = [name for name, header in told.items() if header.get("required") and name not in headers]
    assert missing == []


def check_body(response, headers, data):
    content = response.get("content")
    if content is None:
        assert data == b""
        return
    kind = headers["content-type"].split(";")[0]
    assert kind in content, f"{kind} is not in the file"
    if kind == "application/json":
        assert faults(content[kind]["schema"], json.loads(data)) == []
    elif kind == "text/event-stream":
        events = events_in(data)
        assert events
        for event in events:
            assert faults(content[kind]["x-plimsoll-event"], event) == []


def check(gateway, method, path, body=None, headers=None, admin=False, told=None):
    """Asks, and holds the answer against the file. What a model's server said (`x-plimsoll-model`) is its own business."""
    status, got, data = gateway.request(method, path, body, headers, admin=admin)
    response = told or described(operation_of(method, path.split("?")[0]), status)
    check_headers(response, got)
    if not (status >= 400 and "x-plimsoll-model" in got):
        check_body(response, got, data)
    return status, got, data


def chat(text="q", model=FEATURE, **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


@pytest.mark.parametrize(
    "path, body",
    [
        ("/v1/chat/completions", chat()), ("/v1/chat/completions", chat(n=2, logprobs=True)), ("/v1/chat/completions", chat("fault:tools")),
        ("/v1/chat/completions", chat(stream=True, stream_options={"include_usage": True})), ("/v1/chat/completions", chat(stream=True)),
        ("/v1/completions", {"model": "older", "prompt": "q"}), ("/v1/completions", {"model": "older", "prompt": "q", "stream": True}),
        ("/v1/embeddings", {"model": "vectors", "input": "q"}), ("/v1/embeddings", {"model": "vectors", "input": ["q"], "encoding_format": "base64"}),
        ("/v1/responses", {"model": "replies", "input": "q"}), ("/v1/responses", {"model": "replies", "input": "q", "stream": True}),
    ],
)  # fmt: skip
def test_answers_of_models_are_as_described(gateway, path, body):
    schema = operation_of("POST", path)["requestBody"]["content"]["application/json"]["schema"]
    assert faults(schema, body) == []
    status, headers, _ = check(gateway, "POST", path, body)
    assert status == 200 and "x-plimsoll-model" in headers


def code_of(answer):
    return answer[0], json.loads(answer[2])["error"]["code"]


def test_errors_of_chats_are_as_described(gateway):
    post = lambda body: check(gateway, "POST", "/v1/chat/completions", body)  # noqa: E731
    assert code_of(post(b"{")) == (400, None)
    assert code_of(post(chat(model="nobody"))) == (404, "model_not_found")
    assert code_of(post(chat("fault:status=500"))) == (502, "upstream_failed")
    assert code_of(post(chat("fault:retry-after=3"))) == (429, "upstream_rate_limited")
    status, headers, _ = post(chat("fault:status=422"))
    assert status == 422 and headers["x-should-retry"] == "false" and "x-plimsoll-model" in headers
    status, _, data = post(chat("a b c d fault:cut", stream=True))
    assert status == 200 and events_in(data)[-1]["error"]["code"] == "upstream_failed" and b"[DONE]" not in data


def test_a_stream_of_a_response_that_breaks_off_is_as_described(gateway):
    status, _, data = check(gateway, "POST", "/v1/responses", {"model": "replies", "input": "a b c d fault:cut", "stream": True})
    assert status == 200 and events_in(data)[-1]["type"] == "error"


def test_models_are_listed_as_described(gateway):
    assert [m["id"] for m in json.loads(check(gateway, "GET", "/v1/models")[2])["data"]] == [FEATURE, "small", "vectors", "replies", "older"]
    assert check(gateway, "GET", "/v1/models/small")[0] == 200
    assert code_of(check(gateway, "GET", "/v1/models/nobody")) == (404, "model_not_found")


def test_other_models_are_asked_as_described(tmp_path, upstream):
    models = {"other": {**model_of(upstream), "endpoint": upstream.url + "/chat/completions", "api": "decide"}}
    with Gateway(tmp_path, line_for(models=models)) as gateway:
        assert check(gateway, "POST", f"/v1/decide/{FEATURE}", chat(model="small-8b"))[0] == 200
        assert code_of(check(gateway, "POST", "/v1/decide/nothing", {})) == (404, "feature_not_found")


# Whether the server takes a body, and what the file says of it: the two must agree, body for body.
BODIES = [
    ("/v1/feedback", body) for body in (
        {"decision": "d", "label": 1}, {"decision": "d", "name": "rating", "value": 4.5, "id": "r"}, {"decision": "d", "edited": "x", "accepted": False},
        {}, {"decision": "d"}, {"decision": 5, "label": 1}, {"decision": "d", "label": {"a": 1}}, {"decision": "d", "label": None},
        {"decision": "d", "bad name": 1}, {"decision": "d", "1x": 1}, {"decision": "d" * 129, "label": 1}, {"decision": "d" * 128, "label": 1},
        {"decision": "", "label": 1}, {"decision": "d", "name": "label"}, {"decision": "d", "name": "a b", "value": 1}, [], "text",
        {"decision": "d", "id": "", "label": 1}, {"decision": "d", "id": 5, "label": 1}, {"decision": "d", "n" * 65: 1}, {"decision": "d", "n" * 64: 1},
    )
] + [
    ("/v1/decisions", body) for body in (
        {"decisions": [{}]}, {"decisions": [{"id": "own", "label": 1, "score": 0.5, "segments": {"language": "en"}}]}, {"decisions": [{"label": None}]},
        {"decisions": [{"anything": [1]}]}, {"decisions": [{}] * 1000}, {"decisions": [{}] * 1001}, {"decisions": []}, {"decisions": [5]},
        {"decisions": {"a": 1}}, {}, [], {"decisions": [{"id": 5}]}, {"decisions": [{"id": ""}]}, {"decisions": [{"label": [1]}]},
        {"decisions": [{"segments": {"language": 1}}]}, {"decisions": [{"segments": 5}]},
    )
] + [
    (FLAGS, body) for body in (
        {"context": {"targetingKey": "u"}}, {"context": {"targetingKey": "u", "plan": "pro", "n": 1, "x": [1]}, "more": 1},
        {}, [], {"context": []}, {"context": {}}, {"context": {"targetingKey": ""}}, {"context": {"targetingKey": 5}},
        {"context": {"targetingKey": "u", **{f"a{i}": 1 for i in range(255)}}}, {"context": {"targetingKey": "u", **{f"a{i}": 1 for i in range(256)}}},
    )
] + [
    ("/v1/chat/completions", body) for body in (
        chat(), chat(n=None, stream=None, max_tokens=None), chat(n=0), chat(n=128), chat(n=129), chat(n=-1), chat(n=1.5), chat(stream="yes"),
        chat(max_tokens=100_000_000), chat(max_tokens=100_000_001), chat(max_completion_tokens="3"), chat(model=None), {"model": FEATURE},
        {"model": FEATURE, "messages": []}, {"model": FEATURE, "messages": {}}, [], chat(unknown={"a": 1}),
    )
] + [
    ("/v1/embeddings", body) for body in (
        {"model": "vectors", "input": "q"}, {"model": "vectors"}, {"model": "vectors", "input": None}, {"input": "q"},
        {"model": "vectors", "input": "q", "stream": True}, {"model": "vectors", "input": "q", "stream": False}, {"model": "vectors", "input": "q", "n": "1"},
    )
]  # fmt: skip


@pytest.mark.parametrize("path, body", BODIES, ids=[f"{path}-{i}" for i, (path, _) in enumerate(BODIES)])
def test_the_server_takes_what_the_file_allows_and_nothing_else(gateway, path, body):
    schema = operation_of("POST", path)["requestBody"]["content"]["application/json"]["schema"]
    status, _, data = check(gateway, "POST", path, body)
    wrong = faults(schema, body)
    assert status == (400 if wrong else 200), (wrong, data)


def test_flags_are_answered_as_described(tmp_path):
    context = {"context": {"targetingKey": "u1"}}
    with serving(tmp_path, experiment=[{"name": "tone", "arms": {"plain": "50%", "warm": "50%"}}]) as (gateway, _):
        status, headers, data = check(gateway, "POST", FLAGS, context)
        assert status == 200 and len(json.loads(data)["flags"]) == 2
        assert check(gateway, "POST", FLAGS, context, {"If-None-Match": headers["etag"]})[0] == 304
        for key in (FEATURE, f"{FEATURE}.tone"):
            assert check(gateway, "POST", f"{FLAGS}/{key}", context)[0] == 200
        assert check(gateway, "POST", f"{FLAGS}/nothing", context)[0] == 404
        assert check(gateway, "POST", f"{FLAGS}/{FEATURE}", b"{")[0] == 400
        change = {"change": "off", "who": "a test", "why": "to see it dark"}
        assert check(gateway, "POST", "/admin/flag", change, admin=True)[0] == 200
        assert json.loads(check(gateway, "POST", f"{FLAGS}/{FEATURE}", context)[2])["reason"] == "DISABLED"
        assert json.loads(check(gateway, "POST", f"{FLAGS}/{FEATURE}.tone", context)[2])["reason"] == "DISABLED"


def test_events_are_as_described(gateway):
    import http.client

    response = operation_of("GET", "/ofrep/v1/events")["responses"]["200"]
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request("GET", "/ofrep/v1/events")
    reply = connection.getresponse()
    headers = {name.lower(): value for name, value in reply.getheaders()}
    check_headers(response, headers)
    assert reply.readline() == b"retry: 1000\n"
    for change in ("off", "on"):
        body = {"change": change, "who": "a test", "why": "to hear of it"}
        assert gateway.request("POST", "/admin/flag", body, admin=True)[0] == 200
        lines = [reply.readline()]
        while not lines[-1].startswith(b"data: "):
            lines.append(reply.readline())
        check_body(response, headers, lines[-1])
    connection.close()


def test_the_admin_answers_as_described(gateway):
    ask = lambda method, path, *more: check(gateway, method, path, *more, admin=True)  # noqa: E731
    for path in ("/healthz", "/readyz", "/metrics", "/admin/flag"):
        assert ask("GET", path)[0] == 200
    assert ask("POST", "/admin/reload", {})[0] == 200
    assert ask("POST", "/admin/reload", b"", {"Content-Type": "text/plain"})[0] == 415
    line = (gateway.folder / "plimsoll.yaml").read_text()
    gateway.write_line("nonsense")
    assert code_of(ask("POST", "/admin/reload", {})) == (400, "line")
    gateway.write_line(line)


CHANGES = [
    {"change": "share", "share": 0.5, "who": "a", "why": "b"}, {"change": "share", "share": 1, "who": "a", "why": "b"},
    {"change": "slice_off", "slice": "language=hi", "who": "a", "why": "b"}, {"change": "slice_on", "slice": "language=hi", "who": "a", "why": "b"},
    {"change": "share", "share": 2, "who": "a", "why": "b"}, {"change": "share", "who": "a", "why": "b"}, {"change": "stage", "who": "a", "why": "b"},
    {"change": "slice_off", "who": "a", "why": "b"}, {"change": "dark", "who": "a", "why": "b"}, {"change": "off", "who": "a"},
    {"change": "off", "why": "b"}, {"change": "off", "who": "", "why": "b"}, {"change": "off", "who": "a", "why": "b" * 1001}, [], {},
]  # fmt: skip


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A gateway whose flag nobody else needs."""
    with serving(tmp_path_factory.mktemp("changed")) as (one, _):
        yield one


@pytest.mark.parametrize("body", CHANGES)
def test_changes_are_taken_as_described(changed, body):
    status, _, data = check(changed, "POST", "/admin/flag", body, admin=True)
    wrong = faults(named("FlagChange"), body)
    assert status == (400 if wrong else 200), (wrong, data)


# --- What needs a line of its own --------------------------------------------------------------------------------


@contextmanager
def keyed(folder, *terms, **parts):
    with ModelServer() as server:
        gateway = Gateway(folder, line_for(server, serve={"keys": "required"}, **parts))
        key = gateway.make_key("--name", "app", *terms)
        with gateway:
            yield gateway, {"Authorization": f"Bearer {key}"}


def test_keys_are_asked_for_as_described(tmp_path):
    with keyed(tmp_path, "--requests-per-minute", "2", "--tokens-per-minute", "100000") as (gateway, auth):
        for method, path, item, operation in operations():
            body = None if method == "GET" else {}
            answer = check(gateway, method, SHOWN.get(path, path), body, admin="servers" in item) if "x-plimsoll-scope" in operation else None
            assert answer is None or code_of(answer) == (401, "invalid_api_key"), path
        ask = lambda: check(gateway, "POST", "/v1/chat/completions", chat(max_tokens=10), auth)  # noqa: E731
        _, headers, _ = ask()
        assert len([name for name in headers if name.startswith("x-ratelimit-")]) == 6
        answers = [ask() for _ in range(3)]
        assert code_of(answers[-1]) == (429, "rate_limit_exceeded") and int(answers[-1][1]["retry-after-ms"]) > 0
        assert code_of(check(gateway, "POST", "/v1/feedback", {"decision": "d", "label": 1}, auth)) == (403, "forbidden")


def test_a_budget_ends_as_described(tmp_path):
    with keyed(tmp_path, "--budget", "0.000001/day") as (gateway, auth):
        assert code_of(check(gateway, "POST", "/v1/chat/completions", chat(), auth)) == (429, "insufficient_quota")


def test_a_feature_that_is_dark_answers_as_described(tmp_path):
    with serving(tmp_path, flag={"state": "off"}) as (gateway, _):
        for path, body in (("/v1/chat/completions", chat()), ("/v1/embeddings", {"model": "vectors", "input": "q"})):
            assert code_of(check(gateway, "POST", path, body)) == (503, "feature_dark")


def test_fixed_replies_are_as_described(tmp_path):
    with serving(tmp_path, flag={"state": "off", "reply": "Resting."}) as (gateway, _):
        for stream in (False, True):
            assert b"Resting." in check(gateway, "POST", "/v1/chat/completions", chat(stream=stream))[2]
            assert b"Resting." in check(gateway, "POST", "/v1/completions", {"model": FEATURE, "prompt": "q", "stream": stream})[2]


def test_a_fallback_that_is_a_text_is_an_error_where_no_text_can_be(tmp_path):
    with ModelServer() as server:
        models = {"vectors": model_of(server, "fault:status=500", api="embeddings")}
        route = {"tiers": [{"model": "vectors", "deliver_at": 0}], "fallback": {"reply": "Ask a colleague."}}
        with Gateway(tmp_path, line_for(models=models, route=route)) as gateway:
            answer = check(gateway, "POST", "/v1/embeddings", {"model": FEATURE, "input": "q"})
            assert code_of(answer) == (503, "no_answer")


def test_guards_stop_as_described(tmp_path):
    guard = {"input": [{"filter": "deny", "pattern": "forbidden"}], "output": [{"filter": "deny", "name": "words", "pattern": "secret"}]}
    with serving(tmp_path, guard=guard) as (gateway, _):
        assert code_of(check(gateway, "POST", "/v1/chat/completions", chat("forbidden"))) == (400, "content_filter")
        for stream in (False, True):
            assert b"content_filter" in check(gateway, "POST", "/v1/chat/completions", chat("a secret", stream=stream))[2]


def test_models_that_do_not_answer_are_told_as_described(tmp_path):
    with ModelServer() as server:
        models = {"slow": model_of(server, timeout={"first_token": "100ms", "total": "200ms"})}
        with Gateway(tmp_path, line_for(models=models, route={"tiers": [{"model": "slow", "deliver_at": 0}], "attempts": 1})) as gateway:
            assert code_of(check(gateway, "POST", "/v1/chat/completions", chat("fault:slow-start=5"))) == (504, "upstream_timeout")
    with Gateway(tmp_path / "gone", line_for(models={"gone": model_of("http://127.0.0.1:9/v1")})) as gateway:
        codes = [code_of(check(gateway, "POST", "/v1/chat/completions", chat())) for _ in range(12)]
        assert codes[0] == (502, "upstream_failed") and (503, "upstream_unavailable") in codes


def test_what_is_no_request_is_told_as_described(gateway):
    import socket

    told = looked_up(DOCUMENT["components"]["responses"]["Unreadable"])
    for request, expected in (
        (b"GET /v1/models HTTP/1.1\r\n\r\n", 400), (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 40000 + b"\r\n\r\n", 431), (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /v1/feedback HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ):  # fmt: skip
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
            connection.sendall(request)
            head, _, data = connection.makefile("rb").read().partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        assert int(lines[0].split()[1]) == expected, lines[0]
        check_body(told, {"content-type": "application/json", **headers}, data)
