/* How readers report: faults with the place and the path of a node, hints that name the nearest
   known word, and memory that remembers having run out. */
#include "line/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "line/problem.h"

#define MESSAGE_SIZE    512
#define LIST_SIZE       400
#define NAME_LENGTH_MAX 1000

void *pl_reader_alloc(struct pl_reader *reader, size_t count, size_t item_size_bytes)
{
    void *memory = pl_arena_alloc_array(reader->arena, count, item_size_bytes);

    if (memory == NULL)
        reader->status = PL_E_LIMIT;
    return memory;
}

static bool is_full(const struct pl_reader *reader)
{
    return reader->problems->count >= PL_LINE_PROBLEMS_MAX;
}

struct pl_str pl_reader_keep(struct pl_reader *reader, struct pl_str text)
{
    if (text.ptr != NULL)
        return text;
    reader->status = PL_E_LIMIT;
    return PL_STR("");
}

struct pl_str pl_reader_quote(struct pl_reader *reader, struct pl_str text)
{
    return pl_reader_keep(reader, pl_text_excerpt(text, reader->arena));
}

struct pl_str pl_reader_format(struct pl_reader *reader, const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return pl_reader_keep(reader, pl_arena_copy(reader->arena, pl_str_of(text)));
}

/* The common end of the faults: `text` is on the caller's stack and is copied. */
static void add(struct pl_reader *reader, struct pl_place place, struct pl_str key,
                const char *text, struct pl_str hint)
{
    pl_problems_add(
        reader->problems,
        (struct pl_problem){
            .place = place,
            .key = key,
            .message = pl_reader_keep(reader, pl_arena_copy(reader->arena, pl_str_of(text))),
            .hint = hint,
        });
}

void pl_reader_fault(struct pl_reader *reader, const struct pl_node *node, struct pl_str hint,
                     const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;

    if (is_full(reader))
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(reader, node->place, pl_node_path(node, reader->arena), text, hint);
}

void pl_reader_fault_key(struct pl_reader *reader, const struct pl_node *node, struct pl_str hint,
                         const char *format, ...)
{
    const struct pl_place place = node->key_place.line > 0 ? node->key_place : node->place;
    char text[MESSAGE_SIZE];
    va_list arguments;

    if (is_full(reader))
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(reader, place, pl_node_path(node, reader->arena), text, hint);
}

void pl_reader_fault_missing(struct pl_reader *reader, const struct pl_node *map, const char *name,
                             struct pl_str hint)
{
    const struct pl_str path = pl_node_path(map, reader->arena);
    const struct pl_place place = map->key_place.line > 0 ? map->key_place : map->place;

    add(reader, place,
        pl_reader_format(reader, "%.*s%s%s", PL_STR_ARG(path), path.len > 0 ? "." : "", name),
        "is missing", hint);
}

/* "`a`, `b` and `c`", as far as there is room. */
static void join_names(const char *const *names, size_t count, const char *last, char ret_text[])
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < count && used < LIST_SIZE; i++) {
        const char *between = i == 0 ? "" : i + 1 == count ? last : ", ";
        const int length = snprintf(ret_text + used, LIST_SIZE - used, "%s`%s`", between, names[i]);

        used += length > 0 ? (size_t)length : 0;
    }
}

struct pl_str pl_reader_choice(struct pl_reader *reader, const char *const *names,
                               size_t names_count)
{
    char list[LIST_SIZE];

    join_names(names, names_count, " or ", list);
    return pl_reader_format(reader, "%s", list);
}

struct pl_str pl_reader_nearest(struct pl_reader *reader, struct pl_str text,
                                const char *const *names, size_t names_count)
{
    const char *nearest = is_full(reader) ? NULL : pl_str_nearest(text, names, names_count);

    return nearest == NULL ? PL_STR("") : pl_reader_format(reader, "did you mean `%s`?", nearest);
}

struct pl_str pl_reader_hint(struct pl_reader *reader, struct pl_str text, const char *const *names,
                             size_t names_count)
{
    const struct pl_str nearest = pl_reader_nearest(reader, text, names, names_count);
    char list[LIST_SIZE];

    if (nearest.len > 0 || names_count == 0 || is_full(reader))
        return nearest;
    join_names(names, names_count, " and ", list);
    return pl_reader_format(reader, names_count == 1 ? "known is %s" : "known are %s", list);
}

bool pl_reader_expect(struct pl_reader *reader, const struct pl_node *node, enum pl_node_kind kind,
                      const char *example)
{
    if (node->kind == kind)
        return true;

    const struct pl_str hint =
        example == NULL ? PL_STR("") : pl_reader_format(reader, "for example `%s`", example);

    if (node->kind == PL_NODE_NULL)
        pl_reader_fault(reader, node, hint, "has no value; it needs %s", pl_node_kind_name(kind));
    else
        pl_reader_fault(reader, node, hint, "is %s; it must be %s", pl_node_kind_name(node->kind),
                        pl_node_kind_name(kind));
    return false;
}

static bool has_control(struct pl_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
            return true;
    return false;
}

bool pl_reader_name(struct pl_reader *reader, const struct pl_node *node, const char *example,
                    struct pl_str *ret_text)
{
    if (!pl_reader_expect(reader, node, PL_NODE_SCALAR, example))
        return false;
    if (pl_str_trim(node->text).len == 0) {
        pl_reader_fault(reader, node, PL_STR(""), "is empty");
        return false;
    }
    if (node->text.len > NAME_LENGTH_MAX) {
        pl_reader_fault(reader, node, PL_STR(""), "is %zu bytes long; at most %d are allowed",
                        node->text.len, NAME_LENGTH_MAX);
        return false;
    }
    if (has_control(node->text)) {
        pl_reader_fault(reader, node, PL_STR("write it on one line, without control characters"),
                        "holds a line break or another control character");
        return false;
    }
    *ret_text = node->text;
    return true;
}
