/*
 * What the gate is worth beside its error rates: a whole line judged together, how often a limit that
 * is kept or violated with some margin is decided, and whether as many more decisions as a finding
 * asks for settle it about as often as not.
 */
#include "rates.h"

#include <math.h>

static struct sim_rates make_world(size_t count, uint64_t n, double high, double low)
{
    struct sim_rates world = {.count = count};

    for (size_t g = 0; g < count; g++) {
        world.n[g] = n;
        world.negatives[g] = 1.0;
        world.rate[g] = g % 2 == 0 ? high : low;
    }
    return world;
}

/* ---- a whole line ---- */

static void run_line(struct sim_run *run, const struct sim_rates *world, uint64_t stream)
{
    const uint32_t audits = run->audits;
    struct pl_limit limits[SIM_ASKED_COUNT];
    size_t family = 0;
    uint32_t breached = 0;
    struct pl_arena arena;
    struct pl_rng rng;

    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        limits[k] = sim_asked_limit(&SIM_ASKED[k], sim_threshold(world, &SIM_ASKED[k]));
    pl_rng_init(&rng, run->seed, 400000 + stream);
    pl_arena_init(&arena, (size_t)1 << 28);
    for (uint32_t i = 0; i < audits; i++) {
        const struct pl_measured *measured = sim_measure_rates(world, &rng, &arena);
        const struct pl_judgement *judgement = sim_judge(measured, limits, SIM_ASKED_COUNT, &arena);
        bool any = false;

        for (size_t f = 0; f < judgement->findings_count; f++)
            any = any || judgement->findings[f].state == PL_STATE_BREACH;
        breached += any;
        family = judgement->family_size;
        pl_arena_deinit(&arena);
    }

    const double rate = (double)breached / audits;

    printf("    %2zu groups, rates %.2f and %.2f, family of %4zu", world->count, world->rate[0],
           world->rate[1], family);
    sim_expect_at_most(run, rate, SIM_ALPHA, audits);
    sim_print_rate(run, rate, SIM_ALPHA, audits);
    printf("\n");
    fflush(stdout);
}

void sim_line_run(struct sim_run *run)
{
    static const double LEVELS[] = {0.1, 0.5};
    static const size_t COUNTS[] = {3, 7};
    uint64_t stream = 0;

    const size_t counts = sim_is_short(run) ? 1 : 2;

    printf("\nAll ten limits in one line, each kept by a hair, 1,000 decisions in each group: per "
           "cent of %u\naudits with any breach\n",
           run->audits);
    for (size_t c = 0; c < counts; c++)
        for (size_t l = 0; l < 2; l++)
            for (int equal = 0; equal < 2; equal++) {
                const struct sim_rates world = make_world(COUNTS[c], 1000, LEVELS[l],
                                                          equal == 1 ? LEVELS[l] : 0.7 * LEVELS[l]);

                run_line(run, &world, stream++);
            }
}

/* ---- power ---- */

/* The threshold moved away from the true value, so that the limit is kept or violated by a margin. */
static double with_margin(const struct sim_asked *asked, double truth, bool kept)
{
    const bool difference = asked->comparator == PL_COMPARE_MAX_DIFFERENCE ||
                            asked->comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL;
    const double factor = difference ? 1.5 : 1.25;

    return sim_is_upper(asked->comparator) == kept ? truth * factor : truth / factor;
}

static void run_power(struct sim_run *run, const struct sim_rates *world, bool kept,
                      uint64_t stream)
{
    const uint32_t audits = run->audits / 4 + 1;
    uint32_t decided[SIM_ASKED_COUNT] = {0};
    struct pl_arena arena;
    struct pl_rng rng;

    pl_rng_init(&rng, run->seed, 500000 + stream);
    pl_arena_init(&arena, (size_t)1 << 28);
    for (uint32_t i = 0; i < audits; i++) {
        const struct pl_measured *measured = sim_measure_rates(world, &rng, &arena);

        for (size_t k = 0; k < SIM_ASKED_COUNT; k++) {
            const double truth = sim_threshold(world, &SIM_ASKED[k]);
            const struct pl_limit limit =
                sim_asked_limit(&SIM_ASKED[k], with_margin(&SIM_ASKED[k], truth, kept));
            const struct pl_judgement *judgement = sim_judge(measured, &limit, 1, &arena);

            decided[k] += judgement->findings[0].state == (kept ? PL_STATE_CLEAR : PL_STATE_BREACH);
        }
        pl_arena_deinit(&arena);
    }
    printf("    n %4llu, rates %.2f, %.2f, %-8s", (unsigned long long)world->n[0], world->rate[0],
           world->rate[1], kept ? "kept" : "violated");
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        printf(" %6.1f ", 100.0 * decided[k] / audits);
    printf("\n");
    fflush(stdout);
}

void sim_power_run(struct sim_run *run)
{
    static const uint64_t SIZES[] = {500, 5000};
    static const double LEVELS[] = {0.1, 0.5};
    uint64_t stream = 0;

    printf(
        "\nHow often a limit kept (violated) by a margin is called clear (a breach), three groups "
        "of n: per cent\nof %u audits; the margin is a factor of 1.25, of differences 1.5\n    "
        "%-34s",
        run->audits / 4 + 1, "");
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        printf(" %6s ", SIM_ASKED[k].name);
    printf("\n");
    for (size_t s = 0; s < 2; s++)
        for (size_t l = 0; l < 2; l++)
            for (int kept = 1; kept >= 0; kept--) {
                const struct sim_rates world = make_world(3, SIZES[s], LEVELS[l], 0.7 * LEVELS[l]);

                run_power(run, &world, kept == 1, stream++);
            }
}

/* ---- how many more decisions are needed ---- */

/*
 * The world that a finding imagines: the estimates are the truth, and the case's own slice has
 * `needed` decisions more. Compared with the overall figure, or with `all`, every group has grown alike.
 */
static struct sim_rates grown(const struct pl_measured *measured, const struct pl_case *one,
                              bool all)
{
    const struct pl_grouping *grouping = &measured->groupings[0];
    const bool to_overall = one->against != NULL && one->against->crossing == NULL;
    const double factor = 1.0 + (double)one->needed / (double)one->slice->n;
    struct sim_rates world = {.count = grouping->slices_count};

    for (size_t g = 0; g < world.count; g++) {
        const struct pl_slice *slice = &grouping->slices[g];
        const bool grows = all || to_overall || slice->groups[0] == one->slice->groups[0];

        world.n[g] = (uint64_t)ceil((double)slice->n * (grows ? factor : 1.0));
        world.negatives[g] = 1.0;
        world.rate[g] = slice->stats[0].value;
    }
    return world;
}

static const struct pl_case *find_case(const struct pl_judgement *judgement,
                                       const struct pl_case *like)
{
    const struct pl_finding *finding = &judgement->findings[0];

    for (size_t i = 0; i < finding->cases_count; i++) {
        const struct pl_case *one = &finding->cases[i];
        const bool same =
            one->slice->crossing != NULL && one->slice->groups[0] == like->slice->groups[0];
        const bool swapped = one->against != NULL && one->against->crossing != NULL &&
                             one->against->groups[0] == like->slice->groups[0];

        if (same || swapped)
            return one;
    }
    return NULL;
}

/* The one case of a limit between two groups, or of the first group. */
static const struct pl_case *first_case(const struct pl_judgement *judgement)
{
    const struct pl_finding *finding = &judgement->findings[0];

    for (size_t i = 0; i < finding->cases_count; i++)
        if (finding->cases[i].slice->crossing != NULL)
            return &finding->cases[i];
    return NULL;
}

struct settled {
    uint32_t asked;
    uint32_t settled;      /* by the slice that the finding names */
    uint32_t settled_both; /* when the other one grows in proportion */
};

static bool is_settled(const struct sim_rates *world, const struct pl_limit *limit,
                       const struct pl_case *like, struct pl_rng *rng, struct pl_arena *arena)
{
    const struct pl_measured *measured = sim_measure_rates(world, rng, arena);
    const struct pl_case *one = find_case(sim_judge(measured, limit, 1, arena), like);

    return one != NULL && one->state != PL_STATE_UNPROVEN;
}

static void ask(const struct sim_rates *world, const struct pl_limit *limit, struct pl_rng *rng,
                struct settled *settled)
{
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 28);

    const struct pl_measured *measured = sim_measure_rates(world, rng, &arena);
    const struct pl_case *one = first_case(sim_judge(measured, limit, 1, &arena));

    /* A thousandfold is more than anyone waits for. */
    if (one != NULL && one->state == PL_STATE_UNPROVEN && one->needed > 0 &&
        one->needed < 200 * one->slice->n) {
        const struct sim_rates later = grown(measured, one, false);
        const struct sim_rates later_both = grown(measured, one, true);

        settled->asked++;
        settled->settled += is_settled(&later, limit, one, rng, &arena);
        settled->settled_both += is_settled(&later_both, limit, one, rng, &arena);
    }
    pl_arena_deinit(&arena);
}

/*
 * Two groups of which the case's own is the small one, or the large one. Told of a pair without a
 * reference is the group that is higher, for min_ratio the lower one; else the one that is not the
 * reference, which is the first.
 */
static struct sim_rates needed_world(const struct sim_asked *asked, bool own_is_small)
{
    const bool lower = !sim_is_upper(asked->comparator);
    const size_t own = asked->with_reference ? 1 : 0;
    struct sim_rates world = {.count = 2, .negatives = {1.0, 1.0}};

    world.n[own] = own_is_small ? 300 : 20000;
    world.n[1 - own] = own_is_small ? 20000 : 300;
    world.rate[own] = lower ? 0.24 : 0.3;
    world.rate[1 - own] = lower ? 0.3 : 0.24;
    return world;
}

static void run_needed(struct sim_run *run, size_t k, bool own_is_small)
{
    const struct sim_rates world = needed_world(&SIM_ASKED[k], own_is_small);
    const double truth = sim_threshold(&world, &SIM_ASKED[k]);

    printf("    %-8s %-10s", SIM_ASKED[k].name, own_is_small ? "300" : "20,000");
    for (int kept = 1; kept >= 0; kept--) {
        const struct pl_limit limit =
            sim_asked_limit(&SIM_ASKED[k], with_margin(&SIM_ASKED[k], truth, kept == 1));
        struct settled settled = {0};
        struct pl_rng rng;

        pl_rng_init(&rng, run->seed, 600000 + 4 * k + 2 * (uint64_t)own_is_small + (uint64_t)kept);
        for (uint32_t i = 0; i < run->audits; i++)
            ask(&world, &limit, &rng, &settled);
        printf(" | %-8s %5u", kept == 1 ? "kept" : "violated", settled.asked);
        if (settled.asked > 0)
            printf(" %6.1f %6.1f", 100.0 * settled.settled / settled.asked,
                   100.0 * settled.settled_both / settled.asked);
        else
            printf("      -      -");
    }
    printf("\n");
    fflush(stdout);
}

void sim_needed_run(struct sim_run *run)
{
    printf(
        "\nWith as many more decisions as a finding asks for, drawn at its estimates: how many of "
        "%u "
        "audits\nask, and in how many per cent of them it is then settled. Two groups, of 300 and "
        "20,000; the second\ncolumn is the slice that the finding names. First as it is said, then "
        "with both "
        "groups grown\n",
        run->audits);
    for (size_t k = 0; k < SIM_ASKED_COUNT; k++)
        for (int small = 1; small >= 0; small--)
            if (small == 1 || k >= 2)
                run_needed(run, k, small == 1);
}
