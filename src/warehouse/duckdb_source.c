/*
 * Where DuckDB reads: which sources it takes, and the table expressions that read them. Nothing here calls
 * the engine.
 *
 * A source of live traffic is `ledger:FEATURE?since=MS&until=MS@PATH`: the decisions of a feature in the warehouse file at PATH
 * from a moment on until before another one, as pl_line_path makes it of `ledger:`. FEATURE may be `*`; `%40` in it
 * is an `@`, and so on; a bound of 0 is none, and the window may be left out. The warehouse is attached under
 * PL_DUCKDB_STORE.
 */
#include "warehouse/duckdb_source.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SQL_SIZE_BYTES_MAX ((size_t)4 << 20)

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

bool pl_duckdb_is_live(struct pl_str source)
{
    return pl_str_starts_with(source, PL_STR("ledger:")) &&
           memchr(source.ptr, '@', source.len) != NULL;
}

const char *pl_duckdb_live_path(const char *source)
{
    return strchr(source, '@') + 1;
}

/* Takes `%XX` back to the byte that it stands for. */
static void add_unescaped(struct pl_buffer *out, struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char digits[3] = {0};

        if (text.ptr[i] != '%' || i + 2 >= text.len) {
            pl_buffer_add_char(out, text.ptr[i]);
            continue;
        }
        memcpy(digits, text.ptr + i + 1, 2);
        pl_buffer_add_char(out, (char)strtoul(digits, NULL, 16));
        i += 2;
    }
}

static void add_bound(struct pl_buffer *sql, const char *source, const char *key,
                      const char *comparison)
{
    const char *value = strstr(source, key);
    const unsigned long long ms = value == NULL ? 0 : strtoull(value + strlen(key), NULL, 10);

    if (ms > 0)
        pl_buffer_add_format(sql, " AND \"time\" %s make_timestamptz(%llu)", comparison, ms * 1000);
}

/* The rows of one feature, or of all. The types are the columns' own. */
static enum pl_status add_live(const struct pl_source_options *options, struct pl_buffer *sql,
                               struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer feature = {0};
    const char *source = options->path.ptr;
    const char *name = source + strlen("ledger:");
    const size_t length = strcspn(name, "?@");

    pl_buffer_init(&feature, SQL_SIZE_BYTES_MAX);
    add_unescaped(&feature, (struct pl_str){name, length});
    PL_RETURN_IF(pl_buffer_check(&feature, "the name of a feature", error));
    pl_buffer_add_text(sql, "(SELECT *");
    if (options->with_file_name) {
        pl_buffer_add_text(sql, ", ");
        pl_sql_string(sql, (struct pl_str){source, (size_t)(name - source) + length});
        pl_buffer_add_text(sql, " AS filename");
    }
    pl_buffer_add_text(sql, " FROM " PL_DUCKDB_STORE ".main.live WHERE true");
    if (!pl_str_equal_text(pl_buffer_view(&feature), "*")) {
        pl_buffer_add_text(sql, " AND feature = ");
        pl_sql_string(sql, pl_buffer_view(&feature));
    }
    if (name[length] == '?') {
        add_bound(sql, name + length, "since=", ">=");
        add_bound(sql, name + length, "until=", "<");
    }
    pl_buffer_add_text(sql, ")");
    return pl_buffer_check(sql, "an SQL statement", error);
}

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

bool pl_duckdb_takes(struct pl_str source)
{
    return format_of(source) != NULL || pl_duckdb_is_live(source);
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
enum pl_status pl_duckdb_real_folder(const char *source, char ret_folder[PATH_MAX + 1],
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

    PL_RETURN_IF(pl_duckdb_real_folder(source, folder, error));
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

enum pl_status pl_duckdb_source(struct pl_connection *connection,
                                const struct pl_source_options *options, struct pl_buffer *sql,
                                struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer path = {0};
    const struct format *format = format_of(options->path);

    (void)connection;

    if (pl_duckdb_is_live(options->path))
        return add_live(options, sql, error);
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

enum pl_status pl_duckdb_rows(struct pl_connection *connection,
                              const struct pl_source_options *options, struct pl_buffer *sql,
                              struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer table = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer path = {0};
    const struct format *format = format_of(options->path);

    pl_buffer_init(&table, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_duckdb_source(connection, options, &table, error));
    if (format != NULL && format->typing == TYPED_ALTOGETHER) {
        PL_RETURN_IF(add_absolute(&path, options->path.ptr, error));
        add_objects(sql, pl_buffer_view(&path));
        return pl_buffer_check(sql, "an SQL statement", error);
    }
    pl_buffer_add_text(sql, "SELECT CAST(to_json(t) AS VARCHAR) FROM ");
    if (format != NULL && format->typing == TYPED_BY_COLUMN) {
        table.len--; /* the closing bracket */
        pl_buffer_add_text(&table, ", all_varchar=true)");
    }
    pl_buffer_add(sql, pl_buffer_view(&table));
    pl_buffer_add_text(sql, " t");
    return pl_buffer_check(sql, "an SQL statement", error);
}
