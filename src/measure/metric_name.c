/* Reads the names of measures as people write them: a plain name, an alias, or name(column, q). */
#include "measure/metrics.h"

#include <string.h>

/* The part of a row's name before its parenthesis. */
static struct pl_str stem_of(const char *name)
{
    return (struct pl_str){name, strcspn(name, "(")};
}

static bool is_generic(const struct pl_metric_row *row)
{
    return (row->needs & (PL_NEEDS_MEAN | PL_NEEDS_QUANTILE)) != 0;
}

static const struct pl_metric_row *find_row(struct pl_str stem, bool generic)
{
    for (size_t i = 0; i < pl_metric_rows_count(); i++) {
        const struct pl_metric_row *row = pl_metric_row_at(i);
        const bool named = pl_str_equal(stem, stem_of(row->help.name)) ||
                           (row->help.alias != NULL && pl_str_equal_text(stem, row->help.alias));

        if (named && is_generic(row) == generic)
            return row;
    }
    return NULL;
}

static enum pl_status unknown_metric(struct pl_str text, struct pl_error *error)
{
    const char *names[2 * PL_METRICS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < pl_metric_rows_count(); i++) {
        names[count++] = pl_metric_row_at(i)->help.name;
        if (pl_metric_row_at(i)->help.alias != NULL)
            names[count++] = pl_metric_row_at(i)->help.alias;
    }

    const char *nearest = pl_str_nearest(text, names, count);

    if (nearest != NULL)
        return pl_error_set(error, PL_E_LINE, "there is no measure `%.*s`; did you mean `%s`?",
                            PL_STR_ARG(text), nearest);
    return pl_error_set(error, PL_E_LINE,
                        "there is no measure `%.*s`; for a column of your own write `mean(%.*s)`, "
                        "`rate(…)`, `sum(…)` or `quantile(…, 0.95)`; `plimsoll measures` lists "
                        "them all",
                        PL_STR_ARG(text), PL_STR_ARG(text));
}

static enum pl_status bad_arguments(struct pl_str text, const struct pl_metric_row *row,
                                    struct pl_error *error)
{
    return pl_error_set(error, PL_E_LINE, "`%.*s` cannot be read; write `%s`%s", PL_STR_ARG(text),
                        row->help.name,
                        (row->needs & PL_NEEDS_QUANTILE) != 0 ? " with 0 < Q < 1" : "");
}

/* Splits "column, 0.95" at the last comma: column names may hold commas themselves. */
static bool split_quantile(struct pl_str arguments, struct pl_str *ret_column, double *ret_q)
{
    for (size_t i = arguments.len; i > 0; i--) {
        if (arguments.ptr[i - 1] != ',')
            continue;
        *ret_column = pl_str_trim((struct pl_str){arguments.ptr, i - 1});
        return pl_str_to_double(pl_str_trim((struct pl_str){arguments.ptr + i, arguments.len - i}),
                                ret_q) &&
               *ret_q > 0.0 && *ret_q < 1.0;
    }
    return false;
}

static enum pl_status parse_generic(struct pl_str text, size_t open, struct pl_metric *metric,
                                    struct pl_str *ret_column, struct pl_error *error)
{
    const struct pl_str stem = pl_str_trim((struct pl_str){text.ptr, open});
    const struct pl_metric_row *row = find_row(stem, true);
    const struct pl_str arguments =
        pl_str_trim((struct pl_str){text.ptr + open + 1, text.len - open - 2});

    if (row == NULL)
        return unknown_metric(text, error);
    metric->row = row;
    *ret_column = arguments;
    if ((row->needs & PL_NEEDS_QUANTILE) != 0 &&
        !split_quantile(arguments, ret_column, &metric->argument))
        return bad_arguments(text, row, error);
    if (ret_column->len == 0)
        return bad_arguments(text, row, error);
    return PL_OK;
}

static struct pl_str canonical_name(const struct pl_metric *metric, struct pl_str column,
                                    struct pl_arena *arena)
{
    const struct pl_str stem = stem_of(metric->row->help.name);

    if ((metric->row->needs & PL_NEEDS_QUANTILE) != 0)
        return pl_arena_format(arena, "%.*s(%.*s, %.15g)", PL_STR_ARG(stem), PL_STR_ARG(column),
                               metric->argument);
    if (is_generic(metric->row))
        return pl_arena_format(arena, "%.*s(%.*s)", PL_STR_ARG(stem), PL_STR_ARG(column));
    return pl_arena_copy(arena, stem);
}

enum pl_status pl_metric_parse(struct pl_str text, struct pl_arena *arena,
                               struct pl_metric *ret_metric, struct pl_str *ret_column,
                               struct pl_error *error)
{
    const struct pl_str name = pl_str_trim(text);
    const char *open = name.len == 0 ? NULL : memchr(name.ptr, '(', name.len);
    struct pl_metric metric = {.column = -1};
    struct pl_str column = {0};

    if (open != NULL && name.ptr[name.len - 1] == ')') {
        PL_RETURN_IF(parse_generic(name, (size_t)(open - name.ptr), &metric, &column, error));
    } else {
        metric.row = find_row(name, false);
        if (metric.row == NULL)
            return unknown_metric(name, error);
    }
    metric.name = canonical_name(&metric, column, arena);
    *ret_column = pl_arena_copy(arena, column);
    if (metric.name.ptr == NULL || ret_column->ptr == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    *ret_metric = metric;
    return PL_OK;
}
