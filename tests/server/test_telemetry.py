"""Metrics and traces, read with other people's parsers: Prometheus' own client, and the protocol buffers of
OpenTelemetry. And docs/metrics.md lists what there is."""

import base64
import json
import math
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("PLIMSOLL", ROOT / "build" / "plimsoll"))
DRIVER = PROGRAM.parent / "tests" / "server" / "telemetry_driver"
ODD = 'odd \\ " \n é'


def drive(mode):
    return subprocess.run([DRIVER, mode], capture_output=True, check=True, timeout=60).stdout.decode()


@pytest.fixture(scope="module")
def about():
    return {row["name"]: row for row in json.loads(drive("about"))}


@pytest.fixture(scope="module")
def families():
    parser = pytest.importorskip("prometheus_client.parser")
    return {family.name: family for family in parser.text_string_to_metric_families(drive("metrics"))}


def family_of(families, name):
    """The parser takes `_total` off the names of counters."""
    return families[name.removesuffix("_total")]


# --- Prometheus --------------------------------------------------------------------------------------------


def test_every_series_is_on_the_page_with_its_type_and_help(about, families):
    assert {name.removesuffix("_total") for name in about} == set(families)
    for name, row in about.items():
        family = family_of(families, name)
        assert (family.type, family.documentation) == (row["type"], row["help"])


def test_names_follow_the_rules_of_prometheus(about):
    for name, row in about.items():
        assert name.startswith("plimsoll_")
        assert name.endswith("_total") == (row["type"] == "counter")
        assert row["help"].endswith(".")
        assert "le" not in row["labels"]


def test_samples_have_the_labels_of_their_row_and_the_values_counted(about, families):
    for name, row in about.items():
        if row["type"] == "histogram":
            continue
        counted = {tuple(sample.labels[label] for label in row["labels"]): sample.value
                   for sample in family_of(families, name).samples}
        assert len(counted) == len(family_of(families, name).samples), f"{name}: the same series twice"
        for sample in family_of(families, name).samples:
            assert sorted(sample.labels) == sorted(row["labels"])
        if row["type"] == "gauge":
            expected = [0.1, 3] if row["labels"] else [0.1]
            assert list(counted.values()) == expected, name
        elif row["labels"]:
            odd = 2.5 if name == "plimsoll_cost_total" else 3
            assert counted == {(ODD,) * len(row["labels"]): odd, ("other",) * len(row["labels"]): 1}, name
        else:
            assert counted == {(): 4}, name


def test_histograms_are_cumulative_and_their_last_bucket_is_the_count(about, families):
    seen = 0
    for name, row in about.items():
        if row["type"] != "histogram":
            continue
        series = {}
        for sample in family_of(families, name).samples:
            labels = dict(sample.labels)
            le = labels.pop("le", None)
            series.setdefault(tuple(sorted(labels.items())), {})[sample.name.removeprefix(name), le] = sample.value
        for values in series.values():
            buckets = [(float(le), value) for (end, le), value in values.items() if end == "_bucket"]
            assert buckets == sorted(buckets) and [value for _, value in buckets] == sorted(v for _, v in buckets)
            assert buckets[-1] == (math.inf, values["_count", None])
            assert all(value <= values["_count", None] for _, value in buckets)
        count = sum(values["_count", None] for values in series.values())
        total = sum(values["_sum", None] for values in series.values())
        # 0.5 tokens are half a token and count as one.
        assert (count, total) == (3, 1e9 + (3 if name == "plimsoll_decision_tokens" else 2.5)), name
        below = [value for values in series.values() for (end, le), value in values.items()
                 if end == "_bucket" and le not in (None, "+Inf")]
        assert max(below) == 2, name  # the largest value is beyond all bounds
        seen += 1
    assert seen >= 5


# --- OpenTelemetry -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spans():
    """As a collector reads them. In OTLP's JSON ids are hex, where protocol buffers have base64."""
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    json_format = pytest.importorskip("google.protobuf.json_format")
    body = json.loads(drive("traces"))
    for span in body["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            assert span[name] == span[name].lower()
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    request = json_format.ParseDict(body, service.ExportTraceServiceRequest())  # refuses unknown fields
    (resource,) = request.resource_spans
    assert attributes_of(resource.resource)["service.name"] == "plimsoll"
    assert attributes_of(resource.resource)["service.instance.id"] == "here"
    return resource.scope_spans[0].spans


def attributes_of(message):
    pairs = [(pair.key, getattr(pair.value, pair.value.WhichOneof("value"))) for pair in message.attributes]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_a_collector_reads_the_ids_and_times(spans):
    decision, call = spans
    assert decision.trace_id.hex() == call.trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert decision.parent_span_id.hex() == "b7ad6b7169203331"
    assert call.parent_span_id == decision.span_id
    assert len(call.span_id) == 8 and call.span_id != decision.span_id
    assert decision.start_time_unix_nano == 1763746832123456789
    assert decision.end_time_unix_nano == 1763746834123456789
    assert (decision.kind, call.kind) == (2, 3)  # SERVER, CLIENT
    assert (decision.flags, call.flags) == (0x301, 0x101)  # sampled; whose parent is remote


def test_a_collector_reads_the_attributes(spans):
    decision, call = spans
    assert decision.name == "chat support-answers"
    assert attributes_of(decision) == {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "support-answers",
        "gen_ai.usage.input_tokens": 9007199254740993, "gen_ai.usage.output_tokens": 40,
        "gen_ai.usage.cache_read.input_tokens": 0, "gen_ai.usage.reasoning.output_tokens": 7,
        "gen_ai.request.stream": True, "gen_ai.response.time_to_first_chunk": 1.5,
        "http.response.status_code": 200, "plimsoll.decision": "d_01", "plimsoll.feature": "support-answers",
        "plimsoll.outcome": "served", "plimsoll.confidence": 0.93, "plimsoll.cost": 0.00012}
    assert decision.status.code == 0
    assert attributes_of(call) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": 'small "8b"\ufffd',
        "server.address": "127.0.0.1", "server.port": 8080, "error.type": "timeout", "plimsoll.purpose": "answer",
        "plimsoll.tier": 0}
    assert (call.status.code, call.status.message) == (2, "no answer\nin time")


def test_the_names_are_those_of_the_conventions(spans):
    semconv = pytest.importorskip("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    known = {value for value in vars(semconv).values() if isinstance(value, str)}
    used = {name for span in spans for name in attributes_of(span) if name.startswith("gen_ai.")}
    assert used and used <= known


# --- The page ----------------------------------------------------------------------------------------------


def test_the_page_lists_every_series(about):
    """PLIMSOLL_UPDATE=1 writes the table anew."""
    begin, end = "<!-- table of series -->\n", "<!-- end of the table -->\n"
    rows = ["| series | type | labels | what it says |", "|---|---|---|---|"]
    for name, row in about.items():
        labels = ", ".join(f"`{label}`" for label in row["labels"]) or "–"
        rows.append(f"| `{name}` | {row['type']} | {labels} | {row['help']} |")
    table = "\n".join(rows) + "\n"
    path = ROOT / "docs" / "metrics.md"
    before, rest = path.read_text().split(begin)
    written, after = rest.split(end)
    if os.environ.get("PLIMSOLL_UPDATE") == "1":
        path.write_text(before + begin + table + end + after)
    else:
        assert written == table, "run this test with PLIMSOLL_UPDATE=1"
