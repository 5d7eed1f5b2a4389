"""The example of a fraud classifier against its incumbent: its page shows what the program prints, and its data what
its generator writes."""

import os
import pathlib
import re
import runpy
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))
EXAMPLE = ROOT / "examples" / "fraud"


def test_the_page_shows_what_the_gate_prints(tmp_path):
    page = (EXAMPLE / "README.md").read_text()
    command, shown = re.search(r"<!-- output of: plimsoll (.*?) -->\n```\n(.*?)```", page, re.S).groups()
    shutil.copytree(EXAMPLE, tmp_path / "examples" / "fraud")
    run = subprocess.run(
        [PROGRAM, *command.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=dict(os.environ, COLUMNS="100", LC_ALL="C.UTF-8", NO_COLOR="1"),
        check=False,
    )
    assert run.returncode == 1, run.stderr
    assert len(shown.splitlines()) > 20
    assert run.stdout.startswith(shown)


def test_the_lines_on_the_page_are_those_of_the_line():
    page = (EXAMPLE / "README.md").read_text()
    block = re.search(r"```yaml\n(.*?)```", page, re.S).group(1)
    assert block in (EXAMPLE / "plimsoll.yaml").read_text()


def test_the_data_are_what_the_generator_writes(tmp_path):
    shutil.copy(EXAMPLE / "generate.py", tmp_path / "generate.py")
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    assert (tmp_path / "decisions.csv").read_text() == (EXAMPLE / "decisions.csv").read_text()
