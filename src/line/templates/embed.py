"""Writes the templates of `plimsoll init` as one C file: embed.py OUT TEMPLATE.yaml..."""

import pathlib
import sys


def literal(line):
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'    "{escaped}\\n"'


def array(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    body = "\n".join(literal(line) for line in lines)
    return f"const char PL_TEMPLATE_{path.stem.upper()}[] =\n{body};\n"


def main(out, *templates):
    texts = [array(pathlib.Path(template)) for template in templates]
    includes = '#include "line/template_texts.h"\n\n'
    pathlib.Path(out).write_text(includes + "\n".join(texts), encoding="utf-8")


main(*sys.argv[1:])
