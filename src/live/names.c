/* The names, and the view that they make. Names of columns are compared as the engine does: without case. */
#include "live/names.h"

#include "live/fields.h"
#include "warehouse/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES_SIZE_BYTES_MAX ((size_t)4 << 20)
#define COLUMN_LENGTH_MAX    (PL_LIVE_NAME_LENGTH_MAX + 32)

static const char *const ORIGINS[] = {"segment", "experiment", "outcome", "reported"};

void pl_live_names_init(struct pl_live_names *names)
{
    memset(names, 0, sizeof *names);
    pl_arena_init(&names->arena, NAMES_SIZE_BYTES_MAX);
}

void pl_live_names_deinit(struct pl_live_names *names)
{
    pl_arena_deinit(&names->arena);
}

enum pl_live_kind pl_live_kind_widen(enum pl_live_kind a, enum pl_live_kind b)
{
    const enum pl_live_kind low = a < b ? a : b;
    const enum pl_live_kind high = a < b ? b : a;

    return low == PL_LIVE_KIND_TRUTH && high > low ? PL_LIVE_KIND_TEXT : high;
}

static bool can_be_column(struct pl_str name)
{
    return name.len > 0 && name.len <= PL_LIVE_NAME_LENGTH_MAX &&
           memchr(name.ptr, '\0', name.len) == NULL;
}

enum pl_status pl_live_names_note(struct pl_live_names *names, const struct pl_live_name *name,
                                  struct pl_error *error)
{
    for (size_t i = 0; i < names->count; i++) {
        struct pl_live_name *item = &names->items[i];

        if (item->origin != name->origin || !pl_str_equal(item->name, name->name))
            continue;

        const enum pl_live_kind kind = pl_live_kind_widen(item->kind, name->kind);

        names->changed = names->changed || kind != item->kind;
        item->kind = kind;
        return PL_OK;
    }
    if (names->count == PL_LIVE_NAMES_COUNT_MAX || !can_be_column(name->name))
        return PL_OK;

    struct pl_live_name *item = &names->items[names->count];

    *item = *name;
    item->name = pl_arena_copy(&names->arena, name->name);
    if (item->name.ptr == NULL)
        return pl_arena_error(&names->arena, "the names of segments and outcomes", error);
    names->count++;
    names->changed = true;
    return PL_OK;
}

void pl_live_names_write(const struct pl_live_names *names, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "DELETE FROM names; ");
    for (size_t i = 0; i < names->count; i++) {
        pl_buffer_add_text(sql, i == 0 ? "INSERT INTO names VALUES " : ", ");
        pl_buffer_add_format(sql, "(%zu, '%s', ", i, ORIGINS[names->items[i].origin]);
        pl_sql_string(sql, names->items[i].name);
        pl_buffer_add_format(sql, ", %d)", (int)names->items[i].kind);
    }
    pl_buffer_add_text(sql, "; ");
}

/* ---- the view ---- */

/* The columns given out so far. */
struct columns {
    char items[PL_LIVE_NAMES_COUNT_MAX + PL_LIVE_FIELDS_MAX + 16][COLUMN_LENGTH_MAX];
    size_t count;
};

static bool is_taken(const struct columns *columns, const char *column)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcasecmp(columns->items[i], column) == 0)
            return true;
    return false;
}

static struct pl_str give_out(struct columns *columns, const char *column)
{
    char *item = columns->items[columns->count++];

    (void)snprintf(item, COLUMN_LENGTH_MAX, "%s", column);
    return pl_str_of(item);
}

/* NAME where it is free, else ORIGIN_NAME, else that with a number. */
static struct pl_str name_column(struct columns *columns, const struct pl_live_name *name)
{
    char column[COLUMN_LENGTH_MAX];

    (void)snprintf(column, sizeof column, "%.*s", PL_STR_ARG(name->name));
    if (name->origin == PL_LIVE_EXPERIMENT || is_taken(columns, column))
        (void)snprintf(column, sizeof column, "%s_%.*s", ORIGINS[name->origin],
                       PL_STR_ARG(name->name));
    for (unsigned i = 2; is_taken(columns, column); i++)
        (void)snprintf(column, sizeof column, "%s_%.*s_%u", ORIGINS[name->origin],
                       PL_STR_ARG(name->name), i);
    return give_out(columns, column);
}

/* Outcomes that the view has always, and what they are until one was seen. */
static const struct {
    const char *name;
    enum pl_live_kind kind;
} USUAL[] = {
    {"rating", PL_LIVE_KIND_NUMBER},
    {"accepted", PL_LIVE_KIND_TRUTH},
    {"edited", PL_LIVE_KIND_TEXT},
    {"value", PL_LIVE_KIND_NUMBER},
};
#define USUAL_COUNT (sizeof USUAL / sizeof *USUAL)

static enum pl_live_kind kind_of(const struct pl_live_names *names, enum pl_live_origin origin,
                                 struct pl_str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].origin == origin && pl_str_equal(names->items[i].name, name))
            return names->items[i].kind;
    return PL_LIVE_KIND_NONE;
}

static const char *type_of(enum pl_live_kind kind)
{
    static const char *const TYPES[] = {"VARCHAR", "BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR"};

    return TYPES[kind];
}

static void add_typed(struct pl_buffer *sql, const char *expression, enum pl_live_kind kind)
{
    const bool is_text = kind == PL_LIVE_KIND_TEXT || kind == PL_LIVE_KIND_NONE;

    pl_buffer_add_format(sql, is_text ? "%s" : "TRY_CAST(%s AS %s)", expression, type_of(kind));
}

static void add_aggregate(struct pl_buffer *sql, struct pl_str name, enum pl_live_kind kind,
                          size_t number)
{
    pl_buffer_add_text(sql, ", arg_max_null(");
    add_typed(sql, "value", kind);
    pl_buffer_add_text(sql, ", seq) FILTER (name = ");
    pl_sql_string(sql, name);
    pl_buffer_add_format(sql, ") AS o%zu", number);
}

static bool is_usual(struct pl_str name)
{
    for (size_t i = 0; i < USUAL_COUNT; i++)
        if (pl_str_equal_text(name, USUAL[i].name))
            return true;
    return pl_str_equal_text(name, "label");
}

/* A label that came back stands before the one that the decision came with. */
static void add_label(const struct pl_live_names *names, struct pl_buffer *sql,
                      struct pl_buffer *aggregates)
{
    const enum pl_live_kind kind =
        pl_live_kind_widen(kind_of(names, PL_LIVE_OUTCOME, PL_STR("label")),
                           kind_of(names, PL_LIVE_REPORTED, PL_STR("label")));

    pl_buffer_add_text(sql, ", coalesce(o.label, ");
    add_typed(sql, "d.label", kind);
    pl_buffer_add_text(sql, ") AS label");
    pl_buffer_add_text(aggregates, ", arg_max_null(");
    add_typed(aggregates, "value", kind);
    pl_buffer_add_text(aggregates, ", seq) FILTER (name = 'label') AS label");
}

static void add_usual(const struct pl_live_names *names, struct columns *columns,
                      struct pl_buffer *sql, struct pl_buffer *aggregates)
{
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        const struct pl_str name = pl_str_of(USUAL[i].name);
        const enum pl_live_kind seen = kind_of(names, PL_LIVE_OUTCOME, name);

        pl_buffer_add_format(sql, ", o.o%zu AS %s", i, USUAL[i].name);
        add_aggregate(aggregates, name, seen == PL_LIVE_KIND_NONE ? USUAL[i].kind : seen, i);
        (void)give_out(columns, USUAL[i].name);
    }
}

/* The columns of decisions themselves, whose order and names never change. */
static void add_fixed(const struct pl_live_names *names, struct columns *columns,
                      struct pl_buffer *sql, struct pl_buffer *aggregates)
{
    const struct pl_live_table *table = &PL_LIVE_TABLES[PL_LIVE_DECISIONS];
    static const char *const BESIDES[] = {"seq", "block", "outcomes", "outcome_time"};

    for (size_t i = 0; i < table->fields_count; i++) {
        const struct pl_live_field *field = &table->fields[i];

        (void)give_out(columns, field->column);
        if (strcmp(field->column, "label") == 0) {
            add_label(names, sql, aggregates);
        } else if (field->type == PL_LIVE_VALUE) {
            pl_buffer_add_text(sql, ", ");
            add_typed(sql, "d.prediction",
                      kind_of(names, PL_LIVE_REPORTED, pl_str_of(field->column)));
            pl_buffer_add_format(sql, " AS %s", field->column);
        } else {
            pl_buffer_add_format(sql, ", d.%s", field->column);
        }
    }
    for (size_t i = 0; i < sizeof BESIDES / sizeof *BESIDES; i++)
        (void)give_out(columns, BESIDES[i]);
    add_usual(names, columns, sql, aggregates);
}

static void add_named(const struct pl_live_name *name, size_t number, struct columns *columns,
                      struct pl_buffer *sql, struct pl_buffer *aggregates)
{
    if (name->origin == PL_LIVE_REPORTED ||
        (name->origin == PL_LIVE_OUTCOME && is_usual(name->name)))
        return;
    if (name->origin == PL_LIVE_OUTCOME) {
        pl_buffer_add_format(sql, ", o.o%zu AS ", number);
        add_aggregate(aggregates, name->name, name->kind, number);
    } else {
        pl_buffer_add_text(sql,
                           name->origin == PL_LIVE_SEGMENT ? ", d.segments[" : ", d.experiments[");
        pl_sql_string(sql, name->name);
        pl_buffer_add_text(sql, "] AS ");
    }
    pl_sql_identifier(sql, name_column(columns, name));
}

void pl_live_names_view(const struct pl_live_names *names, struct pl_buffer *sql)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer aggregates = {0};
    struct columns *columns = calloc(1, sizeof *columns);

    if (columns == NULL) {
        sql->failed = PL_E_MEMORY;
        return;
    }
    pl_buffer_init(&aggregates, NAMES_SIZE_BYTES_MAX);
    pl_buffer_add_text(sql, "CREATE OR REPLACE VIEW live AS SELECT d.seq, d.block");
    add_fixed(names, columns, sql, &aggregates);
    for (size_t i = 0; i < names->count; i++)
        add_named(&names->items[i], USUAL_COUNT + i, columns, sql, &aggregates);
    pl_buffer_add_text(sql,
                       ", coalesce(o.outcomes, 0) AS outcomes, o.outcome_time FROM decisions AS d "
                       "LEFT JOIN (SELECT decision, count(*) AS outcomes, max(\"time\") AS "
                       "outcome_time");
    pl_buffer_add(sql, pl_buffer_view(&aggregates));
    pl_buffer_add_text(sql, " FROM feedback GROUP BY decision) AS o ON o.decision = d.id; ");
    pl_buffer_end_part(sql, &aggregates);
    free(columns);
}
