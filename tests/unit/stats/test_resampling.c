/* Resampling: against SciPy, against all assignments of a small sample, seeds and threads. */
#include "stats/resampling.h"

#include "runs_of.h"

/* Rows of a score and 1. */
struct rows {
    double first[2 * CASES_MAX];
    double second[2 * CASES_MAX];
    struct pl_resampling request;
};

static void rows_read(struct rows *rows, const char *name)
{
    static struct runs runs;

    runs_read(&runs, name);
    *rows = (struct rows){.request = {.first = rows->first,
                                      .second = rows->second,
                                      .units_count = runs.scores.count,
                                      .width = 2,
                                      .seed = 11,
                                      .confidence = 0.95}};
    for (size_t i = 0; i < runs.scores.count; i++) {
        rows->first[2 * i] = runs.first[i];
        rows->second[2 * i] = runs.second[i];
        rows->first[2 * i + 1] = rows->second[2 * i + 1] = 1.0;
    }
}

typedef enum pl_status (*method)(const struct pl_resampling *, struct pl_arena *,
                                 struct pl_resampled *, struct pl_error *);

static struct pl_resampled resampled(method by, const struct pl_resampling *request)
{
    struct pl_arena arena;
    struct pl_resampled result;
    struct pl_error error;

    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(by(request, &arena, &result, &error), PL_OK);
    pl_arena_deinit(&arena);
    return result;
}

static double mean_of(const double *sums, const void *context)
{
    (void)context;
    return sums[0] / sums[1];
}

/* With 100,000 replicates an end of the interval is known to about a hundredth of the standard error, as
   is SciPy's with 400,000; four of these. */
static void the_bootstrap_agrees_with_scipy(void **state)
{
    static struct rows rows;
    const struct table reference = *table_read("resampling.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *v = reference.rows[i].values;

        rows_read(&rows, reference.rows[i].name);
        rows.request.replicates = 100000;

        const struct pl_resampled result = resampled(pl_paired_bootstrap, &rows.request);

        assert_near(result.interval.low, v[0], 0.04 * v[2]);
        assert_near(result.interval.high, v[1], 0.04 * v[2]);
        assert_close(result.se, v[2], 0.015);
    }
}

static void randomisation_agrees_with_scipy(void **state)
{
    static struct rows rows;
    const struct table reference = *table_read("resampling.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double p = reference.rows[i].values[3];

        rows_read(&rows, reference.rows[i].name);
        rows.request.replicates = 100000;
        assert_near(resampled(pl_approximate_randomisation, &rows.request).p_value, p,
                    4.0 * sqrt(p / 100000.0) + 2e-5);
    }
}

/* Nine differences have 512 assignments of signs. */
static void randomisation_is_near_all_assignments(void **state)
{
    static const double DIFFERENCES[9] = {0.3, -0.1, 0.4, 0.2, 0.15, -0.25, 0.6, 0.05, 0.35};
    struct rows rows = {.request = {.units_count = 9, .width = 2, .seed = 3, .confidence = 0.95}};
    double observed = 0.0;
    int reached = 0;

    (void)state;
    rows.request.first = rows.first;
    rows.request.second = rows.second;
    rows.request.replicates = 200000;
    for (size_t i = 0; i < 9; i++) {
        rows.first[2 * i] = DIFFERENCES[i];
        rows.first[2 * i + 1] = rows.second[2 * i + 1] = 1.0;
        observed += DIFFERENCES[i];
    }
    for (int signs = 0; signs < 512; signs++) {
        double sum = 0.0;

        for (int i = 0; i < 9; i++)
            sum += (signs >> i & 1) != 0 ? DIFFERENCES[i] : -DIFFERENCES[i];
        reached += fabs(sum) >= observed - 1e-12;
    }

    const double p = reached / 512.0;

    assert_near(resampled(pl_approximate_randomisation, &rows.request).p_value, p,
                4.0 * sqrt(p * (1.0 - p) / 200000.0));
}

/* A score of one's own takes the general way, over the same random numbers. */
static void a_score_of_sums_is_the_mean_when_it_is_a_mean(void **state)
{
    static struct rows rows;
    struct pl_resampling request;

    (void)state;
    rows_read(&rows, "scores");
    request = rows.request;
    request.score = mean_of;

    const method methods[] = {pl_paired_bootstrap, pl_approximate_randomisation};

    for (size_t i = 0; i < 2; i++) {
        const struct pl_resampled plain = resampled(methods[i], &rows.request);
        const struct pl_resampled general = resampled(methods[i], &request);

        assert_near(plain.difference, general.difference, 1e-14);
        assert_near(plain.p_value, general.p_value, 0.0);
        assert_near(plain.interval.low, general.interval.low, 1e-12);
        assert_near(plain.interval.high, general.interval.high, 1e-12);
    }
}

static void threads_do_not_show_and_seeds_do(void **state)
{
    static struct rows rows;

    (void)state;
    rows_read(&rows, "close");

    const struct pl_resampled alone = resampled(pl_paired_bootstrap, &rows.request);

    rows.request.threads = 3;

    const struct pl_resampled together = resampled(pl_paired_bootstrap, &rows.request);

    rows.request.seed = 12;

    const struct pl_resampled other = resampled(pl_paired_bootstrap, &rows.request);

    assert_int_equal(alone.replicates, PL_RESAMPLING_REPLICATES);
    assert_near(alone.interval.low, together.interval.low, 0.0);
    assert_near(alone.p_value, together.p_value, 0.0);
    assert_near(alone.se, together.se, 0.0);
    assert_true(alone.interval.low < other.interval.low || alone.interval.low > other.interval.low);
}

static void runs_that_are_the_same_differ_by_chance(void **state)
{
    static struct rows rows;

    (void)state;
    rows_read(&rows, "scores");
    rows.request.second = rows.request.first;
    assert_near(resampled(pl_paired_bootstrap, &rows.request).p_value, 1.0, 0.0);
    assert_near(resampled(pl_approximate_randomisation, &rows.request).p_value, 1.0, 0.0);
}

static void too_little_is_undefined_and_too_much_refused(void **state)
{
    static struct rows rows;
    struct pl_arena arena;
    struct pl_resampled result;
    struct pl_error error;

    (void)state;
    rows_read(&rows, "scores");
    rows.request.units_count = 0;
    assert_int_equal(resampled(pl_paired_bootstrap, &rows.request).interval.reason,
                     PL_UNDEFINED_NO_DECISIONS);
    rows.request.units_count = 1;
    result = resampled(pl_paired_bootstrap, &rows.request);
    assert_int_equal(result.interval.reason, PL_UNDEFINED_FEW_UNITS);
    assert_near(result.p_value, 1.0, 0.0);
    rows.request.replicates = PL_RESAMPLING_REPLICATES_MAX + 1;
    pl_arena_init(&arena, 64u << 20);
    assert_int_equal(pl_paired_bootstrap(&rows.request, &arena, &result, &error), PL_E_LIMIT);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bootstrap_agrees_with_scipy),
        cmocka_unit_test(randomisation_agrees_with_scipy),
        cmocka_unit_test(randomisation_is_near_all_assignments),
        cmocka_unit_test(a_score_of_sums_is_the_mean_when_it_is_a_mean),
        cmocka_unit_test(threads_do_not_show_and_seeds_do),
        cmocka_unit_test(runs_that_are_the_same_differ_by_chance),
        cmocka_unit_test(too_little_is_undefined_and_too_much_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
