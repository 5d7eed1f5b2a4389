/*
 * One pass over the lists of all queries. In each, the items are dealt out to the slices they belong
 * to, in the order of the list; every slice with an item makes one observation for every measure, and
 * the query is their cluster.
 */
#include "measure/scan_lists.h"

#include "measure/cluster_parts.h"
#include "measure/list_view.h"
#include "measure/metrics.h"

#include <stdlib.h>

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
    uint32_t *members; /* places of the list's items, dealt out to its parts */
    size_t *ends;      /* where each part ends in `members` */
    struct pl_cluster_parts parts;
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

/* Deals the items out to the slices they are in. */
static void deal_out(struct pass *pass, const struct list *list)
{
    const uint32_t *slice_of_leaf = pass->partition->slice_of_leaf;
    struct pl_cluster_parts *parts = &pass->parts;

    pl_cluster_parts_reset(parts);
    for (size_t i = 0; i < list->count; i++) {
        const size_t known = parts->count;
        const size_t part = pl_cluster_parts_find(parts, slice_of_leaf[list->items[i].leaf]);

        if (part == known)
            pass->ends[part] = 0;
        pass->ends[part]++;
    }
    /* From counts to starts, which move on to the ends. */
    for (size_t part = 0, start = 0; part < parts->count; part++) {
        const size_t count = pass->ends[part];

        pass->ends[part] = start;
        start += count;
    }
    for (size_t i = 0; i < list->count; i++) {
        const size_t part = pl_cluster_parts_find(parts, slice_of_leaf[list->items[i].leaf]);

        pass->members[pass->ends[part]++] = (uint32_t)i;
    }
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
        const size_t at = pl_cluster_parts_at(&pass->parts, part) + m;
        const size_t k = metric->argument > 0.0 ? (size_t)metric->argument : PL_RANKED_ALL;

        pass->parts.clusters[at] = (struct pl_cluster){.weight = weight};
        pass->parts.taken[at] = metric->row->list != NULL &&
                                metric->row->list->take(view, k, &pass->parts.clusters[at]);
    }
}

static void tally_part(struct pass *pass, const struct pl_list_view *view, size_t part)
{
    struct pl_ranking_tally *tally = &pass->tallies[pass->parts.slices[part]].ranking;

    tally->queries++;
    tally->without_relevant += view->ranked.count > 0 && view->ranked.relevant == 0;
    pl_cluster_parts_tally(&pass->parts, pass->tallies, part);
}

/* The products of all parts of one query, the full list among them. */
static void share_parts(struct pass *pass, const struct list *list)
{
    struct pl_list_view view;
    size_t full = 0;

    if (pass->parts.shared == NULL)
        return;
    if (pass->parts.count > 1) {
        full = pass->parts.count;
        view_items(pass, list, NULL, list->count, &view);
        observe(pass, &view, list->weight, full);
    }
    pl_cluster_parts_share(&pass->parts, full);
}

static void scan_list(struct pass *pass, struct list *list)
{
    struct pl_list_view view;
    size_t start = 0;

    if (pass->with_exposure)
        expose(pass, list);

    deal_out(pass, list);
    for (size_t part = 0; part < pass->parts.count; part++) {
        view_items(pass, list, pass->members + start, pass->ends[part] - start, &view);
        observe(pass, &view, list->weight, part);
        tally_part(pass, &view, part);
        start = pass->ends[part];
    }
    share_parts(pass, list);
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

static bool allocate_pass(struct pass *pass)
{
    const size_t longest = pass->lists->longest + 1;
    const size_t slices_count = pass->partition->slices_count;
    const size_t parts = longest < slices_count ? longest : slices_count;

    pass->weights = calloc(longest, sizeof *pass->weights);
    pass->exposures = calloc(longest, sizeof *pass->exposures);
    pass->ranked = calloc(longest, sizeof *pass->ranked);
    pass->room.ties = calloc(longest, sizeof *pass->room.ties);
    pass->room.ideal = calloc(longest, sizeof *pass->room.ideal);
    pass->members = calloc(longest, sizeof *pass->members);
    pass->ends = calloc(parts + 1, sizeof *pass->ends);
    return pl_cluster_parts_init(&pass->parts, pass->scan->metrics_count, slices_count, parts) &&
           pl_cluster_parts_start(&pass->parts, pass->tallies,
                                  is_dependent(pass->lists, pass->partition)) &&
           pass->weights != NULL && pass->exposures != NULL && pass->ranked != NULL &&
           pass->room.ties != NULL && pass->room.ideal != NULL && pass->members != NULL &&
           pass->ends != NULL;
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
    pl_cluster_parts_deinit(&pass->parts);
}

static void run_pass(struct pass *pass)
{
    const struct pl_lists *lists = pass->lists;

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

    const bool allocated = allocate_pass(&pass);

    if (allocated)
        run_pass(&pass);
    free_pass(&pass);
    return allocated
               ? PL_OK
               : pl_error_set(error, PL_E_MEMORY, "no memory left for the lists of %zu slices",
                              partition->slices_count);
}
