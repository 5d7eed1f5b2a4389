/*
 * The table of keys: its parts taken together. One row is one key of the line; nothing else in the
 * program knows what keys there are, what they may hold, or what they default to.
 */
#include "line/keys.h"

#include "line/key_places.h"

#include <assert.h>

/* In the order in which pages list them. */
static const struct pl_key_rows *const PARTS[] = {
    &PL_KEYS_FEATURE, &PL_KEYS_DATA,  &PL_KEYS_JUDGEMENT, &PL_KEYS_BASELINES,
    &PL_KEYS_EVALS,   &PL_KEYS_ROUTE, &PL_KEYS_TRAFFIC,   &PL_KEYS_SERVE,
};

#define PARTS_COUNT (sizeof PARTS / sizeof *PARTS)

size_t pl_keys_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < PARTS_COUNT; i++)
        count += PARTS[i]->count;
    return count;
}

const struct pl_key *pl_key_at(size_t index)
{
    size_t i = 0;

    while (index >= PARTS[i]->count) {
        index -= PARTS[i]->count;
        i++;
        assert(i < PARTS_COUNT);
    }
    return &PARTS[i]->rows[index];
}

const struct pl_key *pl_key_find(enum pl_section section, struct pl_str name)
{
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section && pl_str_equal_text(name, pl_key_at(i)->name))
            return pl_key_at(i);
    return NULL;
}

size_t pl_key_names(enum pl_section section, const char **ret_names, size_t names_max)
{
    size_t count = 0;

    for (size_t i = 0; i < pl_keys_count() && count < names_max; i++)
        if (pl_key_at(i)->section == section)
            ret_names[count++] = pl_key_at(i)->name;
    return count;
}
