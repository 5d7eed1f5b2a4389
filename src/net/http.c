/*
 * What is said of HTTP messages by both sides: headers by name, and phrases of statuses.
 */
#include "net/http.h"

#include <string.h>
#include <strings.h>

struct pl_str pl_http_header_get(const struct pl_http_head *head, const char *name)
{
    const size_t len = strlen(name);

    for (size_t i = 0; i < head->headers_count; i++) {
        const struct pl_http_header *header = &head->headers[i];

        if (header->name.len == len && strncasecmp(header->name.ptr, name, len) == 0)
            return header->value;
    }
    return (struct pl_str){NULL, 0};
}

/* RFC 9110, section 15; 425 and 428 to 431 and 511 of RFC 8470 and 6585, 103 of RFC 8297, 451 of
   RFC 7725. */
static const struct {
    uint32_t status;
    const char *phrase;
} REASONS[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};

const char *pl_http_reason(uint32_t status)
{
    for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
        if (REASONS[i].status == status)
            return REASONS[i].phrase;
    return "Unknown";
}
