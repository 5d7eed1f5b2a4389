"""Laws that hold for any data, tried through the program on data made from a seed.

A failing case names its seed; PLIMSOLL_SEED tries other ones.
"""

import json
import math
import os
import pathlib
import random
import subprocess

import pytest

duckdb = pytest.importorskip("duckdb")

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))
FIRST_SEED = int(os.environ.get("PLIMSOLL_SEED", "1"))
SEEDS = range(FIRST_SEED, FIRST_SEED + 4)
TIMEOUT_SECONDS = 300

RATES = (
    "accuracy,error_rate,balanced_accuracy,precision,true_positive_rate,true_negative_rate,false_positive_rate,"
    "false_negative_rate,false_discovery_rate,false_omission_rate,negative_predictive_value,f1,matthews_corrcoef,"
    "selection_rate,base_rate,expected_cost"
)
RANKS = "roc_auc,average_precision,log_loss,brier_score,ks_separation,calibration_error,ecce"
VALUES = "mean(x),sum(x),quantile(x, 0.5),quantile(x, 0.99),rate(b)"
ALL = ",".join(("count,share", RATES, RANKS, VALUES))


def audit(folder, source, *arguments):
    """The audit of a source as bytes of JSON, without what names the source."""
    assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not there: build it, or set PLIMSOLL"
    command = [PROGRAM, "audit", str(source), "--format", "json", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    assert result.returncode == 0, result.stderr
    value = json.loads(result.stdout, parse_constant=lambda word: pytest.fail(f"{word} in the output"))
    for key in ("data", "source", "elapsed_seconds"):
        value.pop(key, None)
    return value


def make(seed, count, continuous=False, gaps=0.03):
    """Decisions as dicts: two segments, a label, a score, a prediction, values, a count and a weight."""
    generator = random.Random(seed)
    print(f"seed {seed}")

    def maybe(value):
        return "" if generator.random() < gaps else value

    rows = []
    for _ in range(count):
        score = generator.random() if continuous else generator.randrange(21) / 20
        rows.append(
            {
                "y": maybe(int(generator.random() < 0.2 + 0.6 * score)),
                "s": maybe(score),
                "p": maybe(int(score >= 0.5)),
                "g": maybe(generator.choice("AAAABBBCD")),
                "h": maybe(generator.choice("uv")),
                "x": maybe(generator.gauss(10, 1e6) if continuous else generator.randrange(-5, 6)),
                "b": maybe(generator.randrange(2)),
                "n": generator.randrange(5),
                "w": generator.choice([0.1, 0.7, 1 / 3, 2.5, 1e-3]),
            }
        )
    return rows


def csv_text(rows):
    return "".join(",".join(str(value) for value in row) + "\n" for row in [list(rows[0]), *(row.values() for row in rows)])


def write(path, rows):
    path.write_text(csv_text(rows))
    return path.name


def write_parquet(path, rows):
    """Small row groups, so that several threads have something to share."""
    source = path.with_suffix(".csv")
    write(source, rows)
    duckdb.sql(
        f"COPY (SELECT * FROM read_csv('{source}', header=true)) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    source.unlink()
    return path.name


def figures(value):
    """Every estimate of an audit, with where it stands."""
    for name, measure in value["overall"]["measures"].items():
        yield ("overall", name), measure
    for part in value["slices"]:
        for name, measure in part["measures"].items():
            yield (json.dumps(part["slice"]), name), measure


def agree(one, other, place, parts=("n", "value", "low", "high")):
    """The same status, and the same figures up to rounding."""
    assert one["status"] == other["status"], place
    for part in parts:
        if one[part] is None or other[part] is None:
            assert one[part] is other[part], (place, part)
        else:
            assert other[part] == pytest.approx(one[part], rel=1e-9, abs=1e-12), (place, part)


BY_SCORE = ("--label", "y", "--score", "s", "--by", "g", "--by", "h")
BY_PREDICTION = ("--label", "y", "--prediction", "p", "--by", "g", "--by", "h")
SIZES = [(), ("--count", "n"), ("--weight", "w"), ("--count", "n", "--weight", "w")]


def shuffled(rows, seed):
    rows = rows[:]
    random.Random(seed).shuffle(rows)
    return rows


@pytest.mark.parametrize("continuous", [False, True], ids=["discrete", "continuous"])
@pytest.mark.parametrize("sizes", SIZES, ids=lambda sizes: " ".join(sizes) or "plain")
def test_order_threads_and_chunks_change_nothing(tmp_path, sizes, continuous):
    seed = FIRST_SEED
    rows = make(seed, 12_000, continuous)
    names = [write_parquet(tmp_path / "as-is.parquet", rows), write_parquet(tmp_path / "mixed.parquet", shuffled(rows, seed))]
    parts = shuffled(rows, seed + 1)
    for number, start in enumerate(range(0, len(parts), 2_500)):
        write_parquet(tmp_path / f"part-{number}.parquet", parts[start : start + 2_500])
    names.append("part-*.parquet")
    for way, metrics in ((BY_SCORE, ALL), (BY_SCORE, RATES), (BY_PREDICTION, f"{RATES},{VALUES}")):
        expected = json.dumps(audit(tmp_path, names[0], *way, *sizes, "--metrics", metrics, "--threads", "1"))
        for name, threads in ((names[0], "4"), (names[1], "2"), (names[2], "4")):
            found = json.dumps(audit(tmp_path, name, *way, *sizes, "--metrics", metrics, "--threads", threads))
            assert found == expected, f"seed {seed}: {name} on {threads} threads differs"


@pytest.mark.parametrize("sizes", [(), ("--weight", "w")], ids=["plain", "weighted"])
def test_chunks_of_csv_change_nothing(tmp_path, sizes):
    rows = make(FIRST_SEED, 3_000, True)
    write(tmp_path / "whole.csv", rows)
    parts = shuffled(rows, FIRST_SEED)
    for number in range(7):
        write(tmp_path / f"part-{number}.csv", parts[number::7])
    expected = audit(tmp_path, "whole.csv", *BY_SCORE, *sizes, "--metrics", ALL)
    assert audit(tmp_path, "part-*.csv", *BY_SCORE, *sizes, "--metrics", ALL) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_the_interval_holds_the_value_and_groups_add_up(tmp_path, seed):
    rows = make(seed, random.Random(seed).choice([1, 2, 3, 7, 40, 300]), seed % 2 == 0, gaps=0.2)
    write(tmp_path / "d.csv", rows)
    for sizes in SIZES:
        if all(row["n"] == 0 for row in rows):
            continue
        value = audit(tmp_path, "d.csv", *BY_SCORE, *sizes, "--metrics", ALL, "--smallest", "1")
        for place, one in figures(value):
            if one["status"] == "undefined":
                assert one["value"] is None and one["low"] is None and one["high"] is None and one["reason"], place
                continue
            low = -math.inf if one["low"] is None else one["low"]
            high = math.inf if one["high"] is None else one["high"]
            assert low <= one["value"] <= high, (seed, place, one)
        for segment in ("g", "h"):
            groups = [part for part in value["slices"] if set(part["slice"]) == {segment}]
            assert sum(part["n"] for part in groups) == value["overall"]["n"]
            assert sum(part["unlabelled"] for part in groups) == value["unlabelled"]
            assert sum(part["measures"]["share"]["value"] for part in groups) == pytest.approx(1, abs=1e-12)
        for one in value["between"]:
            for figure in (one["difference"], one["ratio"]):
                if figure["status"] == "ok" and figure["low"] is not None and figure["high"] is not None:
                    assert figure["low"] <= figure["value"] <= figure["high"], (seed, one)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_decision_more_never_makes_n_smaller(tmp_path, seed):
    rows = make(seed, 60, seed % 2 == 0, gaps=0.1)
    more = make(seed + 1000, 1, seed % 2 == 0)
    write(tmp_path / "few.csv", rows)
    write(tmp_path / "more.csv", rows + more)
    few = dict(figures(audit(tmp_path, "few.csv", *BY_SCORE, "--metrics", ALL)))
    many = dict(figures(audit(tmp_path, "more.csv", *BY_SCORE, "--metrics", ALL)))
    assert few.keys() <= many.keys()
    for place, one in few.items():
        assert many[place]["n"] >= one["n"], (seed, place)
    assert many["overall", "count"]["value"] == few["overall", "count"]["value"] + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_weight_two_for_all_is_weight_one(tmp_path, seed):
    rows = make(seed, 500, seed % 2 == 0)
    write(tmp_path / "one.csv", [row | {"w": 1} for row in rows])
    write(tmp_path / "two.csv", [row | {"w": 2} for row in rows])
    metrics = ",".join(("count,share", RATES, RANKS, "mean(x),quantile(x, 0.5),rate(b)"))
    ones = dict(figures(audit(tmp_path, "one.csv", *BY_SCORE, "--weight", "w", "--metrics", metrics)))
    twos = dict(figures(audit(tmp_path, "two.csv", *BY_SCORE, "--weight", "w", "--metrics", metrics)))
    assert ones.keys() == twos.keys()
    for place, one in ones.items():
        agree(one, twos[place], (seed, place))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_weight_of_two_has_the_value_of_the_row_twice(tmp_path, seed):
    rows = make(seed, 400, seed % 2 == 0)
    write(tmp_path / "twice.csv", [row | {"w": 1} for row in rows for _ in range(1 + row["n"] % 2)])
    write(tmp_path / "weights.csv", [row | {"w": 1 + row["n"] % 2} for row in rows])
    write(tmp_path / "counts.csv", [row | {"w": 1, "n": 1 + row["n"] % 2} for row in rows])
    options = ("--smallest", "1", "--metrics", ",".join((RATES, RANKS, "mean(x),sum(x),quantile(x, 0.5),rate(b)")))
    twice = dict(figures(audit(tmp_path, "twice.csv", *BY_SCORE, *options)))
    weights = dict(figures(audit(tmp_path, "weights.csv", *BY_SCORE, "--weight", "w", *options)))
    counts = dict(figures(audit(tmp_path, "counts.csv", *BY_SCORE, "--count", "n", *options)))
    assert counts == twice
    for place, one in twice.items():
        agree(one, weights[place], (seed, place), parts=("value",))


SYMMETRY = {
    "accuracy": "accuracy",
    "error_rate": "error_rate",
    "balanced_accuracy": "balanced_accuracy",
    "matthews_corrcoef": "matthews_corrcoef",
    "true_positive_rate": "true_negative_rate",
    "true_negative_rate": "true_positive_rate",
    "false_positive_rate": "false_negative_rate",
    "false_negative_rate": "false_positive_rate",
    "precision": "negative_predictive_value",
    "negative_predictive_value": "precision",
    "false_discovery_rate": "false_omission_rate",
    "false_omission_rate": "false_discovery_rate",
}


@pytest.mark.parametrize("sizes", [(), ("--weight", "w")], ids=["plain", "weighted"])
@pytest.mark.parametrize("seed", SEEDS)
def test_turning_yes_and_no_round_turns_the_rates_round(tmp_path, seed, sizes):
    rows = make(seed, 300, gaps=0.1)
    write(tmp_path / "as-is.csv", rows)
    turn = {0: 1, 1: 0, "": ""}
    write(tmp_path / "turned.csv", [row | {"y": turn[row["y"]], "p": turn[row["p"]]} for row in rows])
    metrics = ",".join(SYMMETRY)
    plain = dict(figures(audit(tmp_path, "as-is.csv", *BY_PREDICTION, *sizes, "--metrics", metrics)))
    turned = dict(figures(audit(tmp_path, "turned.csv", *BY_PREDICTION, *sizes, "--metrics", metrics)))
    for (place, name), one in plain.items():
        agree(one, turned[place, SYMMETRY[name]], (seed, place, name))


TRANSFORMS = {
    "shrunk": lambda score: score / 1000,
    "logarithm": lambda score: math.log(score + 1e-3),
    "exponential": lambda score: math.exp(50 * score),
    "far below": lambda score: score - 1e6,
    "tiny": lambda score: score * 1e-300,
    "denormal": lambda score: round(score * 20) * 5e-324,
    "huge": lambda score: (2 * score - 1) * 1.7e308,
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_rising_transform_of_the_score_leaves_its_ranks(tmp_path, name):
    rows = make(FIRST_SEED, 700)
    changed = [row | {"s": "" if row["s"] == "" else repr(TRANSFORMS[name](row["s"]))} for row in rows]
    write(tmp_path / "as-is.csv", rows)
    write(tmp_path / "changed.csv", changed)
    metrics = "roc_auc,average_precision,ks_separation"
    for sizes in ((), ("--weight", "w")):
        plain = dict(figures(audit(tmp_path, "as-is.csv", *BY_SCORE, *sizes, "--metrics", metrics)))
        assert dict(figures(audit(tmp_path, "changed.csv", *BY_SCORE, *sizes, "--metrics", metrics))) == plain


@pytest.mark.parametrize("seed", SEEDS)
def test_turning_the_score_round_turns_the_auc_round(tmp_path, seed):
    rows = make(seed, 300, seed % 2 == 0)
    write(tmp_path / "as-is.csv", rows)
    write(tmp_path / "turned.csv", [row | {"s": "" if row["s"] == "" else -row["s"]} for row in rows])
    plain = dict(figures(audit(tmp_path, "as-is.csv", *BY_SCORE, "--metrics", "roc_auc")))
    turned = dict(figures(audit(tmp_path, "turned.csv", *BY_SCORE, "--metrics", "roc_auc")))
    for place, one in plain.items():
        assert turned[place]["status"] == one["status"]
        if one["status"] != "undefined":
            assert turned[place]["value"] == pytest.approx(1 - one["value"], abs=1e-12), (seed, place)
            assert turned[place]["low"] == pytest.approx(1 - one["high"], abs=1e-9), (seed, place)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_names_of_groups_change_nothing_but_names(tmp_path, seed):
    rows = make(seed, 400)
    names = {"A": "z-last", "B": "m", "C": "é", "D": "0", "": ""}
    write(tmp_path / "as-is.csv", rows)
    write(tmp_path / "named.csv", [row | {"g": names[row["g"]]} for row in rows])
    plain = audit(tmp_path, "as-is.csv", *BY_SCORE, "--metrics", ALL)
    named = audit(tmp_path, "named.csv", *BY_SCORE, "--metrics", ALL)
    for name, one in plain["overall"]["measures"].items():
        agree(one, named["overall"]["measures"][name], (seed, name))
    turned = {names.get(part["slice"]["g"], part["slice"]["g"]): part["measures"] for part in plain["slices"] if set(part["slice"]) == {"g"}}
    found = {part["slice"]["g"]: part["measures"] for part in named["slices"] if set(part["slice"]) == {"g"}}
    assert found == turned  # to the bit: the crossings of a group keep their order


def test_more_confidence_makes_intervals_wider(tmp_path):
    rows = make(FIRST_SEED, 300)
    write(tmp_path / "d.csv", rows)
    narrow = dict(figures(audit(tmp_path, "d.csv", *BY_SCORE, "--metrics", ALL, "--confidence", "0.8")))
    wide = dict(figures(audit(tmp_path, "d.csv", *BY_SCORE, "--metrics", ALL, "--confidence", "0.99")))
    for place, one in narrow.items():
        if one["status"] == "undefined" or one["low"] is None or one["high"] is None:
            continue
        low = -math.inf if wide[place]["low"] is None else wide[place]["low"]
        high = math.inf if wide[place]["high"] is None else wide[place]["high"]
        assert low <= one["low"] and one["high"] <= high, place
