/*
 * A command that is fed on stdin: started without a shell in a process group of its own, its output read
 * as it comes, all of the group killed when it ends, takes too long or writes too much. Linux only.
 */
#ifndef PL_CLIENT_PROCESS_H
#define PL_CLIENT_PROCESS_H

#include "base/buffer.h"

#define PL_PROCESS_FDS_MAX      4
#define PL_PROCESS_ERRORS_BYTES 4096 /* the end of stderr that is kept */

struct pl_process;

struct pl_process_request {
    const char *const *argv; /* ends with NULL; argv[0] is looked up in PATH */
    const char *folder;      /* NULL: here */
    struct pl_str input;     /* borrowed until the end */
    size_t output_size_bytes_max;
};

/* What it is at; the last four are ends. */
enum pl_process_state {
    PL_PROCESS_RUNNING,
    PL_PROCESS_EXITED,    /* with a status */
    PL_PROCESS_SIGNALLED, /* by a signal that was not ours */
    PL_PROCESS_TOO_LARGE, /* it wrote more than it may; killed */
    PL_PROCESS_LOCAL,     /* this side failed; killed */
};

struct pl_process_end {
    enum pl_process_state state;
    int status;           /* of the exit, or the signal */
    struct pl_str output; /* as is `errors`, valid until pl_process_free */
    struct pl_str errors; /* the last bytes of stderr, cut at a character */
};

/* PL_E_NOT_FOUND when there is no such program or folder, and so on by errno. */
PL_MUST_CHECK enum pl_status pl_process_start(const struct pl_process_request *request,
                                              struct pl_process **ret_process,
                                              struct pl_error *error);

/* Kills the group if it has not ended, and frees all. NULL is allowed. */
void pl_process_free(struct pl_process *process);

/* The descriptors to wait for, at most PL_PROCESS_FDS_MAX; `ret_to_write` says which are to be written. */
size_t pl_process_fds(const struct pl_process *process, int ret_fds[PL_PROCESS_FDS_MAX],
                      bool ret_to_write[PL_PROCESS_FDS_MAX]);

/* Feeds and reads as far as it goes without waiting. `ret_end` is set once it is no longer running.
   SIGPIPE must be blocked or ignored. */
enum pl_process_state pl_process_work(struct pl_process *process, struct pl_process_end *ret_end);

#endif
