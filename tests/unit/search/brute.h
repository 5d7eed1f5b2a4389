/* The brute force: every slice by a pass over all rows, every rule as it is written. */
#ifndef PL_TESTS_SEARCH_BRUTE_H
#define PL_TESTS_SEARCH_BRUTE_H

#include "rows.h"

struct brute_slice {
    uint32_t count;
    uint32_t segments[PL_CROSSING_MAX];
    uint32_t groups[PL_CROSSING_MAX];
    uint64_t n;
    uint64_t bad;
    double p_value;
    double proven;
    double rank_value;
    int folded_into; /* index of a found slice, or -1 */
    bool found;
    bool anchor;
    enum pl_search_fold why;
};

struct brute {
    const struct rows *rows;
    unsigned trials;
    unsigned bad_bits;
    uint64_t n;
    uint64_t bad;
    uint64_t smallest;
    uint64_t family_size;
    struct brute_slice slices[SLICES_MAX]; /* those significant, by rank once sorted */
    size_t count;
    size_t found[PL_SEARCH_TOP_MAX];
    size_t found_count;
    uint64_t further;
};

static inline bool is_in(const struct brute_slice *slice, const struct row *row)
{
    for (uint32_t i = 0; i < slice->count; i++)
        if (row->groups[slice->segments[i]] != slice->groups[i])
            return false;
    return true;
}

static inline unsigned bit_of(const struct row *row)
{
    return 1u << (row->label * 3 + row->prediction);
}

static inline bool counts_as_trial(const struct brute *brute, const struct row *row)
{
    return (brute->trials & bit_of(row)) != 0;
}

static inline bool is_bad(const struct brute *brute, const struct row *row)
{
    return (brute->bad_bits & bit_of(row)) != 0;
}

/* ln n! from the gamma function in long doubles, not from the code under test. */
static inline long double log_choose(uint64_t n, uint64_t k)
{
    return lgammal((long double)n + 1) - lgammal((long double)k + 1) -
           lgammal((long double)(n - k) + 1);
}

static inline double tail(uint64_t population, uint64_t marked, uint64_t drawn, uint64_t k)
{
    long double sum = 0.0L;

    for (; k <= drawn && k <= marked; k++)
        if (drawn - k <= population - marked)
            sum += expl(log_choose(marked, k) + log_choose(population - marked, drawn - k) -
                        log_choose(population, drawn));
    return sum > 1.0L ? 1.0 : (double)sum;
}

static inline double excess_proven(const struct brute *brute, const struct brute_slice *slice,
                                   double level)
{
    const double outside = (double)(brute->n - slice->n);
    const struct pl_rate a = {(double)slice->bad, (double)slice->n};
    const struct pl_rate b = {(double)(brute->bad - slice->bad), outside};
    const double below = a.k / a.n - pl_exact_low(a, level);
    const double above = pl_exact_high(b, level) - b.k / b.n;

    return outside / (double)brute->n * (a.k / a.n - b.k / b.n - hypot(below, above));
}

static inline void count_slice(const struct brute *brute, struct brute_slice *slice)
{
    slice->n = slice->bad = 0;
    for (size_t i = 0; i < brute->rows->count; i++) {
        const struct row *row = &brute->rows->items[i];

        if (!is_in(slice, row))
            continue;
        slice->n += counts_as_trial(brute, row) ? row->count : 0;
        slice->bad += is_bad(brute, row) ? row->count : 0;
    }
}

/* Adds all slices that begin with `slice` and add segments from `first` on. */
static inline void add_slices(struct brute *brute, const struct brute_slice *slice, uint32_t first,
                              uint32_t depth)
{
    for (uint32_t s = first; slice->count < depth && s < brute->rows->segments_count; s++) {
        if (brute->rows->groups_counts[s] < 2)
            continue;
        for (uint32_t g = 0; g < brute->rows->groups_counts[s]; g++) {
            struct brute_slice longer = *slice;

            longer.segments[longer.count] = s;
            longer.groups[longer.count++] = g;
            count_slice(brute, &longer);
            if (longer.n >= brute->smallest && longer.n < brute->n) {
                assert_true(brute->count < SLICES_MAX);
                brute->slices[brute->count++] = longer;
            }
            add_slices(brute, &longer, s + 1, depth);
        }
    }
}

static inline int compare_text(const struct brute_slice *a, const struct brute_slice *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;

    const int segments = memcmp(a->segments, b->segments, a->count * sizeof *a->segments);

    for (uint32_t i = 0; i < a->count; i++)
        if (a->segments[i] != b->segments[i])
            return a->segments[i] < b->segments[i] ? -1 : 1;
    assert_int_equal(segments, 0);
    for (uint32_t i = 0; i < a->count; i++)
        if (a->groups[i] != b->groups[i])
            return a->groups[i] < b->groups[i] ? -1 : 1;
    return 0;
}

static inline int compare_rank(const void *left, const void *right)
{
    const struct brute_slice *a = left;
    const struct brute_slice *b = right;

    if (a->rank_value > b->rank_value || a->rank_value < b->rank_value)
        return a->rank_value > b->rank_value ? -1 : 1;
    return compare_text(a, b);
}

static inline bool refines(const struct brute_slice *longer, const struct brute_slice *shorter)
{
    uint32_t shared = 0;

    for (uint32_t i = 0; i < shorter->count; i++)
        for (uint32_t j = 0; j < longer->count; j++)
            shared += shorter->segments[i] == longer->segments[j] &&
                      shorter->groups[i] == longer->groups[j];
    return shared == shorter->count && shorter->count < longer->count;
}

static inline double jaccard(const struct brute *brute, const struct brute_slice *a,
                             const struct brute_slice *b)
{
    uint64_t both = 0;
    uint64_t either = 0;

    for (size_t i = 0; i < brute->rows->count; i++) {
        const struct row *row = &brute->rows->items[i];

        if (!counts_as_trial(brute, row))
            continue;
        both += is_in(a, row) && is_in(b, row) ? row->count : 0;
        either += is_in(a, row) || is_in(b, row) ? row->count : 0;
    }
    return (double)both / (double)either;
}

/* What is left of a slice outside those found, and in which of them most of it lies. */
static inline bool is_explained(const struct brute *brute, const struct brute_slice *slice,
                                double alpha, int *ret_found)
{
    uint64_t shares[PL_SEARCH_TOP_MAX] = {0};
    uint64_t all = 0, all_bad = 0, left = 0, left_bad = 0;
    size_t most = 0;

    for (size_t i = 0; i < brute->rows->count; i++) {
        const struct row *row = &brute->rows->items[i];
        size_t f = 0;

        if (!counts_as_trial(brute, row))
            continue;
        while (f < brute->found_count && !is_in(&brute->slices[brute->found[f]], row))
            f++;
        if (f < brute->found_count) {
            shares[f] += is_in(slice, row) ? row->count : 0;
            continue;
        }
        all += row->count;
        all_bad += is_bad(brute, row) ? row->count : 0;
        left += is_in(slice, row) ? row->count : 0;
        left_bad += is_in(slice, row) && is_bad(brute, row) ? row->count : 0;
    }
    for (size_t f = 1; f < brute->found_count; f++)
        most = shares[f] > shares[most] ? f : most;
    *ret_found = (int)most;
    return left < slice->n && (left == 0 || tail(all, all_bad, left, left_bad) > alpha);
}

static inline bool fold_by_rule(struct brute *brute, size_t index)
{
    struct brute_slice *slice = &brute->slices[index];

    for (size_t i = 0; i < index; i++) {
        const struct brute_slice *above = &brute->slices[i];
        const bool longer = refines(slice, above);

        if (!above->anchor || !(longer || jaccard(brute, slice, above) >= PL_SEARCH_OVERLAP))
            continue;
        slice->why = longer ? PL_FOLD_REFINES : PL_FOLD_OVERLAPS;
        slice->folded_into = above->folded_into;
        return true;
    }
    return false;
}

static inline void fold_all(struct brute *brute, uint32_t top, double alpha)
{
    for (size_t i = 0; i < brute->count; i++) {
        struct brute_slice *slice = &brute->slices[i];

        slice->folded_into = -1;
        if (fold_by_rule(brute, i))
            continue;
        if (brute->found_count == top || slice->rank_value <= 0.0) {
            brute->further++;
            continue;
        }
        slice->anchor = true;
        if (is_explained(brute, slice, alpha, &slice->folded_into)) {
            slice->why = PL_FOLD_EXPLAINED;
            continue;
        }
        slice->found = true;
        slice->folded_into = (int)brute->found_count;
        brute->found[brute->found_count++] = i;
    }
}

/* Keeps the significant slices only, with their figures, sorted by rank. */
static inline void test_all(struct brute *brute, double alpha)
{
    const double level = alpha / (double)(brute->count > 0 ? brute->count : 1);
    size_t kept = 0;

    brute->family_size = brute->count;
    for (size_t i = 0; i < brute->count; i++) {
        struct brute_slice slice = brute->slices[i];

        slice.p_value = tail(brute->n, brute->bad, slice.n, slice.bad);
        if (slice.p_value > level)
            continue;
        slice.proven = excess_proven(brute, &slice, level);
        slice.rank_value = slice.proven / pow(1.0 + PL_SEARCH_MARGIN, (double)slice.count - 1.0);
        brute->slices[kept++] = slice;
    }
    brute->count = kept;
    qsort(brute->slices, brute->count, sizeof *brute->slices, compare_rank);
}

static inline void brute_search(struct brute *brute, const struct rows *rows,
                                const struct pl_search_options *options, enum pl_search_end end)
{
    const struct pl_metric_row *row = options->metric->row;
    const struct brute_slice all = {0};

    brute->rows = rows;
    brute->trials = row->trials;
    brute->bad_bits = end == PL_SEARCH_HIGH ? row->successes : row->trials & ~row->successes;
    brute->smallest = options->smallest_slice;
    brute->count = brute->found_count = 0;
    brute->further = 0;

    struct brute_slice counted = all;

    count_slice(brute, &counted);
    brute->n = counted.n;
    brute->bad = counted.bad;
    add_slices(brute, &all, 0, options->depth);
    test_all(brute, 1.0 - options->confidence);
    fold_all(brute, options->top,
             (1.0 - options->confidence) / (double)(brute->count > 0 ? brute->count : 1));
}

#endif
