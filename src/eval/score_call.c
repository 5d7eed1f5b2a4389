/* Scorers of what a call took: time, tokens, money. They need no text at all. */
#include "eval/scorer.h"

static void give(struct pl_score *score, bool is_known, double value, const char *unknown)
{
    if (is_known) {
        score->state = PL_SCORE_GIVEN;
        score->value = value;
    } else {
        score->note = pl_str_of(unknown);
    }
}

static enum pl_status score_latency(void *state, const struct pl_scorer *scorer,
                                    const struct pl_scored *scored, struct pl_score *ret_score,
                                    struct pl_error *error)
{
    (void)state;
    (void)scorer;
    (void)error;
    give(ret_score, scored->output->has_latency, scored->output->latency_ms,
         "how long it took is not known");
    return PL_OK;
}

static enum pl_status score_tokens(void *state, const struct pl_scorer *scorer,
                                   const struct pl_scored *scored, struct pl_score *ret_score,
                                   struct pl_error *error)
{
    (void)state;
    (void)scorer;
    (void)error;
    give(ret_score, scored->output->usage.known, (double)scored->output->usage.completion,
         "its tokens are not known");
    return PL_OK;
}

static enum pl_status score_cost(void *state, const struct pl_scorer *scorer,
                                 const struct pl_scored *scored, struct pl_score *ret_score,
                                 struct pl_error *error)
{
    (void)state;
    (void)scorer;
    (void)error;
    give(ret_score, scored->output->has_cost, scored->output->cost, "what it cost is not known");
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_LATENCY = {.lower_is_better = true,
                                                    .score = score_latency};
const struct pl_scorer_row PL_SCORER_ROW_TOKENS = {.lower_is_better = true, .score = score_tokens};
const struct pl_scorer_row PL_SCORER_ROW_COST = {.lower_is_better = true, .score = score_cost};
