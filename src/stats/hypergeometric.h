/*
 * The hypergeometric distribution: how many marked ones are among some drawn at random without
 * putting back. It is the exact law of the errors in a slice when the errors fall anywhere. Pure
 * functions; safe in any thread. All counts up to 1e9; relative error of masses and tails below
 * 1e-8 (below 1e-11 for populations under 1e6).
 */
#ifndef PL_STATS_HYPERGEOMETRIC_H
#define PL_STATS_HYPERGEOMETRIC_H

#include <stdint.h>

/* `drawn` out of `population`, of which `marked` are marked; neither is more than the population.
 */
struct pl_hypergeometric {
    uint64_t population;
    uint64_t marked;
    uint64_t drawn;
};

/* ln P(K = k); -HUGE_VAL where that cannot be. */
double pl_hypergeometric_log_mass(const struct pl_hypergeometric *law, uint64_t k);

/* P(K >= k): the one-sided p-value of Fisher's exact test. */
double pl_hypergeometric_at_least(const struct pl_hypergeometric *law, uint64_t k);

#endif
