"""Writes data/clarify.json: conditional demographic disparity as smclarify computes it.

smclarify is the library of SageMaker Clarify. It wants older versions of other packages than the
reference libraries, so it is not among them; install it without its dependencies:

    venv/bin/pip install --no-deps smclarify==0.5 pyfunctional dill tabulate
    venv/bin/python tests/reference/clarify.py
"""

import json
import pathlib
import random
from importlib.metadata import version

import pandas as pd
from smclarify.bias.metrics.posttraining import CDDPL
from smclarify.bias.metrics.pretraining import CDDL

FILE = pathlib.Path(__file__).parent / "data" / "clarify.json"

# Bickel, Hammel & O'Connell, Science 187 (1975) 398: (men, admitted, women, admitted) by department.
ADMISSIONS = {"A": (825, 512, 108, 89), "B": (560, 353, 25, 17), "C": (325, 120, 593, 202),
              "D": (417, 138, 375, 131), "E": (191, 53, 393, 94), "F": (373, 22, 341, 24)}  # fmt: skip


def admissions():
    rows = []
    for name, (men, men_in, women, women_in) in ADMISSIONS.items():
        for group, n, k in (("male", men, men_in), ("female", women, women_in)):
            rows += [[group, name, 1, 1, k], [group, name, 0, 0, n - k]]
    return rows


def made_up(seed):
    """Three groups in two to six strata; in each stratum both outcomes occur, of both kinds."""
    rng = random.Random(seed)
    rows = []
    for stratum in range(rng.randrange(2, 7)):
        rate = rng.random()
        for group in "abc"[: rng.randrange(2, 4)]:
            for label in (0, 1):
                for said in (0, 1):
                    n = rng.randrange(1, 60) if group == "a" else rng.randrange(0, 60)
                    rows.append([group, f"s{stratum}", label, said, int(n * (rate if said else 1)) + (group == "a")])
    return [row for row in rows if row[4]]


def figures(rows):
    frame = pd.DataFrame(rows, columns=["group", "stratum", "label", "said", "n"])
    frame = frame.loc[frame.index.repeat(frame.n)].reset_index(drop=True)
    return {group: {"conditional_demographic_disparity_in_labels":
                        float(CDDL(frame.group, frame.group == group, frame.label == 1, frame.stratum)),
                    "conditional_demographic_disparity":
                        float(CDDPL(frame.group, frame.group == group, frame.said == 1, frame.stratum))}
            for group in sorted(set(frame.group))}  # fmt: skip


def main():
    cases = [admissions(), *(made_up(seed) for seed in range(12))]
    value = {"source": f"smclarify {version('smclarify')}, CDDL and CDDPL",
             "columns": ["group", "stratum", "label", "said", "n"],
             "cases": [{"rows": rows, "figures": figures(rows)} for rows in cases]}  # fmt: skip
    FILE.write_text(json.dumps(value, separators=(",", ":")).replace('{"rows"', '\n{"rows"') + "\n")


if __name__ == "__main__":
    main()
