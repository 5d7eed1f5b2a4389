/* The fingerprint of data files, so that the record says which bytes a verdict was about. */
#ifndef PL_CLI_DATA_PRINT_H
#define PL_CLI_DATA_PRINT_H

#include "base/arena.h"
#include "report/report.h"

/* Files that together are larger than this are hashed by their sizes and ends only. */
#define PL_DATA_PRINT_WHOLE_BYTES_MAX ((uint64_t)16 << 20)

/*
 * Finds the files of `path` (a path or a glob) and hashes them: one file by its bytes, several by
 * the lines `HASH SIZE` of each in the order of their names. What is too large is hashed by its
 * size, its first and its last MiB. No file at all is no error: reading the data will say so in
 * better words. Of live traffic it is the hash of the last block of the ledger with a decision or an outcome,
 * as far as it is loaded.
 */
PL_MUST_CHECK enum pl_status pl_data_print_make(struct pl_str path, struct pl_arena *arena,
                                                struct pl_data_print *ret_print,
                                                struct pl_error *error);

#endif
