"""Do the layers point one way? Reads every include under src/ and reports each one that the table
of layers does not allow. The table is that of docs/ARCHITECTURE.md.
"""

from collections import defaultdict

import source

# Which layers a layer may use, besides itself.
BELOW = {
    "base": [],
    "json": ["base"],
    "regex": ["base"],
    "schema": ["base", "json", "regex"],
    "client": ["base", "json"],
    "stats": ["base"],
    "text": ["base"],
    "line": ["base"],
    "ledger": ["base"],
    "warehouse": ["base"],
    "guard": ["base", "json", "regex", "line"],
    "live": ["base", "json", "ledger", "warehouse"],
    "measure": ["base", "stats", "line", "warehouse"],
    "search": ["base", "stats", "line", "measure"],
    "fairness": ["base", "stats", "line", "measure"],
    "mix": ["base", "stats", "line", "measure"],
    "judge": ["base", "stats", "line", "measure", "mix"],
    "launch": ["base", "stats", "line", "measure", "judge"],
    "threshold": ["base", "stats", "line", "measure", "judge"],
    "redteam": ["base", "text"],
    "eval": ["base", "json", "regex", "schema", "text", "client", "redteam", "stats", "line", "ledger", "warehouse", "measure", "judge"],
    "report": ["base", "eval", "line", "measure", "fairness", "mix", "search", "judge", "launch", "threshold", "cascade"],
    "card": ["base", "line", "ledger", "measure", "report"],
    "net": ["base"],
    "condition": ["base"],
    "traffic": ["base", "line", "condition", "guard"],
    "state": ["base", "line"],
    "spool": ["base", "ledger"],
    "flag": ["base", "json", "line", "condition"],
    "keys": ["base", "ledger", "state"],
    "cascade": ["base", "json", "stats", "text"],
    "watch": ["base", "stats", "line", "ledger", "warehouse", "measure", "judge"],
}
BELOW["gateway"] = [
    "base", "json", "client", "net", "line", "ledger", "spool", "live", "condition", "traffic", "state", "keys", "flag", "guard", "cascade",
]  # fmt: skip
BELOW["cli"] = list(BELOW)

# Layers that use the C library only.
PLAIN = {"base", "stats"}

C_LIBRARY = {
    *"assert complex ctype errno float inttypes limits locale math setjmp signal stdalign stdarg"
    " stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings threads time wchar"
    " dirent endian fcntl getopt glob langinfo libgen netdb poll pthread pwd sched semaphore spawn termios unistd".split(),
    "link", "malloc",  # of the GNU C library
}

# Third-party headers, each for one .c file.
THIRD_PARTY = {
    "curl/curl.h", "duckdb.h", "event2/event.h", "jansson.h", "libfyaml.h", "llhttp.h", "openssl/err.h", "openssl/ssl.h",
    "openssl/x509v3.h", "pcre2.h", "sodium.h", "sqlite3.h", "utf8proc.h", "yyjson.h", "zlib.h", "zstd.h",
}  # fmt: skip


def in_c_library(name):
    return name.startswith(("sys/", "linux/", "arpa/", "netinet/")) or name.removesuffix(".h") in C_LIBRARY


def layer_finding(layer, name):
    """What is wrong with `#include "name"` in this layer, or None."""
    used = name.split("/")[0] if "/" in name else None
    if used is None:
        return f'"{name}" names no layer; write "layer/{name}"'
    if used != layer and used not in BELOW.get(layer, []):
        return f'{layer} must not use {used} ("{name}")'
    return None


def find(root):
    third_party = defaultdict(list)
    for path in source.c_files(root, "src"):
        parts = path.relative_to(root / "src").parts
        layer = parts[0]
        if len(parts) < 2 or layer not in BELOW:
            yield path, 1, f"'{layer}' is no layer of the table"
            continue
        for line, quoted, name in source.includes(path):
            if quoted:
                if message := layer_finding(layer, name):
                    yield path, line, message
                elif not (root / "src" / name).is_file():
                    yield path, line, f'"{name}" is not there'
            elif in_c_library(name):
                continue
            elif name not in THIRD_PARTY:
                yield path, line, f"<{name}> is neither of the C library nor a known third party"
            elif layer in PLAIN:
                yield path, line, f"{layer} uses the C library only, not <{name}>"
            elif path.suffix == ".h":
                yield path, line, f"<{name}> in a header; a third party belongs in one .c file"
            else:
                third_party[name].append((path, line))
    for name, places in third_party.items():
        first = places[0][0].relative_to(root)
        for path, line in places[1:]:
            yield path, line, f"<{name}> is included by {first} already; one .c file only"


if __name__ == "__main__":
    source.main("layers", find)
