"""Rows of predicted numbers, and what scikit-learn and NumPy say of them.

    python tests/reference/regression.py     writes data/regression.json, which the test suite reads

The rows are made here from a seed; making the table needs numpy and scikit-learn, reading it does not.
Undefined here where Plimsoll says so (docs/conventions.md): a group of one decision, mape with a label of
0, r2 of labels that are all the same, and the mean of errors that are all of one size.
"""

import hashlib
import json
import random
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "data" / "regression.json"
COLUMNS = ("y", "p", "g", "h", "w", "n")
TOLERANCES = (0.5, 2, 5)
SEGMENTS = (("g",), ("h",), ("g", "h"))


def gapped(generator, value, chance=0.04):
    return "" if generator.random() < chance else value


def spread_rows(seed, offset=0.0, scale=20.0, noise=3.0, gaps=0.04):
    generator = random.Random(seed)
    rows = []
    for _ in range(900):
        group = generator.choice("AAAABBC")
        label = offset + scale * generator.gammavariate(2.0, 1.0)
        bias = {"A": 0.0, "B": 0.4, "C": -0.2}[group] * noise
        prediction = label + bias + noise * generator.gauss(0.0, 1.0)
        rows.append((gapped(generator, repr(label), gaps), gapped(generator, repr(prediction), gaps), group,
                     generator.choice("uv"), generator.choice((0.25, 1.0, 3.5)), generator.randrange(4)))
    return rows


def degenerate_rows():
    """Groups in which something is the same everywhere, or missing, beside an ordinary one."""
    generator = random.Random(5)
    rows = [(generator.gauss(50, 9), generator.gauss(50, 9), "ordinary") for _ in range(60)]
    rows += [(3.5, 4.0, "one")]
    rows += [(7.0, 7.0 + generator.gauss(0, 1), "same label") for _ in range(40)]
    rows += [(float(i), i + 0.25, "same error") for i in range(1, 40)]
    rows += [(float(i), i + (0.25 if i % 2 else -0.25), "same size of error") for i in range(1, 40)]
    rows += [(float(i), 20.0, "same prediction") for i in range(1, 40)]
    rows += [(float(i), float(i), "right") for i in range(1, 40)]
    rows += [(float(i), i + generator.gauss(0, 1), "a label of 0") for i in range(40)]
    rows += [("", generator.gauss(50, 9), "no label") for _ in range(40)]
    rows += [(generator.gauss(50, 9), "", "no prediction") for _ in range(40)]
    rows += [("", "", "neither") for _ in range(5)]
    return [(*(repr(v) if isinstance(v, float) else v for v in row[:2]), row[2], "u", 1.0, 1) for row in rows]


ROWS = {
    "plain": (lambda: spread_rows(1), ()),
    "offset": (lambda: spread_rows(2, offset=1e6, scale=1e-2, noise=1e-3), ()),
    "far below": (lambda: spread_rows(3, offset=-3e9, scale=5.0), ()),
    "weighted": (lambda: spread_rows(4), ("--weight", "w")),
    "counted": (lambda: spread_rows(5), ("--count", "n")),
    "counted and weighted": (lambda: spread_rows(6, offset=1e6, scale=1e-2, noise=1e-3),
                             ("--count", "n", "--weight", "w")),
    "degenerate": (degenerate_rows, ()),
}


def text_of(rows):
    return "".join(",".join(str(value) for value in row) + "\n" for row in (COLUMNS, *rows))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def place_of(segments, groups):
    return " * ".join(f"{segment}={group}" for segment, group in zip(segments, groups)) or "overall"


def measures_of(label, prediction, weight, count):
    """What the two libraries say of the decisions of a slice; NaN stands for what is not known."""
    import numpy as np
    import sklearn.metrics as sk

    def repeated(values):
        return np.repeat(np.array(values, float), count)

    y, p, w = repeated(label), repeated(prediction), repeated(weight)
    known = ~np.isnan(y) & ~np.isnan(p)
    y_known, p_known, weights = y[known], p[known], {"sample_weight": w[known]}
    error = p_known - y_known
    enough = len(error) > 1

    def varying(values, value):
        return value() if enough and np.ptp(values) > 1e-12 * np.max(np.abs(values)) else None

    def mean(values):
        here = ~np.isnan(values)
        return varying_mean(values[here], w[here])

    def varying_mean(values, by):
        return float(np.average(values, weights=by)) if len(values) > 1 and np.ptp(values) > 0 else None

    size = abs(error)
    relative = size / np.where(y_known == 0, 1, abs(y_known)) if enough else size
    out = {
        "mae": varying(size, lambda: sk.mean_absolute_error(y_known, p_known, **weights)),
        "mse": varying(size, lambda: sk.mean_squared_error(y_known, p_known, **weights)),
        "rmse": varying(size, lambda: sk.root_mean_squared_error(y_known, p_known, **weights)),
        "mape": None if (y_known == 0).any() else varying(
            relative, lambda: sk.mean_absolute_percentage_error(y_known, p_known, **weights)),
        "mean_error": varying(error, lambda: np.average(error, weights=w[known])),
        "r2": varying(y_known, lambda: sk.r2_score(y_known, p_known, **weights))
        if enough and np.any(error) else None,
        "mean_label": mean(y),
        "mean_prediction": mean(p),
    }
    for tolerance in TOLERANCES:
        out[f"within({tolerance})"] = float(np.average(size <= tolerance, weights=w[known])) if len(size) else None
    return {name: None if value is None else float(value) for name, value in out.items()}


def slices_of(rows):
    """Each slice with its rows, in the order of the names."""
    yield "overall", rows
    for segments in SEGMENTS:
        at = [COLUMNS.index(segment) for segment in segments]
        for groups in sorted({tuple(row[i] for i in at) for row in rows}):
            yield place_of(segments, groups), [row for row in rows if tuple(row[i] for i in at) == groups]


def table_of(name):
    make, arguments = ROWS[name]
    rows = make()
    out = {}
    for place, part in slices_of(rows):
        label, prediction = ([float(row[i] or "nan") for row in part] for i in (0, 1))
        weight = [row[4] if "--weight" in arguments else 1.0 for row in part]
        count = [row[5] if "--count" in arguments else 1 for row in part]
        if sum(count) > 0:
            out[place] = measures_of(label, prediction, weight, count)
    return {"sha256": digest(text_of(rows)), "slices": out}


def main():
    import numpy
    import sklearn

    table = {"source": f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}",
             "tables": {name: table_of(name) for name in ROWS}}
    TABLE.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
