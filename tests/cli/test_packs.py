"""card --pack: the evidence in the form that others ask for. Local Law 144 is made again by hand from the
counts; the metadata of the hub are read by its own loader where that is installed."""

import json
import re
import shutil

import pages
import pytest
import test_hiring
import yaml


@pytest.fixture
def hiring(run):
    shutil.copytree(test_hiring.EXAMPLE, run.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".plimsoll"))
    run("gate")
    return run


def pack(run, name, *options):
    run.good("card", "--pack", name, "-o", f"{name}.md", *options)
    return (run.folder / f"{name}.md").read_text()


def tables(text):
    """title -> rows of cells, for each table under a heading of the third level."""
    found = {}
    for part in text.split("\n### ")[1:]:
        lines = [line for line in part.splitlines() if line.startswith("| ")]
        found[part.splitlines()[0]] = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[1:]]
    return found


@pytest.mark.parametrize("metric", ["selection_rate", "scoring_rate"])
@pytest.mark.parametrize("segments", list(test_hiring.CATEGORIES))
def test_ll144_has_the_counts_rates_and_ratios_of_the_rule(hiring, metric, segments):
    text = pack(hiring, "ll144", "--distributed", "2026-03-01")
    median = test_hiring.median_score()
    chosen = test_hiring.is_selected if metric == "selection_rate" else lambda row: row[2] > median
    rates = test_hiring.rates(test_hiring.CATEGORIES[segments], chosen)
    ratios = test_hiring.impact_ratios(rates)
    title = f"{metric.replace('_', ' ').capitalize()} by {' and '.join(segments)}"
    rows = {tuple(row[: len(segments)]): row[len(segments) :] for row in tables(text)[title]}
    assert set(rows) == set(rates)
    for category, (n, rate) in rates.items():
        ratio = f"{ratios[category]:.3f}" if category in ratios else "under 2 %"
        assert rows[category] == [f"{n:,}", f"{round(n * rate):,}", f"{100 * rate:.1f} %", ratio]
    assert len(ratios) < len(rates) or segments == ("sex",)


def test_ll144_says_dates_source_and_the_unknown(hiring):
    text = pack(hiring, "ll144", "--distributed", "2026-03-01")
    card = json.loads(hiring.good("card", "-o", "-", "-f", "json"))
    assert f"- Date of the audit: {card['date']}\n" in text
    assert "- Distribution date of the tool: 2026-03-01\n" in text
    assert f"decisions.csv, 23,505 candidates; BLAKE2b-256 `{card['hashes']['data']}`" in text
    unknown = re.findall(r"not known: ([\d,]+) candidates", text)
    assert unknown == ["695", "1,248", "1,906"] * 2
    assert "to be written** (`--distributed DATE`)" in pack(hiring, "ll144")


PRIOR = """plimsoll: 1
feature: f
data: {decisions: d.csv, columns: {prediction: p, count: n}, segments: {gender: s, race: r}}
limits: [{metric: selection_rate, min_ratio: 0.8, by: [gender, race]}]
evidence: {depth: 1}
"""


def small(run, line=PRIOR):
    rows = "s,r,p,n\nF,X,1,18\nF,X,0,10\nM,X,1,25\nM,X,0,3\n"
    (run.folder / "d.csv").write_text(rows)
    (run.folder / "plimsoll.yaml").write_text(line)
    run("gate")


def test_18_of_28_is_64_3_percent_and_its_ratio_is_of_counts(run):
    small(run)
    text = pack(run, "ll144")
    assert "| F | 28 | 18 | 64.3 % | 0.720 |" in text and "| M | 28 | 25 | 89.3 % | 1.000 |" in text
    assert "**Missing.** The record has no such categories" in text


def test_ll144_refuses_what_it_cannot_say(run):
    small(run, PRIOR.replace("race: r", "origin: r").replace(", race]", ", origin]"))
    assert "no segment for race" in run.fails("card", "--pack", "ll144", "-o", "x.md")
    small(run, PRIOR.replace("count: n", "weight: n"))
    assert "weight" in run.fails("card", "--pack", "ll144", "-o", "x.md")
    rows = "".join(f"F,r{i},1,3\nM,r{i},0,4\n" for i in range(5000))
    small(run, PRIOR.replace("min_ratio: 0.8", "min: 0.1"))
    (run.folder / "d.csv").write_text("s,r,p,n\n" + rows)
    run("gate")
    assert "left out" in run.fails("card", "--pack", "ll144", "-o", "x.md")


def test_a_pack_is_markdown_signed_on_the_record_and_no_card(hiring):
    assert "Markdown" in hiring.fails("card", "--pack", "ll144", "-o", "x.json")
    assert "--audience" in hiring.fails("card", "--pack", "ll144", "-o", "x.md", "--audience", "public")
    pack(hiring, "ll144")
    assert hiring.json("ledger", "verify", "--card", "ll144.md", "--json")["holds"]
    body = hiring.json("ledger", "show", "--kind", "pack", "--json")["records"][0]["body"]
    assert body["pack"] == "ll144"
    checked = hiring("card", "--check")
    assert checked.returncode == 1 and "no card" in checked.stdout


def items(name):
    """The items of the data file, read as YAML: not as the build reads it."""
    documents = list(yaml.safe_load_all((pages.ROOT / "src/card/packs" / f"{name}.yaml").read_text()))
    return documents[0], documents[1:]


@pytest.mark.parametrize("name", ["annex-iv", "nist-rmf"])
def test_every_item_stands_there_and_says_what_is_open(hiring, name):
    head, listed = items(name)
    text = pack(hiring, name)
    assert text.startswith(f"# {head['title']}: ")
    parts = dict(zip(re.findall(r"^## (.*)$", text, re.M), re.split(r"^## .*$", text, flags=re.M)[1:], strict=True))
    assert list(parts) == [f"{item['id']} {item['title']}" for item in listed]
    for item in listed:
        part = parts[f"{item['id']} {item['title']}"]
        assert item["asks"] in part
        assert ("**From the record.**" in part) == bool(item["fill"])
        assert ("**To be written by a person.** " + item["write"] in part) == bool(item["write"])
        assert item["fill"] or item["write"]
    filled, still = (sum(bool(item[key]) for item in listed) for key in ("fill", "write"))
    assert f"Of {len(listed)} items the record has something for {filled}; in {still} a person" in text


def test_the_ids_are_those_of_the_texts():
    assert [item["id"] for item in items("annex-iv")[1]] == [
        *(f"1({c})" for c in "abcdefgh"), *(f"2({c})" for c in "abcdefgh"), *"3456789"]
    numbers = {1: 3, 2: 13, 3: 3, 4: 3}
    assert [item["id"] for item in items("nist-rmf")[1]] == [
        f"MEASURE {part}.{i}" for part, last in numbers.items() for i in range(1, last + 1)]


def metadata(text):
    return yaml.safe_load(re.match(r"---\n(.*?)\n---\n", text, re.S).group(1))


def test_the_model_index_has_the_figures_of_the_record(hiring):
    shown = hiring.json("gate", "--json", "--no-record", code=1)
    results = metadata(pack(hiring, "huggingface"))["model-index"][0]["results"]
    assert results[0]["dataset"]["revision"] == shown["data"]["hash"]
    expected = {None: shown["overall"]}
    expected |= {"=".join(next(iter(one["slice"].items()))): one for one in shown["slices"] if len(one["slice"]) == 1}
    assert {result["dataset"].get("config") for result in results} == set(expected)
    for result in results:
        measures = expected[result["dataset"].get("config")]["measures"]
        assert {one["type"]: one["value"] for one in result["metrics"]} == {
            name: one["value"] for name, one in measures.items() if one["value"] is not None}


def test_the_loader_of_the_hub_takes_it(hiring):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: its loader cannot be asked")
    pack(hiring, "huggingface")
    card = hub.ModelCard.load(hiring.folder / "huggingface.md")
    assert card.data.model_name == "resume-screen"
    shown = hiring.json("gate", "--json", "--no-record", code=1)
    values = {one.metric_type: one.metric_value for one in card.data.eval_results if one.dataset_config is None}
    assert values == {name: one["value"] for name, one in shown["overall"]["measures"].items()
                      if one["value"] is not None}  # fmt: skip
    assert all(one.task_type == "tabular-classification" for one in card.data.eval_results)
