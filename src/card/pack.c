/* The table of packs, and what their documents have in common. */
#include "card/pack.h"

#include "report/values.h"

const struct pl_card_pack PL_CARD_PACKS[] = {
    {"ll144", false, true, pl_card_ll144, pl_card_ll144_page},
    {"annex-iv", false, false, pl_card_annex_iv, pl_card_annex_iv_page},
    {"nist-rmf", false, false, pl_card_nist_rmf, pl_card_nist_rmf_page},
    {"huggingface", true, false, pl_card_huggingface, pl_card_huggingface_page},
};
const size_t PL_CARD_PACKS_COUNT = sizeof PL_CARD_PACKS / sizeof *PL_CARD_PACKS;

void pl_card_pack_head(struct pl_json *json, const char *name, const struct pl_body *card)
{
    static const char *const COPIED[] = {"feature",     "title", "owner", "date",
                                         "distributed", "data",  "hashes"};

    pl_json_member_uint64(json, "plimsoll_pack", 1);
    pl_json_member_text(json, "pack", name);
    for (size_t i = 0; i < sizeof COPIED / sizeof *COPIED; i++)
        pl_body_write_member(json, card, COPIED[i]);
    pl_json_key(json, "verdict_block");
    pl_body_write(json, pl_body_get(pl_body_get(card, "verdict"), "block"));
}

enum pl_status pl_card_pack_read(struct pl_buffer *text, struct pl_arena *arena,
                                 struct pl_body **ret_pack, struct pl_error *error)
{
    PL_RETURN_IF(pl_buffer_check(text, "the pack", error));
    PL_RETURN_IF(pl_body_read(pl_buffer_view(text), arena, ret_pack, error));
    pl_buffer_reset(text);
    return PL_OK;
}
