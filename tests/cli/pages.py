"""The output that a page of the manual shows: which command it is of, and what stands there."""

import re
import shlex
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOWN = re.compile(r"<!-- output of: plimsoll (.*?) -->\n```\n(.*?)```", re.S)


def shown(page):
    """(arguments, text) for each output that the page shows."""
    return [(shlex.split(command), text) for command, text in SHOWN.findall((ROOT / page).read_text())]


def copy_examples(run):
    shutil.copytree(ROOT / "examples", run.folder / "examples", dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns(".plimsoll"))  # fmt: skip


def check(run, page, codes=(0, 1)):
    """Every output on the page is a part, whole lines, of what the program prints."""
    outputs = shown(page)
    assert outputs, page
    copy_examples(run)
    for arguments, text in outputs:
        result = run(*arguments, env={"COLUMNS": "100"})
        assert result.returncode in codes, result.stderr
        assert len(text.splitlines()) > 5, arguments
        assert "\n" + text in "\n" + result.stdout, f"{page}: {arguments}\n{result.stdout}"
