/* limits: each entry of the list becomes one limit for each comparator it carries. Entries are read
   when the rest of the line is known, because `by` speaks of segments and `every` of the depth. */
#include "line/reader.h"
#include "line/terms.h"

#include <string.h>

/* How a comparator compares. */
enum kind { KIND_ALONE, KIND_BETWEEN, KIND_TO_OVERALL, KIND_TO_BASELINE };

static enum kind kind_of(enum pl_comparator comparator)
{
    static const enum kind KINDS[PL_COMPARATORS_COUNT] = {
        [PL_COMPARE_MIN] = KIND_ALONE,
        [PL_COMPARE_MAX] = KIND_ALONE,
        [PL_COMPARE_MIN_RATIO] = KIND_BETWEEN,
        [PL_COMPARE_MAX_RATIO] = KIND_BETWEEN,
        [PL_COMPARE_MAX_DIFFERENCE] = KIND_BETWEEN,
        [PL_COMPARE_MAX_RATIO_TO_OVERALL] = KIND_TO_OVERALL,
        [PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL] = KIND_TO_OVERALL,
        [PL_COMPARE_NON_INFERIOR_TO] = KIND_TO_BASELINE,
        [PL_COMPARE_SUPERIOR_TO] = KIND_TO_BASELINE,
    };

    return KINDS[comparator];
}

static bool check_comparators(struct pl_reader *reader, const struct pl_node *node,
                              const struct pl_limit_row *row)
{
    const char *names[PL_COMPARATORS_COUNT];
    size_t count = 0;

    for (int i = 0; i < PL_COMPARATORS_COUNT; i++) {
        count += row->compares[i] ? 1 : 0;
        names[i] = pl_comparator_name((enum pl_comparator)i);
    }
    if (count > 0)
        return true;
    pl_reader_fault(reader, node,
                    pl_reader_format(reader, "add one of %s",
                                     pl_reader_choice(reader, names, PL_COMPARATORS_COUNT).ptr),
                    "has no comparator, so it limits nothing");
    return false;
}

static bool needs_by(enum pl_comparator comparator)
{
    return kind_of(comparator) == KIND_BETWEEN || kind_of(comparator) == KIND_TO_OVERALL;
}

/* Comparators between slices, or of slices with the whole, say nothing without slices. */
static bool check_by(struct pl_reader *reader, const struct pl_node *node,
                     const struct pl_limit_row *row)
{
    for (int i = 0; i < PL_COMPARATORS_COUNT; i++) {
        const char *name = pl_comparator_name((enum pl_comparator)i);
        const struct pl_node *key = pl_node_child(node, name);

        if (!row->compares[i] || row->by != NULL || pl_node_child(node, "by") != NULL ||
            !needs_by((enum pl_comparator)i))
            continue;
        pl_reader_fault_key(reader, key != NULL ? key : pl_node_child(node, "metric"),
                            PL_STR("add `by:` with a segment, a list or `every`"),
                            "compares slices, and the limit has no `by`");
        return false;
    }
    return true;
}

static bool check_order(struct pl_reader *reader, const struct pl_node *node,
                        const struct pl_limit_row *row)
{
    const bool has_both = row->compares[PL_COMPARE_MIN] && row->compares[PL_COMPARE_MAX];

    if (!has_both || row->thresholds[PL_COMPARE_MIN] <= row->thresholds[PL_COMPARE_MAX])
        return true;
    pl_reader_fault(reader, pl_node_child(node, "max"), PL_STR("swap the two"),
                    "is below `min`, so nothing can meet both");
    return false;
}

static bool compares_between(const struct pl_limit_row *row)
{
    for (int i = 0; i < PL_COMPARATORS_COUNT; i++)
        if (row->compares[i] && kind_of((enum pl_comparator)i) == KIND_BETWEEN)
            return true;
    return false;
}

static bool check_reference(struct pl_reader *reader, const struct pl_node *node,
                            const struct pl_limit_row *row, const struct pl_by *by)
{
    if (!row->reference_given)
        return true;
    if (!compares_between(row)) {
        pl_reader_fault_key(reader, pl_node_child(node, "reference"), PL_STR("take it out"),
                            "goes with `min_ratio`, `max_ratio` or `max_difference`");
        return false;
    }
    if (by->count == 1 && by->crossings[0].count == 1)
        return true;
    pl_reader_fault_key(reader, pl_node_child(node, "reference"), PL_STR("for example `by: race`"),
                        "names one group, so `by` must be one segment");
    return false;
}

/* The keys that speak of a baseline, where there is none. */
static bool check_no_baseline(struct pl_reader *reader, const struct pl_node *node,
                              const struct pl_limit_row *row)
{
    const struct {
        const char *name;
        bool given;
    } KEYS[] = {
        {"margin", row->margin_given},
        {"relative_margin", row->relative_margin_given},
        {"better", row->better_given},
    };

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        if (!KEYS[i].given)
            continue;
        pl_reader_fault_key(reader, pl_node_child(node, KEYS[i].name), PL_STR("take it out"),
                            "goes with `non_inferior_to` or `superior_to`");
        return false;
    }
    return true;
}

/* What a comparison with a baseline asks for beside its name. */
static bool check_margin(struct pl_reader *reader, const struct pl_node *node,
                         const struct pl_limit_row *row)
{
    const bool is_non_inferior = row->compares[PL_COMPARE_NON_INFERIOR_TO];

    if (!is_non_inferior && !row->compares[PL_COMPARE_SUPERIOR_TO])
        return check_no_baseline(reader, node, row);
    if (is_non_inferior && row->compares[PL_COMPARE_SUPERIOR_TO]) {
        pl_reader_fault_key(reader, pl_node_child(node, "superior_to"),
                            PL_STR("write two entries, each with its margin"),
                            "stands beside `non_inferior_to`, and one margin cannot serve both");
        return false;
    }
    if (row->margin_given && row->relative_margin_given) {
        pl_reader_fault_key(reader, pl_node_child(node, "relative_margin"),
                            PL_STR("take one of them out"), "stands beside `margin`");
        return false;
    }
    if (is_non_inferior && !row->margin_given && !row->relative_margin_given) {
        pl_reader_fault_key(reader, pl_node_child(node, "non_inferior_to"),
                            PL_STR("add `margin: 0.01` or `relative_margin: 5%`"),
                            "does not say how much worse is still good enough");
        return false;
    }
    return true;
}

/* The entry's comparator with a baseline: its node, and where its name stands in the row. */
static bool read_target(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_limit_row *row)
{
    for (int i = 0; i < 2; i++) {
        const enum pl_comparator comparator =
            i == 0 ? PL_COMPARE_NON_INFERIOR_TO : PL_COMPARE_SUPERIOR_TO;

        if (!row->compares[comparator])
            continue;
        row->baseline = pl_baseline_find(
            reader, pl_node_child(node, pl_comparator_name(comparator)), row->targets[i]);
        row->baseline_place = row->target_places[i];
        row->thresholds[comparator] =
            row->relative_margin_given ? row->relative_margin : row->margin;
        if (row->baseline == NULL)
            return false;
    }
    return true;
}

/* One limit of an entry, without its words. */
static struct pl_limit limit_of(const struct pl_reader *reader, const struct pl_node *node,
                                const struct pl_limit_row *row, const struct pl_by *by,
                                enum pl_comparator comparator)
{
    const bool to_baseline = kind_of(comparator) == KIND_TO_BASELINE;

    return (struct pl_limit){
        .metric = row->metric,
        .comparator = comparator,
        .threshold = row->thresholds[comparator],
        .crossings = by->crossings,
        .crossings_count = by->count,
        .reference = kind_of(comparator) == KIND_BETWEEN ? row->reference : PL_STR(""),
        .baseline = to_baseline ? row->baseline : NULL,
        .relative = to_baseline && row->relative_margin_given,
        .better = to_baseline ? row->better : PL_BETTER_NEITHER,
        .judge = row->judge,
        .confidence = row->confidence_given ? row->confidence : reader->line->evidence.confidence,
        .place = node->place,
        .metric_place = row->metric_place,
        .reference_place =
            kind_of(comparator) == KIND_BETWEEN ? row->reference_place : (struct pl_place){0},
        .baseline_place = to_baseline ? row->baseline_place : (struct pl_place){0},
    };
}

static void add_limits(struct pl_reader *reader, const struct pl_node *node,
                       const struct pl_limit_row *row, const struct pl_by *by)
{
    for (int i = 0; i < PL_COMPARATORS_COUNT; i++) {
        if (!row->compares[i])
            continue;
        if (reader->limits_count == reader->limits_max) {
            pl_reader_fault(reader, node, PL_STR("split the line in two"),
                            "is one limit too many; at most %d are allowed", PL_LIMITS_MAX);
            return;
        }

        struct pl_limit *limit = &reader->limits[reader->limits_count++];

        *limit = limit_of(reader, node, row, by, (enum pl_comparator)i);
        limit->text = pl_limit_phrase(reader, limit, by);
    }
}

/* Everything about an entry that takes more than one of its keys. */
static bool check_row(struct pl_reader *reader, const struct pl_node *node,
                      const struct pl_limit_row *row)
{
    const bool has_comparators = check_comparators(reader, node, row);
    const bool has_by = check_by(reader, node, row);

    return has_comparators && has_by && check_order(reader, node, row) &&
           check_margin(reader, node, row);
}

#define COMMAS_MAX 4

/* Whether a bracket is opened and not closed. */
static bool is_open(struct pl_str text)
{
    return text.len > 0 && memchr(text.ptr, '(', text.len) != NULL &&
           memchr(text.ptr, ')', text.len) == NULL;
}

/*
 * `{metric: quantile(latency_ms, 0.95), max: 300}`: between braces YAML ends the text at the comma
 * and takes `0.95)` for a key without a value. An open bracket takes such keys back.
 */
static void rejoin_metric(struct pl_reader *reader, const struct pl_node *map)
{
    struct pl_node *metric = map->first;

    while (metric != NULL && !pl_str_equal_text(metric->key, "metric"))
        metric = metric->next;
    if (metric == NULL || metric->kind != PL_NODE_SCALAR || metric->quoted)
        return;
    for (int commas = 0; commas < COMMAS_MAX && is_open(metric->text); commas++) {
        const struct pl_node *rest = metric->next;

        if (rest == NULL || rest->kind != PL_NODE_NULL)
            return;
        metric->text = pl_reader_keep(reader, pl_arena_format(reader->arena, "%.*s, %.*s",
                                                              PL_STR_ARG(metric->text),
                                                              PL_STR_ARG(rest->key)));
        metric->next = rest->next;
    }
}

static void read_limit(struct pl_reader *reader, const struct pl_node *node)
{
    const size_t before = reader->problems->count;
    struct pl_limit_row row = {0};
    struct pl_by by = {0};

    if (node->kind == PL_NODE_MAP)
        rejoin_metric(reader, node);
    pl_section_defaults(reader, PL_SECTION_LIMIT, &row);
    if (!pl_section_read(reader, PL_SECTION_LIMIT, node, &row))
        return;

    const struct pl_term *term = pl_term_find(row.metric);

    if (term != NULL && !pl_term_apply(reader, node, term, &row))
        return;

    const bool is_good = check_row(reader, node, &row) && reader->problems->count == before &&
                         read_target(reader, node, &row);

    if (row.by != NULL && !pl_by_read(reader, row.by, &by))
        return;
    if (!is_good || !check_reference(reader, node, &row, &by))
        return;
    if (reader->problems->count == before)
        add_limits(reader, node, &row, &by);
    if (term != NULL && term->metrics[1] != NULL && reader->problems->count == before) {
        row.metric = pl_str_of(term->metrics[1]);
        add_limits(reader, node, &row, &by);
    }
}

void pl_limits_read(struct pl_reader *reader, const struct pl_node *node)
{
    const size_t most = node->count < PL_LIMITS_MAX
                            ? node->count * PL_COMPARATORS_COUNT * PL_TERM_METRICS_MAX
                            : (size_t)PL_LIMITS_MAX;

    reader->limits_max = most < PL_LIMITS_MAX ? most : (size_t)PL_LIMITS_MAX;
    reader->limits = pl_reader_alloc(reader, reader->limits_max, sizeof *reader->limits);
    for (const struct pl_node *entry = node->first;
         entry != NULL && reader->limits != NULL && reader->status == PL_OK; entry = entry->next)
        read_limit(reader, entry);
    reader->line->limits = reader->limits;
    reader->line->limits_count = reader->limits_count;
}
