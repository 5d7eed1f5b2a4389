/*
 * What the tokenisers of BLEU and TER share: rules that set signs apart from words by putting blanks
 * around them. Blanks are not written; a byte before each code point says that one stands there.
 */
#ifndef PL_TEXT_SEPARATE_H
#define PL_TEXT_SEPARATE_H

#include "text/unicode.h"

/* What the rules see in a code point. */
enum pl_kind {
    PL_KIND_ALONE = 1,  /* always set apart */
    PL_KIND_POINT = 2,  /* set apart unless numbers stand on both sides */
    PL_KIND_NUMBER = 4, /* such a number */
    PL_KIND_DASH = 8,   /* set apart after a number */
};

/* A text with the blanks put into it: breaks[i] is 1 when one stands before code i; the last, after
   the end. */
struct pl_separated {
    struct pl_codes codes;
    uint8_t *breaks;
    uint32_t *signs; /* where points and dashes stand */
    size_t signs_count;
    uint8_t *kinds;
};

/* Without any blank yet; with `is_padded`, one at each end. False when the scratch is full. */
bool pl_separated_init(struct pl_separated *text, struct pl_codes codes, bool is_padded,
                       struct pl_text_scratch *scratch);

/* Kinds of code points: those of ASCII by a table of digits, '0' to '8', of the bits above. */
struct pl_kinds {
    const char *ascii;
    uint32_t (*other)(uint32_t code); /* NULL: the others have none */
};

/* The rules for Western languages of mteval-v13a and tercom. */
extern const struct pl_kinds PL_KINDS_WESTERN;

/* The kinds of every code point, and the blanks around those that are always alone. */
void pl_separated_mark(struct pl_separated *text, const struct pl_kinds *kinds);

/* Blanks on both sides of code i. */
static inline void pl_separated_set_apart(struct pl_separated *text, size_t i)
{
    text->breaks[i] = 1;
    text->breaks[i + 1] = 1;
}

/* s/(not number)(point)/\1 \2 /g, then s/(point)(not number)/ \1 \2/g, then s/(number)(dash)/\1 \2 /g */
void pl_separated_split_points(struct pl_separated *text);

#endif
