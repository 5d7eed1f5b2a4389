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
}

static void free_bucket(struct pl_lists_bucket *bucket)
{
    free(bucket->records);
    free(bucket->ids);
    *bucket = (struct pl_lists_bucket){0};
}

void pl_lists_builder_deinit(struct pl_lists_builder *builder)
{
    for (size_t i = 0; i < PL_LISTS_BUCKETS; i++)
        free_bucket(&builder->buckets[i]);
}

/* Room for `count` things of `item_size` bytes in an array that grows by half; false without memory. */
static bool grow(void **array, size_t *size, size_t count, size_t item_size)
{
    if (count <= *size)
        return true;

    size_t wanted = *size + *size / 2 + 256;

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

enum pl_status pl_lists_add(struct pl_lists_builder *builder, const struct pl_list_query *query,
                            const struct pl_list_item *item, struct pl_error *error)
{
    struct pl_lists_bucket *bucket = &builder->buckets[pl_str_hash(query->id) >> 56];
    void *records = bucket->records;
    void *ids = bucket->ids;

    if (builder->items_count == PL_ITEMS_MAX)
        return pl_error_set(
            error, PL_E_LIMIT,
            "there are more than %d items: judge a part of the queries with `where`", PL_ITEMS_MAX);
    if (!grow(&records, &bucket->records_size, bucket->records_count + 1, sizeof *bucket->records))
        return no_memory(error);
    bucket->records = records;
    if (!grow(&ids, &bucket->ids_size, bucket->ids_length + query->id.len, 1))
        return no_memory(error);
    bucket->ids = ids;
    bucket->records[bucket->records_count++] = (struct pl_list_record){
        .score = item->score,
        .relevance = item->relevance,
        .weight = query->weight,
        .leaf = item->leaf,
        .id_length = (uint32_t)query->id.len,
    };
    if (query->id.len > 0)
        memcpy(bucket->ids + bucket->ids_length, query->id.ptr, query->id.len);
    bucket->ids_length += query->id.len;
    builder->items_count++;
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

/* What a bucket becomes: its items at the end of the lists so far. */
struct filling {
    const struct pl_lists_bucket *bucket;
    const uint32_t *places;
    struct pl_lists *lists;
    size_t items_count; /* in the lists so far */
    size_t queries_size;
    struct pl_intern queries; /* of the bucket */
    uint32_t *numbers;        /* of each record its query, by order of arrival */
    uint32_t *ranks;          /* of each query its place in the bucket's order */
    size_t *next;             /* where each list goes on */
};

static enum pl_status unequal_weights(struct pl_str id, double first, double second,
                                      struct pl_error *error)
{
    return pl_error_set(error, PL_E_DATA,
                        "query `%.*s` has items of different weights, %.15g and %.15g; a weight is "
                        "that of a query, so all its items must have the same",
                        PL_STR_ARG(id), fmin(first, second), fmax(first, second));
}

/* Tells the queries of the bucket apart: `numbers`, with the id of each. */
static enum pl_status number_queries(struct filling *filling, struct pl_error *error)
{
    const struct pl_lists_bucket *bucket = filling->bucket;
    const char *id = bucket->ids;

    filling->numbers = malloc((bucket->records_count + 1) * sizeof *filling->numbers);
    if (filling->numbers == NULL)
        return no_memory(error);
    for (size_t i = 0; i < bucket->records_count; i++) {
        const struct pl_str text = {id, bucket->records[i].id_length};

        PL_RETURN_IF(pl_intern_number(&filling->queries, text, &filling->numbers[i], error));
        if (filling->numbers[i] == PL_INTERN_FULL ||
            filling->lists->queries_count + filling->queries.count > PL_QUERIES_MAX)
            return pl_error_set(error, PL_E_LIMIT,
                                "there are more than %d queries: judge a part of them with `where`",
                                PL_QUERIES_MAX);
        id += text.len;
    }
    return PL_OK;
}

/* Room in the lists for the bucket's queries, which get their weights and the ends of their lists. */
static enum pl_status open_lists(struct filling *filling, struct pl_error *error)
{
    struct pl_lists *lists = filling->lists;
    const size_t first = lists->queries_count;
    const size_t count = first + filling->queries.count;
    void *starts = lists->starts;
    void *weights = lists->weights;
    size_t weights_size = filling->queries_size;

    if (!grow(&weights, &weights_size, count + 1, sizeof *lists->weights))
        return no_memory(error);
    lists->weights = weights;
    if (!grow(&starts, &filling->queries_size, count + 1, sizeof *lists->starts))
        return no_memory(error);
    lists->starts = starts;
    for (size_t q = first; q < count; q++) {
        lists->starts[q + 1] = 0;
        lists->weights[q] = 0.0;
    }
    lists->starts[first] = filling->items_count;
    lists->queries_count = count;
    return PL_OK;
}

static enum pl_status count_items(struct filling *filling, size_t first, struct pl_error *error)
{
    struct pl_lists *lists = filling->lists;

    for (size_t i = 0; i < filling->bucket->records_count; i++) {
        const double weight = filling->bucket->records[i].weight;
        const uint32_t number = filling->numbers[i];
        const size_t q = first + filling->ranks[number];

        if (lists->starts[q + 1]++ == 0)
            lists->weights[q] = weight;
        else if (lists->weights[q] < weight || lists->weights[q] > weight)
            return unequal_weights(filling->queries.keys[number], lists->weights[q], weight, error);
    }
    for (size_t q = first; q < lists->queries_count; q++) {
        if (lists->starts[q + 1] > lists->longest)
            lists->longest = lists->starts[q + 1];
        lists->starts[q + 1] += lists->starts[q];
    }
    return PL_OK;
}

static enum pl_status place_items(struct filling *filling, size_t first, struct pl_error *error)
{
    struct pl_lists *lists = filling->lists;
    const size_t count = lists->queries_count - first;

    filling->next = malloc((count + 1) * sizeof *filling->next);
    if (filling->next == NULL)
        return no_memory(error);
    memcpy(filling->next, lists->starts + first, count * sizeof *filling->next);
    for (size_t i = 0; i < filling->bucket->records_count; i++) {
        const struct pl_list_record *record = &filling->bucket->records[i];
        const uint32_t rank = filling->ranks[filling->numbers[i]];

        lists->items[filling->next[rank]++] = (struct pl_list_item){
            .score = record->score,
            .relevance = record->relevance,
            .leaf = filling->places[record->leaf],
            .query = (uint32_t)(first + rank),
        };
    }
    for (size_t q = first; q < lists->queries_count; q++)
        sort_items(lists->items + lists->starts[q], lists->starts[q + 1] - lists->starts[q]);
    filling->items_count += filling->bucket->records_count;
    return PL_OK;
}

static enum pl_status fill_bucket(struct filling *filling, struct pl_error *error)
{
    const size_t first = filling->lists->queries_count;

    PL_RETURN_IF(number_queries(filling, error));
    filling->ranks = order_queries(&filling->queries);
    if (filling->ranks == NULL)
        return no_memory(error);
    PL_RETURN_IF(open_lists(filling, error));
    PL_RETURN_IF(count_items(filling, first, error));
    return place_items(filling, first, error);
}

static enum pl_status fill_lists(struct pl_lists_builder *builder, const uint32_t *places,
                                 struct pl_lists *lists, struct pl_error *error)
{
    struct filling filling = {.places = places, .lists = lists};
    enum pl_status status = PL_OK;

    lists->items = malloc((builder->items_count + 1) * sizeof *lists->items);
    lists->starts = calloc(1, sizeof *lists->starts);
    if (lists->items == NULL || lists->starts == NULL)
        return no_memory(error);
    for (size_t i = 0; status == PL_OK && i < PL_LISTS_BUCKETS; i++) {
        filling.bucket = &builder->buckets[i];
        filling.numbers = NULL;
        filling.ranks = NULL;
        filling.next = NULL;
        pl_intern_init(&filling.queries, PL_QUERIES_MAX);
        status = fill_bucket(&filling, error);
        pl_intern_deinit(&filling.queries);
        free(filling.numbers);
        free(filling.ranks);
        free(filling.next);
        free_bucket(&builder->buckets[i]);
    }
    return status;
}

enum pl_status pl_lists_make(struct pl_lists_builder *builder, const uint32_t *places,
                             struct pl_lists **ret_lists, struct pl_error *error)
{
    struct pl_lists *lists = calloc(1, sizeof *lists);
    const enum pl_status status =
        lists == NULL ? no_memory(error) : fill_lists(builder, places, lists, error);

    pl_lists_builder_deinit(builder);
    if (status == PL_OK)
        *ret_lists = lists;
    else
        pl_lists_free(lists);
    return status;
}
