/*
 * Scorers by a pattern: whether it matches, and a classification, for which the pattern may say where in
 * the output the class stands. The score of a class is whether it is the right one; label and prediction go
 * into the results, which are then measured as a task of their own.
 */
#include "eval/scorer.h"

#include "regex/regex.h"

#include <stdlib.h>

struct pattern_state {
    struct pl_regex *regex; /* NULL: there is no pattern */
    struct pl_regex_match *match;
};

static void close_pattern(void *state)
{
    struct pattern_state *pattern = state;

    if (pattern == NULL)
        return;
    pl_regex_free(pattern->regex);
    pl_regex_match_free(pattern->match);
    free(pattern);
}

static enum pl_status compile(struct pattern_state *pattern, const struct pl_scorer *scorer,
                              struct pl_error *error)
{
    const struct pl_regex_options options = {.caseless = scorer->ignore_case};

    if (scorer->pattern.len == 0)
        return PL_OK;
    PL_RETURN_IF(pl_regex_match_new(1, &pattern->match, error));
    return pl_regex_compile(scorer->pattern, &options, &pattern->regex, error);
}

static enum pl_status open_pattern(const struct pl_scorer_setup *setup, void **ret_state,
                                   struct pl_error *error)
{
    struct pattern_state *pattern = calloc(1, sizeof *pattern);
    enum pl_status status = PL_OK;

    if (pattern == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a scorer");
    status = compile(pattern, setup->scorer, error);
    if (status != PL_OK) {
        close_pattern(pattern);
        if (error != NULL)
            (void)pl_error_locate(error, setup->line->file, setup->scorer->place.line,
                                  setup->scorer->place.column);
        return status == PL_E_DATA ? PL_E_LINE : status;
    }
    *ret_state = pattern;
    return PL_OK;
}

static enum pl_status score_regex(void *state, const struct pl_scorer *scorer,
                                  const struct pl_scored *scored, struct pl_score *ret_score,
                                  struct pl_error *error)
{
    const struct pattern_state *pattern = state;
    bool found = false;

    (void)scorer;
    PL_RETURN_IF(pl_regex_search(pattern->regex, pattern->match, scored->text, &found, error));
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->value = found ? 1.0 : 0.0;
    return PL_OK;
}

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

/* What the first group of the pattern matched, or all of it; nothing where it does not match. */
static enum pl_status find_class(const struct pattern_state *pattern, struct pl_str text,
                                 struct pl_str *ret_class, struct pl_error *error)
{
    bool found = false;

    *ret_class = tidy(text);
    if (pattern->regex == NULL)
        return PL_OK;
    PL_RETURN_IF(pl_regex_search(pattern->regex, pattern->match, text, &found, error));
    *ret_class = PL_STR("");
    if (found)
        *ret_class =
            pl_regex_match_group(pattern->match, pl_regex_groups_count(pattern->regex) > 0 ? 1 : 0);
    if (ret_class->ptr == NULL)
        *ret_class = PL_STR("");
    return PL_OK;
}

static enum pl_status score_class(void *state, const struct pl_scorer *scorer,
                                  const struct pl_scored *scored, struct pl_score *ret_score,
                                  struct pl_error *error)
{
    struct pl_str prediction;

    (void)scorer;
    if (scored->references_count == 0) {
        ret_score->note = PL_STR("the case has no right answer");
        return PL_OK;
    }
    PL_RETURN_IF(find_class(state, scored->text, &prediction, error));
    ret_score->state = PL_SCORE_GIVEN;
    ret_score->label = scored->references[0];
    ret_score->prediction = prediction.len == 0 ? PL_STR("(nothing)") : prediction;
    ret_score->value = pl_str_equal(ret_score->label, prediction) ? 1.0 : 0.0;
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_REGEX = {
    .passes = true, .open = open_pattern, .close = close_pattern, .score = score_regex};

const struct pl_scorer_row PL_SCORER_ROW_CLASSIFICATION = {
    .passes = true,
    .needs_reference = true,
    .open = open_pattern,
    .close = close_pattern,
    .score = score_class,
};
