"""Fixtures for the tests that drive the program: where it is, a clean environment, and small data.

The program is the one that the environment variable PLIMSOLL names, else build/plimsoll.
"""

import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("PLIMSOLL", str(ROOT / "build" / "plimsoll"))
TIMEOUT_SECONDS = 120

# What could change how output looks is taken out; each test puts in what it is about.
UNWANTED = ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LANG", "LC_ALL", "LC_CTYPE", "COLORTERM")


class Runner:
    """Runs the program in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder

    def environment(self, **extra):
        clean = {key: value for key, value in os.environ.items() if key not in UNWANTED}
        clean["LC_ALL"] = "C.UTF-8"
        clean.update(extra)
        return clean

    def command(self, *arguments):
        return [PROGRAM, *(str(argument) for argument in arguments)]

    def __call__(self, *arguments, env=None, stdout=subprocess.PIPE, cwd=None):
        return subprocess.run(
            self.command(*arguments),
            cwd=cwd or self.folder,
            env=self.environment(**(env or {})),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def good(self, *arguments, **options):
        """Runs, and expects success."""
        result = self(*arguments, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def json(self, *arguments, code=0, **options):
        """Runs, expects an exit code and one JSON value on stdout, and gives the value."""
        result = self(*arguments, **options)
        assert result.returncode == code, result.stderr
        assert result.stderr == ""
        return json.loads(result.stdout)

    def fails(self, *arguments, code=2, **options):
        """Runs, expects one line of error and nothing on stdout, and gives the line."""
        result = self(*arguments, **options)
        assert result.returncode == code, result.stdout + result.stderr
        assert not result.stdout
        assert result.stderr.startswith("plimsoll: ")
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr


@pytest.fixture
def run(tmp_path):
    assert os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not there: build it, or set PLIMSOLL"
    return Runner(tmp_path)


def rows_of(group, label, score, count):
    return [(group, label, score)] * count


# Two groups of 400 decisions: both are right in 80 %, and err in different ways.
#            TP                          FN                          FP                        TN
DECISIONS = (
    rows_of("A", 1, 0.9, 150) + rows_of("A", 1, 0.2, 50) + rows_of("A", 0, 0.8, 30) + rows_of("A", 0, 0.1, 170)
    + rows_of("B", 1, 0.9, 150) + rows_of("B", 1, 0.2, 50) + rows_of("B", 0, 0.8, 30) + rows_of("B", 0, 0.1, 170)
)


def csv_of(rows, separator=","):
    lines = [separator.join(("team", "label", "score"))]
    lines += [separator.join(str(value) for value in row) for row in rows]
    return "\n".join(lines) + "\n"


LINE = """plimsoll: 1
feature: test-feature
title: A test feature
owner: team@example.org
risk: {{severity: low, reversibility: full}}
data:
  decisions: {decisions}
  columns: {{label: label, score: score}}
  segments: {{team: team}}
limits:
{limits}
evidence: {{seed: 7}}
release:
  allow: [ship, ship_with_monitoring]
"""

KEPT = "  - {metric: accuracy, min: 0.7}\n  - {metric: false_positive_rate, max_difference: 0.2, by: team}"
CROSSED = "  - {metric: accuracy, min: 0.95}\n  - {metric: accuracy, min: 0.7}"
UNPROVEN = "  - {metric: accuracy, min: 0.8}"


@pytest.fixture
def project(run):
    """A folder with data and a line whose limits are kept; call it to write others."""

    def write(limits=KEPT, rows=DECISIONS, decisions="decisions.csv", line=LINE):
        (run.folder / "decisions.csv").write_text(csv_of(rows))
        (run.folder / "plimsoll.yaml").write_text(line.format(limits=limits, decisions=decisions))
        return run.folder

    write()
    return write


@pytest.fixture(scope="session")
def schema():
    """Validates against a schema of docs/reference."""
    jsonschema = pytest.importorskip("jsonschema")
    referencing = pytest.importorskip("referencing")
    documents = {path.name: json.loads(path.read_text()) for path in (ROOT / "docs" / "reference").glob("*.json")}
    registry = referencing.Registry().with_resources(
        (name, referencing.Resource.from_contents(document)) for name, document in documents.items())

    def validate(name, value):
        document = documents[name]
        jsonschema.Draft202012Validator.check_schema(document)
        jsonschema.Draft202012Validator(document, registry=registry).validate(value)

    return validate
