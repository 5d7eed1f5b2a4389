/*
 * A gate on the terminal: the verdict in one sentence, why, what to do, the evidence, the method,
 * and the one next command. A person who stops reading after ten seconds has the right answer.
 */
#include "report/evals.h"
#include "report/evidence.h"
#include "report/launch.h"
#include "report/mix.h"
#include "report/table.h"
#include "report/wording.h"

#include <string.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define ADVICE_MAX          6
#define ALSO_MAX            4
#define SMALL_MAX           8

/* What the parts of the page share. `part` is scratch for one paragraph. */
struct gate_page {
    const struct pl_gate_result *result;
    struct pl_page page;
    struct pl_buffer part;
};

static void write_part(struct gate_page *gate, uint32_t margin)
{
    pl_page_part(&gate->page, (struct pl_margin){margin, margin}, &gate->part);
}

static void write_verdict(struct gate_page *gate)
{
    const struct pl_judgement *judgement = gate->result->judgement;
    const enum pl_state state = pl_state_of_verdict(judgement->verdict);

    pl_page_text(&gate->page, pl_state_ink(state), pl_str_of(pl_state_glyph(state)));
    pl_buffer_add_char(gate->page.out, ' ');
    pl_page_text(&gate->page, PL_INK_BOLD, pl_str_of(pl_verdict_title(judgement->verdict)));
    pl_buffer_add_text(gate->page.out, "  ");
    pl_buffer_add(&gate->part, gate->result->line->title);
    if (gate->result->slice != NULL) {
        pl_buffer_add_text(&gate->part, ", for ");
        pl_slice_words(gate->result->measured, gate->result->slice->slice, &gate->part);
    }
    pl_page_continue(&gate->page, 4 + (uint32_t)strlen(pl_verdict_title(judgement->verdict)),
                     pl_buffer_view(&gate->part));
    pl_buffer_reset(&gate->part);
    pl_page_gap(&gate->page);
    pl_verdict_sentence(gate->result, &gate->part);
    write_part(gate, 0);
}

/* The summary stands with the verdict; the table below it. */
static void write_launch(struct gate_page *gate)
{
    if (gate->result->launch == NULL)
        return;
    pl_launch_sentence(gate->result->launch, &gate->part);
    write_part(gate, 0);
    pl_launch_passing(gate->result, &gate->part);
    if (gate->part.len > 0)
        write_part(gate, 0);
    pl_launch_page(gate->result->launch, &gate->page);
}

/* "That is about 4 in 9 against about 1 in 7.", where both sides are rates that can be said so. The
   sentence before has the exact figures. */
static void write_sides(struct gate_page *gate, const struct pl_finding *finding)
{
    const struct pl_case *one = finding->deciding;
    const size_t metric = finding->metric_index;
    const struct pl_str name = gate->result->measured->metrics[metric].name;

    if (one == NULL || one->against == NULL || pl_figure_of(name) != PL_FIGURE_PERCENT ||
        one->slice->estimates[metric].status == PL_ESTIMATE_UNDEFINED ||
        one->against->estimates[metric].status == PL_ESTIMATE_UNDEFINED)
        return;
    pl_buffer_add_text(&gate->part, "That is ");

    bool said = pl_one_in_write(&gate->part, one->slice->estimates[metric].value);

    pl_buffer_add_text(&gate->part, " against ");
    said = pl_one_in_write(&gate->part, one->against->estimates[metric].value) && said;
    pl_buffer_add_char(&gate->part, '.');
    if (said)
        write_part(gate, 4);
    else
        pl_buffer_reset(&gate->part);
}

/* That the gap turns round inside the strata. */
static void write_note(struct gate_page *gate, const struct pl_finding *finding, uint32_t margin)
{
    if (finding->note == NULL)
        return;
    pl_mix_words(finding->note, gate->result->measured, &gate->part);
    write_part(gate, margin);
}

/* The notes of findings that are clear, and so stand in the evidence only. */
static void write_clear_notes(struct gate_page *gate)
{
    const struct pl_judgement *judgement = gate->result->judgement;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (finding->state != PL_STATE_CLEAR || finding->note == NULL)
            continue;
        pl_page_gap(&gate->page);
        write_note(gate, finding, 2);
    }
}

/* "Also race=B (30.1 %); race=C (28.0 %) and 3 more." */
static void write_also(struct gate_page *gate, const struct pl_finding *finding)
{
    const struct pl_measured *measured = gate->result->measured;
    const enum pl_figure figure = pl_figure_of_limit(measured, finding);
    size_t others = 0;

    for (size_t i = 0; i < finding->cases_count; i++) {
        const struct pl_case *one = &finding->cases[i];

        if (one == finding->deciding || one->state != finding->state || !one->judged)
            continue;
        if (others++ >= ALSO_MAX)
            continue;
        pl_buffer_add_text(&gate->part, others == 1 ? "Also " : "; ");
        pl_case_words(measured, one, &gate->part);
        if (one->reason == PL_DEFINED) {
            pl_buffer_add_text(&gate->part, " (");
            pl_figure_write(&gate->part, figure, one->value);
            pl_buffer_add_char(&gate->part, ')');
        }
    }
    if (others == 0)
        return;
    if (others > ALSO_MAX)
        pl_buffer_add_format(&gate->part, " and %zu more", others - ALSO_MAX);
    pl_buffer_add_char(&gate->part, '.');
    write_part(gate, 4);
}

static void write_reasons(struct gate_page *gate)
{
    const struct pl_judgement *judgement = gate->result->judgement;

    if (judgement->reasons_count == 0)
        return;
    pl_page_heading(&gate->page, "Why");
    for (size_t i = 0; i < judgement->reasons_count; i++) {
        const struct pl_reason *reason = &judgement->reasons[i];
        const enum pl_state state = pl_state_of_reason(reason);

        pl_page_item(&gate->page, pl_state_ink(state), pl_state_glyph(state), reason->text);
        if (reason->finding != NULL && reason->finding->state != PL_STATE_CLEAR) {
            write_sides(gate, reason->finding);
            write_note(gate, reason->finding, 4);
            write_also(gate, reason->finding);
        }
    }
}

/* The heading comes with the first piece of advice, so that it never stands alone. */
struct advice_page {
    struct pl_page *page;
    bool started;
};

static void write_one_advice(struct pl_str advice, void *context)
{
    struct advice_page *advice_page = context;

    if (!advice_page->started)
        pl_page_heading(advice_page->page, "What to do");
    advice_page->started = true;
    pl_page_item(advice_page->page, PL_INK_PLAIN, "·", advice);
}

static void write_evidence(struct gate_page *gate)
{
    pl_evidence_page(gate->result->measured, gate->result->judgement, &gate->page);
}

static void write_suites(struct gate_page *gate)
{
    if (gate->result->suites_count == 0)
        return;
    pl_page_heading(&gate->page, "Evals");
    for (size_t i = 0; i < gate->result->suites_count; i++) {
        if (i > 0)
            pl_page_gap(&gate->page);
        pl_suite_brief(gate->result->suites[i], &gate->page);
    }
}

/* Slices that are too small are listed, never dropped. */
static void write_small(struct gate_page *gate)
{
    const struct pl_measured *measured = gate->result->measured;
    size_t count = 0;

    for (size_t g = 0; g < measured->groupings_count; g++)
        for (size_t s = 0; s < measured->groupings[g].slices_count; s++) {
            const struct pl_slice *slice = &measured->groupings[g].slices[s];

            if (!slice->too_small || count++ >= SMALL_MAX)
                continue;
            pl_buffer_add_text(&gate->part, count == 1 ? "Listed, not judged: " : ", ");
            pl_slice_words(measured, slice, &gate->part);
            pl_buffer_add_text(&gate->part, " (");
            pl_count_write(&gate->part, slice->n);
            if (slice->aside == PL_ASIDE_SHARE)
                pl_buffer_add_text(&gate->part, ", small share");
            pl_buffer_add_char(&gate->part, ')');
        }
    if (count == 0)
        return;
    if (count > SMALL_MAX)
        pl_buffer_add_format(&gate->part, " and %zu more, all in --format json", count - SMALL_MAX);
    pl_buffer_add_char(&gate->part, '.');
    pl_page_gap(&gate->page);
    write_part(gate, 2);
}

static void write_method(struct gate_page *gate)
{
    const struct pl_gate_result *result = gate->result;

    pl_page_heading(&gate->page, "Method");
    pl_method_words(result, &gate->part);
    write_part(gate, 2);
    if (result->launch != NULL) {
        pl_launch_method(result->launch, &gate->part);
        write_part(gate, 2);
    }
    pl_buffer_add_format(&gate->part, "Line %s, BLAKE2b %.12s. plimsoll %s, %.2f s.",
                         result->line->file, result->line_hash, result->version,
                         result->elapsed_seconds);
    write_part(gate, 2);
    if (result->ledger_hash != NULL)
        pl_buffer_add_format(&gate->part, "On the record: block %llu of the ledger, %.12s.",
                             (unsigned long long)result->ledger_block, result->ledger_hash);
    else
        pl_buffer_add_text(&gate->part, "NOT on the record.");
    write_part(gate, 2);
}

static void write_next(struct gate_page *gate)
{
    const bool clear = pl_findings_count(gate->result->judgement, PL_STATE_CLEAR) ==
                       gate->result->judgement->findings_count;

    pl_page_gap(&gate->page);
    if (clear && gate->result->judgement->allowed)
        pl_buffer_add_text(&gate->part, "Next: plimsoll ledger show");
    else
        pl_buffer_add_format(&gate->part, "Next: plimsoll check --explain %s",
                             gate->result->line->file);
    write_part(gate, 0);
}

void pl_gate_text(const struct pl_gate_result *result, struct pl_style style, struct pl_buffer *out)
{
    struct gate_page gate = {.result = result, .page = pl_page_of(out, style)};
    struct advice_page advice = {.page = &gate.page};

    pl_buffer_init(&gate.part, PART_SIZE_BYTES_MAX);
    write_verdict(&gate);
    write_launch(&gate);
    write_reasons(&gate);
    pl_advice_each(result, ADVICE_MAX, write_one_advice, &advice);
    write_evidence(&gate);
    write_suites(&gate);
    write_clear_notes(&gate);
    write_small(&gate);
    write_method(&gate);
    write_next(&gate);
    pl_buffer_deinit(&gate.part);
}
