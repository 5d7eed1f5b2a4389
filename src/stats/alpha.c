/*
 * Krippendorff's alpha (K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); Content
 * Analysis, 4th ed. (2018), ch. 12). Every pair of ratings of a unit with m ratings counts 1 / (m - 1)
 * towards the coincidences o_ck; n_c are their margins and n their sum. With d the distance of a level,
 *
 *     alpha = 1 - (n - 1) sum o_ck d_ck^2 / sum n_c n_k d_ck^2,
 *
 *     nominal 1 for c != k;   ordinal the distance of the middle ranks of c and k among all ratings;
 *     interval v_c - v_k;     ratio (v_c - v_k) / (v_c + v_k).
 *
 * Units with fewer than two ratings say nothing. Values agree with the PyPI package krippendorff to 1e-12,
 * Krippendorff's worked example among them (tests/reference/stats/agreement.csv). The standard error is a
 * jackknife's over units, the interval a bootstrap's, both with ordinal distances computed anew each time.
 */
#include "stats/agreement.h"

#include "base/rng.h"
#include "stats/rating_units.h"
#include "stats/replicates.h"

#include <assert.h>
#include <math.h>

/* The coincidences; `pairs` holds c <= k only, c * categories + k. */
struct coincidences {
    const struct pl_ratings *ratings;
    enum pl_rating_level level;
    double *pairs;
    double *margins;
    double *places; /* what distances are made of */
    double n;
};

static void add_unit(struct coincidences *sums, size_t unit, double sign)
{
    const uint32_t *row = pl_unit_ratings(sums->ratings, unit);
    const size_t raters = sums->ratings->raters_count;
    const size_t m = pl_unit_count(sums->ratings, unit);

    if (m < 2)
        return;

    const double share = sign / ((double)m - 1.0);

    for (size_t r = 0; r < raters; r++) {
        if (row[r] == PL_NO_RATING)
            continue;
        sums->margins[row[r]] += sign;
        sums->n += sign;
        for (size_t s = 0; s < r; s++) {
            if (row[s] == PL_NO_RATING)
                continue;

            const size_t c = row[r] < row[s] ? row[r] : row[s];
            const size_t k = row[r] < row[s] ? row[s] : row[r];

            sums->pairs[c * sums->ratings->categories_count + k] += share;
        }
    }
}

static void clear(struct coincidences *sums)
{
    const size_t categories = sums->ratings->categories_count;

    for (size_t i = 0; i < categories * categories; i++)
        sums->pairs[i] = 0.0;
    for (size_t c = 0; c < categories; c++)
        sums->margins[c] = 0.0;
    sums->n = 0.0;
}

static void find_places(struct coincidences *sums)
{
    double below = 0.0;

    for (size_t c = 0; c < sums->ratings->categories_count; c++) {
        if (sums->level == PL_RATING_ORDINAL)
            sums->places[c] = below + 0.5 * sums->margins[c];
        else
            sums->places[c] = sums->ratings->values == NULL ? (double)c : sums->ratings->values[c];
        below += sums->margins[c];
    }
}

static double distance_squared(const struct coincidences *sums, size_t c, size_t k)
{
    const double apart = sums->places[c] - sums->places[k];
    const double together = sums->places[c] + sums->places[k];

    switch (sums->level) {
    case PL_RATING_NOMINAL:
        return c == k ? 0.0 : 1.0;
    case PL_RATING_RATIO:
        return together > 0.0 ? apart * apart / (together * together) : 0.0;
    case PL_RATING_ORDINAL:
    case PL_RATING_INTERVAL:
        break;
    }
    return apart * apart;
}

/* NAN where no two ratings differ, or there are none. */
static double alpha_of(struct coincidences *sums)
{
    const size_t categories = sums->ratings->categories_count;
    double observed = 0.0;
    double expected = 0.0;

    find_places(sums);
    for (size_t c = 0; c < categories; c++)
        for (size_t k = c + 1; sums->margins[c] > 0.5 && k < categories; k++) {
            if (sums->margins[k] < 0.5)
                continue;

            const double square = distance_squared(sums, c, k);

            observed += sums->pairs[c * categories + k] * square;
            expected += sums->margins[c] * sums->margins[k] * square;
        }
    return expected > 0.0 ? 1.0 - (sums->n - 1.0) * observed / expected : (double)NAN;
}

/* ---- its error ---- */

struct room {
    struct coincidences sums;
    size_t *units; /* with two ratings or more */
    size_t units_count;
    double *without;
    double *scratch;
    double *draws;
    uint32_t draws_count;
};

static struct pl_stat jackknifed(struct room *room, double value)
{
    const struct pl_ratings *ratings = room->sums.ratings;
    const size_t parts =
        room->units_count < PL_JACKKNIFE_PARTS_MAX ? room->units_count : PL_JACKKNIFE_PARTS_MAX;
    const struct pl_jackknife jackknife = {.value = value,
                                           .without = room->without,
                                           .parts = parts,
                                           .units = room->units_count,
                                           .edge_n = pl_unanimous_edge_n(ratings, room->scratch)};

    for (size_t g = 0; g < parts; g++) {
        for (size_t u = g; u < room->units_count; u += parts)
            add_unit(&room->sums, room->units[u], -1.0);
        room->without[g] = alpha_of(&room->sums);
        for (size_t u = g; u < room->units_count; u += parts)
            add_unit(&room->sums, room->units[u], 1.0);
    }
    return pl_jackknife_finish(&jackknife);
}

static void resample(struct room *room, const struct pl_alpha_options *options)
{
    const uint32_t replicates = room->draws_count;
    struct pl_rng rng;

    pl_rng_init(&rng, options->seed, 0);
    room->draws_count = 0;
    for (uint32_t i = 0; i < replicates; i++) {
        clear(&room->sums);
        for (size_t u = 0; u < room->units_count; u++)
            add_unit(&room->sums, room->units[pl_rng_below(&rng, room->units_count)], 1.0);

        const double alpha = alpha_of(&room->sums);

        if (isfinite(alpha))
            room->draws[room->draws_count++] = alpha;
    }
    pl_replicates_sort(room->draws, room->draws_count);
}

static struct pl_estimate interval_of(const struct room *room, double value, double confidence)
{
    const double tail = 0.5 * (1.0 - confidence);

    if (room->draws_count == 0)
        return (struct pl_estimate){.n = room->units_count,
                                    .status = PL_ESTIMATE_UNDEFINED,
                                    .reason = PL_UNDEFINED_FEW_UNITS};
    return (struct pl_estimate){
        .value = value,
        .low = fmin(value, pl_replicates_bound(room->draws, room->draws_count, tail, false)),
        .high = fmax(value, pl_replicates_bound(room->draws, room->draws_count, tail, true)),
        .n = room->units_count,
        .status = PL_ESTIMATE_OK,
    };
}

static void set_undefined(enum pl_undefined reason, struct pl_alpha *alpha)
{
    alpha->stat = (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason, .n = alpha->units};
    alpha->bootstrap =
        (struct pl_estimate){.n = alpha->units, .status = PL_ESTIMATE_UNDEFINED, .reason = reason};
}

/* ---- the whole ---- */

static enum pl_status make_room(const struct pl_ratings *ratings,
                                const struct pl_alpha_options *options, struct pl_arena *arena,
                                struct room *ret_room, struct pl_error *error)
{
    const size_t k = ratings->categories_count;
    const uint32_t replicates =
        options->replicates == 0 ? PL_ALPHA_REPLICATES : options->replicates;
    const struct room room = {
        .sums = {.ratings = ratings,
                 .level = options->level,
                 .pairs = pl_arena_alloc_array(arena, k * k, sizeof(double)),
                 .margins = pl_arena_alloc_array(arena, k, sizeof(double)),
                 .places = pl_arena_alloc_array(arena, k, sizeof(double))},
        .units = pl_arena_alloc_array(arena, ratings->units_count, sizeof(size_t)),
        .without = pl_arena_alloc_array(arena, PL_JACKKNIFE_PARTS_MAX, sizeof(double)),
        .scratch = pl_arena_alloc_array(arena, k, sizeof(double)),
        .draws = pl_arena_alloc_array(arena, replicates, sizeof(double)),
        .draws_count = replicates,
    };

    if (room.sums.pairs == NULL || room.sums.margins == NULL || room.sums.places == NULL ||
        room.units == NULL || room.without == NULL || room.scratch == NULL || room.draws == NULL)
        return pl_arena_error(arena, "agreement of ratings", error);
    *ret_room = room;
    return PL_OK;
}

enum pl_status pl_krippendorff_alpha(const struct pl_ratings *ratings,
                                     const struct pl_alpha_options *options, struct pl_arena *arena,
                                     struct pl_alpha *ret_alpha, struct pl_error *error)
{
    struct pl_alpha alpha = {0};
    struct room room = {0};

    assert(options->confidence > 0.0 && options->confidence < 1.0);
    PL_RETURN_IF(pl_ratings_check(ratings, error));
    PL_RETURN_IF(make_room(ratings, options, arena, &room, error));
    assert(room.sums.ratings != NULL && room.units != NULL);
    for (size_t u = 0; u < ratings->units_count; u++) {
        if (pl_unit_count(ratings, u) >= 2)
            room.units[room.units_count++] = u;
        add_unit(&room.sums, u, 1.0);
    }
    alpha.units = room.units_count;
    alpha.ratings = (uint64_t)room.sums.n;
    alpha.replicates = room.draws_count;

    const double value = alpha_of(&room.sums);

    if (!isfinite(value)) {
        set_undefined(alpha.units == 0 ? PL_UNDEFINED_NO_PAIRS : PL_UNDEFINED_ONE_RATING, &alpha);
        *ret_alpha = alpha;
        return PL_OK;
    }
    alpha.stat = jackknifed(&room, value);
    resample(&room, options);
    alpha.skipped = alpha.replicates - room.draws_count;
    alpha.bootstrap = interval_of(&room, value, options->confidence);
    if (alpha.stat.kind == PL_STAT_NONE)
        set_undefined(alpha.stat.reason, &alpha);
    *ret_alpha = alpha;
    return PL_OK;
}
