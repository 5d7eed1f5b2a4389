/*
 * Gate and audit as Markdown, for a comment on a pull request: the verdict and the reasons in
 * sight, the evidence folded. Text from data is escaped, so that a group named `</details>` stays a
 * name.
 */
#include "measure/impact.h"
#include "report/confusion.h"
#include "report/launch.h"
#include "report/markdown.h"
#include "report/calibration.h"
#include "report/fairness.h"
#include "report/mix.h"
#include "report/search.h"
#include "report/wording.h"

#include <ctype.h>
#include <string.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define ADVICE_MAX          6
#define ROWS_MAX            200

/* Signs that Markdown or a code host could read as markup, as character references; an underscore
   inside a word is none. */
void pl_markdown_text(struct pl_buffer *out, struct pl_str text)
{
    struct pl_buffer folded;

    pl_buffer_init(&folded, 4 * text.len + 16);
    pl_text_fold(&folded, text, true);
    for (size_t i = 0; i < folded.len; i++) {
        const char c = folded.ptr[i];
        const bool in_word = c == '_' && i > 0 && isalnum((unsigned char)folded.ptr[i - 1]) &&
                             isalnum((unsigned char)folded.ptr[i + 1]);

        if (!in_word && strchr("&<>|*_`[]\\#@~", c) != NULL)
            pl_buffer_add_format(out, "&#%d;", c);
        else
            pl_buffer_add_char(out, c);
    }
    if (folded.failed != PL_OK)
        out->failed = folded.failed;
    pl_buffer_deinit(&folded);
}

void pl_markdown_part(struct pl_buffer *out, struct pl_buffer *part)
{
    pl_markdown_text(out, pl_buffer_view(part));
    pl_buffer_end_part(out, part);
}

void pl_markdown_table(const struct pl_table *table, struct pl_buffer *out)
{
    for (size_t column = 0; column < table->columns_count; column++) {
        pl_buffer_add_text(out, column == 0 ? "| " : " | ");
        pl_markdown_text(out, table->columns[column].title);
    }
    pl_buffer_add_text(out, " |\n");
    for (size_t column = 0; column < table->columns_count; column++)
        pl_buffer_add_text(out, table->columns[column].right ? "|---:" : "|---");
    pl_buffer_add_text(out, "|\n");
    for (size_t i = 0; i < table->cells_count; i++) {
        const bool ends = i % table->columns_count == table->columns_count - 1;

        pl_buffer_add_text(out, i % table->columns_count == 0 ? "| " : " | ");
        pl_markdown_text(out, table->cells[i].text);
        pl_buffer_add_text(out, ends ? " |\n" : "");
    }
    if (table->failed)
        out->failed = PL_E_MEMORY;
}

/* A page under way; `part` is scratch for one cell or sentence, escaped when it is done. */
struct markdown {
    struct pl_buffer *out;
    struct pl_buffer part;
};

/* That the gap of a finding turns round inside the strata, below its reason. */
static void write_note(struct markdown *md, const struct pl_measured *measured,
                       const struct pl_finding *finding)
{
    if (finding->note == NULL)
        return;
    pl_buffer_add_text(md->out, "  - ");
    pl_mix_words(finding->note, measured, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_char(md->out, '\n');
}

static void write_reasons(struct markdown *md, const struct pl_gate_result *result)
{
    const struct pl_judgement *judgement = result->judgement;

    if (judgement->reasons_count == 0)
        return;
    pl_buffer_add_text(md->out, "\n### Why\n\n");
    for (size_t i = 0; i < judgement->reasons_count; i++) {
        const struct pl_reason *reason = &judgement->reasons[i];

        pl_buffer_add_format(md->out, "- %s ", pl_state_glyph(pl_state_of_reason(reason)));
        pl_markdown_text(md->out, reason->text);
        pl_buffer_add_char(md->out, '\n');
        if (reason->finding != NULL)
            write_note(md, result->measured, reason->finding);
    }
}

struct advice_list {
    struct markdown *md;
    bool started;
};

static void write_advice(struct pl_str advice, void *context)
{
    struct advice_list *list = context;

    if (!list->started)
        pl_buffer_add_text(list->md->out, "\n### What to do\n\n");
    list->started = true;
    pl_buffer_add_text(list->md->out, "- ");
    pl_markdown_text(list->md->out, advice);
    pl_buffer_add_char(list->md->out, '\n');
}

static void write_finding(struct markdown *md, const struct pl_measured *measured,
                          const struct pl_finding *finding)
{
    const struct pl_case *one = finding->deciding;
    const enum pl_figure figure = pl_figure_of_limit(measured, finding);
    const bool defined = one != NULL && one->reason == PL_DEFINED;

    pl_buffer_add_format(md->out, "| %s %s | ", pl_state_glyph(finding->state),
                         pl_state_name(finding->state));
    pl_markdown_text(md->out, finding->limit->text);
    pl_buffer_add_text(md->out, " | ");
    if (one != NULL)
        pl_case_words(measured, one, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, " | ");
    if (defined)
        pl_figure_write(&md->part, figure, one->value);
    else
        pl_buffer_add_format(&md->part, "no data: %s",
                             one == NULL ? "no slice" : pl_undefined_text(one->reason));
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, " | ");
    if (defined)
        pl_interval_write(md->out, figure, one->low, one->high);
    pl_buffer_add_text(md->out, " | ");
    if (one != NULL)
        pl_count_write(md->out, one->n);
    pl_buffer_add_text(md->out, " |\n");
}

static void write_evidence(struct markdown *md, const struct pl_gate_result *result)
{
    static const enum pl_state WORST_FIRST[] = {PL_STATE_BREACH, PL_STATE_UNPROVEN, PL_STATE_CLEAR};
    const struct pl_judgement *judgement = result->judgement;

    pl_buffer_add_text(md->out, "\n<details><summary>Evidence: ");
    pl_plural_write(md->out, judgement->findings_count, "limit", "limits");
    pl_buffer_add_text(md->out, "</summary>\n\n| State | Limit | Decided by | Value | Interval | n "
                                "|\n|---|---|---|---:|---|---:|\n");
    for (size_t s = 0; s < sizeof WORST_FIRST / sizeof *WORST_FIRST; s++)
        for (size_t i = 0; i < judgement->findings_count; i++)
            if (judgement->findings[i].state == WORST_FIRST[s])
                write_finding(md, result->measured, &judgement->findings[i]);
    pl_buffer_add_text(md->out, "\n</details>\n");
}

static void write_method(struct markdown *md, const struct pl_gate_result *result)
{
    pl_buffer_add_text(md->out, "\n<details><summary>Method</summary>\n\n");
    pl_method_words(result, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\nLine ");
    pl_markdown_text(md->out, pl_str_of(result->line->file));
    pl_buffer_add_format(md->out, ", BLAKE2b %.12s. plimsoll %s. ", result->line_hash,
                         result->version);
    if (result->ledger_hash != NULL)
        pl_buffer_add_format(md->out, "On the record: block %llu, %.12s.",
                             (unsigned long long)result->ledger_block, result->ledger_hash);
    else
        pl_buffer_add_text(md->out, "**Not on the record.**");
    pl_buffer_add_text(md->out, "\n\n</details>\n");
}

static void write_launch_row(struct markdown *md, const struct pl_launch *launch,
                             const struct pl_launch_slice *slice)
{
    pl_buffer_add_format(md->out, "| %s ", pl_state_glyph(pl_launch_state(slice)));
    for (int column = 0; column < PL_LAUNCH_COLUMNS_COUNT; column++) {
        pl_buffer_add_text(md->out, column == 0 ? "" : " | ");
        pl_launch_cell(launch, slice, (enum pl_launch_column)column, &md->part);
        pl_markdown_part(md->out, &md->part);
    }
    pl_buffer_add_text(md->out, " |\n");
}

static void write_launch(struct markdown *md, const struct pl_gate_result *result)
{
    const struct pl_launch *launch = result->launch;

    if (launch == NULL)
        return;
    pl_buffer_add_text(md->out, "\n### ");
    pl_launch_heading(launch, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    pl_launch_sentence(launch, &md->part);
    pl_buffer_add_char(&md->part, ' ');
    pl_launch_passing(result, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    for (int i = 0; i < PL_LAUNCH_COLUMNS_COUNT; i++)
        pl_buffer_add_format(md->out, "| %s ", PL_LAUNCH_TITLES[i].text);
    pl_buffer_add_text(md->out, "|\n");
    for (int i = 0; i < PL_LAUNCH_COLUMNS_COUNT; i++)
        pl_buffer_add_text(md->out, PL_LAUNCH_TITLES[i].right ? "|---:" : "|---");
    pl_buffer_add_text(md->out, "|\n");
    for (size_t i = 0; i < launch->slices_count; i++)
        write_launch_row(md, launch, &launch->slices[i]);
}

void pl_gate_markdown(const struct pl_gate_result *result, struct pl_style style,
                      struct pl_buffer *out)
{
    const struct pl_judgement *judgement = result->judgement;
    struct markdown md = {.out = out};
    struct advice_list list = {.md = &md};

    (void)style;
    pl_buffer_init(&md.part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_format(out, "## %s %s: ", pl_state_glyph(pl_state_of_verdict(judgement->verdict)),
                         pl_verdict_title(judgement->verdict));
    pl_markdown_text(out, result->line->title);
    if (result->slice != NULL) {
        pl_buffer_add_text(&md.part, ", for ");
        pl_slice_words(result->measured, result->slice->slice, &md.part);
        pl_markdown_part(md.out, &md.part);
    }
    pl_buffer_add_text(out, "\n\n**");
    pl_verdict_sentence(result, &md.part);
    pl_markdown_part(md.out, &md.part);
    pl_buffer_add_text(out, "**\n");
    write_launch(&md, result);
    write_reasons(&md, result);
    pl_advice_each(result, ADVICE_MAX, write_advice, &list);
    write_evidence(&md, result);
    write_method(&md, result);
    pl_buffer_deinit(&md.part);
}

/* A value with its interval, or why there is none, in a cell. */
static void write_estimate(struct markdown *md, enum pl_figure figure,
                           const struct pl_estimate *estimate)
{
    if (estimate->status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&md->part, "no data: %s", pl_undefined_text(estimate->reason));
    } else {
        pl_figure_write(md->out, figure, estimate->value);
        pl_buffer_add_char(md->out, ' ');
        pl_interval_write(md->out, figure, estimate->low, estimate->high);
    }
    pl_markdown_part(md->out, &md->part);
}

static void write_impact(struct markdown *md, const struct pl_slice *slice, size_t metric)
{
    double ratio = 0.0;

    pl_buffer_add_text(md->out, " | ");
    if (pl_slice_impact(slice, metric, &ratio))
        pl_figure_write(md->out, PL_FIGURE_FRACTION, ratio);
}

/* `grouping` is NULL for the overall slice. */
static void write_row(struct markdown *md, const struct pl_measured *measured,
                      const struct pl_grouping *grouping, const struct pl_slice *slice)
{
    pl_buffer_add_text(md->out, "| ");
    pl_slice_words(measured, slice, &md->part);
    if (slice->too_small)
        pl_buffer_add_format(&md->part, " (%s)", pl_aside_text(slice->aside));
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, " | ");
    pl_count_write(md->out, slice->n);
    for (size_t i = 0; i < measured->metrics_count; i++) {
        pl_buffer_add_text(md->out, " | ");
        write_estimate(md, pl_figure_of(measured->metrics[i].name), &slice->estimates[i]);
        if (grouping != NULL && pl_metric_has_impact(&measured->metrics[i]))
            write_impact(md, slice, i);
    }
    pl_buffer_add_text(md->out, " |\n");
}

static void write_titles(struct markdown *md, const struct pl_measured *measured, bool impacts)
{
    pl_buffer_add_text(md->out, "| Slice | n");
    for (size_t i = 0; i < measured->metrics_count; i++) {
        pl_buffer_add_text(md->out, " | ");
        pl_markdown_text(md->out, measured->metrics[i].name);
        if (impacts && pl_metric_has_impact(&measured->metrics[i]))
            pl_buffer_add_text(md->out, " | impact ratio");
    }
    pl_buffer_add_text(md->out, " |\n|---|---:");
    for (size_t i = 0; i < measured->metrics_count; i++)
        pl_buffer_add_text(md->out, impacts && pl_metric_has_impact(&measured->metrics[i])
                                        ? "|---:|---:"
                                        : "|---:");
    pl_buffer_add_text(md->out, "|\n");
}

static void write_grouping(struct markdown *md, const struct pl_measured *measured,
                           const struct pl_grouping *grouping)
{
    pl_buffer_add_text(md->out, "\n### By ");
    pl_crossing_words(measured, &grouping->crossing, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    write_titles(md, measured, true);
    for (size_t s = 0; s < grouping->slices_count && s < ROWS_MAX; s++)
        write_row(md, measured, grouping, &grouping->slices[s]);
    if (grouping->slices_count > ROWS_MAX)
        pl_buffer_add_format(md->out, "\nand %zu more slices, all in the JSON.\n",
                             grouping->slices_count - ROWS_MAX);
}

static void write_betweens(struct markdown *md, const struct pl_audit_result *result)
{
    const struct pl_measured *measured = result->measured;

    if (result->betweens_count == 0)
        return;
    pl_buffer_add_text(md->out, "\n### Between slices\n\n| By | Measure | Difference | Ratio |\n"
                                "|---|---|---:|---:|\n");
    for (size_t i = 0; i < result->betweens_count; i++) {
        const struct pl_between *one = &result->betweens[i];
        const struct pl_str metric = measured->metrics[one->metric_index].name;

        pl_buffer_add_text(md->out, "| ");
        pl_crossing_words(measured, &one->grouping->crossing, &md->part);
        pl_markdown_part(md->out, &md->part);
        pl_buffer_add_text(md->out, " | ");
        pl_markdown_text(md->out, metric);
        pl_buffer_add_text(md->out, " | ");
        write_estimate(md, pl_figure_of_difference(pl_figure_of(metric)), &one->difference);
        pl_buffer_add_text(md->out, " | ");
        write_estimate(md, PL_FIGURE_FRACTION, &one->ratio);
        pl_buffer_add_text(md->out, " |\n");
    }
}

static void write_found(struct markdown *md, const struct pl_audit_result *result,
                        const struct pl_search_found *found)
{
    pl_buffer_add_text(md->out, "- **");
    pl_slice_words(result->measured, &found->slice, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "** ");
    pl_search_words(result->search, found, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, " ");
    pl_search_folded_words(result->measured, found, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_char(md->out, '\n');
}

static void write_search(struct markdown *md, const struct pl_audit_result *result)
{
    pl_buffer_add_text(md->out, "\n### ");
    pl_search_title(result->search, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    pl_search_summary(result->search, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    for (size_t i = 0; i < result->search->found_count; i++)
        write_found(md, result, &result->search->found[i]);
}

static void write_strata(struct markdown *md, const struct pl_measured *measured,
                         const struct pl_mix *mix)
{
    pl_buffer_add_text(md->out, "\n| Stratum | ");
    for (int side = 0; side < 2; side++) {
        pl_mix_side_words(mix, measured, side, &md->part);
        pl_markdown_part(md->out, &md->part);
        pl_buffer_add_text(md->out, side == 0 ? " | " : " | Gap |\n|---|---:|---:|---:|\n");
    }
    for (size_t i = 0; i < mix->items_count; i++) {
        const struct pl_mix_stratum *item = &mix->items[i];

        pl_buffer_add_text(md->out, "| ");
        pl_markdown_text(md->out, pl_mix_stratum_name(mix, measured, item));
        for (int side = 0; side < 2; side++) {
            pl_buffer_add_text(md->out, " | ");
            write_estimate(md, PL_FIGURE_PERCENT, &item->sides[side].rate);
            pl_buffer_add_text(md->out, ", n ");
            pl_count_write(md->out, item->sides[side].n);
        }
        pl_buffer_add_text(md->out, " | ");
        write_estimate(md, PL_FIGURE_POINTS, &item->gap);
        pl_buffer_add_text(md->out, " |\n");
    }
    pl_buffer_add_char(md->out, '\n');
}

static void write_mixes(struct markdown *md, const struct pl_audit_result *result)
{
    pl_buffer_add_format(md->out, "\n### %s\n\n", PL_MIX_TITLE);
    pl_mixes_summary(result->mixes, result->measured, &md->part);
    pl_markdown_part(md->out, &md->part);
    pl_buffer_add_text(md->out, "\n\n");
    for (size_t i = 0; i < result->mixes->count; i++) {
        const struct pl_mix *mix = &result->mixes->items[i];

        pl_buffer_add_text(md->out, "- ");
        pl_mix_words(mix, result->measured, &md->part);
        pl_markdown_part(md->out, &md->part);
        pl_buffer_add_char(md->out, '\n');
        if (mix->reversed || result->mixes->whole)
            write_strata(md, result->measured, mix);
    }
}

void pl_audit_markdown(const struct pl_audit_result *result, struct pl_style style,
                       struct pl_buffer *out)
{
    const struct pl_measured *measured = result->measured;
    struct markdown md = {.out = out};

    (void)style;
    pl_buffer_init(&md.part, PART_SIZE_BYTES_MAX);
    pl_buffer_add_text(out, "## Audit of ");
    pl_markdown_text(out, measured->cells->source);
    pl_buffer_add_text(out, "\n\n");
    pl_plural_write(out, measured->cells->decisions, "decision", "decisions");
    pl_queries_words(measured, out);
    if (measured->cells->has_labels || measured->cells->unlabelled < measured->cells->decisions) {
        pl_buffer_add_text(out, ", ");
        pl_count_write(out, measured->cells->unlabelled);
        pl_buffer_add_text(out, " of them without a label");
    }
    pl_buffer_add_text(out, ".\n\n### Overall\n\n");
    write_titles(&md, measured, false);
    write_row(&md, measured, NULL, &measured->overall);
    if (result->search != NULL)
        write_search(&md, result);
    if (pl_mixes_worth_showing(result->mixes))
        write_mixes(&md, result);
    if (result->calibration != NULL)
        pl_calibration_markdown(result->calibration, measured, out);
    if (result->fairness != NULL)
        pl_fairness_markdown(result->fairness, measured, out);
    for (size_t g = 0; g < measured->groupings_count; g++)
        write_grouping(&md, measured, &measured->groupings[g]);
    write_betweens(&md, result);
    pl_confusions_markdown(result->confusions, out);
    pl_buffer_add_text(out, "\nIntervals at ");
    pl_confidence_write(out, measured->confidence);
    pl_buffer_add_format(out, ", seed %llu, plimsoll %s.", (unsigned long long)measured->seed,
                         result->version);
    pl_groups_words(measured, &md.part);
    pl_markdown_text(out, pl_buffer_view(&md.part));
    pl_buffer_add_char(out, '\n');
    pl_buffer_deinit(&md.part);
}
