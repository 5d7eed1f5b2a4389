/*
 * The spool, opened and closed. Its files, all numbers in the machine's own byte order (a folder does
 * not move to another machine while something is left in it), all mapped but `lock`:
 *
 *   lock                      flock() on it is the right to use the folder
 *   cursors                   how far each lane is in the ledger: two copies of 8 KiB, used in turn
 *   lane-0000                 one for each worker: header, table of open decisions, ring
 *   lane-0000-spill-00000001  further entries, while the ring is full: header, entries
 *   *.bad                     what could not be read, kept for people; never read again
 *
 * A LANE is a header of 4,096 bytes (struct pl_lane_header, with its checksum), `slots` slots of
 * 2,112 bytes, and an area of `size` bytes, a power of two; in a spill file there are no slots.
 *
 *   slot    number 8 | checksum 8 | time 8 | size 4 | 0 4 | facts up to 2,048
 *   entry   place 8 | checksum 8 | begun 8 | time 8 | size of the body 4 | of the kind 2 | type 2 |
 *           kind and its NUL | body | zeros up to a multiple of 16
 *
 * PLACES count bytes from the file's making on and never turn back: the first is `size`, and a place
 * lies at place mod size in a ring, at place - size in a spill file. An entry that would cross the end
 * of the ring begins at the next lap, and a filler (type 2, no kind) takes the rest.
 *
 * VALIDITY. An entry is whole when its first word is its own place, its sizes fit, and the checksum,
 * salted with a random number of the run and with the place, is that of all behind it. The first word
 * is stored last. So bytes of an earlier lap, of another run, half written or changed are no entry;
 * and so no record can carry bytes that are read as another one. For a slot the same holds with its
 * number, which counts the decisions of the lane and says which slot it is in: 0 is a free one.
 * A copy of the cursors is whole when its checksum, stored last, is right; the later one counts.
 *
 * CRASH. The ledger is what counts; the spool is what it may not have yet. A decision is in a slot from
 * its begin on; its end puts an entry and frees the slot; the keeper appends entries to the ledger,
 * commits, frees slots that are not free yet, moves the cursors, and only then lets the bytes be used
 * again. A process that dies leaves, since the mapped pages belong to the system and not to it,
 * exactly what it stored. The next start
 *
 *   - reads the ledger from the place that the cursors note (all of it when it has no such place),
 *   - appends each entry from the cursors on that it does not find there,
 *   - appends each decision still in a slot, as interrupted, unless its id is there,
 *   - commits, and removes the files. Dying meanwhile, it leaves the same to the next one.
 *
 * POWER. What was committed is on the disk. Pages of the lanes come to the disk when the system likes,
 * each file as of some moment after its last sync (once a minute, noted in the cursors): another start
 * of the machine, known by its boot number, reads the ledger from that note instead. Entries that
 * reached the disk and not the ledger are taken; the others, of the last commit interval, are gone.
 */
#include "spool/spool.h"

#include "base/file.h"
#include "ledger/ops.h"
#include "spool/keeper.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define LANE_SIZE_BYTES_DEFAULT  ((size_t)4 << 20)
#define LANE_SIZE_BYTES_MIN      ((size_t)4 << 10)
#define LANE_SIZE_BYTES_MAX      ((size_t)1 << 30)
#define SPILL_SIZE_BYTES_DEFAULT ((uint64_t)1 << 30)
#define OPEN_COUNT_DEFAULT       12288
#define COMMIT_MS_DEFAULT        10
#define COMMIT_MS_MAX            60000
#define FOLDER_LENGTH_MAX        3500

bool pl_spool_reserve(struct pl_spool *spool, uint64_t bytes)
{
    if (atomic_fetch_add(&spool->spilled_bytes, bytes) + bytes <=
        spool->options.spill_size_bytes_max)
        return true;
    pl_spool_unreserve(spool, bytes);
    return false;
}

void pl_spool_unreserve(struct pl_spool *spool, uint64_t bytes)
{
    atomic_fetch_sub(&spool->spilled_bytes, bytes);
}

static enum pl_status check_options(const struct pl_spool_options *options, struct pl_error *error)
{
    if (options->lanes_count == 0 || options->lanes_count > PL_SPOOL_LANES_MAX)
        return pl_error_set(error, PL_E_USAGE, "a spool has 1 to %d lanes, not %u",
                            PL_SPOOL_LANES_MAX, options->lanes_count);
    if (options->lane_size_bytes > LANE_SIZE_BYTES_MAX)
        return pl_error_set(error, PL_E_USAGE, "a lane has at most %zu bytes, not %zu",
                            LANE_SIZE_BYTES_MAX, options->lane_size_bytes);
    if (options->open_count_max > PL_LANE_SLOTS_MAX)
        return pl_error_set(error, PL_E_USAGE, "at most %u decisions can be open at once, not %u",
                            PL_LANE_SLOTS_MAX, options->open_count_max);
    if (options->commit_ms > COMMIT_MS_MAX)
        return pl_error_set(error, PL_E_USAGE, "a record waits for at most %d ms, not %u",
                            COMMIT_MS_MAX, options->commit_ms);
    if (strlen(options->folder) > FOLDER_LENGTH_MAX)
        return pl_error_set(error, PL_E_LIMIT, "the name of the spool's folder is too long");
    return PL_OK;
}

static size_t power_of_two(size_t size)
{
    size_t power = LANE_SIZE_BYTES_MIN;

    while (power < size)
        power *= 2;
    return power;
}

static void fill_defaults(struct pl_spool_options *options)
{
    if (options->lane_size_bytes == 0)
        options->lane_size_bytes = LANE_SIZE_BYTES_DEFAULT;
    options->lane_size_bytes = power_of_two(options->lane_size_bytes);
    if (options->spill_size_bytes_max == 0)
        options->spill_size_bytes_max = SPILL_SIZE_BYTES_DEFAULT;
    if (options->open_count_max == 0)
        options->open_count_max = OPEN_COUNT_DEFAULT;
    if (options->commit_ms == 0)
        options->commit_ms = COMMIT_MS_DEFAULT;
}

static struct pl_spool *spool_new(const struct pl_spool_options *options,
                                  const struct pl_spool_hooks *hooks)
{
    struct pl_spool *spool = calloc(1, sizeof *spool);
    pthread_condattr_t attributes;

    if (spool == NULL)
        return NULL;
    spool->options = *options;
    fill_defaults(&spool->options);
    if (hooks != NULL)
        spool->hooks = *hooks;
    if (spool->hooks.ops == NULL)
        spool->hooks.ops = &PL_LEDGER_OPS_SYSTEM;
    spool->options.folder = strdup(options->folder);
    spool->options.ledger_folder = strdup(options->ledger_folder);
    spool->lanes =
        aligned_alloc(alignof(struct pl_lane), options->lanes_count * sizeof *spool->lanes);
    spool->lock_fd = spool->cursors.fd = -1;
    (void)pthread_mutex_init(&spool->mutex, NULL);
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&spool->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (spool->lanes != NULL)
        memset(spool->lanes, 0, options->lanes_count * sizeof *spool->lanes);
    return spool;
}

/* The folders are copies of ours behind pointers to const, as the caller's are. */
static void free_copy(const char *text)
{
    char *copy;

    memcpy(&copy, &text, sizeof copy);
    free(copy);
}

static void spool_free(struct pl_spool *spool)
{
    for (uint32_t i = 0; i < spool->lanes_open; i++)
        pl_lane_deinit(&spool->lanes[i]);
    pl_cursors_close(&spool->cursors);
    pl_ledger_close(spool->writer);
    pl_fd_close(&spool->lock_fd);
    free(spool->lanes);
    free_copy(spool->options.folder);
    free_copy(spool->options.ledger_folder);
    (void)pthread_cond_destroy(&spool->changed);
    (void)pthread_mutex_destroy(&spool->mutex);
    free(spool);
}

/* One process at a time has the lanes. */
static enum pl_status take_lock(struct pl_spool *spool, struct pl_error *error)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/lock", spool->options.folder);
    spool->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (spool->lock_fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);
    if (flock(spool->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return PL_OK;
    if (errno != EWOULDBLOCK)
        return pl_error_errno(error, errno, "cannot lock %s", path);
    return pl_error_set(error, PL_E_BUSY,
                        "another process uses the spool %s; stop it, or give this one another "
                        "folder",
                        spool->options.folder);
}

static enum pl_status make_lanes(struct pl_spool *spool, const struct pl_lane_header *first,
                                 struct pl_error *error)
{
    struct pl_lane_header header = *first;

    for (uint32_t i = 0; i < spool->options.lanes_count; i++) {
        struct pl_lane *lane = &spool->lanes[i];

        header.index = i;
        lane->spool = spool;
        spool->lanes_open = i + 1;
        PL_RETURN_IF(pl_lane_init(lane, spool->options.folder, &header, error));
        pl_spool_step(spool, PL_SPOOL_MADE);
    }
    return PL_OK;
}

/* New files, whose entries all come after the ledger's end as it is now. */
static enum pl_status make_files(struct pl_spool *spool, struct pl_error *error)
{
    struct pl_cursors_copy *cursors = &spool->cursors.now;
    struct pl_ledger_place end;
    struct pl_lane_header header = {
        .slots = spool->options.open_count_max,
        .size = spool->options.lane_size_bytes,
    };

    if (getrandom(&header.run, sizeof header.run, 0) != (ssize_t)sizeof header.run)
        return pl_error_errno(error, errno, "cannot get a random number");
    pl_ledger_end(spool->writer, &end);
    pl_spool_place_set(&header.made_at, &end);
    cursors->run = header.run;
    cursors->noted = cursors->synced = header.made_at;
    cursors->lanes_count = spool->options.lanes_count;
    for (uint32_t i = 0; i < spool->options.lanes_count; i++)
        cursors->lanes[i] = (struct pl_cursor){.ring = header.size};
    pl_cursors_boot(cursors->boot);
    PL_RETURN_IF(pl_cursors_make(&spool->cursors, spool->options.folder, error));
    return make_lanes(spool, &header, error);
}

static enum pl_status set_up(struct pl_spool *spool, struct pl_error *error)
{
    if (spool->options.folder == NULL || spool->options.ledger_folder == NULL ||
        spool->lanes == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the spool");
    PL_RETURN_IF(pl_folder_make(spool->options.folder, error));
    PL_RETURN_IF(take_lock(spool, error));
    PL_RETURN_IF(pl_keeper_take_ledger(spool, error));
    PL_RETURN_IF(pl_spool_recover(spool, error));
    PL_RETURN_IF(make_files(spool, error));
    pl_ledger_suspend(spool->writer);
    return pl_keeper_start(spool, error);
}

enum pl_status pl_spool_open_with(const struct pl_spool_options *options,
                                  const struct pl_spool_hooks *hooks, struct pl_spool **ret_spool,
                                  struct pl_error *error)
{
    struct pl_spool *spool;
    enum pl_status status;

    PL_RETURN_IF(check_options(options, error));
    spool = spool_new(options, hooks);
    if (spool == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the spool");
    status = set_up(spool, error);
    if (status != PL_OK) {
        spool_free(spool);
        return status;
    }
    *ret_spool = spool;
    return PL_OK;
}

enum pl_status pl_spool_open(const struct pl_spool_options *options, struct pl_spool **ret_spool,
                             struct pl_error *error)
{
    return pl_spool_open_with(options, NULL, ret_spool, error);
}

enum pl_status pl_spool_close(struct pl_spool *spool, struct pl_error *error)
{
    enum pl_status status;

    if (spool == NULL)
        return PL_OK;
    status = pl_keeper_stop(spool, error);
    if (status == PL_OK)
        status = pl_keeper_sync(spool, error);
    spool_free(spool);
    return status;
}

struct pl_lane *pl_spool_lane(struct pl_spool *spool, uint32_t index)
{
    assert(index < spool->lanes_open);
    return &spool->lanes[index];
}

struct pl_spool_counts pl_spool_counts(const struct pl_spool *spool)
{
    struct pl_spool_counts counts = {
        .committed = atomic_load(&spool->committed),
        .commits = atomic_load(&spool->commits),
        .recovered = atomic_load(&spool->recovered),
        .interrupted = atomic_load(&spool->interrupted),
        .refused = atomic_load(&spool->refused),
        .set_aside = atomic_load(&spool->set_aside),
        .waiting = atomic_load(&spool->awaited_waiting),
        .spilled_bytes = atomic_load(&spool->spilled_bytes),
        .failing = atomic_load(&spool->failing),
    };

    for (uint32_t i = 0; i < spool->lanes_open; i++) {
        const struct pl_lane *lane = &spool->lanes[i];
        const uint64_t taken = atomic_load(&lane->taken);
        const uint64_t put = atomic_load(&lane->put);

        counts.begun += atomic_load(&lane->begun);
        counts.ended += atomic_load(&lane->ended);
        counts.dropped += atomic_load(&lane->dropped);
        counts.no_room += atomic_load(&lane->no_room);
        counts.waiting += put > taken ? put - taken : 0;
    }
    return counts;
}
