/*
 * Entries: a header whose first word, the entry's own place, is stored last. Bytes of an earlier lap
 * carry a smaller place, bytes half written fail the checksum; both are read as "no entry".
 */
#include "spool/entry.h"

#include "ledger/format.h"
#include "ledger/ledger.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

enum { TYPE_RECORD = 1, TYPE_FILLER = 2 };

struct header {
    _Atomic uint64_t place;
    uint64_t checksum; /* of the fields below and what follows the header */
    uint64_t begun;
    uint64_t time_ms;
    uint32_t body_size;
    uint16_t kind_size; /* its NUL included */
    uint16_t type;
};

static_assert(sizeof(struct header) == PL_ENTRY_HEADER_SIZE, "header");
static_assert(sizeof(_Atomic uint64_t) == 8, "atomics of 8 bytes");

#define CHECKED_FROM offsetof(struct header, begun)

__extension__ typedef unsigned __int128 wide;

/* Odd constants without a pattern: digits of pi. */
#define KEY_1 0x243f6a8885a308d3u
#define KEY_2 0x13198a2e03707345u
#define KEY_3 0xa4093822299f31d1u

static uint64_t mix(uint64_t a, uint64_t b)
{
    const wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const char *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Sixteen bytes at a time, multiplied to 128 bits and folded, as wyhash does (Wang Yi, 2019). */
uint64_t pl_entry_checksum(uint64_t salt, struct pl_str bytes)
{
    const uint64_t key = mix(salt ^ KEY_1, KEY_2);
    uint64_t hash = salt ^ bytes.len;
    char last[16] = {0};

    for (; bytes.len > 16; bytes.ptr += 16, bytes.len -= 16)
        hash = mix(load(bytes.ptr) ^ key, load(bytes.ptr + 8) ^ hash);
    if (bytes.len > 0)
        memcpy(last, bytes.ptr, bytes.len);
    hash = mix(load(last) ^ key, load(last + 8) ^ hash);
    return mix(hash ^ KEY_3, KEY_2);
}

uint64_t pl_entry_salt(uint64_t run, uint64_t index, uint64_t number)
{
    return mix(mix(run ^ KEY_1, index ^ KEY_2) ^ number, KEY_3);
}

static uint64_t aligned(uint64_t size)
{
    return (size + PL_ENTRY_ALIGN - 1) / PL_ENTRY_ALIGN * PL_ENTRY_ALIGN;
}

uint64_t pl_entry_size(const char *kind, size_t body_size_bytes)
{
    return aligned(PL_ENTRY_HEADER_SIZE + strlen(kind) + 1 + body_size_bytes);
}

static uint64_t offset_of(const struct pl_area *area, uint64_t place)
{
    return area->wraps ? place & (area->size - 1) : place - area->size;
}

uint64_t pl_area_fit(const struct pl_area *area, uint64_t place, uint64_t size)
{
    const uint64_t room = area->size - offset_of(area, place);

    if (size <= room)
        return place;
    return area->wraps && size <= area->size ? place + room : UINT64_MAX;
}

/* The checksum covers the place too, through the salt. */
static uint64_t checksum_at(const struct pl_area *area, uint64_t place, const struct header *header)
{
    const struct pl_str bytes = {(const char *)header + CHECKED_FROM,
                                 PL_ENTRY_HEADER_SIZE - CHECKED_FROM + header->kind_size +
                                     (header->type == TYPE_FILLER ? 0 : header->body_size)};

    return pl_entry_checksum(area->salt ^ place, bytes);
}

static struct header *header_at(const struct pl_area *area, uint64_t place)
{
    return (struct header *)(void *)(area->bytes + offset_of(area, place));
}

static void publish(const struct pl_area *area, uint64_t place, struct header *header)
{
    header->checksum = checksum_at(area, place, header);
    atomic_store_explicit(&header->place, place, memory_order_release);
}

/* The rest of the ring, up to its end, where an entry does not fit. */
static void write_filler(const struct pl_area *area, uint64_t place, uint64_t size)
{
    struct header *header = header_at(area, place);

    header->begun = header->time_ms = 0;
    header->body_size = (uint32_t)(size - PL_ENTRY_HEADER_SIZE);
    header->kind_size = 0;
    header->type = TYPE_FILLER;
    publish(area, place, header);
}

uint64_t pl_area_write(const struct pl_area *area, uint64_t place, const struct pl_entry *entry)
{
    const uint64_t size = pl_entry_size(entry->kind, entry->body.len);
    const uint64_t at = pl_area_fit(area, place, size);
    struct header *header;

    assert(at != UINT64_MAX);
    if (at - place >= PL_ENTRY_HEADER_SIZE)
        write_filler(area, place, at - place);
    header = header_at(area, at);
    header->begun = entry->begun;
    header->time_ms = entry->time_ms;
    header->body_size = (uint32_t)entry->body.len;
    header->kind_size = (uint16_t)(strlen(entry->kind) + 1);
    header->type = TYPE_RECORD;

    char *bytes = (char *)(header + 1);

    memcpy(bytes, entry->kind, header->kind_size);
    memcpy(bytes + header->kind_size, entry->body.ptr, entry->body.len);
    publish(area, at, header);
    return at + size;
}

/* Whether what stands in the header can be true, before any of it is followed. */
static bool has_room(const struct header *header, uint64_t room)
{
    const uint64_t size = (uint64_t)PL_ENTRY_HEADER_SIZE + header->kind_size + header->body_size;

    if (header->type == TYPE_FILLER)
        return header->kind_size == 0 && size == room;
    return header->type == TYPE_RECORD && size <= room && header->kind_size >= 2 &&
           header->kind_size <= PL_FORMAT_KIND_LENGTH_MAX + 1 &&
           header->body_size < PL_LEDGER_RECORD_SIZE_BYTES_MAX;
}

/* The header at `place`, when what it begins is whole. */
static const struct header *whole_at(const struct pl_area *area, uint64_t place)
{
    const uint64_t room = area->size - offset_of(area, place);
    const struct header *header = header_at(area, place);

    if (room < PL_ENTRY_HEADER_SIZE ||
        atomic_load_explicit(&header->place, memory_order_acquire) != place ||
        !has_room(header, room) || header->checksum != checksum_at(area, place, header))
        return NULL;
    return header;
}

/* Past the bytes at the end of the ring that no entry was to begin in. */
static uint64_t skip_end(const struct pl_area *area, uint64_t place)
{
    const uint64_t room = area->size - offset_of(area, place);

    return area->wraps && room < PL_ENTRY_HEADER_SIZE ? place + room : place;
}

static bool is_in_area(const struct pl_area *area, uint64_t place)
{
    return place >= area->size && place % PL_ENTRY_ALIGN == 0 &&
           (area->wraps ? place < UINT64_MAX / 2 : place < 2 * area->size);
}

bool pl_area_read(const struct pl_area *area, uint64_t place, struct pl_entry *ret_entry,
                  uint64_t *ret_next)
{
    const struct header *header;

    if (!is_in_area(area, place))
        return false;
    place = skip_end(area, place);
    header = whole_at(area, place);
    if (header != NULL && header->type == TYPE_FILLER) {
        if (!area->wraps)
            return false;
        place += area->size - offset_of(area, place);
        header = whole_at(area, place);
    }
    if (header == NULL || header->type != TYPE_RECORD)
        return false;

    const char *bytes = (const char *)(header + 1);

    if (memchr(bytes, '\0', header->kind_size) != bytes + header->kind_size - 1)
        return false;
    *ret_entry = (struct pl_entry){
        .begun = header->begun,
        .time_ms = header->time_ms,
        .kind = bytes,
        .body = {bytes + header->kind_size, header->body_size},
    };
    *ret_next =
        place + aligned((uint64_t)PL_ENTRY_HEADER_SIZE + header->kind_size + header->body_size);
    return true;
}
