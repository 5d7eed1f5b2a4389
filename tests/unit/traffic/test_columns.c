/* The table of what conditions may name: each name is found as what it is, and the manual has every row. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/file.h"
#include "traffic/columns.h"

#define PAGE_SIZE_BYTES_MAX ((size_t)1 << 20)
#define PAGE                PL_SOURCE_ROOT "/docs/conditions.md"

static void each_column_is_found_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(pl_request_columns_count(), PL_COLUMN_JSON + 1);
    for (size_t i = 0; i < PL_COLUMN_JSON; i++) {
        enum pl_request_column found = PL_COLUMN_JSON;

        assert_true(pl_request_column_find(pl_str_of(pl_request_column_at(i)->name), &found));
        assert_int_equal(found, i);
    }
}

static void a_pointer_into_the_body_is_one_too(void **state)
{
    const struct pl_str name = PL_STR("json:/metadata/plan");
    enum pl_request_column found = PL_COLUMN_API;

    (void)state;
    assert_true(pl_request_column_find(name, &found));
    assert_int_equal(found, PL_COLUMN_JSON);
    assert_true(pl_str_equal_text(pl_request_column_pointer(name), "/metadata/plan"));
}

static void other_names_are_none(void **state)
{
    static const char *const NAMES[] = {"", "json:", "json:metadata", "Length", "plan", "lengths"};

    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        enum pl_request_column found = PL_COLUMN_API;

        assert_false(pl_request_column_find(pl_str_of(NAMES[i]), &found));
    }
}

static void the_manual_has_every_row(void **state)
{
    static const char *const KINDS[] = {
        [PL_DATUM_NULL] = "any",
        [PL_DATUM_BOOL] = "boolean",
        [PL_DATUM_NUMBER] = "number",
        [PL_DATUM_TEXT] = "text",
    };
    struct pl_arena arena;
    struct pl_str page;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, 4 * PAGE_SIZE_BYTES_MAX);
    assert_int_equal(pl_file_read(PAGE, PAGE_SIZE_BYTES_MAX, &arena, &page, &error), PL_OK);
    for (size_t i = 0; i < pl_request_columns_count(); i++) {
        const struct pl_request_column_row *row = pl_request_column_at(i);
        const struct pl_str line = pl_arena_format(&arena, "\n| `%s` | %s | %s |\n", row->name,
                                                   KINDS[row->kind], row->help);

        assert_non_null(line.ptr);
        if (strstr(page.ptr, line.ptr) == NULL)
            fail_msg("docs/conditions.md has no row like this:%s", line.ptr);
    }
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_column_is_found_by_its_name),
        cmocka_unit_test(a_pointer_into_the_body_is_one_too),
        cmocka_unit_test(other_names_are_none),
        cmocka_unit_test(the_manual_has_every_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
