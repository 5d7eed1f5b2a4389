"""Live traffic on its way to a verdict: loading the ledger, loading what little came since, the gate on it.

    script/bench live [--decisions N]

The traffic is made up and seeded: decisions as the gateway records them, six in ten with a label. Environment: PLIMSOLL is the
program, beside which the writer of the tests is. Writes bench/out/live.json.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = Path(__file__).resolve().parent / "out"
AT_ONCE = 100_000  # decisions made up at a time

sys.path.insert(0, str(ROOT / "tests" / "cli"))
from live_traffic import LEDGER, WAREHOUSE, decision, traffic, write  # noqa: E402

LINE = """plimsoll: 1
feature: answers
owner: bench@example.org
data:
  decisions: "ledger:"
  columns: {label: label, score: confidence}
  segments: {language: language, plan: plan}
limits:
  - {metric: accuracy, min: 0.7, by: every}
"""


def timed(folder, *arguments):
    start = time.monotonic()
    done = subprocess.run([os.environ["PLIMSOLL"], *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return time.monotonic() - start, json.loads(done.stdout)


def fill(folder, decisions):
    """Ids are made of the number and the time, so each lot has its own seed and its own name."""
    for lot in range(0, decisions, AT_ONCE):
        records, _ = traffic(min(AT_ONCE, decisions - lot), seed=lot)
        marked = (
            (kind, time_ms, json.dumps(body).replace('"d_', f'"d_{lot}_')) for kind, time_ms, body in records
        )
        write(folder, marked)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=1_000_000)
    decisions = parser.parse_args().decisions
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "plimsoll.yaml").write_text(LINE)
        fill(folder, decisions)
        loading, loaded = timed(folder, "ledger", "load")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        assert loaded["new"]["decisions"] == decisions and loaded["repeats"] == 0, loaded
        write(folder, [decision(number, id=f"late_{number}") for number in range(100)])
        little, late = timed(folder, "ledger", "load")
        assert late["new"]["decisions"] == 100, late
        gate, verdict = timed(folder, "gate", "--no-record")
        assert verdict["data"]["rows"] == decisions + 100, verdict["data"]
        ledger_bytes = sum(path.stat().st_size for path in (folder / LEDGER).glob("segment-*"))
        warehouse_bytes = (folder / WAREHOUSE).stat().st_size
    row = {
        "decisions": decisions, "records": loaded["records"], "ledger_bytes": ledger_bytes, "warehouse_bytes": warehouse_bytes,
        "load_seconds": round(loading, 2), "records_per_second": round(loaded["records"] / loading), "memory_bytes": memory,
        "load_100_more_seconds": round(little, 3), "gate_seconds": round(gate, 2),
    }  # fmt: skip
    OUT.mkdir(exist_ok=True)
    (OUT / "live.json").write_text(json.dumps(row, indent=2) + "\n")
    print(f"{row['records']:,} records of {ledger_bytes / 1e6:.0f} MB loaded in {loading:.1f} s: {row['records_per_second']:,} a second,"
          f" {memory / 1e6:.0f} MB of memory, {warehouse_bytes / 1e6:.0f} MB on disk")  # fmt: skip
    print(f"100 decisions more: {little:.2f} s; the gate on all of them: {gate:.1f} s")


if __name__ == "__main__":
    main()
