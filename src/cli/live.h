/* Live traffic for the commands that measure: loaded before it is read, and kept as it is while it is read. */
#ifndef PL_CLI_LIVE_H
#define PL_CLI_LIVE_H

#include "cli/options.h"
#include "line/line.h"
#include "live/live.h"

#include <stddef.h>

/* How long a command waits for another one that loads. */
#define PL_LIVE_WAIT_MS 30000

/* Which part of live traffic, as it was asked for; NULL: no bound. */
struct pl_live_window {
    const char *since;
    const char *until;
};

/* The rows of the options that ask for it, for a table of options; `offset_` is where the window is in the settings. */
#define PL_LIVE_WINDOW_OPTIONS(offset_)                                                            \
    {                                                                                              \
        .name = "since",                                                                           \
        .type = PL_OPTION_TEXT,                                                                    \
        .argument = "WHEN",                                                                        \
        .offset = (offset_) + offsetof(struct pl_live_window, since),                              \
        .help = "Of live traffic (`ledger:`): only decisions from this moment on: 2026-11-20, "    \
                "2026-11-20T13:30, yesterday, today, or how long ago, 36h. In UTC.",               \
    },                                                                                             \
    {                                                                                              \
        .name = "until", .type = PL_OPTION_TEXT, .argument = "WHEN",                               \
        .offset = (offset_) + offsetof(struct pl_live_window, until),                              \
        .help = "Only decisions before this moment; `--since yesterday --until today` is "         \
                "yesterday.",                                                                      \
    }

/* Puts the window into the line, whose data or baselines must be live traffic where a bound is given. */
PL_MUST_CHECK enum pl_status pl_live_window_set(const struct pl_live_window *window,
                                                struct pl_line *line, struct pl_error *error);

/* The lock that keeps others from loading. Zero-initialised it is none. */
struct pl_live_use {
    int fd_plus_one;
};

/*
 * When the line's data or one of its baselines are live traffic: loads the ledger beside the line, and holds the
 * warehouse until pl_live_use_end. Otherwise it does nothing.
 */
PL_MUST_CHECK enum pl_status pl_live_use_begin(const struct pl_line *line, struct pl_arena *arena,
                                               struct pl_live_use *use, struct pl_error *error);
/* The same whatever the data are. */
PL_MUST_CHECK enum pl_status pl_live_use_load(const struct pl_line *line, struct pl_arena *arena,
                                              struct pl_live_use *use, struct pl_error *error);
void pl_live_use_end(struct pl_live_use *use);

#endif
