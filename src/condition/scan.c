/* The words, texts, numbers and signs of a condition. Words are letters, digits and `_`, joined by dots; bytes above
   127 count as letters, as in SQL. */
#include "condition/node.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MESSAGE_SIZE 512

enum pl_status pl_scanner_fail(struct pl_scanner *scanner, size_t start, const char *format, ...)
{
    char message[MESSAGE_SIZE];
    size_t character = 1;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < start && i < scanner->text.len; i += pl_character_size(scanner->text, i))
        character++;
    return pl_error_set(scanner->error, PL_E_LINE, "%s, at character %zu", message, character);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The byte at `at`, or 0 past the end. */
static char byte_at(const struct pl_scanner *scanner, size_t at)
{
    return at < scanner->text.len ? scanner->text.ptr[at] : '\0';
}

static void skip_word(struct pl_scanner *scanner)
{
    while (begins_word(byte_at(scanner, scanner->at)) || is_digit(byte_at(scanner, scanner->at)))
        scanner->at++;
}

static enum pl_status scan_word(struct pl_scanner *scanner, struct pl_token *token)
{
    skip_word(scanner);
    while (byte_at(scanner, scanner->at) == '.' && begins_word(byte_at(scanner, scanner->at + 1))) {
        scanner->at++;
        skip_word(scanner);
    }
    token->sort = PL_TOKEN_WORD;
    token->text = (struct pl_str){scanner->text.ptr + token->start, scanner->at - token->start};
    return PL_OK;
}

static void skip_digits(struct pl_scanner *scanner)
{
    while (is_digit(byte_at(scanner, scanner->at)))
        scanner->at++;
}

static enum pl_status scan_number(struct pl_scanner *scanner, struct pl_token *token)
{
    skip_digits(scanner);
    if (byte_at(scanner, scanner->at) == '.') {
        scanner->at++;
        skip_digits(scanner);
    }
    if (byte_at(scanner, scanner->at) == 'e' || byte_at(scanner, scanner->at) == 'E') {
        const char sign = byte_at(scanner, scanner->at + 1);

        scanner->at += sign == '-' || sign == '+' ? 2 : 1;
        if (!is_digit(byte_at(scanner, scanner->at)))
            return pl_scanner_fail(scanner, token->start, "a number has no digits after its `e`");
        skip_digits(scanner);
    }
    if (begins_word(byte_at(scanner, scanner->at)) || byte_at(scanner, scanner->at) == '.')
        return pl_scanner_fail(scanner, token->start,
                               "a number is followed by something else; put a blank between, or "
                               "quotes around a name or a text");
    token->sort = PL_TOKEN_NUMBER;
    token->text = (struct pl_str){scanner->text.ptr + token->start, scanner->at - token->start};
    return PL_OK;
}

/* How many bytes stand from the quote at `at` to the one that ends it, both among them; 0: none ends it. */
static size_t quoted_size(const struct pl_scanner *scanner, char quote)
{
    for (size_t i = scanner->at + 1; i < scanner->text.len; i++) {
        if (byte_at(scanner, i) != quote)
            continue;
        if (byte_at(scanner, i + 1) != quote)
            return i + 1 - scanner->at;
        i++;
    }
    return 0;
}

static enum pl_status scan_quoted(struct pl_scanner *scanner, struct pl_token *token, char quote)
{
    const size_t size = quoted_size(scanner, quote);
    char *copy = pl_arena_alloc(scanner->arena, size);
    size_t length = 0;

    if (size == 0)
        return pl_scanner_fail(scanner, token->start, "a %s begins and does not end",
                               quote == '"' ? "name in \"\"" : "text in ''");
    if (copy == NULL)
        return pl_arena_error(scanner->arena, "a condition", scanner->error);
    for (size_t i = 1; i + 1 < size; i++) {
        copy[length++] = byte_at(scanner, scanner->at + i);
        i += copy[length - 1] == quote;
    }
    scanner->at += size;
    token->text = (struct pl_str){copy, length};
    return PL_OK;
}

static enum pl_status scan_sign(struct pl_scanner *scanner, struct pl_token *token)
{
    static const char *const SIGNS[] = {"<>", "!=", "<=", ">=", "=", "<",
                                        ">",  "(",  ")",  ",",  "-", "+"};
    const struct pl_str rest = {scanner->text.ptr + scanner->at, scanner->text.len - scanner->at};

    if (pl_str_starts_with(rest, PL_STR("==")))
        return pl_scanner_fail(scanner, token->start, "`==` is no sign of SQL; write `=`");
    if (pl_str_starts_with(rest, PL_STR("--")))
        return pl_scanner_fail(scanner, token->start, "`--` would begin a comment");
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++) {
        if (!pl_str_starts_with(rest, pl_str_of(SIGNS[i])))
            continue;
        token->sort = PL_TOKEN_SIGN;
        token->text = (struct pl_str){rest.ptr, strlen(SIGNS[i])};
        scanner->at += token->text.len;
        return PL_OK;
    }
    if (rest.ptr[0] < 0x20 || rest.ptr[0] == 0x7f)
        return pl_scanner_fail(scanner, token->start, "it holds a control character");
    return pl_scanner_fail(scanner, token->start, "`%c` is not known in conditions", rest.ptr[0]);
}

enum pl_status pl_scanner_next(struct pl_scanner *scanner, struct pl_token *ret_token)
{
    struct pl_token *token = ret_token;
    char c = '\0';

    while (is_blank(byte_at(scanner, scanner->at)))
        scanner->at++;
    *token = (struct pl_token){.sort = PL_TOKEN_END, .start = scanner->at};
    if (scanner->at >= scanner->text.len)
        return PL_OK;
    c = byte_at(scanner, scanner->at);
    if (begins_word(c))
        return scan_word(scanner, token);
    if (is_digit(c) || (c == '.' && is_digit(byte_at(scanner, scanner->at + 1))))
        return scan_number(scanner, token);
    if (c == '\'' || c == '"') {
        token->sort = c == '"' ? PL_TOKEN_QUOTED : PL_TOKEN_TEXT;
        return scan_quoted(scanner, token, c);
    }
    return scan_sign(scanner, token);
}
