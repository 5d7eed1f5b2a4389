/*
 * Two runs compared by drawing their common cases again: the paired bootstrap and approximate
 * randomisation. What is compared is a function of sums over cases, so that it may be a mean or a corpus
 * BLEU alike. The result depends on the seed, and not on the number of threads.
 */
#ifndef PL_STATS_RESAMPLING_H
#define PL_STATS_RESAMPLING_H

#include "base/arena.h"
#include "stats/estimate.h"

#include <stddef.h>
#include <stdint.h>

#define PL_RESAMPLING_REPLICATES     10000
#define PL_RESAMPLING_REPLICATES_MAX 10000000
#define PL_RESAMPLING_WIDTH_MAX      64

/* The score of a run whose sums over the cases are these. Called from several threads at once. */
typedef double (*pl_resampling_score)(const double *sums, const void *context);

/*
 * Units are cases, or whole groups where cases come in groups. Each has `width` numbers for each run;
 * `score` NULL: width is 2, a sum of scores and a number of cases, and the score is their ratio.
 */
struct pl_resampling {
    const double *first; /* units_count * width, row after row */
    const double *second;
    size_t units_count;
    size_t width;
    pl_resampling_score score;
    const void *context;
    uint32_t replicates; /* 0: PL_RESAMPLING_REPLICATES */
    uint32_t threads;    /* 0: 1 */
    uint64_t seed;
    double confidence;
};

struct pl_resampled {
    double first; /* the scores as they are, and their difference */
    double second;
    double difference;
    double se; /* standard deviation of the resampled differences; 0 for randomisation */
    struct pl_estimate interval; /* percentile; of the bootstrap only, else undefined */
    double p_value;              /* two-sided, (c + 1) / (replicates + 1) */
    uint32_t replicates;
};

/*
 * Paired bootstrap (P. Koehn, EMNLP 2004): cases drawn with replacement, the same for both. The p-value
 * counts replicates whose difference lies at least as far from their mean as the observed one from 0 (S.
 * Riezler & J. T. Maxwell, ACL Workshop 2005), as sacrebleu does.
 */
PL_MUST_CHECK enum pl_status pl_paired_bootstrap(const struct pl_resampling *request,
                                                 struct pl_arena *scratch,
                                                 struct pl_resampled *ret_resampled,
                                                 struct pl_error *error);

/* Approximate randomisation (E. W. Noreen, Computer-Intensive Methods (1989)): in each case the two runs
   change places with a chance of one half; counts replicates whose difference is at least as large. */
PL_MUST_CHECK enum pl_status pl_approximate_randomisation(const struct pl_resampling *request,
                                                          struct pl_arena *scratch,
                                                          struct pl_resampled *ret_resampled,
                                                          struct pl_error *error);

#endif
