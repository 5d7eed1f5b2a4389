/*
 * Completion scripts for bash, zsh and fish, from the rows. Options with choices complete them; all
 * others complete files.
 */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

/* Whether two commands begin with the same word, which may be the whole name of one. */
static bool is_same_first(const char *name, const char *last)
{
    const size_t length = strcspn(name, " ");

    return strncmp(name, last, length) == 0 && (last[length] == ' ' || last[length] == '\0');
}

static void add_names(pl_commands commands, struct pl_buffer *out)
{
    const char *last = "";

    for (; *commands != NULL; commands++) {
        const char *name = (*commands)->name;
        const size_t length = strcspn(name, " ");

        if ((*commands)->hidden || is_same_first(name, last))
            continue;
        pl_buffer_add_format(out, "%s%.*s", *last == '\0' ? "" : " ", (int)length, name);
        last = name;
    }
}

static void add_options(const struct pl_option *options, struct pl_buffer *out)
{
    for (; options->name != NULL; options++)
        if (!options->hidden)
            pl_buffer_add_format(out, " --%s", options->name);
}

/* The second words behind a first: "verify show head". */
static void add_seconds(pl_commands commands, const char *first, size_t length,
                        struct pl_buffer *out)
{
    for (; *commands != NULL; commands++)
        if (strncmp((*commands)->name, first, length) == 0 && (*commands)->name[length] == ' ')
            pl_buffer_add_format(out, " %s", (*commands)->name + length + 1);
}

static bool has_choices(const struct pl_option *option)
{
    return option->type == PL_OPTION_CHOICE && !option->hidden;
}

/* `gate,--format|gate,-f) words="text json" ;;` for each option of the command that has choices. */
static void bash_choices(const char *command, const struct pl_option *options,
                         struct pl_buffer *out)
{
    for (; options->name != NULL; options++) {
        if (!has_choices(options))
            continue;
        pl_buffer_add_format(out, "    \"%s\",--%s", command, options->name);
        if (options->letter != 0)
            pl_buffer_add_format(out, "|\"%s\",-%c", command, options->letter);
        pl_buffer_add_text(out, ") words=\"");
        for (size_t i = 0; options->choices[i] != NULL; i++)
            pl_buffer_add_format(out, "%s%s", i == 0 ? "" : " ", options->choices[i]);
        pl_buffer_add_text(out, "\" ;;\n");
    }
}

static void bash_values(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "    case \"$command\",$previous in\n");
    for (; *commands != NULL; commands++) {
        if ((*commands)->hidden)
            continue;
        bash_choices((*commands)->name, (*commands)->options, out);
        bash_choices((*commands)->name, PL_COMMON_OPTIONS, out);
    }
    pl_buffer_add_text(out, "    esac\n");
}

/* The words that may follow: the options of a command, or the second words of its name. */
static void bash_words(pl_commands commands, struct pl_buffer *out)
{
    const char *last = "";

    pl_buffer_add_text(out, "    case \"$command\" in\n    \"\") words=\"");
    add_names(commands, out);
    pl_buffer_add_text(out, " --version --help --color\" ;;\n");
    for (size_t i = 0; commands[i] != NULL; i++) {
        const char *name = commands[i]->name;
        const size_t length = strcspn(name, " ");

        if (commands[i]->hidden)
            continue;
        if (name[length] == ' ' && !is_same_first(name, last)) {
            pl_buffer_add_format(out, "    \"%.*s\") words=\"", (int)length, name);
            add_seconds(commands, name, length, out);
            pl_buffer_add_text(out, "\" ;;\n");
        }
        last = name;
        pl_buffer_add_format(out, "    \"%s\") words=\"", name);
        add_options(commands[i]->options, out);
        add_options(PL_COMMON_OPTIONS, out);
        if (name[length] == '\0')
            add_seconds(commands, name, length, out);
        pl_buffer_add_text(out, "\" ;;\n");
    }
    pl_buffer_add_text(out, "    esac\n");
}

void pl_completion_bash(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(
        out, "# bash completion for plimsoll, written by `plimsoll completion bash`.\n"
             "_plimsoll() {\n"
             "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
             "    local command=\"\" words=\"\" i\n"
             "    for ((i = 1; i < COMP_CWORD && i < 3; i++)); do\n"
             "        [[ ${COMP_WORDS[i]} == -* ]] && break\n"
             "        [[ $i == 2 && $command != ledger && \"$command ${COMP_WORDS[i]}\" != "
             "@(eval rate|eval import) ]] && break\n"
             "        command=\"${command:+$command }${COMP_WORDS[i]}\"\n"
             "    done\n");
    bash_values(commands, out);
    pl_buffer_add_text(out, "    if [[ -n $words ]]; then\n"
                            "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                            "        return\n"
                            "    fi\n");
    bash_words(commands, out);
    pl_buffer_add_text(out, "    if [[ $word == -* || -z $command || $command == ledger ]]; then\n"
                            "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                            "    else\n"
                            "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                            "    fi\n"
                            "}\n"
                            "complete -o filenames -o bashdefault -F _plimsoll plimsoll\n");
}

void pl_completion_zsh(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(out, "#compdef plimsoll\n"
                            "# zsh completion for plimsoll, written by `plimsoll completion zsh`.\n"
                            "autoload -U +X bashcompinit && bashcompinit\n");
    pl_completion_bash(commands, out);
}

/* A text in single quotes, in which fish reads a backslash and a quote as its own. */
static void fish_quote(const char *text, struct pl_buffer *out)
{
    pl_buffer_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            pl_buffer_add_char(out, '\\');
        pl_buffer_add_char(out, *text);
    }
    pl_buffer_add_char(out, '\'');
}

static void fish_option(const char *condition, const struct pl_option *option,
                        struct pl_buffer *out)
{
    pl_buffer_add_format(out, "complete -c plimsoll -n '%s' -l %s", condition, option->name);
    if (option->letter != 0)
        pl_buffer_add_format(out, " -s %c", option->letter);
    if (option->argument != NULL && option->implied == NULL)
        pl_buffer_add_text(out, " -r");
    if (has_choices(option)) {
        pl_buffer_add_text(out, " -f -a '");
        for (size_t i = 0; option->choices[i] != NULL; i++)
            pl_buffer_add_format(out, "%s%s", i == 0 ? "" : " ", option->choices[i]);
        pl_buffer_add_char(out, '\'');
    }
    pl_buffer_add_text(out, " -d ");
    fish_quote(option->help, out);
    pl_buffer_add_char(out, '\n');
}

/* Offers the command's words, the second only behind the first, and gives the condition under which
   its options are offered. */
static void fish_command(const struct pl_command *command, struct pl_buffer *out)
{
    const size_t length = strcspn(command->name, " ");
    char condition[256];
    int first_length = (int)length;

    if (command->name[length] == '\0') {
        (void)snprintf(condition, sizeof condition, "__fish_seen_subcommand_from %s",
                       command->name);
        pl_buffer_add_format(out, "complete -c plimsoll -n __fish_use_subcommand -f -a %s -d ",
                             command->name);
    } else {
        (void)snprintf(condition, sizeof condition,
                       "__fish_seen_subcommand_from %.*s; and __fish_seen_subcommand_from %s",
                       first_length, command->name, command->name + length + 1);
        pl_buffer_add_format(out,
                             "complete -c plimsoll -n __fish_use_subcommand -f -a %.*s\n"
                             "complete -c plimsoll -n '__fish_seen_subcommand_from %.*s' -f -a %s "
                             "-d ",
                             first_length, command->name, first_length, command->name,
                             command->name + length + 1);
    }
    fish_quote(command->summary, out);
    pl_buffer_add_char(out, '\n');
    for (const struct pl_option *row = command->options; row->name != NULL; row++)
        if (!row->hidden)
            fish_option(condition, row, out);
}

void pl_completion_fish(pl_commands commands, struct pl_buffer *out)
{
    pl_buffer_add_text(out,
                       "# fish completion for plimsoll, written by `plimsoll completion fish`.\n");
    for (; *commands != NULL; commands++)
        if (!(*commands)->hidden)
            fish_command(*commands, out);
    for (const struct pl_option *row = PL_COMMON_OPTIONS; row->name != NULL; row++)
        fish_option("true", row, out);
}
