/*
 * Two runs that answered the same cases: is the first better than the second? The difference is always
 * first less second. Pure functions; memory from the given arena only; one thread for each arena.
 */
#ifndef PL_STATS_PAIRED_RUNS_H
#define PL_STATS_PAIRED_RUNS_H

#include "base/arena.h"
#include "stats/pairs.h"
#include "stats/stat.h"

/* A finite score for each case of one run. Where a case was repeated, the mean of its repeats. */
struct pl_run_scores {
    const double *scores;
    const uint32_t *groups; /* of each case, 0 .. groups_count - 1; NULL: cases are independent */
    size_t count;
    uint32_t groups_count;
};

/* A score for each case and run. Where a case was repeated, the mean of its repeats. */
struct pl_paired_scores {
    const double *first;
    const double *second;
    const uint32_t *groups;
    size_t count;
    uint32_t groups_count;
};

/* ---- right or wrong ---- */

/* Cases that only one run got right. P-values: two-sided; `greater` that the first is better. */
struct pl_mcnemar {
    uint64_t only_first;
    uint64_t only_second;
    double exact; /* twice the smaller binomial tail, at most 1 */
    double mid; /* the mid-p value (M. W. Fagerland et al., BMC Med. Res. Methodol. 13 (2013) 91) */
    double greater; /* P(K >= only_first), one-sided and exact */
};
struct pl_mcnemar pl_mcnemar(uint64_t only_first, uint64_t only_second);

/* True when every score is 0 or 1; then `ret_pairs` has the pairs, for pl_paired_difference. */
bool pl_paired_is_binary(const struct pl_paired_scores *scores, struct pl_discordance *ret_pairs);

/* ---- scores ---- */

/*
 * The standard errors that one may come to, side by side (E. Miller, arXiv 2411.00640): as if the runs had
 * answered different cases, of the differences case by case, and with the groups as the sample (factor
 * C / (C - 1)). `unpaired` is a difference of two means with Welch's degrees of freedom; `paired` is for
 * right or wrong pl_paired_difference, else Student's t; `grouped` is PL_STAT_NONE without groups, else
 * Student's t with C - 1 degrees of freedom, and PL_STAT_UNBOUNDED where groups do not differ.
 */
struct pl_paired_means {
    struct pl_stat first; /* each run by itself, not grouped */
    struct pl_stat second;
    struct pl_stat unpaired;
    struct pl_stat paired;
    struct pl_stat grouped;
    double se_unpaired; /* of the three, as plain numbers; -1 where there is none */
    double se_paired;
    double se_grouped;
    double correlation; /* of the two runs' scores; 0 where one does not vary */
};
PL_MUST_CHECK enum pl_status pl_paired_means(const struct pl_paired_scores *scores,
                                             struct pl_arena *scratch,
                                             struct pl_paired_means *ret_means,
                                             struct pl_error *error);

/* The one to judge by: grouped where there are groups, else paired. */
const struct pl_stat *pl_paired_deciding(const struct pl_paired_means *means);

/* One run: as if its cases were independent, and with the groups as the sample. */
struct pl_grouped_mean {
    struct pl_stat plain;
    struct pl_stat grouped; /* PL_STAT_NONE without groups, else pl_clusters_apply of `plain` */
    double se_plain;        /* -1 where there is none */
    double se_grouped;
    double design_effect; /* (se_grouped / se_plain)^2; 0 where it is not known */
    uint64_t groups;
};
PL_MUST_CHECK enum pl_status pl_grouped_mean(const struct pl_run_scores *scores,
                                             struct pl_arena *scratch,
                                             struct pl_grouped_mean *ret_mean,
                                             struct pl_error *error);

/* ---- what it comes to ---- */

enum pl_change { PL_CHANGE_IMPROVED, PL_CHANGE_WORSE, PL_CHANGE_NOT_SHOWN };

struct pl_outcome {
    enum pl_change change;
    double p_value; /* two-sided: twice the smaller of the two one-sided ones, at most 1 */
    /* Cases that would have to be added, if the difference stayed what it is; 0 when shown already, or
       when no number would do (the difference is 0). */
    uint64_t more;          /* for the interval to leave out 0 */
    uint64_t more_at_power; /* for it to do so with a chance of `power` */
};

struct pl_outcome_options {
    double confidence; /* of the two-sided interval that must leave out 0 */
    double power;      /* 0.8, say */
    enum pl_rate_method method;
};

/* `difference` is first less second, larger being better; when undefined nothing is shown. */
struct pl_outcome pl_outcome_of(const struct pl_stat *difference,
                                const struct pl_outcome_options *options);

/* "improved", "worse", "no_evidence". */
const char *pl_change_name(enum pl_change change);

/* ---- several runs ---- */

/* Cochran's Q (Biometrika 37 (1950) 256): were `runs` systems right equally often on the same cases?
   `right` is count * runs, row after row of 0 and 1. P-value by chi-square, runs - 1 degrees of freedom; 1
   and a Q of 0 where no case tells them apart. */
struct pl_cochran {
    double q;
    double df;
    double p_value;
    uint64_t telling; /* cases that some got right and some wrong */
};
struct pl_cochran pl_cochran_q(const uint8_t *right, size_t count, size_t runs);

#endif
