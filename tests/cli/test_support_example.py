"""The example of a support assistant: its page shows what the program prints, and its cases what its generator writes."""

import pathlib
import re
import runpy
import shutil

import pages

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "support"


def test_the_page_shows_what_the_program_prints(run):
    shutil.copytree(EXAMPLE, run.folder / "examples" / "support", ignore=shutil.ignore_patterns(".plimsoll"))
    for arguments, text in pages.shown("examples/support/README.md"):
        result = run(*arguments, env={"COLUMNS": "100"})
        assert result.returncode == 0, result.stderr
        assert result.stdout.startswith(text), result.stdout


def test_the_suite_on_the_page_is_that_of_the_line():
    block = re.search(r"```yaml\n(.*?)```", (EXAMPLE / "README.md").read_text(), re.S).group(1)
    assert block in (EXAMPLE / "plimsoll.yaml").read_text()


def test_the_cases_are_what_the_generator_writes(tmp_path):
    shutil.copy(EXAMPLE / "generate.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate.py"), run_name="__main__")
    assert (tmp_path / "golden.jsonl").read_bytes() == (EXAMPLE / "golden.jsonl").read_bytes()
