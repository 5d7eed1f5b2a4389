/*
 * The two error rates for limits on a rate. Every threshold lies exactly at the most extreme true
 * value, so that the limit is kept, but only just: calling it clear is then as wrong as it is for a
 * limit violated by a hair, and calling it a breach is wrong too. One world gives both rates.
 */
#include "rates.h"

#include <math.h>

static const char *const METRIC = "false_positive_rate";

const struct sim_asked SIM_ASKED[SIM_ASKED_COUNT] = {
    {"min", PL_COMPARE_MIN, false},
    {"max", PL_COMPARE_MAX, false},
    {"min_r", PL_COMPARE_MIN_RATIO, false},
    {"max_r", PL_COMPARE_MAX_RATIO, false},
    {"max_d", PL_COMPARE_MAX_DIFFERENCE, false},
    {"r_over", PL_COMPARE_MAX_RATIO_TO_OVERALL, false},
    {"d_over", PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL, false},
    {"min_r@", PL_COMPARE_MIN_RATIO, true},
    {"max_r@", PL_COMPARE_MAX_RATIO, true},
    {"max_d@", PL_COMPARE_MAX_DIFFERENCE, true},
};

static const size_t COUNTS[] = {3, 7, 12};
static const double LEVELS[] = {0.02, 0.1, 0.3, 0.5};

#define COUNTS_COUNT (sizeof COUNTS / sizeof *COUNTS)
#define LEVELS_COUNT (sizeof LEVELS / sizeof *LEVELS)

static const uint64_t MIXED[][SIM_GROUPS_MAX] = {
    {500, 5000, 40},
    {1500, 5000, 40, 400, 100, 2500, 60},
    {800, 40, 5000, 400, 1500, 100, 3000, 60, 2000, 200, 4000, 50},
};

/* How the true rates lie. The low level is 0.7 of the high one. */
static const struct shape {
    const char *name;
    bool mixed;   /* sizes 40 to 5,000; else the first group 500 and the others 5,000 */
    double first; /* the first group's rate, and in turn those of the others, by the level */
    double others[2];
    double negatives; /* 1: every denominator is fixed; else they are random, as in a free sample */
    bool brief;       /* with seven groups only */
    bool comfortable; /* all rates are in fact the high level: limits are kept with room to spare */
} SHAPES[] = {
    {"all equal", true, 1.0, {1.0, 1.0}, 1.0, false, false},
    {"two levels", true, 1.0, {0.7, 1.0}, 1.0, false, false},
    {"one is low", false, 0.7, {1.0, 1.0}, 1.0, false, false},
    {"one is high", false, 1.0, {0.7, 0.7}, 1.0, false, false},
    {"random denominators", true, 1.0, {0.7, 1.0}, 0.6, true, false},
    {"comfortable", true, 1.0, {0.7, 1.0}, 1.0, true, true},
};

#define SHAPES_COUNT (sizeof SHAPES / sizeof *SHAPES)

static struct sim_rates make_world(const struct shape *shape, size_t count_index, double level)
{
    struct sim_rates world = {.count = COUNTS[count_index]};

    for (size_t g = 0; g < world.count; g++) {
        world.n[g] = shape->mixed ? MIXED[count_index][g] : (g == 0 ? 500 : 5000);
        world.negatives[g] = shape->negatives;
        world.rate[g] = level * (g == 0 ? shape->first : shape->others[(g - 1) % 2]);
    }
    return world;
}

double sim_overall_rate(const struct sim_rates *world)
{
    double wrong = 0.0;
    double negatives = 0.0;

    for (size_t g = 0; g < world->count; g++) {
        wrong += (double)world->n[g] * world->negatives[g] * world->rate[g];
        negatives += (double)world->n[g] * world->negatives[g];
    }
    return wrong / negatives;
}

/* What the comparator looks at, of two true rates; of a pair the direction that is worse. */
static double compared(const struct sim_asked *asked, double a, double b)
{
    switch (asked->comparator) {
    case PL_COMPARE_MIN_RATIO:
        return asked->with_reference ? a / b : fmin(a, b) / fmax(a, b);
    case PL_COMPARE_MAX_RATIO:
        return asked->with_reference ? a / b : fmax(a, b) / fmin(a, b);
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        return a / b;
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
        return fabs(a - b);
    case PL_COMPARE_MIN:
    case PL_COMPARE_MAX:
    case PL_COMPARE_NON_INFERIOR_TO: /* have a simulation of their own */
    case PL_COMPARE_SUPERIOR_TO:
    default:
        return a;
    }
}

bool sim_is_upper(enum pl_comparator comparator)
{
    return comparator != PL_COMPARE_MIN && comparator != PL_COMPARE_MIN_RATIO;
}

static double worse(const struct sim_asked *asked, double first, double second)
{
    return sim_is_upper(asked->comparator) ? fmax(first, second) : fmin(first, second);
}

/* The first group is the reference where there is one. */
double sim_threshold(const struct sim_rates *world, const struct sim_asked *asked)
{
    const bool pairs = asked->comparator == PL_COMPARE_MIN_RATIO ||
                       asked->comparator == PL_COMPARE_MAX_RATIO ||
                       asked->comparator == PL_COMPARE_MAX_DIFFERENCE;
    const double overall = sim_overall_rate(world);
    double threshold = sim_is_upper(asked->comparator) ? -HUGE_VAL : HUGE_VAL;

    for (size_t g = 0; g < world->count; g++) {
        if (!pairs)
            threshold = worse(asked, threshold, compared(asked, world->rate[g], overall));
        for (size_t h = 0; pairs && h < g; h++)
            if (!asked->with_reference || h == 0)
                threshold =
                    worse(asked, threshold, compared(asked, world->rate[g], world->rate[h]));
    }
    return threshold;
}

struct pl_limit sim_asked_limit(const struct sim_asked *asked, double threshold)
{
    return sim_limit(METRIC, asked->comparator, threshold, asked->with_reference ? "a" : NULL);
}

static double true_rate(const struct sim_rates *world, const struct pl_slice *slice)
{
    return slice->crossing == NULL ? sim_overall_rate(world) : world->rate[slice->groups[0]];
}

/* The limit holds in this case by a hair at most: its true value is the threshold. */
static bool at_threshold(const struct sim_rates *world, const struct sim_asked *asked,
                         const struct pl_case *one, double threshold)
{
    const double a = true_rate(world, one->slice);
    const double b = one->against == NULL ? 0.0 : true_rate(world, one->against);

    return fabs(compared(asked, a, b) - threshold) <= 1e-12;
}

/* How often something was said of a limit, and of each of its cases. */
struct tally {
    uint32_t clear;
    uint32_t breach;
    uint32_t cases[SIM_GROUPS_MAX + 1][SIM_GROUPS_MAX + 1]; /* clear, though at the threshold */
    size_t contradictions;
};

static size_t place_of(const struct pl_slice *slice)
{
    return slice == NULL || slice->crossing == NULL ? SIM_GROUPS_MAX : slice->groups[0];
}

static void count_finding(const struct sim_rates *world, const struct sim_asked *asked,
                          const struct pl_finding *finding, struct tally *tally)
{
    tally->clear += finding->state == PL_STATE_CLEAR;
    tally->breach += finding->state == PL_STATE_BREACH;
    for (size_t i = 0; i < finding->cases_count; i++) {
        const struct pl_case *one = &finding->cases[i];
        const size_t a = place_of(one->slice);
        const size_t b = place_of(one->against);

        if (one->state == PL_STATE_CLEAR &&
            at_threshold(world, asked, one, finding->limit->threshold))
            tally->cases[a < b ? a : b][a < b ? b : a]++;
    }
}

static uint32_t most_often_clear(const struct tally *tally)
{
    uint32_t most = 0;

    for (size_t a = 0; a <= SIM_GROUPS_MAX; a++)
        for (size_t b = 0; b <= SIM_GROUPS_MAX; b++)
            most = tally->cases[a][b] > most ? tally->cases[a][b] : most;
    return most;
}

struct pl_measured *sim_measure_rates(const struct sim_rates *world, struct pl_rng *rng,
                                      struct pl_arena *arena)
{
    return sim_measure(sim_cells_of_rates(world, rng, arena), &METRIC, 1, arena);
}

static void run_audits(const struct sim_rates *world, const struct sim_rates *limits_from,
                       uint32_t audits, struct pl_rng *rng, struct tally *tallies)
{
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 28);
    for (uint32_t i = 0; i < audits; i++) {
        const struct pl_measured *measured = sim_measure_rates(world, rng, &arena);

        for (size_t k = 0; k < SIM_ASKED_COUNT; k++) {
            const double threshold = sim_threshold(limits_from, &SIM_ASKED[k]);
            const struct pl_limit limit = sim_asked_limit(&SIM_ASKED[k], threshold);
            const struct pl_judgement *judgement = sim_judge(measured, &limit, 1, &arena);

            count_finding(world, &SIM_ASKED[k], &judgement->findings[0], &tallies[k]);
            tallies[k].contradictions += sim_contradictions(judgement);
        }
        pl_arena_deinit(&arena);
    }
}

static void print_row(struct sim_run *run, const char *what,
                      uint32_t (*figure)(const struct tally *), const struct tally *tallies)
{
    printf("    %-24s", what);
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++) {
        const double rate = (double)figure(&tallies[k]) / run->audits;

        sim_expect_at_most(run, rate, SIM_ALPHA, run->audits);
        sim_print_rate(run, rate, SIM_ALPHA, run->audits);
    }
    printf("\n");
}

static uint32_t clear_of(const struct tally *tally)
{
    return tally->clear;
}

static uint32_t breach_of(const struct tally *tally)
{
    return tally->breach;
}

static void run_world(struct sim_run *run, const struct shape *shape, size_t count_index,
                      size_t level_index)
{
    const struct sim_rates limits_from = make_world(shape, count_index, LEVELS[level_index]);
    struct sim_rates world = limits_from;
    struct tally tallies[SIM_ASKED_COUNT] = {0};
    size_t contradictions = 0;
    struct pl_rng rng;

    for (size_t g = 0; shape->comfortable && g < world.count; g++)
        world.rate[g] = LEVELS[level_index];
    pl_rng_init(&rng, run->seed,
                1000 * (uint64_t)(shape - SHAPES) + 10 * count_index + level_index);
    run_audits(&world, &limits_from, run->audits, &rng, tallies);
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        contradictions += tallies[k].contradictions;
    printf("  %s, %zu groups, rate %.2f%s\n", shape->name, world.count, LEVELS[level_index],
           contradictions > 0 ? "  STATES AND BOUNDS CONTRADICT EACH OTHER" : "");
    run->figures++;
    run->beyond += contradictions > 0;
    if (!shape->comfortable) {
        print_row(run, "wrongly clear, limit", clear_of, tallies);
        print_row(run, "wrongly clear, one case", most_often_clear, tallies);
    }
    print_row(run, "wrongly breach", breach_of, tallies);
    fflush(stdout);
}

/* The suite's run takes three groups, or seven for the brief shapes, and rates of 0.1 and 0.5. */
static bool is_wanted(const struct sim_run *run, const struct shape *shape, size_t count_index,
                      size_t level_index)
{
    if (shape->brief && count_index != 1)
        return false;
    if (!sim_is_short(run))
        return true;
    return shape->brief ? level_index == 1 : count_index == 0 && level_index % 2 == 1;
}

void sim_rates_run(struct sim_run *run)
{
    printf("\nLimits on a rate: per cent of %u audits; @ with a reference group\n    %-24s",
           run->audits, "");
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        printf(" %6s ", SIM_ASKED[k].name);
    printf("\n");
    for (size_t s = 0; s < SHAPES_COUNT; s++)
        for (size_t c = 0; c < COUNTS_COUNT; c++)
            for (size_t l = 0; l < LEVELS_COUNT; l++)
                if (is_wanted(run, &SHAPES[s], c, l))
                    run_world(run, &SHAPES[s], c, l);
}
