/*
 * Two runs on the same cases.
 *
 * Standard errors. With d the differences of n cases: unpaired sqrt(s_1^2 / n + s_2^2 / n) with Welch's
 * degrees of freedom (B. L. Welch, Biometrika 34 (1947) 28); paired s_d / sqrt(n); by groups
 * sqrt(C / (C - 1) sum over groups (sum d - n_g mean d)^2) / n (E. Miller, arXiv 2411.00640, with the factor
 * that UK AISI's Inspect has). McNemar's test is the binomial one of the cases that only one run got right
 * (Psychometrika 12 (1947) 153), its mid-p value P(K < k) + P(K <= k) of the smaller count.
 *
 * How many more cases: the statistic as if there were more data of the same kind (pl_stat_scaled) until its
 * interval leaves out 0; with power 1 - beta the estimate must stand z(alpha / 2) + z(beta) standard errors
 * from 0, so it is the same question at the level Phi(-(z(alpha / 2) + z(beta))).
 *
 * Agrees with SciPy and statsmodels (tests/reference/stats/paired_runs.csv).
 */
#include "stats/paired_runs.h"

#include "stats/beta.h"
#include "stats/gamma.h"
#include "stats/grouping.h"
#include "stats/growth.h"
#include "stats/mean.h"
#include "stats/normal.h"

#include <math.h>

#define FACTOR_MAX 1e9

/* ---- right or wrong ---- */

struct pl_mcnemar pl_mcnemar(uint64_t only_first, uint64_t only_second)
{
    const double n = (double)only_first + (double)only_second;
    const double fewer = (double)(only_first < only_second ? only_first : only_second);
    struct pl_mcnemar test = {.only_first = only_first,
                              .only_second = only_second,
                              .exact = 1.0,
                              .mid = 1.0,
                              .greater = 1.0};

    if (n <= 0.0)
        return test;

    const double tail = pl_binomial_at_most(fewer, n, 0.5);
    const double below = fewer > 0.0 ? pl_binomial_at_most(fewer - 1.0, n, 0.5) : 0.0;

    test.exact = fmin(1.0, 2.0 * tail);
    test.mid = fmin(1.0, tail + below);
    test.greater = pl_binomial_at_least((double)only_first, n, 0.5);
    return test;
}

static bool is_binary(const double *scores, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (scores[i] != 0.0 && scores[i] != 1.0)
            return false;
    return true;
}

bool pl_paired_is_binary(const struct pl_paired_scores *scores, struct pl_discordance *ret_pairs)
{
    const double n = (double)scores->count;
    double first = 0.0;
    double second = 0.0;

    if (!is_binary(scores->first, scores->count) || !is_binary(scores->second, scores->count))
        return false;
    for (size_t i = 0; i < scores->count; i++) {
        first += scores->first[i] > scores->second[i] ? 1.0 : 0.0;
        second += scores->first[i] < scores->second[i] ? 1.0 : 0.0;
    }
    *ret_pairs = (struct pl_discordance){.only_first = {first, n},
                                         .only_second = {second, n},
                                         .value = n > 0.0 ? (first - second) / n : 0.0,
                                         .n = scores->count};
    return true;
}

/* ---- means ---- */

static struct pl_mean mean_of(const double *values, size_t count, bool as_numbers)
{
    struct pl_mean mean;

    pl_mean_init(&mean);
    if (as_numbers)
        pl_mean_refuse_rate(&mean);
    for (size_t i = 0; i < count; i++)
        pl_mean_add(&mean, values[i], 1, 1.0);
    return mean;
}

/* The squared standard error of a mean; 0 where there is no spread to judge by. */
static double variance_of(const double *values, size_t count)
{
    const struct pl_mean mean = mean_of(values, count, true);
    const struct pl_stat stat = pl_mean_finish(&mean);

    return stat.kind == PL_STAT_NORMAL ? stat.normal.se * stat.normal.se : 0.0;
}

static double se_of(double variance, size_t count)
{
    return count < 2 ? -1.0 : sqrt(variance);
}

static struct pl_stat unpaired_of(const struct pl_paired_means *means, double first, double second)
{
    const double n = (double)means->first.n;
    const struct pl_stat base = {.n = means->first.n,
                                 .value = means->first.value - means->second.value};
    struct pl_stat stat = base;

    if (means->first.kind == PL_STAT_RATE && means->second.kind == PL_STAT_RATE) {
        stat.kind = PL_STAT_MIX;
        stat.mix.rates[0] = means->first.rate.rate;
        stat.mix.rates[1] = means->second.rate.rate;
        stat.mix.coefficients[0] = 1.0;
        stat.mix.coefficients[1] = -1.0;
    } else if (first + second > 0.0) {
        stat.kind = PL_STAT_NORMAL;
        stat.normal.se = sqrt(first + second);
        stat.normal.df =
            (n - 1.0) * (first + second) * (first + second) / (first * first + second * second);
        stat.normal.n_effective = n;
    } else {
        stat.kind = PL_STAT_NONE;
        stat.reason = PL_UNDEFINED_ONE_VALUE;
    }
    return stat;
}

/* Of differences that are all the same number nobody knows how they would vary. */
static struct pl_stat mean_difference(const double *differences, size_t count)
{
    const struct pl_mean mean = mean_of(differences, count, true);
    const struct pl_stat stat = pl_mean_finish(&mean);

    if (stat.kind == PL_STAT_NORMAL && stat.normal.se <= 0.0)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = stat.n};
    return stat;
}

static struct pl_stat paired_of(const struct pl_paired_scores *scores, const double *differences)
{
    struct pl_discordance pairs;

    return pl_paired_is_binary(scores, &pairs) ? pl_paired_difference(&pairs)
                                               : mean_difference(differences, scores->count);
}

/* A mean for right or wrong too: two rates with groups have no counts that differences could be made of. */
static struct pl_stat grouped_of(const struct pl_clusters *clusters, const double *differences,
                                 size_t count)
{
    const struct pl_stat alone = mean_difference(differences, count);

    return pl_clusters_apply(clusters, &alone, 1.0);
}

static double se_of_groups(const struct pl_clusters *clusters)
{
    return clusters->n < 2 ? -1.0 : pl_clusters_se(clusters);
}

static struct pl_stat no_groups(void)
{
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_GROUP};
}

static double correlation_of(const struct pl_paired_means *means, double first, double second)
{
    const double both = sqrt(first * second);
    const double paired = means->se_paired * means->se_paired;

    if (both <= 0.0 || means->se_paired < 0.0)
        return 0.0;
    return fmax(-1.0, fmin(1.0, 0.5 * (first + second - paired) / both));
}

enum pl_status pl_paired_means(const struct pl_paired_scores *scores, struct pl_arena *scratch,
                               struct pl_paired_means *ret_means, struct pl_error *error)
{
    const size_t count = scores->count;
    const struct pl_grouping grouping = {scores->groups, count, scores->groups_count};
    const struct pl_mean first = mean_of(scores->first, count, false);
    const struct pl_mean second = mean_of(scores->second, count, false);
    const double variances[2] = {variance_of(scores->first, count),
                                 variance_of(scores->second, count)};
    double *differences = pl_arena_alloc_array(scratch, count, sizeof *differences);
    struct pl_paired_means means = {.first = pl_mean_finish(&first),
                                    .second = pl_mean_finish(&second),
                                    .grouped = no_groups(),
                                    .se_grouped = -1.0};

    if (differences == NULL)
        return pl_arena_error(scratch, "differences of cases", error);
    for (size_t i = 0; i < count; i++)
        differences[i] = scores->first[i] - scores->second[i];
    means.unpaired = unpaired_of(&means, variances[0], variances[1]);
    means.paired = paired_of(scores, differences);
    means.se_unpaired = se_of(variances[0] + variances[1], count);
    means.se_paired = se_of(variance_of(differences, count), count);
    means.correlation = correlation_of(&means, variances[0], variances[1]);
    if (scores->groups != NULL) {
        struct pl_clusters clusters;

        PL_RETURN_IF(pl_grouping_sum(&grouping, differences, scratch, &clusters, error));
        means.grouped = grouped_of(&clusters, differences, count);
        means.se_grouped = se_of_groups(&clusters);
    }
    *ret_means = means;
    return PL_OK;
}

const struct pl_stat *pl_paired_deciding(const struct pl_paired_means *means)
{
    const bool grouped =
        means->grouped.kind != PL_STAT_NONE || means->grouped.reason != PL_UNDEFINED_ONE_GROUP;

    return grouped ? &means->grouped : &means->paired;
}

enum pl_status pl_grouped_mean(const struct pl_run_scores *scores, struct pl_arena *scratch,
                               struct pl_grouped_mean *ret_mean, struct pl_error *error)
{
    const struct pl_grouping grouping = {scores->groups, scores->count, scores->groups_count};
    const struct pl_mean plain = mean_of(scores->scores, scores->count, false);
    struct pl_grouped_mean mean = {
        .plain = pl_mean_finish(&plain),
        .grouped = no_groups(),
        .se_plain = se_of(variance_of(scores->scores, scores->count), scores->count),
        .se_grouped = -1.0,
    };

    if (scores->groups != NULL) {
        struct pl_clusters clusters;

        PL_RETURN_IF(pl_grouping_sum(&grouping, scores->scores, scratch, &clusters, error));
        mean.groups = clusters.n;
        mean.grouped = pl_clusters_apply(&clusters, &mean.plain, 1.0);
        mean.se_grouped = se_of_groups(&clusters);
        if (mean.se_grouped >= 0.0 && mean.se_plain > 0.0)
            mean.design_effect =
                mean.se_grouped / mean.se_plain * (mean.se_grouped / mean.se_plain);
    }
    *ret_mean = mean;
    return PL_OK;
}

/* ---- what it comes to ---- */

static const char *const CHANGE_NAMES[] = {
    [PL_CHANGE_IMPROVED] = "improved",
    [PL_CHANGE_WORSE] = "worse",
    [PL_CHANGE_NOT_SHOWN] = "no_evidence",
};

const char *pl_change_name(enum pl_change change)
{
    return CHANGE_NAMES[change];
}

struct settling {
    const struct pl_stat *difference;
    double alpha;
    enum pl_rate_method method;
};

static bool is_settled(const void *context, double factor)
{
    const struct settling *settling = context;
    const struct pl_stat scaled = pl_stat_scaled(settling->difference, factor);

    return scaled.value > 0.0 ? pl_stat_low(&scaled, settling->alpha, settling->method) > 0.0
                              : pl_stat_high(&scaled, settling->alpha, settling->method) < 0.0;
}

static uint64_t more_cases(const struct settling *settling)
{
    const double n = (double)settling->difference->n;
    const struct pl_growth_search search = {
        .is_settled = is_settled,
        .context = settling,
        .factor_max = FACTOR_MAX,
        .step = 0.5 / fmax(1.0, n),
    };

    if (fabs(settling->difference->value) <= 0.0 || is_settled(settling, 1.0))
        return 0;

    const double factor = pl_growth_find(&search);

    return factor <= 0.0 ? 0 : (uint64_t)ceil((factor - 1.0) * n);
}

struct pl_outcome pl_outcome_of(const struct pl_stat *difference,
                                const struct pl_outcome_options *options)
{
    const double alpha = 0.5 * (1.0 - options->confidence);
    const double away = pl_normal_upper_quantile(alpha) + pl_normal_quantile(options->power);
    const struct settling settling = {difference, alpha, options->method};
    const struct settling surely = {difference, pl_normal_sf(away), options->method};
    struct pl_outcome outcome = {.change = PL_CHANGE_NOT_SHOWN, .p_value = 1.0};

    if (difference->kind == PL_STAT_NONE)
        return outcome;
    outcome.p_value = fmin(1.0, 2.0 * fmin(pl_stat_p_above(difference, 0.0, options->method),
                                           pl_stat_p_below(difference, 0.0, options->method)));
    if (pl_stat_low(difference, alpha, options->method) > 0.0)
        outcome.change = PL_CHANGE_IMPROVED;
    else if (pl_stat_high(difference, alpha, options->method) < 0.0)
        outcome.change = PL_CHANGE_WORSE;
    outcome.more = more_cases(&settling);
    outcome.more_at_power = more_cases(&surely);
    return outcome;
}

/* ---- several runs ---- */

struct pl_cochran pl_cochran_q(const uint8_t *right, size_t count, size_t runs)
{
    const double k = (double)runs;
    double total = 0.0;
    double by_run = 0.0;
    double by_case = 0.0;
    struct pl_cochran result = {.df = k - 1.0, .p_value = 1.0};

    for (size_t r = 0; r < runs; r++) {
        double sum = 0.0;

        for (size_t i = 0; i < count; i++)
            sum += right[i * runs + r];
        total += sum;
        by_run += sum * sum;
    }
    for (size_t i = 0; i < count; i++) {
        size_t sum = 0;

        for (size_t r = 0; r < runs; r++)
            sum += right[i * runs + r];
        by_case += (double)(sum * sum);
        result.telling += sum > 0 && sum < runs;
    }
    if (result.telling == 0)
        return result;
    result.q = (k - 1.0) * (k * by_run - total * total) / (k * total - by_case);
    result.p_value = pl_chi_square_sf(result.q, result.df);
    return result;
}
