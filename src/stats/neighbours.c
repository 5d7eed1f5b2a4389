/*
 * Nearest neighbours by a k-d tree (J. L. Bentley, Comm. ACM 18 (1975) 509; the bound on the distance
 * of a half by S. Arya & D. M. Mount, DCC 1993). The tree is the points' order alone: each range is cut
 * at its median along its widest side. Distances are Euclidean, compared as sums of squares taken in
 * the order of the dimensions, so those of a and b and of b and a are the same number; two are tied
 * when these numbers are equal. What is gathered are counts at distinct distances, which do not depend
 * on the order of the search. Valid for coordinates up to 1e150; squares of differences below 1e-154
 * are 0. Time grows with n log n while dimensions are few, and towards n^2 where they are many.
 *
 * Agrees with scikit-learn's NearestNeighbors (tests/reference/consistency), and where there are ties
 * with a search of every pair (tests/unit/stats/test_neighbours.c).
 */
#include "stats/neighbours.h"

#include "base/pool.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define LEAF_POINTS  12
#define BLOCK_POINTS 256

/* A half is left out only where it is further by more than its bound may be rounded. */
#define BOUND_SLACK (1.0 - 1e-10)

/* Decisions at one distance from the point that is asked about. */
struct ring {
    double distance;
    uint64_t total;
    uint64_t positives;
};

/* The nearest so far: rings by distance. Without the last they are fewer than k decisions. */
struct nearest {
    struct ring rings[PL_NEIGHBOURS_MAX + 1];
    size_t count;
    uint64_t total;
    uint64_t k;
};

/* A range [first, last) of the order is cut at its middle: what is below `cuts` lies before it. */
struct tree {
    const struct pl_neighbour_points *points;
    uint32_t *order;     /* of the points */
    double *coordinates; /* in that order */
    uint8_t *sides;      /* at the middle of each range: the dimension it is cut along, and where */
    double *cuts;
    uint32_t k;
    double *means;
};

struct search {
    const struct tree *tree;
    const double *at;
    double offsets[PL_NEIGHBOURS_DIMENSIONS_MAX]; /* to the range under way, along each dimension */
    struct nearest nearest;
};

static void nearest_insert(struct nearest *nearest, size_t at, const struct ring *ring)
{
    memmove(&nearest->rings[at + 1], &nearest->rings[at],
            (nearest->count - at) * sizeof *nearest->rings);
    nearest->rings[at] = *ring;
    nearest->count++;
}

static void nearest_add(struct nearest *nearest, const struct ring *ring)
{
    size_t at = nearest->count;

    while (at > 0 && nearest->rings[at - 1].distance > ring->distance)
        at--;
    if (at > 0 && !(nearest->rings[at - 1].distance < ring->distance)) {
        nearest->rings[at - 1].total += ring->total;
        nearest->rings[at - 1].positives += ring->positives;
    } else {
        nearest_insert(nearest, at, ring);
    }
    nearest->total += ring->total;
    while (nearest->total - nearest->rings[nearest->count - 1].total >= nearest->k)
        nearest->total -= nearest->rings[--nearest->count].total;
}

/* The distance that none of the nearest is beyond. */
static double nearest_bound(const struct nearest *nearest)
{
    return nearest->total < nearest->k ? HUGE_VAL : nearest->rings[nearest->count - 1].distance;
}

static double nearest_mean(const struct nearest *nearest)
{
    const struct ring *last = &nearest->rings[nearest->count - 1];
    const uint64_t places = nearest->k - (nearest->total - last->total);
    uint64_t positives = 0;

    assert(nearest->total >= nearest->k);
    for (size_t i = 0; i + 1 < nearest->count; i++)
        positives += nearest->rings[i].positives;
    return ((double)positives + (double)places * (double)last->positives / (double)last->total) /
           (double)nearest->k;
}

static double coordinate(const struct tree *tree, size_t place, uint32_t side)
{
    return tree->points->coordinates[(size_t)tree->order[place] * tree->points->dimensions + side];
}

static uint32_t widest_side(const struct tree *tree, size_t first, size_t last)
{
    uint32_t widest = 0;
    double width = -1.0;

    for (uint32_t side = 0; side < tree->points->dimensions; side++) {
        double low = HUGE_VAL;
        double high = -HUGE_VAL;

        for (size_t i = first; i < last; i++) {
            low = fmin(low, coordinate(tree, i, side));
            high = fmax(high, coordinate(tree, i, side));
        }
        if (high - low > width) {
            width = high - low;
            widest = side;
        }
    }
    return widest;
}

static double median_of_three(double a, double b, double c)
{
    return fmax(fmin(a, b), fmin(fmax(a, b), c));
}

static void swap(struct tree *tree, ptrdiff_t a, ptrdiff_t b)
{
    const uint32_t kept = tree->order[a];

    tree->order[a] = tree->order[b];
    tree->order[b] = kept;
}

/* Orders first .. last so that what stands before `middle` is at most what stands there, and what
   stands after it at least (C. A. R. Hoare, Comm. ACM 4 (1961) 321). */
static void select_middle(struct tree *tree, ptrdiff_t first, ptrdiff_t last, ptrdiff_t middle,
                          uint32_t side)
{
    while (first < last) {
        const double pivot =
            median_of_three(coordinate(tree, (size_t)first, side),
                            coordinate(tree, (size_t)(first + (last - first) / 2), side),
                            coordinate(tree, (size_t)last, side));
        ptrdiff_t low = first;
        ptrdiff_t high = last;

        while (low <= high) {
            while (coordinate(tree, (size_t)low, side) < pivot)
                low++;
            while (coordinate(tree, (size_t)high, side) > pivot)
                high--;
            if (low <= high)
                swap(tree, low++, high--);
        }
        /* Up to `high` all are at most the pivot, from `low` on at least; between them is the pivot. */
        if (middle <= high)
            last = high;
        else if (middle >= low)
            first = low;
        else
            return;
    }
}

static void tree_cut(struct tree *tree, size_t first, size_t last)
{
    if (last - first <= LEAF_POINTS)
        return;

    const size_t middle = first + (last - first) / 2;
    const uint32_t side = widest_side(tree, first, last);

    select_middle(tree, (ptrdiff_t)first, (ptrdiff_t)last - 1, (ptrdiff_t)middle, side);
    tree->sides[middle] = (uint8_t)side;
    tree->cuts[middle] = coordinate(tree, middle, side);
    tree_cut(tree, first, middle);
    tree_cut(tree, middle, last);
}

static void search_leaf(struct search *search, size_t first, size_t last)
{
    const struct tree *tree = search->tree;
    const uint32_t dimensions = tree->points->dimensions;

    for (size_t place = first; place < last; place++) {
        const double *there = tree->coordinates + place * dimensions;
        struct ring ring = {0};

        for (uint32_t side = 0; side < dimensions; side++) {
            const double step = search->at[side] - there[side];

            ring.distance += step * step;
        }
        if (ring.distance > nearest_bound(&search->nearest))
            continue;
        ring.total = tree->points->totals[tree->order[place]];
        ring.positives = tree->points->positives[tree->order[place]];
        nearest_add(&search->nearest, &ring);
    }
}

/* `distance` is the square of that to the range, or less. */
static void search_range(struct search *search, size_t first, size_t last, double distance)
{
    if (last - first <= LEAF_POINTS) {
        search_leaf(search, first, last);
        return;
    }

    const size_t middle = first + (last - first) / 2;
    const uint32_t side = search->tree->sides[middle];
    const double step = search->at[side] - search->tree->cuts[middle];
    const double offset = search->offsets[side];
    const double further = distance - offset * offset + step * step;

    if (step < 0.0)
        search_range(search, first, middle, distance);
    else
        search_range(search, middle, last, distance);
    if (further * BOUND_SLACK > nearest_bound(&search->nearest))
        return;
    search->offsets[side] = step;
    if (step < 0.0)
        search_range(search, middle, last, further);
    else
        search_range(search, first, middle, further);
    search->offsets[side] = offset;
}

/* The means of one block of points that are near each other. */
static void find_block(size_t block, uint32_t worker, void *context)
{
    const struct tree *tree = context;
    const size_t count = tree->points->count;
    const size_t first = block * BLOCK_POINTS;
    const size_t last = first + BLOCK_POINTS < count ? first + BLOCK_POINTS : count;

    (void)worker;
    for (size_t place = first; place < last; place++) {
        struct search search = {
            .tree = tree,
            .at = tree->coordinates + place * tree->points->dimensions,
            .nearest = {.k = tree->k},
        };

        search_range(&search, 0, count, 0.0);
        tree->means[tree->order[place]] = nearest_mean(&search.nearest);
    }
}

static bool tree_init(struct tree *tree, struct pl_arena *arena)
{
    const size_t count = tree->points->count;

    tree->order = pl_arena_alloc_array(arena, count, sizeof *tree->order);
    tree->coordinates =
        pl_arena_alloc_array(arena, count * tree->points->dimensions, sizeof *tree->coordinates);
    tree->sides = pl_arena_alloc_array(arena, count, sizeof *tree->sides);
    tree->cuts = pl_arena_alloc_array(arena, count, sizeof *tree->cuts);
    return tree->order != NULL && tree->coordinates != NULL && tree->sides != NULL &&
           tree->cuts != NULL;
}

static void tree_build(struct tree *tree)
{
    const struct pl_neighbour_points *points = tree->points;

    for (size_t i = 0; i < points->count; i++)
        tree->order[i] = (uint32_t)i;
    tree_cut(tree, 0, points->count);
    for (size_t i = 0; i < points->count; i++)
        memcpy(tree->coordinates + i * points->dimensions,
               points->coordinates + (size_t)tree->order[i] * points->dimensions,
               points->dimensions * sizeof *tree->coordinates);
}

enum pl_status pl_neighbour_means(const struct pl_neighbour_points *points,
                                  const struct pl_neighbour_search *search, struct pl_arena *arena,
                                  double *ret_means, struct pl_error *error)
{
    struct tree tree = {.points = points, .k = search->k, .means = ret_means};

    assert(search->k >= 1 && search->k <= PL_NEIGHBOURS_MAX);
    assert(points->count > 0 && points->count < UINT32_MAX);
    assert(points->dimensions >= 1 && points->dimensions <= PL_NEIGHBOURS_DIMENSIONS_MAX);
    if (!tree_init(&tree, arena))
        return pl_arena_error(arena, "the search for neighbours", error);
    tree_build(&tree);
    pl_pool_run((points->count + BLOCK_POINTS - 1) / BLOCK_POINTS, search->threads, find_block,
                &tree);
    return PL_OK;
}
