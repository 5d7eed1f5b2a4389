/*
 * From measures in groups to the figures of a definition.
 *
 * Between groups the intervals are those of pl_gap (stats/gap.h): they hold for all pairs at once.
 * To a reference and to overall every group is compared by MOVER from exact bounds at (1 - c) / (2
 * K), K the number of groups compared times the measures of the definition (Bonferroni); so all K
 * intervals hold at once, and the largest |difference| lies between the largest lower and the
 * largest upper bound. With two measures between groups each gap is taken at (1 + c) / 2.
 *
 * A group is part of the whole: with overall = s group + (1 - s) rest the difference to overall is
 * (1 - s)(group - rest), and the ratio r / (s r + 1 - s) of r = group / rest. Where the whole is no
 * such mean, group and whole are taken for independent, which is wider than is due.
 */
#include "fairness/compare.h"

#include "stats/contrast.h"

#include <math.h>

/* One group against one other, in one measure. */
struct pair {
    struct pl_estimate difference; /* with its sign */
    struct pl_estimate ratio;
};

/* What a group is held against. */
struct against {
    const struct pl_stat *stat;
    double share;  /* of the group in the whole, when `stat` is the rest; else 0 */
    bool is_whole; /* the group is all there is */
    double whole;  /* the value of the overall figure, or of the reference */
};

struct pl_estimate pl_fairness_undefined(enum pl_undefined reason)
{
    return (struct pl_estimate){.status = PL_ESTIMATE_UNDEFINED, .reason = reason};
}

static bool is_defined(const struct pl_estimate *estimate)
{
    return estimate->status != PL_ESTIMATE_UNDEFINED;
}

static struct pl_estimate estimate_of(double value, double low, double high, uint64_t n)
{
    return (struct pl_estimate){
        .value = value,
        .low = fmin(value, low),
        .high = fmax(value, high),
        .n = n,
        .status = PL_ESTIMATE_OK,
    };
}

/* ---- one group against one other ---- */

/* MOVER: see stats/contrast.c. */
static struct pl_estimate difference_of(const struct pl_bounds *a, const struct pl_bounds *b,
                                        double share, uint64_t n)
{
    const double factor = 1.0 - share;
    const double value = a->value - b->value;

    return estimate_of(factor * value,
                       factor * (value - hypot(a->value - fmin(a->low, a->value),
                                               fmax(b->high, b->value) - b->value)),
                       factor * (value + hypot(fmax(a->high, a->value) - a->value,
                                               b->value - fmin(b->low, b->value))),
                       n);
}

/* The ratio to the whole from the ratio to the rest. */
static double ratio_to_whole(double ratio, double share)
{
    if (share <= 0.0)
        return ratio;
    return isinf(ratio) ? 1.0 / share : ratio / (share * ratio + 1.0 - share);
}

static struct pl_estimate ratio_of(const struct pl_bounds *a, const struct pl_bounds *b,
                                   const struct against *against, uint64_t n)
{
    if (against->whole <= 0.0)
        return pl_fairness_undefined(PL_UNDEFINED_ZERO_REFERENCE);
    return estimate_of(a->value / against->whole,
                       ratio_to_whole(pl_bounds_ratio_low(a, b, 0.0), against->share),
                       ratio_to_whole(pl_bounds_ratio_high(a, b, 0.0), against->share), n);
}

static struct pair undefined_pair(enum pl_undefined reason)
{
    return (struct pair){pl_fairness_undefined(reason), pl_fairness_undefined(reason)};
}

static struct pair compare(const struct pl_stat *stat, const struct against *against, double alpha)
{
    if (stat->kind == PL_STAT_NONE)
        return undefined_pair(stat->reason);
    if (against->stat->kind == PL_STAT_NONE)
        return undefined_pair(against->stat->reason);
    if (against->is_whole)
        return (struct pair){estimate_of(0.0, 0.0, 0.0, stat->n),
                             against->whole > 0.0
                                 ? estimate_of(1.0, 1.0, 1.0, stat->n)
                                 : pl_fairness_undefined(PL_UNDEFINED_ZERO_REFERENCE)};

    const struct pl_bounds a = pl_stat_bounds(stat, alpha, PL_RATE_EXACT);
    const struct pl_bounds b = pl_stat_bounds(against->stat, alpha, PL_RATE_EXACT);

    return (struct pair){difference_of(&a, &b, against->share, stat->n),
                         ratio_of(&a, &b, against, stat->n)};
}

static struct against against_overall(const struct pl_measured *measured,
                                      const struct pl_slice *slice, size_t metric)
{
    const struct pl_stat *overall = &measured->overall.stats[metric];
    const bool is_whole = slice->n == measured->overall.n || slice->shares[metric] >= 1.0;
    const bool has_rest = slice->rests[metric].kind != PL_STAT_NONE;

    return (struct against){
        .stat = has_rest && !is_whole ? &slice->rests[metric] : overall,
        .share = has_rest && !is_whole ? slice->shares[metric] : 0.0,
        .is_whole = is_whole,
        .whole = overall->value,
    };
}

static struct against against_reference(const struct pl_slice *reference, size_t metric)
{
    return (struct against){.stat = &reference->stats[metric],
                            .whole = reference->stats[metric].value};
}

/* ---- without sign ---- */

static struct pl_estimate without_sign(const struct pl_estimate *difference)
{
    if (!is_defined(difference))
        return *difference;
    return estimate_of(fabs(difference->value), fmax(0.0, fmax(difference->low, -difference->high)),
                       fmax(fabs(difference->low), fabs(difference->high)), difference->n);
}

/* The smaller over the larger, whichever is on top. */
static struct pl_estimate at_most_one(const struct pl_estimate *ratio)
{
    if (!is_defined(ratio))
        return *ratio;

    const double inverse = isinf(ratio->high) ? 0.0 : 1.0 / ratio->high;
    const double value = ratio->value > 1.0 ? 1.0 / ratio->value : ratio->value;
    double high = 1.0;

    if (ratio->high < 1.0)
        high = ratio->high;
    if (ratio->low > 1.0)
        high = 1.0 / ratio->low;
    return estimate_of(value, fmin(ratio->low, inverse), high, ratio->n);
}

/* ---- the furthest group ---- */

/* Of estimates without sign the larger, bound by bound; an undefined one gives way. */
static struct pl_estimate larger(const struct pl_estimate *a, const struct pl_estimate *b)
{
    if (!is_defined(a) || !is_defined(b))
        return is_defined(a) ? *a : *b;
    return estimate_of(fmax(a->value, b->value), fmax(a->low, b->low), fmax(a->high, b->high),
                       a->n + b->n);
}

static struct pl_estimate smaller(const struct pl_estimate *a, const struct pl_estimate *b)
{
    if (!is_defined(a) || !is_defined(b))
        return is_defined(a) ? *a : *b;
    return estimate_of(fmin(a->value, b->value), fmin(a->low, b->low), fmin(a->high, b->high),
                       a->n + b->n);
}

/* Takes a group into the figure of one measure. */
static void take_pair(struct pl_fairness_gap *gap, const struct pair *pair,
                      const struct pl_slice *slice, const struct pl_slice *other)
{
    const struct pl_estimate difference = without_sign(&pair->difference);
    const struct pl_estimate ratio = at_most_one(&pair->ratio);

    if (is_defined(&difference) &&
        (gap->first == NULL || difference.value > gap->difference.value)) {
        gap->first = pair->difference.value >= 0.0 ? slice : other;
        gap->second = pair->difference.value >= 0.0 ? other : slice;
    }
    if (is_defined(&ratio) && (gap->ratio_first == NULL || ratio.value < gap->ratio.value)) {
        gap->ratio_first = pair->ratio.value >= 1.0 ? slice : other;
        gap->ratio_second = pair->ratio.value >= 1.0 ? other : slice;
    }
    gap->difference = larger(&difference, &gap->difference);
    gap->ratio = smaller(&ratio, &gap->ratio);
}

static double level(const struct pl_fairness_field *field, size_t comparisons, size_t measures)
{
    return 0.5 * (1.0 - field->measured->confidence) / (double)(comparisons * measures);
}

static struct pair compare_in(const struct pl_fairness_field *field, enum pl_fairness_form form,
                              const struct pl_slice *slice, size_t metric, double alpha)
{
    const struct against against = form == PL_FAIRNESS_TO_OVERALL
                                       ? against_overall(field->measured, slice, metric)
                                       : against_reference(field->reference, metric);

    return compare(&slice->stats[metric], &against, alpha);
}

static size_t comparisons_of(const struct pl_fairness_field *field, enum pl_fairness_form form)
{
    return field->judged_count - (form == PL_FAIRNESS_TO_REFERENCE ? 1 : 0);
}

/* One measure in a form to one: over all groups that are judged. */
static struct pl_fairness_gap gap_to_one(const struct pl_fairness_field *field,
                                         enum pl_fairness_form form, size_t metric, size_t measures)
{
    const size_t comparisons = comparisons_of(field, form);
    const struct pl_slice *other =
        form == PL_FAIRNESS_TO_OVERALL ? &field->measured->overall : field->reference;
    struct pl_fairness_gap gap = {
        .difference = pl_fairness_undefined(PL_UNDEFINED_ONE_GROUP),
        .ratio = pl_fairness_undefined(PL_UNDEFINED_ONE_GROUP),
    };

    for (size_t i = 0; i < field->judged_count; i++) {
        const struct pl_slice *slice = field->judged[i];

        if (slice == other)
            continue;

        const struct pair pair =
            compare_in(field, form, slice, metric, level(field, comparisons, measures));

        take_pair(&gap, &pair, slice, other);
    }
    return gap;
}

static struct pl_fairness_gap gap_between(const struct pl_fairness_field *field, size_t metric,
                                          size_t measures)
{
    const struct pl_between *between = &field->betweens[metric];

    return (struct pl_fairness_gap){
        .difference = measures > 1 ? between->difference_of_two : between->difference,
        .ratio = measures > 1 ? between->ratio_of_two : between->ratio,
        .first = between->largest,
        .second = between->smallest,
        .ratio_first = between->largest,
        .ratio_second = between->smallest,
    };
}

/* ---- two measures ---- */

static struct pl_estimate mean_of(const struct pl_estimate *a, const struct pl_estimate *b)
{
    return estimate_of(0.5 * (a->value + b->value), 0.5 * (a->low + b->low),
                       0.5 * (a->high + b->high), a->n + b->n);
}

/* Two estimates that must both be there. */
static struct pl_estimate combine(const struct pl_estimate *a, const struct pl_estimate *b,
                                  enum pl_fairness_combine how, bool is_ratio)
{
    if (!is_defined(a))
        return *a;
    if (!is_defined(b))
        return *b;
    if (how == PL_FAIRNESS_MEAN)
        return mean_of(a, b);
    return is_ratio ? smaller(a, b) : larger(a, b);
}

static struct pl_fairness_gap combine_gaps(const struct pl_fairness_gap *a,
                                           const struct pl_fairness_gap *b,
                                           enum pl_fairness_combine how)
{
    struct pl_fairness_gap gap = *a;

    gap.difference = combine(&a->difference, &b->difference, how, false);
    gap.ratio = combine(&a->ratio, &b->ratio, how, true);
    if (!is_defined(&gap.difference)) {
        gap.first = NULL;
        gap.second = NULL;
    } else if (how == PL_FAIRNESS_WORST && b->difference.value > a->difference.value) {
        gap.first = b->first;
        gap.second = b->second;
        gap.measure = 1;
    }
    if (!is_defined(&gap.ratio)) {
        gap.ratio_first = NULL;
        gap.ratio_second = NULL;
    } else if (how == PL_FAIRNESS_WORST && b->ratio.value < a->ratio.value) {
        gap.ratio_first = b->ratio_first;
        gap.ratio_second = b->ratio_second;
    }
    return gap;
}

static struct pl_fairness_gap gap_in(const struct pl_fairness_field *field,
                                     enum pl_fairness_form form, size_t metric, size_t measures)
{
    return form == PL_FAIRNESS_BETWEEN ? gap_between(field, metric, measures)
                                       : gap_to_one(field, form, metric, measures);
}

static struct pl_fairness_group group_of(const struct pl_fairness_field *field,
                                         const struct pl_fairness_definition *definition,
                                         const struct pl_fairness_indices *indices,
                                         const struct pl_slice *slice)
{
    const double alpha =
        level(field, comparisons_of(field, PL_FAIRNESS_TO_REFERENCE), indices->count);
    struct pair pairs[PL_FAIRNESS_MEASURES_MAX];

    for (size_t i = 0; i < indices->count; i++)
        pairs[i] = compare_in(field, PL_FAIRNESS_TO_REFERENCE, slice, indices->metrics[i], alpha);
    if (indices->count == 1)
        return (struct pl_fairness_group){slice, pairs[0].difference, pairs[0].ratio};
    for (size_t i = 0; i < indices->count; i++) {
        pairs[i].difference = without_sign(&pairs[i].difference);
        pairs[i].ratio = at_most_one(&pairs[i].ratio);
    }
    return (struct pl_fairness_group){
        .slice = slice,
        .difference =
            combine(&pairs[0].difference, &pairs[1].difference, definition->combine, false),
        .ratio = combine(&pairs[0].ratio, &pairs[1].ratio, definition->combine, true),
    };
}

void pl_fairness_compare(const struct pl_fairness_field *field,
                         const struct pl_fairness_definition *definition,
                         const struct pl_fairness_indices *indices,
                         struct pl_fairness_group *groups, struct pl_fairness_figures *ret_figures)
{
    *ret_figures = (struct pl_fairness_figures){.definition = definition, .groups = groups};
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++) {
        const struct pl_fairness_gap first =
            gap_in(field, (enum pl_fairness_form)form, indices->metrics[0], indices->count);

        ret_figures->gaps[form] = first;
        if (indices->count > 1) {
            const struct pl_fairness_gap second =
                gap_in(field, (enum pl_fairness_form)form, indices->metrics[1], indices->count);

            ret_figures->gaps[form] = combine_gaps(&first, &second, definition->combine);
        }
    }
    for (size_t i = 0; i < field->judged_count; i++)
        if (field->judged[i] != field->reference)
            groups[ret_figures->groups_count++] =
                group_of(field, definition, indices, field->judged[i]);
}
