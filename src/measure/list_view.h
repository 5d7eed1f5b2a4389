/*
 * What a measure of ranked lists sees of one slice in one query, and what it makes of it: one
 * observation, since the query is what was sampled.
 */
#ifndef PL_MEASURE_LIST_VIEW_H
#define PL_MEASURE_LIST_VIEW_H

#include "measure/lists.h"
#include "stats/clusters.h"
#include "stats/ranking.h"

/* The slice's own items of a query, and where they stand in the full list. */
struct pl_list_view {
    struct pl_ranked ranked; /* those with a label, as if the list had no others */
    const struct pl_discounts *discounts;
    double count;             /* all, labelled or not */
    double exposure;          /* the sum of their weights in the full list */
    double labelled_exposure; /* of those with a label */
    double relevance;         /* the sum over those with a label */
    double full_exposure;     /* of the full list */
};

/* A measure of lists: a ratio of totals over queries, or the mean of a value of each query. */
struct pl_list_measure {
    /* Fills a and b of the cluster; false where the query says nothing. `k` cuts the list. */
    bool (*take)(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster);
    enum pl_range range;
    enum pl_undefined without; /* why there is no value when no query says anything */
    bool of_every_query;       /* b is counted in every query, whether the slice is in it or not */
    bool needs_exposure;
    bool needs_exponential;
};

/* The part of a tally that belongs to a ranking. */
struct pl_ranking_tally {
    uint64_t queries;          /* with an item of the slice */
    uint64_t without_relevant; /* of them, those in which no labelled item is relevant */
};

/* What a slice observes in clusters: the queries of a ranking, or what data.group says belongs together. */
struct pl_cluster_tally {
    uint64_t count;                    /* clusters that reach into the slice */
    struct pl_clusters *sums;          /* by index into the metrics; NULL: there are none */
    bool dependent;                    /* the slices of the grouping share clusters */
    struct pl_clusters_shared *shared; /* in the first tally of a grouping that is dependent: see
                                          pl_shared_at; NULL when there would be too many */
};

/* More slices than this are compared without their correlations: pl_shared_at has none. */
#define PL_SHARED_SLICES_MAX 100

/* Where the products of slices `a` and `b` of `count` are, for one of the metrics; `b` = count is the
   full cluster. Given for a < b only. */
static inline size_t pl_shared_at(size_t metric, size_t a, size_t b, size_t count)
{
    return (metric * count + a) * (count + 1) + b;
}

#endif
