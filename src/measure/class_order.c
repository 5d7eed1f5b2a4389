/*
 * Puts classes, sets and pairs into the order of their names, so that nothing depends on the order in
 * which rows came, and adds up the pairs that are alike.
 */
#include "measure/class_loader.h"

#include <stdlib.h>
#include <string.h>

/* A class and what it sorts by. */
struct named {
    struct pl_str name;
    double number;
    uint32_t arrival;
};

static int compare_texts(const void *a, const void *b)
{
    return pl_str_compare(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int compare_values(const void *a, const void *b)
{
    const double first = ((const struct named *)a)->number;
    const double second = ((const struct named *)b)->number;

    if (first < second || first > second)
        return first < second ? -1 : 1;
    return compare_texts(a, b);
}

/* True for the text of a whole number that a double holds. */
static bool read_whole(struct pl_str text, double *ret_number)
{
    const size_t sign = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;

    for (size_t i = sign; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > sign && text.len - sign <= 15 && pl_str_to_double(text, ret_number);
}

/* Names in order; `ret_places` says where each class by arrival went. */
static enum pl_status order_classes(struct pl_loader *loader, struct pl_class_cells *classes,
                                    uint32_t *ret_places, struct pl_error *error)
{
    const struct pl_intern *arrived = &((struct pl_class_loader *)loader->task)->classes;
    struct named *named = pl_arena_alloc_array(loader->arena, arrived->count, sizeof *named);
    struct pl_str *names = pl_arena_alloc_array(loader->arena, arrived->count, sizeof *names);
    bool all_whole = true;

    if (named == NULL || names == NULL)
        return pl_arena_error(loader->arena, "the names of the classes", error);
    for (uint32_t i = 0; i < arrived->count; i++) {
        named[i] = (struct named){.name = arrived->keys[i], .arrival = i};
        all_whole = read_whole(named[i].name, &named[i].number) && all_whole;
    }
    qsort(named, arrived->count, sizeof *named, all_whole ? compare_values : compare_texts);
    for (uint32_t i = 0; i < arrived->count; i++) {
        ret_places[named[i].arrival] = i;
        names[i] = pl_arena_copy(loader->arena, named[i].name);
        if (names[i].ptr == NULL)
            return pl_arena_error(loader->arena, "the names of the classes", error);
    }
    classes->names = names;
    classes->classes_count = arrived->count;
    return PL_OK;
}

/* A set with its classes in their places, ascending. */
struct ordered_set {
    const uint32_t *members;
    uint32_t count;
    uint32_t arrival;
};

static int compare_members(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a;
    const uint32_t second = *(const uint32_t *)b;

    return first < second ? -1 : first > second;
}

static int compare_sets(const void *a, const void *b)
{
    const struct ordered_set *first = a;
    const struct ordered_set *second = b;

    for (uint32_t i = 0; i < first->count && i < second->count; i++)
        if (first->members[i] != second->members[i])
            return first->members[i] < second->members[i] ? -1 : 1;
    return first->count < second->count ? -1 : first->count > second->count;
}

/* The sets by arrival, with their classes in their places. */
static enum pl_status place_members(struct pl_loader *loader, const uint32_t *class_places,
                                    struct ordered_set *ret_sets, size_t *ret_members_count,
                                    struct pl_error *error)
{
    const struct pl_intern *arrived = &((struct pl_class_loader *)loader->task)->sets;

    *ret_members_count = 0;
    for (uint32_t i = 0; i < arrived->count; i++) {
        const uint32_t count = (uint32_t)(arrived->keys[i].len / sizeof(uint32_t));
        uint32_t *members = pl_arena_alloc_array(loader->arena, count, sizeof *members);

        if (members == NULL)
            return pl_arena_error(loader->arena, "the sets of classes", error);
        memcpy(members, arrived->keys[i].ptr, arrived->keys[i].len);
        for (uint32_t j = 0; j < count; j++)
            members[j] = class_places[members[j]];
        qsort(members, count, sizeof *members, compare_members);
        ret_sets[i] = (struct ordered_set){members, count, i};
        *ret_members_count += count;
    }
    return PL_OK;
}

static enum pl_status order_sets(struct pl_loader *loader, const uint32_t *class_places,
                                 struct pl_class_cells *classes, uint32_t *ret_places,
                                 struct pl_error *error)
{
    const struct pl_class_loader *task = loader->task;
    const uint32_t count = task->sets.count;
    struct ordered_set *sets = pl_arena_alloc_array(loader->arena, count, sizeof *sets);
    uint32_t *starts = pl_arena_alloc_array(loader->arena, (size_t)count + 1, sizeof *starts);
    size_t members_count = 0;

    if (sets == NULL || starts == NULL)
        return pl_arena_error(loader->arena, "the sets of classes", error);
    PL_RETURN_IF(place_members(loader, class_places, sets, &members_count, error));
    qsort(sets, count, sizeof *sets, compare_sets);

    uint32_t *members = pl_arena_alloc_array(loader->arena, members_count, sizeof *members);

    if (members == NULL)
        return pl_arena_error(loader->arena, "the sets of classes", error);
    for (uint32_t i = 0; i < count; i++) {
        ret_places[sets[i].arrival] = i;
        if (sets[i].count > 0)
            memcpy(members + starts[i], sets[i].members, sets[i].count * sizeof *members);
        starts[i + 1] = starts[i] + sets[i].count;
    }
    classes->sets = (struct pl_class_sets){.starts = starts,
                                           .members = members,
                                           .count = count,
                                           .classes_count = classes->classes_count,
                                           .single = task->single};
    return PL_OK;
}

enum sort_key { BY_PREDICTION, BY_LABEL, BY_LEAF };
#define SORT_KEYS 3

/* Pairs on their way into order, from one array to the other and back. */
struct sorting {
    struct pl_leaf_pair *from;
    struct pl_leaf_pair *to;
    size_t count;
    size_t *starts;               /* scratch: one more than the largest of `keys_count` */
    size_t keys_count[SORT_KEYS]; /* keys lie below it */
};

static size_t key_of(const struct pl_leaf_pair *pair, enum sort_key key)
{
    if (key == BY_LEAF)
        return pair->leaf;
    return key == BY_LABEL ? pair->pair.label : pair->pair.prediction;
}

/* One stable pass of counting. */
static void sort_pass(struct sorting *sorting, enum sort_key key)
{
    struct pl_leaf_pair *const from = sorting->from;

    memset(sorting->starts, 0, (sorting->keys_count[key] + 1) * sizeof *sorting->starts);
    for (size_t i = 0; i < sorting->count; i++)
        sorting->starts[key_of(&from[i], key) + 1]++;
    for (size_t i = 0; i < sorting->keys_count[key]; i++)
        sorting->starts[i + 1] += sorting->starts[i];
    for (size_t i = 0; i < sorting->count; i++)
        sorting->to[sorting->starts[key_of(&from[i], key)]++] = from[i];
    sorting->from = sorting->to;
    sorting->to = from;
}

static bool is_alike(const struct pl_leaf_pair *a, const struct pl_leaf_pair *b)
{
    return a->leaf == b->leaf && a->pair.label == b->pair.label &&
           a->pair.prediction == b->pair.prediction;
}

/* Adds up pairs that are alike, which stand side by side; returns how many are left. */
static size_t merge_pairs(struct pl_leaf_pair *pairs, size_t count)
{
    size_t used = 0;

    for (size_t i = 0; i < count; i++) {
        if (used == 0 || !is_alike(&pairs[used - 1], &pairs[i])) {
            pairs[used++] = pairs[i];
            continue;
        }
        pairs[used - 1].pair.n += pairs[i].pair.n;
        pairs[used - 1].pair.weight += pairs[i].pair.weight;
        pairs[used - 1].pair.weight_squared += pairs[i].pair.weight_squared;
    }
    return used;
}

/* Pairs get the places of their leaves and sets; unknown sorts last. */
static void place_pairs(const struct pl_loader *loader, const uint32_t *set_places)
{
    struct pl_class_loader *task = loader->task;
    const uint32_t unknown = task->sets.count;

    for (size_t i = 0; i < task->pairs_count; i++) {
        struct pl_leaf_pair *pair = &task->pairs[i];
        struct pl_class_pair *sets = &pair->pair;

        pair->leaf = loader->places[pair->leaf];
        sets->label = sets->label == PL_CLASS_UNKNOWN ? unknown : set_places[sets->label];
        sets->prediction =
            sets->prediction == PL_CLASS_UNKNOWN ? unknown : set_places[sets->prediction];
    }
}

static enum pl_status sort_pairs(struct pl_class_loader *task, size_t leaves_count,
                                 struct pl_error *error)
{
    const size_t sets_count = (size_t)task->sets.count + 1;
    const size_t most = leaves_count > sets_count ? leaves_count : sets_count;
    struct sorting sorting = {
        .from = task->pairs,
        .to = malloc((task->pairs_count + 1) * sizeof *task->pairs),
        .count = task->pairs_count,
        .starts = malloc((most + 1) * sizeof(size_t)),
        .keys_count =
            {[BY_PREDICTION] = sets_count, [BY_LABEL] = sets_count, [BY_LEAF] = leaves_count},
    };
    const bool has_memory = sorting.to != NULL && sorting.starts != NULL;

    for (int key = 0; has_memory && key < SORT_KEYS; key++)
        sort_pass(&sorting, (enum sort_key)key);
    task->pairs = sorting.from;
    free(sorting.to);
    free(sorting.starts);
    if (!has_memory)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to sort %zu pairs",
                            task->pairs_count);
    task->pairs_count = merge_pairs(task->pairs, task->pairs_count);
    return PL_OK;
}

/* The pairs without their leaves, and where those of each leaf begin. */
static enum pl_status keep_pairs(struct pl_loader *loader, size_t leaves_count,
                                 struct pl_class_cells *classes, struct pl_error *error)
{
    const struct pl_class_loader *task = loader->task;
    size_t *starts = pl_arena_alloc_array(loader->arena, leaves_count + 1, sizeof *starts);
    struct pl_class_pair *pairs = malloc((task->pairs_count + 1) * sizeof *pairs);

    if (starts == NULL || pairs == NULL) {
        free(pairs);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu pairs", task->pairs_count);
    }
    for (size_t i = 0; i < task->pairs_count; i++) {
        pairs[i] = task->pairs[i].pair;
        starts[task->pairs[i].leaf + 1]++;
    }
    for (size_t leaf = 0; leaf < leaves_count; leaf++)
        starts[leaf + 1] += starts[leaf];
    classes->pairs = pairs;
    classes->owned = pairs;
    classes->leaf_starts = starts;
    return PL_OK;
}

/* By class, which column of the cells holds its probability. */
static enum pl_status place_probabilities(struct pl_loader *loader, const uint32_t *class_places,
                                          struct pl_class_cells *classes, struct pl_error *error)
{
    const struct pl_class_loader *task = loader->task;
    int *columns = pl_arena_alloc_array(loader->arena, classes->classes_count, sizeof *columns);

    if (columns == NULL)
        return pl_arena_error(loader->arena, "the classes", error);
    for (uint32_t i = 0; i < classes->classes_count; i++)
        columns[i] = -1;
    for (size_t column = 0; column < loader->plan->columns_count; column++)
        if (task->probability_classes[column] != PL_CLASS_UNKNOWN)
            columns[class_places[task->probability_classes[column]]] = (int)column;
    classes->probabilities = columns;
    return PL_OK;
}

/* Once probabilities are read, a label must have one: else the loss of its decisions is unknown. */
static enum pl_status check_probabilities(const struct pl_loader *loader,
                                          const struct pl_class_cells *classes,
                                          struct pl_error *error)
{
    const struct pl_class_loader *task = loader->task;
    const struct pl_line *line = loader->plan->line;
    bool any = false;

    for (uint32_t class = 0; class < classes->classes_count; class ++)
        any = any || classes->probabilities[class] >= 0;
    for (size_t i = 0; any && i < task->pairs_count; i++) {
        const uint32_t set = task->pairs[i].pair.label;

        if (set == classes->sets.count)
            continue;

        const uint32_t class = classes->sets.members[classes->sets.starts[set]];

        if (classes->probabilities[class] < 0)
            return pl_line_error(line, line->data.probabilities_place, PL_E_DATA, error,
                                 "%.*s: label `%.*s` has no column among `probabilities`",
                                 PL_STR_ARG(loader->plan->path), PL_STR_ARG(classes->names[class]));
    }
    return PL_OK;
}

enum pl_status pl_classes_finish(struct pl_loader *loader, struct pl_cells *cells,
                                 struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    struct pl_class_cells *classes = pl_arena_alloc(loader->arena, sizeof *classes);
    uint32_t *class_places =
        pl_arena_alloc_array(loader->arena, task->classes.count, sizeof *class_places);
    uint32_t *set_places =
        pl_arena_alloc_array(loader->arena, task->sets.count, sizeof *set_places);

    if (classes == NULL || class_places == NULL || set_places == NULL)
        return pl_arena_error(loader->arena, "the classes", error);
    PL_RETURN_IF(order_classes(loader, classes, class_places, error));
    PL_RETURN_IF(order_sets(loader, class_places, classes, set_places, error));
    PL_RETURN_IF(place_probabilities(loader, class_places, classes, error));
    place_pairs(loader, set_places);
    PL_RETURN_IF(sort_pairs(task, cells->leaves_count, error));
    PL_RETURN_IF(check_probabilities(loader, classes, error));
    PL_RETURN_IF(keep_pairs(loader, cells->leaves_count, classes, error));
    cells->classes = classes;
    return PL_OK;
}

void pl_classes_free_cells(struct pl_cells *cells)
{
    if (cells->classes != NULL)
        free(cells->classes->owned);
    cells->classes = NULL;
}
