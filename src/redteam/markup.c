/* Telling active markup from talk about it. Not a parser of HTML: browsers take much that is no HTML, so the few
   shapes that matter are looked for wherever they stand. */
#include "redteam/markup.h"

#include <ctype.h>
#include <string.h>

/* An address may be that long before its host. */
#define ADDRESS_BYTES_MAX 200

static size_t ticks_at(struct pl_str text, size_t at)
{
    size_t count = 0;

    while (at + count < text.len && text.ptr[at + count] == '`')
        count++;
    return count;
}

/* Where the next run of exactly `ticks` backticks ends; 0 when there is none. */
static size_t code_end(struct pl_str text, size_t at, size_t ticks)
{
    while (at < text.len) {
        const size_t count = ticks_at(text, at);

        if (count == ticks)
            return at + count;
        at += count > 0 ? count : 1;
    }
    return 0;
}

size_t pl_markup_without_code(struct pl_str text, char *ret_text)
{
    size_t length = 0;

    for (size_t i = 0; i < text.len;) {
        const size_t ticks = ticks_at(text, i);
        size_t end = ticks == 0 ? 0 : code_end(text, i + ticks, ticks);

        /* A fence that is not closed reaches to the end; a single backtick is just that. */
        if (end == 0 && ticks >= 3)
            end = text.len;
        if (end > 0) {
            ret_text[length++] = ' ';
            i = end;
        } else if (ticks > 0) {
            memcpy(ret_text + length, text.ptr + i, ticks);
            length += ticks;
            i += ticks;
        } else {
            ret_text[length++] = text.ptr[i++];
        }
    }
    return length;
}

static bool is_at(struct pl_str text, size_t at, const char *word)
{
    const size_t length = strlen(word);

    return at + length <= text.len && strncasecmp(text.ptr + at, word, length) == 0;
}

/* Where `word` stands at or after `from`, whatever its case; text.len when it does not. */
static size_t find_word(struct pl_str text, size_t from, const char *word)
{
    while (from < text.len && !is_at(text, from, word))
        from++;
    return from;
}

/* Whether what ends at `end` is the beginning of an address that is put to use: "](", "src=", "href=". */
static bool is_in_use(struct pl_str text, size_t end)
{
    static const char *const OPENERS[] = {"](", "src=", "href=", "url(", "]:"};
    const size_t first = end > ADDRESS_BYTES_MAX ? end - ADDRESS_BYTES_MAX : 0;
    size_t at = end;

    while (at > first && !isspace((unsigned char)text.ptr[at - 1]))
        at--;
    /* "]: https://…" has a blank. */
    if (at >= 3 && text.ptr[at - 1] == ' ' && text.ptr[at - 2] == ':' && text.ptr[at - 3] == ']')
        return true;
    for (; at < end; at++)
        for (size_t i = 0; i < sizeof OPENERS / sizeof *OPENERS; i++)
            if (is_at((struct pl_str){text.ptr, end}, at, OPENERS[i]))
                return true;
    return false;
}

/* The places of the host, one after the other: `*at` is moved behind each. */
static bool next_host(struct pl_str text, struct pl_str host, size_t *at, size_t *ret_place)
{
    for (; host.len > 0 && *at + host.len <= text.len; (*at)++)
        if (strncasecmp(text.ptr + *at, host.ptr, host.len) == 0) {
            *ret_place = *at;
            *at += host.len;
            return true;
        }
    return false;
}

static bool has_address(struct pl_str text, struct pl_str host)
{
    size_t place = 0;

    for (size_t at = 0; next_host(text, host, &at, &place);)
        if (is_in_use(text, place))
            return true;
    return false;
}

static bool has_script(struct pl_str text, struct pl_str host)
{
    (void)host;
    for (size_t at = find_word(text, 0, "<script"); at < text.len;
         at = find_word(text, at + 1, "<script")) {
        const char next = at + 7 < text.len ? text.ptr[at + 7] : '\0';

        if (next == '>' || next == '/' || isspace((unsigned char)next))
            return true;
    }
    return false;
}

/* " on…=" within the element that opens at `at`. */
static bool opens_with_handler(struct pl_str text, size_t at)
{
    for (size_t i = at + 1; i < text.len && text.ptr[i] != '>' && text.ptr[i] != '<'; i++) {
        const char before = text.ptr[i - 1];
        size_t end = i + 2;

        if (!is_at(text, i, "on") ||
            (!isspace((unsigned char)before) && strchr("/\"'", before) == NULL))
            continue;
        while (end < text.len && isalpha((unsigned char)text.ptr[end]))
            end++;
        while (end < text.len && isspace((unsigned char)text.ptr[end]))
            end++;
        if (end > i + 2 && end < text.len && text.ptr[end] == '=')
            return true;
    }
    return false;
}

static bool has_handler(struct pl_str text, struct pl_str host)
{
    (void)host;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == '<' && isalpha((unsigned char)text.ptr[i + 1]) &&
            opens_with_handler(text, i))
            return true;
    return false;
}

static bool has_script_address(struct pl_str text, struct pl_str host)
{
    (void)host;
    for (size_t at = find_word(text, 0, "javascript:"); at < text.len;
         at = find_word(text, at + 1, "javascript:"))
        if (is_in_use(text, at))
            return true;
    return false;
}

/* A cell begins at the start of a line or after a separator, perhaps with a quote. */
static bool begins_cell(struct pl_str text, size_t at)
{
    while (at > 0 && (text.ptr[at - 1] == '"' || text.ptr[at - 1] == ' '))
        at--;
    return at == 0 || strchr(",;|\t\n", text.ptr[at - 1]) != NULL;
}

static bool has_formula(struct pl_str text, struct pl_str host)
{
    size_t place = 0;

    for (size_t at = 0; next_host(text, host, &at, &place);)
        for (size_t i = place; i-- > 0 && text.ptr[i] != '\n';)
            if (strchr("=+@", text.ptr[i]) != NULL && text.ptr[i] != '\0' && begins_cell(text, i) &&
                isalpha((unsigned char)text.ptr[i + 1]))
                return true;
    return false;
}

bool pl_markup_has(enum pl_redteam_markup markup, struct pl_str text, struct pl_str host)
{
    static bool (*const KINDS[])(struct pl_str text, struct pl_str host) = {
        has_address, has_script, has_handler, has_script_address, has_formula,
    };

    return KINDS[markup](text, host);
}
