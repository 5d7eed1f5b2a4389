/*
 * What a part of the search can still reach. The least and the largest that slices may come to bound
 * the extremes of a band, and a band bounds where each slice must lie; candidates at the ends of a
 * stretch that cannot lie there are taken off, until nothing more can be.
 */
#include "threshold/reach.h"

#include <math.h>

#define ROUNDS_MAX 32
#define SLACK      1e-12 /* so that rounding never cuts off what lies on the limit */

/* What a slice of some group may come to in a part of the search. */
struct interval {
    double low;
    double high;
};

/* The values of an array at what is alive. */
static enum pl_status gather(const struct pl_field *field, const double *values,
                             struct pl_arena *arena, struct pl_ranges *ret_ranges,
                             struct pl_error *error)
{
    double *alive = pl_arena_alloc_array(arena, field->count, sizeof *alive);

    if (alive == NULL)
        return pl_arena_error(arena, "the search", error);
    for (size_t i = 0; i < field->count; i++)
        alive[i] = values[field->alive[i]];
    return pl_ranges_make(alive, field->count, arena, ret_ranges, error);
}

static enum pl_status make_lane(struct pl_reach *reach, size_t i, struct pl_arena *arena,
                                struct pl_error *error)
{
    const struct pl_quest *quest = reach->quest;
    const struct pl_band *band = &quest->bands[i];
    struct pl_lane *lane = &reach->lanes[i];

    lane->low = pl_arena_alloc_array(arena, quest->groups_count, sizeof *lane->low);
    lane->high = pl_arena_alloc_array(arena, quest->groups_count, sizeof *lane->high);
    if (lane->low == NULL || lane->high == NULL)
        return pl_arena_error(arena, "the search", error);
    for (size_t g = 0; g < quest->groups_count; g++) {
        if (band->low[g] == NULL)
            continue;
        PL_RETURN_IF(gather(&reach->fields[g], band->low[g], arena, &lane->low[g], error));
        PL_RETURN_IF(gather(&reach->fields[g], band->high[g], arena, &lane->high[g], error));
    }
    if (band->beside == PL_BESIDE_OWN)
        return gather(&reach->fields[band->beside_group], band->beside_values, arena, &lane->beside,
                      error);
    return PL_OK;
}

/* The positive decisions of one label in a slice: between these. */
static struct interval side_between(const struct pl_reach *reach, const struct pl_mixed *mixed,
                                    const struct pl_stretch *part, int label)
{
    struct interval sum = {0.0, 0.0};

    for (size_t g = 0; g < reach->quest->groups_count; g++) {
        const struct pl_side *sides = mixed->sides[g];
        const uint32_t *alive = reach->fields[g].alive;

        if (sides == NULL)
            continue;
        sum.low += sides[alive[part[g].first]].weight[label];
        sum.high += sides[alive[part[g].last]].weight[label];
    }
    return sum;
}

/* The sum of weights over the combinations in `bits`. */
static struct interval bits_between(const struct pl_mixed *mixed, unsigned bits,
                                    const struct interval positive[3])
{
    struct interval sum = {0.0, 0.0};

    for (int label = 0; label < 3; label++) {
        const bool with_positive = (bits >> (label * 3 + PL_POSITIVE) & 1u) != 0;
        const bool with_negative = (bits >> (label * 3 + PL_NEGATIVE) & 1u) != 0;
        const double all = mixed->scored.weight[label];
        const double unscored =
            (bits >> (label * 3 + PL_UNKNOWN) & 1u) != 0 ? mixed->unscored.weight[label] : 0.0;

        sum.low += unscored;
        sum.high += unscored;
        if (with_positive && with_negative) {
            sum.low += all;
            sum.high += all;
        } else if (with_positive) {
            sum.low += positive[label].low;
            sum.high += positive[label].high;
        } else if (with_negative) {
            sum.low += all - positive[label].high;
            sum.high += all - positive[label].low;
        }
    }
    return sum;
}

/* What a mixed slice may come to: s / (s + f), with successes and failures between their bounds. */
static struct interval mixed_between(const struct pl_reach *reach, const struct pl_mixed *mixed,
                                     const struct pl_stretch *part)
{
    const struct pl_metric_row *row = mixed->metric->row;
    struct interval positive[3];

    if (row->make != NULL || row->shape != PL_RATE_AS_IS)
        return (struct interval){-HUGE_VAL, HUGE_VAL};
    for (int label = 0; label < 3; label++)
        positive[label] = side_between(reach, mixed, part, label);

    const struct interval s = bits_between(mixed, row->successes, positive);
    const struct interval f = bits_between(mixed, row->trials & ~row->successes, positive);

    return (struct interval){
        s.low > 0.0 ? s.low / (s.low + fmax(f.high, 0.0)) : 0.0,
        s.high > 0.0 ? s.high / (s.high + fmax(f.low, 0.0)) : 0.0,
    };
}

/* What the extremes of a band's slices may be at best, and what they are held against. */
struct outlook {
    double most_low;   /* the largest slice is at least this */
    double least_high; /* the least slice is at most this */
    struct interval beside;
};

static struct outlook look(const struct pl_reach *reach, size_t i, const struct pl_stretch *part)
{
    const struct pl_band *band = &reach->quest->bands[i];
    const struct pl_lane *lane = &reach->lanes[i];
    struct outlook outlook = {-HUGE_VAL, HUGE_VAL, {0.0, 0.0}};

    for (size_t g = 0; g < reach->quest->groups_count; g++) {
        if (lane->low[g].count == 0)
            continue;
        outlook.most_low =
            fmax(outlook.most_low, pl_ranges_least(&lane->high[g], part[g].first, part[g].last));
        outlook.least_high =
            fmin(outlook.least_high, pl_ranges_most(&lane->low[g], part[g].first, part[g].last));
    }
    for (size_t m = 0; m < band->mixed_count; m++) {
        const struct interval between = mixed_between(reach, &band->mixed[m], part);

        outlook.most_low = fmax(outlook.most_low, between.low);
        outlook.least_high = fmin(outlook.least_high, between.high);
    }
    if (band->beside == PL_BESIDE_OWN) {
        const struct pl_stretch *own = &part[band->beside_group];

        outlook.beside.low = pl_ranges_least(&lane->beside, own->first, own->last);
        outlook.beside.high = pl_ranges_most(&lane->beside, own->first, own->last);
    } else if (band->beside == PL_BESIDE_MIXED) {
        outlook.beside = mixed_between(reach, &band->beside_mixed, part);
    }
    return outlook;
}

static double divide(double a, double b)
{
    return b > 0.0 ? a / b : HUGE_VAL;
}

/* Where every slice must lie for the band to hold. */
static struct interval allowed(const struct pl_reach *reach, const struct pl_band *band,
                               const struct outlook *outlook)
{
    const double widening = reach->widening;
    const double t = band->limit->threshold;
    const bool has_beside = band->beside != PL_BESIDE_NOTHING;
    /* The largest and the least that a slice is held against. */
    const double most = has_beside ? outlook->beside.low : outlook->most_low;
    const double least = has_beside ? outlook->beside.high : outlook->least_high;
    struct interval where = {-HUGE_VAL, HUGE_VAL};

    switch (band->limit->comparator) {
    case PL_COMPARE_MIN:
        where.low = t - widening;
        break;
    case PL_COMPARE_MAX:
        where.high = t + widening;
        break;
    case PL_COMPARE_MIN_RATIO:
        where.low = fmax(0.0, t - widening) * most;
        where.high = has_beside ? HUGE_VAL : divide(least, t - widening);
        break;
    case PL_COMPARE_MAX_RATIO:
        where.low = has_beside ? -HUGE_VAL : most / fmax(t + widening, 1.0);
        where.high = (t + widening) * least;
        break;
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        where.high = (t + widening) * least;
        break;
    case PL_COMPARE_NON_INFERIOR_TO: /* are not kept: pl_keeps_read */
    case PL_COMPARE_SUPERIOR_TO:
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
    default:
        where.low = most - t - widening;
        where.high = least + t + widening;
        break;
    }
    where.low -= isfinite(where.low) ? SLACK * (1.0 + fabs(where.low)) : 0.0;
    where.high += isfinite(where.high) ? SLACK * (1.0 + fabs(where.high)) : 0.0;
    return where;
}

/* Where the one slice that the others are held against must lie. */
static struct interval allowed_beside(const struct pl_reach *reach, const struct pl_band *band,
                                      const struct outlook *outlook)
{
    const double widening = reach->widening;
    const double t = band->limit->threshold;
    struct interval where = {-HUGE_VAL, HUGE_VAL};

    switch (band->limit->comparator) {
    case PL_COMPARE_MIN_RATIO:
        where.high = divide(outlook->least_high, t - widening);
        break;
    case PL_COMPARE_MAX_RATIO:
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        where.low = t + widening > 0.0 ? outlook->most_low / (t + widening) : -HUGE_VAL;
        break;
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
        where.low = outlook->most_low - t - widening;
        where.high = outlook->least_high + t + widening;
        break;
    case PL_COMPARE_NON_INFERIOR_TO:
    case PL_COMPARE_SUPERIOR_TO:
    case PL_COMPARE_MIN:
    case PL_COMPARE_MAX:
    default:
        break;
    }
    where.low -= isfinite(where.low) ? SLACK * (1.0 + fabs(where.low)) : 0.0;
    where.high += isfinite(where.high) ? SLACK * (1.0 + fabs(where.high)) : 0.0;
    return where;
}

/* Takes candidates off both ends whose slices cannot lie where they must. False: none is left. */
static bool shrink(const struct pl_ranges *low, const struct pl_ranges *high, struct interval where,
                   struct pl_stretch *stretch, bool *changed)
{
    const double *lows = low->values;
    const double *highs = high->values;

    while (lows[stretch->first] < where.low || highs[stretch->first] > where.high) {
        *changed = true;
        if (stretch->first++ == stretch->last)
            return false;
    }
    while (lows[stretch->last] < where.low || highs[stretch->last] > where.high) {
        *changed = true;
        stretch->last--;
    }
    return true;
}

static bool tighten_band(const struct pl_reach *reach, size_t i, struct pl_stretch *part,
                         bool *changed)
{
    const struct pl_band *band = &reach->quest->bands[i];
    const struct pl_lane *lane = &reach->lanes[i];
    const struct outlook outlook = look(reach, i, part);
    const struct interval where = allowed(reach, band, &outlook);

    if (outlook.most_low > where.high || outlook.least_high < where.low)
        return false;
    for (size_t g = 0; g < reach->quest->groups_count; g++)
        if (lane->low[g].count > 0 &&
            !shrink(&lane->low[g], &lane->high[g], where, &part[g], changed))
            return false;
    if (band->beside != PL_BESIDE_OWN)
        return true;
    return shrink(&lane->beside, &lane->beside, allowed_beside(reach, band, &outlook),
                  &part[band->beside_group], changed);
}

bool pl_reach_tighten(const struct pl_reach *reach, struct pl_stretch *part)
{
    bool changed = true;

    for (int round = 0; changed && round < ROUNDS_MAX; round++) {
        changed = false;
        for (size_t i = 0; i < reach->quest->bands_count; i++)
            if (!tighten_band(reach, i, part, &changed))
                return false;
    }
    return true;
}

enum pl_status pl_reach_make(struct pl_reach *reach, struct pl_arena *arena, struct pl_error *error)
{
    reach->lanes = pl_arena_alloc_array(arena, reach->quest->bands_count, sizeof *reach->lanes);
    if (reach->lanes == NULL)
        return pl_arena_error(arena, "the search", error);
    for (size_t i = 0; i < reach->quest->bands_count; i++)
        PL_RETURN_IF(make_lane(reach, i, arena, error));
    return PL_OK;
}
