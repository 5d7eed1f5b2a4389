/*
 * Fills the part of the tallies that tasks with classes have. For each slice the pairs of its leaves are
 * added up into one table of labels and predictions, from which every measure of the slice is made at
 * once, so that only the figures stay. Measures of probabilities take one pass over the runs of each
 * class's column, in which the class stands against all others.
 */
#include "measure/class_loader.h"
#include "measure/metrics.h"
#include "measure/metrics_classes.h"

#include "stats/calibration.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 24)
#define INDEX_SIZE_MAX       ((size_t)4 << 20) /* combinations of label and prediction to index */

struct pair_list {
    struct pl_class_pair *items;
    size_t count;
    size_t size;
};

/* What the pass over one partition works with. */
struct pass {
    const struct pl_scan *scan;
    const struct pl_partition *partition;
    struct pl_tally *tallies;
    uint32_t *leaves;         /* by slice, ascending */
    size_t *slice_starts;     /* where the leaves of each slice begin; one more than slices */
    struct pair_list known;   /* of the slice: label and prediction are there */
    struct pair_list unknown; /* one of them is not */
    uint32_t *index;          /* by label and prediction: place in `known` plus 1; NULL: too many */
    struct pl_arena arena;
    struct pl_class_table table;
};

static const struct pl_class_cells *classes_of(const struct pass *pass)
{
    return pass->scan->cells->classes;
}

static bool make_figures(const struct pass *pass)
{
    for (size_t i = 0; i < pass->partition->slices_count; i++) {
        pass->tallies[i].classes =
            calloc(pass->scan->metrics_count, sizeof *pass->tallies[i].classes);
        if (pass->tallies[i].classes == NULL)
            return false;
    }
    return true;
}

/* Leaves by slice: a stable pass of counting. */
static bool order_leaves(struct pass *pass)
{
    const struct pl_partition *partition = pass->partition;
    const size_t leaves_count = pass->scan->cells->leaves_count;

    pass->leaves = malloc((leaves_count + 1) * sizeof *pass->leaves);
    pass->slice_starts = calloc(partition->slices_count + 2, sizeof *pass->slice_starts);
    if (pass->leaves == NULL || pass->slice_starts == NULL)
        return false;

    size_t *next = pass->slice_starts + 1; /* one ahead: after the pass it is in its place */

    for (size_t leaf = 0; leaf < leaves_count; leaf++)
        next[partition->slice_of_leaf[leaf] + 1]++;
    for (size_t slice = 0; slice < partition->slices_count; slice++)
        next[slice + 1] += next[slice];
    for (size_t leaf = 0; leaf < leaves_count; leaf++)
        pass->leaves[next[partition->slice_of_leaf[leaf]]++] = (uint32_t)leaf;
    return true;
}

static enum pl_status pass_init(struct pass *pass, struct pl_error *error)
{
    const struct pl_class_sets *sets = &classes_of(pass)->sets;
    const size_t combinations = (size_t)sets->count * sets->count;

    pl_arena_init(&pass->arena, ARENA_SIZE_BYTES_MAX);
    if (combinations <= INDEX_SIZE_MAX)
        pass->index = calloc(combinations + 1, sizeof *pass->index);
    if (!make_figures(pass) || !order_leaves(pass))
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the tables of %zu slices",
                            pass->partition->slices_count);
    return pl_class_table_init(&pass->table, sets, &pass->arena, error);
}

static void pass_deinit(struct pass *pass)
{
    free(pass->leaves);
    free(pass->slice_starts);
    free(pass->known.items);
    free(pass->unknown.items);
    free(pass->index);
    pl_arena_deinit(&pass->arena);
}

static bool append(struct pair_list *list, const struct pl_class_pair *pair)
{
    if (list->count == list->size) {
        const size_t size = list->size == 0 ? 1024 : list->size * 2;
        struct pl_class_pair *grown = realloc(list->items, size * sizeof *grown);

        if (grown == NULL)
            return false;
        list->items = grown;
        list->size = size;
    }
    list->items[list->count++] = *pair;
    return true;
}

/* Adds a pair to the one of the same label and prediction, where the index knows it. */
static bool add_known(struct pass *pass, const struct pl_class_pair *pair)
{
    if (pass->index == NULL)
        return append(&pass->known, pair);

    uint32_t *place =
        &pass->index[(size_t)pair->label * classes_of(pass)->sets.count + pair->prediction];

    if (*place == 0) {
        *place = (uint32_t)pass->known.count + 1;
        return append(&pass->known, pair);
    }

    struct pl_class_pair *sum = &pass->known.items[*place - 1];

    sum->n += pair->n;
    sum->weight += pair->weight;
    sum->weight_squared += pair->weight_squared;
    return true;
}

static bool gather_slice(struct pass *pass, size_t slice)
{
    const struct pl_class_cells *classes = classes_of(pass);
    const uint32_t unknown = classes->sets.count;

    pass->known.count = 0;
    pass->unknown.count = 0;
    for (size_t i = pass->slice_starts[slice]; i < pass->slice_starts[slice + 1]; i++) {
        const uint32_t leaf = pass->leaves[i];

        for (size_t p = classes->leaf_starts[leaf]; p < classes->leaf_starts[leaf + 1]; p++) {
            const struct pl_class_pair *pair = &classes->pairs[p];
            const bool is_known = pair->label != unknown && pair->prediction != unknown;

            if (!(is_known ? add_known(pass, pair) : append(&pass->unknown, pair)))
                return false;
        }
    }
    for (size_t i = 0; pass->index != NULL && i < pass->known.count; i++)
        pass->index[(size_t)pass->known.items[i].label * unknown +
                    pass->known.items[i].prediction] = 0;
    return true;
}

static enum pl_mark mark_of(const struct pl_class_sets *sets, uint32_t set, uint32_t class)
{
    if (set == sets->count)
        return PL_UNKNOWN;
    for (uint32_t i = sets->starts[set]; i < sets->starts[set + 1]; i++)
        if (sets->members[i] == class)
            return PL_POSITIVE;
    return PL_NEGATIVE;
}

static void confuse(const struct pl_class_sets *sets, const struct pair_list *list, uint32_t class,
                    struct pl_confusion *confusion)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct pl_class_pair *pair = &list->items[i];
        const enum pl_mark label = mark_of(sets, pair->label, class);
        const enum pl_mark prediction = mark_of(sets, pair->prediction, class);

        confusion->n[label][prediction] += pair->n;
        confusion->weight[label][prediction] += pair->weight;
        confusion->weight_squared[label][prediction] += pair->weight_squared;
    }
}

static void make_slice(struct pass *pass, size_t slice)
{
    const struct pl_class_cells *classes = classes_of(pass);

    pl_class_table_fill(&pass->table, pass->known.items, pass->known.count);
    for (size_t i = 0; i < pass->scan->metrics_count; i++) {
        const struct pl_metric *metric = &pass->scan->metrics[i];
        union pl_class_figure *figure = &pass->tallies[slice].classes[i];

        if (metric->row->of_classes != NULL) {
            figure->stat = metric->row->of_classes(&pass->table, metric->row->which);
        } else if (metric->row->argument == PL_ARGUMENT_CLASS && metric->row->trials != 0) {
            const uint32_t class = pl_class_find(classes, metric->group);

            confuse(&classes->sets, &pass->known, class, &figure->confusion);
            confuse(&classes->sets, &pass->unknown, class, &figure->confusion);
        }
    }
}

/* ---- probabilities ---- */

/* One class against the others in one slice. */
struct rival {
    struct pl_roc_totals totals;
    struct pl_roc roc;
    struct pl_tie tie;
    double value;
    bool any;
};

/* What all classes of a slice come to. */
struct probability_sums {
    struct pl_mean log_loss;
    double areas;
    double errors;
    double fewest;
    uint64_t n;
    uint32_t classes_count;
};

static void add_to_totals(struct pl_roc_totals *totals, bool positive, uint64_t count,
                          double weight)
{
    const double sum = (double)count * weight;

    *(positive ? &totals->positives_count : &totals->negatives_count) += count;
    *(positive ? &totals->all.positives : &totals->all.negatives) += sum;
    *(positive ? &totals->all.positives_squared : &totals->all.negatives_squared) += sum * weight;
}

static void flush(struct rival *rival)
{
    if (rival->any)
        pl_roc_add(&rival->roc, &rival->tie);
    rival->tie = (struct pl_tie){0};
}

/* One pass for the totals, one in ascending order for the areas and losses. */
static void scan_class(const struct pass *pass, const struct pl_runs *runs, struct rival *rivals,
                       struct probability_sums *sums)
{
    const uint32_t *slice_of_leaf = pass->partition->slice_of_leaf;

    for (size_t i = 0; i < runs->count; i++)
        if (runs->keys[i] % 4 != PL_UNKNOWN)
            add_to_totals(&rivals[slice_of_leaf[runs->keys[i] / 4]].totals,
                          runs->keys[i] % 4 == PL_POSITIVE, runs->counts[i],
                          pl_run_weight(runs, i));
    for (size_t slice = 0; slice < pass->partition->slices_count; slice++)
        pl_roc_init(&rivals[slice].roc, &rivals[slice].totals, PL_ROC_AREA);
    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t slice = slice_of_leaf[runs->keys[i] / 4];
        const bool positive = runs->keys[i] % 4 == PL_POSITIVE;
        struct rival *rival = &rivals[slice];
        const double weight = pl_run_weight(runs, i);
        const double sum = (double)runs->counts[i] * weight;

        if (runs->keys[i] % 4 == PL_UNKNOWN)
            continue;
        if (!rival->any || rival->value != runs->values[i])
            flush(rival);
        rival->any = true;
        rival->value = runs->values[i];
        *(positive ? &rival->tie.positives : &rival->tie.negatives) += sum;
        *(positive ? &rival->tie.positives_squared : &rival->tie.negatives_squared) += sum * weight;
        if (positive)
            pl_mean_add(&sums[slice].log_loss, pl_log_loss(runs->values[i], true), runs->counts[i],
                        weight);
    }
}

static struct pl_stat in_words_of_classes(struct pl_stat stat)
{
    if (stat.reason == PL_UNDEFINED_NO_LABELLED_POSITIVES)
        stat.reason = stat.n == 0 ? PL_UNDEFINED_NO_LABELS : PL_UNDEFINED_NOT_LABELLED_SO;
    else if (stat.reason == PL_UNDEFINED_NO_LABELLED_NEGATIVES)
        stat.reason = PL_UNDEFINED_ONE_CLASS_LABELLED;
    return stat;
}

/* Takes in what one class of a slice came to. */
static void add_class(const struct pass *pass, size_t slice, uint32_t class, struct rival *rival,
                      struct probability_sums *sums)
{
    flush(rival);

    const struct pl_stat stat = in_words_of_classes(pl_roc_finish_auc(&rival->roc));

    for (size_t i = 0; i < pass->scan->metrics_count; i++) {
        const struct pl_metric *metric = &pass->scan->metrics[i];

        if ((metric->row->needs & PL_NEEDS_PROBABILITIES) != 0 &&
            metric->row->argument == PL_ARGUMENT_CLASS &&
            pl_class_find(classes_of(pass), metric->group) == class)
            pass->tallies[slice].classes[i].stat = stat;
    }
    sums->n = stat.n > sums->n ? stat.n : sums->n;
    if (stat.kind == PL_STAT_NONE)
        return;
    sums->fewest = sums->classes_count == 0 ? stat.normal.n_effective
                                            : fmin(sums->fewest, stat.normal.n_effective);
    sums->areas += stat.value;
    sums->errors += stat.normal.se;
    sums->classes_count++;
}

/*
 * The plain mean of the areas of the classes that have one: those that are the label of some decisions
 * and not of all. They are of the same decisions and so are correlated; the
 * mean of their standard errors is the largest that the standard error of the mean can be.
 */
static struct pl_stat mean_area(const struct probability_sums *sums)
{
    const double count = (double)sums->classes_count;

    if (sums->classes_count == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE,
                                .n = sums->n,
                                .reason = sums->n == 0 ? PL_UNDEFINED_NO_LABELS
                                                       : PL_UNDEFINED_ONE_CLASS_LABELLED};
    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = sums->n,
                            .value = sums->areas / count,
                            .normal = {.se = sums->errors / count,
                                       .df = HUGE_VAL,
                                       .scale = PL_SCALE_LOGIT,
                                       .n_effective = sums->fewest}};
}

static void keep_sums(const struct pass *pass, size_t slice, const struct probability_sums *sums)
{
    for (size_t i = 0; i < pass->scan->metrics_count; i++) {
        const struct pl_metric_row *row = pass->scan->metrics[i].row;
        union pl_class_figure *figure = &pass->tallies[slice].classes[i];

        if ((row->needs & PL_NEEDS_PROBABILITIES) == 0 || row->argument == PL_ARGUMENT_CLASS)
            continue;
        figure->stat =
            row->which == PL_PROBABILITY_AREA ? mean_area(sums) : pl_mean_finish(&sums->log_loss);
    }
}

static enum pl_status scan_probabilities(const struct pass *pass, struct pl_error *error)
{
    const struct pl_class_cells *classes = classes_of(pass);
    const size_t slices_count = pass->partition->slices_count;
    struct rival *rivals = malloc(slices_count * sizeof *rivals);
    struct probability_sums *sums = calloc(slices_count, sizeof *sums);

    if (rivals == NULL || sums == NULL) {
        free(rivals);
        free(sums);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu slices", slices_count);
    }
    for (size_t slice = 0; slice < slices_count; slice++)
        pl_mean_refuse_rate(&sums[slice].log_loss);
    for (uint32_t class = 0; class < classes->classes_count; class ++) {
        if (classes->probabilities[class] < 0)
            continue;
        memset(rivals, 0, slices_count * sizeof *rivals);
        scan_class(pass, &pass->scan->cells->columns[classes->probabilities[class]], rivals, sums);
        for (size_t slice = 0; slice < slices_count; slice++)
            add_class(pass, slice, class, &rivals[slice], &sums[slice]);
    }
    for (size_t slice = 0; slice < slices_count; slice++)
        keep_sums(pass, slice, &sums[slice]);
    free(rivals);
    free(sums);
    return PL_OK;
}

enum pl_status pl_classes_scan(const struct pl_scan *scan, const struct pl_partition *partition,
                               struct pl_tally *tallies, struct pl_error *error)
{
    struct pass pass = {.scan = scan, .partition = partition, .tallies = tallies};
    enum pl_status status = pass_init(&pass, error);

    for (size_t slice = 0; status == PL_OK && slice < partition->slices_count; slice++) {
        if (gather_slice(&pass, slice))
            make_slice(&pass, slice);
        else
            status = pl_error_set(error, PL_E_MEMORY, "no memory left for the table of a slice");
    }
    if (status == PL_OK && (scan->needs & PL_NEEDS_PROBABILITIES) != 0)
        status = scan_probabilities(&pass, error);
    pass_deinit(&pass);
    return status;
}

void pl_classes_free_tally(struct pl_tally *tally)
{
    free(tally->classes);
    tally->classes = NULL;
}
