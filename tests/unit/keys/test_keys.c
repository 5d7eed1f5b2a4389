/* Keys: what is made is found, what is wrong is refused, and nothing of a secret is kept. */
#include "keys_folder.h"

#include "base/file.h"
#include "ledger/seal.h"

#include <ctype.h>
#include <math.h>

static enum pl_key_answer check(const struct test_keys *test, const char *text, uint32_t scope,
                                uint64_t now_ms)
{
    struct pl_client_key *key = NULL;

    return pl_keys_check(test->keys, pl_str_of(text), scope, now_ms, &key);
}

static void a_key_is_pl_its_id_and_a_secret_of_43_letters(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.name = PL_STR("web")});

    assert_int_equal(strlen(test.text), 3 + 12 + 1 + 43);
    assert_memory_equal(test.text, "pl_", 3);
    assert_memory_equal(test.text + 3, test.id, 12);
    assert_int_equal(test.text[15], '_');
    for (size_t i = 16; i < strlen(test.text); i++)
        assert_true(isalnum((unsigned char)test.text[i]));
    test_keys_end(&test);
}

static void the_letters_of_secrets_are_even(void **state)
{
    (void)state;
    struct test_keys test = test_keys_begin();
    const struct pl_key_terms terms = {.scopes = PL_SCOPE_INFER};
    size_t seen[128] = {0};
    double chi_squared = 0;
    struct pl_error error = {0};

    for (int i = 0; i < 100; i++) {
        assert_int_equal(pl_key_make(test.state, &terms, test.text, test.id, &error), PL_OK);
        for (const char *at = test.text + 16; *at != '\0'; at++)
            seen[(unsigned char)*at]++;
    }
    for (int c = 0; c < 128; c++)
        if (isalnum(c))
            chi_squared +=
                ((double)seen[c] - 4300.0 / 62) * ((double)seen[c] - 4300.0 / 62) * 62 / 4300;
    /* 61 degrees of freedom: more than 153 happens once in a billion runs. */
    assert_true(chi_squared < 153);
    test.text[0] = '\0';
    test_keys_end(&test);
}

static void a_key_is_known_by_its_whole_text_only(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    const size_t length = strlen(test.text);
    char text[PL_KEY_TEXT_SIZE + 1];

    assert_int_equal(check(&test, test.text, PL_SCOPE_INFER, 0), PL_KEY_OK);
    for (size_t i = 0; i < length; i++) {
        memcpy(text, test.text, length + 1);
        text[i] = text[i] == 'x' ? 'y' : 'x';
        assert_int_equal(check(&test, text, 0, 0), PL_KEY_UNKNOWN);
    }
    for (size_t i = 0; i < length; i++) {
        memcpy(text, test.text, length + 1);
        text[i] = '\0';
        assert_int_equal(check(&test, text, 0, 0), PL_KEY_UNKNOWN);
    }
    (void)snprintf(text, sizeof text, "%sx", test.text);
    assert_int_equal(check(&test, text, 0, 0), PL_KEY_UNKNOWN);
    assert_int_equal(pl_keys_check(test.keys, (struct pl_str){0}, 0, 0, &test.key), PL_KEY_UNKNOWN);
    test_keys_end(&test);
}

static void a_key_may_do_what_its_scopes_say_until_it_expires(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){
        .scopes = PL_SCOPE_INFER | PL_SCOPE_FLAGS, .expires_ms = TEST_NOW_MS});

    assert_int_equal(check(&test, test.text, PL_SCOPE_FLAGS, TEST_NOW_MS - 1), PL_KEY_OK);
    assert_int_equal(check(&test, test.text, PL_SCOPE_ADMIN, TEST_NOW_MS - 1), PL_KEY_FORBIDDEN);
    assert_int_equal(check(&test, test.text, PL_SCOPE_FLAGS | PL_SCOPE_ADMIN, 0), PL_KEY_FORBIDDEN);
    assert_int_equal(check(&test, test.text, PL_SCOPE_FLAGS, TEST_NOW_MS), PL_KEY_EXPIRED);
    test_keys_end(&test);
}

static void of_many_keys_each_is_itself(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    struct test_keys test = test_keys_begin();
    static char texts[COUNT][PL_KEY_TEXT_SIZE], ids[COUNT][PL_KEY_ID_LENGTH + 1];
    struct pl_error error = {0};

    for (size_t i = 0; i < COUNT; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "key %zu", i);
        const struct pl_key_terms terms = {
            .name = pl_str_of(name), .scopes = PL_SCOPE_INFER, .tokens_max = i + 1};

        assert_int_equal(pl_key_make(test.state, &terms, texts[i], ids[i], &error), PL_OK);
    }
    test_keys_load(&test);
    assert_int_equal(pl_client_keys_count(test.keys), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(pl_keys_check(test.keys, pl_str_of(texts[i]), 0, 0, &test.key), PL_KEY_OK);
        assert_true(pl_str_equal_text(pl_client_key_id(test.key), ids[i]));
        assert_int_equal(pl_client_key_terms(test.key)->tokens_max, i + 1);
        /* The secret of another key is none of this one's. */
        memcpy(texts[i] + 16, texts[(i + 1) % COUNT] + 16, 43);
        assert_int_equal(pl_keys_check(test.keys, pl_str_of(texts[i]), 0, 0, &test.key),
                         PL_KEY_UNKNOWN);
    }
    test_keys_end(&test);
}

static void a_revoked_key_is_gone_with_what_it_spent(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    struct pl_reservation reservation;
    struct pl_key_room room;
    struct pl_error error = {0};

    assert_int_equal(
        pl_keys_reserve(test.key, (struct pl_key_need){1, 10}, TEST_NOW_MS, &reservation, &room),
        PL_KEY_OK);
    pl_keys_settle(&reservation, 1, 10, TEST_NOW_MS);
    assert_int_equal(pl_key_revoke(test.state, pl_str_of(test.id), &error), PL_OK);
    /* The table that still has it does not bring it back. */
    assert_int_equal(pl_keys_save(test.keys, test.state, &error), PL_OK);
    assert_int_equal(pl_key_revoke(test.state, pl_str_of(test.id), &error), PL_E_NOT_FOUND);
    assert_non_null(strstr(error.message, test.id));
    test.text[0] = '\0';
    test_keys_load(&test);
    assert_int_equal(pl_client_keys_count(test.keys), 0);
    test_keys_end(&test);
}

/* Whether the bytes stand in a file of the folder. */
static bool is_in_files(const struct test_keys *test, const void *bytes, size_t length)
{
    static const char *const ENDS[] = {"", "-wal"};
    bool found = false;

    for (size_t i = 0; i < 2; i++) {
        char path[TEST_PATH_SIZE + 8];
        struct pl_arena arena;
        struct pl_str text;
        struct pl_error error = {0};

        pl_arena_init(&arena, (size_t)64 << 20);
        (void)snprintf(path, sizeof path, "%s%s", test->path, ENDS[i]);
        assert_int_equal(pl_file_read(path, (size_t)32 << 20, &arena, &text, &error), PL_OK);
        found |= memmem(text.ptr, text.len, bytes, length) != NULL;
        pl_arena_deinit(&arena);
    }
    return found;
}

static void the_secret_is_in_no_file(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.name = PL_STR("by this name")});

    assert_true(is_in_files(&test, "by this name", 12));
    assert_true(is_in_files(&test, test.id, 12));
    assert_false(is_in_files(&test, test.text + 16, 43));
    assert_false(is_in_files(&test, test.text + 16, 8));
    test_keys_end(&test);
}

static void the_hash_is_keyed_with_a_pepper_of_this_state(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    char plain[PL_LEDGER_HASH_TEXT_SIZE];

    pl_hash_bytes(pl_str_of(test.text), plain);
    assert_false(is_in_files(&test, plain, 64));
    pl_hash_bytes(pl_str_of(test.text + 3), plain);
    assert_false(is_in_files(&test, plain, 64));
    pl_hash_bytes(pl_str_of(test.text + 16), plain);
    assert_false(is_in_files(&test, plain, 64));
    test_keys_end(&test);
}

static void keys_without_their_pepper_are_told(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    struct pl_keys *keys = NULL;
    struct pl_error error = {0};
    bool was_there = false;
    char text[PL_KEY_TEXT_SIZE], id[PL_KEY_ID_LENGTH + 1];

    assert_int_equal(
        pl_state_delete(test.state, "key-pepper", PL_STR("blake2b-256"), &was_there, &error),
        PL_OK);
    assert_true(was_there);
    assert_int_equal(pl_keys_load(test.state, NULL, &keys, &error), PL_E_CORRUPT);
    assert_int_equal(
        pl_key_make(test.state, &(struct pl_key_terms){.scopes = PL_SCOPE_INFER}, text, id, &error),
        PL_E_CORRUPT);
    test_keys_end(&test);
}

static void a_damaged_entry_is_told_by_its_id(void **state)
{
    (void)state;
    static const char *const ENTRIES[] = {
        "",
        "{",
        "[]",
        "{\"hash\":\"00\"}",
        /* A bound that cannot be read must not become none. */
        "{\"name\":\"a\",\"scopes\":[\"infer\"],\"tokens_max\":\"5\",\"period\":\"day\",\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"name\":\"a\",\"scopes\":[\"infer\"],\"money_max\":-1,\"period\":\"day\",\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
        "{\"name\":\"a\",\"scopes\":[\"infer\"],\"period\":\"week\",\"hash\":"
        "\"0000000000000000000000000000000000000000000000000000000000000000\"}",
    };
    struct test_keys test = test_keys_with((struct pl_key_terms){0});

    for (size_t i = 0; i < sizeof ENTRIES / sizeof *ENTRIES; i++) {
        struct pl_keys *keys = NULL;
        struct pl_error error = {0};

        assert_int_equal(
            pl_state_put(test.state, "key", pl_str_of(test.id), pl_str_of(ENTRIES[i]), &error),
            PL_OK);
        assert_int_equal(pl_keys_load(test.state, NULL, &keys, &error), PL_E_CORRUPT);
        assert_non_null(strstr(error.message, test.id));
    }
    test_keys_end(&test);
}

static void a_scope_of_a_newer_plimsoll_is_not_granted(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){0});
    struct pl_arena arena;
    struct pl_str entry;
    struct pl_error error = {0};
    char changed[1024];

    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_state_get(test.state, "key", pl_str_of(test.id), &arena, &entry, &error),
                     PL_OK);

    const char *at = strstr(entry.ptr, "\"infer\"");

    assert_non_null(at);
    (void)snprintf(changed, sizeof changed, "%.*s\"steer\"%s", (int)(at - entry.ptr), entry.ptr,
                   at + strlen("\"infer\""));
    assert_int_equal(
        pl_state_put(test.state, "key", pl_str_of(test.id), pl_str_of(changed), &error), PL_OK);
    test_keys_load(&test);
    assert_int_equal(check(&test, test.text, PL_SCOPE_INFER, 0), PL_KEY_FORBIDDEN);
    pl_arena_deinit(&arena);
    test_keys_end(&test);
}

static void terms_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static char too_long[PL_KEY_NAME_SIZE_BYTES_MAX + 2];

    memset(too_long, 'a', sizeof too_long - 1);

    const struct pl_key_terms bad[] = {
        {.scopes = 0},
        {.scopes = 16},
        {.scopes = 1, .name = pl_str_of(too_long)},
        {.scopes = 1, .name = PL_STR("a\nb")},
        {.scopes = 1, .name = PL_STR("a\xff")},
        {.scopes = 1, .money_max = -1},
        {.scopes = 1, .money_max = 2e9},
        {.scopes = 1, .money_max = (double)NAN},
        {.scopes = 1, .requests_per_minute = UINT64_MAX},
        {.scopes = 1, .tokens_max = UINT64_MAX},
    };
    struct test_keys test = test_keys_begin();
    char text[PL_KEY_TEXT_SIZE], id[PL_KEY_ID_LENGTH + 1];
    struct pl_error error = {0};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(pl_key_make(test.state, &bad[i], text, id, &error), PL_E_USAGE);
    test_keys_load(&test);
    assert_int_equal(pl_client_keys_count(test.keys), 0);
    test_keys_end(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_pl_its_id_and_a_secret_of_43_letters),
        cmocka_unit_test(the_letters_of_secrets_are_even),
        cmocka_unit_test(a_key_is_known_by_its_whole_text_only),
        cmocka_unit_test(a_key_may_do_what_its_scopes_say_until_it_expires),
        cmocka_unit_test(of_many_keys_each_is_itself),
        cmocka_unit_test(a_revoked_key_is_gone_with_what_it_spent),
        cmocka_unit_test(the_secret_is_in_no_file),
        cmocka_unit_test(the_hash_is_keyed_with_a_pepper_of_this_state),
        cmocka_unit_test(keys_without_their_pepper_are_told),
        cmocka_unit_test(a_damaged_entry_is_told_by_its_id),
        cmocka_unit_test(a_scope_of_a_newer_plimsoll_is_not_granted),
        cmocka_unit_test(terms_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
