/*
 * Labelled decisions for a fit of a cascade. The file has a row for each request and tier: the id of
 * the request, the model, its signal, whether its answer is right (0 or 1, or a score between), and
 * what the call cost; further columns are of the request, and the line's rules may speak of them. One
 * statement counts the requests, and one more, with a GROUP BY, makes a row of each.
 */
#include "cli/route_data.h"

#include "condition/condition.h"
#include "line/serving.h"
#include "warehouse/driver.h"

#include <math.h>
#include <string.h>

#define SQL_SIZE_BYTES_MAX ((size_t)1 << 20)

#define RULES_PER_COLUMN 32 /* truths of rules that one integer carries */
#define TIER_COLUMNS     4  /* rows, signal, right, cost */
#define FIRST_TIER       2  /* behind the id and the group */

_Static_assert(FIRST_TIER + PL_CASCADE_TIERS_MAX * TIER_COLUMNS +
                       PL_CASCADE_RULES_MAX / RULES_PER_COLUMN <=
                   PL_BATCH_COLUMNS_MAX,
               "every column of the statement fits into a batch");

struct arrays {
    double *signals;
    double *right;
    double *costs;
    bool has_signal;
};

struct reading {
    const struct pl_line *line;
    const struct pl_route *route;
    const char *file;
    const struct pl_route_columns *names;
    struct pl_arena *arena;
    const struct pl_driver *driver;
    struct pl_connection *connection;
    struct pl_columns columns; /* of the file */
    struct pl_route_data *data;
    size_t count; /* requests: as they were counted, and then as they come */
    size_t taken;
    uint64_t without_id;
    uint64_t *ids;
    uint64_t *groups;
    struct arrays tiers[PL_CASCADE_TIERS_MAX];
    const struct pl_route_rule *rules[PL_CASCADE_RULES_MAX];
    bool *holds[PL_CASCADE_RULES_MAX];
    size_t rules_count;
};

/* ---- names of columns ---- */

static struct pl_str *name_of(struct pl_route_columns *columns, struct pl_str name)
{
    const struct {
        const char *name;
        struct pl_str *column;
    } names[] = {
        {"id", &columns->id},       {"model", &columns->model}, {"signal", &columns->signal},
        {"right", &columns->right}, {"cost", &columns->cost},   {"group", &columns->group},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (pl_str_equal_text(name, names[i].name))
            return names[i].column;
    return NULL;
}

enum pl_status pl_route_columns_read(const struct pl_line *line, const struct pl_texts *texts,
                                     struct pl_route_columns *ret_columns, struct pl_error *error)
{
    struct pl_route_columns columns = {
        .id = PL_STR("id"),
        .model = PL_STR("model"),
        .signal = PL_STR("signal"),
        .right = PL_STR("right"),
        .cost = PL_STR("cost"),
        .group = line->data.group,
    };

    for (size_t i = 0; i < texts->count; i++) {
        const char *equals = strchr(texts->items[i], '=');
        const size_t length = equals == NULL ? 0 : (size_t)(equals - texts->items[i]);
        struct pl_str *column = name_of(&columns, (struct pl_str){texts->items[i], length});

        if (column == NULL || equals[1] == '\0')
            return pl_error_set(
                error, PL_E_USAGE,
                "`--column %s`: write NAME=COLUMN, where NAME is id, model, signal, "
                "right, cost or group",
                texts->items[i]);
        *column = pl_str_of(equals + 1);
    }
    *ret_columns = columns;
    return PL_OK;
}

static const struct pl_column *find_column(const struct reading *reading, struct pl_str name)
{
    for (size_t i = 0; i < reading->columns.count; i++)
        if (pl_str_equal(reading->columns.items[i].name, name))
            return &reading->columns.items[i];
    return NULL;
}

static enum pl_status need_column(const struct reading *reading, const char *what,
                                  struct pl_str name, struct pl_error *error)
{
    const size_t count = reading->columns.count;
    const char **names = pl_arena_alloc_array(reading->arena, count + 1, sizeof *names);
    const char *nearest = NULL;

    if (find_column(reading, name) != NULL)
        return PL_OK;
    for (size_t i = 0; names != NULL && i < count; i++)
        names[i] = pl_arena_copy(reading->arena, reading->columns.items[i].name).ptr;
    if (names != NULL)
        nearest = pl_str_nearest(name, names, count);
    return pl_error_set(error, PL_E_DATA,
                        "%s has no column `%.*s`%s%s%s; a row is one request at one tier, and "
                        "`--column %s=COLUMN` says where its %s stands",
                        reading->file, PL_STR_ARG(name), nearest == NULL ? "" : " (did you mean `",
                        nearest == NULL ? "" : nearest, nearest == NULL ? "" : "`?)", what, what);
}

static enum pl_status check_columns(const struct reading *reading, struct pl_error *error)
{
    const struct pl_route_columns *names = reading->names;

    PL_RETURN_IF(need_column(reading, "id", names->id, error));
    PL_RETURN_IF(need_column(reading, "model", names->model, error));
    PL_RETURN_IF(need_column(reading, "signal", names->signal, error));
    PL_RETURN_IF(need_column(reading, "right", names->right, error));
    PL_RETURN_IF(need_column(reading, "cost", names->cost, error));
    /* Requests that belong together must not be taken for independent because a column is not there. */
    return names->group.len == 0 ? PL_OK : need_column(reading, "group", names->group, error);
}

static bool is_among(const struct pl_str *texts, size_t count, struct pl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (pl_str_equal(texts[i], name))
            return true;
    return false;
}

/* Ids, models and groups are text as it stands in the file: `007` is not `7`. */
static size_t choose_texts(const struct reading *reading, struct pl_str *texts)
{
    const struct pl_str names[] = {reading->names->id, reading->names->model,
                                   reading->names->group};
    size_t count = 0;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct pl_column *column = find_column(reading, names[i]);

        if (column != NULL && column->type != PL_TYPE_OTHER && !is_among(texts, count, names[i]))
            texts[count++] = names[i];
    }
    return count;
}

/* ---- rules ---- */

/* Keeps the rules whose columns are there; the others are counted. */
static enum pl_status choose_rules(struct reading *reading, struct pl_error *error)
{
    const struct pl_route *route = reading->route;

    for (size_t r = 0; r < route->rules_count; r++) {
        struct pl_condition *condition;
        const struct pl_str *columns;
        bool is_there = true;
        size_t count;

        if (pl_condition_compile(route->rules[r].when, reading->arena, &condition, error) != PL_OK)
            return pl_error_locate(error, reading->line->file, route->rules[r].place.line,
                                   route->rules[r].place.column);
        columns = pl_condition_columns(condition, &count);
        for (size_t i = 0; i < count; i++)
            is_there = is_there && find_column(reading, columns[i]) != NULL;
        if (is_there)
            reading->rules[reading->rules_count++] = &route->rules[r];
    }
    reading->data->rules_unread = route->rules_count - reading->rules_count;
    return PL_OK;
}

/* ---- statements ---- */

static enum pl_status add_source(const struct reading *reading, struct pl_buffer *sql,
                                 struct pl_error *error)
{
    struct pl_str texts[3];
    const struct pl_source_options options = {
        .path = pl_str_of(reading->file),
        .text_columns = texts,
        .text_columns_count = choose_texts(reading, texts),
        .columns = reading->columns,
    };

    pl_buffer_add_text(sql, " FROM ");
    PL_RETURN_IF(reading->driver->source(reading->connection, &options, sql, error));
    pl_buffer_add_text(sql, " WHERE CAST(");
    pl_sql_identifier(sql, reading->names->model);
    pl_buffer_add_text(sql, " AS VARCHAR) IN (");
    for (size_t t = 0; t < reading->route->tiers_count; t++) {
        pl_buffer_add_text(sql, t == 0 ? "" : ", ");
        pl_sql_string(sql, reading->route->tiers[t].model->name);
    }
    pl_buffer_add_char(sql, ')');
    return PL_OK;
}

static void add_text_column(struct pl_buffer *sql, struct pl_str name)
{
    pl_buffer_add_text(sql, "CAST(");
    pl_sql_identifier(sql, name);
    pl_buffer_add_text(sql, " AS VARCHAR)");
}

static void add_figure(const struct reading *reading, struct pl_buffer *sql, struct pl_str column,
                       size_t tier)
{
    pl_buffer_add_text(sql, ", max(CAST(");
    pl_sql_identifier(sql, column);
    pl_buffer_add_text(sql, " AS DOUBLE)) FILTER (WHERE CAST(");
    pl_sql_identifier(sql, reading->names->model);
    pl_buffer_add_text(sql, " AS VARCHAR) = ");
    pl_sql_string(sql, reading->route->tiers[tier].model->name);
    pl_buffer_add_char(sql, ')');
}

static void add_tier(const struct reading *reading, struct pl_buffer *sql, size_t tier)
{
    pl_buffer_add_text(sql, ", CAST(count(*) FILTER (WHERE CAST(");
    pl_sql_identifier(sql, reading->names->model);
    pl_buffer_add_text(sql, " AS VARCHAR) = ");
    pl_sql_string(sql, reading->route->tiers[tier].model->name);
    pl_buffer_add_text(sql, ") AS BIGINT)");
    add_figure(reading, sql, reading->names->signal, tier);
    add_figure(reading, sql, reading->names->right, tier);
    add_figure(reading, sql, reading->names->cost, tier);
}

/* Columns of so many truths each; a rule is of the request, and its rows agree. */
static void add_rules(const struct reading *reading, struct pl_buffer *sql)
{
    for (size_t r = 0; r < reading->rules_count; r++) {
        const size_t bit = r % RULES_PER_COLUMN;

        pl_buffer_add_text(sql, bit == 0 ? ", CAST(" : " + ");
        pl_buffer_add_format(sql, "CASE WHEN bool_or(\n(%.*s)\n) THEN %llu ELSE 0 END",
                             PL_STR_ARG(reading->rules[r]->when), 1ULL << bit);
        if (bit + 1 == RULES_PER_COLUMN || r + 1 == reading->rules_count)
            pl_buffer_add_text(sql, " AS BIGINT)");
    }
}

static enum pl_status make_count(const struct reading *reading, struct pl_buffer *sql,
                                 struct pl_error *error)
{
    pl_buffer_add_text(sql, "SELECT CAST(count(DISTINCT ");
    add_text_column(sql, reading->names->id);
    pl_buffer_add_text(sql, ") AS BIGINT), CAST(count(*) FILTER (WHERE ");
    pl_sql_identifier(sql, reading->names->id);
    pl_buffer_add_text(sql, " IS NULL) AS BIGINT)");
    PL_RETURN_IF(add_source(reading, sql, error));
    return pl_buffer_check(sql, "an SQL statement", error);
}

static enum pl_status make_select(const struct reading *reading, struct pl_buffer *sql,
                                  struct pl_error *error)
{
    pl_buffer_add_text(sql, "SELECT ");
    add_text_column(sql, reading->names->id);
    pl_buffer_add_text(sql, " AS request, ");
    if (reading->names->group.len > 0) {
        pl_buffer_add_text(sql, "min(");
        add_text_column(sql, reading->names->group);
        pl_buffer_add_char(sql, ')');
    } else {
        pl_buffer_add_text(sql, "''");
    }
    for (size_t t = 0; t < reading->route->tiers_count; t++)
        add_tier(reading, sql, t);
    add_rules(reading, sql);
    PL_RETURN_IF(add_source(reading, sql, error));
    pl_buffer_add_text(sql, " GROUP BY request ORDER BY request");
    return pl_buffer_check(sql, "an SQL statement", error);
}

/* ---- rows ---- */

static enum pl_status take_count(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct reading *reading = context;

    (void)error;
    if (batch->rows_count > 0) {
        reading->count = (size_t)batch->columns[0].integers[0];
        reading->without_id = (uint64_t)batch->columns[1].integers[0];
    }
    return PL_OK;
}

static double real_at(const struct pl_vector *vector, size_t row)
{
    return pl_vector_valid(vector->valid, row) ? vector->reals[row] : (double)NAN;
}

static enum pl_status refuse_value(const struct reading *reading, const struct pl_batch *batch,
                                   size_t row, size_t tier, const char *what,
                                   struct pl_error *error)
{
    return pl_error_set(error, PL_E_DATA, "%s: request `%.*s` at `%.*s`: %s", reading->file,
                        PL_STR_ARG(batch->columns[0].texts[row]),
                        PL_STR_ARG(reading->route->tiers[tier].model->name), what);
}

static enum pl_status take_tier(struct reading *reading, const struct pl_batch *batch, size_t row,
                                size_t tier, struct pl_error *error)
{
    const struct pl_vector *columns = &batch->columns[FIRST_TIER + tier * TIER_COLUMNS];
    struct arrays *arrays = &reading->tiers[tier];
    const double signal = real_at(&columns[1], row);
    const double right = real_at(&columns[2], row);
    const double cost = real_at(&columns[3], row);

    if (columns[0].integers[row] > 1)
        return refuse_value(reading, batch, row, tier,
                            "there is more than one row; one for each request and tier is needed",
                            error);
    if (!isnan(right) && !(right >= 0.0 && right <= 1.0))
        return refuse_value(reading, batch, row, tier,
                            "whether it is right must be 0 or 1, or a score between", error);
    if (!isnan(cost) && !(cost >= 0.0 && isfinite(cost)))
        return refuse_value(reading, batch, row, tier, "a cost must be a number of at least 0",
                            error);
    arrays->signals[reading->taken] = signal;
    arrays->right[reading->taken] = right;
    arrays->costs[reading->taken] = cost;
    arrays->has_signal = arrays->has_signal || isfinite(signal);
    return PL_OK;
}

/* A request without a group is one of its own. */
static uint64_t group_at(const struct reading *reading, const struct pl_batch *batch, size_t row)
{
    const struct pl_vector *groups = &batch->columns[1];

    return pl_vector_valid(groups->valid, row) ? pl_str_hash(groups->texts[row])
                                               : reading->ids[reading->taken];
}

static void take_rules(struct reading *reading, const struct pl_batch *batch, size_t row)
{
    const size_t first = FIRST_TIER + reading->route->tiers_count * TIER_COLUMNS;

    for (size_t r = 0; r < reading->rules_count; r++) {
        const struct pl_vector *truths = &batch->columns[first + r / RULES_PER_COLUMN];

        reading->holds[r][reading->taken] =
            (truths->integers[row] >> (r % RULES_PER_COLUMN) & 1) != 0;
    }
}

static enum pl_status take_batch(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct reading *reading = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        if (reading->taken == reading->count)
            return pl_error_set(error, PL_E_DATA, "%s has changed while it was read; try again",
                                reading->file);
        reading->ids[reading->taken] = pl_str_hash(batch->columns[0].texts[row]);
        reading->groups[reading->taken] = group_at(reading, batch, row);
        for (size_t t = 0; t < reading->route->tiers_count; t++)
            PL_RETURN_IF(take_tier(reading, batch, row, t, error));
        take_rules(reading, batch, row);
        reading->taken++;
    }
    return PL_OK;
}

/* ---- all of it ---- */

static enum pl_status make_arrays(struct reading *reading, struct pl_error *error)
{
    struct pl_arena *arena = reading->arena;
    const size_t count = reading->count;
    bool is_made = true;

    reading->ids = pl_arena_alloc_array(arena, count, sizeof *reading->ids);
    reading->groups = pl_arena_alloc_array(arena, count, sizeof *reading->groups);
    for (size_t t = 0; t < reading->route->tiers_count; t++) {
        struct arrays *arrays = &reading->tiers[t];

        arrays->signals = pl_arena_alloc_array(arena, count, sizeof *arrays->signals);
        arrays->right = pl_arena_alloc_array(arena, count, sizeof *arrays->right);
        arrays->costs = pl_arena_alloc_array(arena, count, sizeof *arrays->costs);
        is_made =
            is_made && arrays->signals != NULL && arrays->right != NULL && arrays->costs != NULL;
    }
    for (size_t r = 0; r < reading->rules_count; r++) {
        reading->holds[r] = pl_arena_alloc_array(arena, count, sizeof *reading->holds[r]);
        is_made = is_made && reading->holds[r] != NULL;
    }
    if (!is_made || reading->ids == NULL || reading->groups == NULL)
        return pl_arena_error(arena, "the labelled decisions", error);
    return PL_OK;
}

/* Hands the arrays over. */
static enum pl_status finish(struct reading *reading, struct pl_error *error)
{
    const size_t tiers_count = reading->route->tiers_count;
    struct pl_cascade_tier *tiers =
        pl_arena_alloc_array(reading->arena, tiers_count, sizeof *tiers);
    struct pl_cascade_rule *rules =
        pl_arena_alloc_array(reading->arena, reading->rules_count, sizeof *rules);

    if (tiers == NULL || rules == NULL)
        return pl_arena_error(reading->arena, "the labelled decisions", error);
    for (size_t t = 0; t < tiers_count; t++) {
        const struct arrays *arrays = &reading->tiers[t];
        const bool has_none = !arrays->has_signal && t + 1 == tiers_count;

        tiers[t] = (struct pl_cascade_tier){
            .model = reading->route->tiers[t].model->name,
            .signals = has_none ? NULL : arrays->signals,
            .right = arrays->right,
            .costs = arrays->costs,
        };
    }
    for (size_t r = 0; r < reading->rules_count; r++)
        rules[r] = (struct pl_cascade_rule){reading->rules[r]->when, reading->rules[r]->tier,
                                            reading->holds[r]};
    reading->data->cascade = (struct pl_cascade_data){
        .count = reading->taken,
        .ids = reading->ids,
        .groups = reading->names->group.len > 0 ? reading->groups : NULL,
        .tiers = tiers,
        .tiers_count = tiers_count,
        .rules = rules,
        .rules_count = reading->rules_count,
    };
    return PL_OK;
}

static enum pl_status describe(struct reading *reading, struct pl_error *error)
{
    const struct pl_source_options options = {.path = pl_str_of(reading->file)};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer source = {0};
    struct pl_error cause = {0};

    pl_buffer_init(&source, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(reading->driver->source(reading->connection, &options, &source, error));
    if (reading->driver->describe(reading->connection, pl_buffer_view(&source), reading->arena,
                                  &reading->columns, &cause) != PL_OK)
        return pl_error_set(error, PL_E_DATA, "%s cannot be read: %.400s", reading->file,
                            cause.message);
    return PL_OK;
}

typedef enum pl_status (*make_statement)(const struct reading *reading, struct pl_buffer *sql,
                                         struct pl_error *error);

static enum pl_status query(struct reading *reading, make_statement make, pl_batch_visit visit,
                            struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    enum pl_status status;

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(make(reading, &sql, error));
    status =
        reading->driver->query(reading->connection, pl_buffer_view(&sql), visit, reading, error);
    if (status == PL_E_ENGINE) {
        const struct pl_error cause = *error;

        return pl_error_set(error, PL_E_DATA, "%s cannot be read as decisions of tiers: %.600s",
                            reading->file, cause.message);
    }
    return status;
}

static enum pl_status check_count(const struct reading *reading, struct pl_error *error)
{
    if (reading->without_id > 0)
        return pl_error_set(error, PL_E_DATA, "%s has %llu rows without an id in `%.*s`",
                            reading->file, (unsigned long long)reading->without_id,
                            PL_STR_ARG(reading->names->id));
    if (reading->count == 0)
        return pl_error_set(error, PL_E_DATA,
                            "%s has no row of a tier: `%.*s` never is the name of a model of "
                            "`route.tiers`, such as `%.*s`",
                            reading->file, PL_STR_ARG(reading->names->model),
                            PL_STR_ARG(reading->route->tiers[0].model->name));
    if (reading->count > PL_ROUTE_REQUESTS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "%s has %zu requests; at most %d are taken",
                            reading->file, reading->count, PL_ROUTE_REQUESTS_MAX);
    return PL_OK;
}

static enum pl_status read_all(struct reading *reading, struct pl_error *error)
{
    PL_RETURN_IF(describe(reading, error));
    PL_RETURN_IF(check_columns(reading, error));
    PL_RETURN_IF(choose_rules(reading, error));
    PL_RETURN_IF(query(reading, make_count, take_count, error));
    PL_RETURN_IF(check_count(reading, error));
    PL_RETURN_IF(make_arrays(reading, error));
    PL_RETURN_IF(query(reading, make_select, take_batch, error));
    return finish(reading, error);
}

enum pl_status pl_route_data_read(const struct pl_line *line, const char *file,
                                  const struct pl_route_columns *columns, struct pl_arena *arena,
                                  struct pl_route_data *ret_data, struct pl_error *error)
{
    const struct pl_connection_options options = {.threads = 1, .source = file};
    struct pl_route_data data = {.rules_unread = 0};
    struct reading reading = {
        .line = line,
        .route = &line->serving->route,
        .file = file,
        .names = columns,
        .arena = arena,
        .driver = pl_driver_for(pl_str_of(file)),
        .data = &data,
    };
    enum pl_status status;

    if (pl_str_starts_with(pl_str_of(file), PL_STR("ledger:")))
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "the ledger has labels of the answers that were delivered only, and a "
                            "fit needs one of every tier for the same requests: ask all tiers for "
                            "a random share of requests, label their answers, and give the file");
    if (reading.driver == NULL)
        return pl_error_set(error, PL_E_DATA,
                            "%s is not a file of a known kind: .csv, .tsv, .jsonl, .ndjson or "
                            ".parquet, also with .gz or .zst",
                            file);
    PL_RETURN_IF(reading.driver->open(&options, &reading.connection, error));
    status = read_all(&reading, error);
    reading.driver->close(reading.connection);
    PL_RETURN_IF(status);
    *ret_data = data;
    return PL_OK;
}
