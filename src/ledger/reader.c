/*
 * Reading the chain: from the first segment to the last, one block in memory at a time, and at the
 * end the comparison with the head. A writer may be at work meanwhile: the head is read first, the
 * chain must reach it, and may go on past it as far as the head has moved by the end.
 */
#include "ledger/ledger.h"

#include "base/file.h"
#include "ledger/chain.h"
#include "ledger/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One byte more than a block may have, so that one that is too large is seen to be. */
#define BUFFER_SIZE (PL_LEDGER_BLOCK_SIZE_BYTES_MAX + 1)

struct reader {
    struct pl_folder folder;
    struct pl_chain chain;
    struct pl_ledger_check *check;
    struct pl_format_head head;
    bool head_is_valid;
    pl_ledger_visit visit;
    void *context;

    /* The segment being read. */
    uint64_t segment;
    char segment_name[PL_FORMAT_SEGMENT_NAME_SIZE];
    int fd;
    uint64_t offset;     /* of the buffer's first byte, where the next block begins */
    struct pl_str bytes; /* what is left in the buffer; past the last block: the tail */
    char *buffer;
};

static void reader_deinit(struct reader *reader)
{
    pl_fd_close(&reader->fd);
    pl_folder_close(&reader->folder);
    free(reader->buffer);
}

/* Notes what is wrong, once: the first problem is the one that counts. */
__attribute__((format(printf, 3, 4))) static void note(struct pl_ledger_check *check,
                                                       uint64_t block, const char *format, ...)
{
    va_list arguments;

    if (check->bad_block != 0)
        return;
    check->bad_block = block == 0 ? 1 : block;
    va_start(arguments, format);
    (void)vsnprintf(check->problem, sizeof check->problem, format, arguments);
    va_end(arguments);
}

/* A problem of the block that comes next. */
static void note_here(struct reader *reader, const char *what)
{
    note(reader->check, reader->chain.block + 1,
         "block %" PRIu64 " (%s, from byte %" PRIu64 "): %s", reader->chain.block + 1,
         reader->segment_name, reader->offset, what);
}

/* Reads as much as the buffer holds. `ret_end` tells whether the file ended. */
static enum pl_status fill(struct reader *reader, bool *ret_end, struct pl_error *error)
{
    if (reader->bytes.len > 0)
        memmove(reader->buffer, reader->bytes.ptr, reader->bytes.len);
    reader->bytes.ptr = reader->buffer;
    while (reader->bytes.len < BUFFER_SIZE) {
        const ssize_t got =
            read(reader->fd, reader->buffer + reader->bytes.len, BUFFER_SIZE - reader->bytes.len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s/%s", reader->folder.path,
                                  reader->segment_name);
        if (got == 0) {
            *ret_end = true;
            return PL_OK;
        }
        reader->bytes.len += (size_t)got;
    }
    *ret_end = false;
    return PL_OK;
}

/* The length of the next block; 0 when the segment has no more, or none that can be valid. */
static enum pl_status next_block(struct reader *reader, size_t *ret_size, struct pl_error *error)
{
    bool end = false;
    size_t size = pl_chain_block_size(reader->bytes);

    if (size == 0) {
        PL_RETURN_IF(fill(reader, &end, error));
        size = pl_chain_block_size(reader->bytes);
    }
    if (size == 0 && !end)
        note_here(reader, "no seal follows within the size of a block");
    *ret_size = size;
    return PL_OK;
}

/* When the chain has reached the head's block, both must agree. */
static void compare_with_head(struct reader *reader)
{
    const struct pl_format_head *head = &reader->head;
    const uint64_t segment = head->block == 0 ? 0 : reader->segment;

    if (!reader->head_is_valid || reader->chain.block != head->block)
        return;
    if (strcmp(head->hash, reader->chain.hash_text) != 0 ||
        head->records != reader->chain.records || head->segment != segment ||
        head->offset != reader->offset)
        note(reader->check, head->block,
             "block %" PRIu64 ": the head does not say where and how the block ends", head->block);
}

static enum pl_status read_block(struct reader *reader, size_t size, struct pl_error *error)
{
    const struct pl_str block = {reader->bytes.ptr, size};
    const uint64_t first_of_segment = reader->offset == 0 ? reader->segment : 0;
    char problem[PL_ERROR_MESSAGE_SIZE];

    if (!pl_chain_take(&reader->chain, block, first_of_segment, problem)) {
        note_here(reader, problem);
        return PL_OK;
    }
    reader->offset += size;
    reader->bytes.ptr += size;
    reader->bytes.len -= size;
    compare_with_head(reader);
    if (reader->check->bad_block != 0)
        return PL_OK;
    reader->check->blocks = reader->chain.block;
    reader->check->records = reader->chain.records;
    reader->check->segments = reader->segment;
    if (reader->visit == NULL)
        return PL_OK;
    return pl_chain_visit(&reader->chain, block, reader->visit, reader->context, error);
}

/* Reads the open segment from where it stands to its end; what follows its last seal stays in
   reader->bytes. */
static enum pl_status read_segment(struct reader *reader, struct pl_error *error)
{
    reader->bytes = (struct pl_str){reader->buffer, 0};
    while (reader->check->bad_block == 0) {
        size_t size = 0;

        PL_RETURN_IF(next_block(reader, &size, error));
        if (size == 0)
            return PL_OK;
        PL_RETURN_IF(read_block(reader, size, error));
    }
    return PL_OK;
}

/* Opens a segment if it is there. */
static enum pl_status open_segment(struct reader *reader, uint64_t number, bool *ret_exists,
                                   struct pl_error *error)
{
    char name[PL_FORMAT_SEGMENT_NAME_SIZE];

    pl_format_segment_name(number, name);
    const int fd = openat(reader->folder.fd, name, O_RDONLY | O_CLOEXEC);

    if (fd == -1 && errno != ENOENT)
        return pl_error_errno(error, errno, "cannot open %s/%s", reader->folder.path, name);
    *ret_exists = fd != -1;
    if (fd == -1)
        return PL_OK;
    if (reader->bytes.len > 0) {
        (void)close(fd);
        note_here(reader, "bytes follow the last seal of a segment that is not the last");
        return PL_OK;
    }
    pl_fd_close(&reader->fd);
    reader->fd = fd;
    reader->offset = 0;
    reader->segment = number;
    memcpy(reader->segment_name, name, sizeof name);
    return PL_OK;
}

static enum pl_status read_segments(struct reader *reader, uint64_t first, struct pl_error *error)
{
    for (uint64_t number = first; reader->check->bad_block == 0; number++) {
        bool exists = false;

        PL_RETURN_IF(open_segment(reader, number, &exists, error));
        if (!exists || reader->check->bad_block != 0)
            break;
        PL_RETURN_IF(read_segment(reader, error));
    }
    return PL_OK;
}

/* Bytes after the last seal are an interrupted write, unless a signature says otherwise. */
static void judge_tail(struct reader *reader)
{
    if (reader->check->bad_block != 0 || reader->bytes.len == 0)
        return;
    reader->check->unsealed_tail = true;
    if (pl_chain_has_signed_seal(&reader->chain, reader->bytes))
        note_here(reader, "a signed seal stands among bytes that are no block");
}

static enum pl_status load_head(struct reader *reader, struct pl_format_head *ret_head,
                                bool *ret_valid, struct pl_error *error)
{
    struct pl_folder_file file;
    struct pl_format_head head;

    PL_RETURN_IF(pl_folder_read(&reader->folder, PL_FOLDER_HEAD, &file, error));
    *ret_valid = pl_format_head_read((struct pl_str){file.text, file.len}, &head) &&
                 pl_chain_is_signed_head(&reader->chain, &head);
    if (*ret_valid)
        *ret_head = head;
    return PL_OK;
}

/* More than one block past the head is fine only while a writer moves the head on. */
static enum pl_status judge_blocks_past_head(struct reader *reader, struct pl_error *error)
{
    struct pl_format_head now;
    bool valid = false;

    PL_RETURN_IF(load_head(reader, &now, &valid, error));
    if (!valid || now.block <= reader->head.block || now.block + 1 < reader->chain.block)
        note(reader->check, reader->head.block + 2,
             "block %" PRIu64 ": the head ends with block %" PRIu64
             ", and only one more may follow it",
             reader->head.block + 2, reader->head.block);
    return PL_OK;
}

static enum pl_status judge_head(struct reader *reader, struct pl_error *error)
{
    const uint64_t last = reader->chain.block;

    if (reader->check->bad_block != 0)
        return PL_OK;
    if (!reader->head_is_valid)
        note(reader->check, last,
             "block %" PRIu64 ": the head file is missing or not signed with the key, so that it "
             "cannot be told whether this is the last block",
             last == 0 ? 1 : last);
    else if (reader->head.block > last)
        note(reader->check, last + 1,
             "block %" PRIu64 ": missing or damaged at the end of the chain; the head ends with "
             "block %" PRIu64 " in segment %" PRIu64,
             last + 1, reader->head.block, reader->head.segment);
    else if (last > reader->head.block + 1)
        return judge_blocks_past_head(reader, error);
    return PL_OK;
}

/* The key to check with: the caller's, or the folder's. False when there is none that is valid. */
static enum pl_status load_public_key(const struct pl_folder *folder, const char *public_key_hex,
                                      unsigned char ret_key[PL_SEAL_PUBLIC_KEY_SIZE],
                                      bool *ret_valid, struct pl_error *error)
{
    struct pl_folder_file file;
    struct pl_str hex = pl_str_of(public_key_hex);

    *ret_valid = true;
    if (public_key_hex == NULL) {
        PL_RETURN_IF(pl_folder_read(folder, PL_FOLDER_KEY_PUBLIC, &file, error));
        *ret_valid = pl_folder_file_is_key(&file, &hex);
    }
    if (*ret_valid && !pl_seal_bytes(hex, ret_key, PL_SEAL_PUBLIC_KEY_SIZE))
        return pl_error_set(error, PL_E_USAGE,
                            "\"%.80s\" is not a public key: 64 lower-case hex digits",
                            public_key_hex);
    return PL_OK;
}

/*
 * True when there is no ledger yet, or one whose making was interrupted: no public key, no segment,
 * and no head that speaks of a block.
 */
static enum pl_status look_for_ledger(const struct pl_folder *folder, bool *ret_is_empty,
                                      struct pl_error *error)
{
    struct pl_folder_file file;
    struct pl_format_head head;
    char first[PL_FORMAT_SEGMENT_NAME_SIZE];

    PL_RETURN_IF(pl_folder_read(folder, PL_FOLDER_HEAD, &file, error));
    pl_format_segment_name(1, first);
    *ret_is_empty =
        faccessat(folder->fd, PL_FOLDER_KEY_PUBLIC, F_OK, 0) != 0 &&
        faccessat(folder->fd, first, F_OK, 0) != 0 &&
        (!file.exists ||
         (pl_format_head_read((struct pl_str){file.text, file.len}, &head) && head.block == 0));
    return PL_OK;
}

static enum pl_status read_chain(struct reader *reader, const char *public_key_hex,
                                 struct pl_error *error)
{
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    bool key_is_valid = false;
    bool is_empty = false;

    PL_RETURN_IF(look_for_ledger(&reader->folder, &is_empty, error));
    if (is_empty)
        return PL_OK;
    PL_RETURN_IF(load_public_key(&reader->folder, public_key_hex, key, &key_is_valid, error));
    if (!key_is_valid) {
        note(reader->check, 1,
             "block 1: key.pub is missing or not 64 lower-case hex digits and a "
             "newline, so that no signature can be checked");
        return PL_OK;
    }
    pl_chain_init(&reader->chain, key);
    PL_RETURN_IF(load_head(reader, &reader->head, &reader->head_is_valid, error));
    compare_with_head(reader);
    PL_RETURN_IF(read_segments(reader, 1, error));
    judge_tail(reader);
    return judge_head(reader, error);
}

enum pl_status pl_ledger_verify(const char *folder, const char *public_key_hex,
                                pl_ledger_visit visit, void *context,
                                struct pl_ledger_check *ret_check, struct pl_error *error)
{
    static const unsigned char NO_KEY[PL_SEAL_PUBLIC_KEY_SIZE];
    struct pl_ledger_check check = {0};
    PL_CLEANUP(reader_deinit)
    struct reader reader = {
        .folder.fd = -1, .fd = -1, .check = &check, .visit = visit, .context = context};

    PL_RETURN_IF(pl_folder_open(&reader.folder, folder, &PL_LEDGER_OPS_SYSTEM, error));
    reader.buffer = malloc(BUFFER_SIZE);
    if (reader.buffer == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for reading the ledger %s", folder);
    pl_chain_init(&reader.chain, NO_KEY);
    PL_RETURN_IF(read_chain(&reader, public_key_hex, error));
    memcpy(check.hash, reader.chain.hash_text, sizeof check.hash);
    *ret_check = check;
    return PL_OK;
}

static enum pl_status read_head(struct reader *reader, struct pl_format_head *ret_head,
                                struct pl_error *error)
{
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    bool valid = false;
    bool is_empty = false;

    PL_RETURN_IF(look_for_ledger(&reader->folder, &is_empty, error));
    if (is_empty)
        return PL_OK;
    PL_RETURN_IF(load_public_key(&reader->folder, NULL, key, &valid, error));
    if (valid) {
        pl_chain_init(&reader->chain, key);
        PL_RETURN_IF(load_head(reader, ret_head, &valid, error));
    }
    if (!valid)
        return pl_error_set(error, PL_E_CORRUPT,
                            "the head of the ledger %s is missing or not signed with its key.pub",
                            reader->folder.path);
    return PL_OK;
}

enum pl_status pl_ledger_read_head(const char *folder, struct pl_ledger_head *ret_head,
                                   struct pl_error *error)
{
    PL_CLEANUP(reader_deinit) struct reader reader = {.folder.fd = -1, .fd = -1};
    struct pl_format_head head = {0};
    const enum pl_status status =
        pl_folder_open(&reader.folder, folder, &PL_LEDGER_OPS_SYSTEM, error);

    memset(head.hash, '0', sizeof head.hash - 1);
    if (status == PL_OK)
        PL_RETURN_IF(read_head(&reader, &head, error));
    else if (status != PL_E_NOT_FOUND)
        return status;
    ret_head->block = head.block;
    ret_head->records = head.records;
    memcpy(ret_head->hash, head.hash, sizeof ret_head->hash);
    return PL_OK;
}

/* The line that ends where the place is must be the seal that it names. */
static bool is_behind_seal(const struct reader *reader, const struct pl_ledger_place *place)
{
    const size_t size =
        place->offset < PL_FORMAT_LINE_SIZE ? (size_t)place->offset : PL_FORMAT_LINE_SIZE;
    struct pl_format_seal seal;

    if (size < 2 ||
        pread(reader->fd, reader->buffer, size, (off_t)(place->offset - size)) != (ssize_t)size)
        return false;

    const char *start = memrchr(reader->buffer, '\n', size - 1);
    const size_t at = start == NULL ? 0 : (size_t)(start - reader->buffer) + 1;

    return pl_format_seal_read((struct pl_str){reader->buffer + at, size - at}, &seal) &&
           seal.block == place->block && strcmp(seal.hash, place->hash) == 0;
}

/* Puts the reader where the place is. */
static enum pl_status go_to(struct reader *reader, const struct pl_ledger_place *place,
                            bool *ret_found, struct pl_error *error)
{
    *ret_found = place->block == 0;
    if (place->block == 0)
        return PL_OK;
    PL_RETURN_IF(open_segment(reader, place->segment, ret_found, error));
    if (!*ret_found)
        return PL_OK;
    *ret_found =
        is_behind_seal(reader, place) &&
        lseek(reader->fd, (off_t)place->offset, SEEK_SET) == (off_t)place->offset &&
        pl_seal_bytes(pl_str_of(place->hash), reader->chain.hash, sizeof reader->chain.hash);
    if (!*ret_found)
        return PL_OK;
    reader->offset = place->offset;
    reader->chain.block = place->block;
    reader->chain.records = place->records;
    memcpy(reader->chain.hash_text, place->hash, sizeof place->hash);
    return PL_OK;
}

static enum pl_status read_since(struct reader *reader, const struct pl_ledger_place *place,
                                 struct pl_error *error)
{
    unsigned char key[PL_SEAL_PUBLIC_KEY_SIZE];
    bool valid = false;
    bool found = false;

    PL_RETURN_IF(load_public_key(&reader->folder, NULL, key, &valid, error));
    if (!valid)
        return pl_error_set(error, PL_E_CORRUPT, "%s/%s is missing or no public key",
                            reader->folder.path, PL_FOLDER_KEY_PUBLIC);
    pl_chain_init(&reader->chain, key);
    PL_RETURN_IF(go_to(reader, place, &found, error));
    if (!found)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the ledger %s does not have the block %" PRIu64 " that was noted",
                            reader->folder.path, place->block);
    if (place->block > 0)
        PL_RETURN_IF(read_segment(reader, error));
    PL_RETURN_IF(read_segments(reader, place->segment + 1, error));
    if (reader->check->bad_block != 0)
        return pl_error_set(error, PL_E_CORRUPT, "the ledger %s does not hold: %s",
                            reader->folder.path, reader->check->problem);
    return PL_OK;
}

enum pl_status pl_ledger_visit_since(const char *folder, const struct pl_ledger_place *place,
                                     pl_ledger_visit visit, void *context, struct pl_error *error)
{
    struct pl_ledger_check check = {0};
    PL_CLEANUP(reader_deinit)
    struct reader reader = {
        .folder.fd = -1, .fd = -1, .check = &check, .visit = visit, .context = context};

    PL_RETURN_IF(pl_folder_open(&reader.folder, folder, &PL_LEDGER_OPS_SYSTEM, error));
    reader.buffer = malloc(BUFFER_SIZE);
    if (reader.buffer == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for reading the ledger %s", folder);
    return read_since(&reader, place, error);
}
