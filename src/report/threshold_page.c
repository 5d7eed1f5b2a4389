/*
 * Thresholds on a page, for a terminal or as Markdown: what was found in sentences, then the evidence:
 * the choices beside each other, the threshold of each group, what each does to every limit, which
 * decisions flip, and all of it on decisions that were held out.
 */
#include "report/form.h"
#include "report/markdown.h"
#include "report/threshold.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define SLICES_MAX          40 /* rows of flips */

struct threshold_page {
    const struct pl_threshold_result *result;
    const struct pl_thresholds *thresholds;
    struct pl_form form;
};

static void add_count(struct threshold_page *page, struct pl_table *table, uint64_t count)
{
    pl_count_write(&page->form.part, count);
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
}

static void add_estimate(struct threshold_page *page, struct pl_table *table,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&page->form.part, "no data");
    } else {
        pl_figure_write(&page->form.part, PL_FIGURE_FRACTION, estimate->value);
        pl_buffer_add_text(&page->form.part, "  ");
        pl_interval_write(&page->form.part, PL_FIGURE_FRACTION, estimate->low, estimate->high);
    }
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
}

/* What is asked: of which decisions, at what costs, and what is to be kept. */
static void write_question(struct threshold_page *page)
{
    const struct pl_thresholds *thresholds = page->thresholds;
    const struct pl_line *line = thresholds->line;

    pl_buffer_add(&page->form.part, line->title);
    pl_buffer_add_text(&page->form.part, ": ");
    pl_plural_write(&page->form.part, thresholds->choices[0].measured->cells->decisions, "decision",
                    "decisions");
    pl_buffer_add_text(&page->form.part, ". ");
    pl_threshold_costs(&line->costs, &page->form.part);
    pl_form_paragraph(&page->form, 0);
    for (size_t i = 0; i < line->limits_count; i++) {
        if (!thresholds->kept[i])
            continue;
        pl_buffer_add_text(&page->form.part, "To keep: ");
        pl_buffer_add(&page->form.part, line->limits[i].text);
        pl_form_paragraph(&page->form, 0);
    }
    if (!page->form.markdown)
        pl_page_gap(&page->form.page);
}

/* One row: a choice, what it costs, how that changes, how many decisions flip. */
static void add_choice(struct threshold_page *page, struct pl_table *table,
                       const struct pl_choice *choice)
{
    pl_choice_words(page->thresholds, choice->kind, &page->form.part);
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
    if (choice->kind != PL_CHOICE_GROUPS)
        pl_threshold_words_of(choice->groups[0].threshold, &page->form.part);
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
    add_estimate(page, table, &choice->cost);
    if (choice->kind == PL_CHOICE_PRESENT)
        pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
    else
        add_estimate(page, table, &choice->change);
    add_count(page, table, pl_flips_total(&choice->flips));
    if (page->thresholds->kept_count > 0)
        pl_buffer_add_text(&page->form.part, choice->kept ? "yes" : "no");
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
}

static void write_choices(struct threshold_page *page, const struct pl_choice *choices)
{
    const struct pl_table_column columns[] = {
        {.title = PL_STR("Threshold")},
        {.title = PL_STR("is"), .right = true},
        {.title = PL_STR("Cost of a decision"), .right = true, .wraps = true},
        {.title = PL_STR("Change"), .right = true, .wraps = true},
        {.title = PL_STR("Flips"), .right = true},
        {.title = page->thresholds->kept_count > 0 ? PL_STR("Keeps") : PL_STR("")},
    };
    struct pl_table table;

    pl_form_table_begin(&page->form, &table, columns, sizeof columns / sizeof *columns,
                        page->thresholds->choices_count);
    for (size_t i = 0; i < page->thresholds->choices_count; i++)
        add_choice(page, &table, &choices[i]);
    pl_form_table_end(&page->form, &table);
}

static void write_groups(struct threshold_page *page)
{
    static const struct pl_table_column COLUMNS[] = {
        {.title = {"Group", 5}, .wraps = true},
        {.title = {"n", 1}, .right = true},
        {.title = {"Threshold", 9}, .right = true},
        {.title = {"Flips", 5}, .right = true},
    };
    const struct pl_choice *choice = &page->thresholds->choices[PL_CHOICE_GROUPS];
    struct pl_table table;

    pl_form_heading(&page->form, "Thresholds by group");
    pl_form_table_begin(&page->form, &table, COLUMNS, sizeof COLUMNS / sizeof *COLUMNS,
                        choice->groups_count);
    for (size_t g = 0; g < choice->groups_count; g++) {
        const struct pl_group_choice *group = &choice->groups[g];

        pl_slice_words(choice->measured, group->slice, &page->form.part);
        if (!group->fitted)
            pl_buffer_add_text(&page->form.part, " (too small: as it is)");
        pl_table_add_part(&table, group->fitted ? PL_INK_PLAIN : PL_INK_QUIET, &page->form.part);
        add_count(page, &table, group->n);
        pl_threshold_words_of(group->threshold, &page->form.part);
        pl_table_add_part(&table, PL_INK_PLAIN, &page->form.part);
        add_count(page, &table, pl_flips_total(&group->flips));
    }
    pl_form_table_end(&page->form, &table);
}

/* "clear, 65.4 %": a limit at a choice. */
static void add_finding(struct threshold_page *page, struct pl_table *table,
                        const struct pl_choice *choice, size_t i)
{
    const struct pl_finding *finding = &choice->judgement->findings[i];
    const struct pl_case *deciding = finding->deciding;

    pl_buffer_add_text(&page->form.part, pl_state_name(finding->state));
    if (deciding != NULL && deciding->reason == PL_DEFINED) {
        pl_buffer_add_text(&page->form.part, ", ");
        pl_figure_write(&page->form.part, pl_figure_of_limit(choice->measured, finding),
                        deciding->value);
    }
    pl_table_add_part(table, pl_state_ink(finding->state), &page->form.part);
}

/* Limits as rows, choices as columns. */
static void write_findings(struct threshold_page *page, const struct pl_choice *choices)
{
    const size_t count = page->thresholds->choices_count;
    const size_t limits = choices[0].judgement->findings_count;
    const struct pl_table_column columns[1 + PL_CHOICES_COUNT] = {
        {.title = PL_STR("Limit"), .wraps = true},
        {.title = PL_STR("present"), .wraps = true},
        {.title = PL_STR("one for all"), .wraps = true},
        {.title = PL_STR("by group"), .wraps = true},
    };
    struct pl_table table;

    pl_form_table_begin(&page->form, &table, columns, 1 + count, limits);
    for (size_t i = 0; i < limits; i++) {
        pl_buffer_add(&page->form.part, choices[0].judgement->findings[i].limit->text);
        pl_table_add_part(&table, PL_INK_PLAIN, &page->form.part);
        for (size_t c = 0; c < count; c++)
            add_finding(page, &table, &choices[c], i);
    }
    pl_form_table_end(&page->form, &table);
}

/* One row of flips: of a slice, or of all decisions (NULL). */
static void add_flips(struct threshold_page *page, struct pl_table *table, size_t slice, bool all)
{
    const struct pl_thresholds *thresholds = page->thresholds;
    const struct pl_measured *measured = thresholds->choices[0].measured;

    if (all)
        pl_buffer_add_text(&page->form.part, "all");
    else
        pl_slice_words(measured, &thresholds->slices[slice], &page->form.part);
    pl_table_add_part(table, PL_INK_PLAIN, &page->form.part);
    add_count(page, table, all ? measured->cells->decisions : thresholds->slices[slice].n);
    for (size_t c = 1; c < thresholds->choices_count; c++) {
        const struct pl_choice *choice = &thresholds->choices[c];
        const struct pl_flips *flips = all ? &choice->flips : &choice->flips_by_slice[slice];

        add_count(page, table, pl_flips_sum(flips->to_positive));
        add_count(page, table, pl_flips_sum(flips->to_negative));
    }
}

static void write_flips(struct threshold_page *page)
{
    static const struct pl_table_column COLUMNS[] = {
        {.title = {"Slice", 5}, .wraps = true},
        {.title = {"n", 1}, .right = true},
        {.title = {"one for all: to yes", 19}, .right = true, .wraps = true},
        {.title = {"to no", 5}, .right = true},
        {.title = {"by group: to yes", 16}, .right = true, .wraps = true},
        {.title = {"to no", 5}, .right = true},
    };
    const struct pl_thresholds *thresholds = page->thresholds;
    const size_t shown =
        thresholds->slices_count < SLICES_MAX ? thresholds->slices_count : SLICES_MAX;
    struct pl_table table;

    pl_form_heading(&page->form, "Decisions that flip");
    pl_form_table_begin(&page->form, &table, COLUMNS, 2 * thresholds->choices_count, shown + 1);
    add_flips(page, &table, 0, true);
    for (size_t i = 0; i < shown; i++)
        add_flips(page, &table, i, false);
    pl_form_table_end(&page->form, &table);
    if (shown == thresholds->slices_count)
        return;
    pl_buffer_add_format(&page->form.part, "and %zu slices more, all in the JSON.",
                         thresholds->slices_count - shown);
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
}

static void write_held_out(struct threshold_page *page)
{
    const struct pl_held_out *held_out = &page->thresholds->held_out;

    if (!held_out->given)
        return;
    pl_form_heading(&page->form, "On decisions that were held out");
    pl_buffer_add_text(&page->form.part, "Thresholds fitted on ");
    pl_plural_write(&page->form.part, held_out->fitted_decisions, "decision", "decisions");
    pl_buffer_add_text(&page->form.part, ", drawn at random; these are the other ");
    pl_count_write(&page->form.part, held_out->seen_decisions);
    pl_buffer_add_char(&page->form.part, '.');
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
    write_choices(page, held_out->choices);
    if (held_out->choices[0].judgement->findings_count == 0)
        return;
    if (page->form.markdown)
        pl_buffer_add_char(page->form.page.out, '\n');
    write_findings(page, held_out->choices);
}

static void write_page(struct threshold_page *page)
{
    write_question(page);
    pl_threshold_notes(page->thresholds, pl_form_item, &page->form);
    pl_form_heading(&page->form, "Choices");
    write_choices(page, page->thresholds->choices);
    if (page->thresholds->by != NULL)
        write_groups(page);
    if (page->thresholds->choices[0].judgement->findings_count > 0) {
        pl_form_heading(&page->form, "What each does to the limits");
        write_findings(page, page->thresholds->choices);
    }
    write_flips(page);
    write_held_out(page);
    pl_form_heading(&page->form, "Method");
    pl_threshold_method(page->result, &page->form.part);
    pl_form_paragraph(&page->form, PL_FORM_INDENT);
}

void pl_threshold_text(const struct pl_threshold_result *result, struct pl_style style,
                       struct pl_buffer *out)
{
    struct threshold_page page = {.result = result,
                                  .thresholds = result->thresholds,
                                  .form = {.page = pl_page_of(out, style)}};

    pl_buffer_init(&page.form.part, PART_SIZE_BYTES_MAX);
    write_page(&page);
    pl_buffer_deinit(&page.form.part);
}

void pl_threshold_markdown(const struct pl_threshold_result *result, struct pl_style style,
                           struct pl_buffer *out)
{
    struct threshold_page page = {.result = result,
                                  .thresholds = result->thresholds,
                                  .form = {.page = pl_page_of(out, style), .markdown = true}};

    pl_buffer_init(&page.form.part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "## Which threshold\n\n");
    write_page(&page);
    pl_buffer_deinit(&page.form.part);
}
