/* Server-Sent Events: whatever the pieces, the same events. */
#include "client/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define SEEN_MAX 4096

/* Events as "type=data;" one after the other. */
struct seen {
    char text[SEEN_MAX];
    size_t events, stop_after;
};

static bool take(const struct pl_sse_event *event, void *context)
{
    struct seen *seen = context;
    const size_t at = strlen(seen->text);

    (void)snprintf(seen->text + at, SEEN_MAX - at, "%.*s=%.*s;", PL_STR_ARG(event->type),
                   PL_STR_ARG(event->data));
    return ++seen->events != seen->stop_after;
}

/* Reads `text` in pieces of `size` bytes. */
static enum pl_status read_in_pieces(const char *text, size_t size, size_t most, struct seen *seen)
{
    struct pl_sse sse;
    struct pl_str rest = pl_str_of(text);
    enum pl_status status = PL_OK;

    pl_sse_init(&sse, most);
    while (rest.len > 0 && status == PL_OK) {
        const struct pl_str piece = {rest.ptr, size < rest.len ? size : rest.len};

        status = pl_sse_read(&sse, piece, take, seen, NULL);
        rest = (struct pl_str){rest.ptr + piece.len, rest.len - piece.len};
    }
    pl_sse_deinit(&sse);
    return status;
}

static void streams_are_read_the_same_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const struct {
        const char *stream, *events;
    } CASES[] = {
        {"data: a\n\n", "message=a;"},
        {"data: a\r\n\r\ndata: b\r\n\r\n", "message=a;message=b;"},
        {"data: a\r\rdata: b\r\r", "message=a;message=b;"},
        {"data: a\r\n\ndata: b\n\r\n", "message=a;message=b;"},
        {"data: one\ndata: two\ndata:three\n\n", "message=one\ntwo\nthree;"},
        {"data:  two blanks, one is kept\n\n", "message= two blanks, one is kept;"},
        {"data\n\n", "message=;"},
        {"data\ndata\n\n", "message=\n;"},
        {"data:\n\n", "message=;"},
        {": a comment\n\ndata: x\n: another\n\n", "message=x;"},
        {"event: error\ndata: x\n\ndata: y\n\n", "error=x;message=y;"},
        {"event: lost\n\ndata: y\n\n", "message=y;"},
        {"event:\ndata: y\n\n", "message=y;"},
        {"id: 7\nretry: 10\nother: z\ndata: a:b: c\n\n", "message=a:b: c;"},
        {"\xef\xbb\xbf"
         "data: a\n\n",
         "message=a;"},
        {"\xef\xbb"
         "data: a\n\n",
         ""},
        {"data: a\n\n\xef\xbb\xbf"
         "data: b\n\n",
         "message=a;"},
        {"\n\n\n", ""},
        {"data: cut off", ""},
        {"data: cut off\n", ""},
        {"data: whole\n\ndata: cut off\n", "message=whole;"},
        {"data: Z\xc3\xbcrich \xf0\x9f\x9a\xa2\n\n", "message=Z\xc3\xbcrich \xf0\x9f\x9a\xa2;"},
        {"dataset: x\nDATA: y\n data: z\n\n", ""},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        for (size_t size = 1; size <= strlen(CASES[i].stream); size++) {
            struct seen seen = {.text = ""};

            assert_int_equal(read_in_pieces(CASES[i].stream, size, 1024, &seen), PL_OK);
            assert_string_equal(seen.text, CASES[i].events);
        }
    }
}

static void lines_and_events_are_bounded(void **state)
{
    (void)state;
    struct pl_error error = {0};
    struct pl_sse sse;
    struct seen seen = {.text = ""};

    assert_int_equal(read_in_pieces("data: 0123456789\n\n", 3, 20, &seen), PL_OK);
    assert_int_equal(read_in_pieces("data: 0123456789abcdefghij\n\n", 3, 20, &seen), PL_E_LIMIT);
    assert_int_equal(read_in_pieces("data: 0123456789abcdefghij\n\n", 100, 20, &seen), PL_E_LIMIT);
    assert_int_equal(
        read_in_pieces("data: 01234567\ndata: 01234567\ndata: 01234567\n\n", 100, 20, &seen),
        PL_E_LIMIT);
    assert_int_equal(read_in_pieces("ignored: 0123456789abcdefghij\n\n", 3, 20, &seen), PL_E_LIMIT);
    assert_int_equal(read_in_pieces("ignored: 0123456789abcdefghij\n\n", 100, 20, &seen),
                     PL_E_LIMIT);
    assert_int_equal(seen.events, 1);
    pl_sse_init(&sse, 20);
    assert_int_equal(pl_sse_read(&sse, PL_STR("data: 0123456789abcdefghij"), take, &seen, &error),
                     PL_E_LIMIT);
    assert_string_equal(error.message, "a line in the stream is larger than 20 bytes, its limit");
    pl_sse_deinit(&sse);
}

static void who_takes_the_events_may_stop(void **state)
{
    (void)state;
    struct seen seen = {.text = "", .stop_after = 2};

    assert_int_equal(read_in_pieces("data: a\n\ndata: b\n\ndata: c\n\n", 1024, 1024, &seen),
                     PL_E_INTERRUPTED);
    assert_string_equal(seen.text, "message=a;message=b;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_read_the_same_in_pieces_of_any_size),
        cmocka_unit_test(lines_and_events_are_bounded),
        cmocka_unit_test(who_takes_the_events_may_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
