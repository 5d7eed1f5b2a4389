/*
 * `plimsoll flag` and what follows it: what they share. The commands themselves are rows in
 * flag_commands.c.
 */
#ifndef PL_CLI_FLAG_H
#define PL_CLI_FLAG_H

#include "cli/options.h"
#include "gateway/flag_store.h"
#include "gateway/follow.h"
#include "gateway/launch_now.h"

/* One struct for all commands; each fills what its tables name. */
struct pl_flag_settings {
    const char *line;
    const char *value; /* a share or a stage */
    const char *slice;
    const char *lit; /* "on" or "off", of a slice */
    const char *why;
    const char *who;
    bool force;
    uint32_t format;
};

enum pl_flag_format { PL_FLAG_TEXT, PL_FLAG_JSON };

/* A command under way. */
struct pl_flagging {
    const struct pl_flag_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    const struct pl_serving
        *serving; /* never NULL: without one, that of a line that says nothing */
    struct pl_flag_store store;
    struct pl_flag_state_now now;
    bool verdict_read; /* a change that opens nothing does without */
    struct pl_verdict_now verdict;
    struct pl_flag_change change;
    struct pl_flag_done done;
    bool changed;
    enum pl_following following; /* whether a server beside it goes by the change */
    const char *refused; /* why not; NULL: it was not refused */
};

/* Fills the change from the settings; what is wrong with them is PL_E_USAGE. */
typedef enum pl_status (*pl_flag_asked)(struct pl_flagging *flagging, struct pl_error *error);

/* Shows the flag as it stands. Returns the exit code. */
int pl_flag_run_show(const struct pl_call *call);

/* Changes it as `asked` says, and shows that. */
int pl_flag_run_change(const struct pl_call *call, pl_flag_asked asked);

/* What was found or done, in text or JSON. */
void pl_flag_print(const struct pl_flagging *flagging, struct pl_style style,
                   struct pl_buffer *out);

#endif
