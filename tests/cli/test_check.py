"""init and check: a line to start from, every fault of a line, and what it demands."""

import json

import pytest


def test_init_writes_a_line_that_passes_check(run):
    text = run.good("init")
    assert "Next: plimsoll check" in text
    assert "is in order" in run.good("check")
    line = (run.folder / "plimsoll.yaml").read_text()
    assert line.startswith("#") and "limits:" in line


def test_init_never_overwrites(run):
    (run.folder / "plimsoll.yaml").write_text("mine")
    assert "is there already" in run.fails("init")
    assert (run.folder / "plimsoll.yaml").read_text() == "mine"


def test_init_takes_a_file_or_a_folder(run):
    (run.folder / "sub").mkdir()
    run.good("init", "sub")
    run.good("init", "other.yaml")
    assert (run.folder / "sub" / "plimsoll.yaml").read_text() == (run.folder / "other.yaml").read_text()
    assert "nowhere" in run.fails("init", "nowhere/plimsoll.yaml")


def test_check_needs_a_line(run):
    assert "plimsoll.yaml" in run.fails("check")


FAULTY = """plimsoll: 1
feature: x
data:
  decisions: d.csv
  columns: {label: y, scroe: s}
limits:
  - {metric: acuracy, min: 0.5}
evidence: {confidence: 2}
"""


def test_every_fault_is_listed_with_its_place(run):
    (run.folder / "plimsoll.yaml").write_text(FAULTY)
    result = run("check")
    assert result.returncode == 2 and result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("plimsoll: plimsoll.yaml:") for line in lines)
    assert any(":5:" in line and "score" in line for line in lines)
    assert any(":8:" in line and "confidence" in line for line in lines)


def test_an_unknown_measure_is_a_fault_with_the_nearest_name(project, run):
    project("  - {metric: acuracy, min: 0.5}")
    result = run("check")
    assert result.returncode == 2
    assert "plimsoll.yaml:11:14:" in result.stderr and "accuracy" in result.stderr
    assert "accuracy" in run.fails("gate")


def test_faults_are_json_on_request(run):
    (run.folder / "plimsoll.yaml").write_text(FAULTY)
    report = run.json("check", "--json", code=2)
    assert report["in_order"] is False
    assert {"line", "column", "key", "message", "hint"} == set(report["problems"][0])


def test_a_line_in_order_is_said_so_in_json(project, run):
    report = run.json("check", "--json")
    assert report == {"file": "plimsoll.yaml", "in_order": True, "limits": 2, "problems": []}


def test_explain_says_every_limit_in_plain_sentences(project, run):
    text = run.good("check", "--explain")
    assert "accuracy at least 0.7" in text
    assert "false_positive_rate" in text
    assert max(len(line) for line in text.splitlines()) <= 100


# A line is YAML, and so may be JSON, which the schema can be tried on without a YAML reader.
AS_JSON = {
    "plimsoll": 1,
    "feature": "x",
    "risk": {"severity": "low", "reversibility": "full", "scale": "10_000/year"},
    "data": {
        "decisions": "d.csv",
        "columns": {"label": "y", "score": "s"},
        "segments": {"race": "race", "age": {"column": "age", "bins": [25, 45]}},
    },
    "limits": [
        {"metric": "recall", "min": 0.5, "by": "race * age"},
        {"metric": "mean(ms)", "max_difference": 5, "by": ["race"], "judge": "point"},
    ],
    "evidence": {"confidence": 0.9, "unproven": "pass"},
    "release": {"allow": ["ship"], "needs": ["owner"]},
}


@pytest.mark.parametrize(
    "change, in_order",
    [
        ({}, True),
        ({"limts": []}, False),
        ({"feature": ["x"]}, False),
        ({"evidence": {"confidence": 2}}, False),
        ({"limits": [{"metric": "acuracy", "min": 0.5}]}, False),
        ({"limits": [{"metric": "accuracy", "min": 0.5, "judge": "guess"}]}, False),
        ({"risk": {"severity": "dire"}}, False),
    ],
)
def test_the_schema_and_check_agree(run, change, in_order):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(run.good("check", "--schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    line = {**AS_JSON, **change}
    (run.folder / "plimsoll.yaml").write_text(json.dumps(line, indent=2))
    assert (run("check").returncode == 0) is in_order
    assert jsonschema.Draft202012Validator(schema).is_valid(line) is in_order


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[" * 1000,
        "a: " + "{b: " * 1000,
        "plimsoll: 1\nfeature: \x00\n",
        "\xff\xfe",
        "- 1\n- 2\n",
        "plimsoll: 1\nfeature: &a [*a]\n",
        "x" * (10 << 20),
    ],
    ids=["empty", "deep list", "deep map", "nul", "not UTF-8", "a list", "a cycle", "10 MB"],
)
@pytest.mark.parametrize("command", ["check", "gate"])
def test_hostile_lines_get_one_clear_error(run, text, command):
    (run.folder / "plimsoll.yaml").write_bytes(text.encode("latin-1"))
    result = run(command)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("plimsoll: plimsoll.yaml") or "plimsoll.yaml" in result.stderr
    assert not (run.folder / ".plimsoll").exists()


GUARDED = """plimsoll: 1
feature: x
models:
  small: {endpoint: "http://127.0.0.1:9999/v1", model: m}
route:
  tiers: [{model: small}]
guard:
  input:
    - {filter: deny, pattern: "ab(c"}
    - {filter: size, max: 1MB}
  output:
    - {filter: deny, name: empty, pattern: "x*"}
    - {filter: deny, name: verb, pattern: "(*COMMIT)x", do: mask}
    - {filter: deny, name: fine, pattern: "internal-\\\\d+", do: mask}
"""


def test_every_filter_that_cannot_be_used_is_a_fault_with_its_place(run):
    (run.folder / "plimsoll.yaml").write_text(GUARDED)
    report = run.json("check", "--json", code=2)
    faults = [(fault["line"], fault["key"], fault["message"]) for fault in report["problems"]]
    assert [fault[:2] for fault in faults] == [
        (9, "guard.input[0].pattern"), (12, "guard.output[0].pattern"), (13, "guard.output[1].pattern"),
    ]  # fmt: skip
    assert "missing closing parenthesis" in faults[0][2]
    assert "empty text" in faults[1][2]
    assert "`(*`" in faults[2][2]


def test_filters_that_can_be_used_are_in_order(run):
    text = GUARDED.replace("ab(c", "abc").replace("x*", "x+").replace("(*COMMIT)", "")
    (run.folder / "plimsoll.yaml").write_text(text)
    run.good("check")
