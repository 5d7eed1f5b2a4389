/*
 * Loading: the ledger is followed from the place that the warehouse is at; records become staged rows; every so many bytes the rows
 * and the place they end at are committed together. A batch ends between two blocks only.
 */
#include "live/live.h"

#include "base/file.h"
#include "live/decode.h"
#include "live/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_SIZE_BYTES ((size_t)16 << 20)

struct loading {
    const struct pl_live_options *options;
    struct pl_live_counts *counts;
    struct pl_connection *connection;
    struct pl_live_names *names;
    struct pl_live_decoder decoder;
    struct pl_live_store_state state;
    size_t staged_bytes;    /* of records since the last commit */
    uint64_t staged_blocks; /* likewise */
    uint64_t unreadable;    /* of the decoder, at the last commit */
    uint64_t others;        /* likewise */
    bool has_data;          /* the block has a decision or feedback */
};

static enum pl_status commit(struct loading *loading, struct pl_error *error)
{
    struct pl_live_counts *counts = loading->counts;
    struct pl_live_brought brought = {0};

    loading->state.unreadable += loading->decoder.unreadable - loading->unreadable;
    loading->state.others += loading->decoder.others - loading->others;
    PL_RETURN_IF(pl_live_decoder_flush(&loading->decoder, error));
    PL_RETURN_IF(pl_live_store_commit(loading->connection, &loading->state, loading->names,
                                      &brought, error));
    counts->blocks += loading->staged_blocks;
    counts->decisions += brought.decisions;
    counts->attempts += brought.attempts;
    counts->feedback += brought.feedback;
    counts->exposures += brought.exposures;
    counts->flags += brought.flags;
    counts->verdicts += brought.verdicts;
    counts->shadows += brought.shadows;
    counts->repeats += brought.repeats;
    counts->unreadable = loading->unreadable = loading->decoder.unreadable;
    counts->others = loading->others = loading->decoder.others;
    loading->staged_bytes = 0;
    loading->staged_blocks = 0;
    return PL_OK;
}

static enum pl_status take_record(const struct pl_ledger_record *record, void *context,
                                  struct pl_error *error)
{
    struct loading *loading = context;
    enum pl_live_table_id table = PL_LIVE_TABLES_COUNT;

    PL_RETURN_IF(pl_live_decode(&loading->decoder, record, &table, error));
    loading->has_data =
        loading->has_data || table == PL_LIVE_DECISIONS || table == PL_LIVE_FEEDBACK;
    if (table != PL_LIVE_TABLES_COUNT)
        loading->counts->records++;
    loading->staged_bytes += record->line.len;
    return PL_OK;
}

static enum pl_status end_block(const struct pl_ledger_mark *mark, void *context,
                                struct pl_error *error)
{
    struct loading *loading = context;
    const size_t at_once = loading->options->batch_size_bytes;

    loading->staged_blocks++;
    loading->state.mark = *mark;
    if (loading->has_data) {
        loading->state.data_block = mark->place.block;
        memcpy(loading->state.data_hash, mark->place.hash, sizeof loading->state.data_hash);
    }
    loading->has_data = false;
    if (loading->staged_bytes < (at_once == 0 ? BATCH_SIZE_BYTES : at_once))
        return PL_OK;
    return commit(loading, error);
}

static enum pl_status follow(struct loading *loading, struct pl_error *error)
{
    const struct pl_ledger_follower follower = {take_record, end_block, loading};
    struct pl_ledger_mark mark = loading->state.mark;

    PL_RETURN_IF(pl_live_store_stage(loading->connection, error));
    PL_RETURN_IF(
        pl_live_decoder_init(&loading->decoder, loading->connection, loading->names, error));

    const enum pl_status status =
        pl_ledger_follow(loading->options->ledger, &mark, &follower, error);

    if (status == PL_E_CORRUPT && error != NULL) {
        const struct pl_error cause = *error;

        return pl_error_set(error, PL_E_CORRUPT,
                            "%.700s; `plimsoll ledger verify` says more, and `plimsoll ledger load "
                            "--rebuild` makes the warehouse anew",
                            cause.message);
    }
    PL_RETURN_IF(status);
    return loading->staged_blocks > 0 ? commit(loading, error) : PL_OK;
}

/* The folder that the file is to be in. */
static enum pl_status make_folder(const char *path, struct pl_error *error)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path)
        return PL_OK;
    (void)snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return pl_folder_make(folder, error);
}

static enum pl_status open_store(struct loading *loading, bool anew, struct pl_error *error)
{
    const struct pl_live_options *options = loading->options;
    const struct pl_store_options store = {
        .path = options->warehouse,
        .threads = options->threads == 0 ? 1 : options->threads,
        .wait_ms = options->wait_ms,
        .anew = anew,
    };

    PL_RETURN_IF(pl_driver_of_stores()->open_store(&store, &loading->connection, error));
    return pl_live_store_read(loading->connection, &loading->state, loading->names, error);
}

static void close_store(struct loading *loading)
{
    if (loading->connection != NULL)
        pl_driver_of_stores()->close(loading->connection);
    loading->connection = NULL;
}

static enum pl_status load(struct loading *loading, struct pl_error *error)
{
    PL_RETURN_IF(make_folder(loading->options->warehouse, error));
    PL_RETURN_IF(open_store(loading, loading->options->rebuild, error));
    loading->counts->rebuilt = loading->options->rebuild;
    if (loading->state.version != 0 && loading->state.version != PL_LIVE_VERSION) {
        close_store(loading);
        PL_RETURN_IF(open_store(loading, true, error));
        loading->counts->rebuilt = true;
    }
    if (loading->state.version == 0)
        PL_RETURN_IF(pl_live_store_make(loading->connection, error));
    PL_RETURN_IF(follow(loading, error));
    loading->counts->block = loading->state.mark.place.block;
    memcpy(loading->counts->hash, loading->state.mark.place.hash, sizeof loading->counts->hash);
    return PL_OK;
}

enum pl_status pl_live_load(const struct pl_live_options *options,
                            struct pl_live_counts *ret_counts, struct pl_error *error)
{
    struct pl_live_counts counts = {0};
    struct loading loading = {.options = options, .counts = &counts};

    loading.names = malloc(sizeof *loading.names);
    if (loading.names == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the warehouse");
    pl_live_names_init(loading.names);

    const enum pl_status status = load(&loading, error);

    pl_live_decoder_deinit(&loading.decoder);
    close_store(&loading);
    pl_live_names_deinit(loading.names);
    free(loading.names);
    PL_RETURN_IF(status);
    *ret_counts = counts;
    return PL_OK;
}

/* ---- the state ---- */

static enum pl_status read_state(struct pl_connection *connection, bool with_waiting,
                                 struct pl_live_state *state, struct pl_error *error)
{
    struct pl_live_names *names = malloc(sizeof *names);
    struct pl_live_store_state stored = {0};
    int64_t counts[3] = {0};

    if (names == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the warehouse");
    pl_live_names_init(names);

    enum pl_status status = pl_live_store_read(connection, &stored, names, error);

    pl_live_names_deinit(names);
    free(names);
    if (status == PL_OK)
        status = pl_live_store_numbers(connection,
                                       with_waiting
                                           ? "SELECT (SELECT count(*) FROM decisions), "
                                             "(SELECT count(*) FROM feedback), "
                                             "(SELECT count(*) FROM feedback AS f ANTI JOIN "
                                             "decisions AS d ON d.id = f.decision)"
                                           : "SELECT (SELECT count(*) FROM decisions), "
                                             "(SELECT count(*) FROM feedback), CAST(0 AS BIGINT)",
                                       counts, 3, error);
    PL_RETURN_IF(status);
    state->block = stored.mark.place.block;
    memcpy(state->hash, stored.mark.place.hash, sizeof state->hash);
    state->data_block = stored.data_block;
    memcpy(state->data_hash, stored.data_hash, sizeof state->data_hash);
    state->repeats = stored.repeats;
    state->unreadable = stored.unreadable;
    state->others = stored.others;
    state->decisions = (uint64_t)counts[0];
    state->feedback = (uint64_t)counts[1];
    state->waiting = (uint64_t)counts[2];
    return PL_OK;
}

enum pl_status pl_live_read(const char *warehouse, bool with_waiting, int *ret_fd,
                            struct pl_live_state *ret_state, struct pl_error *error)
{
    PL_CLEANUP(pl_fd_close) int fd = -1;
    const struct pl_driver *driver = pl_driver_of_stores();
    struct pl_connection *connection = NULL;
    struct pl_live_state state = {0};
    char source[PATH_MAX];
    const struct pl_connection_options options = {.threads = 1, .source = source};

    if (snprintf(source, sizeof source, "ledger:*@%s", warehouse) >= (int)sizeof source)
        return pl_error_set(error, PL_E_LIMIT, "the path %.80s… is too long", warehouse);
    PL_RETURN_IF(pl_store_hold(warehouse, PL_STORE_WAIT_MS, &fd, error));
    PL_RETURN_IF(driver->open(&options, &connection, error));

    const enum pl_status status = read_state(connection, with_waiting, &state, error);

    driver->close(connection);
    PL_RETURN_IF(status);
    *ret_state = state;
    if (ret_fd != NULL) {
        *ret_fd = fd;
        fd = -1;
    }
    return PL_OK;
}
