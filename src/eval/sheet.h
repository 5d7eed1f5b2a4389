/*
 * Tables as spreadsheets exchange them: comma-separated values by RFC 4180, in UTF-8. A cell that a
 * spreadsheet would run as a formula is written with an apostrophe before it, and read back without.
 */
#ifndef PL_EVAL_SHEET_H
#define PL_EVAL_SHEET_H

#include "base/arena.h"
#include "base/buffer.h"

#define PL_SHEET_COLUMNS_MAX 256
#define PL_SHEET_ROWS_MAX    1000000

struct pl_sheet_row {
    uint32_t line;              /* where it begins, from 1 */
    const struct pl_str *cells; /* as many as the sheet has columns */
};

struct pl_sheet {
    const struct pl_str *names; /* of the columns: the first row */
    size_t columns_count;
    const struct pl_sheet_row *rows; /* those after it */
    size_t rows_count;
};

/*
 * Reads a whole sheet; cells lie in `arena`. PL_E_DATA, with `file` and line, for what is not such a table: no
 * header, a row of another length, a quotation mark within a cell that is not quoted or that nobody
 * closes, text behind a closing one, bytes that are no UTF-8. A byte order mark at the start is passed over.
 */
PL_MUST_CHECK enum pl_status pl_sheet_read(struct pl_str text, const char *file,
                                           struct pl_arena *arena, struct pl_sheet *ret_sheet,
                                           struct pl_error *error);

/* The place of the column of that name; false when there is none. */
bool pl_sheet_column(const struct pl_sheet *sheet, const char *name, size_t *ret_index);

/* Adds a row. */
void pl_sheet_add_row(struct pl_buffer *out, const struct pl_str *cells, size_t count);

#endif
