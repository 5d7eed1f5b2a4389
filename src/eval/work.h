/*
 * The work of one run, shared by the files that do it: setting up, reading the cases, calling, scoring.
 * Private to the run of a suite (eval.c).
 */
#ifndef PL_EVAL_WORK_H
#define PL_EVAL_WORK_H

#include "client/caller.h"
#include "eval/eval.h"
#include "eval/item.h"
#include "eval/results.h"

#define PL_BODY_BYTES_MAX ((size_t)64 << 20)

/* A model of the line, as the engine knows it. */
struct pl_model_endpoint {
    const struct pl_model *model;
    uint32_t endpoint;
};

struct pl_work {
    const struct pl_eval_options *options;
    const struct pl_suite *suite;
    struct pl_arena *arena;
    struct pl_template *template;
    void *states[PL_SCORERS_MAX];
    struct pl_caller *caller;
    uint32_t endpoint; /* of the suite's outputs */
    uint32_t endpoints[PL_SCORERS_MAX];
    struct pl_model_endpoint models[PL_SCORERS_MAX + 1];
    size_t models_count;
    uint32_t calls;        /* with the engine */
    uint32_t calls_max;    /* few, so that a person who stops the run does not wait for many */
    uint32_t hopeless;     /* outputs in a row that failed as all others will */
    struct pl_str gave_up; /* why no more are asked; empty: they are */
    struct pl_answers *answers;
    struct pl_results *results;
    struct pl_item *items;
    size_t window;        /* how many there are */
    uint64_t begun;       /* items that have a place, or had one */
    uint64_t written;     /* items that were written */
    struct pl_ask *first; /* calls that wait for room */
    struct pl_ask *last;
    struct pl_buffer body;
    struct pl_eval_counts counts;
    uint64_t outputs_expected;
    uint64_t taken; /* cases that the filter let through */
    bool full;      /* the limit is reached */
    uint64_t *ids;  /* hashes of the ids, a table of a power of two; 0 is empty */
    size_t ids_size;
    size_t ids_count;
};

/* Opens the record of answers and, unless nobody is asked, the engine with all endpoints. */
PL_MUST_CHECK enum pl_status pl_work_open_answers(struct pl_work *work, struct pl_error *error);

/* Whether the suite asks anybody: for its outputs, or to score them. */
bool pl_suite_asks(const struct pl_suite *suite);

/* The first reading: every case is in order, or an error with its place. Counts the outputs to come. */
PL_MUST_CHECK enum pl_status pl_work_check_cases(struct pl_work *work, struct pl_error *error);

/* A case as an item; `ret_wanted` false when the filter leaves it out. An error has its place. */
PL_MUST_CHECK enum pl_status pl_work_take_case(struct pl_work *work, struct pl_item *item,
                                               const struct pl_case_text *text, bool *ret_wanted,
                                               struct pl_error *error);
bool pl_work_limit_is_reached(const struct pl_work *work);

/* Answers the call from the record, or puts it in the queue. */
PL_MUST_CHECK enum pl_status pl_work_begin_ask(struct pl_work *work, struct pl_ask *ask,
                                               struct pl_error *error);

/* Sends as many calls of the queue as there is room for. */
PL_MUST_CHECK enum pl_status pl_work_submit(struct pl_work *work, struct pl_error *error);

/* Takes what a call brought: into the record, and into the item. */
PL_MUST_CHECK enum pl_status pl_work_take_result(struct pl_work *work,
                                                 const struct pl_call_result *result,
                                                 struct pl_error *error);

/* The answer of a call is in its place: goes on with the item. */
PL_MUST_CHECK enum pl_status pl_work_take_answer(struct pl_work *work, struct pl_ask *ask,
                                                 struct pl_error *error);

/* The output is there, or will not come: begins every scorer. */
PL_MUST_CHECK enum pl_status pl_work_score_item(struct pl_work *work, struct pl_item *item,
                                                struct pl_error *error);

/* The person wants to stop, or the run gave up. */
bool pl_work_is_stopping(const struct pl_work *work);

#endif
