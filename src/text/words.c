/*
 * Words and their numbers. A word is found by a hash of its code points, and taken for another only when
 * every code point agrees.
 */
#include "text/words.h"

#include "text/table.h"

#include <string.h>

bool pl_words_split(struct pl_codes codes, const uint8_t *breaks, struct pl_text_scratch *scratch,
                    struct pl_words *ret_words)
{
    struct pl_word *items = pl_text_scratch_alloc(scratch, codes.count + 1, sizeof *items);
    size_t count = 0;
    size_t begin = 0;

    if (items == NULL)
        return false;
    for (size_t i = 0; i <= codes.count; i++) {
        const bool is_space = i == codes.count || pl_code_is_space(codes.ptr[i]);

        if (!is_space && (breaks == NULL || breaks[i] == 0))
            continue;
        if (i > begin)
            items[count++] = (struct pl_word){codes.ptr + begin, i - begin};
        begin = is_space ? i + 1 : i;
    }
    *ret_words = (struct pl_words){items, count};
    return true;
}

/* Two code points at a step. */
static uint64_t hash_of(const struct pl_word *word)
{
    uint64_t hash = word->count;
    size_t i = 0;

    for (; i + 1 < word->count; i += 2)
        hash = (hash ^ ((uint64_t)word->codes[i + 1] << 32 | word->codes[i])) * 0x9DDFEA08EB382D69u;
    if (i < word->count)
        hash = (hash ^ word->codes[i]) * 0x9DDFEA08EB382D69u;
    return hash ^ hash >> 29;
}

/* Words are short: a loop beats a call. */
static bool is_same(const struct pl_word *a, const struct pl_word *b)
{
    size_t i = 0;

    if (a->count != b->count)
        return false;
    while (i < a->count && a->codes[i] == b->codes[i])
        i++;
    return i == a->count;
}

/* Words seen so far, by their number. */
struct numbering {
    struct pl_table table;
    const struct pl_word **first;
    size_t count;
};

static uint32_t number_of(struct numbering *numbering, const struct pl_word *word)
{
    const struct pl_table *table = &numbering->table;
    const uint64_t hash = hash_of(word);
    uint32_t at = pl_table_start(table, hash);

    for (; table->slots[at].round == table->round; at = pl_table_next(table, at))
        if (table->slots[at].key == hash && is_same(numbering->first[table->slots[at].value], word))
            return table->slots[at].value;
    pl_table_put(table, &table->slots[at], hash, (uint32_t)numbering->count);
    numbering->first[numbering->count] = word;
    return (uint32_t)numbering->count++;
}

static bool number_text(struct numbering *numbering, const struct pl_words *words,
                        struct pl_text_scratch *scratch, struct pl_sequence *ret_sequence)
{
    uint32_t *ids = pl_text_scratch_alloc(scratch, words->count + 1, sizeof *ids);

    if (ids == NULL)
        return false;
    for (size_t i = 0; i < words->count; i++)
        ids[i] = number_of(numbering, &words->items[i]);
    *ret_sequence = (struct pl_sequence){ids, words->count};
    return true;
}

bool pl_sequences_number(const struct pl_words *texts, size_t texts_count,
                         struct pl_text_scratch *scratch, struct pl_sequences *ret_sequences)
{
    struct numbering numbering = {.count = 0};
    size_t words_count = 0;

    for (size_t i = 0; i < texts_count; i++)
        words_count += texts[i].count;
    numbering.first = pl_text_scratch_alloc(scratch, words_count + 1, sizeof *numbering.first);

    struct pl_sequence *items = pl_text_scratch_alloc(scratch, texts_count, sizeof *items);

    if (numbering.first == NULL || items == NULL ||
        !pl_table_open(scratch, words_count, &numbering.table))
        return false;
    for (size_t i = 0; i < texts_count; i++)
        if (!number_text(&numbering, &texts[i], scratch, &items[i]))
            return false;
    *ret_sequences = (struct pl_sequences){items, texts_count, numbering.count};
    return true;
}

enum pl_status pl_segment_check(const struct pl_text_segment *segment,
                                const struct pl_text_scratch *scratch, struct pl_error *error)
{
    if (segment->references_count > PL_TEXT_REFERENCES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%zu references; a text metric takes %d at most",
                            segment->references_count, PL_TEXT_REFERENCES_MAX);
    PL_RETURN_IF(pl_text_scratch_check(scratch, segment->output, error));
    for (size_t i = 0; i < segment->references_count; i++)
        PL_RETURN_IF(pl_text_scratch_check(scratch, segment->references[i], error));
    return PL_OK;
}

struct pl_str pl_segment_text(const struct pl_text_segment *segment, size_t index)
{
    return index == 0 ? segment->output : segment->references[index - 1];
}

bool pl_segment_cut(const struct pl_text_segment *segment, const struct pl_text_options *options,
                    struct pl_cutters cutters, struct pl_text_scratch *scratch,
                    struct pl_sequences *ret_sequences)
{
    const size_t count = segment->references_count + 1;
    struct pl_words *texts = pl_text_scratch_alloc(scratch, count, sizeof *texts);

    if (texts == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const pl_cutter cutter = i == 0 ? cutters.output : cutters.reference;
        struct pl_codes codes;

        if (!pl_codes_decode(pl_segment_text(segment, i), scratch, &codes) ||
            !cutter(codes, options, scratch, &texts[i]))
            return false;
    }
    return pl_sequences_number(texts, count, scratch, ret_sequences);
}
