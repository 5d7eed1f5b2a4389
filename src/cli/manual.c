/*
 * The man page and the reference page, from the same rows as the help. In troff a backslash, a dash
 * and a leading dot or quote must be escaped, or a reader would see other text than was written.
 */
#include "cli/help.h"

#include <string.h>

#define NAME_SIZE_BYTES_MAX 512

/* Text that troff would read as something else. */
static void add_troff(struct pl_buffer *out, const char *text)
{
    bool line_start = true;

    for (; *text != '\0'; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            pl_buffer_add_text(out, "\\&");
        line_start = *text == '\n';
        if (*text == '\\')
            pl_buffer_add_text(out, "\\e");
        else if (*text == '-')
            pl_buffer_add_text(out, "\\-");
        else if (*text == '`')
            pl_buffer_add_text(out, "\\(aq");
        else if (*text == '\'')
            pl_buffer_add_text(out, "\\(aq");
        else
            pl_buffer_add_char(out, *text);
    }
}

static void add_troff_paragraphs(struct pl_buffer *out, const char *text)
{
    while (text != NULL) {
        const char *end = strstr(text, "\n\n");
        const size_t length = end == NULL ? strlen(text) : (size_t)(end - text);
        struct pl_buffer part;

        pl_buffer_init(&part, length + 2);
        pl_buffer_add(&part, (struct pl_str){text, length});
        pl_buffer_add_text(out, ".PP\n");
        add_troff(out, pl_buffer_view(&part).ptr);
        pl_buffer_add_char(out, '\n');
        pl_buffer_deinit(&part);
        text = end == NULL ? NULL : end + 2;
    }
}

/* A tagged paragraph: the tag in bold, then the text. */
static void add_troff_entry(struct pl_buffer *out, const char *tag, const char *text)
{
    pl_buffer_add_text(out, ".TP\n\\fB");
    add_troff(out, tag);
    pl_buffer_add_text(out, "\\fR\n");
    add_troff(out, text);
    pl_buffer_add_char(out, '\n');
}

/* The option's name as in the help, without the room for a letter that is not there. */
static const char *option_tag(const struct pl_option *option, struct pl_buffer *scratch)
{
    const char *tag = NULL;

    pl_buffer_reset(scratch);
    pl_help_option_name(option, scratch);
    tag = pl_buffer_view(scratch).ptr;
    return tag + strspn(tag, " ");
}

static void man_options(const struct pl_option *options, struct pl_buffer *out)
{
    struct pl_buffer tag;
    struct pl_buffer text;

    pl_buffer_init(&tag, NAME_SIZE_BYTES_MAX);
    pl_buffer_init(&text, 8 * NAME_SIZE_BYTES_MAX);
    for (; options->name != NULL; options++) {
        if (options->hidden)
            continue;
        pl_buffer_reset(&text);
        pl_help_option_text(options, &text);
        add_troff_entry(out, option_tag(options, &tag), pl_buffer_view(&text).ptr);
    }
    pl_buffer_deinit(&tag);
    pl_buffer_deinit(&text);
}

static void man_usage(const struct pl_command *command, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "\\fBplimsoll %s\\fR [\\fIOPTION\\fR...]", command->name);
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        pl_buffer_add_format(out, row->required ? " \\fI%s\\fR" : " [\\fI%s\\fR]", row->name);
    pl_buffer_add_char(out, '\n');
}

static void man_examples(const struct pl_command *command, struct pl_buffer *out)
{
    for (const struct pl_example *row = command->examples; row->command != NULL; row++) {
        pl_buffer_add_text(out, ".PP\n");
        add_troff(out, row->meaning);
        pl_buffer_add_text(out, "\n.PP\n.RS 4\n.nf\n");
        add_troff(out, row->command);
        pl_buffer_add_text(out, "\n.fi\n.RE\n");
    }
}

static void man_command(const struct pl_command *command, struct pl_buffer *out)
{
    pl_buffer_add_format(out, ".SS \"plimsoll %s\"\n", command->name);
    man_usage(command, out);
    add_troff_paragraphs(out, command->about);
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        add_troff_entry(out, row->name, row->help);
    man_options(command->options, out);
    pl_buffer_add_text(out, ".PP\nExit codes:\n");
    for (const struct pl_exit *row = command->exits; row->meaning != NULL; row++)
        pl_buffer_add_format(out, ".TP\n\\fB%d\\fR\n%s\n", row->code, row->meaning);
    man_examples(command, out);
}

/* Everything behind the commands; its text is troff already. */
static const char MAN_TAIL[] =
    ".SH ENVIRONMENT\n"
    ".TP\n\\fBNO_COLOR\\fR\nWhen it is not empty, nothing is coloured.\n"
    ".TP\n\\fBCLICOLOR_FORCE\\fR\nWhen it is neither empty nor 0, output is coloured even where it "
    "does not go to a terminal.\n"
    ".TP\n\\fBCOLUMNS\\fR\nThe width of the page where the output does not go to a terminal.\n"
    ".TP\n\\fBLC_ALL\\fR, \\fBLC_CTYPE\\fR, \\fBLANG\\fR\nWithout UTF\\-8 the output for "
    "terminals is plain ASCII.\n"
    ".SH FILES\n"
    ".TP\n\\fIplimsoll.yaml\\fR\nThe line: what must hold for the feature.\n"
    ".TP\n\\fI.plimsoll/ledger\\fR\nThe ledger, in the folder of the line.\n";

void pl_help_man(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(out, ".\\\" Written by `plimsoll help --man` from the table of options.\n"
                            ".TH PLIMSOLL 1 \"\" \"plimsoll " PL_VERSION "\" \"User Commands\"\n"
                            ".SH NAME\nplimsoll \\- the line that an AI feature may not cross\n"
                            ".SH SYNOPSIS\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        if (!commands[i]->hidden) {
            man_usage(commands[i], out);
            pl_buffer_add_text(out, ".br\n");
        }
    pl_buffer_add_text(out,
                       ".SH DESCRIPTION\nPlimsoll measures an AI feature against its line, says "
                       "ship or no ship, and keeps the record.\nResults go to standard output, "
                       "talk and errors to standard error.\n.SH COMMANDS\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        if (!commands[i]->hidden)
            man_command(commands[i], out);
    pl_buffer_add_text(out, ".SH OPTIONS\nEvery command takes these:\n");
    man_options(PL_COMMON_OPTIONS, out);
    add_troff_entry(out, "--version", "Say which version this is; without a command.");
    pl_buffer_add_text(out, MAN_TAIL);
}

/* Text in a cell of a Markdown table: a bar would end it. */
static void add_cell(struct pl_buffer *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            pl_buffer_add_char(out, '\\');
        pl_buffer_add_char(out, *text);
    }
}

static void markdown_options(const struct pl_option *options, struct pl_buffer *out)
{
    struct pl_buffer tag;
    struct pl_buffer text;

    pl_buffer_init(&tag, NAME_SIZE_BYTES_MAX);
    pl_buffer_init(&text, 8 * NAME_SIZE_BYTES_MAX);
    for (; options->name != NULL; options++) {
        if (options->hidden)
            continue;
        pl_buffer_reset(&text);
        pl_help_option_text(options, &text);
        pl_buffer_add_text(out, "| `");
        add_cell(out, option_tag(options, &tag));
        pl_buffer_add_text(out, "` | ");
        add_cell(out, pl_buffer_view(&text).ptr);
        pl_buffer_add_text(out, " |\n");
    }
    pl_buffer_deinit(&tag);
    pl_buffer_deinit(&text);
}

static void markdown_command(const struct pl_command *command, struct pl_buffer *out)
{
    pl_buffer_add_format(out, "\n## plimsoll %s\n\n    ", command->name);
    pl_help_usage(command, out);
    pl_buffer_add_format(out, "\n\n%s\n\n| | |\n|---|---|\n", command->about);
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        pl_buffer_add_format(out, "| `%s` | %s |\n", row->name, row->help);
    markdown_options(command->options, out);
    pl_buffer_add_text(out, "\nExit codes:\n\n");
    for (const struct pl_exit *row = command->exits; row->meaning != NULL; row++)
        pl_buffer_add_format(out, "- `%d`: %s\n", row->code, row->meaning);
    for (const struct pl_example *row = command->examples; row->command != NULL; row++)
        pl_buffer_add_format(out, "\n%s\n\n    %s\n", row->meaning, row->command);
}

void pl_help_markdown(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "# Commands\n\n"
                            "Written by `plimsoll help --markdown` from the table of options; a "
                            "test fails when they disagree.\nResults go to stdout, talk and "
                            "errors to stderr. Every command takes these:\n\n"
                            "| | |\n|---|---|\n");
    markdown_options(PL_COMMON_OPTIONS, out);
    for (; *commands != NULL; commands++)
        if (!(*commands)->hidden)
            markdown_command(*commands, out);
}
