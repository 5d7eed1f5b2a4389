/* Cells made by hand or by chance, without a file: two segments, a few scores, a few decisions. */
#ifndef PL_TESTS_SMALL_CELLS_H
#define PL_TESTS_SMALL_CELLS_H

#include "base/rng.h"
#include "measure/moved.h"
#include "threshold/quest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define LEAVES_MAX 12
#define RUNS_MAX   400

/* What cells point into. */
struct small_cells {
    struct pl_cells cells;
    struct pl_str names[2][4];
    struct pl_groups segments[2];
    uint32_t leaf_groups[LEAVES_MAX * 2];
    struct pl_confusion confusions[LEAVES_MAX];
    struct pl_runs runs;
    double values[RUNS_MAX];
    uint32_t keys[RUNS_MAX];
    uint64_t counts[RUNS_MAX];
    double weights[RUNS_MAX];
};

/* How large it may get. */
struct small_size {
    uint32_t groups[2]; /* at most 4 and 3 */
    uint32_t scores;    /* distinct scores: 0, 1, … */
    uint64_t count_max; /* decisions in one run */
    bool weighted;
};

static inline void small_name(struct small_cells *small, const struct small_size *size)
{
    static const char *const NAMES[2][4] = {{"a", "b", "c", "d"}, {"u", "v", "w", "x"}};
    static const char *const SEGMENTS[2] = {"g", "h"};

    for (int s = 0; s < 2; s++) {
        for (uint32_t i = 0; i < size->groups[s]; i++)
            small->names[s][i] = pl_str_of(NAMES[s][i]);
        small->segments[s] = (struct pl_groups){
            .segment = pl_str_of(SEGMENTS[s]), .names = small->names[s], .count = size->groups[s]};
    }
    for (uint32_t a = 0; a < size->groups[0]; a++)
        for (uint32_t b = 0; b < size->groups[1]; b++) {
            small->leaf_groups[(a * size->groups[1] + b) * 2] = a;
            small->leaf_groups[(a * size->groups[1] + b) * 2 + 1] = b;
        }
}

/* One run more; ascending by score, leaf and label. */
static inline void small_add(struct small_cells *small, double score, uint32_t key, uint64_t count,
                             double weight)
{
    const size_t at = small->runs.count++;

    assert_true(at < RUNS_MAX);
    small->values[at] = score;
    small->keys[at] = key;
    small->counts[at] = count;
    small->weights[at] = weight;
    small->cells.decisions += count;
    small->cells.unlabelled += key % 4 == PL_UNKNOWN ? count : 0;
}

static inline void small_finish(struct small_cells *small, const struct small_size *size,
                                double threshold)
{
    small->runs.column = PL_STR("score");
    small->runs.values = small->values;
    small->runs.keys = small->keys;
    small->runs.counts = small->counts;
    small->runs.weights = size->weighted ? small->weights : NULL;
    small->cells.segments = small->segments;
    small->cells.segments_count = 2;
    small->cells.leaf_groups = small->leaf_groups;
    small->cells.confusions = small->confusions;
    small->cells.leaves_count = size->groups[0] * size->groups[1];
    small->cells.columns = &small->runs;
    small->cells.columns_count = 1;
    small->cells.has_labels = true;
    small->cells.has_scores = true;
    small->cells.has_predictions = true;
    small->cells.has_weights = size->weighted;
    small->cells.threshold = threshold;
    small->cells.source = PL_STR("small");
    pl_scores_confuse(&small->cells, NULL, small->confusions);
}

static inline void small_unscored(struct small_cells *small, uint32_t leaf, int label, uint64_t n)
{
    small->confusions[leaf].n[label][PL_UNKNOWN] = n;
    small->confusions[leaf].weight[label][PL_UNKNOWN] = (double)n;
    small->confusions[leaf].weight_squared[label][PL_UNKNOWN] = (double)n;
    small->cells.decisions += n;
    small->cells.unpredicted += n;
    small->cells.unlabelled += label == PL_UNKNOWN ? n : 0;
}

/* Cells by chance: higher scores are more often positive. */
static inline void small_random(struct small_cells *small, const struct small_size *size,
                                struct pl_rng *rng)
{
    const uint32_t leaves = size->groups[0] * size->groups[1];

    memset(small, 0, sizeof *small);
    small_name(small, size);
    for (uint32_t score = 0; score < size->scores; score++)
        for (uint32_t leaf = 0; leaf < leaves; leaf++)
            for (uint32_t label = 0; label < 3; label++) {
                const uint64_t most = label == PL_UNKNOWN ? 2 : size->count_max + 1;
                uint64_t count = pl_rng_below(rng, most);

                if (label == PL_POSITIVE)
                    count = count * (score + 1) / size->scores;
                if (count > 0 && pl_rng_below(rng, 4) > 0)
                    small_add(small, score, leaf * 4 + label, count,
                              size->weighted ? 0.25 * (double)(1 + pl_rng_below(rng, 8)) : 1.0);
            }
    for (uint32_t leaf = 0; leaf < leaves; leaf++)
        for (int label = 0; label < 3; label++)
            small_unscored(small, leaf, label, pl_rng_below(rng, 2));
    small_finish(small, size, (double)pl_rng_below(rng, size->scores + 1) - 0.5);
}

#endif
