/*
 * Data and a line in a folder of their own, for tests of what is measured and judged. A case writes
 * files, reads a line that speaks of them, and measures; everything ends with case_close.
 */
#ifndef PL_TESTS_DATA_CASE_H
#define PL_TESTS_DATA_CASE_H

#include "line/problem.h"
#include "measure/metrics.h"
#include "measure/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CASE_FILES_MAX 16

struct data_case {
    struct pl_arena arena;
    char folder[64];
    char files[CASE_FILES_MAX][128];
    size_t files_count;
    struct pl_line *line;
    struct pl_measured *measured;
    struct pl_error error;
};

static inline void case_open(struct data_case *test)
{
    memset(test, 0, sizeof *test);
    pl_arena_init(&test->arena, (size_t)1 << 30);
    (void)snprintf(test->folder, sizeof test->folder, "/tmp/plimsoll-test-XXXXXX");
    assert_non_null(mkdtemp(test->folder));
}

static inline void case_close(struct data_case *test)
{
    pl_measured_deinit(test->measured);
    pl_arena_deinit(&test->arena);
    for (size_t i = 0; i < test->files_count; i++)
        (void)unlink(test->files[i]);
    assert_int_equal(rmdir(test->folder), 0);
}

static inline const char *case_path(struct data_case *test, const char *name)
{
    char *path = test->files[test->files_count];

    assert_true(test->files_count < CASE_FILES_MAX);
    (void)snprintf(path, sizeof test->files[0], "%s/%s", test->folder, name);
    return path;
}

static inline void case_write(struct data_case *test, const char *name, const char *text)
{
    FILE *file = fopen(case_path(test, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
    test->files_count++;
}

/* Reads a line; `text` must outlive the case. */
static inline void case_line(struct data_case *test, const char *text)
{
    static struct pl_problems problems;
    char name[96];

    (void)snprintf(name, sizeof name, "%s/plimsoll.yaml", test->folder);
    problems.count = 0;
    if (pl_line_parse(pl_str_of(text), pl_arena_copy(&test->arena, pl_str_of(name)).ptr,
                      &test->arena, &test->line, &problems, &test->error) != PL_OK)
        fail_msg("%u:%u: %s", test->error.line, test->error.column, test->error.message);
}

/* Measures the metrics, separated by `;`, in every segment and crossing of the line. */
static inline enum pl_status case_try(struct data_case *test, const char *metrics)
{
    struct pl_str names[64];
    struct pl_measure_request request = {.metrics = {.items = names}, .threads = 2};

    for (const char *at = metrics; *at != '\0' && request.metrics.count < 64;) {
        const size_t length = strcspn(at, ";");

        names[request.metrics.count++] = (struct pl_str){at, length};
        at += length + (at[length] == ';' ? 1 : 0);
    }
    return pl_measure_line(test->line, &request, &test->arena, &test->measured, &test->error);
}

static inline void case_measure(struct data_case *test, const char *metrics)
{
    if (case_try(test, metrics) != PL_OK)
        fail_msg("%s", test->error.message);
}

static inline size_t metric_index(const struct data_case *test, const char *name)
{
    for (size_t i = 0; i < test->measured->metrics_count; i++)
        if (pl_str_equal_text(test->measured->metrics[i].name, name))
            return i;
    fail_msg("%s was not measured", name);
    abort();
}

/* The slice of that text ("g=A", "g=A × h=u"); NULL when there is none. */
static inline const struct pl_slice *find_slice(struct data_case *test, const char *text)
{
    if (strcmp(text, "overall") == 0)
        return &test->measured->overall;
    for (size_t g = 0; g < test->measured->groupings_count; g++)
        for (size_t i = 0; i < test->measured->groupings[g].slices_count; i++) {
            const struct pl_slice *slice = &test->measured->groupings[g].slices[i];

            if (pl_str_equal_text(pl_slice_text(test->measured, slice, &test->arena), text))
                return slice;
        }
    return NULL;
}

static inline const struct pl_slice *slice_of(struct data_case *test, const char *text)
{
    const struct pl_slice *slice = find_slice(test, text);

    if (slice == NULL) {
        fail_msg("there is no slice %s", text);
        abort(); /* never reached, which the compiler cannot know */
    }
    return slice;
}

static inline const struct pl_estimate *estimate_of(struct data_case *test, const char *slice,
                                                    const char *metric)
{
    return &slice_of(test, slice)->estimates[metric_index(test, metric)];
}

#define assert_near(found, expected, tolerance)                                                    \
    do {                                                                                           \
        const double found_ = (found);                                                             \
        const double expected_ = (expected);                                                       \
        if (!(found_ - expected_ <= (tolerance) && expected_ - found_ <= (tolerance)))             \
            fail_msg("%s is %.17g, not %.17g", #found, found_, expected_);                         \
    } while (0)

#endif
