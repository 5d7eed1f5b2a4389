"""The example that may not ship without its card: the page's commands are run in their order, in one folder, and
print what stands there. `…` stands for the start of a hash."""

import re
import shlex

import pages

PAGE = pages.ROOT / "examples" / "card" / "README.md"
STEP = re.compile(r"<!-- (output of: plimsoll|change:) (.*?) -->\n(?:```\n(.*?)```)?", re.S)


def test_the_page_shows_what_the_commands_print_one_after_the_other(run):
    pages.copy_examples(run)
    codes = []
    for kind, command, text in STEP.findall(PAGE.read_text()):
        if kind == "change:":
            words, path = re.fullmatch(r'echo "(.*)" >>(.*)', command).groups()
            with (run.folder / path).open("a") as file:
                file.write(words + "\n")
            continue
        result = run(*shlex.split(command), env={"COLUMNS": "100"})
        assert result.returncode in (0, 1), result.stderr
        expected = "[0-9a-f]{12}".join(re.escape(part) for part in text.split("…"))
        assert re.search("^" + expected, result.stdout, re.M), f"{command}\n{result.stdout}"
        codes.append((command.split()[0], result.returncode))
    assert codes == [("gate", 1), ("card", 0), ("gate", 0), ("card", 0), ("card", 1), ("gate", 1), ("card", 0),
                     ("ledger", 0)]  # fmt: skip


def test_the_lines_on_the_page_are_those_of_the_line():
    block = re.search(r"```yaml\n(.*?)```", PAGE.read_text(), re.S).group(1)
    assert block in (PAGE.parent / "plimsoll.yaml").read_text()
