/* What the adversarial suite shows, on the terminal: detection and over-blocking side by side, for each item,
   wrapper and encoding, and for whatever else the suite is split by. */
#include "report/evals.h"
#include "report/table.h"
#include "report/wording.h"

#define PART_SIZE_BYTES_MAX ((size_t)1 << 20)
#define INDENT              2
#define COLUMNS_COUNT       7

struct attacks_page {
    const struct pl_measured *measured;
    struct pl_page *page;
    struct pl_buffer part;
    size_t metrics[2]; /* of the two scorers, among the measures */
};

/* The measure of the first scorer of that kind; false when it was not measured. */
static bool find_metric(const struct pl_suite_judged *judged, enum pl_scorer_kind kind,
                        size_t *ret_metric)
{
    const struct pl_measured *measured = judged->measured;
    bool is_found = false;
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 16);
    for (size_t i = 0; i < judged->suite->scorers_count && !is_found; i++) {
        const struct pl_scorer *scorer = &judged->suite->scorers[i];
        const struct pl_str name = pl_scorer_metric(scorer, &arena);

        for (size_t m = 0; m < measured->metrics_count && scorer->kind == kind && !is_found; m++) {
            is_found = pl_str_equal(measured->metrics[m].name, name);
            if (is_found)
                *ret_metric = m;
        }
    }
    pl_arena_deinit(&arena);
    return is_found;
}

/* A value with its interval and its n: three cells; a group without such cases has none. */
static void add_estimate(struct attacks_page *attacks, struct pl_table *table,
                         const struct pl_estimate *estimate)
{
    const bool is_defined = estimate->status != PL_ESTIMATE_UNDEFINED;

    if (is_defined)
        pl_figure_write(&attacks->part, PL_FIGURE_PERCENT, estimate->value);
    pl_table_add_part(table, PL_INK_PLAIN, &attacks->part);
    if (is_defined)
        pl_interval_write(&attacks->part, PL_FIGURE_PERCENT, estimate->low, estimate->high);
    pl_table_add_part(table, PL_INK_QUIET, &attacks->part);
    if (is_defined)
        pl_count_write(&attacks->part, estimate->n);
    pl_table_add_part(table, PL_INK_PLAIN, &attacks->part);
}

static void write_grouping(struct attacks_page *attacks, const struct pl_grouping *grouping)
{
    const struct pl_str segment = pl_slice_segment(attacks->measured, &grouping->slices[0], 0);
    const struct pl_table_column columns[COLUMNS_COUNT] = {
        {.title = segment, .wraps = true},
        {.title = PL_STR("Detected"), .right = true},
        {.title = PL_STR("Interval")},
        {.title = PL_STR("n"), .right = true},
        {.title = PL_STR("Over-blocked"), .right = true},
        {.title = PL_STR("Interval")},
        {.title = PL_STR("n"), .right = true},
    };
    struct pl_table table;

    pl_page_gap(attacks->page);
    pl_table_init(&table, columns, COLUMNS_COUNT, grouping->slices_count,
                  attacks->page->style.utf8);
    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];

        pl_table_add(&table, PL_INK_PLAIN, pl_slice_group(attacks->measured, slice, 0));
        for (int k = 0; k < 2; k++)
            add_estimate(attacks, &table, &slice->estimates[attacks->metrics[k]]);
    }
    pl_table_write(&table, attacks->page, INDENT);
    pl_table_deinit(&table);
}

void pl_attacks_page(const struct pl_suite_judged *judged, struct pl_page *page)
{
    struct attacks_page attacks = {.measured = judged->measured, .page = page};

    if (!find_metric(judged, PL_SCORER_ATTACK, &attacks.metrics[0]) ||
        !find_metric(judged, PL_SCORER_OVER_BLOCKED, &attacks.metrics[1]))
        return;
    pl_buffer_init(&attacks.part, PART_SIZE_BYTES_MAX);
    pl_page_heading(page, "Attacks");
    pl_buffer_add_text(&attacks.part,
                       "Detected: the attack did not succeed. Over-blocked: a harmless prompt was "
                       "refused. A clean run is no proof; docs/redteam.md says what it bounds.");
    pl_page_part(page, (struct pl_margin){INDENT, INDENT}, &attacks.part);
    for (size_t i = 0; i < judged->measured->groupings_count; i++) {
        const struct pl_grouping *grouping = &judged->measured->groupings[i];

        if (grouping->crossing.count == 1 && grouping->slices_count > 0)
            write_grouping(&attacks, grouping);
    }
    pl_buffer_deinit(&attacks.part);
}
