/*
 * The ledger's folder and its small files: the head, the keys and the lock. Readers and the writer
 * share what is here; only functions that change the disk use the table of operations.
 */
#ifndef PL_LEDGER_FOLDER_H
#define PL_LEDGER_FOLDER_H

#include "ledger/format.h"
#include "ledger/ops.h"
#include "ledger/seal.h"

#include <sys/types.h>

#define PL_FOLDER_HEAD       "head"
#define PL_FOLDER_KEY        "key"
#define PL_FOLDER_KEY_PUBLIC "key.pub"
#define PL_FOLDER_LOCK       "lock"

struct pl_folder {
    int fd;
    const struct pl_ledger_ops *ops;
    char path[PL_ERROR_FILE_SIZE]; /* for messages */
};

/* A small file as read. One that is longer than a line can be is cut, and so never valid. */
struct pl_folder_file {
    bool exists;
    mode_t mode;
    size_t len;
    char text[PL_FORMAT_LINE_SIZE];
};

/* Opens a folder that exists. PL_E_NOT_FOUND when it does not. */
PL_MUST_CHECK enum pl_status pl_folder_open(struct pl_folder *folder, const char *path,
                                            const struct pl_ledger_ops *ops,
                                            struct pl_error *error);
void pl_folder_close(struct pl_folder *folder);

/* Reads a small file; one that does not exist is no error. */
PL_MUST_CHECK enum pl_status pl_folder_read(const struct pl_folder *folder, const char *name,
                                            struct pl_folder_file *ret_file,
                                            struct pl_error *error);

/* True when the first line of the file is the whole of it and 64 hex digits: a key. */
bool pl_folder_file_is_key(const struct pl_folder_file *file, struct pl_str *ret_hex);

/* What a replacement did before it failed. */
enum pl_folder_replaced {
    PL_FOLDER_UNCHANGED, /* the old file is in place */
    PL_FOLDER_UNSURE,    /* the rename was asked for: old or new, and each is whole */
};

/*
 * Writes `name`.new with `mode`, syncs it, renames it to `name` and syncs the folder.
 * `ret_replaced` (may be NULL) is set on failure too.
 */
struct pl_folder_text {
    const char *name;
    struct pl_str text;
    mode_t mode;
};
PL_MUST_CHECK enum pl_status pl_folder_replace(const struct pl_folder *folder,
                                               const struct pl_folder_text *file,
                                               enum pl_folder_replaced *ret_replaced,
                                               struct pl_error *error);

/* Writes all of `bytes` at `offset`; goes on after short writes. `name` is for messages. */
PL_MUST_CHECK enum pl_status pl_folder_write(const struct pl_folder *folder, int fd,
                                             const struct pl_folder_text *file, uint64_t offset,
                                             struct pl_error *error);

/* Makes new and removed names durable. */
PL_MUST_CHECK enum pl_status pl_folder_sync(const struct pl_folder *folder, struct pl_error *error);

/* Signs a head in place and replaces the file. */
PL_MUST_CHECK enum pl_status pl_folder_write_head(const struct pl_folder *folder,
                                                  const struct pl_seal_key *key,
                                                  struct pl_format_head *head,
                                                  enum pl_folder_replaced *ret_replaced,
                                                  struct pl_error *error);

/* Takes the lock, waiting up to `wait_ms`, and notes this process in it. Closing the descriptor
   releases it. */
PL_MUST_CHECK enum pl_status pl_folder_lock(const struct pl_folder *folder, uint32_t wait_ms,
                                            int *ret_fd, struct pl_error *error);

/* The same, on a descriptor that pl_folder_lock gave and whose lock was given up since. */
PL_MUST_CHECK enum pl_status pl_folder_lock_again(const struct pl_folder *folder, uint32_t wait_ms,
                                                  int fd, struct pl_error *error);
void pl_folder_unlock(int fd);

#endif
