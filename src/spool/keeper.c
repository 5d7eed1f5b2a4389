/*
 * The keeper's loop: wait until something was put and its time has come, build one block of it,
 * commit it, and only then move the cursors on. It sleeps without a timer while nothing is put.
 */
#include "spool/keeper.h"

#include "base/file.h"
#include "ledger/format.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* One batch is one block: the ledger's own limit, less its header, its seal and some air. */
#define BATCH_SIZE_BYTES_MAX   (PL_LEDGER_BLOCK_SIZE_BYTES_MAX - ((size_t)64 << 10))
#define AWAITED_SIZE_BYTES_MAX ((size_t)2 << 20)
#define LOCK_WAIT_MS           2000
#define RETRY_MS               1000
#define SYNC_EVERY_NS          60000000000u
#define NS_PER_MS              1000000u
#define OTHERS_TURN_NS         1000000u
#define REST_AFTER_NS          1000000000u

/* A block being built. */
struct batch {
    struct pl_spool *spool;
    struct pl_seen seen; /* after a commit of which it is not known how it ended */
    size_t size_bytes;
    uint64_t records;
    enum pl_status status;
    struct pl_error *error;
};

void pl_spool_step(const struct pl_spool *spool, enum pl_spool_step step)
{
    if (spool->hooks.step != NULL)
        spool->hooks.step(step, spool->hooks.context);
}

void pl_spool_wake(struct pl_spool *spool)
{
    if (!atomic_load(&spool->asleep))
        return;
    (void)pthread_mutex_lock(&spool->mutex);
    atomic_store(&spool->asleep, false);
    (void)pthread_cond_signal(&spool->changed);
    (void)pthread_mutex_unlock(&spool->mutex);
}

enum pl_status pl_keeper_take_ledger(struct pl_spool *spool, struct pl_error *error)
{
    const struct pl_ledger_options options = {.lock_wait_ms = LOCK_WAIT_MS};

    if (spool->writer != NULL)
        return pl_ledger_resume(spool->writer, LOCK_WAIT_MS, error);
    return pl_ledger_open_with(spool->options.ledger_folder, &options, spool->hooks.ops,
                               &spool->writer, error);
}

/* Appends a record unless the ledger has it; one that the ledger does not take is counted. */
static enum pl_status append(struct batch *batch, const struct pl_spool_record *record)
{
    struct pl_spool *spool = batch->spool;
    enum pl_status status;

    if (pl_seen_take(&batch->seen, record->kind, record->time_ms, record->body)) {
        batch->records++;
        return PL_OK;
    }
    status =
        pl_ledger_append(spool->writer, record->kind, record->time_ms, record->body, batch->error);
    if (status == PL_E_DATA || status == PL_E_LIMIT) {
        atomic_fetch_add(&spool->refused, 1);
        return PL_OK;
    }
    PL_RETURN_IF(status);
    batch->size_bytes += record->body.len + PL_FORMAT_RECORD_START_SIZE;
    batch->records++;
    return PL_OK;
}

static bool append_entry(struct pl_lane *lane, const struct pl_entry *entry, void *context)
{
    struct batch *batch = context;
    const struct pl_spool_record record = {entry->kind, entry->time_ms, entry->body};

    (void)lane;
    if (batch->size_bytes + entry->body.len + PL_FORMAT_RECORD_START_SIZE > BATCH_SIZE_BYTES_MAX)
        return false;
    batch->status = append(batch, &record);
    return batch->status == PL_OK;
}

/* The records that somebody waits for. */
static enum pl_status append_awaited(struct batch *batch)
{
    struct pl_spool *spool = batch->spool;

    (void)pthread_mutex_lock(&spool->mutex);
    spool->taken = pl_awaited_list_take(&spool->queue, AWAITED_SIZE_BYTES_MAX);
    (void)pthread_mutex_unlock(&spool->mutex);
    for (const struct pl_awaited *item = spool->taken.first; item != NULL; item = item->next) {
        const struct pl_spool_record record = {item->kind, item->time_ms, item->body};

        PL_RETURN_IF(append(batch, &record));
    }
    return PL_OK;
}

static bool want_entry(struct pl_lane *lane, const struct pl_entry *entry, void *context)
{
    struct batch *batch = context;

    (void)lane;
    batch->status =
        pl_seen_want(&batch->seen, entry->kind, entry->time_ms, entry->body, batch->error);
    return batch->status == PL_OK;
}

/* Which of the records whose commit failed are in the ledger all the same. */
static enum pl_status look_for_tried(struct batch *batch)
{
    struct pl_spool *spool = batch->spool;
    const struct pl_ledger_place place = pl_spool_place_get(&spool->cursors.now.noted);

    for (uint32_t i = 0; i < spool->lanes_open && batch->status == PL_OK; i++) {
        struct pl_lane *lane = &spool->lanes[i];
        const struct pl_lane_walk walk = {want_entry, batch, &lane->end};
        struct pl_cursor end;

        pl_lane_walk(lane, &walk, &end);
    }
    PL_RETURN_IF(batch->status);
    return pl_seen_read(&batch->seen, spool->options.ledger_folder, &place, batch->error);
}

/* From every lane, another one first each time; after a failed commit the same records again. */
static enum pl_status append_lanes(struct batch *batch)
{
    struct pl_spool *spool = batch->spool;
    const uint32_t count = spool->lanes_open;

    for (uint32_t i = 0; i < count && batch->status == PL_OK; i++) {
        struct pl_lane *lane = &spool->lanes[(spool->first_lane + i) % count];
        const struct pl_lane_walk walk = {append_entry, batch, spool->unsure ? &lane->end : NULL};
        struct pl_cursor end;

        pl_lane_walk(lane, &walk, &end);
        if (!spool->unsure)
            lane->end = end;
    }
    return batch->status;
}

static enum pl_status build(struct batch *batch)
{
    struct pl_spool *spool = batch->spool;

    if (spool->unsure) {
        PL_RETURN_IF(look_for_tried(batch));
        return append_lanes(batch);
    }
    PL_RETURN_IF(append_awaited(batch));
    return append_lanes(batch);
}

static bool end_decision(struct pl_lane *lane, const struct pl_entry *entry, void *context)
{
    uint64_t *count = context;

    pl_lane_slot_end(&lane->file, entry->begun);
    ++*count;
    return true;
}

/*
 * The block is in the ledger. First its decisions are off the tables, so that an entry which is gone
 * leaves none there; then the cursors move, all at once; only then may the bytes be used again.
 */
static void move_on(struct pl_spool *spool, uint64_t records_count)
{
    struct pl_ledger_place place;

    pl_spool_step(spool, PL_SPOOL_COMMITTED);
    pl_ledger_end(spool->writer, &place);
    pl_ledger_suspend(spool->writer);
    atomic_fetch_add(&spool->committed, records_count);
    atomic_fetch_add(&spool->commits, 1);
    pl_spool_place_set(&spool->cursors.now.noted, &place);
    for (uint32_t i = 0; i < spool->lanes_open; i++) {
        struct pl_lane *lane = &spool->lanes[i];
        const struct pl_cursor until = lane->end;
        uint64_t records = 0;
        const struct pl_lane_walk walk = {end_decision, &records, &until};

        pl_lane_walk(lane, &walk, &lane->at);
        atomic_fetch_add(&lane->taken, records);
        spool->cursors.now.lanes[i] = lane->at;
    }
    pl_spool_step(spool, PL_SPOOL_ENDED);
    pl_cursors_publish(&spool->cursors);
    pl_spool_step(spool, PL_SPOOL_PUBLISHED);
    for (uint32_t i = 0; i < spool->lanes_open; i++) {
        pl_lane_release(&spool->lanes[i]);
        pl_lane_warm(&spool->lanes[i]);
    }
    spool->first_lane = spool->lanes_open == 0 ? 0 : (spool->first_lane + 1) % spool->lanes_open;
    spool->unsure = false;
}

/* The writer is given up: opening the ledger again finds out what became of the block. */
static void forget_batch(struct pl_spool *spool, bool commit_was_tried)
{
    pl_ledger_close(spool->writer);
    spool->writer = NULL;
    if (spool->unsure)
        return;
    spool->unsure = commit_was_tried;
}

static enum pl_status commit(struct batch *batch)
{
    struct pl_spool *spool = batch->spool;
    enum pl_status status = build(batch);
    bool tried = false;

    pl_spool_step(spool, PL_SPOOL_APPENDED);
    if (status == PL_OK) {
        tried = true;
        status = pl_ledger_commit(spool->writer, NULL, batch->error);
    }
    if (status == PL_OK)
        move_on(spool, batch->records);
    else
        forget_batch(spool, tried);
    return status;
}

static void tell_awaited(struct pl_spool *spool, const struct pl_error *failure)
{
    if (failure != NULL) {
        /* Nobody waits through a failure: whoever is queued is told too. */
        (void)pthread_mutex_lock(&spool->mutex);
        for (struct pl_awaited_list rest = pl_awaited_list_take(&spool->queue, SIZE_MAX);
             rest.first != NULL;) {
            struct pl_awaited *item = rest.first;

            rest.first = item->next;
            pl_awaited_list_add(&spool->taken, item);
        }
        (void)pthread_mutex_unlock(&spool->mutex);
    }
    atomic_fetch_sub(&spool->awaited_waiting, spool->taken.count);
    pl_awaited_list_tell(&spool->taken, failure);
}

/*
 * How long after the last block the next one is begun: so that what is put right after it is durable
 * when its time is over, if the disk allows.
 */
static uint64_t wait_ns(const struct pl_spool *spool)
{
    const uint64_t whole_ns = (uint64_t)spool->options.commit_ms * NS_PER_MS;
    const uint64_t least_ns = whole_ns / 4;

    return whole_ns > spool->commit_ns + least_ns ? whole_ns - spool->commit_ns : least_ns;
}

/* The longest of late: forgotten by an eighth with each commit that is shorter. */
static void note_commit_time(struct pl_spool *spool)
{
    const uint64_t taken_ns = pl_clock_monotonic_ns() - spool->last_start_ns;

    spool->last_end_ns = spool->last_start_ns + taken_ns;
    spool->commit_ns -= spool->commit_ns / 8;
    if (spool->commit_ns < taken_ns)
        spool->commit_ns = taken_ns;
}

static enum pl_status run_batch(struct pl_spool *spool)
{
    struct batch batch = {.spool = spool, .error = &spool->last_error};
    enum pl_status status;

    spool->last_error = (struct pl_error){0};
    spool->last_start_ns = pl_clock_monotonic_ns();
    status = pl_keeper_take_ledger(spool, batch.error);
    if (status == PL_OK)
        status = commit(&batch);
    else if (status != PL_E_BUSY) {
        pl_ledger_close(spool->writer);
        spool->writer = NULL;
    }
    pl_seen_deinit(&batch.seen);
    spool->last_status = status;
    note_commit_time(spool);
    atomic_store(&spool->failing, status != PL_OK);
    atomic_fetch_add(&spool->rounds, 1);
    tell_awaited(spool, status == PL_OK ? NULL : &spool->last_error);
    if (spool->options.on_commit != NULL)
        spool->options.on_commit(status == PL_OK ? batch.records : 0,
                                 status == PL_OK ? NULL : &spool->last_error,
                                 spool->options.context);
    return status;
}

enum pl_status pl_keeper_sync(struct pl_spool *spool, struct pl_error *error)
{
    for (uint32_t i = 0; i < spool->lanes_open; i++)
        if (fdatasync(spool->lanes[i].file.fd) != 0)
            return pl_error_errno(error, errno, "cannot sync %s/%s", spool->options.folder,
                                  spool->lanes[i].file.name);
    spool->cursors.now.synced = spool->cursors.now.noted;
    pl_cursors_publish(&spool->cursors);
    return pl_cursors_sync(&spool->cursors, error);
}

static bool lanes_have_more(struct pl_spool *spool)
{
    for (uint32_t i = 0; i < spool->lanes_open; i++)
        if (pl_lane_has_more(&spool->lanes[i]))
            return true;
    return false;
}

/* Under the mutex. */
static void wait_until(struct pl_spool *spool, uint64_t due_ns)
{
    const struct timespec due = {.tv_sec = (time_t)(due_ns / 1000000000u),
                                 .tv_nsec = (long)(due_ns % 1000000000u)};

    (void)pthread_cond_timedwait(&spool->changed, &spool->mutex, &due);
}

/* Gives the pages of the lanes back to the system, which keeps what is in them. Under the mutex. */
static void rest(struct pl_spool *spool)
{
    for (uint32_t i = 0; i < spool->lanes_open; i++)
        pl_lane_rest(&spool->lanes[i]);
}

/*
 * Sleeps until somebody puts something; whoever does so after `asleep` is set wakes the keeper. When
 * nobody did for a while, nobody may for long.
 */
static void sleep_until_woken(struct pl_spool *spool)
{
    const uint64_t rest_ns = pl_clock_monotonic_ns() + REST_AFTER_NS;

    atomic_store(&spool->asleep, true);
    if (!lanes_have_more(spool)) {
        while (atomic_load(&spool->asleep) && !spool->stop && pl_clock_monotonic_ns() < rest_ns)
            wait_until(spool, rest_ns);
        if (atomic_load(&spool->asleep) && !spool->stop)
            rest(spool);
        while (atomic_load(&spool->asleep) && !spool->stop)
            (void)pthread_cond_wait(&spool->changed, &spool->mutex);
    }
    atomic_store(&spool->asleep, false);
}

/* Other processes ask for the ledger's lock now and then only: between blocks it is free for a moment. */
static void wait_for_others(struct pl_spool *spool)
{
    const uint64_t due_ns = spool->last_end_ns + OTHERS_TURN_NS;

    while (!spool->stop && pl_clock_monotonic_ns() < due_ns)
        wait_until(spool, due_ns);
}

/* Returns when a block is due. Under the mutex. */
static void wait_for_work(struct pl_spool *spool)
{
    const uint64_t period_ns = wait_ns(spool);
    uint64_t due_ns = spool->last_start_ns + period_ns;

    while (!spool->stop && spool->queue.first == NULL) {
        const uint64_t now_ns = pl_clock_monotonic_ns();

        if (now_ns < due_ns) {
            wait_until(spool, due_ns);
        } else if (lanes_have_more(spool)) {
            return;
        } else {
            sleep_until_woken(spool);
            due_ns = pl_clock_monotonic_ns() + period_ns;
        }
    }
}

/* After a failure; only the end of the spool cuts it short. Under the mutex. */
static void wait_for_retry(struct pl_spool *spool)
{
    const uint32_t retry_ms = spool->hooks.retry_ms == 0 ? RETRY_MS : spool->hooks.retry_ms;
    const uint64_t due_ns = pl_clock_monotonic_ns() + (uint64_t)retry_ms * NS_PER_MS;

    while (!spool->stop && pl_clock_monotonic_ns() < due_ns)
        wait_until(spool, due_ns);
}

static bool has_work(struct pl_spool *spool)
{
    bool has_queue;

    (void)pthread_mutex_lock(&spool->mutex);
    has_queue = spool->queue.first != NULL;
    (void)pthread_mutex_unlock(&spool->mutex);
    return has_queue || spool->unsure || lanes_have_more(spool);
}

/* Now and then, so that what a loss of power leaves is never old. */
static void sync_if_due(struct pl_spool *spool)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();

    if (now_ns - spool->last_sync_ns < SYNC_EVERY_NS)
        return;
    spool->last_sync_ns = now_ns;
    if (pl_keeper_sync(spool, NULL) != PL_OK)
        return; /* the place noted before stays good, and is tried again */
}

static void *keep(void *context)
{
    struct pl_spool *spool = context;
    bool stop = false;
    enum pl_status status = PL_OK;

    while (!stop || (status == PL_OK && has_work(spool))) {
        (void)pthread_mutex_lock(&spool->mutex);
        wait_for_others(spool);
        if (status == PL_OK)
            wait_for_work(spool);
        else
            wait_for_retry(spool);
        stop = spool->stop;
        (void)pthread_mutex_unlock(&spool->mutex);
        status = has_work(spool) ? run_batch(spool) : PL_OK;
        if (!stop)
            sync_if_due(spool);
    }
    return NULL;
}

enum pl_status pl_keeper_start(struct pl_spool *spool, struct pl_error *error)
{
    int failed;

    spool->last_start_ns = spool->last_sync_ns = pl_clock_monotonic_ns();
    failed = pthread_create(&spool->thread, NULL, keep, spool);
    if (failed != 0)
        return pl_error_errno(error, failed, "cannot start the thread of the spool");
    spool->has_thread = true;
    return PL_OK;
}

enum pl_status pl_keeper_stop(struct pl_spool *spool, struct pl_error *error)
{
    if (!spool->has_thread)
        return PL_OK;
    (void)pthread_mutex_lock(&spool->mutex);
    spool->stop = true;
    (void)pthread_cond_signal(&spool->changed);
    (void)pthread_mutex_unlock(&spool->mutex);
    (void)pthread_join(spool->thread, NULL);
    spool->has_thread = false;
    if (spool->last_status != PL_OK && error != NULL)
        *error = spool->last_error;
    return spool->last_status;
}
