/* Compiling a chain: what is refused, and where it says that it is. One chain in many threads. */
#include "base/pool.h"
#include "guard/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

static void a_wrong_pattern_says_which_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *says;
    } CASES[] = {
        {"ab(c", "at character 4"},
        {"a*", "matches the empty text"},
        {"x?|yy", "matches the empty text"},
        {"(?=a)", "matches the empty text"},
        {"\\Ga", "`\\G`"},
        {"a(*SKIP)b", "`(*`"},
        {"(*UCP)b", "`(*`"},
        {"a(*)b", "`(*`"},
        {"\xff", "is wrong"},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_guard_line rows[] = {
            {.filter = PL_GUARD_DENY, .pattern = PL_STR("fine"), .name = PL_STR("fine")},
            {.filter = PL_GUARD_DENY,
             .pattern = pl_str_of(CASES[i].pattern),
             .name = PL_STR("names"),
             .place = {12, 7}},
        };
        struct pl_guard_chain *chain = NULL;
        struct pl_error error = {0};

        assert_int_equal(pl_guard_chain_new(rows, 2, &chain, &error), PL_E_LINE);
        assert_null(chain);
        assert_int_equal(error.line, 12);
        assert_int_equal(error.column, 7);
        assert_non_null(strstr(error.message, "`names`"));
        if (strstr(error.message, CASES[i].says) == NULL)
            fail_msg("%s: %s", CASES[i].pattern, error.message);
    }
}

static void what_only_looks_like_a_verb_is_taken(void **state)
{
    (void)state;
    static const char *const PATTERNS[] = {"\\(*A",  "[(][*]A", "\\Q(*A\\E", "(*pla:a)a",
                                           "\\\\Ga", "a\\Kb",   "(?<=a)b"};

    for (size_t i = 0; i < sizeof PATTERNS / sizeof *PATTERNS; i++) {
        const struct pl_guard_line row = {.filter = PL_GUARD_DENY,
                                          .pattern = pl_str_of(PATTERNS[i])};
        PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
        struct pl_error error = {0};

        if (pl_guard_chain_new(&row, 1, &chain, &error) != PL_OK)
            fail_msg("%s: %s", PATTERNS[i], error.message);
        assert_false(pl_guard_chain_is_empty(chain));
    }
}

static void a_chain_may_be_empty_and_has_a_bound(void **state)
{
    (void)state;
    static struct pl_guard_line rows[PL_GUARDS_MAX + 1];
    PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
    struct pl_guard_chain *none = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_guard_chain_new(NULL, 0, &chain, &error), PL_OK);
    assert_true(pl_guard_chain_is_empty(chain));
    assert_false(pl_guard_chain_waits(chain, true));
    assert_int_equal(pl_guard_chain_new(rows, PL_GUARDS_MAX + 1, &none, &error), PL_E_LIMIT);
    assert_null(none);
}

static void every_reason_has_a_name(void **state)
{
    (void)state;
    for (int i = PL_GUARD_PASSES; i <= PL_GUARD_TOO_LONG; i++)
        assert_non_null(pl_guard_reason_name((enum pl_guard_reason)i));
    assert_string_equal(pl_guard_reason_name(PL_GUARD_TOO_COSTLY), "too_costly");
}

/* ---- many threads ---- */

#define TEXTS 400

struct shared {
    const struct pl_guard_chain *chain;
    atomic_size_t right;
};

/* One text in pieces, whose outcome is known. */
static void pass_one(size_t index, uint32_t worker, void *context)
{
    struct shared *shared = context;
    PL_CLEANUP(pl_guard_scratch_cleanup) struct pl_guard_scratch *scratch = NULL;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text, out;
    struct pl_guard_pass pass;
    bool fine = pl_guard_scratch_new(&scratch, NULL) == PL_OK;
    const struct pl_guard_options options = {.chain = shared->chain, .scratch = scratch};

    (void)worker;
    pl_buffer_init(&text, 4096);
    pl_buffer_init(&out, 4096);
    pl_buffer_add_format(&text, "to a%zu@example.org and {\"n\": %zu}", index, index);
    fine = fine && pl_guard_pass_init(&pass, &options, NULL) == PL_OK;
    if (!fine)
        return;
    for (size_t at = 0; at < text.len; at++)
        fine = fine && pl_guard_pass_feed(&pass, (struct pl_str){text.ptr + at, 1}, NULL) == PL_OK;
    fine = fine && pl_guard_pass_finish(&pass, NULL) == PL_OK;
    pl_guard_pass_rewrite(&pass, 0, pass.settled, &out);
    fine = fine && pl_str_starts_with(pl_buffer_view(&out), PL_STR("to *** and {\"n\": ")) &&
           pass.edits_count == 1 && pass.settled == text.len;
    pl_guard_pass_deinit(&pass);
    atomic_fetch_add(&shared->right, fine);
}

static void one_chain_serves_many_threads(void **state)
{
    (void)state;
    const struct pl_guard_line rows[] = {
        {.filter = PL_GUARD_DENY, .act = PL_GUARD_MASK, .pattern = PL_STR("\\w+@[a-z]+\\.org")},
        {.filter = PL_GUARD_SIZE, .act = PL_GUARD_BLOCK, .size_bytes_max = 1000},
    };
    PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
    struct shared shared = {0};

    assert_int_equal(pl_guard_chain_new(rows, 2, &chain, NULL), PL_OK);
    shared.chain = chain;
    pl_pool_run(TEXTS, 4, pass_one, &shared);
    assert_int_equal(atomic_load(&shared.right), TEXTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_pattern_says_which_and_where),
        cmocka_unit_test(what_only_looks_like_a_verb_is_taken),
        cmocka_unit_test(a_chain_may_be_empty_and_has_a_bound),
        cmocka_unit_test(every_reason_has_a_name),
        cmocka_unit_test(one_chain_serves_many_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
