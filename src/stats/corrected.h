/*
 * A share as a judge saw it, corrected for the judge's own errors: W. J. Rogan & B. Gladen, Am. J.
 * Epidemiol. 107 (1978) 71. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_CORRECTED_H
#define PL_STATS_CORRECTED_H

#include "stats/stat.h"

/*
 * What the judge passed, and what people say of its errors. Counts, or effective counts. The calibration
 * cases are others than those judged, and are like them given what they truly are.
 */
struct pl_judged {
    struct pl_rate passed;      /* of all cases, those that the judge passes */
    struct pl_rate specificity; /* of the cases that people fail, those that the judge fails */
    struct pl_rate sensitivity; /* of the cases that people pass, those that the judge passes */
    uint64_t n;                 /* cases judged */
};

/*
 * The true share theta = (p + q0 - 1) / (q0 + q1 - 1), between 0 and 1: PL_STAT_CORRECTED. Its bounds
 * invert the test of p = theta q1 + (1 - theta)(1 - q0) with all three rates estimated, so that they lie in
 * [0, 1] by themselves. Undefined without calibration cases of either kind, and with
 * PL_UNDEFINED_JUDGE_IS_CHANCE when q0 + q1 is not above 1 at 97.5 % confidence, and with
 * PL_UNDEFINED_JUDGE_MISFIT when p lies beyond 1 - q0 or q1 at 99.9 %: the calibration is of other cases.
 */
struct pl_stat pl_rogan_gladen(const struct pl_judged *judged);

/* The same where cases come in groups: each is a PL_STAT_RATE, as pl_clusters_apply gives it; what is not is
   PL_UNDEFINED_NO_DECISIONS or PL_UNDEFINED_NO_CALIBRATION. */
struct pl_judged_groups {
    struct pl_stat passed;
    struct pl_stat specificity;
    struct pl_stat sensitivity;
};
struct pl_stat pl_rogan_gladen_grouped(const struct pl_judged_groups *judged);

/* What the share would be without clipping, and its standard error by the delta method: may lie outside
   [0, 1]. Only for a judge that is better than chance. */
struct pl_rogan_gladen_raw {
    double value;
    double se;
};
struct pl_rogan_gladen_raw pl_rogan_gladen_unclipped(const struct pl_judged *judged);

/* The two-sided interval of Z. Lang & J. Reiczigel, Prev. Vet. Med. 113 (2014) 13, as C. Lee et al. (arXiv
   2511.21140) advise for judges: for comparison with theirs. */
struct pl_estimate pl_rogan_gladen_lang_reiczigel(const struct pl_judged *judged,
                                                  double confidence);

/* Bounds and p-values for PL_STAT_CORRECTED. Called by stat.c. */
double pl_corrected_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method);
double pl_corrected_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method);
double pl_corrected_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method);
double pl_corrected_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method);

#endif
