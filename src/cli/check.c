/*
 * `plimsoll check`: reads the line and lists all that is wrong with it; says what it demands; gives
 * its JSON Schema. It never touches data.
 */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "line/evals.h"
#include "line/explain.h"
#include "line/line.h"
#include "line/problem.h"
#include "line/schema.h"
#include "line/serving.h"
#include "line/terms.h"
#include "measure/run.h"
#include "report/page.h"
#include "traffic/check.h"

#include <stddef.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)
#define METRICS_MAX          256

enum check_format { CHECK_TEXT, CHECK_JSON };

struct check_settings {
    const char *line;
    bool explain;
    bool schema;
    uint32_t format;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct check_settings, line),
        .help = "The line to check. Default: plimsoll.yaml.",
    },
    {0},
};

static const char *const FORMATS[] = {"text", "json", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "explain",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct check_settings, explain),
        .help = "Say in plain sentences what the line demands.",
    },
    {
        .name = "schema",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct check_settings, schema),
        .help = "Write the JSON Schema of the line, for editors; LINE is not read.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct check_settings, format),
        .help = "How the result is written: text or json.",
    },
    {
        .name = "json",
        .type = PL_OPTION_ALIAS,
        .initial = "format=json",
        .help = "Short for --format json.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The line is in order."},
    {2, "It is not, or it cannot be read; every fault is listed."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll check --explain", "Read back what the line demands:"},
    {"plimsoll check --schema > plimsoll.schema.json", "Let an editor check while you write:"},
    {NULL, NULL},
};

static void write_schema(struct pl_buffer *out)
{
    const char *names[(2 + PL_ALSO_MAX) * METRICS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < pl_metric_help_count() && i < METRICS_MAX; i++) {
        const struct pl_metric_help help = pl_metric_help_at(i);

        names[count++] = help.name;
        for (size_t j = 0; pl_metric_alias_at(&help, j) != NULL; j++)
            names[count++] = pl_metric_alias_at(&help, j);
    }
    for (size_t i = 0; i < pl_terms_count() && count < sizeof names / sizeof *names; i++)
        names[count++] = pl_term_name_at(i);

    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_line_schema(&json, names, count);
    pl_buffer_add_char(out, '\n');
}

/* One problem as an error of its own, in the words of the first. */
static void say_problem(const char *file, const struct pl_problem *problem)
{
    struct pl_error error = {0};
    const char *quote = problem->key.len > 0 ? "`" : "";

    (void)pl_error_set(&error, PL_E_LINE, "%s%.*s%s%s%.*s%s%.*s", quote, PL_STR_ARG(problem->key),
                       quote, problem->key.len > 0 ? " " : "", PL_STR_ARG(problem->message),
                       problem->hint.len > 0 ? "; " : "", PL_STR_ARG(problem->hint));
    (void)pl_error_locate(&error, file, problem->place.line, problem->place.column);
    (void)pl_screen_fail(&error);
}

static void write_json(const char *file, size_t limits_count, const struct pl_problems *problems,
                       struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_key(&json, "file");
    pl_json_text(&json, file);
    pl_json_key(&json, "in_order");
    pl_json_bool(&json, problems->count == 0);
    pl_json_key(&json, "limits");
    pl_json_uint64(&json, limits_count);
    pl_json_key(&json, "problems");
    pl_json_open_array(&json);
    for (size_t i = 0; i < problems->count; i++) {
        const struct pl_problem *problem = &problems->items[i];

        pl_json_open_object(&json);
        pl_json_key(&json, "line");
        pl_json_uint64(&json, problem->place.line);
        pl_json_key(&json, "column");
        pl_json_uint64(&json, problem->place.column);
        pl_json_key(&json, "key");
        pl_json_str(&json, problem->key);
        pl_json_key(&json, "message");
        pl_json_str(&json, problem->message);
        pl_json_key(&json, "hint");
        pl_json_str(&json, problem->hint);
        pl_json_close_object(&json);
    }
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

/* "2 limits on decisions.csv, 1 suite of evals and a route of 2 tiers". */
static void write_parts(const struct pl_line *line, struct pl_buffer *out)
{
    const size_t suites = line->evals == NULL ? 0 : line->evals->suites_count;
    const struct pl_serving *serving = line->serving;
    const char *between = "";

    if (line->data.decisions.len > 0) {
        pl_buffer_add_format(out, "%zu %s on %.*s", line->limits_count,
                             line->limits_count == 1 ? "limit" : "limits",
                             PL_STR_ARG(line->data.decisions));
        between = ", and ";
    }
    if (suites > 0) {
        pl_buffer_add_format(out, "%s%zu %s of evals", between, suites,
                             suites == 1 ? "suite" : "suites");
        between = ", and ";
    }
    if (serving != NULL && serving->route.given)
        pl_buffer_add_format(out, "%sa route of %zu %s", between, serving->route.tiers_count,
                             serving->route.tiers_count == 1 ? "tier" : "tiers");
    else if (serving != NULL)
        pl_buffer_add_format(out, "%sa flag", between);
}

static void write_text(const struct pl_line *line, struct pl_buffer *out)
{
    const bool has_suites = line->evals != NULL && line->evals->suites_count > 0;

    pl_buffer_add_format(out, "%s is in order: ", line->file);
    write_parts(line, out);
    pl_buffer_add_format(out, ".\n\nNext: plimsoll %s %s\n",
                         line->data.decisions.len > 0 ? "gate"
                         : has_suites                 ? "eval"
                                                      : "serve",
                         line->file);
}

/* The explanation comes as one sentence or bullet on each line; they are wrapped one by one. */
static void write_explanation(const struct pl_line *line, struct pl_style style,
                              struct pl_buffer *out)
{
    struct pl_page page = pl_page_of(out, style);
    struct pl_buffer text;

    pl_buffer_init(&text, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_line_explain(line, &text);
    for (struct pl_str rest = pl_buffer_view(&text); rest.len > 0;) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        const size_t length = end == NULL ? rest.len : (size_t)(end - rest.ptr);
        const struct pl_str sentence = {rest.ptr, length};
        const bool is_bullet = pl_str_starts_with(sentence, PL_STR("- "));

        pl_page_paragraph(&page, (struct pl_margin){0, is_bullet ? 2 : 0}, sentence);
        rest.ptr += end == NULL ? length : length + 1;
        rest.len -= end == NULL ? length : length + 1;
    }
    if (text.failed != PL_OK)
        out->failed = text.failed;
    pl_buffer_deinit(&text);
}

/* Writes what there is to say, and returns the exit code. */
static int report(const struct check_settings *settings, struct pl_style style,
                  const struct pl_line *line, const struct pl_problems *problems)
{
    const int exit_code = problems->count == 0 ? PL_EXIT_YES : PL_EXIT_ERROR;
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == CHECK_JSON)
        write_json(settings->line, line == NULL ? 0 : line->limits_count, problems, &out);
    else if (problems->count == 0 && settings->explain)
        write_explanation(line, style, &out);
    else if (problems->count == 0)
        write_text(line, &out);
    else
        for (size_t i = 0; i < problems->count; i++)
            say_problem(settings->line, &problems->items[i]);

    const int finished = pl_screen_finish(&out, exit_code);

    pl_buffer_deinit(&out);
    return finished;
}

static int check_line(const struct check_settings *settings, struct pl_style style,
                      struct pl_arena *arena)
{
    struct pl_problems problems = {.count = 0};
    struct pl_line *line = NULL;
    struct pl_error error = {0};

    const enum pl_status status = pl_line_read(settings->line, arena, &line, &problems, &error);

    if (status != PL_OK && (status != PL_E_LINE || problems.count == 0))
        return pl_screen_fail(&error);
    if (status == PL_OK)
        pl_measure_check(line, arena, &problems);
    if (status == PL_OK && pl_traffic_check(line, arena, &problems, &error) != PL_OK)
        return pl_screen_fail(&error);
    return report(settings, style, line, &problems);
}

static int run(const struct pl_call *call)
{
    const struct check_settings *settings = call->settings;

    if (settings->schema) {
        struct pl_buffer out;

        pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
        write_schema(&out);

        const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

        pl_buffer_deinit(&out);
        return exit_code;
    }

    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code = check_line(settings, call->style, &arena);

    pl_arena_deinit(&arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_CHECK = {
    .name = "check",
    .summary = "List all that is wrong with a line, or say what it demands.",
    .about = "Reads the line and lists every fault in it with file, line, column and key, what is "
             "wrong, and what would be right. It does not look at data.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
