"""What the structure checks share: finding source files, reading C without its comments and
literals, and reporting. A finding is (file, line, what is wrong); a check prints them and exits 1.
"""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')

# A comment, a string or a character: each may look like one of the others inside.
NOT_CODE = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.DOTALL | re.VERBOSE
)

# What may stand around a function head: attributes, and macros for them.
DECORATION = re.compile(r"__attribute__\s*\(\(.*?\)\)+|\bPL_[A-Z_]+\b(?:\([^()]*\))?")


def c_files(root, *folders, suffixes=(".c", ".h")):
    """The C files of some folders of the tree, in a stable order."""
    found = []
    for folder in folders:
        found += [p for p in (root / folder).rglob("*") if p.suffix in suffixes and p.is_file()]
    return sorted(found)


def code_only(text):
    """C text with comments and literals blanked; every line keeps its number and length."""

    def blank(match):
        inside = match.group()
        if inside.startswith("/"):
            return re.sub(r"[^\n]", " ", inside)
        return inside[0] + " " * (len(inside) - 2) + inside[-1]

    return NOT_CODE.sub(blank, text)


def includes(path):
    """The includes of a file, as (line number, is it in quotes, what it names)."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match.group(1) == '"', match.group(2)


def functions(text):
    """The functions of a C text as (first line, last line, what stands before the body).

    It leans on the layout that clang-format keeps: a body opens and closes in the first column.
    """
    lines = code_only(text).splitlines()
    head, body_start = [], None
    for number, line in enumerate(lines, 1):
        if body_start is not None:
            if line.startswith("}"):
                yield body_start, number, DECORATION.sub("", " ".join(head)).strip()
                head, body_start = [], None
        elif line.startswith("{"):
            body_start = number - len(head)
        elif not line.strip() or line.startswith(("#", "}")) or line.rstrip().endswith(";"):
            head = []
        else:
            head.append(line.strip())


def parameters(head):
    """How many parameters a function head declares: `int f(int a, int (*b)(int, int))` has two.
    The error that every fallible function takes last does not count, nor do a format and its `...`.
    """
    depth, found = 0, [""]
    for character in head[head.find("(") :]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            break
        if character == "," and depth == 1:
            found.append("")
        else:
            found[-1] += character
    if found[-1].strip() == "...":
        found = found[:-2]
    if found and "struct pl_error *" in found[-1]:
        found = found[:-1]
    return sum(1 for x in found if x.strip("( ") not in ("", "void"))


def report(check, root, findings):
    """Prints what a check found, and is its exit status."""
    for path, line, message in findings:
        print(f"{Path(path).relative_to(root)}:{line}: {message}")
    print(f"{check}: {len(findings)} finding(s)")
    return 1 if findings else 0


def main(check, find):
    """The command line of every check: the root of the tree, else the tree it stands in."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    sys.exit(report(check, root, list(find(root))))
