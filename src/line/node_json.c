/* A part of the line as JSON, for what is passed on to others as it is: members of a request. */
#include "base/json.h"
#include "line/node.h"

#define JSON_SIZE_BYTES_MAX ((size_t)256 << 10)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits from `at` on; 0 when there are none. */
static size_t digits(struct pl_str text, size_t at)
{
    size_t end = at;

    while (end < text.len && is_digit(text.ptr[end]))
        end++;
    return end - at;
}

/* A number as JSON has it, which is narrower than what YAML takes for one. */
static bool is_number(struct pl_str text)
{
    size_t at = text.len > 0 && text.ptr[0] == '-' ? 1 : 0;
    size_t count = digits(text, at);

    if (count == 0 || (count > 1 && text.ptr[at] == '0'))
        return false;
    at += count;
    if (at < text.len && text.ptr[at] == '.') {
        count = digits(text, at + 1);
        if (count == 0)
            return false;
        at += 1 + count;
    }
    if (at < text.len && (text.ptr[at] == 'e' || text.ptr[at] == 'E')) {
        at++;
        if (at < text.len && (text.ptr[at] == '+' || text.ptr[at] == '-'))
            at++;
        count = digits(text, at);
        if (count == 0)
            return false;
        at += count;
    }
    return at == text.len;
}

static bool is_word(struct pl_str text)
{
    return pl_str_equal_text(text, "true") || pl_str_equal_text(text, "false");
}

static void write(struct pl_json *json, const struct pl_node *node);

static void write_map(struct pl_json *json, const struct pl_node *node)
{
    pl_json_open_object(json);
    for (const struct pl_node *entry = node->first; entry != NULL; entry = entry->next) {
        if (entry->repeated)
            continue;
        pl_json_key_str(json, entry->key);
        write(json, entry);
    }
    pl_json_close_object(json);
}

/* The depth is bounded: the line itself is nested PL_LINE_DEPTH_MAX deep at most. */
static void write(struct pl_json *json, const struct pl_node *node)
{
    switch (node->kind) {
    case PL_NODE_NULL:
        pl_json_null(json);
        return;
    case PL_NODE_SCALAR:
        if (!node->quoted && (is_number(node->text) || is_word(node->text)))
            pl_json_raw(json, node->text);
        else
            pl_json_str(json, node->text);
        return;
    case PL_NODE_MAP:
        write_map(json, node);
        return;
    case PL_NODE_LIST:
        pl_json_open_array(json);
        for (const struct pl_node *item = node->first; item != NULL; item = item->next)
            write(json, item);
        pl_json_close_array(json);
        return;
    }
}

struct pl_str pl_node_json(const struct pl_node *node, struct pl_arena *arena)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    struct pl_json json;

    pl_buffer_init(&out, JSON_SIZE_BYTES_MAX);
    pl_json_init(&json, &out, false);
    write(&json, node);
    if (pl_buffer_check(&out, "a part of the line as JSON", NULL) != PL_OK)
        return (struct pl_str){NULL, 0};
    return pl_arena_copy(arena, pl_buffer_view(&out));
}
