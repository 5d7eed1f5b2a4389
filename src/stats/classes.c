/*
 * The table of classes, and what is a mean over decisions: accuracy, Hamming loss, the Jaccard
 * index, and precision, recall and F1 averaged over samples.
 *
 * A mean over decisions of x has the variance n / (n - 1) sum w^2 (x - mean)^2 / W^2 over the n
 * decisions in which x is defined, and Student's t with n - 1 degrees of freedom (Kish's n with
 * weights); where every x is 0 or 1 it is a rate. Values agree with scikit-learn 1.9 to 1e-12
 * (tests/reference/stats/classes.csv), for any sets and weights >= 0.
 */
#include "stats/classes.h"

#include "stats/class_slope.h"
#include "stats/mean.h"

#include <math.h>
#include <string.h>

enum pl_status pl_class_table_init(struct pl_class_table *table, const struct pl_class_sets *sets,
                                   struct pl_arena *arena, struct pl_error *error)
{
    *table = (struct pl_class_table){.sets = sets};
    table->sums = pl_arena_alloc_array(arena, sets->classes_count, sizeof *table->sums);
    table->slopes = pl_arena_alloc_array(arena, sets->classes_count, sizeof *table->slopes);
    if (table->sums == NULL || table->slopes == NULL)
        return pl_arena_error(arena, "the table of classes", error);
    return PL_OK;
}

static void add_pair(struct pl_class_sum *sum, const struct pl_class_pair *pair)
{
    sum->n += pair->n;
    sum->weight += pair->weight;
    sum->weight_squared += pair->weight_squared;
}

/* Walks the classes of both sets of a pair in order. */
static void add_sets(struct pl_class_table *table, const struct pl_class_pair *pair)
{
    struct pl_class_walk walk = pl_class_walk_start(table->sets, pair);

    while (pl_class_walk_next(&walk)) {
        struct pl_class_sums *sums = &table->sums[walk.class];

        if (walk.labelled)
            add_pair(&sums->labelled, pair);
        if (walk.predicted)
            add_pair(&sums->predicted, pair);
        if (walk.labelled && walk.predicted)
            add_pair(&sums->both, pair);
    }
}

void pl_class_table_fill(struct pl_class_table *table, const struct pl_class_pair *pairs,
                         size_t count)
{
    memset(table->sums, 0, table->sets->classes_count * sizeof *table->sums);
    table->all = (struct pl_class_sum){0};
    table->pairs = pairs;
    table->pairs_count = count;
    for (size_t i = 0; i < count; i++) {
        add_pair(&table->all, &pairs[i]);
        add_sets(table, &pairs[i]);
    }
}

/* The classes of one decision: how many in the label, in the prediction, and in both. */
struct sizes {
    double labelled;
    double predicted;
    double both;
};

static struct sizes sizes_of(const struct pl_class_table *table, const struct pl_class_pair *pair)
{
    struct pl_class_walk walk = pl_class_walk_start(table->sets, pair);
    struct sizes sizes = {0};

    while (pl_class_walk_next(&walk)) {
        sizes.labelled += walk.labelled ? 1.0 : 0.0;
        sizes.predicted += walk.predicted ? 1.0 : 0.0;
        sizes.both += walk.labelled && walk.predicted ? 1.0 : 0.0;
    }
    return sizes;
}

/* A share of classes in one decision: part / whole, which is 0/0 where the decision has no value. */
struct share {
    double part;
    double whole;
};

typedef struct share (*share_function)(const struct pl_class_table *table,
                                       const struct sizes *sizes);

/* The sums of a mean over decisions, for the two passes that it takes. */
struct moments {
    struct pl_class_sum all;
    double total;
    double ones_squared; /* the sum of w^2 where the value is 1 */
    bool is_rate;
};

static struct moments first_pass(const struct pl_class_table *table, share_function share_of)
{
    struct moments moments = {.is_rate = true};

    for (size_t i = 0; i < table->pairs_count; i++) {
        const struct sizes sizes = sizes_of(table, &table->pairs[i]);
        const struct share share = share_of(table, &sizes);

        if (share.whole <= 0.0)
            continue;
        add_pair(&moments.all, &table->pairs[i]);
        moments.total += table->pairs[i].weight * (share.part / share.whole);
        if (share.part >= share.whole)
            moments.ones_squared += table->pairs[i].weight_squared;
        else if (share.part > 0.0)
            moments.is_rate = false;
    }
    return moments;
}

static double second_pass(const struct pl_class_table *table, share_function share_of, double mean)
{
    double squares = 0.0;

    for (size_t i = 0; i < table->pairs_count; i++) {
        const struct sizes sizes = sizes_of(table, &table->pairs[i]);
        const struct share share = share_of(table, &sizes);

        if (share.whole <= 0.0)
            continue;

        const double step = share.part / share.whole - mean;

        squares += table->pairs[i].weight_squared * step * step;
    }
    return squares;
}

static struct pl_stat finish_rate(const struct moments *moments)
{
    const struct pl_rate_sums sums = {
        .successes = moments->total,
        .total = moments->all.weight,
        .successes_squared = moments->ones_squared,
        .total_squared = moments->all.weight_squared,
        .count = moments->all.n,
    };

    return (struct pl_stat){.kind = PL_STAT_RATE,
                            .n = moments->all.n,
                            .value = moments->total / moments->all.weight,
                            .rate = {.rate = pl_rate_effective(&sums)}};
}

static struct pl_stat mean_over_decisions(const struct pl_class_table *table,
                                          share_function share_of, enum pl_undefined none)
{
    const struct moments moments = first_pass(table, share_of);
    const double n = (double)moments.all.n;
    const double weight = moments.all.weight;

    if (moments.all.n == 0)
        return pl_class_undefined(table, table->all.n == 0 ? PL_UNDEFINED_NO_DECISIONS : none);
    if (moments.is_rate)
        return finish_rate(&moments);

    const double value = moments.total / weight;
    const double squares = second_pass(table, share_of, value) / (weight * weight);

    if (moments.all.n == 1 || squares <= 0.0)
        return pl_class_undefined(table, PL_UNDEFINED_ONE_VALUE);

    const double effective = pl_kish_n(weight, moments.all.weight_squared);

    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = moments.all.n,
                            .value = value,
                            .normal = {.se = sqrt(n / (n - 1.0) * squares),
                                       .df = fmax(1.0, effective - 1.0),
                                       .scale = PL_SCALE_LOGIT,
                                       .n_effective = effective}};
}

static struct share precision_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    (void)table;
    return (struct share){sizes->both, sizes->predicted};
}

static struct share recall_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    (void)table;
    return (struct share){sizes->both, sizes->labelled};
}

static struct share f1_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    (void)table;
    return (struct share){2.0 * sizes->both, sizes->labelled + sizes->predicted};
}

static struct share jaccard_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    (void)table;
    return (struct share){sizes->both, sizes->labelled + sizes->predicted - sizes->both};
}

static struct share hamming_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    return (struct share){sizes->labelled + sizes->predicted - 2.0 * sizes->both,
                          (double)table->sets->classes_count};
}

static struct share right_share(const struct pl_class_table *table, const struct sizes *sizes)
{
    const bool right = sizes->both >= fmax(sizes->labelled, sizes->predicted);

    (void)table;
    return (struct share){right ? 1.0 : 0.0, 1.0};
}

struct pl_stat pl_class_accuracy(const struct pl_class_table *table)
{
    return mean_over_decisions(table, right_share, PL_UNDEFINED_NO_DECISIONS);
}

struct pl_stat pl_class_hamming_loss(const struct pl_class_table *table)
{
    return mean_over_decisions(table, hamming_share, PL_UNDEFINED_NO_CLASSES);
}

struct pl_stat pl_class_jaccard(const struct pl_class_table *table)
{
    return mean_over_decisions(table, jaccard_share, PL_UNDEFINED_NO_CLASSES);
}

struct pl_stat pl_class_sample_average(const struct pl_class_table *table,
                                       enum pl_class_measure measure)
{
    static const share_function SHARES[] = {
        [PL_CLASS_PRECISION] = precision_share,
        [PL_CLASS_RECALL] = recall_share,
        [PL_CLASS_F1] = f1_share,
    };
    static const enum pl_undefined REASONS[] = {
        [PL_CLASS_PRECISION] = PL_UNDEFINED_NO_CLASS_PREDICTED,
        [PL_CLASS_RECALL] = PL_UNDEFINED_NO_CLASS_LABELLED,
        [PL_CLASS_F1] = PL_UNDEFINED_NO_CLASSES,
    };

    return mean_over_decisions(table, SHARES[measure], REASONS[measure]);
}
