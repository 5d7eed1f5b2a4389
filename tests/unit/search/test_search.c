/*
 * The search: against brute force on 200 random data sets, by its laws, and by what it promises when
 * there is nothing to find.
 */
#include "brute.h"

#define SETS_COUNT 200
#define NULL_RUNS  400

static struct pl_search_options options_of(const struct pl_metric *metric)
{
    return (struct pl_search_options){
        .metric = metric,
        .depth = 3,
        .top = 10,
        .confidence = 0.95,
        .smallest_slice = 20,
        .threads = 1,
    };
}

static struct pl_search *search(const struct pl_cells *cells,
                                const struct pl_search_options *options, struct pl_arena *arena)
{
    struct pl_search *result = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_search_run(cells, options, arena, &result, &error), PL_OK);
    return result;
}

static void assert_same_slice(const struct pl_slice *slice, const struct brute_slice *expected)
{
    assert_int_equal(slice->crossing->count, expected->count);
    for (uint32_t i = 0; i < expected->count; i++) {
        assert_int_equal(slice->crossing->segments[i], expected->segments[i]);
        assert_int_equal(slice->groups[i], expected->groups[i]);
    }
    assert_int_equal(slice->n, expected->n);
}

/* The largest folded slices of each one found, and why; all are counted. */
static void assert_same_folded(const struct brute *brute, int index,
                               const struct pl_search_found *found)
{
    uint64_t total = 0;

    for (size_t i = 0; i < brute->count; i++) {
        const struct brute_slice *slice = &brute->slices[i];
        bool listed = false;

        if (slice->found || slice->folded_into != index)
            continue;
        total++;
        for (size_t j = 0; j < found->folded_count; j++) {
            const struct pl_slice *one = &found->folded[j].slice;
            const bool same =
                one->crossing->count == slice->count &&
                memcmp(one->crossing->segments, slice->segments,
                       slice->count * sizeof *slice->segments) == 0 &&
                memcmp(one->groups, slice->groups, slice->count * sizeof *slice->groups) == 0;

            assert_true(!same || found->folded[j].why == slice->why);
            listed |= same;
        }
        assert_true(listed || slice->n <= found->folded[PL_SEARCH_FOLDED_MAX - 1].slice.n);
    }
    assert_int_equal(found->folded_total, total);
    assert_int_equal(found->folded_count,
                     total < PL_SEARCH_FOLDED_MAX ? total : PL_SEARCH_FOLDED_MAX);
}

static void assert_same_result(const struct pl_search *result, const struct brute *brute)
{
    assert_int_equal(result->stop, PL_SEARCH_COMPLETE);
    assert_int_equal(result->family_size, brute->family_size);
    assert_int_equal(result->significant_count, brute->count);
    assert_int_equal(result->found_count, brute->found_count);
    assert_int_equal(result->further_count, brute->further);
    for (size_t i = 0; i < brute->found_count; i++) {
        const struct brute_slice *expected = &brute->slices[brute->found[i]];
        const struct pl_search_found *found = &result->found[i];

        assert_same_slice(&found->slice, expected);
        assert_true(fabs(found->p_value - expected->p_value) <= 1e-9 * expected->p_value);
        assert_true(fabs(found->rank_value - expected->rank_value) <= 1e-9);
        assert_true(fabs(fabs(found->difference_proven) - expected->proven) <= 1e-9);
        assert_same_folded(brute, (int)i, found);
    }
}

static void every_search_equals_brute_force(void **state)
{
    static const char *const METRICS[] = {"error_rate", "accuracy", "false_positive_rate",
                                          "selection_rate"};
    static struct rows rows;
    static struct brute brute;
    size_t found = 0, folded = 0, sets_with_none = 0;

    (void)state;
    for (uint64_t set = 0; set < SETS_COUNT; set++) {
        struct pl_arena arena;

        pl_arena_init(&arena, (size_t)1 << 30);
        fill_rows(&rows, 1000 + set, set % 4 == 0 ? 0.0 : 0.2 + 0.1 * (double)(set % 5));

        const struct pl_metric metric = metric_of(METRICS[set / 4 % 4], &arena);
        const struct pl_cells cells = cells_of(&rows, &arena);
        struct pl_search_options options = options_of(&metric);

        options.depth = 1 + (uint32_t)(set % 4);
        options.top = set % 3 == 0 ? 2 : 10;
        options.confidence = set % 7 == 0 ? 0.5 : 0.95;
        options.threads = 1 + (uint32_t)(set % 3);

        const struct pl_search *result = search(&cells, &options, &arena);

        brute_search(&brute, &rows, &options, result->end);
        assert_same_result(result, &brute);
        found += result->found_count;
        folded += brute.count - brute.found_count;
        sets_with_none += result->found_count == 0;
        pl_arena_deinit(&arena);
    }
    print_message("found %zu, folded %zu, none in %zu\n", found, folded, sets_with_none);
    /* The sets are of all kinds, or the comparison would say little. */
    assert_true(found > 120 && folded > 400 && sets_with_none > 20 && sets_with_none < 150);
}

static void under_the_null_hardly_any_search_reports_anything(void **state)
{
    static struct rows rows;
    size_t reported = 0;

    (void)state;
    for (uint64_t run = 0; run < NULL_RUNS; run++) {
        struct pl_arena arena;

        pl_arena_init(&arena, (size_t)1 << 30);
        fill_rows(&rows, 50000 + run, 0.0);

        const struct pl_metric metric = metric_of("error_rate", &arena);
        const struct pl_cells cells = cells_of(&rows, &arena);
        const struct pl_search_options options = options_of(&metric);

        reported += search(&cells, &options, &arena)->found_count > 0;
        pl_arena_deinit(&arena);
    }
    print_message("reported %zu\n", reported);
    /* With a true chance of 5 %, more than 33 of 400 would come about in less than 1 of 500. */
    assert_true(reported <= 33);
}

static void the_number_of_threads_and_the_order_of_rows_do_not_matter(void **state)
{
    static struct rows rows;
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    fill_rows(&rows, 77, 0.3);

    const struct pl_metric metric = metric_of("error_rate", &arena);
    const struct pl_cells cells = cells_of(&rows, &arena);
    struct pl_search_options options = options_of(&metric);
    const struct pl_search *first = search(&cells, &options, &arena);

    for (size_t i = 0; i < rows.count / 2; i++) {
        const struct row row = rows.items[i];

        rows.items[i] = rows.items[rows.count - 1 - i];
        rows.items[rows.count - 1 - i] = row;
    }
    options.threads = 4;

    const struct pl_cells turned = cells_of(&rows, &arena);
    const struct pl_search *second = search(&turned, &options, &arena);

    assert_true(first->found_count > 0 && first->found_count == second->found_count);
    assert_int_equal(first->family_size, second->family_size);
    for (size_t i = 0; i < first->found_count; i++) {
        const struct pl_search_found *a = &first->found[i];
        const struct pl_search_found *b = &second->found[i];

        assert_memory_equal(a->slice.crossing, b->slice.crossing, sizeof *a->slice.crossing);
        assert_memory_equal(a->slice.groups, b->slice.groups, sizeof a->slice.groups);
        assert_true(a->rank_value == b->rank_value && a->p_value == b->p_value);
        assert_int_equal(a->folded_total, b->folded_total);
    }
    pl_arena_deinit(&arena);
}

static void accuracy_and_error_rate_find_the_same_slices(void **state)
{
    static struct rows rows;
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    fill_rows(&rows, 78, 0.3);

    const struct pl_metric error_rate = metric_of("error_rate", &arena);
    const struct pl_metric accuracy = metric_of("accuracy", &arena);
    const struct pl_cells cells = cells_of(&rows, &arena);
    const struct pl_search_options high = options_of(&error_rate);
    const struct pl_search_options low = options_of(&accuracy);
    const struct pl_search *a = search(&cells, &high, &arena);
    const struct pl_search *b = search(&cells, &low, &arena);

    assert_int_equal(a->end, PL_SEARCH_HIGH);
    assert_int_equal(b->end, PL_SEARCH_LOW);
    assert_true(a->found_count > 0 && a->found_count == b->found_count);
    for (size_t i = 0; i < a->found_count; i++) {
        assert_true(fabs(a->found[i].value.value + b->found[i].value.value - 1.0) < 1e-12);
        assert_true(fabs(a->found[i].difference + b->found[i].difference) < 1e-12);
        assert_true(a->found[i].difference_proven == -b->found[i].difference_proven);
        assert_true(a->found[i].difference_proven > 0.0);
        assert_true(a->found[i].difference_proven < a->found[i].difference);
    }
    pl_arena_deinit(&arena);
}

static void a_pocket_is_found_by_its_shortest_description(void **state)
{
    static struct rows rows;
    struct pl_arena arena;
    size_t folded = 0;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    rows.segments_count = 4;
    rows.count = 0;
    for (uint32_t s = 0; s < 4; s++)
        rows.groups_counts[s] = 3;
    /* In s0=g1 and s2=g2 half are wrong, elsewhere one in ten, the same in all other respects. */
    for (uint32_t leaf = 0; leaf < 81; leaf++)
        for (uint32_t wrong = 0; wrong < 2; wrong++) {
            struct row *row = &rows.items[rows.count++];

            *row = (struct row){.groups = {leaf / 27, leaf / 9 % 3, leaf / 3 % 3, leaf % 3}};
            row->prediction = (uint8_t)wrong;
            row->count = row->groups[0] == 1 && row->groups[2] == 2 ? 30 : wrong == 1 ? 6 : 54;
        }

    const struct pl_metric metric = metric_of("error_rate", &arena);
    const struct pl_cells cells = cells_of(&rows, &arena);
    const struct pl_search_options options = options_of(&metric);
    const struct pl_search *result = search(&cells, &options, &arena);

    assert_int_equal(result->found_count, 1);
    assert_int_equal(result->found[0].slice.crossing->count, 2);
    assert_int_equal(result->found[0].slice.crossing->segments[0], 0);
    assert_int_equal(result->found[0].slice.crossing->segments[1], 2);
    assert_int_equal(result->found[0].slice.groups[0], 1);
    assert_int_equal(result->found[0].slice.groups[1], 2);
    /* s0=g1 and s2=g2 alone are worse too, but only by what they share with the pocket. */
    for (size_t i = 0; i < result->found[0].folded_count; i++)
        folded += result->found[0].folded[i].why == PL_FOLD_EXPLAINED;
    assert_true(folded >= 2);
    assert_int_equal(result->further_count, 0);
    pl_arena_deinit(&arena);
}

static void a_search_that_is_stopped_says_how_good_the_rest_could_be(void **state)
{
    static struct rows rows;
    struct pl_search_control control = {0};
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    fill_rows(&rows, 83, 0.4);

    const struct pl_metric metric = metric_of("error_rate", &arena);
    const struct pl_cells cells = cells_of(&rows, &arena);
    struct pl_search_options options = options_of(&metric);
    const struct pl_search *whole = search(&cells, &options, &arena);

    atomic_store(&control.stop, true);
    options.control = &control;

    const struct pl_search *stopped = search(&cells, &options, &arena);

    assert_int_equal(stopped->stop, PL_SEARCH_INTERRUPTED);
    assert_int_equal(stopped->crossings_done, 0);
    assert_int_equal(stopped->found_count, 0);
    assert_true(whole->found_count > 0 && whole->gap == 0.0 && whole->bound == 0.0);
    assert_true(stopped->family_size >= whole->family_size);
    assert_true(stopped->bound >= whole->found[0].rank_value);
    assert_true(stopped->gap == stopped->bound);
    pl_arena_deinit(&arena);
}

static void a_budget_that_is_used_up_stops_the_search(void **state)
{
    static struct rows rows;
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    fill_rows(&rows, 80, 0.4);

    const struct pl_metric metric = metric_of("error_rate", &arena);
    const struct pl_cells cells = cells_of(&rows, &arena);
    struct pl_search_options options = options_of(&metric);

    options.seconds_max = 1e-9;
    assert_int_equal(search(&cells, &options, &arena)->stop, PL_SEARCH_OUT_OF_TIME);
    options.seconds_max = 600.0;
    assert_int_equal(search(&cells, &options, &arena)->stop, PL_SEARCH_COMPLETE);
    pl_arena_deinit(&arena);
}

static void degenerate_data_find_nothing_and_break_nothing(void **state)
{
    static struct rows rows;
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    for (uint32_t kind = 0; kind < 6; kind++) {
        fill_rows(&rows, 81, 0.3);
        for (size_t i = 0; i < rows.count; i++) {
            if (kind == 0)
                rows.items[i].prediction = rows.items[i].label; /* no error */
            if (kind == 1) {                                    /* nothing but errors */
                rows.items[i].label = PL_POSITIVE;
                rows.items[i].prediction = PL_NEGATIVE;
            }
            if (kind == 2)
                rows.items[i].label = PL_UNKNOWN;
        }
        for (uint32_t s = 0; kind == 3 && s < rows.segments_count; s++)
            rows.groups_counts[s] = 1;
        for (size_t i = 0; kind == 3 && i < rows.count; i++)
            memset(rows.items[i].groups, 0, sizeof rows.items[i].groups);
        if (kind == 4)
            rows.count = 1;
        if (kind == 5)
            rows.count = 0;

        const struct pl_metric metric = metric_of("error_rate", &arena);
        const struct pl_cells cells = cells_of(&rows, &arena);
        struct pl_search_options options = options_of(&metric);

        for (uint32_t depth = 1; depth <= PL_CROSSING_MAX; depth++) {
            options.depth = depth;
            assert_int_equal(search(&cells, &options, &arena)->found_count, 0);
            assert_int_equal(search(&cells, &options, &arena)->stop, PL_SEARCH_COMPLETE);
        }
    }
    pl_arena_deinit(&arena);
}

static void what_cannot_be_searched_is_refused_in_words(void **state)
{
    static const char *const REFUSED[] = {"roc_auc",       "f1",     "count", "balanced_accuracy",
                                          "expected_cost", "mean(x)"};
    static struct rows rows;
    struct pl_search *result = NULL;
    struct pl_arena arena;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 30);
    fill_rows(&rows, 82, 0.3);

    struct pl_cells cells = cells_of(&rows, &arena);
    struct pl_metric metric = metric_of("error_rate", &arena);
    struct pl_search_options options = options_of(&metric);

    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        metric = metric_of(REFUSED[i], &arena);
        assert_int_equal(pl_search_run(&cells, &options, &arena, &result, &error),
                         PL_E_UNSUPPORTED);
        assert_non_null(strstr(error.message, REFUSED[i]));
    }
    metric = metric_of("error_rate", &arena);
    cells.has_weights = true;
    assert_int_equal(pl_search_run(&cells, &options, &arena, &result, &error), PL_E_UNSUPPORTED);
    cells.has_weights = false;
    cells.has_labels = false;
    assert_int_equal(pl_search_run(&cells, &options, &arena, &result, &error), PL_E_DATA);
    cells.has_labels = true;
    cells.has_predictions = false;
    assert_int_equal(pl_search_run(&cells, &options, &arena, &result, &error), PL_E_DATA);
    cells.has_predictions = true;
    cells.segments_count = 0;
    assert_int_equal(pl_search_run(&cells, &options, &arena, &result, &error), PL_E_DATA);
    assert_null(result);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_search_equals_brute_force),
        cmocka_unit_test(under_the_null_hardly_any_search_reports_anything),
        cmocka_unit_test(the_number_of_threads_and_the_order_of_rows_do_not_matter),
        cmocka_unit_test(accuracy_and_error_rate_find_the_same_slices),
        cmocka_unit_test(a_pocket_is_found_by_its_shortest_description),
        cmocka_unit_test(a_search_that_is_stopped_says_how_good_the_rest_could_be),
        cmocka_unit_test(a_budget_that_is_used_up_stops_the_search),
        cmocka_unit_test(degenerate_data_find_nothing_and_break_nothing),
        cmocka_unit_test(what_cannot_be_searched_is_refused_in_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
