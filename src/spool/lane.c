/*
 * Putting into a lane and taking out of it. The producer's path makes no system call while the ring
 * has room; when it has none, spill files are made one after the other until the keeper has caught
 * up, and then the ring is used again.
 */
#include "spool/lane.h"

#include "ledger/format.h"
#include "spool/keeper.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* since Linux 5.14 */
#endif

/* How far ahead of the producer pages are made ready. */
#define WARM_SIZE_BYTES ((uint64_t)256 << 10)
#define PAGE_SIZE       ((size_t)4096)

/* How much room there must be, after there was none, for decisions to be begun again. */
#define ROOM_SIZE_BYTES ((uint64_t)64 << 10)

static void count(_Atomic uint64_t *counter)
{
    /* One writer: no need of an atomic addition. */
    atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

enum pl_status pl_lane_init(struct pl_lane *lane, const char *folder,
                            const struct pl_lane_header *header, struct pl_error *error)
{
    lane->folder = folder;
    (void)pthread_mutex_init(&lane->mutex, NULL);
    PL_RETURN_IF(pl_lane_file_make(&lane->file, folder, header, true, error));
    lane->free_slots = malloc(header->slots * sizeof *lane->free_slots); /* read as written */
    if (lane->free_slots == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the lane %s/%s", folder,
                            lane->file.name);
    lane->next = lane->head_known = header->size;
    atomic_store(&lane->tail, header->size);
    atomic_store(&lane->head, header->size);
    lane->at = (struct pl_cursor){.ring = header->size};
    lane->end = lane->at;
    return PL_OK;
}

static void spill_free(struct pl_spill *spill)
{
    pl_lane_file_close(&spill->file);
    free(spill);
}

void pl_lane_deinit(struct pl_lane *lane)
{
    for (struct pl_spill *spill = lane->spills, *next; spill != NULL; spill = next) {
        next = spill->next;
        spill_free(spill);
    }
    free(lane->free_slots);
    pl_lane_file_close(&lane->file);
    (void)pthread_mutex_destroy(&lane->mutex);
}

/* Whether an entry of `size` fits into the ring behind what the keeper has not taken yet. */
static bool ring_has_room(struct pl_lane *lane, uint64_t size)
{
    const uint64_t at = pl_area_fit(&lane->file.area, lane->next, size);

    if (at == UINT64_MAX)
        return false;
    if (at + size - lane->head_known <= lane->file.area.size)
        return true;
    lane->head_known = atomic_load_explicit(&lane->head, memory_order_acquire);
    return at + size - lane->head_known <= lane->file.area.size;
}

/* Everything before was taken: the ring may be used again. */
static bool is_caught_up(const struct pl_lane *lane)
{
    return atomic_load_explicit(&lane->head, memory_order_acquire) == lane->next &&
           atomic_load_explicit(&lane->spill->head, memory_order_acquire) ==
               atomic_load_explicit(&lane->spill->tail, memory_order_relaxed);
}

/* A spill file is full or not needed any more. */
static void close_spill(struct pl_lane *lane)
{
    (void)pthread_mutex_lock(&lane->mutex);
    lane->spill->closed = true;
    (void)pthread_mutex_unlock(&lane->mutex);
    lane->spill = NULL;
}

static void add_spill(struct pl_lane *lane, struct pl_spill *spill)
{
    struct pl_spill **last = &lane->spills;

    (void)pthread_mutex_lock(&lane->mutex);
    while (*last != NULL)
        last = &(*last)->next;
    *last = spill;
    atomic_store(&lane->has_spills, true); /* as lane->tail */
    (void)pthread_mutex_unlock(&lane->mutex);
    lane->spill = spill;
}

/* Makes the next spill file, within the bound of all. What failed is tried again once the keeper has
   tried to make room. */
static bool make_spill(struct pl_lane *lane, uint64_t size)
{
    struct pl_lane_header header = lane->file.header;
    struct pl_spill *spill;

    header.number = lane->spills_count + 1;
    header.slots = 0;
    header.size = size > header.size ? (size + 4095) / 4096 * 4096 : header.size;
    if (lane->spill_failed && lane->round == atomic_load(&lane->spool->rounds))
        return false;
    lane->round = atomic_load(&lane->spool->rounds);
    lane->spill_failed = true;
    if (!pl_spool_reserve(lane->spool, header.size))
        return false;
    spill = calloc(1, sizeof *spill);
    if (spill == NULL ||
        pl_lane_file_make(&spill->file, lane->folder, &header, false, NULL) != PL_OK) {
        pl_spool_unreserve(lane->spool, header.size);
        free(spill);
        return false;
    }
    lane->spill_failed = false;
    if (lane->spill != NULL)
        close_spill(lane);
    lane->spills_count++;
    atomic_store(&spill->tail, header.size);
    atomic_store(&spill->head, header.size);
    add_spill(lane, spill);
    return true;
}

static bool spill_has_room(const struct pl_lane *lane, uint64_t size)
{
    const uint64_t place = atomic_load_explicit(&lane->spill->tail, memory_order_relaxed);

    return pl_area_fit(&lane->spill->file.area, place, size) != UINT64_MAX;
}

/* Whether an entry of `size` has a place, be it in a file made for it. */
static bool make_room(struct pl_lane *lane, uint64_t size)
{
    if (lane->spill != NULL && is_caught_up(lane))
        close_spill(lane);
    if (lane->spill == NULL && ring_has_room(lane, size))
        return true;
    if (lane->spill != NULL && spill_has_room(lane, size))
        return true;
    return make_spill(lane, size);
}

static bool put(struct pl_lane *lane, const struct pl_entry *entry)
{
    const uint64_t size = pl_entry_size(entry->kind, entry->body.len);

    lane->full = !make_room(lane, size);
    if (lane->full)
        return false;
    if (lane->spill != NULL) {
        const uint64_t place = atomic_load_explicit(&lane->spill->tail, memory_order_relaxed);

        atomic_store(&lane->spill->tail, pl_area_write(&lane->spill->file.area, place, entry));
        return true;
    }
    lane->next = pl_area_write(&lane->file.area, lane->next, entry);
    atomic_store(&lane->tail, lane->next); /* in one order with the look at pl_spool.asleep */
    return true;
}

/* After an entry found no room, nothing is begun before there is some again. */
static bool is_full(struct pl_lane *lane)
{
    const uint64_t quarter = lane->file.area.size / 4;

    if (lane->full)
        lane->full = !make_room(lane, quarter < ROOM_SIZE_BYTES ? quarter : ROOM_SIZE_BYTES);
    return lane->full;
}

/* A slot that was used before, else the next one; false when all are in use. */
static bool take_slot(struct pl_lane *lane, uint32_t *ret_index)
{
    if (lane->free_slots_count > 0)
        *ret_index = lane->free_slots[--lane->free_slots_count];
    else if (lane->slots_used < lane->file.header.slots)
        *ret_index = lane->slots_used++;
    else
        return false;
    return true;
}

uint64_t pl_lane_begin(struct pl_lane *lane, uint64_t time_ms, struct pl_str facts)
{
    uint32_t index;
    uint64_t number;

    if (facts.len > PL_LANE_FACTS_SIZE_BYTES_MAX || is_full(lane) || !take_slot(lane, &index)) {
        count(&lane->no_room);
        return 0;
    }
    number = ++lane->begins * PL_LANE_SLOTS_MAX + index;
    pl_lane_slot_write(&lane->file, number, time_ms, facts);
    count(&lane->begun);
    return number;
}

/* Takes a decision off the table. */
static void end_slot(struct pl_lane *lane, uint64_t begun)
{
    const uint32_t index = (uint32_t)(begun % PL_LANE_SLOTS_MAX);

    assert(index < lane->slots_used && lane->free_slots_count < lane->slots_used);
    pl_lane_slot_end(&lane->file, begun);
    lane->free_slots[lane->free_slots_count++] = index;
}

bool pl_lane_end(struct pl_lane *lane, uint64_t begun, const char *kind, uint64_t time_ms,
                 struct pl_str body)
{
    const struct pl_entry entry = {.begun = begun, .time_ms = time_ms, .kind = kind, .body = body};
    bool done;

    assert(pl_format_is_kind(pl_str_of(kind)));
    done = body.len <= PL_SPOOL_BODY_SIZE_BYTES_MAX && put(lane, &entry);
    if (begun != 0) {
        end_slot(lane, begun);
        count(done ? &lane->ended : &lane->dropped);
    }
    count(done ? &lane->put : &lane->no_room);
    if (done)
        pl_spool_wake(lane->spool);
    return done;
}

/* Goes on from `place` in one area; false when the visitor has had enough. */
static bool walk_area(struct pl_lane *lane, const struct pl_area *area, uint64_t *place,
                      uint64_t until, const struct pl_lane_walk *walk)
{
    struct pl_entry entry;
    uint64_t next = 0;

    while (*place < until) {
        const bool whole = pl_area_read(area, *place, &entry, &next);

        assert(whole); /* it was published */
        if (!walk->visit(lane, &entry, walk->context))
            return false;
        *place = next;
    }
    return true;
}

/* The spill files as they are now; the list's shape is the keeper's to change, its end is not. */
static struct pl_spill *next_spill(struct pl_lane *lane, const struct pl_spill *spill)
{
    struct pl_spill *next;

    (void)pthread_mutex_lock(&lane->mutex);
    next = spill == NULL ? lane->spills : spill->next;
    (void)pthread_mutex_unlock(&lane->mutex);
    return next;
}

static uint64_t spill_until(const struct pl_spill *spill, const struct pl_cursor *until)
{
    const uint64_t tail = atomic_load_explicit(&spill->tail, memory_order_acquire);

    return until != NULL && spill->file.header.number == until->spill ? until->spill_place : tail;
}

/*
 * The spill file to go on with after `spill`: itself, when something was put in before the next one
 * was begun, else the next.
 */
static struct pl_spill *spill_after(struct pl_lane *lane, struct pl_spill *spill,
                                    const struct pl_cursor *cursor)
{
    struct pl_spill *next = next_spill(lane, spill);

    if (next != NULL && cursor->spill == spill->file.header.number &&
        cursor->spill_place < atomic_load_explicit(&spill->tail, memory_order_acquire))
        return spill;
    return next;
}

static void walk_spills(struct pl_lane *lane, const struct pl_lane_walk *walk,
                        struct pl_cursor *cursor)
{
    for (struct pl_spill *spill = next_spill(lane, NULL); spill != NULL;
         spill = spill_after(lane, spill, cursor)) {
        const uint64_t number = spill->file.header.number;
        const uint64_t end = spill_until(spill, walk->until);

        if (number < cursor->spill)
            continue;
        if (walk->until != NULL && number > walk->until->spill)
            return;
        if (number > cursor->spill) {
            cursor->spill = number;
            cursor->spill_place = spill->file.area.size;
        }
        if (!walk_area(lane, &spill->file.area, &cursor->spill_place, end, walk))
            return;
        if (walk->until != NULL && number == walk->until->spill)
            return;
    }
}

void pl_lane_walk(struct pl_lane *lane, const struct pl_lane_walk *walk, struct pl_cursor *ret_end)
{
    struct pl_cursor cursor = lane->at;
    const uint64_t until = walk->until != NULL
                               ? walk->until->ring
                               : atomic_load_explicit(&lane->tail, memory_order_acquire);

    if (walk_area(lane, &lane->file.area, &cursor.ring, until, walk) &&
        atomic_load_explicit(&lane->has_spills, memory_order_acquire))
        walk_spills(lane, walk, &cursor);
    *ret_end = cursor;
}

bool pl_lane_has_more(struct pl_lane *lane)
{
    if (atomic_load(&lane->tail) > lane->at.ring)
        return true;
    if (!atomic_load(&lane->has_spills))
        return false;
    for (struct pl_spill *spill = next_spill(lane, NULL); spill != NULL;
         spill = next_spill(lane, spill))
        if (atomic_load(&spill->tail) > atomic_load_explicit(&spill->head, memory_order_relaxed))
            return true;
    return false;
}

/* What is taken of this spill file, now that lane->at was moved on. */
static uint64_t spill_taken(const struct pl_lane *lane, const struct pl_spill *spill)
{
    if (spill->file.header.number < lane->at.spill)
        return atomic_load_explicit(&spill->tail, memory_order_relaxed);
    if (spill->file.header.number == lane->at.spill)
        return lane->at.spill_place;
    return spill->file.area.size;
}

static void remove_spill(struct pl_lane *lane, struct pl_spill *spill)
{
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/%s", lane->folder, spill->file.name);
    (void)unlink(path);
    pl_spool_unreserve(lane->spool, spill->file.header.size);
    spill_free(spill);
}

/* The oldest spill file, taken off the list when it is closed and everything in it is taken. */
static struct pl_spill *take_done(struct pl_lane *lane)
{
    struct pl_spill *spill;

    (void)pthread_mutex_lock(&lane->mutex);
    spill = lane->spills;
    if (spill != NULL &&
        (!spill->closed || atomic_load_explicit(&spill->head, memory_order_relaxed) !=
                               atomic_load_explicit(&spill->tail, memory_order_relaxed)))
        spill = NULL;
    if (spill != NULL)
        lane->spills = spill->next;
    atomic_store_explicit(&lane->has_spills, lane->spills != NULL, memory_order_release);
    (void)pthread_mutex_unlock(&lane->mutex);
    return spill;
}

void pl_lane_release(struct pl_lane *lane)
{
    atomic_store_explicit(&lane->head, lane->at.ring, memory_order_release);
    if (!atomic_load_explicit(&lane->has_spills, memory_order_acquire))
        return;
    for (struct pl_spill *spill = next_spill(lane, NULL); spill != NULL;
         spill = next_spill(lane, spill))
        atomic_store_explicit(&spill->head, spill_taken(lane, spill), memory_order_release);
    for (struct pl_spill *spill; (spill = take_done(lane)) != NULL;)
        remove_spill(lane, spill);
}

/* Only a hint: an older system does not know it, and the producer's own faults do then. */
static void populate(const struct pl_lane_file *file, const char *from, size_t size)
{
    const size_t start = (size_t)(from - file->map) / PAGE_SIZE * PAGE_SIZE;
    const size_t end = (size_t)(from - file->map) + size;

    (void)madvise(file->map + start, end - start, MADV_POPULATE_WRITE);
}

void pl_lane_warm(struct pl_lane *lane)
{
    const struct pl_area *area = &lane->file.area;
    const uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
    const uint64_t from = lane->warm > tail ? lane->warm : tail;
    const uint64_t lap_end = (from / area->size + 1) * area->size;
    const uint64_t to = tail + WARM_SIZE_BYTES < lap_end ? tail + WARM_SIZE_BYTES : lap_end;

    if (tail == area->size || from >= tail + WARM_SIZE_BYTES / 2)
        return; /* never used, or far enough */
    populate(&lane->file, area->bytes + from % area->size, (size_t)(to - from));
    lane->warm = to;
}

void pl_lane_rest(struct pl_lane *lane)
{
    if (atomic_load_explicit(&lane->tail, memory_order_relaxed) != lane->file.area.size)
        (void)madvise(lane->file.map, lane->file.map_size, MADV_DONTNEED); /* a hint too */
    lane->warm = 0;
}
