/* Launch by slice: the cells of a slice, the line as it stands for it, and the verdicts. */
#include "../judge/judge_case.h"

#include "launch/launch.h"
#include "launch/reduce.h"
#include "measure/filter.h"

#define HEAD                                                                                       \
    "plimsoll: 1\nfeature: f\nrisk: {severity: low, reversibility: full}\ndata:\n"                 \
    "  decisions: d.csv\n  columns: {label: y, prediction: p, count: n}\n"                         \
    "  segments: {g: g, h: h}\nlaunch: {by: g}\nwatch: {}\n"

struct launch_case {
    struct data_case data;
    struct pl_launch *launch;
    struct pl_record_facts facts;
};

static void open_case(struct launch_case *test, const char *data, const char *line)
{
    memset(test, 0, sizeof *test);
    case_open(&test->data);
    case_write(&test->data, "d.csv", data);
    case_line(&test->data, line);
    case_measure(&test->data, "accuracy;mean(s)");
}

static void judge_case(struct launch_case *test)
{
    const struct pl_launch_request request = {
        .line = test->data.line,
        .measured = test->data.measured,
        .facts = &test->facts,
        .threads = 2,
    };

    if (pl_launch_judge(&request, &test->data.arena, &test->launch, &test->data.error) != PL_OK)
        fail_msg("%s", test->data.error.message);
}

static void close_case(struct launch_case *test)
{
    pl_launch_deinit(test->launch);
    case_close(&test->data);
}

static const struct pl_launch_slice *launched(struct launch_case *test, const char *name)
{
    const struct pl_launch_slice *slice = NULL;

    if (pl_launch_find(test->launch, pl_str_of(name), &test->data.arena, &slice,
                       &test->data.error) != PL_OK)
        fail_msg("%s", test->data.error.message);
    return slice;
}

#define COUNTED                                                                                    \
    "g,h,y,p,s,n\nA,u,1,1,3,900\nA,u,0,1,4,100\nA,v,1,1,5,800\nB,u,1,1,3,600\nB,v,0,1,4,400\n"     \
    "C,u,1,1,9,5\n,u,1,1,7,50\n"

static void the_cells_of_all_slices_add_up_to_all(void **state)
{
    struct launch_case test;
    uint64_t decisions = 0;
    size_t runs = 0;

    (void)state;
    open_case(&test, COUNTED, HEAD "limits: [{metric: accuracy, min: 0.5}]\n");

    const struct pl_cells *all = test.data.measured->cells;
    const char *const names[] = {"g=A", "g=B", "g=C", "g=(missing)"};

    for (size_t i = 0; i < 4; i++) {
        const struct pl_slice *slice = find_slice(&test.data, names[i]);
        struct pl_cells cells = {0};

        assert_non_null(slice);
        if (slice == NULL)
            return;
        assert_int_equal(pl_cells_filter(all, slice, &test.data.arena, &cells, &test.data.error),
                         PL_OK);
        assert_non_null(cells.columns);
        decisions += cells.decisions;
        runs += cells.columns[0].count;
        assert_int_equal(cells.decisions, slice->n);
        for (size_t run = 1; run < cells.columns[0].count; run++) {
            assert_true(cells.columns[0].values[run - 1] <= cells.columns[0].values[run]);
            assert_true(cells.columns[0].keys[run] / 4 < cells.leaves_count);
        }
        pl_cells_deinit(&cells);
    }
    assert_int_equal(decisions, all->decisions);
    assert_int_equal(runs, all->columns[0].count);
    close_case(&test);
}

static void the_segments_of_the_launch_are_taken_out_of_every_by(void **state)
{
    struct launch_case test;
    struct pl_reduced reduced;

    (void)state;
    open_case(&test, COUNTED,
              HEAD "limits:\n"
                   "  - {metric: accuracy, min: 0.5, by: [g, h, g * h]}\n"
                   "  - {metric: accuracy, max_difference: 0.5, by: [g, h]}\n"
                   "  - {metric: accuracy, max_difference: 0.5, by: g, reference: B}\n"
                   "  - {metric: share, min: 0.01, by: g}\n");
    assert_int_equal(pl_line_reduce(test.data.line, test.data.measured,
                                    find_slice(&test.data, "g=A"), &test.data.arena, &reduced,
                                    &test.data.error),
                     PL_OK);
    assert_int_equal(reduced.line->limits_count, 4);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(reduced.line->limits[i].crossings_count, 1);
        assert_int_equal(reduced.line->limits[i].crossings[0].count, 1);
        assert_int_equal(reduced.line->limits[i].crossings[0].segments[0], 1);
    }
    assert_int_equal(reduced.beside[0].count, 0);
    for (size_t i = 1; i < 4; i++) {
        assert_int_equal(reduced.beside[i].count, 1);
        assert_int_equal(reduced.beside[i].items[0].segments[0], 0);
    }
    /* Nothing is asked of the reference itself. */
    assert_int_equal(pl_line_reduce(test.data.line, test.data.measured,
                                    find_slice(&test.data, "g=B"), &test.data.arena, &reduced,
                                    &test.data.error),
                     PL_OK);
    assert_int_equal(reduced.line->limits_count, 3);
    close_case(&test);
}

static void each_kind_of_slice_has_its_verdict(void **state)
{
    struct launch_case test;

    (void)state;
    open_case(&test, COUNTED, HEAD "limits: [{metric: accuracy, min: 0.8}]\n");
    judge_case(&test);
    assert_int_equal(test.launch->slices_count, 4);
    assert_int_equal(test.launch->judged_count, 2);
    assert_int_equal(launched(&test, "g=A")->judgement->verdict, PL_VERDICT_SHIP);
    assert_int_equal(launched(&test, "g=B")->judgement->verdict, PL_VERDICT_NO_SHIP);
    assert_int_equal(launched(&test, "g=C")->kind, PL_LAUNCH_TOO_SMALL);
    assert_int_equal(launched(&test, "g=C")->judgement->verdict, PL_VERDICT_HOLD);
    assert_int_equal(launched(&test, "g=C")->short_of, 25);
    assert_int_equal(launched(&test, "g=(missing)")->kind, PL_LAUNCH_MISSING);
    assert_int_equal(launched(&test, "g=(missing)")->judgement->verdict, PL_VERDICT_HOLD);
    assert_false(launched(&test, "g=(missing)")->judgement->allowed);
    assert_int_equal(launched(&test, "g=A")->judgement->family_size, 2);
    close_case(&test);
}

static void the_level_of_a_breach_is_divided_among_the_slices(void **state)
{
    struct launch_case test;

    (void)state;
    open_case(&test, COUNTED, HEAD "limits: [{metric: accuracy, min: 0.62, by: g}]\n");
    judge_case(&test);

    const struct pl_case *one = launched(&test, "g=B")->judgement->findings[0].deciding;
    const struct pl_stat *stat = &one->slice->stats[metric_index(&test.data, "accuracy")];

    assert_near(one->low, pl_stat_low(stat, 0.05, PL_RATE_EXACT), 1e-12);
    assert_near(one->high, pl_stat_high(stat, 0.05 / 2, PL_RATE_EXACT), 1e-12);
    close_case(&test);
}

static void a_gap_is_judged_in_the_direction_that_hurts(void **state)
{
    struct launch_case test;

    (void)state;
    open_case(&test, COUNTED, HEAD "limits: [{metric: accuracy, max_difference: 0.1, by: g}]\n");
    judge_case(&test);

    const struct pl_finding *good = &launched(&test, "g=A")->judgement->findings[0];
    const struct pl_finding *bad = &launched(&test, "g=B")->judgement->findings[0];
    bool found = false;

    assert_int_equal(good->state, PL_STATE_CLEAR);
    assert_int_equal(bad->state, PL_STATE_BREACH);
    assert_ptr_equal(bad->deciding->slice, find_slice(&test.data, "g=B"));
    for (size_t i = 0; i < bad->cases_count; i++) {
        const struct pl_case *one = &bad->cases[i];

        assert_true(one->beside);
        if (one->against != find_slice(&test.data, "g=A"))
            continue;
        assert_near(one->value, 1700.0 / 1800.0 - 0.6, 1e-12);
        found = true;
    }
    assert_true(found);
    close_case(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cells_of_all_slices_add_up_to_all),
        cmocka_unit_test(the_segments_of_the_launch_are_taken_out_of_every_by),
        cmocka_unit_test(each_kind_of_slice_has_its_verdict),
        cmocka_unit_test(the_level_of_a_breach_is_divided_among_the_slices),
        cmocka_unit_test(a_gap_is_judged_in_the_direction_that_hurts),
    };

    return cmocka_run_group_tests_name("launch", tests, NULL, NULL);
}
