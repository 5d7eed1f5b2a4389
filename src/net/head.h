/*
 * The rules for the head of a message that are stricter than the parser's: all of them are there
 * because two programs have read such a message in two ways.
 */
#ifndef PL_NET_HEAD_H
#define PL_NET_HEAD_H

#include "net/parser.h"

#define PL_HTTP_TARGET_SIZE_BYTES_MAX ((size_t)8 * 1024)

/* Looks at the bytes of a head as they come: line ends, control characters, folded lines, sizes. */
struct pl_head_scan {
    enum pl_parser_kind kind;
    size_t size, line_size, lines, blank_lines;
    bool after_cr;
};

/*
 * Takes bytes until the blank line that ends the head, and at most all. Returns how many;
 * `ret_done` when the end was among them. Blank lines before a request are taken too, and must be
 * cut off: `blank_lines` says how many. `fault->status` is set when the bytes are no head.
 */
size_t pl_head_scan(struct pl_head_scan *scan, struct pl_str bytes, bool *ret_done,
                    struct pl_parser_fault *fault);

/* What the headers say of the message. */
struct pl_head_facts {
    bool old; /* HTTP/1.0 */
    bool keep_alive;
    bool chunked;
    bool has_length;
    bool expects_continue;
};

/* Method, path and query, or the status, from the first line. False with the fault set. */
bool pl_head_start_line(enum pl_parser_kind kind, struct pl_str line, struct pl_http_head *head,
                        struct pl_head_facts *facts, struct pl_parser_fault *fault);

/* Judges the headers of `head`; sets its `length` and `keep_alive`. */
bool pl_head_judge(enum pl_parser_kind kind, struct pl_http_head *head, struct pl_head_facts *facts,
                   struct pl_parser_fault *fault);

#endif
