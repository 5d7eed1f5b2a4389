/*
 * Puts items into one list for each query, in place: they are swapped to where they belong. Queries are ordered by a hash
 * of their ids (and by the ids where hashes agree): an order that is quick to find, and the same for
 * every order of the rows.
 */
#include "measure/lists.h"

#include "measure/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INSERTION_MAX 32

void pl_lists_free(struct pl_lists *lists)
{
    if (lists == NULL)
        return;
    free(lists->items);
    free(lists->starts);
    free(lists->weights);
    free(lists);
}

static struct pl_lists *new_lists(size_t items_count, size_t queries_count)
{
    struct pl_lists *lists = calloc(1, sizeof *lists);

    if (lists == NULL)
        return NULL;
    lists->items = malloc((items_count + 1) * sizeof *lists->items);
    lists->starts = calloc(queries_count + 1, sizeof *lists->starts);
    lists->weights = malloc((queries_count + 1) * sizeof *lists->weights);
    if (lists->items == NULL || lists->starts == NULL || lists->weights == NULL) {
        pl_lists_free(lists);
        return NULL;
    }
    return lists;
}

struct pl_lists *pl_lists_filter(const struct pl_lists *lists, const uint32_t *places)
{
    struct pl_lists *made = new_lists(lists->starts[lists->queries_count], lists->queries_count);
    size_t count = 0;

    if (made == NULL)
        return NULL;
    made->relevant_from = lists->relevant_from;
    for (size_t q = 0; q < lists->queries_count; q++) {
        const size_t first = count;

        for (size_t i = lists->starts[q]; i < lists->starts[q + 1]; i++) {
            const uint32_t place = places[lists->items[i].leaf];

            if (place == PL_LEAF_OUT)
                continue;
            made->items[count] = lists->items[i];
            made->items[count].leaf = place;
            made->items[count++].query = (uint32_t)made->queries_count;
        }
        if (count == first)
            continue;
        made->weights[made->queries_count] = lists->weights[q];
        made->starts[++made->queries_count] = count;
        made->longest = count - first > made->longest ? count - first : made->longest;
    }
    return made;
}

void pl_lists_builder_init(struct pl_lists_builder *builder)
{
    *builder = (struct pl_lists_builder){0};
    pl_intern_init(&builder->queries, PL_QUERIES_MAX);
}

void pl_lists_builder_deinit(struct pl_lists_builder *builder)
{
    pl_intern_deinit(&builder->queries);
    free(builder->weights);
    free(builder->items);
    *builder = (struct pl_lists_builder){0};
}

/* Room for `count` things of `item_size` bytes in an array that grows by half; false without memory. */
static bool grow(void **array, size_t *size, size_t count, size_t item_size)
{
    if (count <= *size)
        return true;

    size_t wanted = *size + *size / 2 + 4096;

    if (wanted < count)
        wanted = count;

    void *grown = realloc(*array, wanted * item_size);

    if (grown == NULL)
        return false;
    *array = grown;
    *size = wanted;
    return true;
}

static enum pl_status no_memory(struct pl_error *error)
{
    return pl_error_set(error, PL_E_MEMORY, "no memory left for the lists");
}

static enum pl_status unequal_weights(const struct pl_list_query *query, double before,
                                      struct pl_error *error)
{
    return pl_error_set(error, PL_E_DATA,
                        "query `%.*s` has items of different weights, %.15g and %.15g; a weight is "
                        "that of a query, so all its items must have the same",
                        PL_STR_ARG(query->id), fmin(before, query->weight),
                        fmax(before, query->weight));
}

static enum pl_status take_query(struct pl_lists_builder *builder,
                                 const struct pl_list_query *query, uint32_t *ret_number,
                                 struct pl_error *error)
{
    const uint32_t known = builder->queries.count;
    uint32_t number = 0;
    void *weights = builder->weights;

    PL_RETURN_IF(pl_intern_number(&builder->queries, query->id, &number, error));
    *ret_number = number;
    if (number < known)
        return builder->weights[number] < query->weight || builder->weights[number] > query->weight
                   ? unequal_weights(query, builder->weights[number], error)
                   : PL_OK;
    if (number == PL_INTERN_FULL)
        return pl_error_set(error, PL_E_LIMIT,
                            "there are more than %d queries: judge a part of them with `where`",
                            PL_QUERIES_MAX);
    if (!grow(&weights, &builder->weights_size, (size_t)number + 1, sizeof *builder->weights))
        return no_memory(error);
    builder->weights = weights;
    builder->weights[number] = query->weight;
    return PL_OK;
}

enum pl_status pl_lists_add(struct pl_lists_builder *builder, const struct pl_list_query *query,
                            const struct pl_list_item *item, struct pl_error *error)
{
    void *items = builder->items;
    struct pl_list_item added = *item;

    if (builder->items_count == PL_ITEMS_MAX)
        return pl_error_set(
            error, PL_E_LIMIT,
            "there are more than %d items: judge a part of the queries with `where`", PL_ITEMS_MAX);
    PL_RETURN_IF(take_query(builder, query, &added.query, error));
    if (!grow(&items, &builder->items_size, builder->items_count + 1, sizeof added))
        return no_memory(error);
    builder->items = items;
    builder->items[builder->items_count++] = added;
    return PL_OK;
}

/* A query and what it sorts by. */
struct ordered {
    uint64_t hash;
    struct pl_str id;
    uint32_t number;
};

static int compare_queries(const void *a, const void *b)
{
    const struct ordered *first = a;
    const struct ordered *second = b;

    if (first->hash != second->hash)
        return first->hash < second->hash ? -1 : 1;
    return pl_str_compare(first->id, second->id);
}

/* Where each query by number goes; malloc'd, or NULL. */
static uint32_t *order_queries(const struct pl_intern *queries)
{
    struct ordered *ordered = malloc(((size_t)queries->count + 1) * sizeof *ordered);
    uint32_t *ranks = malloc(((size_t)queries->count + 1) * sizeof *ranks);

    if (ordered != NULL && ranks != NULL) {
        for (uint32_t i = 0; i < queries->count; i++)
            ordered[i] = (struct ordered){pl_str_hash(queries->keys[i]), queries->keys[i], i};
        qsort(ordered, queries->count, sizeof *ordered, compare_queries);
        for (uint32_t i = 0; i < queries->count; i++)
            ranks[ordered[i].number] = i;
    } else {
        free(ranks);
        ranks = NULL;
    }
    free(ordered);
    return ranks;
}

static int compare_items(const void *a, const void *b)
{
    const struct pl_list_item *first = a;
    const struct pl_list_item *second = b;

    if (first->score < second->score || first->score > second->score)
        return first->score > second->score ? -1 : 1;
    if (first->leaf != second->leaf)
        return first->leaf < second->leaf ? -1 : 1;
    return first->relevance < second->relevance ? -1 : first->relevance > second->relevance;
}

static void sort_items(struct pl_list_item *items, size_t count)
{
    if (count > INSERTION_MAX) {
        qsort(items, count, sizeof *items, compare_items);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const struct pl_list_item item = items[i];
        size_t at = i;

        for (; at > 0 && compare_items(&item, &items[at - 1]) < 0; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Gives items and weights the numbers of the final order, and counts the lists: starts[i + 1] is the
   end of list i. */
static void renumber(const struct pl_lists_builder *builder, const uint32_t *ranks,
                     const uint32_t *places, struct pl_lists *lists)
{
    memset(lists->starts, 0, (lists->queries_count + 1) * sizeof *lists->starts);
    for (size_t i = 0; i < lists->queries_count; i++)
        lists->weights[ranks[i]] = builder->weights[i];
    for (size_t i = 0; i < builder->items_count; i++) {
        struct pl_list_item *item = &lists->items[i];

        item->query = ranks[item->query];
        item->leaf = places[item->leaf];
        lists->starts[item->query + 1]++;
    }
    for (size_t i = 0; i < lists->queries_count; i++) {
        if (lists->starts[i + 1] > lists->longest)
            lists->longest = lists->starts[i + 1];
        lists->starts[i + 1] += lists->starts[i];
    }
}

/* Swaps every item into its list, then sorts each. `next` is where each list goes on. */
static void place_items(struct pl_lists *lists, size_t *next)
{
    memcpy(next, lists->starts, lists->queries_count * sizeof *next);
    for (size_t q = 0; q < lists->queries_count; q++)
        while (next[q] < lists->starts[q + 1]) {
            struct pl_list_item *at = &lists->items[next[q]];
            const struct pl_list_item item = *at;

            if (item.query == q) {
                next[q]++;
                continue;
            }
            *at = lists->items[next[item.query]];
            lists->items[next[item.query]++] = item;
        }
    for (size_t q = 0; q < lists->queries_count; q++)
        sort_items(lists->items + lists->starts[q], lists->starts[q + 1] - lists->starts[q]);
}

enum pl_status pl_lists_make(struct pl_lists_builder *builder, const uint32_t *places,
                             struct pl_lists **ret_lists, struct pl_error *error)
{
    const size_t queries_count = builder->queries.count;
    struct pl_lists *lists = calloc(1, sizeof *lists);
    uint32_t *ranks = order_queries(&builder->queries);
    size_t *next = malloc((queries_count + 1) * sizeof *next);

    if (lists != NULL) {
        lists->queries_count = queries_count;
        lists->starts = malloc((queries_count + 1) * sizeof *lists->starts);
        lists->weights = malloc((queries_count + 1) * sizeof *lists->weights);
    }

    const bool complete = lists != NULL && ranks != NULL && next != NULL && lists->starts != NULL &&
                          lists->weights != NULL;

    if (complete) {
        lists->items = builder->items;
        renumber(builder, ranks, places, lists);
        builder->items = NULL;
        place_items(lists, next);
        *ret_lists = lists;
    } else {
        pl_lists_free(lists);
    }
    free(ranks);
    free(next);
    pl_lists_builder_deinit(builder);
    return complete ? PL_OK : no_memory(error);
}
