"""ratio(COLUMN, COLUMN): what a resolved conversation costs."""

from fractions import Fraction
import math
import random

METRIC = "ratio(cost, resolved)"


def rows_of(count, seed=3):
    random_numbers = random.Random(seed)
    return [
        {
            "team": random_numbers.choice(["a", "b"]),
            "cost": round(random_numbers.expovariate(0.5), 3),
            "resolved": int(random_numbers.random() < 0.7),
            "n": random_numbers.randint(1, 3),
        }
        for _ in range(count)
    ]


def write(path, rows):
    names = list(rows[0])
    lines = [",".join(str(row[name]) for name in names) for row in rows]
    path.write_text("\n".join([",".join(names), *lines]) + "\n")


def expected(rows):
    """The ratio and its standard error by whole-number fractions, as the textbook has them."""
    pairs = [(Fraction(str(row["cost"])), row["resolved"]) for row in rows]
    ratio = sum(x for x, _ in pairs) / sum(y for _, y in pairs)
    squares = sum((x - ratio * y) ** 2 for x, y in pairs)
    n = len(pairs)
    return float(ratio), math.sqrt(squares * n / (n - 1)) / sum(y for _, y in pairs)


def measured(run, *arguments):
    audit = run.json("audit", "r.csv", "--by", "team", "--metrics", METRIC, *arguments, "--json")
    return {
        slice["slice"]["team"]: slice["measures"][METRIC] for slice in audit["slices"]
    } | {"overall": audit["overall"]["measures"][METRIC]}


def test_it_equals_the_textbook_in_every_slice(run):
    rows = rows_of(900)
    write(run.folder / "r.csv", rows)
    found = measured(run)
    for name, estimate in found.items():
        ratio, error = expected([row for row in rows if name in ("overall", row["team"])])
        assert math.isclose(estimate["value"], ratio, rel_tol=1e-12)
        half = (estimate["high"] - estimate["low"]) / 2
        assert 1.95 < half / error < 1.98  # Student's t with hundreds of degrees of freedom


def test_counts_are_rows_written_out(run):
    rows = rows_of(300)
    write(run.folder / "r.csv", rows)
    counted = measured(run, "--count", "n")
    write(run.folder / "r.csv", [row for row in rows for _ in range(row["n"])])
    written_out = measured(run)
    for name, estimate in counted.items():
        assert estimate["n"] == written_out[name]["n"]
        for key in ("value", "low", "high"):
            assert math.isclose(estimate[key], written_out[name][key], rel_tol=1e-13)


def test_neither_order_nor_threads_change_a_bit(run):
    rows = rows_of(5000)
    write(run.folder / "r.csv", rows)
    before = measured(run, "--threads", "1")
    random.Random(1).shuffle(rows)
    write(run.folder / "r.csv", rows)
    assert measured(run, "--threads", "2") == before


def test_a_decision_without_one_of_the_two_is_left_out(run):
    rows = rows_of(50)
    write(run.folder / "r.csv", rows)
    before = measured(run)
    write(run.folder / "r.csv", rows + [rows[0] | {"cost": ""}, rows[1] | {"resolved": ""}])
    assert measured(run)["overall"] == before["overall"]


def test_a_slice_where_nothing_is_resolved_has_no_ratio(run):
    rows = rows_of(80)
    for row in rows:
        row["resolved"] *= row["team"] == "a"
    write(run.folder / "r.csv", rows)
    estimate = measured(run)["b"]
    assert estimate["status"] == "undefined"
    assert estimate["reason"] == "the total to divide by is 0"


def test_what_is_no_number_is_named(run):
    rows = rows_of(20)
    rows[7]["cost"] = "dear"
    write(run.folder / "r.csv", rows)
    said = run.fails("audit", "r.csv", "--metrics", METRIC)
    assert "`cost`" in said and "dear" in said
    rows[7]["cost"] = "inf"
    write(run.folder / "r.csv", rows)
    assert "finite" in run.fails("audit", "r.csv", "--metrics", METRIC)
    assert "two columns" in run.fails("audit", "r.csv", "--metrics", "ratio(cost)")
    assert "no column `csot`" in run.fails("audit", "r.csv", "--metrics", "ratio(csot, resolved)")


def test_a_limit_may_ask_for_a_ratio(run):
    write(run.folder / "r.csv", rows_of(400))
    (run.folder / "plimsoll.yaml").write_text(
        "plimsoll: 1\nfeature: f\ndata: {decisions: r.csv, segments: {team: team}}\n"
        "limits:\n  - {metric: ratio(cost, resolved), max: 4, by: team}\n"
    )
    verdict = run("gate", "--json", "--no-record")
    assert '"metric": "ratio(cost, resolved)"' in verdict.stdout
    assert '"state": "clear"' in verdict.stdout
