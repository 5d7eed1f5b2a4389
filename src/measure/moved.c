/*
 * Moving the threshold changes predictions only: what has no score stays as it was, and every run
 * falls on one side or the other. Cutting in two draws each run's count from a binomial law, which is
 * what tossing the same coin for every decision would give.
 */
#include "measure/moved.h"

#include "base/rng.h"
#include "measure/loader.h"
#include "measure/metrics.h"

void pl_scores_confuse(const struct pl_cells *cells, const double *thresholds,
                       struct pl_confusion *confusions)
{
    const struct pl_runs *runs = &cells->columns[0];

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;
        const double threshold = thresholds == NULL ? cells->threshold : thresholds[leaf];
        const struct pl_kind kind = {
            .label = (enum pl_mark)(runs->keys[i] % 4),
            .prediction = runs->values[i] >= threshold ? PL_POSITIVE : PL_NEGATIVE,
            .count = runs->counts[i],
            .weight = pl_run_weight(runs, i),
        };

        pl_confusion_add(&confusions[leaf], &kind);
    }
}

enum pl_status pl_cells_move(const struct pl_cells *cells, const double *thresholds,
                             struct pl_arena *arena, struct pl_cells *ret_cells,
                             struct pl_error *error)
{
    struct pl_confusion *confusions =
        pl_arena_alloc_array(arena, cells->leaves_count, sizeof *confusions);

    if (confusions == NULL)
        return pl_arena_error(arena, "the counts at another threshold", error);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const struct pl_confusion *before = &cells->confusions[leaf];

        for (int label = 0; label < 3; label++) {
            confusions[leaf].n[label][PL_UNKNOWN] = before->n[label][PL_UNKNOWN];
            confusions[leaf].weight[label][PL_UNKNOWN] = before->weight[label][PL_UNKNOWN];
            confusions[leaf].weight_squared[label][PL_UNKNOWN] =
                before->weight_squared[label][PL_UNKNOWN];
        }
    }
    pl_scores_confuse(cells, thresholds, confusions);
    *ret_cells = *cells;
    ret_cells->confusions = confusions;
    ret_cells->owned = NULL;
    ret_cells->neighbours = NULL;
    ret_cells->clusters = NULL;
    return PL_OK;
}

/* One part on its way. */
struct part {
    double *values;
    uint32_t *keys;
    uint64_t *counts;
    double *weights;
    size_t count;
    struct pl_confusion *confusions;
    uint64_t decisions;
    uint64_t unlabelled;
    uint64_t unpredicted;
};

static bool part_init(struct part *part, const struct pl_cells *cells, struct pl_arena *arena)
{
    const size_t count = cells->columns[0].count;

    part->values = pl_arena_alloc_array(arena, count, sizeof *part->values);
    part->keys = pl_arena_alloc_array(arena, count, sizeof *part->keys);
    part->counts = pl_arena_alloc_array(arena, count, sizeof *part->counts);
    part->weights = pl_arena_alloc_array(arena, cells->columns[0].weights == NULL ? 0 : count,
                                         sizeof *part->weights);
    part->confusions = pl_arena_alloc_array(arena, cells->leaves_count, sizeof *part->confusions);
    return part->values != NULL && part->keys != NULL && part->counts != NULL &&
           part->weights != NULL && part->confusions != NULL;
}

static void part_add_run(struct part *part, const struct pl_runs *runs, size_t i, uint64_t count)
{
    if (count == 0)
        return;
    part->values[part->count] = runs->values[i];
    part->keys[part->count] = runs->keys[i];
    part->counts[part->count] = count;
    if (runs->weights != NULL)
        part->weights[part->count] = runs->weights[i];
    part->count++;
    part->decisions += count;
    part->unlabelled += runs->keys[i] % 4 == PL_UNKNOWN ? count : 0;
}

/* Decisions without a score; their weights are shared out as their count is. */
static void part_add_unscored(struct part *part, const struct pl_confusion *all, size_t leaf,
                              int label, uint64_t count)
{
    struct pl_confusion *own = &part->confusions[leaf];
    const double share = count == 0 ? 0.0 : (double)count / (double)all[leaf].n[label][PL_UNKNOWN];

    own->n[label][PL_UNKNOWN] = count;
    own->weight[label][PL_UNKNOWN] = share * all[leaf].weight[label][PL_UNKNOWN];
    own->weight_squared[label][PL_UNKNOWN] = share * all[leaf].weight_squared[label][PL_UNKNOWN];
    part->decisions += count;
    part->unpredicted += count;
    part->unlabelled += label == PL_UNKNOWN ? count : 0;
}

static void draw_parts(const struct pl_cells *cells, const struct pl_split *split,
                       struct part parts[2])
{
    const struct pl_runs *runs = &cells->columns[0];
    struct pl_rng rng;

    pl_rng_init(&rng, split->seed, 0);
    for (size_t i = 0; i < runs->count; i++) {
        const uint64_t second = pl_rng_binomial(&rng, runs->counts[i], split->held_out);

        part_add_run(&parts[0], runs, i, runs->counts[i] - second);
        part_add_run(&parts[1], runs, i, second);
    }
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (int label = 0; label < 3; label++) {
            const uint64_t n = cells->confusions[leaf].n[label][PL_UNKNOWN];
            const uint64_t second = pl_rng_binomial(&rng, n, split->held_out);

            part_add_unscored(&parts[0], cells->confusions, leaf, label, n - second);
            part_add_unscored(&parts[1], cells->confusions, leaf, label, second);
        }
}

static enum pl_status part_finish(const struct part *part, const struct pl_cells *cells,
                                  struct pl_arena *arena, struct pl_cells *ret_cells,
                                  struct pl_error *error)
{
    struct pl_runs *runs = pl_arena_alloc(arena, sizeof *runs);

    if (runs == NULL)
        return pl_arena_error(arena, "a part of the data", error);
    *runs = (struct pl_runs){
        .column = cells->columns[0].column,
        .values = part->values,
        .keys = part->keys,
        .counts = part->counts,
        .weights = cells->columns[0].weights == NULL ? NULL : part->weights,
        .count = part->count,
        .missing = part->unpredicted,
    };
    *ret_cells = *cells;
    ret_cells->columns = runs;
    ret_cells->columns_count = 1;
    ret_cells->confusions = part->confusions;
    ret_cells->decisions = part->decisions;
    ret_cells->unlabelled = part->unlabelled;
    ret_cells->unpredicted = part->unpredicted;
    ret_cells->owned = NULL;
    ret_cells->neighbours = NULL;
    ret_cells->clusters = NULL;
    pl_scores_confuse(ret_cells, NULL, part->confusions);
    return PL_OK;
}

enum pl_status pl_cells_split(const struct pl_cells *cells, const struct pl_split *split,
                              struct pl_arena *arena, struct pl_cells ret_parts[2],
                              struct pl_error *error)
{
    struct part parts[2] = {{0}, {0}};
    struct pl_cells finished[2];

    if (!part_init(&parts[0], cells, arena) || !part_init(&parts[1], cells, arena))
        return pl_arena_error(arena, "the parts of the data", error);
    draw_parts(cells, split, parts);
    for (int i = 0; i < 2; i++)
        PL_RETURN_IF(part_finish(&parts[i], cells, arena, &finished[i], error));
    ret_parts[0] = finished[0];
    ret_parts[1] = finished[1];
    return PL_OK;
}

bool pl_metric_moves(const struct pl_metric *metric)
{
    const unsigned others = ~(unsigned)(PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS | PL_NEEDS_COSTS);

    return (metric->row->needs & PL_NEEDS_PREDICTIONS) != 0 && (metric->row->needs & others) == 0;
}

enum pl_status pl_measure_again(const struct pl_measured *like,
                                const struct pl_remeasure *remeasure, struct pl_arena *arena,
                                struct pl_measured **ret_measured, struct pl_error *error)
{
    struct pl_metric *metrics = pl_arena_alloc_array(arena, like->metrics_count, sizeof *metrics);
    struct pl_crossing *crossings =
        pl_arena_alloc_array(arena, like->groupings_count, sizeof *crossings);
    struct pl_measure_options options = pl_measure_options_like(like);

    if (metrics == NULL || crossings == NULL)
        return pl_arena_error(arena, "the measures", error);
    options.metrics = metrics;
    options.crossings = crossings;
    options.crossings_count = like->groupings_count;
    options.costs = remeasure->costs;
    options.threads = remeasure->threads;
    for (size_t i = 0; i < like->metrics_count; i++)
        if (!remeasure->only_moving || pl_metric_moves(&like->metrics[i]))
            metrics[options.metrics_count++] = like->metrics[i];
    for (size_t i = 0; i < like->groupings_count; i++)
        crossings[i] = like->groupings[i].crossing;
    return pl_measure(remeasure->cells, &options, arena, ret_measured, error);
}
