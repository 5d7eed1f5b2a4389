/*
 * Any bytes as a signed card, and as the body of a record that a card is made from. Besides not
 * crashing: a signature that is found good is one of exactly these bytes, so that with its trailer
 * written again the card is the same; and a body that was read is written as JSON again.
 */
#include "card/card.h"
#include "card/signed.h"

#include <assert.h>

#define ARENA_SIZE_BYTES_MAX   ((size_t)64 << 20)
#define TRAILER_SIZE_BYTES_MAX ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whether the card is what was signed, then the trailer that the writer would write in this form. */
static bool is_written_so(struct pl_str card, enum pl_card_form form,
                          const struct pl_card_signature *signature)
{
    struct pl_buffer trailer;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    bool same;

    pl_buffer_init(&trailer, TRAILER_SIZE_BYTES_MAX);
    pl_card_signature_end(form, signature, &trailer);
    same = pl_str_ends_with(card, pl_buffer_view(&trailer));
    if (same) {
        pl_hash_bytes((struct pl_str){card.ptr, card.len - trailer.len}, hash);
        same = pl_str_equal_text(pl_str_of(hash), signature->hash);
    }
    pl_buffer_deinit(&trailer);
    return same;
}

static void read_signature(struct pl_str card)
{
    struct pl_card_signature signature;
    bool good = false;

    if (pl_card_signature_read(card, &signature, &good) && good)
        assert(is_written_so(card, PL_CARD_MARKDOWN, &signature) ||
               is_written_so(card, PL_CARD_JSON, &signature) ||
               is_written_so(card, PL_CARD_YAML, &signature));
}

static void read_body(struct pl_str text)
{
    struct pl_arena arena;
    struct pl_body *body = NULL;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_body_read(text, &arena, &body, NULL) == PL_OK && body->kind == PL_BODY_OBJECT) {
        struct pl_buffer out;

        pl_buffer_init(&out, ARENA_SIZE_BYTES_MAX);
        pl_card_yaml(body, &out);
        pl_card_markdown(body, &out);
        pl_buffer_deinit(&out);
    }
    pl_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pl_str text = {(const char *)data, size};

    read_signature(text);
    read_body(text);
    return 0;
}
