/*
 * What the tables of commands and options say, in the forms that people and shells read: help on
 * the terminal, the man page, the reference page, and completion scripts. Pure functions of the
 * tables.
 */
#ifndef PL_CLI_HELP_H
#define PL_CLI_HELP_H

#include "cli/options.h"
#include "report/page.h"

/* The list of commands, for `plimsoll help`. */
void pl_help_overview(pl_commands commands, struct pl_page *page);

/* All about one command, for `plimsoll COMMAND --help`. */
void pl_help_command(const struct pl_command *command, struct pl_page *page);

/* "plimsoll gate [OPTION…] [LINE]" */
void pl_help_usage(const struct pl_command *command, struct pl_buffer *out);

/* "-f, --format FORMAT": with empty room for the letter when there is none. */
void pl_help_option_name(const struct pl_option *option, struct pl_buffer *out);

/* The option's sentence with its default: "How the result is written. Default: text." */
void pl_help_option_text(const struct pl_option *option, struct pl_buffer *out);

/* The man page in section 1, in troff with the man macros. */
void pl_help_man(pl_commands commands, struct pl_buffer *out);

/* The reference page of the commands, in Markdown. */
void pl_help_markdown(pl_commands commands, struct pl_buffer *out);

/* A completion script. */
typedef void (*pl_completion_write)(pl_commands commands, struct pl_buffer *out);

void pl_completion_bash(pl_commands commands, struct pl_buffer *out);
void pl_completion_zsh(pl_commands commands, struct pl_buffer *out);
void pl_completion_fish(pl_commands commands, struct pl_buffer *out);

#endif
