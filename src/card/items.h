/* The items of src/card/packs/, turned into C by the build. */
#ifndef PL_CARD_ITEMS_H
#define PL_CARD_ITEMS_H

#include <stddef.h>

struct pl_card_item {
    const char *id;   /* as the law or the framework has it: "2(g)" */
    const char *part; /* the part of the text that it stands in */
    const char *title;
    const char *asks;  /* what has to be there */
    const char *fill;  /* sections of the card that answer it, a blank between; may be empty */
    const char *write; /* what the record cannot know; empty when it knows all */
};

struct pl_card_items {
    const char *name; /* of the pack */
    const char *title;
    const char *source; /* which text, of when */
    const struct pl_card_item *items;
    size_t count;
};

extern const struct pl_card_items PL_CARD_ANNEX_IV;
extern const struct pl_card_items PL_CARD_NIST_RMF;

#endif
