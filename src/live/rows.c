/* Columns of rows, in the engine's own shape. */
#include "live/rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_SIZE_BYTES_MAX ((size_t)256 << 20)
/* So many bytes of text are handed over even when the rows are few. */
#define TEXTS_SIZE_BYTES_AT_ONCE ((size_t)16 << 20)
#define BEFORE                   2 /* columns before the fields: seq, block */
#define WORDS                    (PL_BATCH_ROWS_MAX / 64)

union cells {
    struct pl_str texts[PL_BATCH_ROWS_MAX];
    int64_t integers[PL_BATCH_ROWS_MAX];
    double reals[PL_BATCH_ROWS_MAX];
};

struct column {
    uint64_t valid[WORDS];
    union cells *cells;
};

struct pl_live_rows {
    const struct pl_live_table *table;
    struct pl_connection *connection;
    char name[64];
    struct pl_arena texts;
    size_t count;
    struct column columns[PL_LIVE_FIELDS_MAX + BEFORE];
    struct pl_batch batch;
};

static enum pl_type batch_type(const char *staged)
{
    return strcmp(staged, "BIGINT") == 0   ? PL_TYPE_INTEGER
           : strcmp(staged, "DOUBLE") == 0 ? PL_TYPE_REAL
                                           : PL_TYPE_TEXT;
}

static bool make_columns(struct pl_live_rows *rows)
{
    rows->batch.columns_count = rows->table->fields_count + BEFORE;
    for (size_t i = 0; i < rows->batch.columns_count; i++) {
        struct pl_vector *vector = &rows->batch.columns[i];
        union cells *cells = calloc(1, sizeof *cells);

        if (cells == NULL)
            return false;
        rows->columns[i].cells = cells;
        vector->type = i < BEFORE
                           ? PL_TYPE_INTEGER
                           : batch_type(pl_live_staged_type(rows->table->fields[i - BEFORE].type));
        vector->valid = rows->columns[i].valid;
        vector->texts = cells->texts;
        vector->integers = cells->integers;
        vector->reals = cells->reals;
    }
    return true;
}

enum pl_status pl_live_rows_new(const struct pl_live_table *table, struct pl_connection *connection,
                                struct pl_live_rows **ret_rows, struct pl_error *error)
{
    struct pl_live_rows *rows = calloc(1, sizeof *rows);

    assert(table->fields_count <= PL_LIVE_FIELDS_MAX);
    if (rows != NULL) {
        rows->table = table;
        rows->connection = connection;
        (void)snprintf(rows->name, sizeof rows->name, "new_%s", table->name);
        pl_arena_init(&rows->texts, TEXTS_SIZE_BYTES_MAX);
    }
    if (rows == NULL || !make_columns(rows)) {
        pl_live_rows_free(rows);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for rows of the warehouse");
    }
    *ret_rows = rows;
    return PL_OK;
}

void pl_live_rows_free(struct pl_live_rows *rows)
{
    if (rows == NULL)
        return;
    for (size_t i = 0; i < PL_LIVE_FIELDS_MAX + BEFORE; i++)
        free(rows->columns[i].cells);
    pl_arena_deinit(&rows->texts);
    free(rows);
}

static void make_valid(struct column *column, size_t row)
{
    column->valid[row / 64] |= UINT64_C(1) << (row % 64);
}

enum pl_status pl_live_rows_begin(struct pl_live_rows *rows, uint64_t seq, uint64_t block,
                                  struct pl_error *error)
{
    if (rows->count == PL_BATCH_ROWS_MAX || rows->texts.size_bytes > TEXTS_SIZE_BYTES_AT_ONCE)
        PL_RETURN_IF(pl_live_rows_flush(rows, error));

    const size_t row = rows->count++;

    for (size_t i = 0; i < rows->batch.columns_count; i++)
        rows->columns[i].valid[row / 64] &= ~(UINT64_C(1) << (row % 64));
    rows->columns[0].cells->integers[row] = (int64_t)seq;
    rows->columns[1].cells->integers[row] = (int64_t)block;
    make_valid(&rows->columns[0], row);
    make_valid(&rows->columns[1], row);
    return PL_OK;
}

static struct column *set(struct pl_live_rows *rows, size_t field, enum pl_type type)
{
    struct column *column = &rows->columns[field + BEFORE];

    assert(rows->count > 0 && rows->batch.columns[field + BEFORE].type == type);
    make_valid(column, rows->count - 1);
    return column;
}

void pl_live_rows_set_integer(struct pl_live_rows *rows, size_t field, int64_t value)
{
    set(rows, field, PL_TYPE_INTEGER)->cells->integers[rows->count - 1] = value;
}

void pl_live_rows_set_real(struct pl_live_rows *rows, size_t field, double value)
{
    set(rows, field, PL_TYPE_REAL)->cells->reals[rows->count - 1] = value;
}

enum pl_status pl_live_rows_set_text(struct pl_live_rows *rows, size_t field, struct pl_str value,
                                     struct pl_error *error)
{
    const struct pl_str copy = pl_arena_copy(&rows->texts, value);

    if (copy.ptr == NULL)
        return pl_arena_error(&rows->texts, "rows of the warehouse", error);
    set(rows, field, PL_TYPE_TEXT)->cells->texts[rows->count - 1] = copy;
    return PL_OK;
}

enum pl_status pl_live_rows_flush(struct pl_live_rows *rows, struct pl_error *error)
{
    rows->batch.rows_count = rows->count;
    if (rows->count > 0)
        PL_RETURN_IF(
            pl_driver_of_stores()->append(rows->connection, rows->name, &rows->batch, error));
    rows->count = 0;
    pl_arena_deinit(&rows->texts);
    return PL_OK;
}
