/*
 * Scorers: from an output and its case to a number. Each kind is a row of one table. A kind either scores by
 * itself, or asks a model or a program first: then it says how many calls it needs, writes each, and makes
 * the score of what came back. A state belongs to one scorer of one run; one thread.
 */
#ifndef PL_EVAL_SCORER_H
#define PL_EVAL_SCORER_H

#include "base/arena.h"
#include "eval/answers.h"
#include "eval/output.h"
#include "line/evals.h"

#define PL_SCORE_EXTRAS_MAX 6
#define PL_SCORE_ASKS_MAX   64 /* calls of one scorer for one output */

enum pl_score_state {
    PL_SCORE_MISSING, /* there is nothing to score: the output failed, or the case has no right answer */
    PL_SCORE_GIVEN,    /* `value` holds */
    PL_SCORE_UNPARSED, /* a judge or program answered, and nobody can say what; never a pass */
    PL_SCORE_FAILED,   /* the judge or program could not be asked */
};

/* A further column of the results, called NAME.suffix. */
struct pl_score_extra {
    const char *suffix;
    double value;
};

struct pl_score {
    enum pl_score_state state;
    double value;
    struct pl_str note; /* why it is what it is, for a person; may be empty */
    struct pl_score_extra extras[PL_SCORE_EXTRAS_MAX];
    size_t extras_count;
    const double *stats; /* of a text metric: what the figure of all outputs is made of */
    struct pl_str label; /* of a classification */
    struct pl_str prediction;
};

/* What a scorer sees. All of it lives as long as the item. */
struct pl_scored {
    const struct pl_json_value *root; /* the case */
    struct pl_str id;
    uint32_t repeat;
    struct pl_str input; /* what the feature was asked, as text */
    const struct pl_output *output;
    struct pl_str text;              /* the output, or the part that `of` names */
    const struct pl_str *references; /* right answers, or the scorer's values */
    size_t references_count;
    const struct pl_json_value *expected; /* the right answer as the case has it; NULL: none */
    struct pl_arena *arena;
};

/* What a scorer is set up with. */
struct pl_scorer_setup {
    const struct pl_line *line; /* whose folder paths are relative to */
    const struct pl_suite *suite;
    const struct pl_scorer *scorer;
    uint64_t seed;
    struct pl_arena *arena; /* of the run */
};

/* A figure of all outputs together that is not the mean of their scores. */
struct pl_corpus_figure {
    bool given;
    double value;
    double low; /* of the interval at 95 %; equal to `high` when it is not known */
    double high;
    struct pl_str signature; /* what makes figures comparable; empty: nothing to say */
};

struct pl_scorer_row {
    bool passes; /* its scores are 0 or 1 */
    bool lower_is_better;
    bool needs_reference;

    /* Sets up; NULL: there is nothing to set up. */
    enum pl_status (*open)(const struct pl_scorer_setup *setup, void **ret_state,
                           struct pl_error *error);
    void (*close)(void *state);

    /* Scores at once; NULL for a kind that asks. */
    enum pl_status (*score)(void *state, const struct pl_scorer *scorer,
                            const struct pl_scored *scored, struct pl_score *ret_score,
                            struct pl_error *error);

    /* How many calls it makes for this output, at most PL_SCORE_ASKS_MAX; the request of each, whose
       endpoint is set by the caller; and the score of the answers. */
    size_t (*asks_count)(void *state, const struct pl_scored *scored);
    enum pl_status (*ask)(void *state, const struct pl_scored *scored, size_t index,
                          struct pl_call_request *ret_request, struct pl_error *error);
    enum pl_status (*take)(void *state, const struct pl_scored *scored,
                           const struct pl_answer_record *answers, size_t count,
                           struct pl_score *ret_score, struct pl_error *error);

    /* Of a text metric: adds the statistics of an output, in the order of the cases; and what they come to. */
    void (*add)(void *state, const struct pl_score *score);
    enum pl_status (*corpus)(void *state, struct pl_arena *arena,
                             struct pl_corpus_figure *ret_figure, struct pl_error *error);
};

/* The row of a kind; never NULL. A row without `score` and `asks_count` is not in this version. */
const struct pl_scorer_row *pl_scorer_row_of(enum pl_scorer_kind kind);

/* Whether scores of this scorer are 0 or 1: by its kind, or because it has `min`, `max` or `invert`. */
bool pl_scorer_passes(const struct pl_scorer *scorer);

/* Applies `min`, `max` and `invert` to a score that is given. */
void pl_scorer_settle(const struct pl_scorer *scorer, struct pl_score *score);

extern const struct pl_scorer_row PL_SCORER_ROW_TEXT;
extern const struct pl_scorer_row PL_SCORER_ROW_TEXT_PASS;
extern const struct pl_scorer_row PL_SCORER_ROW_TEXT_ALONE;
extern const struct pl_scorer_row PL_SCORER_ROW_REFUSAL;
extern const struct pl_scorer_row PL_SCORER_ROW_JSON;
extern const struct pl_scorer_row PL_SCORER_ROW_TOOL_CALLS;
extern const struct pl_scorer_row PL_SCORER_ROW_ATTACK;
extern const struct pl_scorer_row PL_SCORER_ROW_OVER_BLOCKED;
extern const struct pl_scorer_row PL_SCORER_ROW_LATENCY;
extern const struct pl_scorer_row PL_SCORER_ROW_TOKENS;
extern const struct pl_scorer_row PL_SCORER_ROW_COST;
extern const struct pl_scorer_row PL_SCORER_ROW_COMMAND;
extern const struct pl_scorer_row PL_SCORER_ROW_SEMANTIC;
extern const struct pl_scorer_row PL_SCORER_ROW_CLASSIFICATION;
extern const struct pl_scorer_row PL_SCORER_ROW_REGEX;
extern const struct pl_scorer_row PL_SCORER_ROW_JSON_SCHEMA;
extern const struct pl_scorer_row PL_SCORER_ROW_JUDGE;

#endif
