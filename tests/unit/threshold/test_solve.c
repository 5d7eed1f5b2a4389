/* The search against trying everything, on small data by chance. */
#include "brute.h"

#include "threshold/solve.h"

#define ROUNDS 2000

static const struct pl_crossing BY_G = {.segments = {0}, .count = 1};
static const struct pl_crossing BY_H = {.segments = {1}, .count = 1};
static const struct pl_crossing BY_BOTH = {.segments = {0, 1}, .count = 2};

static const char *const METRICS[] = {
    "selection_rate",
    "true_positive_rate",
    "false_positive_rate",
    "precision",
    "accuracy",
    "expected_cost",
    "f1",
};

static double bound_by_chance(enum pl_comparator comparator, struct pl_rng *rng)
{
    const double u = pl_rng_uniform(rng);

    switch (comparator) {
    case PL_COMPARE_MAX_RATIO:
    case PL_COMPARE_MAX_RATIO_TO_OVERALL:
        return 1.0 + u;
    case PL_COMPARE_MAX_DIFFERENCE:
    case PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL:
        return u * 0.3;
    case PL_COMPARE_MIN:
    case PL_COMPARE_MAX:
    case PL_COMPARE_MIN_RATIO:
    case PL_COMPARE_NON_INFERIOR_TO: /* not drawn: no threshold moves a baseline */
    case PL_COMPARE_SUPERIOR_TO:
    default:
        return u;
    }
}

static struct pl_limit limit_by_chance(struct pl_rng *rng)
{
    static const struct pl_crossing *const BY[] = {&BY_G, &BY_H, &BY_BOTH};
    const enum pl_comparator comparator = (enum pl_comparator)pl_rng_below(rng, 7);
    const bool alone = comparator == PL_COMPARE_MIN || comparator == PL_COMPARE_MAX;
    const uint64_t by = pl_rng_below(rng, 3);
    struct pl_limit limit = {
        .text = PL_STR("by chance"),
        .metric = pl_str_of(METRICS[pl_rng_below(rng, sizeof METRICS / sizeof *METRICS)]),
        .comparator = comparator,
        .threshold = bound_by_chance(comparator, rng),
        .crossings = BY[by],
        .crossings_count = alone && pl_rng_below(rng, 2) == 0 ? 0 : 1,
    };

    if (!alone && comparator <= PL_COMPARE_MAX_DIFFERENCE && by < 2 && pl_rng_below(rng, 2) == 0)
        limit.reference = by == 0 ? PL_STR("a") : PL_STR("u");
    return limit;
}

/* Costs by chance, some of slices, some with a benefit, some in tenths; `slices` has room for two. */
static struct pl_costs costs_by_chance(struct pl_rng *rng, struct pl_cost_slice *slices)
{
    static const struct pl_crossing *const BY[] = {&BY_G, &BY_H, &BY_BOTH};
    const double unit = pl_rng_below(rng, 3) == 0 ? 0.1 : 1.0;
    struct pl_costs costs = {
        .false_positive = unit * (double)(1 + pl_rng_below(rng, 3)),
        .false_negative = unit * (double)(1 + pl_rng_below(rng, 5)),
        .slices = slices,
        .slices_count = pl_rng_below(rng, 3),
    };

    if (pl_rng_below(rng, 3) == 0)
        costs.true_positive = -unit * (double)pl_rng_below(rng, 3);
    for (size_t i = 0; i < costs.slices_count; i++) {
        slices[i] = (struct pl_cost_slice){
            .crossing = *BY[pl_rng_below(rng, 3)],
            .groups = {PL_STR("a"), PL_STR("u")},
        };
        if (slices[i].crossing.segments[0] == 1)
            slices[i].groups[0] = PL_STR("u");
        for (int cell = 0; cell < 4; cell++) {
            slices[i].given[cell / 2][cell % 2] = pl_rng_below(rng, 2) == 0;
            slices[i].costs[cell / 2][cell % 2] = unit * (double)pl_rng_below(rng, 8);
        }
    }
    return costs;
}

struct tally {
    size_t kept;
    size_t near;
    size_t none;
    size_t banded;
};

static void compare_once(uint64_t seed, struct tally *tally)
{
    static struct small_cells small;
    static const bool KEPT[3] = {true, true, true};
    struct pl_limit limits[3];
    struct pl_cost_slice slices[2];
    struct pl_rng rng;
    struct pl_arena arena;
    struct pl_quest quest;
    struct pl_solution solution;
    struct pl_error error;
    struct pl_rank rank;
    double excess = 0.0;

    pl_rng_init(&rng, seed, 0);
    pl_arena_init(&arena, (size_t)1 << 28);

    const struct small_size size = {
        .groups = {1 + (uint32_t)pl_rng_below(&rng, 3), 1 + (uint32_t)pl_rng_below(&rng, 2)},
        .scores = 1 + (uint32_t)pl_rng_below(&rng, 6),
        .count_max = 1 + pl_rng_below(&rng, 12),
        .weighted = pl_rng_below(&rng, 3) == 0,
    };
    const struct pl_crossing *const by[] = {NULL, &BY_G, &BY_H};
    struct brute brute = {
        .cells = &small.cells,
        .limits = limits,
        .limits_count = pl_rng_below(&rng, 4),
        .crossing = by[pl_rng_below(&rng, 3)],
        .costs = costs_by_chance(&rng, slices),
        .smallest_slice = pl_rng_below(&rng, 20),
    };

    small_random(&small, &size, &rng);
    for (size_t i = 0; i < 3; i++)
        limits[i] = limit_by_chance(&rng);

    const struct pl_quest_request request = {
        .cells = &small.cells,
        .limits = limits,
        .kept = KEPT,
        .limits_count = brute.limits_count,
        .crossing = brute.crossing,
        .costs = &brute.costs,
        .aside = {.smallest_slice = brute.smallest_slice},
    };

    assert_int_equal(pl_quest_make(&request, &arena, &quest, &error), PL_OK);
    assert_int_equal(pl_quest_solve(&quest, NULL, &arena, &solution, &error), PL_OK);
    brute_from(&brute, 0, size.scores);
    tally->kept += brute.any && brute.best_excess <= 0.0;
    tally->near += brute.any && brute.best_excess > 0.0;
    tally->none += !brute.any;
    tally->banded += quest.bands_count > 0;
    if (solution.found != brute.any)
        fail_msg("seed %llu: found %d, and by trying %d", (unsigned long long)seed, solution.found,
                 brute.any);
    if (brute.any) {
        if (fabs(fmax(solution.excess, 0.0) - brute.best_excess) > 1e-9)
            fail_msg("seed %llu: excess %.17g, and by trying %.17g", (unsigned long long)seed,
                     solution.excess, brute.best_excess);
        if (fabs(10.0 * solution.rank.cost / quest.cost_scale - brute.best.cost) > 1e-9 ||
            solution.rank.flips != brute.best.flips ||
            solution.rank.positives != brute.best.positives)
            fail_msg("seed %llu: cost %.17g flips %llu yes %llu, and by trying %.17g, %llu, %llu",
                     (unsigned long long)seed, solution.rank.cost,
                     (unsigned long long)solution.rank.flips,
                     (unsigned long long)solution.rank.positives, brute.best.cost,
                     (unsigned long long)brute.best.flips,
                     (unsigned long long)brute.best.positives);
        assert_true(solution.proven);
        /* What is said of the choice is true of the thresholds it names. */
        for (size_t g = 0; g < quest.groups_count; g++)
            assert_int_equal(
                pl_quest_locate(&quest, g, quest.groups[g].thresholds[solution.chosen[g]]),
                solution.chosen[g]);
        pl_quest_evaluate(&quest, solution.chosen, &rank, &excess);
        assert_int_equal(pl_rank_compare(&rank, &solution.rank), 0);
    }
    pl_arena_deinit(&arena);
}

static void it_finds_what_trying_everything_finds(void **state)
{
    struct tally tally = {0};

    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        compare_once(seed, &tally);
    print_message("%zu kept, %zu nearest, %zu without a value, %zu with bands\n", tally.kept,
                  tally.near, tally.none, tally.banded);
    /* The comparison is of all kinds of searches. */
    assert_true(tally.kept > ROUNDS / 10);
    assert_true(tally.near > ROUNDS / 20);
    assert_true(tally.none > 0);
    assert_true(tally.banded > ROUNDS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_trying_everything_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
