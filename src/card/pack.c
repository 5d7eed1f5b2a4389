/* The table of packs, and those that are a list of items: the text of a law or framework is data. */
#include "card/pack.h"

#include "card/card.h"
#include "card/items.h"
#include "report/markdown.h"

#include <string.h>

const struct pl_card_pack PL_CARD_PACKS[] = {
    {"ll144", pl_card_ll144},
    {"annex-iv", pl_card_annex_iv},
    {"nist-rmf", pl_card_nist_rmf},
    {"huggingface", pl_card_huggingface},
};
const size_t PL_CARD_PACKS_COUNT = sizeof PL_CARD_PACKS / sizeof *PL_CARD_PACKS;

/* `fill` has names of sections with a blank between. */
static void write_filled(const struct pl_body *card, const char *fill, struct pl_buffer *out)
{
    while (*fill != '\0') {
        const size_t length = strcspn(fill, " ");

        pl_card_section(card, (struct pl_str){fill, length}, out);
        fill += length;
        fill += strspn(fill, " ");
    }
}

static void write_item(const struct pl_body *card, const struct pl_card_item *item,
                       struct pl_buffer *out)
{
    pl_buffer_add_format(out, "## %s %s\n\n*%s*\n\n", item->id, item->title, item->asks);
    if (item->fill[0] != '\0') {
        pl_buffer_add_text(out, "**From the record.**\n\n");
        write_filled(card, item->fill, out);
    }
    if (item->write[0] != '\0')
        pl_buffer_add_format(out, "> **To be written by a person.** %s\n\n", item->write);
}

/* How much of it is done, so that nobody takes the page for a finished document. */
static void write_count(const struct pl_card_items *items, struct pl_buffer *out)
{
    size_t filled = 0;
    size_t open = 0;

    for (size_t i = 0; i < items->count; i++) {
        filled += items->items[i].fill[0] != '\0' ? 1 : 0;
        open += items->items[i].write[0] != '\0' ? 1 : 0;
    }
    pl_buffer_add_format(out,
                         "Of %zu items the record has something for %zu; in %zu a person still has "
                         "to write.\n\n",
                         items->count, filled, open);
}

static enum pl_status write_items(const struct pl_body *card, const struct pl_card_items *items,
                                  struct pl_buffer *out)
{
    pl_buffer_add_format(out, "# %s: ", items->title);
    pl_markdown_text(out, pl_body_text(pl_body_get(card, "title")));
    pl_buffer_add_format(out, "\n\n%s\n\n", items->source);
    write_count(items, out);
    for (size_t i = 0; i < items->count; i++)
        write_item(card, &items->items[i], out);
    return PL_OK;
}

enum pl_status pl_card_annex_iv(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_buffer *out, struct pl_error *error)
{
    (void)arena;
    (void)error;
    return write_items(card, &PL_CARD_ANNEX_IV, out);
}

enum pl_status pl_card_nist_rmf(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_buffer *out, struct pl_error *error)
{
    (void)arena;
    (void)error;
    return write_items(card, &PL_CARD_NIST_RMF, out);
}
