/*
 * An HTTP/1.1 message as it came: head and limits. The parser is strict (RFC 9112): both of
 * Transfer-Encoding and Content-Length, two lengths, a bare CR or LF, blanks before a colon,
 * obs-fold, control characters and anything that proxies have read in two ways is refused.
 */
#ifndef PL_NET_HTTP_H
#define PL_NET_HTTP_H

#include "base/arena.h"
#include "base/str.h"

#define PL_HTTP_HEADERS_MAX         100
#define PL_HTTP_HEAD_SIZE_BYTES_MAX (32 * 1024)
#define PL_HTTP_LENGTH_UNKNOWN      UINT64_MAX

struct pl_http_header {
    struct pl_str name;  /* as it came; compared without case */
    struct pl_str value; /* without the blanks around it */
};

struct pl_http_head {
    struct pl_str method; /* of a request: "POST" */
    struct pl_str path;   /* before "?", as it came: not decoded */
    struct pl_str query;  /* after it, without the "?" */
    uint32_t status;      /* of a response */
    const struct pl_http_header *headers;
    size_t headers_count;
    uint64_t length; /* Content-Length; PL_HTTP_LENGTH_UNKNOWN: chunked, or until the end */
    bool keep_alive; /* the connection may be used again */
};

/* The first header of that name (lower case), or the empty slice with a NULL `ptr`. */
struct pl_str pl_http_header_get(const struct pl_http_head *head, const char *name);

/* "Bad Request" for 400; "Unknown" for what has no phrase. */
const char *pl_http_reason(uint32_t status);

#endif
