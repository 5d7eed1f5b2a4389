/*
 * Errors as values. Messages are cut, never overrun; nothing is allocated, so that running out of
 * memory can be reported too.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const STATUS_NAMES[] = {
    [PL_OK] = "ok",
    [PL_E_USAGE] = "usage",
    [PL_E_LINE] = "line",
    [PL_E_DATA] = "data",
    [PL_E_NOT_FOUND] = "not_found",
    [PL_E_EXISTS] = "exists",
    [PL_E_PERMISSION] = "permission",
    [PL_E_IO] = "io",
    [PL_E_BUSY] = "busy",
    [PL_E_LIMIT] = "limit",
    [PL_E_MEMORY] = "memory",
    [PL_E_CORRUPT] = "corrupt",
    [PL_E_UNSUPPORTED] = "unsupported",
    [PL_E_ENGINE] = "engine",
    [PL_E_INTERRUPTED] = "interrupted",
};

static const struct {
    int errno_value;
    enum pl_status status;
} ERRNO_STATUS[] = {
    {ENOENT, PL_E_NOT_FOUND},  {ENOTDIR, PL_E_NOT_FOUND}, {EEXIST, PL_E_EXISTS},
    {EACCES, PL_E_PERMISSION}, {EPERM, PL_E_PERMISSION},  {EROFS, PL_E_PERMISSION},
    {ENOMEM, PL_E_MEMORY},     {EINTR, PL_E_INTERRUPTED}, {EWOULDBLOCK, PL_E_BUSY},
};

PL_FORMAT(3, 0)
static void format_message(struct pl_error *error, enum pl_status status, const char *format,
                           va_list arguments)
{
    *error = (struct pl_error){.status = status};
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
}

enum pl_status pl_error_set(struct pl_error *error, enum pl_status status, const char *format, ...)
{
    if (error == NULL)
        return status;

    va_list arguments;

    va_start(arguments, format);
    format_message(error, status, format, arguments);
    va_end(arguments);
    return status;
}

static enum pl_status status_of_errno(int errno_value)
{
    for (size_t i = 0; i < sizeof ERRNO_STATUS / sizeof *ERRNO_STATUS; i++)
        if (ERRNO_STATUS[i].errno_value == errno_value)
            return ERRNO_STATUS[i].status;
    return PL_E_IO;
}

enum pl_status pl_error_errno(struct pl_error *error, int errno_value, const char *format, ...)
{
    const enum pl_status status = status_of_errno(errno_value);

    if (error == NULL)
        return status;

    va_list arguments;

    va_start(arguments, format);
    format_message(error, status, format, arguments);
    va_end(arguments);

    const size_t used = strlen(error->message);

    (void)snprintf(error->message + used, sizeof error->message - used, ": %s",
                   strerror(errno_value));
    return status;
}

enum pl_status pl_error_locate(struct pl_error *error, const char *file, uint32_t line,
                               uint32_t column)
{
    (void)snprintf(error->file, sizeof error->file, "%s", file);
    error->line = line;
    error->column = column;
    return error->status;
}

const char *pl_status_name(enum pl_status status)
{
    return STATUS_NAMES[status];
}
