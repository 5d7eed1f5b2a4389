/* Pages: wrapping at every width, and nothing from data that could steer a terminal. */
#include "report/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define TEXT_SIZE_BYTES_MAX 65536

static struct pl_page page_of(struct pl_buffer *out, uint32_t columns)
{
    pl_buffer_init(out, TEXT_SIZE_BYTES_MAX);
    return pl_page_of(out, (struct pl_style){.columns = columns, .utf8 = true});
}

static void assert_folded(const char *text, bool utf8, const char *expected)
{
    struct pl_buffer out;

    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_text_fold(&out, pl_str_of(text), utf8);
    assert_string_equal(pl_buffer_view(&out).ptr, expected);
    pl_buffer_deinit(&out);
}

static void control_characters_never_reach_the_terminal(void **state)
{
    (void)state;
    assert_folded("a\x1b[31mb", true, "a\xef\xbf\xbd[31mb");
    assert_folded("a\x1b[31mb", false, "a?[31mb");
    assert_folded("bell\a del\x7f", false, "bell? del?");
    assert_folded("c1\xc2\x9b"
                  "31m",
                  true,
                  "c1\xef\xbf\xbd"
                  "31m");
    assert_folded("turn\xe2\x80\xae"
                  "ed\xe2\x81\xa6",
                  true,
                  "turn\xef\xbf\xbd"
                  "ed\xef\xbf\xbd");
    assert_folded("tab\tnew\nline", true, "tab new line");
    assert_folded("bad \xff\xc3", true, "bad \xef\xbf\xbd\xef\xbf\xbd");
}

static void letters_of_all_scripts_stay(void **state)
{
    (void)state;
    assert_folded("हिन्दी “ß” 中文 é", true, "हिन्दी “ß” 中文 é");
}

static void ascii_has_a_form_for_each_sign(void **state)
{
    (void)state;
    assert_folded("● ◐ ✕ a × b · …", false, "o ~ x a x b - ...");
    assert_folded("“é”", false, "\"?\"");
}

static size_t widest_line(const char *text)
{
    size_t widest = 0;

    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        const size_t columns = pl_str_columns((struct pl_str){text, length});

        if (columns > widest)
            widest = columns;
        text += length + (text[length] == '\n');
    }
    return widest;
}

static void no_line_is_wider_than_the_page(void **state)
{
    static const char TEXT[] =
        "A paragraph of words of several lengths, with a_word_that_is_much_longer_than_any_page_"
        "could_ever_be_so_that_it_must_be_broken_somewhere_or_else_the_line_would_run_over, "
        "中文中文"
        "中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文 and an end.";

    (void)state;
    for (uint32_t columns = PL_PAGE_COLUMNS_MIN; columns <= PL_PAGE_COLUMNS_MAX; columns++) {
        struct pl_buffer out;
        struct pl_page page = page_of(&out, columns);

        pl_page_paragraph(&page, (struct pl_margin){2, 6}, pl_str_of(TEXT));
        assert_true(widest_line(out.ptr) <= columns);
        assert_int_equal(out.ptr[out.len - 1], '\n');
        pl_buffer_deinit(&out);
    }
}

static void wrapping_loses_and_adds_no_word(void **state)
{
    static const char TEXT[] = "one two three four five six seven eight nine ten eleven twelve "
                               "thirteen fourteen fifteen sixteen seventeen";
    struct pl_buffer out;
    struct pl_page page = page_of(&out, 40);
    char joined[256];
    size_t length = 0;

    (void)state;
    pl_page_paragraph(&page, (struct pl_margin){4, 4}, pl_str_of(TEXT));
    for (char *word = strtok(out.ptr, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        memcpy(joined + length, word, strlen(word));
        length += strlen(word);
        joined[length++] = ' ';
    }
    joined[length - 1] = '\0';
    assert_string_equal(joined, TEXT);
    pl_buffer_deinit(&out);
}

static void a_figure_keeps_its_percent_sign(void **state)
{
    struct pl_str text = PL_STR("it is 44.9 % here");

    (void)state;
    assert_true(pl_str_equal_text(pl_text_take_line(&text, 11), "it is"));
    assert_true(pl_str_equal_text(pl_text_take_line(&text, 11), "44.9 % here"));
    assert_int_equal(text.len, 0);
}

static void the_width_stays_within_its_bounds(void **state)
{
    struct pl_buffer out;

    (void)state;
    assert_int_equal(page_of(&out, 0).style.columns, PL_PAGE_COLUMNS_MIN);
    assert_int_equal(page_of(&out, 5000).style.columns, PL_PAGE_COLUMNS_MAX);
    assert_int_equal(page_of(&out, 72).style.columns, 72);
}

static void colour_is_written_only_when_asked_for(void **state)
{
    struct pl_buffer out;
    struct pl_page page = page_of(&out, 80);

    (void)state;
    pl_page_text(&page, PL_INK_BREACH, PL_STR("x"));
    assert_string_equal(out.ptr, "x");
    pl_buffer_reset(&out);
    page.style.colours = PL_COLOURS_TRUE;
    pl_page_text(&page, PL_INK_BREACH, PL_STR("x"));
    assert_string_equal(out.ptr, "\x1b[38;2;194;65;12mx\x1b[0m");
    pl_buffer_reset(&out);
    page.style.colours = PL_COLOURS_256;
    pl_page_text(&page, PL_INK_PLAIN, PL_STR("x"));
    pl_page_text(&page, PL_INK_CLEAR, PL_STR("y"));
    assert_string_equal(out.ptr, "x\x1b[38;5;29my\x1b[0m");
    pl_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_never_reach_the_terminal),
        cmocka_unit_test(letters_of_all_scripts_stay),
        cmocka_unit_test(ascii_has_a_form_for_each_sign),
        cmocka_unit_test(no_line_is_wider_than_the_page),
        cmocka_unit_test(wrapping_loses_and_adds_no_word),
        cmocka_unit_test(a_figure_keeps_its_percent_sign),
        cmocka_unit_test(the_width_stays_within_its_bounds),
        cmocka_unit_test(colour_is_written_only_when_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
