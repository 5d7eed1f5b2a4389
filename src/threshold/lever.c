/*
 * A rate s / (s + f) is at least t when t f - (1 - t) s <= 0, and both s and f are sums over groups of
 * what passes and what does not: the limit is one linear sum. For any price p >= 0 the least of cost +
 * p * sum bounds the cost of whatever keeps the limit (weak duality). The larger the price the smaller
 * the sum, so the least price at which it is kept is found by bisection.
 */
#include "threshold/lever.h"

#include <math.h>

#define DOUBLINGS_MAX  60
#define BISECTIONS_MAX 40

/* The sum: a constant, and weights on the positive decisions of each label. */
struct sum {
    double constant;
    double by_label[3];
};

/* Adds `factor` times the decisions of these combinations. */
static void add_bits(struct sum *sum, const struct pl_mixed *mixed, unsigned bits, double factor)
{
    for (int label = 0; label < 3; label++) {
        const bool positive = (bits >> (label * 3 + PL_POSITIVE) & 1u) != 0;
        const bool negative = (bits >> (label * 3 + PL_NEGATIVE) & 1u) != 0;
        const bool unknown = (bits >> (label * 3 + PL_UNKNOWN) & 1u) != 0;

        sum->constant += negative ? factor * mixed->scored.weight[label] : 0.0;
        sum->constant += unknown ? factor * mixed->unscored.weight[label] : 0.0;
        sum->by_label[label] += (positive ? factor : 0.0) - (negative ? factor : 0.0);
    }
}

static struct sum sum_of(const struct pl_lever_request *request)
{
    const struct pl_metric_row *row = request->mixed->metric->row;
    const unsigned failures = row->trials & ~row->successes;
    const bool is_min = request->band->limit->comparator == PL_COMPARE_MIN;
    const double t =
        request->band->limit->threshold + (is_min ? -request->widening : request->widening);
    struct sum sum = {.constant = 0.0};

    add_bits(&sum, request->mixed, row->successes, is_min ? t - 1.0 : 1.0 - t);
    add_bits(&sum, request->mixed, failures, is_min ? t : -t);
    return sum;
}

/* A group's part in the sum at a candidate. */
static double part_of(const struct pl_lever_request *request, const struct sum *sum, size_t g,
                      uint32_t candidate)
{
    const struct pl_side *sides = request->mixed->sides[g];
    double part = 0.0;

    for (int label = 0; sides != NULL && label < 3; label++)
        part += sum->by_label[label] * sides[candidate].weight[label];
    return part;
}

/* The sum where cost and price together are least. */
static double sum_at(const struct pl_lever_request *request, const struct sum *sum, double price)
{
    double total = sum->constant;

    for (size_t g = 0; g < request->quest->groups_count; g++) {
        const struct pl_field *field = &request->fields[g];
        double least = HUGE_VAL;
        double there = 0.0;

        for (size_t i = 0; i < field->count; i++) {
            const double part = part_of(request, sum, g, field->alive[i]);
            const double priced = field->ranks[i].cost + price * part;

            if (priced < least || (priced <= least && part < there)) {
                least = priced;
                there = part;
            }
        }
        total += there;
    }
    return total;
}

/* The least price at which the limit is kept; below 0 when no lever is of use. */
static double find_price(const struct pl_lever_request *request, const struct sum *sum)
{
    double low = 0.0;
    double high = 1.0;

    if (sum_at(request, sum, 0.0) <= 0.0)
        return -1.0;
    for (int i = 0; sum_at(request, sum, high) > 0.0; i++) {
        if (i == DOUBLINGS_MAX)
            return -1.0;
        low = high;
        high *= 2.0;
    }
    for (int i = 0; i < BISECTIONS_MAX; i++) {
        const double middle = low + (high - low) / 2.0;

        if (sum_at(request, sum, middle) > 0.0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

enum pl_status pl_lever_make(const struct pl_lever_request *request, struct pl_arena *arena,
                             struct pl_lever *ret_lever, bool *ret_used, struct pl_error *error)
{
    const struct pl_metric_row *row = request->mixed->metric->row;
    const size_t groups = request->quest->groups_count;
    const struct sum sum = sum_of(request);
    struct pl_lever lever;
    double price = -1.0;

    *ret_used = false;
    if (row->make == NULL && row->shape == PL_RATE_AS_IS)
        price = find_price(request, &sum);
    if (price < 0.0)
        return PL_OK;
    lever.constant = price * sum.constant;
    lever.best = pl_arena_alloc_array(arena, groups, sizeof *lever.best);
    if (lever.best == NULL)
        return pl_arena_error(arena, "the search", error);
    for (size_t g = 0; g < groups; g++) {
        const struct pl_field *field = &request->fields[g];
        struct pl_rank *ranks = pl_arena_alloc_array(arena, field->count, sizeof *ranks);

        if (ranks == NULL)
            return pl_arena_error(arena, "the search", error);
        for (size_t i = 0; i < field->count; i++) {
            ranks[i] = field->ranks[i];
            ranks[i].cost += price * part_of(request, &sum, g, field->alive[i]);
        }
        PL_RETURN_IF(pl_best_make(ranks, field->count, arena, &lever.best[g], error));
    }
    *ret_lever = lever;
    *ret_used = true;
    return PL_OK;
}

double pl_lever_bound(const struct pl_lever *lever, const struct pl_field *fields,
                      const struct pl_stretch *part, size_t groups_count, uint32_t *point)
{
    double bound = lever->constant;

    for (size_t g = 0; g < groups_count; g++) {
        const uint32_t at = pl_best_find(&lever->best[g], part[g].first, part[g].last);

        point[g] = fields[g].alive[at];
        bound += lever->best[g].ranks[at].cost;
    }
    return bound;
}
