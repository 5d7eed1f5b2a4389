/*
 * Values are first spread over buckets by a linear map of their range, which keeps order, and then
 * each bucket is sorted by radix (least significant digit first, digits that do not vary skipped).
 * Buckets are independent, so threads share them; equal neighbours are merged at the end.
 */
#include "measure/sort.h"

#include "base/pool.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_COUNT_MAX 1024
#define BUCKET_ITEMS_MIN  4096
#define DIGITS_COUNT      12 /* four bytes of the key, then eight of the order */
#define INSERTION_MAX     32

uint64_t pl_order_of(double value)
{
    uint64_t bits = 0;
    const double positive_zero = value + 0.0;

    memcpy(&bits, &positive_zero, sizeof bits);
    return (bits >> 63) != 0 ? ~bits : bits | (uint64_t)1 << 63;
}

double pl_order_value(uint64_t order)
{
    const uint64_t bits = (order >> 63) != 0 ? order & ~((uint64_t)1 << 63) : ~order;
    double value = 0.0;

    memcpy(&value, &bits, sizeof value);
    return value;
}

enum pl_status pl_loose_reserve(struct pl_loose_list *list, size_t more, struct pl_error *error)
{
    if (more > (size_t)PL_RUNS_MAX - list->count)
        return pl_error_set(error, PL_E_LIMIT,
                            "a column has more than %d values to keep apart: round it, or judge a "
                            "part of the data with `where`",
                            PL_RUNS_MAX);
    if (list->count + more <= list->size)
        return PL_OK;

    size_t size = list->size == 0 ? 4096 : list->size + list->size / 2;

    if (size < list->count + more)
        size = list->count + more;

    struct pl_loose *items = realloc(list->items, size * sizeof *items);

    if (items == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu values of a column", size);
    list->items = items;
    list->size = size;
    return PL_OK;
}

void pl_loose_deinit(struct pl_loose_list *list)
{
    free(list->items);
    *list = (struct pl_loose_list){0};
}

void pl_runs_deinit(struct pl_runs *runs)
{
    /* The arrays are const for readers; they were allocated here. */
    free((void *)(uintptr_t)runs->values);
    free((void *)(uintptr_t)runs->keys);
    free((void *)(uintptr_t)runs->counts);
    free((void *)(uintptr_t)runs->weights);
    *runs = (struct pl_runs){0};
}

/* All that the threads share: read only, but for the parts of the buckets they own. */
struct sorting {
    const struct pl_loose_rows *rows;
    struct pl_loose *items;   /* spread over buckets */
    struct pl_loose *scratch; /* as long */
    size_t starts[BUCKETS_COUNT_MAX + 1];
    size_t merged[BUCKETS_COUNT_MAX + 1]; /* items left in each bucket; then where its runs start */
    size_t buckets_count;
    double *values;
    uint32_t *keys;
    uint64_t *counts;
    double *weights;
};

static bool comes_before(const struct pl_loose *a, const struct pl_loose *b)
{
    return a->order != b->order ? a->order < b->order : a->key < b->key;
}

static void insertion_sort(struct pl_loose *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct pl_loose item = items[i];
        size_t at = i;

        for (; at > 0 && comes_before(&item, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static unsigned digit_of(const struct pl_loose *item, unsigned digit)
{
    if (digit < 4)
        return item->key >> (8 * digit) & 0xffu;
    return (unsigned)(item->order >> (8 * (digit - 4)) & 0xffu);
}

/* Which digits differ at all within the items, as bits. */
static unsigned varying_digits(const struct pl_loose *items, size_t count)
{
    uint64_t order = 0;
    uint32_t key = 0;
    unsigned digits = 0;

    for (size_t i = 1; i < count; i++) {
        order |= items[i].order ^ items[0].order;
        key |= items[i].key ^ items[0].key;
    }

    const struct pl_loose differences = {.order = order, .key = key};

    for (unsigned digit = 0; digit < DIGITS_COUNT; digit++)
        if (digit_of(&differences, digit) != 0)
            digits |= 1u << digit;
    return digits;
}

/* One stable pass: counts a digit, then moves every item to its place in `to`. */
static void radix_pass(const struct pl_loose *from, struct pl_loose *to, size_t count,
                       unsigned digit)
{
    size_t starts[257] = {0};

    for (size_t i = 0; i < count; i++)
        starts[digit_of(&from[i], digit) + 1]++;
    for (size_t value = 0; value < 256; value++)
        starts[value + 1] += starts[value];
    for (size_t i = 0; i < count; i++)
        to[starts[digit_of(&from[i], digit)]++] = from[i];
}

static void radix_sort(struct pl_loose *items, struct pl_loose *scratch, size_t count)
{
    const unsigned digits = varying_digits(items, count);
    struct pl_loose *from = items;
    struct pl_loose *to = scratch;

    for (unsigned digit = 0; digit < DIGITS_COUNT; digit++) {
        if ((digits >> digit & 1u) == 0)
            continue;
        radix_pass(from, to, count, digit);

        struct pl_loose *swap = from;

        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

static double weight_of(const struct sorting *sorting, const struct pl_loose *item)
{
    return sorting->rows->weights == NULL ? 1.0 : sorting->rows->weights[item->row];
}

static bool is_same(const struct pl_loose *a, const struct pl_loose *b)
{
    return a->order == b->order && a->key == b->key;
}

/* Orders the items of one (value, key) by weight; there is nothing to do without weights. */
static void sort_weights(const struct sorting *sorting, struct pl_loose *items, size_t count)
{
    if (sorting->rows->weights == NULL)
        return;
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < count; i++) {
            const struct pl_loose item = items[i];
            const double weight = weight_of(sorting, &item);
            size_t at = i;

            for (; at >= gap && weight < weight_of(sorting, &items[at - gap]); at -= gap)
                items[at] = items[at - gap];
            items[at] = item;
        }
}

/* How many runs the sorted bucket makes. */
static size_t count_runs(const struct sorting *sorting, size_t start, size_t end)
{
    size_t runs = 0;

    for (size_t i = start; i < end; i++)
        runs +=
            i == start || !is_same(&sorting->items[i - 1], &sorting->items[i]) ||
            weight_of(sorting, &sorting->items[i - 1]) != weight_of(sorting, &sorting->items[i]);
    return runs;
}

static void sort_bucket(size_t bucket, uint32_t worker, void *context)
{
    struct sorting *sorting = context;
    const size_t start = sorting->starts[bucket];
    const size_t end = sorting->starts[bucket + 1];

    (void)worker;
    if (end - start <= INSERTION_MAX)
        insertion_sort(sorting->items + start, end - start);
    else
        radix_sort(sorting->items + start, sorting->scratch + start, end - start);
    for (size_t i = start; i < end;) {
        size_t next = i + 1;

        while (next < end && is_same(&sorting->items[i], &sorting->items[next]))
            next++;
        sort_weights(sorting, sorting->items + i, next - i);
        i = next;
    }
    sorting->merged[bucket] = count_runs(sorting, start, end);
}

static void write_bucket(size_t bucket, uint32_t worker, void *context)
{
    struct sorting *sorting = context;
    size_t at = sorting->merged[bucket];

    (void)worker;
    for (size_t i = sorting->starts[bucket]; i < sorting->starts[bucket + 1]; i++) {
        const struct pl_loose *item = &sorting->items[i];
        const double weight = weight_of(sorting, item);
        const uint64_t count = sorting->rows->counts == NULL ? 1 : sorting->rows->counts[item->row];
        const bool is_new = i == sorting->starts[bucket] || !is_same(item - 1, item) ||
                            weight_of(sorting, item - 1) != weight;

        if (!is_new) {
            sorting->counts[at - 1] += count;
            continue;
        }
        sorting->values[at] = pl_order_value(item->order);
        sorting->keys[at] = item->key;
        sorting->counts[at] = count;
        if (sorting->weights != NULL)
            sorting->weights[at] = weight;
        at++;
    }
}

/* The linear map from values to buckets: floating point keeps it from decreasing. */
struct spread {
    double smallest;
    double scale; /* 0: one bucket takes all */
    size_t last;
};

static struct spread make_spread(const struct pl_loose_list *list, size_t buckets_count)
{
    uint64_t smallest = UINT64_MAX;
    uint64_t largest = 0;

    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].order < smallest)
            smallest = list->items[i].order;
        if (list->items[i].order > largest)
            largest = list->items[i].order;
    }

    /* Not where values are infinite, or so far apart or so near that the map would overflow. */
    const double range = pl_order_value(largest) - pl_order_value(smallest);
    const double scale = (double)buckets_count / range;
    const bool usable = isfinite(range) && range > 0.0 && isfinite(scale);

    return (struct spread){
        .smallest = pl_order_value(smallest),
        .scale = usable ? scale : 0.0,
        .last = buckets_count - 1,
    };
}

static size_t bucket_of(const struct spread *spread, uint64_t order)
{
    if (spread->scale == 0.0)
        return 0;

    const double place = (pl_order_value(order) - spread->smallest) * spread->scale;

    return place >= (double)spread->last ? spread->last : (size_t)place;
}

static void spread_items(struct sorting *sorting, const struct pl_loose_list *list)
{
    const struct spread spread = make_spread(list, sorting->buckets_count);
    size_t next[BUCKETS_COUNT_MAX];

    for (size_t i = 0; i < list->count; i++)
        sorting->starts[bucket_of(&spread, list->items[i].order) + 1]++;
    for (size_t bucket = 0; bucket < sorting->buckets_count; bucket++)
        sorting->starts[bucket + 1] += sorting->starts[bucket];
    memcpy(next, sorting->starts, sizeof next);
    for (size_t i = 0; i < list->count; i++)
        sorting->items[next[bucket_of(&spread, list->items[i].order)]++] = list->items[i];
}

static enum pl_status allocate_runs(struct sorting *sorting, size_t count, struct pl_error *error)
{
    const size_t size = count == 0 ? 1 : count;

    sorting->values = malloc(size * sizeof *sorting->values);
    sorting->keys = malloc(size * sizeof *sorting->keys);
    sorting->counts = malloc(size * sizeof *sorting->counts);
    if (sorting->rows->weights != NULL)
        sorting->weights = malloc(size * sizeof *sorting->weights);
    if (sorting->values != NULL && sorting->keys != NULL && sorting->counts != NULL &&
        (sorting->weights != NULL || sorting->rows->weights == NULL))
        return PL_OK;
    free(sorting->values);
    free(sorting->keys);
    free(sorting->counts);
    free(sorting->weights);
    return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu distinct values", count);
}

/* Turns the buckets' numbers of runs into where each bucket's runs start; returns their sum. */
static size_t place_buckets(struct sorting *sorting)
{
    size_t total = 0;

    for (size_t bucket = 0; bucket < sorting->buckets_count; bucket++) {
        const size_t runs = sorting->merged[bucket];

        sorting->merged[bucket] = total;
        total += runs;
    }
    return total;
}

static enum pl_status sort_all(struct sorting *sorting, struct pl_loose_list *list,
                               uint32_t threads, struct pl_runs *ret_runs, struct pl_error *error)
{
    spread_items(sorting, list);
    /* The loose items are in their buckets now; their old room serves as scratch. */
    sorting->scratch = list->items;
    pl_pool_run(sorting->buckets_count, threads, sort_bucket, sorting);
    pl_loose_deinit(list);
    sorting->scratch = NULL;

    const size_t count = place_buckets(sorting);

    PL_RETURN_IF(allocate_runs(sorting, count, error));
    pl_pool_run(sorting->buckets_count, threads, write_bucket, sorting);
    ret_runs->values = sorting->values;
    ret_runs->keys = sorting->keys;
    ret_runs->counts = sorting->counts;
    ret_runs->weights = sorting->weights;
    ret_runs->count = count;
    return PL_OK;
}

enum pl_status pl_runs_make(struct pl_loose_list *list, const struct pl_loose_rows *rows,
                            uint32_t threads, struct pl_runs *ret_runs, struct pl_error *error)
{
    struct sorting *sorting = calloc(1, sizeof *sorting);

    if (sorting == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to sort");
    sorting->rows = rows;
    sorting->buckets_count = list->count / BUCKET_ITEMS_MIN + 1;
    if (sorting->buckets_count > BUCKETS_COUNT_MAX)
        sorting->buckets_count = BUCKETS_COUNT_MAX;
    sorting->items = malloc((list->count == 0 ? 1 : list->count) * sizeof *sorting->items);

    const enum pl_status status =
        sorting->items == NULL
            ? pl_error_set(error, PL_E_MEMORY, "no memory left to sort %zu values", list->count)
            : sort_all(sorting, list, threads, ret_runs, error);

    free(sorting->items);
    free(sorting);
    return status;
}
