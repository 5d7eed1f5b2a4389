/*
 * One pass over the lists of all queries. In each, the items are dealt out to the slices they belong
 * to, in the order of the list; every slice with an item makes one observation for every measure. Where
 * a query is in several slices their observations are not independent, so products of them are summed
 * as well, and the full list takes part as if it were one more slice.
 */
#include "measure/scan_lists.h"

#include "measure/list_view.h"
#include "measure/metrics.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

/* The state of a pass; the arrays are as long as the longest list, but for those of the slices. */
struct pass {
    const struct pl_scan *scan;
    const struct pl_partition *partition;
    struct pl_tally *tallies;
    const struct pl_lists *lists;
    bool with_exposure;
    bool with_exponential;
    struct pl_discounts discounts;
    double *weights;               /* of the places */
    double *exposures;             /* of the items of the list at hand */
    struct pl_ranked_item *ranked; /* labelled items of one slice */
    struct pl_ranked_room room;
    uint32_t *members;           /* places of the list's items, dealt out to its parts */
    size_t *ends;                /* where each part ends in `members` */
    uint32_t *parts;             /* the slice of each part */
    uint32_t *part_of;           /* by slice: its part, or NOWHERE */
    struct pl_cluster *clusters; /* parts, then the full list; each has one for every metric */
    bool *taken;                 /* as long: the cluster is there */
    struct pl_clusters_shared *shared;
};

/* A list: what of it is at hand. */
struct list {
    const struct pl_list_item *items;
    size_t count;
    double weight;
    double exposure;
};

static bool is_list_metric(const struct pl_scan *scan, size_t metric)
{
    return scan->metrics[metric].row->list != NULL;
}

static void find_needs(struct pass *pass)
{
    for (size_t m = 0; m < pass->scan->metrics_count; m++)
        if (is_list_metric(pass->scan, m)) {
            pass->with_exposure |= pass->scan->metrics[m].row->list->needs_exposure;
            pass->with_exponential |= pass->scan->metrics[m].row->list->needs_exponential;
        }
}

/* The weights of the places of tied items are shared out among them. */
static void expose(struct pass *pass, struct list *list)
{
    for (size_t i = 0; i < list->count;) {
        size_t next = i + 1;

        while (next < list->count && list->items[next].score >= list->items[i].score)
            next++;

        const double mean = pl_discounts_mean(&pass->discounts, i, next - i);

        list->exposure += mean * (double)(next - i);
        for (; i < next; i++)
            pass->exposures[i] = mean;
    }
}

/* Deals the items out to the slices they are in; returns the number of parts. */
static size_t deal_out(struct pass *pass, const struct list *list)
{
    const uint32_t *slice_of_leaf = pass->partition->slice_of_leaf;
    size_t parts_count = 0;

    for (size_t i = 0; i < list->count; i++) {
        const uint32_t slice = slice_of_leaf[list->items[i].leaf];

        if (pass->part_of[slice] == NOWHERE) {
            pass->part_of[slice] = (uint32_t)parts_count;
            pass->parts[parts_count] = slice;
            pass->ends[parts_count++] = 0;
        }
        pass->ends[pass->part_of[slice]]++;
    }
    /* From counts to starts, which move on to the ends. */
    for (size_t part = 0, start = 0; part < parts_count; part++) {
        const size_t count = pass->ends[part];

        pass->ends[part] = start;
        start += count;
    }
    for (size_t i = 0; i < list->count; i++) {
        const uint32_t part = pass->part_of[slice_of_leaf[list->items[i].leaf]];

        pass->members[pass->ends[part]++] = (uint32_t)i;
    }
    for (size_t part = 0; part < parts_count; part++)
        pass->part_of[pass->parts[part]] = NOWHERE;
    return parts_count;
}

/* What is seen of `count` items of the list, by their places; without `members`, of all of them. */
static void view_items(struct pass *pass, const struct list *list, const uint32_t *members,
                       size_t count, struct pl_list_view *view)
{
    struct pl_ranked_list labelled = {
        .items = pass->ranked,
        .relevant_from = pass->lists->relevant_from,
        .exponential = pass->with_exponential,
    };

    *view = (struct pl_list_view){
        .discounts = &pass->discounts, .count = (double)count, .full_exposure = list->exposure};
    for (size_t i = 0; i < count; i++) {
        const size_t place = members == NULL ? i : members[i];
        const struct pl_list_item *item = &list->items[place];
        const double exposure = pass->with_exposure ? pass->exposures[place] : 0.0;

        view->exposure += exposure;
        if (item->relevance < 0.0)
            continue;
        view->labelled_exposure += exposure;
        view->relevance += item->relevance;
        pass->ranked[labelled.count++] = (struct pl_ranked_item){item->score, item->relevance};
    }
    pl_ranked_make(&labelled, &pass->room, &view->ranked);
}

/* The observations of part `part`, kept for the products. */
static void observe(struct pass *pass, const struct pl_list_view *view, double weight, size_t part)
{
    for (size_t m = 0; m < pass->scan->metrics_count; m++) {
        const struct pl_metric *metric = &pass->scan->metrics[m];
        const size_t at = part * pass->scan->metrics_count + m;
        const size_t k = metric->argument > 0.0 ? (size_t)metric->argument : PL_RANKED_ALL;

        pass->clusters[at] = (struct pl_cluster){.weight = weight};
        pass->taken[at] =
            metric->row->list != NULL && metric->row->list->take(view, k, &pass->clusters[at]);
    }
}

static void tally_part(struct pass *pass, const struct pl_list_view *view, size_t part)
{
    struct pl_ranking_tally *tally = &pass->tallies[pass->parts[part]].ranking;

    tally->queries++;
    tally->without_relevant += view->ranked.count > 0 && view->ranked.relevant == 0;
    for (size_t m = 0; m < pass->scan->metrics_count; m++) {
        const size_t at = part * pass->scan->metrics_count + m;

        if (pass->taken[at])
            pl_clusters_add(&tally->clusters[m], &pass->clusters[at]);
    }
}

/* Adds the products of two parts; `last` is the full list, of which the index is the slices' count. */
static void share_pair(struct pass *pass, size_t first, size_t second, bool last)
{
    const size_t slices_count = pass->partition->slices_count;
    const size_t metrics_count = pass->scan->metrics_count;
    size_t a = pass->parts[first];
    size_t b = last ? slices_count : pass->parts[second];
    const bool swapped = a > b;

    if (swapped) {
        const size_t swap = a;

        a = b;
        b = swap;
    }
    for (size_t m = 0; m < metrics_count; m++) {
        const size_t one = (swapped ? second : first) * metrics_count + m;
        const size_t two = (swapped ? first : second) * metrics_count + m;

        if (pass->taken[one] && pass->taken[two])
            pl_clusters_share(&pass->shared[pl_shared_at(m, a, b, slices_count)],
                              &pass->clusters[one], &pass->clusters[two]);
    }
}

/* The products of all parts of one query, the full list among them. */
static void share_parts(struct pass *pass, const struct list *list, size_t parts_count)
{
    struct pl_list_view view;
    size_t full = 0;

    if (pass->shared == NULL)
        return;
    if (parts_count > 1) {
        full = parts_count;
        view_items(pass, list, NULL, list->count, &view);
        observe(pass, &view, list->weight, full);
    }
    for (size_t i = 0; i < parts_count; i++) {
        share_pair(pass, i, full, true);
        for (size_t j = i + 1; j < parts_count; j++)
            share_pair(pass, i, j, false);
    }
}

static void scan_list(struct pass *pass, struct list *list)
{
    struct pl_list_view view;
    size_t start = 0;

    if (pass->with_exposure)
        expose(pass, list);

    const size_t parts_count = deal_out(pass, list);

    for (size_t part = 0; part < parts_count; part++) {
        view_items(pass, list, pass->members + start, pass->ends[part] - start, &view);
        observe(pass, &view, list->weight, part);
        tally_part(pass, &view, part);
        start = pass->ends[part];
    }
    share_parts(pass, list, parts_count);
}

/* Whether some query has items of two slices. */
static bool is_dependent(const struct pl_lists *lists, const struct pl_partition *partition)
{
    if (partition->slices_count < 2)
        return false;
    for (size_t q = 0; q < lists->queries_count; q++)
        for (size_t i = lists->starts[q] + 1; i < lists->starts[q + 1]; i++)
            if (partition->slice_of_leaf[lists->items[i].leaf] !=
                partition->slice_of_leaf[lists->items[i - 1].leaf])
                return true;
    return false;
}

static bool allocate_tallies(struct pass *pass)
{
    const size_t slices_count = pass->partition->slices_count;
    const size_t metrics_count = pass->scan->metrics_count;
    const bool dependent = is_dependent(pass->lists, pass->partition);

    for (size_t i = 0; i < slices_count; i++) {
        struct pl_ranking_tally *tally = &pass->tallies[i].ranking;

        tally->dependent = dependent;
        tally->clusters = calloc(metrics_count, sizeof *tally->clusters);
        if (tally->clusters == NULL)
            return false;
    }
    if (!dependent || slices_count > PL_SHARED_SLICES_MAX)
        return true;
    pass->shared = calloc(metrics_count * slices_count * (slices_count + 1), sizeof *pass->shared);
    pass->tallies[0].ranking.shared = pass->shared;
    return pass->shared != NULL;
}

static bool allocate_pass(struct pass *pass)
{
    const size_t longest = pass->lists->longest + 1;
    const size_t slices_count = pass->partition->slices_count;
    const size_t parts = (longest < slices_count ? longest : slices_count) + 1;
    const size_t clusters = parts * pass->scan->metrics_count;

    pass->weights = calloc(longest, sizeof *pass->weights);
    pass->exposures = calloc(longest, sizeof *pass->exposures);
    pass->ranked = calloc(longest, sizeof *pass->ranked);
    pass->room.ties = calloc(longest, sizeof *pass->room.ties);
    pass->room.ideal = calloc(longest, sizeof *pass->room.ideal);
    pass->members = calloc(longest, sizeof *pass->members);
    pass->ends = calloc(parts, sizeof *pass->ends);
    pass->parts = calloc(parts, sizeof *pass->parts);
    pass->part_of = malloc(slices_count * sizeof *pass->part_of);
    pass->clusters = calloc(clusters, sizeof *pass->clusters);
    pass->taken = calloc(clusters, sizeof *pass->taken);
    return pass->weights != NULL && pass->exposures != NULL && pass->ranked != NULL &&
           pass->room.ties != NULL && pass->room.ideal != NULL && pass->members != NULL &&
           pass->ends != NULL && pass->parts != NULL && pass->part_of != NULL &&
           pass->clusters != NULL && pass->taken != NULL;
}

static void free_pass(struct pass *pass)
{
    free(pass->weights);
    free(pass->exposures);
    free(pass->ranked);
    free(pass->room.ties);
    free(pass->room.ideal);
    free(pass->members);
    free(pass->ends);
    free(pass->parts);
    free(pass->part_of);
    free(pass->clusters);
    free(pass->taken);
}

static void run_pass(struct pass *pass)
{
    const struct pl_lists *lists = pass->lists;

    memset(pass->part_of, 0xff, pass->partition->slices_count * sizeof *pass->part_of);
    pl_discounts_fill(pass->weights, lists->longest + 1);
    pass->discounts = (struct pl_discounts){pass->weights, lists->longest + 1};
    for (size_t q = 0; q < lists->queries_count; q++) {
        struct list list = {
            .items = lists->items + lists->starts[q],
            .count = lists->starts[q + 1] - lists->starts[q],
            .weight = lists->weights[q],
        };

        if (list.count > 0)
            scan_list(pass, &list);
    }
}

enum pl_status pl_scan_lists(const struct pl_scan *scan, const struct pl_partition *partition,
                             struct pl_tally *tallies, struct pl_error *error)
{
    struct pass pass = {
        .scan = scan, .partition = partition, .tallies = tallies, .lists = scan->cells->lists};

    find_needs(&pass);

    const bool allocated = allocate_tallies(&pass) && allocate_pass(&pass);

    if (allocated)
        run_pass(&pass);
    free_pass(&pass);
    return allocated
               ? PL_OK
               : pl_error_set(error, PL_E_MEMORY, "no memory left for the lists of %zu slices",
                              partition->slices_count);
}

void pl_scan_lists_free(struct pl_tally *tally)
{
    free(tally->ranking.clusters);
    free(tally->ranking.shared);
    tally->ranking.clusters = NULL;
    tally->ranking.shared = NULL;
}
