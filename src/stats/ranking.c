/*
 * Measures of one ranked list: discounted cumulative gain, precision, recall, hits, reciprocal rank,
 * average precision, and the weight of a place. Walks the ties from the top, so the time is linear in
 * the length of the list.
 *
 * Ties. A tie of n items, r of them relevant, that follows s places is in every order with the same
 * chance, so each of its items is at each of its places with chance 1/n. Hence, exactly:
 *   gain at a place            sum of the gains / n
 *   relevant among m places    m r / n
 *   none relevant among m      C(n - r, m) / C(n, m) = product over i < m of (n - r - i) / (n - i)
 *   first relevant at place j  C(n - j, r - 1) / C(n, r), by the recurrence
 *                              P(1) = r / n, P(j + 1) = P(j) (n - j - r + 1) / (n - j)
 *   relevant before place j, given that the item at j is: (j - 1) (r - 1) / (n - 1)
 * Source: F. McSherry & M. Najork, Computing information retrieval performance measures efficiently in
 * the presence of tied scores, ECIR 2008, 414. The gain is linear as in sklearn.metrics.ndcg_score, or
 * exponential (C. Burges et al., ICML 2005); the discount is 1 / log2(1 + place) (K. Jarvelin &
 * J. Kekalainen, ACM TOIS 20 (2002) 422). Valid for any list; relative error below 1e-12. Checked
 * against every permutation of short lists (tests/unit/stats/test_ranking.c), against scikit-learn and
 * against the published definitions (tests/reference/ranking.py).
 */
#include "stats/ranking.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define INSERTION_MAX 32

void pl_discounts_fill(double *ret_weights, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ret_weights[i] = 1.0 / log2((double)i + 2.0);
}

double pl_discounts_mean(const struct pl_discounts *discounts, size_t before, size_t count)
{
    double sum = 0.0;

    assert(count > 0 && before + count <= discounts->count);
    for (size_t i = 0; i < count; i++)
        sum += discounts->weights[before + i];
    return sum / (double)count;
}

static int compare_descending(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;

    return first > second ? -1 : first < second;
}

static void sort_descending(double *values, size_t count)
{
    if (count > INSERTION_MAX) {
        qsort(values, count, sizeof *values, compare_descending);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const double value = values[i];
        size_t at = i;

        for (; at > 0 && values[at - 1] < value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

static double gain_of(double relevance, enum pl_gain gain)
{
    return gain == PL_GAIN_EXPONENTIAL ? exp2(relevance) - 1.0 : relevance;
}

static void add_item(const struct pl_ranked_list *list, const struct pl_ranked_item *item,
                     struct pl_ranked_tie *tie)
{
    tie->count++;
    tie->relevant += item->relevance > 0.0 && item->relevance >= list->relevant_from;
    tie->gains[PL_GAIN_LINEAR] += item->relevance;
    if (list->exponential)
        tie->gains[PL_GAIN_EXPONENTIAL] += gain_of(item->relevance, PL_GAIN_EXPONENTIAL);
}

void pl_ranked_make(const struct pl_ranked_list *list, const struct pl_ranked_room *room,
                    struct pl_ranked *ret_ranked)
{
    struct pl_ranked ranked = {.ties = room->ties, .ideal = room->ideal, .count = list->count};

    for (size_t i = 0; i < list->count; i++) {
        const struct pl_ranked_item *item = &list->items[i];

        assert(i == 0 || item->score <= item[-1].score);
        if (i == 0 || item->score < item[-1].score)
            room->ties[ranked.ties_count++] = (struct pl_ranked_tie){0};
        add_item(list, item, &room->ties[ranked.ties_count - 1]);
        if (item->relevance > 0.0)
            room->ideal[ranked.ideal_count++] = item->relevance;
    }
    for (size_t i = 0; i < ranked.ties_count; i++)
        ranked.relevant += ranked.ties[i].relevant;
    sort_descending(room->ideal, ranked.ideal_count);
    *ret_ranked = ranked;
}

/* How many of the tie's places are among the first k, when `before` places come first. */
static size_t places_within(const struct pl_ranked_tie *tie, size_t before, size_t k)
{
    if (before >= k)
        return 0;
    return tie->count < k - before ? tie->count : k - before;
}

double pl_ranked_dcg(const struct pl_ranked *ranked, const struct pl_discounts *discounts,
                     enum pl_gain gain, size_t k)
{
    double sum = 0.0;
    size_t before = 0;

    for (size_t i = 0; i < ranked->ties_count && before < k; i++) {
        const struct pl_ranked_tie *tie = &ranked->ties[i];
        const size_t places = places_within(tie, before, k);
        double weights = 0.0;

        for (size_t j = 0; j < places; j++)
            weights += discounts->weights[before + j];
        sum += tie->gains[gain] / (double)tie->count * weights;
        before += tie->count;
    }
    return sum;
}

double pl_ranked_ideal_dcg(const struct pl_ranked *ranked, const struct pl_discounts *discounts,
                           enum pl_gain gain, size_t k)
{
    double sum = 0.0;

    for (size_t i = 0; i < ranked->ideal_count && i < k; i++)
        sum += gain_of(ranked->ideal[i], gain) * discounts->weights[i];
    return sum;
}

double pl_ranked_hits(const struct pl_ranked *ranked, size_t k)
{
    double sum = 0.0;
    size_t before = 0;

    for (size_t i = 0; i < ranked->ties_count && before < k; i++) {
        const struct pl_ranked_tie *tie = &ranked->ties[i];

        sum += (double)places_within(tie, before, k) * (double)tie->relevant / (double)tie->count;
        before += tie->count;
    }
    return sum;
}

/* The chance that none of the tie's relevant items is at one of its first m places. */
static double chance_of_none(const struct pl_ranked_tie *tie, size_t m)
{
    double chance = 1.0;

    if (tie->relevant + m > tie->count)
        return 0.0;
    for (size_t i = 0; i < m; i++)
        chance *= (double)(tie->count - tie->relevant - i) / (double)(tie->count - i);
    return chance;
}

double pl_ranked_hit_chance(const struct pl_ranked *ranked, size_t k)
{
    size_t before = 0;

    for (size_t i = 0; i < ranked->ties_count && before < k; i++) {
        const struct pl_ranked_tie *tie = &ranked->ties[i];

        if (tie->relevant > 0)
            return 1.0 - chance_of_none(tie, places_within(tie, before, k));
        before += tie->count;
    }
    return 0.0;
}

double pl_ranked_reciprocal_rank(const struct pl_ranked *ranked, size_t k)
{
    size_t before = 0;
    size_t first = 0;
    double sum = 0.0;

    while (first < ranked->ties_count && ranked->ties[first].relevant == 0)
        before += ranked->ties[first++].count;
    if (first == ranked->ties_count)
        return 0.0;

    const struct pl_ranked_tie *tie = &ranked->ties[first];
    const size_t places = places_within(tie, before, k);
    double chance = (double)tie->relevant / (double)tie->count;

    for (size_t j = 1; j <= places && chance > 0.0; j++) {
        sum += chance / (double)(before + j);
        if (j < tie->count)
            chance *= (double)(tie->count - j - tie->relevant + 1) / (double)(tie->count - j);
    }
    return sum;
}

double pl_ranked_average_precision(const struct pl_ranked *ranked, size_t k)
{
    double sum = 0.0;
    size_t before = 0;
    size_t found = 0; /* relevant items before the tie */

    assert(ranked->relevant > 0);
    for (size_t i = 0; i < ranked->ties_count && before < k; i++) {
        const struct pl_ranked_tie *tie = &ranked->ties[i];
        const size_t places = places_within(tie, before, k);
        const double share = (double)tie->relevant / (double)tie->count;
        const double more =
            tie->relevant > 1 ? (double)(tie->relevant - 1) / (double)(tie->count - 1) : 0.0;

        for (size_t j = 1; j <= places && tie->relevant > 0; j++)
            sum += share * ((double)found + 1.0 + (double)(j - 1) * more) / (double)(before + j);
        before += tie->count;
        found += tie->relevant;
    }
    return sum / (double)ranked->relevant;
}
