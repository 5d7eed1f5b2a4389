/*
 * The promise of a fit, by simulation: in worlds whose truth is known, how often the true quality
 * of the chosen thresholds breaks the bound (it may with a chance of 1 - confidence), and what
 * conformal risk control loses on average. Fails when either is above what it may be by more than
 * three standard errors of the simulation.
 *
 *     guarantee [REPLICATES [SEED]]
 *
 * A request has a signal s, uniform in (0, 1); the small model is right with a + b s, and the large
 * one with p1 where the small one is right and p0 where it is wrong. Delivered from a signal x on,
 * the quality is an integral. Where requests come in groups, all of a group are the same request, the
 * strongest dependence there is; a fit that is not told of them must break its bound more often than
 * it may, else the simulation would prove nothing. docs/cascade.md gives the figures of a run of
 * 10,000.
 */
#include "base/rng.h"
#include "cascade/fit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUESTS_MAX         3000
#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

struct world {
    const char *name;
    size_t requests;
    double a, b;   /* the small model, by the signal */
    double p1, p0; /* the large one, by whether the small one is right */
    enum pl_cascade_bound bound;
    double level;
    double confidence;
    enum pl_cascade_procedure procedure;
    bool scores;             /* labels are spread about these means, and are no longer 0 or 1 */
    uint32_t group_size_max; /* above 1: groups of 1 to so many */
    bool blind;              /* the fit is not told of the groups */
    double held_out_share;
};

static const struct world WORLDS[] = {
    {.name = "a good signal",
     .requests = 800,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.90,
     .confidence = 0.90},
    {.name = "a useless signal",
     .requests = 800,
     .a = 0.80,
     .b = 0.00,
     .p1 = 0.95,
     .p0 = 0.95,
     .level = 0.90,
     .confidence = 0.90},
    {.name = "a misleading one",
     .requests = 800,
     .a = 0.95,
     .b = -0.4,
     .p1 = 0.95,
     .p0 = 0.90,
     .level = 0.85,
     .confidence = 0.90},
    {.name = "just below the bound",
     .requests = 600,
     .a = 0.60,
     .b = 0.20,
     .p1 = 0.899,
     .p0 = 0.899,
     .level = 0.90,
     .confidence = 0.90},
    {.name = "at a share of the risk",
     .requests = 800,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.90,
     .confidence = 0.90,
     .procedure = PL_PROCEDURE_BONFERRONI},
    {.name = "scores",
     .requests = 1200,
     .a = 0.35,
     .b = 0.60,
     .p1 = 0.95,
     .p0 = 0.90,
     .level = 0.85,
     .confidence = 0.90,
     .scores = true},
    {.name = "a small loss",
     .requests = 1500,
     .a = 0.40,
     .b = 0.60,
     .p1 = 0.98,
     .p0 = 0.80,
     .level = 0.03,
     .confidence = 0.90,
     .bound = PL_BOUND_LOSS},
    {.name = "a loss, useless signal",
     .requests = 1500,
     .a = 0.85,
     .b = 0.00,
     .p1 = 0.95,
     .p0 = 0.60,
     .level = 0.03,
     .confidence = 0.90,
     .bound = PL_BOUND_LOSS},
    {.name = "a loss of scores",
     .requests = 1500,
     .a = 0.40,
     .b = 0.60,
     .p1 = 0.98,
     .p0 = 0.80,
     .level = 0.03,
     .confidence = 0.95,
     .bound = PL_BOUND_LOSS,
     .scores = true},
    {.name = "few labels",
     .requests = 200,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.85,
     .confidence = 0.90},
    {.name = "few, below the bound",
     .requests = 200,
     .a = 0.60,
     .b = 0.20,
     .p1 = 0.849,
     .p0 = 0.849,
     .level = 0.85,
     .confidence = 0.90},
    {.name = "groups",
     .requests = 2400,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.85,
     .confidence = 0.90,
     .group_size_max = 5},
    {.name = "groups, below the bound",
     .requests = 1200,
     .a = 0.60,
     .b = 0.20,
     .p1 = 0.899,
     .p0 = 0.899,
     .level = 0.90,
     .confidence = 0.90,
     .group_size_max = 5},
    {.name = "groups, a loss",
     .requests = 2400,
     .a = 0.40,
     .b = 0.60,
     .p1 = 0.98,
     .p0 = 0.80,
     .level = 0.05,
     .confidence = 0.90,
     .bound = PL_BOUND_LOSS,
     .group_size_max = 5},
    {.name = "held out",
     .requests = 1500,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.85,
     .confidence = 0.90,
     .held_out_share = 0.3},
    {.name = "held out, groups",
     .requests = 3000,
     .a = 0.35,
     .b = 0.65,
     .p1 = 0.98,
     .p0 = 0.90,
     .level = 0.80,
     .confidence = 0.90,
     .group_size_max = 5,
     .held_out_share = 0.3},
    {.name = "groups, nobody told",
     .requests = 1200,
     .a = 0.60,
     .b = 0.20,
     .p1 = 0.899,
     .p0 = 0.899,
     .level = 0.90,
     .confidence = 0.90,
     .group_size_max = 5,
     .blind = true},
};

struct columns {
    double signals[REQUESTS_MAX];
    double right[2][REQUESTS_MAX];
    double costs[2][REQUESTS_MAX];
    uint64_t ids[REQUESTS_MAX];
    uint64_t groups[REQUESTS_MAX];
};

/* A label with that mean: a coin, or a score spread about it. */
static double label(const struct world *world, double mean, struct pl_rng *rng)
{
    const double reach = fmin(mean, 1.0 - mean);

    if (world->scores)
        return mean + reach * (2.0 * pl_rng_uniform(rng) - 1.0);
    return pl_rng_uniform(rng) < mean ? 1.0 : 0.0;
}

static double small_at(const struct world *world, double s)
{
    return world->a + world->b * s;
}

static double large_at(const struct world *world, double s)
{
    const double small = small_at(world, s);

    return small * world->p1 + (1.0 - small) * world->p0;
}

static void draw_request(const struct world *world, struct pl_rng *rng, struct columns *columns,
                         size_t i)
{
    const double s = pl_rng_uniform(rng);
    const double small = label(world, small_at(world, s), rng);
    const double large = small * world->p1 + (1.0 - small) * world->p0;

    columns->groups[i] = pl_rng_next(rng);
    columns->ids[i] = columns->groups[i];
    columns->signals[i] = s;
    columns->right[0][i] = small;
    columns->right[1][i] = label(world, large, rng);
    columns->costs[0][i] = 1.0;
    columns->costs[1][i] = 10.0;
}

static void repeat_request(struct pl_rng *rng, struct columns *columns, size_t from, size_t i)
{
    columns->groups[i] = columns->groups[from];
    columns->ids[i] = pl_rng_next(rng);
    columns->signals[i] = columns->signals[from];
    for (size_t t = 0; t < 2; t++) {
        columns->right[t][i] = columns->right[t][from];
        columns->costs[t][i] = columns->costs[t][from];
    }
}

static void draw(const struct world *world, struct pl_rng *rng, struct columns *columns)
{
    const uint32_t most = world->group_size_max > 1 ? world->group_size_max : 1;

    for (size_t i = 0; i < world->requests;) {
        const size_t size = most > 1 ? 1 + pl_rng_below(rng, most) : 1;
        const size_t from = i;

        draw_request(world, rng, columns, i++);
        while (i < world->requests && i < from + size)
            repeat_request(rng, columns, from, i++);
    }
}

/* The signal from which thresholds deliver. */
static double delivered_from(const struct pl_cascade_fit *fit, const struct pl_policy *policy)
{
    const struct pl_cascade_signal *signal = &fit->signals[0];

    if (isinf(policy->deliver_at[0]))
        return 1.0;
    if (signal->steps[0].value >= policy->deliver_at[0])
        return 0.0;
    for (size_t i = 1; i < signal->steps_count; i++)
        if (signal->steps[i].value >= policy->deliver_at[0])
            return signal->steps[i].x;
    return 1.0;
}

/* The true risk, by Simpson's rule, which is exact for these polynomials. */
static double risk_of(const struct world *world, double from)
{
    const double middle = (from + 1.0) / 2.0;
    const double points[] = {from, middle, 1.0};
    const double weights[] = {1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0};
    double lost = 0.0;

    for (size_t i = 0; i < 3; i++)
        lost +=
            (1.0 - from) * weights[i] * (large_at(world, points[i]) - small_at(world, points[i]));
    if (world->bound == PL_BOUND_LOSS)
        return lost;
    return 1.0 - (large_at(world, 0.5) - lost); /* the large model is linear in s */
}

/* How often what is shown of the held-out requests is true. */
struct covered {
    uint32_t shown;
    uint32_t cost, quality, mixture;
};

struct tally {
    struct covered covered;
    uint32_t chosen;
    uint32_t broken;
    uint32_t conformal;
    double conformal_risk;
    double conformal_squares;
    double delivered; /* share that the small model answers, where a choice was made */
};

static bool covers(const struct pl_estimate *estimate, double truth)
{
    return estimate->low <= truth && truth <= estimate->high;
}

/* A mixture of the cascade's true quality lies on the straight line between the two models. */
static void tally_covered(const struct world *world, const struct pl_cascade_fit *fit, double from,
                          struct covered *covered)
{
    const struct pl_cascade_baseline *mixture = &fit->baselines[fit->baselines_count - 1];
    const double small = small_at(world, 0.5);
    const double large = large_at(world, 0.5);
    const double quality = 1.0 - risk_of(world, from);
    const double cost = 1.0 + 10.0 * from;
    const double mixed = 1.0 + 9.0 * (quality - small) / (large - small);

    if (isinf(fit->chosen.policy.deliver_at[0]) || mixture->kind != PL_BASELINE_MIXTURE ||
        mixture->tier == mixture->other)
        return;
    covered->shown++;
    covered->cost += covers(&fit->chosen.cost, cost);
    covered->quality += covers(&fit->chosen.quality, quality);
    covered->mixture += covers(&mixture->cost_more, cost - mixed);
}

static bool fit_once(const struct world *world, struct pl_rng *rng, struct tally *tally)
{
    static struct columns columns;
    const struct pl_cascade_tier tiers[] = {
        {.model = PL_STR("small"),
         .signals = columns.signals,
         .right = columns.right[0],
         .costs = columns.costs[0]},
        {.model = PL_STR("large"), .right = columns.right[1], .costs = columns.costs[1]},
    };
    const struct pl_cascade_data data = {
        .count = world->requests,
        .ids = columns.ids,
        .groups = world->group_size_max > 1 && !world->blind ? columns.groups : NULL,
        .tiers = tiers,
        .tiers_count = 2,
    };
    const struct pl_cascade_options options = {
        .bound = world->bound,
        .level = world->level,
        .confidence = world->confidence,
        .procedure = world->procedure,
        .calibration_share = 0.4,
        .held_out_share = world->held_out_share,
        .seed = pl_rng_next(rng) >> 12,
    };
    const double bound = world->bound == PL_BOUND_LOSS ? world->level : 1.0 - world->level;
    struct pl_cascade_fit *fit;
    struct pl_error error = {0};
    struct pl_arena arena;

    draw(world, rng, &columns);
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_cascade_fit(&data, &options, &arena, &fit, &error) != PL_OK) {
        printf("%s\n", error.message);
        return false;
    }
    if (fit->chosen_given) {
        const double from = delivered_from(fit, &fit->chosen.policy);

        tally->chosen++;
        tally->broken += risk_of(world, from) > bound + 1e-12;
        tally->delivered += 1.0 - from;
        if (world->held_out_share > 0.0)
            tally_covered(world, fit, from, &tally->covered);
    }
    if (fit->conformal_given) {
        const double risk = risk_of(world, delivered_from(fit, &fit->conformal.policy));

        tally->conformal++;
        tally->conformal_risk += risk;
        tally->conformal_squares += risk * risk;
    }
    pl_arena_deinit(&arena);
    return true;
}

/* Intervals of means are true for large numbers of requests: two points are allowed for that. */
static bool check_covered(const struct world *world, const struct covered *covered)
{
    const double shown = covered->shown > 0 ? covered->shown : 1.0;
    const double shares[] = {covered->cost / shown, covered->quality / shown,
                             covered->mixture / shown};
    const double error = sqrt(world->confidence * (1.0 - world->confidence) / shown);
    bool holds = true;

    printf("%-24s held out: intervals hold cost %.3f, quality %.3f, difference to a mixture %.3f, "
           "of %.2f\n",
           world->name, shares[0], shares[1], shares[2], world->confidence);
    for (size_t i = 0; i < 3; i++)
        holds = holds && fabs(shares[i] - world->confidence) <= 0.02 + 3.0 * error;
    return holds;
}

static bool run(const struct world *world, uint32_t replicates, uint64_t seed)
{
    const double delta = 1.0 - world->confidence;
    const double bound = world->bound == PL_BOUND_LOSS ? world->level : 1.0 - world->level;
    struct tally tally = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, (uint64_t)(world - WORLDS));
    for (uint32_t i = 0; i < replicates; i++)
        if (!fit_once(world, &rng, &tally))
            return false;

    const double broken = tally.broken / (double)replicates;
    const double most = delta + 3.0 * sqrt(delta * (1.0 - delta) / replicates);
    const double n = tally.conformal > 0 ? tally.conformal : 1.0;
    const double mean = tally.conformal_risk / n;
    const double error = sqrt(fmax(0.0, tally.conformal_squares / n - mean * mean) / n);

    printf("%-24s %5zu  chosen %.3f  small answers %.3f  breaks %.4f of %.2f | conformal %.3f "
           "loses %.4f of %.2f\n",
           world->name, world->requests, tally.chosen / (double)replicates,
           tally.chosen > 0 ? tally.delivered / tally.chosen : 0.0, broken, delta,
           tally.conformal / (double)replicates, mean, bound);
    if (world->blind)
        return broken > most;
    if (world->held_out_share > 0.0 && !check_covered(world, &tally.covered))
        return false;
    return broken <= most && (tally.conformal < replicates || mean <= bound + 3.0 * error);
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 400;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 20260;
    bool holds = true;

    printf("replicates %u, seed %llu\n", replicates, (unsigned long long)seed);
    for (size_t i = 0; i < sizeof WORLDS / sizeof WORLDS[0]; i++)
        holds = run(&WORLDS[i], replicates, seed) && holds;
    puts(holds ? "holds" : "DOES NOT HOLD");
    return holds ? 0 : 1;
}
