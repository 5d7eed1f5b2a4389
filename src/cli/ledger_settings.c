/* What the three commands on the ledger have in common: their tables, and the look for the folder.
 */
#include "cli/ledger_settings.h"

#include "base/file.h"

const char *const PL_LEDGER_FORMATS[] = {"text", "json", NULL};

const struct pl_operand PL_LEDGER_OPERANDS[] = {{0}};

const struct pl_exit PL_LEDGER_EXITS[] = {
    {0, "The chain holds."},
    {1, "The chain does not hold; the first bad block is named."},
    {2, "There is no ledger, or it cannot be read."},
    {0, NULL},
};

enum pl_status pl_ledger_settings_check(const struct pl_ledger_settings *settings,
                                        struct pl_error *error)
{
    if (pl_file_exists(settings->folder))
        return PL_OK;
    return pl_error_set(error, PL_E_NOT_FOUND,
                        "there is no ledger in %s; `plimsoll gate` begins one beside the line, and "
                        "`--ledger DIR` names another",
                        settings->folder);
}

void pl_ledger_check_members(struct pl_json *json, const struct pl_ledger_check *check)
{
    const bool holds = check->bad_block == 0;

    pl_json_key(json, "holds");
    pl_json_bool(json, holds);
    pl_json_member_uint64(json, "blocks", check->blocks);
    pl_json_member_uint64(json, "records", check->records);
    pl_json_member_uint64(json, "segments", check->segments);
    pl_json_key(json, "hash");
    pl_json_text(json, check->hash);
    pl_json_key(json, "unsealed_tail");
    pl_json_bool(json, check->unsealed_tail);
    pl_json_key(json, "bad_block");
    if (holds)
        pl_json_null(json);
    else
        pl_json_uint64(json, check->bad_block);
    pl_json_key(json, "problem");
    if (holds)
        pl_json_null(json);
    else
        pl_json_text(json, check->problem);
}
