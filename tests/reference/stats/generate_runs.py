"""Writes the reference tables of two runs on the same cases: statsmodels and SciPy.

    /path/to/venv/bin/python tests/reference/stats/generate_runs.py [FOLDER OF DATA]

Needs numpy, scipy and statsmodels. Errors by groups are statsmodels' cluster-robust ones of a regression on a
constant, whose correction is C / (C - 1). The counts of mmlu_counts.csv and gsm8k.csv are taken from the data (see
known_data.py) where their folder, with mmlu and gsm8k in it, is given, and else stay as they are.
"""

import pathlib
import sys

import known_data
import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import CompareMeans

FOLDER = pathlib.Path(__file__).parent
SEED = 20250614
VERSIONS = f"SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}"


def write(name, lines):
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def row(*cells):
    return ",".join(c if isinstance(c, str) else repr(float(c)) for c in cells)


def by_group(values, groups):
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": groups})
    return fit.bse[0]


def errors(first, second, groups):
    compared = CompareMeans.from_data(first, second)
    differences = first - second
    return (
        differences.mean(),
        compared.std_meandiff_separatevar,
        compared.dof_satt(),
        stats.sem(differences),
        stats.ttest_rel(first, second).pvalue,
        by_group(differences, groups),
        by_group(first, groups),
        stats.sem(first),
    )


def write_scores():
    rng = np.random.default_rng(SEED)
    data = ["# cases: two scores and a group; see generate_runs.py", "name,first,second,group"]
    lines = [
        f"# two runs on the same cases: errors by {VERSIONS}",
        "name,difference,se_unpaired,df_unpaired,se_paired,p_paired,se_grouped,se_grouped_first,se_first",
    ]
    resampled = [
        f"# 95 % percentile bootstrap (400,000 resamples) and randomisation (400,000) by SciPy {scipy.__version__}",
        "name,low,high,se,p_randomisation",
    ]
    for name, n, c, binary in (("scores", 90, 15, False), ("right", 150, 25, True), ("close", 40, 8, False)):
        groups = rng.integers(0, c, n)
        base = rng.normal(0, 0.3, c)[groups] + rng.normal(0, 0.6, n)
        shift = 0.05 if name == "close" else 0.25
        first, second = base + shift + rng.normal(0, 0.4, n), base + rng.normal(0, 0.4, n)
        if binary:
            first, second = (first > -0.2) * 1.0, (second > -0.2) * 1.0
        first, second = np.round(first, 6), np.round(second, 6)
        data += [row(name, *values) for values in zip(first, second, groups)]
        lines.append(row(name, *errors(first, second, groups)))
        resampled.append(row(name, *resample(first - second)))
    write("paired_runs.csv", lines)
    write("paired_runs_data.csv", data)
    write("resampling.csv", resampled)


def resample(differences):
    boot = stats.bootstrap(
        (differences,), np.mean, n_resamples=400_000, method="percentile", rng=1, batch=20_000
    )
    test = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=400_000, rng=1, batch=20_000
    )
    return (*boot.confidence_interval, boot.standard_error, test.pvalue)


# ---- right or wrong ----

DISCORDANT = [(0, 0), (1, 0), (3, 3), (5, 0), (12, 2), (16, 6), (40, 20), (458, 515), (2000, 1900)]


def write_mcnemar():
    lines = [f"# McNemar: two-sided exact, mid-p, one-sided exact, by SciPy {scipy.__version__}", "b,c,exact,mid,greater"]
    for b, c in DISCORDANT:
        n, k = b + c, min(b, c)
        exact = stats.binomtest(b, n).pvalue if n else 1.0
        mid = min(1.0, 2 * stats.binom.cdf(k, n, 0.5) - stats.binom.pmf(k, n, 0.5)) if n else 1.0
        greater = stats.binomtest(b, n, alternative="greater").pvalue if n else 1.0
        lines.append(row(b, c, exact, mid, greater))
    write("mcnemar.csv", lines)


def write_cochran():
    rng = np.random.default_rng(SEED + 1)
    data = ["# right or wrong of each run; see generate_runs.py", "name,runs"]
    lines = [f"# Cochran's Q by statsmodels {statsmodels.__version__}", "name,runs,q,df,p"]
    for name, n, runs in (("three", 60, 3), ("five", 120, 5), ("two", 80, 2)):
        right = (rng.random((n, 1)) + np.linspace(0, 0.25, runs) + rng.normal(0, 0.2, (n, runs)) > 0.6) * 1
        data += [row(name, *values) for values in right]
        result = cochrans_q(right)
        lines.append(row(name, runs, result.statistic, result.df, result.pvalue))
    write("cochran.csv", lines)
    write("cochran_data.csv", data)


# ---- known data ----


def exact_p(b, c):
    return stats.binomtest(b, b + c).pvalue


def write_known(folder):
    lines = [
        "# MMLU items of 17 subjects that both, only the first (Mixtral-8x7B), only the second (GPT-4), and neither"
        " got right; counted from RouteLLM's files (Apache-2.0)",
        "subject,both,first,second,neither",
    ]
    lines += [",".join(map(str, [name, *counts])) for name, counts in known_data.mmlu(folder / "mmlu").items()]
    write("mmlu_counts.csv", lines)
    pairs = known_data.gsm8k(folder / "gsm8k" / "example_model_solutions.jsonl.gz")
    lines = [
        "# GSM8K's four systems, pair by pair: questions that both, only the first, only the second, and neither got"
        f" right (OpenAI, MIT), and McNemar's exact p by SciPy {scipy.__version__}",
        "systems,both,first,second,neither,p",
    ]
    for name, counts in pairs.items():
        lines.append(",".join(map(str, [name, *counts, float(exact_p(counts[1], counts[2]))])))
    write("gsm8k.csv", lines)


def write_mmlu():
    first, second, groups = [], [], []
    for g, line in enumerate((FOLDER / "mmlu_counts.csv").read_text().splitlines()[2:]):
        counts = [int(float(cell)) for cell in line.split(",")[1:]]
        first += [1.0] * (counts[0] + counts[1]) + [0.0] * (counts[2] + counts[3])
        second += [1.0] * counts[0] + [0.0] * counts[1] + [1.0] * counts[2] + [0.0] * counts[3]
        groups += [g] * sum(counts)
    first, second, groups = map(np.array, (first, second, groups))
    lines = [
        f"# the two models of mmlu_counts.csv: errors by {VERSIONS}",
        "name,difference,se_unpaired,df_unpaired,se_paired,p_paired,se_grouped,se_grouped_first,se_first",
        row("mmlu", *errors(first, second, groups)),
    ]
    write("mmlu.csv", lines)


# ---- sample sizes ----


def smallest(threshold, alpha, method, failures):
    n = failures + 1
    while proportion_confint(n - failures, n, 2 * alpha, method)[0] < threshold:
        n += 1
    return n


def write_sizes():
    lines = [
        f"# the fewest cases that clear a limit, searched with statsmodels {statsmodels.__version__}'s bounds",
        "threshold,alpha,failures,wilson,exact",
    ]
    for threshold in (0.8, 0.9, 0.95, 0.98, 0.99):
        for alpha in (0.025, 0.05):
            for failures in (0, 1, 5):
                sizes = [smallest(threshold, alpha, method, failures) for method in ("wilson", "beta")]
                lines.append(row(threshold, alpha, failures, *sizes))
    write("sample_size.csv", lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        write_known(pathlib.Path(sys.argv[1]))
    write_scores()
    write_mcnemar()
    write_cochran()
    write_mmlu()
    write_sizes()
