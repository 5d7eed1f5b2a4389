/*
 * A signed card is its bytes, then one trailer of a fixed length. K is the Ed25519 public key, H the
 * BLAKE2b-256 of all bytes before the trailer, S the signature of the text `plimsoll-card 1 hash H`;
 * all in lower-case hex. The trailer is, with its newlines,
 *
 *   Markdown   <!-- plimsoll-card 1 key K hash H signature S -->
 *   HTML       the same, after </html>
 *   YAML       # plimsoll-card 1 key K hash H signature S
 *   JSON       the comma after the last member, a newline, and
 *                "signature": {"public_key": "K", "hash": "H", "signature": "S"}
 *              }
 *
 * There is one way to write it, and any other is no signature. A card that was laid out anew, by a
 * formatter say, has other bytes and verifies no longer; its content has to be written again.
 */
#include "card/signed.h"

#include <stdio.h>
#include <string.h>

/* The parts of a trailer, between which K, H and S stand. */
static const struct form {
    const char *name;
    const char *ending;
    const char *parts[4];
} FORMS[] = {
    [PL_CARD_MARKDOWN] = {"markdown",
                          ".md",
                          {"<!-- plimsoll-card 1 key ", " hash ", " signature ", " -->\n"}},
    [PL_CARD_JSON] = {"json",
                      ".json",
                      {",\n  \"signature\": {\"public_key\": \"", "\", \"hash\": \"",
                       "\", \"signature\": \"", "\"}\n}\n"}},
    [PL_CARD_YAML] = {"yaml", ".yaml", {"# plimsoll-card 1 key ", " hash ", " signature ", "\n"}},
    [PL_CARD_HTML] = {"html",
                      ".html",
                      {"<!-- plimsoll-card 1 key ", " hash ", " signature ", " -->\n"}},
};
#define FORMS_COUNT (sizeof FORMS / sizeof *FORMS)

bool pl_card_form_of(struct pl_str path, enum pl_card_form *ret_form)
{
    for (size_t i = 0; i < FORMS_COUNT; i++)
        if (pl_str_ends_with(path, pl_str_of(FORMS[i].ending))) {
            *ret_form = (enum pl_card_form)i;
            return true;
        }
    return false;
}

const char *pl_card_form_name(enum pl_card_form form)
{
    return FORMS[form].name;
}

static void write_statement(const char *hash, char ret_statement[PL_CARD_STATEMENT_SIZE])
{
    (void)snprintf(ret_statement, PL_CARD_STATEMENT_SIZE, "plimsoll-card 1 hash %s", hash);
}

void pl_card_signature_begin(enum pl_card_form form, struct pl_buffer *card,
                             struct pl_card_signature *ret_signature,
                             char ret_statement[PL_CARD_STATEMENT_SIZE])
{
    static const struct pl_str CLOSING = {"\n}\n", 3};

    if (form == PL_CARD_JSON && pl_str_ends_with(pl_buffer_view(card), CLOSING))
        pl_buffer_cut(card, card->len - CLOSING.len);
    pl_hash_bytes(pl_buffer_view(card), ret_signature->hash);
    write_statement(ret_signature->hash, ret_statement);
}

void pl_card_signature_end(enum pl_card_form form, const struct pl_card_signature *signature,
                           struct pl_buffer *card)
{
    const char *const *parts = FORMS[form].parts;

    pl_buffer_add_format(card, "%s%s%s%s%s%s%s", parts[0], signature->public_key, parts[1],
                         signature->hash, parts[2], signature->signature, parts[3]);
}

/* Takes `length` bytes off the end of `text`, into `ret_hex` with a NUL. */
static bool take_hex(struct pl_str *text, size_t length, char *ret_hex)
{
    if (text->len < length)
        return false;
    text->len -= length;
    memcpy(ret_hex, text->ptr + text->len, length);
    ret_hex[length] = '\0';
    return true;
}

static bool take_part(struct pl_str *text, const char *part)
{
    const struct pl_str end = pl_str_of(part);

    if (!pl_str_ends_with(*text, end))
        return false;
    text->len -= end.len;
    return true;
}

/* Takes the trailer off the end of `text`. */
static bool take_trailer(const struct form *form, struct pl_str *text,
                         struct pl_card_signature *signature)
{
    return take_part(text, form->parts[3]) &&
           take_hex(text, sizeof signature->signature - 1, signature->signature) &&
           take_part(text, form->parts[2]) &&
           take_hex(text, sizeof signature->hash - 1, signature->hash) &&
           take_part(text, form->parts[1]) &&
           take_hex(text, sizeof signature->public_key - 1, signature->public_key) &&
           take_part(text, form->parts[0]);
}

/* Whether the signature is one of `signed_part`. */
static bool is_good(const struct pl_card_signature *signature, struct pl_str signed_part)
{
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char statement[PL_CARD_STATEMENT_SIZE];

    pl_hash_bytes(signed_part, hash);
    write_statement(hash, statement);
    return strcmp(hash, signature->hash) == 0 &&
           pl_seal_bytes(pl_str_of(signature->public_key), key, sizeof key) &&
           pl_seal_is_signed(key, pl_str_of(statement), signature->signature);
}

bool pl_card_signature_read(struct pl_str card, struct pl_card_signature *ret_signature,
                            bool *ret_good)
{
    for (size_t i = 0; i < FORMS_COUNT; i++) {
        struct pl_str rest = card;

        if (!take_trailer(&FORMS[i], &rest, ret_signature))
            continue;
        *ret_good = is_good(ret_signature, rest);
        return true;
    }
    return false;
}
