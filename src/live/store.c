/*
 * The tables, made from the rows of live/fields.c:
 *
 *   decisions, feedback, …   what the records said, each with `seq` and `block`
 *   names                    segments, experiments and outcomes, in the order they were first seen
 *   state                    one row: how far the ledger was read; it changes with the rows only
 *   live                     the view of decisions with their outcomes
 *
 * A batch is appended to staging tables, which are temporary, and goes from there into the tables by one transaction. What is
 * there already, a decision by its id, feedback by decision, name and id, is left out on the way.
 */
#include "live/store.h"

#include "live/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SQL_SIZE_BYTES_MAX ((size_t)8 << 20)

/* ---- queries ---- */

struct numbers {
    int64_t *items;
    size_t count;
};

static enum pl_status keep_numbers(const struct pl_batch *batch, void *context,
                                   struct pl_error *error)
{
    struct numbers *numbers = context;

    (void)error;
    for (size_t i = 0; batch->rows_count > 0 && i < numbers->count && i < batch->columns_count; i++)
        if (batch->columns[i].type == PL_TYPE_INTEGER &&
            pl_vector_valid(batch->columns[i].valid, 0))
            numbers->items[i] = batch->columns[i].integers[0];
    return PL_OK;
}

enum pl_status pl_live_store_numbers(struct pl_connection *connection, const char *sql,
                                     int64_t *ret_numbers, size_t count, struct pl_error *error)
{
    struct numbers numbers = {ret_numbers, count};

    return pl_driver_of_stores()->query(connection, pl_str_of(sql), keep_numbers, &numbers, error);
}

static void copy_hex(struct pl_str text, char ret_text[PL_LEDGER_HASH_TEXT_SIZE])
{
    (void)snprintf(ret_text, PL_LEDGER_HASH_TEXT_SIZE, "%.*s", PL_STR_ARG(text));
}

/* The row of `state`: numbers first, then hashes. */
static enum pl_status keep_state(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct pl_live_store_state *state = context;
    const struct pl_vector *columns = batch->columns;

    (void)error;
    if (batch->rows_count == 0)
        return PL_OK;
    state->version = columns[0].integers[0];
    state->mark.place.segment = (uint64_t)columns[1].integers[0];
    state->mark.place.offset = (uint64_t)columns[2].integers[0];
    state->mark.place.block = (uint64_t)columns[3].integers[0];
    state->mark.place.records = (uint64_t)columns[4].integers[0];
    state->data_block = (uint64_t)columns[5].integers[0];
    state->repeats = (uint64_t)columns[6].integers[0];
    state->unreadable = (uint64_t)columns[7].integers[0];
    state->others = (uint64_t)columns[8].integers[0];
    copy_hex(columns[9].texts[0], state->mark.place.hash);
    copy_hex(columns[10].texts[0], state->mark.public_key);
    copy_hex(columns[11].texts[0], state->data_hash);
    return PL_OK;
}

static enum pl_status keep_names(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    static const char *const ORIGINS[] = {"segment", "experiment", "outcome", "reported"};
    struct pl_live_names *names = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        struct pl_live_name name = {
            .name = batch->columns[0].texts[row],
            .kind = (enum pl_live_kind)batch->columns[2].integers[row],
        };

        for (size_t i = 0; i < sizeof ORIGINS / sizeof *ORIGINS; i++)
            if (pl_str_equal_text(batch->columns[1].texts[row], ORIGINS[i]))
                name.origin = (enum pl_live_origin)i;
        PL_RETURN_IF(pl_live_names_note(names, &name, error));
    }
    return PL_OK;
}

enum pl_status pl_live_store_read(struct pl_connection *connection,
                                  struct pl_live_store_state *ret_state,
                                  struct pl_live_names *names, struct pl_error *error)
{
    const struct pl_driver *driver = pl_driver_of_stores();
    struct pl_live_store_state state = {0};
    int64_t tables = 0;

    memset(state.data_hash, '0', sizeof state.data_hash - 1);
    memset(state.mark.place.hash, '0', sizeof state.mark.place.hash - 1);
    PL_RETURN_IF(pl_live_store_numbers(connection,
                                       "SELECT count(*) FROM duckdb_tables() WHERE table_name = "
                                       "'state' AND NOT temporary",
                                       &tables, 1, error));
    *ret_state = state;
    if (tables == 0)
        return PL_OK;
    PL_RETURN_IF(pl_live_store_numbers(connection, "SELECT version FROM state", &ret_state->version,
                                       1, error));
    if (ret_state->version != PL_LIVE_VERSION)
        return PL_OK;
    PL_RETURN_IF(driver->query(
        connection,
        PL_STR("SELECT version, segment, file_offset, block, records, data_block, repeats, "
               "unreadable, others, hash, public_key, data_hash FROM state"),
        keep_state, ret_state, error));
    PL_RETURN_IF(driver->query(connection,
                               PL_STR("SELECT name, origin, kind FROM names ORDER BY place"),
                               keep_names, names, error));
    names->changed = false;
    return PL_OK;
}

/* ---- tables ---- */

static enum pl_status run(struct pl_connection *connection, struct pl_buffer *sql,
                          struct pl_error *error)
{
    PL_RETURN_IF(pl_buffer_check(sql, "an SQL statement", error));
    return pl_driver_of_stores()->run(connection, pl_buffer_view(sql), error);
}

static void add_columns(const struct pl_live_table *table, bool staged, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "seq BIGINT, block BIGINT");
    for (size_t i = 0; i < table->fields_count; i++) {
        const struct pl_live_field *field = &table->fields[i];

        pl_buffer_add_format(sql, ", \"%s\" %s", field->column,
                             staged ? pl_live_staged_type(field->type)
                                    : pl_live_stored_type(field->type));
    }
}

enum pl_status pl_live_store_make(struct pl_connection *connection, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_live_names *none = calloc(1, sizeof *none);

    if (none == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the warehouse");
    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "BEGIN; ");
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++) {
        pl_buffer_add_format(&sql, "CREATE TABLE %s (", PL_LIVE_TABLES[i].name);
        add_columns(&PL_LIVE_TABLES[i], false, &sql);
        pl_buffer_add_text(&sql, "); ");
    }
    pl_buffer_add_text(
        &sql, "CREATE TABLE names (place INTEGER, origin VARCHAR, name VARCHAR, kind BIGINT); "
              "CREATE TABLE state (version BIGINT, segment BIGINT, file_offset BIGINT, block "
              "BIGINT, records BIGINT, hash VARCHAR, public_key VARCHAR, data_block BIGINT, "
              "data_hash VARCHAR, repeats BIGINT, unreadable BIGINT, others BIGINT); ");
    pl_buffer_add_format(&sql,
                         "INSERT INTO state VALUES (%d, 0, 0, 0, 0, repeat('0', 64), '', 0, "
                         "repeat('0', 64), 0, 0, 0); ",
                         PL_LIVE_VERSION);
    pl_live_names_view(none, &sql);
    free(none);
    pl_buffer_add_text(&sql, "COMMIT");
    return run(connection, &sql, error);
}

enum pl_status pl_live_store_stage(struct pl_connection *connection, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++) {
        pl_buffer_add_format(&sql, "CREATE OR REPLACE TEMP TABLE new_%s (", PL_LIVE_TABLES[i].name);
        add_columns(&PL_LIVE_TABLES[i], true, &sql);
        pl_buffer_add_text(&sql, "); ");
    }
    return run(connection, &sql, error);
}

/* ---- batches ---- */

static void add_converted(const struct pl_live_field *field, struct pl_buffer *sql)
{
    if (field->type == PL_LIVE_TIME)
        pl_buffer_add_format(sql, ", make_timestamptz(\"%s\" * 1000)", field->column);
    else if (field->type == PL_LIVE_NAMES)
        pl_buffer_add_format(sql, ", from_json(\"%s\", '\"MAP(VARCHAR, VARCHAR)\"')",
                             field->column);
    else if (field->type == PL_LIVE_TRUTH)
        pl_buffer_add_format(sql, ", CAST(\"%s\" AS BOOLEAN)", field->column);
    else
        pl_buffer_add_format(sql, ", \"%s\"", field->column);
}

static void add_insert(enum pl_live_table_id id, struct pl_buffer *sql)
{
    const struct pl_live_table *table = &PL_LIVE_TABLES[id];
    const bool has_repeats =
        id != PL_LIVE_EXPOSURES && id != PL_LIVE_FLAGS && id != PL_LIVE_VERDICTS &&
        id != PL_LIVE_SHADOWS;

    pl_buffer_add_format(sql, "INSERT INTO %s SELECT seq, block", table->name);
    for (size_t i = 0; i < table->fields_count; i++)
        add_converted(&table->fields[i], sql);
    pl_buffer_add_format(sql, " FROM new_%s", table->name);
    if (has_repeats)
        pl_buffer_add_text(sql, " ANTI JOIN new_repeats USING (seq)");
    pl_buffer_add_text(sql, "; ");
}

/* The numbers of the records that are there already: in the tables, or earlier in the batch. A join from the few that are
   new, so that of the tables only the parts are read in which their ids can be. */
static const char REPEATS[] =
    "CREATE OR REPLACE TEMP TABLE new_repeats AS "
    "SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY id ORDER BY seq) AS nth "
    "FROM new_decisions) WHERE nth > 1 "
    "UNION SELECT n.seq FROM new_decisions AS n SEMI JOIN decisions AS d ON d.id = n.id "
    "UNION SELECT seq FROM (SELECT seq, row_number() OVER (PARTITION BY decision, name, id "
    "ORDER BY seq) AS nth FROM new_feedback WHERE id IS NOT NULL) WHERE nth > 1 "
    "UNION SELECT n.seq FROM new_feedback AS n SEMI JOIN feedback AS f ON f.decision = n.decision "
    "AND f.id = n.id AND f.name IS NOT DISTINCT FROM n.name; ";

static const char COUNTS[] =
    "SELECT (SELECT count(*) FROM new_repeats), "
    "(SELECT count(*) FROM new_decisions ANTI JOIN new_repeats USING (seq)), "
    "(SELECT count(*) FROM new_attempts ANTI JOIN new_repeats USING (seq)), "
    "(SELECT count(*) FROM new_feedback ANTI JOIN new_repeats USING (seq)), "
    "(SELECT count(*) FROM new_exposures), (SELECT count(*) FROM new_flags), "
    "(SELECT count(*) FROM new_verdicts), (SELECT count(*) FROM new_shadows)";

static enum pl_status find_repeats(struct pl_connection *connection,
                                   struct pl_live_brought *ret_brought, struct pl_error *error)
{
    int64_t counts[8] = {0};

    PL_RETURN_IF(pl_driver_of_stores()->run(connection, pl_str_of(REPEATS), error));
    PL_RETURN_IF(pl_live_store_numbers(connection, COUNTS, counts, 8, error));
    *ret_brought = (struct pl_live_brought){
        .repeats = (uint64_t)counts[0],
        .decisions = (uint64_t)counts[1],
        .attempts = (uint64_t)counts[2],
        .feedback = (uint64_t)counts[3],
        .exposures = (uint64_t)counts[4],
        .flags = (uint64_t)counts[5],
        .verdicts = (uint64_t)counts[6],
        .shadows = (uint64_t)counts[7],
    };
    return PL_OK;
}

static void add_state(const struct pl_live_store_state *state, struct pl_buffer *sql)
{
    const struct pl_ledger_place *place = &state->mark.place;

    pl_buffer_add_format(sql,
                         "UPDATE state SET segment = %llu, file_offset = %llu, block = %llu, "
                         "records = %llu, hash = '%s', public_key = '%s', data_block = %llu, "
                         "data_hash = '%s', repeats = %llu, unreadable = %llu, others = %llu; ",
                         (unsigned long long)place->segment, (unsigned long long)place->offset,
                         (unsigned long long)place->block, (unsigned long long)place->records,
                         place->hash, state->mark.public_key, (unsigned long long)state->data_block,
                         state->data_hash, (unsigned long long)state->repeats,
                         (unsigned long long)state->unreadable, (unsigned long long)state->others);
}

enum pl_status pl_live_store_commit(struct pl_connection *connection,
                                    struct pl_live_store_state *state, struct pl_live_names *names,
                                    struct pl_live_brought *ret_brought, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(find_repeats(connection, ret_brought, error));
    state->repeats += ret_brought->repeats;
    pl_buffer_add_text(&sql, "BEGIN; ");
    for (size_t i = 0; i < PL_LIVE_TABLES_COUNT; i++)
        add_insert((enum pl_live_table_id)i, &sql);
    if (names->changed) {
        pl_live_names_write(names, &sql);
        pl_live_names_view(names, &sql);
    }
    add_state(state, &sql);
    pl_buffer_add_text(&sql, "COMMIT");
    PL_RETURN_IF(run(connection, &sql, error));
    names->changed = false;
    return pl_live_store_stage(connection, error);
}
