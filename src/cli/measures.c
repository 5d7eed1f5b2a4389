/* `plimsoll measures`: the table of measures, for people and for programs. */
#include "base/json.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "measure/run.h"
#include "report/page.h"

#include <stddef.h>

enum measures_format { MEASURES_TEXT, MEASURES_JSON, MEASURES_MARKDOWN };

struct measures_settings {
    uint32_t format;
};

static const struct pl_operand OPERANDS[] = {{0}};

static const char *const FORMATS[] = {"text", "json", "markdown", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct measures_settings, format),
        .help = "How the list is written: text, json or markdown.",
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
    {0, "Done."},
    {2, "The list cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {{NULL, NULL}};

/* "binary", "multiclass, multilabel", "every task" */
static void add_tasks(struct pl_buffer *out, unsigned tasks)
{
    const unsigned every = (1u << PL_TASKS_COUNT) - 1;
    const char *between = "";

    if (tasks == every)
        pl_buffer_add_text(out, "every task");
    for (uint32_t task = 0; task < PL_TASKS_COUNT && tasks != every; task++)
        if ((tasks >> task & 1u) != 0) {
            pl_buffer_add_format(out, "%s%s", between, pl_task_name((enum pl_task)task));
            between = ", ";
        }
}

/* Whether no row before it is for the same tasks. */
static bool is_first_of_tasks(size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (pl_metric_help_at(i).tasks == pl_metric_help_at(index).tasks)
            return false;
    return true;
}

static void write_measure(struct pl_page *page, const struct pl_metric_help *help)
{
    pl_page_text(page, PL_INK_BOLD, pl_str_of(help->name));
    for (size_t i = 0; pl_metric_alias_at(help, i) != NULL; i++) {
        pl_buffer_add_text(page->out, ", ");
        pl_page_text(page, PL_INK_BOLD, pl_str_of(pl_metric_alias_at(help, i)));
    }
    pl_page_gap(page);
    pl_page_paragraph(page, (struct pl_margin){4, 4}, pl_str_of(help->summary));
    pl_page_paragraph(page, (struct pl_margin){4, 4}, pl_str_of(help->formula));
}

/* The measures of the same tasks stand together, in the order of the table. */
static void write_text(struct pl_style style, struct pl_buffer *out)
{
    struct pl_page page = pl_page_of(out, style);

    for (size_t first = 0; first < pl_metric_help_count(); first++) {
        const unsigned tasks = pl_metric_help_at(first).tasks;

        if (!is_first_of_tasks(first))
            continue;
        pl_buffer_add_text(out, first == 0 ? "For " : "\nFor ");
        add_tasks(out, tasks);
        pl_buffer_add_text(out, "\n\n");
        for (size_t i = first; i < pl_metric_help_count(); i++) {
            const struct pl_metric_help help = pl_metric_help_at(i);

            if (help.tasks == tasks)
                write_measure(&page, &help);
        }
    }
}

static void write_tasks(struct pl_json *json, unsigned tasks)
{
    pl_json_key(json, "tasks");
    pl_json_open_array(json);
    for (uint32_t task = 0; task < PL_TASKS_COUNT; task++)
        if ((tasks >> task & 1u) != 0)
            pl_json_text(json, pl_task_name((enum pl_task)task));
    pl_json_close_array(json);
}

static void write_aliases(struct pl_json *json, const struct pl_metric_help *help)
{
    pl_json_member_text(json, "alias", help->alias);
    pl_json_key(json, "aliases");
    pl_json_open_array(json);
    for (size_t i = 0; pl_metric_alias_at(help, i) != NULL; i++)
        pl_json_text(json, pl_metric_alias_at(help, i));
    pl_json_close_array(json);
}

static void write_json(struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_array(&json);
    for (size_t i = 0; i < pl_metric_help_count(); i++) {
        const struct pl_metric_help help = pl_metric_help_at(i);

        pl_json_open_object(&json);
        pl_json_member_text(&json, "name", help.name);
        write_aliases(&json, &help);
        pl_json_member_text(&json, "summary", help.summary);
        pl_json_member_text(&json, "formula", help.formula);
        pl_json_member_text(&json, "interval", help.interval);
        pl_json_member_text(&json, "source", help.source);
        write_tasks(&json, help.tasks);
        pl_json_close_object(&json);
    }
    pl_json_close_array(&json);
    pl_buffer_add_char(out, '\n');
}

/* A bar would end the cell. */
static void add_cell(struct pl_buffer *out, const char *text)
{
    pl_buffer_add_text(out, " | ");
    for (; text != NULL && *text != '\0'; text++) {
        if (*text == '|')
            pl_buffer_add_char(out, '\\');
        pl_buffer_add_char(out, *text);
    }
}

static void add_aliases(struct pl_buffer *out, const struct pl_metric_help *help)
{
    add_cell(out, NULL);
    for (size_t i = 0; pl_metric_alias_at(help, i) != NULL; i++)
        pl_buffer_add_format(out, "%s%s", i == 0 ? "" : ", ", pl_metric_alias_at(help, i));
}

static void write_markdown(struct pl_buffer *out)
{
    pl_buffer_add_text(out, "| Measure | Alias | Task | What it says | Formula | Interval | Source "
                            "|\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < pl_metric_help_count(); i++) {
        const struct pl_metric_help help = pl_metric_help_at(i);

        pl_buffer_add_format(out, "| `%s`", help.name);
        add_aliases(out, &help);
        add_cell(out, NULL);
        add_tasks(out, help.tasks);
        add_cell(out, help.summary);
        add_cell(out, help.formula);
        add_cell(out, help.interval);
        add_cell(out, help.source);
        pl_buffer_add_text(out, " |\n");
    }
}

static int run(const struct pl_call *call)
{
    const struct measures_settings *settings = call->settings;
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == MEASURES_JSON)
        write_json(&out);
    else if (settings->format == MEASURES_MARKDOWN)
        write_markdown(&out);
    else
        write_text(call->style, &out);

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

const struct pl_command PL_COMMAND_MEASURES = {
    .name = "measures",
    .summary = "List the measures with their formulas.",
    .about = "Lists every measure that a limit or an audit can name, with what it says and its "
             "formula; json and markdown give its interval and source too.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
