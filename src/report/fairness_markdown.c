/* Fairness as Markdown: one table for each grouping with the three forms beside each other. */
#include "report/fairness.h"
#include "report/markdown.h"
#include "report/number.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define IMPLIED_MAX         200

struct markdown {
    const struct pl_measured *measured;
    struct pl_buffer *out;
    struct pl_buffer part;
};

static void end_paragraph(struct markdown *md)
{
    if (md->part.len == 0)
        return;
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
}

static void add_estimate(struct markdown *md, enum pl_figure figure,
                         const struct pl_estimate *estimate)
{
    pl_buffer_add_text(md->out, " | ");
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&md->part, "no data: %s", pl_undefined_text(estimate->reason));
    } else {
        pl_figure_write(&md->part, figure, estimate->value);
        pl_buffer_add_char(&md->part, ' ');
        pl_interval_write(&md->part, figure, estimate->low, estimate->high);
    }
    pl_markdown_part(md->out, &md->part);
}

static void write_figures(struct markdown *md, const struct pl_fairness_figures *figures)
{
    const struct pl_fairness_definition *definition = figures->definition;

    pl_buffer_add_format(md->out, "| %s | %s", definition->name, definition->question);
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++) {
        const struct pl_fairness_gap *gap = &figures->gaps[form];

        if (definition->ratio_only)
            pl_buffer_add_text(md->out, " | ");
        else
            add_estimate(md, pl_fairness_figure(definition), &gap->difference);
        add_estimate(md, PL_FIGURE_FRACTION, &gap->ratio);
    }
    pl_buffer_add_text(md->out, " |\n");
}

static void write_implied(struct markdown *md, const struct pl_fairness_conflicts *conflicts)
{
    if (conflicts->implied_count == 0)
        return;
    pl_buffer_add_text(md->out, "| Group | Base rate | FPR now | FPR it would have to be |\n"
                                "|---|---:|---:|---:|\n");
    for (size_t i = 0; i < conflicts->implied_count && i < IMPLIED_MAX; i++) {
        const struct pl_fairness_implied *one = &conflicts->implied[i];

        pl_buffer_add_text(md->out, "| ");
        pl_fairness_group_words(md->measured, one->slice, &md->part);
        pl_markdown_part(md->out, &md->part);
        add_estimate(md, PL_FIGURE_PERCENT, &one->base_rate);
        add_estimate(md, PL_FIGURE_PERCENT, &one->now);
        add_estimate(md, PL_FIGURE_PERCENT, &one->implied);
        pl_buffer_add_text(md->out, " |\n");
    }
    pl_buffer_add_char(md->out, '\n');
}

static void write_table(struct markdown *md, const struct pl_fairness_grouping *grouping)
{
    pl_buffer_add_text(md->out, "| Definition | Question");
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++) {
        pl_buffer_add_text(md->out, " | ");
        pl_fairness_form_words(md->measured, grouping, (enum pl_fairness_form)form, &md->part);
        pl_markdown_part(md->out, &md->part);
        pl_buffer_add_text(md->out, " | ratio");
    }
    pl_buffer_add_text(md->out, " |\n|---|---|---:|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < grouping->figures_count; i++)
        write_figures(md, &grouping->figures[i]);
    pl_buffer_add_char(md->out, '\n');
}

static void write_grouping(struct markdown *md, const struct pl_fairness_grouping *grouping)
{
    pl_buffer_add_text(md->out, "\n### Fairness by ");
    pl_crossing_words(md->measured, &grouping->grouping->crossing, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    pl_fairness_groups_words(md->measured, grouping, &md->part);
    end_paragraph(md);
    if (grouping->judged_count < 2)
        return;
    write_table(md, grouping);
    pl_fairness_differential_words(grouping, &md->part);
    end_paragraph(md);
    pl_fairness_inequality_words(grouping, &md->part);
    end_paragraph(md);
    pl_fairness_errors_words(grouping, &md->part);
    end_paragraph(md);
    pl_fairness_selection_words(grouping, &md->part);
    end_paragraph(md);
    write_implied(md, &grouping->conflicts);
}

void pl_fairness_markdown(const struct pl_fairness *fairness, const struct pl_measured *measured,
                          struct pl_buffer *out)
{
    struct markdown md = {.measured = measured, .out = out};

    pl_buffer_init(&md.part, PART_SIZE_BYTES_MAX);
    for (size_t i = 0; i < fairness->groupings_count; i++)
        write_grouping(&md, &fairness->groupings[i]);
    for (size_t i = 0; i < fairness->left_out_count; i++)
        pl_buffer_add_format(
            out, "%s%s", i == 0 ? "Left out, since these data have no label or no score: " : ", ",
            fairness->left_out[i]->name);
    if (fairness->left_out_count > 0)
        pl_buffer_add_text(out, ".\n");
    pl_buffer_deinit(&md.part);
}
