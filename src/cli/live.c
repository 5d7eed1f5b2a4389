/* Loading on the way to measuring. */
#include "cli/live.h"

#include "base/file.h"
#include "cli/commands.h"
#include "cli/progress.h"
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

enum pl_status pl_live_use_begin(const struct pl_line *line, struct pl_arena *arena,
                                 struct pl_live_use *use, struct pl_error *error)
{
    if (!is_live(line))
        return PL_OK;

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

void pl_live_use_end(struct pl_live_use *use)
{
    int fd = use->fd_plus_one - 1;

    pl_fd_close(&fd);
    use->fd_plus_one = 0;
}
