/*
 * ECMA-262 (the grammar of patterns with the u flag) to PCRE2, character by character. The two differ
 * in what a dot and \s are, in escapes, in braces and brackets that stand for themselves, and in the
 * many things that PCRE2 reads after "(?", "(*" or a backslash and ECMA-262 does not have; those are
 * refused, so that a pattern means the same here as elsewhere. As in browsers, and beyond the u flag,
 * punctuation may be escaped without need, and a brace that begins no quantifier is one.
 */
#include "regex/ecma.h"

#include <string.h>

/* White space and line ends of ECMA-262, and all else, as the inside of a class. */
#define SPACE                                                                                      \
    "\\x09-\\x0d\\x20\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{"    \
    "3000}"                                                                                        \
    "\\x{feff}"
#define NO_SPACE                                                                                   \
    "\\x00-\\x08\\x0e-\\x1f\\x21-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"   \
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{"   \
    "10ffff}"

struct reader {
    struct pl_str text;
    size_t at;
    struct pl_buffer *out;
    struct pl_error *error;
    bool in_class;
};

static enum pl_status refuse(const struct reader *reader, const char *what)
{
    return pl_error_set(reader->error, PL_E_DATA,
                        "not a regular expression of ECMA-262: %s at character %zu", what,
                        reader->at + 1);
}

/* The byte that many places on, or -1 past the end. */
static int peek(const struct reader *reader, size_t ahead)
{
    const size_t at = reader->at + ahead;

    return at < reader->text.len ? (unsigned char)reader->text.ptr[at] : -1;
}

static bool is_one_of(int c, const char *set)
{
    return c > 0 && strchr(set, c) != NULL;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_of(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `count` hexadecimal digits that many places on; -1 when they are not there. */
static int32_t hex_ahead(const struct reader *reader, size_t ahead, size_t count)
{
    int32_t code = 0;

    for (size_t i = 0; i < count; i++) {
        const int digit = hex_of(peek(reader, ahead + i));

        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static void write_code(const struct reader *reader, uint32_t code)
{
    pl_buffer_add_format(reader->out, "\\x{%x}", code);
}

/* \u{1F432}: at the brace. */
static enum pl_status braced_code(struct reader *reader)
{
    uint32_t code = 0;
    size_t at = 1;

    for (; hex_of(peek(reader, at)) >= 0 && code <= 0x10ffff; at++)
        code = code * 16 + (uint32_t)hex_of(peek(reader, at));
    if (at == 1 || peek(reader, at) != '}' || code > 0x10ffff)
        return refuse(reader, "a \\u{…} that is no character");
    if (code >= 0xd800 && code <= 0xdfff)
        return refuse(reader, "half of a surrogate pair");
    write_code(reader, code);
    reader->at += at + 1;
    return PL_OK;
}

/* After \u. A pair of surrogates is one character. */
static enum pl_status unicode_escape(struct reader *reader)
{
    const int32_t high = hex_ahead(reader, 0, 4);

    if (peek(reader, 0) == '{')
        return braced_code(reader);
    if (high < 0)
        return refuse(reader, "a \\u without four hexadecimal digits");
    if (high < 0xd800 || high > 0xdfff) {
        write_code(reader, (uint32_t)high);
        reader->at += 4;
        return PL_OK;
    }

    const bool paired = peek(reader, 4) == '\\' && peek(reader, 5) == 'u';
    const int32_t low = paired ? hex_ahead(reader, 6, 4) : -1;

    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return refuse(reader, "half of a surrogate pair");
    write_code(reader, 0x10000 + ((uint32_t)high - 0xd800) * 0x400 + (uint32_t)low - 0xdc00);
    reader->at += 10;
    return PL_OK;
}

static enum pl_status hex_escape(struct reader *reader)
{
    const int32_t code = hex_ahead(reader, 0, 2);

    if (code < 0)
        return refuse(reader, "a \\x without two hexadecimal digits");
    write_code(reader, (uint32_t)code);
    reader->at += 2;
    return PL_OK;
}

static enum pl_status control_escape(struct reader *reader)
{
    if (!is_letter(peek(reader, 0)))
        return refuse(reader, "a \\c without a letter");
    write_code(reader, (uint32_t)peek(reader, 0) % 32);
    reader->at++;
    return PL_OK;
}

/* The inside of \p{…}: a category, a script, or a property that is true or not. */
static enum pl_status write_property(struct reader *reader, struct pl_str name)
{
    static const char *const CATEGORY[] = {"General_Category=", "gc="};
    static const char *const SCRIPT[][2] = {
        {"Script=", "sc:"}, {"sc=", "sc:"}, {"Script_Extensions=", "scx:"}, {"scx=", "scx:"}};

    for (size_t i = 0; i < 2; i++) {
        const struct pl_str head = pl_str_of(CATEGORY[i]);

        if (pl_str_starts_with(name, head))
            name = (struct pl_str){name.ptr + head.len, name.len - head.len};
    }
    for (size_t i = 0; i < sizeof SCRIPT / sizeof *SCRIPT; i++) {
        const struct pl_str head = pl_str_of(SCRIPT[i][0]);

        if (pl_str_starts_with(name, head)) {
            pl_buffer_add_text(reader->out, SCRIPT[i][1]);
            name = (struct pl_str){name.ptr + head.len, name.len - head.len};
            break;
        }
    }
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter(name.ptr[i]) && !is_digit(name.ptr[i]) && name.ptr[i] != '_')
            return refuse(reader, "a property that has no such name");
    pl_buffer_add(reader->out, pl_regex_category(name));
    return PL_OK;
}

static enum pl_status property_escape(struct reader *reader, int letter)
{
    const size_t left = reader->text.len - reader->at;
    const char *start = reader->text.ptr + reader->at;
    const char *end = left > 0 && *start == '{' ? memchr(start, '}', left) : NULL;

    if (end == NULL || end == start + 1)
        return refuse(reader, "a \\p without its {name}");
    pl_buffer_add_format(reader->out, "\\%c{", letter);
    PL_RETURN_IF(write_property(reader, (struct pl_str){start + 1, (size_t)(end - start - 1)}));
    pl_buffer_add_char(reader->out, '}');
    reader->at += (size_t)(end - start) + 1;
    return PL_OK;
}

static void space_escape(struct reader *reader, int letter)
{
    pl_buffer_add_text(reader->out, reader->in_class ? "" : "[");
    pl_buffer_add_text(reader->out, letter == 's' ? SPACE : NO_SPACE);
    pl_buffer_add_text(reader->out, reader->in_class ? "" : "]");
}

/* \1, \12: to a group by its number. In a group of its own, for the machine code that PCRE2 10.42 makes
   of a repeated reference finds nothing where the group took no part. */
static enum pl_status numbered_group(struct reader *reader, int first)
{
    if (reader->in_class)
        return refuse(reader, "a digit escaped in a class");
    pl_buffer_add_format(reader->out, "(?:\\g{%c", first);
    for (; is_digit(peek(reader, 0)); reader->at++)
        pl_buffer_add_char(reader->out, (char)peek(reader, 0));
    pl_buffer_add_text(reader->out, "})");
    return PL_OK;
}

/* \k<name>: at the bracket. */
static enum pl_status named_group(struct reader *reader)
{
    const char *start = reader->text.ptr + reader->at;
    const size_t left = reader->text.len - reader->at;
    const char *end = left > 0 && *start == '<' ? memchr(start, '>', left) : NULL;

    if (reader->in_class || end == NULL)
        return refuse(reader, "a \\k without its <name>");
    pl_buffer_add_format(reader->out, "(?:\\k%.*s)", (int)(end - start) + 1, start);
    reader->at += (size_t)(end - start) + 1;
    return PL_OK;
}

static enum pl_status letter_escape(struct reader *reader, int letter)
{
    switch (letter) {
    case 'u':
        return unicode_escape(reader);
    case 'x':
        return hex_escape(reader);
    case 'c':
        return control_escape(reader);
    case 'k':
        return named_group(reader);
    case 'p':
    case 'P':
        return property_escape(reader, letter);
    case 's':
    case 'S':
        space_escape(reader, letter);
        return PL_OK;
    case 'v':
        write_code(reader, 0x0b);
        return PL_OK;
    default:
        break;
    }
    if (!is_one_of(letter, reader->in_class ? "dDwWtnrfb" : "dDwWtnrfbB"))
        return refuse(reader, "an escape that does not exist");
    pl_buffer_add_format(reader->out, "\\%c", letter);
    return PL_OK;
}

static enum pl_status escape(struct reader *reader)
{
    const int c = peek(reader, 1);

    if (c < 0)
        return refuse(reader, "a backslash at the end");
    reader->at += 2;
    if (is_letter(c))
        return letter_escape(reader, c);
    if (c == '0') {
        if (is_digit(peek(reader, 0)))
            return refuse(reader, "an octal escape");
        write_code(reader, 0);
        return PL_OK;
    }
    if (is_digit(c))
        return numbered_group(reader, c);
    /* Punctuation is itself; what is no ASCII needs no backslash. */
    pl_buffer_add_format(reader->out, c < 0x80 && c != '_' ? "\\%c" : "%c", c);
    return PL_OK;
}

/* {2}, {2,} or {2,5} from here: its length, or 0. */
static size_t quantifier_length(const struct reader *reader)
{
    size_t at = 1;

    if (!is_digit(peek(reader, at)))
        return 0;
    while (is_digit(peek(reader, at)))
        at++;
    if (peek(reader, at) == ',')
        for (at++; is_digit(peek(reader, at));)
            at++;
    return peek(reader, at) == '}' ? at + 1 : 0;
}

/* A quantifier with its lazy mark; what follows may not be another, which PCRE2 would read. */
static enum pl_status quantifier(struct reader *reader, size_t length)
{
    pl_buffer_add(reader->out, (struct pl_str){reader->text.ptr + reader->at, length});
    reader->at += length;
    if (peek(reader, 0) == '?') {
        pl_buffer_add_char(reader->out, '?');
        reader->at++;
    }
    if (is_one_of(peek(reader, 0), "*+?") ||
        (peek(reader, 0) == '{' && quantifier_length(reader) > 0))
        return refuse(reader, "a quantifier behind a quantifier");
    return PL_OK;
}

static enum pl_status brace(struct reader *reader)
{
    const size_t length = quantifier_length(reader);

    if (length > 0)
        return quantifier(reader, length);
    pl_buffer_add_text(reader->out, "\\{");
    reader->at++;
    return PL_OK;
}

/* What stands at a parenthesis, up to where ordinary reading goes on. */
static enum pl_status group(struct reader *reader)
{
    static const char *const HEADS[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<"};
    const struct pl_str rest = {reader->text.ptr + reader->at, reader->text.len - reader->at};

    if (peek(reader, 1) == '*')
        return refuse(reader, "nothing to repeat");
    if (peek(reader, 1) != '?') {
        pl_buffer_add_char(reader->out, '(');
        reader->at++;
        return PL_OK;
    }
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++) {
        const struct pl_str head = pl_str_of(HEADS[i]);

        if (!pl_str_starts_with(rest, head))
            continue;
        pl_buffer_add(reader->out, head);
        reader->at += head.len;
        return PL_OK;
    }
    return refuse(reader, "a group of a kind that does not exist");
}

/* At a bracket. Classes of nothing and of everything are written out, for PCRE2 takes the first for an
   assertion and does not repeat it. */
static void open_class(struct reader *reader)
{
    const bool negated = peek(reader, 1) == '^';

    reader->at += 1 + negated;
    if (peek(reader, 0) == ']') {
        pl_buffer_add_text(reader->out, negated ? "[\\x00-\\x{10ffff}]" : "[^\\x00-\\x{10ffff}]");
        reader->at++;
        return;
    }
    pl_buffer_add_text(reader->out, negated ? "[^" : "[");
    reader->in_class = true;
}

static void copy(struct reader *reader)
{
    pl_buffer_add_char(reader->out, (char)peek(reader, 0));
    reader->at++;
}

static enum pl_status step_in_class(struct reader *reader)
{
    const int c = peek(reader, 0);

    if (c == '\\')
        return escape(reader);
    if (c == '[') /* PCRE2 has classes by name, as in [[:alpha:]] */
        pl_buffer_add_char(reader->out, '\\');
    if (c == ']')
        reader->in_class = false;
    copy(reader);
    return PL_OK;
}

static enum pl_status step_outside(struct reader *reader)
{
    const int c = peek(reader, 0);

    switch (c) {
    case '\\':
        return escape(reader);
    case '(':
        return group(reader);
    case '{':
        return brace(reader);
    case '*':
    case '+':
    case '?':
        return quantifier(reader, 1);
    case '[':
        open_class(reader);
        return PL_OK;
    case '.':
        pl_buffer_add_text(reader->out, "[^\\n\\r\\x{2028}\\x{2029}]");
        reader->at++;
        return PL_OK;
    case ']':
    case '}':
        pl_buffer_add_char(reader->out, '\\');
        break;
    default:
        break;
    }
    copy(reader);
    return PL_OK;
}

enum pl_status pl_regex_from_ecma(struct pl_str pattern, struct pl_buffer *out,
                                  struct pl_error *error)
{
    struct reader reader = {.text = pattern, .out = out, .error = error};

    while (reader.at < pattern.len)
        PL_RETURN_IF(reader.in_class ? step_in_class(&reader) : step_outside(&reader));
    if (reader.in_class)
        return refuse(&reader, "a class without its closing bracket");
    return pl_buffer_check(out, "the regular expression", error);
}
