/*
 * `plimsoll sign`: puts a person's sign-off on the record. It counts for this line and these data: when
 * either changes, the hashes no longer match and the sign-off has expired.
 */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/facts.h"
#include "cli/live.h"
#include "cli/record.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/line.h"
#include "line/problem.h"

#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

struct sign_settings {
    const char *line;
    uint32_t role;
    const char *reason;
    const char *name;
    struct pl_live_window window;
};

#define FIELD(field) offsetof(struct sign_settings, field)

static const char *const ROLES[] = {"executive", "legal", NULL};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = FIELD(line),
        .help = "The line to sign for. Default: plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "as",
        .letter = 'a',
        .type = PL_OPTION_CHOICE,
        .argument = "ROLE",
        .choices = ROLES,
        .initial = "executive",
        .offset = FIELD(role),
        .help = "For whom: executive or legal.",
    },
    {
        .name = "reason",
        .letter = 'r',
        .type = PL_OPTION_TEXT,
        .argument = "TEXT",
        .offset = FIELD(reason),
        .help = "Why; needed, and kept on the record.",
    },
    {
        .name = "name",
        .letter = 'n',
        .type = PL_OPTION_TEXT,
        .argument = "NAME",
        .offset = FIELD(name),
        .help = "Who signs. Without it: the name of the account.",
    },
    PL_LIVE_WINDOW_OPTIONS(FIELD(window)),
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The sign-off is on the record."},
    {2, "It is not: the line or its data cannot be read, or the ledger cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll sign --as legal --reason 'Reviewed with counsel on the 3rd.'",
     "Sign for the line of this folder:"},
    {NULL, NULL},
};

/* A sign-off under way. */
struct signing {
    const struct sign_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_live_use live;
    struct pl_data_print data;
    struct pl_str ledger;
    struct pl_ledger_head head;
};

static enum pl_status read_line(struct signing *signing, struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};

    PL_RETURN_IF(
        pl_line_read(signing->settings->line, &signing->arena, &signing->line, &problems, error));
    pl_hash_bytes(signing->line->text, signing->line_hash);
    PL_RETURN_IF(pl_live_window_set(&signing->settings->window, signing->line, error));
    signing->ledger = pl_line_path(signing->line, PL_STR(PL_LEDGER_FOLDER), &signing->arena);

    const struct pl_str path =
        pl_line_path(signing->line, signing->line->data.decisions, &signing->arena);

    if (signing->ledger.ptr == NULL || path.ptr == NULL)
        return pl_arena_error(&signing->arena, "a path", error);
    PL_RETURN_IF(pl_live_use_begin(signing->line, &signing->arena, &signing->live, error));
    PL_RETURN_IF(pl_data_print_make(path, &signing->arena, &signing->data, error));
    if (signing->data.hash == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "there are no data to sign for: no such file: %s", path.ptr);
    return PL_OK;
}

static struct pl_str name_of(const struct sign_settings *settings)
{
    const struct passwd *account = settings->name == NULL ? getpwuid(getuid()) : NULL;

    if (settings->name != NULL)
        return pl_str_of(settings->name);
    return pl_str_of(account == NULL ? "unknown" : account->pw_name);
}

static void write_member(struct pl_json *json, const char *key, struct pl_str value)
{
    pl_json_key(json, key);
    pl_json_str(json, value);
}

static enum pl_status record(struct signing *signing, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_json json;

    pl_buffer_init(&body, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    pl_json_open_object(&json);
    write_member(&json, "feature", signing->line->feature);
    write_member(&json, "role", pl_str_of(ROLES[signing->settings->role]));
    write_member(&json, "name", name_of(signing->settings));
    write_member(&json, "reason", pl_str_of(signing->settings->reason));
    write_member(&json, "line_hash", pl_str_of(signing->line_hash));
    write_member(&json, "data_hash", pl_str_of(signing->data.hash));
    pl_json_close_object(&json);
    PL_RETURN_IF(pl_buffer_check(&body, "the record of the sign-off", error));
    return pl_record_write(signing->ledger.ptr, "signoff", pl_buffer_view(&body), &signing->head,
                           error);
}

/* A chain that does not hold is not added to. */
static enum pl_status check_ledger(const struct signing *signing, struct pl_error *error)
{
    const struct pl_facts_about about = {signing->line_hash, signing->data.hash,
                                         signing->line->feature};
    struct pl_facts facts;

    return pl_facts_read(signing->ledger.ptr, &about, &facts, error);
}

static enum pl_status sign(struct signing *signing, struct pl_error *error)
{
    if (signing->settings->reason == NULL || signing->settings->reason[0] == '\0')
        return pl_error_set(error, PL_E_USAGE, "a sign-off needs its reason: add --reason TEXT");
    PL_RETURN_IF(read_line(signing, error));
    PL_RETURN_IF(check_ledger(signing, error));
    return record(signing, error);
}

static int show(const struct signing *signing)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_buffer_add_format(&out,
                         "Signed as %s for %.*s: block %llu of the ledger, %.12s.\nIt counts until "
                         "the line or its data change.\n",
                         ROLES[signing->settings->role], PL_STR_ARG(signing->line->feature),
                         (unsigned long long)signing->head.block, signing->head.hash);
    return pl_screen_finish(&out, PL_EXIT_YES);
}

static int run(const struct pl_call *call)
{
    struct signing signing = {.settings = call->settings};
    struct pl_error error = {0};

    pl_arena_init(&signing.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code = sign(&signing, &error) == PL_OK ? show(&signing) : pl_screen_fail(&error);

    pl_live_use_end(&signing.live);
    pl_arena_deinit(&signing.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_SIGN = {
    .name = "sign",
    .summary = "Put a sign-off on the record.",
    .about = "Writes to the ledger, .plimsoll/ledger beside the line, that somebody signs for this "
             "line and these data, as executive or legal, and why. `gate` counts it where the risk "
             "or release.needs asks for it. A sign-off expires when the line or its data change.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
