/*
 * The fingerprint of data files. Small data are hashed whole; of large ones the sizes and the ends,
 * which is where files that were cut, extended or replaced differ, in time that does not grow.
 */
#include "cli/data_print.h"

#include "base/buffer.h"
#include "base/file.h"
#include "ledger/ledger.h"
#include "line/live_path.h"
#include "live/live.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define END_SIZE_BYTES      ((size_t)1 << 20)
#define LIST_SIZE_BYTES_MAX ((size_t)64 << 20)

/* Adds up to one end's worth of bytes from an offset; where the file ends, so do they. */
static enum pl_status add_bytes(int fd, const char *path, uint64_t offset, struct pl_buffer *out,
                                struct pl_error *error)
{
    char block[16384];
    size_t left = END_SIZE_BYTES;

    while (left > 0) {
        const size_t wanted = left < sizeof block ? left : sizeof block;
        const ssize_t got = pread(fd, block, wanted, (off_t)(offset + (END_SIZE_BYTES - left)));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s", path);
        if (got == 0)
            return PL_OK;
        pl_buffer_add(out, (struct pl_str){block, (size_t)got});
        left -= (size_t)got;
    }
    return PL_OK;
}

/* The hash of a file's size, its first and its last MiB. */
static enum pl_status hash_ends(const char *path, uint64_t size_bytes,
                                char ret_hex[PL_LEDGER_HASH_TEXT_SIZE], struct pl_error *error)
{
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer bytes = {0};

    pl_buffer_init(&bytes, 3 * END_SIZE_BYTES);
    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);
    pl_buffer_add_format(&bytes, "%llu\n", (unsigned long long)size_bytes);
    PL_RETURN_IF(add_bytes(fd, path, 0, &bytes, error));
    if (size_bytes > END_SIZE_BYTES)
        PL_RETURN_IF(add_bytes(fd, path, size_bytes - END_SIZE_BYTES, &bytes, error));
    PL_RETURN_IF(pl_buffer_check(&bytes, "the fingerprint of the data", error));
    pl_hash_bytes(pl_buffer_view(&bytes), ret_hex);
    return PL_OK;
}

/* Sizes first: they decide how the files are hashed. Folders and devices are passed over. */
static void measure_files(const glob_t *found, struct pl_data_print *print)
{
    for (size_t i = 0; i < found->gl_pathc; i++) {
        struct stat status;

        if (stat(found->gl_pathv[i], &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        print->files++;
        print->size_bytes += (uint64_t)status.st_size;
    }
    print->whole = print->size_bytes <= PL_DATA_PRINT_WHOLE_BYTES_MAX;
}

static enum pl_status hash_files(const glob_t *found, const struct pl_data_print *print,
                                 char ret_hex[PL_LEDGER_HASH_TEXT_SIZE], struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer list = {0};

    pl_buffer_init(&list, LIST_SIZE_BYTES_MAX);
    for (size_t i = 0; i < found->gl_pathc; i++) {
        const char *path = found->gl_pathv[i];
        struct stat status;

        if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        PL_RETURN_IF(print->whole ? pl_hash_file(path, ret_hex, error)
                                  : hash_ends(path, (uint64_t)status.st_size, ret_hex, error));
        if (print->files == 1)
            return PL_OK;
        pl_buffer_add_format(&list, "%s %llu\n", ret_hex, (unsigned long long)status.st_size);
    }
    PL_RETURN_IF(pl_buffer_check(&list, "the fingerprint of the data", error));
    pl_hash_bytes(pl_buffer_view(&list), ret_hex);
    return PL_OK;
}

static uint64_t bound_of(const char *window, const char *key)
{
    const char *value = strstr(window, key);

    return value == NULL ? 0 : strtoull(value + strlen(key), NULL, 10);
}

/*
 * `path` is an address as pl_line_path makes it, `ledger:FEATURE?since=MS&until=MS@WAREHOUSE`. A part of the
 * traffic has the hash of the text "HASH SINCE UNTIL", so that two parts are two data.
 */
static enum pl_status print_live(struct pl_str path, char *hex, struct pl_data_print *ret_print,
                                 struct pl_error *error)
{
    const char *file = strchr(path.ptr, '@') + 1;
    const char *window = path.ptr + strcspn(path.ptr, "?@");
    struct pl_live_state state = {0};
    struct pl_data_print print = {.hash = hex, .whole = true};
    char text[PL_LEDGER_HASH_TEXT_SIZE + 64];

    PL_RETURN_IF(pl_live_read(file, false, NULL, &state, error));
    memcpy(hex, state.data_hash, sizeof state.data_hash);
    print.ledger_block = state.data_block;
    if (*window == '?') {
        print.since_ms = bound_of(window, "since=");
        print.until_ms = bound_of(window, "until=");

        const int length =
            snprintf(text, sizeof text, "%s %llu %llu", state.data_hash,
                     (unsigned long long)print.since_ms, (unsigned long long)print.until_ms);

        pl_hash_bytes((struct pl_str){text, (size_t)length}, hex);
    }
    *ret_print = print;
    return PL_OK;
}

enum pl_status pl_data_print_make(struct pl_str path, struct pl_arena *arena,
                                  struct pl_data_print *ret_print, struct pl_error *error)
{
    PL_CLEANUP(globfree) glob_t found = {0};
    struct pl_data_print print = {0};
    char *hex = pl_arena_alloc(arena, PL_LEDGER_HASH_TEXT_SIZE);
    const struct pl_str pattern = pl_arena_copy(arena, path);

    if (hex == NULL || pattern.ptr == NULL)
        return pl_arena_error(arena, "the fingerprint of the data", error);
    if (pl_line_is_live(pattern) && strchr(pattern.ptr, '@') != NULL)
        return print_live(pattern, hex, ret_print, error);

    const int result = glob(pattern.ptr, 0, NULL, &found);

    if (result == GLOB_NOSPACE)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the names of the data files");
    measure_files(&found, &print);
    if (print.files > 0) {
        PL_RETURN_IF(hash_files(&found, &print, hex, error));
        print.hash = hex;
    }
    *ret_print = print;
    return PL_OK;
}
