/*
 * Checking a chain, block after block, from bytes in memory. Nothing is read or allocated here, so
 * that the reader, the repair at open and the fuzz target check with the same code.
 */
#ifndef PL_LEDGER_CHAIN_H
#define PL_LEDGER_CHAIN_H

#include "ledger/format.h"
#include "ledger/seal.h"

/* How far the chain has been found good. One thread at a time. */
struct pl_chain {
    unsigned char public_key[PL_SEAL_PUBLIC_KEY_SIZE];
    uint64_t block;   /* the last good one; 0: none */
    uint64_t records; /* up to and in it */
    unsigned char hash[PL_LEDGER_HASH_SIZE];
    char hash_text[PL_LEDGER_HASH_TEXT_SIZE];
};

/* A chain of no block, under a key. */
void pl_chain_init(struct pl_chain *chain, const unsigned char public_key[PL_SEAL_PUBLIC_KEY_SIZE]);

/* The length of the first block of `bytes`, its seal line included; 0 when no seal line ends there.
 */
size_t pl_chain_block_size(struct pl_str bytes);

/*
 * Takes one whole block, as pl_chain_block_size measures it. `segment` is the number of the segment
 * that begins with this block, or 0 when the block is not the first of its segment. When it is not
 * valid the chain stays as it was and `ret_problem` says what is wrong.
 */
bool pl_chain_take(struct pl_chain *chain, struct pl_str block, uint64_t segment,
                   char ret_problem[PL_ERROR_MESSAGE_SIZE]);

/* Calls `visit` for each record of a block that pl_chain_take has just found good. */
PL_MUST_CHECK enum pl_status pl_chain_visit(const struct pl_chain *chain, struct pl_str block,
                                            pl_ledger_visit visit, void *context,
                                            struct pl_error *error);

/* True when a seal line with a valid signature stands anywhere in `bytes`. */
bool pl_chain_has_signed_seal(const struct pl_chain *chain, struct pl_str bytes);

bool pl_chain_is_signed_head(const struct pl_chain *chain, const struct pl_format_head *head);

#endif
