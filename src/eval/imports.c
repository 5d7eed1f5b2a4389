/*
 * The engine reads the file and selects; the columns come as JSON, as they stand there: what is taken over is
 * never retyped (an id of `007` stays so). What the suite has is known by hashes of its ids and of its
 * inputs.
 */
#include "eval/imports.h"

#include "base/json.h"
#include "eval/cases.h"
#include "eval/item.h"
#include "line/live_path.h"
#include "text/match.h"
#include "warehouse/driver.h"

#include <glob.h>
#include <string.h>

#define SQL_SIZE_BYTES_MAX ((size_t)1 << 20)
#define ROW_SIZE_BYTES_MAX ((size_t)64 << 20)
#define HASHES_AT_FIRST    1024
#define HASHES_MAX         ((size_t)1 << 24)
#define CARRIED_MAX        (PL_SEGMENTS_MAX + 4)

/* A table of a power of two, at most half full; 0 is empty. */
struct hashes {
    uint64_t *items;
    size_t size;
    size_t count;
};

/* A column of the file, and what the suite calls it. */
struct carried {
    struct pl_str from;
    struct pl_str to;
};

struct importing {
    const struct pl_import_request *request;
    struct pl_arena *arena;
    struct pl_buffer *out;
    struct pl_import_counts counts;
    const struct pl_driver *driver;
    struct pl_connection *connection;
    struct pl_columns columns; /* of the file */
    struct carried carried[CARRIED_MAX];
    size_t carried_count;
    bool
        has_id; /* the first is the input, the second the id when there is one, then the right answer */
    bool has_expected;
    struct hashes ids;
    struct hashes inputs;
    struct pl_text_scratch scratch;
    struct pl_json_document *document;
};

/* ---- hashes ---- */

static void put(struct hashes *hashes, uint64_t hash)
{
    size_t at = (size_t)hash & (hashes->size - 1);

    while (hashes->items[at] != 0 && hashes->items[at] != hash)
        at = (at + 1) & (hashes->size - 1);
    hashes->count += hashes->items[at] == 0 ? 1 : 0;
    hashes->items[at] = hash;
}

static bool has(const struct hashes *hashes, uint64_t hash)
{
    size_t at = hashes->size == 0 ? 0 : (size_t)hash & (hashes->size - 1);

    if (hashes->size == 0)
        return false;
    while (hashes->items[at] != 0 && hashes->items[at] != hash)
        at = (at + 1) & (hashes->size - 1);
    return hashes->items[at] == hash;
}

static enum pl_status add_hash(struct importing *importing, struct hashes *hashes, uint64_t hash,
                               struct pl_error *error)
{
    const struct hashes old = *hashes;

    if (2 * (old.count + 1) > old.size) {
        if (old.size >= HASHES_MAX)
            return pl_error_set(error, PL_E_LIMIT, "more than %zu cases", HASHES_MAX / 2);
        hashes->size = old.size == 0 ? HASHES_AT_FIRST : 2 * old.size;
        hashes->items = pl_arena_alloc_array(importing->arena, hashes->size, sizeof *hashes->items);
        if (hashes->items == NULL)
            return pl_arena_error(importing->arena, "the cases of a suite", error);
        hashes->count = 0;
        for (size_t i = 0; i < old.size; i++)
            if (old.items[i] != 0)
                put(hashes, old.items[i]);
    }
    put(hashes, hash);
    return PL_OK;
}

static uint64_t hash_of(struct pl_str text)
{
    const uint64_t hash = pl_str_hash(text);

    return hash == 0 ? 1 : hash;
}

/* Of an input without what differs only in looks. */
static enum pl_status hash_input(struct importing *importing, struct pl_str input,
                                 uint64_t *ret_hash, struct pl_error *error)
{
    struct pl_str normal;

    pl_text_scratch_reset(&importing->scratch);
    PL_RETURN_IF(pl_text_normalise(input, false, &importing->scratch, &normal, error));
    *ret_hash = hash_of(normal);
    return PL_OK;
}

/* ---- what the suite has ---- */

static struct pl_str name_or(struct pl_str name, const char *otherwise)
{
    return name.len > 0 ? name : pl_str_of(otherwise);
}

static enum pl_status keep_case(struct importing *importing, const struct pl_json_value *root,
                                struct pl_arena *scratch, struct pl_error *error)
{
    const struct pl_suite_columns *columns = &importing->request->suite->columns;
    struct pl_str text;
    uint64_t hash = 0;

    if (pl_case_text_of(root, name_or(columns->id, "id"), scratch, &text))
        PL_RETURN_IF(add_hash(importing, &importing->ids, hash_of(text), error));
    if (!pl_case_text_of(root, name_or(columns->input, "input"), scratch, &text))
        return PL_OK;
    PL_RETURN_IF(hash_input(importing, text, &hash, error));
    return add_hash(importing, &importing->inputs, hash, error);
}

static enum pl_status take_case(const struct pl_case_text *text, void *context,
                                struct pl_error *error)
{
    struct importing *importing = context;
    struct pl_arena scratch;
    enum pl_status status = PL_OK;

    PL_RETURN_IF(pl_json_document_read(importing->document, text->text, error));
    pl_arena_init(&scratch, ROW_SIZE_BYTES_MAX);
    status = keep_case(importing, pl_json_document_root(importing->document), &scratch, error);
    pl_arena_deinit(&scratch);
    return status;
}

/* A suite may be new, and have no cases yet. */
static enum pl_status read_suite(struct importing *importing, struct pl_error *error)
{
    const struct pl_suite *suite = importing->request->suite;
    const struct pl_str path = pl_line_path(suite->line, suite->cases, importing->arena);
    glob_t found = {0};
    bool has_cases = false;

    if (path.ptr == NULL)
        return pl_arena_error(importing->arena, "the path of the cases", error);
    has_cases = glob(path.ptr, 0, NULL, &found) == 0;
    globfree(&found);
    return has_cases ? pl_cases_read(suite, importing->arena, take_case, importing, error) : PL_OK;
}

static bool has_column(const struct importing *importing, struct pl_str name)
{
    for (size_t i = 0; i < importing->columns.count; i++)
        if (pl_str_equal(importing->columns.items[i].name, name))
            return true;
    return false;
}

static enum pl_status no_column(const struct importing *importing, struct pl_str name,
                                const char *option, struct pl_error *error)
{
    const size_t count = importing->columns.count;
    const char **names = pl_arena_alloc_array(importing->arena, count + 1, sizeof *names);
    const char *nearest = NULL;

    for (size_t i = 0; names != NULL && i < count; i++)
        names[i] = pl_arena_copy(importing->arena, importing->columns.items[i].name).ptr;
    if (names != NULL)
        nearest = pl_str_nearest(name, names, count);
    return pl_error_set(error, PL_E_DATA, "%.*s has no column `%.*s`%s%s%s; --%s names it",
                        PL_STR_ARG(pl_line_path_shown(pl_str_of(importing->request->file))),
                        PL_STR_ARG(name), nearest == NULL ? "" : "; did you mean `",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "`?", option);
}

static void carry(struct importing *importing, struct pl_str from, struct pl_str to)
{
    for (size_t i = 0; i < importing->carried_count; i++)
        if (pl_str_equal(importing->carried[i].to, to))
            return;
    if (importing->carried_count < CARRIED_MAX)
        importing->carried[importing->carried_count++] = (struct carried){from, to};
}

static enum pl_status choose_columns(struct importing *importing, struct pl_error *error)
{
    const struct pl_suite *suite = importing->request->suite;
    const struct pl_import_columns *named = &importing->request->columns;
    const struct pl_str id = name_or(suite->columns.id, "id");
    const struct pl_str input = name_or(suite->columns.input, "input");
    const struct pl_str expected = name_or(suite->columns.expected, "expected");
    const struct pl_str from_id = named->id.len > 0 ? named->id : id;
    const struct pl_str from_input = named->input.len > 0 ? named->input : input;

    if (!has_column(importing, from_input))
        return no_column(importing, from_input, "input", error);
    if (named->id.len > 0 && !has_column(importing, named->id))
        return no_column(importing, named->id, "id", error);
    if (named->expected.len > 0 && !has_column(importing, named->expected))
        return no_column(importing, named->expected, "expected", error);
    importing->has_id = has_column(importing, from_id);
    importing->has_expected = named->expected.len > 0;
    carry(importing, from_input, input);
    if (importing->has_id)
        carry(importing, from_id, id);
    if (importing->has_expected)
        carry(importing, named->expected, expected);
    for (size_t i = 0; i < suite->line->data.segments_count; i++)
        if (has_column(importing, suite->line->data.segments[i].column))
            carry(importing, suite->line->data.segments[i].column,
                  suite->line->data.segments[i].column);
    return PL_OK;
}

/* Input and id are text as it stands in the file, but for lists and objects; so is all of a file whose types
   are only guessed. */
static size_t choose_texts(const struct importing *importing, struct pl_str *names)
{
    const char *file = importing->request->file;
    const bool is_guessed = strstr(file, ".csv") != NULL || strstr(file, ".tsv") != NULL;
    const size_t first = importing->has_id ? 2 : 1;
    size_t count = 0;

    for (size_t i = 0; i < (is_guessed ? importing->carried_count : first); i++)
        for (size_t k = 0; k < importing->columns.count; k++)
            if (pl_str_equal(importing->columns.items[k].name, importing->carried[i].from) &&
                importing->columns.items[k].type != PL_TYPE_OTHER)
                names[count++] = importing->carried[i].from;
    return count;
}

/* ---- rows ---- */

static enum pl_status parse_input(struct importing *importing, struct pl_str json,
                                  struct pl_arena *scratch, struct pl_str *ret_input,
                                  struct pl_error *error)
{
    const struct pl_str row = pl_arena_format(scratch, "{\"v\":%.*s}", PL_STR_ARG(json));

    if (row.ptr == NULL)
        return pl_arena_error(scratch, "a row", error);
    PL_RETURN_IF(pl_json_document_read(importing->document, row, error));
    (void)pl_case_text_of(pl_json_document_root(importing->document), PL_STR("v"), scratch,
                          ret_input);
    *ret_input = pl_arena_copy(scratch, pl_str_trim(*ret_input));
    return ret_input->ptr == NULL ? pl_arena_error(scratch, "a row", error) : PL_OK;
}

static void write_case(struct importing *importing, const struct pl_str *values, struct pl_str id)
{
    const struct pl_import_request *request = importing->request;
    const struct pl_str column = name_or(request->suite->columns.id, "id");
    struct pl_json json;

    pl_json_init(&json, importing->out, false);
    pl_json_open_object(&json);
    pl_json_key_str(&json, column);
    pl_json_str(&json, id);
    for (size_t i = 0; i < importing->carried_count; i++) {
        if (pl_str_equal(importing->carried[i].to, column) || values[i].ptr == NULL)
            continue;
        pl_json_key_str(&json, importing->carried[i].to);
        pl_json_raw(&json, values[i]);
    }
    pl_json_key(&json, "origin");
    pl_json_open_object(&json);
    pl_json_key(&json, "file");
    pl_json_str(&json, pl_line_path_shown(pl_str_of(request->file)));
    pl_json_key(&json, "id");
    pl_json_str(&json, id);
    pl_json_key(&json, "imported_ms");
    pl_json_uint64(&json, request->now_ms);
    pl_json_close_object(&json);
    pl_json_close_object(&json);
    pl_buffer_add_char(importing->out, '\n');
}

static enum pl_status take_new(struct importing *importing, const struct pl_str *values,
                               uint64_t input_hash, struct pl_arena *scratch,
                               struct pl_error *error)
{
    struct pl_str id = pl_arena_format(scratch, "import-%016llx", (unsigned long long)input_hash);

    if (importing->has_id) {
        if (values[1].ptr != NULL)
            PL_RETURN_IF(parse_input(importing, values[1], scratch, &id, error));
        if (values[1].ptr == NULL || id.len == 0 || has(&importing->ids, hash_of(id))) {
            importing->counts.skipped++;
            return PL_OK;
        }
    }
    write_case(importing, values, id);
    importing->counts.added++;
    if (importing->has_expected && values[importing->has_id ? 2 : 1].ptr != NULL)
        importing->counts.expected++;
    PL_RETURN_IF(add_hash(importing, &importing->ids, hash_of(id), error));
    return add_hash(importing, &importing->inputs, input_hash, error);
}

static enum pl_status take_row(struct importing *importing, const struct pl_str *values,
                               struct pl_arena *scratch, struct pl_error *error)
{
    struct pl_str input = PL_STR("");
    uint64_t hash = 0;

    importing->counts.selected++;
    if (values[0].ptr != NULL)
        PL_RETURN_IF(parse_input(importing, values[0], scratch, &input, error));
    if (input.len == 0) {
        importing->counts.skipped++;
        return PL_OK;
    }
    PL_RETURN_IF(hash_input(importing, input, &hash, error));
    if (has(&importing->inputs, hash)) {
        importing->counts.duplicates++;
        return PL_OK;
    }
    return take_new(importing, values, hash, scratch, error);
}

static enum pl_status take_batch(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct importing *importing = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        struct pl_str values[CARRIED_MAX] = {0};
        struct pl_arena scratch;
        enum pl_status status = PL_OK;

        for (size_t i = 0; i < importing->carried_count; i++)
            if (pl_vector_valid(batch->columns[i].valid, row))
                values[i] = batch->columns[i].texts[row];
        pl_arena_init(&scratch, ROW_SIZE_BYTES_MAX);
        status = take_row(importing, values, &scratch, error);
        pl_arena_deinit(&scratch);
        PL_RETURN_IF(status);
        PL_RETURN_IF(pl_buffer_check(importing->out, "the cases", error));
    }
    return PL_OK;
}

/* ---- the statement ---- */

static enum pl_status describe(struct importing *importing, struct pl_error *error)
{
    const struct pl_source_options options = {.path = pl_str_of(importing->request->file)};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer source = {0};
    struct pl_error cause = {0};

    pl_buffer_init(&source, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(importing->driver->source(importing->connection, &options, &source, error));
    if (importing->driver->describe(importing->connection, pl_buffer_view(&source),
                                    importing->arena, &importing->columns, &cause) != PL_OK)
        return pl_error_set(error, PL_E_DATA, "%.*s cannot be read: %.400s",
                            PL_STR_ARG(pl_line_path_shown(pl_str_of(importing->request->file))),
                            cause.message);
    return PL_OK;
}

static enum pl_status make_statement(struct importing *importing, struct pl_buffer *sql,
                                     struct pl_error *error)
{
    const struct pl_import_request *request = importing->request;
    struct pl_str texts[CARRIED_MAX];
    const struct pl_source_options options = {
        .path = pl_str_of(request->file),
        .text_columns = texts,
        .text_columns_count = choose_texts(importing, texts),
        .columns = importing->columns,
    };

    pl_buffer_add_text(sql, "SELECT ");
    for (size_t i = 0; i < importing->carried_count; i++) {
        pl_buffer_add_text(sql, i == 0 ? "CAST(to_json(" : ", CAST(to_json(");
        pl_sql_identifier(sql, importing->carried[i].from);
        pl_buffer_add_text(sql, ") AS VARCHAR)");
    }
    pl_buffer_add_text(sql, " FROM ");
    PL_RETURN_IF(importing->driver->source(importing->connection, &options, sql, error));
    /* Each on lines of its own, so that a comment at its end ends there. */
    for (size_t i = 0; i < request->conditions_count; i++)
        pl_buffer_add_format(sql, " %s (\n%s\n)", i == 0 ? "WHERE" : "AND", request->conditions[i]);
    return pl_buffer_check(sql, "an SQL statement", error);
}

static enum pl_status import(struct importing *importing, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    enum pl_status status = PL_OK;

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(describe(importing, error));
    PL_RETURN_IF(choose_columns(importing, error));
    PL_RETURN_IF(make_statement(importing, &sql, error));
    status = importing->driver->query(importing->connection, pl_buffer_view(&sql), take_batch,
                                      importing, error);
    if (status == PL_E_ENGINE) {
        const struct pl_error cause = *error;

        return pl_error_set(error, PL_E_DATA, "%s cannot be selected from with --where: %.600s",
                            importing->request->file, cause.message);
    }
    return status;
}

static enum pl_status open_and_import(struct importing *importing, struct pl_error *error)
{
    const struct pl_connection_options options = {.threads = 1, .source = importing->request->file};
    enum pl_status status = PL_OK;

    if (pl_suite_is_builtin(importing->request->suite))
        return pl_error_set(
            error, PL_E_UNSUPPORTED,
            "the suite `%.*s` makes its own cases; a suite with a file takes others",
            PL_STR_ARG(importing->request->suite->name));
    PL_RETURN_IF(read_suite(importing, error));
    importing->driver = pl_driver_for(pl_str_of(importing->request->file));
    if (importing->driver == NULL)
        return pl_error_set(error, PL_E_DATA,
                            "%s is not a file of a known kind: .csv, .tsv, .jsonl, .ndjson or "
                            ".parquet, also with .gz or .zst",
                            importing->request->file);
    PL_RETURN_IF(importing->driver->open(&options, &importing->connection, error));
    status = import(importing, error);
    importing->driver->close(importing->connection);
    return status;
}

enum pl_status pl_cases_import(const struct pl_import_request *request, struct pl_arena *arena,
                               struct pl_buffer *out, struct pl_import_counts *ret_counts,
                               struct pl_error *error)
{
    static const struct pl_json_options OPTIONS = {.duplicates_kept = true};
    struct importing importing = {.request = request, .arena = arena, .out = out};
    enum pl_status status = pl_json_document_new(&OPTIONS, &importing.document, error);

    PL_RETURN_IF(status);
    pl_text_scratch_init(&importing.scratch, ROW_SIZE_BYTES_MAX);
    status = open_and_import(&importing, error);
    pl_text_scratch_deinit(&importing.scratch);
    pl_json_document_free(importing.document);
    PL_RETURN_IF(status);
    *ret_counts = importing.counts;
    return PL_OK;
}
