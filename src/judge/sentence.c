/*
 * Findings in words. Rates are said in percent and their differences in points, everything else as a
 * number of four digits; the exact figures stand beside them in the evidence.
 */
#include "judge/sentence.h"

#include "measure/against.h"
#include "measure/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void pl_sentence_count(struct pl_buffer *out, uint64_t count)
{
    char digits[24];
    const int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count);

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            pl_buffer_add_char(out, ',');
        pl_buffer_add_char(out, digits[i]);
    }
}

/* "false positive rate"; names with a column stay as they are. */
static void add_metric(struct pl_buffer *out, struct pl_str name)
{
    const bool generic = memchr(name.ptr, '(', name.len) != NULL;

    for (size_t i = 0; i < name.len; i++)
        pl_buffer_add_char(out, name.ptr[i] == '_' && !generic ? ' ' : name.ptr[i]);
}

static bool is_percent(const struct pl_metric *metric)
{
    const struct pl_metric_row *row = metric->row;

    return (row->trials != 0 && row->make == NULL && row->shape == PL_RATE_AS_IS) ||
           strcmp(row->help.name, "rate(COLUMN)") == 0 || strcmp(row->help.name, "share") == 0 ||
           strcmp(row->help.name, "scoring_rate") == 0 ||
           strcmp(row->help.name, "balanced_accuracy") == 0;
}

static void add_figure(struct pl_buffer *out, const struct pl_metric *metric, double value)
{
    if (isinf(value))
        pl_buffer_add_text(out, "any number");
    else if (is_percent(metric))
        pl_buffer_add_format(out, "%.1f %%", 100.0 * value);
    else
        pl_buffer_add_format(out, "%.4g", value);
}

static void add_difference(struct pl_buffer *out, const struct pl_metric *metric, double value)
{
    if (is_percent(metric))
        pl_buffer_add_format(out, "%.1f points", 100.0 * value);
    else
        pl_buffer_add_format(out, "%.4g", value);
}

/* A value of the limit's own kind: a figure, points, or a ratio. */
static void add_value(struct pl_buffer *out, const struct pl_metric *metric,
                      enum pl_comparator comparator, double value)
{
    switch (comparator) {
    case PL_COMPARE_MIN:
    case PL_COMPARE_MAX:
        add_figure(out, metric, value);
        break;
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
    case PL_COMPARE_NON_INFERIOR_TO: /* said as gains: add_gain */
    case PL_COMPARE_SUPERIOR_TO:
        add_difference(out, metric, value);
        break;
    case PL_COMPARE_MIN_RATIO:
    case PL_COMPARE_MAX_RATIO:
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
    default:
        if (isinf(value))
            pl_buffer_add_text(out, "any number of times");
        else
            pl_buffer_add_format(out, "%.3f times", value);
        break;
    }
}

static void add_slice(struct pl_buffer *out, const struct pl_measured *measured,
                      const struct pl_slice *slice)
{
    if (slice->crossing == NULL) {
        pl_buffer_add_text(out, "all decisions");
        return;
    }
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        pl_buffer_add_text(out, i == 0 ? "" : " × ");
        pl_buffer_add(out, pl_slice_segment(measured, slice, i));
        pl_buffer_add_char(out, '=');
        pl_buffer_add(out, pl_slice_group(measured, slice, i));
    }
}

/* "race=A (44.8 %)" */
static void add_side(struct pl_buffer *out, const struct pl_measured *measured,
                     const struct pl_finding *finding, const struct pl_slice *slice)
{
    const struct pl_stat *stat = &slice->stats[finding->metric_index];

    add_slice(out, measured, slice);
    if (stat->kind == PL_STAT_NONE)
        return;
    pl_buffer_add_text(out, " (");
    add_figure(out, &measured->metrics[finding->metric_index], stat->value);
    pl_buffer_add_char(out, ')');
}

/* What was found, where. */
static void add_found(struct pl_buffer *out, const struct pl_measured *measured,
                      const struct pl_finding *finding)
{
    const struct pl_case *one = finding->deciding;
    const struct pl_metric *metric = &measured->metrics[finding->metric_index];
    const enum pl_comparator comparator = finding->limit->comparator;

    add_metric(out, metric->name);
    if (one->against == NULL) {
        pl_buffer_add_text(out, " is ");
        add_value(out, metric, comparator, one->value);
        pl_buffer_add_text(out, " for ");
        add_slice(out, measured, one->slice);
        return;
    }
    if (comparator == PL_COMPARE_MAX_DIFFERENCE ||
        comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL) {
        pl_buffer_add_text(out, " differs by ");
        add_value(out, metric, comparator, one->value);
        pl_buffer_add_text(out, " between ");
        add_side(out, measured, finding, one->slice);
        pl_buffer_add_text(out, " and ");
    } else {
        pl_buffer_add_text(out, " of ");
        add_side(out, measured, finding, one->slice);
        pl_buffer_add_text(out, " is ");
        add_value(out, metric, comparator, one->value);
        pl_buffer_add_text(out, " that of ");
    }
    add_side(out, measured, finding, one->against);
}

/* "0.9 points", or as a share of the baseline's figure "15.2 %". */
static void add_gain_size(struct pl_buffer *out, const struct pl_metric *metric,
                          const struct pl_limit *limit, double size)
{
    if (isinf(size))
        pl_buffer_add_text(out, "any number");
    else if (limit->relative)
        pl_buffer_add_format(out, "%.1f %%", 100.0 * size);
    else
        add_difference(out, metric, size);
}

/* "0.9 points worse", "15.2 % better". */
static void add_gain(struct pl_buffer *out, const struct pl_metric *metric,
                     const struct pl_limit *limit, double gain)
{
    add_gain_size(out, metric, limit, fabs(gain));
    pl_buffer_add_text(out, gain < 0.0 ? " worse" : " better");
}

/* "accuracy is 87.1 % for all decisions, against 88.0 % of incumbent: 0.9 points worse" */
static void add_found_gain(struct pl_buffer *out, const struct pl_measured *measured,
                           const struct pl_finding *finding)
{
    const struct pl_case *one = finding->deciding;
    const struct pl_metric *metric = &measured->metrics[finding->metric_index];

    add_metric(out, metric->name);
    pl_buffer_add_text(out, " is ");
    add_figure(out, metric, one->sides->here.value);
    pl_buffer_add_text(out, " for ");
    add_slice(out, measured, one->slice);
    pl_buffer_add_text(out, ", against ");
    add_figure(out, metric, one->sides->there.value);
    pl_buffer_add_text(out, " of ");
    pl_buffer_add(out, finding->limit->baseline->name);
    pl_buffer_add_text(out, ": ");
    add_gain(out, metric, finding->limit, one->value);
}

/* ", at least 0.3 points worse with 95 % confidence"; ", and could be between … and …". */
static void add_gain_bounds(struct pl_buffer *out, const struct pl_measured *measured,
                            const struct pl_finding *finding)
{
    const struct pl_limit *limit = finding->limit;
    const struct pl_metric *metric = &measured->metrics[finding->metric_index];
    const struct pl_case *one = finding->deciding;

    if (limit->judge == PL_JUDGE_POINT) {
        pl_buffer_add_text(out, " (judged by the value alone)");
    } else if (finding->state == PL_STATE_UNPROVEN) {
        pl_buffer_add_text(out, ", and could be between ");
        add_gain(out, metric, limit, one->low);
        pl_buffer_add_text(out, " and ");
        add_gain(out, metric, limit, one->high);
    } else {
        const double bound = finding->state == PL_STATE_BREACH ? one->high : one->low;
        const bool least = (finding->state == PL_STATE_BREACH) == (bound < 0.0);

        pl_buffer_add_text(out, least ? ", at least " : ", at most ");
        add_gain(out, metric, limit, bound);
        pl_buffer_add_format(out, " with %.4g %% confidence", 100.0 * limit->confidence);
    }
}

/* "; the line allows at most 1.0 points worse", "; the line demands more than 15.0 % better" */
static void add_gain_allowed(struct pl_buffer *out, const struct pl_measured *measured,
                             const struct pl_finding *finding)
{
    const struct pl_limit *limit = finding->limit;
    const struct pl_metric *metric = &measured->metrics[finding->metric_index];

    if (limit->comparator == PL_COMPARE_NON_INFERIOR_TO) {
        pl_buffer_add_text(out, "; the line allows at most ");
        add_gain_size(out, metric, limit, limit->threshold);
        pl_buffer_add_text(out, " worse");
    } else if (limit->threshold > 0.0) {
        pl_buffer_add_text(out, "; the line demands more than ");
        add_gain(out, metric, limit, limit->threshold);
    } else {
        pl_buffer_add_text(out, "; the line demands that it is better");
    }
}

/* "; the line allows at most 10 points" */
static void add_allowed(struct pl_buffer *out, const struct pl_measured *measured,
                        const struct pl_finding *finding)
{
    const struct pl_limit *limit = finding->limit;
    const bool lower = pl_comparator_is_lower(limit->comparator);

    if (limit->baseline != NULL) {
        add_gain_allowed(out, measured, finding);
        return;
    }
    pl_buffer_add_text(out, lower ? "; the line demands at least " : "; the line allows at most ");
    add_value(out, &measured->metrics[finding->metric_index], limit->comparator, limit->threshold);
}

/* ", by at least 18.6 points with 95 % confidence": the bound that decided. */
static void add_bound(struct pl_buffer *out, const struct pl_measured *measured,
                      const struct pl_finding *finding)
{
    const struct pl_limit *limit = finding->limit;
    const bool lower = pl_comparator_is_lower(limit->comparator);

    if (limit->judge == PL_JUDGE_POINT) {
        pl_buffer_add_text(out, " (judged by the value alone)");
        return;
    }
    pl_buffer_add_text(out, lower ? ", at most " : ", at least ");
    add_value(out, &measured->metrics[finding->metric_index], limit->comparator,
              lower ? finding->deciding->high : finding->deciding->low);
    pl_buffer_add_format(out, " with %.4g %% confidence", 100.0 * limit->confidence);
}

static void add_interval(struct pl_buffer *out, const struct pl_measured *measured,
                         const struct pl_finding *finding)
{
    const struct pl_metric *metric = &measured->metrics[finding->metric_index];

    pl_buffer_add_text(out, ", and could be between ");
    add_value(out, metric, finding->limit->comparator, finding->deciding->low);
    pl_buffer_add_text(out, " and ");
    add_value(out, metric, finding->limit->comparator, finding->deciding->high);
}

static void add_needed(struct pl_buffer *out, const struct pl_measured *measured,
                       const struct pl_case *one)
{
    if (one->needed == 0) {
        pl_buffer_add_text(out, ". It lies so near the limit that no number of decisions in sight "
                                "would settle it");
        return;
    }
    pl_buffer_add_text(out, ". About ");
    pl_sentence_count(out, one->needed);
    pl_buffer_add_text(out, measured->cells->clusters != NULL
                                ? " more decisions, in new groups like these, for "
                                : " more decisions for ");
    add_slice(out, measured, one->slice);
    if (one->needed_in_both) {
        pl_buffer_add_text(out, ", with ");
        if (one->against == NULL)
            pl_buffer_add_text(out, "the baseline's");
        else
            add_slice(out, measured, one->against);
        pl_buffer_add_text(out, " growing in proportion,");
    }
    pl_buffer_add_text(out, " would settle it at the present estimate");
}

static bool is_between(enum pl_comparator comparator)
{
    return comparator == PL_COMPARE_MIN_RATIO || comparator == PL_COMPARE_MAX_RATIO ||
           comparator == PL_COMPARE_MAX_DIFFERENCE;
}

static void add_undefined(struct pl_buffer *out, const struct pl_measured *measured,
                          const struct pl_finding *finding)
{
    add_metric(out, measured->metrics[finding->metric_index].name);
    if (finding->deciding == NULL || !finding->deciding->judged) {
        pl_buffer_add_text(out, is_between(finding->limit->comparator)
                                    ? " could not be judged: there are no two groups that are "
                                      "large enough"
                                    : " could not be judged: no slice is large enough");
        return;
    }
    pl_buffer_add_text(out, finding->state == PL_STATE_BREACH ? " crosses its limit for "
                                                              : " has no value for ");
    add_slice(out, measured, finding->deciding->slice);
    if (finding->deciding->against != NULL) {
        pl_buffer_add_text(out, " against ");
        add_slice(out, measured, finding->deciding->against);
    }
    if (finding->limit->baseline != NULL) {
        pl_buffer_add_text(out, " against ");
        pl_buffer_add(out, finding->limit->baseline->name);
    }
    pl_buffer_add_format(out, " (%s)", pl_undefined_text(finding->deciding->reason));
}

/* What was found, and the bound that decides. */
static void add_found_words(struct pl_buffer *out, const struct pl_measured *measured,
                            const struct pl_finding *finding)
{
    add_found(out, measured, finding);
    if (finding->state == PL_STATE_BREACH)
        add_bound(out, measured, finding);
    else if (finding->state == PL_STATE_UNPROVEN)
        add_interval(out, measured, finding);
}

static void add_gain_words(struct pl_buffer *out, const struct pl_measured *measured,
                           const struct pl_finding *finding)
{
    add_found_gain(out, measured, finding);
    add_gain_bounds(out, measured, finding);
}

void pl_finding_sentence(const struct pl_measured *measured, const struct pl_finding *finding,
                         struct pl_buffer *out)
{
    const struct pl_case *one = finding->deciding;

    if (one == NULL || !one->judged || one->reason != PL_DEFINED) {
        add_undefined(out, measured, finding);
        add_allowed(out, measured, finding);
        pl_buffer_add_char(out, '.');
        return;
    }
    if (finding->limit->baseline != NULL)
        add_gain_words(out, measured, finding);
    else
        add_found_words(out, measured, finding);
    add_allowed(out, measured, finding);
    if (finding->state == PL_STATE_UNPROVEN)
        add_needed(out, measured, one);
    pl_buffer_add_char(out, '.');
}
