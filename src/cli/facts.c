/*
 * Facts from the ledger. A record of kind "card" has a body {"line_hash": HEX, "data_hash": HEX}; one of
 * kind "signoff" has a "role" besides, "executive" or "legal". Those with other hashes are about another
 * line or other data: they have expired, and count for nothing.
 */
#include "cli/facts.h"

#include "base/file.h"
#include "ledger/ledger.h"

#include <jansson.h>
#include <string.h>

struct gathering {
    const struct pl_facts_about *about;
    struct pl_record_facts facts;
};

static bool is_text(const json_t *body, const char *key, const char *value)
{
    const char *text = json_string_value(json_object_get(body, key));

    return text != NULL && value != NULL && strcmp(text, value) == 0;
}

static bool is_about(const json_t *body, const struct pl_facts_about *about)
{
    return is_text(body, "line_hash", about->line_hash) &&
           is_text(body, "data_hash", about->data_hash);
}

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct gathering *gathering = context;
    const bool is_card = pl_str_equal_text(record->kind, "card");

    if (!is_card && !pl_str_equal_text(record->kind, "signoff"))
        return PL_OK;

    json_error_t fault;
    json_t *body = json_loadb(record->body.ptr, record->body.len, 0, &fault);

    if (body == NULL)
        return pl_error_set(error, PL_E_CORRUPT,
                            "record %llu of the ledger is not a JSON object: %s",
                            (unsigned long long)record->sequence, fault.text);
    if (is_about(body, gathering->about)) {
        gathering->facts.card_current |= is_card;
        gathering->facts.signed_executive |= !is_card && is_text(body, "role", "executive");
        gathering->facts.signed_legal |= !is_card && is_text(body, "role", "legal");
    }
    json_decref(body);
    return PL_OK;
}

enum pl_status pl_facts_read(const char *folder, const struct pl_facts_about *about,
                             struct pl_record_facts *ret_facts, struct pl_error *error)
{
    struct gathering gathering = {.about = about};
    struct pl_ledger_check check = {0};

    if (!pl_file_exists(folder)) {
        *ret_facts = gathering.facts;
        return PL_OK;
    }
    PL_RETURN_IF(pl_ledger_verify(folder, NULL, visit, &gathering, &check, error));
    if (check.bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the ledger %s does not hold, and nothing is added to it: %s", folder,
                            check.problem);
    *ret_facts = gathering.facts;
    return PL_OK;
}
