/*
 * The edge of the program. Output is written by checked writes only, so that a verdict that nobody
 * could read never looks like one that was given.
 */
#include "cli/screen.h"

#include "base/file.h"
#include "report/page.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ERROR_SIZE_BYTES_MAX 16384

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0';
}

static bool is_colourful(enum pl_color color)
{
    const char *force = getenv("CLICOLOR_FORCE");
    const char *terminal = getenv("TERM");

    if (color != PL_COLOR_AUTO)
        return color == PL_COLOR_ALWAYS;
    if (is_set("NO_COLOR"))
        return false;
    if (force != NULL && force[0] != '\0' && strcmp(force, "0") != 0)
        return true;
    return isatty(STDOUT_FILENO) == 1 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

static enum pl_colours colours_of(enum pl_color color)
{
    const char *many = getenv("COLORTERM");

    if (!is_colourful(color))
        return PL_COLOURS_NONE;
    if (many != NULL && (strcmp(many, "truecolor") == 0 || strcmp(many, "24bit") == 0))
        return PL_COLOURS_TRUE;
    return PL_COLOURS_256;
}

/* The terminal's width, else COLUMNS, else the widest page. */
static uint32_t columns_of_screen(void)
{
    struct winsize size = {0};
    uint64_t columns = 0;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    if (pl_str_to_uint64(pl_str_of(getenv("COLUMNS")), &columns) && columns > 0 &&
        columns < PL_PAGE_COLUMNS_MAX)
        return (uint32_t)columns;
    return PL_PAGE_COLUMNS_MAX;
}

static bool is_utf8_locale(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

struct pl_style pl_screen_style(enum pl_color color)
{
    return (struct pl_style){
        .columns = columns_of_screen(),
        .utf8 = is_utf8_locale(),
        .colours = colours_of(color),
    };
}

enum pl_status pl_screen_write(const struct pl_buffer *out, struct pl_error *error)
{
    PL_RETURN_IF(pl_buffer_check(out, "the output", error));
    return pl_fd_write(STDOUT_FILENO, pl_buffer_view(out), "standard output", error);
}

int pl_screen_finish(const struct pl_buffer *out, int exit_code)
{
    struct pl_error error = {0};

    if (pl_screen_write(out, &error) != PL_OK)
        return pl_screen_fail(&error);
    return exit_code;
}

int pl_screen_fail(const struct pl_error *error)
{
    struct pl_buffer text;
    const bool utf8 = is_utf8_locale();

    pl_buffer_init(&text, ERROR_SIZE_BYTES_MAX);
    pl_buffer_add_text(&text, "plimsoll: ");
    if (error->file[0] != '\0') {
        pl_text_fold(&text, pl_str_of(error->file), utf8);
        if (error->line > 0)
            pl_buffer_add_format(&text, ":%u", error->line);
        if (error->line > 0 && error->column > 0)
            pl_buffer_add_format(&text, ":%u", error->column);
        pl_buffer_add_text(&text, ": ");
    }
    pl_text_fold(&text, pl_str_of(error->message), utf8);
    pl_buffer_add_char(&text, '\n');

    /* When stderr is gone too there is nobody left to tell; the exit code still says it. */
    if (pl_fd_write(STDERR_FILENO, pl_buffer_view(&text), "standard error", NULL) != PL_OK) {
        pl_buffer_deinit(&text);
        return PL_EXIT_ERROR;
    }
    pl_buffer_deinit(&text);
    return PL_EXIT_ERROR;
}
