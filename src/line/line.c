/* What others ask of a line once it is read: paths relative to its folder, and errors at one of its
   places. */
#include "line/line.h"

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

/* Live traffic with its feature and the file it is read from, as the warehouse's driver takes it. */
static struct pl_str live_path(const struct pl_line *line, struct pl_str path,
                               struct pl_arena *arena)
{
    const bool is_here = pl_str_equal_text(line->folder, ".");
    const bool is_root = pl_str_equal_text(line->folder, "/");
    const bool is_own = path.len == strlen("ledger:");

    return pl_arena_format(arena, "%.*s%.*s@%.*s%s" PL_LINE_WAREHOUSE, PL_STR_ARG(path),
                           is_own ? (int)line->feature.len : 0, line->feature.ptr,
                           is_here ? 0 : (int)line->folder.len, line->folder.ptr,
                           is_here || is_root ? "" : "/");
}

struct pl_str pl_line_path(const struct pl_line *line, struct pl_str path, struct pl_arena *arena)
{
    if (pl_line_is_live(path) && memchr(path.ptr, '@', path.len) == NULL)
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
