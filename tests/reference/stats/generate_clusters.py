"""Writes the reference tables of rates and means over clusters, and of decisions in groups.

Needs numpy, pandas, scipy and statsmodels:

    venv/bin/python tests/reference/stats/generate_clusters.py

Standard errors of means and rates are statsmodels' (OLS or WLS on a constant, cov_type "cluster", whose
factor is then C / (C - 1)); those of ratios are the same of the linearised values x - R y. Bounds of rates
are Korn & Graubard's, as the R package survey has them (svyciprop, method "beta"): effective n is
p (1 - p) / se^2, at most n, times (t_(n-1) / t_(C-1))^2, in Clopper & Pearson's bounds and in Wilson's.
"""

import json
import pathlib

import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats

FOLDER = pathlib.Path(__file__).parent
GROUPS = FOLDER.parent / "groups"
MMLU = FOLDER.parents[2] / ".." / "shared" / "data" / "mmlu"
LEVEL = 0.025


def cluster_se(values, groups, weights=None):
    """The mean and its standard error over clusters."""
    weights = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    model = sm.WLS(np.asarray(values, float), np.ones((len(values), 1)), weights=weights)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(groups)[0]})
    return float(fit.params[0]), float(fit.bse[0])


def effective(p, se, n, count, df, level):
    n_effective = min(n, p * (1 - p) / se**2)
    factor = min(1.0, (stats.t.ppf(1 - level, count - 1) / stats.t.ppf(1 - level, df)) ** 2) if df < count - 1 else 1.0
    return n_effective * factor


def wilson(p, n, level):
    z = stats.norm.ppf(1 - level)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return centre - half, centre + half


def exact(p, n, level):
    return stats.beta.ppf(level, p * n, n - p * n + 1), stats.beta.ppf(1 - level, p * n + 1, n - p * n)


def write(name, source, columns, rows):
    with open(FOLDER / name, "w") as file:
        file.write(f"# {source}\n{columns}\n")
        for row in rows:
            file.write(",".join(x if isinstance(x, str) else repr(float(x)) for x in row) + "\n")


def bounds():
    for count, df, n, p in ((2449, 16, 180.5, 0.81), (500, 4, 90.25, 0.5), (60, 59, 60.0, 0.1), (10000, 299, 4000.0, 0.995)):
        for level in (1e-6, 0.01, 0.025, 0.2):
            at = effective(p, np.sqrt(p * (1 - p) / n), n, count, df, level)
            yield [count, df, n, p, level, *wilson(p, at, level)], [count, df, n, p, level, *exact(p, at, level)]


def samples():
    rng = np.random.default_rng(21)
    for name, count, most, kind in (("rate", 30, 20, "rate"), ("few", 4, 50, "rate"), ("mean", 40, 15, "mean"), ("far", 25, 8, "far")):
        sizes = rng.integers(1, most + 1, count)
        levels = rng.beta(4, 2, count)
        yield name, [
            (rng.random(n) < level).astype(float) if kind == "rate"
            else rng.normal(level, 0.3, n) + (1e6 if kind == "far" else 0.0)
            for n, level in zip(sizes, levels)
        ]  # fmt: skip


def decisions():
    """Decisions in 24 passages, with slices nested in them (language) and crossed (kind)."""
    rng = np.random.default_rng(22)
    rows = []
    for passage in range(24):
        level = rng.beta(5, 2)
        for _ in range(int(rng.integers(3, 30))):
            label = int(rng.random() < 0.4)
            right = rng.random() < level
            rows.append({
                "passage": f"p{passage:02d}", "language": "hi" if passage % 3 == 0 else "en",
                "kind": rng.choice(["short", "long"]), "label": label, "prediction": label if right else 1 - label,
                "right": int(right), "seconds": "" if rng.random() < 0.05 else round(float(rng.gamma(2, 3) / level), 3),
                "cost": round(float(rng.gamma(2, 1)), 3), "solved": int(rng.random() < level), "w": round(float(rng.uniform(0.5, 3)), 2),
            })  # fmt: skip
    return pd.DataFrame(rows)


def of_rate(values, groups, weights):
    p, se = cluster_se(values, groups, weights)
    n = len(values)
    kish = n if weights is None else sum(weights) ** 2 / sum(np.square(weights))
    if weights is not None:
        alone = np.sqrt(np.sum(np.square(weights) * (values - p) ** 2)) / np.sum(weights)
        kish = min(n, p * (1 - p) / alone**2)
    at = effective(p, se, kish, n, len(set(groups)) - 1, LEVEL)
    low, high = wilson(p, at, LEVEL)
    return {"value": p, "low": low, "high": high, "se": se}


def of_mean(values, groups, weights):
    mean, se = cluster_se(values, groups, weights)
    t = stats.t.ppf(1 - LEVEL, len(set(groups)) - 1)
    return {"value": mean, "low": mean - t * se, "high": mean + t * se, "se": se}


def of_ratio(x, y, groups, weights):
    w = np.ones(len(x)) if weights is None else np.asarray(weights)
    ratio = np.sum(w * x) / np.sum(w * y)
    _, se = cluster_se(x - ratio * y, groups, weights)
    se *= np.sum(w) / np.sum(w * y)
    t = stats.t.ppf(1 - LEVEL, len(set(groups)) - 1)
    return {"value": ratio, "low": ratio - t * se, "high": ratio + t * se, "se": se}


def measures(data, weighted):
    def part(rows):
        return rows.passage.to_numpy(), rows.w.to_numpy() if weighted else None

    timed = data[data.seconds != ""]
    called = data[data.prediction == 1]
    positive = data[data.label == 1]
    negative = data[data.label == 0]
    return {
        "groups": int(data.passage.nunique()),
        "accuracy": of_rate(data.right.to_numpy(float), *part(data)),
        "error_rate": of_rate(1.0 - data.right.to_numpy(float), *part(data)),
        "selection_rate": of_rate(data.prediction.to_numpy(float), *part(data)),
        "precision": of_rate(called.label.to_numpy(float), *part(called)),
        "true_positive_rate": of_rate(positive.prediction.to_numpy(float), *part(positive)),
        "false_positive_rate": of_rate(negative.prediction.to_numpy(float), *part(negative)),
        "rate(right)": of_rate(data.right.to_numpy(float), *part(data)),
        "mean(seconds)": of_mean(timed.seconds.to_numpy(float), *part(timed)),
        "ratio(cost, solved)": of_ratio(data.cost.to_numpy(float), data.solved.to_numpy(float), *part(data)),
    }


def of_log(mean, value, se):
    t = stats.t.ppf(1 - LEVEL, mean["df"])
    return {"value": value, "low": value * np.exp(-t * se / value), "high": value * np.exp(t * se / value), "se": se}


def regression(data):
    """Costs that the column w predicts."""
    groups, label, guess = data.passage.to_numpy(), data.cost.to_numpy(float), data.w.to_numpy(float)
    error = guess - label
    squares = {**of_mean(error**2, groups, None), "df": len(set(groups)) - 1}
    root = float(np.sqrt(squares["value"]))
    return {
        "mae": of_mean(abs(error), groups, None),
        "mean_error": of_mean(error, groups, None),
        "mape": of_mean(abs(error / label), groups, None),
        "mean_label": of_mean(label, groups, None),
        "mean_prediction": of_mean(guess, groups, None),
        "mse": of_log(squares, squares["value"], squares["se"]),
        "rmse": of_log(squares, root, squares["se"] / (2 * root)),
    }


def by_slice(data, weighted):
    slices = {"overall": measures(data, weighted)}
    for segment in ("language", "kind"):
        for group, rows in data.groupby(segment):
            slices[f"{segment}={group}"] = measures(rows, weighted)
    return slices


def mmlu():
    files = sorted(MMLU.glob("*.csv.gz"))
    data = pd.concat([pd.read_csv(file).assign(subject=file.name.removesuffix(".csv.gz")) for file in files])
    figures = {}
    for column in data.columns[1:3]:
        values = data[column].to_numpy(float)
        p = values.mean()
        figures[column] = {**of_rate(values, data.subject.to_numpy(), None), "se_alone": float(np.sqrt(p * (1 - p) / len(values)))}
    one, other = (data[column].to_numpy(float) for column in data.columns[1:3])
    figures["difference"] = of_mean(other - one, data.subject.to_numpy(), None)
    return figures


if __name__ == "__main__":
    made = "tests/reference/stats/generate_clusters.py"
    versions = f"SciPy {scipy.__version__}, statsmodels {statsmodels.__version__} ({made})"
    rows = list(bounds())
    write("effective_rate.csv", f"Korn & Graubard's bounds, {versions}; the name is the method", "method,n,df,n_effective,p,alpha,low,high",
          [("wilson", *row[0]) for row in rows] + [("exact", *row[1]) for row in rows])
    kept = list(samples())
    write("cluster_totals.csv", f"totals of clusters made by {made}", "name,a,b",
          [(name, part.sum(), len(part)) for name, parts in kept for part in parts])
    write("cluster_errors.csv", f"mean and standard error over clusters, and as if independent, {versions}", "name,mean,se,se_alone,n,clusters",
          [(name, *cluster_se(np.concatenate(parts), np.repeat(np.arange(len(parts)), [len(p) for p in parts])),
            np.concatenate(parts).std(ddof=1) / np.sqrt(sum(map(len, parts))), sum(map(len, parts)), len(parts)) for name, parts in kept])
    table = decisions()
    table.to_csv(GROUPS / "decisions.csv", index=False)
    result = {"source": versions, "plain": by_slice(table, False), "weighted": by_slice(table, True), "mmlu": mmlu()}
    result["paired"] = of_mean(table.cost.to_numpy(float) - table.w.to_numpy(float), table.passage.to_numpy(), None)
    result["regression"] = {"overall": regression(table), **{f"kind={kind}": regression(part) for kind, part in table.groupby("kind")}}
    (GROUPS / "figures.json").write_text(json.dumps(result, indent=1) + "\n")
