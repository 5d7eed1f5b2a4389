/*
 * Thresholds for a cascade, learned from labelled requests. One part of them calibrates the
 * signals, the second picks the cheapest thresholds whose quality is shown to keep a bound, whatever
 * the signals are worth: a bad signal costs money, and never the promise. The third part has no say
 * in either, and shows what the choice costs and how good it is. Everything lives in the given
 * arena; one thread.
 */
#ifndef PL_CASCADE_FIT_H
#define PL_CASCADE_FIT_H

#include "base/arena.h"
#include "stats/clusters.h"
#include "stats/isotonic.h"
#include "stats/mean.h"
#include "stats/stat.h"

#define PL_CASCADE_TIERS_MAX 8
#define PL_CASCADE_RULES_MAX 64
#define PL_CASCADE_BINS      10
#define PL_CASCADE_PATH_MAX  4096

/* Fewer labelled requests than these do not calibrate a signal. */
#define PL_CASCADE_CALIBRATION_MIN 50

/* Fewer held-out requests than these show nothing. */
#define PL_CASCADE_HELD_OUT_MIN 30

/* What every request would have got of one tier: arrays as long as the data; NAN is not known. */
struct pl_cascade_tier {
    struct pl_str model;
    const double *signals; /* NULL: none; allowed at the last tier */
    const double *right;   /* 0 or 1, or a score between */
    const double *costs;   /* at least 0 */
};

/* A rule that sends a request to a tier before any model is asked, and to the last one where it
 * does not hold. */
struct pl_cascade_rule {
    struct pl_str when;
    uint32_t tier;
    const bool *holds;
};

struct pl_cascade_data {
    size_t count;
    const uint64_t *ids;    /* hashes, by which the requests are split */
    const uint64_t *groups; /* hashes; requests of one group are not independent, and stay together
                               in one part; NULL: every request is */
    const struct pl_cascade_tier *tiers;
    size_t tiers_count; /* at least 2 */
    const struct pl_cascade_rule *rules;
    size_t rules_count;
};

enum pl_cascade_bound {
    PL_BOUND_QUALITY, /* the mean of `right` is at least so much */
    PL_BOUND_LOSS,    /* it is at most so much below that of the last tier alone */
};

/* How thresholds are chosen: tested each in its turn until one fails, or all at a share of the risk;
   or by conformal risk control, which bounds the expected loss and has no confidence. */
enum pl_cascade_procedure {
    PL_PROCEDURE_SEQUENCE,
    PL_PROCEDURE_BONFERRONI,
    PL_PROCEDURE_CONFORMAL,
};

struct pl_cascade_options {
    enum pl_cascade_bound bound;
    double level;      /* of the bound, in (0, 1) */
    double confidence; /* 1 - delta; of the intervals too */
    enum pl_cascade_procedure procedure;
    double calibration_share; /* of the requests, in (0, 1) */
    double held_out_share;    /* of the requests, both together below 1; 0: what the choice was made
                                 on is shown */
    double floor;             /* below it at the last tier the fallback answers; 0: never */
    double fallback_worth;    /* the quality of a fallback, 0 to 1 */
    uint64_t seed;
    const double *present; /* deliver_at of every tier as the line has it; NULL: nobody asks */
};

/* What a tier's signal is worth, on requests that it was not fitted on. */
struct pl_cascade_bin {
    uint64_t n;
    double confidence; /* mean */
    struct pl_estimate right;
};

struct pl_cascade_signal {
    bool given;
    const struct pl_isotonic_step *steps;
    size_t steps_count;
    uint64_t fitted_on;
    uint64_t missing; /* requests of either part without the signal */
    struct pl_estimate
        ece_before; /* expected calibration error of the raw signal as a probability */
    struct pl_estimate ece_after;
    struct pl_estimate brier_before; /* mean squared distance to the label, likewise */
    struct pl_estimate brier_after;
    struct pl_cascade_bin bins[PL_CASCADE_BINS];
    size_t bins_count;
};

/* Thresholds. */
struct pl_policy {
    /* INFINITY: the tier is not asked; 0: it delivers always, with a signal or without; the last: the
       floor. What is chosen is above 0 before the last. */
    double deliver_at[PL_CASCADE_TIERS_MAX];
};

/* How something answers requests: the first three on those that are shown, the last two on those of
   the selection part. */
struct pl_policy_result {
    struct pl_policy policy; /* of thresholds; else unset */
    struct pl_estimate cost;
    struct pl_estimate quality;
    uint64_t delivered[PL_CASCADE_TIERS_MAX + 1]; /* by tier; the last one used: by the fallback */
    double p_value;                               /* of "it does not keep the bound" */
    double risk; /* mean loss: 1 - quality, or the difference to the last tier alone */
};

enum pl_baseline_kind { PL_BASELINE_TIER, PL_BASELINE_RULE, PL_BASELINE_MIXTURE };

struct pl_cascade_baseline {
    enum pl_baseline_kind kind;
    uint32_t tier;  /* TIER, and RULE: where it sends; MIXTURE: the cheaper of the two */
    uint32_t other; /* MIXTURE: the other tier */
    double share;   /* MIXTURE: of requests that the other tier gets */
    uint32_t rule;
    struct pl_policy_result result; /* MIXTURE: cost and quality have values alone */
    bool keeps;                     /* the bound, shown at delta (rules: at delta / their number) */
    struct pl_estimate cost_more;   /* what the chosen thresholds cost more than it, by pairs */
    struct pl_estimate quality_more; /* MIXTURE: undefined, for it is the same */
};

/* Why a cascade is not worth it; bits. */
enum pl_cascade_doubt {
    PL_DOUBT_STRONG = 1,  /* not shown to be cheaper than the last tier alone */
    PL_DOUBT_CHEAP = 2,   /* a single tier before the last keeps the bound as well, for no more */
    PL_DOUBT_RULE = 4,    /* so does a rule */
    PL_DOUBT_MIXTURE = 8, /* not shown to be cheaper than a random mixture of the same quality */
};

struct pl_cascade_fit {
    const struct pl_cascade_data *data;
    struct pl_cascade_options options;
    uint64_t used; /* requests with every label and cost */
    uint64_t left_out;
    uint64_t calibration_count;
    uint64_t selection_count;
    uint64_t held_out_count;
    uint64_t shown_count;     /* requests that costs and qualities are of: held out, or selection */
    uint64_t selection_units; /* groups of the selection part; requests where there are no groups */
    uint64_t group_size_max;  /* in any part; 1 without groups */
    uint64_t needed;          /* units in the selection part, at the very least */
    bool binary;              /* every label is 0 or 1 */
    struct pl_cascade_signal signals[PL_CASCADE_TIERS_MAX];
    size_t path_count; /* thresholds that were tested */
    size_t kept_count; /* of them, those found to keep the bound */
    bool chosen_given; /* there is one; else nothing below but the tiers' baselines is set */
    struct pl_policy_result chosen;
    bool conformal_given;
    struct pl_policy_result conformal; /* expected loss at most the bound's */
    bool present_given;
    bool present_keeps;
    struct pl_policy_result present;
    const struct pl_cascade_baseline *baselines;
    size_t baselines_count;
    uint32_t doubts;           /* of enum pl_cascade_doubt; 0: the cascade pays */
    uint64_t selection_wanted; /* without a choice: as many might do, by what the last tier showed;
                                  0: no number will; units */
};

/* PL_E_DATA when there are too few labelled requests, with how many are needed. */
PL_MUST_CHECK enum pl_status pl_cascade_fit(const struct pl_cascade_data *data,
                                            const struct pl_cascade_options *options,
                                            struct pl_arena *arena, struct pl_cascade_fit **ret_fit,
                                            struct pl_error *error);

/* How the bound is tested: binomial where labels are 0 or 1 and requests independent, wagers where
   they are in groups or the bound is on a loss. */
enum pl_cascade_test { PL_TEST_BINOMIAL, PL_TEST_HOEFFDING_BENTKUS, PL_TEST_WAGER };
enum pl_cascade_test pl_cascade_test_of(const struct pl_cascade_fit *fit);

/* ---- the parts; for src/cascade and its tests ---- */

/* Requests of one part in an order that has nothing to do with them, but that those of a group stand
   together, and what the fit made of them. */
struct pl_cascade_part {
    const struct pl_cascade_data *data;
    const size_t *rows;
    size_t count;
    const double
        *confidences[PL_CASCADE_TIERS_MAX]; /* by row of the data; NULL: the tier has none */
    double fallback_worth;
};

/* Whether the request at `i` of the part is the first of its group. */
bool pl_cascade_begins_group(const struct pl_cascade_part *part, size_t i);

/* Of the losses of requests: the mean that the bound allows. */
double pl_cascade_risk_max(const struct pl_cascade_fit *fit);

/* Whether thresholds or a baseline, not chosen for it, are found to keep the bound: at that p-value, or
   by the expected loss where that is what the procedure goes by. */
bool pl_cascade_keeps(const struct pl_cascade_fit *fit, const struct pl_policy_result *result,
                      double p_value_max);

/* A mean over the requests of a part, fed in their order, whose interval takes groups for what was
   sampled. */
struct pl_average {
    const struct pl_cascade_part *part;
    enum pl_range range;
    struct pl_mean mean; /* where there are no groups */
    struct pl_clusters clusters;
    struct pl_cluster open;
};
void pl_average_init(struct pl_average *average, const struct pl_cascade_part *part,
                     enum pl_range range);
void pl_average_add(struct pl_average *average, size_t i, double value);
struct pl_estimate pl_average_finish(struct pl_average *average, double confidence);

/* What a policy makes of one request. */
struct pl_policy_outcome {
    double cost;
    double quality;
    uint32_t delivered; /* tier; tiers_count: the fallback */
};
struct pl_policy_outcome pl_policy_apply(const struct pl_cascade_part *part,
                                         const struct pl_policy *policy, size_t row);

/* Thresholds from always the last tier to the first wherever it has a signal: all when there are
   two tiers, else those that no other beats on the part, which is that of calibration. */
PL_MUST_CHECK enum pl_status pl_cascade_path(const struct pl_cascade_part *part,
                                             const struct pl_cascade_fit *fit,
                                             struct pl_arena *arena, struct pl_policy **ret_path,
                                             size_t *ret_count);

/* Of one tier, on a part that did not calibrate it. */
PL_MUST_CHECK enum pl_status pl_cascade_reliability(const struct pl_cascade_part *part,
                                                    uint32_t tier, double confidence,
                                                    struct pl_arena *arena,
                                                    struct pl_cascade_signal *signal);

/* What `outcomes` has for the part's requests, in their order: cost, quality and deliveries; and
   p-value and risk. */
void pl_cascade_measure(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                        const struct pl_policy_outcome *outcomes, struct pl_policy_result *result);
void pl_cascade_judge(const struct pl_cascade_fit *fit, const struct pl_cascade_part *part,
                      const struct pl_policy_outcome *outcomes, struct pl_policy_result *result);

/* The baselines beside the chosen thresholds, where there are any, and the doubts that they raise. The
   bound is tested on `tested`, costs and qualities are of `shown`. */
PL_MUST_CHECK enum pl_status pl_cascade_compare(struct pl_cascade_fit *fit,
                                                const struct pl_cascade_part *tested,
                                                const struct pl_cascade_part *shown,
                                                struct pl_arena *arena);

#endif
