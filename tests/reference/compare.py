"""Compares the figures of the program with those of scikit-learn, Fairlearn, AIF360 and others.

    script/reference            prints, for each measure and library, the largest difference
    script/reference --write    also writes the tables in data/, which the test suite reads
    script/reference --seeds N  made-up data from so many more seeds; 2 when nothing is said

Exits with 1 when a difference is above its tolerance.
"""

import argparse
import logging
import platform
import sys
import tempfile
from importlib.metadata import version

logging.disable(logging.WARNING)  # AIF360 names the parts of it that are not installed

import claims  # noqa: E402
import datasets  # noqa: E402
import libraries  # noqa: E402
import tables  # noqa: E402

LIBRARIES = ("scikit-learn", "fairlearn", "aif360", "scipy", "numpy", "pandas")


class Ledger:
    """The largest difference for each measure and source."""

    def __init__(self):
        self.worst = {}
        self.failures = []

    def take(self, dataset, place, name, source, ours, theirs):
        distance = tables.distance(name, ours, theirs)
        counted, largest = self.worst.get((name, source), (0, 0.0))
        self.worst[name, source] = counted + 1, max(largest, distance)
        if distance > tables.tolerance(name):
            self.failures.append(f"{dataset}, {place}: {name} is {ours}, by {source} {theirs}")

    def print(self):
        widths = 30, 52, 7, 9, 9
        header = ("measure", "library", "values", "largest", "allowed")
        print(" ".join(text.ljust(width) for text, width in zip(header, widths)), "ok")
        for (name, source), (counted, largest) in self.worst.items():
            allowed = tables.tolerance(name)
            cells = (name, source, str(counted), f"{largest:.1e}", f"{allowed:.0e}")
            print(" ".join(text.ljust(width) for text, width in zip(cells, widths)),
                  "yes" if largest <= allowed else "NO")


def versions():
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def is_slice(place):
    return place != "overall" and place[0] not in ("difference", "ratio")


def compare_audit(dataset, content, folder, ledger):
    """Audits, compares every figure, and gives back those of the libraries."""
    decisions = libraries.Decisions(dataset, content)
    theirs = libraries.figures(decisions)
    ours = tables.figures(tables.audit(dataset, content, folder))
    places = {place for place, _ in ours if place == "overall" or is_slice(place)}
    for (place, name), by_source in theirs.items():
        for source, value in by_source.items():
            ledger.take(dataset.name, place, name, source, ours.get((place, name)), value)
    for (place, name), value in libraries.aif360_figures(decisions, places).items():
        # Where the denominator is 0 AIF360 says 0 or NaN as it happens: docs/conventions.md.
        if next(iter(theirs[place, name].values())) is not None:
            source = f"aif360 ClassificationMetric.{libraries.AIF360_NAMES[name]}"
            ledger.take(dataset.name, place, name, source, ours.get((place, name)), value)
    unknown = {at for at, value in ours.items() if at not in theirs and value is not None}
    for place, name in unknown - {(place, "n") for place in places}:
        ledger.failures.append(f"{dataset.name}, {place}: nobody else has {name}")
    return theirs


def compare_gate(dataset, content, folder, ledger):
    decisions = libraries.Decisions(dataset, content)
    limits = datasets.LIMITS[dataset.name]
    ours = tables.cases(tables.gate(dataset, limits, content, folder)["findings"])
    out = []
    for number, limit in enumerate(limits):
        cases, source = libraries.cases_of(decisions, limit)
        items = []
        for place, against, value in cases:
            found = ours.pop((number, frozenset([place, against])), "no such case")
            if found == "no such case":
                ledger.failures.append(f"{dataset.name}: {limit.text}: no case of {place}")
                continue
            label = "value" if limit.comparator in ("min", "max") else limit.comparator
            name = f"{limit.measure}: {label}"
            ledger.take(dataset.name, place, name, source, found, value)
            items.append({"slice": dict(place), "value": value,
                          "against": None if against is None else dict(against)})
        out.append({"limit": limit.text, "from": source, "cases": items})
    for number, pair in ours:
        ledger.failures.append(f"{dataset.name}: {limits[number].text}: nobody else has {pair}")
    return out


def table_of(dataset, content, theirs, findings):
    """The figures of the first source of each measure, in the shape of an audit."""
    first = {at: next(iter(by_source.values())) for at, by_source in theirs.items()}
    sources = {name: next(iter(by_source)) for (_, name), by_source in theirs.items()}
    places = sorted({place for place, _ in first if is_slice(place)})

    def measures(place):
        return {name: first.get((place, name)) for name in dataset.measures}

    return {
        "data": {"name": dataset.name, "sha256": datasets.digest(content)},
        "versions": versions(),
        "sources": {"slices, difference and ratio": "fairlearn.metrics.MetricFrame", **sources},
        "overall": {"measures": measures("overall")},
        "slices": [{"slice": dict(place), "n": int(first[place, "count"]),
                    "measures": measures(place)}
                   for place in places if (place, "count") in first],
        "between": [{"by": list(crossing), "metric": name,
                     "difference": first[("difference", *crossing), name],
                     "ratio": first[("ratio", *crossing), name]}
                    for crossing in dataset.by for name in dataset.measures],
        **({"findings": findings} if findings else {}),
    }  # fmt: skip


def compare(dataset, content, write, ledger):
    with tempfile.TemporaryDirectory() as folder:
        theirs = compare_audit(dataset, content, folder, ledger)
        findings = []
        if dataset.name in datasets.LIMITS:
            findings = compare_gate(dataset, content, folder, ledger)
    if write:
        tables.write(dataset.name, table_of(dataset, content, theirs, findings))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--seeds", type=int, default=2)
    settings = parser.parse_args()
    ledger = Ledger()
    for dataset in datasets.ALL:
        content = dataset.make()
        if content is None:
            print(f"{dataset.name}: its file is not here; passed over", file=sys.stderr)
            continue
        print(f"comparing {dataset.name} ...", file=sys.stderr)
        compare(dataset, content, settings.write, ledger)
        for seed in range(settings.seeds if dataset.has_seed else 0):
            compare(dataset, dataset.make(seed=seed), False, ledger)
    print(" ".join(f"{name} {number}" for name, number in versions().items()), end="\n\n")
    ledger.print()
    wrong = claims.check()
    print(f"\nclaims of docs/conventions.md: {claims.COUNT - len(wrong)} of {claims.COUNT} hold")
    for text in [*ledger.failures, *wrong]:
        print(text, file=sys.stderr)
    return 1 if ledger.failures or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
