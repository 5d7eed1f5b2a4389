/*
 * The engine joins the file with what is known, outcome by outcome; what is new is written in blocks, and between two blocks
 * others may write. A record's idempotency id is a hash of decision, name, value and the number of the record that it replaces:
 * two imports of one file at once write the same ids, and so count once, while a value that went from A to B
 * and back to A counts three times.
 */
#include "live/outcomes.h"

#include "base/file.h"
#include "base/json.h"
#include "json/value.h"
#include "live/decode.h"
#include "warehouse/driver.h"

#include <stdio.h>
#include <string.h>

#define SQL_SIZE_BYTES_MAX ((size_t)4 << 20)
#define ID_LENGTH          16 /* hex digits of the hash */

struct importing {
    const struct pl_outcomes_request *request;
    struct pl_arena *arena;
    const struct pl_driver *driver;
    struct pl_connection *connection;
    struct pl_columns columns; /* of the file */
    struct pl_str decision;
    struct pl_outcome_column outcomes[PL_OUTCOMES_COUNT_MAX];
    size_t outcomes_count;
    struct pl_str source;                    /* the file as a table expression */
    const struct pl_outcome_column *outcome; /* whose rows are being taken */
    struct pl_ledger_writer *writer;
    struct pl_json_document *document;
    struct pl_buffer body;
    struct pl_buffer text;
    struct pl_outcomes_counts counts;
};

/* ---- the columns ---- */

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
    return pl_error_set(error, PL_E_DATA, "%s has no column `%.*s`%s%s%s; %s names it",
                        importing->request->file, PL_STR_ARG(name),
                        nearest == NULL ? "" : "; did you mean `", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "`?", option);
}

static enum pl_status choose_decision(struct importing *importing, struct pl_error *error)
{
    const struct pl_str named = importing->request->decision;
    const bool has_usual = has_column(importing, PL_STR("decision"));

    importing->decision = named.len > 0 ? named : has_usual ? PL_STR("decision") : PL_STR("id");
    if (has_column(importing, importing->decision))
        return PL_OK;
    return no_column(importing, named.len > 0 ? named : PL_STR("decision"), "--decision COLUMN",
                     error);
}

/* Those that were named, or the usual ones that are there. */
static enum pl_status choose_outcomes(struct importing *importing, struct pl_error *error)
{
    static const char *const USUAL[] = {"label", "rating", "accepted", "edited", "value"};
    const struct pl_outcomes_request *request = importing->request;

    for (size_t i = 0; i < request->outcomes_count; i++) {
        if (!has_column(importing, request->outcomes[i].column))
            return no_column(importing, request->outcomes[i].column, "--outcome NAME=COLUMN",
                             error);
        importing->outcomes[importing->outcomes_count++] = request->outcomes[i];
    }
    for (size_t i = 0; request->outcomes_count == 0 && i < sizeof USUAL / sizeof *USUAL; i++) {
        const struct pl_str name = pl_str_of(USUAL[i]);

        if (has_column(importing, name) && !pl_str_equal(name, importing->decision))
            importing->outcomes[importing->outcomes_count++] =
                (struct pl_outcome_column){name, name};
    }
    if (importing->outcomes_count == 0)
        return pl_error_set(error, PL_E_DATA,
                            "%s has none of the columns label, rating, accepted, edited and value; "
                            "--outcome NAME=COLUMN says which columns are outcomes",
                            request->file);
    return PL_OK;
}

/* An id is text whatever it looks like, and so is what a person wrote. */
static size_t choose_texts(const struct importing *importing, struct pl_str *ret_names)
{
    size_t count = 0;

    ret_names[count++] = importing->decision;
    for (size_t i = 0; i < importing->outcomes_count; i++)
        if (pl_str_equal_text(importing->outcomes[i].name, "edited") &&
            !pl_str_equal(importing->outcomes[i].column, importing->decision))
            ret_names[count++] = importing->outcomes[i].column;
    return count;
}

static enum pl_status read_source(struct importing *importing,
                                  const struct pl_source_options *options, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(importing->driver->source(importing->connection, options, &sql, error));
    importing->source = pl_arena_copy(importing->arena, pl_buffer_view(&sql));
    return importing->source.ptr == NULL
               ? pl_arena_error(importing->arena, "an SQL statement", error)
               : PL_OK;
}

static enum pl_status cannot_read(const struct importing *importing, const struct pl_error *cause,
                                  struct pl_error *error)
{
    return pl_error_set(error, PL_E_DATA, "%s cannot be read: %.600s", importing->request->file,
                        cause->message);
}

static enum pl_status describe(struct importing *importing, struct pl_error *error)
{
    struct pl_str texts[PL_OUTCOMES_COUNT_MAX + 1];
    struct pl_source_options options = {.path = pl_str_of(importing->request->file)};
    struct pl_error cause = {0};

    PL_RETURN_IF(read_source(importing, &options, error));
    if (importing->driver->describe(importing->connection, importing->source, importing->arena,
                                    &importing->columns, &cause) != PL_OK)
        return cannot_read(importing, &cause, error);
    PL_RETURN_IF(choose_decision(importing, error));
    PL_RETURN_IF(choose_outcomes(importing, error));
    options.text_columns = texts;
    options.text_columns_count = choose_texts(importing, texts);
    options.columns = importing->columns;
    return read_source(importing, &options, error);
}

/* ---- rows ---- */

/* A row of the query, in the order of its columns. */
struct row {
    struct pl_str decision;
    struct pl_str value;   /* JSON */
    struct pl_str current; /* as the warehouse has it; ptr NULL: nothing, or null */
    int64_t replaced;      /* the number of that record; 0: there is none */
    bool is_known;         /* the decision is in the ledger */
    int64_t earlier;       /* rows of the file that this one replaces */
};

static struct row row_of(const struct pl_batch *batch, size_t at)
{
    const struct pl_vector *columns = batch->columns;
    struct row row = {.is_known = columns[4].integers[at] != 0, .earlier = columns[5].integers[at]};

    if (pl_vector_valid(columns[0].valid, at))
        row.decision = columns[0].texts[at];
    row.value = columns[1].texts[at];
    if (pl_vector_valid(columns[2].valid, at))
        row.current = columns[2].texts[at];
    if (pl_vector_valid(columns[3].valid, at))
        row.replaced = columns[3].integers[at];
    return row;
}

static void write_id(struct importing *importing, const struct row *row, struct pl_json *json)
{
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char id[ID_LENGTH + sizeof "import-"];

    pl_buffer_reset(&importing->text);
    pl_buffer_add(&importing->text, row->decision);
    pl_buffer_add_char(&importing->text, '\0');
    pl_buffer_add(&importing->text, importing->outcome->name);
    pl_buffer_add_char(&importing->text, '\0');
    pl_buffer_add(&importing->text, row->value);
    pl_buffer_add_format(&importing->text, "%c%lld", '\0', (long long)row->replaced);
    pl_hash_bytes(pl_buffer_view(&importing->text), hash);
    (void)snprintf(id, sizeof id, "import-%.*s", ID_LENGTH, hash);
    pl_json_key(json, "id");
    pl_json_text(json, id);
}

static enum pl_status write_row(struct importing *importing, const struct row *row,
                                struct pl_error *error)
{
    struct pl_buffer *body = &importing->body;
    struct pl_json json;

    pl_buffer_reset(body);
    pl_json_init(&json, body, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "decision");
    pl_json_str(&json, row->decision);
    pl_json_key(&json, "name");
    pl_json_str(&json, importing->outcome->name);
    pl_json_key(&json, "value");
    pl_json_raw(&json, row->value);
    write_id(importing, row, &json);
    pl_json_close_object(&json);
    PL_RETURN_IF(pl_buffer_check(&importing->text, "an outcome", error));
    PL_RETURN_IF(pl_buffer_check(body, "an outcome", error));
    importing->counts.written++;
    return pl_ledger_append(importing->writer, "feedback", pl_clock_unix_ms(), pl_buffer_view(body),
                            error);
}

/* Whether the value is what the warehouse has, in the warehouse's writing. */
static enum pl_status is_current(struct importing *importing, const struct row *row,
                                 bool *ret_current, struct pl_error *error)
{
    struct pl_error cause = {0};
    struct pl_str text;

    if (pl_json_document_read(importing->document, row->value, &cause) != PL_OK)
        return pl_error_set(error, PL_E_DATA,
                            "%s: the %.*s of decision %.*s cannot be written as JSON: %.80s",
                            importing->request->file, PL_STR_ARG(importing->outcome->name),
                            PL_STR_ARG(row->decision), cause.message);
    PL_RETURN_IF(pl_live_value_text(pl_json_document_root(importing->document), &importing->text,
                                    &text, error));
    *ret_current = row->current.ptr != NULL && pl_str_equal(text, row->current);
    return PL_OK;
}

static enum pl_status take_row(struct importing *importing, const struct row *row,
                               struct pl_error *error)
{
    bool current = false;

    importing->counts.earlier += (uint64_t)row->earlier;
    importing->counts.strange += row->is_known ? 0 : 1;
    if (row->decision.len == 0 || (!row->is_known && !importing->request->early))
        return PL_OK;
    PL_RETURN_IF(is_current(importing, row, &current, error));
    if (!current)
        return write_row(importing, row, error);
    importing->counts.known++;
    return PL_OK;
}

static enum pl_status take_batch(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct importing *importing = context;
    const uint64_t before = importing->counts.written;

    PL_RETURN_IF(pl_ledger_resume(importing->writer, importing->request->lock_wait_ms, error));
    for (size_t i = 0; i < batch->rows_count; i++) {
        const struct row row = row_of(batch, i);

        PL_RETURN_IF(take_row(importing, &row, error));
    }
    if (importing->counts.written > before)
        PL_RETURN_IF(pl_ledger_commit(importing->writer, &importing->counts.head, error));
    pl_ledger_suspend(importing->writer);
    return PL_OK;
}

/* ---- the statement ---- */

/* What the file says last of each decision, with what is known of it. */
static void add_query(const struct importing *importing, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "SELECT n.decision, n.value, f.value, f.seq, "
                            "CAST(d.id IS NOT NULL AS BIGINT), n.earlier FROM (SELECT *, "
                            "count(*) OVER (PARTITION BY decision) - 1 AS earlier FROM (SELECT "
                            "row_number() OVER () AS place, CAST(");
    pl_sql_identifier(sql, importing->decision);
    pl_buffer_add_text(sql, " AS VARCHAR) AS decision, CAST(to_json(");
    pl_sql_identifier(sql, importing->outcome->column);
    pl_buffer_add_text(sql, ") AS VARCHAR) AS value, ");
    pl_sql_identifier(sql, importing->outcome->column);
    pl_buffer_add_text(sql, " IS NOT NULL AS is_given FROM ");
    pl_buffer_add(sql, importing->source);
    pl_buffer_add_text(sql, ") WHERE is_given QUALIFY row_number() OVER (PARTITION BY decision "
                            "ORDER BY place DESC) = 1) AS n LEFT JOIN (SELECT decision, "
                            "arg_max_null(value, seq) AS value, max(seq) AS seq FROM feedback "
                            "WHERE name = ");
    pl_sql_string(sql, importing->outcome->name);
    pl_buffer_add_text(sql, " GROUP BY decision) AS f ON f.decision = n.decision "
                            "LEFT JOIN decisions AS d ON d.id = n.decision ORDER BY n.place");
}

static enum pl_status import_outcome(struct importing *importing, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_error cause = {0};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    add_query(importing, &sql);
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));

    const enum pl_status status = importing->driver->query(
        importing->connection, pl_buffer_view(&sql), take_batch, importing, &cause);

    if (status == PL_E_ENGINE)
        return cannot_read(importing, &cause, error);
    return status == PL_OK ? PL_OK : pl_error_set(error, status, "%s", cause.message);
}

static enum pl_status import(struct importing *importing, struct pl_error *error)
{
    const struct pl_outcomes_request *request = importing->request;
    const struct pl_ledger_options ledger = {.lock_wait_ms = request->lock_wait_ms};
    const struct pl_str live = pl_arena_format(importing->arena, "ledger:*@%s", request->warehouse);
    const struct pl_connection_options options = {request->threads, request->file, live.ptr};

    if (live.ptr == NULL)
        return pl_arena_error(importing->arena, "a path", error);
    PL_RETURN_IF(importing->driver->open(&options, &importing->connection, error));
    PL_RETURN_IF(describe(importing, error));
    PL_RETURN_IF(pl_json_document_new(NULL, &importing->document, error));
    PL_RETURN_IF(pl_ledger_open(request->ledger, &ledger, &importing->writer, error));
    pl_ledger_suspend(importing->writer);
    for (size_t i = 0; i < importing->outcomes_count; i++) {
        importing->outcome = &importing->outcomes[i];
        PL_RETURN_IF(import_outcome(importing, error));
    }
    return PL_OK;
}

enum pl_status pl_outcomes_import(const struct pl_outcomes_request *request, struct pl_arena *arena,
                                  struct pl_outcomes_counts *ret_counts, struct pl_error *error)
{
    struct importing importing = {
        .request = request, .arena = arena, .driver = pl_driver_of_stores()};

    if (!importing.driver->takes(pl_str_of(request->file)))
        return pl_error_set(error, PL_E_DATA,
                            "%s is not a file of a known kind: .csv, .tsv, .jsonl, .ndjson or "
                            ".parquet, also with .gz or .zst",
                            request->file);
    pl_buffer_init(&importing.body, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    pl_buffer_init(&importing.text, PL_LEDGER_RECORD_SIZE_BYTES_MAX);

    const enum pl_status status = import(&importing, error);

    if (importing.connection != NULL)
        importing.driver->close(importing.connection);
    pl_ledger_close(importing.writer);
    pl_json_document_free(importing.document);
    pl_buffer_deinit(&importing.body);
    pl_buffer_deinit(&importing.text);
    PL_RETURN_IF(status);
    *ret_counts = importing.counts;
    return PL_OK;
}
