/* Reads the names of measures as people write them: a plain name, an alias, name(argument), name@10. */
#include "line/terms.h"
#include "measure/metrics.h"

#include <math.h>
#include <string.h>

/* A name taken apart. */
struct parts {
    struct pl_str stem;
    struct pl_str argument;
    char mark; /* '(' or '@' where there is an argument, else 0 */
};

static struct parts take_apart(struct pl_str name)
{
    const char *open = name.len == 0 ? NULL : memchr(name.ptr, '(', name.len);
    const char *at = name.len == 0 ? NULL : memchr(name.ptr, '@', name.len);

    if (open != NULL && name.ptr[name.len - 1] == ')') {
        const size_t length = (size_t)(open - name.ptr);

        return (struct parts){
            .stem = pl_str_trim((struct pl_str){name.ptr, length}),
            .argument = pl_str_trim((struct pl_str){open + 1, name.len - length - 2}),
            .mark = '(',
        };
    }
    if (at != NULL) {
        const size_t length = (size_t)(at - name.ptr);

        return (struct parts){
            .stem = pl_str_trim((struct pl_str){name.ptr, length}),
            .argument = pl_str_trim((struct pl_str){at + 1, name.len - length - 1}),
            .mark = '@',
        };
    }
    return (struct parts){.stem = name};
}

/* The part of a row's name before its argument. */
static struct pl_str stem_of(const struct pl_metric_row *row)
{
    return (struct pl_str){row->help.name, strcspn(row->help.name, "(@")};
}

static char mark_of(const struct pl_metric_row *row)
{
    switch (row->argument) {
    case PL_ARGUMENT_COLUMN:
    case PL_ARGUMENT_COLUMNS:
    case PL_ARGUMENT_COLUMN_QUANTILE:
    case PL_ARGUMENT_CLASS:
    case PL_ARGUMENT_NUMBER:
        return '(';
    case PL_ARGUMENT_TOP:
        return '@';
    case PL_ARGUMENT_NONE:
    default:
        return 0;
    }
}

/* The name or an alias, whatever the argument. */
static bool has_stem(const struct pl_metric_row *row, struct pl_str stem)
{
    const char *alias = NULL;
    bool named = pl_str_equal(stem, stem_of(row));

    for (size_t i = 0; (alias = pl_metric_alias_at(&row->help, i)) != NULL; i++)
        named = named || pl_str_equal_text(stem, alias);
    return named;
}

static bool is_named(const struct pl_metric_row *row, const struct parts *parts)
{
    return mark_of(row) == parts->mark && has_stem(row, parts->stem);
}

/* The row of that name for one of `tasks`, or NULL. */
static const struct pl_metric_row *find_row(const struct parts *parts, unsigned tasks)
{
    for (size_t i = 0; i < pl_metric_rows_count(); i++)
        if ((pl_metric_row_tasks(i) & tasks) != 0 && is_named(pl_metric_row_at(i), parts))
            return pl_metric_row_at(i);
    return NULL;
}

static enum pl_status unknown_metric(struct pl_str text, enum pl_task task, struct pl_error *error)
{
    const char *names[2 * PL_METRICS_MAX];
    const char *alias = NULL;
    size_t count = 0;

    for (size_t i = 0; i < pl_metric_rows_count(); i++) {
        const struct pl_metric_row *row = pl_metric_row_at(i);

        if ((pl_metric_row_tasks(i) & 1u << task) == 0 ||
            count + 2 + PL_ALSO_MAX > sizeof names / sizeof *names)
            continue;
        names[count++] = row->help.name;
        for (size_t j = 0; (alias = pl_metric_alias_at(&row->help, j)) != NULL; j++)
            names[count++] = alias;
    }

    if (pl_term_find(text) != NULL)
        return pl_error_set(error, PL_E_LINE,
                            "`%.*s` compares groups and is no measure of one; `plimsoll audit "
                            "--fairness` shows it",
                            PL_STR_ARG(text));

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

/* The row that has this name, whatever its argument, for the task; or NULL. */
static const struct pl_metric_row *find_stem(const struct parts *parts, enum pl_task task)
{
    for (size_t i = 0; i < pl_metric_rows_count(); i++)
        if ((pl_metric_row_tasks(i) & 1u << task) != 0 &&
            has_stem(pl_metric_row_at(i), parts->stem))
            return pl_metric_row_at(i);
    return NULL;
}

static enum pl_status bad_argument(struct pl_str text, const struct pl_metric_row *row,
                                   struct pl_error *error)
{
    static const char *const WHAT[] = {
        [PL_ARGUMENT_NONE] = "",
        [PL_ARGUMENT_COLUMN] = " with the name of a column",
        [PL_ARGUMENT_COLUMNS] = " with the names of two columns",
        [PL_ARGUMENT_COLUMN_QUANTILE] = " with 0 < Q < 1",
        [PL_ARGUMENT_CLASS] = " with the name of a class",
        [PL_ARGUMENT_NUMBER] = " with a number of at least 0",
        [PL_ARGUMENT_TOP] = " with a whole number from 1 to 10000",
    };

    return pl_error_set(error, PL_E_LINE, "`%.*s` cannot be read; write `%s`%s", PL_STR_ARG(text),
                        row->help.name, WHAT[row->argument]);
}

/* The name exists, but with another argument, or not for this kind of task; or not at all. */
static enum pl_status not_found(struct pl_str text, const struct parts *parts, enum pl_task task,
                                struct pl_error *error)
{
    const struct pl_metric_row *near = find_stem(parts, task);

    if (near != NULL && near->argument == PL_ARGUMENT_CLASS)
        return bad_argument(text, near, error);
    for (uint32_t other = 0; other < PL_TASKS_COUNT; other++)
        if (find_row(parts, 1u << other) != NULL)
            return pl_error_set(
                error, PL_E_LINE, "`%.*s` is a measure of task `%s`, and the task here is `%s`",
                PL_STR_ARG(text), pl_task_name((enum pl_task)other), pl_task_name(task));
    return unknown_metric(text, task, error);
}

/* Splits "column, 0.95" at the last comma: column names may hold commas themselves. */
static bool split(struct pl_str arguments, struct pl_str *ret_first, struct pl_str *ret_second)
{
    for (size_t i = arguments.len; i > 0; i--) {
        if (arguments.ptr[i - 1] != ',')
            continue;
        *ret_first = pl_str_trim((struct pl_str){arguments.ptr, i - 1});
        *ret_second = pl_str_trim((struct pl_str){arguments.ptr + i, arguments.len - i});
        return ret_first->len > 0 && ret_second->len > 0;
    }
    return false;
}

static bool read_quantile(struct pl_str arguments, struct pl_str *ret_column, double *ret_q)
{
    struct pl_str q;

    return split(arguments, ret_column, &q) && pl_str_to_double(q, ret_q) && *ret_q > 0.0 &&
           *ret_q < 1.0;
}

static bool read_number(struct pl_str text, double *ret_number)
{
    return pl_str_to_double(text, ret_number) && isfinite(*ret_number) && *ret_number >= 0.0;
}

static bool read_top(struct pl_str text, double *ret_number)
{
    return read_number(text, ret_number) && *ret_number >= 1.0 &&
           *ret_number <= PL_ARGUMENT_TOP_MAX && floor(*ret_number) == *ret_number;
}

static bool read_argument(struct pl_str text, struct pl_metric *metric)
{
    switch (metric->row->argument) {
    case PL_ARGUMENT_COLUMN:
        metric->column_name = text;
        return text.len > 0;
    case PL_ARGUMENT_COLUMN_QUANTILE:
        return read_quantile(text, &metric->column_name, &metric->argument);
    case PL_ARGUMENT_COLUMNS:
        return split(text, &metric->column_name, &metric->second_name);
    case PL_ARGUMENT_CLASS:
        metric->group = text;
        return text.len > 0;
    case PL_ARGUMENT_NUMBER:
        return read_number(text, &metric->argument);
    case PL_ARGUMENT_TOP:
        return read_top(text, &metric->argument);
    case PL_ARGUMENT_NONE:
    default:
        return true;
    }
}

static struct pl_str canonical_name(const struct pl_metric *metric, struct pl_arena *arena)
{
    const struct pl_str stem = stem_of(metric->row);

    switch (metric->row->argument) {
    case PL_ARGUMENT_COLUMN:
        return pl_arena_format(arena, "%.*s(%.*s)", PL_STR_ARG(stem),
                               PL_STR_ARG(metric->column_name));
    case PL_ARGUMENT_COLUMNS:
        return pl_arena_format(arena, "%.*s(%.*s, %.*s)", PL_STR_ARG(stem),
                               PL_STR_ARG(metric->column_name), PL_STR_ARG(metric->second_name));
    case PL_ARGUMENT_COLUMN_QUANTILE:
        return pl_arena_format(arena, "%.*s(%.*s, %.15g)", PL_STR_ARG(stem),
                               PL_STR_ARG(metric->column_name), metric->argument);
    case PL_ARGUMENT_CLASS:
        return pl_arena_format(arena, "%.*s(%.*s)", PL_STR_ARG(stem), PL_STR_ARG(metric->group));
    case PL_ARGUMENT_NUMBER:
        return pl_arena_format(arena, "%.*s(%.15g)", PL_STR_ARG(stem), metric->argument);
    case PL_ARGUMENT_TOP:
        return pl_arena_format(arena, "%.*s@%.15g", PL_STR_ARG(stem), metric->argument);
    case PL_ARGUMENT_NONE:
    default:
        return pl_arena_copy(arena, stem);
    }
}

enum pl_status pl_metric_parse(struct pl_str text, enum pl_task task, struct pl_arena *arena,
                               struct pl_metric *ret_metric, struct pl_error *error)
{
    const struct pl_str name = pl_str_trim(text);
    const struct parts parts = take_apart(name);
    struct pl_metric metric = {.column = -1, .row = find_row(&parts, 1u << task)};

    if (metric.row == NULL)
        return not_found(name, &parts, task, error);
    if (!read_argument(parts.argument, &metric))
        return bad_argument(name, metric.row, error);
    metric.name = canonical_name(&metric, arena);
    metric.column_name = pl_arena_copy(arena, metric.column_name);
    metric.second_name = pl_arena_copy(arena, metric.second_name);
    metric.group = pl_arena_copy(arena, metric.group);
    if (metric.name.ptr == NULL || metric.column_name.ptr == NULL ||
        metric.second_name.ptr == NULL || metric.group.ptr == NULL)
        return pl_arena_error(arena, "the names of the measures", error);
    *ret_metric = metric;
    return PL_OK;
}
