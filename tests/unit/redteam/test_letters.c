/* Letters: look-alikes go back, invalid bytes are stepped over, and text folds to what it looks like. */
#include "redteam/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static void a_look_alike_goes_back_to_its_letter_and_no_two_share_one(void **state)
{
    size_t disguised = 0;

    (void)state;
    for (uint32_t code = 1; code < 0x80; code++) {
        const uint32_t alike = pl_letters_disguise(code);

        assert_int_equal(pl_letters_undisguise(alike), code);
        if (code >= ' ' && code < 0x7f)
            assert_int_equal(pl_letters_to_ascii(alike), code);
        disguised += alike != code;
    }
    assert_true(disguised >= 26);
}

static void every_code_point_is_written_and_read_as_the_same(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        char bytes[4];
        size_t at = 0;
        const struct pl_str text = {bytes, pl_letters_utf8(code, bytes)};

        if (code >= 0xd800 && code < 0xe000)
            continue;
        assert_int_equal(pl_letters_next(text, &at), code);
        assert_int_equal(at, text.len);
    }
}

static void bytes_that_are_not_utf8_count_one_each(void **state)
{
    static const char *const TEXTS[] = {"\xff",     "\xc3",         "\xe2\x82",
                                        "\x80\x80", "\xf0\x9f\x98", "\xc3z"};

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        const struct pl_str text = pl_str_of(TEXTS[i]);
        size_t at = 0;

        assert_int_equal(pl_letters_next(text, &at), 0xfffd);
        assert_int_equal(at, 1);
    }
}

static void text_folds_to_the_letters_and_digits_that_it_looks_like(void **state)
{
    static const struct {
        const char *text, *folded;
    } ROWS[] = {
        {"K-7 q\n4", "k7q4"},
        {"\xef\xbc\xab\xef\xbc\x97", "k7"}, /* full width */
        {"K\xe2\x80\x8b"
         "7",
         "k7"},                                     /* zero width space */
        {"\xd0\x9a\xd0\xbe", "ko"},                 /* Cyrillic */
        {"\xf3\xa0\x81\x8b\xf3\xa0\x80\xb7", "k7"}, /* tags */
        {"\xf0\x9d\x90\x8a\xf0\x9d\x9f\x95", "k7"}, /* mathematical bold */
        {"\xe0\xa5\xad\xd9\xa7", "77"},             /* Devanagari, Arabic */
        {"K\xe4\xbd\xa0"
         "7",
         "k\x01"
         "7"}, /* Chinese stands between */
        {"K\xf0\x9f\x98\x80"
         "7",
         "k7"}, /* an emoji does not */
        {"K\x02\x7f"
         "7",
         "k7"},
        {"", ""},
    };
    char folded[64];

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        size_t length = pl_letters_ascii(pl_str_of(ROWS[i].text), folded);

        length = pl_letters_fold((struct pl_str){folded, length}, folded);
        assert_int_equal(length, strlen(ROWS[i].folded));
        assert_memory_equal(folded, ROWS[i].folded, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_look_alike_goes_back_to_its_letter_and_no_two_share_one),
        cmocka_unit_test(every_code_point_is_written_and_read_as_the_same),
        cmocka_unit_test(bytes_that_are_not_utf8_count_one_each),
        cmocka_unit_test(text_folds_to_the_letters_and_digits_that_it_looks_like),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
