"""The checks of the structure can fail: each is given a small tree with one thing wrong in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import check_headers
import check_layers
import check_shape
import check_words
import source

ROOT = Path(__file__).parents[2]
GOOD_HEADER = "/* A thing. */\n#ifndef A_H\n#define A_H\n\n#include <stdint.h>\n\nuint32_t a(void);\n\n#endif\n"


def tree(folder, files):
    for name, text in {"src/base/a.h": GOOD_HEADER, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def messages(check, root):
    return [f"{path.relative_to(root)}:{line}: {message}" for path, line, message in check.find(root)]


def function(body, head="static int f(void)"):
    return f"/* A thing. */\n{head}\n{{\n{body}}}\n"


@pytest.mark.parametrize("check", [check_layers, check_shape, check_headers, check_words])
def test_a_sound_tree_has_no_findings(tmp_path, check):
    tree(tmp_path, {"src/line/b.c": '/* B. */\n#include "base/a.h"\n#include "line/b.h"\n',
                    "src/line/b.h": GOOD_HEADER.replace("A_H", "B_H")})  # fmt: skip
    assert messages(check, tmp_path) == []


@pytest.mark.parametrize(
    "check, name, text, line, words",
    [
        (check_layers, "src/base/b.c", '/* B. */\n#include "line/line.h"\n', 2, "base must not use line"),
        (check_layers, "src/line/b.c", '/* B. */\n  #  include "stats/x.h"\n', 2, "line must not use stats"),
        (check_layers, "src/ledger/b.h", '/* B. */\n#include "measure/x.h"\n', 2, "must not use measure"),
        (check_layers, "src/report/b.c", '/* B. */\n#include "a.h"\n', 2, "names no layer"),
        (check_layers, "src/report/b.c", '/* B. */\n#include "base/no.h"\n', 2, "is not there"),
        (check_layers, "src/attic/b.c", "/* B. */\n", 1, "no layer of the table"),
        (check_layers, "src/b.c", "/* B. */\n", 1, "no layer of the table"),
        (check_layers, "src/line/b.c", "/* B. */\n#include <curses.h>\n", 2, "known third party"),
        (check_layers, "src/line/b.h", "/* B. */\n#include <libfyaml.h>\n", 2, "in a header"),
        (check_layers, "src/base/b.c", "/* B. */\n#include <jansson.h>\n", 2, "the C library only"),
        (check_headers, "src/line/b.h", "/* B. */\nuint32_t b(void);\n", 1, "compile alone"),
        (check_headers, "src/line/b.h", "/* B. */\nstruct b { int c; };\n", 1, "compile alone"),
        (check_shape, "src/line/b.c", "int b;\n", 1, "opens without a comment"),
        (check_shape, "src/line/b.c", function("    printf(1);\n"), 4, "printf"),
        (check_shape, "src/line/b.c", function("    fprintf(stderr, 1);\n"), 4, "stderr"),
        (check_shape, "src/line/b.c", function("    exit(1);\n"), 4, "exit"),
        (check_shape, "src/line/b.c", function("    abort();\n"), 4, "abort"),
        (check_shape, "src/stats/b.c", function("    malloc(1);\n"), 4, "malloc"),
        (check_shape, "src/line/b.c", function("    f();\n" * 98), 2, "a function of 101 lines"),
        (check_shape, "src/line/b.c", function("", "static int f(int a, int b, int c, int d, int e, int g)"), 2,
         "6 parameters"),
        (check_shape, "src/line/b.c", function("", "int f(void)"), 2, "begins with pl_"),
        (check_shape, "src/line/b.c", "/* B. */\n" + "\n" * 800, 801, "at most 800"),
        (check_shape, "src/line/b.h", "/* B. */\n" + "\n" * 300, 301, "at most 300"),
        (check_words, "docs/b.md", "See https:/" "/downloads.vendor.net/x.\n", 1, "downloads.vendor.net"),
        (check_words, "docs/b.md", "It is at /ho" "me/somebody/x.\n", 1, "somebody's machine"),
        (check_words, "src/line/b.c", "/* TO" "DO */\n", 1, "a note to oneself"),
        (check_words, "src/line/b.c", "/* B. */\n\tint b;\n", 2, "a tab"),
        (check_words, "src/line/b.c", "/* B. */ \n", 1, "blanks at the end"),
        (check_words, "src/line/b.c", "/* B. */", 1, "no newline"),
        (check_words, "docs/b.md", b"caf\xe9\n", 1, "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_where_it_is(tmp_path, check, name, text, line, words):
    found = messages(check, tree(tmp_path, {name: text}))
    assert len(found) == 1, found
    assert found[0].startswith(f"{name}:{line}: ") and words in found[0]


def test_a_third_party_header_is_for_one_file(tmp_path):
    text = "/* B. */\n#include <sodium.h>\n"
    found = messages(check_layers, tree(tmp_path, {"src/ledger/b.c": text, "src/ledger/c.c": text}))
    assert found == ["src/ledger/c.c:2: <sodium.h> is included by src/ledger/b.c already; one .c file only"]


def test_the_table_of_the_architecture_is_that_of_the_check():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `src/(\w+)/` \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    assert {folder for folder, _ in rows} == {p.name for p in (ROOT / "src").iterdir() if p.is_dir()}
    for folder, may_use in rows:
        named = [] if may_use == "the C library" else may_use.split(", ")
        if may_use == "all":
            assert {name for name, _ in rows} - {folder} <= set(check_layers.BELOW[folder])
            continue
        assert sorted(named) == sorted(check_layers.BELOW[folder]), folder


def test_the_architecture_names_what_is_there():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = set(re.findall(r"`((?:src|tests|fuzz|bench|tools|script)/[\w./-]*)`", text))
    assert len(paths) > 30
    assert sorted(p for p in paths if not (ROOT / p).exists()) == []


def test_long_functions_are_found_together(tmp_path):
    body = "    f();\n" * 60
    text = "/* B. */\n" + "\n".join(f"int pl_{i}(void)\n{{\n{body}}}\n" for i in range(10))
    assert any("one function in ten" in m for m in messages(check_shape, tree(tmp_path, {"src/line/b.c": text})))


def test_a_public_name_is_given_once(tmp_path):
    text = function("", "int pl_f(void)")
    found = messages(check_shape, tree(tmp_path, {"src/cli/b.c": text, "src/line/c.c": text}))
    assert found == ["src/line/c.c:2: pl_f is defined by b.c of cli already"]


def test_talk_in_comments_strings_and_members_is_no_talk(tmp_path):
    body = '    /* printf(1) */ f("exit(1) \\" abort()"); table->exit(1); table.abort(); // stderr\n'
    assert messages(check_shape, tree(tmp_path, {"src/line/b.c": function(body)})) == []


def test_attributes_are_no_part_of_a_head(tmp_path):
    head = "__attribute__((format(printf, 1, 2)))\nPL_MUST_CHECK PL_FORMAT(1, 2) static int f(void)"
    assert messages(check_shape, tree(tmp_path, {"src/line/b.c": function("", head)})) == []


def test_the_program_itself_may_talk(tmp_path):
    text = function("    printf(1);\n    exit(1);\n")
    assert messages(check_shape, tree(tmp_path, {"src/cli/b.c": text})) == []


@pytest.mark.parametrize(
    "head, count",
    [
        ("int f(void)", 0),
        ("int f(int a)", 1),
        ("int f(int a, int (*b)(int, int), int c)", 3),
        ("static void f(struct a *a, const char *format, ...)", 1),
        ("int f(int a, int b, struct pl_error *error)", 2),
        ("int f(int a, struct pl_error *error, const char *format, ...)", 1),
        ("int f(struct pl_error *error)", 0),
    ],
)
def test_parameters_are_counted(head, count):
    assert source.parameters(head) == count


def test_a_check_exits_1_when_it_finds_something(tmp_path):
    tree(tmp_path, {"src/base/b.c": '/* B. */\n#include "cli/main.h"\n'})
    check = Path(__file__).parent / "check_layers.py"
    result = subprocess.run([sys.executable, check, tmp_path], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "src/base/b.c:2: base must not use cli" in result.stdout
