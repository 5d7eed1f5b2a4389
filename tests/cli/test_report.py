"""`plimsoll report` and `gate --report`: the file itself, without a browser."""

import base64
import hashlib
import json
import re

import pytest
from conftest import ROOT

SIZE_BYTES_MAX = 1_500_000
# Those with data of their own: live traffic is not there before something is served.
EXAMPLES = sorted(
    path.parent.name
    for path in ROOT.glob("examples/*/plimsoll.yaml")
    if re.search(r"^(data|evals):", path.read_text(encoding="utf-8"), re.MULTILINE)
    and '"ledger:"' not in path.read_text(encoding="utf-8")
)


def island_of(page):
    """The JSON in the page, as a browser would take it out: up to the first `</script`."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script', page, re.DOTALL)
    return json.loads(found.group(1))


def write_report(run, line, *options):
    run.good("report", line, "-o", "out.html", *options)
    return (run.folder / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_report_of_an_example_holds_what_its_gate_says(run, name):
    line = ROOT / "examples" / name / "plimsoll.yaml"
    page = write_report(run, line)
    gate = run("gate", line, "--no-record", "--json")
    expected = json.loads(gate.stdout)
    assert island_of(page)["gate"] == expected
    assert len(page.encode()) < SIZE_BYTES_MAX


def test_the_page_asks_for_nothing_and_its_policy_names_what_is_in_it(project, run):
    project()
    page = write_report(run, "plimsoll.yaml")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for directive, tag in (("script-src", "script"), ("style-src", "style")):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(body) == 1
        digest = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    head = page.split('id="data">')[0]
    assert not re.search(r"<(?:link|img|iframe|object|base)\b|\ssrc=|\shref=|@import|url\(", head, re.IGNORECASE)


def test_a_gate_writes_its_report_and_keeps_its_exit_code(project, run):
    project()
    result = run("gate", "--report", "out.html", "--json")
    assert result.returncode == 0, result.stderr
    shown = json.loads(result.stdout)
    assert shown["ledger"]["block"] == 1
    assert island_of((run.folder / "out.html").read_text())["gate"] == shown
    project(limits="  - {metric: accuracy, min: 0.95}")
    assert run("gate", "--report", "out.html").returncode == 1
    assert island_of((run.folder / "out.html").read_text())["gate"]["verdict"] == "no_ship"


def test_a_report_records_nothing(project, run):
    project()
    page = write_report(run, "plimsoll.yaml")
    assert island_of(page)["gate"]["ledger"] is None
    assert not (run.folder / ".plimsoll").exists()


def test_a_report_that_cannot_be_written_is_an_error(project, run):
    project()
    assert "nowhere" in run.fails("report", "-o", "nowhere/out.html")
    assert "nowhere" in run.fails("gate", "--no-record", "--report", "nowhere/out.html")


def test_cells_hold_every_decision_once(project, run):
    project()
    cells = island_of(write_report(run, "plimsoll.yaml"))["cells"]
    assert sum(cells["counts"]) == 800
    assert sum(cells["runs"]["counts"]) == 800
    assert cells["runs"]["values"] == [0.1, 0.2, 0.8, 0.9]
    assert sum(cells["runs"]["sizes"]) == len(cells["runs"]["keys"])
    assert cells["decides"] is True
    assert "reduced_from" not in cells["runs"]


def test_where_a_column_decides_no_threshold_does(run):
    cells = island_of(write_report(run, ROOT / "examples" / "fraud" / "plimsoll.yaml"))["cells"]
    assert cells["decides"] is False


def test_text_of_the_data_is_escaped_and_reads_back_the_same(project, run):
    group = "</script><!--<b>&\u2028\u2029\u202eabc\u200f\u2066x\u2069"
    folder = project()
    rows = "".join(f'"{group}",{i % 2},{i % 2}\n' for i in range(60))
    (folder / "decisions.csv").write_text("team,label,score\n" + rows, encoding="utf-8")
    page = write_report(run, "plimsoll.yaml")
    data = re.search(r'id="data">(.*?)</script', page, re.DOTALL).group(1)
    assert not re.search("[<>&\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f]", data)
    assert island_of(page)["cells"]["segments"][0]["groups"] == [group]


def test_very_many_cases_are_left_out_from_the_best_end_and_counted(project, run):
    groups = 110
    folder = project(limits="  - {metric: selection_rate, min_ratio: 0.8, by: team}")
    rows = [f"g{g},{i % 2},{0.9 if i < 20 + g % 20 else 0.1}\n" for g in range(groups) for i in range(40)]
    (folder / "decisions.csv").write_text("team,label,score\n" + "".join(rows))
    finding = island_of(write_report(run, "plimsoll.yaml"))["gate"]["findings"][0]
    whole = json.loads(run("gate", "--no-record", "--json").stdout)["findings"][0]
    assert len(whole["cases"]) == groups * (groups - 1) // 2
    assert len(finding["cases"]) < len(whole["cases"])
    assert finding["cases"] == whole["cases"][: len(finding["cases"])]
    assert finding["cases_omitted"] == len(whole["cases"]) - len(finding["cases"])
    assert "cases_omitted" not in whole
