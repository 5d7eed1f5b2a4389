/*
 * A table of text for a terminal page: columns are as wide as they need, figures stand right, and
 * the columns that may wrap give way when the page is too narrow. Its cells live in its own arena.
 */
#ifndef PL_REPORT_TABLE_H
#define PL_REPORT_TABLE_H

#include "base/arena.h"
#include "report/page.h"

#define PL_TABLE_COLUMNS_MAX 16

struct pl_table_column {
    struct pl_str title; /* empty for none */
    bool right;          /* figures: aligned at the right */
    bool wraps;          /* may be narrower than its text, which then goes on below */
};

struct pl_table_cell {
    struct pl_str text; /* folded */
    enum pl_ink ink;
};

/* Filled row by row, left to right. */
struct pl_table {
    struct pl_arena arena;
    const struct pl_table_column *columns; /* not owned */
    size_t columns_count;
    struct pl_table_cell *cells; /* NULL when there was no memory: adding is then without effect */
    size_t cells_count;
    size_t cells_max;
    bool utf8;
    bool failed;
};

/* A table for at most `rows_max` rows. `columns` must outlive it. */
void pl_table_init(struct pl_table *table, const struct pl_table_column *columns,
                   size_t columns_count, size_t rows_max, bool utf8);
void pl_table_deinit(struct pl_table *table);

/* Adds the next cell; the text is copied and folded. */
void pl_table_add(struct pl_table *table, enum pl_ink ink, struct pl_str text);

/* Adds a cell of what `part` holds, and empties it; when it failed so has the table. */
void pl_table_add_part(struct pl_table *table, enum pl_ink ink, struct pl_buffer *part);

/* Writes the title row (when any column has a title) and all rows, `indent` columns in. Out of
   memory shows as the page's buffer having failed. */
void pl_table_write(const struct pl_table *table, struct pl_page *page, uint32_t indent);

/* Columns that the table takes when nothing wraps, without indentation. */
size_t pl_table_columns(const struct pl_table *table);

#endif
