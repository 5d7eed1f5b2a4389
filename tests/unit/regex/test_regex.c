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

/* The sight from `from` on, in the first `len` bytes of the text. */
static struct pl_regex_sight scan(const struct fixture *made, const char *text, size_t len,
                                  size_t from, bool more_comes)
{
    const struct pl_regex_look look = {{text, len}, from, len, more_comes};
    struct pl_regex_sight sight = {0};

    assert_int_equal(pl_regex_scan(made->regex, made->match, &look, &sight, NULL), PL_OK);
    return sight;
}

static void text_in_parts_is_told_when_it_is_known(void **state)
{
    (void)state;
    static const char TEXT[] = "x foobar foo";
    const struct pl_regex_options parts = {.in_parts = true};
    struct fixture made = prepare("foo(?!bar)", &parts);
    struct pl_regex_sight sight;

    assert_int_equal(scan(&made, TEXT, 2, 0, true).seen, PL_REGEX_SEEN_NONE);
    for (size_t len = 3; len < 8; len++) {
        sight = scan(&made, TEXT, len, 0, true);
        assert_int_equal(sight.seen, PL_REGEX_SEEN_BEGUN);
        assert_int_equal(sight.start, 2);
    }
    assert_int_equal(scan(&made, TEXT, 8, 2, true).seen, PL_REGEX_SEEN_NONE);
    assert_int_equal(scan(&made, TEXT, 12, 8, true).seen, PL_REGEX_SEEN_BEGUN);
    sight = scan(&made, TEXT, 12, 8, false);
    assert_int_equal(sight.seen, PL_REGEX_SEEN_MATCH);
    assert_int_equal(sight.start, 9);
    assert_int_equal(sight.end, 12);
    finish(&made);
}

static void the_end_of_a_line_may_be_the_last(void **state)
{
    (void)state;
    const struct pl_regex_options parts = {.in_parts = true};
    const struct pl_regex_options lines = {.in_parts = true, .multiline = true};
    struct fixture last = prepare("a$", &parts), first = prepare("\n^", &lines);

    assert_int_equal(scan(&last, "a\nb", 2, 0, true).seen, PL_REGEX_SEEN_BEGUN);
    assert_int_equal(scan(&last, "a\nb", 3, 0, true).seen, PL_REGEX_SEEN_NONE);
    assert_int_equal(scan(&last, "a\n", 2, 0, false).seen, PL_REGEX_SEEN_MATCH);
    assert_int_equal(scan(&first, "a\n", 2, 0, true).seen, PL_REGEX_SEEN_MATCH);
    assert_int_equal(scan(&first, "a\n", 2, 0, false).seen, PL_REGEX_SEEN_MATCH);
    finish(&last);
    finish(&first);
}

/* Machine code tries at one byte past its limit; what it sees there is not told. */
static void nothing_is_told_of_places_past_the_last(void **state)
{
    (void)state;
    const struct pl_regex_options parts = {.in_parts = true};
    struct fixture made = prepare("b", &parts), hard = prepare("(?:a+)+b|c", &parts);
    static const char TEXT[] = "-\xc3\xa9"
                               "b";

    for (size_t end = 1; end <= 3; end += 2) {
        const struct pl_regex_look look = {{TEXT, 4}, 0, end, true};
        struct pl_regex_sight sight = {.seen = PL_REGEX_SEEN_MATCH};

        assert_int_equal(pl_regex_scan(made.regex, made.match, &look, &sight, NULL), PL_OK);
        assert_int_equal(sight.seen, PL_REGEX_SEEN_NONE);
    }
    for (size_t from = 0; from < 2; from++) {
        const struct pl_regex_look look = {PL_STR("-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), from,
                                           from + 1, true};
        struct pl_regex_sight sight = {0};

        pl_regex_match_limit(hard.match, 1000);
        assert_int_equal(pl_regex_scan(hard.regex, hard.match, &look, &sight, NULL),
                         from == 0 ? PL_OK : PL_E_LIMIT);
    }
    finish(&made);
    finish(&hard);
}

static void what_may_match_the_empty_text_is_known(void **state)
{
    (void)state;
    struct fixture empty = prepare("a*|b", NULL), full = prepare("a+\\b", NULL);

    assert_true(pl_regex_may_be_empty(empty.regex));
    assert_false(pl_regex_may_be_empty(full.regex));
    finish(&empty);
    finish(&full);
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
        cmocka_unit_test(text_in_parts_is_told_when_it_is_known),
        cmocka_unit_test(the_end_of_a_line_may_be_the_last),
        cmocka_unit_test(nothing_is_told_of_places_past_the_last),
        cmocka_unit_test(what_may_match_the_empty_text_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
