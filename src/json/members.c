/* Members of an object, sorted by name. */
#include "json/members.h"

#include <stdlib.h>

static int by_name(const void *a, const void *b)
{
    const struct pl_json_member *x = a, *y = b;
    const int order = pl_str_compare(x->name, y->name);

    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

bool pl_json_members_sort(const struct pl_json_value *object, struct pl_json_members *ret_members)
{
    const size_t count = pl_json_value_count(object);
    struct pl_json_member *items = calloc(count > 0 ? count : 1, sizeof *items);
    struct pl_json_walk walk = pl_json_value_walk(object);

    if (items == NULL)
        return false;
    for (size_t i = 0; pl_json_walk_next(&walk); i++)
        items[i] = (struct pl_json_member){walk.name, walk.value, i};
    qsort(items, count, sizeof *items, by_name);
    *ret_members = (struct pl_json_members){items, count};
    return true;
}

void pl_json_members_deinit(struct pl_json_members *members)
{
    free(members->items);
    *members = (struct pl_json_members){0};
}
