/* What the three commands on the ledger have in common. */
#ifndef PL_CLI_LEDGER_SETTINGS_H
#define PL_CLI_LEDGER_SETTINGS_H

#include "base/error.h"
#include "base/json.h"
#include "cli/options.h"
#include "ledger/ledger.h"

enum pl_ledger_format { PL_LEDGER_TEXT, PL_LEDGER_JSON };

struct pl_ledger_settings {
    const char *folder;
    const char *key;
    const char *kind;
    const char *card;
    uint64_t last;
    uint32_t format;
};

extern const char *const PL_LEDGER_FORMATS[];
extern const struct pl_operand PL_LEDGER_OPERANDS[];
extern const struct pl_exit PL_LEDGER_EXITS[];

/* Rows that stand in several tables. */
#define PL_LEDGER_OPTION_FOLDER                                                                    \
    {                                                                                              \
        .name = "ledger", .type = PL_OPTION_TEXT, .argument = "DIR", .initial = PL_LEDGER_FOLDER,  \
        .offset = offsetof(struct pl_ledger_settings, folder),                                     \
        .help = "The folder of the ledger.",                                                       \
    }
#define PL_LEDGER_OPTION_KEY                                                                       \
    {                                                                                              \
        .name = "key", .type = PL_OPTION_TEXT, .argument = "HEX",                                  \
        .offset = offsetof(struct pl_ledger_settings, key),                                        \
        .help = "The public key that must have signed, 64 hex digits. Without it: the ledger's "   \
                "own key.pub, which whoever can write the folder could have replaced.",            \
    }
#define PL_LEDGER_OPTION_FORMAT                                                                    \
    {                                                                                              \
        .name = "format", .letter = 'f', .type = PL_OPTION_CHOICE, .argument = "FORMAT",           \
        .choices = PL_LEDGER_FORMATS, .initial = "text",                                           \
        .offset = offsetof(struct pl_ledger_settings, format),                                     \
        .help = "How the result is written: text or json.",                                        \
    }
#define PL_LEDGER_OPTION_JSON                                                                      \
    {                                                                                              \
        .name = "json", .type = PL_OPTION_ALIAS, .initial = "format=json",                         \
        .help = "Short for --format json.",                                                        \
    }

/* PL_E_NOT_FOUND with what to do about it when there is no such folder. */
PL_MUST_CHECK enum pl_status pl_ledger_settings_check(const struct pl_ledger_settings *settings,
                                                      struct pl_error *error);

/* The members of a check, inside an open object: holds, blocks, records and so on. */
void pl_ledger_check_members(struct pl_json *json, const struct pl_ledger_check *check);

#endif
