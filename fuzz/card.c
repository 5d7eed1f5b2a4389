/*
 * Any bytes as a signed card, as a card, and as the body of a verdict's record that cards and packs are
 * made from, for every audience and in every form. Besides not crashing: a signature that is found good
 * is one of exactly these bytes, so that with its trailer written again the card is the same; and what
 * is written of a body as JSON reads back.
 */
#include "card/card.h"
#include "card/pack.h"
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
               is_written_so(card, PL_CARD_YAML, &signature) ||
               is_written_so(card, PL_CARD_HTML, &signature));
}

static void write_forms(const struct pl_body *body)
{
    static void (*const WRITERS[])(const struct pl_body *, struct pl_buffer *) = {
        pl_card_yaml, pl_card_markdown, pl_card_html};
    struct pl_buffer out;

    pl_buffer_init(&out, ARENA_SIZE_BYTES_MAX);
    for (size_t i = 0; i < sizeof WRITERS / sizeof *WRITERS; i++) {
        WRITERS[i](body, &out);
        pl_buffer_reset(&out);
    }
    pl_buffer_deinit(&out);
}

static void check_json(const struct pl_body *body, struct pl_arena *arena)
{
    struct pl_body *again = NULL;
    struct pl_buffer out;

    pl_buffer_init(&out, ARENA_SIZE_BYTES_MAX);
    pl_card_json(body, &out);
    assert(out.failed != PL_OK || pl_body_read(pl_buffer_view(&out), arena, &again, NULL) == PL_OK);
    pl_buffer_deinit(&out);
}

static void make_packs(const struct pl_body *card, struct pl_arena *arena)
{
    for (size_t i = 0; i < PL_CARD_PACKS_COUNT; i++) {
        struct pl_body *pack = NULL;
        struct pl_buffer out;

        if (PL_CARD_PACKS[i].make(card, arena, &pack, NULL) != PL_OK)
            continue;
        pl_buffer_init(&out, ARENA_SIZE_BYTES_MAX);
        PL_CARD_PACKS[i].page(pack, &out);
        pl_buffer_deinit(&out);
    }
}

/* Of a line that has all that a card and a pack ask a line for. */
static const struct pl_line *line_of(struct pl_arena *arena)
{
    static const char TEXT[] =
        "plimsoll: 1\nfeature: f\ndata: {decisions: d.csv, columns: {label: l, "
        "score: s}, segments: {sex: a, race: b}}\n";
    struct pl_problems problems;
    struct pl_line *line = NULL;

    return pl_line_parse(pl_str_of(TEXT), "line", arena, &line, &problems, NULL) == PL_OK ? line
                                                                                          : NULL;
}

static void make_cards(const struct pl_body *verdict, struct pl_arena *arena)
{
    struct pl_card_source source = {
        .line = line_of(arena),
        .line_hash = "",
        .verdict = verdict,
        .verdict_line = PL_STR("{}"),
        .ledger_hash = "",
        .ledger_key = "",
        .version = "",
    };

    assert(source.line != NULL);
    for (int audience = PL_CARD_PUBLIC; audience <= PL_CARD_REGULATOR; audience++) {
        struct pl_body *card = NULL;

        source.audience = (enum pl_card_audience)audience;
        if (pl_card_make(&source, arena, &card, NULL) != PL_OK)
            continue;
        write_forms(card);
        check_json(card, arena);
        if (audience == PL_CARD_AUDITOR)
            make_packs(card, arena);
    }
}

static void read_body(struct pl_str text)
{
    struct pl_arena arena;
    struct pl_body *body = NULL;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_body_read(text, &arena, &body, NULL) == PL_OK && body->kind == PL_BODY_OBJECT) {
        write_forms(body);
        make_cards(body, &arena);
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
