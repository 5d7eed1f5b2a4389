"""A million recorded outputs scored and reported: seconds, and memory above the input. The goal is 64 MB.

    script/bench evals [--cases N]

The cases are made up and seeded. Environment: PLIMSOLL is the program. Writes bench/out/evals.json.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

OUT = Path(__file__).resolve().parent / "out"
GOAL_BYTES = 64_000_000

LINE = """plimsoll: 1
feature: bench
owner: bench@example.org
evals:
  golden:
    cases: cases.jsonl
    columns: {id: id, input: question, expected: answer}
    output: {column: output}
    scorers: [{scorer: numeric, name: right}]
    segments: {language: language}
    limits: [{metric: rate(right), min: 0.8, by: language}]
"""


def write_cases(path, count):
    draw = random.Random(1)
    with open(path, "w") as file:
        for i in range(count):
            a = draw.randrange(100)
            said = a + 1 if draw.random() < 0.9 else a
            language = draw.choice(("en", "hi", "ar"))
            file.write(
                f'{{"id":"c{i}","question":"What is {a} plus 1?","answer":"{a + 1}",'
                f'"output":"The answer is {said}","language":"{language}"}}\n'
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000_000)
    cases = parser.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "plimsoll.yaml").write_text(LINE)
        write_cases(Path(folder, "cases.jsonl"), cases)
        size = Path(folder, "cases.jsonl").stat().st_size
        start = time.monotonic()
        done = subprocess.run(
            [os.environ["PLIMSOLL"], "eval", "--json"], cwd=folder, capture_output=True, text=True, check=False
        )
        seconds = time.monotonic() - start
        run = json.loads(done.stdout)["suites"][0]["run"]
    assert run["outputs"] == run["done"] == cases, run
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    above = max(0, memory - size)
    row = {"cases": cases, "seconds": round(seconds, 2), "input_bytes": size, "memory_bytes": memory, "above_bytes": above}
    OUT.mkdir(exist_ok=True)
    (OUT / "evals.json").write_text(json.dumps(row, indent=2) + "\n")
    print(f"{cases:,} outputs of {size / 1e6:.0f} MB: {seconds:.1f} s, {memory / 1e6:.0f} MB in all, {above / 1e6:.0f} MB above the input")
    print("the goal of 64 MB above the input is", "met" if above <= GOAL_BYTES else "NOT met")


if __name__ == "__main__":
    main()
