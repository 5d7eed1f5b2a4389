"""What the fairness family adds to an audit: the same audit with and without, in turn.

On the data of `script/bench gate`: 10 million decisions in Parquet, three segments with all crossings, 84 groups in
the deepest. Prints medians and writes bench/out/fairness.json.

    script/bench fairness [--runs N] [--rows N]

Environment: PLIMSOLL is the program.
"""

import argparse
import json
import os
import statistics

import gate

GOAL_S = 0.2

# Plain: the standard measures. The continuous score has 10 million distinct values.
CASES = {"1,000 distinct scores": "score", "10 million distinct scores": "continuous"}


def command(path, score, *more):
    return [gate.PROGRAM, "audit", str(path), "--label", "label", "--score", score, "--by", "race", "--by", "sex",
            "--by", "age", "--depth", "3", "--format", "json", *more]


def compare(path, score, runs):
    plain, family = [], []
    gate.run(command(path, score))
    for _ in range(runs):
        plain.append(gate.run(command(path, score)))
        family.append(gate.run(command(path, score, "--fairness")))
    return {
        "plain": gate.median(plain),
        "fairness": gate.median(family),
        "added_s": statistics.median(b["wall_s"] - a["wall_s"] for a, b in zip(plain, family)),
        "goal_s": GOAL_S,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--rows", type=int, default=10_000_000)
    options = parser.parse_args()
    folder = gate.OUT / "data"
    folder.mkdir(parents=True, exist_ok=True)
    gate.generate(options.rows, folder)
    path = folder / f"{options.rows}.parquet"
    results = {name: compare(path, score, options.runs) for name, score in CASES.items()}
    rows = [("case", "plain s", "with --fairness s", "added s", "goal s", "")]
    for name, result in results.items():
        rows.append((name, f"{result['plain']['wall_s']:.2f}", f"{result['fairness']['wall_s']:.2f}",
                     f"{result['added_s']:.2f}", str(GOAL_S), gate.verdict(result["added_s"], GOAL_S)))
    gate.table(rows)
    report = {"seed": gate.SEED, "rows": options.rows, "runs": options.runs, "processors": os.cpu_count(),
              "cases": results}
    (gate.OUT / "fairness.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
