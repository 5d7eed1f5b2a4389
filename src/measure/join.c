/*
 * Builds the table that has both answers to every decision: the data's rows joined with the baseline's
 * by their ids, or the data's rows alone where the baseline stands in them. The engine joins; what
 * comes out is counted by the one GROUP BY like any other source.
 */
#include "measure/join.h"
#include "line/live_path.h"

#include "measure/builder.h"
#include "measure/metrics.h"

#include <string.h>

const struct pl_join_loss PL_JOIN_LOSSES[PL_JOIN_LOSSES_COUNT] = {
    {"brier_score",
     {PL_JOIN_DIFFERENCE "brier_score 0", PL_JOIN_DIFFERENCE "brier_score 1"},
     {"? * ?", "(1 - ?) * (1 - ?)"}},
    /* Clipped as pl_log_loss is. */
    {"log_loss",
     {PL_JOIN_DIFFERENCE "log_loss 0", PL_JOIN_DIFFERENCE "log_loss 1"},
     {"-ln(greatest(pow(2, -52), least(1 - pow(2, -52), 1 - ?)))",
      "-ln(greatest(pow(2, -52), least(1 - pow(2, -52), ?)))"}},
};

/* One of the two tables. */
struct side {
    const char *alias;
    const char *prefix; /* of the columns that it adds */
    struct pl_str path;
    struct pl_columns columns; /* as the engine has them, those in use as text */
    struct pl_str source;
    struct pl_str id;
    struct pl_str score;
    struct pl_str prediction;
    double threshold;
};

struct work {
    struct pl_plan *plan;
    const struct pl_join *join;
    const struct pl_value_column *values;
    size_t values_count;
    struct pl_arena *arena;
    struct side here;
    struct side there;
    struct pl_buffer sql;
};

static const struct pl_column *find_column(const struct side *side, struct pl_str name)
{
    for (size_t i = 0; i < side->columns.count; i++)
        if (pl_str_equal(side->columns.items[i].name, name))
            return &side->columns.items[i];
    return NULL;
}

static enum pl_status need(const struct work *work, const struct side *side, struct pl_str name,
                           struct pl_error *error)
{
    if (name.len == 0 || find_column(side, name) != NULL)
        return PL_OK;
    return pl_line_error(work->join->line, work->join->baseline->place, PL_E_DATA, error,
                         "%.*s has no column `%.*s`", PL_STR_ARG(pl_line_path_shown(side->path)),
                         PL_STR_ARG(name));
}

static enum pl_status keep_source(const struct work *work, const struct pl_source_options *options,
                                  struct pl_str *ret_source, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(work->plan->driver->source(work->plan->connection, options, &sql, error));
    *ret_source = pl_arena_copy(work->arena, pl_buffer_view(&sql));
    return ret_source->ptr == NULL ? pl_arena_error(work->arena, "an SQL statement", error) : PL_OK;
}

/* The columns of one side; those that the line names are taken as text, as in any plan. */
static enum pl_status read_side(const struct work *work, const struct pl_line *line,
                                struct side *side, struct pl_error *error)
{
    const struct pl_driver *driver = work->plan->driver;
    struct pl_source_options options = {.path = side->path};
    struct pl_error cause;

    PL_RETURN_IF(keep_source(work, &options, &side->source, error));
    if (driver->describe(work->plan->connection, side->source, work->arena, &side->columns,
                         &cause) != PL_OK)
        return pl_error_set(error, PL_E_DATA, "%.*s cannot be read: %.400s",
                            PL_STR_ARG(pl_line_path_shown(side->path)), cause.message);

    struct pl_str *names =
        pl_arena_alloc_array(work->arena, side->columns.count + 1, sizeof *names);

    if (names == NULL)
        return pl_arena_error(work->arena, "the source's columns", error);
    options.columns = side->columns;
    options.text_columns = names;
    options.text_columns_count =
        pl_plan_text_columns(line, &side->columns, work->values, work->values_count, names);
    if (options.text_columns_count == 0)
        return PL_OK;
    PL_RETURN_IF(keep_source(work, &options, &side->source, error));
    return driver->describe(work->plan->connection, side->source, work->arena, &side->columns,
                            error);
}

static void add_column(struct pl_buffer *sql, const struct side *side, struct pl_str name)
{
    pl_buffer_add_format(sql, "%s.", side->alias);
    pl_sql_identifier(sql, name);
}

static void add_alias(struct pl_buffer *sql, const char *prefix, struct pl_str name)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer alias = {0};

    pl_buffer_init(&alias, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&alias, prefix);
    pl_buffer_add(&alias, name);
    pl_buffer_add_text(sql, " AS ");
    pl_sql_identifier(sql, pl_buffer_view(&alias));
}

/* A column as a number; text that is none is missing here, and found by the checks of the plan. */
static void add_number(struct pl_buffer *sql, const struct side *side, struct pl_str name)
{
    const struct pl_column *column = find_column(side, name);

    if (column == NULL || column->type != PL_TYPE_TEXT) {
        pl_buffer_add_text(sql, "CAST(");
        add_column(sql, side, name);
        pl_buffer_add_text(sql, " AS DOUBLE)");
        return;
    }
    pl_buffer_add_text(sql, "TRY_CAST(CASE lower(");
    add_column(sql, side, name);
    pl_buffer_add_text(sql, ") WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE ");
    add_column(sql, side, name);
    pl_buffer_add_text(sql, " END AS DOUBLE)");
}

static struct pl_str answer_of(const struct side *side)
{
    return side->prediction.len > 0 ? side->prediction : side->score;
}

static void add_is_there(struct pl_buffer *sql, const struct side *side, struct pl_str name)
{
    if (name.len == 0)
        return;
    pl_buffer_add_text(sql, " AND ");
    add_column(sql, side, name);
    pl_buffer_add_text(sql, " IS NOT NULL");
}

/* Both sides have answered, and scored where both score. */
static void add_complete(struct pl_buffer *sql, const struct work *work)
{
    const bool both_score = work->here.score.len > 0 && work->there.score.len > 0;

    pl_buffer_add_text(sql, "CASE WHEN true");
    add_is_there(sql, &work->here, answer_of(&work->here));
    add_is_there(sql, &work->there, answer_of(&work->there));
    if (both_score) {
        add_is_there(sql, &work->here, work->here.score);
        add_is_there(sql, &work->there, work->there.score);
    }
    pl_buffer_add_text(sql, " THEN ");
}

static void add_answer_column(struct work *work, const struct side *side, struct pl_str name)
{
    if (name.len == 0)
        return;
    pl_buffer_add_text(&work->sql, ", ");
    add_complete(&work->sql, work);
    add_column(&work->sql, side, name);
    pl_buffer_add_text(&work->sql, " END");
    add_alias(&work->sql, side->prefix, name);
}

/* The baseline's answer as text: its prediction as it stands, or 1 and 0 for the side of its score. */
static void add_answer(struct work *work)
{
    const struct side *there = &work->there;
    struct pl_buffer *sql = &work->sql;

    pl_buffer_add_text(sql, ", ");
    add_complete(sql, work);
    if (there->prediction.len > 0) {
        pl_buffer_add_text(sql, "CAST(");
        add_column(sql, there, there->prediction);
        pl_buffer_add_text(sql, " AS VARCHAR)");
    } else if (there->score.len > 0) {
        pl_buffer_add_text(sql, "CASE WHEN isnan(");
        add_number(sql, there, there->score);
        pl_buffer_add_text(sql, ") THEN NULL WHEN ");
        add_number(sql, there, there->score);
        pl_buffer_add_format(sql, " >= " PL_SQL_NUMBER " THEN '1' ELSE '0' END", there->threshold);
    } else {
        pl_buffer_add_text(sql, "NULL");
    }
    pl_buffer_add_text(sql, " END AS ");
    pl_sql_identifier(sql, PL_STR(PL_JOIN_ANSWER));
}

/* A value column of one side, where the other has it too. */
static void add_value(struct work *work, const struct side *side, const struct side *other,
                      struct pl_str name)
{
    pl_buffer_add_text(&work->sql, ", CASE WHEN true");
    add_is_there(&work->sql, other, name);
    pl_buffer_add_text(&work->sql, " THEN ");
    add_column(&work->sql, side, name);
    pl_buffer_add_text(&work->sql, " END");
    add_alias(&work->sql, side->prefix, name);
}

static void add_values(struct work *work)
{
    for (size_t i = 0; i < work->values_count; i++) {
        const struct pl_str name = work->values[i].name;

        add_value(work, &work->here, &work->there, name);
        add_value(work, &work->there, &work->here, name);
        pl_buffer_add_text(&work->sql, ", ");
        add_number(&work->sql, &work->here, name);
        pl_buffer_add_text(&work->sql, " - ");
        add_number(&work->sql, &work->there, name);
        add_alias(&work->sql, PL_JOIN_DIFFERENCE, name);
    }
}

/* The loss of one side's score, with the score in the place of each `?`. */
static void add_loss(struct work *work, const struct side *side, const char *loss)
{
    for (; *loss != '\0'; loss++) {
        if (*loss == '?')
            add_number(&work->sql, side, side->score);
        else
            pl_buffer_add_char(&work->sql, *loss);
    }
}

static void add_losses(struct work *work)
{
    for (size_t i = 0; i < PL_JOIN_LOSSES_COUNT; i++)
        for (int label = 0; label < 2; label++) {
            pl_buffer_add_text(&work->sql, ", (");
            add_loss(work, &work->here, PL_JOIN_LOSSES[i].sql[label]);
            pl_buffer_add_text(&work->sql, ") - (");
            add_loss(work, &work->there, PL_JOIN_LOSSES[i].sql[label]);
            pl_buffer_add_text(&work->sql, ")");
            add_alias(&work->sql, "", pl_str_of(PL_JOIN_LOSSES[i].columns[label]));
        }
}

/* The data's rows that count, under their alias. */
static void add_rows(const struct side *here, struct pl_str where, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "(SELECT * FROM ");
    pl_buffer_add(sql, here->source);
    if (where.len > 0) {
        pl_buffer_add_text(sql, " WHERE (");
        pl_buffer_add(sql, where);
        pl_buffer_add_text(sql, "\n)");
    }
    pl_buffer_add_text(sql, ")");
}

static void add_from(struct work *work)
{
    struct pl_buffer *sql = &work->sql;

    pl_buffer_add_text(sql, " FROM ");
    add_rows(&work->here, work->join->line->data.where, sql);
    pl_buffer_add_text(sql, " AS d");
    if (work->join->baseline->decisions.len == 0)
        return;
    pl_buffer_add_text(sql, " JOIN ");
    pl_buffer_add(sql, work->there.source);
    pl_buffer_add_text(sql, " AS b ON CAST(");
    add_column(sql, &work->here, work->here.id);
    pl_buffer_add_text(sql, " AS VARCHAR) = CAST(");
    add_column(sql, &work->there, work->there.id);
    pl_buffer_add_text(sql, " AS VARCHAR)");
}

static enum pl_status need_columns(const struct work *work, struct pl_error *error)
{
    const struct side *sides[] = {&work->here, &work->there};

    for (size_t i = 0; i < 2; i++) {
        PL_RETURN_IF(need(work, sides[i], sides[i]->id, error));
        PL_RETURN_IF(need(work, sides[i], sides[i]->score, error));
        PL_RETURN_IF(need(work, sides[i], sides[i]->prediction, error));
        for (size_t k = 0; k < work->values_count; k++)
            PL_RETURN_IF(need(work, sides[i], work->values[k].name, error));
    }
    return PL_OK;
}

static enum pl_status read_sides(struct work *work, struct pl_error *error)
{
    const struct pl_join *join = work->join;
    const struct pl_data *data = &join->line->data;
    const struct pl_baseline *baseline = join->baseline;
    const bool same_rows = baseline->decisions.len == 0;
    struct pl_line *line = pl_arena_alloc(work->arena, sizeof *line);

    if (line == NULL)
        return pl_arena_error(work->arena, "the baseline", error);
    work->here = (struct side){.alias = "d",
                               .prefix = PL_JOIN_HERE,
                               .path = pl_line_path(join->line, data->decisions, work->arena),
                               .id = same_rows ? PL_STR("") : data->id,
                               .score = data->score,
                               .prediction = data->prediction};
    work->there = (struct side){
        .alias = same_rows ? "d" : "b",
        .prefix = PL_JOIN_THERE,
        .path = same_rows ? work->here.path
                          : pl_line_path(join->line, baseline->decisions, work->arena),
        .id = baseline->id,
        .score = baseline->score,
        .prediction = baseline->prediction,
        .threshold = baseline->threshold,
    };
    if (work->here.path.ptr == NULL || work->there.path.ptr == NULL)
        return pl_arena_error(work->arena, "a path", error);
    /* What is read of the baseline alone: no segment and no condition. */
    *line = (struct pl_line){.file = join->line->file, .folder = join->line->folder};
    line->data.score = baseline->score;
    line->data.prediction = baseline->prediction;
    line->data.id = baseline->id;
    PL_RETURN_IF(read_side(work, join->line, &work->here, error));
    if (!same_rows)
        return read_side(work, line, &work->there, error);
    work->there.columns = work->here.columns;
    work->there.source = work->here.source;
    return PL_OK;
}

static enum pl_status assemble(struct work *work, struct pl_error *error)
{
    pl_buffer_add_text(&work->sql, "(SELECT d.*");
    add_answer_column(work, &work->here, work->here.score);
    add_answer_column(work, &work->here, work->here.prediction);
    add_answer_column(work, &work->there, work->there.score);
    add_answer_column(work, &work->there, work->there.prediction);
    add_answer(work);
    add_values(work);
    if (work->join->scores)
        add_losses(work);
    add_from(work);
    pl_buffer_add_text(&work->sql, ")");
    PL_RETURN_IF(pl_buffer_check(&work->sql, "an SQL statement", error));
    work->plan->source = pl_arena_copy(work->arena, pl_buffer_view(&work->sql));
    if (work->plan->source.ptr == NULL)
        return pl_arena_error(work->arena, "an SQL statement", error);
    return work->plan->driver->describe(work->plan->connection, work->plan->source, work->arena,
                                        &work->plan->source_columns, error);
}

enum pl_status pl_join_source(struct pl_plan *plan, const struct pl_join *join,
                              const struct pl_value_column *columns, size_t columns_count,
                              struct pl_arena *arena, struct pl_error *error)
{
    struct work work = {
        .plan = plan,
        .join = join,
        .values = columns,
        .values_count = columns_count,
        .arena = arena,
    };

    PL_RETURN_IF(read_sides(&work, error));
    PL_RETURN_IF(need_columns(&work, error));
    pl_buffer_init(&work.sql, PL_SQL_SIZE_BYTES_MAX);

    const enum pl_status status = assemble(&work, error);

    pl_buffer_deinit(&work.sql);
    return status;
}

static struct pl_str named(struct pl_arena *arena, const char *prefix, struct pl_str name)
{
    return pl_arena_format(arena, "%s%.*s", prefix, PL_STR_ARG(name));
}

enum pl_status pl_join_columns(const struct pl_join *join, struct pl_arena *arena,
                               struct pl_plan_request *request, struct pl_error *error)
{
    const size_t count = request->joined_count;
    const size_t differences =
        join->there ? 0 : count + (join->scores ? 2 * PL_JOIN_LOSSES_COUNT : 0);
    struct pl_value_column *columns =
        pl_arena_alloc_array(arena, count + differences + 1, sizeof *columns);

    /* One place is the score's. */
    if (count + differences >= PL_COLUMNS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "measures of more than %d columns at once cannot be paired with a "
                            "baseline",
                            (PL_COLUMNS_MAX - 1 - 2 * PL_JOIN_LOSSES_COUNT) / 2);
    if (columns == NULL)
        return pl_arena_error(arena, "the columns", error);
    for (size_t i = 0; i < count; i++)
        columns[i].name =
            named(arena, join->there ? PL_JOIN_THERE : PL_JOIN_HERE, request->joined[i].name);
    for (size_t i = 0; i < count && !join->there; i++)
        columns[count + i].name = named(arena, PL_JOIN_DIFFERENCE, request->joined[i].name);
    for (size_t i = 2 * count; i < count + differences; i++)
        columns[i].name =
            pl_str_of(PL_JOIN_LOSSES[(i - 2 * count) / 2].columns[(i - 2 * count) % 2]);
    for (size_t i = 0; i < count + differences; i++) {
        columns[i].place = join->baseline->place;
        if (columns[i].name.ptr == NULL)
            return pl_arena_error(arena, "the columns", error);
    }
    request->columns = columns;
    request->columns_count = count + differences;
    return PL_OK;
}

/* What the engine counted of the ids of both sides. */
struct counted {
    struct pl_arena *arena;
    struct pl_matching matching;
    struct pl_str twice[2]; /* an id that names more than one decision, here and there; or empty */
    int64_t times[2];
};

static enum pl_status take_counts(const struct pl_batch *batch, void *context,
                                  struct pl_error *error)
{
    struct counted *counted = context;

    if (batch->rows_count == 0)
        return PL_OK;
    counted->matching.matched = (uint64_t)batch->columns[0].integers[0];
    counted->matching.only_here = (uint64_t)batch->columns[1].integers[0];
    counted->matching.only_there = (uint64_t)batch->columns[2].integers[0];
    for (int i = 0; i < 2; i++) {
        const struct pl_vector *id = &batch->columns[3 + 2 * i];

        if (!pl_vector_valid(id->valid, 0))
            continue;
        counted->times[i] = batch->columns[4 + 2 * i].integers[0];
        counted->twice[i] = pl_arena_copy(counted->arena, id->texts[0]);
        if (counted->twice[i].ptr == NULL)
            return pl_arena_error(counted->arena, "an id", error);
    }
    return PL_OK;
}

static void add_ids(const struct side *side, struct pl_str rows, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, "(SELECT id, count(*) AS n FROM (SELECT CAST(");
    pl_sql_identifier(sql, side->id);
    pl_buffer_add_text(sql, " AS VARCHAR) AS id FROM ");
    pl_buffer_add(sql, rows);
    pl_buffer_add_text(sql, ") GROUP BY id)");
}

static enum pl_status count_ids(struct work *work, struct counted *counted, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer rows = {0};
    struct pl_buffer *sql = &work->sql;

    pl_buffer_init(&rows, PL_SQL_SIZE_BYTES_MAX);
    add_rows(&work->here, work->join->line->data.where, &rows);
    pl_buffer_add_text(sql,
                       "SELECT count(*) FILTER (WHERE d.n IS NOT NULL AND b.n IS NOT NULL), "
                       "CAST(coalesce(sum(d.n) FILTER (WHERE b.n IS NULL), 0) AS BIGINT), "
                       "CAST(coalesce(sum(b.n) FILTER (WHERE d.n IS NULL), 0) AS BIGINT), "
                       "min(d.id) FILTER (WHERE d.n > 1), "
                       "CAST(coalesce(arg_min(d.n, d.id) FILTER (WHERE d.n > 1), 0) AS BIGINT), "
                       "min(b.id) FILTER (WHERE b.n > 1), "
                       "CAST(coalesce(arg_min(b.n, b.id) FILTER (WHERE b.n > 1), 0) AS BIGINT) "
                       "FROM ");
    add_ids(&work->here, pl_buffer_view(&rows), sql);
    pl_buffer_add_text(sql, " AS d FULL JOIN ");
    add_ids(&work->there, work->there.source, sql);
    pl_buffer_add_text(sql, " AS b ON d.id = b.id");
    PL_RETURN_IF(pl_buffer_check(&rows, "an SQL statement", error));
    PL_RETURN_IF(pl_buffer_check(sql, "an SQL statement", error));
    return work->plan->driver->query(work->plan->connection, pl_buffer_view(sql), take_counts,
                                     counted, error);
}

static enum pl_status check_counts(const struct work *work, const struct counted *counted,
                                   struct pl_error *error)
{
    const struct side *sides[] = {&work->here, &work->there};
    const struct pl_line *line = work->join->line;

    for (int i = 0; i < 2; i++)
        if (counted->twice[i].len > 0)
            return pl_line_error(
                line, i == 0 ? line->data.id_place : work->join->baseline->place, PL_E_DATA, error,
                "%.*s: the id `%.*s` in column `%.*s` names %lld decisions; each "
                "id must name one, or take `id` out to compare two samples",
                PL_STR_ARG(pl_line_path_shown(sides[i]->path)), PL_STR_ARG(counted->twice[i]),
                PL_STR_ARG(sides[i]->id), (long long)counted->times[i]);
    if (counted->matching.matched > 0)
        return PL_OK;
    return pl_line_error(line, work->join->baseline->place, PL_E_DATA, error,
                         "no id in column `%.*s` of %.*s is in column `%.*s` of %.*s, so no "
                         "decisions can be compared; take `id` out to compare two samples",
                         PL_STR_ARG(sides[0]->id), PL_STR_ARG(pl_line_path_shown(sides[0]->path)),
                         PL_STR_ARG(sides[1]->id), PL_STR_ARG(pl_line_path_shown(sides[1]->path)));
}

/* The id columns must be there before the engine is asked about them. */
static enum pl_status match(struct work *work, struct counted *counted, struct pl_error *error)
{
    PL_RETURN_IF(read_sides(work, error));
    PL_RETURN_IF(need(work, &work->here, work->here.id, error));
    PL_RETURN_IF(need(work, &work->there, work->there.id, error));
    PL_RETURN_IF(count_ids(work, counted, error));
    return check_counts(work, counted, error);
}

enum pl_status pl_join_match(const struct pl_join *join, uint32_t threads, struct pl_arena *arena,
                             struct pl_matching *ret_matching, struct pl_error *error)
{
    struct pl_plan *plan = pl_arena_alloc(arena, sizeof *plan);
    struct work work = {.plan = plan, .join = join, .arena = arena};
    struct counted counted = {.arena = arena};

    if (plan == NULL)
        return pl_arena_error(arena, "the plan", error);
    PL_RETURN_IF(pl_plan_open(join->line, join, threads, arena, plan, error));
    pl_buffer_init(&work.sql, PL_SQL_SIZE_BYTES_MAX);

    const enum pl_status status = match(&work, &counted, error);

    pl_buffer_deinit(&work.sql);
    pl_plan_deinit(plan);
    if (status != PL_OK)
        return status;
    counted.matching.pairing = PL_PAIRED_BY_ID;
    *ret_matching = counted.matching;
    return PL_OK;
}
