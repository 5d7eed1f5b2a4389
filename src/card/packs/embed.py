"""Writes the items of the packs as one C file: embed.py OUT PACK.yaml...

A pack is a stream of YAML documents in which every value is a text in double quotes on one line. The
first document has `title` and `source`, each other one an item.
"""

import json
import pathlib
import sys

HEAD = ("title", "source")
ITEM = ("id", "part", "title", "asks", "fill", "write")


def documents(path):
    document = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line == "---":
            yield document
            document = {}
        elif line and not line.startswith("#"):
            key, separator, value = line.partition(": ")
            if not separator or key in document:
                raise SystemExit(f"{path}:{number}: wants one `key: \"text\"`, and each key once")
            document[key] = json.loads(value)
    yield document


def row(path, document, keys):
    if tuple(document) != keys:
        raise SystemExit(f"{path}: a document has {tuple(document)}, and must have {keys}")
    return ", ".join(json.dumps(document[key], ensure_ascii=False) for key in keys)


def table(path):
    name = path.stem.upper().replace("-", "_")
    head, *items = documents(path)
    rows = "".join(f"    {{{row(path, item, ITEM)}}},\n" for item in items)
    return (
        f"static const struct pl_card_item {name}[] = {{\n{rows}}};\n"
        f"const struct pl_card_items PL_CARD_{name} = {{{json.dumps(path.stem)}, {row(path, head, HEAD)}, {name}, {len(items)}}};\n"
    )


def main(out, *packs):
    tables = "\n".join(table(pathlib.Path(pack)) for pack in packs)
    pathlib.Path(out).write_text('#include "card/items.h"\n\n' + tables, encoding="utf-8")


main(*sys.argv[1:])
