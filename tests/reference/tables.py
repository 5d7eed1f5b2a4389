"""Runs the program and holds what it says against a table of other libraries' figures.

A table has the shape of `plimsoll audit --format json`, with values only; null is no value.
"""

import json
import os
import subprocess
from pathlib import Path

import datasets

FOLDER = Path(__file__).resolve().parent / "data"
PROGRAM = os.environ.get("PLIMSOLL", str(datasets.ROOT / "build" / "plimsoll"))

# Counts and rates are the same few divisions everywhere; ranks and losses are long sums.
TOLERANCE_RATE = 1e-9
TOLERANCE_RANK = 1e-6


def tolerance(measure):
    """Of a measure, or of one compared: "accuracy: max_difference"."""
    exact = measure.split(":")[0] in datasets.RATES or measure.startswith("rate(")
    return TOLERANCE_RATE if exact else TOLERANCE_RANK


def distance(measure, ours, theirs):
    """How far apart two figures are; of a sum, as a share of it. Infinite when one has no value."""
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else float("inf")
    scale = max(1.0, abs(theirs)) if measure.startswith("sum(") else 1.0
    return abs(ours - theirs) / scale


def run(arguments, exits=(0,)):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False)
    if result.returncode not in exits:
        raise RuntimeError(f"plimsoll {' '.join(arguments)}: {result.stderr.strip()}")
    return json.loads(result.stdout)


def audit(dataset, content, folder):
    """What `plimsoll audit` says of the rows."""
    path = Path(folder) / f"{dataset.name}.csv"
    path.write_bytes(content)
    return run(dataset.arguments(path))


def line_text(dataset, limits, path):
    """A line that asks for these limits of these rows."""
    columns = {name: getattr(dataset, name) for name in ("label", "score", "count", "weight")}
    segments = sorted({name for limit in limits for name in limit.by})
    return "\n".join([
        "plimsoll: 1",
        "feature: reference",
        "risk: {severity: low, reversibility: full}",
        "data:",
        f"  decisions: {path}",
        "  task: binary",
        f"  columns: {{{', '.join(f'{k}: {v}' for k, v in columns.items() if v)}}}",
        f"  threshold: {dataset.threshold}",
        f"  segments: {{{', '.join(f'{name}: {name}' for name in segments)}}}",
        f"costs: {{false_positive: {datasets.COSTS[0]}, false_negative: {datasets.COSTS[1]}}}",
        "limits:",
        *(f"  - {limit.text}" for limit in limits),
        "evidence: {smallest_slice: 1}",
        "",
    ])  # fmt: skip


def gate(dataset, limits, content, folder):
    """What `plimsoll gate` says of the limits; the verdict is not what is compared."""
    path, line = Path(folder) / f"{dataset.name}.csv", Path(folder) / f"{dataset.name}.yaml"
    path.write_bytes(content)
    line.write_text(line_text(dataset, limits, path.name))
    return run(["gate", str(line), "--no-record", "--format", "json"], exits=(0, 1))


def cases(findings):
    """{(limit, pair): value}. Which of two groups comes first is the program's to choose, unless
    there is a reference."""
    out = {}
    for number, finding in enumerate(findings):
        for one in finding["cases"]:
            pair = [key(one["slice"]), None if one["against"] is None else key(one["against"])]
            out[number, frozenset(pair)] = one["value"]
    return out


def key(group):
    return tuple(sorted(group.items()))


def figures(report):
    """{(place, measure): value} of a report of the program or of a table, place being a slice or
    the kind of a comparison between the slices of a crossing."""
    out = {}

    def put(place, measures):
        for name, one in measures.items():
            out[place, name] = one["value"] if isinstance(one, dict) else one

    put("overall", report["overall"]["measures"])
    for one in report["slices"]:
        put(key(one["slice"]), one["measures"])
        out[key(one["slice"]), "n"] = one["n"]
    for one in report["between"]:
        for kind in ("difference", "ratio"):
            value = one[kind]["value"] if isinstance(one[kind], dict) else one[kind]
            out[(kind, *one["by"]), one["metric"]] = value
    return out


def read(name):
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def write(name, table):
    """One line for each slice and comparison, so that a change shows as a change."""
    def item(one):
        return "    " + json.dumps(one, sort_keys=True)

    parts = []
    for member, value in table.items():
        if isinstance(value, list):
            text = "[\n" + ",\n".join(item(one) for one in value) + "\n  ]"
        else:
            text = json.dumps(value, indent=2, sort_keys=True).replace("\n", "\n  ")
        parts.append(f"  {json.dumps(member)}: {text}")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")
