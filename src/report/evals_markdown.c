/* Suites of evals as Markdown, for a comment on a pull request. */
#include "report/evals.h"
#include "report/markdown.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)

static const struct pl_table_column COLUMNS[] = {
    {.title = {"Measure", sizeof "Measure" - 1}},
    {.title = {"Value", sizeof "Value" - 1}, .right = true},
    {.title = {"Interval", sizeof "Interval" - 1}},
    {.title = {"n", sizeof "n" - 1}, .right = true},
};
#define COLUMNS_COUNT (sizeof COLUMNS / sizeof *COLUMNS)

static void add_estimate(const struct pl_suite_judged *judged, size_t metric,
                         struct pl_table *table, struct pl_buffer *part)
{
    const struct pl_estimate *estimate = &judged->measured->overall.estimates[metric];
    const struct pl_str name = judged->measured->metrics[metric].name;
    const enum pl_figure figure = pl_figure_of(name);
    const bool is_known = estimate->status != PL_ESTIMATE_UNDEFINED;

    pl_table_add(table, PL_INK_PLAIN, name);
    if (is_known)
        pl_figure_write(part, figure, estimate->value);
    else
        pl_buffer_add_text(part, "no data");
    pl_table_add_part(table, PL_INK_PLAIN, part);
    if (is_known)
        pl_interval_write(part, figure, estimate->low, estimate->high);
    pl_table_add_part(table, PL_INK_PLAIN, part);
    pl_count_write(part, estimate->n);
    pl_table_add_part(table, PL_INK_PLAIN, part);
}

static void add_reasons(const struct pl_suite_judged *judged, struct pl_buffer *out)
{
    const struct pl_judgement *judgement = judged->judgement;

    for (size_t i = 0; i < judgement->reasons_count; i++) {
        if (judgement->reasons[i].finding == NULL ||
            judgement->reasons[i].finding->state == PL_STATE_CLEAR)
            continue;
        pl_buffer_add_format(out, "- %s ", pl_state_glyph(judgement->reasons[i].finding->state));
        pl_markdown_text(out, judgement->reasons[i].text);
        pl_buffer_add_char(out, '\n');
    }
    for (size_t i = 0; i < judged->shortfalls_count; i++) {
        pl_buffer_add_format(out, "- %s ", pl_state_glyph(PL_STATE_UNPROVEN));
        pl_markdown_text(out, judged->shortfalls[i]);
        pl_buffer_add_char(out, '\n');
    }
    for (size_t i = 0; i < judgement->findings_count; i++) {
        if (judgement->findings[i].state != PL_STATE_CLEAR)
            continue;
        pl_buffer_add_format(out, "- %s ", pl_state_glyph(PL_STATE_CLEAR));
        pl_markdown_text(out, judgement->findings[i].limit->text);
        pl_buffer_add_char(out, '\n');
    }
}

static void add_suite(const struct pl_suite_judged *judged, struct pl_buffer *part,
                      struct pl_buffer *out)
{
    struct pl_table table;

    pl_buffer_add_format(out, "## %s ", pl_state_glyph(judged->state));
    pl_markdown_text(out, judged->suite->name);
    pl_buffer_add_text(out, ": ");
    pl_buffer_add_text(out, pl_state_name(judged->state));
    pl_buffer_add_text(out, "\n\n");
    pl_plural_write(out, judged->run->outputs, "output", "outputs");
    pl_buffer_add_text(out, " of ");
    pl_plural_write(out, judged->run->cases_count, "case", "cases");
    pl_buffer_add_text(out, ", ");
    pl_count_write(out, judged->run->failed);
    pl_buffer_add_text(out, " failed.\n\n");
    add_reasons(judged, out);
    pl_buffer_add_char(out, '\n');
    pl_table_init(&table, COLUMNS, COLUMNS_COUNT, judged->measured->metrics_count, true);
    for (size_t i = 0; i < judged->measured->metrics_count; i++)
        add_estimate(judged, i, &table, part);
    pl_markdown_table(&table, out);
    pl_table_deinit(&table);
    pl_buffer_add_char(out, '\n');
}

void pl_evals_markdown(const struct pl_evals_result *result, struct pl_style style,
                       struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};

    (void)style;
    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "# Evals: ");
    pl_markdown_text(out, result->line->title);
    pl_buffer_add_text(out, "\n\n");
    for (size_t i = 0; i < result->suites_count; i++)
        add_suite(result->suites[i], &part, out);
}
