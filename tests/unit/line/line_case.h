/* What the tests of the line share: a line read from text, with its arena, problems and error. */
#ifndef PL_TESTS_LINE_CASE_H
#define PL_TESTS_LINE_CASE_H

#include "line/line.h"
#include "line/problem.h"

#define CASE_ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

struct line_case {
    struct pl_arena arena;
    struct pl_line *line;
    struct pl_problems problems;
    struct pl_error error;
    enum pl_status status;
};

static inline void line_case_open(struct line_case *test, struct pl_str text)
{
    test->line = NULL;
    test->error = (struct pl_error){0};
    pl_arena_init(&test->arena, CASE_ARENA_SIZE_BYTES_MAX);
    test->status =
        pl_line_parse(text, "case.yaml", &test->arena, &test->line, &test->problems, &test->error);
}

static inline void line_case_close(struct line_case *test)
{
    pl_arena_deinit(&test->arena);
}

#endif
