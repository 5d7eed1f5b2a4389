/*
 * Counts pairs of answers. A rate of which both sides have the same trials is compared by the pairs that
 * disagree; one with trials of its own on each side, such as precision, by the correlation of the two
 * estimates; a mean by the differences of the pairs. What is none of these stays two samples, which is
 * cautious as long as the two estimates rise and fall together.
 */
#include "measure/pairs.h"

#include "measure/marks.h"
#include "measure/metrics.h"
#include "measure/pair_clusters.h"
#include "measure/partition.h"
#include "stats/pairs.h"

#include <math.h>
#include <string.h>

/* How many decisions more than were seen are taken to disagree in each way, where a correlation is
   estimated: without them answers that never differ would leave nothing unknown. */
#define UNSEEN 2.0

/* Decisions of one slice by label and by both answers. */
struct table {
    uint64_t n[3][2][2];
    double weight[3][2][2];
    double squared[3][2][2];
};

/* The differences of one measure's values in one slice. */
struct mean {
    struct pl_mean mean;
    uint64_t n;
    double all[2];  /* sums of weights and of their squares */
    double more[2]; /* where the difference is 1 */
    double less[2]; /* where it is -1 */
};

/* All slices of one grouping, and its place among those of `here`; the first is everything. */
struct grouping {
    const struct pl_slice *slices;
    size_t count;
    struct table *tables;
    struct mean *means;                 /* slices x metrics */
    struct pl_pair_clusters *clustered; /* slices x metrics; NULL: decisions are independent */
};

struct pl_pairs {
    const struct pl_join *join;
    const struct pl_measured *here;
    struct grouping *groupings; /* one more than of `here` */
    enum pl_mark *marks;        /* of the groups of the last segment: the baseline's answers */
    bool weighted;
};

/* A measure as a sum of rates: how each is made of the combinations. */
struct linear {
    struct {
        unsigned successes;
        unsigned trials;
        double coefficient;
    } rates[2];
    size_t count;
};

static const struct {
    const char *name;
    struct linear linear; /* coefficients are those of the estimate */
} SUMS[] = {
    {"balanced_accuracy",
     {.rates = {{PL_TP, PL_FN | PL_TP, 0.0}, {PL_TN, PL_TN | PL_FP, 0.0}}, .count = 2}},
    {"expected_cost",
     {.rates = {{PL_FP, PL_LABELLED, 0.0}, {PL_FN, PL_LABELLED, 0.0}}, .count = 2}},
};

static enum pl_mark mark_of(const struct pl_join *join, struct pl_marks *marks,
                            struct pl_str answer, enum pl_status *status, struct pl_error *error)
{
    enum pl_mark mark = PL_UNKNOWN;

    if (*status != PL_OK || pl_str_equal_text(answer, PL_GROUP_MISSING))
        return PL_UNKNOWN;
    /* The side of a score is 1 or 0, whatever the line calls positive. */
    if (join->baseline->prediction.len == 0)
        return pl_str_equal_text(answer, "1") ? PL_POSITIVE : PL_NEGATIVE;
    *status = pl_marks_take(marks, answer, &mark, error);
    return mark;
}

static enum pl_status read_answers(struct pl_pairs *pairs, struct pl_arena *arena,
                                   struct pl_error *error)
{
    const struct pl_cells *cells = pairs->here->cells;
    const struct pl_groups *answers = &cells->segments[cells->segments_count - 1];
    struct pl_marks marks = {
        .line = pairs->join->line,
        .column = pairs->join->baseline->prediction,
        .place = pairs->join->baseline->place,
    };
    enum pl_status status = PL_OK;

    pairs->marks = pl_arena_alloc_array(arena, answers->count + 1, sizeof *pairs->marks);
    if (pairs->marks == NULL)
        return pl_arena_error(arena, "the pairs", error);
    for (uint32_t i = 0; i < answers->count; i++)
        pairs->marks[i] = mark_of(pairs->join, &marks, answers->names[i], &status, error);
    return status;
}

static void add_leaf(struct table *table, const struct pl_confusion *confusion, enum pl_mark there)
{
    if (there == PL_UNKNOWN)
        return;
    for (int label = 0; label < 3; label++)
        for (int here = 0; here < 2; here++) {
            table->n[label][here][there] += confusion->n[label][here];
            table->weight[label][here][there] += confusion->weight[label][here];
            table->squared[label][here][there] += confusion->weight_squared[label][here];
        }
}

static void fill_tables(const struct pl_pairs *pairs, const struct pl_partition *partition,
                        struct grouping *grouping)
{
    const struct pl_cells *cells = pairs->here->cells;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const uint32_t answer =
            cells->leaf_groups[leaf * cells->segments_count + cells->segments_count - 1];

        add_leaf(&grouping->tables[partition->slice_of_leaf[leaf]], &cells->confusions[leaf],
                 pairs->marks[answer]);
    }
}

static void add_difference(struct mean *mean, double value, uint64_t count, double weight)
{
    const double n = (double)count;

    if (weight <= 0.0)
        return;
    pl_mean_add(&mean->mean, value, count, weight);
    mean->n += count;
    mean->all[0] += n * weight;
    mean->all[1] += n * weight * weight;
    if (value >= 1.0) {
        mean->more[0] += n * weight;
        mean->more[1] += n * weight * weight;
    } else if (value <= -1.0) {
        mean->less[0] += n * weight;
        mean->less[1] += n * weight * weight;
    }
}

static const struct pl_runs *find_runs(const struct pl_cells *cells, const char *prefix,
                                       struct pl_str name)
{
    for (size_t i = 0; i < cells->columns_count; i++) {
        const struct pl_str column = cells->columns[i].column;
        const size_t length = strlen(prefix);

        if (pl_str_starts_with(column, pl_str_of(prefix)) && column.len == length + name.len &&
            memcmp(column.ptr + length, name.ptr, name.len) == 0)
            return &cells->columns[i];
    }
    return NULL;
}

/* The differences of one column; those of a loss are of the decisions with that label. */
static void fill_mean(const struct pl_pairs *pairs, const struct pl_partition *partition,
                      const struct pl_runs *runs, int label, struct mean *first)
{
    const size_t step = pairs->here->metrics_count;

    for (size_t i = 0; runs != NULL && i < runs->count; i++) {
        const uint32_t leaf = runs->keys[i] / 4;

        if (label >= 0 && (int)(runs->keys[i] % 4) != label)
            continue;
        add_difference(&first[partition->slice_of_leaf[leaf] * step], runs->values[i],
                       runs->counts[i], pl_run_weight(runs, i));
    }
}

static bool is_mean(const struct pl_metric *metric)
{
    return strcmp(metric->row->help.name, "mean(COLUMN)") == 0 ||
           strcmp(metric->row->help.name, "rate(COLUMN)") == 0;
}

static void fill_means(const struct pl_pairs *pairs, const struct pl_partition *partition,
                       struct grouping *grouping)
{
    const struct pl_cells *cells = pairs->here->cells;

    for (size_t m = 0; m < pairs->here->metrics_count; m++) {
        const struct pl_metric *metric = &pairs->here->metrics[m];

        if (is_mean(metric))
            fill_mean(pairs, partition, find_runs(cells, PL_JOIN_DIFFERENCE, metric->column_name),
                      -1, &grouping->means[m]);
        for (size_t i = 0; pairs->join->scores && i < PL_JOIN_LOSSES_COUNT; i++)
            for (int label = 0; label < 2; label++)
                if (pl_str_equal_text(metric->name, PL_JOIN_LOSSES[i].metric))
                    fill_mean(pairs, partition,
                              find_runs(cells, "", pl_str_of(PL_JOIN_LOSSES[i].columns[label])),
                              label, &grouping->means[m]);
    }
}

/* Which value column of the clusters has the differences of each metric; -1 for none. */
static enum pl_status find_differences(const struct pl_pairs *pairs, struct pl_arena *arena,
                                       int **ret_differences, struct pl_error *error)
{
    const struct pl_cells *cells = pairs->here->cells;
    int *differences =
        pl_arena_alloc_array(arena, pairs->here->metrics_count + 1, sizeof *differences);

    if (differences == NULL)
        return pl_arena_error(arena, "the pairs", error);
    for (size_t m = 0; m < pairs->here->metrics_count; m++) {
        const struct pl_metric *metric = &pairs->here->metrics[m];
        const struct pl_runs *runs =
            is_mean(metric) ? find_runs(cells, PL_JOIN_DIFFERENCE, metric->column_name) : NULL;

        differences[m] =
            runs == NULL ? -1 : (int)(runs - cells->columns) - (cells->has_scores ? 1 : 0);
    }
    *ret_differences = differences;
    return PL_OK;
}

static enum pl_status fill_grouping(const struct pl_pairs *pairs, struct grouping *grouping,
                                    const struct pl_partition *partition, struct pl_arena *arena,
                                    struct pl_error *error)
{
    const size_t metrics = pairs->here->metrics_count;

    grouping->tables = pl_arena_alloc_array(arena, grouping->count + 1, sizeof *grouping->tables);
    grouping->means =
        pl_arena_alloc_array(arena, grouping->count * metrics + 1, sizeof *grouping->means);
    if (grouping->tables == NULL || grouping->means == NULL)
        return pl_arena_error(arena, "the pairs", error);
    for (size_t i = 0; i < grouping->count * metrics; i++) {
        pl_mean_init(&grouping->means[i].mean);
        pl_mean_refuse_rate(&grouping->means[i].mean);
    }
    fill_tables(pairs, partition, grouping);
    fill_means(pairs, partition, grouping);

    int *differences = NULL;

    PL_RETURN_IF(find_differences(pairs, arena, &differences, error));

    const struct pl_pair_request request = {pairs->here, pairs->marks, differences};

    return pl_pair_clusters_make(&request, partition, arena, &grouping->clustered, error);
}

static enum pl_status fill(struct pl_pairs *pairs, struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_measured *here = pairs->here;
    struct pl_partition partition;

    PL_RETURN_IF(pl_partition_all(here->cells, arena, &partition, error));
    pairs->groupings[0].slices = &here->overall;
    pairs->groupings[0].count = 1;
    PL_RETURN_IF(fill_grouping(pairs, &pairs->groupings[0], &partition, arena, error));
    for (size_t g = 0; g < here->groupings_count; g++) {
        struct grouping *grouping = &pairs->groupings[g + 1];
        struct pl_slice *slices = NULL;

        PL_RETURN_IF(pl_partition_make(here->cells, &here->groupings[g].crossing, arena, &partition,
                                       &slices, error));
        grouping->slices = here->groupings[g].slices;
        grouping->count = here->groupings[g].slices_count;
        PL_RETURN_IF(fill_grouping(pairs, grouping, &partition, arena, error));
    }
    return PL_OK;
}

enum pl_status pl_pairs_make(const struct pl_join *join, const struct pl_measured *here,
                             struct pl_arena *arena, struct pl_pairs **ret_pairs,
                             struct pl_error *error)
{
    struct pl_pairs *pairs = pl_arena_alloc(arena, sizeof *pairs);

    if (pairs == NULL)
        return pl_arena_error(arena, "the pairs", error);
    *pairs = (struct pl_pairs){.join = join, .here = here, .weighted = here->cells->has_weights};
    pairs->groupings =
        pl_arena_alloc_array(arena, here->groupings_count + 1, sizeof *pairs->groupings);
    if (pairs->groupings == NULL)
        return pl_arena_error(arena, "the pairs", error);
    PL_RETURN_IF(read_answers(pairs, arena, error));
    PL_RETURN_IF(fill(pairs, arena, error));
    *ret_pairs = pairs;
    return PL_OK;
}

/* Membership in the trials does not depend on the answer, so both sides have the same. */
static bool has_same_trials(const struct pl_metric_row *row)
{
    if (row->trials == 0 || row->make != NULL || row->shape != PL_RATE_AS_IS)
        return false;
    for (unsigned label = 0; label < 3; label++) {
        const unsigned trials = row->trials >> (3 * label);

        if ((trials & 1u) != (trials >> 1 & 1u))
            return false;
    }
    return true;
}

static bool holds(unsigned bits, int label, int answer)
{
    return (bits >> (3 * label + answer) & 1u) != 0;
}

/* Sums over the pairs in which exactly one answer is a success. */
struct disagreement {
    struct pl_rate_sums first;
    struct pl_rate_sums second;
    uint64_t counts[2];
};

static void add_disagreement(struct disagreement *sums, const struct table *table,
                             const struct pl_metric_row *row, int label)
{
    for (int here = 0; here < 2; here++)
        for (int there = 0; there < 2; there++) {
            const bool success_here = holds(row->successes, label, here);
            const bool success_there = holds(row->successes, label, there);

            sums->first.count += table->n[label][here][there];
            sums->first.total += table->weight[label][here][there];
            sums->first.total_squared += table->squared[label][here][there];
            if (success_here == success_there)
                continue;

            struct pl_rate_sums *side = success_here ? &sums->first : &sums->second;

            side->successes += table->weight[label][here][there];
            side->successes_squared += table->squared[label][here][there];
            sums->counts[success_here ? 0 : 1] += table->n[label][here][there];
        }
}

static struct pl_rate rate_of(const struct pl_rate_sums *sums, uint64_t count, bool weighted)
{
    return weighted ? pl_rate_effective(sums)
                    : (struct pl_rate){(double)count, (double)sums->count};
}

static void compare_rates(const struct pl_pairs *pairs, const struct table *table,
                          const struct pl_metric_row *row, struct pl_sides *sides)
{
    struct disagreement sums = {0};

    for (int label = 0; label < 3; label++)
        if (holds(row->trials, label, 0))
            add_disagreement(&sums, table, row, label);
    sums.second.total = sums.first.total;
    sums.second.total_squared = sums.first.total_squared;
    sums.second.count = sums.first.count;
    if (sums.first.count == 0)
        return;

    const struct pl_discordance discordance = {
        .only_first = rate_of(&sums.first, sums.counts[0], pairs->weighted),
        .only_second = rate_of(&sums.second, sums.counts[1], pairs->weighted),
        .value = (sums.first.successes - sums.second.successes) / sums.first.total,
        .n = sums.first.count,
    };

    sides->difference = pl_paired_difference(&discordance);
    sides->method = PL_SIDES_PAIRED;
}

/* One side of the table, as sums of weights over a rate's combinations. */
static double sum_of(const struct table *table, unsigned bits, bool of_there)
{
    double sum = 0.0;

    for (int label = 0; label < 3; label++)
        for (int here = 0; here < 2; here++)
            for (int there = 0; there < 2; there++)
                if (holds(bits, label, of_there ? there : here))
                    sum += table->weight[label][here][there];
    return sum;
}

/* By how much a decision with this label and answer moves the estimate of one side. */
static double influence(const struct table *table, const struct linear *linear, int label,
                        int answer, bool of_there)
{
    double sum = 0.0;

    for (size_t i = 0; i < linear->count; i++) {
        const double trials = sum_of(table, linear->rates[i].trials, of_there);
        const double rate = sum_of(table, linear->rates[i].successes, of_there) / trials;

        if (trials > 0.0 && holds(linear->rates[i].trials, label, answer))
            sum += linear->rates[i].coefficient *
                   ((holds(linear->rates[i].successes, label, answer) ? 1.0 : 0.0) - rate) / trials;
    }
    return sum;
}

/* The square of a typical weight, for decisions that were not seen. */
static double typical_square(const struct table *table)
{
    double squares = 0.0;
    double count = 0.0;

    for (int label = 0; label < 3; label++)
        for (int here = 0; here < 2; here++)
            for (int there = 0; there < 2; there++) {
                squares += table->squared[label][here][there];
                count += (double)table->n[label][here][there];
            }
    return count > 0.0 ? squares / count : 0.0;
}

static double correlation_of(const struct table *table, const struct linear *linear)
{
    const double unseen = UNSEEN * typical_square(table);
    struct pl_influences influences = {0};

    for (int label = 0; label < 3; label++)
        for (int here = 0; here < 2; here++)
            for (int there = 0; there < 2; there++) {
                const double first = influence(table, linear, label, here, false);
                const double second = influence(table, linear, label, there, true);
                const bool could_differ = here != there && label < PL_UNKNOWN;

                pl_influences_add(&influences, first, second, table->squared[label][here][there]);
                if (could_differ)
                    influences.difference += unseen * (first - second) * (first - second);
            }
    return pl_influences_correlation(&influences);
}

/* The rates that the measure is made of; none when it is no sum of rates. */
static struct linear linear_of(const struct pl_metric_row *row, const struct pl_stat *stat)
{
    struct linear linear = {.count = 0};

    if (row->trials != 0 && row->make == NULL) {
        linear.rates[0].successes = row->successes;
        linear.rates[0].trials = row->trials;
        linear.rates[0].coefficient = 1.0;
        linear.count = 1;
    }
    for (size_t i = 0; i < sizeof SUMS / sizeof *SUMS; i++) {
        if (strcmp(row->help.name, SUMS[i].name) != 0 || stat->kind != PL_STAT_MIX)
            continue;
        linear = SUMS[i].linear;
        linear.rates[0].coefficient = stat->mix.coefficients[0];
        linear.rates[1].coefficient = stat->mix.coefficients[1];
    }
    return linear;
}

static void correlate(const struct table *table, const struct pl_metric_row *row,
                      struct pl_sides *sides)
{
    const struct linear linear = linear_of(row, &sides->here);

    if (linear.count == 0)
        return;
    sides->correlation = correlation_of(table, &linear);
    sides->method = PL_SIDES_PAIRED;
}

/* Columns of 0 and 1: the pairs that disagree are those whose difference is not 0. */
static void compare_shares(const struct pl_pairs *pairs, const struct mean *mean,
                           struct pl_sides *sides)
{
    const struct pl_rate_sums more = {mean->more[0], mean->all[0], mean->more[1], mean->all[1],
                                      mean->n};
    const struct pl_rate_sums less = {mean->less[0], mean->all[0], mean->less[1], mean->all[1],
                                      mean->n};
    const struct pl_discordance discordance = {
        .only_first = rate_of(&more, (uint64_t)(mean->more[0] + 0.5), pairs->weighted),
        .only_second = rate_of(&less, (uint64_t)(mean->less[0] + 0.5), pairs->weighted),
        .value = (mean->more[0] - mean->less[0]) / mean->all[0],
        .n = mean->n,
    };

    sides->difference = pl_paired_difference(&discordance);
    sides->method = PL_SIDES_PAIRED;
}

static double squared(double value)
{
    return value * value;
}

/* The mean of the differences, and the correlation that their spread implies. */
static void compare_means(const struct pl_pairs *pairs, const struct mean *mean,
                          struct pl_sides *sides)
{
    const struct pl_stat difference = pl_mean_finish(&mean->mean);
    const struct pl_stat *here = &sides->here;
    const struct pl_stat *there = &sides->there;

    if (mean->n == 0 || here->kind == PL_STAT_NONE || there->kind == PL_STAT_NONE)
        return;
    if (here->kind == PL_STAT_RATE && there->kind == PL_STAT_RATE) {
        compare_shares(pairs, mean, sides);
        return;
    }
    /* Pairs that never differ do not say how much others would. */
    if (difference.kind != PL_STAT_NORMAL || difference.normal.se <= 0.0)
        return;
    sides->difference = difference;
    sides->method = PL_SIDES_PAIRED;
    if (here->kind != PL_STAT_NORMAL || there->kind != PL_STAT_NORMAL)
        return;

    struct pl_influences influences = {
        .first = squared(here->normal.se),
        .second = squared(there->normal.se),
        .difference = squared(difference.normal.se),
    };

    sides->correlation = pl_influences_correlation(&influences);
}

/* What was found of independent pairs, as it is over the clusters of the decisions. */
static void cluster(const struct pl_pair_clusters *pair, bool is_rate, struct pl_sides *sides)
{
    const struct pl_stat *here = &sides->here;
    const struct pl_stat *there = &sides->there;

    if (sides->difference.kind != PL_STAT_NONE)
        sides->difference = pl_clusters_apply(&pair->difference, &sides->difference, 1.0);
    sides->correlation = is_rate ? pl_pair_clusters_correlation(pair) : 0.0;
    if (is_rate || here->kind != PL_STAT_NORMAL || there->kind != PL_STAT_NORMAL ||
        sides->difference.kind != PL_STAT_NORMAL)
        return;

    const struct pl_influences influences = {
        .first = squared(here->normal.se),
        .second = squared(there->normal.se),
        .difference = squared(sides->difference.normal.se),
    };

    sides->correlation = pl_influences_correlation(&influences);
}

/* The grouping that a slice of `here` belongs to, and its place in it. */
static const struct grouping *find_grouping(const struct pl_pairs *pairs,
                                            const struct pl_slice *slice, size_t *ret_index)
{
    for (size_t g = 0; g <= pairs->here->groupings_count; g++) {
        const struct grouping *grouping = &pairs->groupings[g];

        if (slice < grouping->slices || slice >= grouping->slices + grouping->count)
            continue;
        *ret_index = (size_t)(slice - grouping->slices);
        return grouping;
    }
    return NULL;
}

void pl_pairs_compare(const struct pl_pairs *pairs, const struct pl_slice *slice,
                      size_t metric_index, struct pl_sides *sides)
{
    const struct pl_metric *metric = &pairs->here->metrics[metric_index];
    size_t index = 0;
    const struct grouping *grouping = find_grouping(pairs, slice, &index);

    sides->method = PL_SIDES_INDEPENDENT;
    if (grouping == NULL || sides->here.kind == PL_STAT_NONE || sides->there.kind == PL_STAT_NONE)
        return;

    const struct table *table = &grouping->tables[index];
    const struct mean *mean = &grouping->means[index * pairs->here->metrics_count + metric_index];

    /* A relative margin asks for the correlation too. */
    correlate(table, metric->row, sides);
    if (has_same_trials(metric->row))
        compare_rates(pairs, table, metric->row, sides);
    compare_means(pairs, mean, sides);
    if (grouping->clustered != NULL)
        cluster(&grouping->clustered[index * pairs->here->metrics_count + metric_index],
                metric->row->trials != 0 && metric->row->make == NULL, sides);
}
