"""The report in a real browser: headless Chromium opens the file and uses it as a reader would."""

import csv
import json
import os
import pathlib
import re

import pytest
from conftest import ROOT

playwright_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("PLIMSOLL_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("examples/*/plimsoll.yaml"))
RECIDIVISM = ROOT / "examples" / "recidivism"
TOLERANCE = 1e-9
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}


@pytest.fixture(scope="session")
def browser():
    assert pathlib.Path(CHROMIUM).exists(), f"{CHROMIUM} is not there: run script/bootstrap --test"
    with playwright_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


class Opened:
    """A page with what went wrong on it, and what it asked for besides itself."""

    def __init__(self, page):
        self.page = page
        self.troubles = []
        self.requests = []
        page.on("console", lambda message: self.troubles.append(message.text))
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def overflow(self):
        """By how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture
def show(run, browser):
    """Writes the report of a line, and opens it."""
    contexts = []

    def open_report(line, viewport=None, dark=False):
        run.good("report", line, "-o", "out.html")
        context = browser.new_context(viewport=viewport or DESK, color_scheme="dark" if dark else "light")
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.goto((run.folder / "out.html").as_uri())
        opened.page.wait_for_selector("#method")
        return opened

    yield open_report
    for context in contexts:
        context.close()


def example(name):
    return ROOT / "examples" / name / "plimsoll.yaml"


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_opens_from_its_file_without_a_complaint_or_a_request(show, name):
    opened = show(example(name))
    assert opened.page.locator("h1").inner_text().strip().endswith(".")
    assert opened.troubles == []
    assert len(opened.requests) == 1
    assert opened.overflow() <= 0


def test_a_limit_is_drawn_with_every_case_in_the_table_behind_it(show):
    opened = show(example("recidivism"))
    first = opened.page.locator("#limits article").first
    assert "crossed" in first.locator("h3").inner_text()
    assert first.locator("svg[role=img]").get_attribute("aria-label")
    first.locator("summary").click()
    assert "African-American" in first.locator("tbody").inner_text()


def metrics_of(opened):
    """Figures and worst values of limits that the explorer shows, unrounded."""
    rows = opened.page.locator("#explorer tr[data-value]").evaluate_all(
        "rows => rows.map(row => [row.dataset.metric ?? 'limit ' + row.dataset.limit, row.dataset.value])"
    )
    return {name: None if value == "" else float(value) for name, value in rows}


def move_to(opened, threshold):
    field = opened.page.locator("#explorer .exact").first
    field.fill(str(threshold))
    field.press("Enter")
    field.blur()


def badness(finding, case):
    distance = case["value"] - finding["threshold"]
    return distance if finding["comparator"].startswith("max") else -distance


def worst_of(finding):
    defined = [case for case in finding["cases"] if case["status"] == "ok"]
    return max(defined, key=lambda case: badness(finding, case))["value"] if defined else None


def gate_at(run, threshold):
    """What the program itself says with the threshold elsewhere."""
    text = (RECIDIVISM / "plimsoll.yaml").read_text()
    text = re.sub(r"threshold: 5\b", f"threshold: {threshold}", text)
    text = text.replace("decisions: decisions.csv", f"decisions: {RECIDIVISM / 'decisions.csv'}")
    (run.folder / "moved.yaml").write_text(text)
    return json.loads(run("gate", "moved.yaml", "--no-record", "--json").stdout)


def close(a, b):
    return a is None and b is None or (a is not None and b is not None and abs(a - b) <= TOLERANCE)


@pytest.mark.parametrize("threshold", [1, 3, 5, 8, 10])
def test_the_explorer_agrees_with_the_program_at_any_threshold(show, run, threshold):
    opened = show(example("recidivism"))
    move_to(opened, threshold)
    shown = metrics_of(opened)
    audit = run.json("audit", RECIDIVISM / "decisions.csv", "--label", "two_year_recid", "--score", "decile_score",
                     "--count", "n", "--threshold", threshold, "--json")  # fmt: skip
    gate = gate_at(run, threshold)
    for name in ("accuracy", "selection_rate", "true_positive_rate", "false_positive_rate", "precision"):
        assert close(shown[name], audit["overall"]["measures"][name]["value"]), name
    for i, finding in enumerate(gate["findings"]):
        assert close(shown[f"limit {i}"], worst_of(finding)), finding["limit"]


def test_thresholds_by_group_count_each_group_by_its_own(show):
    opened = show(example("recidivism"))
    opened.page.locator("#explorer select").first.select_option("sex")
    fields = opened.page.locator("#explorer .exact")
    assert fields.count() == 2
    for field, threshold in zip((fields.nth(0), fields.nth(1)), (4, 7), strict=True):
        field.fill(str(threshold))
        field.blur()
    chosen = {"Female": 4, "Male": 7}
    rows = list(csv.DictReader((RECIDIVISM / "decisions.csv").open()))
    yes = sum(int(row["n"]) for row in rows if int(row["decile_score"]) >= chosen[row["sex"]])
    right = sum(
        int(row["n"]) for row in rows
        if (int(row["decile_score"]) >= chosen[row["sex"]]) == (row["two_year_recid"] == "1")
    )  # fmt: skip
    total = sum(int(row["n"]) for row in rows)
    shown = metrics_of(opened)
    assert close(shown["selection_rate"], yes / total)
    assert close(shown["accuracy"], right / total)


def test_costs_of_the_readers_own_are_counted(show):
    opened = show(example("recidivism"))
    opened.page.get_by_label("A miss costs").fill("3")
    shown = metrics_of(opened)
    rows = list(csv.DictReader((RECIDIVISM / "decisions.csv").open()))
    cost = 0
    for row in rows:
        yes, was = int(row["decile_score"]) >= 5, row["two_year_recid"] == "1"
        cost += int(row["n"]) * (1 if yes and not was else 3 if was and not yes else 0)
    assert close(shown["expected_cost"], cost / sum(int(row["n"]) for row in rows))


WEIGHED = """plimsoll: 1
feature: weighed
title: Weights and costs
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: weighed.csv
  columns: {{label: label, score: score, weight: weight}}
  threshold: {threshold}
  segments: {{team: team, site: site}}
costs: {{false_positive: 1, false_negative: 4, slices: [{{slice: {{team: A}}, false_negative: 9.5}}]}}
limits:
  - {{metric: expected_cost, max: 2, by: every}}
  - {{metric: false_positive_rate, max_difference: 0.2, by: [team, site]}}
  - {{metric: precision, min_ratio: 0.8, by: every}}
  - {{metric: selection_rate, max_ratio: 1.3, by: team, reference: B}}
  - {{metric: error_rate, max_difference_to_overall: 0.1, by: every}}
  - {{metric: f1, min: 0.5, by: every}}
  - {{metric: matthews_corrcoef, min: 0.2}}
  - {{metric: brier_score, max: 0.3}}
"""


def write_weighed(folder, threshold):
    rows = [
        f"{'ABC'[i % 3]},{'NS'[i * 7 % 5 % 2]},{'' if i % 31 == 0 else int(i * i % 11 < i % 13)},"
        f"{'' if i % 37 == 0 else i * 17 % 100 / 100},{0.25 * (1 + i % 6)}\n"
        for i in range(900)
    ]
    (folder / "weighed.csv").write_text("team,site,label,score,weight\n" + "".join(rows))
    (folder / "weighed.yaml").write_text(WEIGHED.format(threshold=threshold))
    return folder / "weighed.yaml"


@pytest.mark.parametrize("threshold", [0.11, 0.5, 0.83])
def test_the_explorer_agrees_with_weights_costs_of_slices_and_every_comparator(show, run, threshold):
    opened = show(write_weighed(run.folder, 0.5))
    move_to(opened, threshold)
    shown = metrics_of(opened)
    gate = json.loads(run("gate", write_weighed(run.folder, threshold), "--no-record", "--json").stdout)
    for name, estimate in gate["overall"]["measures"].items():
        if name in shown:
            assert close(shown[name], estimate["value"]), name
    for i, finding in enumerate(gate["findings"]):
        assert close(shown[f"limit {i}"], worst_of(finding)), finding["limit"]


def group_rows(opened):
    return opened.page.locator("#groups table.groups tbody tr:not(.whole)")


def test_groups_can_be_searched_sorted_and_kept_large(show):
    opened = show(example("recidivism"))
    page = opened.page
    assert group_rows(opened).count() == 6
    page.get_by_role("combobox", name="Groups").select_option("(all)")
    assert group_rows(opened).count() == 47
    page.get_by_role("button", name="Group", exact=True).click()
    names = group_rows(opened).locator("th").all_inner_texts()
    page.get_by_role("button", name="Group", exact=True).click()
    assert names[0] != names[-1] and group_rows(opened).locator("th").all_inner_texts() == names[::-1]
    page.get_by_label("Search").fill("asian")
    found = group_rows(opened).locator("th").all_inner_texts()
    assert found and all("asian" in name.lower() for name in found)
    page.get_by_label("only groups large enough").check()
    assert group_rows(opened).count() < len(found)
    page.get_by_label("Search").fill("nobody at all")
    assert "No group matches" in page.locator("#groups").inner_text()


def test_small_groups_and_hatched_crossings_are_said_in_words(show):
    page = show(example("recidivism")).page
    assert "too small" in page.locator("#groups tr.is-small").first.inner_text()
    assert "too small to judge" in page.locator("#groups td.hatched").first.text_content()


def test_a_launch_is_told_slice_by_slice(show):
    text = show(example("languages")).page.locator("#verdict").inner_text()
    assert re.search(r"Ship in .*en.*; hold in .*hi.*; do not ship in .*fr", text.replace("\u2068", "").replace("\u2069", ""))


HOSTILE = [
    "</script><script>window.hit=1</script>",
    "<img src=x onerror='window.hit=1'>",
    '"><svg onload=window.hit=1>',
    "\u202etxt.exe\u2066\u200f",
    "line\u2028end\u2029",
    "=HYPERLINK(1)",
    "{{constructor}}",
    "x" * 10_000,
    "\U0001f600" * 3000,
]


def hostile_project(project, run):
    folder = project(limits="  - {metric: accuracy, min: 0.7, by: team}\n  - {metric: selection_rate, min_ratio: 0.8, by: team}")
    with (folder / "decisions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("team", "label", "score"))
        for group in HOSTILE:
            writer.writerows((group, i % 2, 0.9 if i % 3 else 0.2) for i in range(80))
    return folder / "plimsoll.yaml"


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_texts_of_the_data_never_run_and_break_nothing(show, project, run, viewport):
    opened = show(hostile_project(project, run), viewport=viewport)
    page = opened.page
    for summary in page.locator("summary").all():
        summary.click()
    assert page.evaluate("window.hit") is None
    assert page.locator("#report img, #report script, #report iframe").count() == 0
    assert opened.troubles == []
    assert len(opened.requests) == 1
    assert opened.overflow() <= 0
    assert "</script><script>window.hit=1</script>" in page.locator("#groups").inner_text()
    assert "\u202e" not in page.locator("svg[role=img] text").all_text_contents().__repr__()


def axe_violations(page):
    assert AXE.exists(), "axe-core is not there: run script/bootstrap --test"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], [node["html"][:160] for node in violation["nodes"][:3]])
        for violation in result["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["recidivism", "languages", "hiring"])
def test_axe_finds_nothing_serious(show, name, dark):
    opened = show(example(name), dark=dark)
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert axe_violations(opened.page) == []


def test_axe_is_really_asked(show):
    page = show(example("recidivism")).page
    page.evaluate("document.querySelectorAll('label').forEach(label => label.replaceWith(...label.querySelectorAll('input')))")
    assert axe_violations(page) != []


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_dark_follows_the_reader_and_can_be_turned(show):
    light = background(show(example("recidivism")).page)
    page = show(example("recidivism"), dark=True).page
    dark = background(page)
    assert light != dark
    page.get_by_role("button", name="Light").click()
    assert background(page) == light


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_phone_shows_all_without_scrolling_sideways(show, name):
    opened = show(example(name), viewport=PHONE)
    assert opened.overflow() <= 0
    assert opened.troubles == []


def test_paper_is_white_and_has_no_controls(show, run):
    page = show(example("recidivism"), dark=True).page
    page.emulate_media(media="print")
    assert background(page) == "rgb(255, 255, 255)"
    assert not page.locator(".top").is_visible()
    assert not page.locator("#groups .controls").is_visible()
    assert page.locator("#verdict h1").is_visible()
    page.pdf(path=run.folder / "out.pdf")
    assert (run.folder / "out.pdf").stat().st_size > 20_000


def test_the_keyboard_reaches_and_moves_the_threshold(show):
    opened = show(example("recidivism"))
    before = metrics_of(opened)["selection_rate"]
    slider = opened.page.locator("#explorer input[type=range]").first
    slider.focus()
    slider.press("ArrowRight")
    assert metrics_of(opened)["selection_rate"] < before
    assert slider.get_attribute("aria-valuetext") == "6"


def test_a_plot_can_be_copied_as_svg_and_csv(show, browser):
    page = show(example("recidivism")).page
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    figure = page.locator("#limits figure").first
    figure.get_by_role("button", name="Copy SVG").click()
    page.wait_for_function("window.copied")
    svg = page.evaluate("window.copied")
    assert svg.startswith("<svg") and "var(--" not in svg
    page.evaluate("window.copied = null")
    figure.get_by_role("button", name="Copy CSV").click()
    page.wait_for_function("window.copied")
    assert page.evaluate("window.copied").startswith("slice,against,value,low,high,n,state")
