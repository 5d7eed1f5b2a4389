/*
 * The strict rules for heads (RFC 9112, sections 2.2, 3, 5 and 6; RFC 9110, sections 5.5 and 7.2).
 * Every byte is looked at once, in a table.
 */
#include "net/head.h"

#include <string.h>
#include <strings.h>

/* --- Bytes as they come ----------------------------------------------------------------------- */

static bool fail(struct pl_parser_fault *fault, uint32_t status, const char *why)
{
    *fault = (struct pl_parser_fault){status, why};
    return false;
}

static bool is_text(unsigned char c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* The first bytes decide: what is no HTTP is told at once, not when a limit is reached. */
static bool begins_well(const struct pl_head_scan *scan, char c)
{
    static const char PREFIX[] = "HTTP/1.";

    if (scan->lines > 0)
        return scan->line_size > 0 || (c != ' ' && c != '\t');
    if (scan->kind == PL_PARSER_REQUESTS)
        return scan->line_size > 0 || (c >= 'A' && c <= 'Z');
    return scan->line_size >= sizeof PREFIX - 1 || c == PREFIX[scan->line_size];
}

static bool end_line(struct pl_head_scan *scan, bool *ret_done, struct pl_parser_fault *fault)
{
    if (scan->line_size == 0 && scan->lines > 0) {
        *ret_done = true;
    } else if (scan->line_size == 0) {
        if (scan->kind == PL_PARSER_RESPONSES || ++scan->blank_lines > 2)
            return fail(fault, 400, "blank lines stand where a message should begin");
    } else {
        scan->lines++;
    }
    scan->line_size = 0;
    return true;
}

static bool scan_byte(struct pl_head_scan *scan, char c, bool *ret_done,
                      struct pl_parser_fault *fault)
{
    if (scan->after_cr) {
        scan->after_cr = false;
        if (c != '\n')
            return fail(fault, 400, "a carriage return without a line feed");
        return end_line(scan, ret_done, fault);
    }
    if (c == '\r') {
        scan->after_cr = true;
        return true;
    }
    if (c == '\n')
        return fail(fault, 400, "a line feed without a carriage return");
    if (!is_text((unsigned char)c))
        return fail(fault, 400, "a control character in the head");
    if (!begins_well(scan, c))
        return fail(fault, 400,
                    scan->lines > 0 ? "a header that goes on in a second line"
                                    : "the first line is not one of HTTP/1.x");
    scan->line_size++;
    return true;
}

/* How many bytes from the front need no more than to be counted. */
static size_t plain_run(struct pl_str bytes)
{
    size_t i = 0;

    while (i < bytes.len && is_text((unsigned char)bytes.ptr[i]))
        i++;
    return i;
}

size_t pl_head_scan(struct pl_head_scan *scan, struct pl_str bytes, bool *ret_done,
                    struct pl_parser_fault *fault)
{
    size_t i = 0;

    *ret_done = false;
    while (i < bytes.len && !*ret_done) {
        if (!scan_byte(scan, bytes.ptr[i], ret_done, fault))
            return i;
        i++;
        /* Past the bytes that can be wrong in their place. */
        if (scan->line_size >= 8 && !scan->after_cr) {
            const size_t run = plain_run((struct pl_str){bytes.ptr + i, bytes.len - i});

            scan->line_size += run;
            i += run;
        }
        if (scan->lines == 0 && scan->line_size > PL_HTTP_TARGET_SIZE_BYTES_MAX + 64) {
            (void)fail(fault, scan->kind == PL_PARSER_REQUESTS ? 414 : 431,
                       "the first line is too long");
            return i;
        }
    }
    scan->size += i;
    if (scan->size > PL_HTTP_HEAD_SIZE_BYTES_MAX)
        (void)fail(fault, 431, "the head is larger than 32 KiB");
    return i;
}

/* --- The first line --------------------------------------------------------------------------- */

static bool take_version(struct pl_str text, struct pl_head_facts *facts,
                         struct pl_parser_fault *fault)
{
    if (text.len != 8 || memcmp(text.ptr, "HTTP/", 5) != 0 || text.ptr[6] != '.')
        return fail(fault, 400, "the first line is not \"METHOD target HTTP/1.1\"");
    if (text.ptr[5] != '1' || (text.ptr[7] != '0' && text.ptr[7] != '1'))
        return fail(fault, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    facts->old = text.ptr[7] == '0';
    return true;
}

static bool take_target(struct pl_str target, struct pl_http_head *head,
                        struct pl_parser_fault *fault)
{
    const char *mark = NULL;

    if (target.len > PL_HTTP_TARGET_SIZE_BYTES_MAX)
        return fail(fault, 414, "the target is longer than 8 KiB");
    if (target.len == 0 || target.ptr[0] != '/')
        return fail(fault, 400, "the target must be a path that begins with \"/\"");
    for (size_t i = 0; i < target.len; i++)
        if (target.ptr[i] <= 0x20 || target.ptr[i] == 0x7f || target.ptr[i] == '#')
            return fail(fault, 400, "the target has a character that must be percent-encoded");
    mark = memchr(target.ptr, '?', target.len);
    head->path = target;
    if (mark != NULL) {
        head->path.len = (size_t)(mark - target.ptr);
        head->query = (struct pl_str){mark + 1, target.len - head->path.len - 1};
    }
    return true;
}

static bool take_request_line(struct pl_str line, struct pl_http_head *head,
                              struct pl_head_facts *facts, struct pl_parser_fault *fault)
{
    const char *first = memchr(line.ptr, ' ', line.len);
    const char *last = memrchr(line.ptr, ' ', line.len);

    if (first == NULL || first == last)
        return fail(fault, 400, "the first line is not \"METHOD target HTTP/1.1\"");

    const struct pl_str version = {last + 1, (size_t)(line.ptr + line.len - last - 1)};

    head->method = (struct pl_str){line.ptr, (size_t)(first - line.ptr)};
    for (size_t i = 0; i < head->method.len; i++)
        if ((head->method.ptr[i] < 'A' || head->method.ptr[i] > 'Z') && head->method.ptr[i] != '-')
            return fail(fault, 400, "the method is not made of capital letters");
    if (!take_version(version, facts, fault))
        return false;
    return take_target((struct pl_str){first + 1, (size_t)(last - first - 1)}, head, fault);
}

static bool take_status_line(struct pl_str line, struct pl_http_head *head,
                             struct pl_head_facts *facts, struct pl_parser_fault *fault)
{
    if (line.len < 12 || line.ptr[8] != ' ' || (line.len > 12 && line.ptr[12] != ' '))
        return fail(fault, 502, "the first line is not \"HTTP/1.1 200 reason\"");
    for (size_t i = 9; i < 12; i++) {
        if (line.ptr[i] < '0' || line.ptr[i] > '9')
            return fail(fault, 502, "the status is no number");
        head->status = head->status * 10 + (uint32_t)(line.ptr[i] - '0');
    }
    if (head->status < 100 || head->status > 599)
        return fail(fault, 502, "the status is not between 100 and 599");
    if (head->status == 101)
        return fail(fault, 502, "the server changed the protocol, which was not asked for");
    return take_version((struct pl_str){line.ptr, 8}, facts, fault);
}

bool pl_head_start_line(enum pl_parser_kind kind, struct pl_str line, struct pl_http_head *head,
                        struct pl_head_facts *facts, struct pl_parser_fault *fault)
{
    return kind == PL_PARSER_REQUESTS ? take_request_line(line, head, facts, fault)
                                      : take_status_line(line, head, facts, fault);
}

/* --- The headers ------------------------------------------------------------------------------ */

static bool equals(struct pl_str text, const char *lower)
{
    return text.len == strlen(lower) && strncasecmp(text.ptr, lower, text.len) == 0;
}

static bool is_token(struct pl_str text)
{
    static const char OTHERS[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const char folded = (char)(c | 0x20);

        if (!(folded >= 'a' && folded <= 'z') && !(c >= '0' && c <= '9') &&
            (c == '\0' || strchr(OTHERS, c) == NULL))
            return false;
    }
    return text.len > 0;
}

/* Facts that are gathered over all headers. */
struct gathered {
    size_t hosts, lengths, codings, expectations;
    struct pl_str host, length, coding, expectation;
    bool close, keep_alive;
};

static void take_connection(struct pl_str value, struct gathered *gathered)
{
    while (value.len > 0) {
        const char *comma = memchr(value.ptr, ',', value.len);
        const size_t len = comma == NULL ? value.len : (size_t)(comma - value.ptr);
        const struct pl_str option = pl_str_trim((struct pl_str){value.ptr, len});

        gathered->close |= equals(option, "close");
        gathered->keep_alive |= equals(option, "keep-alive");
        if (comma == NULL)
            return;
        value = (struct pl_str){comma + 1, value.len - len - 1};
    }
}

static void count(struct pl_str value, size_t *times, struct pl_str *ret_value)
{
    (*times)++;
    *ret_value = value;
}

static void gather(const struct pl_http_header *header, struct gathered *gathered)
{
    const struct pl_str name = header->name;

    /* Four lengths of the names that matter: most headers are passed over by that alone. */
    if (name.len == 4 && equals(name, "host"))
        count(header->value, &gathered->hosts, &gathered->host);
    else if (name.len == 6 && equals(name, "expect"))
        count(header->value, &gathered->expectations, &gathered->expectation);
    else if (name.len == 10 && equals(name, "connection"))
        take_connection(header->value, gathered);
    else if (name.len == 14 && equals(name, "content-length"))
        count(header->value, &gathered->lengths, &gathered->length);
    else if (name.len == 17 && equals(name, "transfer-encoding"))
        count(header->value, &gathered->codings, &gathered->coding);
}

static bool judge_host(const struct gathered *gathered, const struct pl_head_facts *facts,
                       struct pl_parser_fault *fault)
{
    if (gathered->hosts > 1)
        return fail(fault, 400, "more than one Host header");
    if (gathered->hosts == 0 && !facts->old)
        return fail(fault, 400, "no Host header");
    for (size_t i = 0; i < gathered->host.len; i++)
        if (gathered->host.ptr[i] <= 0x20 || strchr("/\\?#@,\"<>", gathered->host.ptr[i]) != NULL)
            return fail(fault, 400, "the Host header is not a host and a port");
    return true;
}

/* RFC 9112, section 6.1 to 6.3: where the body ends must be said once, and in one way. */
static bool judge_framing(const struct gathered *gathered, struct pl_http_head *head,
                          struct pl_head_facts *facts, struct pl_parser_fault *fault)
{
    if (gathered->codings > 0 && gathered->lengths > 0)
        return fail(fault, 400, "both Transfer-Encoding and Content-Length");
    if (gathered->lengths > 1)
        return fail(fault, 400, "more than one Content-Length");
    if (gathered->codings > 1)
        return fail(fault, 400, "more than one Transfer-Encoding");
    if (gathered->codings > 0) {
        if (facts->old)
            return fail(fault, 400, "Transfer-Encoding in a message of HTTP/1.0");
        if (!equals(gathered->coding, "chunked"))
            return fail(fault, 501, "a transfer coding other than chunked");
        facts->chunked = true;
    }
    head->length = PL_HTTP_LENGTH_UNKNOWN;
    if (gathered->lengths > 0) {
        uint64_t length = 0;

        if (gathered->length.len == 0 || gathered->length.len > 18)
            return fail(fault, 400, "Content-Length is no number");
        for (size_t i = 0; i < gathered->length.len; i++) {
            if (gathered->length.ptr[i] < '0' || gathered->length.ptr[i] > '9')
                return fail(fault, 400, "Content-Length is no number");
            length = length * 10 + (uint64_t)(gathered->length.ptr[i] - '0');
        }
        head->length = length;
        facts->has_length = true;
    }
    return true;
}

bool pl_head_judge(enum pl_parser_kind kind, struct pl_http_head *head, struct pl_head_facts *facts,
                   struct pl_parser_fault *fault)
{
    struct gathered gathered = {0};

    for (size_t i = 0; i < head->headers_count; i++) {
        if (!is_token(head->headers[i].name))
            return fail(fault, 400, "the name of a header is no token");
        gather(&head->headers[i], &gathered);
    }
    if (!judge_framing(&gathered, head, facts, fault))
        return false;
    head->keep_alive = facts->old ? gathered.keep_alive && !gathered.close : !gathered.close;
    if (kind == PL_PARSER_RESPONSES)
        return true;
    if (!judge_host(&gathered, facts, fault))
        return false;
    if (!facts->chunked && !facts->has_length)
        head->length = 0;
    if (gathered.expectations > 0 && !facts->old) {
        if (gathered.expectations > 1 || !equals(gathered.expectation, "100-continue"))
            return fail(fault, 417, "an expectation other than 100-continue");
        facts->expects_continue = true;
    }
    return true;
}
