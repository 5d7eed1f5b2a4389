/*
 * Levenshtein's distance 64 cells at a time: Myers 1999, A fast bit-vector algorithm for approximate
 * string matching based on dynamic programming, J. ACM 46(3), in blocks as in Hyyrö 2003. What both
 * begin and end with is left out first. Agrees with rapidfuzz (tests/cli/test_text_metrics.py).
 */
#include "text/levenshtein.h"

#include <string.h>

/* The cells of 64 rows of one column, as differences to the cell above. */
struct block {
    uint64_t up;
    uint64_t down;
};

struct pattern {
    const uint32_t *ids;
    size_t count;
    size_t blocks_count;
    struct block *blocks;
    uint32_t *first; /* for each id, the first place + 1 */
    uint32_t *next;
    uint64_t *equal;
};

static bool pattern_init(struct pattern *pattern, const struct pl_sequence *text, size_t distinct,
                         struct pl_text_scratch *scratch)
{
    const size_t blocks = (text->count + 63) / 64;

    *pattern = (struct pattern){
        .ids = text->ids,
        .count = text->count,
        .blocks_count = blocks,
        .blocks = pl_text_scratch_alloc(scratch, blocks, sizeof *pattern->blocks),
        .first = pl_text_scratch_alloc(scratch, distinct + 1, sizeof *pattern->first),
        .next = pl_text_scratch_alloc(scratch, text->count + 1, sizeof *pattern->next),
        .equal = pl_text_scratch_alloc(scratch, blocks, sizeof *pattern->equal),
    };
    if (pattern->blocks == NULL || pattern->first == NULL || pattern->next == NULL ||
        pattern->equal == NULL)
        return false;
    memset(pattern->first, 0, distinct * sizeof *pattern->first);
    memset(pattern->equal, 0, blocks * sizeof *pattern->equal);
    for (size_t i = text->count; i > 0; i--) {
        pattern->next[i - 1] = pattern->first[text->ids[i - 1]];
        pattern->first[text->ids[i - 1]] = (uint32_t)i;
    }
    for (size_t i = 0; i < blocks; i++)
        pattern->blocks[i] = (struct block){UINT64_MAX, 0};
    return true;
}

/* One column of a block: `into` is the difference to the column before in the row above it; returns
   that of the row with bit `last`. */
static int advance(struct block *block, uint64_t equal, int into, uint64_t last)
{
    const uint64_t vertical = equal | block->down;
    const uint64_t reached = equal | (into < 0);
    const uint64_t carried = (((reached & block->up) + block->up) ^ block->up) | reached;
    uint64_t plus = block->down | ~(carried | block->up);
    uint64_t minus = block->up & carried;
    const int out = ((plus & last) != 0) - ((minus & last) != 0);

    plus = plus << 1 | (into > 0);
    minus = minus << 1 | (into < 0);
    block->up = minus | ~(vertical | plus);
    block->down = plus & vertical;
    return out;
}

/* A column: the change of the last row's value. */
static int read_id(struct pattern *pattern, uint32_t id)
{
    const uint64_t last_of_text = (uint64_t)1 << (pattern->count - 1) % 64;
    int into = 1;

    for (uint32_t at = pattern->first[id]; at != 0; at = pattern->next[at - 1])
        pattern->equal[(at - 1) / 64] |= (uint64_t)1 << (at - 1) % 64;
    for (size_t b = 0; b < pattern->blocks_count; b++) {
        const uint64_t last = b + 1 < pattern->blocks_count ? (uint64_t)1 << 63 : last_of_text;

        into = advance(&pattern->blocks[b], pattern->equal[b], into, last);
    }
    for (uint32_t at = pattern->first[id]; at != 0; at = pattern->next[at - 1])
        pattern->equal[(at - 1) / 64] = 0;
    return into;
}

static void trim(struct pl_sequence *a, struct pl_sequence *b)
{
    while (a->count > 0 && b->count > 0 && a->ids[a->count - 1] == b->ids[b->count - 1]) {
        a->count--;
        b->count--;
    }
    while (a->count > 0 && b->count > 0 && a->ids[0] == b->ids[0]) {
        *a = (struct pl_sequence){a->ids + 1, a->count - 1};
        *b = (struct pl_sequence){b->ids + 1, b->count - 1};
    }
}

bool pl_levenshtein(const struct pl_sequence *a, const struct pl_sequence *b, size_t distinct,
                    struct pl_text_scratch *scratch, size_t *ret_distance)
{
    struct pl_sequence shorter = a->count < b->count ? *a : *b;
    struct pl_sequence longer = a->count < b->count ? *b : *a;
    struct pattern pattern;

    trim(&shorter, &longer);
    *ret_distance = longer.count;
    if (shorter.count == 0)
        return true;
    if (!pattern_init(&pattern, &shorter, distinct, scratch))
        return false;

    size_t distance = shorter.count;

    for (size_t i = 0; i < longer.count; i++)
        distance = (size_t)((int64_t)distance + read_id(&pattern, longer.ids[i]));
    *ret_distance = distance;
    return true;
}
