/*
 * The main thread: it makes the workers, waits for signals, looks at the state every few milliseconds, does what
 * the admin's listener asks, saves what keys have spent, and drains at the end.
 */
#include "gateway/gateway_state.h"

#include "base/file.h"
#include "gateway/events.h"
#include "gateway/follow.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define LOOK_MS  20 /* how soon a change by a command is seen */
#define SAVE_MS  1000
#define PING_MS  15000
#define ADOPT_MS 2000 /* the longest that is waited until workers have taken over what changed */

static void tell(const struct pl_gateway *gateway, const char *text)
{
    gateway->options.tell(text, gateway->options.context);
}

static void tell_error(const struct pl_gateway *gateway, const char *what,
                       const struct pl_error *error)
{
    char text[PL_ERROR_MESSAGE_SIZE + PL_ERROR_FILE_SIZE + 256];

    if (error->line > 0)
        (void)snprintf(text, sizeof text, "%s: %s:%u:%u: %s", what, error->file, error->line,
                       error->column, error->message);
    else
        (void)snprintf(text, sizeof text, "%s: %s", what, error->message);
    tell(gateway, text);
}

/* ---- what changes while it serves ---- */

static void tell_subscribers(void *context)
{
    pl_events_tell(context);
}

/* Hands over what is not NULL, and waits until all workers have it. Subscribers are told then: whichever worker they ask,
   it answers by what they were told of. */
static enum pl_status hand_over(struct pl_gateway *gateway, struct pl_plan *plan,
                                struct pl_now *now, struct pl_keys *keys, struct pl_error *error)
{
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        PL_RETURN_IF(pl_worker_adopt(&gateway->workers[i], plan, now, keys, error));
    for (uint32_t ms = 0; ms < ADOPT_MS && atomic_load(&gateway->adopting) > 0; ms++)
        pl_sleep_ms(1);
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        PL_RETURN_IF(
            pl_loop_post(gateway->workers[i].loop, tell_subscribers, &gateway->workers[i], error));
    return PL_OK;
}

enum pl_status pl_gateway_load_keys(struct pl_gateway *gateway, struct pl_keys *previous,
                                    struct pl_keys **ret_keys, struct pl_error *error)
{
    const struct pl_serve_line *serve = &gateway->plan->serving->serve;

    PL_RETURN_IF(pl_keys_load(gateway->state, previous, ret_keys, error));
    pl_keys_set_usual(*ret_keys, serve->requests_per_minute, serve->tokens_per_minute);
    return PL_OK;
}

static enum pl_status take_flag(struct pl_gateway *gateway, struct pl_error *error)
{
    struct pl_now *now = NULL;

    PL_RETURN_IF(pl_now_load(gateway, PL_NOW_QUICK, &now, error));

    const enum pl_status status = hand_over(gateway, NULL, now, NULL, error);

    if (status != PL_OK) {
        pl_now_unref(now);
        return status;
    }
    pl_now_unref(gateway->now);
    gateway->now = now;
    return PL_OK;
}

static enum pl_status take_keys(struct pl_gateway *gateway, struct pl_error *error)
{
    struct pl_keys *keys = NULL;

    PL_RETURN_IF(pl_gateway_load_keys(gateway, gateway->keys, &keys, error));

    const enum pl_status status = hand_over(gateway, NULL, NULL, keys, error);

    if (status != PL_OK) {
        pl_keys_unref(keys);
        return status;
    }
    pl_keys_unref(gateway->keys);
    gateway->keys = keys;
    return PL_OK;
}

/* The flag first, and by itself: to take a feature dark must not wait for keys that cannot be read. */
enum pl_status pl_gateway_take_changes(struct pl_gateway *gateway, struct pl_error *error)
{
    uint64_t version = 0;

    PL_RETURN_IF(pl_state_version(gateway->state, &version, error));
    if (version != gateway->state_version) {
        PL_RETURN_IF(take_flag(gateway, error));
        gateway->state_version = version;
    }
    if (version != gateway->keys_version) {
        PL_RETURN_IF(take_keys(gateway, error));
        gateway->keys_version = version;
    }
    return PL_OK;
}

/* What a running server cannot change. */
static enum pl_status check_same(const struct pl_gateway *gateway, const struct pl_plan *plan,
                                 struct pl_error *error)
{
    const struct pl_serve_line *now = &gateway->plan->serving->serve;
    const struct pl_serve_line *next = &plan->serving->serve;

    if (!pl_str_equal(now->listen, next->listen) || !pl_str_equal(now->admin, next->admin) ||
        !pl_str_equal(now->certificate, next->certificate) || !pl_str_equal(now->key, next->key) ||
        now->workers != next->workers || now->body_size_bytes_max != next->body_size_bytes_max ||
        now->connections_max != next->connections_max || now->commit_ms != next->commit_ms)
        return pl_error_set(error, PL_E_LINE,
                            "`listen`, `admin`, `tls`, `workers`, `body`, `connections` and "
                            "`commit` of `serve` are those of the start; stop the server and start "
                            "it again to change them");
    if (!pl_str_equal(gateway->plan->line->feature, plan->line->feature))
        return pl_error_set(error, PL_E_LINE,
                            "the line is now of another feature; start a server of its own for it");
    return PL_OK;
}

enum pl_status pl_gateway_reload(struct pl_gateway *gateway, struct pl_error *error)
{
    struct pl_plan *plan = NULL;
    struct pl_plan *before = gateway->plan;
    struct pl_now *now = NULL;
    struct pl_keys *keys = NULL;
    enum pl_status status = pl_plan_new(gateway->options.line, &plan, error);

    if (status == PL_OK)
        status = check_same(gateway, plan, error);
    if (status == PL_OK) {
        pl_figures_of_plan(gateway, plan);
        gateway->plan = plan;
        status = pl_now_load(gateway, PL_NOW_QUICK, &now, error);
    }
    if (status == PL_OK)
        status = pl_gateway_load_keys(gateway, gateway->keys, &keys, error);
    if (status == PL_OK)
        status = hand_over(gateway, plan, now, keys, error);
    if (status != PL_OK) {
        gateway->plan = before;
        pl_now_unref(now);
        pl_keys_unref(keys);
        pl_plan_unref(plan);
        pl_count(&gateway->reloads_failed);
        return status;
    }
    pl_plan_unref(before);
    pl_now_unref(gateway->now);
    pl_keys_unref(gateway->keys);
    gateway->now = now;
    gateway->keys = keys;
    pl_count(&gateway->reloads);
    return PL_OK;
}

static void reload_on_signal(struct pl_gateway *gateway)
{
    struct pl_error error = {0};

    if (pl_gateway_reload(gateway, &error) == PL_OK)
        tell(gateway, "the line was read again");
    else
        tell_error(gateway, "the line was not taken, the old one stays", &error);
}

/* ---- the workers' threads ---- */

static void *work(void *context)
{
    struct pl_worker *worker = context;
    struct pl_gateway *gateway = worker->gateway;
    struct pl_error error = {0};

    if (pl_loop_run(worker->loop, &error) != PL_OK &&
        !atomic_exchange(&gateway->worker_failed, true))
        gateway->worker_error = error;
    return NULL;
}

static enum pl_status start_threads(struct pl_gateway *gateway, struct pl_error *error)
{
    for (uint32_t i = 0; i < gateway->workers_count; i++) {
        const int failure = pthread_create(&gateway->threads[i], NULL, work, &gateway->workers[i]);

        if (failure != 0)
            return pl_error_errno(error, failure, "cannot start a thread");
        gateway->threads_count++;
    }
    return PL_OK;
}

static void stop_threads(struct pl_gateway *gateway)
{
    for (uint32_t i = 0; i < gateway->threads_count; i++)
        pl_loop_stop(gateway->workers[i].loop);
    for (uint32_t i = 0; i < gateway->threads_count; i++)
        (void)pthread_join(gateway->threads[i], NULL);
    gateway->threads_count = 0;
}

/* ---- the main thread ---- */

static void ping(void *context)
{
    pl_events_ping(context);
}

/* A ping that finds no room in a queue is left out: the next one comes. */
static void ping_all(struct pl_gateway *gateway)
{
    struct pl_error error;

    for (uint32_t i = 0; i < gateway->workers_count; i++)
        if (pl_loop_post(gateway->workers[i].loop, ping, &gateway->workers[i], &error) != PL_OK)
            return;
}

/* A failure that goes on is told once, and again when it is over. */
static void note(const struct pl_gateway *gateway, const char *what, enum pl_status status,
                 const struct pl_error *error, bool *failing)
{
    char text[256];

    if (status != PL_OK && !*failing)
        tell_error(gateway, what, error);
    if (status == PL_OK && *failing) {
        (void)snprintf(text, sizeof text, "%s: over", what);
        tell(gateway, text);
    }
    *failing = status != PL_OK;
}

struct watching {
    uint64_t saved_ns, pinged_ns;
    bool looking_fails, saving_fails, noting_fails;
};

/* Which change of the flag all workers go by, for the command that waits to hear it. */
static void note_flag(struct pl_gateway *gateway, struct watching *watching)
{
    const uint64_t version = gateway->now->flag.version;
    struct pl_error error = {0};
    enum pl_status status;

    if (gateway->flag_noted && gateway->flag_version == version)
        return;
    status = pl_follow_note(gateway->state, gateway->plan->line->feature, version, &error);
    note(gateway, "the state cannot be written", status, &error, &watching->noting_fails);
    gateway->flag_noted = status == PL_OK;
    gateway->flag_version = version;
}

static void look_around(struct pl_gateway *gateway, struct watching *watching)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();
    struct pl_error error = {0};

    pl_jobs_do(gateway);
    note(gateway, "the state cannot be read", pl_gateway_take_changes(gateway, &error), &error,
         &watching->looking_fails);
    note_flag(gateway, watching);
    if (now_ns - watching->saved_ns >= SAVE_MS * UINT64_C(1000000)) {
        watching->saved_ns = now_ns;
        note(gateway, "what keys have spent cannot be saved",
             pl_keys_save(gateway->keys, gateway->state, &error), &error, &watching->saving_fails);
    }
    if (now_ns - watching->pinged_ns >= PING_MS * UINT64_C(1000000)) {
        watching->pinged_ns = now_ns;
        ping_all(gateway);
    }
}

static void signals_of(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGHUP);
}

void pl_gateway_block_signals(void)
{
    sigset_t set;

    signals_of(&set);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* The signal that came, or 0. */
static int wait_for_signal(uint32_t ms)
{
    const struct timespec wait = {.tv_nsec = (long)ms * 1000000};
    sigset_t set;

    signals_of(&set);

    const int signal = sigtimedwait(&set, NULL, &wait);

    return signal > 0 ? signal : 0;
}

static void serve(struct pl_gateway *gateway)
{
    struct watching watching = {.saved_ns = pl_clock_monotonic_ns(),
                                .pinged_ns = pl_clock_monotonic_ns()};
    int signal = 0;

    while (signal != SIGTERM && signal != SIGINT && !atomic_load(&gateway->worker_failed)) {
        signal = wait_for_signal(LOOK_MS);
        if (signal == SIGHUP)
            reload_on_signal(gateway);
        look_around(gateway, &watching);
    }
}

/* Until all are done, the time is over, or somebody asks a second time. */
static void drain(struct pl_gateway *gateway)
{
    const uint64_t until_ns =
        pl_clock_monotonic_ns() + gateway->plan->serving->serve.drain_ms * UINT64_C(1000000);
    struct pl_error error = {0};
    int signal = 0;

    tell(gateway, "ending: requests under way are answered, no new ones are taken");
    atomic_store(&gateway->draining, true);
    pl_jobs_close(&gateway->jobs);
    for (uint32_t i = 0; i < gateway->workers_count; i++)
        if (pl_worker_drain(&gateway->workers[i], &error) != PL_OK)
            tell_error(gateway, "a worker cannot be drained", &error);
    while (atomic_load(&gateway->drained) < gateway->workers_count &&
           !atomic_load(&gateway->worker_failed) && pl_clock_monotonic_ns() < until_ns &&
           signal != SIGTERM && signal != SIGINT)
        signal = wait_for_signal(5);
    if (atomic_load(&gateway->drained) < gateway->workers_count)
        tell(gateway, "requests were still under way; they are recorded as interrupted");
}

enum pl_status pl_gateway_run(struct pl_gateway *gateway, struct pl_error *error)
{
    enum pl_status status = start_threads(gateway, error);

    if (status == PL_OK) {
        pl_gateway_trim();
        serve(gateway);
        drain(gateway);
    }
    stop_threads(gateway);
    if (status == PL_OK && atomic_load(&gateway->worker_failed)) {
        *error = gateway->worker_error;
        status = gateway->worker_error.status;
    }
    return status;
}
