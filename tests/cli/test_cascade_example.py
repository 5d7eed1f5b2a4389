"""The example of a cascade: its page shows what the program prints, its data are what its generator writes, and the
fit that it tells to write is one."""

import json
import pathlib
import re
import runpy
import shutil

import pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cascade"


def test_the_page_shows_what_the_program_prints(run):
    pages.check(run, "examples/cascade/README.md", codes=(0,))


def test_the_commands_on_the_page_run(run):
    pages.copy_examples(run)
    commands = re.findall(r"^    plimsoll (.*)$", (EXAMPLE / "README.md").read_text(), re.M)
    assert len(commands) == 1
    run.good(*commands[0].split())
    fit = json.loads((run.folder / "examples" / "cascade" / "small.fit.json").read_text())
    assert fit["plimsoll_fit"] == 1
    assert fit["chosen"]["deliver_at"] == {"small": 0.83, "large": 0}


def test_what_the_page_says_cannot_be_shown_is_not(run):
    pages.copy_examples(run)
    files = ["examples/cascade/plimsoll.yaml", "examples/cascade/labelled.csv"]
    result = run("route", "fit", *files, "--quality", "97%", "-o", "fit.json")
    assert result.returncode == 1
    assert "No thresholds: not even of `large` alone" in result.stdout
    assert not (run.folder / "fit.json").exists()


def test_the_route_on_the_page_is_that_of_the_line():
    block = re.search(r"```yaml\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.S).group(1)
    assert block in (EXAMPLE / "plimsoll.yaml").read_text()


def test_the_data_are_what_the_generator_writes(tmp_path):
    shutil.copy(EXAMPLE / "generate.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    assert (tmp_path / "labelled.csv").read_bytes() == (EXAMPLE / "labelled.csv").read_bytes()
