/*
 * Choosing a setting whose risk (an expected loss) is bounded: learn-then-test, with a confidence,
 * and conformal risk control, in expectation. Pure functions and values; one thread for each
 * struct.
 */
#ifndef PL_STATS_RISK_CONTROL_H
#define PL_STATS_RISK_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * P-values of "the risk is above `bound`" (0 < bound < 1), valid for every sample size, from n
 * independent losses: whatever the law of the losses, P(p <= u) <= u when the risk is at or above
 * the bound. Exact for losses of 0 and 1; that of Hoeffding and Bentkus takes the mean of losses in
 * [0, 1].
 */
double pl_risk_p_binomial(uint64_t losses, uint64_t n, double bound);
double pl_risk_p_hoeffding_bentkus(double mean, uint64_t n, double bound);

/*
 * The same for losses in [-1, 1] and -1 < bound < 1, sharp where most of them are 0: what a gambler
 * makes of 1 who bets that the losses are lower, and who never sees ahead. Feed the losses in an
 * order that has nothing to do with them.
 */
struct pl_wager {
    double bound;
    double pace;        /* 2 ln(1 / delta) / n */
    double log_capital; /* now, and at its best */
    double log_best;
    uint64_t n;
    double mean;    /* of the losses so far, with one of 0 before them */
    double squares; /* about the running means, with 1/4 before them */
};

/* For n losses, to be tested at `delta`: the p-value is valid for others as well, but less sharp.
 */
void pl_wager_init(struct pl_wager *wager, double bound, double delta, uint64_t n);
void pl_wager_add(struct pl_wager *wager, double loss);
double pl_wager_p(const struct pl_wager *wager);

/* The fewest losses with which the binomial test can reject at `delta`, if all of them are 0:
   ln(delta) / ln(1 - bound), rounded up. 0 where more than PL_RISK_LOSSES_MAX are needed. */
#define PL_RISK_LOSSES_MAX 1000000000
uint64_t pl_risk_losses_needed(double bound, double delta);

/* The same for the wager. */
uint64_t pl_wager_losses_needed(double bound, double delta);

/*
 * Which hypotheses "the risk is above the bound" are rejected, with a chance of at most delta that
 * any true one is among them. Fixed sequence: in the order given, which must not have been learned
 * from the same losses, until the first that stands; returns how many. Bonferroni: those at or
 * below delta / count; returns whether i is.
 */
size_t pl_fixed_sequence(const double *p_values, size_t count, double delta);
bool pl_bonferroni_rejects(double p_value, size_t count, double delta);

/*
 * Conformal risk control: whether a setting keeps the expected loss of the next decision at or
 * below `bound`: (sum + loss_max) / (n + 1) <= bound. Take the last in an order in which the loss
 * of every decision only grows.
 */
bool pl_conformal_risk_holds(double losses_sum, uint64_t n, double loss_max, double bound);

#endif
