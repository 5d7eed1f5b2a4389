/* Decoding of bytes that are not UTF-8, and the edges of case and normal form. */
#include "text/unicode.h"

#include "text_case.h"

/* What Python's bytes.decode("utf-8", "replace") gives; "?" stands for U+FFFD. */
static void bad_bytes_become_replacements_by_maximal_parts(void **state)
{
    static const struct {
        const char *bytes;
        const char *decoded;
    } CASES[] = {
        {"a\xff"
         "b",
         "a?b"},
        {"\xc0\x80", "??"},
        {"\xe0\x80\x80", "???"},
        {"\xe2\x82", "?"},
        {"\xe2\x82"
         "a",
         "?a"},
        {"\xf0\x9f\x98"
         "a",
         "?a"},
        {"\xf0\x80\x80\x80", "????"},
        {"\xed\xa0\x80", "???"},
        {"\xf4\x90\x80\x80", "????"},
        {"\xf5\x80", "??"},
        {"\x80\xbf", "??"},
        {"\xc3", "?"},
        {"\xc3\xc3\xa9", "?\xe9"},
    };
    struct pl_text_scratch scratch;

    (void)state;
    pl_text_scratch_init(&scratch, 100);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_codes codes;

        assert_true(pl_codes_decode(pl_str_of(CASES[i].bytes), &scratch, &codes));
        assert_int_equal(codes.count, strlen(CASES[i].decoded));
        for (size_t k = 0; k < codes.count; k++) {
            const unsigned char expected = (unsigned char)CASES[i].decoded[k];

            assert_int_equal(codes.ptr[k], expected == '?' ? PL_CODE_REPLACEMENT : expected);
        }
    }
    pl_text_scratch_deinit(&scratch);
}

static void every_code_point_survives_the_way_there_and_back(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[4];
        uint32_t back;

        if (code >= 0xD800 && code <= 0xDFFF)
            continue;

        const size_t len = pl_utf8_put(code, bytes);

        assert_int_equal(pl_utf8_next((struct pl_str){bytes, len}, &back), len);
        assert_int_equal(back, code);
    }
}

static void a_capital_sigma_ends_a_word_as_a_final_one(void **state)
{
    static const uint32_t WORDS[] = {0x39F, 0x3A3, ' ', 0x3A3, '.', 0x3A3, 0x391, 0x130};
    static const uint32_t LOWER[] = {0x3BF, 0x3C2, ' ', 0x3C3, '.', 0x3C3, 0x3B1, 'i', 0x307};
    uint32_t words[sizeof WORDS / sizeof *WORDS];
    struct pl_codes codes = {words, sizeof WORDS / sizeof *WORDS};
    struct pl_text_scratch scratch;

    (void)state;
    memcpy(words, WORDS, sizeof WORDS);
    pl_text_scratch_init(&scratch, 100);
    assert_true(pl_codes_lower(&codes, &scratch));
    assert_int_equal(codes.count, sizeof LOWER / sizeof *LOWER);
    assert_memory_equal(codes.ptr, LOWER, sizeof LOWER);
    pl_text_scratch_deinit(&scratch);
}

static void replacing_goes_left_to_right_without_overlap(void **state)
{
    static const struct {
        const char *text;
        const char *from;
        const char *to;
        const char *result;
    } CASES[] = {
        {"&amp;lt;", "&amp;", "&", "&lt;"},  {"aaa", "aa", "b", "ba"}, {"-\n-\n", "-\n", "", ""},
        {"<skip", "<skipped>", "", "<skip"}, {"", "x", "", ""},
    };
    struct pl_text_scratch scratch;

    (void)state;
    pl_text_scratch_init(&scratch, 100);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_codes codes;

        assert_true(pl_codes_decode(pl_str_of(CASES[i].text), &scratch, &codes));
        pl_codes_replace(&codes, CASES[i].from, CASES[i].to);
        assert_int_equal(codes.count, strlen(CASES[i].result));
        for (size_t k = 0; k < codes.count; k++)
            assert_int_equal(codes.ptr[k], CASES[i].result[k]);
    }
    pl_text_scratch_deinit(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_bytes_become_replacements_by_maximal_parts),
        cmocka_unit_test(every_code_point_survives_the_way_there_and_back),
        cmocka_unit_test(a_capital_sigma_ends_a_word_as_a_final_one),
        cmocka_unit_test(replacing_goes_left_to_right_without_overlap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
