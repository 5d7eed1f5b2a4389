"""Every way that data comes in gives the same figures, and every kind of column means what the manual says."""

import gzip
import json
import random

import pytest
from conftest import Runner

duckdb = pytest.importorskip("duckdb")

SEED = 20_231
COLUMNS = ("y", "score", "team", "code", "at", "latency", "again", "n", "w")
METRICS = (
    "accuracy,balanced_accuracy,f1,matthews_corrcoef,selection_rate,base_rate,count,share,roc_auc,"
    "average_precision,log_loss,brier_score,ks_separation,calibration_error,ecce,expected_cost,mean(latency),"
    "rate(again),sum(latency),quantile(latency, 0.9)"
)


def make_rows(count=900):
    """Decisions with gaps in every column; text that looks like a number, a date, an id."""
    generator = random.Random(SEED)

    def maybe(value, chance=0.04):
        return None if generator.random() < chance else value

    rows = []
    for _ in range(count):
        score = generator.randrange(101) / 100
        rows.append(
            (
                maybe(int(generator.random() < score)),
                maybe(score),
                maybe(generator.choice(["A", "B", "C"])),
                maybe(generator.choice(["007", "7", "0x7"])),
                maybe(generator.choice(["2024-01-05T10:00:00Z", "2024-01-06T00:00:00Z"])),
                maybe(generator.randrange(2000)),
                maybe(generator.randrange(2)),
                generator.randrange(4),
                generator.choice([0.5, 1.0, 2.25]),
            )
        )
    return rows


def text_of(value):
    return "" if value is None else str(value)


def separated(rows, separator, header=COLUMNS):
    return "".join(separator.join(text_of(value) for value in row) + "\n" for row in (header, *rows))


def json_lines(rows):
    return "".join(json.dumps(dict(zip(COLUMNS, row))) + "\n" for row in rows)


def parquet(path, rows, types="INTEGER DOUBLE VARCHAR VARCHAR VARCHAR BIGINT BOOLEAN INTEGER DOUBLE"):
    source = path.with_name(path.name + ".csv")
    source.write_text(separated(rows, ","))
    cast = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in zip(COLUMNS, types.split()))
    duckdb.sql(f"COPY (SELECT {cast} FROM read_csv('{source}', all_varchar=true, header=true)) TO '{path}' (FORMAT parquet)")
    source.unlink()


def zstd(path, text):
    """Packed by the engine, which can write what it can read: one column without quotes is the text itself."""
    plain = path.with_suffix("")
    plain.write_text(text)
    separator = "\t" if ".tsv" in path.name else ","
    duckdb.sql(
        f"COPY (SELECT * FROM read_csv('{plain}', all_varchar=true, header=true, delim='{separator}')) TO '{path}'"
        f" (FORMAT csv, HEADER, DELIMITER '{separator}', COMPRESSION zstd)"
    )
    plain.unlink()


def split(folder, rows, write, ending):
    """Three files of unequal size, the rows dealt out of order."""
    parts = (rows[500:], rows[:7], rows[7:500])
    for number, part in enumerate(parts):
        write(folder / f"part-{number}{ending}", part)
    return f"part-*{ending}"


def as_csv(folder, rows):
    (folder / "d.csv").write_text(separated(rows, ","))
    return "d.csv"


def as_tsv(folder, rows):
    (folder / "d.tsv").write_text(separated(rows, "\t"))
    return "d.tsv"


def as_jsonl(folder, rows):
    (folder / "d.jsonl").write_text(json_lines(rows))
    return "d.jsonl"


def as_ndjson_without_nulls(folder, rows):
    lines = [{key: value for key, value in zip(COLUMNS, row) if value is not None} for row in rows]
    (folder / "d.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return "d.ndjson"


def as_jsonl_of_text(folder, rows):
    lines = [{key: None if value is None else str(value) for key, value in zip(COLUMNS, row)} for row in rows]
    (folder / "d.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return "d.jsonl"


def as_parquet(folder, rows):
    parquet(folder / "d.parquet", rows)
    return "d.parquet"


def as_parquet_of_text(folder, rows):
    parquet(folder / "d.parquet", rows, " ".join(["VARCHAR"] * len(COLUMNS)))
    return "d.parquet"


def as_parquet_of_floats(folder, rows):
    parquet(folder / "d.parquet", rows, "DOUBLE DOUBLE VARCHAR VARCHAR VARCHAR DOUBLE TINYINT DOUBLE FLOAT")
    return "d.parquet"


def as_csv_gz(folder, rows):
    (folder / "d.csv.gz").write_bytes(gzip.compress(separated(rows, ",").encode()))
    return "d.csv.gz"


def as_jsonl_gz(folder, rows):
    (folder / "d.jsonl.gz").write_bytes(gzip.compress(json_lines(rows).encode()))
    return "d.jsonl.gz"


def as_csv_zst(folder, rows):
    zstd(folder / "d.csv.zst", separated(rows, ","))
    return "d.csv.zst"


def as_tsv_zst(folder, rows):
    zstd(folder / "d.tsv.zst", separated(rows, "\t"))
    return "d.tsv.zst"


def as_csv_of_windows(folder, rows):
    (folder / "d.csv").write_bytes(separated(rows, ",").replace("\n", "\r\n").encode())
    return "d.csv"


def as_csv_with_a_byte_order_mark(folder, rows):
    (folder / "d.csv").write_bytes(b"\xef\xbb\xbf" + separated(rows, ",").encode())
    return "d.csv"


def as_csv_all_quoted(folder, rows):
    def quoted(row):
        return ",".join("" if value is None else f'"{value}"' for value in row) + "\n"

    (folder / "d.csv").write_text("".join(quoted(row) for row in (COLUMNS, *rows)))
    return "d.csv"


def as_csv_without_a_last_newline(folder, rows):
    (folder / "d.csv").write_text(separated(rows, ",").rstrip("\n"))
    return "d.csv"


def as_csv_with_columns_in_another_order(folder, rows):
    (folder / "d.csv").write_text(separated([row[::-1] for row in rows], ",", COLUMNS[::-1]))
    return "d.csv"


def as_csv_glob(folder, rows):
    return split(folder, rows, lambda path, part: path.write_text(separated(part, ",")), ".csv")


def as_csv_gz_glob(folder, rows):
    return split(folder, rows, lambda path, part: path.write_bytes(gzip.compress(separated(part, ",").encode())), ".csv.gz")


def as_jsonl_glob(folder, rows):
    return split(folder, rows, lambda path, part: path.write_text(json_lines(part)), ".jsonl")


def as_parquet_glob(folder, rows):
    return split(folder, rows, parquet, ".parquet")


FORMATS = [
    as_tsv, as_jsonl, as_ndjson_without_nulls, as_jsonl_of_text, as_parquet, as_parquet_of_text, as_parquet_of_floats,
    as_csv_gz, as_jsonl_gz, as_csv_zst, as_tsv_zst, as_csv_of_windows, as_csv_with_a_byte_order_mark, as_csv_all_quoted,
    as_csv_without_a_last_newline, as_csv_with_columns_in_another_order, as_csv_glob, as_csv_gz_glob, as_jsonl_glob,
    as_parquet_glob,
]  # fmt: skip

MORE = [(), ("--count", "n"), ("--weight", "w"), ("--count", "n", "--weight", "w")]
AUDIT = ("--label", "y", "--score", "score", "--by", "team", "--by", "code", "--by", "at", "--metrics", METRICS)


def figures(run, source, *arguments):
    """The text of the audit, without what names the source and the time it took."""
    text = run.good("audit", source, *arguments, "--format", "json")
    value = json.loads(text)
    assert "NaN" not in text and "nan" not in text.lower() and "Infinity" not in text
    for key in ("data", "source", "elapsed_seconds"):
        value.pop(key, None)
    return json.dumps(value, indent=1)


@pytest.fixture(scope="module")
def expected_figures(tmp_path_factory):
    """What the plain CSV gives, for each set of further arguments."""
    runner = Runner(tmp_path_factory.mktemp("plain"))
    source = as_csv(runner.folder, make_rows())
    return {more: figures(runner, source, *AUDIT, *more) for more in MORE}


@pytest.mark.parametrize("more", MORE, ids=lambda more: " ".join(more) or "plain")
@pytest.mark.parametrize("write", FORMATS)
def test_every_kind_of_file_gives_the_same_bytes(run, write, more, expected_figures):
    rows = make_rows()
    expected = expected_figures[more]
    assert figures(run, write(run.folder, rows), *AUDIT, *more) == expected
    assert '"007"' in expected and '"(missing)"' in expected and '"2024-01-05T10:00:00Z"' in expected


def test_a_count_column_equals_the_rows_written_out(run):
    rows = make_rows()
    counted = figures(run, as_csv(run.folder, rows), *AUDIT, "--count", "n")
    expanded = [row for row in rows for _ in range(row[COLUMNS.index("n")])]
    assert len(expanded) != len(rows)
    assert figures(run, as_csv(run.folder, expanded), *AUDIT) == counted


def test_a_row_that_counts_nothing_makes_no_group(run):
    rows = [(1, 0.9, "A", None, None, 1, 1, 40, 1), (0, 0.1, "A", None, None, 1, 1, 40, 1), (0, 0.1, "ghost", None, None, 1, 1, 0, 1)]
    audit = run.json("audit", as_csv(run.folder, rows), "--label", "y", "--score", "score", "--by", "team", "--count", "n", "--json")
    assert [group["slice"] for group in audit["slices"]] == [{"team": "A"}]
    audit = run.json("audit", "d.csv", "--label", "y", "--score", "score", "--by", "team", "--weight", "n", "--json")
    assert [group["slice"] for group in audit["slices"]] == [{"team": "A"}]


def close(first, second, tolerance):
    """The same shape, and numbers that agree up to rounding."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            close(first[key], second[key], tolerance)
    elif isinstance(first, list):
        assert len(first) == len(second)
        for one, other in zip(first, second):
            close(one, other, tolerance)
    elif isinstance(first, float) or isinstance(second, float):
        assert first == pytest.approx(second, rel=tolerance, abs=tolerance)
    else:
        assert first == second


def test_weights_of_one_change_nothing(run):
    rows = [row[:-1] + (1.0,) for row in make_rows()]
    metrics = "accuracy,f1,balanced_accuracy,selection_rate,roc_auc,average_precision,brier_score,mean(latency)"
    audit = ("--label", "y", "--score", "score", "--by", "team", "--metrics", metrics, "--json")
    plain = run.json("audit", as_csv(run.folder, rows), *audit)
    weighted = run.json("audit", "d.csv", *audit, "--weight", "w")
    for part in ("overall", "slices"):
        close(plain[part], weighted[part], 1e-9)


def test_missing_values_are_a_group_and_counted(run):
    rows = make_rows()
    audit = run.json("audit", as_csv(run.folder, rows), *AUDIT, "--json")
    by_team = {group["slice"]["team"]: group for group in audit["slices"] if set(group["slice"]) == {"team"}}
    for name, value in (("A", "A"), ("(missing)", None)):
        team = [row for row in rows if row[2] == value]
        assert by_team[name]["n"] == len(team)
        assert by_team[name]["unlabelled"] == sum(row[0] is None for row in team)
    assert list(by_team) == ["A", "B", "C", "(missing)"]
    assert audit["unlabelled"] == sum(row[0] is None for row in rows)
    both = [row for row in rows if row[0] is not None and row[1] is not None]
    assert audit["overall"]["n"] == len(rows)
    assert audit["overall"]["measures"]["accuracy"]["n"] == len(both)
    assert audit["overall"]["measures"]["selection_rate"]["n"] == sum(row[1] is not None for row in rows)
    assert audit["overall"]["measures"]["base_rate"]["n"] == sum(row[0] is not None for row in rows) or "base_rate" not in METRICS


def test_a_nan_score_is_a_score_that_is_missing(run):
    rows = [(1, "nan", "A"), (0, "NaN", "A"), (1, "", "A"), (0, 0.2, "A"), (1, 0.9, "A")]
    (run.folder / "d.csv").write_text(separated(rows, ",", ("y", "score", "team")))
    for metric in ("selection_rate", "roc_auc,selection_rate"):
        audit = run.json("audit", "d.csv", "--label", "y", "--score", "score", "--metrics", metric, "--json")
        assert audit["overall"]["n"] == 5
        assert audit["overall"]["measures"]["selection_rate"] | {"low": 0, "high": 0, "status": ""} == {
            "value": 0.5, "n": 2, "low": 0, "high": 0, "status": "",
        }  # fmt: skip


def test_a_prediction_column_in_place_of_a_score(run):
    rows = make_rows()
    with_prediction = [row + ("" if row[1] is None else int(row[1] >= 0.35),) for row in rows]
    (run.folder / "d.csv").write_text(separated(with_prediction, ",", (*COLUMNS, "decided")))
    metrics = ("--metrics", "accuracy,f1,selection_rate,false_positive_rate,matthews_corrcoef,mean(latency)", "--by", "team")
    by_score = figures(run, "d.csv", "--label", "y", "--score", "score", "--threshold", "0.35", *metrics)
    by_prediction = figures(run, "d.csv", "--label", "y", "--prediction", "decided", *metrics)
    assert by_score == by_prediction


@pytest.mark.parametrize("threshold", [k / 100 for k in range(1, 100, 23)] + [0.1, 0.3, 1.1, 1.91, 1.93, 2 / 11, 5 / 11, 2 / 13, 25 / 13])
def test_a_score_on_the_threshold_is_a_yes_whatever_is_measured(run, threshold):
    below, above = (threshold * (1 - 2**-52), threshold * (1 + 2**-52))
    rows = [(1, repr(value)) for value in (below, threshold, above)]
    (run.folder / "d.csv").write_text(separated(rows, ",", ("y", "score")))
    for metrics in ("selection_rate", "selection_rate,roc_auc"):
        audit = run.json(
            "audit", "d.csv", "--label", "y", "--score", "score", "--threshold", repr(threshold), "--metrics", metrics, "--json"
        )
        assert audit["overall"]["measures"]["selection_rate"]["value"] == 2 / 3


@pytest.mark.parametrize(
    "words, positive",
    [(("yes", "no"), "yes"), (("yes", "no"), "no"), (("Ja", "Nein"), "Ja"), ((2, 1), 2), (("2.0", "1.0"), 2), (("a b", "it's"), "it's")],
)
def test_a_value_that_is_declared_positive(run, words, positive):
    rows = make_rows()
    plain = [(row[0], int(row[1] is not None and row[1] >= 0.5)) for row in rows]
    flip = str(positive) != str(words[0]) and str(positive) + ".0" != str(words[0])
    named = [tuple(None if value is None else words[(1 - value)] for value in row) for row in plain]
    if flip:
        plain = [tuple(None if value is None else 1 - value for value in row) for row in plain]
    (run.folder / "plain.csv").write_text(separated(plain, ",", ("y", "p")))
    (run.folder / "named.csv").write_text(separated(named, ",", ("y", "p")))
    audit = ("--label", "y", "--prediction", "p", "--metrics", "accuracy,true_positive_rate,precision,base_rate")
    assert figures(run, "named.csv", *audit, "--positive", positive) == figures(run, "plain.csv", *audit)


@pytest.mark.parametrize("yes, no", [("1", "0"), ("true", "false"), ("TRUE", "FALSE"), ("1.0", "0.0"), ("True", "False")])
def test_spellings_of_yes_and_no(run, yes, no):
    rows = [(yes, yes)] * 3 + [(yes, no)] * 2 + [(no, no)] * 4
    (run.folder / "d.csv").write_text(separated(rows, ",", ("y", "p")))
    audit = run.json("audit", "d.csv", "--label", "y", "--prediction", "p", "--metrics", "recall,accuracy", "--json")
    assert audit["overall"]["measures"]["true_positive_rate"]["value"] == 3 / 5
    assert audit["overall"]["measures"]["accuracy"]["value"] == 7 / 9


def test_where_takes_a_part(run):
    rows = make_rows()
    part = [row for row in rows if row[2] == "A" and row[5] is not None and row[5] >= 700]
    whole = figures(run, as_csv(run.folder, rows), *AUDIT, "--where", "team = 'A' and latency >= 700 -- a remark")
    assert whole == figures(run, as_csv(run.folder, part), *AUDIT)


def test_where_leaves_the_names_of_groups_alone(run):
    """`at` is part of the word `latency`, and no column that the condition speaks of."""
    rows = make_rows()
    audit = run.json("audit", as_csv(run.folder, rows), *AUDIT, "--where", "latency >= 700", "--json")
    found = {group["slice"]["at"] for group in audit["slices"] if set(group["slice"]) == {"at"}}
    assert found == {"2024-01-05T10:00:00Z", "2024-01-06T00:00:00Z", "(missing)"}


def test_where_takes_names_in_any_case(run):
    rows = make_rows()
    lower = figures(run, as_csv(run.folder, rows), *AUDIT, "--where", "score > 0.25")
    assert figures(run, "d.csv", *AUDIT, "--where", "SCORE > 0.25") == lower


def test_where_may_speak_of_the_columns_that_are_measured(run):
    rows = make_rows()
    part = [row for row in rows if row[0] is not None and row[1] is not None and row[1] > 0.25]
    whole = figures(run, as_csv(run.folder, rows), *AUDIT, "--where", "score > 0.25 and y in (0, 1)")
    assert json.loads(whole)["overall"] == json.loads(figures(run, as_csv(run.folder, part), *AUDIT))["overall"]


LINE = """plimsoll: 1
feature: data-in
data:
  decisions: {source}
  columns: {{label: y, score: score}}
  segments:
{segments}
limits:
  - {{metric: accuracy, min: 0.1, by: every}}
evidence: {{depth: 1}}
"""


def slices(run, source, segments):
    text = LINE.format(source=source, segments="".join(f"    {segment}\n" for segment in segments))
    (run.folder / "plimsoll.yaml").write_text(text)
    result = run("gate", "--json", "--no-record")
    assert result.returncode in (0, 1), result.stderr
    return {tuple(group["slice"].items()): group["n"] for group in json.loads(result.stdout)["slices"]}


def tally(name, groups):
    counts = {}
    for group in groups:
        counts[((name, group),)] = counts.get(((name, group),), 0) + 1
    return counts


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet])
def test_bins_maps_and_sql_make_segments(run, write):
    rows = make_rows()
    found = slices(
        run,
        write(run.folder, rows),
        [
            "speed: {column: latency, bins: [100, 250.5, 1500]}",
            'kind: {column: code, map: {"007": agent, "7": number}}',
            'rest: {column: code, map: {"007": agent}, other: everyone else}',
            "slow: {sql: \"case when latency > 1000 then 'slow' when latency is not null then 'it''s fast' end\"}",
        ],
    )

    def bin_of(value):
        if value is None:
            return "(missing)"
        return "<100" if value < 100 else "100-250.5" if value < 250.5 else "250.5-1500" if value < 1500 else ">=1500"

    def kind_of(value, other):
        return "(missing)" if value is None else {"007": "agent", "7": "number" if other == "(other)" else other}.get(value, other)

    def slow_of(value):
        return "(missing)" if value is None else "slow" if value > 1000 else "it's fast"

    expected = {
        **tally("speed", [bin_of(row[5]) for row in rows]),
        **tally("kind", [kind_of(row[3], "(other)") for row in rows]),
        **tally("rest", [kind_of(row[3], "everyone else") for row in rows]),
        **tally("slow", [slow_of(row[5]) for row in rows]),
    }
    assert found == expected


def test_bins_stand_in_their_order_however_many_there_are(run):
    rows = [(i % 2, 0.5, i % 130) for i in range(1300)]
    (run.folder / "d.csv").write_text(separated(rows, ",", ("y", "score", "age")))
    edges = ",".join(str(edge) for edge in range(10, 130, 10))
    audit = run.json("audit", "d.csv", "--label", "y", "--score", "score", "--by", f"age=age:{edges}", "--json")
    names = [group["slice"]["age"] for group in audit["slices"]]
    assert names == ["<10", *(f"{low}-{low + 10}" for low in range(10, 120, 10)), ">=120"]


def test_a_value_on_the_edge_of_a_bin_belongs_above(run):
    rows = [(1, 0.5, value) for value in ("0.1", "0.30000000000000004", "0.3", "0.29999999999999993", "nan", "")]
    (run.folder / "d.csv").write_text(separated(rows, ",", ("y", "score", "x")))
    audit = run.json("audit", "d.csv", "--label", "y", "--score", "score", "--by", "x=x:0.1,0.3", "--json")
    assert {group["slice"]["x"]: group["n"] for group in audit["slices"]} == {"0.1-0.3": 2, ">=0.3": 2, "(missing)": 2}


NAMES = [
    "with space", "select", "from", "ünïcode", "表", "a\"b", "it's", "semi;colon", "a.b", "1st", "UPPER", "-- remark", "$1", "?",
    "%s%n", "\\", "*", "column(1)", "{x}", "`tick`", "\u202eright to left",
]  # fmt: skip


def quote(text):
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_columns_of_any_name(run, name, kind):
    header = (name + "_y", name, name + "_g")
    rows = [(1, 0.9, "A"), (0, 0.2, "A"), (1, 0.2, "B"), (0, 0.8, "B")]
    path = run.folder / f"d.{kind}"
    if kind == "jsonl":
        path.write_text("".join(json.dumps(dict(zip(header, row))) + "\n" for row in rows))
    else:
        text = "".join(",".join(quote(str(value)) for value in row) + "\n" for row in (header, *rows))
        (run.folder / "d.csv").write_text(text)
    if kind == "parquet":
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{run.folder}/d.csv', header=true, delim=',', quote='\"', escape='\"')) TO '{path}'")
    group = name + "_g"
    segment = group if not set(group) & set("*=:") else None
    arguments = [f"--label={header[0]}", f"--score={header[1]}", "--metrics", "accuracy,roc_auc"]
    if segment is not None:
        arguments += [f"--by={segment}"]
    audit = run.json("audit", path.name, *arguments, "--json")
    assert audit["overall"]["measures"]["accuracy"]["value"] == 0.5
    if segment is not None:
        assert [part["slice"] for part in audit["slices"]] == [{segment: "A"}, {segment: "B"}]


@pytest.mark.parametrize("name", ["with space", "it's", 'a"b', "a,b", "select"])
def test_measures_of_columns_of_any_name(run, name):
    (run.folder / "d.csv").write_text(f"{quote(name)},y\n" + "".join(f"{i},1\n" for i in range(1, 10)))
    audit = run.json("audit", "d.csv", "--label", "y", "--metrics", f"mean({name})", "--metrics", f"quantile({name}, 0.5)", "--json")
    measures = audit["overall"]["measures"]
    assert measures[f"mean({name})"]["value"] == 5
    assert measures[f"quantile({name}, 0.5)"]["value"] == 5


VALUES = [
    'say "hi"', "two\nlines", "carriage\rreturn", "tab\there", "a,b", "it's", "\u202eright to left", "日本", "😀", " lead", "trail ",
    "nul-ish \\0 \\x00", "\\", "%s%n", "<script>", "&amp;", "a|b", "`code`", "null", "None", "(missing) ", "e\u0301", "\u00e9", "\x1b[31m",
    "\x7f", "\u0085", "\u2028", "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_values_of_any_text_are_groups_of_their_own(run, kind):
    rows = [(i % 2, 0.25, value) for i, value in enumerate(VALUES * 4)]
    path = run.folder / f"d.{kind}"
    header = ("y", "score", "g")
    if kind == "csv":
        text = "".join(",".join(quote(str(value)) for value in row) + "\n" for row in (header, *rows))
        path.write_bytes(text.encode())
    elif kind == "jsonl":
        path.write_text("".join(json.dumps(dict(zip(header, row))) + "\n" for row in rows))
    else:
        connection = duckdb.connect()
        connection.execute("CREATE TABLE d (y INTEGER, score DOUBLE, g VARCHAR)")
        connection.executemany("INSERT INTO d VALUES (?, ?, ?)", rows)
        connection.execute(f"COPY d TO '{path}' (FORMAT parquet)")
    audit = run.json("audit", path.name, "--label", "y", "--score", "score", "--by", "g", "--metrics", "count", "--json")
    found = {group["slice"]["g"]: group["n"] for group in audit["slices"]}
    assert found == {value: 4 for value in VALUES}
    assert list(found) == sorted(VALUES, key=lambda value: value.encode())
    for format in ("text", "markdown"):
        shown = run.good("audit", path.name, "--label", "y", "--score", "score", "--by", "g", "--metrics", "count", "--format", format)
        assert not set(shown) & {"\x1b", "\x7f", "\r", "\u0085", "\u202e", "\u2028"}


def test_a_value_with_a_nul_byte_in_json(run):
    lines = [{"y": 1, "score": 0.5, "g": "a\x00b"}, {"y": 0, "score": 0.5, "g": "a"}, {"y": 0, "score": 0.5, "g": "a\x00c"}]
    (run.folder / "d.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    audit = run.json("audit", "d.jsonl", "--label", "y", "--score", "score", "--by", "g", "--metrics", "count", "--json")
    assert [group["slice"]["g"] for group in audit["slices"]] == ["a", "a\x00b", "a\x00c"]


@pytest.mark.parametrize("name", ["with space.csv", "it's.csv", "ünï.csv", 'a"b.csv', "semi;colon.csv", "--x.csv", "a%s.csv"])
def test_files_of_any_name(run, name):
    (run.folder / name).write_text("y,score\n1,0.9\n0,0.1\n")
    audit = run.json("audit", "./" + name, "--label", "y", "--score", "score", "--json")
    assert audit["overall"]["n"] == 2
    deep = run.folder / "a folder" / "b"
    deep.mkdir(parents=True)
    (run.folder / name).rename(deep / name)
    assert run.json("audit", deep / name, "--label", "y", "--score", "score", "--json")["overall"]["n"] == 2


def test_a_symbolic_link_is_followed(run):
    (run.folder / "real").mkdir()
    (run.folder / "real" / "d.csv").write_text("y,score\n1,0.9\n0,0.1\n")
    (run.folder / "link.csv").symlink_to(run.folder / "real" / "d.csv")
    (run.folder / "folder").symlink_to(run.folder / "real")
    for path in ("link.csv", "folder/d.csv", "folder/*.csv"):
        assert run.json("audit", path, "--label", "y", "--score", "score", "--json")["overall"]["n"] == 2


def test_columns_of_one_file_that_another_lacks_are_missing_there(run):
    (run.folder / "d1.csv").write_text("y,score,g\n1,0.9,A\n0,0.1,A\n")
    (run.folder / "d2.csv").write_text("score,y\n0.9,1\n")
    audit = run.json("audit", "d*.csv", "--label", "y", "--score", "score", "--by", "g", "--metrics", "count", "--json")
    assert {group["slice"]["g"]: group["n"] for group in audit["slices"]} == {"A": 2, "(missing)": 1}


def test_a_column_that_nobody_uses_may_hold_anything(run):
    lines = ["y,score,note"] + [f"{i % 2},0.5,{i}" for i in range(30_000)] + ["1,0.5,suddenly words"] * 5
    (run.folder / "d.csv").write_text("\n".join(lines) + "\n")
    audit = run.json("audit", "d.csv", "--label", "y", "--score", "score", "--metrics", "count", "--json")
    assert audit["overall"]["n"] == 30_005


def test_groups_that_change_their_looks_late_stay_text(run):
    for kind in ("csv", "jsonl"):
        path = run.folder / f"d.{kind}"
        groups = ["1"] * 30_000 + ["one", "01"]
        if kind == "csv":
            path.write_text("y,g\n" + "".join(f"1,{group}\n" for group in groups))
        else:
            path.write_text("".join(json.dumps({"y": 1, "g": int(g) if g == "1" else g}) + "\n" for g in groups))
        audit = run.json("audit", path.name, "--label", "y", "--by", "g", "--metrics", "count", "--json")
        assert {group["slice"]["g"]: group["n"] for group in audit["slices"]} == {"1": 30_000, "one": 1, "01": 1}
