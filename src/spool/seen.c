/*
 * A hash table of hashes (64 bits, open addressing), one for each record that is looked for. Of a
 * million records two different ones would collide once in 37 million runs.
 */
#include "spool/seen.h"

#include <stdlib.h>
#include <string.h>

struct pl_seen_row {
    uint64_t hash;  /* 0: empty */
    uint64_t count; /* how often it stands in the ledger */
};

#define ROWS_MIN ((size_t)1024)

enum { SALT_RECORD = 1, SALT_ID = 2 };

void pl_seen_deinit(struct pl_seen *seen)
{
    free(seen->rows);
    *seen = (struct pl_seen){0};
}

/* The row of the hash, or the empty one where it would be. */
static struct pl_seen_row *row_of(const struct pl_seen *seen, uint64_t hash)
{
    size_t at = (size_t)hash & (seen->rows_count - 1);

    while (seen->rows[at].hash != 0 && seen->rows[at].hash != hash)
        at = (at + 1) & (seen->rows_count - 1);
    return &seen->rows[at];
}

static bool grow(struct pl_seen *seen)
{
    struct pl_seen larger = {.rows_count = seen->rows_count == 0 ? ROWS_MIN : 2 * seen->rows_count,
                             .used = seen->used};

    larger.rows = calloc(larger.rows_count, sizeof *larger.rows);
    if (larger.rows == NULL)
        return false;
    for (size_t i = 0; i < seen->rows_count; i++)
        if (seen->rows[i].hash != 0)
            *row_of(&larger, seen->rows[i].hash) = seen->rows[i];
    free(seen->rows);
    *seen = larger;
    return true;
}

static enum pl_status want(struct pl_seen *seen, uint64_t hash, struct pl_error *error)
{
    struct pl_seen_row *row;

    if (2 * (seen->used + 1) > seen->rows_count && !grow(seen))
        return pl_error_set(error, PL_E_MEMORY, "no memory left for recovering the spool");
    row = row_of(seen, hash);
    seen->used += row->hash == 0;
    row->hash = hash;
    return PL_OK;
}

static uint64_t record_hash(struct pl_str kind, uint64_t time_ms, struct pl_str body)
{
    const uint64_t hash =
        pl_entry_checksum(pl_entry_checksum(SALT_RECORD ^ time_ms << 8, kind), body);

    return hash == 0 ? 1 : hash;
}

/* The hash of the id that a body or facts begin with; 0 when they do not. */
static uint64_t id_hash(struct pl_str body)
{
    static const char START[] = "{\"id\":\"";
    const size_t start = sizeof START - 1;

    if (body.len <= start || memcmp(body.ptr, START, start) != 0)
        return 0;

    const char *end = memchr(body.ptr + start, '"', body.len - start);

    if (end == NULL)
        return 0;
    return pl_entry_checksum(SALT_ID,
                             (struct pl_str){body.ptr + start, (size_t)(end - body.ptr) - start}) |
           1;
}

enum pl_status pl_seen_want(struct pl_seen *seen, const char *kind, uint64_t time_ms,
                            struct pl_str body, struct pl_error *error)
{
    return want(seen, record_hash(pl_str_of(kind), time_ms, body), error);
}

enum pl_status pl_seen_want_decision(struct pl_seen *seen, struct pl_str facts,
                                     struct pl_error *error)
{
    const uint64_t id = id_hash(facts);

    return id == 0 ? PL_OK : want(seen, id, error);
}

static void count(struct pl_seen *seen, uint64_t hash)
{
    struct pl_seen_row *row = row_of(seen, hash);

    if (row->hash == hash)
        row->count++;
}

static enum pl_status note(const struct pl_ledger_record *record, void *context,
                           struct pl_error *error)
{
    struct pl_seen *seen = context;
    const uint64_t id = pl_str_equal_text(record->kind, "decision") ? id_hash(record->body) : 0;

    (void)error;
    count(seen, record_hash(record->kind, record->time_ms, record->body));
    if (id != 0)
        count(seen, id);
    return PL_OK;
}

enum pl_status pl_seen_read(struct pl_seen *seen, const char *ledger_folder,
                            const struct pl_ledger_place *place, struct pl_error *error)
{
    struct pl_ledger_place start = {0};
    enum pl_status status;

    if (seen->used == 0)
        return PL_OK;
    status = pl_ledger_visit_since(ledger_folder, place, note, seen, error);
    if (status != PL_E_NOT_FOUND)
        return status;
    memset(start.hash, '0', sizeof start.hash - 1);
    return pl_ledger_visit_since(ledger_folder, &start, note, seen, error);
}

bool pl_seen_take(struct pl_seen *seen, const char *kind, uint64_t time_ms, struct pl_str body)
{
    struct pl_seen_row *row;

    if (seen->used == 0)
        return false;
    row = row_of(seen, record_hash(pl_str_of(kind), time_ms, body));
    if (row->count == 0)
        return false;
    row->count--;
    return true;
}

bool pl_seen_has_decision(const struct pl_seen *seen, struct pl_str facts)
{
    const uint64_t id = id_hash(facts);

    return id != 0 && seen->used > 0 && row_of(seen, id)->count > 0;
}
