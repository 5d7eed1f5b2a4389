"""What the report holds besides its verdict: fairness, classes, the quality of the source, provenance."""

import json
import re

import pytest
from conftest import ROOT

RECIDIVISM = ROOT / "examples" / "recidivism" / "plimsoll.yaml"


def island(run, line, *options):
    run.good("report", line, "-o", "out.html", *options)
    page = (run.folder / "out.html").read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script', page, re.DOTALL).group(1))


def test_fairness_is_that_of_the_audit_with_the_references_of_the_limits(run):
    part = island(run, RECIDIVISM)["fairness"]
    audit = run.json("audit", RECIDIVISM, "--fairness", "--reference", "race=Caucasian", "--json")
    assert len(part["groupings"]) == 6
    assert part == audit["fairness"]


def test_a_crossing_of_very_many_groups_is_not_compared_and_counted(project, run):
    folder = project(limits="  - {metric: accuracy, min: 0.5}")
    rows = [f"g{g},{i % 2},{0.9 if i % 3 else 0.1}\n" for g in range(101) for i in range(40)]
    (folder / "decisions.csv").write_text("team,label,score\n" + "".join(rows))
    part = island(run, "plimsoll.yaml")
    assert "fairness" not in part
    assert part["fairness_left_out"] == 1


CLASSES = """plimsoll: 1
feature: intents
title: Intents
owner: team@example.org
risk: {severity: low, reversibility: full}
data:
  decisions: intents.csv
  task: multiclass
  columns: {label: label, prediction: answer}
  segments: {lang: lang}
limits:
  - {metric: accuracy, min: 0.5, by: lang}
"""


def write_classes(folder, names):
    lines = ["lang,label,answer"]
    for i in range(600):
        label = names[i % len(names)]
        answer = label if i % 7 else names[(i * 3 + 1) % len(names)]
        lines.append(f"{'en' if i % 3 else 'hi'},{label},{answer}")
    (folder / "intents.csv").write_text("\n".join(lines) + "\n")
    (folder / "intents.yaml").write_text(CLASSES)
    return "intents.yaml"


def test_classes_have_their_confusions_and_measures_of_their_own(run):
    line = write_classes(run.folder, ["refund", "cancel", "other (none)"])
    part = island(run, line)
    audit = run.json("audit", line, "--confusion", "--metrics", "precision(refund),recall(refund)", "--json")
    assert part["confusion"] == audit["confusion"]
    assert {tuple(one["slice"].items()) for one in part["confusion"]["slices"]} == {(("lang", "en"),), (("lang", "hi"),)}
    for measure in ("precision", "recall"):
        mine = next(one for one in part["classes"] if one["class"] == "refund" and one["measure"] == f"{measure}(CLASS)")
        theirs = audit["overall"]["measures"][f"{measure}(refund)"]
        assert {key: mine[key] for key in theirs} == theirs


def test_matrices_of_slices_are_left_out_where_they_would_fill_the_page(run):
    line = write_classes(run.folder, [f"c{i}" for i in range(330)])
    part = island(run, line)["confusion"]
    assert len(part["counts"]) == 330
    assert "slices" not in part


SOURCE = """plimsoll: 1
feature: source
title: Source
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: source.csv
  columns: {{label: label, score: score{id}}}
  threshold: 0.5
  segments: {{team: team}}
  {where}
limits:
  - {{metric: accuracy, min: 0.1}}
"""


def write_source(folder, identified=False, where=""):
    rows = ["1,A,1,0.9,", "2,A,1,0.9,x", "3,,0,0.2,", "3,B,0,0.2,y", "4,B,1,0.7,z", "4,B,1,0.7,z", "4,B,1,0.7,z", "5,C,0,,"]
    (folder / "source.csv").write_text("no,team,label,score,note\n" + "\n".join(rows) + "\n")
    text = SOURCE.format(id=", id: no" if identified else "", where=f"where: {where}" if where else "")
    (folder / "source.yaml").write_text(text)
    return "source.yaml"


def test_missing_values_and_equal_rows_of_the_source_are_counted(run):
    quality = island(run, write_source(run.folder))["quality"]
    assert quality["rows"] == 8
    assert {one["name"]: one["missing"] for one in quality["columns"]} == {"no": 0, "team": 1, "label": 0, "score": 1, "note": 3}
    assert {one["name"]: one["role"] for one in quality["columns"]} == {"no": "", "team": "segment", "label": "label", "score": "score", "note": ""}
    assert quality["repeated_rows"] == 2
    assert "repeated_ids" not in quality


def test_equal_ids_are_counted_where_the_line_names_an_id(run):
    quality = island(run, write_source(run.folder, identified=True))["quality"]
    assert (quality["id"], quality["repeated_ids"]) == ("no", 3)


def test_the_source_is_looked_at_as_far_as_the_line_takes_it(run):
    quality = island(run, write_source(run.folder, where="team = 'A'"))["quality"]
    assert (quality["rows"], quality["repeated_rows"]) == (2, 0)


def test_a_slice_of_a_launch_has_no_quality_of_the_whole_source(run):
    line = ROOT / "examples" / "languages" / "plimsoll.yaml"
    part = island(run, line, "--slice", "language=hi")
    assert part["gate"]["slice"] == {"language": "hi"}
    assert "quality" not in part


def test_the_line_and_the_hashes_say_what_was_read_by_what(run):
    part = island(run, RECIDIVISM)["provenance"]
    assert part["line"] == RECIDIVISM.read_text()
    assert re.fullmatch("[0-9a-f]{64}", part["binary_hash"])
    assert re.fullmatch("[0-9a-f]{64}", part["figures_hash"])


@pytest.mark.parametrize("options", [(), ("--report", "out.html")])
def test_the_figures_of_a_verdict_are_the_same_with_and_without_a_report(project, run, options):
    project()
    run("gate")
    run("gate", *options)
    records = run.json("ledger", "show", "--kind", "verdict", "--json")
    hashes = [record["figures_hash"] for record in find_bodies(records)]
    assert len(hashes) == 2
    assert hashes[0] == hashes[1]


def find_bodies(value):
    """Every object with the hash of figures, wherever the listing keeps it."""
    if isinstance(value, dict):
        if "figures_hash" in value:
            return [value]
        value = list(value.values())
    return [body for one in value if isinstance(one, (dict, list)) for body in find_bodies(one)]
