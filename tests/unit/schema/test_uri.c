/* References by the examples of RFC 3986, section 5.4, and by those that schemas have. */
#include "schema/uri.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "schema/keywords.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct reference {
    const char *base, *reference, *uri;
};

#define RFC "s://a/b/c/d;p?q"

static const struct reference REFERENCES[] = {
    {RFC, "g:h", "g:h"},
    {RFC, "g", "s://a/b/c/g"},
    {RFC, "./g", "s://a/b/c/g"},
    {RFC, "g/", "s://a/b/c/g/"},
    {RFC, "/g", "s://a/g"},
    {RFC, "//g", "s://g"},
    {RFC, "?y", "s://a/b/c/d;p?y"},
    {RFC, "g?y", "s://a/b/c/g?y"},
    {RFC, "#s", "s://a/b/c/d;p?q"},
    {RFC, "g#s", "s://a/b/c/g"},
    {RFC, ";x", "s://a/b/c/;x"},
    {RFC, "", "s://a/b/c/d;p?q"},
    {RFC, ".", "s://a/b/c/"},
    {RFC, "./", "s://a/b/c/"},
    {RFC, "..", "s://a/b/"},
    {RFC, "../", "s://a/b/"},
    {RFC, "../g", "s://a/b/g"},
    {RFC, "../..", "s://a/"},
    {RFC, "../../g", "s://a/g"},
    {RFC, "../../../g", "s://a/g"},
    {RFC, "/./g", "s://a/g"},
    {RFC, "/../g", "s://a/g"},
    {RFC, "g.", "s://a/b/c/g."},
    {RFC, "..g", "s://a/b/c/..g"},
    {RFC, "./../g", "s://a/b/g"},
    {RFC, "./g/.", "s://a/b/c/g/"},
    {RFC, "g/./h", "s://a/b/c/g/h"},
    {RFC, "g/../h", "s://a/b/c/h"},
    {RFC, "g;x=1/../y", "s://a/b/c/y"},
    {RFC, "g?y/../x", "s://a/b/c/g?y/../x"},
    {RFC, "http:g", "http:g"},
    {"s://a", "b", "s://a/b"},
    {"", "b.json", "b.json"},
    {"", "#x", ""},
    {"urn:uuid:1", "#x", "urn:uuid:1"},
    {"s/root.json", "sub/a.json", "s/sub/a.json"},
};

static void references_resolve_by_the_rfc(void **state)
{
    (void)state;
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 20);
    for (size_t i = 0; i < COUNT(REFERENCES); i++) {
        const struct reference *row = &REFERENCES[i];
        const struct pl_schema_uri resolved =
            pl_schema_uri_resolve(&arena, pl_str_of(row->base), pl_str_of(row->reference));

        if (!pl_str_equal_text(resolved.uri, row->uri))
            fail_msg("%s became %.*s", row->reference, PL_STR_ARG(resolved.uri));
    }
    pl_arena_deinit(&arena);
}

static void fragments_are_taken_off_and_decoded(void **state)
{
    (void)state;
    struct pl_arena arena;
    struct pl_str text = {NULL, 0};

    pl_arena_init(&arena, (size_t)1 << 20);
    assert_true(pl_str_equal_text(
        pl_schema_uri_resolve(&arena, PL_STR(RFC), PL_STR("x#/a%25b")).fragment, "/a%25b"));
    assert_true(pl_schema_uri_decode(&arena, PL_STR("/a%25b%2Fc%c3%A9"), &text));
    assert_true(pl_str_equal_text(text, "/a%b/c\xc3\xa9"));
    assert_false(pl_schema_uri_decode(&arena, PL_STR("%"), &text));
    assert_false(pl_schema_uri_decode(&arena, PL_STR("%4"), &text));
    assert_false(pl_schema_uri_decode(&arena, PL_STR("%4g"), &text));
    pl_arena_deinit(&arena);
}

static void every_keyword_is_found_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < PL_SCHEMA_KEYWORDS_COUNT; i++) {
        const enum pl_schema_keyword keyword = (enum pl_schema_keyword)i;

        assert_int_equal(pl_schema_keyword_find(pl_str_of(pl_schema_keyword_row(keyword)->name)),
                         keyword);
    }
    assert_int_equal(pl_schema_keyword_find(PL_STR("propertie")), PL_SCHEMA_KEYWORDS_COUNT);
    assert_int_equal(pl_schema_keyword_find(PL_STR("")), PL_SCHEMA_KEYWORDS_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_resolve_by_the_rfc),
        cmocka_unit_test(fragments_are_taken_off_and_decoded),
        cmocka_unit_test(every_keyword_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
