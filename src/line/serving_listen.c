/* serve: the addresses, who may ask, and where the segments and the subject of a request are found. */
#include "line/serving_rows.h"

#include <string.h>

#define PORT_MAX 65535

/* ---- addresses ---- */

struct address {
    struct pl_str host; /* without brackets */
    uint64_t port;
    bool is_bracketed;
};

static bool is_host(const struct address *address)
{
    const char *allowed = address->is_bracketed
                              ? "0123456789abcdefABCDEF:.%"
                              : "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-";

    for (size_t i = 0; i < address->host.len; i++)
        if (strchr(allowed, address->host.ptr[i]) == NULL)
            return false;
    return address->host.len > 0;
}

static bool split_address(struct pl_str text, struct address *ret_address)
{
    size_t colon = text.len;
    struct address address = {0};

    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0 || colon == text.len || text.len - colon > 5)
        return false;
    for (size_t i = colon; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        address.port = address.port * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    address.host = (struct pl_str){text.ptr, colon - 1};
    address.is_bracketed = address.host.len > 2 && address.host.ptr[0] == '[' &&
                           address.host.ptr[address.host.len - 1] == ']';
    if (address.is_bracketed)
        address.host = (struct pl_str){text.ptr + 1, colon - 3};
    if (address.port > PORT_MAX || !is_host(&address))
        return false;
    *ret_address = address;
    return true;
}

static bool is_loopback(const struct address *address)
{
    size_t dots = 0;

    if (address->is_bracketed)
        return pl_str_equal_text(address->host, "::1");
    for (size_t i = 0; i < address->host.len; i++) {
        const char c = address->host.ptr[i];

        dots += c == '.';
        if (c != '.' && (c < '0' || c > '9'))
            return pl_str_equal_text(address->host, "localhost");
    }
    return dots == 3 && pl_str_starts_with(address->host, PL_STR("127."));
}

/* Whether the address is of this machine alone; a fault when it is none at all. */
static bool check_address(struct pl_reader *reader, const struct pl_node *section, const char *name,
                          struct pl_str text)
{
    const struct pl_node *node = pl_node_child(section, name);
    struct address address;

    if (split_address(text, &address))
        return is_loopback(&address);
    if (node != NULL)
        pl_reader_fault(reader, node, PL_STR("for example `127.0.0.1:8700` or `[::1]:8700`"),
                        "is `%s`; must be a host and a port", pl_reader_quote(reader, text).ptr);
    return true;
}

/* Nobody but this machine is served without keys. */
static void check_keys(struct pl_reader *reader, const struct pl_node *node,
                       struct pl_serve_row *row)
{
    const bool is_local = check_address(reader, node, "listen", row->serve.listen);
    const bool is_admin_local = check_address(reader, node, "admin", row->serve.admin);
    struct address listen, admin;

    row->serve.beyond_loopback = !is_local || !is_admin_local;
    row->serve.keys_required =
        row->serve.keys_given ? row->keys == PL_KEYS_REQUIRED : !is_local || !is_admin_local;
    if (!row->serve.keys_required && (!is_local || !is_admin_local))
        pl_reader_fault(reader, pl_node_child(node, is_local ? "admin" : "listen"),
                        PL_STR("write `keys: required`, or an address of this machine"),
                        "is reached from elsewhere, and it refuses to listen elsewhere without "
                        "keys");
    if (split_address(row->serve.listen, &listen) && split_address(row->serve.admin, &admin) &&
        listen.port == admin.port && listen.port != 0 && pl_str_equal(listen.host, admin.host))
        pl_reader_fault_key(reader, node, PL_STR("give `admin` another port"),
                            "has the same address for `listen` and for `admin`");
}

/* ---- where things are found ---- */

/* A header's name is a token (RFC 9110, 5.6.2), a JSON Pointer is empty or begins with `/` (RFC 6901). */
static bool is_where(struct pl_str where)
{
    const struct pl_str header = PL_STR("header:"), json = PL_STR("json:");

    if (pl_str_equal_text(where, "key"))
        return true;
    if (pl_str_starts_with(where, json))
        return where.len > json.len && where.ptr[json.len] == '/';
    if (!pl_str_starts_with(where, header))
        return false;
    for (size_t i = header.len; i < where.len; i++) {
        const char c = where.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL)))
            return false;
    }
    return where.len > header.len;
}

static void check_where(struct pl_reader *reader, const struct pl_node *node, struct pl_str where)
{
    if (node != NULL && !is_where(where))
        pl_reader_fault(reader, node,
                        PL_STR("for example `header:x-language`, `json:/metadata/language` or "
                               "`key`"),
                        "is `%s`; must say where in a request it is found",
                        pl_reader_quote(reader, where).ptr);
}

static void take_segments(struct pl_reader *reader, const struct pl_node *node,
                          struct pl_serve_row *row)
{
    struct pl_found_at *items = pl_reader_alloc(reader, PL_SEGMENTS_MAX, sizeof *items);
    size_t count = 0;

    if (items == NULL)
        return;
    for (; count < row->segments.count && count < PL_SEGMENTS_MAX; count++) {
        const struct pl_mapping *mapping = &row->segments.items[count];

        if (!pl_reader_is_name(mapping->from) || pl_str_equal_text(mapping->from, "subject"))
            pl_reader_fault_key(reader, node,
                                PL_STR("use letters, digits, `_` and `-`, and not `subject`"),
                                "names a segment `%s`, which is no name for one",
                                pl_reader_quote(reader, mapping->from).ptr);
        items[count] = (struct pl_found_at){mapping->from, mapping->to};
    }
    if (row->segments.count > PL_SEGMENTS_MAX)
        pl_reader_fault_key(reader, node, PL_STR(""), "has %zu segments; at most %d are allowed",
                            row->segments.count, PL_SEGMENTS_MAX);
    for (const struct pl_node *entry = node == NULL ? NULL : node->first; entry != NULL;
         entry = entry->next)
        if (!entry->repeated && entry->kind == PL_NODE_SCALAR)
            check_where(reader, entry, entry->text);
    row->serve.segments = items;
    row->serve.segments_count = count;
}

/* ---- the rest ---- */

static bool is_web_address(struct pl_str text)
{
    return pl_str_starts_with(text, PL_STR("https://")) ||
           pl_str_starts_with(text, PL_STR("http://"));
}

/* An origin has a scheme and a host, and nothing after them. */
static bool is_origin(struct pl_str text)
{
    const size_t scheme = pl_str_starts_with(text, PL_STR("https://")) ? 8 : 7;

    return pl_str_equal_text(text, "*") ||
           (is_web_address(text) && text.len > scheme &&
            memchr(text.ptr + scheme, '/', text.len - scheme) == NULL);
}

static void check_others(struct pl_reader *reader, const struct pl_node *node,
                         const struct pl_serve_line *serve)
{
    if (serve->otlp.len > 0 && !is_web_address(serve->otlp))
        pl_reader_fault(reader, pl_node_child(node, "otlp"),
                        PL_STR("for example `http://127.0.0.1:4318`"),
                        "is no address that starts with `https://` or `http://`");
    for (size_t i = 0; i < serve->cors.count; i++)
        if (!is_origin(serve->cors.items[i]))
            pl_reader_fault(reader, pl_node_child(node, "cors"),
                            PL_STR("for example `https://app.example.org`"),
                            "has `%s`, which is no origin",
                            pl_reader_quote(reader, serve->cors.items[i]).ptr);
}

void pl_serve_read(struct pl_reader *reader, const struct pl_node *node,
                   struct pl_serve_line *serve)
{
    struct pl_serve_row row = {0};

    pl_section_defaults(reader, PL_SECTION_SERVE, &row);
    if (node != NULL && pl_section_read(reader, PL_SECTION_SERVE, node, &row)) {
        check_keys(reader, node, &row);
        take_segments(reader, pl_node_child(node, "segments"), &row);
        check_where(reader, pl_node_child(node, "subject"), row.serve.subject);
        check_others(reader, node, &row.serve);
    }
    *serve = row.serve;
}
