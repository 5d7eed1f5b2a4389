"""Bad input: each case ends with exit code 2, one clear error on stderr, nothing on stdout, nothing written."""

import ctypes
import fcntl
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import PROGRAM

duckdb = pytest.importorskip("duckdb")

LATE_ROW = 35_001  # beyond the rows from which the engine guesses the types of columns
LATE_ROWS = 36_000
HEADER = ("y", "score", "team", "n", "w")

LINE = """plimsoll: 1
feature: bad-input
risk: {{severity: low, reversibility: full}}
data:
  decisions: "{decisions}"
  columns: {{label: y, score: score{columns}}}
  segments: {{team: team{segments}}}
{where}limits:
  - {{metric: {metric}, {comparator}, by: {by}}}
evidence: {{smallest_slice: 5}}
"""


def write_line(folder, decisions, **parts):
    """A line over the columns y, score and team; parts replace what a case is about."""
    fields = {"columns": "", "segments": "", "where": "", "metric": "roc_auc", "comparator": "min: 0.1", "by": "team"}
    fields.update(parts)
    (folder / "plimsoll.yaml").write_text(LINE.format(decisions=decisions, **fields))


def good_rows(count=200):
    return [[i % 2, (i * 37 % 100) / 100, "AB"[i % 3 % 2], 1, 1.5] for i in range(count)]


def csv_text(rows, header=HEADER):
    return "\n".join(",".join(str(value) for value in row) for row in [header, *rows]) + "\n"


def write_csv(path, rows, header=HEADER):
    path.write_text(csv_text(rows, header))
    return path.name


def write_jsonl(path, rows, header=HEADER):
    path.write_text("".join(json.dumps(dict(zip(header, row))) + "\n" for row in rows))
    return path.name


def write_parquet(path, rows, header=HEADER):
    """The values as text, so that any of them can be bad."""
    source = path.with_name(path.name + ".csv")
    write_csv(source, rows, header)
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{source}', all_varchar=true)) TO '{path}' (FORMAT parquet)")
    source.unlink()
    return path.name


WRITERS = {"csv": write_csv, "jsonl": write_jsonl, "parquet": write_parquet}


def contents(folder):
    return {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def refuses(run):
    """Runs gate, or audit with arguments; checks the whole contract of a refusal; gives the error."""

    def check(*arguments, words=(), command=None):
        before = contents(run.folder)
        error = run.fails(*(command or ("gate", "--json")), *arguments)
        assert contents(run.folder) == before, "something was written"
        assert not (run.folder / ".plimsoll").is_dir()
        for word in words:
            assert word in error, error
        assert len(error) < 1200
        for advice in ("strict_mode", "sample_size", "Possible fixes", "Candidates: '"):
            assert advice not in error, error
        assert "terminate" not in error and "assert" not in error.lower()
        return error

    return check


# ---- the file ----


@pytest.mark.parametrize("name", ["absent.csv", "absent.parquet", "absent*.csv", "no/such/folder/d.csv"])
def test_a_file_that_is_not_there(run, refuses, name):
    write_line(run.folder, name)
    refuses(words=[name])


def test_a_glob_that_matches_nothing(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "logs-*.csv")
    refuses(words=["no such file", "logs-*.csv"])


def test_a_file_of_an_unknown_kind(run, refuses):
    (run.folder / "d.xlsx").write_text(csv_text(good_rows()))
    write_line(run.folder, "d.xlsx")
    refuses(words=["d.xlsx", ".csv", ".parquet", "plimsoll.yaml:"])


def test_a_folder_in_place_of_a_file(run, refuses):
    (run.folder / "d.csv").mkdir()
    write_line(run.folder, "d.csv")
    refuses(words=["d.csv is a folder"])


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.jsonl", "d.parquet", "d.csv.gz", "d.jsonl.zst"])
def test_a_file_of_no_bytes(run, refuses, name):
    (run.folder / name).write_bytes(b"")
    write_line(run.folder, name)
    refuses(words=[name, "empty"])


def test_a_header_and_nothing_below(run, refuses):
    write_csv(run.folder / "d.csv", [])
    write_line(run.folder, "d.csv")
    refuses(words=["d.csv", "has no decisions"])


@pytest.mark.parametrize("kept", [4, 100, 0.5, 0.99])
def test_a_truncated_parquet(run, refuses, kept):
    write_parquet(run.folder / "d.parquet", good_rows(5000))
    data = (run.folder / "d.parquet").read_bytes()
    size = kept if isinstance(kept, int) else int(len(data) * kept)
    (run.folder / "d.parquet").write_bytes(data[:size])
    write_line(run.folder, "d.parquet")
    refuses(words=["d.parquet", "cannot be read"])


def test_a_parquet_with_damage_in_its_middle(run, refuses):
    write_parquet(run.folder / "d.parquet", good_rows(5000))
    data = bytearray((run.folder / "d.parquet").read_bytes())
    data[8:400] = b"\xff" * 392
    (run.folder / "d.parquet").write_bytes(bytes(data))
    write_line(run.folder, "d.parquet")
    refuses(words=["d.parquet", "cannot be read"])


def test_a_truncated_gzip(run, refuses):
    import gzip

    packed = gzip.compress(csv_text(good_rows(5000)).encode())
    (run.folder / "d.csv.gz").write_bytes(packed[: len(packed) // 2])
    write_line(run.folder, "d.csv.gz")
    refuses(words=["d.csv.gz"])


@pytest.mark.parametrize("name", ["d.csv", "d.tsv", "d.jsonl", "d.parquet", "d.csv.gz", "d.csv.zst"])
def test_a_binary_file_that_claims_to_be_data(run, refuses, name):
    import random

    generator = random.Random(5)
    (run.folder / name).write_bytes(bytes(generator.randrange(256) for _ in range(20_000)))
    write_line(run.folder, name)
    refuses(words=[name])


def test_the_program_itself_named_csv(run, refuses):
    shutil.copy(PROGRAM, run.folder / "d.csv")
    write_line(run.folder, "d.csv")
    refuses(words=["d.csv"])


@pytest.mark.parametrize("late", [False, True])
def test_a_row_with_too_many_fields(run, refuses, late):
    rows = good_rows(LATE_ROWS if late else 50)
    rows[-5] = rows[-5] + ["more", "and more"]
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv")
    refuses(words=["d.csv"])


def test_text_that_is_not_utf8(run, refuses):
    text = csv_text(good_rows()).encode().replace(b",A,", b",\xff\xfe,")
    (run.folder / "d.csv").write_bytes(text)
    write_line(run.folder, "d.csv")
    refuses(words=["d.csv"])


# ---- columns and values ----


def test_a_column_that_is_not_there_with_the_near_one(run, refuses):
    write_csv(run.folder / "d.csv", good_rows(), ("y", "scores", "team", "n", "w"))
    write_line(run.folder, "d.csv")
    refuses(words=["plimsoll.yaml:6:", "d.csv", "`score`", "did you mean `scores`?"])


def test_a_column_that_is_not_there_with_those_there_are(run, refuses):
    write_csv(run.folder / "d.csv", good_rows(), ("y", "probability", "team", "n", "w"))
    write_line(run.folder, "d.csv")
    refuses(words=["`score`", "it has", "`probability`", "`team`"])


@pytest.mark.parametrize(
    "parts, column",
    [
        ({"columns": ", count: m"}, "m"),
        ({"columns": ", weight: v"}, "v"),
        ({"segments": ", plan: contract"}, "contract"),
        ({"segments": ", plan: {column: contract, bins: [1]}"}, "contract"),
        ({"segments": ", plan: {column: contract, map: {a: b}}"}, "contract"),
        ({"metric": "mean(latency)"}, "latency"),
        ({"metric": "'quantile(latency, 0.9)'"}, "latency"),
    ],
)
def test_any_other_column_that_is_not_there(run, refuses, parts, column):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", **parts)
    refuses(words=["plimsoll.yaml:", "d.csv has no column", f"`{column}`"])


@pytest.mark.parametrize("kind", WRITERS)
def test_a_label_of_three_values(run, refuses, kind):
    rows = good_rows()
    rows[150][0] = 2
    write_line(run.folder, WRITERS[kind](run.folder / f"d.{kind}", rows))
    refuses(words=["plimsoll.yaml:6:", "`y`", '"2"'])


def test_a_label_of_three_words_with_one_of_them_positive(run, refuses):
    rows = [[["yes", "no", "maybe"][i % 3], *row[1:]] for i, row in enumerate(good_rows())]
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv", where="  positive: yes\n")
    refuses(words=["`y`", '"maybe"', "two values"])


def test_words_for_labels_without_saying_which_is_positive(run, refuses):
    rows = [[["yes", "no"][i % 2], *row[1:]] for i, row in enumerate(good_rows())]
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv")
    refuses(words=["`y`", "positive"])


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
@pytest.mark.parametrize("metric", ["roc_auc", "accuracy", "mean(n)"])
@pytest.mark.parametrize("kind", WRITERS)
def test_text_where_a_number_is_due(run, refuses, kind, metric, late):
    rows = good_rows(LATE_ROWS if late else 200)
    row = LATE_ROW if late else 3
    index = 3 if metric == "mean(n)" else 1
    rows[row - 1][index] = "oops"
    write_line(run.folder, WRITERS[kind](run.folder / f"d.{kind}", rows), metric=metric)
    refuses(words=[f"d.{kind}: row {row}: column `{HEADER[index]}`: oops is not a number"])


@pytest.mark.parametrize("value", ["0.5x", "1,5", "0x10", "--1", "1e", "half", "1 000"])
def test_text_that_only_looks_like_a_number(run, refuses, value):
    rows = good_rows()
    rows[9][1] = f'"{value}"'
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv")
    refuses(words=["row 10", "`score`", value])


def test_of_a_glob_the_file_with_the_bad_value_is_named(run, refuses):
    write_csv(run.folder / "d-1.csv", good_rows())
    rows = good_rows()
    rows[6][1] = "oops"
    write_csv(run.folder / "d-2.csv", rows)
    write_line(run.folder, "d-*.csv")
    refuses(words=["d-2.csv: row 7: column `score`: oops is not a number"])


def test_a_bad_value_in_a_row_that_where_leaves_out_is_no_error(run):
    rows = good_rows()
    rows[4] = [0, "oops", "C", 1, 1]
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv", where="  where: \"team <> 'C'\"\n")
    assert run("gate", "--json").returncode in (0, 1)


BAD_SIZES = [
    ("count", "n", "-1", "is not a count"),
    ("count", "n", "nan", "is not a count"),
    ("count", "n", "2.5", "is not a count"),
    ("count", "n", "", "is not a count"),
    ("count", "n", "1e300", "is not a count"),
    ("count", "n", "inf", "is not a count"),
    ("count", "n", "two", "is not a number"),
    ("weight", "w", "-0.5", "is not a weight"),
    ("weight", "w", "nan", "is not a weight"),
    ("weight", "w", "inf", "is not a weight"),
    ("weight", "w", "", "is not a weight"),
    ("weight", "w", "heavy", "is not a number"),
]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("role, column, value, what", BAD_SIZES)
def test_a_count_or_weight_that_is_none(run, refuses, kind, role, column, value, what):
    rows = good_rows()
    rows[41][HEADER.index(column)] = value
    write_line(run.folder, WRITERS[kind](run.folder / f"d.{kind}", rows), columns=f", {role}: {column}")
    refuses(words=[f"d.{kind}: row 42: column `{column}`: {value or 'nothing'} {what}"])


def test_counts_of_a_parquet_that_are_doubles(run, refuses):
    duckdb.sql(
        "COPY (SELECT i % 2 AS y, i / 100.0 AS score, 'A' AS team, CASE WHEN i = 7 THEN 1.5 ELSE 1 END::DOUBLE AS n"
        f" FROM range(100) t(i)) TO '{run.folder}/d.parquet'"
    )
    write_line(run.folder, "d.parquet", columns=", count: n")
    refuses(words=["d.parquet: row 8: column `n`: 1.5 is not a count"])


@pytest.mark.parametrize("metric", ["roc_auc", "accuracy"])
@pytest.mark.parametrize("value", ["inf", "-inf", "Infinity", "1e999"])
@pytest.mark.parametrize("kind", WRITERS)
def test_a_score_without_end(run, refuses, kind, value, metric):
    rows = good_rows()
    rows[11][1] = value
    write_line(run.folder, WRITERS[kind](run.folder / f"d.{kind}", rows), metric=metric)
    refuses(words=[f"d.{kind}: row 12: column `score`:", "is not a finite number"])


def test_a_value_without_end(run, refuses):
    rows = good_rows()
    rows[11][4] = "inf"
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv", metric="mean(w)")
    refuses(words=["d.csv", "`w`", "infinite"])


def test_a_rate_of_a_column_that_is_more_than_yes_and_no(run, refuses):
    rows = good_rows()
    rows[11][3] = 3
    write_csv(run.folder / "d.csv", rows)
    write_line(run.folder, "d.csv", metric="rate(n)")
    refuses(words=["d.csv", "`n`", "holds 3", "rate(n)"])


# ---- too much ----


def test_a_segment_of_a_hundred_thousand_values(run, refuses):
    duckdb.sql(
        "COPY (SELECT i % 2 AS y, (i % 100) / 100 AS score, 'customer-' || i AS team FROM range(100_000) t(i))"
        f" TO '{run.folder}/d.parquet'"
    )
    write_line(run.folder, "d.parquet")
    refuses(words=["plimsoll.yaml:7:", "`team`", "more than 10000 groups", "bins"])


def test_a_crossing_of_a_million_cells(run, refuses):
    duckdb.sql(
        "COPY (SELECT i % 2 AS y, (i % 97) / 97 AS score, i % 1000 AS team, i // 1000 AS shop"
        f" FROM range(1_000_000) t(i)) TO '{run.folder}/d.parquet'"
    )
    write_line(run.folder, "d.parquet", segments=", shop: shop", by="team * shop", metric="accuracy")
    refuses(words=["crossing of `team` to `shop`", "1000000 slices", "50000"])


def test_segments_that_cross_into_more_than_a_million_groups(run, refuses):
    duckdb.sql(
        "COPY (SELECT i % 2 AS y, 0.5 AS score, i % 1100 AS team, i // 1100 AS shop"
        f" FROM range(1_210_000) t(i)) TO '{run.folder}/d.parquet'"
    )
    write_line(run.folder, "d.parquet", segments=", shop: shop", metric="accuracy")
    refuses(words=["more than 1000000 groups", "bins"])


def test_a_line_of_ten_megabytes(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv")
    with open(run.folder / "plimsoll.yaml", "a") as line:
        line.write("# " + "x" * 10_000_000 + "\n")
    refuses(words=["plimsoll.yaml"])


@pytest.mark.parametrize("opening, closing", [("[", "]"), ("{a: ", "}")])
def test_a_line_nested_a_thousand_deep(run, refuses, opening, closing):
    text = "plimsoll: 1\nfeature: deep\ndata: " + opening * 1000 + closing * 1000 + "\n"
    (run.folder / "plimsoll.yaml").write_text(text)
    refuses(words=["plimsoll.yaml:"])


# ---- SQL ----


@pytest.mark.parametrize("condition", ["team =", "team ~~~ 3 3", "nonsense > 1", "(score > 0.1", "score > 0.1)", "count(*) > 1"])
def test_a_condition_that_is_not_sql(run, refuses, condition):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", where=f'  where: "{condition}"\n')
    refuses(words=["plimsoll.yaml:8:", "data.where"])


def test_a_condition_that_no_row_meets(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", where="  where: \"team = 'Z'\"\n")
    refuses(words=["d.csv", "no decisions", "data.where"])


@pytest.mark.parametrize("expression", ["hour(", "no_such_column + 1", "no_such_function(team)", "sum(score)"])
def test_a_segment_in_sql_that_does_not_fit(run, refuses, expression):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", segments=f', late: {{sql: "{expression}"}}')
    refuses(words=["plimsoll.yaml:7:", "segment `late`"])


@pytest.mark.parametrize(
    "condition",
    [
        "team IN (SELECT content FROM read_text('/etc/passwd'))",
        "team IN (SELECT column0 FROM read_csv('/etc/passwd'))",
        "score > (SELECT count(*) FROM glob('/etc/*'))",
    ],
)
def test_a_condition_cannot_read_other_files(run, refuses, condition):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", where=f'  where: "{condition}"\n')
    assert "root:" not in refuses()


def test_a_condition_cannot_write(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", where="  where: \"true) ; COPY (SELECT 1) TO 'written.csv'; --\"\n")
    refuses()


# ---- the line's measures ----


def test_a_measure_that_is_unknown_with_the_near_one(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", metric="acuracy")
    refuses(words=["plimsoll.yaml:9:", "acuracy", "did you mean `accuracy`?"])


def test_a_ratio_of_a_measure_that_can_be_negative(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", metric="matthews_corrcoef", comparator="min_ratio: 0.8")
    refuses(words=["plimsoll.yaml:9:", "matthews_corrcoef", "below 0"])


def test_a_reference_group_that_is_not_there(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    write_line(run.folder, "d.csv", metric="accuracy", comparator="max_difference: 0.1, reference: a")
    refuses(words=["plimsoll.yaml:9:", "no group `a`", "`team`"])


def test_audit_refuses_the_same_way(run, refuses):
    write_csv(run.folder / "d.csv", good_rows())
    audit = ("audit", "d.csv", "--label", "y", "--score", "score")
    refuses("--by", "taem", command=audit, words=["d.csv", "`taem`", "did you mean `team`?"])
    refuses("--metrics", "acuracy", command=audit, words=["did you mean `accuracy`?"])
    refuses("--where", "team =", command=audit, words=["data.where"])
    refuses("--count", "w", command=audit, words=["row 1", "`w`", "1.5 is not a count"])


# ---- places to write to ----


@pytest.fixture
def kept(run):
    """A folder whose line is kept, so that only the ledger can fail."""
    write_csv(run.folder / "d.csv", good_rows(4000))
    write_line(run.folder, "d.csv", metric="accuracy", comparator="min: 0.01")
    return run.folder


def set_immutable(path, on):
    """The file attribute that binds root too; False where the file system has none."""
    command = ["chattr", "+i" if on else "-i", str(path)]
    return shutil.which("chattr") is not None and subprocess.run(command, capture_output=True).returncode == 0


def test_a_folder_that_is_read_only(run, kept):
    before = contents(kept)
    if os.geteuid() == 0:
        if not set_immutable(kept, True):
            pytest.skip("root may write everywhere, and this file system has no immutable attribute")
        try:
            error = run.fails("gate", "--json")
        finally:
            set_immutable(kept, False)
    else:
        kept.chmod(0o555)
        try:
            error = run.fails("gate", "--json")
        finally:
            kept.chmod(0o755)
    assert ".plimsoll" in error
    assert contents(kept) == before


def test_a_file_where_the_ledger_should_be(run, kept):
    (kept / ".plimsoll").write_text("not a folder\n")
    before = contents(kept)
    error = run.fails("gate", "--json")
    assert ".plimsoll" in error
    assert contents(kept) == before


def mounted(folder, size_bytes):
    """A small file system of its own at `folder`; False where one may not be mounted."""
    libc = ctypes.CDLL(None, use_errno=True)
    folder.mkdir()
    return libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, f"size={size_bytes}".encode()) == 0


def unmount(folder):
    ctypes.CDLL(None, use_errno=True).umount2(bytes(folder), 2)


def fill(path):
    """Takes all the room there is."""
    with open(path, "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 4096)
        except OSError:
            pass


def test_a_disk_that_is_full(run, kept):
    small = kept / "small"
    if not mounted(small, 1 << 20):
        pytest.skip("a small file system cannot be mounted here")
    try:
        for name in ("d.csv", "plimsoll.yaml"):
            shutil.copy(kept / name, small / name)
        fill(small / "filler")
        error = run.fails("gate", "--json", cwd=small)
        assert "No space left" in error or "full" in error, error
        os.unlink(small / "filler")
        assert not list(small.rglob("*.tmp"))
        # With room again the gate goes on, and the ledger is whole.
        assert run("gate", "--json", cwd=small).returncode == 0
        run.good("ledger", "verify", cwd=small)
    finally:
        unmount(small)


def test_a_disk_that_fills_up_between_two_records(run, kept):
    small = kept / "small"
    if not mounted(small, 1 << 20):
        pytest.skip("a small file system cannot be mounted here")
    try:
        for name in ("d.csv", "plimsoll.yaml"):
            shutil.copy(kept / name, small / name)
        assert run("gate", "--json", cwd=small).returncode == 0
        fill(small / "filler")
        for _ in range(20):
            result = run("gate", "--json", cwd=small)
            if result.returncode == 2:
                break
        assert result.returncode == 2 and result.stdout == ""
        os.unlink(small / "filler")
        assert run("gate", "--json", cwd=small).returncode == 0
        run.good("ledger", "verify", cwd=small)
    finally:
        unmount(small)


def test_a_ledger_that_another_process_is_writing(run, kept):
    assert run("gate", "--json").returncode == 0
    ledger = kept / ".plimsoll" / "ledger"
    before = contents(kept)
    handles = [open(path, "rb+") for path in sorted(pathlib.Path(ledger).iterdir()) if path.is_file()]
    try:
        for handle in handles:
            fcntl.flock(handle, fcntl.LOCK_EX)
        error = run.fails("gate", "--json")
    finally:
        for handle in handles:
            handle.close()
    assert "is writing to the ledger" in error, error
    assert contents(kept) == before
    assert run("gate", "--json").returncode == 0
