/* The check of a card. It needs the file only; a ledger that is there is read besides, and says whether the
   card is stale. */
#include "cli/ledger_card.h"

#include "base/file.h"
#include "card/card.h"
#include "ledger/body.h"

#include <stdio.h>
#include <string.h>

/* The card and its signature. */
#define CARD_SIZE_BYTES_MAX (PL_CARD_SIZE_BYTES_MAX + 1024)
#define BODY_SIZE_BYTES_MAX ((size_t)64 << 20)
#define KEY_PATH_SIZE       4096

static void take_value(const struct pl_body *value, char ret_hash[PL_LEDGER_HASH_TEXT_SIZE])
{
    pl_hash_bytes(pl_body_text(value), ret_hash);
}

/* A card names line and data by their hashes; a verdict has them in objects of their own. */
static void take_facts(const struct pl_body *body, bool is_verdict, struct pl_card_facts *facts)
{
    const struct pl_body *line = is_verdict ? pl_body_get(pl_body_get(body, "line"), "hash")
                                            : pl_body_get(body, "line_hash");
    const struct pl_body *data = is_verdict ? pl_body_get(pl_body_get(body, "data"), "hash")
                                            : pl_body_get(body, "data_hash");

    *facts = (struct pl_card_facts){.feature = ""};
    take_value(pl_body_get(body, "feature"), facts->feature);
    take_value(line, facts->values[PL_CARD_OTHER_LINE]);
    take_value(data, facts->values[PL_CARD_OTHER_DATA]);
    take_value(pl_body_get(body, "figures_hash"), facts->values[PL_CARD_OTHER_FIGURES]);
    take_value(pl_body_get(body, "but_for_card"), facts->values[PL_CARD_OTHER_VERDICT]);
}

/* The latest verdict decides: what was changed and changed back is as it was. */
static void compare(struct pl_card_check *check, uint64_t block, const struct pl_body *verdict)
{
    struct pl_card_facts now;

    take_facts(verdict, true, &now);
    if (strcmp(now.feature, check->facts.feature) != 0)
        return;
    check->change = PL_CARD_UNCHANGED;
    check->change_block = 0;
    for (int i = PL_CARD_OTHER_LINE; i <= PL_CARD_OTHER_VERDICT; i++) {
        if (strcmp(now.values[i], check->facts.values[i]) == 0)
            continue;
        check->change = (enum pl_card_change)i;
        check->change_block = block;
        return;
    }
}

static enum pl_status visit(const struct pl_ledger_record *record, void *context,
                            struct pl_error *error)
{
    struct pl_card_check *check = context;
    const bool is_verdict = pl_str_equal_text(record->kind, "verdict");
    const bool is_card =
        pl_str_equal_text(record->kind, "card") || pl_str_equal_text(record->kind, "pack");
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};
    struct pl_body *body = NULL;

    if (!(is_verdict && check->block > 0) && !(is_card && check->block == 0))
        return PL_OK;
    pl_arena_init(&arena, BODY_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_body_read(record->body, &arena, &body, error));
    if (is_verdict)
        compare(check, record->block, body);
    else if (pl_body_member_is(body, "card_hash", check->signature.hash)) {
        check->block = record->block;
        take_facts(body, false, &check->facts);
    }
    return PL_OK;
}

/* The key to demand: the given one, else the ledger's own. */
static enum pl_status find_key(const struct pl_card_check_request *request, struct pl_arena *arena,
                               struct pl_str *ret_key, struct pl_error *error)
{
    char path[KEY_PATH_SIZE];

    if (request->key != NULL) {
        *ret_key = pl_str_of(request->key);
        return PL_OK;
    }
    (void)snprintf(path, sizeof path, "%s/key.pub", request->folder);
    PL_RETURN_IF(pl_file_read(path, sizeof path, arena, ret_key, error));
    *ret_key = pl_str_trim(*ret_key);
    return PL_OK;
}

static enum pl_status read_card(const struct pl_card_check_request *request, struct pl_arena *arena,
                                struct pl_card_check *check, struct pl_error *error)
{
    struct pl_str text;
    struct pl_str demanded;

    PL_RETURN_IF(pl_file_read(request->path, CARD_SIZE_BYTES_MAX, arena, &text, error));
    check->is_signed = pl_card_signature_read(text, &check->signature, &check->is_good);
    check->with_ledger = pl_file_exists(request->folder);
    check->is_trusted = request->key == NULL && !check->with_ledger;
    if (check->is_trusted)
        return PL_OK;
    PL_RETURN_IF(find_key(request, arena, &demanded, error));
    check->is_trusted = pl_str_equal_text(demanded, check->signature.public_key);
    return PL_OK;
}

enum pl_status pl_card_check_read(const struct pl_card_check_request *request,
                                  struct pl_card_check *ret_check,
                                  struct pl_ledger_check *ret_ledger, struct pl_error *error)
{
    PL_CLEANUP(pl_arena_deinit) struct pl_arena arena = {0};

    pl_arena_init(&arena, 2 * CARD_SIZE_BYTES_MAX);
    PL_RETURN_IF(read_card(request, &arena, ret_check, error));
    if (!ret_check->with_ledger || !ret_check->is_signed)
        return PL_OK;
    return pl_ledger_verify(request->folder, request->key, visit, ret_check, ret_ledger, error);
}

bool pl_card_check_holds(const struct pl_card_check *check, const struct pl_ledger_check *ledger)
{
    return check->is_signed && check->is_good && check->is_trusted &&
           (!check->with_ledger || (ledger->bad_block == 0 && check->block > 0));
}

const char *pl_card_change_name(enum pl_card_change change)
{
    static const char *const NAMES[] = {
        [PL_CARD_UNCHANGED] = NULL,          [PL_CARD_OTHER_LINE] = "line",
        [PL_CARD_OTHER_DATA] = "data",       [PL_CARD_OTHER_FIGURES] = "figures",
        [PL_CARD_OTHER_VERDICT] = "verdict",
    };

    return NAMES[change];
}

const char *pl_card_check_text(const struct pl_card_check *check,
                               const struct pl_ledger_check *ledger)
{
    if (!check->is_signed)
        return "it does not end in the signature of a card";
    if (!check->is_good)
        return "it was changed after it was signed, or never signed by the key that it names";
    if (!check->is_trusted)
        return "it is signed by another key than the one that is asked for";
    if (!check->with_ledger)
        return "its signature is good; whether it is on the record only the ledger can tell";
    if (ledger->bad_block > 0)
        return "its signature is good, and the ledger does not hold";
    if (check->block == 0)
        return "its signature is good, and the ledger has no record of it";
    return "its signature is good, and it is on the record";
}
