/* Loading, with a transaction for each block, for all at once, over a ledger that breaks, and beside others. */
#include "ledger_folder.h"

#include "live/live.h"
#include "live/store.h"

#define DECISIONS 30
#define AT_ONCE   3 /* records in a block */

struct place {
    char root[TEST_PATH_SIZE / 2];
    char ledger[TEST_PATH_SIZE / 2];
    char warehouse[TEST_PATH_SIZE / 2];
};

static void begin(struct place *place)
{
    test_folder_make(place->root);
    (void)snprintf(place->ledger, sizeof place->ledger, "%.200s/ledger", place->root);
    (void)snprintf(place->warehouse, sizeof place->warehouse, "%.200s/warehouse.duckdb",
                   place->root);
}

static void remove_warehouse(const struct place *place)
{
    static const char *const ENDINGS[] = {"", ".wal", ".lock"};
    char path[TEST_PATH_SIZE + 8];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", place->warehouse, ENDINGS[i]);
        (void)unlink(path);
    }
}

static void end(const struct place *place)
{
    remove_warehouse(place);
    test_folder_remove(place->ledger);
    assert_int_equal(rmdir(place->root), 0);
}

static void append(struct pl_ledger_writer *writer, const char *kind, const char *body)
{
    struct pl_error error = {0};

    if (pl_ledger_append(writer, kind, TEST_TIME_MS, pl_str_of(body), &error) != PL_OK)
        fail_msg("%s", error.message);
}

/* Decisions first .. first + count - 1, each with an attempt, a label and some that repeat. */
static void write_ledger(const struct place *place, int first, int count)
{
    const struct pl_ledger_options options = {0};
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};
    char body[512];

    assert_int_equal(pl_ledger_open(place->ledger, &options, &writer, &error), PL_OK);
    for (int i = first; i < first + count; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"id\":\"d_%d\",\"feature\":\"f\",\"api\":\"chat\",\"status\":\"served\","
                       "\"segments\":{\"s%d\":\"%d\"},\"cost\":0.%d,"
                       "\"attempts\":[{\"tier\":0,\"model\":\"m\",\"ms\":%d}]}",
                       i, i % 7, i, i, i);
        append(writer, "decision", body);
        (void)snprintf(body, sizeof body,
                       "{\"decision\":\"d_%d\",\"name\":\"o%d\",\"value\":%d,\"id\":\"i%d\"}", i,
                       i % 5, i, i - i % 10);
        append(writer, "feedback", body);
        if (i % 10 == 0)
            append(writer, "feedback", body);
        if (i % AT_ONCE == 0)
            assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
    }
    append(writer, "exposure", "{\"feature\":\"f\",\"experiment\":\"e\",\"arm\":\"a\"}");
    append(writer, "flag", "{\"feature\":\"f\",\"change\":\"share\",\"share\":0.25,\"version\":2}");
    append(writer, "verdict", "{\"feature\":\"f\",\"verdict\":\"ship\",\"allowed\":true}");
    assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
    pl_ledger_close(writer);
}

static enum pl_status load_with(const struct place *place, size_t batch_size_bytes,
                                struct pl_live_counts *ret_counts, struct pl_error *error)
{
    const struct pl_live_options options = {
        .ledger = place->ledger,
        .warehouse = place->warehouse,
        .threads = 1,
        .batch_size_bytes = batch_size_bytes,
    };

    *ret_counts = (struct pl_live_counts){0};
    return pl_live_load(&options, ret_counts, error);
}

static struct pl_live_counts load(const struct place *place, size_t batch_size_bytes)
{
    struct pl_live_counts counts;
    struct pl_error error = {0};

    if (load_with(place, batch_size_bytes, &counts, &error) != PL_OK)
        fail_msg("%s", error.message);
    return counts;
}

/* A number out of the warehouse. */
static int64_t ask(const struct place *place, const char *sql)
{
    const struct pl_driver *driver = pl_driver_of_stores();
    char source[TEST_PATH_SIZE + 16];
    const struct pl_connection_options options = {.threads = 1, .source = source};
    struct pl_connection *connection = NULL;
    struct pl_error error = {0};
    int64_t number = -1;

    (void)snprintf(source, sizeof source, "ledger:*@%s", place->warehouse);
    if (driver->open(&options, &connection, &error) != PL_OK ||
        pl_live_store_numbers(connection, sql, &number, 1, &error) != PL_OK)
        fail_msg("%s", error.message);
    driver->close(connection);
    return number;
}

#define HASHES_COUNT 7

/* What is in the tables, whatever the order of their rows; and the view. */
static void hash_all(const struct place *place, int64_t ret_hashes[HASHES_COUNT])
{
    static const char *const TABLES[HASHES_COUNT] = {"decisions", "attempts", "feedback", "names",
                                                     "exposures", "flags",    "live"};
    char sql[256];

    for (size_t i = 0; i < HASHES_COUNT; i++) {
        (void)snprintf(sql, sizeof sql,
                       "SELECT CAST(coalesce(sum(hash(t::VARCHAR) %% 1000003), 0) AS BIGINT) + "
                       "1000000000 * count(*) FROM %s AS t",
                       TABLES[i]);
        ret_hashes[i] = ask(place, sql);
    }
}

static void a_transaction_for_each_block_brings_what_one_for_all_brings(void **state)
{
    struct place place;
    int64_t at_once[HASHES_COUNT], in_steps[HASHES_COUNT], anew[HASHES_COUNT];

    (void)state;
    begin(&place);
    write_ledger(&place, 0, DECISIONS);

    struct pl_live_counts counts = load(&place, 0);

    assert_int_equal(counts.decisions, DECISIONS);
    assert_int_equal(counts.attempts, DECISIONS);
    assert_int_equal(counts.feedback, DECISIONS);
    assert_int_equal(counts.repeats, DECISIONS / 10);
    assert_int_equal(counts.exposures + counts.flags + counts.verdicts, 3);
    hash_all(&place, at_once);

    remove_warehouse(&place);
    counts = load(&place, 1);
    assert_int_equal(counts.decisions, DECISIONS);
    assert_int_equal(counts.repeats, DECISIONS / 10);
    hash_all(&place, in_steps);
    assert_memory_equal(at_once, in_steps, sizeof at_once);

    write_ledger(&place, DECISIONS, DECISIONS);
    assert_int_equal(load(&place, 1).decisions, DECISIONS);
    hash_all(&place, in_steps);
    remove_warehouse(&place);
    assert_int_equal(load(&place, 0).decisions, 2 * DECISIONS);
    hash_all(&place, anew);
    assert_memory_equal(anew, in_steps, sizeof anew);
    end(&place);
}

static void good_blocks_before_a_bad_one_are_loaded_once(void **state)
{
    struct place place;
    struct test_files files;
    struct pl_live_counts counts;
    struct pl_error error = {0};

    (void)state;
    begin(&place);
    write_ledger(&place, 0, DECISIONS);
    test_files_take(place.ledger, &files);

    struct test_file *segment = test_files_get(&files, "segment-000001.jsonl");

    segment->bytes[segment->len / 2] ^= 1;
    test_file_write(place.ledger, segment);
    assert_int_equal(load_with(&place, 1, &counts, &error), PL_E_CORRUPT);
    assert_non_null(strstr(error.message, "--rebuild"));

    const int64_t before = ask(&place, "SELECT count(*) FROM decisions");

    assert_true(before > 0 && before < DECISIONS);
    assert_true(ask(&place, "SELECT block FROM state") > 1);
    segment->bytes[segment->len / 2] ^= 1;
    test_file_write(place.ledger, segment);
    assert_int_equal(load(&place, 1).decisions, DECISIONS - before);
    assert_int_equal(ask(&place, "SELECT count(*) FROM decisions"), DECISIONS);
    assert_int_equal(ask(&place, "SELECT repeats FROM state"), DECISIONS / 10);
    test_files_free(&files);
    end(&place);
}

static void run_sql(const struct place *place, const char *sql)
{
    const struct pl_store_options options = {.path = place->warehouse, .threads = 1};
    const struct pl_driver *driver = pl_driver_of_stores();
    struct pl_connection *connection = NULL;
    struct pl_error error = {0};

    if (driver->open_store(&options, &connection, &error) != PL_OK ||
        driver->run(connection, pl_str_of(sql), &error) != PL_OK)
        fail_msg("%s", error.message);
    driver->close(connection);
}

static void a_warehouse_of_another_version_is_made_anew(void **state)
{
    struct place place;

    (void)state;
    begin(&place);
    write_ledger(&place, 0, DECISIONS);
    assert_false(load(&place, 0).rebuilt);
    run_sql(&place, "ALTER TABLE state DROP COLUMN repeats; UPDATE state SET version = 99");

    const struct pl_live_counts counts = load(&place, 0);

    assert_true(counts.rebuilt);
    assert_int_equal(counts.decisions, DECISIONS);
    assert_int_equal(ask(&place, "SELECT version FROM state"), PL_LIVE_VERSION);
    end(&place);
}

static void who_may_not_wait_is_told_that_it_is_in_use(void **state)
{
    struct place place;
    struct pl_live_counts counts;
    struct pl_live_state seen = {0};
    struct pl_error error = {0};
    int reader = -1, other = -1;

    (void)state;
    begin(&place);
    write_ledger(&place, 0, DECISIONS);
    (void)load(&place, 0);
    assert_int_equal(pl_live_read(place.warehouse, true, &reader, &seen, &error), PL_OK);
    assert_int_equal(seen.decisions, DECISIONS);
    assert_int_equal(pl_store_hold(place.warehouse, 0, &other, &error), PL_OK);
    assert_int_equal(load_with(&place, 0, &counts, &error), PL_E_BUSY);
    assert_int_equal(close(reader), 0);
    assert_int_equal(load_with(&place, 0, &counts, &error), PL_E_BUSY);
    assert_int_equal(close(other), 0);
    assert_int_equal(load_with(&place, 0, &counts, &error), PL_OK);
    end(&place);
}

static void the_hash_of_the_data_changes_with_data_only(void **state)
{
    struct place place;
    struct pl_live_state before = {0}, after = {0};
    struct pl_error error = {0};
    struct pl_ledger_writer *writer = NULL;
    const struct pl_ledger_options options = {0};

    (void)state;
    begin(&place);
    write_ledger(&place, 0, DECISIONS);
    (void)load(&place, 0);
    assert_int_equal(pl_live_read(place.warehouse, false, NULL, &before, &error), PL_OK);
    assert_int_equal(pl_ledger_open(place.ledger, &options, &writer, &error), PL_OK);
    append(writer, "verdict", "{\"feature\":\"f\",\"verdict\":\"ship\",\"allowed\":true}");
    assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
    assert_int_equal(load(&place, 0).verdicts, 1);
    assert_int_equal(pl_live_read(place.warehouse, false, NULL, &after, &error), PL_OK);
    assert_int_equal(after.block, before.block + 1);
    assert_string_equal(after.data_hash, before.data_hash);
    append(writer, "feedback", "{\"decision\":\"d_1\",\"name\":\"label\",\"value\":1}");
    assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
    pl_ledger_close(writer);
    (void)load(&place, 0);
    assert_int_equal(pl_live_read(place.warehouse, false, NULL, &after, &error), PL_OK);
    assert_string_not_equal(after.data_hash, before.data_hash);
    end(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_transaction_for_each_block_brings_what_one_for_all_brings),
        cmocka_unit_test(good_blocks_before_a_bad_one_are_loaded_once),
        cmocka_unit_test(a_warehouse_of_another_version_is_made_anew),
        cmocka_unit_test(who_may_not_wait_is_told_that_it_is_in_use),
        cmocka_unit_test(the_hash_of_the_data_changes_with_data_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
