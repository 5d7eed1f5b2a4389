/* What bytes are read as does not depend on how they came: whole, cut in two anywhere, or one by
   one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_cases.h"

static enum pl_parser_kind kind;

static void check_cuts(const struct test_case *it)
{
    const struct pl_str bytes = {it->bytes, it->bytes_len};
    struct pl_buffer whole, cut;

    pl_buffer_init(&whole, 1 << 16);
    pl_buffer_init(&cut, 1 << 16);
    test_parse(kind, bytes, bytes.len, bytes.len, &whole);
    assert_non_null(whole.ptr);
    for (size_t first = 0; first <= bytes.len; first++) {
        pl_buffer_reset(&cut);
        test_parse(kind, bytes, first, first == 0 ? 1 : bytes.len, &cut);
        if (strcmp(whole.ptr, cut.ptr) != 0)
            fail_msg("%s, cut at %zu: \"%s\" is \"%s\"", it->columns[2], first, whole.ptr, cut.ptr);
    }
    pl_buffer_deinit(&whole);
    pl_buffer_deinit(&cut);
}

static void requests_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    kind = PL_PARSER_REQUESTS;
    assert_true(test_cases_each(PL_CASES "/requests.txt", 4, check_cuts) > 90);
}

static void responses_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    kind = PL_PARSER_RESPONSES;
    assert_true(test_cases_each(PL_CASES "/responses.txt", 5, check_cuts) > 40);
}

static enum pl_parsed parse_all(struct pl_parser *parser, const struct pl_buffer *text)
{
    struct pl_str input = pl_buffer_view(text), piece = {0};

    return pl_parser_next(parser, &input, &piece);
}

static void a_head_holds_its_parts_until_the_next(void **state)
{
    (void)state;
    struct pl_parser *parser = pl_parser_new(PL_PARSER_REQUESTS);
    struct pl_buffer text;

    pl_buffer_init(&text, 1 << 16);
    pl_buffer_add_text(&text, "POST /v1/chat?a=b?c HTTP/1.1\r\nhOsT: a\r\nX-Long:  one  \r\n"
                              "Content-Length: 12\r\n\r\n");
    assert_int_equal(parse_all(parser, &text), PL_PARSED_HEAD);
    memset(text.ptr, 'x', text.len);
    pl_buffer_deinit(&text);

    const struct pl_http_head *head = pl_parser_head(parser);

    assert_true(pl_str_equal_text(head->method, "POST"));
    assert_true(pl_str_equal_text(head->path, "/v1/chat"));
    assert_true(pl_str_equal_text(head->query, "a=b?c"));
    assert_true(pl_str_equal_text(pl_http_header_get(head, "x-long"), "one"));
    assert_null(pl_http_header_get(head, "x-other").ptr);
    assert_int_equal(head->length, 12);
    assert_true(head->keep_alive);
    pl_parser_free(parser);
}

static void as_many_headers_as_are_allowed_are_read_and_no_more(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        struct pl_parser *parser = pl_parser_new(PL_PARSER_REQUESTS);
        struct pl_buffer text;

        pl_buffer_init(&text, 1 << 16);
        pl_buffer_add_text(&text, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < PL_HTTP_HEADERS_MAX + more; i++)
            pl_buffer_add_format(&text, "X-%d: v\r\n", i);
        pl_buffer_add_text(&text, "\r\n");
        assert_int_equal(parse_all(parser, &text), more == 0 ? PL_PARSED_HEAD : PL_PARSED_BAD);
        if (more == 0)
            assert_int_equal(pl_parser_head(parser)->headers_count, PL_HTTP_HEADERS_MAX);
        else
            assert_int_equal(pl_parser_fault(parser)->status, 431);
        pl_buffer_deinit(&text);
        pl_parser_free(parser);
    }
}

/* A head of exactly `size` bytes: in the target, or in a value. */
static uint32_t status_of_size(size_t size, bool in_target)
{
    struct pl_parser *parser = pl_parser_new(PL_PARSER_REQUESTS);
    struct pl_buffer text;
    uint32_t status = 200;
    const char *before = in_target ? "GET /" : "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    const char *after = in_target ? " HTTP/1.1\r\nHost: a\r\n\r\n" : "\r\n\r\n";

    pl_buffer_init(&text, 1 << 20);
    pl_buffer_add_text(&text, before);
    while (text.len + strlen(after) < size)
        pl_buffer_add_char(&text, 'a');
    pl_buffer_add_text(&text, after);
    if (parse_all(parser, &text) != PL_PARSED_HEAD)
        status = pl_parser_fault(parser)->status;
    pl_buffer_deinit(&text);
    pl_parser_free(parser);
    return status;
}

static void sizes_of_heads_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(status_of_size(PL_HTTP_HEAD_SIZE_BYTES_MAX, false), 200);
    assert_int_equal(status_of_size(PL_HTTP_HEAD_SIZE_BYTES_MAX + 1, false), 431);
    assert_int_equal(status_of_size(1 << 19, false), 431);
    assert_int_equal(status_of_size(8000, true), 200);
    assert_int_equal(status_of_size(8500, true), 414);
    assert_int_equal(status_of_size(1 << 19, true), 414);
}

static void chunks_with_far_more_around_than_in_them_are_refused(void **state)
{
    (void)state;
    struct pl_parser *parser = pl_parser_new(PL_PARSER_REQUESTS);
    const struct pl_str chunk =
        PL_STR("1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n");
    struct pl_str input =
                      PL_STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
                  piece = {0};
    size_t fed = 0;
    enum pl_parsed parsed = pl_parser_next(parser, &input, &piece);

    assert_int_equal(parsed, PL_PARSED_HEAD);
    for (; fed < 1 << 20 && parsed != PL_PARSED_BAD; fed += chunk.len) {
        input = chunk;
        do {
            parsed = pl_parser_next(parser, &input, &piece);
        } while (parsed == PL_PARSED_BODY);
    }
    assert_int_equal(parsed, PL_PARSED_BAD);
    assert_int_equal(pl_parser_fault(parser)->status, 400);
    assert_true(fed < 128 * 1024);
    pl_parser_free(parser);
}

/* Trailers are read to be dropped, and must not be read for ever. */
static void trailers_are_bounded(void **state)
{
    (void)state;
    struct pl_parser *parser = pl_parser_new(PL_PARSER_REQUESTS);
    struct pl_str input =
                      PL_STR("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
                  piece = {0};
    size_t fed = 0;
    enum pl_parsed parsed = pl_parser_next(parser, &input, &piece);

    assert_int_equal(parsed, PL_PARSED_HEAD);
    input = PL_STR("0\r\n");
    parsed = pl_parser_next(parser, &input, &piece);
    for (; fed < 1 << 20 && parsed == PL_PARSED_MORE; fed += 8) {
        input = PL_STR("X: abc\r\n");
        parsed = pl_parser_next(parser, &input, &piece);
    }
    assert_int_equal(parsed, PL_PARSED_BAD);
    assert_true(fed < 128 * 1024);
    pl_parser_free(parser);
}

static void interim_responses_are_bounded(void **state)
{
    (void)state;
    struct pl_parser *parser = pl_parser_new(PL_PARSER_RESPONSES);
    struct pl_str piece = {0};
    enum pl_parsed parsed = PL_PARSED_MORE;
    int fed = 0;

    for (; fed < 1000 && parsed == PL_PARSED_MORE; fed++) {
        struct pl_str input = PL_STR("HTTP/1.1 100 Continue\r\n\r\n");

        parsed = pl_parser_next(parser, &input, &piece);
    }
    assert_int_equal(parsed, PL_PARSED_BAD);
    assert_true(fed < 32);
    pl_parser_free(parser);
}

static void the_response_to_head_has_no_body(void **state)
{
    (void)state;
    struct pl_parser *parser = pl_parser_new(PL_PARSER_RESPONSES);
    struct pl_str input = PL_STR("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n"), piece = {0};

    pl_parser_begin(parser, true);
    assert_int_equal(pl_parser_next(parser, &input, &piece), PL_PARSED_HEAD);
    assert_int_equal(pl_parser_head(parser)->length, 300);
    assert_int_equal(pl_parser_next(parser, &input, &piece), PL_PARSED_END);
    pl_parser_free(parser);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_the_same_however_they_are_cut),
        cmocka_unit_test(responses_are_the_same_however_they_are_cut),
        cmocka_unit_test(a_head_holds_its_parts_until_the_next),
        cmocka_unit_test(as_many_headers_as_are_allowed_are_read_and_no_more),
        cmocka_unit_test(sizes_of_heads_are_bounded),
        cmocka_unit_test(chunks_with_far_more_around_than_in_them_are_refused),
        cmocka_unit_test(trailers_are_bounded),
        cmocka_unit_test(interim_responses_are_bounded),
        cmocka_unit_test(the_response_to_head_has_no_body),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
