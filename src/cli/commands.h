/*
 * The commands, each in a file of its own name. The table of them stands in main.c.
 */
#ifndef PL_CLI_COMMANDS_H
#define PL_CLI_COMMANDS_H

#include "cli/options.h"

extern const struct pl_command PL_COMMAND_INIT;
extern const struct pl_command PL_COMMAND_CHECK;
extern const struct pl_command PL_COMMAND_AUDIT;
extern const struct pl_command PL_COMMAND_EVAL;
extern const struct pl_command PL_COMMAND_EVAL_RATE;
extern const struct pl_command PL_COMMAND_EVAL_IMPORT;
extern const struct pl_command PL_COMMAND_GATE;
extern const struct pl_command PL_COMMAND_REPORT;
extern const struct pl_command PL_COMMAND_THRESHOLD;
extern const struct pl_command PL_COMMAND_ROUTE_FIT;
extern const struct pl_command PL_COMMAND_CARD;
extern const struct pl_command PL_COMMAND_SIGN;
extern const struct pl_command PL_COMMAND_SERVE;
extern const struct pl_command PL_COMMAND_LEDGER_VERIFY;
extern const struct pl_command PL_COMMAND_LEDGER_SHOW;
extern const struct pl_command PL_COMMAND_LEDGER_HEAD;
extern const struct pl_command PL_COMMAND_KEY_MAKE;
extern const struct pl_command PL_COMMAND_KEY_LIST;
extern const struct pl_command PL_COMMAND_KEY_REVOKE;
extern const struct pl_command PL_COMMAND_FLAG;
extern const struct pl_command PL_COMMAND_FLAG_SHOW;
extern const struct pl_command PL_COMMAND_FLAG_OFF;
extern const struct pl_command PL_COMMAND_FLAG_ON;
extern const struct pl_command PL_COMMAND_FLAG_SHARE;
extern const struct pl_command PL_COMMAND_FLAG_STAGE;
extern const struct pl_command PL_COMMAND_FLAG_ADVANCE;
extern const struct pl_command PL_COMMAND_FLAG_SLICE;
extern const struct pl_command PL_COMMAND_LEDGER_LOAD;
extern const struct pl_command PL_COMMAND_IMPORT_OUTCOMES;
extern const struct pl_command PL_COMMAND_MEASURES;
extern const struct pl_command PL_COMMAND_HELP;
extern const struct pl_command PL_COMMAND_COMPLETION;

/* The line when nobody names another. */
#define PL_LINE_FILE "plimsoll.yaml"

#endif
