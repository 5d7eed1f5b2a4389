/*
 * Making and revoking keys of clients. A change is durable before it is said: a key that could not be
 * shown is revoked again, for nobody could ever use it.
 */
#include "cli/key.h"

#include "base/file.h"
#include "cli/screen.h"
#include "line/line.h"
#include "line/problem.h"

#include <time.h>

#define ID_AT 3 /* in the text of a key, behind "pl_" */

enum pl_status pl_keying_open(struct pl_keying *keying, bool make, struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};
    struct pl_line *line = NULL;

    PL_RETURN_IF(pl_line_read(keying->settings->line, &keying->arena, &line, &problems, error));

    const struct pl_str path = pl_state_file(line, &keying->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&keying->arena, "a path", error);
    if (!make && !pl_file_exists(path.ptr))
        return PL_OK;
    return pl_state_open(path.ptr, &keying->state, error);
}

void pl_keying_deinit(struct pl_keying *keying)
{
    pl_state_close(keying->state);
    pl_arena_deinit(&keying->arena);
}

/* ---- what several commands write ---- */

void pl_key_time_write(uint64_t time_ms, char ret_text[PL_KEY_TIME_SIZE])
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;

    ret_text[0] = '\0';
    if (gmtime_r(&seconds, &parts) != NULL)
        (void)strftime(ret_text, PL_KEY_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void member_bound(struct pl_json *json, const char *key, uint64_t bound)
{
    pl_json_key(json, key);
    if (bound == 0)
        pl_json_null(json);
    else
        pl_json_uint64(json, bound);
}

void pl_key_members(struct pl_json *json, struct pl_str id, const struct pl_key_terms *terms)
{
    char time[PL_KEY_TIME_SIZE];

    pl_json_key(json, "id");
    pl_json_str(json, id);
    pl_json_key(json, "name");
    pl_json_str(json, terms->name);
    pl_json_key(json, "scopes");
    pl_json_open_array(json);
    for (size_t i = 0; PL_SCOPE_NAMES[i] != NULL; i++)
        if ((terms->scopes & 1U << i) != 0)
            pl_json_text(json, PL_SCOPE_NAMES[i]);
    pl_json_close_array(json);
    member_bound(json, "requests_per_minute", terms->requests_per_minute);
    member_bound(json, "tokens_per_minute", terms->tokens_per_minute);
    pl_json_key(json, "period");
    pl_json_text(json, PL_BUDGET_PERIOD_NAMES[terms->period]);
    pl_json_key(json, "money_max");
    if (terms->money_max > 0)
        pl_json_double(json, terms->money_max);
    else
        pl_json_null(json);
    member_bound(json, "tokens_max", terms->tokens_max);
    pl_json_key(json, "expires");
    if (terms->expires_ms == 0) {
        pl_json_null(json);
        return;
    }
    pl_key_time_write(terms->expires_ms, time);
    pl_json_text(json, time);
}

/* ---- make ---- */

/* A key that was made. */
struct made {
    char text[PL_KEY_TEXT_SIZE], id[PL_KEY_ID_LENGTH + 1];
    struct pl_key_terms terms;
};

static enum pl_status show_made(const struct pl_keying *keying, const struct made *made,
                                struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_json json;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (keying->settings->format == PL_KEY_JSON) {
        pl_json_init(&json, &out, true);
        pl_json_open_object(&json);
        pl_json_key(&json, "key");
        pl_json_text(&json, made->text);
        pl_key_members(&json, pl_str_of(made->id), &made->terms);
        pl_json_close_object(&json);
    } else {
        pl_buffer_add_text(&out, made->text);
    }
    pl_buffer_add_char(&out, '\n');
    return pl_screen_write(&out, error);
}

static enum pl_status make(struct pl_keying *keying, struct made *made, struct pl_error *error)
{
    PL_RETURN_IF(pl_key_terms_read(keying->settings, pl_clock_unix_ms(), &made->terms, error));
    PL_RETURN_IF(pl_keying_open(keying, true, error));
    PL_RETURN_IF(pl_key_make(keying->state, &made->terms, made->text, made->id, error));

    const enum pl_status status = show_made(keying, made, error);
    struct pl_error second;

    /* Should it not go, the key is unknown to all the same: nobody was shown it. */
    if (status != PL_OK && pl_key_revoke(keying->state, pl_str_of(made->id), &second) != PL_OK)
        return pl_error_set(error, status,
                            "the key %s could not be shown, and not be taken back: %s; revoke it",
                            made->id, second.message);
    return status;
}

int pl_key_run_make(const struct pl_call *call)
{
    struct pl_keying keying = {.settings = call->settings};
    struct made made = {0};
    struct pl_error error = {0};

    pl_arena_init(&keying.arena, PL_KEYING_SIZE_BYTES_MAX);

    const enum pl_status status = make(&keying, &made, &error);

    pl_key_forget(made.text);
    pl_keying_deinit(&keying);
    return status == PL_OK ? PL_EXIT_YES : pl_screen_fail(&error);
}

/* ---- revoke ---- */

/* The id, also where somebody has the whole key at hand. */
static struct pl_str id_of(const char *text)
{
    const struct pl_str whole = pl_str_of(text);

    if (whole.len > ID_AT + PL_KEY_ID_LENGTH && pl_str_starts_with(whole, PL_STR("pl_")))
        return (struct pl_str){whole.ptr + ID_AT, PL_KEY_ID_LENGTH};
    return whole;
}

static enum pl_status revoke(struct pl_keying *keying, struct pl_str id, struct pl_error *error)
{
    PL_RETURN_IF(pl_keying_open(keying, false, error));
    if (keying->state == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "there is no key %.*s: no key was made for %s yet",
                            (int)(id.len < 40 ? id.len : 40), id.ptr, keying->settings->line);
    return pl_key_revoke(keying->state, id, error);
}

static int show_revoked(struct pl_str id, bool as_json)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_json json;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (as_json) {
        pl_json_init(&json, &out, true);
        pl_json_open_object(&json);
        pl_json_key(&json, "revoked");
        pl_json_str(&json, id);
        pl_json_close_object(&json);
        pl_buffer_add_char(&out, '\n');
    } else {
        pl_buffer_add_format(&out, "Revoked %.*s: running servers refuse it from now on.\n",
                             PL_STR_ARG(id));
    }
    return pl_screen_finish(&out, PL_EXIT_YES);
}

int pl_key_run_revoke(const struct pl_call *call)
{
    struct pl_keying keying = {.settings = call->settings};
    const struct pl_str id = id_of(keying.settings->id);
    struct pl_error error = {0};

    pl_arena_init(&keying.arena, PL_KEYING_SIZE_BYTES_MAX);

    const int exit_code = revoke(&keying, id, &error) == PL_OK
                              ? show_revoked(id, keying.settings->format == PL_KEY_JSON)
                              : pl_screen_fail(&error);

    pl_keying_deinit(&keying);
    return exit_code;
}
