/*
 * Golden cases out of production: rows of a file of decisions that somebody's condition selects, in the columns
 * of a suite, without those that the suite has already.
 */
#ifndef PL_EVAL_IMPORTS_H
#define PL_EVAL_IMPORTS_H

#include "base/buffer.h"
#include "line/evals.h"

/* The columns of the source; empty: those of the suite are called the same there. */
struct pl_import_columns {
    struct pl_str id;
    struct pl_str input;
    struct pl_str expected;
};

struct pl_import_request {
    const struct pl_suite *suite;
    const char *file;              /* CSV, JSON Lines or Parquet; a path or glob */
    const char *const *conditions; /* in SQL, over the columns of the file; all must hold */
    size_t conditions_count;       /* one at least */
    struct pl_import_columns columns;
    uint64_t now_ms; /* that the cases carry */
};

struct pl_import_counts {
    uint64_t selected;
    uint64_t added;
    uint64_t duplicates; /* of a case of the suite, or of a row before */
    uint64_t skipped;    /* rows without an input or without an id, or whose id another case has */
    uint64_t expected;   /* of those added, how many have a right answer */
};

/*
 * Adds the cases to `out` as JSON Lines, with the columns of the suite's segments where the file has them, and
 * `origin`. Two inputs are the same when they differ in case, width and blanks only (Unicode NFKC with
 * case folded). PL_E_DATA when the file or a column of it cannot be read, or a condition is no SQL.
 */
PL_MUST_CHECK enum pl_status pl_cases_import(const struct pl_import_request *request,
                                             struct pl_arena *arena, struct pl_buffer *out,
                                             struct pl_import_counts *ret_counts,
                                             struct pl_error *error);

#endif
