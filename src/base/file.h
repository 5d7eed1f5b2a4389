/*
 * Files, whole: read within a limit, written so that a reader sees the old or the new and never a
 * half. Safe in any thread.
 */
#ifndef PL_BASE_FILE_H
#define PL_BASE_FILE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* The whole file, NUL-terminated, in `arena`. Larger than `size_bytes_max` is PL_E_LIMIT. */
PL_MUST_CHECK enum pl_status pl_file_read(const char *path, size_t size_bytes_max,
                                          struct pl_arena *arena, struct pl_str *ret_text,
                                          struct pl_error *error);

/*
 * Replaces the file: writes beside it, syncs, renames, syncs the folder. With `exclusive` an
 * existing file is PL_E_EXISTS. After a failure nothing is left behind and the old file is as it was,
 * but where the last step failed, the syncing of the folder: then the new file is in place, and may be
 * lost with the power.
 */
PL_MUST_CHECK enum pl_status pl_file_write(const char *path, struct pl_str text, bool exclusive,
                                           struct pl_error *error);

/* Makes a folder and those above it; existing ones are fine. Mode 0755. */
PL_MUST_CHECK enum pl_status pl_folder_make(const char *path, struct pl_error *error);

bool pl_file_exists(const char *path);

/* Writes everything or fails; retries on EINTR and short writes. */
PL_MUST_CHECK enum pl_status pl_fd_write(int fd, struct pl_str bytes, const char *name,
                                         struct pl_error *error);

/* For PL_CLEANUP: closes when it is not -1. */
void pl_fd_close(int *fd);

/* Processors this process may run on, at least 1. */
uint32_t pl_processors_count(void);

/* Unix time in milliseconds, and a monotonic clock in nanoseconds. */
uint64_t pl_clock_unix_ms(void);
uint64_t pl_clock_monotonic_ns(void);

/* How long the processor has worked for this thread, in nanoseconds. Ten times as dear to ask as the others. */
uint64_t pl_clock_thread_ns(void);

#endif
