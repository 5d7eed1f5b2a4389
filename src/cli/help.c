/*
 * Help on the terminal, from the rows. A command's help says first how it is typed, then what it
 * does, then each option, then what its exit codes mean, then an example to copy.
 */
#include "cli/help.h"

#include <string.h>

#define NAME_COLUMNS             27
#define HELP_TEXT_SIZE_BYTES_MAX 4096

void pl_help_usage(const struct pl_command *command, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "plimsoll %s [OPTION…]", command->name);
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        pl_buffer_add_format(out, row->required ? " %s" : " [%s]", row->name);
}

void pl_help_option_name(const struct pl_option *option, struct pl_buffer *out)
{
    if (option->letter != 0)
        pl_buffer_add_format(out, "-%c, ", option->letter);
    else
        pl_buffer_add_text(out, "    ");
    pl_buffer_add_format(out, "--%s", option->name);
    if (option->argument != NULL)
        pl_buffer_add_format(out, option->implied == NULL ? " %s" : "[=%s]", option->argument);
}

void pl_help_option_text(const struct pl_option *option, struct pl_buffer *out)
{
    pl_buffer_add_text(out, option->help);
    if (option->type == PL_OPTION_TEXTS)
        pl_buffer_add_text(out, " May be given several times.");
    if (option->initial != NULL && option->type != PL_OPTION_ALIAS)
        pl_buffer_add_format(out, " Default: %s.", option->initial);
}

/* A name at the left and its text beside it, or below where the name is too long. */
static void write_entry(struct pl_page *page, struct pl_str name, struct pl_str text)
{
    const size_t columns = 2 + pl_str_columns(name);

    pl_buffer_add_text(page->out, "  ");
    pl_page_text(page, PL_INK_BOLD, name);
    if (columns + 1 > NAME_COLUMNS) {
        pl_page_gap(page);
        pl_page_paragraph(page, (struct pl_margin){NAME_COLUMNS, NAME_COLUMNS}, text);
        return;
    }
    pl_buffer_add_format(page->out, "%*s", (int)(NAME_COLUMNS - columns), "");
    pl_page_continue(page, NAME_COLUMNS, text);
}

static void write_option(struct pl_page *page, const struct pl_option *option)
{
    struct pl_buffer name;
    struct pl_buffer text;

    pl_buffer_init(&name, HELP_TEXT_SIZE_BYTES_MAX);
    pl_buffer_init(&text, HELP_TEXT_SIZE_BYTES_MAX);
    pl_help_option_name(option, &name);
    pl_help_option_text(option, &text);
    write_entry(page, pl_buffer_view(&name), pl_buffer_view(&text));
    pl_buffer_deinit(&name);
    pl_buffer_deinit(&text);
}

static void write_options(struct pl_page *page, const struct pl_option *options)
{
    for (; options->name != NULL; options++)
        if (!options->hidden)
            write_option(page, options);
}

static void write_paragraphs(struct pl_page *page, const char *text)
{
    while (text != NULL) {
        const char *end = strstr(text, "\n\n");
        const size_t length = end == NULL ? strlen(text) : (size_t)(end - text);

        pl_page_gap(page);
        pl_page_paragraph(page, (struct pl_margin){0, 0}, (struct pl_str){text, length});
        text = end == NULL ? NULL : end + 2;
    }
}

static void write_usage(struct pl_page *page, const struct pl_command *command)
{
    struct pl_buffer usage;

    pl_buffer_init(&usage, HELP_TEXT_SIZE_BYTES_MAX);
    pl_help_usage(command, &usage);
    pl_page_paragraph(page, (struct pl_margin){0, 4}, pl_buffer_view(&usage));
    pl_buffer_deinit(&usage);
}

static void write_operands(struct pl_page *page, const struct pl_command *command)
{
    if (command->operands->name == NULL)
        return;
    pl_page_heading(page, "Arguments");
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        write_entry(page, pl_str_of(row->name), pl_str_of(row->help));
}

static void write_exits(struct pl_page *page, const struct pl_command *command)
{
    pl_page_heading(page, "Exit codes");
    for (const struct pl_exit *row = command->exits; row->meaning != NULL; row++) {
        pl_buffer_add_format(page->out, "  %d  ", row->code);
        pl_page_continue(page, 5, pl_str_of(row->meaning));
    }
}

static void write_examples(struct pl_page *page, const struct pl_command *command)
{
    if (command->examples->command == NULL)
        return;
    pl_page_heading(page, "Examples");
    for (const struct pl_example *row = command->examples; row->command != NULL; row++) {
        pl_page_paragraph(page, (struct pl_margin){2, 2}, pl_str_of(row->meaning));
        pl_buffer_add_format(page->out, "    %s\n", row->command);
    }
}

void pl_help_command(const struct pl_command *command, struct pl_page *page)
{
    write_usage(page, command);
    write_paragraphs(page, command->about);
    write_operands(page, command);
    pl_page_heading(page, "Options");
    write_options(page, command->options);
    write_options(page, PL_COMMON_OPTIONS);
    write_exits(page, command);
    write_examples(page, command);
}

void pl_help_overview(pl_commands commands, struct pl_page *page)
{
    pl_page_paragraph(page, (struct pl_margin){0, 0},
                      PL_STR("Plimsoll measures an AI feature against its line, says ship or no "
                             "ship, and keeps the record."));
    pl_page_heading(page, "Commands");
    for (; *commands != NULL; commands++)
        if (!(*commands)->hidden)
            write_entry(page, pl_str_of((*commands)->name), pl_str_of((*commands)->summary));
    pl_page_heading(page, "Options");
    write_options(page, PL_COMMON_OPTIONS);
    write_entry(page, PL_STR("    --version"), PL_STR("Say which version this is."));
    pl_page_gap(page);
    pl_page_paragraph(page, (struct pl_margin){0, 0},
                      PL_STR("`plimsoll COMMAND --help` says more about one. Start with "
                             "`plimsoll init`."));
}
