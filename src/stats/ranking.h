/*
 * How good one ranked list is: the list of one query, its items with a score and a graded relevance.
 * Items that share a score have no order among themselves: every measure is then its expected value
 * over all their orders, each as likely, in closed form. Pure functions; safe in any thread; memory is
 * the caller's.
 */
#ifndef PL_STATS_RANKING_H
#define PL_STATS_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PL_RANKED_ALL SIZE_MAX /* as `k`: the whole list */

/* What a relevance is worth: itself, or 2^relevance - 1. */
enum pl_gain { PL_GAIN_LINEAR, PL_GAIN_EXPONENTIAL };

/* The weights of the places: weights[i] = 1 / log2(i + 2), place 1 first. */
struct pl_discounts {
    const double *weights;
    size_t count;
};

/* Fills the weights of the first `count` places. */
void pl_discounts_fill(double *ret_weights, size_t count);

/* The mean weight of `count` places after the first `before`: the exposure of each of `count` tied
   items. All those places must have their weights; count > 0. */
double pl_discounts_mean(const struct pl_discounts *discounts, size_t before, size_t count);

/* Items that share a score. */
struct pl_ranked_tie {
    size_t count;
    size_t relevant;
    double gains[2]; /* the sum over the items, by enum pl_gain */
};

/* A list taken apart by pl_ranked_make; it points into the caller's room. */
struct pl_ranked {
    const struct pl_ranked_tie *ties; /* by score, descending */
    size_t ties_count;
    const double *ideal; /* relevances above 0, descending */
    size_t ideal_count;
    size_t count;
    size_t relevant; /* items above 0 and at least `relevant_from` */
};

/* An item of a list. */
struct pl_ranked_item {
    double score;
    double relevance; /* at least 0 */
};

struct pl_ranked_list {
    const struct pl_ranked_item *items; /* by score, descending */
    size_t count;
    double relevant_from; /* relevant is what has relevance > 0 and >= this */
    bool exponential;     /* the exponential gain is wanted too; it costs time */
};

/* Room for `count` ties and as many numbers, where count is that of the list. */
struct pl_ranked_room {
    struct pl_ranked_tie *ties;
    double *ideal;
};

void pl_ranked_make(const struct pl_ranked_list *list, const struct pl_ranked_room *room,
                    struct pl_ranked *ret_ranked);

/*
 * Discounted cumulative gain of the first k places, sum of gain(item) / log2(1 + place), and the
 * largest that any order of the same items has. `discounts` must reach over the list, or over k.
 */
double pl_ranked_dcg(const struct pl_ranked *ranked, const struct pl_discounts *discounts,
                     enum pl_gain gain, size_t k);
double pl_ranked_ideal_dcg(const struct pl_ranked *ranked, const struct pl_discounts *discounts,
                           enum pl_gain gain, size_t k);

/* The expected number of relevant items in the first k places. */
double pl_ranked_hits(const struct pl_ranked *ranked, size_t k);

/* The chance that a relevant item stands in the first k places. */
double pl_ranked_hit_chance(const struct pl_ranked *ranked, size_t k);

/* The expected 1 / place of the first relevant item, 0 where it stands after place k. */
double pl_ranked_reciprocal_rank(const struct pl_ranked *ranked, size_t k);

/* Precision at each relevant item of the first k places, summed and divided by the number of all
   relevant items, of which there must be one. */
double pl_ranked_average_precision(const struct pl_ranked *ranked, size_t k);

#endif
