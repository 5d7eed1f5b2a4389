/*
 * Cohen's kappa of two raters, with any weights (J. Cohen, Educ. Psychol. Meas. 20 (1960) 37; Psychol.
 * Bull. 70 (1968) 213). With o_ij the share of units rated i by the first and j by the second, p and q its
 * margins, and w_ij = 1 - v_ij / v_max the agreement that i and j are worth,
 *
 *     kappa = (O - E) / (1 - E),    O = sum w_ij o_ij,    E = sum w_ij p_i q_j,
 *     var = (sum o_ij (w_ij - (1 - kappa) (a_i + b_j))^2 - (kappa - E (1 - kappa))^2) / (n (1 - E)^2),
 *
 * a_i = sum_j w_ij q_j and b_j = sum_i w_ij p_i (J. L. Fleiss, J. Cohen & B. S. Everitt, Psychol. Bull. 72
 * (1969) 323), for large samples. Values agree with scikit-learn, values and errors with statsmodels, to 1e-12
 * (tests/reference/stats/agreement.csv).
 *
 * A kappa of 1 or -1 is taken for so many trials that all went one way: the categories in use times the
 * units of the rarest, at most all.
 */
#include "stats/agreement.h"

#include "stats/rating_units.h"

#include <math.h>

static const double NO_VARIANCE = 1e-15;
static const double ROUNDING = 1e-12;

enum pl_status pl_rating_table_make(const struct pl_ratings *ratings,
                                    const struct pl_rater_pair *pair, struct pl_arena *arena,
                                    struct pl_rating_table *ret_table, struct pl_error *error)
{
    const size_t k = ratings->categories_count;

    PL_RETURN_IF(pl_ratings_check(ratings, error));

    double *counts = pl_arena_alloc_array(arena, k * k, sizeof *counts);
    double *margins = pl_arena_alloc_array(arena, 2 * k, sizeof *margins);
    uint64_t n = 0;

    if (counts == NULL || margins == NULL)
        return pl_arena_error(arena, "a table of ratings", error);
    for (size_t u = 0; u < ratings->units_count; u++) {
        const uint32_t *row = ratings->ratings + u * ratings->raters_count;
        const uint32_t first = row[pair->first];
        const uint32_t second = row[pair->second];

        if (first == PL_NO_RATING || second == PL_NO_RATING)
            continue;
        counts[first * k + second] += 1.0;
        margins[first] += 1.0;
        margins[k + second] += 1.0;
        n++;
    }
    *ret_table = (struct pl_rating_table){.counts = counts,
                                          .first = margins,
                                          .second = margins + k,
                                          .categories_count = (uint32_t)k,
                                          .n = n};
    return PL_OK;
}

struct pl_stat pl_raw_agreement(const struct pl_rating_table *table)
{
    const size_t k = table->categories_count;
    double same = 0.0;

    if (table->n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_PAIRS};
    for (size_t i = 0; i < k; i++)
        same += table->counts[i * k + i];
    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = table->n,
        .value = same / (double)table->n,
        .rate = {.rate = {.k = same, .n = (double)table->n}, .shape = PL_RATE_AS_IS},
    };
}

/* What ratings i and j are worth as agreement, 0 to 1. */
static double worth(const struct pl_rating_table *table, enum pl_kappa_weights weights, size_t i,
                    size_t j)
{
    const double apart = fabs((double)i - (double)j) / fmax(1.0, table->categories_count - 1.0);

    switch (weights) {
    case PL_KAPPA_LINEAR:
        return 1.0 - apart;
    case PL_KAPPA_QUADRATIC:
        return 1.0 - apart * apart;
    case PL_KAPPA_UNWEIGHTED:
        break;
    }
    return i == j ? 1.0 : 0.0;
}

/* a_i for `row`, b_i for the columns. */
static double mean_worth(const struct pl_rating_table *table, enum pl_kappa_weights weights,
                         size_t i, bool row)
{
    const double *margin = row ? table->second : table->first;
    double sum = 0.0;

    for (size_t j = 0; j < table->categories_count; j++)
        sum += worth(table, weights, i, j) * margin[j];
    return sum / (double)table->n;
}

struct moments {
    double observed;
    double expected;
};

static struct moments moments_of(const struct pl_rating_table *table, enum pl_kappa_weights weights)
{
    const size_t k = table->categories_count;
    const double n = (double)table->n;
    struct moments moments = {0};

    for (size_t i = 0; i < k; i++) {
        moments.expected += table->first[i] / n * mean_worth(table, weights, i, true);
        for (size_t j = 0; j < k; j++)
            moments.observed += worth(table, weights, i, j) * table->counts[i * k + j] / n;
    }
    return moments;
}

static double variance_of(const struct pl_rating_table *table, enum pl_kappa_weights weights,
                          const struct moments *moments)
{
    const size_t k = table->categories_count;
    const double n = (double)table->n;
    const double kappa = (moments->observed - moments->expected) / (1.0 - moments->expected);
    const double centre = kappa - moments->expected * (1.0 - kappa);
    double squares = 0.0;

    for (size_t j = 0; j < k; j++) {
        const double column = mean_worth(table, weights, j, false);

        for (size_t i = 0; table->second[j] > 0.0 && i < k; i++) {
            const double share = table->counts[i * k + j] / n;

            if (share <= 0.0)
                continue;

            const double slope = worth(table, weights, i, j) -
                                 (1.0 - kappa) * (mean_worth(table, weights, i, true) + column);

            squares += share * slope * slope;
        }
    }
    return (squares - centre * centre) / ((1.0 - moments->expected) * (1.0 - moments->expected));
}

static double edge_n(const struct pl_rating_table *table)
{
    double classes = 0.0;
    double rarest = (double)table->n;

    for (size_t i = 0; i < table->categories_count; i++) {
        classes += table->first[i] > 0.0 ? 1.0 : 0.0;
        if (table->first[i] > 0.0)
            rarest = fmin(rarest, table->first[i]);
    }
    return fmin((double)table->n, classes * rarest);
}

struct pl_stat pl_cohen_kappa(const struct pl_rating_table *table, enum pl_kappa_weights weights)
{
    if (table->n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_PAIRS};

    const struct moments moments = moments_of(table, weights);

    if (moments.expected > 1.0 - ROUNDING)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_RATING, .n = table->n};

    const double kappa = (moments.observed - moments.expected) / (1.0 - moments.expected);
    const double variance = variance_of(table, weights, &moments);
    const bool at_edge = fabs(kappa) > 1.0 - ROUNDING;

    if (!at_edge && variance <= NO_VARIANCE)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_RATING, .n = table->n};
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = table->n,
        .value = at_edge ? copysign(1.0, kappa) : kappa,
        .normal = {.se = sqrt(fmax(0.0, variance) / (double)table->n),
                   .df = HUGE_VAL,
                   .scale = PL_SCALE_FISHER,
                   .n_effective = edge_n(table)},
    };
}
