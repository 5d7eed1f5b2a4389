"""Traces of a running server, as a collector gets them: a decision and its calls, within the trace of the client."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway_fixtures import FEATURE, Gateway, have_serve, line_for, model_of, wait_until
from model_server import ModelServer

pytestmark = pytest.mark.skipif(not have_serve(), reason="there is no `plimsoll serve`")
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Collector:
    """Takes spans; `status` is what it answers."""

    def __init__(self, status=200):
        self.spans, self.paths, self.status = [], [], status
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                collector.paths.append((self.path, self.headers["Content-Type"]))
                check_by_protocol(body)
                if collector.status == 200:
                    for resource in body["resourceSpans"]:
                        for scope in resource["scopeSpans"]:
                            collector.spans += scope["spans"]
                self.send_response(collector.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def check_by_protocol(body):
    """Read by the protocol buffers of OpenTelemetry, where they are installed, which refuse unknown fields."""
    try:
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    except ImportError:
        return
    copy = json.loads(json.dumps(body))
    for span in copy["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in {"traceId", "spanId", "parentSpanId"} & set(span):
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    json_format.ParseDict(copy, ExportTraceServiceRequest())


def attributes(span):
    found = {}
    for pair in span["attributes"]:
        ((kind, value),) = pair["value"].items()
        found[pair["key"]] = int(value) if kind == "intValue" else value
    return found


def by_kind(spans):
    """The decision's, and those of its calls."""
    (decision,) = [span for span in spans if span["kind"] == 2]
    return decision, [span for span in spans if span["kind"] == 3]


@pytest.fixture(scope="module")
def upstream():
    with ModelServer() as server:
        yield server


@pytest.fixture
def collector():
    with Collector() as running:
        yield running


@pytest.mark.parametrize("stream", [False, True])
def test_a_decision_and_its_call_are_in_the_trace_of_the_client(tmp_path, upstream, collector, stream):
    with Gateway(tmp_path, line_for(upstream, serve={"otlp": collector.url})) as gateway:
        before = len(upstream.requests)
        status, headers, _ = gateway.request(
            "POST", "/v1/chat/completions",
            {"model": FEATURE, "stream": stream, "messages": [{"role": "user", "content": "four words of it"}]},
            {"traceparent": f"00-{TRACE}-{PARENT}-01"})  # fmt: skip
        assert status == 200
        wait_until(lambda: len(collector.spans) >= 2, 5, "the spans")
        asked = upstream.requests[before]
    decision, (call,) = by_kind(collector.spans)
    assert collector.paths[0] == ("/v1/traces", "application/json")
    assert (decision["traceId"], decision["parentSpanId"]) == (TRACE, PARENT)
    assert (call["traceId"], call["parentSpanId"]) == (TRACE, decision["spanId"])
    assert {name.lower(): value for name, value in asked["headers"].items()}["traceparent"] == f"00-{TRACE}-{call['spanId']}-01"
    said = attributes(decision)
    assert said["plimsoll.decision"] == headers["x-plimsoll-decision"]
    assert (said["plimsoll.feature"], said["plimsoll.outcome"], said["http.response.status_code"]) == (FEATURE, "served", 200)
    assert said["gen_ai.usage.input_tokens"] == 4 and said["plimsoll.cost"] > 0
    asked_for = attributes(call)
    assert (asked_for["gen_ai.operation.name"], asked_for["gen_ai.request.model"]) == ("chat", "small-8b")
    assert (asked_for["server.address"], asked_for["plimsoll.purpose"]) == ("127.0.0.1", "answer")
    assert asked_for.get("gen_ai.request.stream", False) is stream
    assert ("gen_ai.response.time_to_first_chunk" in asked_for) is stream
    times = [int(span[f"{end}TimeUnixNano"]) for span, end in ((decision, "start"), (call, "start"), (call, "end"))]
    assert times == sorted(times) and times[-1] <= int(decision["endTimeUnixNano"])


def test_each_call_of_a_decision_has_a_span_and_a_failed_one_says_why(tmp_path, upstream, collector):
    models = {"small": model_of(upstream, "small-8b fault:status=500"), "large": model_of(upstream, "large-70b")}
    route = {"tiers": [{"model": "small"}, {"model": "large", "deliver_at": 0}], "confidence": {"from": "logprobs"}}
    with Gateway(tmp_path, line_for(models=models, route=route, serve={"otlp": collector.url})) as gateway:
        assert gateway.chat("hello")[0] == 200
        wait_until(lambda: any(span["kind"] == 2 for span in collector.spans), 5, "the spans")
    decision, calls = by_kind(collector.spans)
    assert all(call["parentSpanId"] == decision["spanId"] for call in calls)
    assert "status" not in decision
    *failed, good = sorted(calls, key=lambda call: int(call["startTimeUnixNano"]))
    assert attributes(good)["gen_ai.request.model"] == "large-70b" and "status" not in good
    assert failed
    for call in failed:
        said = attributes(call)
        assert (said["error.type"], said["http.response.status_code"], call["status"]["code"]) == ("status", 500, 2)


def test_what_is_not_sampled_is_not_sent_and_a_refusal_is(tmp_path, upstream, collector):
    with Gateway(tmp_path, line_for(upstream, serve={"otlp": collector.url})) as gateway:
        assert gateway.chat("hi", {"traceparent": f"00-{TRACE}-{PARENT}-00"})[0] == 200
        assert gateway.chat("hi", {"traceparent": "rubbish"}, model="unknown")[0] == 404
        wait_until(lambda: collector.spans, 5, "the span")
    decision, calls = by_kind(collector.spans)
    assert calls == [] and decision["traceId"] != TRACE and "parentSpanId" not in decision
    assert decision["status"]["code"] == 2 and attributes(decision)["error.type"] == "model_not_found"


def test_spans_are_sent_before_the_server_ends(tmp_path, upstream, collector):
    with Gateway(tmp_path, line_for(upstream, serve={"otlp": collector.url})) as gateway:
        for number in range(20):
            assert gateway.chat(f"question {number}")[0] == 200
    assert sum(span["kind"] == 2 for span in collector.spans) == 20


def test_a_collector_that_is_not_there_is_in_nobodys_way(tmp_path, upstream):
    with Collector(status=400) as collector, Gateway(tmp_path, line_for(upstream, serve={"otlp": collector.url})) as gateway:
        for _ in range(5):
            assert gateway.chat("hi")[0] == 200
        wait_until(lambda: gateway.metrics()["plimsoll_traces_dropped_total"] == 10, 5, "the loss")
    with Gateway(tmp_path / "none", line_for(upstream, serve={"otlp": "http://127.0.0.1:9"})) as gateway:
        assert gateway.chat("hi")[0] == 200
