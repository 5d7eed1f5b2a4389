/*
 * Differences and ratios decide by exact (Clopper-Pearson) bounds of their rates, recombined by MOVER:
 * a gate corrects for many slices, and far out in the tails the score bounds are too short.
 *
 * With overall = s a + (1 - s) b the difference to overall is (1 - s)(a - b), and the ratio to overall
 * is r / (s r + 1 - s) with r = a / b, which rises with r to 1 / s.
 */
#include "judge/compare.h"

#include <math.h>

#define METHOD PL_RATE_EXACT

struct pl_comparison pl_comparison_value_of(const struct pl_stat *stat)
{
    return (struct pl_comparison){.form = PL_FORM_VALUE, .a = *stat, .reason = stat->reason};
}

struct pl_comparison pl_comparison_between(enum pl_form form, const struct pl_stat *a,
                                           const struct pl_stat *b)
{
    struct pl_comparison comparison = {.form = form, .a = *a, .b = *b};

    comparison.reason = a->kind == PL_STAT_NONE ? a->reason : b->reason;
    if (comparison.reason != PL_DEFINED || form != PL_FORM_RATIO)
        return comparison;
    if (a->value < 0.0 || b->value < 0.0)
        comparison.reason = PL_UNDEFINED_BELOW_ZERO;
    comparison.no_value = b->value == 0.0;
    return comparison;
}

struct pl_comparison pl_comparison_to_overall(enum pl_form form, const struct pl_slice *slice,
                                              const struct pl_slice *overall, size_t metric_index)
{
    const struct pl_stat *stat = &slice->stats[metric_index];
    /* Or it holds every decision that the measure is about: all labelled positives, say. */
    const bool is_whole = slice->n == overall->n || slice->shares[metric_index] >= 1.0;
    const bool has_rest = slice->rests[metric_index].kind != PL_STAT_NONE;
    struct pl_comparison comparison = pl_comparison_between(
        form, stat,
        has_rest && !is_whole ? &slice->rests[metric_index] : &overall->stats[metric_index]);

    comparison.is_whole = is_whole;
    if (has_rest && !is_whole)
        comparison.share = slice->shares[metric_index];
    if (comparison.reason == PL_DEFINED && form == PL_FORM_RATIO)
        comparison.no_value = overall->stats[metric_index].value == 0.0;
    return comparison;
}

/* The ratio to overall from the ratio to the rest. */
static double ratio_to_overall(double ratio, double share)
{
    return isinf(ratio) ? 1.0 / share : ratio / (share * ratio + 1.0 - share);
}

double pl_comparison_value(const struct pl_comparison *comparison)
{
    const double a = comparison->a.value;
    const double b = comparison->b.value;

    if (comparison->form == PL_FORM_VALUE)
        return a;
    if (comparison->is_whole)
        return comparison->form == PL_FORM_RATIO ? 1.0 : 0.0;
    if (comparison->form == PL_FORM_DIFFERENCE)
        return (1.0 - comparison->share) * (a - b);
    return a / (comparison->share * a + (1.0 - comparison->share) * b);
}

static struct pl_contrast contrast_of(const struct pl_comparison *comparison, double factor)
{
    return (struct pl_contrast){
        .stats = {&comparison->a, &comparison->b},
        .coefficients = {1.0, -factor},
        .correlation = comparison->correlation,
    };
}

double pl_comparison_low(const struct pl_comparison *comparison, double alpha)
{
    const struct pl_contrast difference = contrast_of(comparison, 1.0);

    if (comparison->is_whole && comparison->form != PL_FORM_VALUE)
        return pl_comparison_value(comparison);
    if (comparison->form == PL_FORM_VALUE)
        return pl_stat_low(&comparison->a, alpha, METHOD);
    if (comparison->form == PL_FORM_DIFFERENCE)
        return (1.0 - comparison->share) * pl_contrast_low(&difference, alpha, METHOD);
    return ratio_to_overall(
        pl_ratio_low(&comparison->a, &comparison->b, comparison->correlation, alpha, METHOD),
        comparison->share);
}

double pl_comparison_high(const struct pl_comparison *comparison, double alpha)
{
    const struct pl_contrast difference = contrast_of(comparison, 1.0);

    if (comparison->is_whole && comparison->form != PL_FORM_VALUE)
        return pl_comparison_value(comparison);
    if (comparison->form == PL_FORM_VALUE)
        return pl_stat_high(&comparison->a, alpha, METHOD);
    if (comparison->form == PL_FORM_DIFFERENCE)
        return (1.0 - comparison->share) * pl_contrast_high(&difference, alpha, METHOD);
    return ratio_to_overall(
        pl_ratio_high(&comparison->a, &comparison->b, comparison->correlation, alpha, METHOD),
        comparison->share);
}

/* P-values where there is nothing to test: the value is known without error. */
static double known_p(bool crossed)
{
    return crossed ? 0.0 : 1.0;
}

/* The ratio to the rest at which the ratio to overall is `bound`; INFINITY when none is. */
static double rest_ratio(double bound, double share)
{
    return share * bound >= 1.0 ? HUGE_VAL : (1.0 - share) * bound / (1.0 - share * bound);
}

double pl_comparison_p_above(const struct pl_comparison *comparison, double bound)
{
    if (comparison->form == PL_FORM_VALUE)
        return pl_stat_p_above(&comparison->a, bound, METHOD);
    if (comparison->is_whole)
        return known_p(pl_comparison_value(comparison) > bound);
    if (comparison->form == PL_FORM_DIFFERENCE) {
        const struct pl_contrast difference = contrast_of(comparison, 1.0);

        return comparison->share >= 1.0
                   ? known_p(0.0 > bound)
                   : pl_contrast_p_above(&difference, bound / (1.0 - comparison->share), METHOD);
    }

    const double ratio = rest_ratio(bound, comparison->share);
    const struct pl_contrast contrast = contrast_of(comparison, ratio);

    return isinf(ratio) ? 1.0 : pl_contrast_p_above(&contrast, 0.0, METHOD);
}

double pl_comparison_p_below(const struct pl_comparison *comparison, double bound)
{
    if (comparison->form == PL_FORM_VALUE)
        return pl_stat_p_below(&comparison->a, bound, METHOD);
    if (comparison->is_whole)
        return known_p(pl_comparison_value(comparison) < bound);
    if (comparison->form == PL_FORM_DIFFERENCE) {
        const struct pl_contrast difference = contrast_of(comparison, 1.0);

        return comparison->share >= 1.0
                   ? known_p(0.0 < bound)
                   : pl_contrast_p_below(&difference, bound / (1.0 - comparison->share), METHOD);
    }

    const double ratio = rest_ratio(bound, comparison->share);
    const struct pl_contrast contrast = contrast_of(comparison, ratio);

    return isinf(ratio) ? 0.0 : pl_contrast_p_below(&contrast, 0.0, METHOD);
}

struct pl_comparison pl_comparison_scale(const struct pl_comparison *comparison,
                                         double slice_factor, double other_factor)
{
    struct pl_comparison scaled = *comparison;

    scaled.a = pl_stat_scaled(&comparison->a, slice_factor);
    scaled.b = pl_stat_scaled(&comparison->b, other_factor);
    return scaled;
}
