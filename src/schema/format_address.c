/* Hosts (RFC 1123), addresses of the internet (RFC 2673, 4291), mail (RFC 5321), and of the web (RFC 3986,
   3987, 6570): whether a text has the form. Nothing is looked up. */
#include "schema/format_address.h"

#include <string.h>

#define HOST_LENGTH_MAX  253
#define LABEL_LENGTH_MAX 63
#define LOCAL_LENGTH_MAX 64

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static struct pl_str skip(struct pl_str text, size_t count)
{
    return (struct pl_str){text.ptr + count, text.len - count};
}

static struct pl_str first(struct pl_str text, size_t count)
{
    return (struct pl_str){text.ptr, count};
}

static size_t find(struct pl_str text, char c)
{
    const char *at = text.len > 0 ? memchr(text.ptr, c, text.len) : NULL;

    return at == NULL ? text.len : (size_t)(at - text.ptr);
}

/* --- hosts ------------------------------------------------------------------------------------ */

static bool is_label(struct pl_str label)
{
    if (label.len == 0 || label.len > LABEL_LENGTH_MAX)
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_letter(label.ptr[i]) && !is_digit(label.ptr[i]) && label.ptr[i] != '-')
            return false;
    /* Two hyphens here are kept for names that encode another, as xn-- does. */
    if (label.len > 3 && label.ptr[2] == '-' && label.ptr[3] == '-' && (label.ptr[0] | 0x20) != 'x')
        return false;
    return label.ptr[0] != '-' && label.ptr[label.len - 1] != '-';
}

bool pl_schema_is_hostname(struct pl_str text)
{
    if (text.len == 0 || text.len > HOST_LENGTH_MAX)
        return false;
    for (;;) {
        const size_t dot = find(text, '.');

        if (!is_label(first(text, dot)))
            return false;
        if (dot == text.len)
            return true;
        text = skip(text, dot + 1);
    }
}

static bool is_byte(struct pl_str text)
{
    int value = 0;

    if (text.len == 0 || text.len > 3 || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.ptr[i]))
            return false;
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value <= 255;
}

bool pl_schema_is_ipv4(struct pl_str text)
{
    for (int part = 0; part < 4; part++) {
        const size_t dot = find(text, '.');

        if (!is_byte(first(text, dot)) || (dot == text.len) != (part == 3))
            return false;
        text = skip(text, dot + (dot < text.len));
    }
    return true;
}

static bool is_group(struct pl_str text)
{
    if (text.len == 0 || text.len > 4)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_hex(text.ptr[i]))
            return false;
    return true;
}

/* Groups between colons, none of them empty; the last may be four bytes with dots, which are two. -1 when
   they are none. */
static int groups_count(struct pl_str text, bool last)
{
    int count = 0;

    while (text.len > 0) {
        const size_t colon = find(text, ':');
        const struct pl_str group = first(text, colon);

        if (colon + 1 == text.len)
            return -1;
        if (last && colon == text.len && pl_schema_is_ipv4(group))
            count += 2;
        else if (is_group(group))
            count++;
        else
            return -1;
        text = skip(text, colon + (colon < text.len));
    }
    return count;
}

bool pl_schema_is_ipv6(struct pl_str text)
{
    const char *gap = text.len > 0 ? memmem(text.ptr, text.len, "::", 2) : NULL;

    if (gap == NULL)
        return groups_count(text, true) == 8;

    const size_t at = (size_t)(gap - text.ptr);
    const int before = groups_count(first(text, at), false);
    const int behind = groups_count(skip(text, at + 2), true);

    return before >= 0 && behind >= 0 && before + behind <= 7;
}

/* --- mail ------------------------------------------------------------------------------------- */

static bool is_atom(char c, bool beyond_ascii)
{
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~") ||
           (beyond_ascii && (unsigned char)c >= 0x80);
}

static bool is_dotted(struct pl_str local, bool beyond_ascii)
{
    for (size_t i = 0; i < local.len; i++) {
        if (local.ptr[i] == '.') {
            if (i == 0 || i + 1 == local.len || local.ptr[i + 1] == '.')
                return false;
        } else if (!is_atom(local.ptr[i], beyond_ascii)) {
            return false;
        }
    }
    return local.len > 0;
}

static bool is_quoted(struct pl_str local)
{
    if (local.len < 2 || local.ptr[0] != '"' || local.ptr[local.len - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < local.len; i++) {
        if (local.ptr[i] == '\\')
            i++;
        else if (local.ptr[i] == '"')
            return false;
        if (i + 1 >= local.len || (unsigned char)local.ptr[i] < 0x20 || local.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

static bool is_mail_domain(struct pl_str domain, bool beyond_ascii)
{
    if (domain.len > 2 && domain.ptr[0] == '[' && domain.ptr[domain.len - 1] == ']') {
        const struct pl_str inside = {domain.ptr + 1, domain.len - 2};

        if (pl_str_starts_with(inside, PL_STR("IPv6:")))
            return pl_schema_is_ipv6(skip(inside, 5));
        return pl_schema_is_ipv4(inside);
    }
    if (beyond_ascii && memchr(domain.ptr, ' ', domain.len) == NULL)
        for (size_t i = 0; i < domain.len; i++)
            if ((unsigned char)domain.ptr[i] >= 0x80)
                return true;
    return pl_schema_is_hostname(domain);
}

static bool is_mail(struct pl_str text, bool beyond_ascii)
{
    size_t at = text.len;

    while (at > 0 && text.ptr[at - 1] != '@')
        at--;
    if (at < 2 || at - 1 > LOCAL_LENGTH_MAX)
        return false;

    const struct pl_str local = first(text, at - 1);

    return (is_dotted(local, beyond_ascii) || is_quoted(local)) &&
           is_mail_domain(skip(text, at), beyond_ascii);
}

bool pl_schema_is_email(struct pl_str text)
{
    return is_mail(text, false);
}

bool pl_schema_is_idn_email(struct pl_str text)
{
    return is_mail(text, true);
}

/* --- web -------------------------------------------------------------------------------------- */

/* Characters that may stand in a part, and well-formed percent signs. */
static bool is_part(struct pl_str text, const char *also, bool beyond_ascii)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (c == '%') {
            if (i + 2 >= text.len || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]))
                return false;
        } else if (!is_letter(c) && !is_digit(c) && !is_one_of(c, "-._~!$&'()*+,;=") &&
                   !is_one_of(c, also) && !(beyond_ascii && (unsigned char)c >= 0x80)) {
            return false;
        }
    }
    return true;
}

static bool is_port(struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    return true;
}

/* [::1] or [v1.x], with a port behind it or not. */
static bool is_bracketed(struct pl_str host)
{
    const size_t end = find(host, ']');

    if (end == host.len)
        return false;

    const struct pl_str inside = {host.ptr + 1, end - 1};
    const struct pl_str behind = skip(host, end + 1);

    if (behind.len > 0 && (behind.ptr[0] != ':' || !is_port(skip(behind, 1))))
        return false;
    if (inside.len > 3 && (inside.ptr[0] | 0x20) == 'v')
        return is_part(skip(inside, 1), ":", false);
    return pl_schema_is_ipv6(inside);
}

static bool is_authority(struct pl_str text, bool beyond_ascii)
{
    const size_t at = find(text, '@');
    struct pl_str host = text;

    if (at < text.len) {
        if (!is_part(first(text, at), ":", beyond_ascii))
            return false;
        host = skip(text, at + 1);
    }
    if (host.len > 0 && host.ptr[0] == '[')
        return is_bracketed(host);

    const size_t colon = find(host, ':');

    return is_part(first(host, colon), "", beyond_ascii) &&
           (colon == host.len || is_port(skip(host, colon + 1)));
}

static size_t scheme_length(struct pl_str text)
{
    size_t len = 0;

    while (len < text.len &&
           (is_letter(text.ptr[len]) ||
            (len > 0 && (is_digit(text.ptr[len]) || is_one_of(text.ptr[len], "+-.")))))
        len++;
    return len < text.len && text.ptr[len] == ':' ? len : 0;
}

/* Takes the part behind the delimiter off the end; false when it is no part. */
static bool take_tail(struct pl_str *text, char delimiter, bool beyond_ascii)
{
    const size_t at = find(*text, delimiter);
    const struct pl_str tail = at < text->len ? skip(*text, at + 1) : (struct pl_str){text->ptr, 0};

    text->len = at;
    return is_part(tail, ":@/?", beyond_ascii);
}

static bool is_address(struct pl_str text, bool relative, bool beyond_ascii)
{
    const size_t scheme = scheme_length(text);

    if (scheme == 0 && !relative)
        return false;
    text = skip(text, scheme > 0 ? scheme + 1 : 0);
    if (!take_tail(&text, '#', beyond_ascii) || !take_tail(&text, '?', beyond_ascii))
        return false;
    if (pl_str_starts_with(text, PL_STR("//"))) {
        text = skip(text, 2);

        const size_t slash = find(text, '/');

        if (!is_authority(first(text, slash), beyond_ascii))
            return false;
        text = skip(text, slash);
    } else if (scheme == 0 && find(text, ':') < find(text, '/')) {
        return false; /* it would be a scheme */
    }
    return is_part(text, ":@/", beyond_ascii);
}

bool pl_schema_is_uri(struct pl_str text)
{
    return is_address(text, false, false);
}

bool pl_schema_is_uri_reference(struct pl_str text)
{
    return is_address(text, true, false);
}

bool pl_schema_is_iri(struct pl_str text)
{
    return is_address(text, false, true);
}

bool pl_schema_is_iri_reference(struct pl_str text)
{
    return is_address(text, true, true);
}

/* A name of letters, digits, _ and percent signs, with single dots between. */
static bool is_variable(struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];

        if (c == '.') {
            if (i == 0 || i + 1 == text.len || text.ptr[i + 1] == '.')
                return false;
        } else if (c == '%') {
            if (i + 2 >= text.len || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2]))
                return false;
        } else if (!is_letter(c) && !is_digit(c) && c != '_') {
            return false;
        }
    }
    return text.len > 0;
}

/* A variable with * or the length of a prefix, 1 to 9999. */
static bool is_variable_spec(struct pl_str text)
{
    const size_t colon = find(text, ':');

    if (text.len > 0 && text.ptr[text.len - 1] == '*')
        return is_variable(first(text, text.len - 1));
    if (colon == text.len)
        return is_variable(text);

    const struct pl_str length = skip(text, colon + 1);

    return length.len >= 1 && length.len <= 4 && length.ptr[0] != '0' && is_port(length) &&
           is_variable(first(text, colon));
}

/* The inside of braces: an operator, then variables between commas. */
static bool is_expression(struct pl_str text)
{
    if (text.len > 0 && is_one_of(text.ptr[0], "+#./;?&=,!@|"))
        text = skip(text, 1);
    for (;;) {
        const size_t comma = find(text, ',');

        if (!is_variable_spec(first(text, comma)))
            return false;
        if (comma == text.len)
            return true;
        text = skip(text, comma + 1);
    }
}

bool pl_schema_is_uri_template(struct pl_str text)
{
    while (text.len > 0) {
        const size_t open = find(text, '{');

        for (size_t i = 0; i < open; i++)
            if (is_one_of(text.ptr[i], "\"<>\\^`|} \x7f") || (unsigned char)text.ptr[i] < 0x20)
                return false;
        text = skip(text, open);
        if (text.len == 0)
            return true;

        const size_t close = find(text, '}');

        if (close == text.len || !is_expression((struct pl_str){text.ptr + 1, close - 1}))
            return false;
        text = skip(text, close + 1);
    }
    return true;
}
