/*
 * Segment trees from the bottom up: leaf i stands at count + i, and a node holds the least, the most
 * or the best of its two children. A stretch is the union of at most two nodes on each level.
 */
#include "threshold/ranges.h"

#include <assert.h>
#include <math.h>

static int direction_of(const double *values, size_t count)
{
    bool rises = true;
    bool falls = true;

    for (size_t i = 1; i < count; i++) {
        rises = rises && values[i] >= values[i - 1];
        falls = falls && values[i] <= values[i - 1];
    }
    return rises ? 1 : falls ? -1 : 0;
}

enum pl_status pl_ranges_make(const double *values, size_t count, struct pl_arena *arena,
                              struct pl_ranges *ret_ranges, struct pl_error *error)
{
    struct pl_ranges ranges = {
        .values = values, .count = count, .direction = direction_of(values, count)};

    if (ranges.direction == 0) {
        ranges.least = pl_arena_alloc_array(arena, 2 * count, sizeof *ranges.least);
        ranges.most = pl_arena_alloc_array(arena, 2 * count, sizeof *ranges.most);
        if (ranges.least == NULL || ranges.most == NULL)
            return pl_arena_error(arena, "the thresholds", error);
        for (size_t i = 0; i < count; i++) {
            ranges.least[count + i] = values[i];
            ranges.most[count + i] = values[i];
        }
        for (size_t i = count - 1; i > 0; i--) {
            ranges.least[i] = fmin(ranges.least[2 * i], ranges.least[2 * i + 1]);
            ranges.most[i] = fmax(ranges.most[2 * i], ranges.most[2 * i + 1]);
        }
    }
    *ret_ranges = ranges;
    return PL_OK;
}

/* `sign` 1 gives the largest of the tree, -1 the least. */
static double extreme(const double *tree, size_t count, size_t first, size_t last, double sign)
{
    double found = -HUGE_VAL;

    for (first += count, last += count + 1; first < last; first /= 2, last /= 2) {
        if (first % 2 == 1)
            found = fmax(found, sign * tree[first++]);
        if (last % 2 == 1)
            found = fmax(found, sign * tree[--last]);
    }
    return sign * found;
}

double pl_ranges_least(const struct pl_ranges *ranges, uint32_t first, uint32_t last)
{
    assert(first <= last && last < ranges->count);
    if (ranges->direction != 0)
        return ranges->values[ranges->direction > 0 ? first : last];
    return extreme(ranges->least, ranges->count, first, last, -1.0);
}

double pl_ranges_most(const struct pl_ranges *ranges, uint32_t first, uint32_t last)
{
    assert(first <= last && last < ranges->count);
    if (ranges->direction != 0)
        return ranges->values[ranges->direction > 0 ? last : first];
    return extreme(ranges->most, ranges->count, first, last, 1.0);
}

int pl_rank_compare(const struct pl_rank *a, const struct pl_rank *b)
{
    if (a->cost < b->cost || a->cost > b->cost)
        return a->cost < b->cost ? -1 : 1;
    if (a->flips != b->flips)
        return a->flips < b->flips ? -1 : 1;
    return (a->positives > b->positives) - (a->positives < b->positives);
}

/* The better of two positions; of equals the earlier. */
static uint32_t better(const struct pl_rank *ranks, uint32_t a, uint32_t b)
{
    const int order = pl_rank_compare(&ranks[a], &ranks[b]);

    if (order == 0)
        return a < b ? a : b;
    return order < 0 ? a : b;
}

enum pl_status pl_best_make(const struct pl_rank *ranks, size_t count, struct pl_arena *arena,
                            struct pl_best *ret_best, struct pl_error *error)
{
    uint32_t *tree = pl_arena_alloc_array(arena, 2 * count, sizeof *tree);

    if (tree == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    for (size_t i = 0; i < count; i++)
        tree[count + i] = (uint32_t)i;
    for (size_t i = count - 1; i > 0; i--)
        tree[i] = better(ranks, tree[2 * i], tree[2 * i + 1]);
    *ret_best = (struct pl_best){ranks, tree, count};
    return PL_OK;
}

uint32_t pl_best_find(const struct pl_best *best, uint32_t first, uint32_t last)
{
    size_t low = first + best->count;
    size_t high = last + best->count + 1;
    uint32_t found = first;

    assert(first <= last && last < best->count);
    for (; low < high; low /= 2, high /= 2) {
        if (low % 2 == 1)
            found = better(best->ranks, found, best->tree[low++]);
        if (high % 2 == 1)
            found = better(best->ranks, found, best->tree[--high]);
    }
    return found;
}
