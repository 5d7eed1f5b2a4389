"""Do the two verifiers agree? tools/verify_ledger.py shares no code with the program's own; both must
accept the good ledger with the same numbers, and blame the same block of each ledger that was changed.

Runs under pytest or as a plain script; PLIMSOLL_LEDGER_BENCH names the built ledger_bench.
"""

import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
VERIFIER = ROOT / "tools" / "verify_ledger.py"
BENCH = os.environ.get("PLIMSOLL_LEDGER_BENCH")
SEED = int(os.environ.get("PLIMSOLL_TEST_SEED", "20240229"))
SAMPLES = 12  # of each kind of change

sys.path.insert(0, str(VERIFIER.parent))
import verify_ledger  # noqa: E402

# Run by pytest without the program there is nothing to compare with.
try:
    import pytest

    pytestmark = pytest.mark.skipif(BENCH is None, reason="PLIMSOLL_LEDGER_BENCH is not set")
except ImportError:
    pass


def write(folder, records, per_block, segment_size):
    subprocess.run(
        [BENCH, folder, str(records), str(per_block), str(segment_size)],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def by_program(folder):
    """(records, blocks, hash) when the ledger holds, else the block that is blamed."""
    run = subprocess.run([BENCH, "--verify", folder], capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    said = json.loads(run.stdout)
    return said["bad_block"] or (said["records"], said["blocks"], said["hash"])


def by_python(folder):
    try:
        return verify_ledger.verify(folder)
    except SystemExit as stop:
        return int(re.match(r"block (\d+): .", stop.code)[1])


def flip(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def cut(rng, data):
    return data[: rng.randrange(len(data))]


def remove(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + data[at + 1 :]


def change_lines(rng, data, change):
    lines = data.splitlines(keepends=True)
    change(lines, rng.randrange(len(lines)))
    return b"".join(lines)


def delete_line(rng, data):
    return change_lines(rng, data, lambda lines, at: lines.pop(at))


def double_line(rng, data):
    return change_lines(rng, data, lambda lines, at: lines.insert(at, lines[at]))


def swap_lines(rng, data):
    return change_lines(rng, data, lambda lines, at: lines.append(lines.pop(at)))


def add_tail(rng, data):
    return data + rng.choice([b"\n", b"{", b'{"seq":1', data[-rng.randrange(1, 400) :]])


CHANGES = [flip, cut, remove, delete_line, double_line, swap_lines, add_tail]


def test_a_good_ledger_is_good_to_both():
    with tempfile.TemporaryDirectory() as parent:
        for number, plan in enumerate([(1, 1, 0), (50, 7, 0), (50, 7, 4000), (9, 3, 1)]):
            folder = write(os.path.join(parent, str(number)), *plan)
            assert by_program(folder) == by_python(folder)
            assert by_program(folder)[0] == plan[0]


def test_a_folder_without_a_ledger_is_empty_to_both():
    with tempfile.TemporaryDirectory() as folder:
        assert by_program(folder)[:2] == by_python(folder)[:2] == (0, 0)


def test_changed_ledgers_are_blamed_alike():
    print("seed", SEED)
    rng = random.Random(SEED)
    blamed = 0
    with tempfile.TemporaryDirectory() as parent:
        good = pathlib.Path(write(os.path.join(parent, "good"), 8, 2, 2000))
        names = sorted(p.name for p in good.iterdir() if p.name not in ("key", "lock"))
        assert len(names) >= 4, names
        for change in CHANGES:
            for _ in range(SAMPLES):
                bad = pathlib.Path(parent) / "bad"
                shutil.copytree(good, bad)
                path = bad / rng.choice(names)
                path.write_bytes(change(rng, path.read_bytes()))
                said, expected = by_program(bad), by_python(bad)
                assert said == expected, (change.__name__, path.name, said, expected)
                blamed += isinstance(said, int)
                shutil.rmtree(bad)
    # A few changes change nothing: an empty slice, a last line moved to the end, an unsealed tail.
    assert blamed > len(CHANGES) * SAMPLES * 0.7, blamed


def test_missing_and_older_files_are_blamed_alike():
    with tempfile.TemporaryDirectory() as parent:
        folder = os.path.join(parent, "ledger")
        states = [shutil.copytree(write(folder, 2, 2, 2000), os.path.join(parent, str(i)))
                  for i in range(4)]  # fmt: skip
        for name in sorted(os.listdir(states[3])):
            bad = shutil.copytree(states[3], os.path.join(parent, "without_" + name))
            os.remove(os.path.join(bad, name))
            assert by_program(bad) == by_python(bad), name
            assert isinstance(by_program(bad), int) == (name not in ("key", "lock")), name
        for older in range(4):
            bad = shutil.copytree(states[3], os.path.join(parent, "head_of_%d" % older))
            shutil.copy(os.path.join(states[older], "head"), bad)
            assert by_program(bad) == by_python(bad), older
            assert isinstance(by_program(bad), int) == (older < 2), older


def test_the_script_prints_and_exits_as_documented():
    with tempfile.TemporaryDirectory() as parent:
        folder = write(os.path.join(parent, "ledger"), 6, 2, 0)
        script = [sys.executable, str(VERIFIER), folder]
        good = subprocess.run(script, capture_output=True, text=True, check=False)
        assert good.returncode == 0
        assert re.fullmatch(r"6 records in 3 blocks hold; head [0-9a-f]{64}\n", good.stdout)
        wrong_key = subprocess.run([*script, "ab" * 32], capture_output=True, text=True, check=False)
        assert wrong_key.returncode == 1
        assert wrong_key.stderr.startswith("block 1: ")


if __name__ == "__main__":
    if BENCH is None:
        sys.exit("PLIMSOLL_LEDGER_BENCH must name the built ledger_bench")
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            test()
            print("ok", name)
