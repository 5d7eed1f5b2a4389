/* What the source lacks or has twice: rows, missing values by column, equal rows, equal ids. */
#ifndef PL_MEASURE_QUALITY_H
#define PL_MEASURE_QUALITY_H

#include "base/arena.h"
#include "base/error.h"
#include "line/line.h"

#define PL_QUALITY_COLUMNS_MAX 90       /* that are looked at, in the order of the source */
#define PL_QUALITY_REPEATS_MAX 20000000 /* rows; of more, equal ones are not counted */

struct pl_quality_column {
    struct pl_str name;
    uint64_t missing; /* NULL in the engine's eyes: empty in a CSV file */
};

/* All of it is of the rows that meet data.where. */
struct pl_quality {
    uint64_t rows;
    const struct pl_quality_column *columns;
    size_t columns_count;
    size_t columns_left_out;
    bool repeats_counted;   /* false: there are too many rows */
    uint64_t repeated_rows; /* rows that are equal to another one, all but one of each */
    struct pl_str id;       /* the column of data.columns.id; empty: none is named */
    uint64_t repeated_ids;  /* rows with an id that another one has, all but one of each */
};

/*
 * Reads the whole source once or twice. Equal rows are counted by a 64-bit hash of all columns that are
 * looked at: of n rows two that differ are taken for equal with a chance below n * n / 2^65.
 */
PL_MUST_CHECK enum pl_status pl_quality_read(const struct pl_line *line, uint32_t threads,
                                             struct pl_arena *arena,
                                             struct pl_quality **ret_quality,
                                             struct pl_error *error);

#endif
