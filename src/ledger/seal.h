/*
 * The ledger's cryptography: BLAKE2b-256 and Ed25519. Nothing here knows the format. Safe in any
 * thread; a key belongs to whoever made it.
 */
#ifndef PL_LEDGER_SEAL_H
#define PL_LEDGER_SEAL_H

#include "ledger/ledger.h"

#define PL_SEAL_SEED_SIZE       32
#define PL_SEAL_PUBLIC_KEY_SIZE 32
#define PL_SEAL_SECRET_KEY_SIZE 64
#define PL_SEAL_SIGNATURE_SIZE  64
#define PL_SEAL_HEX_SIZE(bytes) (2 * (bytes) + 1)

struct pl_seal_key {
    unsigned char secret[PL_SEAL_SECRET_KEY_SIZE];
    unsigned char public[PL_SEAL_PUBLIC_KEY_SIZE];
};

/* A new random seed, as lower-case hex. */
PL_MUST_CHECK enum pl_status pl_seal_seed_make(char ret_hex[PL_SEAL_HEX_SIZE(PL_SEAL_SEED_SIZE)],
                                               struct pl_error *error);

/* The key pair of a seed. False when `hex` is not 64 lower-case hex digits. */
bool pl_seal_key_init(struct pl_seal_key *key, struct pl_str hex);

/* Overwrites the secret. */
void pl_seal_key_deinit(struct pl_seal_key *key);

/* Overwrites memory that held a secret. */
void pl_seal_forget(void *memory, size_t size_bytes);

/* BLAKE2b-256 of `previous` followed by `bytes`. */
void pl_seal_hash(const unsigned char previous[PL_LEDGER_HASH_SIZE], struct pl_str bytes,
                  unsigned char ret_hash[PL_LEDGER_HASH_SIZE]);

/* The signature of `statement`, as lower-case hex. */
void pl_seal_sign(const struct pl_seal_key *key, struct pl_str statement,
                  char ret_hex[PL_SEAL_HEX_SIZE(PL_SEAL_SIGNATURE_SIZE)]);

bool pl_seal_is_signed(const unsigned char public_key[PL_SEAL_PUBLIC_KEY_SIZE],
                       struct pl_str statement, const char *signature_hex);

/* Random bytes that nobody can foretell. */
PL_MUST_CHECK enum pl_status pl_seal_random(void *ret_memory, size_t size_bytes,
                                            struct pl_error *error);

/* BLAKE2b-256 of `bytes` with a key: nobody without the key can make or check it. */
void pl_seal_keyed_hash(const unsigned char key[PL_LEDGER_HASH_SIZE], struct pl_str bytes,
                        unsigned char ret_hash[PL_LEDGER_HASH_SIZE]);

/* Whether two secrets are the same, in a time that does not tell where they differ. */
bool pl_seal_equal(const void *a, const void *b, size_t size_bytes);

/* Lower-case hex, and back; false when `hex` is not exactly `size_bytes` bytes in that form. */
void pl_seal_hex(const unsigned char *bytes, size_t size_bytes, char *ret_hex);
bool pl_seal_bytes(struct pl_str hex, unsigned char *ret_bytes, size_t size_bytes);

#endif
