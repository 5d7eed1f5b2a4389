/*
 * Hashes and signatures by libsodium, whose header is included here only. Ed25519 signatures are
 * deterministic (RFC 8032), and libsodium refuses malleable ones, so that a signature has one form.
 */
#include "ledger/seal.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

static_assert(PL_LEDGER_HASH_SIZE == crypto_generichash_BYTES, "hash size");
static_assert(PL_SEAL_SEED_SIZE == crypto_sign_SEEDBYTES, "seed size");
static_assert(PL_SEAL_PUBLIC_KEY_SIZE == crypto_sign_PUBLICKEYBYTES, "public key size");
static_assert(PL_SEAL_SECRET_KEY_SIZE == crypto_sign_SECRETKEYBYTES, "secret key size");
static_assert(PL_SEAL_SIGNATURE_SIZE == crypto_sign_BYTES, "signature size");

void pl_seal_hex(const unsigned char *bytes, size_t size_bytes, char *ret_hex)
{
    (void)sodium_bin2hex(ret_hex, 2 * size_bytes + 1, bytes, size_bytes);
}

bool pl_seal_bytes(struct pl_str hex, unsigned char *ret_bytes, size_t size_bytes)
{
    size_t length = 0;

    if (hex.len != 2 * size_bytes)
        return false;
    for (size_t i = 0; i < hex.len; i++)
        if (hex.ptr[i] >= 'A' && hex.ptr[i] <= 'F')
            return false;
    return sodium_hex2bin(ret_bytes, size_bytes, hex.ptr, hex.len, NULL, &length, NULL) == 0 &&
           length == size_bytes;
}

enum pl_status pl_seal_seed_make(char ret_hex[PL_SEAL_HEX_SIZE(PL_SEAL_SEED_SIZE)],
                                 struct pl_error *error)
{
    unsigned char seed[PL_SEAL_SEED_SIZE];

    if (sodium_init() < 0)
        return pl_error_set(error, PL_E_ENGINE, "libsodium finds no source of random numbers");
    randombytes_buf(seed, sizeof seed);
    pl_seal_hex(seed, sizeof seed, ret_hex);
    sodium_memzero(seed, sizeof seed);
    return PL_OK;
}

enum pl_status pl_seal_random(void *ret_memory, size_t size_bytes, struct pl_error *error)
{
    if (sodium_init() < 0)
        return pl_error_set(error, PL_E_ENGINE, "libsodium finds no source of random numbers");
    randombytes_buf(ret_memory, size_bytes);
    return PL_OK;
}

bool pl_seal_key_init(struct pl_seal_key *key, struct pl_str hex)
{
    unsigned char seed[PL_SEAL_SEED_SIZE];

    if (!pl_seal_bytes(hex, seed, sizeof seed))
        return false;
    (void)crypto_sign_seed_keypair(key->public, key->secret, seed);
    sodium_memzero(seed, sizeof seed);
    return true;
}

void pl_seal_forget(void *memory, size_t size_bytes)
{
    sodium_memzero(memory, size_bytes);
}

void pl_seal_key_deinit(struct pl_seal_key *key)
{
    pl_seal_forget(key, sizeof *key);
}

void pl_seal_hash(const unsigned char previous[PL_LEDGER_HASH_SIZE], struct pl_str bytes,
                  unsigned char ret_hash[PL_LEDGER_HASH_SIZE])
{
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, PL_LEDGER_HASH_SIZE);
    (void)crypto_generichash_update(&state, previous, PL_LEDGER_HASH_SIZE);
    (void)crypto_generichash_update(&state, (const unsigned char *)bytes.ptr, bytes.len);
    (void)crypto_generichash_final(&state, ret_hash, PL_LEDGER_HASH_SIZE);
}

void pl_seal_sign(const struct pl_seal_key *key, struct pl_str statement,
                  char ret_hex[PL_SEAL_HEX_SIZE(PL_SEAL_SIGNATURE_SIZE)])
{
    unsigned char signature[PL_SEAL_SIGNATURE_SIZE];

    (void)crypto_sign_detached(signature, NULL, (const unsigned char *)statement.ptr, statement.len,
                               key->secret);
    pl_seal_hex(signature, sizeof signature, ret_hex);
}

bool pl_seal_is_signed(const unsigned char public_key[PL_SEAL_PUBLIC_KEY_SIZE],
                       struct pl_str statement, const char *signature_hex)
{
    unsigned char signature[PL_SEAL_SIGNATURE_SIZE];

    return pl_seal_bytes(pl_str_of(signature_hex), signature, sizeof signature) &&
           crypto_sign_verify_detached(signature, (const unsigned char *)statement.ptr,
                                       statement.len, public_key) == 0;
}

void pl_hash_bytes(struct pl_str bytes, char ret_hex[PL_LEDGER_HASH_TEXT_SIZE])
{
    unsigned char hash[PL_LEDGER_HASH_SIZE];

    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)bytes.ptr, bytes.len, NULL,
                             0);
    pl_seal_hex(hash, sizeof hash, ret_hex);
}

void pl_seal_keyed_hash(const unsigned char key[PL_LEDGER_HASH_SIZE], struct pl_str bytes,
                        unsigned char ret_hash[PL_LEDGER_HASH_SIZE])
{
    (void)crypto_generichash(ret_hash, PL_LEDGER_HASH_SIZE, (const unsigned char *)bytes.ptr,
                             bytes.len, key, PL_LEDGER_HASH_SIZE);
}

bool pl_seal_equal(const void *a, const void *b, size_t size_bytes)
{
    return sodium_memcmp(a, b, size_bytes) == 0;
}

/* Feeds the rest of the file to the hash. */
static enum pl_status hash_rest(int fd, const char *path, crypto_generichash_state *state,
                                struct pl_error *error)
{
    unsigned char chunk[1 << 16];

    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);

        if (got == 0)
            return PL_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s", path);
        (void)crypto_generichash_update(state, chunk, (unsigned long long)got);
    }
}

enum pl_status pl_hash_file(const char *path, char ret_hex[PL_LEDGER_HASH_TEXT_SIZE],
                            struct pl_error *error)
{
    crypto_generichash_state state;
    unsigned char hash[PL_LEDGER_HASH_SIZE];
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);
    (void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
    PL_RETURN_IF(hash_rest(fd, path, &state, error));
    (void)crypto_generichash_final(&state, hash, sizeof hash);
    pl_seal_hex(hash, sizeof hash, ret_hex);
    return PL_OK;
}
