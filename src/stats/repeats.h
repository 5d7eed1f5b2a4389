/*
 * Cases that were answered several times: passing at least once, passing every time, and where the
 * variance comes from. The sample is the cases (or groups of cases), never the answers. Pure functions;
 * memory from the given arena only. How far the answers agree: pl_pairwise_agreement of agreement.h.
 */
#ifndef PL_STATS_REPEATS_H
#define PL_STATS_REPEATS_H

#include "base/arena.h"
#include "stats/mean.h"

struct pl_case_passes {
    uint32_t repeats;
    uint32_t passed;
};

struct pl_repeated {
    const struct pl_case_passes *cases;
    const uint32_t *groups; /* of each case, 0 .. groups_count - 1; NULL: cases are independent */
    size_t count;
    uint32_t groups_count;
};

/* Of one case, the chance that of k of its repeats, drawn without replacement, some passed: 1 - C(n - c, k) /
   C(n, k); and that all did: C(c, k) / C(n, k). 1 <= k <= repeats. */
double pl_pass_at_least_once(const struct pl_case_passes *passes, uint32_t k);
double pl_pass_every_time(const struct pl_case_passes *passes, uint32_t k);

enum pl_pass_kind {
    PL_PASS_AT_K,  /* pass@k, unbiased: M. Chen et al., arXiv 2107.03374 */
    PL_PASS_ALL_K, /* pass^k: S. Yao et al., arXiv 2406.12045 */
};

struct pl_pass_request {
    const struct pl_repeated *repeated;
    enum pl_pass_kind kind;
    uint32_t k;
};

/* The mean over cases with at least k repeats, clustered by case or group; PL_UNDEFINED_FEW_REPEATS where
   no case has so many. `stat.n` is the number of cases used. */
PL_MUST_CHECK enum pl_status pl_pass_rate(const struct pl_pass_request *request,
                                          struct pl_arena *scratch, struct pl_stat *ret_stat,
                                          struct pl_error *error);

/* ---- where the variance comes from ---- */

/* The state of the pass; nothing in it is for the caller. Zeroed is empty. */
struct pl_variance_split {
    uint64_t repeats;
    double inverse_repeats;   /* sum of 1 / K */
    struct pl_spread between; /* of the cases' means */
    double within;            /* sum of squares about the cases' own means */
};

/* One case: the scores of its repeats. */
void pl_variance_split_add(struct pl_variance_split *split, const double *scores, size_t count);

/*
 * The mean over n cases has variance (between + within / K) / n: `between` is that of the cases' true means
 * (Miller's omega^2), `within` that of repeats about them (sigma^2). -1 where it is not known: a part needs
 * a case that was repeated, an error two cases.
 */
struct pl_variance_parts {
    double between;
    double within;
    double repeats;  /* the harmonic mean of K; 0 without cases */
    double now;      /* standard error of the mean as it was run */
    double at_least; /* what would be left of it if every case were repeated without end */
};
struct pl_variance_parts pl_variance_split_finish(const struct pl_variance_split *split);

#endif
