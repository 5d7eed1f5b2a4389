/* `plimsoll ledger verify`: reads the whole chain and says whether it holds, or which block does
 * not. */
#include "cli/commands.h"
#include "cli/ledger_card.h"
#include "cli/ledger_settings.h"
#include "cli/screen.h"
#include "report/number.h"
#include "report/values.h"

#include <stddef.h>

static const struct pl_option OPTIONS[] = {
    PL_LEDGER_OPTION_FOLDER,
    PL_LEDGER_OPTION_KEY,
    {
        .name = "card",
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = offsetof(struct pl_ledger_settings, card),
        .help =
            "Check this card as well: that its signature is good, and that it is on the record. "
            "Without a ledger in --ledger its signature alone.",
    },
    PL_LEDGER_OPTION_FORMAT,
    PL_LEDGER_OPTION_JSON,
    {0},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll ledger verify --key \"$(cat trusted.pub)\"",
     "Against a key that you keep elsewhere:"},
    {"plimsoll ledger verify --card card.json", "Is this card what was recorded?"},
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

/* Null, or which change made the card stale, and by which verdict. */
static void write_change(struct pl_json *json, const struct pl_card_check *card)
{
    pl_json_key(json, "stale");
    if (card->change == PL_CARD_UNCHANGED) {
        pl_json_null(json);
        return;
    }
    pl_json_open_object(json);
    pl_json_member_text(json, "changed", pl_card_change_name(card->change));
    pl_json_member_uint64(json, "block", card->change_block);
    pl_json_close_object(json);
}

static void write_card_json(const struct pl_card_check *card, const struct pl_ledger_check *check,
                            struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_bool(&json, "holds", pl_card_check_holds(card, check));
    pl_json_key(&json, "block");
    if (card->block == 0)
        pl_json_null(&json);
    else
        pl_json_uint64(&json, card->block);
    pl_json_member_text(&json, "public_key", card->is_signed ? card->signature.public_key : NULL);
    pl_json_member_text(&json, "text", pl_card_check_text(card, check));
    write_change(&json, card);
    if (card->with_ledger && card->is_signed) {
        pl_json_key(&json, "ledger");
        pl_json_open_object(&json);
        pl_ledger_check_members(&json, check);
        pl_json_close_object(&json);
    }
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static void write_card_text(const struct pl_card_check *card, const struct pl_ledger_check *check,
                            struct pl_style style, struct pl_buffer *out)
{
    struct pl_page page = pl_page_of(out, style);
    const bool holds = pl_card_check_holds(card, check);

    pl_page_text(&page, holds ? PL_INK_CLEAR : PL_INK_BREACH, pl_str_of(holds ? "●" : "✕"));
    pl_page_text(&page, PL_INK_BOLD,
                 pl_str_of(holds ? " The card holds: " : " The card does not hold: "));
    pl_buffer_add_format(out, "%s.\n", pl_card_check_text(card, check));
    if (card->block > 0)
        pl_buffer_add_format(out, "Block %llu of the ledger.\n", (unsigned long long)card->block);
    if (card->change != PL_CARD_UNCHANGED)
        pl_buffer_add_format(
            out, "It is stale: by the verdict of block %llu its %s changed since.\n",
            (unsigned long long)card->change_block, pl_card_change_name(card->change));
    if (card->is_signed)
        pl_buffer_add_format(out, "Key: %s\n", card->signature.public_key);
}

static int run_card(const struct pl_call *call)
{
    const struct pl_ledger_settings *settings = call->settings;
    const struct pl_card_check_request request = {settings->card, settings->folder, settings->key};
    struct pl_card_check card = {0};
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    if (pl_card_check_read(&request, &card, &check, &error) != PL_OK)
        return pl_screen_fail(&error);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == PL_LEDGER_JSON)
        write_card_json(&card, &check, &out);
    else
        write_card_text(&card, &check, call->style, &out);
    return pl_screen_finish(&out, pl_card_check_holds(&card, &check) ? PL_EXIT_YES : PL_EXIT_NO);
}

static int run(const struct pl_call *call)
{
    const struct pl_ledger_settings *settings = call->settings;
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};
    struct pl_buffer out;

    if (settings->card != NULL)
        return run_card(call);
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
             "and the head. Any changed, missing or cut byte is found, and the block is named.\n\n"
             "With --card it says whether a card is the one that was signed and recorded, and "
             "whether it is stale: whether a later verdict is of another line, other data, other "
             "figures or another outcome.",
    .operands = PL_LEDGER_OPERANDS,
    .options = OPTIONS,
    .exits = PL_LEDGER_EXITS,
    .examples = EXAMPLES,
    .run = run,
};
