/* RFC 3986: an address taken apart by its delimiters, and put together again by section 5.2. */
#include "schema/uri.h"

#include <string.h>

struct parts {
    struct pl_str scheme, authority, path, query, fragment;
    bool has_scheme, has_authority, has_query, has_fragment;
};

static struct pl_str skip(struct pl_str text, size_t count)
{
    return (struct pl_str){text.ptr + count, text.len - count};
}

static size_t find(struct pl_str text, char c)
{
    const char *at = text.len > 0 ? memchr(text.ptr, c, text.len) : NULL;

    return at == NULL ? text.len : (size_t)(at - text.ptr);
}

/* Takes what follows the delimiter off the end of the text. */
static bool take_tail(struct pl_str *text, char delimiter, struct pl_str *ret_tail)
{
    const size_t at = find(*text, delimiter);

    if (at == text->len)
        return false;
    *ret_tail = skip(*text, at + 1);
    text->len = at;
    return true;
}

static size_t scheme_length(struct pl_str text)
{
    size_t len = 0;

    for (; len < text.len; len++) {
        const char c = text.ptr[len];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && (len == 0 || strchr("0123456789+-.", c) == NULL || c == '\0'))
            break;
    }
    return len < text.len && len > 0 && text.ptr[len] == ':' ? len : 0;
}

static struct parts split(struct pl_str text)
{
    struct parts parts = {0};
    const size_t scheme = scheme_length(text);

    parts.has_fragment = take_tail(&text, '#', &parts.fragment);
    parts.has_query = take_tail(&text, '?', &parts.query);
    if (scheme > 0) {
        parts.has_scheme = true;
        parts.scheme = (struct pl_str){text.ptr, scheme};
        text = skip(text, scheme + 1);
    }
    if (pl_str_starts_with(text, PL_STR("//"))) {
        parts.has_authority = true;
        text = skip(text, 2);
        parts.authority = (struct pl_str){text.ptr, find(text, '/')};
        text = skip(text, parts.authority.len);
    }
    parts.path = text;
    return parts;
}

/* Section 5.2.4, in place: `path` is written over by what is left of it. */
static size_t remove_dots(char *path, size_t len)
{
    size_t out = 0, at = 0;

    while (at < len) {
        const struct pl_str rest = {path + at, len - at};
        const size_t slash = find(skip(rest, rest.ptr[0] == '/'), '/') + (rest.ptr[0] == '/');
        const struct pl_str step = {rest.ptr, slash};
        const bool last = slash == rest.len;

        if (pl_str_equal(step, PL_STR("/.")) || pl_str_equal(step, PL_STR("/.."))) {
            if (step.len == 3)
                while (out > 0 && path[--out] != '/')
                    continue;
            if (last)
                path[out++] = '/';
        } else if (!pl_str_equal(step, PL_STR(".")) && !pl_str_equal(step, PL_STR(".."))) {
            memmove(path + out, step.ptr, step.len);
            out += step.len;
        }
        at += slash;
    }
    return out;
}

/* The path of a reference that has only a part of one, behind that of the base. */
static struct pl_str merge(struct pl_arena *arena, const struct parts *base, struct pl_str path)
{
    size_t kept = base->path.len;

    if (base->has_authority && base->path.len == 0)
        return pl_arena_format(arena, "/%.*s", PL_STR_ARG(path));
    while (kept > 0 && base->path.ptr[kept - 1] != '/')
        kept--;
    return pl_arena_format(arena, "%.*s%.*s", (int)kept, base->path.ptr, PL_STR_ARG(path));
}

static struct pl_str without_dots(struct pl_arena *arena, struct pl_str path)
{
    const struct pl_str copy = pl_arena_copy(arena, path);

    if (copy.ptr == NULL)
        return copy;
    return (struct pl_str){copy.ptr, remove_dots((char *)(uintptr_t)copy.ptr, copy.len)};
}

static struct pl_str join(struct pl_arena *arena, const struct parts *parts)
{
    return pl_arena_format(arena, "%.*s%s%s%.*s%.*s%s%.*s", PL_STR_ARG(parts->scheme),
                           parts->has_scheme ? ":" : "", parts->has_authority ? "//" : "",
                           PL_STR_ARG(parts->authority), PL_STR_ARG(parts->path),
                           parts->has_query ? "?" : "", PL_STR_ARG(parts->query));
}

static struct parts combine(struct pl_arena *arena, const struct parts *base,
                            const struct parts *reference)
{
    struct parts whole = *reference;

    if (whole.has_scheme)
        return whole;
    whole.has_scheme = base->has_scheme;
    whole.scheme = base->scheme;
    if (whole.has_authority)
        return whole;
    whole.has_authority = base->has_authority;
    whole.authority = base->authority;
    if (reference->path.len == 0) {
        whole.path = base->path;
        if (!whole.has_query) {
            whole.has_query = base->has_query;
            whole.query = base->query;
        }
        return whole;
    }
    if (reference->path.ptr[0] != '/')
        whole.path = merge(arena, base, reference->path);
    if (whole.path.ptr != NULL)
        whole.path = without_dots(arena, whole.path);
    return whole;
}

struct pl_schema_uri pl_schema_uri_resolve(struct pl_arena *arena, struct pl_str base,
                                           struct pl_str reference)
{
    const struct parts from = split(base), to = split(reference);
    const struct parts whole = combine(arena, &from, &to);
    struct pl_schema_uri resolved = {.fragment = to.fragment, .has_fragment = to.has_fragment};

    if (whole.path.ptr != NULL || whole.path.len == 0)
        resolved.uri = join(arena, &whole);
    return resolved;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool pl_schema_uri_decode(struct pl_arena *arena, struct pl_str text, struct pl_str *ret_text)
{
    char *out = pl_arena_alloc(arena, text.len + 1);
    size_t len = 0;

    for (size_t i = 0; out != NULL && i < text.len; i++) {
        if (text.ptr[i] != '%') {
            out[len++] = text.ptr[i];
            continue;
        }
        if (i + 2 >= text.len || hex_of(text.ptr[i + 1]) < 0 || hex_of(text.ptr[i + 2]) < 0)
            return false;
        out[len++] = (char)(hex_of(text.ptr[i + 1]) * 16 + hex_of(text.ptr[i + 2]));
        i += 2;
    }
    *ret_text = (struct pl_str){out, len};
    return true;
}
