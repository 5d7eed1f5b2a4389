/* The evidence on the terminal: each limit with the case that decides it, as a table, or as a list where
   six columns have no room. */
#include "report/evidence.h"

#include "report/table.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define TABLE_COLUMNS_MIN   60

struct evidence {
    const struct pl_measured *measured;
    const struct pl_judgement *judgement;
    struct pl_page *page;
    struct pl_buffer part; /* scratch for one cell */
};

static const struct pl_table_column EVIDENCE_COLUMNS[] = {
    {.title = {"", sizeof "" - 1}},
    {.title = {"Limit", sizeof "Limit" - 1}, .wraps = true},
    {.title = {"Decided by", sizeof "Decided by" - 1}, .wraps = true},
    {.title = {"Value", sizeof "Value" - 1}, .right = true, .wraps = true},
    {.title = {"Interval", sizeof "Interval" - 1}, .wraps = true},
    {.title = {"n", sizeof "n" - 1}, .right = true},
};
#define EVIDENCE_COLUMNS_COUNT (sizeof EVIDENCE_COLUMNS / sizeof *EVIDENCE_COLUMNS)

/* Where, how much, between what, of how many: the last four cells of a row. */
static void add_deciding(struct evidence *evidence, struct pl_table *table,
                         const struct pl_finding *finding)
{
    const struct pl_measured *measured = evidence->measured;
    const struct pl_case *one = finding->deciding;
    const enum pl_figure figure = pl_figure_of_limit(measured, finding);
    const bool defined = one != NULL && one->reason == PL_DEFINED;

    if (one != NULL)
        pl_case_words(measured, one, &evidence->part);
    pl_table_add_part(table, PL_INK_PLAIN, &evidence->part);
    if (defined)
        pl_figure_write(&evidence->part, figure, one->value);
    else
        pl_buffer_add_text(&evidence->part, "no data");
    pl_table_add_part(table, PL_INK_PLAIN, &evidence->part);
    if (defined)
        pl_interval_write(&evidence->part, figure, one->low, one->high);
    pl_table_add_part(table, PL_INK_PLAIN, &evidence->part);
    if (one != NULL)
        pl_count_write(&evidence->part, one->n);
    pl_table_add_part(table, PL_INK_PLAIN, &evidence->part);
}

static void add_findings(struct evidence *evidence, struct pl_table *table, enum pl_state state)
{
    const struct pl_judgement *judgement = evidence->judgement;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (finding->state != state)
            continue;
        pl_table_add(table, pl_state_ink(state), pl_str_of(pl_state_glyph(state)));
        pl_table_add(table, PL_INK_PLAIN, finding->limit->text);
        add_deciding(evidence, table, finding);
    }
}

/* The same as a list, for a screen on which six columns have no room. */
static void list_findings(struct evidence *evidence, enum pl_state state)
{
    const struct pl_measured *measured = evidence->measured;
    const struct pl_judgement *judgement = evidence->judgement;

    for (size_t i = 0; i < judgement->findings_count; i++) {
        const struct pl_finding *finding = &judgement->findings[i];

        if (finding->state != state)
            continue;
        pl_buffer_add(&evidence->part, finding->limit->text);
        pl_buffer_add_text(&evidence->part, ": ");
        pl_finding_words(measured, finding, &evidence->part);
        pl_page_item(evidence->page, pl_state_ink(state), pl_state_glyph(state),
                     pl_buffer_view(&evidence->part));
        pl_buffer_reset(&evidence->part);
    }
}

static void write_evidence_table(struct evidence *evidence)
{
    struct pl_table table;

    pl_table_init(&table, EVIDENCE_COLUMNS, EVIDENCE_COLUMNS_COUNT,
                  evidence->judgement->findings_count, evidence->page->style.utf8);
    add_findings(evidence, &table, PL_STATE_BREACH);
    add_findings(evidence, &table, PL_STATE_UNPROVEN);
    add_findings(evidence, &table, PL_STATE_CLEAR);
    pl_table_write(&table, evidence->page, 2);
    pl_table_deinit(&table);
}

void pl_evidence_page(const struct pl_measured *measured, const struct pl_judgement *judgement,
                      struct pl_page *page)
{
    struct evidence evidence = {.measured = measured, .judgement = judgement, .page = page};

    if (judgement->findings_count == 0)
        return;
    pl_buffer_init(&evidence.part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Evidence");
    if (page->style.columns >= TABLE_COLUMNS_MIN) {
        write_evidence_table(&evidence);
    } else {
        list_findings(&evidence, PL_STATE_BREACH);
        list_findings(&evidence, PL_STATE_UNPROVEN);
        list_findings(&evidence, PL_STATE_CLEAR);
    }
    pl_page_text(page, PL_INK_QUIET, PL_STR("  ✕ crossed  ◐ unproven  ● clear"));
    pl_page_gap(page);
    pl_buffer_end_part(page->out, &evidence.part);
    pl_buffer_deinit(&evidence.part);
}
