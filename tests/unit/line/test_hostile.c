/* Lines meant to hurt: too large, too deep, too many, aliases that multiply, bytes that are no
   text. Each must be refused quickly, with a status that says why, and nothing may be printed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/rng.h"
#include "line_case.h"

#define SECONDS_MAX                                                                                \
    5 /* generous: these take milliseconds, and a minute if something is quadratic */

static const char HEAD[] = "plimsoll: 1\nfeature: f\ndata: {decisions: d.csv}\n";

/* `piece`, `count` times over, after `before`; the caller frees. */
static struct pl_str repeated(const char *before, const char *piece, size_t count)
{
    const size_t head = strlen(before);
    const size_t step = strlen(piece);
    char *text = malloc(head + step * count + 1);

    assert_non_null(text);
    memcpy(text, before, head);
    for (size_t i = 0; i < count; i++)
        memcpy(text + head + i * step, piece, step);
    text[head + step * count] = '\0';
    return (struct pl_str){text, head + step * count};
}

static void expect(struct pl_str text, enum pl_status status)
{
    static struct line_case test;
    const uint64_t start = pl_clock_monotonic_ns();

    line_case_open(&test, text);
    assert_int_equal(test.status, status);
    assert_null(test.line);
    assert_int_equal(test.error.status, status);
    assert_string_equal(test.error.file, "case.yaml");
    assert_true(strlen(test.error.message) > 0);
    line_case_close(&test);
    assert_true(pl_clock_monotonic_ns() - start < SECONDS_MAX * UINT64_C(1000000000));
}

static void expect_repeated(const char *before, const char *piece, size_t count,
                            enum pl_status status)
{
    const struct pl_str text = repeated(before, piece, count);

    expect(text, status);
    free((void *)(uintptr_t)text.ptr);
}

static void a_line_of_ten_megabytes_is_refused_by_its_size(void **state)
{
    (void)state;
    expect_repeated(HEAD, "# filler\n", 10 * 1024 * 1024 / 9, PL_E_LIMIT);
}

static void a_file_of_ten_megabytes_is_refused_by_its_size(void **state)
{
    static struct line_case test;
    char path[] = "/tmp/plimsoll_line_XXXXXX";
    const int fd = mkstemp(path);
    const struct pl_str text = repeated(HEAD, "# filler\n", 10 * 1024 * 1024 / 9);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(pl_fd_write(fd, text, path, &test.error), PL_OK);
    assert_int_equal(close(fd), 0);
    pl_arena_init(&test.arena, CASE_ARENA_SIZE_BYTES_MAX);
    test.line = NULL;
    assert_int_equal(pl_line_read(path, &test.arena, &test.line, &test.problems, &test.error),
                     PL_E_LIMIT);
    assert_null(test.line);
    assert_string_equal(test.error.file, path);
    line_case_close(&test);
    assert_int_equal(unlink(path), 0);
    free((void *)(uintptr_t)text.ptr);
}

static void nesting_of_any_depth_is_refused(void **state)
{
    static const char *const PIECES[] = {"[", "{a: ", "[{a: ", "- ", "[\n", "{a: ["};
    static const size_t COUNTS[] = {40, 1000, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++)
        for (size_t j = 0; j < sizeof COUNTS / sizeof *COUNTS; j++)
            expect_repeated("", PIECES[i], COUNTS[j], PL_E_LIMIT);
}

static void keys_nested_in_keys_are_refused(void **state)
{
    (void)state;
    expect_repeated("", "? ", 100000, PL_E_LINE);
    expect_repeated("", "{[: ", 100000, PL_E_LINE);
    expect_repeated("", "[? ", 100000, PL_E_LINE);
}

static void a_thousand_levels_of_indentation_are_refused(void **state)
{
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    for (int level = 0; level < 1000; level++)
        pl_buffer_add_format(&text, "%*sa:\n", level, "");
    assert_int_equal(text.failed, PL_OK);
    expect(pl_buffer_view(&text), PL_E_LIMIT);
    pl_buffer_deinit(&text);
}

static void depth_up_to_the_limit_is_read(void **state)
{
    static struct line_case test;
    const struct pl_str text =
        PL_STR("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");

    (void)state;
    assert_int_equal(text.len, 2 * PL_LINE_DEPTH_MAX);
    line_case_open(&test, text);
    assert_int_equal(test.status, PL_E_LINE);
    assert_string_equal(test.problems.items[0].message.ptr,
                        "the file is a list, and a line is a map of keys");
    line_case_close(&test);
}

static void too_many_values_are_refused(void **state)
{
    (void)state;
    expect_repeated("title: [", "1,", 200000, PL_E_LIMIT);
}

static void a_hundred_thousand_equal_keys_are_refused_quickly(void **state)
{
    (void)state;
    expect_repeated("", "a: 1\n", 90000, PL_E_LINE);
    expect_repeated("", "feature: 1\n", 90000, PL_E_LINE);
}

static void many_different_unknown_keys_are_refused_quickly(void **state)
{
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    for (int i = 0; i < 80000; i++)
        pl_buffer_add_format(&text, "key%d: 1\n", i);
    assert_int_equal(text.failed, PL_OK);
    expect(pl_buffer_view(&text), PL_E_LINE);
    pl_buffer_deinit(&text);
}

static void aliases_that_multiply_are_refused(void **state)
{
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    pl_buffer_add_text(&text, "a0: &a0 [x, x]\n");
    for (int i = 1; i < 60; i++)
        pl_buffer_add_format(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
    expect(pl_buffer_view(&text), PL_E_LINE);
    pl_buffer_deinit(&text);
}

static void problems_stop_at_their_maximum(void **state)
{
    static struct line_case test;
    const struct pl_str text = repeated(HEAD, "x: 1\ny: 2\n", 500);

    (void)state;
    line_case_open(&test, text);
    assert_int_equal(test.status, PL_E_LINE);
    assert_int_equal(test.problems.count, PL_LINE_PROBLEMS_MAX);
    line_case_close(&test);
    free((void *)(uintptr_t)text.ptr);
}

static void more_limits_than_allowed_are_a_problem(void **state)
{
    static struct line_case test;
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    pl_buffer_add_format(&text, "%slimits:\n", HEAD);
    for (int i = 0; i < PL_LIMITS_MAX; i++)
        pl_buffer_add_text(&text, "- {metric: accuracy, min: 0.5}\n");
    line_case_open(&test, pl_buffer_view(&text));
    assert_int_equal(test.status, PL_OK);
    assert_int_equal(test.line->limits_count, PL_LIMITS_MAX);
    line_case_close(&test);

    pl_buffer_add_text(&text, "- {metric: accuracy, min: 0.5}\n");
    line_case_open(&test, pl_buffer_view(&text));
    assert_int_equal(test.status, PL_E_LINE);
    assert_int_equal(test.problems.count, 1);
    assert_int_equal(test.problems.items[0].place.line, 5 + PL_LIMITS_MAX);
    line_case_close(&test);
    pl_buffer_deinit(&text);
}

static void names_have_a_length_at_most(void **state)
{
    static const struct {
        const char *before;
        const char *key;
        const char *message;
        size_t count;
    } CASES[] = {
        {"plimsoll: 1\ndata: {decisions: d.csv}\nfeature: ", "feature",
         "is 200000 bytes long; at most 1000 are allowed", 200000},
        {"plimsoll: 1\ndata: {decisions: d.csv}\nfeature: f\nlimits:\n- min: 1\n  metric: ",
         "limits[0].metric", "is 1001 bytes long; at most 1000 are allowed", 1001},
    };
    static struct line_case test;

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_str text = repeated(CASES[i].before, "x", CASES[i].count);

        line_case_open(&test, text);
        assert_int_equal(test.problems.count, 1);
        assert_string_equal(test.problems.items[0].key.ptr, CASES[i].key);
        assert_string_equal(test.problems.items[0].message.ptr, CASES[i].message);
        line_case_close(&test);
        free((void *)(uintptr_t)text.ptr);
    }
}

/* The longest names that are allowed, in a limit that says as many of them as a limit can. */
static void the_longest_limit_can_be_said(void **state)
{
    static struct line_case test;
    struct pl_buffer text;
    static const char NAME[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxx";

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    pl_buffer_add_text(&text, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n  segments:\n");
    for (int i = 10; i < 26; i++)
        pl_buffer_add_format(&text, "    %d%s: c\n", i, NAME);
    pl_buffer_add_text(&text, "limits:\n- min: 1\n  by:\n");
    for (int i = 10; i < 26; i += 4)
        pl_buffer_add_format(&text, "  - %d%s * %d%s * %d%s * %d%s\n", i, NAME, i + 1, NAME, i + 2,
                             NAME, i + 3, NAME);
    pl_buffer_add_format(&text, "  metric: %01000d\n", 0);
    line_case_open(&test, pl_buffer_view(&text));
    assert_int_equal(test.status, PL_OK);
    assert_int_equal(test.line->limits[0].crossings_count, 4);
    assert_true(pl_str_ends_with(test.line->limits[0].text,
                                 test.line->data.segments[PL_SEGMENTS_MAX - 1].name));
    line_case_close(&test);
    pl_buffer_deinit(&text);
}

static void commas_of_a_metric_are_taken_back_a_few_times_only(void **state)
{
    (void)state;
    expect_repeated("plimsoll: 1\nfeature: f\ndata: {decisions: d.csv}\nlimits: [{metric: q(a",
                    ",b", 90000, PL_E_LINE);
}

/* Writes a line with `count` segments and one limit by `by`. */
static void write_segments(struct pl_buffer *text, int count, const char *by)
{
    pl_buffer_add_text(text, "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n  segments:\n");
    for (int i = 0; i < count; i++)
        pl_buffer_add_format(text, "    s%d: c%d\n", i, i);
    pl_buffer_add_format(text, "limits: [{metric: recall, min: 0.5, by: %s}]\n", by);
}

static void more_segments_than_allowed_are_a_problem(void **state)
{
    static struct line_case test;
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    write_segments(&text, PL_SEGMENTS_MAX + 1, "s0");
    line_case_open(&test, pl_buffer_view(&text));
    assert_int_equal(test.status, PL_E_LINE);
    assert_int_equal(test.problems.count, 1);
    assert_string_equal(test.problems.items[0].key.ptr, "data.segments.s16");
    line_case_close(&test);
    pl_buffer_deinit(&text);
}

static void every_stops_at_a_thousand_crossings(void **state)
{
    static struct line_case test;
    struct pl_buffer text;

    (void)state;
    pl_buffer_init(&text, PL_LINE_SIZE_BYTES_MAX);
    write_segments(&text, PL_SEGMENTS_MAX, "every");
    pl_buffer_add_text(&text, "evidence: {depth: 4}\n");
    line_case_open(&test, pl_buffer_view(&text));
    assert_int_equal(test.status, PL_E_LINE);
    assert_int_equal(test.problems.count, 1);
    assert_string_equal(test.problems.items[0].message.ptr,
                        "makes 2516 segments and crossings; at most 1000 are allowed");
    assert_string_equal(test.problems.items[0].hint.ptr, "lower `evidence.depth`");
    line_case_close(&test);
    pl_buffer_deinit(&text);
}

static void a_full_arena_is_a_limit_and_not_a_crash(void **state)
{
    static struct pl_problems problems;
    const struct pl_str text = repeated(HEAD, "x: [1, 2, 3]\n", 1000);

    (void)state;
    for (size_t size_bytes = 0; size_bytes < 400000; size_bytes += 4096) {
        struct pl_arena arena;
        struct pl_line *line = NULL;
        struct pl_error error = {0};

        pl_arena_init(&arena, size_bytes);

        const enum pl_status status =
            pl_line_parse(text, "case.yaml", &arena, &line, &problems, &error);

        assert_true(status == PL_E_LIMIT || status == PL_E_MEMORY || status == PL_E_LINE);
        assert_null(line);
        pl_arena_deinit(&arena);
    }
    free((void *)(uintptr_t)text.ptr);
}

/* Bytes that are mostly text, with the letters that YAML minds. */
static void random_bytes_never_read_as_a_line(void **state)
{
    static const char LETTERS[] = "ab:-[]{},\"'#&*!|>%@`\n\n  \t0?";
    static struct line_case test;
    struct pl_rng rng;
    char text[200];

    (void)state;
    pl_rng_init(&rng, 20160523, 0);
    for (int round = 0; round < 20000; round++) {
        const size_t length = 1 + pl_rng_below(&rng, sizeof text - 1);

        for (size_t i = 0; i < length; i++)
            text[i] = round % 4 == 0 ? (char)pl_rng_below(&rng, 256)
                                     : LETTERS[pl_rng_below(&rng, sizeof LETTERS - 1)];
        line_case_open(&test, (struct pl_str){text, length});
        assert_int_equal(test.status, PL_E_LINE);
        assert_true(test.problems.count > 0);
        line_case_close(&test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_ten_megabytes_is_refused_by_its_size),
        cmocka_unit_test(a_file_of_ten_megabytes_is_refused_by_its_size),
        cmocka_unit_test(nesting_of_any_depth_is_refused),
        cmocka_unit_test(keys_nested_in_keys_are_refused),
        cmocka_unit_test(a_thousand_levels_of_indentation_are_refused),
        cmocka_unit_test(depth_up_to_the_limit_is_read),
        cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(a_hundred_thousand_equal_keys_are_refused_quickly),
        cmocka_unit_test(many_different_unknown_keys_are_refused_quickly),
        cmocka_unit_test(aliases_that_multiply_are_refused),
        cmocka_unit_test(problems_stop_at_their_maximum),
        cmocka_unit_test(more_limits_than_allowed_are_a_problem),
        cmocka_unit_test(names_have_a_length_at_most),
        cmocka_unit_test(the_longest_limit_can_be_said),
        cmocka_unit_test(commas_of_a_metric_are_taken_back_a_few_times_only),
        cmocka_unit_test(more_segments_than_allowed_are_a_problem),
        cmocka_unit_test(every_stops_at_a_thousand_crossings),
        cmocka_unit_test(a_full_arena_is_a_limit_and_not_a_crash),
        cmocka_unit_test(random_bytes_never_read_as_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
