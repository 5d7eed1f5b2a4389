/* Cells at other thresholds, and cut in two. */
#include "small_cells.h"

static const struct small_size SIZE = {
    .groups = {3, 2}, .scores = 6, .count_max = 40, .weighted = true};

static void sum_confusions(const struct pl_cells *cells, struct pl_confusion *sum)
{
    memset(sum, 0, sizeof *sum);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (int label = 0; label < 3; label++)
            for (int prediction = 0; prediction < 3; prediction++) {
                sum->n[label][prediction] += cells->confusions[leaf].n[label][prediction];
                sum->weight[label][prediction] += cells->confusions[leaf].weight[label][prediction];
            }
}

static void moving_keeps_every_decision_and_its_label(void **state)
{
    static struct small_cells small;
    struct pl_arena arena;
    struct pl_error error;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 11, 0);
    pl_arena_init(&arena, (size_t)1 << 24);
    small_random(&small, &SIZE, &rng);
    for (double threshold = -1.0; threshold < 8.0; threshold += 0.5) {
        double thresholds[LEAVES_MAX];
        struct pl_cells moved;
        struct pl_confusion before;
        struct pl_confusion after;

        for (size_t i = 0; i < LEAVES_MAX; i++)
            thresholds[i] = threshold;
        assert_int_equal(pl_cells_move(&small.cells, thresholds, &arena, &moved, &error), PL_OK);
        sum_confusions(&small.cells, &before);
        sum_confusions(&moved, &after);
        for (int label = 0; label < 3; label++) {
            assert_int_equal(before.n[label][0] + before.n[label][1],
                             after.n[label][0] + after.n[label][1]);
            assert_int_equal(before.n[label][2], after.n[label][2]);
        }
        if (threshold > 7.0)
            assert_int_equal(after.n[0][1] + after.n[1][1] + after.n[2][1], 0);
        if (threshold <= 0.0)
            assert_int_equal(after.n[0][0] + after.n[1][0] + after.n[2][0], 0);
    }
    pl_arena_deinit(&arena);
}

static void moving_nowhere_changes_nothing(void **state)
{
    static struct small_cells small;
    double thresholds[LEAVES_MAX];
    struct pl_cells moved;
    struct pl_arena arena;
    struct pl_error error;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 12, 0);
    pl_arena_init(&arena, (size_t)1 << 24);
    small_random(&small, &SIZE, &rng);
    for (size_t i = 0; i < LEAVES_MAX; i++)
        thresholds[i] = small.cells.threshold;
    assert_int_equal(pl_cells_move(&small.cells, thresholds, &arena, &moved, &error), PL_OK);
    assert_memory_equal(moved.confusions, small.cells.confusions,
                        small.cells.leaves_count * sizeof *moved.confusions);
    pl_arena_deinit(&arena);
}

/* The count of a run in a part; 0 when it is not there. */
static uint64_t count_in(const struct pl_cells *part, double value, uint32_t key, double weight)
{
    const struct pl_runs *runs = part->columns;
    uint64_t count = 0;

    for (size_t i = 0; i < runs->count; i++)
        if (runs->values[i] == value && runs->keys[i] == key && runs->weights[i] == weight)
            count += runs->counts[i];
    return count;
}

static void parts_are_the_whole(void **state)
{
    static struct small_cells small;
    struct pl_cells parts[2];
    struct pl_arena arena;
    struct pl_error error;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 13, 0);
    pl_arena_init(&arena, (size_t)1 << 24);
    small_random(&small, &SIZE, &rng);
    assert_int_equal(
        pl_cells_split(&small.cells, &(struct pl_split){0.3, 7}, &arena, parts, &error), PL_OK);
    for (size_t i = 0; i < small.runs.count; i++) {
        const double weight = small.weights[i];
        const uint64_t first = count_in(&parts[0], small.values[i], small.keys[i], weight);
        const uint64_t second = count_in(&parts[1], small.values[i], small.keys[i], weight);

        assert_int_equal(first + second, small.counts[i]);
    }
    assert_int_equal(parts[0].decisions + parts[1].decisions, small.cells.decisions);
    assert_int_equal(parts[0].unlabelled + parts[1].unlabelled, small.cells.unlabelled);
    assert_int_equal(parts[0].unpredicted + parts[1].unpredicted, small.cells.unpredicted);
    for (size_t leaf = 0; leaf < small.cells.leaves_count; leaf++)
        for (int label = 0; label < 3; label++)
            for (int prediction = 0; prediction < 3; prediction++)
                assert_int_equal(parts[0].confusions[leaf].n[label][prediction] +
                                     parts[1].confusions[leaf].n[label][prediction],
                                 small.cells.confusions[leaf].n[label][prediction]);
    pl_arena_deinit(&arena);
}

static void parts_are_the_same_for_the_same_seed_and_others_for_another(void **state)
{
    static struct small_cells small;
    struct pl_cells once[2];
    struct pl_cells again[2];
    struct pl_cells other[2];
    struct pl_arena arena;
    struct pl_error error;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 14, 0);
    pl_arena_init(&arena, (size_t)1 << 24);
    small_random(&small, &SIZE, &rng);
    assert_int_equal(pl_cells_split(&small.cells, &(struct pl_split){0.3, 3}, &arena, once, &error),
                     PL_OK);
    assert_int_equal(
        pl_cells_split(&small.cells, &(struct pl_split){0.3, 3}, &arena, again, &error), PL_OK);
    assert_int_equal(
        pl_cells_split(&small.cells, &(struct pl_split){0.3, 4}, &arena, other, &error), PL_OK);
    assert_int_equal(once[0].columns->count, again[0].columns->count);
    assert_memory_equal(once[0].columns->counts, again[0].columns->counts,
                        once[0].columns->count * sizeof(uint64_t));
    assert_true(once[0].decisions != other[0].decisions ||
                memcmp(once[0].columns->counts, other[0].columns->counts, 8 * sizeof(uint64_t)) !=
                    0);
    pl_arena_deinit(&arena);
}

static void a_part_has_its_share(void **state)
{
    static struct small_cells small;
    const struct small_size size = {.groups = {1, 1}, .scores = 1};
    uint64_t second = 0;
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 26);
    memset(&small, 0, sizeof small);
    small_name(&small, &size);
    small_add(&small, 0.0, PL_POSITIVE, 10000, 1.0);
    small_finish(&small, &size, 0.5);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        struct pl_cells parts[2];

        assert_int_equal(
            pl_cells_split(&small.cells, &(struct pl_split){0.3, seed}, &arena, parts, &error),
            PL_OK);
        second += parts[1].decisions;
    }
    /* A million tosses: five standard deviations are 2,291. */
    assert_in_range(second, 297709, 302291);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_keeps_every_decision_and_its_label),
        cmocka_unit_test(moving_nowhere_changes_nothing),
        cmocka_unit_test(parts_are_the_whole),
        cmocka_unit_test(parts_are_the_same_for_the_same_seed_and_others_for_another),
        cmocka_unit_test(a_part_has_its_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
