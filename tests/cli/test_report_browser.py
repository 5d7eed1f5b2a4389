"""The report in a real browser: headless Chromium opens the file and uses it as a reader would."""

import csv
import json
import re

import pytest
import yaml
from chromium import DESK, PHONE, axe_violations, browser, show  # noqa: F401
from conftest import ROOT

# Those with data of their own: live traffic is not there before something is served.
EXAMPLES = sorted(
    path.parent.name
    for path in ROOT.glob("examples/*/plimsoll.yaml")
    if re.search(r"^(data|evals):", path.read_text(encoding="utf-8"), re.MULTILINE)
    and '"ledger:"' not in path.read_text(encoding="utf-8")
)
RECIDIVISM = ROOT / "examples" / "recidivism"
TOLERANCE = 1e-9


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


def test_suites_of_evals_are_shown_as_the_gate_judges_them(show, run):
    for part in example("support").parent.iterdir():
        if part.is_file():
            (run.folder / part.name).write_bytes(part.read_bytes())
    line = run.folder / "plimsoll.yaml"
    run.good("eval", line)
    (suite,) = run.json("gate", line, "--no-record", "--json")["evals"]
    opened = show(line, viewport=PHONE)
    section = opened.page.locator("#evals")
    assert opened.troubles == [] and opened.overflow() <= 0 and axe_violations(opened.page) == []
    assert "Judged by its evals alone" in opened.page.locator("#verdict .summary").inner_text()
    assert opened.page.locator("#groups, #quality").count() == 0
    assert section.locator(".suite > h3").inner_text().split() == ["●", suite["state"], suite["suite"]]
    assert section.locator(".limit svg[role=img]").count() == len(suite["findings"])
    rows = section.locator("table.data tbody tr").all_inner_texts()
    assert len(rows) == 1 + len(suite["slices"])
    for row, measured in zip(rows, [suite["overall"], *suite["slices"]], strict=True):
        rate = measured["measures"]["rate(right)"]
        assert f"{measured['n']}" in row
        assert f"{100 * rate['value']:.1f} %" in row
        assert f"[{100 * rate['low']:.1f} to {100 * rate['high']:.1f}]" in row


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


def data_of(line):
    """The section of the line; None where it is judged by its evals alone."""
    return yaml.safe_load(line.read_text()).get("data")


def gate_at(run, line, threshold):
    """What the program itself says with the threshold elsewhere."""
    text = re.sub(r"(\n  threshold:) *\S+", rf"\1 {threshold}", line.read_text())
    decisions = data_of(line)["decisions"]
    text = text.replace(f"decisions: {decisions}", f"decisions: {line.parent / decisions}")
    (run.folder / "moved.yaml").write_text(text)
    return json.loads(run("gate", "moved.yaml", "--no-record", "--json").stdout)


def audit_at(run, line, threshold):
    """`plimsoll audit --threshold` on the data of a line."""
    data = data_of(line)
    columns = data["columns"]
    options = [part for name in ("label", "score", "count", "weight") if name in columns for part in (f"--{name}", columns[name])]
    return run.json("audit", line.parent / data["decisions"], *options, "--threshold", threshold, "--json")


def close(a, b):
    return a is None and b is None or (a is not None and b is not None and abs(a - b) <= TOLERANCE)


def thresholds_of(line):
    """Every example with a score that decides, with thresholds below, among and above its scores."""
    data = data_of(line)
    if data is None or "score" not in data["columns"] or "prediction" in data["columns"]:
        return []
    with (line.parent / data["decisions"]).open() as file:
        scores = sorted({float(row[data["columns"]["score"]]) for row in csv.DictReader(file) if row[data["columns"]["score"]]})
    return [scores[0], scores[len(scores) // 3], data["threshold"], scores[-2], scores[-1]]


MOVED = [(name, threshold) for name in EXAMPLES for threshold in thresholds_of(example(name))]


def test_there_are_examples_whose_threshold_can_be_moved():
    assert len(MOVED) >= 5


@pytest.mark.parametrize(("name", "threshold"), MOVED)
def test_the_explorer_agrees_with_the_program_on_every_example_at_any_threshold(show, run, name, threshold):
    opened = show(example(name))
    move_to(opened, threshold)
    shown = metrics_of(opened)
    audit = audit_at(run, example(name), threshold)
    gate = gate_at(run, example(name), threshold)
    for metric in ("accuracy", "selection_rate", "true_positive_rate", "false_positive_rate", "precision"):
        assert close(shown[metric], audit["overall"]["measures"][metric]["value"]), metric
    for i, finding in enumerate(gate["findings"]):
        assert close(shown[f"limit {i}"], worst_of(finding)), finding["limit"]


@pytest.mark.parametrize("name", sorted(set(EXAMPLES) - {name for name, _ in MOVED}))
def test_without_a_score_that_decides_there_is_no_threshold_to_move(show, name):
    assert show(example(name)).page.locator("#explorer").count() == 0


CALIBRATION = """plimsoll: 1
feature: leaving
title: Who leaves
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: {decisions}
  columns: {{label: left, score: score, count: n}}
  threshold: 0.5
  segments: {{plan: plan, region: region}}
limits:
  - {{metric: calibration_error, max: 0.05, by: every}}
  - {{metric: selection_rate, min_ratio: 0.8, by: plan}}
"""


def write_calibration(folder):
    data = ROOT / "examples" / "calibration" / "decisions.csv"
    (folder / "leaving.yaml").write_text(CALIBRATION.format(decisions=data))
    return folder / "leaving.yaml"


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.9])
def test_the_explorer_agrees_on_the_example_that_has_no_line(show, run, threshold):
    line = write_calibration(run.folder)
    opened = show(line)
    move_to(opened, threshold)
    shown = metrics_of(opened)
    audit = audit_at(run, line, threshold)
    for metric in ("accuracy", "selection_rate", "true_positive_rate", "false_positive_rate", "precision"):
        assert close(shown[metric], audit["overall"]["measures"][metric]["value"]), metric
    for i, finding in enumerate(gate_at(run, line, threshold)["findings"]):
        assert close(shown[f"limit {i}"], worst_of(finding)), finding["limit"]


def test_bins_of_calibration_are_those_of_the_program(show, run):
    opened = show(write_calibration(run.folder))
    page = opened.page
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text; }")
    figure = page.locator("#curves figure", has=page.locator("svg[aria-label^='How often it came true']"))
    figure.get_by_role("button", name="Copy CSV").click()
    page.wait_for_function("window.copied")
    rows = list(csv.DictReader(page.evaluate("window.copied").splitlines()))
    audit = run.json("audit", run.folder / "leaving.yaml", "--calibration", "--json")
    compared = 0
    for item in audit["calibration"]["reliability"]:
        if list(item["slice"]) != ["plan"]:
            continue
        mine = [row for row in rows if item["slice"]["plan"] in row["group"]]
        assert len(mine) == len(item["bins"])
        for row, bin_ in zip(mine, item["bins"], strict=True):
            assert int(row["n"]) == bin_["n"]
            assert close(float(row["mean score"]), bin_["score"])
            assert all(close(float(row[key]), bin_["rate"][name]) for key, name in (("came true", "value"), ("low", "low"), ("high", "high")))
            compared += 1
    assert compared == 20


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


def test_fairness_is_shown_by_every_definition_and_in_three_forms(show, run):
    opened = show(example("recidivism"))
    part = opened.page.locator("#fairness")
    audit = run.json("audit", example("recidivism"), "--fairness", "--reference", "race=Caucasian", "--json")
    definitions = audit["fairness"]["groupings"][0]["definitions"]
    assert part.locator("tr[data-definition]").evaluate_all("rows => rows.map(row => row.dataset.definition)") == [one["name"] for one in definitions]
    for form in ("between", "to_reference", "to_overall"):
        part.get_by_label("Compared").select_option(form)
        row = part.locator("tr[data-definition=demographic_parity]").inner_text()
        assert f"{definitions[0][form]['difference']['value'] * 100:.1f} points" in row
        assert f"{definitions[0][form]['ratio']['value']:.2f} ×" in row
    assert "exclude each other here" in part.inner_text()
    part.get_by_role("combobox", name="By").select_option("race × sex")
    assert "Listed, not compared: " in part.inner_text()


def test_the_data_say_what_they_lack_and_how_it_was_counted(show):
    part = show(example("hiring")).page.locator("#quality")
    assert "counted by a 64-bit hash of all columns" in part.inner_text()
    part.locator("summary").click()
    assert part.locator("table.columns tbody tr").count() == 5
    assert "111 (23.1 %)" in part.locator("table.columns tr", has_text="sex").inner_text()


def test_of_very_many_columns_the_first_are_looked_at_and_the_others_counted(show, run):
    line = write_task(run.folder, "regression")
    rows = (run.folder / "task.csv").read_text().splitlines()
    more = 100
    rows = [row + "".join(f",c{i}" if at == 0 else ",1" for i in range(more)) for at, row in enumerate(rows)]
    (run.folder / "task.csv").write_text("\n".join(rows) + "\n")
    part = show(line).page.locator("#quality")
    assert "counted by a 64-bit hash of the first 90 columns" in part.inner_text()
    part.locator("summary").click()
    assert "18 further columns were not looked at" in part.inner_text()


def test_the_line_itself_can_be_read_in_the_report(show):
    part = show(example("recidivism")).page.locator("#method")
    part.get_by_text("The line, as it was read").click()
    assert part.locator("pre").inner_text().strip() == example("recidivism").read_text().strip()


TASKS = {
    "multiclass": ("label: label, prediction: answer", "accuracy, min: 0.5, by: every"),
    "multilabel": ("label: label, prediction: answer", "micro_f1, min: 0.5"),
    "regression": ("label: y, score: p", "mean_absolute_error, max: 3, by: every"),
    "ranking": ("label: hit, score: p, query: q", "ndcg@5, min: 0.2, by: team"),
}

TASK_LINE = """plimsoll: 1
feature: {task}
title: A task
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: task.csv
  task: {task}
  columns: {{{columns}}}
  segments: {{team: team, site: site}}
limits:
  - {{metric: {limit}}}
"""


def write_task(folder, task, classes=("refund", "cancel", "other")):
    columns, limit = TASKS[task]
    with (folder / "task.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("team", "site", "label", "answer", "y", "p", "hit", "q"))
        for i in range(900):
            label = classes[i % len(classes)]
            answer = label if i % 5 else classes[(i + 1) % len(classes)]
            team = "only one" if i == 7 else "AB"[i % 2]
            writer.writerow((team, "NS"[i % 3 % 2], label, answer, i % 17, i % 17 + i % 5 / 3, int(i % 4 == 0), f"{team}{i // 9}"))
    (folder / "task.yaml").write_text(TASK_LINE.format(task=task, columns=columns, limit=limit))
    return folder / "task.yaml"


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("task", TASKS)
def test_every_kind_of_task_shows_its_measures_by_group_with_intervals(show, run, task, viewport):
    opened = show(write_task(run.folder, task), viewport=viewport)
    assert opened.troubles == []
    assert opened.overflow() <= 0
    first = group_rows(opened).first.inner_text()
    assert re.search(r"[\d.]+ to [\d.]+", first)
    assert opened.page.locator("#groups svg[role=img]").count() == 1
    assert "mean_absolute_error" not in opened.page.locator("#limits h3").first.inner_text()
    assert opened.page.locator("#fairness, #explorer").count() == 0


def test_classes_are_shown_as_a_matrix_and_one_by_one(show, run):
    line = write_task(run.folder, "multiclass")
    part = show(line).page.locator("#confusion")
    audit = run.json("audit", line, "--confusion", "--metrics", "recall(cancel)", "--json")["confusion"]
    shown = part.locator("table.map tbody tr").evaluate_all("rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => Number(cell.firstChild.data)))")
    assert shown == audit["counts"]
    part.get_by_role("combobox", name="Of").select_option('{"team":"B"}')
    shown = part.locator("table.map tbody tr").evaluate_all("rows => rows.map(row => [...row.querySelectorAll('td')].map(cell => Number(cell.firstChild.data)))")
    assert shown == next(one["counts"] for one in audit["slices"] if one["slice"] == {"team": "B"})
    assert re.search(r"cancel.*\d+\.\d %.*to", part.locator("table.per-class").inner_text(), re.DOTALL)


def test_confusions_are_shown_where_there_are_labels_but_no_scores(show):
    part = show(example("fraud")).page.locator("#confusion")
    assert part.locator("table.matrix").count() >= 2
    assert "false alarm" in part.inner_text()


def test_names_of_classes_never_run_and_break_nothing(show, run):
    opened = show(write_task(run.folder, "multiclass", HOSTILE[:4] + HOSTILE[5:]), viewport=PHONE)
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert opened.page.evaluate("window.hit") is None
    assert opened.page.locator("#report img, #report script, #report iframe").count() == 0
    assert opened.troubles == []
    assert opened.overflow() <= 0
    assert "<img src=x onerror" in opened.page.locator("#confusion").inner_text()


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
    assert not re.search("[\u202a-\u202e]", page.locator("#verdict").inner_text() + page.locator("#limits").inner_text())


def test_the_title_is_only_text(show, run):
    line = write_task(run.folder, "regression")
    title = r'"</title></script><script>window.hit=1</script> \u202Eabc"'
    line.write_text(line.read_text().replace("title: A task", f"title: {title}"))
    opened = show(line)
    assert opened.page.evaluate("window.hit") is None
    assert opened.troubles == []
    assert opened.page.locator(".eyebrow").inner_text() == "</title></script><script>window.hit=1</script> abc"


def test_paper_shows_what_is_folded_and_letters_of_full_size(show):
    page = show(example("recidivism")).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#method details[open]").count() == 2
    assert int(page.locator("#limits svg").first.get_attribute("width")) <= 680
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#method details[open]").count() == 0
    assert int(page.locator("#limits svg").first.get_attribute("width")) > 680


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["recidivism", "languages", "hiring", "multiclass", "ranking"])
def test_axe_finds_nothing_serious(show, run, name, dark):
    opened = show(write_task(run.folder, name) if name in TASKS else example(name), dark=dark)
    for summary in opened.page.locator("summary").all():
        summary.click()
    assert axe_violations(opened.page) == []


@pytest.mark.parametrize("name", ["recidivism", "languages"])
def test_axe_finds_nothing_serious_on_a_phone(show, name):
    opened = show(example(name), viewport=PHONE)
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
