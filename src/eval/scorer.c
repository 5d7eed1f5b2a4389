/* The table of scorers, and what is the same for all of them. */
#include "eval/scorer.h"

static const struct pl_scorer_row NOT_HERE = {0};

static const struct pl_scorer_row *const ROWS[PL_SCORER_KINDS_COUNT] = {
    [PL_SCORER_EXACT] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_NORMALISED_EXACT] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_SQUAD_EXACT] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_CONTAINS] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_CONTAINS_ALL] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_ONE_OF] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_NUMERIC] = &PL_SCORER_ROW_TEXT_PASS,
    [PL_SCORER_TOKEN_F1] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_BLEU] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_CHRF] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_CHRF_PLUS] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_TER] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_ROUGE_1] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_ROUGE_2] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_ROUGE_L] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_ROUGE_LSUM] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_GLEU] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_EDIT_SIMILARITY] = &PL_SCORER_ROW_TEXT,
    [PL_SCORER_REFUSAL] = &PL_SCORER_ROW_REFUSAL,
    [PL_SCORER_LENGTH] = &PL_SCORER_ROW_TEXT_ALONE,
    [PL_SCORER_JSON] = &PL_SCORER_ROW_JSON,
    [PL_SCORER_TOOL_CALLS] = &PL_SCORER_ROW_TOOL_CALLS,
    [PL_SCORER_ATTACK] = &PL_SCORER_ROW_ATTACK,
    [PL_SCORER_OVER_BLOCKED] = &PL_SCORER_ROW_OVER_BLOCKED,
    [PL_SCORER_LATENCY] = &PL_SCORER_ROW_LATENCY,
    [PL_SCORER_TOKENS] = &PL_SCORER_ROW_TOKENS,
    [PL_SCORER_COST] = &PL_SCORER_ROW_COST,
    [PL_SCORER_COMMAND] = &PL_SCORER_ROW_COMMAND,
    [PL_SCORER_SEMANTIC_SIMILARITY] = &PL_SCORER_ROW_SEMANTIC,
    [PL_SCORER_JSON_SCHEMA] = &PL_SCORER_ROW_JSON_SCHEMA,
    [PL_SCORER_JUDGE] = &PL_SCORER_ROW_JUDGE,
    [PL_SCORER_REGEX] = &PL_SCORER_ROW_REGEX,
    [PL_SCORER_CLASSIFICATION] = &PL_SCORER_ROW_CLASSIFICATION,
};

const struct pl_scorer_row *pl_scorer_row_of(enum pl_scorer_kind kind)
{
    return ROWS[kind] == NULL ? &NOT_HERE : ROWS[kind];
}

bool pl_scorer_passes(const struct pl_scorer *scorer)
{
    if (scorer->kind == PL_SCORER_JUDGE)
        return scorer->form == PL_JUDGE_PASS_FAIL || scorer->min_given || scorer->max_given;
    return pl_scorer_row_of(scorer->kind)->passes || scorer->min_given || scorer->max_given;
}

void pl_scorer_settle(const struct pl_scorer *scorer, struct pl_score *score)
{
    bool is_within = true;

    if (score->state != PL_SCORE_GIVEN)
        return;
    if (scorer->min_given)
        is_within = score->value >= scorer->min;
    if (scorer->max_given)
        is_within = is_within && score->value <= scorer->max;
    if (scorer->min_given || scorer->max_given)
        score->value = is_within ? 1.0 : 0.0;
    if (scorer->invert)
        score->value = 1.0 - score->value;
}
