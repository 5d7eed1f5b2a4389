/*
 * The reader of HTTP/1.x messages: bytes in, one event at a time out. Who calls it decides when to
 * go on, so an owner may stop, or free everything, between any two events.
 */
#ifndef PL_NET_PARSER_H
#define PL_NET_PARSER_H

#include "net/http.h"

struct pl_parser;

enum pl_parser_kind { PL_PARSER_REQUESTS, PL_PARSER_RESPONSES };

enum pl_parsed {
    PL_PARSED_MORE, /* all bytes were taken; more are needed */
    PL_PARSED_HEAD, /* pl_parser_head holds; for a response until the input changes */
    PL_PARSED_BODY, /* a piece of the body, within the input */
    PL_PARSED_END,  /* the message is whole; call pl_parser_begin before the next */
    PL_PARSED_BAD,  /* see pl_parser_fault; nothing more can be read from this connection */
};

/* Why a message cannot be read: the status that a server answers with, and a sentence. */
struct pl_parser_fault {
    uint32_t status;
    const char *why;
};

/* NULL when there is no memory. */
struct pl_parser *pl_parser_new(enum pl_parser_kind kind);
void pl_parser_free(struct pl_parser *parser);

/* Makes ready for the next message, and lets go of the memory of the last. `bodyless`: it is the
   response to HEAD. */
void pl_parser_begin(struct pl_parser *parser, bool bodyless);

/* Takes from the front of `input`, which is moved on past what was taken. */
enum pl_parsed pl_parser_next(struct pl_parser *parser, struct pl_str *input,
                              struct pl_str *ret_piece);

/* The connection ended: PL_PARSED_END when the body was to go on until then, else PL_PARSED_BAD. */
enum pl_parsed pl_parser_finish(struct pl_parser *parser);

/* Valid from PL_PARSED_HEAD to the next pl_parser_begin (of a request; see there of a response). */
const struct pl_http_head *pl_parser_head(const struct pl_parser *parser);
const struct pl_parser_fault *pl_parser_fault(const struct pl_parser *parser);

/* Of the head that was read. */
bool pl_parser_is_old(const struct pl_parser *parser);           /* HTTP/1.0 */
bool pl_parser_expects_continue(const struct pl_parser *parser); /* Expect: 100-continue */
bool pl_parser_has_body(const struct pl_parser *parser);

#endif
