"""Writes JSON documents as one C table of texts by their $id: embed.py OUT DOCUMENT..."""

import json
import pathlib
import sys


def row(path):
    document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    text = json.dumps(document, separators=(",", ":"))
    # A literal on one line may be longer than a compiler must take, so it is in parts.
    parts = [text[at : at + 80] for at in range(0, len(text), 80)]
    literal = "\n     ".join(json.dumps(part) for part in parts)
    return f"    {{{json.dumps(document['$id'])},\n     {literal}}},\n"


def main(out, *documents):
    rows = "".join(map(row, documents))
    pathlib.Path(out).write_text(
        '#include "schema/meta.h"\n\n#include <stddef.h>\n\n'
        f"const struct pl_schema_meta PL_SCHEMA_METAS[] = {{\n{rows}    {{NULL, NULL}},\n}};\n",
        encoding="utf-8",
    )


main(*sys.argv[1:])
