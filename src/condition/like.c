/*
 * `like` in time that is proportional to the text. The pattern is cut at its `%` into parts, which must be found in
 * the text one after the other, each as far left as it goes: the first at the start, the last at the end. A part of
 * plain bytes is found by the automaton of Knuth, Morris and Pratt; a part with `_` by one word of bits for each 64 of
 * its characters, all moved on with each character of the text (Baeza-Yates and Gonnet's shift-and, 1992).
 */
#include "condition/node.h"

#include <string.h>

#define BITS  64u
#define WORDS (PL_LIKE_WILD_MAX / BITS)
#define WILD  UINT32_MAX
/* Invalid bytes stand above all code points. */
#define INVALID 0x110000u

/* A character that a part asks for, and the places where it, or `_`, stands. */
struct place_set {
    uint32_t character;
    uint64_t places[WORDS];
};

struct part {
    bool has_wild;
    const char *bytes; /* without `_`: as they must stand in the text */
    size_t size_bytes;
    const uint32_t *borders;    /* of each prefix: the length of its longest proper border */
    const uint32_t *characters; /* with `_`: WILD, or the character */
    size_t characters_count;
    const struct place_set
        *sets; /* ascending; the last is of `_` alone and counts for all others */
    size_t sets_count;
};

struct pl_like {
    const struct part *parts; /* one more than there are `%` */
    size_t parts_count;
};

/* ---- characters ---- */

static bool continues(struct pl_str text, size_t at)
{
    return at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80;
}

size_t pl_character_size(struct pl_str text, size_t at)
{
    const unsigned char lead = (unsigned char)text.ptr[at];
    const size_t size = lead >= 0xf0 && lead < 0xf5   ? 4
                        : lead >= 0xe0 && lead < 0xf0 ? 3
                        : lead >= 0xc2 && lead < 0xe0 ? 2
                                                      : 1;

    for (size_t i = 1; i < size; i++)
        if (!continues(text, at + i))
            return 1;
    return size > 1 && !pl_str_is_utf8((struct pl_str){text.ptr + at, size}) ? 1 : size;
}

static uint32_t character_at(struct pl_str text, size_t at, size_t *ret_size)
{
    static const unsigned char MASKS[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char lead = (unsigned char)text.ptr[at];
    uint32_t character = 0;

    *ret_size = pl_character_size(text, at);
    if (*ret_size == 1 && lead >= 0x80)
        return INVALID + lead;
    character = lead & MASKS[*ret_size];
    for (size_t i = 1; i < *ret_size; i++)
        character = character << 6 | ((unsigned char)text.ptr[at + i] & 0x3fu);
    return character;
}

/* Where the character before `at` begins. A valid sequence that ends there is the only one that does. */
static size_t before(struct pl_str text, size_t at)
{
    for (size_t size = 1; size <= 4 && size <= at; size++)
        if (pl_character_size(text, at - size) == size &&
            (size > 1 || (unsigned char)text.ptr[at - 1] < 0x80))
            return at - size;
    return at - 1;
}

/* ---- compiling ---- */

struct maker {
    struct pl_arena *arena;
    uint32_t *characters; /* of the pattern, WILD for `_` */
    bool *cuts;           /* a `%` stands there */
    size_t count;
};

/* The pattern as characters, what is escaped told from what is not. */
static bool read_pattern(struct maker *maker, struct pl_str pattern, struct pl_str escape)
{
    maker->characters =
        pl_arena_alloc_array(maker->arena, pattern.len + 1, sizeof *maker->characters);
    maker->cuts = pl_arena_alloc_array(maker->arena, pattern.len + 1, sizeof *maker->cuts);
    if (maker->characters == NULL || maker->cuts == NULL)
        return false;
    for (size_t at = 0, size = 0; at < pattern.len; at += size, maker->count++) {
        uint32_t character = character_at(pattern, at, &size);
        const bool is_escape =
            escape.len > 0 && size == escape.len && memcmp(pattern.ptr + at, escape.ptr, size) == 0;

        if (is_escape && at + size < pattern.len) {
            at += size;
            character = character_at(pattern, at, &size);
        } else if (character == '%') {
            maker->cuts[maker->count] = true;
        } else if (character == '_') {
            character = WILD;
        }
        maker->characters[maker->count] = character;
    }
    return true;
}

static size_t write_character(uint32_t character, char *target)
{
    if (character >= INVALID || character < 0x80) {
        target[0] = (char)(character >= INVALID ? character - INVALID : character);
        return 1;
    }

    const size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char LEADS[] = {0, 0, 0xc0, 0xe0, 0xf0};

    for (size_t i = size; i-- > 1; character >>= 6)
        target[i] = (char)(0x80 | (character & 0x3f));
    target[0] = (char)(LEADS[size] | character);
    return size;
}

static bool make_plain(struct maker *maker, const uint32_t *characters, size_t count,
                       struct part *part)
{
    char *bytes = pl_arena_alloc_array(maker->arena, count + 1, 4);
    uint32_t *borders = NULL;
    uint32_t border = 0;

    if (bytes == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        part->size_bytes += write_character(characters[i], bytes + part->size_bytes);
    borders = pl_arena_alloc_array(maker->arena, part->size_bytes + 1, sizeof *borders);
    if (borders == NULL)
        return false;
    for (size_t i = 1; i < part->size_bytes; i++) {
        while (border > 0 && bytes[i] != bytes[border])
            border = borders[border - 1];
        border += bytes[i] == bytes[border];
        borders[i] = border;
    }
    part->bytes = bytes;
    part->borders = borders;
    return true;
}

/* The set of that character, put in its place among the others when it is new. */
static struct place_set *set_of(struct place_set *sets, size_t *count, uint32_t character)
{
    size_t at = 0;

    while (at < *count && sets[at].character < character)
        at++;
    if (at < *count && sets[at].character == character)
        return &sets[at];
    memmove(&sets[at + 1], &sets[at], (*count - at) * sizeof *sets);
    sets[at] = (struct place_set){.character = character};
    (*count)++;
    return &sets[at];
}

static bool make_wild(struct maker *maker, const uint32_t *characters, size_t count,
                      struct part *part)
{
    struct place_set *sets = pl_arena_alloc_array(maker->arena, count + 2, sizeof *sets);

    if (sets == NULL)
        return false;
    (void)set_of(sets, &part->sets_count, WILD);
    for (size_t i = 0; i < count; i++)
        set_of(sets, &part->sets_count, characters[i])->places[i / BITS] |= UINT64_C(1) << i % BITS;
    for (size_t i = 0; i + 1 < part->sets_count; i++)
        for (size_t j = 0; j < WORDS; j++)
            sets[i].places[j] |= sets[part->sets_count - 1].places[j];
    part->has_wild = true;
    part->characters = characters;
    part->characters_count = count;
    part->sets = sets;
    return true;
}

static bool make_part(struct maker *maker, size_t start, size_t end, struct part *part,
                      bool *ret_fits)
{
    const uint32_t *characters = maker->characters + start;
    bool has_wild = false;

    for (size_t i = start; i < end; i++)
        has_wild = has_wild || maker->characters[i] == WILD;
    if (has_wild && end - start > PL_LIKE_WILD_MAX)
        *ret_fits = false;
    else if (has_wild)
        return make_wild(maker, characters, end - start, part);
    return make_plain(maker, characters, end - start, part);
}

bool pl_like_compile(struct pl_str pattern, struct pl_str escape, struct pl_arena *arena,
                     const struct pl_like **ret_like)
{
    struct pl_like *like = pl_arena_alloc(arena, sizeof *like);
    struct maker maker = {.arena = arena};
    struct part *parts = NULL;
    bool fits = true;

    if (like == NULL || !read_pattern(&maker, pattern, escape))
        return false;
    parts = pl_arena_alloc_array(arena, maker.count + 1, sizeof *parts);
    if (parts == NULL)
        return false;
    for (size_t i = 0, start = 0; i <= maker.count; i++) {
        if (i < maker.count && !maker.cuts[i])
            continue;
        if (!make_part(&maker, start, i, &parts[like->parts_count++], &fits))
            return false;
        start = i + 1;
    }
    like->parts = parts;
    *ret_like = fits ? like : NULL;
    return true;
}

/* ---- matching ---- */

/* Whether the part stands at `at`; then where it ends. */
static bool stands_at(const struct part *part, struct pl_str text, size_t at, size_t *ret_end)
{
    if (!part->has_wild) {
        *ret_end = at + part->size_bytes;
        return part->size_bytes <= text.len - at &&
               (part->size_bytes == 0 || memcmp(text.ptr + at, part->bytes, part->size_bytes) == 0);
    }
    for (size_t i = 0, size = 0; i < part->characters_count; i++, at += size)
        if (at >= text.len ||
            (character_at(text, at, &size) != part->characters[i] && part->characters[i] != WILD))
            return false;
    *ret_end = at;
    return true;
}

/* Whether the text ends in the part, not before `from`. */
static bool ends_with(const struct part *part, struct pl_str text, size_t from)
{
    size_t at = text.len;
    size_t end = 0;

    if (!part->has_wild) {
        if (part->size_bytes > text.len - from)
            return false;
        at -= part->size_bytes;
    }
    for (size_t i = 0; part->has_wild && i < part->characters_count; i++) {
        if (at <= from)
            return false;
        at = before(text, at);
    }
    return at >= from && stands_at(part, text, at, &end) && end == text.len;
}

static const uint64_t *places_of(const struct part *part, uint32_t character)
{
    size_t low = 0;
    size_t high = part->sets_count - 1;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (part->sets[middle].character < character)
            low = middle + 1;
        else
            high = middle;
    }
    return part->sets[low].character == character ? part->sets[low].places
                                                  : part->sets[part->sets_count - 1].places;
}

static bool find_wild(const struct part *part, struct pl_str text, size_t at, size_t *ret_end)
{
    const size_t last = part->characters_count - 1;
    uint64_t states[WORDS] = {0};

    for (size_t size = 0; at < text.len; at += size) {
        const uint64_t *places = places_of(part, character_at(text, at, &size));
        uint64_t carry = 1;

        for (size_t i = 0; i <= last / BITS; i++) {
            const uint64_t out = states[i] >> (BITS - 1);

            states[i] = (states[i] << 1 | carry) & places[i];
            carry = out;
        }
        if ((states[last / BITS] >> last % BITS & 1u) == 0)
            continue;
        *ret_end = at + size;
        return true;
    }
    return false;
}

/* The first place from `at` on where the part stands; then where it ends. */
static bool find(const struct part *part, struct pl_str text, size_t at, size_t *ret_end)
{
    uint32_t matched = 0;

    if (part->has_wild)
        return find_wild(part, text, at, ret_end);
    *ret_end = at;
    for (; part->size_bytes > 0 && at < text.len; at++) {
        while (matched > 0 && text.ptr[at] != part->bytes[matched])
            matched = part->borders[matched - 1];
        matched += text.ptr[at] == part->bytes[matched];
        *ret_end = at + 1;
        if (matched == part->size_bytes)
            return true;
    }
    return part->size_bytes == 0;
}

bool pl_like_matches(const struct pl_like *like, struct pl_str text)
{
    const struct part *last = &like->parts[like->parts_count - 1];
    size_t at = 0;

    if (!stands_at(&like->parts[0], text, 0, &at))
        return false;
    if (like->parts_count == 1)
        return at == text.len;
    for (size_t i = 1; i + 1 < like->parts_count; i++)
        if (!find(&like->parts[i], text, at, &at))
            return false;
    return ends_with(last, text, at);
}
