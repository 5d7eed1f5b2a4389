/*
 * One pass over the ledger. Bodies are read into an arena of their own and dropped again, and the text of
 * the latest verdict replaces that of the one before, so that a long history takes little memory.
 */
#include "cli/card_history.h"

#include "base/file.h"

#include <string.h>

#define BODY_SIZE_BYTES_MAX ((size_t)256 << 20)
#define LATEST_SIZE_BYTES_MAX                                                                      \
    (2 * PL_LEDGER_RECORD_SIZE_BYTES_MAX) /* a record and what is around it */

struct reading {
    const struct pl_facts_about *about;
    struct pl_arena *arena;
    struct pl_card_history history;
    struct pl_buffer verdict_line; /* of the latest */
    struct pl_buffer verdict_body;
};

/* A verdict names its line as a member; a sign-off as text. */
static struct pl_str hash_in(const struct pl_body *body, const char *member, const char *key)
{
    const struct pl_body *inner = pl_body_get(body, member);

    return pl_body_text(inner->kind == PL_BODY_OBJECT ? pl_body_get(inner, "hash")
                                                      : pl_body_get(body, key));
}

static bool is_hash(struct pl_str hash, const char *expected)
{
    return expected != NULL && pl_str_equal_text(hash, expected);
}

/* The text, kept. An arena that is full shows as a NULL pointer in `*full`. */
static struct pl_str keep(struct reading *reading, struct pl_str text, bool *full)
{
    const struct pl_str copy = pl_arena_copy(reading->arena, text);

    *full |= copy.ptr == NULL;
    return copy;
}

static void replace(struct pl_buffer *buffer, struct pl_str text)
{
    pl_buffer_reset(buffer);
    pl_buffer_add(buffer, text);
}

/* The oldest gives way. */
static void push(struct pl_card_events *events, const struct pl_card_event *event)
{
    if (events->count == PL_CARD_EVENTS_MAX) {
        memmove(events->items, events->items + 1, (PL_CARD_EVENTS_MAX - 1) * sizeof *event);
        events->count--;
        events->omitted++;
    }
    events->items[events->count++] = *event;
}

static enum pl_status take_verdict(struct reading *reading, const struct pl_ledger_record *record,
                                   const struct pl_body *body, struct pl_error *error)
{
    const struct pl_str line = hash_in(body, "line", "line_hash");
    const struct pl_str data = hash_in(body, "data", "data_hash");
    const bool same_line = is_hash(line, reading->about->line_hash);
    const bool same_data = same_line && is_hash(data, reading->about->data_hash);
    const enum pl_card_match match = same_data   ? PL_CARD_SAME
                                     : same_line ? PL_CARD_DATA
                                                 : PL_CARD_LINE;
    struct pl_card_history *history = &reading->history;
    bool full = false;
    const struct pl_card_event event = {
        .block = record->block,
        .time_ms = record->time_ms,
        .what = keep(reading, pl_body_text(pl_body_get(body, "verdict")), &full),
        .line_hash = keep(reading, line, &full),
        .data_hash = keep(reading, data, &full),
        .version = keep(reading, pl_body_text(pl_body_get(body, "version")), &full),
        .allowed = pl_body_is_true(pl_body_get(body, "allowed")),
    };

    push(&history->verdicts, &event);
    if (match >= history->match) {
        history->match = match;
        history->verdict_block = record->block;
        history->verdict_time_ms = record->time_ms;
        replace(&reading->verdict_line, record->line);
        replace(&reading->verdict_body, record->body);
    }
    PL_RETURN_IF(pl_buffer_check(&reading->verdict_line, "the latest verdict", error));
    PL_RETURN_IF(pl_buffer_check(&reading->verdict_body, "the latest verdict", error));
    return full ? pl_arena_error(reading->arena, "the verdicts", error) : PL_OK;
}

static enum pl_status take_sign_off(struct reading *reading, const struct pl_ledger_record *record,
                                    const struct pl_body *body, struct pl_error *error)
{
    bool full = false;
    const struct pl_card_event event = {
        .block = record->block,
        .time_ms = record->time_ms,
        .what = keep(reading, pl_body_text(pl_body_get(body, "role")), &full),
        .name = keep(reading, pl_body_text(pl_body_get(body, "name")), &full),
        .reason = keep(reading, pl_body_text(pl_body_get(body, "reason")), &full),
        .line_hash = keep(reading, hash_in(body, "line", "line_hash"), &full),
        .data_hash = keep(reading, hash_in(body, "data", "data_hash"), &full),
        .line = keep(reading, record->line, &full),
    };

    push(&reading->history.sign_offs, &event);
    return full ? pl_arena_error(reading->arena, "the sign-offs", error) : PL_OK;
}

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct reading *reading = context;
    const bool is_verdict = pl_str_equal_text(record->kind, "verdict");
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_body *body = NULL;

    if (!is_verdict && !pl_str_equal_text(record->kind, "signoff"))
        return PL_OK;
    pl_arena_init(&arena, BODY_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_body_read(record->body, &arena, &body, error));
    if (!pl_str_equal(pl_body_text(pl_body_get(body, "feature")), reading->about->feature))
        return PL_OK;
    return is_verdict ? take_verdict(reading, record, body, error)
                      : take_sign_off(reading, record, body, error);
}

/* Into the arena, where the history lives. */
static enum pl_status take_latest(struct reading *reading, struct pl_error *error)
{
    struct pl_card_history *history = &reading->history;
    bool full = false;

    if (reading->verdict_body.len == 0)
        return PL_OK;
    history->verdict_line = keep(reading, pl_buffer_view(&reading->verdict_line), &full);
    if (full)
        return pl_arena_error(reading->arena, "the latest verdict", error);
    return pl_body_read(pl_buffer_view(&reading->verdict_body), reading->arena, &history->verdict,
                        error);
}

static enum pl_status read_ledger(struct reading *reading, const char *folder,
                                  struct pl_error *error)
{
    struct pl_ledger_check check = {0};

    if (pl_file_exists(folder))
        PL_RETURN_IF(pl_ledger_verify(folder, NULL, visit, reading, &check, error));
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold, and no card is made from it: %s", folder,
                            check.problem);
    reading->history.blocks = check.blocks;
    memcpy(reading->history.hash, check.hash, sizeof check.hash);
    return take_latest(reading, error);
}

enum pl_status pl_card_history_read(const char *folder, const struct pl_facts_about *about,
                                    struct pl_arena *arena, struct pl_card_history *ret_history,
                                    struct pl_error *error)
{
    struct reading reading = {.about = about, .arena = arena};

    pl_buffer_init(&reading.verdict_line, LATEST_SIZE_BYTES_MAX);
    pl_buffer_init(&reading.verdict_body, LATEST_SIZE_BYTES_MAX);

    const enum pl_status status = read_ledger(&reading, folder, error);

    if (status == PL_OK)
        *ret_history = reading.history;
    pl_buffer_deinit(&reading.verdict_line);
    pl_buffer_deinit(&reading.verdict_body);
    return status;
}
