"""What share people would pass, from a judge's predictions and people's labels on some; and how far the two agree."""

import random

import pytest


def rows(count, labelled, sensitivity, specificity, seed):
    draw = random.Random(seed)
    for i in range(count):
        good = draw.random() < 0.7
        said = draw.random() < (sensitivity if good else 1 - specificity)
        yield (int(good) if i < labelled else ""), int(said), int(good)


def measure(run, data, *metrics):
    text = "label,judge\n" + "".join(f"{label},{said}\n" for label, said, _ in data)
    (run.folder / "d.csv").write_text(text)
    result = run.json("audit", "d.csv", "--label", "label", "--prediction", "judge", "--metrics", ",".join(metrics), "--json")
    return result["overall"]["measures"]


def test_a_judge_that_never_errs_counts_in_full(run):
    data = list(rows(2000, 300, 1.0, 1.0, seed=1))
    figures = measure(run, data, "corrected_rate")
    truth = sum(good for _, _, good in data) / len(data)

    assert figures["corrected_rate"]["value"] == pytest.approx(truth, abs=0.002)
    assert figures["corrected_rate"]["low"] < truth < figures["corrected_rate"]["high"]


def test_where_everything_is_labelled_it_is_what_people_say(run):
    data = list(rows(500, 500, 0.8, 0.6, seed=2))
    figures = measure(run, data, "corrected_rate")

    assert figures["corrected_rate"]["value"] == pytest.approx(sum(label for label, _, _ in data) / 500, abs=1e-12)


def test_a_judge_that_errs_is_corrected_towards_people(run):
    data = list(rows(4000, 800, 0.95, 0.5, seed=3))
    figures = measure(run, data, "corrected_rate", "selection_rate")
    truth = sum(good for _, _, good in data) / len(data)

    assert abs(figures["corrected_rate"]["value"] - truth) < 0.5 * abs(figures["selection_rate"]["value"] - truth)
    assert figures["corrected_rate"]["low"] < truth < figures["corrected_rate"]["high"]


def test_kappa_of_yes_and_no_is_that_of_scikit_learn(run):
    metrics = pytest.importorskip("sklearn.metrics")
    data = list(rows(700, 400, 0.9, 0.8, seed=4))
    labelled = [(label, said) for label, said, _ in data if label != ""]
    wanted = metrics.cohen_kappa_score(*zip(*labelled))

    assert measure(run, data, "cohen_kappa")["cohen_kappa"]["value"] == pytest.approx(wanted, abs=1e-12)


def test_weights_leave_it_undefined_with_the_reason(run):
    (run.folder / "w.csv").write_text("label,judge,w\n" + "1,1,2\n0,1,1\n,1,1\n" * 50)
    result = run.json("audit", "w.csv", "--label", "label", "--prediction", "judge", "--weight", "w", "--metrics", "corrected_rate", "--json")

    assert result["overall"]["measures"]["corrected_rate"]["reason"] == "the method takes no sampling weights"
