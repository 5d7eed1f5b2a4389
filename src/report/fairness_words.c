/*
 * What is said of fairness in sentences: who is compared, and which definitions cannot hold
 * together here and why. All formats use these.
 */
#include "report/fairness.h"
#include "report/number.h"
#include "report/wording.h"

#include <math.h>

#define TOO_SMALL_SHOWN_MAX 5

void pl_fairness_group_words(const struct pl_measured *measured, const struct pl_slice *slice,
                             struct pl_buffer *out)
{
    if (slice->crossing == NULL) {
        pl_buffer_add_text(out, "overall");
        return;
    }
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        pl_buffer_add_text(out, i == 0 ? "" : " × ");
        pl_buffer_add(out, pl_slice_group(measured, slice, i));
    }
}

void pl_fairness_form_words(const struct pl_measured *measured,
                            const struct pl_fairness_grouping *grouping, enum pl_fairness_form form,
                            struct pl_buffer *out)
{
    if (form == PL_FAIRNESS_BETWEEN) {
        pl_buffer_add_text(out, "Between the two groups furthest apart");
        return;
    }
    if (form == PL_FAIRNESS_TO_OVERALL) {
        pl_buffer_add_text(out, "Against all decisions");
        return;
    }
    pl_buffer_add_text(out, "Against ");
    if (grouping->reference == NULL) {
        pl_buffer_add_text(out, "a reference group: none is large enough");
        return;
    }
    pl_slice_words(measured, grouping->reference, out);
    pl_buffer_add_text(out, grouping->reference_named ? ", as asked" : ", the largest group");
}

void pl_fairness_groups_words(const struct pl_measured *measured,
                              const struct pl_fairness_grouping *grouping, struct pl_buffer *out)
{
    pl_plural_write(out, grouping->judged_count, "group is", "groups are");
    pl_buffer_add_text(out, grouping->judged_count == 1 ? " large enough to compare" : " compared");
    for (size_t i = 0; i < grouping->too_small_count && i < TOO_SMALL_SHOWN_MAX; i++) {
        pl_buffer_add_text(out, i == 0 ? "; listed and not judged, as too small: " : ", ");
        pl_fairness_group_words(measured, grouping->too_small[i], out);
        pl_buffer_add_text(out, " (");
        pl_count_write(out, grouping->too_small[i]->n);
        pl_buffer_add_text(out, ")");
    }
    if (grouping->too_small_count > TOO_SMALL_SHOWN_MAX)
        pl_buffer_add_format(out, " and %zu more", grouping->too_small_count - TOO_SMALL_SHOWN_MAX);
    pl_buffer_add_char(out, '.');
}

enum pl_figure pl_fairness_figure(const struct pl_fairness_definition *definition)
{
    return pl_figure_of_difference(pl_figure_of(pl_str_of(definition->measures[0])));
}

static void add_estimate(struct pl_buffer *out, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    pl_figure_write(out, figure, estimate->value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, figure, estimate->low, estimate->high);
}

void pl_fairness_differential_words(const struct pl_fairness_grouping *grouping,
                                    struct pl_buffer *out)
{
    const struct pl_fairness_differential *differential = &grouping->differential;

    if (!grouping->has_differential)
        return;
    pl_buffer_add_text(out, "differential_fairness: ");
    if (differential->epsilon.status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(out, "no data: %s", pl_undefined_text(differential->epsilon.reason));
    } else {
        add_estimate(out, PL_FIGURE_FRACTION, &differential->epsilon);
        pl_buffer_add_text(out, "; the chance of a yes, or of a no, of two groups differs by a "
                                "factor of up to ");
        pl_figure_write(out, PL_FIGURE_FRACTION, exp(differential->epsilon.value));
    }
    if (differential->smoothed_defined) {
        pl_buffer_add_text(out, "; smoothed ");
        pl_figure_write(out, PL_FIGURE_FRACTION, differential->smoothed);
    }
    pl_buffer_add_char(out, '.');
}

static void add_inequality(struct pl_buffer *out, const char *name,
                           const struct pl_fairness_inequality *inequality)
{
    pl_buffer_add_format(out, "%s: ", name);
    if (inequality->overall.status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(out, "no data: %s.", pl_undefined_text(inequality->overall.reason));
        return;
    }
    add_estimate(out, PL_FIGURE_FRACTION, &inequality->overall);
    pl_buffer_add_text(out, " in all, of which ");
    pl_buffer_add_format(out, "%.4f", inequality->between);
    if (inequality->overall.value > 0.0) {
        pl_buffer_add_text(out, " (");
        pl_figure_write(out, PL_FIGURE_PERCENT, inequality->between / inequality->overall.value);
        pl_buffer_add_text(out, ")");
    }
    pl_buffer_add_text(out, " between these groups.");
}

void pl_fairness_inequality_words(const struct pl_fairness_grouping *grouping,
                                  struct pl_buffer *out)
{
    if (!grouping->has_inequality)
        return;
    add_inequality(out, "generalized_entropy", &grouping->generalized_entropy);
    pl_buffer_add_char(out, ' ');
    add_inequality(out, "theil_index", &grouping->theil);
}

/* "Base rates differ by 12.3 points [9.1, 15.5]". */
static void add_base_gap(const struct pl_fairness_conflicts *conflicts, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "base rates differ by ");
    add_estimate(out, PL_FIGURE_POINTS, &conflicts->base_gap);
}

static void add_unknown(const struct pl_fairness_conflicts *conflicts, const char *what,
                        struct pl_buffer *out)
{
    pl_buffer_add_format(out, "Whether %s can hold together cannot be said", what);
    if (conflicts->base_gap.status == PL_ESTIMATE_UNDEFINED)
        pl_buffer_add_format(out, ": %s", pl_undefined_text(conflicts->base_gap.reason));
    pl_buffer_add_char(out, '.');
}

/* Not excluded, since base rates may be equal. */
static void add_equal_bases(const struct pl_fairness_conflicts *conflicts, const char *what,
                            struct pl_buffer *out)
{
    pl_buffer_add_format(out, "%s need not exclude each other here: ", what);
    add_base_gap(conflicts, out);
    pl_buffer_add_text(out, ", so they may be equal.");
}

/* How far apart the implied false positive rates are. */
static void add_implied(const struct pl_fairness_conflicts *conflicts, struct pl_buffer *out)
{
    double least = HUGE_VAL;
    double most = -HUGE_VAL;

    for (size_t i = 0; i < conflicts->implied_count; i++) {
        const struct pl_estimate *implied = &conflicts->implied[i].implied;

        if (implied->status == PL_ESTIMATE_UNDEFINED)
            continue;
        least = fmin(least, implied->value);
        most = fmax(most, implied->value);
    }
    if (most < least)
        return;
    pl_buffer_add_text(out, "the false positive rate would have to be from ");
    pl_figure_write(out, PL_FIGURE_PERCENT, least);
    pl_buffer_add_text(out, " to ");
    pl_figure_write(out, PL_FIGURE_PERCENT, most);
    if (most > 1.0)
        pl_buffer_add_text(out, ", which cannot be");
}

void pl_fairness_errors_words(const struct pl_fairness_grouping *grouping, struct pl_buffer *out)
{
    static const char WHAT[] = "predictive parity (or calibration) and equal error rates";
    const struct pl_fairness_conflicts *conflicts = &grouping->conflicts;

    switch (conflicts->parity_and_errors) {
    case PL_CONFLICT_EXCLUDE:
        pl_buffer_add_text(out, "Predictive parity (or calibration within groups) and equal error "
                                "rates exclude each other here: ");
        add_base_gap(conflicts, out);
        pl_buffer_add_text(out, ". Were precision ");
        pl_figure_write(out, PL_FIGURE_PERCENT, conflicts->precision);
        pl_buffer_add_text(out, " and the false negative rate ");
        pl_figure_write(out, PL_FIGURE_PERCENT, conflicts->false_negative_rate);
        pl_buffer_add_text(out, " in every group, as they are overall, ");
        add_implied(conflicts, out);
        pl_buffer_add_char(out, '.');
        return;
    case PL_CONFLICT_EQUAL_BASES:
        add_equal_bases(conflicts, "Predictive parity (or calibration) and equal error rates", out);
        return;
    case PL_CONFLICT_PERFECT:
        pl_buffer_add_text(out, "Predictive parity and equal error rates hold together here, "
                                "although ");
        add_base_gap(conflicts, out);
        pl_buffer_add_text(out, ": no prediction is wrong.");
        return;
    case PL_CONFLICT_USELESS:
    case PL_CONFLICT_UNKNOWN:
    default:
        add_unknown(conflicts, WHAT, out);
    }
}

void pl_fairness_selection_words(const struct pl_fairness_grouping *grouping, struct pl_buffer *out)
{
    static const char WHAT[] = "demographic parity and equalized odds";
    const struct pl_fairness_conflicts *conflicts = &grouping->conflicts;

    switch (conflicts->selection_and_errors) {
    case PL_CONFLICT_EXCLUDE:
        pl_buffer_add_text(out, "Demographic parity and equalized odds exclude each other here as "
                                "well: with the overall error rates in every group, selection "
                                "rates would be ");
        pl_figure_write(out, PL_FIGURE_POINTS, conflicts->selection_gap);
        pl_buffer_add_text(out, " apart. Only equal base rates, or a score that says nothing, "
                                "would let both hold.");
        return;
    case PL_CONFLICT_EQUAL_BASES:
        add_equal_bases(conflicts, "Demographic parity and equalized odds", out);
        return;
    case PL_CONFLICT_USELESS:
        pl_buffer_add_text(out, "Demographic parity and equalized odds need not exclude each other "
                                "here: the true and the false positive rate may be equal overall, "
                                "so the score may say nothing.");
        return;
    case PL_CONFLICT_PERFECT:
    case PL_CONFLICT_UNKNOWN:
    default:
        add_unknown(conflicts, WHAT, out);
    }
}
