"""audit --search: the slices found, what is proven of them, and a search that is stopped."""

import itertools
import json
import math
import os
import pty
import random
import select
import signal
import subprocess
import time
from collections import Counter

import pytest

SEGMENTS = ("race", "sex", "plan", "city")
SIZES = (4, 2, 3, 5)
SMALLEST = 30
LEVEL = 0.05


def decisions(count=6000, pocket=0.35):
    """Errors in one of ten, and in race=g1 and plan=g2 more often."""
    rng = random.Random(20240611)
    rows = []
    for _ in range(count):
        groups = tuple(f"g{rng.randrange(size)}" for size in SIZES)
        label = int(rng.random() < 0.4)
        wrong = rng.random() < (pocket if groups[0] == "g1" and groups[2] == "g2" else 0.1)
        rows.append((*groups, label, 1 - label if wrong else label))
    return rows


ROWS = decisions()


def csv_of(rows, segments=SEGMENTS):
    lines = [",".join((*segments, "label", "said"))]
    return "\n".join(lines + [",".join(map(str, row)) for row in rows]) + "\n"


def options(segments=SEGMENTS):
    by = [word for name in segments for word in ("--by", name)]
    return ["--label", "label", "--prediction", "said", "--metrics", "error_rate", "--depth", "1", *by]


@pytest.fixture
def data(run):
    (run.folder / "d.csv").write_text(csv_of(ROWS))
    return "d.csv"


def fisher(population, marked, drawn, k):
    """P(K >= k) in whole numbers."""
    ways = sum(
        math.comb(marked, i) * math.comb(population - marked, drawn - i)
        for i in range(k, min(drawn, marked) + 1)
    )
    return ways / math.comb(population, drawn)


def counted(rows, depth):
    """Decisions and errors of every slice, as {frozenset of (segment, group): (n, wrong)}."""
    n, wrong = Counter(), Counter()
    for row in rows:
        pairs = list(zip(SEGMENTS, row))
        for size in range(1, depth + 1):
            for slice_of in itertools.combinations(pairs, size):
                n[frozenset(slice_of)] += 1
                wrong[frozenset(slice_of)] += row[-1] != row[-2]
    return {key: (n[key], wrong[key]) for key in n}


def test_the_slices_found_are_those_that_counting_by_hand_finds(run, data, schema):
    audit = run.json("audit", data, *options(), "--search", "--json")
    schema("audit.schema.json", audit)
    search = audit["search"]
    slices = {key: v for key, v in counted(ROWS, 3).items() if SMALLEST <= v[0] < len(ROWS)}
    errors = sum(row[-1] != row[-2] for row in ROWS)
    significant = {
        key for key, (n, wrong) in slices.items()
        if fisher(len(ROWS), errors, n, wrong) <= LEVEL / len(slices)
    }  # fmt: skip

    assert (search["metric"], search["end"], search["stop"]) == ("error_rate", "high", "complete")
    assert search["family_size"] == search["tested"] == len(slices)
    assert search["significant"] == len(significant)
    assert search["overall"]["value"] == errors / len(ROWS)
    first = search["found"][0]
    assert first["slice"] == {"race": "g1", "plan": "g2"}
    for found in search["found"]:
        key = frozenset(found["slice"].items())
        n, wrong = slices[key]
        assert key in significant
        assert (found["measure"]["n"], found["measure"]["value"]) == (n, wrong / n)
        assert found["p_value"] == pytest.approx(fisher(len(ROWS), errors, n, wrong), rel=1e-9)
        assert found["p_adjusted"] == pytest.approx(found["p_value"] * len(slices), rel=1e-12)
        assert found["difference"] == pytest.approx(wrong / n - errors / len(ROWS), abs=1e-12)
        assert 0 < found["difference_proven"] < found["difference"]
        assert found["rank_value"] == pytest.approx(found["difference_proven"] / 1.1 ** (len(key) - 1))
        for folded in found["folded"]:
            assert frozenset(folded["slice"].items()) in significant
    total = sum(1 + found["folded_total"] for found in search["found"])
    assert total + search["further"] == len(significant)


def test_the_text_names_the_slice_and_what_is_proven(run, data):
    text = " ".join(run.good("audit", data, *options(), "--search").split())
    assert "Worst slices by error_rate" in text
    assert "race=g1 × plan=g2" in text
    assert "points above it, by at least" in text
    assert "folded into it" in text
    page = run.good("audit", data, *options(), "--search", "--format", "markdown")
    assert "### Worst slices by error_rate" in page
    assert "**race=g1 × plan=g2**" in page


def test_without_the_option_there_is_no_search(run, data):
    assert "search" not in run.json("audit", data, *options(), "--json")
    assert "Worst slices" not in run.good("audit", data, *options())


def test_where_errors_fall_anywhere_nothing_is_listed(run):
    (run.folder / "d.csv").write_text(csv_of(decisions(pocket=0.1)))
    search = run.json("audit", "d.csv", *options(), "--search", "--json")["search"]
    assert search["found"] == [] and search["stop"] == "complete"
    assert "None is worse" in run.good("audit", "d.csv", *options(), "--search")


def test_low_is_the_bad_end_of_accuracy_and_either_may_be_asked_for(run, data):
    high = run.json("audit", data, *options(), "--search=error_rate", "--json")["search"]
    low = run.json("audit", data, *options(), "--search=accuracy", "--json")["search"]
    best = run.json("audit", data, *options(), "--search=error_rate", "--search-end", "low", "--json")
    assert low["end"] == "low"
    assert [f["slice"] for f in low["found"]] == [f["slice"] for f in high["found"]]
    assert low["found"][0]["difference_proven"] == -high["found"][0]["difference_proven"] < 0
    assert best["search"]["end"] == "low"
    assert all(f["difference"] < 0 for f in best["search"]["found"])


def test_without_labels_the_selection_rate_is_searched(run, data):
    search = run.json("audit", data, "--prediction", "said", "--by", "race", "--search", "--json")["search"]
    assert search["metric"] == "selection_rate"


def test_a_recall_counts_the_decisions_it_is_of(run, data):
    search = run.json("audit", data, *options(), "--search=recall", "--json")["search"]
    assert search["metric"] == "true_positive_rate"
    assert search["overall"]["n"] == sum(row[-2] for row in ROWS)


def test_depth_and_top_bound_the_search(run, data):
    search = run.json(
        "audit", data, *options(), "--search", "--search-depth", "1", "--search-top", "1", "--json"
    )["search"]
    assert search["crossings"] == len(SEGMENTS) and search["family_size"] == sum(SIZES)
    assert len(search["found"]) == 1 and len(search["found"][0]["slice"]) == 1


def test_a_count_column_equals_the_expanded_data(run, data):
    counts = Counter(ROWS)
    lines = [",".join((*SEGMENTS, "label", "said", "n"))]
    lines += [",".join(map(str, (*row, count))) for row, count in counts.items()]
    (run.folder / "counted.csv").write_text("\n".join(lines) + "\n")
    expanded = run.json("audit", data, *options(), "--search", "--json")["search"]
    assert run.json("audit", "counted.csv", *options(), "--count", "n", "--search", "--json")["search"] == expanded


def test_threads_do_not_matter(run, data):
    one = run.good("audit", data, *options(), "--search", "--json", "--threads", "1")
    assert run.good("audit", data, *options(), "--search", "--json", "--threads", "3") == one


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--search=roc_auc"], "`roc_auc` cannot be searched"),
        (["--search=f1"], "`f1` cannot be searched"),
        (["--search=error_rat"], "error_rate"),
        (["--search", "error_rate"], "`--search=METRIC`"),
        (["--search", "--search-depth", "5"], "must be a whole number from 1 to 4"),
        (["--search", "--search-end", "best"], "worse, high or low"),
    ],
)
def test_what_cannot_be_searched_is_an_error(run, data, arguments, words):
    assert words in run.fails("audit", data, *options(), *arguments)


def test_sampling_weights_are_refused(run, data):
    (run.folder / "w.csv").write_text("race,label,said,w\na,1,1,1.5\nb,0,0,2\n")
    error = run.fails(
        "audit", "w.csv", "--label", "label", "--prediction", "said", "--by", "race", "--weight", "w", "--search"
    )
    assert "takes no sampling weights" in error


def test_without_segments_there_is_nothing_to_search(run, data):
    error = run.fails("audit", data, "--label", "label", "--prediction", "said", "--search")
    assert "needs segments" in error


WIDE = tuple(f"s{i}" for i in range(16))


def wide(run, rows):
    """So many segments that a search to depth four takes a while."""
    rng = random.Random(7)
    fours = [",".join(f"g{x}" for x in groups) for groups in itertools.product(range(5), repeat=4)]
    with open(run.folder / "wide.csv", "w", encoding="utf-8") as out:
        out.write(",".join((*WIDE, "label", "said")) + "\n")
        for _ in range(rows):
            groups = ",".join(rng.choices(fours, k=4))
            out.write(f"{groups},{int(rng.random() < (0.5 if groups[:2] == 'g1' else 0.1))},0\n")
    return ["audit", "wide.csv", *options(WIDE), "--threads", "1", "--search", "--search-depth", "4"]


def test_when_time_is_up_the_rest_is_bounded(run, schema):
    command = wide(run, 20000)
    stopped = run.json(*command, "--search-time", "0.001", "--json")
    schema("audit.schema.json", stopped)
    whole = run.json(*command, "--json")["search"]
    search = stopped["search"]
    assert search["stop"] == "out_of_time"
    assert search["crossings_done"] < search["crossings"]
    assert search["family_size"] >= whole["family_size"] > search["tested"]
    best = search["found"][0]["rank_value"] if search["found"] else 0
    assert search["bound"] >= whole["found"][0]["rank_value"]
    assert search["gap"] == pytest.approx(max(0, search["bound"] - best))
    text = " ".join(run.good(*command, "--search-time", "0.001").split())
    assert "Stopped when its time was up" in text and "could rank above the best found by" in text


def read_until(leader, words, seconds):
    """What a terminal shows until the words are there."""
    shown, end = "", time.monotonic() + seconds
    while words not in shown:
        assert time.monotonic() < end, shown
        if select.select([leader], [], [], 0.1)[0]:
            shown += os.read(leader, 65536).decode()
    return shown


def test_ctrl_c_shows_the_worst_so_far(run, schema):
    command = run.command(*wide(run, 250000), "--json")
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        command, cwd=run.folder, env=run.environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=follower
    )
    os.close(follower)
    try:
        assert "Ctrl-C shows the worst so far" in read_until(leader, "worst so far", 60)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(leader)
    assert process.returncode == 0
    audit = json.loads(out)
    schema("audit.schema.json", audit)
    assert audit["search"]["stop"] == "interrupted"
    assert 0 < audit["search"]["crossings_done"] < audit["search"]["crossings"]
    assert audit["search"]["found"][0]["slice"] == {"s0": "g1"}
