/* Suites of evals on the terminal: for each whether it is clear and why, its figures with their intervals, its
   limits, and what was run. */
#include "report/compared_page.h"
#include "report/evals.h"
#include "report/evidence.h"
#include "report/table.h"
#include "report/wording.h"

#include <string.h>

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define FAILURES_SHOWN      5
#define EXCERPT_BYTES_MAX   160

struct suite_page {
    const struct pl_suite_judged *judged;
    struct pl_page *page;
    struct pl_buffer part;
};

static void write_part(struct suite_page *suite, uint32_t margin)
{
    pl_page_part(suite->page, (struct pl_margin){margin, margin}, &suite->part);
}

static const char *title_of(enum pl_state state)
{
    static const char *const TITLES[] = {
        [PL_STATE_CLEAR] = "CLEAR",
        [PL_STATE_UNPROVEN] = "UNPROVEN",
        [PL_STATE_BREACH] = "CROSSED",
    };

    return TITLES[state];
}

static void write_title(struct suite_page *suite)
{
    const struct pl_suite_judged *judged = suite->judged;
    const bool has_limits = judged->judgement->findings_count > 0;
    const char *title =
        has_limits || judged->shortfalls_count > 0 ? title_of(judged->state) : "MEASURED";

    pl_page_text(suite->page, pl_state_ink(judged->state),
                 pl_str_of(pl_state_glyph(judged->state)));
    pl_buffer_add_char(suite->page->out, ' ');
    pl_page_text(suite->page, PL_INK_BOLD, pl_str_of(title));
    pl_buffer_add_text(suite->page->out, "  ");
    pl_page_continue(suite->page, 4 + (uint32_t)strlen(title), judged->suite->name);
    pl_page_gap(suite->page);
}

/* "1,319 cases were asked 3 times: 3,957 outputs, of which 2 failed." */
static void write_counts(struct suite_page *suite)
{
    const struct pl_run *run = suite->judged->run;
    const uint32_t repeats = suite->judged->suite->repeats;

    pl_plural_write(&suite->part, run->cases_count, "case", "cases");
    if (repeats > 1)
        pl_buffer_add_format(&suite->part, ", each %u times", repeats);
    pl_buffer_add_text(&suite->part, ": ");
    pl_plural_write(&suite->part, run->outputs, "output", "outputs");
    if (run->failed > 0) {
        pl_buffer_add_text(&suite->part, ", of which ");
        pl_count_write(&suite->part, run->failed);
        pl_buffer_add_text(&suite->part, " failed");
    }
    if (run->priced > 0)
        pl_buffer_add_format(&suite->part, "; they cost %.4g, and %.4g was paid for this run",
                             run->cost, run->cost_paid);
    pl_buffer_add_char(&suite->part, '.');
    write_part(suite, 0);
}

static bool is_told(const struct pl_reason *reason)
{
    return reason->kind == PL_REASON_BREACH || reason->kind == PL_REASON_UNPROVEN ||
           reason->kind == PL_REASON_SMALL;
}

static size_t count_reasons(const struct pl_suite_judged *judged)
{
    size_t count = judged->shortfalls_count;

    for (size_t i = 0; i < judged->judgement->reasons_count; i++)
        count += is_told(&judged->judgement->reasons[i]) ? 1 : 0;
    return count;
}

static void write_reasons(struct suite_page *suite)
{
    const struct pl_judgement *judgement = suite->judged->judgement;

    if (count_reasons(suite->judged) == 0)
        return;
    pl_page_heading(suite->page, "Why");
    for (size_t i = 0; i < judgement->reasons_count; i++) {
        const enum pl_state state = pl_state_of_reason(&judgement->reasons[i]);

        if (is_told(&judgement->reasons[i]))
            pl_page_item(suite->page, pl_state_ink(state), pl_state_glyph(state),
                         judgement->reasons[i].text);
    }
    for (size_t i = 0; i < suite->judged->shortfalls_count; i++)
        pl_page_item(suite->page, PL_INK_UNPROVEN, "◐", suite->judged->shortfalls[i]);
}

static const struct pl_table_column COLUMNS[] = {
    {.title = {"Measure", sizeof "Measure" - 1}, .wraps = true},
    {.title = {"Value", sizeof "Value" - 1}, .right = true},
    {.title = {"Interval", sizeof "Interval" - 1}},
    {.title = {"n", sizeof "n" - 1}, .right = true},
    {.title = {"", 0}, .wraps = true},
};
#define COLUMNS_COUNT (sizeof COLUMNS / sizeof *COLUMNS)

/* What the interval would be if nothing belonged together, beside the one that holds. */
static void add_ungrouped(struct suite_page *suite, size_t metric)
{
    const struct pl_measured *measured = suite->judged->measured;
    struct pl_estimate alone;

    if (measured->overall.alone == NULL)
        return;
    alone = pl_slice_ungrouped(measured, &measured->overall, metric);
    if (alone.status == PL_ESTIMATE_UNDEFINED)
        return;
    pl_buffer_add_text(&suite->part, "ungrouped ");
    pl_interval_write(&suite->part, pl_figure_of(measured->metrics[metric].name), alone.low,
                      alone.high);
}

static void add_estimate(struct suite_page *suite, struct pl_table *table, size_t metric)
{
    const struct pl_measured *measured = suite->judged->measured;
    const struct pl_estimate *estimate = &measured->overall.estimates[metric];
    const struct pl_str name = measured->metrics[metric].name;
    const enum pl_figure figure = pl_figure_of(name);
    const bool is_defined = estimate->status != PL_ESTIMATE_UNDEFINED;

    pl_table_add(table, PL_INK_PLAIN, name);
    if (is_defined)
        pl_figure_write(&suite->part, figure, estimate->value);
    else
        pl_buffer_add_text(&suite->part, "no data");
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    if (is_defined)
        pl_interval_write(&suite->part, figure, estimate->low, estimate->high);
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    pl_count_write(&suite->part, estimate->n);
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    if (!is_defined)
        pl_buffer_add_text(&suite->part, pl_undefined_text(estimate->reason));
    else
        add_ungrouped(suite, metric);
    pl_table_add_part(table, PL_INK_QUIET, &suite->part);
}

/* The figure of all outputs together, with what makes it comparable. */
static void add_corpus(struct suite_page *suite, struct pl_table *table,
                       const struct pl_run_scorer *scorer)
{
    const struct pl_corpus_figure *corpus = &scorer->corpus;

    if (!corpus->given)
        return;
    pl_buffer_add_format(&suite->part, "%.*s of all", PL_STR_ARG(scorer->name));
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    pl_figure_write(&suite->part, PL_FIGURE_PLAIN, corpus->value);
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    pl_interval_write(&suite->part, PL_FIGURE_PLAIN, corpus->low, corpus->high);
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    pl_count_write(&suite->part, scorer->scored);
    pl_table_add_part(table, PL_INK_PLAIN, &suite->part);
    pl_table_add(table, PL_INK_QUIET, corpus->signature);
}

static void write_measures(struct suite_page *suite)
{
    const struct pl_measured *measured = suite->judged->measured;
    const struct pl_run *run = suite->judged->run;
    struct pl_table table;

    pl_page_heading(suite->page, "Measures");
    pl_table_init(&table, COLUMNS, COLUMNS_COUNT, measured->metrics_count + run->scorers_count,
                  suite->page->style.utf8);
    for (size_t i = 0; i < measured->metrics_count; i++)
        add_estimate(suite, &table, i);
    for (size_t i = 0; i < run->scorers_count; i++)
        add_corpus(suite, &table, &run->scorers[i]);
    pl_table_write(&table, suite->page, 2);
    pl_table_deinit(&table);
}

static const struct pl_estimate *estimate_of(const struct pl_measured *measured, struct pl_str name)
{
    for (size_t i = 0; i < measured->metrics_count; i++)
        if (pl_str_equal(measured->metrics[i].name, name))
            return &measured->overall.estimates[i];
    return NULL;
}

/* Three passes of three prove almost nothing, and that is said. */
static void write_perfect(struct suite_page *suite)
{
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < suite->judged->suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->judged->suite->scorers[i];
        const struct pl_estimate *estimate =
            estimate_of(suite->judged->measured, pl_scorer_metric(scorer, &arena));

        if (estimate == NULL || !pl_scorer_passes(scorer) ||
            pl_scorer_row_of(scorer->kind)->lower_is_better ||
            estimate->status == PL_ESTIMATE_UNDEFINED || estimate->value < 1.0 ||
            estimate->low >= 0.9)
            continue;
        pl_buffer_add_format(&suite->part,
                             "All %llu passed `%.*s`, which shows no more than that at least ",
                             (unsigned long long)estimate->n, PL_STR_ARG(scorer->name));
        pl_figure_write(&suite->part, PL_FIGURE_PERCENT, estimate->low);
        pl_buffer_add_text(&suite->part, " would.");
        write_part(suite, 2);
    }
    pl_arena_deinit(&arena);
}

/* The note where there is one, else the beginning of the output. */
static struct pl_str excerpt_of(const struct pl_failure *failure)
{
    struct pl_str text = failure->note.len > 0 ? failure->note : failure->output;

    if (text.len > EXCERPT_BYTES_MAX)
        text.len = EXCERPT_BYTES_MAX;
    return text;
}

/* A few of what went wrong, so that nobody has to look for the file. */
static void write_failures(struct suite_page *suite)
{
    const struct pl_failures *failures = &suite->judged->failures;

    if (failures->count == 0)
        return;
    pl_page_heading(suite->page, "Failed");
    for (size_t i = 0; i < failures->count && i < FAILURES_SHOWN; i++) {
        const struct pl_failure *failure = &failures->items[i];

        pl_buffer_add_format(&suite->part, "%.*s", PL_STR_ARG(failure->id));
        if (suite->judged->suite->repeats > 1)
            pl_buffer_add_format(&suite->part, ", repeat %u", failure->repeat + 1);
        pl_buffer_add_format(
            &suite->part, ", %.*s: ",
            PL_STR_ARG(failure->scorer.len > 0 ? failure->scorer : PL_STR("no output")));
        pl_buffer_add(&suite->part, excerpt_of(failure));
        pl_page_item(suite->page, PL_INK_PLAIN, "·", pl_buffer_view(&suite->part));
        pl_buffer_reset(&suite->part);
    }
    if (failures->count + failures->more > FAILURES_SHOWN) {
        pl_buffer_add_text(&suite->part, "And ");
        pl_count_write(&suite->part, failures->count + failures->more - FAILURES_SHOWN);
        pl_buffer_add_format(&suite->part, " more; all in %.*s/" PL_OUTPUTS_FILE ".",
                             PL_STR_ARG(suite->judged->run->folder));
        write_part(suite, 2);
    }
}

void pl_suite_page(const struct pl_suite_judged *judged, struct pl_page *page)
{
    struct suite_page suite = {.judged = judged, .page = page};

    pl_buffer_init(&suite.part, PART_SIZE_BYTES_MAX);
    write_title(&suite);
    write_counts(&suite);
    write_reasons(&suite);
    write_measures(&suite);
    write_perfect(&suite);
    pl_judges_page(&judged->judges, page);
    pl_repeats_page(&judged->repeats, page);
    pl_comparison_page(judged->comparison, page);
    pl_attacks_page(judged, page);
    write_failures(&suite);
    pl_evidence_page(judged->measured, judged->judgement, page);
    pl_buffer_deinit(&suite.part);
}

void pl_suite_brief(const struct pl_suite_judged *judged, struct pl_page *page)
{
    struct suite_page suite = {.judged = judged, .page = page};

    pl_buffer_init(&suite.part, PART_SIZE_BYTES_MAX);
    write_title(&suite);
    write_counts(&suite);
    write_perfect(&suite);
    pl_evidence_page(judged->measured, judged->judgement, page);
    pl_buffer_deinit(&suite.part);
}

static void write_method(const struct pl_evals_result *result, struct pl_page *page,
                         struct pl_buffer *part)
{
    pl_page_heading(page, "Method");
    pl_buffer_add_text(part, "Intervals and limits are at ");
    pl_confidence_write(part, result->line->evidence.confidence);
    pl_buffer_add_text(part, " confidence.");
    for (size_t i = 0; i < result->suites_count; i++) {
        const struct pl_suite_judged *judged = result->suites[i];

        pl_buffer_add_format(part, " %.*s: run %.*s, settings %.12s, results %.12s, seed %llu.",
                             PL_STR_ARG(judged->suite->name), PL_STR_ARG(judged->run->id),
                             judged->run->settings, judged->run->results,
                             (unsigned long long)judged->suite->seed);
    }
    pl_page_part(page, (struct pl_margin){2, 2}, part);
    pl_buffer_add_format(part, "Line %s, BLAKE2b %.12s. plimsoll %s, %.2f s.", result->line->file,
                         result->line_hash, result->version, result->elapsed_seconds);
    pl_page_part(page, (struct pl_margin){2, 2}, part);
    if (result->ledger_hash != NULL)
        pl_buffer_add_format(part, "On the record: block %llu of the ledger, %.12s.",
                             (unsigned long long)result->ledger_block, result->ledger_hash);
    else
        pl_buffer_add_text(part, "NOT on the record.");
    pl_page_part(page, (struct pl_margin){2, 2}, part);
}

static void write_next(const struct pl_evals_result *result, struct pl_page *page,
                       struct pl_buffer *part)
{
    bool is_stopped = false;

    for (size_t i = 0; i < result->suites_count; i++)
        is_stopped = is_stopped || result->suites[i]->run->state != PL_RUN_COMPLETE;
    pl_page_gap(page);
    pl_buffer_add_format(part, "Next: plimsoll %s%s", is_stopped ? "eval --resume " : "gate ",
                         result->line->file);
    pl_page_part(page, (struct pl_margin){0, 0}, part);
}

void pl_evals_text(const struct pl_evals_result *result, struct pl_style style,
                   struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer part = {0};
    struct pl_page page = pl_page_of(out, style);

    pl_buffer_init(&part, PART_SIZE_BYTES_MAX);
    for (size_t i = 0; i < result->suites_count; i++) {
        if (i > 0)
            pl_page_gap(&page);
        pl_suite_page(result->suites[i], &page);
    }
    write_method(result, &page, &part);
    write_next(result, &page, &part);
}
