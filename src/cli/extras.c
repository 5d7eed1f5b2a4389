/*
 * All of it is measured on the cells of the verdict, but for the quality of the source, which is asked
 * of the engine. Nothing here can change a verdict, and what has too many groups to compare in
 * reasonable time is left out and counted.
 */
#include "cli/extras.h"

#include "base/file.h"
#include "measure/more.h"

#define COMPARED_SLICES_MAX  100    /* of a segment or crossing, for the definitions of fairness */
#define CLASSES_MEASURED_MAX 40     /* with intervals of their own */
#define CONFUSIONS_MAX       200000 /* counts in the matrices of all slices */

struct gathering {
    const struct pl_gate_result *result;
    uint32_t threads;
    struct pl_arena *arena;
    struct pl_html_extras *extras;
};

/* ---- fairness ---- */

/* The segments and crossings with few enough groups to compare each with each. */
static const struct pl_crossing *choose_crossings(struct gathering *gathering, size_t *ret_count)
{
    const struct pl_measured *measured = gathering->result->measured;
    struct pl_crossing *crossings =
        pl_arena_alloc_array(gathering->arena, measured->groupings_count + 1, sizeof *crossings);
    size_t count = 0;

    for (size_t i = 0; crossings != NULL && i < measured->groupings_count; i++) {
        if (measured->groupings[i].slices_count <= COMPARED_SLICES_MAX)
            crossings[count++] = measured->groupings[i].crossing;
        else
            gathering->extras->groupings_left_out++;
    }
    *ret_count = count;
    return crossings;
}

static bool is_group(const struct pl_measured *measured, uint32_t segment, struct pl_str group)
{
    const struct pl_groups *groups = &measured->cells->segments[segment];

    for (uint32_t i = 0; i < groups->count; i++)
        if (pl_str_equal(groups->names[i], group))
            return true;
    return false;
}

/* The groups that limits of the line compare with, the first of each segment. */
static enum pl_status find_references(const struct gathering *gathering,
                                      struct pl_fairness_options *options, struct pl_error *error)
{
    const struct pl_line *line = gathering->result->line;
    struct pl_fairness_reference *references =
        pl_arena_alloc_array(gathering->arena, line->limits_count + 1, sizeof *references);
    size_t count = 0;

    if (references == NULL)
        return pl_arena_error(gathering->arena, "the reference groups", error);
    for (size_t i = 0; i < line->limits_count; i++) {
        const struct pl_limit *limit = &line->limits[i];
        bool known = limit->reference.len == 0 || limit->crossings_count == 0 ||
                     limit->crossings[0].count != 1 ||
                     !is_group(gathering->result->measured, limit->crossings[0].segments[0],
                               limit->reference);

        for (size_t j = 0; !known && j < count; j++)
            known = references[j].segment == limit->crossings[0].segments[0];
        if (!known)
            references[count++] =
                (struct pl_fairness_reference){limit->crossings[0].segments[0], limit->reference};
    }
    options->references = references;
    options->references_count = count;
    return PL_OK;
}

static enum pl_status all_definitions(const struct gathering *gathering,
                                      struct pl_fairness_options *options, struct pl_error *error)
{
    const size_t count = pl_fairness_definitions_count();
    const struct pl_fairness_definition **definitions =
        pl_arena_alloc_array(gathering->arena, count, sizeof *definitions);

    if (definitions == NULL)
        return pl_arena_error(gathering->arena, "the definitions of fairness", error);
    for (size_t i = 0; i < count; i++)
        definitions[i] = pl_fairness_definition_at(i);
    options->definitions = definitions;
    options->definitions_count = count;
    return PL_OK;
}

static enum pl_status compare(struct gathering *gathering, struct pl_measured *compared,
                              const struct pl_fairness_options *options, struct pl_error *error)
{
    const struct pl_between *betweens = NULL;
    struct pl_fairness *fairness = NULL;
    size_t betweens_count = 0;

    PL_RETURN_IF(pl_measure_between(compared, gathering->threads, gathering->arena, &betweens,
                                    &betweens_count, error));
    PL_RETURN_IF(pl_fairness_run(compared, betweens, options, gathering->arena, &fairness, error));
    gathering->extras->fairness = fairness;
    gathering->extras->compared = compared;
    return PL_OK;
}

static enum pl_status gather_fairness(struct gathering *gathering, struct pl_error *error)
{
    const struct pl_gate_result *result = gathering->result;
    struct pl_more_request request = {
        .line = result->line, .measured = result->measured, .threads = gathering->threads};
    struct pl_fairness_options options = {0};
    struct pl_measured *compared = NULL;

    if (result->line->data.task != PL_TASK_BINARY)
        return PL_OK;
    request.crossings = choose_crossings(gathering, &request.crossings_count);
    if (request.crossings == NULL)
        return pl_arena_error(gathering->arena, "the crossings", error);
    if (request.crossings_count == 0)
        return PL_OK;
    PL_RETURN_IF(all_definitions(gathering, &options, error));
    PL_RETURN_IF(find_references(gathering, &options, error));
    PL_RETURN_IF(pl_fairness_measures(&options, gathering->arena, &request.names, error));
    PL_RETURN_IF(pl_measure_more(&request, gathering->arena, &compared, error));
    return compared->metrics_count == 0 ? PL_OK : compare(gathering, compared, &options, error);
}

/* ---- classes ---- */

/* What is measured of each class by itself. */
static const char *const OF_A_CLASS[] = {"precision", "recall", "f1", "base_rate",
                                         "selection_rate"};
#define OF_A_CLASS_COUNT (sizeof OF_A_CLASS / sizeof *OF_A_CLASS)

static enum pl_status measure_classes(struct gathering *gathering,
                                      const struct pl_class_cells *classes, struct pl_error *error)
{
    struct pl_str *names = pl_arena_alloc_array(
        gathering->arena, CLASSES_MEASURED_MAX * OF_A_CLASS_COUNT, sizeof *names);
    struct pl_more_request request = {.line = gathering->result->line,
                                      .measured = gathering->result->measured,
                                      .threads = gathering->threads};
    struct pl_measured *measured = NULL;
    size_t count = 0;

    if (names == NULL)
        return pl_arena_error(gathering->arena, "the classes", error);
    for (uint32_t i = 0; i < classes->classes_count && i < CLASSES_MEASURED_MAX; i++)
        for (size_t j = 0; j < OF_A_CLASS_COUNT; j++)
            names[count++] = pl_arena_format(gathering->arena, "%s(%.*s)", OF_A_CLASS[j],
                                             PL_STR_ARG(classes->names[i]));
    request.names = (struct pl_strs){names, count};
    PL_RETURN_IF(pl_measure_more(&request, gathering->arena, &measured, error));
    gathering->extras->classes = measured;
    return PL_OK;
}

static enum pl_status gather_classes(struct gathering *gathering, struct pl_error *error)
{
    const struct pl_measured *measured = gathering->result->measured;
    const struct pl_class_cells *classes = measured->cells->classes;
    size_t slices = 0;

    if (classes == NULL)
        return PL_OK;
    for (size_t i = 0; i < measured->groupings_count; i++)
        slices += measured->groupings[i].slices_count;

    const size_t counts = (size_t)classes->classes_count * classes->classes_count;

    PL_RETURN_IF(pl_confusions_make(measured, counts * slices <= CONFUSIONS_MAX, gathering->arena,
                                    &gathering->extras->confusions, error));
    return measure_classes(gathering, classes, error);
}

enum pl_status pl_extras_gather(const struct pl_gate_result *result, uint32_t threads,
                                struct pl_arena *arena, struct pl_html_extras *ret_extras,
                                struct pl_error *error)
{
    struct gathering gathering = {
        .result = result,
        .threads = threads == 0 ? pl_processors_count() : threads,
        .arena = arena,
        .extras = ret_extras,
    };
    struct pl_quality *quality = NULL;

    *ret_extras = (struct pl_html_extras){0};
    if (result->line->data.decisions.len == 0) /* judged by its evals alone */
        return PL_OK;
    PL_RETURN_IF(gather_fairness(&gathering, error));
    PL_RETURN_IF(gather_classes(&gathering, error));
    if (result->slice != NULL)
        return PL_OK;
    PL_RETURN_IF(pl_quality_read(result->line, gathering.threads, arena, &quality, error));
    ret_extras->quality = quality;
    return PL_OK;
}
