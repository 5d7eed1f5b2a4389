/*
 * The words for a gap that is split. A reversal is said first and in one sentence, because it changes
 * what the gap means; the parts follow with their intervals, and then what could not be compared.
 */
#include "report/mix.h"

#include "report/table.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define INDENT              2

const char PL_MIX_TITLE[] = "Gaps within strata";

static struct pl_str metric_name(const struct pl_mix *mix, const struct pl_measured *measured)
{
    return measured->metrics[mix->metric_index].name;
}

static struct pl_str strata_name(const struct pl_mix *mix, const struct pl_measured *measured)
{
    return measured->cells->segments[mix->strata].segment;
}

struct pl_str pl_mix_stratum_name(const struct pl_mix *mix, const struct pl_measured *measured,
                                  const struct pl_mix_stratum *stratum)
{
    return measured->cells->segments[mix->strata].names[stratum->group];
}

void pl_mix_side_words(const struct pl_mix *mix, const struct pl_measured *measured, int side,
                       struct pl_buffer *out)
{
    const struct pl_groups *groups = &measured->cells->segments[mix->segment];

    pl_buffer_add(out, groups->segment);
    pl_buffer_add_char(out, '=');
    pl_buffer_add(out, groups->names[mix->groups[side]]);
}

static void add_points(struct pl_buffer *out, double value)
{
    pl_figure_write(out, PL_FIGURE_POINTS, value);
}

static void add_estimate(struct pl_buffer *out, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(out, "no data: %s", pl_undefined_text(estimate->reason));
        return;
    }
    pl_figure_write(out, figure, estimate->value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, figure, estimate->low, estimate->high);
}

/* "overall selection_rate is higher for sex=male than for sex=female, 44.5 % against 30.4 %" */
static void add_overall(struct pl_buffer *out, const struct pl_mix *mix,
                        const struct pl_measured *measured)
{
    pl_buffer_add_text(out, "overall ");
    pl_buffer_add(out, metric_name(mix, measured));
    pl_buffer_add_text(out, " is higher for ");
    pl_mix_side_words(mix, measured, 0, out);
    pl_buffer_add_text(out, " than for ");
    pl_mix_side_words(mix, measured, 1, out);
    pl_buffer_add_text(out, ", ");
    pl_figure_write(out, PL_FIGURE_PERCENT, mix->rates[0].value);
    pl_buffer_add_text(out, " against ");
    pl_figure_write(out, PL_FIGURE_PERCENT, mix->rates[1].value);
}

/* "in 4 of the 6 strata" */
static void add_count_against(struct pl_buffer *out, const struct pl_mix *mix)
{
    pl_buffer_add_text(out, "in ");
    pl_count_write(out, mix->against_count);
    pl_buffer_add_text(out, " of the ");
    pl_plural_write(out, mix->common_count, "stratum", "strata");
}

/* "within department it is higher for sex=female, by 3.6 points on average [0.1, 7.1], in 4 of …" */
static void add_within(struct pl_buffer *out, const struct pl_mix *mix,
                       const struct pl_measured *measured)
{
    const bool opposite = mix->within.value * mix->gap.value < 0.0;

    pl_buffer_add_text(out, "within ");
    pl_buffer_add(out, strata_name(mix, measured));
    pl_buffer_add_text(out, " it is higher for ");
    pl_mix_side_words(mix, measured, 1, out);
    if (!opposite) {
        pl_buffer_add_char(out, ' ');
        add_count_against(out, mix);
        pl_buffer_add_text(out, ", which hold most of the decisions");
        return;
    }
    pl_buffer_add_text(out, ", by ");
    add_points(out, -mix->within.value);
    pl_buffer_add_text(out, " on average ");
    pl_interval_write(out, PL_FIGURE_POINTS, -mix->within.high, -mix->within.low);
    pl_buffer_add_text(out, ", and so ");
    add_count_against(out, mix);
    if (!mix->proven)
        pl_buffer_add_text(out, "; that is not proven, and what is proven is that the overall gap "
                                "does not show it");
}

/* "department=A, with 30.7 % of the decisions of sex=male and 5.9 % of those of sex=female …" */
static void add_driver(struct pl_buffer *out, const struct pl_mix *mix,
                       const struct pl_measured *measured)
{
    const struct pl_mix_stratum *driver = &mix->items[mix->driver];

    pl_buffer_add(out, strata_name(mix, measured));
    pl_buffer_add_char(out, '=');
    pl_buffer_add(out, pl_mix_stratum_name(mix, measured, driver));
    pl_buffer_add_text(out, ", where ");
    pl_buffer_add(out, metric_name(mix, measured));
    pl_buffer_add_text(out, " is ");
    pl_figure_write(out, PL_FIGURE_PERCENT, driver->sides[0].rate.value);
    pl_buffer_add_text(out, " and ");
    pl_figure_write(out, PL_FIGURE_PERCENT, driver->sides[1].rate.value);
    pl_buffer_add_text(out, ", has ");
    pl_figure_write(out, PL_FIGURE_PERCENT, driver->sides[0].share);
    pl_buffer_add_text(out, " of the decisions of ");
    pl_mix_side_words(mix, measured, 0, out);
    pl_buffer_add_text(out, " and ");
    pl_figure_write(out, PL_FIGURE_PERCENT, driver->sides[1].share);
    pl_buffer_add_text(out, " of those of ");
    pl_mix_side_words(mix, measured, 1, out);
    pl_buffer_add_char(out, '.');
}

/* "12 decisions lie in strata where only one of the two has any; they add 0.3 points." */
static void add_outside(struct pl_buffer *out, const struct pl_mix *mix)
{
    const uint64_t n = mix->outside_n[0] + mix->outside_n[1];

    if (n == 0)
        return;
    pl_buffer_add_char(out, ' ');
    pl_plural_write(out, n, "decision lies", "decisions lie");
    pl_buffer_add_text(out, " in strata where only one of the two has any and nothing can be "
                            "compared; ");
    pl_buffer_add_text(out, n == 1 ? "it adds " : "they add ");
    add_points(out, mix->outside);
    pl_buffer_add_text(out, " to the gap.");
}

static void add_reversal(struct pl_buffer *out, const struct pl_mix *mix,
                         const struct pl_measured *measured)
{
    pl_buffer_add_text(out, "Simpson's paradox: ");
    add_overall(out, mix, measured);
    pl_buffer_add_text(out, "; ");
    add_within(out, mix, measured);
    pl_buffer_add_text(out, ". The mix makes ");
    add_points(out, mix->mix.value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, PL_FIGURE_POINTS, mix->mix.low, mix->mix.high);
    pl_buffer_add_text(out, " of the overall ");
    add_points(out, mix->gap.value);
    pl_buffer_add_text(out, ": ");
    add_driver(out, mix, measured);
}

static void add_split(struct pl_buffer *out, const struct pl_mix *mix,
                      const struct pl_measured *measured)
{
    pl_buffer_add(out, metric_name(mix, measured));
    pl_buffer_add_text(out, " is ");
    add_points(out, mix->gap.value);
    pl_buffer_add_text(out, " higher for ");
    pl_mix_side_words(mix, measured, 0, out);
    pl_buffer_add_text(out, " than for ");
    pl_mix_side_words(mix, measured, 1, out);
    if (mix->within.status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(out, ", and no group of ");
        pl_buffer_add(out, strata_name(mix, measured));
        pl_buffer_add_text(out, " has decisions of both, so nothing can be compared within.");
        return;
    }
    pl_buffer_add_text(out, ": the mix of ");
    pl_buffer_add(out, strata_name(mix, measured));
    pl_buffer_add_text(out, " makes ");
    add_estimate(out, PL_FIGURE_POINTS, &mix->mix);
    pl_buffer_add_text(out, " of that, the rates within make ");
    add_estimate(out, PL_FIGURE_POINTS, &mix->within);
    pl_buffer_add_char(out, '.');
}

void pl_mix_words(const struct pl_mix *mix, const struct pl_measured *measured,
                  struct pl_buffer *out)
{
    if (mix->reversed)
        add_reversal(out, mix, measured);
    else
        add_split(out, mix, measured);
    if (mix->within.status != PL_ESTIMATE_UNDEFINED)
        add_outside(out, mix);
}

bool pl_mixes_worth_showing(const struct pl_mixes *mixes)
{
    return mixes != NULL && (mixes->count > 0 || mixes->whole || mixes->too_many);
}

static size_t count_reversed(const struct pl_mixes *mixes)
{
    size_t count = 0;

    for (size_t i = 0; i < mixes->count; i++)
        count += mixes->items[i].reversed ? 1 : 0;
    return count;
}

void pl_mixes_summary(const struct pl_mixes *mixes, const struct pl_measured *measured,
                      struct pl_buffer *out)
{
    const size_t reversed = count_reversed(mixes);

    if (mixes->too_many) {
        pl_buffer_add_text(out, "Not looked at: ");
        pl_plural_write(out, measured->cells->segments_count, "segment", "segments");
        pl_buffer_add_text(out, " in ");
        pl_plural_write(out, measured->cells->leaves_count, "combination", "combinations");
        pl_buffer_add_text(out, " take a while to try as strata of each other. Name one with "
                                "`--strata`, or ask for all with `--mix`.");
        return;
    }
    pl_buffer_add_text(out, "The widest gap of each measure, split by ");
    if (measured->strata > 0)
        pl_buffer_add(out, measured->cells->segments[measured->strata - 1].segment);
    else
        pl_buffer_add_text(out, "every other segment");
    pl_buffer_add_text(out, " (Kitagawa): ");
    pl_plural_write(out, mixes->tried, "split", "splits");
    pl_buffer_add_text(out, ", ");
    if (reversed == 0)
        pl_buffer_add_text(out, "and no gap turns round inside the strata.");
    else
        pl_plural_write(out, reversed, "of which turns round inside the strata.",
                        "of which turn round inside the strata.");
    if (mixes->passed_over == 0)
        return;
    pl_buffer_add_char(out, ' ');
    pl_plural_write(out, mixes->passed_over, "pair of segments was", "pairs of segments were");
    pl_buffer_add_format(out, " not split, having more than %d cells.", PL_MIX_CELLS_MAX);
}

/* ---- the page ---- */

static void add_side_cells(struct pl_table *table, struct pl_buffer *part,
                           const struct pl_mix_stratum *item, int side)
{
    pl_count_write(part, item->sides[side].n);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    pl_figure_write(part, PL_FIGURE_PERCENT, item->sides[side].share);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    if (item->sides[side].rate.status == PL_ESTIMATE_UNDEFINED)
        pl_buffer_add_text(part, "no data");
    else
        pl_figure_write(part, PL_FIGURE_PERCENT, item->sides[side].rate.value);
    pl_table_add_part(table, PL_INK_PLAIN, part);
}

#define COLUMNS_COUNT 8

/* The strata as rows: of each group how many decisions, what share of its own, and the rate. */
static void write_strata(const struct pl_mix *mix, const struct pl_measured *measured,
                         struct pl_page *page, struct pl_buffer *part)
{
    const struct pl_groups *groups = &measured->cells->segments[mix->segment];
    struct pl_table_column columns[COLUMNS_COUNT] = {
        {.title = strata_name(mix, measured), .wraps = true},
        {.title = groups->names[mix->groups[0]], .right = true, .wraps = true},
        {.title = PL_STR("share"), .right = true},
        {.title = PL_STR("rate"), .right = true},
        {.title = groups->names[mix->groups[1]], .right = true, .wraps = true},
        {.title = PL_STR("share"), .right = true},
        {.title = PL_STR("rate"), .right = true},
        {.title = PL_STR("gap in points"), .right = true, .wraps = true},
    };
    struct pl_table table;

    pl_table_init(&table, columns, COLUMNS_COUNT, mix->items_count, page->style.utf8);
    for (size_t i = 0; i < mix->items_count; i++) {
        const struct pl_mix_stratum *item = &mix->items[i];

        pl_buffer_add(part, pl_mix_stratum_name(mix, measured, item));
        pl_table_add_part(&table, PL_INK_PLAIN, part);
        add_side_cells(&table, part, item, 0);
        add_side_cells(&table, part, item, 1);
        if (item->gap.status == PL_ESTIMATE_UNDEFINED)
            pl_buffer_add_text(part, "no data");
        else
            pl_buffer_add_format(part, "%.1f ", 100.0 * item->gap.value);
        if (item->gap.status != PL_ESTIMATE_UNDEFINED)
            pl_interval_write(part, PL_FIGURE_POINTS, item->gap.low, item->gap.high);
        pl_table_add_part(&table, PL_INK_PLAIN, part);
    }
    pl_table_write(&table, page, 2 * INDENT);
    pl_table_deinit(&table);
}

/* "With the departments of both together: 38.6 % [...] for sex=male, 42.9 % for sex=female." */
static void write_standardised(const struct pl_mix *mix, const struct pl_measured *measured,
                               struct pl_page *page, struct pl_buffer *part)
{
    if (mix->within.status == PL_ESTIMATE_UNDEFINED)
        return;
    pl_buffer_add_text(part, "If both had the mix of both together: ");
    for (int side = 0; side < 2; side++) {
        pl_mix_side_words(mix, measured, side, part);
        pl_buffer_add_char(part, ' ');
        add_estimate(part, PL_FIGURE_PERCENT, &mix->standardised[side]);
        pl_buffer_add_text(part, side == 0 ? ", " : ".");
    }
    pl_page_part(page, (struct pl_margin){2 * INDENT, 2 * INDENT}, part);
}

static void write_one(const struct pl_mix *mix, const struct pl_measured *measured, bool whole,
                      struct pl_page *page)
{
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_mix_words(mix, measured, &part);
    pl_page_item(page, PL_INK_PLAIN, "·", pl_buffer_view(&part));
    pl_buffer_end_part(page->out, &part);
    if (whole || mix->reversed) {
        write_standardised(mix, measured, page, &part);
        write_strata(mix, measured, page, &part);
    }
    pl_buffer_deinit(&part);
}

void pl_mixes_page(const struct pl_mixes *mixes, const struct pl_measured *measured,
                   struct pl_page *page)
{
    struct pl_buffer part;

    if (!pl_mixes_worth_showing(mixes))
        return;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, PL_MIX_TITLE);
    pl_mixes_summary(mixes, measured, &part);
    pl_page_part(page, (struct pl_margin){INDENT, INDENT}, &part);
    pl_buffer_deinit(&part);
    for (int reversed = 1; reversed >= 0; reversed--)
        for (size_t i = 0; i < mixes->count; i++)
            if (mixes->items[i].reversed == (reversed == 1))
                write_one(&mixes->items[i], measured, mixes->whole, page);
}
