/*
 * The choices are searched for, and then measured and judged by the same engine as every verdict, on
 * cells whose predictions are those of the new thresholds. Then all of it once more: searched for on
 * one part of the decisions and seen on the other, which was held out.
 */
#include "threshold/threshold.h"

#include "measure/moved.h"
#include "measure/partition.h"
#include "threshold/solve.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define SCRATCH_SIZE_BYTES_MAX ((size_t)64 << 30)

static const char *const CHOICE_NAMES[] = {
    [PL_CHOICE_PRESENT] = "present",
    [PL_CHOICE_ONE] = "one",
    [PL_CHOICE_GROUPS] = "groups",
};

const char *pl_choice_name(enum pl_choice_kind kind)
{
    return CHOICE_NAMES[kind];
}

enum pl_status pl_threshold_check(const struct pl_line *line, struct pl_error *error)
{
    const struct pl_data *data = &line->data;

    if (data->task != PL_TASK_BINARY)
        return pl_line_error(line, data->decisions_place, PL_E_LINE, error,
                             "thresholds are for task `binary`, and the task here is `%s`",
                             pl_task_name(data->task));
    if (data->score.len == 0)
        return pl_line_error(line, data->decisions_place, PL_E_LINE, error,
                             "a threshold is of a score, and data.columns names no score");
    if (data->label.len == 0)
        return pl_line_error(line, data->score_place, PL_E_LINE, error,
                             "thresholds are weighed by what turned out to be true, and "
                             "data.columns names no label");
    if (data->prediction.len > 0)
        return pl_line_error(line, data->prediction_place, PL_E_LINE, error,
                             "the column of predictions decides, and not the threshold: take it "
                             "out to weigh thresholds of the score");
    return PL_OK;
}

/* What all searches share. */
struct finder {
    const struct pl_threshold_request *request;
    struct pl_arena *arena;
    struct pl_line shown;          /* the line without its limits on baselines */
    struct pl_line moving;         /* the line with only those limits that a threshold moves */
    const struct pl_slice *slices; /* of `by`: only which groups they are of */
    const uint32_t *group_of_leaf; /* by `by`; NULL without */
    size_t groups_count;
};

/* What a search found. */
struct fit {
    enum pl_choice_kind kind;
    double *thresholds; /* by group; one for the kinds without groups */
    bool *fitted;       /* by group */
    size_t groups_count;
    double *of_leaves; /* the same by leaf */
    bool defined;
    bool proven;
    double bound;
    double excess;
};

/* Decisions to look at thresholds in, and how. */
struct scene {
    const struct pl_cells *cells;
    const struct pl_line *line;
    const struct pl_measured *measured; /* at the present threshold; NULL: not measured yet */
    const double *before;               /* the present threshold of each leaf */
    bool only_moving;
};

static const struct pl_grouping *grouping_of(const struct pl_measured *measured,
                                             const struct pl_crossing *crossing)
{
    for (size_t g = 0; g < measured->groupings_count; g++) {
        const struct pl_crossing *other = &measured->groupings[g].crossing;

        if (other->count == crossing->count &&
            memcmp(other->segments, crossing->segments,
                   crossing->count * sizeof *crossing->segments) == 0)
            return &measured->groupings[g];
    }
    return NULL;
}

/* The lines that choices are judged by. A baseline is not measured again, and a part of the decisions
   knows nothing of limits that no threshold moves. */
static enum pl_status make_lines(struct finder *finder, struct pl_error *error)
{
    const struct pl_line *line = finder->request->line;
    struct pl_limit *shown = pl_arena_alloc_array(finder->arena, line->limits_count, sizeof *shown);
    struct pl_limit *moving =
        pl_arena_alloc_array(finder->arena, line->limits_count, sizeof *moving);

    if (shown == NULL || moving == NULL)
        return pl_arena_error(finder->arena, "the limits", error);
    finder->shown = *line;
    finder->shown.limits = shown;
    finder->shown.limits_count = 0;
    finder->moving = finder->shown;
    finder->moving.limits = moving;
    for (size_t i = 0; i < line->limits_count; i++) {
        struct pl_metric metric;

        PL_RETURN_IF(pl_metric_parse(line->limits[i].metric, line->data.task, finder->arena,
                                     &metric, error));
        if (line->limits[i].baseline != NULL)
            continue;
        shown[finder->shown.limits_count++] = line->limits[i];
        if (pl_metric_moves(&metric))
            moving[finder->moving.limits_count++] = line->limits[i];
    }
    return PL_OK;
}

static enum pl_status name_groups(struct finder *finder, struct pl_error *error)
{
    const struct pl_measured *measured = finder->request->measured;
    const struct pl_grouping *grouping = grouping_of(measured, finder->request->by);
    struct pl_partition partition;
    struct pl_slice *slices = NULL;

    if (grouping == NULL)
        return pl_error_set(error, PL_E_USAGE, "the segment of the thresholds was not measured");
    PL_RETURN_IF(pl_partition_make(measured->cells, finder->request->by, finder->arena, &partition,
                                   &slices, error));

    finder->slices = slices;
    finder->group_of_leaf = partition.slice_of_leaf;
    finder->groups_count = partition.slices_count;
    return PL_OK;
}

static size_t cost_index(const struct pl_measured *measured)
{
    size_t i = 0;

    while (i < measured->metrics_count &&
           !pl_str_equal_text(measured->metrics[i].name, "expected_cost"))
        i++;
    assert(i < measured->metrics_count);
    return i;
}

static struct pl_estimate estimate_of(const struct pl_measured *measured,
                                      const struct pl_stat *stat)
{
    const bool exact = measured->interval == PL_INTERVAL_EXACT;

    return pl_stat_estimate(stat, measured->confidence, exact ? PL_RATE_EXACT : PL_RATE_WILSON);
}

/* The search that a choice is the answer of. */
struct search {
    const struct pl_cells *cells;
    enum pl_choice_kind kind;
    double start; /* a threshold that is known to be good */
};

static enum pl_status make_quest(const struct finder *finder, const struct search *search,
                                 struct pl_arena *arena, struct pl_quest *ret_quest,
                                 struct pl_error *error)
{
    const struct pl_threshold_request *request = finder->request;
    const struct pl_quest_request quest = {
        .cells = search->cells,
        .limits = request->line->limits,
        .kept = request->kept,
        .limits_count = request->line->limits_count,
        .crossing = search->kind == PL_CHOICE_GROUPS ? request->by : NULL,
        .costs = &request->line->costs,
        .aside = {.smallest_slice = request->line->evidence.smallest_slice,
                  .smallest_share = request->line->evidence.smallest_share,
                  .missing = request->line->evidence.missing},
    };

    return pl_quest_make(&quest, arena, ret_quest, error);
}

static double labelled_weight(const struct pl_quest *quest)
{
    double weight = 0.0;

    for (size_t g = 0; g < quest->groups_count; g++)
        weight += quest->groups[g].scored.weight[PL_NEGATIVE] +
                  quest->groups[g].scored.weight[PL_POSITIVE];
    return weight;
}

static enum pl_status allocate_fit(const struct finder *finder, size_t groups_count,
                                   struct fit *fit, struct pl_error *error)
{
    const size_t leaves_count = finder->request->measured->cells->leaves_count;

    fit->groups_count = groups_count;
    fit->thresholds = pl_arena_alloc_array(finder->arena, groups_count, sizeof *fit->thresholds);
    fit->fitted = pl_arena_alloc_array(finder->arena, groups_count, sizeof *fit->fitted);
    fit->of_leaves = pl_arena_alloc_array(finder->arena, leaves_count, sizeof *fit->of_leaves);
    if (fit->thresholds == NULL || fit->fitted == NULL || fit->of_leaves == NULL)
        return pl_arena_error(finder->arena, "the thresholds", error);
    return PL_OK;
}

/* The present thresholds as a solution. */
static enum pl_status solve_present(const struct pl_quest *quest, struct pl_arena *arena,
                                    struct pl_solution *ret_solution, struct pl_error *error)
{
    struct pl_solution solution = {.proven = true};

    solution.chosen = pl_arena_alloc(arena, sizeof *solution.chosen);
    if (solution.chosen == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    solution.chosen[0] = quest->groups[0].present;
    pl_quest_evaluate(quest, solution.chosen, &solution.rank, &solution.excess);
    solution.found = solution.excess < HUGE_VAL;
    *ret_solution = solution;
    return PL_OK;
}

/* Starts from one threshold for all, so that thresholds by group are never worse than that. */
static enum pl_status solve(const struct pl_quest *quest, double start_threshold,
                            struct pl_arena *arena, struct pl_solution *ret_solution,
                            struct pl_error *error)
{
    uint32_t *start = pl_arena_alloc_array(arena, quest->groups_count, sizeof *start);

    if (start == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    for (size_t g = 0; g < quest->groups_count; g++)
        start[g] = quest->groups[g].fixed ? quest->groups[g].present
                                          : pl_quest_locate(quest, g, start_threshold);
    return pl_quest_solve(quest, start, arena, ret_solution, error);
}

/* Searches; what it needs on the way goes when it is done. */
static enum pl_status fit_choice(const struct finder *finder, const struct search *search,
                                 struct pl_arena *scratch, struct fit *fit, struct pl_error *error)
{
    struct pl_quest quest;
    struct pl_solution solution;

    PL_RETURN_IF(make_quest(finder, search, scratch, &quest, error));
    if (search->kind == PL_CHOICE_PRESENT)
        PL_RETURN_IF(solve_present(&quest, scratch, &solution, error));
    else
        PL_RETURN_IF(solve(&quest, search->start, scratch, &solution, error));
    PL_RETURN_IF(allocate_fit(finder, quest.groups_count, fit, error));
    fit->kind = search->kind;
    fit->defined = solution.found;
    fit->proven = solution.proven;
    fit->bound =
        solution.proven ? 0.0 : solution.bound / quest.cost_scale / labelled_weight(&quest);
    fit->excess = solution.excess;
    for (size_t g = 0; g < quest.groups_count; g++) {
        fit->thresholds[g] = quest.groups[g].thresholds[solution.chosen[g]];
        fit->fitted[g] = !quest.groups[g].fixed;
    }
    for (size_t leaf = 0; leaf < quest.cells->leaves_count; leaf++)
        fit->of_leaves[leaf] = fit->thresholds[quest.group_of_leaf[leaf]];
    return PL_OK;
}

static enum pl_status fit_all(const struct finder *finder, const struct pl_cells *cells,
                              size_t count, struct fit *fits, struct pl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const double start = i == 0 ? cells->threshold : fits[i - 1].thresholds[0];
        const struct search search = {cells, (enum pl_choice_kind)i, start};
        struct pl_arena scratch;

        pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);

        const enum pl_status status = fit_choice(finder, &search, &scratch, &fits[i], error);

        pl_arena_deinit(&scratch);
        PL_RETURN_IF(status);
    }
    return PL_OK;
}

/* How far decisions that a choice was not fitted to are past what was to be kept. */
static enum pl_status see_excess(const struct finder *finder, const struct search *search,
                                 struct pl_arena *scratch, struct fit *fit, struct pl_error *error)
{
    struct pl_quest quest;
    struct pl_rank rank;

    PL_RETURN_IF(make_quest(finder, search, scratch, &quest, error));

    uint32_t *chosen = pl_arena_alloc_array(scratch, quest.groups_count, sizeof *chosen);

    if (chosen == NULL)
        return pl_arena_error(scratch, "the thresholds", error);
    for (size_t g = 0; g < quest.groups_count; g++)
        chosen[g] = pl_quest_locate(&quest, g, fit->thresholds[g]);
    pl_quest_evaluate(&quest, chosen, &rank, &fit->excess);
    fit->defined = fit->excess < HUGE_VAL;
    return PL_OK;
}

static enum pl_status see_all(const struct finder *finder, const struct pl_cells *cells,
                              size_t count, struct fit *fits, struct pl_error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct search search = {.cells = cells, .kind = fits[i].kind};
        struct pl_arena scratch;

        pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);

        const enum pl_status status = see_excess(finder, &search, &scratch, &fits[i], error);

        pl_arena_deinit(&scratch);
        PL_RETURN_IF(status);
    }
    return PL_OK;
}

static enum pl_status measure_at(const struct finder *finder, const struct scene *scene,
                                 const struct fit *fit, struct pl_measured **ret_measured,
                                 struct pl_error *error)
{
    struct pl_cells *moved = pl_arena_alloc(finder->arena, sizeof *moved);
    const struct pl_remeasure remeasure = {
        .cells = moved,
        .costs = finder->request->line->costs,
        .threads = finder->request->threads,
        .only_moving = scene->only_moving,
    };

    if (moved == NULL)
        return pl_arena_error(finder->arena, "the measures", error);
    PL_RETURN_IF(pl_cells_move(scene->cells, fit->of_leaves, finder->arena, moved, error));
    return pl_measure_again(finder->request->measured, &remeasure, finder->arena, ret_measured,
                            error);
}

/* Sizes and flips of each group. */
static enum pl_status fill_groups(const struct finder *finder, const struct pl_move *move,
                                  const struct fit *fit, struct pl_choice *choice,
                                  struct pl_error *error)
{
    const uint32_t *group_of_leaf = fit->kind == PL_CHOICE_GROUPS ? finder->group_of_leaf : NULL;
    struct pl_group_choice *groups =
        pl_arena_alloc_array(finder->arena, fit->groups_count, sizeof *groups);
    struct pl_flips *flips = pl_arena_alloc_array(finder->arena, fit->groups_count, sizeof *flips);

    if (groups == NULL || flips == NULL)
        return pl_arena_error(finder->arena, "the thresholds", error);
    pl_flips_count(move, group_of_leaf, flips);
    for (size_t g = 0; g < fit->groups_count; g++)
        groups[g] = (struct pl_group_choice){
            .slice =
                group_of_leaf == NULL ? &finder->request->measured->overall : &finder->slices[g],
            .threshold = fit->thresholds[g],
            .fitted = fit->fitted[g],
            .flips = flips[g],
        };
    for (size_t leaf = 0; leaf < move->cells->leaves_count; leaf++)
        groups[group_of_leaf == NULL ? 0 : group_of_leaf[leaf]].n +=
            pl_confusion_count(&move->cells->confusions[leaf], 0x1ffu);
    choice->groups = groups;
    choice->groups_count = fit->groups_count;
    pl_flips_count(move, NULL, &choice->flips);
    return PL_OK;
}

static enum pl_status judge(const struct finder *finder, const struct scene *scene,
                            struct pl_choice *choice, struct pl_error *error)
{
    const struct pl_record_facts nothing = {0};
    struct pl_judgement *judgement = NULL;

    PL_RETURN_IF(
        pl_judge(scene->line, choice->measured, &nothing, finder->arena, &judgement, error));
    choice->judgement = judgement;
    return PL_OK;
}

/* One choice, measured and judged. */
static enum pl_status show_choice(const struct finder *finder, const struct scene *scene,
                                  const struct fit *fit, struct pl_choice *choice,
                                  struct pl_error *error)
{
    const struct pl_move move = {scene->cells, scene->before, fit->of_leaves};
    struct pl_stat change;

    PL_RETURN_IF(
        pl_cost_change(&move, &finder->request->line->costs, finder->arena, &change, error));
    *choice = (struct pl_choice){
        .kind = fit->kind,
        .kept = fit->excess <= 0.0,
        .defined = fit->defined,
        .proven = fit->proven,
        .bound = fit->bound,
        .excess = fit->excess,
    };
    if (fit->kind == PL_CHOICE_PRESENT && scene->measured != NULL) {
        choice->measured = scene->measured;
    } else {
        PL_RETURN_IF(measure_at(finder, scene, fit, &choice->owned_measured, error));
        choice->measured = choice->owned_measured;
    }
    choice->cost = choice->measured->overall.estimates[cost_index(choice->measured)];
    choice->change = estimate_of(choice->measured, &change);
    PL_RETURN_IF(fill_groups(finder, &move, fit, choice, error));
    return judge(finder, scene, choice, error);
}

static bool has_both_labels(const struct pl_cells *cells)
{
    const struct pl_runs *runs = &cells->columns[0];
    bool has[4] = {false};

    for (size_t i = 0; i < runs->count; i++)
        has[runs->keys[i] % 4] = true;
    return has[PL_NEGATIVE] && has[PL_POSITIVE];
}

/* The expected cost of each choice on the decisions that it was fitted to. */
static enum pl_status cost_fits(const struct finder *finder, const struct pl_cells *cells,
                                const struct fit *fits, struct pl_thresholds *thresholds,
                                struct pl_error *error)
{
    const struct scene scene = {.cells = cells, .only_moving = true};

    for (size_t i = 0; i < thresholds->choices_count; i++) {
        struct pl_measured *measured = NULL;

        PL_RETURN_IF(measure_at(finder, &scene, &fits[i], &measured, error));
        thresholds->held_out.fitted_costs[i] = measured->overall.estimates[cost_index(measured)];
        pl_measured_deinit(measured);
    }
    return PL_OK;
}

static enum pl_status hold_out(const struct finder *finder, struct pl_thresholds *thresholds,
                               struct pl_error *error)
{
    const struct pl_threshold_request *request = finder->request;
    const size_t count = thresholds->choices_count;
    struct pl_held_out *held_out = &thresholds->held_out;
    struct pl_cells *parts = pl_arena_alloc_array(finder->arena, 2, sizeof *parts);
    const struct pl_split split = {request->held_out, request->line->evidence.seed};
    struct fit fits[PL_CHOICES_COUNT];

    if (parts == NULL)
        return pl_arena_error(finder->arena, "the parts of the data", error);
    PL_RETURN_IF(pl_cells_split(request->measured->cells, &split, finder->arena, parts, error));
    held_out->share = request->held_out;
    held_out->fitted_decisions = parts[0].decisions;
    held_out->seen_decisions = parts[1].decisions;
    if (!has_both_labels(&parts[0]) || !has_both_labels(&parts[1]))
        return PL_OK;
    PL_RETURN_IF(fit_all(finder, &parts[0], count, fits, error));
    PL_RETURN_IF(cost_fits(finder, &parts[0], fits, thresholds, error));
    PL_RETURN_IF(see_all(finder, &parts[1], count, fits, error));

    const struct scene scene = {
        .cells = &parts[1],
        .line = &finder->moving,
        .before = fits[PL_CHOICE_PRESENT].of_leaves,
        .only_moving = true,
    };

    for (size_t i = 0; i < count; i++)
        PL_RETURN_IF(show_choice(finder, &scene, &fits[i], &held_out->choices[i], error));
    if (count == PL_CHOICES_COUNT) {
        const struct pl_move move = {&parts[1], fits[PL_CHOICE_ONE].of_leaves,
                                     fits[PL_CHOICE_GROUPS].of_leaves};
        struct pl_stat change;

        PL_RETURN_IF(pl_cost_change(&move, &request->line->costs, finder->arena, &change, error));
        held_out->groups_against_one = estimate_of(request->measured, &change);
    }
    held_out->given = true;
    return PL_OK;
}

/* The groups of every segment, named and counted. */
static enum pl_status name_slices(const struct finder *finder, struct pl_thresholds *thresholds,
                                  struct pl_error *error)
{
    const struct pl_cells *cells = finder->request->measured->cells;
    struct pl_crossing *crossings =
        pl_arena_alloc_array(finder->arena, cells->segments_count + 1, sizeof *crossings);
    struct pl_slice *slices = NULL;
    size_t count = 0;

    for (size_t s = 0; s < cells->segments_count; s++)
        count += cells->segments[s].count;
    slices = pl_arena_alloc_array(finder->arena, count + 1, sizeof *slices);
    if (crossings == NULL || slices == NULL)
        return pl_arena_error(finder->arena, "the flips of each slice", error);
    thresholds->slices = slices;
    for (uint32_t s = 0; s < cells->segments_count; s++) {
        struct pl_slice *own = &slices[thresholds->slices_count];

        crossings[s] = (struct pl_crossing){.segments = {s}, .count = 1};
        for (uint32_t g = 0; g < cells->segments[s].count; g++)
            own[g] = (struct pl_slice){.crossing = &crossings[s], .groups = {g}};
        for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
            own[cells->leaf_groups[leaf * cells->segments_count + s]].n +=
                pl_confusion_count(&cells->confusions[leaf], 0x1ffu);
        thresholds->slices_count += cells->segments[s].count;
    }
    return PL_OK;
}

/* What a choice flips in every group of every segment. */
static enum pl_status flip_slices(const struct finder *finder, const struct pl_move *move,
                                  const struct pl_flips **ret_flips, struct pl_error *error)
{
    const struct pl_cells *cells = move->cells;
    uint32_t *group_of_leaf =
        pl_arena_alloc_array(finder->arena, cells->leaves_count, sizeof *group_of_leaf);
    struct pl_flips *flips = NULL;
    size_t slices_count = 0;

    for (size_t s = 0; s < cells->segments_count; s++)
        slices_count += cells->segments[s].count;
    flips = pl_arena_alloc_array(finder->arena, slices_count + 1, sizeof *flips);
    if (group_of_leaf == NULL || flips == NULL)
        return pl_arena_error(finder->arena, "the flips of each slice", error);
    *ret_flips = flips;
    for (size_t s = 0; s < cells->segments_count; s++) {
        for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
            group_of_leaf[leaf] = cells->leaf_groups[leaf * cells->segments_count + s];
        pl_flips_count(move, group_of_leaf, flips);
        flips += cells->segments[s].count;
    }
    return PL_OK;
}

static enum pl_status choose(const struct finder *finder, struct pl_thresholds *thresholds,
                             struct pl_error *error)
{
    const struct pl_threshold_request *request = finder->request;
    struct fit fits[PL_CHOICES_COUNT];

    PL_RETURN_IF(fit_all(finder, request->measured->cells, thresholds->choices_count, fits, error));

    const struct scene scene = {
        .cells = request->measured->cells,
        .line = &finder->shown,
        .measured = request->measured,
        .before = fits[PL_CHOICE_PRESENT].of_leaves,
    };

    for (size_t i = 0; i < thresholds->choices_count; i++)
        PL_RETURN_IF(show_choice(finder, &scene, &fits[i], &thresholds->choices[i], error));
    for (size_t i = 0; i < thresholds->choices_count; i++) {
        const struct pl_move move = {scene.cells, scene.before, fits[i].of_leaves};

        PL_RETURN_IF(flip_slices(finder, &move, &thresholds->choices[i].flips_by_slice, error));
    }
    return name_slices(finder, thresholds, error);
}

static enum pl_status find(struct finder *finder, struct pl_thresholds *thresholds,
                           struct pl_error *error)
{
    const struct pl_cells *cells = finder->request->measured->cells;

    if (!has_both_labels(cells))
        return pl_error_set(error, PL_E_DATA,
                            "%.*s: a threshold needs scored decisions that turned out positive, "
                            "and others that did not",
                            PL_STR_ARG(cells->source));
    if (finder->request->by != NULL)
        PL_RETURN_IF(name_groups(finder, error));
    PL_RETURN_IF(make_lines(finder, error));
    PL_RETURN_IF(choose(finder, thresholds, error));
    return hold_out(finder, thresholds, error);
}

enum pl_status pl_thresholds_find(const struct pl_threshold_request *request,
                                  struct pl_arena *arena, struct pl_thresholds **ret_thresholds,
                                  struct pl_error *error)
{
    struct finder finder = {.request = request, .arena = arena};
    struct pl_thresholds *thresholds = pl_arena_alloc(arena, sizeof *thresholds);

    if (thresholds == NULL)
        return pl_arena_error(arena, "the thresholds", error);
    thresholds->line = request->line;
    thresholds->kept = request->kept;
    thresholds->by = request->by;
    thresholds->choices_count = request->by == NULL ? 2 : PL_CHOICES_COUNT;
    for (size_t i = 0; i < request->line->limits_count; i++)
        thresholds->kept_count += request->kept[i];

    const enum pl_status status = find(&finder, thresholds, error);

    if (status == PL_OK)
        *ret_thresholds = thresholds;
    else
        pl_thresholds_deinit(thresholds);
    return status;
}

void pl_thresholds_deinit(struct pl_thresholds *thresholds)
{
    if (thresholds == NULL)
        return;
    for (size_t i = 0; i < PL_CHOICES_COUNT; i++) {
        pl_measured_deinit(thresholds->choices[i].owned_measured);
        pl_measured_deinit(thresholds->held_out.choices[i].owned_measured);
    }
}
