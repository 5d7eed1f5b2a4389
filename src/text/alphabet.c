/*
 * Numbers for code points in the order they come up.
 */
#include "text/alphabet.h"

#include "text/table.h"

/* Code points by number: those below 256 by a list, the others by the table. */
struct alphabet {
    struct pl_table table;
    uint32_t latin[256]; /* number + 1 */
    uint32_t count;
};

static uint32_t number_of(struct alphabet *alphabet, uint32_t code)
{
    if (code < 256) {
        if (alphabet->latin[code] == 0)
            alphabet->latin[code] = ++alphabet->count;
        return alphabet->latin[code] - 1;
    }

    struct pl_text_slot *slot = pl_table_find(&alphabet->table, code);

    if (!pl_table_holds(&alphabet->table, slot))
        pl_table_put(&alphabet->table, slot, code, alphabet->count++);
    return slot->value;
}

static bool number_codes(struct alphabet *alphabet, const struct pl_codes *codes, bool whitespace,
                         struct pl_text_scratch *scratch, struct pl_sequence *ret_sequence)
{
    uint32_t *ids = pl_text_scratch_alloc(scratch, codes->count + 1, sizeof *ids);
    size_t count = 0;

    if (ids == NULL)
        return false;
    for (size_t i = 0; i < codes->count; i++)
        if (whitespace || !pl_code_is_space(codes->ptr[i]))
            ids[count++] = number_of(alphabet, codes->ptr[i]);
    *ret_sequence = (struct pl_sequence){ids, count};
    return true;
}

bool pl_codes_number(const struct pl_codes *texts, size_t count, bool whitespace,
                     struct pl_text_scratch *scratch, struct pl_sequences *ret_characters)
{
    struct pl_sequence *items = pl_text_scratch_alloc(scratch, count, sizeof *items);
    struct alphabet alphabet = {.count = 0};
    size_t most = 0;

    for (size_t i = 0; i < count; i++)
        most += texts[i].count;
    if (items == NULL || !pl_table_open(scratch, most, &alphabet.table))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!number_codes(&alphabet, &texts[i], whitespace, scratch, &items[i]))
            return false;
    *ret_characters = (struct pl_sequences){items, count, alphabet.count};
    return true;
}
