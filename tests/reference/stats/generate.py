"""Writes the reference tables of the statistics layer, from implementations that are not ours.

Needs a virtual environment with numpy, scipy, scikit-learn, statsmodels and mpmath:

    python -m venv venv && venv/bin/pip install numpy scipy scikit-learn statsmodels mpmath
    venv/bin/python tests/reference/stats/generate.py

Each table says in its first line where its numbers come from. The incomplete beta and
gamma functions are integrated by mpmath at 40 digits; quantities of samples come from scikit-learn,
SciPy and statsmodels, and variances from the definition (DeLong by the matrix of comparisons,
influence functions by numeric derivatives of scikit-learn's weighted functions).
"""

import fractions
import math
import pathlib
import warnings

import mpmath as mp
import numpy as np
import scipy
import scipy.special
import scipy.stats
import sklearn
import sklearn.calibration
import sklearn.metrics
import statsmodels
import statsmodels.stats.multitest as multitest
import statsmodels.stats.proportion as proportion

FOLDER = pathlib.Path(__file__).parent
VERSIONS = {m.__name__: m.__version__ for m in (mp, np, scipy, sklearn, statsmodels)}
mp.mp.dps = 40


def text(value):
    if isinstance(value, (str, int, np.integer)):
        return str(value)
    if isinstance(value, mp.mpf):
        return mp.nstr(value, 17) if value > mp.mpf(10) ** -320 else "0"
    return repr(float(value))


def write(name, source, columns, rows):
    lines = [f"# {source}", ",".join(columns)]
    lines += [",".join(text(value) for value in row) for row in rows]
    (FOLDER / name).write_text("\n".join(lines) + "\n")


def source(*modules):
    return ", ".join(f"{m} {VERSIONS[m]}" for m in modules)


def tail_integral(log_ratio):
    """The integral over s > 0 of exp(log_ratio(s)), concave and 0 at 0; it is followed
    until it has fallen to -70."""
    reach = mp.mpf(1)
    while log_ratio(reach) > -70:
        reach *= 2
    while log_ratio(reach / 2) < -70:
        reach /= 2
    return mp.quad(lambda s: mp.exp(log_ratio(s)), mp.linspace(0, reach, 9))


def gamma_tails(a, x):
    """P(a, x) and Q(a, x): the smaller one as an integral over ln u away from ln x."""
    a, x = mp.mpf(a), mp.mpf(x)
    factor = mp.exp(a * mp.log(x) - x - mp.loggamma(a))
    if x < a:
        p = factor * tail_integral(lambda s: -a * s - x * mp.expm1(-s))
        return p, 1 - p
    q = factor * tail_integral(lambda s: a * s - x * mp.expm1(s))
    return 1 - q, q


def beta_lower(x, y, a, b):
    """I_x(a, b) for x below the mean, as an integral over s in logit(u) = logit(x) - s, where the
    integrand u^a (1 - u)^b is log-concave."""
    x, y, a, b = map(mp.mpf, (x, y, a, b))
    odds = x / y

    def log_ratio(s):
        return -a * s + (a + b) * mp.log((1 + odds) / (1 + odds * mp.exp(-s)))

    integral = tail_integral(log_ratio)
    return integral * mp.exp(a * mp.log(x) + b * mp.log(y) - log_beta(a, b))


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def beta_tails(x, a, b):
    x = mp.mpf(x)
    y = 1 - x
    if x * b <= y * a:
        lower = beta_lower(x, y, a, b)
        return lower, 1 - lower
    upper = beta_lower(y, x, b, a)
    return 1 - upper, upper


def beta():
    rows = []
    shapes = [(0.5, 0.5), (0.01, 3), (1, 1), (2.5, 0.2), (3, 8), (12.25, 40.5), (30, 1), (1, 1000),
              (0.5, 1e6), (100, 150), (5, 1e5), (700, 30), (1800, 2400), (2600, 2600), (3e3, 5e5),
              (1e5, 2e5), (1e6, 20), (4e6, 1e6), (3e7, 9e7), (1e9, 1e9), (5e8, 0.5), (1e9, 3)]
    for a, b in shapes:
        mean = a / (a + b)
        sd = (mean * (1 - mean) / (a + b + 1)) ** 0.5
        steps = (-30, -12, -5, -2, -0.5, 0, 0.7, 3, 8, 20)
        xs = {mean + step * sd for step in steps} | {mean * 1e-3, mean / 2, 1 - (1 - mean) * 0.4}
        for x in sorted(x for x in xs if 0 < x < 1):
            lower, upper = beta_tails(float(x), a, b)
            rows.append((float(a), float(b), float(x), lower, upper))
    write("beta.csv", "I_x(a, b) and its complement by " + source("mpmath"),
          ("a", "b", "x", "lower", "upper"), rows)


def beta_quantile():
    rows = []
    for a, b in [(0.5, 0.5), (1, 30), (3, 8), (0.2, 5), (41, 960), (500.5, 499.5), (3e4, 7e4),
                 (2e6, 3e6), (1e9, 2e9), (1, 1e7)]:
        for p in (1e-290, 1e-100, 1e-12, 1e-3, 0.025, 0.3, 0.5, 0.8, 0.975):
            x = mp.mpf(float(scipy.special.betaincinv(a, b, p)))
            if x < 1e-300 or x > 1 - 1e-9:
                continue
            for _ in range(6):  # Newton on the logarithm, from SciPy's value, to 25 digits
                lower, _upper = beta_tails(x, a, b)
                density = mp.exp((a - 1) * mp.log(x) + (b - 1) * mp.log(1 - x) - log_beta(a, b))
                move = (mp.log(mp.mpf(p)) - mp.log(lower)) * lower / density
                x += move
                if abs(move) < x * mp.mpf(10) ** -20:
                    break
            else:
                continue  # SciPy's start was too far off
            rows.append((float(a), float(b), p, x))
    write("beta_quantile.csv",
          "The x with I_x(a, b) = p: " + source("scipy") + ", refined by " + source("mpmath"),
          ("a", "b", "p", "x"), rows)


def gamma():
    rows = []
    for a in (0.1, 0.5, 1, 3.5, 9.9, 10, 50, 1234.5, 1e5):
        for step in (-8, -3, -1, 0, 0.5, 2, 6, 15, 35):
            x = float(a + step * a**0.5)
            if x > 0:
                p, q = gamma_tails(a, x)
                if q > 1e-305 and p > 1e-305:
                    rows.append((float(a), x, p, q))
    write("gamma.csv", "P(a, x) and Q(a, x) by " + source("mpmath"), ("a", "x", "p", "q"), rows)
    rows = [(float(df), alpha, scipy.stats.chi2.isf(alpha, df))
            for df in (0.5, 1, 2, 7.5, 30, 400) for alpha in (1e-100, 1e-9, 0.01, 0.5, 0.95)]
    write("chi_square.csv", "chi2.isf by " + source("scipy"), ("df", "alpha", "x"), rows)


def student():
    rows = []
    for df in (0.5, 1, 2.7, 5, 30, 199.5, 1e4, 1e6, 9e7, 2e8, 1e9):
        for t in (1e-3, 0.4, 1.0, 1.96, 3.3, 8.0, 25.0, 36.0):
            square = mp.mpf(t) ** 2
            x, y = df / (df + square), square / (df + square)
            half = mp.mpf(df) / 2
            if x * mp.mpf("0.5") <= y * half:
                lower = beta_lower(x, y, half, mp.mpf("0.5"))
            else:
                lower = 1 - beta_lower(y, x, mp.mpf("0.5"), half)
            if lower > 1e-300:
                rows.append((float(df), t, lower / 2))
    write("student.csv", "P(T > t) by " + source("mpmath"), ("df", "t", "sf"), rows)


def kolmogorov():
    rows = []
    for x in (0.2, 0.3, 0.5, 0.8, 0.99, 1.0, 1.01, 1.2238478702170823, 1.5, 1.99, 2.0, 2.01, 3.0,
              5.0, 10.0, 18.0, 25.0, 36.0):
        z = mp.mpf(x)
        terms = range(1, 400)
        bridge = 2 * sum((-1) ** (k - 1) * mp.exp(-2 * k * k * z * z) for k in terms)
        span = 8 * sum((-1) ** (k - 1) * k * mp.erfc(k * z / mp.sqrt(2)) / 2 for k in terms)
        rows.append((x, bridge, span))
    write("kolmogorov.csv",
          "Kolmogorov's and Feller's alternating series, 400 terms, by " + source("mpmath"),
          ("x", "kolmogorov_sf", "range_sf"), rows)


def rates():
    rows = []
    for n in (1, 2, 10, 30, 77, 1000, 123456, 50_000_000):
        for k in sorted({0, 1, n // 10, n // 3, n // 2, n - 1, n}):
            for alpha in (0.05, 0.01, 1e-6):
                rows.append((k, n, alpha, *proportion.proportion_confint(k, n, alpha, "wilson"),
                             *proportion.proportion_confint(k, n, alpha, "beta")))
    write("proportion.csv", "proportion_confint, two-sided, by " + source("statsmodels", "scipy"),
          ("k", "n", "alpha", "wilson_low", "wilson_high", "exact_low", "exact_high"), rows)
    rows = []
    for k1, n1, k2, n2 in [(56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 5, 30), (10, 10, 0, 20),
                           (5, 5, 7, 7), (120, 4000, 90, 2500), (1, 1000, 3, 900)]:
        for alpha in (0.05, 0.001):
            low, high = proportion.confint_proportions_2indep(
                k1, n1, k2, n2, compare="diff", method="newcomb", alpha=alpha)
            rows.append((k1, n1, k2, n2, alpha, low, high))
    write("newcombe.csv",
          "confint_proportions_2indep(method='newcomb') by " + source("statsmodels"),
          ("k1", "n1", "k2", "n2", "alpha", "low", "high"), rows)


def delong(score, label):
    """AUC and its standard error from the matrix of all comparisons."""
    positive, negative = score[label == 1], score[label == 0]
    matrix = np.where(positive[:, None] > negative[None, :], 1.0, 0.0)
    matrix += np.where(positive[:, None] == negative[None, :], 0.5, 0.0)
    variance = matrix.mean(1).var(ddof=1) / len(positive)
    variance += matrix.mean(0).var(ddof=1) / len(negative)
    return matrix.mean(), variance**0.5


def influence_se(function, label, score, weight, correct):
    """sqrt(sum (w df/dw)^2 correction) by central differences of a weighted function."""
    total = 0.0
    for i in range(len(weight)):
        step = 1e-5 * weight[i]
        up, down = weight.copy(), weight.copy()
        up[i] += step
        down[i] -= step
        slope = (function(label, score, sample_weight=up)
                 - function(label, score, sample_weight=down)) / (2 * step)
        total += (weight[i] * slope) ** 2 * correct(label[i])
    return total**0.5


def ranking_sets():
    rng = np.random.default_rng(20240117)
    for name, n, shift, places, weighted in [
            ("small", 12, 1.0, 1, False), ("ties", 60, 0.8, 0, False),
            ("plain", 200, 1.2, 6, False),
            ("rare", 150, 1.5, 2, False), ("worse_than_chance", 80, -0.7, 2, False),
            ("weighted", 90, 0.9, 1, True), ("weighted_plain", 120, 1.4, 5, True)]:
        share = 0.1 if name == "rare" else 0.45
        label = (rng.random(n) < share).astype(int)
        label[:2] = (0, 1)
        label[-2:] = (0, 1)
        score = np.round(rng.normal(size=n) + shift * label, places)
        weight = np.round(rng.gamma(2.0, 1.0, n) + 0.1, 3) if weighted else np.ones(n)
        yield name, score, label, weight


def ranking():
    data, results = [], []
    for name, score, label, weight in ranking_sets():
        order = np.argsort(score, kind="stable")
        data += [(name, score[i], label[i], weight[i]) for i in order]
        count = np.bincount(label)
        auc = sklearn.metrics.roc_auc_score(label, score, sample_weight=weight)
        by_label = influence_se(sklearn.metrics.roc_auc_score, label, score, weight,
                                lambda y: count[y] / (count[y] - 1))
        if (weight == 1).all():
            matrix_auc, by_label = delong(score, label)
            assert abs(matrix_auc - auc) < 1e-12
        precision = sklearn.metrics.average_precision_score(label, score, sample_weight=weight)
        n = len(label)
        precision_se = influence_se(sklearn.metrics.average_precision_score, label, score, weight,
                                    lambda y: n / (n - 1))
        false_rate, true_rate, _ = sklearn.metrics.roc_curve(label, score, sample_weight=weight,
                                                            drop_intermediate=False)
        results.append((name, auc, by_label, precision, precision_se,
                        np.abs(true_rate - false_rate).max()))
    write("roc_data.csv", "Simulated scores, ascending; seed 20240117",
          ("set", "score", "label", "weight"), data)
    write("roc.csv", "AUC, DeLong's se, average precision, its se by numeric derivatives, KS; "
          + source("sklearn", "numpy"),
          ("set", "auc", "auc_se", "average_precision", "average_precision_se", "ks"), results)


def calibration():
    rng = np.random.default_rng(7)
    data, results = [], []
    for name, n, tilt in (("fair", 200, 1.0), ("overconfident", 500, 1.7), ("tiny", 20, 1.0)):
        probability = np.sort(np.round(rng.beta(1.2, 1.6, n), 9))
        odds = np.log(probability / (1 - probability)) / tilt
        label = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
        data += [(name, p, y) for p, y in zip(probability, label)]
        observed, predicted = sklearn.calibration.calibration_curve(
            label, probability, n_bins=10, strategy="quantile")
        walk = np.concatenate([[0.0], np.cumsum(label - probability) / n])
        results.append((name, np.abs(observed - predicted).mean(), walk.max() - walk.min(),
                        (probability * (1 - probability)).sum() ** 0.5 / n,
                        sklearn.metrics.log_loss(label, probability),
                        sklearn.metrics.brier_score_loss(label, probability)))
    write("calibration_data.csv", "Simulated probabilities, ascending; seed 7",
          ("set", "probability", "label"), data)
    write("calibration.csv",
          "calibration_curve(strategy='quantile', n_bins=10), log_loss, brier_score_loss by "
          + source("sklearn") + "; range of cumulated sums by " + source("numpy"),
          ("set", "calibration_error", "ecce", "ecce_sigma", "log_loss", "brier"), results)


def multiple():
    p = np.array([0.04, 1e-9, 0.011, 0.2, 0.011, 0.9, 0.0004, 0.06, 1.0, 0.0125])
    rows = zip(p, multitest.multipletests(p, method="holm")[1],
               multitest.multipletests(p, method="fdr_bh")[1])
    write("multiple.csv", "multipletests, adjusted p-values, by " + source("statsmodels"),
          ("p", "holm", "benjamini_hochberg"), rows)


def hypergeometric():
    """Masses by gamma functions at many digits, tails as sums of them."""
    cases = [(10, 4, 3, 1), (10, 4, 3, 3), (20, 0, 7, 0), (20, 20, 7, 7), (60, 30, 30, 15),
             (200, 9, 40, 9), (1000, 100, 30, 0), (1000, 100, 30, 12), (1000, 900, 950, 860),
             (50_000, 1_000, 400, 30), (50_000, 25_000, 25_000, 12_800), (10**6, 10**5, 8_000, 960),
             (10**6, 10**5, 8_000, 700), (10**6, 10**5, 200_000, 20_500), (10**6, 3, 10**5, 2),
             (10**6, 999_000, 10_000, 9_999), (10**9, 10**7, 10**5, 1_200), (10**9, 5, 30, 1)]
    rows = []
    for population, marked, drawn, k in cases:
        lowest, highest = max(0, drawn - (population - marked)), min(drawn, marked)

        def choose(n, x):
            return mp.loggamma(n + 1) - mp.loggamma(x + 1) - mp.loggamma(n - x + 1)

        mass = choose(marked, k) + choose(population - marked, drawn - k) - choose(population, drawn)
        tail = term = mp.mpf(1)
        upward = k >= mp.mpf(drawn) * marked / population
        if upward:
            for x in range(k, highest):
                term *= mp.mpf(marked - x) * (drawn - x) / ((x + 1) * (population - marked - drawn + x + 1))
                tail += term
                if term < mp.mpf(10) ** -40 * tail:
                    break
            tail *= mp.exp(mass)
        else:
            for x in range(k, lowest, -1):
                term *= mp.mpf(x) * (population - marked - drawn + x) / ((marked - x + 1) * (drawn - x + 1))
                tail += term
                if term < mp.mpf(10) ** -40 * tail:
                    break
            tail = 1 - (tail - 1) * mp.exp(mass)
        rows.append((population, marked, drawn, k, float(mass), float(tail)))
    write("hypergeometric.csv", "ln P(K = k) and P(K >= k) by " + source("mpmath"),
          ("population", "marked", "drawn", "k", "log_mass", "at_least"), rows)


def exact_sums():
    """Sums by fractions, read as a double (which must be math.fsum's) and what it leaves as another."""
    rng = np.random.default_rng(20240119)
    sizes = 2.0 ** rng.integers(-1000, 1000, 40)
    spread = rng.standard_normal(40) * sizes
    cases = {
        "one": [0.1],
        "tenths": [0.1] * 10,
        "cancelling": [1.0, 1e100, 1.0, -1e100],
        "to_nothing": [3.5, -1e300, -3.5, 1e300],
        "below_nothing": [1e-300, -1e300, 1e300, -2e-300],
        "tie_to_even_down": [2.0**53, 1.0],
        "tie_to_even_up": [2.0**53, 3.0],
        "just_above_a_tie": [2.0**53, 1.0, 5e-324],
        "just_below_a_tie": [2.0**53, 1.0, -5e-324],
        "subnormals": [5e-324] * 7 + [2.5e-310, -1e-315],
        "into_the_normals": [2.2250738585072009e-308, 5e-324],
        "negative_zero": [-0.0, -0.0],
        "largest": [1.7976931348623157e308, 1.0, -1e292, 1e292],
        "past_the_largest_and_back": [1.7976931348623157e308, 1.7976931348623157e308, -1.7976931348623157e308,
                                      -1e300],
        "far_apart": list(spread),
        "far_apart_and_back": list(spread) + list(-spread[::2]) + [2.0**-1060],
        "ordinary": list(rng.standard_normal(60) * 1e3 + 1e6),
    }
    rows = []
    for name, values in cases.items():
        total = sum(map(fractions.Fraction, map(float, values)), fractions.Fraction(0))
        high = float(total)
        low = float(total - fractions.Fraction(high))
        if name != "past_the_largest_and_back":  # where fsum itself overflows
            assert high == math.fsum(values), name
        rows += [(name, value, high, low) for value in values]
    write("exact_sum.csv", "Python's fractions.Fraction and math.fsum",
          ("case", "value", "sum", "left"), rows)


def regression_samples():
    rng = np.random.default_rng(20240120)
    labels = rng.gamma(3.0, 20.0, 40)
    noise = rng.standard_normal(40)
    samples = {
        "plain": (labels, labels * 1.05 + 4.0 * noise, np.ones(40)),
        "weighted": (labels, labels + 6.0 * noise, rng.uniform(0.2, 4.0, 40)),
        "offset": (1e6 + 1e-3 * noise, 1e6 + 1e-3 * noise + 1e-4 * rng.standard_normal(40), np.ones(40)),
        "biased": (100.0 * noise, 100.0 * noise + 1e5 + rng.standard_normal(40), np.ones(40)),
        "worse": (labels, 200.0 - labels, rng.uniform(1.0, 2.0, 40)),
        "tiny": (np.array([3.0, -4.5, 8.0]), np.array([2.5, -4.0, 9.25]), np.array([1.0, 2.0, 0.5])),
    }
    return samples


def linearised(weights, values, mean):
    """The standard error of a weighted mean by its definition, in fractions until the root."""
    n = len(values)
    squares = sum((w * (x - mean)) ** 2 for w, x in zip(weights, values))
    return float(mp.sqrt(mp.mpf(n) / (n - 1) * mp.mpf(squares.numerator) / squares.denominator)
                 / mp.mpf(float(sum(weights))))


def regression():
    """Values from scikit-learn where it is exact enough, all from fractions; standard errors likewise."""
    rows = []
    for name, (label, prediction, weight) in regression_samples().items():
        y, w = ([fractions.Fraction(float(v)) for v in column] for column in (label, weight))
        e = [fractions.Fraction(float(v)) for v in prediction - label]
        total = sum(w)

        def mean(values):
            return sum(a * b for a, b in zip(w, values)) / total

        kinds = {
            "mean_error": e,
            "mae": [abs(v) for v in e],
            "mse": [v * v for v in e],
            "mape": [abs(a / b) for a, b in zip(e, y)],
            "mean_label": y,
            "mean_prediction": [fractions.Fraction(float(v)) for v in prediction],
        }
        for kind, values in kinds.items():
            rows.append((f"{name}:{kind}", float(mean(values)), linearised(w, values, mean(values))))
        mse, middle = mean(kinds["mse"]), mean(y)
        rmse = mp.sqrt(mp.mpf(mse.numerator) / mse.denominator)
        rows.append((f"{name}:rmse", rmse, rows[-4][2] / (2 * rmse)))
        u2 = [(v - middle) ** 2 for v in y]
        rho = mse / mean(u2)
        influence = linearised(w, [(rho * u - v * v) / mean(u2) for u, v in zip(u2, e)], fractions.Fraction(0))
        effective = float(total**2 / sum(v * v for v in w))
        rows.append((f"{name}:r2", float(1 - rho), math.hypot(influence, math.sqrt(2) * float(rho) / effective)))
        for kind, function in (("mae", sklearn.metrics.mean_absolute_error),
                               ("mse", sklearn.metrics.mean_squared_error),
                               ("rmse", sklearn.metrics.root_mean_squared_error),
                               ("mape", sklearn.metrics.mean_absolute_percentage_error),
                               ("r2", sklearn.metrics.r2_score)):
            ours = next(row[1] for row in rows if row[0] == f"{name}:{kind}")
            theirs = function(label, prediction, sample_weight=weight)
            assert abs(float(ours) - theirs) <= 1e-10 * max(1.0, abs(theirs)), (name, kind, ours, theirs)
    write("regression.csv", "values and standard errors by fractions and mpmath; mae, mse, rmse, mape and r2 "
          "checked to 1e-10 against " + source("sklearn"), ("measure", "value", "se"), rows)
    write("regression_data.csv", "Simulated labels and predictions; seed 20240120",
          ("sample", "label", "prediction", "weight"),
          [(name, *row) for name, sample in regression_samples().items() for row in zip(*sample)])


def main():
    warnings.simplefilter("error")
    for table in (rates, multiple, hypergeometric, calibration, ranking, kolmogorov, gamma, student,
                  beta_quantile, beta, exact_sums, regression):
        table()


if __name__ == "__main__":
    main()
