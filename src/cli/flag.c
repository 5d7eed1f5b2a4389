/*
 * Changing a flag from the command line. What closes a feature goes through at once; what opens it to more
 * people needs the last verdict on the record to allow it, or --force. The change is in the ledger before
 * it is in the state, and in both before anybody is told.
 */
#include "cli/flag.h"

#include "cli/commands.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/problem.h"
#include "spool/spool.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)
#define TEXT_LENGTH_MAX      4000
#define HOST_SIZE            256

/* What a line that says nothing of live traffic says of its flag: on, for everybody. */
static const struct pl_serving SILENT = {.flag = {.share = 1.0}};

static enum pl_status open_line(struct pl_flagging *flagging, struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};

    PL_RETURN_IF(pl_line_read(flagging->settings->line, &flagging->arena, &flagging->line,
                              &problems, error));
    flagging->serving = flagging->line->serving == NULL ? &SILENT : flagging->line->serving;

    const struct pl_str ledger =
        pl_line_path(flagging->line, PL_STR(PL_LEDGER_FOLDER), &flagging->arena);
    const struct pl_str state = pl_state_file(flagging->line, &flagging->arena);

    if (ledger.ptr == NULL || state.ptr == NULL)
        return pl_arena_error(&flagging->arena, "a path", error);
    flagging->store.ledger_folder = ledger.ptr;
    flagging->store.feature = flagging->line->feature;
    return pl_state_open(state.ptr, &flagging->store.state, error);
}

static enum pl_status read_verdict(struct pl_flagging *flagging, struct pl_error *error)
{
    PL_RETURN_IF(pl_verdict_now_read(flagging->store.ledger_folder, flagging->line,
                                     &flagging->arena, &flagging->verdict, error));
    flagging->verdict_read = true;
    return PL_OK;
}

/* ---- who and why ---- */

/* By the account that runs it; what its environment says counts only where there is no such account. */
static struct pl_str who_by_account(struct pl_arena *arena)
{
    const struct passwd *account = getpwuid(getuid());
    const char *user = account == NULL ? getenv("USER") : account->pw_name;
    char host[HOST_SIZE] = "";

    if (user == NULL || user[0] == '\0')
        user = "unknown";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        return pl_arena_copy(arena, pl_str_of(user));
    return pl_arena_format(arena, "%s@%s", user, host);
}

static enum pl_status check_text(const char *option, struct pl_str text, struct pl_error *error)
{
    if (!pl_str_is_utf8(text))
        return pl_error_set(error, PL_E_USAGE, "`%s` is not valid UTF-8", option);
    if (text.len > TEXT_LENGTH_MAX)
        return pl_error_set(error, PL_E_USAGE, "`%s` is longer than %d bytes", option,
                            TEXT_LENGTH_MAX);
    return PL_OK;
}

static enum pl_status take_reason(struct pl_flagging *flagging, struct pl_error *error)
{
    const struct pl_flag_settings *settings = flagging->settings;
    struct pl_flag_change *change = &flagging->change;

    change->why = pl_str_trim(pl_str_of(settings->why));
    if (change->why.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "a change of the flag needs its reason: add --why TEXT");
    change->who = settings->who == NULL ? who_by_account(&flagging->arena)
                                        : pl_str_trim(pl_str_of(settings->who));
    if (change->who.ptr == NULL)
        return pl_arena_error(&flagging->arena, "who it is", error);
    if (change->who.len == 0)
        return pl_error_set(error, PL_E_USAGE, "--who names nobody");
    change->forced = settings->force;
    PL_RETURN_IF(check_text("--why", change->why, error));
    return check_text("--who", change->who, error);
}

/* ---- whether it may be opened ---- */

static enum pl_status check_opening(struct pl_flagging *flagging, struct pl_error *error)
{
    const struct pl_flag_line *line = &flagging->serving->flag;

    if (!pl_opening_needs_verdict(line, &flagging->now, &flagging->change))
        return PL_OK;
    PL_RETURN_IF(read_verdict(flagging, error));
    if (!flagging->change.forced)
        flagging->refused =
            pl_opening_refusal(line, &flagging->now, &flagging->change, &flagging->verdict);
    return PL_OK;
}

/* ---- changing ---- */

static bool closes(enum pl_flag_act act)
{
    return act == PL_FLAG_ACT_OFF || act == PL_FLAG_ACT_SLICE_OFF;
}

/* A kill that is forced goes by what the state says, should the ledger not hold. */
static enum pl_status read_now(struct pl_flagging *flagging, struct pl_error *error)
{
    const enum pl_status status =
        pl_flag_reconcile(&flagging->store, &flagging->arena, &flagging->now, error);

    if (status == PL_OK || !flagging->change.forced || flagging->change.act != PL_FLAG_ACT_OFF)
        return status;
    return pl_flag_store_get(&flagging->store, &flagging->arena, &flagging->now, error);
}

/* A server that runs goes by it before anybody is told that it is so. */
static enum pl_status wait_for_server(struct pl_flagging *flagging, struct pl_error *error)
{
    const struct pl_str spool =
        pl_line_path(flagging->line, PL_STR(PL_SPOOL_FOLDER), &flagging->arena);
    const struct pl_follow follow = {
        .spool_folder = spool.ptr,
        .feature = flagging->store.feature,
        .version = flagging->change.version,
    };

    if (spool.ptr == NULL)
        return pl_arena_error(&flagging->arena, "a path", error);
    return pl_follow_wait(flagging->store.state, &follow, &flagging->following, error);
}

static enum pl_status try_change(struct pl_flagging *flagging, pl_flag_asked asked,
                                 struct pl_error *error)
{
    PL_RETURN_IF(read_now(flagging, error));
    PL_RETURN_IF(asked(flagging, error));
    flagging->done.now = flagging->now;
    if (!pl_flag_change_matters(&flagging->now, &flagging->change))
        return PL_OK;
    PL_RETURN_IF(check_opening(flagging, error));
    if (flagging->refused != NULL)
        return PL_OK;
    /* What closes holds whatever somebody else did in between. */
    flagging->change.version = closes(flagging->change.act) ? 0 : flagging->now.version + 1;
    PL_RETURN_IF(pl_flag_store_change(&flagging->store, &flagging->arena, &flagging->change,
                                      &flagging->done, error));
    flagging->now = flagging->done.now;
    flagging->change.version = flagging->done.version;
    flagging->changed = true;
    return wait_for_server(flagging, error);
}

static enum pl_status change(struct pl_flagging *flagging, pl_flag_asked asked,
                             struct pl_error *error)
{
    PL_RETURN_IF(take_reason(flagging, error));
    PL_RETURN_IF(open_line(flagging, error));
    /* The act must be known before the state is read; what needs the state asks again. */
    PL_RETURN_IF(asked(flagging, error));
    return try_change(flagging, asked, error);
}

static void deinit(struct pl_flagging *flagging)
{
    pl_state_close(flagging->store.state);
    pl_arena_deinit(&flagging->arena);
}

static int finish(const struct pl_flagging *flagging, struct pl_style style)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_flag_print(flagging, style, &out);
    return pl_screen_finish(&out, flagging->refused == NULL ? PL_EXIT_YES : PL_EXIT_NO);
}

int pl_flag_run_change(const struct pl_call *call, pl_flag_asked asked)
{
    struct pl_flagging flagging = {.settings = call->settings};
    struct pl_error error = {0};

    pl_arena_init(&flagging.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code = change(&flagging, asked, &error) == PL_OK ? finish(&flagging, call->style)
                                                                    : pl_screen_fail(&error);

    deinit(&flagging);
    return exit_code;
}

static enum pl_status show(struct pl_flagging *flagging, struct pl_error *error)
{
    PL_RETURN_IF(open_line(flagging, error));
    PL_RETURN_IF(pl_flag_reconcile(&flagging->store, &flagging->arena, &flagging->now, error));
    return read_verdict(flagging, error);
}

int pl_flag_run_show(const struct pl_call *call)
{
    struct pl_flagging flagging = {.settings = call->settings};
    struct pl_error error = {0};

    pl_arena_init(&flagging.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        show(&flagging, &error) == PL_OK ? finish(&flagging, call->style) : pl_screen_fail(&error);

    deinit(&flagging);
    return exit_code;
}
