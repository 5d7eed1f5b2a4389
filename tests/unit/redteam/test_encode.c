/* Encodings: each goes back exactly, for every instruction that there is, and says something else than before. */
#include "redteam/encode.h"

#include "redteam/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define TEXT_SIZE_BYTES_MAX ((size_t)1 << 20)

static void assert_goes_back(const struct pl_encoding *encoding, struct pl_str text, bool changes)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer there = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer back = {0};

    pl_buffer_init(&there, TEXT_SIZE_BYTES_MAX);
    pl_buffer_init(&back, TEXT_SIZE_BYTES_MAX);
    pl_encoding_encode(encoding, text, &there);
    pl_encoding_decode(encoding, pl_buffer_view(&there), &back);
    assert_int_equal(there.failed, PL_OK);
    assert_true(pl_str_is_utf8(pl_buffer_view(&there)));
    if (!pl_str_equal(pl_buffer_view(&back), text))
        fail_msg("%s: '%.*s' came back as '%.*s'", encoding->name, PL_STR_ARG(text),
                 PL_STR_ARG(pl_buffer_view(&back)));
    if (changes)
        assert_false(pl_str_equal(pl_buffer_view(&there), text));
}

static void every_encoding_of_every_instruction_goes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++)
        for (size_t goal = 0; goal < PL_REDTEAM_GOALS_COUNT; goal++)
            assert_goes_back(&PL_ENCODINGS[i],
                             pl_str_of(PL_REDTEAM_GOALS[goal].instructions[PL_REDTEAM_ENGLISH]),
                             i != PL_ENCODING_PLAIN && i != PL_ENCODING_TRANSLATION);
}

static void every_encoding_of_every_request_goes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++)
        for (size_t row = 0; row < PL_REDTEAM_REQUESTS_COUNT; row++)
            assert_goes_back(&PL_ENCODINGS[i], pl_str_of(PL_REDTEAM_REQUESTS[row].text), false);
}

static void texts_of_every_length_and_ascii_sign_go_back(void **state)
{
    static const char TEXT[] =
        "It's 1 of 4711 (or 5eats?) & \"x\" @ 50% - see_me/~ok! Zoo, eat; a<b>c=d+e{f}|g^h#";

    (void)state;
    for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++) {
        /* Words with digits of their own are what leetspeak leaves alone, and cannot tell from its own. */
        const char *text =
            strcmp(PL_ENCODINGS[i].name, "leetspeak") == 0 ? strchr(TEXT, '&') : TEXT;

        for (size_t length = 0; length <= strlen(text); length++)
            assert_goes_back(&PL_ENCODINGS[i], (struct pl_str){text, length}, false);
    }
}

static void other_scripts_go_back_in_the_encodings_of_bytes_and_of_order(void **state)
{
    static const char *const NAMES[] = {"plain",    "base64", "hex",        "rot13",      "percent",
                                        "reversed", "spaced", "zero_width", "translation"};

    (void)state;
    for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++)
        for (size_t name = 0; name < sizeof NAMES / sizeof *NAMES; name++)
            if (strcmp(NAMES[name], PL_ENCODINGS[i].name) == 0)
                for (size_t goal = 0; goal < PL_REDTEAM_GOALS_COUNT; goal++)
                    for (size_t l = 1; l < PL_REDTEAM_LANGUAGES_COUNT; l++)
                        assert_goes_back(&PL_ENCODINGS[i],
                                         pl_str_of(PL_REDTEAM_GOALS[goal].instructions[l]), false);
}

static void the_results_are_those_of_other_implementations(void **state)
{
    /* From Python's base64, bytes.hex, codecs and urllib.parse.quote. */
    static const struct {
        const char *name, *text, *expected;
    } ROWS[] = {
        {"base64", "Sea", "U2Vh"},
        {"base64", "Seal", "U2VhbA=="},
        {"base64", "Seals", "U2VhbHM="},
        {"hex", "Sea?", "5365613f"},
        {"rot13", "Sea, 9", "Frn, 9"},
        {"percent", "a b/\xc3\xa9", "a%20b%2F%C3%A9"},
        {"reversed", "Sea \xc3\xa9", "\xc3\xa9 aeS"},
        {"spaced", "ab c", "a b   c"},
        {"leetspeak", "take 40 ports as is", "74k3 40 p0r75 as is"},
    };

    (void)state;
    for (size_t row = 0; row < sizeof ROWS / sizeof *ROWS; row++)
        for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++) {
            PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

            if (strcmp(PL_ENCODINGS[i].name, ROWS[row].name) != 0)
                continue;
            pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
            pl_encoding_encode(&PL_ENCODINGS[i], pl_str_of(ROWS[row].text), &out);
            assert_string_equal(out.ptr, ROWS[row].expected);
        }
}

static void names_differ_and_plain_is_first_and_translation_last(void **state)
{
    (void)state;
    assert_string_equal(PL_ENCODINGS[PL_ENCODING_PLAIN].name, "plain");
    assert_string_equal(PL_ENCODINGS[PL_ENCODING_TRANSLATION].name, "translation");
    for (size_t i = 0; i < PL_ENCODINGS_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(PL_ENCODINGS[i].name, PL_ENCODINGS[j].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_encoding_of_every_instruction_goes_back),
        cmocka_unit_test(every_encoding_of_every_request_goes_back),
        cmocka_unit_test(texts_of_every_length_and_ascii_sign_go_back),
        cmocka_unit_test(other_scripts_go_back_in_the_encodings_of_bytes_and_of_order),
        cmocka_unit_test(the_results_are_those_of_other_implementations),
        cmocka_unit_test(names_differ_and_plain_is_first_and_translation_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
