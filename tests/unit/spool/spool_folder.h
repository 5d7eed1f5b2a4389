/*
 * What the spool's tests share: a temporary folder with a spool and a ledger, records whose bodies
 * carry a number, and how often each number stands in the ledger.
 */
#ifndef PL_TESTS_SPOOL_FOLDER_H
#define PL_TESTS_SPOOL_FOLDER_H

#include "ledger_folder.h"

#include "base/file.h"
#include "spool/keeper.h"

#include <inttypes.h>

#define TEST_RECORDS_MAX 400000

struct test_spool {
    char folder[TEST_PATH_SIZE / 2];
    char spool_folder[TEST_PATH_SIZE / 2];
    char ledger_folder[TEST_PATH_SIZE / 2];
    struct pl_spool_options options;
};

/* What the ledger holds. */
struct test_ledger {
    uint64_t records;
    uint64_t others;      /* that are not of these tests */
    uint64_t interrupted; /* decisions of that status */
    uint8_t *times;       /* of each number */
    uint8_t *cut;         /* the same, as interrupted */
};

static inline void test_spool_init(struct test_spool *test)
{
    test_folder_make(test->folder);
    (void)snprintf(test->spool_folder, sizeof test->spool_folder, "%.200s/spool", test->folder);
    (void)snprintf(test->ledger_folder, sizeof test->ledger_folder, "%.200s/ledger", test->folder);
    test->options = (struct pl_spool_options){
        .folder = test->spool_folder,
        .ledger_folder = test->ledger_folder,
        .lanes_count = 1,
        .lane_size_bytes = (size_t)64 << 10,
        .open_count_max = 256,
        .commit_ms = 2,
    };
}

static inline void test_spool_deinit(struct test_spool *test)
{
    test_folder_remove(test->spool_folder);
    test_folder_remove(test->ledger_folder);
    assert_int_equal(rmdir(test->folder), 0);
}

static inline struct pl_spool *test_spool_open(const struct test_spool *test,
                                               const struct pl_spool_hooks *hooks)
{
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    if (pl_spool_open_with(&test->options, hooks, &spool, &error) != PL_OK)
        fail_msg("%s", error.message);
    return spool;
}

static inline void test_spool_close(struct pl_spool *spool)
{
    struct pl_error error = {0};

    if (pl_spool_close(spool, &error) != PL_OK)
        fail_msg("%s", error.message);
}

/* Facts or a body: {"id":"d_N","feature":"f"…} padded to about `size`. */
static inline struct pl_str test_decision(uint64_t number, const char *status, size_t size,
                                          char *text)
{
    int length = snprintf(text, 160, "{\"id\":\"d_%" PRIu64 "\",\"feature\":\"f\"", number);

    if (status != NULL)
        length += snprintf(text + length, 64, ",\"status\":\"%s\"", status);
    if (size > (size_t)length + 20) {
        const size_t pad = size - (size_t)length - 10;

        length += snprintf(text + length, 16, ",\"pad\":\"");
        memset(text + length, 'a' + (int)(number % 26), pad);
        length += (int)pad;
        text[length++] = '"';
    }
    text[length++] = '}';
    return (struct pl_str){text, (size_t)length};
}

static inline enum pl_status test_ledger_note(const struct pl_ledger_record *record, void *context,
                                              struct pl_error *error)
{
    struct test_ledger *ledger = context;
    char text[64] = "";
    unsigned long long number = 0;

    (void)error;
    ledger->records++;
    (void)snprintf(text, sizeof text, "%.*s", record->body.len < 40 ? (int)record->body.len : 40,
                   record->body.ptr);
    if (sscanf(text, "{\"id\":\"d_%llu\"", &number) != 1 || number >= TEST_RECORDS_MAX) {
        ledger->others++;
        return PL_OK;
    }
    ledger->times[number]++;
    if (memmem(record->body.ptr, record->body.len, "\"interrupted\"", 13) != NULL) {
        ledger->interrupted++;
        ledger->cut[number]++;
    }
    return PL_OK;
}

/* Reads and verifies the whole ledger. */
static inline struct test_ledger test_ledger_read(const struct test_spool *test)
{
    struct test_ledger ledger = {.times = calloc(TEST_RECORDS_MAX, 1),
                                 .cut = calloc(TEST_RECORDS_MAX, 1)};
    struct pl_ledger_check check;
    struct pl_error error = {0};

    assert_non_null(ledger.times);
    assert_non_null(ledger.cut);
    if (pl_ledger_verify(test->ledger_folder, NULL, test_ledger_note, &ledger, &check, &error) !=
        PL_OK)
        fail_msg("%s", error.message);
    if (check.bad_block != 0)
        fail_msg("%s", check.problem);
    return ledger;
}

static inline void test_ledger_free(struct test_ledger *ledger)
{
    free(ledger->times);
    free(ledger->cut);
}

/* Waits until `waiting` is 0; gives up after ten seconds. */
static inline void test_spool_drain(struct pl_spool *spool)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (int i = 0; i < 10000 && pl_spool_counts(spool).waiting > 0; i++)
        (void)nanosleep(&pause, NULL);
    assert_int_equal(pl_spool_counts(spool).waiting, 0);
}

#endif
