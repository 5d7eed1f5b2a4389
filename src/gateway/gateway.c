/* A gateway's beginning, part by part, and its end in the other order. */
#include "gateway/gateway_state.h"

#include "base/file.h"
#include "ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 20)
#define FLAG_SIZE_BYTES_MAX  ((size_t)64 << 20)
#define LOAD_MS              10000

/* ---- what it keeps ---- */

static enum pl_status find_folders(struct pl_gateway *gateway, struct pl_error *error)
{
    const struct pl_line *line = gateway->plan->line;

    gateway->ledger_folder = pl_line_path(line, PL_STR(PL_LEDGER_FOLDER), &gateway->arena);
    gateway->spool_folder = pl_line_path(line, PL_STR(PL_SPOOL_FOLDER), &gateway->arena);
    gateway->state_file = pl_state_file(line, &gateway->arena);
    if (gateway->ledger_folder.ptr == NULL || gateway->spool_folder.ptr == NULL ||
        gateway->state_file.ptr == NULL)
        return pl_arena_error(&gateway->arena, "the folders", error);
    return PL_OK;
}

static enum pl_status check_keys(const struct pl_gateway *gateway, struct pl_error *error)
{
    const struct pl_serve_line *serve = &gateway->plan->serving->serve;

    if (!serve->keys_required || pl_client_keys_count(gateway->keys) > 0)
        return PL_OK;
    if (serve->beyond_loopback)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "%s listens beyond this machine, and there is no key; make one with "
                            "`plimsoll key make`",
                            gateway->options.line);
    gateway->options.tell("requests need a key, and there is none yet; make one with "
                          "`plimsoll key make`",
                          gateway->options.context);
    return PL_OK;
}

/* The flag's state after what a command that died has left half done. */
static enum pl_status catch_up(struct pl_gateway *gateway, struct pl_error *error)
{
    const struct pl_flag_store store = pl_gateway_flag_store(gateway);
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_flag_state_now now = {0};

    pl_arena_init(&arena, FLAG_SIZE_BYTES_MAX);
    return pl_flag_reconcile(&store, &arena, &now, error);
}

static enum pl_status open_state(struct pl_gateway *gateway, struct pl_error *error)
{
    PL_RETURN_IF(pl_state_open(gateway->state_file.ptr, &gateway->state, error));
    PL_RETURN_IF(catch_up(gateway, error));
    /* What changes from here on is seen; what catching up has changed is not taken for a change. */
    PL_RETURN_IF(pl_state_version(gateway->state, &gateway->state_version, error));
    gateway->keys_version = gateway->state_version;
    PL_RETURN_IF(pl_now_load(gateway, PL_NOW_WHOLE, &gateway->now, error));
    PL_RETURN_IF(pl_gateway_load_keys(gateway, NULL, &gateway->keys, error));
    return check_keys(gateway, error);
}

/* A failure that goes on is told once, and that it is over where there is something to say of it. Any thread. */
static void tell_once(struct pl_gateway *gateway, atomic_bool *failing, const char *what,
                      const struct pl_error *failure, const char *over)
{
    char text[PL_ERROR_MESSAGE_SIZE + 64];
    const bool was_failing = atomic_exchange(failing, failure != NULL);

    if (failure != NULL && !was_failing) {
        (void)snprintf(text, sizeof text, "%s: %s", what, failure->message);
        gateway->options.tell(text, gateway->options.context);
    } else if (failure == NULL && was_failing && over != NULL) {
        gateway->options.tell(over, gateway->options.context);
    }
}

/* In the keeper's thread. */
static void on_commit(uint64_t records, const struct pl_error *failure, void *context)
{
    struct pl_gateway *gateway = context;

    (void)records;
    tell_once(gateway, &gateway->ledger_failing, "the ledger cannot be written", failure,
              "the ledger can be written again");
}

/* What an earlier process left behind. */
static void tell_recovered(const struct pl_gateway *gateway)
{
    const struct pl_spool_counts counts = pl_spool_counts(gateway->spool);
    char text[256];

    if (counts.recovered == 0 && counts.set_aside == 0)
        return;
    (void)snprintf(text, sizeof text,
                   "of the server before, %llu records were recovered, %llu of them interrupted; "
                   "%llu damaged files were set aside",
                   (unsigned long long)counts.recovered, (unsigned long long)counts.interrupted,
                   (unsigned long long)counts.set_aside);
    gateway->options.tell(text, gateway->options.context);
}

static enum pl_status open_spool(struct pl_gateway *gateway, struct pl_error *error)
{
    const struct pl_serve_line *serve = &gateway->plan->serving->serve;
    /* Connections spread unevenly over the workers, and reported decisions need room as well. */
    const uint64_t share = (uint64_t)serve->connections_max / gateway->workers_count * 2;
    const uint64_t open_count =
        (share < serve->connections_max ? share : serve->connections_max) + 64;
    const struct pl_spool_options options = {
        .folder = gateway->spool_folder.ptr,
        .ledger_folder = gateway->ledger_folder.ptr,
        .lanes_count = gateway->workers_count,
        .commit_ms = (uint32_t)serve->commit_ms,
        .open_count_max = open_count < PL_SPOOL_OPEN_MAX ? (uint32_t)open_count : PL_SPOOL_OPEN_MAX,
        .on_commit = on_commit,
        .context = gateway,
    };

    PL_RETURN_IF(pl_spool_open(&options, &gateway->spool, error));
    tell_recovered(gateway);
    return PL_OK;
}

/* In the loader's thread. */
static void on_load(const struct pl_error *failure, void *context)
{
    struct pl_gateway *gateway = context;

    tell_once(gateway, &gateway->loading_failing, "the ledger cannot be loaded into the warehouse",
              failure, NULL);
}

static enum pl_status start_loader(struct pl_gateway *gateway, struct pl_error *error)
{
    const struct pl_live_keeper_options options = {
        .program = "/proc/self/exe",
        .line = gateway->options.line,
        .ledger = gateway->ledger_folder.ptr,
        .every_ms = LOAD_MS,
        .on_load = on_load,
        .context = gateway,
    };

    return pl_live_keeper_start(&options, &gateway->loader, error);
}

/* ---- workers ---- */

static enum pl_status make_workers(struct pl_gateway *gateway, struct pl_error *error)
{
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        PL_RETURN_IF(pl_worker_init(&gateway->workers[i], gateway, i, error));

    /* Where any port will do, the first worker's is that of all. */
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        PL_RETURN_IF(pl_worker_listen(
            &gateway->workers[i], i == 0 ? 0 : pl_server_port(gateway->workers[0].server), error));
    return PL_OK;
}

static void tell_address(const struct pl_gateway *gateway, const char *what, bool tls,
                         struct pl_str address, uint16_t port)
{
    char text[512];
    size_t host_len = address.len;

    while (host_len > 0 && address.ptr[host_len - 1] != ':')
        host_len--;
    (void)snprintf(text, sizeof text, "%s http%s://%.*s%u", what, tls ? "s" : "", (int)host_len,
                   address.ptr, (unsigned)port);
    gateway->options.tell(text, gateway->options.context);
}

static void tell_addresses(const struct pl_gateway *gateway)
{
    const struct pl_serve_line *serve = &gateway->plan->serving->serve;

    tell_address(gateway, "listening on", serve->certificate.len > 0, serve->listen,
                 pl_server_port(gateway->workers[0].server));
    if (gateway->admin != NULL)
        tell_address(gateway, "admin on", false, serve->admin, pl_server_port(gateway->admin));
}

static enum pl_status make_figures(struct pl_gateway *gateway, struct pl_error *error)
{
    gateway->figures = calloc(1, sizeof *gateway->figures);
    if (gateway->figures == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the figures");
    PL_RETURN_IF(pl_metrics_new(gateway->workers_count, &gateway->metrics, error));
    pl_figures_init(gateway);
    pl_figures_of_plan(gateway, gateway->plan);
    return PL_OK;
}

/* ---- life ---- */

static enum pl_status fill(struct pl_gateway *gateway, struct pl_error *error)
{
    pl_gateway_block_signals();
    PL_RETURN_IF(pl_plan_new(gateway->options.line, &gateway->plan, error));
    PL_RETURN_IF(find_folders(gateway, error));
    PL_RETURN_IF(open_state(gateway, error));

    uint32_t workers = gateway->plan->serving->serve.workers;

    if (workers == 0)
        workers = pl_processors_count();
    if (workers > PL_WORKERS_MAX)
        workers = PL_WORKERS_MAX;
    gateway->workers = calloc(workers, sizeof *gateway->workers);
    if (gateway->workers == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for %u workers", workers);
    gateway->workers_count = workers;
    PL_RETURN_IF(make_figures(gateway, error));
    PL_RETURN_IF(pl_exposures_new(&gateway->exposures, error));
    PL_RETURN_IF(open_spool(gateway, error));
    PL_RETURN_IF(make_workers(gateway, error));
    PL_RETURN_IF(start_loader(gateway, error));
    tell_addresses(gateway);
    return PL_OK;
}

enum pl_status pl_gateway_new(const struct pl_gateway_options *options,
                              struct pl_gateway **ret_gateway, struct pl_error *error)
{
    struct pl_gateway *gateway = calloc(1, sizeof *gateway);

    if (gateway == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the server");
    gateway->options = *options;
    (void)pthread_mutex_init(&gateway->jobs.lock, NULL);
    pl_arena_init(&gateway->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = fill(gateway, error);

    if (status != PL_OK) {
        struct pl_error second = {0};

        if (pl_gateway_free(gateway, &second) != PL_OK)
            options->tell(second.message, options->context);
        return status;
    }
    *ret_gateway = gateway;
    return PL_OK;
}

/* What the keys have spent in the end, and the last records. */
static enum pl_status save(struct pl_gateway *gateway, struct pl_error *error)
{
    enum pl_status status = PL_OK;

    if (gateway->keys != NULL)
        status = pl_keys_save(gateway->keys, gateway->state, error);
    if (gateway->spool != NULL) {
        struct pl_error closing = {0};
        const enum pl_status closed = pl_spool_close(gateway->spool, &closing);

        if (closed != PL_OK && status == PL_OK) {
            *error = closing;
            status = closed;
        }
    }
    return status;
}

enum pl_status pl_gateway_free(struct pl_gateway *gateway, struct pl_error *error)
{
    pl_live_keeper_stop(gateway->loader);
    if (gateway->admin != NULL)
        pl_server_free(gateway->admin);
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        pl_worker_deinit(&gateway->workers[i]);

    const enum pl_status status = save(gateway, error);

    free(gateway->workers);
    pl_exposures_free(gateway->exposures);
    free(gateway->figures);
    pl_metrics_free(gateway->metrics);
    pl_keys_unref(gateway->keys);
    pl_now_unref(gateway->now);
    pl_state_close(gateway->state);
    pl_plan_unref(gateway->plan);
    pl_arena_deinit(&gateway->arena);
    (void)pthread_mutex_destroy(&gateway->jobs.lock);
    free(gateway);
    return status;
}
