/*
 * Prediction-powered means. With Y what people and f what the judge says, n cases labelled and N not,
 *
 *     theta = lambda mean(f, unlabelled) + mean(Y - lambda f, labelled),
 *     se^2 = lambda^2 var(f, unlabelled) / N + var(Y - lambda f, labelled) / n,
 *     lambda = cov(Y, f) / ((1 + n / N) var(f, all)), cut to [0, 1]; or 1.
 *
 * Each group of cases has the influence v x on theta, x its five totals (cases labelled, their labels, their
 * judgements, cases not labelled, their judgements) and
 *
 *     v = (-mean(Y - lambda f) / n, 1 / n, -lambda / n, -lambda mean(f) / N, lambda / N),
 *
 * so that se^2 = v' S v with S the sum of x x' over groups: for single cases the above, and for groups the
 * clustered variance, whichever of their cases are labelled. There lambda is the one that makes it least.
 * Agrees with ppi_py 0.2 to 1e-9 (tests/reference/stats/prediction_powered.csv); groups with the same sums
 * in NumPy. Sums are compensated; the relative error of a variance is below 1e-13 (mean / sd)^2.
 */
#include "stats/prediction_powered.h"

#include <math.h>

enum { LABELLED, LABEL, JUDGED, UNLABELLED, JUDGED_UNLABELLED };

static const double NO_SQUARES = 1e-13;

/* ---- the pass ---- */

static void add(struct pl_ppi *ppi, const struct pl_ppi_group *group, double times)
{
    const double totals[PL_PPI_TERMS] = {
        [LABELLED] = (double)group->labelled,
        [LABEL] = group->label,
        [JUDGED] = group->judged,
        [UNLABELLED] = (double)group->unlabelled,
        [JUDGED_UNLABELLED] = group->judged_unlabelled,
    };

    for (int i = 0; i < PL_PPI_TERMS; i++) {
        pl_sum_add(&ppi->totals[i], times * totals[i]);
        for (int j = 0; j <= i; j++)
            pl_sum_add(&ppi->products[i][j], times * totals[i] * totals[j]);
    }
}

void pl_ppi_add_group(struct pl_ppi *ppi, const struct pl_ppi_group *group)
{
    const double cases = (double)(group->labelled + group->unlabelled);
    const struct pl_cluster people = {group->label, (double)group->labelled, 1.0};
    const struct pl_cluster judge = {group->judged + group->judged_unlabelled, cases, 1.0};

    if (cases <= 0.0)
        return;
    add(ppi, group, 1.0);
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

static double total(const struct pl_ppi *ppi, int term)
{
    return pl_sum_value(&ppi->totals[term]);
}

static double product(const struct pl_ppi *ppi, int i, int j)
{
    return pl_sum_value(i >= j ? &ppi->products[i][j] : &ppi->products[j][i]);
}

static double form(const struct pl_ppi *ppi, const double *v, const double *w)
{
    double sum = 0.0;

    for (int i = 0; i < PL_PPI_TERMS; i++)
        for (int j = 0; j < PL_PPI_TERMS; j++)
            sum += v[i] * w[j] * product(ppi, i, j);
    return sum;
}

/* v = fixed + lambda * moved. */
struct influence {
    double fixed[PL_PPI_TERMS];
    double moved[PL_PPI_TERMS];
};

static struct influence influence_of(const struct pl_ppi *ppi)
{
    const double n = (double)ppi->labelled;
    const double others = (double)ppi->unlabelled;

    return (struct influence){
        .fixed = {[LABELLED] = -total(ppi, LABEL) / n / n, [LABEL] = 1.0 / n},
        .moved = {[LABELLED] = total(ppi, JUDGED) / n / n,
                  [JUDGED] = -1.0 / n,
                  [UNLABELLED] = -total(ppi, JUDGED_UNLABELLED) / others / others,
                  [JUDGED_UNLABELLED] = 1.0 / others},
    };
}

/* As ppi_py tunes it. */
static double lambda_of_cases(const struct pl_ppi *ppi)
{
    const double n = (double)ppi->labelled;
    const double others = (double)ppi->unlabelled;
    const double judged = total(ppi, JUDGED) + total(ppi, JUDGED_UNLABELLED);
    const double squares =
        product(ppi, JUDGED, JUDGED) + product(ppi, JUDGED_UNLABELLED, JUDGED_UNLABELLED);
    const double about = squares - judged * judged / (n + others);
    const double covariance =
        (product(ppi, LABEL, JUDGED) - total(ppi, LABEL) * total(ppi, JUDGED) / n) / n;

    if (about <= NO_SQUARES * squares)
        return 0.0;
    return covariance / ((1.0 + n / others) * about / (n + others - 1.0));
}

static double lambda_of_groups(const struct pl_ppi *ppi, const struct influence *influence)
{
    const double squares = form(ppi, influence->moved, influence->moved);

    return squares > 0.0 ? -form(ppi, influence->fixed, influence->moved) / squares : 0.0;
}

static double lambda_of(const struct pl_ppi *ppi, const struct pl_ppi_options *options,
                        const struct influence *influence)
{
    const double best = options->grouped ? lambda_of_groups(ppi, influence) : lambda_of_cases(ppi);

    return options->tuning == PL_PPI_PLAIN ? 1.0 : fmin(1.0, fmax(0.0, best));
}

static double value_of(const struct pl_ppi *ppi, double lambda)
{
    return lambda * total(ppi, JUDGED_UNLABELLED) / (double)ppi->unlabelled +
           (total(ppi, LABEL) - lambda * total(ppi, JUDGED)) / (double)ppi->labelled;
}

static struct pl_stat stat_of(const struct pl_ppi *ppi, const struct pl_ppi_options *options,
                              const struct influence *influence, double lambda)
{
    const double units = (double)ppi->labelled_groups;
    const double factor = options->normal && !options->grouped ? 1.0 : units / (units - 1.0);
    double v[PL_PPI_TERMS];

    for (int i = 0; i < PL_PPI_TERMS; i++)
        v[i] = influence->fixed[i] + lambda * influence->moved[i];

    const double variance = factor * form(ppi, v, v);
    const double n = (double)ppi->labelled;
    const double noise = NO_SQUARES * (product(ppi, LABEL, LABEL) + product(ppi, JUDGED, JUDGED));

    if (variance <= noise / (n * n))
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = ppi->labelled};
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = ppi->labelled + ppi->unlabelled,
        .value = value_of(ppi, lambda),
        .normal = {.se = sqrt(variance),
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
        const struct influence influence = influence_of(ppi);

        result.lambda = lambda_of(ppi, options, &influence);
        result.stat = stat_of(ppi, options, &influence, result.lambda);
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

/* The sums of the pass without it: all groups are of one case, of six kinds. */
static struct pl_ppi sums_of(const struct pl_ppi_counts *counts)
{
    struct pl_ppi ppi = {0};

    for (int judge = 0; judge < 2; judge++) {
        const struct pl_ppi_group unlabelled = {.unlabelled = 1, .judged_unlabelled = judge};

        add(&ppi, &unlabelled, (double)counts->unlabelled[judge]);
        ppi.unlabelled += counts->unlabelled[judge];
        for (int people = 0; people < 2; people++) {
            const struct pl_ppi_group labelled = {.labelled = 1, .label = people, .judged = judge};

            add(&ppi, &labelled, (double)counts->labelled[people][judge]);
            ppi.labelled += counts->labelled[people][judge];
        }
    }
    ppi.labelled_groups = ppi.labelled;
    return ppi;
}

static struct pl_stat share_of(const struct pl_ppi_counts *counts, const struct pl_ppi *ppi,
                               double lambda)
{
    const double n = (double)ppi->labelled;

    return (struct pl_stat){
        .kind = PL_STAT_CORRECTED,
        .n = ppi->labelled + ppi->unlabelled,
        .value = fmin(1.0, fmax(0.0, value_of(ppi, lambda))),
        .corrected = {.correction = PL_CORRECTION_BY_CASES,
                      .passed = {(double)counts->unlabelled[1], (double)ppi->unlabelled},
                      .rates = {{(double)counts->labelled[1][1], n},
                                {(double)counts->labelled[1][0], n},
                                {(double)counts->labelled[0][1], n}},
                      .lambda = lambda},
    };
}

struct pl_ppi_result pl_ppi_share(const struct pl_ppi_counts *counts, enum pl_ppi_tuning tuning)
{
    const struct pl_ppi ppi = sums_of(counts);
    const struct pl_ppi_options options = {.tuning = tuning};
    const uint64_t passed = counts->labelled[1][0] + counts->labelled[1][1];
    const uint64_t judged = counts->labelled[0][1] + counts->labelled[1][1] + counts->unlabelled[1];
    struct pl_ppi_result result = {
        .people = rate_of(passed, ppi.labelled, PL_UNDEFINED_NO_LABELS),
        .judge = rate_of(judged, ppi.labelled + ppi.unlabelled, PL_UNDEFINED_NO_VALUES),
    };

    result.stat = result.people;
    if (ppi.labelled > 0 && ppi.unlabelled > 0) {
        const struct influence influence = influence_of(&ppi);

        result.lambda = lambda_of(&ppi, &options, &influence);
        result.stat = share_of(counts, &ppi, result.lambda);
    }
    return result;
}
