/* What thresholds make of a request, and the order in which thresholds are tried. */
#include "cascade/fit.h"

#include <math.h>
#include <stdlib.h>

/* More requests than these say nothing new about which thresholds come first. */
#define ROWS_OF_PATH_MAX 20000

/* Thresholds of one tier that are tried, when there are two tiers. */
#define TRIED_MAX 1000

struct pl_policy_outcome pl_policy_apply(const struct pl_cascade_part *part,
                                         const struct pl_policy *policy, size_t row)
{
    const struct pl_cascade_tier *tiers = part->data->tiers;
    const uint32_t last = (uint32_t)part->data->tiers_count - 1;
    struct pl_policy_outcome outcome = {.delivered = last};

    for (uint32_t t = 0; t < last; t++) {
        if (isinf(policy->deliver_at[t]))
            continue;
        outcome.cost += tiers[t].costs[row];
        if (policy->deliver_at[t] <= 0.0 ||
            part->confidences[t][row] >= policy->deliver_at[t]) { /* never of NaN */
            outcome.quality = tiers[t].right[row];
            outcome.delivered = t;
            return outcome;
        }
    }
    outcome.cost += tiers[last].costs[row];
    outcome.quality = tiers[last].right[row];
    if (part->confidences[last] != NULL && policy->deliver_at[last] > 0.0 &&
        !(part->confidences[last][row] >= policy->deliver_at[last])) {
        outcome.quality = part->fallback_worth;
        outcome.delivered = last + 1;
    }
    return outcome;
}

/* The shortest decimal in (below, value]: what lets the same steps pass is the same threshold. */
static double shorten(double value, double below)
{
    double scale = 100.0;

    for (int digits = 2; digits < 16; digits++, scale *= 10.0) {
        const double shorter = floor(value * scale) / scale;

        if (shorter > below && shorter <= value)
            return shorter;
    }
    return value;
}

/* Thresholds that are tried at a tier, from never to whatever has a signal: none is 0, for then nobody
   would ask for one. */
struct tried {
    double *thresholds;
    size_t count;
};

static enum pl_status find_tried(const struct pl_cascade_signal *signal, size_t most,
                                 struct pl_arena *arena, struct tried *tried,
                                 struct pl_error *error)
{
    const size_t steps = signal->steps_count;
    const size_t kept = steps < most - 1 ? steps : most - 1;

    tried->thresholds = pl_arena_alloc_array(arena, kept + 1, sizeof *tried->thresholds);
    if (tried->thresholds == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    tried->count = 0;
    tried->thresholds[tried->count++] = (double)INFINITY;
    for (size_t i = kept; i-- > 0;) {
        const size_t at = kept > 1 ? i * (steps - 1) / (kept - 1) : 0;
        const double below = at > 0 ? signal->steps[at - 1].value : 0.0;

        if (signal->steps[at].value > 0.0)
            tried->thresholds[tried->count++] = shorten(signal->steps[at].value, below);
    }
    return PL_OK;
}

struct candidate {
    struct pl_policy policy;
    double cost;
    double quality;
};

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *p = a;
    const struct candidate *q = b;
    const int by_cost = (p->cost > q->cost) - (p->cost < q->cost);

    return by_cost != 0 ? by_cost : (p->quality < q->quality) - (p->quality > q->quality);
}

static void weigh(const struct pl_cascade_part *part, struct candidate *candidate)
{
    const size_t count = part->count < ROWS_OF_PATH_MAX ? part->count : ROWS_OF_PATH_MAX;

    for (size_t i = 0; i < count; i++) {
        const struct pl_policy_outcome outcome =
            pl_policy_apply(part, &candidate->policy, part->rows[i]);

        candidate->cost += outcome.cost;
        candidate->quality += outcome.quality;
    }
}

/* The candidate of that number: a threshold of each tier but the last. */
static struct pl_policy combine(const struct tried *tried, size_t tiers_count, size_t number,
                                double floor_at)
{
    struct pl_policy policy = {{0}};

    for (size_t t = 0; t + 1 < tiers_count; t++) {
        policy.deliver_at[t] = tried[t].thresholds[number % tried[t].count];
        number /= tried[t].count;
    }
    policy.deliver_at[tiers_count - 1] = floor_at;
    return policy;
}

/* Those that none beats in both cost and quality, dearest first, behind `path[0]`; returns their
 * number. */
static size_t keep_best(struct candidate *candidates, size_t count, struct pl_policy *path)
{
    size_t kept = 0;
    double best = -(double)INFINITY;

    qsort(candidates, count, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < count; i++)
        if (candidates[i].quality > best) {
            best = candidates[i].quality;
            candidates[kept++] = candidates[i];
        }
    for (size_t i = 0; i < kept; i++)
        path[i] = candidates[kept - 1 - i].policy;
    return kept;
}

static size_t most_of_a_tier(size_t tiers_count)
{
    const double most = pow(PL_CASCADE_PATH_MAX, 1.0 / (double)(tiers_count - 1)) + 1e-9;

    return tiers_count == 2 ? TRIED_MAX : (size_t)most;
}

static enum pl_status order_candidates(const struct pl_cascade_part *part,
                                       const struct tried *tried, double floor_at,
                                       struct pl_arena *arena, struct candidate **ret_candidates)
{
    size_t count = 1;

    for (size_t t = 0; t + 1 < part->data->tiers_count; t++)
        count *= tried[t].count;
    *ret_candidates = pl_arena_alloc_array(arena, count, sizeof **ret_candidates);
    if (*ret_candidates == NULL)
        return PL_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        (*ret_candidates)[i].policy = combine(tried, part->data->tiers_count, i, floor_at);
        weigh(part, &(*ret_candidates)[i]);
    }
    return PL_OK;
}

enum pl_status pl_cascade_path(const struct pl_cascade_part *part, const struct pl_cascade_fit *fit,
                               struct pl_arena *arena, struct pl_policy **ret_path,
                               size_t *ret_count)
{
    const size_t tiers_count = part->data->tiers_count;
    struct tried tried[PL_CASCADE_TIERS_MAX];
    struct candidate *candidates = NULL;
    size_t count = 1;

    for (size_t t = 0; t + 1 < tiers_count; t++) {
        PL_RETURN_IF(
            find_tried(&fit->signals[t], most_of_a_tier(tiers_count), arena, &tried[t], NULL));
        count *= tried[t].count;
    }

    struct pl_policy *path = pl_arena_alloc_array(arena, count + 1, sizeof *path);

    if (path == NULL)
        return PL_E_MEMORY;
    if (tiers_count == 2) {
        for (size_t i = 0; i < count; i++)
            path[i] = combine(tried, tiers_count, i, fit->options.floor);
    } else {
        PL_RETURN_IF(order_candidates(part, tried, fit->options.floor, arena, &candidates));
        path[0] = combine(tried, tiers_count, 0, fit->options.floor); /* the last tier alone */
        count = 1 + keep_best(candidates, count, path + 1);
    }
    *ret_path = path;
    *ret_count = count;
    return PL_OK;
}
