/*
 * One walk over the members of a body. A member is looked for among the fields from where the last one was found, so that a
 * body in the usual order costs one comparison for each. What does not have the type of its field
 * is absent: a record that somebody else wrote must not keep the ones behind it from being loaded.
 */
#include "live/decode.h"

#include "base/json.h"
#include "json/render.h"
#include "json/value.h"

#include <string.h>

#define SCRATCH_SIZE_BYTES_MAX ((size_t)4 << 20)
#define TIME_MS_MAX            INT64_C(253402300799999) /* the year 9999 */

/* A body, or an object in it, that is being taken apart. */
struct taking {
    struct pl_live_decoder *decoder;
    const struct pl_live_table *table;
    struct pl_live_rows *rows;
    const struct pl_ledger_record *record;
    struct pl_json_walk walk;
};

enum pl_status pl_live_decoder_init(struct pl_live_decoder *decoder,
                                    struct pl_connection *connection, struct pl_live_names *names,
                                    struct pl_error *error)
{
    static const struct pl_json_options OPTIONS = {.duplicates_kept = true};

    *decoder = (struct pl_live_decoder){.names = names};
    pl_buffer_init(&decoder->scratch, SCRATCH_SIZE_BYTES_MAX);
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++)
        PL_RETURN_IF(pl_live_rows_new(&PL_LIVE_TABLES[i], connection, &decoder->rows[i], error));
    return pl_json_document_new(&OPTIONS, &decoder->document, error);
}

void pl_live_decoder_deinit(struct pl_live_decoder *decoder)
{
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++)
        pl_live_rows_free(decoder->rows[i]);
    pl_json_document_free(decoder->document);
    pl_buffer_deinit(&decoder->scratch);
}

enum pl_status pl_live_decoder_flush(struct pl_live_decoder *decoder, struct pl_error *error)
{
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++)
        PL_RETURN_IF(pl_live_rows_flush(decoder->rows[i], error));
    return PL_OK;
}

/* ---- values ---- */

/* A string as it is; another value as JSON. Valid until the scratch is used again. */
static enum pl_status text_of(struct pl_buffer *scratch, const struct pl_json_value *value,
                              struct pl_str *ret_text, struct pl_error *error)
{
    if (pl_json_value_type(value) == PL_JSON_STRING) {
        *ret_text = pl_json_value_str(value);
        return PL_OK;
    }
    pl_buffer_reset(scratch);
    pl_json_value_write(value, scratch);
    PL_RETURN_IF(pl_buffer_check(scratch, "a value of the ledger", error));
    *ret_text = pl_buffer_view(scratch);
    return PL_OK;
}

static enum pl_live_kind kind_of(const struct pl_json_value *value)
{
    int64_t integer;

    switch (pl_json_value_type(value)) {
    case PL_JSON_NULL:
        return PL_LIVE_KIND_NONE;
    case PL_JSON_BOOL:
        return PL_LIVE_KIND_TRUTH;
    case PL_JSON_NUMBER:
        return pl_json_value_int64(value, &integer) ? PL_LIVE_KIND_INTEGER : PL_LIVE_KIND_NUMBER;
    case PL_JSON_STRING:
    case PL_JSON_ARRAY:
    case PL_JSON_OBJECT:
        break;
    }
    return PL_LIVE_KIND_TEXT;
}

static enum pl_status note_name(struct taking *taking, enum pl_live_origin origin,
                                struct pl_str name, enum pl_live_kind kind, struct pl_error *error)
{
    const struct pl_live_name noted = {name, origin, kind};

    return pl_live_names_note(taking->decoder->names, &noted, error);
}

static enum pl_status take_text(struct taking *taking, size_t field,
                                const struct pl_json_value *value, struct pl_error *error)
{
    struct pl_str text;

    PL_RETURN_IF(text_of(&taking->decoder->scratch, value, &text, error));
    return pl_live_rows_set_text(taking->rows, field, text, error);
}

/* 1.0 is the integer 1, and is written so: else a column of integers would have it as a text that is none. */
enum pl_status pl_live_value_text(const struct pl_json_value *value, struct pl_buffer *scratch,
                                  struct pl_str *ret_text, struct pl_error *error)
{
    int64_t integer = 0;

    if (pl_json_value_type(value) != PL_JSON_NUMBER || !pl_json_value_int64(value, &integer))
        return text_of(scratch, value, ret_text, error);
    pl_buffer_reset(scratch);
    pl_buffer_add_format(scratch, "%lld", (long long)integer);
    PL_RETURN_IF(pl_buffer_check(scratch, "a value of the ledger", error));
    *ret_text = pl_buffer_view(scratch);
    return PL_OK;
}

static enum pl_status take_value(struct taking *taking, size_t field,
                                 const struct pl_json_value *value, struct pl_error *error)
{
    struct pl_str text;

    /* Of feedback the kind belongs to the name, which is only known once the record is read. */
    if (taking->table->kind != NULL && strcmp(taking->table->kind, "decision") == 0)
        PL_RETURN_IF(note_name(taking, PL_LIVE_REPORTED, taking->walk.name, kind_of(value), error));
    PL_RETURN_IF(pl_live_value_text(value, &taking->decoder->scratch, &text, error));
    return pl_live_rows_set_text(taking->rows, field, text, error);
}

/* Adds a member of an object of names; of several of one name the last one counts. */
static enum pl_status add_name(struct taking *taking, const struct pl_json_value *object,
                               const struct pl_json_walk *walk, struct pl_buffer *out,
                               struct pl_error *error)
{
    struct pl_json json;
    struct pl_str text;

    if (pl_json_value_type(walk->value) == PL_JSON_NULL ||
        pl_json_value_get(object, walk->name) != walk->value)
        return PL_OK;
    pl_buffer_add_text(out, out->len == 1 ? "" : ",");
    pl_json_init(&json, out, false);
    pl_json_str(&json, walk->name);
    pl_buffer_add_char(out, ':');
    PL_RETURN_IF(text_of(&taking->decoder->scratch, walk->value, &text, error));
    pl_json_init(&json, out, false);
    pl_json_str(&json, text);
    return PL_OK;
}

static enum pl_status take_names(struct taking *taking, size_t field,
                                 const struct pl_json_value *value, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    const bool is_segments = strcmp(taking->table->fields[field].column, "segments") == 0;
    struct pl_json_walk walk = pl_json_value_walk(value);

    if (pl_json_value_type(value) != PL_JSON_OBJECT)
        return PL_OK;
    pl_buffer_init(&out, SCRATCH_SIZE_BYTES_MAX);
    pl_buffer_add_char(&out, '{');
    while (pl_json_walk_next(&walk)) {
        PL_RETURN_IF(add_name(taking, value, &walk, &out, error));
        PL_RETURN_IF(note_name(taking, is_segments ? PL_LIVE_SEGMENT : PL_LIVE_EXPERIMENT,
                               walk.name, PL_LIVE_KIND_TEXT, error));
    }
    pl_buffer_add_char(&out, '}');
    PL_RETURN_IF(pl_buffer_check(&out, "the segments of a decision", error));
    return pl_live_rows_set_text(taking->rows, field, pl_buffer_view(&out), error);
}

static void take_integer(struct taking *taking, size_t field, const struct pl_json_value *value,
                         bool is_time)
{
    int64_t integer = 0;

    if (pl_json_value_type(value) == PL_JSON_NUMBER && pl_json_value_int64(value, &integer) &&
        (!is_time || (integer >= 0 && integer <= TIME_MS_MAX)))
        pl_live_rows_set_integer(taking->rows, field, integer);
}

static enum pl_status take_field(struct taking *taking, size_t field,
                                 const struct pl_json_value *value, struct pl_error *error)
{
    const enum pl_live_type type = taking->table->fields[field].type;

    if (pl_json_value_type(value) == PL_JSON_NULL && type != PL_LIVE_VALUE)
        return PL_OK;
    switch (type) {
    case PL_LIVE_TEXT:
    case PL_LIVE_JSON:
        return take_text(taking, field, value, error);
    case PL_LIVE_VALUE:
        return pl_json_value_type(value) == PL_JSON_NULL ? PL_OK
                                                         : take_value(taking, field, value, error);
    case PL_LIVE_NAMES:
        return take_names(taking, field, value, error);
    case PL_LIVE_INTEGER:
    case PL_LIVE_TIME:
        take_integer(taking, field, value, type == PL_LIVE_TIME);
        break;
    case PL_LIVE_REAL:
        if (pl_json_value_type(value) == PL_JSON_NUMBER)
            pl_live_rows_set_real(taking->rows, field, pl_json_value_double(value));
        break;
    case PL_LIVE_TRUTH:
        if (pl_json_value_type(value) == PL_JSON_BOOL)
            pl_live_rows_set_integer(taking->rows, field, pl_json_value_bool(value));
        break;
    }
    return PL_OK;
}

/* ---- objects ---- */

static bool is_field(const struct pl_live_field *field, const char *of, struct pl_str name)
{
    return field->key != NULL &&
           (of == NULL ? field->of == NULL : field->of != NULL && strcmp(field->of, of) == 0) &&
           pl_str_equal_text(name, field->key);
}

/* The field of a member, searched from `*at` on and round; the count of fields when there is none. */
static size_t find_field(const struct pl_live_table *table, const char *of, struct pl_str name,
                         size_t *at)
{
    for (size_t i = 0; i < table->fields_count; i++) {
        const size_t field = (*at + i) % table->fields_count;

        if (is_field(&table->fields[field], of, name)) {
            *at = field + 1;
            return field;
        }
    }
    return table->fields_count;
}

static enum pl_status take_members(struct taking *taking, const struct pl_json_value *object,
                                   const char *of, struct pl_error *error)
{
    size_t at = 0;

    taking->walk = pl_json_value_walk(object);
    while (pl_json_walk_next(&taking->walk)) {
        const size_t field = find_field(taking->table, of, taking->walk.name, &at);

        if (field < taking->table->fields_count)
            PL_RETURN_IF(take_field(taking, field, taking->walk.value, error));
    }
    return PL_OK;
}

/* The objects in which fields lie. */
static enum pl_status take_inner(struct taking *taking, const struct pl_json_value *object,
                                 struct pl_error *error)
{
    const char *done = "";

    for (size_t i = 0; i < taking->table->fields_count; i++) {
        const char *of = taking->table->fields[i].of;

        if (of == NULL || strcmp(of, done) == 0)
            continue;
        done = of;

        const struct pl_json_value *inner = pl_json_value_get_text(object, of);

        if (inner != NULL && pl_json_value_type(inner) == PL_JSON_OBJECT)
            PL_RETURN_IF(take_members(taking, inner, of, error));
    }
    return PL_OK;
}

static enum pl_status take_object(struct taking *taking, const struct pl_json_value *object,
                                  struct pl_error *error)
{
    PL_RETURN_IF(take_members(taking, object, NULL, error));
    return take_inner(taking, object, error);
}

/* ---- records ---- */

/* The names of the two facts without which a row says nothing. */
static const char *needed_key(enum pl_live_table_id table)
{
    return table == PL_LIVE_DECISIONS ? "id" : table == PL_LIVE_FEEDBACK ? "decision" : NULL;
}

static bool has_needed(enum pl_live_table_id table, const struct pl_json_value *body)
{
    const char *key = needed_key(table);
    const struct pl_json_value *value = key == NULL ? NULL : pl_json_value_get_text(body, key);

    return key == NULL || (value != NULL && pl_json_value_type(value) == PL_JSON_STRING &&
                           pl_json_value_str(value).len > 0);
}

static enum pl_status note_outcome(struct taking *taking, const struct pl_json_value *body,
                                   struct pl_error *error)
{
    const struct pl_json_value *name = pl_json_value_get_text(body, "name");
    const struct pl_json_value *value = pl_json_value_get_text(body, "value");

    if (name == NULL || pl_json_value_type(name) != PL_JSON_STRING)
        return PL_OK;
    return note_name(taking, PL_LIVE_OUTCOME, pl_json_value_str(name),
                     value == NULL ? PL_LIVE_KIND_NONE : kind_of(value), error);
}

static enum pl_status take_attempts(struct taking *taking, const struct pl_json_value *body,
                                    struct pl_error *error)
{
    const struct pl_json_value *attempts = pl_json_value_get_text(body, "attempts");
    int64_t number = 0;

    if (attempts == NULL || pl_json_value_type(attempts) != PL_JSON_ARRAY)
        return PL_OK;
    taking->table = &PL_LIVE_TABLES[PL_LIVE_ATTEMPTS];
    taking->rows = taking->decoder->rows[PL_LIVE_ATTEMPTS];
    for (struct pl_json_walk walk = pl_json_value_walk(attempts); pl_json_walk_next(&walk);) {
        PL_RETURN_IF(pl_live_rows_begin(taking->rows, taking->record->sequence,
                                        taking->record->block, error));
        pl_live_rows_set_integer(taking->rows, 0, number++);
        if (pl_json_value_type(walk.value) == PL_JSON_OBJECT)
            PL_RETURN_IF(take_object(taking, walk.value, error));
    }
    return PL_OK;
}

/* Of each table the field of the time: what the body says, or when the record was written. */
static void set_time(struct taking *taking)
{
    size_t field = 0;

    while (taking->table->fields[field].type != PL_LIVE_TIME)
        field++;
    if (taking->record->time_ms <= (uint64_t)TIME_MS_MAX)
        pl_live_rows_set_integer(taking->rows, field, (int64_t)taking->record->time_ms);
}

static enum pl_status take_record(struct taking *taking, enum pl_live_table_id table,
                                  struct pl_error *error)
{
    const struct pl_json_value *body = pl_json_document_root(taking->decoder->document);

    if (!has_needed(table, body)) {
        taking->decoder->unreadable++;
        return PL_OK;
    }
    PL_RETURN_IF(
        pl_live_rows_begin(taking->rows, taking->record->sequence, taking->record->block, error));
    set_time(taking);
    PL_RETURN_IF(take_object(taking, body, error));
    taking->decoder->records[table]++;
    if (table == PL_LIVE_FEEDBACK)
        return note_outcome(taking, body, error);
    return table == PL_LIVE_DECISIONS ? take_attempts(taking, body, error) : PL_OK;
}

static enum pl_live_table_id table_of(struct pl_str kind)
{
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++)
        if (PL_LIVE_TABLES[i].kind != NULL && pl_str_equal_text(kind, PL_LIVE_TABLES[i].kind))
            return (enum pl_live_table_id)i;
    return PL_LIVE_TABLES_COUNT;
}

enum pl_status pl_live_decode(struct pl_live_decoder *decoder,
                              const struct pl_ledger_record *record,
                              enum pl_live_table_id *ret_table, struct pl_error *error)
{
    const enum pl_live_table_id table = table_of(record->kind);
    struct pl_error cause = {0};

    *ret_table = table;
    if (table == PL_LIVE_TABLES_COUNT) {
        decoder->others++;
        return PL_OK;
    }

    const enum pl_status status = pl_json_document_read(decoder->document, record->body, &cause);

    /* The ledger takes what we do not: half of a surrogate pair, a number beyond all doubles. */
    if (status == PL_E_DATA || status == PL_E_LIMIT) {
        decoder->unreadable++;
        return PL_OK;
    }
    if (status != PL_OK)
        return pl_error_set(error, status, "%s", cause.message);

    struct taking taking = {
        .decoder = decoder,
        .table = &PL_LIVE_TABLES[table],
        .rows = decoder->rows[table],
        .record = record,
    };

    return take_record(&taking, table, error);
}
