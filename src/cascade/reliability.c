/* Whether a calibrated signal comes true on requests that it was not fitted on: the expected error
   before and after, and bins of equal mass, as src/stats/calibration.c has them. */
#include "cascade/fit.h"

#include "stats/calibration.h"
#include "stats/mean.h"

#include <math.h>
#include <stdlib.h>

struct foretold {
    double probability;
    double right;
};

static int compare_foretold(const void *a, const void *b)
{
    const struct foretold *p = a;
    const struct foretold *q = b;

    return (p->probability > q->probability) - (p->probability < q->probability);
}

/* The requests from `from` on that share a probability, and the first one behind them. A score
   between 0 and 1 is so much of a right answer. */
static size_t take_tie(const struct foretold *items, size_t from, size_t count, struct pl_tie *tie)
{
    size_t to = from;
    double right = 0.0;

    while (to < count && items[to].probability <= items[from].probability)
        right += items[to++].right;

    const double wrong = fmax(0.0, (double)(to - from) - right);

    *tie = (struct pl_tie){right, wrong, right, wrong};
    return to;
}

static struct pl_estimate error_of(const struct foretold *items, size_t count, double confidence)
{
    struct pl_roc_totals totals = {0};
    struct pl_calibration pass;

    (void)take_tie(&(struct foretold){0}, 0, 0, &totals.all);
    for (size_t i = 0; i < count; i++) {
        totals.all.positives += items[i].right;
        totals.all.negatives += 1.0 - items[i].right;
    }
    totals.all.positives_squared = totals.all.positives;
    totals.all.negatives_squared = totals.all.negatives;
    totals.positives_count = (uint64_t)(totals.all.positives + 0.5);
    totals.negatives_count = count - totals.positives_count;
    pl_calibration_init(&pass, &totals, PL_CASCADE_BINS);
    for (size_t from = 0; from < count;) {
        struct pl_tie tie;
        const size_t to = take_tie(items, from, count, &tie);

        pl_calibration_add(&pass, items[from].probability, &tie);
        from = to;
    }

    const struct pl_stat stat = pl_calibration_finish_error(&pass);

    return pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
}

/* The mean squared distance of `probability` to `right`; undefined where one is no probability. `items`
   are no longer in the part's order, so groups count for nothing here. */
static struct pl_estimate brier_of(const struct foretold *items, size_t count, double confidence)
{
    struct pl_stat stat = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NOT_PROBABILITIES};
    bool are_probabilities = true;
    struct pl_mean mean;

    pl_mean_init(&mean);
    pl_mean_refuse_rate(&mean);
    for (size_t i = 0; i < count; i++) {
        const double distance = items[i].probability - items[i].right;

        are_probabilities =
            are_probabilities && items[i].probability >= 0.0 && items[i].probability <= 1.0;
        pl_mean_add(&mean, distance * distance, 1, 1.0);
    }
    if (are_probabilities)
        stat = pl_mean_finish(&mean);
    return pl_stat_estimate(&stat, confidence, PL_RATE_WILSON);
}

/* The bin that a tie belongs to: that of the middle of its mass. */
static size_t bin_of(size_t from, size_t to, size_t count)
{
    const double middle = ((double)from + (double)to) / 2.0;
    const size_t bin = (size_t)(PL_CASCADE_BINS * middle / (double)count);

    return bin < PL_CASCADE_BINS ? bin : PL_CASCADE_BINS - 1;
}

static void write_bins(const struct foretold *items, size_t count, double confidence,
                       struct pl_cascade_signal *signal)
{
    struct pl_mean means[PL_CASCADE_BINS];
    double sums[PL_CASCADE_BINS] = {0};
    struct pl_tie tie;

    for (size_t i = 0; i < PL_CASCADE_BINS; i++)
        pl_mean_init(&means[i]);
    for (size_t from = 0; from < count;) {
        const size_t to = take_tie(items, from, count, &tie);
        const size_t bin = bin_of(from, to, count);

        for (size_t i = from; i < to; i++) {
            pl_mean_add(&means[bin], items[i].right, 1, 1.0);
            sums[bin] += items[i].probability;
        }
        from = to;
    }
    signal->bins_count = 0;
    for (size_t i = 0; i < PL_CASCADE_BINS; i++) {
        if (means[i].n == 0)
            continue;

        const struct pl_stat stat = pl_mean_finish(&means[i]);

        signal->bins[signal->bins_count++] = (struct pl_cascade_bin){
            .n = means[i].n,
            .confidence = sums[i] / (double)means[i].n,
            .right = pl_stat_estimate(&stat, confidence, PL_RATE_WILSON),
        };
    }
}

enum pl_status pl_cascade_reliability(const struct pl_cascade_part *part, uint32_t tier,
                                      double confidence, struct pl_arena *arena,
                                      struct pl_cascade_signal *signal)
{
    const struct pl_cascade_tier *columns = &part->data->tiers[tier];
    struct foretold *items = pl_arena_alloc_array(arena, part->count + 1, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return PL_E_MEMORY;
    for (size_t i = 0; i < part->count; i++) {
        const size_t row = part->rows[i];

        if (isfinite(columns->signals[row]))
            items[count++] = (struct foretold){columns->signals[row], columns->right[row]};
    }
    qsort(items, count, sizeof *items, compare_foretold);
    signal->ece_before = error_of(items, count, confidence);
    signal->brier_before = brier_of(items, count, confidence);
    for (size_t i = 0; i < count; i++)
        items[i].probability =
            pl_isotonic_at(signal->steps, signal->steps_count, items[i].probability);
    signal->ece_after = error_of(items, count, confidence); /* the order stays: it never falls */
    signal->brier_after = brier_of(items, count, confidence);
    write_bins(items, count, confidence, signal);
    return PL_OK;
}
