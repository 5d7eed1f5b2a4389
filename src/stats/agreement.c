/*
 * Agreement of any number of raters. With n_uc of the m_u ratings of unit u in category c, the share of
 * pairs of ratings of a unit that are the same is
 *
 *     P_u = sum_c n_uc (n_uc - 1) / (m_u (m_u - 1)),
 *
 * and P its mean. Both measures are (P - E) / (1 - E), with p_c the mean of n_uc / m_u:
 *
 *     Fleiss' kappa   E = sum p_c^2                      (J. L. Fleiss, Psychol. Bull. 76 (1971) 378)
 *     Gwet's AC1      E = sum p_c (1 - p_c) / (k - 1)    (K. L. Gwet, Br. J. Math. Stat. Psychol. 61 (2008) 29)
 *
 * of k categories. Values agree with statsmodels and irrCAC to 1e-12, Fleiss' own example among them
 * (tests/reference/stats/agreement.csv). Standard errors are those of a jackknife over units, since raters
 * of the same unit are no sample of their own.
 */
#include "stats/agreement.h"

#include "stats/clusters.h"
#include "stats/rating_units.h"

#include <math.h>

static const double ROUNDING = 1e-12;

enum pl_status pl_ratings_check(const struct pl_ratings *ratings, struct pl_error *error)
{
    const size_t count = ratings->units_count * ratings->raters_count;

    if (ratings->categories_count > PL_RATING_CATEGORIES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%u different ratings; agreement takes at most %d",
                            ratings->categories_count, PL_RATING_CATEGORIES_MAX);
    for (size_t i = 0; i < count; i++)
        if (ratings->ratings[i] != PL_NO_RATING && ratings->ratings[i] >= ratings->categories_count)
            return pl_error_set(error, PL_E_DATA, "rating %u where there are %u categories",
                                ratings->ratings[i], ratings->categories_count);
    return PL_OK;
}

size_t pl_unit_count(const struct pl_ratings *ratings, size_t unit)
{
    const uint32_t *row = pl_unit_ratings(ratings, unit);
    size_t count = 0;

    for (size_t r = 0; r < ratings->raters_count; r++)
        count += row[r] != PL_NO_RATING;
    return count;
}

/* Ordered pairs of ratings of the unit that are the same. */
static size_t pairs_same(const struct pl_ratings *ratings, size_t unit)
{
    const uint32_t *row = pl_unit_ratings(ratings, unit);
    size_t same = 0;

    for (size_t r = 0; r < ratings->raters_count; r++)
        for (size_t s = 0; row[r] != PL_NO_RATING && s < r; s++)
            same += row[r] == row[s] ? 2 : 0;
    return same;
}

static double unit_agreement(const struct pl_ratings *ratings, size_t unit)
{
    const double m = (double)pl_unit_count(ratings, unit);

    return (double)pairs_same(ratings, unit) / (m * (m - 1.0));
}

/* ---- the jackknife ---- */

struct pl_stat pl_jackknife_finish(const struct pl_jackknife *jackknife)
{
    const double parts = (double)jackknife->parts;
    const bool at_edge = fabs(jackknife->value) > 1.0 - ROUNDING;
    double mean = 0.0;
    double squares = 0.0;

    for (size_t g = 0; g < jackknife->parts; g++)
        mean += jackknife->without[g] / parts;
    for (size_t g = 0; g < jackknife->parts; g++)
        squares += (jackknife->without[g] - mean) * (jackknife->without[g] - mean);

    const double se = sqrt(squares * (parts - 1.0) / parts);

    if (!at_edge && (jackknife->parts < 2 || !isfinite(se) || se <= ROUNDING))
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_FEW_UNITS, .n = jackknife->units};
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = jackknife->units,
        .value = at_edge ? copysign(1.0, jackknife->value) : jackknife->value,
        .normal = {.se = at_edge ? 0.0 : se,
                   .df = fmax(1.0, parts - 1.0),
                   .scale = PL_SCALE_FISHER,
                   .n_effective = jackknife->edge_n},
    };
}

double pl_unanimous_edge_n(const struct pl_ratings *ratings, double *scratch)
{
    double units = 0.0;
    double classes = 0.0;
    double rarest = HUGE_VAL;

    for (size_t c = 0; c < ratings->categories_count; c++)
        scratch[c] = 0.0;
    for (size_t u = 0; u < ratings->units_count; u++) {
        const uint32_t *row = pl_unit_ratings(ratings, u);

        if (pl_unit_count(ratings, u) < 2)
            continue;
        while (*row == PL_NO_RATING)
            row++;
        scratch[*row] += 1.0;
        units += 1.0;
    }
    for (size_t c = 0; c < ratings->categories_count; c++) {
        classes += scratch[c] > 0.0 ? 1.0 : 0.0;
        if (scratch[c] > 0.0)
            rarest = fmin(rarest, scratch[c]);
    }
    return fmin(units, classes * rarest);
}

/* ---- Fleiss and Gwet ---- */

/* Sums over units. */
struct sums {
    double units;   /* rated at least once */
    double paired;  /* rated twice or more */
    double agreed;  /* of P_u, over these */
    double *shares; /* of n_uc / m_u, by category */
};

static void sums_add(struct sums *sums, const struct pl_ratings *ratings, size_t unit, double sign)
{
    const uint32_t *row = pl_unit_ratings(ratings, unit);
    const size_t m = pl_unit_count(ratings, unit);

    if (m == 0)
        return;
    sums->units += sign;
    for (size_t r = 0; r < ratings->raters_count; r++)
        if (row[r] != PL_NO_RATING)
            sums->shares[row[r]] += sign / (double)m;
    if (m < 2)
        return;
    sums->paired += sign;
    sums->agreed += sign * unit_agreement(ratings, unit);
}

typedef double (*chance)(const struct sums *sums, size_t categories);

static double fleiss_chance(const struct sums *sums, size_t categories)
{
    double expected = 0.0;

    for (size_t c = 0; c < categories; c++)
        expected += sums->shares[c] / sums->units * (sums->shares[c] / sums->units);
    return expected;
}

static double gwet_chance(const struct sums *sums, size_t categories)
{
    return categories < 2 ? 1.0
                          : (1.0 - fleiss_chance(sums, categories)) / ((double)categories - 1.0);
}

/* NAN where everything is chance. */
static double beyond_chance(const struct sums *sums, size_t categories, chance expected_of)
{
    const double expected = expected_of(sums, categories);

    if (sums->paired < 0.5 || expected > 1.0 - ROUNDING)
        return (double)NAN;
    return (sums->agreed / sums->paired - expected) / (1.0 - expected);
}

static enum pl_status chance_corrected(const struct pl_ratings *ratings, chance expected_of,
                                       struct pl_arena *arena, struct pl_stat *ret_stat,
                                       struct pl_error *error)
{
    const size_t k = ratings->categories_count;
    const size_t parts = ratings->units_count < PL_JACKKNIFE_PARTS_MAX ? ratings->units_count
                                                                       : PL_JACKKNIFE_PARTS_MAX;
    struct sums sums = {.shares = pl_arena_alloc_array(arena, k, sizeof *sums.shares)};
    double *without = pl_arena_alloc_array(arena, parts, sizeof *without);
    double *scratch = pl_arena_alloc_array(arena, k, sizeof *scratch);

    if (sums.shares == NULL || without == NULL || scratch == NULL)
        return pl_arena_error(arena, "agreement", error);
    for (size_t u = 0; u < ratings->units_count; u++)
        sums_add(&sums, ratings, u, 1.0);

    struct pl_jackknife jackknife = {
        .value = beyond_chance(&sums, k, expected_of),
        .without = without,
        .parts = parts,
        .units = (uint64_t)sums.paired,
        .edge_n = expected_of == gwet_chance ? sums.paired : pl_unanimous_edge_n(ratings, scratch),
    };

    if (!isfinite(jackknife.value)) {
        *ret_stat = (struct pl_stat){.kind = PL_STAT_NONE,
                                     .n = jackknife.units,
                                     .reason = sums.paired < 0.5 ? PL_UNDEFINED_NO_PAIRS
                                                                 : PL_UNDEFINED_ONE_RATING};
        return PL_OK;
    }
    for (size_t g = 0; g < parts; g++) {
        for (size_t u = g; u < ratings->units_count; u += parts)
            sums_add(&sums, ratings, u, -1.0);
        without[g] = beyond_chance(&sums, k, expected_of);
        for (size_t u = g; u < ratings->units_count; u += parts)
            sums_add(&sums, ratings, u, 1.0);
    }
    *ret_stat = pl_jackknife_finish(&jackknife);
    return PL_OK;
}

static bool all_rated_equally(const struct pl_ratings *ratings)
{
    for (size_t u = 1; u < ratings->units_count; u++)
        if (pl_unit_count(ratings, u) != pl_unit_count(ratings, 0))
            return false;
    return true;
}

enum pl_status pl_fleiss_kappa(const struct pl_ratings *ratings, struct pl_arena *arena,
                               struct pl_stat *ret_stat, struct pl_error *error)
{
    PL_RETURN_IF(pl_ratings_check(ratings, error));
    if (!all_rated_equally(ratings)) {
        *ret_stat = (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_UNEQUAL_RATERS};
        return PL_OK;
    }
    return chance_corrected(ratings, fleiss_chance, arena, ret_stat, error);
}

enum pl_status pl_gwet_ac1(const struct pl_ratings *ratings, struct pl_arena *arena,
                           struct pl_stat *ret_stat, struct pl_error *error)
{
    PL_RETURN_IF(pl_ratings_check(ratings, error));
    return chance_corrected(ratings, gwet_chance, arena, ret_stat, error);
}

/* ---- without chance ---- */

struct pl_stat pl_pairwise_agreement(const struct pl_ratings *ratings)
{
    struct pl_clusters clusters = {0};

    for (size_t u = 0; u < ratings->units_count; u++)
        if (pl_unit_count(ratings, u) >= 2) {
            const struct pl_cluster unit = {unit_agreement(ratings, u), 1.0, 1.0};

            pl_clusters_add(&clusters, &unit);
        }
    return pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_NO_PAIRS);
}

struct pl_stat pl_unanimity(const struct pl_ratings *ratings)
{
    struct pl_mean mean = {0};

    for (size_t u = 0; u < ratings->units_count; u++) {
        const size_t m = pl_unit_count(ratings, u);

        if (m >= 2)
            pl_mean_add(&mean, pairs_same(ratings, u) == m * (m - 1) ? 1.0 : 0.0, 1, 1.0);
    }

    struct pl_stat stat = pl_mean_finish(&mean);

    if (stat.kind == PL_STAT_NONE)
        stat.reason = PL_UNDEFINED_NO_PAIRS;
    return stat;
}
