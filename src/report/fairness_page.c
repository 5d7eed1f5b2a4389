/*
 * Fairness on the terminal: for each grouping one table for each form, definitions as rows, then
 * what cannot hold together, with the false positive rates that equal precision would ask for.
 */
#include "report/fairness.h"
#include "report/number.h"
#include "report/table.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define INDENT              2
#define IMPLIED_MAX         20
#define FIGURES_COLUMNS     4
#define IMPLIED_COLUMNS     4

struct fairness_page {
    const struct pl_measured *measured;
    struct pl_page *page;
    struct pl_buffer part;
};

static void write_part(struct fairness_page *fairness)
{
    if (fairness->part.len > 0)
        pl_page_paragraph(fairness->page, (struct pl_margin){INDENT, INDENT},
                          pl_buffer_view(&fairness->part));
    pl_buffer_end_part(fairness->page->out, &fairness->part);
}

static void add_estimate(struct fairness_page *fairness, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&fairness->part, "no data");
        return;
    }
    pl_figure_write(&fairness->part, figure, estimate->value);
    pl_buffer_add_text(&fairness->part, "  ");
    pl_interval_write(&fairness->part, figure, estimate->low, estimate->high);
}

/* Who is apart, the larger first; or why there is nothing to say. */
static void add_groups(struct fairness_page *fairness, const struct pl_fairness_gap *gap,
                       bool ratio_only)
{
    const struct pl_slice *first = ratio_only ? gap->ratio_first : gap->first;
    const struct pl_slice *second = ratio_only ? gap->ratio_second : gap->second;
    const struct pl_estimate *estimate = ratio_only ? &gap->ratio : &gap->difference;

    if (first == NULL || second == NULL || estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_text(&fairness->part, pl_undefined_text(estimate->reason));
        return;
    }
    pl_fairness_group_words(fairness->measured, first, &fairness->part);
    pl_buffer_add_text(&fairness->part, "; ");
    pl_fairness_group_words(fairness->measured, second, &fairness->part);
}

static void add_figures(struct fairness_page *fairness, struct pl_table *table,
                        const struct pl_fairness_figures *figures, enum pl_fairness_form form)
{
    const struct pl_fairness_definition *definition = figures->definition;
    const struct pl_fairness_gap *gap = &figures->gaps[form];

    pl_buffer_add_text(&fairness->part, definition->name);
    pl_table_add_part(table, PL_INK_PLAIN, &fairness->part);
    if (!definition->ratio_only)
        add_estimate(fairness, pl_fairness_figure(definition), &gap->difference);
    pl_table_add_part(table, PL_INK_PLAIN, &fairness->part);
    add_estimate(fairness, PL_FIGURE_FRACTION, &gap->ratio);
    pl_table_add_part(table, PL_INK_PLAIN, &fairness->part);
    add_groups(fairness, gap, definition->ratio_only);
    pl_table_add_part(table, PL_INK_PLAIN, &fairness->part);
}

static void write_form(struct fairness_page *fairness, const struct pl_fairness_grouping *grouping,
                       enum pl_fairness_form form)
{
    const struct pl_table_column columns[FIGURES_COLUMNS] = {
        {.title = PL_STR("Definition")},
        {.title = PL_STR("Difference"), .right = true},
        {.title = PL_STR("Ratio"), .right = true},
        {.title = PL_STR("Larger; smaller"), .wraps = true},
    };
    struct pl_table table;

    pl_page_gap(fairness->page);
    pl_fairness_form_words(fairness->measured, grouping, form, &fairness->part);
    write_part(fairness);
    pl_table_init(&table, columns, FIGURES_COLUMNS, grouping->figures_count,
                  fairness->page->style.utf8);
    for (size_t i = 0; i < grouping->figures_count; i++)
        add_figures(fairness, &table, &grouping->figures[i], form);
    pl_table_write(&table, fairness->page, INDENT);
    pl_table_deinit(&table);
}

static void write_implied(struct fairness_page *fairness,
                          const struct pl_fairness_conflicts *conflicts)
{
    const struct pl_table_column columns[IMPLIED_COLUMNS] = {
        {.title = PL_STR("Group"), .wraps = true},
        {.title = PL_STR("Base rate"), .right = true},
        {.title = PL_STR("FPR now"), .right = true},
        {.title = PL_STR("FPR it would have to be"), .right = true},
    };
    const size_t count =
        conflicts->implied_count < IMPLIED_MAX ? conflicts->implied_count : IMPLIED_MAX;
    struct pl_table table;

    if (count == 0)
        return;
    pl_page_gap(fairness->page);
    pl_table_init(&table, columns, IMPLIED_COLUMNS, count, fairness->page->style.utf8);
    for (size_t i = 0; i < count; i++) {
        const struct pl_fairness_implied *one = &conflicts->implied[i];

        pl_fairness_group_words(fairness->measured, one->slice, &fairness->part);
        pl_table_add_part(&table, PL_INK_PLAIN, &fairness->part);
        add_estimate(fairness, PL_FIGURE_PERCENT, &one->base_rate);
        pl_table_add_part(&table, PL_INK_PLAIN, &fairness->part);
        add_estimate(fairness, PL_FIGURE_PERCENT, &one->now);
        pl_table_add_part(&table, PL_INK_PLAIN, &fairness->part);
        add_estimate(fairness, PL_FIGURE_PERCENT, &one->implied);
        pl_table_add_part(&table, PL_INK_PLAIN, &fairness->part);
    }
    pl_table_write(&table, fairness->page, INDENT);
    pl_table_deinit(&table);
    if (conflicts->implied_count > IMPLIED_MAX) {
        pl_buffer_add_format(&fairness->part, "and %zu more groups, all in --format json.",
                             conflicts->implied_count - IMPLIED_MAX);
        write_part(fairness);
    }
}

static void write_title(struct fairness_page *fairness, const char *text,
                        const struct pl_fairness_grouping *grouping)
{
    pl_page_gap(fairness->page);
    pl_buffer_add_text(&fairness->part, text);
    pl_crossing_words(fairness->measured, &grouping->grouping->crossing, &fairness->part);
    pl_page_text(fairness->page, PL_INK_BOLD, pl_buffer_view(&fairness->part));
    pl_buffer_reset(&fairness->part);
    pl_page_gap(fairness->page);
}

static void write_grouping(struct fairness_page *fairness,
                           const struct pl_fairness_grouping *grouping)
{
    write_title(fairness, "Fairness by ", grouping);
    pl_fairness_groups_words(fairness->measured, grouping, &fairness->part);
    write_part(fairness);
    if (grouping->judged_count < 2)
        return;
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++)
        write_form(fairness, grouping, (enum pl_fairness_form)form);
    if (grouping->has_differential || grouping->has_inequality)
        pl_page_gap(fairness->page);
    pl_fairness_differential_words(grouping, &fairness->part);
    write_part(fairness);
    pl_fairness_inequality_words(grouping, &fairness->part);
    write_part(fairness);
    write_title(fairness, "What cannot hold together by ", grouping);
    pl_fairness_errors_words(grouping, &fairness->part);
    write_part(fairness);
    pl_fairness_selection_words(grouping, &fairness->part);
    write_part(fairness);
    write_implied(fairness, &grouping->conflicts);
}

static void write_left_out(struct fairness_page *fairness, const struct pl_fairness *all)
{
    if (all->left_out_count == 0)
        return;
    pl_page_gap(fairness->page);
    pl_buffer_add_text(&fairness->part, "Left out, since these data have no label or no score: ");
    for (size_t i = 0; i < all->left_out_count; i++)
        pl_buffer_add_format(&fairness->part, "%s%s", i == 0 ? "" : ", ", all->left_out[i]->name);
    pl_buffer_add_char(&fairness->part, '.');
    write_part(fairness);
}

void pl_fairness_page(const struct pl_fairness *fairness, const struct pl_measured *measured,
                      struct pl_page *page)
{
    struct fairness_page writing = {.measured = measured, .page = page};

    pl_buffer_init(&writing.part, PART_SIZE_BYTES_MAX);
    for (size_t i = 0; i < fairness->groupings_count; i++)
        write_grouping(&writing, &fairness->groupings[i]);
    write_left_out(&writing, fairness);
    pl_buffer_deinit(&writing.part);
}
