/* `plimsoll ledger verify`: reads the whole chain and says whether it holds, or which block does
 * not. */
#include "cli/commands.h"
#include "cli/ledger_settings.h"
#include "cli/screen.h"
#include "report/number.h"

#include <stddef.h>

static const struct pl_option OPTIONS[] = {
    PL_LEDGER_OPTION_FOLDER,
    PL_LEDGER_OPTION_KEY,
    PL_LEDGER_OPTION_FORMAT,
    PL_LEDGER_OPTION_JSON,
    {0},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll ledger verify --key \"$(cat trusted.pub)\"",
     "Against a key that you keep elsewhere:"},
    {NULL, NULL},
};

static void write_json(const struct pl_ledger_check *check, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_ledger_check_members(&json, check);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static void write_counts(const struct pl_ledger_check *check, struct pl_buffer *out)
{
    pl_count_write(out, check->records);
    pl_buffer_add_text(out, check->records == 1 ? " record in " : " records in ");
    pl_count_write(out, check->blocks);
    pl_buffer_add_text(out, check->blocks == 1 ? " block" : " blocks");
}

static void write_text(const struct pl_ledger_check *check, struct pl_style style,
                       struct pl_buffer *out)
{
    struct pl_page page = pl_page_of(out, style);
    const bool holds = check->bad_block == 0;

    pl_page_text(&page, holds ? PL_INK_CLEAR : PL_INK_BREACH, pl_str_of(holds ? "●" : "✕"));
    pl_page_text(&page, PL_INK_BOLD,
                 pl_str_of(holds ? " The chain holds: " : " The chain does not hold. "));
    if (holds) {
        write_counts(check, out);
        pl_buffer_add_format(out, ".\n\nLast block: %s\n", check->hash);
        if (check->unsealed_tail)
            pl_buffer_add_text(out, "After it stands an interrupted write that was never "
                                    "acknowledged; the next write clears it away.\n");
        return;
    }
    pl_page_gap(&page);
    pl_page_gap(&page);
    pl_page_item(&page, PL_INK_BREACH, "✕", pl_str_of(check->problem));
    pl_page_gap(&page);
    pl_buffer_add_text(out, "Good before it: ");
    write_counts(check, out);
    pl_buffer_add_text(out, ".\n");
}

static int run(const struct pl_call *call)
{
    const struct pl_ledger_settings *settings = call->settings;
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};
    struct pl_buffer out;

    if (pl_ledger_settings_check(settings, &error) != PL_OK ||
        pl_ledger_verify(settings->folder, settings->key, NULL, NULL, &check, &error) != PL_OK)
        return pl_screen_fail(&error);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == PL_LEDGER_JSON)
        write_json(&check, &out);
    else
        write_text(&check, call->style, &out);

    const int exit_code = pl_screen_finish(&out, check.bad_block == 0 ? PL_EXIT_YES : PL_EXIT_NO);

    pl_buffer_deinit(&out);
    return exit_code;
}

const struct pl_command PL_COMMAND_LEDGER_VERIFY = {
    .name = "ledger verify",
    .summary = "Check every byte of the record.",
    .about = "Reads the whole chain, recomputes every hash, checks every signature, the numbering "
             "and the head. Any changed, missing or cut byte is found, and the block is named.",
    .operands = PL_LEDGER_OPERANDS,
    .options = OPTIONS,
    .exits = PL_LEDGER_EXITS,
    .examples = EXAMPLES,
    .run = run,
};
