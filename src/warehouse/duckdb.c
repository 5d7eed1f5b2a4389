/*
 * The DuckDB driver, on its C API. The database is in memory and may read the one source it was
 * opened for: no other file, no network, no extension to load, no spilling to disk. Results are
 * streamed batch by batch, so that a large one is never held twice.
 */
#include "warehouse/duckdb.h"

#include <duckdb.h>

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQL_SIZE_BYTES_MAX ((size_t)4 << 20)

struct pl_connection {
    duckdb_database database;
    duckdb_connection connection;
    enum pl_type types[PL_BATCH_COLUMNS_MAX]; /* of the running query's columns */
    struct pl_str *texts;                     /* scratch: the text columns of one batch */
    size_t texts_count;
};

/* Where the types of columns come from, and so how the engine is told to take some as text. */
enum typing {
    TYPED_BY_FILE,    /* types are in the file */
    TYPED_BY_COLUMN,  /* a guess from the first rows, that can be overruled column by column */
    TYPED_ALTOGETHER, /* a guess that can only be overruled by naming every column's type */
};

/* A kind of file: its ending, and the function that reads it. */
struct format {
    const char *ending;
    const char *function;
    const char *options;
    enum typing typing;
};

static const struct format FORMATS[] = {
    {".csv", "read_csv", ", header=true, delim=',', quote='\"', escape='\"'", TYPED_BY_COLUMN},
    {".tsv", "read_csv", ", header=true, delim='\\t'", TYPED_BY_COLUMN},
    {".jsonl", "read_json", ", format='newline_delimited', maximum_object_size=4194304",
     TYPED_ALTOGETHER},
    {".ndjson", "read_json", ", format='newline_delimited', maximum_object_size=4194304",
     TYPED_ALTOGETHER},
    {".parquet", "read_parquet", "", TYPED_BY_FILE},
};

static const struct format *format_of(struct pl_str path)
{
    static const char *const PACKED[] = {".gz", ".zst"};

    for (size_t i = 0; i < sizeof PACKED / sizeof *PACKED; i++)
        if (pl_str_ends_with(path, pl_str_of(PACKED[i])))
            path.len -= strlen(PACKED[i]);
    for (size_t i = 0; i < sizeof FORMATS / sizeof *FORMATS; i++)
        if (pl_str_ends_with(path, pl_str_of(FORMATS[i].ending)))
            return &FORMATS[i];
    return NULL;
}

static bool takes(struct pl_str source)
{
    return format_of(source) != NULL;
}

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

/* How much of a path or glob names a folder: all up to the last `/` that precedes any wildcard. */
static size_t folder_length(const char *source)
{
    for (size_t i = strcspn(source, "*?[{"); i > 0; i--)
        if (source[i - 1] == '/')
            return i;
    return 0;
}

/* The folder that a source reads from, absolute and ending in `/`: the engine compares by letter. */
static enum pl_status real_folder(const char *source, char ret_folder[PATH_MAX + 1],
                                  struct pl_error *error)
{
    char folder[PATH_MAX];
    const size_t length = folder_length(source);

    if (length >= sizeof folder)
        return pl_error_set(error, PL_E_LIMIT, "the path %.80s… is too long", source);
    memcpy(folder, length == 0 ? "." : source, length == 0 ? 1 : length);
    folder[length == 0 ? 1 : length] = '\0';
    if (realpath(folder, ret_folder) == NULL)
        return pl_error_errno(error, errno, "%s cannot be read", source);
    if (strcmp(ret_folder, "/") != 0)
        (void)strcat(ret_folder, "/");
    return PL_OK;
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
        PL_RETURN_IF(real_folder(sources[i], folder, error));
        pl_buffer_add_text(&sql, i == 0 ? "" : ", ");
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

static enum pl_status make_config(const struct pl_connection_options *options,
                                  duckdb_config *ret_config, struct pl_error *error)
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

    (void)snprintf(threads, sizeof threads, "%u", options->threads);
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
    free(connection->texts);
    free(connection);
}

static enum pl_status open_database(struct pl_connection *connection, duckdb_config config,
                                    struct pl_error *error)
{
    char *message = NULL;

    if (duckdb_open_ext(NULL, &connection->database, config, &message) != DuckDBSuccess) {
        const enum pl_status status = engine_error(message, error);

        duckdb_free(message);
        return status;
    }
    if (duckdb_connect(connection->database, &connection->connection) != DuckDBSuccess)
        return pl_error_set(error, PL_E_ENGINE, "DuckDB does not open a connection");
    return PL_OK;
}

static enum pl_status open_connection(const struct pl_connection_options *options,
                                      struct pl_connection **ret_connection, struct pl_error *error)
{
    struct pl_connection *connection = calloc(1, sizeof *connection);
    duckdb_config config = NULL;

    if (connection == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for DuckDB");

    enum pl_status status = make_config(options, &config, error);

    if (status == PL_OK)
        status = open_database(connection, config, error);
    duckdb_destroy_config(&config);
    if (status == PL_OK)
        status = confine(connection, options, error);
    if (status != PL_OK) {
        close_connection(connection);
        return status;
    }
    *ret_connection = connection;
    return PL_OK;
}

/* A source must be there and hold bytes: the engine's own words for both are hard to read. */
static enum pl_status check_files(const char *path, struct pl_error *error)
{
    glob_t found;
    enum pl_status status = PL_OK;
    const int outcome = glob(path, GLOB_BRACE, NULL, &found);

    if (outcome == GLOB_NOMATCH)
        return pl_error_set(error, PL_E_NOT_FOUND, "no such file: %s", path);
    if (outcome != 0)
        return pl_error_set(error, PL_E_IO, "%s cannot be listed", path);
    for (size_t i = 0; i < found.gl_pathc && status == PL_OK; i++) {
        struct stat about = {0};

        if (stat(found.gl_pathv[i], &about) == 0 && S_ISREG(about.st_mode) && about.st_size == 0)
            status = pl_error_set(error, PL_E_DATA, "%s is empty", found.gl_pathv[i]);
        else if (S_ISDIR(about.st_mode))
            status = pl_error_set(error, PL_E_DATA, "%s is a folder; a file is needed",
                                  found.gl_pathv[i]);
        else if (access(found.gl_pathv[i], R_OK) != 0)
            status = pl_error_errno(error, errno, "%s cannot be read", found.gl_pathv[i]);
    }
    globfree(&found);
    return status;
}

/* The path or glob behind its real folder, so that it lies where the engine may read. */
static enum pl_status add_absolute(struct pl_buffer *out, const char *source,
                                   struct pl_error *error)
{
    char folder[PATH_MAX + 1];

    PL_RETURN_IF(real_folder(source, folder, error));
    pl_buffer_init(out, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, folder);
    pl_buffer_add_text(out, source + folder_length(source));
    return pl_buffer_check(out, "a path", error);
}

static void add_text_types(struct pl_buffer *sql, const struct pl_source_options *options)
{
    pl_buffer_add_text(sql, ", types={");
    for (size_t i = 0; i < options->text_columns_count; i++) {
        pl_buffer_add_text(sql, i == 0 ? "" : ", ");
        pl_sql_string(sql, options->text_columns[i]);
        pl_buffer_add_text(sql, ": 'VARCHAR'");
    }
    pl_buffer_add_text(sql, "}");
}

static bool is_text_column(const struct pl_source_options *options, struct pl_str name)
{
    for (size_t i = 0; i < options->text_columns_count; i++)
        if (pl_str_equal(options->text_columns[i], name))
            return true;
    return false;
}

static void add_all_types(struct pl_buffer *sql, const struct pl_source_options *options)
{
    pl_buffer_add_text(sql, ", columns={");
    for (size_t i = 0; i < options->columns.count; i++) {
        const struct pl_column *column = &options->columns.items[i];

        pl_buffer_add_text(sql, i == 0 ? "" : ", ");
        pl_sql_string(sql, column->name);
        pl_buffer_add_text(sql, ": ");
        pl_sql_string(sql, is_text_column(options, column->name) ? PL_STR("VARCHAR")
                                                                 : column->engine_type);
    }
    pl_buffer_add_text(sql, "}");
}

static enum pl_status source(struct pl_connection *connection,
                             const struct pl_source_options *options, struct pl_buffer *sql,
                             struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer path = {0};
    const struct format *format = format_of(options->path);

    (void)connection;

    if (format == NULL)
        return pl_error_set(error, PL_E_DATA,
                            "%.*s is not a file of a known kind: .csv, .tsv, .jsonl, .ndjson or "
                            ".parquet, also with .gz or .zst",
                            PL_STR_ARG(options->path));
    PL_RETURN_IF(check_files(options->path.ptr, error));
    PL_RETURN_IF(add_absolute(&path, options->path.ptr, error));
    pl_buffer_add_format(sql, "%s(", format->function);
    pl_sql_string(sql, pl_buffer_view(&path));
    pl_buffer_add_text(sql, format->options);
    pl_buffer_add_text(sql, ", union_by_name=true");
    if (options->with_file_name)
        pl_buffer_add_text(sql, ", filename=true");
    if (format->typing == TYPED_BY_COLUMN && options->text_columns_count > 0)
        add_text_types(sql, options);
    if (format->typing == TYPED_ALTOGETHER && options->text_columns_count > 0)
        add_all_types(sql, options);
    pl_buffer_add_text(sql, ")");
    return pl_buffer_check(sql, "an SQL statement", error);
}

/* The engine reads with a buffer of twice that. */
#define ROW_SIZE_BYTES_MAX (8 << 20)

/* Objects as they stand in the file, so that nothing is guessed about their members. */
static void add_objects(struct pl_buffer *sql, struct pl_str path)
{
    pl_buffer_add_text(sql, "SELECT json FROM read_json_objects(");
    pl_sql_string(sql, path);
    pl_buffer_add_format(sql, ", format='newline_delimited', maximum_object_size=%d)",
                         ROW_SIZE_BYTES_MAX);
}

static enum pl_status rows(struct pl_connection *connection,
                           const struct pl_source_options *options, struct pl_buffer *sql,
                           struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer table = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer path = {0};
    const struct format *format = format_of(options->path);

    pl_buffer_init(&table, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(source(connection, options, &table, error));
    if (format->typing == TYPED_ALTOGETHER) {
        PL_RETURN_IF(add_absolute(&path, options->path.ptr, error));
        add_objects(sql, pl_buffer_view(&path));
        return pl_buffer_check(sql, "an SQL statement", error);
    }
    pl_buffer_add_text(sql, "SELECT CAST(to_json(t) AS VARCHAR) FROM ");
    if (format->typing == TYPED_BY_COLUMN) {
        table.len--; /* the closing bracket */
        pl_buffer_add_text(&table, ", all_varchar=true)");
    }
    pl_buffer_add(sql, pl_buffer_view(&table));
    pl_buffer_add_text(sql, " t");
    return pl_buffer_check(sql, "an SQL statement", error);
}

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
    .takes = takes,
    .open = open_connection,
    .close = close_connection,
    .source = source,
    .rows = rows,
    .describe = describe,
    .query = query,
};
