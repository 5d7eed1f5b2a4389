/*
 * The table of keys: a hash table by id, built once. Ids are random, so that nobody can choose them to
 * collide. A wrong secret and an unknown id cost the same: the hash is made and compared in any case.
 */
#include "keys/keys.h"

#include "base/arena.h"
#include "keys/entry.h"
#include "ledger/seal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX   ((size_t)256 << 20)
#define SCRATCH_SIZE_BYTES_MAX ((size_t)4 << 20)

struct pl_client_key {
    char id[PL_KEY_ID_LENGTH + 1];
    struct pl_key_entry entry;
    struct pl_meter *meter;
    struct pl_client_key *next; /* in the order of ids */
};

struct pl_keys {
    atomic_uint references;
    struct pl_arena arena;
    unsigned char pepper[PL_KEY_HASH_SIZE];
    unsigned char nobody[PL_KEY_HASH_SIZE]; /* what is compared where there is no such id */
    struct pl_client_key *first, *last;
    size_t count;
    struct pl_client_key **slots; /* a power of two, at most half of them taken */
    size_t slots_count;
};

/* ---- finding ---- */

static struct pl_client_key **slot_of(const struct pl_keys *keys, struct pl_str id)
{
    size_t at = (size_t)pl_str_hash(id) & (keys->slots_count - 1);

    while (keys->slots[at] != NULL && !pl_str_equal(pl_client_key_id(keys->slots[at]), id))
        at = (at + 1) & (keys->slots_count - 1);
    return &keys->slots[at];
}

static enum pl_status make_slots(struct pl_keys *keys, struct pl_error *error)
{
    keys->slots_count = 2;
    while (keys->slots_count < 2 * keys->count + 2)
        keys->slots_count *= 2;
    keys->slots = pl_arena_alloc_array(&keys->arena, keys->slots_count, sizeof(void *));
    if (keys->slots == NULL)
        return pl_arena_error(&keys->arena, "the keys", error);
    for (struct pl_client_key *key = keys->first; key != NULL; key = key->next)
        *slot_of(keys, pl_client_key_id(key)) = key;
    return PL_OK;
}

/* ---- loading ---- */

/* Loading under way. */
struct loading {
    struct pl_keys *keys;
    struct pl_keys *previous; /* may be NULL */
};

static enum pl_status load_key(struct pl_str id, struct pl_str value, void *context,
                               struct pl_error *error)
{
    struct pl_keys *keys = ((struct loading *)context)->keys;
    struct pl_client_key *key = pl_arena_alloc(&keys->arena, sizeof *key);

    if (key == NULL)
        return pl_arena_error(&keys->arena, "the keys", error);
    if (keys->count >= PL_KEYS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "the state has more than %d keys", PL_KEYS_MAX);
    if (id.len != PL_KEY_ID_LENGTH)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the state has a key by the name \"%.40s\", which is no id of a key",
                            id.ptr);
    memcpy(key->id, id.ptr, PL_KEY_ID_LENGTH);
    PL_RETURN_IF(pl_key_entry_read(id, value, &keys->arena, &key->entry, error));
    if (keys->last == NULL)
        keys->first = key;
    else
        keys->last->next = key;
    keys->last = key;
    keys->count++;
    return PL_OK;
}

/* Its meter from the previous table; NULL where it is not the same key. */
static struct pl_meter *carried_over(const struct pl_keys *previous,
                                     const struct pl_client_key *key)
{
    const struct pl_client_key *old =
        previous == NULL ? NULL : *slot_of(previous, pl_client_key_id(key));

    if (old == NULL || old->entry.terms.period != key->entry.terms.period ||
        !pl_seal_equal(old->entry.hash, key->entry.hash, sizeof key->entry.hash))
        return NULL;
    return pl_meter_ref(old->meter);
}

static enum pl_status make_meter(struct pl_client_key *key, const struct pl_spent *spent,
                                 struct pl_error *error)
{
    key->meter = pl_meter_new(&key->entry.terms, spent);
    return key->meter != NULL ? PL_OK
                              : pl_error_set(error, PL_E_MEMORY, "no memory left for the keys");
}

/* What a key has spent; what a key spent that is no more is passed over. */
static enum pl_status load_spent(struct pl_str id, struct pl_str value, void *context,
                                 struct pl_error *error)
{
    const struct loading *loading = context;
    struct pl_client_key *key = *slot_of(loading->keys, id);
    struct pl_spent spent;

    if (key == NULL || key->meter != NULL)
        return PL_OK;
    PL_RETURN_IF(pl_key_spent_read(id, value, &spent, error));
    return make_meter(key, &spent, error);
}

static enum pl_status load_meters(struct pl_state *state, struct loading *loading,
                                  struct pl_error *error)
{
    struct pl_client_key *key = NULL;

    for (key = loading->keys->first; key != NULL; key = key->next)
        key->meter = carried_over(loading->previous, key);
    PL_RETURN_IF(pl_state_each(state, PL_KEY_SPENT_AREA, load_spent, loading, error));
    for (key = loading->keys->first; key != NULL; key = key->next)
        if (key->meter == NULL)
            PL_RETURN_IF(make_meter(key, &(struct pl_spent){0}, error));
    return PL_OK;
}

static enum pl_status load(struct pl_state *state, struct loading *loading, struct pl_error *error)
{
    struct pl_keys *keys = loading->keys;
    bool found = false;

    PL_RETURN_IF(pl_seal_random(keys->nobody, sizeof keys->nobody, error));
    PL_RETURN_IF(pl_state_each(state, PL_KEY_AREA, load_key, loading, error));
    PL_RETURN_IF(pl_key_pepper_read(state, keys->pepper, &found, error));
    if (!found && keys->count > 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the state has keys, and not what their hashes are made with; put a "
                            "copy of it in its place, or revoke the keys and make them again");
    PL_RETURN_IF(make_slots(keys, error));
    return load_meters(state, loading, error);
}

enum pl_status pl_keys_load(struct pl_state *state, struct pl_keys *previous,
                            struct pl_keys **ret_keys, struct pl_error *error)
{
    struct pl_keys *keys = calloc(1, sizeof *keys);

    if (keys == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the keys");
    atomic_init(&keys->references, 1);
    pl_arena_init(&keys->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status =
        load(state, &(struct loading){.keys = keys, .previous = previous}, error);

    if (status != PL_OK)
        pl_keys_unref(keys);
    else
        *ret_keys = keys;
    return status;
}

void pl_keys_set_usual(struct pl_keys *keys, uint64_t requests, uint64_t tokens)
{
    for (struct pl_client_key *key = keys->first; key != NULL; key = key->next) {
        struct pl_key_terms *terms = &key->entry.terms;

        if (terms->requests_per_minute == 0)
            terms->requests_per_minute = requests;
        if (terms->tokens_per_minute == 0)
            terms->tokens_per_minute = tokens;
    }
}

struct pl_keys *pl_keys_ref(struct pl_keys *keys)
{
    (void)atomic_fetch_add_explicit(&keys->references, 1, memory_order_relaxed);
    return keys;
}

void pl_keys_unref(struct pl_keys *keys)
{
    if (keys == NULL || atomic_fetch_sub_explicit(&keys->references, 1, memory_order_acq_rel) != 1)
        return;
    for (struct pl_client_key *key = keys->first; key != NULL; key = key->next)
        pl_meter_unref(key->meter);
    pl_seal_forget(keys->pepper, sizeof keys->pepper);
    pl_arena_deinit(&keys->arena);
    free(keys);
}

size_t pl_client_keys_count(const struct pl_keys *keys)
{
    return keys->count;
}

const struct pl_client_key *pl_client_keys_next(const struct pl_keys *keys,
                                                const struct pl_client_key *after)
{
    return after == NULL ? keys->first : after->next;
}

/* ---- a key ---- */

struct pl_str pl_client_key_id(const struct pl_client_key *key)
{
    return (struct pl_str){key->id, PL_KEY_ID_LENGTH};
}

const struct pl_key_terms *pl_client_key_terms(const struct pl_client_key *key)
{
    return &key->entry.terms;
}

uint64_t pl_client_key_made_ms(const struct pl_client_key *key)
{
    return key->entry.made_ms;
}

struct pl_key_spent pl_client_key_spent(const struct pl_client_key *key, uint64_t now_ms)
{
    return pl_meter_spent(key->meter, &key->entry.terms, now_ms);
}

/* ---- a request ---- */

enum pl_key_answer pl_keys_check(const struct pl_keys *keys, struct pl_str text, uint32_t scope,
                                 uint64_t now_ms, struct pl_client_key **ret_key)
{
    unsigned char hash[PL_KEY_HASH_SIZE];

    if (text.len != PL_KEY_TEXT_LENGTH || !pl_str_starts_with(text, PL_STR("pl_")) ||
        text.ptr[PL_KEY_SECRET_AT + PL_KEY_ID_LENGTH] != '_')
        return PL_KEY_UNKNOWN;

    const struct pl_str hashed = {text.ptr + PL_KEY_SECRET_AT, text.len - PL_KEY_SECRET_AT};

    pl_seal_keyed_hash(keys->pepper, hashed, hash);

    struct pl_client_key *key = *slot_of(keys, (struct pl_str){hashed.ptr, PL_KEY_ID_LENGTH});
    const unsigned char *right = key == NULL ? keys->nobody : key->entry.hash;

    if (!pl_seal_equal(hash, right, sizeof hash) || key == NULL)
        return PL_KEY_UNKNOWN;
    if (key->entry.terms.expires_ms != 0 && now_ms >= key->entry.terms.expires_ms)
        return PL_KEY_EXPIRED;
    if ((key->entry.terms.scopes & scope) != scope)
        return PL_KEY_FORBIDDEN;
    *ret_key = key;
    return PL_KEY_OK;
}

enum pl_key_answer pl_keys_reserve(struct pl_client_key *key, struct pl_key_need need,
                                   uint64_t now_ms, struct pl_reservation *ret_reservation,
                                   struct pl_key_room *ret_room)
{
    struct pl_reservation reservation = {.key = key, .money = need.money, .tokens = need.tokens};
    const enum pl_key_answer answer =
        pl_meter_take(key->meter, &key->entry.terms, &reservation, now_ms, ret_room);

    *ret_reservation = answer == PL_KEY_OK ? reservation : (struct pl_reservation){0};
    return answer;
}

void pl_keys_settle(struct pl_reservation *reservation, double money, uint64_t tokens,
                    uint64_t now_ms)
{
    const struct pl_reservation used = {.money = money, .tokens = tokens};
    struct pl_client_key *key = reservation->key;

    if (key == NULL)
        return;
    pl_meter_settle(key->meter, &key->entry.terms, reservation, &used, now_ms);
    reservation->key = NULL;
}

/* ---- saving ---- */

static enum pl_status learn_spent(struct pl_str id, struct pl_str value, void *context,
                                  struct pl_error *error)
{
    const struct pl_client_key *key = *slot_of(context, id);
    struct pl_spent spent;

    if (key == NULL)
        return PL_OK;
    PL_RETURN_IF(pl_key_spent_read(id, value, &spent, error));
    pl_meter_learn(key->meter, &spent);
    return PL_OK;
}

/* A key that was revoked meanwhile leaves nothing behind. */
static enum pl_status save_key(const struct pl_client_key *key, struct pl_state *state,
                               struct pl_arena *scratch, struct pl_error *error)
{
    const struct pl_spent sum = pl_meter_sum(key->meter);
    char text[PL_KEY_SPENT_SIZE];
    struct pl_str entry;

    PL_RETURN_IF(pl_state_get(state, PL_KEY_AREA, pl_client_key_id(key), scratch, &entry, error));
    if (entry.ptr == NULL)
        return PL_OK;
    pl_key_spent_write(&sum, text);
    return pl_state_put(state, PL_KEY_SPENT_AREA, pl_client_key_id(key), pl_str_of(text), error);
}

static bool has_pending(const struct pl_client_key *key)
{
    const struct pl_spent *pending = &key->meter->pending;

    return pending->money_total != 0 || pending->tokens_total != 0 || pending->requests_total != 0;
}

static enum pl_status save_all(struct pl_keys *keys, struct pl_state *state, struct pl_error *error)
{
    enum pl_status status = pl_state_each(state, PL_KEY_SPENT_AREA, learn_spent, keys, error);

    for (struct pl_client_key *key = keys->first; key != NULL && status == PL_OK; key = key->next) {
        struct pl_arena scratch;

        if (!has_pending(key))
            continue;
        pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);
        status = save_key(key, state, &scratch, error);
        pl_arena_deinit(&scratch);
    }
    return status;
}

static enum pl_status save_in_transaction(struct pl_keys *keys, struct pl_state *state,
                                          struct pl_error *error)
{
    PL_RETURN_IF(pl_state_begin(state, error));

    const enum pl_status status = save_all(keys, state, error);

    if (status == PL_OK)
        return pl_state_commit(state, error);
    pl_state_rollback(state);
    return status;
}

enum pl_status pl_keys_save(struct pl_keys *keys, struct pl_state *state, struct pl_error *error)
{
    bool is_due = false;

    for (struct pl_client_key *key = keys->first; key != NULL; key = key->next)
        is_due |= pl_meter_collect(key->meter);
    if (!is_due)
        return pl_state_each(state, PL_KEY_SPENT_AREA, learn_spent, keys, error);

    const enum pl_status status = save_in_transaction(keys, state, error);

    for (struct pl_client_key *key = keys->first; key != NULL; key = key->next) {
        if (status == PL_OK)
            pl_meter_saved(key->meter);
        else
            pl_meter_put_back(key->meter);
    }
    return status;
}
