"""Speed and memory of measuring, beside DuckDB's bare GROUP BY and Fairlearn's MetricFrame.

Generates its data (seeded), runs every case as a whole process, and prints the median of the runs.
Ratios are of one run on one machine, cases in turn, so they hold when the machine is noisy; absolute
times are of this machine only. Writes bench/out/gate.json.

    script/bench gate [--runs N] [--rows N] [--large] [--only CASE ...]

--large adds 100 million rows. Environment: PLIMSOLL is the program.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
PROGRAM = os.environ["PLIMSOLL"]
SEED = 20240229

METRICS = (
    "selection_rate,base_rate,accuracy,error_rate,balanced_accuracy,precision,true_positive_rate,"
    "false_positive_rate,false_negative_rate,f1,roc_auc,brier_score"
)
SEGMENTS = {
    "race": [f"race {i}" for i in range(7)],
    "sex": ["female", "male", "other"],
    "age": ["under 25", "25 to 44", "45 to 64", "65 and over"],
}

# Goals: seconds, megabytes, and how many times faster than a peer. None: no goal.
CASES = {
    "parquet": {"file": "{rows}.parquet", "score": "score", "seconds": 0.6, "megabytes": 600},
    "continuous": {"file": "{rows}.parquet", "score": "continuous", "seconds": 3.0, "megabytes": None},
    "csv": {"file": "{rows}.csv", "score": "score", "seconds": 2.5, "megabytes": None},
}


def column(name, values):
    listed = ", ".join(f"'{value}'" for value in values)
    return f"[{listed}][1 + (hash(i, '{name}', {SEED}) % {len(values)})::INT] AS {name}"


def generate(rows, folder):
    """Decisions with three segments, a label that follows the score, and two kinds of score."""
    parquet = folder / f"{rows}.parquet"
    csv = folder / f"{rows}.csv"
    if not parquet.exists():
        uniform = f"hash(i, 'score', {SEED})::DOUBLE / 18446744073709551616.0"
        segments = ", ".join(column(name, values) for name, values in SEGMENTS.items())
        select = f"""
            SELECT {segments},
                   (hash(i, 'label', {SEED})::DOUBLE / 18446744073709551616.0
                        < 0.1 + 0.8 * continuous)::INT AS label,
                   floor(continuous * 1000) / 1000 AS score, continuous
            FROM (SELECT i, {uniform} AS continuous FROM range({rows}) AS t(i))"""
        duckdb.sql(f"COPY ({select}) TO '{parquet}' (FORMAT parquet)")
    if rows <= 10_000_000 and not csv.exists():
        duckdb.sql(
            f"COPY (SELECT race, sex, age, label, score FROM '{parquet}') TO '{csv}' (HEADER)"
        )


def run(command):
    """Wall seconds, processor seconds and the largest resident size of a process, in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    message = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: {message}")
    return {
        "wall_s": wall,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1024,
    }


def median(results):
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def audit(path, score):
    return [
        PROGRAM, "audit", str(path), "--label", "label", "--score", score, "--by", "race",
        "--by", "sex", "--by", "age", "--depth", "3", "--metrics", METRICS, "--format", "json",
    ]


def group_by(path, score):
    """The bare GROUP BY, in a process of its own as ours is; the engine alone, without Python's start."""
    code = (
        "import duckdb, time, sys\n"
        "c = duckdb.connect()\n"
        "t = time.perf_counter()\n"
        f"c.execute(\"SELECT race, sex, age, label, {score}, count(*) FROM '{path}' GROUP BY ALL\")"
        ".fetch_arrow_table()\n"
        "print(time.perf_counter() - t)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return float(out.stdout)


def fairlearn(path):
    """MetricFrame by all three segments, with as many of our measures as it has; no intervals."""
    code = f"""
import time
import pandas as pd
from fairlearn.metrics import (MetricFrame, selection_rate, true_positive_rate, false_positive_rate,
                               false_negative_rate)
from sklearn.metrics import (accuracy_score, zero_one_loss, balanced_accuracy_score, precision_score,
                             f1_score)
t = time.perf_counter()
frame = pd.read_parquet({str(path)!r}, columns=["race", "sex", "age", "label", "score"])
predicted = (frame["score"] >= 0.5).astype(int)
metrics = dict(selection_rate=selection_rate, accuracy=accuracy_score, error_rate=zero_one_loss,
               balanced_accuracy=balanced_accuracy_score, precision=precision_score,
               tpr=true_positive_rate, fpr=false_positive_rate, fnr=false_negative_rate, f1=f1_score)
segments = ["race", "sex", "age"]
for columns in (["race"], ["sex"], ["age"], ["race", "sex"], ["race", "age"], ["sex", "age"], segments):
    MetricFrame(metrics=metrics, y_true=frame["label"], y_pred=predicted,
                sensitive_features=frame[columns]).by_group
print(time.perf_counter() - t)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if out.returncode != 0:
        sys.exit(out.stderr)
    return float(out.stdout)


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.rjust(width) if i else cell.ljust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))


def verdict(value, goal):
    return "" if goal is None else ("reached" if value <= goal else "NOT reached")


def measure_cases(options, folder):
    cases = dict(CASES)
    if options.large:
        cases["large"] = {"file": "100000000.parquet", "score": "score", "seconds": None,
                          "megabytes": 4096}
        generate(100_000_000, folder)
    results = {}
    for name, case in cases.items():
        if options.only and name not in options.only:
            continue
        path = folder / case["file"].format(rows=options.rows)
        command = audit(path, case["score"])
        run(command)
        results[name] = median([run(command) for _ in range(options.runs)])
        results[name]["goal_s"] = case["seconds"]
        results[name]["goal_megabytes"] = case["megabytes"]
    return results


def compare(options, folder):
    """Peers on the same files, in turn with ours."""
    peers = {}
    path = folder / f"{options.rows}.parquet"
    ratios = []
    for _ in range(options.runs):
        ours = run(audit(path, "score"))["wall_s"]
        ratios.append((ours, group_by(path, "score")))
    peers["group_by"] = {
        "ours_s": statistics.median(pair[0] for pair in ratios),
        "theirs_s": statistics.median(pair[1] for pair in ratios),
        "ratio": statistics.median(pair[0] / pair[1] for pair in ratios),
    }
    for rows in (1_000_000, options.rows):
        generate(rows, folder)
        path = folder / f"{rows}.parquet"
        theirs = fairlearn(path)
        ours = statistics.median(run(audit(path, "score"))["wall_s"] for _ in range(options.runs))
        peers[f"fairlearn_{rows}"] = {"ours_s": ours, "theirs_s": theirs, "ratio": theirs / ours}
    return peers


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    folder = OUT / "data"
    folder.mkdir(parents=True, exist_ok=True)
    generate(options.rows, folder)

    results = measure_cases(options, folder)
    lines = [("case", "wall s", "cpu s", "MB", "goal s", "", "goal MB", "")]
    for name, result in results.items():
        lines.append((
            name, f"{result['wall_s']:.2f}", f"{result['cpu_s']:.2f}", f"{result['megabytes']:.0f}",
            str(result["goal_s"] or ""), verdict(result["wall_s"], result["goal_s"]),
            str(result["goal_megabytes"] or ""),
            verdict(result["megabytes"], result["goal_megabytes"]),
        ))
    table(lines)

    peers = {} if options.no_peers else compare(options, folder)
    if peers:
        print()
        lines = [("peer", "ours s", "theirs s", "ratio", "goal", "")]
        for name, peer in peers.items():
            if name == "group_by":
                lines.append((name, f"{peer['ours_s']:.2f}", f"{peer['theirs_s']:.2f}",
                              f"{peer['ratio']:.2f} of theirs", "3", verdict(peer["ratio"], 3)))
            else:
                lines.append((name, f"{peer['ours_s']:.2f}", f"{peer['theirs_s']:.2f}",
                              f"{peer['ratio']:.0f} times", "100",
                              "reached" if peer["ratio"] >= 100 else "NOT reached"))
        table(lines)

    report = {"seed": SEED, "rows": options.rows, "runs": options.runs,
              "processors": os.cpu_count(), "metrics": METRICS.split(","),
              "cases": results, "peers": peers}
    (OUT / "gate.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
