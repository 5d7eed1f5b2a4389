/* Fuzz target for the line: any bytes must either read or be refused with a status and a message;
   what reads must explain itself, and every problem must be fit to print. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "line/explain.h"
#include "line/line.h"
#include "line/problem.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_problems(const struct pl_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        assert(problems->items[i].place.line > 0 && problems->items[i].place.column > 0);
        assert(problems->items[i].message.len > 0);
        assert(pl_str_is_utf8(problems->items[i].key));
        assert(pl_str_is_utf8(problems->items[i].message));
        assert(pl_str_is_utf8(problems->items[i].hint));
    }
}

static void check_line(const struct pl_line *line)
{
    struct pl_buffer out;

    assert(line->feature.len > 0);
    assert(line->data.decisions.len > 0 || line->evals != NULL);
    for (size_t i = 0; i < line->limits_count; i++)
        assert(line->limits[i].text.len > 0 && line->limits[i].metric.len > 0);
    pl_buffer_init(&out, (size_t)16 << 20);
    pl_line_explain(line, &out);
    assert(out.failed == PL_OK && out.len > 0);
    pl_buffer_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct pl_problems problems;
    struct pl_arena arena;
    struct pl_line *line = NULL;
    struct pl_error error = {0};

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = pl_line_parse((struct pl_str){(const char *)bytes, size},
                                                "fuzz.yaml", &arena, &line, &problems, &error);

    check_problems(&problems);
    if (status == PL_OK)
        check_line(line);
    else
        assert(line == NULL && error.message[0] != '\0');
    pl_arena_deinit(&arena);
    return 0;
}
