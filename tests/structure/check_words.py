"""Does the tree say anything that belongs to one machine only, or that was left behind? Addresses
outside a short list, paths of a home folder, notes to oneself, tabs and stray blanks.
"""

import re
import subprocess
from pathlib import Path

import source

# Documents, standards and reserved names that the text may point to.
HOSTS_ALLOWED = re.compile(
    r"(^|\.)(example|internal|invalid|test|localhost)$|(^|\.)example\.(org|com|net)$"
    r"|^127\.0\.0\.1$|^\[::1\]$|^10\.0\.0\.[12]$"
    r"|^(www\.)?(apache|docs\.oasis-open|json-schema|doi|w3|ietf|rfc-editor|jstor|arxiv|yaml|duckdb|propublica"
    r"|scikit-learn|fairlearn|editorconfig|opensource|jsonlines|semver)\.org$"
    r"|(^|\.)(github\.com|readthedocs\.io|wikipedia\.org|projecteuclid\.org)$"
)
ADDRESS = re.compile(r"\bhttps?://(\[[^\]]*\]|[\w.-]+)")
SERVICE = re.compile(r"\b(?:registry|mirror|proxy|repo|repo1|deb|security|files|static|index)"
                     r"\.[a-z][\w-]*\.(?:org|com|net|io)\b")  # fmt: skip
HOME = re.compile(r"(?:^|[^\w./-])/(?:home|Users|root)/\w")
# Written apart, so that the check does not find itself.
NOTE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|\b[Ii]ssues? #?\d+\b")

# Texts that are what they are: the licence, hashes, data, and cases that are wrong on purpose.
SKIPPED = re.compile(
    r"^(LICENSE|third_party\.lock|fuzz/corpus/.*|tests/(data|unit/\w+/bad)/.*)$|package-lock\.json$"
)
TEXT_SUFFIXES = {
    "", ".c", ".h", ".py", ".sh", ".md", ".txt", ".yaml", ".yml", ".json", ".build", ".supp", ".in",
    ".1", ".5", ".7",
}  # fmt: skip
TABS_MATTER = {".c", ".h", ".py", ".build", ".yaml", ".sh"}
FILE_BYTES_MAX = 2 * 1024 * 1024


def tracked(root):
    """What git tracks or would track; in a tree without git, all but what builds leave behind."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode == 0:
        return sorted(root / name for name in result.stdout.decode().split("\0") if name)
    left_behind = re.compile(r"^(\.git|build.*|third_party|node_modules|__pycache__|\.plimsoll)$")
    return sorted(
        p for p in root.rglob("*")
        if p.is_file() and not any(left_behind.match(x) for x in p.relative_to(root).parts[:-1])
    )  # fmt: skip


def machine_pattern(root):
    """The folder that this very clone stands in, which no file should name; or None."""
    top = Path(root).parts[1:2]
    if not top or top[0] in {"home", "root", "tmp", "usr", "opt", "srv", "var", "mnt", "Users"}:
        return None
    return re.compile(r"(?:^|[^\w./-])/" + re.escape(top[0]) + r"/\w")


def line_findings(line, suffix, machine):
    """What is wrong with one line."""
    for host in ADDRESS.findall(line):
        if not HOSTS_ALLOWED.search(host.rstrip(".").lower()):
            yield f"the address of {host} is not on the list of documents"
    if match := SERVICE.search(line):
        yield f"names the host of a service, {match.group()}"
    if HOME.search(line) or (machine and machine.search(line)):
        yield "names a path of somebody's machine"
    if match := NOTE.search(line):
        yield f"a note to oneself or to a tracker: {match.group()}"
    if suffix in TABS_MATTER and "\t" in line:
        yield "a tab; indent with spaces"
    if suffix != ".md" and line != line.rstrip():
        yield "blanks at the end of the line"


def find(root):
    machine = machine_pattern(root)
    for path in tracked(root):
        name = path.relative_to(root).as_posix()
        if SKIPPED.search(name) or not path.is_file():
            continue
        if path.stat().st_size > FILE_BYTES_MAX:
            yield path, 1, f"over {FILE_BYTES_MAX} bytes; such data is made by a script, not kept"
        if path.suffix not in TEXT_SUFFIXES:
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError as error:
            yield path, 1, f"not UTF-8 at byte {error.start}"
            continue
        for number, line in enumerate(text.split("\n"), 1):
            for message in line_findings(line, path.suffix, machine):
                yield path, number, message
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "no newline at the end of the file"


if __name__ == "__main__":
    source.main("words", find)
