/*
 * A search with somebody to look after it: a thread that takes Ctrl-C, tells the search to stop, and
 * draws how far it is. A second Ctrl-C ends the program as it always does. No handler is installed
 * and nothing global changes: the signal is blocked, and the thread waits for it.
 */
#include "cli/search.h"

#include "base/buffer.h"
#include "base/file.h"
#include "measure/metrics.h"
#include "report/number.h"
#include "report/page.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS             100000000
#define SHOWN_AFTER_NS      UINT64_C(1000000000)
#define BAR_COLUMNS         24
#define LINE_SIZE_BYTES_MAX 512

struct attendant {
    struct pl_search_control control;
    atomic_bool ended;
    bool takes_signal; /* not where Ctrl-C is ignored, as in the background */
    bool shows;
    sigset_t signals;
    sigset_t before;
    pthread_t thread;
    bool started;
};

/* The bar is a courtesy: when the terminal does not take it, the search goes on. */
static bool say(struct pl_str text)
{
    return pl_fd_write(STDERR_FILENO, text, "standard error", NULL) == PL_OK;
}

static bool draw(const struct attendant *attendant)
{
    const unsigned total = atomic_load(&attendant->control.total);
    const unsigned done = atomic_load(&attendant->control.done);
    struct pl_buffer bar;
    struct pl_buffer line;

    if (total == 0)
        return false;
    pl_buffer_init(&bar, LINE_SIZE_BYTES_MAX);
    pl_buffer_init(&line, LINE_SIZE_BYTES_MAX);
    pl_bar_write(&bar, (double)done / (double)total, BAR_COLUMNS);
    pl_buffer_add_text(&line, "\r[");
    pl_text_fold(&line, pl_buffer_view(&bar), false);
    pl_buffer_add_format(&line, "] %u of %u crossings; Ctrl-C shows the worst so far\x1b[K", done,
                         total);

    const bool shown = say(pl_buffer_view(&line));

    pl_buffer_deinit(&line);
    pl_buffer_deinit(&bar);
    return shown;
}

/* The first Ctrl-C stops the search; with the second the person means the program. */
static void take_signal(struct attendant *attendant)
{
    if (!atomic_exchange(&attendant->control.stop, true))
        return;
    (void)signal(SIGINT, SIG_DFL);
    (void)pthread_sigmask(SIG_UNBLOCK, &attendant->signals, NULL);
    (void)raise(SIGINT);
}

static void *attend(void *argument)
{
    struct attendant *attendant = argument;
    const struct timespec tick = {.tv_nsec = TICK_NS};
    const uint64_t started_ns = pl_clock_monotonic_ns();
    bool shown = false;

    while (!atomic_load(&attendant->ended)) {
        if (!attendant->takes_signal)
            (void)nanosleep(&tick, NULL);
        else if (sigtimedwait(&attendant->signals, NULL, &tick) == SIGINT)
            take_signal(attendant);
        if (!attendant->shows || pl_clock_monotonic_ns() - started_ns < SHOWN_AFTER_NS)
            continue;
        shown |= draw(attendant);
    }
    if (shown)
        (void)say(PL_STR("\r\x1b[K"));
    return NULL;
}

static void attendant_start(struct attendant *attendant)
{
    struct sigaction action = {0};

    *attendant = (struct attendant){.shows = isatty(STDERR_FILENO) == 1};
    (void)sigemptyset(&attendant->signals);
    (void)sigaddset(&attendant->signals, SIGINT);
    attendant->takes_signal = sigaction(SIGINT, NULL, &action) == 0 && action.sa_handler != SIG_IGN;
    if (!attendant->takes_signal && !attendant->shows)
        return;
    if (pthread_sigmask(SIG_BLOCK, &attendant->signals, &attendant->before) != 0)
        return;
    attendant->started = pthread_create(&attendant->thread, NULL, attend, attendant) == 0;
    if (!attendant->started)
        (void)pthread_sigmask(SIG_SETMASK, &attendant->before, NULL);
}

static void attendant_stop(struct attendant *attendant)
{
    if (!attendant->started)
        return;
    atomic_store(&attendant->ended, true);
    (void)pthread_join(attendant->thread, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &attendant->before, NULL);
}

static const char *usual_metric(const struct pl_cells *cells)
{
    if (!cells->has_labels)
        return "selection_rate";
    return cells->has_predictions ? "error_rate" : "base_rate";
}

enum pl_status pl_search_attended(const struct pl_cells *cells, const char *metric,
                                  struct pl_search_options options, struct pl_arena *arena,
                                  struct pl_search **ret_search, struct pl_error *error)
{
    const struct pl_str name = pl_str_of(metric);
    const bool any = pl_str_equal_text(name, PL_SEARCH_ANY);
    struct attendant attendant;
    struct pl_metric parsed;
    enum pl_status status = pl_metric_parse(any ? pl_str_of(usual_metric(cells)) : name,
                                            cells->task, arena, &parsed, error);

    if (status == PL_E_LINE && any)
        return pl_error_set(error, PL_E_USAGE,
                            "`--search` takes measures that are a share of decisions, and task "
                            "`%s` has none that can be searched",
                            pl_task_name(cells->task));
    if (status != PL_OK)
        return status;
    options.metric = &parsed;
    options.control = &attendant.control;
    attendant_start(&attendant);
    status = pl_search_run(cells, &options, arena, ret_search, error);
    attendant_stop(&attendant);
    return status;
}
