/* What others ask of a line once it is read: paths relative to its folder, and errors at one of its
   places. */
#include "line/line.h"
#include "line/live_path.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Absolute paths, and addresses such as `postgres://` or `ledger:`, stand for themselves. */
static bool stands_alone(struct pl_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/')
            return i == 0;
        if (path.ptr[i] == ':')
            return i > 1;
    }
    return false;
}

bool pl_line_is_live(struct pl_str path)
{
    return pl_str_starts_with(path, PL_STR("ledger:"));
}

struct pl_str pl_line_path_shown(struct pl_str path)
{
    if (pl_line_is_live(path))
        for (size_t i = 0; i < path.len; i++)
            if (path.ptr[i] == '?' || path.ptr[i] == '@')
                return (struct pl_str){path.ptr, i};
    return path;
}

/* A name in an address: what means something there is written as a percent sign and two digits. */
static struct pl_str escape(struct pl_str name, struct pl_arena *arena)
{
    char *text = pl_arena_alloc(arena, 3 * name.len + 1);
    size_t used = 0;

    for (size_t i = 0; text != NULL && i < name.len; i++) {
        if (memchr("%?@", name.ptr[i], 3) == NULL)
            text[used++] = name.ptr[i];
        else
            used += (size_t)snprintf(text + used, 4, "%%%02X", (unsigned char)name.ptr[i]);
    }
    return (struct pl_str){text, used};
}

/* Live traffic as the warehouse's driver takes it: its feature, its window, the file that it is read from. */
static struct pl_str live_path(const struct pl_line *line, struct pl_str path,
                               struct pl_arena *arena)
{
    const struct pl_str file = pl_line_path(line, PL_STR(PL_LINE_WAREHOUSE), arena);
    const size_t scheme = strlen("ledger:");
    const struct pl_str given = {path.ptr + scheme, path.len - scheme};
    const struct pl_str feature = escape(given.len == 0 ? line->feature : given, arena);
    const struct pl_data *data = &line->data;

    if (file.ptr == NULL || feature.ptr == NULL)
        return (struct pl_str){0};
    if (data->since_ms == 0 && data->until_ms == 0)
        return pl_arena_format(arena, "ledger:%.*s@%s", PL_STR_ARG(feature), file.ptr);
    return pl_arena_format(arena, "ledger:%.*s?since=%llu&until=%llu@%s", PL_STR_ARG(feature),
                           (unsigned long long)data->since_ms, (unsigned long long)data->until_ms,
                           file.ptr);
}

struct pl_str pl_line_path(const struct pl_line *line, struct pl_str path, struct pl_arena *arena)
{
    if (pl_line_is_live(path))
        return live_path(line, path, arena);

    const bool is_here = pl_str_equal_text(line->folder, ".");
    const bool is_root = pl_str_equal_text(line->folder, "/");

    if (is_here || stands_alone(path))
        return pl_arena_copy(arena, path);
    return pl_arena_format(arena, "%.*s%s%.*s", PL_STR_ARG(line->folder), is_root ? "" : "/",
                           PL_STR_ARG(path));
}

enum pl_status pl_line_error(const struct pl_line *line, struct pl_place place,
                             enum pl_status status, struct pl_error *error, const char *format, ...)
{
    char message[PL_ERROR_MESSAGE_SIZE];
    va_list arguments;

    if (error == NULL)
        return status;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)pl_error_set(error, status, "%s", message);
    return pl_error_locate(error, line->file, place.line, place.column);
}
