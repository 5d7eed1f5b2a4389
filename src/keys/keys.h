/*
 * Keys of clients: "pl_<id>_<secret>", kept as id and a keyed BLAKE2b-256 of the secret, compared in constant time. What
 * a key may do (scopes, features), how fast (requests and tokens a minute) and for how much (budgets in money and
 * tokens, by day, month or in all). The table is a snapshot, immutable but for its meters, which are atomic: money and
 * tokens are reserved before a call and settled after, so that no number of calls at once overspends.
 */
#ifndef PL_KEYS_KEYS_H
#define PL_KEYS_KEYS_H

#include "base/error.h"
#include "base/str.h"
#include "state/state.h"

#define PL_KEY_ID_LENGTH     12
#define PL_KEY_TEXT_SIZE     80 /* the whole key with its NUL */
#define PL_KEYS_MAX          100000

/* What a key may be used for, as bits. */
enum pl_scope {
    PL_SCOPE_INFER = 1 << 0,    /* chat, completions, embeddings, responses, decide */
    PL_SCOPE_FEEDBACK = 1 << 1, /* feedback and decisions */
    PL_SCOPE_FLAGS = 1 << 2,    /* OFREP */
    PL_SCOPE_ADMIN = 1 << 3,    /* the admin listener */
};

enum pl_budget_period { PL_BUDGET_DAY, PL_BUDGET_MONTH, PL_BUDGET_TOTAL };

struct pl_key_terms {
    struct pl_str name; /* for people */
    uint32_t scopes;
    uint64_t requests_per_minute, tokens_per_minute; /* 0: no bound */
    double money_max;    /* 0: no bound; in the prices' currency */
    uint64_t tokens_max; /* 0: no bound */
    enum pl_budget_period period;
    uint64_t expires_ms; /* Unix; 0: never */
};

/* ---- making and keeping: CLI ---- */

/* Makes a key, keeps its hash in the state, and gives its text, which is never to be had again. */
PL_MUST_CHECK enum pl_status pl_key_make(struct pl_state *state, const struct pl_key_terms *terms,
                                         char ret_text[PL_KEY_TEXT_SIZE],
                                         char ret_id[PL_KEY_ID_LENGTH + 1], struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_key_revoke(struct pl_state *state, struct pl_str id,
                                           struct pl_error *error);

/* ---- the table: server ---- */

struct pl_keys;
struct pl_client_key; /* one of them; lives as long as the table */

/* Reads all keys and what they have spent. `previous` (may be NULL): meters of keys that are in both are carried over. */
PL_MUST_CHECK enum pl_status pl_keys_load(struct pl_state *state, struct pl_keys *previous,
                                          struct pl_keys **ret_keys, struct pl_error *error);
struct pl_keys *pl_keys_ref(struct pl_keys *keys);
void pl_keys_unref(struct pl_keys *keys);

/* Writes what was spent since the last time into the state. */
PL_MUST_CHECK enum pl_status pl_keys_save(struct pl_keys *keys, struct pl_state *state,
                                          struct pl_error *error);

enum pl_key_answer {
    PL_KEY_OK,
    PL_KEY_UNKNOWN,    /* malformed, unknown or wrong: 401 invalid_api_key */
    PL_KEY_EXPIRED,    /* 401 */
    PL_KEY_FORBIDDEN,  /* the scope: 403 */
    PL_KEY_TOO_FAST,   /* 429 rate_limit_exceeded; when to come again is told */
    PL_KEY_NO_BUDGET,  /* 429 insufficient_quota */
};

/* Checks the key of a request: constant time in the secret. */
enum pl_key_answer pl_keys_check(const struct pl_keys *keys, struct pl_str text, uint32_t scope,
                                 uint64_t now_ms, struct pl_client_key **ret_key);

struct pl_str pl_client_key_id(const struct pl_client_key *key);
const struct pl_key_terms *pl_client_key_terms(const struct pl_client_key *key);

/* What a request takes out beforehand and what it took in the end. */
struct pl_reservation {
    struct pl_client_key *key; /* NULL: nothing was reserved */
    double money;
    uint64_t tokens;
};

/* What is left, for the headers x-ratelimit-*. */
struct pl_key_room {
    uint64_t requests_limit, requests_left, requests_reset_ms;
    uint64_t tokens_limit, tokens_left, tokens_reset_ms;
    uint64_t retry_after_ms; /* TOO_FAST, NO_BUDGET: when there is room again; 0: not known */
    const char *what;        /* NO_BUDGET, TOO_FAST: "requests a minute", "tokens a day", "money a month" */
};

/* Takes one request, and `money` and `tokens` at most needed. Atomic over all threads: at no time is more reserved and spent than allowed. */
enum pl_key_answer pl_keys_reserve(struct pl_client_key *key, double money, uint64_t tokens,
                                   uint64_t now_ms, struct pl_reservation *ret_reservation,
                                   struct pl_key_room *ret_room);

/* Settles it with what was used; also with nothing. Each reservation exactly once. More than was reserved is taken all the
   same, for it was spent. */
void pl_keys_settle(struct pl_reservation *reservation, double money, uint64_t tokens, uint64_t now_ms);

#endif
