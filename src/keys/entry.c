/* A key as text in the state: JSON for what people may want to read, numbers for what is counted. */
#include "keys/entry.h"

#include "ledger/body.h"
#include "ledger/seal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PEPPER_AREA            "key-pepper"
#define PEPPER_NAME            PL_STR("blake2b-256")
#define SCRATCH_SIZE_BYTES_MAX ((size_t)4 << 20)
#define SPENT_NUMBERS          8
#define SCOPES_ALL             (PL_SCOPE_INFER | PL_SCOPE_FEEDBACK | PL_SCOPE_FLAGS | PL_SCOPE_ADMIN)

const char *const PL_SCOPE_NAMES[] = {"infer", "feedback", "flags", "admin", NULL};
const char *const PL_BUDGET_PERIOD_NAMES[] = {"day", "month", "total", NULL};

/* ---- terms ---- */

static bool is_plain(struct pl_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
            return false;
    return pl_str_is_utf8(name);
}

enum pl_status pl_key_terms_check(const struct pl_key_terms *terms, struct pl_error *error)
{
    if (terms->name.len > PL_KEY_NAME_SIZE_BYTES_MAX || !is_plain(terms->name))
        return pl_error_set(error, PL_E_USAGE,
                            "the name of a key is UTF-8 of at most %d bytes without control "
                            "characters",
                            PL_KEY_NAME_SIZE_BYTES_MAX);
    if (terms->scopes == 0 || (terms->scopes & ~(uint32_t)SCOPES_ALL) != 0)
        return pl_error_set(error, PL_E_USAGE,
                            "a key needs a scope: infer, feedback, flags or admin");
    if (terms->requests_per_minute > PL_KEY_RATE_MAX || terms->tokens_per_minute > PL_KEY_RATE_MAX)
        return pl_error_set(error, PL_E_USAGE,
                            "requests and tokens a minute are at most %d; 0 is no bound",
                            PL_KEY_RATE_MAX);
    if (!(terms->money_max >= 0 && terms->money_max <= PL_KEY_MONEY_MAX))
        return pl_error_set(error, PL_E_USAGE, "a budget is between 0, which is no bound, and %.0f",
                            PL_KEY_MONEY_MAX);
    if (terms->tokens_max > PL_KEY_TOKENS_MAX)
        return pl_error_set(error, PL_E_USAGE, "a budget of tokens is at most %" PRIu64,
                            (uint64_t)PL_KEY_TOKENS_MAX);
    return PL_OK;
}

/* ---- entries ---- */

static void write_count(struct pl_json *json, const char *key, uint64_t count)
{
    if (count == 0)
        return;
    pl_json_key(json, key);
    pl_json_uint64(json, count);
}

void pl_key_entry_write(const struct pl_key_entry *entry, struct pl_buffer *out)
{
    const struct pl_key_terms *terms = &entry->terms;
    char hash[PL_SEAL_HEX_SIZE(PL_KEY_HASH_SIZE)];
    struct pl_json json;

    pl_seal_hex(entry->hash, sizeof entry->hash, hash);
    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "name");
    pl_json_str(&json, terms->name);
    pl_json_key(&json, "scopes");
    pl_json_open_array(&json);
    for (size_t i = 0; PL_SCOPE_NAMES[i] != NULL; i++)
        if ((terms->scopes & 1U << i) != 0)
            pl_json_text(&json, PL_SCOPE_NAMES[i]);
    pl_json_close_array(&json);
    write_count(&json, "requests_per_minute", terms->requests_per_minute);
    write_count(&json, "tokens_per_minute", terms->tokens_per_minute);
    if (terms->money_max > 0) {
        pl_json_key(&json, "money_max");
        pl_json_double(&json, terms->money_max);
    }
    write_count(&json, "tokens_max", terms->tokens_max);
    pl_json_key(&json, "period");
    pl_json_text(&json, PL_BUDGET_PERIOD_NAMES[terms->period]);
    write_count(&json, "expires_ms", terms->expires_ms);
    write_count(&json, "made_ms", entry->made_ms);
    pl_json_key(&json, "hash");
    pl_json_text(&json, hash);
    pl_json_close_object(&json);
}

/* A scope that this plimsoll does not know is one that it does not grant. */
static uint32_t read_scopes(const struct pl_body *scopes)
{
    uint32_t bits = 0;

    for (size_t i = 0; scopes->kind == PL_BODY_ARRAY && i < scopes->count; i++)
        for (size_t k = 0; PL_SCOPE_NAMES[k] != NULL; k++)
            if (pl_str_equal_text(pl_body_text(&scopes->items[i]), PL_SCOPE_NAMES[k]))
                bits |= 1U << k;
    return bits;
}

/* A bound that is there and cannot be read must not become "no bound". */
static bool read_count(const struct pl_body *body, const char *key, uint64_t *ret_count)
{
    const struct pl_body *member = pl_body_get(body, key);

    if (pl_body_is_null(member))
        return true;
    if (member->kind != PL_BODY_INTEGER || member->integer <= 0)
        return false;
    *ret_count = (uint64_t)member->integer;
    return true;
}

static bool read_money(const struct pl_body *body, double *ret_money)
{
    const struct pl_body *member = pl_body_get(body, "money_max");

    if (pl_body_is_null(member))
        return true;
    return pl_body_number(member, ret_money) && *ret_money > 0;
}

static bool read_period(const struct pl_body *body, enum pl_budget_period *ret_period)
{
    for (size_t i = 0; PL_BUDGET_PERIOD_NAMES[i] != NULL; i++)
        if (pl_body_member_is(body, "period", PL_BUDGET_PERIOD_NAMES[i])) {
            *ret_period = (enum pl_budget_period)i;
            return true;
        }
    return false;
}

static bool read_members(const struct pl_body *body, struct pl_key_entry *entry)
{
    struct pl_key_terms *terms = &entry->terms;

    terms->name = pl_body_text(pl_body_get(body, "name"));
    terms->scopes = read_scopes(pl_body_get(body, "scopes"));
    return read_count(body, "requests_per_minute", &terms->requests_per_minute) &&
           read_count(body, "tokens_per_minute", &terms->tokens_per_minute) &&
           read_count(body, "tokens_max", &terms->tokens_max) &&
           read_count(body, "expires_ms", &terms->expires_ms) &&
           read_count(body, "made_ms", &entry->made_ms) && read_money(body, &terms->money_max) &&
           read_period(body, &terms->period) &&
           pl_seal_bytes(pl_body_text(pl_body_get(body, "hash")), entry->hash, sizeof entry->hash);
}

static enum pl_status corrupt(struct pl_str id, struct pl_error *error)
{
    return pl_error_set(
        error, PL_E_CORRUPT,
        "the key %.40s cannot be read from the state: its entry is damaged; revoke it "
        "and make another",
        id.ptr == NULL ? "" : id.ptr);
}

enum pl_status pl_key_entry_read(struct pl_str id, struct pl_str text, struct pl_arena *arena,
                                 struct pl_key_entry *ret_entry, struct pl_error *error)
{
    struct pl_key_entry entry = {0};
    struct pl_body *body = NULL;
    struct pl_arena scratch;
    struct pl_error ignored;

    pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);

    bool is_good = pl_body_read(text, &scratch, &body, &ignored) == PL_OK &&
                   read_members(body, &entry) &&
                   (entry.terms.scopes == 0 || pl_key_terms_check(&entry.terms, &ignored) == PL_OK);
    enum pl_status status = PL_OK;

    if (!is_good) {
        status = corrupt(id, error);
    } else {
        entry.terms.name = pl_arena_copy(arena, entry.terms.name);
        if (entry.terms.name.ptr == NULL)
            status = pl_arena_error(arena, "the keys", error);
    }
    pl_arena_deinit(&scratch);
    if (status == PL_OK)
        *ret_entry = entry;
    return status;
}

/* ---- what was spent ---- */

void pl_key_spent_write(const struct pl_spent *spent, char ret_text[PL_KEY_SPENT_SIZE])
{
    (void)snprintf(ret_text, PL_KEY_SPENT_SIZE,
                   "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                   " %" PRIu64 " %" PRIu64,
                   spent->money.period, spent->money.amount, spent->tokens.period,
                   spent->tokens.amount, spent->money_total, spent->tokens_total,
                   spent->requests_total, spent->used_ms);
}

enum pl_status pl_key_spent_read(struct pl_str id, struct pl_str text, struct pl_spent *ret_spent,
                                 struct pl_error *error)
{
    uint64_t numbers[SPENT_NUMBERS] = {0};

    for (size_t i = 0; i < SPENT_NUMBERS; i++) {
        const char *blank = text.len == 0 ? NULL : memchr(text.ptr, ' ', text.len);
        const size_t length = blank == NULL ? text.len : (size_t)(blank - text.ptr);

        if ((blank == NULL) != (i + 1 == SPENT_NUMBERS) ||
            !pl_str_to_uint64((struct pl_str){text.ptr, length}, &numbers[i]))
            return corrupt(id, error);
        text.ptr += length + (blank != NULL);
        text.len -= length + (blank != NULL);
    }
    *ret_spent = (struct pl_spent){
        .money = {numbers[0], numbers[1]},
        .tokens = {numbers[2], numbers[3]},
        .money_total = numbers[4],
        .tokens_total = numbers[5],
        .requests_total = numbers[6],
        .used_ms = numbers[7],
    };
    return PL_OK;
}

/* ---- the pepper ---- */

enum pl_status pl_key_pepper_read(struct pl_state *state,
                                  unsigned char ret_pepper[PL_KEY_HASH_SIZE], bool *ret_found,
                                  struct pl_error *error)
{
    struct pl_str text = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, SCRATCH_SIZE_BYTES_MAX);

    enum pl_status status = pl_state_get(state, PEPPER_AREA, PEPPER_NAME, &arena, &text, error);

    if (status == PL_OK && text.ptr != NULL) {
        if (!pl_seal_bytes(text, ret_pepper, PL_KEY_HASH_SIZE))
            status =
                pl_error_set(error, PL_E_CORRUPT,
                             "what the hashes of the keys are made with cannot be read from "
                             "the state; put a copy of it in its place, or make the keys again");
        pl_seal_forget((void *)(uintptr_t)text.ptr, text.len);
    }
    if (status == PL_OK)
        *ret_found = text.ptr != NULL;
    pl_arena_deinit(&arena);
    return status;
}

enum pl_status pl_key_pepper_write(struct pl_state *state,
                                   const unsigned char pepper[PL_KEY_HASH_SIZE],
                                   struct pl_error *error)
{
    char hex[PL_SEAL_HEX_SIZE(PL_KEY_HASH_SIZE)];

    pl_seal_hex(pepper, PL_KEY_HASH_SIZE, hex);

    const enum pl_status status =
        pl_state_put(state, PEPPER_AREA, PEPPER_NAME, pl_str_of(hex), error);

    pl_seal_forget(hex, sizeof hex);
    return status;
}
