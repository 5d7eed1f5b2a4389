/*
 * Worlds of rates and the limits asked of them, for the parts that share them. Pure functions.
 */
#ifndef PL_TESTS_GATE_RATES_H
#define PL_TESTS_GATE_RATES_H

#include "simulate.h"

#define SIM_ASKED_COUNT 10

/* A limit without its threshold: every comparator, those between groups also with a reference. */
struct sim_asked {
    const char *name;
    enum pl_comparator comparator;
    bool with_reference; /* the first group */
};

extern const struct sim_asked SIM_ASKED[SIM_ASKED_COUNT];

bool sim_is_upper(enum pl_comparator comparator);

/* The true overall rate. */
double sim_overall_rate(const struct sim_rates *world);

/* The most extreme true value in any case of the limit: the threshold that is kept by a hair. */
double sim_threshold(const struct sim_rates *world, const struct sim_asked *asked);

struct pl_limit sim_asked_limit(const struct sim_asked *asked, double threshold);

/* One audit: drawn, counted and measured. */
struct pl_measured *sim_measure_rates(const struct sim_rates *world, struct pl_rng *rng,
                                      struct pl_arena *arena);

#endif
