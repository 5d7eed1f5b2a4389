/*
 * How far the people who rated outputs of a suite agree: the figures of stats/agreement.h over all its
 * ratings, whatever run the outputs were of.
 */
#ifndef PL_EVAL_RATERS_H
#define PL_EVAL_RATERS_H

#include "eval/ratings.h"
#include "stats/agreement.h"

#define PL_RATERS_MAX 64

struct pl_rater {
    struct pl_str name;
    uint64_t rated;  /* outputs */
    uint64_t passed; /* of pass or fail */
};

/* Of two raters: outputs that both rated. */
struct pl_rater_agreement {
    size_t first; /* index of the raters */
    size_t second;
    uint64_t both;
    struct pl_stat raw;
    struct pl_stat kappa; /* by squares on a scale */
};

struct pl_raters {
    struct pl_rating_question question;
    const struct pl_rater *raters;
    size_t raters_count;
    uint64_t outputs; /* rated by anyone */
    uint64_t shared;  /* by two or more */
    const struct pl_rater_agreement *pairs;
    size_t pairs_count;
    struct pl_alpha alpha; /* ordinal on a scale, else nominal */
};

/* Reads the ratings of a suite to one question. All that is returned lies in `arena`. */
PL_MUST_CHECK enum pl_status pl_raters_compare(const struct pl_suite *suite,
                                               const struct pl_rating_question *question,
                                               double confidence, struct pl_arena *arena,
                                               struct pl_raters *ret_raters,
                                               struct pl_error *error);

#endif
