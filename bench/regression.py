"""Speed and memory of measuring predicted numbers, beside DuckDB's bare GROUP BY of lists.

Generates its data (seeded): labels and predictions without two alike, in three segments of 84 groups
together. Runs each case in turn as a whole process and prints the medians, so that ratios hold when the
machine is noisy. Writes bench/out/regression.json.

    script/bench regression [--runs N] [--rows N]

Environment: PLIMSOLL is the program.
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
from gate import SEGMENTS, column

OUT = Path(__file__).resolve().parent / "out"
PROGRAM = os.environ["PLIMSOLL"]
SEED = 20240229
METRICS = "mae,rmse,mape,r2,mean_error,within(5),within(20)"
GOAL_SECONDS = 2.0
LISTS = "SELECT race, sex, age, list(struct_pack(l := label, p := prediction)) FROM '{}' GROUP BY ALL"
BARE = f"import duckdb, sys\nc = duckdb.connect(config={{'threads': 2}})\nfor _ in iter(c.execute({LISTS!r}.format(sys.argv[1])).fetch_record_batch()): pass"


def uniform(name):
    return f"hash(i, '{name}', {SEED})::DOUBLE / 18446744073709551616.0"


def generate(rows):
    path = OUT / f"regression-{rows}.parquet"
    if not path.exists():
        segments = ", ".join(column(name, values) for name, values in SEGMENTS.items())
        duckdb.sql(f"""
            COPY (SELECT {segments}, label, label + 8 * ({uniform('e')} + {uniform('f')} - 0.9) AS prediction
                  FROM (SELECT i, 1000 + 300 * {uniform('label')} AS label FROM range({rows}) AS t(i)))
            TO '{path}' (FORMAT parquet)""")
    return path


def run(command):
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    if status != 0:
        sys.exit(" ".join(command))
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def median(runs):
    return [statistics.median(values) for values in zip(*runs)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10_000_000)
    options = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    path = str(generate(options.rows))
    ours = [PROGRAM, "audit", path, "--task", "regression", "--label", "label", "--prediction", "prediction",
            "--metrics", METRICS, "--depth", "3", "--threads", "2", "--json"]  # fmt: skip
    ours += [word for name in SEGMENTS for word in ("--by", name)]
    bare = [sys.executable, "-c", BARE, path]
    run(ours)
    pairs = [(run(ours), run(bare)) for _ in range(options.runs)]
    measured, listed = median([one for one, _ in pairs]), median([other for _, other in pairs])
    ratio = statistics.median(one[0] / other[0] for one, other in pairs)
    print(f"{options.rows:,} rows{'':10}{'seconds':>9}{'processor':>11}{'MB':>7}")
    print(f"{'measured':26}{measured[0]:>9.2f}{measured[1]:>11.2f}{measured[2]:>7.0f}  "
          f"{'reached' if measured[0] <= GOAL_SECONDS else 'NOT reached'}")  # fmt: skip
    print(f"{'bare GROUP BY of lists':26}{listed[0]:>9.2f}{listed[1]:>11.2f}{listed[2]:>7.0f}")
    print(f"ratio {ratio:.2f}")
    (OUT / "regression.json").write_text(json.dumps(
        {"rows": options.rows, "measured": measured, "bare": listed, "ratio": ratio, "goal_seconds": GOAL_SECONDS},
        indent=2) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
