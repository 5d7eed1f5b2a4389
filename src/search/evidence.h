/*
 * What can be proven of one slice: its p-value, its excess of bad decisions over all decisions, and
 * what any part of it could reach at best. Internal to the layer; pure functions.
 */
#ifndef PL_SEARCH_EVIDENCE_H
#define PL_SEARCH_EVIDENCE_H

#include "search/space.h"

struct pl_search_test {
    struct pl_search_counts all;
    uint64_t smallest;
    double level; /* of one slice: that of the search divided by the size of the family */
};

/* Fisher's exact test, one-sided: a slice of so many decisions has so many bad ones, or more. */
double pl_search_p_value(const struct pl_search_test *test, struct pl_search_counts slice);

/* The fewest bad decisions with which a slice, or any part of it, can reach the level;
   all.bad + 1 when none can. */
uint64_t pl_search_bad_least(const struct pl_search_test *test);

/* A quick look: false only when the p-value is above the level. */
bool pl_search_may_reach(const struct pl_search_test *test, double log_level,
                         struct pl_search_counts slice);

/* The share of bad decisions in the slice less that of all. */
double pl_search_excess(const struct pl_search_test *test, struct pl_search_counts slice);

/* What of it holds at the level; below 0 when nothing does. The slice is not all there is. */
double pl_search_excess_proven(const struct pl_search_test *test, struct pl_search_counts slice);

/* At least what is proven of any slice with no more than `bad` bad decisions; 0 when no such slice
   reaches the level. */
double pl_search_excess_ceiling(const struct pl_search_test *test, uint64_t bad);

/* An excess as slices are ranked by it: each condition after the first must raise it by the margin.
 */
double pl_search_rank_value(double excess, uint32_t conditions);

#endif
