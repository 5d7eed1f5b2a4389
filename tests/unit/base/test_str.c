/* Slices of text: tables of cases for each function, and laws for distance and order. */
#include "base/str.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void equality_is_by_bytes_and_length(void **state)
{
    (void)state;
    assert_true(pl_str_equal(PL_STR("race"), pl_str_of("race")));
    assert_false(pl_str_equal(PL_STR("race"), PL_STR("races")));
    assert_false(pl_str_equal(PL_STR("race"), PL_STR("Race")));
    assert_true(pl_str_equal((struct pl_str){NULL, 0}, PL_STR("")));
    assert_true(pl_str_equal_text(pl_str_of(NULL), ""));
    assert_false(pl_str_equal((struct pl_str){"a\0b", 3}, (struct pl_str){"a\0c", 3}));
}

static void order_is_by_bytes_then_length(void **state)
{
    (void)state;
    static const char *const SORTED[] = {"", "A", "a", "aa", "ab", "b", "\xc3\xa9"};

    for (size_t i = 0; i < COUNT(SORTED); i++) {
        for (size_t j = 0; j < COUNT(SORTED); j++) {
            const int order = pl_str_compare(pl_str_of(SORTED[i]), pl_str_of(SORTED[j]));

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

static void beginnings_and_ends(void **state)
{
    (void)state;
    assert_true(pl_str_starts_with(PL_STR("calibration"), PL_STR("cal")));
    assert_true(pl_str_starts_with(PL_STR("calibration"), PL_STR("")));
    assert_false(pl_str_starts_with(PL_STR("cal"), PL_STR("calibration")));
    assert_true(pl_str_ends_with(PL_STR("a.csv"), PL_STR(".csv")));
    assert_false(pl_str_ends_with(PL_STR("csv"), PL_STR(".csv")));
    assert_false(pl_str_ends_with(PL_STR("a.csv "), PL_STR(".csv")));
}

static void trimming_takes_blanks_off_both_ends(void **state)
{
    (void)state;
    assert_true(pl_str_equal_text(pl_str_trim(PL_STR(" \t a b \r\n")), "a b"));
    assert_int_equal(pl_str_trim(PL_STR(" \n ")).len, 0);
    assert_int_equal(pl_str_trim(PL_STR("")).len, 0);
}

static void the_hash_is_stable_and_spreads(void **state)
{
    (void)state;
    bool taken[1024] = {false};
    int collisions = 0;

    assert_true(pl_str_hash(PL_STR("race")) == pl_str_hash(pl_str_of("race")));
    for (int i = 0; i < 512; i++) {
        const char text[2] = {(char)(i & 0xff), (char)(i >> 8)};
        const uint64_t slot = pl_str_hash((struct pl_str){text, 2}) % COUNT(taken);

        collisions += taken[slot];
        taken[slot] = true;
    }
    /* An even hash leaves 512 - 1024 (1 - exp(-1/2)) = 109 on average. */
    assert_in_range(collisions, 60, 160);
}

static const struct {
    const char *text;
    bool valid;
    double value;
} DOUBLES[] = {
    {"0", true, 0.0},     {"1.5", true, 1.5},    {"-2e3", true, -2000.0}, {"10_000", true, 10000.0},
    {".5", true, 0.5},    {"+7", true, 7.0},     {"", false, 0.0},        {" 1", false, 0.0},
    {"1 ", false, 0.0},   {"1e999", false, 0.0}, {"nan", false, 0.0},     {"inf", false, 0.0},
    {"0x10", false, 0.0}, {"_1", false, 0.0},    {"1_", false, 0.0},      {"1__0", false, 0.0},
    {"1_.5", false, 0.0}, {"1.2.3", false, 0.0}, {"e5", false, 0.0},      {"--1", false, 0.0},
    {"1,5", false, 0.0},
};

static void doubles_are_whole_text_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DOUBLES); i++) {
        double value = -99.0;

        assert_int_equal(pl_str_to_double(pl_str_of(DOUBLES[i].text), &value), DOUBLES[i].valid);
        assert_true(value == (DOUBLES[i].valid ? DOUBLES[i].value : -99.0));
    }
}

static const struct {
    const char *text;
    bool valid;
    uint64_t value;
} INTEGERS[] = {
    {"0", true, 0},
    {"42", true, 42},
    {"10_000", true, 10000},
    {"007", true, 7},
    {"", false, 0},
    {"-1", false, 0},
    {"+1", false, 0},
    {"1.0", false, 0},
    {"99999999999999999999", false, 0},
    {" 1", false, 0},
    {"_1", false, 0},
    {"1_", false, 0},
    {"9223372036854775808", true, (uint64_t)1 << 63},
};

static void integers_are_whole_text_or_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(INTEGERS); i++) {
        uint64_t value = 99;

        assert_int_equal(pl_str_to_uint64(pl_str_of(INTEGERS[i].text), &value), INTEGERS[i].valid);
        assert_true(value == (INTEGERS[i].valid ? INTEGERS[i].value : 99));
    }
}

static const struct {
    const char *text;
    bool valid;
} UTF8[] = {
    {"", true},
    {"plain", true},
    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2", true},
    {"\xf4\x8f\xbf\xbf", true},
    {"\xc0\x80", false},         /* overlong */
    {"\xe0\x80\xaf", false},     /* overlong */
    {"\xf0\x80\x80\xaf", false}, /* overlong */
    {"\xed\xa0\x80", false},     /* surrogate */
    {"\xf4\x90\x80\x80", false}, /* past U+10FFFF */
    {"\xf5\x80\x80\x80", false},
    {"\x80", false},
    {"\xe2\x82", false},
    {"\xe2\x28\xa1", false},
    {"\xff", false},
};

static void utf8_is_checked_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(UTF8); i++)
        assert_int_equal(pl_str_is_utf8(pl_str_of(UTF8[i].text)), UTF8[i].valid);
}

/* As above, with ASCII around: what is wrong is found at any place. */
static void utf8_is_checked_at_every_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(UTF8); i++)
        for (size_t place = 0; place < 20; place++) {
            char text[64];
            const size_t length = strlen(UTF8[i].text);

            memset(text, 'a', sizeof text);
            memcpy(text + place, UTF8[i].text, length);
            assert_int_equal(pl_str_is_utf8((struct pl_str){text, place + length}), UTF8[i].valid);
            assert_int_equal(pl_str_is_utf8((struct pl_str){text, place + length + 19}),
                             UTF8[i].valid);
        }
}

static void columns_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(pl_str_columns(PL_STR("abc")), 3);
    assert_int_equal(pl_str_columns(PL_STR("e\xcc\x81")), 1); /* a combining accent */
    assert_int_equal(pl_str_columns(PL_STR("\xe6\x97\xa5\xe6\x9c\xac")), 4); /* two ideographs */
    assert_int_equal(pl_str_columns(PL_STR("\xf0\x9f\x98\x80")), 2);         /* a face */
    assert_int_equal(pl_str_columns(PL_STR("\xff\xfe")), 2);
}

static const struct {
    const char *a, *b;
    uint32_t distance;
} DISTANCES[] = {
    {"", "", 0},
    {"a", "", 1},
    {"kitten", "sitting", 3},
    {"ab", "ba", 1},
    {"ca", "abc", 3},
    {"acuracy", "accuracy", 1},
    {"recall", "recall", 0},
    {"precsiion", "precision", 1},
};

static void the_distance_is_that_of_optimal_string_alignment(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DISTANCES); i++) {
        const struct pl_str a = pl_str_of(DISTANCES[i].a), b = pl_str_of(DISTANCES[i].b);

        assert_int_equal(pl_str_distance(a, b, 100), DISTANCES[i].distance);
        assert_int_equal(pl_str_distance(b, a, 100), DISTANCES[i].distance);
    }
    assert_int_equal(pl_str_distance(PL_STR("kitten"), PL_STR("sitting"), 2), 3);
    assert_int_equal(pl_str_distance(PL_STR("aaaaaaaa"), PL_STR("bbbbbbbb"), 2), 3);
}

static void the_distance_of_random_words_obeys_its_laws(void **state)
{
    (void)state;
    struct pl_rng rng;

    pl_rng_init(&rng, 29, 0);
    for (int i = 0; i < 2000; i++) {
        char words[2][70];
        struct pl_str word[2];

        for (int w = 0; w < 2; w++) {
            word[w] = (struct pl_str){words[w], pl_rng_below(&rng, sizeof words[w])};
            for (size_t j = 0; j < word[w].len; j++)
                words[w][j] = (char)('a' + pl_rng_below(&rng, 3));
        }
        const uint32_t distance = pl_str_distance(word[0], word[1], 1000);

        assert_int_equal(distance, pl_str_distance(word[1], word[0], 1000));
        assert_int_equal(pl_str_distance(word[0], word[0], 1000), 0);
        assert_true(distance <= 64);
    }
}

static void the_nearest_name_is_suggested_when_near_enough(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"accuracy", "recall", "precision", "by"};

    assert_string_equal(pl_str_nearest(PL_STR("acuracy"), NAMES, COUNT(NAMES)), "accuracy");
    assert_string_equal(pl_str_nearest(PL_STR("reccal"), NAMES, COUNT(NAMES)), "recall");
    assert_string_equal(pl_str_nearest(PL_STR("yb"), NAMES, COUNT(NAMES)), "by");
    assert_null(pl_str_nearest(PL_STR("zebra"), NAMES, COUNT(NAMES)));
    assert_null(pl_str_nearest(PL_STR("x"), NAMES, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_is_by_bytes_and_length),
        cmocka_unit_test(order_is_by_bytes_then_length),
        cmocka_unit_test(beginnings_and_ends),
        cmocka_unit_test(trimming_takes_blanks_off_both_ends),
        cmocka_unit_test(the_hash_is_stable_and_spreads),
        cmocka_unit_test(doubles_are_whole_text_or_nothing),
        cmocka_unit_test(integers_are_whole_text_or_nothing),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(utf8_is_checked_at_every_place),
        cmocka_unit_test(columns_are_those_of_a_terminal),
        cmocka_unit_test(the_distance_is_that_of_optimal_string_alignment),
        cmocka_unit_test(the_distance_of_random_words_obeys_its_laws),
        cmocka_unit_test(the_nearest_name_is_suggested_when_near_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
