/* The commands about the keys of clients: a row for each. */
#include "cli/commands.h"
#include "cli/key.h"

#include <stddef.h>

#define FIELD(field) offsetof(struct pl_key_settings, field)

#define LINE_OPERAND                                                                               \
    {                                                                                              \
        .name = "LINE", .initial = PL_LINE_FILE, .offset = FIELD(line),                            \
        .help = "The line of the feature. Default: plimsoll.yaml.",                                \
    }

static const char *const FORMATS[] = {"text", "json", NULL};

#define OPTION_FORMAT                                                                              \
    {                                                                                              \
        .name = "format", .letter = 'f', .type = PL_OPTION_CHOICE, .argument = "FORMAT",           \
        .choices = FORMATS, .initial = "text", .offset = FIELD(format),                            \
        .help = "How it is written: text or json.",                                                \
    }

#define OPTION_JSON                                                                                \
    {                                                                                              \
        .name = "json", .type = PL_OPTION_ALIAS, .initial = "format=json",                         \
        .help = "Short for --format json.",                                                        \
    }

static const struct pl_operand OPERANDS[] = {LINE_OPERAND, {0}};

static const struct pl_operand REVOKE_OPERANDS[] = {
    {
        .name = "KEY",
        .required = true,
        .offset = FIELD(id),
        .help = "Its id, as `plimsoll key list` names it, or the whole key.",
    },
    LINE_OPERAND,
    {0},
};

static const struct pl_option MAKE_OPTIONS[] = {
    {
        .name = "name",
        .letter = 'n',
        .type = PL_OPTION_TEXT,
        .argument = "TEXT",
        .offset = FIELD(name),
        .help = "Whose it is, for people; needed.",
    },
    {
        .name = "scope",
        .letter = 's',
        .type = PL_OPTION_TEXTS,
        .argument = "SCOPE",
        .offset = FIELD(scopes),
        .help = "What it may be used for: infer (ask models), feedback (send feedback and "
                "decisions), flags (ask for flags) or admin (the admin address). Several with "
                "commas, or given several times. Without it: infer.",
    },
    {
        .name = "budget",
        .letter = 'b',
        .type = PL_OPTION_TEXT,
        .argument = "AMOUNT/PERIOD",
        .offset = FIELD(budget),
        .help = "How much it may spend, in the currency of the line's prices, a day, a month or in "
                "all: 20/day, 20/month, 20/total. Days and months are those of UTC.",
    },
    {
        .name = "token-budget",
        .type = PL_OPTION_TEXT,
        .argument = "TOKENS/PERIOD",
        .offset = FIELD(token_budget),
        .help = "How many tokens it may use, likewise; for the same period as --budget.",
    },
    {
        .name = "requests-per-minute",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = PL_KEY_RATE_MAX,
        .offset = FIELD(requests_per_minute),
        .help = "How many requests a minute.",
    },
    {
        .name = "tokens-per-minute",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = PL_KEY_RATE_MAX,
        .offset = FIELD(tokens_per_minute),
        .help = "How many tokens a minute.",
    },
    {
        .name = "expires",
        .letter = 'e',
        .type = PL_OPTION_TEXT,
        .argument = "WHEN",
        .offset = FIELD(expires),
        .help = "Its last day by UTC, as 2026-03-01, or for how long it is from now: 30d or 12h. "
                "Without it: never.",
    },
    OPTION_FORMAT,
    OPTION_JSON,
    {0},
};

static const struct pl_option OPTIONS[] = {OPTION_FORMAT, OPTION_JSON, {0}};

static const struct pl_exit MAKE_EXITS[] = {
    {0, "The key is kept, and stands on stdout."},
    {2, "There is no new key: the line cannot be read, or the state not be written."},
    {0, NULL},
};

static const struct pl_exit LIST_EXITS[] = {
    {0, "They were listed; also when there are none."},
    {2, "The line or the state cannot be read."},
    {0, NULL},
};

static const struct pl_exit REVOKE_EXITS[] = {
    {0, "The key is revoked."},
    {2, "It is not: there is no such key, the line cannot be read, or the state not be written."},
    {0, NULL},
};

static const struct pl_example MAKE_EXAMPLES[] = {
    {"plimsoll key make --name web --budget 20/month --requests-per-minute 600",
     "A key for an application:"},
    {"OPENAI_API_KEY=$(plimsoll key make --name tests --expires 1d)", "One for today's tests:"},
    {NULL, NULL},
};

static const struct pl_example LIST_EXAMPLES[] = {
    {"plimsoll key list --json | jq '.[] | select(.last_use == null) | .id'",
     "Which keys were never used?"},
    {NULL, NULL},
};

static const struct pl_example REVOKE_EXAMPLES[] = {
    {"plimsoll key revoke 7k2m9qx0w3rt", "A key that must not be used any more:"},
    {NULL, NULL},
};

const struct pl_command PL_COMMAND_KEY_MAKE = {
    .name = "key make",
    .summary = "Make a key for a client of the server.",
    .about = "Makes a key, keeps its hash in the state, .plimsoll/state.db beside the line, and "
             "writes the key to stdout. It is never to be had again: who loses it makes another. "
             "Running servers know it at once.\n\n"
             "What a request may cost at most is taken out of the budget before a model is called, "
             "and what it did cost is settled after, so that no number of requests at once spends "
             "more than the budget.",
    .operands = OPERANDS,
    .options = MAKE_OPTIONS,
    .exits = MAKE_EXITS,
    .examples = MAKE_EXAMPLES,
    .run = pl_key_run_make,
};

const struct pl_command PL_COMMAND_KEY_LIST = {
    .name = "key list",
    .summary = "Show the keys, what they have spent and what is left.",
    .about = "Lists the keys by id, with what each may do, its requests, what it has spent in the "
             "period of its budget (without a budget: ever), what is left, and when it was last "
             "used. A running server saves what was spent once a second. Keys themselves are not "
             "kept, and cannot be shown.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = LIST_EXITS,
    .examples = LIST_EXAMPLES,
    .run = pl_key_run_list,
};

const struct pl_command PL_COMMAND_KEY_REVOKE = {
    .name = "key revoke",
    .summary = "Take a key out of use.",
    .about =
        "Takes the key out of the state, and with it what it has spent. Running servers refuse "
        "it from then on; a request under way is carried to its end.",
    .operands = REVOKE_OPERANDS,
    .options = OPTIONS,
    .exits = REVOKE_EXITS,
    .examples = REVOKE_EXAMPLES,
    .run = pl_key_run_revoke,
};
