/*
 * The ledger under faults: the n-th operation fails, n = 1, 2, …, until nothing is left to fail.
 * Four kinds of bad day are played: one operation fails, the disk fills up for good, the power goes
 * and only what was synced is still there, and the process is killed with everything written still
 * there. After each the ledger must open again, hold, and have every record that was acknowledged.
 */
#include "ledger_folder.h"

#include "ledger/ops.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define BLOCKS            5
#define RECORDS_PER_BLOCK 2
#define SEGMENT_SIZE      1300 /* two blocks */
#define INODES_MAX        64

enum fault {
    FAULT_ONCE,       /* the n-th operation fails, those after it work */
    FAULT_FOR_GOOD,   /* so do all after it */
    FAULT_HALF_WRITE, /* as FAULT_FOR_GOOD, but a write first writes half of its bytes */
    FAULT_EXIT,       /* the process ends before the operation */
    FAULT_EXIT_HALF,  /* the process ends in the middle of it */
    FAULT_EXIT_AFTER, /* the process ends when it is done */
};

/* A file as the disk has it: what was in it when it was last synced. */
struct inode {
    ino_t number;
    int fd; /* kept open, so that the number is not given to another file */
    struct test_file file;
};

struct name {
    char name[64];
    ino_t number;
};

/* The operations with their fault, and what a loss of power would leave. */
struct disk {
    const struct pl_ledger_ops *real;
    enum fault fault;
    int errno_value;
    int countdown; /* operations until the fault; 0 is now, negative is past */
    bool struck;
    bool remembers; /* whether syncs are recorded */
    struct inode inode[INODES_MAX];
    size_t inodes_count;
    struct name name[TEST_FILES_MAX];
    size_t names_count;
};

/* Whether this operation is to fail. The process may end here. */
static bool strikes(struct disk *disk)
{
    if (disk->countdown-- > 0)
        return false;
    if (disk->struck && (disk->fault == FAULT_ONCE || disk->fault == FAULT_EXIT_AFTER))
        return false;
    disk->struck = true;
    if (disk->fault == FAULT_EXIT || disk->fault == FAULT_EXIT_HALF)
        _exit(9);
    errno = disk->errno_value;
    return disk->fault != FAULT_EXIT_AFTER;
}

/* Called when an operation has been done. */
static void done(const struct disk *disk)
{
    if (disk->struck && disk->fault == FAULT_EXIT_AFTER)
        _exit(9);
}

static void *disk_allocate(void *context, size_t size)
{
    struct disk *disk = context;

    return strikes(disk) ? NULL : disk->real->allocate(NULL, size);
}

static int disk_open(void *context, int folder, const char *name, int flags, mode_t mode)
{
    struct disk *disk = context;
    int fd;

    if (strikes(disk))
        return -1;
    fd = disk->real->open(NULL, folder, name, flags, mode);
    done(disk);
    return fd;
}

static bool is_half(const struct disk *disk)
{
    return disk->countdown == 0 && !disk->struck &&
           (disk->fault == FAULT_HALF_WRITE || disk->fault == FAULT_EXIT_HALF);
}

static ssize_t disk_write(void *context, int fd, struct pl_str bytes, uint64_t offset)
{
    struct disk *disk = context;
    ssize_t written;

    if (is_half(disk)) {
        const struct pl_str half = {bytes.ptr, bytes.len / 2};

        (void)disk->real->write(NULL, fd, half, offset);
    }
    if (strikes(disk))
        return -1;
    written = disk->real->write(NULL, fd, bytes, offset);
    done(disk);
    return written;
}

/* Takes down the names in a folder. */
static void remember_names(struct disk *disk, int folder_fd)
{
    DIR *folder = fdopendir(openat(folder_fd, ".", O_RDONLY | O_DIRECTORY));

    assert_non_null(folder);
    disk->names_count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(disk->names_count < TEST_FILES_MAX);
        (void)snprintf(disk->name[disk->names_count].name, 64, "%.63s", entry->d_name);
        disk->name[disk->names_count++].number = entry->d_ino;
    }
    (void)closedir(folder);
}

static struct inode *find_inode(struct disk *disk, ino_t number)
{
    for (size_t i = 0; i < disk->inodes_count; i++)
        if (disk->inode[i].number == number)
            return &disk->inode[i];
    return NULL;
}

static void remember_bytes(struct disk *disk, int fd, const struct stat *status)
{
    struct inode *inode = find_inode(disk, status->st_ino);
    char path[64];
    int readable;

    if (inode == NULL) {
        assert_true(disk->inodes_count < INODES_MAX);
        inode = &disk->inode[disk->inodes_count++];
        *inode = (struct inode){.number = status->st_ino, .fd = dup(fd)};
        assert_true(inode->fd != -1);
    }
    free(inode->file.bytes);
    inode->file.len = (size_t)status->st_size;
    inode->file.mode = status->st_mode;
    inode->file.bytes = malloc(inode->file.len + 1);
    assert_non_null(inode->file.bytes);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    readable = open(path, O_RDONLY);
    assert_int_equal(read(readable, inode->file.bytes, inode->file.len), inode->file.len);
    (void)close(readable);
}

static void remember(struct disk *disk, int fd)
{
    struct stat status;

    if (!disk->remembers)
        return;
    assert_int_equal(fstat(fd, &status), 0);
    if (S_ISDIR(status.st_mode))
        remember_names(disk, fd);
    else
        remember_bytes(disk, fd, &status);
}

static int disk_sync_data(void *context, int fd)
{
    struct disk *disk = context;

    if (strikes(disk))
        return -1;
    remember(disk, fd);
    done(disk);
    return 0;
}

static int disk_truncate(void *context, int fd, uint64_t size)
{
    struct disk *disk = context;
    int result;

    if (strikes(disk))
        return -1;
    result = disk->real->truncate(NULL, fd, size);
    done(disk);
    return result;
}

static int disk_rename(void *context, int folder, const char *from, const char *to)
{
    struct disk *disk = context;
    int result;

    if (strikes(disk))
        return -1;
    result = disk->real->rename(NULL, folder, from, to);
    done(disk);
    return result;
}

static int disk_unlink(void *context, int folder, const char *name)
{
    struct disk *disk = context;
    int result;

    if (strikes(disk))
        return -1;
    result = disk->real->unlink(NULL, folder, name);
    done(disk);
    return result;
}

static struct pl_ledger_ops disk_ops(struct disk *disk)
{
    disk->real = &PL_LEDGER_OPS_SYSTEM;
    return (struct pl_ledger_ops){
        .allocate = disk_allocate,
        .open = disk_open,
        .write = disk_write,
        .sync_data = disk_sync_data,
        .sync = disk_sync_data,
        .truncate = disk_truncate,
        .rename = disk_rename,
        .unlink = disk_unlink,
        .context = disk,
    };
}

/* Puts the folder into the state that a loss of power leaves: synced bytes under synced names. */
static void lose_power(struct disk *disk, const char *folder)
{
    test_folder_clear(folder);
    for (size_t i = 0; i < disk->names_count; i++) {
        const struct inode *inode = find_inode(disk, disk->name[i].number);
        char nothing[1] = "";
        struct test_file file = {.bytes = nothing, .mode = 0600};

        if (inode != NULL)
            file = inode->file;
        (void)snprintf(file.name, sizeof file.name, "%s", disk->name[i].name);
        test_file_write(folder, &file);
    }
}

static void disk_deinit(struct disk *disk)
{
    for (size_t i = 0; i < disk->inodes_count; i++) {
        free(disk->inode[i].file.bytes);
        (void)close(disk->inode[i].fd);
    }
}

/* Told after each commit that was acknowledged. */
typedef void (*acknowledge)(uint64_t records, void *context);

/* Two runs of a writer; ends at the first failure. */
static enum pl_status write_blocks(const char *folder, const struct pl_ledger_ops *ops,
                                   acknowledge told, void *context)
{
    const struct pl_ledger_options options = {.segment_size_bytes_max = SEGMENT_SIZE};
    enum pl_status status = PL_OK;
    struct pl_error error = {0};
    uint64_t records = 0;

    for (int block = 0; block < BLOCKS && status == PL_OK;) {
        struct pl_ledger_writer *writer = NULL;

        status = pl_ledger_open_with(folder, &options, ops, &writer, &error);
        for (int i = 0; i < 3 && block < BLOCKS && status == PL_OK; i++, block++) {
            status = test_commit(writer, records + 1, RECORDS_PER_BLOCK, &error);
            if (status == PL_OK)
                told(records += RECORDS_PER_BLOCK, context);
        }
        if (status != PL_OK && writer != NULL) {
            /* After a failure nothing but closing is done. */
            assert_int_equal(pl_ledger_append(writer, "decision", 0, PL_STR("{}"), &error),
                             PL_E_IO);
            assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_E_IO);
        }
        pl_ledger_close(writer);
        if (status != PL_OK)
            assert_true(strlen(error.message) > 10);
    }
    return status;
}

/* The state after any fault: it holds as it is, opens, holds, takes another block and holds. */
static void assert_recovers(const char *folder, uint64_t acknowledged)
{
    const uint64_t as_left = test_assert_holds(folder);

    assert_in_range(as_left, acknowledged, acknowledged + RECORDS_PER_BLOCK);
    test_ledger_write(folder, SEGMENT_SIZE, 0, 0);
    const struct pl_ledger_check check = test_verify(folder);

    assert_int_equal(check.bad_block, 0);
    assert_false(check.unsealed_tail);
    assert_int_equal(check.records, as_left);
    assert_int_equal(check.records % RECORDS_PER_BLOCK, 0);
    test_ledger_write(folder, SEGMENT_SIZE, 1, RECORDS_PER_BLOCK);
    assert_int_equal(test_assert_holds(folder), as_left + RECORDS_PER_BLOCK);
}

static void note_records(uint64_t records, void *context)
{
    *(uint64_t *)context = records;
}

/* One run in this process; false when the n-th operation was never reached. */
static bool fail_nth(enum fault fault, int n, bool power_is_lost)
{
    char folder[TEST_PATH_SIZE / 2];
    struct disk disk = {.fault = fault,
                        .countdown = n,
                        .errno_value = n % 2 == 0 ? ENOSPC : EIO,
                        .remembers = power_is_lost};
    const struct pl_ledger_ops ops = disk_ops(&disk);
    uint64_t acknowledged = 0;
    enum pl_status status;

    test_folder_make(folder);
    status = write_blocks(folder, &ops, note_records, &acknowledged);
    if (!disk.struck)
        assert_int_equal(status, PL_OK);
    if (power_is_lost)
        lose_power(&disk, folder);
    assert_recovers(folder, acknowledged);
    test_folder_remove(folder);
    disk_deinit(&disk);
    return disk.struck;
}

/* A scenario of five commits, two opens and the making of the keys asks for more than this. */
static void fail_each(enum fault fault, bool power_is_lost)
{
    int n = 0;

    while (fail_nth(fault, n, power_is_lost))
        n++;
    assert_true(n > 50);
}

static void one_operation_may_fail(void **state)
{
    (void)state;
    fail_each(FAULT_ONCE, false);
}

static void the_disk_may_fail_for_good(void **state)
{
    (void)state;
    fail_each(FAULT_FOR_GOOD, false);
}

static void the_disk_may_fill_up_in_the_middle_of_a_write(void **state)
{
    (void)state;
    fail_each(FAULT_HALF_WRITE, false);
}

static void what_is_acknowledged_survives_a_loss_of_power(void **state)
{
    (void)state;
    fail_each(FAULT_FOR_GOOD, true);
    fail_each(FAULT_HALF_WRITE, true);
    fail_each(FAULT_ONCE, true);
}

/* A process that is killed leaves a block in memory of the system; who takes it in must sync it. */
static bool take_in_nth(int n)
{
    char folder[TEST_PATH_SIZE / 2];
    struct disk disk = {
        .fault = FAULT_FOR_GOOD, .countdown = n, .errno_value = EIO, .remembers = true};
    const struct pl_ledger_ops ops = disk_ops(&disk);
    struct pl_ledger_writer *writer = NULL;
    uint64_t acknowledged = 0, taken_in;
    bool struck;

    test_folder_make(folder);
    (void)write_blocks(folder, &ops, note_records, &acknowledged);
    struck = disk.struck;
    disk.countdown = 1000000;
    assert_int_equal(pl_ledger_open_with(folder, NULL, &ops, &writer, NULL), PL_OK);
    pl_ledger_close(writer);
    taken_in = test_assert_holds(folder);
    assert_true(taken_in >= acknowledged);
    lose_power(&disk, folder);
    assert_recovers(folder, taken_in);
    test_folder_remove(folder);
    disk_deinit(&disk);
    return struck;
}

static void what_was_taken_in_survives_a_loss_of_power(void **state)
{
    (void)state;
    int n = 0;

    while (take_in_nth(n))
        n++;
    assert_true(n > 50);
}

/* A fault before the head's rename takes the block back: who tries again writes it once. */
static void a_failed_block_is_taken_back(void **state)
{
    (void)state;
    char folder[TEST_PATH_SIZE / 2];
    struct test_files before, after;
    struct disk disk = {.fault = FAULT_ONCE, .errno_value = ENOSPC, .countdown = 1000000};
    const struct pl_ledger_ops ops = disk_ops(&disk);
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};

    test_folder_make(folder);
    test_ledger_write(folder, 0, 1, 2);
    test_files_take(folder, &before);
    /* Steps: write, sync, remove head.new, open it, write it, sync it; then the rename. */
    for (int step = 0; step < 6; step++) {
        assert_int_equal(pl_ledger_open_with(folder, NULL, &ops, &writer, &error), PL_OK);
        disk.countdown = step;
        disk.struck = false;
        assert_int_equal(test_commit(writer, 3, 2, &error), PL_E_IO);
        assert_non_null(strstr(error.message, strerror(ENOSPC)));
        disk.countdown = 1000000;
        pl_ledger_close(writer);
        test_files_take(folder, &after);
        test_files_assert_same(&before, &after);
        test_files_free(&after);
    }
    test_files_free(&before);
    test_folder_remove(folder);
}

static void tell_parent(uint64_t records, void *context)
{
    if (write(*(const int *)context, &records, sizeof records) != (ssize_t)sizeof records)
        _exit(3);
}

/* Reads what the child told until it is gone. */
static uint64_t last_told(int fd)
{
    uint64_t records = 0, next;

    while (read(fd, &next, sizeof next) == (ssize_t)sizeof next)
        records = next;
    (void)close(fd);
    return records;
}

/* One run in a child that ends at its n-th operation; false when it came to its end. */
static bool crash_nth(enum fault fault, int n)
{
    char folder[TEST_PATH_SIZE / 2];
    int told[2], status = -1;

    test_folder_make(folder);
    assert_int_equal(pipe(told), 0);
    const pid_t child = fork();

    if (child == 0) {
        struct disk disk = {.fault = fault, .countdown = n};
        const struct pl_ledger_ops ops = disk_ops(&disk);

        _exit(write_blocks(folder, &ops, tell_parent, &told[1]) == PL_OK ? 0 : 1);
    }
    (void)close(told[1]);
    const uint64_t acknowledged = last_told(told[0]);

    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 9);
    assert_recovers(folder, acknowledged);
    test_folder_remove(folder);
    return WEXITSTATUS(status) == 9;
}

static void a_crash_at_any_operation_is_survived(void **state)
{
    (void)state;
    static const enum fault FAULTS[] = {FAULT_EXIT, FAULT_EXIT_HALF, FAULT_EXIT_AFTER};

    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        int n = 0;

        while (crash_nth(FAULTS[i], n))
            n++;
        assert_true(n > 50);
    }
}

/* Writes until it is killed. */
static void write_for_ever(const char *folder, int told)
{
    const struct pl_ledger_options options = {.segment_size_bytes_max = 4000};
    struct pl_ledger_writer *writer = NULL;
    struct pl_ledger_head head;

    if (pl_ledger_open(folder, &options, &writer, NULL) != PL_OK ||
        pl_ledger_commit(writer, &head, NULL) != PL_OK)
        _exit(1);
    for (uint64_t records = head.records;; records += RECORDS_PER_BLOCK) {
        if (test_commit(writer, records + 1, RECORDS_PER_BLOCK, NULL) != PL_OK)
            _exit(2);
        tell_parent(records + RECORDS_PER_BLOCK, &told);
    }
}

#define KILLS 20
#define WAITS 12

static void a_kill_at_any_time_is_survived(void **state)
{
    (void)state;
    char folder[TEST_PATH_SIZE / 2];
    uint64_t records = 0;

    test_folder_make(folder);
    for (int i = 0; i < KILLS || (records == 0 && i < KILLS + WAITS); i++) {
        /* From 0 to 19 ms in uneven steps, so that kills fall into opening as well. A disk on which
           no block is done by then gets ever more time. */
        const long wait_ms = i < KILLS ? i * 7919 % 20 : 20L << (i - KILLS);
        const struct timespec pause = {.tv_sec = wait_ms / 1000,
                                       .tv_nsec = wait_ms % 1000 * 1000000L + i * 13001L};
        int told[2], status = -1;

        assert_int_equal(pipe(told), 0);
        const pid_t child = fork();

        if (child == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
            write_for_ever(folder, told[1]);
        }
        (void)close(told[1]);
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        const uint64_t acknowledged = last_told(told[0]);

        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        if (acknowledged > records)
            records = acknowledged;
        assert_in_range(test_assert_holds(folder), records, records + RECORDS_PER_BLOCK);
        records = test_assert_holds(folder);
    }
    assert_true(records > 0);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_operation_may_fail),
        cmocka_unit_test(the_disk_may_fail_for_good),
        cmocka_unit_test(the_disk_may_fill_up_in_the_middle_of_a_write),
        cmocka_unit_test(what_is_acknowledged_survives_a_loss_of_power),
        cmocka_unit_test(what_was_taken_in_survives_a_loss_of_power),
        cmocka_unit_test(a_failed_block_is_taken_back),
        cmocka_unit_test(a_crash_at_any_operation_is_survived),
        cmocka_unit_test(a_kill_at_any_time_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
