/*
 * A card as YAML 1.2: blocks of two blanks, and every text in double quotes, in which YAML takes the
 * escapes of JSON. Nothing needs to be guessed from how a value looks.
 */
#include "card/card.h"

static void write_block(const struct pl_body *body, int depth, struct pl_buffer *out);

static void write_indent(int depth, struct pl_buffer *out)
{
    for (int i = 0; i < depth; i++)
        pl_buffer_add_text(out, "  ");
}

/* What JSON allows in a text and YAML does not: the control characters above DEL. */
static void escape_controls(struct pl_str text, struct pl_buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        const unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;

        if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
            pl_buffer_add_format(out, "\\x%02x", next);
            i++;
        } else
            pl_buffer_add_char(out, text.ptr[i]);
    }
}

/* A text or a number in JSON's own form, which is one of YAML's. */
static void write_flow(const struct pl_body *body, struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, PL_CARD_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_body_write(&json, body);
    escape_controls(pl_buffer_view(&text), out);
}

static bool is_block(const struct pl_body *body)
{
    return (body->kind == PL_BODY_OBJECT || body->kind == PL_BODY_ARRAY) && body->count > 0;
}

static void write_key(struct pl_str key, struct pl_buffer *out)
{
    const struct pl_body text = {.kind = PL_BODY_TEXT, .text = key};

    write_flow(&text, out);
    pl_buffer_add_char(out, ':');
}

static void write_item(const struct pl_body *item, bool keyed, int depth, struct pl_buffer *out)
{
    write_indent(depth, out);
    if (keyed)
        write_key(item->key, out);
    else
        pl_buffer_add_char(out, '-');
    if (!is_block(item)) {
        pl_buffer_add_char(out, ' ');
        write_flow(item, out);
        pl_buffer_add_char(out, '\n');
        return;
    }
    pl_buffer_add_char(out, '\n');
    write_block(item, depth + 1, out);
}

static void write_block(const struct pl_body *body, int depth, struct pl_buffer *out)
{
    for (size_t i = 0; i < body->count; i++)
        write_item(&body->items[i], body->kind == PL_BODY_OBJECT, depth, out);
}

void pl_card_yaml(const struct pl_body *card, struct pl_buffer *out)
{
    write_block(card, 0, out);
}
