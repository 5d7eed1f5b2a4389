/*
 * Fuzz target of the argument parser: the input is cut at NUL bytes into arguments, which are read
 * by the tables of every command, and by those of `--by`. A text that was stored must be one of the
 * arguments or a default, so that no pointer leads anywhere else.
 */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/splits.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX        256
#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 20)

static const struct pl_command *const COMMANDS[] = {
    &PL_COMMAND_INIT,
    &PL_COMMAND_CHECK,
    &PL_COMMAND_AUDIT,
    &PL_COMMAND_GATE,
    &PL_COMMAND_LEDGER_VERIFY,
    &PL_COMMAND_LEDGER_SHOW,
    &PL_COMMAND_LEDGER_HEAD,
    &PL_COMMAND_MEASURES,
    &PL_COMMAND_HELP,
    &PL_COMMAND_COMPLETION,
    NULL,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, struct pl_str input, const char *initial)
{
    const bool in_input = text != NULL && text >= input.ptr && text <= input.ptr + input.len;

    if (text != NULL && text != initial && !in_input)
        abort();
}

static void check_settings(const struct pl_command *command, const char *settings,
                           struct pl_str input)
{
    for (const struct pl_option *row = command->options; row->name != NULL; row++)
        if (row->type == PL_OPTION_TEXT)
            check_text(*(const char *const *)(const void *)(settings + row->offset), input,
                       row->initial);
    for (const struct pl_operand *row = command->operands; row->name != NULL; row++)
        check_text(*(const char *const *)(const void *)(settings + row->offset), input,
                   row->initial);
}

static void parse_all(struct pl_arguments arguments, struct pl_str input)
{
    for (size_t i = 0; COMMANDS[i] != NULL; i++) {
        _Alignas(max_align_t) char settings[PL_SETTINGS_SIZE_BYTES_MAX];
        struct pl_common common;
        struct pl_error error = {0};

        if (pl_options_parse(COMMANDS[i], arguments, settings, &common, &error) == PL_OK)
            check_settings(COMMANDS[i], settings, input);
        else if (error.status != PL_E_USAGE || error.message[0] == '\0')
            abort();
    }
}

static void read_splits(struct pl_arguments arguments)
{
    struct pl_texts texts = {.count = 0};
    struct pl_splits splits;
    struct pl_arena arena;

    for (size_t i = 0; i < arguments.count && i < PL_OPTION_TEXTS_MAX; i++)
        texts.items[texts.count++] = arguments.items[i];
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    if (pl_splits_read(&texts, &arena, &splits, NULL) == PL_OK)
        for (size_t i = 0; i < splits.crossings_count; i++)
            for (uint32_t j = 0; j < splits.crossings[i].count; j++)
                if (splits.crossings[i].segments[j] >= splits.segments_count)
                    abort();
    pl_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *items[ARGUMENTS_MAX];
    struct pl_arguments arguments = {items, 0};
    const struct pl_command *command = NULL;
    size_t words = 0;
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    for (size_t at = 0; at <= size && arguments.count < ARGUMENTS_MAX; at += strlen(text + at) + 1)
        items[arguments.count++] = text + at;
    parse_all(arguments, (struct pl_str){text, size});
    read_splits(arguments);
    if (pl_command_find(COMMANDS, arguments, &command, &words, NULL) == PL_OK &&
        (words > arguments.count || command == NULL))
        abort();
    free(text);
    return 0;
}
