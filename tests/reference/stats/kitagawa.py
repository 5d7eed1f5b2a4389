"""Writes kitagawa_data.csv and kitagawa.csv: gaps split into mix and rates, by an implementation that
is not ours.

Kitagawa's two parts are those of a two-fold Oaxaca-Blinder decomposition with weights of one half, over
dummy variables of the strata; the values come from statsmodels. Standard errors come from the whole
covariance matrix of shares and rates and numeric gradients in mpmath at 40 digits, and not from a
formula for the variance of a part.

    venv/bin/python tests/reference/stats/kitagawa.py
"""

import pathlib
import random

import mpmath as mp
import numpy as np
import statsmodels
from statsmodels.stats.oaxaca import OaxacaBlinder

FOLDER = pathlib.Path(__file__).parent
mp.mp.dps = 40

# Berkeley 1973: stratum -> (men, men admitted, women, women admitted). Bickel, Hammel & O'Connell,
# Science 187 (1975) 398; as in R's UCBAdmissions.
ADMISSIONS = [(825, 512, 108, 89), (560, 353, 25, 17), (325, 120, 593, 202), (417, 138, 375, 131),
              (191, 53, 393, 94), (373, 22, 341, 24)]  # fmt: skip


def cases():
    yield "admissions", ADMISSIONS
    yield "one_stratum", [(40, 10, 30, 21)]
    yield "all_and_none", [(20, 20, 30, 0), (25, 0, 15, 15), (10, 5, 10, 5)]
    rng = random.Random(1955)
    for i in range(6):
        strata = []
        for _ in range(rng.randrange(2, 7)):
            a, b = rng.randrange(5, 400), rng.randrange(5, 400)
            strata.append((a, rng.randrange(a + 1), b, rng.randrange(b + 1)))
        yield f"random_{i}", strata


def values(strata):
    """(mix, within) by statsmodels: one row for each decision, a dummy for each stratum."""
    rows, y = [], []
    for index, (a, ka, b, kb) in enumerate(strata):
        dummies = [float(index == j) for j in range(len(strata))]
        for group, n, k in ((0.0, a, ka), (1.0, b, kb)):
            rows += [dummies + [group]] * n
            y += [1.0] * k + [0.0] * (n - k)
    model = OaxacaBlinder(np.array(y), np.array(rows), len(strata), hasconst=True, swap=False)
    unexplained, explained, gap = model.two_fold(two_fold_type="self_submitted", submitted_weight=0.5).params
    assert abs(explained + unexplained - gap) < 1e-12
    return explained, unexplained


def parts(a, b, p, q):
    mix = mp.fsum((x - y) * (r + s) / 2 for x, y, r, s in zip(a, b, p, q))
    return mix, mp.fsum((r - s) * (x + y) / 2 for x, y, r, s in zip(a, b, p, q))


def covariance(n, k):
    """Of the shares (multinomial) and the rates (binomial, from (k + 1) / (n + 2)) of one group."""
    total, size = mp.mpf(sum(n)), len(n)
    matrix = mp.zeros(2 * size)
    for i in range(size):
        for j in range(size):
            matrix[i, j] = ((n[i] if i == j else 0) - n[i] * n[j] / total) / total**2
        r = mp.mpf(k[i] + 1) / (n[i] + 2)
        matrix[size + i, size + i] = r * (1 - r) / n[i]
    return matrix


def standard_errors(strata):
    na, ka, nb, kb = ([mp.mpf(x) for x in column] for column in zip(*strata))
    at = [[x / sum(na) for x in na], [k / n for k, n in zip(ka, na)],
          [x / sum(nb) for x in nb], [k / n for k, n in zip(kb, nb)]]  # fmt: skip
    size, step = len(strata), mp.mpf(10) ** -15
    gradients = [[], []]
    for block in range(4):
        for i in range(size):
            ends = []
            for sign in (1, -1):
                moved = [list(x) for x in at]
                moved[block][i] += sign * step
                ends.append(parts(moved[0], moved[2], moved[1], moved[3]))
            for part in range(2):
                gradients[part].append((ends[0][part] - ends[1][part]) / (2 * step))
    result = []
    for gradient in gradients:
        variance = mp.mpf(0)
        for group, (n, k) in enumerate(((na, ka), (nb, kb))):
            g = mp.matrix(gradient[2 * size * group : 2 * size * (group + 1)])
            variance += (g.T * covariance(n, k) * g)[0]
        result.append(mp.sqrt(variance))
    return result


def standardised(strata):
    pooled = [a + b for a, _, b, _ in strata]
    total = mp.mpf(sum(pooled))
    result = []
    for n_at, k_at in ((0, 1), (2, 3)):
        value = mp.fsum(w / total * s[k_at] / s[n_at] for w, s in zip(pooled, strata))
        rates = [mp.mpf(s[k_at] + 1) / (s[n_at] + 2) for s in strata]
        variance = mp.fsum((w / total) ** 2 * r * (1 - r) / s[n_at] for w, r, s in zip(pooled, rates, strata))
        result += [value, mp.sqrt(variance)]
    return result


def main():
    data, rows = [], []
    for name, strata in cases():
        data += [",".join([name, *map(str, stratum)]) for stratum in strata]
        figures = [*values(strata), *standard_errors(strata), *standardised(strata)]
        rows.append(",".join([name, *(mp.nstr(mp.mpf(x), 17) for x in figures)]))
    (FOLDER / "kitagawa_data.csv").write_text(
        "# The cases of kitagawa.csv: both groups' decisions and successes in each stratum\n"
        "case,n_a,k_a,n_b,k_b\n" + "\n".join(data) + "\n")
    (FOLDER / "kitagawa.csv").write_text(
        f"# statsmodels {statsmodels.__version__} (OaxacaBlinder), mpmath {mp.__version__}\n"
        "case,mix,within,mix_se,within_se,standardised_a,se,standardised_b,se\n" + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
