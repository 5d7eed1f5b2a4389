/*
 * The size of the test between two groups far out in the tail, where a large family puts it and where
 * no simulation reaches: the chance of rejecting two rates that lie exactly on the limit, summed over
 * every outcome. As a share of the level it must not exceed 1.
 */
#include "simulate.h"

#include "stats/stat.h"

#include <math.h>

/* Members of the family among which 0.05 is shared. */
static const double FAMILIES[] = {1.0, 20.0, 132.0, 1000.0};
static const double LEVELS[] = {0.02, 0.1, 0.3, 0.5};
static const double SIZES[][2] = {{40, 40}, {40, 5000}, {5000, 40}, {200, 1000}};

#define FAMILIES_COUNT (sizeof FAMILIES / sizeof *FAMILIES)
#define LEVELS_COUNT   (sizeof LEVELS / sizeof *LEVELS)
#define SIZES_COUNT    (sizeof SIZES / sizeof *SIZES)

/* The first rate may exceed `factor` times the second by `difference`. A ratio to overall is a ratio
   to the rest with another factor. */
static const struct boundary {
    const char *name;
    double second; /* the second rate as a share of the first, for a difference of 0 */
    bool ratio;
} BOUNDARIES[] = {
    {"difference of 0", 1.0, false}, {"difference of half", 0.5, false},
    {"ratio of 0.8", 1.25, true},    {"ratio of 1", 1.0, true},
    {"ratio of 1.25", 0.8, true},    {"ratio of 2", 0.5, true},
};

/* Two groups on the boundary. */
struct pair {
    double n[2];
    double rate[2];
    double factor;
    double difference;
};

static double log_mass(double k, double n, double p)
{
    return lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
           (n - k) * log1p(-p);
}

static struct pl_stat rate_of(double k, double n)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {k, n}}};
}

/* Adds the mass of one outcome to every level at which it is rejected. */
static void add_outcome(const struct pair *pair, const double k[2], double mass, double *sizes)
{
    const struct pl_stat a = rate_of(k[0], pair->n[0]);
    const struct pl_stat b = rate_of(k[1], pair->n[1]);
    const struct pl_contrast contrast = {.stats = {&a, &b}, .coefficients = {1.0, -pair->factor}};

    if (pl_contrast_value(&contrast) <= pair->difference)
        return;

    const double p = pl_contrast_p_above(&contrast, pair->difference, PL_RATE_EXACT);

    for (size_t f = 0; f < FAMILIES_COUNT; f++)
        sizes[f] += p <= SIM_ALPHA / FAMILIES[f] ? mass : 0.0;
}

/* Outcomes of a chance below exp(-28) are left out: all together they are no part of any level. */
static void sum_outcomes(const struct pair *pair, double *sizes)
{
    const double log_least = -28.0;
    double k[2];

    for (k[0] = 0.0; k[0] <= pair->n[0]; k[0]++) {
        const double first = log_mass(k[0], pair->n[0], pair->rate[0]);

        for (k[1] = 0.0; first >= log_least && k[1] <= pair->n[1]; k[1]++) {
            const double both = first + log_mass(k[1], pair->n[1], pair->rate[1]);

            if (both >= log_least)
                add_outcome(pair, k, exp(both), sizes);
        }
    }
}

static void run_boundary(struct sim_run *run, const struct boundary *boundary)
{
    double most[FAMILIES_COUNT] = {0};

    for (size_t s = 0; s < SIZES_COUNT; s++)
        for (size_t l = 0; l < LEVELS_COUNT; l++) {
            const double second = LEVELS[l] * boundary->second;
            const struct pair pair = {
                .n = {SIZES[s][0], SIZES[s][1]},
                .rate = {LEVELS[l], second},
                .factor = boundary->ratio ? 1.0 / boundary->second : 1.0,
                .difference = boundary->ratio ? 0.0 : LEVELS[l] - second,
            };
            double sizes[FAMILIES_COUNT] = {0};

            sum_outcomes(&pair, sizes);
            for (size_t f = 0; f < FAMILIES_COUNT; f++)
                most[f] = fmax(most[f], sizes[f] / (SIM_ALPHA / FAMILIES[f]));
        }
    printf("    %-20s", boundary->name);
    for (size_t f = 0; f < FAMILIES_COUNT; f++) {
        run->figures++;
        run->beyond += most[f] > 1.0;
        printf(" %8.2f%c", most[f], most[f] > 1.0 ? '!' : ' ');
    }
    printf("\n");
    fflush(stdout);
}

void sim_tails_run(struct sim_run *run)
{
    printf(
        "\nSize of the test of two groups, as a share of its level, by summing every outcome: the "
        "largest\nover sizes of 40, 200, 1,000 and 5,000 and rates of 0.02 to 0.5\n    %-20s",
        "family of");
    for (size_t f = 0; f < FAMILIES_COUNT; f++)
        printf(" %8.0f ", FAMILIES[f]);
    printf("\n");
    for (size_t b = 0; b < sizeof BOUNDARIES / sizeof *BOUNDARIES; b++)
        run_boundary(run, &BOUNDARIES[b]);
}
