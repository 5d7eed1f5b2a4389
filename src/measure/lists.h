/*
 * Ranked lists: the part of the cells that a ranking has. Every query has one list of items, in the
 * order of their scores. Built from items as they come, in any order; the result does not depend on
 * that order.
 */
#ifndef PL_MEASURE_LISTS_H
#define PL_MEASURE_LISTS_H

#include "measure/intern.h"
#include "stats/ranking.h"

#define PL_QUERIES_MAX 8000000   /* lists */
#define PL_ITEMS_MAX   200000000 /* items in all lists */

#define PL_RELEVANCE_UNKNOWN (-1.0) /* an item without a label: it takes its place all the same */

struct pl_list_item {
    double score;
    double relevance; /* at least 0, or PL_RELEVANCE_UNKNOWN */
    uint32_t leaf;
    uint32_t query;
};

/* All lists end to end, in an order of the queries that follows from their ids alone; in each the items
   by score, descending, then leaf, then relevance. Items without a score are in no list. */
struct pl_lists {
    struct pl_list_item *items;
    size_t
        *starts; /* queries_count + 1: list i is items[starts[i]] to before items[starts[i + 1]] */
    double *weights; /* of each query */
    size_t queries_count;
    size_t longest;
    double relevant_from; /* relevant is what has relevance > 0 and >= this */
};

/* Frees the arrays and `lists`; NULL is allowed. */
void pl_lists_free(struct pl_lists *lists);

/* The items whose leaf stays, as if there were no others; `places` says where each leaf went, and is
   PL_LEAF_OUT for those left out. Lists of which nothing stays are left out. NULL when there is no memory. */
struct pl_lists *pl_lists_filter(const struct pl_lists *lists, const uint32_t *places);

#define PL_LISTS_BUCKETS 256

/* An item on its way, in the bucket that the hash of its query's id names; the id follows in `ids`. */
struct pl_list_record {
    double score;
    double relevance;
    double weight;
    uint32_t leaf;
    uint32_t id_length;
};

struct pl_lists_bucket {
    struct pl_list_record *records;
    size_t records_count;
    size_t records_size;
    char *ids;
    size_t ids_length;
    size_t ids_size;
};

/* Owns its memory: 32 bytes and the id for an item, with up to half as much again while it grows. */
struct pl_lists_builder {
    struct pl_lists_bucket buckets[PL_LISTS_BUCKETS];
    size_t items_count;
};

void pl_lists_builder_init(struct pl_lists_builder *builder);
void pl_lists_builder_deinit(struct pl_lists_builder *builder);

/* The query that an item belongs to. */
struct pl_list_query {
    struct pl_str id;
    double weight;
};

/* Adds an item, whose `query` is not read. PL_E_LIMIT when there are too many. */
PL_MUST_CHECK enum pl_status pl_lists_add(struct pl_lists_builder *builder,
                                          const struct pl_list_query *query,
                                          const struct pl_list_item *item, struct pl_error *error);

/*
 * The lists; `places` says where each leaf by number went. The builder is used up. PL_E_DATA when items
 * of one query have different weights; PL_E_LIMIT when there are too many queries.
 */
PL_MUST_CHECK enum pl_status pl_lists_make(struct pl_lists_builder *builder, const uint32_t *places,
                                           struct pl_lists **ret_lists, struct pl_error *error);

#endif
