"""The example of a feature that is served, and the demo that runs it: the models are what the page says, the
questions are what the generator writes, and what the page shows happens."""

import json
import math
import os
import re
import runpy
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from call_fixtures import PROGRAM, ROOT

EXAMPLE = ROOT / "examples" / "serve"
FLOORS = {"small": 0.90, "challenger": 0.90, "large": 0.85}
PAGE = (EXAMPLE / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def models():
    """The address of each model, from a server of its own."""
    server = subprocess.Popen(
        [sys.executable, EXAMPLE / "model_server.py", "--token-ms", "0", *(f"--model={name}:0" for name in FLOORS)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    names, address = server.stdout.readline().strip().split(": ")
    assert names == ", ".join(FLOORS)
    yield address
    server.terminate()
    assert server.wait(timeout=10) == 0


def post(url, document):
    with urllib.request.urlopen(urllib.request.Request(url, json.dumps(document).encode()), timeout=20) as answer:
        return json.load(answer)


def ask(address, model, question, **more):
    body = {"model": model, "messages": [{"role": "user", "content": question}], "logprobs": True, **more}
    return post(f"{address}/chat/completions", body)["choices"][0]


def certainty(choice):
    return math.exp(min(token["logprob"] for token in choice["logprobs"]["content"]))


def shares(address, model):
    """How many answers are right, how many are delivered at the line's floor, and how many of those are right."""
    right, delivered = [], []
    for row in map(json.loads, (EXAMPLE / "requests.jsonl").read_text(encoding="utf-8").splitlines()):
        choice = ask(address, model, row["question"])
        right.append(f" {row['expected']} EUR" in choice["message"]["content"])
        if certainty(choice) >= FLOORS[model]:
            delivered.append(right[-1])
    return sum(right) / len(right), len(delivered) / len(right), sum(delivered) / len(delivered)


def percents(address, model):
    return [f"{round(100 * share)} %" for share in shares(address, model)]


def test_the_models_are_as_good_as_the_page_says(models):
    words = " ".join(PAGE.split())
    right, delivered, of_delivered = percents(models, "small")
    assert f"By itself the small model answers {right} of them rightly" in words
    assert f"of the {delivered} that the small model delivers, {of_delivered} are right" in words
    assert f"and the large one {percents(models, 'large')[0]};" in words


def test_the_same_question_gets_the_same_answer_streamed_or_not(models):
    question = "What do 3 cups at 4 EUR and 2 plates at 7 EUR cost?"
    whole = ask(models, "small", question)["message"]["content"]
    assert whole == ask(models, "small", question)["message"]["content"]
    body = {"model": "small", "stream": True, "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(f"{models}/chat/completions", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=20) as answer:
        events = [line[6:] for line in answer.read().decode().splitlines() if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"].get("content", "") for event in events]
    assert "".join(deltas) == whole


def test_it_fails_when_it_is_told_to(models):
    root = models.removesuffix("/v1")
    post(f"{root}/fail", {"mode": "error"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(models, "small", "What do 3 cups at 4 EUR cost?")
    assert refused.value.code == 503
    refused.value.close()
    post(f"{root}/fail", {"mode": "none"})
    assert ask(models, "small", "What do 3 cups at 4 EUR cost?")["message"]["content"] == "That makes 12 EUR."


def test_the_questions_are_what_the_generator_writes(tmp_path):
    shutil.copy(EXAMPLE / "generate.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    assert (tmp_path / "requests.jsonl").read_bytes() == (EXAMPLE / "requests.jsonl").read_bytes()


def test_the_route_on_the_page_is_that_of_the_line():
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.S).group(1)
    assert block in (EXAMPLE / "plimsoll.yaml").read_text(encoding="utf-8")


def test_the_fit_on_the_page_is_that_of_the_models(models, tmp_path):
    with (tmp_path / "labelled.jsonl").open("w") as labelled:
        subprocess.run([sys.executable, EXAMPLE / "label.py", models, models], stdout=labelled, check=True, timeout=120)
    command, text = re.search(r"<!-- output of: plimsoll (route fit .*?) -->\n```\n(.*?)```", PAGE, re.S).groups()
    arguments = command.replace("examples/serve", str(EXAMPLE)).split()
    fit = subprocess.run(
        [PROGRAM, *arguments], cwd=tmp_path, env={**os.environ, "COLUMNS": "100"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert fit.returncode == 0, fit.stderr
    assert fit.stdout.startswith(text), fit.stdout


def test_the_demo_shows_what_the_page_shows_and_leaves_nothing_behind(tmp_path):
    demo = subprocess.run(
        [ROOT / "script" / "demo", "serve"], env={**os.environ, "PLIMSOLL": str(PROGRAM), "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert demo.returncode == 0, demo.stdout + demo.stderr
    shown = re.findall(r"```\n(  Q  .*?)```", PAGE, re.S)
    assert len(shown) == 3
    for block in shown:
        assert block in demo.stdout, demo.stdout
    for name in ("served", "recorded"):
        assert re.search(rf"plimsoll_decisions_{name}_total (\d+)", demo.stdout).group(1) == "42"
    assert "The chain holds" in demo.stdout
    assert "HOLD  What an order costs" in demo.stdout and "rate(accepted) is" in demo.stdout
    assert list(tmp_path.iterdir()) == []
