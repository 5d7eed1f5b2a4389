"""Writes the built script and style of the report as one C file: embed.py OUT REPORT.js REPORT.css

What is put between <script> and </script> must not end there by itself, and must be the very bytes
that the hash in the page's policy is of; so anything that would be read otherwise is refused.
"""

import base64
import hashlib
import pathlib
import re
import sys

ENDS_EARLY = re.compile(rb"</(?:script|style)|<!--|<script", re.IGNORECASE)
BYTES_A_LINE = 24


def array(name, path):
    data = path.read_bytes()
    found = ENDS_EARLY.search(data)
    if found or b"\r" in data or b"\0" in data:
        sys.exit(f"{path}: holds {found.group() if found else 'CR or NUL'}, which cannot stand in a page")
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")
    rows = [
        "    " + ",".join(str(byte) for byte in data[i : i + BYTES_A_LINE]) + ","
        for i in range(0, len(data), BYTES_A_LINE)
    ]
    body = "\n".join(rows)
    return (
        f"const unsigned char PL_WEB_{name}[] = {{\n{body}\n}};\n"
        f"const size_t PL_WEB_{name}_SIZE_BYTES = {len(data)};\n"
        f'const char PL_WEB_{name}_SHA256[] = "{digest}";\n'
    )


def main(out, script, style):
    texts = [array("SCRIPT", pathlib.Path(script)), array("STYLE", pathlib.Path(style))]
    pathlib.Path(out).write_text('#include "report/web_bundle.h"\n\n' + "\n".join(texts), encoding="utf-8")


main(*sys.argv[1:])
