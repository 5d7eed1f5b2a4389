/*
 * Changes go through three steps, each durable before the next begins, all under the ledger's lock:
 *
 *     1. the body of the record, into the quiet area "~flag" of the state: what is about to happen
 *     2. the record, into the ledger
 *     3. the new state, and away with what step 1 wrote, as one transaction
 *
 * A crash before step 2 is done leaves the body: the ledger does not have it, so nothing has happened. A
 * crash after it leaves the body as well: the ledger has it, and the state is made from there. Whoever
 * finds a body while it holds the lock knows that its writer is gone.
 *
 * A kill that is forced past a ledger that cannot be written does without the lock: the body and the new
 * state are one transaction. Its body has a version that the state has already and the ledger has not; or
 * one that the ledger has under another body, when the two met. It is recorded later, in the second case
 * as the newest change of all.
 */
#include "gateway/flag_store.h"

#include "base/file.h"

#define PENDING_AREA        "~flag"
#define LOCK_WAIT_MS        4000
#define TRIES_MAX           8
#define TEXT_SIZE_BYTES_MAX ((size_t)256 << 10)

static const struct pl_ledger_options LEDGER_OPTIONS = {.lock_wait_ms = LOCK_WAIT_MS};

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

/* ---- writing ---- */

/* In a transaction: the state, which is readers' from its commit on. */
static enum pl_status put_now(const struct pl_flag_store *store,
                              const struct pl_flag_state_now *now, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_flag_now_write(&json, now);
    PL_RETURN_IF(pl_buffer_check(&text, "the state of the flag", error));
    return pl_state_put(store->state, PL_FLAG_AREA, store->feature, pl_buffer_view(&text), error);
}

static enum pl_status put_and_clear(const struct pl_flag_store *store,
                                    const struct pl_flag_state_now *now, struct pl_error *error)
{
    bool was_there;

    PL_RETURN_IF(put_now(store, now, error));
    return pl_state_delete(store->state, PENDING_AREA, store->feature, &was_there, error);
}

static enum pl_status commit_or_rollback(struct pl_state *state, enum pl_status status,
                                         struct pl_error *error)
{
    if (status == PL_OK)
        return pl_state_commit(state, error);
    pl_state_rollback(state);
    return status;
}

static enum pl_status record(struct pl_ledger_writer *writer, uint64_t time_ms, struct pl_str body,
                             struct pl_ledger_head *ret_head, struct pl_error *error)
{
    PL_RETURN_IF(pl_ledger_append(writer, "flag", time_ms, body, error));
    return pl_ledger_commit(writer, ret_head, error);
}

/* The record of a change as text, in the arena. */
static enum pl_status write_body(const struct pl_flag_store *store,
                                 const struct pl_flag_change *change, struct pl_arena *arena,
                                 struct pl_str *ret_body, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, TEXT_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_flag_change_write(&json, store->feature, change);
    PL_RETURN_IF(pl_buffer_check(&text, "the change of the flag", error));
    *ret_body = pl_arena_copy(arena, pl_buffer_view(&text));
    return ret_body->ptr == NULL ? pl_arena_error(arena, "the change of the flag", error) : PL_OK;
}

/* ---- catching up with the ledger ---- */

/* A change as the ledger has it. */
struct past {
    struct pl_flag_change change;
    struct pl_str body;
    struct past *next;
};

struct catching {
    const struct pl_flag_store *store;
    struct pl_arena *arena;
    struct pl_ledger_writer *writer;
    struct past *first, **end; /* all changes of the feature, in their order */
    uint64_t newest;           /* version among them; 0: there is none */
    uint64_t sequence;         /* of the last record seen */
};

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct catching *catching = context;
    struct pl_flag_change change;
    struct pl_str feature;
    struct past *past;

    if (record->sequence <= catching->sequence)
        return PL_OK;
    catching->sequence = record->sequence;
    if (!pl_str_equal_text(record->kind, "flag"))
        return PL_OK;
    if (pl_flag_change_read(record->body, catching->arena, &feature, &change, NULL) != PL_OK)
        return pl_error_set(error, PL_E_CORRUPT,
                            "record %llu of the ledger is no change of a flag that this version "
                            "can read",
                            (unsigned long long)record->sequence);
    if (!pl_str_equal(feature, catching->store->feature))
        return PL_OK;
    change.time_ms = record->time_ms;
    past = pl_arena_alloc(catching->arena, sizeof *past);
    if (past == NULL)
        return pl_arena_error(catching->arena, "the changes of the flag", error);
    *past = (struct past){.change = change, .body = pl_arena_copy(catching->arena, record->body)};
    if (past->body.ptr == NULL)
        return pl_arena_error(catching->arena, "the changes of the flag", error);
    *catching->end = past;
    catching->end = &past->next;
    if (change.version > catching->newest)
        catching->newest = change.version;
    return PL_OK;
}

/* Reads the whole chain while others may write, then, under the lock again, what they wrote. */
static enum pl_status read_ledger(struct catching *catching, struct pl_error *error)
{
    const char *folder = catching->store->ledger_folder;
    struct pl_ledger_check check = {0};
    struct pl_ledger_place place;

    pl_ledger_end(catching->writer, &place);
    pl_ledger_suspend(catching->writer);
    PL_RETURN_IF(pl_ledger_verify(folder, NULL, visit, catching, &check, error));
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold, and the flag cannot be read from it: %s",
                            folder, check.problem);
    PL_RETURN_IF(pl_ledger_resume(catching->writer, LOCK_WAIT_MS, error));
    return pl_ledger_visit_since(folder, &place, visit, catching, error);
}

/* What the changes that are newer than `now` make of it. */
static enum pl_status fold(const struct catching *catching, struct pl_flag_state_now *now,
                           struct pl_error *error)
{
    for (const struct past *past = catching->first; past != NULL; past = past->next)
        if (past->change.version > now->version)
            PL_RETURN_IF(pl_flag_change_apply(now, &past->change, catching->arena, now, error));
    return PL_OK;
}

static bool is_recorded(const struct catching *catching, struct pl_str body)
{
    for (const struct past *past = catching->first; past != NULL; past = past->next)
        if (pl_str_equal(past->body, body))
            return true;
    return false;
}

/* A kill that was forced past the ledger is recorded now. Where the ledger has another change of its version,
   that one came first, and the kill is the newest. */
static enum pl_status record_late(const struct catching *catching, const struct kept *kept,
                                  struct pl_flag_change *kill, struct pl_flag_state_now *ret_now,
                                  struct pl_error *error)
{
    struct pl_flag_state_now now = kept->now;
    struct pl_ledger_head head;
    struct pl_str body = kept->pending;

    kill->time_ms = kept->now.changed_ms;
    if (catching->newest >= kill->version) {
        now = (struct pl_flag_state_now){0};
        PL_RETURN_IF(fold(catching, &now, error));
        kill->version = catching->newest + 1;
        PL_RETURN_IF(pl_flag_change_apply(&now, kill, catching->arena, &now, error));
        PL_RETURN_IF(write_body(catching->store, kill, catching->arena, &body, error));
    }
    PL_RETURN_IF(record(catching->writer, kill->time_ms, body, &head, error));
    *ret_now = now;
    return PL_OK;
}

/* The state as it must be, under both locks. */
static enum pl_status settle(const struct catching *catching, struct pl_flag_state_now *ret_now,
                             struct pl_error *error)
{
    struct pl_flag_change pending = {.version = UINT64_MAX};
    struct pl_str feature;
    struct kept kept;

    PL_RETURN_IF(look(catching->store, catching->arena, &kept, error));
    if (kept.pending.ptr != NULL)
        PL_RETURN_IF(pl_flag_change_read(kept.pending, catching->arena, &feature, &pending, error));
    *ret_now = kept.now;
    if (pending.version <= kept.now.version && !is_recorded(catching, kept.pending))
        PL_RETURN_IF(record_late(catching, &kept, &pending, ret_now, error));
    else
        PL_RETURN_IF(fold(catching, ret_now, error));
    return put_and_clear(catching->store, ret_now, error);
}

static enum pl_status catch_up(struct catching *catching, struct pl_flag_state_now *ret_now,
                               struct pl_error *error)
{
    struct pl_state *state = catching->store->state;

    PL_RETURN_IF(read_ledger(catching, error));
    PL_RETURN_IF(pl_state_begin(state, error));
    return commit_or_rollback(state, settle(catching, ret_now, error), error);
}

enum pl_status pl_flag_reconcile(const struct pl_flag_store *store, struct pl_arena *arena,
                                 struct pl_flag_state_now *ret_now, struct pl_error *error)
{
    struct catching catching = {.store = store, .arena = arena};
    struct kept kept;

    catching.end = &catching.first;
    PL_RETURN_IF(look(store, arena, &kept, error));
    *ret_now = kept.now;
    if (kept.pending.ptr == NULL && (kept.has_row || !pl_file_exists(store->ledger_folder)))
        return PL_OK;
    PL_RETURN_IF(pl_ledger_open(store->ledger_folder, &LEDGER_OPTIONS, &catching.writer, error));

    const enum pl_status status = catch_up(&catching, ret_now, error);

    pl_ledger_close(catching.writer);
    return status;
}

/* ---- changing ---- */

struct changing {
    const struct pl_flag_store *store;
    struct pl_arena *arena;
    struct pl_flag_change change;
    struct pl_str body;
    struct pl_flag_done done;
    bool half_done; /* somebody died in the middle of a change: first catch up */
    bool overtaken; /* by a kill that went past the ledger */
};

/* Takes the next version, and makes the body and the state of it. In a transaction. */
static enum pl_status prepare(struct changing *changing, const struct kept *kept,
                              struct pl_error *error)
{
    struct pl_flag_change *change = &changing->change;
    const uint64_t next = kept->now.version + 1;

    if (change->version != 0 && change->version != next)
        return pl_error_set(error, PL_E_BUSY,
                            "somebody else has just changed the flag of %.*s; look at it with "
                            "`plimsoll flag`, and try again",
                            PL_STR_ARG(changing->store->feature));
    change->version = next;
    PL_RETURN_IF(
        pl_flag_change_apply(&kept->now, change, changing->arena, &changing->done.now, error));
    PL_RETURN_IF(write_body(changing->store, change, changing->arena, &changing->body, error));
    return pl_state_put(changing->store->state, PENDING_AREA, changing->store->feature,
                        changing->body, error);
}

static enum pl_status announce(struct changing *changing, struct pl_error *error)
{
    struct kept kept;

    PL_RETURN_IF(look(changing->store, changing->arena, &kept, error));
    changing->half_done = kept.pending.ptr != NULL;
    return changing->half_done ? PL_OK : prepare(changing, &kept, error);
}

static enum pl_status put_in_force(struct changing *changing, struct pl_error *error)
{
    struct kept kept;

    PL_RETURN_IF(look(changing->store, changing->arena, &kept, error));
    changing->overtaken = !pl_str_equal(kept.pending, changing->body);
    return changing->overtaken ? PL_OK : put_and_clear(changing->store, &changing->done.now, error);
}

/* The three steps, under the ledger's lock. */
static enum pl_status carry_out(struct changing *changing, struct pl_ledger_writer *writer,
                                struct pl_error *error)
{
    struct pl_state *state = changing->store->state;
    struct pl_error failure = {0};
    enum pl_status status;

    PL_RETURN_IF(pl_state_begin(state, error));
    PL_RETURN_IF(commit_or_rollback(state, announce(changing, error), error));
    if (changing->half_done)
        return PL_OK;
    PL_RETURN_IF(
        record(writer, changing->change.time_ms, changing->body, &changing->done.head, error));
    status = pl_state_begin(state, &failure);
    if (status == PL_OK)
        status = commit_or_rollback(state, put_in_force(changing, &failure), &failure);
    if (status != PL_OK)
        return pl_error_set(error, status,
                            "the change is on the record, block %llu, but not in force yet; any "
                            "command about this flag puts it in force once this is mended: %s",
                            (unsigned long long)changing->done.head.block, failure.message);
    return PL_OK;
}

static enum pl_status change_on_record(struct changing *changing, struct pl_error *error)
{
    const struct pl_flag_store *store = changing->store;
    struct pl_ledger_writer *writer = NULL;
    struct pl_flag_state_now now;

    PL_RETURN_IF(pl_flag_reconcile(store, changing->arena, &now, error));
    PL_RETURN_IF(pl_ledger_open(store->ledger_folder, &LEDGER_OPTIONS, &writer, error));

    const enum pl_status status = carry_out(changing, writer, error);

    pl_ledger_close(writer);
    PL_RETURN_IF(status);
    if (!changing->overtaken)
        return PL_OK;
    return pl_flag_reconcile(store, changing->arena, &changing->done.now, error);
}

/* Past the ledger: body and state at once. What went past it before, and is not recorded yet, is not written
   over. */
static enum pl_status kill(struct changing *changing, struct pl_error *error)
{
    struct pl_flag_change pending;
    struct pl_str feature;
    struct kept kept;

    PL_RETURN_IF(look(changing->store, changing->arena, &kept, error));
    if (kept.pending.ptr != NULL) {
        PL_RETURN_IF(pl_flag_change_read(kept.pending, changing->arena, &feature, &pending, error));
        if (pending.version <= kept.now.version)
            return pl_error_set(error, PL_E_BUSY,
                                "the flag of %.*s was killed before, and that is not on the "
                                "record yet",
                                PL_STR_ARG(changing->store->feature));
    }
    PL_RETURN_IF(prepare(changing, &kept, error));
    return put_now(changing->store, &changing->done.now, error);
}

static enum pl_status kill_unrecorded(struct changing *changing, struct pl_error *error)
{
    PL_RETURN_IF(pl_state_begin(changing->store->state, error));
    return commit_or_rollback(changing->store->state, kill(changing, error), error);
}

enum pl_status pl_flag_store_change(const struct pl_flag_store *store, struct pl_arena *arena,
                                    const struct pl_flag_change *change,
                                    struct pl_flag_done *ret_done, struct pl_error *error)
{
    struct changing changing = {.store = store, .arena = arena};
    const bool goes_ahead = change->forced && change->act == PL_FLAG_ACT_OFF;
    struct pl_error failure = {0};
    enum pl_status status = PL_OK;

    changing.half_done = true;
    for (int i = 0; i < TRIES_MAX && status == PL_OK && changing.half_done; i++) {
        changing.change = *change;
        changing.change.time_ms = pl_clock_unix_ms();
        changing.half_done = false;
        status = change_on_record(&changing, &failure);
    }
    if (status == PL_OK && changing.half_done)
        status = pl_error_set(&failure, PL_E_BUSY,
                              "changes of the flag of %.*s are left half done again and again; "
                              "try again",
                              PL_STR_ARG(store->feature));
    if (status != PL_OK && goes_ahead && changing.done.head.block == 0) {
        changing.done.unrecorded = failure;
        changing.change.version = change->version;
        status = kill_unrecorded(&changing, &failure);
    }
    if (status != PL_OK && error != NULL)
        *error = failure;
    changing.done.version = changing.change.version;
    if (status == PL_OK)
        *ret_done = changing.done;
    return status;
}
