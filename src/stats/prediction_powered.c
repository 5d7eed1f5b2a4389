/*
 * Prediction-powered means. With Y what people and f what the judge says, n cases labelled and N not,
 *
 *     theta = lambda mean(f, unlabelled) + mean(Y - lambda f, labelled),
 *     se^2 = lambda^2 var(f, unlabelled) / N + var(Y - lambda f, labelled) / n,
 *     lambda = cov(Y, f) / ((1 + n / N) var(f, all)), cut to [0, 1]; or 1.
 *
 * Cross-fitted, every labelled case has the lambda that the others give (of ten folds; of shares, with the
 * case itself left out), so that it does not depend on what it is multiplied with: lambda tuned on the same
 * labels biases theta (V. Chernozhukov et al., Econom. J. 21 (2018) C1, on cross-fitting).
 *
 * Each group of cases has the influence v x on theta, x its five totals (cases labelled, their labels, their
 * judgements, cases not labelled, their judgements), lambda that of its fold and mean lambda that of all cases,
 *
 *     v = ((lambda mean(f) - theta) / n, 1 / n, -lambda / n, -mean lambda mean(f) / N, mean lambda / N),
 *
 * mean(f) over cases not labelled, so that se^2 = sum v' S v with S the sum of x x' over the groups of a fold:
 * for single cases the above, and for groups the clustered variance, whichever of their cases are labelled.
 * There lambda is the one that makes it least.
 *
 * Agrees with ppi_py 0.2 to 1e-9 and, cross-fitted and by groups, with NumPy
 * (tests/reference/stats/prediction_powered.csv). Sums are compensated; the relative error of a variance is
 * below 1e-13 (mean / sd)^2.
 */
#include "stats/prediction_powered.h"

#include <math.h>

enum { LABELLED, LABEL, JUDGED, UNLABELLED, JUDGED_UNLABELLED };

static const double NO_SQUARES = 1e-13;

/* ---- the pass ---- */

static void add(struct pl_ppi_sums *sums, const struct pl_ppi_group *group, double times)
{
    const double totals[PL_PPI_TERMS] = {
        [LABELLED] = (double)group->labelled,
        [LABEL] = group->label,
        [JUDGED] = group->judged,
        [UNLABELLED] = (double)group->unlabelled,
        [JUDGED_UNLABELLED] = group->judged_unlabelled,
    };

    for (int i = 0; i < PL_PPI_TERMS; i++) {
        pl_sum_add(&sums->totals[i], times * totals[i]);
        for (int j = 0; j <= i; j++)
            pl_sum_add(&sums->products[i][j], times * totals[i] * totals[j]);
    }
}

void pl_ppi_add_group(struct pl_ppi *ppi, const struct pl_ppi_group *group)
{
    const double cases = (double)(group->labelled + group->unlabelled);
    const struct pl_cluster people = {group->label, (double)group->labelled, 1.0};
    const struct pl_cluster judge = {group->judged + group->judged_unlabelled, cases, 1.0};

    if (cases <= 0.0)
        return;
    add(&ppi->folds[group->labelled > 0 ? ppi->labelled_groups % PL_PPI_FOLDS : PL_PPI_FOLDS],
        group, 1.0);
    ppi->labelled += group->labelled;
    ppi->unlabelled += group->unlabelled;
    ppi->labelled_groups += group->labelled > 0;
    if (group->labelled > 0)
        pl_clusters_add(&ppi->people, &people);
    pl_clusters_add(&ppi->judge, &judge);
}

void pl_ppi_add_labelled(struct pl_ppi *ppi, double label, double judged)
{
    const struct pl_ppi_group alone = {.labelled = 1, .label = label, .judged = judged};

    pl_ppi_add_group(ppi, &alone);
}

void pl_ppi_add_unlabelled(struct pl_ppi *ppi, double judged)
{
    const struct pl_ppi_group alone = {.unlabelled = 1, .judged_unlabelled = judged};

    pl_ppi_add_group(ppi, &alone);
}

/* ---- the estimate ---- */

/* Sums of all folds, of one, or of all but one. */
struct sums {
    double totals[PL_PPI_TERMS];
    double products[PL_PPI_TERMS][PL_PPI_TERMS];
};

static void include(struct sums *sums, const struct pl_ppi_sums *fold)
{
    for (int i = 0; i < PL_PPI_TERMS; i++) {
        sums->totals[i] += pl_sum_value(&fold->totals[i]);
        for (int j = 0; j <= i; j++) {
            const double product = pl_sum_value(&fold->products[i][j]);

            sums->products[i][j] += product;
            sums->products[j][i] += i == j ? 0.0 : product;
        }
    }
}

static struct sums sums_without(const struct pl_ppi *ppi, int without)
{
    struct sums sums = {0};

    for (int k = 0; k <= PL_PPI_FOLDS; k++)
        if (k != without)
            include(&sums, &ppi->folds[k]);
    return sums;
}

static double form(const struct sums *sums, const double *v, const double *w)
{
    double sum = 0.0;

    for (int i = 0; i < PL_PPI_TERMS; i++)
        for (int j = 0; j < PL_PPI_TERMS; j++)
            sum += v[i] * w[j] * sums->products[i][j];
    return sum;
}

/* As ppi_py tunes it. */
static double lambda_of_cases(const struct sums *sums)
{
    const double *totals = sums->totals;
    const double n = totals[LABELLED];
    const double others = totals[UNLABELLED];
    const double judged = totals[JUDGED] + totals[JUDGED_UNLABELLED];
    const double squares =
        sums->products[JUDGED][JUDGED] + sums->products[JUDGED_UNLABELLED][JUDGED_UNLABELLED];
    const double about = squares - judged * judged / (n + others);
    const double covariance =
        (sums->products[LABEL][JUDGED] - totals[LABEL] * totals[JUDGED] / n) / n;

    if (about <= NO_SQUARES * squares)
        return 0.0;
    return covariance / ((1.0 + n / others) * about / (n + others - 1.0));
}

/* The variance is that of v = fixed + lambda * moved. */
static double lambda_of_groups(const struct sums *sums)
{
    const double *totals = sums->totals;
    const double n = totals[LABELLED];
    const double others = totals[UNLABELLED];
    const double fixed[PL_PPI_TERMS] = {[LABELLED] = -totals[LABEL] / n / n, [LABEL] = 1.0 / n};
    const double moved[PL_PPI_TERMS] = {
        [LABELLED] = totals[JUDGED] / n / n,
        [JUDGED] = -1.0 / n,
        [UNLABELLED] = -totals[JUDGED_UNLABELLED] / others / others,
        [JUDGED_UNLABELLED] = 1.0 / others,
    };
    const double squares = form(sums, moved, moved);

    return squares > 0.0 ? -form(sums, fixed, moved) / squares : 0.0;
}

/* 0 where there is nothing to find it from. */
static double lambda_of(const struct sums *sums, bool grouped)
{
    if (sums->totals[LABELLED] < 2.0 || sums->totals[UNLABELLED] < 1.0)
        return 0.0;
    return fmin(1.0, fmax(0.0, grouped ? lambda_of_groups(sums) : lambda_of_cases(sums)));
}

/* The weights of the judge, and what follows from them. */
struct estimate {
    double lambdas[PL_PPI_FOLDS + 1]; /* the last multiplies no label */
    double lambda;                    /* their mean over labelled cases */
    double value;
    double variance;
};

static void find_lambdas(const struct pl_ppi *ppi, const struct pl_ppi_options *options,
                         struct estimate *estimate)
{
    const struct sums all = sums_without(ppi, -1);
    const double tuned = options->tuning == PL_PPI_TUNED ? lambda_of(&all, options->grouped) : 1.0;

    for (int k = 0; k < PL_PPI_FOLDS; k++) {
        const struct sums others = sums_without(ppi, k);

        estimate->lambdas[k] =
            options->tuning == PL_PPI_CROSS_FITTED ? lambda_of(&others, options->grouped) : tuned;
        estimate->lambda += estimate->lambdas[k] * pl_sum_value(&ppi->folds[k].totals[LABELLED]) /
                            (double)ppi->labelled;
    }
}

static void find_value(const struct pl_ppi *ppi, double judged, struct estimate *estimate)
{
    const double n = (double)ppi->labelled;

    estimate->value = estimate->lambda * judged;
    for (int k = 0; k < PL_PPI_FOLDS; k++)
        estimate->value += (pl_sum_value(&ppi->folds[k].totals[LABEL]) -
                            estimate->lambdas[k] * pl_sum_value(&ppi->folds[k].totals[JUDGED])) /
                           n;
}

static void find_variance(const struct pl_ppi *ppi, double judged, struct estimate *estimate)
{
    const double n = (double)ppi->labelled;
    const double others = (double)ppi->unlabelled;

    for (int k = 0; k <= PL_PPI_FOLDS; k++) {
        struct sums fold = {0};
        const double v[PL_PPI_TERMS] = {
            [LABELLED] = (estimate->lambdas[k] * judged - estimate->value) / n,
            [LABEL] = 1.0 / n,
            [JUDGED] = -estimate->lambdas[k] / n,
            [UNLABELLED] = -estimate->lambda * judged / others,
            [JUDGED_UNLABELLED] = estimate->lambda / others,
        };

        include(&fold, &ppi->folds[k]);
        estimate->variance += form(&fold, v, v);
    }
}

static struct pl_stat stat_of(const struct pl_ppi *ppi, const struct pl_ppi_options *options,
                              const struct estimate *estimate)
{
    const struct sums all = sums_without(ppi, -1);
    const double n = (double)ppi->labelled;
    const double units = (double)ppi->labelled_groups;
    const double factor = options->normal && !options->grouped ? 1.0 : units / (units - 1.0);
    const double noise =
        NO_SQUARES * (all.products[LABEL][LABEL] + all.products[JUDGED][JUDGED]) / (n * n);

    if (estimate->variance <= noise)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = ppi->labelled};
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = ppi->labelled + ppi->unlabelled,
        .value = estimate->value,
        .normal = {.se = sqrt(factor * estimate->variance),
                   .df = options->normal ? HUGE_VAL : units - 1.0,
                   .scale = PL_SCALE_IDENTITY,
                   .n_effective = units},
    };
}

struct pl_ppi_result pl_ppi_finish(const struct pl_ppi *ppi, const struct pl_ppi_options *options)
{
    struct pl_ppi_result result = {
        .people = pl_clusters_finish(&ppi->people, PL_RANGE_OPEN, PL_UNDEFINED_NO_LABELS),
        .judge = pl_clusters_finish(&ppi->judge, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES),
    };

    result.stat = result.people;
    if (ppi->labelled_groups < 2) {
        result.stat = (struct pl_stat){.kind = PL_STAT_NONE,
                                       .n = ppi->labelled,
                                       .reason = ppi->labelled == 0 ? PL_UNDEFINED_NO_LABELS
                                                                    : PL_UNDEFINED_FEW_UNITS};
    } else if (ppi->unlabelled > 0) {
        const struct sums all = sums_without(ppi, -1);
        const double judged = all.totals[JUDGED_UNLABELLED] / (double)ppi->unlabelled;
        struct estimate estimate = {0};

        find_lambdas(ppi, options, &estimate);
        find_value(ppi, judged, &estimate);
        find_variance(ppi, judged, &estimate);
        result.lambda = estimate.lambda;
        result.stat = stat_of(ppi, options, &estimate);
    }
    return result;
}

/* ---- pass or fail ---- */

static struct pl_stat rate_of(uint64_t k, uint64_t n, enum pl_undefined reason)
{
    if (n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason};
    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = n,
        .value = (double)k / (double)n,
        .rate = {.rate = {.k = (double)k, .n = (double)n}, .shape = PL_RATE_AS_IS},
    };
}

/* The sums that a pass over the cases would make. */
static struct sums sums_of(const struct pl_ppi_counts *counts)
{
    struct pl_ppi_sums sums = {0};
    struct sums result = {0};

    for (int judge = 0; judge < 2; judge++) {
        const struct pl_ppi_group unlabelled = {.unlabelled = 1, .judged_unlabelled = judge};

        add(&sums, &unlabelled, (double)counts->unlabelled[judge]);
        for (int people = 0; people < 2; people++) {
            const struct pl_ppi_group labelled = {.labelled = 1, .label = people, .judged = judge};

            add(&sums, &labelled, (double)counts->labelled[people][judge]);
        }
    }
    include(&result, &sums);
    return result;
}

/* The weight of the judge for a labelled case of one kind: without the case itself when cross-fitted. */
static double lambda_of_kind(const struct pl_ppi_counts *counts, enum pl_ppi_tuning tuning,
                             int people, int judge)
{
    struct pl_ppi_counts others = *counts;

    if (tuning == PL_PPI_PLAIN)
        return 1.0;
    if (tuning == PL_PPI_CROSS_FITTED && others.labelled[people][judge] > 0)
        others.labelled[people][judge]--;

    const struct sums sums = sums_of(&others);

    return lambda_of(&sums, false);
}

/* Every kind of labelled case is worth Y - lambda (f - p), of which that of both failing is the base. */
static struct pl_stat share_of(const struct pl_ppi_counts *counts, enum pl_ppi_tuning tuning,
                               const struct sums *sums)
{
    static const int KINDS[3][2] = {{1, 1}, {1, 0}, {0, 1}};
    const double n = sums->totals[LABELLED];
    const double p = sums->totals[JUDGED_UNLABELLED] / sums->totals[UNLABELLED];
    const double fail = lambda_of_kind(counts, tuning, 0, 0);
    struct pl_stat stat = {
        .kind = PL_STAT_CORRECTED,
        .n = (uint64_t)(n + sums->totals[UNLABELLED]),
        .value = fail * p,
        .corrected = {.correction = PL_CORRECTION_BY_CASES,
                      .passed = {sums->totals[JUDGED_UNLABELLED], sums->totals[UNLABELLED]},
                      .base = fail * p,
                      .lambda = fail * (double)counts->labelled[0][0] / n},
    };

    for (int i = 0; i < 3; i++) {
        const int people = KINDS[i][0];
        const int judge = KINDS[i][1];
        const double k = (double)counts->labelled[people][judge];
        const double lambda = lambda_of_kind(counts, tuning, people, judge);

        stat.corrected.rates[i] = (struct pl_rate){k, n};
        stat.corrected.prices[i] = people - lambda * (judge - p) - fail * p;
        stat.corrected.lambda += lambda * k / n;
        stat.value += stat.corrected.prices[i] * k / n;
    }
    stat.value = fmin(1.0, fmax(0.0, stat.value));
    return stat;
}

struct pl_ppi_result pl_ppi_share(const struct pl_ppi_counts *counts, enum pl_ppi_tuning tuning)
{
    const struct sums sums = sums_of(counts);
    const uint64_t labelled = (uint64_t)sums.totals[LABELLED];
    const uint64_t unlabelled = (uint64_t)sums.totals[UNLABELLED];
    const uint64_t judged = (uint64_t)(sums.totals[JUDGED] + sums.totals[JUDGED_UNLABELLED]);
    struct pl_ppi_result result = {
        .people = rate_of((uint64_t)sums.totals[LABEL], labelled, PL_UNDEFINED_NO_LABELS),
        .judge = rate_of(judged, labelled + unlabelled, PL_UNDEFINED_NO_VALUES),
    };

    result.stat = result.people;
    if (labelled > 0 && unlabelled > 0) {
        result.stat = share_of(counts, tuning, &sums);
        result.lambda = result.stat.corrected.lambda;
    }
    return result;
}
