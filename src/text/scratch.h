/*
 * Working memory of the text metrics: one for each thread, made once and used for text after text.
 * Blocks stay reserved between texts, so that a long run asks the machine for memory a few times
 * only. Nothing that a metric returns lives in it.
 */
#ifndef PL_TEXT_SCRATCH_H
#define PL_TEXT_SCRATCH_H

#include "base/error.h"
#include "base/str.h"

/* What callers take unless they have a reason: longer outputs are an error of their case. */
#define PL_TEXT_BYTES_MAX ((size_t)1 << 20)

struct pl_text_block;

/* A hash table that is emptied by raising its round; see text/table.h. */
struct pl_text_slot {
    uint64_t key;
    uint32_t round;
    uint32_t value;
};

struct pl_text_scratch {
    size_t text_bytes_max; /* one text may have that many */
    size_t size_bytes_max; /* all blocks together; follows from text_bytes_max */
    size_t size_bytes;
    struct pl_text_block *first;
    struct pl_text_block *current;
    struct pl_text_slot *slots;
    size_t slots_count; /* a power of two, or 0 */
    uint32_t round;
};

/* In place; reserves nothing yet. `text_bytes_max` bounds each text, and through it the memory. */
void pl_text_scratch_init(struct pl_text_scratch *scratch, size_t text_bytes_max);
void pl_text_scratch_deinit(struct pl_text_scratch *scratch);

/* Everything given out is void; the memory stays. The metrics do this themselves. */
void pl_text_scratch_reset(struct pl_text_scratch *scratch);

/* Memory that is NOT zeroed, aligned for any type, until the next reset; NULL past the maximum. */
void *pl_text_scratch_alloc(struct pl_text_scratch *scratch, size_t count, size_t item_size_bytes);

/* PL_E_LIMIT with a message, when a text is longer than text_bytes_max. */
PL_MUST_CHECK enum pl_status pl_text_scratch_check(const struct pl_text_scratch *scratch,
                                                   struct pl_str text, struct pl_error *error);

/* The error for an allocation that returned NULL: PL_E_LIMIT at the maximum, else PL_E_MEMORY. */
enum pl_status pl_text_scratch_error(const struct pl_text_scratch *scratch, struct pl_error *error);

#endif
