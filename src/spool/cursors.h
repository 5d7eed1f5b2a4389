/*
 * How far each lane is in the ledger, in a mapped file that holds two copies and changes as one. The
 * layout stands at the top of spool.c. One thread at a time: the keeper.
 */
#ifndef PL_SPOOL_CURSORS_H
#define PL_SPOOL_CURSORS_H

#include "ledger/ledger.h"
#include "spool/lane.h"

#define PL_CURSORS_BOOT_SIZE 40

struct pl_cursors_copy {
    char magic[16];
    uint64_t sequence; /* the larger of two whole copies counts */
    uint64_t run;
    char boot[PL_CURSORS_BOOT_SIZE]; /* of the system; another one after a loss of power */
    struct pl_spool_place noted;     /* what is before the cursors is in the ledger up to here */
    struct pl_spool_place synced;    /* the lanes' files are on the disk as of here, or newer */
    uint64_t lanes_count;
    struct pl_cursor lanes[PL_SPOOL_LANES_MAX];
    uint64_t checksum;
};

struct pl_cursors {
    int fd;
    char *map;
    struct pl_cursors_copy now; /* change it, then publish */
};

/* Replaces the file by one that says `now`, durably, and maps it. */
PL_MUST_CHECK enum pl_status pl_cursors_make(struct pl_cursors *cursors, const char *folder,
                                             struct pl_error *error);
void pl_cursors_close(struct pl_cursors *cursors);

void pl_cursors_publish(struct pl_cursors *cursors);

/* Makes what was published durable. */
PL_MUST_CHECK enum pl_status pl_cursors_sync(const struct pl_cursors *cursors,
                                             struct pl_error *error);

/* What an earlier process left; false when there is no whole copy. */
PL_MUST_CHECK enum pl_status pl_cursors_read(const char *folder, struct pl_cursors_copy *ret_copy,
                                             bool *ret_found, struct pl_error *error);

/* The number of this start of the system; empty when it does not say. */
void pl_cursors_boot(char ret_boot[PL_CURSORS_BOOT_SIZE]);

void pl_spool_place_set(struct pl_spool_place *place, const struct pl_ledger_place *ledger_place);
struct pl_ledger_place pl_spool_place_get(const struct pl_spool_place *place);

#endif
