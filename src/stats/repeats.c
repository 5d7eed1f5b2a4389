/*
 * Repeats. A case with c of its n repeats passed has C(n - c, k) / C(n, k) as an unbiased estimate of the
 * chance that k of them all fail (M. Chen et al., arXiv 2107.03374), and C(c, k) / C(n, k) of that that all
 * pass; both are products of k factors. Cases are the sample: their mean is a ratio over clusters
 * (clusters.h).
 *
 * Variance: with s^2 that of the cases' means and sigma^2 pooled within cases, omega^2 = s^2 - sigma^2 mean(1 /
 * K), at least 0 (E. Miller, arXiv 2411.00640). Checked against NumPy, HumanEval's formula and by hand
 * (tests/unit/stats/test_repeats.c).
 */
#include "stats/repeats.h"

#include "stats/grouping.h"

#include <assert.h>
#include <math.h>

/* C(part, k) / C(whole, k). */
static double share_of_draws(uint32_t part, uint32_t whole, uint32_t k)
{
    double share = 1.0;

    if (part < k)
        return 0.0;
    for (uint32_t j = 0; j < k; j++)
        share *= (double)(part - j) / (double)(whole - j);
    return share;
}

double pl_pass_at_least_once(const struct pl_case_passes *passes, uint32_t k)
{
    assert(k >= 1 && k <= passes->repeats && passes->passed <= passes->repeats);
    return 1.0 - share_of_draws(passes->repeats - passes->passed, passes->repeats, k);
}

double pl_pass_every_time(const struct pl_case_passes *passes, uint32_t k)
{
    assert(k >= 1 && k <= passes->repeats && passes->passed <= passes->repeats);
    return share_of_draws(passes->passed, passes->repeats, k);
}

/* The cases that have enough repeats, and their groups. */
struct kept {
    double *values;
    uint32_t *groups;
    size_t count;
};

static void keep(const struct pl_pass_request *request, struct kept *kept)
{
    const struct pl_repeated *repeated = request->repeated;

    for (size_t i = 0; i < repeated->count; i++) {
        const struct pl_case_passes *passes = &repeated->cases[i];

        if (passes->repeats < request->k)
            continue;
        kept->values[kept->count] = request->kind == PL_PASS_AT_K
                                        ? pl_pass_at_least_once(passes, request->k)
                                        : pl_pass_every_time(passes, request->k);
        if (repeated->groups != NULL)
            kept->groups[kept->count] = repeated->groups[i];
        kept->count++;
    }
}

enum pl_status pl_pass_rate(const struct pl_pass_request *request, struct pl_arena *scratch,
                            struct pl_stat *ret_stat, struct pl_error *error)
{
    const struct pl_repeated *repeated = request->repeated;
    struct kept kept = {
        .values = pl_arena_alloc_array(scratch, repeated->count, sizeof *kept.values),
        .groups = pl_arena_alloc_array(scratch, repeated->count, sizeof *kept.groups),
    };
    struct pl_clusters clusters = {0};

    if (kept.values == NULL || kept.groups == NULL)
        return pl_arena_error(scratch, "repeated cases", error);
    keep(request, &kept);

    const struct pl_grouping grouping = {
        .groups = repeated->groups == NULL ? NULL : kept.groups,
        .count = kept.count,
        .groups_count = repeated->groups_count,
    };

    PL_RETURN_IF(pl_grouping_sum(&grouping, kept.values, scratch, &clusters, error));
    *ret_stat = pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_FEW_REPEATS);
    ret_stat->n = kept.count;
    return PL_OK;
}

/* ---- where the variance comes from ---- */

void pl_variance_split_add(struct pl_variance_split *split, const double *scores, size_t count)
{
    struct pl_spread within = {0};

    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
        pl_spread_add(&within, scores[i], 1.0);
    split->repeats += count;
    split->inverse_repeats += 1.0 / (double)count;
    split->within += within.squares;
    pl_spread_add(&split->between, within.mean, 1.0);
}

struct pl_variance_parts pl_variance_split_finish(const struct pl_variance_split *split)
{
    const double cases = split->between.weight;
    const double freedom = (double)split->repeats - cases;
    struct pl_variance_parts parts = {
        .between = -1.0, .within = -1.0, .now = -1.0, .at_least = -1.0};

    if (cases > 0.0)
        parts.repeats = cases / split->inverse_repeats;
    if (freedom > 0.0)
        parts.within = split->within / freedom;
    if (cases < 2.0)
        return parts;

    const double squares = split->between.squares / (cases - 1.0);

    parts.now = sqrt(squares / cases);
    if (freedom > 0.0) {
        parts.between = fmax(0.0, squares - parts.within / parts.repeats);
        parts.at_least = sqrt(parts.between / cases);
    }
    return parts;
}
