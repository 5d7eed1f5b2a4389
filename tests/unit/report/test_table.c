/* Tables: figures at the right, text that wraps, and never wider than the page. */
#include "report/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define TEXT_SIZE_BYTES_MAX 65536

static const struct pl_table_column COLUMNS[] = {
    {.title = {"Name", 4}, .wraps = true},
    {.title = {"n", 1}, .right = true},
};

static void write_rows(struct pl_buffer *out, uint32_t columns, const char *name)
{
    struct pl_page page = pl_page_of(out, (struct pl_style){.columns = columns, .utf8 = true});
    struct pl_table table;

    pl_table_init(&table, COLUMNS, 2, 2, true);
    pl_table_add(&table, PL_INK_PLAIN, pl_str_of(name));
    pl_table_add(&table, PL_INK_PLAIN, PL_STR("1,234"));
    pl_table_add(&table, PL_INK_PLAIN, PL_STR("b"));
    pl_table_add(&table, PL_INK_PLAIN, PL_STR("5"));
    pl_table_write(&table, &page, 2);
    pl_table_deinit(&table);
}

static void figures_stand_at_the_right(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    write_rows(&out, 80, "alpha");
    assert_string_equal(out.ptr, "  Name       n\n"
                                 "  alpha  1,234\n"
                                 "  b          5\n");
    pl_buffer_deinit(&out);
}

static void wide_letters_count_as_two_columns(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    write_rows(&out, 80, "中文");
    assert_string_equal(out.ptr, "  Name      n\n"
                                 "  中文  1,234\n"
                                 "  b         5\n");
    pl_buffer_deinit(&out);
}

static void long_text_goes_on_below(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    write_rows(&out, 40, "a name that is too long for a page of forty columns");
    assert_string_equal(out.ptr, "  Name                                 n\n"
                                 "  a name that is too long for a    1,234\n"
                                 "  page of forty columns\n"
                                 "  b                                    5\n");
    pl_buffer_deinit(&out);
}

static void a_cell_cannot_break_its_row(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    write_rows(&out, 80, "two\nlines");
    assert_non_null(strstr(out.ptr, "  two lines  1,234\n"));
    pl_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_stand_at_the_right),
        cmocka_unit_test(wide_letters_count_as_two_columns),
        cmocka_unit_test(long_text_goes_on_below),
        cmocka_unit_test(a_cell_cannot_break_its_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
