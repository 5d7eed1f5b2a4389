/* A note on the terminal while something takes longer than a second. */
#ifndef PL_CLI_PROGRESS_H
#define PL_CLI_PROGRESS_H

#include "base/str.h"

struct pl_progress;

/* Starts to wait; after a second `text` appears on stderr if that is a terminal. NULL when it is
   not, or when no thread could be started: nothing will be shown then, and all goes on. */
struct pl_progress *pl_progress_start(struct pl_str text);

/* Takes the note away again. NULL is allowed. */
void pl_progress_stop(struct pl_progress *progress);

/* A line on the terminal that is written anew as the work goes on. */
struct pl_progress_line;

/* NULL when stderr is no terminal: nothing will be shown then. */
struct pl_progress_line *pl_progress_line_start(void);

/* Shows the text in the place of the one before, ten times a second at most. NULL is allowed. */
void pl_progress_line_set(struct pl_progress_line *line, struct pl_str text);

/* Takes the line away. NULL is allowed. */
void pl_progress_line_stop(struct pl_progress_line *line);

#endif
