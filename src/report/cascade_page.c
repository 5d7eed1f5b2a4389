/* A fit on a page, for a terminal or as Markdown: what to deliver, what is promised, what else
   there is, and how good the signals are. */
#include "report/form.h"
#include "report/cascade.h"
#include "report/markdown.h"
#include "report/wording.h"

#include <math.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

struct cascade_page {
    const struct pl_cascade_result *result;
    const struct pl_cascade_fit *fit;
    struct pl_form form;
};

static void end_cell(struct cascade_page *page, struct pl_table *table)
{
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
}

/* An estimate; its value alone where it has no interval. */
static void add_estimate(struct cascade_page *page, struct pl_table *table, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&page->form.part, "no data");
    } else {
        pl_figure_write(&page->form.part, figure, estimate->value);
        pl_buffer_add_text(&page->form.part, "  ");
        pl_interval_write(&page->form.part, figure, estimate->low, estimate->high);
    }
    end_cell(page, table);
}

static void write_verdict(struct cascade_page *page)
{
    if (page->result->feature.len > 0) {
        pl_buffer_add(&page->form.part, page->result->feature);
        pl_buffer_add_text(&page->form.part, ": ");
    }
    pl_cascade_verdict(page->fit, &page->form.part);
    if (page->form.markdown) {
        pl_form_paragraph(&page->form, 0);
        return;
    }
    pl_page_item(&page->form.page, page->fit->chosen_given ? PL_INK_CLEAR : PL_INK_UNPROVEN,
                 page->fit->chosen_given ? "●" : "◐", pl_buffer_view(&page->form.part));
    pl_buffer_reset(&page->form.part);
    pl_page_gap(&page->form.page);
}

static void add_threshold(struct cascade_page *page, struct pl_table *table, size_t tier)
{
    const struct pl_cascade_fit *fit = page->fit;
    const double at = fit->chosen.policy.deliver_at[tier];
    const bool is_last = tier + 1 == fit->data->tiers_count;

    pl_buffer_add(&page->form.part, pl_cascade_model(fit, tier));
    end_cell(page, table);
    if (isinf(at))
        pl_buffer_add_text(&page->form.part, "not asked");
    else if (is_last && !(fit->signals[tier].given && at > 0.0))
        pl_buffer_add_text(&page->form.part, "always");
    else
        pl_buffer_add_format(&page->form.part, "%.10g", at);
    end_cell(page, table);
    pl_figure_write(&page->form.part, PL_FIGURE_PERCENT,
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

    pl_form_heading(&page->form, "Thresholds");
    pl_form_table_begin(&page->form, &table, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS,
                        tiers_count + 1);
    for (size_t t = 0; t < tiers_count; t++)
        add_threshold(page, &table, t);
    if (fit->chosen.delivered[tiers_count] > 0) {
        pl_table_add(&table, PL_INK_PLAIN, PL_STR("(fallback)"));
        pl_table_add(&table, PL_INK_PLAIN, PL_STR(""));
        pl_figure_write(&page->form.part, PL_FIGURE_PERCENT,
                        (double)fit->chosen.delivered[tiers_count] / (double)fit->shown_count);
        end_cell(page, &table);
    }
    pl_form_table_end(&page->form, &table);
}

static void add_way(struct cascade_page *page, struct pl_table *table,
                    const struct pl_policy_result *result, const char *keeps)
{
    pl_cascade_cost(&result->cost, &page->form.part);
    end_cell(page, table);
    add_estimate(page, table, PL_FIGURE_PERCENT, &result->quality);
    pl_table_add(table, PL_INK_PLAIN, pl_str_of(keeps));
}

static void add_baseline(struct cascade_page *page, struct pl_table *table,
                         const struct pl_cascade_baseline *baseline)
{
    pl_baseline_words(page->fit, baseline, &page->form.part);
    end_cell(page, table);
    if (baseline->kind == PL_BASELINE_MIXTURE) {
        pl_cascade_amount(baseline->result.cost.value, &page->form.part);
        end_cell(page, table);
        pl_figure_write(&page->form.part, PL_FIGURE_PERCENT, baseline->result.quality.value);
        end_cell(page, table);
        pl_table_add(table, PL_INK_PLAIN, PL_STR(""));
    } else {
        add_way(page, table, &baseline->result, baseline->keeps ? "yes" : "no");
    }
    if (page->fit->chosen_given)
        pl_cascade_cost(&baseline->cost_more, &page->form.part);
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

    pl_form_heading(&page->form, "What a request costs, and how many answers are right");
    pl_form_table_begin(&page->form, &table, columns, sizeof columns / sizeof *columns,
                        fit->baselines_count + 3);
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
    pl_form_table_end(&page->form, &table);
}

static void write_bins(struct cascade_page *page, const struct pl_cascade_signal *signal)
{
    static const struct pl_table_column COLUMNS[] = {
        {.title = {"Confidence", 10}, .right = true},
        {.title = {"Right", 5}, .right = true},
        {.title = {"n", 1}, .right = true},
    };
    struct pl_table table;

    pl_form_table_begin(&page->form, &table, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS,
                        PL_CASCADE_BINS);
    for (size_t i = 0; i < signal->bins_count; i++) {
        pl_figure_write(&page->form.part, PL_FIGURE_PERCENT, signal->bins[i].confidence);
        end_cell(page, &table);
        add_estimate(page, &table, PL_FIGURE_PERCENT, &signal->bins[i].right);
        pl_count_write(&page->form.part, signal->bins[i].n);
        end_cell(page, &table);
    }
    pl_form_table_end(&page->form, &table);
}

static void add_error(struct cascade_page *page, const struct pl_estimate *error)
{
    if (error->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&page->form.part, "no data (%s)", pl_undefined_text(error->reason));
    } else {
        pl_figure_write(&page->form.part, PL_FIGURE_FRACTION, error->value);
        pl_buffer_add_char(&page->form.part, ' ');
        pl_interval_write(&page->form.part, PL_FIGURE_FRACTION, error->low, error->high);
    }
}

static void write_signal(struct cascade_page *page, size_t tier)
{
    const struct pl_cascade_signal *signal = &page->fit->signals[tier];

    pl_buffer_add_format(&page->form.part,
                         "`%.*s`: ", PL_STR_ARG(pl_cascade_model(page->fit, tier)));
    pl_plural_write(&page->form.part, signal->steps_count, "step", "steps");
    pl_buffer_add_text(&page->form.part, " fitted on ");
    pl_plural_write(&page->form.part, signal->fitted_on, "request", "requests");
    pl_buffer_add_text(&page->form.part, ". Expected calibration error on the others: ");
    add_error(page, &signal->ece_before);
    pl_buffer_add_text(&page->form.part, " for the raw signal, ");
    add_error(page, &signal->ece_after);
    pl_buffer_add_text(&page->form.part, " calibrated. Brier score: ");
    add_error(page, &signal->brier_before);
    pl_buffer_add_text(&page->form.part, " raw, ");
    add_error(page, &signal->brier_after);
    pl_buffer_add_text(&page->form.part, " calibrated.");
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
    write_bins(page, signal);
}

/* Tiers that are never asked, which no `deliver_at` can say. */
static void add_unasked(struct cascade_page *page)
{
    const struct pl_cascade_fit *fit = page->fit;

    for (size_t t = 0; t + 1 < fit->data->tiers_count; t++)
        if (isinf(fit->chosen.policy.deliver_at[t]))
            pl_buffer_add_format(&page->form.part, " Take `%.*s` out of the tiers.",
                                 PL_STR_ARG(pl_cascade_model(fit, t)));
}

static void write_next(struct cascade_page *page)
{
    const struct pl_cascade_result *result = page->result;

    if (result->output == NULL)
        return;
    pl_form_heading(&page->form, "Next");
    pl_buffer_add_format(&page->form.part,
                         "The fit is in %s. In the line: `confidence: {from: %.*s%s%.*s, "
                         "calibration: %s}`, and `deliver_at` of each tier as above.",
                         result->output, PL_STR_ARG(result->from),
                         result->signal.len > 0 ? ", signal: " : "", PL_STR_ARG(result->signal),
                         result->from_line);
    add_unasked(page);
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
}

static void write_page(struct cascade_page *page)
{
    write_verdict(page);
    pl_cascade_notes(page->result, pl_form_item, &page->form);
    if (page->fit->chosen_given)
        write_thresholds(page);
    write_ways(page);
    pl_form_heading(&page->form, "Signals");
    for (size_t t = 0; t < page->fit->data->tiers_count; t++)
        if (page->fit->signals[t].given)
            write_signal(page, t);
    pl_form_heading(&page->form, "Method");
    pl_cascade_method(page->result, &page->form.part);
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
    write_next(page);
}

void pl_cascade_text(const struct pl_cascade_result *result, struct pl_style style,
                     struct pl_buffer *out)
{
    struct cascade_page page = {
        .result = result, .fit = result->fit, .form = {.page = pl_page_of(out, style)}};

    pl_buffer_init(&page.form.part, PART_SIZE_BYTES_MAX);
    write_page(&page);
    pl_buffer_deinit(&page.form.part);
}

void pl_cascade_markdown(const struct pl_cascade_result *result, struct pl_style style,
                         struct pl_buffer *out)
{
    struct cascade_page page = {.result = result,
                                .fit = result->fit,
                                .form = {.page = pl_page_of(out, style), .markdown = true}};

    pl_buffer_init(&page.form.part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "## Thresholds of a cascade\n\n");
    write_page(&page);
    pl_buffer_deinit(&page.form.part);
}
