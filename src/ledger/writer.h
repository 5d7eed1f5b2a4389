/* The writer's state, shared by open.c, which sets it up, and writer.c, which uses it. */
#ifndef PL_LEDGER_WRITER_H
#define PL_LEDGER_WRITER_H

#include "ledger/chain.h"
#include "ledger/folder.h"

struct pl_ledger_writer {
    struct pl_folder folder;
    int lock_fd;
    int segment_fd; /* -1 while there is no segment */
    struct pl_seal_key key;
    struct pl_chain chain;      /* up to the last block */
    struct pl_format_head head; /* the same, as the head file says */
    uint64_t segment_size_bytes_max;
    bool suspended; /* the lock is given up */
    bool failed;    /* a write failed: the disk is not to be trusted until the next open */

    /*
     * The block being built: a header for the segment after the head's, which is left out when the
     * block goes into the head's own segment, then record lines. There is always room for the seal.
     */
    size_t block_size_bytes;
    size_t header_size_bytes;
    uint64_t block_records;
    char block[PL_LEDGER_BLOCK_SIZE_BYTES_MAX];
};

/* Empties the block being built. */
void pl_ledger_writer_begin_block(struct pl_ledger_writer *writer);

#endif
