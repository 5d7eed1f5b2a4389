/*
 * An audit on the terminal: how much was measured, where the widest gaps are, then a table for each
 * grouping with its slices as rows, and the method. Measures that do not fit beside each other go
 * into further tables, so that no line is wider than the page.
 */
#include "measure/impact.h"
#include "report/calibration.h"
#include "report/confusion.h"
#include "report/fairness.h"
#include "report/mix.h"
#include "report/search.h"
#include "report/table.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX   ((size_t)1 << 20)
#define ONE_IN_SIZE_BYTES_MAX 256
#define ROWS_MAX              60
#define GAPS_MAX              3
#define MEASURES_MAX          (PL_TABLE_COLUMNS_MAX - 3)
#define GAP_COLUMNS           2
#define INDENT                2

struct audit_page {
    const struct pl_audit_result *result;
    struct pl_page page;
    struct pl_buffer part;
};

static void write_part(struct audit_page *audit, uint32_t margin)
{
    pl_page_part(&audit->page, (struct pl_margin){margin, margin}, &audit->part);
}

static void write_first(struct audit_page *audit)
{
    const struct pl_cells *cells = audit->result->measured->cells;

    pl_count_write(&audit->part, cells->decisions);
    pl_buffer_add_text(&audit->part, cells->decisions == 1 ? " decision" : " decisions");
    pl_queries_words(audit->result->measured, &audit->part);
    pl_buffer_add_text(&audit->part, cells->task == PL_TASK_RANKING ? " of " : " in ");
    pl_buffer_add(&audit->part, cells->source);
    if (pl_cells_lack_labels(cells)) {
        pl_buffer_add_text(&audit->part, "; ");
        pl_count_write(&audit->part, cells->unlabelled);
        pl_buffer_add_text(&audit->part, " of them without a label");
    }
    if (pl_cells_lack_predictions(cells)) {
        pl_buffer_add_text(&audit->part, "; ");
        pl_count_write(&audit->part, cells->unpredicted);
        pl_buffer_add_text(&audit->part, " without a score or prediction");
    }
    pl_buffer_add_char(&audit->part, '.');
    write_part(audit, 0);
}

static bool is_rate_gap(const struct audit_page *audit, const struct pl_between *one)
{
    const struct pl_str name = audit->result->measured->metrics[one->metric_index].name;

    return pl_figure_of(name) == PL_FIGURE_PERCENT && !pl_str_ends_with(name, PL_STR("share")) &&
           one->difference.status == PL_ESTIMATE_OK && one->largest != NULL &&
           one->smallest != NULL;
}

/* The gap whose lower bound is the highest below `limit`, so that luck does not lead the list. */
static const struct pl_between *widest_below(const struct audit_page *audit, double limit)
{
    const struct pl_between *widest = NULL;

    for (size_t i = 0; i < audit->result->betweens_count; i++) {
        const struct pl_between *one = &audit->result->betweens[i];

        if (is_rate_gap(audit, one) && one->difference.low < limit && one->difference.low > 0.0 &&
            (widest == NULL || one->difference.low > widest->difference.low))
            widest = one;
    }
    return widest;
}

/* "race=A 44.9 %, about 4 in 9" */
static void add_side(struct audit_page *audit, const struct pl_slice *slice, size_t metric)
{
    const double value = slice->estimates[metric].value;
    struct pl_buffer one_in;

    pl_buffer_init(&one_in, ONE_IN_SIZE_BYTES_MAX);
    pl_slice_words(audit->result->measured, slice, &audit->part);
    pl_buffer_add_char(&audit->part, ' ');
    pl_figure_write(&audit->part, PL_FIGURE_PERCENT, value);
    if (pl_one_in_write(&one_in, value))
        pl_buffer_add_format(&audit->part, ", %s", one_in.ptr);
    pl_buffer_deinit(&one_in);
}

static void write_gap(struct audit_page *audit, const struct pl_between *one)
{
    const struct pl_measured *measured = audit->result->measured;
    const size_t metric = one->metric_index;

    pl_buffer_add(&audit->part, measured->metrics[metric].name);
    pl_buffer_add_text(&audit->part, " differs by ");
    pl_figure_write(&audit->part, PL_FIGURE_POINTS, one->difference.value);
    pl_buffer_add_text(&audit->part, ", by at least ");
    pl_figure_write(&audit->part, PL_FIGURE_POINTS, one->difference.low);
    pl_buffer_add_text(&audit->part, " (");
    pl_confidence_write(&audit->part, measured->confidence);
    pl_buffer_add_text(&audit->part, "): ");
    add_side(audit, one->largest, metric);
    pl_buffer_add_text(&audit->part, "; ");
    add_side(audit, one->smallest, metric);
    pl_buffer_add_char(&audit->part, '.');
    pl_page_item(&audit->page, PL_INK_PLAIN, "·", pl_buffer_view(&audit->part));
    pl_buffer_reset(&audit->part);
}

static void write_gaps(struct audit_page *audit)
{
    double limit = HUGE_VAL;

    for (size_t i = 0; i < GAPS_MAX; i++) {
        const struct pl_between *one = widest_below(audit, limit);

        if (one == NULL)
            return;
        if (i == 0)
            pl_page_heading(&audit->page, "Widest gaps");
        write_gap(audit, one);
        limit = one->difference.low;
    }
}

/* "  0.357" behind a rate of being chosen, and a dash where there is none. */
static void add_impact(struct audit_page *audit, const struct pl_slice *slice, size_t metric)
{
    double ratio = 0.0;

    if (!pl_metric_has_impact(&audit->result->measured->metrics[metric]) ||
        audit->result->measured->groupings_count == 0)
        return;
    if (pl_slice_impact(slice, metric, &ratio))
        pl_buffer_add_format(&audit->part, "  %.3f", ratio);
    else
        pl_buffer_add_text(&audit->part, "      –");
}

/* "selection_rate, impact ratio" */
static struct pl_str title_of(const struct audit_page *audit, const struct pl_grouping *grouping,
                              size_t metric)
{
    const struct pl_metric *one = &audit->result->measured->metrics[metric];

    if (grouping == NULL || !pl_metric_has_impact(one))
        return one->name;
    return pl_str_equal_text(one->name, "selection_rate") ? PL_STR("selection_rate, impact ratio")
                                                          : PL_STR("scoring_rate, impact ratio");
}

static void add_estimate(struct audit_page *audit, const struct pl_slice *slice, size_t metric)
{
    const struct pl_estimate *estimate = &slice->estimates[metric];
    const enum pl_figure figure = pl_figure_of(audit->result->measured->metrics[metric].name);

    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&audit->part, "no data");
        return;
    }
    pl_figure_write(&audit->part, figure, estimate->value);
    pl_buffer_add_text(&audit->part, "  ");
    pl_interval_write(&audit->part, figure, estimate->low, estimate->high);
    add_impact(audit, slice, metric);
}

/* The slices of a grouping that are shown, the overall one first. */
static size_t rows_count(const struct pl_grouping *grouping)
{
    const size_t count = grouping == NULL ? 0 : grouping->slices_count;

    return 1 + (count < ROWS_MAX ? count : ROWS_MAX);
}

static const struct pl_slice *row_at(const struct pl_measured *measured,
                                     const struct pl_grouping *grouping, size_t row)
{
    return row == 0 ? &measured->overall : &grouping->slices[row - 1];
}

static size_t measure_columns(struct audit_page *audit, const struct pl_grouping *grouping,
                              size_t metric)
{
    const struct pl_measured *measured = audit->result->measured;
    size_t widest = pl_str_columns(title_of(audit, grouping, metric));

    for (size_t row = 0; row < rows_count(grouping); row++) {
        add_estimate(audit, row_at(measured, grouping, row), metric);

        const size_t columns = pl_str_columns(pl_buffer_view(&audit->part));

        pl_buffer_reset(&audit->part);
        if (columns > widest)
            widest = columns;
    }
    return widest;
}

/* Measures from `first` on that fit beside each other, at least one. */
static size_t fitting_measures(struct audit_page *audit, const struct pl_grouping *grouping,
                               size_t first, size_t columns)
{
    const size_t metrics_count = audit->result->measured->metrics_count;
    size_t used = 0;
    size_t count = 0;

    while (first + count < metrics_count && count < MEASURES_MAX) {
        used += GAP_COLUMNS + measure_columns(audit, grouping, first + count);
        if (used > columns && count > 0)
            break;
        count++;
    }
    return count;
}

/* Columns of counts: n, and in a ranking the queries. */
static size_t counts_of(const struct audit_page *audit)
{
    return audit->result->measured->cells->task == PL_TASK_RANKING ? 2 : 1;
}

static void add_row(struct audit_page *audit, struct pl_table *table, const struct pl_slice *slice,
                    size_t first, size_t count)
{
    const enum pl_ink ink = slice->too_small ? PL_INK_QUIET : PL_INK_PLAIN;

    pl_slice_words(audit->result->measured, slice, &audit->part);
    if (slice->too_small)
        pl_buffer_add_format(&audit->part, " (%s)", pl_aside_text(slice->aside));
    pl_table_add_part(table, ink, &audit->part);
    pl_count_write(&audit->part, slice->n);
    pl_table_add_part(table, ink, &audit->part);
    if (counts_of(audit) > 1) {
        pl_count_write(&audit->part, slice->queries);
        pl_table_add_part(table, ink, &audit->part);
    }
    for (size_t i = first; i < first + count; i++) {
        add_estimate(audit, slice, i);
        pl_table_add_part(table, ink, &audit->part);
    }
}

/* The longest name of a slice that gets its own columns; longer ones wrap. */
static size_t slice_columns(struct audit_page *audit, const struct pl_grouping *grouping)
{
    const struct pl_measured *measured = audit->result->measured;
    size_t widest = 10;

    for (size_t row = 0; row < rows_count(grouping); row++) {
        const struct pl_slice *slice = row_at(measured, grouping, row);

        pl_slice_words(measured, slice, &audit->part);
        if (slice->too_small)
            pl_buffer_add_format(&audit->part, " (%s)", pl_aside_text(slice->aside));

        const size_t columns = pl_str_columns(pl_buffer_view(&audit->part));

        pl_buffer_reset(&audit->part);
        if (columns > widest)
            widest = columns;
    }
    return widest < audit->page.style.columns / 3 ? widest : audit->page.style.columns / 3;
}

/* One table: slices as rows, the measures from `first` on as columns. */
static void write_table(struct audit_page *audit, const struct pl_grouping *grouping, size_t first,
                        size_t count)
{
    const struct pl_measured *measured = audit->result->measured;
    struct pl_table_column columns[PL_TABLE_COLUMNS_MAX] = {
        {.title = PL_STR("Slice"), .wraps = true},
        {.title = PL_STR("n"), .right = true},
        {.title = PL_STR("queries"), .right = true},
    };
    const size_t lead = 1 + counts_of(audit);
    struct pl_table table;

    for (size_t i = 0; i < count; i++)
        columns[lead + i] = (struct pl_table_column){
            .title = title_of(audit, grouping, first + i), .right = true, .wraps = true};
    pl_table_init(&table, columns, lead + count, rows_count(grouping), audit->page.style.utf8);
    for (size_t row = 0; row < rows_count(grouping); row++)
        add_row(audit, &table, row_at(measured, grouping, row), first, count);
    pl_table_write(&table, &audit->page, INDENT);
    pl_table_deinit(&table);
}

static void write_grouping(struct audit_page *audit, const struct pl_grouping *grouping)
{
    const struct pl_measured *measured = audit->result->measured;
    const size_t used =
        INDENT + slice_columns(audit, grouping) + counts_of(audit) * (GAP_COLUMNS + 12);
    const size_t left = audit->page.style.columns > used ? audit->page.style.columns - used : 0;
    size_t first = 0;

    pl_page_gap(&audit->page);
    if (grouping == NULL)
        pl_buffer_add_text(&audit->part, "Overall");
    else
        pl_buffer_add_text(&audit->part, "By ");
    if (grouping != NULL)
        pl_crossing_words(measured, &grouping->crossing, &audit->part);
    pl_page_text(&audit->page, PL_INK_BOLD, pl_buffer_view(&audit->part));
    pl_buffer_reset(&audit->part);
    pl_page_gap(&audit->page);
    while (first < measured->metrics_count) {
        const size_t count = fitting_measures(audit, grouping, first, left);

        if (first > 0)
            pl_page_gap(&audit->page);
        write_table(audit, grouping, first, count);
        first += count;
    }
    if (grouping != NULL && grouping->slices_count > ROWS_MAX) {
        pl_buffer_add_format(&audit->part, "and %zu more slices, all in --format json.",
                             grouping->slices_count - ROWS_MAX);
        write_part(audit, INDENT);
    }
}

static void write_method(struct audit_page *audit)
{
    const struct pl_audit_result *result = audit->result;

    pl_page_heading(&audit->page, "Method");
    pl_buffer_add_text(&audit->part, "Intervals are two-sided at ");
    pl_confidence_write(&audit->part, result->measured->confidence);
    pl_buffer_add_text(&audit->part, "; those of gaps hold for all slices of a grouping at once. "
                                     "Slices of fewer than ");
    pl_plural_write(&audit->part, result->measured->smallest_slice, "decision", "decisions");
    pl_aside_words(result->measured, &audit->part);
    pl_buffer_add_text(&audit->part, " are listed, not compared.");
    pl_groups_words(result->measured, &audit->part);
    pl_buffer_add_text(&audit->part, " Data: ");
    pl_data_words(&result->data, &audit->part);
    pl_buffer_add_format(&audit->part, ". Seed %llu. plimsoll %s, %.2f s.",
                         (unsigned long long)result->measured->seed, result->version,
                         result->elapsed_seconds);
    write_part(audit, INDENT);
}

static void write_groupings(struct audit_page *audit)
{
    const struct pl_measured *measured = audit->result->measured;

    if (measured->groupings_count == 0)
        write_grouping(audit, NULL);
    for (size_t g = 0; g < measured->groupings_count; g++)
        write_grouping(audit, &measured->groupings[g]);
}

/* The one next command worth trying. */
static void write_next(struct audit_page *audit)
{
    pl_buffer_reset(&audit->part);
    if (audit->result->line == NULL)
        pl_buffer_add_text(&audit->part, "Next: plimsoll init, to say what must hold");
    else
        pl_buffer_add_format(&audit->part, "Next: plimsoll gate %s", audit->result->line);
    pl_page_gap(&audit->page);
    pl_page_paragraph(&audit->page, (struct pl_margin){0, 0}, pl_buffer_view(&audit->part));
}

void pl_audit_text(const struct pl_audit_result *result, struct pl_style style,
                   struct pl_buffer *out)
{
    struct audit_page audit = {.result = result, .page = pl_page_of(out, style)};

    pl_buffer_init(&audit.part, PART_SIZE_BYTES_MAX);
    write_first(&audit);
    write_gaps(&audit);
    if (result->search != NULL)
        pl_search_page(result->search, result->measured, &audit.page);
    pl_mixes_page(result->mixes, result->measured, &audit.page);
    if (result->fairness != NULL)
        pl_fairness_page(result->fairness, result->measured, &audit.page);
    if (result->calibration != NULL)
        pl_calibration_page(result->calibration, result->measured, &audit.page);
    if ((result->fairness == NULL && result->calibration == NULL) || result->measures_asked)
        write_groupings(&audit);
    pl_confusions_page(result->confusions, &audit.page);
    write_method(&audit);
    write_next(&audit);
    pl_buffer_deinit(&audit.part);
}
