/* Classification: the output names a class. The score is whether it is the right one; label and prediction go
   into the results, which are then measured as a task of their own. */
#include "eval/scorer.h"

/* Models like to end with a full stop and to quote. */
static struct pl_str tidy(struct pl_str text)
{
    text = pl_str_trim(text);
    while (text.len > 1 && (text.ptr[0] == '"' || text.ptr[0] == '\'' || text.ptr[0] == '*')) {
        text.ptr++;
        text.len--;
    }
    while (text.len > 1 && (text.ptr[text.len - 1] == '"' || text.ptr[text.len - 1] == '\'' ||
                            text.ptr[text.len - 1] == '*' || text.ptr[text.len - 1] == '.'))
        text.len--;
    return pl_str_trim(text);
}

static enum pl_status score_class(void *state, const struct pl_scorer *scorer,
                                  const struct pl_scored *scored, struct pl_score *ret_score,
                                  struct pl_error *error)
{
    const struct pl_str prediction = tidy(scored->text);

    (void)state;
    (void)scorer;
    (void)error;
    if (scored->references_count == 0) {
        ret_score->note = PL_STR("the case has no right answer");
        return PL_OK;
    }
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->label = scored->references[0];
    ret_score->prediction = prediction.len == 0 ? PL_STR("(nothing)") : prediction;
    ret_score->value = pl_str_equal(ret_score->label, prediction) ? 1.0 : 0.0;
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_CLASSIFICATION = {
    .passes = true, .needs_reference = true, .score = score_class};
