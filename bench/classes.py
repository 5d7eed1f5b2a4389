"""Speed of measuring a task with 100 classes in 84 groups, beside DuckDB's bare GROUP BY.

Generates its data (seeded), runs both as whole processes in turn, and prints the median of the runs.
Writes bench/out/classes.json.

    script/bench classes [--runs N] [--rows N]

The goal, 2 s for 10 million rows, is for two free cores. Environment: PLIMSOLL is the program.
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

OUT = Path(__file__).resolve().parent / "out"
PROGRAM = os.environ["PLIMSOLL"]
SEED = 20250611
CLASSES = 100
RACES, STATES = 6, 14
GOAL_S = 2.0


def generate(rows, path):
    """Eight predictions of ten are right, the others are of any class."""
    if path.exists():
        return

    def below(name, bound):
        return f"(hash(i, '{name}', {SEED}) % {bound})"

    label = below("label", CLASSES)
    select = f"""
        SELECT 'race ' || {below("race", RACES)} AS race, 'state ' || {below("state", STATES)} AS state,
               'class ' || {label} AS label,
               'class ' || CASE WHEN {below("right", 10)} < 8 THEN {label}
                                ELSE {below("prediction", CLASSES)} END AS prediction
        FROM range({rows}) AS t(i)"""
    duckdb.sql(f"COPY ({select}) TO '{path}' (FORMAT parquet)")


def audit(path):
    """Wall seconds of the whole program: the standard measures of the task in 104 slices and all."""
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, "audit", str(path), "--task", "multiclass", "--label", "label", "--prediction",
         "prediction", "--by", "race", "--by", "state", "--depth", "2", "--format", "json"],
        stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def group_by(path):
    code = (
        "import duckdb, time\n"
        "t = time.perf_counter()\n"
        f"duckdb.execute(\"SELECT race, state, label, prediction, count(*) FROM '{path}' GROUP BY ALL\")"
        ".fetch_arrow_table()\n"
        "print(time.perf_counter() - t)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return float(out.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000_000)
    options = parser.parse_args()
    (OUT / "data").mkdir(parents=True, exist_ok=True)
    path = OUT / "data" / f"classes-{options.rows}.parquet"
    generate(options.rows, path)
    audit(path)
    pairs = [(audit(path), group_by(path)) for _ in range(options.runs)]
    result = {
        "rows": options.rows,
        "ours_s": statistics.median(pair[0] for pair in pairs),
        "group_by_s": statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(pair[0] / pair[1] for pair in pairs),
        "goal_s": GOAL_S,
    }
    (OUT / "classes.json").write_text(json.dumps(result, indent=1) + "\n")
    for key, value in result.items():
        print(f"{key:12} {value:.2f}" if isinstance(value, float) else f"{key:12} {value}")


if __name__ == "__main__":
    main()
