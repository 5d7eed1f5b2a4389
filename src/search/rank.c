/*
 * Ranking without proving everything: a heap holds each candidate under a key that is never below
 * its rank value, first the excess that was seen, later the one that is proven. What comes out on top
 * with its proven key is next in rank. A candidate that is folded into a slice above it needs no
 * proof of its own, and in large searches that is nearly all of them.
 */
#include "search/rank.h"

#include "base/pool.h"

#include <string.h>

#define PART 4096 /* candidates tested in one piece of work */

struct entry {
    const struct pl_search_candidate *candidate;
    double p_value;
    double proven;
    double key;
    bool exact; /* the key is the rank value */
};

/* A slice that others are folded into: one found, or one explained by those found. */
struct anchor {
    const struct pl_search_candidate *candidate;
    uint32_t head;
    const uint64_t *within; /* its decisions by the groups of all segments in a row */
};

struct ranker {
    const struct pl_search_ranking *ranking;
    const struct pl_search_space *space;
    struct pl_arena *arena;
    struct entry *heap;
    size_t heap_count;
    struct anchor *anchors;
    size_t anchors_count;
    uint8_t *covered_by; /* of each leaf: the first head that it is in, from 1; 0: none */
    struct pl_search_counts covered;
    double level_left; /* of a test among what the slices found leave */
    struct pl_search_ranked *ranked;
};

static const struct pl_crossing *crossing_of(const struct ranker *ranker,
                                             const struct pl_search_candidate *candidate)
{
    return &ranker->space->crossings[candidate->crossing].local;
}

/* Crossings are listed by size, so shorter descriptions come first. */
static int compare_candidates(const struct pl_search_candidate *a,
                              const struct pl_search_candidate *b)
{
    if (a->crossing != b->crossing)
        return a->crossing < b->crossing ? -1 : 1;
    for (uint32_t i = 0; i < PL_CROSSING_MAX; i++)
        if (a->groups[i] != b->groups[i])
            return a->groups[i] < b->groups[i] ? -1 : 1;
    return 0;
}

/* Whether a comes out before b. Of equal keys those still unproven come first, for theirs may fall.
 */
static bool is_before(const struct entry *a, const struct entry *b)
{
    if (a->key < b->key || a->key > b->key)
        return a->key > b->key;
    if (a->exact != b->exact)
        return !a->exact;
    return compare_candidates(a->candidate, b->candidate) < 0;
}

static void push(struct ranker *ranker, const struct entry *entry)
{
    struct entry *heap = ranker->heap;
    size_t at = ranker->heap_count++;

    while (at > 0 && is_before(entry, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = *entry;
}

static struct entry pop(struct ranker *ranker)
{
    struct entry *heap = ranker->heap;
    const struct entry top = heap[0];
    const struct entry last = heap[--ranker->heap_count];
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= ranker->heap_count)
            break;
        if (child + 1 < ranker->heap_count && is_before(&heap[child + 1], &heap[child]))
            child++;
        if (!is_before(&heap[child], &last))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return top;
}

/* The group that a candidate asks for in a segment, or -1 when it does not ask. */
static int group_in(const struct ranker *ranker, const struct pl_search_candidate *candidate,
                    uint32_t segment)
{
    const struct pl_crossing *crossing = crossing_of(ranker, candidate);

    for (uint32_t i = 0; i < crossing->count; i++)
        if (crossing->segments[i] == segment)
            return candidate->groups[i];
    return -1;
}

/* How many conditions of `a` stand in `b` as well, and whether any contradicts. */
struct likeness {
    uint32_t shared;
    bool contradicts;
};

static struct likeness compare_conditions(const struct ranker *ranker,
                                          const struct pl_search_candidate *a,
                                          const struct pl_search_candidate *b)
{
    const struct pl_crossing *crossing = crossing_of(ranker, a);
    struct likeness likeness = {0};

    for (uint32_t i = 0; i < crossing->count; i++) {
        const int group = group_in(ranker, b, crossing->segments[i]);

        likeness.shared += group == a->groups[i];
        likeness.contradicts |= group >= 0 && group != a->groups[i];
    }
    return likeness;
}

static bool holds(const struct ranker *ranker, const struct pl_search_candidate *candidate,
                  size_t leaf)
{
    const struct pl_crossing *crossing = crossing_of(ranker, candidate);

    for (uint32_t i = 0; i < crossing->count; i++)
        if (ranker->space->groups[crossing->segments[i]][leaf] != candidate->groups[i])
            return false;
    return true;
}

static uint64_t count_common(const struct ranker *ranker, const struct pl_search_candidate *a,
                             const struct pl_search_candidate *b)
{
    uint64_t common = 0;

    for (size_t leaf = 0; leaf < ranker->space->leaves_count; leaf++)
        if (holds(ranker, a, leaf) && holds(ranker, b, leaf))
            common += ranker->space->leaves[leaf].n;
    return common;
}

/* The decisions in common over those in either. */
static bool is_overlap(const struct pl_search_counts *a, const struct pl_search_counts *b,
                       uint64_t common)
{
    return (double)common >= PL_SEARCH_OVERLAP * ((double)a->n + (double)b->n - (double)common);
}

static uint32_t group_place(const struct ranker *ranker, uint32_t segment, uint16_t group)
{
    return ranker->space->groups_firsts[segment] + group;
}

/* Most pairs are settled by their sizes, or by how many decisions of the anchor meet one condition.
 */
static bool overlaps(const struct ranker *ranker, const struct pl_search_candidate *candidate,
                     const struct anchor *anchor)
{
    const struct pl_search_counts *a = &candidate->counts;
    const struct pl_search_counts *b = &anchor->candidate->counts;
    const struct pl_crossing *crossing = crossing_of(ranker, candidate);

    if (!is_overlap(a, b, a->n < b->n ? a->n : b->n))
        return false;
    for (uint32_t i = 0; i < crossing->count; i++)
        if (!is_overlap(
                a, b,
                anchor->within[group_place(ranker, crossing->segments[i], candidate->groups[i])]))
            return false;
    return is_overlap(a, b, count_common(ranker, candidate, anchor->candidate));
}

static const struct anchor *find_anchor(const struct ranker *ranker,
                                        const struct pl_search_candidate *candidate,
                                        enum pl_search_fold *ret_why)
{
    const uint32_t count = crossing_of(ranker, candidate)->count;

    for (size_t i = 0; i < ranker->anchors_count; i++) {
        const struct anchor *anchor = &ranker->anchors[i];
        const uint32_t anchor_count = crossing_of(ranker, anchor->candidate)->count;
        const struct likeness likeness = compare_conditions(ranker, anchor->candidate, candidate);

        if (likeness.shared == anchor_count && anchor_count < count) {
            *ret_why = PL_FOLD_REFINES;
            return anchor;
        }
        if (!likeness.contradicts && overlaps(ranker, candidate, anchor)) {
            *ret_why = PL_FOLD_OVERLAPS;
            return anchor;
        }
    }
    return NULL;
}

/* Counts it, and keeps it when it is among the largest. */
static void fold(struct pl_search_head *head, const struct pl_search_candidate *candidate,
                 enum pl_search_fold why)
{
    size_t at = head->folded_count;

    head->folded_total++;
    while (at > 0) {
        const struct pl_search_candidate *other = head->folded[at - 1].candidate;

        if (other->counts.n > candidate->counts.n ||
            (other->counts.n == candidate->counts.n && compare_candidates(other, candidate) < 0))
            break;
        at--;
    }
    if (at == PL_SEARCH_FOLDED_MAX)
        return;
    if (head->folded_count < PL_SEARCH_FOLDED_MAX)
        head->folded_count++;
    for (size_t i = head->folded_count - 1; i > at; i--)
        head->folded[i] = head->folded[i - 1];
    head->folded[at] = (struct pl_search_fold_item){candidate, why};
}

/* Slices are folded into this one from now on. Past the maximum they stand for themselves. */
static enum pl_status add_anchor(struct ranker *ranker, const struct pl_search_candidate *candidate,
                                 uint32_t head, struct pl_error *error)
{
    const struct pl_search_space *space = ranker->space;
    struct anchor *anchor = &ranker->anchors[ranker->anchors_count];
    uint64_t *within = NULL;

    if (ranker->anchors_count == PL_SEARCH_ANCHORS_MAX)
        return PL_OK;
    within = pl_arena_alloc_array(ranker->arena, space->groups_total, sizeof *within);
    if (within == NULL)
        return pl_arena_error(ranker->arena, "what is folded", error);
    for (size_t leaf = 0; leaf < space->leaves_count; leaf++) {
        if (!holds(ranker, candidate, leaf))
            continue;
        for (uint32_t s = 0; s < space->segments_count; s++)
            within[group_place(ranker, s, space->groups[s][leaf])] += space->leaves[leaf].n;
    }
    *anchor = (struct anchor){.candidate = candidate, .head = head, .within = within};
    ranker->anchors_count++;
    return PL_OK;
}

static void cover(struct ranker *ranker, const struct pl_search_candidate *candidate)
{
    for (size_t leaf = 0; leaf < ranker->space->leaves_count; leaf++)
        if (ranker->covered_by[leaf] == 0 && holds(ranker, candidate, leaf)) {
            ranker->covered_by[leaf] = (uint8_t)ranker->ranked->heads_count;
            ranker->covered.n += ranker->space->leaves[leaf].n;
            ranker->covered.bad += ranker->space->leaves[leaf].bad;
        }
}

/* Whether nothing is proven of the slice once all decisions of the slices found are set aside, at
   the level divided by the number of slices that may be asked this; `ret_head` is the one that has
   most of it. */
static bool is_explained(const struct ranker *ranker, const struct pl_search_candidate *candidate,
                         uint32_t *ret_head)
{
    const struct pl_search_space *space = ranker->space;
    uint64_t shares[PL_SEARCH_TOP_MAX + 1] = {0};
    struct pl_search_counts left = {0};
    uint32_t most = 1;

    for (size_t leaf = 0; leaf < space->leaves_count; leaf++) {
        if (!holds(ranker, candidate, leaf))
            continue;
        shares[ranker->covered_by[leaf]] += space->leaves[leaf].n;
        left.bad += ranker->covered_by[leaf] == 0 ? space->leaves[leaf].bad : 0;
    }
    left.n = shares[0];
    for (uint32_t i = 2; i <= ranker->ranked->heads_count; i++)
        most = shares[i] > shares[most] ? i : most;
    *ret_head = most - 1;
    if (left.n == candidate->counts.n)
        return false;

    const struct pl_search_test outside = {
        .all = {space->all.n - ranker->covered.n, space->all.bad - ranker->covered.bad}};

    return left.n == 0 || pl_search_p_value(&outside, left) > ranker->level_left;
}

/* A slice with its proven rank that no slice above it stands for. */
static enum pl_status accept(struct ranker *ranker, const struct entry *entry,
                             struct pl_error *error)
{
    struct pl_search_ranked *ranked = ranker->ranked;
    uint32_t head = 0;

    if (entry->key <= 0.0) {
        ranked->further_count++;
        return PL_OK;
    }
    if (is_explained(ranker, entry->candidate, &head)) {
        fold(&ranked->heads[head], entry->candidate, PL_FOLD_EXPLAINED);
        return add_anchor(ranker, entry->candidate, head, error);
    }
    ranked->heads[ranked->heads_count] = (struct pl_search_head){
        .candidate = entry->candidate,
        .p_value = entry->p_value,
        .proven = entry->proven,
        .rank_value = entry->key,
    };
    ranked->heads_count++;
    cover(ranker, entry->candidate);
    return add_anchor(ranker, entry->candidate, (uint32_t)ranked->heads_count - 1, error);
}

static void prove(const struct ranker *ranker, struct entry *entry)
{
    const uint32_t conditions = crossing_of(ranker, entry->candidate)->count;

    entry->proven = pl_search_excess_proven(&ranker->ranking->test, entry->candidate->counts);
    entry->key = pl_search_rank_value(entry->proven, conditions);
    entry->exact = true;
}

static enum pl_status take_in_order(struct ranker *ranker, struct pl_error *error)
{
    struct pl_search_ranked *ranked = ranker->ranked;

    while (ranker->heap_count > 0) {
        struct entry entry = pop(ranker);
        enum pl_search_fold why = PL_FOLD_REFINES;
        const struct anchor *anchor = find_anchor(ranker, entry.candidate, &why);

        if (anchor != NULL) {
            fold(&ranked->heads[anchor->head], entry.candidate, why);
        } else if (ranked->heads_count == ranker->ranking->options->top) {
            ranked->further_count++;
        } else if (!entry.exact) {
            prove(ranker, &entry);
            push(ranker, &entry);
        } else {
            PL_RETURN_IF(accept(ranker, &entry, error));
        }
    }
    return PL_OK;
}

/* The p-values of a part of the candidates. */
struct testing {
    const struct pl_search_ranking *ranking;
    double *p_values;
};

static void test_part(size_t index, uint32_t worker, void *context)
{
    const struct testing *testing = context;
    const struct pl_search_ranking *ranking = testing->ranking;
    const size_t first = index * PART;

    (void)worker;
    for (size_t i = first; i < first + PART && i < ranking->candidates_count; i++)
        testing->p_values[i] = pl_search_p_value(&ranking->test, ranking->candidates[i].counts);
}

static enum pl_status fill_heap(struct ranker *ranker, struct pl_error *error)
{
    const struct pl_search_ranking *ranking = ranker->ranking;
    const size_t count = ranking->candidates_count;
    struct testing testing = {
        .ranking = ranking,
        .p_values = pl_arena_alloc_array(ranker->arena, count, sizeof *testing.p_values),
    };

    ranker->heap = pl_arena_alloc_array(ranker->arena, count + 1, sizeof *ranker->heap);
    if (testing.p_values == NULL || ranker->heap == NULL)
        return pl_arena_error(ranker->arena, "the slices that may be worse", error);
    pl_pool_run((count + PART - 1) / PART, ranking->threads, test_part, &testing);
    for (size_t i = 0; i < count; i++) {
        const struct pl_search_candidate *candidate = &ranking->candidates[i];
        const double excess = pl_search_excess(&ranking->test, candidate->counts);
        struct entry entry = {.candidate = candidate, .p_value = testing.p_values[i]};

        if (testing.p_values[i] > ranking->test.level)
            continue;
        entry.key = pl_search_rank_value(excess, crossing_of(ranker, candidate)->count);
        push(ranker, &entry);
    }
    ranker->ranked->significant_count = ranker->heap_count;
    ranker->level_left = (1.0 - ranking->options->confidence) /
                         (double)(ranker->heap_count > 0 ? ranker->heap_count : 1);
    return PL_OK;
}

enum pl_status pl_search_rank(const struct pl_search_ranking *ranking, struct pl_arena *arena,
                              struct pl_search_ranked *ret_ranked, struct pl_error *error)
{
    struct pl_search_ranked ranked = {0};
    struct ranker ranker = {
        .ranking = ranking, .space = ranking->space, .arena = arena, .ranked = &ranked};

    _Static_assert(PL_SEARCH_TOP_MAX < UINT8_MAX, "a head fits 8 bits");
    ranked.heads = pl_arena_alloc_array(arena, ranking->options->top, sizeof *ranked.heads);
    ranker.anchors = pl_arena_alloc_array(arena, PL_SEARCH_ANCHORS_MAX, sizeof *ranker.anchors);
    ranker.covered_by =
        pl_arena_alloc_array(arena, ranking->space->leaves_count, sizeof *ranker.covered_by);
    if (ranked.heads == NULL || ranker.anchors == NULL || ranker.covered_by == NULL)
        return pl_arena_error(arena, "the slices found", error);
    PL_RETURN_IF(fill_heap(&ranker, error));
    PL_RETURN_IF(take_in_order(&ranker, error));
    *ret_ranked = ranked;
    return PL_OK;
}
