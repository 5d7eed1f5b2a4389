/* `plimsoll key …`: what its commands share. They are rows in key_commands.c. */
#ifndef PL_CLI_KEY_H
#define PL_CLI_KEY_H

#include "base/arena.h"
#include "base/json.h"
#include "cli/options.h"
#include "keys/keys.h"

enum pl_key_format { PL_KEY_TEXT, PL_KEY_JSON };

/* One struct for all commands; each fills what its tables name. */
struct pl_key_settings {
    const char *line;
    const char *id;
    const char *name;
    struct pl_texts scopes;
    const char *budget;
    const char *token_budget;
    const char *expires;
    uint64_t requests_per_minute, tokens_per_minute;
    uint32_t format;
};

/* A command under way. Its arena is at most so large. */
#define PL_KEYING_SIZE_BYTES_MAX ((size_t)64 << 20)

struct pl_keying {
    const struct pl_key_settings *settings;
    struct pl_arena arena;
    struct pl_state *state; /* of the line; NULL: there is none yet, and thus no key */
};

/* Reads the line and opens its state; `make` makes one where there is none. */
PL_MUST_CHECK enum pl_status pl_keying_open(struct pl_keying *keying, bool make,
                                            struct pl_error *error);
void pl_keying_deinit(struct pl_keying *keying);

/* The terms that the settings ask for; names point into them. PL_E_USAGE says which cannot be. */
PL_MUST_CHECK enum pl_status pl_key_terms_read(const struct pl_key_settings *settings,
                                               uint64_t now_ms, struct pl_key_terms *ret_terms,
                                               struct pl_error *error);

/* Each returns the exit code. */
int pl_key_run_make(const struct pl_call *call);
int pl_key_run_list(const struct pl_call *call);
int pl_key_run_revoke(const struct pl_call *call);

/* "2026-03-01T12:00:00Z", by UTC. */
#define PL_KEY_TIME_SIZE 32
void pl_key_time_write(uint64_t time_ms, char ret_text[PL_KEY_TIME_SIZE]);

/* Members of a key inside an open object, for all commands: id, name, scopes, bounds. */
void pl_key_members(struct pl_json *json, struct pl_str id, const struct pl_key_terms *terms);

#endif
