/* The data of the HTML report: how scores are reduced, and how text of the data is made harmless. */
#include "../threshold/small_cells.h"

#include "report/cells_json.h"
#include "report/html.h"

#include <jansson.h>

static const struct small_size SIZE = {
    .groups = {2, 2}, .scores = 40, .count_max = 9, .weighted = true};

/* The cells as JSON reads them. */
static json_t *read_cells(const struct small_cells *small, size_t runs_max)
{
    const struct pl_measured measured = {.cells = &small->cells};
    static struct pl_line line;
    const struct pl_gate_result result = {.line = &line, .measured = &measured};
    struct pl_buffer out;
    struct pl_arena arena;
    struct pl_error error;
    struct pl_json json;

    pl_buffer_init(&out, (size_t)1 << 24);
    pl_arena_init(&arena, (size_t)1 << 24);
    pl_json_init(&json, &out, false);
    pl_json_open_object(&json);
    assert_int_equal(pl_json_cells(&json, &result, runs_max, &arena, &error), PL_OK);
    pl_json_close_object(&json);

    json_t *read = json_loadb(out.ptr, out.len, 0, NULL);

    assert_non_null(read);
    pl_arena_deinit(&arena);
    pl_buffer_deinit(&out);
    return read;
}

static json_int_t integer_at(const json_t *array, size_t i)
{
    return json_integer_value(json_array_get(array, i));
}

/* Decisions of one key with at least this score: in the cells, and in what was written. */
static json_int_t count_above(const struct small_cells *small, double score, uint32_t key)
{
    json_int_t sum = 0;

    for (size_t i = 0; i < small->runs.count; i++)
        if (small->keys[i] == key && small->values[i] >= score)
            sum += (json_int_t)small->counts[i];
    return sum;
}

static json_int_t written_above(const json_t *runs, double score, uint32_t key)
{
    const json_t *sizes = json_object_get(runs, "sizes");
    json_int_t sum = 0;
    size_t run = 0;

    for (size_t v = 0; v < json_array_size(sizes); v++)
        for (json_int_t i = 0; i < integer_at(sizes, v); i++, run++)
            if (json_number_value(json_array_get(json_object_get(runs, "values"), v)) >= score &&
                integer_at(json_object_get(runs, "keys"), run) == (json_int_t)key)
                sum += integer_at(json_object_get(runs, "counts"), run);
    return sum;
}

/* At every score that is left, and at the threshold, nobody is on another side than before. */
static void assert_exact(const struct small_cells *small, const json_t *runs)
{
    const json_t *values = json_object_get(runs, "values");

    for (uint32_t key = 0; key < small->cells.leaves_count * 4; key++) {
        assert_int_equal(written_above(runs, small->cells.threshold, key),
                         count_above(small, small->cells.threshold, key));
        for (size_t v = 0; v < json_array_size(values); v++) {
            const double score = json_number_value(json_array_get(values, v));

            assert_int_equal(written_above(runs, score, key), count_above(small, score, key));
        }
    }
}

static double sum_of(const json_t *array)
{
    double sum = 0.0;

    for (size_t i = 0; i < json_array_size(array); i++)
        sum += json_number_value(json_array_get(array, i));
    return sum;
}

static void fewer_scores_are_written_exactly_where_they_are_parted(void **state)
{
    static struct small_cells small;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 5, 0);
    for (int round = 0; round < 20; round++) {
        small_random(&small, &SIZE, &rng);
        for (size_t most = 30; most < 300; most += 45) {
            json_t *read = read_cells(&small, most);
            const json_t *runs = json_object_get(json_object_get(read, "cells"), "runs");
            double weight = 0.0;

            for (size_t i = 0; i < small.runs.count; i++)
                weight += small.weights[i] * (double)small.counts[i];
            assert_true(json_array_size(json_object_get(runs, "keys")) <= most);
            assert_true(fabs(sum_of(json_object_get(runs, "weights")) - weight) < 1e-9 * weight);
            assert_exact(&small, runs);
            if (small.runs.count > most)
                assert_int_equal(json_integer_value(json_object_get(runs, "reduced_from")),
                                 small.runs.count);
            json_decref(read);
        }
    }
}

static void scores_that_fit_are_written_as_they_are(void **state)
{
    static struct small_cells small;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 6, 0);
    small_random(&small, &SIZE, &rng);

    json_t *read = read_cells(&small, RUNS_MAX);
    const json_t *cells = json_object_get(read, "cells");
    const json_t *runs = json_object_get(cells, "runs");

    assert_null(json_object_get(runs, "reduced_from"));
    assert_int_equal(sum_of(json_object_get(runs, "counts")),
                     small.cells.decisions - small.cells.unpredicted);
    assert_int_equal(json_array_size(json_object_get(cells, "counts")),
                     9 * small.cells.leaves_count);
    json_decref(read);
}

static void scores_that_cannot_be_made_few_enough_are_left_out_and_counted(void **state)
{
    static struct small_cells small;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 7, 0);
    small_random(&small, &SIZE, &rng);

    json_t *read = read_cells(&small, 1);
    const json_t *runs = json_object_get(json_object_get(read, "cells"), "runs");

    assert_int_equal(json_array_size(json_object_get(runs, "keys")), 0);
    assert_int_equal(json_array_size(json_object_get(runs, "values")), 0);
    assert_int_equal(json_integer_value(json_object_get(runs, "reduced_from")), small.runs.count);
    json_decref(read);
}

static void text_becomes_harmless_and_stays_the_same(void **state)
{
    static const struct {
        const char *text;
        const char *escaped;
    } CASES[] = {
        {"", ""},
        {"\"plain\"", "\"plain\""},
        {"\"</script>\"", "\"\\u003c/script\\u003e\""},
        {"\"a&b\"", "\"a\\u0026b\""},
        {"\"\xe2\x80\xa8\xe2\x80\xa9\"", "\"\\u2028\\u2029\""},
        {"\"\xe2\x80\xae\xe2\x80\x8e\xe2\x81\xa6\xe2\x81\xa9\"",
         "\"\\u202e\\u200e\\u2066\\u2069\""},
        {"\"\xe2\x80\xa6\xe2\x82\xac\xe2\x81\xaa\"", "\"\xe2\x80\xa6\xe2\x82\xac\xe2\x81\xaa\""},
        {"\xe2\x80", "\xe2\x80"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_buffer out;

        pl_buffer_init(&out, 1024);
        pl_html_add_json(&out, pl_str_of(CASES[i].text));
        assert_true(pl_str_equal_text(pl_buffer_view(&out), CASES[i].escaped));
        pl_buffer_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_scores_are_written_exactly_where_they_are_parted),
        cmocka_unit_test(scores_that_fit_are_written_as_they_are),
        cmocka_unit_test(scores_that_cannot_be_made_few_enough_are_left_out_and_counted),
        cmocka_unit_test(text_becomes_harmless_and_stays_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
