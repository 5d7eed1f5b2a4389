/*
 * Corrected judges, by simulation: how often a lower or an upper bound at 5 % lies on the wrong side of what
 * people would say. Exact bounds may in 5 % each; Wilson's and the intervals of others are printed beside
 * them. Fails when an exact bound passes 5 % by more than the simulation's own error (and by more than 1.5
 * points where lambda was cross-fitted).
 *
 *     judges [REPLICATES [SEED]]
 *
 * The suite runs 1,000; docs/evals-statistics.md gives the figures of a long run.
 */
#include "base/rng.h"
#include "stats/clusters.h"
#include "stats/corrected.h"
#include "stats/prediction_powered.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double ALPHA = 0.05;

/* The true share, the judge's specificity and sensitivity, and how many cases of each. */
struct world {
    double share;
    double q0;
    double q1;
    uint64_t n;
    uint64_t m0; /* calibration cases that people fail, and that they pass */
    uint64_t m1;
};

static const struct world WORLDS[] = {
    {0.80, 0.90, 0.90, 500, 50, 50},   {0.95, 0.90, 0.95, 1000, 30, 100},
    {0.98, 0.95, 0.98, 1000, 20, 200}, {0.50, 0.70, 0.90, 200, 30, 30},
    {0.20, 0.70, 0.80, 1000, 100, 20}, {0.90, 0.99, 0.99, 300, 30, 100},
    {0.95, 0.60, 0.95, 1000, 20, 100}, {1.00, 0.80, 0.95, 500, 40, 40},
};

/* Misses of a lower and of an upper bound, and the length between them. */
struct misses {
    uint32_t low;
    uint32_t high;
    double length;
};

static void count(struct misses *misses, double low, double high, double truth)
{
    misses->low += low > truth + 1e-12;
    misses->high += high < truth - 1e-12;
    misses->length += high - low;
}

static void count_stat(struct misses *misses, const struct pl_stat *stat,
                       enum pl_rate_method method, double truth)
{
    count(misses, pl_stat_low(stat, ALPHA, method), pl_stat_high(stat, ALPHA, method), truth);
}

static void print(const struct misses *misses, double replicates)
{
    printf(" %.4f %.4f %.3f |", misses->low / replicates, misses->high / replicates,
           misses->length / replicates);
}

/* What cross-fitting may cost: lambda comes from about as few cases. */
static const double FITTING = 0.015;

static bool holds(const struct misses *misses, double replicates, double more)
{
    const double most = ALPHA + more + 3.0 * sqrt(ALPHA * (1.0 - ALPHA) / replicates);

    return misses->low / replicates <= most && misses->high / replicates <= most;
}

static bool run_rates(const struct world *world, uint32_t replicates, uint64_t seed)
{
    const double passed = world->share * world->q1 + (1.0 - world->share) * (1.0 - world->q0);
    struct misses exact = {0};
    struct misses wilson = {0};
    struct misses lang = {0};
    uint32_t used = 0;
    struct pl_rng rng;

    pl_rng_init(&rng, seed, (uint64_t)(world - WORLDS));
    for (uint32_t i = 0; i < replicates; i++) {
        const struct pl_judged judged = {
            .passed = {(double)pl_rng_binomial(&rng, world->n, passed), (double)world->n},
            .specificity = {(double)pl_rng_binomial(&rng, world->m0, world->q0), (double)world->m0},
            .sensitivity = {(double)pl_rng_binomial(&rng, world->m1, world->q1), (double)world->m1},
            .n = world->n,
        };
        const struct pl_stat stat = pl_rogan_gladen(&judged);

        if (stat.kind == PL_STAT_NONE)
            continue;

        const struct pl_estimate interval =
            pl_rogan_gladen_lang_reiczigel(&judged, 1.0 - 2.0 * ALPHA);

        used++;
        count_stat(&exact, &stat, PL_RATE_EXACT, world->share);
        count_stat(&wilson, &stat, PL_RATE_WILSON, world->share);
        count(&lang, interval.low, interval.high, world->share);
    }
    printf("| %.2f | %.2f | %.2f | %llu | %llu | %llu |", world->share, world->q0, world->q1,
           (unsigned long long)world->n, (unsigned long long)world->m0,
           (unsigned long long)world->m1);
    print(&exact, used);
    print(&wilson, used);
    print(&lang, used);
    printf(" %u |\n", replicates - used);
    return holds(&exact, used, 0.0);
}

/* ---- cases that people saw too ---- */

struct cases {
    double share;
    double q0;
    double q1;
    uint32_t labelled;
    uint32_t unlabelled;
};

static const struct cases CASES[] = {
    {0.80, 0.90, 0.90, 50, 500},   {0.80, 0.90, 0.90, 200, 2000}, {0.95, 0.90, 0.97, 50, 1000},
    {0.95, 0.90, 0.97, 200, 1000}, {0.98, 0.99, 0.99, 100, 5000}, {0.50, 0.70, 0.80, 30, 300},
    {0.50, 0.50, 0.50, 50, 500},   {0.98, 0.70, 0.90, 50, 1000},  {0.30, 0.95, 0.95, 100, 10000},
};

static void draw(const struct cases *cases, struct pl_rng *rng, struct pl_ppi_counts *counts,
                 struct pl_ppi *ppi)
{
    for (uint32_t i = 0; i < cases->labelled + cases->unlabelled; i++) {
        const int people = pl_rng_uniform(rng) < cases->share;
        const int judge = pl_rng_uniform(rng) < (people ? cases->q1 : 1.0 - cases->q0);

        if (i < cases->labelled) {
            counts->labelled[people][judge]++;
            pl_ppi_add_labelled(ppi, people, judge);
        } else {
            counts->unlabelled[judge]++;
            pl_ppi_add_unlabelled(ppi, judge);
        }
    }
}

/* The exact bounds of shares, ppi_py's, and people alone. */
enum { CROSSED, PLAIN, THEIR_PLAIN, THEIR_TUNED, PEOPLE, WAYS };

static bool run_cases(const struct cases *cases, uint32_t replicates, uint64_t seed)
{
    const struct pl_ppi_options plain = {.tuning = PL_PPI_PLAIN, .normal = true};
    const struct pl_ppi_options tuned = {.tuning = PL_PPI_TUNED, .normal = true};
    struct misses misses[WAYS] = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, 100 + (uint64_t)(cases - CASES));
    for (uint32_t i = 0; i < replicates; i++) {
        struct pl_ppi_counts counts = {0};
        struct pl_ppi ppi = {0};

        draw(cases, &rng, &counts, &ppi);

        const struct pl_stat stats[WAYS] = {
            [CROSSED] = pl_ppi_share(&counts, PL_PPI_CROSS_FITTED).stat,
            [PLAIN] = pl_ppi_share(&counts, PL_PPI_PLAIN).stat,
            [THEIR_PLAIN] = pl_ppi_finish(&ppi, &plain).stat,
            [THEIR_TUNED] = pl_ppi_finish(&ppi, &tuned).stat,
            [PEOPLE] = pl_ppi_share(&counts, PL_PPI_PLAIN).people,
        };

        for (int way = 0; way < WAYS; way++)
            if (stats[way].kind != PL_STAT_NONE)
                count_stat(&misses[way], &stats[way], PL_RATE_EXACT, cases->share);
    }
    printf("| %.2f | %.2f | %.2f | %u | %u |", cases->share, cases->q0, cases->q1, cases->labelled,
           cases->unlabelled);
    for (int way = 0; way < WAYS; way++)
        print(&misses[way], replicates);
    printf("\n");
    return holds(&misses[PLAIN], replicates, 0.0) && holds(&misses[CROSSED], replicates, FITTING);
}

/* ---- groups ---- */

/* Groups of cases that are as alike as this: the share of a group is drawn around the true one. */
struct grouped {
    double share;
    double spread; /* standard deviation of groups' shares, on the logit scale */
    uint32_t groups;
    uint32_t cases;    /* in each */
    uint32_t labelled; /* of these, for the prediction-powered mean */
};

static const struct grouped GROUPED[] = {
    {0.80, 0.0, 10, 20, 5},
    {0.80, 1.0, 10, 20, 5},
    {0.90, 0.7, 20, 10, 3},
    {0.60, 1.5, 30, 20, 4},
};

/* The judge has specificity 0.85 and sensitivity 0.95, calibrated on 60 and 100 cases of their own. */
static const double GROUPED_Q0 = 0.85;
static const double GROUPED_Q1 = 0.95;

static double group_share(const struct grouped *grouped, struct pl_rng *rng)
{
    const double logit = log(grouped->share / (1.0 - grouped->share));

    return 1.0 / (1.0 + exp(-logit - grouped->spread * pl_rng_normal(rng)));
}

/* The mean of groups' shares, which the spread moves away from `share`: a rule over 2,000 steps. */
static double grouped_truth(const struct grouped *grouped)
{
    const double logit = log(grouped->share / (1.0 - grouped->share));
    double sum = 0.0;
    double weight = 0.0;

    for (int i = -1000; i <= 1000; i++) {
        const double z = 0.006 * i;

        sum += exp(-0.5 * z * z) / (1.0 + exp(-logit - grouped->spread * z));
        weight += exp(-0.5 * z * z);
    }
    return sum / weight;
}

struct grouped_draw {
    struct pl_clusters passed;
    uint64_t passes;
    struct pl_ppi ppi;
};

static void draw_groups(const struct grouped *grouped, struct pl_rng *rng,
                        struct grouped_draw *draw)
{
    for (uint32_t g = 0; g < grouped->groups; g++) {
        const double share = group_share(grouped, rng);
        struct pl_ppi_group group = {0};

        for (uint32_t c = 0; c < grouped->cases; c++) {
            const bool people = pl_rng_uniform(rng) < share;
            const bool judge = pl_rng_uniform(rng) < (people ? GROUPED_Q1 : 1.0 - GROUPED_Q0);

            if (c < grouped->labelled) {
                group.labelled++;
                group.label += people;
                group.judged += judge;
            } else {
                group.unlabelled++;
                group.judged_unlabelled += judge;
            }
        }

        const struct pl_cluster cluster = {group.judged + group.judged_unlabelled, grouped->cases,
                                           1.0};

        pl_clusters_add(&draw->passed, &cluster);
        pl_ppi_add_group(&draw->ppi, &group);
        draw->passes += (uint64_t)cluster.a;
    }
}

static struct pl_stat rate_of(uint64_t k, uint64_t n)
{
    return (struct pl_stat){.kind = PL_STAT_RATE,
                            .n = n,
                            .value = (double)k / (double)n,
                            .rate = {.rate = {(double)k, (double)n}}};
}

/* By groups, as if cases were independent, and the prediction-powered means by groups. */
static bool run_grouped(const struct grouped *grouped, uint32_t replicates, uint64_t seed)
{
    const struct pl_ppi_options crossed = {.tuning = PL_PPI_CROSS_FITTED, .grouped = true};
    const struct pl_ppi_options plain = {.tuning = PL_PPI_PLAIN, .grouped = true};
    const uint64_t n = (uint64_t)grouped->groups * grouped->cases;
    const double truth = grouped_truth(grouped);
    struct misses misses[4] = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, 300 + (uint64_t)(grouped - GROUPED));
    for (uint32_t i = 0; i < replicates; i++) {
        struct grouped_draw draw = {0};

        draw_groups(grouped, &rng, &draw);

        struct pl_judged_groups judged = {
            .passed = rate_of(draw.passes, n),
            .specificity = rate_of(pl_rng_binomial(&rng, 60, GROUPED_Q0), 60),
            .sensitivity = rate_of(pl_rng_binomial(&rng, 100, GROUPED_Q1), 100),
        };
        const struct pl_stat alone = pl_rogan_gladen_grouped(&judged);

        judged.passed = pl_clusters_apply(&draw.passed, &judged.passed, 1.0);

        const struct pl_stat stats[4] = {pl_rogan_gladen_grouped(&judged), alone,
                                         pl_ppi_finish(&draw.ppi, &plain).stat,
                                         pl_ppi_finish(&draw.ppi, &crossed).stat};

        for (int way = 0; way < 4; way++)
            if (stats[way].kind != PL_STAT_NONE)
                count_stat(&misses[way], &stats[way], PL_RATE_EXACT, truth);
    }
    printf("| %.2f | %.1f | %u | %u | %u |", truth, grouped->spread, grouped->groups,
           grouped->cases, grouped->labelled);
    for (int way = 0; way < 4; way++)
        print(&misses[way], replicates);
    printf("\n");
    return holds(&misses[0], replicates, 0.01);
}

/* ---- grades ---- */

/* People's grades 1 to 5, skewed to the top, and a judge that is off by one now and then. */
static void draw_grades(uint32_t labelled, struct pl_rng *rng, struct pl_ppi *ppi)
{
    static const double SHARES[] = {0.03, 0.05, 0.10, 0.27, 0.55};

    for (uint32_t c = 0; c < labelled + 1000; c++) {
        double u = pl_rng_uniform(rng);
        double grade = 1.0;

        while (grade < 5.0 && u > SHARES[(int)grade - 1]) {
            u -= SHARES[(int)grade - 1];
            grade += 1.0;
        }

        const double off = pl_rng_uniform(rng);
        const double judged =
            fmin(5.0, fmax(1.0, grade + (off < 0.15 ? -1.0 : 0.0) + (off > 0.75 ? 1.0 : 0.0)));

        if (c < labelled)
            pl_ppi_add_labelled(ppi, grade, judged);
        else
            pl_ppi_add_unlabelled(ppi, judged);
    }
}

static bool run_grades(uint32_t labelled, uint32_t replicates, uint64_t seed)
{
    static const struct pl_ppi_options OPTIONS[] = {
        {.tuning = PL_PPI_CROSS_FITTED},
        {.tuning = PL_PPI_PLAIN},
        {.tuning = PL_PPI_PLAIN, .normal = true},
        {.tuning = PL_PPI_TUNED, .normal = true},
    };
    const double truth = 4.26;
    struct misses misses[WAYS] = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, 200 + labelled);
    for (uint32_t i = 0; i < replicates; i++) {
        struct pl_ppi ppi = {0};

        draw_grades(labelled, &rng, &ppi);
        for (int way = 0; way < PEOPLE; way++) {
            const struct pl_ppi_result result = pl_ppi_finish(&ppi, &OPTIONS[way]);

            count_stat(&misses[way], &result.stat, PL_RATE_EXACT, truth);
            if (way == 0)
                count_stat(&misses[PEOPLE], &result.people, PL_RATE_EXACT, truth);
        }
    }
    printf("| %u |", labelled);
    for (int way = 0; way < WAYS; way++)
        print(&misses[way], replicates);
    printf("\n");
    /* A mean of skewed grades is near normal only, and takes a point more. */
    return holds(&misses[PLAIN], replicates, 0.01);
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static const uint32_t LABELLED[] = {20, 50, 200};
    bool good = true;

    printf("seed %llu, %u replicates; misses of the lower and upper bound, and length\n",
           (unsigned long long)seed, replicates);
    printf("| share | q0 | q1 | n | m0 | m1 | exact | Wilson | Lang & Reiczigel | undefined |\n");
    for (size_t i = 0; i < sizeof WORLDS / sizeof *WORLDS; i++)
        good = run_rates(&WORLDS[i], replicates, seed) && good;
    printf("| share | q0 | q1 | labelled | not | cross-fitted | plain | ppi_py | ppi_py, tuned | "
           "people alone |\n");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        good = run_cases(&CASES[i], replicates, seed) && good;
    printf("| share | spread | groups | cases | labelled | by groups | by cases |"
           " plain, by groups | cross-fitted |\n");
    for (size_t i = 0; i < sizeof GROUPED / sizeof *GROUPED; i++)
        good = run_grouped(&GROUPED[i], replicates, seed) && good;
    printf("| labelled | cross-fitted | plain | ppi_py | ppi_py, tuned | people alone |\n");
    for (size_t i = 0; i < 3; i++)
        good = run_grades(LABELLED[i], replicates, seed) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
