/*
 * One lane: a mapped file with the table of open decisions and the ring, and its spill files. One
 * thread puts (the producer), one takes out (the keeper); a mutex guards only the list of spill files.
 */
#ifndef PL_SPOOL_LANE_H
#define PL_SPOOL_LANE_H

#include "spool/entry.h"
#include "spool/spool.h"

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#define PL_LANE_FACTS_SIZE_BYTES_MAX PL_SPOOL_FACTS_SIZE_BYTES_MAX
#define PL_LANE_HEADER_SIZE          4096
#define PL_LANE_SLOT_SIZE            2112
#define PL_LANE_NAME_SIZE            64

/* A place in the ledger, as it stands in files. */
struct pl_spool_place {
    uint64_t block;
    uint64_t records;
    uint64_t segment;
    uint64_t offset;
    char hash[72];
};

/* The start of each file. */
struct pl_lane_header {
    char magic[16];
    uint64_t run;                  /* random; the files of one run belong together */
    uint32_t index;                /* of the lane */
    uint32_t slots;                /* 0 in a spill file */
    uint64_t number;               /* of the spill file, from 1; 0: the lane itself */
    uint64_t size;                 /* of the area */
    struct pl_spool_place made_at; /* the end of the ledger then: all of this lane comes after it */
    uint64_t checksum;             /* of all before */
};

/* A decision that was begun. */
struct pl_lane_slot {
    _Atomic uint64_t number; /* stored last; 0: free */
    uint64_t checksum;       /* of number, time, size and facts */
    uint64_t time_ms;
    uint32_t size;
    uint32_t zero;
    char facts[PL_LANE_FACTS_SIZE_BYTES_MAX];
    char unused[PL_LANE_SLOT_SIZE - 32 - PL_LANE_FACTS_SIZE_BYTES_MAX];
};

/* A file of a lane, mapped. */
struct pl_lane_file {
    char name[PL_LANE_NAME_SIZE];
    int fd; /* -1 once it is not needed */
    char *map;
    size_t map_size;
    struct pl_lane_header header; /* a copy */
    struct pl_lane_slot *slots;   /* in the map */
    uint64_t slots_salt;
    struct pl_area area;
};

struct pl_spill {
    struct pl_lane_file file;
    _Atomic uint64_t tail; /* the next place; by the producer */
    _Atomic uint64_t head; /* what is before it is in the ledger; by the keeper */
    bool closed;           /* nothing more will be put in; under the lane's mutex */
    struct pl_spill *next; /* the same */
};

/* How far a lane is in the ledger. */
struct pl_cursor {
    uint64_t ring;
    uint64_t spill; /* number of the file */
    uint64_t spill_place;
};

struct pl_lane {
    struct pl_lane_file file;
    const char *folder;
    struct pl_spool *spool;

    /* The producer's own. */
    alignas(64) uint64_t next; /* place */
    uint64_t head_known;
    uint64_t begins; /* so far; part of a decision's number */
    uint64_t spills_count;
    uint32_t *free_slots; /* a stack, so that few pages are touched */
    uint32_t free_slots_count;
    uint32_t slots_used;    /* so far; those behind were never touched */
    struct pl_spill *spill; /* being written to; NULL: the ring is */
    bool full;              /* the last entry found no room */
    bool spill_failed;      /* so did the last spill file, in this round of the keeper: */
    uint64_t round;
    _Atomic uint64_t begun, ended, dropped, no_room, put;

    /* What they tell each other. */
    alignas(64) _Atomic uint64_t tail;
    alignas(64) _Atomic uint64_t head;
    _Atomic uint64_t taken; /* records committed, or refused by the ledger */
    atomic_bool has_spills;
    pthread_mutex_t mutex;
    struct pl_spill *spills; /* oldest first */

    /* The keeper's own. */
    struct pl_cursor at;  /* what is before it is in the ledger */
    struct pl_cursor end; /* of the batch being committed */
    uint64_t warm;        /* the pages of the ring before this place were made ready */
};

/* Makes a file of a lane, its blocks reserved on the disk, and maps it. `durable`: its name and header too. */
PL_MUST_CHECK enum pl_status pl_lane_file_make(struct pl_lane_file *file, const char *folder,
                                               const struct pl_lane_header *header, bool durable,
                                               struct pl_error *error);

/*
 * Maps a file that an earlier process left, to read it; where its end is missing there are zeros.
 * PL_E_CORRUPT when its header is not whole, PL_E_UNSUPPORTED when it is of another version.
 */
PL_MUST_CHECK enum pl_status pl_lane_file_open(struct pl_lane_file *file, const char *folder,
                                               const char *name, struct pl_error *error);
void pl_lane_file_close(struct pl_lane_file *file);

/* Decisions are numbered so that the number says the slot too. */
#define PL_LANE_SLOTS_MAX 65536u

/* Writes the facts into the slot that `number` says. */
void pl_lane_slot_write(const struct pl_lane_file *file, uint64_t number, uint64_t time_ms,
                        struct pl_str facts);

/* The facts in a slot; false when it is free or not whole. */
bool pl_lane_slot_read(const struct pl_lane_file *file, uint32_t index, uint64_t *ret_number,
                       uint64_t *ret_time_ms, struct pl_str *ret_facts);

/* Ends a decision in the table, if it is open still. Any thread. */
void pl_lane_slot_end(const struct pl_lane_file *file, uint64_t number);

PL_MUST_CHECK enum pl_status pl_lane_init(struct pl_lane *lane, const char *folder,
                                          const struct pl_lane_header *header,
                                          struct pl_error *error);
void pl_lane_deinit(struct pl_lane *lane);

/*
 * The keeper's walk: calls `visit` for each entry from lane->at on, until it returns false, and sets
 * `ret_end` to where it ended.
 */
struct pl_lane_walk {
    bool (*visit)(struct pl_lane *lane, const struct pl_entry *entry, void *context);
    void *context;
    const struct pl_cursor *until; /* NULL: to what was put last */
};
void pl_lane_walk(struct pl_lane *lane, const struct pl_lane_walk *walk, struct pl_cursor *ret_end);

/* Whether something was put in that is not behind lane->at. The keeper's. */
bool pl_lane_has_more(struct pl_lane *lane);

/*
 * Makes the pages ready that the producer will write to next: a write to a page that is clean may
 * have to wait for the file system, and it is better that the keeper does. The keeper's.
 */
void pl_lane_warm(struct pl_lane *lane);

/* Takes the lane's pages out of this process's memory until they are needed again. The keeper's. */
void pl_lane_rest(struct pl_lane *lane);

/* Gives what is before lane->at back to the producer; removes spill files that are done with. */
void pl_lane_release(struct pl_lane *lane);

#endif
