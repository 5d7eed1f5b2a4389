/* One run of one suite, from the choice of its folder to its last row. */
#include "cli/eval_run.h"

#include "base/file.h"
#include "cli/data_print.h"
#include "cli/progress.h"
#include "eval/attacks.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t stop_count;

static void on_interrupt(int number)
{
    (void)number;
    if (stop_count < 2)
        stop_count = stop_count + 1;
}

/* ---- the note ---- */

struct note {
    const struct pl_suite *suite;
    uint64_t started_ns;
    struct pl_progress_line *line;
};

static void add_left(struct pl_buffer *out, double seconds)
{
    if (seconds >= 3600.0)
        pl_buffer_add_format(out, ", %.0f h %.0f min left", seconds / 3600.0 - 0.5,
                             (seconds - 3600.0 * (double)(uint64_t)(seconds / 3600.0)) / 60.0);
    else if (seconds >= 60.0)
        pl_buffer_add_format(out, ", %.0f min left", seconds / 60.0);
    else
        pl_buffer_add_format(out, ", %.0f s left", seconds);
}

/* "golden: 412 of 1,319, 12 a second, cost 0.13, 75 s left" */
static void tell(const struct pl_eval_progress *progress, void *context)
{
    const struct note *note = context;
    const struct pl_eval_counts *counts = progress->counts;
    const double seconds = (double)(pl_clock_monotonic_ns() - note->started_ns) / 1e9;
    const double rate = seconds > 0.0 ? (double)counts->outputs / seconds : 0.0;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    if (note->line == NULL)
        return;
    pl_buffer_init(&text, 1024);
    if (stop_count > 0)
        pl_buffer_add_format(&text,
                             "%.*s: stopping; waiting for %llu answers that are under way "
                             "(Ctrl-C again: do not wait)",
                             PL_STR_ARG(note->suite->name),
                             (unsigned long long)progress->under_way);
    else
        pl_buffer_add_format(&text, "%.*s: %llu of %llu, %.3g a second",
                             PL_STR_ARG(note->suite->name), (unsigned long long)counts->outputs,
                             (unsigned long long)progress->outputs_expected, rate);
    if (stop_count == 0 && counts->failed > 0)
        pl_buffer_add_format(&text, ", %llu failed", (unsigned long long)counts->failed);
    if (stop_count == 0 && counts->cost_paid > 0.0)
        pl_buffer_add_format(&text, ", paid %.4g", counts->cost_paid);
    if (stop_count == 0 && rate > 0.0)
        add_left(&text, (double)(progress->outputs_expected - counts->outputs) / rate);
    pl_progress_line_set(note->line, pl_buffer_view(&text));
}

/* ---- which run ---- */

enum pl_status pl_eval_settings(const struct pl_suite *suite, struct pl_arena *arena,
                                char ret_cases[PL_LEDGER_HASH_TEXT_SIZE],
                                char ret_settings[PL_LEDGER_HASH_TEXT_SIZE], struct pl_error *error)
{
    const struct pl_str path = pl_line_path(suite->line, suite->cases, arena);
    struct pl_data_print print = {0};

    ret_cases[0] = '\0';
    if (path.ptr == NULL)
        return pl_arena_error(arena, "the path of the cases", error);
    if (pl_suite_is_builtin(suite)) {
        PL_RETURN_IF(pl_attacks_hash(suite, arena, ret_cases, error));
        return pl_run_settings(suite, ret_cases, arena, ret_settings, error);
    }
    PL_RETURN_IF(pl_data_print_make(path, arena, &print, error));
    if (print.hash != NULL)
        (void)snprintf(ret_cases, PL_LEDGER_HASH_TEXT_SIZE, "%s", print.hash);
    return pl_run_settings(suite, ret_cases, arena, ret_settings, error);
}

static enum pl_status find_unfinished(const struct pl_eval_request *request, struct pl_run *run,
                                      struct pl_arena *arena, struct pl_run **ret_run,
                                      struct pl_error *error)
{
    const struct pl_run_wish here = {.settings = run->settings, .unfinished = true};
    const struct pl_run_wish any = {.unfinished = true};

    PL_RETURN_IF(pl_run_find(request->suite, &here, arena, ret_run, error));
    if (*ret_run != NULL)
        return PL_OK;
    PL_RETURN_IF(pl_run_find(request->suite, &any, arena, ret_run, error));
    return pl_error_set(error, PL_E_NOT_FOUND,
                        *ret_run == NULL
                            ? "the suite `%.*s` has no run that was broken off; run it without "
                              "`--resume`"
                            : "the suite `%.*s` or its cases have changed since the run that was "
                              "broken off; run it without `--resume`, and what is unchanged is "
                              "taken from the record",
                        PL_STR_ARG(request->suite->name));
}

static enum pl_status find_replayed(const struct pl_eval_request *request, struct pl_run *run,
                                    struct pl_arena *arena, struct pl_run **ret_run,
                                    struct pl_error *error)
{
    const struct pl_run_wish any = {0};

    if (strcmp(request->replay, "latest") == 0)
        PL_RETURN_IF(pl_run_find(request->suite, &any, arena, ret_run, error));
    else
        PL_RETURN_IF(
            pl_run_read(request->suite, pl_str_of(request->replay), arena, ret_run, error));
    if (*ret_run == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND, "the suite `%.*s` has no run to replay",
                            PL_STR_ARG(request->suite->name));
    if (strcmp((*ret_run)->settings, run->settings) != 0)
        return pl_error_set(error, PL_E_DATA,
                            "the suite `%.*s` or its cases have changed since run %.*s; a replay "
                            "needs them as they were",
                            PL_STR_ARG(request->suite->name), PL_STR_ARG((*ret_run)->id));
    return PL_OK;
}

static enum pl_status choose_run(const struct pl_eval_request *request, struct pl_arena *arena,
                                 struct pl_run **ret_run, struct pl_error *error)
{
    struct pl_run *run = pl_arena_alloc(arena, sizeof *run);

    if (run == NULL)
        return pl_arena_error(arena, "a run", error);
    PL_RETURN_IF(pl_eval_settings(request->suite, arena, run->cases, run->settings, error));
    if (request->replay != NULL)
        return find_replayed(request, run, arena, ret_run, error);
    if (request->resume)
        return find_unfinished(request, run, arena, ret_run, error);
    run->version = PL_STR(PL_VERSION);
    run->limit = request->limit;
    run->filter = pl_str_of(request->filter);
    PL_RETURN_IF(pl_run_create(request->suite, run, arena, error));
    *ret_run = run;
    return PL_OK;
}

/* Records of the newest runs, in which answers are looked for: a list that ends with NULL. */
static enum pl_status list_earlier(const struct pl_eval_request *request, const struct pl_run *run,
                                   struct pl_arena *arena, const char *const **ret_list,
                                   struct pl_error *error)
{
    const char **list = pl_arena_alloc_array(arena, PL_ANSWERS_SOURCES_MAX + 1, sizeof *list);
    struct pl_run_names names;
    size_t count = 0;

    if (list == NULL)
        return pl_arena_error(arena, "the records of earlier runs", error);
    PL_RETURN_IF(pl_runs_list(request->suite, arena, &names, error));
    for (size_t i = 0; i < names.count && count < PL_ANSWERS_SOURCES_MAX && !request->no_cache; i++)
        if (!pl_str_equal(names.items[i], run->id))
            list[count++] = pl_arena_format(arena, "%.*s/%s/" PL_ANSWERS_FILE,
                                            PL_STR_ARG(pl_runs_folder(request->suite, arena)),
                                            names.items[i].ptr)
                                .ptr;
    *ret_list = list;
    return PL_OK;
}

/* ---- running ---- */

static enum pl_status take_filter(const struct pl_run *run, struct pl_eval_options *options,
                                  struct pl_error *error)
{
    const char *sign = run->filter.len == 0 ? NULL : memchr(run->filter.ptr, '=', run->filter.len);

    if (run->filter.len == 0)
        return PL_OK;
    if (sign == NULL || sign == run->filter.ptr)
        return pl_error_set(error, PL_E_USAGE,
                            "`--filter %.*s` must be COLUMN=VALUE, such as `language=hi`",
                            PL_STR_ARG(run->filter));
    options->filter_column = (struct pl_str){run->filter.ptr, (size_t)(sign - run->filter.ptr)};
    options->filter_value =
        (struct pl_str){sign + 1, run->filter.len - options->filter_column.len - 1};
    return PL_OK;
}

static enum pl_status run_watched(struct pl_eval_options *options, struct pl_arena *arena,
                                  struct pl_eval_outcome *outcome, struct pl_error *error)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    struct sigaction before;
    struct note note = {.suite = options->suite,
                        .started_ns = pl_clock_monotonic_ns(),
                        .line = pl_progress_line_start()};
    enum pl_status status = PL_OK;

    options->progress = tell;
    options->context = &note;
    options->stop = &stop_count;
    (void)sigaction(SIGINT, &action, &before);
    status = pl_eval_run(options, arena, outcome, error);
    (void)sigaction(SIGINT, &before, NULL);
    pl_progress_line_stop(note.line);
    return status;
}

enum pl_status pl_eval_suite(const struct pl_eval_request *request, struct pl_arena *arena,
                             struct pl_run **ret_run, struct pl_error *error)
{
    struct pl_eval_options options = {.suite = request->suite, .replay = request->replay != NULL};
    struct pl_eval_outcome outcome;
    struct pl_run *run = NULL;

    if (request->filter != NULL) {
        const struct pl_run wanted = {.filter = pl_str_of(request->filter)};

        PL_RETURN_IF(take_filter(&wanted, &options, error));
    }
    PL_RETURN_IF(choose_run(request, arena, &run, error));
    options.folder = run->folder.ptr;
    options.limit = run->limit;
    PL_RETURN_IF(take_filter(run, &options, error));
    PL_RETURN_IF(list_earlier(request, run, arena, &options.earlier, error));
    PL_RETURN_IF(run_watched(&options, arena, &outcome, error));
    PL_RETURN_IF(pl_run_finish(run, request->suite, &outcome, error));
    *ret_run = run;
    return PL_OK;
}
