"""Is the code of the shape that was agreed? Files and functions within their sizes, at most five
parameters, a comment at the top, public names of our own and each given once, and below the program
nothing that prints, exits or aborts.
"""

import re
import statistics

import source

FILE_LINES_MAX = {".c": 800, ".h": 300}
FUNCTION_LINES_MAX = 100
FUNCTION_LINES_P90_MAX = 50
PARAMETERS_MAX = 5

# Only these layers talk to a person or end the process.
MAY_TALK = {"cli", "gateway"}

TALKS = re.compile(
    r"(?<![\w.>])(printf|vprintf|puts|putchar|perror|psignal|syslog|exit|_exit|_Exit|quick_exit"
    r"|abort|err|errx|warn|warnx)\s*\(|(?<![\w.>])(stdout|stderr)\b"
)

# The numeric kernels allocate from a given arena and do no I/O.
KERNEL = "stats"
KERNEL_AVOIDS = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|free|fopen|open|read|write)\s*\(")


# What OpenSSL calls has the parameters that OpenSSL gives it.
IS_OF_OPENSSL = re.compile(r"^static \w+ \w+\(SSL \*ssl,")


def size_findings(path, text):
    lines = text.count("\n")
    most = FILE_LINES_MAX[path.suffix]
    if lines > most:
        yield path, most + 1, f"{lines} lines; at most {most}"
    if not text.startswith("/*"):
        yield path, 1, "opens without a comment that says what it is for"


def function_findings(path, text):
    for first, last, head in source.functions(text):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield path, first, f"a function of {last - first + 1} lines; at most {FUNCTION_LINES_MAX}"
        if source.parameters(head) > PARAMETERS_MAX and not IS_OF_OPENSSL.search(head):
            yield path, first, f"{source.parameters(head)} parameters; at most {PARAMETERS_MAX}"


def name_findings(path, text, owners):
    """Layers are static libraries: of two public functions of one name the linker drops one."""
    for first, _, head in source.functions(text):
        name = re.search(r"(\w+)\s*\(", head)
        if name is None or head.startswith("static") or name.group(1) == "main":
            continue
        name = name.group(1)
        if not name.startswith("pl_"):
            yield path, first, f"{name} is public, so its name begins with pl_; or make it static"
        if (owner := owners.setdefault(name, path)) != path:
            yield path, first, f"{name} is defined by {owner.name} of {owner.parent.name} already"


def word_findings(path, text, pattern, why):
    for number, line in enumerate(source.code_only(text).splitlines(), 1):
        if match := pattern.search(line):
            yield path, number, f"{match.group().strip(' (')}: {why}"


def find(root):
    lengths, owners = [], {}
    for path in source.c_files(root, "src", "tests", "fuzz", "bench", "tools"):
        text = path.read_text(encoding="utf-8")
        parts = path.relative_to(root).parts
        layer = parts[1] if parts[0] == "src" else None
        yield from size_findings(path, text)
        yield from function_findings(path, text)
        if layer is None:
            continue
        yield from name_findings(path, text, owners)
        lengths += [last - first + 1 for first, last, _ in source.functions(text)]
        if layer not in MAY_TALK:
            yield from word_findings(path, text, TALKS, "nothing below the program prints or exits")
        if layer == KERNEL:
            yield from word_findings(path, text, KERNEL_AVOIDS, "kernels use a given arena, no I/O")
    if len(lengths) >= 10 and statistics.quantiles(lengths, n=10)[-1] > FUNCTION_LINES_P90_MAX:
        yield root / "src", 0, f"one function in ten is over {FUNCTION_LINES_P90_MAX} lines"


if __name__ == "__main__":
    source.main("shape", find)
