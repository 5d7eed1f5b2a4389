/* Searching: groups, one place after another, bytes that are no text, and limits. */
#include "regex/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

struct fixture {
    struct pl_regex *regex;
    struct pl_regex_match *match;
};

static struct fixture prepare(const char *pattern, const struct pl_regex_options *options)
{
    struct fixture made = {0};
    struct pl_error error = {0};

    if (pl_regex_compile(pl_str_of(pattern), options, &made.regex, &error) != PL_OK)
        fail_msg("%s: %s", pattern, error.message);
    assert_int_equal(pl_regex_match_new(2, &made.match, &error), PL_OK);
    return made;
}

static void finish(struct fixture *made)
{
    pl_regex_free(made->regex);
    pl_regex_match_free(made->match);
}

static bool search(const struct fixture *made, struct pl_str text)
{
    bool found = false;

    assert_int_equal(pl_regex_search(made->regex, made->match, text, &found, NULL), PL_OK);
    return found;
}

static void groups_are_parts_of_the_text(void **state)
{
    (void)state;
    struct fixture made = prepare("(\\w+)=(\\d+)?(x)?", NULL);

    assert_int_equal(pl_regex_groups_count(made.regex), 3);
    assert_true(search(&made, PL_STR("  ab=12;")));
    assert_true(pl_str_equal_text(pl_regex_match_group(made.match, 0), "ab=12"));
    assert_true(pl_str_equal_text(pl_regex_match_group(made.match, 1), "ab"));
    assert_true(pl_str_equal_text(pl_regex_match_group(made.match, 2), "12"));
    assert_null(pl_regex_match_group(made.match, 3).ptr);
    assert_true(search(&made, PL_STR("k=")));
    assert_null(pl_regex_match_group(made.match, 2).ptr);
    assert_false(search(&made, PL_STR("none")));
    assert_null(pl_regex_match_group(made.match, 0).ptr);
    finish(&made);
}

static void one_place_is_found_after_another(void **state)
{
    (void)state;
    struct fixture made = prepare("a*", NULL);
    static const char *const EXPECTED[] = {"", "aa", "", "", "a", ""};
    bool found = search(&made, PL_STR("baa\xc3\xa9 a"));
    size_t count = 0;

    for (; found && count < 6; count++) {
        assert_true(pl_str_equal_text(pl_regex_match_group(made.match, 0), EXPECTED[count]));
        assert_int_equal(pl_regex_search_next(made.regex, made.match, &found, NULL), PL_OK);
    }
    assert_int_equal(count, 6);
    assert_false(found);
    finish(&made);
}

static void options_change_what_matches(void **state)
{
    (void)state;
    const struct pl_regex_options caseless = {.caseless = true};
    const struct pl_regex_options lines = {.multiline = true, .dot_all = true};
    struct fixture a = prepare("\xc3\xa9t\xc3\xa9", &caseless), b = prepare("^b.c$", &lines);
    struct fixture c = prepare("^b.c$", NULL);

    assert_true(search(&a, PL_STR("\xc3\x89T\xc3\x89")));
    assert_true(search(&b, PL_STR("a\nb\nc\nd")));
    assert_false(search(&c, PL_STR("a\nb\nc\nd")));
    finish(&a);
    finish(&b);
    finish(&c);
}

static void bytes_that_are_no_text_match_nothing(void **state)
{
    (void)state;
    struct fixture made = prepare("^.$", NULL), behind = prepare("b", NULL);

    assert_false(search(&made, PL_STR("\xff")));
    assert_true(search(&behind, PL_STR("\xff\xfe"
                                       "b")));
    assert_true(search(&behind, PL_STR("\xff\xc3\xa9 b")));
    assert_false(search(&made, (struct pl_str){NULL, 0}));
    finish(&made);
    finish(&behind);
}

static void a_pattern_that_never_ends_is_stopped(void **state)
{
    (void)state;
    struct fixture made = prepare("^(a+)+$", NULL);
    char text[60];
    bool found = false;
    struct pl_error error = {0};

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    assert_int_equal(
        pl_regex_search(made.regex, made.match, (struct pl_str){text, sizeof text}, &found, &error),
        PL_E_LIMIT);
    assert_false(found);
    assert_non_null(strstr(error.message, "too long"));
    finish(&made);
}

static void a_wrong_pattern_says_why_and_where(void **state)
{
    (void)state;
    static char large[PL_REGEX_PATTERN_BYTES_MAX + 1];
    struct pl_regex *regex = NULL;
    struct pl_error error = {0};

    assert_int_equal(pl_regex_compile(PL_STR("ab(c"), NULL, &regex, &error), PL_E_DATA);
    assert_non_null(strstr(error.message, "at character 4"));
    assert_int_equal(pl_regex_compile(PL_STR("\xff"), NULL, &regex, &error), PL_E_DATA);
    memset(large, 'a', sizeof large);
    assert_int_equal(pl_regex_compile((struct pl_str){large, sizeof large}, NULL, &regex, &error),
                     PL_E_LIMIT);
    assert_null(regex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_parts_of_the_text),
        cmocka_unit_test(one_place_is_found_after_another),
        cmocka_unit_test(options_change_what_matches),
        cmocka_unit_test(bytes_that_are_no_text_match_nothing),
        cmocka_unit_test(a_pattern_that_never_ends_is_stopped),
        cmocka_unit_test(a_wrong_pattern_says_why_and_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
