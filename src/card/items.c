/*
 * Packs that are a list of items: the text of a law or framework is data. Each item says what is asked
 * for, which members of the card answer it, and what a person still has to write.
 */
#include "card/items.h"

#include "card/card.h"
#include "card/pack.h"
#include "report/markdown.h"
#include "report/values.h"

#include <string.h>

/* The next name of a list with a blank between; empty at its end. */
static struct pl_str next_name(const char **list)
{
    const struct pl_str name = {*list, strcspn(*list, " ")};

    *list += name.len;
    *list += strspn(*list, " ");
    return name;
}

static bool has_section(const struct pl_body *card, struct pl_str name)
{
    return !pl_body_is_null(pl_body_get(card, pl_card_section_about(name).member));
}

/* Whether this card has something of it; the public's has less than others. */
static bool is_answered(const struct pl_body *card, const struct pl_card_item *item)
{
    const char *fill = item->fill;

    for (struct pl_str name = next_name(&fill); name.len > 0; name = next_name(&fill))
        if (has_section(card, name))
            return true;
    return false;
}

static bool is_open(const struct pl_body *card, const struct pl_card_item *item)
{
    (void)card;
    return item->write[0] != '\0';
}

/* How much of it is done, so that nobody takes the pack for a finished document. */
static size_t count_of(const struct pl_card_items *items, const struct pl_body *card,
                       bool (*is_one)(const struct pl_body *card, const struct pl_card_item *item))
{
    size_t count = 0;

    for (size_t i = 0; i < items->count; i++)
        count += is_one(card, &items->items[i]) ? 1 : 0;
    return count;
}

/* Once each: two sections may be of one member. */
static void write_members(struct pl_json *json, const struct pl_body *card, const char *fill)
{
    const char *last = "";

    pl_json_key(json, "answered_by");
    pl_json_open_array(json);
    for (struct pl_str name = next_name(&fill); name.len > 0; name = next_name(&fill)) {
        const char *member = pl_card_section_about(name).member;

        if (has_section(card, name) && strcmp(member, last) != 0)
            pl_json_text(json, member);
        last = member;
    }
    pl_json_close_array(json);
}

static void write_item(struct pl_json *json, const struct pl_body *card,
                       const struct pl_card_item *item)
{
    pl_json_open_object(json);
    pl_json_member_text(json, "id", item->id);
    pl_json_member_text(json, "part", item->part);
    pl_json_member_text(json, "title", item->title);
    pl_json_member_text(json, "asks", item->asks);
    write_members(json, card, item->fill);
    pl_json_member_text(json, "to_write", is_open(card, item) ? item->write : NULL);
    pl_json_close_object(json);
}

static enum pl_status make(const struct pl_card_items *items, const struct pl_body *card,
                           struct pl_arena *arena, struct pl_body **ret_pack,
                           struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};
    struct pl_json json;

    pl_buffer_init(&text, PL_CARD_SIZE_BYTES_MAX);
    pl_json_init(&json, &text, false);
    pl_json_open_object(&json);
    pl_card_pack_head(&json, items->name, card);
    pl_json_member_text(&json, "text", items->title);
    pl_json_member_text(&json, "source", items->source);
    pl_json_member_uint64(&json, "answered", count_of(items, card, is_answered));
    pl_json_member_uint64(&json, "open", count_of(items, card, is_open));
    pl_json_key(&json, "items");
    pl_json_open_array(&json);
    for (size_t i = 0; i < items->count; i++)
        write_item(&json, card, &items->items[i]);
    pl_json_close_array(&json);
    pl_json_key(&json, "card");
    pl_body_write(&json, card);
    pl_json_close_object(&json);
    return pl_card_pack_read(&text, arena, ret_pack, error);
}

static void write_page_item(const struct pl_body *card, const struct pl_card_item *item,
                            struct pl_buffer *out)
{
    const char *fill = item->fill;

    pl_buffer_add_format(out, "## %s %s\n\n*%s*\n\n", item->id, item->title, item->asks);
    for (struct pl_str name = next_name(&fill); name.len > 0; name = next_name(&fill)) {
        if (!has_section(card, name))
            continue;
        pl_buffer_add_format(out, "**From the record: %s**\n\n", pl_card_section_about(name).title);
        pl_card_section(card, name, out);
    }
    if (is_open(card, item))
        pl_buffer_add_format(out, "> **To be written by a person.** %s\n\n", item->write);
}

static void page(const struct pl_card_items *items, const struct pl_body *pack,
                 struct pl_buffer *out)
{
    const struct pl_body *card = pl_body_get(pack, "card");
    const char *part = "";

    pl_buffer_add_format(out, "# %s: ", items->title);
    pl_markdown_text(out, pl_body_text(pl_body_get(pack, "title")));
    pl_buffer_add_format(out, "\n\n%s\n\n", items->source);
    pl_buffer_add_format(out,
                         "Of %zu items the record has something for %zu; in %zu a person still has "
                         "to write.\n\n",
                         items->count, count_of(items, card, is_answered),
                         count_of(items, card, is_open));
    for (size_t i = 0; i < items->count; i++) {
        if (strcmp(part, items->items[i].part) != 0)
            pl_buffer_add_format(out, "---\n\n**%s**\n\n", items->items[i].part);
        part = items->items[i].part;
        write_page_item(card, &items->items[i], out);
    }
}

enum pl_status pl_card_annex_iv(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_body **ret_pack, struct pl_error *error)
{
    return make(&PL_CARD_ANNEX_IV, card, arena, ret_pack, error);
}

enum pl_status pl_card_nist_rmf(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_body **ret_pack, struct pl_error *error)
{
    return make(&PL_CARD_NIST_RMF, card, arena, ret_pack, error);
}

void pl_card_annex_iv_page(const struct pl_body *pack, struct pl_buffer *out)
{
    page(&PL_CARD_ANNEX_IV, pack, out);
}

void pl_card_nist_rmf_page(const struct pl_body *pack, struct pl_buffer *out)
{
    page(&PL_CARD_NIST_RMF, pack, out);
}
