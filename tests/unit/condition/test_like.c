/* Patterns: the cases that go wrong most easily, all short patterns over all short texts against the plainest possible
   matcher, and that a pattern made to be slow is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "condition/node.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

static bool matches(struct pl_str pattern, const char *escape, struct pl_str text)
{
    const struct pl_like *like = NULL;
    struct pl_arena arena;
    bool matched = false;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_true(pl_like_compile(pattern, pl_str_of(escape), &arena, &like));
    assert_non_null(like);
    matched = pl_like_matches(like, text);
    pl_arena_deinit(&arena);
    return matched;
}

static void a_pattern_is_of_characters(void **state)
{
    static const struct {
        const char *text, *pattern, *escape;
        bool matches;
    } CASES[] = {
        {"", "", "", true},
        {"", "%", "", true},
        {"", "_", "", false},
        {"a", "", "", false},
        {"a", "_", "", true},
        {"é", "_", "", true},
        {"日本", "__", "", true},
        {"日本", "_", "", false},
        {"日本", "%本", "", true},
        {"a日b", "a_b", "", true},
        {"abc", "a%c", "", true},
        {"ac", "a%c", "", true},
        {"a", "a%a", "", false},
        {"aa", "a%a", "", true},
        {"abab", "%ab", "", true},
        {"aab", "%a_", "", true},
        {"ab", "%a_%b", "", false},
        {"aab", "%a_%b", "", true},
        {"aaab", "%a_%b", "", true},
        {"50%", "50!%", "!", true},
        {"50x", "50!%", "!", false},
        {"a!b", "a!!b", "!", true},
        {"aXb", "a!Xb", "!", true},
        {"A", "a", "", false},
        {"a\nb", "a%b", "", true},
        {"a\nb", "a_b", "", true},
        {"%", "%%%", "%", true},
        {"a%", "_%%", "%", true},
        {"\\", "\\", "", true},
        {"a_b", "a\\_b", "\\", true},
        {"axb", "a\\_b", "\\", false},
        {"\xff", "_", "", true},
        {"a\xe2\x82z", "a__z", "", true},
        {"\xc3", "%_", "", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        if (matches(pl_str_of(CASES[i].pattern), CASES[i].escape, pl_str_of(CASES[i].text)) !=
            CASES[i].matches)
            fail_msg("'%s' like '%s'", CASES[i].text, CASES[i].pattern);
}

/* By the definition, one byte at a time; of plain letters only. */
static bool plain(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '%')
        return plain(pattern + 1, text) || (*text != '\0' && plain(pattern, text + 1));
    return *text != '\0' && (*pattern == '_' || *pattern == *text) && plain(pattern + 1, text + 1);
}

/* The `number`-th word over the letters. */
static void spell(size_t number, const char *letters, char *ret_word)
{
    const size_t count = strlen(letters);
    size_t length = 0;

    for (; number > 0; number = (number - 1) / count)
        ret_word[length++] = letters[(number - 1) % count];
    ret_word[length] = '\0';
}

static void all_short_patterns_match_what_they_mean(void **state)
{
    char pattern[16], text[16];
    size_t matched = 0;

    (void)state;
    for (size_t i = 0; i < 5461; i++) { /* up to six letters of four */
        spell(i, "%_ab", pattern);
        for (size_t j = 0; j < 255; j++) { /* up to seven of two */
            spell(j, "ab", text);

            const bool expected = plain(pattern, text);

            matched += expected;
            if (matches(pl_str_of(pattern), "", pl_str_of(text)) != expected)
                fail_msg("'%s' like '%s'", text, pattern);
        }
    }
    assert_true(matched > 100000);
}

static void long_parts_are_matched_across_words_of_bits(void **state)
{
    struct pl_rng rng;
    char pattern[PL_LIKE_WILD_MAX + 8], text[1024];

    (void)state;
    pl_rng_init(&rng, 7, 0);
    for (size_t i = 0; i < 3000; i++) {
        const size_t length = 1 + pl_rng_below(&rng, PL_LIKE_WILD_MAX - 1);
        const size_t start = pl_rng_below(&rng, sizeof text - 1 - length);

        for (size_t j = 0; j < sizeof text - 1; j++)
            text[j] = "ab"[pl_rng_below(&rng, 2)];
        text[sizeof text - 1] = '\0';
        pattern[0] = '%';
        memcpy(pattern + 1, text + start, length);
        pattern[1 + pl_rng_below(&rng, length)] = '_';
        strcpy(pattern + 1 + length, "%");
        assert_true(matches(pl_str_of(pattern), "", pl_str_of(text)));
        pattern[1 + pl_rng_below(&rng, length)] = 'c';
        assert_int_equal(matches(pl_str_of(pattern), "", pl_str_of(text)),
                         strchr(pattern, 'c') == NULL);
    }
}

static void a_part_that_is_too_long_is_refused(void **state)
{
    const struct pl_like *like = NULL;
    struct pl_arena arena;
    char pattern[PL_LIKE_WILD_MAX + 2];

    (void)state;
    memset(pattern, 'a', sizeof pattern);
    pattern[3] = '_';
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_true(
        pl_like_compile((struct pl_str){pattern, PL_LIKE_WILD_MAX + 1}, PL_STR(""), &arena, &like));
    assert_null(like);
    assert_true(
        pl_like_compile((struct pl_str){pattern, PL_LIKE_WILD_MAX}, PL_STR(""), &arena, &like));
    assert_non_null(like);
    pl_arena_deinit(&arena);
}

static double seconds(void)
{
    struct timespec time;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time), 0);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Eight megabytes of `a`: a matcher that goes back takes hours for the first and the third. */
static void time_does_not_grow_with_the_pattern(void **state)
{
    const size_t size = (size_t)8 << 20;
    char *text = malloc(size);
    char pattern[4096];

    (void)state;
    assert_non_null(text);
    memset(text, 'a', size);
    memset(pattern, 'a', sizeof pattern);
    pattern[0] = '%';
    pattern[2000] = 'b';
    pattern[4095] = '%';

    const double begun = seconds();

    assert_false(
        matches((struct pl_str){pattern, sizeof pattern}, "", (struct pl_str){text, size}));
    for (size_t i = 2; i < sizeof pattern; i += 2)
        pattern[i] = '%';
    assert_true(matches((struct pl_str){pattern, sizeof pattern}, "", (struct pl_str){text, size}));
    memset(pattern + 1, 'a', 200);
    pattern[100] = '_';
    pattern[200] = 'b';
    pattern[201] = '%';
    assert_false(
        matches((struct pl_str){pattern, sizeof pattern}, "", (struct pl_str){text, size}));
    assert_true(seconds() - begun < 20);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_is_of_characters),
        cmocka_unit_test(all_short_patterns_match_what_they_mean),
        cmocka_unit_test(long_parts_are_matched_across_words_of_bits),
        cmocka_unit_test(a_part_that_is_too_long_is_refused),
        cmocka_unit_test(time_does_not_grow_with_the_pattern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
