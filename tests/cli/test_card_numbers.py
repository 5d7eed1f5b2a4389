"""Every number of a card and of its packs is one of the verdict's record. The record is read from the ledger with
`ledger show`; documents are compared bit for bit, pages number by number: what a page shows must be the record's
number rounded to the digits shown."""

import html
import itertools
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction

import huggingface_hub
import pages
import pytest
import yaml

EXAMPLES = ["recidivism", "hiring", "languages", "admissions", "fraud"]
ITEM_PACKS = ["annex-iv", "nist-rmf"]
# What the record has of figures, and the card from there.
FIGURES = ["findings", "findings_omitted", "overall", "slices", "slices_omitted"]


@pytest.fixture(params=EXAMPLES)
def judged(request, run):
    shutil.copytree(pages.ROOT / "examples" / request.param, run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
    run("gate")
    run.good("sign", "--as", "legal", "--reason", "Read.")
    return run


def record_of(run):
    return run.json("ledger", "show", "--kind", "verdict", "--json")["records"][-1]["body"]


def made(run, name, *options):
    run.good("card", "-o", name, "--distributed", "2026-03-01", *options)
    text = (run.folder / name).read_text()
    return json.loads(text) if name.endswith(".json") else text


def without_place(card):
    """Of one card: where in the ledger it was made, and its signature, are its own."""
    card = {key: value for key, value in card.items() if key != "signature"}
    card["hashes"] = {key: value for key, value in card["hashes"].items() if not key.startswith("ledger")}
    return card


def is_of_record(card, record):
    for key in FIGURES:
        assert card[key] == record[key], key
    for key in ("launch", "baselines"):
        assert (key in card) == (record.get(key) is not None) and card.get(key) == record.get(key)
    for key in ("verdict", "allowed", "but_for_card", "reasons", "reasons_omitted"):
        assert card["verdict"][key] == record[key]
    for key in ("confidence", "smallest_slice", "smallest_share", "seed", "family_size"):
        assert card["method"][key] == record[key]
    assert card["data"]["decisions"] == record["overall"]["n"]
    assert (card["data"]["unlabelled"], card["data"]["unpredicted"]) == (record["unlabelled"], record["unpredicted"])
    assert all(card["data"][key] == record["data"][key] for key in ("files", "size_bytes", "hash", "hashed"))
    assert card["hashes"]["line"] == record["line"]["hash"] and card["hashes"]["data"] == record["data"]["hash"]
    assert card["hashes"]["figures"] == record["figures_hash"] and card["hashes"]["binary"] == record["binary_hash"]


def test_the_documents_have_the_figures_of_the_record_bit_for_bit(judged):
    record = record_of(judged)
    card = made(judged, "card.json")
    is_of_record(card, record)
    for pack in ITEM_PACKS:
        inside = made(judged, f"{pack}.json", "--pack", pack)["card"]
        is_of_record(inside, record)
        assert without_place(inside) == without_place(card)
        assert yaml.safe_load(made(judged, f"{pack}.yaml", "--pack", pack))["card"]["slices"] == record["slices"]


# Pages.


def shows(text, value, percent=None):
    """Whether the text is the value, rounded as far as it is shown."""
    if value is None:
        return "no data" in text
    number = Decimal(re.match(r"-?[\d,.]+(?:e[+-]\d+)?", text).group().replace(",", ""))
    percent = percent if percent is not None else ("%" in text or "points" in text)
    exact = Decimal(value) * (100 if percent else 1)
    unit = Decimal(10) ** number.as_tuple().exponent
    return abs(number - exact) <= unit / 2


def shows_estimate(cells, one, n):
    value, interval, count = cells
    percent = "%" in value or "points" in value
    if not shows(value, one["value"]):
        return False
    if one["value"] is None or (one["low"] is None and one["high"] is None):
        return interval == "" and count == f"{n:,}"
    low, high = re.fullmatch(r"\[(.*), (.*)\]", interval).groups()
    bounds = zip((low, high), (one["low"], one["high"]), strict=True)
    return count == f"{n:,}" and all(
        text == "no bound" if bound is None else shows(text, bound, percent) for text, bound in bounds)


def unescaped(text):
    return re.sub(r"\\([^\w\s])", r"\1", html.unescape(text))


def tables(text):
    """(title row, rows of cells) of each table of a page."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.M):
        lines = [[unescaped(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block.splitlines()]
        yield tuple(lines[0]), lines[2:]


def name_of(slice_):
    return " × ".join(f"{key}={value}" for key, value in slice_.items()) or "overall"


def check_overall(rows, record):
    assert [row[0] for row in rows] == list(record["overall"]["measures"])
    for row in rows:
        one = record["overall"]["measures"][row[0]]
        assert shows_estimate(row[1:], one, one["n"]), row


def check_groups(rows, record, measure):
    assert [row[0] for row in rows] == [name_of(one["slice"]) for one in record["slices"]]
    for row, one in zip(rows, record["slices"], strict=True):
        estimate = one["measures"][measure]
        assert shows_estimate(row[1:], estimate, estimate["n"]), row


def check_findings(rows, record):
    assert len(rows) == len(record["findings"])
    for (state, limit, whose, *cells), one in zip(rows, record["findings"], strict=True):
        assert state.endswith(one["state"]) and limit == one["limit"]
        assert whose.startswith(name_of(one["slice"]))
        assert shows_estimate(cells, one, one["n"]), cells


def check_impacts(rows, record):
    expected = [(measure, name_of(one["slice"]), ratio) for one in record["slices"]
                for measure, ratio in one.get("impact_ratios", {}).items() if ratio is not None]  # fmt: skip
    assert [tuple(row[:2]) for row in rows] == [one[:2] for one in expected]
    assert all(shows(row[2], ratio) for row, (_, _, ratio) in zip(rows, expected, strict=True))


def check_launch(rows, record):
    assert rows == [[name_of(one["slice"]), one["verdict"].replace("_", " "), f"{one['n']:,}"]
                    for one in record["launch"]["slices"]]  # fmt: skip


CHECKS = {
    ("measure", "value", "interval", "n"): check_overall,
    ("state", "limit", "decided by", "value", "interval", "n"): check_findings,
    ("impact ratio of", "group", "ratio"): check_impacts,
    ("slice", "verdict", "n"): check_launch,
}
# Tables without figures of the record: words, hashes and dates.
OTHERS = {"date", "measure", "of"}


def check_page(text, record):
    """Every table of the page; the number of those that were compared."""
    compared = 0
    measures = itertools.cycle(record["overall"]["measures"])
    for titles, rows in tables(text):
        if titles == ("group", "value", "interval", "n"):
            check_groups(rows, record, next(measures))
        elif titles in CHECKS:
            CHECKS[titles](rows, record)
        else:
            assert titles[0] in OTHERS, titles
            continue
        compared += 1
    return compared


@pytest.mark.parametrize("options", [[], ["-a", "regulator"], *(["--pack", name] for name in [*ITEM_PACKS, "huggingface"])])
def test_the_pages_show_the_figures_of_the_record(judged, options):
    record = record_of(judged)
    text = made(judged, "page.md", *options)
    least = 2 + (len(record["overall"]["measures"]) if record["slices"] else 0)
    assert check_page(text, record) >= least


def test_a_figure_that_is_not_of_the_record_is_found(judged):
    """The check itself: one digit changed, anywhere in a table of measures, fails."""
    record = record_of(judged)
    text = made(judged, "page.md")
    changed = 0
    for cell in re.finditer(r"\| (\d)[\d,.]* ?%? ?(?:\(about [^)]*\) )?\| \[", text):
        at = cell.start(1)
        other = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1:]
        with pytest.raises(AssertionError):
            check_page(other, record)
        changed += 1
        if changed == 20:
            break
    assert changed > 0


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from strings(one)


def integers(value):
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from integers(one)


@pytest.mark.parametrize("options", [[], *(["--pack", name] for name in ITEM_PACKS)])
def test_a_number_outside_of_tables_is_one_of_the_record_too(judged, options):
    """What is left of a page without its tables and without the texts of line, record, law and method."""
    card = made(judged, "card.json")
    said = "\n".join(strings(card)) + "\n".join(path.read_text() for path in (pages.ROOT / "src/card/packs").glob("*.yaml"))
    numbers = {f"{one:,}" for one in integers(card)} | {str(one) for one in integers(card)}
    numbers |= set(re.findall(r"\d[\d,.]*\d|\d", said)) | {f"{100 * card['method']['confidence']:g}", "256"}
    text = re.sub(r"^\|.*\n|^Of \d+ items.*|^<!--.*|`.*?`", "", made(judged, "page.md", *options), flags=re.M)
    found = [one for one in re.findall(r"(?<![\w.])\d[\d,.]*\d|(?<![\w.])\d", unescaped(text)) if one not in numbers]
    assert found == []


# Local Law 144.


def counts_of(estimate):
    k = Fraction(estimate["value"]) * estimate["n"] if estimate["value"] is not None else 0
    return estimate["n"], round(k)


def test_ll144_has_rates_of_the_record_and_ratios_of_its_counts(run):
    shutil.copytree(pages.ROOT / "examples" / "hiring", run.folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip
    run("gate")
    record = record_of(run)
    pack = made(run, "ll144.json", "--pack", "ll144")
    assert yaml.safe_load(made(run, "ll144.yaml", "--pack", "ll144"))["tables"] == pack["tables"]
    assert pack["smallest_share"] == 0.02 and pack["distributed"] == "2026-03-01" and len(pack["tables"]) == 6
    for table in pack["tables"]:
        mine = {tuple(one["slice"].values()): one["measures"][table["rate"]] for one in record["slices"]
                if list(one["slice"]) == table["by"]}  # fmt: skip
        known = {key: counts_of(one) for key, one in mine.items() if "(missing)" not in key}
        assert table["unknown"] == sum(one["n"] for key, one in mine.items() if key not in known)
        total = sum(n for n, _ in known.values())
        large = {key: (n, k) for key, (n, k) in known.items() if 50 * n >= total}
        highest = max(Fraction(k, n) for n, k in large.values())
        assert len(table["categories"]) == len(known)
        for one in table["categories"]:
            key = tuple(one["slice"].values())
            n, k = known[key]
            assert (one["n"], one["chosen"], one["rate"]) == (n, k, mine[key]["value"])
            assert one["status"] == ("ok" if key in large else "under_share")
            assert one["impact_ratio"] == (float(Fraction(k, n) / highest) if key in large else None)


# The hub.


def test_the_loader_of_the_hub_reads_the_figures_of_the_record(judged):
    record = record_of(judged)
    made(judged, "README.md", "--pack", "huggingface")
    card = huggingface_hub.ModelCard.load(judged.folder / "README.md")
    assert card.data.model_name == record["feature"]
    expected = {None: record["overall"]["measures"]}
    expected |= {"=".join(next(iter(one["slice"].items()))): one["measures"]
                 for one in record["slices"] if len(one["slice"]) == 1}  # fmt: skip
    got = {}
    for one in card.data.eval_results:
        assert isinstance(one, huggingface_hub.EvalResult)
        assert one.dataset_revision == record["data"]["hash"]
        got.setdefault(one.dataset_config, {})[one.metric_type] = (one.metric_value, one.metric_args)
    for config, measures in expected.items():
        assert got.pop(config, {}) == {
            name: (one["value"], {key: one[key] for key in ("low", "high", "n")})
            for name, one in measures.items() if one["value"] is not None}
    assert got == {}
    again = judged.folder / "again.md"
    card.save(again)
    assert huggingface_hub.ModelCard.load(again).data.eval_results == card.data.eval_results
