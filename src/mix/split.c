/*
 * One pair of groups: their rates in every stratum, and Kitagawa's decomposition (stats/kitagawa.h)
 * over the strata in which both have decisions. In the others one rate does not exist, so what they
 * add to the gap is neither mix nor rate; it is kept apart, as `outside`, with how many decisions it
 * stands for.
 */
#include "mix/table.h"

#include "measure/metrics.h"
#include "stats/kitagawa.h"
#include "stats/mean.h"

#include <math.h>

/* A pair while it is split. */
struct splitting {
    const struct pl_mix_table *table;
    const struct pl_measured *measured;
    const struct pl_metric_row *row;
    const struct pl_mix_request *request;
    struct pl_mix_stratum *items;
    struct pl_kitagawa_stratum *common;
    size_t items_count;
    size_t common_count;
    double weights[2]; /* of all trials of each group, and of those in common strata */
    double common_weights[2];
    double common_squares[2];
};

bool pl_mix_can(const struct pl_metric *metric)
{
    const struct pl_metric_row *row = metric->row;

    return row != NULL && row->make == NULL && row->trials != 0 && row->shape == PL_RATE_AS_IS;
}

static enum pl_rate_method method_of(const struct pl_measured *measured)
{
    return measured->interval == PL_INTERVAL_EXACT ? PL_RATE_EXACT : PL_RATE_WILSON;
}

static struct pl_estimate no_estimate(enum pl_undefined reason)
{
    return (struct pl_estimate){.status = PL_ESTIMATE_UNDEFINED, .reason = reason};
}

/* A gap, or a part of one, lies between -1 and 1 whatever a normal interval says. */
static struct pl_estimate within_bounds(struct pl_estimate estimate, double floor)
{
    estimate.low = fmax(floor, estimate.low);
    estimate.high = fmin(1.0, estimate.high);
    return estimate;
}

static struct pl_estimate estimate_gap(const struct splitting *splitting, const struct pl_stat *a,
                                       const struct pl_stat *b)
{
    const struct pl_contrast contrast = {.stats = {a, b}, .coefficients = {1.0, -1.0}};
    const double alpha = 0.5 * (1.0 - splitting->request->confidence);
    const enum pl_rate_method method = method_of(splitting->measured);

    if (a->kind == PL_STAT_NONE || b->kind == PL_STAT_NONE)
        return no_estimate(a->kind == PL_STAT_NONE ? a->reason : b->reason);
    return (struct pl_estimate){
        .value = pl_contrast_value(&contrast),
        .low = pl_contrast_low(&contrast, alpha, method),
        .high = pl_contrast_high(&contrast, alpha, method),
        .n = a->n + b->n,
    };
}

static const struct pl_confusion *cell_at(const struct splitting *splitting, int side,
                                          uint32_t stratum)
{
    const uint32_t group = splitting->request->groups[side];

    return &splitting->table->cells[(size_t)group * splitting->table->strata_count + stratum];
}

static struct pl_stat rate_stat(const struct splitting *splitting,
                                const struct pl_confusion *confusion)
{
    return pl_rate_stat(splitting->row, confusion, splitting->measured->cells->has_weights);
}

/* The stratum's rates; where both groups have one it goes into the decomposition. */
static void add_stratum(struct splitting *splitting, uint32_t stratum)
{
    struct pl_mix_stratum item = {.group = stratum};
    struct pl_kitagawa_stratum common = {0};
    struct pl_stat stats[2];

    for (int side = 0; side < 2; side++) {
        const struct pl_confusion *cell = cell_at(splitting, side, stratum);

        stats[side] = rate_stat(splitting, cell);
        common.rates[side] = stats[side].rate.rate;
        common.weights[side] = pl_confusion_weight(cell, splitting->row->trials);
        item.sides[side].n = stats[side].n;
        item.sides[side].share =
            splitting->weights[side] > 0.0 ? common.weights[side] / splitting->weights[side] : 0.0;
        item.sides[side].rate = pl_stat_estimate(&stats[side], splitting->request->confidence,
                                                 method_of(splitting->measured));
    }
    if (stats[0].kind == PL_STAT_NONE && stats[1].kind == PL_STAT_NONE)
        return;
    item.gap = estimate_gap(splitting, &stats[0], &stats[1]);
    splitting->items[splitting->items_count++] = item;
    if (stats[0].kind == PL_STAT_NONE || stats[1].kind == PL_STAT_NONE)
        return;
    splitting->common[splitting->common_count++] = common;
    for (int side = 0; side < 2; side++) {
        splitting->common_weights[side] += common.weights[side];
        splitting->common_squares[side] +=
            pl_confusion_weight_squared(cell_at(splitting, side, stratum), splitting->row->trials);
    }
}

static void sum_weights(struct splitting *splitting)
{
    for (int side = 0; side < 2; side++)
        splitting->weights[side] = pl_confusion_weight(
            &splitting->table->groups[splitting->request->groups[side]], splitting->row->trials);
}

/* What each common stratum adds to the part of the mix, about the mean of the rates: the sum is the
   same, and a stratum adds nothing whose rate is the mean one. */
static void spread_mix(const struct splitting *splitting, struct pl_mix *mix)
{
    double mean = 0.0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < splitting->items_count; i++) {
            struct pl_mix_stratum *item = &splitting->items[i];

            if (item->gap.status == PL_ESTIMATE_UNDEFINED)
                continue;

            const double a =
                item->sides[0].share * splitting->weights[0] / splitting->common_weights[0];
            const double b =
                item->sides[1].share * splitting->weights[1] / splitting->common_weights[1];
            const double rate = 0.5 * (item->sides[0].rate.value + item->sides[1].rate.value);

            if (pass == 0)
                mean += 0.5 * (a + b) * rate;
            else
                item->mix = (a - b) * (rate - mean);
            if (pass == 1 &&
                item->mix * mix->gap.value > splitting->items[mix->driver].mix * mix->gap.value)
                mix->driver = i;
        }
}

/* Whether most strata, with most of the decisions in them, point against the gap. */
static bool most_point_against(const struct splitting *splitting, struct pl_mix *mix)
{
    uint64_t along = 0;
    uint64_t against = 0;

    for (size_t i = 0; i < splitting->items_count; i++) {
        const struct pl_mix_stratum *item = &splitting->items[i];
        const uint64_t n = item->sides[0].n + item->sides[1].n;

        if (item->gap.status == PL_ESTIMATE_UNDEFINED)
            continue;
        if (item->gap.value * mix->gap.value > 0.0) {
            mix->along_count++;
            along += n;
        } else if (item->gap.value * mix->gap.value < 0.0) {
            mix->against_count++;
            against += n;
        }
    }
    return mix->against_count > mix->along_count && against > along;
}

static bool is_away_from_zero(const struct pl_estimate *estimate)
{
    return estimate->status != PL_ESTIMATE_UNDEFINED &&
           (estimate->low > 0.0 || estimate->high < 0.0);
}

static void judge_direction(const struct splitting *splitting, struct pl_mix *mix)
{
    const bool most = most_point_against(splitting, mix);
    const bool opposite = mix->within.value * mix->gap.value < 0.0;

    mix->reversed = is_away_from_zero(&mix->gap) && (opposite || most);
    mix->proven = mix->reversed && opposite && is_away_from_zero(&mix->within);
}

static void decompose(const struct splitting *splitting, struct pl_mix *mix)
{
    const double confidence = splitting->request->confidence;
    const struct pl_kitagawa_request request = {
        .strata = splitting->common,
        .count = splitting->common_count,
        .n = {pl_kish_n(splitting->common_weights[0], splitting->common_squares[0]),
              pl_kish_n(splitting->common_weights[1], splitting->common_squares[1])},
    };
    const struct pl_kitagawa parts = pl_kitagawa(&request);

    mix->mix = pl_stat_estimate(&parts.mix, confidence, PL_RATE_WILSON);
    mix->within = pl_stat_estimate(&parts.within, confidence, PL_RATE_WILSON);
    for (int side = 0; side < 2; side++)
        mix->standardised[side] = within_bounds(
            pl_stat_estimate(&parts.standardised[side], confidence, PL_RATE_WILSON), 0.0);
    for (size_t i = 0; i < splitting->items_count; i++)
        for (int side = 0; side < 2; side++)
            if (splitting->items[i].gap.status == PL_ESTIMATE_UNDEFINED)
                mix->outside_n[side] += splitting->items[i].sides[side].n;
    if (mix->mix.status == PL_ESTIMATE_UNDEFINED || mix->gap.status == PL_ESTIMATE_UNDEFINED)
        return;
    mix->mix = within_bounds(mix->mix, -1.0);
    mix->within = within_bounds(mix->within, -1.0);
    if (mix->outside_n[0] + mix->outside_n[1] > 0)
        mix->outside = mix->gap.value - mix->mix.value - mix->within.value;
    judge_direction(splitting, mix);
    spread_mix(splitting, mix);
}

static enum pl_status splitting_init(struct splitting *splitting, struct pl_arena *arena,
                                     struct pl_error *error)
{
    const size_t size = (size_t)splitting->table->strata_count + 1;

    splitting->items = pl_arena_alloc_array(arena, size, sizeof *splitting->items);
    splitting->common = pl_arena_alloc_array(arena, size, sizeof *splitting->common);
    if (splitting->items == NULL || splitting->common == NULL)
        return pl_arena_error(arena, "the strata of a gap", error);
    sum_weights(splitting);
    return PL_OK;
}

enum pl_status pl_mix_split(const struct pl_mix_table *table, const struct pl_measured *measured,
                            const struct pl_mix_request *request, struct pl_arena *arena,
                            struct pl_mix *ret_mix, struct pl_error *error)
{
    struct splitting splitting = {
        .table = table,
        .measured = measured,
        .row = measured->metrics[request->metric_index].row,
        .request = request,
    };
    struct pl_mix mix = {
        .segment = request->segment,
        .strata = request->strata,
        .metric_index = request->metric_index,
        .groups = {request->groups[0], request->groups[1]},
        .confidence = request->confidence,
    };
    struct pl_stat stats[2];

    PL_RETURN_IF(splitting_init(&splitting, arena, error));
    for (int side = 0; side < 2; side++) {
        stats[side] = rate_stat(&splitting, &table->groups[request->groups[side]]);
        mix.rates[side] = pl_stat_estimate(&stats[side], request->confidence, method_of(measured));
    }
    mix.gap = estimate_gap(&splitting, &stats[0], &stats[1]);
    for (uint32_t stratum = 0; stratum < table->strata_count; stratum++)
        add_stratum(&splitting, stratum);
    mix.items = splitting.items;
    mix.items_count = splitting.items_count;
    mix.common_count = splitting.common_count;
    decompose(&splitting, &mix);
    *ret_mix = mix;
    return PL_OK;
}
