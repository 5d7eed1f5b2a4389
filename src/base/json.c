/* A JSON writer: a stack of "is a comma due", and escapes by RFC 8259 section 7. */
#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pl_json_init(struct pl_json *json, struct pl_buffer *out, bool pretty)
{
    *json = (struct pl_json){.out = out, .pretty = pretty};
}

static void new_line(struct pl_json *json)
{
    if (!json->pretty)
        return;
    pl_buffer_add_char(json->out, '\n');
    for (int i = 0; i < json->depth; i++)
        pl_buffer_add_text(json->out, "  ");
}

static void before_item(struct pl_json *json)
{
    if (json->after_key) {
        json->after_key = false;
        return;
    }
    if (json->depth == 0)
        return;
    if (json->has_items[json->depth - 1])
        pl_buffer_add_char(json->out, ',');
    json->has_items[json->depth - 1] = true;
    new_line(json);
}

static void open_level(struct pl_json *json, char bracket)
{
    before_item(json);
    assert(json->depth < PL_JSON_DEPTH_MAX);
    pl_buffer_add_char(json->out, bracket);
    json->has_items[json->depth++] = false;
}

static void close_level(struct pl_json *json, char bracket)
{
    assert(json->depth > 0 && !json->after_key);
    const bool had_items = json->has_items[--json->depth];

    if (had_items)
        new_line(json);
    pl_buffer_add_char(json->out, bracket);
}

void pl_json_open_object(struct pl_json *json)
{
    open_level(json, '{');
}

void pl_json_close_object(struct pl_json *json)
{
    close_level(json, '}');
}

void pl_json_open_array(struct pl_json *json)
{
    open_level(json, '[');
}

void pl_json_close_array(struct pl_json *json)
{
    close_level(json, ']');
}

/* The length of the valid UTF-8 sequence at `text`, or 0. */
static size_t sequence_length(struct pl_str text)
{
    for (size_t length = 1; length <= 4 && length <= text.len; length++)
        if (pl_str_is_utf8((struct pl_str){text.ptr, length}))
            return length;
    return 0;
}

static void write_escape(struct pl_buffer *out, unsigned char c)
{
    static const char SHORT[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

    if (c == '"' || c == '\\')
        pl_buffer_add_format(out, "\\%c", c);
    else if (c < sizeof SHORT && SHORT[c] != 0)
        pl_buffer_add_format(out, "\\%c", SHORT[c]);
    else
        pl_buffer_add_format(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void write_quoted(struct pl_buffer *out, struct pl_str text)
{
    size_t at = 0;

    pl_buffer_add_char(out, '"');
    while (at < text.len) {
        size_t run = at;

        while (run < text.len && is_plain((unsigned char)text.ptr[run]))
            run++;
        pl_buffer_add(out, (struct pl_str){text.ptr + at, run - at});
        at = run;
        if (at == text.len)
            break;

        const unsigned char c = (unsigned char)text.ptr[at];
        const size_t length = sequence_length((struct pl_str){text.ptr + at, text.len - at});

        if (c < 0x80)
            write_escape(out, c);
        else if (length > 0)
            pl_buffer_add(out, (struct pl_str){text.ptr + at, length});
        else
            pl_buffer_add_text(out, "\xef\xbf\xbd");
        at += length > 0 ? length : 1;
    }
    pl_buffer_add_char(out, '"');
}

void pl_json_key_str(struct pl_json *json, struct pl_str key)
{
    assert(!json->after_key);
    before_item(json);
    write_quoted(json->out, key);
    pl_buffer_add_text(json->out, json->pretty ? ": " : ":");
    json->after_key = true;
}

void pl_json_key(struct pl_json *json, const char *key)
{
    pl_json_key_str(json, pl_str_of(key));
}

void pl_json_str(struct pl_json *json, struct pl_str value)
{
    before_item(json);
    write_quoted(json->out, value);
}

void pl_json_text(struct pl_json *json, const char *value)
{
    pl_json_str(json, pl_str_of(value));
}

/* Decimal digits, ending before `end`; returns where they begin. */
static char *write_digits(uint64_t number, char *end)
{
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return end;
}

#define THOUSANDTHS_MAX 1e12

/* Most numbers that are written often are thousandths: they need no search. False for others. */
static bool format_thousandths(double value, char ret_text[32])
{
    const double scaled = value * 1000;
    char digits[24];
    char *begin = digits + sizeof digits;
    uint64_t number;
    int places = 3;

    if (!(scaled >= 1 && scaled < THOUSANDTHS_MAX))
        return false;
    number = (uint64_t)(scaled + 0.5);
    if ((double)number / 1000 != value)
        return false;
    for (; places > 0 && number % 10 == 0; places--)
        number /= 10;
    for (int i = 0; i < places; i++, number /= 10)
        *--begin = (char)('0' + number % 10);
    if (places > 0)
        *--begin = '.';
    begin = write_digits(number, begin);
    memcpy(ret_text, begin, (size_t)(digits + sizeof digits - begin));
    ret_text[digits + sizeof digits - begin] = '\0';
    return true;
}

void pl_json_format_double(double value, char ret_text[32])
{
    assert(isfinite(value));
    if (format_thousandths(value, ret_text))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(ret_text, 32, "%.*g", digits, value);
        if (strtod(ret_text, NULL) == value)
            return;
    }
}

void pl_json_double(struct pl_json *json, double value)
{
    char text[32];

    pl_json_format_double(value, text);
    before_item(json);
    pl_buffer_add_text(json->out, text);
}

void pl_json_uint64(struct pl_json *json, uint64_t value)
{
    char digits[24];
    char *end = digits + sizeof digits;
    const char *begin = write_digits(value, end);

    before_item(json);
    pl_buffer_add(json->out, (struct pl_str){begin, (size_t)(end - begin)});
}

void pl_json_bool(struct pl_json *json, bool value)
{
    before_item(json);
    pl_buffer_add_text(json->out, value ? "true" : "false");
}

void pl_json_null(struct pl_json *json)
{
    before_item(json);
    pl_buffer_add_text(json->out, "null");
}

void pl_json_raw(struct pl_json *json, struct pl_str value)
{
    before_item(json);
    pl_buffer_add(json->out, value);
}

void pl_json_member_text(struct pl_json *json, const char *key, const char *value)
{
    pl_json_key(json, key);
    if (value == NULL)
        pl_json_null(json);
    else
        pl_json_text(json, value);
}

void pl_json_member_str(struct pl_json *json, const char *key, struct pl_str value)
{
    pl_json_key(json, key);
    pl_json_str(json, value);
}

void pl_json_member_uint64(struct pl_json *json, const char *key, uint64_t value)
{
    pl_json_key(json, key);
    pl_json_uint64(json, value);
}

void pl_json_member_bool(struct pl_json *json, const char *key, bool value)
{
    pl_json_key(json, key);
    pl_json_bool(json, value);
}

void pl_json_member_double(struct pl_json *json, const char *key, double value)
{
    pl_json_key(json, key);
    if (isfinite(value))
        pl_json_double(json, value);
    else
        pl_json_null(json);
}
