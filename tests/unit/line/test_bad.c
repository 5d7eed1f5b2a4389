/* Lines with faults: each bad/NAME.yaml must give exactly the problems of bad/NAME.expected, as
   "line:column `key` message | hint", in that order. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "line/line.h"
#include "line/problem.h"

#define CASES_MIN 40 /* fewer means that the folder was not found whole */
#define PATH_SIZE 1024
#define BAD       PL_SOURCE_ROOT "/tests/unit/line/bad"

static struct pl_problems problems;

static int is_line(const struct dirent *entry)
{
    return pl_str_ends_with(pl_str_of(entry->d_name), PL_STR(".yaml"));
}

static void write_problems(struct pl_buffer *out)
{
    for (size_t i = 0; i < problems.count; i++) {
        const struct pl_problem *problem = &problems.items[i];

        pl_buffer_add_format(out, "%u:%u `%.*s` %.*s%s%.*s\n", problem->place.line,
                             problem->place.column, PL_STR_ARG(problem->key),
                             PL_STR_ARG(problem->message), problem->hint.len > 0 ? " | " : "",
                             PL_STR_ARG(problem->hint));
    }
}

static struct pl_str expected_of(const char *path, struct pl_arena *arena)
{
    char expected[PATH_SIZE];
    struct pl_str text = {0};
    struct pl_error error = {0};

    (void)snprintf(expected, sizeof expected, "%.*s.expected",
                   (int)(strlen(path) - strlen(".yaml")), path);
    assert_int_equal(pl_file_read(expected, PL_LINE_SIZE_BYTES_MAX, arena, &text, &error), PL_OK);
    return text;
}

static void check_case(const char *name)
{
    char path[PATH_SIZE];
    struct pl_arena arena;
    struct pl_line *line = NULL;
    struct pl_error error = {0};
    struct pl_buffer out;

    (void)snprintf(path, sizeof path, "%s/%s", BAD, name);
    pl_arena_init(&arena, (size_t)64 << 20);
    pl_buffer_init(&out, (size_t)1 << 20);
    assert_int_equal(pl_line_read(path, &arena, &line, &problems, &error), PL_E_LINE);
    assert_null(line);
    assert_int_not_equal(problems.count, 0);
    assert_string_equal(error.file, path);
    assert_int_equal(error.line, problems.items[0].place.line);
    assert_int_equal(error.column, problems.items[0].place.column);
    write_problems(&out);
    if (strcmp(out.ptr, expected_of(path, &arena).ptr) != 0)
        print_error("in %s\n", name);
    assert_string_equal(out.ptr, expected_of(path, &arena).ptr);
    pl_buffer_deinit(&out);
    pl_arena_deinit(&arena);
}

static void every_fault_is_named_with_its_place_and_what_would_be_right(void **state)
{
    struct dirent **entries = NULL;
    const int count = scandir(BAD, &entries, is_line, alphasort);

    (void)state;
    assert_true(count >= CASES_MIN);
    for (int i = 0; i < count; i++) {
        check_case(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_named_with_its_place_and_what_would_be_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
