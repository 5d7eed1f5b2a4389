/*
 * The ledger: an append-only chain of records in segment files, sealed block by block and signed.
 * The byte layout, what makes it valid and what a crash leaves stand at the top of format.c.
 *
 * A folder holds `segment-000001.jsonl` and on, `head` (the last seal), `key` (the signing seed,
 * mode 0600), `key.pub` and `lock`. One process writes at a time; any number may read.
 */
#ifndef PL_LEDGER_LEDGER_H
#define PL_LEDGER_LEDGER_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"

#define PL_LEDGER_FOLDER                 ".plimsoll/ledger" /* beside the line */
#define PL_LEDGER_HASH_SIZE              32
#define PL_LEDGER_HASH_TEXT_SIZE         65 /* lower-case hex and NUL */
#define PL_LEDGER_RECORD_SIZE_BYTES_MAX  ((size_t)1 << 20)
#define PL_LEDGER_BLOCK_SIZE_BYTES_MAX   ((size_t)8 << 20)
#define PL_LEDGER_SEGMENT_SIZE_BYTES_MAX ((size_t)256 << 20)

/* BLAKE2b-256 of bytes, and of a whole file, as lower-case hex. */
void pl_hash_bytes(struct pl_str bytes, char ret_hex[PL_LEDGER_HASH_TEXT_SIZE]);
PL_MUST_CHECK enum pl_status pl_hash_file(const char *path, char ret_hex[PL_LEDGER_HASH_TEXT_SIZE],
                                          struct pl_error *error);

/* Where the chain ends. `block` counts from 1; 0 is an empty ledger with a hash of zeros. */
struct pl_ledger_head {
    uint64_t block;
    uint64_t records; /* in the whole chain */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
};

struct pl_ledger_options {
    size_t segment_size_bytes_max; /* 0: PL_LEDGER_SEGMENT_SIZE_BYTES_MAX */
    uint32_t lock_wait_ms;         /* how long to wait for another writer; 0: do not */
};

struct pl_ledger_writer;

/*
 * Opens for writing, making folder, key and lock where they are missing. Takes the lock or returns
 * PL_E_BUSY (naming the process that holds it, when known). A block that a crash left unsealed, or
 * a head one block behind, is repaired; anything else that does not verify at the tail is
 * PL_E_CORRUPT and nothing is written.
 */
PL_MUST_CHECK enum pl_status pl_ledger_open(const char *folder,
                                            const struct pl_ledger_options *options,
                                            struct pl_ledger_writer **ret_writer,
                                            struct pl_error *error);

/*
 * Adds one record to the block being built. `kind` is a lower-case word ("verdict"); `body` is one
 * JSON object on one line. Not on disk until pl_ledger_commit. A block that is full is committed
 * first. `time_ms` is Unix time in milliseconds.
 */
PL_MUST_CHECK enum pl_status pl_ledger_append(struct pl_ledger_writer *writer, const char *kind,
                                              uint64_t time_ms, struct pl_str body,
                                              struct pl_error *error);

/*
 * Seals and signs the block, writes it and makes it durable (fdatasync of the segment, then the
 * head replaced and synced). When it returns PL_OK the records survive kill -9 and power loss.
 * After a failure the writer refuses everything but close, and the file holds no half of the block
 * that a later open would take for valid. `ret_head` (may be NULL) is the new end of the chain.
 */
PL_MUST_CHECK enum pl_status pl_ledger_commit(struct pl_ledger_writer *writer,
                                              struct pl_ledger_head *ret_head,
                                              struct pl_error *error);

/*
 * Signs a text with the key of the ledger, and says the public key; both as lower-case hex. A text that
 * begins with "plimsoll-ledger" is the chain's own, and a programmer's error here.
 */
void pl_ledger_sign(const struct pl_ledger_writer *writer, struct pl_str statement,
                    char ret_signature[129], char ret_public_key[65]);

/*
 * Lets other processes write while this one has nothing to commit: the lock is given up, and nothing
 * may be appended until it is taken again. The block being built must be empty.
 */
void pl_ledger_suspend(struct pl_ledger_writer *writer);

/*
 * Takes the lock again and finds out where the chain ends now, which costs little when nobody else has
 * written. PL_E_BUSY leaves it suspended; after any other failure only close is allowed. A writer
 * whose commit failed is made whole by suspending and resuming it, as by opening it again.
 */
PL_MUST_CHECK enum pl_status pl_ledger_resume(struct pl_ledger_writer *writer,
                                              uint32_t lock_wait_ms, struct pl_error *error);

/* A place in the chain: behind a block, or before the first (all 0, a hash of zeros). */
struct pl_ledger_place {
    uint64_t block;
    uint64_t records; /* up to it */
    uint64_t segment;
    uint64_t offset;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
};

/* The end of the chain, as this writer knows it. */
void pl_ledger_end(const struct pl_ledger_writer *writer, struct pl_ledger_place *ret_place);

/* Drops what was not committed, releases the lock, frees. NULL is allowed. */
void pl_ledger_close(struct pl_ledger_writer *writer);

/* The end of the chain as the head file says; an empty ledger when the folder does not exist. */
PL_MUST_CHECK enum pl_status
pl_ledger_read_head(const char *folder, struct pl_ledger_head *ret_head, struct pl_error *error);

/* One record as read: views into the reader's buffer, valid until the next call. */
struct pl_ledger_record {
    uint64_t block;
    uint64_t sequence; /* of the record in the chain, from 1 */
    uint64_t time_ms;
    struct pl_str kind;
    struct pl_str body; /* the JSON object */
    struct pl_str line; /* the whole line, without its newline */
};

/* Called for each record in order; returning another status than PL_OK stops and is passed on. */
typedef enum pl_status (*pl_ledger_visit)(const struct pl_ledger_record *record, void *context,
                                          struct pl_error *error);

struct pl_ledger_check {
    uint64_t blocks;
    uint64_t records;
    uint64_t segments;
    char hash[PL_LEDGER_HASH_TEXT_SIZE]; /* of the last good block */
    bool unsealed_tail; /* bytes after the last seal: an interrupted write that was never
                           acknowledged */
    uint64_t bad_block; /* 0: the chain holds */
    char problem[PL_ERROR_MESSAGE_SIZE]; /* what is wrong with it, and where */
};

/*
 * Reads the whole chain, checks every hash, signature, number and the head, and calls `visit` (may
 * be NULL) for each record of a block once that block is good. A chain that does not hold is not an
 * error of this call: PL_OK, with `bad_block` and `problem` set. `public_key_hex` (may be NULL) is
 * the key to demand instead of the folder's own `key.pub`.
 */
PL_MUST_CHECK enum pl_status pl_ledger_verify(const char *folder, const char *public_key_hex,
                                              pl_ledger_visit visit, void *context,
                                              struct pl_ledger_check *ret_check,
                                              struct pl_error *error);

/*
 * Reads the chain from a place on and calls `visit` for each record behind it, every block checked
 * first. Nobody may write meanwhile: the caller holds the lock. PL_E_NOT_FOUND when this ledger does
 * not have that place, before any visit; PL_E_CORRUPT when a block does not hold.
 */
PL_MUST_CHECK enum pl_status pl_ledger_visit_since(const char *folder,
                                                   const struct pl_ledger_place *place,
                                                   pl_ledger_visit visit, void *context,
                                                   struct pl_error *error);

#endif
