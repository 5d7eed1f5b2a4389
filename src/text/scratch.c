/*
 * Working memory as a list of blocks that are kept between texts, each at least twice the one before;
 * a reset only forgets what they hold.
 */
#include "text/scratch.h"

#include <stdalign.h>
#include <stdlib.h>

#define BLOCK_SIZE_MIN ((size_t)64 << 10)

/* Enough for every metric at the longest text, short of the tables of a summary's common words. */
#define SIZE_BYTES_BASE     ((size_t)64 << 20)
#define SIZE_BYTES_PER_BYTE ((size_t)384)

struct pl_text_block {
    struct pl_text_block *next;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void pl_text_scratch_init(struct pl_text_scratch *scratch, size_t text_bytes_max)
{
    *scratch = (struct pl_text_scratch){
        .text_bytes_max = text_bytes_max,
        .size_bytes_max = SIZE_BYTES_BASE + SIZE_BYTES_PER_BYTE * text_bytes_max,
    };
}

void pl_text_scratch_deinit(struct pl_text_scratch *scratch)
{
    struct pl_text_block *block = scratch->first;

    while (block != NULL) {
        struct pl_text_block *next = block->next;

        free(block);
        block = next;
    }
    free(scratch->slots);
    pl_text_scratch_init(scratch, scratch->text_bytes_max);
}

void pl_text_scratch_reset(struct pl_text_scratch *scratch)
{
    for (struct pl_text_block *block = scratch->first; block != NULL; block = block->next)
        block->used = 0;
    scratch->current = scratch->first;
}

/* A new block behind the current one, with room for `wanted`. */
static struct pl_text_block *add_block(struct pl_text_scratch *scratch, size_t wanted)
{
    struct pl_text_block *current = scratch->current;
    const size_t left = scratch->size_bytes_max - scratch->size_bytes;
    size_t size = current == NULL ? BLOCK_SIZE_MIN : current->size * 2;

    size = size < wanted ? wanted : size;
    size = size > left ? left : size;
    if (size < wanted)
        return NULL;

    struct pl_text_block *block = malloc(sizeof *block + size);

    if (block == NULL)
        return NULL;
    *block = (struct pl_text_block){.size = size};
    if (current == NULL) {
        block->next = scratch->first;
        scratch->first = block;
    } else {
        block->next = current->next;
        current->next = block;
    }
    scratch->size_bytes += size;
    return block;
}

void *pl_text_scratch_alloc(struct pl_text_scratch *scratch, size_t count, size_t item_size_bytes)
{
    const size_t step = alignof(max_align_t);

    if (count > SIZE_MAX / 4 / item_size_bytes)
        return NULL;

    const size_t wanted = (count * item_size_bytes + step - 1) / step * step;
    struct pl_text_block *block = scratch->current;

    while (block != NULL && block->size - block->used < wanted && block->next != NULL)
        block = block->next;
    if (block != NULL)
        scratch->current = block;
    if (block == NULL || block->size - block->used < wanted)
        block = add_block(scratch, wanted);
    if (block == NULL)
        return NULL;
    scratch->current = block;

    void *memory = block->bytes + block->used;

    block->used += wanted;
    return memory;
}

enum pl_status pl_text_scratch_check(const struct pl_text_scratch *scratch, struct pl_str text,
                                     struct pl_error *error)
{
    if (text.len <= scratch->text_bytes_max)
        return PL_OK;
    return pl_error_set(error, PL_E_LIMIT,
                        "the text has %zu bytes; a text metric takes %zu at most", text.len,
                        scratch->text_bytes_max);
}

enum pl_status pl_text_scratch_error(const struct pl_text_scratch *scratch, struct pl_error *error)
{
    if (scratch->size_bytes + scratch->size_bytes / 2 >= scratch->size_bytes_max)
        return pl_error_set(error, PL_E_LIMIT,
                            "the text needs more than %zu MB of working memory, the limit",
                            scratch->size_bytes_max >> 20);
    return pl_error_set(error, PL_E_MEMORY, "no memory left for a text metric");
}
