/*
 * Entries of a lane in memory: writing one so that it is there whole or not at all, and reading what
 * a process left. The layout stands at the top of spool.c. Pure functions over given bytes; an area
 * has one writer, and readers see what it published.
 */
#ifndef PL_SPOOL_ENTRY_H
#define PL_SPOOL_ENTRY_H

#include "base/str.h"

#define PL_ENTRY_HEADER_SIZE 40
#define PL_ENTRY_ALIGN       16

/* Bytes that hold entries: a ring, whose size is a power of two, or a spill file, which ends. */
struct pl_area {
    char *bytes;   /* aligned to PL_ENTRY_ALIGN */
    uint64_t size; /* a multiple of it; the first place is `size` too */
    uint64_t salt;
    bool wraps;
};

struct pl_entry {
    uint64_t begun; /* the decision that it ends, or 0 */
    uint64_t time_ms;
    const char *kind; /* NUL-terminated */
    struct pl_str body;
};

/* How many bytes an entry takes. */
uint64_t pl_entry_size(const char *kind, size_t body_size_bytes);

/*
 * Where an entry of `size` would begin when the next free place is `place`: there, or past the end of
 * the ring. UINT64_MAX: the area that does not wrap has no room for it.
 */
uint64_t pl_area_fit(const struct pl_area *area, uint64_t place, uint64_t size);

/* Writes an entry that begins at or after `place`, as pl_area_fit says; returns the next place. */
uint64_t pl_area_write(const struct pl_area *area, uint64_t place, const struct pl_entry *entry);

/*
 * Reads the entry at `place`. False where there is none that is whole. The views point into the
 * area. `ret_next` is the place after it.
 */
bool pl_area_read(const struct pl_area *area, uint64_t place, struct pl_entry *ret_entry,
                  uint64_t *ret_next);

/* The checksum of bytes under a salt: 64 bits, fast, not for secrets. */
uint64_t pl_entry_checksum(uint64_t salt, struct pl_str bytes);

/* The salt of one file of a run, from the run's random number. */
uint64_t pl_entry_salt(uint64_t run, uint64_t index, uint64_t number);

#endif
