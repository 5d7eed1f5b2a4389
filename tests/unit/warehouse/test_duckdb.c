/* The driver for files: which it takes, what it says of columns, how rows arrive, and what it refuses. */
#include "warehouse/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file in a folder of its own, and a connection that may read it. */
struct fixture {
    struct pl_arena arena;
    char folder[64];
    char path[160];
    const struct pl_driver *driver;
    struct pl_connection *connection;
    struct pl_error error;
};

static void open_file(struct fixture *fixture, const char *name, const char *text)
{
    memset(fixture, 0, sizeof *fixture);
    pl_arena_init(&fixture->arena, (size_t)64 << 20);
    (void)snprintf(fixture->folder, sizeof fixture->folder, "/tmp/plimsoll-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof fixture->path, "%s/%s", fixture->folder, name);

    FILE *file = fopen(fixture->path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    fixture->driver = pl_driver_for(pl_str_of(fixture->path));
    assert_non_null(fixture->driver);

    const struct pl_connection_options options = {.threads = 2, .source = fixture->path};

    if (fixture->driver->open(&options, &fixture->connection, &fixture->error) != PL_OK)
        fail_msg("%s", fixture->error.message);
}

static void close_file(struct fixture *fixture)
{
    fixture->driver->close(fixture->connection);
    assert_int_equal(unlink(fixture->path), 0);
    assert_int_equal(rmdir(fixture->folder), 0);
    pl_arena_deinit(&fixture->arena);
}

static enum pl_status try_source(struct fixture *fixture, const struct pl_source_options *options,
                                 struct pl_str *ret_source)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, (size_t)1 << 20);
    PL_RETURN_IF(fixture->driver->source(fixture->connection, options, &sql, &fixture->error));
    *ret_source = pl_arena_copy(&fixture->arena, pl_buffer_view(&sql));
    return PL_OK;
}

static struct pl_str source_of(struct fixture *fixture, const struct pl_source_options *options)
{
    struct pl_str source = {0};

    if (try_source(fixture, options, &source) != PL_OK)
        fail_msg("%s", fixture->error.message);
    return source;
}

static struct pl_columns describe(struct fixture *fixture, struct pl_str source)
{
    struct pl_columns columns = {0};

    if (fixture->driver->describe(fixture->connection, source, &fixture->arena, &columns,
                                  &fixture->error) != PL_OK)
        fail_msg("%s", fixture->error.message);
    return columns;
}

/* Sums of what came, by type. */
struct sums {
    size_t rows;
    size_t batches;
    int64_t integers;
    double reals;
    size_t bytes;
    size_t nulls;
    size_t listed;
    enum pl_status stop;
};

/* The product of a pair, so that it matters which value goes with which. */
static void add_pair(struct sums *sums, const struct pl_vector *vector, uint64_t place)
{
    sums->listed++;
    if (pl_vector_valid(vector->valid_reals, place) &&
        pl_vector_valid(vector->valid_seconds, place))
        sums->reals += vector->reals[place] * vector->seconds[place];
    else
        sums->nulls++;
}

static enum pl_status add_batch(const struct pl_batch *batch, void *context, struct pl_error *error)
{
    struct sums *sums = context;

    sums->batches++;
    for (size_t row = 0; row < batch->rows_count; row++) {
        sums->rows++;
        for (size_t i = 0; i < batch->columns_count; i++) {
            const struct pl_vector *vector = &batch->columns[i];

            if (!pl_vector_valid(vector->valid, row)) {
                sums->nulls++;
                continue;
            }
            if (vector->type == PL_TYPE_INTEGER)
                sums->integers += vector->integers[row];
            if (vector->type == PL_TYPE_REAL)
                sums->reals += vector->reals[row];
            if (vector->type == PL_TYPE_TEXT)
                sums->bytes += vector->texts[row].len;
            for (uint64_t at = 0; vector->type == PL_TYPE_REALS && at < vector->lists[row].length;
                 at++) {
                const uint64_t place = vector->lists[row].offset + at;

                sums->listed++;
                if (pl_vector_valid(vector->valid_reals, place))
                    sums->reals += vector->reals[place];
            }
            for (uint64_t at = 0; vector->type == PL_TYPE_PAIRS && at < vector->lists[row].length;
                 at++)
                add_pair(sums, vector, vector->lists[row].offset + at);
        }
    }
    return sums->stop == PL_OK ? PL_OK : pl_error_set(error, sums->stop, "stopped by the visitor");
}

/* Runs a statement that starts like that and ends with the source. */
static enum pl_status query(struct fixture *fixture, struct sums *sums, const char *start,
                            struct pl_str source)
{
    const struct pl_str sql =
        pl_arena_format(&fixture->arena, "%s %.*s", start, PL_STR_ARG(source));

    return fixture->driver->query(fixture->connection, sql, add_batch, sums, &fixture->error);
}

static void files_are_known_by_their_endings(void **state)
{
    static const char *const TAKEN[] = {"a.csv",    "a.tsv",       "a.jsonl",
                                        "a.ndjson", "a.parquet",   "a.csv.gz",
                                        "b/*.csv",  "a.jsonl.zst", "/x/a.b.parquet"};
    static const char *const NOT[] = {"a.xlsx",          "a", "csv", "a.csv.bz2", "a.json", "",
                                      "clickhouse://h/d"};

    (void)state;
    for (size_t i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++)
        assert_non_null(pl_driver_for(pl_str_of(TAKEN[i])));
    for (size_t i = 0; i < sizeof NOT / sizeof *NOT; i++)
        assert_null(pl_driver_for(pl_str_of(NOT[i])));
}

static void names_and_texts_are_quoted(void **state)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    (void)state;
    pl_buffer_init(&sql, 1000);
    pl_sql_identifier(&sql, PL_STR("a\"b'c"));
    pl_sql_string(&sql, PL_STR("a\"b'c"));
    pl_sql_identifier(&sql, PL_STR(""));
    assert_true(pl_str_equal_text(pl_buffer_view(&sql), "\"a\"\"b'c\"'a\"b''c'\"\""));
}

static void columns_are_described_and_can_be_taken_as_text(void **state)
{
    static const char *const FILES[][2] = {
        {"d.csv", "i,r,t,s\n1,0.5,2024-01-01,x\n2,1.5,2024-01-02,y\n"},
        {"d.jsonl", "{\"i\":1,\"r\":0.5,\"t\":\"2024-01-01\",\"s\":\"x\"}\n"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static const enum pl_type TYPES[] = {PL_TYPE_INTEGER, PL_TYPE_REAL, PL_TYPE_OTHER,
                                             PL_TYPE_TEXT};
        const struct pl_str texts[] = {PL_STR("i"), PL_STR("t")};
        struct fixture fixture;

        open_file(&fixture, FILES[i][0], FILES[i][1]);

        struct pl_source_options options = {.path = pl_str_of(fixture.path)};
        const struct pl_columns columns = describe(&fixture, source_of(&fixture, &options));

        assert_int_equal(columns.count, 4);
        for (size_t column = 0; column < 4; column++)
            assert_int_equal(columns.items[column].type, TYPES[column]);
        assert_true(pl_str_equal_text(columns.items[2].engine_type, "DATE"));

        options.text_columns = texts;
        options.text_columns_count = 2;
        options.columns = columns;

        const struct pl_columns again = describe(&fixture, source_of(&fixture, &options));

        assert_int_equal(again.count, 4);
        assert_int_equal(again.items[0].type, PL_TYPE_TEXT);
        assert_int_equal(again.items[1].type, PL_TYPE_REAL);
        assert_int_equal(again.items[2].type, PL_TYPE_TEXT);
        assert_true(pl_str_equal_text(again.items[3].name, "s"));
        close_file(&fixture);
    }
}

static void rows_of_every_type_arrive(void **state)
{
    struct fixture fixture;
    struct sums sums = {0};

    (void)state;
    open_file(&fixture, "d.csv",
              "i,r,s\n1,0.5,short\n2,,a text that is longer than twelve bytes\n3,1.5,\n");

    const struct pl_source_options options = {.path = pl_str_of(fixture.path)};
    const struct pl_str source = source_of(&fixture, &options);

    assert_int_equal(query(&fixture, &sums, "SELECT * FROM", source), PL_OK);
    assert_int_equal(sums.rows, 3);
    assert_int_equal(sums.integers, 6);
    assert_true(sums.reals == 2.0);
    assert_int_equal(sums.bytes, 5 + 39);
    assert_int_equal(sums.nulls, 2);
    sums = (struct sums){0};
    assert_int_equal(query(&fixture, &sums, "SELECT list(r), list(i::DOUBLE) FROM", source), PL_OK);
    assert_int_equal(sums.listed, 6);
    assert_true(sums.reals == 8.0);
    sums = (struct sums){0};
    assert_int_equal(query(&fixture, &sums, "SELECT list({a: r, b: i::DOUBLE}) FROM", source),
                     PL_OK);
    assert_int_equal(sums.listed, 3);
    assert_int_equal(sums.nulls, 1);
    assert_true(sums.reals == 0.5 * 1.0 + 1.5 * 3.0);
    close_file(&fixture);
}

static void many_rows_come_in_batches_and_a_visitor_can_stop(void **state)
{
    struct fixture fixture;
    struct sums sums = {0};

    (void)state;
    open_file(&fixture, "d.csv", "i\n1\n");

    const struct pl_source_options options = {.path = pl_str_of(fixture.path)};
    const struct pl_str source = source_of(&fixture, &options);

    assert_int_equal(query(&fixture, &sums, "SELECT range FROM range(100000),", source), PL_OK);
    assert_int_equal(sums.rows, 100000);
    assert_true(sums.batches > 10);
    assert_int_equal(sums.integers, (int64_t)100000 * 99999 / 2);
    sums = (struct sums){.stop = PL_E_INTERRUPTED};
    assert_int_equal(query(&fixture, &sums, "SELECT range FROM range(100000),", source),
                     PL_E_INTERRUPTED);
    assert_int_equal(sums.batches, 1);
    assert_string_equal(fixture.error.message, "stopped by the visitor");
    close_file(&fixture);
}

static void bad_sql_and_bad_rows_are_errors_on_one_line(void **state)
{
    static const char *const BAD[] = {"SELECT", "SELECT nothing FROM", "SELECT i::INTEGER FROM",
                                      "SELECT 1; SELECT 2 FROM"};
    struct fixture fixture;
    struct sums sums = {0};

    (void)state;
    open_file(&fixture, "d.csv", "i\none\ntwo\n");

    const struct pl_source_options options = {.path = pl_str_of(fixture.path)};
    const struct pl_str source = source_of(&fixture, &options);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_int_equal(query(&fixture, &sums, BAD[i], source), PL_E_ENGINE);
        assert_true(strlen(fixture.error.message) > 10);
        assert_null(strchr(fixture.error.message, '\n'));
        assert_null(strstr(fixture.error.message, "LINE 1"));
    }
    close_file(&fixture);
}

static void nothing_but_the_source_can_be_read_or_written(void **state)
{
    static const char *const FORBIDDEN[] = {
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/plimsoll-must-not-be-there.csv'",
        "ATTACH '/tmp/plimsoll-must-not-be-there.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access=true",
        "SET lock_configuration=false",
        "SET allowed_directories=['/']",
        "SELECT * FROM read_csv('https://example.org/d.csv')",
    };
    struct fixture fixture;
    struct sums sums = {0};

    (void)state;
    open_file(&fixture, "d.csv", "i\n1\n");
    for (size_t i = 0; i < sizeof FORBIDDEN / sizeof *FORBIDDEN; i++)
        if (fixture.driver->query(fixture.connection, pl_str_of(FORBIDDEN[i]), add_batch, &sums,
                                  &fixture.error) == PL_OK)
            fail_msg("%s is allowed", FORBIDDEN[i]);
    assert_int_equal(sums.rows, 0);
    assert_int_not_equal(access("/tmp/plimsoll-must-not-be-there.csv", F_OK), 0);
    assert_int_not_equal(access("/tmp/plimsoll-must-not-be-there.db", F_OK), 0);
    close_file(&fixture);
}

static void sources_that_cannot_be_read_say_why(void **state)
{
    static const struct {
        const char *name;
        enum pl_status status;
        const char *words;
    } CASES[] = {{"absent.csv", PL_E_NOT_FOUND, "no such file"},
                 {"absent-*.csv", PL_E_NOT_FOUND, "no such file"},
                 {"d.xlsx", PL_E_DATA, "known kind"}};
    struct fixture fixture;
    struct pl_str source;

    (void)state;
    open_file(&fixture, "d.csv", "i\n1\n");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_source_options options = {
            .path = pl_arena_format(&fixture.arena, "%s/%s", fixture.folder, CASES[i].name)};

        assert_int_equal(try_source(&fixture, &options, &source), CASES[i].status);
        assert_non_null(strstr(fixture.error.message, CASES[i].words));
    }
    close_file(&fixture);
}

static void a_connection_to_a_folder_that_is_not_there_is_refused(void **state)
{
    const struct pl_connection_options options = {.threads = 1, .source = "/no/such/folder/d.csv"};
    struct pl_connection *connection = NULL;
    struct pl_error error = {0};

    (void)state;
    assert_int_equal(pl_driver_for(PL_STR("d.csv"))->open(&options, &connection, &error),
                     PL_E_NOT_FOUND);
    assert_null(connection);
    assert_non_null(strstr(error.message, "/no/such/folder/d.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_known_by_their_endings),
        cmocka_unit_test(names_and_texts_are_quoted),
        cmocka_unit_test(columns_are_described_and_can_be_taken_as_text),
        cmocka_unit_test(rows_of_every_type_arrive),
        cmocka_unit_test(many_rows_come_in_batches_and_a_visitor_can_stop),
        cmocka_unit_test(bad_sql_and_bad_rows_are_errors_on_one_line),
        cmocka_unit_test(nothing_but_the_source_can_be_read_or_written),
        cmocka_unit_test(sources_that_cannot_be_read_say_why),
        cmocka_unit_test(a_connection_to_a_folder_that_is_not_there_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
