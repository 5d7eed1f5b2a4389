/*
 * A scanner that only finds where values end: strings by their quotes, containers by their depth. It
 * trusts that the text is valid, and still never leaves it.
 */
#include "json/patch.h"

#include <assert.h>
#include <string.h>

#define PATCHES_MAX 16

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* From the opening quote to behind the closing one; NULL when there is none. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;

    while (at < end) {
        if (*at == '"') {
            at = skip_string(at, end);
            if (at == NULL)
                return NULL;
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']') && --depth == 0)
            return at + 1;
        at++;
    }
    return NULL;
}

static const char *skip_value(const char *at, const char *end)
{
    if (at >= end)
        return NULL;
    if (*at == '"')
        return skip_string(at, end);
    if (*at == '{' || *at == '[')
        return skip_container(at, end);

    const char *begin = at;

    while (at < end && strchr(",]} \t\r\n", *at) == NULL)
        at++;
    return at == begin ? NULL : at;
}

bool pl_json_scan_begin(struct pl_json_scan *scan, struct pl_str text)
{
    const char *end = text.ptr + text.len;
    const char *at = text.ptr == NULL ? NULL : skip_blanks(text.ptr, end);

    if (at == NULL || at >= end || (*at != '{' && *at != '['))
        return false;
    *scan =
        (struct pl_json_scan){.at = at + 1, .end = end, .text = text.ptr, .of_object = *at == '{'};
    return true;
}

static bool give_up(struct pl_json_scan *scan)
{
    scan->broken = true;
    return false;
}

/* At the next member or item; false at the end of the container. */
static bool step_over_comma(struct pl_json_scan *scan)
{
    const char *at = skip_blanks(scan->at, scan->end);

    if (at >= scan->end)
        return give_up(scan);
    if (*at == (scan->of_object ? '}' : ']')) {
        scan->at = at;
        return false;
    }
    if (scan->started) {
        if (*at != ',')
            return give_up(scan);
        at = skip_blanks(at + 1, scan->end);
    }
    scan->started = true;
    scan->at = at;
    return at < scan->end || give_up(scan);
}

static bool read_name(struct pl_json_scan *scan)
{
    const char *close = *scan->at == '"' ? skip_string(scan->at, scan->end) : NULL;

    if (close == NULL)
        return give_up(scan);
    scan->name = (struct pl_str){scan->at + 1, (size_t)(close - scan->at) - 2};
    scan->at = skip_blanks(close, scan->end);
    if (scan->at >= scan->end || *scan->at != ':')
        return give_up(scan);
    scan->at = skip_blanks(scan->at + 1, scan->end);
    return true;
}

bool pl_json_scan_next(struct pl_json_scan *scan)
{
    if (scan->broken || !step_over_comma(scan))
        return false;
    scan->begin = (size_t)(scan->at - scan->text);
    if (scan->of_object && !read_name(scan))
        return false;

    const char *close = skip_value(scan->at, scan->end);

    if (close == NULL)
        return give_up(scan);
    scan->value = (struct pl_str){scan->at, (size_t)(close - scan->at)};
    scan->at = close;
    return true;
}

struct pl_str pl_json_member_of(struct pl_str object, const char *name)
{
    struct pl_json_scan scan;

    if (!pl_json_scan_begin(&scan, object) || !scan.of_object)
        return (struct pl_str){0};
    while (pl_json_scan_next(&scan))
        if (pl_str_equal_text(scan.name, name))
            return scan.value;
    return (struct pl_str){0};
}

static size_t find_patch(const struct pl_json_patch *patches, size_t count, struct pl_str name)
{
    size_t i = 0;

    while (i < count && !pl_str_equal_text(name, patches[i].name))
        i++;
    return i;
}

/* What stands between two members: blanks and a comma, which is left out before the first that stays. */
static void add_gap(struct pl_buffer *out, struct pl_str gap, bool has_members)
{
    const char *comma = has_members ? NULL : memchr(gap.ptr, ',', gap.len);
    const size_t before = comma == NULL ? gap.len : (size_t)(comma - gap.ptr);

    pl_buffer_add(out, (struct pl_str){gap.ptr, before});
    if (comma != NULL)
        pl_buffer_add(out, (struct pl_str){comma + 1, gap.len - before - 1});
}

static void add_member(struct pl_buffer *out, bool has_members, const struct pl_json_patch *patch)
{
    pl_buffer_add_text(out, has_members ? ",\"" : "\"");
    pl_buffer_add_text(out, patch->name);
    pl_buffer_add_text(out, "\":");
    pl_buffer_add(out, patch->value);
}

bool pl_json_patch_write(struct pl_str object, const struct pl_json_patch *patches, size_t count,
                         struct pl_buffer *out)
{
    struct pl_json_scan scan;
    bool done[PATCHES_MAX] = {false};
    bool has_members = false;

    assert(count <= PATCHES_MAX);
    if (!pl_json_scan_begin(&scan, object) || !scan.of_object)
        return false;

    const char *behind = scan.at; /* the last member */

    pl_buffer_add(out, (struct pl_str){object.ptr, (size_t)(behind - object.ptr)});
    while (pl_json_scan_next(&scan)) {
        const size_t i = find_patch(patches, count, scan.name);
        const char *begin = object.ptr + scan.begin;

        if (memchr(scan.name.ptr, '\\', scan.name.len) != NULL)
            return false;
        if (i < count)
            done[i] = true;
        if (i == count || patches[i].value.ptr != NULL) {
            add_gap(out, (struct pl_str){behind, (size_t)(begin - behind)}, has_members);
            pl_buffer_add(out, (struct pl_str){begin, (size_t)(scan.value.ptr - begin)});
            pl_buffer_add(out, i == count ? scan.value : patches[i].value);
            has_members = true;
        }
        behind = scan.value.ptr + scan.value.len;
    }
    for (size_t i = 0; i < count; i++) {
        if (done[i] || patches[i].value.ptr == NULL)
            continue;
        add_member(out, has_members, &patches[i]);
        has_members = true;
    }
    pl_buffer_add(out, (struct pl_str){behind, (size_t)(object.ptr + object.len - behind)});
    return !scan.broken;
}
