/*
 * How fast JSON is read and checked against a schema: the first line of FILE is the schema, each other
 * one a document. Goes over all of them again and again for SECONDS and prints one JSON line: documents,
 * how many are valid, and nanoseconds for each document, reading included, and for reading alone.
 *
 *   schema_bench FILE SECONDS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "json/document.h"
#include "schema/schema.h"

#define FILE_SIZE_BYTES_MAX ((size_t)256 << 20)
#define LINES_MAX           100000

struct bench {
    struct pl_str lines[LINES_MAX];
    size_t lines_count;
    struct pl_json_document *document;
    struct pl_schema_checker *checker;
};

static int fail(const char *what, const struct pl_error *error)
{
    (void)fprintf(stderr, "schema_bench: %s: %s\n", what, error->message);
    return 1;
}

static void split(struct bench *bench, struct pl_str text)
{
    while (text.len > 0 && bench->lines_count < LINES_MAX) {
        const char *end = memchr(text.ptr, '\n', text.len);
        const size_t len = end == NULL ? text.len : (size_t)(end - text.ptr);

        bench->lines[bench->lines_count++] = (struct pl_str){text.ptr, len};
        text.len -= len + (end != NULL);
        text.ptr += len + (end != NULL);
    }
}

/* One pass over all documents; the number of valid ones, or -1. */
static int pass(struct bench *bench, bool checks, struct pl_error *error)
{
    int valid_count = 0;

    for (size_t i = 1; i < bench->lines_count; i++) {
        bool valid = false;

        if (pl_json_document_read(bench->document, bench->lines[i], error) != PL_OK)
            return -1;
        if (checks && pl_schema_check(bench->checker, pl_json_document_root(bench->document),
                                      &valid, error) != PL_OK)
            return -1;
        valid_count += valid;
    }
    return valid_count;
}

/* Nanoseconds for each document, by the fastest of the passes within the time. */
static double measure(struct bench *bench, bool checks, double seconds, int *ret_valid)
{
    const uint64_t start = pl_clock_monotonic_ns();
    uint64_t best = UINT64_MAX, now = start;
    struct pl_error error = {0};

    while ((double)(now - start) < seconds * 1e9) {
        const uint64_t before = pl_clock_monotonic_ns();

        *ret_valid = pass(bench, checks, &error);
        if (*ret_valid < 0)
            exit(fail("a document", &error));
        now = pl_clock_monotonic_ns();
        if (now - before < best)
            best = now - before;
    }
    return (double)best / (double)(bench->lines_count - 1);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    PL_CLEANUP(pl_schema_cleanup) struct pl_schema *schema = NULL;
    struct pl_arena arena;
    struct pl_str text = {NULL, 0};
    struct pl_error error = {0};
    int valid = 0, ignored = 0;

    if (argc != 3)
        return 2;
    pl_arena_init(&arena, FILE_SIZE_BYTES_MAX + 4096);
    if (pl_file_read(argv[1], FILE_SIZE_BYTES_MAX, &arena, &text, &error) != PL_OK)
        return fail(argv[1], &error);
    split(&bench, text);
    if (pl_schema_compile(bench.lines[0], NULL, &schema, &error) != PL_OK ||
        pl_schema_checker_new(schema, 0, &bench.checker, &error) != PL_OK ||
        pl_json_document_new(NULL, &bench.document, &error) != PL_OK)
        return fail("the schema", &error);

    const double seconds = strtod(argv[2], NULL);
    const double whole = measure(&bench, true, seconds, &valid);
    const double reading = measure(&bench, false, seconds, &ignored);

    printf("{\"documents\": %zu, \"valid\": %d, \"ns\": %.1f, \"ns_reading\": %.1f}\n",
           bench.lines_count - 1, valid, whole, reading);
    pl_schema_checker_free(bench.checker);
    pl_json_document_free(bench.document);
    pl_arena_deinit(&arena);
    return 0;
}
