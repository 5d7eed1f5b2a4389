/*
 * Changes go through three steps, each durable before the next begins:
 *
 *     1. the body of the record, into the quiet area "~flag" of the state: what is about to happen
 *     2. the record, into the ledger
 *     3. the new state, and away with what step 1 wrote, as one transaction
 *
 * A crash before step 2 is done leaves the body: the ledger does not have its version, so nothing has
 * happened. A crash after it leaves the body as well: the ledger has the version, and the state is made
 * from it. Where the state has the version and the ledger does not, a kill was forced past a ledger that
 * could not be written: it is recorded then. Steps 2 and 3 hold the state's lock, so that two changes never
 * have one version.
 */
#include "gateway/flag_store.h"

#include "base/file.h"

#define PENDING_AREA        "~flag"
#define LOCK_WAIT_MS        4000
#define TRIES_MAX           5
#define TEXT_SIZE_BYTES_MAX ((size_t)256 << 10)

/* What the state has of the feature. */
struct kept {
    struct pl_flag_state_now now;
    bool has_row;
    struct pl_str pending; /* NULL: nothing is half done */
};

static enum pl_status look(const struct pl_flag_store *store, struct pl_arena *arena,
                           struct kept *ret_kept, struct pl_error *error)
{
    struct kept kept = {0};
    struct pl_str row = {0};

    PL_RETURN_IF(pl_state_get(store->state, PL_FLAG_AREA, store->feature, arena, &row, error));
    PL_RETURN_IF(
        pl_state_get(store->state, PENDING_AREA, store->feature, arena, &kept.pending, error));
    kept.has_row = row.ptr != NULL;
    if (kept.has_row)
        PL_RETURN_IF(pl_flag_now_read(row, arena, &kept.now, error));
    *ret_kept = kept;
    return PL_OK;
}

enum pl_status pl_flag_store_get(const struct pl_flag_store *store, struct pl_arena *arena,
                                 struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    struct kept kept;

    PL_RETURN_IF(look(store, arena, &kept, error));
    *ret_now = kept.now;
    return PL_OK;
}

/* Puts the state, and leaves or takes away what was pending. */
static enum pl_status put(const struct pl_flag_store *store, const struct pl_flag_state_now *now,
                          bool leave_pending, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;
    bool was_there;

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_flag_now_write(&json, now);
    PL_RETURN_IF(pl_buffer_check(&text, "the state of the flag", error));
    PL_RETURN_IF(
        pl_state_put(store->state, PL_FLAG_AREA, store->feature, pl_buffer_view(&text), error));
    if (leave_pending)
        return PL_OK;
    return pl_state_delete(store->state, PENDING_AREA, store->feature, &was_there, error);
}

static enum pl_status record(const struct pl_flag_store *store, uint64_t time_ms,
                             struct pl_str body, struct pl_ledger_head *ret_head,
                             struct pl_error *error)
{
    const struct pl_ledger_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    struct pl_ledger_writer *writer = NULL;

    PL_RETURN_IF(pl_ledger_open(store->ledger_folder, &options, &writer, error));

    enum pl_status status = pl_ledger_append(writer, "flag", time_ms, body, error);

    if (status == PL_OK)
        status = pl_ledger_commit(writer, ret_head, error);
    pl_ledger_close(writer);
    return status;
}

/* ---- catching up ---- */

struct replay {
    const struct pl_flag_store *store;
    struct pl_arena *arena;
    struct pl_flag_state_now now;
    uint64_t newest; /* version that the ledger has */
};

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct replay *replay = context;
    struct pl_flag_change change;
    struct pl_str feature;

    if (!pl_str_equal_text(record->kind, "flag"))
        return PL_OK;
    if (pl_flag_change_read(record->body, replay->arena, &feature, &change, NULL) != PL_OK)
        return pl_error_set(error, PL_E_CORRUPT,
                            "record %llu of the ledger is no change of a flag that this version "
                            "can read",
                            (unsigned long long)record->sequence);
    if (!pl_str_equal(feature, replay->store->feature))
        return PL_OK;
    change.time_ms = record->time_ms;
    if (change.version > replay->newest)
        replay->newest = change.version;
    if (change.version <= replay->now.version)
        return PL_OK;
    return pl_flag_change_apply(&replay->now, &change, replay->arena, &replay->now, error);
}

static enum pl_status read_ledger(struct replay *replay, struct pl_error *error)
{
    struct pl_ledger_check check = {0};

    if (!pl_file_exists(replay->store->ledger_folder))
        return PL_OK;
    PL_RETURN_IF(
        pl_ledger_verify(replay->store->ledger_folder, NULL, visit, replay, &check, error));
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold, and the flag cannot be read from it: %s",
                            replay->store->ledger_folder, check.problem);
    return PL_OK;
}

/* A kill that was forced past the ledger is recorded now. */
static enum pl_status record_late(const struct replay *replay, const struct kept *kept,
                                  struct pl_error *error)
{
    struct pl_ledger_head head;
    struct pl_flag_change change;
    struct pl_str feature;

    if (kept->pending.ptr == NULL)
        return PL_OK;
    PL_RETURN_IF(pl_flag_change_read(kept->pending, replay->arena, &feature, &change, error));
    if (change.version > kept->now.version || change.version <= replay->newest)
        return PL_OK;
    return record(replay->store, kept->now.changed_ms, kept->pending, &head, error);
}

/* Under the state's lock; PL_E_BUSY when it is no longer as it was. */
static enum pl_status settle(const struct replay *replay, const struct kept *before,
                             struct pl_error *error)
{
    struct kept kept;

    PL_RETURN_IF(look(replay->store, replay->arena, &kept, error));
    if (kept.now.version != before->now.version || kept.has_row != before->has_row ||
        !pl_str_equal(kept.pending, before->pending))
        return pl_error_set(error, PL_E_BUSY, "the flag is being changed by another process");
    PL_RETURN_IF(record_late(replay, &kept, error));
    return put(replay->store, &replay->now, false, error);
}

static enum pl_status commit_or_rollback(struct pl_state *state, enum pl_status status,
                                         struct pl_error *error)
{
    if (status == PL_OK)
        return pl_state_commit(state, error);
    pl_state_rollback(state);
    return status;
}

static enum pl_status try_reconcile(const struct pl_flag_store *store, struct pl_arena *arena,
                                    struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    struct replay replay = {.store = store, .arena = arena};
    struct kept kept;

    PL_RETURN_IF(look(store, arena, &kept, error));
    replay.now = kept.now;
    if (!kept.has_row || kept.pending.ptr != NULL) {
        PL_RETURN_IF(read_ledger(&replay, error));
        PL_RETURN_IF(pl_state_begin(store->state, error));
        PL_RETURN_IF(commit_or_rollback(store->state, settle(&replay, &kept, error), error));
    }
    *ret_now = replay.now;
    return PL_OK;
}

enum pl_status pl_flag_reconcile(const struct pl_flag_store *store, struct pl_arena *arena,
                                 struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    enum pl_status status = PL_E_BUSY;

    for (int i = 0; i < TRIES_MAX && status == PL_E_BUSY; i++)
        status = try_reconcile(store, arena, ret_now, error);
    return status;
}

/* ---- changing ---- */

struct changing {
    const struct pl_flag_store *store;
    struct pl_arena *arena;
    struct pl_flag_change change;
    struct pl_str body;
    struct pl_flag_done done;
};

static enum pl_status someone_was_quicker(const struct changing *changing, struct pl_error *error)
{
    return pl_error_set(error, PL_E_BUSY,
                        "somebody else has just changed the flag of %.*s; look at it with "
                        "`plimsoll flag`, and try again",
                        PL_STR_ARG(changing->store->feature));
}

/* Step 1, under the lock. */
static enum pl_status announce(struct changing *changing, struct pl_error *error)
{
    const struct pl_flag_store *store = changing->store;
    struct kept kept;

    PL_RETURN_IF(look(store, changing->arena, &kept, error));
    if (kept.now.version + 1 != changing->change.version ||
        (kept.pending.ptr != NULL && !changing->change.forced))
        return someone_was_quicker(changing, error);
    PL_RETURN_IF(pl_flag_change_apply(&kept.now, &changing->change, changing->arena,
                                      &changing->done.now, error));
    return pl_state_put(store->state, PENDING_AREA, store->feature, changing->body, error);
}

/* Steps 2 and 3, under the lock. */
static enum pl_status carry_out(struct changing *changing, struct pl_error *error)
{
    const struct pl_flag_store *store = changing->store;
    const bool goes_ahead = changing->change.forced && changing->change.act == PL_FLAG_ACT_OFF;
    struct kept kept;

    PL_RETURN_IF(look(store, changing->arena, &kept, error));
    if (kept.now.version + 1 != changing->change.version ||
        !pl_str_equal(kept.pending, changing->body))
        return someone_was_quicker(changing, error);

    const enum pl_status recorded = record(store, changing->change.time_ms, changing->body,
                                           &changing->done.head, &changing->done.unrecorded);

    if (recorded != PL_OK && !goes_ahead) {
        if (error != NULL)
            *error = changing->done.unrecorded;
        return recorded;
    }
    return put(store, &changing->done.now, recorded != PL_OK, error);
}

enum pl_status pl_flag_store_change(const struct pl_flag_store *store, struct pl_arena *arena,
                                    const struct pl_flag_change *change,
                                    struct pl_flag_done *ret_done, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct changing changing = {.store = store, .arena = arena, .change = *change};
    struct pl_json json;

    changing.change.time_ms = pl_clock_unix_ms();
    pl_buffer_init(&body, TEXT_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    pl_flag_change_write(&json, store->feature, &changing.change);
    PL_RETURN_IF(pl_buffer_check(&body, "the change of the flag", error));
    changing.body = pl_buffer_view(&body);

    PL_RETURN_IF(pl_state_begin(store->state, error));
    PL_RETURN_IF(commit_or_rollback(store->state, announce(&changing, error), error));
    PL_RETURN_IF(pl_state_begin(store->state, error));
    PL_RETURN_IF(commit_or_rollback(store->state, carry_out(&changing, error), error));
    *ret_done = changing.done;
    return PL_OK;
}
