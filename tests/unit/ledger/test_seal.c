/* Hashes and signatures: published vectors, and that any change of text, key or signature shows. */
#include "ledger_folder.h"

#include "base/file.h"
#include "ledger/seal.h"

/* Source: RFC 8032, section 7.1, tests 1 and 2. */
static const struct {
    const char *seed, *public, *message, *signature;
} RFC_8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
     "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "r",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
};

static void signatures_are_those_of_rfc_8032(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof RFC_8032 / sizeof *RFC_8032; i++) {
        struct pl_seal_key key;
        char text[PL_SEAL_HEX_SIZE(PL_SEAL_SIGNATURE_SIZE)];
        const struct pl_str message = pl_str_of(RFC_8032[i].message);

        assert_true(pl_seal_key_init(&key, pl_str_of(RFC_8032[i].seed)));
        pl_seal_hex(key.public, sizeof key.public, text);
        assert_string_equal(text, RFC_8032[i].public);
        pl_seal_sign(&key, message, text);
        assert_string_equal(text, RFC_8032[i].signature);
        assert_true(pl_seal_is_signed(key.public, message, text));
    }
}

static void any_flipped_bit_of_a_signature_shows(void **state)
{
    (void)state;
    struct pl_seal_key key;
    unsigned char bytes[PL_SEAL_SIGNATURE_SIZE];
    char text[PL_SEAL_HEX_SIZE(PL_SEAL_SIGNATURE_SIZE)];

    assert_true(pl_seal_key_init(&key, pl_str_of(RFC_8032[0].seed)));
    assert_true(pl_seal_bytes(pl_str_of(RFC_8032[0].signature), bytes, sizeof bytes));
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        pl_seal_hex(bytes, sizeof bytes, text);
        assert_false(pl_seal_is_signed(key.public, PL_STR(""), text));
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_false(pl_seal_is_signed(key.public, PL_STR("x"), RFC_8032[0].signature));
    key.public[0] ^= 1;
    assert_false(pl_seal_is_signed(key.public, PL_STR(""), RFC_8032[0].signature));
}

static void keys_are_64_lower_case_digits(void **state)
{
    (void)state;
    struct pl_seal_key key;
    char hex[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

    assert_true(pl_seal_key_init(&key, pl_str_of(hex)));
    assert_false(pl_seal_key_init(&key, (struct pl_str){hex, 63}));
    assert_false(pl_seal_key_init(&key, (struct pl_str){hex, 62}));
    assert_false(pl_seal_key_init(&key, PL_STR("")));
    hex[1] = 'D';
    assert_false(pl_seal_key_init(&key, pl_str_of(hex)));
    hex[1] = 'g';
    assert_false(pl_seal_key_init(&key, pl_str_of(hex)));
}

static void a_forgotten_key_is_gone(void **state)
{
    (void)state;
    static const struct pl_seal_key NOTHING;
    struct pl_seal_key key;

    assert_true(pl_seal_key_init(&key, pl_str_of(RFC_8032[0].seed)));
    pl_seal_key_deinit(&key);
    assert_memory_equal(&key, &NOTHING, sizeof key);
}

static void seeds_differ(void **state)
{
    (void)state;
    char first[PL_SEAL_HEX_SIZE(PL_SEAL_SEED_SIZE)], second[sizeof first];

    assert_int_equal(pl_seal_seed_make(first, NULL), PL_OK);
    assert_int_equal(pl_seal_seed_make(second, NULL), PL_OK);
    assert_int_equal(strlen(first), 64);
    assert_string_not_equal(first, second);
}

/* Source: Python's hashlib.blake2b(..., digest_size=32). */
static void hashes_are_blake2b_256(void **state)
{
    (void)state;
    unsigned char previous[PL_LEDGER_HASH_SIZE], hash[PL_LEDGER_HASH_SIZE];
    char hex[PL_LEDGER_HASH_TEXT_SIZE];

    pl_hash_bytes(PL_STR(""), hex);
    assert_string_equal(hex, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    pl_hash_bytes(PL_STR("abc"), hex);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    for (size_t i = 0; i < sizeof previous; i++)
        previous[i] = (unsigned char)i;
    pl_seal_hash(previous, PL_STR("abc\n"), hash);
    pl_seal_hex(hash, sizeof hash, hex);
    assert_string_equal(hex, "7efbeb32428ae01604396de2ce0b24eec19ed474f3e19a6e4bb18d8c564f31fa");
}

static void a_file_has_the_hash_of_its_bytes(void **state)
{
    (void)state;
    char folder[TEST_PATH_SIZE / 2], path[TEST_PATH_SIZE];
    char of_file[PL_LEDGER_HASH_TEXT_SIZE], of_bytes[PL_LEDGER_HASH_TEXT_SIZE];
    static char bytes[200000];
    struct pl_error error = {0};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * i >> 3);
    test_folder_make(folder);
    test_path(folder, "a", path);
    assert_int_equal(pl_file_write(path, (struct pl_str){bytes, sizeof bytes}, true, &error),
                     PL_OK);
    assert_int_equal(pl_hash_file(path, of_file, &error), PL_OK);
    pl_hash_bytes((struct pl_str){bytes, sizeof bytes}, of_bytes);
    assert_string_equal(of_file, of_bytes);
    assert_int_equal(pl_hash_file(test_path(folder, "b", path), of_file, &error), PL_E_NOT_FOUND);
    assert_non_null(strstr(error.message, path));
    assert_int_not_equal(pl_hash_file(folder, of_file, &error), PL_OK);
    test_folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_are_those_of_rfc_8032),
        cmocka_unit_test(any_flipped_bit_of_a_signature_shows),
        cmocka_unit_test(keys_are_64_lower_case_digits),
        cmocka_unit_test(a_forgotten_key_is_gone),
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(hashes_are_blake2b_256),
        cmocka_unit_test(a_file_has_the_hash_of_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
