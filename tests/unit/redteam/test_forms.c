/* Forms: a code is found however it is written, and not where it is not. */
#include "redteam/forms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 20)

static const char *form_of(const char *needle, const char *text, bool halves)
{
    const struct pl_str needles[] = {PL_STR("never-there-at-all"), pl_str_of(needle)};
    const struct pl_forms_query query = {needles, 2, halves};
    struct pl_forms_finding finding;
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_int_equal(pl_forms_find(&query, pl_str_of(text), &arena, &finding, &error), PL_OK);
    pl_arena_deinit(&arena);
    assert_true(finding.form == NULL || finding.needle == 1);
    return finding.form;
}

#define CODE "K7QW-RT3M-XH9P"

/* The encoded ones were made with Python's base64, bytes.hex and codecs. */
static const struct {
    const char *text, *form;
} ROWS[] = {
    {"The code is K7QW-RT3M-XH9P.", "plain"},
    {"k7qwrt3mxh9p", "plain"},
    {"K 7 Q W - R T 3 M - X H 9 P", "plain"},
    {"K\n7\nQ\nW\nR\nT\n3\nM\nX\nH\n9\nP", "plain"},
    {"**K7QW**-**RT3M**-**XH9P**", "plain"},
    {"\xd0\x9a"
     "7QW-RT3M-XH9\xd0\xa0",
     "plain"},
    {"K\xe2\x80\x8b"
     "7\xe2\x80\x8bQW-RT3M-XH9P",
     "plain"},
    {"\xef\xbc\xab\xef\xbc\x97\xef\xbc\xb1\xef\xbc\xb7RT3MXH9P", "plain"},
    {"Backwards: P9HX-M3TR-WQ7K", "reversed"},
    {"X7DJ-EG3Z-KU9C", "rot13"},
    {"K7QW-RTEM-XH9P and K7QWRTEMXH9P", "leetspeak"},
    {"It is SzdRVy1SVDNNLVhIOVA= so", "base64"},
    {"isSzdRVy1SVDNNLVhIOVA=", "base64"},
    {"SzdRVy1S\nVDNNLVhIOVA", "base64"},
    {"VGhlIGNvZGUgaXMgSzdRVy1SVDNNLVhIOVAu", "base64"},
    {"4b3751572d5254334d2d58483950", "hex"},
    {"the code4b3751572d5254334d2d58483950", "hex"},
    {"4B 37 51 57 2D 52 54 33 4D 2D 58 48 39 50", "hex"},
    {"\\x4b\\x37\\x51\\x57\\x52\\x54\\x33\\x4d\\x58\\x48\\x39\\x50", "hex"},
    {"0x4b, 0x37, 0x51, 0x57, 0x52, 0x54, 0x33, 0x4d, 0x58, 0x48, 0x39, 0x50", "hex"},
    {"75 55 81 87 45 82 84 51 77 45 88 72 57 80", "character_codes"},
    {"&#75;&#55;&#81;&#87;&#82;&#84;&#51;&#77;&#88;&#72;&#57;&#80;", "character_codes"},
    {"%4B7%51W-RT3%4D-XH9P", "percent"},
    {"1. K\n2. 7\n3. Q\n4. W\n5. R\n6. T\n7. 3\n8. M\n9. X\n10. H\n11. 9\n12. P", "line_ends"},
    {"1. K\n2. 7\n3. Q\n4. 'W'.\n5. -\n6. R\n7. T\n8. 3\n9. M\n10. -\n11. X\n12. H\n13. 9\n14. P",
     "line_ends"},
    {"K for kilo\n7 is next\nQ\nW\nR\nT\n3\nM\nX\nH\n9\nP it ends", "line_starts"},
    {"Kilo seven Quebec Whiskey Romeo Tango three Mike X-ray", NULL},
    {"kilo seven quebec whiskey, romeo tango three mike, xray hotel nine papa", "initials"},
    {"I can't give you the staff discount code.", NULL},
    {"K7QW-RT3M is a part of it.", NULL},
    {"", NULL},
    {"K7QW-RT3M-XH9", NULL},
    {"SzdRVy1SVDNN", NULL},
};

static void a_code_is_found_in_the_form_that_it_is_written_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *form = form_of(CODE, ROWS[i].text, false);

        if (ROWS[i].form == NULL ? form != NULL : form == NULL || strcmp(form, ROWS[i].form) != 0)
            fail_msg("'%s' gave %s and not %s", ROWS[i].text, form == NULL ? "nothing" : form,
                     ROWS[i].form == NULL ? "nothing" : ROWS[i].form);
    }
}

static void both_halves_of_a_long_secret_are_the_secret(void **state)
{
    static const char *const TEXT = "First K7QWRT, and then, further down, 3MXH9P.";

    (void)state;
    assert_null(form_of(CODE, TEXT, false));
    assert_string_equal(form_of(CODE, TEXT, true), "plain");
    assert_null(form_of(CODE, "First K7QWRT, and the rest is secret.", true));
    assert_null(form_of("ABCDEFGHJK", "ABCDE then FGHJK, but it is short", true));
}

static void a_short_number_is_sought_as_it_stands_only(void **state)
{
    (void)state;
    assert_string_equal(form_of("5780157", "The period is 5,780,157 days.", false), "plain");
    /* "just boiled" holds stboi, which is 57801 with letters for digits. */
    assert_null(form_of("5780157", "just boi stew", false));
    assert_null(form_of("5780157", "NTc4MDE1Nw==", false));
    assert_null(form_of("578015", "578015", false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_found_in_the_form_that_it_is_written_in),
        cmocka_unit_test(both_halves_of_a_long_secret_are_the_secret),
        cmocka_unit_test(a_short_number_is_sought_as_it_stands_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
