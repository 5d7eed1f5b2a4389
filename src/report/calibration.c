/*
 * The section of an audit about calibration. The worst slice is said first, then the curve of all
 * decisions as a small chart, then one row for each slice with a sign for each of its bins.
 */
#include "report/calibration.h"

#include "report/markdown.h"
#include "report/table.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define INDENT              2
#define ROWS_MAX            60
#define MARKDOWN_ROWS_MAX   200
#define CHART_COLUMNS       40
#define CHART_COLUMNS_LEAST 96 /* of the page; on a narrower one there is no chart */

static void add_p_value(struct pl_buffer *out, double p)
{
    if (p < 1e-300)
        pl_buffer_add_text(out, "below 1e-300");
    else
        pl_buffer_add_format(out, "%.2g", p);
}

static void add_estimate(struct pl_buffer *out, const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(out, "no data");
        return;
    }
    pl_figure_write(out, PL_FIGURE_FRACTION, estimate->value);
    pl_buffer_add_char(out, ' ');
    pl_interval_write(out, PL_FIGURE_FRACTION, estimate->low, estimate->high);
}

static struct pl_estimate multicalibration_estimate(const struct pl_measured *measured)
{
    return pl_stat_estimate(&measured->multicalibration->stat, measured->confidence,
                            PL_RATE_WILSON);
}

static double multicalibration_p(const struct pl_measured *measured)
{
    return pl_stat_p_above(&measured->multicalibration->stat, 0.0, PL_RATE_WILSON);
}

/* "It is … of a=1 × b=2: …", and what chance makes of it. */
static void add_worst(struct pl_buffer *out, const struct pl_measured *measured)
{
    const struct pl_multicalibration *all = measured->multicalibration;
    const struct pl_estimate estimate = multicalibration_estimate(measured);
    const double p = multicalibration_p(measured);
    const double least = 1.0 / (all->replicates + 1.0);

    pl_buffer_add_text(out, "Multicalibration error ");
    add_estimate(out, &estimate);
    pl_buffer_add_text(out, ": of ");
    pl_plural_write(out, all->slices_count, "slice", "slices");
    pl_buffer_add_text(out, " the worst is ");
    pl_slice_words(measured, all->worst, out);
    pl_buffer_add_format(out, ", whose ecce of %.3f is %.1f times its noise. ", all->ecce,
                         all->sigmas);
    pl_buffer_add_text(out, p <= 1.0 - measured->confidence
                                ? "Scores that are right in every slice hardly ever come so far "
                                : "Scores that are right in every slice come so far by chance ");
    pl_buffer_add_text(out, "(p ");
    if (p < least) /* beyond what was simulated */
        pl_buffer_add_format(out, "below %.2g", least);
    else
        add_p_value(out, p);
    pl_buffer_add_text(out, ", all slices counted).");
}

static void add_summary(struct pl_buffer *out, const struct pl_reliabilities *reliabilities,
                        const struct pl_measured *measured)
{
    const struct pl_estimate *error = reliabilities->items[0].calibration_error;

    if (error->status == PL_ESTIMATE_UNDEFINED)
        pl_buffer_add_format(out, "Nothing can be said of calibration: %s.",
                             pl_undefined_text(error->reason));
    else if (measured->multicalibration->stat.kind == PL_STAT_NONE)
        pl_buffer_add_format(out, "There is no multicalibration error: %s.",
                             pl_undefined_text(measured->multicalibration->stat.reason));
    else
        add_worst(out, measured);
}

/* ---- the chart: | where it was predicted, a dot where it came true, the interval as a line ---- */

static size_t column_of(double share)
{
    return (size_t)fmin(CHART_COLUMNS - 1, floor(fmax(0.0, share) * CHART_COLUMNS));
}

static void add_chart(struct pl_buffer *out, const struct pl_reliability_bin *bin)
{
    const size_t low = column_of(bin->rate.low);
    const size_t high = column_of(bin->rate.high);

    for (size_t i = 0; i < CHART_COLUMNS; i++) {
        if (i == column_of(bin->rate.value))
            pl_buffer_add_text(out, "●");
        else if (i == column_of(bin->score))
            pl_buffer_add_char(out, '|');
        else
            pl_buffer_add_text(out, i >= low && i <= high ? "─" : "·");
    }
}

static const struct pl_table_column CURVE_COLUMNS[] = {
    {.title = {"predicted", sizeof "predicted" - 1}, .right = true},
    {.title = {"came true", sizeof "came true" - 1}, .right = true},
    {.title = {"n", 1}, .right = true},
    {.title = {"0 %  (| predicted, ● came true)   100 %",
               sizeof "0 %  (| predicted, ● came true)   100 %" - 1}},
};

static void write_curve(const struct pl_reliability *item, struct pl_page *page,
                        struct pl_buffer *part)
{
    const size_t columns = page->style.columns >= CHART_COLUMNS_LEAST ? 4 : 3;
    struct pl_table table;

    pl_table_init(&table, CURVE_COLUMNS, columns, item->bins_count, page->style.utf8);
    for (uint32_t i = 0; i < item->bins_count; i++) {
        const struct pl_reliability_bin *bin = &item->bins[i];

        pl_figure_write(part, PL_FIGURE_PERCENT, bin->score);
        pl_table_add_part(&table, PL_INK_PLAIN, part);
        pl_figure_write(part, PL_FIGURE_PERCENT, bin->rate.value);
        pl_buffer_add_char(part, ' ');
        pl_interval_write(part, PL_FIGURE_PERCENT, bin->rate.low, bin->rate.high);
        pl_table_add_part(&table, PL_INK_PLAIN, part);
        pl_count_write(part, bin->n);
        pl_table_add_part(&table, PL_INK_PLAIN, part);
        if (columns == 4) {
            add_chart(part, bin);
            pl_table_add_part(&table, PL_INK_PLAIN, part);
        }
    }
    pl_table_write(&table, page, INDENT);
    pl_table_deinit(&table);
}

static void write_titled_curve(const struct pl_reliability *item,
                               const struct pl_measured *measured, struct pl_page *page,
                               struct pl_buffer *part)
{
    if (item->bins_count == 0)
        return;
    pl_page_gap(page);
    pl_slice_words(measured, item->slice, part);
    pl_page_part(page, (struct pl_margin){INDENT, INDENT}, part);
    write_curve(item, page, part);
}

/* ---- one row for each slice ---- */

/* + where more came true than was predicted, - where less did, both beyond the interval; else a dot. */
static void add_signs(struct pl_buffer *out, const struct pl_reliability *item)
{
    for (uint32_t i = 0; i < item->bins_count; i++) {
        const struct pl_estimate *gap = &item->bins[i].gap;

        pl_buffer_add_char(out, (char)(gap->low > 0.0 ? '+' : gap->high < 0.0 ? '-' : '.'));
    }
}

static const struct pl_table_column SLICE_COLUMNS[] = {
    {.title = {"Slice", 5}, .wraps = true},
    {.title = {"n", 1}, .right = true},
    {.title = {"ecce", 4}, .right = true, .wraps = true},
    {.title = {"bins", 4}},
    {.title = {"p", 1}, .right = true}, /* these two where there is room */
    {.title = {"calibration_error", 17}, .right = true, .wraps = true},
};
#define SLICE_COLUMNS_COUNT  (sizeof SLICE_COLUMNS / sizeof *SLICE_COLUMNS)
#define SLICE_COLUMNS_NARROW (SLICE_COLUMNS_COUNT - 2)

static void add_row(struct pl_table *table, const struct pl_reliability *item,
                    const struct pl_measured *measured, struct pl_buffer *part)
{
    pl_slice_words(measured, item->slice, part);
    if (item->slice->too_small)
        pl_buffer_add_text(part, " (too small)");
    pl_table_add_part(table, PL_INK_PLAIN, part);
    pl_count_write(part, item->calibration_error->n);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    add_estimate(part, item->ecce);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    add_signs(part, item);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    if (table->columns_count == SLICE_COLUMNS_NARROW)
        return;
    if (item->ecce->status != PL_ESTIMATE_UNDEFINED)
        add_p_value(part, item->p_value);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    add_estimate(part, item->calibration_error);
    pl_table_add_part(table, PL_INK_PLAIN, part);
}

static size_t rows_shown(const struct pl_reliabilities *reliabilities, size_t max)
{
    return reliabilities->count < max ? reliabilities->count : max;
}

static void fill_slices(struct pl_table *table, const struct pl_reliabilities *reliabilities,
                        const struct pl_measured *measured, size_t max)
{
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    for (size_t i = 0; i < rows_shown(reliabilities, max); i++)
        add_row(table, &reliabilities->items[i], measured, &part);
    pl_buffer_deinit(&part);
}

static void write_slices(const struct pl_reliabilities *reliabilities,
                         const struct pl_measured *measured, struct pl_page *page)
{
    const size_t columns =
        page->style.columns >= CHART_COLUMNS_LEAST ? SLICE_COLUMNS_COUNT : SLICE_COLUMNS_NARROW;
    struct pl_table table;

    pl_page_gap(page);
    pl_table_init(&table, SLICE_COLUMNS, columns, rows_shown(reliabilities, ROWS_MAX),
                  page->style.utf8);
    fill_slices(&table, reliabilities, measured, ROWS_MAX);
    pl_table_write(&table, page, INDENT);
    pl_table_deinit(&table);
}

static const char SIGNS[] =
    "Bins from the lowest scores to the highest, ten of equal mass: + more came true than was "
    "predicted, - less did, beyond the interval of the bin; . neither. p is of Kuiper's test of "
    "the "
    "slice by itself.";

void pl_calibration_page(const struct pl_reliabilities *reliabilities,
                         const struct pl_measured *measured, struct pl_page *page)
{
    struct pl_buffer part;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Calibration");
    add_summary(&part, reliabilities, measured);
    pl_page_part(page, (struct pl_margin){INDENT, INDENT}, &part);
    if (reliabilities->items[0].bins_count > 0) {
        write_titled_curve(&reliabilities->items[0], measured, page, &part);
        if (reliabilities->worst != NULL && reliabilities->worst != &reliabilities->items[0])
            write_titled_curve(reliabilities->worst, measured, page, &part);
        write_slices(reliabilities, measured, page);
        if (reliabilities->count > ROWS_MAX) {
            pl_buffer_add_format(&part, "and %zu more slices, all in --format json. ",
                                 reliabilities->count - ROWS_MAX);
        }
        pl_buffer_add_text(&part, SIGNS);
        pl_page_part(page, (struct pl_margin){INDENT, INDENT}, &part);
    }
    pl_buffer_deinit(&part);
}

/* ---- Markdown ---- */

static void write_markdown_curve(const struct pl_reliability *item,
                                 const struct pl_measured *measured, struct pl_buffer *out)
{
    struct pl_buffer part;
    struct pl_table table;

    if (item->bins_count == 0)
        return;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_slice_words(measured, item->slice, &part);
    pl_buffer_add_char(out, '\n');
    pl_markdown_text(out, pl_buffer_view(&part));
    pl_buffer_add_text(out, "\n\n");
    pl_buffer_reset(&part);
    pl_table_init(&table, CURVE_COLUMNS, 3, item->bins_count, true);
    for (uint32_t i = 0; i < item->bins_count; i++) {
        pl_figure_write(&part, PL_FIGURE_PERCENT, item->bins[i].score);
        pl_table_add_part(&table, PL_INK_PLAIN, &part);
        pl_figure_write(&part, PL_FIGURE_PERCENT, item->bins[i].rate.value);
        pl_buffer_add_char(&part, ' ');
        pl_interval_write(&part, PL_FIGURE_PERCENT, item->bins[i].rate.low,
                          item->bins[i].rate.high);
        pl_table_add_part(&table, PL_INK_PLAIN, &part);
        pl_count_write(&part, item->bins[i].n);
        pl_table_add_part(&table, PL_INK_PLAIN, &part);
    }
    pl_markdown_table(&table, out);
    pl_table_deinit(&table);
    pl_buffer_deinit(&part);
}

void pl_calibration_markdown(const struct pl_reliabilities *reliabilities,
                             const struct pl_measured *measured, struct pl_buffer *out)
{
    struct pl_buffer part;
    struct pl_table table;

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    add_summary(&part, reliabilities, measured);
    pl_buffer_add_text(out, "\n### Calibration\n\n");
    pl_markdown_text(out, pl_buffer_view(&part));
    pl_buffer_add_char(out, '\n');
    pl_buffer_deinit(&part);
    if (reliabilities->items[0].bins_count == 0)
        return;
    write_markdown_curve(&reliabilities->items[0], measured, out);
    if (reliabilities->worst != NULL && reliabilities->worst != &reliabilities->items[0])
        write_markdown_curve(reliabilities->worst, measured, out);
    pl_buffer_add_char(out, '\n');
    pl_table_init(&table, SLICE_COLUMNS, SLICE_COLUMNS_COUNT,
                  rows_shown(reliabilities, MARKDOWN_ROWS_MAX), true);
    fill_slices(&table, reliabilities, measured, MARKDOWN_ROWS_MAX);
    pl_markdown_table(&table, out);
    pl_table_deinit(&table);
    pl_buffer_add_char(out, '\n');
    pl_markdown_text(out, PL_STR(SIGNS));
    pl_buffer_add_char(out, '\n');
}
