/* Reads tables of cases, and says in words what a parser makes of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_cases.h"

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void unescape(const char *from, struct test_case *it)
{
    it->bytes_len = 0;
    for (; *from != '\0'; from++) {
        char c = *from;

        if (c == '\\') {
            c = *++from;
            if (c == 'x') {
                c = (char)(hex_of(from[1]) * 16 + hex_of(from[2]));
                from += 2;
            } else {
                c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c;
            }
        }
        it->bytes[it->bytes_len++] = c;
    }
}

static void split(struct test_case *it, size_t columns_count)
{
    char *at = it->text;

    for (size_t i = 0; i + 1 < columns_count; i++) {
        char *end = strstr(at, " | ");

        if (end == NULL)
            fail_msg("a case of %zu columns in place of %zu: %s", i + 1, columns_count, at);
        it->columns[i] = at;
        at = end + 3;
        do {
            *end-- = '\0';
        } while (*end == ' ');
    }
    it->columns[columns_count - 1] = at;
    unescape(it->columns[columns_count - 1], it);
}

size_t test_cases_each(const char *file, size_t columns_count,
                       void (*check)(const struct test_case *))
{
    struct test_case *it = calloc(1, sizeof *it);
    FILE *stream = fopen(file, "r");
    size_t count = 0;

    assert_non_null(it);
    assert_non_null(stream);
    while (fgets(it->text, sizeof it->text, stream) != NULL) {
        it->text[strcspn(it->text, "\n")] = '\0';
        if (it->text[0] == '#')
            continue;
        split(it, columns_count);
        check(it);
        count++;
    }
    (void)fclose(stream);
    free(it);
    assert_true(count > 0);
    return count;
}

/* True when the message, or all, is over. */
static bool add_event(struct pl_parser *parser, enum pl_parsed parsed, struct pl_str piece,
                      struct pl_buffer *events, size_t *body)
{
    const struct pl_http_head *head = pl_parser_head(parser);

    if (parsed == PL_PARSED_BODY) {
        *body += piece.len;
        return false;
    }
    if (*body > 0)
        pl_buffer_add_format(events, "body:%zu ", *body);
    *body = 0;
    if (parsed == PL_PARSED_HEAD && head->status == 0)
        pl_buffer_add_format(events, "head %.*s %.*s ", PL_STR_ARG(head->method),
                             PL_STR_ARG(head->path));
    else if (parsed == PL_PARSED_HEAD)
        pl_buffer_add_format(events, "head %u ", head->status);
    else if (parsed == PL_PARSED_END)
        pl_buffer_add(events, PL_STR("end "));
    else
        pl_buffer_add_format(events, "bad:%u ", pl_parser_fault(parser)->status);
    return parsed != PL_PARSED_HEAD;
}

/* False when the reading is over: what follows is not for this parser. */
static bool feed(struct pl_parser *parser, struct pl_str input, struct pl_buffer *events,
                 size_t *body)
{
    bool begun = true;

    while (input.len > 0 || begun) {
        struct pl_str piece = {0};
        const enum pl_parsed parsed = pl_parser_next(parser, &input, &piece);

        begun = parsed != PL_PARSED_MORE;
        if (parsed == PL_PARSED_MORE)
            continue;
        if (!add_event(parser, parsed, piece, events, body))
            continue;
        if (parsed == PL_PARSED_BAD || !pl_parser_head(parser)->keep_alive)
            return false;
        pl_parser_begin(parser, false);
    }
    return true;
}

void test_parse(enum pl_parser_kind kind, struct pl_str bytes, size_t first, size_t piece,
                struct pl_buffer *ret_events)
{
    struct pl_parser *parser = pl_parser_new(kind);
    size_t body = 0, len = first;
    bool going_on = true;

    assert_non_null(parser);
    for (size_t at = 0; going_on && at < bytes.len; at += len, len = piece) {
        len = len < bytes.len - at ? len : bytes.len - at;
        if (len == 0)
            continue;

        char *copy = malloc(len); /* a block of its own, so that a read past it is seen */

        assert_non_null(copy);
        memcpy(copy, bytes.ptr + at, len);
        going_on = feed(parser, (struct pl_str){copy, len}, ret_events, &body);
        free(copy);
    }
    if (going_on)
        (void)add_event(parser, pl_parser_finish(parser), (struct pl_str){0}, ret_events, &body);
    pl_parser_free(parser);
}
