/*
 * Whole audits, simulated: how often the intervals of fairness hold what is true, for all groups
 * and both measures at once, in each of the three forms; and how often groups that are all equal
 * are said to differ, by the audit's gap and by a limit of "at most 0" as the gate judges it.
 * Groups are unequal, of 30 to 3,000 decisions. Fails when a share leaves its bounds by more than
 * the simulation's own error.
 *
 *     audits [REPLICATES [SEED]]
 *
 * The suite runs a few; docs/statistics.md gives the figures of a long run.
 */
#include "base/rng.h"
#include "fairness/fairness.h"
#include "judge/judge.h"
#include "measure/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define GROUPS_MAX  84
#define MEASURES    4
#define DEFINITIONS 4
#define NAME_SIZE   24
#define ARENA_SIZE  ((size_t)1 << 28)
#define FORMS       PL_FAIRNESS_FORMS_COUNT
#define SMALLEST    30.0
#define LARGEST     3000.0

static const double CONFIDENCE = 0.95;
static const struct pl_crossing BY_GROUP = {.segments = {0}, .count = 1};
static const char *const NAMES[MEASURES] = {"selection_rate", "true_positive_rate",
                                            "false_positive_rate", "precision"};
static const char *const ASKED[DEFINITIONS] = {"demographic_parity", "predictive_parity",
                                               "equalized_odds", "equalized_odds_mean"};

/* A world: every group's base rate and error rates. */
struct world {
    const char *name;
    size_t groups;
    double base[2]; /* of the first group, and of the last; evenly between */
    double found[2];
    double alarmed[2];
};

static const struct world WORLDS[] = {
    {"equal, 3", 3, {0.3, 0.3}, {0.7, 0.7}, {0.2, 0.2}},
    {"equal, 12", 12, {0.3, 0.3}, {0.7, 0.7}, {0.2, 0.2}},
    {"equal, 84", 84, {0.3, 0.3}, {0.7, 0.7}, {0.2, 0.2}},
    {"equal, rare, 12", 12, {0.1, 0.1}, {0.5, 0.5}, {0.02, 0.02}},
    {"apart, 3", 3, {0.2, 0.5}, {0.6, 0.8}, {0.1, 0.3}},
    {"apart, 12", 12, {0.2, 0.5}, {0.6, 0.8}, {0.1, 0.3}},
    {"apart, 84", 84, {0.2, 0.5}, {0.6, 0.8}, {0.1, 0.3}},
};

#define WORLDS_COUNT (sizeof WORLDS / sizeof *WORLDS)

/* How often everything held, by definition and form. */
struct counts {
    uint32_t difference[DEFINITIONS][FORMS];
    uint32_t ratio[DEFINITIONS][FORMS];
    uint32_t groups[DEFINITIONS]; /* every group against the reference at once */
    uint32_t said_to_differ;      /* equalized odds between groups */
    uint32_t breach;              /* of false_positive_rate at most 0 apart */
};

struct trial {
    const struct world *world;
    struct pl_rng rng;
    struct pl_arena arena;
    char names[GROUPS_MAX][NAME_SIZE];
    struct pl_str texts[GROUPS_MAX];
    uint32_t leaf_groups[GROUPS_MAX];
    struct pl_confusion confusions[GROUPS_MAX];
    struct pl_groups segment;
    struct pl_cells cells;
    double truths[MEASURES][GROUPS_MAX];
    double overall[MEASURES];
    size_t reference;
};

static void give_up(const char *why)
{
    fprintf(stderr, "the simulation cannot go on: %s\n", why);
    exit(EXIT_FAILURE);
}

/* ---- the truth ---- */

static uint64_t size_of(const struct world *world, size_t g)
{
    const size_t place = (g * 37 + 11) % world->groups;
    const double share = (double)place / (double)(world->groups - 1);

    return (uint64_t)round(SMALLEST * pow(LARGEST / SMALLEST, share));
}

static double between(const double ends[2], const struct world *world, size_t g)
{
    return ends[0] + (ends[1] - ends[0]) * (double)g / (double)(world->groups - 1);
}

/* Expected shares of true positives, positives, false positives and all. */
struct shares {
    double found;
    double positives;
    double alarmed;
    double all;
};

static void measure_truth(const struct shares *shares, double ret_values[MEASURES])
{
    const double said = shares->found + shares->alarmed;

    ret_values[0] = said / shares->all;
    ret_values[1] = shares->found / shares->positives;
    ret_values[2] = shares->alarmed / (shares->all - shares->positives);
    ret_values[3] = shares->found / said;
}

static void find_truth(struct trial *trial)
{
    const struct world *world = trial->world;
    struct shares whole = {0};

    for (size_t g = 0; g < world->groups; g++) {
        const double n = (double)size_of(world, g);
        const double positives = n * between(world->base, world, g);
        const struct shares shares = {
            .found = positives * between(world->found, world, g),
            .positives = positives,
            .alarmed = (n - positives) * between(world->alarmed, world, g),
            .all = n,
        };
        double values[MEASURES];

        measure_truth(&shares, values);
        for (size_t i = 0; i < MEASURES; i++)
            trial->truths[i][g] = values[i];
        whole.found += shares.found;
        whole.positives += shares.positives;
        whole.alarmed += shares.alarmed;
        whole.all += shares.all;
        if (size_of(world, g) > size_of(world, trial->reference))
            trial->reference = g;
    }
    measure_truth(&whole, trial->overall);
}

struct gap {
    double difference;
    double ratio;
};

/* The furthest from `other`. */
static struct gap gap_to(const double *values, size_t count, double other)
{
    struct gap gap = {0.0, 1.0};

    for (size_t g = 0; g < count; g++) {
        gap.difference = fmax(gap.difference, fabs(values[g] - other));
        gap.ratio = fmin(gap.ratio, fmin(values[g] / other, other / values[g]));
    }
    return gap;
}

static struct gap true_gap(const struct trial *trial, size_t measure, int form)
{
    const double *values = trial->truths[measure];
    const size_t count = trial->world->groups;
    struct gap widest = {0.0, 1.0};

    if (form == PL_FAIRNESS_TO_OVERALL)
        return gap_to(values, count, trial->overall[measure]);
    if (form == PL_FAIRNESS_TO_REFERENCE)
        return gap_to(values, count, values[trial->reference]);
    for (size_t g = 0; g < count; g++) {
        const struct gap gap = gap_to(values, count, values[g]);

        widest.difference = fmax(widest.difference, gap.difference);
        widest.ratio = fmin(widest.ratio, gap.ratio);
    }
    return widest;
}

/* The definitions of ASKED from the measures of NAMES. */
static struct gap true_of(const struct trial *trial, size_t definition, int form)
{
    const struct gap found = true_gap(trial, 1, form);
    const struct gap alarmed = true_gap(trial, 2, form);

    if (definition < 2)
        return true_gap(trial, definition == 0 ? 0 : 3, form);
    if (definition == 2)
        return (struct gap){fmax(found.difference, alarmed.difference),
                            fmin(found.ratio, alarmed.ratio)};
    return (struct gap){0.5 * (found.difference + alarmed.difference),
                        0.5 * (found.ratio + alarmed.ratio)};
}

/* ---- one audit ---- */

static void add(struct pl_confusion *confusion, int label, int prediction, uint64_t n)
{
    confusion->n[label][prediction] = n;
    confusion->weight[label][prediction] = (double)n;
    confusion->weight_squared[label][prediction] = (double)n;
}

static void draw_cells(struct trial *trial)
{
    const struct world *world = trial->world;

    trial->cells.decisions = 0;
    for (size_t g = 0; g < world->groups; g++) {
        const uint64_t n = size_of(world, g);
        const uint64_t positives = pl_rng_binomial(&trial->rng, n, between(world->base, world, g));
        const uint64_t found =
            pl_rng_binomial(&trial->rng, positives, between(world->found, world, g));
        const uint64_t alarmed =
            pl_rng_binomial(&trial->rng, n - positives, between(world->alarmed, world, g));

        add(&trial->confusions[g], PL_POSITIVE, PL_POSITIVE, found);
        add(&trial->confusions[g], PL_POSITIVE, PL_NEGATIVE, positives - found);
        add(&trial->confusions[g], PL_NEGATIVE, PL_POSITIVE, alarmed);
        add(&trial->confusions[g], PL_NEGATIVE, PL_NEGATIVE, n - positives - alarmed);
        trial->cells.decisions += n;
    }
    trial->cells.rows = trial->cells.decisions;
}

static struct pl_measured *measure(struct trial *trial)
{
    struct pl_metric *metrics = pl_arena_alloc_array(&trial->arena, MEASURES, sizeof *metrics);
    struct pl_measured *measured = NULL;
    struct pl_error error;

    for (size_t i = 0; i < MEASURES; i++)
        if (metrics == NULL || pl_metric_parse(pl_str_of(NAMES[i]), PL_TASK_BINARY, &trial->arena,
                                               &metrics[i], &error) != PL_OK)
            give_up("a measure is not there");

    const struct pl_measure_options options = {
        .metrics = metrics,
        .metrics_count = MEASURES,
        .crossings = &BY_GROUP,
        .crossings_count = 1,
        .costs = {.false_positive = 1.0, .false_negative = 1.0},
        .confidence = CONFIDENCE,
        .smallest_slice = 30,
        .seed = 1,
        .threads = 1,
    };

    if (pl_measure(&trial->cells, &options, &trial->arena, &measured, &error) != PL_OK)
        give_up(error.message);
    return measured;
}

static const struct pl_fairness_grouping *compare(struct trial *trial,
                                                  const struct pl_measured *measured)
{
    const struct pl_fairness_definition *definitions[DEFINITIONS];
    const struct pl_fairness_options options = {.definitions = definitions,
                                                .definitions_count = DEFINITIONS};
    const struct pl_between *betweens = NULL;
    struct pl_fairness *fairness = NULL;
    struct pl_error error;
    size_t count = 0;

    for (size_t i = 0; i < DEFINITIONS; i++)
        definitions[i] = pl_fairness_definition_find(pl_str_of(ASKED[i]));
    if (pl_measure_between(measured, 1, &trial->arena, &betweens, &count, &error) != PL_OK ||
        pl_fairness_run(measured, betweens, &options, &trial->arena, &fairness, &error) != PL_OK)
        give_up(error.message);
    return &fairness->groupings[0];
}

static bool breaches(struct trial *trial, const struct pl_measured *measured)
{
    const struct pl_limit limit = {
        .text = pl_str_of(NAMES[2]),
        .metric = pl_str_of(NAMES[2]),
        .comparator = PL_COMPARE_MAX_DIFFERENCE,
        .crossings = &BY_GROUP,
        .crossings_count = 1,
        .judge = PL_JUDGE_INTERVAL,
        .confidence = CONFIDENCE,
    };
    const struct pl_line line = {
        .file = "a simulation",
        .limits = &limit,
        .limits_count = 1,
        .evidence = {.confidence = CONFIDENCE, .smallest_slice = 30},
    };
    const struct pl_record_facts facts = {0};
    struct pl_judgement *judgement = NULL;
    struct pl_error error;

    if (pl_judge(&line, measured, &facts, &trial->arena, &judgement, &error) != PL_OK)
        give_up(error.message);
    return judgement->findings[0].state == PL_STATE_BREACH;
}

static bool holds(const struct pl_estimate *estimate, double truth)
{
    return estimate->status == PL_ESTIMATE_UNDEFINED ||
           (estimate->low <= truth + 1e-12 && truth <= estimate->high + 1e-12);
}

/* Whether every group's interval holds; single measures only, which have a sign. */
static bool all_hold(const struct trial *trial, const struct pl_fairness_figures *figures,
                     size_t measure)
{
    const double other = trial->truths[measure][trial->reference];

    for (size_t i = 0; i < figures->groups_count; i++) {
        const struct pl_fairness_group *group = &figures->groups[i];
        const double truth = trial->truths[measure][group->slice->groups[0]];

        if (!holds(&group->difference, truth - other) || !holds(&group->ratio, truth / other))
            return false;
    }
    return true;
}

static void run_trial(struct trial *trial, struct counts *counts)
{
    draw_cells(trial);

    const struct pl_measured *measured = measure(trial);
    const struct pl_fairness_grouping *grouping = compare(trial, measured);

    for (size_t i = 0; i < DEFINITIONS; i++) {
        for (int form = 0; form < FORMS; form++) {
            const struct gap truth = true_of(trial, i, form);
            const struct pl_fairness_gap *gap = &grouping->figures[i].gaps[form];

            counts->difference[i][form] += holds(&gap->difference, truth.difference);
            counts->ratio[i][form] += holds(&gap->ratio, truth.ratio);
        }
        if (i < 2)
            counts->groups[i] += all_hold(trial, &grouping->figures[i], i == 0 ? 0 : 3);
    }
    counts->said_to_differ += grouping->figures[2].gaps[PL_FAIRNESS_BETWEEN].difference.low > 0.0;
    counts->breach += breaches(trial, measured);
    pl_arena_deinit(&trial->arena);
}

static void init_trial(struct trial *trial, const struct world *world, uint64_t seed,
                       uint64_t stream)
{
    *trial = (struct trial){.world = world};
    pl_rng_init(&trial->rng, seed, stream);
    pl_arena_init(&trial->arena, ARENA_SIZE);
    for (size_t g = 0; g < world->groups; g++) {
        (void)snprintf(trial->names[g], NAME_SIZE, "g%02zu", g);
        trial->texts[g] = pl_str_of(trial->names[g]);
        trial->leaf_groups[g] = (uint32_t)g;
    }
    trial->segment = (struct pl_groups){
        .segment = PL_STR("group"), .names = trial->texts, .count = (uint32_t)world->groups};
    trial->cells = (struct pl_cells){
        .segments = &trial->segment,
        .segments_count = 1,
        .leaf_groups = trial->leaf_groups,
        .confusions = trial->confusions,
        .leaves_count = world->groups,
        .has_labels = true,
        .has_predictions = true,
        .source = PL_STR("a simulation"),
    };
    find_truth(trial);
}

static double least(const struct counts *counts, int form, bool ratio, uint32_t replicates)
{
    uint32_t count = replicates;

    for (size_t i = 0; i < DEFINITIONS; i++) {
        const uint32_t one = ratio ? counts->ratio[i][form] : counts->difference[i][form];

        count = one < count ? one : count;
    }
    return (double)count / replicates;
}

static bool run(const struct world *world, uint32_t replicates, uint64_t seed, uint64_t stream)
{
    static struct trial trial;
    struct counts counts = {0};
    const double slack = 3.0 * sqrt(0.05 * 0.95 / replicates);
    const bool equal = world->base[1] <= world->base[0];
    bool good = true;

    init_trial(&trial, world, seed, stream);
    for (uint32_t i = 0; i < replicates; i++)
        run_trial(&trial, &counts);
    printf("%-16s %6u", world->name, replicates);
    for (int form = 0; form < FORMS; form++) {
        const double difference = least(&counts, form, false, replicates);
        const double ratio = least(&counts, form, true, replicates);

        good = good && difference >= 0.94 - slack && ratio >= 0.94 - slack;
        printf("  %.3f %.3f", difference, ratio);
    }

    const uint32_t all = counts.groups[0] < counts.groups[1] ? counts.groups[0] : counts.groups[1];
    const double differ = (double)counts.said_to_differ / replicates;
    const double breach = (double)counts.breach / replicates;

    good = good && (double)all / replicates >= 0.94 - slack;
    good = good && (!equal || (differ <= 0.05 + slack && breach <= 0.05 + slack));
    printf("   %.3f   %.3f %.3f  %s\n", (double)all / replicates, differ, breach,
           good ? "" : "OUT OF BOUNDS");
    (void)fflush(stdout);
    return good;
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 40;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = replicates > 0;

    printf("seed %llu, confidence %.2f; the least over %d definitions, difference and ratio\n",
           (unsigned long long)seed, CONFIDENCE, DEFINITIONS);
    printf("%-16s %6s  %-11s  %-11s  %-11s   %-5s   %-6s %s\n", "world", "audits", "between",
           "reference", "overall", "each", "differ", "breach");
    for (size_t i = 0; i < WORLDS_COUNT; i++)
        good = run(&WORLDS[i], replicates, seed, i) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
