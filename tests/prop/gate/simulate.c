/*
 * Cells in memory, measured and judged. The groups of the one segment are a, b, c, ..., a leaf for
 * each; what cannot happen (no memory, a measure that is not there) ends the program.
 */
#include "simulate.h"

#include "measure/metrics.h"

#include <math.h>
#include <stdlib.h>

#define AUDITS_SHORT 500

static const struct pl_crossing BY_GROUP = {.segments = {0}, .count = 1};

static const struct pl_str NAMES[SIM_GROUPS_MAX] = {
    {"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 1},
    {"g", 1}, {"h", 1}, {"i", 1}, {"j", 1}, {"k", 1}, {"l", 1},
};

static const uint32_t LEAF_GROUPS[SIM_GROUPS_MAX] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static void give_up(const char *why)
{
    fprintf(stderr, "the simulation cannot go on: %s\n", why);
    exit(EXIT_FAILURE);
}

static void *allocate(struct pl_arena *arena, size_t count, size_t size_bytes)
{
    void *memory = pl_arena_alloc_array(arena, count + 1, size_bytes);

    if (memory == NULL)
        give_up("no memory");
    return memory;
}

bool sim_is_short(const struct sim_run *run)
{
    return run->audits < AUDITS_SHORT;
}

static double beyond_by(double rate, double bound, uint32_t audits)
{
    return (rate - bound) / sqrt(bound * (1.0 - bound) / audits);
}

void sim_expect_at_most(struct sim_run *run, double rate, double bound, uint32_t audits)
{
    const double errors = beyond_by(rate, bound, audits);

    run->figures++;
    run->beyond += errors > run->allowance;
    run->surprise += errors > 2.0;
}

void sim_print_rate(const struct sim_run *run, double rate, double bound, uint32_t audits)
{
    printf(" %6.2f%c", 100.0 * rate, beyond_by(rate, bound, audits) > run->allowance ? '!' : ' ');
}

/* ---- cells ---- */

static struct pl_cells *make_cells(size_t groups_count, struct pl_arena *arena)
{
    struct pl_cells *cells = allocate(arena, 1, sizeof *cells);
    struct pl_groups *segment = allocate(arena, 1, sizeof *segment);

    *segment = (struct pl_groups){
        .segment = PL_STR("group"), .names = NAMES, .count = (uint32_t)groups_count};
    cells->segments = segment;
    cells->segments_count = 1;
    cells->leaf_groups = LEAF_GROUPS;
    cells->confusions = allocate(arena, groups_count, sizeof *cells->confusions);
    cells->leaves_count = groups_count;
    cells->has_labels = true;
    cells->has_predictions = true;
    cells->source = PL_STR("a simulation");
    return cells;
}

static void add_decisions(struct pl_cells *cells, uint32_t group, const int at[2],
                          const struct pl_confusion *one)
{
    struct pl_confusion *sum = (struct pl_confusion *)(uintptr_t)&cells->confusions[group];

    sum->n[at[0]][at[1]] += one->n[0][0];
    sum->weight[at[0]][at[1]] += one->weight[0][0];
    sum->weight_squared[at[0]][at[1]] += one->weight_squared[0][0];
    cells->decisions += one->n[0][0];
}

/* `n` decisions of weight `weight`. */
static struct pl_confusion counted(uint64_t n, double weight)
{
    struct pl_confusion one = {0};

    one.n[0][0] = n;
    one.weight[0][0] = (double)n * weight;
    one.weight_squared[0][0] = (double)n * weight * weight;
    return one;
}

static void add_count(struct pl_cells *cells, uint32_t group, bool predicted, uint64_t n)
{
    const struct pl_confusion one = counted(n, 1.0);
    const int at[2] = {PL_NEGATIVE, predicted ? PL_POSITIVE : PL_NEGATIVE};

    add_decisions(cells, group, at, &one);
}

struct pl_cells *sim_cells_of_rates(const struct sim_rates *rates, struct pl_rng *rng,
                                    struct pl_arena *arena)
{
    struct pl_cells *cells = make_cells(rates->count, arena);

    for (uint32_t g = 0; g < rates->count; g++) {
        const uint64_t n = rates->n[g];
        const uint64_t negatives =
            rates->negatives[g] >= 1.0 ? n : pl_rng_binomial(rng, n, rates->negatives[g]);
        const uint64_t wrong = pl_rng_binomial(rng, negatives, rates->rate[g]);
        const struct pl_confusion positives = counted(n - negatives, 1.0);
        const int at[2] = {PL_POSITIVE, PL_POSITIVE};

        add_count(cells, g, true, wrong);
        add_count(cells, g, false, negatives - wrong);
        add_decisions(cells, g, at, &positives);
    }
    cells->rows = cells->decisions;
    return cells;
}

/* As the runs must come: by value, then leaf and label, then weight. */
static int compare_decisions(const void *a, const void *b)
{
    const struct sim_decision *first = a;
    const struct sim_decision *second = b;

    if (first->value < second->value || first->value > second->value)
        return first->value < second->value ? -1 : 1;
    if (first->group != second->group)
        return first->group < second->group ? -1 : 1;
    if (first->positive != second->positive)
        return first->positive ? 1 : -1;
    return (first->weight > second->weight) - (first->weight < second->weight);
}

static void add_run(struct pl_runs *runs, const struct sim_decision *decision)
{
    double *values = (double *)(uintptr_t)runs->values;
    uint32_t *keys = (uint32_t *)(uintptr_t)runs->keys;
    uint64_t *counts = (uint64_t *)(uintptr_t)runs->counts;
    double *weights = (double *)(uintptr_t)runs->weights;
    const uint32_t label = decision->positive ? PL_POSITIVE : PL_NEGATIVE;

    values[runs->count] = decision->value;
    keys[runs->count] = decision->group * 4 + label;
    counts[runs->count] = 1;
    if (weights != NULL)
        weights[runs->count] = decision->weight;
    runs->count++;
}

static struct pl_runs *make_runs(const struct sim_decisions *decisions, struct pl_arena *arena)
{
    struct pl_runs *runs = allocate(arena, 1, sizeof *runs);

    runs->column = decisions->scored ? PL_STR("score") : PL_STR("x");
    runs->values = allocate(arena, decisions->count, sizeof *runs->values);
    runs->keys = allocate(arena, decisions->count, sizeof *runs->keys);
    runs->counts = allocate(arena, decisions->count, sizeof *runs->counts);
    if (decisions->weighted)
        runs->weights = allocate(arena, decisions->count, sizeof *runs->weights);
    for (size_t i = 0; i < decisions->count; i++)
        add_run(runs, &decisions->items[i]);
    return runs;
}

struct pl_cells *sim_cells_of_decisions(const struct sim_decisions *decisions,
                                        struct pl_arena *arena)
{
    struct pl_cells *cells = make_cells(decisions->groups_count, arena);

    qsort(decisions->items, decisions->count, sizeof *decisions->items, compare_decisions);
    for (size_t i = 0; i < decisions->count; i++) {
        const struct sim_decision *one = &decisions->items[i];
        const bool predicted =
            decisions->scored ? one->value >= decisions->threshold : one->positive;
        const struct pl_confusion sum = counted(1, decisions->weighted ? one->weight : 1.0);
        const int at[2] = {one->positive ? PL_POSITIVE : PL_NEGATIVE,
                           predicted ? PL_POSITIVE : PL_NEGATIVE};

        add_decisions(cells, one->group, at, &sum);
    }
    cells->columns = make_runs(decisions, arena);
    cells->columns_count = 1;
    cells->has_scores = decisions->scored;
    cells->has_weights = decisions->weighted;
    cells->threshold = decisions->threshold;
    cells->rows = cells->decisions;
    return cells;
}

/* ---- measures and findings ---- */

struct pl_measured *sim_measure(const struct pl_cells *cells, const char *const *names,
                                size_t count, struct pl_arena *arena)
{
    struct pl_metric *metrics = allocate(arena, count, sizeof *metrics);
    struct pl_measured *measured = NULL;
    struct pl_error error;

    for (size_t i = 0; i < count; i++) {
        if (pl_metric_parse(pl_str_of(names[i]), PL_TASK_BINARY, arena, &metrics[i], &error) !=
            PL_OK)
            give_up(error.message);
        metrics[i].column = metrics[i].column_name.len > 0 ? 0 : -1;
    }

    const struct pl_measure_options options = {
        .metrics = metrics,
        .metrics_count = count,
        .crossings = &BY_GROUP,
        .crossings_count = 1,
        .costs = {.given = true, .false_positive = 1.0, .false_negative = 3.0},
        .confidence = SIM_CONFIDENCE,
        .smallest_slice = 30,
        .seed = 1,
        .threads = 1,
    };

    if (pl_measure(cells, &options, arena, &measured, &error) != PL_OK)
        give_up(error.message);
    return measured;
}

struct pl_limit sim_limit(const char *metric, enum pl_comparator comparator, double threshold,
                          const char *reference)
{
    return (struct pl_limit){
        .text = pl_str_of(metric),
        .metric = pl_str_of(metric),
        .comparator = comparator,
        .threshold = threshold,
        .crossings = &BY_GROUP,
        .crossings_count = 1,
        .reference = reference == NULL ? (struct pl_str){0} : pl_str_of(reference),
        .judge = PL_JUDGE_INTERVAL,
        .confidence = SIM_CONFIDENCE,
    };
}

const struct pl_judgement *sim_judge(const struct pl_measured *measured,
                                     const struct pl_limit *limits, size_t count,
                                     struct pl_arena *arena)
{
    const struct pl_record_facts facts = {0};
    struct pl_line line = {
        .file = "a simulation",
        .limits = limits,
        .limits_count = count,
        .evidence = {.confidence = SIM_CONFIDENCE, .smallest_slice = 30},
    };
    struct pl_judgement *judgement = NULL;
    struct pl_error error;

    if (pl_judge(&line, measured, &facts, arena, &judgement, &error) != PL_OK)
        give_up(error.message);
    return judgement;
}

/* A hair's breadth is left for p-values, which are found to a relative 1e-6. */
static bool contradicts(const struct pl_case *one, const struct pl_limit *limit)
{
    const bool upper =
        limit->comparator != PL_COMPARE_MIN && limit->comparator != PL_COMPARE_MIN_RATIO;
    const double sign = upper ? 1.0 : -1.0;
    const double breach = sign * ((upper ? one->low : one->high) - limit->threshold);
    const double clear = sign * ((upper ? one->high : one->low) - limit->threshold);
    const double hair = 1e-6 * (1.0 + fabs(limit->threshold));

    if (!one->judged || one->reason != PL_DEFINED)
        return false;
    if (one->state == PL_STATE_BREACH)
        return breach < -hair;
    if (one->state == PL_STATE_CLEAR)
        return clear > hair || breach > hair;
    return breach > hair || clear < -hair;
}

size_t sim_contradictions(const struct pl_judgement *judgement)
{
    size_t count = 0;

    for (size_t f = 0; f < judgement->findings_count; f++)
        for (size_t i = 0; i < judgement->findings[f].cases_count; i++)
            count += contradicts(&judgement->findings[f].cases[i], judgement->findings[f].limit);
    return count;
}
