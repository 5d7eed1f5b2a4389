/* models and evals: maps of entries, read when the rest of the line is known. Each suite becomes a line of
   its own, with the suite's segments and limits and the evidence of the whole, so that its results
   are measured and judged by the same engine as everything else. */
#include "line/evals.h"

#include "line/serving_rows.h"

#include <string.h>

#define NAME_LENGTH_MAX 64
#define KEY_PREFIX      "env:"

const struct pl_model *pl_model_find(const struct pl_evals *evals, struct pl_str name)
{
    for (size_t i = 0; evals != NULL && i < evals->models_count; i++)
        if (pl_str_equal(evals->models[i].name, name))
            return &evals->models[i];
    return NULL;
}

const struct pl_suite *pl_suite_find(const struct pl_evals *evals, struct pl_str name)
{
    for (size_t i = 0; evals != NULL && i < evals->suites_count; i++)
        if (pl_str_equal(evals->suites[i].name, name))
            return &evals->suites[i];
    return NULL;
}

const char *pl_scorer_kind_name(enum pl_scorer_kind kind)
{
    return pl_word_name(&PL_WORDS_SCORER, kind);
}

bool pl_scorer_is_measured(const struct pl_scorer *scorer)
{
    const bool passes =
        scorer->form == PL_JUDGE_PASS_FAIL ||
        (scorer->form == PL_JUDGE_SCALE && (scorer->min_given || scorer->max_given));

    return scorer->kind == PL_SCORER_JUDGE && scorer->human.len > 0 && passes;
}

const struct pl_scorer *pl_suite_labelled(const struct pl_suite *suite)
{
    for (size_t i = 0; i < suite->scorers_count; i++)
        if (suite->scorers[i].kind == PL_SCORER_CLASSIFICATION ||
            pl_scorer_is_measured(&suite->scorers[i]))
            return &suite->scorers[i];
    return NULL;
}

bool pl_suite_is_builtin(const struct pl_suite *suite)
{
    return pl_str_equal_text(suite->cases, "redteam");
}

bool pl_line_is_judged(const struct pl_line *line)
{
    return line->data.decisions.len > 0 || (line->evals != NULL && line->evals->suites_count > 0);
}

/* Names become folders, columns and measures: letters, digits and a few signs between them. */
bool pl_reader_is_name(struct pl_str name)
{
    if (name.len == 0 || name.len > NAME_LENGTH_MAX || name.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '+'))
            return false;
    }
    return true;
}

static bool check_name(struct pl_reader *reader, const struct pl_node *node)
{
    if (pl_reader_is_name(node->key))
        return true;
    pl_reader_fault_key(reader, node, PL_STR("use letters, digits, `_` and `-`, at most 64"),
                        "is no name");
    return false;
}

/* Whether one more entry of a map may be read; a fault when it may not. */
static bool has_room(struct pl_reader *reader, const struct pl_node *entry, size_t count,
                     size_t most)
{
    if (count < most)
        return true;
    pl_reader_fault_key(reader, entry, PL_STR(""), "is one too many; at most %zu are allowed",
                        most);
    return false;
}

/* ---- models ---- */

static bool is_variable(struct pl_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (c >= '0' && c <= '9' && i > 0)))
            return false;
    }
    return name.len > 0;
}

/* A key that stands in the file is a key that leaks: the message does not say it back. */
static void read_key(struct pl_reader *reader, const struct pl_node *node, struct pl_model *model)
{
    const size_t prefix = strlen(KEY_PREFIX);
    struct pl_str name = model->key;

    if (name.len == 0)
        return;
    if (!pl_str_starts_with(name, PL_STR(KEY_PREFIX))) {
        model->key = PL_STR("");
        pl_reader_fault_key(reader, node,
                            PL_STR("put the key into an environment variable and write "
                                   "`env:NAME`; if a key stood here, revoke it"),
                            "must name an environment variable; keys never stand in the line");
        return;
    }
    name.ptr += prefix;
    name.len -= prefix;
    if (!is_variable(name))
        pl_reader_fault_key(reader, node, PL_STR("for example `env:MODELS_KEY`"),
                            "names no environment variable");
    model->key = name;
}

/* The address without slashes at its end, which is how it is used. */
static void check_endpoint(struct pl_reader *reader, const struct pl_node *node,
                           struct pl_str *endpoint)
{
    if (endpoint->len == 0)
        return;
    if (!pl_str_starts_with(*endpoint, PL_STR("https://")) &&
        !pl_str_starts_with(*endpoint, PL_STR("http://")))
        pl_reader_fault(reader, node, PL_STR("for example `https://models.internal/v1`"),
                        "is no address that starts with `https://` or `http://`");
    else if (memchr(endpoint->ptr, '@', endpoint->len) != NULL)
        pl_reader_fault_key(reader, node, PL_STR("give the key by `key: env:NAME`"),
                            "holds a name or a password");
    while (endpoint->len > 0 && endpoint->ptr[endpoint->len - 1] == '/')
        endpoint->len--;
}

/* One address, or several of equal servers; `endpoint` is the first of them either way. */
static void read_endpoints(struct pl_reader *reader, const struct pl_node *node,
                           struct pl_model *model)
{
    const struct pl_node *one = pl_node_child(node, "endpoint");
    const struct pl_node *several = pl_node_child(node, "endpoints");
    const size_t count = model->endpoints.count;
    struct pl_str *items = pl_reader_alloc(reader, count > 0 ? count : 1, sizeof *items);

    if (one == NULL && several == NULL)
        pl_reader_fault_missing(reader, node, "endpoint",
                                PL_STR("write `endpoint: https://models.internal/v1`"));
    else if (one != NULL && several != NULL)
        pl_reader_fault_key(reader, several, PL_STR("put all addresses into `endpoints`"),
                            "stands beside `endpoint`");
    else if (several != NULL && (count == 0 || count > PL_ENDPOINTS_MAX))
        pl_reader_fault(reader, several, PL_STR("for example `[http://10.0.0.1:8000/v1]`"),
                        "has %zu addresses; must have 1 to %d", count, PL_ENDPOINTS_MAX);
    if (items == NULL)
        return;
    items[0] = model->endpoint;
    if (one != NULL)
        check_endpoint(reader, one, &items[0]);
    for (size_t i = 0; i < count && several != NULL && one == NULL; i++) {
        items[i] = model->endpoints.items[i];
        check_endpoint(reader, several, &items[i]);
    }
    model->endpoint = items[0];
    model->endpoints = (struct pl_strs){items, one != NULL || count == 0 ? 1 : count};
}

static void read_model(struct pl_reader *reader, const struct pl_node *node, struct pl_model *model)
{
    const struct pl_node *key = pl_node_child(node, "key");
    const struct pl_node *parameters = pl_node_child(node, "parameters");

    pl_section_defaults(reader, PL_SECTION_MODEL, model);
    model->price.given = false;
    if (!check_name(reader, node) || !pl_section_read(reader, PL_SECTION_MODEL, node, model))
        return;
    if (key != NULL)
        read_key(reader, key, model);
    read_endpoints(reader, node, model);
    if (parameters != NULL && parameters->kind != PL_NODE_MAP)
        pl_reader_fault(reader, parameters, PL_STR("for example `{temperature: 0}`"),
                        "must be a map of members of the request");
    model->name = node->key;
    model->place = node->key_place;
    if (model->model.len == 0)
        model->model = model->name;
}

static void read_models(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_evals *evals)
{
    struct pl_model *models = pl_reader_alloc(reader, PL_MODELS_MAX, sizeof *models);

    evals->models = models;
    for (const struct pl_node *entry = node == NULL ? NULL : node->first;
         entry != NULL && models != NULL; entry = entry->next) {
        if (entry->repeated)
            continue;
        if (!has_room(reader, entry, evals->models_count, PL_MODELS_MAX))
            return;
        read_model(reader, entry, &models[evals->models_count++]);
    }
}

const struct pl_model *pl_reader_model(struct pl_reader *reader, const struct pl_node *node,
                                       struct pl_str name)
{
    const struct pl_evals *evals = reader->line->evals;
    const struct pl_model *model = pl_model_find(evals, name);
    const size_t count = evals == NULL ? 0 : evals->models_count;
    const char *names[PL_MODELS_MAX];

    if (model != NULL || node == NULL)
        return model;
    for (size_t i = 0; i < count; i++)
        names[i] = pl_reader_quote(reader, evals->models[i].name).ptr;
    pl_reader_fault(reader, node,
                    count == 0 ? PL_STR("describe it in the section `models`")
                               : pl_reader_hint(reader, name, names, count),
                    "is `%s`, which is not in `models`", pl_reader_quote(reader, name).ptr);
    return NULL;
}

/* ---- scorers ---- */

/* What a scorer cannot do without, or NULL when it has all. */
static const char *missing_of(const struct pl_scorer *scorer)
{
    const struct {
        enum pl_scorer_kind kind;
        const char *key;
        bool given;
    } NEEDS[] = {
        {PL_SCORER_REGEX, "pattern", scorer->pattern.len > 0},
        {PL_SCORER_JSON_SCHEMA, "file", scorer->file.len > 0},
        {PL_SCORER_COMMAND, "command", scorer->command.count > 0},
        {PL_SCORER_SEMANTIC_SIMILARITY, "model", scorer->model_name.len > 0},
        {PL_SCORER_JUDGE, "rubric", scorer->rubric.len > 0},
        {PL_SCORER_JUDGE, "model", scorer->model_name.len > 0},
    };

    for (size_t i = 0; i < sizeof NEEDS / sizeof *NEEDS; i++)
        if (NEEDS[i].kind == scorer->kind && !NEEDS[i].given)
            return NEEDS[i].key;
    return NULL;
}

static bool is_name_taken(const struct pl_scorer *scorers, size_t count, struct pl_str name)
{
    for (size_t i = 0; i < count; i++)
        if (pl_str_equal(scorers[i].name, name))
            return true;
    return false;
}

static void check_scorer(struct pl_reader *reader, const struct pl_node *node,
                         const struct pl_suite *suite, struct pl_scorer *scorer)
{
    const char *missing = missing_of(scorer);

    if (missing != NULL)
        pl_reader_fault_missing(
            reader, node, missing,
            pl_reader_format(reader, "a scorer `%s` needs it", pl_scorer_kind_name(scorer->kind)));
    if (scorer->model_name.len > 0)
        scorer->model = pl_reader_model(reader, pl_node_child(node, "model"), scorer->model_name);
    if (!pl_reader_is_name(scorer->name))
        pl_reader_fault(reader, pl_node_child(node, "name"),
                        PL_STR("use letters, digits, `_` and `-`, at most 64"), "is no name");
    else if (is_name_taken(suite->scorers, suite->scorers_count, scorer->name))
        pl_reader_fault(reader, node, PL_STR("give each a `name` of its own"),
                        "is called `%s`, as one before it",
                        pl_reader_quote(reader, scorer->name).ptr);
}

static void read_scorer(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_suite *suite, struct pl_scorer *scorer)
{
    const size_t before = reader->problems->count;

    pl_section_defaults(reader, PL_SECTION_SCORER, scorer);
    if (!pl_section_read(reader, PL_SECTION_SCORER, node, scorer) ||
        reader->problems->count > before)
        return;
    scorer->place = node->place;
    if (scorer->name.len == 0)
        scorer->name = pl_str_of(pl_scorer_kind_name(scorer->kind));
    check_scorer(reader, node, suite, scorer);
    suite->scorers_count++;
}

static void read_scorers(struct pl_reader *reader, const struct pl_node *node,
                         struct pl_suite *suite)
{
    struct pl_scorer *scorers = pl_reader_alloc(reader, PL_SCORERS_MAX, sizeof *scorers);

    suite->scorers = scorers;
    for (const struct pl_node *entry = node->first; entry != NULL && scorers != NULL;
         entry = entry->next) {
        if (suite->scorers_count == PL_SCORERS_MAX) {
            pl_reader_fault(reader, entry, PL_STR(""),
                            "is one scorer too many; at most %d are allowed", PL_SCORERS_MAX);
            return;
        }
        read_scorer(reader, entry, suite, &scorers[suite->scorers_count]);
    }
    if (node->count == 0)
        pl_reader_fault(reader, node, PL_STR("for example `[{scorer: exact}]`"), "is empty");
}

/* ---- suites ---- */

static void check_output(struct pl_reader *reader, const struct pl_node *node,
                         struct pl_suite *suite)
{
    const struct pl_node *output = pl_node_child(node, "output");
    const int sources =
        (suite->model_name.len > 0) + (suite->command.count > 0) + (suite->output_column.len > 0);

    if (output == NULL || output->kind != PL_NODE_MAP)
        return;
    if (sources != 1)
        pl_reader_fault_key(reader, output, PL_STR("for example `{model: small}`"),
                            "must have exactly one of `model`, `command` and `column`");
    else if (suite->output_file.len > 0 && suite->output_column.len == 0)
        pl_reader_fault_key(reader, output, PL_STR("add `column`"),
                            "has a `file` and does not say which `column` holds the outputs");
    else if (suite->output_file.len > 0 && suite->columns.id.len == 0)
        pl_reader_fault_key(reader, output, PL_STR("add `columns: {id: COLUMN}` to the suite"),
                            "has a `file`, whose outputs cannot be joined to cases without an id");
    if (suite->model_name.len > 0)
        suite->model = pl_reader_model(reader, pl_node_child(output, "model"), suite->model_name);
}

/* Recorded outputs are what they are: nothing is asked, and nothing is repeated. */
static void check_recorded(struct pl_reader *reader, const struct pl_node *node,
                           const struct pl_suite *suite)
{
    if (suite->output_column.len == 0)
        return;
    if (suite->prompt.len > 0)
        pl_reader_fault_key(reader, pl_node_child(node, "prompt"), PL_STR("take it out"),
                            "asks a model, and the outputs are recorded");
    if (suite->repeats > 1)
        pl_reader_fault_key(reader, pl_node_child(node, "repeats"), PL_STR("take it out"),
                            "asks again, and the outputs are recorded");
    if (pl_suite_is_builtin(suite))
        pl_reader_fault_key(reader, pl_node_child(node, "output"),
                            PL_STR("name a `model` or a `command`"),
                            "is recorded, and the cases are made anew");
}

/* ---- the built-in suite ---- */

static struct pl_scorer *scorer_of_kind(struct pl_scorer *scorers, size_t count,
                                        enum pl_scorer_kind kind)
{
    for (size_t i = 0; i < count; i++)
        if (scorers[i].kind == kind)
            return &scorers[i];
    return NULL;
}

/* Detection and over-blocking are measured together or not at all: what a suite does not name is added. */
static void add_scorers(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_suite *suite)
{
    static const struct {
        enum pl_scorer_kind kind;
        const char *name;
    } OWN[] = {{PL_SCORER_ATTACK, "detected"}, {PL_SCORER_OVER_BLOCKED, "over_blocked"}};
    struct pl_scorer *scorers = pl_reader_alloc(reader, PL_SCORERS_MAX, sizeof *scorers);

    if (scorers == NULL)
        return;
    if (suite->scorers_count > 0)
        memcpy(scorers, suite->scorers, suite->scorers_count * sizeof *scorers);
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN && suite->scorers_count < PL_SCORERS_MAX; i++) {
        struct pl_scorer *scorer = &scorers[suite->scorers_count];

        if (scorer_of_kind(scorers, suite->scorers_count, OWN[i].kind) != NULL)
            continue;
        pl_section_defaults(reader, PL_SECTION_SCORER, scorer);
        scorer->kind = OWN[i].kind;
        scorer->name = pl_str_of(OWN[i].name);
        scorer->place = node->place;
        suite->scorers_count++;
    }
    suite->scorers = scorers;
}

/* By what figures are split when the suite does not say. */
static void add_segments(struct pl_reader *reader, const struct pl_node *node, struct pl_data *data)
{
    static const char *const NAMES[] = {"owasp", "wrapper", "encoding"};
    const size_t count = sizeof NAMES / sizeof *NAMES;
    struct pl_segment *segments = pl_reader_alloc(reader, count, sizeof *segments);

    if (data->segments_count > 0 || segments == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        segments[i] = (struct pl_segment){.name = pl_str_of(NAMES[i]),
                                          .kind = PL_SEGMENT_COLUMN,
                                          .column = pl_str_of(NAMES[i]),
                                          .place = node->place};
    data->segments = segments;
    data->segments_count = count;
}

static void set_builtin(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_suite *suite, struct pl_line *line)
{
    if (!pl_suite_is_builtin(suite)) {
        if (pl_node_child(node, "scorers") == NULL)
            pl_reader_fault_missing(reader, node, "scorers",
                                    PL_STR("write `scorers: [{scorer: exact}]`"));
        return;
    }
    suite->columns.id = PL_STR("id");
    suite->columns.input = PL_STR("messages");
    add_scorers(reader, node, suite);
    add_segments(reader, node, &line->data);
}

/* The column of a segment is carried into the results; an expression would need all of them. */
static void check_segments(struct pl_reader *reader, const struct pl_node *node,
                           const struct pl_line *line)
{
    const struct pl_node *segments = pl_node_child(node, "segments");

    for (size_t i = 0; i < line->data.segments_count && segments != NULL; i++)
        if (line->data.segments[i].kind == PL_SEGMENT_SQL)
            pl_reader_fault_key(
                reader, segments, PL_STR("name a column, with `bins` or a `map`"),
                "has a segment by `sql`; those of a suite are columns of its cases");
}

/* A classification is measured as a task of its own: its right answers are the labels, what the output says
   the predictions. So is a judge whom people have checked. */
static void set_task(const struct pl_suite *suite, struct pl_line *line)
{
    const struct pl_scorer *scorer = pl_suite_labelled(suite);

    if (scorer == NULL)
        return;
    line->data.label = PL_STR("label");
    line->data.prediction = PL_STR("prediction");
    if (scorer->kind == PL_SCORER_JUDGE) {
        line->data.task = PL_TASK_BINARY;
        line->data.positive = PL_STR("pass");
        return;
    }
    line->data.task = scorer->positive.len > 0 ? PL_TASK_BINARY : PL_TASK_MULTICLASS;
    line->data.positive = scorer->positive;
}

static void check_labelled(struct pl_reader *reader, const struct pl_node *node,
                           const struct pl_suite *suite)
{
    const struct pl_scorer *labelled = pl_suite_labelled(suite);

    for (size_t i = 0; i < suite->scorers_count; i++) {
        const struct pl_scorer *scorer = &suite->scorers[i];

        if (scorer != labelled &&
            (scorer->kind == PL_SCORER_CLASSIFICATION || pl_scorer_is_measured(scorer)))
            pl_reader_fault_key(reader, pl_node_child(node, "scorers"),
                                PL_STR("write a second suite of the same cases"),
                                "have two scorers with labels, a `classification` or a `judge` "
                                "with `human`, and a suite has room for one");
    }
}

/* A limit on the share that such a judge passes is one on the share that people would pass. */
static void correct_limits(struct pl_reader *reader, const struct pl_suite *suite)
{
    const struct pl_scorer *scorer = pl_suite_labelled(suite);
    struct pl_str metric;

    if (scorer == NULL || scorer->kind != PL_SCORER_JUDGE)
        return;
    metric = pl_reader_format(reader, "rate(%.*s)", PL_STR_ARG(scorer->name));
    for (size_t i = 0; i < reader->limits_count; i++)
        if (pl_str_equal(reader->limits[i].metric, metric))
            reader->limits[i].metric = PL_STR("corrected_rate");
}

/* Reads the suite's segments and limits into a line of its own. */
static void read_suite(struct pl_reader *reader, const struct pl_node *node, struct pl_suite *suite)
{
    struct pl_line *line = pl_reader_alloc(reader, 1, sizeof *line);
    struct pl_line *whole = reader->line;
    struct pl_suite_row row = {0};

    if (line == NULL || !check_name(reader, node))
        return;
    *line = *whole;
    line->data = (struct pl_data){.threshold = 0.5, .separator = whole->data.separator};
    line->limits = NULL;
    line->limits_count = 0;
    line->baselines_count = 0;
    line->launch = (struct pl_launch_by){0};
    line->costs = (struct pl_costs){0};
    line->release.needs = 0;
    reader->line = line;
    reader->limits_node = NULL;
    reader->limits_count = 0;
    pl_section_defaults(reader, PL_SECTION_SUITE, &row);
    if (pl_section_read(reader, PL_SECTION_SUITE, node, &row)) {
        row.suite.name = node->key;
        row.suite.place = node->key_place;
        row.suite.line = line;
        if (row.scorers != NULL)
            read_scorers(reader, row.scorers, &row.suite);
        set_builtin(reader, node, &row.suite, line);
        check_output(reader, node, &row.suite);
        check_recorded(reader, node, &row.suite);
        check_segments(reader, node, line);
        check_labelled(reader, node, &row.suite);
        set_task(&row.suite, line);
        line->data.decisions_place = row.suite.cases_place;
        /* Repeats of a case belong together, where no wider group does. */
        if (row.suite.group.len > 0 || row.suite.repeats > 1)
            line->data.group = PL_STR("group");
        line->data.group_place = node->key_place;
        pl_baselines_read(reader, NULL);
        if (reader->limits_node != NULL)
            pl_limits_read(reader, reader->limits_node);
        correct_limits(reader, &row.suite);
        line->title =
            pl_reader_format(reader, "%.*s: %.*s", PL_STR_ARG(whole->title), PL_STR_ARG(node->key));
    }
    *suite = row.suite;
    reader->line = whole;
}

static void read_suites(struct pl_reader *reader, const struct pl_node *node,
                        struct pl_evals *evals)
{
    struct pl_suite *suites = pl_reader_alloc(reader, PL_SUITES_MAX, sizeof *suites);

    evals->suites = suites;
    for (const struct pl_node *entry = node == NULL ? NULL : node->first;
         entry != NULL && suites != NULL; entry = entry->next) {
        if (entry->repeated)
            continue;
        if (!has_room(reader, entry, evals->suites_count, PL_SUITES_MAX))
            return;
        read_suite(reader, entry, &suites[evals->suites_count++]);
    }
}

void pl_evals_read(struct pl_reader *reader)
{
    struct pl_evals *evals = NULL;

    if (reader->models_node == NULL && reader->evals_node == NULL)
        return;
    evals = pl_reader_alloc(reader, 1, sizeof *evals);
    if (evals == NULL)
        return;
    reader->line->evals = evals;
    read_models(reader, reader->models_node, evals);
    read_suites(reader, reader->evals_node, evals);
}
