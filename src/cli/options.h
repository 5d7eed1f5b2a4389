/*
 * The options and operands of a command, each described once: a row of a table. Parsing, the help
 * text, the man page, shell completion and the reference page all come from the rows. Reading
 * arguments allocates nothing; values point into the arguments. Safe in any thread.
 */
#ifndef PL_CLI_OPTIONS_H
#define PL_CLI_OPTIONS_H

#include "base/error.h"
#include "base/str.h"
#include "report/page.h"

#define PL_OPTIONS_MAX             64 /* rows in one table */
#define PL_OPTION_TEXTS_MAX        128
#define PL_SETTINGS_SIZE_BYTES_MAX 8192

/* What an option takes, and the type of the field that its row's offset names. */
enum pl_option_type {
    PL_OPTION_FLAG,    /* bool: takes no value */
    PL_OPTION_ALIAS,   /* no field: short for another option with a value, see `initial` */
    PL_OPTION_TEXT,    /* const char *: NULL when not given and there is no default */
    PL_OPTION_TEXTS,   /* struct pl_texts: may be given several times */
    PL_OPTION_CHOICE,  /* uint32_t: index into `choices` */
    PL_OPTION_NUMBER,  /* double: between minimum and maximum, both included */
    PL_OPTION_INTEGER, /* uint64_t: likewise */
};

struct pl_texts {
    const char *items[PL_OPTION_TEXTS_MAX];
    size_t count;
};

/* One row. A table ends with a row whose name is NULL. */
struct pl_option {
    const char *name; /* "format", without its dashes */
    char letter;      /* 'f' for -f; 0 for none */
    enum pl_option_type type;
    const char *argument;       /* what the help calls its value: "FILE" */
    const char *const *choices; /* CHOICE: names, NULL at the end */
    double minimum;
    double maximum;
    const char *initial; /* the default as it would be typed, or NULL; ALIAS: "format=json" */
    const char *implied; /* TEXT: its value when it is given alone; another one is then joined to it
                            with `=`. NULL: it needs a value */
    size_t offset;       /* of the field in the command's settings */
    const char *help;    /* a sentence */
    bool hidden;         /* left out of the help and of completion */
};

/* An argument without a name. A table ends with a row whose name is NULL. */
struct pl_operand {
    const char *name; /* "LINE" */
    bool required;
    const char *initial; /* the default, or NULL */
    size_t offset;       /* of a const char * in the settings */
    const char *help;
};

struct pl_exit {
    int code;
    const char *meaning;
};

struct pl_example {
    const char *command;
    const char *meaning;
};

struct pl_call;

/* A command: one row of the table in main.c, and one file. */
struct pl_command {
    const char *name;    /* "gate", or of two words: "ledger verify" */
    const char *summary; /* one line for the list of commands */
    const char *about;   /* paragraphs, separated by empty lines */
    const struct pl_operand *operands;
    const struct pl_option *options;
    const struct pl_exit *exits;       /* ends with a NULL meaning */
    const struct pl_example *examples; /* ends with a NULL command */
    bool hidden;
    int (*run)(const struct pl_call *call); /* returns the exit code */
};

/* The options that every command takes. */
struct pl_common {
    uint32_t color; /* index into "auto", "always", "never" */
    bool help;
    uint64_t given; /* bit i: row i of the command's own table was typed, and is no default */
};

enum pl_color { PL_COLOR_AUTO, PL_COLOR_ALWAYS, PL_COLOR_NEVER };

extern const struct pl_option PL_COMMON_OPTIONS[];

/* The commands, ended by NULL. */
typedef const struct pl_command *const *pl_commands;

/* What a command gets. `settings` is the struct that its rows' offsets belong to. */
struct pl_call {
    const struct pl_command *command;
    pl_commands commands;
    const void *settings;
    struct pl_style style;
    uint64_t given; /* bit i: row i of the command's options was typed, and is no default */
};

struct pl_arguments {
    const char *const *items;
    size_t count;
};

/*
 * Reads the arguments behind the command's name into `settings` (PL_SETTINGS_SIZE_BYTES_MAX bytes,
 * aligned for any type) and `common`, defaults first. PL_E_USAGE says what is wrong, with the
 * nearest known name where there is one. When --help is among them, missing operands are no error.
 */
PL_MUST_CHECK enum pl_status pl_options_parse(const struct pl_command *command,
                                              struct pl_arguments arguments, void *settings,
                                              struct pl_common *common, struct pl_error *error);

/* Whether the option of that name, without its dashes, was typed. The name must be in the table. */
bool pl_option_given(const struct pl_call *call, const char *name);

/*
 * Finds the command that `arguments` begins with; `*ret_words` is how many of them its name takes.
 * PL_E_USAGE names the nearest command.
 */
PL_MUST_CHECK enum pl_status pl_command_find(pl_commands commands, struct pl_arguments arguments,
                                             const struct pl_command **ret_command,
                                             size_t *ret_words, struct pl_error *error);

#endif
