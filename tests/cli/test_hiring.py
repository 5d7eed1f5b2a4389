"""examples/hiring: a bias audit by the arithmetic of New York City's Local Law 144, made again by hand
from the committed counts; and what evidence.smallest_share and evidence.missing do.
"""

import csv
import statistics
from collections import defaultdict

import pages
import pytest

EXAMPLE = pages.ROOT / "examples" / "hiring"
LINE = EXAMPLE / "plimsoll.yaml"
SMALLEST = 0.02


def rows():
    with open(EXAMPLE / "decisions.csv", newline="") as file:
        for row in csv.DictReader(file):
            yield row["sex"], row["race"], int(row["score"]), int(row["selected"]), int(row["n"])


def rates(category, chosen):
    """category -> (number, rate) of the candidates whose category is known."""
    n, k = defaultdict(int), defaultdict(int)
    for row in rows():
        n[category(row)] += row[4]
        k[category(row)] += row[4] * chosen(row)
    return {name: (n[name], k[name] / n[name]) for name in n if all(name)}


def impact_ratios(rates_of):
    """As § 5-300 and 5-301 have it: over the highest, without categories below 2 %."""
    everybody = sum(n for n, _ in rates_of.values())
    kept = {name: rate for name, (n, rate) in rates_of.items() if n >= SMALLEST * everybody}
    return {name: rate / max(kept.values()) for name, rate in kept.items()}


def is_selected(row):
    return row[3]


def median_score():
    return statistics.median(score for _, _, score, _, n in rows() for _ in range(n))


CATEGORIES = {
    ("sex",): lambda row: (row[0],),
    ("race",): lambda row: (row[1],),
    ("sex", "race"): lambda row: (row[0], row[1]),
}


@pytest.mark.parametrize("metric", ["selection_rate", "scoring_rate"])
@pytest.mark.parametrize("segments", list(CATEGORIES))
def test_rates_and_impact_ratios_are_those_of_the_rule(run, metric, segments, schema):
    median = median_score()
    chosen = is_selected if metric == "selection_rate" else lambda row: row[2] > median
    expected = rates(CATEGORIES[segments], chosen)
    ratios = impact_ratios(expected)
    audit = run.json("audit", LINE, "--json")
    schema("audit.schema.json", audit)
    found = {tuple(one["slice"][name] for name in segments): one
             for one in audit["slices"] if set(one["slice"]) == set(segments)}  # fmt: skip
    known = {name: one for name, one in found.items() if "(missing)" not in name}
    assert set(known) == set(expected)
    for name, one in known.items():
        assert one["n"] == expected[name][0]
        assert one["measures"][metric]["value"] == pytest.approx(expected[name][1], abs=1e-12)
        if name in ratios:
            assert one["impact_ratios"][metric] == pytest.approx(ratios[name], abs=1e-12)
            assert not one["too_small"] and "aside" not in one
        else:
            assert one["impact_ratios"][metric] is None and one["aside"] == "share"
    assert len(ratios) < len(known) or segments == ("sex",)
    for name in set(found) - set(known):
        assert found[name]["aside"] == "missing" and found[name]["impact_ratios"][metric] is None
        assert found[name]["n"] > 0


def test_the_unknown_are_counted(run):
    audit = run.json("audit", LINE, "--json")
    unknown = {tuple(one["slice"].items()): one["n"] for one in audit["slices"] if "(missing)" in one["slice"].values()}
    sex, race = unknown[(("sex", "(missing)"),)], unknown[(("race", "(missing)"),)]
    either = sum(n for slice, n in unknown.items() if len(slice) == 2)
    assert (sex, race, either) == tuple(
        sum(row[4] for row in rows() if is_unknown(row))
        for is_unknown in (lambda row: not row[0], lambda row: not row[1], lambda row: not (row[0] and row[1]))
    )
    readme = (EXAMPLE / "README.md").read_text()
    assert f"sex unknown {sex:,}, race unknown {race:,}, either {either:,}" in readme


def test_the_gate_judges_by_the_value_alone_and_without_the_unknown(run):
    verdict = run.json("gate", LINE, "--json", "--no-record", code=1)
    for finding in verdict["findings"]:
        judged = [case for case in finding["cases"] if case["status"] != "too_small"]
        assert all("(missing)" not in (*case["slice"].values(), *case["against"].values()) for case in judged)
        least = min(case["value"] for case in judged)
        assert finding["value"] == least < 0.8 and finding["state"] == "breach"
    assert verdict["smallest_share"] == 0.02 and verdict["missing"] == "list"


def test_the_page_shows_what_the_program_prints(run):
    pages.check(run, "examples/hiring/README.md")


def write(run, groups):
    lines = [f"{name},{p},{n}" for name, (k, size) in groups.items() for p, n in ((1, k), (0, size - k))]
    (run.folder / "d.csv").write_text("g,p,n\n" + "\n".join(lines) + "\n")


def audit_of(run, *options):
    audit = run.json("audit", "d.csv", "--prediction", "p", "--count", "n", "--by", "g", "--json", *options)
    return audit, {one["slice"]["g"]: one for one in audit["slices"]}


def test_a_share_is_one_of_the_groups_that_count(run):
    """20 of 1,000 is 2 %, but not of the 1,500 with the 500 whose group is missing."""
    write(run, {"A": (500, 980), "B": (5, 20), "": (100, 500)})
    listed = ("--smallest", "1", "--smallest-share", "0.02", "--missing", "list")
    assert audit_of(run, *listed)[1]["B"]["too_small"] is False
    _, judged = audit_of(run, *listed[:4])
    assert judged["B"]["aside"] == "share" and judged["(missing)"]["too_small"] is False
    assert judged["(missing)"]["impact_ratios"]["selection_rate"] == pytest.approx(0.2 / (500 / 980), abs=1e-12)


def test_few_decisions_are_said_before_a_small_share(run):
    write(run, {"A": (500, 980), "B": (5, 10)})
    assert audit_of(run, "--smallest", "30", "--smallest-share", "0.02")[1]["B"]["aside"] == "few"


def test_what_is_listed_only_is_in_no_gap(run):
    write(run, {"A": (500, 1000), "B": (450, 1000), "": (10, 1000)})
    audit, groups = audit_of(run, "--missing", "list")
    gap = audit["between"][0]
    assert gap["metric"] == "selection_rate" and gap["difference"]["value"] == pytest.approx(0.05, abs=1e-12)
    assert groups["(missing)"]["measures"]["selection_rate"]["value"] == pytest.approx(0.01, abs=1e-12)
    audit, _ = audit_of(run)
    assert audit["between"][0]["difference"]["value"] == pytest.approx(0.49, abs=1e-12)


def test_nobody_chosen_has_no_impact_ratio(run):
    write(run, {"A": (0, 100), "B": (0, 100)})
    _, groups = audit_of(run)
    assert groups["A"]["impact_ratios"] == {"selection_rate": None}
    write(run, {"A": (0, 100), "B": (50, 100)})
    _, groups = audit_of(run)
    assert groups["A"]["impact_ratios"] == {"selection_rate": 0}


def test_text_and_markdown_show_the_impact_ratio(run):
    write(run, {"A": (500, 1000), "B": (450, 1000), "": (10, 1000)})
    options = ("audit", "d.csv", "--prediction", "p", "--count", "n", "--by", "g", "--missing", "list",
               "--metrics", "selection_rate")  # fmt: skip
    text = run.good(*options)
    assert "selection_rate, impact ratio" in text
    assert text.count("  0.900\n") == 1 and text.count("  1.000\n") == 1
    assert "g=(missing) (listed only)" in text
    markdown = run.good(*options, "--format", "markdown")
    assert "| selection_rate | impact ratio |" in markdown and "| 0.900 |" in markdown


def test_a_small_share_holds_the_verdict_where_the_line_says_so(run):
    write(run, {"A": (500, 1000), "B": (450, 1000), "C": (10, 20), "": (10, 40)})
    line = (
        "plimsoll: 1\nfeature: f\nrisk: {severity: low, reversibility: full}\n"
        "data: {decisions: d.csv, columns: {prediction: p, count: n}, segments: {g: g}}\n"
        "limits: [{metric: selection_rate, min: 0.2}]\nevidence: {smallest_slice: 5, smallest_share: 2%, missing: list"
    )
    (run.folder / "plimsoll.yaml").write_text(line + "}\n")
    assert run.json("gate", "--json")["verdict"] == "ship_with_monitoring"
    (run.folder / "plimsoll.yaml").write_text(line + ", small: hold}\n")
    verdict = run.json("gate", "--json", code=1)
    small = [reason["text"] for reason in verdict["reasons"] if reason["kind"] == "small"]
    assert small == ["1 slice has fewer than 5 decisions, or less than 2 % of them, and the line says that slices too "
                     "small to judge hold the verdict."]  # fmt: skip
    text = run("gate").stdout
    assert "Listed, not judged: g=C (20, small share), g=(missing) (40)." in text
