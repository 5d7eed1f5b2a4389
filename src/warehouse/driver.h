/*
 * The warehouse: an engine that counts where the data is. A driver is a table of operations; adding
 * one touches one new file and one row of the table in driver.c. What a driver does not offer is
 * filled with a stub that returns PL_E_UNSUPPORTED. A connection belongs to one thread.
 */
#ifndef PL_WAREHOUSE_DRIVER_H
#define PL_WAREHOUSE_DRIVER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"

#define PL_BATCH_COLUMNS_MAX 96
#define PL_BATCH_ROWS_MAX    2048 /* that are appended at once */

/* What a value of a result is to us; engines have more types than that. */
enum pl_type {
    PL_TYPE_TEXT,
    PL_TYPE_INTEGER, /* int64 */
    PL_TYPE_REAL,    /* double */
    PL_TYPE_REALS,   /* a list of doubles in each row */
    PL_TYPE_PAIRS,   /* a list of structs of two doubles in each row */
    PL_TYPE_OTHER,   /* a date, a struct: usable in an SQL expression only */
};

/* A column of a source as the engine describes it. */
struct pl_column {
    struct pl_str name;
    struct pl_str engine_type; /* the engine's word: "VARCHAR", "DOUBLE", "BOOLEAN" */
    enum pl_type type;
};

struct pl_columns {
    const struct pl_column *items;
    size_t count;
};

/* One column of a batch of rows. Which arrays are set follows from `type`. */
struct pl_vector {
    enum pl_type type;
    const uint64_t *valid; /* bit i of the array set: row i is not NULL; NULL: every row is valid */
    const struct pl_str *texts;
    const int64_t *integers;
    const double *reals; /* REAL: a value for each row; REALS: all lists' values in one run; PAIRS:
                            the first of each pair */
    const uint64_t *valid_reals;   /* REALS, PAIRS: as `valid`, for the values in the lists */
    const double *seconds;         /* PAIRS: the second of each pair */
    const uint64_t *valid_seconds; /* PAIRS */
    const struct pl_list {
        uint64_t offset;
        uint64_t length;
    } * lists;
};

/* Rows of a result; valid only during the visit. */
struct pl_batch {
    size_t rows_count;
    size_t columns_count;
    struct pl_vector columns[PL_BATCH_COLUMNS_MAX];
};

/* Called for each batch; returning another status than PL_OK stops the query and is passed on. */
typedef enum pl_status (*pl_batch_visit)(const struct pl_batch *batch, void *context,
                                         struct pl_error *error);

struct pl_connection_options {
    uint32_t threads;
    const char *source; /* the path or glob that is to be read; nothing else on the disk can be */
    const char *other;  /* one more of these, or NULL */
};

/* What a source is read with, beyond its path. */
struct pl_source_options {
    struct pl_str path;
    const struct pl_str *text_columns; /* taken as text whatever their values look like */
    size_t text_columns_count;
    struct pl_columns columns; /* with text columns: all columns, as described without them */
    bool with_file_name;       /* adds a column `filename` */
};

/* A store: a database of the engine itself, in a file that this program writes. */
struct pl_store_options {
    const char *path;
    uint32_t threads;
    uint32_t wait_ms; /* for others that read or write it */
    bool anew;        /* what was in the file is thrown away */
};

struct pl_connection; /* what a driver keeps */

struct pl_driver {
    const char *name;

    /* True when this driver reads that source ("*.parquet", "clickhouse://…"). */
    bool (*takes)(struct pl_str source);

    enum pl_status (*open)(const struct pl_connection_options *options,
                           struct pl_connection **ret_connection, struct pl_error *error);
    void (*close)(struct pl_connection *connection);

    /* Adds the table expression that reads a source to `sql`. */
    enum pl_status (*source)(struct pl_connection *connection,
                             const struct pl_source_options *options, struct pl_buffer *sql,
                             struct pl_error *error);

    /* Adds a query that gives each row of a source as one column: a JSON object as text, in the order of
       the files. Rows of JSON Lines are as they stand there; texts of CSV stay texts. */
    enum pl_status (*rows)(struct pl_connection *connection,
                           const struct pl_source_options *options, struct pl_buffer *sql,
                           struct pl_error *error);

    /* The columns of a table expression or query, in `arena`; reads no more than it must. */
    enum pl_status (*describe)(struct pl_connection *connection, struct pl_str sql,
                               struct pl_arena *arena, struct pl_columns *ret_columns,
                               struct pl_error *error);

    /* Runs one query and hands its rows on. */
    enum pl_status (*query)(struct pl_connection *connection, struct pl_str sql,
                            pl_batch_visit visit, void *context, struct pl_error *error);

    /*
     * Opens a store for writing, making it where it is missing; nobody else reads or writes it until it is
     * closed. PL_E_BUSY when others do not let go of it in time. Nothing but the store can be read.
     */
    enum pl_status (*open_store)(const struct pl_store_options *options,
                                 struct pl_connection **ret_connection, struct pl_error *error);

    /* Runs statements that give no rows, one after the other. `sql` is NUL-terminated. */
    enum pl_status (*run)(struct pl_connection *connection, struct pl_str sql,
                          struct pl_error *error);

    /* Adds rows to a table, of which the columns are VARCHAR, BIGINT or DOUBLE as those of the batch are TEXT,
       INTEGER or REAL. A batch has at most PL_BATCH_ROWS_MAX rows. */
    enum pl_status (*append)(struct pl_connection *connection, const char *table,
                             const struct pl_batch *batch, struct pl_error *error);
};

/* The driver of stores. */
const struct pl_driver *pl_driver_of_stores(void);

/*
 * Waits until nobody writes the store at `path`, and keeps writers out until the descriptor is closed. Stores are
 * locked beside their file, at PATH.lock, by flock(): by each who opens one, in whatever process or thread.
 */
PL_MUST_CHECK enum pl_status pl_store_hold(const char *path, uint32_t wait_ms, int *ret_fd,
                                           struct pl_error *error);
/* As above, but alone. */
PL_MUST_CHECK enum pl_status pl_store_lock(const char *path, uint32_t wait_ms, int *ret_fd,
                                           struct pl_error *error);

/* How long readers wait for a writer. */
#define PL_STORE_WAIT_MS 30000

/* The driver for a source; NULL when there is none. */
const struct pl_driver *pl_driver_for(struct pl_str source);

/* Adds `name` as a quoted SQL identifier, or `text` as a quoted SQL string. */
void pl_sql_identifier(struct pl_buffer *sql, struct pl_str name);
void pl_sql_string(struct pl_buffer *sql, struct pl_str text);

/* True when row `row` is not NULL. */
static inline bool pl_vector_valid(const uint64_t *valid, size_t row)
{
    return valid == NULL || (valid[row / 64] >> (row % 64) & 1u) != 0;
}

#endif
