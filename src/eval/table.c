/* Reading results row by row. The repeats of a case stand together, as the run wrote them. */
#include "eval/table.h"

#include "json/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct pl_run_table *table;
    uint64_t *ids;
    uint64_t *group_hashes;
    struct pl_case_score *cells;
    struct pl_json_document *document;
    size_t cases_max;
};

bool pl_run_table_find(const struct pl_run_table *table, struct pl_str name, size_t *ret_index)
{
    for (size_t i = 0; i < table->scorers_count; i++)
        if (pl_str_equal(table->names[i], name)) {
            *ret_index = i;
            return true;
        }
    return false;
}

static uint64_t hash_of(const struct pl_json_value *row, const char *key)
{
    const struct pl_json_value *value = pl_json_value_get_text(row, key);

    return value != NULL && pl_json_value_type(value) == PL_JSON_STRING
               ? pl_str_hash(pl_json_value_str(value))
               : 0;
}

static void add_scores(const struct reading *reading, const struct pl_json_value *row,
                       struct pl_case_score *cells)
{
    for (size_t i = 0; i < reading->table->scorers_count; i++) {
        const struct pl_json_value *value = pl_json_value_get(row, reading->table->names[i]);

        if (value == NULL || pl_json_value_type(value) != PL_JSON_NUMBER)
            continue;
        cells[i].sum += pl_json_value_double(value);
        cells[i].count++;
        cells[i].passed += pl_json_value_double(value) >= 1.0 ? 1 : 0;
    }
}

static enum pl_status take_row(struct reading *reading, struct pl_str line, struct pl_error *error)
{
    struct pl_run_table *table = reading->table;
    const struct pl_json_value *row = NULL;
    uint64_t id = 0;

    PL_RETURN_IF(pl_json_document_read(reading->document, line, error));
    row = pl_json_document_root(reading->document);
    id = hash_of(row, "id");
    if (table->cases_count == 0 || reading->ids[table->cases_count - 1] != id) {
        if (table->cases_count == reading->cases_max)
            return pl_error_set(error, PL_E_CORRUPT, "the results have more cases than the run");
        reading->ids[table->cases_count] = id;
        reading->group_hashes[table->cases_count++] = hash_of(row, "group");
    }
    add_scores(reading, row, &reading->cells[(table->cases_count - 1) * table->scorers_count]);
    return PL_OK;
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
    while (status == PL_OK && (length = getline(&line, &size, file)) >= 0)
        status = take_row(reading, (struct pl_str){line, (size_t)length}, error);
    free(line);
    (void)fclose(file);
    return status;
}

static int compare_hashes(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Numbers the groups from 0 by the order of their hashes. */
static enum pl_status number_groups(const struct reading *reading, struct pl_arena *arena,
                                    struct pl_error *error)
{
    struct pl_run_table *table = reading->table;
    uint64_t *sorted = pl_arena_alloc_array(arena, table->cases_count + 1, sizeof *sorted);
    uint32_t *groups = pl_arena_alloc_array(arena, table->cases_count + 1, sizeof *groups);
    uint32_t count = 0;

    if (sorted == NULL || groups == NULL)
        return pl_arena_error(arena, "the groups of a run", error);
    memcpy(sorted, reading->group_hashes, table->cases_count * sizeof *sorted);
    qsort(sorted, table->cases_count, sizeof *sorted, compare_hashes);
    for (size_t i = 0; i < table->cases_count; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            sorted[count++] = sorted[i];
    for (size_t i = 0; i < table->cases_count; i++) {
        const uint64_t *found =
            bsearch(&reading->group_hashes[i], sorted, count, sizeof *sorted, compare_hashes);

        groups[i] = (uint32_t)(found - sorted);
    }
    table->groups = groups;
    table->groups_count = count;
    return PL_OK;
}

enum pl_status pl_run_table_read(const struct pl_run *run, bool grouped, struct pl_arena *arena,
                                 struct pl_run_table *ret_table, struct pl_error *error)
{
    struct pl_run_table table = {.scorers_count = run->scorers_count};
    struct pl_str *names = pl_arena_alloc_array(arena, run->scorers_count + 1, sizeof *names);
    const char *path = pl_run_path(run, PL_RESULTS_FILE, arena);
    struct reading reading = {.table = &table, .cases_max = (size_t)run->cases_count};
    enum pl_status status = PL_OK;

    reading.ids = pl_arena_alloc_array(arena, reading.cases_max + 1, sizeof *reading.ids);
    reading.group_hashes =
        pl_arena_alloc_array(arena, reading.cases_max + 1, sizeof *reading.group_hashes);
    reading.cells = pl_arena_alloc_array(arena, (reading.cases_max + 1) * (run->scorers_count + 1),
                                         sizeof *reading.cells);
    if (names == NULL || path == NULL || reading.ids == NULL || reading.group_hashes == NULL ||
        reading.cells == NULL)
        return pl_arena_error(arena, "the scores of a run", error);
    for (size_t i = 0; i < run->scorers_count; i++)
        names[i] = run->scorers[i].name;
    table.names = names;
    PL_RETURN_IF(pl_json_document_new(NULL, &reading.document, error));
    status = read_rows(&reading, path, error);
    pl_json_document_free(reading.document);
    PL_RETURN_IF(status);
    if (grouped)
        PL_RETURN_IF(number_groups(&reading, arena, error));
    table.ids = reading.ids;
    table.cells = reading.cells;
    *ret_table = table;
    return PL_OK;
}
