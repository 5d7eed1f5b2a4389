/*
 * Audits without files: cells in memory from drawn counts or drawn decisions, measured and judged as
 * `gate` does. A simulation that cannot go on says why and ends the program. One thread.
 */
#ifndef PL_TESTS_GATE_SIMULATE_H
#define PL_TESTS_GATE_SIMULATE_H

#include "base/rng.h"
#include "judge/judge.h"
#include "measure/measure.h"

#include <stdio.h>

#define SIM_GROUPS_MAX 12
#define SIM_CONFIDENCE 0.95
#define SIM_ALPHA      0.05

/* What a run was asked for, and what it found. */
struct sim_run {
    uint32_t audits;
    uint64_t seed;
    double allowance; /* standard errors of the simulation that a figure may lie beyond its bound */
    uint32_t figures; /* looked at so far */
    uint32_t beyond;  /* of them, further beyond their bound than the allowance */
    uint32_t surprise; /* of them, more than two standard errors beyond it */
};

/* A run of the test suite: fewer worlds, and more room for the simulation's own error. */
bool sim_is_short(const struct sim_run *run);

/* Counts a figure: an error rate from `audits` audits that should be at most `bound`. */
void sim_expect_at_most(struct sim_run *run, double rate, double bound, uint32_t audits);

/* " 4.85 " with a mark behind it when the rate is beyond the bound by more than the allowance. */
void sim_print_rate(const struct sim_run *run, double rate, double bound, uint32_t audits);

/*
 * Groups with a rate each. Of a group's n decisions a binomial number, with chance `negatives`, is
 * labelled negative, and of those a binomial number with chance `rate` is predicted positive; the
 * positives are all predicted positive. With negatives 1 the selection rate is `rate` of n.
 */
struct sim_rates {
    size_t count;
    uint64_t n[SIM_GROUPS_MAX];
    double negatives[SIM_GROUPS_MAX];
    double rate[SIM_GROUPS_MAX];
};

/* One decision with a score or another number. */
struct sim_decision {
    double value;
    double weight;
    uint32_t group;
    bool positive; /* its label */
};

struct sim_decisions {
    struct sim_decision *items; /* sorted in place */
    size_t count;
    size_t groups_count;
    bool weighted;
    bool
        scored; /* the value is a score, and what reaches `threshold` is predicted positive; else it
                    is the column `x`, and the prediction is the label */
    double threshold;
};

/* Cells with one segment, `group`, whose groups are a, b, c, ...; all in `arena`. */
struct pl_cells *sim_cells_of_rates(const struct sim_rates *rates, struct pl_rng *rng,
                                    struct pl_arena *arena);
struct pl_cells *sim_cells_of_decisions(const struct sim_decisions *decisions,
                                        struct pl_arena *arena);

/* Measures overall and by group. Generic measures are of the column `x`. */
struct pl_measured *sim_measure(const struct pl_cells *cells, const char *const *names,
                                size_t count, struct pl_arena *arena);

/* A limit by group at SIM_CONFIDENCE. */
struct pl_limit sim_limit(const char *metric, enum pl_comparator comparator, double threshold,
                          const char *reference);

const struct pl_judgement *sim_judge(const struct pl_measured *measured,
                                     const struct pl_limit *limits, size_t count,
                                     struct pl_arena *arena);

/* Cases whose state and shown bounds contradict each other: a breach whose bound does not lie beyond
   the threshold, or a clear one whose bound does. */
size_t sim_contradictions(const struct pl_judgement *judgement);

/* The parts of the program; each prints its tables. */
void sim_rates_run(struct sim_run *run);
void sim_power_run(struct sim_run *run);
void sim_line_run(struct sim_run *run);
void sim_numbers_run(struct sim_run *run);
void sim_coverage_run(struct sim_run *run);
void sim_between_run(struct sim_run *run);
void sim_tails_run(struct sim_run *run);
void sim_needed_run(struct sim_run *run);

#endif
