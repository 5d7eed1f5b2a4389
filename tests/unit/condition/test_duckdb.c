/* The same text means the same here and in the warehouse: conditions drawn at random over rows drawn at random are
   evaluated by both, and must be true, false or null in the same places. Where the two differ by design, a text that
   is compared with a number, the engine is asked with TRY_CAST. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "condition/condition.h"
#include "warehouse/driver.h"

#define SEED             20261121u
#define ROWS_COUNT       48
#define BATCHES_COUNT    40
#define CONDITIONS_COUNT 60 /* of one batch: one query */
#define DEPTH_MAX        4
#define SIZE_BYTES_MAX   ((size_t)1 << 22)

enum column { COLUMN_N, COLUMN_M, COLUMN_S, COLUMN_T, COLUMN_B, COLUMNS_COUNT };
static const char *const NAMES[COLUMNS_COUNT] = {"n", "m", "s", "t", "b"};

struct row {
    struct pl_datum data[COLUMNS_COUNT];
};

/* A condition as it is given to us, and as it is given to the engine. */
struct pair {
    struct pl_buffer ours, theirs;
};

struct test {
    struct pl_rng rng;
    struct row rows[ROWS_COUNT];
    struct pl_arena arena;
    const struct pl_driver *driver;
    struct pl_connection *connection;
    char path[64];
    int truths[CONDITIONS_COUNT][ROWS_COUNT]; /* 0, 1, or -1 for null */
    size_t rows_seen;
    size_t counts[3];
};

static size_t below(struct test *test, size_t bound)
{
    return (size_t)pl_rng_below(&test->rng, bound);
}

static const char *one_of(struct test *test, const char *const *items, size_t count)
{
    return items[below(test, count)];
}
#define ONE_OF(test, items) one_of((test), (items), sizeof(items) / sizeof *(items))

static const char *const NUMBERS[] = {"0", "1",   "-1", "2.5",  "-2.5", "10", "1e2",
                                      "9", "0.5", ".5", "100.", "+1",   "3",  "1.5E-1"};
static const char *const TEXTS[] = {
    "",   "a",  "b",    "ab",   "abc", "aab",  "b%", "a_b", "1",  "10",  "9",    "2.5", " 1 ", "é",
    "aé", "éa", "日本", "it's", "A",   "true", "!a", "1e2", "-1", "aXb", "x\ny", "%",   "_"};

/* ---- rows ---- */

static struct pl_datum draw_datum(struct test *test, enum column column)
{
    struct pl_datum datum = {.kind = PL_DATUM_NULL};

    if (below(test, 6) == 0)
        return datum;
    if (column == COLUMN_B)
        return (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = below(test, 2) == 1};
    if (column == COLUMN_N || column == COLUMN_M)
        return (struct pl_datum){.kind = PL_DATUM_NUMBER,
                                 .number = strtod(ONE_OF(test, NUMBERS), NULL)};
    return (struct pl_datum){.kind = PL_DATUM_TEXT, .text = pl_str_of(ONE_OF(test, TEXTS))};
}

static void add_datum(struct pl_buffer *sql, enum column column, const struct pl_datum *datum)
{
    static const char *const TYPES[COLUMNS_COUNT] = {"DOUBLE", "DOUBLE", "VARCHAR", "VARCHAR",
                                                     "BOOLEAN"};

    pl_buffer_add_text(sql, ", CAST(");
    if (datum->kind == PL_DATUM_NULL)
        pl_buffer_add_text(sql, "NULL");
    else if (datum->kind == PL_DATUM_BOOL)
        pl_buffer_add_text(sql, datum->truth ? "true" : "false");
    else if (datum->kind == PL_DATUM_NUMBER)
        pl_buffer_add_format(sql, "%.17g", datum->number);
    else
        pl_sql_string(sql, datum->text);
    pl_buffer_add_format(sql, " AS %s)", TYPES[column]);
}

static void add_rows(const struct test *test, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "WITH r(i, n, m, s, t, b) AS (VALUES ");
    for (size_t i = 0; i < ROWS_COUNT; i++) {
        pl_buffer_add_format(sql, "%s(%zu", i == 0 ? "" : ", ", i);
        for (size_t j = 0; j < COLUMNS_COUNT; j++)
            add_datum(sql, (enum column)j, &test->rows[i].data[j]);
        pl_buffer_add_text(sql, ")");
    }
    pl_buffer_add_text(sql, ") ");
}

/* ---- conditions ---- */

static void add(struct pair *pair, const char *text)
{
    pl_buffer_add_text(&pair->ours, text);
    pl_buffer_add_text(&pair->theirs, text);
}

static void add_quoted(struct pair *pair, const char *text)
{
    pl_sql_string(&pair->ours, pl_str_of(text));
    pl_sql_string(&pair->theirs, pl_str_of(text));
}

static void add_number(struct test *test, struct pair *pair)
{
    const size_t which = below(test, 6);

    add(pair, which < 2                           ? NAMES[which]
              : which == 5 && below(test, 4) == 0 ? "null"
                                                  : ONE_OF(test, NUMBERS));
}

static void add_text(struct test *test, struct pair *pair)
{
    static const char *const COLUMNS[] = {"s", "t", "\"s\"", "T"};
    const size_t which = below(test, 3);

    if (which < 2)
        add(pair, COLUMNS[below(test, 3)]);
    else
        add_quoted(pair, ONE_OF(test, TEXTS));
}

static void add_operand(struct test *test, struct pair *pair, bool is_text)
{
    if (is_text)
        add_text(test, pair);
    else
        add_number(test, pair);
}

/* A text beside a number counts as the number that it reads as. */
static void add_mixed(struct test *test, struct pair *pair)
{
    const char *column = NAMES[COLUMN_S + below(test, 2)];

    pl_buffer_add_text(&pair->ours, column);
    pl_buffer_add_format(&pair->theirs, "TRY_CAST(%s AS DOUBLE)", column);
}

static void add_comparison(struct test *test, struct pair *pair)
{
    static const char *const SIGNS[] = {" = ", " <> ", " != ", " < ", "<=", " > ", " >= "};
    const size_t kind = below(test, 4);

    if (kind == 2)
        add_mixed(test, pair);
    else if (kind == 3)
        add(pair, "b");
    else
        add_operand(test, pair, kind == 1);
    add(pair, ONE_OF(test, SIGNS));
    if (kind == 3)
        add(pair, below(test, 2) == 0 ? "true" : "FALSE");
    else
        add_operand(test, pair, kind == 1);
}

static void add_in(struct test *test, struct pair *pair)
{
    const bool is_text = below(test, 2) == 0;
    const size_t count = 1 + below(test, 4);

    add_operand(test, pair, is_text);
    add(pair, below(test, 2) == 0 ? " in (" : " NOT In (");
    for (size_t i = 0; i < count; i++) {
        add(pair, i == 0 ? "" : ", ");
        add_operand(test, pair, is_text);
    }
    add(pair, ")");
}

static void add_between(struct test *test, struct pair *pair)
{
    const bool is_text = below(test, 2) == 0;

    add_operand(test, pair, is_text);
    add(pair, below(test, 2) == 0 ? " between " : " not between ");
    add_operand(test, pair, is_text);
    add(pair, " and ");
    add_operand(test, pair, is_text);
}

static void add_like(struct test *test, struct pair *pair)
{
    static const char *const PIECES[] = {"%", "%", "_", "a", "b", "ab", "é", "日", "X", "1", "'"};
    static const char *const ESCAPED[] = {"!%", "!_", "!!", "!a"};
    const bool escapes = below(test, 3) == 0;
    const size_t count = below(test, 6);
    char pattern[64] = "";

    for (size_t i = 0; i < count; i++)
        (void)strcat(pattern,
                     escapes && below(test, 2) == 0 ? ONE_OF(test, ESCAPED) : ONE_OF(test, PIECES));
    add_text(test, pair);
    add(pair, below(test, 3) == 0 ? " not like " : " like ");
    add_quoted(pair, pattern);
    if (escapes)
        add(pair, " escape '!'");
}

static void add_condition(struct test *test, struct pair *pair, size_t depth);

static void add_is_null(struct test *test, struct pair *pair, size_t depth)
{
    if (depth < DEPTH_MAX && below(test, 3) == 0) {
        add(pair, "(");
        add_condition(test, pair, depth + 1);
        add(pair, ")");
    } else {
        add(pair, NAMES[below(test, COLUMNS_COUNT)]);
    }
    add(pair, below(test, 2) == 0 ? " is null" : " IS NOT NULL");
}

static void add_joined(struct test *test, struct pair *pair, size_t depth)
{
    const size_t count = 2 + below(test, 2);
    static const char *const WORDS[] = {" and ", " or "};

    for (size_t i = 0; i < count; i++) {
        const bool is_inside = below(test, 3) == 0;

        add(pair, i == 0 ? "" : ONE_OF(test, WORDS));
        add(pair, below(test, 4) == 0 ? "not " : "");
        add(pair, is_inside ? "(" : "");
        add_condition(test, pair, is_inside ? depth + 1 : DEPTH_MAX);
        add(pair, is_inside ? ")" : "");
    }
}

static void add_condition(struct test *test, struct pair *pair, size_t depth)
{
    static void (*const TESTS[])(struct test *, struct pair *) = {add_comparison, add_comparison,
                                                                  add_in, add_between, add_like};

    if (depth < DEPTH_MAX && below(test, 2) == 0)
        add_joined(test, pair, depth);
    else if (below(test, 8) == 0)
        add_is_null(test, pair, depth);
    else if (below(test, 10) == 0)
        add(pair, below(test, 2) == 0 ? "b" : "not b");
    else
        TESTS[below(test, sizeof TESTS / sizeof *TESTS)](test, pair);
}

/* ---- both sides ---- */

static struct pl_datum column_of(struct pl_str column, void *context)
{
    const struct row *row = context;

    for (size_t i = 0; i < COLUMNS_COUNT; i++)
        if (pl_str_equal_text(column, NAMES[i]))
            return row->data[i];
    fail_msg("no column %.*s", PL_STR_ARG(column));
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

static bool holds(struct test *test, struct pl_str text, const struct row *row)
{
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};

    if (pl_condition_compile(text, &test->arena, &condition, &error) != PL_OK)
        fail_msg("%.*s: %s", PL_STR_ARG(text), error.message);
    return pl_condition_holds(condition, column_of, (void *)(uintptr_t)row);
}

/* A condition is true when it holds, false when its opposite does, and else null. */
static void evaluate(struct test *test, struct pl_str text, int *ret_truths)
{
    const struct pl_str opposite = pl_arena_format(&test->arena, "not (%.*s)", PL_STR_ARG(text));

    for (size_t i = 0; i < ROWS_COUNT; i++) {
        const bool is_true = holds(test, text, &test->rows[i]);
        const bool is_false = holds(test, opposite, &test->rows[i]);

        assert_false(is_true && is_false);
        ret_truths[i] = is_true ? 1 : is_false ? 0 : -1;
        test->counts[ret_truths[i] + 1]++;
    }
}

static enum pl_status check_batch(const struct pl_batch *batch, void *context,
                                  struct pl_error *error)
{
    struct test *test = context;

    (void)error;
    assert_int_equal(batch->columns_count, CONDITIONS_COUNT);
    for (size_t i = 0; i < batch->columns_count; i++)
        for (size_t j = 0; j < batch->rows_count; j++) {
            const struct pl_vector *vector = &batch->columns[i];
            const int truth = pl_vector_valid(vector->valid, j) ? (int)vector->integers[j] : -1;

            if (test->truths[i][test->rows_seen + j] != truth)
                fail_msg("condition %zu, row %zu: %d here, %d there", i, test->rows_seen + j,
                         test->truths[i][test->rows_seen + j], truth);
        }
    test->rows_seen += batch->rows_count;
    return PL_OK;
}

static void run_batch(struct test *test)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_error error = {0};

    pl_buffer_init(&sql, SIZE_BYTES_MAX);
    pl_arena_init(&test->arena, (size_t)1 << 30);
    for (size_t i = 0; i < ROWS_COUNT; i++)
        for (size_t j = 0; j < COLUMNS_COUNT; j++)
            test->rows[i].data[j] = draw_datum(test, (enum column)j);
    add_rows(test, &sql);
    pl_buffer_add_text(&sql, "SELECT ");
    for (size_t i = 0; i < CONDITIONS_COUNT; i++) {
        struct pair pair;

        pl_buffer_init(&pair.ours, SIZE_BYTES_MAX);
        pl_buffer_init(&pair.theirs, SIZE_BYTES_MAX);
        add_condition(test, &pair, 0);
        evaluate(test, pl_buffer_view(&pair.ours), test->truths[i]);
        pl_buffer_add_format(&sql, "%sCAST((%s) AS BIGINT)", i == 0 ? "" : ",\n", pair.theirs.ptr);
        pl_buffer_deinit(&pair.ours);
        pl_buffer_deinit(&pair.theirs);
    }
    pl_buffer_add_text(&sql, " FROM r ORDER BY i");
    test->rows_seen = 0;
    if (getenv("PLIMSOLL_SHOW") != NULL)
        print_message("%s\n", sql.ptr);
    if (test->driver->query(test->connection, pl_buffer_view(&sql), check_batch, test, &error) !=
        PL_OK)
        fail_msg("%s\n%s", error.message, sql.ptr);
    assert_int_equal(test->rows_seen, ROWS_COUNT);
    pl_arena_deinit(&test->arena);
}

static void open_engine(struct test *test)
{
    struct pl_error error = {0};
    int file = -1;

    (void)snprintf(test->path, sizeof test->path, "/tmp/plimsoll-test-XXXXXX.csv");
    file = mkstemps(test->path, 4);
    assert_true(file >= 0);
    assert_int_equal(write(file, "a\n1\n", 4), 4);
    assert_int_equal(close(file), 0);

    const struct pl_connection_options options = {.threads = 2, .source = test->path};

    test->driver = pl_driver_for(pl_str_of(test->path));
    assert_non_null(test->driver);
    if (test->driver->open(&options, &test->connection, &error) != PL_OK)
        fail_msg("%s", error.message);
}

static void conditions_mean_what_they_mean_in_the_warehouse(void **state)
{
    static struct test test;

    (void)state;
    open_engine(&test);
    for (size_t i = 0; i < BATCHES_COUNT; i++) {
        pl_rng_init(&test.rng, SEED, i);
        run_batch(&test);
    }
    test.driver->close(test.connection);
    assert_int_equal(unlink(test.path), 0);
    /* Each answer is drawn often, or the comparison proves little. */
    for (size_t i = 0; i < 3; i++)
        assert_true(test.counts[i] > (size_t)BATCHES_COUNT * CONDITIONS_COUNT * ROWS_COUNT / 10);
    print_message("null %zu, false %zu, true %zu\n", test.counts[0], test.counts[1],
                  test.counts[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_mean_what_they_mean_in_the_warehouse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
