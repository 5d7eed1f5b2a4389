"""Help, usage errors, and what is generated from the table of options."""

import re
import shutil
import subprocess

import pytest
from conftest import ROOT

COMMANDS = ["init", "check", "audit", "gate", "eval", "eval rate", "eval import", "threshold", "ledger verify", "ledger show", "ledger head", "key make", "key list", "key revoke", "measures", "help"]


def test_the_version_is_one_line(run):
    assert re.fullmatch(r"plimsoll \d+\.\d+\.\d+\n", run.good("--version"))


def test_the_overview_lists_every_command(run):
    text = run.good("help")
    assert run.good("--help") == text
    for command in COMMANDS:
        assert f"\n  {command} " in text


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(run, command):
    text = run.good(*command.split(), "--help")
    assert text.startswith(f"plimsoll {command} [OPTION…]")
    assert "Exit codes" in text and "--color WHEN" in text
    assert run.good("help", *command.split()) == text
    assert max(len(line) for line in text.splitlines() if not line.startswith("    ")) <= 100


def test_a_group_of_commands_explains_itself(run):
    assert "ledger verify" in run.good("ledger", "--help")


def test_help_wins_over_a_missing_argument(run):
    assert run.good("audit", "-h") == run.good("help", "audit")


def test_narrow_terminals_get_narrow_help(run):
    text = run.good("help", "check", env={"COLUMNS": "60"})
    assert max(len(line) for line in text.splitlines() if not line.startswith("    plimsoll")) <= 60


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "no command given; `plimsoll help` lists them"),
        (["gaet"], "unknown command `gaet`; did you mean `gate`?"),
        (["xyzzy"], "unknown command `xyzzy`; `plimsoll help` lists them"),
        (["ledger"], "verify, show, head or load"),
        (["ledger", "x"], "`plimsoll ledger` knows no `x`"),
        (["gate", "--formt", "json"], "unknown option `--formt`; did you mean `--format`?"),
        (["gate", "--format", "jsno"], "did you mean `json`?"),
        (["gate", "--format"], "`--format` needs a value"),
        (["gate", "--threads", "many"], "`--threads` is `many`; must be a whole number from 0 to 256"),
        (["gate", "a", "b"], "unexpected argument `b`"),
        (["audit"], "`plimsoll audit` needs DATA"),
        (["audit", "x.csv", "--confidence", "1"], "must be a number from 0.5 to 0.999999"),
        (["audit", "x.csv", "--label", "--score", "s"], "if that is the value, write `--label=--score`"),
        (["audit", "x.csv", "--score", "s", "--prediction", "p"], "not both"),
        (["audit", "x.csv", "--by", "a=a:3,2"], "must rise"),
        (["--nope"], "unknown option `--nope`"),
        (["completion", "tcsh"], "must be bash, zsh or fish"),
    ],
)
def test_usage_errors_say_what_is_wrong_and_not_the_help(run, arguments, words):
    error = run.fails(*arguments)
    assert words in error
    assert "Options" not in error


@pytest.mark.parametrize(
    "path, arguments",
    [
        ("docs/man/plimsoll.1", ["help", "--man"]),
        ("docs/reference/commands.md", ["help", "--markdown"]),
        ("completions/plimsoll.bash", ["completion", "bash"]),
        ("completions/plimsoll.zsh", ["completion", "zsh"]),
        ("completions/plimsoll.fish", ["completion", "fish"]),
    ],
)
def test_what_is_committed_agrees_with_the_table_of_options(run, path, arguments):
    assert (ROOT / path).read_text() == run.good(*arguments), f"run: plimsoll {' '.join(arguments)} > {path}"


def test_the_man_page_is_read_without_a_warning():
    man = shutil.which("groff")
    if man is None:
        pytest.skip("groff is not installed")
    page = ROOT / "docs" / "man" / "plimsoll.1"
    result = subprocess.run([man, "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=True)
    assert result.stderr == ""


def complete(run, words):
    """What bash offers for the last of the words."""
    script = f"""
source {ROOT}/completions/plimsoll.bash
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
_plimsoll
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    result = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, cwd=run.folder, env=run.environment()
    )
    assert result.stderr == ""
    return result.stdout.split()


def test_bash_completes_commands_options_choices_and_files(run):
    (run.folder / "plimsoll.yaml").write_text("")
    assert complete(run, ["plimsoll", "ga"]) == ["gate"]
    assert complete(run, ["plimsoll", "ledger", ""]) == ["verify", "show", "head", "load"]
    assert "--threads" in complete(run, ["plimsoll", "gate", "--th"])
    assert complete(run, ["plimsoll", "gate", "--format", "j"]) == ["json", "junit"]
    assert complete(run, ["plimsoll", "ledger", "show", "-f", ""]) == ["text", "json"]
    assert complete(run, ["plimsoll", "gate", "pl"]) == ["plimsoll.yaml"]


def test_the_list_of_measures_has_formulas_and_sources(run):
    measures = {measure["name"]: measure for measure in run.json("measures", "--json")}
    assert measures["true_positive_rate"]["alias"] == "recall"
    assert all(measure["formula"] and measure["source"] for measure in measures.values())
    assert "false_positive_rate" in run.good("measures")
    assert "| `accuracy` |" in run.good("measures", "-f", "markdown")
