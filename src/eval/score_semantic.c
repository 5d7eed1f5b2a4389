/* Similarity of meaning: the cosine of the embeddings of the output and of a right answer, the nearest one
   where there are several. Both are asked for in one call. */
#include "eval/scorer.h"

#include <math.h>
#include <stdlib.h>

static enum pl_status open_semantic(const struct pl_scorer_setup *setup, void **ret_state,
                                    struct pl_error *error)
{
    (void)setup;
    *ret_state = malloc(1);
    if (*ret_state == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a scorer");
    return PL_OK;
}

static size_t count_asks(void *state, const struct pl_scored *scored)
{
    (void)state;
    return scored->references_count > 0 && scored->text.len > 0 ? 1 : 0;
}

static enum pl_status ask(void *state, const struct pl_scored *scored, size_t index,
                          struct pl_call_request *ret_request, struct pl_error *error)
{
    struct pl_str *inputs =
        pl_arena_alloc_array(scored->arena, scored->references_count + 1, sizeof *inputs);

    (void)state;
    (void)index;
    if (inputs == NULL)
        return pl_arena_error(scored->arena, "a request for embeddings", error);
    inputs[0] = scored->text;
    for (size_t i = 0; i < scored->references_count; i++)
        inputs[i + 1] = scored->references[i];
    ret_request->ask.api = PL_OPENAI_EMBEDDINGS;
    ret_request->ask.inputs = inputs;
    ret_request->ask.inputs_count = scored->references_count + 1;
    return PL_OK;
}

/* Undefined for vectors of different lengths, or without length: -2, below every cosine. */
static double cosine(const struct pl_embedding *a, const struct pl_embedding *b)
{
    double product = 0.0;
    double of_a = 0.0;
    double of_b = 0.0;

    if (a->count != b->count)
        return -2.0;
    for (size_t i = 0; i < a->count; i++) {
        product += (double)a->values[i] * (double)b->values[i];
        of_a += (double)a->values[i] * (double)a->values[i];
        of_b += (double)b->values[i] * (double)b->values[i];
    }
    return of_a > 0.0 && of_b > 0.0 ? product / sqrt(of_a * of_b) : -2.0;
}

static enum pl_status take(void *state, const struct pl_scored *scored,
                           const struct pl_answer_record *answers, size_t count,
                           struct pl_score *ret_score, struct pl_error *error)
{
    const struct pl_answer *answer = count > 0 ? &answers[0].answer : NULL;
    double best = -2.0;

    (void)state;
    (void)error;
    if (count == 0) {
        if (scored->references_count > 0) {
            ret_score->state = PL_SCORE_GIVEN; /* an empty output is like nothing */
            ret_score->value = 0.0;
        }
        return PL_OK;
    }
    for (size_t i = 1; i < answer->embeddings_count; i++)
        best = fmax(best, cosine(&answer->embeddings[0], &answer->embeddings[i]));
    ret_score->state = best < -1.5 ? PL_SCORE_UNPARSED : PL_SCORE_GIVEN;
    ret_score->value = best < -1.5 ? 0.0 : fmin(1.0, best);
    if (best < -1.5)
        ret_score->note = PL_STR("the server did not send embeddings that can be compared");
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_SEMANTIC = {
    .needs_reference = true,
    .open = open_semantic,
    .close = free,
    .asks_count = count_asks,
    .ask = ask,
    .take = take,
};
