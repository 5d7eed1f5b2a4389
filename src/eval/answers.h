/*
 * The record of a run's calls: every answer of a model or a command, in the order in which they came, one JSON
 * object a line in `answers.jsonl`. A call is known by its key, a hash of all that it depends on: where
 * it goes, every byte that is asked, and which repeat or vote it is. So the record is the cache of the
 * next run, what an interrupted run goes on from, and all that a replay needs.
 *
 * A line is written whole and at once; one that a crash cut off is taken away when the file is opened again.
 * One thread at a time.
 */
#ifndef PL_EVAL_ANSWERS_H
#define PL_EVAL_ANSWERS_H

#include "client/call.h"

#define PL_ANSWER_KEY_SIZE        33 /* lower-case hex and NUL */
#define PL_ANSWERS_LINE_BYTES_MAX ((size_t)64 << 20)
#define PL_ANSWERS_COUNT_MAX      50000000
#define PL_ANSWERS_SOURCES_MAX    8 /* earlier runs that are looked into */

struct pl_answers;

/* An answer as it was when it came. Points into the scratch of the record until the next find. */
struct pl_answer_record {
    enum pl_call_end end;
    struct pl_str sentence;
    struct pl_answer answer;
    double latency_ms;
    double first_token_ms;
    uint32_t attempts;
    bool cost_known;
    double cost;
    bool earlier; /* of an earlier run */
};

/* Opens the record at `path` for writing, making it where it is missing. NULL path: nothing is written. */
PL_MUST_CHECK enum pl_status pl_answers_open(const char *path, struct pl_answers **ret_answers,
                                             struct pl_error *error);

/* Answers of an earlier run may stand for calls of this one; a file that is not there has none. */
PL_MUST_CHECK enum pl_status pl_answers_add_source(struct pl_answers *answers, const char *path,
                                                   struct pl_error *error);

void pl_answers_close(struct pl_answers *answers);

/* What is looked for: `failed` also finds a call of this run that failed, for a replay. */
struct pl_answer_wish {
    const char *key;
    bool failed;
};

/* The last answer of a call; `ret_found` says whether there is one. Its texts are in `arena`. */
PL_MUST_CHECK enum pl_status pl_answers_find(struct pl_answers *answers,
                                             const struct pl_answer_wish *wish,
                                             struct pl_arena *arena,
                                             struct pl_answer_record *ret_record, bool *ret_found,
                                             struct pl_error *error);

/* What goes with a result into its line. */
struct pl_answer_note {
    const char *key;
    const char *role;      /* "output", or the name of the scorer that asked */
    struct pl_str request; /* what was asked: the JSON body, or the input of a command */
    bool request_is_json;
};

/* Appends the result of a call; it is in the file, though not yet on the disk, on return. */
PL_MUST_CHECK enum pl_status pl_answers_write(struct pl_answers *answers,
                                              const struct pl_answer_note *note,
                                              const struct pl_call_result *result,
                                              struct pl_error *error);

/* To the disk. */
PL_MUST_CHECK enum pl_status pl_answers_sync(struct pl_answers *answers, struct pl_error *error);

#endif
