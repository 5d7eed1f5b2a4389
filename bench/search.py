"""Speed and memory of a subgroup search, as whole processes: reading, measuring and searching.

Generates its data (seeded) with two pockets of errors, runs each case and prints the median of the
runs; `search` is what the search adds to the same audit without one. Checks that both pockets are
found. Writes bench/out/search.json.

    script/bench search [--runs N] [--large]

--large adds 16 segments to depth 4. Environment: PLIMSOLL is the program.
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
SEED = 20240229
GROUPS = 5
POCKETS = [{"c0": "v1", "c3": "v0", "c6": "v4"}, {"c1": "v2", "c4": "v3"}]

# Goals: seconds of the whole process on two cores. None: no goal.
CASES = [
    {"name": "8 segments, depth 3", "rows": 1_000_000, "segments": 8, "depth": 3, "seconds": 5.0},
    {"name": "16 segments, depth 3", "rows": 999_000, "segments": 16, "depth": 3, "seconds": None},
    {"name": "16 segments, depth 4", "rows": 999_000, "segments": 16, "depth": 4, "seconds": None},
]


def generate(case):
    path = OUT / f"search-{case['rows']}-{case['segments']}.parquet"
    if path.exists():
        return path
    columns = ", ".join(
        f"'v' || (hash(i, 'c{j}', {SEED}) % {GROUPS})::VARCHAR AS c{j}" for j in range(case["segments"])
    )
    where = [" AND ".join(f"{c} = '{v}'" for c, v in pocket.items()) for pocket in POCKETS]
    duckdb.sql(f"""
        COPY (SELECT * EXCLUDE u,
                     (u < CASE WHEN {where[0]} THEN 0.20 WHEN {where[1]} THEN 0.16 ELSE 0.10 END)::INT
                         AS label, 0 AS prediction
              FROM (SELECT {columns}, hash(i, 'u', {SEED})::DOUBLE / 18446744073709551616.0 AS u
                    FROM range({case['rows']}) AS t(i)))
        TO '{path}' (FORMAT parquet)""")
    return path


def run(path, case, search):
    command = [PROGRAM, "audit", str(path), "--label", "label", "--prediction", "prediction",
               "--metrics", "error_rate", "--depth", "1", "--threads", "2", "--json"]  # fmt: skip
    command += [word for j in range(case["segments"]) for word in ("--by", f"c{j}")]
    command += ["--search", "--search-depth", str(case["depth"])] if search else []
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(" ".join(command))
    return wall, usage.ru_maxrss / 1024, json.loads(out).get("search")


def measure(case, runs):
    path = generate(case)
    run(path, case, False)
    plain = [run(path, case, False)[0] for _ in range(runs)]
    full = [run(path, case, True) for _ in range(runs)]
    found = [one["slice"] for one in full[0][2]["found"]]
    if not all(pocket in found for pocket in POCKETS if len(pocket) <= case["depth"]):
        sys.exit(f"{case['name']}: a pocket was not found, but {found}")
    seconds = statistics.median(wall for wall, _, _ in full)
    return {
        "case": case["name"],
        "slices": full[0][2]["tested"],
        "seconds": seconds,
        "search_seconds": seconds - statistics.median(plain),
        "megabytes": statistics.median(megabytes for _, megabytes, _ in full),
        "goal_seconds": case["seconds"],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    results = [measure(case, options.runs) for case in (CASES if options.large else CASES[:1])]
    print(f"{'':22}{'slices':>10}{'seconds':>9}{'search':>8}{'MB':>7}")
    for one in results:
        goal = one["goal_seconds"]
        verdict = "" if goal is None else ("  reached" if one["seconds"] <= goal else "  NOT reached")
        print(f"{one['case']:22}{one['slices']:>10,}{one['seconds']:>9.2f}{one['search_seconds']:>8.2f}"
              f"{one['megabytes']:>7.0f}{verdict}")  # fmt: skip
    (OUT / "search.json").write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
