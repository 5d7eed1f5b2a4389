/* Buffers: what is added is what is seen, and the first failure is kept until reset. */
#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static void what_is_added_is_seen_in_order(void **state)
{
    (void)state;
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, 1024);
    assert_int_equal(pl_buffer_view(&buffer).len, 0);
    assert_string_equal(pl_buffer_view(&buffer).ptr, "");
    pl_buffer_add(&buffer, PL_STR("ship"));
    pl_buffer_add_char(&buffer, ' ');
    pl_buffer_add_text(&buffer, "or");
    pl_buffer_add_format(&buffer, " %s %d", "no", 5);
    assert_string_equal(pl_buffer_view(&buffer).ptr, "ship or no 5");
    assert_int_equal(pl_buffer_view(&buffer).len, 12);
    assert_int_equal(pl_buffer_check(&buffer, "the text", NULL), PL_OK);
    pl_buffer_deinit(&buffer);
}

static void it_grows_and_keeps_every_byte(void **state)
{
    (void)state;
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, 1 << 20);
    for (int i = 0; i < 50000; i++)
        pl_buffer_add_char(&buffer, (char)('a' + i % 26));
    assert_int_equal(buffer.len, 50000);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(buffer.ptr[i], 'a' + i % 26);
    assert_int_equal(buffer.ptr[50000], '\0');
    pl_buffer_deinit(&buffer);
}

static void past_the_maximum_everything_is_dropped(void **state)
{
    (void)state;
    struct pl_buffer buffer;
    struct pl_error error = {0};

    pl_buffer_init(&buffer, 8);
    pl_buffer_add_text(&buffer, "1234567");
    assert_int_equal(pl_buffer_check(&buffer, "the text", &error), PL_OK);
    pl_buffer_add_char(&buffer, '8');
    pl_buffer_add_text(&buffer, "");
    assert_string_equal(pl_buffer_view(&buffer).ptr, "1234567");
    assert_int_equal(pl_buffer_check(&buffer, "the text", &error), PL_E_LIMIT);
    assert_string_equal(error.message, "the text is larger than 8 bytes, its limit");
    pl_buffer_deinit(&buffer);
}

static void one_failure_drops_all_that_follows(void **state)
{
    (void)state;
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, 8);
    pl_buffer_add_text(&buffer, "far too long for it");
    pl_buffer_add_text(&buffer, "ok");
    assert_int_equal(pl_buffer_view(&buffer).len, 0);
    assert_int_equal(buffer.failed, PL_E_LIMIT);
    pl_buffer_reset(&buffer);
    pl_buffer_add_text(&buffer, "ok");
    assert_string_equal(pl_buffer_view(&buffer).ptr, "ok");
    pl_buffer_deinit(&buffer);
}

static void cutting_leaves_the_beginning(void **state)
{
    struct pl_buffer buffer;

    (void)state;
    pl_buffer_init(&buffer, 64);
    pl_buffer_cut(&buffer, 0);
    pl_buffer_add_text(&buffer, "beginning and end");
    pl_buffer_cut(&buffer, 9);
    assert_string_equal(buffer.ptr, "beginning");
    pl_buffer_add_char(&buffer, 's');
    assert_true(pl_str_equal_text(pl_buffer_view(&buffer), "beginnings"));
    pl_buffer_deinit(&buffer);
}

static void reset_keeps_the_memory(void **state)
{
    (void)state;
    struct pl_buffer buffer;

    pl_buffer_init(&buffer, 1024);
    pl_buffer_add_text(&buffer, "something");
    const char *before = buffer.ptr;

    pl_buffer_reset(&buffer);
    assert_int_equal(buffer.len, 0);
    assert_string_equal(buffer.ptr, "");
    pl_buffer_add_text(&buffer, "else");
    assert_ptr_equal(buffer.ptr, before);
    pl_buffer_deinit(&buffer);
    assert_null(buffer.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_seen_in_order),
        cmocka_unit_test(cutting_leaves_the_beginning),
        cmocka_unit_test(it_grows_and_keeps_every_byte),
        cmocka_unit_test(past_the_maximum_everything_is_dropped),
        cmocka_unit_test(one_failure_drops_all_that_follows),
        cmocka_unit_test(reset_keeps_the_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
