"""check of the sections of live traffic: what needs more than the words of the line to be judged, and what a
line that only serves says of itself. The faults of each key are cases of tests/unit/line/bad."""

import pytest

MODELS = """plimsoll: 1
feature: answers
models:
  small: {endpoint: "http://127.0.0.1:9/v1", model: s, price: {input: 0.1, output: 0.4, reasoning: 0.4, request: 0.001}}
  large: {endpoints: ["http://127.0.0.1:9/v1", "http://127.0.0.1:10/v1"], model: l}
"""
ROUTE = """route:
  tiers: [{model: small}, {model: large}]
  confidence: {from: logprobs, signal: margin}
  fallback: {reply: A colleague will answer you.}
  rules: [{when: "plan = 'free' and length < 200", tier: small, only: true}]
  hold_back: {tokens: 24, time: 300ms}
flag: {state: on, share: 25%, rollout: [5%, 25%, 100%], by: {plan: [free, paid]}}
shadow: {model: small, share: 10%, budget: 5.00/day}
experiment: {name: tone, arms: {control: 50%, warm: {share: 50%, model: large}}, when: "plan = 'paid'"}
guard:
  input: [{filter: size, max: 64kB}, {filter: deny, pattern: "internal-\\\\d+", name: projects}]
  output: [{filter: json, do: retry}]
serve: {segments: {plan: "header:x-plan"}}
"""


def write(run, text):
    (run.folder / "plimsoll.yaml").write_text(text)


def test_a_line_that_only_serves_is_in_order(run):
    write(run, MODELS + ROUTE)
    text = run.good("check")
    assert "plimsoll.yaml is in order: a route of 2 tiers." in text
    assert "Next: plimsoll serve plimsoll.yaml" in text


@pytest.mark.parametrize("command", [["gate"], ["report", "-o", "report.html"], ["audit", "plimsoll.yaml"]])
def test_a_line_that_only_serves_gets_no_verdict(run, command):
    write(run, MODELS + ROUTE)
    assert 'for the traffic that it serves add `data: {decisions: "ledger:"}`' in run.fails(*command)
    assert sorted(path.name for path in run.folder.iterdir()) == ["plimsoll.yaml"]


def test_explain_says_who_answers_and_when(run):
    write(run, MODELS + ROUTE)
    text = " ".join(run.good("check", "--explain").split())
    for sentence in [
        "It is not judged: the line names neither decisions nor evals.",
        "small, which may answer when it is sure to 90% at least.",
        "large, which may answer when it is sure to 85% at least.",
        "counts as it is: it is not calibrated.",
        "Where none may, this is answered: A colleague will answer you.",
        "Where plan = 'free' and length < 200, it asks no other than small.",
        "decided upon after 24 tokens or 300 ms.",
        "The feature is on for 25% of the subjects.",
        "The model small is asked 10% of the requests as well",
        "warm, 50%, answered by large.",
        "projects: text in which `internal-\\d+` is found is not let through.",
        "It is served at 127.0.0.1:8700, without keys",
    ]:
        assert sentence in text, sentence


def place_of(text, part):
    """":9:18:" of the only place where the part stands."""
    before = text[: text.index(part)]
    assert text.count(part) == 1
    return f":{before.count(chr(10)) + 1}:{len(before) - (before.rfind(chr(10)) + 1) + 1}:"


@pytest.mark.parametrize(
    "old, new, at, words",
    [
        ("plan = 'free' and", "plan = 'free' or or", "\"plan = 'free'", "is no condition"),
        ("length < 200", "lenght < 200", "\"plan = 'free'", "did you mean `length`?"),
        ("plan = 'paid'", "country = 'fr'", '"country', "names `country`, which a request does not have"),
        ("internal-\\\\d+", "internal-(\\\\d+", '"internal-(', "missing closing parenthesis"),
        ("{model: large}", "{model: lrge}", "lrge", "did you mean `large`?"),
        ("{model: large}", "{model: large, deliver_at: 1.1}", "1.1", "must be between 0 and 1"),
        ("control: 50%", "control: 40%", "arms: {", "they must make 100%"),
        ("serve: {", 'serve: {keys: none, listen: "0.0.0.0:8700", ', '"0.0.0.0', "refuses to listen elsewhere without keys"),
        ("model: s,", "model: s, key: sk-abcdef,", "key: sk-abcdef", "keys never stand in the line"),
        ("reasoning: 0.4", "reasoning: -0.4", "-0.4", "must be at least 0"),
    ],
    ids=["condition", "column", "segment", "pattern", "tier", "deliver_at", "arms", "listen", "key", "price"],
)
def test_each_mistake_is_found_where_it_stands(run, old, new, at, words):
    assert (MODELS + ROUTE).count(old) == 1
    text = (MODELS + ROUTE).replace(old, new)
    write(run, text)
    message = run.fails("check")
    assert words in message
    assert message.startswith(f"plimsoll: plimsoll.yaml{place_of(text, at)} "), message


def test_mistakes_of_all_kinds_come_in_the_order_of_the_file(run):
    text = MODELS + ROUTE.replace("length <", "lenght <").replace("state: on", "state: perhaps")
    write(run, text.replace("internal-", "internal-("))
    report = run.json("check", "--json", code=2)
    assert [fault["key"] for fault in report["problems"]] == ["flag.state"]  # the words of the line come first
    write(run, text.replace("internal-", "internal-(").replace("perhaps", "on"))
    report = run.json("check", "--json", code=2)
    assert [fault["key"] for fault in report["problems"]] == ["route.rules[0].when", "guard.input[1].pattern"]
    places = [(fault["line"], fault["column"]) for fault in report["problems"]]
    assert places == sorted(places)


def test_beyond_this_machine_keys_are_required_without_being_asked_for(run):
    write(run, MODELS + ROUTE.replace("serve: {", 'serve: {listen: "0.0.0.0:8700", '))
    text = " ".join(run.good("check", "--explain").split())
    assert "It is served at 0.0.0.0:8700, to those who have a key" in text
