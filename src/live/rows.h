/*
 * Rows on their way into the warehouse: gathered column by column, handed to the engine in batches. Texts are copied
 * when they are set. One thread at a time.
 */
#ifndef PL_LIVE_ROWS_H
#define PL_LIVE_ROWS_H

#include "live/fields.h"
#include "warehouse/driver.h"

struct pl_live_rows;

/* Rows for the staging table of `table`, "new_" and its name, over this connection. */
PL_MUST_CHECK enum pl_status pl_live_rows_new(const struct pl_live_table *table,
                                              struct pl_connection *connection,
                                              struct pl_live_rows **ret_rows,
                                              struct pl_error *error);
void pl_live_rows_free(struct pl_live_rows *rows); /* NULL is fine */

/* Begins a row, of which nothing is set but `seq` and `block`. Rows that are many are handed over first. */
PL_MUST_CHECK enum pl_status pl_live_rows_begin(struct pl_live_rows *rows, uint64_t seq,
                                                uint64_t block, struct pl_error *error);

/* Sets a field of the row; the kind of the value must be that of the staged column. */
void pl_live_rows_set_integer(struct pl_live_rows *rows, size_t field, int64_t value);
void pl_live_rows_set_real(struct pl_live_rows *rows, size_t field, double value);
PL_MUST_CHECK enum pl_status pl_live_rows_set_text(struct pl_live_rows *rows, size_t field,
                                                   struct pl_str value, struct pl_error *error);

/* Hands over all that is left. */
PL_MUST_CHECK enum pl_status pl_live_rows_flush(struct pl_live_rows *rows, struct pl_error *error);

#endif
