/*
 * The three substitutions of mteval-v13a that depend on what stands beside a point or a dash, done on
 * the signs alone. As in the regular expressions, matches do not overlap: a code point that ended a
 * match cannot begin the next one of the same rule, and a rule sees the blanks of those before it only.
 */
#include "text/separate.h"

#include <string.h>

bool pl_separated_init(struct pl_separated *text, struct pl_codes codes, bool is_padded,
                       struct pl_text_scratch *scratch)
{
    *text = (struct pl_separated){
        .codes = codes,
        .breaks = pl_text_scratch_alloc(scratch, codes.count + 1, 1),
        .kinds = pl_text_scratch_alloc(scratch, codes.count + 1, 1),
        .signs = pl_text_scratch_alloc(scratch, codes.count + 1, sizeof *text->signs),
    };
    if (text->breaks == NULL || text->kinds == NULL || text->signs == NULL)
        return false;
    memset(text->breaks, 0, codes.count + 1);
    if (is_padded) {
        text->breaks[0] = 1;
        text->breaks[codes.count] = 1;
    }
    return true;
}

/* Alone are [{-~[-` -&(-+:-@/]; the other signs are the points, the dash and the digits. */
const struct pl_kinds PL_KINDS_WESTERN = {
    .ascii = "0000000000000000"
             "0000000000000000"
             "1111111011112821"  /*  !"#$%&'()*+,-./ */
             "4444444444111111"  /* 0123456789:;<=>? */
             "1000000000000000"  /* @ */
             "0000000000011111"  /* [ \ ] ^ _ */
             "1000000000000000"  /* ` */
             "0000000000011110", /* {|}~ */
};

static uint32_t kind_of(const struct pl_kinds *kinds, uint32_t code)
{
    if (code < 0x80)
        return (uint32_t)(kinds->ascii[code] - '0');
    return kinds->other == NULL ? 0 : kinds->other(code);
}

/* The fields are copied out, for a byte that is written might be one of them, as far as C knows. */
void pl_separated_mark(struct pl_separated *text, const struct pl_kinds *kinds)
{
    const uint32_t *codes = text->codes.ptr;
    const size_t count = text->codes.count;
    uint8_t *bytes = text->kinds;
    uint32_t *signs = text->signs;
    size_t signs_count = 0;

    for (size_t i = 0; i < count; i++) {
        const uint32_t bits = kind_of(kinds, codes[i]);

        bytes[i] = (uint8_t)bits;
        if (bits == 0 || bits == PL_KIND_NUMBER)
            continue;
        if ((bits & PL_KIND_ALONE) != 0)
            pl_separated_set_apart(text, i);
        else
            signs[signs_count++] = (uint32_t)i;
    }
    text->signs_count = signs_count;
}

static bool is_number(const struct pl_separated *text, size_t i)
{
    return (text->kinds[i] & PL_KIND_NUMBER) != 0;
}

/* (not number)(point): what stands before must not have ended the match before. */
static void split_after_words(struct pl_separated *text)
{
    size_t ended = SIZE_MAX; /* the point that the last match ended with */
    bool blank_after = false;

    for (size_t k = 0; k < text->signs_count; k++) {
        const size_t i = text->signs[k];
        const bool follows = ended != SIZE_MAX && i == ended + 1;
        const bool blank = follows ? blank_after : text->breaks[i] != 0;

        if ((text->kinds[i] & PL_KIND_POINT) == 0)
            continue;
        if (!blank && (i == 0 || follows || is_number(text, i - 1)))
            continue;
        ended = i;
        blank_after = text->breaks[i + 1] != 0;
        pl_separated_set_apart(text, i);
    }
}

/* (point)(not number): the second may be a point, which then begins no match. */
static void split_before_words(struct pl_separated *text)
{
    size_t taken = SIZE_MAX; /* what the last match ended with, when it was no blank */

    for (size_t k = 0; k < text->signs_count; k++) {
        const size_t i = text->signs[k];
        const bool blank = text->breaks[i + 1] != 0;

        if ((text->kinds[i] & PL_KIND_POINT) == 0 || i == taken)
            continue;
        if (!blank && (i + 1 == text->codes.count || is_number(text, i + 1)))
            continue;
        if (!blank)
            taken = i + 1;
        pl_separated_set_apart(text, i);
    }
}

static void split_dashes(struct pl_separated *text)
{
    for (size_t k = 0; k < text->signs_count; k++) {
        const size_t i = text->signs[k];

        if ((text->kinds[i] & PL_KIND_DASH) != 0 && i > 0 && text->breaks[i] == 0 &&
            is_number(text, i - 1))
            pl_separated_set_apart(text, i);
    }
}

void pl_separated_split_points(struct pl_separated *text)
{
    split_after_words(text);
    split_before_words(text);
    split_dashes(text);
}
