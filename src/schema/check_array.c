/* What a schema says of arrays: how many items, each of them, one that must be there, none twice. */
#include <stdlib.h>
#include <string.h>

#include "json/compare.h"
#include "schema/check.h"

/* Arrays up to this many items are compared pair by pair. */
#define PAIRWISE_MAX 8

static struct pl_schema_subject item_of(const struct pl_schema_subject *array,
                                        const struct pl_json_value *value, size_t index)
{
    return (struct pl_schema_subject){.value = value, .above = array, .index = index};
}

static bool check_count(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject)
{
    const struct pl_schema_arrays *arrays = node->arrays;
    const size_t count = pl_json_value_count(subject->value);

    if (count < arrays->count_min)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "minItems", subject},
                                   "must have at least %zu items, and has %zu", arrays->count_min,
                                   count);
    if (count > arrays->count_max)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "maxItems", subject},
                                   "must have at most %zu items, and has %zu", arrays->count_max,
                                   count);
    return true;
}

static bool check_items(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                        const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const struct pl_schema_arrays *arrays = node->arrays;
    struct pl_json_walk walk = pl_json_value_walk(subject->value);
    bool ok = true;

    if (arrays->prefix.count == 0 && arrays->rest == NULL)
        return true;
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        const struct pl_schema_node *below =
            i < arrays->prefix.count ? arrays->prefix.items[i] : arrays->rest;
        const struct pl_schema_subject item = item_of(subject, walk.value, i);

        if (below == NULL)
            break;
        if (pl_schema_is_over(checker, pl_schema_check_node(checker, below, &item, NULL), &ok))
            return false;
        if (marks != NULL)
            pl_schema_marks_set(marks, i);
    }
    return ok;
}

static bool check_contains(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                           const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    const struct pl_schema_arrays *arrays = node->arrays;
    struct pl_json_walk walk = pl_json_value_walk(subject->value);
    size_t found = 0;

    if (arrays->contains == NULL)
        return true;
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        const struct pl_schema_subject item = item_of(subject, walk.value, i);

        if (!pl_schema_try_node(checker, arrays->contains, &item, NULL))
            continue;
        found++;
        if (marks != NULL)
            pl_schema_marks_set(marks, i);
    }
    if (found < arrays->contains_min)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "contains", subject},
                                   "must have at least %zu items of a kind, and has %zu",
                                   arrays->contains_min, found);
    if (found > arrays->contains_max)
        return pl_schema_fault_add(checker, (struct pl_schema_where){node, "maxContains", subject},
                                   "must have at most %zu items of a kind, and has %zu",
                                   arrays->contains_max, found);
    return true;
}

/* --- no item twice ---------------------------------------------------------------------------- */

/* Room for that many items, and a table at most half full. */
static bool reserve(struct pl_schema_checker *checker, size_t count, size_t slots_count)
{
    if (count > checker->items_room) {
        uint64_t *hashes = realloc(checker->hashes, count * sizeof *hashes);

        if (hashes != NULL)
            checker->hashes = hashes;

        const struct pl_json_value **items =
            realloc((void *)(uintptr_t)checker->items, count * sizeof(*items));

        if (items != NULL)
            checker->items = items;
        if (hashes == NULL || items == NULL)
            return pl_schema_give_up(checker, PL_E_MEMORY, "no memory for a check");
        checker->items_room = count;
    }
    if (slots_count > checker->slots_room) {
        uint32_t *slots = realloc(checker->slots, slots_count * sizeof *slots);

        if (slots == NULL)
            return pl_schema_give_up(checker, PL_E_MEMORY, "no memory for a check");
        checker->slots = slots;
        checker->slots_room = slots_count;
    }
    memset(checker->slots, 0, slots_count * sizeof *checker->slots);
    return true;
}

static bool is_twin(struct pl_schema_checker *checker, size_t i, size_t j)
{
    if (checker->hashes[i] != checker->hashes[j])
        return false;
    if (checker->steps_left == 0)
        return pl_schema_give_up(checker, PL_E_LIMIT, "the check takes too many steps");
    checker->steps_left--;
    return pl_json_value_equal(checker->items[i], checker->items[j]);
}

/* The first two items that are equal, by a table of hashes; false when there are none. */
static bool find_twins_hashed(struct pl_schema_checker *checker, const struct pl_json_value *array,
                              size_t twins[2])
{
    struct pl_json_walk walk = pl_json_value_walk(array);
    size_t slots_count = 2 * PAIRWISE_MAX;

    while (slots_count < 2 * pl_json_value_count(array))
        slots_count *= 2;
    if (!reserve(checker, pl_json_value_count(array), slots_count))
        return false;
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        size_t at;

        checker->items[i] = walk.value;
        checker->hashes[i] = pl_json_value_hash(walk.value);
        at = (size_t)checker->hashes[i] & (slots_count - 1);
        for (; checker->slots[at] != 0; at = (at + 1) & (slots_count - 1)) {
            twins[0] = checker->slots[at] - 1;
            twins[1] = i;
            if (is_twin(checker, twins[0], i))
                return true;
            if (checker->error.status != PL_OK)
                return false;
        }
        checker->slots[at] = (uint32_t)i + 1;
    }
    return false;
}

static bool find_twins_pairwise(const struct pl_json_value *array, size_t twins[2])
{
    const struct pl_json_value *items[PAIRWISE_MAX];
    struct pl_json_walk walk = pl_json_value_walk(array);

    for (twins[1] = 0; pl_json_walk_next(&walk); twins[1]++) {
        for (twins[0] = 0; twins[0] < twins[1]; twins[0]++)
            if (pl_json_value_equal(items[twins[0]], walk.value))
                return true;
        items[twins[1]] = walk.value;
    }
    return false;
}

static bool check_unique(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                         const struct pl_schema_subject *subject)
{
    const struct pl_json_value *array = subject->value;
    size_t twins[2] = {0, 0};

    if (!node->arrays->unique)
        return true;
    if (!(pl_json_value_count(array) <= PAIRWISE_MAX ? find_twins_pairwise(array, twins)
                                                     : find_twins_hashed(checker, array, twins)))
        return true;
    return pl_schema_fault_add(checker, (struct pl_schema_where){node, "uniqueItems", subject},
                               "must not have an item twice, and items %zu and %zu are equal",
                               twins[0], twins[1]);
}

bool pl_schema_check_array(struct pl_schema_checker *checker, const struct pl_schema_node *node,
                           const struct pl_schema_subject *subject, struct pl_schema_marks *marks)
{
    bool ok = true;

    if (pl_schema_is_over(checker, check_count(checker, node, subject), &ok) ||
        pl_schema_is_over(checker, check_items(checker, node, subject, marks), &ok) ||
        pl_schema_is_over(checker, check_contains(checker, node, subject, marks), &ok) ||
        pl_schema_is_over(checker, check_unique(checker, node, subject), &ok))
        return false;
    return ok;
}
