/* `plimsoll serve`: carries the traffic of a feature, until it is told to end. */
#include "cli/commands.h"
#include "cli/screen.h"
#include "gateway/gateway.h"

#include <stddef.h>
#include <stdio.h>

struct serve_settings {
    const char *line;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct serve_settings, line),
        .help = "The line to serve. Default: plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {{0}};

static const struct pl_exit EXITS[] = {
    {0, "It was told to end (SIGTERM, SIGINT), and every request was answered and recorded."},
    {2, "It cannot start, or had to end: the line is wrong, an address is taken, a file cannot be "
        "written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll serve", "Serve the line of this folder:"},
    {"kill -HUP $(pidof plimsoll)", "Have it read the line again:"},
    {NULL, NULL},
};

/* One line for each message, in one write, as several threads tell. */
static void tell(const char *text, void *context)
{
    (void)context;
    (void)fprintf(stderr, "plimsoll: %s\n", text);
}

static int run(const struct pl_call *call)
{
    const struct serve_settings *settings = call->settings;
    const struct pl_gateway_options options = {.line = settings->line, .tell = tell};
    struct pl_gateway *gateway = NULL;
    struct pl_error error = {0};
    struct pl_error closing = {0};

    if (pl_gateway_new(&options, &gateway, &error) != PL_OK)
        return pl_screen_fail(&error);

    const enum pl_status ran = pl_gateway_run(gateway, &error);
    const enum pl_status closed = pl_gateway_free(gateway, &closing);

    if (ran != PL_OK)
        return pl_screen_fail(&error);
    if (closed != PL_OK)
        return pl_screen_fail(&closing);
    tell("ended", NULL);
    return PL_EXIT_YES;
}

const struct pl_command PL_COMMAND_SERVE = {
    .name = "serve",
    .summary = "Carry live traffic by the line.",
    .about =
        "Takes the requests of applications in the shape of the OpenAI API, and sends them the way "
        "that the line says: from the cheap model to the strong one as confidence allows, with "
        "fallback, experiments and the flag of the feature. Every request leaves a decision in the "
        "ledger. It serves until it gets SIGTERM or SIGINT; SIGHUP has it read the line again, and "
        "a line that is wrong changes nothing. docs/gateway.md says what clients see, and "
        "docs/reference/gateway.openapi.yaml has every address.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};
