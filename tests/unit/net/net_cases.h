/*
 * Tables of cases in text: one on each line, columns between " | ", the last of them bytes with
 * escapes. Also the text that a parser's events come to, so that two ways to feed it can be
 * compared.
 */
#ifndef TEST_NET_CASES_H
#define TEST_NET_CASES_H

#include "base/buffer.h"
#include "net/parser.h"

#define TEST_COLUMNS_MAX 6

struct test_case {
    char text[4096]; /* what the columns lie in */
    const char *columns[TEST_COLUMNS_MAX];
    char bytes[4096]; /* the last column, unescaped */
    size_t bytes_len;
};

/* Calls `check` for each case of the file; fails the test when there is none. Returns how many. */
size_t test_cases_each(const char *file, size_t columns_count,
                       void (*check)(const struct test_case *));

/* Feeds `bytes` in pieces, the first of `first` bytes, the others of `piece`, as a server does; the
   connection then closes. What comes of it, in words: "head GET /a body:3 end bad:400".
   Neighbouring pieces of a body are one. */
void test_parse(enum pl_parser_kind kind, struct pl_str bytes, size_t first, size_t piece,
                struct pl_buffer *ret_events);

#endif
