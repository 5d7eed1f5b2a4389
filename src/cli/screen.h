/*
 * The edge of the program: what the terminal can show, writing results, and saying errors. Only
 * this file and progress.c touch stdout and stderr.
 */
#ifndef PL_CLI_SCREEN_H
#define PL_CLI_SCREEN_H

#include "base/buffer.h"
#include "base/error.h"
#include "cli/options.h"

#define PL_EXIT_YES   0 /* allowed; the chain holds; done */
#define PL_EXIT_NO    1 /* not allowed; the chain does not hold */
#define PL_EXIT_ERROR 2 /* cannot be judged or done; one error was said */

#define PL_OUTPUT_SIZE_BYTES_MAX ((size_t)1 << 30)

/* How pages on stdout may look, from the option, the environment, the locale and the terminal.
   setlocale must have been called. */
struct pl_style pl_screen_style(enum pl_color color);

/* Writes all of `out` to stdout. A full disk or a closed pipe is an error. */
PL_MUST_CHECK enum pl_status pl_screen_write(const struct pl_buffer *out, struct pl_error *error);

/* As pl_screen_write; says the error when there is one. Returns `exit_code`, or PL_EXIT_ERROR. */
int pl_screen_finish(const struct pl_buffer *out, int exit_code);

/* Says `plimsoll: file:line:column: message` on stderr and returns PL_EXIT_ERROR. */
int pl_screen_fail(const struct pl_error *error);

#endif
