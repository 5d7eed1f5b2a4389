/*
 * Which definitions cannot hold together in these data.
 *
 * In every group FPR = p / (1 - p) (1 - PPV) / PPV (1 - FNR), p the base rate. Where base rates
 * differ, equal precision and equal error rates of both kinds exclude each other, unless no
 * prediction is wrong (A. Chouldechova, Big Data 5 (2017) 153; for calibration within groups J.
 * Kleinberg, S. Mullainathan & M. Raghavan, ITCS 2017). And the selection rate is p TPR + (1 - p)
 * FPR, so that with equal error rates it differs by (TPR - FPR) times the difference of the base
 * rates: demographic parity and equalized odds exclude each other, unless TPR = FPR, and the score
 * says nothing (S. Barocas, M. Hardt & A. Narayanan, Fairness and Machine Learning, 2023, ch. 3).
 *
 * Base rates are said to differ when the interval of their gap, which holds for all groups at once,
 * lies above 0; and TPR and FPR when their difference overall does.
 */
#include "fairness/compare.h"

#include "stats/contrast.h"

#include <math.h>

/* The overall figures that the theorems speak of. */
struct whole {
    const struct pl_stat *precision;
    const struct pl_stat *true_positive_rate;
    const struct pl_stat *false_positive_rate;
    const struct pl_stat *error_rate;
    size_t base_rate;
    size_t false_positive_index;
};

static bool find_whole(const struct pl_measured *measured, struct whole *ret_whole)
{
    const struct pl_stat *stats = measured->overall.stats;
    size_t precision = 0;
    size_t positive = 0;
    size_t error = 0;

    if (!pl_fairness_find_metric(measured, "precision", &precision) ||
        !pl_fairness_find_metric(measured, "true_positive_rate", &positive) ||
        !pl_fairness_find_metric(measured, "false_positive_rate",
                                 &ret_whole->false_positive_index) ||
        !pl_fairness_find_metric(measured, "error_rate", &error) ||
        !pl_fairness_find_metric(measured, "base_rate", &ret_whole->base_rate))
        return false;
    ret_whole->precision = &stats[precision];
    ret_whole->true_positive_rate = &stats[positive];
    ret_whole->false_positive_rate = &stats[ret_whole->false_positive_index];
    ret_whole->error_rate = &stats[error];
    return ret_whole->true_positive_rate->kind != PL_STAT_NONE &&
           ret_whole->false_positive_rate->kind != PL_STAT_NONE;
}

/* Whether true and false positive rate differ beyond doubt: the score says something. */
static bool says_something(const struct pl_measured *measured, const struct whole *whole)
{
    const struct pl_contrast contrast = {
        .stats = {whole->true_positive_rate, whole->false_positive_rate},
        .coefficients = {1.0, -1.0},
    };
    const double alpha = 0.5 * (1.0 - measured->confidence);

    return pl_contrast_low(&contrast, alpha, PL_RATE_EXACT) > 0.0 ||
           pl_contrast_high(&contrast, alpha, PL_RATE_EXACT) < 0.0;
}

static double implied_rate(double base, const struct pl_fairness_conflicts *conflicts)
{
    const double precision = conflicts->precision;

    return base / (1.0 - base) * (1.0 - precision) / precision *
           (1.0 - conflicts->false_negative_rate);
}

static struct pl_estimate implied_of(const struct pl_estimate *base,
                                     const struct pl_fairness_conflicts *conflicts)
{
    if (base->status == PL_ESTIMATE_UNDEFINED)
        return *base;
    if (base->value >= 1.0)
        return pl_fairness_undefined(PL_UNDEFINED_NO_LABELLED_NEGATIVES);
    return (struct pl_estimate){
        .value = implied_rate(base->value, conflicts),
        .low = implied_rate(base->low, conflicts),
        .high = base->high >= 1.0 ? HUGE_VAL : implied_rate(base->high, conflicts),
        .n = base->n,
        .status = PL_ESTIMATE_OK,
    };
}

static enum pl_status imply(const struct pl_fairness_field *field, const struct whole *whole,
                            struct pl_arena *arena, struct pl_fairness_conflicts *conflicts,
                            struct pl_error *error)
{
    struct pl_fairness_implied *implied =
        pl_arena_alloc_array(arena, field->judged_count + 1, sizeof *implied);

    if (implied == NULL)
        return pl_arena_error(arena, "what definitions imply", error);
    for (size_t i = 0; i < field->judged_count; i++) {
        const struct pl_slice *slice = field->judged[i];
        const struct pl_estimate base = slice->estimates[whole->base_rate];

        implied[i] = (struct pl_fairness_implied){
            .slice = slice,
            .base_rate = base,
            .now = slice->estimates[whole->false_positive_index],
            .implied = implied_of(&base, conflicts),
        };
    }
    conflicts->implied = implied;
    conflicts->implied_count = field->judged_count;
    return PL_OK;
}

enum pl_status pl_fairness_find_conflicts(const struct pl_fairness_field *field,
                                          struct pl_arena *arena,
                                          struct pl_fairness_conflicts *ret_conflicts,
                                          struct pl_error *error)
{
    const struct pl_measured *measured = field->measured;
    struct pl_fairness_conflicts conflicts = {.base_gap =
                                                  pl_fairness_undefined(PL_UNDEFINED_NO_LABELS)};
    struct whole whole;

    *ret_conflicts = conflicts;
    if (!find_whole(measured, &whole))
        return PL_OK;
    conflicts.base_gap = field->betweens[whole.base_rate].difference;
    if (conflicts.base_gap.status == PL_ESTIMATE_UNDEFINED) {
        *ret_conflicts = conflicts;
        return PL_OK;
    }
    conflicts.precision = whole.precision->value;
    conflicts.false_negative_rate = 1.0 - whole.true_positive_rate->value;
    conflicts.selection_gap =
        fabs(whole.true_positive_rate->value - whole.false_positive_rate->value) *
        conflicts.base_gap.value;
    conflicts.parity_and_errors = PL_CONFLICT_EXCLUDE;
    conflicts.selection_and_errors =
        says_something(measured, &whole) ? PL_CONFLICT_EXCLUDE : PL_CONFLICT_USELESS;
    if (conflicts.base_gap.low <= 0.0) {
        conflicts.parity_and_errors = PL_CONFLICT_EQUAL_BASES;
        conflicts.selection_and_errors = PL_CONFLICT_EQUAL_BASES;
    } else if (whole.error_rate->value <= 0.0) {
        conflicts.parity_and_errors = PL_CONFLICT_PERFECT;
    } else if (whole.precision->kind == PL_STAT_NONE || whole.precision->value <= 0.0) {
        conflicts.parity_and_errors = PL_CONFLICT_UNKNOWN;
    }
    if (conflicts.parity_and_errors == PL_CONFLICT_EXCLUDE)
        PL_RETURN_IF(imply(field, &whole, arena, &conflicts, error));
    *ret_conflicts = conflicts;
    return PL_OK;
}
