"""Does every header compile alone? Each is given to the compiler by itself, so that no file depends
on what another happened to include before it.
"""

import os
import subprocess

import source


def find(root):
    compiler = os.environ.get("CC", "cc")
    for path in source.c_files(root, "src", suffixes=(".h",)):
        name = path.relative_to(root / "src").as_posix()
        # Twice, so that a missing guard is noticed as well.
        text = f'#include "{name}"\n' * 2
        result = subprocess.run(
            [compiler, "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-D_GNU_SOURCE",
             "-fsyntax-only", "-I", str(root / "src"), "-x", "c", "-"],
            input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode != 0:
            yield path, 1, "does not compile alone:\n" + result.stderr.strip()


if __name__ == "__main__":
    source.main("headers", find)
