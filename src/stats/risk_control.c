/*
 * Risk control for settings chosen from data.
 *
 * Learn-then-test. For each setting the hypothesis "its risk R is above alpha" gets a p-value, and
 * a procedure that controls the family-wise error picks settings: with probability 1 - delta no
 * setting picked has R > alpha.
 *   Binomial, losses of 0 and 1, k of n:  p = P(Bin(n, alpha) <= k).
 *   Hoeffding-Bentkus, losses in [0, 1] of mean m:  p = min(exp(-n h(min(m, alpha), alpha)),
 *     e P(Bin(n, alpha) <= ceil(n m))), h(a, b) = a ln(a / b) + (1 - a) ln((1 - a) / (1 - b)).
 *   Wager, losses X in [-1, 1]:  p = 1 / max_t K_t, K_t = prod_{i <= t} (1 + l_i (alpha - X_i)),
 *     with bets l_i in [0, 3 / (4 (1 - alpha))] that depend on earlier losses only. K is a
 *     supermartingale that starts at 1 when R >= alpha, and p is valid by Ville's inequality.
 *     l_i = min(sqrt(2 ln(1 / delta) / (n v_i)), cap), v_i = (1/4 + the sum of squares about the
 *     running means of the losses before) / i: the predictable plug-in, which adapts to the variance.
 *
 * Conformal risk control. With losses that only grow along the settings and are at most B, the last
 * setting with (sum + B) / (n + 1) <= alpha has E[loss of the next decision] <= alpha.
 *
 * Valid range: 0 < alpha < 1 (wager: -1 < alpha < 1), n up to 1e9, 0 < delta < 1. Accuracy:
 * binomial tails as in beta.h; all within 1e-10 relative of SciPy, MAPIE and NumPy
 * (tests/reference/stats/risk.csv, by generate_risk.py). The promises are simulated in
 * tests/prop/cascade.
 *
 * Sources: A. N. Angelopoulos, S. Bates, E. J. Candes, M. I. Jordan & L. Lei, Ann. Appl. Stat. 19
 * (2025) 1641 (arXiv 2110.01052); S. Bates et al., J. ACM 68 (2021) 43; V. Bentkus, Ann. Prob. 32
 * (2004) 1650; I. Waudby-Smith & A. Ramdas, J. Royal Stat. Soc. B 86 (2024) 1; A. N. Angelopoulos,
 * S. Bates, A. Fisch, L. Lei & T. Schuster, ICLR 2024 (arXiv 2208.02814).
 */
#include "stats/risk_control.h"

#include "stats/beta.h"

#include <assert.h>
#include <math.h>

static const double EULER = 2.71828182845904523536;

/* Of the largest bet that cannot lose all; more gains little and can be ruined by one loss. */
static const double BET_MAX = 0.75;

/* What stands before the first loss, as one loss of it. */
static const double VARIANCE_BEFORE = 0.25;

/* A sum that is a whole number but for its rounding is that number. */
static const double ROUNDING = 1e-9;

double pl_risk_p_binomial(uint64_t losses, uint64_t n, double bound)
{
    assert(bound > 0.0 && bound < 1.0 && losses <= n);
    return n == 0 ? 1.0 : pl_binomial_at_most((double)losses, (double)n, bound);
}

static double divergence(double a, double b)
{
    const double first = a > 0.0 ? a * log(a / b) : 0.0;
    const double second = a < 1.0 ? (1.0 - a) * log((1.0 - a) / (1.0 - b)) : 0.0;

    return first + second;
}

double pl_risk_p_hoeffding_bentkus(double mean, uint64_t n, double bound)
{
    assert(bound > 0.0 && bound < 1.0 && mean >= 0.0 && mean <= 1.0);
    if (n == 0)
        return 1.0;

    const double trials = (double)n;
    const double losses = fmin(trials, ceil(trials * mean - ROUNDING));
    const double hoeffding = exp(-trials * divergence(fmin(mean, bound), bound));
    const double bentkus = EULER * pl_binomial_at_most(losses, trials, bound);

    return fmin(1.0, fmin(hoeffding, bentkus));
}

void pl_wager_init(struct pl_wager *wager, double bound, double delta, uint64_t n)
{
    assert(bound > -1.0 && bound < 1.0 && delta > 0.0 && delta < 1.0);
    *wager = (struct pl_wager){
        .bound = bound,
        .pace = -2.0 * log(delta) / (n > 0 ? (double)n : 1.0),
        .squares = VARIANCE_BEFORE,
    };
}

void pl_wager_add(struct pl_wager *wager, double loss)
{
    assert(loss >= -1.0 && loss <= 1.0);

    const double variance = wager->squares / (double)(wager->n + 1);
    const double cap = BET_MAX / (1.0 - wager->bound);
    const double bet = fmin(sqrt(wager->pace / variance), cap);

    wager->log_capital += log1p(bet * (wager->bound - loss));
    wager->log_best = fmax(wager->log_best, wager->log_capital);
    wager->n++;
    wager->mean += (loss - wager->mean) / (double)(wager->n + 1);
    wager->squares += (loss - wager->mean) * (loss - wager->mean);
}

double pl_wager_p(const struct pl_wager *wager)
{
    return exp(-wager->log_best);
}

/* How many steps of `gain` (a logarithm) make 1 / delta. */
static uint64_t steps_to(double gain, double delta)
{
    const double steps = gain > 0.0 ? ceil(-log(delta) / gain * (1.0 - 1e-12)) : (double)INFINITY;

    return steps <= PL_RISK_LOSSES_MAX ? (uint64_t)steps : 0;
}

uint64_t pl_risk_losses_needed(double bound, double delta)
{
    return steps_to(-log1p(-bound), delta);
}

/* Without any loss the variance falls as 1 / i, and the bets soon stand at their cap: found by
 * trying. */
static bool wager_can(uint64_t n, double bound, double delta)
{
    const double cap = BET_MAX / (1.0 - bound);
    const double pace = -2.0 * log(delta) / (double)n;
    double capital = 0.0;

    for (uint64_t i = 0; i < n; i++) {
        const double bet = sqrt(pace * (double)(i + 1) / VARIANCE_BEFORE);

        if (bet >= cap)
            return capital + (double)(n - i) * log1p(cap * bound) >= -log(delta);
        capital += log1p(bet * bound);
    }
    return capital >= -log(delta);
}

uint64_t pl_wager_losses_needed(double bound, double delta)
{
    uint64_t low = 0;
    uint64_t high = 1;

    if (!(bound > 0.0))
        return 0;
    while (high < PL_RISK_LOSSES_MAX && !wager_can(high, bound, delta)) {
        low = high;
        high *= 2;
    }
    if (high >= PL_RISK_LOSSES_MAX)
        return 0;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;

        if (wager_can(middle, bound, delta))
            high = middle;
        else
            low = middle;
    }
    return high;
}

size_t pl_fixed_sequence(const double *p_values, size_t count, double delta)
{
    size_t rejected = 0;

    while (rejected < count && p_values[rejected] <= delta)
        rejected++;
    return rejected;
}

bool pl_bonferroni_rejects(double p_value, size_t count, double delta)
{
    return p_value <= delta / (double)count;
}

bool pl_conformal_risk_holds(double losses_sum, uint64_t n, double loss_max, double bound)
{
    return (losses_sum + loss_max) / ((double)n + 1.0) <= bound;
}
