/*
 * Making and revoking keys. The secret is 43 characters of base62, drawn evenly (256 bits); it is in
 * the caller's text and nowhere else, the state has its hash.
 */
#include "keys/entry.h"

#include "base/file.h"
#include "ledger/seal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ENTRY_SIZE_BYTES_MAX ((size_t)64 << 10)
#define ARENA_SIZE_BYTES_MAX ((size_t)4 << 20)

/* Crockford's base32 for the id, which people read and type; base62 for the secret. */
static const char ID_LETTERS[] = "0123456789abcdefghjkmnpqrstvwxyz";
static const char SECRET_LETTERS[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Letters drawn evenly: bytes beyond the last whole multiple of their number are not used. */
static enum pl_status draw(const char *letters, char *ret_text, size_t length,
                           struct pl_error *error)
{
    const size_t count = strlen(letters), used = 256 - 256 % count;
    unsigned char bytes[64];

    for (size_t filled = 0; filled < length;) {
        PL_RETURN_IF(pl_seal_random(bytes, sizeof bytes, error));
        for (size_t i = 0; i < sizeof bytes && filled < length; i++)
            if (bytes[i] < used)
                ret_text[filled++] = letters[bytes[i] % count];
    }
    pl_seal_forget(bytes, sizeof bytes);
    ret_text[length] = '\0';
    return PL_OK;
}

static enum pl_status draw_key(char ret_text[PL_KEY_TEXT_SIZE], char ret_id[PL_KEY_ID_LENGTH + 1],
                               struct pl_error *error)
{
    static_assert(PL_KEY_TEXT_LENGTH < PL_KEY_TEXT_SIZE, "the text of a key has its NUL");

    PL_RETURN_IF(draw(ID_LETTERS, ret_id, PL_KEY_ID_LENGTH, error));
    (void)snprintf(ret_text, PL_KEY_TEXT_SIZE, "pl_%s_", ret_id);

    const size_t start = strlen(ret_text);

    return draw(SECRET_LETTERS, ret_text + start, PL_KEY_TEXT_LENGTH - start, error);
}

static enum pl_status count(struct pl_str name, struct pl_str value, void *context,
                            struct pl_error *error)
{
    (void)name;
    (void)value;
    (void)error;
    ++*(size_t *)context;
    return PL_OK;
}

/* The pepper, made with the first key. Keys without one are keys that nobody can check any more. */
static enum pl_status find_pepper(struct pl_state *state,
                                  unsigned char ret_pepper[PL_KEY_HASH_SIZE],
                                  struct pl_error *error)
{
    bool found = false;
    size_t keys_count = 0;

    PL_RETURN_IF(pl_state_each(state, PL_KEY_AREA, count, &keys_count, error));
    if (keys_count >= PL_KEYS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "there are %d keys, as many as there may be; revoke some", PL_KEYS_MAX);
    PL_RETURN_IF(pl_key_pepper_read(state, ret_pepper, &found, error));
    if (found)
        return PL_OK;
    if (keys_count > 0)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the state has keys, and not what their hashes are made with; put a "
                            "copy of it in its place, or revoke the keys and make them again");
    PL_RETURN_IF(pl_seal_random(ret_pepper, PL_KEY_HASH_SIZE, error));
    return pl_key_pepper_write(state, ret_pepper, error);
}

/* `text` is the whole key. */
static enum pl_status put_key(struct pl_state *state, struct pl_str id, struct pl_str text,
                              struct pl_key_entry *entry, struct pl_error *error)
{
    unsigned char pepper[PL_KEY_HASH_SIZE] = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    enum pl_status status = find_pepper(state, pepper, error);

    if (status == PL_OK)
        pl_seal_keyed_hash(
            pepper, (struct pl_str){text.ptr + PL_KEY_SECRET_AT, text.len - PL_KEY_SECRET_AT},
            entry->hash);
    pl_seal_forget(pepper, sizeof pepper);
    PL_RETURN_IF(status);
    pl_buffer_init(&out, ENTRY_SIZE_BYTES_MAX);
    pl_key_entry_write(entry, &out);
    PL_RETURN_IF(pl_buffer_check(&out, "the entry of the key", error));
    return pl_state_put(state, PL_KEY_AREA, id, pl_buffer_view(&out), error);
}

enum pl_status pl_key_make(struct pl_state *state, const struct pl_key_terms *terms,
                           char ret_text[PL_KEY_TEXT_SIZE], char ret_id[PL_KEY_ID_LENGTH + 1],
                           struct pl_error *error)
{
    struct pl_key_entry entry = {.terms = *terms, .made_ms = pl_clock_unix_ms()};
    char text[PL_KEY_TEXT_SIZE], id[PL_KEY_ID_LENGTH + 1];

    PL_RETURN_IF(pl_key_terms_check(terms, error));
    PL_RETURN_IF(draw_key(text, id, error));
    PL_RETURN_IF(pl_state_begin(state, error));

    enum pl_status status = put_key(state, pl_str_of(id), pl_str_of(text), &entry, error);

    if (status == PL_OK)
        status = pl_state_commit(state, error);
    else
        pl_state_rollback(state);
    if (status == PL_OK) {
        memcpy(ret_text, text, sizeof text);
        memcpy(ret_id, id, sizeof id);
    }
    pl_key_forget(text);
    return status;
}

void pl_key_forget(char text[PL_KEY_TEXT_SIZE])
{
    pl_seal_forget(text, PL_KEY_TEXT_SIZE);
}

static enum pl_status drop_key(struct pl_state *state, struct pl_str id, struct pl_error *error)
{
    bool was_there = false, had_spent = false;

    PL_RETURN_IF(pl_state_delete(state, PL_KEY_AREA, id, &was_there, error));
    if (!was_there)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "there is no key %.40s; `plimsoll key list` names those there are",
                            id.len == 0 ? "" : id.ptr);
    return pl_state_delete(state, PL_KEY_SPENT_AREA, id, &had_spent, error);
}

enum pl_status pl_key_revoke(struct pl_state *state, struct pl_str id, struct pl_error *error)
{
    PL_RETURN_IF(pl_state_begin(state, error));

    const enum pl_status status = drop_key(state, id, error);

    if (status == PL_OK)
        return pl_state_commit(state, error);
    pl_state_rollback(state);
    return status;
}
