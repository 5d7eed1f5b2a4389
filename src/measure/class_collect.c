/*
 * Takes the rows of tasks with classes: texts become sets of classes, each looked up once, and every
 * row of the result a pair of sets in its leaf.
 */
#include "measure/class_loader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum pl_status too_many_classes(const struct pl_loader *loader, struct pl_error *error)
{
    const struct pl_data *data = &loader->plan->line->data;

    return pl_line_error(loader->plan->line, data->label_place, PL_E_LIMIT, error,
                         "label and prediction name more than %d classes: are `%.*s` and `%.*s` "
                         "the right columns?",
                         PL_CLASSES_MAX, PL_STR_ARG(data->label), PL_STR_ARG(data->prediction));
}

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t first = *(const uint32_t *)a;
    const uint32_t second = *(const uint32_t *)b;

    return first < second ? -1 : first > second;
}

/* The classes of a text, ascending and once each. */
static enum pl_status read_members(struct pl_loader *loader, struct pl_str text,
                                   uint32_t members[PL_CLASSES_MAX], size_t *ret_count,
                                   struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    struct pl_str rest = text;
    size_t count = 0;

    while (rest.len > 0) {
        const char *end = task->single ? NULL : memchr(rest.ptr, PL_CLASS_SEPARATOR, rest.len);
        const size_t length = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        const struct pl_str name = pl_class_name((struct pl_str){rest.ptr, length});
        uint32_t number = 0;

        rest.ptr += end == NULL ? length : length + 1;
        rest.len -= end == NULL ? length : length + 1;
        if (name.len == 0)
            continue;
        PL_RETURN_IF(pl_intern_number(&task->classes, name, &number, error));
        if (number == PL_INTERN_FULL || count == PL_CLASSES_MAX)
            return too_many_classes(loader, error);
        members[count++] = number;
    }
    qsort(members, count, sizeof *members, compare_numbers);
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
        if (i == 0 || members[i] != members[i - 1])
            members[(*ret_count)++] = members[i];
    return PL_OK;
}

static enum pl_status read_set(struct pl_loader *loader, struct pl_str text, uint32_t *ret_set,
                               struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    uint32_t members[PL_CLASSES_MAX];
    size_t count = 0;

    PL_RETURN_IF(read_members(loader, text, members, &count, error));
    /* Blanks are no class: of a set they are left out, and alone they are no answer. */
    if (task->single && count == 0) {
        *ret_set = PL_CLASS_UNKNOWN;
        return PL_OK;
    }

    const struct pl_str key = {(const char *)members, count * sizeof *members};

    PL_RETURN_IF(pl_intern_number(&task->sets, key, ret_set, error));
    if (*ret_set == PL_INTERN_FULL)
        return pl_error_set(error, PL_E_LIMIT,
                            "labels and predictions are of more than %d different sets of classes",
                            PL_CLASS_SETS_MAX);
    return PL_OK;
}

static enum pl_status reserve_texts(struct pl_class_loader *task, struct pl_error *error)
{
    if (task->texts.count < task->text_sets_size)
        return PL_OK;

    const size_t size = task->text_sets_size == 0 ? 256 : task->text_sets_size * 2;
    uint32_t *grown = realloc(task->text_sets, size * sizeof *grown);

    if (grown == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu labels", size);
    task->text_sets = grown;
    task->text_sets_size = size;
    return PL_OK;
}

/* The set of a text; only a text that was not seen before is taken apart. */
static enum pl_status find_set(struct pl_loader *loader, struct pl_str text, uint32_t *ret_set,
                               struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    const uint32_t known = task->texts.count;
    uint32_t number = 0;

    PL_RETURN_IF(reserve_texts(task, error));
    PL_RETURN_IF(pl_intern_number(&task->texts, text, &number, error));
    if (number == PL_INTERN_FULL)
        return pl_error_set(error, PL_E_LIMIT,
                            "labels and predictions have more than %d different values",
                            PL_CLASS_SETS_MAX);
    if (number == known)
        PL_RETURN_IF(read_set(loader, text, &task->text_sets[number], error));
    *ret_set = task->text_sets[number];
    return PL_OK;
}

static enum pl_status find_number(struct pl_loader *loader, int64_t value, uint32_t *ret_set,
                                  struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    const bool is_small = value >= 0 && value < PL_CLASS_SMALL_NUMBER;
    char digits[24];

    if (is_small && task->small[value] != 0) {
        *ret_set = task->small[value] - 1;
        return PL_OK;
    }
    (void)snprintf(digits, sizeof digits, "%lld", (long long)value);
    PL_RETURN_IF(find_set(loader, pl_str_of(digits), ret_set, error));
    if (is_small)
        task->small[value] = *ret_set + 1;
    return PL_OK;
}

static enum pl_status take_set(struct pl_loader *loader, const struct pl_batch *batch, int item,
                               const struct pl_loader_row *row, uint32_t *ret_set,
                               struct pl_error *error)
{
    *ret_set = PL_CLASS_UNKNOWN;
    if (item == PL_PLAN_NONE || !pl_vector_valid(batch->columns[item].valid, row->index))
        return PL_OK;

    const struct pl_vector *vector = &batch->columns[item];

    return vector->type == PL_TYPE_INTEGER
               ? find_number(loader, vector->integers[row->index], ret_set, error)
               : find_set(loader, vector->texts[row->index], ret_set, error);
}

static enum pl_status keep_pair(struct pl_class_loader *task, const struct pl_leaf_pair *pair,
                                struct pl_error *error)
{
    if (task->pairs_count == task->pairs_size) {
        const size_t size = task->pairs_size == 0 ? 1024 : task->pairs_size * 2;
        struct pl_leaf_pair *grown = realloc(task->pairs, size * sizeof *grown);

        if (grown == NULL || size > PL_PAIRS_MAX) {
            task->pairs = grown == NULL ? task->pairs : grown;
            return pl_error_set(error, PL_E_LIMIT,
                                "no room for %zu combinations of group, label and prediction",
                                size);
        }
        task->pairs = grown;
        task->pairs_size = size;
    }
    task->pairs[task->pairs_count++] = *pair;
    return PL_OK;
}

/* What the confusions say: whether there is a label, and whether the prediction is right. */
static void mark_row(struct pl_loader_row *row, uint32_t label, uint32_t prediction)
{
    row->kind.label = label == PL_CLASS_UNKNOWN ? PL_UNKNOWN : PL_POSITIVE;
    if (prediction == PL_CLASS_UNKNOWN)
        row->kind.prediction = PL_UNKNOWN;
    else
        row->kind.prediction =
            label == PL_CLASS_UNKNOWN || label == prediction ? PL_POSITIVE : PL_NEGATIVE;
}

/* The classes of the probabilities are known before any row, and so are their columns. */
static enum pl_status take_probabilities(struct pl_loader *loader, struct pl_error *error)
{
    struct pl_class_loader *task = loader->task;
    const struct pl_plan *plan = loader->plan;
    const struct pl_mappings *given = &plan->line->data.probabilities;

    task->probability_classes = pl_arena_alloc_array(loader->arena, plan->columns_count + 1,
                                                     sizeof *task->probability_classes);
    if (task->probability_classes == NULL)
        return pl_arena_error(loader->arena, "the classes", error);
    for (size_t column = 0; column < plan->columns_count; column++)
        task->probability_classes[column] = PL_CLASS_UNKNOWN;
    for (size_t i = 0; i < given->count; i++) {
        uint32_t class = 0;

        PL_RETURN_IF(
            pl_intern_number(&task->classes, pl_class_name(given->items[i].from), &class, error));
        if (class == PL_INTERN_FULL)
            return too_many_classes(loader, error);
        for (size_t column = 0; column < plan->columns_count; column++)
            if (pl_str_equal(plan->columns[column].name, given->items[i].to))
                task->probability_classes[column] = class;
    }
    return PL_OK;
}

static enum pl_status start(struct pl_loader *loader, struct pl_error *error)
{
    struct pl_class_loader *task = calloc(1, sizeof *task);

    if (task == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to load the classes");
    loader->task = task;
    task->single = loader->plan->line->data.task == PL_TASK_MULTICLASS;
    pl_intern_init(&task->texts, PL_CLASS_SETS_MAX);
    pl_intern_init(&task->classes, PL_CLASSES_MAX);
    pl_intern_init(&task->sets, PL_CLASS_SETS_MAX);
    return take_probabilities(loader, error);
}

enum pl_status pl_classes_answer(struct pl_loader *loader, const struct pl_plan *plan,
                                 const struct pl_batch *batch, struct pl_loader_row *row,
                                 struct pl_error *error)
{
    uint32_t label = 0;
    uint32_t prediction = 0;

    /* Of no rows the first query brought none. */
    if (loader->task == NULL)
        return PL_OK;
    PL_RETURN_IF(take_set(loader, batch, plan->label, row, &label, error));
    PL_RETURN_IF(take_set(loader, batch, plan->prediction, row, &prediction, error));
    mark_row(row, label, prediction);
    return PL_OK;
}

enum pl_status pl_classes_take(struct pl_loader *loader, const struct pl_batch *batch,
                               struct pl_loader_row *row, struct pl_error *error)
{
    if (loader->task == NULL)
        PL_RETURN_IF(start(loader, error));

    struct pl_class_loader *task = loader->task;
    const double count = (double)row->kind.count;
    struct pl_leaf_pair pair = {
        .leaf = row->leaf,
        .pair = {.n = row->kind.count,
                 .weight = count * row->kind.weight,
                 .weight_squared = count * row->kind.weight * row->kind.weight}};

    PL_RETURN_IF(take_set(loader, batch, loader->plan->label, row, &pair.pair.label, error));
    PL_RETURN_IF(
        take_set(loader, batch, loader->plan->prediction, row, &pair.pair.prediction, error));
    task->label = pair.pair.label;
    mark_row(row, pair.pair.label, pair.pair.prediction);
    pl_confusion_add(&loader->confusions[row->leaf], &row->kind);
    return keep_pair(task, &pair, error);
}

/* A probability is of one class: its values carry whether that class is the label. */
enum pl_mark pl_classes_mark(const struct pl_loader *loader, const struct pl_loader_row *row,
                             size_t column)
{
    const struct pl_class_loader *task = loader->task;
    const uint32_t class = task->probability_classes[column];

    if (class == PL_CLASS_UNKNOWN || task->label == PL_CLASS_UNKNOWN)
        return row->kind.label;

    const struct pl_str key = task->sets.keys[task->label];

    assert(key.len == sizeof class);
    return memcmp(key.ptr, &class, sizeof class) == 0 ? PL_POSITIVE : PL_NEGATIVE;
}

void pl_classes_abandon(struct pl_loader *loader)
{
    struct pl_class_loader *task = loader->task;

    if (task == NULL)
        return;
    pl_intern_deinit(&task->texts);
    pl_intern_deinit(&task->classes);
    pl_intern_deinit(&task->sets);
    free(task->text_sets);
    free(task->pairs);
    free(task);
    loader->task = NULL;
}
