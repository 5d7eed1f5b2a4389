"""The committed counts of MMLU and GSM8K are those of the data, where these are at hand."""

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
DATA = HERE.parents[1] / ".." / "shared" / "data"

sys.path.insert(0, str(HERE / "stats"))

import known_data  # noqa: E402


def committed(name):
    lines = (HERE / "stats" / name).read_text().splitlines()[2:]
    return {line.split(",")[0]: [int(cell) for cell in line.split(",")[1:5]] for line in lines}


@pytest.mark.parametrize(
    "name, count, place",
    [
        ("mmlu_counts.csv", known_data.mmlu, "mmlu"),
        ("gsm8k.csv", known_data.gsm8k, "gsm8k/example_model_solutions.jsonl.gz"),
    ],
)
def test_the_counts_are_those_of_the_data(name, count, place):
    if not (DATA / place).exists():
        pytest.skip(f"the data of {place} are not here")
    assert count(DATA / place) == committed(name)
