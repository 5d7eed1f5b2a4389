"""How output looks: colour, the locale, the width of the screen, and checked writes."""

import os
import pty
import subprocess

import pytest
from conftest import CROSSED

ESCAPE = "\x1b["


@pytest.mark.parametrize(
    "arguments, env, coloured",
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        (["--color=never"], {"CLICOLOR_FORCE": "1"}, False),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "0"}, False),
        ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_those_who_want_it(project, run, arguments, env, coloured):
    assert (ESCAPE in run("gate", *arguments, env=env).stdout) is coloured


def test_colour_may_be_asked_for_before_the_command(project, run):
    assert ESCAPE in run("--color", "always", "gate").stdout


def on_a_terminal(run, arguments, **env):
    """Runs with stdout on a terminal, and gives what it got."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        run.command(*arguments), cwd=run.folder, env=run.environment(TERM="xterm", **env), stdout=follower
    )
    os.close(follower)
    output = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        output += part
    os.close(leader)
    process.wait(timeout=60)
    return output.decode()


def test_a_terminal_gets_colour_unless_it_says_no(project, run):
    assert ESCAPE in on_a_terminal(run, ["gate"])
    assert ESCAPE not in on_a_terminal(run, ["gate"], NO_COLOR="1")
    assert "\x1b[38;2;" in on_a_terminal(run, ["gate"], COLORTERM="truecolor")


def test_json_is_never_coloured(project, run):
    assert ESCAPE not in run("--color", "always", "gate", "--json").stdout


@pytest.mark.parametrize("arguments", [["gate"], ["check", "--explain"], ["help"], ["ledger", "verify"]])
def test_a_locale_without_utf8_gets_ascii(project, run, arguments):
    run("gate")
    text = run(*arguments, env={"LC_ALL": "C"}).stdout
    assert text and text.isascii()


def test_the_state_is_never_colour_alone(project, run):
    project(CROSSED)
    assert run("gate", env={"LC_ALL": "C"}).stdout.startswith("x NO SHIP")


@pytest.mark.parametrize("columns", [60, 80])
def test_text_is_as_narrow_as_the_screen(project, run, columns):
    text = run("gate", env={"COLUMNS": str(columns)}).stdout
    assert max(len(line) for line in text.splitlines()) <= columns


@pytest.mark.parametrize("arguments", [["--version"], ["help"], ["check"], ["check", "--schema"], ["measures"]])
def test_output_that_cannot_be_written_is_an_error(project, run, arguments):
    with open("/dev/full", "w") as full:
        result = run(*arguments, stdout=full)
    assert result.returncode == 2
    assert result.stderr.startswith("plimsoll: ") and result.stderr.count("\n") == 1
