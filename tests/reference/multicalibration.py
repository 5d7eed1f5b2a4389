"""Writes data/mcgrad.json: multicalibration error as MCGrad computes it.

MCGrad is the library of the authors of the measure; it wants packages that only its training needs, so
install it without its dependencies. Its package imports all of them: only the module of metrics is read here.

    venv/bin/pip install --no-deps mcgrad==0.1.5 psutil
    venv/bin/python tests/reference/multicalibration.py
"""

import importlib.util
import json
import pathlib
import sys
import types
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

FILE = pathlib.Path(__file__).parent / "data" / "mcgrad.json"
warnings.filterwarnings("ignore")


def metrics():
    folder = pathlib.Path(importlib.util.find_spec("mcgrad").origin).parent
    package = types.ModuleType("mcgrad")
    package.__path__ = [str(folder)]
    sys.modules["mcgrad"] = package
    return importlib.import_module("mcgrad.metrics")


def made_up(seed, n, wrong, weighted):
    """Distinct scores, for MCGrad takes ties one by one; in one crossing they may be off."""
    rng = np.random.default_rng(seed)
    a, b, c = rng.integers(0, 3, n), rng.integers(0, 2, n), rng.integers(0, 4, n)
    score = np.sort(rng.choice(np.arange(1, 10**6), n, replace=False)) / 10**6
    score = score[rng.permutation(n)] ** 2
    truth = np.where((a == 1) & (b == 0), score * (0.6 if wrong else 1), score)
    frame = pd.DataFrame({"a": a, "b": b, "c": c, "score": score, "label": (rng.random(n) < truth).astype(int),
                          "w": rng.integers(1, 6, n) / 2 if weighted else 1.0})
    assert frame.score.is_unique
    return frame


def main():
    library, cases = metrics(), []
    for seed, n, wrong, weighted in ((1, 400, True, False), (2, 400, False, False), (3, 300, True, True),
                                     (4, 120, False, False)):  # fmt: skip
        frame = made_up(seed, n, wrong, weighted)
        found = library.MulticalibrationError(
            frame, "label", "score", weight_column="w" if weighted else None,
            categorical_segment_columns=["a", "b", "c"], max_depth=2, max_values_per_segment_feature=9,
            min_samples_per_segment=10, precision_dtype="float64")  # fmt: skip
        cases.append({"smallest": 10, "depth": 2, "weighted": weighted, "columns": list(frame.columns),
                      "rows": frame.values.tolist(), "mce": float(found.mce), "mce_sigma": float(found.mce_sigma),
                      "global_ecce": float(found.global_ecce), "segments": int(found.total_number_segments)})
    value = {"source": f"mcgrad {version('mcgrad')}, MulticalibrationError", "cases": cases}
    FILE.write_text(json.dumps(value, separators=(",", ":")).replace('{"smallest"', '\n{"smallest"') + "\n")


if __name__ == "__main__":
    main()
