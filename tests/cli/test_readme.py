"""The README shows real output: what stands there is what the program prints."""

import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))


def test_the_output_in_the_readme_is_what_the_gate_prints(tmp_path):
    readme = (ROOT / "README.md").read_text()
    shown = re.search(r"<!-- output of: plimsoll (.*?) -->\n```\n(.*?)```", readme, re.S)
    command, text = shown.group(1).split(), shown.group(2)
    assert len(text.splitlines()) > 10

    shutil.copytree(ROOT / "examples", tmp_path / "examples",
                    ignore=shutil.ignore_patterns(".plimsoll"))
    run = subprocess.run([PROGRAM, *command], cwd=tmp_path, capture_output=True, text=True,
                         env=dict(os.environ, COLUMNS="100", LC_ALL="C.UTF-8", NO_COLOR="1"))
    assert run.returncode == 1
    assert run.stdout.startswith(text)


def test_every_file_the_readme_links_to_is_there():
    readme = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#]+)\)", readme)
    assert links
    for link in links:
        if "://" not in link:
            assert (ROOT / link).exists(), link


def test_every_command_the_readme_names_exists():
    readme = (ROOT / "README.md").read_text()
    commands = set(re.findall(r"build/plimsoll ([a-z]+(?: verify)?)", readme))
    assert {"init", "check", "gate", "audit", "ledger verify"} <= commands
    for command in commands:
        run = subprocess.run([PROGRAM, *command.split(), "--help"], capture_output=True, text=True)
        assert run.returncode == 0, command
