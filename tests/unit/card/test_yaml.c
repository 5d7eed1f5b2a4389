/* YAML: every value in the one way that cannot be taken for another. */
#include "card/card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct {
    const char *json;
    const char *yaml;
} CASES[] = {
    {"{\"a\": 1}", "\"a\": 1\n"},
    {"{\"a\": \"no\", \"b\": \"1\"}", "\"a\": \"no\"\n\"b\": \"1\"\n"},
    {"{\"a\": []}", "\"a\": []\n"},
    {"{\"a\": {}}", "\"a\": {}\n"},
    {"{\"a\": {\"b\": null, \"c\": true}}", "\"a\":\n  \"b\": null\n  \"c\": true\n"},
    {"{\"a\": [0.1, -2]}", "\"a\":\n  - 0.1\n  - -2\n"},
    {"{\"a\": [{\"b\": 1, \"c\": [2]}]}", "\"a\":\n  -\n    \"b\": 1\n    \"c\":\n      - 2\n"},
    {"{\"a: # \\\"\": \"x\\n- y\"}", "\"a: # \\\"\": \"x\\n- y\"\n"},
    {"{\"a\": \"\x7f"
     "\xc2\x85"
     "\xc2\x9f"
     "\xc3\xbc\"}",
     "\"a\": \"\\u007f\\x85\\x9f\xc3\xbc\"\n"},
};

static void trees_become_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_arena arena;
        struct pl_body *body = NULL;
        struct pl_buffer out;

        pl_arena_init(&arena, (size_t)1 << 20);
        pl_buffer_init(&out, (size_t)1 << 16);
        assert_int_equal(pl_body_read(pl_str_of(CASES[i].json), &arena, &body, NULL), PL_OK);
        pl_card_yaml(body, &out);
        assert_string_equal(out.ptr, CASES[i].yaml);
        pl_buffer_deinit(&out);
        pl_arena_deinit(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trees_become_blocks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
