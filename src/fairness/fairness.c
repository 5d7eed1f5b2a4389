/*
 * Fairness of everything measured: for each grouping who is compared with whom, every definition,
 * the figures of the whole, and what cannot hold together.
 */
#include "fairness/fairness.h"

#include "fairness/compare.h"

#include <assert.h>

/* Beside those of the definitions: what conflicts speak of. */
static const char *const ALWAYS[] = {
    "selection_rate", "base_rate",          "error_rate",
    "precision",      "true_positive_rate", "false_positive_rate",
};

#define GROUPS_SHOWN_MAX 64
#define ALWAYS_COUNT     (sizeof ALWAYS / sizeof *ALWAYS)

/* A definition whose measures were measured. */
struct usable {
    const struct pl_fairness_definition *definition;
    struct pl_fairness_indices indices;
};

struct run {
    const struct pl_measured *measured;
    const struct pl_between *betweens;
    const struct pl_fairness_options *options;
    struct usable usable[PL_FAIRNESS_DEFINITIONS_MAX];
    size_t usable_count;
};

const char *pl_fairness_form_name(enum pl_fairness_form form)
{
    static const char *const NAMES[] = {
        [PL_FAIRNESS_BETWEEN] = "between",
        [PL_FAIRNESS_TO_REFERENCE] = "to_reference",
        [PL_FAIRNESS_TO_OVERALL] = "to_overall",
    };

    return NAMES[form];
}

const char *pl_fairness_conflict_name(enum pl_fairness_conflict conflict)
{
    static const char *const NAMES[] = {
        [PL_CONFLICT_UNKNOWN] = "unknown",
        [PL_CONFLICT_EXCLUDE] = "exclude_each_other",
        [PL_CONFLICT_EQUAL_BASES] = "base_rates_may_be_equal",
        [PL_CONFLICT_PERFECT] = "predictions_are_perfect",
        [PL_CONFLICT_USELESS] = "score_may_say_nothing",
    };

    return NAMES[conflict];
}

bool pl_fairness_find_metric(const struct pl_measured *measured, const char *name,
                             size_t *ret_index)
{
    for (size_t i = 0; i < measured->metrics_count; i++)
        if (pl_str_equal_text(measured->metrics[i].name, name)) {
            *ret_index = i;
            return true;
        }
    return false;
}

static void add_name(struct pl_str *names, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++)
        if (pl_str_equal_text(names[i], name))
            return;
    names[(*count)++] = pl_str_of(name);
}

enum pl_status pl_fairness_measures(const struct pl_fairness_options *options,
                                    struct pl_arena *arena, struct pl_strs *ret_names,
                                    struct pl_error *error)
{
    const size_t most = options->definitions_count * PL_FAIRNESS_MEASURES_MAX + ALWAYS_COUNT;
    struct pl_str *names = pl_arena_alloc_array(arena, most, sizeof *names);
    size_t count = 0;

    if (names == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    for (size_t i = 0; i < options->definitions_count; i++)
        for (size_t j = 0; j < PL_FAIRNESS_MEASURES_MAX; j++)
            if (options->definitions[i]->measures[j] != NULL)
                add_name(names, &count, options->definitions[i]->measures[j]);
    for (size_t i = 0; i < ALWAYS_COUNT; i++)
        add_name(names, &count, ALWAYS[i]);
    *ret_names = (struct pl_strs){names, count};
    return PL_OK;
}

static bool find_indices(const struct pl_measured *measured,
                         const struct pl_fairness_definition *definition,
                         struct pl_fairness_indices *ret_indices)
{
    struct pl_fairness_indices indices = {0};

    for (size_t i = 0; i < PL_FAIRNESS_MEASURES_MAX && definition->measures[i] != NULL; i++)
        if (!pl_fairness_find_metric(measured, definition->measures[i],
                                     &indices.metrics[indices.count++]))
            return false;
    *ret_indices = indices;
    return true;
}

static enum pl_status sort_definitions(struct run *run, struct pl_arena *arena,
                                       struct pl_fairness *fairness, struct pl_error *error)
{
    const struct pl_fairness_options *options = run->options;
    const struct pl_fairness_definition **left_out =
        pl_arena_alloc_array(arena, options->definitions_count + 1, sizeof *left_out);

    if (left_out == NULL)
        return pl_arena_error(arena, "the definitions of fairness", error);
    for (size_t i = 0; i < options->definitions_count; i++) {
        struct usable usable = {.definition = options->definitions[i]};

        if (find_indices(run->measured, usable.definition, &usable.indices))
            run->usable[run->usable_count++] = usable;
        else
            left_out[fairness->left_out_count++] = usable.definition;
    }
    fairness->left_out = left_out;
    return PL_OK;
}

/* ---- who is compared with whom ---- */

/* Whether a slice is of the groups that the references name; segments without one do not matter. */
static bool is_named(const struct run *run, const struct pl_slice *slice, bool *ret_any)
{
    const struct pl_fairness_options *options = run->options;

    for (size_t i = 0; i < options->references_count; i++)
        for (uint32_t j = 0; j < slice->crossing->count; j++) {
            if (slice->crossing->segments[j] != options->references[i].segment)
                continue;
            *ret_any = true;
            if (!pl_str_equal(pl_slice_group(run->measured, slice, j),
                              options->references[i].group))
                return false;
        }
    return true;
}

/* The largest group of those that the references leave; of equals the first. */
static void choose_reference(const struct run *run, struct pl_fairness_field *field,
                             struct pl_fairness_grouping *out)
{
    for (size_t i = 0; i < field->judged_count; i++) {
        const struct pl_slice *slice = field->judged[i];
        bool any = false;

        if (!is_named(run, slice, &any))
            continue;
        out->reference_named = any;
        if (field->reference == NULL || slice->n > field->reference->n)
            field->reference = slice;
    }
    out->reference = field->reference;
}

static enum pl_status split_groups(const struct run *run, const struct pl_grouping *grouping,
                                   struct pl_arena *arena, struct pl_fairness_field *field,
                                   struct pl_fairness_grouping *out, struct pl_error *error)
{
    const struct pl_slice **too_small =
        pl_arena_alloc_array(arena, grouping->slices_count + 1, sizeof *too_small);

    field->judged = pl_arena_alloc_array(arena, grouping->slices_count + 1, sizeof *field->judged);
    if (too_small == NULL || field->judged == NULL)
        return pl_arena_error(arena, "the groups to compare", error);
    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];

        if (slice->too_small)
            too_small[out->too_small_count++] = slice;
        else
            field->judged[field->judged_count++] = slice;
    }
    out->too_small = too_small;
    out->judged_count = field->judged_count;
    choose_reference(run, field, out);
    return PL_OK;
}

/* ---- one grouping ---- */

/* Without a reference nothing is compared to one, and there is at most one group. */
static enum pl_status compare_all(const struct run *run, const struct pl_fairness_field *field,
                                  struct pl_arena *arena, struct pl_fairness_grouping *out,
                                  struct pl_error *error)
{
    struct pl_fairness_figures *figures =
        pl_arena_alloc_array(arena, run->usable_count + 1, sizeof *figures);

    if (figures == NULL)
        return pl_arena_error(arena, "the figures of fairness", error);
    for (size_t i = 0; i < run->usable_count; i++) {
        struct pl_fairness_group *groups =
            pl_arena_alloc_array(arena, field->judged_count + 1, sizeof *groups);

        if (groups == NULL)
            return pl_arena_error(arena, "the figures of fairness", error);
        pl_fairness_compare(field, run->usable[i].definition, &run->usable[i].indices, groups,
                            &figures[i]);
    }
    out->figures = figures;
    out->figures_count = run->usable_count;
    return PL_OK;
}

static enum pl_status make_grouping(const struct run *run, size_t index, struct pl_arena *arena,
                                    struct pl_fairness_grouping *out, struct pl_error *error)
{
    const struct pl_grouping *grouping = &run->measured->groupings[index];
    struct pl_fairness_field field = {
        .measured = run->measured,
        .grouping = grouping,
        .betweens = &run->betweens[index * run->measured->metrics_count],
    };

    *out = (struct pl_fairness_grouping){.grouping = grouping};
    PL_RETURN_IF(split_groups(run, grouping, arena, &field, out, error));
    PL_RETURN_IF(compare_all(run, &field, arena, out, error));
    PL_RETURN_IF(pl_fairness_differ(&field, arena, out, error));
    pl_fairness_inequalities(&field, out);
    return pl_fairness_find_conflicts(&field, arena, &out->conflicts, error);
}

/* A reference must be a group of its segment: else nobody would notice that it is not used. */
static enum pl_status check_reference(const struct pl_cells *cells,
                                      const struct pl_fairness_reference *reference,
                                      struct pl_error *error)
{
    const struct pl_groups *groups = &cells->segments[reference->segment];
    const char *names[GROUPS_SHOWN_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < groups->count; i++)
        if (pl_str_equal(groups->names[i], reference->group))
            return PL_OK;
    for (uint32_t i = 0; i < groups->count && count < GROUPS_SHOWN_MAX; i++)
        names[count++] = groups->names[i].ptr;

    const char *nearest = pl_str_nearest(reference->group, names, count);

    return pl_error_set(error, PL_E_USAGE, "there is no group `%.*s` in segment `%.*s`%s%s%s",
                        PL_STR_ARG(reference->group), PL_STR_ARG(groups->segment),
                        nearest != NULL ? "; did you mean `" : "", nearest != NULL ? nearest : "",
                        nearest != NULL ? "`?" : "");
}

enum pl_status pl_fairness_run(const struct pl_measured *measured,
                               const struct pl_between *betweens,
                               const struct pl_fairness_options *options, struct pl_arena *arena,
                               struct pl_fairness **ret_fairness, struct pl_error *error)
{
    const size_t count = measured->groupings_count;
    struct run run = {.measured = measured, .betweens = betweens, .options = options};
    struct pl_fairness *fairness = pl_arena_alloc(arena, sizeof *fairness);
    struct pl_fairness_grouping *groupings =
        pl_arena_alloc_array(arena, count + 1, sizeof *groupings);

    assert(options->definitions_count <= PL_FAIRNESS_DEFINITIONS_MAX);
    if (fairness == NULL || groupings == NULL)
        return pl_arena_error(arena, "the figures of fairness", error);
    for (size_t i = 0; i < options->references_count; i++)
        PL_RETURN_IF(check_reference(measured->cells, &options->references[i], error));
    PL_RETURN_IF(sort_definitions(&run, arena, fairness, error));
    for (size_t i = 0; i < count; i++)
        PL_RETURN_IF(make_grouping(&run, i, arena, &groupings[i], error));
    fairness->groupings = groupings;
    fairness->groupings_count = count;
    *ret_fairness = fairness;
    return PL_OK;
}
