/*
 * The DuckDB driver, on its C API. The database is in memory and may read the one source it was
 * opened for: no other file, no network, no extension to load, no spilling to disk. Results are
 * streamed batch by batch, so that a large one is never held twice. Live traffic is read from a store, a
 * database file that is attached to be read only; a store that is opened as such is written.
 */
#include "warehouse/duckdb.h"

#include "base/file.h"
#include "warehouse/duckdb_source.h"

#include <duckdb.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SQL_SIZE_BYTES_MAX ((size_t)4 << 20)

struct pl_connection {
    duckdb_database database;
    duckdb_connection connection;
    enum pl_type types[PL_BATCH_COLUMNS_MAX]; /* of the running query's columns */
    struct pl_str *texts;                     /* scratch: the text columns of one batch */
    size_t texts_count;
    int lock_fd; /* of the store that is read or written, or -1 */
};

/* From here on the engine shows its statement, or advises on settings that are not the reader's. */
static bool is_aside(const char *text)
{
    static const char *const ASIDES[] = {
        "\n\n", "\nLINE ", "\nPossible fixes:", "\nThe search space used was:", "\nTry increasing ",
    };

    for (size_t i = 0; i < sizeof ASIDES / sizeof *ASIDES; i++)
        if (strncmp(text, ASIDES[i], strlen(ASIDES[i])) == 0)
            return true;
    return false;
}

/* The engine's words on one line, without the name of the class of error in front. */
static void copy_message(const char *message, char *ret_text, size_t size)
{
    const char *colon = message == NULL ? NULL : strstr(message, " Error: ");
    const char *start = colon == NULL ? message : colon + strlen(" Error: ");
    size_t used = 0;

    for (; start != NULL && *start != '\0' && used + 1 < size; start++) {
        if (is_aside(start))
            break;
        ret_text[used++] = *start == '\n' ? ' ' : *start;
    }
    ret_text[used] = '\0';
}

static enum pl_status engine_error(const char *message, struct pl_error *error)
{
    char text[512];
    const bool out_of_memory = message != NULL && strstr(message, "Out of Memory") != NULL;

    copy_message(message, text, sizeof text);
    if (out_of_memory)
        return pl_error_set(error, PL_E_LIMIT,
                            "the groups do not fit into memory: a segment or label column may have "
                            "a value of its own in every row (%.200s)",
                            text);
    return pl_error_set(error, PL_E_ENGINE, "%s", text);
}

static enum pl_status run(struct pl_connection *connection, const char *sql, struct pl_error *error)
{
    duckdb_result result;
    const duckdb_state state = duckdb_query(connection->connection, sql, &result);
    const enum pl_status status =
        state == DuckDBSuccess ? PL_OK : engine_error(duckdb_result_error(&result), error);

    duckdb_destroy_result(&result);
    return status;
}

/* Shuts every door but those to the sources, and locks the settings. */
static enum pl_status confine(struct pl_connection *connection,
                              const struct pl_connection_options *options, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const char *sources[] = {options->source, options->other};
    char folder[PATH_MAX + 1];

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "SET allowed_directories=[");
    for (size_t i = 0; i < 2 && sources[i] != NULL; i++) {
        if (pl_duckdb_is_live(pl_str_of(sources[i])))
            continue;
        PL_RETURN_IF(pl_duckdb_real_folder(sources[i], folder, error));
        if (sql.ptr[sql.len - 1] != '[')
            pl_buffer_add_text(&sql, ", ");
        pl_sql_string(&sql, pl_str_of(folder));
    }
    pl_buffer_add_text(&sql, "]");
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));
    PL_RETURN_IF(run(connection, sql.ptr, error));
    PL_RETURN_IF(run(connection, "SET enable_external_access=false", error));
    return run(connection, "SET lock_configuration=true", error);
}

static enum pl_status set_config(duckdb_config config, const char *name, const char *value,
                                 struct pl_error *error)
{
    if (duckdb_set_config(config, name, value) != DuckDBSuccess)
        return pl_error_set(error, PL_E_ENGINE, "DuckDB does not take the setting %s", name);
    return PL_OK;
}

static enum pl_status make_config(uint32_t threads_count, duckdb_config *ret_config,
                                  struct pl_error *error)
{
    char threads[16];
    const struct {
        const char *name;
        const char *value;
    } settings[] = {
        {"threads", threads},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"temp_directory", ""},
    };

    (void)snprintf(threads, sizeof threads, "%u", threads_count);
    if (duckdb_create_config(ret_config) != DuckDBSuccess)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for DuckDB");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        PL_RETURN_IF(set_config(*ret_config, settings[i].name, settings[i].value, error));
    return PL_OK;
}

static void close_connection(struct pl_connection *connection)
{
    if (connection == NULL)
        return;
    if (connection->connection != NULL)
        duckdb_disconnect(&connection->connection);
    if (connection->database != NULL)
        duckdb_close(&connection->database);
    pl_fd_close(&connection->lock_fd);
    free(connection->texts);
    free(connection);
}

/* `path` NULL: in memory. */
static enum pl_status open_database(struct pl_connection *connection, const char *path,
                                    duckdb_config config, struct pl_error *error)
{
    char *message = NULL;

    if (duckdb_open_ext(path, &connection->database, config, &message) != DuckDBSuccess) {
        const enum pl_status status = engine_error(message, error);

        duckdb_free(message);
        return status;
    }
    if (duckdb_connect(connection->database, &connection->connection) != DuckDBSuccess)
        return pl_error_set(error, PL_E_ENGINE, "DuckDB does not open a connection");
    return PL_OK;
}

static struct pl_connection *new_connection(void)
{
    struct pl_connection *connection = calloc(1, sizeof *connection);

    if (connection != NULL)
        connection->lock_fd = -1;
    return connection;
}

/* The first of the sources that is live traffic: there is one warehouse beside a line. */
static const char *live_source(const struct pl_connection_options *options)
{
    const char *sources[] = {options->source, options->other};

    for (size_t i = 0; i < 2 && sources[i] != NULL; i++)
        if (pl_duckdb_is_live(pl_str_of(sources[i])))
            return sources[i];
    return NULL;
}

/* Makes the store readable. Days and hours are those of UTC, wherever the program runs. */
static enum pl_status attach(struct pl_connection *connection, const char *path,
                             struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_error cause = {0};

    if (access(path, F_OK) != 0)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "there is no warehouse at %s: nothing of the ledger has been loaded; "
                            "`plimsoll ledger load` does it",
                            path);
    PL_RETURN_IF(pl_store_hold(path, PL_STORE_WAIT_MS, &connection->lock_fd, error));
    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "SET TimeZone='UTC'; ATTACH ");
    pl_sql_string(&sql, pl_str_of(path));
    pl_buffer_add_text(&sql, " AS " PL_DUCKDB_STORE " (READ_ONLY); USE " PL_DUCKDB_STORE);
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));
    if (run(connection, sql.ptr, &cause) == PL_OK)
        return PL_OK;
    return pl_error_set(error, cause.status,
                        "the warehouse %s cannot be opened: %.500s; when nothing else has it open, "
                        "`plimsoll ledger load --rebuild` makes it anew from the ledger",
                        path, cause.message);
}

static enum pl_status open_sources(struct pl_connection *connection, duckdb_config config,
                                   const struct pl_connection_options *options,
                                   struct pl_error *error)
{
    const char *live = live_source(options);

    PL_RETURN_IF(open_database(connection, NULL, config, error));
    if (live != NULL)
        PL_RETURN_IF(attach(connection, pl_duckdb_live_path(live), error));
    return confine(connection, options, error);
}

static enum pl_status open_connection(const struct pl_connection_options *options,
                                      struct pl_connection **ret_connection, struct pl_error *error)
{
    struct pl_connection *connection = new_connection();
    duckdb_config config = NULL;

    if (connection == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for DuckDB");

    enum pl_status status = make_config(options->threads, &config, error);

    if (status == PL_OK)
        status = open_sources(connection, config, options, error);
    duckdb_destroy_config(&config);
    if (status != PL_OK) {
        close_connection(connection);
        return status;
    }
    *ret_connection = connection;
    return PL_OK;
}

/* ---- stores ---- */

/* What the engine says of a lock or of bytes that are none of its own, in the reader's words. */
static enum pl_status store_error(const char *path, const struct pl_error *cause,
                                  struct pl_error *error)
{
    if (strstr(cause->message, "Could not set lock on file") != NULL)
        return pl_error_set(error, PL_E_BUSY,
                            "the warehouse %s is open in another program (%.300s)", path,
                            cause->message);
    return pl_error_set(error, cause->status,
                        "the warehouse %s cannot be opened: %.500s; `plimsoll ledger load "
                        "--rebuild` makes it anew from the ledger",
                        path, cause->message);
}

static enum pl_status open_file(struct pl_connection *connection,
                                const struct pl_store_options *options, struct pl_error *error)
{
    duckdb_config config = NULL;
    struct pl_error cause = {0};
    enum pl_status status = make_config(options->threads, &config, &cause);

    if (status == PL_OK)
        status = open_database(connection, options->path, config, &cause);
    duckdb_destroy_config(&config);
    if (status == PL_OK)
        status = run(connection,
                     "SET TimeZone='UTC'; SET wal_autocheckpoint='64MB'; "
                     "SET enable_external_access=false; "
                     "SET lock_configuration=true",
                     &cause);
    return status == PL_OK ? PL_OK : store_error(options->path, &cause, error);
}

/* The file and what the engine keeps beside it. */
static enum pl_status remove_store(const char *path, struct pl_error *error)
{
    static const char *const ENDINGS[] = {"", ".wal"};
    char name[PATH_MAX];

    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ENDINGS[i]);
        if (unlink(name) != 0 && errno != ENOENT)
            return pl_error_errno(error, errno, "cannot remove %s", name);
    }
    return PL_OK;
}

static enum pl_status open_store(const struct pl_store_options *options,
                                 struct pl_connection **ret_connection, struct pl_error *error)
{
    struct pl_connection *connection = new_connection();

    if (connection == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for DuckDB");

    enum pl_status status =
        pl_store_lock(options->path, options->wait_ms, &connection->lock_fd, error);

    if (status == PL_OK && options->anew)
        status = remove_store(options->path, error);
    if (status == PL_OK)
        status = open_file(connection, options, error);
    if (status != PL_OK) {
        close_connection(connection);
        return status;
    }
    *ret_connection = connection;
    return PL_OK;
}

static enum pl_status run_statements(struct pl_connection *connection, struct pl_str sql,
                                     struct pl_error *error)
{
    return run(connection, sql.ptr, error);
}

/* Takes over the values of one column; texts are copied by the engine. */
static void fill_vector(duckdb_vector vector, const struct pl_vector *column, size_t rows)
{
    void *data = duckdb_vector_get_data(vector);

    if (column->valid != NULL) {
        duckdb_vector_ensure_validity_writable(vector);
        memcpy(duckdb_vector_get_validity(vector), column->valid, (rows + 63) / 64 * 8);
    }
    if (column->type == PL_TYPE_INTEGER)
        memcpy(data, column->integers, rows * sizeof *column->integers);
    else if (column->type == PL_TYPE_REAL)
        memcpy(data, column->reals, rows * sizeof *column->reals);
    for (size_t row = 0; column->type == PL_TYPE_TEXT && row < rows; row++)
        if (pl_vector_valid(column->valid, row))
            duckdb_vector_assign_string_element_len(vector, row, column->texts[row].ptr,
                                                    column->texts[row].len);
}

static duckdb_type engine_type(enum pl_type type)
{
    assert(type == PL_TYPE_TEXT || type == PL_TYPE_INTEGER || type == PL_TYPE_REAL);
    return type == PL_TYPE_TEXT      ? DUCKDB_TYPE_VARCHAR
           : type == PL_TYPE_INTEGER ? DUCKDB_TYPE_BIGINT
                                     : DUCKDB_TYPE_DOUBLE;
}

static duckdb_data_chunk make_chunk(const struct pl_batch *batch)
{
    duckdb_logical_type types[PL_BATCH_COLUMNS_MAX];

    for (size_t i = 0; i < batch->columns_count; i++)
        types[i] = duckdb_create_logical_type(engine_type(batch->columns[i].type));

    duckdb_data_chunk chunk = duckdb_create_data_chunk(types, batch->columns_count);

    for (size_t i = 0; i < batch->columns_count; i++)
        duckdb_destroy_logical_type(&types[i]);
    for (size_t i = 0; chunk != NULL && i < batch->columns_count; i++)
        fill_vector(duckdb_data_chunk_get_vector(chunk, i), &batch->columns[i], batch->rows_count);
    if (chunk != NULL)
        duckdb_data_chunk_set_size(chunk, batch->rows_count);
    return chunk;
}

static enum pl_status append(struct pl_connection *connection, const char *table,
                             const struct pl_batch *batch, struct pl_error *error)
{
    duckdb_appender appender = NULL;
    enum pl_status status = PL_OK;

    assert(batch->rows_count <= PL_BATCH_ROWS_MAX && batch->columns_count <= PL_BATCH_COLUMNS_MAX);
    assert(duckdb_vector_size() >= PL_BATCH_ROWS_MAX);

    duckdb_data_chunk chunk = make_chunk(batch);

    if (chunk == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for rows of the warehouse");
    if (duckdb_appender_create(connection->connection, NULL, table, &appender) != DuckDBSuccess ||
        duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess ||
        duckdb_appender_close(appender) != DuckDBSuccess)
        status = engine_error(appender == NULL ? "no memory left" : duckdb_appender_error(appender),
                              error);
    duckdb_appender_destroy(&appender);
    duckdb_destroy_data_chunk(&chunk);
    return status;
}

/* ---- results ---- */

/* A list of numbers, or of pairs of them. */
static enum pl_type list_type_of(duckdb_result *result, idx_t column)
{
    duckdb_logical_type list = duckdb_column_logical_type(result, column);
    duckdb_logical_type item = duckdb_list_type_child_type(list);
    const bool is_pair =
        duckdb_get_type_id(item) == DUCKDB_TYPE_STRUCT && duckdb_struct_type_child_count(item) == 2;

    duckdb_destroy_logical_type(&item);
    duckdb_destroy_logical_type(&list);
    return is_pair ? PL_TYPE_PAIRS : PL_TYPE_REALS;
}

static enum pl_type type_of(duckdb_result *result, idx_t column)
{
    switch ((int)duckdb_column_type(result, column)) {
    case DUCKDB_TYPE_VARCHAR:
        return PL_TYPE_TEXT;
    case DUCKDB_TYPE_BIGINT:
        return PL_TYPE_INTEGER;
    case DUCKDB_TYPE_DOUBLE:
        return PL_TYPE_REAL;
    case DUCKDB_TYPE_LIST:
        return list_type_of(result, column);
    default:
        return PL_TYPE_OTHER;
    }
}

static struct pl_str text_at(const duckdb_string_t *text)
{
    const uint32_t length = duckdb_string_t_length(*text);

    return (struct pl_str){length <= 12 ? text->value.inlined.inlined : text->value.pointer.ptr,
                           length};
}

/* Turns the engine's strings into slices, in scratch memory that is kept between batches. */
static enum pl_status view_texts(struct pl_connection *connection, duckdb_vector vector,
                                 size_t offset, size_t rows, struct pl_error *error)
{
    const duckdb_string_t *strings = duckdb_vector_get_data(vector);
    const size_t wanted = PL_BATCH_COLUMNS_MAX * (size_t)duckdb_vector_size();

    if (connection->texts == NULL) {
        connection->texts = calloc(wanted, sizeof *connection->texts);
        connection->texts_count = wanted;
    }
    if (connection->texts == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a batch of text");
    for (size_t row = 0; row < rows && offset + row < connection->texts_count; row++)
        connection->texts[offset + row] = text_at(&strings[row]);
    return PL_OK;
}

static void view_pairs(duckdb_vector vector, struct pl_vector *view)
{
    const duckdb_vector pairs = duckdb_list_vector_get_child(vector);
    const duckdb_vector first = duckdb_struct_vector_get_child(pairs, 0);
    const duckdb_vector second = duckdb_struct_vector_get_child(pairs, 1);

    view->lists = duckdb_vector_get_data(vector);
    view->reals = duckdb_vector_get_data(first);
    view->valid_reals = duckdb_vector_get_validity(first);
    view->seconds = duckdb_vector_get_data(second);
    view->valid_seconds = duckdb_vector_get_validity(second);
}

static enum pl_status view_vector(struct pl_connection *connection, duckdb_vector vector,
                                  struct pl_batch *batch, size_t column, struct pl_error *error)
{
    struct pl_vector *view = &batch->columns[column];
    const size_t offset = column * (size_t)duckdb_vector_size();

    view->type = connection->types[column];
    view->valid = duckdb_vector_get_validity(vector);
    if (view->type == PL_TYPE_INTEGER)
        view->integers = duckdb_vector_get_data(vector);
    if (view->type == PL_TYPE_REAL)
        view->reals = duckdb_vector_get_data(vector);
    if (view->type == PL_TYPE_REALS) {
        const duckdb_vector child = duckdb_list_vector_get_child(vector);

        view->lists = duckdb_vector_get_data(vector);
        view->reals = duckdb_vector_get_data(child);
        view->valid_reals = duckdb_vector_get_validity(child);
    }
    if (view->type == PL_TYPE_PAIRS)
        view_pairs(vector, view);
    if (view->type == PL_TYPE_TEXT) {
        PL_RETURN_IF(view_texts(connection, vector, offset, batch->rows_count, error));
        view->texts = connection->texts + offset;
    }
    return PL_OK;
}

static enum pl_status visit_chunk(struct pl_connection *connection, duckdb_data_chunk chunk,
                                  pl_batch_visit visit, void *context, struct pl_error *error)
{
    struct pl_batch batch = {
        .rows_count = (size_t)duckdb_data_chunk_get_size(chunk),
        .columns_count = (size_t)duckdb_data_chunk_get_column_count(chunk),
    };

    for (size_t column = 0; column < batch.columns_count; column++)
        PL_RETURN_IF(view_vector(connection, duckdb_data_chunk_get_vector(chunk, (idx_t)column),
                                 &batch, column, error));
    return visit(&batch, context, error);
}

static enum pl_status visit_result(struct pl_connection *connection, duckdb_result *result,
                                   pl_batch_visit visit, void *context, struct pl_error *error)
{
    const idx_t columns = duckdb_column_count(result);
    enum pl_status status = PL_OK;

    if (columns > PL_BATCH_COLUMNS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "a query returns more than %d columns",
                            PL_BATCH_COLUMNS_MAX);
    for (idx_t i = 0; i < columns; i++)
        connection->types[i] = type_of(result, i);
    while (status == PL_OK) {
        duckdb_data_chunk chunk = duckdb_fetch_chunk(*result);

        if (chunk == NULL)
            break;
        status = visit_chunk(connection, chunk, visit, context, error);
        duckdb_destroy_data_chunk(&chunk);
    }
    if (status == PL_OK && duckdb_result_error(result) != NULL)
        return engine_error(duckdb_result_error(result), error);
    return status;
}

static enum pl_status prepare(struct pl_connection *connection, const char *sql,
                              duckdb_prepared_statement *ret_statement, struct pl_error *error)
{
    if (duckdb_prepare(connection->connection, sql, ret_statement) == DuckDBSuccess)
        return PL_OK;

    const enum pl_status status = engine_error(duckdb_prepare_error(*ret_statement), error);

    duckdb_destroy_prepare(ret_statement);
    return status;
}

static enum pl_status query(struct pl_connection *connection, struct pl_str sql,
                            pl_batch_visit visit, void *context, struct pl_error *error)
{
    duckdb_prepared_statement statement = NULL;
    duckdb_pending_result pending = NULL;
    duckdb_result result = {0};
    enum pl_status status = PL_OK;

    PL_RETURN_IF(prepare(connection, sql.ptr, &statement, error));
    if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess)
        status = engine_error(duckdb_pending_error(pending), error);
    else if (duckdb_execute_pending(pending, &result) != DuckDBSuccess)
        status = engine_error(duckdb_result_error(&result), error);
    else
        status = visit_result(connection, &result, visit, context, error);
    duckdb_destroy_result(&result);
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return status;
}

/* Collects the rows of DESCRIBE: name, type. */
struct described {
    struct pl_arena *arena;
    struct pl_column *items;
    size_t count;
    size_t size;
};

static enum pl_type declared_type(struct pl_str name)
{
    static const char *const INTEGERS[] = {"TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT", "HUGEINT",
                                           "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"};

    if (pl_str_equal_text(name, "VARCHAR") || pl_str_equal_text(name, "JSON") ||
        pl_str_starts_with(name, PL_STR("ENUM")))
        return PL_TYPE_TEXT;
    if (pl_str_equal_text(name, "FLOAT") || pl_str_equal_text(name, "DOUBLE") ||
        pl_str_starts_with(name, PL_STR("DECIMAL")))
        return PL_TYPE_REAL;
    for (size_t i = 0; i < sizeof INTEGERS / sizeof *INTEGERS; i++)
        if (pl_str_equal_text(name, INTEGERS[i]))
            return PL_TYPE_INTEGER;
    return PL_TYPE_OTHER;
}

static enum pl_status keep_described(const struct pl_batch *batch, void *context,
                                     struct pl_error *error)
{
    struct described *described = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        struct pl_column *column = &described->items[described->count];

        if (described->count == described->size)
            return pl_error_set(error, PL_E_LIMIT, "the source has more than %zu columns",
                                described->size);
        column->name = pl_arena_copy(described->arena, batch->columns[0].texts[row]);
        column->engine_type = pl_arena_copy(described->arena, batch->columns[1].texts[row]);
        if (column->name.ptr == NULL || column->engine_type.ptr == NULL)
            return pl_arena_error(described->arena, "the source's columns", error);
        column->type = declared_type(column->engine_type);
        described->count++;
    }
    return PL_OK;
}

static enum pl_status describe(struct pl_connection *connection, struct pl_str sql,
                               struct pl_arena *arena, struct pl_columns *ret_columns,
                               struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer statement = {0};
    struct described described = {.arena = arena, .size = 10000};

    described.items = pl_arena_alloc_array(arena, described.size, sizeof *described.items);
    if (described.items == NULL)
        return pl_arena_error(arena, "the source's columns", error);
    pl_buffer_init(&statement, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&statement, "DESCRIBE SELECT * FROM ");
    pl_buffer_add(&statement, sql);
    PL_RETURN_IF(pl_buffer_check(&statement, "an SQL statement", error));
    PL_RETURN_IF(query(connection, pl_buffer_view(&statement), keep_described, &described, error));
    *ret_columns = (struct pl_columns){described.items, described.count};
    return PL_OK;
}

const struct pl_driver PL_DRIVER_DUCKDB = {
    .name = "duckdb",
    .takes = pl_duckdb_takes,
    .open = open_connection,
    .close = close_connection,
    .source = pl_duckdb_source,
    .rows = pl_duckdb_rows,
    .describe = describe,
    .query = query,
    .open_store = open_store,
    .run = run_statements,
    .append = append,
};
