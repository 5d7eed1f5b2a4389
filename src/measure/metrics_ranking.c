/*
 * Measures of ranked lists. A row says what one query's list contributes: a value, of which the measure
 * is the mean over queries, or two totals, of which it is the ratio. Either way queries are the sample.
 *
 * A query without a relevant item among the slice's labelled ones says nothing of how well they are
 * ranked and is left out; docs/conventions.md says who does otherwise.
 */
#include "measure/list_view.h"
#include "measure/metrics.h"

#include <math.h>

#define MEAN_OF_QUERIES "Student's t over queries, on the logit scale"
#define RATIO_OF_TOTALS "linearised, the query as cluster, on the logit scale"

/* ---- what a query contributes ---- */

/* A value of a query between 0 and 1: rounding does not lead out of there. */
static bool is_value(double value, struct pl_cluster *cluster)
{
    cluster->a = fmin(1.0, value);
    cluster->b = 1.0;
    return true;
}

static bool take_ndcg_of(const struct pl_list_view *view, enum pl_gain gain, size_t k,
                         struct pl_cluster *ret_cluster)
{
    const double ideal = pl_ranked_ideal_dcg(&view->ranked, view->discounts, gain, k);

    return ideal > 0.0 &&
           is_value(pl_ranked_dcg(&view->ranked, view->discounts, gain, k) / ideal, ret_cluster);
}

static bool take_ndcg(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    return take_ndcg_of(view, PL_GAIN_LINEAR, k, ret_cluster);
}

static bool take_ndcg_exponential(const struct pl_list_view *view, size_t k,
                                  struct pl_cluster *ret_cluster)
{
    return take_ndcg_of(view, PL_GAIN_EXPONENTIAL, k, ret_cluster);
}

static bool take_dcg(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    ret_cluster->a = pl_ranked_dcg(&view->ranked, view->discounts, PL_GAIN_LINEAR, k);
    ret_cluster->b = 1.0;
    return view->ranked.ideal_count > 0;
}

static bool take_precision(const struct pl_list_view *view, size_t k,
                           struct pl_cluster *ret_cluster)
{
    return view->ranked.relevant > 0 &&
           is_value(pl_ranked_hits(&view->ranked, k) / (double)k, ret_cluster);
}

static bool take_recall(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    return view->ranked.relevant > 0 &&
           is_value(pl_ranked_hits(&view->ranked, k) / (double)view->ranked.relevant, ret_cluster);
}

static bool take_hit_rate(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    return view->ranked.relevant > 0 &&
           is_value(pl_ranked_hit_chance(&view->ranked, k), ret_cluster);
}

static bool take_mrr(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    return view->ranked.relevant > 0 &&
           is_value(pl_ranked_reciprocal_rank(&view->ranked, k), ret_cluster);
}

static bool take_map(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    return view->ranked.relevant > 0 &&
           is_value(pl_ranked_average_precision(&view->ranked, k), ret_cluster);
}

static bool take_exposure(const struct pl_list_view *view, size_t k, struct pl_cluster *ret_cluster)
{
    (void)k;
    ret_cluster->a = view->exposure;
    ret_cluster->b = view->count;
    return true;
}

static bool take_exposure_share(const struct pl_list_view *view, size_t k,
                                struct pl_cluster *ret_cluster)
{
    (void)k;
    ret_cluster->a = view->exposure;
    ret_cluster->b = view->full_exposure;
    return true;
}

static bool take_exposure_to_relevance(const struct pl_list_view *view, size_t k,
                                       struct pl_cluster *ret_cluster)
{
    (void)k;
    ret_cluster->a = view->labelled_exposure;
    ret_cluster->b = view->relevance;
    return view->ranked.count > 0;
}

/* ---- from observations to a statistic ---- */

/* A share of every query: queries without an item of the slice have a = 0 and their b all the same. */
static struct pl_clusters over_every_query(const struct pl_clusters *own,
                                           const struct pl_clusters *all)
{
    struct pl_clusters clusters = *all;

    clusters.a = own->a;
    clusters.aa = own->aa;
    clusters.ab = own->ab;
    clusters.inner_count = own->inner_count;
    return clusters;
}

static struct pl_clusters clusters_of(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const size_t index = (size_t)(metric - tally->metrics);
    const struct pl_clusters *own = &tally->clustered.sums[index];

    if (!metric->row->list->of_every_query || tally == tally->all || own->n == 0)
        return *own;
    return over_every_query(own, &tally->all->clustered.sums[index]);
}

/* Why there is no value at all. */
static enum pl_undefined why_nothing(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const unsigned scored = PL_TP | PL_UNLABELLED_POSITIVE;

    if (pl_confusion_count(&tally->confusion, 0x1ffu) == 0)
        return PL_UNDEFINED_NO_DECISIONS;
    if (pl_confusion_count(&tally->confusion, scored) == 0)
        return PL_UNDEFINED_NO_SCORES;
    if (pl_confusion_count(&tally->confusion, PL_TP | PL_POSITIVE_UNPREDICTED) == 0)
        return PL_UNDEFINED_NO_LABELS;
    return metric->row->list->without;
}

static struct pl_stat make_of_lists(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_clusters clusters = clusters_of(tally, metric);

    return pl_clusters_finish(&clusters, metric->row->list->range, why_nothing(tally, metric));
}

/* All of it, by definition: known without error, and 1. */
static struct pl_stat make_exposure_share(const struct pl_tally *tally,
                                          const struct pl_metric *metric)
{
    const struct pl_stat stat = make_of_lists(tally, metric);

    if (tally != tally->all || stat.kind == PL_STAT_NONE)
        return stat;
    return (struct pl_stat){.kind = PL_STAT_EXACT, .n = stat.n, .value = 1.0};
}

struct pl_stat pl_list_rest(const struct pl_tally *slice, const struct pl_metric *metric,
                            double *ret_share)
{
    const size_t index = (size_t)(metric - slice->metrics);
    const struct pl_clusters *own = &slice->clustered.sums[index];
    const struct pl_clusters *all = &slice->all->clustered.sums[index];
    const struct pl_clusters rest = pl_clusters_subtract(all, own);

    *ret_share = 0.0;
    if (slice->clustered.dependent)
        return pl_stat_undefined(PL_UNDEFINED_NO_VALUES);
    *ret_share = pl_sum_value(&own->b) / pl_sum_value(&all->b);
    return pl_clusters_finish(&rest, metric->row->list->range, PL_UNDEFINED_NO_VALUES);
}

double pl_list_correlation(const struct pl_tally *first, const struct pl_tally *second,
                           const struct pl_metric *metric, const struct pl_clusters_shared *shared)
{
    const struct pl_clusters a = clusters_of(first, metric);
    const struct pl_clusters b = clusters_of(second, metric);
    struct pl_clusters_shared products = *shared;

    if (metric->row->list->of_every_query) {
        products.products[0][1] = pl_sum_value(&a.ab);
        products.products[1][0] = pl_sum_value(&b.ab);
        products.products[1][1] = pl_sum_value(&a.bb);
    }
    return pl_clusters_correlation(&a, &b, &products);
}

/* ---- the rows ---- */

static const struct pl_list_measure NDCG = {
    .take = take_ndcg, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure NDCG_EXPONENTIAL = {.take = take_ndcg_exponential,
                                                        .range = PL_RANGE_UNIT,
                                                        .without = PL_UNDEFINED_NO_RELEVANT,
                                                        .needs_exponential = true};
static const struct pl_list_measure DCG = {
    .take = take_dcg, .range = PL_RANGE_OPEN, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure PRECISION = {
    .take = take_precision, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure RECALL = {
    .take = take_recall, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure HIT_RATE = {
    .take = take_hit_rate, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure MRR = {
    .take = take_mrr, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure MAP = {
    .take = take_map, .range = PL_RANGE_UNIT, .without = PL_UNDEFINED_NO_RELEVANT};
static const struct pl_list_measure EXPOSURE = {.take = take_exposure,
                                                .range = PL_RANGE_UNIT,
                                                .without = PL_UNDEFINED_NO_SCORES,
                                                .needs_exposure = true};
static const struct pl_list_measure EXPOSURE_SHARE = {.take = take_exposure_share,
                                                      .range = PL_RANGE_UNIT,
                                                      .without = PL_UNDEFINED_NO_SCORES,
                                                      .of_every_query = true,
                                                      .needs_exposure = true};
static const struct pl_list_measure EXPOSURE_TO_RELEVANCE = {.take = take_exposure_to_relevance,
                                                             .range = PL_RANGE_OPEN,
                                                             .without = PL_UNDEFINED_NO_RELEVANT,
                                                             .needs_exposure = true};

#define NEEDS_LABELS (PL_NEEDS_LABELS | PL_NEEDS_TASK)

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "ndcg@K",
                 .formula = "mean over queries of DCG@K / the largest DCG@K there is",
                 .interval = MEAN_OF_QUERIES,
                 .source = "sklearn.metrics.ndcg_score",
                 .summary =
                     "How near the first K places come to the best order of the same items."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &NDCG,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "ndcg",
                 .formula = "as ndcg@K, over the whole list",
                 .interval = MEAN_OF_QUERIES,
                 .source = "sklearn.metrics.ndcg_score",
                 .summary = "How near the list comes to the best order of the same items."},
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &NDCG,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "ndcg_exponential@K",
                 .formula = "as ndcg@K, with the gain 2^relevance - 1",
                 .interval = MEAN_OF_QUERIES,
                 .source = "Burges et al., ICML 2005",
                 .summary = "As ndcg@K, but a highly relevant item counts for far more."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &NDCG_EXPONENTIAL,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "dcg@K",
                 .formula =
                     "mean over queries of sum over places i <= K of relevance / log2(1 + i)",
                 .interval = "Student's t over queries",
                 .source = "sklearn.metrics.dcg_score",
                 .summary =
                     "The relevance in the first K places, less the further down it stands."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &DCG,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "precision@K",
                 .formula = "mean over queries of relevant items in the first K places / K",
                 .interval = MEAN_OF_QUERIES,
                 .source = "trec_eval P_K",
                 .summary = "Of the first K places, the share with a relevant item."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &PRECISION,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "recall@K",
                 .formula = "mean over queries of relevant items in the first K places / relevant "
                            "items",
                 .interval = MEAN_OF_QUERIES,
                 .source = "trec_eval recall_K",
                 .summary = "Of the relevant items, the share in the first K places."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &RECALL,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "hit_rate@K",
                 .formula = "queries with a relevant item in the first K places / queries",
                 .interval = "Wilson score over queries; Student's t where ties make chances of it",
                 .source = "trec_eval success_K",
                 .summary =
                     "The share of queries that find a relevant item in the first K places."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &HIT_RATE,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "mrr",
                 .formula = "mean over queries of 1 / place of the first relevant item",
                 .interval = MEAN_OF_QUERIES,
                 .source = "trec_eval recip_rank",
                 .summary = "How early the first relevant item comes."},
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &MRR,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "mrr@K",
                 .formula = "as mrr, 0 where the first relevant item stands after place K",
                 .interval = MEAN_OF_QUERIES,
                 .source = "Nguyen et al., MS MARCO, 2016",
                 .summary = "How early the first relevant item comes in the first K places."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &MRR,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "map",
                 .formula = "mean over queries of the mean, over relevant items, of precision at "
                            "their places",
                 .interval = MEAN_OF_QUERIES,
                 .source = "trec_eval map",
                 .summary = "How early the relevant items come, all of them."},
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &MAP,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "map@K",
                 .formula = "as map, relevant items after place K counting 0",
                 .interval = MEAN_OF_QUERIES,
                 .source = "trec_eval map_cut_K",
                 .summary = "How early the relevant items come, as far as the first K places."},
        .argument = PL_ARGUMENT_TOP,
        .needs = NEEDS_LABELS,
        .better = PL_BETTER_HIGHER,
        .list = &MAP,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "exposure",
                 .formula = "mean over items of 1 / log2(1 + place in the full list)",
                 .interval = RATIO_OF_TOTALS,
                 .source = "Singh & Joachims, KDD 2018",
                 .summary = "How much of a reader's attention an item gets, by its place."},
        .needs = PL_NEEDS_TASK,
        .list = &EXPOSURE,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
    {
        .help = {.name = "exposure_share",
                 .formula = "exposure of the slice's items / exposure of all items",
                 .interval = RATIO_OF_TOTALS,
                 .source = "Singh & Joachims, KDD 2018",
                 .summary = "The slice's part of all attention."},
        .needs = PL_NEEDS_TASK,
        .list = &EXPOSURE_SHARE,
        .make = make_exposure_share,
    },
    {
        .help = {.name = "exposure_to_relevance",
                 .formula = "exposure of the slice's items / their relevance",
                 .interval = "linearised, the query as cluster",
                 .source = "Singh & Joachims, KDD 2018 (disparate treatment)",
                 .summary = "Attention for each unit of relevance: equal where merit decides."},
        .needs = NEEDS_LABELS,
        .list = &EXPOSURE_TO_RELEVANCE,
        .additivity = PL_ADDITIVE_LISTS,
        .make = make_of_lists,
    },
};

const struct pl_metric_table PL_METRICS_RANKING = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_RANKING,
};
