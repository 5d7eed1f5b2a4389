/* Reading a line from end to end: bytes to nodes, nodes to the struct by the table of keys, and
   then the few things that take more than one section: limits, the title, columns named twice. */
#include <string.h>

#include "base/file.h"
#include "line/problem.h"
#include "line/reader.h"

static struct pl_str folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return PL_STR(".");
    return (struct pl_str){path, slash == path ? 1 : (size_t)(slash - path)};
}

/* An id names one decision, and a row with a count is many. */
static void check_id(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_node *id =
        pl_node_child(pl_node_child(pl_node_child(root, "data"), "columns"), "id");

    if (id != NULL && reader->line->data.count.len > 0)
        pl_reader_fault_key(reader, id, PL_STR("take out `id` or `count`"),
                            "names one decision, and `count` says that a row stands for many");
}

/* A label that is also the answer would find every feature perfect. */
static void check_columns(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_data *data = &reader->line->data;
    const struct pl_node *columns = pl_node_child(pl_node_child(root, "data"), "columns");
    const struct {
        const char *name;
        struct pl_str column;
    } ANSWERS[] = {{"score", data->score}, {"prediction", data->prediction}};

    for (size_t i = 0; i < sizeof ANSWERS / sizeof *ANSWERS; i++) {
        const struct pl_node *node = pl_node_child(columns, ANSWERS[i].name);

        if (node != NULL && data->label.len > 0 && pl_str_equal(data->label, ANSWERS[i].column))
            pl_reader_fault(reader, node, PL_STR("name the column that the feature itself gave"),
                            "is the label's column too, so the feature would always be right");
    }
    if (data->task == PL_TASK_REGRESSION && data->score.len > 0 && data->prediction.len > 0)
        pl_reader_fault(reader, pl_node_child(columns, "score"), PL_STR("leave out one of them"),
                        "names the predicted number, and so does `prediction`");
}

/* Something must be judged or served: decisions, evals, or live traffic. */
static void check_data(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_node *limits = pl_node_child(root, "limits");
    const bool serves = pl_node_child(root, "route") != NULL ||
                        pl_node_child(root, "flag") != NULL || pl_node_child(root, "serve") != NULL;

    if (pl_node_child(root, "data") != NULL)
        return;
    if (pl_node_child(root, "evals") == NULL && !serves)
        pl_reader_fault_missing(
            reader, root, pl_node_child(root, "models") == NULL ? "data" : "route",
            pl_node_child(root, "models") == NULL
                ? PL_STR("write `data: {decisions: decisions.csv}`")
                : PL_STR("write `route: {tiers: [{model: NAME}]}` to serve its models, or `data` "
                         "or `evals` to judge them"));
    else if (limits != NULL)
        pl_reader_fault_key(reader, limits, PL_STR("add `data`, or move them into the suite"),
                            "are of decisions, and the line has no section `data`");
}

/* `launch.by` speaks of segments, which are known by now. */
static void read_launch(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_node *node = pl_node_child(pl_node_child(root, "launch"), "by");
    const struct pl_node *release = pl_node_child(pl_node_child(root, "release"), "launch");
    struct pl_launch_by *launch = &reader->line->launch;
    struct pl_by by = {0};

    if (reader->line->release.launch != PL_DECIDES_OVERALL && !launch->given)
        pl_reader_fault(reader, release, PL_STR("add `launch: {by: SEGMENT}`"),
                        "speaks of the slices of a launch, and the line has no section `launch`");
    if (node == NULL || launch->by.len == 0 || !pl_by_read(reader, node, &by))
        return;
    if (by.every || by.count != 1)
        pl_reader_fault(reader, node, PL_STR("for example `by: language`"),
                        "must be one segment or one crossing");
    else
        launch->crossing = by.crossings[0];
}

/* The strata are one of the segments. */
static void check_strata(struct pl_reader *reader, const struct pl_node *root)
{
    const struct pl_data *data = &reader->line->data;
    const struct pl_node *node = pl_node_child(pl_node_child(root, "data"), "strata");
    const char *names[PL_SEGMENTS_MAX];

    if (node == NULL || data->strata.len == 0)
        return;
    for (size_t i = 0; i < data->segments_count; i++) {
        if (pl_str_equal(data->segments[i].name, data->strata))
            return;
        names[i] = pl_reader_quote(reader, data->segments[i].name).ptr;
    }
    pl_reader_fault(reader, node,
                    data->segments_count == 0
                        ? PL_STR("name the segments in `data.segments`")
                        : pl_reader_hint(reader, data->strata, names, data->segments_count),
                    "names the segment `%s`, which is not in `data.segments`",
                    pl_reader_quote(reader, data->strata).ptr);
}

static void read_root(struct pl_reader *reader, const struct pl_node *root)
{
    struct pl_line *line = reader->line;

    if (root->kind != PL_NODE_MAP) {
        pl_reader_fault(reader, root, PL_STR("`plimsoll init` writes a line to start from"),
                        "the file is %s, and a line is a map of keys",
                        pl_node_kind_name(root->kind));
        return;
    }
    pl_section_defaults(reader, PL_SECTION_TOP, line);
    (void)pl_section_read(reader, PL_SECTION_TOP, root, line);
    check_data(reader, root);
    check_columns(reader, root);
    read_launch(reader, root);
    check_strata(reader, root);
    if (reader->costs_node != NULL)
        pl_costs_read(reader, reader->costs_node);
    check_id(reader, root);
    pl_baselines_read(reader, reader->baselines_node);
    if (reader->limits_node != NULL)
        pl_limits_read(reader, reader->limits_node);
    if (line->title.len == 0)
        line->title = line->feature;
    pl_evals_read(reader);
    pl_serving_read(reader, root);
}

static enum pl_status locate(enum pl_status status, const char *name, struct pl_error *error)
{
    if (error != NULL)
        pl_error_locate(error, name, error->line, error->column);
    return status;
}

static enum pl_status parse(struct pl_reader *reader, struct pl_error *error)
{
    const struct pl_node *root = NULL;
    const struct pl_line *line = reader->line;
    const enum pl_status status =
        pl_yaml_parse(line->text, reader->arena, &root, reader->problems, error);

    if (status != PL_OK && status != PL_E_LINE)
        return locate(status, line->file, error);
    if (status == PL_OK)
        read_root(reader, root);
    if (reader->status != PL_OK)
        return locate(pl_arena_error(reader->arena, "the line", error), line->file, error);
    if (reader->problems->count == 0)
        return PL_OK;
    pl_problems_sort(reader->problems);
    return pl_problems_error(reader->problems, line->file, error);
}

enum pl_status pl_line_parse(struct pl_str text, const char *name, struct pl_arena *arena,
                             struct pl_line **ret_line, struct pl_problems *ret_problems,
                             struct pl_error *error)
{
    struct pl_line *line = pl_arena_alloc(arena, sizeof *line);
    const struct pl_str file = pl_arena_copy(arena, pl_str_of(name));

    ret_problems->count = 0;
    if (line == NULL || file.ptr == NULL)
        return locate(pl_arena_error(arena, "the line", error), name, error);
    if (text.len > PL_LINE_SIZE_BYTES_MAX)
        return locate(pl_error_set(error, PL_E_LIMIT,
                                   "the line is %zu bytes; at most %zu are allowed", text.len,
                                   PL_LINE_SIZE_BYTES_MAX),
                      name, error);
    line->file = file.ptr;
    line->folder = folder_of(file.ptr);
    line->text = text;

    struct pl_reader reader = {.arena = arena, .problems = ret_problems, .line = line};

    PL_RETURN_IF(parse(&reader, error));
    *ret_line = line;
    return PL_OK;
}

enum pl_status pl_line_read(const char *path, struct pl_arena *arena, struct pl_line **ret_line,
                            struct pl_problems *ret_problems, struct pl_error *error)
{
    struct pl_str text;

    ret_problems->count = 0;

    const enum pl_status status = pl_file_read(path, PL_LINE_SIZE_BYTES_MAX, arena, &text, error);

    if (status != PL_OK)
        return locate(status, path, error);
    return pl_line_parse(text, path, arena, ret_line, ret_problems, error);
}
