"""card --pack: the evidence in the form that others ask for. Local Law 144 is made again by hand from the
counts; test_card_numbers.py compares every number with the record."""

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
    assert (f"decisions.csv, 23,505 candidates, 0 of them without a score or decision; BLAKE2b-256 "
            f"`{card['hashes']['data']}`") in text  # fmt: skip
    assert "Why categories below 2 % are left out of the ratios: **to be written by the auditor**" in text
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
    small(run, PRIOR.replace("prediction: p, ", "").replace("selection_rate, min_ratio: 0.8", "rate(p), min: 0.1"))
    assert "selection_rate or scoring_rate" in run.fails("card", "--pack", "ll144", "-o", "x.md")
    small(run, PRIOR.replace("race: r", "origin: r").replace(", race]", ", origin]"))
    assert "no segment for race" in run.fails("card", "--pack", "ll144", "-o", "x.md")
    small(run, PRIOR.replace("count: n", "weight: n"))
    assert "weight" in run.fails("card", "--pack", "ll144", "-o", "x.md")
    rows = "".join(f"F,r{i},1,3\nM,r{i},0,4\n" for i in range(5000))
    small(run, PRIOR.replace("min_ratio: 0.8", "min: 0.1"))
    (run.folder / "d.csv").write_text("s,r,p,n\n" + rows)
    run("gate")
    assert "left out" in run.fails("card", "--pack", "ll144", "-o", "x.md")


def test_a_category_of_just_two_percent_takes_part(run):
    """By whole numbers: 2 of 100 are not below 2 %, 2 of 101 are."""
    for others, status in ((98, "ok"), (99, "under_share")):
        (run.folder / "d.csv").write_text(f"s,r,p,n\nF,X,1,1\nF,X,0,1\nM,X,1,{others}\n")
        (run.folder / "plimsoll.yaml").write_text(PRIOR)
        run("gate")
        run.good("card", "--pack", "ll144", "-o", "x.json")
        table = json.loads((run.folder / "x.json").read_text())["tables"][0]
        assert [one["status"] for one in table["categories"]] == [status, "ok"]
    assert "left out of the ratios: **to be written" in pack(run, "ll144")


def test_a_pack_is_signed_on_the_record_and_no_card(hiring):
    assert "in Markdown;" in hiring.fails("card", "--pack", "huggingface", "-o", "x.json")
    assert "Markdown, JSON or YAML" in hiring.fails("card", "--pack", "ll144", "-o", "x.html")
    assert "--audience" in hiring.fails("card", "--pack", "ll144", "-o", "x.md", "--audience", "public")
    pack(hiring, "ll144")
    assert hiring.json("ledger", "verify", "--card", "ll144.md", "--json")["holds"]
    body = hiring.json("ledger", "show", "--kind", "pack", "--json")["records"][0]["body"]
    assert body["pack"] == "ll144"
    checked = hiring("card", "--check")
    assert checked.returncode == 1 and "no card" in checked.stdout


@pytest.mark.parametrize("name", ["annex-iv", "nist-rmf", "huggingface"])
def test_a_pack_for_the_public_has_what_the_public_may_see(run, name):
    shutil.copytree(pages.ROOT / "examples" / "card", run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
    run("gate")
    text = pack(run, name, "--audience", "public")
    assert "| language=mt | suppressed |" in text
    assert "language=de × plan=" not in text and "Verdicts so far" not in text
    if name == "huggingface":
        results = metadata(text)["model-index"][0]["results"]
        assert {result["dataset"].get("config") for result in results} == {
            None, "plan=free", "plan=business", "language=de", "language=en", "language=fr"}
        assert all("n" not in one["args"] for result in results for one in result["metrics"])
        assert all("revision" not in result["dataset"] for result in results)
    else:
        whole = pack(run, name, "--audience", "regulator")
        numbers = [int(re.search(r"has something for (\d+)", one).group(1)) for one in (text, whole)]
        assert numbers[0] < numbers[1] == sum(bool(item["fill"]) for item in items(name)[1])
        run.good("card", "--pack", name, "-o", "x.json", "--audience", "public")
        document = json.loads((run.folder / "x.json").read_text())
        assert document["answered"] == numbers[0] == sum(bool(one["answered_by"]) for one in document["items"])


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
        assert ("**From the record: " in part) == bool(item["fill"])
        assert ("**To be written by a person.** " + item["write"] in part) == bool(item["write"])
        assert item["fill"] or item["write"]
    filled, still = (sum(bool(item[key]) for item in listed) for key in ("fill", "write"))
    assert f"Of {len(listed)} items the record has something for {filled}; in {still} a person" in text


def test_the_ids_are_those_of_the_texts():
    assert [item["id"] for item in items("annex-iv")[1]] == [
        *(f"1({c})" for c in "abcdefgh"), *(f"2({c})" for c in "abcdefgh"), *"3456789"]
    assert [item["part"][0] for item in items("annex-iv")[1]] == [item["id"][0] for item in items("annex-iv")[1]]
    numbers = {1: 3, 2: 13, 3: 3, 4: 3}
    assert [item["id"] for item in items("nist-rmf")[1]] == [
        f"MEASURE {part}.{i}" for part, last in numbers.items() for i in range(1, last + 1)]
    assert all(item["id"].startswith(item["part"].split(":")[0] + ".") for item in items("nist-rmf")[1])


@pytest.mark.parametrize("name", ["ll144", "annex-iv", "nist-rmf"])
def test_packs_are_documents_as_the_schema_says_and_signed(hiring, schema, name):
    for ending, read in (("json", json.loads), ("yaml", yaml.safe_load)):
        path = hiring.folder / f"x.{ending}"
        hiring.good("card", "--pack", name, "-o", path)
        assert hiring.json("ledger", "verify", "--card", path, "--json")["holds"]
        document = read(path.read_text())
        schema("pack.schema.json", document)
        if name != "ll144":
            head, listed = items(name)
            assert (document["text"], document["source"]) == (head["title"], head["source"])
            assert [[one[key] for key in ("id", "part", "title", "asks")] for one in document["items"]] == [
                [item[key] for key in ("id", "part", "title", "asks")] for item in listed]
            assert all(one["to_write"] == (item["write"] or None) and bool(one["answered_by"]) == bool(item["fill"])
                       for one, item in zip(document["items"], listed, strict=True))  # fmt: skip
            assert all(member in document["card"] for one in document["items"] for member in one["answered_by"]
                       if member != "launch")  # fmt: skip


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
