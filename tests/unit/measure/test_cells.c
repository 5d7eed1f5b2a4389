/* Cells from files: what the GROUP BY brings, what it refuses, and how leaves become slices. */
#include "line/problem.h"
#include "data_case.h"
#include "measure/load.h"
#include "measure/partition.h"

#include <math.h>

#define HEAD "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
#define TAIL "limits: [{metric: count, min: 1}]\n"

static void load(struct data_case *test, const char *data, const char *line, const char *metrics)
{
    case_open(test);
    case_write(test, "d.csv", data);
    case_line(test, line);
    case_measure(test, metrics);
}

static void counts_stand_by_leaf_label_and_prediction(void **state)
{
    struct data_case test;

    (void)state;
    load(&test, "g,h,y,s\nB,u,1,0.9\nA,u,0,0.5\nA,,1,0.1\nA,u,0,0.5\nB,u,,0.2\nB,u,1,\n",
         HEAD "  columns: {label: y, score: s}\n  segments: {g: g, h: h}\n" TAIL, "roc_auc");

    const struct pl_cells *cells = test.measured->cells;

    assert_int_equal(cells->leaves_count, 3);
    assert_int_equal(cells->segments_count, 2);
    /* In the order of the names: A u, A (missing), B u. */
    assert_int_equal(cells->confusions[0].n[PL_NEGATIVE][PL_POSITIVE], 2);
    assert_int_equal(cells->confusions[1].n[PL_POSITIVE][PL_NEGATIVE], 1);
    assert_int_equal(cells->confusions[2].n[PL_POSITIVE][PL_POSITIVE], 1);
    assert_int_equal(cells->confusions[2].n[PL_UNKNOWN][PL_NEGATIVE], 1);
    assert_int_equal(cells->confusions[2].n[PL_POSITIVE][PL_UNKNOWN], 1);
    assert_int_equal(cells->decisions, 6);
    assert_int_equal(cells->unlabelled, 1);
    assert_int_equal(cells->unpredicted, 1);
    assert_true(pl_str_equal_text(cells->segments[1].names[0], "u"));
    assert_true(pl_str_equal_text(cells->segments[1].names[1], "(missing)"));
    case_close(&test);
}

static void runs_ascend_and_hold_every_score_once(void **state)
{
    struct data_case test;

    (void)state;
    load(&test, "g,y,s\nA,1,0.9\nA,1,0.9\nA,0,0.9\nB,1,-2\nB,,0.1\nA,1,\n",
         HEAD "  columns: {label: y, score: s}\n  segments: {g: g}\n" TAIL, "roc_auc");

    const struct pl_runs *runs = &test.measured->cells->columns[0];

    assert_int_equal(runs->count, 4);
    assert_true(runs->values[0] == -2.0 && runs->keys[0] == 1 * 4 + PL_POSITIVE);
    assert_true(runs->values[1] == 0.1 && runs->keys[1] == 1 * 4 + PL_UNKNOWN);
    assert_true(runs->values[2] == 0.9 && runs->keys[2] == 0 * 4 + PL_NEGATIVE);
    assert_true(runs->values[3] == 0.9 && runs->keys[3] == 0 * 4 + PL_POSITIVE);
    assert_int_equal(runs->counts[3], 2);
    assert_int_equal(runs->missing, 1);
    assert_null(runs->weights);
    case_close(&test);
}

/* More values in one group than are counted on the way: the rest go on one by one. */
static void many_distinct_scores_are_all_kept(void **state)
{
    const size_t count = 10000;
    char *text = calloc(count + 1, 32);
    struct data_case test;
    size_t used = 0;

    (void)state;
    assert_non_null(text);
    used += (size_t)snprintf(text, 32, "y,s\n");
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, 32, "%d,%.6f\n", (int)(i % 2),
                                 (double)(i / 2 * 7919 % 5000) / 5000.0);
    load(&test, text, HEAD "  columns: {label: y, score: s}\n" TAIL, "roc_auc");
    free(text);

    const struct pl_runs *runs = &test.measured->cells->columns[0];
    uint64_t together = 0;

    assert_int_equal(runs->count, 10000);
    for (size_t i = 0; i < runs->count; i++) {
        together += runs->counts[i];
        assert_true(i == 0 || runs->values[i - 1] <= runs->values[i]);
    }
    assert_int_equal(together, count);
    assert_near(test.measured->overall.estimates[metric_index(&test, "roc_auc")].value, 0.5, 1e-12);
    case_close(&test);
}

static void weights_are_summed_with_their_squares(void **state)
{
    struct data_case test;

    (void)state;
    load(&test, "y,p,w,n\n1,1,0.5,2\n1,1,3,1\n0,1,0,5\n0,1,2,0\n",
         HEAD "  columns: {label: y, prediction: p, weight: w, count: n}\n" TAIL, "accuracy");

    const struct pl_confusion *confusion = &test.measured->cells->confusions[0];

    assert_int_equal(test.measured->cells->decisions, 3);
    assert_int_equal(confusion->n[PL_POSITIVE][PL_POSITIVE], 3);
    assert_near(confusion->weight[PL_POSITIVE][PL_POSITIVE], 4.0, 1e-15);
    assert_near(confusion->weight_squared[PL_POSITIVE][PL_POSITIVE], 9.5, 1e-15);
    assert_int_equal(confusion->n[PL_NEGATIVE][PL_POSITIVE], 0);
    case_close(&test);
}

static void the_threshold_is_met_by_equality_whether_or_not_scores_are_loaded(void **state)
{
    static const char *const METRICS[] = {"selection_rate", "selection_rate;roc_auc"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct data_case test;

        load(&test, "y,s\n1,0.3\n0,0.29999999999999993\n1,0.30000000000000004\n,\n",
             HEAD "  columns: {label: y, score: s}\n  threshold: 0.3\n" TAIL, METRICS[i]);
        assert_near(estimate_of(&test, "overall", "selection_rate")->value, 2.0 / 3, 1e-15);
        case_close(&test);
    }
}

/* ---- refusals ---- */

struct refusal {
    const char *data;
    const char *columns;
    const char *metrics;
    enum pl_status status;
    const char *words;
};

static void what_cannot_be_judged_is_refused_in_one_sentence(void **state)
{
    static const struct refusal CASES[] = {
        {"y,s\n", "label: y, score: s", "", PL_E_DATA, "no decisions"},
        {"y,s\n1,0.5\n", "label: yy, score: s", "", PL_E_DATA, "did you mean `y`?"},
        {"y,s\n1,x\n", "label: y, score: s", "accuracy", PL_E_DATA,
         "row 1: column `s`: x is not a number"},
        {"y,s\n1,x\n", "label: y, score: s", "roc_auc", PL_E_DATA,
         "row 1: column `s`: x is not a number"},
        {"y,s\n1,1\n0,inf\n", "label: y, score: s", "accuracy", PL_E_DATA,
         "row 2: column `s`: inf is not a finite"},
        {"y,s\n1,1\n0,-inf\n", "label: y, score: s", "roc_auc", PL_E_DATA,
         "row 2: column `s`: -inf is not a finite"},
        {"y,s\n2,1\n", "label: y, score: s", "", PL_E_DATA, "`y`"},
        {"y,n\n1,0.5\n", "label: y, count: n", "", PL_E_DATA, "0.5 is not a count"},
        {"y,n\n1,-1\n", "label: y, count: n", "", PL_E_DATA, "-1 is not a count"},
        {"y,n\n1,0\n", "label: y, count: n", "", PL_E_DATA, "no decisions"},
        {"y,w\n1,-1\n", "label: y, weight: w", "", PL_E_DATA, "-1 is not a weight"},
        {"y,w\n1,0\n", "label: y, weight: w", "", PL_E_DATA, "no decisions"},
        {"y,x\n1,inf\n", "label: y", "mean(x)", PL_E_DATA, "infinite"},
        {"y,x\n1,2\n", "label: y", "rate(x)", PL_E_DATA, "`x` holds 2"},
        {"y,x\n1,2\n", "label: y", "mean(z)", PL_E_DATA, "`z`"},
        {"y,x\n1,2\n", "label: y", "meen(x)", PL_E_LINE, "meen(x)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct refusal *one = &CASES[i];
        struct data_case test;
        char line[512];

        (void)snprintf(line, sizeof line, HEAD "  columns: {%s}\n" TAIL, one->columns);
        case_open(&test);
        case_write(&test, "d.csv", one->data);
        case_line(&test, line);
        if (case_try(&test, one->metrics) != one->status ||
            strstr(test.error.message, one->words) == NULL)
            fail_msg("case %zu: %s", i, test.error.message);
        assert_null(test.measured);
        case_close(&test);
    }
}

static void more_measures_than_the_maximum_are_refused(void **state)
{
    static char metrics[40 * 16];
    struct data_case test;
    size_t used = 0;

    (void)state;
    for (int i = 0; i < 33; i++)
        used += (size_t)snprintf(metrics + used, sizeof metrics - used, "mean(c%d);", i);
    case_open(&test);
    case_write(&test, "d.csv", "y\n1\n");
    case_line(&test, HEAD "  columns: {label: y}\n" TAIL);
    assert_int_equal(case_try(&test, metrics), PL_E_LIMIT);
    assert_non_null(strstr(test.error.message, "more than 31 columns"));
    case_close(&test);
}

/* ---- partitions ---- */

/* Cells of `count` leaves over two segments: leaf i is of group i / width and i % width. */
static struct pl_cells make_cells(struct pl_arena *arena, size_t count, size_t width)
{
    struct pl_groups *segments = pl_arena_alloc_array(arena, 2, sizeof *segments);
    uint32_t *groups = pl_arena_alloc_array(arena, 2 * count, sizeof *groups);

    assert_non_null(segments);
    assert_non_null(groups);
    segments[0].segment = PL_STR("first");
    segments[1].segment = PL_STR("second");
    for (size_t i = 0; i < count; i++) {
        groups[2 * i] = (uint32_t)(i / width);
        groups[2 * i + 1] = (uint32_t)(i % width);
    }
    return (struct pl_cells){
        .segments = segments, .segments_count = 2, .leaf_groups = groups, .leaves_count = count};
}

static void leaves_of_the_same_groups_are_one_slice(void **state)
{
    const struct pl_crossing both = {.segments = {1, 0}, .count = 2};
    const struct pl_crossing second = {.segments = {1}, .count = 1};
    struct pl_partition partition;
    struct pl_slice *slices = NULL;
    struct pl_arena arena;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, (size_t)64 << 20);

    const struct pl_cells cells = make_cells(&arena, 12, 4);

    assert_int_equal(pl_partition_make(&cells, &second, &arena, &partition, &slices, &error),
                     PL_OK);
    assert_int_equal(partition.slices_count, 4);
    for (uint32_t leaf = 0; leaf < 12; leaf++)
        assert_int_equal(slices[partition.slice_of_leaf[leaf]].groups[0], leaf % 4);
    assert_int_equal(pl_partition_make(&cells, &both, &arena, &partition, &slices, &error), PL_OK);
    assert_int_equal(partition.slices_count, 12);
    for (uint32_t slice = 0; slice < 12; slice++) {
        assert_int_equal(slices[slice].groups[0], slice / 3);
        assert_int_equal(slices[slice].groups[1], slice % 3);
        assert_ptr_equal(slices[slice].crossing, &both);
    }
    pl_arena_deinit(&arena);
}

static void a_crossing_of_too_many_slices_is_refused_by_name(void **state)
{
    const struct pl_crossing both = {.segments = {0, 1}, .count = 2};
    struct pl_partition partition;
    struct pl_slice *slices = NULL;
    struct pl_arena arena;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, (size_t)64 << 20);

    const struct pl_cells cells = make_cells(&arena, PL_SLICES_MAX + 1, 1000);

    assert_int_equal(pl_partition_make(&cells, &both, &arena, &partition, &slices, &error),
                     PL_E_LIMIT);
    assert_non_null(strstr(error.message, "`first` to `second` has 50001 slices"));
    pl_arena_deinit(&arena);
}

/* ---- crossings ---- */

static void crossings_up_to_a_depth_come_each_once(void **state)
{
    static const size_t EXPECTED[] = {0, 5, 15, 25, 30};
    struct pl_arena arena;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, (size_t)64 << 20);
    for (uint32_t depth = 1; depth <= 4; depth++) {
        const struct pl_crossing *crossings = NULL;
        size_t count = 0;

        assert_int_equal(pl_crossings_every(5, depth, &arena, &crossings, &count, &error), PL_OK);
        assert_int_equal(count, EXPECTED[depth]);
        for (size_t i = 0; i < count; i++)
            for (uint32_t j = 1; j < crossings[i].count; j++)
                assert_true(crossings[i].segments[j - 1] < crossings[i].segments[j]);
    }

    const struct pl_crossing *crossings = NULL;
    size_t count = 0;

    assert_int_equal(pl_crossings_every(0, 2, &arena, &crossings, &count, &error), PL_OK);
    assert_int_equal(count, 0);
    assert_int_equal(pl_crossings_every(1, 4, &arena, &crossings, &count, &error), PL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(pl_crossings_every(16, 4, &arena, &crossings, &count, &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "evidence.depth"));
    pl_arena_deinit(&arena);
}

static void the_check_of_measures_needs_no_data(void **state)
{
    struct data_case test;
    struct pl_problems problems = {.count = 0};

    (void)state;
    case_open(&test);
    case_line(&test,
              HEAD "  columns: {label: y}\n  segments: {g: g}\n"
                   "limits:\n  - {metric: acuracy, min: 0.5}\n  - {metric: accuracy, min: 0.5}\n"
                   "  - {metric: mcc, min_ratio: 0.5, by: g}\n  - {metric: mcc, max_difference: "
                   "0.5, by: g}\n");
    pl_measure_check(test.line, &test.arena, &problems);
    assert_int_equal(problems.count, 2);
    assert_non_null(strstr(problems.items[0].message.ptr, "did you mean `accuracy`?"));
    assert_int_equal(problems.items[0].place.line, 8);
    assert_non_null(strstr(problems.items[1].message.ptr, "below 0"));
    assert_int_equal(problems.items[1].place.line, 10);
    case_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_stand_by_leaf_label_and_prediction),
        cmocka_unit_test(runs_ascend_and_hold_every_score_once),
        cmocka_unit_test(many_distinct_scores_are_all_kept),
        cmocka_unit_test(weights_are_summed_with_their_squares),
        cmocka_unit_test(the_threshold_is_met_by_equality_whether_or_not_scores_are_loaded),
        cmocka_unit_test(what_cannot_be_judged_is_refused_in_one_sentence),
        cmocka_unit_test(more_measures_than_the_maximum_are_refused),
        cmocka_unit_test(leaves_of_the_same_groups_are_one_slice),
        cmocka_unit_test(a_crossing_of_too_many_slices_is_refused_by_name),
        cmocka_unit_test(crossings_up_to_a_depth_come_each_once),
        cmocka_unit_test(the_check_of_measures_needs_no_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
