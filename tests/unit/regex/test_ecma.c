/* Regular expressions of ECMA-262: what they match, and what they are not. */
#include "regex/regex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static enum pl_status compile(const char *pattern, struct pl_regex **ret_regex)
{
    const struct pl_regex_options options = {.syntax = PL_REGEX_ECMA};
    struct pl_error error = {0};
    const enum pl_status status = pl_regex_compile(pl_str_of(pattern), &options, ret_regex, &error);

    assert_true((status == PL_OK) == (error.message[0] == '\0'));
    return status;
}

struct match_case {
    const char *pattern, *text;
    bool found;
};

static const struct match_case CASES[] = {
    {"^abc$", "abc", true},
    {"^abc$", "abc\n", false},
    {"^\\d+$", "42", true},
    {"^\\d+$", "\xe0\xa7\xaa", false},
    {"^\\w$", "\xc3\xa9", false},
    {"^\\D$", "\xe0\xa7\xaa", true},
    {"^\\W$", "\xc3\xa9", true},
    {"^[\\D]$", "\xc3\xa9", true},
    {"^\\B\\D\\b$", "\xc3\xa9", false},
    {"^.$", "\xe2\x80\xa8", false},
    {"^.$", "\xc2\x85", true},
    {"^.$", "\r", false},
    {"^\\s$", "\xef\xbb\xbf", true},
    {"^[\\s]$", "\xc2\xa0", true},
    {"^[^\\s]$", "\xc2\xa0", false},
    {"^[\\S]$", "\xc2\xa0", false},
    {"^[\\Sx]$", "y", true},
    {"^\\S$", "\x01", true},
    {"^\\cC$", "\x03", true},
    {"^\\u00e9$", "\xc3\xa9", true},
    {"^\\ud83d\\udc32$", "\xf0\x9f\x90\xb2", true},
    {"^\\u{1F432}$", "\xf0\x9f\x90\xb2", true},
    {"^\\x41$", "A", true},
    {"^\\v$", "\v", true},
    {"^[\\b]$", "\b", true},
    {"^\\p{Letter}$", "\xcf\x80", true},
    {"^\\p{Lu}$", "a", false},
    {"^\\P{Lu}$", "a", true},
    {"^\\p{digit}$", "\xe0\xa7\xaa", true},
    {"^\\p{Script=Greek}$", "\xcf\x80", true},
    {"^\\p{scx=Grek}$", "x", false},
    {"^\\p{gc=Decimal_Number}$", "5", true},
    {"^\\p{Alphabetic}$", "a", true},
    {"^[[:alpha:]]$", ":]", true},
    {"^[a-z&&]$", "&", true},
    {"[]", "a", false},
    {"^[^]$", "\n", true},
    {"a[]*?", "a", true},
    {"a[]+", "a", false},
    {"^[^]+$", "a\n\xc3\xa9", true},
    {"^(x)*\\1+$", "", true},
    {"^(?<x>x)?\\k<x>{2}a$", "a", true},
    {"^a{2}$", "aa", true},
    {"^a{,2}$", "a{,2}", true},
    {"^{}]$", "{}]", true},
    {"^(a)?\\1b$", "b", true},
    {"^(?<x>a)\\k<x>$", "aa", true},
    {"^(?:a|b)(?=c)c(?!d)$", "bc", true},
    {"(?<!a)b", "ab", false},
    {"^a+?$", "aaa", true},
    {"^\\/\\-\\@\\_\\ $", "/-@_ ", true},
    {"^\\0$", "0", false},
    {"^#a b$", "#a b", true},
};

static void patterns_match_as_in_javascript(void **state)
{
    (void)state;
    PL_CLEANUP(pl_regex_match_cleanup) struct pl_regex_match *match = NULL;

    assert_int_equal(pl_regex_match_new(0, &match, NULL), PL_OK);
    for (size_t i = 0; i < COUNT(CASES); i++) {
        PL_CLEANUP(pl_regex_cleanup) struct pl_regex *regex = NULL;
        bool found = false;

        print_message("%s\n", CASES[i].pattern);
        assert_int_equal(compile(CASES[i].pattern, &regex), PL_OK);
        assert_int_equal(pl_regex_search(regex, match, pl_str_of(CASES[i].text), &found, NULL),
                         PL_OK);
        assert_int_equal(found, CASES[i].found);
    }
}

static void what_only_other_languages_have_is_refused(void **state)
{
    (void)state;
    static const char *const PATTERNS[] = {
        "\\a",         "\\Z",       "\\A",
        "\\Qa\\E",     "\\h",       "\\R",
        "\\K",         "\\G",       "\\X",
        "\\C",         "\\N",       "(?i)a",
        "(?P<n>a)",    "(?P=n)",    "(?#c)a",
        "(?>a)",       "(?|a|b)",   "(?R)",
        "(?1)",        "(*ACCEPT)", "(*UTF)a",
        "a++",         "a*+",       "a{2}+",
        "a**",         "a??*",      "\\u12",
        "\\x1",        "\\c1",      "\\p",
        "\\p{}",       "\\pL",      "\\p{No=x}",
        "\\p{^L}",     "\\ud800",   "\\udc32",
        "\\u{110000}", "\\u{}",     "\\00",
        "[\\1]",       "\\k<a",     "\\k",
        "a\\",         "[a",        "(a",
        "a)",          "*",         "[\\B]",
        "\\2(a)",      "[b-a]",     "\\p{Nonsense}",
        "(?(1)a|b)",   "(?C)",      "(?'n'a)",
        "\\g{1}(a)",   "\\o{101}",
    };

    for (size_t i = 0; i < COUNT(PATTERNS); i++) {
        struct pl_regex *regex = NULL;

        print_message("%s\n", PATTERNS[i]);
        assert_int_equal(compile(PATTERNS[i], &regex), PL_E_DATA);
        assert_null(regex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_as_in_javascript),
        cmocka_unit_test(what_only_other_languages_have_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
