/* Loading on the way to measuring. */
#include "cli/live.h"

#include "base/file.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "ledger/ledger.h"
#include "line/live_path.h"
#include "line/units.h"
#include "warehouse/driver.h"

static bool is_live(const struct pl_line *line)
{
    if (pl_line_is_live(line->data.decisions))
        return true;
    for (size_t i = 0; i < line->baselines_count; i++)
        if (pl_line_is_live(line->baselines[i].decisions))
            return true;
    return false;
}

static enum pl_status read_bound(const char *option, const char *text, uint64_t now_ms,
                                 uint64_t *ret_ms, struct pl_error *error)
{
    if (text == NULL || pl_units_moment(pl_str_of(text), now_ms, ret_ms))
        return PL_OK;
    return pl_error_set(error, PL_E_USAGE,
                        "`--%s %s` is no moment; write a day, 2026-11-20, a time of it, "
                        "2026-11-20T13:30, `yesterday`, `today`, or how long ago, 36h",
                        option, text);
}

enum pl_status pl_live_window_set(const struct pl_live_window *window, struct pl_line *line,
                                  struct pl_error *error)
{
    const uint64_t now_ms = pl_clock_unix_ms();
    uint64_t since_ms = 0;
    uint64_t until_ms = 0;

    if (window->since == NULL && window->until == NULL)
        return PL_OK;
    if (!is_live(line))
        return pl_error_set(error, PL_E_USAGE,
                            "`--%s` is for live traffic, `ledger:`, and %.*s is none; `data.where` "
                            "takes a part of a file",
                            window->since == NULL ? "until" : "since",
                            PL_STR_ARG(line->data.decisions));
    PL_RETURN_IF(read_bound("since", window->since, now_ms, &since_ms, error));
    PL_RETURN_IF(read_bound("until", window->until, now_ms, &until_ms, error));
    if (window->until != NULL && until_ms <= since_ms)
        return pl_error_set(error, PL_E_USAGE,
                            "`--until %s` is not after `--since %s`: no decision can be in between",
                            window->until, window->since == NULL ? "1970-01-01" : window->since);
    line->data.since_ms = since_ms;
    line->data.until_ms = until_ms;
    return PL_OK;
}

enum pl_status pl_live_use_load(const struct pl_line *line, struct pl_arena *arena,
                                struct pl_live_use *use, struct pl_error *error)
{
    const struct pl_str ledger = pl_line_path(line, PL_STR(PL_LEDGER_FOLDER), arena);
    const struct pl_str warehouse = pl_line_path(line, PL_STR(PL_LINE_WAREHOUSE), arena);
    const struct pl_live_options options = {
        .ledger = ledger.ptr,
        .warehouse = warehouse.ptr,
        .threads = pl_processors_count(),
        .wait_ms = PL_LIVE_WAIT_MS,
    };
    struct pl_live_counts counts = {0};
    int fd = -1;

    if (ledger.ptr == NULL || warehouse.ptr == NULL)
        return pl_arena_error(arena, "a path", error);

    struct pl_progress *progress = pl_progress_start(PL_STR("loading the ledger ..."));
    const enum pl_status status = pl_live_load(&options, &counts, error);

    pl_progress_stop(progress);
    PL_RETURN_IF(status);
    PL_RETURN_IF(pl_store_hold(warehouse.ptr, PL_LIVE_WAIT_MS, &fd, error));
    use->fd_plus_one = fd + 1;
    return PL_OK;
}

enum pl_status pl_live_use_begin(const struct pl_line *line, struct pl_arena *arena,
                                 struct pl_live_use *use, struct pl_error *error)
{
    return is_live(line) ? pl_live_use_load(line, arena, use, error) : PL_OK;
}

void pl_live_use_end(struct pl_live_use *use)
{
    int fd = use->fd_plus_one - 1;

    pl_fd_close(&fd);
    use->fd_plus_one = 0;
}
