"""The data on which the program is compared with other libraries: two real sets and some made up.

Only the standard library is used, so that the test suite makes the very same files. What is made up
comes from `random.Random(seed).random()`, whose sequence Python guarantees, and scores are rounded,
so that no machine's logarithm shows in them.
"""

import csv
import gzip
import hashlib
import io
import math
import random
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MISSING = "(missing)"

RATES = [
    "accuracy", "error_rate", "balanced_accuracy", "precision", "true_positive_rate",
    "true_negative_rate", "false_positive_rate", "false_negative_rate", "false_discovery_rate",
    "false_omission_rate", "negative_predictive_value", "f1", "matthews_corrcoef",
    "selection_rate", "base_rate", "count", "share", "expected_cost",
]  # fmt: skip
RANKINGS = ["roc_auc", "average_precision", "ks_separation"]
LOSSES = ["log_loss", "brier_score", "calibration_error", "ecce"]


@dataclass(frozen=True)
class Dataset:
    """Where the rows are, and what `plimsoll audit` is told about them."""

    name: str
    make: object  # () -> bytes of CSV, or None when the file is not here
    label: str
    by: tuple  # crossings, each a tuple of columns
    measures: tuple
    score: str = ""
    prediction: str = ""
    threshold: float = 0.5
    positive: str = ""
    count: str = ""
    weight: str = ""

    @property
    def has_seed(self):
        return "seed" in self.make.__code__.co_varnames[: self.make.__code__.co_argcount]

    def arguments(self, path):
        """The command line, without the program."""
        out = ["audit", str(path), "--label", self.label, "--threshold", repr(self.threshold)]
        for name in ("score", "prediction", "positive", "count", "weight"):
            if getattr(self, name):
                out += ["--" + name, getattr(self, name)]
        for crossing in self.by:
            out += ["--by", "*".join(crossing)]
        out += ["--depth", "1", "--smallest", "1", "--metrics", ",".join(self.measures)]
        return [*out, "--format", "json"]


@dataclass(frozen=True)
class Limit:
    """A limit of a line; only the values of its cases are compared, not what it says of them."""

    measure: str
    comparator: str
    threshold: float
    by: tuple
    reference: str = ""

    @property
    def text(self):
        reference = f", reference: {self.reference}" if self.reference else ""
        return (f"{{metric: '{self.measure}', {self.comparator}: {self.threshold}, "
                f"by: {' * '.join(self.by)}{reference}}}")


def limits(first, second, reference):
    """Every comparator, over a segment, a crossing, and against one group."""
    both = (first, second)
    against = [Limit(measure, "max_difference", 0.1, (first,), reference)
               for measure in ("false_positive_rate", "true_positive_rate", "false_discovery_rate",
                               "false_omission_rate", "error_rate", "selection_rate")]
    times = [Limit(measure, "max_ratio", 1.2, (first,), reference)
             for measure in ("false_positive_rate", "false_negative_rate", "error_rate")]
    return (
        *against,
        *times,
        Limit("selection_rate", "min_ratio", 0.8, (first,), reference),
        Limit("expected_cost", "max", 1, (first,)),
        Limit("roc_auc", "min", 0.5, both),
        Limit("false_negative_rate", "max_difference", 0.1, (second,)),
        Limit("roc_auc", "max_difference", 0.1, (first,)),
        Limit("selection_rate", "min_ratio", 0.8, both),
        Limit("precision", "max_ratio", 1.2, (second,)),
        Limit("error_rate", "max_ratio_to_overall", 1.5, (first,)),
        Limit("false_positive_rate", "max_ratio_to_overall", 1.5, both),
        Limit("average_precision", "max_ratio_to_overall", 1.5, (first,)),
        Limit("precision", "max_difference_to_overall", 0.1, both),
        Limit("f1", "max_difference_to_overall", 0.1, (first,)),
    )


COSTS = (1, 4)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def rows(content):
    """The rows of a CSV as dictionaries of text."""
    return list(csv.DictReader(io.StringIO(content.decode())))


def to_csv(header, lines):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return out.getvalue().encode()


# --- Real data ----------------------------------------------------------------------------------


def recidivism():
    return (ROOT / "examples" / "recidivism" / "decisions.csv").read_bytes()


def adult():
    path = ROOT.parent / "shared" / "data" / "adult" / "adult-rf-binary.csv.gz"
    return gzip.decompress(path.read_bytes()) if path.exists() else None


# --- Made up ------------------------------------------------------------------------------------


class Source:
    """Draws from a seeded uniform sequence."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def choice(self, values, shares):
        draw = self.random() * sum(shares)
        for value, share in zip(values, shares):
            draw -= share
            if draw < 0:
                return value
        return values[-1]

    def score(self, shift):
        """Between 0 and 1, higher for a higher shift."""
        logit = shift + 1.7 * math.log((draw := 0.001 + 0.998 * self.random()) / (1 - draw))
        return round(1 / (1 + math.exp(-logit)), 9)

    def chance(self, probability):
        return int(self.random() < probability)


REGIONS = ["east", "north", "south", "west"]
PLANS = ["free", "paid"]


def person(source):
    region = source.choice(REGIONS, [50, 30, 18, 2])
    plan = source.choice(PLANS, [70, 30])
    shift = {"east": -0.6, "north": 0.1, "south": 0.5, "west": 0.0}[region] + 0.3 * (plan == "paid")
    return region, plan, shift


def continuous(seed=20260101):
    """Distinct probabilities, some of them 0 and 1; measures of columns, with gaps."""
    source, lines = Source(seed), []
    for _ in range(3000):
        region, plan, shift = person(source)
        score = source.score(shift)
        label = source.chance(0.8 * score + 0.1 * (region == "south") + 0.05)
        if source.random() < 0.004:
            score = float(source.chance(0.5))
        latency = "" if source.chance(0.03) else round(40 - 90 * math.log(1 - source.random()), 3)
        margin = round(12 * source.random() - 7, 2)
        lines.append([region, plan, score, label, latency, margin, source.chance(0.3)])
    return to_csv(["region", "plan", "score", "label", "latency_ms", "margin", "adopted"], lines)


def distinct(seed=20260102):
    """A multiple of ten of distinct scores: here equal-mass bins have but one definition."""
    source, lines, seen = Source(seed), [], set()
    while len(lines) < 2000:
        _, plan, shift = person(source)
        score = source.score(shift)
        if score not in seen:
            seen.add(score)
            lines.append([plan, score, source.chance(score**1.3)])
    return to_csv(["plan", "score", "label"], lines)


def discrete(seed=20260103):
    """Twenty-one probabilities, so that nearly every score is a tie; labels yes and no."""
    source, lines = Source(seed), []
    for _ in range(2500):
        region, plan, shift = person(source)
        score = round(round(source.score(shift) * 20) / 20, 2)
        lines.append([region, plan, score, "yes" if source.chance(score) else "no"])
    return to_csv(["region", "plan", "score", "label"], lines)


def weighted(seed=20260104):
    """Sampling weights of any size, ties, and rows without a label or without a score."""
    source, lines = Source(seed), []
    for i in range(2000):
        region, plan, shift = person(source)
        score = source.score(shift)
        if i % 3 == 0:
            score = round(score, 1)
        label = source.chance(score)
        weight = round(0.2 + 5 * source.random() ** 3, 6)
        label = "" if source.chance(0.05) else label
        latency = round(200 * source.random(), 1)
        score = "" if source.chance(0.05) else score
        lines.append([region, plan, score, label, latency, weight])
    return to_csv(["region", "plan", "score", "label", "latency_ms", "weight"], lines)


def counted(seed=20260105):
    """A row stands for n decisions, each of a sampling weight."""
    source, lines = Source(seed), []
    for region in REGIONS[:3]:
        for plan in PLANS:
            for score in (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95):
                for label in (0, 1):
                    n = int(40 * source.random())
                    lines.append([region, plan, score, label, n, round(0.5 + source.random(), 4)])
    return to_csv(["region", "plan", "score", "label", "n", "weight"], lines)


def degenerate():
    """Groups without positives, without negatives, with one decision, and with next to nothing."""
    def group(name, n, label, score):
        return [[name, score(i), label(i), i % 4 if i % 5 else ""] for i in range(n)]

    lines = (
        group("all right", 12, lambda i: i % 2, lambda i: 0.75 if i % 2 else 0.25)
        + group("all tied", 9, lambda i: i % 2, lambda i: 0.5)
        + group("all wrong", 12, lambda i: i % 2, lambda i: 0.25 if i % 2 else 0.75)
        + group("mixed", 40, lambda i: int(i * 7 % 11 < 5), lambda i: (i * 13 % 17) / 17)
        + group("never a yes", 10, lambda i: i % 2, lambda i: 0.1 + i / 100)
        + group("always a yes", 10, lambda i: i % 2, lambda i: 0.6 + i / 100)
        + group("no negatives", 8, lambda i: 1, lambda i: i / 8)
        + group("no positives", 8, lambda i: 0, lambda i: i / 8)
        + group("one negative", 1, lambda i: 0, lambda i: 0.9)
        + group("one positive", 1, lambda i: 1, lambda i: 0.9)
        + group("quiet", 6, lambda i: 0, lambda i: 0.1)
        + group("unlabelled", 5, lambda i: "", lambda i: i / 5)
        + group("unscored", 5, lambda i: i % 2, lambda i: "")
        + group("", 14, lambda i: int(i % 3 == 0), lambda i: (i * 5 % 14) / 14)
    )
    return to_csv(["group", "score", "label", "visits"], [[g, repr(s) if s != "" else "", y, v]
                                                          for g, s, y, v in lines])


ALL = (
    Dataset("recidivism", recidivism, "two_year_recid", score="decile_score", threshold=5,
            count="n", by=(("race",), ("sex",), ("age",), ("race", "sex"), ("race", "age")),
            measures=(*RATES, *RANKINGS, *LOSSES, "mean(decile_score)",
                      "quantile(decile_score, 0.5)", "quantile(decile_score, 0.9)",
                      "sum(decile_score)")),
    Dataset("adult", adult, "label_value", score="score",
            by=(("race",), ("gender",), ("race", "gender"), ("education",)),
            measures=(*RATES, *RANKINGS, *LOSSES)),
    Dataset("continuous", continuous, "label", score="score", threshold=0.4,
            by=(("region",), ("plan",), ("region", "plan")),
            measures=(*RATES, *RANKINGS, *LOSSES, "mean(latency_ms)", "sum(latency_ms)",
                      "quantile(latency_ms, 0.5)", "quantile(latency_ms, 0.95)", "mean(margin)",
                      "sum(margin)", "quantile(margin, 0.25)", "rate(adopted)")),
    Dataset("distinct", distinct, "label", score="score", by=(("plan",),),
            measures=("count", *RANKINGS, *LOSSES)),
    Dataset("discrete", discrete, "label", score="score", threshold=0.55, positive="yes",
            by=(("region",), ("plan",), ("region", "plan")),
            measures=(*RATES, *RANKINGS, *LOSSES)),
    Dataset("weighted", weighted, "label", score="score", weight="weight",
            by=(("region",), ("plan",), ("region", "plan")),
            measures=(*RATES, *RANKINGS, *LOSSES, "mean(latency_ms)", "sum(latency_ms)",
                      "quantile(latency_ms, 0.5)", "quantile(latency_ms, 0.9)")),
    Dataset("counted", counted, "label", score="score", count="n", weight="weight",
            by=(("region",), ("plan",), ("region", "plan")),
            measures=(*RATES, *RANKINGS, *LOSSES)),
    Dataset("degenerate", degenerate, "label", score="score", by=(("group",),),
            measures=(*RATES, *RANKINGS, *LOSSES, "mean(visits)", "sum(visits)",
                      "quantile(visits, 0.5)")),
)  # fmt: skip

# What `plimsoll gate` is asked of two of them.
LIMITS = {
    "recidivism": limits("race", "sex", "Caucasian"),
    "weighted": limits("region", "plan", "east"),
}
