/* `plimsoll ledger head`: where the chain ends, to write down elsewhere. */
#include "cli/commands.h"
#include "cli/ledger_settings.h"
#include "cli/screen.h"

#include <stddef.h>

static const struct pl_option OPTIONS[] = {
    PL_LEDGER_OPTION_FOLDER,
    PL_LEDGER_OPTION_FORMAT,
    PL_LEDGER_OPTION_JSON,
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The head was read."},
    {2, "There is no ledger, or its head cannot be trusted."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {{NULL, NULL}};

static void write_json(const struct pl_ledger_head *head, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_key(&json, "block");
    pl_json_uint64(&json, head->block);
    pl_json_key(&json, "records");
    pl_json_uint64(&json, head->records);
    pl_json_key(&json, "hash");
    pl_json_text(&json, head->hash);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static int run(const struct pl_call *call)
{
    const struct pl_ledger_settings *settings = call->settings;
    struct pl_ledger_head head = {0};
    struct pl_error error = {0};
    struct pl_buffer out;

    if (pl_ledger_settings_check(settings, &error) != PL_OK ||
        pl_ledger_read_head(settings->folder, &head, &error) != PL_OK)
        return pl_screen_fail(&error);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == PL_LEDGER_JSON) {
        write_json(&head, &out);
    } else {
        pl_buffer_add_format(&out, "block %llu, records %llu, hash %s\n",
                             (unsigned long long)head.block, (unsigned long long)head.records,
                             head.hash);
    }

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

const struct pl_command PL_COMMAND_LEDGER_HEAD = {
    .name = "ledger head",
    .summary = "Say where the chain ends.",
    .about = "Prints the number and the hash of the last block. Kept in another place, it shows "
             "later that nothing was cut off. It reads the head only; `plimsoll ledger verify` "
             "checks the chain.",
    .operands = PL_LEDGER_OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
