/*
 * What people say of outputs. Ratings of a suite stand in `ratings.jsonl` beside its runs, one in a line, added
 * at once and never changed; of two ratings of the same output by the same person the later counts. A
 * rating belongs to the very words of an output: it names their hash.
 */
#ifndef PL_EVAL_RATINGS_H
#define PL_EVAL_RATINGS_H

#include "eval/runs.h"

#define PL_RATINGS_FILE   "ratings.jsonl"
#define PL_RATER_SIZE_MAX 100

/* What is rated: pass or fail, or 1 to `top`. */
struct pl_rating_question {
    struct pl_str scorer; /* whose question it is; empty: pass or fail of the output as a whole */
    uint32_t top;         /* 0: pass or fail */
};

struct pl_rating {
    struct pl_str run;
    struct pl_str id;
    uint32_t repeat;
    struct pl_str rater;
    struct pl_str scorer;
    uint32_t value; /* 0 fail, 1 pass; or 1 to `top` */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
};

/* An output to be rated, and what is known of it. */
struct pl_rated_output {
    struct pl_str id;
    uint32_t repeat;
    struct pl_str input;
    struct pl_str output;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    bool rated; /* by this rater, before */
    uint32_t value;
};

struct pl_desk_request {
    const struct pl_suite *suite;
    const struct pl_run *run;
    struct pl_rating_question question;
    struct pl_str rater;
    uint64_t sample; /* so many outputs, the same for every rater; 0: all */
    uint64_t seed;
};

/* The outputs of a run in the order in which one rater sees them, which is another for each. */
struct pl_desk {
    const struct pl_desk_request *request;
    struct pl_rated_output *outputs;
    size_t count;
};

/*
 * The question of a scorer: a judge's own, else pass or fail. Without a name that of the suite's first
 * judge. PL_E_USAGE when there is no such scorer, or it compares pairs.
 */
PL_MUST_CHECK enum pl_status pl_rating_question_of(const struct pl_suite *suite, const char *scorer,
                                                   struct pl_rating_question *ret_question,
                                                   struct pl_error *error);

/* A rating as a person writes it: "pass", "p", "fail", "f", or a number on the scale. False for all else. */
bool pl_rating_parse(const struct pl_rating_question *question, struct pl_str text,
                     uint32_t *ret_value);

/* The outputs of the run that there are, with their inputs from the cases. In `arena`. */
PL_MUST_CHECK enum pl_status pl_desk_open(const struct pl_desk_request *request,
                                          struct pl_arena *arena, struct pl_desk *ret_desk,
                                          struct pl_error *error);

/* Called for each rating, in the order of the file. */
typedef enum pl_status (*pl_rating_visit)(const struct pl_rating *rating, void *context,
                                          struct pl_error *error);

/* Reads all ratings of a suite; none when there is no file. What is visited is valid during the visit. */
PL_MUST_CHECK enum pl_status pl_ratings_read(const struct pl_suite *suite, struct pl_arena *arena,
                                             pl_rating_visit visit, void *context,
                                             struct pl_error *error);

/* Adds one rating to the file, and it is there when this returns. */
PL_MUST_CHECK enum pl_status pl_desk_rate(const struct pl_desk *desk,
                                          const struct pl_rated_output *output, uint32_t value,
                                          struct pl_error *error);

/* ---- sheets (eval/sheet.h): id, repeat, input, output, rating ---- */

/* The outputs that the rater has not rated, as a sheet to fill in. */
void pl_desk_write_sheet(const struct pl_desk *desk, struct pl_buffer *out);

struct pl_sheet_counts {
    uint64_t rated;
    uint64_t empty; /* rows without a rating */
};

/*
 * Takes the ratings of a sheet. Nothing is taken when anything is wrong with it: PL_E_DATA names file and
 * line of an output that is not of the run, or not in these words, of one that stands twice, and of a
 * rating that is off the scale.
 */
PL_MUST_CHECK enum pl_status pl_desk_read_sheet(const struct pl_desk *desk, const char *path,
                                                struct pl_arena *arena,
                                                struct pl_sheet_counts *ret_counts,
                                                struct pl_error *error);

#endif
