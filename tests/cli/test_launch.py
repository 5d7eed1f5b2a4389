"""launch: each slice is judged as if it were the whole feature. The reference is the gate itself, run on
the slice's decisions alone (`where`), with the launch's segment taken out of the line by hand.
"""

import itertools
import json
import random
import xml.etree.ElementTree as ElementTree

import pages
import pytest

LINE = """plimsoll: 1
feature: answers
title: Answers
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: d.csv
  columns: {{{columns}}}
  segments: {{language: language, device: device}}
{where}
limits:
{limits}
evidence: {{smallest_slice: {smallest}{evidence}}}
watch: {{}}
release: {{allow: [ship]{release}}}
{launch}
"""

# The limits of a line by language and device, and what is left of them inside one language.
LIMITS = """
  - {metric: accuracy, min: 0.7, by: [language, device, language * device]}
  - {metric: roc_auc, min: 0.6, by: language}
  - {metric: false_positive_rate, max_difference: 0.15, by: device}
  - {metric: selection_rate, min_ratio: 0.6, by: language * device}
  - {metric: error_rate, max_ratio_to_overall: 1.5, by: device}
  - {metric: mean(seconds), max: 20, by: [language]}
  - {metric: "quantile(seconds, 0.9)", max: 60}
  - {metric: recall, max_difference: 0.3, by: device, reference: phone}
"""
INSIDE = """
  - {metric: accuracy, min: 0.7, by: device}
  - {metric: roc_auc, min: 0.6}
  - {metric: false_positive_rate, max_difference: 0.15, by: device}
  - {metric: selection_rate, min_ratio: 0.6, by: device}
  - {metric: error_rate, max_ratio_to_overall: 1.5, by: device}
  - {metric: mean(seconds), max: 20}
  - {metric: "quantile(seconds, 0.9)", max: 60}
  - {metric: recall, max_difference: 0.3, by: device, reference: phone}
"""
COLUMNS = "label: label, score: score"


def line(limits, columns=COLUMNS, launch="launch: {by: language}", where="", smallest=30, evidence="", release=""):
    return LINE.format(
        limits=limits, columns=columns, launch=launch, where=where, smallest=smallest, evidence=evidence, release=release
    )


def random_rows(seed, sizes):
    """language, device, label, score, seconds: with missing labels, scores and values."""
    rng = random.Random(seed)
    for language, size in sizes.items():
        skill = rng.uniform(0.5, 2.0)
        for _ in range(size):
            label = rng.random() < 0.5
            score = min(max(rng.gauss(0.5 + (0.15 if label else -0.15) * skill, 0.2), 0), 1)
            yield (
                language,
                rng.choice(("phone", "phone", "desktop")),
                "" if rng.random() < 0.05 else int(label),
                "" if rng.random() < 0.03 else round(score, 3),
                "" if rng.random() < 0.1 else round(rng.expovariate(1 / 10), 2),
            )


def write(folder, rows, header="language,device,label,score,seconds"):
    text = "\n".join([header, *(",".join(str(value) for value in row) for row in rows)]) + "\n"
    (folder / "d.csv").write_text(text)


def counted(rows):
    """language -> (right, wrong) as rows of label and prediction with their number, devices alike."""
    for language, (right, wrong) in rows.items():
        for device, share in (("phone", 0.5), ("desktop", 0.5)):
            yield language, device, 1, 1, round(right * share)
            yield language, device, 1, 0, round(wrong * share)


def write_counted(run, rows, limits, **settings):
    write(run.folder, counted(rows), "language,device,label,prediction,n")
    columns = "label: label, prediction: prediction, count: n"
    (run.folder / "plimsoll.yaml").write_text(line(limits, columns, **settings))


def slices_of(verdict):
    return {slice["slice"]["language"]: slice for slice in verdict["launch"]["slices"]}


def bare(value):
    """A finding without what a gate on fewer decisions must say otherwise: the words of the limit."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if key not in ("limit", "language")}
    return value


@pytest.mark.parametrize("seed", range(6))
def test_a_slice_is_judged_as_the_gate_judges_its_decisions_alone(run, schema, seed):
    """With one slice judged the level is undivided, and all findings are those of a gate of its own."""
    write(run.folder, random_rows(seed, {"hi": 400 + 100 * seed, "sw": 20, "": 15}))
    (run.folder / "plimsoll.yaml").write_text(line(LIMITS))
    whole = run("gate", "--json", "--slice", "language=hi", "--no-record")
    slice = json.loads(whole.stdout)
    schema("gate.schema.json", slice)
    alone_line = line(INSIDE, launch="", where="  where: language = 'hi'")
    (run.folder / "plimsoll.yaml").write_text(alone_line)
    alone = json.loads(run("gate", "--json", "--no-record").stdout)
    assert slice["slice"] == {"language": "hi"}
    assert slice["verdict"] == alone["verdict"]
    assert bare(slice["findings"]) == bare(alone["findings"])
    assert slice["family_size"] == alone["family_size"]
    assert slice["overall"] == alone["overall"]
    devices = [one for one in alone["slices"] if set(one["slice"]) == {"device"}]
    assert slice["slices"] == devices
    for key in ("unlabelled", "unpredicted"):
        assert slice[key] == alone[key]


@pytest.mark.parametrize("seed", range(4))
def test_with_many_slices_only_the_level_of_a_breach_differs(run, seed):
    names = ("de", "en", "es", "hi")
    rows = list(random_rows(100 + seed, {name: 300 for name in names}))
    write(run.folder, rows)
    (run.folder / "plimsoll.yaml").write_text(line(LIMITS))
    slices = slices_of(json.loads(run("gate", "--json", "--no-record").stdout))
    assert set(slices) == set(names)
    for name in names:
        (run.folder / "plimsoll.yaml").write_text(line(INSIDE, launch="", where=f"  where: language = '{name}'"))
        alone = json.loads(run("gate", "--json", "--no-record").stdout)
        assert slices[name]["family_size"] == len(names) * alone["family_size"]
        for one, other in zip(slices[name]["findings"], alone["findings"], strict=True):
            # What is clear is so by a test of its own; what is a breach among four is one alone.
            assert (one["state"] == "clear") == (other["state"] == "clear")
            assert one["state"] != "breach" or other["state"] == "breach"
            if one["slice"].get("device") == other["slice"].get("device") and one["state"] == other["state"]:
                assert one["value"] == other["value"] and one["n"] == other["n"]
                assert one["p_value"] == other["p_value"]


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(run):
    rows = list(random_rows(5, {"en": 200, "hi": 200, "sw": 10, "": 10}))
    (run.folder / "plimsoll.yaml").write_text(line(LIMITS))
    write(run.folder, rows)
    first = run("gate", "--json", "--no-record", "--threads", "1")
    write(run.folder, reversed(rows))
    second = run("gate", "--json", "--no-record", "--threads", "2")
    first, second = json.loads(first.stdout), json.loads(second.stdout)
    for verdict in (first, second):
        del verdict["data"]
    assert first == second


MIN = "  - {metric: accuracy, min: 0.8, by: language}"


def test_every_slice_has_its_verdict(run, schema):
    rows = {"en": (1900, 100), "hi": (330, 70), "fr": (600, 400), "sw": (46, 4), "": (150, 0)}
    write_counted(run, rows, MIN, smallest=100)
    verdict = run.json("gate", "--json", code=1)
    schema("gate.schema.json", verdict)
    slices = slices_of(verdict)
    assert {name: slice["verdict"] for name, slice in slices.items()} == {
        "en": "ship",
        "hi": "hold",
        "fr": "no_ship",
        "sw": "hold",
        "(missing)": "hold",
    }
    assert {name: slice["status"] for name, slice in slices.items() if slice["status"] != "judged"} == {
        "sw": "too_small",
        "(missing)": "missing",
    }
    assert {name: slice["allowed"] for name, slice in slices.items() if slice["allowed"]} == {"en": True}
    assert slices["hi"]["needed"] == slices["hi"]["findings"][0]["needed"] > 0
    assert slices["sw"]["short_of"] == 50 and slices["sw"]["needed"] >= 50
    assert "never shipped" in slices["(missing)"]["reasons"][0]["text"]
    assert slices["sw"]["reasons"][0]["kind"] == "small"
    assert slices["(missing)"]["reasons"][0]["kind"] == "missing"
    assert verdict["launch"]["judged"] == 3 and verdict["slice"] is None


def test_as_many_decisions_as_it_says_settle_it(run):
    write_counted(run, {"en": (1900, 100), "hi": (332, 68)}, MIN)
    hi = slices_of(run.json("gate", "--json", code=1))["hi"]
    assert hi["verdict"] == "hold"
    more = hi["needed"]
    factor = (400 + more) / 400
    write_counted(run, {"en": (1900, 100), "hi": (332 * factor + 2, 68 * factor)}, MIN)
    assert slices_of(run.json("gate", "--json", code=0))["hi"]["verdict"] == "ship"
    factor = (400 + 0.9 * more) / 400
    write_counted(run, {"en": (1900, 100), "hi": (332 * factor, 68 * factor)}, MIN)
    assert slices_of(run.json("gate", "--json", code=1))["hi"]["verdict"] == "hold"


def test_a_missing_group_never_ships_whatever_its_figures_and_the_line(run):
    write_counted(run, {"en": (1900, 100), "": (5000, 0)}, MIN, release=", launch: any")
    missing = slices_of(run.json("gate", "--json"))["(missing)"]
    assert missing["verdict"] == "hold" and not missing["allowed"]
    assert run("gate", "--slice", "language=(missing)").returncode == 1


GAP = "  - {metric: accuracy, max_difference: 0.05, by: language}"


def test_a_gap_holds_back_the_slice_that_it_hurts_and_no_other(run):
    write_counted(run, {"en": (4700, 300), "es": (4650, 350), "hi": (3500, 1500)}, GAP)
    verdict = run.json("gate", "--json", code=1)
    assert verdict["verdict"] == "no_ship"
    slices = slices_of(verdict)
    assert {name: slice["verdict"] for name, slice in slices.items()} == {
        "en": "ship",
        "es": "ship",
        "hi": "no_ship",
    }
    against = slices["hi"]["findings"][0]
    assert against["slice"] == {"language": "hi"} and against["against"] == {"language": "en"}
    assert against["value"] == pytest.approx(0.94 - 0.70, abs=1e-12)
    # The same case over all decisions has the same value and, in its one direction, the same p-value.
    overall = verdict["findings"][0]
    assert overall["value"] == pytest.approx(against["value"], abs=1e-12)


def test_of_a_rate_of_errors_the_higher_is_hurt(run):
    limit = "  - {metric: error_rate, max_ratio: 1.5, by: language}"
    write_counted(run, {"en": (4700, 300), "hi": (3500, 1500)}, limit)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert slices["en"]["verdict"] == "ship" and slices["hi"]["verdict"] == "no_ship"
    limit = "  - {metric: error_rate, min_ratio: 0.7, by: language}"
    write_counted(run, {"en": (4700, 300), "hi": (3500, 1500)}, limit)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert slices["en"]["verdict"] == "ship" and slices["hi"]["verdict"] == "no_ship"


def test_of_a_measure_without_a_better_end_both_sides_are_held_back(run):
    limit = "  - {metric: selection_rate, min_ratio: 0.8, by: language}"
    write_counted(run, {"en": (4700, 300), "hi": (3500, 1500)}, limit)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert slices["en"]["verdict"] == slices["hi"]["verdict"] == "no_ship"


def test_the_line_says_which_end_of_a_column_is_good(run):
    limits = "  - {metric: rate(prediction), min: 0.5}\n  - {metric: rate(prediction), max_difference: 0.05, by: language}"
    write_counted(run, {"en": (4700, 300), "hi": (3500, 1500)}, limits)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert slices["en"]["verdict"] == "ship" and slices["hi"]["verdict"] == "no_ship"


def test_a_reference_asks_nothing_of_itself(run):
    limit = "  - {metric: accuracy, max_difference: 0.05, by: language, reference: en}\n  - {metric: accuracy, min: 0.5}"
    write_counted(run, {"en": (4700, 300), "hi": (3500, 1500), "es": (4700, 300)}, limit)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert len(slices["en"]["findings"]) == 1 and slices["en"]["verdict"] == "ship"
    assert slices["hi"]["verdict"] == "no_ship" and slices["es"]["verdict"] == "ship"


def test_a_reference_that_a_slice_lacks_is_no_error(run):
    write(
        run.folder,
        [*(("en", "phone", 1, 1) for _ in range(50)), *(("en", "desktop", 1, 1) for _ in range(50)),
         *(("hi", "phone", 1, 1) for _ in range(50))],
        "language,device,label,prediction",
    )
    limits = "  - {metric: accuracy, max_difference: 0.5, by: device, reference: desktop}"
    (run.folder / "plimsoll.yaml").write_text(line(limits, "label: label, prediction: prediction"))
    slices = slices_of(json.loads(run("gate", "--json").stdout))
    assert slices["hi"]["findings"][0]["state"] == "unproven" and slices["hi"]["verdict"] == "hold"


def test_the_share_of_a_slice_is_one_of_all_decisions(run):
    limits = "  - {metric: share, min: 0.3, by: language}\n  - {metric: accuracy, min: 0.5}"
    write_counted(run, {"en": (1900, 100), "hi": (190, 10)}, limits)
    slices = slices_of(run.json("gate", "--json", code=1))
    assert slices["en"]["verdict"] == "ship" and slices["hi"]["verdict"] == "no_ship"
    assert slices["hi"]["findings"][0]["value"] == pytest.approx(200 / 2200, abs=1e-12)


def test_a_launch_by_a_crossing(run, schema):
    write_counted(run, {"en": (1900, 100), "hi": (330, 70)}, MIN, launch="launch: {by: language * device}")
    verdict = run.json("gate", "--json", code=1)
    schema("gate.schema.json", verdict)
    assert verdict["launch"]["by"] == ["language", "device"]
    assert [tuple(slice["slice"].values()) for slice in verdict["launch"]["slices"]] == list(
        itertools.product(("en", "hi"), ("desktop", "phone"))
    )
    for name in ("language=en * device=phone", "language=en × device=phone"):
        assert run("gate", "--slice", name).returncode == 0
    assert run("gate", "--slice", "language=hi * device=phone").returncode == 1


def test_risk_and_needs_hold_for_every_slice(run):
    write_counted(run, {"en": (1900, 100), "hi": (3800, 200)}, MIN, release=", needs: [legal]")
    slices = slices_of(run.json("gate", "--json", code=1))
    assert {slice["verdict"] for slice in slices.values()} == {"hold"}
    assert all(any(reason["kind"] == "need" for reason in slice["reasons"]) for slice in slices.values())


@pytest.mark.parametrize(
    "decides, hi, expected",
    [("overall", (3500, 1500), 1), ("any", (3500, 1500), 0), ("all", (3500, 1500), 1), ("all", (4700, 300), 0),
     ("overall", (4700, 300), 0)],
)
def test_whose_verdict_lets_the_gate_pass(run, decides, hi, expected):
    write_counted(run, {"en": (4700, 300), "hi": hi, "": (40, 0)}, MIN, release=f", launch: {decides}")
    verdict = run.json("gate", "--json", code=expected)
    assert verdict["allowed"] is (expected == 0) and verdict["launch"]["decides"] == decides
    text = run("gate", "--no-record").stdout
    assert ("`release.launch: " in text) == (decides != "overall")


def test_any_does_not_pass_when_no_slice_may_ship(run):
    write_counted(run, {"en": (3400, 1600), "hi": (3500, 1500)}, MIN, release=", launch: any")
    assert run.json("gate", "--json", code=1)["allowed"] is False


def test_the_record_holds_every_slice_and_the_one_asked_for(run):
    write_counted(run, {"en": (1900, 100), "hi": (330, 70)}, MIN)
    shown = run.json("gate", "--json", "--slice", "language=en")
    assert shown["verdict"] == "ship" and shown["ledger"]["block"] == 1
    body = json.loads(run.good("ledger", "show", "--json"))["records"][0]["body"]
    assert body["slice"] == {"language": "en"} and body["verdict"] == "hold"
    assert [(one["slice"]["language"], one["verdict"]) for one in body["launch"]["slices"]] == [
        ("en", "ship"),
        ("hi", "hold"),
    ]


def test_text_and_markdown_and_junit_say_the_same(run):
    rows = {"en": (1900, 100), "hi": (330, 70), "fr": (600, 400), "sw": (46, 4), "": (150, 0)}
    write_counted(run, rows, MIN, smallest=100)
    text = run("gate", "--no-record").stdout
    joined = " ".join(text.split())
    assert "Ship in en; hold in hi (accuracy 82.5 %, must be at least 80.0 %; about " in joined
    assert "hold in sw, too small to judge; do not ship in fr (accuracy 60.0 %, must be at least 80.0 %)." in joined
    assert "Launch by language" in text and max(len(one) for one in text.splitlines()) <= 100
    narrow = run("gate", "--no-record", env={"COLUMNS": "60"}).stdout
    assert max(len(one) for one in narrow.splitlines()) <= 100 and "Launch by language" in narrow
    markdown = run("gate", "--no-record", "--format", "markdown").stdout
    assert "\n### Launch by language\n" in markdown and "\n| ✕ fr | 1,000 | no ship |" in markdown
    suite = ElementTree.fromstring(run("gate", "--no-record", "--format", "junit").stdout).find("testsuite")
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert suite.get("tests") == str(len(cases)) == "6"
    assert len(cases["Launch by language: en"]) == 0
    assert cases["Launch by language: hi"].find("skipped").get("message").startswith("hold: ")
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == 1
    assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped")) == 4


def test_junit_fails_where_the_gate_does_not_pass(run):
    rows = {"en": (1900, 100), "fr": (600, 400)}
    for decides, failures in (("any", 0), ("all", 1)):
        write_counted(run, rows, MIN, release=f", launch: {decides}")
        result = run("gate", "--no-record", "--format", "junit")
        suite = ElementTree.fromstring(result.stdout).find("testsuite")
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure")) == failures
        assert result.returncode == (1 if failures else 0)
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))


def test_a_slice_that_is_not_there_is_named(run):
    write_counted(run, {"en": (1900, 100), "hi": (330, 70)}, MIN)
    error = run.fails("gate", "--slice", "language=ih")
    assert "`language=ih`" in error and "did you mean `language=hi`?" in error
    assert not (run.folder / ".plimsoll").exists()
    write_counted(run, {"en": (1900, 100)}, MIN, launch="")
    assert "no section `launch`" in run.fails("gate", "--slice", "language=en")


def test_degenerate_slices_never_crash_nor_print_nan(run):
    rows = [("one", "phone", 1, 0.5, 1), ("same", "phone", 1, 0.7, 1), ("same", "phone", 1, 0.7, 1),
            *(("positive", "phone", 1, 0.9, 2) for _ in range(40)),
            *(("negative", "desktop", 0, 0.1, 2) for _ in range(40)),
            *(("unlabelled", "phone", "", 0.4, "") for _ in range(40)),
            *(("ties", "phone", i % 2, 0.5, 3) for i in range(40)),
            *(("unscored", "phone", i % 2, "", 3) for i in range(40))]
    write(run.folder, rows)
    for smallest in (1, 30):
        (run.folder / "plimsoll.yaml").write_text(
            line(LIMITS + "  - {metric: accuracy, max_difference: 0.1, by: language}", smallest=smallest))
        for form in ("text", "json", "markdown", "junit"):
            result = run("gate", "--no-record", "--format", form)
            assert result.returncode == 1, result.stderr
            assert "nan" not in result.stdout.lower() and "inf]" not in result.stdout
        for name in ("one", "same", "positive", "negative", "unlabelled", "ties", "unscored"):
            assert run("gate", "--no-record", "--slice", f"language={name}").returncode == 1


def test_the_example_by_language(run, schema):
    path = pages.ROOT / "examples" / "languages" / "plimsoll.yaml"
    verdict = run.json("gate", path, "--json", "--no-record")
    schema("gate.schema.json", verdict)
    assert {name: slice["verdict"] for name, slice in slices_of(verdict).items()} == {
        "de": "ship",
        "en": "ship",
        "es": "ship",
        "fr": "no_ship",
        "hi": "hold",
        "sw": "hold",
        "(missing)": "hold",
    }
    pages.check(run, "examples/languages/README.md")


TASK_LINE = """plimsoll: 1
feature: f
risk: {{severity: low, reversibility: full}}
data:
  decisions: d.csv
  task: {task}
  columns: {{{columns}}}
  segments: {{language: language, device: device}}
{where}
limits:
{limits}
launch: {{by: language}}
"""


def task_rows(task, rng):
    """Rows of a kind of task, with the header of their columns."""
    for language, size in (("en", 300), ("hi", 200), ("sw", 12)):
        for query in range(size):
            device = rng.choice(("phone", "desktop"))
            if task == "multiclass":
                label = rng.choice("abc")
                yield language, device, label, label if rng.random() < 0.8 else rng.choice("abc")
            elif task == "multilabel":
                labels = [one for one in "abc" if rng.random() < 0.5]
                found = [one for one in "abc" if (one in labels) != (rng.random() < 0.15)]
                yield language, device, "|".join(labels), "|".join(found)
            elif task == "ranking":
                for _ in range(6):
                    label = rng.randrange(4)
                    yield language, device, label, round(label + rng.gauss(0, 1.5), 2), f"{language}{query}"
            else:
                label = round(rng.gauss(10, 3), 2)
                yield language, device, label, round(label + rng.gauss(0.1, 1), 2)


TASKS = {
    "multiclass": (
        "label: label, prediction: prediction",
        ["{metric: accuracy, min: 0.7, by: language}", "{metric: macro_f1, min: 0.6, by: language}",
         "{metric: precision(b), max_difference: 0.2, by: device}"],
    ),
    "multilabel": (
        "label: label, prediction: prediction",
        ["{metric: micro_f1, min: 0.7, by: [language, device]}", "{metric: hamming_loss, max: 0.3, by: language}"],
    ),
    "regression": (
        "label: label, prediction: prediction",
        ["{metric: mae, max: 1.5, by: [language, device]}", "{metric: within(2), min: 0.5, by: language}",
         "{metric: rmse, max: 3, by: device}"],
    ),
    "ranking": (
        "label: label, score: prediction, query: query",
        ["{metric: ndcg@5, min: 0.6, by: [language, device]}", "{metric: mrr, min: 0.5, by: language}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("task", list(TASKS))
def test_every_kind_of_task_can_be_launched_by_slice(run, task):
    """The figures of a slice are those of the gate on its decisions alone."""
    columns, limits = TASKS[task]
    header = "language,device,label,prediction" + (",query" if task == "ranking" else "")
    write(run.folder, task_rows(task, random.Random(7)), header)
    text = "\n".join(f"  - {limit}" for limit in limits)
    (run.folder / "plimsoll.yaml").write_text(TASK_LINE.format(task=task, columns=columns, where="", limits=text))
    for language in ("en", "hi"):
        slice = json.loads(run("gate", "--json", "--no-record", "--slice", f"language={language}").stdout)
        where = f"  where: language = '{language}'"
        (run.folder / "alone.yaml").write_text(
            TASK_LINE.format(task=task, columns=columns, where=where, limits=text))
        alone = json.loads(run("gate", "alone.yaml", "--json", "--no-record").stdout)
        assert slice["overall"] == alone["overall"]
        devices = [one for one in alone["slices"] if set(one["slice"]) == {"device"}]
        assert slice["slices"] == devices and len(devices) == 2
        assert [one["state"] for one in slice["findings"]] == [one["state"] for one in alone["findings"]]
