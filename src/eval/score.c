/* Scoring an output: every scorer is begun at once; those that ask make their score when all has come. */
#include "eval/work.h"

/* ---- scoring ---- */

static void finish_score(struct pl_work *work, struct pl_item *item, size_t i)
{
    pl_scorer_settle(&work->suite->scorers[i], &item->scores[i]);
}

/* A fault of one output is the score's, and not the end of the run. */
static enum pl_status settle(struct pl_item *item, struct pl_score *score, enum pl_status status,
                             const struct pl_error *fault, struct pl_error *error)
{
    if (status == PL_OK)
        return PL_OK;
    if (status != PL_E_LIMIT && status != PL_E_DATA) {
        if (error != NULL)
            *error = *fault;
        return status;
    }
    *score = (struct pl_score){.state = PL_SCORE_FAILED,
                               .note = pl_arena_copy(&item->arena, pl_str_of(fault->message))};
    return PL_OK;
}

static enum pl_status begin_asks(struct pl_work *work, struct pl_item *item, size_t i,
                                 const struct pl_scored *scored, struct pl_error *error)
{
    const struct pl_scorer_row *row = pl_scorer_row_of(work->suite->scorers[i].kind);
    const size_t count = row->asks_count(work->states[i], scored);
    struct pl_ask *list = pl_arena_alloc_array(&item->arena, count + 1, sizeof *list);

    item->answers[i] = pl_arena_alloc_array(&item->arena, count + 1, sizeof *item->answers[i]);
    if (list == NULL || item->answers[i] == NULL)
        return pl_arena_error(&item->arena, "the calls of a scorer", error);
    if (count == 0)
        return row->take(work->states[i], scored, item->answers[i], 0, &item->scores[i], error);
    item->answers_count[i] = (uint32_t)count;
    item->waiting[i] = (uint32_t)count;
    item->waiting_scorers++;
    for (size_t k = 0; k < count; k++) {
        list[k].item = item;
        list[k].scorer = (uint32_t)i;
        list[k].index = (uint32_t)k;
        list[k].record = &item->answers[i][k];
        PL_RETURN_IF(row->ask(work->states[i], scored, k, &list[k].request, error));
    }
    for (size_t k = 0; k < count; k++)
        PL_RETURN_IF(pl_work_begin_ask(work, &list[k], error));
    return PL_OK;
}

static enum pl_status begin_scorer(struct pl_work *work, struct pl_item *item, size_t i,
                                   struct pl_error *error)
{
    const struct pl_scorer *scorer = &work->suite->scorers[i];
    const struct pl_scorer_row *row = pl_scorer_row_of(scorer->kind);
    struct pl_scored scored;
    struct pl_error fault = {0};
    enum pl_status status = pl_item_scored(item, work->suite, scorer, &scored, &fault);

    if (status == PL_OK && row->score != NULL) {
        status = row->score(work->states[i], scorer, &scored, &item->scores[i], &fault);
        finish_score(work, item, i);
    } else if (status == PL_OK) {
        return begin_asks(work, item, i, &scored, error);
    }
    return settle(item, &item->scores[i], status, &fault, error);
}

/* The output is there, or will not come. */
enum pl_status pl_work_score_item(struct pl_work *work, struct pl_item *item,
                                  struct pl_error *error)
{
    item->waiting_scorers = 1; /* held until all have begun */
    for (size_t i = 0; i < work->suite->scorers_count; i++) {
        if (item->output.end != PL_CALL_DONE)
            item->scores[i].note = PL_STR("there is no output");
        else
            PL_RETURN_IF(begin_scorer(work, item, i, error));
    }
    if (--item->waiting_scorers == 0)
        item->finished = true;
    return PL_OK;
}

/* Every call of the scorer has come back. One that failed is no verdict. */
static enum pl_status take_scorer(struct pl_work *work, struct pl_item *item, size_t i,
                                  struct pl_error *error)
{
    const struct pl_scorer *scorer = &work->suite->scorers[i];
    struct pl_score *score = &item->scores[i];
    struct pl_scored scored;
    struct pl_error fault = {0};
    enum pl_status status = PL_OK;

    for (size_t k = 0; k < item->answers_count[i] && score->state != PL_SCORE_FAILED; k++)
        if (item->answers[i][k].end != PL_CALL_DONE)
            *score =
                (struct pl_score){.state = PL_SCORE_FAILED, .note = item->answers[i][k].sentence};
    if (score->state != PL_SCORE_FAILED) {
        status = pl_item_scored(item, work->suite, scorer, &scored, &fault);
        if (status == PL_OK)
            status = pl_scorer_row_of(scorer->kind)
                         ->take(work->states[i], &scored, item->answers[i], item->answers_count[i],
                                score, &fault);
        PL_RETURN_IF(settle(item, score, status, &fault, error));
    }
    finish_score(work, item, i);
    if (--item->waiting_scorers == 0)
        item->finished = true;
    return PL_OK;
}

enum pl_status pl_work_take_answer(struct pl_work *work, struct pl_ask *ask, struct pl_error *error)
{
    struct pl_item *item = ask->item;

    if (ask->scorer == PL_ASK_OUTPUT) {
        PL_RETURN_IF(pl_item_take_answer(item, ask->record, error));
        return pl_work_score_item(work, item, error);
    }
    if (--item->waiting[ask->scorer] > 0)
        return PL_OK;
    return take_scorer(work, item, ask->scorer, error);
}
