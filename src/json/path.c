/* JSON Pointers (RFC 6901) and plain paths: both are steps down, one name or index at a time. */
#include "json/path.h"

#include <string.h>

/* Digits without leading zeros, as RFC 6901 has array indices. */
static bool index_of(struct pl_str text, size_t *ret_index)
{
    uint64_t index = 0;

    if (text.len == 0 || text.len > 18 || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        index = index * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    *ret_index = (size_t)index;
    return true;
}

static const struct pl_json_value *item_get(const struct pl_json_value *value, struct pl_str step)
{
    size_t index = 0;

    return index_of(step, &index) ? pl_json_value_at(value, index) : NULL;
}

/* The next character of an escaped step, and past it; -1 for an escape that is none. */
static int unescape(struct pl_str *step)
{
    const char c = step->ptr[0];

    step->ptr++;
    step->len--;
    if (c != '~')
        return (unsigned char)c;
    if (step->len == 0 || (step->ptr[0] != '0' && step->ptr[0] != '1'))
        return -1;
    step->len--;
    return *step->ptr++ == '0' ? '~' : '/';
}

static bool step_is_valid(struct pl_str step)
{
    while (step.len > 0)
        if (unescape(&step) < 0)
            return false;
    return true;
}

/* Whether an escaped step says this name. */
static bool step_names(struct pl_str step, struct pl_str name)
{
    size_t i = 0;

    for (; step.len > 0; i++)
        if (i == name.len || unescape(&step) != (unsigned char)name.ptr[i])
            return false;
    return i == name.len;
}

static const struct pl_json_value *member_get(const struct pl_json_value *value, struct pl_str step)
{
    const struct pl_json_value *found = NULL;
    struct pl_json_walk walk = pl_json_value_walk(value);

    if (memchr(step.ptr, '~', step.len) == NULL)
        return pl_json_value_get(value, step);
    while (pl_json_walk_next(&walk))
        if (step_names(step, walk.name))
            found = walk.value;
    return found;
}

/* Takes the text up to the slash off the pointer. */
static struct pl_str take_step(struct pl_str *pointer)
{
    const char *slash = memchr(pointer->ptr, '/', pointer->len);
    const size_t len = slash == NULL ? pointer->len : (size_t)(slash - pointer->ptr);
    const struct pl_str step = {pointer->ptr, len};

    *pointer = (struct pl_str){pointer->ptr + len, pointer->len - len};
    return step;
}

const struct pl_json_value *pl_json_pointer_get(const struct pl_json_value *value,
                                                struct pl_str pointer)
{
    while (pointer.len > 0 && value != NULL) {
        if (pointer.ptr[0] != '/')
            return NULL;
        pointer = (struct pl_str){pointer.ptr + 1, pointer.len - 1};

        const struct pl_str step = take_step(&pointer);
        const enum pl_json_type type = pl_json_value_type(value);

        if (!step_is_valid(step))
            return NULL;
        if (type == PL_JSON_ARRAY)
            value = item_get(value, step);
        else
            value = type == PL_JSON_OBJECT ? member_get(value, step) : NULL;
    }
    return value;
}

void pl_json_pointer_add(struct pl_buffer *out, struct pl_str name)
{
    pl_buffer_add_char(out, '/');
    while (name.len > 0) {
        size_t run = 0;

        while (run < name.len && name.ptr[run] != '~' && name.ptr[run] != '/')
            run++;
        pl_buffer_add(out, (struct pl_str){name.ptr, run});
        if (run < name.len)
            pl_buffer_add_text(out, name.ptr[run++] == '~' ? "~0" : "~1");
        name = (struct pl_str){name.ptr + run, name.len - run};
    }
}

void pl_json_pointer_add_index(struct pl_buffer *out, size_t index)
{
    pl_buffer_add_format(out, "/%zu", index);
}

/* --- plain paths ------------------------------------------------------------------------------ */

/* One step of a path: a name, or with `of_array` the digits of an index. */
struct path_step {
    struct pl_str text;
    bool of_array;
};

static struct pl_str skip(struct pl_str text, size_t count)
{
    return (struct pl_str){text.ptr + count, text.len - count};
}

static bool take_index(struct pl_str *path, struct path_step *ret_step)
{
    const char *end = memchr(path->ptr, ']', path->len);
    size_t index = 0;

    if (end == NULL)
        return false;
    *ret_step = (struct path_step){{path->ptr + 1, (size_t)(end - path->ptr - 1)}, true};
    *path = skip(*path, ret_step->text.len + 2);
    return index_of(ret_step->text, &index);
}

static bool take_name(struct pl_str *path, struct path_step *ret_step)
{
    size_t len = 0;

    while (len < path->len && strchr(".[]", path->ptr[len]) == NULL)
        len++;
    *ret_step = (struct path_step){{path->ptr, len}, false};
    *path = skip(*path, len);
    return len > 0;
}

/* False when the rest of the path is none. `first` is whether a name may stand without a dot. */
static bool take_path_step(struct pl_str *path, bool first, struct path_step *ret_step)
{
    if (path->ptr[0] == '[')
        return take_index(path, ret_step);
    if (!first) {
        if (path->ptr[0] != '.')
            return false;
        *path = skip(*path, 1);
    }
    return take_name(path, ret_step);
}

bool pl_json_path_is_valid(struct pl_str path)
{
    struct path_step step;

    for (bool first = true; path.len > 0; first = false)
        if (!take_path_step(&path, first, &step))
            return false;
    return true;
}

const struct pl_json_value *pl_json_path_get(const struct pl_json_value *value, struct pl_str path)
{
    struct path_step step;

    for (bool first = true; path.len > 0 && value != NULL; first = false) {
        if (!take_path_step(&path, first, &step))
            return NULL;
        if (!step.of_array)
            value = pl_json_value_get(value, step.text);
        else
            value = pl_json_value_type(value) == PL_JSON_ARRAY ? item_get(value, step.text) : NULL;
    }
    return value;
}
