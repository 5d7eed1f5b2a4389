/* Records whose callers wait for the disk: told only when it has them, or that it has them not. */
#include "spool_folder.h"

#include <errno.h>
#include <semaphore.h>

#define MANY 2000

/* The ledger's operations, which note whether anything is not synced, and may fail. */
struct disk {
    _Atomic int unsynced; /* writes and renames */
    _Atomic int fails;    /* so many syncs */
};

static int disk_sync(struct disk *disk, int (*sync)(void *, int), int fd)
{
    if (atomic_load(&disk->fails) > 0) {
        atomic_fetch_sub(&disk->fails, 1);
        errno = EIO;
        return -1;
    }
    atomic_store(&disk->unsynced, 0);
    return sync(NULL, fd);
}

static int disk_sync_data(void *context, int fd)
{
    return disk_sync(context, PL_LEDGER_OPS_SYSTEM.sync_data, fd);
}

static int disk_sync_all(void *context, int fd)
{
    return disk_sync(context, PL_LEDGER_OPS_SYSTEM.sync, fd);
}

static ssize_t disk_write(void *context, int fd, struct pl_str bytes, uint64_t offset)
{
    struct disk *disk = context;

    atomic_fetch_add(&disk->unsynced, 1);
    return PL_LEDGER_OPS_SYSTEM.write(NULL, fd, bytes, offset);
}

static int disk_rename(void *context, int folder, const char *from, const char *to)
{
    struct disk *disk = context;

    atomic_fetch_add(&disk->unsynced, 1);
    return PL_LEDGER_OPS_SYSTEM.rename(NULL, folder, from, to);
}

static struct pl_ledger_ops disk_ops(struct disk *disk)
{
    struct pl_ledger_ops ops = PL_LEDGER_OPS_SYSTEM;

    ops.sync_data = disk_sync_data;
    ops.sync = disk_sync_all;
    ops.write = disk_write;
    ops.rename = disk_rename;
    ops.context = disk;
    return ops;
}

/* What a callback saw, in the keeper's thread. */
struct told {
    struct disk *disk;
    const char *ledger_folder;
    sem_t called;
    _Atomic int times;
    enum pl_status status;
    int unsynced;
    uint64_t records; /* in the ledger then */
};

static void told_init(struct told *told, struct disk *disk, const struct test_spool *test)
{
    *told = (struct told){.disk = disk, .ledger_folder = test->ledger_folder};
    assert_int_equal(sem_init(&told->called, 0, 0), 0);
}

static void tell(const struct pl_error *failure, void *context)
{
    struct told *told = context;
    struct pl_ledger_head head = {0};

    told->unsynced = atomic_load(&told->disk->unsynced);
    told->status = failure == NULL ? PL_OK : failure->status;
    if (pl_ledger_read_head(told->ledger_folder, &head, NULL) == PL_OK)
        told->records = head.records;
    atomic_fetch_add(&told->times, 1);
    (void)sem_post(&told->called);
}

static void put_durable(struct pl_spool *spool, uint64_t number, struct told *told)
{
    struct pl_error error = {0};
    char text[256];
    const struct pl_spool_record record = {"feedback", TEST_TIME_MS,
                                           test_decision(number, NULL, 0, text)};

    if (pl_spool_put_durable(spool, &record, tell, told, &error) != PL_OK)
        fail_msg("%s", error.message);
}

static void who_waits_is_told_when_it_is_synced(void **state)
{
    (void)state;
    struct test_spool test;
    struct disk disk = {0};
    const struct pl_ledger_ops ops = disk_ops(&disk);
    const struct pl_spool_hooks hooks = {.ops = &ops, .retry_ms = 1};
    struct told told;

    test_spool_init(&test);
    test.options.commit_ms = 60000; /* which such a record does not wait for */
    struct pl_spool *spool = test_spool_open(&test, &hooks);

    told_init(&told, &disk, &test);
    for (uint64_t i = 0; i < 20; i++) {
        put_durable(spool, i, &told);
        (void)sem_wait(&told.called);
        assert_int_equal(told.status, PL_OK);
        assert_int_equal(told.unsynced, 0);
        assert_int_equal(told.records, i + 1);
    }
    test_spool_close(spool);
    assert_int_equal(told.times, 20);
    (void)sem_destroy(&told.called);
    test_spool_deinit(&test);
}

static void who_waits_is_told_of_a_failure_once(void **state)
{
    (void)state;
    struct test_spool test;
    struct disk disk = {0};
    const struct pl_ledger_ops ops = disk_ops(&disk);
    const struct pl_spool_hooks hooks = {.ops = &ops, .retry_ms = 1};
    struct told told;

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, &hooks);

    told_init(&told, &disk, &test);
    for (uint64_t i = 0; i < 10; i++) {
        atomic_store(&disk.fails, i % 2 == 0 ? 1 + (int)i / 2 : 0);
        put_durable(spool, i, &told);
        (void)sem_wait(&told.called);
        assert_int_equal(told.status, i % 2 == 0 ? PL_E_IO : PL_OK);
        atomic_store(&disk.fails, 0);
    }
    test_spool_close(spool);
    assert_int_equal(told.times, 10);

    struct test_ledger ledger = test_ledger_read(&test);

    for (uint64_t i = 0; i < 10; i++) {
        assert_true(ledger.times[i] <= 1);
        assert_true(i % 2 == 0 || ledger.times[i] == 1);
    }
    test_ledger_free(&ledger);
    (void)sem_destroy(&told.called);
    test_spool_deinit(&test);
}

/* Stops the keeper before a commit until it is let go. */
struct gate {
    atomic_bool shut;
    sem_t reached;
    sem_t open;
};

static void stop_at_gate(enum pl_spool_step step, void *context)
{
    struct gate *gate = context;

    if (step != PL_SPOOL_APPENDED || !atomic_load(&gate->shut))
        return;
    (void)sem_post(&gate->reached);
    (void)sem_wait(&gate->open);
}

static void count_blocks(uint64_t records, const struct pl_error *failure, void *context)
{
    _Atomic uint64_t *blocks = context;

    if (failure == NULL && records > 0)
        atomic_fetch_add(blocks, 1);
}

/* While one block is on its way, all that comes goes into the next one; and there is a bound. */
static void the_queue_is_bounded_and_goes_as_one_block(void **state)
{
    (void)state;
    struct test_spool test;
    struct disk disk = {0};
    struct gate gate = {0};
    const struct pl_spool_hooks hooks = {.step = stop_at_gate, .context = &gate};
    const struct pl_spool_record record = {"feedback", TEST_TIME_MS, PL_STR("{\"id\":\"d_0\"}")};
    struct pl_error error = {0};
    _Atomic uint64_t blocks = 0;
    enum pl_status status;
    struct told told;
    int accepted = 0;

    test_spool_init(&test);
    assert_int_equal(sem_init(&gate.reached, 0, 0), 0);
    assert_int_equal(sem_init(&gate.open, 0, 0), 0);
    test.options.on_commit = count_blocks;
    test.options.context = &blocks;
    struct pl_spool *spool = test_spool_open(&test, &hooks);

    told_init(&told, &disk, &test);
    atomic_store(&gate.shut, true);
    put_durable(spool, 1, &told);
    (void)sem_wait(&gate.reached);
    while ((status = pl_spool_put_durable(spool, &record, tell, &told, &error)) == PL_OK &&
           accepted < 1000000)
        accepted++;
    assert_int_equal(status, PL_E_LIMIT);
    assert_non_null(strstr(error.message, "wait for the ledger"));
    assert_in_range(accepted, 1000, 100000);
    assert_int_equal(told.times, 0);
    assert_int_equal(pl_spool_counts(spool).waiting, accepted + 1);
    atomic_store(&gate.shut, false);
    (void)sem_post(&gate.open);
    for (int i = 0; i < accepted + 1; i++)
        (void)sem_wait(&told.called);
    assert_int_equal(pl_spool_counts(spool).waiting, 0);
    put_durable(spool, 2, &told); /* there is room again */
    test_spool_close(spool);
    assert_int_equal(atomic_load(&blocks), 3);
    assert_int_equal(told.times, accepted + 2);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, accepted + 2);
    test_ledger_free(&ledger);
    (void)sem_destroy(&told.called);
    (void)sem_destroy(&gate.reached);
    (void)sem_destroy(&gate.open);
    test_spool_deinit(&test);
}

static void what_is_no_record_is_refused_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *body;
    } BAD[] = {
        {"Feedback", "{}"}, {"", "{}"}, {"feedback", "{"}, {"feedback", "[]"}, {"feedback", "{}\n"},
    };
    struct test_spool test;
    struct pl_error error = {0};

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);

    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        const struct pl_spool_record record = {BAD[i].kind, TEST_TIME_MS, pl_str_of(BAD[i].body)};

        assert_int_equal(pl_spool_put_durable(spool, &record, NULL, NULL, &error), PL_E_DATA);
    }
    test_spool_close(spool);
    test_spool_deinit(&test);
}

struct asker {
    pthread_t thread;
    struct pl_spool *spool;
    uint64_t first;
    struct told *told;
};

static void *ask(void *context)
{
    const struct asker *asker = context;
    struct pl_error error = {0};
    char text[256];

    for (uint64_t i = asker->first; i < asker->first + MANY; i++) {
        const struct pl_spool_record record = {"feedback", TEST_TIME_MS,
                                               test_decision(i, NULL, 0, text)};

        while (pl_spool_put_durable(asker->spool, &record, tell, asker->told, &error) != PL_OK)
            (void)sched_yield();
    }
    return NULL;
}

static void many_threads_may_ask(void **state)
{
    (void)state;
    struct test_spool test;
    struct disk disk = {0};
    struct told told;
    struct asker askers[4];

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);

    told_init(&told, &disk, &test);
    for (size_t i = 0; i < 4; i++) {
        askers[i] = (struct asker){.spool = spool, .first = i * MANY, .told = &told};
        assert_int_equal(pthread_create(&askers[i].thread, NULL, ask, &askers[i]), 0);
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
    test_spool_close(spool);
    assert_int_equal(told.times, 4 * MANY);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 4 * MANY);
    for (size_t i = 0; i < 4 * MANY; i++)
        assert_int_equal(ledger.times[i], 1);
    test_ledger_free(&ledger);
    (void)sem_destroy(&told.called);
    test_spool_deinit(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_is_told_when_it_is_synced),
        cmocka_unit_test(who_waits_is_told_of_a_failure_once),
        cmocka_unit_test(the_queue_is_bounded_and_goes_as_one_block),
        cmocka_unit_test(what_is_no_record_is_refused_at_once),
        cmocka_unit_test(many_threads_may_ask),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
