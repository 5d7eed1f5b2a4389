/*
 * Keys of clients: "pl_<id>_<secret>", kept as id and a keyed BLAKE2b-256 of the secret, compared in
 * constant time. What a key may do (scopes), how fast (requests and tokens a minute) and for how much
 * (budgets in money and tokens, by day, month or in all). The table is a snapshot, immutable but for
 * its meters, which are atomic: money and tokens are reserved before a call and settled after, so that
 * no number of calls at once overspends.
 *
 * Speed: a bucket holds one minute's worth and is filled evenly. Budgets: days and months are those of
 * UTC. A clock that goes back opens no period for the second time; one that goes forward opens the new
 * period. Money is counted in whole billionths of the currency's unit (millionths for a budget over
 * one million): rounded up when it is reserved, to the nearest when it is settled.
 */
#ifndef PL_KEYS_KEYS_H
#define PL_KEYS_KEYS_H

#include "base/error.h"
#include "base/str.h"
#include "state/state.h"

#define PL_KEY_ID_LENGTH           12
#define PL_KEY_TEXT_SIZE           80 /* the whole key with its NUL */
#define PL_KEY_NAME_SIZE_BYTES_MAX 200
#define PL_KEY_RATE_MAX            1000000000       /* requests or tokens a minute */
#define PL_KEY_MONEY_MAX           1e9              /* a budget */
#define PL_KEY_TOKENS_MAX          1000000000000000 /* a budget */
#define PL_KEYS_MAX                100000

/* What a key may be used for, as bits. */
enum pl_scope {
    PL_SCOPE_INFER = 1 << 0,    /* chat, completions, embeddings, responses, decide */
    PL_SCOPE_FEEDBACK = 1 << 1, /* feedback and decisions */
    PL_SCOPE_FLAGS = 1 << 2,    /* OFREP */
    PL_SCOPE_ADMIN = 1 << 3,    /* the admin listener */
};

/* The names of the scopes, by bit ("infer" is bit 0), NULL at the end. */
extern const char *const PL_SCOPE_NAMES[];

enum pl_budget_period { PL_BUDGET_DAY, PL_BUDGET_MONTH, PL_BUDGET_TOTAL };

/* "day", "month", "total"; NULL at the end. */
extern const char *const PL_BUDGET_PERIOD_NAMES[];

/* They never change for an id. */
struct pl_key_terms {
    struct pl_str name; /* for people */
    uint32_t scopes;
    uint64_t requests_per_minute, tokens_per_minute; /* 0: no bound */
    double money_max;                                /* 0: no bound; in the prices' currency */
    uint64_t tokens_max;                             /* 0: no bound */
    enum pl_budget_period period;
    uint64_t expires_ms; /* Unix; 0: never */
};

/* ---- making and keeping: CLI ---- */

/* Makes a key, keeps its hash in the state, and gives its text, which is never to be had again: wipe
   it with pl_key_forget once it was shown. A transaction of its own. */
PL_MUST_CHECK enum pl_status pl_key_make(struct pl_state *state, const struct pl_key_terms *terms,
                                         char ret_text[PL_KEY_TEXT_SIZE],
                                         char ret_id[PL_KEY_ID_LENGTH + 1], struct pl_error *error);
void pl_key_forget(char text[PL_KEY_TEXT_SIZE]);

/* PL_E_NOT_FOUND where there is no such key. What it spent goes with it. */
PL_MUST_CHECK enum pl_status pl_key_revoke(struct pl_state *state, struct pl_str id,
                                           struct pl_error *error);

/* ---- the table: server ---- */

struct pl_keys;
struct pl_client_key; /* one of them; lives as long as the table */

/*
 * Reads all keys and what they have spent. `previous` (may be NULL): meters of keys that are in both
 * are carried over; they are the same meters, so that what is reserved in the one may be settled while
 * the other is in use. PL_E_CORRUPT names a key whose entry cannot be read.
 */
PL_MUST_CHECK enum pl_status pl_keys_load(struct pl_state *state, struct pl_keys *previous,
                                          struct pl_keys **ret_keys, struct pl_error *error);
/* The speed of keys whose terms say none, in requests and tokens a minute; 0: no bound. Before the table is shared. */
void pl_keys_set_usual(struct pl_keys *keys, uint64_t requests, uint64_t tokens);

struct pl_keys *pl_keys_ref(struct pl_keys *keys);
void pl_keys_unref(struct pl_keys *keys); /* NULL is allowed */

/*
 * Adds what was settled since the last time to what the state holds, and takes into the meters what
 * other servers have added there meanwhile. What a crash loses is what was settled since the last
 * time, so call it every second or so, and at the end. One thread at a time for a table and those that
 * it was carried over to. After a failure nothing is lost: the next one tries again.
 */
PL_MUST_CHECK enum pl_status pl_keys_save(struct pl_keys *keys, struct pl_state *state,
                                          struct pl_error *error);

enum pl_key_answer {
    PL_KEY_OK,
    PL_KEY_UNKNOWN,   /* malformed, unknown or wrong: 401 invalid_api_key */
    PL_KEY_EXPIRED,   /* 401 */
    PL_KEY_FORBIDDEN, /* the scope: 403 */
    PL_KEY_TOO_FAST,  /* 429 rate_limit_exceeded; when to come again is told */
    PL_KEY_NO_BUDGET, /* 429 insufficient_quota */
};

/* Checks the key of a request (`text` without "Bearer "): constant time in the secret, and an unknown
   id costs what a known one does. Any thread. */
enum pl_key_answer pl_keys_check(const struct pl_keys *keys, struct pl_str text, uint32_t scope,
                                 uint64_t now_ms, struct pl_client_key **ret_key);

size_t pl_client_keys_count(const struct pl_keys *keys);

/* The keys in the order of their ids: the first for NULL, NULL behind the last. */
const struct pl_client_key *pl_client_keys_next(const struct pl_keys *keys,
                                                const struct pl_client_key *after);

struct pl_str pl_client_key_id(const struct pl_client_key *key);
const struct pl_key_terms *pl_client_key_terms(const struct pl_client_key *key);
uint64_t pl_client_key_made_ms(const struct pl_client_key *key);

/* What a key has spent, reservations not counted in. */
struct pl_key_spent {
    double money;       /* in the period that `now_ms` lies in */
    uint64_t tokens;    /* likewise */
    double money_total; /* ever */
    uint64_t tokens_total, requests_total;
    uint64_t used_ms; /* when a request was last let through, Unix; 0: never */
};

/* Of the thread that saves, or of one that has the table to itself. */
struct pl_key_spent pl_client_key_spent(const struct pl_client_key *key, uint64_t now_ms);

/* What a request takes out beforehand and what it took in the end. */
struct pl_reservation {
    struct pl_client_key *key; /* NULL: nothing was reserved */
    double money;
    uint64_t tokens;
    uint64_t money_units;                 /* as it is counted */
    uint16_t money_period, tokens_period; /* that it counts for, whenever it is settled */
};

/* What a request needs at most. */
struct pl_key_need {
    double money;
    uint64_t tokens;
};

/* What is left, for the headers x-ratelimit-*. */
struct pl_key_room {
    uint64_t requests_limit, requests_left, requests_reset_ms; /* limit 0: no bound */
    uint64_t tokens_limit, tokens_left, tokens_reset_ms;
    uint64_t
        retry_after_ms; /* TOO_FAST, NO_BUDGET: when there is room again; 0: never, or not known */
    const char
        *what; /* NO_BUDGET, TOO_FAST: "requests a minute", "tokens a day", "money a month" */
};

/*
 * Takes one request and its need. Atomic over all threads: at no time is more
 * reserved and spent than allowed. All or nothing. A budget of which nothing is left refuses also what
 * costs nothing. More tokens than a whole minute allows are PL_KEY_TOO_FAST with retry_after_ms 0.
 * `ret_room` is filled whatever the answer. Any thread.
 */
enum pl_key_answer pl_keys_reserve(struct pl_client_key *key, struct pl_key_need need,
                                   uint64_t now_ms, struct pl_reservation *ret_reservation,
                                   struct pl_key_room *ret_room);

/* Settles it with what was used; also with nothing. Each reservation exactly once; its table must
   still be held. More than was reserved is taken all the same, for it was spent. What was reserved
   counts for the period in which it was. Any thread. */
void pl_keys_settle(struct pl_reservation *reservation, double money, uint64_t tokens,
                    uint64_t now_ms);

#endif
