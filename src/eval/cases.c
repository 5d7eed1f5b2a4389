/* Reading golden cases. One statement brings the cases and, where there are any, the recorded outputs that
   their ids name; the engine runs it in one thread, so that cases come in the order of their files. */
#include "eval/cases.h"

#include "eval/locate.h"
#include "eval/attacks.h"
#include "warehouse/driver.h"

#define SQL_SIZE_BYTES_MAX ((size_t)1 << 20)

struct reading {
    const struct pl_suite *suite;
    struct pl_arena *arena;
    const struct pl_driver *driver;
    struct pl_connection *connection;
    pl_case_visit visit;
    void *context;
    uint64_t count;
};

static enum pl_status take_batch(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct reading *reading = context;
    const struct pl_vector *cases = &batch->columns[0];
    const struct pl_vector *outputs = batch->columns_count > 1 ? &batch->columns[1] : NULL;

    for (size_t row = 0; row < batch->rows_count; row++) {
        struct pl_case_text text = {.number = ++reading->count};

        if (pl_vector_valid(cases->valid, row))
            text.text = cases->texts[row];
        if (outputs != NULL && pl_vector_valid(outputs->valid, row))
            text.output = outputs->texts[row];
        PL_RETURN_IF(reading->visit(&text, reading->context, error));
    }
    return PL_OK;
}

static enum pl_status add_rows(const struct reading *reading, struct pl_str path,
                               struct pl_buffer *sql, struct pl_error *error)
{
    const struct pl_source_options options = {.path = path};

    return reading->driver->rows(reading->connection, &options, sql, error);
}

/* `json_extract_string(a.row, '$."id"')`: the member as text, whatever its type. */
static void add_id(struct pl_buffer *sql, const char *table, struct pl_str column)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer path = {0};

    pl_buffer_init(&path, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&path, "$.");
    pl_sql_identifier(&path, column);
    pl_buffer_add_format(sql, "json_extract_string(%s.row, ", table);
    pl_sql_string(sql, pl_buffer_view(&path));
    pl_buffer_add_text(sql, ")");
    pl_buffer_end_part(sql, &path);
}

static enum pl_status add_statement(const struct reading *reading, struct pl_str cases,
                                    struct pl_str outputs, struct pl_buffer *sql,
                                    struct pl_error *error)
{
    const struct pl_suite *suite = reading->suite;

    if (outputs.len == 0)
        return add_rows(reading, cases, sql, error);
    pl_buffer_add_text(sql, "SELECT a.row, b.row FROM (");
    PL_RETURN_IF(add_rows(reading, cases, sql, error));
    pl_buffer_add_text(sql, ") AS a(row) LEFT JOIN (");
    PL_RETURN_IF(add_rows(reading, outputs, sql, error));
    pl_buffer_add_text(sql, ") AS b(row) ON ");
    add_id(sql, "a", suite->columns.id);
    pl_buffer_add_text(sql, " = ");
    add_id(sql, "b", suite->output_id.len > 0 ? suite->output_id : suite->columns.id);
    return pl_buffer_check(sql, "an SQL statement", error);
}

static enum pl_status run(struct reading *reading, struct pl_str cases, struct pl_str outputs,
                          struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(add_statement(reading, cases, outputs, &sql, error));
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));
    return reading->driver->query(reading->connection, pl_buffer_view(&sql), take_batch, reading,
                                  error);
}

/* An error of the data is the line's when the line names what is not there. */
static enum pl_status locate(const struct reading *reading, enum pl_status status,
                             struct pl_error *error)
{
    const struct pl_suite *suite = reading->suite;

    if (status == PL_OK || status == PL_E_INTERRUPTED || error == NULL || error->file[0] != '\0')
        return status;
    return pl_error_locate(error, suite->line->file, suite->cases_place.line,
                           suite->cases_place.column);
}

enum pl_status pl_cases_read(const struct pl_suite *suite, struct pl_arena *arena,
                             pl_case_visit visit, void *context, struct pl_error *error)
{
    if (pl_suite_is_builtin(suite))
        return pl_attacks_read(suite, arena, visit, context, error);

    const struct pl_str cases = pl_line_path(suite->line, suite->cases, arena);
    const struct pl_str outputs = suite->output_file.len > 0
                                      ? pl_line_path(suite->line, suite->output_file, arena)
                                      : (struct pl_str){"", 0};
    struct reading reading = {.suite = suite, .arena = arena, .visit = visit, .context = context};

    if (cases.ptr == NULL || outputs.ptr == NULL)
        return pl_arena_error(arena, "the path of the cases", error);
    reading.driver = pl_driver_for(cases);
    if (reading.driver == NULL)
        return locate(&reading,
                      pl_error_set(error, PL_E_DATA,
                                   "%.*s is not a file of a known kind: .csv, .tsv, .jsonl, "
                                   ".ndjson or .parquet, also with .gz or .zst",
                                   PL_STR_ARG(cases)),
                      error);

    const struct pl_connection_options options = {
        .threads = 1, .source = cases.ptr, .other = outputs.len > 0 ? outputs.ptr : NULL};

    PL_RETURN_IF(reading.driver->open(&options, &reading.connection, error));

    const enum pl_status status = run(&reading, cases, outputs, error);

    reading.driver->close(reading.connection);
    /* The engine counts lines in its own way where one is no JSON. */
    if (status == PL_E_ENGINE) {
        PL_RETURN_IF(pl_cases_check_json(cases, arena, error));
        if (outputs.len > 0)
            PL_RETURN_IF(pl_cases_check_json(outputs, arena, error));
    }
    return locate(&reading, status, error);
}
