/* What the tests of keys share: a state in a folder of its own, and keys in it. */
#ifndef PL_TESTS_KEYS_FOLDER_H
#define PL_TESTS_KEYS_FOLDER_H

#include "keys/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_PATH_SIZE 512
#define TEST_DAY_MS    UINT64_C(86400000)
#define TEST_NOW_MS    (UINT64_C(20000) * TEST_DAY_MS + 3600000) /* 2024-10-04, one in the morning */

struct test_keys {
    char folder[TEST_PATH_SIZE / 2], path[TEST_PATH_SIZE];
    struct pl_state *state;
    struct pl_keys *keys;
    char text[PL_KEY_TEXT_SIZE], id[PL_KEY_ID_LENGTH + 1];
    struct pl_client_key *key;
};

/* cmocka's own compares as float. */
static inline void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static inline struct test_keys test_keys_begin(void)
{
    struct test_keys test = {0};
    const char *parent = getenv("TMPDIR");
    struct pl_error error = {0};

    (void)snprintf(test.folder, sizeof test.folder, "%s/plimsoll-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(test.folder));
    (void)snprintf(test.path, sizeof test.path, "%s/state.db", test.folder);
    assert_int_equal(pl_state_open(test.path, &test.state, &error), PL_OK);
    return test;
}

static inline void test_keys_load(struct test_keys *test)
{
    struct pl_error error = {0};
    struct pl_keys *next = NULL;

    if (pl_keys_load(test->state, test->keys, &next, &error) != PL_OK)
        fail_msg("%s", error.message);
    pl_keys_unref(test->keys);
    test->keys = next;
    if (test->text[0] != '\0')
        assert_int_equal(pl_keys_check(test->keys, pl_str_of(test->text), 0, 0, &test->key),
                         PL_KEY_OK);
}

/* A state with one key. */
static inline struct test_keys test_keys_with(struct pl_key_terms terms)
{
    struct test_keys test = test_keys_begin();
    struct pl_error error = {0};

    if (terms.scopes == 0)
        terms.scopes = PL_SCOPE_INFER;
    if (pl_key_make(test.state, &terms, test.text, test.id, &error) != PL_OK)
        fail_msg("%s", error.message);
    test_keys_load(&test);
    return test;
}

static inline void test_keys_end(struct test_keys *test)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    char path[TEST_PATH_SIZE + 8];

    pl_keys_unref(test->keys);
    pl_state_close(test->state);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", test->path, ENDS[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(test->folder), 0);
}

#endif
