/*
 * Many tests at once: Holm's step-down and Benjamini & Hochberg's step-up procedure, by sorting the
 * p-values once. Valid for p in [0, 1] and any family size; agrees with statsmodels 0.14
 * (multipletests, methods "holm" and "fdr_bh") to rounding.
 */
#include "stats/multiple.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct ranked {
    double p;
    size_t index;
};

/* By p-value, and by place where they are equal, so that the order is the same everywhere. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *first = a;
    const struct ranked *second = b;

    if (first->p < second->p || first->p > second->p)
        return first->p < second->p ? -1 : 1;
    return first->index < second->index ? -1 : first->index > second->index;
}

static enum pl_status rank(const struct pl_family *family, struct pl_arena *scratch,
                           struct ranked **ret_ranked, struct pl_error *error)
{
    struct ranked *ranked = pl_arena_alloc_array(scratch, family->count, sizeof *ranked);

    assert(family->family_size >= family->count);
    if (ranked == NULL)
        return pl_arena_error(scratch, "sorted p-values", error);
    for (size_t i = 0; i < family->count; i++)
        ranked[i] = (struct ranked){.p = family->p_values[i], .index = i};
    if (family->count > 0)
        qsort(ranked, family->count, sizeof *ranked, compare_ranked);
    *ret_ranked = ranked;
    return PL_OK;
}

enum pl_status pl_holm_adjust(const struct pl_family *family, double alpha,
                              struct pl_arena *scratch, struct pl_adjusted *ret_adjusted,
                              struct pl_error *error)
{
    struct ranked *ranked = NULL;
    double adjusted = 0.0;
    double level = 0.0;
    bool failed = false;

    PL_RETURN_IF(rank(family, scratch, &ranked, error));
    for (size_t i = 0; i < family->count; i++) {
        const double left = (double)(family->family_size - i);

        if (!failed)
            level = alpha / left;
        failed = failed || ranked[i].p > level;
        adjusted = fmax(adjusted, fmin(1.0, left * ranked[i].p));
        ret_adjusted[ranked[i].index] = (struct pl_adjusted){.adjusted = adjusted, .level = level};
    }
    return PL_OK;
}

enum pl_status pl_benjamini_hochberg_adjust(const struct pl_family *family, double alpha,
                                            struct pl_arena *scratch,
                                            struct pl_adjusted *ret_adjusted,
                                            struct pl_error *error)
{
    const double size = (double)family->family_size;
    struct ranked *ranked = NULL;
    double adjusted = 1.0;
    size_t rejected = 0;

    PL_RETURN_IF(rank(family, scratch, &ranked, error));
    for (size_t i = family->count; i > 0; i--) {
        adjusted = fmin(adjusted, size / (double)i * ranked[i - 1].p);
        if (rejected == 0 && ranked[i - 1].p <= alpha * (double)i / size)
            rejected = i;
        ret_adjusted[ranked[i - 1].index].adjusted = adjusted;
    }
    for (size_t i = 0; i < family->count; i++)
        ret_adjusted[i].level = alpha * fmax(1.0, (double)rejected) / size;
    return PL_OK;
}
