/*
 * Measures baselines. A baseline is a line like the data's own with other decisions, so it is measured
 * as one; its slices are then found by the names of their groups, and every measure stands beside
 * that of the data.
 */
#include "measure/against.h"

#include "base/file.h"
#include "measure/join.h"
#include "measure/metrics.h"
#include "measure/pairs.h"
#include "measure/task.h"

#include <string.h>

/* A baseline under way: what is asked of it, and what comes of that. */
struct work {
    const struct pl_line *line;
    const struct pl_measured *measured;
    const struct pl_baseline *baseline;
    uint32_t threads;
    struct pl_arena *arena;
    bool *wanted;  /* which metrics of the data */
    bool *grouped; /* which groupings of the data */
    struct pl_str *names;
    size_t names_count;
    struct pl_crossing *crossings;
    size_t crossings_count;
    struct pl_against *against;
    struct pl_join join;
    struct pl_pairs *pairs; /* NULL: two samples */
};

const char *pl_sides_method_name(enum pl_sides_method method)
{
    static const char *const NAMES[] = {
        [PL_SIDES_UNPAIRED] = "unpaired",
        [PL_SIDES_PAIRED] = "paired",
        [PL_SIDES_INDEPENDENT] = "independent",
    };

    return NAMES[method];
}

const struct pl_against *pl_against_of(const struct pl_measured *measured,
                                       const struct pl_baseline *baseline)
{
    for (size_t i = 0; i < measured->againsts_count; i++)
        if (measured->againsts[i].baseline == baseline)
            return &measured->againsts[i];
    return NULL;
}

const struct pl_sides *pl_sides_of(const struct pl_measured *measured,
                                   const struct pl_against *against, const struct pl_slice *slice,
                                   size_t metric_index)
{
    const size_t metric = against->metric_of[metric_index];

    if (metric == SIZE_MAX)
        return NULL;
    if (slice->crossing == NULL)
        return &against->overall[metric];
    for (size_t g = 0; g < measured->groupings_count; g++) {
        const struct pl_grouping *grouping = &measured->groupings[g];

        if (slice < grouping->slices || slice >= grouping->slices + grouping->slices_count)
            continue;
        return against->groupings[g] == NULL
                   ? NULL
                   : &against->groupings[g][(size_t)(slice - grouping->slices) *
                                                against->metrics_count +
                                            metric];
    }
    return NULL;
}

/* Which measure of the data a limit is about: they were gathered from the same words. */
static size_t metric_of_limit(const struct work *work, const struct pl_limit *limit)
{
    struct pl_error error;
    struct pl_metric metric;

    if (pl_metric_parse(limit->metric, work->line->data.task, work->arena, &metric, &error) !=
        PL_OK)
        return SIZE_MAX;
    for (size_t i = 0; i < work->measured->metrics_count; i++)
        if (pl_str_equal(work->measured->metrics[i].name, metric.name))
            return i;
    return SIZE_MAX;
}

static void want_groupings(const struct work *work, const struct pl_limit *limit)
{
    for (size_t g = 0; g < work->measured->groupings_count; g++)
        for (size_t i = 0; i < limit->crossings_count; i++)
            if (pl_crossing_is_same(&work->measured->groupings[g].crossing, &limit->crossings[i]))
                work->grouped[g] = true;
    for (size_t g = 0; work->line->launch.given && g < work->measured->groupings_count; g++)
        if (pl_crossing_is_same(&work->measured->groupings[g].crossing,
                                &work->line->launch.crossing))
            work->grouped[g] = true;
}

/* The baseline must have what the measure needs: people give no scores. */
static enum pl_status check_needs(const struct work *work, size_t metric, struct pl_place place,
                                  struct pl_error *error)
{
    const struct pl_metric *wanted = &work->measured->metrics[metric];
    struct pl_data data = work->line->data;

    if ((wanted->row->needs & PL_NEEDS_NEIGHBOURS) != 0)
        return pl_line_error(work->line, place, PL_E_LINE, error,
                             "`%.*s` is not compared with a baseline", PL_STR_ARG(wanted->name));
    data.label = work->baseline->label;
    data.score = work->baseline->score;
    data.prediction = work->baseline->prediction;
    if (pl_task_kind_of(data.task)->has_data(&data, wanted->row->needs))
        return PL_OK;
    return pl_line_error(work->line, place, PL_E_LINE, error,
                         "the baseline `%.*s` has no column for what `%.*s` needs: add it to "
                         "`baselines`",
                         PL_STR_ARG(work->baseline->name), PL_STR_ARG(wanted->name));
}

/* What the limits ask of the baseline; a baseline of the request is asked everything. */
static enum pl_status want(struct work *work, bool everything, struct pl_error *error)
{
    for (size_t i = 0; i < work->line->limits_count; i++) {
        const struct pl_limit *limit = &work->line->limits[i];
        const size_t metric =
            limit->baseline == work->baseline ? metric_of_limit(work, limit) : SIZE_MAX;

        if (metric == SIZE_MAX)
            continue;
        PL_RETURN_IF(check_needs(work, metric, limit->baseline_place, error));
        work->wanted[metric] = true;
        want_groupings(work, limit);
    }
    for (size_t i = 0; everything && i < work->measured->metrics_count; i++)
        work->wanted[i] |= check_needs(work, i, work->baseline->place, NULL) == PL_OK;
    for (size_t g = 0; everything && g < work->measured->groupings_count; g++)
        work->grouped[g] = true;
    return PL_OK;
}

static enum pl_status work_init(struct work *work, struct pl_error *error)
{
    const struct pl_measured *measured = work->measured;
    struct pl_arena *arena = work->arena;

    work->wanted = pl_arena_alloc_array(arena, measured->metrics_count + 1, sizeof *work->wanted);
    work->grouped =
        pl_arena_alloc_array(arena, measured->groupings_count + 1, sizeof *work->grouped);
    work->names = pl_arena_alloc_array(arena, measured->metrics_count + 1, sizeof *work->names);
    work->crossings =
        pl_arena_alloc_array(arena, measured->groupings_count + 1, sizeof *work->crossings);
    if (work->wanted == NULL || work->grouped == NULL || work->names == NULL ||
        work->crossings == NULL)
        return pl_arena_error(arena, "the baseline", error);
    return PL_OK;
}

/* Names and crossings of what is wanted, and where each measure will stand. */
static enum pl_status list_wanted(struct work *work, struct pl_error *error)
{
    const struct pl_measured *measured = work->measured;
    size_t *metric_of =
        pl_arena_alloc_array(work->arena, measured->metrics_count + 1, sizeof *metric_of);

    if (metric_of == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    for (size_t i = 0; i < measured->metrics_count; i++) {
        metric_of[i] = work->wanted[i] ? work->names_count : SIZE_MAX;
        if (work->wanted[i])
            work->names[work->names_count++] = measured->metrics[i].name;
    }
    for (size_t g = 0; g < measured->groupings_count; g++)
        if (work->grouped[g])
            work->crossings[work->crossings_count++] = measured->groupings[g].crossing;
    work->against->metric_of = metric_of;
    work->against->metrics_count = work->names_count;
    return PL_OK;
}

/* Segments that nobody asks about need not be there: each becomes one group of everything. */
static enum pl_status blank_segments(const struct work *work, struct pl_data *data,
                                     struct pl_error *error)
{
    struct pl_segment *segments =
        pl_arena_alloc_array(work->arena, data->segments_count + 1, sizeof *segments);

    if (segments == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    for (size_t i = 0; i < data->segments_count; i++) {
        bool used = false;

        for (size_t c = 0; c < work->crossings_count; c++)
            for (uint32_t k = 0; k < work->crossings[c].count; k++)
                used |= work->crossings[c].segments[k] == i;
        segments[i] = data->segments[i];
        if (used)
            continue;
        segments[i] = (struct pl_segment){.name = data->segments[i].name,
                                          .kind = PL_SEGMENT_SQL,
                                          .sql = PL_STR("''"),
                                          .place = data->segments[i].place};
    }
    data->segments = segments;
    return PL_OK;
}

/* The line of the baseline by itself: its decisions and columns, and everything else as it was. */
static enum pl_status derive(const struct work *work, struct pl_line **ret_line,
                             struct pl_error *error)
{
    const struct pl_baseline *baseline = work->baseline;
    struct pl_line *line = pl_arena_alloc(work->arena, sizeof *line);

    if (line == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    *line = *work->line;
    line->limits_count = 0;
    line->launch.given = false;
    line->baselines_count = 0;
    line->evidence.depth = 0;
    if (baseline->decisions.len > 0)
        line->data.decisions = baseline->decisions;
    line->data.label = baseline->label;
    line->data.score = baseline->score;
    line->data.prediction = baseline->prediction;
    line->data.count = baseline->count;
    line->data.weight = baseline->weight;
    line->data.threshold = baseline->threshold;
    line->data.decisions_place = baseline->place;
    line->data.label_place = baseline->place;
    line->data.score_place = baseline->place;
    line->data.prediction_place = baseline->place;
    line->data.count_place = baseline->place;
    line->data.weight_place = baseline->place;
    *ret_line = line;
    return blank_segments(work, &line->data, error);
}

static struct pl_measure_request request_of(const struct work *work, const struct pl_join *join)
{
    return (struct pl_measure_request){
        .metrics = {work->names, work->names_count},
        .crossings = work->crossings,
        .crossings_count = work->crossings_count,
        .join = join,
        .threads = work->threads,
    };
}

static enum pl_status measure_there(struct work *work, struct pl_error *error)
{
    const struct pl_measure_request request = request_of(work, NULL);
    struct pl_line *line = NULL;

    PL_RETURN_IF(derive(work, &line, error));
    PL_RETURN_IF(pl_measure_line(line, &request, work->arena, &work->against->there, error));
    work->against->source = work->against->there->cells->source;
    work->against->decisions = work->against->there->cells->decisions;
    return PL_OK;
}

/* Pairs are of decisions that say yes or no; other tasks are compared as two samples. */
static bool is_paired(const struct work *work)
{
    const struct pl_baseline *baseline = work->baseline;

    return work->line->data.task == PL_TASK_BINARY &&
           (baseline->decisions.len == 0 || baseline->id.len > 0);
}

static struct pl_str prefixed(const struct work *work, const char *prefix, struct pl_str name)
{
    return name.len == 0 ? PL_STR("")
                         : pl_arena_format(work->arena, "%s%.*s", prefix, PL_STR_ARG(name));
}

/* The line of one side of the join. Rows, labels and segments are the data's. */
static enum pl_status derive_joined(const struct work *work, bool there, struct pl_line **ret_line,
                                    struct pl_error *error)
{
    const struct pl_data *data = &work->line->data;
    const char *prefix = there ? PL_JOIN_THERE : PL_JOIN_HERE;
    struct pl_line *line = NULL;

    PL_RETURN_IF(derive(work, &line, error));
    line->data.decisions = data->decisions;
    line->data.label = data->label;
    line->data.count = data->count;
    line->data.weight = data->weight;
    line->data.id = PL_STR("");
    line->data.where = PL_STR("");
    line->data.score = prefixed(work, prefix, there ? work->baseline->score : data->score);
    line->data.prediction =
        prefixed(work, prefix, there ? work->baseline->prediction : data->prediction);
    line->data.threshold = there ? work->baseline->threshold : data->threshold;
    if (line->data.score.ptr == NULL || line->data.prediction.ptr == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    *ret_line = line;
    return PL_OK;
}

/* The baseline's answer becomes the last segment, so that the one GROUP BY counts both answers. */
static enum pl_status add_answer(const struct work *work, struct pl_line *line,
                                 struct pl_error *error)
{
    const size_t count = line->data.segments_count;
    struct pl_segment *segments = pl_arena_alloc_array(work->arena, count + 1, sizeof *segments);

    if (count == PL_SEGMENTS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "decisions that are paired with a baseline take at most %d segments",
                            PL_SEGMENTS_MAX - 1);
    if (segments == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    memcpy(segments, line->data.segments, count * sizeof *segments);
    segments[count] = (struct pl_segment){.name = PL_STR(PL_JOIN_ANSWER),
                                          .kind = PL_SEGMENT_COLUMN,
                                          .column = PL_STR(PL_JOIN_ANSWER),
                                          .place = work->baseline->place};
    line->data.segments = segments;
    line->data.segments_count = count + 1;
    return PL_OK;
}

static enum pl_status match(struct work *work, struct pl_error *error)
{
    if (work->baseline->decisions.len > 0)
        return pl_join_match(&work->join, work->threads, work->arena, &work->against->matching,
                             error);
    work->against->matching = (struct pl_matching){.pairing = PL_PAIRED_BY_ROW,
                                                   .matched = work->measured->cells->decisions};
    return PL_OK;
}

/* Losses are compared only where one is asked for, and both sides score. */
static bool compares_losses(const struct work *work)
{
    bool wanted = false;

    for (size_t i = 0; i < work->names_count; i++)
        for (size_t k = 0; k < PL_JOIN_LOSSES_COUNT; k++)
            wanted |= pl_str_equal_text(work->names[i], PL_JOIN_LOSSES[k].metric);
    return wanted && work->line->data.score.len > 0 && work->baseline->score.len > 0;
}

static enum pl_status measure_pairs(struct work *work, struct pl_error *error)
{
    struct pl_against *against = work->against;
    struct pl_join *there = pl_arena_alloc(work->arena, sizeof *there);
    struct pl_line *lines[2] = {NULL, NULL};

    if (there == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    work->join = (struct pl_join){
        .line = work->line, .baseline = work->baseline, .scores = compares_losses(work)};
    *there = work->join;
    there->there = true;
    PL_RETURN_IF(match(work, error));
    PL_RETURN_IF(derive_joined(work, false, &lines[0], error));
    PL_RETURN_IF(derive_joined(work, true, &lines[1], error));
    PL_RETURN_IF(add_answer(work, lines[0], error));

    const struct pl_measure_request requests[2] = {request_of(work, &work->join),
                                                   request_of(work, there)};

    PL_RETURN_IF(pl_measure_line(lines[0], &requests[0], work->arena, &against->here, error));
    PL_RETURN_IF(pl_measure_line(lines[1], &requests[1], work->arena, &against->there, error));
    against->source = against->there->cells->source;
    against->decisions = against->matching.matched + against->matching.only_there;
    return pl_pairs_make(&work->join, against->here, work->arena, &work->pairs, error);
}

/* The same slice in what was measured of each side: NULL where nothing falls into it. */
struct found {
    const struct pl_slice *here;
    const struct pl_slice *there;
};

static struct pl_stat stat_of(const struct pl_slice *slice, size_t metric)
{
    return slice != NULL
               ? slice->stats[metric]
               : (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_BASELINE};
}

static void put_sides(const struct work *work, const struct pl_slice *slice, struct found found,
                      struct pl_sides *sides)
{
    for (size_t i = 0; i < work->measured->metrics_count; i++) {
        const size_t metric = work->against->metric_of[i];

        if (metric == SIZE_MAX)
            continue;
        sides[metric] = (struct pl_sides){
            .here = work->pairs == NULL ? slice->stats[i] : stat_of(found.here, metric),
            .there = stat_of(found.there, metric),
            .difference = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_BASELINE},
            .method = PL_SIDES_UNPAIRED,
            .decisions_here = work->pairs == NULL  ? slice->n
                              : found.here == NULL ? 0
                                                   : found.here->n,
            .decisions_there = found.there == NULL ? 0 : found.there->n,
        };
        if (work->pairs != NULL && found.here != NULL)
            pl_pairs_compare(work->pairs, found.here, metric, &sides[metric]);
    }
}

/* Where the slices of the data stand on each side. */
struct maps {
    struct pl_slice_map *here; /* NULL: two samples */
    struct pl_slice_map *there;
};

static struct found find_slices(const struct work *work, const struct maps *maps,
                                const struct pl_slice *slice)
{
    return (struct found){
        .here =
            maps->here == NULL ? NULL : pl_slice_map_find(maps->here, slice, work->against->here),
        .there = pl_slice_map_find(maps->there, slice, work->against->there),
    };
}

static enum pl_status make_maps(const struct work *work, struct maps *ret_maps,
                                struct pl_error *error)
{
    const struct pl_cells *cells = work->measured->cells;

    *ret_maps = (struct maps){.here = NULL};
    if (work->pairs != NULL)
        PL_RETURN_IF(pl_slice_map_make(cells, work->against->here->cells, work->arena,
                                       &ret_maps->here, error));
    return pl_slice_map_make(cells, work->against->there->cells, work->arena, &ret_maps->there,
                             error);
}

static enum pl_status put_grouping(const struct work *work, const struct maps *maps, size_t g,
                                   struct pl_error *error)
{
    const struct pl_grouping *grouping = &work->measured->groupings[g];
    const size_t metrics = work->against->metrics_count;
    struct pl_sides *sides =
        pl_arena_alloc_array(work->arena, grouping->slices_count * metrics + 1, sizeof *sides);

    if (sides == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    work->against->groupings[g] = sides;
    for (size_t s = 0; s < grouping->slices_count; s++)
        put_sides(work, &grouping->slices[s], find_slices(work, maps, &grouping->slices[s]),
                  sides + s * metrics);
    return PL_OK;
}

static enum pl_status join_slices(struct work *work, struct pl_error *error)
{
    const struct pl_measured *measured = work->measured;
    struct pl_against *against = work->against;
    struct maps maps;

    PL_RETURN_IF(make_maps(work, &maps, error));
    against->overall =
        pl_arena_alloc_array(work->arena, against->metrics_count + 1, sizeof *against->overall);
    against->groupings =
        pl_arena_alloc_array(work->arena, measured->groupings_count + 1, sizeof(void *));
    if (against->overall == NULL || against->groupings == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    put_sides(work, &measured->overall, find_slices(work, &maps, &measured->overall),
              against->overall);
    for (size_t g = 0; g < measured->groupings_count; g++)
        if (work->grouped[g])
            PL_RETURN_IF(put_grouping(work, &maps, g, error));
    return PL_OK;
}

static enum pl_status make_against(struct work *work, bool everything, struct pl_error *error)
{
    PL_RETURN_IF(work_init(work, error));
    PL_RETURN_IF(want(work, everything, error));
    PL_RETURN_IF(list_wanted(work, error));
    if (work->names_count == 0)
        return PL_OK;
    PL_RETURN_IF(is_paired(work) ? measure_pairs(work, error) : measure_there(work, error));
    return join_slices(work, error);
}

/* Errors that the baseline's data cause name the place where the line speaks of it. */
static enum pl_status locate(const struct work *work, enum pl_status status, struct pl_error *error)
{
    if (status != PL_OK && error != NULL && error->line == 0 && work->line->file != NULL)
        return pl_error_locate(error, work->line->file, work->baseline->place.line,
                               work->baseline->place.column);
    return status;
}

static bool is_named(const struct pl_line *line, const struct pl_baseline *baseline)
{
    for (size_t i = 0; i < line->limits_count; i++)
        if (line->limits[i].baseline == baseline)
            return true;
    return false;
}

enum pl_status pl_againsts_make(const struct pl_line *line,
                                const struct pl_measure_request *request,
                                struct pl_measured *measured, struct pl_arena *arena,
                                struct pl_error *error)
{
    struct pl_against *againsts =
        pl_arena_alloc_array(arena, line->baselines_count + 1, sizeof *againsts);

    if (againsts == NULL)
        return pl_arena_error(arena, "the baselines", error);
    measured->againsts = againsts;
    for (size_t i = 0; i <= line->baselines_count; i++) {
        const bool of_line = i < line->baselines_count;
        struct work work = {
            .line = line,
            .measured = measured,
            .baseline = of_line ? &line->baselines[i] : request->against,
            .threads = request->threads == 0 ? pl_processors_count() : request->threads,
            .arena = arena,
            .against = &againsts[measured->againsts_count],
        };

        if (work.baseline == NULL ||
            (of_line && (!is_named(line, work.baseline) || work.baseline == request->against)))
            continue;
        measured->againsts_count++;
        work.against->baseline = work.baseline;
        PL_RETURN_IF(locate(&work, make_against(&work, !of_line, error), error));
    }
    return PL_OK;
}
