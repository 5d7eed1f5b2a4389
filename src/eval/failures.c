/* Going over the outputs of a run for those that are not as they should be. */
#include "eval/failures.h"

#include "json/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define EXCERPT_BYTES_MAX 300

struct reading {
    const struct pl_run *run;
    struct pl_arena *arena;
    struct pl_failure *items;
    struct pl_failures failures;
    size_t most;
    struct pl_json_document *document;
};

static struct pl_str text_of(const struct reading *reading, const struct pl_json_value *row,
                             const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(row, key);
    struct pl_str text = PL_STR("");

    if (value != NULL && pl_json_value_type(value) == PL_JSON_STRING)
        text = pl_json_value_str(value);
    if (text.len > EXCERPT_BYTES_MAX)
        text.len = EXCERPT_BYTES_MAX;
    return pl_arena_copy(reading->arena, text);
}

static void add(struct reading *reading, const struct pl_json_value *row, struct pl_str scorer,
                struct pl_str note)
{
    uint64_t repeat = 0;
    const struct pl_json_value *value = pl_json_value_get_text(row, "repeat");

    if (reading->failures.count == reading->most) {
        reading->failures.more++;
        return;
    }
    if (value != NULL)
        (void)pl_json_value_uint64(value, &repeat);
    reading->items[reading->failures.count++] = (struct pl_failure){
        .id = text_of(reading, row, "id"),
        .repeat = (uint32_t)repeat,
        .scorer = scorer,
        .output = text_of(reading, row, "output"),
        .note = note,
    };
}

static struct pl_str note_of(const struct reading *reading, const struct pl_json_value *row,
                             struct pl_str scorer)
{
    const struct pl_json_value *notes = pl_json_value_get_text(row, "notes");
    const struct pl_json_value *note = notes == NULL ? NULL : pl_json_value_get(notes, scorer);

    if (note == NULL || pl_json_value_type(note) != PL_JSON_STRING)
        return PL_STR("");
    return pl_arena_copy(reading->arena, pl_json_value_str(note));
}

static void take_row(struct reading *reading, const struct pl_json_value *row)
{
    const struct pl_json_value *scores = pl_json_value_get_text(row, "scores");
    const struct pl_json_value *end = pl_json_value_get_text(row, "end");

    if (end != NULL && pl_json_value_type(end) == PL_JSON_STRING &&
        !pl_str_equal_text(pl_json_value_str(end), "done")) {
        add(reading, row, PL_STR(""), text_of(reading, row, "why"));
        return;
    }
    for (size_t i = 0; i < reading->run->scorers_count && scores != NULL; i++) {
        const struct pl_run_scorer *scorer = &reading->run->scorers[i];
        const struct pl_json_value *score = pl_json_value_get(scores, scorer->name);

        if (scorer->passes && score != NULL && pl_json_value_type(score) == PL_JSON_NUMBER &&
            pl_json_value_double(score) <= 0.0)
            add(reading, row, scorer->name, note_of(reading, row, scorer->name));
    }
}

static enum pl_status read_rows(struct reading *reading, const char *path, struct pl_error *error)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    ssize_t length = 0;
    enum pl_status status = PL_OK;

    if (file == NULL)
        return pl_error_errno(error, errno, "%s cannot be read", path);
    while (status == PL_OK && (length = getline(&line, &size, file)) >= 0) {
        status =
            pl_json_document_read(reading->document, (struct pl_str){line, (size_t)length}, error);
        if (status == PL_OK)
            take_row(reading, pl_json_document_root(reading->document));
    }
    free(line);
    (void)fclose(file);
    return status;
}

enum pl_status pl_run_failures(const struct pl_run *run, size_t most, struct pl_arena *arena,
                               struct pl_failures *ret_failures, struct pl_error *error)
{
    struct reading reading = {.run = run, .arena = arena, .most = most};
    const char *path = pl_run_path(run, PL_OUTPUTS_FILE, arena);
    enum pl_status status = PL_OK;

    reading.items = pl_arena_alloc_array(arena, most + 1, sizeof *reading.items);
    if (path == NULL || reading.items == NULL)
        return pl_arena_error(arena, "the failures of a run", error);
    PL_RETURN_IF(pl_json_document_new(NULL, &reading.document, error));
    status = read_rows(&reading, path, error);
    pl_json_document_free(reading.document);
    PL_RETURN_IF(status);
    reading.failures.items = reading.items;
    *ret_failures = reading.failures;
    return PL_OK;
}
