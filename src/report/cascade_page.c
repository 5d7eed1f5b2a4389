/* A fit on a page, for a terminal or as Markdown: what to deliver, what is promised, what else
   there is, and how good the signals are. */
#include "report/cascade.h"
#include "report/markdown.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define INDENT              2

struct cascade_page {
    const struct pl_cascade_result *result;
    const struct pl_cascade_fit *fit;
    struct pl_page page;
    bool markdown;
    struct pl_buffer part; /* scratch for one cell or sentence */
};

static void write_paragraph(struct cascade_page *page, uint32_t margin)
{
    if (page->markdown) {
        pl_markdown_part(page->page.out, &page->part);
        pl_buffer_add_text(page->page.out, "\n\n");
    } else {
        pl_page_part(&page->page, (struct pl_margin){margin, margin}, &page->part);
    }
}

static void write_heading(struct cascade_page *page, const char *text)
{
    if (page->markdown)
        pl_buffer_add_format(page->page.out, "\n### %s\n\n", text);
    else
        pl_page_heading(&page->page, text);
}

static void write_item(struct pl_str item, void *context)
{
    struct cascade_page *page = context;

    if (page->markdown) {
        pl_buffer_add_text(page->page.out, "- ");
        pl_markdown_text(page->page.out, item);
        pl_buffer_add_char(page->page.out, '\n');
    } else {
        pl_page_item(&page->page, PL_INK_PLAIN, "·", item);
    }
}

static void begin_table(struct cascade_page *page, struct pl_table *table,
                        const struct pl_table_column *columns, size_t columns_count,
                        size_t rows_max)
{
    if (!page->markdown)
        pl_page_gap(&page->page);
    pl_table_init(table, columns, columns_count, rows_max, page->markdown || page->page.style.utf8);
}

static void write_table(struct cascade_page *page, struct pl_table *table)
{
    if (page->markdown)
        pl_markdown_table(table, page->page.out);
    else
        pl_table_write(table, &page->page, INDENT);
    pl_table_deinit(table);
}

static void end_cell(struct cascade_page *page, struct pl_table *table)
{
    pl_table_add_part(table, PL_INK_PLAIN, &page->part);
}

/* An estimate; its value alone where it has no interval. */
static void add_estimate(struct cascade_page *page, struct pl_table *table, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&page->part, "no data");
    } else {
        pl_figure_write(&page->part, figure, estimate->value);
        pl_buffer_add_text(&page->part, "  ");
        pl_interval_write(&page->part, figure, estimate->low, estimate->high);
    }
    end_cell(page, table);
}

static void write_verdict(struct cascade_page *page)
{
    if (page->result->feature.len > 0) {
        pl_buffer_add(&page->part, page->result->feature);
        pl_buffer_add_text(&page->part, ": ");
    }
    pl_cascade_verdict(page->fit, &page->part);
    if (page->markdown) {
        write_paragraph(page, 0);
        return;
    }
    pl_page_item(&page->page, page->fit->chosen_given ? PL_INK_CLEAR : PL_INK_UNPROVEN,
                 page->fit->chosen_given ? "●" : "◐", pl_buffer_view(&page->part));
    pl_buffer_reset(&page->part);
    pl_page_gap(&page->page);
}

static void add_threshold(struct cascade_page *page, struct pl_table *table, size_t tier)
{
    const struct pl_cascade_fit *fit = page->fit;
    const double at = fit->chosen.policy.deliver_at[tier];
    const bool is_last = tier + 1 == fit->data->tiers_count;

    pl_buffer_add(&page->part, pl_cascade_model(fit, tier));
    end_cell(page, table);
    if (isinf(at))
        pl_buffer_add_text(&page->part, "not asked");
    else if (is_last && !(fit->signals[tier].given && at > 0.0))
        pl_buffer_add_text(&page->part, "always");
    else
        pl_buffer_add_format(&page->part, "%.10g", at);
    end_cell(page, table);
    pl_figure_write(&page->part, PL_FIGURE_PERCENT,
                    (double)fit->chosen.delivered[tier] / (double)fit->shown_count);
    end_cell(page, table);
}

static void write_thresholds(struct cascade_page *page)
{
    static const struct pl_table_column COLUMNS[] = {
        {.title = {"Tier", 4}, .wraps = true},
        {.title = {"deliver_at", 10}, .right = true},
        {.title = {"answers", 7}, .right = true},
    };
    const struct pl_cascade_fit *fit = page->fit;
    const size_t tiers_count = fit->data->tiers_count;
    struct pl_table table;

    write_heading(page, "Thresholds");
    begin_table(page, &table, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, tiers_count + 1);
    for (size_t t = 0; t < tiers_count; t++)
        add_threshold(page, &table, t);
    if (fit->chosen.delivered[tiers_count] > 0) {
        pl_table_add(&table, PL_INK_PLAIN, PL_STR("(fallback)"));
        pl_table_add(&table, PL_INK_PLAIN, PL_STR(""));
        pl_figure_write(&page->part, PL_FIGURE_PERCENT,
                        (double)fit->chosen.delivered[tiers_count] / (double)fit->shown_count);
        end_cell(page, &table);
    }
    write_table(page, &table);
}

static void add_way(struct cascade_page *page, struct pl_table *table,
                    const struct pl_policy_result *result, const char *keeps)
{
    pl_cascade_cost(&result->cost, &page->part);
    end_cell(page, table);
    add_estimate(page, table, PL_FIGURE_PERCENT, &result->quality);
    pl_table_add(table, PL_INK_PLAIN, pl_str_of(keeps));
}

static void add_baseline(struct cascade_page *page, struct pl_table *table,
                         const struct pl_cascade_baseline *baseline)
{
    pl_baseline_words(page->fit, baseline, &page->part);
    end_cell(page, table);
    if (baseline->kind == PL_BASELINE_MIXTURE) {
        pl_cascade_amount(baseline->result.cost.value, &page->part);
        end_cell(page, table);
        pl_figure_write(&page->part, PL_FIGURE_PERCENT, baseline->result.quality.value);
        end_cell(page, table);
        pl_table_add(table, PL_INK_PLAIN, PL_STR(""));
    } else {
        add_way(page, table, &baseline->result, baseline->keeps ? "yes" : "no");
    }
    if (page->fit->chosen_given)
        pl_cascade_cost(&baseline->cost_more, &page->part);
    end_cell(page, table);
}

static void write_ways(struct cascade_page *page)
{
    const struct pl_cascade_fit *fit = page->fit;
    const struct pl_table_column columns[] = {
        {.title = PL_STR("Way"), .wraps = true},
        {.title = PL_STR("Cost"), .right = true},
        {.title = PL_STR("Quality"), .right = true},
        {.title = PL_STR("Keeps")},
        {.title = fit->chosen_given ? PL_STR("Cascade minus it") : PL_STR(""),
         .right = true,
         .wraps = true},
    };
    struct pl_table table;

    write_heading(page, "What a request costs, and how many answers are right");
    begin_table(page, &table, columns, sizeof columns / sizeof *columns, fit->baselines_count + 3);
    if (fit->chosen_given) {
        pl_table_add(&table, PL_INK_BOLD, PL_STR("this cascade"));
        add_way(page, &table, &fit->chosen, "yes");
        pl_table_add(&table, PL_INK_PLAIN, PL_STR(""));
    }
    if (fit->present_given) {
        pl_table_add(&table, PL_INK_PLAIN, PL_STR("the line's thresholds"));
        add_way(page, &table, &fit->present, fit->present_keeps ? "yes" : "no");
        pl_table_add(&table, PL_INK_PLAIN, PL_STR(""));
    }
    if (fit->conformal_given && fit->options.procedure != PL_PROCEDURE_CONFORMAL) {
        pl_table_add(&table, PL_INK_PLAIN, PL_STR("conformal risk control"));
        add_way(page, &table, &fit->conformal, "expected");
        pl_table_add(&table, PL_INK_PLAIN, PL_STR(""));
    }
    for (size_t i = 0; i < fit->baselines_count; i++)
        add_baseline(page, &table, &fit->baselines[i]);
    write_table(page, &table);
}

static void write_bins(struct cascade_page *page, const struct pl_cascade_signal *signal)
{
    static const struct pl_table_column COLUMNS[] = {
        {.title = {"Confidence", 10}, .right = true},
        {.title = {"Right", 5}, .right = true},
        {.title = {"n", 1}, .right = true},
    };
    struct pl_table table;

    begin_table(page, &table, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS, PL_CASCADE_BINS);
    for (size_t i = 0; i < signal->bins_count; i++) {
        pl_figure_write(&page->part, PL_FIGURE_PERCENT, signal->bins[i].confidence);
        end_cell(page, &table);
        add_estimate(page, &table, PL_FIGURE_PERCENT, &signal->bins[i].right);
        pl_count_write(&page->part, signal->bins[i].n);
        end_cell(page, &table);
    }
    write_table(page, &table);
}

static void add_error(struct cascade_page *page, const struct pl_estimate *error)
{
    if (error->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&page->part, "no data (%s)", pl_undefined_text(error->reason));
    } else {
        pl_figure_write(&page->part, PL_FIGURE_FRACTION, error->value);
        pl_buffer_add_char(&page->part, ' ');
        pl_interval_write(&page->part, PL_FIGURE_FRACTION, error->low, error->high);
    }
}

static void write_signal(struct cascade_page *page, size_t tier)
{
    const struct pl_cascade_signal *signal = &page->fit->signals[tier];

    pl_buffer_add_format(&page->part, "`%.*s`: ", PL_STR_ARG(pl_cascade_model(page->fit, tier)));
    pl_plural_write(&page->part, signal->steps_count, "step", "steps");
    pl_buffer_add_text(&page->part, " fitted on ");
    pl_plural_write(&page->part, signal->fitted_on, "request", "requests");
    pl_buffer_add_text(&page->part, ". Expected calibration error on the others: ");
    add_error(page, &signal->ece_before);
    pl_buffer_add_text(&page->part, " for the raw signal, ");
    add_error(page, &signal->ece_after);
    pl_buffer_add_text(&page->part, " calibrated. Brier score: ");
    add_error(page, &signal->brier_before);
    pl_buffer_add_text(&page->part, " raw, ");
    add_error(page, &signal->brier_after);
    pl_buffer_add_text(&page->part, " calibrated.");
    write_paragraph(page, INDENT);
    write_bins(page, signal);
}

/* Tiers that are never asked, which no `deliver_at` can say. */
static void add_unasked(struct cascade_page *page)
{
    const struct pl_cascade_fit *fit = page->fit;

    for (size_t t = 0; t + 1 < fit->data->tiers_count; t++)
        if (isinf(fit->chosen.policy.deliver_at[t]))
            pl_buffer_add_format(&page->part, " Take `%.*s` out of the tiers.",
                                 PL_STR_ARG(pl_cascade_model(fit, t)));
}

static void write_next(struct cascade_page *page)
{
    const struct pl_cascade_result *result = page->result;

    if (result->output == NULL)
        return;
    write_heading(page, "Next");
    pl_buffer_add_format(&page->part,
                         "The fit is in %s. In the line: `confidence: {from: %.*s%s%.*s, "
                         "calibration: %s}`, and `deliver_at` of each tier as above.",
                         result->output, PL_STR_ARG(result->from),
                         result->signal.len > 0 ? ", signal: " : "", PL_STR_ARG(result->signal),
                         result->from_line);
    add_unasked(page);
    write_paragraph(page, INDENT);
}

static void write_page(struct cascade_page *page)
{
    write_verdict(page);
    pl_cascade_notes(page->result, write_item, page);
    if (page->fit->chosen_given)
        write_thresholds(page);
    write_ways(page);
    write_heading(page, "Signals");
    for (size_t t = 0; t < page->fit->data->tiers_count; t++)
        if (page->fit->signals[t].given)
            write_signal(page, t);
    write_heading(page, "Method");
    pl_cascade_method(page->result, &page->part);
    write_paragraph(page, INDENT);
    write_next(page);
}

void pl_cascade_text(const struct pl_cascade_result *result, struct pl_style style,
                     struct pl_buffer *out)
{
    struct cascade_page page = {
        .result = result, .fit = result->fit, .page = pl_page_of(out, style)};

    pl_buffer_init(&page.part, PART_SIZE_BYTES_MAX);
    write_page(&page);
    pl_buffer_deinit(&page.part);
}

void pl_cascade_markdown(const struct pl_cascade_result *result, struct pl_style style,
                         struct pl_buffer *out)
{
    struct cascade_page page = {
        .result = result, .fit = result->fit, .page = pl_page_of(out, style), .markdown = true};

    pl_buffer_init(&page.part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "## Thresholds of a cascade\n\n");
    write_page(&page);
    pl_buffer_deinit(&page.part);
}
